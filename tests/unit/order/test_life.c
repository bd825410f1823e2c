/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the words of the life of an order, and when its tokens are dead. */
#include "orders.h"

#define DAY 86400
#define FROM ((int64_t)1795219200) /* 2026-11-21 */

static void test_states(void **state)
{
	static const struct {
		enum dcv_state state;
		const char *text;
		bool open;
	} rows[] = {
		{DCV_STATE_PENDING, "pending", true},
		{DCV_STATE_PUBLISHED, "published", true},
		{DCV_STATE_EFFECTIVE, "effective", true},
		{DCV_STATE_CLOSED, "closed", false},
		{DCV_STATE_CLEANED, "cleaned", false},
	};
	enum dcv_state got = DCV_STATE_CLEANED;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_string_equal(dcv_state_text(rows[i].state), rows[i].text);
		assert_true(dcv_state_parse(rows[i].text, &got));
		assert_int_equal(got, rows[i].state);
		assert_int_equal(dcv_state_is_open(rows[i].state), rows[i].open);
	}
	assert_false(dcv_state_parse("ready", &got));
	assert_false(dcv_state_parse("", &got));
	assert_int_equal(got, DCV_STATE_CLEANED);
}

static void test_reasons(void **state)
{
	static const char *const words[] = {"", "issued", "cancelled", "superseded",
		"expired"};
	enum dcv_reason got = DCV_REASON_NONE;

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		assert_true(dcv_reason_parse(words[i], &got));
		assert_string_equal(dcv_reason_text(got), words[i]);
	}
	assert_false(dcv_reason_parse("closed", &got));
	assert_int_equal(got, DCV_REASON_EXPIRED);
}

static void test_changes(void **state)
{
	(void)state;
	assert_string_equal(dcv_change_text(DCV_CHANGE_INTENT), "intent");
	assert_string_equal(dcv_change_text(DCV_CHANGE_DONE), "done");
	assert_string_equal(dcv_change_text(DCV_CHANGE_FAILED), "failed");
	assert_string_equal(dcv_change_text(DCV_CHANGE_UNKNOWN), "unknown");
}

static int64_t expires(const char *text)
{
	struct fixture f;
	int64_t when = dcv_order_expires(good(&f, text), FROM);

	end(&f);
	return when;
}

static void test_expires_by_the_date_in_the_token(void **state)
{
	(void)state;
	assert_int_equal(
		expires("ca: digicert\n"
			"records: [_a.example.com TXT 202611110000002aurxma1k3v]\n"),
		FROM + 20 * DAY);
	/* the order lives as long as one of its tokens does */
	assert_int_equal(expires("ca: digicert\n"
				 "records: [_a.example.com TXT 202611110000002aurxma1k3v,\n"
				 "  _b.example.com TXT 202611010000002aurxma1k3v]\n"),
		FROM + 20 * DAY);
	/* and one without a date lives from the first apply on */
	assert_int_equal(expires("ca: digicert\n"
				 "records: [_a.example.com TXT 202611110000002aurxma1k3v,\n"
				 "  _c.example.com TXT aurxma1k3v202610010000002]\n"),
		FROM + 30 * DAY);
	/* the first label of a CNAME's target is a token */
	assert_int_equal(expires("ca: digicert\n"
				 "records: [_a.example.com CNAME "
				 "202611110000002aurxma1k3v.dcv.digicert.com.]\n"),
		FROM + 20 * DAY);
}

static void test_expires_by_the_first_apply(void **state)
{
	(void)state;
	assert_int_equal(expires("ca: digicert\n"
				 "records: [_a.example.com TXT aurxma1k3v20261121000]\n"),
		FROM + 30 * DAY);
	/* an impossible date is none */
	assert_int_equal(
		expires("ca: digicert\n"
			"records: [_a.example.com TXT 202699310000002aurxma1k3v]\n"),
		FROM + 30 * DAY);
	/* tokens of an unknown CA carry none */
	assert_int_equal(
		expires("ca: certum.pl\n"
			"records: [_a.example.com TXT 202611110000002aurxma1k3v]\n"),
		FROM + 30 * DAY);
	assert_int_equal(expires("ca: digicert\nnames: [example.com]\n"), FROM + 30 * DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_expires_by_the_date_in_the_token),
		cmocka_unit_test(test_expires_by_the_first_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
