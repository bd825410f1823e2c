/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the module is opened, and how many questions are put to it at once and
 * waited for. What answers mean is known in eye_read.c and eye_gate.c. */
#include "check/eye.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/eye_inside.h"
#include "check/relay.h"
#include "dns/special.h"

#define IN_FLIGHT_MAX 256u
#define TICK_MS 100 /* how often `stopped` is asked */

/* What dcv_eye_ask is about. */
struct round {
	const struct dcv_eye_question *questions;
	struct dcv_eye_answer *answers;
	size_t n, next, open;
	int64_t last_ms; /* when something was sent or came */
	struct dcv_arena *arena;
	enum dcv_err rc;
	struct dcv_error *err;
};

struct dcv_eye {
	struct dcv_eye_settings settings;
	struct dcv_arena arena;
	struct dcv_module module;
	const struct dcv_eye_module *does;
	const char *anchor_path; /* in the arena, or static */
	struct dcv_eye_config config;
	struct dcv_relay *relay; /* NULL: the world is asked */
	/* While questions are asked. */
	struct dcv_eye_session *session;
	struct round *round;
};

static const char *const system_anchors[] = {"/var/lib/unbound/root.key",
	"/usr/share/dns/root.key", NULL};
static const char *const system_hints[] = {"/usr/share/dns/root.hints", NULL};

const char *dcv_eye_text(enum dcv_eye_state state)
{
	static const char *const texts[] = {[DCV_EYE_NOT_ASKED] = "not asked",
		[DCV_EYE_SECURE] = "secure",
		[DCV_EYE_INSECURE] = "insecure",
		[DCV_EYE_BOGUS] = "bogus",
		[DCV_EYE_SERVFAIL] = "servfail",
		[DCV_EYE_TIMEOUT] = "timeout"};

	return texts[state];
}

int64_t dcv_eye_now_s(const struct dcv_eye *eye)
{
	return dcv_now_s(eye->settings.clock);
}

const char *dcv_eye_anchor_path(const struct dcv_eye *eye)
{
	return eye->anchor_path;
}

static const char *first_readable(const char *const *paths)
{
	for (; *paths != NULL; paths++) {
		if (access(*paths, R_OK) == 0)
			return *paths;
	}
	return NULL;
}

static enum dcv_err find_anchors(struct dcv_eye *eye, struct dcv_eye_anchors *ret,
	struct dcv_error *err)
{
	const char *named = eye->settings.trust_anchor;

	eye->anchor_path = named != NULL ? dcv_arena_strdup(&eye->arena, named)
					 : first_readable(system_anchors);
	if (named != NULL && eye->anchor_path == NULL)
		return dcv_nomem(err);
	if (eye->anchor_path != NULL)
		return dcv_eye_read_anchors(eye->anchor_path, &eye->arena, ret, err);
	(void)dcv_fail(err, DCV_E_UNVERIFIED,
		"trust anchor: neither %s nor %s can be read", system_anchors[0],
		system_anchors[1]);
	return dcv_help(err,
		"help: install the package dns-root-data, or name a file: "
		"check: {trust_anchor: FILE}");
}

static enum dcv_err find_hints(struct dcv_eye *eye, const char **ret,
	struct dcv_error *err)
{
	const char *named = eye->settings.root_hints;

	if (named != NULL && access(named, R_OK) != 0)
		return dcv_fail(err, DCV_E_CONFIG, "root_hints: %s: %m", named);
	*ret = named != NULL ? dcv_arena_strdup(&eye->arena, named)
			     : first_readable(system_hints);
	return named != NULL && *ret == NULL ? dcv_nomem(err) : DCV_OK;
}

static enum dcv_err list_ranges(struct dcv_eye *eye, struct dcv_error *err)
{
	char text[DCV_RANGE_TEXT_MAX];
	const char **ranges = NULL;
	size_t n = 0;

