/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when an order needs a person: what the ledger's states and times mean for
 * somebody who looks once a week. */
#include "cmd/attention.h"

#include <string.h>

#define DAY_S INT64_C(86400)
#define EXPIRING_S (7 * DAY_S) /* tokens that die so soon */
#define UNCLOSED_S (14 * DAY_S) /* effective for so long: a CA takes days */
#define RETAINED_S (30 * DAY_S) /* a persistent record that ends so soon */

/* The order as it can be typed: the number alone unless two CAs have it. */
static const char *typed(struct dcv_session *session, const char *ca, const char *id)
{
	struct dcv_order_row *rows = NULL;
	size_t n = 0;

	if (dcv_ledger_orders(session->ledger, id, &session->arena, &rows, &n, NULL) !=
			DCV_OK ||
		n > 1)
		return dcv_arena_printf(&session->arena, "%s/%s", ca, id);
	return id;
}

static bool add(struct dcv_session *session, const struct dcv_attention *attention)
{
	struct dcv_attention *grown = dcv_arena_grow(&session->arena, session->attention,
		session->n_attention, sizeof(*grown));

	if (grown == NULL || attention->text == NULL || attention->run == NULL)
		return false;
	session->attention = grown;
	grown[session->n_attention++] = *attention;
	return true;
}

bool dcv_attention_add(struct dcv_session *session, const struct dcv_order_row *row,
	const char *cause, const char *text, const char *verb)
{
	const char *order = typed(session, row->ca, row->id);
	struct dcv_attention attention = {row->ca, row->id, cause, text, NULL};

	if (order != NULL)
		attention.run = dcv_arena_printf(&session->arena, "dcvctl %s %s", verb,
			order);
	return add(session, &attention);
}

static bool look_at_expired(struct dcv_session *session, const struct dcv_order_row *row)
{
	char when[DCV_TIME_TEXT_MAX];

	return dcv_attention_add(session, row, "expired",
		dcv_arena_printf(&session->arena,
			"its tokens are dead since %s and nobody said how it ended",
			dcv_time_local(row->expires, when)),
		"cleanup");
}

static bool look_at_expiring(struct dcv_session *session, const struct dcv_order_row *row)
{
	char when[DCV_TIME_TEXT_MAX];

	return dcv_attention_add(session, row, "expiring",
		dcv_arena_printf(&session->arena,
			"its tokens die %s: if it is issued say so, else ask the CA for new ones",
			dcv_time_local(row->expires, when)),
		"close --issued");
}

static bool look_at_unclosed(struct dcv_session *session, const struct dcv_order_row *row,
	int64_t now_s)
{
	char age[DCV_TIME_TEXT_MAX];

	return dcv_attention_add(session, row, "unclosed",
		dcv_arena_printf(&session->arena,
			"effective for %s: issued, cancelled, or is the CA still busy?",
			dcv_duration_text(now_s - row->effective_at, age)),
		"close --issued");
}

/* The first of its values that was missed, or NULL. The ledger is asked once for all orders. */
static const struct dcv_change_row *find_lost(struct dcv_session *session,
	const struct dcv_order_row *row, size_t *ret_n)
{
	const struct dcv_change_row *first = NULL;

	if (session->lost == NULL &&
		dcv_ledger_lost(session->ledger, &session->arena, &session->lost,
			&session->n_lost, NULL) != DCV_OK)
		return NULL;
	*ret_n = 0;
	for (size_t i = 0; i < session->n_lost; i++) {
		const struct dcv_change_row *lost = &session->lost[i];

		if (strcmp(lost->ca, row->ca) != 0 || strcmp(lost->order_id, row->id) != 0)
			continue;
		first = first == NULL ? lost : first;
		++*ret_n;
	}
	return first;
}

bool dcv_attention_pending(struct dcv_session *session, const struct dcv_order_row *row)
{
	char when[DCV_TIME_TEXT_MAX];
	size_t n = 0;
	const struct dcv_change_row *lost = find_lost(session, row, &n);

	if (lost == NULL)
		return dcv_attention_add(session, row, "pending",
			"its records are not in every zone, or were lost there", "apply");
	return dcv_attention_add(session, row, "lost",
		dcv_arena_printf(&session->arena,
			"%zu value%s gone from %s, missed since %s; dcvctl did not remove %s",
			n, n == 1 ? " is" : "s are", dcv_show_name(&lost->zone),
			dcv_time_local(lost->at, when), n == 1 ? "it" : "them"),
		"apply");
}

