/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests documents as orders: their keys, and what is told in one run. */
#include "orders.h"

#define RECORDS "records: [_x.example.com TXT abc]\n"

static void test_smallest_order(void **state)
{
	struct fixture f;
	const struct dcv_order *order = good(&f, "ca: digicert\n" RECORDS);

	(void)state;
	assert_string_equal(order->id, "1");
	assert_string_equal(order->file, "o.yaml");
	assert_int_equal(order->line, 1);
	assert_string_equal(order->ca->key, "digicert");
	assert_string_equal(order->ca_title, "DigiCert");
	assert_null(order->service);
	assert_int_equal(order->ttl_s, 300);
	assert_int_equal(order->caa, DCV_CAA_CHECK);
	assert_int_equal(order->n_named, 0);
	assert_string_equal(order->document, "ca: digicert\n" RECORDS);
	assert_string_equal(claims(&f, order),
		"_x.example.com. TXT \"abc\" (example.com.)\nnames: example.com.\n");
	end(&f);
}

static void test_every_key(void **state)
{
	struct fixture f;
	const struct dcv_order *order = good(&f,
		"order: \"12.3_4-5\"\n"
		"ca: GeoTrust\n"
		"service: huaweicloud-scm\n"
		"names: [example.com, \"*.Example.org\", "
		"example.com.]\n"
		"records:\n"
		"- _x.example.com TXT abc\n"
		"previous: []\n"
		"ttl: 86400\n"
		"caa: off\n");

	(void)state;
	assert_string_equal(order->id, "12.3_4-5");
	assert_string_equal(order->ca->key, "digicert");
	assert_string_equal(order->ca_title, "GeoTrust (DigiCert)");
	assert_string_equal(order->service->key, "huaweicloud-scm");
	assert_int_equal(order->ttl_s, 86400);
	assert_int_equal(order->caa, DCV_CAA_OFF);
	assert_string_equal(claims(&f, order),
		"_x.example.com. TXT \"abc\" (example.com.)\n"
		"names: example.com. *.example.org.\n");
	end(&f);
}

static void test_preflight(void **state)
{
	static const char *const texts[] = {"ca: digicert\nnames: [example.com]\n",
		"ca: digicert\nrecords:\nnames: [example.com]\n",
		"ca: digicert\nrecords: []\nnames: [example.com]\n"};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const struct dcv_order *order = good(&f, texts[i]);

		assert_int_equal(order->n_claims, 0);
		assert_int_equal(order->n_names, 1);
		end(&f);
	}
	bad("ca: digicert\n",
		"1:1: records: missing\n"
		"  add `records:` as the CA shows them, or `names:` for a "
		"pre-flight\n");
}

static void test_unknown_ca_by_its_caa_name(void **state)
{
	static const struct {
		const char *word, *key;
	} rows[] = {
		{"swisssign.com", "swisssign.com"},
		{"Telesec.DE.", "telesec.de"},
		{"\"d-trust.net\"", "d-trust.net"},
		{"a-b.example", "a-b.example"},
	};
	char text[256];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct dcv_order *order;

		(void)snprintf(text, sizeof text, "ca: %s\n" RECORDS, rows[i].word);
		order = good(&f, text);
		assert_string_equal(order->ca->key, rows[i].key);
		assert_string_equal(order->ca->caa, rows[i].key);
		assert_string_equal(order->ca_title, rows[i].key);
		assert_int_equal(order->ca->token_life_d, 30);
		assert_false(order->ca->known || order->ca->dated_token ||
			order->ca->has_token_form);
		assert_false(dcv_token_fits(order->ca, "202611210000002aurxma1k3v", 25));
		end(&f);
	}
	/* its own CAA name is DigiCert */
	assert_true(good(&f, "ca: digicert.com.\n" RECORDS)->ca->known);
	end(&f);
}

