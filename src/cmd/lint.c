/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `lint`: what can be said of order files without looking anywhere else. */
#include "cmd/internal.h"

static void count(struct dcv_session *session)
{
	const struct dcv_orders *orders = &session->orders;
	size_t n_records = 0, n_warnings = 0, n_errors = session->diags.n_errors;
	char errors[32] = "no errors", warnings[48] = "";

	for (size_t i = 0; i < orders->n; i++)
		n_records += orders->items[i]->n_claims;
	for (size_t i = 0; i < session->diags.n; i++)
		n_warnings += session->diags.items[i].severity == DCV_SEV_WARNING;
	if (n_errors > 0)
		(void)snprintf(errors, sizeof(errors), "%zu error%s", n_errors,
			n_errors == 1 ? "" : "s");
	if (n_warnings > 0)
		(void)snprintf(warnings, sizeof(warnings), ", %zu warning%s", n_warnings,
			n_warnings == 1 ? "" : "s");
	(void)snprintf(session->msg, sizeof(session->msg),
		"%zu order%s, %zu record%s: %s%s", orders->n, orders->n == 1 ? "" : "s",
		n_records, n_records == 1 ? "" : "s", errors, warnings);
	dcv_say(session, "%s", session->msg);
}

static enum dcv_err run_lint(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;

	if (o->args.n == 0 && o->config.config == NULL) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"give order files, directories of them, or - for standard input",
			"lint: nothing to look at");
		return DCV_E_USAGE;
	}
	if (o->config.config != NULL)
		(void)dcv_session_config(session);
	for (size_t i = 0; i < o->args.n; i++)
		dcv_orders_load(o->args.items[i], o->order, &session->arena,
			&session->orders, &session->diags);
	count(session);
	return session->diags.code;
}

const struct dcv_command dcv_cmd_lint = {
	.name = "lint",
	.summary = "check order files, without DNS, zones or ledger",
	.help = "example: dcvctl lint orders\n"
		"\n"
		"dcvctl lint [OPTION…] PATH…\n"
		"Reads order files, or all *.yaml of directories, and tells every error and\n"
		"warning with its place and what to type. Asks nobody, writes nothing. Good\n"
		"for a commit hook where orders are kept in version control.\n"
		"\n"
		"  --config FILE         check this configuration too, or alone\n"
		"  --order NUMBER        the number of a document that has none (-)\n"
		"  --json                the result as one JSON document\n"
		"  -q                    only errors\n"
		"\n"
		"exit: 0 no errors, 65 errors in an order, 78 errors in the configuration,\n"
		"      64 usage. `dcvctl schema order` prints a JSON Schema for editors.\n",
	.options = "config order json quiet verbose help",
	.run = run_lint,
	.words = "files",
};
