/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a check must bear: forged and broken answers, lost packets, servers
 * with old habits, and want of descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "check/lane.h"
#include "world.h"

/* Forged ones first: other id, other question, other case, broken; then the truth. */
static void script_storm(struct request *r, struct message *m)
{
	struct dcv_query truth = r->query;

	if (r->tcp || r->query.type == DCV_TYPE_SOA) {
		script_right(r, m);
		return;
	}
	for (unsigned i = 1; i < 20; i++) {
		r->query.id = (uint16_t)(truth.id + i);
		answer_txt(r, m, FLAGS_AA, "forged", NULL);
	}
	r->query = truth;
	r->query.type = DCV_TYPE_CAA;
	answer_txt(r, m, FLAGS_AA, "forged", NULL);
	r->query = truth;
	memcpy(r->query.qname, truth.name.wire, truth.name.len);
	if (memcmp(r->query.qname, truth.qname, truth.name.len) != 0) {
		answer_txt(r, m, FLAGS_AA, "forged", NULL);
	}
	r->query = truth;
	begin_answer(m, &r->query, FLAGS_AA);
	put_txt(m, 300, "new");
	m->len -= 2;
	respond(r, m);
	script_right(r, m);
}

static void script_folds_case(struct request *r, struct message *m)
{
	memcpy(r->query.qname, r->query.name.wire, r->query.name.len);
	script_right(r, m);
}

static void script_broken(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	put_txt(m, 300, "new");
	m->len -= 2;
	respond(r, m);
}

static void script_truncates(struct request *r, struct message *m)
{
	if (r->tcp) {
		script_right(r, m);
	} else {
		begin_answer(m, &r->query, FLAGS_TC);
		respond(r, m);
	}
}

static void script_no_edns(struct request *r, struct message *m)
{
	if (r->query.edns) {
		begin_answer(m, &r->query, 0x8001);
		respond(r, m);
	} else {
		script_right(r, m);
	}
}

/* Loses every first packet of a question. */
static void script_lossy(struct request *r, struct message *m)
{
	if (r->n % 2 == 1) {
		script_right(r, m);
	}
}

/* Answers one question on a connection, and closes it. */
static void script_one_per_connection(struct request *r, struct message *m)
{
	script_right(r, m);
	if (r->tcp) {
		(void)shutdown(r->fd, SHUT_RDWR);
	}
}

static void test_storm_then_truth(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 5000);
	assert_int_equal(run_one(&w, &one, script_storm).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
}

static void test_case_is_told(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_folds_case).seen, DCV_SEEN_CASE);
	assert_false(w.result.effective);
	assert_false(w.result.unverified);
	assert_true(w.result.asked_ms < 3000);
}

static void test_broken_is_told(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_broken).seen, DCV_SEEN_MALFORMED);
	assert_false(w.result.unverified);
}

static void test_truncated_goes_to_tcp(void **state)
{
	struct world w;
	struct dcv_observation seen;

	(void)state;
	world_init(&w, false, 5000);
	seen = run_one(&w, &one, script_truncates);
	assert_int_equal(seen.seen, DCV_SEEN_HAS);
	assert_int_equal(seen.serial, 2026112201);
	assert_true(w.result.effective);
	assert_int_equal(one.n_tcp, 4);
}

static void test_truncated_without_tcp(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	start(&one, script_truncates);
	responder_drop_tcp(&one);
	world_add(&w, "ns1.example.com", &one.addr);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_NO_TCP);
	assert_false(w.result.effective);
	responder_stop(&one);
}

static void test_server_closes_connections(void **state)
{
	enum { N = 40 };
	struct world w;
	struct dcv_check_item items[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		items[i] = item;
	}
	world_init(&w, true, 8000);
	start(&one, script_one_per_connection);
	world_add(&w, "ns1.example.com", &one.addr);
	world_run_items(&w, items, N);
	assert_true(w.result.effective);
	/* One more for each that met the end of its connection. */
	assert_true(one.n_tcp >= N + 1);
	responder_stop(&one);
}

static void test_without_edns(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_no_edns).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
}

static void test_lost_packets(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_lossy).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
	assert_true(w.result.asked_ms < 4000);
}

/* More than fit in flight, at two servers, with duplicates; few descriptors. */
static void run_many(size_t n)
{
	struct world w;
	struct dcv_check_item *items = calloc(n, sizeof *items);

	assert_non_null(items);
	for (size_t i = 0; i < n; i++) {
		char label[16];
		int len = snprintf(label, sizeof label, "n%zu", i);

		items[i] = item;
		assert_true(dcv_name_prepend(label, (size_t)len, &owner, &items[i].owner));
	}
	world_init(&w, true, 20000);
	start(&one, script_right);
	assert_true(responder_start(&two, "127.0.0.2", script_right));
	world_add(&w, "ns1.example.com", &one.addr);
	world_add(&w, "ns2.example.com", &two.addr);
	world_add(&w, "ns2.example.com", &two.addr);
	world_run_items(&w, items, n);
	assert_true(w.result.effective);
	assert_int_equal(w.result.rounds, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(dcv_check_at(&w.result, i, 2)->seen, DCV_SEEN_HAS);
	}
	responder_stop(&one);
	responder_stop(&two);
	free(items);
}

