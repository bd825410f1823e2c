/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the edits of a zone come about from what is wanted and what is
 * published. It does not know backends, the ledger's tables or the clock. */
#include <stdlib.h>

#include "plan/internal.h"

static bool add_value(const struct dcv_making *making, struct dcv_edit *edit,
	const struct dcv_value *value)
{
	void *grown = dcv_arena_grow(making->arena, edit->values, edit->n_values,
		sizeof(edit->values[0]));

	if (grown == NULL)
		return false;
	edit->values = grown;
	edit->values[edit->n_values++] = *value;
	return true;
}

static bool add_published(const struct dcv_making *making, const struct dcv_rrset *set,
	struct dcv_edit *edit)
{
	for (size_t i = 0; i < set->n; i++) {
		struct dcv_value value;

		if (!dcv_classify(making, &set->owner, set->type, &set->rdata[i], &value) ||
			!add_value(making, edit, &value))
			return false;
	}
	return true;
}

/* A wanted value that does not stand there. */
static bool add_missing(const struct dcv_making *making, const struct dcv_fact *fact,
	struct dcv_edit *edit)
{
	struct dcv_value value = {.kind = DCV_VALUE_ADD,
		.rdata = *fact->rdata,
		.ca = fact->subject->ca,
		.id = fact->subject->id,
		.reason = "this order",
		.ours = true};

	value.known =
		dcv_facts_find(&making->placed, fact->owner, fact->type, fact->rdata).n >
		0;
	if (value.known)
		value.reason = "this order; it stood there, and somebody else removed it";
	return add_value(making, edit, &value);
}

static int compare_nth(const void *p, const void *q)
{
	const struct dcv_fact *a = p, *b = q;

	return (a->nth > b->nth) - (a->nth < b->nth);
}

/* In the order in which the orders have them. */
static bool add_wanted(const struct dcv_making *making, const struct dcv_rrset *set,
	struct dcv_edit *edit)
{
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, &edit->edit.owner,
		edit->edit.type, NULL);
	struct dcv_fact *missing = dcv_arena_array(making->scratch, wanted.n,
		sizeof(missing[0]));
	size_t n = 0;

	if (missing == NULL)
		return false;
	for (size_t i = 0; i < wanted.n; i++) {
		const struct dcv_rdata *rdata = wanted.items[i].rdata;

		if ((i == 0 || !dcv_rdata_equal(rdata, wanted.items[i - 1].rdata)) &&
			(set == NULL || !dcv_rrset_has(set, rdata)))
			missing[n++] = wanted.items[i];
	}
	qsort(missing, n, sizeof(missing[0]), compare_nth);
	for (size_t i = 0; i < n; i++) {
		if (!add_missing(making, &missing[i], edit))
			return false;
	}
	return true;
}

/* The smallest TTL that orders of the run ask for at an RRset; 0: none asks. */
static uint32_t asked_ttl(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, &edit->edit.owner,
		edit->edit.type, NULL);
	uint32_t ttl_s = 0;

	for (size_t i = 0; i < wanted.n; i++) {
		const struct dcv_order *order = wanted.items[i].subject->order;

		if (ttl_s == 0 || order->ttl_s < ttl_s)
			ttl_s = order->ttl_s;
	}
	return ttl_s;
}

static bool has_kind(const struct dcv_edit *edit, enum dcv_value_kind kind)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind == kind)
			return true;
	}
	return false;
}

/* A value that is nobody's order alone: the TTL of its set is not ours to change. */
static bool has_foreign(const struct dcv_edit *edit)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];

		if (value->kind == DCV_VALUE_FOREIGN ||
			((value->kind == DCV_VALUE_FOUND || value->kind == DCV_VALUE_KEEP ||
				 value->kind == DCV_VALUE_OTHER) &&
				!value->ours))
			return true;
	}
	return false;
}

