/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests how values that may be removed are named. */
#include "orders.h"

static bool parse(struct fixture *f, const char *text, struct dcv_named *ret)
{
	const struct dcv_place place = {"o.yaml", 4, 2};

	begin(f);
	return dcv_named_parse(text, strlen(text), &place, &f->arena, ret, &f->diags);
}

static struct dcv_name name_of(const char *text)
{
	struct dcv_name name = {.len = 0};

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	return name;
}

/* Whether the value names this record, which a zone file would write so. */
static bool is(struct fixture *f, const struct dcv_named *named, bool within,
	const char *owner, uint16_t type, const char *rdata)
{
	const struct dcv_name name = name_of(owner);
	struct dcv_rdata wire = {0};

	assert_int_equal(
		dcv_rdata_parse(type, rdata, strlen(rdata), NULL, &f->arena, &wire, NULL),
		DCV_OK);
	return dcv_named_is(named, within, &name, type, &wire);
}

static void test_value(void **state)
{
	struct dcv_named named;
	struct fixture f;

	(void)state;
	assert_true(parse(&f, "2026050200000aurx", &named));
	assert_string_equal(report(&f), "");
	assert_string_equal(named.text, "2026050200000aurx");
	assert_int_equal(named.place.line, 4);
	assert_int_equal(named.owner.len, 0);
	assert_int_equal(named.cname.len, 0);
	assert_true(is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "2026050200000aurx"));
	assert_false(is(&f, &named, false, "_x.a.", DCV_TYPE_TXT, "2026050200000aurx"));
	assert_false(is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "2026050200000AURX"));
	assert_false(is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "2026050200000aur"));
	assert_false(
		is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "\"2026050200000\" \"aurx\""));
	assert_false(is(&f, &named, true, "_x.a.", DCV_TYPE_NS, "2026050200000aurx."));
	end(&f);
}

static void test_value_that_is_a_name(void **state)
{
	struct dcv_named named;
	struct fixture f;

	(void)state;
	assert_true(parse(&f, "abc.DCV.digicert.com", &named));
	assert_true(
		is(&f, &named, true, "_x.a.", DCV_TYPE_CNAME, "abc.dcv.digicert.com."));
	assert_true(is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "abc.DCV.digicert.com"));
	assert_false(
		is(&f, &named, true, "_x.a.", DCV_TYPE_CNAME, "abcd.dcv.digicert.com."));
	assert_false(
		is(&f, &named, false, "_x.a.", DCV_TYPE_CNAME, "abc.dcv.digicert.com."));
	end(&f);
}

static void test_line(void **state)
{
	struct dcv_named named;
	struct fixture f;

	(void)state;
	assert_true(parse(&f, "_x.example.com.example.com TXT \"ab c\"", &named));
	assert_string_equal(report(&f), "");
	assert_true(is(&f, &named, false, "_x.example.com.example.com.", DCV_TYPE_TXT,
		"\"ab c\""));
	assert_false(is(&f, &named, true, "_x.example.com.", DCV_TYPE_TXT, "\"ab c\""));
	assert_int_equal(named.cname.len, 0);
	end(&f);
	/* exactly the strings that stand there */
	assert_true(parse(&f, "_x.a.b TXT \"ab\" \"c\"", &named));
	assert_true(is(&f, &named, false, "_x.a.b.", DCV_TYPE_TXT, "\"ab\" \"c\""));
	assert_false(is(&f, &named, false, "_x.a.b.", DCV_TYPE_TXT, "\"abc\""));
	end(&f);
	assert_true(parse(&f, "_x.a.b CNAME c.d", &named));
	assert_true(is(&f, &named, false, "_x.a.b.", DCV_TYPE_CNAME, "c.d."));
	assert_false(is(&f, &named, false, "_x.a.b.", DCV_TYPE_TXT, "c.d"));
	assert_int_equal(named.txt.len, 0);
	end(&f);
}

static void test_texts_that_are_no_lines(void **state)
{
	static const char *const texts[] = {"a b c", "v=spf1 include:a -all", "TXT abc",
		"a TEXT b"};
	struct dcv_named named;
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_true(parse(&f, texts[i], &named));
		assert_string_equal(report(&f), "");
		assert_int_equal(named.owner.len, 0);
		assert_int_equal(named.txt.len, strlen(texts[i]) + 1);
		end(&f);
	}
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "4:2: previous: empty\n  write the value as the CA shows it\n"},
		{"_x TXT abc",
			"4:2: owner: \"_x\" is relative\n"
			"  write the whole name, or use {domain: …, host: …, type: …, value: …}\n"},
		{"_x.a.b MX abc",
			"4:2: type: \"MX\": a record is TXT or CNAME\n"
			"  look at the CA's page again: validation by DNS shows one of these two\n"},
		{"*.a.b TXT abc",
			"4:2: owner: \"*.a.b\" is a wildcard\n"
			"  leave out `*.`: control of *.example.com is proved at example.com\n"},
		{"_x.a.b TXT", "4:2: value: empty\n  write the value as the CA shows it\n"},
	};
	struct dcv_named named;
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_false(parse(&f, rows[i].text, &named));
		assert_string_equal(report(&f), rows[i].error);
		end(&f);
	}
}

static void test_quotes_are_told(void **state)
{
	struct dcv_named named;
	struct fixture f;

	(void)state;
	assert_true(parse(&f, "\"abc\"", &named));
	assert_string_equal(report(&f),
		"4:2: warning: previous: the quotes are published as part of it: \"abc\"\n"
		"  write \"abc\" if the CA shows it without them\n");
	assert_true(is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "\"\\\"abc\\\"\""));
	assert_false(is(&f, &named, true, "_x.a.", DCV_TYPE_TXT, "abc"));
	end(&f);
}

static void test_in_an_order(void **state)
{
	struct fixture f;
	const struct dcv_order *order = good(&f,
		"ca: digicert\n"
		"records: [_x.example.com TXT abc]\n"
		"previous: [\"20260502\", _y.example.com TXT def]\n");

	(void)state;
	assert_int_equal(order->n_named, 2);
	assert_string_equal(order->named[0].text, "20260502");
	assert_int_equal(order->named[0].place.line, 3);
	assert_int_equal(order->named[1].place.column, 24);
	end(&f);
	bad("ca: digicert\nnames: [a.example]\nprevious: abc\n",
		"3:11: previous: must be a list\n  write previous: [\"2026050200…\"]\n");
	bad("ca: digicert\nnames: [a.example]\nprevious: [[a]]\n",
		"3:12: previous: must be a text, not a list\n  write one text, in quotes if need be\n");
}

static void test_at_most_1000(void **state)
{
	static char text[64 * 1024];
	struct fixture f;
	size_t n = (size_t)snprintf(text, sizeof text,
		"ca: digicert\nnames: [a.example]\n"
		"previous:\n");

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "- v%u\n", i);
	assert_int_equal(good(&f, text)->n_named, 1000);
	end(&f);
	(void)snprintf(text + n, sizeof text - n, "- v\n");
	bad(text, "4:1: previous: more than 1000\n  split the order\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_value_that_is_a_name),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_texts_that_are_no_lines),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_quotes_are_told),
		cmocka_unit_test(test_in_an_order),
		cmocka_unit_test(test_at_most_1000),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
