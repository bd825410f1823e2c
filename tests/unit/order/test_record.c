/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests records: mappings and lines, types and values, and what excludes what. */
#include "orders.h"

#define AT_EXAMPLE " (example.com.)\nnames: example.com.\n"

static void test_mapping(void **state)
{
	(void)state;
	good_record("{domain: example.com, host: _x, type: TXT, value: abc}",
		"_x.example.com. TXT \"abc\"" AT_EXAMPLE);
	good_record("{domain: example.com, host: _x, type: txt, value: 1e5}",
		"_x.example.com. TXT \"1e5\"" AT_EXAMPLE);
	good_record("{domain: example.com, host: _x, type: CNAME, value: a.B.example}",
		"_x.example.com. CNAME a.b.example." AT_EXAMPLE);
	good_record("{domain: example.com, host: _x, type: CNAME, value: a.example.com.}",
		"_x.example.com. CNAME a.example.com." AT_EXAMPLE);
	good_record(
		"{domains: [a.example, \"*.b.example\"], host: _x, type: TXT, value: abc}",
		"_x.a.example. TXT \"abc\" (a.example.)\n"
		"_x.b.example. TXT \"abc\" (b.example.)\n"
		"names: a.example. *.b.example.\n");
}

static void test_mapping_mistakes(void **state)
{
	static const struct {
		const char *record, *error;
	} rows[] = {
		{"{domain: example.com, host: _x, value: abc}",
			"3:3: type: missing\n"
			"  add type: TXT or type: CNAME, as the CA shows it\n"},
		{"{domain: example.com, host: _x, type: TXT}",
			"3:3: value: missing\n  add value: as the CA shows it\n"},
		{"{domain: example.com, type: TXT, value: abc}",
			"3:3: host: missing\n"
			"  add host: \"@\" if the record stands at the domain\n"},
		{"{domain: example.com, hots: _x, type: TXT, value: abc}",
			"3:25: hots: unknown key\n  did you mean `host`?\n"},
		{"{domain: example.com, host: _x, type: TXT, value: abc, wxyz: 1}",
			"3:58: wxyz: unknown key\n"
			"  the keys here are domain, domains, host, type, value\n"},
		{"{domain: example.com, host: _x, type: TXT, value: \"\"}",
			"3:53: value: empty\n  write what the CA shows, or leave the key out\n"},
		{"{domain: example.com, host: _x, type: TXT, value: }",
			"3:53: value: empty\n  write what the CA shows, or leave the key out\n"},
		{"{domain: example.com, host: _x, type: TXT, value: [a]}",
			"3:53: value: must be a text, not a list\n  write one text, in quotes if need be\n"},
		{"{domain: example.com, host: {a: b}, type: TXT, value: a}",
			"3:31: host: must be a text, not a mapping\n  write one text, in quotes if need be\n"},
		{"{domain: \"\", host: _x, type: TXT, value: a}",
			"3:12: domain: empty\n  write what the CA shows, or leave the key out\n"},
		{"{domain: \"*\", host: _x, type: TXT, value: a}",
			"3:12: domain: \"*\" is a wildcard\n"
			"  leave out `*.`: control of *.example.com is proved at example.com\n"},
		{"{domain: a.*.b, host: _x, type: TXT, value: a}",
			"3:12: domain: \"a.*.b\" is a wildcard\n"
			"  leave out `*.`: control of *.example.com is proved at example.com\n"},
		{"{domain: a.example, domains: [b.example], host: _x, type: TXT, value: a}",
			"3:32: domains: beside `domain:`\n  keep one of them\n"},
		{"{domains: a.example, host: _x, type: TXT, value: a}",
			"3:13: domains: must be a list\n"
			"  write domains: [a.example, b.example]\n"},
		{"{domains: [], host: _x, type: TXT, value: a}",
			"3:13: domains: must be a list\n"
			"  write domains: [a.example, b.example]\n"},
		{"{domains: [a.example, b.example], host: _x.a.example., type: TXT, value: a}",
			"3:43: host: names one owner, the record several domains\n"
			"  write only the labels before the domains\n"},
		{"[a, b]",
			"3:3: record: must be a mapping or a line, not a list\n"
			"  write - {domain: …, host: …, type: …, value: …}\n"},
		{"\"\"", "3:3: record: empty\n  write what the CA shows, or leave the key out\n"},
		{"{domain: example.com, host: _x, type: TXT, value: abc # d\n  }",
			"3:53: value: a comment follows on its line, or a part of it that begins "
			"with `#`\n"
			"  quote it: value: \"abc\"\n"},
		{"{domain: example.com, host: _x, type: TXT, value: abc\n    def}",
			"3:53: value: written over several lines, which YAML joins with blanks\n"
			"  write it on one line, in quotes\n"},
		{"{domain: example.com, host: _x, type: TXT, value: \"abc\n    def\"}",
			"3:53: value: written over several lines, which YAML joins with blanks\n"
			"  write it on one line, in quotes\n"},
		{"{domain: example.com, host: _x, type: CNAME, value: abc}",
			"3:55: value: \"abc\" is one label\n"
			"  write the whole name: the value of a CNAME is always absolute\n"},
		{"{domain: example.com, host: _x, type: CNAME, value: a..b}",
			"3:55: value: name \"a..b\": empty label\n  write the name as the CA shows it\n"},
		{"{domain: example.com, host: _x, type: CNAME, value: '\"a.b\"'}",
			"3:55: value: \"\"a.b\"\": only letters, digits, `-`, `_` and dots make "
			"a name\n  leave out the quotes\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		bad_record(rows[i].record, rows[i].error);
}

static void test_types(void **state)
{
	static const struct {
		const char *type, *error;
	} rows[] = {
		{"CAA",
			"type: \"CAA\": a record is TXT or CNAME\n"
			"  leave it out, and write caa: permit, or caa: {policy: exact, records: […]}\n"},
		{"A",
			"type: \"A\": a record is TXT or CNAME\n"
			"  look at the CA's page again: validation by DNS shows one of these two\n"},
		{"TYPE65399",
			"type: \"TYPE65399\": a record is TXT or CNAME\n"
			"  look at the CA's page again: validation by DNS shows one of these two\n"},
		{"TEXT", "type: \"TEXT\": a record is TXT or CNAME\n  did you mean TXT?\n"},
		{"CNAM", "type: \"CNAM\": a record is TXT or CNAME\n  did you mean CNAME?\n"},
		{"16",
			"type: \"16\": a record is TXT or CNAME\n"
			"  look at the CA's page again: validation by DNS shows one of these two\n"},
	};
	char record[256], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(record, sizeof record,
			"{type: %s, domain: example.com, host: _x, value: abc}",
			rows[i].type);
		(void)snprintf(wanted, sizeof wanted, "3:10: %s", rows[i].error);
		bad_record(record, wanted);
	}
}

static void test_a_block_as_value(void **state)
{
	struct fixture f;

	(void)state;
	bad("ca: digicert\n"
	    "records:\n"
	    "- domain: example.com\n"
	    "  host: _x\n"
	    "  type: TXT\n"
	    "  value: |\n"
	    "    abc\n",
		"6:10: value: ends in a line end\n  quote it: value: \"abc\"\n");
	assert_string_equal(claims(&f,
				    good(&f,
					    "ca: digicert\n"
					    "records:\n"
					    "- domain: example.com\n"
					    "  host: _x\n"
					    "  type: TXT\n"
					    "  value: |-\n"
					    "    abc\n")),
		"_x.example.com. TXT \"abc\"" AT_EXAMPLE);
	end(&f);
}

/* What stands in `value:` is the value, octet by octet. */
static void test_values_are_octets(void **state)
{
	static const struct {
		const char *yaml, *txt, *warning;
	} rows[] = {
		{"a;b(c)d", "\"a;b(c)d\"", NULL},
		{"'a\\b'", "\"a\\\\b\"", NULL},
		{"a b", "\"a b\"", NULL},
		{"'$INCLUDE /etc/passwd'", "\"$INCLUDE /etc/passwd\"", NULL},
		{"a\"b", "\"a\\\"b\"", NULL},
		{"yes", "\"yes\"", NULL},
		{"0123", "\"0123\"", NULL},
		{"\"@\"", "\"@\"", NULL},
		{"a#b", "\"a#b\"", NULL},
		{"'\"abc\"'", "\"\\\"abc\\\"\"",
			"the quotes are published as part of it: \"abc\"\n"
			"  write \"abc\" if the CA shows it without them\n"},
		{"'\"\"'", "\"\\\"\\\"\"",
			"the quotes are published as part of it: \"\"\n"},
		{"\" abc\"", "\" abc\"",
			"a blank at its edge is published as part of it:  abc\n"},
		{"\"abc \"", "\"abc \"",
			"a blank at its edge is published as part of it: abc \n"},
		{"\"a\\nb\"", "\"a\\010b\"",
			"control or other non-ASCII octets are published as part of it: a\\x0Ab\n"},
		{"\xc3\xa9", "\"\\195\\169\"",
			"control or other non-ASCII octets are published as part of it: "
			"\\xC3\\xA9\n"},
	};
	char record[256], wanted[256], warning[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(record, sizeof record,
			"domain: example.com\n  host: _x\n  type: TXT\n  value: %s",
			rows[i].yaml);
		(void)snprintf(wanted, sizeof wanted, "_x.example.com. TXT %s" AT_EXAMPLE,
			rows[i].txt);
		(void)snprintf(warning, sizeof warning, "6:10: warning: value: %s",
			rows[i].warning != NULL ? rows[i].warning : "");
		odd_record(record, wanted, rows[i].warning != NULL ? warning : "");
	}
}

static char *long_value(size_t n, char *out)
{
	memset(out, 'a', n);
	out[n] = '\0';
	return out;
}

static void test_long_values(void **state)
{
	static char text[200000], value[66000], wanted[200000];
	struct fixture f;
	size_t n;

	(void)state;
	(void)snprintf(text, sizeof text,
		"ca: digicert\nrecords: [{domain: example.com, host: _x, type: TXT, value: %s}, "
		"_y.example.com TXT %s, _z.example.com TXT \"%s\"]\n",
		long_value(300, value), value, value);
	n = 0;
	for (const char *owner = "xyz"; *owner != '\0'; owner++)
		n += (size_t)snprintf(wanted + n, sizeof wanted - n,
			"_%c.example.com. TXT \"%.255s\" \"%.45s\" (example.com.)\n",
			*owner, value, value);
	(void)snprintf(wanted + n, sizeof wanted - n, "names: example.com.\n");
	assert_string_equal(claims(&f, good(&f, text)), wanted);
	end(&f);
	(void)snprintf(text, sizeof text,
		"ca: digicert\nrecords: [{domain: example.com, host: _x, type: TXT, value: %s}]\n",
		long_value(65400, value));
	bad(text,
		"2:61: value: TXT: 65400 octets do not fit one record\n  write the value as the CA shows it\n");
}

static void test_lines(void **state)
{
	(void)state;
	good_record("_x.example.com TXT abc", "_x.example.com. TXT \"abc\"" AT_EXAMPLE);
	good_record("_x.example.com. txt abc", "_x.example.com. TXT \"abc\"" AT_EXAMPLE);
	good_record("\"  _x.example.com\\tTXT   abc \"",
		"_x.example.com. TXT \"abc\"" AT_EXAMPLE);
	good_record("example.com TXT abc", "example.com. TXT \"abc\"" AT_EXAMPLE);
	good_record("_a._b.www.example.com TXT abc",
		"_a._b.www.example.com. TXT \"abc\" (www.example.com.)\n"
		"names: www.example.com.\n");
	good_record("_x.lan. TXT abc", "_x.lan. TXT \"abc\" (lan.)\nnames: lan.\n");
	good_record("lan. TXT abc", "lan. TXT \"abc\" (lan.)\nnames: lan.\n");
	good_record("_x.example.com CNAME abc.example",
		"_x.example.com. CNAME abc.example." AT_EXAMPLE);
	odd_record("_x.example.com CNAME abc. example.",
		"_x.example.com. CNAME abc.example." AT_EXAMPLE,
		"3:3: warning: value: blanks removed: \"abc.example.\"\n");
}

static void test_quotes_in_lines(void **state)
{
	static const struct {
		const char *value, *txt;
	} rows[] = {
		{"\"abc\"", "\"abc\""},
		{"\"a b;c\"", "\"a b;c\""},
		{"\"a\" \"b\"", "\"a\" \"b\""},
		{"\"a\\\"b\"", "\"a\\\"b\""},
		{"\"a\\065b\"", "\"aAb\""},
		{"a\\059b", "\"a;b\""},
		{"a'b", "\"a'b\""},
		{"@", "\"@\""},
	};
	char record[256], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(record, sizeof record, "_x.example.com TXT %s",
			rows[i].value);
		(void)snprintf(wanted, sizeof wanted, "_x.example.com. TXT %s" AT_EXAMPLE,
			rows[i].txt);
		good_record(record, wanted);
	}
}

