/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* CAA in a plan, `permit`: what is added where, and where nothing may be. */
#include "caa_world.h"

static void test_permit_adds_at_the_governing_set(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	quiet(w);
	added(w, APEX, OURS);
	assert_string_equal(edit(w, APEX, 0)->reason, "this order: caa: permit");
	assert_true(dcv_name_equal(&edit(w, APEX, 0)->zone, &w->zones[0].apex));
	noted(w, 0, DCV_CAA_DENIES, DCV_CAA_PERMITS);
	assert_string_equal(note(w, 0)->before_text, LE);
	assert_string_equal(note(w, 0)->after_text, LE ", " OURS);
}

static void test_permit_when_permitted(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_permit_where_no_set_governs(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
}

/* A set that restricts nothing gets no tag that it has not. */
static void test_permit_adds_no_new_tag(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, "0 iodef \"mailto:a@example.com\"");
	caa(w, APEX, WILD_LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, APEX);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_permit_wildcard_under_issue(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, "*.example.com.");
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static void test_permit_wildcard_under_issuewild(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, WILD_LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, "*.example.com.");
	make(w);
	quiet(w);
	added(w, APEX, WILD_OURS);
}

static void test_permit_name_and_wildcard(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, WILD_LE);
	of = order_for(w, "1", DCV_CAA_PERMIT, APEX);
	names(w, of, "*.example.com.");
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 1);
	assert_int_equal(edit(w, APEX, 0)->n_add, 2);
	assert_listed(w, edit(w, APEX, 0)->add, 2, OURS);
	assert_listed(w, edit(w, APEX, 0)->add, 2, WILD_OURS);
}

static void test_permit_beside_nobody(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, NOBODY);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	diag = refused(w, "C50", "says that nobody may issue");
	assert_text(diag->help,
		"write by hand: example.com. CAA 0 issue \"digicert.com\"");
	assert_int_equal(w->plan.n_edits, 0);
}

/* The other tag is another question. */
static void test_permit_beside_nobody_of_the_other_tag(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, WILD_NOBODY);
	(void)order_for(w, "1", DCV_CAA_PERMIT, APEX);
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static void test_permit_wildcard_beside_nobody(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	caa(w, APEX, WILD_NOBODY);
	(void)order_for(w, "1", DCV_CAA_PERMIT, "*.example.com.");
	make(w);
	(void)refused(w, "C51", "nobody may issue");
}

static void test_permit_beside_a_mismatch_of_this_ca(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, "0 issue \"digicert.com; accounturi=acct:7\"");
	of = order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	diag = refused(w, "C55", "sets conditions");
	assert_text(diag->help, "example.com. CAA 0 issue \"digicert.com\"");
	dcv_diags_clear(&w->diags);
	wants(w, of, "issue", "digicert.com", "digicert.com; accounturi=acct:8");
	make(w);
	diag = refused(w, "C55", "sets conditions");
	assert_text(diag->help, "CAA 0 issue \"digicert.com; accounturi=acct:8\"");
	assert_int_equal(w->plan.n_edits, 0);
}

/* Whoever bound this CA to an account under one tag does not get it unbound under the other. */
static void test_permit_beside_a_mismatch_of_the_other_tag(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"digicert.com; accounturi=acct:7\"");
	caa(w, APEX, WILD_LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, "*.example.com.");
	make(w);
	(void)refused(w, "C55", "sets conditions");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_permit_beside_a_void_record(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"digicert.com.\"");
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	diag = refused(w, "C54", "outside the grammar");
	assert_text(diag->help, "correct that record");
}

