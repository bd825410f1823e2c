/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `status`: what the ledger holds. It asks no server and reads no zone. */
#include <string.h>
#include <unistd.h>

#include "cmd/internal.h"

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
	bool dead = row->expires != 0 && now_s > row->expires &&
		dcv_state_is_open(row->state);
	size_t n = 0;

	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	dcv_say(session, "%-10s %s/%s%s%s  revision %lld, first applied %s ago%s%s%s%s",
		dead ? "expired" : dcv_state_text(row->state), row->ca, row->id,
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

/* The orders named, or all. */
static enum dcv_err read_rows(struct dcv_session *session)
{
	struct dcv_error err = {0};

	if (session->options.args.n > 0)
		return dcv_session_rows(session);
	if (dcv_ledger_orders(session->ledger, NULL, &session->arena, &session->rows,
		    &session->n_rows, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	return DCV_OK;
}

static enum dcv_err run_status(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);
	bool there;

	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc == DCV_OK)
		rc = read_rows(session);
	if (rc != DCV_OK)
		return rc;
	there = access(session->config.ledger, F_OK) == 0;
	dcv_say(session,
		there ? "ledger %s: %zu order%s" : "ledger %s: not made yet: %zu order%s",
		session->config.ledger, session->n_rows, session->n_rows == 1 ? "" : "s");
	for (size_t i = 0; rc == DCV_OK && i < session->n_rows; i++)
		rc = show_order(session, &session->rows[i]);
	return rc == DCV_OK ? show_cut_off(session) : rc;
}

const struct dcv_command dcv_cmd_status = {
	.name = "status",
	.summary = "show what the ledger knows: orders, states, ages",
	.help = "example: dcvctl status\n"
		"\n"
		"dcvctl status [OPTION…] [ORDER…]\n"
		"Shows the orders of the ledger with their state: pending, published,\n"
		"effective, closed, cleaned; their records, and runs that were cut off.\n"
		"Asks no server and changes nothing.\n"
		"\n"
		"  --config FILE, --ledger PATH\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0, 65 no such order\n",
	.options = "config ledger json quiet verbose help",
	.run = run_status,
};
