/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows a run as a whole: first every zone is planned, so that a guard of one stops
 * all; then zone by zone, each under its lock. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#include "apply/internal.h"

#define CONFLICTS_MAX 3 /* times that a zone may move under us in one run */

static enum dcv_err plan_one(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	const struct dcv_binding *binding = zone->binding;
	char name[DCV_NAME_TEXT_MAX];
	struct dcv_error err = {0};
	bool exists = false;
	enum dcv_err rc = dcv_backend_open(&run->host, &binding->zone, zone->at,
		&zone->backend, &err);

	if (rc == DCV_OK)
		rc = dcv_backend_has_zone(zone->backend, &exists, &err);
	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, &binding->place, &err);
		return rc;
	}
	if (exists)
		return dcv_plan_zone(run, zone, diags);
	dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &binding->place,
		"correct `file:` of the zone in the configuration, or --zone-file",
		"zone %s: %s: no such file", dcv_name_text(&binding->zone, name),
		zone->at->file);
	return DCV_E_CONFIG;
}

void dcv_run_close(struct dcv_run *run)
{
	for (size_t i = 0; i < run->n_zones; i++) {
		dcv_backend_close(run->zones[i].backend);
		run->zones[i].backend = NULL;
	}
}

enum dcv_err dcv_run_plan(struct dcv_run *run, struct dcv_diags *diags)
{
	enum dcv_err rc;

	run->host = (struct dcv_backend_host){run->builtins, run->clock, run->log,
		run->deadline_ms};
	run->marks = dcv_arena_array(run->arena, run->n_subjects, sizeof(run->marks[0]));
	run->marks_before = dcv_arena_array(run->arena, run->n_subjects,
		sizeof(run->marks[0]));
	if (run->marks == NULL || run->marks_before == NULL)
		return DCV_E_NOMEM;
	rc = dcv_gather(run, diags);
	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < run->n_zones; i++) {
		enum dcv_err zone_rc = plan_one(run, &run->zones[i], diags);

		rc = rc == DCV_OK ? zone_rc : rc;
	}
	return rc;
}

static bool subject_has_work(const struct dcv_run *run, const struct dcv_subject *subject)
{
	const struct dcv_order_row *row = subject->row;

	if (run->mode == DCV_PLAN_CLEANUP)
		return row != NULL && row->state != DCV_STATE_CLEANED;
	return subject->judgement == DCV_JUDGED_DEAD ||
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

/* The facts are read again under the lock: what another run did meanwhile counts. */
static enum dcv_err plan_again(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct dcv_diags diags = {0};
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		if (dcv_zone_concerns(zone, &run->subjects[i]) && !run->marks[i].entered)
			rc = dcv_gather_subject(run, &run->subjects[i], err);
	}
	if (rc == DCV_OK)
		rc = dcv_plan_zone(run, zone, &diags);
	for (size_t i = 0; rc != DCV_OK && i < diags.n; i++) {
		if (diags.items[i].severity != DCV_SEV_ERROR)
			continue;
		dcv_fail(err, rc, "%s", diags.items[i].text);
		if (diags.items[i].help[0] != '\0')
			dcv_help(err, "%s", diags.items[i].help);
		break;
	}
	if (rc != DCV_OK && err->code == DCV_OK)
		dcv_fail(err, rc, "%s", dcv_err_text(rc));
	dcv_diags_clear(&diags);
	return rc;
}

/* In a clean-up: an order that another run has opened again meanwhile keeps its values. */
static bool still_closed(const struct dcv_run *run, const struct dcv_zone_run *zone)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];

		if (dcv_zone_concerns(zone, subject) &&
			(subject->row == NULL ||
				dcv_order_is_alive(subject->row, dcv_now_s(run->clock))))
			return false;
	}
	return true;
}

static enum dcv_err under_lock(struct dcv_run *run, struct dcv_zone_run *zone)
{
	struct dcv_error *err = &zone->error;
	enum dcv_err rc = dcv_recover(run, zone, err);
	bool again = true;

