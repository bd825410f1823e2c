/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what stands at one name, as each address of its zone tells it; survey_chain.c
 * goes from name to name. */
#include <string.h>

#include "check/judge.h"
#include "check/survey_parts.h"

/* The target of the alias that an answer has for a name: its CNAME, or what a DNAME above makes of
 * it where the server leaves that to us (RFC 6672 3.3). */
static bool read_alias(const struct dcv_answer *answer, const struct dcv_name *name,
	struct dcv_name *ret, uint32_t *ret_ttl_s, bool *ret_by_dname)
{
	const struct dcv_rrset *cname = dcv_answer_set(answer, name, DCV_TYPE_CNAME);
	bool found = false;

	*ret_by_dname = false;
	for (size_t i = 0; i < answer->n_sets && !found; i++) {
		const struct dcv_rrset *set = &answer->sets[i];

		if (set->type == DCV_TYPE_DNAME && set->n == 1 &&
			dcv_name_is_within(name, &set->owner) &&
			!dcv_name_equal(name, &set->owner)) {
			size_t head = (size_t)name->len - set->owner.len;
			uint8_t wire[2 * DCV_NAME_MAX];

			memcpy(wire, name->wire, head);
			memcpy(wire + head, set->rdata[0].wire,
				set->rdata[0].len <= DCV_NAME_MAX ? set->rdata[0].len : 0);
			found = set->rdata[0].len <= DCV_NAME_MAX &&
				dcv_name_from_wire(wire, head + set->rdata[0].len, ret);
			*ret_ttl_s = set->ttl_s;
			*ret_by_dname = true;
		}
	}
	if (!found && cname != NULL && cname->n > 0) {
		found = dcv_name_from_wire(cname->rdata[0].wire, cname->rdata[0].len, ret);
		*ret_ttl_s = cname->ttl_s;
	}
	return found;
}

static void keep_values(struct dcv_survey *survey, const struct dcv_rrset *set,
	struct dcv_address_answer *ret)
{
	const struct dcv_rdata *values = dcv_rdata_dup_list(set->rdata, set->n,
		&survey->arena);

	if (values == NULL) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return;
	}
	ret->seen = DCV_SEEN_HAS;
	ret->ttl_s = set->ttl_s;
	ret->n = set->n;
	ret->rdata = values;
}

static void keep_alias(struct dcv_survey *survey, const struct dcv_name *target,
	struct dcv_address_answer *ret)
{
	struct dcv_rdata *value = dcv_survey_alloc(survey, 1, sizeof *value);

	if (value == NULL ||
		dcv_rdata_from_name(target, &survey->arena, value, NULL) != DCV_OK) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return;
	}
	ret->seen = DCV_SEEN_OLD;
	ret->n = 1;
	ret->rdata = value;
}

static void keep_none(const struct dcv_answer *answer, struct dcv_address_answer *ret)
{
	ret->seen = DCV_SEEN_ABSENT;
	ret->nxdomain = answer->rcode == DCV_RCODE_NXDOMAIN;
	ret->no_soa = !answer->has_soa;
	/* RFC 2308 5 */
	ret->ttl_s = answer->soa_ttl_s < answer->soa_minimum_s ? answer->soa_ttl_s
							       : answer->soa_minimum_s;
}

