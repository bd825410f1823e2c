/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what CAA has against the order, by each view: the authoritative servers, and a
 * resolver as the CA's. */
#include <string.h>

#include "base/shell.h"
#include "check/diagnose_parts.h"

#define HOURS_8_S 28800 /* for which a CA may use what it saw: BR 3.2.2.8 */

/* One climb, by one view. */
struct view {
	struct dcv_diagnosing *making;
	const struct dcv_symptom_caa *of;
	const struct dcv_caa_result *result;
	size_t n;
	const struct dcv_caa_step *steps;
	bool eye;
};

static const char *name_of(const struct view *view)
{
	return dcv_diagnosing_printf(view->making, "%s%s", view->of->wildcard ? "*." : "",
		dcv_diagnosing_name(view->making, &view->of->name));
}

/* The name where the set of a step stands: itself, or the end of its alias. */
static const struct dcv_name *place_of(const struct view *view, size_t step,
	bool *ret_alias)
{
	const struct dcv_name *place = view->steps[step].at;

	if (view->eye && view->of->eye_climb->answers[step]->canonical != NULL)
		place = view->of->eye_climb->answers[step]->canonical;
	if (!view->eye && view->of->climb->looks[step]->n_hops > 1) {
		const struct dcv_look *look = view->of->climb->looks[step];

		place = look->hops[look->n_hops - 1].owner;
	}
	*ret_alias = !dcv_name_equal(place, view->steps[step].at);
	return place;
}

static const char *set_text(const struct view *view, size_t step)
{
	const char *list = NULL;

	for (size_t i = 0; i < view->steps[step].n; i++)
		list = dcv_diagnosing_join(view->making, list,
			dcv_diagnosing_rdata(view->making, DCV_TYPE_CAA,
				&view->steps[step].rdata[i]));
	return list != NULL ? list : "";
}

/* What to add to a set that is a wildcard's; NULL: it stands at the name itself, or it is not by
 * adding that it is cured. */
static const char *wildcard_remedy(const struct view *view, const char *at)
{
	const struct dcv_ca *ca = view->making->symptoms->ca;
	const char *id = view->result->cause;

	if (!view->of->by_wildcard || ca == NULL || strcmp(id, "C53") == 0 ||
		strcmp(id, "C55") == 0)
		return NULL;
	return dcv_diagnosing_printf(view->making,
		"help: add `CAA 0 %s \"%s\"` to the wildcard that answers for %s; at the name itself "
		"it would hide all that the wildcard has",
		strcmp(id, "C51") == 0 ? "issuewild" : "issue", ca->caa, at);
}

static void tell_set(const struct view *view)
{
	struct dcv_diagnosing *making = view->making;
	const struct dcv_symptoms *order = making->symptoms;
	size_t step = view->result->step;
	bool denies = view->result->verdict == DCV_CAA_DENIES, alias;
	const struct dcv_name *place = place_of(view, step, &alias);
	const char *at = dcv_diagnosing_name(making, place);
	bool elsewhere = alias || !dcv_name_equal(place, &view->of->name);
	const char *id = view->result->cause;

	if (denies && elsewhere && strcmp(id, "C50") == 0)
		id = "C52";
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = id,
			.note = !denies,
			.where = &view->of->name,
			.text = dcv_diagnosing_printf(making,
				"%s: the CAA set at %s%s %s %s%s: %s", name_of(view), at,
				view->of->by_wildcard ? " (a wildcard's)" : "",
				denies ? "does not permit" : "may not permit",
				order->ca_title != NULL ? order->ca_title : "the CA",
				view->eye ? " (by the CA's eye)" : "", view->result->why),
			.seen = dcv_diagnosing_printf(making, "%s. CAA %s", at,
				set_text(view, step)),
			.remedy = wildcard_remedy(view, at),
			.blanks = {.owner = dcv_diagnosing_name(making, &view->of->name),
				/* Nobody adds a record to the set of a top-level domain. */
				.place = dcv_name_labels(place) < 2
					? dcv_diagnosing_name(making, &view->of->name)
					: at,
				.issuer = order->ca != NULL ? order->ca->caa : NULL,
				.order = order->order}});
}

/* Why a step failed. */
static const char *failure_of(const struct view *view, size_t step)
{
	if (view->eye) {
		const struct dcv_eye_answer *answer = view->of->eye_climb->answers[step];

		return dcv_diagnosing_printf(view->making, "%s%s%s",
			dcv_eye_text(answer->state), answer->why[0] != '\0' ? ": " : "",
			answer->why);
	}
	return view->of->climb->looks[step]->why != NULL
		? view->of->climb->looks[step]->why
		: dcv_look_end_text(view->of->climb->looks[step]->end);
}

/* A record of the order has met the same: its text ends in the gate's. */
static bool is_told(const struct dcv_diagnosing *making, const struct dcv_eye_gate *gate)
{
	size_t len = strlen(gate->why);

	for (size_t i = 0; i < making->n; i++) {
		const struct dcv_finding *finding = &making->findings[i];
		size_t n = strlen(finding->text);

		if (strcmp(finding->cause->id, gate->cause) == 0 && n >= len &&
			strcmp(finding->text + n - len, gate->why) == 0)
			return true;
	}
	return false;
}

