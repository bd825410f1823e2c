/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Orders beside each other: `supersedes`, and orders of one certificate. */
#include "world.h"

#define WWW "_dnsauth.www.example.com."
#define API "_dnsauth.api.example.com."
#define PLAIN "k7q2x9m4t1v8b5n3c6z0"

static const char *const one[] = {"1"}, *const two[] = {"2"}, *const three[] = {"3"},
			 *const digicert_one[] = {"digicert/1"},
			 *const other_one[] = {"ca.example/1"};

static struct dcv_order *superseding(struct dcv_order *of, const char *const *ids)
{
	of->supersedes = ids;
	of->n_supersedes = 1;
	return of;
}

static struct dcv_order_row *open_order(struct world *w, const char *id,
	const char *owner, const char *value_of)
{
	struct dcv_order_row *row = known(w, id, 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);

	written(w, id, 1, owner, DCV_TYPE_TXT, value_of);
	return row;
}

static void assert_judged(const struct world *w, size_t i, enum dcv_judgement judgement)
{
	assert_int_equal(w->subjects[i].judgement, judgement);
}

/* --- supersedes --- */

static void test_unknown_superseded(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order_txt(w, "2", AT, NEW), one);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_SUPERSEDED);
	assert_judged(w, 1, DCV_JUDGED_NEW);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	assert_int_equal(w->plan.n_add, 1);
	assert_true(dcv_plan_supersedes(&w->subjects[1], "digicert", "1"));
	assert_false(dcv_plan_supersedes(&w->subjects[0], "digicert", "2"));
}

static void test_superseded_by_ca_and_number(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order_txt(w, "2", AT, NEW), digicert_one);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SUPERSEDED);
	superseding(&w->orders[1], other_one);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW);
}

/* 3 supersedes 2, 2 supersedes 1: only 3 is written, whatever the order of the files. */
static void test_chain_of_unknown(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "3", AT, NEW), two);
	order_txt(w, "1", AT, PLAIN);
	superseding(order_txt(w, "2", AT, OTHER), one);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_NEW);
	assert_judged(w, 1, DCV_JUDGED_SUPERSEDED);
	assert_judged(w, 2, DCV_JUDGED_SUPERSEDED);
	assert_int_equal(w->plan.n_add, 1);
	assert_true(dcv_plan_supersedes(&w->subjects[0], "digicert", "1"));
	assert_int_equal(w->subjects[0].n_replaced, 2);
}

/* The chain leads to an order that is open: its values leave with the one in between unwritten. */
static void test_chain_to_an_open_order(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "2", AT, OTHER), one);
	superseding(order_txt(w, "3", AT, NEW), two);
	open_order(w, "1", AT, PLAIN);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
	assert_reason(w, AT, PLAIN, "previous: order 1, superseded by order 3");
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, PLAIN)->id, "1");
}

/* One that is open and stands beside the new one in the directory. */
static void test_known_superseded_in_the_run(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order_txt(w, "2", AT, NEW), one);
	open_order(w, "1", AT, OTHER);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_SUPERSEDED);
	assert_int_equal(w->subjects[0].revision, 1);
	assert_false(dcv_subject_is_wanted(&w->subjects[0]));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
}

/* Once it is closed the second run says so, and changes nothing. */
static void test_known_superseded_and_closed(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order_txt(w, "2", AT, NEW), one);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_SUPERSEDED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	open_order(w, "2", AT, NEW);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_CLOSED);
	assert_judged(w, 1, DCV_JUDGED_SAME);
	assert_false(w->plan.changes);
}

/* Nothing that is open gives way to an order that is not written. */
static void test_known_and_dead_successor(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order_txt(w, "2", AT, OLD), one);
	open_order(w, "1", AT, OTHER);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_SAME);
	assert_judged(w, 1, DCV_JUDGED_DEAD);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_KEEP);
}

static void test_preflight_supersedes_nothing(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order(w, "2"), one);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_NEW);
}

static void test_dead_before_superseded(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OLD);
	superseding(order_txt(w, "2", AT, NEW), one);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_DEAD);
}

/* --reopen of a whole directory does not open what was superseded. */
static void test_reopen_of_a_superseded_order(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	superseding(order_txt(w, "2", AT, NEW), one);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_SUPERSEDED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	open_order(w, "2", AT, NEW);
	w->facts.policy.reopen = true;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SUPERSEDED);
}

static void test_circle(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	superseding(order_txt(w, "1", AT, PLAIN), three);
	superseding(order_txt(w, "2", WWW, OTHER), one);
	superseding(order_txt(w, "3", API, NEW), two);
	diag = refused(w, judge(w), DCV_E_ORDER, "supersede each other");
	assert_text(diag->text, "order.yaml:1");
}

static void test_superseding_itself(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "1", AT, NEW), one);
	assert_planned(w, make_plan(w));
	assert_judged(w, 0, DCV_JUDGED_NEW);
}