/* What a reply says of the name; false where it says nothing of it. */
static bool read_reply(struct dcv_survey *survey, struct dcv_spot *spot,
	const struct dcv_reply *reply, struct dcv_address_answer *ret)
{
	const struct dcv_answer *answer = reply->answer;
	const struct dcv_rrset *set = NULL;
	struct dcv_name target;
	bool by_dname = false;

	/* What the deadline cut short is no failure of the server. */
	if (reply->fate == DCV_FATE_CUT || reply->fate == DCV_FATE_UNSENT) {
		ret->seen = DCV_SEEN_NOT_ASKED;
		return false;
	}
	if (reply->fate != DCV_FATE_ANSWER) {
		ret->seen = dcv_seen_of(reply);
		return false;
	}
	ret->rcode = answer->rcode;
	ret->no_edns = reply->no_edns;
	/* RFC 6604: with an alias the code is that of its end. */
	if (answer->rcode != DCV_RCODE_NOERROR && answer->rcode != DCV_RCODE_NXDOMAIN &&
		(answer->n_sets == 0 || !answer->aa)) {
		ret->seen = DCV_SEEN_RCODE;
		return false;
	}
	if (!answer->aa) {
		ret->seen = DCV_SEEN_NOT_AA;
		return false;
	}
	set = dcv_answer_set(answer, spot->name, spot->type);
	if (set != NULL) {
		keep_values(survey, set, ret);
	} else if (read_alias(answer, spot->name, &target, &ret->ttl_s, &by_dname)) {
		keep_alias(survey, &target, ret);
		spot->by_dname = by_dname;
	} else {
		keep_none(answer, ret);
	}
	return true;
}

/* ---- the question to one that answers, and to all ---- */

static void set_place(struct dcv_address_answer *answer, const struct dcv_spot *spot,
	const struct dcv_spot_address *address)
{
	const struct dcv_zone_seen *zone = spot->find->place.zone;

	answer->address = &address->seen;
	for (size_t s = 0; s < zone->n_servers && answer->server == NULL; s++) {
		for (size_t a = 0; a < zone->servers[s]->n_addresses; a++) {
			if (zone->servers[s]->addresses[a] == &address->seen) {
				answer->server = zone->servers[s];
			}
		}
	}
}

static bool accept_one(struct dcv_survey *survey, struct dcv_quest *quest,
	struct dcv_spot_address *address, const struct dcv_reply *reply)
{
	struct dcv_spot *spot = quest->ctx;

	spot->n_answers = 1;
	spot->answers[0] = (struct dcv_address_answer){.address = &address->seen};
	set_place(&spot->answers[0], spot, address);
	return read_reply(survey, spot, reply, &spot->answers[0]);
}

static void ask_one(struct dcv_survey *survey, struct dcv_spot *spot)
{
	spot->answers = dcv_survey_alloc(survey, 1, sizeof *spot->answers);
	if (spot->answers == NULL) {
		return;
	}
	spot->quest = (struct dcv_quest){
		.zone = dcv_zone_get(survey, &spot->find->place.zone->apex),
		.name = spot->name,
		.type = spot->type,
		.accept = accept_one,
		.ctx = spot};
	dcv_quest_start(survey, &spot->quest);
}

static void on_one_of_all(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply)
{
	struct dcv_spot *spot = ctx;

	(void)read_reply(survey, spot, reply, &spot->answers[index]);
	if (--spot->n_open == 0) {
		dcv_task_wake(survey, &spot->task);
	}
}

static void ask_address(struct dcv_survey *survey, struct dcv_spot *spot,
	struct dcv_zone_address *seen, size_t index)
{
	const struct dcv_question question = {.name = spot->name,
		.type = spot->type,
		.limit_ms = DCV_LOOK_MS};

	spot->n_open++;
	dcv_survey_ask(survey, (struct dcv_spot_address *)seen, &question, on_one_of_all,
		spot, index);
}

/* What the survey of the zone has seen there is not asked for again. */
static enum dcv_seen seen_of_state(const struct dcv_zone_address *seen)
{
	switch (seen->state) {
	case DCV_ADDRESS_LAME:
		return seen->rcode != DCV_RCODE_NOERROR ? DCV_SEEN_RCODE : DCV_SEEN_NOT_AA;
	case DCV_ADDRESS_BROKEN:
		return seen->folds_case ? DCV_SEEN_CASE : DCV_SEEN_MALFORMED;
	case DCV_ADDRESS_AUTHORITATIVE:
	case DCV_ADDRESS_NOT_ASKED:
	case DCV_ADDRESS_SPECIAL:
		break;
	case DCV_ADDRESS_SILENT:
		return DCV_SEEN_TIMEOUT;
	case DCV_ADDRESS_CLOSED:
		return DCV_SEEN_REFUSED_CONN;
	case DCV_ADDRESS_NO_ROUTE:
		return DCV_SEEN_NO_ROUTE;
	}
	return DCV_SEEN_NOT_ASKED;
}

