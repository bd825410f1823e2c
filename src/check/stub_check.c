/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when the resolvers are asked again, and what all observations together say. */
#include <string.h>

#include "check/judge.h"
#include "check/stub_parts.h"

#define PAUSE_FIRST_MS 1000
#define PAUSE_MAX_MS 10000
#define CACHED_MAX_S \
	60 /* of a cache; a resolver may have several, and each its own answer */
#define TICK_MS 100

/* An item at a resolver. */
struct pair {
	size_t item, resolver;
	int64_t due_ms; /* when it is asked again */
};

struct run {
	struct dcv_stub *stub;
	const struct dcv_check_options *options;
	const struct dcv_check_item *items;
	size_t n_items, n_pairs;
	struct dcv_arena *arena;
	struct dcv_arena scratch; /* of a round */
	struct dcv_check_result result;
	struct pair *pairs;
	bool *answered; /* [item] */
	int64_t began_ms, pause_ms;
};

static struct dcv_observation *at(struct run *run, const struct pair *pair)
{
	return &run->result.observations[pair->item * run->result.n_servers_max +
		pair->resolver];
}

/* --- one answer --- */

/* By the answer at the end of the aliases; authority is nothing that a resolver could claim. */
static struct dcv_judgement judge(const struct dcv_check_item *item,
	const struct dcv_stub_question *question, struct dcv_answer *answer)
{
	struct dcv_check_item there = *item;
	const struct dcv_reply reply = {.fate = DCV_FATE_ANSWER, .answer = answer};

	*answer = question->answer;
	answer->aa = true;
	if (item->type != DCV_TYPE_CNAME)
		there.owner = dcv_stub_follow(answer, &item->owner, DCV_SURVEY_HOPS);
	return dcv_judge(&there, &reply);
}

/* Keeps a text in the run's memory, once. False: memory is out. */
static bool keep(struct run *run, const char **kept, const char *text)
{
	if (text == NULL || *kept == NULL || strcmp(*kept, text) != 0)
		*kept = text != NULL ? dcv_arena_strdup(run->arena, text) : NULL;
	return text == NULL || *kept != NULL;
}

static bool note_answer(struct run *run, const struct pair *pair,
	const struct dcv_stub_question *question, struct dcv_observation *seen)
{
	const struct dcv_check_item *item = &run->items[pair->item];
	struct dcv_answer answer;
	struct dcv_judgement judgement = judge(item, question, &answer);
	struct dcv_name end = dcv_stub_follow(&answer, &item->owner,
		item->type != DCV_TYPE_CNAME ? DCV_SURVEY_HOPS : 0);
	const char *extra = NULL;

	if (judgement.unwanted < item->n_unwanted) {
		extra = dcv_rdata_dup_text(item->type,
			&item->unwanted[judgement.unwanted], &run->scratch);
		if (extra == NULL)
			return false;
	}
	seen->seen = judgement.seen;
	seen->rcode = judgement.rcode;
	seen->ttl_s = dcv_stub_ttl(&answer, &end, item->type);
	if (seen->seen == DCV_SEEN_HAS && seen->first_has_s == 0)
		seen->first_has_s = dcv_now_s(run->options->clock);
	else if (seen->seen == DCV_SEEN_OLD || seen->seen == DCV_SEEN_ABSENT)
		seen->first_has_s = 0;
	run->answered[pair->item] = true;
	return keep(run, &seen->extra, extra);
}

static void tell_change(const struct run *run, const struct pair *pair,
	enum dcv_seen before, const struct dcv_observation *seen)
{
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	if (run->options->log == NULL || before == seen->seen)
		return;
	dcv_log(run->options->log, DCV_LOG_INFO, "through %s: %.300s %s: %s, was %s",
		run->stub->servers[pair->resolver].name,
		dcv_name_text(&run->items[pair->item].owner, name),
		dcv_type_text(run->items[pair->item].type, type),
		seen->seen == DCV_SEEN_RCODE ? dcv_rcode_text(seen->rcode)
					     : dcv_seen_text(seen->seen),
		dcv_seen_text(before));
}

/* When it is worth asking again. */
static int64_t due_of(const struct run *run, const struct dcv_observation *seen)
{
	int64_t cached_s = seen->seen == DCV_SEEN_OLD || seen->seen == DCV_SEEN_ABSENT
		? seen->ttl_s
		: 0;
	int64_t pause_ms = (cached_s < CACHED_MAX_S ? cached_s : CACHED_MAX_S) * 1000;

	return dcv_mono_ms(run->options->clock) +
		(pause_ms > run->pause_ms ? pause_ms : run->pause_ms);
}

static bool note(struct run *run, struct pair *pair,
	const struct dcv_stub_question *question)
{
	struct dcv_observation *seen = at(run, pair);
	enum dcv_seen before = seen->seen;
	bool done = true;

	/* The deadline came before it was sent. */
	if (question->seen == DCV_SEEN_NOT_ASKED)
		return true;
	seen->rtt_ms = question->rtt_ms;
	if (question->seen == DCV_SEEN_HAS) {
		done = note_answer(run, pair, question, seen);
	} else {
		seen->seen = question->seen;
		seen->ttl_s = 0;
		seen->extra = NULL;
	}
	pair->due_ms = due_of(run, seen);
	tell_change(run, pair, before, seen);
	return done && keep(run, &seen->why, question->why);
}

