/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which providers are built in, and nothing else. */
#include <stdio.h>

#include "base/start.h"
#include "cmd/cmd.h"
#include "providers/rfc2136/rfc2136.h"
#include "zones/zones.h"

int main(int argc, char **argv)
{
	static const struct dcvp_provider *const builtins[] = {&dcv_zones_provider,
		&dcv_rfc2136_provider, NULL};
	struct dcv_error err = {0};

	if (dcv_process_start(&err) != DCV_OK) {
		fprintf(stderr, "dcvctl: %s\n", err.text);
		return dcv_err_status(err.code);
	}
	return dcv_cmd_main(argc, argv, builtins);
}
