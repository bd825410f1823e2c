/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `status`: what the ledger holds. It asks no server and reads no zone. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/attention.h"
#include "cmd/select.h"
#include "cmd/status.h"

#define PUBLIC_MODE 0644u /* another program's user reads the file; it has no secrets */
#define LOG_ROWS \
	100000 /* of the journal: what is further back is of no use to a person */
#define PAGE_ROWS 2000 /* of it, for the page */

static void show_claims(struct dcv_session *session, const struct dcv_order_row *row,
	const struct dcv_claim_row *claims, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char type[DCV_TYPE_TEXT_MAX];
		char *text;

		if (claims[i].revision != row->revision)
			continue;
		text = dcv_rdata_dup_text(claims[i].type, &claims[i].rdata,
			&session->arena);
		dcv_say(session, "  %s %s %s", dcv_show_name(&claims[i].owner),
			dcv_type_text(claims[i].type, type), text != NULL ? text : "");
	}
}

static enum dcv_err show_order(struct dcv_session *session,
	const struct dcv_order_row *row)
{
	struct dcv_error err = {0};
	struct dcv_claim_row *claims = NULL;
	char age[DCV_TIME_TEXT_MAX], until[DCV_TIME_TEXT_MAX];
	int64_t now_s = dcv_now_s(session->clock);
	size_t n = 0;

	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	dcv_say(session, "%-10s %s/%s%s%s  revision %lld, first applied %s ago%s%s%s%s",
		dcv_select_state(row, now_s), row->ca, row->id,
		row->service[0] != '\0' ? " through " : "", row->service,
		(long long)row->revision,
		dcv_duration_text(now_s - row->first_applied, age),
		row->reason != DCV_REASON_NONE ? ", " : "", dcv_reason_text(row->reason),
		dcv_state_is_open(row->state) ? ", tokens live until " : "",
		dcv_state_is_open(row->state) ? dcv_time_local(row->expires, until) : "");
	if (row->state != DCV_STATE_CLEANED)
		show_claims(session, row, claims, n);
	return DCV_OK;
}

static enum dcv_err show_cut_off(struct dcv_session *session)
{
	struct dcv_error err = {0};
	struct dcv_change_row *rows = NULL;
	size_t n = 0;

	if (dcv_ledger_intents(session->ledger, NULL, &session->arena, &rows, &n, &err) !=
		DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(rows[i].run, rows[i - 1].run) != 0)
			dcv_say(session,
				"unsettled  run %s at %s: the next apply or cleanup of "
				"the zone settles it",
				rows[i].run, dcv_show_name(&rows[i].zone));
	}
	return DCV_OK;
}

static enum dcv_err show_orders(struct dcv_session *session)
{
	bool there = access(session->config.ledger, F_OK) == 0;
	enum dcv_err rc = DCV_OK;
	size_t n = 0;

	(void)snprintf(session->msg, sizeof(session->msg), "%zu order%s", session->n_rows,
		session->n_rows == 1 ? "" : "s");
	dcv_say(session,
		there ? "ledger %s: %zu order%s" : "ledger %s: not made yet: %zu order%s",
		session->config.ledger, session->n_rows, session->n_rows == 1 ? "" : "s");
	for (size_t i = 0; rc == DCV_OK && i < session->n_rows; i++) {
		if (dcv_show_within(session, &n))
			rc = show_order(session, &session->rows[i]);
	}
	dcv_show_rest(session, n);
	return rc == DCV_OK ? show_cut_off(session) : rc;
}

/* --- --log --- */

/* Orders were named or selected: the log is theirs only. */
static bool is_of_rows(const struct dcv_session *session, const struct dcv_change_row *row)
{
	const struct dcv_options *o = &session->options;

	if (o->args.n == 0 && o->zone == NULL && o->ca == NULL && o->state == NULL)
		return true;
	for (size_t i = 0; i < session->n_rows; i++) {
		if (strcmp(session->rows[i].ca, row->ca) == 0 &&
			strcmp(session->rows[i].id, row->order_id) == 0)
			return true;
	}
	return false;
}

static bool begins_run(const struct dcv_change_row *rows, size_t i)
{
	return i == 0 || strcmp(rows[i].run, rows[i - 1].run) != 0;
}

/* The last --limit runs. */
static void cut_log(struct dcv_session *session)
{
	size_t limit = session->options.limit, runs = 0, at = session->n_changes;

	while (limit != 0 && at > 0 && runs < limit)
		runs += begins_run(session->changes, --at);
	if (limit == 0 || runs < limit)
		return;
	session->changes += at;
	session->n_changes -= at;
}

