/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* --remove-leftovers takes what is provably dead at the owners of the run, and nothing else. */
#include "world.h"

#define APEX "example.com."
#define WWW "_dnsauth.www.example.com."
#define PLAIN "by hand, who knows when"

static const struct dcv_ca undated_ca = {.key = "ca.example",
	.title = "Example CA",
	.caa = "ca.example",
	.token_life_d = 40};

static void seen(struct world *w, const char *owner, const char *text, int64_t first_s)
{
	publish(w, owner, 300, DCV_TYPE_TXT, text);
	placed(w, owner, DCV_TYPE_TXT, text, false);
	w->placements[w->n_placements - 1].first_seen = first_s;
}

static void test_dead_token(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	publish(w, AT, 86400, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 86400, DCV_TYPE_TXT, PLAIN);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_leftover, 3);
	assert_int_equal(w->plan.n_leftover_dead, 1);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OLD,
		"leftover: DigiCert token of 2026-05-02, unusable since 2026-06-01");
	assert_null(value(w, AT, DCV_TYPE_TXT, OLD)->id);
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_LEFTOVER);
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_LEFTOVER);
	assert_int_equal(w->plan.n_leftover, 2);
	assert_int_equal(w->plan.n_leftover_dead, 0);
}

/* 2026-10-22 and 30 days end today at midnight. */
static void test_dead_to_the_second(void **state)
{
	static const char token[] = "202610220000000aaaaaaaaaa";
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, token);
	w->facts.policy.remove_leftovers = true;
	w->facts.now_s = NOW - DAY / 2;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, token, DCV_VALUE_LEFTOVER);
	w->facts.now_s++;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, token, DCV_VALUE_REMOVE);
}

static void test_dead_at_a_shared_name(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", APEX, NEW);
	publish(w, APEX, 86400, DCV_TYPE_TXT, OLD);
	publish(w, APEX, 86400, DCV_TYPE_TXT, SPF);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_kind(w, APEX, DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
}

/* SPF that the ledger has seen for a year is no token. */
static void test_foreign_seen_long_ago(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", APEX, NEW);
	seen(w, APEX, SPF, NOW - 365 * DAY);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
}

/* Not at an owner of the run. */
static void test_dead_elsewhere(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, WWW, 300, DCV_TYPE_TXT, OLD);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_untouched(w, WWW, DCV_TYPE_TXT);
}

static void test_first_seen(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	seen(w, AT, PLAIN, NOW - 30 * DAY);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_LEFTOVER);
	w->placements[0].first_seen--;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_REMOVE);
	assert_reason(w, AT, PLAIN, "there since 2026-10-22 or longer");
	/* Nothing is proved where nothing was noted. */
	w->placements[0].first_seen = 0;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_LEFTOVER);
}

/* Of two CAs at the owner the longer life counts. */
static void test_first_seen_by_the_longest_life(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	order_txt(w, "2", AT, OTHER)->ca = &undated_ca;
	seen(w, AT, PLAIN, NOW - 35 * DAY);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_LEFTOVER);
	w->placements[0].first_seen = NOW - 41 * DAY;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_REMOVE);
}

/* A token that still lives was seen long ago: its date says more. */
static void test_first_seen_and_alive(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	seen(w, AT, OTHER, NOW - 300 * DAY);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_LEFTOVER);
}

/* The date of another CA's tokens proves nothing here. */
static void test_date_of_another_ca(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW)->ca = &undated_ca;
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

static void test_dead_cname(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 300, DCV_TYPE_CNAME, OLD ".dcv.digicert.com.");
	assert_int_equal(make_plan(w), DCV_E_REFUSED);
	dcv_diags_clear(&w->diags);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, OLD ".dcv.digicert.com.", DCV_VALUE_REMOVE);
}

/* A value with our mark that no order of this ledger explains is somebody's order. */
static void test_ours_without_an_order(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	placed(w, AT, DCV_TYPE_TXT, OLD, true);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

static void test_dead_and_needed(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, OLD);
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	placed(w, AT, DCV_TYPE_TXT, OLD, false);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_OTHER);
}

/* The service that wants none refuses, names the value, and says the shorter way. */
static void test_lonely_service(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", AT, NEW)->service = dcv_service_find("huaweicloud-scm");
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "--remove-leftovers takes it too");
	assert_string_equal(diag->help, "again: --previous " OLD);
	dcv_diags_clear(&w->diags);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
}

/* Noted as seen in an earlier run; now an order wants it: it becomes that order's. */
static void test_seen_and_wanted(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	seen(w, AT, NEW, NOW - DAY);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_FOUND);
	assert_true(value(w, AT, DCV_TYPE_TXT, NEW)->ours);
}

