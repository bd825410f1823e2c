/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what CAA rests on in all zones of a run, and when it is to be decided again. It
 * decides nothing. */
#include <string.h>

#include "apply/internal.h"

bool dcv_caa_writes(const struct dcv_run *run)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct dcv_order *order = run->subjects[i].order;

		if (order != NULL &&
			(order->caa == DCV_CAA_PERMIT || order->caa == DCV_CAA_EXACT))
			return true;
	}
	return false;
}

enum dcv_err dcv_caa_note_view(struct dcv_run *run, struct dcv_zone_run *zone,
	bool *ret_moved)
{
	struct dcv_zone_view now;
	enum dcv_err rc = dcv_view_for_caa(&zone->view, run->writes_caa, run->arena, &now);

	*ret_moved = rc == DCV_OK &&
		(zone->caa.nodes == NULL || !dcv_view_caa_equal(&zone->caa, &now));
	if (*ret_moved)
		zone->caa = now;
	return rc;
}

/* CAA claims of every order at the owners of a zone. */
static enum dcv_err gather_caa_held(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_caa_world *world, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < zone->caa.n_nodes; i++) {
		const struct dcv_node *node = &zone->caa.nodes[i];
		struct dcv_claim_row *rows = NULL;
		size_t n = 0;

		if (dcv_node_set(node, DCV_TYPE_CAA) == NULL)
			continue;
		rc = dcv_ledger_claims_at(run->ledger, &node->owner, run->arena, &rows,
			&n, err);
		for (size_t k = 0; rc == DCV_OK && k < n; k++) {
			if (rows[k].type != DCV_TYPE_CAA)
				continue;
			world->held = dcv_append(run->arena, world->held, &world->n_held,
				&rows[k], 1, sizeof(rows[k]));
			if (world->held == NULL)
				return dcv_nomem(err);
		}
	}
	return rc;
}

/* An order is not done before its CAA records stand. */
static enum dcv_err concern_edits(struct dcv_run *run)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; i < run->caa.n_edits; i++) {
		const struct dcv_caa_edit *edit = &run->caa.edits[i];

		for (size_t z = 0; rc == DCV_OK && z < run->n_zones; z++) {
			if (dcv_name_equal(&run->zones[z].binding->zone, &edit->zone))
				rc = dcv_gather_concern(run, &run->zones[z],
					(size_t)(edit->subject - run->subjects));
		}
	}
	return rc;
}

enum dcv_err dcv_plan_caa_of(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	struct dcv_caa_world world = {.now_s = dcv_now_s(run->clock),
		.n_subjects = run->n_subjects,
		.subjects = run->subjects,
		.n_issuers = run->config->n_caa_issuers,
		.issuers = run->config->caa_issuers};
	enum dcv_err rc = DCV_OK;

	if (run->mode != DCV_PLAN_APPLY)
		return DCV_OK;
	for (size_t i = 0; rc == DCV_OK && i < run->n_zones; i++) {
		const struct dcv_zone_run *from = &run->zones[i];
		const struct dcv_caa_zone zone = {.apex = from->binding->zone,
			.view = &from->caa,
			.sparse = !run->writes_caa,
			.has_allow = from->binding->has_allow,
			.n_allow = from->binding->n_allow,
			.allow = from->binding->allow};

		/* The backends of a zone hold the same: the first is looked at. Nobody sees what
		 * a person holds elsewhere. */
		if (from->at != &from->binding->backends[0] || from->manual ||
			from->caa.nodes == NULL)
			continue;
		world.zones = dcv_append(run->arena, world.zones, &world.n_zones, &zone,
			1, sizeof(zone));
		rc = world.zones == NULL ? dcv_nomem(&err)
					 : gather_caa_held(run, from, &world, &err);
	}
	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	dcv_arena_clear(&run->caa_memory);
	run->caa = (struct dcv_caa_plan){0};
	rc = dcv_plan_caa(&world, &run->caa_memory, &run->caa, diags);
	if (concern_edits(run) != DCV_OK)
		rc = DCV_E_NOMEM;
	return rc;
}
