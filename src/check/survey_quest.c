/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how one authoritative answer of a zone is got: its servers are asked one after
 * the other; and how the addresses of a server are looked up. It does not know what for. */
#include "check/survey_parts.h"

#define NOBODY "no name server that could be asked answers with authority for "
#define KNOT "only its own name servers could tell the addresses of the name servers of "

struct dcv_stuck {
	struct dcv_quest *quest;
	struct dcv_stuck *next;
};

/* Of a zone that the parent's servers hold as well, these are asked until its own are known. */
static const struct dcv_zone *asked_zone(const struct dcv_zone *zone)
{
	while (zone->hidden && zone->parent != NULL) {
		bool has_address = false;

		for (size_t s = 0; s < zone->seen.n_servers; s++) {
			has_address = has_address ||
				zone->seen.servers[s]->n_addresses > 0;
		}
		if (has_address) {
			break;
		}
		zone = zone->parent;
	}
	return zone;
}

static bool is_eligible(const struct dcv_survey *survey,
	const struct dcv_spot_address *address, const struct dcv_quest *quest)
{
	for (unsigned i = 0; i < quest->n_tried; i++) {
		if (quest->tried[i] == address) {
			return false;
		}
	}
	return !address->seen.unwanted && address->seen.state != DCV_ADDRESS_SPECIAL &&
		address->lame_in != survey->generation &&
		address->machine->mute_in != survey->generation;
}

/* The next address to ask, or NULL. Where to begin depends on the name, which spreads the load of
 * many names. */
static struct dcv_spot_address *next_address(const struct dcv_survey *survey,
	const struct dcv_quest *quest)
{
	const struct dcv_zone_seen *zone = &asked_zone(quest->zone)->seen;
	size_t first = zone->n_servers == 0
		? 0
		: dcv_names_hash(quest->name, quest->type) % zone->n_servers;

	for (size_t i = 0; i < zone->n_servers && quest->n_tried < DCV_TRIES_MAX; i++) {
		const struct dcv_zone_server *server =
			zone->servers[(first + i) % zone->n_servers];

		for (size_t a = 0; a < server->n_addresses; a++) {
			struct dcv_spot_address *address =
				(struct dcv_spot_address *)server->addresses[a];

			if (is_eligible(survey, address, quest)) {
				return address;
			}
		}
	}
	return NULL;
}

static void give_up_for(struct dcv_survey *survey, struct dcv_quest *quest,
	const char *why)
{
	char apex[DCV_NAME_TEXT_MAX];

	quest->why = dcv_survey_text(survey, "%s%s", why,
		dcv_name_text(&quest->zone->seen.apex, apex));
	dcv_task_finish(survey, &quest->task);
}

static void give_up(struct dcv_survey *survey, struct dcv_quest *quest)
{
	if (survey->late) {
		quest->why = "the time was over before it was answered";
		dcv_task_finish(survey, &quest->task);
		return;
	}
	give_up_for(survey, quest, NOBODY);
}

static void on_answer(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply)
{
	struct dcv_quest *quest = ctx;
	struct dcv_spot_address *address = quest->tried[index % DCV_TRIES_MAX];

	if (quest->task.done || index / DCV_TRIES_MAX != quest->serial) {
		return;
	}
	quest->n_open--;
	quest->silent = quest->silent || reply->fate == DCV_FATE_TIMEOUT;
	if (reply->fate == DCV_FATE_CUT || reply->fate == DCV_FATE_UNSENT) {
		give_up(survey, quest);
		return;
	}
	if (reply->fate == DCV_FATE_ANSWER &&
		quest->accept(survey, quest, address, reply)) {
		quest->answered = true;
		dcv_task_finish(survey, &quest->task);
		return;
	}
	dcv_task_wake(survey, &quest->task);
}

/* Notes it for the case that nothing is in flight any more. */
static void note_stuck(struct dcv_survey *survey, struct dcv_quest *quest)
{
	struct dcv_stuck *stuck = NULL;

	if (quest->is_stuck) {
		return;
	}
	stuck = dcv_survey_alloc(survey, 1, sizeof *stuck);
	if (stuck != NULL) {
		quest->is_stuck = true;
		*stuck = (struct dcv_stuck){quest, survey->stuck};
		survey->stuck = stuck;
	}
}

static void ask(struct dcv_survey *survey, struct dcv_quest *quest,
	struct dcv_spot_address *address)
{
	quest->tried[quest->n_tried] = address;
	quest->n_open++;
	dcv_survey_ask(survey, address,
		&(struct dcv_question){.name = quest->name,
			.type = quest->type,
			.limit_ms = DCV_WAY_MS},
		on_answer, quest,
		(size_t)quest->serial * DCV_TRIES_MAX + quest->n_tried++);
}

static void step_quest(struct dcv_survey *survey, struct dcv_task *task)
{
	struct dcv_quest *quest = (struct dcv_quest *)task; /* first member */
	struct dcv_spot_address *address = NULL;

	(void)dcv_zone_merge(survey, quest->zone);
	do {
		address = next_address(survey, quest);
		if (address != NULL) {
			ask(survey, quest, address);
		}
	} while (address != NULL && quest->silent);
	if (quest->n_open > 0) {
		return;
	}
	dcv_zone_hosts(survey, quest->zone, false, task);
	if (dcv_zone_merge(survey, quest->zone)) {
		note_stuck(survey, quest);
	} else if (next_address(survey, quest) != NULL) {
		dcv_task_wake(survey, task);
	} else {
		give_up(survey, quest);
	}
}

void dcv_quest_start(struct dcv_survey *survey, struct dcv_quest *quest)
{
	quest->task.step = step_quest;
	dcv_task_wake(survey, &quest->task);
}

