/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what excludes each other: CNAME and other data, orders in flight at one
 * owner, leftovers where the service wants to see one value only. */
#include <string.h>

#include "plan/internal.h"

static bool excludes(const struct dcv_order *order, const struct dcv_claim *claim,
	uint16_t type, const struct dcv_rdata *rdata)
{
	if (type == claim->type && dcv_rdata_equal(rdata, &claim->rdata))
		return false;
	if (type == DCV_TYPE_CNAME || claim->type == DCV_TYPE_CNAME)
		return true;
	return type == claim->type && order->service != NULL && !order->service->coexist;
}

/* An open order that this run does not write and that excludes a claim of it. */
static void guard_in_flight(const struct dcv_making *making, const struct dcv_fact *fact,
	const struct dcv_facts *held)
{
	const struct dcv_claim *claim = fact->of.claim;
	char owner[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < held->n; i++) {
		const struct dcv_claim_row *row = held->items[i].of.row;

		if (!dcv_fact_protects(making, &held->items[i]) ||
			!excludes(fact->subject->order, claim, row->type, &row->rdata))
			continue;
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, &claim->place,
			dcv_arena_printf(making->scratch,
				"if that order is over: dcvctl close --issued %s/%s   (or "
				"--cancelled), then this again",
				row->ca, row->id),
			"%s: order %s/%s is in flight there with another value, and both cannot "
			"stand",
			dcv_name_text(&claim->owner, owner), row->ca, row->id);
		return;
	}
}

/* An order of the run, read before, that excludes the claim of another. */
static void guard_rivals(const struct dcv_making *making, const struct dcv_fact *fact,
	const struct dcv_facts *wanted)
{
	const struct dcv_claim *claim = fact->of.claim;
	char owner[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < wanted->n; i++) {
		const struct dcv_subject *rival = wanted->items[i].subject;
		const struct dcv_claim *other = wanted->items[i].of.claim;

		if (rival >= fact->subject ||
			(!excludes(fact->subject->order, claim, other->type,
				 &other->rdata) &&
				!excludes(rival->order, other, claim->type, &claim->rdata)))
			continue;
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_ORDER, &claim->place,
			"apply the newer one alone, after `dcvctl close` of the other",
			"%s: order %s/%s of the same run wants another value there, and both "
			"cannot stand",
			dcv_name_text(&claim->owner, owner), rival->ca, rival->id);
		return;
	}
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

		for (size_t k = 0; k < wanted.n; k++) {
			guard_in_flight(making, &wanted.items[k], &held);
			guard_rivals(making, &wanted.items[k], &wanted);
		}
	}
}

/* The service of an order that wants to see no other value at this owner, or NULL. */
static const struct dcv_service *lonely_service(const struct dcv_making *making,
	const struct dcv_name *owner)
{
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, owner, 0, NULL);

	for (size_t i = 0; i < wanted.n; i++) {
		const struct dcv_service *service = wanted.items[i].subject->order->service;

		if (service != NULL && !service->coexist)
			return service;
	}
	return NULL;
}

static const char *remedy(const struct dcv_making *making, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	const char *argument = dcv_making_argument(making, owner, type, rdata);
	const char *help = NULL;

	if (argument == NULL)
		return "remove that value by hand";
	help = dcv_arena_printf(making->scratch, "again: --previous %s", argument);
	/* Cut off it would name another value. */
	if (help == NULL || strlen(help) >= sizeof(((struct dcv_diag *)NULL)->help))
		return "name the value under `previous:` of the order";
	return help;
}

#define SHOWN_MAX 80 /* of a value in a message */

static void refuse_leftover(const struct dcv_making *making, const struct dcv_edit *edit,
	const struct dcv_value *value, const char *why)
{
	const struct dcv_name *at = &edit->edit.owner;
	uint16_t of = edit->edit.type;
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];
	const char *text = dcv_rdata_dup_text(of, &value->rdata, making->scratch);

	if (text == NULL)
		text = "a value";
	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		dcv_making_place(making, at), remedy(making, at, of, &value->rdata),
		"%s %s: leftover %.*s%s (%s): %s", dcv_name_text(at, owner),
		dcv_type_text(of, type), SHOWN_MAX, text,
		strlen(text) > SHOWN_MAX ? "…" : "", value->reason, why);
	dcv_diag_cause(making->diags, "P03");
}

