/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the facts of a world are found by owner and value, so that a plan of
 * many orders takes no longer than their sum. It knows nothing of what becomes of a value. */
#include <stdlib.h>
#include <string.h>

#include "plan/internal.h"

static const struct dcv_name anywhere = {0, {0}};

static int compare_octets(const void *a, size_t n_a, const void *b, size_t n_b)
{
	if (n_a != n_b)
		return n_a < n_b ? -1 : 1;
	return n_a == 0 ? 0 : memcmp(a, b, n_a);
}

/* Any total order will do; this one is quick. Type 0 and rdata NULL stand for any. */
static int compare_to(const struct dcv_fact *fact, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	int order = compare_octets(fact->owner->wire, fact->owner->len, owner->wire,
		owner->len);

	if (order == 0 && type != 0)
		order = (int)fact->type - (int)type;
	if (order == 0 && rdata != NULL)
		order = compare_octets(fact->rdata->wire, fact->rdata->len, rdata->wire,
			rdata->len);
	return order;
}

static int compare_facts(const void *p, const void *q)
{
	const struct dcv_fact *a = p, *b = q;
	int order = compare_to(a, b->owner, b->type, b->rdata);

	return order != 0 ? order : (a->nth > b->nth) - (a->nth < b->nth);
}

void dcv_facts_sort(struct dcv_facts *facts)
{
	if (facts->n > 0)
		qsort(facts->items, facts->n, sizeof(facts->items[0]), compare_facts);
}