/* --- rounds --- */

static bool is_good(struct run *run, const struct pair *pair)
{
	return at(run, pair)->seen == DCV_SEEN_HAS;
}

static void conclude(struct run *run)
{
	struct dcv_check_result *result = &run->result;

	result->effective = run->n_pairs > 0;
	result->unverified = false;
	result->effective_at_s = 0;
	result->settled_at_s = 0;
	result->asked_ms = dcv_mono_ms(run->options->clock) - run->began_ms;
	for (size_t i = 0; i < run->n_items; i++)
		result->unverified = result->unverified || !run->answered[i];
	for (size_t i = 0; i < run->n_pairs; i++) {
		const struct pair *pair = &run->pairs[i];
		int64_t first_s = at(run, pair)->first_has_s;
		int64_t settled_s = first_s + run->items[pair->item].cached_s;

		result->effective = result->effective && is_good(run, pair);
		if (first_s > result->effective_at_s)
			result->effective_at_s = first_s;
		if (settled_s > result->settled_at_s)
			result->settled_at_s = settled_s;
	}
}

/* Asks the pairs that are not good and due. */
static enum dcv_err ask_round(struct run *run, struct dcv_error *err)
{
	struct dcv_stub_question *questions = dcv_arena_array(&run->scratch, run->n_pairs,
		sizeof(*questions));
	struct pair **asked = dcv_arena_array(&run->scratch, run->n_pairs, sizeof(*asked));
	int64_t now_ms = dcv_mono_ms(run->options->clock);
	size_t n = 0;
	enum dcv_err rc;

	if (questions == NULL || asked == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < run->n_pairs; i++) {
		struct pair *pair = &run->pairs[i];

		if (is_good(run, pair) || pair->due_ms > now_ms)
			continue;
		questions[n].resolver = pair->resolver;
		questions[n].name = &run->items[pair->item].owner;
		questions[n].type = run->items[pair->item].type;
		asked[n++] = pair;
	}
	rc = dcv_stub_ask(run->stub, questions, n, &run->scratch, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (!note(run, asked[i], &questions[i]))
			rc = dcv_nomem(err);
	}
	return rc;
}

static enum dcv_err do_round(struct run *run, struct dcv_error *err)
{
	enum dcv_err rc = ask_round(run, err);

	dcv_arena_clear(&run->scratch);
	if (rc != DCV_OK)
		return rc;
	run->result.rounds++;
	conclude(run);
	if (run->options->round != NULL)
		run->options->round(run->options->ctx, &run->result);
	return DCV_OK;
}

static bool is_stopped(const struct run *run)
{
	return run->options->stopped != NULL &&
		run->options->stopped(run->options->ctx, &run->result);
}

/* Until somebody is worth asking again. False: that is not before the end. */
static bool pause_before_next(struct run *run)
{
	int64_t due_ms = run->options->deadline_ms;

	for (size_t i = 0; i < run->n_pairs; i++) {
		if (!is_good(run, &run->pairs[i]) && run->pairs[i].due_ms < due_ms)
			due_ms = run->pairs[i].due_ms;
	}
	while (dcv_mono_ms(run->options->clock) < due_ms && !is_stopped(run))
		dcv_sleep_ms(run->options->clock, TICK_MS);
	run->pause_ms = run->pause_ms * 2 < PAUSE_MAX_MS ? run->pause_ms * 2
							 : PAUSE_MAX_MS;
	return due_ms < run->options->deadline_ms && !is_stopped(run);
}

static bool prepare(struct run *run)
{
	size_t n_resolvers = run->stub->options.n_resolvers;

	run->n_pairs = run->n_items * n_resolvers;
	run->result.n_servers_max = n_resolvers;
	run->result.observations = dcv_arena_array(run->arena, run->n_items,
		n_resolvers * sizeof(struct dcv_observation));
	run->answered = dcv_arena_array(run->arena, run->n_items, sizeof(bool));
	run->pairs = dcv_arena_array(run->arena, run->n_items,
		n_resolvers * sizeof(*run->pairs));
	if (run->result.observations == NULL || run->answered == NULL ||
		run->pairs == NULL)
		return false;
	for (size_t i = 0; i < run->n_pairs; i++) {
		run->pairs[i].item = i / n_resolvers;
		run->pairs[i].resolver = i % n_resolvers;
		run->pairs[i].due_ms = run->began_ms;
	}
	return true;
}

enum dcv_err dcv_stub_check(struct dcv_stub *stub, const struct dcv_check_options *options,
	const struct dcv_check_item *items, size_t n_items, struct dcv_arena *arena,
	struct dcv_check_result *ret, struct dcv_error *err)
{
	struct run run = {.stub = stub,
		.options = options,
		.items = items,
		.n_items = n_items,
		.arena = arena,
		.began_ms = dcv_mono_ms(options->clock),
		.pause_ms = PAUSE_FIRST_MS};
	enum dcv_err rc;

	if (!prepare(&run))
		return dcv_nomem(err);
	dcv_stub_deadline(stub, options->deadline_ms);
	do {
		rc = do_round(&run, err);
	} while (rc == DCV_OK && options->wait && !run.result.effective &&
		pause_before_next(&run));
	if (rc == DCV_OK)
		*ret = run.result;
	return rc;
}
