/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the work of a survey goes on: tasks that wait for each other, and questions
 * that wait for the network. It does not know what is asked, nor what an answer means. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/survey_parts.h"

struct dcv_waiter {
	struct dcv_task *task;
	struct dcv_waiter *next;
};

/* A question in flight; used again when it has ended. */
struct dcv_asked {
	struct dcv_question question; /* first: the pool hands it back */
	struct dcv_asked *next_spare;
	struct dcv_spot_address *address;
	dcv_asked_fn answered;
	void *ctx;
	size_t index;
};

/* ---- memory ---- */

void dcv_survey_fail(struct dcv_survey *survey, enum dcv_err rc)
{
	if (survey->rc == DCV_OK) {
		survey->rc = rc;
		if (rc == DCV_E_NOMEM) {
			(void)dcv_nomem(&survey->error);
		}
	}
}

void *dcv_survey_alloc(struct dcv_survey *survey, size_t n, size_t size)
{
	void *memory = dcv_arena_array(&survey->arena, n, size);

	if (memory == NULL) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
	}
	return memory;
}

const struct dcv_name *dcv_survey_name(struct dcv_survey *survey,
	const struct dcv_name *name)
{
	struct dcv_name *kept = dcv_names_get(&survey->names, name, 0);

	if (kept == NULL) {
		kept = dcv_arena_memdup(&survey->arena, name, sizeof *name);
		if (kept == NULL ||
			!dcv_names_put(&survey->names, kept, 0, kept, &survey->arena)) {
			dcv_survey_fail(survey, DCV_E_NOMEM);
			return NULL;
		}
	}
	return kept;
}

const char *dcv_survey_text(struct dcv_survey *survey, const char *fmt, ...)
{
	char text[512];
	const char *copy = NULL;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	copy = dcv_arena_strdup(&survey->arena, text);
	if (copy == NULL) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
	}
	return copy == NULL ? "" : copy;
}

/* ---- tasks ---- */

void dcv_task_wake(struct dcv_survey *survey, struct dcv_task *task)
{
	if (task->ready || task->done) {
		return;
	}
	task->ready = true;
	task->next_ready = NULL;
	if (survey->ready == NULL) {
		survey->ready = task;
	} else {
		survey->ready_tail->next_ready = task;
	}
	survey->ready_tail = task;
}

void dcv_task_finish(struct dcv_survey *survey, struct dcv_task *task)
{
	if (task->done) {
		return;
	}
	task->done = true;
	task->late = survey->late;
	task->generation = survey->generation;
	while (task->waiters != NULL) {
		struct dcv_waiter *waiter = task->waiters;

		dcv_task_wake(survey, waiter->task);
		task->waiters = waiter->next;
		waiter->next = survey->spare_waiter;
		survey->spare_waiter = waiter;
	}
}

bool dcv_task_wait(struct dcv_survey *survey, struct dcv_task *task, struct dcv_task *on)
{
	struct dcv_waiter *waiter = survey->spare_waiter;

	if (on->done) {
		return false;
	}
	for (const struct dcv_waiter *w = on->waiters; w != NULL; w = w->next) {
		if (w->task == task) {
			return true;
		}
	}
	if (waiter != NULL) {
		survey->spare_waiter = waiter->next;
	} else {
		waiter = dcv_survey_alloc(survey, 1, sizeof *waiter);
	}
	if (waiter != NULL) {
		*waiter = (struct dcv_waiter){task, on->waiters};
		on->waiters = waiter;
	}
	return true;
}

bool dcv_task_is_stale(const struct dcv_survey *survey, const struct dcv_task *task)
{
	return task->done && task->late && task->generation != survey->generation;
}

static void work(struct dcv_survey *survey)
{
	while (survey->ready != NULL && survey->rc == DCV_OK) {
		struct dcv_task *task = survey->ready;

		survey->ready = task->next_ready;
		task->ready = false;
		if (!task->done) {
			task->step(survey, task);
		}
	}
}

/* ---- questions ---- */

static bool is_mute(enum dcv_fate fate)
{
	return fate == DCV_FATE_TIMEOUT || fate == DCV_FATE_REFUSED ||
		fate == DCV_FATE_NO_ROUTE;
}

