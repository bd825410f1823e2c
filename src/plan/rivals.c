/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which two values exclude each other at an owner, and that two orders which
 * come with one run must not. It does not know what stands in a zone. */
#include <stdlib.h>
#include <string.h>

#include "plan/internal.h"

/* A claim of an order that comes with this run. */
struct bid {
	const struct dcv_subject *subject;
	const struct dcv_claim *claim;
};

enum dcv_exclusion dcv_excludes(const struct dcv_side *a, const struct dcv_side *b)
{
	if (a->type == b->type && dcv_rdata_equal(a->rdata, b->rdata))
		return DCV_EXCLUDES_NOT;
	if (a->type == DCV_TYPE_CNAME || b->type == DCV_TYPE_CNAME)
		return DCV_EXCLUDES_EVER;
	if (a->type == b->type &&
		(dcv_service_is_lonely(a->service) || dcv_service_is_lonely(b->service)))
		return DCV_EXCLUDES_BY_SERVICE;
	return DCV_EXCLUDES_NOT;
}

struct dcv_side dcv_side_of_claim(const struct dcv_order *order,
	const struct dcv_claim *claim)
{
	return (struct dcv_side){claim->type, &claim->rdata, order->service};
}

/* The ways out of an order in flight. */
const char *dcv_ways_out(struct dcv_arena *arena, const struct dcv_subject *subject,
	const char *ca, const char *id, bool by_service)
{
	const char *both = by_service ? "; if both are meant, side by side: --coexist"
				      : "";
	bool same = strcmp(subject->ca, ca) == 0;
	const char *text = subject->order->unwritten
		? dcv_arena_printf(arena,
			  "if that one is issued, or this order replaces it: dcvctl close --issued "
			  "%s/%s   (or --cancelled), then this again%s",
			  ca, id, both)
		: dcv_arena_printf(arena,
			  "if this order replaces that one: `supersedes: [\"%s%s%s\"]` in it; if "
			  "that one is over: dcvctl close --issued %s/%s   (or --cancelled), then "
			  "this again%s",
			  same ? "" : ca, same ? "" : "/", id, ca, id, both);

	return text != NULL ? text : "dcvctl close --issued CA/NUMBER";
}

static int compare_bids(const void *p, const void *q)
{
	const struct bid *a = p, *b = q;
	int order = dcv_name_compare(&a->claim->owner, &b->claim->owner);

	if (order == 0 && a->subject != b->subject)
		order = a->subject < b->subject ? -1 : 1;
	return order != 0 ? order : (a->claim > b->claim) - (a->claim < b->claim);
}

static bool is_rival(const struct dcv_judging *judging, const struct bid *a,
	const struct bid *b, enum dcv_exclusion *ret)
{
	const struct dcv_side x = dcv_side_of_claim(a->subject->order, a->claim);
	const struct dcv_side y = dcv_side_of_claim(b->subject->order, b->claim);

	*ret = dcv_excludes(&x, &y);
	if (a->subject == b->subject || *ret == DCV_EXCLUDES_NOT)
		return false;
	return *ret == DCV_EXCLUDES_EVER || !judging->policy->coexist;
}

/* "FILE:LINE", as far as it is known. */
const char *dcv_place_text(struct dcv_arena *arena, const struct dcv_place *place)
{
	const char *file = place->file != NULL ? place->file : "the command line";
	const char *text = place->line == 0
		? file
		: dcv_arena_printf(arena, "%s:%u", file, place->line);

	return text != NULL ? text : file;
}

static const char *rival_help(const struct dcv_order *order, enum dcv_exclusion why)
{
	if (order->unwritten)
		return why == DCV_EXCLUDES_EVER
			? "give the newer one alone"
			: "give the newer one alone; if both are meant, side by side: --coexist";
	return why == DCV_EXCLUDES_EVER
		? "let the newer order name the older one: `supersedes: [\"NUMBER\"]`"
		: "let the newer order name the older one: `supersedes: [\"NUMBER\"]`; if "
		  "both are meant, side by side: --coexist";
}

static void refuse(struct dcv_judging *judging, const struct bid *bid,
	const struct bid *rival, enum dcv_exclusion why)
{
	char owner[DCV_NAME_TEXT_MAX];

	dcv_diag_add(judging->diags, DCV_SEV_ERROR, DCV_E_ORDER, &bid->claim->place,
		rival_help(bid->subject->order, why),
		"%s: order %s/%s of the same run (%s) wants another value there, and both "
		"cannot stand",
		dcv_name_text(&bid->claim->owner, owner), rival->subject->ca,
		rival->subject->id, dcv_place_text(judging->arena, &rival->claim->place));
}

/* Of one owner, where nobody minds the others, there is nothing to compare. */
static bool any_minds(const struct bid *bids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bids[i].claim->type == DCV_TYPE_CNAME ||
			dcv_service_is_lonely(bids[i].subject->order->service))
			return bids[0].subject != bids[n - 1].subject;
	}
	return false;
}

static void judge_owner(struct dcv_judging *judging, const struct bid *bids, size_t n)
{
	enum dcv_exclusion why;

	if (!any_minds(bids, n))
		return;
	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!is_rival(judging, &bids[i], &bids[k], &why))
				continue;
			refuse(judging, &bids[i], &bids[k], why);
			break;
		}
	}
}

static bool add_bids(struct dcv_judging *judging, const struct dcv_subject *subject,
	struct bid **bids, size_t *n)
{
	for (size_t i = 0; i < subject->order->n_claims; i++) {
		void *grown = dcv_arena_grow(judging->arena, *bids, *n, sizeof(**bids));

		if (grown == NULL)
			return false;
		*bids = grown;
		(*bids)[(*n)++] = (struct bid){subject, &subject->order->claims[i]};
	}
	return true;
}

bool dcv_judge_rivals(struct dcv_judging *judging)
{
	struct bid *bids = NULL;
	size_t n = 0, first = 0;

	for (size_t i = 0; i < judging->n; i++) {
		if (dcv_subject_is_incoming(&judging->subjects[i], judging->now_s) &&
			!add_bids(judging, &judging->subjects[i], &bids, &n))
			return false;
	}
	if (n == 0)
		return true;
	qsort(bids, n, sizeof(bids[0]), compare_bids);
	for (size_t i = 1; i <= n; i++) {
		if (i < n &&
			dcv_name_equal(&bids[i].claim->owner, &bids[first].claim->owner))
			continue;
		judge_owner(judging, bids + first, i - first);
		first = i;
	}
	return true;
}
