/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `config`. */
#include "cmd/internal.h"

static enum dcv_err run_config(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "config: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_config = {
	.name = "config",
	.summary = "show the configuration",
	.help = "example: dcvctl config\n",
	.options = "config ledger json quiet verbose help",
	.run = run_config,
};
