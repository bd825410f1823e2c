/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how aliases are followed from name to name. It does not know who is asked. */
#include <stdio.h>

#include "base/file.h"
#include "check/survey_parts.h"

#define HOPS_MAX (DCV_SURVEY_HOPS + 1u)
#define RANDOM_OCTETS 10u

/* A look-up on its way. */
struct chain {
	struct dcv_task task;
	struct dcv_look *look;
	struct dcv_hop *hops;
	struct dcv_spot **spots, **siblings; /* [hop] */
	size_t n;
	bool ended;
};

/* ---- wildcards ---- */

/* A name beside `name` that nobody has made. */
static bool random_sibling(struct dcv_survey *survey, const struct dcv_name *name,
	struct dcv_name *ret)
{
	struct dcv_name above = dcv_name_parent(name, 1);
	uint8_t octets[RANDOM_OCTETS];
	char label[2 * RANDOM_OCTETS + 1];
	enum dcv_err rc = dcv_random(octets, sizeof octets, &survey->error);

	if (rc != DCV_OK) {
		dcv_survey_fail(survey, rc);
		return false;
	}
	for (size_t i = 0; i < sizeof octets; i++) {
		(void)snprintf(label + 2 * i, 3, "%02x", octets[i]);
	}
	return dcv_name_prepend(label, 2 * sizeof octets, &above, ret);
}

static void ask_sibling(struct dcv_survey *survey, struct chain *chain, size_t i)
{
	const struct dcv_spot *spot = chain->spots[i];
	struct dcv_name name;

	if (!chain->look->wildcard || spot->best == NULL ||
		spot->best->seen == DCV_SEEN_ABSENT || dcv_name_labels(spot->name) < 2 ||
		dcv_name_is_wildcard(spot->name) ||
		dcv_name_equal(spot->name, &spot->find->place.zone->apex)) {
		return;
	}
	if (random_sibling(survey, spot->name, &name)) {
		chain->siblings[i] = dcv_spot_get(survey, &name, spot->type, false);
	}
}

/* True while one is on its way. */
static bool wait_siblings(struct dcv_survey *survey, struct chain *chain)
{
	for (size_t i = 0; i < chain->n; i++) {
		if (chain->siblings[i] != NULL &&
			dcv_task_wait(survey, &chain->task, &chain->siblings[i]->task)) {
			return true;
		}
	}
	for (size_t i = 0; i < chain->n; i++) {
		chain->hops[i].wildcard = chain->siblings[i] != NULL &&
			dcv_spot_same(chain->spots[i], chain->siblings[i]);
	}
	return false;
}

/* ---- hops ---- */

static bool has_been_at(const struct chain *chain, const struct dcv_name *name)
{
	for (size_t i = 0; i < chain->n; i++) {
		if (dcv_name_equal(chain->hops[i].owner, name)) {
			return true;
		}
	}
	return false;
}

static void end(struct chain *chain, enum dcv_look_end as, const char *why)
{
	chain->look->end = as;
	chain->look->why = why;
	chain->ended = true;
}

/* No address has failed; there was no time for what they would have said. */
static bool is_cut(const struct dcv_survey *survey, const struct dcv_spot *spot)
{
	bool cut = survey->late;

	for (size_t i = 0; i < spot->n_answers; i++) {
		cut = cut && spot->answers[i].seen == DCV_SEEN_NOT_ASKED;
	}
	return cut;
}

static void end_at(const struct dcv_survey *survey, struct chain *chain,
	const struct dcv_spot *spot)
{
	struct dcv_look *look = chain->look;

	if (spot->best == NULL) {
		switch (spot->find->place.found) {
		case DCV_FOUND_NO_DELEGATION:
			end(chain, DCV_LOOK_NXDOMAIN, NULL);
			break;
		case DCV_FOUND_SPECIAL:
			end(chain, chain->n == 1 ? DCV_LOOK_SPECIAL : DCV_LOOK_FAILED,
				"a special-use name, which is not asked for");
			break;
		case DCV_FOUND_ZONE:
		case DCV_FOUND_NO_VIEW:
			end(chain, DCV_LOOK_FAILED, spot->why);
			look->cut = is_cut(survey, spot);
			break;
		}
		return;
	}
	look->ttl_s = spot->best->ttl_s;
	if (spot->best->seen == DCV_SEEN_HAS) {
		look->n = spot->best->n;
		look->rdata = spot->best->rdata;
		end(chain, DCV_LOOK_SET, NULL);
	} else {
		end(chain, spot->best->nxdomain ? DCV_LOOK_NXDOMAIN : DCV_LOOK_NODATA,
			NULL);
	}
}

