/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which names a CA asks for CAA, and what each answer says of the climb. The
 * climb is judged in dns/caa.c. */
#include "check/eye_inside.h"

/* All climbs at once. */
struct climbs {
	struct dcv_arena *arena, scratch;
	struct dcv_eye_facts facts; /* each name once */
	struct dcv_eye_gate *gates; /* of the facts */
};

static struct dcv_name base_of(const struct dcv_name *name)
{
	return dcv_name_parent(name, dcv_name_is_wildcard(name) ? 1 : 0);
}

static bool prepare(struct climbs *climbs, const struct dcv_name *names, size_t n)
{
	struct dcv_eye_facts *facts = &climbs->facts;
	bool good = true;

	for (size_t i = 0; good && i < n; i++) {
		unsigned first = dcv_name_is_wildcard(&names[i]) ? 1 : 0;

		for (unsigned up = first; good && up < dcv_name_labels(&names[i]); up++)
			good = dcv_eye_facts_add_above(facts, &names[i], up, DCV_TYPE_CAA,
				climbs->arena);
	}
	facts->answers = dcv_arena_array(climbs->arena, facts->n,
		sizeof(facts->answers[0]));
	climbs->gates = dcv_arena_array(&climbs->scratch, facts->n,
		sizeof(climbs->gates[0]));
	return good && facts->answers != NULL && climbs->gates != NULL;
}

/* A top-level domain that does not exist is no place to climb over: somebody lies. */
static struct dcv_caa_step judge(const struct dcv_eye_question *question,
	const struct dcv_eye_answer *answer)
{
	struct dcv_caa_step step = {.at = question->name, .answer = DCV_CAA_FAILED};
	bool exists = answer->rcode == 0 || dcv_name_labels(question->name) > 1;

	if ((answer->state == DCV_EYE_SECURE || answer->state == DCV_EYE_INSECURE) &&
		exists) {
		step.answer = answer->n > 0 ? DCV_CAA_SET : DCV_CAA_EMPTY;
		step.n = answer->n;
		step.rdata = answer->rdata;
	}
	return step;
}

static bool fill(const struct climbs *climbs, const struct dcv_name *name,
	struct dcv_eye_climb *ret)
{
	const struct dcv_eye_facts *facts = &climbs->facts;
	const struct dcv_name base = base_of(name);
	size_t n = dcv_name_labels(&base);
	struct dcv_caa_step *steps = dcv_arena_array(climbs->arena, n, sizeof(steps[0]));
	const struct dcv_eye_answer **answers = dcv_arena_array(climbs->arena, n,
		sizeof(struct dcv_eye_answer *));
	const struct dcv_eye_gate **gates = dcv_arena_array(climbs->arena, n,
		sizeof(struct dcv_eye_gate *));

	if (steps == NULL || answers == NULL || gates == NULL)
		return false;
	for (unsigned up = 0; up < n; up++) {
		const struct dcv_name at = dcv_name_parent(&base, up);
		size_t i;

		answers[up] = dcv_eye_fact(facts, &at, DCV_TYPE_CAA);
		i = (size_t)(answers[up] - facts->answers);
		steps[up] = judge(&facts->questions[i], answers[up]);
		if (steps[up].answer != DCV_CAA_FAILED)
			continue;
		gates[up] = dcv_arena_memdup(climbs->arena, &climbs->gates[i],
			sizeof(climbs->gates[i]));
		if (gates[up] == NULL)
			return false;
	}
	*ret = (struct dcv_eye_climb){n, steps, answers, gates};
	return true;
}

enum dcv_err dcv_eye_caa(struct dcv_eye *eye, const struct dcv_name *names, size_t n,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_eye_climb *ret,
	struct dcv_error *err)
{
	struct climbs climbs = {.arena = arena};
	const struct dcv_eye_facts *facts = &climbs.facts;
	enum dcv_err rc = prepare(&climbs, names, n) ? DCV_OK : dcv_nomem(err);

	if (rc == DCV_OK)
		rc = dcv_eye_gates(eye, facts->questions, facts->n, deadline_ms, arena,
			climbs.gates, facts->answers, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = fill(&climbs, &names[i], &ret[i]) ? DCV_OK : dcv_nomem(err);
	dcv_arena_clear(&climbs.scratch);
	return rc;
}
