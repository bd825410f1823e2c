/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a run is planned: every zone is read and planned before anything is
 * written, so that a guard of one order stops all, or (keep_going) that order alone. */
#include <stdlib.h>
#include <string.h>

#include "apply/internal.h"

/* What came of reading a zone. */
struct reading {
	enum dcv_err rc;
	struct dcv_error err;
};

/* The backend refuses a change of sets that are not as they were read, so that they need not be
 * read again under the lock. A file is read again quickly. */
static bool is_compared(const struct dcv_zone_run *zone)
{
	const struct dcvp_capabilities *can = zone->backend != NULL
		? dcv_backend_capabilities(zone->backend)
		: NULL;

	return can != NULL && (can->cas == DCVP_CAS_RRSET || can->compares != 0);
}

/* Touches nothing but its zone. */
static void fetch(struct dcv_run *run, struct dcv_zone_run *zone, struct reading *ret)
{
	*ret = (struct reading){.rc = DCV_OK};
	dcv_arena_clear(&zone->memory);
	zone->read_ms = dcv_mono_ms(run->clock);
	ret->rc = dcv_zone_fetch(run, zone, &zone->memory, &zone->view, &ret->err);
	zone->keeps_read = ret->rc == DCV_OK && run->n_zones <= DCV_MANY_ZONES &&
		is_compared(zone);
	dcv_zone_let_go(run, zone);
}

/* What was fetched, noted. */
static enum dcv_err take_in(struct dcv_run *run, struct dcv_zone_run *zone,
	struct reading *reading, struct dcv_diags *diags)
{
	struct dcv_error *err = &reading->err;
	enum dcv_err rc = reading->rc;
	bool moved;

	if (rc == DCV_OK && zone->manual)
		rc = dcv_zone_read(run, zone, &zone->memory, &zone->view, err);
	if (rc == DCV_OK && dcv_caa_note_view(run, zone, &moved) != DCV_OK)
		rc = dcv_nomem(err);
	if (rc != DCV_OK)
		dcv_diag_add_error(diags, &zone->at->place, err);
	return rc;
}

static enum dcv_err read_one(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	struct reading reading;

	fetch(run, zone, &reading);
	return take_in(run, zone, &reading, diags);
}

void dcv_zone_close(struct dcv_zone_run *zone)
{
	dcv_backend_close(zone->backend);
	zone->backend = NULL;
	zone->keeps_read = false;
	dcv_arena_clear(&zone->memory);
}

/* Of a run over many zones. What was read of a file is read again quickly. */
static void release(struct dcv_run *run, struct dcv_zone_run *zone)
{
	if (run->n_zones <= DCV_MANY_ZONES)
		return;
	dcv_backend_close(zone->backend);
	zone->backend = NULL;
	if (!dcv_zone_is_remote(zone))
		dcv_arena_clear(&zone->memory);
}

void dcv_plan_forget(const struct dcv_run *run, struct dcv_zone_run *zone)
{
	if (!run->lean || zone->manual)
		return;
	dcv_arena_clear(&zone->kept);
	zone->plan.n_edits = 0;
	zone->plan.edits = NULL;
}

void dcv_run_forget_plans(struct dcv_run *run)
{
	run->lean = run->n_zones > DCV_MANY_ZONES;
	for (size_t i = 0; i < run->n_zones; i++)
		dcv_plan_forget(run, &run->zones[i]);
	if (run->lean && run->caa.n_edits == 0) {
		dcv_arena_clear(&run->caa_memory);
		run->caa = (struct dcv_caa_plan){0};
	}
}

/* The value is one of an open order that another one, which has several zones, replaces. */
static bool is_replaced_across(const struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_value *value)
{
	for (size_t i = 0; i < zone->n_concerned; i++) {
		const struct dcv_subject *subject = &run->subjects[zone->concerned[i]];

		for (size_t k = 0; run->marks[zone->concerned[i]].open > 1 &&
			k < subject->n_replaced;
			k++) {
			if (strcmp(subject->replaced[k].ca, value->ca) == 0 &&
				strcmp(subject->replaced[k].id, value->id) == 0)
				return true;
		}
	}
	return false;
}

static bool replaces_across(const struct dcv_run *run, const struct dcv_zone_run *zone)
{
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		for (size_t k = 0; k < edit->n_values; k++) {
			if (edit->values[k].kind == DCV_VALUE_REMOVE &&
				edit->values[k].id != NULL &&
				is_replaced_across(run, zone, &edit->values[k]))
				return true;
		}
	}
	return false;
}

