/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the loop, the queues of each address, and how many sockets may be open. It
 * does not know how UDP or TCP carries a question, nor what an answer means. */
#include "check/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/lane.h"

/* A server's default receive buffer holds about 195 small packets sent back to back, so
 * 64 in flight are never lost there; and fewer cost round trips. */
#define UDP_WINDOW 64u
#define TCP_WINDOW 8u
#define SOCKETS_MAX 1024u
#define SOCKETS_MIN 8u
#define IDLE_DIVISOR \
	2u /* of all sockets this part may rest, so that others can be opened */
#define FILES_SPARED 64u /* descriptors left to the rest of the process */
#define WATCH_MS 100u
#define EDNS_SILENT_MAX 2u
#define WAIT_MAX_MS INT64_C(0x7fffffff)

static unsigned sockets_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		limit.rlim_cur >= SOCKETS_MAX + FILES_SPARED) {
		return SOCKETS_MAX;
	}
	return limit.rlim_cur > FILES_SPARED + SOCKETS_MIN
		? (unsigned)limit.rlim_cur - FILES_SPARED
		: SOCKETS_MIN;
}

void dcv_pool_deadline(struct dcv_pool *pool, int64_t left_ms)
{
	int64_t ms = left_ms < 0 ? 0 : left_ms > WAIT_MAX_MS ? WAIT_MAX_MS : left_ms;

	pool->end_ns = uv_hrtime() + (uint64_t)ms * DCV_NS_PER_MS;
}

/* libuv ends the process where it cannot make the first pipe of all, so that is tried before. */
static int make_loop(uv_loop_t *loop)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -errno;
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	return uv_loop_init(loop);
}

enum dcv_err dcv_pool_new(int64_t left_ms, dcv_reply_fn reply, void *ctx,
	struct dcv_pool **ret, struct dcv_error *err)
{
	struct dcv_pool *pool = calloc(1, sizeof *pool);

	if (pool == NULL) {
		return dcv_nomem(err);
	}
	int failed = make_loop(&pool->loop);
	if (failed != 0) {
		free(pool);
		return dcv_fail(err, DCV_E_INTERNAL, "event loop: %s", strerror(-failed));
	}
	(void)uv_timer_init(&pool->loop, &pool->pause);
	(void)uv_timer_init(&pool->loop, &pool->watch);
	(void)uv_timer_init(&pool->loop, &pool->pacer);
	pool->loop.data = pool;
	pool->reply = reply;
	pool->ctx = ctx;
	dcv_pool_deadline(pool, left_ms);
	pool->question_ns = DCV_QUESTION_NS;
	pool->max_open = sockets_max();
	*ret = pool;
	return DCV_OK;
}

static void append(struct dcv_lane *lane, struct dcv_question *question)
{
	question->next = NULL;
	if (lane->head == NULL) {
		lane->head = question;
	} else {
		lane->tail->next = question;
	}
	lane->tail = question;
}

static struct dcv_question *pop(struct dcv_lane *lane)
{
	struct dcv_question *question = lane->head;

	if (question != NULL) {
		lane->head = question->next;
		question->next = NULL;
	}
	return question;
}

/* Wakes a socket at once. The pool's own timers have no data. */
static void expire_soon(uv_handle_t *handle, void *ctx)
{
	struct dcv_socket *socket = handle->data;

	(void)ctx;
	if (handle->type == UV_TIMER && socket != NULL && socket->question != NULL &&
		!uv_is_closing(handle)) {
		(void)uv_timer_start(&socket->timer, socket->expire, 0, 0);
	}
}

/* Nothing more is asked, and nothing waited for. */
static void end_now(struct dcv_pool *pool)
{
	pool->end_ns = 0;
	(void)uv_timer_stop(&pool->pause);
	uv_walk(&pool->loop, expire_soon, NULL);
	if (uv_is_active((uv_handle_t *)&pool->pacer)) {
		(void)uv_timer_start(&pool->pacer, pool->pacer.timer_cb, 0, 0);
	}
}

void dcv_pool_fail(struct dcv_pool *pool, enum dcv_err rc)
{
	if (pool->rc == DCV_OK && rc != DCV_OK) {
		pool->rc = rc;
		end_now(pool);
	}
}

/* The loop would live as long as this timer does, were it not for uv_unref. */
static void on_watch(uv_timer_t *timer)
{
	struct dcv_pool *pool = timer->loop->data;

	if (pool->stopped(pool->stopped_ctx)) {
		(void)uv_timer_stop(timer);
		end_now(pool);
	}
}

void dcv_pool_watch(struct dcv_pool *pool, bool (*stopped)(void *ctx), void *ctx)
{
	pool->stopped = stopped;
	pool->stopped_ctx = ctx;
	if (uv_timer_start(&pool->watch, on_watch, WATCH_MS, WATCH_MS) == 0)
		uv_unref((uv_handle_t *)&pool->watch);
}

