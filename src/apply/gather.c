/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where the facts of a plan come from: the orders, the ledger, the backends.
 * It decides nothing. */
#include <stdlib.h>
#include <string.h>

#include "apply/internal.h"

enum dcv_err dcv_gather_subject(struct dcv_run *run, struct dcv_subject *subject,
	struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	struct dcv_claim_row *rows = NULL;
	struct dcv_diags diags = {0};
	enum dcv_err rc;

	rc = dcv_ledger_order(run->ledger, subject->ca, subject->id, run->arena, &row,
		err);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_ledger_claims_of(run->ledger, subject->ca, subject->id, run->arena,
		&rows, &subject->n_rows, err);
	if (rc != DCV_OK)
		return rc;
	subject->row = row;
	subject->rows = rows;
	run->marks[subject - run->subjects].generation = row != NULL ? row->generation : 0;
	if (subject->order != NULL)
		return dcv_plan_judge(subject, 1, &run->policy, dcv_now_s(run->clock),
			run->arena, &diags);
	subject->revision = row != NULL ? row->revision : 0;
	return DCV_OK;
}

static struct dcv_zone_run *zone_of(struct dcv_run *run, const struct dcv_binding *binding)
{
	void *grown;

	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].binding == binding)
			return &run->zones[i];
	}
	grown = dcv_arena_grow(run->arena, run->zones, run->n_zones,
		sizeof(run->zones[0]));
	if (grown == NULL)
		return NULL;
	run->zones = grown;
	run->zones[run->n_zones] = (struct dcv_zone_run){.binding = binding,
		.at = &binding->backends[0]};
	return &run->zones[run->n_zones++];
}

static enum dcv_err add_owner(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_name *owner)
{
	void *grown;

	for (size_t i = 0; i < zone->n_owners; i++) {
		if (dcv_name_equal(&zone->owners[i], owner))
			return DCV_OK;
	}
	grown = dcv_arena_grow(run->arena, zone->owners, zone->n_owners,
		sizeof(zone->owners[0]));
	if (grown == NULL)
		return DCV_E_NOMEM;
	zone->owners = grown;
	zone->owners[zone->n_owners++] = *owner;
	return DCV_OK;
}

static void add_unbound(struct dcv_diags *diags, const struct dcv_run *run,
	const struct dcv_claim *claim)
{
	char owner[DCV_NAME_TEXT_MAX];

	dcv_name_text(&claim->owner, owner);
	if (run->config->file != NULL)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &claim->place,
			"add the zone under `zones:` there: - {zone: ZONE, file: PATH, reload: nsd}",
			"%s: no zone of %s holds this name", owner, run->config->file);
	else
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &claim->place,
			"give a configuration (--config FILE), or name the zone's file: "
			"--zone-file ZONE=FILE --reload nsd",
			"%s: no zone is bound that holds this name", owner);
}

/* Owners that the orders want now. */
static enum dcv_err add_wanted(struct dcv_run *run, const struct dcv_subject *subject,
	struct dcv_diags *diags)
{
	for (size_t i = 0; i < subject->order->n_claims; i++) {
		const struct dcv_claim *claim = &subject->order->claims[i];
		const struct dcv_binding *binding = dcv_config_binding(run->config,
			&claim->owner);
		struct dcv_zone_run *zone;

		if (binding == NULL) {
			add_unbound(diags, run, claim);
			continue;
		}
		zone = zone_of(run, binding);
		if (zone == NULL || add_owner(run, zone, &claim->owner) != DCV_OK)
			return DCV_E_NOMEM;
	}
	return DCV_OK;
}

/* Owners of values that are named for removal by lines of their own. */
static enum dcv_err add_named(struct dcv_run *run, const struct dcv_named *named,
	size_t n, struct dcv_diags *diags)
{
	char owner[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		const struct dcv_binding *binding;
		struct dcv_zone_run *zone;

		if (named[i].owner.len == 0)
			continue;
		binding = dcv_config_binding(run->config, &named[i].owner);
		if (binding == NULL) {
			dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &named[i].place,
				"leave it out, or bind its zone",
				"%s: no zone is bound that holds this name",
				dcv_name_text(&named[i].owner, owner));
			continue;
		}
		zone = zone_of(run, binding);
		if (zone == NULL || add_owner(run, zone, &named[i].owner) != DCV_OK)
			return DCV_E_NOMEM;
	}
	return DCV_OK;
}

