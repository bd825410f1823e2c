/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `init`. */
#include "cmd/internal.h"

static enum dcv_err run_init(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "init: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_init = {
	.name = "init",
	.summary = "find the name servers and their zones, write the configuration",
	.help = "example: dcvctl init\n",
	.options = "config ledger json quiet verbose help",
	.run = run_init,
};
