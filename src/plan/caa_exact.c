/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an order makes a CAA set exactly what it says, and where it may not. */
#include <stdlib.h>
#include <string.h>

#include "plan/caa_making.h"

static bool lists(const struct dcv_rdata *values, size_t n, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_rdata_equal(&values[i], rdata))
			return true;
	}
	return false;
}

static bool same_order(const struct dcv_subject *subject, const struct dcv_claim_row *row)
{
	return strcmp(subject->ca, row->ca) == 0 && strcmp(subject->id, row->id) == 0;
}

/* An open order that brought the value and is not replaced by this one. What closed orders
 * left is kept until somebody wants the set otherwise: now. */
static const struct dcv_claim_row *holder(const struct dcv_caa_making *making,
	const struct dcv_caa_spot *spot, const struct dcv_rdata *rdata,
	const struct dcv_subject *subject)
{
	const struct dcv_caa_world *world = making->world;

	for (size_t i = 0; i < world->n_held; i++) {
		const struct dcv_claim_row *row = &world->held[i];

		if (row->type == DCV_TYPE_CAA && dcv_rdata_equal(&row->rdata, rdata) &&
			dcv_name_equal(&row->owner, &spot->node->owner) &&
			dcv_state_is_open(row->state) &&
			(row->expires == 0 || world->now_s <= row->expires) &&
			!same_order(subject, row) &&
			!dcv_plan_supersedes(subject, row->ca, row->id))
			return row;
	}
	return NULL;
}

static void tell_holder(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const struct dcv_rdata *rdata,
	const struct dcv_claim_row *row)
{
	const char *value = dcv_rdata_dup_text(DCV_TYPE_CAA, rdata, making->arena);
	char owner[DCV_NAME_TEXT_MAX];

	dcv_caa_tell(of, DCV_SEV_ERROR, "",
		dcv_caa_printf(making,
			"put the value among the records of `caa:`; or, if that order is over: "
			"dcvctl close --issued %s/%s   (or --cancelled), then this again",
			row->ca, row->id),
		dcv_caa_printf(making,
			"caa: exact takes %s at %s away, which order %s/%s brought and needs",
			value != NULL ? value : "a value",
			dcv_name_text(&spot->node->owner, owner), row->ca, row->id));
}

static bool is_issue(const struct dcv_caa_want *want)
{
	return strcmp(want->tag, "issue") == 0 || strcmp(want->tag, "issuewild") == 0;
}

static bool has_issue(const struct dcv_order *order)
{
	for (size_t i = 0; i < order->n_caa; i++) {
		if (is_issue(&order->caa_records[i]))
			return true;
	}
	return false;
}

static bool wants(const struct dcv_order *order, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < order->n_caa; i++) {
		if (dcv_rdata_equal(&order->caa_records[i].rdata, rdata))
			return true;
	}
	return false;
}

static bool wants_same(const struct dcv_order *a, const struct dcv_order *b)
{
	for (size_t i = 0; i < a->n_caa; i++) {
		if (!wants(b, &a->caa_records[i].rdata))
			return false;
	}
	for (size_t i = 0; i < b->n_caa; i++) {
		if (!wants(a, &b->caa_records[i].rdata))
			return false;
	}
	return true;
}

static void make_exact(struct dcv_caa_making *making, struct dcv_caa_case *of,
	struct dcv_caa_spot *spot)
{
	const struct dcv_subject *subject = of->ask->subject;
	const struct dcv_order *order = subject->order;
	struct dcv_rdata *values = dcv_arena_array(making->arena, order->n_caa,
		sizeof(values[0]));
	size_t n = 0;

	if (values == NULL) {
		making->no_memory = true;
		return;
	}
	for (size_t i = 0; i < spot->n; i++) {
		const struct dcv_claim_row *row;

		if (wants(order, &spot->values[i]))
			continue;
		row = holder(making, spot, &spot->values[i], subject);
		if (row != NULL)
			tell_holder(making, of, spot, &spot->values[i], row);
		dcv_caa_note_change(making, spot, &spot->values[i], false, subject);
	}
	for (size_t i = 0; i < order->n_caa; i++) {
		const struct dcv_rdata *rdata = &order->caa_records[i].rdata;

		if (lists(values, n, rdata))
			continue;
		values[n++] = *rdata;
		if (!lists(spot->values, spot->n, rdata))
			dcv_caa_note_change(making, spot, rdata, true, subject);
	}
	spot->values = values;
	spot->n = n;
	spot->text = NULL;
	spot->exact = subject;
}