static bool add_hop(struct dcv_survey *survey, struct chain *chain,
	const struct dcv_name *name)
{
	struct dcv_arena *arena = &survey->arena;
	struct dcv_spot *spot = dcv_spot_get(survey, name, chain->look->type,
		chain->look->every);
	struct dcv_hop *hops = dcv_arena_grow(arena, chain->hops, chain->n, sizeof *hops);
	struct dcv_spot **spots = dcv_arena_grow(arena, chain->spots, chain->n,
		sizeof(struct dcv_spot *));
	struct dcv_spot **siblings = dcv_arena_grow(arena, chain->siblings, chain->n,
		sizeof(struct dcv_spot *));

	if (spot == NULL || hops == NULL || spots == NULL || siblings == NULL) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return false;
	}
	chain->hops = hops;
	chain->spots = spots;
	chain->siblings = siblings;
	hops[chain->n] = (struct dcv_hop){.owner = spot->name};
	siblings[chain->n] = NULL;
	spots[chain->n++] = spot;
	return true;
}

/* Goes on from the last hop, which has ended. */
static void follow(struct dcv_survey *survey, struct chain *chain)
{
	const struct dcv_spot *spot = chain->spots[chain->n - 1];
	struct dcv_hop *hop = &chain->hops[chain->n - 1];
	struct dcv_name target;

	hop->zone = spot->find == NULL ? NULL : spot->find->place.zone;
	hop->n_answers = spot->n_answers;
	hop->answers = spot->answers;
	hop->ttl_s = spot->ttl_s;
	hop->is_alias = spot->best != NULL && spot->best->seen == DCV_SEEN_OLD;
	hop->by_dname = hop->is_alias && spot->by_dname;
	chain->look->differ = chain->look->differ || spot->differ;
	if (spot->ttl_s > chain->look->ttl_max_s) {
		chain->look->ttl_max_s = spot->ttl_s;
	}
	ask_sibling(survey, chain, chain->n - 1);
	if (!hop->is_alias || chain->look->no_follow) {
		end_at(survey, chain, spot);
	} else if (!dcv_name_from_wire(spot->best->rdata[0].wire,
			   spot->best->rdata[0].len, &target)) {
		end(chain, DCV_LOOK_FAILED, "the alias has no valid target");
	} else if (has_been_at(chain, &target)) {
		end(chain, DCV_LOOK_LOOP, "the aliases lead back to one of them");
	} else if (chain->n == HOPS_MAX) {
		end(chain, DCV_LOOK_TOO_LONG, "more than 11 aliases in a row");
	} else {
		(void)add_hop(survey, chain, &target);
	}
}

static void step_chain(struct dcv_survey *survey, struct dcv_task *task)
{
	struct chain *chain = (struct chain *)task; /* first member */

	while (!chain->ended && survey->rc == DCV_OK) {
		if (dcv_task_wait(survey, task, &chain->spots[chain->n - 1]->task)) {
			return;
		}
		follow(survey, chain);
	}
	if (wait_siblings(survey, chain)) {
		return;
	}
	chain->look->n_hops = chain->look->end == DCV_LOOK_SPECIAL ? 0 : chain->n;
	chain->look->hops = chain->hops;
	dcv_task_finish(survey, task);
}

void dcv_look_begin(struct dcv_survey *survey, struct dcv_look *look)
{
	struct chain *chain = dcv_survey_alloc(survey, 1, sizeof *chain);

	if (chain == NULL) {
		return;
	}
	chain->task.step = step_chain;
	chain->look = look;
	/* Until it is known better. */
	look->end = DCV_LOOK_FAILED;
	look->why = "it was not looked up";
	if (add_hop(survey, chain, &look->name)) {
		dcv_task_wake(survey, &chain->task);
	}
}

enum dcv_err dcv_survey_look(struct dcv_survey *survey, struct dcv_look *looks, size_t n,
	struct dcv_error *err)
{
	dcv_survey_next(survey);
	survey->eager = n > 0 && looks[0].every;
	for (size_t i = 0; i < n; i++) {
		dcv_look_begin(survey, &looks[i]);
	}
	return dcv_survey_run(survey, err);
}

void dcv_survey_forget(struct dcv_survey *survey)
{
	survey->epoch++;
}
