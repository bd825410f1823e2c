/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what stands in the way of a plan at an owner: orders in flight, what is kept,
 * data beside a CNAME, sets that cannot be edited. */
#include "plan/internal.h"

/* An order in the way of a claim: of the ledger (row), or another one of this run. */
struct obstacle {
	const char *ca, *id;
	const struct dcv_service *service;
	const struct dcv_claim_row *row; /* NULL: of this run */
	enum dcv_exclusion exclusion;
};

/* What is kept though its order is closed is nobody's flight. */
static bool is_retained(const struct dcv_making *making, const struct dcv_claim_row *row)
{
	return row != NULL &&
		dcv_keep_retains(row->keep, row->keep_until_s, making->world->now_s);
}

static const char *obstacle_help(const struct dcv_making *making,
	const struct dcv_fact *fact, const struct obstacle *in_way)
{
	const char *text = NULL;

	if (in_way->exclusion == DCV_EXCLUDES_BY_SERVICE)
		return "again: --coexist";
	if (!is_retained(making, in_way->row))
		return dcv_ways_out(making->scratch, fact->subject, in_way->ca,
			in_way->id, false);
	text = dcv_arena_printf(making->scratch,
		"if nobody needs it any more: dcvctl cleanup --retained %s/%s",
		in_way->ca, in_way->id);
	return text != NULL ? text : "dcvctl cleanup --retained CA/NUMBER";
}

/* Where the help is the option that lets both stand, the other ways out are in the text. */
static const char *obstacle_why(const struct dcv_making *making,
	const struct dcv_fact *fact, const struct obstacle *in_way)
{
	const struct dcv_service *service = fact->subject->order->service;
	const char *text = NULL;

	if (in_way->exclusion != DCV_EXCLUDES_BY_SERVICE)
		return "both cannot stand";
	if (!dcv_service_is_lonely(service))
		service = in_way->service;
	if (service != NULL)
		text = dcv_arena_printf(making->scratch,
			"%s accepts no value beside its own. %s", service->title,
			dcv_ways_out(making->scratch, fact->subject, in_way->ca,
				in_way->id, true));
	return text != NULL ? text : "its service accepts no value beside its own";
}

static void refuse_obstacle(const struct dcv_making *making, const struct dcv_fact *fact,
	const struct obstacle *in_way)
{
	const struct dcv_claim *claim = fact->of.claim;
	char owner[DCV_NAME_TEXT_MAX];

	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, &claim->place,
		obstacle_help(making, fact, in_way),
		is_retained(making, in_way->row)
			? "%s: a record of order %s/%s is kept there though the order is over, and %s"
			: "%s: order %s/%s is in flight there with another value, and %s",
		dcv_name_text(&claim->owner, owner), in_way->ca, in_way->id,
		obstacle_why(making, fact, in_way));
}

/* Does it stop this order? One that stands there already as it is asks for nothing new, so only
 * what cannot be at all does. */
static bool stops(const struct dcv_making *making, const struct dcv_fact *fact,
	enum dcv_exclusion exclusion)
{
	if (exclusion == DCV_EXCLUDES_BY_SERVICE)
		return fact->subject->judgement != DCV_JUDGED_SAME &&
			!making->world->policy.coexist;
	return exclusion == DCV_EXCLUDES_EVER;
}

/* An open order, or a record that is kept, of which this run writes nothing. */
static void guard_held(const struct dcv_making *making, const struct dcv_fact *fact,
	const struct dcv_facts *held)
{
	const struct dcv_side side = dcv_side_of_claim(fact->subject->order,
		fact->of.claim);
	struct obstacle last = {.ca = NULL};

	for (size_t i = 0; i < held->n; i++) {
		const struct dcv_claim_row *row = held->items[i].of.row;
		const struct dcv_service *service = row->service != NULL
			? dcv_service_find(row->service)
			: NULL;
		const struct obstacle in_way = {row->ca, row->id, service, row,
			dcv_excludes(&side,
				&(struct dcv_side){row->type, &row->rdata, service})};

		if (row->keep == DCV_KEEP_CAA || !stops(making, fact, in_way.exclusion) ||
			!dcv_fact_protects(making, &held->items[i]) ||
			(last.ca != NULL &&
				dcv_compare_numbers(row->ca, row->id, last.ca, last.id) ==
					0))
			continue;
		refuse_obstacle(making, fact, &in_way);
		last = in_way;
	}
}