/* `allow` of the zone replaces what an order may write: then a set comes only where it names
 * the owner in full. */
static bool is_allowed(const struct dcv_caa_zone *zone, const struct dcv_name *owner)
{
	for (size_t i = 0; i < zone->n_allow; i++) {
		size_t len = strlen(zone->allow[i]);
		struct dcv_name name;

		if (len > 0 && zone->allow[i][len - 1] == '.' &&
			dcv_name_from(zone->allow[i], &name, NULL) == DCV_OK &&
			dcv_name_equal(&name, owner))
			return true;
	}
	return !zone->has_allow;
}

/* Where no set governs yet, the name itself gets one, if the zone can carry it. */
static struct dcv_caa_spot *new_spot(struct dcv_caa_making *making,
	struct dcv_caa_case *of)
{
	const struct dcv_caa_bound *bound = dcv_caa_bound_of(making, &of->base);
	struct dcv_caa_spot *spot = dcv_caa_spot_at(bound, &of->base);
	const char *cause = "",
		   *help = "write the set where you want it by hand, then caa: check";
	const char *why = NULL;

	if (spot == NULL) { /* its wildcard was read, it was not */
		why = "its owner was not read from the zone";
	} else if (spot->node->wildcard) {
		why = "the name answers through a wildcard today and would go dark (RFC 4592)";
		cause = "P17";
	} else if (dcv_node_set(spot->node, DCV_TYPE_CNAME) != NULL) {
		why = "the name is an alias, beside which nothing can stand (RFC 1034 3.6.2)";
		cause = "P08";
	} else if (spot->node->generated != NULL) {
		why = spot->node->generated;
	} else if (!is_allowed(spot->zone, &of->base)) {
		why = "`allow` of the zone does not name it";
		help = "name it in `allow` of the zone in full, with the final dot";
	}
	if (why == NULL)
		return spot;
	dcv_caa_tell(of, DCV_SEV_ERROR, cause, help,
		dcv_caa_printf(making, "caa: exact cannot put a set there: %s", why));
	return NULL;
}

static void exact(struct dcv_caa_making *making, struct dcv_caa_case *of)
{
	const struct dcv_order *order = of->ask->subject->order;
	const struct dcv_caa_found found = dcv_caa_find(making, &of->base);
	struct dcv_caa_spot *spot = found.spot;

	if (!has_issue(order)) {
		dcv_caa_tell(of, DCV_SEV_ERROR, "",
			"give records with the tag issue or issuewild under `caa:`",
			"caa: exact without a record that says who may issue");
		return;
	}
	if (found.kind == DCV_CAA_AT_UNKNOWN) {
		dcv_caa_tell_unknown(making, of, &found);
		return;
	}
	if (spot == NULL)
		spot = new_spot(making, of);
	if (spot == NULL ||
		(spot->exact != NULL && wants_same(spot->exact->order, order)) ||
		dcv_caa_is_rival(making, of, spot, "both cannot stand"))
		return;
	make_exact(making, of, spot);
}

/* From the top down: a set that comes at a name governs the names below it. */
static int compare_depth(const void *a, const void *b)
{
	const struct dcv_caa_case *one = *(struct dcv_caa_case *const *)a;
	const struct dcv_caa_case *other = *(struct dcv_caa_case *const *)b;
	unsigned depth = dcv_name_labels(&one->base),
		 other_depth = dcv_name_labels(&other->base);

	if (depth != other_depth)
		return depth < other_depth ? -1 : 1;
	return one < other ? -1 : one > other;
}

void dcv_caa_exact_all(struct dcv_caa_making *making, bool preflight)
{
	struct dcv_caa_case **cases = dcv_arena_array(&making->work, making->n_cases,
		sizeof(struct dcv_caa_case *));
	size_t n = 0;

	if (cases == NULL) {
		making->no_memory = true;
		return;
	}
	for (size_t i = 0; i < making->n_cases; i++) {
		struct dcv_caa_case *of = &making->cases[i];

		if (of->ask->preflight == preflight &&
			of->ask->subject->order->caa == DCV_CAA_EXACT)
			cases[n++] = of;
	}
	if (n > 0)
		qsort(cases, n, sizeof(struct dcv_caa_case *), compare_depth);
	for (size_t i = 0; i < n; i++)
		exact(making, cases[i]);
}
