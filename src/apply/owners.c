/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which owners of which zones a run looks at: those that its orders want, had
 * before, or name, and what a plan must know of the names above them. */
#include <stdlib.h>
#include <string.h>

#include "apply/internal.h"

/* The first of a binding's zone runs; they are made side by side when it is met first. */
static struct dcv_zone_run *zone_of(struct dcv_run *run, const struct dcv_binding *binding)
{
	struct dcv_zone_run *grown;
	size_t first = run->n_zones;

	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].binding == binding)
			return &run->zones[i];
	}
	for (size_t i = 0; i < binding->n_backends; i++) {
		grown = dcv_arena_grow(run->arena, run->zones, run->n_zones,
			sizeof(run->zones[0]));
		if (grown == NULL)
			return NULL;
		run->zones = grown;
		run->zones[run->n_zones++] = (struct dcv_zone_run){.binding = binding,
			.at = &binding->backends[i]};
	}
	return &run->zones[first];
}

static enum dcv_err put_owner(struct dcv_zone_run *zone, const struct dcv_name *owner)
{
	size_t cap = zone->cap_met == 0 ? 16 : zone->cap_met * 2;
	struct dcv_name *grown = zone->met;

	if (zone->n_met == zone->cap_met) {
		grown = cap > SIZE_MAX / sizeof(*grown) / 2
			? NULL
			: realloc(zone->met, cap * sizeof(*grown));
		if (grown == NULL)
			return DCV_E_NOMEM;
		zone->cap_met = cap;
		zone->met = grown;
	}
	grown[zone->n_met++] = *owner;
	return DCV_OK;
}

#define NOBODY SIZE_MAX /* as dcv_run_subject has it */

/* Looks at an owner in every backend of its zone, on behalf of a subject. */
static enum dcv_err add_owner(struct dcv_run *run, const struct dcv_binding *binding,
	const struct dcv_name *owner, size_t subject)
{
	struct dcv_zone_run *zone = zone_of(run, binding);
	enum dcv_err rc = zone != NULL ? DCV_OK : DCV_E_NOMEM;

	for (size_t i = 0; rc == DCV_OK && i < binding->n_backends; i++) {
		rc = put_owner(&zone[i], owner);
		if (rc == DCV_OK && subject != NOBODY)
			rc = dcv_gather_concern(run, &zone[i], subject);
	}
	return rc;
}

/* The binding of a name; a look-up that fails is told, and is no answer. */
static const struct dcv_binding *find(struct dcv_run *run, const struct dcv_name *name,
	struct dcv_diags *diags, bool *ret_failed)
{
	const struct dcv_binding *binding = NULL;
	struct dcv_error err = {0};

	*ret_failed = dcv_config_find(run->config, name, &binding, &err) != DCV_OK;
	if (*ret_failed)
		dcv_diag_add_error(diags, NULL, &err);
	return binding;
}

