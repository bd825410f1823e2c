/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Records that outlive their order: protected though it is closed, never previous, and cleaned
 * only when that is asked for. */
#include "world.h"

#define APEX "example.com."
#define CAA "0 issue \"digicert.com\""

static const char *const one[] = {"1"};

static void kept(struct world *w, const char *id, uint16_t type, const char *text,
	enum dcv_keep keep)
{
	written(w, id, 1, AT, type, text);
	w->rows[w->n_rows - 1].keep = keep;
	w->rows[w->n_rows - 1].keep_until_s = NOW;
}

static void test_stays_at_an_owner_of_the_run(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DATE);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_reason(w, AT, OTHER, "kept for order digicert/1: until-date");
	w->facts.now_s = NOW + 1;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
}

/* A re-issue leaves what its earlier revision keeps. */
static void test_stays_beside_a_new_revision(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

static void test_stays_though_superseded(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "2", AT, NEW);

	of->supersedes = one;
	of->n_supersedes = 1;
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
}

/* Naming does not overrule it. */
static void test_stays_though_named(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	w->named[w->n_named++] = naming(w, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
}

/* A CNAME that is kept excludes any other value there, and the way out is named. */
static void test_kept_cname_in_the_way(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	kept(w, "1", DCV_TYPE_CNAME, TARGET, DCV_KEEP_DEAUTHORISED);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"a record of order digicert/1 is kept there");
	assert_text(diag->help, "dcvctl cleanup --retained digicert/1");
}

static void test_cleanup_leaves_it(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
}

static void test_cleanup_retained(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	known(w, "2", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	kept(w, "2", DCV_TYPE_TXT, NEW, DCV_KEEP_DEAUTHORISED);
	w->facts.policy.retained = true;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	/* That of an order which is not named stays. */
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_OTHER);
}

/* An order that is open needs it, whatever is asked. */
static void test_cleanup_retained_of_an_open_order(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	w->facts.policy.retained = true;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
}

static void caa_of(struct world *w, const char *id)
{
	written(w, id, 1, APEX, DCV_TYPE_CAA, CAA);
	w->rows[w->n_rows - 1].keep = DCV_KEEP_CAA;
}

static void test_caa_is_no_ones_previous(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", APEX, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	caa_of(w, "1");
	assert_planned(w, make_plan(w));
	assert_untouched(w, APEX, DCV_TYPE_CAA);
}

static void test_cleanup_leaves_caa(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	caa_of(w, "1");
	w->facts.policy.retained = true;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_untouched(w, APEX, DCV_TYPE_CAA);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_cleanup_caa(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	caa_of(w, "1");
	publish(w, APEX, 300, DCV_TYPE_CAA, "0 issue \"letsencrypt.org\"");
	kept(w, "1", DCV_TYPE_TXT, OTHER, DCV_KEEP_DEAUTHORISED);
	w->facts.policy.caa = true;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, APEX, DCV_TYPE_CAA, CAA, DCV_VALUE_REMOVE);
	assert_int_equal(value(w, APEX, DCV_TYPE_CAA, CAA)->keep, DCV_KEEP_CAA);
	assert_kind(w, APEX, DCV_TYPE_CAA, "0 issue \"letsencrypt.org\"",
		DCV_VALUE_FOREIGN);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
}

/* Two orders brought the same record. */
static void test_cleanup_caa_that_another_keeps(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	known(w, "2", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	caa_of(w, "1");
	claimed(w, "2", 1, APEX, DCV_TYPE_CAA, CAA)->keep = DCV_KEEP_CAA;
	w->facts.policy.caa = true;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, APEX, DCV_TYPE_CAA, CAA, DCV_VALUE_OTHER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stays_at_an_owner_of_the_run),
		TEST(test_stays_beside_a_new_revision),
		TEST(test_stays_though_superseded),
		TEST(test_stays_though_named),
		TEST(test_kept_cname_in_the_way),
		TEST(test_cleanup_leaves_it),
		TEST(test_cleanup_retained),
		TEST(test_cleanup_retained_of_an_open_order),
		TEST(test_caa_is_no_ones_previous),
		TEST(test_cleanup_leaves_caa),
		TEST(test_cleanup_caa),
		TEST(test_cleanup_caa_that_another_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