static void test_many(void **state)
{
	(void)state;
	run_many(500);
}

static unsigned free_descriptor(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	(void)close(fd);
	return (unsigned)fd;
}

static void test_few_descriptors(void **state)
{
	struct rlimit before, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = free_descriptor() + 40;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	run_many(60);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void test_no_descriptor(void **state)
{
	struct rlimit before, none;
	struct world w;
	struct dcv_error err = {.code = DCV_OK};
	int fds[64];
	size_t n = 0;

	(void)state;
	world_init(&w, false, 5000);
	start(&one, script_right);
	world_add(&w, "ns1.example.com", &one.addr);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = free_descriptor() + 20;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	/* The loop itself needs a few; one step after the other is out of its reach. */
	for (unsigned spare = 0; spare < 12; spare++) {
		for (n = 0; n < 64; n++) {
			fds[n] = dup(0);
			if (fds[n] < 0) {
				break;
			}
		}
		for (unsigned i = 0; i < spare && n > 0; i++) {
			(void)close(fds[--n]);
		}
		w.rounds_told = 0;

		enum dcv_err rc = dcv_check_run(&w.options, &w.zone, 1, &item, 1, &arena,
			&w.result, &err);

		while (n > 0) {
			(void)close(fds[--n]);
		}
		assert_true(rc == DCV_OK || rc == DCV_E_INTERNAL);
		assert_true(spare < 11 || rc == DCV_OK);
		assert_true(spare > 0 || rc == DCV_E_INTERNAL);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	responder_stop(&one);
}

static enum dcv_err on_reply_fail(void *ctx, struct dcv_question *question,
	const struct dcv_reply *reply, struct dcv_error *err)
{
	unsigned *n = ctx;

	(void)question;
	(void)reply;
	*n += 1;
	return dcv_fail(err, DCV_E_INTERNAL, "as the test says");
}

/* An error of who asks ends the run at once, with other questions still in flight. */
static void test_reply_fails(void **state)
{
	enum { N = 200 };
	static struct dcv_question questions[N];
	struct dcv_pool *pool = NULL;
	struct dcv_error err = {.code = DCV_OK};
	int64_t before = dcv_mono_ms(&dcv_clock_system);
	unsigned n = 0;
	size_t index = 0;

	(void)state;
	start(&one, script_right);
	assert_true(responder_start(&two, "127.0.0.2", script_silent));
	assert_int_equal(dcv_pool_new(10000, on_reply_fail, &n, &pool, &err), DCV_OK);
	assert_int_equal(dcv_pool_target(pool, &one.addr, &index, &err), DCV_OK);
	assert_int_equal(dcv_pool_target(pool, &two.addr, &index, &err), DCV_OK);
	assert_int_equal(index, 1);
	for (size_t i = 0; i < N; i++) {
		questions[i] = (struct dcv_question){.name = &owner,
			.type = DCV_TYPE_TXT,
			.target = i % 2,
			.tcp = i % 8 == 7};
		dcv_pool_ask(pool, &questions[i]);
	}
	assert_int_equal(dcv_pool_run(pool, &err), DCV_E_INTERNAL);
	assert_string_equal(err.text, "as the test says");
	assert_int_equal(n, 1);
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < 2000);
	dcv_pool_free(pool);
	responder_stop(&one);
	responder_stop(&two);
}

static enum dcv_err on_reply_count(void *ctx, struct dcv_question *question,
	const struct dcv_reply *reply, struct dcv_error *err)
{
	unsigned *n = ctx;

	(void)question;
	(void)err;
	*n += reply->fate == DCV_FATE_TIMEOUT;
	return DCV_OK;
}

/* A silent address is given up as a whole, not one time-out after the other. */
static void test_silent_is_given_up_once(void **state)
{
	enum { N = 640 };
	static struct dcv_question questions[N];
	struct dcv_pool *pool = NULL;
	struct dcv_error err = {.code = DCV_OK};
	int64_t before = dcv_mono_ms(&dcv_clock_system);
	unsigned n = 0;
	size_t index = 0;

	(void)state;
	start(&one, script_silent);
	assert_int_equal(dcv_pool_new(20000, on_reply_count, &n, &pool, &err), DCV_OK);
	pool->question_ns = 400 * DCV_NS_PER_MS;
	assert_int_equal(dcv_pool_target(pool, &one.addr, &index, &err), DCV_OK);
	for (size_t i = 0; i < N; i++) {
		questions[i] = (struct dcv_question){.name = &owner, .type = DCV_TYPE_TXT};
		dcv_pool_ask(pool, &questions[i]);
	}
	assert_int_equal(dcv_pool_run(pool, &err), DCV_OK);
	assert_int_equal(n, N);
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < 2000);
	dcv_pool_free(pool);
	responder_stop(&one);
}

