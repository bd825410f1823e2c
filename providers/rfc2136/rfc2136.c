/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the provider is and can. */
#include "providers/rfc2136/rfc2136.h"

#include "providers/rfc2136/calls.h"

static const struct dcvp_capabilities capabilities = {
	.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_RECORD,
	.atomic = DCVP_ATOMIC_ZONE,
	.cas = DCVP_CAS_RRSET,
	.visible = DCVP_VISIBLE_AT_ONCE,
};

const struct dcvp_provider dcv_rfc2136_provider = {
	.struct_size = sizeof dcv_rfc2136_provider,
	.abi = DCVP_ABI,
	.name = "rfc2136",
	.title = "dynamic updates, signed by TSIG",
	.options = dcv_roptions,
	.capabilities = &capabilities,
	.open = dcv_ropen,
	.close = dcv_rclose,
	.probe = dcv_rprobe,
	.find_zone = dcv_rfind_zone,
	.read = dcv_rread,
	.apply = dcv_rapply,
};