	for (; dcv_addr_special_range(n, text) != NULL; n++) {
		ranges = dcv_arena_grow(&eye->arena, (void *)(uintptr_t)ranges, n,
			sizeof(ranges[0]));
		if (ranges == NULL)
			return dcv_nomem(err);
		ranges[n] = dcv_arena_strdup(&eye->arena, text);
		if (ranges[n] == NULL)
			return dcv_nomem(err);
	}
	eye->config.n_ranges = n;
	eye->config.ranges = ranges;
	return DCV_OK;
}

/* Told by the module; `tag` is the index of the question. */
static void on_done(void *ctx, size_t tag, const struct dcv_eye_raw *raw)
{
	struct dcv_eye *eye = ctx;
	struct round *round = eye->round;

	round->open--;
	round->last_ms = dcv_mono_ms(eye->settings.clock);
	if (round->rc == DCV_OK)
		round->rc = dcv_eye_read(&round->questions[tag], raw, dcv_eye_now_s(eye),
			round->arena, &round->answers[tag], round->err);
}

static enum dcv_err prepare(struct dcv_eye *eye, struct dcv_error *err)
{
	struct dcv_eye_anchors anchors = {.n = 0};
	enum dcv_err rc = find_anchors(eye, &anchors, err);

	eye->config = (struct dcv_eye_config){.n_anchors = anchors.n,
		.anchors = anchors.items,
		.no_ipv4 = eye->settings.no_ipv4,
		.no_ipv6 = eye->settings.no_ipv6,
		/* The relay is at loopback. */
		.special = eye->settings.special || eye->settings.stub != NULL};
	if (rc == DCV_OK)
		rc = list_ranges(eye, err);
	if (rc == DCV_OK)
		rc = find_hints(eye, &eye->config.root_hints, err);
	if (rc == DCV_OK && eye->settings.stub != NULL)
		rc = dcv_relay_new(eye->settings.stub, &eye->relay, err);
	if (rc == DCV_OK && eye->relay != NULL) {
		eye->config.forward = dcv_arena_printf(&eye->arena, "127.0.0.1@%u",
			dcv_relay_port(eye->relay));
		if (eye->config.forward == NULL)
			rc = dcv_nomem(err);
	}
	if (rc == DCV_OK)
		rc = dcv_module_open("unbound", sizeof(struct dcv_eye_module),
			DCV_EYE_ABI, &eye->module, err);
	if (rc == DCV_OK)
		eye->does = (const struct dcv_eye_module *)eye->module.entry;
	return rc;
}

enum dcv_err dcv_eye_open(const struct dcv_eye_settings *settings, struct dcv_eye **ret,
	struct dcv_error *err)
{
	struct dcv_eye *eye = calloc(1, sizeof(*eye));
	enum dcv_err rc;

	if (eye == NULL)
		return dcv_nomem(err);
	eye->settings = *settings;
	rc = prepare(eye, err);
	if (rc != DCV_OK) {
		dcv_eye_close(eye);
		return rc;
	}
	*ret = eye;
	return DCV_OK;
}

void dcv_eye_close(struct dcv_eye *eye)
{
	if (eye == NULL)
		return;
	dcv_relay_free(eye->relay);
	dcv_module_close(&eye->module);
	dcv_arena_clear(&eye->arena);
	free(eye);
}

/* Puts as many questions as may be in flight. */
static enum dcv_err put_questions(struct dcv_eye *eye, struct round *round)
{
	char text[DCV_NAME_TEXT_MAX];

	for (; round->next < round->n && round->open < IN_FLIGHT_MAX; round->next++) {
		const struct dcv_eye_question *question = &round->questions[round->next];
		const char *wrong;

		wrong = eye->does->ask(eye->session, dcv_name_text(question->name, text),
			question->type, round->next);
		/* The first question is the first use of what was set. */
		if (wrong != NULL)
			return dcv_fail(round->err, DCV_E_CONFIG,
				"resolver with trust anchor %s, root hints %s: %s",
				eye->anchor_path,
				eye->config.root_hints != NULL ? eye->config.root_hints
							       : "built in",
				wrong);
		round->open++;
		round->last_ms = dcv_mono_ms(eye->settings.clock);
	}
	return DCV_OK;
}