static void tell_unbound_claim(struct dcv_diags *diags, const struct dcv_run *run,
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

/* The names between an owner and its zone's apex, with the wildcards at each: `shadow: copy`
 * has to know what stands there. */
static enum dcv_err add_between(struct dcv_run *run, const struct dcv_binding *binding,
	const struct dcv_name *owner)
{
	unsigned above = dcv_name_labels(owner) - dcv_name_labels(&binding->zone);
	enum dcv_err rc = DCV_OK;

	for (unsigned i = 1; rc == DCV_OK && i <= above; i++) {
		const struct dcv_name name = dcv_name_parent(owner, i);
		struct dcv_name wildcard;

		if (i < above)
			rc = add_owner(run, binding, &name, NOBODY);
		if (rc == DCV_OK && dcv_name_prepend("*", 1, &name, &wildcard))
			rc = add_owner(run, binding, &wildcard, NOBODY);
	}
	return rc;
}

static bool copies(const struct dcv_run *run, const struct dcv_binding *binding)
{
	return run->shadow != NULL ? *run->shadow == DCV_PLAN_SHADOW_COPY
				   : binding->shadow == DCV_SHADOW_COPY;
}

/* Owners that the order wants now. */
static enum dcv_err add_wanted(struct dcv_run *run, size_t subject,
	struct dcv_diags *diags)
{
	const struct dcv_order *order = run->subjects[subject].order;
	enum dcv_err rc = DCV_OK;
	bool failed;

	for (size_t i = 0; rc == DCV_OK && i < order->n_claims; i++) {
		const struct dcv_claim *claim = &order->claims[i];
		const struct dcv_binding *binding = find(run, &claim->owner, diags,
			&failed);

		if (binding == NULL) {
			run->marks[subject].unbound = true;
			if (!failed)
				tell_unbound_claim(diags, run, claim);
			continue;
		}
		rc = add_owner(run, binding, &claim->owner, subject);
		if (rc == DCV_OK && copies(run, binding))
			rc = add_between(run, binding, &claim->owner);
	}
	return rc;
}

/* The wildcard that answers for a name where it does not exist. */
static enum dcv_err add_wildcard(struct dcv_run *run, const struct dcv_binding *binding,
	const struct dcv_name *name)
{
	struct dcv_name above, wildcard;

	if (dcv_name_equal(name, &binding->zone))
		return DCV_OK;
	above = dcv_name_parent(name, 1);
	return dcv_name_prepend("*", 1, &above, &wildcard)
		? add_owner(run, binding, &wildcard, NOBODY)
		: DCV_OK;
}

/* The names of the certificate and all names above them, in every zone that is bound: the CAA
 * set that governs may stand at each (RFC 8659 3). */
static enum dcv_err add_climb(struct dcv_run *run, size_t subject)
{
	const struct dcv_order *order = run->subjects[subject].order;
	enum dcv_err rc = DCV_OK;

	if (order->caa == DCV_CAA_OFF)
		return DCV_OK;
	for (size_t i = 0; rc == DCV_OK && i < order->n_names; i++) {
		bool wildcard = dcv_name_is_wildcard(&order->names[i]);
		unsigned labels = dcv_name_labels(&order->names[i]);

		for (unsigned up = wildcard; rc == DCV_OK && up < labels; up++) {
			const struct dcv_name name = dcv_name_parent(&order->names[i], up);
			const struct dcv_binding *binding = dcv_config_binding(
				run->config, &name);

			if (binding == NULL)
				break;
			rc = add_owner(run, binding, &name, NOBODY);
			if (rc == DCV_OK)
				rc = add_wildcard(run, binding, &name);
		}
	}
	return rc;
}

enum dcv_err dcv_gather_named(struct dcv_run *run, const struct dcv_named *named,
	size_t n, struct dcv_diags *diags)
{
	char owner[DCV_NAME_TEXT_MAX];
	enum dcv_err rc = DCV_OK;
	bool failed;

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_binding *binding;

		if (named[i].owner.len == 0)
			continue;
		binding = find(run, &named[i].owner, diags, &failed);
		if (binding != NULL)
			rc = add_owner(run, binding, &named[i].owner, NOBODY);
		else if (!failed)
			dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &named[i].place,
				"leave it out, or bind its zone",
				"%s: no zone is bound that holds this name",
				dcv_name_text(&named[i].owner, owner));
	}
	return rc;
}

/* Some record of the order can be reached. */
static bool is_bound(const struct dcv_run *run, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < subject->n_rows; i++) {
		if (dcv_config_binding(run->config,
			    dcv_claim_row_place(&subject->rows[i])) != NULL)
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

/* Owners that earlier revisions had, that a clean-up is about, or that earlier orders of the
 * certificate had. What is not bound any more is named, not an error: it cannot be reached. */
static enum dcv_err add_former(struct dcv_run *run, size_t subject,
	const struct dcv_claim_row *rows, size_t n, struct dcv_diags *diags)
{
	enum dcv_err rc = DCV_OK;
	bool failed;

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_name *place = dcv_claim_row_place(&rows[i]);
		const struct dcv_binding *binding = find(run, place, diags, &failed);

		if (binding != NULL)
			rc = add_owner(run, binding, place, subject);
		else if (!failed)
			tell_unbound(run, &run->subjects[subject], &rows[i], diags);
	}
	return rc;
}

enum dcv_err dcv_gather_owners(struct dcv_run *run, size_t i, struct dcv_diags *diags)
{
	const struct dcv_subject *subject = &run->subjects[i];
	const struct dcv_order *order = subject->order;
	enum dcv_err rc = DCV_OK;

	if (run->mode == DCV_PLAN_UNDO)
		return DCV_OK;
	if (order != NULL && order->n_claims == 0) /* a pre-flight: only CAA is looked at */
		return add_climb(run, i);
	if (order != NULL && !dcv_subject_is_wanted(subject))
		return DCV_OK;
	if (order != NULL)
		rc = add_wanted(run, i, diags);
	if (rc == DCV_OK && order != NULL)
		rc = add_climb(run, i);
	if (rc == DCV_OK && order != NULL)
		rc = dcv_gather_named(run, order->named, order->n_named, diags);
	if (rc == DCV_OK)
		rc = add_former(run, i, subject->rows, subject->n_rows, diags);
	return rc == DCV_OK ? add_former(run, i, subject->kin, subject->n_kin, diags) : rc;
}

