/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the smallest change of a CAA set that permits the CA of an order: a value
 * beside those that stand, where they leave room for it. */
#include <string.h>

#include "plan/caa_making.h"

void dcv_caa_note_change(struct dcv_caa_making *making, struct dcv_caa_spot *spot,
	const struct dcv_rdata *rdata, bool adds, const struct dcv_subject *subject)
{
	struct dcv_caa_change *changes = dcv_arena_grow(making->arena, spot->changes,
		spot->n_changes, sizeof(changes[0]));

	if (changes == NULL) {
		making->no_memory = true;
		return;
	}
	changes[spot->n_changes++] = (struct dcv_caa_change){*rdata, adds, subject};
	spot->changes = changes;
	spot->text = NULL;
}

bool dcv_caa_is_rival(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const char *what)
{
	const struct dcv_subject *rival = spot->exact;
	char owner[DCV_NAME_TEXT_MAX];

	if (rival == NULL)
		return false;
	dcv_caa_tell(of, DCV_SEV_ERROR, "",
		"let both orders ask for the same records, or leave `caa: exact` to one",
		dcv_caa_printf(making,
			"order %s/%s of the same run makes the CAA set at %s exactly its own: %s",
			rival->ca, rival->id, dcv_name_text(&spot->node->owner, owner),
			what));
	return true;
}

static bool has_value(const struct dcv_caa_spot *spot, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < spot->n; i++) {
		if (dcv_rdata_equal(&spot->values[i], rdata))
			return true;
	}
	return false;
}

static void add(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	struct dcv_caa_spot *spot, const struct dcv_rdata *rdata)
{
	struct dcv_rdata *values;

	if (has_value(spot, rdata))
		return;
	values = dcv_arena_array(making->arena, spot->n + 1, sizeof(values[0]));
	if (values == NULL) {
		making->no_memory = true;
		return;
	}
	memcpy(values, spot->values, spot->n * sizeof(values[0]));
	values[spot->n] = *rdata;
	dcv_caa_note_change(making, spot, rdata, true, of->ask->subject);
	spot->values = values;
	spot->n++;
}

/* The records that the order gives for the tag; without any, the name of the CA. */
static void add_wanted(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	struct dcv_caa_spot *spot)
{
	const struct dcv_order *order = of->ask->subject->order;
	const char *tag = dcv_caa_tag(of, spot);
	struct dcv_rdata rdata;

	for (size_t i = 0; i < order->n_caa; i++) {
		if (strcmp(order->caa_records[i].tag, tag) == 0)
			add(making, of, spot, &order->caa_records[i].rdata);
	}
	if (order->n_caa > 0)
		return;
	if (dcv_caa_make(tag, order->ca->caa, making->arena, &rdata, NULL) == DCV_OK)
		add(making, of, spot, &rdata);
	else
		making->no_memory = true;
}

/* The record that permits already is another order's: this one needs it too from now on, so that
 * the end of that order does not take it away. */
static void claim_what_permits(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, struct dcv_caa_spot *spot,
	const struct dcv_caa_result *result)
{
	const struct dcv_rdata *rdata;
	bool others = false;

	if (result->record >= spot->n)
		return;
	rdata = &spot->values[result->record];
	for (size_t i = 0; i < making->world->n_held; i++) {
		const struct dcv_claim_row *row = &making->world->held[i];

		if (row->type != DCV_TYPE_CAA ||
			!dcv_name_equal(&row->owner, &spot->node->owner) ||
			!dcv_rdata_equal(&row->rdata, rdata))
			continue;
		others = true;
		if (strcmp(row->ca, of->ask->subject->ca) == 0 &&
			strcmp(row->id, of->ask->subject->id) == 0)
			return;
	}
	if (others)
		dcv_caa_note_change(making, spot, rdata, true, of->ask->subject);
}

static void permit(struct dcv_caa_making *making, struct dcv_caa_case *of)
{
	const struct dcv_caa_found found = dcv_caa_find(making, &of->base);
	const char *cause, *help, *why;
	struct dcv_caa_result result;

	if (found.kind == DCV_CAA_AT_UNKNOWN)
		dcv_caa_tell_unknown(making, of, &found);
	if (found.kind != DCV_CAA_AT_SPOT)
		return;
	result = dcv_caa_judge_at(making, of, found.spot);
	if (result.verdict == DCV_CAA_PERMITS)
		claim_what_permits(making, of, found.spot, &result);
	/* Beside a value that only some CAs read, another one is not the remedy. */
	if (result.verdict != DCV_CAA_DENIES &&
		!(result.verdict == DCV_CAA_VARIES && strcmp(result.cause, "C55") == 0))
		return;
	if (dcv_caa_is_rival(making, of, found.spot, "caa: permit adds nothing to it"))
		return;
	why = dcv_caa_obstacle(making, of, found.spot, &result, &cause, &help);
	if (why != NULL)
		dcv_caa_tell_obstacle(making, of, found.spot, cause, help, why);
	else
		add_wanted(making, of, found.spot);
}

void dcv_caa_permit_all(struct dcv_caa_making *making, bool preflight)
{
	for (size_t i = 0; i < making->n_cases; i++) {
		struct dcv_caa_case *of = &making->cases[i];

		if (of->ask->preflight == preflight &&
			of->ask->subject->order->caa == DCV_CAA_PERMIT)
			permit(making, of);
	}
}
