/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a clean-up by number removes: what is ours of these orders, and nothing else. */
#include "world.h"

#define APEX "example.com."
#define WWW "_dnsauth.www.example.com."

static void test_cleanup(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 2, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	known(w, "3", 1, DCV_STATE_CLOSED, DCV_REASON_CANCELLED);
	written(w, "1", 1, WWW, DCV_TYPE_TXT, OLD);
	written(w, "1", 2, AT, DCV_TYPE_TXT, NEW);
	written(w, "1", 2, AT, DCV_TYPE_TXT, "needed by both, AAAA");
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, "needed by both, AAAA");
	written(w, "3", 1, AT, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 300, DCV_TYPE_TXT, "by hand");
	claimed(w, "1", 2, APEX, DCV_TYPE_TXT, NEW);
	publish(w, APEX, 86400, DCV_TYPE_TXT, NEW);
	placed(w, APEX, DCV_TYPE_TXT, NEW, false); /* found */
	w->named[w->n_named++] = naming(w, "by hand");
	w->named[w->n_named++] = naming(w, AT " TXT " OTHER);
	assert_planned(w, make_cleanup(w, 1, ids));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_reason(w, AT, NEW, "order 1 is closed (issued)");
	assert_kind(w, WWW, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, "needed by both, AAAA", DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_FOREIGN);
	assert_kind(w, AT, DCV_TYPE_TXT, "by hand", DCV_VALUE_FOREIGN);
	assert_kind(w, APEX, DCV_TYPE_TXT, NEW, DCV_VALUE_FOREIGN);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 300);
	assert_int_equal(w->plan.n_remove, 2);
	assert_int_equal(w->plan.n_add, 0);
	assert_int_equal(w->plan.n_leftover, 0);
}

/* What is gone already needs no edit. */
static void test_cleanup_of_nothing(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	placed(w, AT, DCV_TYPE_TXT, NEW, true);
	node(w, AT);
	assert_planned(w, make_cleanup(w, 1, ids));
	assert_false(w->plan.changes);
	assert_int_equal(w->plan.n_edits, 0);
}

/* Another run opened it meanwhile: what it claims now is protected by the plan itself. */
static void test_cleanup_of_an_open_order(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_cleanup(w, 1, ids));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_OTHER);
	assert_false(w->plan.changes);
}

/* Two orders that shared a value are cleaned together. */
static void test_cleanup_of_two(void **state)
{
	static const char *const ids[] = {"2", "1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	known(w, "2", 1, DCV_STATE_CLOSED, DCV_REASON_CANCELLED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_cleanup(w, 2, ids));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_int_equal(w->plan.n_remove, 1);
}

/* A clean-up wants nothing, even if it is handed the order's file. */
static void test_cleanup_wants_nothing(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_int_equal(judge(w), DCV_OK);
	assert_int_equal(w->subjects[0].judgement, DCV_JUDGED_REVISED);
	w->facts.mode = DCV_PLAN_CLEANUP;
	assert_planned(w, dcv_plan_make(&w->facts, &w->arena, &w->plan, &w->diags));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_OTHER);
	assert_false(w->plan.changes);
}

/* Past its life an order is cleaned though the ledger still has it open. */
static void test_cleanup_of_an_expired_order(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->expires = NOW - 1;
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_cleanup(w, 1, ids));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_reason(w, AT, NEW, "order 1 is closed (expired)");
}

/* CNAMEs and foreign data beside them: nothing is guarded where nothing is added. */
static void test_cleanup_of_a_cname(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	publish(w, AT, 300, DCV_TYPE_A, "192.0.2.1");
	node(w, AT)->cut = name("example.com.");
	assert_planned(w, make_cleanup(w, 1, ids));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_REMOVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cleanup),
		TEST(test_cleanup_of_nothing),
		TEST(test_cleanup_of_an_open_order),
		TEST(test_cleanup_of_two),
		TEST(test_cleanup_wants_nothing),
		TEST(test_cleanup_of_an_expired_order),
		TEST(test_cleanup_of_a_cname),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
