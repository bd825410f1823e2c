/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What comes, what goes, what stays, and with which TTL: DESIGN, what is removed. What is not
 * ours is in test_classify.c, the guards in test_guard.c and test_conflict.c. */
#include "world.h"

#define APEX "example.com."
#define WWW "_dnsauth.www.example.com."

static void test_absent_owner(void **state)
{
	struct world *w = *state;
	const struct dcv_edit *made;

	order_txt(w, "1", AT, NEW);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	made = edit(w, AT, DCV_TYPE_TXT);
	assert_false(made->existed);
	assert_true(made->changes);
	assert_true(w->plan.changes);
	assert_int_equal(made->edit.ttl_s, 300);
	assert_int_equal(made->cached_s, 3600); /* min(SOA TTL, SOA MINIMUM) */
	assert_int_equal(w->plan.n_add, 1);
	assert_int_equal(w->plan.n_remove, 0);
	assert_int_equal(w->plan.n_edits, 1);
	assert_true(made->values[0].ours);
	assert_false(made->values[0].known);
	assert_string_equal(made->values[0].id, "1");
	assert_string_equal(made->values[0].ca, "digicert");
}

static void test_beside_foreign_at_apex(void **state)
{
	struct world *w = *state;
	const struct dcv_edit *made;

	publish(w, APEX, 86400, DCV_TYPE_TXT, SPF);
	order_txt(w, "1", APEX, NEW);
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
	assert_kind(w, APEX, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	made = edit(w, APEX, DCV_TYPE_TXT);
	assert_int_equal(made->edit.ttl_s, 86400);
	assert_int_equal(made->edit.n_remove, 0);
	assert_text(made->ttl_reason, "foreign");
	assert_int_equal(made->cached_s, 86400);
}

/* A set of which nothing is the order's keeps its TTL without a word. */
static void test_foreign_ttl_as_asked(void **state)
{
	struct world *w = *state;

	publish(w, APEX, 300, DCV_TYPE_TXT, SPF);
	order_txt(w, "1", APEX, NEW);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 300);
	assert_null(edit(w, APEX, DCV_TYPE_TXT)->ttl_reason);
}

static void test_unchanged(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_KEEP);
	assert_false(edit(w, AT, DCV_TYPE_TXT)->changes);
	assert_false(w->plan.changes);
	assert_int_equal(
		w->plan.n_add + w->plan.n_remove + w->plan.n_ttl + w->plan.n_leftover, 0);
}

static void test_lost_value(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	placed(w, AT, DCV_TYPE_TXT, NEW, true);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	assert_true(value(w, AT, DCV_TYPE_TXT, NEW)->known);
	assert_reason(w, AT, NEW, "somebody else removed it");
}

static void test_second_order_at_owner(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	assert_reason(w, AT, OTHER, "order digicert/1 needs it");
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 300);
}

static void test_two_values_of_one_order(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");

	want(w, of, AT, DCV_TYPE_TXT, NEW);
	want(w, of, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 1);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.n_add, 3);
	/* In the order of the file. */
	for (size_t i = 0; i < 3; i++)
		assert_true(dcv_rdata_equal(&edit(w, AT, DCV_TYPE_TXT)->edit.add[i],
			&of->claims[i].rdata));
}

/* One value wanted twice is added once, and stays while one of the two needs it. */
static void test_one_value_of_two_orders(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	order_txt(w, "2", AT, NEW);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->n_values, 1);
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, NEW)->id, "1");
}

static void test_earlier_revision_goes(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	assert_reason(w, AT, OTHER, "previous: revision 1 of this order");
	assert_int_equal(w->subjects[0].revision, 2);
}

/* Wherever it stands: the re-issue may be validated elsewhere. */
static void test_earlier_revision_elsewhere_goes(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", WWW, NEW);
	known(w, "1", 2, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	written(w, "1", 2, APEX, DCV_TYPE_TXT, OTHER);
	publish(w, APEX, 300, DCV_TYPE_TXT, SPF);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_kind(w, APEX, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_kind(w, APEX, DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
}

static void test_earlier_revision_that_another_order_needs_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, OTHER)->id, "2");
}

