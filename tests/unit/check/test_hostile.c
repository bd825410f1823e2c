/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows servers that want to do harm by what they send: broken, endless, too large,
 * too slow or too late. None of it may pass for an answer, end a wait before its time, or hold
 * it for longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "world.h"

#define WAIT_MS 300 /* the right server answers within it on a busy machine too */
#define REPEATED_MS 400 /* enough for a question to be repeated */
#define LATE_MS 3000 /* on a busy machine */

/* ---- what is sent ---- */

static void put_loop(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	set_u16(m, ANSWER, 1);
	put_u16(m, 0xc000u | (unsigned)m->len);
	respond(r, m);
}

/* Two pointers at each other, one of them in an RDATA. */
static void put_loop_of_two(struct request *r, struct message *m)
{
	size_t at = 0;

	begin_answer(m, &r->query, FLAGS_AA);
	put_u16(m, 0xc00c);
	at = begin_rr(m, ANSWER, DCV_TYPE_CNAME, 1, 300);
	put_u16(m, 0xc000u | (unsigned)(m->len + 2));
	put_u16(m, 0xc000u | (unsigned)(m->len - 2));
	end_rr(m, at);
	respond(r, m);
}

/* As large as a message can be, and all of it one name server's rubbish. */
static void put_largest_rubbish(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	set_u16(m, ANSWER, 0xffff);
	while (m->len < (r->tcp ? DCV_MESSAGE_MAX : 65507u)) {
		put_u8(m, m->len * 167 & 0xff);
	}
	respond(r, m);
}

/* More records than are kept. */
static void put_too_many(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	for (unsigned i = 0; i <= DCV_ANSWER_RRS_MAX; i++) {
		put_txt(m, 300, "new");
	}
	respond(r, m);
}

static void put_rubbish(struct request *r, struct message *m)
{
	static uint32_t state = 7;

	for (unsigned i = 0; i < 50; i++) {
		begin_answer(m, &r->query, FLAGS_AA);
		set_u16(m, ANSWER, 1 + i % 4);
		set_u16(m, ADDITIONAL, i % 3);
		for (unsigned n = 0; n < 16 + i * 4; n++) {
			state = state * 1664525u + 1013904223u;
			put_u8(m, state >> 24);
		}
		respond(r, m);
	}
}

/* A message of no octets, and one that is only a header. */
static void put_nothing(struct request *r, struct message *m)
{
	m->len = 0;
	respond(r, m);
	begin_answer(m, &r->query, FLAGS_AA);
	m->len = 12;
	respond(r, m);
}

static void send_until_closed(struct request *r, const void *octets, size_t n,
	int pause_ms)
{
	struct pollfd closed = {.fd = r->fd, .events = POLLRDHUP};

	while (send(r->fd, octets, n, MSG_NOSIGNAL) > 0 &&
		poll(&closed, 1, pause_ms) == 0) {
		continue;
	}
}

static void put_frames_without_end(struct request *r, struct message *m)
{
	static const uint8_t frames[4096]; /* each of no octets */

	(void)m;
	send_until_closed(r, frames, sizeof frames, 0);
}

/* Answers to another question, as large as can be, one after the other. */
static void put_foreign_without_end(struct request *r, struct message *m)
{
	struct pollfd closed = {.fd = r->fd, .events = POLLRDHUP};

	r->query.id ^= 1;
	begin_answer(m, &r->query, FLAGS_AA);
	m->len = DCV_MESSAGE_MAX;
	while (poll(&closed, 1, 0) == 0) {
		respond(r, m);
	}
}

/* An octet now and then, of a frame that would take days. */
static void put_drops(struct request *r, struct message *m)
{
	static const uint8_t length[2] = {0xff, 0xff};

	(void)m;
	(void)!send(r->fd, length, sizeof length, MSG_NOSIGNAL);
	send_until_closed(r, "", 1, 5);
}

/* A frame that ends before its time, the connection with it. */
static void put_half(struct request *r, struct message *m)
{
	(void)m;
	(void)!send(r->fd, "\1\0half", 6, MSG_NOSIGNAL);
	(void)shutdown(r->fd, SHUT_RDWR);
}

static void put_cut_off(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_TC);
	respond(r, m);
}

static void put_silence(struct request *r, struct message *m)
{
	(void)r;
	(void)m;
}

/* ---- who sends it ---- */

static script_fn harm;

static void script_harm(struct request *r, struct message *m)
{
	harm(r, m);
}

/* UDP is as it should be, TCP is not. */
static void script_harm_over_tcp(struct request *r, struct message *m)
{
	if (r->tcp) {
		harm(r, m);
	} else {
		script_right(r, m);
	}
}

/* UDP sends to TCP, which is not as it should be. */
static void script_harm_behind_tc(struct request *r, struct message *m)
{
	if (r->tcp) {
		harm(r, m);
	} else {
		put_cut_off(r, m);
	}
}