static bool is_worth_asking(const struct dcv_zone_address *seen)
{
	return seen->state == DCV_ADDRESS_AUTHORITATIVE ||
		seen->state == DCV_ADDRESS_LAME || seen->state == DCV_ADDRESS_BROKEN;
}

/* Those that are known not to answer get what the zone's survey has seen. */
static void ask_all(struct dcv_survey *survey, struct dcv_spot *spot)
{
	const struct dcv_zone_seen *zone = spot->find->place.zone;
	size_t n = 0, at = 0;

	for (size_t s = 0; s < zone->n_servers; s++) {
		n += zone->servers[s]->n_addresses;
	}
	spot->answers = dcv_survey_alloc(survey, n, sizeof *spot->answers);
	spot->n_answers = spot->answers == NULL ? 0 : n;
	for (size_t s = 0; spot->answers != NULL && s < zone->n_servers; s++) {
		for (size_t a = 0; a < zone->servers[s]->n_addresses; a++, at++) {
			struct dcv_zone_address *seen = zone->servers[s]->addresses[a];

			spot->answers[at].server = zone->servers[s];
			spot->answers[at].address = seen;
			spot->answers[at].seen = seen_of_state(seen);
			spot->answers[at].rcode = seen->rcode;
			if (spot->find->place.found == DCV_FOUND_ZONE &&
				is_worth_asking(seen)) {
				ask_address(survey, spot, seen, at);
			}
		}
	}
}

/* ---- what all say together ---- */

static bool same_answer(const struct dcv_address_answer *a,
	const struct dcv_address_answer *b)
{
	struct dcv_rrset set = {.n = a->n,
		.rdata = (struct dcv_rdata *)(uintptr_t)a->rdata};

	if (a->seen != b->seen || a->n != b->n) {
		return false;
	}
	for (size_t i = 0; i < b->n; i++) {
		if (!dcv_rrset_has(&set, &b->rdata[i])) {
			return false;
		}
	}
	return true;
}

static bool says_something(const struct dcv_address_answer *answer)
{
	return answer->seen == DCV_SEEN_HAS || answer->seen == DCV_SEEN_OLD ||
		answer->seen == DCV_SEEN_ABSENT;
}

/* Records come before an alias, and an alias before nothing. */
static unsigned rank(const struct dcv_address_answer *answer)
{
	return answer->seen == DCV_SEEN_HAS ? 3 : answer->seen == DCV_SEEN_OLD ? 2 : 1;
}

static void conclude(struct dcv_spot *spot)
{
	const struct dcv_address_answer *first = NULL;

	for (size_t i = 0; i < spot->n_answers; i++) {
		struct dcv_address_answer *answer = &spot->answers[i];

		if (!says_something(answer)) {
			continue;
		}
		first = first == NULL ? answer : first;
		answer->differs = !same_answer(first, answer);
		spot->differ = spot->differ || answer->differs;
		if (spot->best == NULL || rank(answer) > rank(spot->best)) {
			spot->best = answer;
		}
		spot->ttl_s = answer->ttl_s > spot->ttl_s ? answer->ttl_s : spot->ttl_s;
	}
}

/* The first reason why none does. */
static const char *why_none(struct dcv_survey *survey, const struct dcv_spot *spot)
{
	char addr[DCV_ADDR_TEXT_MAX], name[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < spot->n_answers; i++) {
		const struct dcv_address_answer *answer = &spot->answers[i];

		if (answer->server != NULL && answer->seen != DCV_SEEN_NOT_ASKED) {
			return dcv_survey_text(survey, "%s (%s): %s",
				dcv_name_text(answer->server->name, name),
				dcv_addr_text(&answer->address->addr, addr),
				answer->seen == DCV_SEEN_RCODE
					? dcv_rcode_text(answer->rcode)
					: dcv_seen_text(answer->seen));
		}
	}
	return spot->quest.why != NULL ? spot->quest.why
				       : "no name server of the zone could be asked";
}

