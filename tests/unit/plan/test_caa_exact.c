/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* CAA in a plan, `exact`: what comes, what goes, and where it may not. */
#include "caa_world.h"

static struct dcv_order *exact(struct world *w, const char *id, const char *for_name)
{
	struct dcv_order *of = order_for(w, id, DCV_CAA_EXACT, for_name);

	wants(w, of, "issue", "digicert.com", "digicert.com");
	return of;
}

static void test_exact_at_the_governing_set(void **state)
{
	struct world *w = *state;
	const struct dcv_caa_edit *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, WILD_LE);
	(void)exact(w, "1", WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 1);
	of = edit(w, APEX, 0);
	assert_int_equal(of->n_add, 1);
	assert_int_equal(of->n_remove, 2);
	assert_listed(w, of->add, 1, OURS);
	assert_listed(w, of->remove, 2, LE);
	assert_listed(w, of->remove, 2, WILD_LE);
	assert_string_equal(of->reason, "this order: caa: exact");
	noted(w, 0, DCV_CAA_DENIES, DCV_CAA_PERMITS);
	assert_string_equal(note(w, 0)->after_text, OURS);
}

static void test_exact_keeps_what_it_wants(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	of = exact(w, "1", WWW);
	wants(w, of, "issuewild", "", ";");
	make(w);
	quiet(w);
	added(w, APEX, WILD_NOBODY);
}

static void test_exact_names_a_record_twice(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	wants(w, exact(w, "1", WWW), "issue", "digicert.com", "digicert.com");
	make(w);
	quiet(w);
	added(w, WWW, OURS);
}

static void test_exact_already(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	(void)exact(w, "1", WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_exact_new_set_at_the_name(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)exact(w, "1", WWW);
	make(w);
	quiet(w);
	added(w, WWW, OURS);
	assert_string_equal(note(w, 0)->before_text, "no CAA");
	noted(w, 0, DCV_CAA_PERMITS, DCV_CAA_PERMITS);
}

static void test_exact_new_set_of_a_wildcard(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)exact(w, "1", "*.example.com.");
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

/* The set at the upper name governs the lower one, in whichever order they stand. */
static void test_exact_from_the_top_down(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	of = exact(w, "1", WWW);
	names(w, of, APEX);
	names(w, of, "a.www.example.com.");
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static void test_exact_names_apart(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	of = exact(w, "1", WWW);
	names(w, of, "ftp.example.com.");
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 2);
	assert_int_equal(edit(w, WWW, 0)->n_add, 1);
	assert_int_equal(edit(w, "ftp.example.com.", 0)->n_add, 1);
}

static void test_exact_without_issue(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	of = order_for(w, "1", DCV_CAA_EXACT, WWW);
	wants(w, of, "iodef", NULL, "mailto:a@example.com");
	make(w);
	(void)refused(w, "", "without a record that says who may issue");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_exact_that_denies_its_own_ca(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	of = order_for(w, "1", DCV_CAA_EXACT, WWW);
	wants(w, of, "issue", "letsencrypt.org", "letsencrypt.org");
	make(w);
	diag = refused(w, "C50", "does not permit DigiCert");
	assert_text(diag->help,
		"put {tag: issue, issuer: digicert.com} among the records");
}

static void test_two_exact_that_differ(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)exact(w, "1", WWW);
	of = exact(w, "2", APEX);
	wants(w, of, "issuewild", "", ";");
	make(w);
	(void)refused(w, "", "makes the CAA set at example.com. exactly its own");
}

static void test_two_exact_that_agree(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)exact(w, "1", WWW);
	(void)exact(w, "2", APEX);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 1);
}

static const struct dcv_ca other_ca = {.key = "ca.example",
	.title = "ca.example",
	.caa = "ca.example"};

static void test_permit_beside_exact_of_another(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	order_for(w, "1", DCV_CAA_PERMIT, WWW)->ca = &other_ca;
	(void)exact(w, "2", APEX);
	make(w);
	(void)refused(w, "", "permit adds nothing to it");
	assert_int_equal(w->plan.n_edits, 1);
}

static void test_check_denied_by_exact_of_another(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"ca.example\"");
	order_for(w, "1", DCV_CAA_CHECK, WWW)->ca = &other_ca;
	(void)exact(w, "2", APEX);
	make(w);
	(void)refused(w, "C50", "does not permit");
	noted(w, 0, DCV_CAA_PERMITS, DCV_CAA_DENIES);
}

static void test_exact_against_an_open_order(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)held(w, "7", DCV_STATE_EFFECTIVE, APEX, LE);
	(void)exact(w, "1", WWW);
	make(w);
	diag = refused(w, "", "takes " LE " at example.com. away, which order digicert/7");
	assert_text(diag->help, "dcvctl close --issued digicert/7");
}

