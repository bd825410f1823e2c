/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which RRsets of an owner a plan is about, and which values are to come into
 * them. It does not know what becomes of those that stand there. */
#include <stdlib.h>

#include "plan/internal.h"

/* --- types --- */

struct types {
	const struct dcv_making *making;
	size_t n;
	uint16_t *items;
	bool failed;
};

static void add_type(struct types *types, uint16_t type)
{
	void *grown;

	for (size_t i = 0; i < types->n; i++) {
		if (types->items[i] == type)
			return;
	}
	grown = dcv_arena_grow(types->making->scratch, types->items, types->n,
		sizeof(types->items[0]));
	if (grown == NULL) {
		types->failed = true;
		return;
	}
	types->items = grown;
	types->items[types->n++] = type;
}

/* Where one is in question both are, since each excludes the other. */
static void add_both(struct types *types)
{
	add_type(types, DCV_TYPE_CNAME);
	add_type(types, DCV_TYPE_TXT);
}

static void add_types_of(struct types *types, const struct dcv_facts *facts,
	const struct dcv_name *owner)
{
	const struct dcv_facts found = dcv_facts_find(facts, owner, 0, NULL);

	for (size_t i = 0; i < found.n; i++) {
		if (found.items[i].type == DCV_TYPE_CNAME ||
			found.items[i].type == DCV_TYPE_TXT)
			add_both(types);
		else
			add_type(types, found.items[i].type);
	}
}

/* The run has to do with the claim's order. */
static bool is_concerned(const struct dcv_making *making, const struct dcv_fact *held)
{
	const struct dcv_claim_row *row = held->of.row;

	if (row->keep == DCV_KEEP_CAA)
		return held->subject != NULL && making->world->mode == DCV_PLAN_CLEANUP &&
			making->world->policy.caa;
	if (making->world->mode == DCV_PLAN_CLEANUP)
		return held->subject != NULL;
	return (held->subject != NULL && dcv_subject_is_wanted(held->subject)) ||
		dcv_making_heir(making, row) != NULL ||
		dcv_making_has_lineage(making, row);
}

static void add_types_held(struct types *types, const struct dcv_name *owner)
{
	const struct dcv_facts held = dcv_facts_find(&types->making->held, owner, 0, NULL);

	for (size_t i = 0; i < held.n; i++) {
		const struct dcv_fact *fact = &held.items[i];

		if (!is_concerned(types->making, fact))
			continue;
		if (fact->of.row->keep == DCV_KEEP_CAA ||
			fact->of.row->keep == DCV_KEEP_COPY)
			add_type(types, fact->type);
		else
			add_both(types);
	}
}

bool dcv_types_at(const struct dcv_making *making, const struct dcv_name *owner,
	uint16_t **ret, size_t *ret_n)
{
	struct types types = {.making = making};

	if (making->world->mode == DCV_PLAN_UNDO) {
		add_types_of(&types, &making->undone, owner);
		add_types_of(&types, &making->returning, owner);
	} else {
		if (dcv_making_wants_owner(making, owner) ||
			dcv_facts_find(&making->named, owner, 0, NULL).n > 0)
			add_both(&types);
		add_types_held(&types, owner);
		add_types_of(&types, &making->copied, owner);
		add_types_of(&types, &making->permitted, owner);
		add_types_of(&types, &making->denied, owner);
	}
	*ret = types.items;
	*ret_n = types.n;
	return !types.failed;
}

/* --- values --- */

static bool is_known(const struct dcv_making *making, const struct dcv_fact *fact)
{
	return dcv_facts_find(&making->placed, fact->owner, fact->type, fact->rdata).n > 0;
}

static void make_wanted(const struct dcv_making *making, const struct dcv_fact *fact,
	struct dcv_value *value)
{
	value->ca = fact->subject->ca;
	value->id = fact->subject->id;
	value->known = is_known(making, fact);
	value->reason = value->known
		? "this order; it stood there, and somebody else removed it"
		: "this order";
	if (fact->of.claim->placed_at != NULL) {
		char alias[DCV_NAME_TEXT_MAX];
		const char *both = dcv_arena_printf(making->arena,
			"this order, at the end of the alias %s",
			dcv_name_text(&fact->of.claim->owner, alias));

		value->reason = both != NULL ? both : value->reason;
	}
}

