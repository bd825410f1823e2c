/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the edits of a zone come about from what is wanted and what is
 * published. It does not know backends, the ledger's tables or the clock. */
#include <stdlib.h>

#include "plan/internal.h"

static bool add_published(const struct dcv_making *making, const struct dcv_rrset *set,
	struct dcv_edit *edit)
{
	for (size_t i = 0; i < set->n; i++) {
		struct dcv_value value;

		if (!dcv_classify(making, set, i, &value) ||
			!dcv_edit_add_value(making, edit, &value))
			return false;
	}
	return true;
}

/* Turns the values into what a backend is to add and to remove. */
static bool fill_edit(const struct dcv_making *making, struct dcv_edit *edit)
{
	struct dcv_rrset_edit *to = &edit->edit;
	size_t staying = 0;

	to->add = dcv_arena_array(making->arena, edit->n_values, sizeof(to->add[0]));
	to->remove = dcv_arena_array(making->arena, edit->n_values, sizeof(to->remove[0]));
	if (to->add == NULL || to->remove == NULL)
		return false;
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind == DCV_VALUE_ADD)
			to->add[to->n_add++] = edit->values[i].rdata;
		else if (edit->values[i].kind == DCV_VALUE_REMOVE)
			to->remove[to->n_remove++] = edit->values[i].rdata;
		else
			staying++;
	}
	edit->changes = to->n_add + to->n_remove > 0 ||
		(staying > 0 && edit->existed && to->ttl_s != edit->ttl_before_s);
	return true;
}

static bool make_edit(const struct dcv_making *making, const struct dcv_node *node,
	uint16_t type, struct dcv_edit *ret)
{
	const struct dcv_rrset *set = dcv_node_set(node, type);

	*ret = (struct dcv_edit){.edit = {.owner = node->owner, .type = type},
		.existed = set != NULL,
		.ttl_before_s = set != NULL ? set->ttl_s : 0,
		.cached_s = dcv_cached_s(making, node, type)};
	if (set != NULL && !add_published(making, set, ret))
		return false;
	if (!dcv_add_absent(making, set, ret))
		return false;
	dcv_choose_ttl(making, ret);
	return fill_edit(making, ret);
}

static void count(const struct dcv_edit *edit, struct dcv_plan *plan)
{
	plan->changes = plan->changes || edit->changes;
	plan->n_add += edit->edit.n_add;
	plan->n_remove += edit->edit.n_remove;
	if (edit->changes && edit->existed && edit->edit.ttl_s != edit->ttl_before_s)
		plan->n_ttl++;
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind != DCV_VALUE_LEFTOVER)
			continue;
		plan->n_leftover++;
		plan->n_leftover_dead += edit->values[i].dead;
	}
}

static int compare_edits(const void *a, const void *b)
{
	const struct dcv_edit *x = a, *y = b;
	int order = dcv_name_compare(&x->edit.owner, &y->edit.owner);

	return order != 0 ? order : (int)x->edit.type - (int)y->edit.type;
}

static bool make_edits_at(const struct dcv_making *making, const struct dcv_node *node,
	struct dcv_plan *plan)
{
	uint16_t *types = NULL;
	size_t n = 0;

	if (!dcv_types_at(making, &node->owner, &types, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct dcv_edit edit;
		void *grown = dcv_arena_grow(making->arena, plan->edits, plan->n_edits,
			sizeof(edit));

		if (grown == NULL || !make_edit(making, node, types[i], &edit))
			return false;
		plan->edits = grown;
		if (edit.n_values == 0)
			continue;
		plan->edits[plan->n_edits++] = edit;
		count(&edit, plan);
	}
	return true;
}

static bool make_edits(const struct dcv_making *making, struct dcv_plan *plan)
{
	const struct dcv_zone_view *view = making->world->view;

	for (size_t i = 0; i < view->n_nodes; i++) {
		if (!make_edits_at(making, &view->nodes[i], plan))
			return false;
	}
	if (plan->n_edits > 0)
		qsort(plan->edits, plan->n_edits, sizeof(plan->edits[0]), compare_edits);
	return true;
}

const struct dcv_edit *dcv_plan_edit(const struct dcv_plan *plan,
	const struct dcv_name *owner, uint16_t type)
{
	const struct dcv_edit key = {.edit = {.owner = *owner, .type = type}};

	if (plan->n_edits == 0)
		return NULL;
	return bsearch(&key, plan->edits, plan->n_edits, sizeof(key), compare_edits);
}

static void guard(const struct dcv_making *making, const struct dcv_plan *plan)
{
	switch (making->world->mode) {
	case DCV_PLAN_APPLY:
		dcv_guard_claims(making);
		dcv_guard_nodes(making);
		dcv_guard_orders(making);
		break;
	case DCV_PLAN_UNDO:
		dcv_undo_warn(making);
		dcv_guard_nodes(making);
		break;
	case DCV_PLAN_CLEANUP:
		break;
	}
	dcv_guard_plan(making, plan);
}

struct dcv_span dcv_span_begin(struct dcv_diags *diags)
{
	const struct dcv_span span = {diags, diags->n_errors, diags->code};

	diags->n_errors = 0;
	diags->code = DCV_OK;
	return span;
}

enum dcv_err dcv_span_end(const struct dcv_span *span)
{
	enum dcv_err code = span->diags->code;

	span->diags->n_errors += span->n_errors;
	if (span->n_errors > 0)
		span->diags->code = span->code;
	return code;
}

void dcv_plan_nomem(struct dcv_diags *diags)
{
	dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL, "plan: out of memory");
	diags->code = DCV_E_NOMEM;
}

enum dcv_err dcv_plan_make(const struct dcv_world *world, struct dcv_arena *arena,
	struct dcv_plan *ret, struct dcv_diags *diags)
{
	struct dcv_arena scratch = {NULL};
	struct dcv_making making = {.world = world,
		.arena = arena,
		.scratch = &scratch,
		.diags = diags};
	struct dcv_plan plan = {0};
	const struct dcv_span span = dcv_span_begin(diags);

	if (dcv_making_prepare(&making) && make_edits(&making, &plan)) {
		guard(&making, &plan);
		*ret = plan;
	} else {
		dcv_plan_nomem(diags);
	}
	dcv_arena_clear(&scratch);
	return dcv_span_end(&span);
}
