/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `lint`. */
#include "cmd/internal.h"

static enum dcv_err run_lint(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "lint: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_lint = {
	.name = "lint",
	.summary = "check order files",
	.help = "example: dcvctl lint\n",
	.options = "config ledger json quiet verbose help",
	.run = run_lint,
};