/* In a run over many zones a zone is read again to be planned. */
static enum dcv_err plan_one(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	enum dcv_err rc = DCV_OK;

	if (zone->memory.head == NULL)
		rc = read_one(run, zone, diags);
	else if (zone->keeps_read && zone->planned) /* again, without what was refused */
		zone->view = zone->read;
	if (rc == DCV_OK)
		rc = dcv_plan_zone(run, zone, diags);
	zone->sound = rc == DCV_OK;
	zone->across = rc == DCV_OK && replaces_across(run, zone);
	release(run, zone);
	return rc;
}

/* The subject that a diagnostic with a place is about: its order begins at or above that line. */
static size_t subject_at(const struct dcv_run *run, const struct dcv_diag *diag)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct dcv_order *order = run->subjects[i].order;

		if (order != NULL && order->file != NULL &&
			strcmp(order->file, diag->where) == 0 &&
			order->line <= diag->line &&
			(best == SIZE_MAX ||
				order->line >= run->subjects[best].order->line))
			best = i;
	}
	return best;
}

static bool refuse(struct dcv_run *run, size_t i)
{
	if (run->subjects[i].judgement == DCV_JUDGED_REFUSED)
		return false;
	run->subjects[i].judgement = DCV_JUDGED_REFUSED;
	run->marks[i].refused = true;
	return true;
}

/* Takes the orders that the errors from diags->items[from] on are about out of the run; where an
 * error has no place in an order, every order of the zone. True if any went. */
static bool refuse_some(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_diags *diags, size_t from)
{
	bool any = false;

	for (size_t i = from; i < diags->n; i++) {
		size_t subject = subject_at(run, &diags->items[i]);

		if (diags->items[i].severity != DCV_SEV_ERROR)
			continue;
		if (subject != SIZE_MAX)
			any = refuse(run, subject) || any;
		for (size_t k = 0;
			subject == SIZE_MAX && zone != NULL && k < zone->n_concerned; k++)
			any = refuse(run, zone->concerned[k]) || any;
	}
	return any;
}

/* Not all of these have a diagnostic: of very many only the first are kept. */
static bool refuse_unbound(struct dcv_run *run)
{
	bool any = false;

	for (size_t i = 0; i < run->n_subjects; i++)
		any = (run->marks[i].unbound && refuse(run, i)) || any;
	return any;
}

static void first(enum dcv_err *rc, enum dcv_err next)
{
	if (*rc == DCV_OK)
		*rc = next;
}

/* Plans all zones that could be read. *ret_refused: orders went out of the run. */
static enum dcv_err plan_zones(struct dcv_run *run, struct dcv_diags *diags,
	bool *ret_refused)
{
	size_t from = diags->n;
	enum dcv_err rc = dcv_plan_caa_of(run, diags);

	*ret_refused = refuse_some(run, NULL, diags, from);
	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].caa.nodes == NULL) /* it could not be read */
			continue;
		from = diags->n;
		first(&rc, plan_one(run, &run->zones[i], diags));
		*ret_refused = refuse_some(run, &run->zones[i], diags, from) ||
			*ret_refused;
	}
	return rc;
}

/* Orders that are refused leave the run, and it is planned without them. */
static enum dcv_err plan_on(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_diags again = {0};
	bool refused = true;

	while (refused) {
		dcv_diags_clear(&again);
		(void)plan_zones(run, &again, &refused);
		for (size_t i = 0; refused && i < again.n; i++)
			dcv_diag_copy(diags, &again.items[i]);
	}
	dcv_diags_clear(&again);
	return DCV_OK;
}

/* Zones that are read together. */
struct fetching {
	struct dcv_run *run;
	size_t n, n_remote;
	struct dcv_zone_run *zones[DCV_TOGETHER_MAX];
	struct dcv_zone_run *remote[DCV_TOGETHER_MAX];
	struct reading *remote_readings[DCV_TOGETHER_MAX];
	struct reading readings[DCV_TOGETHER_MAX];
};

static void fetch_one(void *ctx, size_t i)
{
	struct fetching *some = ctx;

	fetch(some->run, some->remote[i], some->remote_readings[i]);
}

/* The next zones from *at on that are not read; those of remote backends are read at the same
 * time. */