static void finish(struct dcv_survey *survey, struct dcv_spot *spot)
{
	if (spot->quest.answered || spot->every) {
		conclude(spot);
	}
	if (spot->best == NULL && spot->why == NULL) {
		spot->why = why_none(survey, spot);
	}
	dcv_task_finish(survey, &spot->task);
}

/* The zone is known: whom to ask. */
static void begin(struct dcv_survey *survey, struct dcv_spot *spot)
{
	struct dcv_zone *zone = dcv_zone_get(survey, &spot->find->place.zone->apex);

	if (dcv_zone_is_top(zone)) {
		spot->every = false;
	}
	if (spot->every) {
		dcv_zone_survey(survey, zone);
		if (dcv_task_wait(survey, &spot->task, &zone->task)) {
			return;
		}
		spot->begun = true;
		ask_all(survey, spot);
		if (spot->n_open == 0) {
			finish(survey, spot);
		}
		return;
	}
	spot->begun = true;
	ask_one(survey, spot);
	(void)dcv_task_wait(survey, &spot->task, &spot->quest.task);
}

/* A zone of which no server answers is shown with its servers all the same. */
static bool is_to_be_begun(struct dcv_survey *survey, const struct dcv_spot *spot)
{
	const struct dcv_place_of_name *place = &spot->find->place;

	return place->found == DCV_FOUND_ZONE ||
		(place->found == DCV_FOUND_NO_VIEW && spot->every &&
			!dcv_zone_is_top(dcv_zone_get(survey, &place->zone->apex)));
}

static void step_spot(struct dcv_survey *survey, struct dcv_task *task)
{
	struct dcv_spot *spot = (struct dcv_spot *)task; /* first member */

	if (spot->find == NULL) {
		spot->find = dcv_find_get(survey, spot->name, 0, NULL);
	}
	if (spot->find == NULL || dcv_task_wait(survey, task, &spot->find->task)) {
		return;
	}
	if (spot->find->place.found == DCV_FOUND_NO_VIEW) {
		spot->why = spot->find->place.why;
	}
	if (!is_to_be_begun(survey, spot)) {
		dcv_task_finish(survey, task);
	} else if (!spot->begun) {
		begin(survey, spot);
	} else if (spot->n_open == 0 && (spot->every || spot->quest.task.done)) {
		finish(survey, spot);
	}
}

struct dcv_spot *dcv_spot_get(struct dcv_survey *survey, const struct dcv_name *name,
	uint16_t type, bool every)
{
	uint32_t tag = (uint32_t)survey->epoch << 17 | (uint32_t)every << 16 | type;
	struct dcv_spot *spot = dcv_names_get(&survey->spots, name, tag);

	if (spot != NULL && !dcv_task_is_stale(survey, &spot->task)) {
		return spot;
	}
	if (spot == NULL) {
		spot = dcv_survey_alloc(survey, 1, sizeof *spot);
		if (spot == NULL) {
			return NULL;
		}
		spot->name = dcv_survey_name(survey, name);
		if (spot->name == NULL) {
			return NULL;
		}
		if (!dcv_names_put(&survey->spots, spot->name, tag, spot, &survey->arena)) {
			dcv_survey_fail(survey, DCV_E_NOMEM);
			return NULL;
		}
	} else {
		*spot = (struct dcv_spot){.name = spot->name};
	}
	spot->type = type;
	spot->every = every;
	spot->task.step = step_spot;
	dcv_task_wake(survey, &spot->task);
	return spot;
}

bool dcv_spot_same(const struct dcv_spot *a, const struct dcv_spot *b)
{
	return a->best != NULL && b->best != NULL && a->best->seen != DCV_SEEN_ABSENT &&
		same_answer(a->best, b->best);
}
