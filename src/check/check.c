/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows rounds: whom to ask again, when, and what all observations together say. It
 * does not know sockets, nor how one answer is judged. */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check/judge.h"
#include "check/pool.h"

#define LOOK_MS 2500 /* for an answer, where one look is all */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 10000
#define CACHED_MAX_S 604800u /* resolvers keep nothing longer: RFC 8767 4 */
#define PAUSE_LEAST_MS 20 /* with less time left another round is of no use */

/* Something to ask one address: an item, or the SOA of its zone. */
struct probe {
	struct dcv_question question; /* first: the pool hands it back */
	bool is_soa;
	size_t item, zone, server;
	bool has_serial; /* SOA: what was served in this round */
	uint32_t serial;
	bool due; /* asked in this round */
};

struct run {
	const struct dcv_check_options *options;
	const struct dcv_check_zone *zones;
	size_t n_zones;
	const struct dcv_check_item *items;
	size_t n_items;
	struct dcv_arena *arena; /* of the result */
	struct dcv_arena scratch; /* of all else */
	struct dcv_pool *pool;
	struct dcv_check_result result;
	struct probe *probes; /* those of the items, then those of the zones */
	size_t n_pairs, n_probes;
	size_t *first_soa; /* [zone] index of the probe for its first server */
	size_t *targets; /* [server of all zones] */
	size_t *first_server; /* [zone] its first server in targets */
	bool *answered; /* [zone] something answered at any time */
	const char ***extra; /* [item][unwanted] presentation form, made when first needed */
	int64_t began_ms;
};

const struct dcv_observation *dcv_check_at(const struct dcv_check_result *result,
	size_t item, size_t server)
{
	return &result->observations[item * result->n_servers_max + server];
}

static struct dcv_observation *observation(struct run *run, const struct probe *probe)
{
	return &run->result.observations[probe->item * run->result.n_servers_max +
		probe->server];
}

static const struct dcv_server *server_of(const struct run *run, const struct probe *probe)
{
	return &run->zones[probe->zone].servers[probe->server];
}

/* ---- before the first round ---- */

static enum dcv_err find_targets(struct run *run, struct dcv_error *err)
{
	size_t n = 0;

	for (size_t z = 0; z < run->n_zones; z++) {
		run->first_server[z] = n;
		n += run->zones[z].n_servers;
	}
	run->targets = dcv_arena_array(&run->scratch, n, sizeof *run->targets);
	if (run->targets == NULL) {
		return dcv_nomem(err);
	}
	for (size_t z = 0, i = 0; z < run->n_zones; z++) {
		for (size_t s = 0; s < run->zones[z].n_servers; s++, i++) {
			enum dcv_err rc = dcv_pool_target(run->pool,
				&run->zones[z].servers[s].addr, &run->targets[i], err);

			if (rc != DCV_OK) {
				return rc;
			}
		}
	}
	return DCV_OK;
}

static void fill_probe(struct run *run, struct probe *probe, size_t zone, size_t server)
{
	probe->zone = zone;
	probe->server = server;
	probe->question.target = run->targets[run->first_server[zone] + server];
}

static bool make_probes(struct run *run)
{
	size_t n_soas = 0, at = 0;

	for (size_t i = 0; i < run->n_items; i++) {
		run->n_pairs += run->zones[run->items[i].zone].n_servers;
	}
	for (size_t z = 0; z < run->n_zones; z++) {
		n_soas += run->zones[z].n_servers;
	}
	run->n_probes = run->n_pairs + n_soas;
	run->probes = dcv_arena_array(&run->scratch, run->n_probes, sizeof *run->probes);
	if (run->probes == NULL) {
		return false;
	}
	for (size_t i = 0; i < run->n_items; i++) {
		const struct dcv_check_item *item = &run->items[i];

		for (size_t s = 0; s < run->zones[item->zone].n_servers; s++, at++) {
			fill_probe(run, &run->probes[at], item->zone, s);
			run->probes[at].item = i;
			run->probes[at].question.name = &item->owner;
			run->probes[at].question.type = item->type;
		}
	}
	for (size_t z = 0; z < run->n_zones; z++) {
		run->first_soa[z] = at;
		for (size_t s = 0; s < run->zones[z].n_servers; s++, at++) {
			fill_probe(run, &run->probes[at], z, s);
			run->probes[at].is_soa = true;
			run->probes[at].question.name = &run->zones[z].apex;
			run->probes[at].question.type = DCV_TYPE_SOA;
		}
	}
	return true;
}

