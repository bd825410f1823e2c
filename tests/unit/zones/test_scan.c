/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The scanner: where entries begin and end, at every size of window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "zones/scan.h"

/* Entries in a file: `|` is drawn before and behind each. */
struct row {
	const char *drawn;
	const char *problem; /* NULL: it ends well */
	uint64_t line; /* of the problem */
};

static const struct row rows[] = {
	{"", NULL, 0},
	{"\n\n ; x\n\t\n", NULL, 0},
	{"|a A 1.2.3.4\n||b A 1.2.3.4\n|", NULL, 0},
	{"|a A 1.2.3.4|", NULL, 0},
	{"\n; c \" ( \\\n|a A 1.2.3.4\n|  ; d\n|\tA 1.2.3.5 ; e \"\n|", NULL, 0},
	{"|a A 1.2.3.4\r\n||b A 1.2.3.4\r\n|\r\n", NULL, 0},
	{"|@ SOA a b ( 1 ; (((\n 2 3\n\n 4 ) 5\n||b A 1.2.3.4\n|", NULL, 0},
	{"|a TXT \"x;y(z\"\n||b TXT \"\\\"\\\\\" ; \"\n|", NULL, 0},
	{"|a TXT \"one\ntwo\"\n||b A 1.2.3.4\n|", NULL, 0},
	{"|a TXT \"one\\\ntwo\"\n||b A 1.2.3.4\n|", NULL, 0},
	{"|a TXT \\\"\\;\\(\\)\\\\ x\n||b A 1.2.3.4\n|", NULL, 0},
	{"|a TXT ( a ( b ) c )\n||b A 1.2.3.4\n|", NULL, 0},
	{"|a TXT ( \"a\n)\" )\n||b A 1.2.3.4\n|", NULL, 0},
	{"|( www A 1.2.3.4 )\n|", NULL, 0},
	{"|a TXT \\000\\032\\;\n|", NULL, 0},
	{"|a TXT \"\xff\xfe\"; \xc3\n|", NULL, 0},
	{"|a A 1.2.3.4\n|b TXT ( x\n", "not closed", 2},
	{"|a A 1.2.3.4\n|\nb TXT \"x\n", "not closed", 3},
	{"|a A 1.2.3.4\n|b TXT )\n", "without", 2},
	{"b TXT (\n\n\"\n) \"\n ) )\n", "without", 5},
	/* NSD takes a line end behind a backslash for an octet of the token. */
	{"|a TXT x\\\nb A 1.2.3.4\n||c A 1.2.3.4\n|", NULL, 0},
	{"|a TXT x\\\r\n||b A 1.2.3.4\n|", NULL, 0},
	{"a TXT x\\", "backslash", 1},
	/* BIND and NSD take a carriage return for a blank. */
	{"|a TXT x\ry\n||b A 1.2.3.4\r\r\n|", NULL, 0},
	{"a TXT ( x\n \r", "not closed", 1},
	{"; a\rb\n|a TXT x ; y\rz\n|", NULL, 0},
};

static int make_file(const char *text, size_t n)
{
	int fd = memfd_create("zone", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	return fd;
}

static void check_row(const struct row *row, size_t window)
{
	char plain[512];
	uint64_t from[16], to[16];
	size_t n = 0, marks = 0, entries = 0;
	struct dcv_zscan scan;
	struct dcv_zraw raw;
	enum dcv_zscan_end end;
	int fd;

	for (const char *p = row->drawn; *p != '\0'; p++) {
		if (*p != '|')
			plain[n++] = *p;
		else if (marks++ % 2 == 0)
			from[marks / 2] = n;
		else
			to[marks / 2 - 1] = n;
	}
	fd = make_file(plain, n);
	dcv_zscan_init(&scan, fd, window);
	for (end = dcv_zscan_next(&scan, &raw); end == DCV_ZSCAN_ENTRY;
		end = dcv_zscan_next(&scan, &raw)) {
		uint64_t line = 1;

		assert_true(entries < marks / 2);
		assert_int_equal(raw.offset, from[entries]);
		assert_int_equal(raw.offset + raw.len, to[entries]);
		assert_memory_equal(raw.text, plain + raw.offset, raw.len);
		for (size_t i = 0; i < raw.offset; i++)
			line += plain[i] == '\n';
		assert_int_equal(raw.line, line);
		entries++;
	}
	assert_int_equal(entries, marks / 2);
	assert_int_equal(end, row->problem == NULL ? DCV_ZSCAN_END : DCV_ZSCAN_SYNTAX);
	if (row->problem != NULL) {
		assert_non_null(strstr(scan.problem, row->problem));
		assert_int_equal(scan.problem_line, row->line);
	}
	dcv_zscan_clear(&scan);
	(void)close(fd);
}

static void entries_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("row %zu\n", i);
		for (size_t window = 1; window < 80; window++)
			check_row(&rows[i], window);
		check_row(&rows[i], DCV_ZSCAN_WINDOW);
	}
}

/* Marks on both sides of every boundary of the blocks that are looked at at once. */
static void blocks_meet(void **state)
{
	char text[400];

	(void)state;
	for (size_t pad = 1; pad < 200; pad++) {
		struct dcv_zscan scan;
		struct dcv_zraw raw;
		int fd;

		memset(text, 'a', pad);
		memcpy(text + pad, " TXT \"(\" (\n)\nb\n", 16);
		fd = make_file(text, pad + 15);
		dcv_zscan_init(&scan, fd, 64);
		assert_int_equal(dcv_zscan_next(&scan, &raw), DCV_ZSCAN_ENTRY);
		assert_int_equal(raw.len, pad + 13);
		assert_int_equal(dcv_zscan_next(&scan, &raw), DCV_ZSCAN_ENTRY);
		assert_int_equal(raw.line, 3);
		assert_int_equal(dcv_zscan_next(&scan, &raw), DCV_ZSCAN_END);
		dcv_zscan_clear(&scan);
		(void)close(fd);
	}
}

static void endless_entry_is_refused(void **state)
{
	const size_t n = DCV_ZSCAN_WINDOW_MAX + 100;
	char *text = malloc(n);
	struct dcv_zscan scan;
	struct dcv_zraw raw;
	int fd;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', n);
	text[0] = '\n';
	fd = make_file(text, n);
	dcv_zscan_init(&scan, fd, DCV_ZSCAN_WINDOW);
	assert_int_equal(dcv_zscan_next(&scan, &raw), DCV_ZSCAN_SYNTAX);
	assert_non_null(strstr(scan.problem, "16 MiB"));
	assert_int_equal(scan.problem_line, 2);
	dcv_zscan_clear(&scan);
	(void)close(fd);
	free(text);
}

static void read_errors_are_told(void **state)
{
	struct dcv_zscan scan;
	struct dcv_zraw raw;

	(void)state;
	dcv_zscan_init(&scan, -1, 64);
	assert_int_equal(dcv_zscan_next(&scan, &raw), DCV_ZSCAN_IO);
	assert_true(scan.error != 0);
	dcv_zscan_clear(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_found),
		cmocka_unit_test(blocks_meet),
		cmocka_unit_test(endless_entry_is_refused),
		cmocka_unit_test(read_errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