static void choose_ttl(const struct dcv_making *making, struct dcv_edit *edit)
{
	uint32_t asked_s = asked_ttl(making, edit);

	edit->edit.ttl_s = asked_s != 0 ? asked_s : edit->ttl_before_s;
	if (!edit->existed || asked_s == 0)
		return;
	if (has_foreign(edit)) {
		edit->edit.ttl_s = edit->ttl_before_s;
		if (edit->ttl_before_s != asked_s)
			edit->ttl_reason = "kept: the set holds foreign values";
	} else if (has_kind(edit, DCV_VALUE_OTHER) && edit->ttl_before_s < asked_s) {
		edit->edit.ttl_s = edit->ttl_before_s;
		edit->ttl_reason = "kept: another order asked for less";
	}
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

/* At least what is left of the time before our last change. */
static uint32_t still_cached_s(const struct dcv_making *making,
	const struct dcv_name *owner, uint16_t type, uint32_t least_s)
{
	const struct dcv_facts cached = dcv_facts_find(&making->cached, owner, type, NULL);
	int64_t now_s = making->world->now_s;

	for (size_t i = 0; i < cached.n; i++) {
		int64_t until_s = cached.items[i].of.cached->until_s;

		if (until_s > now_s + least_s)
			least_s = (uint32_t)(until_s - now_s);
	}
	return least_s;
}

/* How long caches may hold what the owner answers now. A set that is absent is answered
 * negatively; where one type takes the other's place, both answers may be cached. */
static uint32_t cached_s(const struct dcv_making *making, const struct dcv_node *node,
	uint16_t type)
{
	static const uint16_t types[] = {DCV_TYPE_CNAME, DCV_TYPE_TXT};
	uint32_t longest_s = 0;

	if (dcv_node_set(node, type) == NULL)
		longest_s = dcv_view_negative_ttl(making->world->view);
	for (size_t i = 0; i < 2; i++) {
		const struct dcv_rrset *set = dcv_node_set(node, types[i]);

		if (set != NULL && set->ttl_s > longest_s)
			longest_s = set->ttl_s;
	}
	return still_cached_s(making, &node->owner, type, longest_s);
}

static bool make_edit(const struct dcv_making *making, const struct dcv_node *node,
	uint16_t type, struct dcv_edit *ret)
{
	const struct dcv_rrset *set = dcv_node_set(node, type);

	*ret = (struct dcv_edit){.edit = {.owner = node->owner, .type = type},
		.existed = set != NULL,
		.ttl_before_s = set != NULL ? set->ttl_s : 0,
		.cached_s = cached_s(making, node, type)};
	if (set != NULL && !add_published(making, set, ret))
		return false;
	if (!add_wanted(making, set, ret))
		return false;
	choose_ttl(making, ret);
	return fill_edit(making, ret);
}

static void count(const struct dcv_edit *edit, struct dcv_plan *plan)
{
	plan->changes = plan->changes || edit->changes;
	plan->n_add += edit->edit.n_add;
	plan->n_remove += edit->edit.n_remove;
	if (edit->changes && edit->existed && edit->edit.ttl_s != edit->ttl_before_s)
		plan->n_ttl++;
	for (size_t i = 0; i < edit->n_values; i++)
		plan->n_leftover += edit->values[i].kind == DCV_VALUE_LEFTOVER;
}

static int compare_edits(const void *a, const void *b)
{
	const struct dcv_edit *x = a, *y = b;
	int order = dcv_name_compare(&x->edit.owner, &y->edit.owner);

	return order != 0 ? order : (int)x->edit.type - (int)y->edit.type;
}

static bool make_edits(const struct dcv_making *making, struct dcv_plan *plan)
{
	static const uint16_t types[] = {DCV_TYPE_CNAME, DCV_TYPE_TXT};
	const struct dcv_zone_view *view = making->world->view;
	struct dcv_edit *edits = dcv_arena_array(making->scratch, view->n_nodes * 2,
		sizeof(edits[0]));

	if (edits == NULL)
		return false;
	for (size_t i = 0; i < view->n_nodes; i++) {
		for (size_t t = 0; t < 2; t++) {
			struct dcv_edit *edit = &edits[plan->n_edits];

			if (!make_edit(making, &view->nodes[i], types[t], edit))
				return false;
			count(edit, plan);
			plan->n_edits += edit->n_values > 0;
		}
	}
	qsort(edits, plan->n_edits, sizeof(edits[0]), compare_edits);
	plan->edits = dcv_arena_memdup(making->arena, edits,
		plan->n_edits * sizeof(edits[0]));
	return plan->edits != NULL;
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
	if (making->world->mode == DCV_PLAN_APPLY) {
		dcv_guard_claims(making);
		dcv_guard_nodes(making);
		dcv_guard_orders(making);
	}
	dcv_guard_plan(making, plan);
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
	size_t errors_before = diags->n_errors;
	enum dcv_err code_before = diags->code, code;

	/* So that the first error of this plan can be told from those before. */
	diags->n_errors = 0;
	diags->code = DCV_OK;
	if (dcv_making_prepare(&making) && make_edits(&making, &plan)) {
		guard(&making, &plan);
		*ret = plan;
	} else {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"plan: out of memory");
		diags->code = DCV_E_NOMEM;
	}
	dcv_arena_clear(&scratch);
	code = diags->code;
	diags->n_errors += errors_before;
	if (errors_before > 0)
		diags->code = code_before;
	return code;
}