static bool make_tables(struct run *run)
{
	size_t most = 0;

	for (size_t z = 0; z < run->n_zones; z++) {
		most = run->zones[z].n_servers > most ? run->zones[z].n_servers : most;
	}
	run->result.n_servers_max = most;
	run->result.observations = dcv_arena_array(run->arena,
		most == 0 ? 0 : run->n_items, most * sizeof(struct dcv_observation));
	run->first_soa = dcv_arena_array(&run->scratch, run->n_zones,
		sizeof *run->first_soa);
	run->first_server = dcv_arena_array(&run->scratch, run->n_zones,
		sizeof *run->first_server);
	run->answered = dcv_arena_array(&run->scratch, run->n_zones,
		sizeof *run->answered);
	run->extra = dcv_arena_array(&run->scratch, run->n_items, sizeof *run->extra);
	return run->result.observations != NULL && run->first_soa != NULL &&
		run->first_server != NULL && run->answered != NULL && run->extra != NULL;
}

/* ---- one reply ---- */

/* The presentation form of an unwanted value, made once. NULL when memory is out. */
static const char *extra_text(struct run *run, size_t item_index, size_t unwanted)
{
	const struct dcv_check_item *item = &run->items[item_index];
	const char ***texts = &run->extra[item_index];

	if (*texts == NULL) {
		*texts = dcv_arena_array(&run->scratch, item->n_unwanted, sizeof **texts);
	}
	if (*texts != NULL && (*texts)[unwanted] == NULL) {
		(*texts)[unwanted] = dcv_rdata_dup_text(item->type,
			&item->unwanted[unwanted], run->arena);
	}
	return *texts == NULL ? NULL : (*texts)[unwanted];
}

static void log_change(struct run *run, const struct probe *probe, enum dcv_seen before,
	const struct dcv_observation *seen)
{
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX], addr[DCV_ADDR_TEXT_MAX];
	const struct dcv_server *server = server_of(run, probe);

	if (before == seen->seen || !dcv_log_wants(run->options->log, DCV_LOG_INFO)) {
		return;
	}
	dcv_log(run->options->log, DCV_LOG_INFO, "%s (%s): %.300s %s: %s, was %s",
		server->name, dcv_addr_text(&server->addr, addr),
		dcv_name_text(probe->question.name, name),
		dcv_type_text(probe->question.type, type),
		seen->seen == DCV_SEEN_RCODE ? dcv_rcode_text(seen->rcode)
					     : dcv_seen_text(seen->seen),
		dcv_seen_text(before));
}

static enum dcv_err note_item(struct run *run, struct probe *probe,
	const struct dcv_reply *reply, struct dcv_error *err)
{
	const struct dcv_check_item *item = &run->items[probe->item];
	struct dcv_observation *seen = observation(run, probe);
	struct dcv_judgement judgement = dcv_judge(item, reply);
	enum dcv_seen before = seen->seen;
	const char *extra = NULL;

	if (judgement.unwanted < item->n_unwanted) {
		extra = extra_text(run, probe->item, judgement.unwanted);
		if (extra == NULL) {
			return dcv_nomem(err);
		}
	}
	seen->seen = judgement.seen;
	seen->rcode = judgement.rcode;
	seen->ttl_s = judgement.ttl_s;
	seen->extra = extra;
	seen->rtt_ms = reply->rtt_ms;
	seen->no_edns = reply->no_edns;
	seen->no_soa = judgement.no_soa;
	if (seen->seen == DCV_SEEN_HAS && seen->first_has_s == 0) {
		seen->first_has_s = dcv_now_s(run->options->clock);
	} else if (seen->seen == DCV_SEEN_OLD || seen->seen == DCV_SEEN_ABSENT) {
		/* It went back: caches may have taken the old data again. */
		seen->first_has_s = 0;
		seen->former_s = judgement.cached_s < CACHED_MAX_S ? judgement.cached_s
								   : CACHED_MAX_S;
		seen->was_absent = judgement.seen == DCV_SEEN_ABSENT;
	}
	run->answered[probe->zone] = run->answered[probe->zone] ||
		dcv_seen_is_answer(judgement.seen);
	log_change(run, probe, before, seen);
	return DCV_OK;
}

static void note_soa(struct run *run, struct probe *probe, const struct dcv_reply *reply)
{
	const struct dcv_answer *answer = reply->answer;

	if (reply->fate != DCV_FATE_ANSWER) {
		return;
	}
	run->answered[probe->zone] = true;
	if (answer->aa && answer->rcode == DCV_RCODE_NOERROR && answer->has_soa &&
		dcv_answer_set(answer, probe->question.name, DCV_TYPE_SOA) != NULL) {
		probe->has_serial = true;
		probe->serial = answer->soa_serial;
	}
}

