/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `adopt`: a leftover that a person names becomes an order's. */
#include "cmd/internal.h"

static enum dcv_err usage(struct dcv_session *session)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl adopt ORDER --value VALUE   (VALUE, or 'OWNER TYPE VALUE')",
		"adopt: give one order and at least one --value");
	return DCV_E_USAGE;
}

/* The run whose only subject is the order. */
static enum dcv_err prepare(struct dcv_session *session, const struct dcv_named *values)
{
	enum dcv_err rc = dcv_session_run(session, DCV_PLAN_CLEANUP);

	if (rc != DCV_OK)
		return rc;
	session->run.subjects[0] = (struct dcv_subject){.ca = session->rows[0].ca,
		.id = session->rows[0].id,
		.row = &session->rows[0]};
	session->run.n_subjects = 1;
	session->run.n_named = session->options.values.n;
	session->run.named = values;
	return dcv_run_plan(&session->run, &session->diags);
}

static enum dcv_err adopt(struct dcv_session *session, const struct dcv_named *values)
{
	size_t n = 0;
	enum dcv_err rc = prepare(session, values);

	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	if (rc == DCV_OK)
		rc = dcv_run_adopt(&session->run, values, session->options.values.n, &n,
			&session->diags);
	if (rc != DCV_OK)
		return rc;
	session->changed = n > 0;
	snprintf(session->msg, sizeof(session->msg),
		"%zu value%s taken into the ledger for order %s", n, n == 1 ? "" : "s",
		session->rows[0].id);
	dcv_say(session, "%s. The next change of the order removes %s.", session->msg,
		n == 1 ? "it" : "them");
	return DCV_OK;
}

static enum dcv_err run_adopt(struct dcv_session *session)
{
	struct dcv_named *values = dcv_arena_array(&session->arena,
		session->options.values.n + 1, sizeof(values[0]));
	enum dcv_err rc;

	if (session->options.args.n != 1 || session->options.values.n == 0)
		return usage(session);
	if (values == NULL)
		return DCV_E_NOMEM;
	rc = dcv_session_named(session, &session->options.values, "--value", values);
	if (rc == DCV_OK)
		rc = dcv_session_config(session);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc == DCV_OK)
		rc = dcv_session_rows(session);
	if (rc == DCV_OK && session->n_rows != 1)
		return usage(session);
	if (rc == DCV_OK)
		rc = adopt(session, values);
	session->n_rows = 0; /* the run's subject stands for it */
	return rc;
}

const struct dcv_command dcv_cmd_adopt = {
	.name = "adopt",
	.summary = "take a leftover that a person made into the ledger",
	.help = "example: dcvctl adopt 1234567890 --value 202605020000001k9qz7tt0b2\n"
		"\n"
		"dcvctl adopt [OPTION…] ORDER --value VALUE…\n"
		"Notes that a value which stands at an owner of the order, made by hand, is the\n"
		"order's of before. The zone is not changed: the next apply of the order, or its\n"
		"clean-up, removes the value.\n"
		"\n"
		"  --value VALUE         the value as it stands, or 'OWNER TYPE VALUE'\n"
		"  --config FILE, --zone-file ZONE=FILE, --reload none|nsd|…, --ledger PATH\n"
		"  --json, -q, -v\n"
		"\n"
		"exit: 0 taken, 6 it is not there or may not be taken, 64 usage,\n"
		"      65 no such order, 78 configuration\n",
	.options = "config ledger zone-file reload provider value json quiet verbose help",
	.run = run_adopt,
	.words = "orders",
};
