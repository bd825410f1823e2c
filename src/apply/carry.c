/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the order in which zones are changed: intents, effect, proof, outcomes. The
 * intents of some zones are one commit, and so are their outcomes; the effects may be brought
 * about at the same time, since each has its own zone and its own memory. */
#include <stdio.h>
#include <string.h>

#include "apply/internal.h"

/* The id of a change: in the name of a temporary, so unlike that of any other ledger. */
static const char *new_change_id(struct dcv_run *run, struct dcv_error *err)
{
	uint32_t number;

	if (dcv_random(&number, sizeof(number), err) != DCV_OK)
		return NULL;
	return dcv_arena_printf(run->arena, "%08x", (unsigned)number);
}

/* Whose each value that comes is. NULL: memory is out. */
static const char **make_notes(struct dcv_run *run, const struct dcv_edit *edit)
{
	const char **notes = dcv_arena_array(run->arena, edit->edit.n_add,
		sizeof(notes[0]));
	size_t n = 0;

	for (size_t i = 0; notes != NULL && i < edit->n_values && n < edit->edit.n_add;
		i++) {
		const struct dcv_value *value = &edit->values[i];

		if (value->kind != DCV_VALUE_ADD)
			continue;
		if (value->id != NULL)
			notes[n] = dcv_arena_printf(run->arena, "%s/%s", value->ca,
				value->id);
		if (value->id != NULL && notes[n] == NULL)
			return NULL;
		n++;
	}
	return notes;
}

/* The set as the plan found it. */
static enum dcv_err make_before(struct dcv_zone_run *zone, const struct dcv_edit *edit,
	struct dcv_rrset_edit *to, struct dcv_error *err)
{
	struct dcv_rrset *set;

	to->has_before = true;
	if (!edit->existed)
		return DCV_OK;
	set = dcv_arena_alloc(&zone->kept, sizeof(*set));
	if (set == NULL)
		return dcv_nomem(err);
	*set = (struct dcv_rrset){.owner = edit->edit.owner,
		.type = edit->edit.type,
		.ttl_s = edit->ttl_before_s,
		.rdata = dcv_arena_array(&zone->kept, edit->n_values,
			sizeof(set->rdata[0]))};
	if (set->rdata == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind != DCV_VALUE_ADD)
			set->rdata[set->n++] = edit->values[i].rdata;
	}
	to->before = set;
	return DCV_OK;
}

/* The edits of a plan that change something. */
static enum dcv_err make_change(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_rrset_edit *edits = dcv_arena_array(run->arena, zone->plan.n_edits,
		sizeof(edits[0]));
	size_t n = 0;

	carry->change = (struct dcv_backend_change){.id = new_change_id(run, err),
		.etag = zone->view.etag,
		.edits = edits};
	carry->results = dcv_arena_array(run->arena, zone->plan.n_edits,
		sizeof(carry->results[0]));
	if (edits == NULL || carry->results == NULL || carry->change.id == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		if (!zone->plan.edits[i].changes)
			continue;
		edits[n] = zone->plan.edits[i].edit;
		edits[n].notes = make_notes(run, &zone->plan.edits[i]);
		if (edits[n].notes == NULL ||
			make_before(zone, &zone->plan.edits[i], &edits[n], err) != DCV_OK)
			return dcv_nomem(err);
		n++;
	}
	carry->change.n = n;
	carry->journal = (struct dcv_journal){.change_id = carry->change.id};
	return DCV_OK;
}

/* A CNAME excludes everything else at its owner, so what it replaces, or what replaces it,
 * goes in the same edit. */
static bool has_cname(const struct dcv_plan *plan, const struct dcv_name *owner)
{
	for (size_t i = 0; i < plan->n_edits; i++) {
		if (plan->edits[i].edit.type == DCV_TYPE_CNAME &&
			dcv_name_equal(&plan->edits[i].edit.owner, owner))
			return true;
	}
	return false;
}