static enum dcv_err on_reply(void *ctx, struct dcv_question *question,
	const struct dcv_reply *reply, struct dcv_error *err)
{
	struct run *run = ctx;
	struct probe *probe = (struct probe *)question;

	if (probe->is_soa) {
		note_soa(run, probe, reply);
		return DCV_OK;
	}
	/* What the deadline cut short says less than what was seen before. */
	if (reply->fate == DCV_FATE_UNSENT ||
		(reply->fate == DCV_FATE_CUT &&
			observation(run, probe)->seen != DCV_SEEN_NOT_ASKED)) {
		return DCV_OK;
	}
	probe->due = false;
	return note_item(run, probe, reply, err);
}

/* ---- what all observations say ---- */

/* The same server, by name, answered at another of its addresses. */
static bool answered_elsewhere(struct run *run, const struct probe *probe)
{
	const struct dcv_check_zone *zone = &run->zones[probe->zone];
	const char *name = server_of(run, probe)->name;

	for (size_t s = 0; s < zone->n_servers; s++) {
		if (s != probe->server && strcasecmp(zone->servers[s].name, name) == 0 &&
			dcv_seen_is_answer(
				dcv_check_at(&run->result, probe->item, s)->seen)) {
			return true;
		}
	}
	return false;
}

static bool counts(struct run *run, const struct probe *probe)
{
	return observation(run, probe)->seen != DCV_SEEN_NO_ROUTE ||
		!answered_elsewhere(run, probe);
}

/* In the latest answer to this pair all is as it shall be. */
static bool is_good(struct run *run, const struct probe *probe)
{
	return observation(run, probe)->seen == DCV_SEEN_HAS || !counts(run, probe);
}

static bool all_good(struct run *run)
{
	for (size_t i = 0; i < run->n_items; i++) {
		if (run->zones[run->items[i].zone].n_servers == 0) {
			return false;
		}
	}
	for (size_t i = 0; i < run->n_pairs; i++) {
		if (run->probes[i].due || !is_good(run, &run->probes[i])) {
			return false;
		}
	}
	return true;
}

static bool is_unverified(const struct run *run)
{
	for (size_t i = 0; i < run->n_items; i++) {
		size_t zone = run->items[i].zone;

		if (!run->answered[zone]) {
			return true;
		}
	}
	return false;
}

static void find_times(struct run *run)
{
	struct dcv_check_result *result = &run->result;

	result->effective_at_s = 0;
	result->settled_at_s = 0;
	for (size_t i = 0; i < run->n_pairs; i++) {
		const struct probe *probe = &run->probes[i];
		const struct dcv_observation *seen = observation(run, probe);
		int64_t first_s = seen->first_has_s;
		uint32_t cached_s = run->items[probe->item].cached_s;
		int64_t settled_s = first_s +
			(seen->former_s > cached_s ? seen->former_s : cached_s);

		if (!counts(run, probe)) {
			continue;
		}
		if (first_s > result->effective_at_s) {
			result->effective_at_s = first_s;
		}
		if (settled_s > result->settled_at_s) {
			result->settled_at_s = settled_s;
		}
	}
}

static void conclude(struct run *run, bool effective)
{
	struct dcv_check_result *result = &run->result;

	result->unverified = is_unverified(run);
	result->effective = effective;
	result->asked_ms = dcv_mono_ms(run->options->clock) - run->began_ms;
	if (effective) {
		find_times(run);
	}
}

/* ---- rounds ---- */

enum whom { WHOM_ALL, WHOM_NOT_GOOD };

static void ask(struct run *run, struct probe *probe, bool tcp)
{
	probe->due = true;
	probe->question.tcp = tcp;
	probe->question.limit_ms = run->options->wait ? 0 : LOOK_MS;
	dcv_pool_ask(run->pool, &probe->question);
}

/* Asks the pairs, and the SOA of each zone at each server that is asked something. */
static void ask_round(struct run *run, enum whom whom, bool tcp)
{
	for (size_t i = run->n_pairs; i < run->n_probes; i++) {
		run->probes[i].due = false;
		run->probes[i].has_serial = false;
	}
	for (size_t i = 0; i < run->n_pairs; i++) {
		struct probe *probe = &run->probes[i];
		struct probe *soa =
			&run->probes[run->first_soa[probe->zone] + probe->server];
		/* What TCP did not answer is to be seen there. */
		bool lacks_tcp = observation(run, probe)->seen == DCV_SEEN_NO_TCP;

		probe->due = false;
		if (whom == WHOM_NOT_GOOD && is_good(run, probe)) {
			continue;
		}
		ask(run, probe, tcp || (whom == WHOM_NOT_GOOD && lacks_tcp));
		if (!soa->due) {
			ask(run, soa, tcp);
		}
	}
}