	for (int tries = 0; rc == DCV_OK && again; tries++) {
		if (dcv_mono_ms(run->clock) >= run->deadline_ms) {
			dcv_fail(err, DCV_E_FAILED,
				"%s: nothing changed: the deadline is over",
				zone->view.place);
			return dcv_help(err,
				"help: give it more time with --deadline 30m");
		}
		if (tries == CONFLICTS_MAX)
			return dcv_fail(err, DCV_E_FAILED,
				"%s: somebody else writes it all the time: given up after %d tries",
				zone->view.place, CONFLICTS_MAX);
		*err = (struct dcv_error){0};
		rc = plan_again(run, zone, err);
		if (rc != DCV_OK)
			break;
		if (run->mode == DCV_PLAN_CLEANUP && !still_closed(run, zone))
			return dcv_fail(err, DCV_E_REFUSED,
				"the order was opened again by another run: nothing was removed");
		rc = dcv_carry_out(run, zone, &again, err);
		if (again)
			rc = DCV_OK;
	}
	return rc;
}

static enum dcv_err apply_zone(struct dcv_run *run, struct dcv_zone_run *zone)
{
	struct dcv_lock lock = {-1};
	enum dcv_err rc = dcv_zone_lock(run, zone, &lock, &zone->error);

	if (rc == DCV_OK)
		rc = under_lock(run, zone);
	dcv_lock_drop(&lock);
	return rc;
}

static enum dcv_err apply_dead(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_ledger_begin(run->ledger, &err);

	if (rc == DCV_OK)
		rc = dcv_ledger_end(run->ledger, dcv_order_enter_dead(run, &err), &err);
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
	enum dcv_err worst;
	bool changed, failed;
};

static void carry_out_zone(struct dcv_run *run, struct dcv_zone_run *zone,
	struct tally *tally)
{
	enum dcv_err rc = apply_zone(run, zone);

	if (rc != DCV_OK)
		zone->error.code = rc;
	tally->worst = dcv_run_worse(tally->worst, rc);
	tally->changed = tally->changed || zone->changed;
	tally->failed = tally->failed || rc != DCV_OK;
}

/* A zone that a value leaves and none enters. */
static bool only_loses(const struct dcv_zone_run *zone)
{
	return zone->plan.n_add == 0 && zone->plan.n_remove > 0;
}

static void leave_zone(struct dcv_zone_run *zone, struct tally *tally)
{
	dcv_fail(&zone->error, DCV_E_FAILED,
		"%s: not touched: what is to take the place of its values is not everywhere yet",
		zone->view.place);
	tally->worst = dcv_run_worse(tally->worst, DCV_E_FAILED);
}

/* Additions come first: an order that moves from one zone to another is never without its
 * value, and keeps the old one where the new one cannot be written. */
enum dcv_err dcv_run_apply(struct dcv_run *run, struct dcv_diags *diags)
{
	struct tally tally = {DCV_OK, false, false};
	bool apply = run->mode == DCV_PLAN_APPLY, dead = false;

	for (size_t i = 0; i < run->n_zones; i++) {
		if (!apply || !only_loses(&run->zones[i]))
			carry_out_zone(run, &run->zones[i], &tally);
	}
	for (size_t i = 0; apply && i < run->n_zones; i++) {
		if (only_loses(&run->zones[i]) && !run->zones[i].done && tally.failed)
			leave_zone(&run->zones[i], &tally);
		else if (only_loses(&run->zones[i]) && !run->zones[i].done)
			carry_out_zone(run, &run->zones[i], &tally);
	}
	for (size_t i = 0; i < run->n_subjects; i++)
		dead = dead ||
			(run->subjects[i].judgement == DCV_JUDGED_DEAD &&
				!run->marks[i].entered);
	if (dead) {
		enum dcv_err rc = apply_dead(run, diags);

		tally.worst = dcv_run_worse(tally.worst, rc);
		tally.failed = tally.failed || rc != DCV_OK;
	}
	return tally.changed && tally.failed ? DCV_E_PARTIAL : tally.worst;
}
