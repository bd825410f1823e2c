/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the host rule: which owner a host means, and which hosts are refused. */
#include "orders.h"

static void test_owner(void **state)
{
	static const struct {
		const char *domain, *host, *owner, *claim_domain;
	} rows[] = {
		/* relative */
		{"example.com", "_dnsauth", "_dnsauth.example.com.", "example.com."},
		{"www.example.com", "_dnsauth", "_dnsauth.www.example.com.",
			"www.example.com."},
		{"example.com", "_dnsauth.www", "_dnsauth.www.example.com.",
			"example.com."},
		{"Example.COM", "_DNSauth", "_dnsauth.example.com.", "example.com."},
		{"example.com.", "_dnsauth", "_dnsauth.example.com.", "example.com."},
		{"www.example.com", "_dnsauth.ftp", "_dnsauth.ftp.www.example.com.",
			"www.example.com."},
		{"lan", "_dnsauth", "_dnsauth.lan.", "lan."},
		/* a wildcard is proved at its parent */
		{"*.example.com", "_dnsauth", "_dnsauth.example.com.", "example.com."},
		{"*.example.com", "@", "example.com.", "example.com."},
		{"*.example.com", "_dnsauth.example.com", "_dnsauth.example.com.",
			"example.com."},
		/* the domain itself */
		{"example.com", "@", "example.com.", "example.com."},
		{"example.com", "", "example.com.", "example.com."},
		{"example.com", "example.com", "example.com.", "example.com."},
		/* ends in the domain: absolute */
		{"example.com", "_dnsauth.example.com", "_dnsauth.example.com.",
			"example.com."},
		{"example.com", "_dnsauth.www.example.com", "_dnsauth.www.example.com.",
			"example.com."},
		{"example.com", "_dnsauth.notexample.com",
			"_dnsauth.notexample.com.example.com.", "example.com."},
		/* ends in the zone above the domain: absolute */
		{"www.example.com", "_dnsauth.example.com", "_dnsauth.example.com.",
			"www.example.com."},
		{"a.b.example.com", "_dnsauth.b.example.com", "_dnsauth.b.example.com.",
			"a.b.example.com."},
		/* final dot: absolute, whatever it repeats */
		{"example.com", "_dnsauth.example.com.", "_dnsauth.example.com.",
			"example.com."},
		{"example.com", "_dnsauth.example.com.example.com.",
			"_dnsauth.example.com.example.com.", "example.com."},
		{"example.com", "_dnsauth.example.org.", "_dnsauth.example.org.",
			"example.com."},
	};
	char record[512], wanted[512], name[64];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(record, sizeof record,
			"{domain: \"%s\", host: \"%s\", type: TXT, value: abc}",
			rows[i].domain, rows[i].host);
		(void)snprintf(name, sizeof name, "%s%s",
			rows[i].domain[0] == '*' ? "*." : "", rows[i].claim_domain);
		(void)snprintf(wanted, sizeof wanted, "%s TXT \"abc\" (%s)\nnames: %s\n",
			rows[i].owner, rows[i].claim_domain, name);
		good_record(record, wanted);
	}
}

static void test_without_domain(void **state)
{
	(void)state;
	good_record("{host: _dnsauth.www.example.com., type: TXT, value: abc}",
		"_dnsauth.www.example.com. TXT \"abc\" (www.example.com.)\n"
		"names: www.example.com.\n");
	good_record("{host: _a._b.example.com., type: TXT, value: abc}",
		"_a._b.example.com. TXT \"abc\" (example.com.)\nnames: example.com.\n");
	bad_record("{host: _dnsauth, type: TXT, value: abc}",
		"3:10: host: \"_dnsauth\" is relative, and the record has no domain\n"
		"  add `domain:`, or write the whole name with a final dot\n");
	bad_record("{host: _dnsauth.example.com, type: TXT, value: abc}",
		"3:10: host: \"_dnsauth.example.com\" is relative, and the record has no "
		"domain\n"
		"  add `domain:`, or write the whole name with a final dot\n");
	bad_record("{host: \"@\", type: TXT, value: abc}",
		"3:10: host: \"@\" is relative, and the record has no domain\n"
		"  add `domain:`, or write the whole name with a final dot\n");
	bad_record("{host: _dnsauth., type: TXT, value: abc}",
		"3:10: host: no domain is left behind its labels that begin with `_`\n  write the whole name with a final dot\n");
}

static void test_doubled(void **state)
{
	static const struct {
		const char *domain, *host, *meant, *other;
	} rows[] = {
		{"www.example.com", "_dnsauth.www", "_dnsauth.www.example.com.",
			"_dnsauth.www.www.example.com."},
		{"example.com", "_dnsauth.example", "_dnsauth.example.com.",
			"_dnsauth.example.example.com."},
		{"www.example.com", "www", "www.example.com.", "www.www.example.com."},
		{"a.b.example.com", "_x.a.b", "_x.a.b.example.com.",
			"_x.a.b.a.b.example.com."},
		{"*.www.example.com", "_dnsauth.www", "_dnsauth.www.example.com.",
			"_dnsauth.www.www.example.com."},
		{"example.com.cn", "_dnsauth.example.com", "_dnsauth.example.com.cn.",
			"_dnsauth.example.com.example.com.cn."},
		{"example.com", "_dnsauth.example.com.example.com",
			"_dnsauth.example.com.", "_dnsauth.example.com.example.com."},
	};
	char record[512], wanted[1024];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(record, sizeof record,
			"{host: \"%s\", domain: \"%s\", type: TXT, value: abc}",
			rows[i].host, rows[i].domain);
		(void)snprintf(wanted, sizeof wanted,
			"3:10: host: \"%s\" repeats labels of the domain: is %s meant, or %s\n"
			"  write the whole name with a final dot: host: %s\n",
			rows[i].host, rows[i].meant, rows[i].other, rows[i].meant);
		bad_record(record, wanted);
	}
}

