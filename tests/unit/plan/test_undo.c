/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A run taken back: what it brought goes, what it took returns, what moved since is left and
 * named. */
#include "world.h"

#define APEX "example.com."
#define WWW "_dnsauth.www.example.com."

static struct dcv_change_row journal[4];

static struct dcv_change_row *undoing(struct world *w, const char *op, const char *id,
	const char *owner, uint16_t type, const char *text)
{
	struct dcv_change_row *row = &journal[w->facts.n_undo++];

	(void)node(w, owner);
	*row = (struct dcv_change_row){.run = "r7",
		.op = op,
		.owner = name(owner),
		.type = type,
		.rdata = rdata(w, type, text),
		.ttl_s = 300,
		.ca = id[0] != '\0' ? "digicert" : "",
		.order_id = id,
		.state = DCV_CHANGE_DONE};
	w->facts.undo = journal;
	return row;
}

static enum dcv_err make_undo(struct world *w)
{
	join_rows(w);
	w->facts.mode = DCV_PLAN_UNDO;
	return dcv_plan_make(&w->facts, &w->arena, &w->plan, &w->diags);
}

static void assert_warned(const struct world *w, enum dcv_err rc, const char *part)
{
	assert_int_equal(rc, DCV_OK);
	assert_int_equal(w->diags.n, 1);
	assert_int_equal(w->diags.items[0].severity, DCV_SEV_WARNING);
	assert_text(w->diags.items[0].text, part);
	assert_false(w->plan.changes);
}

/* The order is open; it is its own run that is taken back. */
static void test_added_goes_and_removed_returns(void **state)
{
	struct world *w = *state;

	known(w, "1", 2, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 2, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 300, DCV_TYPE_TXT, "by hand");
	undoing(w, "add", "1", AT, DCV_TYPE_TXT, NEW);
	undoing(w, "remove", "1", AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_undo(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_ADD);
	assert_kind(w, AT, DCV_TYPE_TXT, "by hand", DCV_VALUE_FOREIGN);
	assert_true(value(w, AT, DCV_TYPE_TXT, OTHER)->ours);
	assert_reason(w, AT, NEW, "undo: run r7 brought it");
	assert_reason(w, AT, OTHER, "undo: run r7 removed it");
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, NEW)->id, "1");
	assert_int_equal(w->plan.n_add, 1);
	assert_int_equal(w->plan.n_remove, 1);
}

/* A leftover that was named for removal was of no order. */
static void test_returning_of_no_order(void **state)
{
	struct world *w = *state;

	undoing(w, "remove", "", AT, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_undo(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_ADD);
	assert_null(value(w, AT, DCV_TYPE_TXT, OLD)->id);
}

static void test_added_that_another_order_needs(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, NEW);
	undoing(w, "add", "1", AT, DCV_TYPE_TXT, NEW);
	assert_warned(w, make_undo(w), "order digicert/2 needs it");
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_OTHER);
}

