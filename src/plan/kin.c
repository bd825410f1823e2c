/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which claims of the ledger protect their values from a plan: not those of
 * orders that the run writes, replaces or cleans. It knows nothing of what stands in a zone. */
#include <stdlib.h>
#include <string.h>

#include "plan/internal.h"

static int compare_heirs(const void *p, const void *q)
{
	const struct dcv_heir *a = p, *b = q;

	return dcv_compare_numbers(a->of.ca, a->of.id, b->of.ca, b->of.id);
}

static int compare_lineages(const void *p, const void *q)
{
	const struct dcv_subject *a = *(const struct dcv_subject *const *)p;
	const struct dcv_subject *b = *(const struct dcv_subject *const *)q;

	return strcmp(a->order->certificate, b->order->certificate);
}

static int compare_staying(const void *p, const void *q)
{
	return dcv_name_compare(*(const struct dcv_name *const *)p,
		*(const struct dcv_name *const *)q);
}

static bool add_heirs(struct dcv_making *making, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < subject->n_replaced; i++) {
		void *grown = dcv_arena_grow(making->scratch, making->heirs,
			making->n_heirs, sizeof(making->heirs[0]));

		if (grown == NULL)
			return false;
		making->heirs = grown;
		making->heirs[making->n_heirs++] = (struct dcv_heir){subject->replaced[i],
			subject};
	}
	return true;
}

/* Only where copies of a wildcard stand is anybody asked what lies below a name. */
static bool has_copies(const struct dcv_making *making)
{
	for (size_t i = 0; i < making->held.n; i++) {
		if (making->held.items[i].of.row->keep == DCV_KEEP_COPY)
			return true;
	}
	return false;
}

static bool add_staying(struct dcv_making *making)
{
	const struct dcv_facts *held = &making->held, *wanted = &making->wanted;

	if (!has_copies(making))
		return true;
	making->staying = dcv_arena_array(making->scratch, held->n + wanted->n,
		sizeof(making->staying[0]));
	if (making->staying == NULL)
		return false;
	for (size_t i = 0; i < wanted->n; i++)
		making->staying[making->n_staying++] = wanted->items[i].owner;
	for (size_t i = 0; i < held->n; i++) {
		const struct dcv_fact *fact = &held->items[i];

		if (fact->of.row->keep != DCV_KEEP_COPY && dcv_fact_protects(making, fact))
			making->staying[making->n_staying++] = fact->owner;
	}
	if (making->n_staying > 0)
		qsort(making->staying, making->n_staying, sizeof(making->staying[0]),
			compare_staying);
	return true;
}

bool dcv_kin_prepare(struct dcv_making *making)
{
	making->lineages = dcv_arena_array(making->scratch, making->n_subjects,
		sizeof(making->lineages[0]));
	if (making->lineages == NULL)
		return false;
	for (size_t i = 0; i < making->n_subjects; i++) {
		const struct dcv_subject *subject = making->subjects[i];

		if (making->world->mode != DCV_PLAN_APPLY ||
			!dcv_subject_is_wanted(subject))
			continue;
		if (!add_heirs(making, subject))
			return false;
		if (subject->order->certificate != NULL)
			making->lineages[making->n_lineages++] = subject;
	}
	if (making->n_heirs > 0)
		qsort(making->heirs, making->n_heirs, sizeof(making->heirs[0]),
			compare_heirs);
	if (making->n_lineages > 0)
		qsort(making->lineages, making->n_lineages, sizeof(making->lineages[0]),
			compare_lineages);
	return add_staying(making);
}

const struct dcv_subject *dcv_making_heir(const struct dcv_making *making,
	const struct dcv_claim_row *row)
{
	const struct dcv_heir key = {{row->ca, row->id}, NULL}, *found;

	if (making->n_heirs == 0)
		return NULL;
	found = bsearch(&key, making->heirs, making->n_heirs, sizeof(key), compare_heirs);
	return found != NULL ? found->by : NULL;
}

bool dcv_making_has_lineage(const struct dcv_making *making,
	const struct dcv_claim_row *row)
{
	struct dcv_order order = {.certificate = row->certificate};
	const struct dcv_subject subject = {.order = &order}, *key = &subject;

	return row->certificate != NULL && row->certificate[0] != '\0' &&
		making->n_lineages > 0 &&
		bsearch(&key, making->lineages, making->n_lineages, sizeof(key),
			compare_lineages) != NULL;
}

bool dcv_making_needs_below(const struct dcv_making *making, const struct dcv_name *owner)
{
	size_t from = 0, to = making->n_staying;

	/* In canonical order what lies below a name follows it at once. */
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (dcv_name_compare(making->staying[middle], owner) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < making->n_staying &&
		dcv_name_is_within(making->staying[from], owner);
}

/* Retained, and nobody asked that it go. */
static bool is_kept(const struct dcv_making *making, const struct dcv_fact *held)
{
	const struct dcv_claim_row *row = held->of.row;
	const struct dcv_policy *policy = &making->world->policy;

	if (!dcv_keep_retains(row->keep, row->keep_until_s, making->world->now_s))
		return false;
	if (making->world->mode != DCV_PLAN_CLEANUP || held->subject == NULL)
		return true;
	return row->keep == DCV_KEEP_CAA ? !policy->caa : !policy->retained;
}

bool dcv_fact_protects(const struct dcv_making *making, const struct dcv_fact *held)
{
	struct dcv_claim_row row = *held->of.row;

	if (is_kept(making, held))
		return true;
	/* What the run wants of an order, or of the one that takes its place, stands instead of
	 * what the ledger has of it. */
	if (making->world->mode == DCV_PLAN_APPLY &&
		((held->subject != NULL && dcv_subject_is_wanted(held->subject)) ||
			dcv_making_heir(making, &row) != NULL))
		return false;
	row.keep = DCV_KEEP_ISSUED;
	return dcv_claim_protects(&row, making->world->now_s);
}
