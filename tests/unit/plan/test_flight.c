/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Orders that exclude each other at an owner: one that is in flight and one that comes, or two of
 * one run. Those of one certificate are in test_lineage.c. */
#include "world.h"

static struct dcv_order *order_cname(struct world *w, const char *id, const char *owner)
{
	struct dcv_order *of = order(w, id);

	want(w, of, owner, DCV_TYPE_CNAME, TARGET);
	return of;
}

static void lonely(struct dcv_order *of)
{
	of->service = dcv_service_find("huaweicloud-scm");
	assert_non_null(of->service);
	assert_false(of->service->coexist);
}

/* --- orders in flight --- */

static void test_in_flight_cname(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->expires = NOW;
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
	assert_text(diag->help, "dcvctl close --issued digicert/1");
	assert_int_equal(diag->line, 3);
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_OTHER);
}

static void test_in_flight_cname_past_its_life(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->expires = NOW - 1;
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_REMOVE);
	assert_text(value(w, AT, DCV_TYPE_CNAME, TARGET)->reason, "order 1, expired");
}

static void test_in_flight_txt(void **state)
{
	struct world *w = *state;

	order_cname(w, "2", AT);
	known(w, "1", 1, DCV_STATE_PENDING, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
}

static void test_in_flight_another_cname(void **state)
{
	struct world *w = *state;

	order_cname(w, "2", AT);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, OTHER ".dcv.digicert.com.");
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
}

/* Claimed, though not written yet, or lost: the order is in flight all the same. */
static void test_in_flight_without_value(void **state)
{
	struct world *w = *state;

	order_cname(w, "2", AT);
	known(w, "1", 1, DCV_STATE_PENDING, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
}

static void test_same_cname_of_two_orders(void **state)
{
	struct world *w = *state;

	order_cname(w, "2", AT);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_KEEP);
	assert_false(w->plan.changes);
}

static void test_in_flight_of_lonely_service(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "2", AT, NEW));
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
	w->known[0].expires = NOW - 1;
	dcv_diags_clear(&w->diags);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	w->known[0] = (struct dcv_order_row){.ca = "digicert",
		.id = "1",
		.revision = 1,
		.state = DCV_STATE_CLOSED,
		.reason = DCV_REASON_CANCELLED,
		.expires = NOW + DAY};
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
}

/* An earlier revision is no order in flight, of this order or of another. */
static void test_earlier_revisions_are_not_in_flight(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "2", AT, NEW));
	known(w, "1", 2, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	written(w, "2", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_remove, 2);
}

/* The service of the order that stands there counts as well, and that of none is none. */
static void test_in_flight_of_a_lonely_row(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->service = "huaweicloud-scm";
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"Huawei Cloud SCM accepts no value beside its own");
	assert_string_equal(diag->help, "again: --coexist");
	assert_text(diag->text, "`supersedes: [\"1\"]`");
	assert_text(diag->text, "dcvctl close --issued digicert/1");
	w->known[0].service = "";
	dcv_diags_clear(&w->diags);
	assert_planned(w, make_plan(w));
}

static void test_coexist(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "2", AT, NEW));
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	w->facts.policy.coexist = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* What cannot be, --coexist does not make possible. */
static void test_coexist_beside_a_cname(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	w->facts.policy.coexist = true;
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "both cannot stand");
	assert_text(diag->help, "`supersedes: [\"1\"]`");
}

/* A leftover of nobody's is no order: --coexist says nothing of it. */
static void test_coexist_and_leftover(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "1", AT, NEW));
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	w->facts.policy.coexist = true;
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "leftover");
}

/* Applied with --coexist, both are applied again without it: neither asks for anything new. */
static void test_coexisting_applied_again(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "2", AT, NEW));
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->first_applied = NOW -
		2 * DAY;
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	written(w, "2", 1, AT, DCV_TYPE_TXT, NEW);
	assert_planned(w, make_plan(w));
	lonely(order_txt(w, "1", AT, OTHER));
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
}

/* A re-issue and an order that is opened again are as new as a new one. */
static void test_in_flight_of_a_reissue(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "2", AT, NEW));
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	written(w, "2", 1, AT, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0");
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
	dcv_diags_clear(&w->diags);
	w->orders[0].claims[0].rdata = rdata(w, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0");
	w->known[1].state = DCV_STATE_CLOSED;
	w->facts.policy.reopen = true;
	(void)refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
}

/* Each order in the way is told, once. */
static void test_each_order_in_flight(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "3", AT, NEW));
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	written(w, "2", 1, AT, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0");
	written(w, "2", 1, AT, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z1");
	assert_int_equal(make_plan(w), DCV_E_REFUSED);
	assert_int_equal(w->diags.n_errors, 2);
}

/* An order of another CA is named with it. */
static void test_in_flight_of_another_ca(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "2", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->ca = "ca.example";
	claimed(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET)->ca = "ca.example";
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "order ca.example/1 is in flight");
	assert_text(diag->help, "`supersedes: [\"ca.example/1\"]`");
}

/* --- orders of one run --- */

