/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what cron's `cleanup` takes: orders that are over by the ledger, by the clock,
 * or by a certificate that is seen; and for which ones it calls a person. */
#include <string.h>

#include "cmd/attention.h"
#include "cmd/clean.h"
#include "cmd/evidence.h"
#include "cmd/mail.h"
#include "cmd/select.h"
#include "plan/proof.h"

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)
#define GRACE_S DAY_S /* after an order was closed */
#define DEAD_S (7 * DAY_S) /* after its tokens died */
#define UNSEEN_S (7 * DAY_S) /* a CA may take days */
#define SOON_S (30 * DAY_S)

/* "issued 2026-11-23" */
static const char *dated(struct dcv_session *session, const char *word, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	return dcv_arena_printf(&session->arena, "%s %.10s", word,
		dcv_time_local(time_s, text));
}

/* Some record of the order can be reached. A failed look-up is told when the run is planned. */
static enum dcv_err look_if_bound(struct dcv_session *session,
	const struct dcv_order_row *row, bool *ret)
{
	struct dcv_claim_row *claims = NULL;
	struct dcv_error err = {0};
	size_t n = 0;

	*ret = false;
	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n && !*ret; i++) {
		const struct dcv_binding *binding = NULL;

		*ret = dcv_config_find(&session->config, &claims[i].owner, &binding,
			       &err) != DCV_OK ||
			binding != NULL;
	}
	return DCV_OK;
}

static enum dcv_err add_clean(struct dcv_session *session, const struct dcv_clean *clean)
{
	bool bound = false;
	enum dcv_err rc = look_if_bound(session, clean->row, &bound);

	if (rc != DCV_OK)
		return rc;
	if (clean->why == NULL || clean->evidence == NULL)
		return DCV_E_NOMEM;
	if (bound)
		session->cleans[session->n_cleans++] = *clean;
	else if (!dcv_attention_add(session, clean->row, "unbound",
			 "it is over, but no zone is bound that holds its records",
			 "status"))
		return DCV_E_NOMEM;
	return DCV_OK;
}

/* An order that is over without more ado; false: it is not. */
static bool is_over(struct dcv_session *session, const struct dcv_order_row *row,
	struct dcv_clean *ret)
{
	int64_t now_s = dcv_now_s(session->clock);

	*ret = (struct dcv_clean){.row = row, .evidence = ""};
	if (row->state == DCV_STATE_CLOSED) {
		ret->why = dated(session, dcv_reason_text(row->reason), row->closed);
		return now_s - row->closed >= GRACE_S;
	}
	ret->why = dated(session, "token dead since", row->expires);
	return row->expires != 0 && now_s - row->expires > DEAD_S;
}

/* --- evidence --- */

/* Nobody has seen the certificate for long, and the tokens do not live much longer. */
static enum dcv_err call_for(struct dcv_session *session, const struct dcv_order_row *row,
	const char *why)
{
	int64_t now_s = dcv_now_s(session->clock);
	char date[DCV_TIME_TEXT_MAX];
	const char *text;

	dcv_log(&session->log, DCV_LOG_INFO,
		"order %s/%s: not issued by what is seen: %s", row->ca, row->id, why);
	if (now_s - row->first_applied < UNSEEN_S || row->expires == 0 ||
		row->expires - now_s > SOON_S)
		return DCV_OK;
	text = dcv_arena_printf(&session->arena,
		"token %s %.10s, no certificate of it seen: %s",
		row->expires < now_s ? "dead since" : "dies",
		dcv_time_local(row->expires, date), why);
	return dcv_attention_add(session, row, "unseen", text, "check") ? DCV_OK
									: DCV_E_NOMEM;
}

static enum dcv_err add_issued(struct dcv_session *session,
	const struct dcv_order_row *row, const struct dcv_cert *cert, const char *where)
{
	int64_t at_s = cert->sct_s != 0 ? cert->sct_s : cert->not_before_s;
	const struct dcv_clean clean = {.row = row,
		.close = DCV_REASON_ISSUED,
		.why = dated(session, "issued", at_s),
		.evidence = where};

	return add_clean(session, &clean);
}

/* Half of the time is kept for the change itself, however many servers do not answer. */
static int64_t evidence_deadline(const struct dcv_session *session)
{
	return session->started_ms + (session->deadline_ms - session->started_ms) / 2;
}

