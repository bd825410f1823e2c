/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which questions a diagnosis asks. It does not know what the answers mean. */
#include "check/diagnose_look.h"

#include "check/diagnose_parts.h"

/* --- whom to ask --- */

static enum dcv_err find(const struct dcv_diagnose_looking *of,
	const struct dcv_name *names, size_t n, struct dcv_place_of_name *places,
	struct dcv_error *err)
{
	return of->stub != NULL
		? dcv_stub_find(of->stub, names, n, places, err)
		: dcv_survey_find(of->survey, names, n, DCV_SURVEY_SERVERS, places, err);
}

static enum dcv_err look(const struct dcv_diagnose_looking *of, struct dcv_look *looks,
	size_t n, struct dcv_error *err)
{
	return of->stub != NULL ? dcv_stub_look(of->stub, looks, n, err)
				: dcv_survey_look(of->survey, looks, n, err);
}

static enum dcv_err look_up_caa(const struct dcv_diagnose_looking *of,
	const struct dcv_name *names, struct dcv_survey_climb *climbs,
	struct dcv_error *err)
{
	return of->stub != NULL
		? dcv_stub_caa(of->stub, names, of->n_caa, climbs, err)
		: dcv_survey_caa(of->survey, names, of->n_caa, climbs, err);
}

/* --- zones --- */

enum dcv_err dcv_diagnose_find(const struct dcv_diagnose_looking *of,
	struct dcv_arena *arena, struct dcv_error *err)
{
	size_t n = of->n_items + of->n_caa;
	struct dcv_arena scratch = {0};
	struct dcv_name *names = dcv_arena_array(&scratch, n, sizeof(*names));
	struct dcv_place_of_name *places = dcv_arena_array(arena, n, sizeof(*places));
	enum dcv_err rc;

	if (names == NULL || places == NULL) {
		dcv_arena_clear(&scratch);
		return dcv_nomem(err);
	}
	for (size_t i = 0; i < of->n_items; i++)
		names[i] = of->items[i].owner;
	for (size_t i = 0; i < of->n_caa; i++)
		names[of->n_items + i] = of->caa[i].name;
	rc = find(of, names, n, places, err);
	dcv_arena_clear(&scratch);
	for (size_t i = 0; rc == DCV_OK && i < of->n_items; i++)
		of->items[i].place = &places[i];
	for (size_t i = 0; rc == DCV_OK && i < of->n_caa; i++)
		of->caa[i].place = &places[of->n_items + i];
	return rc;
}

/* --- records --- */

static bool is_held(const struct dcv_symptom *item)
{
	return item->place->found == DCV_FOUND_ZONE;
}

static enum dcv_err look_at_items(const struct dcv_diagnose_looking *of,
	struct dcv_arena *arena, struct dcv_error *err)
{
	struct dcv_look *looks = dcv_arena_array(arena, of->n_items, sizeof(*looks));
	size_t n = 0;
	enum dcv_err rc;

	if (looks == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < of->n_items; i++) {
		if (!is_held(&of->items[i]))
			continue;
		looks[n++] = (struct dcv_look){.name = of->items[i].owner,
			.type = of->items[i].type,
			.every = true,
			.no_follow = of->items[i].type == DCV_TYPE_CNAME,
			.wildcard = true};
	}
	rc = look(of, looks, n, err);
	n = 0;
	for (size_t i = 0; rc == DCV_OK && i < of->n_items; i++) {
		if (is_held(&of->items[i]))
			of->items[i].look = &looks[n++];
	}
	return rc;
}

/* A record that is at every address needs no search. */
static bool is_missing(const struct dcv_symptom *item)
{
	size_t answered;

	return is_held(item) && item->n_wanted > 0 &&
		dcv_symptom_has(item, &answered) < answered;
}

