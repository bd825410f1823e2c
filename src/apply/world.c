/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the world of a zone's plan is put together: what the backend says, what
 * the ledger knows of the owners, and what was decided on CAA. It decides nothing. */
#include <string.h>

#include "apply/internal.h"

void *dcv_append(struct dcv_arena *arena, const void *to, size_t *n, const void *rows,
	size_t n_rows, size_t size)
{
	char *items = (char *)(uintptr_t)to;

	for (size_t i = 0; i < n_rows; i++) {
		items = dcv_arena_grow(arena, items, *n, size);
		if (items == NULL)
			return NULL;
		memcpy(items + *n * size, (const char *)rows + i * size, size);
		++*n;
	}
	return items;
}

/* One value that the ledger has in a manual zone, into the set of its type. */
static bool add_manual(struct dcv_arena *arena, const struct dcv_placement *placement,
	struct dcv_node *node)
{
	struct dcv_rrset *set = NULL;
	struct dcv_rdata *rdata;

	for (size_t i = 0; i < node->n_sets; i++) {
		if (node->sets[i].type == placement->type)
			set = &node->sets[i];
	}
	if (set == NULL) {
		struct dcv_rrset made = {.owner = node->owner,
			.type = placement->type,
			.ttl_s = DCV_TTL_S};

		node->sets = dcv_append(arena, node->sets, &node->n_sets, &made, 1,
			sizeof(made));
		if (node->sets == NULL)
			return false;
		set = &node->sets[node->n_sets - 1];
	}
	rdata = dcv_append(arena, set->rdata, &set->n, &placement->rdata, 1,
		sizeof(set->rdata[0]));
	set->rdata = rdata;
	return rdata != NULL;
}

static enum dcv_err read_manual_node(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_arena *arena, struct dcv_node *node, struct dcv_error *err)
{
	struct dcv_placement *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_placements_at(run->ledger, &zone->binding->zone,
		&node->owner, arena, &rows, &n, err);

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (strcmp(rows[i].backend, zone->at->name) == 0 &&
			!add_manual(arena, &rows[i], node))
			return dcv_nomem(err);
	}
	node->fixed = dcv_arena_array(arena, node->n_sets, sizeof(node->fixed[0]));
	return rc == DCV_OK && node->fixed == NULL ? dcv_nomem(err) : rc;
}

/* Nobody can read a zone that a person edits somewhere else: what was done there is what the
 * ledger has. */
static enum dcv_err read_manual(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	*ret = (struct dcv_zone_view){.apex = zone->binding->zone,
		.place = dcv_arena_printf(arena, "by hand, account %s", zone->at->name),
		.n_nodes = zone->n_owners,
		.nodes = dcv_arena_array(arena, zone->n_owners, sizeof(ret->nodes[0]))};
	if (ret->place == NULL || ret->nodes == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < zone->n_owners; i++) {
		ret->nodes[i].owner = ret->nodes[i].closest = zone->owners[i];
		rc = read_manual_node(run, zone, arena, &ret->nodes[i], err);
	}
	return rc;
}

static bool is_manual(const struct dcv_zone_run *zone)
{
	return strcmp(zone->at->provider, "manual") == 0;
}

static enum dcv_err tell_missing(const struct dcv_zone_run *zone, struct dcv_error *err)
{
	const char *why = dcv_backend_missing(zone->backend);
	char name[DCV_NAME_TEXT_MAX];

	dcv_name_text(&zone->binding->zone, name);
	if (zone->at->file == NULL) {
		dcv_fail(err, DCV_E_CONFIG,
			"zone %s: account %.80s does not hold it%s%.200s", name,
			zone->at->name, why[0] != '\0' ? ": " : "", why);
		return dcv_help(err,
			"help: correct `account:` of the zone in the configuration, or make "
			"the zone there");
	}
	dcv_fail(err, DCV_E_CONFIG, "zone %s: %s: no such file", name, zone->at->file);
	return dcv_help(err,
		"help: correct `file:` of the zone in the configuration, or --zone-file");
}

/* Of a backend that is asked over a network, and that reads, only a failed reading is cause to ask
 * for the zone: what was read was there. */
static bool says_by_reading(const struct dcv_zone_run *zone)
{
	return dcv_zone_is_remote(zone) &&
		!dcv_backend_capabilities(zone->backend)->no_read;
}

static enum dcv_err must_be_there(struct dcv_zone_run *zone, struct dcv_error *err)
{
	bool exists = false;
	enum dcv_err rc = dcv_backend_has_zone(zone->backend, &exists, err);

	return rc == DCV_OK && !exists ? tell_missing(zone, err) : rc;
}

