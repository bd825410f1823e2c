/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the zone that holds a name is found: the deepest known zone is asked for the
 * SOA of the name, and what it says leads on. A referral leads down; a SOA tells the apex even
 * where one server holds both sides of a cut; an alias leaves it to the name above. */
#include <string.h>

#include "check/survey_parts.h"
#include "dns/special.h"

/* While the first name below a zone is on its way, others with the same next label wait: mostly
 * they end in the same child zone, and the parent is asked once. */
struct dcv_gate {
	struct dcv_task task;
	const struct dcv_name *name; /* of the zone, with one label more */
};

static void step_gate(struct dcv_survey *survey, struct dcv_task *task)
{
	(void)survey;
	(void)task;
}

static void open_gate(struct dcv_survey *survey, struct dcv_find *find)
{
	if (find->gate != NULL) {
		dcv_task_finish(survey, &find->gate->task);
		find->gate = NULL;
	}
}

/* True if another look-up is to come first. */
static bool wait_at_gate(struct dcv_survey *survey, struct dcv_find *find)
{
	unsigned labels = dcv_name_labels(find->name);
	struct dcv_name next = dcv_name_parent(find->name,
		labels - dcv_name_labels(&find->at->seen.apex) - 1);
	struct dcv_gate *gate = dcv_names_get(&survey->gates, &next, 0);

	if (gate != NULL) {
		return gate != find->gate &&
			dcv_task_wait(survey, &find->task, &gate->task);
	}
	/* Few will come that are below the name itself. */
	if (next.len == find->name->len) {
		return false;
	}
	gate = dcv_survey_alloc(survey, 1, sizeof *gate);
	if (gate == NULL) {
		return false;
	}
	gate->name = dcv_survey_name(survey, &next);
	gate->task.step = step_gate;
	if (gate->name == NULL ||
		!dcv_names_put(&survey->gates, gate->name, 0, gate, &survey->arena)) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return false;
	}
	find->gate = gate;
	return false;
}

/* ---- what an answer says ---- */

/* A referral further down, or what cannot be one. */
static bool take_referral(struct dcv_survey *survey, struct dcv_find *find,
	struct dcv_spot_address *address, const struct dcv_answer *answer)
{
	const struct dcv_name *apex = &find->at->seen.apex;
	struct dcv_zone *zone = NULL;

	if (dcv_name_equal(&answer->ns_owner, apex) ||
		!dcv_name_is_within(&answer->ns_owner, apex) ||
		!dcv_name_is_within(find->name, &answer->ns_owner)) {
		address->lame_in = survey->generation;
		return false;
	}
	zone = dcv_zone_get(survey, &answer->ns_owner);
	if (zone == NULL) {
		zone = dcv_zone_new(survey, &answer->ns_owner, find->at);
		if (zone == NULL) {
			return true;
		}
		zone->depth = find->depth;
		zone->budget = find->budget;
	}
	dcv_zone_referral(survey, zone, answer);
	/* It is likely to be the one that is looked for. */
	if (survey->eager && find->depth == 0) {
		dcv_zone_survey(survey, zone);
	}
	find->said = DCV_SAID_REFERRAL;
	return true;
}

/* The apex that a SOA names holds the name. */
static bool take_apex(struct dcv_survey *survey, struct dcv_find *find,
	struct dcv_spot_address *address, const struct dcv_name *owner)
{
	if (!dcv_name_is_within(owner, &find->at->seen.apex) ||
		!dcv_name_is_within(find->name, owner)) {
		address->lame_in = survey->generation;
		return false;
	}
	find->said = dcv_name_equal(owner, &find->at->seen.apex) ? DCV_SAID_HERE
								 : DCV_SAID_HIDDEN;
	find->n_below = dcv_name_labels(find->name) - dcv_name_labels(owner);
	return true;
}

static bool is_alias(const struct dcv_answer *answer, const struct dcv_name *name)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		const struct dcv_rrset *set = &answer->sets[i];

		if ((set->type == DCV_TYPE_CNAME && dcv_name_equal(&set->owner, name)) ||
			(set->type == DCV_TYPE_DNAME &&
				dcv_name_is_within(name, &set->owner))) {
			return true;
		}
	}
	return false;
}