static void test_closed_order_goes(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OTHER, "previous: order 1, issued");
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, OTHER)->id, "1");
}

/* Closed or past its life, of this run or not: an order that protects nothing. */
static void test_expired_order_goes(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->expires = NOW - 1;
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->subjects[0].judgement, DCV_JUDGED_CLOSED);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OTHER, "previous: order 1, expired");
}

/* What a cut-off run of another order left: no revision of an order needs it. */
static void test_earlier_revision_of_another_goes(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 2, DCV_STATE_PENDING, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	written(w, "1", 2, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_reason(w, AT, OLD, "previous: revision 1 of order 1");
	/* Whoever loses a value past its life is closed by that: this order lives. */
	assert_null(value(w, AT, DCV_TYPE_TXT, OLD)->id);
}

static void test_closed_order_that_another_needs_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	known(w, "3", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	claimed(w, "3", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
}

/* Not at an owner of this run's orders: cleanup's business. */
static void test_closed_order_elsewhere_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, WWW, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_untouched(w, WWW, DCV_TYPE_TXT);
}

/* A claim does not make a value ours: somebody else wrote it, or the ledger was lost. */
static void test_not_ours_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	publish(w, AT, 300, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	placed(w, AT, DCV_TYPE_TXT, OLD, false);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_LEFTOVER);
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

static void test_ttl_with_leftovers(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 300);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->ttl_before_s, 86400);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->cached_s, 86400);
	assert_null(edit(w, AT, DCV_TYPE_TXT)->ttl_reason);
	assert_int_equal(w->plan.n_ttl, 1);
}

static void test_ttl_alone_changes(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	node(w, AT)->sets[0].ttl_s = 86400;
	assert_planned(w, make_plan(w));
	assert_true(edit(w, AT, DCV_TYPE_TXT)->changes);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 300);
	assert_int_equal(w->plan.n_add + w->plan.n_remove, 0);
	assert_int_equal(w->plan.n_ttl, 1);
}

static void test_smallest_ttl(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW)->ttl_s = 120;
	order_txt(w, "2", AT, OTHER)->ttl_s = 60;
	order_txt(w, "3", AT, "k7q2x9m4t1v8b5n3c6z0")->ttl_s = 900;
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 60);
}

/* The same value, wanted twice: both claims count. */
static void test_smallest_ttl_of_one_value(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW)->ttl_s = 600;
	order_txt(w, "2", AT, NEW)->ttl_s = 60;
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 60);
}

static void test_ttl_beside_another_order(void **state)
{
	static const uint32_t before_s[] = {60, 86400}, after_s[] = {60, 300};
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	for (size_t i = 0; i < 2; i++) {
		node(w, AT)->sets[0].ttl_s = before_s[i];
		assert_planned(w, make_plan(w));
		assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, after_s[i]);
	}
}

/* What only goes takes its TTL with it; what stays has it still. */
static void test_ttl_of_removal(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", WWW, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 86400, DCV_TYPE_TXT, "somebody's");
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 86400);
	assert_null(edit(w, AT, DCV_TYPE_TXT)->ttl_reason);
}

/* CNAME and TXT of ours change places: both answers may be cached. */
static void test_type_changes(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order(w, "1");

	want(w, of, AT, DCV_TYPE_CNAME, TARGET);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	node(w, AT)->sets[0].ttl_s = 7200;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_ADD);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_int_equal(edit(w, AT, DCV_TYPE_CNAME)->cached_s, 7200);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->cached_s, 7200);
}

static void test_type_changes_back(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	node(w, AT)->sets[0].ttl_s = 7200;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->cached_s, 7200);
}

