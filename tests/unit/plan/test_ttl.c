/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The TTL of a set that is shared: lowered only on request, and given back. */
#include "world.h"

#define APEX "example.com."
#define WWW "_dnsauth.www.example.com."

static const char *const one[] = {"1"};

static struct dcv_order *lowering(struct world *w, const char *id, const char *text)
{
	struct dcv_order *of = order_txt(w, id, APEX, text);

	of->shared_ttl = DCV_SHARED_TTL_LOWER;
	return of;
}

static void remember(struct world *w, struct dcv_cached *cached, const char *owner,
	uint32_t former_s, uint32_t our_s)
{
	*cached = (struct dcv_cached){.owner = name(owner),
		.type = DCV_TYPE_TXT,
		.former_ttl_s = former_s,
		.our_ttl_s = our_s};
	w->facts.cached = cached;
	w->facts.n_cached = 1;
}

static void test_lowered(void **state)
{
	struct world *w = *state;
	const struct dcv_edit *made;

	publish(w, APEX, 86400, DCV_TYPE_TXT, SPF);
	lowering(w, "1", NEW);
	assert_planned(w, make_plan(w));
	made = edit(w, APEX, DCV_TYPE_TXT);
	assert_int_equal(made->edit.ttl_s, 300);
	assert_text(made->ttl_reason, "`shared_ttl: lower`");
	assert_int_equal(w->plan.n_ttl, 1);
}

/* Lower is never higher. */
static void test_not_raised(void **state)
{
	struct world *w = *state;

	publish(w, APEX, 60, DCV_TYPE_TXT, SPF);
	lowering(w, "1", NEW);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 60);
	assert_text(edit(w, APEX, DCV_TYPE_TXT)->ttl_reason, "kept");
}

/* Of two orders only the one that says so lowers it, and to what it asks. */
static void test_lowered_by_one_of_two(void **state)
{
	struct world *w = *state;

	publish(w, APEX, 86400, DCV_TYPE_TXT, SPF);
	lowering(w, "1", NEW)->ttl_s = 600;
	order_txt(w, "2", APEX, OTHER)->ttl_s = 60;
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 600);
}

static void test_lowered_stays_in_the_second_run(void **state)
{
	struct world *w = *state;

	publish(w, APEX, 300, DCV_TYPE_TXT, SPF);
	lowering(w, "1", NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, APEX, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
}

static void lowered_before(struct world *w, struct dcv_cached *cached)
{
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	publish(w, APEX, 300, DCV_TYPE_TXT, SPF);
	written(w, "1", 1, APEX, DCV_TYPE_TXT, NEW);
	remember(w, cached, APEX, 86400, 300);
}

static void test_given_back_by_cleanup(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	lowered_before(w, &cached);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, APEX, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 86400);
	assert_text(edit(w, APEX, DCV_TYPE_TXT)->ttl_reason, "the former TTL is back");
}

/* Somebody took our value away: the TTL still goes back. */
static void test_given_back_though_the_value_is_gone(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	publish(w, APEX, 300, DCV_TYPE_TXT, SPF);
	claimed(w, "1", 1, APEX, DCV_TYPE_TXT, NEW);
	remember(w, &cached, APEX, 86400, 300);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 86400);
	assert_true(w->plan.changes);
}

/* Somebody gave the set another TTL since: it is theirs. */
static void test_not_given_back_over_a_change(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	lowered_before(w, &cached);
	cached.our_ttl_s = 600;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 300);
	assert_null(edit(w, APEX, DCV_TYPE_TXT)->ttl_reason);
}

static void test_not_given_back_while_another_needs_it(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	lowered_before(w, &cached);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "2", 1, APEX, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 300);
}

/* Ours, of an order that is closed too and not of this clean-up. */
static void test_not_given_back_while_ours_stays(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	lowered_before(w, &cached);
	known(w, "2", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "2", 1, APEX, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 300);
}

static void test_no_former_ttl(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	lowered_before(w, &cached);
	cached.former_ttl_s = 0;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 300);
}

/* A revision that is validated elsewhere gives it back too. */
static void test_given_back_by_a_revision(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	order_txt(w, "1", WWW, OTHER);
	lowered_before(w, &cached);
	w->known[0].state = DCV_STATE_EFFECTIVE;
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 86400);
}

/* Somebody gave the set another TTL since our last change: that one is given back one day. */
static void test_former_ttl_to_note(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	publish(w, APEX, 3600, DCV_TYPE_TXT, SPF);
	lowering(w, "1", NEW);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->former_ttl_s, 3600);
	remember(w, &cached, APEX, 86400, 3600);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->former_ttl_s, 86400);
	cached.our_ttl_s = 300;
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->former_ttl_s, 3600);
}

/* Leftovers that got our TTL get theirs back. */
static void test_given_back_to_leftovers(void **state)
{
	struct dcv_cached cached;
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	remember(w, &cached, AT, 3600, 300);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 3600);
}

/* What a wildcard answers today is cached with its TTL, not as "no such name". */
static void test_cached_from_the_wildcard(void **state)
{
	struct world *w = *state;

	publish(w, "*.example.com.", 7200, DCV_TYPE_TXT, "any");
	order_txt(w, "1", AT, NEW);
	node(w, AT)->wildcard = true;
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->cached_s, 7200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lowered),
		TEST(test_not_raised),
		TEST(test_lowered_by_one_of_two),
		TEST(test_lowered_stays_in_the_second_run),
		TEST(test_given_back_by_cleanup),
		TEST(test_given_back_though_the_value_is_gone),
		TEST(test_not_given_back_over_a_change),
		TEST(test_not_given_back_while_another_needs_it),
		TEST(test_not_given_back_while_ours_stays),
		TEST(test_no_former_ttl),
		TEST(test_given_back_by_a_revision),
		TEST(test_former_ttl_to_note),
		TEST(test_given_back_to_leftovers),
		TEST(test_cached_from_the_wildcard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