enum dcv_err dcv_zone_open(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	enum dcv_err rc;

	zone->manual = is_manual(zone);
	if (zone->manual || zone->backend != NULL)
		return DCV_OK;
	rc = dcv_backend_open(&run->host, &zone->binding->zone, zone->at, &zone->backend,
		err);
	return rc == DCV_OK && !says_by_reading(zone) ? must_be_there(zone, err) : rc;
}

enum dcv_err dcv_zone_fetch(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
{
	struct dcv_error missing = {0};
	enum dcv_err rc = dcv_zone_open(run, zone, err);

	if (rc != DCV_OK || zone->manual)
		return rc;
	rc = dcv_backend_read(zone->backend, zone->owners, zone->n_owners, arena, ret,
		err);
	if (rc != DCV_E_FAILED || !says_by_reading(zone) ||
		must_be_there(zone, &missing) != DCV_E_CONFIG)
		return rc;
	*err = missing;
	return DCV_E_CONFIG;
}

enum dcv_err dcv_zone_read(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
{
	enum dcv_err rc = dcv_zone_fetch(run, zone, arena, ret, err);

	return rc == DCV_OK && zone->manual ? read_manual(run, zone, arena, ret, err) : rc;
}

/* What is known of the RRsets of an owner: how long caches hold the old answer, which TTL they
 * had. */
static enum dcv_err gather_cached(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_name *owner, struct dcv_world *world, struct dcv_error *err)
{
	struct dcv_rrset_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_rrsets_at(run->ledger, &zone->binding->zone,
		zone->at->name, owner, &zone->memory, &rows, &n, err);

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_cached cached = {.owner = *owner,
			.type = rows[i].type,
			.until_s = rows[i].changed_s == 0
				? 0
				: rows[i].changed_s + rows[i].cached_s,
			.former_ttl_s = rows[i].former_ttl_s,
			.our_ttl_s = rows[i].our_ttl_s};

		world->cached = dcv_append(&zone->memory, world->cached, &world->n_cached,
			&cached, 1, sizeof(cached));
		if (world->cached == NULL)
			return dcv_nomem(err);
	}
	return rc;
}

/* Of a clean-up that would close open orders first, the claims of these. */
static void close_claims(const struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_claim_row *rows, size_t n)
{
	for (size_t i = 0; run->close_as != DCV_REASON_NONE && i < n; i++) {
		for (size_t k = 0; k < zone->n_concerned; k++) {
			const struct dcv_subject *subject =
				&run->subjects[zone->concerned[k]];

			if (strcmp(subject->ca, rows[i].ca) != 0 ||
				strcmp(subject->id, rows[i].id) != 0 ||
				!dcv_order_is_alive(subject->row, dcv_now_s(run->clock)))
				continue;
			rows[i].state = DCV_STATE_CLOSED;
			rows[i].reason = run->close_as;
		}
	}
}

/* What stands at another of the zone's backends is that one's; what stood at a former one is ours
 * here, unless the ledger knows it here. Leaves those that count; how many. */
static size_t own_placements(const struct dcv_zone_run *zone, struct dcv_placement *rows,
	size_t n)
{
	size_t own = 0, kept;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].backend, zone->at->name) == 0) {
			const struct dcv_placement row = rows[i];

			rows[i] = rows[own];
			rows[own++] = row;
		}
	}
	kept = own;
	for (size_t i = own; i < n; i++) {
		bool known = dcv_is_bound(zone->binding, rows[i].backend);

		for (size_t k = 0; !known && k < own; k++)
			known = rows[k].type == rows[i].type &&
				dcv_rdata_equal(&rows[k].rdata, &rows[i].rdata);
		if (!known)
			rows[kept++] = rows[i];
	}
	return kept;
}

static enum dcv_err gather_owner(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_name *owner, struct dcv_world *world, struct dcv_error *err)
{
	struct dcv_claim_row *rows = NULL;
	struct dcv_placement *placements = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_claims_at(run->ledger, owner, &zone->memory, &rows,
		&n, err);

	if (rc != DCV_OK)
		return rc;
	close_claims(run, zone, rows, n);
	if (n > 0)
		world->held = dcv_append(&zone->memory, world->held, &world->n_held, rows,
			n, sizeof(rows[0]));
	if (n > 0 && world->held == NULL)
		return dcv_nomem(err);
	rc = dcv_ledger_placements_at(run->ledger, &zone->binding->zone, owner,
		&zone->memory, &placements, &n, err);
	if (rc != DCV_OK)
		return rc;
	n = own_placements(zone, placements, n);
	if (n > 0)
		world->placements = dcv_append(&zone->memory, world->placements,
			&world->n_placements, placements, n, sizeof(placements[0]));
	if (n > 0 && world->placements == NULL)
		return dcv_nomem(err);
	return gather_cached(run, zone, owner, world, err);
}

/* What an unsettled run was about to add, and stands there, is ours: a plan without the lock
 * says so before the recovery notes it. */
