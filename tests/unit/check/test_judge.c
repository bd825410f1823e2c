/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what each kind of answer must be judged as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "check/judge.h"

static struct dcv_arena arena;
static struct dcv_rdata new_value, old_value, foreign, other_new;
static struct dcv_check_item item;
static struct dcv_answer answer;
static struct dcv_rrset sets[2];
static struct dcv_rdata values[3];

static struct dcv_rdata txt(const char *text)
{
	struct dcv_rdata rdata = {.len = 0};

	assert_int_equal(dcv_rdata_parse(DCV_TYPE_TXT, text, strlen(text), NULL, &arena,
				 &rdata, NULL),
		DCV_OK);
	return rdata;
}

static int set_up(void **state)
{
	(void)state;
	new_value = txt("\"new value\"");
	old_value = txt("\"old value\"");
	other_new = txt("\"other new\"");
	foreign = txt("\"v=spf1 -all\"");
	item = (struct dcv_check_item){.type = DCV_TYPE_TXT,
		.n_wanted = 1,
		.n_unwanted = 1,
		.wanted = &new_value,
		.unwanted = &old_value};
	assert_int_equal(dcv_name_from("_dnsauth.example.com.", &item.owner, NULL),
		DCV_OK);
	sets[0] = (struct dcv_rrset){.owner = item.owner,
		.type = DCV_TYPE_TXT,
		.ttl_s = 300,
		.n = 0,
		.rdata = values};
	answer = (struct dcv_answer){.aa = true,
		.case_echoed = true,
		.n_sets = 1,
		.sets = sets};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static void serve(struct dcv_rdata value)
{
	values[sets[0].n++] = value;
}

static struct dcv_judgement judge(void)
{
	const struct dcv_reply reply = {.fate = DCV_FATE_ANSWER, .answer = &answer};

	return dcv_judge(&item, &reply);
}

static void test_has(void **state)
{
	(void)state;
	serve(foreign);
	serve(new_value);
	assert_int_equal(judge().seen, DCV_SEEN_HAS);
	assert_int_equal(judge().ttl_s, 300);
	assert_int_equal(judge().unwanted, 1);
}

static void test_old_value_is_there(void **state)
{
	(void)state;
	serve(new_value);
	serve(old_value);
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	assert_int_equal(judge().unwanted, 0);
}

static void test_wanted_is_missing(void **state)
{
	(void)state;
	serve(foreign);
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	assert_int_equal(judge().unwanted, 1);
}

static void test_one_of_two_is_missing(void **state)
{
	static struct dcv_rdata both[2];

	(void)state;
	both[0] = new_value;
	both[1] = other_new;
	item.wanted = both;
	item.n_wanted = 2;
	serve(new_value);
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	serve(other_new);
	assert_int_equal(judge().seen, DCV_SEEN_HAS);
}

static void test_absent(void **state)
{
	(void)state;
	answer.n_sets = 0;
	assert_int_equal(judge().seen, DCV_SEEN_ABSENT);
	answer.rcode = DCV_RCODE_NXDOMAIN;
	assert_int_equal(judge().seen, DCV_SEEN_ABSENT);
	/* Another owner or type is not what was asked for. */
	answer.n_sets = 1;
	serve(new_value);
	sets[0].type = DCV_TYPE_CAA;
	assert_int_equal(judge().seen, DCV_SEEN_ABSENT);
	sets[0].type = DCV_TYPE_TXT;
	sets[0].owner = dcv_name_parent(&item.owner, 1);
	assert_int_equal(judge().seen, DCV_SEEN_ABSENT);
}

static void test_alias_in_its_place(void **state)
{
	(void)state;
	sets[0].type = DCV_TYPE_CNAME;
	serve(foreign);
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
}

static void test_removal(void **state)
{
	(void)state;
	item.n_wanted = 0;
	serve(foreign);
	assert_int_equal(judge().seen, DCV_SEEN_HAS);
	serve(old_value);
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	answer.n_sets = 0;
	assert_int_equal(judge().seen, DCV_SEEN_HAS);
	answer.rcode = DCV_RCODE_NXDOMAIN;
	assert_int_equal(judge().seen, DCV_SEEN_HAS);
}

static void test_not_authoritative(void **state)
{
	(void)state;
	serve(new_value);
	answer.aa = false;
	assert_int_equal(judge().seen, DCV_SEEN_NOT_AA);
	item.n_wanted = 0;
	answer.n_sets = 0;
	assert_int_equal(judge().seen, DCV_SEEN_NOT_AA);
}

static void test_every_other_rcode(void **state)
{
	(void)state;
	serve(new_value);
	for (unsigned rcode = 1; rcode < 256; rcode++) {
		answer.rcode = (uint8_t)rcode;
		if (rcode != DCV_RCODE_NXDOMAIN) {
			assert_int_equal(judge().seen, DCV_SEEN_RCODE);
			assert_int_equal(judge().rcode, rcode);
		}
	}
}

/* A CA joins the strings; so it is the same value however they are cut. */
static void test_strings_cut_elsewhere(void **state)
{
	(void)state;
	serve(txt("\"new\" \"\" \" value\""));
	assert_int_equal(judge().seen, DCV_SEEN_HAS);
	sets[0].n = 0;
	serve(txt("\"new\" \"value\""));
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	sets[0].n = 0;
	serve(txt("\"new value\" \"x\""));
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	sets[0].n = 0;
	serve(txt("\"New value\""));
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	sets[0].n = 0;
	serve(new_value);
	serve(txt("\"old\" \" value\""));
	assert_int_equal(judge().seen, DCV_SEEN_OLD);
	assert_int_equal(judge().unwanted, 0);
}

static void test_equal_is_exact_for_other_types(void **state)
{
	struct dcv_rdata a = {3, (const uint8_t *)"\1ab"},
			 b = {4, (const uint8_t *)"\1a\1b"};

	(void)state;
	assert_false(dcv_judge_equal(DCV_TYPE_CAA, &a, &b));
	assert_true(dcv_judge_equal(DCV_TYPE_CAA, &a, &a));
}

static void test_fates(void **state)
{
	static const struct {
		enum dcv_fate fate;
		bool tcp;
		enum dcv_seen seen;
	} table[] = {
		{DCV_FATE_TIMEOUT, false, DCV_SEEN_TIMEOUT},
		{DCV_FATE_NO_ROUTE, false, DCV_SEEN_NO_ROUTE},
		{DCV_FATE_REFUSED, false, DCV_SEEN_REFUSED_CONN},
		{DCV_FATE_CASE, false, DCV_SEEN_CASE},
		{DCV_FATE_MALFORMED, false, DCV_SEEN_MALFORMED},
		{DCV_FATE_CUT, false, DCV_SEEN_TIMEOUT},
		{DCV_FATE_TIMEOUT, true, DCV_SEEN_NO_TCP},
		{DCV_FATE_NO_ROUTE, true, DCV_SEEN_NO_TCP},
		{DCV_FATE_REFUSED, true, DCV_SEEN_NO_TCP},
		{DCV_FATE_CASE, true, DCV_SEEN_CASE},
		{DCV_FATE_MALFORMED, true, DCV_SEEN_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct dcv_reply reply = {.fate = table[i].fate,
			.tcp = table[i].tcp};

		assert_int_equal(dcv_judge(&item, &reply).seen, table[i].seen);
	}
}

static void test_words_differ(void **state)
{
	(void)state;
	for (int a = DCV_SEEN_NOT_ASKED; a <= DCV_SEEN_NO_TCP; a++) {
		for (int b = DCV_SEEN_NOT_ASKED; b < a; b++) {
			assert_string_not_equal(dcv_seen_text((enum dcv_seen)a),
				dcv_seen_text((enum dcv_seen)b));
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_has),
		TEST(test_old_value_is_there),
		TEST(test_wanted_is_missing),
		TEST(test_one_of_two_is_missing),
		TEST(test_absent),
		TEST(test_alias_in_its_place),
		TEST(test_removal),
		TEST(test_not_authoritative),
		TEST(test_every_other_rcode),
		TEST(test_strings_cut_elsewhere),
		TEST(test_equal_is_exact_for_other_types),
		TEST(test_fates),
		TEST(test_words_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