/* Of two orders of the run the one that is new to the owner gives way: the one that comes, or
 * has other records than before. Two that come were judged before any zone was looked at. */
static bool gives_way(const struct dcv_making *making, const struct dcv_subject *subject,
	const struct dcv_subject *other)
{
	if (dcv_subject_is_incoming(other, making->world->now_s))
		return false;
	if (subject->judgement == DCV_JUDGED_SAME)
		return other->judgement == DCV_JUDGED_SAME && subject > other;
	return true;
}

static void guard_known(const struct dcv_making *making, const struct dcv_fact *fact,
	const struct dcv_facts *wanted)
{
	const struct dcv_order *order = fact->subject->order;
	const struct dcv_side side = dcv_side_of_claim(order, fact->of.claim);

	for (size_t i = 0; i < wanted->n; i++) {
		const struct dcv_subject *subject = wanted->items[i].subject;
		const struct dcv_side other = dcv_side_of_claim(subject->order,
			wanted->items[i].of.claim);
		const struct obstacle in_way = {subject->ca, subject->id, other.service,
			NULL, dcv_excludes(&side, &other)};

		if (subject == fact->subject || !stops(making, fact, in_way.exclusion) ||
			!gives_way(making, fact->subject, subject))
			continue;
		refuse_obstacle(making, fact, &in_way);
		return;
	}
}

/* Where no CNAME is and no service minds, values stand beside each other. */
static bool any_minds(const struct dcv_facts *wanted, const struct dcv_facts *held)
{
	for (size_t i = 0; i < wanted->n; i++) {
		if (wanted->items[i].type == DCV_TYPE_CNAME ||
			dcv_service_is_lonely(wanted->items[i].subject->order->service))
			return true;
	}
	for (size_t i = 0; i < held->n; i++) {
		const char *service = held->items[i].of.row->service;

		if (held->items[i].type == DCV_TYPE_CNAME ||
			(service != NULL &&
				dcv_service_is_lonely(dcv_service_find(service))))
			return true;
	}
	return false;
}

void dcv_guard_orders(const struct dcv_making *making)
{
	const struct dcv_zone_view *view = making->world->view;

	for (size_t i = 0; i < view->n_nodes; i++) {
		const struct dcv_name *owner = &view->nodes[i].owner;
		const struct dcv_facts held = dcv_facts_find(&making->held, owner, 0,
			NULL);
		const struct dcv_facts wanted = dcv_facts_find(&making->wanted, owner, 0,
			NULL);

		if (wanted.n == 0 || !any_minds(&wanted, &held))
			continue;
		for (size_t k = 0; k < wanted.n; k++) {
			guard_held(making, &wanted.items[k], &held);
			guard_known(making, &wanted.items[k], &wanted);
		}
	}
}

/* Values of this kind stay, and the orders of the run want them. */
static bool is_wanted(const struct dcv_value *value)
{
	return value->kind == DCV_VALUE_ADD || value->kind == DCV_VALUE_KEEP ||
		value->kind == DCV_VALUE_FOUND;
}

static size_t count_wanted(const struct dcv_edit *edit)
{
	size_t n = 0;

	for (size_t i = 0; edit != NULL && i < edit->n_values; i++)
		n += is_wanted(&edit->values[i]);
	return n;
}

/* Where the alias leads, for people. */
static const char *target_text(const struct dcv_making *making,
	const struct dcv_value *value)
{
	const char *text = dcv_rdata_dup_text(DCV_TYPE_CNAME, &value->rdata,
		making->scratch);

	return text != NULL ? text : "another name";
}

