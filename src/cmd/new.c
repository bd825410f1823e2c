/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `new`. */
#include "cmd/internal.h"

static enum dcv_err run_new(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "new: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_new = {
	.name = "new",
	.summary = "make order files",
	.help = "example: dcvctl new\n",
	.options = "config ledger json quiet verbose help",
	.run = run_new,
};