static void test_permit_under_critical(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, "128 tbs \"x\"");
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	(void)refused(w, "C53", "whatever is added");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_caa_issuers(void **state)
{
	static const char *const issuers[] = {"letsencrypt.org", "DigiCert.com"};
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	w->facts.issuers = issuers;
	w->facts.n_issuers = 1;
	make(w);
	diag = refused(w, "C50",
		"`caa_issuers` of the configuration does not name digicert.com");
	assert_text(diag->help, "add digicert.com to `caa_issuers`");
	assert_int_equal(w->plan.n_edits, 0);
	dcv_diags_clear(&w->diags);
	w->facts.n_issuers = 2;
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static void test_caa_issuers_judges_the_records(void **state)
{
	static const char *const issuers[] = {"digicert.com"};
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	of = order_for(w, "1", DCV_CAA_PERMIT, WWW);
	wants(w, of, "issue", "digicert.com", "digicert.com");
	wants(w, of, "issue", "evil.example", "evil.example");
	w->facts.issuers = issuers;
	w->facts.n_issuers = 1;
	make(w);
	(void)refused(w, "C50", "does not name evil.example");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_permit_with_records(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	of = order_for(w, "1", DCV_CAA_PERMIT, WWW);
	wants(w, of, "issue", "digicert.com", "digicert.com; accounturi=acct:8");
	wants(w, of, "issuewild", "digicert.com", "digicert.com");
	make(w);
	quiet(w);
	added(w, APEX, "0 issue \"digicert.com; accounturi=acct:8\"");
	noted(w, 0, DCV_CAA_DENIES, DCV_CAA_PERMITS);
}

/* Only what is missing, and only of the tag that denies: caa_issuers judges no other. */
static void test_permit_adds_what_is_missing(void **state)
{
	static const char *const issuers[] = {"digicert.com", "letsencrypt.org"};
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	of = order_for(w, "1", DCV_CAA_PERMIT, WWW);
	wants(w, of, "issue", "letsencrypt.org", "letsencrypt.org");
	wants(w, of, "issue", "digicert.com", "digicert.com");
	wants(w, of, "issuewild", "elsewhere.example", "elsewhere.example");
	w->facts.issuers = issuers;
	w->facts.n_issuers = 2;
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static void test_permit_with_records_that_do_not(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	of = order_for(w, "1", DCV_CAA_PERMIT, WWW);
	wants(w, of, "issuewild", "digicert.com", "digicert.com");
	make(w);
	diag = refused(w, "C50", "does not permit DigiCert");
	assert_text(diag->help, "let the records of `caa:` permit this CA");
	assert_int_equal(diag->line, 7);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_permit_alias_out_of_the_zones(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	alias(w, WWW, "edge.cdn.example.");
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	diag = warned(w, "C52", "nothing is written, since its CAA set is not known here");
	assert_text(diag->text, "edge.cdn.example. lies in no bound zone");
	assert_string_equal(diag->help, "look yourself: dig www.example.com. CAA");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_permit_alias_into_a_bound_zone(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)zone(w, "cdn.example.");
	alias(w, WWW, "a.cdn.example.");
	alias(w, "a.cdn.example.", "b.cdn.example.");
	caa(w, "b.cdn.example.", LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	quiet(w);
	added(w, "b.cdn.example.", OURS);
	assert_true(
		dcv_name_equal(&edit(w, "b.cdn.example.", 0)->zone, &w->zones[1].apex));
}

static void test_alias_loop(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	alias(w, WWW, "a.example.com.");
	alias(w, "a.example.com.", WWW);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	(void)warned(w, "C52", "too many aliases, or of a loop");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_delegation_is_not_known(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	node(w, "a.sub.example.com.")->cut = name("sub.example.com.");
	node(w, "sub.example.com.")->cut = name("sub.example.com.");
	(void)order_for(w, "1", DCV_CAA_PERMIT, "a.sub.example.com.");
	make(w);
	(void)warned(w, "C56", "sub.example.com. is a delegation or a DNAME");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_wildcard_answers(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	caa(w, "*.example.com.", LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	node(w, WWW)->wildcard = true;
	make(w);
	quiet(w);
	added(w, "*.example.com.", OURS);
	found_at(w, 0, "*.example.com.");
}

static void test_wildcard_that_was_not_read(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	node(w, WWW)->wildcard = true;
	make(w);
	(void)warned(w, "C56", "*.example.com. was not read");
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_wildcard_without_caa(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)node(w, "*.example.com.");
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	node(w, WWW)->wildcard = true;
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static void test_second_run_changes_nothing(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, OURS);
	(void)held(w, "1", DCV_STATE_EFFECTIVE, APEX, OURS);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	w->subjects[0].judgement = DCV_JUDGED_SAME;
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_two_orders_of_one_ca(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	(void)order_for(w, "2", DCV_CAA_PERMIT, APEX);
	make(w);
	quiet(w);
	added(w, APEX, OURS);
}

static const struct dcv_ca other_ca = {.key = "ca.example",
	.title = "ca.example",
	.caa = "ca.example"};

static void test_two_orders_of_two_cas(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	order_for(w, "2", DCV_CAA_PERMIT, APEX)->ca = &other_ca;
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 2);
	assert_int_equal(edit(w, APEX, 0)->n_add, 1);
	assert_listed(w, edit(w, APEX, 0)->add, 1, OURS);
	assert_int_equal(edit(w, APEX, 1)->n_add, 1);
	assert_listed(w, edit(w, APEX, 1)->add, 1, "0 issue \"ca.example\"");
	assert_string_equal(note(w, 1)->after_text,
		LE ", " OURS ", 0 issue \"ca.example\"");
}

static void test_check_rests_on_what_another_order_permits(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	(void)order_for(w, "2", DCV_CAA_CHECK, APEX);
	make(w);
	quiet(w);
	noted(w, 1, DCV_CAA_DENIES, DCV_CAA_PERMITS);
}

static void test_preflight_is_not_written(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	order_for(w, "1", DCV_CAA_PERMIT, WWW)->n_claims = 0;
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
	noted(w, 0, DCV_CAA_DENIES, DCV_CAA_PERMITS);
}

/* What a pre-flight would change helps no order that is written. */
static void test_nothing_rests_on_a_preflight(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	order_for(w, "1", DCV_CAA_PERMIT, WWW)->n_claims = 0;
	(void)order_for(w, "2", DCV_CAA_CHECK, APEX);
	make(w);
	(void)refused(w, "C50", "example.com.: the CAA set");
	noted(w, 1, DCV_CAA_DENIES, DCV_CAA_DENIES);
}

static void test_preflight_denied(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	order_for(w, "1", DCV_CAA_CHECK, WWW)->n_claims = 0;
	make(w);
	assert_int_equal(refused(w, "C50", "does not permit")->line, 1);
}

static void test_long_set_is_cut(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	for (size_t i = 0; i < VALUES; i++)
		caa(w, APEX, i == 0 ? OURS : LE);
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	quiet(w);
	assert_text(note(w, 0)->before_text, " and 4 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_permit_adds_at_the_governing_set),
		TEST(test_permit_when_permitted),
		TEST(test_permit_where_no_set_governs),
		TEST(test_permit_adds_no_new_tag),
		TEST(test_permit_wildcard_under_issue),
		TEST(test_permit_wildcard_under_issuewild),
		TEST(test_permit_name_and_wildcard),
		TEST(test_permit_beside_nobody),
		TEST(test_permit_beside_nobody_of_the_other_tag),
		TEST(test_permit_wildcard_beside_nobody),
		TEST(test_permit_beside_a_mismatch_of_this_ca),
		TEST(test_permit_beside_a_mismatch_of_the_other_tag),
		TEST(test_permit_beside_a_void_record),
		TEST(test_permit_under_critical),
		TEST(test_caa_issuers),
		TEST(test_caa_issuers_judges_the_records),
		TEST(test_permit_with_records),
		TEST(test_permit_adds_what_is_missing),
		TEST(test_permit_with_records_that_do_not),
		TEST(test_permit_alias_out_of_the_zones),
		TEST(test_permit_alias_into_a_bound_zone),
		TEST(test_alias_loop),
		TEST(test_delegation_is_not_known),
		TEST(test_wildcard_answers),
		TEST(test_wildcard_that_was_not_read),
		TEST(test_wildcard_without_caa),
		TEST(test_second_run_changes_nothing),
		TEST(test_two_orders_of_one_ca),
		TEST(test_two_orders_of_two_cas),
		TEST(test_check_rests_on_what_another_order_permits),
		TEST(test_preflight_is_not_written),
		TEST(test_nothing_rests_on_a_preflight),
		TEST(test_preflight_denied),
		TEST(test_long_set_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