enum dcv_err dcv_gather_undo(struct dcv_run *run, struct dcv_diags *diags)
{
	char owner[DCV_NAME_TEXT_MAX];
	enum dcv_err rc = DCV_OK;
	bool failed;

	for (size_t i = 0; rc == DCV_OK && i < run->n_undo; i++) {
		const struct dcv_change_row *row = &run->undo[i];
		const struct dcv_binding *binding = find(run, &row->owner, diags, &failed);

		if (binding != NULL)
			rc = add_owner(run, binding, &row->owner,
				dcv_run_subject(run, row->ca, row->order_id));
		else if (!failed)
			dcv_diag_add(diags, DCV_SEV_WARNING, DCV_OK, NULL, NULL,
				"%s: no zone is bound that holds this name: it is left as it is",
				dcv_name_text(&row->owner, owner));
	}
	return rc;
}

static int compare_zones(const void *p, const void *q)
{
	const struct dcv_zone_run *a = p, *b = q;
	int order = dcv_name_compare(&a->binding->zone, &b->binding->zone);

	return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static int compare_names(const void *p, const void *q)
{
	return dcv_name_compare(p, q);
}

/* The owners that were gathered since, among those that are there. True if any is new. */
static bool has_new(const struct dcv_zone_run *zone)
{
	for (size_t i = 0; i < zone->n_met; i++) {
		if (zone->n_owners == 0 ||
			bsearch(&zone->met[i], zone->owners, zone->n_owners,
				sizeof(zone->owners[0]), compare_names) == NULL)
			return true;
	}
	return false;
}

static enum dcv_err sort_owners(struct dcv_run *run, struct dcv_zone_run *zone)
{
	size_t n = 0;

	if (zone->n_met > 0)
		qsort(zone->met, zone->n_met, sizeof(zone->met[0]), compare_names);
	for (size_t i = 0; i < zone->n_met; i++) {
		if (n == 0 || !dcv_name_equal(&zone->met[i], &zone->met[n - 1]))
			zone->met[n++] = zone->met[i];
	}
	zone->n_owners = n;
	zone->owners = dcv_arena_memdup(run->arena, zone->met, n * sizeof(zone->met[0]));
	dcv_gather_forget(zone);
	return zone->owners != NULL ? DCV_OK : DCV_E_NOMEM;
}

void dcv_gather_forget(struct dcv_zone_run *zone)
{
	free(zone->met);
	zone->met = NULL;
	zone->n_met = zone->cap_met = 0;
}

enum dcv_err dcv_gather_sort(struct dcv_run *run)
{
	enum dcv_err rc = DCV_OK;

	if (run->n_zones > 0)
		qsort(run->zones, run->n_zones, sizeof(run->zones[0]), compare_zones);
	for (size_t i = 0; rc == DCV_OK && i < run->n_zones; i++)
		rc = sort_owners(run, &run->zones[i]);
	return rc;
}

/* The targets of the aliases that were met, and the wildcards that may answer for them. */
static enum dcv_err add_targets(struct dcv_run *run, const struct dcv_zone_view *view)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < view->n_nodes; i++) {
		const struct dcv_rrset *set = dcv_node_set(&view->nodes[i],
			DCV_TYPE_CNAME);
		const struct dcv_binding *binding;
		struct dcv_name target;

		if (set == NULL || set->n != 1 ||
			!dcv_name_from_wire(set->rdata[0].wire, set->rdata[0].len, &target))
			continue;
		binding = dcv_config_binding(run->config, &target);
		if (binding != NULL)
			rc = add_owner(run, binding, &target, NOBODY);
		if (binding != NULL && rc == DCV_OK)
			rc = add_wildcard(run, binding, &target);
	}
	return rc;
}

enum dcv_err dcv_gather_targets(struct dcv_run *run, bool *ret_new)
{
	size_t n = run->n_zones;
	enum dcv_err rc = DCV_OK;

	*ret_new = false;
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = add_targets(run, &run->zones[i].caa);
	for (size_t i = 0; rc == DCV_OK && i < run->n_zones; i++) {
		struct dcv_zone_run *zone = &run->zones[i];

		if (zone->n_met == 0)
			continue;
		zone->unread = has_new(zone);
		*ret_new = *ret_new || zone->unread;
		for (size_t k = 0; rc == DCV_OK && zone->unread && k < zone->n_owners; k++)
			rc = put_owner(zone, &zone->owners[k]);
		if (rc == DCV_OK && zone->unread)
			rc = sort_owners(run, zone);
		dcv_gather_forget(zone);
	}
	if (rc == DCV_OK && run->n_zones > n)
		qsort(run->zones, run->n_zones, sizeof(run->zones[0]), compare_zones);
	return rc;
}
