/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `undo`. */
#include "cmd/internal.h"

static enum dcv_err run_undo(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "undo: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_undo = {
	.name = "undo",
	.summary = "reverse a run",
	.help = "example: dcvctl undo\n",
	.options = "config ledger json quiet verbose help",
	.run = run_undo,
};