static struct dcv_look *add_probes(struct dcv_symptom *item, struct dcv_look *looks,
	struct dcv_probe *probes)
{
	item->n_probes = dcv_probes_make(&item->place->zone->apex, &item->owner,
		item->type, probes);
	item->probes = probes;
	item->probed = looks;
	for (size_t i = 0; i < item->n_probes; i++, looks++)
		*looks = (struct dcv_look){.name = probes[i].owner,
			.type = probes[i].type,
			.no_follow = true,
			.wildcard = probes[i].kind != DCV_PROBE_TYPE};
	return looks;
}

static enum dcv_err look_at_probes(const struct dcv_diagnose_looking *of,
	struct dcv_arena *arena, struct dcv_error *err)
{
	struct dcv_look *looks, *end;
	struct dcv_probe *probes;
	size_t n = 0;

	for (size_t i = 0; i < of->n_items; i++)
		n += is_missing(&of->items[i]);
	if (n == 0)
		return DCV_OK;
	looks = dcv_arena_array(arena, n * DCV_PROBES_MAX, sizeof(*looks));
	probes = dcv_arena_array(arena, n * DCV_PROBES_MAX, sizeof(*probes));
	if (looks == NULL || probes == NULL)
		return dcv_nomem(err);
	end = looks;
	for (size_t i = 0; i < of->n_items; i++) {
		if (!is_missing(&of->items[i]))
			continue;
		end = add_probes(&of->items[i], end, probes);
		probes += DCV_PROBES_MAX;
	}
	return look(of, looks, (size_t)(end - looks), err);
}

/* --- CAA --- */

static enum dcv_err judge(const struct dcv_diagnose_looking *of, size_t i,
	const struct dcv_caa_step *steps, size_t n, struct dcv_arena *arena,
	const struct dcv_caa_result **ret, struct dcv_error *err)
{
	struct dcv_caa_result *result = dcv_arena_alloc(arena, sizeof(*result));
	struct dcv_caa_question question = of->questions[i];

	if (result == NULL)
		return dcv_nomem(err);
	question.wildcard = of->caa[i].wildcard;
	dcv_caa_judge(&question, steps, n, arena, result);
	*ret = result;
	return DCV_OK;
}

static enum dcv_err climb(const struct dcv_diagnose_looking *of, struct dcv_arena *arena,
	struct dcv_error *err)
{
	struct dcv_name *names = dcv_arena_array(arena, of->n_caa, sizeof(*names));
	struct dcv_survey_climb *climbs = dcv_arena_array(arena, of->n_caa,
		sizeof(*climbs));
	struct dcv_eye_climb *eyes = dcv_arena_array(arena, of->n_caa, sizeof(*eyes));
	enum dcv_err rc;

	if (names == NULL || climbs == NULL || eyes == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < of->n_caa; i++)
		names[i] = of->caa[i].name;
	rc = look_up_caa(of, names, climbs, err);
	for (size_t i = 0; rc == DCV_OK && i < of->n_caa; i++) {
		of->caa[i].climb = &climbs[i];
		rc = judge(of, i, climbs[i].steps, climbs[i].n, arena, &of->caa[i].result,
			err);
		/* A resolver's view is the one that a CA has, with an eye or without. */
		if (of->stub != NULL && of->eye == NULL)
			of->caa[i].eye_result = of->caa[i].result;
	}
	if (rc == DCV_OK && of->eye != NULL)
		rc = dcv_eye_caa(of->eye, names, of->n_caa, of->eye_deadline_ms, arena,
			eyes, err);
	for (size_t i = 0; rc == DCV_OK && of->eye != NULL && i < of->n_caa; i++) {
		of->caa[i].eye_climb = &eyes[i];
		rc = judge(of, i, eyes[i].steps, eyes[i].n, arena, &of->caa[i].eye_result,
			err);
	}
	return rc;
}

/* The look that found the set that denies, unless an alias led there; else NULL. */
static const struct dcv_look *denying(const struct dcv_symptom_caa *caa)
{
	const struct dcv_look *set = caa->result->verdict == DCV_CAA_DENIES &&
			caa->result->step < caa->climb->n
		? caa->climb->looks[caa->result->step]
		: NULL;

	return set != NULL && set->n_hops == 1 ? set : NULL;
}

