/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What an order on file means beside what the ledger holds of it: DESIGN, the life of an
 * order. */
#include "world.h"

static void assert_judged(const struct world *w, size_t i, enum dcv_judgement judgement,
	int64_t revision)
{
	assert_int_equal(w->subjects[i].judgement, judgement);
	assert_int_equal(w->subjects[i].revision, revision);
}

static void test_new(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW, 1);
	assert_true(dcv_subject_is_wanted(&w->subjects[0]));
}

static void test_same(void **state)
{
	static const enum dcv_state open[] = {DCV_STATE_PENDING, DCV_STATE_PUBLISHED,
		DCV_STATE_EFFECTIVE};
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	want(w, of, "_dnsauth.www.example.com.", DCV_TYPE_TXT, OTHER);
	known(w, "1", 2, DCV_STATE_PENDING, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	/* The order of the records does not make a revision. */
	claimed(w, "1", 2, "_dnsauth.www.example.com.", DCV_TYPE_TXT, OTHER);
	claimed(w, "1", 2, AT, DCV_TYPE_TXT, NEW);
	for (size_t i = 0; i < 3; i++) {
		w->known[0].state = open[i];
		assert_int_equal(judge(w), DCV_OK);
		assert_judged(w, 0, DCV_JUDGED_SAME, 2);
	}
	/* Neither do TTL and names. */
	of->ttl_s = 60;
	of->names = &w->view.apex;
	of->n_names = 1;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SAME, 2);
	assert_true(dcv_subject_is_wanted(&w->subjects[0]));
}

static void test_revised(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
	assert_true(dcv_subject_is_wanted(&w->subjects[0]));
}

static void test_revised_by_one_record_more_or_less(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
	want(w, of, AT, DCV_TYPE_TXT, OTHER);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SAME, 1);
	want(w, of, AT, DCV_TYPE_TXT, OLD);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
}

/* The value is the same: another owner, or another type, is another record. */
static void test_revised_by_owner_and_type(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "_dnsauth.www.example.com.", NEW);
	order_txt(w, "2", AT, "\"\\003com\\000\""); /* RDATA unlike, and of another type */
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	known(w, "2", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "2", 1, AT, DCV_TYPE_CNAME, "com.")->rdata = w->claims[1][0].rdata;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
	assert_judged(w, 1, DCV_JUDGED_REVISED, 2);
}

/* Back to the records of an earlier revision, while the order is open: a re-issue. */
static void test_open_goes_back(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	known(w, "1", 2, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	claimed(w, "1", 2, AT, DCV_TYPE_TXT, NEW);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 3);
}

/* Last year's directory does no harm. */
static void test_closed(void **state)
{
	static const enum dcv_state states[] = {DCV_STATE_CLOSED, DCV_STATE_CLEANED};
	static const char *const values[] = {OTHER, OLD, NEW}; /* revisions 1, 2, 3 */
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	known(w, "1", 3, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	for (int i = 0; i < 3; i++)
		claimed(w, "1", i + 1, AT, DCV_TYPE_TXT, values[i]);
	for (size_t i = 0; i < 6; i++) {
		w->known[0].state = states[i % 2];
		of->claims[0].rdata = rdata(w, DCV_TYPE_TXT, values[i / 2]);
		assert_int_equal(judge(w), DCV_OK);
		assert_judged(w, 0, DCV_JUDGED_CLOSED, 3);
		assert_false(dcv_subject_is_wanted(&w->subjects[0]));
	}
}

static void test_closed_reissued(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_CLEANED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
	assert_true(dcv_subject_is_wanted(&w->subjects[0]));
}

/* Expired follows from the clock: the ledger may still say published. */
static void test_expired(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, OTHER);

	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->expires = NOW;
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SAME, 1); /* the last second of its life */
	w->known[0].expires = NOW - 1;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_CLOSED, 1);
	of->claims[0].rdata = rdata(w, DCV_TYPE_TXT, NEW);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
}