int64_t dcv_pool_left_ms(const struct dcv_pool *pool)
{
	uint64_t now = uv_hrtime();

	return now >= pool->end_ns ? 0 : (int64_t)((pool->end_ns - now) / DCV_NS_PER_MS);
}

static bool is_over(const struct dcv_pool *pool)
{
	return uv_hrtime() >= pool->end_ns;
}

static void end_question(struct dcv_pool *pool, struct dcv_question *question,
	const struct dcv_reply *reply)
{
	if (pool->rc == DCV_OK) {
		dcv_pool_fail(pool, pool->reply(pool->ctx, question, reply, pool->err));
	}
}

/* Ends what waits in a lane, all in the same way. */
static void drain(struct dcv_lane *lane, enum dcv_fate fate)
{
	const struct dcv_reply reply = {.fate = fate, .tcp = lane->tcp};

	for (struct dcv_question *q = pop(lane); q != NULL; q = pop(lane)) {
		end_question(lane->target->pool, q, &reply);
	}
}

static void starve(struct dcv_pool *pool, struct dcv_lane *lane)
{
	if (lane->is_starved) {
		return;
	}
	lane->is_starved = true;
	lane->next_starved = NULL;
	if (pool->starved == NULL) {
		pool->starved = lane;
	} else {
		pool->starved_tail->next_starved = lane;
	}
	pool->starved_tail = lane;
}

void dcv_pool_ask(struct dcv_pool *pool, struct dcv_question *question)
{
	struct dcv_target *target = pool->targets[question->target];
	struct dcv_lane *lane = question->tcp ? &target->tcp : &target->udp;

	question->was_lost = false;
	append(lane, question);
	/* It is served when the call that asks has come back to the loop. */
	if (pool->running) {
		starve(pool, lane);
	}
}

static void push_front(struct dcv_lane *lane, struct dcv_question *question)
{
	question->next = lane->head;
	lane->tail = lane->head == NULL ? question : lane->tail;
	lane->head = question;
}

/* Opens one socket for the first question of a lane. False if none can be had now. */
static bool start_one(struct dcv_lane *lane)
{
	struct dcv_pool *pool = lane->target->pool;
	struct dcv_question *question = pop(lane);
	enum dcv_start start = lane->tcp ? dcv_tcp_start(lane, question)
					 : dcv_udp_start(lane, question);

	if (start == DCV_START_OK) {
		lane->in_flight++;
		return true;
	}
	push_front(lane, question);
	if (start == DCV_START_NO_ROUTE) {
		drain(lane, DCV_FATE_NO_ROUTE);
		return true;
	}
	/* Nobody will give a socket back. */
	if (pool->n_open == 0 && pool->rc == DCV_OK) {
		dcv_pool_fail(pool,
			dcv_fail(pool->err, DCV_E_INTERNAL,
				"socket: no descriptor or no memory is left for it"));
	}
	return false;
}

static void pump(struct dcv_lane *lane)
{
	struct dcv_pool *pool = lane->target->pool;
	unsigned window = lane->tcp ? TCP_WINDOW : UDP_WINDOW;

	while (lane->head != NULL && lane->in_flight < window) {
		if (is_over(pool)) {
			drain(lane, DCV_FATE_UNSENT);
			return;
		}
		if (!dcv_lane_may_send(lane)) {
			return;
		}
		if ((lane->idle == NULL && pool->n_open >= pool->max_open) ||
			!start_one(lane)) {
			starve(pool, lane);
			return;
		}
	}
}

void dcv_lane_more(struct dcv_lane *lane)
{
	pump(lane);
}

/* A place for a socket became free: those who wait get it, the longest waiting first. */
static void feed(struct dcv_pool *pool)
{
	while (pool->starved != NULL && pool->n_open < pool->max_open) {
		struct dcv_lane *lane = pool->starved;

		pool->starved = lane->next_starved;
		lane->is_starved = false;
		pump(lane);
		if (lane->is_starved) {
			return;
		}
	}
}

static struct dcv_question *take(struct dcv_lane *lane)
{
	struct dcv_pool *pool = lane->target->pool;

	if (is_over(pool)) {
		drain(lane, DCV_FATE_UNSENT);
	}
	if (lane->head == NULL) {
		return NULL;
	}
	/* A lane that waits for sockets leaves this one to whoever waits longer. */
	if (pool->starved != NULL && pool->n_open >= pool->max_open) {
		starve(pool, lane);
		return NULL;
	}
	if (!dcv_lane_may_send(lane)) {
		return NULL;
	}
	lane->in_flight++;
	return pop(lane);
}

