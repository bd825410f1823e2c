/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the rules of the list of public suffixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/name.h"
#include "dns/suffix.h"

static const char list[] = "// comment\n"
			   "\n"
			   "com\n"
			   "uk trailing words\n"
			   "co.uk\r\n"
			   "*.ck\n"
			   "!www.ck\n"
			   "\xe5\x85\xac\xe5\x8f\xb8.cn\n" /* 公司.cn */
			   "// ===END ICANN DOMAINS===\n"
			   "github.io\n";

static void test_rules(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = {{"com.", true}, {"example.com.", false}, {"uk.", true},
		{"co.uk.", true}, {"a.co.uk.", false}, {"ck.", true},
		{"anything.ck.", true}, {"www.ck.", false}, {"a.anything.ck.", false},
		{"xn--55qx5d.cn.", true}, {"github.io.", false}, {"nowhere.", true},
		{"a.nowhere.", false}};
	struct dcv_arena arena = {NULL};
	struct dcv_suffixes *suffixes = NULL;

	(void)state;
	assert_int_equal(dcv_suffixes_read(list, strlen(list), &arena, &suffixes, NULL),
		DCV_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcv_name name;

		assert_int_equal(dcv_name_from(rows[i].name, &name, NULL), DCV_OK);
		if (dcv_suffix_is(suffixes, &name) != rows[i].is)
			fail_msg("%s", rows[i].name);
	}
	dcv_arena_clear(&arena);
}

static void test_no_list(void **state)
{
	struct dcv_arena arena = {NULL};
	struct dcv_suffixes *suffixes = NULL;
	struct dcv_error err = {0};

	(void)state;
	assert_int_equal(dcv_suffixes_read("// nothing\n", 11, &arena, &suffixes, &err),
		DCV_E_FAILED);
	assert_string_equal(err.text, "no rule in the list of public suffixes");
	assert_int_equal(dcv_suffixes_read("", 0, &arena, &suffixes, NULL), DCV_E_FAILED);
	dcv_arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules),
		cmocka_unit_test(test_no_list)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
