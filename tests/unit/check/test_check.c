/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a check must come to, and after how many rounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "world.h"

/* Good once, then gone, then good: the second look of the first pair of rounds fails. */
static void script_flaps(struct request *r, struct message *m)
{
	bool gone = r->query.type == DCV_TYPE_TXT && r->n == 1;

	if (gone) {
		answer_txt(r, m, FLAGS_AA, NULL, NULL);
	} else {
		script_right(r, m);
	}
}

static void script_refused(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, 0x8005);
	respond(r, m);
}

static void script_not_aa(struct request *r, struct message *m)
{
	answer_txt(r, m, FLAGS_NO_AA, "new", NULL);
}

/* Answers over TCP what UDP has not yet: the confirmation must find it. */
static void script_old_over_tcp(struct request *r, struct message *m)
{
	if (r->tcp) {
		script_old(r, m);
	} else {
		script_right(r, m);
	}
}

static void test_right_at_once(void **state)
{
	struct world w;
	struct dcv_observation seen;

	(void)state;
	world_init(&w, false, 5000);
	seen = run_one(&w, &one, script_right);
	assert_int_equal(seen.seen, DCV_SEEN_HAS);
	assert_int_equal(seen.ttl_s, 300);
	assert_true(seen.has_serial);
	assert_int_equal(seen.serial, 2026112201);
	assert_int_equal(seen.first_has_s, WALL_S);
	assert_null(seen.extra);
	assert_true(w.result.effective);
	assert_false(w.result.unverified);
	assert_int_equal(w.result.effective_at_s, WALL_S);
	assert_int_equal(w.result.settled_at_s, WALL_S + 900);
	assert_int_equal(w.result.rounds, 2);
	assert_int_equal(one.n_udp, 4);
	assert_int_equal(one.n_connections, 0);
}

static void test_wait_confirms_over_tcp(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 5000);
	assert_int_equal(run_one(&w, &one, script_right).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
	assert_int_equal(w.result.rounds, 3);
	assert_int_equal(one.n_tcp, 2);
}

static void test_confirm_finds_old_data(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	w.options.confirm_tcp = true;
	assert_int_equal(run_one(&w, &one, script_old_over_tcp).seen, DCV_SEEN_OLD);
	assert_false(w.result.effective);
	assert_int_equal(w.result.rounds, 3);
}

static void test_right_after_two_rounds(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 10000);
	assert_int_equal(run_one(&w, &one, script_right_after_two).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
	/* Two that were not good, two good ones, TCP. */
	assert_int_equal(w.result.rounds, 5);
}

static void test_look_does_not_wait(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 10000);
	assert_int_equal(run_one(&w, &one, script_right_after_two).seen, DCV_SEEN_ABSENT);
	assert_false(w.result.effective);
	assert_false(w.result.unverified);
	assert_int_equal(w.result.rounds, 1);
	assert_int_equal(w.result.effective_at_s, 0);
}

static void test_two_good_rounds_are_needed(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_flaps).seen, DCV_SEEN_ABSENT);
	assert_false(w.result.effective);
	world_init(&w, true, 5000);
	assert_int_equal(run_one(&w, &one, script_flaps).seen, DCV_SEEN_HAS);
	assert_true(w.result.effective);
	assert_int_equal(w.result.rounds, 5);
}

static void test_old_value(void **state)
{
	struct world w;
	struct dcv_observation seen;

	(void)state;
	world_init(&w, false, 5000);
	seen = run_one(&w, &one, script_old);
	assert_int_equal(seen.seen, DCV_SEEN_OLD);
	assert_string_equal(seen.extra, "\"old\"");
	assert_int_equal(seen.first_has_s, 0);
}

/* It has it over UDP at every look, but is not effective, and the reason stays to be seen. */
static void test_wait_without_tcp(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 600);
	start(&one, script_right);
	responder_drop_tcp(&one);
	world_add(&w, "ns1.example.com", &one.addr);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_NO_TCP);
	assert_false(w.result.effective);
	assert_false(w.result.unverified);
	responder_stop(&one);
}

static void test_silence_is_bounded(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 400);
	assert_int_equal(run_one(&w, &one, script_silent).seen, DCV_SEEN_TIMEOUT);
	assert_false(w.result.effective);
	assert_true(w.result.unverified);
	assert_true(w.result.asked_ms >= 350 && w.result.asked_ms < 3000);
}

static void test_deadline_is_over(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, -1);
	assert_int_equal(run_one(&w, &one, script_right).seen, DCV_SEEN_NOT_ASKED);
	assert_false(w.result.effective);
	assert_int_equal(one.n_udp, 0);
}