static enum dcv_err on_reply(void *ctx, struct dcv_question *question,
	const struct dcv_reply *reply, struct dcv_error *err)
{
	struct dcv_survey *survey = ctx;
	struct dcv_asked *asked = (struct dcv_asked *)question;

	(void)err;
	if (reply->fate == DCV_FATE_CUT || reply->fate == DCV_FATE_UNSENT) {
		survey->late = true;
	} else if (!reply->tcp) {
		asked->address->machine->mute_in = is_mute(reply->fate)
			? survey->generation
			: 0;
	}
	asked->answered(survey, asked->ctx, asked->index, reply);
	asked->next_spare = survey->spare;
	survey->spare = asked;
	work(survey);
	return survey->rc;
}

void dcv_survey_ask(struct dcv_survey *survey, struct dcv_spot_address *address,
	const struct dcv_question *question, dcv_asked_fn answered, void *ctx,
	size_t index)
{
	struct dcv_asked *asked = survey->spare;

	if (asked != NULL) {
		survey->spare = asked->next_spare;
	} else {
		asked = dcv_survey_alloc(survey, 1, sizeof *asked);
	}
	if (asked == NULL) {
		return;
	}
	*asked = (struct dcv_asked){.question = *question,
		.address = address,
		.answered = answered,
		.ctx = ctx,
		.index = index};
	asked->question.target = address->target;
	dcv_pool_ask(survey->pool, &asked->question);
}

enum dcv_err dcv_survey_run(struct dcv_survey *survey, struct dcv_error *err)
{
	do {
		work(survey);
		if (survey->rc == DCV_OK) {
			enum dcv_err rc = dcv_pool_run(survey->pool, &survey->error);

			if (rc != DCV_OK) {
				survey->rc = rc;
			}
		}
	} while (survey->rc == DCV_OK &&
		(survey->ready != NULL || dcv_quest_unstick(survey)));
	return survey->rc == DCV_OK ? DCV_OK
				    : dcv_fail(err, survey->rc, "%s", survey->error.text);
}

/* ---- beginning and end ---- */

static bool is_stopped(void *ctx)
{
	struct dcv_survey *survey = ctx;

	return survey->options.stopped(survey->options.ctx);
}

static enum dcv_err begin(struct dcv_survey *survey, struct dcv_error *err)
{
	const struct dcv_name root = {.len = 1};
	struct dcv_hints hints = {0};
	bool special = false;
	enum dcv_err rc = DCV_OK;

	if (survey->options.hints == NULL) {
		rc = dcv_hints_read(NULL, &survey->arena, &hints, err);
	} else {
		hints = *survey->options.hints;
	}
	if (rc == DCV_OK) {
		rc = dcv_hints_special(&hints, &special, err);
	}
	if (rc != DCV_OK) {
		return rc;
	}
	survey->options.special_addresses = survey->options.special_addresses || special;
	survey->root = dcv_zone_new(survey, &root, NULL);
	for (size_t i = 0; survey->root != NULL && i < hints.n; i++) {
		dcv_zone_hint(survey, survey->root, &hints.items[i]);
	}
	return survey->rc == DCV_OK ? DCV_OK
				    : dcv_fail(err, survey->rc, "%s", survey->error.text);
}

enum dcv_err dcv_survey_new(const struct dcv_survey_options *options,
	struct dcv_survey **ret, struct dcv_error *err)
{
	struct dcv_survey *survey = calloc(1, sizeof *survey);
	enum dcv_err rc = DCV_OK;

	if (survey == NULL) {
		return dcv_nomem(err);
	}
	survey->options = *options;
	if (options->port == 0) {
		survey->options.port = 53;
	}
	rc = dcv_pool_new(options->deadline_ms - dcv_mono_ms(options->clock), on_reply,
		survey, &survey->pool, err);
	if (rc == DCV_OK) {
		dcv_pool_rate(survey->pool,
			options->rate == 0 ? DCV_CHECK_RATE : options->rate);
		if (options->stopped != NULL) {
			dcv_pool_watch(survey->pool, is_stopped, survey);
		}
		rc = begin(survey, err);
	}
	if (rc != DCV_OK) {
		dcv_survey_free(survey);
		return rc;
	}
	*ret = survey;
	return DCV_OK;
}

