/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which TTL a set gets: the smallest that its orders ask for, unless foreign
 * values stand in it, within the bounds of the backend; and how long caches hold what was answered before. */
#include "plan/internal.h"

static void take_least(uint32_t *ttl_s, uint32_t other_s)
{
	if (other_s != 0 && (*ttl_s == 0 || other_s < *ttl_s))
		*ttl_s = other_s;
}

/* The smallest TTL that is asked for at an RRset; 0: none asks. */
static uint32_t asked_ttl(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_name *owner = &edit->edit.owner;
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, owner,
		edit->edit.type, NULL);
	const struct dcv_facts copied = dcv_facts_find(&making->copied, owner,
		edit->edit.type, NULL);
	const struct dcv_facts permitted = dcv_facts_find(&making->permitted, owner,
		edit->edit.type, NULL);
	uint32_t ttl_s = 0;

	for (size_t i = 0; i < wanted.n; i++)
		take_least(&ttl_s, wanted.items[i].subject->order->ttl_s);
	for (size_t i = 0; i < copied.n; i++) {
		if (copied.items[i].of.set != NULL)
			take_least(&ttl_s, copied.items[i].of.set->ttl_s);
	}
	for (size_t i = 0; i < permitted.n && !edit->existed; i++)
		take_least(&ttl_s, permitted.items[i].subject->order->ttl_s);
	return ttl_s;
}

/* The smallest TTL of orders that want it though foreign values stand there; 0: none does. */
static uint32_t lowered_ttl(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, &edit->edit.owner,
		edit->edit.type, NULL);
	uint32_t ttl_s = 0;

	for (size_t i = 0; i < wanted.n; i++) {
		const struct dcv_order *order = wanted.items[i].subject->order;

		if (order->shared_ttl == DCV_SHARED_TTL_LOWER)
			take_least(&ttl_s, order->ttl_s);
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

/* A value that stays and is an order's or ours: the set's TTL still serves somebody. What an
 * undone run had removed comes back with the TTL that it had. */
static bool serves_somebody(const struct dcv_making *making, const struct dcv_edit *edit)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];

		switch (value->kind) {
		case DCV_VALUE_ADD:
			if (making->world->mode != DCV_PLAN_UNDO)
				return true;
			break;
		case DCV_VALUE_KEEP:
		case DCV_VALUE_FOUND:
		case DCV_VALUE_OTHER:
			return true;
		case DCV_VALUE_LEFTOVER:
		case DCV_VALUE_FOREIGN:
			if (value->ours)
				return true;
			break;
		case DCV_VALUE_REMOVE:
			break;
		}
	}
	return false;
}

static const struct dcv_cached *cached_at(const struct dcv_making *making,
	const struct dcv_edit *edit)
{
	const struct dcv_facts cached = dcv_facts_find(&making->cached, &edit->edit.owner,
		edit->edit.type, NULL);

	return cached.n > 0 ? cached.items[0].of.cached : NULL;
}

static bool stays(const struct dcv_edit *edit)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind != DCV_VALUE_REMOVE)
			return true;
	}
	return false;
}

static bool takes_ours(const struct dcv_edit *edit)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind == DCV_VALUE_REMOVE && edit->values[i].ours)
			return true;
	}
	return false;
}

/* The last of ours leaves a set in which others stay: it gets back the TTL that it had, unless
 * somebody has given it another one since. Where somebody took our value away, the clean-up of
 * its order does that. */
static void give_back(const struct dcv_making *making, struct dcv_edit *edit)
{
	const struct dcv_cached *cached = cached_at(making, edit);

	if (cached == NULL || cached->former_ttl_s == 0 ||
		cached->our_ttl_s != edit->ttl_before_s ||
		cached->former_ttl_s == edit->ttl_before_s || !stays(edit) ||
		serves_somebody(making, edit) ||
		(making->world->mode == DCV_PLAN_APPLY && !takes_ours(edit)))
		return;
	edit->edit.ttl_s = cached->former_ttl_s;
	edit->ttl_reason = "the former TTL is back: no order needs another one there";
}

/* A set that comes back as a whole: with the TTL that it had, as far as that is known. */
static uint32_t returning_ttl(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_cached *cached = cached_at(making, edit);
	const struct dcv_facts returning = dcv_facts_find(&making->returning,
		&edit->edit.owner, edit->edit.type, NULL);

	if (cached != NULL && cached->former_ttl_s != 0)
		return cached->former_ttl_s;
	return returning.n > 0 && returning.items[0].of.change->ttl_s != 0
		? returning.items[0].of.change->ttl_s
		: DCV_TTL_S;
}