static void test_words_that_are_no_ca(void **state)
{
	static const struct {
		const char *word, *error;
	} rows[] = {
		{"digicrt",
			"ca: \"digicrt\": unknown CA\n"
			"  did you mean digicert? Else give the domain of its CAA "
			"records, for example ca: letsencrypt.org\n"},
		{"diginotar",
			"ca: \"diginotar\": unknown CA\n"
			"  give the domain of its CAA records, for example ca: letsencrypt.org\n"},
		{"a..b",
			"ca: \"a..b\": unknown CA\n"
			"  give the domain of its CAA records, for example ca: letsencrypt.org\n"},
		{"-a.b",
			"ca: \"-a.b\": unknown CA\n"
			"  give the domain of its CAA records, for example ca: letsencrypt.org\n"},
		{"a_b.c",
			"ca: \"a_b.c\": unknown CA\n"
			"  give the domain of its CAA records, for example ca: letsencrypt.org\n"},
		{"\".\"",
			"ca: \".\": unknown CA\n"
			"  give the domain of its CAA records, for example ca: letsencrypt.org\n"},
		{"https://a.b",
			"ca: \"https://a.b\": unknown CA\n"
			"  give the domain of its CAA records, for example ca: letsencrypt.org\n"},
		{"\"\"", "ca: empty\n  write what the CA shows, or leave the key out\n"},
		{"[a]", "ca: must be a text, not a list\n  write one text, in quotes if need be\n"},
	};
	char text[256], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, "ca: %s\n" RECORDS, rows[i].word);
		(void)snprintf(wanted, sizeof wanted, "1:5: %s", rows[i].error);
		bad(text, wanted);
	}
	bad(RECORDS, "1:1: ca: missing\n  add the issuing CA, for example ca: digicert\n");
}

static void test_values_of_keys(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{"service: huaweicloud-smc",
			"service: \"huaweicloud-smc\": unknown service\n"
			"  did you mean huaweicloud-scm?\n"},
		{"service: x",
			"service: \"x\": unknown service\n"
			"  leave it out if the CA itself took the order\n"},
		{"ttl: 5m",
			"ttl: \"5m\" is not a number from 1 to 86400\n"
			"  write seconds, for example ttl: 300, or leave it out\n"},
		{"ttl: 0",
			"ttl: \"0\" is not a number from 1 to 86400\n"
			"  write seconds, for example ttl: 300, or leave it out\n"},
		{"ttl: 86401",
			"ttl: \"86401\" is not a number from 1 to 86400\n"
			"  write seconds, for example ttl: 300, or leave it out\n"},
		{"ttl: -1",
			"ttl: \"-1\" is not a number from 1 to 86400\n"
			"  write seconds, for example ttl: 300, or leave it out\n"},
		{"ttl: 18446744073709551916",
			"ttl: \"18446744073709551916\" is not a number from 1 to 86400\n"
			"  write seconds, for example ttl: 300, or leave it out\n"},
		{"ttl: \"\"",
			"ttl: empty\n  write what the CA shows, or leave the key out\n"},
		{"caa: exact",
			"caa: exact: needs records\n"
			"  write caa: {policy: exact, records: [{tag: issue, issuer: "
			"digicert.com}]}\n"},
		{"caa: no",
			"caa: \"no\": unknown word\n"
			"  write caa: check or permit or exact or off\n"},
		{"caa: permt", "caa: \"permt\": unknown word\n  did you mean permit?\n"},
		{"shared_ttl: low",
			"shared_ttl: \"low\": unknown word\n"
			"  write shared_ttl: keep or lower\n"},
		{"retain: until-date",
			"retain: until-date: the value at _x.example.com. has no "
			"persistUntil=SECONDS\n"
			"  write retain: until-deauthorised to keep it without a date\n"},
		{"retain: forever",
			"retain: \"forever\": unknown word\n"
			"  write retain: until-issued or until-date or until-deauthorised\n"},
		{"certificate: my shop",
			"certificate: \"my shop\": not 1 to 128 letters, digits, `.`, `_`, `-`\n"
			"  give the certificate a short name of your own, which its next orders "
			"keep: certificate: shop\n"},
		{"names: example.com",
			"names: must be a list\n"
			"  write names: [example.com, \"*.example.org\"]\n"},
		{"names: []",
			"names: empty\n"
			"  leave it out: its default are the domains of the records\n"},
	};
	char text[256], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(text, sizeof text, "ca: digicert\n" RECORDS "%s\n",
			rows[i].line);
		(void)snprintf(wanted, sizeof wanted, "3:%zu: %s",
			strcspn(rows[i].line, ":") + 3, rows[i].error);
		bad(text, wanted);
	}
}

