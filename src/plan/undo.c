/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what becomes of a value when a run is taken back: what it brought goes, unless
 * somebody else needs it now; what it took comes back. It does not know the journal. */
#include <string.h>

#include "plan/internal.h"

/* An open order that needs the value, other than the one for whose sake it came. */
static const struct dcv_claim_row *needed_by(const struct dcv_making *making,
	const struct dcv_fact *undone)
{
	const struct dcv_change_row *change = undone->of.change;
	const struct dcv_facts held = dcv_facts_find(&making->held, undone->owner,
		undone->type, undone->rdata);

	for (size_t i = 0; i < held.n; i++) {
		const struct dcv_claim_row *row = held.items[i].of.row;

		if (dcv_fact_protects(making, &held.items[i]) &&
			dcv_compare_numbers(row->ca, row->id, change->ca,
				change->order_id) != 0)
			return row;
	}
	return NULL;
}

static const struct dcv_placement *placement(const struct dcv_making *making,
	const struct dcv_fact *fact)
{
	const struct dcv_facts placed = dcv_facts_find(&making->placed, fact->owner,
		fact->type, fact->rdata);

	return placed.n > 0 ? placed.items[0].of.placement : NULL;
}

static bool stands(const struct dcv_making *making, const struct dcv_fact *fact)
{
	const struct dcv_node *node = dcv_making_node(making, fact->owner);
	const struct dcv_rrset *set = node != NULL ? dcv_node_set(node, fact->type) : NULL;

	return set != NULL && dcv_rrset_has(set, fact->rdata);
}

/* Why a value that the run brought cannot go; NULL: it goes. In the arena, or static. */
static const char *stays_because(const struct dcv_making *making,
	const struct dcv_fact *undone)
{
	const struct dcv_placement *at = placement(making, undone);
	const struct dcv_claim_row *row = needed_by(making, undone);
	const char *why;

	if (!stands(making, undone))
		return "it is gone already";
	if (at == NULL || !at->ours)
		return "it is not dcvctl's any more";
	if (row == NULL)
		return NULL;
	why = dcv_arena_printf(making->arena, "order %s/%s needs it", row->ca, row->id);
	return why != NULL ? why : "another order needs it";
}

static const char *number(const struct dcv_change_row *change, const char *text)
{
	return text != NULL && text[0] != '\0' && change->order_id[0] != '\0' ? text
									      : NULL;
}

bool dcv_undo_classify(const struct dcv_published *p, struct dcv_value *ret)
{
	const struct dcv_facts undone = dcv_facts_find(&p->making->undone, p->owner,
		p->type, p->rdata);
	const struct dcv_facts held = dcv_facts_find(&p->making->held, p->owner, p->type,
		p->rdata);
	const struct dcv_change_row *change;

	ret->kind = DCV_VALUE_FOREIGN;
	ret->reason = "not of the run that is undone: not touched";
	for (size_t i = 0; i < held.n; i++) {
		if (!dcv_fact_protects(p->making, &held.items[i]))
			continue;
		ret->kind = DCV_VALUE_OTHER;
		ret->ca = held.items[i].of.row->ca;
		ret->id = held.items[i].of.row->id;
		ret->reason = dcv_arena_printf(p->making->arena, "order %s/%s needs it",
			ret->ca, ret->id);
	}
	if (undone.n == 0 || stays_because(p->making, &undone.items[0]) != NULL)
		return ret->reason != NULL;
	change = undone.items[0].of.change;
	ret->kind = DCV_VALUE_REMOVE;
	ret->ca = number(change, change->ca);
	ret->id = number(change, change->order_id);
	ret->keep = p->type == DCV_TYPE_CAA ? DCV_KEEP_CAA : DCV_KEEP_ISSUED;
	ret->reason = dcv_arena_printf(p->making->arena, "undo: run %s brought it",
		change->run);
	return ret->reason != NULL;
}

static void warn(const struct dcv_making *making, const struct dcv_fact *fact,
	const char *why)
{
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];
	const char *text = dcv_rdata_dup_text(fact->type, fact->rdata, making->scratch);

	dcv_diag_add(making->diags, DCV_SEV_WARNING, DCV_OK, NULL,
		"look at it, and change it by hand if it is not as it should be",
		"%s %s %.80s: moved since run %s: %s: left as it is",
		dcv_name_text(fact->owner, owner), dcv_type_text(fact->type, type),
		text != NULL ? text : "", fact->of.change->run, why);
}

void dcv_undo_warn(const struct dcv_making *making)
{
	for (size_t i = 0; i < making->undone.n; i++) {
		const struct dcv_fact *fact = &making->undone.items[i];
		const char *why = stays_because(making, fact);

		if (why != NULL)
			warn(making, fact, why);
	}
	for (size_t i = 0; i < making->returning.n; i++) {
		if (stands(making, &making->returning.items[i]))
			warn(making, &making->returning.items[i], "it is back already");
	}
}