/* Some record of the order can be reached. */
static bool is_bound(const struct dcv_run *run, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < subject->n_rows; i++) {
		if (dcv_config_binding(run->config, &subject->rows[i].owner) != NULL)
			return true;
	}
	return false;
}

/* A record of an order where no zone is bound any more. It cannot be reached from here: it is
 * named, once, since the order goes on or is cleaned. Where nothing of an order can be reached,
 * a clean-up has nothing to be glad of. */
static void tell_unbound(const struct dcv_run *run, const struct dcv_subject *subject,
	const struct dcv_claim_row *row, struct dcv_diags *diags)
{
	char owner[DCV_NAME_TEXT_MAX];
	bool cleanup = run->mode == DCV_PLAN_CLEANUP && !is_bound(run, subject);

	dcv_diag_add(diags, cleanup ? DCV_SEV_ERROR : DCV_SEV_WARNING,
		cleanup ? DCV_E_CONFIG : DCV_OK, NULL,
		cleanup ? "bind its zone: in the configuration, or --zone-file ZONE=FILE "
			  "--reload nsd"
			: NULL,
		"%s: order %s had a record there, and no zone is bound that holds this name: it "
		"is left as it is",
		dcv_name_text(&row->owner, owner), row->id);
}

/* Owners that earlier revisions had, or that a clean-up is about. What is not bound any more
 * is named, not an error: it cannot be reached from here. */
static enum dcv_err add_former(struct dcv_run *run, const struct dcv_subject *subject,
	struct dcv_diags *diags)
{
	for (size_t i = 0; i < subject->n_rows; i++) {
		const struct dcv_claim_row *row = &subject->rows[i];
		const struct dcv_binding *binding = dcv_config_binding(run->config,
			&row->owner);
		struct dcv_zone_run *zone;

		if (binding == NULL) {
			tell_unbound(run, subject, row, diags);
			continue;
		}
		zone = zone_of(run, binding);
		if (zone == NULL || add_owner(run, zone, &row->owner) != DCV_OK)
			return DCV_E_NOMEM;
	}
	return DCV_OK;
}

static enum dcv_err add_owners(struct dcv_run *run, const struct dcv_subject *subject,
	struct dcv_diags *diags)
{
	const struct dcv_order *order = subject->order;
	enum dcv_err rc = DCV_OK;

	if (order != NULL && !dcv_subject_is_wanted(subject))
		return DCV_OK;
	if (order != NULL)
		rc = add_wanted(run, subject, diags);
	if (rc == DCV_OK && order != NULL)
		rc = add_named(run, order->named, order->n_named, diags);
	return rc == DCV_OK ? add_former(run, subject, diags) : rc;
}

static int compare_zones(const void *a, const void *b)
{
	const struct dcv_zone_run *x = a, *y = b;

	return dcv_name_compare(&x->binding->zone, &y->binding->zone);
}

enum dcv_err dcv_gather(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		rc = dcv_gather_subject(run, &run->subjects[i], &err);
		if (rc == DCV_OK)
			rc = add_owners(run, &run->subjects[i], diags);
	}
	if (rc == DCV_OK && run->n_zones > 0)
		rc = add_named(run, run->named, run->n_named, diags);
	if (rc != DCV_OK) {
		if (err.code == DCV_OK)
			dcv_nomem(&err);
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	if (run->n_zones > 0)
		qsort(run->zones, run->n_zones, sizeof(run->zones[0]), compare_zones);
	return diags->code;
}

/* Appends rows to an array in the arena. */
static void *append(struct dcv_arena *arena, void *to, size_t *n, const void *rows,
	size_t n_rows, size_t size)
{
	uint8_t *all = dcv_arena_array(arena, *n + n_rows, size);

	if (all == NULL)
		return NULL;
	if (*n > 0)
		memcpy(all, to, *n * size);
	if (n_rows > 0)
		memcpy(all + *n * size, rows, n_rows * size);
	*n += n_rows;
	return all;
}