static void refuse_foreign(const struct dcv_making *making, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	bool alias = edit->edit.type == DCV_TYPE_CNAME;
	char owner[DCV_NAME_TEXT_MAX];

	dcv_name_text(&edit->edit.owner, owner);
	if (alias)
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
			dcv_making_place(making, &edit->edit.owner),
			"write the record where the alias ends, or remove the CNAME",
			"%s: the owner is an alias: %s -> %s: a CNAME that is not dcvctl's stands "
			"there",
			owner, owner, target_text(making, value));
	else
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
			dcv_making_place(making, &edit->edit.owner),
			"use the TXT form of the validation",
			"%s: a CNAME cannot stand there: the owner has TXT values that are not "
			"dcvctl's (RFC 1034 3.6.2)",
			owner);
	dcv_diag_cause(making->diags, alias ? "P11" : "P08");
}

/* When a run is undone no order is written, so none was found in the way before. */
static void refuse_other(const struct dcv_making *making, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	char owner[DCV_NAME_TEXT_MAX];

	if (making->world->mode != DCV_PLAN_UNDO)
		return;
	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, NULL,
		"close the order that needs it, if it is over, then this again",
		"%s: what was there before the run cannot come back: %s, and a CNAME stands alone "
		"at its owner (RFC 1034 3.6.2)",
		dcv_name_text(&edit->edit.owner, owner), value->reason);
}

/* Refuses what stays of a set that a wanted set of the other (or, of two CNAMEs, the same)
 * type excludes: RFC 1034 3.6.2. A lonely service has refused leftovers already. */
static void refuse_beside(const struct dcv_making *making, const struct dcv_edit *edit)
{
	bool lonely = edit != NULL && dcv_lonely_at(making, &edit->edit.owner) != NULL;

	for (size_t i = 0; edit != NULL && i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];

		if (value->kind == DCV_VALUE_LEFTOVER && !lonely) {
			dcv_refuse_leftover(making, edit, value,
				"a CNAME stands alone at its owner (RFC 1034 3.6.2)");
			dcv_diag_cause(making->diags, "P08");
		}
		if (value->kind == DCV_VALUE_OTHER)
			refuse_other(making, edit, value);
		if (value->kind == DCV_VALUE_FOREIGN) {
			refuse_foreign(making, edit, value);
			return;
		}
	}
}

/* Data of a type that is neither CNAME nor TXT stay or come where a CNAME does. */
static void refuse_other_type(const struct dcv_making *making,
	const struct dcv_name *owner, uint16_t other)
{
	char text[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		dcv_making_place(making, owner),
		"use the TXT form of the validation, or remove those records",
		"%s: a CNAME cannot stand there: the owner has %s records (RFC 1034 3.6.2)",
		dcv_name_text(owner, text), dcv_type_text(other, type));
	dcv_diag_cause(making->diags, "P08");
}

/* What an edit leaves of its set. */
static bool leaves_any(const struct dcv_edit *edit)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind != DCV_VALUE_REMOVE)
			return true;
	}
	return false;
}

static void refuse_other_types(const struct dcv_making *making,
	const struct dcv_plan *plan, const struct dcv_node *node)
{
	for (size_t i = 0; i < node->n_sets; i++) {
		uint16_t other = node->sets[i].type;
		const struct dcv_edit *edit = dcv_plan_edit(plan, &node->owner, other);

		if (other != DCV_TYPE_CNAME && other != DCV_TYPE_TXT &&
			(edit == NULL || leaves_any(edit)))
			refuse_other_type(making, &node->owner, other);
	}
}

/* More than one value is to stand there, and one is a CNAME: an order's own value beside a copy
 * of the wildcard's, or what an undone run took. Orders that want both have been told. */
