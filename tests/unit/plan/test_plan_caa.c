/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* CAA in a plan: which set governs a name, and what `check` says of it. */
#include "caa_world.h"

static void test_check_denied(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	diag = refused(w, "C50", "names other CAs: 0 issue \"letsencrypt.org\"");
	assert_text(diag->text, "www.example.com.: the CAA set at example.com. ");
	assert_text(diag->text, "does not permit DigiCert");
	assert_string_equal(diag->help,
		"add `caa: permit` to the order, or write: "
		"example.com. CAA 0 issue \"digicert.com\"");
	assert_int_equal(w->plan.n_edits, 0);
	noted(w, 0, DCV_CAA_DENIES, DCV_CAA_DENIES);
	found_at(w, 0, APEX);
}

static void test_check_permitted(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, APEX, OURS);
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_edits, 0);
	noted(w, 0, DCV_CAA_PERMITS, DCV_CAA_PERMITS);
	found_at(w, 0, APEX);
	assert_string_equal(note(w, 0)->before_text, LE ", " OURS);
	assert_string_equal(note(w, 0)->after_text, LE ", " OURS);
}

static void test_no_set(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	quiet(w);
	noted(w, 0, DCV_CAA_PERMITS, DCV_CAA_PERMITS);
	assert_int_equal(note(w, 0)->found_at.len, 0);
	assert_string_equal(note(w, 0)->before_text, "no CAA");
	assert_string_equal(note(w, 0)->why, "no CAA in the bound zones");
}

static void test_closest_set_governs(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	caa(w, WWW, OURS);
	(void)order_for(w, "1", DCV_CAA_CHECK, "a.www.example.com.");
	make(w);
	quiet(w);
	found_at(w, 0, WWW);
}

static void test_climb_into_the_parent_zone(void **state)
{
	struct world *w = *state;

	(void)zone(w, "sub.example.com.");
	(void)zone(w, APEX);
	(void)zone(w, "b.example.");
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_CHECK, "www.sub.example.com.");
	make(w);
	(void)refused(w, "C50", "set at example.com.");
	found_at(w, 0, APEX);
}

static void test_unbound_name_is_not_judged(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	of = order_for(w, "1", DCV_CAA_CHECK, "elsewhere.example.");
	names(w, of, WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_notes, 1);
	found_at(w, 0, APEX);
}

static void test_no_zone_at_all(void **state)
{
	struct world *w = *state;

	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_notes, 0);
}

static void test_off_looks_at_nothing(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_OFF, WWW);
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_notes, 0);
}

static void test_unwanted_order_is_not_looked_at(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	w->subjects[0].judgement = DCV_JUDGED_CLOSED;
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_notes, 0);
	assert_int_equal(w->plan.n_edits, 0);
}

static void test_subject_without_order(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)order_for(w, "1", DCV_CAA_PERMIT, WWW);
	w->subjects[0].order = NULL;
	make(w);
	quiet(w);
	assert_int_equal(w->plan.n_notes, 0);
}

static void test_issuewild_denies_the_wildcard_only(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	caa(w, APEX, WILD_LE);
	of = order_for(w, "1", DCV_CAA_CHECK, APEX);
	names(w, of, "*.example.com.");
	make(w);
	diag = refused(w, "C51", "*.example.com.: ");
	assert_text(diag->help, "example.com. CAA 0 issuewild \"digicert.com\"");
	noted(w, 0, DCV_CAA_PERMITS, DCV_CAA_PERMITS);
	noted(w, 1, DCV_CAA_DENIES, DCV_CAA_DENIES);
}

static void test_check_critical(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, OURS);
	caa(w, APEX, "128 tbs \"x\"");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	diag = refused(w, "C53", "critical");
	assert_text(diag->help, "flags 0");
	assert_no_text(diag->help, "caa: permit");
}

static void test_check_void_record(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"digicert.com.\"");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	diag = refused(w, "C54", "grammar");
	assert_text(diag->help, "correct that record");
	assert_no_text(diag->help, "caa: permit");
}

static void test_check_nobody(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, NOBODY);
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	diag = refused(w, "C50", "permits nobody");
	assert_string_equal(diag->help,
		"write: example.com. CAA 0 issue \"digicert.com\"");
}

static void test_check_varies(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"DigiCert.com\"");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	diag = warned(w, "C54", "not certain: some CAs read the issuer in lower case");
	assert_text(diag->help, "CAA 0 issue \"digicert.com\"");
	noted(w, 0, DCV_CAA_VARIES, DCV_CAA_VARIES);
}

