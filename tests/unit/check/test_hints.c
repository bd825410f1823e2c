/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Root hints: those built in, files as they are published, and files that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "check/hints.h"

static struct dcv_arena arena;

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static enum dcv_err read_text(const char *text, struct dcv_hints *ret,
	struct dcv_error *err)
{
	char path[] = "/tmp/dcvctl-hints-XXXXXX";
	int fd = mkstemp(path);
	enum dcv_err rc = DCV_OK;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
	rc = dcv_hints_read(path, &arena, ret, err);
	(void)unlink(path);
	return rc;
}

static void test_built_in(void **state)
{
	struct dcv_hints hints;

	(void)state;
	assert_int_equal(dcv_hints_read(NULL, &arena, &hints, NULL), DCV_OK);
	assert_int_equal(hints.n, 26);
	for (size_t i = 0; i < hints.n; i++) {
		assert_int_equal(hints.items[i].rdata.len,
			hints.items[i].type == DCV_TYPE_A ? 4 : 16);
	}
}

static void test_file(void **state)
{
	struct dcv_hints hints;
	char text[DCV_NAME_TEXT_MAX];

	(void)state;
	assert_int_equal(read_text("; a comment\n$TTL 3600\n"
				   ".   3600000      NS    A.ROOT-SERVERS.NET.\n"
				   "A.ROOT-SERVERS.NET. 3600000 IN A 198.41.0.4 ; old\n"
				   "\t\tIN 3600000 AAAA 2001:503:ba3e::2:30\r\n"
				   "\nB.ROOT-SERVERS.NET.  A  170.247.170.2",
				 &hints, NULL),
		DCV_OK);
	assert_int_equal(hints.n, 3);
	assert_string_equal(dcv_name_text(&hints.items[1].name, text),
		"a.root-servers.net.");
	assert_int_equal(hints.items[1].type, DCV_TYPE_AAAA);
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {{"", "there is no address in it"}, {". NS a.\n", "no address"},
		{"a. A 1.2.3\n", ":1: "}, {"a. A 1.2.3.4\nb. MX 1 c.\n", ":2: "},
		{"a. IN A ( 1.2.3.4 )\n", ":1: "}, {"\xff\xff\n", ":1: "}};
	struct dcv_hints hints;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcv_error err = {.code = DCV_OK};

		assert_int_equal(read_text(rows[i].text, &hints, &err), DCV_E_CONFIG);
		if (strstr(err.text, rows[i].error) == NULL) {
			fail_msg("%s", err.text);
		}
	}
	assert_int_equal(dcv_hints_read("/nowhere/root.hints", &arena, &hints, NULL),
		DCV_E_CONFIG);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_built_in),
		TEST(test_file),
		TEST(test_bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
