/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a run notes in the ledger: intents before a zone is written, outcomes
 * after it was read back. It does not know backends. */
#include <string.h>

#include "apply/internal.h"

enum dcv_err dcv_note_name(struct dcv_run *run, struct dcv_error *err)
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
	struct dcv_change_row *row, struct dcv_error *err)
{
	int64_t *ids = dcv_arena_grow(run->arena, journal->ids, journal->n,
		sizeof(ids[0]));
	enum dcv_err rc;

	if (ids == NULL)
		return dcv_nomem(err);
	journal->ids = ids;
	rc = dcv_ledger_intend(run->ledger, row, err);
	if (rc == DCV_OK)
		ids[journal->n++] = row->id;
	return rc;
}

static struct dcv_change_row new_row(const struct dcv_run *run,
	const struct dcv_zone_run *zone, const struct dcv_journal *journal, const char *op)
{
	return (struct dcv_change_row){.run = run->id,
		.zone = zone->binding->zone,
		.backend = zone->at->name,
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
		rc = dcv_note_lost(run, zone, edit, value, err);
		if (rc == DCV_OK)
			rc = intend(run, journal, &row, err);
	}
	return rc;
}

/* What caches may hold is noted before the change: afterwards nobody could tell. */
static enum dcv_err put_rrset(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, struct dcv_error *err)
{
	struct dcv_rrset_row row = {.zone = zone->binding->zone,
		.backend = zone->at->name,
		.owner = edit->edit.owner,
		.type = edit->edit.type,
		.former_ttl_s = edit->former_ttl_s,
		.our_ttl_s = edit->edit.ttl_s,
		.cached_s = edit->cached_s};

	return dcv_ledger_put_rrset(run->ledger, &row, err);
}

/* Marks the orders of which a value comes into this zone. */
static void mark_touched(struct dcv_run *run, const struct dcv_zone_run *zone)
{
	for (size_t k = 0; k < zone->n_concerned; k++)
		run->marks[zone->concerned[k]].touched = false;
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		for (size_t k = 0; k < edit->n_values; k++) {
			const struct dcv_value *value = &edit->values[k];
			size_t subject = value->kind == DCV_VALUE_ADD && value->id != NULL
				? dcv_run_subject(run, value->ca, value->id)
				: SIZE_MAX;

			if (subject != SIZE_MAX)
				run->marks[subject].touched = true;
		}
	}
}

/* The order is not as it was: it enters, or a value of it comes into this zone. */
static bool is_touched(const struct dcv_run *run, size_t i)
{
	const struct dcv_subject *subject = &run->subjects[i];

	return subject->judgement != DCV_JUDGED_SAME ||
		subject->row->state == DCV_STATE_PENDING || run->marks[i].touched;
}

static enum dcv_err enter_orders(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	mark_touched(run, zone);
	for (size_t k = 0; rc == DCV_OK && k < zone->n_concerned; k++) {
		size_t i = zone->concerned[k];
		const struct dcv_subject *subject = &run->subjects[i];

		if (run->mode == DCV_PLAN_APPLY && dcv_subject_is_wanted(subject) &&
			is_touched(run, i))
			rc = dcv_order_enter(run, i, DCV_STATE_PENDING, err);
	}
	return rc;
}

enum dcv_err dcv_note_awaited(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc = dcv_note_name(run, err);

	return rc == DCV_OK ? enter_orders(run, zone, err) : rc;
}

/* A value that the order does not name, and that comes for its sake: it is claimed too, so that it
 * is protected, and goes as its kind goes. Before it is written, as the claims of an order are. */
static enum dcv_err note_derived(struct dcv_run *run, const struct dcv_edit *edit,
	const struct dcv_value *value, struct dcv_error *err)
{
	struct dcv_claim_row row = {.ca = value->ca,
		.id = value->id,
		.owner = edit->edit.owner,
		.type = edit->edit.type,
		.rdata = value->rdata,
		.keep = value->keep};
	size_t subject;

	if ((value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_KEEP) ||
		value->id == NULL ||
		(value->keep != DCV_KEEP_CAA && value->keep != DCV_KEEP_COPY))
		return DCV_OK;
	subject = dcv_run_subject(run, value->ca, value->id);
	if (subject == SIZE_MAX)
		return DCV_OK;
	row.revision = run->subjects[subject].revision;
	return dcv_ledger_put_claim(run->ledger, &row, err);
}