static enum dcv_err read_log(struct dcv_session *session)
{
	struct dcv_error err = {0};
	size_t n = 0;

	if (dcv_ledger_changes(session->ledger, NULL,
		    session->options.log ? LOG_ROWS : PAGE_ROWS, &session->arena,
		    &session->changes, &session->n_changes, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < session->n_changes; i++) {
		if (is_of_rows(session, &session->changes[i]))
			session->changes[n++] = session->changes[i];
	}
	session->n_changes = n;
	cut_log(session);
	return DCV_OK;
}

/* before: the row above in the log, or NULL; the same reason is not said again. */
static void show_change(struct dcv_session *session, const struct dcv_change_row *row,
	const struct dcv_change_row *before)
{
	char type[DCV_TYPE_TEXT_MAX], note[300] = "";
	const char *text, *op = row->op;
	bool again = before != NULL && before->state == row->state &&
		strcmp(before->run, row->run) == 0 &&
		strcmp(before->detail, row->detail) == 0;
	bool said = row->detail[0] != '\0' && !again;

	if (row->state != DCV_CHANGE_DONE)
		(void)snprintf(note, sizeof(note), "   %s%s%.250s",
			dcv_change_text(row->state), said ? ": " : "",
			said ? row->detail : "");
	if (row->owner.len == 0) {
		dcv_say(session, "    %s%s", op, note);
		return;
	}
	text = row->rdata.len > 0
		? dcv_rdata_dup_text(row->type, &row->rdata, &session->arena)
		: "";
	dcv_say(session, "    %s %s %s %s%s%s%s",
		strcmp(op, "add") == 0              ? "+"
			: strcmp(op, "remove") == 0 ? "-"
						    : op,
		dcv_show_name(&row->owner), dcv_type_text(row->type, type),
		text != NULL ? text : "", row->order_id[0] != '\0' ? "   order " : "",
		row->order_id, note);
}

static void show_log(struct dcv_session *session)
{
	const struct dcv_change_row *rows = session->changes;

	if (session->n_changes == 0)
		dcv_say(session, "nothing was changed yet");
	for (size_t i = 0; i < session->n_changes; i++) {
		char at[DCV_TIME_TEXT_MAX];
		bool run = begins_run(rows, i);

		if (run)
			dcv_say(session, "%s  %s", rows[i].run,
				dcv_time_local(rows[i].at, at));
		if (run || !dcv_name_equal(&rows[i].zone, &rows[i - 1].zone) ||
			strcmp(rows[i].backend, rows[i - 1].backend) != 0)
			dcv_say(session, "  %s (%s)", dcv_show_name(&rows[i].zone),
				rows[i].backend);
		show_change(session, &rows[i], i > 0 ? &rows[i - 1] : NULL);
	}
}

/* --- --kept --- */

static enum dcv_err read_kept(struct dcv_session *session)
{
	int64_t now_s = dcv_now_s(session->clock);
	struct dcv_error err = {0};
	size_t n = 0;

	if (dcv_ledger_claims_kept(session->ledger, &session->arena, &session->kept,
		    &session->n_kept, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < session->n_kept; i++) {
		const struct dcv_claim_row *row = &session->kept[i];

		if (row->revision == row->order_revision &&
			dcv_keep_retains(row->keep, row->keep_until_s, now_s))
			session->kept[n++] = *row;
	}
	session->n_kept = n;
	return DCV_OK;
}

static void show_kept(struct dcv_session *session)
{
	size_t n = 0;

	if (session->n_kept == 0)
		dcv_say(session, "nothing is kept beyond its order");
	for (size_t i = 0; i < session->n_kept; i++) {
		const struct dcv_claim_row *row = &session->kept[i];
		char type[DCV_TYPE_TEXT_MAX], until[DCV_TIME_TEXT_MAX];
		const char *text = dcv_rdata_dup_text(row->type, &row->rdata,
			&session->arena);

		if (!dcv_show_within(session, &n))
			continue;
		dcv_say(session, "%-18s %s %s %s   order %s/%s (%s)%s%s",
			dcv_keep_text(row->keep), dcv_show_name(&row->owner),
			dcv_type_text(row->type, type), text != NULL ? text : "", row->ca,
			row->id, dcv_state_text(row->state),
			row->keep == DCV_KEEP_DATE ? ", until " : "",
			row->keep == DCV_KEEP_DATE
				? dcv_time_local(row->keep_until_s, until)
				: "");
	}
	dcv_show_rest(session, n);
	if (session->n_kept > 0)
		dcv_say(session, "They go with: dcvctl cleanup --retained ORDER");
}

/* --- the command --- */

/* The orders named, or all. */
static enum dcv_err read_rows(struct dcv_session *session)
{
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;

