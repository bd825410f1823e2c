/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Values that dcvctl did not write: named for removal, left over, found, foreign. */
#include "world.h"

#define APEX "example.com."
#define WWW "_dnsauth.www.example.com."

static void test_named_by_previous_option(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	want(w, &w->orders[0], APEX, DCV_TYPE_TXT, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	publish(w, AT, 86400, DCV_TYPE_TXT, "by hand, too");
	publish(w, APEX, 86400, DCV_TYPE_TXT, OLD); /* a shared name: the form of a token */
	publish(w, WWW, 86400, DCV_TYPE_TXT, OLD);
	w->named[w->n_named++] = naming(w, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OLD, "--previous");
	assert_kind(w, APEX, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, "by hand, too", DCV_VALUE_LEFTOVER);
	/* A value names nothing at an owner that is no order's. */
	assert_untouched(w, WWW, DCV_TYPE_TXT);
}

static void test_named_by_line(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	publish(w, "_dnsauth.example.com.example.com.", 86400, DCV_TYPE_TXT, OLD);
	publish(w, "_dnsauth.example.com.example.com.", 86400, DCV_TYPE_TXT, OTHER);
	w->named[w->n_named++] = naming(w, "_dnsauth.example.com.example.com TXT " OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, "_dnsauth.example.com.example.com.", DCV_TYPE_TXT, OLD,
		DCV_VALUE_REMOVE);
	assert_kind(w, "_dnsauth.example.com.example.com.", DCV_TYPE_TXT, OTHER,
		DCV_VALUE_FOREIGN);
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

/* `previous:` of an order names values at its own owners, not at those of the next order. */
static void test_named_by_order(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	order_txt(w, "2", WWW, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	publish(w, WWW, 86400, DCV_TYPE_TXT, OLD);
	of->named[of->n_named++] = naming(w, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OLD, "`previous:`");
	assert_kind(w, WWW, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

/* A line of an order may name an owner that is nobody's. */
static void test_named_by_order_elsewhere(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	publish(w, WWW, 86400, DCV_TYPE_CNAME, "old.example.net.");
	of->named[of->n_named++] = naming(w,
		"_dnsauth.www.example.com CNAME old.example.net.");
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_CNAME, "old.example.net.", DCV_VALUE_REMOVE);
}

/* Or one in a zone of the run where the order wants nothing at all. */
static void test_named_by_order_in_another_zone(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", "_dnsauth.example.net.", NEW);

	w->view.n_nodes--;
	order_txt(w, "2", AT, NEW);
	publish(w, WWW, 300, DCV_TYPE_TXT, OLD);
	of->named[of->n_named++] = naming(w, WWW " TXT " OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
}

/* An order that is not published names nothing. */
static void test_named_by_closed_order(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	order_txt(w, "2", AT, OTHER);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	of->named[of->n_named++] = naming(w, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_ADD);
}

/* Naming does not overrule a claim. */
static void test_named_and_needed_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 300, DCV_TYPE_TXT, NEW);
	w->named[w->n_named++] = naming(w, OTHER);
	w->named[w->n_named++] = naming(w, NEW);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_FOUND);
}

/* At a shared name only the form of a token may be named: SPF named by mistake stays. */
static void test_named_foreign_at_shared_name(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;
	struct dcv_order *of = order_txt(w, "1", APEX, NEW);

	publish(w, APEX, 86400, DCV_TYPE_TXT, SPF);
	of->named[of->n_named++] = naming(w, SPF);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"example.com.: " SPF ": not removed");
	assert_string_equal(diag->where, "order.yaml");
	assert_int_equal(diag->line, 9);
	assert_kind(w, APEX, DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
}

/* Where nothing may be written, nothing may be named: mail policy is not removed by mistake. */
static void test_named_where_nothing_may_be_written(void **state)
{
	static const char policy[] = "v=DMARC1; p=reject";
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, "_dmarc.example.com.", 86400, DCV_TYPE_TXT, policy);
	w->named[w->n_named++] = naming(w,
		"_dmarc.example.com TXT \"v=DMARC1; p=reject\"");
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "not removed: its first label");
	assert_kind(w, "_dmarc.example.com.", DCV_TYPE_TXT, policy, DCV_VALUE_FOREIGN);
}

/* The same with `allow`, which says where one may. */
static void test_named_where_allow_forbids(void **state)
{
	static const char *const allow[] = {"_dnsauth"};
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, "_acme-challenge.example.com.", 300, DCV_TYPE_TXT, OLD);
	publish(w, WWW, 300, DCV_TYPE_TXT, OLD);
	w->facts.has_allow = true;
	w->facts.allow = allow;
	w->facts.n_allow = 1;
	w->named[w->n_named++] = naming(w, "_acme-challenge.example.com TXT " OLD);
	w->named[w->n_named++] = naming(w, WWW " TXT " OLD);
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "`allow` of the zone");
	assert_kind(w, WWW, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
}

