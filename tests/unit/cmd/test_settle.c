/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Waiting until no cache can hold the old answer, on a clock that only sleep moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cmd/internal.h"

#define BEGIN_S 1000

static int64_t wall_s(void *ctx)
{
	const int64_t *now_ms = ctx;

	return BEGIN_S + *now_ms / 1000;
}

static int64_t mono_ms(void *ctx)
{
	const int64_t *now_ms = ctx;

	return *now_ms;
}

static void sleep_ms(void *ctx, int64_t ms)
{
	int64_t *now_ms = ctx;

	*now_ms += ms;
}

/* Waits with a deadline of 10 minutes; how much time passed. */
static enum dcv_err wait_until(int64_t settled_s, int64_t *ret_ms)
{
	int64_t now_ms = 0;
	const struct dcv_clock clock = {wall_s, mono_ms, sleep_ms, &now_ms};
	struct dcv_session session = {.clock = &clock,
		.deadline_ms = 600000,
		.options = {.quiet = true}};
	const struct dcv_verify verify = {.wait = true};
	enum dcv_err rc = dcv_verify_settle(&session, &verify, settled_s);

	*ret_ms = now_ms;
	return rc;
}

static void waits_to_the_second(void **state)
{
	int64_t ms;

	(void)state;
	assert_int_equal(wait_until(BEGIN_S + 300, &ms), DCV_OK);
	assert_int_equal(ms, 300000);
}

static void is_over_already(void **state)
{
	int64_t ms;

	(void)state;
	assert_int_equal(wait_until(BEGIN_S - 1, &ms), DCV_OK);
	assert_int_equal(ms, 0);
}

/* What lies past the deadline is not waited for at all. */
static void past_the_deadline(void **state)
{
	int64_t ms;

	(void)state;
	assert_int_equal(wait_until(BEGIN_S + 601, &ms), DCV_E_DEADLINE);
	assert_int_equal(ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_to_the_second),
		cmocka_unit_test(is_over_already),
		cmocka_unit_test(past_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