/* The backend has no room for what comes beside what goes. */
static bool is_crowded(const struct dcv_limits *limits, const struct dcv_edit *edit)
{
	return limits->values_max != 0 && edit->n_values > limits->values_max;
}

/* What was to go stays for now. */
static void put_off_removals(struct dcv_plan *plan, const struct dcv_limits *limits)
{
	plan->changes = false;
	plan->n_add = plan->n_remove = 0;
	for (size_t i = 0; i < plan->n_edits; i++) {
		struct dcv_edit *edit = &plan->edits[i];

		if (!has_cname(plan, &edit->edit.owner) && !is_crowded(limits, edit)) {
			edit->edit.n_remove = 0;
			for (size_t k = 0; k < edit->n_values; k++) {
				if (edit->values[k].kind == DCV_VALUE_REMOVE)
					edit->values[k].kind = DCV_VALUE_LEFTOVER;
			}
			edit->changes = edit->edit.n_add > 0;
		}
		plan->changes = plan->changes || edit->changes;
		plan->n_add += edit->edit.n_add;
		plan->n_remove += edit->edit.n_remove;
	}
}

static int compare_edits(const struct dcv_rrset_edit *a, const struct dcv_rrset_edit *b)
{
	int order = dcv_name_compare(&a->owner, &b->owner);

	return order != 0 ? order : (int)a->type - (int)b->type;
}

static void tell_both(struct dcv_plan *plan, struct dcv_edit *edit,
	const struct dcv_edit *first)
{
	for (size_t i = 0; i < first->n_values; i++) {
		const struct dcv_value *came = &first->values[i];

		for (size_t k = 0; came->kind == DCV_VALUE_ADD && k < edit->n_values; k++) {
			struct dcv_value *value = &edit->values[k];

			if (value->kind == DCV_VALUE_REMOVE ||
				!dcv_rdata_equal(&value->rdata, &came->rdata))
				continue;
			value->kind = DCV_VALUE_ADD;
			value->reason = came->reason;
			plan->n_add++;
		}
	}
}

void dcv_carry_tell_both(struct dcv_zone_run *zone)
{
	const struct dcv_plan *came = &zone->came;
	size_t at = 0;

	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		struct dcv_edit *edit = &zone->plan.edits[i];

		while (at < came->n_edits &&
			compare_edits(&came->edits[at].edit, &edit->edit) < 0)
			at++;
		if (at < came->n_edits &&
			compare_edits(&came->edits[at].edit, &edit->edit) == 0)
			tell_both(&zone->plan, edit, &came->edits[at]);
	}
	zone->came = (struct dcv_plan){0};
}

enum dcv_err dcv_carry_prepare(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;

	carry->again = carry->written = carry->reloaded = carry->told = false;
	carry->rc = DCV_OK;
	zone->unfinished = zone->adding && zone->plan.n_remove > 0;
	if (zone->manual && zone->plan.changes) {
		zone->unfinished = false; /* a person is told all at once */
		carry->kind = DCV_CARRY_AWAIT;
		return DCV_OK;
	}
	if (zone->unfinished) {
		put_off_removals(&zone->plan, &zone->view.limits);
		if (dcv_plan_compact(&zone->plan, run->arena, &zone->came) != DCV_OK)
			return dcv_nomem(&zone->error);
	}
	if (zone->plan.changes) {
		carry->kind = DCV_CARRY_WRITE;
		return make_change(run, carry, &zone->error);
	}
	carry->kind = zone->unfinished ? DCV_CARRY_NOTHING : DCV_CARRY_NOTE;
	return DCV_OK;
}

/* What is noted of one zone in a commit. */
typedef enum dcv_err (
	*note_fn)(struct dcv_run *run, struct dcv_carry *carry, struct dcv_error *err);

/* The marks of a zone's subjects, one way or the other. */
static void copy_marks(const struct dcv_zone_run *zone, struct dcv_mark *to,
	const struct dcv_mark *from)
{
	for (size_t i = 0; i < zone->n_concerned; i++)
		to[zone->concerned[i]] = from[zone->concerned[i]];
}