static void test_dead(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, OLD);

	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_DEAD, 1);
	assert_false(dcv_subject_is_wanted(&w->subjects[0]));
	/* One value that still lives, or has no date, and the order does. */
	want(w, of, AT, DCV_TYPE_TXT, NEW);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW, 1);
	of->claims[1].rdata = rdata(w, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0");
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW, 1);
	of->claims[1].rdata = rdata(w, DCV_TYPE_TXT, OLD);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_DEAD, 1);
}

/* 2026-10-22 plus 30 days is today at midnight. */
static void test_dead_to_the_second(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, "202610220000000aaaaaaaaaa");
	w->facts.now_s = NOW - DAY / 2;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW, 1);
	w->facts.now_s++;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_DEAD, 1);
}

/* The token of a CNAME is the first label of its target. */
static void test_dead_cname(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order(w, "1");

	want(w, of, AT, DCV_TYPE_CNAME, OLD ".dcv.digicert.com.");
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_DEAD, 1);
	of->claims[0].rdata = rdata(w, DCV_TYPE_CNAME, TARGET);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW, 1);
}

/* No token, though its first string looks like one; and a CA whose tokens carry no date. */
static void test_not_dead(void **state)
{
	static const struct dcv_ca unknown = {.key = "ca.example",
		.title = "ca.example",
		.caa = "ca.example",
		.token_life_d = DCV_TOKEN_LIFE_UNKNOWN_D};
	struct world *w = *state;

	order_txt(w, "1", AT, "\"" OLD "\" \"and more\"");
	order_txt(w, "2", AT, OLD)->ca = &unknown;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_NEW, 1);
	assert_judged(w, 1, DCV_JUDGED_NEW, 1);
}

/* Only unknown orders are dead before they live. */
static void test_known_is_not_dead(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OLD);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SAME, 1);
}

/* Last year's directory under a number that the ledger knows by later records only: what lives
 * is not replaced by what is dead. */
static void test_known_with_dead_records(void **state)
{
	static const enum dcv_state states[] = {DCV_STATE_PUBLISHED, DCV_STATE_CLOSED};
	struct world *w = *state;

	order_txt(w, "1", AT, OLD);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	for (size_t i = 0; i < 2; i++) {
		w->known[0].state = states[i];
		assert_int_equal(judge(w), DCV_OK);
		assert_judged(w, 0, DCV_JUDGED_CLOSED, 1);
		assert_false(dcv_subject_is_wanted(&w->subjects[0]));
	}
}

/* Without records: nothing is published, and nothing of an earlier revision is taken for gone,
 * whatever the ledger has. */
static void test_preflight(void **state)
{
	struct world *w = *state;

	order(w, "1");
	order(w, "2");
	known(w, "2", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "2", 1, AT, DCV_TYPE_TXT, NEW);
	assert_int_equal(judge(w), DCV_OK);
	assert_false(dcv_subject_is_wanted(&w->subjects[0]));
	assert_false(dcv_subject_is_wanted(&w->subjects[1]));
}

/* What dcvctl put there for the order's sake is no record of its file. */
static void test_caa_and_copies_make_no_revision(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "1", 1, "example.com.", DCV_TYPE_CAA, "0 issue \"digicert.com\"")->keep =
		DCV_KEEP_CAA;
	claimed(w, "1", 1, "shop.example.com.", DCV_TYPE_A, "192.0.2.1")->keep =
		DCV_KEEP_COPY;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SAME, 1);
}

/* Its own records are, whatever keeps them. */
static void test_retained_records_make_a_revision(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER)->keep = DCV_KEEP_DEAUTHORISED;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 2);
}

static void test_reopened(void **state)
{
	static const enum dcv_state states[] = {DCV_STATE_CLOSED, DCV_STATE_CLEANED};
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 2, DCV_STATE_CLOSED, DCV_REASON_CANCELLED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	claimed(w, "1", 2, AT, DCV_TYPE_TXT, NEW);
	w->facts.policy.reopen = true;
	for (size_t i = 0; i < 2; i++) {
		w->known[0].state = states[i];
		assert_int_equal(judge(w), DCV_OK);
		assert_judged(w, 0, DCV_JUDGED_REOPENED, 2);
		assert_true(dcv_subject_is_wanted(&w->subjects[0]));
	}
}