bool dcv_quest_unstick(struct dcv_survey *survey)
{
	struct dcv_stuck *stuck = survey->stuck;
	bool any = false;

	survey->stuck = NULL;
	for (; stuck != NULL; stuck = stuck->next) {
		struct dcv_quest *quest = stuck->quest;

		if (!quest->is_stuck || quest->task.done) {
			continue;
		}
		any = true;
		give_up_for(survey, quest, quest->n_tried > 0 ? NOBODY : KNOT);
	}
	return any;
}

/* ---- the addresses of a server ---- */

static void add_addresses(struct dcv_survey *survey, struct dcv_host *host,
	const struct dcv_rrset *set)
{
	for (size_t i = 0; i < set->n && host->n < DCV_SERVER_ADDRESSES_MAX; i++) {
		struct dcv_addr *grown = dcv_arena_grow(&survey->arena, host->addrs,
			host->n, sizeof *grown);

		if (grown == NULL) {
			dcv_survey_fail(survey, DCV_E_NOMEM);
			return;
		}
		host->addrs = grown;
		if (dcv_addr_from_rdata(&set->rdata[i], survey->options.port,
			    &grown[host->n], NULL) == DCV_OK) {
			host->n++;
		}
	}
}

static bool accept_addresses(struct dcv_survey *survey, struct dcv_quest *quest,
	struct dcv_spot_address *address, const struct dcv_reply *reply)
{
	struct dcv_host *host = quest->ctx;
	const struct dcv_answer *answer = reply->answer;
	const struct dcv_rrset *set = NULL;

	(void)address;
	if (!answer->aa ||
		(answer->rcode != DCV_RCODE_NOERROR &&
			answer->rcode != DCV_RCODE_NXDOMAIN)) {
		return false;
	}
	set = dcv_answer_set(answer, host->name, quest->type);
	if (set != NULL) {
		add_addresses(survey, host, set);
		return true;
	}
	if (dcv_answer_set(answer, host->name, DCV_TYPE_CNAME) != NULL) {
		host->is_alias = true;
		return true;
	}
	/* Whoever cannot say it properly may not know it. */
	return answer->has_soa;
}

static void ask_addresses(struct dcv_survey *survey, struct dcv_host *host)
{
	static const uint16_t types[] = {DCV_TYPE_A, DCV_TYPE_AAAA};

	host->asked = true;
	for (size_t i = 0; i < 2; i++) {
		host->quests[i] = (struct dcv_quest){
			.zone = dcv_zone_get(survey, &host->find->place.zone->apex),
			.name = host->name,
			.type = types[i],
			.accept = accept_addresses,
			.ctx = host};
		dcv_quest_start(survey, &host->quests[i]);
	}
}

static const char *why_none(const struct dcv_host *host)
{
	if (host->is_alias) {
		return "its name is an alias, which a name server's must not be";
	}
	for (size_t i = 0; i < 2; i++) {
		if (host->quests[i].why != NULL) {
			return host->quests[i].why;
		}
	}
	return "its name has neither A nor AAAA";
}

static void step_host(struct dcv_survey *survey, struct dcv_task *task)
{
	struct dcv_host *host = (struct dcv_host *)task; /* first member */

	if (host->depth > DCV_DEPTH_MAX || host->is_over) {
		host->why = host->is_over
			? "there are more name servers without address than are looked up"
			: "its address depends on too many other zones";
		dcv_task_finish(survey, task);
		return;
	}
	if (host->find == NULL) {
		host->find = dcv_find_get(survey, host->name, host->depth, host->budget);
	}
	if (host->find == NULL || dcv_task_wait(survey, task, &host->find->task)) {
		return;
	}
	if (host->find->place.found != DCV_FOUND_ZONE) {
		host->why = host->find->place.found == DCV_FOUND_NO_VIEW
			? host->find->place.why
			: host->find->place.found == DCV_FOUND_SPECIAL
			? "its name is a special-use name"
			: "its name does not exist";
		dcv_task_finish(survey, task);
		return;
	}
	if (!host->asked) {
		ask_addresses(survey, host);
	}
	if (!dcv_task_wait(survey, task, &host->quests[0].task) &&
		!dcv_task_wait(survey, task, &host->quests[1].task)) {
		host->why = host->n == 0 ? why_none(host) : NULL;
		dcv_task_finish(survey, task);
	}
}

/* Each costs one of the budget, so that a hostile referral cannot make us ask without end. */
static void begin_host(struct dcv_survey *survey, struct dcv_host *host, unsigned depth,
	unsigned *budget)
{
	*host = (struct dcv_host){.name = host->name,
		.depth = depth,
		.budget = budget,
		.is_over = budget != NULL && *budget == 0};
	if (budget != NULL && *budget > 0) {
		*budget -= 1;
	}
	host->task.step = step_host;
	dcv_task_wake(survey, &host->task);
}

struct dcv_host *dcv_host_get(struct dcv_survey *survey, const struct dcv_name *name,
	unsigned depth, unsigned *budget)
{
	struct dcv_host *host = dcv_names_get(&survey->hosts, name, 0);

	if (host != NULL) {
		if (host->n == 0 && dcv_task_is_stale(survey, &host->task)) {
			begin_host(survey, host, depth, budget);
		}
		return host;
	}
	host = dcv_survey_alloc(survey, 1, sizeof *host);
	if (host == NULL) {
		return NULL;
	}
	host->name = dcv_survey_name(survey, name);
	if (host->name == NULL) {
		return NULL;
	}
	if (!dcv_names_put(&survey->hosts, host->name, 0, host, &survey->arena)) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	begin_host(survey, host, depth, budget);
	return host;
}