/* One commit for all of them, or none of it. */
static enum dcv_err in_commit(struct dcv_run *run, struct dcv_carry *carries, size_t n,
	note_fn note, struct dcv_error *err)
{
	const char *id = run->id;
	enum dcv_err rc = dcv_ledger_begin(run->ledger, err);

	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		copy_marks(carries[i].zone, run->marks_before, run->marks);
		carries[i].was_done = carries[i].zone->done;
		carries[i].was_awaited = carries[i].zone->awaited;
	}
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = note(run, &carries[i], err);
	rc = dcv_ledger_end(run->ledger, rc, err);
	if (rc == DCV_OK)
		return DCV_OK;
	/* What was not committed did not happen. */
	for (size_t i = 0; i < n; i++) {
		copy_marks(carries[i].zone, run->marks, run->marks_before);
		carries[i].zone->done = carries[i].was_done;
		carries[i].zone->awaited = carries[i].was_awaited;
		carries[i].journal.n = 0;
	}
	run->id = id;
	return rc;
}

static enum dcv_err note_begin(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	if (carry->kind == DCV_CARRY_WRITE || carry->kind == DCV_CARRY_NOTE)
		rc = dcv_note_claims(run, carry->zone, err);
	if (rc != DCV_OK)
		return rc;
	switch (carry->kind) {
	case DCV_CARRY_WRITE:
		return dcv_note_intents(run, carry->zone, &carry->journal, err);
	case DCV_CARRY_AWAIT:
		carry->zone->awaited = true;
		return dcv_note_awaited(run, carry->zone, err);
	case DCV_CARRY_NOTE:
		return dcv_note_outcomes(run, carry->zone, err);
	case DCV_CARRY_NOTHING:
		break;
	}
	return DCV_OK;
}

enum dcv_err dcv_carry_begin(struct dcv_run *run, struct dcv_carry *carries, size_t n,
	struct dcv_error *err)
{
	return in_commit(run, carries, n, note_begin, err);
}

/* The backend cannot say yet whether its servers have it: what is read back decides, and the name
 * servers are asked afterwards anyway. */
static void tell_unproven(const struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	dcv_log(run->host.log, DCV_LOG_NOTE, "unproven   %s: %s", zone->view.place,
		err->text);
	*err = (struct dcv_error){0};
}

/* The change stands in the backend: make it visible, read it back. */
static enum dcv_err prove(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err)
{
	struct dcv_zone_run *zone = carry->zone;
	enum dcv_err rc = dcv_backend_sync(zone->backend, &carry->change, &zone->receipt,
		err);

	if (rc == DCV_E_FAILED)
		return rc;
	if (rc != DCV_OK && !dcv_backend_recovers(zone->backend)) {
		tell_unproven(run, zone, err);
		rc = DCV_OK;
	}
	carry->reloaded = rc == DCV_OK;
	if (rc == DCV_OK)
		rc = dcv_settle(run, carry, err);
	if (rc != DCV_OK)
		err->code = DCV_E_PARTIAL;
	return rc == DCV_OK ? DCV_OK : DCV_E_PARTIAL;
}

/* What stands is to be visible too, whoever was told that it was written. */
static void show(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_error err = {0};

	if (dcv_backend_sync(zone->backend, &carry->change, &zone->receipt, &err) != DCV_OK)
		tell_unproven(run, zone, &err);
}

/* The answer was lost, or it tells of some records only: what stands there decides. Not of a
 * backend that settles its changes by itself, when the next run begins. */
static enum dcv_err look_after(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err)
{
	struct dcv_error lost = *err;
	enum dcv_err rc;

	if (dcv_backend_recovers(carry->zone->backend))
		return DCV_E_PARTIAL;
	*err = (struct dcv_error){0};
	rc = dcv_settle(run, carry, &lost);
	if (rc != DCV_OK)
		*err = lost;
	else
		show(run, carry);
	carry->written = rc == DCV_OK;
	/* A part was written before the zone moved; where that is known, the rest is planned anew. */
	carry->again = carry->again && carry->told;
	return rc;
}