static void refuse_both(const struct dcv_making *making, const struct dcv_edit *txt,
	const struct dcv_edit *cname)
{
	const enum dcv_plan_mode mode = making->world->mode;
	const struct dcv_name *at = &cname->edit.owner;
	char owner[DCV_NAME_TEXT_MAX];

	if (count_wanted(txt) + count_wanted(cname) < 2 ||
		(mode != DCV_PLAN_UNDO &&
			dcv_facts_find(&making->copied, at, 0, NULL).n == 0))
		return;
	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		dcv_making_place(making, at),
		mode == DCV_PLAN_UNDO ? "make the change there by hand"
				      : "validate at the parent, or say --shadow accept",
		"%s: a CNAME and another value cannot both come there (RFC 1034 3.6.2)",
		dcv_name_text(at, owner));
	dcv_diag_cause(making->diags, "P08");
}

/* CAA or a copy is to come where a CNAME stays that nobody asked for. */
static void refuse_below_alias(const struct dcv_making *making,
	const struct dcv_plan *plan, const struct dcv_node *node)
{
	const struct dcv_rrset *set = dcv_node_set(node, DCV_TYPE_CNAME);
	const struct dcv_edit *cname = dcv_plan_edit(plan, &node->owner, DCV_TYPE_CNAME);
	const struct dcv_facts *sources[] = {&making->permitted, &making->copied,
		&making->returning};

	if (set == NULL || (cname != NULL && !leaves_any(cname)) ||
		count_wanted(cname) > 0)
		return;
	for (size_t s = 0; s < sizeof(sources) / sizeof(sources[0]); s++) {
		const struct dcv_facts found = dcv_facts_find(sources[s], &node->owner, 0,
			NULL);

		for (size_t i = 0; i < found.n; i++) {
			if (found.items[i].type == DCV_TYPE_CNAME ||
				found.items[i].type == DCV_TYPE_TXT)
				continue;
			refuse_other_type(making, &node->owner, found.items[i].type);
			return;
		}
	}
}

static void guard_cname(const struct dcv_making *making, const struct dcv_plan *plan,
	const struct dcv_node *node)
{
	const struct dcv_edit *txt = dcv_plan_edit(plan, &node->owner, DCV_TYPE_TXT);
	const struct dcv_edit *cname = dcv_plan_edit(plan, &node->owner, DCV_TYPE_CNAME);

	if (count_wanted(cname) > 0) {
		refuse_other_types(making, plan, node);
		refuse_both(making, txt, cname);
		refuse_beside(making, txt);
		refuse_beside(making, cname);
	} else if (count_wanted(txt) > 0) {
		refuse_beside(making, cname);
	}
	refuse_below_alias(making, plan, node);
}

static const char by_hand[] =
	"make the change there by hand; dcvctl plan shows its records";

static void guard_fixed(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_node *node = dcv_making_node(making, &edit->edit.owner);
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	if (!edit->changes || node == NULL || node->fixed == NULL)
		return;
	for (size_t i = 0; i < node->n_sets; i++) {
		if (node->sets[i].type != edit->edit.type || node->fixed[i] == NULL)
			continue;
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
			dcv_making_place(making, &node->owner), by_hand,
			"%s %s: cannot be edited: %s",
			dcv_name_text(&edit->edit.owner, owner),
			dcv_type_text(edit->edit.type, type), node->fixed[i]);
	}
}

void dcv_guard_plan(const struct dcv_making *making, const struct dcv_plan *plan)
{
	const struct dcv_zone_view *view = making->world->view;

	if (plan->changes && view->fixed != NULL)
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, NULL, by_hand,
			"%s: cannot be edited: %s", view->place, view->fixed);
	for (size_t i = 0; making->world->mode != DCV_PLAN_CLEANUP && i < view->n_nodes;
		i++)
		guard_cname(making, plan, &view->nodes[i]);
	for (size_t i = 0; i < plan->n_edits; i++) {
		if (plan->edits[i].edit.type == DCV_TYPE_CNAME ||
			plan->edits[i].edit.type == DCV_TYPE_TXT)
			dcv_guard_leftovers(making, &plan->edits[i]);
		guard_fixed(making, &plan->edits[i]);
		dcv_guard_limits(making, &plan->edits[i]);
	}
}