	if (session->options.args.n > 0)
		rc = dcv_session_rows(session);
	else if (dcv_ledger_orders(session->ledger, NULL, &session->arena, &session->rows,
			 &session->n_rows, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	return rc == DCV_OK ? dcv_select_rows(session) : rc;
}

static enum dcv_err show_attention(struct dcv_session *session)
{
	size_t n = session->n_attention;

	(void)snprintf(session->msg, sizeof(session->msg), "%zu thing%s need%s a person",
		n, n == 1 ? "" : "s", n == 1 ? "s" : "");
	dcv_attention_show(session);
	if (n == 0)
		dcv_say(session, "no order needs a person");
	return n == 0 ? DCV_OK : DCV_E_PENDING;
}

static enum dcv_err write_form(const struct dcv_status *status, FILE *out)
{
	if (status->session->format == DCV_FORMAT_HTML)
		return dcv_status_page(status, out);
	dcv_status_metrics(status, out);
	return DCV_OK;
}

/* --out: whole or not at all, for who reads it at any moment. */
static enum dcv_err write_file(const struct dcv_status *status, const char *path)
{
	struct dcv_error err = {0};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	enum dcv_err rc = out != NULL ? write_form(status, out) : DCV_E_NOMEM;

	if (out != NULL && fclose(out) != 0 && rc == DCV_OK)
		rc = DCV_E_NOMEM;
	if (rc == DCV_OK &&
		dcv_file_write(path, text, n, PUBLIC_MODE, true, &err) != DCV_OK)
		rc = dcv_session_fail(status->session, &err);
	free(text);
	return rc;
}

static enum dcv_err export_form(struct dcv_session *session)
{
	struct dcv_status status;
	enum dcv_err rc = dcv_status_read(session, &status);

	if (rc != DCV_OK)
		return rc;
	return session->options.out != NULL ? write_file(&status, session->options.out)
					    : write_form(&status, stdout);
}

static enum dcv_err show(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;

	if (session->format != DCV_FORMAT_TEXT)
		return export_form(session);
	if (o->log)
		show_log(session);
	if (o->kept)
		show_kept(session);
	if (o->attention)
		return show_attention(session);
	return o->log || o->kept ? DCV_OK : show_orders(session);
}

/* --out and --result are of the forms for others. */
static enum dcv_err check_options(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;

	if (session->format != DCV_FORMAT_TEXT || (o->out == NULL && o->result == NULL))
		return DCV_OK;
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"add --format html or --format prometheus",
		"%s: of use only with one of these formats",
		o->out != NULL ? "--out" : "--result");
	return DCV_E_USAGE;
}

static enum dcv_err run_status(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	enum dcv_err rc = check_options(session);

	if (rc == DCV_OK)
		rc = dcv_session_config(session);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc == DCV_OK)
		rc = read_rows(session);
	if (rc == DCV_OK)
		rc = dcv_attention_find(session);
	if (rc == DCV_OK && (o->log || session->format == DCV_FORMAT_HTML))
		rc = read_log(session);
	if (rc == DCV_OK && (o->kept || session->format != DCV_FORMAT_TEXT))
		rc = read_kept(session);
	return rc == DCV_OK ? show(session) : rc;
}

const struct dcv_command dcv_cmd_status = {
	.name = "status",
	.summary = "show what the ledger knows: orders, states, ages",
	.help = "example: dcvctl status --attention\n"
		"\n"
		"dcvctl status [OPTION…] [ORDER…]\n"
		"Shows the orders of the ledger with their state: pending, published,\n"
		"effective, closed, cleaned, or expired; their records, and runs that were cut\n"
		"off. Asks no server and changes nothing.\n"
		"\n"
		"  --attention           only where a person is needed, with what to type\n"
		"  --log                 what was changed when, run by run\n"
		"  --kept                records that stay though their order is closed\n"
		"  --zone ZONE, --ca CA, --state STATE\n"
		"                        only these orders; STATE also open, expired\n"
		"  --limit N             at most N of them (of --log, the last N runs)\n"
		"  --format FORMAT       text, json, html (a page), or prometheus (metrics)\n"
		"  --out FILE            the page or metrics into a file, in one step\n"
		"  --result FILE         with what a run saw: what its --json wrote\n"
		"  --config FILE, --ledger PATH, --json, -q\n"
		"\n"
		"exit: 0, 2 --attention and a person is needed, 65 no such order\n",
	.options = "config ledger attention log kept zone ca state limit format out result json quiet "
		   "verbose help",
	.run = run_status,
	.formats = "text json html prometheus",
	.words = "files orders",
};