static void fetch_some(struct fetching *some, size_t *at)
{
	some->n = some->n_remote = 0;
	for (; *at < some->run->n_zones && some->n < DCV_TOGETHER_MAX; ++*at) {
		struct dcv_zone_run *zone = &some->run->zones[*at];

		if (!zone->unread)
			continue;
		zone->unread = false;
		some->readings[some->n] = (struct reading){.rc = DCV_OK};
		if (dcv_zone_is_remote(zone)) {
			some->remote[some->n_remote] = zone;
			some->remote_readings[some->n_remote++] = &some->readings[some->n];
		}
		some->zones[some->n++] = zone;
	}
	if (some->n_remote > 0)
		dcv_sessions_run(some->run, some->remote, some->n_remote, fetch_one, some);
}

static enum dcv_err take_in_some(struct fetching *some, struct dcv_diags *diags,
	bool *ret_refused)
{
	struct dcv_run *run = some->run;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; i < some->n; i++) {
		struct dcv_zone_run *zone = some->zones[i];
		size_t from = diags->n;

		first(&rc,
			dcv_zone_is_remote(zone)
				? take_in(run, zone, &some->readings[i], diags)
				: read_one(run, zone, diags));
		if (run->keep_going)
			*ret_refused = refuse_some(run, zone, diags, from) || *ret_refused;
		release(run, zone);
	}
	return rc;
}

/* Reads the zones that are not read. */
static enum dcv_err read_zones(struct dcv_run *run, struct dcv_diags *diags,
	bool *ret_refused)
{
	struct fetching *some = calloc(1, sizeof(*some));
	enum dcv_err rc = DCV_OK;
	size_t at = 0;

	if (some == NULL)
		return DCV_E_NOMEM;
	some->run = run;
	do {
		fetch_some(some, &at);
		first(&rc, take_in_some(some, diags, ret_refused));
	} while (some->n > 0);
	free(some);
	return rc;
}

/* Reads all zones, and where aliases lead as far as that is bound. */
static enum dcv_err read_all(struct dcv_run *run, struct dcv_diags *diags,
	bool *ret_refused)
{
	enum dcv_err rc;
	bool more = true;

	for (size_t i = 0; i < run->n_zones; i++)
		run->zones[i].unread = true;
	rc = read_zones(run, diags, ret_refused);
	for (unsigned hop = 0; rc == DCV_OK && more && hop < DCV_HOPS_MAX; hop++) {
		rc = dcv_gather_targets(run, &more);
		if (rc == DCV_OK && more)
			rc = read_zones(run, diags, ret_refused);
	}
	return rc;
}

enum dcv_err dcv_run_plan(struct dcv_run *run, struct dcv_diags *diags)
{
	bool refused = false;
	size_t from = diags->n;
	enum dcv_err rc;

	run->host = (struct dcv_backend_host){run->providers, run->clock, run->log,
		run->deadline_ms};
	run->n_refused = 0;
	run->writes_caa = dcv_caa_writes(run);
	run->marks = dcv_arena_array(run->arena, run->n_subjects, sizeof(run->marks[0]));
	run->marks_before = dcv_arena_array(run->arena, run->n_subjects,
		sizeof(run->marks[0]));
	if (run->marks == NULL || run->marks_before == NULL)
		return DCV_E_NOMEM;
	dcv_ledger_mark(run->ledger);
	rc = dcv_gather(run, diags);
	/* Of orders that exclude each other nobody knows which one is to go on; none was looked at. */
	if (rc == DCV_E_ORDER)
		return rc;
	if (run->keep_going && rc != DCV_OK) {
		refused = refuse_some(run, NULL, diags, from);
		refused = refuse_unbound(run) || refused;
	} else if (rc != DCV_OK && rc != DCV_E_REFUSED)
		return rc;
	first(&rc, read_all(run, diags, &refused));
	from = diags->n;
	first(&rc, dcv_follow_aliases(run, diags));
	if (run->keep_going)
		refused = refuse_some(run, NULL, diags, from) || refused;
	if (!run->keep_going || !refused)
		first(&rc, plan_zones(run, diags, &refused));
	if (run->keep_going && refused && rc != DCV_E_NOMEM)
		rc = plan_on(run, diags);
	for (size_t i = 0; i < run->n_zones; i++)
		first(&rc, dcv_tell_former(run, &run->zones[i], diags));
	for (size_t i = 0; i < run->n_subjects; i++)
		run->n_refused += run->subjects[i].judgement == DCV_JUDGED_REFUSED;
	return rc;
}
