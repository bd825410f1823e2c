/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Entries: their tokens, and that the fast way never says anything else than the slow one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "dns/rr.h"
#include "zones/entry.h"

struct row {
	const char *text, *owner; /* "" : blank */
	bool has_ttl;
	uint32_t ttl_s;
	bool has_class;
	uint16_t type;
	const char *rdata;
	const char *problem;
};

static const struct row rows[] = {
	{"www A 192.0.2.1\n", "www", false, 0, false, 1, "192.0.2.1", NULL},
	{"www\t300\tIN\tA\t192.0.2.1 ; c\r\n", "www", true, 300, true, 1, "192.0.2.1",
		NULL},
	{"www IN 300 A 192.0.2.1\n", "www", true, 300, true, 1, "192.0.2.1", NULL},
	{"www in a 192.0.2.1\n", "www", false, 0, true, 1, "192.0.2.1", NULL},
	{" 1h30m TXT a b\n", "", true, 5400, false, 16, "a b", NULL},
	{"\tTXT\t(\"a;b\" ; c\n \"d\"e ) f\n", "", false, 0, false, 16,
		"\"a;b\" \"d\" e f", NULL},
	{"@ 1w CLASS1 TYPE16 \\# 2 ( 01\n 61 )\n", "@", true, 604800, true, 16,
		"\\# 2 01 61", NULL},
	{"a\\.b.c TXT x\\ y\n", "a\\.b.c", false, 0, false, 16, "x\\ y", NULL},
	{"\"www\" A 192.0.2.1\n", "www", false, 0, false, 1, "192.0.2.1", NULL},
	{"( www A 192.0.2.1 )\n", "www", false, 0, false, 1, "192.0.2.1", NULL},
	{" ( A 192.0.2.1 )\n", "", false, 0, false, 1, "192.0.2.1", NULL},
	{"www A(192.0.2.1)\n", "www", false, 0, false, 1, "192.0.2.1", NULL},
	{"www TXT \"a\nb\\\nc\"\n", "www", false, 0, false, 16, "\"a\\010b\\010c\"", NULL},
	{"www TXT\n", "www", false, 0, false, 16, "", NULL},
	{"www TXT \"a\\\"b\" \"\"\n", "www", false, 0, false, 16, "\"a\\\"b\" \"\"", NULL},
	{"in in in a 192.0.2.1\n", "in", false, 0, true, 0, NULL, "unknown"},
	{"www 300 600 A 192.0.2.1\n", "www", true, 300, false, 0, NULL, "unknown"},
	{"www 3x A 192.0.2.1\n", "www", false, 0, false, 0, NULL, "TTL"},
	{"www 99999999999 A 192.0.2.1\n", "www", false, 0, false, 0, NULL, "TTL"},
	{"www \"A\" 192.0.2.1\n", "www", false, 0, false, 0, NULL, "unknown"},
	{"www BLAH x\n", "www", false, 0, false, 0, NULL, "unknown"},
	{"www 300 IN\n", "www", true, 300, true, 0, NULL, "without a type"},
	{"www\n", "www", false, 0, false, 0, NULL, "without a type"},
	{"\"\" A 192.0.2.1\n", "", false, 0, false, 0, NULL, "empty owner"},
	{"$FOO x\n", "", false, 0, false, 0, NULL, "directive"},
	{"$ORIGIN\n", "", false, 0, false, 0, NULL, "without a value"},
};

/* The text with what the scanner promises behind it. */
static struct dcv_zraw raw_of(const char *text, char *pad)
{
	memset(pad, 0, 512);
	memcpy(pad, text, strlen(text));
	return (struct dcv_zraw){.text = pad, .len = strlen(text), .line = 1};
}