static void share_serials(struct run *run)
{
	for (size_t i = 0; i < run->n_pairs; i++) {
		const struct probe *probe = &run->probes[i];
		const struct probe *soa =
			&run->probes[run->first_soa[probe->zone] + probe->server];
		struct dcv_observation *seen = observation(run, probe);

		if (soa->has_serial) {
			seen->has_serial = true;
			seen->serial = soa->serial;
		}
	}
}

static enum dcv_err do_round(struct run *run, enum whom whom, bool tcp, bool *ret_good,
	struct dcv_error *err)
{
	ask_round(run, whom, tcp);

	enum dcv_err rc = dcv_pool_run(run->pool, err);

	if (rc != DCV_OK) {
		return rc;
	}
	run->result.rounds++;
	share_serials(run);
	*ret_good = all_good(run);
	conclude(run, false);
	if (run->options->round != NULL) {
		run->options->round(run->options->ctx, &run->result);
	}
	return DCV_OK;
}

/* One look: a round over UDP; if it is good another one at once; if that is good too and it is
 * wanted, one over TCP. */
static enum dcv_err look(struct run *run, enum whom whom, bool *ret_good,
	struct dcv_error *err)
{
	bool tcp = run->options->wait || run->options->confirm_tcp;
	bool good = false;
	enum dcv_err rc = do_round(run, whom, false, &good, err);

	if (rc == DCV_OK && good) {
		rc = do_round(run, WHOM_ALL, false, &good, err);
	}
	if (rc == DCV_OK && good && tcp) {
		rc = do_round(run, WHOM_ALL, true, &good, err);
	}
	if (rc == DCV_OK) {
		*ret_good = good;
	}
	return rc;
}

/* Waits before the next look. Near the end of the time half of the rest is waited, so that
 * the last look is late and not cut short. False: there is no time for another. */
static bool pause_before_next(struct run *run, int64_t *pause_ms)
{
	int64_t left_ms = dcv_pool_left_ms(run->pool);

	if (left_ms < PAUSE_LEAST_MS) {
		return false;
	}
	dcv_pool_pause(run->pool, *pause_ms < left_ms / 2 ? *pause_ms : left_ms / 2);
	*pause_ms = *pause_ms * 2 < PAUSE_MAX_MS ? *pause_ms * 2 : PAUSE_MAX_MS;
	return true;
}

static enum dcv_err look_until_good(struct run *run, struct dcv_error *err)
{
	int64_t pause_ms = PAUSE_FIRST_MS;
	enum whom whom = WHOM_ALL;
	bool good = false;

	do {
		enum dcv_err rc = look(run, whom, &good, err);

		if (rc != DCV_OK) {
			return rc;
		}
		whom = WHOM_NOT_GOOD;
	} while (!good && run->options->wait && pause_before_next(run, &pause_ms));
	conclude(run, good);
	return DCV_OK;
}

static bool is_stopped(void *ctx)
{
	struct run *run = ctx;

	return run->options->stopped(run->options->ctx, &run->result);
}

static enum dcv_err prepare(struct run *run, struct dcv_error *err)
{
	int64_t left_ms = run->options->deadline_ms - run->began_ms;

	enum dcv_err rc = dcv_pool_new(left_ms, on_reply, run, &run->pool, err);

	if (rc != DCV_OK) {
		return rc;
	}
	dcv_pool_rate(run->pool,
		run->options->rate == 0 ? DCV_CHECK_RATE : run->options->rate);
	if (run->options->stopped != NULL) {
		dcv_pool_watch(run->pool, is_stopped, run);
	}
	if (!make_tables(run)) {
		return dcv_nomem(err);
	}
	rc = find_targets(run, err);
	if (rc == DCV_OK && !make_probes(run)) {
		rc = dcv_nomem(err);
	}
	return rc;
}

enum dcv_err dcv_check_run(const struct dcv_check_options *options,
	const struct dcv_check_zone *zones, size_t n_zones,
	const struct dcv_check_item *items, size_t n_items, struct dcv_arena *arena,
	struct dcv_check_result *ret, struct dcv_error *err)
{
	struct run run = {.options = options,
		.zones = zones,
		.n_zones = n_zones,
		.items = items,
		.n_items = n_items,
		.arena = arena};

	run.began_ms = dcv_mono_ms(options->clock);

	enum dcv_err rc = prepare(&run, err);

	if (rc == DCV_OK) {
		rc = look_until_good(&run, err);
	}
	dcv_pool_free(run.pool);
	dcv_arena_clear(&run.scratch);
	if (rc == DCV_OK) {
		*ret = run.result;
	}
	return rc;
}