static void test_line_mistakes(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{"foo",
			"record: no type and no value\n"
			"  a line is OWNER TYPE VALUE: _dnsauth.example.com TXT 2026…\n"},
		{"_x.example.com TXT",
			"value: empty\n  write the value as the CA shows it\n"},
		{"_x.example.com TXT \"\"",
			"value: empty\n  write the value as the CA shows it\n"},
		{"_x.example.com CNAME",
			"value: empty\n  write the value as the CA shows it\n"},
		{"_dnsauth TXT abc",
			"owner: \"_dnsauth\" is relative\n"
			"  write the whole name, or use {domain: …, host: …, type: …, value: …}\n"},
		{"www TXT abc",
			"owner: \"www\" is relative\n"
			"  write the whole name, or use {domain: …, host: …, type: …, value: …}\n"},
		{"_a._b. TXT abc",
			"owner: \"_a._b.\" is relative\n"
			"  write the whole name, or use {domain: …, host: …, type: …, value: …}\n"},
		{"\"@ TXT abc\"", "owner: \"@\" is relative\n  write the whole name\n"},
		{"\"*.example.com TXT abc\"",
			"owner: \"*.example.com\" is a wildcard\n"
			"  leave out `*.`: control of *.example.com is proved at example.com\n"},
		{"_x.example.com 300 IN TXT abc",
			"record: TTL and class have no place in OWNER TYPE VALUE\n"
			"  write _x.example.com TXT abc\n"},
		{"_x.example.com IN TXT abc",
			"record: TTL and class have no place in OWNER TYPE VALUE\n"
			"  write _x.example.com TXT abc\n"},
		{"_x.example.com TEXT abc",
			"type: \"TEXT\": a record is TXT or CNAME\n  did you mean TXT?\n"},
		{"_x.example.com A 192.0.2.1",
			"type: \"A\": a record is TXT or CNAME\n"
			"  look at the CA's page again: validation by DNS shows one of these two\n"},
		{"example.com CAA 0 issue \"digicert.com\"",
			"type: \"CAA\": a record is TXT or CNAME\n"
			"  leave it out, and write caa: permit, or caa: {policy: exact, records: […]}\n"},
		{"_x.example.com TXT a b",
			"value: a value that holds ` ` must stand in quotes\n"
			"  write TXT \"a b\"\n"},
		{"_x.example.com TXT a;b",
			"value: a value that holds `;` must stand in quotes\n"
			"  write TXT \"a;b\"\n"},
		{"_x.example.com TXT (a)",
			"value: a value that holds `(` must stand in quotes\n"
			"  write TXT \"(a)\"\n"},
		{"_x.example.com TXT a\"b",
			"value: a value that holds `\"` must stand in quotes\n"
			"  write TXT \"a\\\"b\"\n"},
		{"_x.example.com TXT \"a\" b",
			"value: text behind the quotes\n"
			"  leave it out, or move it into the quotes\n"},
		{"_x.example.com TXT \"a\" ; b",
			"value: text behind the quotes\n"
			"  leave it out, or move it into the quotes\n"},
		{"_x.example.com TXT \"a",
			"value: TXT: a quote is not closed\n  write the value as the CA shows it\n"},
		{"_x.example.com TXT a\\25",
			"value: TXT: bad escape: three digits up to \\255 "
			"are due\n  write the value as the CA shows it\n"},
		{"_x.example.com TXT \"a\\256\"",
			"value: TXT: bad escape: three digits up to \\255 are due\n  write the value as the CA shows it\n"},
		{"_x.example.com CNAME \"a.b\"",
			"value: \"\"a.b\"\": only letters, digits, `-`, `_` and dots make a "
			"name\n  leave out the quotes\n"},
	};
	char wanted[512];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(wanted, sizeof wanted, "3:3: %s", rows[i].error);
		bad_record(rows[i].line, wanted);
	}
}

