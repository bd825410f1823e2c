/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The TTL of a set that several orders of one run want. */
#include "world.h"

#define AT "_dnsauth.example.com."

static const struct dcv_edit *planned(struct world *w)
{
	assert_planned(w, make_plan(w));
	return edit(w, AT, DCV_TYPE_TXT);
}

static void test_smallest_is_first(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW)->ttl_s = 120;
	order_txt(w, "2", AT, OTHER)->ttl_s = 600;
	assert_int_equal(planned(w)->edit.ttl_s, 120);
}

static void test_smallest_is_last(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW)->ttl_s = 600;
	order_txt(w, "2", AT, OTHER)->ttl_s = 120;
	assert_int_equal(planned(w)->edit.ttl_s, 120);
}

/* A set that stands there with more comes down to it. */
static void test_in_the_place_of_another(void **state)
{
	struct world *w = *state;

	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	order_txt(w, "1", AT, NEW)->ttl_s = 600;
	order_txt(w, "2", AT, OTHER)->ttl_s = 120;
	assert_int_equal(planned(w)->edit.ttl_s, 120);
	assert_int_equal(w->plan.n_ttl, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_smallest_is_first),
		TEST(test_smallest_is_last),
		TEST(test_in_the_place_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
