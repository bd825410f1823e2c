/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `schema`. */
#include "cmd/internal.h"

static enum dcv_err run_schema(struct dcv_session *session)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_INTERNAL, "schema: not built yet");
	return dcv_session_fail(session, &err);
}

const struct dcv_command dcv_cmd_schema = {
	.name = "schema",
	.summary = "print a JSON Schema",
	.help = "example: dcvctl schema\n",
	.options = "config ledger json quiet verbose help",
	.run = run_schema,
};
