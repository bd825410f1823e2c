/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how many parts ask for what they need, and each question is put once. */
#include <stdlib.h>

#include "check/eye_inside.h"

static int compare(const void *a, const void *b)
{
	const struct dcv_eye_question *one = a, *other = b;
	int order = dcv_name_compare(&one->name, &other->name);

	return order != 0 ? order : (int)one->type - (int)other->type;
}

bool dcv_eye_facts_add(struct dcv_eye_facts *facts, const struct dcv_name *name,
	uint16_t type, struct dcv_arena *arena)
{
	struct dcv_eye_question *questions = dcv_arena_grow(arena, facts->questions,
		facts->n, sizeof(questions[0]));

	if (questions == NULL)
		return false;
	facts->questions = questions;
	questions[facts->n++] = (struct dcv_eye_question){.name = *name, .type = type};
	return true;
}

static void sort(struct dcv_eye_facts *facts)
{
	size_t n = 0;

	if (facts->n == 0)
		return;
	qsort(facts->questions, facts->n, sizeof(facts->questions[0]), compare);
	for (size_t i = 0; i < facts->n; i++) {
		if (n == 0 || compare(&facts->questions[n - 1], &facts->questions[i]) != 0)
			facts->questions[n++] = facts->questions[i];
	}
	facts->n = n;
}

enum dcv_err dcv_eye_facts_ask(struct dcv_eye_facts *facts, struct dcv_eye *eye,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_error *err)
{
	sort(facts);
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
	const struct dcv_eye_question key = {.name = *name, .type = type}, *found = NULL;

	if (facts->n > 0)
		found = bsearch(&key, facts->questions, facts->n,
			sizeof(facts->questions[0]), compare);
	return found == NULL ? &none : &facts->answers[found - facts->questions];
}