static void test_a_comment_behind_a_line(void **state)
{
	(void)state;
	odd_record("_x.example.com TXT abc # shop",
		"_x.example.com. TXT \"abc\"" AT_EXAMPLE,
		"3:3: warning: record: the comment on its line is not part of the value\n"
		"  put the comment on a line of its own, or the value in quotes\n");
	good_record("_x.example.com TXT \"abc\" # shop",
		"_x.example.com. TXT \"abc\"" AT_EXAMPLE);
}

static void test_wanted_twice(void **state)
{
	struct fixture f;

	(void)state;
	assert_string_equal(
		claims(&f,
			good(&f,
				"ca: digicert\n"
				"records:\n"
				"- _x.example.com TXT abc\n"
				"- _y.example.com TXT abc\n"
				"- {domain: \"*.example.com\", host: _X, type: TXT, value: abc}\n"
				"- _x.example.com TXT \"def\"\n"
				"- _z.example.com CNAME a.b\n"
				"- _z.example.com CNAME A.B.\n")),
		"_x.example.com. TXT \"abc\" (example.com.)\n"
		"_y.example.com. TXT \"abc\" (example.com.)\n"
		"_x.example.com. TXT \"def\" (example.com.)\n"
		"_z.example.com. CNAME a.b. (example.com.)\n"
		"names: example.com. *.example.com.\n");
	assert_int_equal(f.orders.items[0]->claims[0].place.line, 3);
	end(&f);
}