struct dcv_question *dcv_lane_take(struct dcv_lane *lane)
{
	struct dcv_question *question = take(lane);

	/* What the end of the last question has made others ask. */
	feed(lane->target->pool);
	return question;
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle)) {
		uv_close(handle, NULL);
	}
}

void dcv_pool_free(struct dcv_pool *pool)
{
	if (pool == NULL) {
		return;
	}
	/* No run leaves a socket with a question. */
	dcv_pool_close_idle(pool);
	uv_walk(&pool->loop, close_handle, NULL);
	(void)uv_run(&pool->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&pool->loop);
	dcv_arena_clear(&pool->scratch);
	dcv_targets_free(pool);
	free(pool);
}

void dcv_socket_give_back(struct dcv_socket *socket)
{
	struct dcv_lane *lane = socket->lane;

	lane->in_flight--;
	push_front(lane, socket->question);
	socket->question = NULL;
	starve(lane->target->pool, lane);
}

void dcv_socket_to_tcp(struct dcv_socket *socket)
{
	struct dcv_lane *lane = socket->lane;
	struct dcv_question *question = socket->question;

	socket->question = NULL;
	lane->in_flight--;
	lane->answered = true;
	append(&lane->target->tcp, question);
	pump(&lane->target->tcp);
}

/* What the end of one question means for those that wait behind it. */
static void after(struct dcv_lane *lane, enum dcv_fate fate)
{
	switch (fate) {
	case DCV_FATE_ANSWER:
	case DCV_FATE_CASE:
	case DCV_FATE_MALFORMED:
		lane->answered = true;
		break;
	case DCV_FATE_TIMEOUT:
	case DCV_FATE_NO_ROUTE:
	case DCV_FATE_REFUSED:
		/* An address that answered nothing so far is not asked all the rest, one
		 * time-out after the other. */
		if (!lane->answered) {
			drain(lane, fate);
		}
		break;
	case DCV_FATE_CUT:
	case DCV_FATE_UNSENT:
		drain(lane, DCV_FATE_UNSENT);
		break;
	}
}

void dcv_socket_done(struct dcv_socket *socket, enum dcv_fate fate,
	const struct dcv_answer *answer)
{
	struct dcv_lane *lane = socket->lane;
	struct dcv_question *question = socket->question;
	const struct dcv_reply reply = {.fate = fate,
		.tcp = lane->tcp,
		.no_edns = answer != NULL && !socket->query.edns && lane->target->no_edns,
		.answer = answer,
		.rtt_ms = (int64_t)((uv_hrtime() - socket->asked_ns) / DCV_NS_PER_MS)};

	socket->question = NULL;
	lane->in_flight--;
	end_question(lane->target->pool, question, &reply);
	after(lane, fate);
}

static void on_closed(uv_handle_t *handle)
{
	struct dcv_socket *socket = handle->data;
	struct dcv_pool *pool = socket->lane->target->pool;

	if (--socket->n_handles > 0) {
		return;
	}
	free(socket);
	pool->n_open--;
	feed(pool);
}

void dcv_socket_close(struct dcv_socket *socket, uv_handle_t *other)
{
	if (other != NULL) {
		socket->n_handles++;
		other->data = socket;
		uv_close(other, on_closed);
	}
	uv_close((uv_handle_t *)&socket->timer, on_closed);
}

enum dcv_start dcv_start_failed(int error)
{
	bool exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS ||
		error == ENOMEM || error == EAGAIN;

	return exhausted ? DCV_START_NO_SOCKET : DCV_START_NO_ROUTE;
}

void dcv_socket_init(struct dcv_socket *socket, struct dcv_lane *lane, uv_timer_cb expire)
{
	struct dcv_pool *pool = lane->target->pool;

	(void)uv_timer_init(&pool->loop, &socket->timer);
	socket->timer.data = socket;
	socket->expire = expire;
	socket->lane = lane;
	socket->n_handles = 1;
	pool->n_open++;
}

bool dcv_socket_put(struct dcv_socket *socket, struct dcv_question *question)
{
	struct dcv_pool *pool = socket->lane->target->pool;
	enum dcv_err rc = dcv_query_init(question->name, question->type, false,
		&socket->query, pool->err);

	if (rc != DCV_OK) {
		dcv_pool_fail(pool, rc);
		return false;
	}
	socket->query.edns = !socket->lane->target->no_edns;
	socket->query.dnssec = question->dnssec;
	if (question->plain) {
		memcpy(socket->query.qname, question->name->wire, question->name->len);
	}
	socket->question = question;
	socket->asked_ns = uv_hrtime();
	socket->give_up_ns = socket->asked_ns +
		(question->limit_ms > 0 ? question->limit_ms * DCV_NS_PER_MS
					: pool->question_ns);
	socket->uses++;
	return true;
}