static void tokens_are_read(void **state)
{
	char pad[512], owner[64];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcv_zraw raw = raw_of(rows[i].text, pad);
		struct dcv_zentry entry;
		struct dcv_buf buf;
		const char *problem = dcv_zentry_read(&raw, &entry);

		print_message("%s", rows[i].text);
		if (rows[i].problem != NULL) {
			assert_non_null(problem);
			assert_non_null(strstr(problem, rows[i].problem));
			continue;
		}
		assert_null(problem);
		assert_int_equal(entry.kind, DCV_ZKIND_RECORD);
		(void)snprintf(owner, sizeof owner, "%.*s", (int)entry.owner.len,
			raw.text + entry.owner.at);
		assert_string_equal(owner, rows[i].owner);
		assert_int_equal(entry.blank_owner, rows[i].owner[0] == '\0');
		assert_int_equal(entry.ttl.len > 0, rows[i].has_ttl);
		if (rows[i].has_ttl)
			assert_int_equal(entry.ttl_s, rows[i].ttl_s);
		assert_int_equal(entry.class.len > 0, rows[i].has_class);
		assert_int_equal(entry.rrtype, rows[i].type);
		dcv_buf_init(&buf, 1000);
		dcv_zentry_rdata(&raw, entry.rdata_at, &buf);
		assert_string_equal(dcv_buf_text(&buf), rows[i].rdata);
		dcv_buf_clear(&buf);
	}
}

/* Where the fast way is sure it says what the slow way says. */
static void check_head(const char *text, size_t *sure)
{
	char pad[512];
	struct dcv_zraw raw = raw_of(text, pad);
	struct dcv_zentry entry;
	struct dcv_zhead head;
	const char *problem;

	/* A type that is none is for the slow way to judge: it may be a class. */
	if (!dcv_zhead_read(raw.text, raw.len, &head) ||
		dcv_type_parse(raw.text + head.type_at, head.type_len) == 0)
		return;
	++*sure;
	problem = dcv_zentry_read(&raw, &entry);
	assert_null(problem);
	assert_int_equal(entry.kind, DCV_ZKIND_RECORD);
	assert_int_equal(head.blank_owner, entry.blank_owner);
	if (!entry.blank_owner) {
		assert_int_equal(entry.owner.at, 0);
		assert_int_equal(head.owner_len, entry.owner.len);
		for (size_t i = 0; i < head.owner_len; i++)
			assert_int_equal(head.dots >> i & 1, raw.text[i] == '.');
	}
	assert_int_equal(head.has_ttl, entry.ttl.len > 0);
	if (head.has_ttl)
		assert_int_equal(head.ttl_s, entry.ttl_s);
	assert_int_equal(head.has_class, entry.class.len > 0);
	assert_false(entry.other_class);
	assert_int_equal(head.type_at, entry.type.at);
	assert_int_equal(head.type_len, entry.type.len);
}

static void fast_is_never_other_than_slow(void **state)
{
	static const char *const pieces[] = {"www", "a.b", "@", " ", "\t", "300", "1h",
		"IN", "in", "CH", "A", "TXT", "\"x\"", "(", ")", ";", "\\.", "192.0.2.1",
		"$TTL", "NSEC3", "\n", "\x7f", "\x0b"};
	const size_t n = sizeof pieces / sizeof pieces[0];
	uint32_t seed = 1;
	size_t sure = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_head(rows[i].text, &sure);
	for (int round = 0; round < 200000; round++) {
		char text[128] = "";

		for (int i = 0; i < 9; i++) {
			seed = seed * 1664525u + 1013904223u;
			strcat(text, pieces[(seed >> 16) % n]);
			if ((seed >> 8 & 3) != 0)
				strcat(text, " ");
		}
		strcat(text, "\n");
		check_head(text, &sure);
	}
	assert_true(sure > 1000);
}

/* The fast way is given all that is at hand, and finds the end that the scanner finds, or none. */
static void check_ends(const char *text, size_t *sure, size_t *lines)
{
	int fd = memfd_create("zone", MFD_CLOEXEC);
	struct dcv_zscan scan;
	struct dcv_zraw raw;
	struct dcv_zhead head;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	dcv_zscan_init(&scan, fd, 4096);
	while (dcv_zscan_next(&scan, &raw) == DCV_ZSCAN_ENTRY) {
		size_t at_hand = raw.len + scan.len - scan.pos;

		if (!dcv_zhead_read(raw.text, at_hand, &head) || head.entry_len == 0)
			continue;
		assert_int_equal(head.entry_len, raw.len);
		*lines += memchr(raw.text, '\n', raw.len - 1) != NULL;
		++*sure;
	}
	dcv_zscan_clear(&scan);
	(void)close(fd);
}

