/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `completion`. */
#include "cmd/internal.h"

static enum dcv_err run_completion(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "completion: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_completion = {
	.name = "completion",
	.summary = "print a completion script",
	.help = "example: dcvctl completion\n",
	.options = "config ledger json quiet verbose help",
	.run = run_completion,
};