/* What is open is given up if nothing has come for long enough. */
static void lose_patience(struct dcv_eye *eye, struct round *round)
{
	int64_t patience_ms = eye->settings.patience_ms > 0 ? eye->settings.patience_ms
							    : DCV_EYE_PATIENCE_MS;

	if (round->open == 0 ||
		dcv_mono_ms(eye->settings.clock) - round->last_ms < patience_ms)
		return;
	eye->does->drop(eye->session);
	round->open = 0;
	for (size_t i = 0; i < round->next; i++) {
		if (round->answers[i].state == DCV_EYE_NOT_ASKED)
			round->answers[i].state = DCV_EYE_TIMEOUT;
	}
}

static bool is_stopped(const struct dcv_eye *eye)
{
	return eye->settings.stopped != NULL && eye->settings.stopped(eye->settings.ctx);
}

/* Waits for something to read, at most ms. */
static enum dcv_err wait_for(struct dcv_eye *eye, int ms, bool *ret_ready,
	struct dcv_error *err)
{
	struct pollfd fd = {.fd = eye->does->fd(eye->session), .events = POLLIN};
	int n;

	if (eye->relay != NULL)
		return dcv_relay_poll(eye->relay, fd.fd, ms, ret_ready, err);
	n = poll(&fd, 1, ms);
	if (n < 0 && errno != EINTR)
		return dcv_fail(err, DCV_E_INTERNAL, "resolver: poll: %m");
	*ret_ready = n > 0;
	return DCV_OK;
}

static enum dcv_err receive(struct dcv_eye *eye, struct round *round, int64_t left_ms)
{
	bool ready = false;
	enum dcv_err rc = wait_for(eye, left_ms < TICK_MS ? (int)left_ms : TICK_MS,
		&ready, round->err);
	const char *wrong = ready ? eye->does->process(eye->session) : NULL;

	if (rc != DCV_OK)
		return rc;
	if (wrong != NULL)
		return dcv_fail(round->err, DCV_E_INTERNAL, "resolver: %s", wrong);
	return round->rc;
}

static enum dcv_err run(struct dcv_eye *eye, struct round *round, int64_t deadline_ms)
{
	enum dcv_err rc = DCV_OK;

	while (rc == DCV_OK) {
		int64_t left_ms = deadline_ms - dcv_mono_ms(eye->settings.clock);

		if (left_ms <= 0 || is_stopped(eye))
			break;
		lose_patience(eye, round);
		rc = put_questions(eye, round);
		if (round->open == 0)
			break;
		if (rc == DCV_OK)
			rc = receive(eye, round, left_ms);
	}
	return rc;
}

/* The library remembers keys that failed for a minute, whatever it is told about caches; so each
 * round has a resolver of its own, which has never seen anything. */
static enum dcv_err with_session(struct dcv_eye *eye, struct round *round,
	int64_t deadline_ms)
{
	const char *wrong = eye->does->open(&eye->config, on_done, eye, &eye->session);
	enum dcv_err rc;

	if (wrong != NULL)
		return dcv_fail(round->err, DCV_E_INTERNAL, "resolver: %s", wrong);
	eye->round = round;
	if (eye->relay != NULL)
		dcv_relay_begin(eye->relay);
	rc = run(eye, round, deadline_ms);
	if (eye->relay != NULL)
		dcv_relay_end(eye->relay);
	eye->does->close(eye->session);
	eye->round = NULL;
	eye->session = NULL;
	return rc;
}

enum dcv_err dcv_eye_ask(struct dcv_eye *eye, const struct dcv_eye_question *questions,
	size_t n, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_eye_answer *answers, struct dcv_error *err)
{
	struct round round = {.questions = questions,
		.answers = answers,
		.n = n,
		.arena = arena,
		.err = err};

	for (size_t i = 0; i < n; i++)
		answers[i] = (struct dcv_eye_answer){.state = DCV_EYE_NOT_ASKED,
			.canonical = questions[i].name,
			.why = ""};
	return n == 0 ? DCV_OK : with_session(eye, &round, deadline_ms);
}