/* The failure has a cause that is told already, or is told now. */
static bool is_explained(const struct view *view, size_t step)
{
	static const char *const causes[] = {"A30", "A32", "A33", "A36", "A38", "A39",
		NULL};
	const struct dcv_name *at = view->steps[step].at;
	const struct dcv_eye_gate *gate = view->eye && view->of->eye_climb->gates != NULL
		? view->of->eye_climb->gates[step]
		: NULL;

	for (size_t i = 0; i < view->making->n; i++) {
		const struct dcv_finding *finding = &view->making->findings[i];

		for (const char *const *id = causes; *id != NULL; id++) {
			/* Where there is no such domain there may be none above it either. */
			if (strcmp(finding->cause->id, *id) == 0 &&
				(dcv_name_is_within(at, &finding->where) ||
					(strcmp(*id, "A39") == 0 &&
						dcv_name_is_within(&finding->where, at))))
				return true;
		}
	}
	if (gate == NULL || gate->cause[0] == '\0')
		return false;
	if (is_told(view->making, gate))
		return true;
	dcv_diagnosing_add(view->making,
		&(struct dcv_saying){.id = gate->cause,
			.note = gate->gate != DCV_GATE_FAILED,
			.where = gate->at.len > 0 ? &gate->at : at,
			.text = gate->why,
			.blanks = {.owner = dcv_diagnosing_name(view->making, at),
				.zone = gate->zone.len > 0
					? dcv_diagnosing_name(view->making, &gate->zone)
					: NULL,
				.type = "CAA"}});
	return true;
}

static void tell_failure(const struct view *view)
{
	struct dcv_diagnosing *making = view->making;
	size_t step = view->result->step;
	const char *at, *order = making->symptoms->order, *word;
	bool alias;

	if (step >= view->n || is_explained(view, step))
		return;
	word = dcv_shell_word(making->arena, name_of(view));
	at = dcv_diagnosing_name(making, view->steps[step].at);
	if (order[0] == '\0' && making->symptoms->ca != NULL && word != NULL)
		order = dcv_diagnosing_printf(making, "--ca %s %s",
			making->symptoms->ca->key, word);
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = "C56",
			.where = &view->of->name,
			.text = dcv_diagnosing_printf(making,
				"%s: CAA of %s could not be looked up%s: %s",
				name_of(view), at, view->eye ? " (by the CA's eye)" : "",
				failure_of(view, step)),
			.blanks = {.place = dcv_diagnosing_name(making,
					   place_of(view, step, &alias)),
				.order = order}});
}

static void tell_changed(const struct view *view)
{
	const struct dcv_symptom_caa *of = view->of;
	int64_t until_s = of->changed_s +
		(of->cached_s > HOURS_8_S ? of->cached_s : HOURS_8_S);
	char when[DCV_TIME_TEXT_MAX];

	if (of->changed_s == 0 || until_s <= view->making->symptoms->now_s)
		return;
	dcv_time_local(until_s, when);
	dcv_diagnosing_add(view->making,
		&(struct dcv_saying){.id = "C57",
			.note = true,
			.where = &of->name,
			.text = dcv_diagnosing_printf(view->making,
				"%s: a CA that looked before the change may hold the old set "
				"until %s",
				name_of(view), when),
			.blanks = {.until = when}});
}

static void tell_view(const struct view *view)
{
	if (view->result == NULL)
		return;
	switch (view->result->verdict) {
	case DCV_CAA_PERMITS:
		tell_changed(view);
		break;
	case DCV_CAA_DENIES:
	case DCV_CAA_VARIES:
		if (view->result->step < view->n)
			tell_set(view);
		break;
	case DCV_CAA_ERROR:
		tell_failure(view);
		break;
	}
}

/* The second is only worth a word where it sees something else. */
static void tell_both(const struct view *first, const struct view *second)
{
	tell_view(first);
	if (second->result != NULL &&
		(first->result == NULL ||
			first->result->verdict != second->result->verdict))
		tell_view(second);
}

/* What a CA gets by today, and not for long; what is in its way the climb has met, too. */
static void tell_zone(struct dcv_diagnosing *making, const struct dcv_eye_gate *gate)
{
	if (gate == NULL || gate->gate != DCV_GATE_PASSED || gate->cause[0] == '\0')
		return;
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = gate->cause,
			.note = true,
			.where = &gate->at,
			.text = gate->why,
			.blanks = {.owner = dcv_diagnosing_name(making, &gate->at),
				.zone = dcv_diagnosing_name(making, &gate->zone),
				.type = "SOA"}});
}

void dcv_diagnose_caa(struct dcv_diagnosing *making)
{
	for (size_t i = 0; i < making->symptoms->n_caa; i++) {
		const struct dcv_symptom_caa *of = &making->symptoms->caa[i];
		struct view mine = {making, of, of->climb != NULL ? of->result : NULL,
			of->climb != NULL ? of->climb->n : 0,
			of->climb != NULL ? of->climb->steps : NULL, false};
		struct view eyes = {making, of,
			of->eye_climb != NULL ? of->eye_result : NULL,
			of->eye_climb != NULL ? of->eye_climb->n : 0,
			of->eye_climb != NULL ? of->eye_climb->steps : NULL, true};

		/* Through a resolver the eye sees the cause, we its failure. */
		if (making->symptoms->through && eyes.result != NULL)
			tell_both(&eyes, &mine);
		else
			tell_both(&mine, &eyes);
		tell_zone(making, of->gate);
	}
}