static void test_account(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"digicert.com; accounturi=acct:7\"");
	of = order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	(void)warned(w, "C55", "whether it is yours is not known here");
	dcv_diags_clear(&w->diags);
	wants(w, of, "issue", "digicert.com", "digicert.com; accounturi=acct:7");
	make(w);
	quiet(w);
	noted(w, 0, DCV_CAA_PERMITS, DCV_CAA_PERMITS);
	of->n_caa = 0;
	wants(w, of, "issue", "digicert.com", "digicert.com; accounturi=acct:8");
	make(w);
	(void)refused(w, "C55", "names another account");
}

/* RFC 8657 5 leaves the labels of other methods than ACME's to the CA; BR fix them in 2027. */
static void test_validation_methods(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"digicert.com; validationmethods=http-01\"");
	caa(w, "good.example.com.",
		"0 issue \"digicert.com; validationmethods=ca-tbr-7\"");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	(void)order_for(w, "2", DCV_CAA_CHECK, "good.example.com.");
	make(w);
	(void)warned(w, "C55", "which one the CA takes is not known here");
	noted(w, 1, DCV_CAA_PERMITS, DCV_CAA_PERMITS);
	dcv_diags_clear(&w->diags);
	w->facts.now_s = AFTER_2027_03_15;
	make(w);
	(void)refused(w, "C55", "names other validation methods");
}

static void test_method_of_acme(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, "0 issue \"digicert.com; validationmethods=dns-01\"");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	w->facts.now_s = AFTER_2027_03_15;
	w->claims[0][0].owner = name("_acme-challenge.www.example.com.");
	make(w);
	quiet(w);
}

static void test_same_trouble_is_told_once(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	of = order_for(w, "1", DCV_CAA_CHECK, APEX);
	names(w, of, WWW);
	names(w, of, "ftp.example.com.");
	make(w);
	(void)refused(w, "C50", "example.com. and 2 more names: the CAA set");
}

/* Not twice, because one of the names comes to the set through an alias. */
static void test_alias_to_a_name_of_the_order(void **state)
{
	struct world *w = *state;
	struct dcv_order *of;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	alias(w, WWW, APEX);
	of = order_for(w, "1", DCV_CAA_CHECK, APEX);
	names(w, of, WWW);
	make(w);
	(void)refused(w, "C50",
		"example.com. and 1 more name: the CAA set at example.com.");
	assert_int_equal(w->diags.items[0].line, 3);
}

static void test_alias_into_a_bound_zone(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	(void)zone(w, APEX);
	(void)zone(w, "cdn.example.");
	caa(w, APEX, OURS);
	alias(w, WWW, "edge.cdn.example.");
	caa(w, "edge.cdn.example.", LE);
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	diag = refused(w, "C52",
		"www.example.com.: its alias leads elsewhere: the CAA set at edge.cdn.example.");
	assert_text(diag->help, "edge.cdn.example. CAA 0 issue");
	found_at(w, 0, "edge.cdn.example.");
}

/* RFC 8659 3: the parents of an alias's target are not climbed, those of the name are. */
static void test_alias_target_without_set(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	(void)zone(w, "cdn.example.");
	caa(w, APEX, OURS);
	caa(w, "cdn.example.", LE);
	alias(w, WWW, "edge.cdn.example.");
	(void)node(w, "edge.cdn.example.");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	quiet(w);
	found_at(w, 0, APEX);
}

static void test_check_alias_out_of_the_zones(void **state)
{
	struct world *w = *state;

	(void)zone(w, APEX);
	caa(w, APEX, LE);
	alias(w, WWW, "edge.cdn.example.");
	(void)order_for(w, "1", DCV_CAA_CHECK, WWW);
	make(w);
	quiet(w);
	noted(w, 0, DCV_CAA_ERROR, DCV_CAA_ERROR);
	assert_text(note(w, 0)->why, "edge.cdn.example. lies in no bound zone");
	assert_string_equal(note(w, 0)->before_text, "not known here");
	assert_int_equal(note(w, 0)->found_at.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_denied),
		TEST(test_check_permitted),
		TEST(test_no_set),
		TEST(test_closest_set_governs),
		TEST(test_climb_into_the_parent_zone),
		TEST(test_unbound_name_is_not_judged),
		TEST(test_no_zone_at_all),
		TEST(test_off_looks_at_nothing),
		TEST(test_unwanted_order_is_not_looked_at),
		TEST(test_subject_without_order),
		TEST(test_issuewild_denies_the_wildcard_only),
		TEST(test_check_critical),
		TEST(test_check_void_record),
		TEST(test_check_nobody),
		TEST(test_check_varies),
		TEST(test_account),
		TEST(test_validation_methods),
		TEST(test_method_of_acme),
		TEST(test_same_trouble_is_told_once),
		TEST(test_alias_to_a_name_of_the_order),
		TEST(test_alias_into_a_bound_zone),
		TEST(test_alias_target_without_set),
		TEST(test_check_alias_out_of_the_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
