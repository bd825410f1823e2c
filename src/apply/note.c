/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a run notes in the ledger: intents before a zone is written, outcomes
 * after it was read back. It does not know backends. */
#include <string.h>

#include "apply/internal.h"

bool dcv_zone_concerns(const struct dcv_zone_run *zone, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < zone->n_owners; i++) {
		const struct dcv_name *owner = &zone->owners[i];

		for (size_t k = 0; subject->order != NULL && k < subject->order->n_claims;
			k++) {
			if (dcv_name_equal(owner, &subject->order->claims[k].owner))
				return true;
		}
		for (size_t k = 0; k < subject->n_rows; k++) {
			if (dcv_name_equal(owner, &subject->rows[k].owner))
				return true;
		}
	}
	return false;
}

/* The row of an order that this run publishes, in a state. */
static struct dcv_order_row make_row(const struct dcv_run *run,
	const struct dcv_subject *subject, enum dcv_state state)
{
	int64_t now_s = dcv_now_s(run->clock);
	const struct dcv_order *order = subject->order;
	struct dcv_order_row row = {.ca = subject->ca,
		.id = subject->id,
		.service = order->service != NULL ? order->service->key : "",
		.document = order->document,
		.revision = subject->revision,
		.state = state,
		.created = now_s,
		.first_applied = now_s,
		.expires = dcv_order_expires(order, now_s)};

	if (subject->row != NULL) {
		row.created = subject->row->created;
		row.first_applied = subject->row->first_applied;
		if (subject->judgement == DCV_JUDGED_SAME)
			row.expires = subject->row->expires;
	}
	return row;
}

static enum dcv_err put_claims(struct dcv_run *run, const struct dcv_subject *subject,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < subject->order->n_claims; i++) {
		const struct dcv_claim *claim = &subject->order->claims[i];

		rc = dcv_ledger_put_claim(run->ledger, subject->ca, subject->id,
			subject->revision, &claim->owner, claim->type, &claim->rdata, err);
	}
	return rc;
}

static enum dcv_err enter(struct dcv_run *run, size_t i, enum dcv_state state,
	struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];
	struct dcv_order_row row = make_row(run, subject, state);
	enum dcv_err rc = dcv_ledger_put_order(run->ledger, &row, err);

	if (rc == DCV_OK && !run->entered[i])
		rc = put_claims(run, subject, err);
	if (rc == DCV_OK)
		run->entered[i] = true;
	return rc;
}

static enum dcv_err name_run(struct dcv_run *run, struct dcv_error *err)
{
	char *id = NULL;
	enum dcv_err rc;

	if (run->id != NULL)
		return DCV_OK;
	rc = dcv_ledger_next_run(run->ledger, run->arena, &id, err);
	if (rc == DCV_OK)
		run->id = id;
	return rc;
}

static enum dcv_err intend(struct dcv_run *run, struct dcv_journal *journal,
	const struct dcv_change_row *row, struct dcv_error *err)
{
	struct dcv_change_row *rows = dcv_arena_grow(run->arena, journal->rows,
		journal->n, sizeof(journal->rows[0]));

	if (rows == NULL)
		return dcv_nomem(err);
	journal->rows = rows;
	rows[journal->n] = *row;
	return dcv_ledger_intend(run->ledger, &rows[journal->n++], err);
}

static struct dcv_change_row new_row(const struct dcv_run *run,
	const struct dcv_zone_run *zone, const struct dcv_journal *journal, const char *op)
{
	return (struct dcv_change_row){.run = run->id,
		.zone = zone->binding->zone,
		.backend = zone->binding->backend,
		.op = op,
		.ca = "",
		.order_id = "",
		.state = DCV_CHANGE_INTENT,
		.at = dcv_now_s(run->clock),
		.detail = journal->change_id};
}

/* The intents of one RRset: a row for each value that comes or goes, or one for its TTL. */
static enum dcv_err intend_edit(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, struct dcv_journal *journal, struct dcv_error *err)
{
	struct dcv_change_row row = new_row(run, zone, journal, "ttl");
	enum dcv_err rc = DCV_OK;

