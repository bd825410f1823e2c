/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is kept of a planned zone: a run over thousands of zones holds its plans,
 * not everything that they were made from. */
#include <string.h>

#include "apply/internal.h"

/* A copy under way; `failed` once memory is out. */
struct copying {
	struct dcv_arena *arena;
	bool failed;
};

static void *keep(struct copying *to, const void *from, size_t n)
{
	void *copy = dcv_arena_memdup(to->arena, from, n);

	to->failed = to->failed || copy == NULL;
	return copy;
}

static const char *keep_text(struct copying *to, const char *text)
{
	return text != NULL ? keep(to, text, strlen(text) + 1) : NULL;
}

static struct dcv_rdata keep_rdata(struct copying *to, const struct dcv_rdata *from)
{
	return (struct dcv_rdata){from->len, keep(to, from->wire, from->len)};
}

static void keep_value(struct copying *to, struct dcv_value *value)
{
	value->rdata = keep_rdata(to, &value->rdata);
	value->ca = keep_text(to, value->ca);
	value->id = keep_text(to, value->id);
	value->reason = keep_text(to, value->reason);
	value->backend = keep_text(to, value->backend);
	value->stranger = keep_text(to, value->stranger);
}

/* The lists of what comes and goes point to the octets of the values. */
static void keep_lists(struct copying *to, struct dcv_edit *edit)
{
	struct dcv_rrset_edit *lists = &edit->edit;
	size_t add = 0, remove = 0;

	lists->add = dcv_arena_array(to->arena, lists->n_add, sizeof(lists->add[0]));
	lists->remove = dcv_arena_array(to->arena, lists->n_remove,
		sizeof(lists->remove[0]));
	to->failed = to->failed || lists->add == NULL || lists->remove == NULL;
	for (size_t i = 0; !to->failed && i < edit->n_values; i++) {
		if (edit->values[i].kind == DCV_VALUE_ADD && add < lists->n_add)
			lists->add[add++] = edit->values[i].rdata;
		if (edit->values[i].kind == DCV_VALUE_REMOVE && remove < lists->n_remove)
			lists->remove[remove++] = edit->values[i].rdata;
	}
}

enum dcv_err dcv_plan_compact(const struct dcv_plan *plan, struct dcv_arena *arena,
	struct dcv_plan *ret)
{
	struct copying to = {arena, false};

	*ret = *plan;
	ret->edits = keep(&to, plan->edits, plan->n_edits * sizeof(plan->edits[0]));
	for (size_t i = 0; !to.failed && i < plan->n_edits; i++) {
		struct dcv_edit *edit = &ret->edits[i];

		edit->ttl_reason = keep_text(&to, edit->ttl_reason);
		edit->values = keep(&to, edit->values,
			edit->n_values * sizeof(edit->values[0]));
		for (size_t k = 0; !to.failed && k < edit->n_values; k++)
			keep_value(&to, &edit->values[k]);
		if (!to.failed)
			keep_lists(&to, edit);
	}
	return to.failed ? DCV_E_NOMEM : DCV_OK;
}

static void keep_set(struct copying *to, struct dcv_rrset *set)
{
	set->marks = NULL;
	set->rdata = keep(to, set->rdata, set->n * sizeof(set->rdata[0]));
	for (size_t i = 0; !to->failed && i < set->n; i++)
		set->rdata[i] = keep_rdata(to, &set->rdata[i]);
}

enum dcv_err dcv_view_compact(const struct dcv_zone_view *view, struct dcv_arena *arena,
	struct dcv_zone_view *ret)
{
	struct copying to = {arena, false};

	*ret = *view;
	ret->place = keep_text(&to, view->place);
	ret->etag = keep_text(&to, view->etag);
	ret->fixed = keep_text(&to, view->fixed);
	ret->ns = keep(&to, view->ns, view->n_ns * sizeof(view->ns[0]));
	for (size_t i = 0; !to.failed && i < view->n_ns; i++) {
		for (size_t k = 0; k < ret->ns[i].n; k++)
			keep_set(&to, &ret->ns[i].addresses[k]);
	}
	ret->n_nodes = 0;
	ret->nodes = NULL;
	return to.failed ? DCV_E_NOMEM : DCV_OK;
}

/* CAA looks at nothing of this node, and a node that is not there means the same. */
static bool is_plain(const struct dcv_node *node)
{
	return node->cut.len == 0 && !node->wildcard &&
		dcv_node_set(node, DCV_TYPE_CAA) == NULL &&
		dcv_node_set(node, DCV_TYPE_CNAME) == NULL;
}

static void keep_node(struct copying *to, const struct dcv_node *from,
	struct dcv_node *ret)
{
	*ret = *from;
	ret->generated = NULL;
	ret->fixed = NULL;
	ret->n_sets = 0;
	ret->sets = dcv_arena_array(to->arena, 2, sizeof(ret->sets[0]));
	to->failed = to->failed || ret->sets == NULL;
	for (size_t i = 0; !to->failed && i < from->n_sets; i++) {
		if (from->sets[i].type != DCV_TYPE_CAA &&
			from->sets[i].type != DCV_TYPE_CNAME)
			continue;
		ret->sets[ret->n_sets] = from->sets[i];
		keep_set(to, &ret->sets[ret->n_sets++]);
	}
}

enum dcv_err dcv_view_for_caa(const struct dcv_zone_view *view, bool all,
	struct dcv_arena *arena, struct dcv_zone_view *ret)
{
	struct copying to = {arena, false};
	size_t n = 0;

	*ret = (struct dcv_zone_view){.apex = view->apex,
		.soa_ttl_s = view->soa_ttl_s,
		.soa_minimum_s = view->soa_minimum_s};
	for (size_t i = 0; i < view->n_nodes; i++)
		n += all || !is_plain(&view->nodes[i]);
	ret->nodes = dcv_arena_array(arena, n, sizeof(ret->nodes[0]));
	if (ret->nodes == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; !to.failed && i < view->n_nodes; i++) {
		if (all || !is_plain(&view->nodes[i]))
			keep_node(&to, &view->nodes[i], &ret->nodes[ret->n_nodes++]);
	}
	return to.failed ? DCV_E_NOMEM : DCV_OK;
}

static bool same_set(const struct dcv_rrset *a, const struct dcv_rrset *b)
{
	if (a == NULL || b == NULL || a->n != b->n)
		return a == b;
	for (size_t i = 0; i < a->n; i++) {
		if (!dcv_rrset_has(b, &a->rdata[i]))
			return false;
	}
	return true;
}

bool dcv_view_caa_equal(const struct dcv_zone_view *a, const struct dcv_zone_view *b)
{
	if (a->n_nodes != b->n_nodes)
		return false;
	for (size_t i = 0; i < a->n_nodes; i++) {
		const struct dcv_node *x = &a->nodes[i], *y = &b->nodes[i];

		if (!dcv_name_equal(&x->owner, &y->owner) || x->wildcard != y->wildcard ||
			!dcv_name_equal(&x->cut, &y->cut) ||
			!same_set(dcv_node_set(x, DCV_TYPE_CAA),
				dcv_node_set(y, DCV_TYPE_CAA)) ||
			!same_set(dcv_node_set(x, DCV_TYPE_CNAME),
				dcv_node_set(y, DCV_TYPE_CNAME)))
			return false;
	}
	return true;
}