static bool accept_soa(struct dcv_survey *survey, struct dcv_quest *quest,
	struct dcv_spot_address *address, const struct dcv_reply *reply)
{
	struct dcv_find *find = quest->ctx;
	const struct dcv_answer *answer = reply->answer;
	bool good = answer->rcode == DCV_RCODE_NOERROR ||
		answer->rcode == DCV_RCODE_NXDOMAIN;

	if (good && answer->n_ns > 0 && !answer->has_soa) {
		return take_referral(survey, find, address, answer);
	}
	if (!good || !answer->aa) {
		address->lame_in = survey->generation;
		return false;
	}
	find->at->seen.state = DCV_ZONE_FOUND;
	find->place.nxdomain = answer->rcode == DCV_RCODE_NXDOMAIN;
	if (is_alias(answer, find->name)) {
		find->said = DCV_SAID_ALIAS;
		find->place.nxdomain = false;
		return true;
	}
	/* Perhaps another server says more. */
	if (!answer->has_soa) {
		find->no_soa = true;
		find->no_soa_nxdomain = find->place.nxdomain;
		return false;
	}
	return take_apex(survey, find, address, &answer->soa_owner);
}

/* ---- zones without a referral ---- */

static bool accept_ns(struct dcv_survey *survey, struct dcv_quest *quest,
	struct dcv_spot_address *address, const struct dcv_reply *reply)
{
	struct dcv_zone *zone = quest->ctx;
	const struct dcv_rrset *set = dcv_answer_set(reply->answer, quest->name,
		DCV_TYPE_NS);

	(void)address;
	if (!reply->answer->aa || set == NULL) {
		return false;
	}
	dcv_zone_own_ns(survey, zone, set);
	return true;
}

/* Makes the zone that only a SOA has told of; its parent is the zone of the name above. */
static void make_hidden(struct dcv_survey *survey, struct dcv_find *find)
{
	const struct dcv_name cut = dcv_name_parent(find->name, find->n_below);
	struct dcv_zone *parent = dcv_zone_above(survey, &cut);
	struct dcv_zone *zone = dcv_zone_new(survey, &cut, parent);

	if (zone == NULL) {
		return;
	}
	zone->hidden = true;
	zone->depth = find->depth;
	zone->budget = find->budget;
	zone->seen.state = DCV_ZONE_FOUND;
	zone->ns = (struct dcv_quest){.zone = parent,
		.name = &zone->seen.apex,
		.type = DCV_TYPE_NS,
		.accept = accept_ns,
		.ctx = zone};
	dcv_quest_start(survey, &zone->ns);
}

/* ---- the steps ---- */

static void finish(struct dcv_survey *survey, struct dcv_find *find, enum dcv_found found)
{
	find->place.found = found;
	find->place.zone = find->at == NULL ? NULL : &find->at->seen;
	open_gate(survey, find);
	dcv_task_finish(survey, &find->task);
}

/* Nothing is above the zone that has said so but other people's zones. */
static void finish_here(struct dcv_survey *survey, struct dcv_find *find)
{
	bool none = find->place.nxdomain && dcv_zone_is_top(find->at);

	finish(survey, find, none ? DCV_FOUND_NO_DELEGATION : DCV_FOUND_ZONE);
}

/* The name above decides: for an alias, since there is no zone cut at one; and for a hidden zone,
 * since it tells the parent. True while that is on its way. */
static bool wait_above(struct dcv_survey *survey, struct dcv_find *find)
{
	struct dcv_name above = dcv_name_parent(find->name,
		find->said == DCV_SAID_HIDDEN ? find->n_below + 1 : 1);

	open_gate(survey, find);
	if (find->above == NULL) {
		find->above = dcv_find_get(survey, &above, find->depth,
			find->depth == 0 ? NULL : find->budget);
	}
	return find->above == NULL ||
		dcv_task_wait(survey, &find->task, &find->above->task);
}

static void step_alias(struct dcv_survey *survey, struct dcv_find *find)
{
	if (wait_above(survey, find)) {
		return;
	}
	find->at = find->above->place.zone == NULL
		? find->at
		: dcv_zone_get(survey, &find->above->place.zone->apex);
	find->place.why = find->above->place.why;
	finish(survey, find, find->above->place.found);
}