/* --- another ledger's --- */

static void test_marked(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, "digicert/100");
	publish_marked(w, AT, DCV_TYPE_TXT, PLAIN, NULL);
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, OLD)->reason,
		"of another ledger: order digicert/100");
	assert_string_equal(value(w, AT, DCV_TYPE_TXT, OLD)->stranger, "digicert/100");
	assert_null(value(w, AT, DCV_TYPE_TXT, PLAIN)->stranger);
	assert_reason(w, AT, PLAIN, "not written by dcvctl");
	assert_int_equal(w->plan.n_leftover, 2);
	assert_int_equal(w->plan.n_leftover_dead, 0);
}

/* That the ledger has seen it for longer than a token lives proves nothing either. */
static void test_marked_and_seen(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish_marked(w, AT, DCV_TYPE_TXT, PLAIN, "digicert/100");
	placed(w, AT, DCV_TYPE_TXT, PLAIN, false);
	w->placements[0].first_seen = NOW - 300 * DAY;
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, PLAIN, DCV_VALUE_LEFTOVER);
}

/* An order under the same number has never had the value: the ledger that knew it is lost. */
static void test_marked_with_a_number_known_otherwise(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, "digicert/1");
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	assert_reason(w, AT, OLD, "of another ledger: order digicert/1");
}

/* An order of this ledger had it, it was removed, and somebody put the line back. */
static void test_marked_and_known(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "9", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	claimed(w, "9", 1, AT, DCV_TYPE_TXT, OLD);
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, "digicert/9");
	w->facts.policy.remove_leftovers = true;
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
}

/* The claim of another order, whose number is only the beginning of the mark's, explains none. */
static void test_marked_like_a_known_one(void **state)
{
	static const char *const marks[] = {"digicert/91", "digicert/", "igicert/9",
		"digicertx/9", "digicert"};
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "9", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	claimed(w, "9", 1, AT, DCV_TYPE_TXT, OLD);
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, NULL);
	w->facts.policy.remove_leftovers = true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		node(w, AT)->sets[0].marks[0] = marks[i];
		assert_planned(w, make_plan(w));
		assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
	}
}

static void test_marked_and_named(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, "digicert/100");
	w->named[w->n_named++] = naming(w, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OLD, "named by --previous");
}

static void test_marked_and_wanted(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish_marked(w, AT, DCV_TYPE_TXT, NEW, "digicert/100");
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_FOUND);
}

/* What this ledger placed goes as ever. */
static void test_marked_and_ours(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, "digicert/7");
	placed(w, AT, DCV_TYPE_TXT, OLD, true);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_reason(w, AT, OLD, "previous: revision 1");
}

static void test_marked_at_a_lonely_service(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", AT, NEW)->service = dcv_service_find("huaweicloud-scm");
	publish_marked(w, AT, DCV_TYPE_TXT, OLD, "digicert/100");
	w->facts.policy.remove_leftovers = true;
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"(of another ledger: order digicert/100)");
	assert_null(strstr(diag->text, "it is dead"));
	assert_string_equal(diag->help, "again: --previous " OLD);
}

/* No token, at a name that others share: not even a leftover. */
static void test_marked_at_a_shared_name(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", APEX, NEW);
	publish_marked(w, APEX, DCV_TYPE_TXT, PLAIN, "sectigo.com/5");
	assert_planned(w, make_plan(w));
	assert_kind(w, APEX, DCV_TYPE_TXT, PLAIN, DCV_VALUE_FOREIGN);
	assert_reason(w, APEX, PLAIN, "of another ledger: order sectigo.com/5");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dead_token),
		TEST(test_dead_to_the_second),
		TEST(test_dead_at_a_shared_name),
		TEST(test_foreign_seen_long_ago),
		TEST(test_dead_elsewhere),
		TEST(test_first_seen),
		TEST(test_first_seen_by_the_longest_life),
		TEST(test_first_seen_and_alive),
		TEST(test_date_of_another_ca),
		TEST(test_dead_cname),
		TEST(test_ours_without_an_order),
		TEST(test_dead_and_needed),
		TEST(test_lonely_service),
		TEST(test_seen_and_wanted),
		TEST(test_marked),
		TEST(test_marked_and_seen),
		TEST(test_marked_with_a_number_known_otherwise),
		TEST(test_marked_and_known),
		TEST(test_marked_like_a_known_one),
		TEST(test_marked_and_named),
		TEST(test_marked_and_wanted),
		TEST(test_marked_and_ours),
		TEST(test_marked_at_a_lonely_service),
		TEST(test_marked_at_a_shared_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