/* An order that another run has opened again since this one looked keeps its values. */
static enum dcv_err refuse_opened(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t k = 0;
		rc == DCV_OK && run->mode == DCV_PLAN_CLEANUP && k < zone->n_concerned;
		k++) {
		const struct dcv_subject *subject = &run->subjects[zone->concerned[k]];
		struct dcv_order_row *row = NULL;

		rc = dcv_ledger_order(run->ledger, subject->ca, subject->id, run->arena,
			&row, err);
		if (rc == DCV_OK &&
			(row == NULL || dcv_order_is_alive(row, dcv_now_s(run->clock))))
			return dcv_fail(err, DCV_E_REFUSED,
				"order %s/%s was opened again by another run: nothing was "
				"removed",
				subject->ca, subject->id);
	}
	return rc;
}

enum dcv_err dcv_note_claims(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc = refuse_opened(run, zone, err);

	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		for (size_t k = 0; rc == DCV_OK && k < edit->n_values; k++)
			rc = note_derived(run, edit, &edit->values[k], err);
	}
	return rc;
}

enum dcv_err dcv_note_intents(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err)
{
	struct dcv_change_row reload;
	enum dcv_err rc = dcv_note_name(run, err);

	if (rc == DCV_OK)
		rc = enter_orders(run, zone, err);
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
		rc = dcv_ledger_end_change(run->ledger, journal->ids[i], state, now_s,
			detail, err);
	return rc;
}

/* What was ours at a former backend of the zone is ours here, and goes with it. */
static enum dcv_err drop_placement(struct dcv_run *run, struct dcv_placement *placement,
	const char *former, struct dcv_error *err)
{
	enum dcv_err rc = dcv_ledger_drop_placement(run->ledger, placement, err);

	if (rc != DCV_OK || former == NULL)
		return rc;
	placement->backend = former;
	return dcv_ledger_drop_placement(run->ledger, placement, err);
}

static enum dcv_err note_value(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_error *err)
{
	int64_t now_s = dcv_now_s(run->clock);
	struct dcv_placement placement = {.zone = zone->binding->zone,
		.backend = zone->at->name,
		.owner = edit->edit.owner,
		.type = edit->edit.type,
		.rdata = value->rdata,
		.ours = value->ours,
		.since = now_s,
		.first_seen = now_s};

	switch (value->kind) {
	case DCV_VALUE_REMOVE:
		return drop_placement(run, &placement, value->backend, err);
	case DCV_VALUE_ADD:
	case DCV_VALUE_FOUND:
		return dcv_ledger_put_placement(run->ledger, &placement, err);
	case DCV_VALUE_LEFTOVER:
		/* Since when it lies there: one day that proves it dead. */
		if (value->known || value->ours)
			break;
		return dcv_ledger_put_placement(run->ledger, &placement, err);
	case DCV_VALUE_KEEP:
	case DCV_VALUE_OTHER:
	case DCV_VALUE_FOREIGN:
		break;
	}
	return DCV_OK;
}

/* It was kept beyond its order, and is not any more. */
static bool is_released(const struct dcv_run *run, const struct dcv_claim_row *row)
{
	if (row->keep == DCV_KEEP_ISSUED || row->keep == DCV_KEEP_COPY)
		return false;
	return run->policy.retained ||
		!dcv_keep_retains(row->keep, row->keep_until_s, dcv_now_s(run->clock));
}

/* A CAA record that went is claimed by nobody any more; another that was retained no longer is.
 * Its claim stays, since it belongs to a revision. */
static enum dcv_err release_claims(struct dcv_run *run, const struct dcv_edit *edit,
	const struct dcv_value *value, struct dcv_error *err)
{
	struct dcv_claim_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc;

	if (value->kind != DCV_VALUE_REMOVE ||
		(edit->edit.type != DCV_TYPE_CAA && run->mode != DCV_PLAN_CLEANUP))
		return DCV_OK;
	rc = dcv_ledger_claims_at(run->ledger, &edit->edit.owner, run->arena, &rows, &n,
		err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (rows[i].type != edit->edit.type ||
			!dcv_rdata_equal(&rows[i].rdata, &value->rdata))
			continue;
		if (edit->edit.type != DCV_TYPE_CAA && !is_released(run, &rows[i]))
			continue;
		rows[i].keep = DCV_KEEP_ISSUED;
		rc = edit->edit.type == DCV_TYPE_CAA
			? dcv_ledger_drop_claim(run->ledger, &rows[i], err)
			: dcv_ledger_put_claim(run->ledger, &rows[i], err);
	}
	return rc;
}

