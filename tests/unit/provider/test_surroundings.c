/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a provider may see of the machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "provider/http.h"

static void put(const char *path, const char *octets, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(octets, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void test_only_listed_variables(void **state)
{
	static const char *const listed[] = {"DCV_TEST_LISTED", NULL};
	struct dcv_lent lent = {.variables = listed};

	(void)state;
	assert_int_equal(setenv("DCV_TEST_LISTED", "a", 1), 0);
	assert_int_equal(setenv("DCV_TEST_OTHER", "b", 1), 0);
	assert_string_equal(dcv_lent_variable(&lent, "DCV_TEST_LISTED"), "a");
	assert_null(dcv_lent_variable(&lent, "DCV_TEST_OTHER"));
	lent.variables = NULL;
	assert_null(dcv_lent_variable(&lent, "DCV_TEST_LISTED"));
}

static void test_files(void **state)
{
	char home[] = "/tmp/dcvctl-test.XXXXXX", path[64];
	struct dcv_arena arena = {NULL};
	struct dcv_secrets secrets = {.n = 0};
	struct dcv_lent lent = {.account = "a", .current = &arena, .secrets = &secrets};
	struct dcvp_error err = {0};
	const char *text = NULL;

	(void)state;
	assert_non_null(mkdtemp(home));
	assert_int_equal(setenv("HOME", home, 1), 0);
	(void)snprintf(path, sizeof path, "%s/file", home);
	assert_int_equal(dcv_lent_file(&lent, "~/file", &text, &err), DCVP_OK);
	assert_null(text);
	assert_int_equal(dcv_lent_file(&lent, "~/file/below", &text, &err), DCVP_OK);
	put(path, "one\ntwo\n", 8);
	assert_int_equal(dcv_lent_file(&lent, "~/file", &text, &err), DCVP_OK);
	assert_string_equal(text, "one\ntwo\n");
	put(path, "a\0b", 3);
	assert_int_equal(dcv_lent_file(&lent, path, &text, &err), DCVP_FAILED);
	assert_non_null(strstr(err.text, "NUL"));
	put(path, "", 0);
	assert_int_equal(dcv_lent_file(&lent, path, &text, &err), DCVP_OK);
	assert_string_equal(text, "");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(dcv_lent_file(&lent, home, &text, &err), DCVP_FAILED);
	assert_int_equal(rmdir(home), 0);
	dcv_secrets_clear(&secrets);
	dcv_arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_listed_variables),
		cmocka_unit_test(test_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