/* Values of this kind stay, and the orders of the run want them. */
static bool is_wanted(const struct dcv_value *value)
{
	return value->kind == DCV_VALUE_ADD || value->kind == DCV_VALUE_KEEP ||
		value->kind == DCV_VALUE_FOUND;
}

static bool has_wanted(const struct dcv_edit *edit)
{
	for (size_t i = 0; edit != NULL && i < edit->n_values; i++) {
		if (is_wanted(&edit->values[i]))
			return true;
	}
	return false;
}

/* Refuses what stays of a set that a wanted set of the other (or, of two CNAMEs, the same)
 * type excludes: RFC 1034 3.6.2. A lonely service has refused leftovers already. */
static void refuse_beside(const struct dcv_making *making, const struct dcv_edit *edit)
{
	char owner[DCV_NAME_TEXT_MAX];
	bool alias = edit != NULL && edit->edit.type == DCV_TYPE_CNAME;
	bool lonely = edit != NULL && lonely_service(making, &edit->edit.owner) != NULL;

	for (size_t i = 0; edit != NULL && i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];

		if (value->kind == DCV_VALUE_LEFTOVER && !lonely)
			refuse_leftover(making, edit, value,
				"a CNAME stands alone at its owner (RFC 1034 3.6.2)");
		if (value->kind != DCV_VALUE_FOREIGN)
			continue;
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
			dcv_making_place(making, &edit->edit.owner),
			alias ? "write the record where the alias ends, or remove the CNAME"
			      : "use the TXT form of the validation",
			alias ? "%s: the owner is an alias: a CNAME that is not dcvctl's stands there"
			      : "%s: a CNAME cannot stand there: the owner has TXT values that "
				"are not dcvctl's (RFC 1034 3.6.2)",
			dcv_name_text(&edit->edit.owner, owner));
		dcv_diag_cause(making->diags, alias ? "P11" : "P08");
		return;
	}
}

/* Data of other types where a CNAME is wanted. */
static void refuse_other_types(const struct dcv_making *making,
	const struct dcv_node *node)
{
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	for (size_t i = 0; i < node->n_sets; i++) {
		uint16_t other = node->sets[i].type;

		if (other == DCV_TYPE_CNAME || other == DCV_TYPE_TXT)
			continue;
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
			dcv_making_place(making, &node->owner),
			"use the TXT form of the validation, or remove those records",
			"%s: a CNAME cannot stand there: the owner has %s records (RFC 1034 3.6.2)",
			dcv_name_text(&node->owner, owner), dcv_type_text(other, type));
		dcv_diag_cause(making->diags, "P08");
	}
}

static void guard_cname(const struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_edit *txt, const struct dcv_edit *cname)
{
	if (has_wanted(cname)) {
		refuse_other_types(making, node);
		refuse_beside(making, txt);
		refuse_beside(making, cname);
	} else if (has_wanted(txt)) {
		refuse_beside(making, cname);
	}
}

static void guard_leftovers(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_service *service;
	const char *why;

	if (edit == NULL)
		return;
	service = lonely_service(making, &edit->edit.owner);
	if (service == NULL)
		return;
	why = dcv_arena_printf(making->scratch, "%s accepts no value beside its own",
		service->title);
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind == DCV_VALUE_LEFTOVER)
			refuse_leftover(making, edit, &edit->values[i],
				why != NULL ? why : "it must stand alone");
	}
}

static const char by_hand[] =
	"make the change there by hand; dcvctl plan shows its records";

static void guard_fixed(const struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_edit *edit)
{
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	if (edit == NULL || !edit->changes || node->fixed == NULL)
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

static void guard_place(const struct dcv_making *making, const struct dcv_plan *plan,
	const struct dcv_node *node)
{
	const struct dcv_edit *txt = dcv_plan_edit(plan, &node->owner, DCV_TYPE_TXT);
	const struct dcv_edit *cname = dcv_plan_edit(plan, &node->owner, DCV_TYPE_CNAME);

	guard_cname(making, node, txt, cname);
	guard_leftovers(making, cname);
	guard_leftovers(making, txt);
	guard_fixed(making, node, cname);
	guard_fixed(making, node, txt);
}

void dcv_guard_plan(const struct dcv_making *making, const struct dcv_plan *plan)
{
	const struct dcv_zone_view *view = making->world->view;

	if (plan->changes && view->fixed != NULL)
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, NULL, by_hand,
			"%s: cannot be edited: %s", view->place, view->fixed);
	for (size_t i = 0; i < view->n_nodes; i++)
		guard_place(making, plan, &view->nodes[i]);
}