/* Wherever they stand, not only at the owners of the new one. */
static void test_superseded_values_elsewhere(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "2", AT, NEW), one);
	open_order(w, "1", WWW, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
}

static void test_superseded_value_that_another_needs(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "2", AT, NEW), one);
	open_order(w, "1", AT, OTHER);
	known(w, "3", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "3", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, OTHER)->id, "3");
}

/* The new order wants the very value. */
static void test_superseded_value_wanted_again(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "2", AT, OTHER), one);
	open_order(w, "1", AT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_KEEP);
	assert_false(w->plan.changes);
}

/* A CNAME of an order that is superseded is not in flight any more. */
static void test_superseded_cname_gives_way(void **state)
{
	struct world *w = *state;

	superseding(order_txt(w, "2", AT, NEW), one);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* --- certificates --- */

static void of_certificate(struct world *w)
{
	for (size_t i = 0; i < w->n_orders; i++)
		w->orders[i].certificate = "shop";
	for (size_t i = 0; i < w->n_known; i++)
		w->known[i].certificate = "shop";
}

static void test_two_unknown_of_a_certificate(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", AT, OTHER);
	order_txt(w, "2", WWW, NEW)->line = 7;
	of_certificate(w);
	diag = refused(w, judge(w), DCV_E_ORDER,
		"certificate shop: order digicert/2 and order digicert/1 (order.yaml:1)");
	assert_int_equal(diag->line, 7);
	assert_text(diag->help, "supersedes:");
	dcv_diags_clear(&w->diags);
	superseding(&w->orders[1], one);
	assert_planned(w, make_plan(w));
}

static void test_unknown_of_two_certificates(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER)->certificate = "shop";
	order_txt(w, "2", AT, NEW)->certificate = "shop-ecdsa";
	order_txt(w, "3", AT, PLAIN);
	assert_planned(w, make_plan(w));
}

/* A dead one of last year is no second one. */
static void test_dead_one_of_a_certificate(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OLD);
	order_txt(w, "2", AT, NEW);
	of_certificate(w);
	assert_planned(w, make_plan(w));
}

/* Both stand already. */
static void test_two_known_of_a_certificate(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	order_txt(w, "2", WWW, NEW);
	open_order(w, "1", AT, OTHER);
	open_order(w, "2", WWW, NEW);
	of_certificate(w);
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
}

static void test_certificate_in_flight(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "2", AT, NEW);
	open_order(w, "1", WWW, OTHER)->expires = NOW;
	of_certificate(w);
	diag = refused(w, judge(w), DCV_E_REFUSED,
		"certificate shop: order digicert/1 of it is in flight");
	assert_text(diag->help, "`supersedes: [\"1\"]`");
	assert_text(diag->help, "dcvctl close --issued digicert/1");
	assert_text(diag->help, "--cancelled");
	/* --coexist is for values beside each other, not for a lineage. */
	dcv_diags_clear(&w->diags);
	w->facts.policy.coexist = true;
	(void)refused(w, judge(w), DCV_E_REFUSED, "in flight");
	dcv_diags_clear(&w->diags);
	superseding(&w->orders[0], one);
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
}

static void test_certificate_past_its_life(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	open_order(w, "1", WWW, OTHER)->expires = NOW - 1;
	of_certificate(w);
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_reason(w, WWW, OTHER, "previous: order 1 of certificate shop, expired");
}

/* A re-issue and an order that is opened again are as new as a new one. */
static void test_certificate_in_flight_of_a_reissue(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", AT, NEW);
	open_order(w, "1", WWW, OTHER);
	open_order(w, "2", AT, PLAIN);
	of_certificate(w);
	(void)refused(w, judge(w), DCV_E_REFUSED, "order digicert/1 of it is in flight");
	dcv_diags_clear(&w->diags);
	w->orders[0].claims[0].rdata = rdata(w, DCV_TYPE_TXT, PLAIN);
	w->known[1].state = DCV_STATE_CLOSED;
	w->facts.policy.reopen = true;
	(void)refused(w, judge(w), DCV_E_REFUSED, "order digicert/1 of it is in flight");
}

/* An older order that is applied as it was, while a newer one is in flight, asks for nothing. */
static void test_older_order_applied_again(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", WWW, OTHER);
	open_order(w, "1", WWW, OTHER)->first_applied = NOW - 2 * DAY;
	open_order(w, "2", AT, NEW);
	of_certificate(w);
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
}

/* --- (c): values of closed orders of the certificate --- */

static void test_closed_of_the_certificate_elsewhere(void **state)
{
	struct world *w = *state;

	order_txt(w, "3", AT, NEW);
	open_order(w, "1", WWW, OTHER)->state = DCV_STATE_CLOSED;
	w->known[0].reason = DCV_REASON_ISSUED;
	of_certificate(w);
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_reason(w, WWW, OTHER, "previous: order 1 of certificate shop, issued");
	assert_string_equal(value(w, WWW, DCV_TYPE_TXT, OTHER)->id, "1");
}

