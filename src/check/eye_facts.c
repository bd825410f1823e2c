/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how many parts ask for what they need, and each question is put once. */
#include "check/eye_inside.h"

/* One more than the index of a question; 0: it was not added. */
static size_t find(const struct dcv_eye_facts *facts, const struct dcv_name *name,
	uint16_t type)
{
	return (size_t)(uintptr_t)dcv_names_get(&facts->known, name, type);
}

bool dcv_eye_facts_add(struct dcv_eye_facts *facts, const struct dcv_name *name,
	uint16_t type, struct dcv_arena *arena)
{
	struct dcv_eye_question *questions;

	if (find(facts, name, type) > 0)
		return true;
	questions = dcv_arena_grow(arena, facts->questions, facts->n,
		sizeof(questions[0]));
	if (questions == NULL)
		return false;
	facts->questions = questions;
	questions[facts->n++] = (struct dcv_eye_question){.name = name, .type = type};
	return dcv_names_put(&facts->known, name, type, (void *)(uintptr_t)facts->n,
		arena);
}

bool dcv_eye_facts_add_above(struct dcv_eye_facts *facts, const struct dcv_name *name,
	unsigned up, uint16_t type, struct dcv_arena *arena)
{
	const struct dcv_name above = dcv_name_parent(name, up);
	const struct dcv_name *kept = name;

	if (find(facts, &above, type) > 0)
		return true;
	if (up > 0)
		kept = dcv_arena_memdup(arena, &above, sizeof(above));
	return kept != NULL && dcv_eye_facts_add(facts, kept, type, arena);
}

enum dcv_err dcv_eye_facts_ask(struct dcv_eye_facts *facts, struct dcv_eye *eye,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_error *err)
{
	facts->answers = dcv_arena_array(arena, facts->n, sizeof(facts->answers[0]));
	if (facts->answers == NULL)
		return dcv_nomem(err);
	return dcv_eye_ask(eye, facts->questions, facts->n, deadline_ms, arena,
		facts->answers, err);
}

const struct dcv_eye_answer *dcv_eye_fact(const struct dcv_eye_facts *facts,
	const struct dcv_name *name, uint16_t type)
{
	static const struct dcv_eye_answer none = {.why = ""};
	size_t found = find(facts, name, type);

	return found == 0 ? &none : &facts->answers[found - 1];
}
