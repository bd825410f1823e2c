/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the climb for CAA at the authoritative servers. What the records mean is
 * decided in dns/caa.c. */
#include "check/survey_parts.h"

/* The look-up of CAA at one name, shared by all names below it. NULL when memory is out. */
static struct dcv_look *get_look(struct dcv_survey *survey, const struct dcv_name *name,
	struct dcv_look ***looks, size_t *n)
{
	struct dcv_look *look = dcv_names_get(&survey->climbs, name, survey->epoch);
	struct dcv_look **grown = NULL;

	if (look != NULL) {
		return look;
	}
	look = dcv_survey_alloc(survey, 1, sizeof *look);
	grown = dcv_arena_grow(&survey->arena, *looks, *n, sizeof(struct dcv_look *));
	if (look == NULL || grown == NULL) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	look->name = *name;
	look->type = DCV_TYPE_CAA;
	look->every = true;
	if (!dcv_names_put(&survey->climbs, &look->name, survey->epoch, look,
		    &survey->arena)) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	*looks = grown;
	grown[(*n)++] = look;
	return look;
}

/* The labels of one name, whose look-ups are noted where they are new. */
static void plan_climb(struct dcv_survey *survey, const struct dcv_name *name,
	struct dcv_survey_climb *climb, struct dcv_look ***looks, size_t *n)
{
	unsigned skip = dcv_name_is_wildcard(name) ? 1 : 0;
	unsigned labels = dcv_name_labels(name) - skip;
	const struct dcv_look **of = dcv_survey_alloc(survey, labels,
		sizeof(struct dcv_look *));

	climb->steps = dcv_survey_alloc(survey, labels, sizeof *climb->steps);
	climb->looks = of;
	climb->n = of == NULL || climb->steps == NULL ? 0 : labels;
	for (unsigned i = 0; i < climb->n; i++) {
		struct dcv_name at = dcv_name_parent(name, skip + i);

		of[i] = get_look(survey, &at, looks, n);
	}
}

static enum dcv_caa_answer answer_of(struct dcv_look *look)
{
	switch (look->end) {
	case DCV_LOOK_SET:
		return DCV_CAA_SET;
	case DCV_LOOK_NXDOMAIN:
		/* Its top-level domain exists, or the name could not be in a certificate. */
		if (dcv_name_labels(&look->name) == 1) {
			look->why = "the top-level domain does not exist";
			return DCV_CAA_FAILED;
		}
		return DCV_CAA_EMPTY;
	case DCV_LOOK_NODATA:
		return DCV_CAA_EMPTY;
	case DCV_LOOK_LOOP:
	case DCV_LOOK_TOO_LONG:
	case DCV_LOOK_FAILED:
	case DCV_LOOK_SPECIAL:
		break;
	}
	return DCV_CAA_FAILED;
}

void dcv_survey_climb_read(struct dcv_survey_climb *climb)
{
	for (size_t i = 0; i < climb->n; i++) {
		struct dcv_look *look = (struct dcv_look *)(uintptr_t)climb->looks[i];

		climb->steps[i] = (struct dcv_caa_step){.at = &look->name,
			.answer = answer_of(look)};
		if (climb->steps[i].answer == DCV_CAA_SET) {
			climb->steps[i].n = look->n;
			climb->steps[i].rdata = look->rdata;
		}
	}
}

enum dcv_err dcv_survey_caa(struct dcv_survey *survey, const struct dcv_name *names,
	size_t n, struct dcv_survey_climb *climbs, struct dcv_error *err)
{
	struct dcv_look **looks = NULL;
	size_t n_looks = 0;
	enum dcv_err rc = DCV_OK;

	dcv_survey_next(survey);
	survey->eager = true;
	for (size_t i = 0; i < n && survey->rc == DCV_OK; i++) {
		plan_climb(survey, &names[i], &climbs[i], &looks, &n_looks);
	}
	for (size_t i = 0; i < n_looks; i++) {
		dcv_look_begin(survey, looks[i]);
	}
	rc = dcv_survey_run(survey, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		dcv_survey_climb_read(&climbs[i]);
	}
	return rc;
}