static void test_rivals_cname_and_txt(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", AT, NEW);
	order_txt(w, "2", "_dnsauth.www.example.com.", NEW);
	want(w, &w->orders[1], AT, DCV_TYPE_CNAME, TARGET);
	diag = refused(w, make_plan(w), DCV_E_ORDER, "order digicert/1 of the same run");
	assert_int_equal(diag->line, 4);
}

static void test_rivals_two_cnames(void **state)
{
	struct world *w = *state;

	order_cname(w, "1", AT);
	want(w, order(w, "2"), AT, DCV_TYPE_CNAME, OTHER ".dcv.digicert.com.");
	(void)refused(w, make_plan(w), DCV_E_ORDER, "order digicert/1 of the same run");
}

static void test_rivals_of_lonely_service(void **state)
{
	struct world *w = *state;

	/* Whichever of the two has the service. */
	for (int i = 0; i < 2; i++) {
		w->n_orders = 0;
		order_txt(w, "1", AT, NEW);
		order_txt(w, "2", AT, OTHER);
		lonely(&w->orders[i]);
		(void)refused(w, make_plan(w), DCV_E_ORDER,
			"order digicert/1 of the same run");
		dcv_diags_clear(&w->diags);
	}
}

static void test_rivals_and_coexist(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	lonely(order_txt(w, "1", AT, NEW));
	lonely(order_txt(w, "2", AT, OTHER));
	diag = refused(w, make_plan(w), DCV_E_ORDER, "(order.yaml:3)");
	assert_text(diag->help, "--coexist");
	assert_text(diag->help, "supersedes:");
	dcv_diags_clear(&w->diags);
	w->facts.policy.coexist = true;
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_add, 2);
}

static void test_rivals_and_supersedes(void **state)
{
	static const char *const one[] = {"1"};
	struct world *w = *state;

	order_cname(w, "1", AT);
	order_txt(w, "2", AT, NEW);
	w->orders[1].supersedes = one;
	w->orders[1].n_supersedes = 1;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* Orders that a run opens again come with it. */
static void test_rivals_opened_again(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "1", AT, NEW));
	lonely(order_txt(w, "2", AT, OTHER));
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	known(w, "2", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, OTHER);
	w->facts.policy.reopen = true;
	(void)refused(w, make_plan(w), DCV_E_ORDER, "order digicert/1 of the same run");
}

/* The one that is known stands already, so the one that comes gives way: refused, not wrong. */
static void test_known_beside_unknown(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	lonely(order_txt(w, "1", AT, OTHER));
	lonely(order_txt(w, "2", AT, NEW));
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"order digicert/1 is in flight there");
	assert_string_equal(diag->help, "again: --coexist");
	dcv_diags_clear(&w->diags);
	w->orders[1].claims[0].type = DCV_TYPE_CNAME;
	w->orders[1].claims[0].rdata = rdata(w, DCV_TYPE_CNAME, TARGET);
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "both cannot stand");
}

static void test_no_rivals(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	order_txt(w, "2", AT, OTHER);
	order_cname(w, "3", "_dnsauth.www.example.com.");
	order_cname(w, "4", "_dnsauth.www.example.com.");
	lonely(&w->orders[2]);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_add, 3);
}

/* A closed or dead order of the run is no rival. */
static void test_closed_is_no_rival(void **state)
{
	struct world *w = *state;

	order_cname(w, "1", AT);
	order_txt(w, "2", AT, OLD);
	order_txt(w, "3", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* Wherever they meet: orders are judged before any zone is looked at. */
static void test_rivals_in_another_zone(void **state)
{
	struct world *w = *state;
	struct dcv_order *a = order_txt(w, "1", AT, NEW),
			 *b = order_txt(w, "2", AT, OTHER);

	want(w, a, "_dnsauth.example.net.", DCV_TYPE_TXT, NEW);
	want(w, b, "_dnsauth.example.net.", DCV_TYPE_CNAME, TARGET);
	w->view.n_nodes--;
	(void)refused(w, make_plan(w), DCV_E_ORDER,
		"_dnsauth.example.net.: order digicert/1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_flight_cname),
		TEST(test_in_flight_cname_past_its_life),
		TEST(test_in_flight_txt),
		TEST(test_in_flight_another_cname),
		TEST(test_in_flight_without_value),
		TEST(test_same_cname_of_two_orders),
		TEST(test_in_flight_of_lonely_service),
		TEST(test_earlier_revisions_are_not_in_flight),
		TEST(test_in_flight_of_a_lonely_row),
		TEST(test_coexist),
		TEST(test_coexist_beside_a_cname),
		TEST(test_coexist_and_leftover),
		TEST(test_coexisting_applied_again),
		TEST(test_in_flight_of_a_reissue),
		TEST(test_each_order_in_flight),
		TEST(test_in_flight_of_another_ca),
		TEST(test_rivals_cname_and_txt),
		TEST(test_rivals_two_cnames),
		TEST(test_rivals_of_lonely_service),
		TEST(test_rivals_and_coexist),
		TEST(test_rivals_and_supersedes),
		TEST(test_rivals_opened_again),
		TEST(test_known_beside_unknown),
		TEST(test_no_rivals),
		TEST(test_closed_is_no_rival),
		TEST(test_rivals_in_another_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