static void test_closed_of_another_certificate_elsewhere(void **state)
{
	struct world *w = *state;

	order_txt(w, "3", AT, NEW)->certificate = "shop";
	open_order(w, "1", WWW, OTHER)->state = DCV_STATE_CLOSED;
	w->known[0].certificate = "shop2";
	assert_planned(w, make_plan(w));
	assert_untouched(w, WWW, DCV_TYPE_TXT);
}

static void test_closed_of_the_certificate_not_ours(void **state)
{
	struct world *w = *state;

	order_txt(w, "3", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, "www.example.com.", DCV_TYPE_TXT, OTHER);
	publish(w, "www.example.com.", 300, DCV_TYPE_TXT, OTHER);
	placed(w, "www.example.com.", DCV_TYPE_TXT, OTHER, false);
	of_certificate(w);
	assert_planned(w, make_plan(w));
	assert_kind(w, "www.example.com.", DCV_TYPE_TXT, OTHER, DCV_VALUE_FOREIGN);
}

static void test_closed_of_the_certificate_that_another_needs(void **state)
{
	struct world *w = *state;

	order_txt(w, "3", AT, NEW);
	open_order(w, "1", WWW, OTHER)->state = DCV_STATE_CLOSED;
	of_certificate(w);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "2", 1, WWW, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
	assert_kind(w, WWW, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
}

/* A pre-flight of the certificate takes nothing away. */
static void test_preflight_of_the_certificate(void **state)
{
	struct world *w = *state;

	order(w, "3");
	open_order(w, "1", WWW, OTHER)->state = DCV_STATE_CLOSED;
	of_certificate(w);
	assert_planned(w, make_plan(w));
	assert_false(w->plan.changes);
}

/* --- many --- */

#define MANY 10000u

/* A chain of 10,000 orders, and as many certificates: in the time of a sort. */
static void test_many(void **state)
{
	struct world *w = *state;
	struct dcv_subject *subjects = dcv_arena_array(&w->arena, MANY,
		sizeof(subjects[0]));
	struct dcv_order *orders = dcv_arena_array(&w->arena, MANY, sizeof(orders[0]));
	const char **before = dcv_arena_array(&w->arena, MANY, sizeof(before[0]));
	struct dcv_claim claim = {.type = DCV_TYPE_TXT,
		.rdata = rdata(w, DCV_TYPE_TXT, NEW)};

	assert_true(subjects != NULL && orders != NULL && before != NULL);
	claim.owner = name(AT);
	for (size_t i = 0; i < MANY; i++) {
		char *id = dcv_arena_printf(&w->arena, "%zu", i);

		before[i] = i > 0 ? subjects[i - 1].id : NULL;
		orders[i] = (struct dcv_order){.id = id,
			.file = "order.yaml",
			.ca = dcv_ca_find("digicert"),
			.certificate = id,
			.claims = &claim,
			.n_claims = 1,
			.supersedes = &before[i],
			.n_supersedes = i > 0};
		subjects[i] = (struct dcv_subject){.order = &orders[i],
			.ca = "digicert",
			.id = id};
	}
	assert_int_equal(dcv_plan_judge(subjects, MANY, &w->facts.policy, NOW, &w->arena,
				 &w->diags),
		DCV_OK);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(subjects[i].judgement,
			i + 1 == MANY ? DCV_JUDGED_NEW : DCV_JUDGED_SUPERSEDED);
	assert_int_equal(subjects[MANY - 1].n_replaced, MANY - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unknown_superseded),
		TEST(test_superseded_by_ca_and_number),
		TEST(test_chain_of_unknown),
		TEST(test_chain_to_an_open_order),
		TEST(test_known_superseded_in_the_run),
		TEST(test_known_superseded_and_closed),
		TEST(test_known_and_dead_successor),
		TEST(test_preflight_supersedes_nothing),
		TEST(test_dead_before_superseded),
		TEST(test_reopen_of_a_superseded_order),
		TEST(test_circle),
		TEST(test_superseding_itself),
		TEST(test_superseded_values_elsewhere),
		TEST(test_superseded_value_that_another_needs),
		TEST(test_superseded_value_wanted_again),
		TEST(test_superseded_cname_gives_way),
		TEST(test_two_unknown_of_a_certificate),
		TEST(test_unknown_of_two_certificates),
		TEST(test_dead_one_of_a_certificate),
		TEST(test_two_known_of_a_certificate),
		TEST(test_certificate_in_flight),
		TEST(test_certificate_past_its_life),
		TEST(test_certificate_in_flight_of_a_reissue),
		TEST(test_older_order_applied_again),
		TEST(test_closed_of_the_certificate_elsewhere),
		TEST(test_closed_of_another_certificate_elsewhere),
		TEST(test_closed_of_the_certificate_not_ours),
		TEST(test_closed_of_the_certificate_that_another_needs),
		TEST(test_preflight_of_the_certificate),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