static void test_reopened_with_earlier_records(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OTHER);
	known(w, "1", 2, DCV_STATE_CLOSED, DCV_REASON_CANCELLED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	claimed(w, "1", 2, AT, DCV_TYPE_TXT, NEW);
	w->facts.policy.reopen = true;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REVISED, 3);
}

/* Past its life by the clock, and its value carries no date: it may live once more. */
static void test_reopened_though_expired(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, "k7q2x9m4t1v8b5n3c6z0");
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE)->expires = NOW - 1;
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, "k7q2x9m4t1v8b5n3c6z0");
	w->facts.policy.reopen = true;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_REOPENED, 1);
}

/* Dead tokens are not opened, and that is said. */
static void test_reopen_of_dead_tokens(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, OLD);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, OLD);
	w->facts.policy.reopen = true;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_CLOSED, 1);
	assert_int_equal(w->diags.n, 1);
	assert_int_equal(w->diags.items[0].severity, DCV_SEV_WARNING);
	assert_text(w->diags.items[0].text, "nothing to open");
}

/* What is open is not opened again. */
static void test_reopen_of_an_open_order(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "1", 1, AT, DCV_TYPE_TXT, NEW);
	w->facts.policy.reopen = true;
	assert_int_equal(judge(w), DCV_OK);
	assert_judged(w, 0, DCV_JUDGED_SAME, 1);
}

static void test_retains(void **state)
{
	const struct dcv_claim_row kept = {.revision = 1,
		.order_revision = 1,
		.state = DCV_STATE_CLEANED,
		.keep = DCV_KEEP_DATE,
		.keep_until_s = NOW};

	(void)state;
	assert_true(dcv_claim_protects(&kept, NOW));
	assert_false(dcv_claim_protects(&kept, NOW + 1));
}

static void test_protects(void **state)
{
	static const struct {
		int64_t revision, expires;
		enum dcv_state state;
		enum dcv_keep keep;
		bool protects;
	} cases[] = {
		{2, NOW, DCV_STATE_PENDING, DCV_KEEP_ISSUED, true},
		{2, NOW + 1, DCV_STATE_PUBLISHED, DCV_KEEP_ISSUED, true},
		{2, 0, DCV_STATE_EFFECTIVE, DCV_KEEP_ISSUED, true},
		{2, NOW - 1, DCV_STATE_EFFECTIVE, DCV_KEEP_ISSUED, false},
		{1, NOW + 1, DCV_STATE_EFFECTIVE, DCV_KEEP_ISSUED, false},
		{2, NOW + 1, DCV_STATE_CLOSED, DCV_KEEP_ISSUED, false},
		{2, NOW + 1, DCV_STATE_CLEANED, DCV_KEEP_ISSUED, false},
		{1, NOW - 1, DCV_STATE_CLOSED, DCV_KEEP_CAA, true},
		{1, NOW - 1, DCV_STATE_CLOSED, DCV_KEEP_DEAUTHORISED, true},
		{2, NOW + 1, DCV_STATE_CLOSED, DCV_KEEP_COPY, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dcv_claim_row row = {.revision = cases[i].revision,
			.order_revision = 2,
			.state = cases[i].state,
			.expires = cases[i].expires,
			.keep = cases[i].keep};

		assert_int_equal(dcv_claim_protects(&row, NOW), cases[i].protects);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new),
		TEST(test_same),
		TEST(test_revised),
		TEST(test_revised_by_one_record_more_or_less),
		TEST(test_revised_by_owner_and_type),
		TEST(test_open_goes_back),
		TEST(test_closed),
		TEST(test_closed_reissued),
		TEST(test_expired),
		TEST(test_dead),
		TEST(test_dead_to_the_second),
		TEST(test_dead_cname),
		TEST(test_not_dead),
		TEST(test_known_is_not_dead),
		TEST(test_known_with_dead_records),
		TEST(test_preflight),
		TEST(test_caa_and_copies_make_no_revision),
		TEST(test_retained_records_make_a_revision),
		TEST(test_reopened),
		TEST(test_reopened_with_earlier_records),
		TEST(test_reopened_though_expired),
		TEST(test_reopen_of_dead_tokens),
		TEST(test_reopen_of_an_open_order),
		TEST(test_retains),
		TEST(test_protects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