static void test_what_excludes_what(void **state)
{
	(void)state;
	bad("ca: digicert\n"
	    "records:\n"
	    "- _x.example.com TXT abc\n"
	    "- _x.example.com CNAME a.b\n"
	    "- _y.example.com CNAME a.b\n"
	    "- _z.example.com CNAME a.b\n"
	    "- _y.example.com CNAME a.c\n",
		"4:3: owner _x.example.com.: CNAME and TXT exclude each other: the other one is "
		"at o.yaml:3\n"
		"  keep the one that the CA shows now\n"
		"7:3: owner _y.example.com.: two CNAMEs exclude each other: the other one is at "
		"o.yaml:5\n"
		"  keep the one that the CA shows now\n");
}

/* 10,000 records are read, and not one more. */
static void test_many_records(void **state)
{
	static char text[1024 * 1024];
	struct fixture f;
	size_t n = (size_t)snprintf(text, sizeof text, "ca: digicert\nrecords:\n");

	(void)state;
	for (unsigned i = 0; i < DCV_ORDER_MAX_RECORDS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
			"- _x.d%u.example.com TXT v%u\n", i % 5000, i);
	read_yaml(&f, text);
	assert_string_equal(report(&f), "");
	assert_int_equal(f.orders.items[0]->n_claims, 10000);
	assert_int_equal(f.orders.items[0]->n_names, 5000);
	end(&f);
	(void)snprintf(text + n, sizeof text - n, "- _x.example.com TXT v\n");
	bad(text, "3:1: records: more than 10000 in one order\n  split the order\n");
	n = (size_t)snprintf(text, sizeof text, "ca: digicert\nrecords: [");
	for (unsigned k = 0; k < 2; k++) {
		n += (size_t)snprintf(text + n, sizeof text - n,
			"{value: v%u, host: _x, type: TXT, domains: [", k);
		for (unsigned i = 0; i < 5001; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "d%u.example,",
				i);
		n += (size_t)snprintf(text + n, sizeof text - n, "]},\n");
	}
	(void)snprintf(text + n, sizeof text - n, "]");
	bad(text, "3:1: records: more than 10000 in one order\n  split the order\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_mapping_mistakes),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_a_block_as_value),
		cmocka_unit_test(test_values_are_octets),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_quotes_in_lines),
		cmocka_unit_test(test_line_mistakes),
		cmocka_unit_test(test_a_comment_behind_a_line),
		cmocka_unit_test(test_wanted_twice),
		cmocka_unit_test(test_what_excludes_what),
		cmocka_unit_test(test_many_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