/* False while it has to wait. */
static bool step_hidden(struct dcv_survey *survey, struct dcv_find *find)
{
	const struct dcv_name cut = dcv_name_parent(find->name, find->n_below);
	struct dcv_zone *zone = dcv_zone_get(survey, &cut);

	if (zone == NULL) {
		if (wait_above(survey, find)) {
			return false;
		}
		make_hidden(survey, find);
		zone = dcv_zone_get(survey, &cut);
	}
	if (zone == NULL ||
		(zone->hidden && dcv_task_wait(survey, &find->task, &zone->ns.task))) {
		return false;
	}
	find->said = DCV_SAID_NOTHING;
	find->above = NULL;
	return true;
}

/* Asks the deepest zone that is known. */
static void ask(struct dcv_survey *survey, struct dcv_find *find)
{
	struct dcv_zone *zone = dcv_zone_above(survey, find->name);

	if (zone != find->at) {
		open_gate(survey, find);
		find->at = zone;
	}
	if (dcv_name_equal(&zone->seen.apex, find->name)) {
		finish(survey, find, DCV_FOUND_ZONE);
		return;
	}
	if (wait_at_gate(survey, find)) {
		return;
	}
	find->quest = (struct dcv_quest){.zone = zone,
		.name = find->name,
		.type = DCV_TYPE_SOA,
		.accept = accept_soa,
		.ctx = find,
		.serial = find->quest.serial + 1};
	find->asking = true;
	find->no_soa = false;
	dcv_quest_start(survey, &find->quest);
	(void)dcv_task_wait(survey, &find->task, &find->quest.task);
}

/* What the quest has brought; true if the zone that is now the deepest is to be asked. */
static bool take_quest(struct dcv_survey *survey, struct dcv_find *find)
{
	if (!find->quest.answered && find->no_soa) {
		find->place.no_soa = true;
		find->place.nxdomain = find->no_soa_nxdomain;
		finish_here(survey, find);
		return false;
	}
	if (!find->quest.answered) {
		find->place.why = find->quest.why;
		finish(survey, find, DCV_FOUND_NO_VIEW);
		return false;
	}
	switch (find->said) {
	case DCV_SAID_HERE:
		finish_here(survey, find);
		return false;
	case DCV_SAID_ALIAS:
		step_alias(survey, find);
		return false;
	case DCV_SAID_HIDDEN:
		if (!step_hidden(survey, find)) {
			return false;
		}
		break;
	case DCV_SAID_REFERRAL:
	case DCV_SAID_NOTHING:
		break;
	}
	find->asking = false;
	return true;
}

static void step_find(struct dcv_survey *survey, struct dcv_task *task)
{
	struct dcv_find *find = (struct dcv_find *)task; /* first member */

	if (!survey->options.special_names &&
		dcv_name_special(find->name) == DCV_NAME_RESERVED) {
		finish(survey, find, DCV_FOUND_SPECIAL);
		return;
	}
	if (find->asking && dcv_task_wait(survey, task, &find->quest.task)) {
		return;
	}
	if (!find->asking || take_quest(survey, find)) {
		ask(survey, find);
	}
}

static void begin(struct dcv_survey *survey, struct dcv_find *find, unsigned depth,
	unsigned *budget)
{
	*find = (struct dcv_find){.name = find->name,
		.depth = depth,
		.own_budget = DCV_HOSTS_MAX};
	find->budget = budget == NULL ? &find->own_budget : budget;
	find->task.step = step_find;
	dcv_task_wake(survey, &find->task);
}

struct dcv_find *dcv_find_get(struct dcv_survey *survey, const struct dcv_name *name,
	unsigned depth, unsigned *budget)
{
	struct dcv_find *find = dcv_names_get(&survey->finds, name, 0);

	if (find != NULL) {
		if (find->place.found == DCV_FOUND_NO_VIEW &&
			dcv_task_is_stale(survey, &find->task)) {
			begin(survey, find, depth, budget);
		}
		return find;
	}
	find = dcv_survey_alloc(survey, 1, sizeof *find);
	if (find == NULL) {
		return NULL;
	}
	find->name = dcv_survey_name(survey, name);
	if (find->name == NULL) {
		return NULL;
	}
	if (!dcv_names_put(&survey->finds, find->name, 0, find, &survey->arena)) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	begin(survey, find, depth, budget);
	return find;
}