	row.owner = edit->edit.owner;
	row.type = edit->edit.type;
	row.ttl_s = edit->edit.ttl_s;
	if (edit->edit.n_add + edit->edit.n_remove == 0)
		return intend(run, journal, &row, err);
	for (size_t i = 0; rc == DCV_OK && i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];

		if (value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_REMOVE)
			continue;
		row.op = value->kind == DCV_VALUE_ADD ? "add" : "remove";
		row.rdata = value->rdata;
		row.ca = value->ca != NULL ? value->ca : "";
		row.order_id = value->id != NULL ? value->id : "";
		rc = intend(run, journal, &row, err);
	}
	return rc;
}

/* What caches may hold is noted before the change: afterwards nobody could tell. */
static enum dcv_err put_rrset(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, struct dcv_error *err)
{
	struct dcv_rrset_row row = {.zone = zone->binding->zone,
		.backend = zone->binding->backend,
		.owner = edit->edit.owner,
		.type = edit->edit.type,
		.former_ttl_s = edit->ttl_before_s,
		.our_ttl_s = edit->edit.ttl_s,
		.cached_s = edit->cached_s};

	return dcv_ledger_put_rrset(run->ledger, &row, err);
}

enum dcv_err dcv_note_intents(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err)
{
	struct dcv_change_row reload;
	enum dcv_err rc = name_run(run, err);

	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];

		if (dcv_subject_is_wanted(subject) && dcv_zone_concerns(zone, subject))
			rc = enter(run, i, DCV_STATE_PENDING, err);
	}
	for (size_t i = 0; rc == DCV_OK && i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		if (!edit->changes)
			continue;
		rc = intend_edit(run, zone, edit, journal, err);
		if (rc == DCV_OK)
			rc = put_rrset(run, zone, edit, err);
	}
	if (rc != DCV_OK)
		return rc;
	reload = new_row(run, zone, journal, "reload");
	return intend(run, journal, &reload, err);
}

enum dcv_err dcv_note_ends(struct dcv_run *run, const struct dcv_journal *journal,
	enum dcv_change_state state, const char *detail, struct dcv_error *err)
{
	int64_t now_s = dcv_now_s(run->clock);
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < journal->n; i++)
		rc = dcv_ledger_end_change(run->ledger, journal->rows[i].id, state, now_s,
			detail, err);
	return rc;
}

static enum dcv_err note_value(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_error *err)
{
	int64_t now_s = dcv_now_s(run->clock);
	struct dcv_placement placement = {.zone = zone->binding->zone,
		.backend = zone->binding->backend,
		.owner = edit->edit.owner,
		.type = edit->edit.type,
		.rdata = value->rdata,
		.ours = value->ours,
		.since = now_s,
		.first_seen = now_s};

	switch (value->kind) {
	case DCV_VALUE_REMOVE:
		return dcv_ledger_drop_placement(run->ledger, &placement, err);
	case DCV_VALUE_ADD:
	case DCV_VALUE_FOUND:
		return dcv_ledger_put_placement(run->ledger, &placement, err);
	case DCV_VALUE_KEEP:
	case DCV_VALUE_OTHER:
	case DCV_VALUE_LEFTOVER:
	case DCV_VALUE_FOREIGN:
		break;
	}
	return DCV_OK;
}

/* True if no zone of the subject is still open in this run. */
static bool all_done(const struct dcv_run *run, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < run->n_zones; i++) {
		if (!run->zones[i].done && dcv_zone_concerns(&run->zones[i], subject))
			return false;
	}
	return true;
}

static bool is_row_state(const struct dcv_subject *subject, enum dcv_state state)
{
	return subject->row != NULL && subject->row->state == state;
}