/* One server does harm, the other is as it should be. */
static void check_harm(script_fn script, script_fn what, int64_t wait_ms)
{
	struct world w;
	int64_t before = 0, took = 0;

	harm = what;
	assert_true(responder_start(&two, "127.0.0.2", script_right));
	world_init(&w, true, wait_ms);
	world_add(&w, "ns2.example.com", &two.addr);
	before = dcv_mono_ms(&w.clock);
	(void)run_one(&w, &one, script);
	took = dcv_mono_ms(&w.clock) - before;
	responder_stop(&two);
	assert_int_equal(dcv_check_at(&w.result, 0, 0)->seen, DCV_SEEN_HAS);
	assert_false(w.result.effective);
	assert_int_equal(w.result.settled_at_s, 0);
	/* The last look is not begun in the last moments. */
	assert_in_range(took, wait_ms - 50, wait_ms + LATE_MS);
}

static void test_harm_over_udp(void **state)
{
	static const script_fn harms[] = {put_loop, put_loop_of_two, put_largest_rubbish,
		put_too_many, put_rubbish, put_nothing};

	(void)state;
	for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
		check_harm(script_harm, harms[i], REPEATED_MS);
	}
}

static const script_fn tcp_harms[] = {put_loop, put_loop_of_two, put_largest_rubbish,
	put_too_many, put_nothing, put_frames_without_end, put_foreign_without_end,
	put_drops, put_half, put_cut_off, put_silence};

static void test_harm_over_tcp(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tcp_harms / sizeof tcp_harms[0]; i++) {
		check_harm(script_harm_over_tcp, tcp_harms[i], WAIT_MS);
	}
}

static void test_harm_behind_tc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tcp_harms / sizeof tcp_harms[0]; i++) {
		check_harm(script_harm_behind_tc, tcp_harms[i], WAIT_MS);
	}
}

/* The same through dcv_ask: an error before its deadline, or at it. */
static void check_ask(script_fn script, script_fn what)
{
	struct dcv_answer answer;
	struct dcv_error err = {.code = DCV_OK};
	int64_t before = dcv_mono_ms(&dcv_clock_system);

	harm = what;
	start(&one, script);

	enum dcv_err rc = dcv_ask(&one.addr, &owner, DCV_TYPE_TXT, false,
		before + WAIT_MS, &dcv_clock_system, &arena, &answer, &err);

	assert_true(rc == DCV_E_UNVERIFIED || rc == DCV_E_FAILED);
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < WAIT_MS + LATE_MS);
	responder_stop(&one);
}

static void test_harm_to_ask(void **state)
{
	static const script_fn harms[] = {put_loop, put_loop_of_two, put_largest_rubbish,
		put_too_many, put_rubbish, put_nothing};

	(void)state;
	for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
		check_ask(script_harm, harms[i]);
	}
	for (size_t i = 0; i + 2 < sizeof tcp_harms / sizeof tcp_harms[0]; i++) {
		check_ask(script_harm_behind_tc, tcp_harms[i]);
	}
}

/* ---- what is large or slow, but right ---- */

/* 65,535 octets, ours at the end, and the last two in pieces. */
static void script_largest(struct request *r, struct message *m)
{
	if (!r->tcp) {
		put_cut_off(r, m);
		return;
	}
	if (r->query.type == DCV_TYPE_SOA) {
		answer_soa(r, m);
		return;
	}
	begin_answer(m, &r->query, FLAGS_AA);
	put_txt(m, 300, "new");
	put_u16(m, 0xc00c);

	size_t at = begin_rr(m, ANSWER, 65399, 1, 300);

	while (m->len < DCV_MESSAGE_MAX) {
		put_u8(m, 0);
	}
	end_rr(m, at);
	respond(r, m);
}

static void test_largest_is_taken(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 5000);
	assert_int_equal(run_one(&w, &one, script_largest).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
}

static struct request kept[64];
static atomic_uint n_kept;

static void script_keeps(struct request *r, struct message *m)
{
	(void)m;
	if (atomic_load(&n_kept) < 64) {
		kept[atomic_fetch_add(&n_kept, 1)] = *r;
	}
}

/* Answers that come when nobody waits any more change nothing, then or in the next run. */
static void test_after_the_deadline(void **state)
{
	static struct message late;
	struct world w;

	(void)state;
	atomic_store(&n_kept, 0);
	world_init(&w, true, WAIT_MS);
	start(&one, script_keeps);
	world_add(&w, "ns1.example.com", &one.addr);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_TIMEOUT);
	assert_true(w.result.unverified);
	assert_true(atomic_load(&n_kept) > 0);
	for (unsigned i = 0; i < atomic_load(&n_kept); i++) {
		script_right(&kept[i], &late);
	}
	world_init(&w, false, WAIT_MS);
	world_add(&w, "ns1.example.com", &one.addr);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_TIMEOUT);
	responder_stop(&one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_harm_over_udp),
		TEST(test_harm_over_tcp),
		TEST(test_harm_behind_tc),
		TEST(test_harm_to_ask),
		TEST(test_largest_is_taken),
		TEST(test_after_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