static enum dcv_err look_for(struct dcv_session *session, const struct dcv_order_row *row,
	const struct dcv_order *order)
{
	const char *where = dcv_evidence_text(&order->issued_when, &session->arena);
	const char *why = NULL;
	struct dcv_error err = {0};
	struct dcv_cert cert;
	enum dcv_err rc;

	if (where == NULL)
		return DCV_E_NOMEM;
	rc = dcv_evidence_read(&order->issued_when, evidence_deadline(session),
		session->clock, &session->arena, &cert, &err);
	if (rc == DCV_E_NOMEM)
		return rc;
	if (rc != DCV_OK)
		return call_for(session, row, err.text);
	if (!dcv_plan_proves(&cert, order, row, &session->arena, &why))
		return DCV_E_NOMEM;
	if (why == NULL)
		return add_issued(session, row, &cert, where);
	why = dcv_arena_printf(&session->arena, "%s: %s", where, why);
	return why != NULL ? call_for(session, row, why) : DCV_E_NOMEM;
}

/* An open order: its certificate, if it says where to look. */
static enum dcv_err look_at_open(struct dcv_session *session,
	const struct dcv_order_row *row)
{
	struct dcv_diags diags = {0};
	const struct dcv_order *order = NULL;

	if (strstr(row->document, "issued_when") != NULL)
		order = dcv_evidence_order(session, row, &diags);
	dcv_diags_clear(&diags);
	if (order != NULL && order->issued_when.kind != DCV_EVIDENCE_NONE)
		return look_for(session, row, order);
	return DCV_OK;
}

static bool call_for_pending(struct dcv_session *session, const struct dcv_order_row *row)
{
	int64_t now_s = dcv_now_s(session->clock);

	return row->state != DCV_STATE_PENDING || !dcv_order_is_alive(row, now_s) ||
		now_s - row->first_applied < HOUR_S || dcv_attention_pending(session, row);
}

static enum dcv_err choose(struct dcv_session *session)
{
	enum dcv_err rc = DCV_OK;

	session->cleans = dcv_arena_array(&session->arena, session->n_rows,
		sizeof(session->cleans[0]));
	if (session->cleans == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; rc == DCV_OK && i < session->n_rows; i++) {
		const struct dcv_order_row *row = &session->rows[i];
		struct dcv_clean clean;
		bool due = false;

		if (row->state == DCV_STATE_CLEANED) {
			rc = dcv_clean_is_due(session, row, &due);
			clean = (struct dcv_clean){.row = row,
				.why = "kept until a date that is over",
				.evidence = ""};
			if (rc == DCV_OK && due)
				rc = add_clean(session, &clean);
			continue;
		}
		if (is_over(session, row, &clean))
			rc = add_clean(session, &clean);
		else if (dcv_state_is_open(row->state))
			rc = call_for_pending(session, row) ? look_at_open(session, row)
							    : DCV_E_NOMEM;
	}
	return rc;
}

static size_t count_left(const struct dcv_session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session->n_rows; i++)
		n += session->rows[i].state != DCV_STATE_CLEANED;
	return n;
}

static enum dcv_err clean(struct dcv_session *session)
{
	enum dcv_err rc = dcv_clean_plan(session);

	if (rc != DCV_OK || session->n_cleans == 0)
		return rc;
	if (!session->options.dry_run)
		return dcv_clean_apply(session);
	dcv_clean_count(session);
	return DCV_OK;
}

static enum dcv_err end_dry_run(struct dcv_session *session)
{
	session->changed = dcv_cmd_would_change(session);
	if (session->n_cleans == 0)
		return DCV_OK;
	dcv_next(session, "cleanup", NULL);
	return DCV_E_PENDING;
}

enum dcv_err dcv_sweep(struct dcv_session *session)
{
	struct dcv_error err = {0};
	enum dcv_err rc, called;
	size_t left;

	if (dcv_ledger_orders(session->ledger, NULL, &session->arena, &session->rows,
		    &session->n_rows, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	rc = dcv_select_rows(session);
	if (rc == DCV_OK)
		rc = choose(session);
	left = count_left(session);
	/* The subjects of the run stand for them from here on. */
	session->n_rows = 0;
	if (rc == DCV_OK && session->n_cleans > 0)
		rc = clean(session);
	called = dcv_attention_runs(session);
	dcv_mail(session, left);
	rc = rc == DCV_OK ? called : rc;
	return rc == DCV_OK && session->options.dry_run ? end_dry_run(session) : rc;
}