static void test_exact_after_a_closed_order(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)held(w, "7", DCV_STATE_CLOSED, APEX, LE);
	held(w, "8", DCV_STATE_EFFECTIVE, APEX, LE)->expires = NOW - 1;
	(void)held(w, "9", DCV_STATE_EFFECTIVE, WWW, LE);
	(void)exact(w, "1", WWW);
	make(w);
	quiet(w);
	assert_int_equal(edit(w, APEX, 0)->n_remove, 1);
}

static void test_exact_takes_its_own_away(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)held(w, "1", DCV_STATE_EFFECTIVE, APEX, LE);
	(void)exact(w, "1", WWW);
	make(w);
	quiet(w);
	assert_int_equal(edit(w, APEX, 0)->n_remove, 1);
}

static void test_exact_of_an_order_that_supersedes(void **state)
{
	static const char *const replaced[] = {"7"};
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)held(w, "7", DCV_STATE_EFFECTIVE, APEX, LE);
	of = exact(w, "1", WWW);
	of->supersedes = replaced;
	of->n_supersedes = 1;
	make(w);
	quiet(w);
	assert_int_equal(edit(w, APEX, 0)->n_remove, 1);
}

static void test_exact_would_darken_a_wildcard(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)node(w, "*.example.com.");
	(void)exact(w, "1", WWW);
	node(w, WWW)->wildcard = true;
	make(w);
	(void)refused(w, "P17", "would go dark");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_exact_at_an_alias(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	alias(w, WWW, "a.example.com.");
	(void)node(w, "a.example.com.");
	(void)exact(w, "1", WWW);
	make(w);
	(void)refused(w, "P08", "is an alias");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_exact_at_the_end_of_an_alias(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	alias(w, WWW, "a.example.com.");
	caa(w, "a.example.com.", LE);
	(void)exact(w, "1", WWW);
	make(w);
	quiet(w);
	assert_int_equal(edit(w, "a.example.com.", 0)->n_remove, 1);
}

static void test_exact_where_it_is_not_known(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	alias(w, WWW, "edge.cdn.example.");
	(void)exact(w, "1", WWW);
	make(w);
	(void)warned(w, "C52", "nothing is written");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_exact_under_generate(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)exact(w, "1", WWW);
	node(w, WWW)->generated = "$GENERATE at file:7 may make it";
	make(w);
	(void)refused(w, "", "$GENERATE at file:7");
	assert_int_equal(w->plan.n_edits, 0);
}

/* `allow` says where a set may come; one that governs already may be changed. */
static void test_exact_and_allow(void **state)
{
	static const char *const allow[] = {"_dnsauth", "www.example.com", WWW};
	struct world *w = *state;
	struct dcv_caa_zone *of = zone(w, APEX);

	of->has_allow = true;
	of->allow = allow;
	of->n_allow = 2;
	(void)exact(w, "1", WWW);
	make(w);
	assert_text(refused(w, "", "`allow` of the zone does not name it")->help,
		"with the final dot");
	assert_int_equal(w->plan.n_edits, 0);
	dcv_diags_clear(&w->diags);
	of->n_allow = 3;
	make(w);
	quiet(w);
	added(w, WWW, OURS);
	of->n_allow = 1;
	caa(w, APEX, LE);
	make(w);
	quiet(w);
	assert_int_equal(edit(w, APEX, 0)->n_remove, 1);
}

static void test_exact_preflight_is_not_written(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	exact(w, "1", WWW)->n_claims = 0;
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
	noted(w, 0, DCV_CAA_DENIES, DCV_CAA_PERMITS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exact_at_the_governing_set),
		TEST(test_exact_keeps_what_it_wants),
		TEST(test_exact_names_a_record_twice),
		TEST(test_exact_already),
		TEST(test_exact_new_set_at_the_name),
		TEST(test_exact_new_set_of_a_wildcard),
		TEST(test_exact_from_the_top_down),
		TEST(test_exact_names_apart),
		TEST(test_exact_without_issue),
		TEST(test_exact_that_denies_its_own_ca),
		TEST(test_two_exact_that_differ),
		TEST(test_two_exact_that_agree),
		TEST(test_permit_beside_exact_of_another),
		TEST(test_check_denied_by_exact_of_another),
		TEST(test_exact_against_an_open_order),
		TEST(test_exact_after_a_closed_order),
		TEST(test_exact_takes_its_own_away),
		TEST(test_exact_of_an_order_that_supersedes),
		TEST(test_exact_would_darken_a_wildcard),
		TEST(test_exact_at_an_alias),
		TEST(test_exact_at_the_end_of_an_alias),
		TEST(test_exact_where_it_is_not_known),
		TEST(test_exact_under_generate),
		TEST(test_exact_and_allow),
		TEST(test_exact_preflight_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