static void test_refused_and_not_authoritative(void **state)
{
	struct world w;
	struct dcv_observation seen;

	(void)state;
	world_init(&w, false, 5000);
	seen = run_one(&w, &one, script_refused);
	assert_int_equal(seen.seen, DCV_SEEN_RCODE);
	assert_int_equal(seen.rcode, DCV_RCODE_REFUSED);
	assert_false(w.result.unverified);
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_not_aa).seen, DCV_SEEN_NOT_AA);
	assert_false(w.result.effective);
}

static void test_one_address_is_dead(void **state)
{
	struct world w;
	struct dcv_addr dead;

	(void)state;
	assert_true(closed_address("127.0.0.2", &dead));
	world_init(&w, false, 5000);
	start(&one, script_right);
	world_add(&w, "ns1.example.com", &one.addr);
	world_add(&w, "ns1.example.com", &dead);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_HAS);
	assert_int_equal(dcv_check_at(&w.result, 0, 1)->seen, DCV_SEEN_REFUSED_CONN);
	/* Nothing listens there: it counts, whatever the server's name. */
	assert_false(w.result.effective);
	assert_false(w.result.unverified);
	assert_true(w.result.asked_ms < 3000);
	responder_stop(&one);
}

/* A link-local address without its interface cannot be reached from anywhere. */
static void test_no_route(void **state)
{
	struct world w;
	struct dcv_addr nowhere;

	(void)state;
	assert_int_equal(dcv_addr_parse("fe80::1", &nowhere, NULL), DCV_OK);
	world_init(&w, false, 5000);
	start(&one, script_right);
	world_add(&w, "ns1.example.com", &one.addr);
	world_add(&w, "NS1.example.com", &nowhere);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_HAS);
	assert_int_equal(dcv_check_at(&w.result, 0, 1)->seen, DCV_SEEN_NO_ROUTE);
	assert_true(w.result.effective);
	assert_int_equal(w.result.effective_at_s, WALL_S);

	w.servers[1].name = "ns2.example.com";
	w.rounds_told = 0;
	(void)world_run(&w);
	assert_false(w.result.effective);
	responder_stop(&one);

	world_init(&w, false, 5000);
	world_add(&w, "ns1.example.com", &nowhere);
	assert_int_equal(world_run(&w)->seen, DCV_SEEN_NO_ROUTE);
	assert_true(w.result.unverified);
	assert_false(w.result.effective);
}

/* Only what is not good is asked again before the confirming round. */
static void test_good_ones_are_left_alone(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 10000);
	start(&one, script_right);
	assert_true(responder_start(&two, "127.0.0.2", script_right_after_two));
	world_add(&w, "ns1.example.com", &one.addr);
	world_add(&w, "ns2.example.com", &two.addr);
	(void)world_run(&w);
	assert_true(w.result.effective);
	/* First, confirming, TCP; each with the SOA. */
	assert_int_equal(one.n_udp + one.n_tcp, 6);
	assert_int_equal(two.n_txt, 5);
	responder_stop(&one);
	responder_stop(&two);
}

static void test_removal(void **state)
{
	struct world w;

	(void)state;
	item.n_wanted = 0;
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_right).seen, DCV_SEEN_HAS);
	world_init(&w, false, 5000);
	assert_int_equal(run_one(&w, &one, script_old).seen, DCV_SEEN_OLD);
}

static void test_zone_without_servers(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, false, 5000);
	world_run_items(&w, &item, 1);
	assert_false(w.result.effective);
	assert_true(w.result.unverified);
}

static void on_line(void *ctx, enum dcv_level level, const char *line)
{
	unsigned *n = ctx;

	(void)level;
	if (strstr(line, "_dnsauth.example.com. TXT: ok, was absent") != NULL) {
		*n += 1;
	}
}

static void test_changes_are_logged(void **state)
{
	struct world w;
	unsigned n = 0;
	struct dcv_log log = {.emit = on_line, .ctx = &n};

	(void)state;
	world_init(&w, true, 5000);
	w.options.log = &log;
	(void)run_one(&w, &one, script_right_after_two);
	assert_int_equal(n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_right_at_once),
		TEST(test_wait_confirms_over_tcp),
		TEST(test_confirm_finds_old_data),
		TEST(test_right_after_two_rounds),
		TEST(test_look_does_not_wait),
		TEST(test_two_good_rounds_are_needed),
		TEST(test_old_value),
		TEST(test_wait_without_tcp),
		TEST(test_silence_is_bounded),
		TEST(test_deadline_is_over),
		TEST(test_refused_and_not_authoritative),
		TEST(test_one_address_is_dead),
		TEST(test_no_route),
		TEST(test_good_ones_are_left_alone),
		TEST(test_removal),
		TEST(test_zone_without_servers),
		TEST(test_changes_are_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