static void ends_are_never_other_than_the_scanner_s(void **state)
{
	static const char *const pieces[] = {"\nwww 1d A 192.0.2.1 ", "\n\tTXT ( ", "(",
		")", "\"", "; a \"comment\" (\n", "\n", "\r\n", "\\\"", "\\", " x ",
		" \"; ) \" ", "\nk._domainkey 2h30m IN TXT ( \"v=DKIM1; p=\" ; one\n",
		"a-word-that-fills-the-block-and-a-half-of-the-next-one-of-64-octets"};
	const size_t n = sizeof pieces / sizeof pieces[0];
	uint32_t seed = 7;
	size_t sure = 0, lines = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[2048] = "";

		for (int i = 0; i < 24; i++) {
			seed = seed * 1664525u + 1013904223u;
			strcat(text, pieces[(seed >> 16) % n]);
		}
		check_ends(text, &sure, &lines);
	}
	assert_true(sure > 5000);
	assert_true(lines > 500);
}

static void long_heads_are_left_to_the_slow_way(void **state)
{
	char text[200];
	size_t sure = 0;

	(void)state;
	for (size_t pad = 1; pad < 120; pad++) {
		memset(text, 'a', pad);
		strcpy(text + pad, " 300 IN TXT x\n");
		check_head(text, &sure);
		memset(text, ' ', pad);
		strcpy(text + pad, "300 IN TXT x\n");
		check_head(text, &sure);
	}
	assert_true(sure > 80 && sure < 120);
}

static void ttls_are_read(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t ttl_s;
	} ttls[] = {{"0", true, 0}, {"300", true, 300}, {"4294967295", true, 4294967295u},
		{"4294967296", false, 0}, {"1w2d3h4m5s", true, 788645},
		{"1W", true, 604800}, {"h", false, 0}, {"", false, 0}, {"1hh", false, 0},
		{"-1", false, 0}, {"99999w", false, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof ttls / sizeof ttls[0]; i++) {
		uint32_t ttl_s = 0;

		assert_int_equal(dcv_zttl_read(ttls[i].text, strlen(ttls[i].text), &ttl_s),
			ttls[i].good);
		assert_int_equal(ttl_s, ttls[i].ttl_s);
	}
}

static void marks_are_read(void **state)
{
	static const struct {
		const char *text, *mark;
	} marks[] = {{"x TXT a ; dcvctl digicert/1\n", "digicert/1"},
		{"x TXT a\t;\tdcvctl digicert/1 \t\r\n", "digicert/1"},
		{"x TXT a;dcvctl d/1", "d/1"}, {"x TXT a ; dcvctl d/1 by me\n", "d/1"},
		{"x TXT ( a ; one\n ; dcvctl d/1\n ) ; two\n", "d/1"},
		{"x TXT ( a ; dcvctl d/1\n ) ; dcvctl d/2\n", "d/2"},
		{"x TXT ( a ; dcvctl d/1\n b )\n", NULL},
		{"x TXT \"; dcvctl d/1\"\n", NULL}, {"x TXT a\\; dcvctl d/1\n", NULL},
		{"x TXT a ; dcvctl\n", NULL}, {"x TXT a ; dcvctl \n", NULL},
		{"x TXT a ; dcvctl d\n", NULL}, {"x TXT a ; dcvctl /1\n", NULL},
		{"x TXT a ; dcvctl d/\n", NULL}, {"x TXT a ; dcvctl d/1/2\n", NULL},
		{"x TXT a ; Dcvctl d/1\n", NULL}, {"x TXT a ; dcvctl2 d/1\n", NULL},
		{"x TXT a ; see dcvctl d/1\n", NULL},
		{"x TXT a ; dcvctl d/\033[31m\n", NULL},
		{"x TXT a ; dcvctl d/\303\274\n", NULL}, {"x TXT a\n", NULL}};
	char pad[512];

	(void)state;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		const struct dcv_zraw raw = raw_of(marks[i].text, pad);
		struct dcv_zentry entry;
		const char *mark;
		size_t len = 0;

		print_message("%s", marks[i].text);
		assert_null(dcv_zentry_read(&raw, &entry));
		mark = dcv_zmark_read(&raw, entry.rdata_at, &len);
		assert_int_equal(mark != NULL, marks[i].mark != NULL);
		if (mark == NULL)
			continue;
		assert_int_equal(len, strlen(marks[i].mark));
		assert_memory_equal(mark, marks[i].mark, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_read),
		cmocka_unit_test(fast_is_never_other_than_slow),
		cmocka_unit_test(ends_are_never_other_than_the_scanner_s),
		cmocka_unit_test(long_heads_are_left_to_the_slow_way),
		cmocka_unit_test(ttls_are_read),
		cmocka_unit_test(marks_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