void dcv_socket_arm(struct dcv_socket *socket, uint64_t ns)
{
	struct dcv_pool *pool = socket->lane->target->pool;
	uint64_t now = uv_hrtime();
	uint64_t end = socket->give_up_ns < pool->end_ns ? socket->give_up_ns
							 : pool->end_ns;
	uint64_t left = end > now ? end - now : 0;
	uint64_t wait = ns < left ? ns : left;

	/* Rounded up, so that what is due is over when the timer fires. */
	uv_update_time(&pool->loop);
	(void)uv_timer_start(&socket->timer, socket->expire,
		(wait + DCV_NS_PER_MS - 1) / DCV_NS_PER_MS, 0);
}

bool dcv_socket_is_late(const struct dcv_socket *socket, enum dcv_fate silent,
	enum dcv_fate *ret)
{
	uint64_t now = uv_hrtime();

	if (now >= socket->give_up_ns) {
		*ret = silent;
		return true;
	}
	*ret = DCV_FATE_CUT;
	return now >= socket->lane->target->pool->end_ns;
}

/* RFC 6891 6.1.3 and 7; some send their FORMERR with the OPT record that they do not know. */
static bool refuses_edns(const struct dcv_answer *answer)
{
	return answer->rcode == DCV_RCODE_FORMERR || answer->rcode == DCV_RCODE_BADVERS ||
		(answer->rcode == DCV_RCODE_NOTIMP && !answer->edns);
}

/* That only the repetition without EDNS was answered may be a lost packet; twice, and never an
 * answer with EDNS, it is the server. */
static void note_edns(const struct dcv_socket *socket, const struct dcv_answer *answer)
{
	struct dcv_target *target = socket->lane->target;

	if (answer->edns) {
		target->has_edns = true;
	} else if (!socket->query.edns && !target->no_edns && !target->has_edns) {
		target->no_edns = ++target->edns_silent == EDNS_SILENT_MAX;
	}
}

enum dcv_message dcv_socket_read(struct dcv_socket *socket, const uint8_t *msg,
	size_t len, struct dcv_answer *ret)
{
	struct dcv_target *target = socket->lane->target;
	struct dcv_pool *pool = target->pool;
	struct dcv_error error = {.code = DCV_OK};

	if (!dcv_answer_matches(&socket->query, msg, len)) {
		return DCV_MESSAGE_FOREIGN;
	}
	dcv_arena_clear(&pool->scratch);

	enum dcv_err rc = dcv_answer_parse(&socket->query, msg, len, &pool->scratch, ret,
		&error);

	if (rc == DCV_E_FAILED) {
		return DCV_MESSAGE_MALFORMED;
	}
	if (rc != DCV_OK) {
		dcv_pool_fail(pool, dcv_fail(pool->err, rc, "%s", error.text));
		return DCV_MESSAGE_FATAL;
	}
	if (!ret->case_echoed) {
		return DCV_MESSAGE_CASE;
	}
	if (ret->tc) {
		return DCV_MESSAGE_CUT_OFF;
	}
	if (socket->query.edns && refuses_edns(ret)) {
		target->no_edns = true;
		return DCV_MESSAGE_NO_EDNS;
	}
	note_edns(socket, ret);
	return DCV_MESSAGE_ANSWER;
}

enum dcv_err dcv_pool_run(struct dcv_pool *pool, struct dcv_error *err)
{
	pool->err = err;
	pool->running = true;
	for (size_t i = 0; i < pool->n_targets; i++) {
		pool->targets[i]->udp.answered = false;
		pool->targets[i]->tcp.answered = false;
	}
	for (size_t i = 0; i < pool->n_targets; i++) {
		pump(&pool->targets[i]->udp);
		pump(&pool->targets[i]->tcp);
	}
	/* The loop ends when every socket is closed, which each does when it is not needed. What
	 * was asked meanwhile without any being open is still to be done. */
	do {
		feed(pool);
		(void)uv_run(&pool->loop, UV_RUN_DEFAULT);
	} while (pool->starved != NULL && pool->rc == DCV_OK);
	pool->running = false;
	pool->err = NULL;
	return pool->rc;
}

static void on_pause(uv_timer_t *timer)
{
	(void)uv_timer_stop(timer);
}

void dcv_pool_pause(struct dcv_pool *pool, int64_t ms)
{
	int64_t left = dcv_pool_left_ms(pool);

	/* Who comes back later may have another address here, or on the way. */
	dcv_pool_close_idle(pool);
	uv_update_time(&pool->loop);
	if (uv_timer_start(&pool->pause, on_pause, (uint64_t)(ms < left ? ms : left),
		    0) == 0) {
		(void)uv_run(&pool->loop, UV_RUN_DEFAULT);
	}
}
