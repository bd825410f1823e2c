/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What was decided about CAA as edits of a plan. What is decided is in test_plan_caa.c. */
#include "world.h"

#define APEX "example.com."
#define OURS "0 issue \"digicert.com\""
#define THEIRS "0 issue \"letsencrypt.org\""
#define MAIL "0 iodef \"mailto:ca@example.com\""

static struct dcv_caa_edit caa_edit;
static struct dcv_rdata added[2], removed[2];

/* The edit that the first order of the run asks for, at an owner. */
static void deciding(struct world *w, const char *owner, const char *add,
	const char *remove)
{
	(void)node(w, owner);
	caa_edit = (struct dcv_caa_edit){.subject = &w->subjects[0],
		.zone = w->view.apex,
		.owner = name(owner),
		.add = added,
		.remove = removed,
		.reason = "this order: caa: permit"};
	if (add != NULL)
		added[caa_edit.n_add++] = rdata(w, DCV_TYPE_CAA, add);
	if (remove != NULL)
		removed[caa_edit.n_remove++] = rdata(w, DCV_TYPE_CAA, remove);
	w->facts.caa = &caa_edit;
	w->facts.n_caa = 1;
}

static void test_added(void **state)
{
	struct world *w = *state;
	const struct dcv_edit *made;

	order_txt(w, "1", AT, NEW);
	publish(w, APEX, 3600, DCV_TYPE_CAA, THEIRS);
	deciding(w, APEX, OURS, NULL);
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_CAA, OURS, DCV_VALUE_ADD);
	assert_kind(w, APEX, DCV_TYPE_CAA, THEIRS, DCV_VALUE_FOREIGN);
	assert_int_equal(value(w, APEX, DCV_TYPE_CAA, OURS)->keep, DCV_KEEP_CAA);
	assert_string_equal(value(w, APEX, DCV_TYPE_CAA, OURS)->id, "1");
	assert_string_equal(value(w, APEX, DCV_TYPE_CAA, OURS)->reason,
		"this order: caa: permit");
	made = edit(w, APEX, DCV_TYPE_CAA);
	assert_int_equal(made->edit.ttl_s, 3600);
	assert_null(made->ttl_reason);
	assert_int_equal(made->cached_s, 3600);
}

static void test_new_set_has_the_orders_ttl(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW)->ttl_s = 120;
	deciding(w, APEX, OURS, NULL);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_CAA)->edit.ttl_s, 120);
	assert_false(edit(w, APEX, DCV_TYPE_CAA)->existed);
	assert_int_equal(edit(w, APEX, DCV_TYPE_CAA)->cached_s, 3600);
}

static void test_exact_removes_what_is_not_ours(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, APEX, 3600, DCV_TYPE_CAA, THEIRS);
	publish(w, APEX, 3600, DCV_TYPE_CAA, MAIL);
	deciding(w, APEX, OURS, THEIRS);
	caa_edit.reason = "this order: caa: exact";
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_CAA, THEIRS, DCV_VALUE_REMOVE);
	assert_string_equal(value(w, APEX, DCV_TYPE_CAA, THEIRS)->reason,
		"this order: caa: exact");
	assert_null(value(w, APEX, DCV_TYPE_CAA, THEIRS)->id);
	assert_kind(w, APEX, DCV_TYPE_CAA, MAIL, DCV_VALUE_FOREIGN);
}

/* What another order once brought goes by `exact`, and that order is named. */
static void test_exact_removes_what_an_order_brought(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	written(w, "1", 1, APEX, DCV_TYPE_CAA, THEIRS);
	w->rows[0].keep = DCV_KEEP_CAA;
	deciding(w, APEX, OURS, THEIRS);
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_CAA, THEIRS, DCV_VALUE_REMOVE);
	assert_string_equal(value(w, APEX, DCV_TYPE_CAA, THEIRS)->id, "1");
	assert_int_equal(value(w, APEX, DCV_TYPE_CAA, THEIRS)->keep, DCV_KEEP_CAA);
}

/* `permit` beside it does not. */
static void test_what_an_order_brought_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	written(w, "1", 1, APEX, DCV_TYPE_CAA, THEIRS);
	w->rows[0].keep = DCV_KEEP_CAA;
	deciding(w, APEX, OURS, NULL);
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_CAA, THEIRS, DCV_VALUE_OTHER);
	assert_string_equal(value(w, APEX, DCV_TYPE_CAA, THEIRS)->reason,
		"kept for order digicert/1: caa");
}

/* Names that were asked for CAA's sake bring nothing else into the plan. */
static void test_nothing_to_change(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, APEX, 3600, DCV_TYPE_CAA, OURS);
	publish(w, APEX, 3600, DCV_TYPE_TXT, SPF);
	publish(w, "www.example.com.", 3600, DCV_TYPE_CNAME, "web.example.net.");
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 1);
}

static void test_caa_beside_an_alias(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, "www.example.com.", 300, DCV_TYPE_CNAME, "web.example.net.");
	deciding(w, "www.example.com.", OURS, NULL);
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "the owner has CAA records");
}

static void test_caa_below_a_cut(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	deciding(w, "www.sub.example.com.", OURS, NULL);
	node(w, "www.sub.example.com.")->cut = name("sub.example.com.");
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "at or below sub.example.com.");
}

static void test_fixed_caa(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, APEX, 3600, DCV_TYPE_CAA, THEIRS);
	deciding(w, APEX, OURS, NULL);
	w->fixed[1][0] = "it lies in a file of its own";
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "CAA: cannot be edited");
}

/* A clean-up does not carry out what an order asked for. */
static void test_cleanup_ignores_caa(void **state)
{
	static const char *const ids[] = {"1"};
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	deciding(w, APEX, OURS, NULL);
	assert_planned(w, make_cleanup(w, 1, ids));
	assert_untouched(w, APEX, DCV_TYPE_CAA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_added),
		TEST(test_new_set_has_the_orders_ttl),
		TEST(test_exact_removes_what_is_not_ours),
		TEST(test_exact_removes_what_an_order_brought),
		TEST(test_what_an_order_brought_stays),
		TEST(test_nothing_to_change),
		TEST(test_caa_beside_an_alias),
		TEST(test_caa_below_a_cut),
		TEST(test_fixed_caa),
		TEST(test_cleanup_ignores_caa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