/* A record beside a wildcard's would hide from the name all else that the wildcard has (RFC 4592). */
static enum dcv_err look_at_wildcards(const struct dcv_diagnose_looking *of,
	struct dcv_arena *arena, struct dcv_error *err)
{
	struct dcv_look *looks = dcv_arena_array(arena, of->n_caa, sizeof(*looks));
	size_t n = 0;
	enum dcv_err rc;

	if (looks == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < of->n_caa; i++) {
		const struct dcv_look *set = denying(&of->caa[i]);

		if (set != NULL)
			looks[n++] = (struct dcv_look){.name = set->name,
				.type = DCV_TYPE_CAA,
				.wildcard = true};
	}
	rc = n > 0 ? look(of, looks, n, err) : DCV_OK;
	n = 0;
	for (size_t i = 0; rc == DCV_OK && i < of->n_caa; i++) {
		if (denying(&of->caa[i]) == NULL)
			continue;
		of->caa[i].by_wildcard = looks[n].n_hops > 0 && looks[n].hops[0].wildcard;
		n++;
	}
	return rc;
}

/* --- the eye --- */

static enum dcv_err open_gates(const struct dcv_diagnose_looking *of,
	struct dcv_arena *arena, struct dcv_error *err)
{
	size_t n = of->n_items;
	struct dcv_eye_question *questions = dcv_arena_array(arena, n, sizeof(*questions));
	struct dcv_eye_gate *gates = dcv_arena_array(arena, n, sizeof(*gates));
	struct dcv_eye_answer *answers = dcv_arena_array(arena, n, sizeof(*answers));
	enum dcv_err rc;

	if (questions == NULL || gates == NULL || answers == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++)
		questions[i] = (struct dcv_eye_question){&of->items[i].owner,
			of->items[i].type};
	rc = dcv_eye_gates(of->eye, questions, n, of->eye_deadline_ms, arena, gates,
		answers, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		of->items[i].gate = &gates[i];
		of->items[i].eye = &answers[i];
	}
	return rc;
}

/* Before there are records their zones tell how DNSSEC stands: each with the keys and signatures that
 * it has. */
static enum dcv_err open_zone_gates(const struct dcv_diagnose_looking *of,
	struct dcv_arena *arena, struct dcv_error *err)
{
	struct dcv_eye_question *questions = dcv_arena_array(arena, of->n_caa,
		sizeof(*questions));
	struct dcv_eye_gate *gates = dcv_arena_array(arena, of->n_caa, sizeof(*gates));
	size_t n = 0;
	enum dcv_err rc;

	if (questions == NULL || gates == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < of->n_caa; i++) {
		if (of->caa[i].place->found == DCV_FOUND_ZONE)
			questions[n++] = (struct dcv_eye_question){
				&of->caa[i].place->zone->apex, DCV_TYPE_SOA};
	}
	rc = dcv_eye_gates(of->eye, questions, n, of->eye_deadline_ms, arena, gates, NULL,
		err);
	n = 0;
	for (size_t i = 0; rc == DCV_OK && i < of->n_caa; i++) {
		if (of->caa[i].place->found == DCV_FOUND_ZONE)
			of->caa[i].gate = &gates[n++];
	}
	return rc;
}

enum dcv_err dcv_diagnose_look(const struct dcv_diagnose_looking *looking,
	struct dcv_arena *arena, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	if (looking->n_items > 0)
		rc = look_at_items(looking, arena, err);
	if (rc == DCV_OK)
		rc = look_at_probes(looking, arena, err);
	if (rc == DCV_OK && looking->eye != NULL && looking->n_items > 0)
		rc = open_gates(looking, arena, err);
	if (rc == DCV_OK && looking->n_caa > 0)
		rc = climb(looking, arena, err);
	if (rc == DCV_OK && looking->n_caa > 0)
		rc = look_at_wildcards(looking, arena, err);
	if (rc == DCV_OK && looking->eye != NULL && looking->n_items == 0)
		rc = open_zone_gates(looking, arena, err);
	return rc;
}