static void test_names_that_are_none(void **state)
{
	bad("ca: digicert\n"
	    "names: [a..b, \"a.*.b\", \"\", \"*.\", \"*.*.a\", \"b\xc3\xbc\xd0\xb0.example\", good.example]\n",
		"2:9: names: name \"a..b\": empty label\n  write the name as the CA shows it\n"
		"2:15: names: \"a.*.b\" is a wildcard\n"
		"  leave out `*.`: control of *.example.com is proved at example.com\n"
		"2:24: names: empty\n  write what the CA shows, or leave the key out\n"
		"2:28: names: \"*.\" is a wildcard\n"
		"  leave out `*.`: control of *.example.com is proved at example.com\n"
		"2:34: names: \"*.a\" is a wildcard\n"
		"  leave out `*.`: control of *.example.com is proved at example.com\n"
		"2:43: names: label \"b\xc3\xbc\xd0\xb0\" mixes letters of several scripts: "
		"Latin, Cyrillic\n"
		"  if it is what the CA shows, write it as xn--b-eha47v\n");
	(void)state;
}

static void test_unknown_keys(void **state)
{
	(void)state;
	bad("ca: digicert\nrecord: [_x.example.com TXT abc]\nxyz: 1\n\"CA\": 2\n",
		"2:1: record: unknown key\n  did you mean `records`?\n"
		"3:1: xyz: unknown key\n  the keys here are order, certificate, ca, service, names, "
		"records, previous, supersedes, caa, ttl, shared_ttl, retain, issued_when\n"
		"4:1: CA: unknown key\n  did you mean `ca`?\n");
}

static void test_not_an_order(void **state)
{
	(void)state;
	bad("- ca: digicert\n",
		"1:1: not an order: must be a mapping\n"
		"  an order has at least the keys `ca:` and `records:`\n");
	bad("digicert\n",
		"1:1: not an order: must be a mapping\n"
		"  an order has at least the keys `ca:` and `records:`\n");
	bad("",
		"0:0: no order in it\n"
		"  an order has at least the keys `ca:` and `records:`\n");
	bad("---\n---\n",
		"0:0: no order in it\n"
		"  an order has at least the keys `ca:` and `records:`\n");
	bad("ca: digicert\nrecords: _x.example.com TXT abc\n",
		"2:10: records: must be a list\n"
		"  begin each record with `- ` on a line of its own\n");
}

static void test_numbers(void **state)
{
	char text[512], number[131];
	struct fixture f;

	(void)state;
	memset(number, 'a', sizeof number);
	number[129] = '\0';
	(void)snprintf(text, sizeof text, "order: %s\nca: digicert\n" RECORDS, number + 1);
	assert_string_equal(good(&f, text)->id, number + 1);
	end(&f);
	(void)snprintf(text, sizeof text, "order: %s\nca: digicert\n" RECORDS, number);
	read_yaml(&f, text);
	assert_int_equal(f.orders.n, 0);
	end(&f);
	bad("order: a/b\nca: digicert\n" RECORDS,
		"1:8: order: \"a/b\" is no order number: 1 to 128 letters, digits, `.`, `_`, `-`\n"
		"  write order: \"…\" with the number that the CA gave it\n");
	bad("order: \"\"\nca: digicert\n" RECORDS,
		"1:8: order: empty\n  write what the CA shows, or leave the key out\n");
}

static void test_several_documents(void **state)
{
	struct fixture f;

	(void)state;
	read_yaml(&f,
		"# two of one CA\n"
		"order: a\nca: digicert\n" RECORDS "---\n"
		"---\n"
		"order: b\nca: digicert\nrecords: [_y.example.com TXT abc]\n");
	assert_string_equal(report(&f), "");
	assert_int_equal(f.orders.n, 2);
	assert_string_equal(f.orders.items[0]->id, "a");
	assert_string_equal(f.orders.items[1]->id, "b");
	assert_int_equal(f.orders.items[1]->line, 7);
	end(&f);
	/* each must name its number; the good one stays */
	read_yaml(&f, "ca: digicert\n" RECORDS "---\norder: b\nca: digicert\n" RECORDS);
	assert_string_equal(report(&f),
		"1:1: order: missing: this document has no number\n"
		"  add order: \"…\" with its number\n");
	assert_int_equal(f.orders.n, 1);
	assert_string_equal(f.orders.items[0]->id, "b");
	end(&f);
}