/* The first fact of [from, to) that is not before (or, behind, not at) what is looked for. */
static size_t bound(const struct dcv_facts *facts, size_t from, size_t to, bool behind,
	const struct dcv_fact *key)
{
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare_to(&facts->items[middle], key->owner, key->type,
			key->rdata);

		if (order < 0 || (behind && order == 0))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct dcv_facts dcv_facts_find(const struct dcv_facts *facts,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata)
{
	const struct dcv_fact key = {.owner = owner, .type = type, .rdata = rdata};
	size_t from = bound(facts, 0, facts->n, false, &key), near = from, step = 1, to;

	/* Mostly there is one or none, so the end is looked for near the beginning first. */
	while (near < facts->n && step < facts->n - near &&
		compare_to(&facts->items[near + step], owner, type, rdata) == 0) {
		near += step;
		step *= 2;
	}
	to = step < facts->n - near ? near + step : facts->n;
	to = bound(facts, near, to, true, &key);
	if (from == to)
		return (struct dcv_facts){0, NULL};
	return (struct dcv_facts){to - from, facts->items + from};
}

bool dcv_facts_add(struct dcv_making *making, struct dcv_facts *facts,
	const struct dcv_fact *fact)
{
	struct dcv_fact *grown = dcv_arena_grow(making->scratch, facts->items, facts->n,
		sizeof(facts->items[0]));

	if (grown == NULL)
		return false;
	facts->items = grown;
	grown[facts->n] = *fact;
	grown[facts->n].nth = facts->n;
	facts->n++;
	return true;
}

static bool concerns(const struct dcv_making *making, const struct dcv_subject *subject)
{
	const struct dcv_name *apex = &making->world->view->apex;
	const struct dcv_order *order = subject->order;

	for (size_t i = 0; order != NULL && i < order->n_claims; i++) {
		if (dcv_name_is_within(dcv_claim_place(&order->claims[i]), apex))
			return true;
	}
	for (size_t i = 0; order != NULL && i < order->n_named; i++) {
		if (dcv_name_is_within(&order->named[i].owner, apex))
			return true;
	}
	for (size_t i = 0; i < subject->n_rows; i++) {
		if (dcv_name_is_within(dcv_claim_row_place(&subject->rows[i]), apex))
			return true;
	}
	for (size_t i = 0; i < subject->n_kin; i++) {
		if (dcv_name_is_within(dcv_claim_row_place(&subject->kin[i]), apex))
			return true;
	}
	return false;
}

static int compare_subjects(const void *p, const void *q)
{
	const struct dcv_subject *a = *(const struct dcv_subject *const *)p;
	const struct dcv_subject *b = *(const struct dcv_subject *const *)q;

	return dcv_compare_numbers(a->ca, a->id, b->ca, b->id);
}

static const struct dcv_subject *find_subject(const struct dcv_making *making,
	const char *ca, const char *id)
{
	size_t from = 0, to = making->n_subjects;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = dcv_compare_numbers(making->subjects[middle]->ca,
			making->subjects[middle]->id, ca, id);

		if (order == 0)
			return making->subjects[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

static bool add_wanted(struct dcv_making *making, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < subject->order->n_claims; i++) {
		const struct dcv_claim *claim = &subject->order->claims[i];
		const struct dcv_fact fact = {.owner = dcv_claim_place(claim),
			.type = claim->type,
			.rdata = &claim->rdata,
			.subject = subject,
			.of.claim = claim};

		if (dcv_name_is_within(fact.owner, &making->world->view->apex) &&
			!dcv_facts_add(making, &making->wanted, &fact))
			return false;
	}
	return true;
}

static bool add_named(struct dcv_making *making, const struct dcv_subject *subject,
	const struct dcv_named *named)
{
	const struct dcv_rdata *values[] = {&named->txt, &named->cname};
	static const uint16_t types[] = {DCV_TYPE_TXT, DCV_TYPE_CNAME};

	for (size_t i = 0; i < 2; i++) {
		const struct dcv_fact fact = {
			.owner = named->owner.len > 0 ? &named->owner : &anywhere,
			.type = types[i],
			.rdata = values[i],
			.subject = subject,
			.of.named = named};

		if (values[i]->len > 0 && !dcv_facts_add(making, &making->named, &fact))
			return false;
	}
	return true;
}

static bool add_subject(struct dcv_making *making, const struct dcv_subject *subject)
{
	const struct dcv_order *order = subject->order;

	if (!concerns(making, subject))
		return true;
	making->subjects[making->n_subjects++] = subject;
	if (making->world->mode != DCV_PLAN_APPLY || !dcv_subject_is_wanted(subject))
		return true;
	for (size_t i = 0; i < order->n_named; i++) {
		if (!add_named(making, subject, &order->named[i]))
			return false;
	}
	return add_wanted(making, subject);
}

static bool add_subjects(struct dcv_making *making)
{
	const struct dcv_world *world = making->world;

	making->subjects = dcv_arena_array(making->scratch, world->n_subjects,
		sizeof(making->subjects[0]));
	if (making->subjects == NULL)
		return false;
	for (size_t i = 0; i < world->n_subjects; i++) {
		if (!add_subject(making, &world->subjects[i]))
			return false;
	}
	qsort(making->subjects, making->n_subjects, sizeof(making->subjects[0]),
		compare_subjects);
	for (size_t i = 0; i < world->n_named; i++) {
		if (!add_named(making, NULL, &world->named[i]))
			return false;
	}
	return true;
}

static bool add_ledger(struct dcv_making *making)
{
	const struct dcv_world *world = making->world;

	for (size_t i = 0; i < world->n_held; i++) {
		const struct dcv_claim_row *row = &world->held[i];
		const struct dcv_fact fact = {.owner = dcv_claim_row_place(row),
			.type = row->type,
			.rdata = &row->rdata,
			.subject = find_subject(making, row->ca, row->id),
			.of.row = row};

		if (!dcv_facts_add(making, &making->held, &fact))
			return false;
	}
	for (size_t i = 0; i < world->n_placements; i++) {
		const struct dcv_placement *placement = &world->placements[i];
		const struct dcv_fact fact = {.owner = &placement->owner,
			.type = placement->type,
			.rdata = &placement->rdata,
			.of.placement = placement};

		if (!dcv_facts_add(making, &making->placed, &fact))
			return false;
	}
	return true;
}

static bool add_cached(struct dcv_making *making)
{
	for (size_t i = 0; i < making->world->n_cached; i++) {
		const struct dcv_cached *cached = &making->world->cached[i];
		const struct dcv_fact fact = {.owner = &cached->owner,
			.type = cached->type,
			.of.cached = cached};

		if (!dcv_facts_add(making, &making->cached, &fact))
			return false;
	}
	return true;
}

static bool add_nodes(struct dcv_making *making)
{
	const struct dcv_zone_view *view = making->world->view;

	for (size_t i = 0; i < view->n_nodes; i++) {
		const struct dcv_fact fact = {.owner = &view->nodes[i].owner,
			.of.node = &view->nodes[i]};

		if (!dcv_facts_add(making, &making->nodes, &fact))
			return false;
	}
	return true;
}

static bool add_caa_values(struct dcv_making *making, struct dcv_facts *facts,
	const struct dcv_caa_edit *edit, const struct dcv_rdata *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dcv_fact fact = {.owner = &edit->owner,
			.type = DCV_TYPE_CAA,
			.rdata = &values[i],
			.subject = edit->subject,
			.of.caa = edit};

		if (!dcv_facts_add(making, facts, &fact))
			return false;
	}
	return true;
}

static bool add_caa(struct dcv_making *making)
{
	const struct dcv_world *world = making->world;

	for (size_t i = 0; world->mode == DCV_PLAN_APPLY && i < world->n_caa; i++) {
		const struct dcv_caa_edit *edit = &world->caa[i];

		if (!add_caa_values(making, &making->permitted, edit, edit->add,
			    edit->n_add) ||
			!add_caa_values(making, &making->denied, edit, edit->remove,
				edit->n_remove))
			return false;
	}
	return true;
}

static bool add_undo(struct dcv_making *making)
{
	const struct dcv_world *world = making->world;

	for (size_t i = 0; world->mode == DCV_PLAN_UNDO && i < world->n_undo; i++) {
		const struct dcv_change_row *row = &world->undo[i];
		const struct dcv_fact fact = {.owner = &row->owner,
			.type = row->type,
			.rdata = &row->rdata,
			.of.change = row};
		struct dcv_facts *to = strcmp(row->op, "add") == 0 ? &making->undone
			: strcmp(row->op, "remove") == 0           ? &making->returning
								   : NULL;

		if (to != NULL && !dcv_facts_add(making, to, &fact))
			return false;
	}
	return true;
}

bool dcv_making_prepare(struct dcv_making *making)
{
	struct dcv_facts *const lists[] = {&making->wanted, &making->named, &making->held,
		&making->placed, &making->cached, &making->nodes, &making->permitted,
		&making->denied, &making->undone, &making->returning};

	if (!add_subjects(making) || !add_ledger(making) || !add_cached(making) ||
		!add_nodes(making) || !add_caa(making) || !add_undo(making))
		return false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		dcv_facts_sort(lists[i]);
	return dcv_kin_prepare(making) && dcv_shadow_prepare(making);
}

const struct dcv_node *dcv_making_node(const struct dcv_making *making,
	const struct dcv_name *owner)
{
	const struct dcv_facts found = dcv_facts_find(&making->nodes, owner, 0, NULL);

	return found.n > 0 ? found.items[0].of.node : NULL;
}

bool dcv_making_wants_owner(const struct dcv_making *making, const struct dcv_name *owner)
{
	return dcv_facts_find(&making->wanted, owner, 0, NULL).n > 0;
}

const struct dcv_place *dcv_making_place(const struct dcv_making *making,
	const struct dcv_name *owner)
{
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, owner, 0, NULL);

	return wanted.n > 0 ? &wanted.items[0].of.claim->place : NULL;
}
