/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* When the old answer is out of all caches: it counts from the address that came last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define LATER_S 40

/* One server has it at once; by the time the other one does, the clock has moved on. */
static int64_t moving_s(void *ctx)
{
	const struct world *w = ctx;

	return w->rounds_told < 1 ? WALL_S : WALL_S + LATER_S;
}

static void assert_settled_after_the_last(script_fn first, script_fn second)
{
	struct world w;

	world_init(&w, true, 10000);
	w.clock.wall_s = moving_s;
	w.clock.ctx = &w;
	start(&one, first);
	assert_true(responder_start(&two, "127.0.0.2", second));
	world_add(&w, "ns1.example.com", &one.addr);
	world_add(&w, "ns2.example.com", &two.addr);
	(void)world_run(&w);
	assert_true(w.result.effective);
	assert_int_equal(w.result.effective_at_s, WALL_S + LATER_S);
	assert_int_equal(w.result.settled_at_s, WALL_S + LATER_S + item.cached_s);
	responder_stop(&one);
	responder_stop(&two);
}

static void test_the_second_is_late(void **state)
{
	(void)state;
	assert_settled_after_the_last(script_right, script_right_after_two);
}

static void test_the_first_is_late(void **state)
{
	(void)state;
	assert_settled_after_the_last(script_right_after_two, script_right);
}

/* Of another hour than item.cached_s, which nobody has noted. */
static void script_old_for_an_hour(struct request *r, struct message *m)
{
	if (r->query.type == DCV_TYPE_SOA || r->n >= 2) {
		script_right(r, m);
		return;
	}
	begin_answer(m, &r->query, FLAGS_AA);
	put_txt(m, 3600, "old");
	respond(r, m);
}

static void test_what_was_seen_before_counts(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, true, 10000);
	start(&one, script_old_for_an_hour);
	world_add(&w, "ns1.example.com", &one.addr);
	(void)world_run(&w);
	assert_true(w.result.effective);
	assert_int_equal(w.result.observations[0].former_s, 3600);
	assert_int_equal(w.result.settled_at_s, w.result.effective_at_s + 3600);
	responder_stop(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_second_is_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_first_is_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_was_seen_before_counts, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