static void test_no_number_at_all(void **state)
{
	static const char text[] = "ca: digicert\n" RECORDS;
	struct fixture f;

	(void)state;
	begin(&f);
	dcv_orders_parse("o.yaml", text, strlen(text), NULL, &f.arena, &f.orders,
		&f.diags);
	assert_string_equal(report(&f),
		"1:1: order: missing: this document has no number\n"
		"  add order: \"…\" with its number, or say --order NUMBER\n");
	end(&f);
}

static void test_one_number_twice(void **state)
{
	struct fixture f;

	(void)state;
	read_yaml(&f,
		"order: a\nca: digicert\n" RECORDS "---\n"
		"order: a\nca: certum.pl\n" RECORDS "---\n"
		"order: a\nca: geotrust\n" RECORDS "---\n"
		"order: a\nca: thawte\n" RECORDS);
	assert_string_equal(report(&f),
		"9:1: order: a of DigiCert is given twice: the other one is at o.yaml:1\n"
		"  keep one of them, or give each its own number with `order:`\n"
		"13:1: order: a of DigiCert is given twice: the other one is at o.yaml:1\n"
		"  keep one of them, or give each its own number with `order:`\n");
	assert_int_equal(f.orders.n, 2);
	end(&f);
}

/* Errors that are not YAML's own are told beside those that are, sorted by place. */
static void test_all_errors_in_one_run(void **state)
{
	(void)state;
	bad("order: a\n"
	    "ttl: x\n"
	    "ca: digicert\n"
	    "records:\n"
	    "- _x TXT abc\n"
	    "- _y.example.com TXT\n"
	    "ttl: 300\n"
	    "---\n"
	    "ca: foo\n"
	    "order: b\n"
	    "names: [a.example]\n"
	    "---\n"
	    "ca: [\n",
		"2:6: ttl: \"x\" is not a number from 1 to 86400\n"
		"  write seconds, for example ttl: 300, or leave it out\n"
		"5:3: owner: \"_x\" is relative\n"
		"  write the whole name, or use {domain: …, host: …, type: …, value: …}\n"
		"6:3: value: empty\n  write the value as the CA shows it\n"
		"7:1: ttl: the key is given twice: on line 2 and on line 7\n"
		"  keep one of them\n"
		"9:5: ca: \"foo\": unknown CA\n"
		"  give the domain of its CAA records, for example ca: letsencrypt.org\n"
		"14:1: not YAML: while parsing a flow node: did not find expected node content\n  look here and on the line before: brackets, quotes, indentation\n");
}

/* What the ledger keeps can be read again, and says the same. */
static void test_document_is_read_again(void **state)
{
	struct fixture f, again;

	(void)state;
	read_yaml(&f,
		"---\n  order: a\n  ca: digicert\n  names: [a.example]\n"
		"---\n{order: b, ca: digicert, names: [b.example]}\n");
	assert_int_equal(f.orders.n, 2);
	for (size_t i = 0; i < 2; i++) {
		char wanted[256];

		(void)snprintf(wanted, sizeof wanted, "%s", claims(&f, f.orders.items[i]));
		assert_string_equal(
			claims(&again, good(&again, f.orders.items[i]->document)), wanted);
		assert_string_equal(again.orders.items[0]->id, i == 0 ? "a" : "b");
		end(&again);
	}
	end(&f);
}

static void test_terminal_is_safe(void **state)
{
	struct fixture f;

	(void)state;
	read_yaml(&f, "\"a\\x1b[31m\\u202e\": 1\nca: \"\\x1b]0;x\\x07\"\n");
	for (const char *c = report(&f); *c != '\0'; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= ' ');
	assert_null(strstr(report(&f), "\xe2\x80\xae"));
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest_order),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_preflight),
		cmocka_unit_test(test_unknown_ca_by_its_caa_name),
		cmocka_unit_test(test_words_that_are_no_ca),
		cmocka_unit_test(test_values_of_keys),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_not_an_order),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_several_documents),
		cmocka_unit_test(test_no_number_at_all),
		cmocka_unit_test(test_one_number_twice),
		cmocka_unit_test(test_all_errors_in_one_run),
		cmocka_unit_test(test_document_is_read_again),
		cmocka_unit_test(test_terminal_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
