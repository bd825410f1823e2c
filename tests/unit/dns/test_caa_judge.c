/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* CAA evaluated: the causes that a verdict names, and what the table of cases does not have. */
#include "caa_world.h"

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct world));
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;

	dcv_arena_clear(&w->arena);
	free(w);
	return 0;
}

static void judge_lines(struct world *w, const char *query, const char *const *lines)
{
	static const char *const issuer[] = {"digicert.com"};

	use_issuer(w, issuer);
	w->n_lines = 0;
	for (; *lines != NULL; lines++)
		add_text(w, *lines, "");
	(void)judge(w, query);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect_cause(const struct world *w, enum dcv_caa_verdict wanted,
	const char *cause, const char *why)
{
	expect(w, "here", wanted);
	assert_string_equal(w->result.cause, cause);
	if (strstr(w->result.why, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", w->result.why, why);
}

static void test_causes_of_denial(void **state)
{
	struct world *w = *state;

	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"le.org\""));
	expect_cause(w, DCV_CAA_DENIES, "C50", "names other CAs");
	assert_true(w->result.record == SIZE_MAX);
	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \";\""));
	expect_cause(w, DCV_CAA_DENIES, "C50", "permits nobody");
	judge_lines(w, "*.a.b",
		LINES("a.b CAA 0 issue \"digicert.com\"", "a.b CAA 0 issuewild \";\""));
	expect_cause(w, DCV_CAA_DENIES, "C51", "issuewild permits nobody");
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"digicert.com\"", "a.b CAA 128 tbs \"x\""));
	expect_cause(w, DCV_CAA_DENIES, "C53", "critical");
	assert_int_equal(w->result.record, 1);
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"le.org\"", "a.b CAA 0 issue \"digicert.com.\""));
	expect_cause(w, DCV_CAA_DENIES, "C54", "grammar");
	assert_int_equal(w->result.record, 1);
	w->question.method = "ca-tbr-7";
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"le.org\"",
			"a.b CAA 0 issue \"digicert.com; validationmethods=dns-01\""));
	expect_cause(w, DCV_CAA_DENIES, "C55", "validation methods");
	assert_int_equal(w->result.record, 1);
}

static void test_what_varies(void **state)
{
	struct world *w = *state;

	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"DigiCert.com\""));
	expect_cause(w, DCV_CAA_VARIES, "C54", "lower case");
	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"digicert.com; a-b=c\""));
	expect_cause(w, DCV_CAA_VARIES, "C54", "hyphen");
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"digicert.com; accounturi=acct:x\""));
	expect_cause(w, DCV_CAA_VARIES, "C55", "account");
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"digicert.com; validationmethods=ca-tbr-7\""));
	expect_cause(w, DCV_CAA_VARIES, "C55", "validation methods");
	judge_lines(w, "a.b", LINES("a.b CAA 1 tbs \"x\""));
	expect_cause(w, DCV_CAA_VARIES, "C53", "critical");
	judge_lines(w, "a.b", LINES("a.b CAA 128 issuevmc \"digicert.com\""));
	expect_cause(w, DCV_CAA_VARIES, "C53", "critical");
}

/* RFC 8657 3 and 4: what does not fit the syntax fits nobody, known account or not. */
static void test_parameters_that_fit_nobody(void **state)
{
	struct world *w = *state;

	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"digicert.com; accounturi=\""));
	expect_cause(w, DCV_CAA_DENIES, "C55", "another account");
	w->question.method = "dns-01";
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"digicert.com; validationmethods=dns-01,\""));
	expect_cause(w, DCV_CAA_DENIES, "C55", "other validation methods");
	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"digicert.com; validationmethods=dns-01; "
		      "validationmethods=dns-01\""));
	expect_cause(w, DCV_CAA_DENIES, "C55", "one parameter twice");
	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"digicert.com; a=\\127\""));
	expect_cause(w, DCV_CAA_DENIES, "C54", "grammar");
	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"digicert.com; a=\\200\""));
	expect_cause(w, DCV_CAA_DENIES, "C54", "grammar");
}

/* Of several records that say as much, the first is named. */
static void test_first_record_is_named(void **state)
{
	struct world *w = *state;

	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"x..y\"", "a.b CAA 0 issue \"digicert.com.\""));
	expect_cause(w, DCV_CAA_DENIES, "C54", "grammar");
	assert_int_equal(w->result.record, 0);
}

