/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a run is carried out: zone by zone, each under its lock, additions before
 * removals. It does not know how it was planned. */
#include "apply/internal.h"

void dcv_run_close(struct dcv_run *run)
{
	dcv_arena_clear(&run->caa_memory);
	for (size_t i = 0; i < run->n_zones; i++) {
		dcv_zone_close(&run->zones[i]);
		dcv_arena_clear(&run->zones[i].kept);
		dcv_gather_forget(&run->zones[i]);
	}
}

void dcv_run_tell(const struct dcv_run *run, const char *what,
	const struct dcv_zone_run *zone)
{
	if (run->event != NULL)
		run->event(run->event_ctx, what, zone);
}

/* An unknown order that is over before it began. */
static bool enters_closed(const struct dcv_run *run, size_t i)
{
	const struct dcv_subject *subject = &run->subjects[i];

	return subject->row == NULL && !run->marks[i].entered &&
		(subject->judgement == DCV_JUDGED_DEAD ||
			subject->judgement == DCV_JUDGED_SUPERSEDED);
}

static bool subject_has_work(const struct dcv_run *run, const struct dcv_subject *subject)
{
	const struct dcv_order_row *row = subject->row;

	if (run->mode == DCV_PLAN_CLEANUP)
		return row != NULL && row->state != DCV_STATE_CLEANED;
	if (run->mode == DCV_PLAN_UNDO)
		return false;
	return enters_closed(run, (size_t)(subject - run->subjects)) ||
		dcv_order_is_rewritten(subject) ||
		(dcv_subject_is_wanted(subject) &&
			(subject->judgement != DCV_JUDGED_SAME ||
				row->state == DCV_STATE_PENDING));
}

static bool zone_has_work(const struct dcv_zone_run *zone)
{
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		for (size_t k = 0; k < edit->n_values; k++) {
			if (edit->values[k].kind == DCV_VALUE_FOUND)
				return true;
		}
	}
	return zone->plan.changes;
}

bool dcv_run_has_work(const struct dcv_run *run)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (subject_has_work(run, &run->subjects[i]))
			return true;
	}
	for (size_t i = 0; i < run->n_zones; i++) {
		if (zone_has_work(&run->zones[i]))
			return true;
	}
	return false;
}

static enum dcv_err apply_closed(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_ledger_begin(run->ledger, &err);

	if (rc == DCV_OK)
		rc = dcv_ledger_end(run->ledger, dcv_order_enter_closed(run, &err), &err);
	if (rc != DCV_OK)
		dcv_diag_add_error(diags, NULL, &err);
	return rc;
}

enum dcv_err dcv_run_worse(enum dcv_err a, enum dcv_err b)
{
	static const enum dcv_err order[] = {DCV_E_PARTIAL, DCV_E_NOMEM, DCV_E_INTERNAL,
		DCV_E_FAILED, DCV_E_REFUSED, DCV_E_DEADLINE, DCV_E_UNVERIFIED,
		DCV_E_LOCKED, DCV_E_PENDING};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return a != DCV_OK ? a : b;
}

/* A run over its zones so far. */
struct tally {
	struct dcv_run *run;
	size_t n;
	struct dcv_zone_run **zones; /* of the stage at hand */
	enum dcv_err worst;
	bool changed, failed;
};

static void note_end(void *ctx, struct dcv_zone_run *zone, enum dcv_err rc)
{
	struct tally *tally = ctx;
	struct dcv_run *run = tally->run;

	if (rc != DCV_OK)
		zone->error.code = rc;
	for (size_t i = 0; rc != DCV_OK && i < zone->n_concerned; i++)
		run->marks[zone->concerned[i]].failed = true;
	tally->worst = dcv_run_worse(tally->worst, rc);
	tally->changed = tally->changed || zone->changed;
	tally->failed = tally->failed || rc != DCV_OK;
	dcv_run_tell(run, rc == DCV_OK ? "done" : "failed", zone);
}

/* Nothing of the run is to be done or noted there: it was only looked at. */
static bool is_bystander(const struct dcv_zone_run *zone)
{
	return zone->n_concerned == 0 && !zone->plan.changes;
}

/* A zone that a value leaves and none enters. */
static bool only_loses(const struct dcv_zone_run *zone)
{
	return zone->plan.n_add == 0 && zone->plan.n_remove > 0;
}

/* Orders of the zone whose values are not everywhere yet. In a clean-up nothing comes in the
 * place of what goes. */
static bool is_held_up(const struct dcv_run *run, const struct dcv_zone_run *zone)
{
	for (size_t i = 0; run->mode != DCV_PLAN_CLEANUP && i < zone->n_concerned; i++) {
		if (run->marks[zone->concerned[i]].failed)
			return true;
	}
	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].binding == zone->binding &&
			run->zones[i].error.code != DCV_OK)
			return true;
	}
	return run->was_stopped;
}

static void leave_zone(struct tally *tally, struct dcv_zone_run *zone)
{
	dcv_fail(&zone->error, DCV_E_FAILED,
		"%s: %s: what is to take the place of its values is not everywhere yet",
		zone->view.place, zone->changed ? "nothing was removed" : "not touched");
	note_end(tally, zone, DCV_E_FAILED);
}

static void carry_out(struct tally *tally)
{
	dcv_batch_run(tally->run, tally->zones, tally->n, note_end, tally);
	for (size_t i = 0; i < tally->n; i++)
		tally->zones[i]->adding = false;
	tally->n = 0;
}

/* Additions come first: an order that moves from one zone to another is never without its
 * value, and keeps the old one where the new one cannot be written. A zone with several
 * backends loses nothing before all of them have what is new. */
static void add_everywhere(struct tally *tally)
{
	struct dcv_run *run = tally->run;

	for (size_t i = 0; i < run->n_zones; i++) {
		struct dcv_zone_run *zone = &run->zones[i];

		if (is_bystander(zone) || only_loses(zone))
			continue;
		zone->adding = zone->binding->n_backends > 1 || zone->across;
		tally->zones[tally->n++] = zone;
	}
	carry_out(tally);
}

static void remove_then(struct tally *tally)
{
	struct dcv_run *run = tally->run;

	for (size_t i = 0; i < run->n_zones; i++) {
		struct dcv_zone_run *zone = &run->zones[i];

		if (zone->done || zone->awaited || is_bystander(zone) ||
			zone->error.code != DCV_OK)
			continue;
		if (is_held_up(run, zone))
			leave_zone(tally, zone);
		else
			tally->zones[tally->n++] = zone;
	}
	carry_out(tally);
}

enum dcv_err dcv_run_apply(struct dcv_run *run, struct dcv_diags *diags)
{
	struct tally tally = {.run = run,
		.zones = dcv_arena_array(run->arena, run->n_zones, sizeof(tally.zones[0]))};
	bool closed = false;

	if (tally.zones == NULL)
		return DCV_E_NOMEM;
	if (run->mode != DCV_PLAN_CLEANUP)
		add_everywhere(&tally);
	remove_then(&tally);
	for (size_t i = 0; run->mode == DCV_PLAN_APPLY && i < run->n_subjects; i++)
		closed = closed || enters_closed(run, i);
	if (closed) {
		enum dcv_err rc = apply_closed(run, diags);

		tally.worst = dcv_run_worse(tally.worst, rc);
		tally.failed = tally.failed || rc != DCV_OK;
	}
	return tally.changed && tally.failed ? DCV_E_PARTIAL : tally.worst;
}