static enum dcv_err gather_unsettled(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_world *world, struct dcv_error *err)
{
	struct dcv_change_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_intents(run->ledger, &zone->binding->zone,
		&zone->memory, &rows, &n, err);

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
		world->placements = dcv_append(&zone->memory, world->placements,
			&world->n_placements, &placement, 1, sizeof(placement));
		if (world->placements == NULL)
			return dcv_nomem(err);
	}
	return rc;
}

/* The subjects that the zone concerns, side by side: a plan does not look at the others. */
static enum dcv_err gather_subjects(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_world *world, struct dcv_error *err)
{
	struct dcv_subject *subjects = dcv_arena_array(&zone->memory, zone->n_concerned,
		sizeof(subjects[0]));

	if (subjects == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < zone->n_concerned; i++)
		subjects[i] = run->subjects[zone->concerned[i]];
	world->subjects = subjects;
	world->n_subjects = zone->n_concerned;
	return DCV_OK;
}

static enum dcv_err gather_edits(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_world *world, struct dcv_error *err)
{
	for (size_t i = 0; i < run->caa.n_edits; i++) {
		if (!dcv_name_equal(&run->caa.edits[i].zone, &zone->binding->zone))
			continue;
		world->caa = dcv_append(&zone->memory, world->caa, &world->n_caa,
			&run->caa.edits[i], 1, sizeof(world->caa[0]));
		if (world->caa == NULL)
			return dcv_nomem(err);
	}
	for (size_t i = 0; i < run->n_undo; i++) {
		if (!dcv_name_equal(&run->undo[i].zone, &zone->binding->zone) ||
			strcmp(run->undo[i].backend, zone->at->name) != 0)
			continue;
		world->undo = dcv_append(&zone->memory, world->undo, &world->n_undo,
			&run->undo[i], 1, sizeof(world->undo[0]));
		if (world->undo == NULL)
			return dcv_nomem(err);
	}
	return DCV_OK;
}

static enum dcv_plan_shadow shadow_of(const struct dcv_run *run,
	const struct dcv_binding *binding)
{
	if (run->shadow != NULL)
		return *run->shadow;
	switch (binding->shadow) {
	case DCV_SHADOW_COPY:
		return DCV_PLAN_SHADOW_COPY;
	case DCV_SHADOW_ACCEPT:
		return DCV_PLAN_SHADOW_ACCEPT;
	case DCV_SHADOW_REFUSE:
		break;
	}
	return DCV_PLAN_SHADOW_REFUSE;
}

/* The plan is kept, and the head of the view (which outlives it); what they were made from is not. */
static enum dcv_err keep(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_plan *plan)
{
	struct dcv_arena kept = {NULL};
	struct dcv_zone_view view;
	enum dcv_err rc = dcv_plan_compact(plan, &kept, &zone->plan);

	if (rc == DCV_OK)
		rc = dcv_view_compact(&zone->view, run->arena, &view);
	dcv_arena_clear(&zone->kept);
	zone->kept = kept;
	if (rc != DCV_OK)
		return rc;
	zone->view = view;
	zone->planned = true;
	return DCV_OK;
}

static enum dcv_err gather_world(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_world *world, struct dcv_error *err)
{
	enum dcv_err rc = gather_subjects(run, zone, world, err);

	if (rc == DCV_OK)
		rc = dcv_ledger_begin_read(run->ledger, err);
	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; rc == DCV_OK && i < zone->n_owners; i++)
		rc = gather_owner(run, zone, &zone->owners[i], world, err);
	if (rc == DCV_OK)
		rc = gather_unsettled(run, zone, world, err);
	dcv_ledger_rollback(run->ledger);
	return rc == DCV_OK ? gather_edits(run, zone, world, err) : rc;
}

enum dcv_err dcv_plan_zone(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	const struct dcv_binding *binding = zone->binding;
	struct dcv_error err = {0};
	struct dcv_plan plan = {0};
	struct dcv_world world = {.mode = run->mode,
		.policy = run->policy,
		.shadow = shadow_of(run, binding),
		.follow = binding->follow,
		.now_s = dcv_now_s(run->clock),
		.view = &zone->view,
		.has_allow = binding->has_allow,
		.n_allow = binding->n_allow,
		.allow = binding->allow,
		.n_named = run->n_named,
		.named = run->named};
	enum dcv_err rc = gather_world(run, zone, &world, &err);

	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	zone->read = zone->view;
	rc = dcv_plan_make(&world, &zone->memory, &plan, diags);
	if (rc != DCV_E_NOMEM && keep(run, zone, &plan) != DCV_OK)
		rc = DCV_E_NOMEM;
	if (!zone->keeps_read)
		dcv_arena_clear(&zone->memory);
	return rc;
}
