/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `lint`: what can be said of order files without looking anywhere else. */
#include <string.h>

#include "base/file.h"
#include "cmd/internal.h"
#include "dns/caa.h"
#include "order/lint.h"
#include "plan/caa.h"

#define SUFFIXES \
	"/usr/share/publicsuffix/public_suffix_list.dat" /* Debian's publicsuffix */
#define SUFFIXES_MAX 8388608u

/* The list, or NULL. */
static struct dcv_suffixes *read_suffixes(struct dcv_session *session,
	struct dcv_error *err)
{
	const char *path = session->options.public_suffixes;
	struct dcv_suffixes *suffixes = NULL;
	struct dcv_buf text;
	enum dcv_err rc;

	dcv_buf_init(&text, SUFFIXES_MAX);
	rc = dcv_file_read(path != NULL ? path : SUFFIXES, &text, err);
	if (rc == DCV_OK)
		rc = dcv_suffixes_read(dcv_buf_text(&text), text.len, &session->arena,
			&suffixes, err);
	dcv_buf_clear(&text);
	return rc == DCV_OK ? suffixes : NULL;
}

/* The order's own CAA records let its CA issue, but not by the method that it uses. From 2027-03-15
 * on every public CA looks at that (CA/Browser Forum ballot SC-098v2); ACME's methods count now. */
static void look_at_caa(struct dcv_session *session, const struct dcv_order *order)
{
	const struct dcv_place place = {order->file, order->line, 1};
	struct dcv_caa_step step = {.answer = DCV_CAA_SET, .n = order->n_caa};
	struct dcv_caa_question question;
	struct dcv_caa_result result;
	struct dcv_rdata *rdata;
	bool soft;

	rdata = dcv_arena_array(&session->arena, order->n_caa, sizeof(rdata[0]));
	if (order->n_caa == 0 || rdata == NULL ||
		dcv_caa_question_of(order, dcv_now_s(session->clock), &session->arena,
			&question, NULL) != DCV_OK)
		return;
	soft = question.is_soft;
	question.is_soft = false;
	for (size_t i = 0; i < order->n_caa; i++)
		rdata[i] = order->caa_records[i].rdata;
	step.rdata = rdata;
	for (size_t i = 0; i < order->n_names; i++) {
		question.wildcard = dcv_name_is_wildcard(&order->names[i]);
		dcv_caa_judge(&question, &step, 1, &session->arena, &result);
		if (strcmp(result.cause, "C55") != 0 || result.verdict == DCV_CAA_PERMITS)
			continue;
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_E_ORDER, &place,
			"add the method to validationmethods, or leave the parameter out",
			"caa: these records forbid %s to use %s%s: %s", order->ca->title,
			question.method != NULL ? question.method : "the order's method",
			soft ? " from 2027-03-15 on" : "", result.why);
		dcv_diag_cause(&session->diags, "C55");
		return;
	}
}

/* False when memory is out. */
static bool look_at_order(struct dcv_session *session, const struct dcv_order *order,
	const struct dcv_suffixes *suffixes)
{
	/* Of an order that a service told it was said when it was read. */
	if (session->options.from == NULL)
		dcv_order_lint_names(order,
			"add the record that the CA shows for it, unless it was validated "
			"before",
			&session->diags);
	if (!dcv_order_lint(order, dcv_now_s(session->clock), suffixes, &session->diags))
		return false;
	look_at_caa(session, order);
	return true;
}

void dcv_lint_orders(struct dcv_session *session, const struct dcv_suffixes *suffixes)
{
	for (size_t i = 0; i < session->orders.n; i++) {
		if (!look_at_order(session, session->orders.items[i], suffixes))
			return;
	}
}

static void look_at_faulty(struct dcv_session *session,
	const struct dcv_suffixes *suffixes)
{
	for (size_t i = 0; i < session->orders.n_faulty; i++) {
		if (!look_at_order(session, session->orders.faulty[i], suffixes))
			return;
	}
}

static void look_at_orders(struct dcv_session *session)
{
	const struct dcv_suffixes *suffixes;
	struct dcv_error err = {0};

	if (session->orders.n + session->orders.n_faulty == 0)
		return;
	suffixes = read_suffixes(session, &err);
	if (suffixes == NULL)
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, err.code, NULL,
			"install the package publicsuffix, or name a list: "
			"--public-suffixes FILE",
			"public suffixes: not checked: %s", err.text);
	dcv_lint_orders(session, suffixes);
	look_at_faulty(session, suffixes);
}

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
	look_at_orders(session);
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
		"warning with its place and what to type: also where an order differs from what\n"
		"its CA is known to ask for (dcvctl ca show CA). Asks nobody, writes nothing. Good\n"
		"for a commit hook where orders are kept in version control.\n"
		"\n"
		"  --config FILE         check this configuration too, or alone\n"
		"  --order NUMBER        the number of a document that has none (-)\n"
		"  --public-suffixes FILE   the list, if it is not where Debian has it\n"
		"  --json                the result as one JSON document\n"
		"  -q                    only errors\n"
		"\n"
		"exit: 0 no errors, 65 errors in an order, 78 errors in the configuration,\n"
		"      64 usage. `dcvctl schema order` prints a JSON Schema for editors.\n",
	.options = "config order public-suffixes json quiet verbose help",
	.run = run_lint,
	.words = "files",
};
