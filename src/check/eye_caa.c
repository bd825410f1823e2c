/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which names a CA asks for CAA, and what each answer says of the climb. The
 * climb is judged in dns/caa.c. */
#include "check/eye_inside.h"

/* All climbs in one array, one behind the other. */
struct climbs {
	size_t n;
	struct dcv_eye_question *questions;
	struct dcv_eye_answer *answers;
	struct dcv_eye_gate *gates;
	struct dcv_caa_step *steps;
};

static struct dcv_name base_of(const struct dcv_name *name)
{
	return dcv_name_parent(name, dcv_name_is_wildcard(name) ? 1 : 0);
}

static bool prepare(struct climbs *climbs, const struct dcv_name *names, size_t n,
	struct dcv_arena *arena)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		const struct dcv_name base = base_of(&names[i]);

		climbs->n += dcv_name_labels(&base);
	}
	climbs->questions = dcv_arena_array(arena, climbs->n,
		sizeof(climbs->questions[0]));
	climbs->answers = dcv_arena_array(arena, climbs->n, sizeof(climbs->answers[0]));
	climbs->gates = dcv_arena_array(arena, climbs->n, sizeof(climbs->gates[0]));
	climbs->steps = dcv_arena_array(arena, climbs->n, sizeof(climbs->steps[0]));
	if (climbs->questions == NULL || climbs->answers == NULL ||
		climbs->gates == NULL || climbs->steps == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct dcv_name base = base_of(&names[i]);

		for (unsigned up = 0; up < dcv_name_labels(&base); up++)
			climbs->questions[at++] = (struct dcv_eye_question){
				.name = dcv_name_parent(&base, up),
				.type = DCV_TYPE_CAA};
	}
	return true;
}

/* A top-level domain that does not exist is no place to climb over: somebody lies. */
static struct dcv_caa_step judge(const struct dcv_eye_question *question,
	const struct dcv_eye_answer *answer)
{
	struct dcv_caa_step step = {.at = question->name, .answer = DCV_CAA_FAILED};
	bool exists = answer->rcode == 0 || dcv_name_labels(&question->name) > 1;

	if ((answer->state == DCV_EYE_SECURE || answer->state == DCV_EYE_INSECURE) &&
		exists) {
		step.answer = answer->n > 0 ? DCV_CAA_SET : DCV_CAA_EMPTY;
		step.n = answer->n;
		step.rdata = answer->rdata;
	}
	return step;
}

enum dcv_err dcv_eye_caa(struct dcv_eye *eye, const struct dcv_name *names, size_t n,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_eye_climb *ret,
	struct dcv_error *err)
{
	struct climbs climbs = {.n = 0};
	enum dcv_err rc;
	size_t at = 0;

	if (!prepare(&climbs, names, n, arena))
		return dcv_nomem(err);
	rc = dcv_eye_gates(eye, climbs.questions, climbs.n, deadline_ms, arena,
		climbs.gates, climbs.answers, err);
	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < climbs.n; i++)
		climbs.steps[i] = judge(&climbs.questions[i], &climbs.answers[i]);
	for (size_t i = 0; i < n; i++) {
		const struct dcv_name base = base_of(&names[i]);

		ret[i] = (struct dcv_eye_climb){.n = dcv_name_labels(&base),
			.steps = climbs.steps + at,
			.answers = climbs.answers + at,
			.gates = climbs.gates + at};
		at += ret[i].n;
	}
	return DCV_OK;
}