/* In a set with foreign values the TTL is theirs, unless the order says otherwise. */
static void share(const struct dcv_making *making, struct dcv_edit *edit, uint32_t asked_s)
{
	uint32_t lowered_s = lowered_ttl(making, edit);

	edit->edit.ttl_s = edit->ttl_before_s;
	if (lowered_s != 0 && lowered_s < edit->ttl_before_s) {
		edit->edit.ttl_s = lowered_s;
		edit->ttl_reason =
			"lowered by `shared_ttl: lower`; the former one returns when the last "
			"order leaves";
	} else if (edit->ttl_before_s != asked_s) {
		edit->ttl_reason = "kept: the set holds foreign values";
	}
}

/* As long as the set has the TTL that we gave it, the one before that is the former one. */
static uint32_t former_ttl(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_cached *cached = cached_at(making, edit);

	return cached != NULL && edit->existed && cached->our_ttl_s == edit->ttl_before_s
		? cached->former_ttl_s
		: edit->ttl_before_s;
}

/* The backend takes no less, or no more; what stands there it takes. Where foreign values stand a
 * TTL that was to be lowered is not raised. */
static void clamp(const struct dcv_making *making, struct dcv_edit *edit)
{
	const struct dcv_limits *limits = &making->world->view->limits;
	const uint32_t asked_s = edit->edit.ttl_s;
	const bool less = asked_s < limits->ttl_min_s;
	uint32_t ttl_s = less ? limits->ttl_min_s : limits->ttl_max_s;
	const char *why;

	if (edit->n_values == 0 || (edit->existed && asked_s == edit->ttl_before_s) ||
		(!less && (ttl_s == 0 || asked_s <= ttl_s)))
		return;
	why = dcv_arena_printf(making->arena, "asked %u, the provider's %s is %u",
		(unsigned)asked_s, less ? "minimum" : "maximum", (unsigned)ttl_s);
	if (less && edit->existed && has_foreign(edit) && ttl_s > edit->ttl_before_s)
		ttl_s = edit->ttl_before_s;
	edit->edit.ttl_s = ttl_s;
	edit->ttl_reason = why != NULL ? why : "the provider's bound";
}

/* What stands keeps its TTL, where the backend cannot change it. */
static void keep_standing(const struct dcv_making *making, struct dcv_edit *edit)
{
	if (!making->world->view->limits.ttl_stays || !edit->existed ||
		edit->edit.ttl_s == edit->ttl_before_s)
		return;
	edit->edit.ttl_s = edit->ttl_before_s;
	edit->ttl_reason = "kept: the provider cannot change the TTL of a set";
}

static void choose(const struct dcv_making *making, struct dcv_edit *edit)
{
	uint32_t asked_s = asked_ttl(making, edit);

	if (!edit->existed) {
		edit->edit.ttl_s = making->world->mode == DCV_PLAN_UNDO
			? returning_ttl(making, edit)
			: asked_s;
		return;
	}
	edit->edit.ttl_s = asked_s != 0 ? asked_s : edit->ttl_before_s;
	if (asked_s == 0) {
		give_back(making, edit);
	} else if (has_foreign(edit)) {
		share(making, edit, asked_s);
	} else if (has_kind(edit, DCV_VALUE_OTHER) && edit->ttl_before_s < asked_s) {
		edit->edit.ttl_s = edit->ttl_before_s;
		edit->ttl_reason = "kept: another order asked for less";
	}
}

void dcv_choose_ttl(const struct dcv_making *making, struct dcv_edit *edit)
{
	edit->former_ttl_s = former_ttl(making, edit);
	choose(making, edit);
	clamp(making, edit);
	keep_standing(making, edit);
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

/* The node whose data the owner is answered with today: its own, or the wildcard's. */
static const struct dcv_node *answering(const struct dcv_making *making,
	const struct dcv_node *node)
{
	const struct dcv_node *wildcard = NULL;
	struct dcv_name name;

	if (node->wildcard && dcv_name_prepend("*", 1, &node->closest, &name))
		wildcard = dcv_making_node(making, &name);
	return wildcard != NULL ? wildcard : node;
}

/* A set that is absent is answered negatively; where one type takes the other's place, both
 * answers may be cached. */
uint32_t dcv_cached_s(const struct dcv_making *making, const struct dcv_node *node,
	uint16_t type)
{
	const uint16_t types[] = {DCV_TYPE_CNAME,
		type == DCV_TYPE_CNAME ? DCV_TYPE_TXT : type};
	const struct dcv_node *from = answering(making, node);
	uint32_t longest_s = 0;

	if (dcv_node_set(from, type) == NULL)
		longest_s = dcv_view_negative_ttl(making->world->view);
	for (size_t i = 0; i < 2; i++) {
		const struct dcv_rrset *set = dcv_node_set(from, types[i]);

		if (set != NULL && set->ttl_s > longest_s)
			longest_s = set->ttl_s;
	}
	return still_cached_s(making, &node->owner, type, longest_s);
}