/* Past its life the other order needs nothing. */
static void test_added_that_a_dead_order_claims(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE)->expires = NOW - 1;
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, NEW);
	undoing(w, "add", "1", AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_undo(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
}

static void test_added_that_is_not_ours_any_more(void **state)
{
	struct world *w = *state;

	publish(w, AT, 300, DCV_TYPE_TXT, NEW);
	placed(w, AT, DCV_TYPE_TXT, NEW, false);
	undoing(w, "add", "1", AT, DCV_TYPE_TXT, NEW);
	assert_warned(w, make_undo(w), "it is not dcvctl's any more");
}

static void test_added_that_is_gone(void **state)
{
	struct world *w = *state;

	undoing(w, "add", "1", AT, DCV_TYPE_TXT, NEW);
	assert_warned(w, make_undo(w), "moved since run r7: it is gone already");
}

static void test_removed_that_is_back(void **state)
{
	struct world *w = *state;

	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	undoing(w, "remove", "", AT, DCV_TYPE_TXT, OLD);
	assert_warned(w, make_undo(w), "it is back already");
}

/* Only what the run touched: neither other types nor other values come into the plan. */
static void test_other_sets_are_not_looked_at(void **state)
{
	struct world *w = *state;

	publish(w, AT, 300, DCV_TYPE_CAA, "0 issue \"digicert.com\"");
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	placed(w, AT, DCV_TYPE_TXT, OLD, true);
	undoing(w, "remove", "", WWW, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_undo(w));
	assert_int_equal(w->plan.n_edits, 1);
}

static void test_reload_and_ttl_rows_are_no_values(void **state)
{
	struct world *w = *state;

	publish(w, AT, 300, DCV_TYPE_TXT, NEW);
	placed(w, AT, DCV_TYPE_TXT, NEW, true);
	undoing(w, "ttl", "", AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_undo(w));
	assert_false(w->plan.changes);
}

/* The run replaced a TXT by a CNAME. */
static void test_types_change_back(void **state)
{
	struct world *w = *state;

	known(w, "1", 2, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 2, AT, DCV_TYPE_CNAME, TARGET);
	undoing(w, "add", "1", AT, DCV_TYPE_CNAME, TARGET);
	undoing(w, "remove", "1", AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_undo(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_ADD);
}

/* Another order needs the CNAME now: the TXT cannot come back beside it. */
static void test_types_that_cannot_change_back(void **state)
{
	struct world *w = *state;

	known(w, "1", 2, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 2, AT, DCV_TYPE_CNAME, TARGET);
	claimed(w, "2", 1, AT, DCV_TYPE_CNAME, TARGET);
	undoing(w, "add", "1", AT, DCV_TYPE_CNAME, TARGET);
	undoing(w, "remove", "1", AT, DCV_TYPE_TXT, OTHER);
	assert_int_equal(make_undo(w), DCV_E_REFUSED);
	assert_text(w->diags.items[w->diags.n - 1].text, "cannot come back");
}

/* What an order may write is not asked of what stood there before. */
static void test_write_guard_does_not_apply(void **state)
{
	struct world *w = *state;

	undoing(w, "remove", "", "_dmarc.example.com.", DCV_TYPE_TXT, "v=DMARC1; p=none");
	assert_planned(w, make_undo(w));
	assert_int_equal(w->plan.n_add, 1);
}

static void test_cut_guard_applies(void **state)
{
	struct world *w = *state;

	undoing(w, "remove", "", "_dnsauth.sub.example.com.", DCV_TYPE_TXT, OLD);
	node(w, "_dnsauth.sub.example.com.")->cut = name("sub.example.com.");
	(void)refused(w, make_undo(w), DCV_E_REFUSED, "at or below sub.example.com.");
}

/* A wildcard has come meanwhile. */
static void test_shadow_guard_applies(void **state)
{
	struct world *w = *state;

	undoing(w, "remove", "", "_dnsauth.shop.example.com.", DCV_TYPE_TXT, OLD);
	node(w, "_dnsauth.shop.example.com.")->wildcard = true;
	(void)refused(w, make_undo(w), DCV_E_REFUSED, "out of the wildcard");
}

/* With the copies that a clean-up took, nothing goes dark. */
static void test_copies_return(void **state)
{
	struct world *w = *state;

	undoing(w, "remove", "1", "_dnsauth.shop.example.com.", DCV_TYPE_TXT, NEW);
	undoing(w, "remove", "1", "shop.example.com.", DCV_TYPE_A, "192.0.2.1");
	undoing(w, "remove", "1", "*.shop.example.com.", DCV_TYPE_A, "192.0.2.1")->ttl_s =
		3600;
	for (size_t i = 0; i < 3; i++)
		w->nodes[i].wildcard = true;
	assert_planned(w, make_undo(w));
	assert_int_equal(w->plan.n_add, 3);
	assert_int_equal(edit(w, "*.shop.example.com.", DCV_TYPE_A)->edit.ttl_s, 3600);
}

/* The set gets back the TTL that it had before the run. */
static void test_former_ttl(void **state)
{
	struct dcv_cached cached = {.type = DCV_TYPE_TXT,
		.former_ttl_s = 86400,
		.our_ttl_s = 300};
	struct world *w = *state;

	cached.owner = name(AT);
	w->facts.cached = &cached;
	w->facts.n_cached = 1;
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	undoing(w, "add", "1", AT, DCV_TYPE_TXT, NEW);
	undoing(w, "remove", "", AT, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_undo(w));
	assert_int_equal(edit(w, AT, DCV_TYPE_TXT)->edit.ttl_s, 86400);
}

static void test_caa_goes_with_its_claim(void **state)
{
	static const char caa[] = "0 issue \"digicert.com\"";
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, APEX, DCV_TYPE_CAA, caa);
	w->rows[0].keep = DCV_KEEP_CAA;
	undoing(w, "add", "1", APEX, DCV_TYPE_CAA, caa);
	assert_planned(w, make_undo(w));
	assert_kind(w, APEX, DCV_TYPE_CAA, caa, DCV_VALUE_REMOVE);
	assert_int_equal(value(w, APEX, DCV_TYPE_CAA, caa)->keep, DCV_KEEP_CAA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_added_goes_and_removed_returns),
		TEST(test_returning_of_no_order),
		TEST(test_added_that_another_order_needs),
		TEST(test_added_that_a_dead_order_claims),
		TEST(test_added_that_is_not_ours_any_more),
		TEST(test_added_that_is_gone),
		TEST(test_removed_that_is_back),
		TEST(test_other_sets_are_not_looked_at),
		TEST(test_reload_and_ttl_rows_are_no_values),
		TEST(test_types_change_back),
		TEST(test_types_that_cannot_change_back),
		TEST(test_write_guard_does_not_apply),
		TEST(test_cut_guard_applies),
		TEST(test_shadow_guard_applies),
		TEST(test_copies_return),
		TEST(test_former_ttl),
		TEST(test_caa_goes_with_its_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
