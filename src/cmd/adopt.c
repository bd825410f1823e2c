/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `adopt`. */
#include "cmd/internal.h"

static enum dcv_err run_adopt(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "adopt: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_adopt = {
	.name = "adopt",
	.summary = "take a leftover into the ledger",
	.help = "example: dcvctl adopt\n",
	.options = "config ledger json quiet verbose help",
	.run = run_adopt,
};