static void test_blanks(void **state)
{
	static const char claim[] = "_dnsauth.example.com. TXT \"abc\" (example.com.)\n"
				    "names: example.com.\n";

	(void)state;
	odd_record("{host: \"_dnsauth. example.com\", domain: example.com, type: TXT, "
		   "value: abc}",
		claim, "3:10: warning: host: blanks removed: \"_dnsauth.example.com\"\n");
	odd_record("{host: \" _dnsauth\\t\", domain: example.com, type: TXT, value: abc}",
		claim, "3:10: warning: host: blanks removed: \"_dnsauth\"\n");
	odd_record("{domain: \"example. com \", host: _dnsauth, type: TXT, value: abc}",
		claim, "3:12: warning: domain: blanks removed: \"example.com\"\n");
	odd_record("{domain: \" *.example.com \", host: _dnsauth, type: TXT, value: abc}",
		"_dnsauth.example.com. TXT \"abc\" (example.com.)\nnames: *.example.com.\n",
		"3:12: warning: domain: blanks removed: \"example.com\"\n");
	odd_record("_dnsauth. example.com TXT abc", claim,
		"3:3: warning: owner: blanks removed: \"_dnsauth.example.com\"\n");
	odd_record("_dnsauth .example .com TXT abc", claim,
		"3:3: warning: owner: blanks removed: \"_dnsauth.example.com\"\n");
}

static void test_names_that_are_none(void **state)
{
	static const struct {
		const char *host, *error;
	} rows[] = {
		{"a..b", "host: name \"a..b\": empty label\n  write the name as the CA shows it\n"},
		{".a", "host: name \".a\": empty label\n  write the name as the CA shows it\n"},
		{".", "host: the root is no name of a certificate\n  write the name as the CA shows it\n"},
		{"_dnsauth..",
			"host: name \"_dnsauth..\": empty label\n  write the name as the CA shows it\n"},
		{"*",
			"host: \"*\" is a wildcard\n"
			"  leave out `*.`: control of *.example.com is proved at example.com\n"},
		{"_dnsauth.*",
			"host: \"_dnsauth.*\" is a wildcard\n"
			"  leave out `*.`: control of *.example.com is proved at "
			"example.com\n"},
		{"a/b", "host: \"a/b\": only letters, digits, `-`, `_` and dots make a name\n  write the name as the CA shows it\n"},
		{"a\\\\.b",
			"host: \"a\\.b\": only letters, digits, `-`, `_` and dots make a name\n  write the name as the CA shows it\n"},
		{"a;b", "host: \"a;b\": only letters, digits, `-`, `_` and dots make a name\n  write the name as the CA shows it\n"},
		{"$INCLUDE",
			"host: \"$INCLUDE\": only letters, digits, `-`, `_` and dots make a "
			"name\n  write the name as the CA shows it\n"},
		{"\\x1b[1m",
			"host: \"\\x1B[1m\": only letters, digits, `-`, `_` and dots make a "
			"name\n  write the name as the CA shows it\n"},
		{"'_dnsauth'",
			"host: \"'_dnsauth'\": only letters, digits, `-`, `_` and dots make a "
			"name\n  leave out the quotes\n"},
		{"\xe2\x98\x83",
			"host: label \"\xe2\x98\x83\" is no internationalised label: string "
			"contains a disallowed character\n"
			"  write the name as the CA shows it\n"},
		{"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg",
			"host: name "
			"\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg\": "
			"label over 63 octets\n  write the name as the CA shows it\n"},
	};
	char record[512], wanted[512];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		(void)snprintf(record, sizeof record,
			"{host: \"%s\", domain: example.com, type: TXT, value: abc}",
			rows[i].host);
		(void)snprintf(wanted, sizeof wanted, "3:10: %s", rows[i].error);
		bad_record(record, wanted);
	}
}

/* 63 octets a label and 255 a name are allowed, one more is not (RFC 1035 2.3.4). */
static void test_longest_names(void **state)
{
	char label[64], domain[256], record[1024], wanted[1024];
	size_t n = 0;

	(void)state;
	memset(label, 'a', 63);
	label[63] = '\0';
	for (int i = 0; i < 3; i++)
		n += (size_t)snprintf(domain + n, sizeof domain - n, "%s.", label);
	(void)snprintf(record, sizeof record,
		"{domain: %s, host: %.61s, type: TXT, value: abc}", domain, label);
	(void)snprintf(wanted, sizeof wanted, "%.61s.%s TXT \"abc\" (%s)\nnames: %s\n",
		label, domain, domain, domain);
	good_record(record, wanted);
	(void)snprintf(record, sizeof record,
		"{host: %.62s, domain: %s, type: TXT, value: abc}", label, domain);
	bad_record(record,
		"3:10: host: with its domain over 255 octets\n  write the host as the CA shows it\n");
	memset(record, 'a', sizeof record);
	memcpy(record, "{host: \"", 8);
	(void)snprintf(record + 700, sizeof record - 700,
		"\", domain: example.com, type: TXT, value: abc}");
	bad_record(record,
		"3:10: host: name "
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"\": label over 63 octets\n  write the name as the CA shows it\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_without_domain),
		cmocka_unit_test(test_doubled),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_longest_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