/* The subject is in every backend now, or gone from every one. */
static enum dcv_err advance(struct dcv_run *run, size_t i, struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];

	if (run->mode == DCV_PLAN_CLEANUP)
		return dcv_run_note_state(run, subject->ca, subject->id, DCV_STATE_CLEANED,
			dcv_state_is_open(subject->row->state) ? DCV_REASON_EXPIRED
							       : subject->row->reason,
			err);
	if (!run->entered[i] && subject->judgement == DCV_JUDGED_SAME &&
		!is_row_state(subject, DCV_STATE_PENDING))
		return DCV_OK;
	return enter(run, i, DCV_STATE_PUBLISHED, err);
}

/* An order in the way that was past its life is closed with the value that it lost. */
static enum dcv_err close_expired(struct dcv_run *run, const struct dcv_value *value,
	struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	enum dcv_err rc;

	if (value->kind != DCV_VALUE_REMOVE || value->id == NULL ||
		run->mode != DCV_PLAN_APPLY)
		return DCV_OK;
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (strcmp(run->subjects[i].ca, value->ca) == 0 &&
			strcmp(run->subjects[i].id, value->id) == 0)
			return DCV_OK;
	}
	rc = dcv_ledger_order(run->ledger, value->ca, value->id, run->arena, &row, err);
	if (rc != DCV_OK || row == NULL || !dcv_state_is_open(row->state) ||
		dcv_order_is_alive(row, dcv_now_s(run->clock)))
		return rc;
	row->state = DCV_STATE_CLOSED;
	row->reason = DCV_REASON_EXPIRED;
	row->closed = dcv_now_s(run->clock);
	return dcv_ledger_put_order(run->ledger, row, err);
}

/* The placements of one RRset as the plan leaves them. */
static enum dcv_err note_placements(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, struct dcv_error *err)
{
	struct dcv_rrset_row row = {.zone = zone->binding->zone,
		.backend = zone->binding->backend,
		.owner = edit->edit.owner,
		.type = edit->edit.type};
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < edit->n_values; i++) {
		rc = note_value(run, zone, edit, &edit->values[i], err);
		if (rc == DCV_OK)
			rc = close_expired(run, &edit->values[i], err);
	}
	/* A set that is gone has no TTL to give back. */
	if (rc == DCV_OK && edit->changes && edit->edit.n_remove == edit->n_values)
		rc = dcv_ledger_drop_rrset(run->ledger, &row, err);
	return rc;
}

enum dcv_err dcv_note_outcomes(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < zone->plan.n_edits; i++)
		rc = note_placements(run, zone, &zone->plan.edits[i], err);
	zone->done = rc == DCV_OK;
	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];

		if ((run->mode == DCV_PLAN_CLEANUP || dcv_subject_is_wanted(subject)) &&
			dcv_zone_concerns(zone, subject) && all_done(run, subject))
			rc = advance(run, i, err);
	}
	if (rc != DCV_OK)
		zone->done = false;
	return rc;
}

enum dcv_err dcv_note_dead(struct dcv_run *run, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];

		if (subject->judgement != DCV_JUDGED_DEAD)
			continue;
		rc = enter(run, i, DCV_STATE_CLOSED, err);
		if (rc == DCV_OK)
			rc = dcv_run_note_state(run, subject->ca, subject->id,
				DCV_STATE_CLOSED, DCV_REASON_EXPIRED, err);
	}
	return rc;
}

/* In a transaction or not: a caller's own is used. */
enum dcv_err dcv_run_note_state(struct dcv_run *run, const char *ca, const char *id,
	enum dcv_state state, enum dcv_reason reason, struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	enum dcv_err rc = dcv_ledger_order(run->ledger, ca, id, run->arena, &row, err);

	if (rc != DCV_OK || row == NULL || (row->state == state && row->reason == reason))
		return rc;
	row->state = state;
	row->reason = reason;
	if (state == DCV_STATE_EFFECTIVE)
		row->effective_at = dcv_now_s(run->clock);
	if (state == DCV_STATE_CLOSED)
		row->closed = dcv_now_s(run->clock);
	return dcv_ledger_put_order(run->ledger, row, err);
}