static void make_copied(const struct dcv_making *making, const struct dcv_fact *fact,
	struct dcv_value *value)
{
	char closest[DCV_NAME_TEXT_MAX] = "*.";

	value->ca = fact->subject->ca;
	value->id = fact->subject->id;
	value->keep = DCV_KEEP_COPY;
	if (fact->of.set != NULL)
		dcv_name_text(&fact->of.set->owner, closest);
	value->reason = dcv_arena_printf(making->arena,
		"--shadow copy: as %s answers today, so that no host goes dark", closest);
}

static void make_permitted(const struct dcv_making *making, const struct dcv_fact *fact,
	struct dcv_value *value)
{
	(void)making;
	value->ca = fact->subject->ca;
	value->id = fact->subject->id;
	value->keep = DCV_KEEP_CAA;
	value->reason = fact->of.caa->reason;
}

static void make_returning(const struct dcv_making *making, const struct dcv_fact *fact,
	struct dcv_value *value)
{
	const struct dcv_change_row *change = fact->of.change;

	if (change->order_id[0] != '\0') {
		value->ca = change->ca;
		value->id = change->order_id;
	}
	value->reason = dcv_arena_printf(making->arena, "undo: run %s removed it",
		change->run);
}

bool dcv_edit_add_value(const struct dcv_making *making, struct dcv_edit *edit,
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

static int compare_nth(const void *p, const void *q)
{
	const struct dcv_fact *a = p, *b = q;

	return (a->nth > b->nth) - (a->nth < b->nth);
}

/* Of the list, the values that do not stand there, each once, in the order of the world. */
static bool find_absent(const struct dcv_making *making, const struct dcv_facts *found,
	const struct dcv_rrset *set, struct dcv_facts *ret)
{
	ret->n = 0;
	ret->items = dcv_arena_array(making->scratch, found->n, sizeof(ret->items[0]));
	if (ret->items == NULL)
		return false;
	for (size_t i = 0; i < found->n; i++) {
		const struct dcv_rdata *rdata = found->items[i].rdata;

		if ((i == 0 || !dcv_rdata_equal(rdata, found->items[i - 1].rdata)) &&
			(set == NULL || !dcv_rrset_has(set, rdata)))
			ret->items[ret->n++] = found->items[i];
	}
	if (ret->n > 0)
		qsort(ret->items, ret->n, sizeof(ret->items[0]), compare_nth);
	return true;
}

bool dcv_add_absent(const struct dcv_making *making, const struct dcv_rrset *set,
	struct dcv_edit *edit)
{
	const struct {
		const struct dcv_facts *facts;
		void (*make)(const struct dcv_making *making, const struct dcv_fact *fact,
			struct dcv_value *value);
	} sources[] = {{&making->wanted, make_wanted}, {&making->copied, make_copied},
		{&making->permitted, make_permitted},
		{&making->returning, make_returning}};

	for (size_t s = 0; s < sizeof(sources) / sizeof(sources[0]); s++) {
		const struct dcv_facts found = dcv_facts_find(sources[s].facts,
			&edit->edit.owner, edit->edit.type, NULL);
		struct dcv_facts absent;

		if (!find_absent(making, &found, set, &absent))
			return false;
		for (size_t i = 0; i < absent.n; i++) {
			struct dcv_value value = {.kind = DCV_VALUE_ADD,
				.rdata = *absent.items[i].rdata,
				.ours = true};

			/* What an order wants itself is no copy. */
			if (sources[s].facts == &making->copied &&
				dcv_facts_find(&making->wanted, &edit->edit.owner,
					edit->edit.type, &value.rdata)
						.n > 0)
				continue;
			sources[s].make(making, &absent.items[i], &value);
			if (value.reason == NULL ||
				!dcv_edit_add_value(making, edit, &value))
				return false;
		}
	}
	return true;
}