/* Until when caches may hold what was answered before our last change of an RRset. */
static enum dcv_err gather_cached(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_name *owner, uint16_t type, struct dcv_world *world,
	struct dcv_error *err)
{
	const struct dcv_binding *binding = zone->binding;
	struct dcv_cached cached = {.owner = *owner, .type = type};
	struct dcv_rrset_row *row = NULL;
	int64_t changed_s = 0;
	enum dcv_err rc = dcv_ledger_rrset(run->ledger, &binding->zone, zone->at->name,
		owner, type, run->arena, &row, err);

	if (rc == DCV_OK && row != NULL)
		rc = dcv_ledger_changed_at(run->ledger, &binding->zone, zone->at->name,
			owner, type, run->arena, &changed_s, err);
	if (rc != DCV_OK || changed_s == 0)
		return rc;
	cached.until_s = changed_s + row->cached_s;
	world->cached = append(run->arena, (void *)(uintptr_t)world->cached,
		&world->n_cached, &cached, 1, sizeof(cached));
	return world->cached == NULL ? dcv_nomem(err) : DCV_OK;
}

static enum dcv_err gather_owner(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_name *owner, struct dcv_world *world, struct dcv_error *err)
{
	struct dcv_claim_row *rows = NULL;
	struct dcv_placement *placements = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_claims_at(run->ledger, owner, run->arena, &rows, &n,
		err);

	if (rc != DCV_OK)
		return rc;
	world->held = append(run->arena, (void *)(uintptr_t)world->held, &world->n_held,
		rows, n, sizeof(rows[0]));
	rc = dcv_ledger_placements_at(run->ledger, &zone->binding->zone, owner,
		run->arena, &placements, &n, err);
	if (rc != DCV_OK)
		return rc;
	world->placements = append(run->arena, (void *)(uintptr_t)world->placements,
		&world->n_placements, placements, n, sizeof(placements[0]));
	if (world->held == NULL || world->placements == NULL)
		return dcv_nomem(err);
	rc = gather_cached(run, zone, owner, DCV_TYPE_CNAME, world, err);
	return rc == DCV_OK ? gather_cached(run, zone, owner, DCV_TYPE_TXT, world, err)
			    : rc;
}

/* What an unsettled run was about to add, and stands there, is ours: a plan without the lock
 * says so before the recovery notes it. */
static enum dcv_err gather_unsettled(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_world *world, struct dcv_error *err)
{
	struct dcv_change_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_intents(run->ledger, &zone->binding->zone,
		run->arena, &rows, &n, err);

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_placement placement = {.zone = rows[i].zone,
			.backend = rows[i].backend,
			.owner = rows[i].owner,
			.type = rows[i].type,
			.rdata = rows[i].rdata,
			.ours = true};

		if (strcmp(rows[i].op, "add") != 0 ||
			strcmp(rows[i].backend, zone->at->name) != 0)
			continue;
		world->placements = append(run->arena,
			(void *)(uintptr_t)world->placements, &world->n_placements,
			&placement, 1, sizeof(placement));
		if (world->placements == NULL)
			return dcv_nomem(err);
	}
	return rc;
}

enum dcv_err dcv_plan_zone(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	const struct dcv_binding *binding = zone->binding;
	struct dcv_error err = {0};
	struct dcv_world world = {.mode = run->mode,
		.now_s = dcv_now_s(run->clock),
		.has_allow = binding->has_allow,
		.n_allow = binding->n_allow,
		.allow = binding->allow,
		.n_subjects = run->n_subjects,
		.subjects = run->subjects,
		.n_named = run->n_named,
		.named = run->named};
	enum dcv_err rc = dcv_backend_read(zone->backend, zone->owners, zone->n_owners,
		run->arena, &zone->view, &err);

	world.view = &zone->view;
	for (size_t i = 0; rc == DCV_OK && i < zone->n_owners; i++)
		rc = gather_owner(run, zone, &zone->owners[i], &world, &err);
	if (rc == DCV_OK)
		rc = gather_unsettled(run, zone, &world, &err);
	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	rc = dcv_plan_make(&world, run->arena, &zone->plan, diags);
	zone->planned = rc != DCV_E_NOMEM;
	return rc;
}