/* An address that comes twice is one target; and no more goes to it than the rate lets through. */
static void test_rate(void **state)
{
	enum { N = 60 };
	static struct dcv_question questions[N];
	struct dcv_pool *pool = NULL;
	struct dcv_error err = {.code = DCV_OK};
	int64_t before = dcv_mono_ms(&dcv_clock_system);
	unsigned n = 0;
	size_t index = 0, again = 1;

	(void)state;
	start(&one, script_right);
	assert_int_equal(dcv_pool_new(20000, on_reply_count, &n, &pool, &err), DCV_OK);
	dcv_pool_rate(pool, 100);
	assert_int_equal(dcv_pool_target(pool, &one.addr, &index, &err), DCV_OK);
	assert_int_equal(dcv_pool_target(pool, &one.addr, &again, &err), DCV_OK);
	assert_int_equal(index, again);
	/* As if it were a stranger's. */
	assert_true(pool->targets[index]->is_own);
	pool->targets[index]->is_own = false;
	for (size_t i = 0; i < N; i++) {
		questions[i] = (struct dcv_question){.name = &owner, .type = DCV_TYPE_TXT};
		dcv_pool_ask(pool, &questions[i]);
	}
	assert_int_equal(dcv_pool_run(pool, &err), DCV_OK);
	assert_int_equal(atomic_load(&one.n_udp), N);
	/* A tenth of a second's at once, the others one by one. */
	assert_true(dcv_mono_ms(&dcv_clock_system) - before >= 480);
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < 5000);
	dcv_pool_free(pool);
	responder_stop(&one);
}

/* The rate holds for strangers, not for loopback and private addresses. */
static void test_rate_of_own(void **state)
{
	static const struct {
		const char *addr;
		bool held;
	} cases[] = {{"192.41.1.1", true}, {"2001:500::1", true}, {"127.0.0.1", false},
		{"10.0.0.1", false}, {"fd00::1", false}};
	struct dcv_pool *pool = NULL;
	struct dcv_error err = {.code = DCV_OK};
	unsigned n = 0;

	(void)state;
	assert_int_equal(dcv_pool_new(20000, on_reply_count, &n, &pool, &err), DCV_OK);
	dcv_pool_rate(pool, 1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct dcv_addr addr;
		size_t index = 0;

		assert_int_equal(dcv_addr_parse(cases[i].addr, &addr, &err), DCV_OK);
		assert_int_equal(dcv_pool_target(pool, &addr, &index, &err), DCV_OK);
		assert_true(dcv_lane_may_send(&pool->targets[index]->udp));
		assert_int_equal(dcv_lane_may_send(&pool->targets[index]->udp),
			!cases[i].held);
	}
	dcv_pool_free(pool);
}

/* A round after the other goes over the same sockets, and none is left open. */
static void test_sockets_rest(void **state)
{
	enum { ROUNDS = 3, N = 5 };
	static struct dcv_question questions[N];
	struct dcv_pool *pool = NULL;
	struct dcv_error err = {.code = DCV_OK};
	unsigned n = 0;
	size_t index = 0;

	(void)state;
	start(&one, script_right);
	assert_int_equal(dcv_pool_new(20000, on_reply_count, &n, &pool, &err), DCV_OK);
	assert_int_equal(dcv_pool_target(pool, &one.addr, &index, &err), DCV_OK);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < N; i++) {
			questions[i] = (struct dcv_question){.name = &owner,
				.type = DCV_TYPE_TXT};
			dcv_pool_ask(pool, &questions[i]);
		}
		assert_int_equal(dcv_pool_run(pool, &err), DCV_OK);
		assert_int_equal(pool->n_open, N);
		assert_int_equal(pool->n_idle, N);
	}
	assert_int_equal(atomic_load(&one.n_udp), ROUNDS * N);
	dcv_pool_pause(pool, 1);
	assert_int_equal(pool->n_open, 0);
	dcv_pool_free(pool);
	responder_stop(&one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_storm_then_truth),
		TEST(test_case_is_told),
		TEST(test_broken_is_told),
		TEST(test_truncated_goes_to_tcp),
		TEST(test_truncated_without_tcp),
		TEST(test_server_closes_connections),
		TEST(test_without_edns),
		TEST(test_lost_packets),
		TEST(test_many),
		TEST(test_few_descriptors),
		TEST(test_no_descriptor),
		TEST(test_reply_fails),
		TEST(test_silent_is_given_up_once),
		TEST(test_rate),
		TEST(test_rate_of_own),
		TEST(test_sockets_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