static void test_leftovers(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	want(w, &w->orders[0], APEX, DCV_TYPE_TXT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, "anything by hand");
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	publish(w, AT, 300, DCV_TYPE_TXT, OTHER);
	publish(w, APEX, 300, DCV_TYPE_TXT, SPF);
	publish(w, APEX, 300, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, "anything by hand", DCV_VALUE_LEFTOVER);
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	assert_reason(w, AT, OLD,
		"DigiCert token of 2026-05-02, unusable since 2026-06-01; not written by dcvctl");
	assert_reason(w, AT, OTHER, "unusable from 2026-12-20");
	assert_kind(w, APEX, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	assert_kind(w, APEX, DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
	assert_int_equal(w->plan.n_leftover, 4);
	assert_int_equal(w->plan.n_remove, 0);
}

/* Ours, and no order that the ledger knows claims it: it is shown, not taken. */
static void test_leftover_of_ours(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	placed(w, AT, DCV_TYPE_TXT, OLD, true);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	assert_reason(w, AT, OLD, "dcvctl wrote it");
}

/* The form of a token is that of the CA whose order wants this owner: to other CAs the value
 * is foreign, though an order of the run elsewhere has such a CA. */
static void test_token_form_of_another_ca(void **state)
{
	static const struct dcv_ca unknown = {.key = "ca.example",
		.title = "ca.example",
		.caa = "ca.example",
		.token_life_d = DCV_TOKEN_LIFE_UNKNOWN_D};
	static const char *const allow[] = {"example.com.", "_dnsauth"};
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	order_txt(w, "2", APEX, NEW)->ca = &unknown;
	publish(w, APEX, 300, DCV_TYPE_TXT, OLD);
	w->facts.has_allow = true;
	w->facts.allow = allow;
	w->facts.n_allow = 2;
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, OLD, DCV_VALUE_FOREIGN);
}

/* CAs compare the strings of a TXT joined. */
static void test_leftover_in_two_strings(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", APEX, NEW);
	publish(w, APEX, 300, DCV_TYPE_TXT, "\"20260502\" \"0000001k9qz7tt0b2\"");
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, "\"20260502\" \"0000001k9qz7tt0b2\"",
		DCV_VALUE_LEFTOVER);
}

static void test_found(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	want(w, of, APEX, DCV_TYPE_TXT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, NEW);
	publish(w, APEX, 300, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_FOUND);
	assert_true(value(w, AT, DCV_TYPE_TXT, NEW)->ours);
	assert_kind(w, APEX, DCV_TYPE_TXT, NEW, DCV_VALUE_FOUND);
	assert_false(value(w, APEX, DCV_TYPE_TXT, NEW)->ours);
	assert_false(w->plan.changes);
}

/* What was found at a shared name is not ours to remove when its order has a new revision, nor
 * to give another TTL. */
static void test_found_at_shared_name_stays(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", APEX, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "1", 1, APEX, DCV_TYPE_TXT, OTHER);
	publish(w, APEX, 86400, DCV_TYPE_TXT, OTHER);
	publish(w, APEX, 86400, DCV_TYPE_TXT, NEW);
	placed(w, APEX, DCV_TYPE_TXT, OTHER, false);
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, OTHER, DCV_VALUE_LEFTOVER);
	assert_kind(w, APEX, DCV_TYPE_TXT, NEW, DCV_VALUE_FOUND);
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 86400);
	assert_false(w->plan.changes);
}

/* A value found for another open order at a shared name is nobody's to give another TTL. */
static void test_found_by_another_order(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", APEX, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "1", 1, APEX, DCV_TYPE_TXT, OTHER);
	publish(w, APEX, 86400, DCV_TYPE_TXT, OTHER);
	placed(w, APEX, DCV_TYPE_TXT, OTHER, false);
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_int_equal(edit(w, APEX, DCV_TYPE_TXT)->edit.ttl_s, 86400);
	assert_text(edit(w, APEX, DCV_TYPE_TXT)->ttl_reason, "foreign");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_named_by_previous_option),
		TEST(test_named_by_line),
		TEST(test_named_by_order),
		TEST(test_named_by_order_elsewhere),
		TEST(test_named_by_order_in_another_zone),
		TEST(test_named_by_closed_order),
		TEST(test_named_and_needed_stays),
		TEST(test_named_foreign_at_shared_name),
		TEST(test_named_where_nothing_may_be_written),
		TEST(test_named_where_allow_forbids),
		TEST(test_leftovers),
		TEST(test_leftover_of_ours),
		TEST(test_token_form_of_another_ca),
		TEST(test_leftover_in_two_strings),
		TEST(test_found),
		TEST(test_found_at_shared_name_stays),
		TEST(test_found_by_another_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