static void test_one_good_record_settles_it(void **state)
{
	struct world *w = *state;

	judge_lines(w, "a.b",
		LINES("a.b CAA 0 issue \"DigiCert.com\"",
			"a.b CAA 0 issue \"digicert.com; accounturi=acct:x\"",
			"a.b CAA 0 issue \"digicert.com\""));
	expect(w, "here", DCV_CAA_PERMITS);
	assert_int_equal(w->result.record, 2);
	/* What one CA might take for critical does not soften a denial. */
	judge_lines(w, "a.b", LINES("a.b CAA 1 tbs \"x\"", "a.b CAA 0 issue \"le.org\""));
	expect(w, "here", DCV_CAA_DENIES);
}

static void test_several_issuers_of_one_ca(void **state)
{
	static const char *const names[] = {"amazon.com", "amazontrust.com",
		"awstrust.com"};
	struct world *w = *state;

	judge_lines(w, "a.b", LINES("a.b CAA 0 issue \"awstrust.com\""));
	expect(w, "here", DCV_CAA_DENIES);
	w->question.issuers = names;
	w->question.n_issuers = 3;
	assert_int_equal(judge(w, "a.b"), DCV_CAA_PERMITS);
}

static void test_a_malformed_record_decides_nothing(void **state)
{
	static const uint8_t bad[][4] = {{0, 0, 'x', 'y'}, {0, 9, 'a', 'b'},
		{0, 1, '-', 'b'}};
	static const char *const issuer[] = {"digicert.com"};
	struct world *w = *state;

	use_issuer(w, issuer);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dcv_rdata rdata = {4, bad[i]};
		struct dcv_name at = name("a.b");
		struct dcv_caa_step step = {&at, DCV_CAA_SET, 1, &rdata};
		struct dcv_caa_record record;
		struct dcv_error err = {0};

		assert_int_equal(dcv_caa_read(&rdata, &w->arena, &record, &err),
			DCV_E_FAILED);
		assert_string_not_equal(err.text, "");
		dcv_caa_judge(&w->question, &step, 1, &w->arena, &w->result);
		expect(w, "malformed", DCV_CAA_ERROR);
	}
}

static void test_no_steps(void **state)
{
	struct world *w = *state;

	dcv_caa_judge(&w->question, NULL, 0, &w->arena, &w->result);
	expect(w, "none", DCV_CAA_PERMITS);
	assert_true(w->result.step == SIZE_MAX && w->result.record == SIZE_MAX);
}

static void test_make_and_read(void **state)
{
	static const uint8_t wire[] = {0, 5, 'i', 's', 's', 'u', 'e', 'a', '.', 'b'};
	struct world *w = *state;
	struct dcv_caa_record record;
	struct dcv_rdata rdata;
	char tag[300];

	assert_int_equal(dcv_caa_make("ISSUE", "a.b", &w->arena, &rdata, NULL), DCV_OK);
	assert_int_equal(rdata.len, sizeof wire);
	assert_memory_equal(rdata.wire, wire, sizeof wire);
	assert_int_equal(dcv_caa_read(&rdata, &w->arena, &record, NULL), DCV_OK);
	assert_int_equal(record.flags, 0);
	assert_string_equal(record.tag, "issue");
	assert_string_equal(record.value, "a.b");
	assert_int_equal(record.value_len, 3);
	assert_int_equal(dcv_caa_make("iodef", "", &w->arena, &rdata, NULL), DCV_OK);
	assert_int_equal(dcv_caa_read(&rdata, &w->arena, &record, NULL), DCV_OK);
	assert_int_equal(record.value_len, 0);
	memset(tag, 'a', sizeof tag);
	tag[256] = '\0';
	assert_int_equal(dcv_caa_make(tag, "x", &w->arena, &rdata, NULL), DCV_E_FAILED);
	assert_int_equal(dcv_caa_make("", "x", &w->arena, &rdata, NULL), DCV_E_FAILED);
	assert_int_equal(dcv_caa_make("is-sue", "x", &w->arena, &rdata, NULL),
		DCV_E_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_causes_of_denial),
		TEST(test_what_varies),
		TEST(test_parameters_that_fit_nobody),
		TEST(test_first_record_is_named),
		TEST(test_one_good_record_settles_it),
		TEST(test_several_issuers_of_one_ca),
		TEST(test_a_malformed_record_decides_nothing),
		TEST(test_no_steps),
		TEST(test_make_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