/* Caches may still hold what stood there before our last change. */
static void test_cached_from_before(void **state)
{
	static const int64_t left_s[] = {7200, 60, -5};
	static const uint32_t cached_s[] = {7200, 300, 300};
	struct dcv_cached before[2] = {{.type = DCV_TYPE_TXT}, {.type = DCV_TYPE_CNAME}};
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	before[0].owner = before[1].owner = name(AT);
	before[1].until_s = NOW + 86400; /* of the other type: that answer is told there */
	w->facts.cached = before;
	w->facts.n_cached = 2;
	for (size_t i = 0; i < 3; i++) {
		before[0].until_s = NOW + left_s[i];
		assert_planned(w, make_plan(w));
		assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->cached_s, cached_s[i]);
	}
}

/* CNAME to CNAME: one replace. */
static void test_cname_replaced(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order(w, "1");

	want(w, of, AT, DCV_TYPE_CNAME, TARGET);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, OTHER ".dcv.digicert.com.");
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 1);
	assert_int_equal(edit(w, AT, DCV_TYPE_CNAME)->edit.n_add, 1);
	assert_int_equal(edit(w, AT, DCV_TYPE_CNAME)->edit.n_remove, 1);
}

/* In canonical order of owners, RFC 4034 6.1, then by type. */
static void test_edits_are_sorted(void **state)
{
	static const char *const owners[] = {"_dnsauth.z.example.com.", "example.com.",
		"_dnsauth.a.example.com.", AT};
	static const int sorted[] = {1, 3, 2, 0};
	struct world *w = *state;
	struct dcv_order *of = order(w, "1");

	for (size_t i = 0; i < 4; i++)
		want(w, of, owners[i], DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 4);
	for (size_t i = 0; i < 4; i++) {
		struct dcv_name at = name(owners[sorted[i]]);

		assert_true(dcv_name_equal(&w->plan.edits[i].edit.owner, &at));
	}
}

static void test_closed_order_writes_nothing(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_preflight_removes_nothing(void **state)
{
	struct world *w = *state;

	order(w, "1");
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
}

/* An order that is open, though this run brings only a pre-flight or dead records of it, still
 * needs what it claims. */
static void test_open_order_that_is_not_written(void **state)
{
	struct world *w = *state;

	order(w, "1");
	order_txt(w, "2", AT, OLD);
	order_txt(w, "3", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0");
	written(w, "2", 1, AT, DCV_TYPE_TXT, OTHER);
	w->named[w->n_named++] = naming(w, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0", DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* Claims that lie in other zones of the run are not this plan's. */
static void test_other_zones_claims(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	want(w, of, "_dmarc.example.net.", DCV_TYPE_TXT, NEW);
	w->view.n_nodes--; /* the backend of this zone was not asked for it */
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 1);
}

static void test_nothing_at_all(void **state)
{
	struct world *w = *state;

	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
	assert_int_equal(w->plan.n_edits, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_absent_owner),
		TEST(test_beside_foreign_at_apex),
		TEST(test_foreign_ttl_as_asked),
		TEST(test_unchanged),
		TEST(test_lost_value),
		TEST(test_second_order_at_owner),
		TEST(test_two_values_of_one_order),
		TEST(test_one_value_of_two_orders),
		TEST(test_earlier_revision_goes),
		TEST(test_earlier_revision_elsewhere_goes),
		TEST(test_earlier_revision_that_another_order_needs_stays),
		TEST(test_closed_order_goes),
		TEST(test_expired_order_goes),
		TEST(test_earlier_revision_of_another_goes),
		TEST(test_closed_order_that_another_needs_stays),
		TEST(test_closed_order_elsewhere_stays),
		TEST(test_not_ours_stays),
		TEST(test_ttl_with_leftovers),
		TEST(test_ttl_alone_changes),
		TEST(test_smallest_ttl),
		TEST(test_smallest_ttl_of_one_value),
		TEST(test_ttl_beside_another_order),
		TEST(test_ttl_of_removal),
		TEST(test_type_changes),
		TEST(test_type_changes_back),
		TEST(test_cached_from_before),
		TEST(test_cname_replaced),
		TEST(test_edits_are_sorted),
		TEST(test_closed_order_writes_nothing),
		TEST(test_preflight_removes_nothing),
		TEST(test_open_order_that_is_not_written),
		TEST(test_other_zones_claims),
		TEST(test_nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