/* An order that lost its value to this run, if it was past its life. */
static enum dcv_err note_loser(struct dcv_run *run, const struct dcv_value *value,
	struct dcv_error *err)
{
	if (value->kind != DCV_VALUE_REMOVE || value->id == NULL ||
		run->mode != DCV_PLAN_APPLY)
		return DCV_OK;
	return dcv_order_expire(run, value->ca, value->id, err);
}

/* The placements of one RRset as the plan leaves them. */
static enum dcv_err note_placements(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, struct dcv_error *err)
{
	struct dcv_rrset_row row = {.zone = zone->binding->zone,
		.backend = zone->at->name,
		.owner = edit->edit.owner,
		.type = edit->edit.type};
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < edit->n_values; i++) {
		rc = note_value(run, zone, edit, &edit->values[i], err);
		if (rc == DCV_OK)
			rc = note_loser(run, &edit->values[i], err);
		if (rc == DCV_OK)
			rc = release_claims(run, edit, &edit->values[i], err);
	}
	/* A set that is gone has no TTL to give back. */
	if (rc == DCV_OK && edit->changes && edit->edit.n_remove == edit->n_values)
		rc = dcv_ledger_drop_rrset(run->ledger, &row, err);
	return rc;
}

static enum dcv_change_state state_of(enum dcv_end end)
{
	switch (end) {
	case DCV_END_DONE:
		return DCV_CHANGE_DONE;
	case DCV_END_FAILED:
		return DCV_CHANGE_FAILED;
	case DCV_END_UNTOLD:
	case DCV_END_UNKNOWN:
		break;
	}
	return DCV_CHANGE_UNKNOWN;
}

/* Of what is unknown the text stays the id of the change. */
static enum dcv_err end_row(struct dcv_run *run, const struct dcv_journal *journal,
	size_t *row, enum dcv_end end, const char *why, struct dcv_error *err)
{
	return dcv_ledger_end_change(run->ledger, journal->ids[(*row)++], state_of(end),
		dcv_now_s(run->clock), end == DCV_END_FAILED ? why : NULL, err);
}

/* What is done of an edit is noted as if it all were; the rest will be planned again. */
static enum dcv_err note_told_value(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_error *err)
{
	enum dcv_err rc;

	if (value->end != DCV_END_DONE)
		return DCV_OK;
	rc = note_value(run, zone, edit, value, err);
	if (rc == DCV_OK)
		rc = note_loser(run, value, err);
	return rc == DCV_OK ? release_claims(run, edit, value, err) : rc;
}

/* In the order in which intend_edit made the rows. */
static enum dcv_err note_told_edit(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_journal *journal, size_t *row,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	if (edit->edit.n_add + edit->edit.n_remove == 0)
		return end_row(run, journal, row, edit->ttl_end, "the TTL is as it was",
			err);
	for (size_t i = 0; rc == DCV_OK && i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];

		if (value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_REMOVE)
			continue;
		rc = end_row(run, journal, row, value->end, value->why, err);
		if (rc == DCV_OK)
			rc = note_told_value(run, zone, edit, value, err);
	}
	return rc;
}

enum dcv_err dcv_note_told(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_journal *journal, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;
	size_t row = 0;

	for (size_t i = 0; rc == DCV_OK && i < zone->plan.n_edits; i++) {
		if (zone->plan.edits[i].changes)
			rc = note_told_edit(run, zone, &zone->plan.edits[i], journal,
				&row, err);
	}
	/* The last row is the reload's: what holds is visible as far as it will be. */
	return rc == DCV_OK ? end_row(run, journal, &row, DCV_END_DONE, NULL, err) : rc;
}

enum dcv_err dcv_note_outcomes(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < zone->plan.n_edits; i++)
		rc = note_placements(run, zone, &zone->plan.edits[i], err);
	if (rc != DCV_OK || zone->unfinished)
		return rc;
	zone->done = true;
	for (size_t k = 0; rc == DCV_OK && k < zone->n_concerned; k++) {
		size_t i = zone->concerned[k];

		if (--run->marks[i].open == 0 &&
			(run->mode != DCV_PLAN_APPLY ||
				dcv_subject_is_wanted(&run->subjects[i])))
			rc = dcv_order_advance(run, i, err);
	}
	if (rc != DCV_OK)
		zone->done = false;
	return rc;
}