/* What is said first is what there is least time for. */
static bool look_at_row(struct dcv_session *session, const struct dcv_order_row *row)
{
	int64_t now_s = dcv_now_s(session->clock);

	if (!dcv_state_is_open(row->state))
		return true;
	if (row->expires != 0 && now_s > row->expires)
		return look_at_expired(session, row);
	if (row->state == DCV_STATE_PENDING)
		return dcv_attention_pending(session, row);
	if (row->expires != 0 && row->expires - now_s < EXPIRING_S)
		return look_at_expiring(session, row);
	if (row->state == DCV_STATE_EFFECTIVE && row->effective_at != 0 &&
		now_s - row->effective_at > UNCLOSED_S)
		return look_at_unclosed(session, row, now_s);
	return true;
}

static bool is_shown(const struct dcv_session *session, const char *ca, const char *id)
{
	for (size_t i = 0; i < session->n_rows; i++) {
		if (strcmp(session->rows[i].ca, ca) == 0 &&
			strcmp(session->rows[i].id, id) == 0)
			return true;
	}
	return false;
}

/* The command that works on the zone of a run that was cut off, and so settles it. */
static const char *settling(struct dcv_session *session, const struct dcv_change_row *row)
{
	struct dcv_order_row *order = NULL;

	if (row->order_id[0] == '\0' ||
		dcv_ledger_order(session->ledger, row->ca, row->order_id, &session->arena,
			&order, NULL) != DCV_OK ||
		order == NULL)
		return "dcvctl cleanup";
	return dcv_arena_printf(&session->arena, "dcvctl %s %s",
		dcv_order_is_alive(order, dcv_now_s(session->clock)) ? "apply" : "cleanup",
		typed(session, row->ca, row->order_id));
}

enum dcv_err dcv_attention_runs(struct dcv_session *session)
{
	struct dcv_error err = {0};
	struct dcv_change_row *rows = NULL;
	size_t n = 0;
	bool ok = true;

	if (dcv_ledger_intents(session->ledger, NULL, &session->arena, &rows, &n, &err) !=
		DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; ok && i < n; i++) {
		struct dcv_attention attention = {rows[i].ca, rows[i].order_id,
			"unsettled", NULL, NULL};

		if (i > 0 && strcmp(rows[i].run, rows[i - 1].run) == 0 &&
			dcv_name_equal(&rows[i].zone, &rows[i - 1].zone))
			continue;
		attention.text = dcv_arena_printf(&session->arena,
			"run %s at %s was cut off, or had no proof: the next run on this zone settles it",
			rows[i].run, dcv_show_name(&rows[i].zone));
		attention.run = settling(session, &rows[i]);
		ok = add(session, &attention);
	}
	return ok ? DCV_OK : DCV_E_NOMEM;
}

static enum dcv_err look_at_kept(struct dcv_session *session)
{
	int64_t now_s = dcv_now_s(session->clock);
	struct dcv_error err = {0};
	struct dcv_claim_row *rows = NULL;
	char until[DCV_TIME_TEXT_MAX];
	size_t n = 0;
	bool ok = true;

	if (dcv_ledger_claims_kept(session->ledger, &session->arena, &rows, &n, &err) !=
		DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; ok && i < n; i++) {
		struct dcv_attention attention = {rows[i].ca, rows[i].id, "retained",
			NULL, "dcvctl status --kept"};

		if (rows[i].keep != DCV_KEEP_DATE || rows[i].state == DCV_STATE_CLEANED ||
			rows[i].revision != rows[i].order_revision ||
			rows[i].keep_until_s - now_s > RETAINED_S ||
			!is_shown(session, rows[i].ca, rows[i].id))
			continue;
		attention.text = dcv_arena_printf(&session->arena,
			"the persistent record at %s %s %s: renew it with the CA, or let it go",
			dcv_show_name(&rows[i].owner),
			rows[i].keep_until_s < now_s ? "ended" : "ends",
			dcv_time_local(rows[i].keep_until_s, until));
		ok = add(session, &attention);
	}
	return ok ? DCV_OK : DCV_E_NOMEM;
}

enum dcv_err dcv_attention_find(struct dcv_session *session)
{
	enum dcv_err rc = dcv_attention_runs(session);
	bool ok = true;

	for (size_t i = 0; ok && i < session->n_rows; i++)
		ok = look_at_row(session, &session->rows[i]);
	if (rc == DCV_OK)
		rc = ok ? look_at_kept(session) : DCV_E_NOMEM;
	return rc;
}

void dcv_attention_show(const struct dcv_session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session->n_attention; i++) {
		const struct dcv_attention *at = &session->attention[i];

		if (!dcv_show_within(session, &n))
			continue;
		dcv_say(session, "%-10s %s%s%s", at->cause, at->order,
			at->order[0] != '\0' ? "  " : "", at->text);
		dcv_say(session, "           run: %s", at->run);
	}
	dcv_show_rest(session, n);
}