/* Texts of results live until the next call, and are worth less than what comes of it. */
static void keep_texts(struct dcv_carry *carry)
{
	for (size_t i = 0; i < carry->change.n; i++) {
		const char **text = &carry->results[i].text;

		if (*text != NULL)
			*text = dcv_arena_strdup(&carry->zone->kept, *text);
	}
}

void dcv_carry_effect(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_error *err = &zone->error;
	const uint32_t serial = zone->receipt.serial_before;

	if (carry->kind != DCV_CARRY_WRITE)
		return;
	carry->rc = dcv_zone_open(run, zone, err);
	if (carry->rc != DCV_OK)
		return;
	carry->rc = dcv_backend_apply(zone->backend, &carry->change, carry->results,
		&zone->receipt, &carry->again, err);
	keep_texts(carry);
	carry->written = carry->rc == DCV_OK;
	if (carry->rc == DCV_OK)
		carry->rc = prove(run, carry, err);
	else if (carry->rc == DCV_E_PARTIAL)
		carry->rc = look_after(run, carry, err);
	/* What came may have been written before what goes: both are one change of the run. */
	if (zone->changed)
		zone->receipt.serial_before = serial;
	zone->changed = zone->changed || carry->rc == DCV_E_PARTIAL || carry->rc == DCV_OK;
}

/* A change that did not go well: it ended as failed; or nobody knows, then the text of its rows
 * stays the id of the change, which is needed to settle it; or each row has an end of its own. */
static enum dcv_err note_end(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err)
{
	char serial[32] = "";
	enum dcv_err rc;

	if (carry->kind != DCV_CARRY_WRITE)
		return DCV_OK;
	if (carry->told)
		return dcv_note_told(run, carry->zone, &carry->journal, err);
	if (carry->rc == DCV_E_PARTIAL)
		return dcv_note_ends(run, &carry->journal, DCV_CHANGE_UNKNOWN, NULL, err);
	if (carry->rc != DCV_OK)
		return dcv_note_ends(run, &carry->journal, DCV_CHANGE_FAILED,
			carry->zone->error.text, err);
	/* A lower one, some day, tells of an older copy of the zone. */
	if (carry->zone->receipt.serial_after != 0)
		(void)snprintf(serial, sizeof(serial), "serial %u",
			carry->zone->receipt.serial_after);
	rc = dcv_note_outcomes(run, carry->zone, err);
	return rc == DCV_OK
		? dcv_note_ends(run, &carry->journal, DCV_CHANGE_DONE, serial, err)
		: rc;
}

static void tell_not_noted(struct dcv_zone_run *zone, const struct dcv_error *why)
{
	zone->error = (struct dcv_error){0};
	dcv_fail(&zone->error, DCV_E_PARTIAL,
		"%s: written, but the outcome is not noted: %s", zone->view.place,
		why->text);
	dcv_help(&zone->error,
		"help: mend that and run the same command again: it settles that first");
}

/* Noted if it can be; else the rows stay intents, and the next run settles them first. */
void dcv_carry_end(struct dcv_run *run, struct dcv_carry *carries, size_t n)
{
	struct dcv_error err = {0};

	if (in_commit(run, carries, n, note_end, &err) == DCV_OK)
		return;
	dcv_log(run->log, DCV_LOG_NOTE, "ledger: the outcome is not noted: %s", err.text);
	for (size_t i = 0; i < n; i++) {
		if (carries[i].kind != DCV_CARRY_WRITE ||
			(carries[i].rc != DCV_OK && !carries[i].told))
			continue;
		carries[i].rc = DCV_E_PARTIAL;
		tell_not_noted(carries[i].zone, &err);
	}
}

enum dcv_err dcv_run_note_manual(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct dcv_carry carry = {.zone = zone, .kind = DCV_CARRY_NOTE};
	enum dcv_err rc = in_commit(run, &carry, 1, note_begin, err);

	if (rc == DCV_OK)
		zone->changed = true;
	return rc;
}