void dcv_survey_free(struct dcv_survey *survey)
{
	if (survey == NULL) {
		return;
	}
	dcv_pool_free(survey->pool);
	dcv_arena_clear(&survey->arena);
	free(survey);
}

void dcv_survey_deadline(struct dcv_survey *survey, int64_t deadline_ms)
{
	survey->options.deadline_ms = deadline_ms;
	dcv_pool_deadline(survey->pool, deadline_ms - dcv_mono_ms(survey->options.clock));
}

/* ---- words ---- */

const char *dcv_address_state_text(enum dcv_address_state state)
{
	static const char *const words[] = {[DCV_ADDRESS_NOT_ASKED] = "not-asked",
		[DCV_ADDRESS_AUTHORITATIVE] = "authoritative",
		[DCV_ADDRESS_LAME] = "lame",
		[DCV_ADDRESS_SILENT] = "timeout",
		[DCV_ADDRESS_CLOSED] = "closed",
		[DCV_ADDRESS_NO_ROUTE] = "no-route",
		[DCV_ADDRESS_SPECIAL] = "special-purpose",
		[DCV_ADDRESS_BROKEN] = "broken"};

	return words[state];
}

const char *dcv_look_end_text(enum dcv_look_end end)
{
	static const char *const words[] = {[DCV_LOOK_SET] = "set",
		[DCV_LOOK_NODATA] = "nodata",
		[DCV_LOOK_NXDOMAIN] = "nxdomain",
		[DCV_LOOK_LOOP] = "loop",
		[DCV_LOOK_TOO_LONG] = "too-long",
		[DCV_LOOK_FAILED] = "failed",
		[DCV_LOOK_SPECIAL] = "special-use"};

	return words[end];
}

/* ---- zones of names ---- */

void dcv_survey_next(struct dcv_survey *survey)
{
	survey->generation++;
	survey->late = false;
}

enum dcv_err dcv_survey_find(struct dcv_survey *survey, const struct dcv_name *names,
	size_t n, enum dcv_survey_depth depth, struct dcv_place_of_name *places,
	struct dcv_error *err)
{
	struct dcv_find **finds = calloc(n > 0 ? n : 1, sizeof(struct dcv_find *));
	enum dcv_err rc = DCV_OK;

	if (finds == NULL) {
		return dcv_nomem(err);
	}
	dcv_survey_next(survey);
	survey->eager = depth == DCV_SURVEY_SERVERS;
	for (size_t i = 0; i < n; i++) {
		finds[i] = dcv_find_get(survey, &names[i], 0, NULL);
	}
	rc = dcv_survey_run(survey, err);
	if (rc == DCV_OK && depth == DCV_SURVEY_SERVERS) {
		for (size_t i = 0; i < n; i++) {
			if (finds[i]->place.zone != NULL) {
				dcv_zone_survey(survey,
					dcv_zone_get(survey, &finds[i]->place.zone->apex));
			}
		}
		rc = dcv_survey_run(survey, err);
	}
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		places[i] = finds[i]->place;
		if (!finds[i]->task.done) {
			places[i].found = DCV_FOUND_NO_VIEW;
			places[i].why = "it was not looked up";
		}
	}
	free(finds);
	return rc;
}

enum dcv_err dcv_survey_servers(const struct dcv_zone_seen *zone, struct dcv_arena *arena,
	struct dcv_server **ret, size_t *ret_n, struct dcv_error *err)
{
	struct dcv_server *servers = NULL;
	size_t n = 0;

	for (size_t s = 0; s < zone->n_servers; s++) {
		const struct dcv_zone_server *server = zone->servers[s];
		char text[DCV_NAME_TEXT_MAX];
		const char *name = dcv_arena_strdup(arena,
			dcv_name_text(server->name, text));

		for (size_t a = 0; a < server->n_addresses; a++) {
			const struct dcv_zone_address *address = server->addresses[a];
			struct dcv_server *grown = NULL;

			if (address->state == DCV_ADDRESS_SPECIAL || address->unwanted) {
				continue;
			}
			grown = dcv_arena_grow(arena, servers, n, sizeof *grown);
			if (grown == NULL || name == NULL) {
				return dcv_nomem(err);
			}
			servers = grown;
			servers[n++] = (struct dcv_server){name, address->addr};
		}
	}
	*ret = servers;
	*ret_n = n;
	return DCV_OK;
}
