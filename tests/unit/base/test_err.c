/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Errors: the first wins, context is put before it, and one message is one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"

static void test_first_wins(void **state)
{
	struct dcv_error err = {0};

	(void)state;
	assert_int_equal(dcv_fail(&err, DCV_E_FAILED, "a: %d", 1), DCV_E_FAILED);
	assert_int_equal(dcv_fail(&err, DCV_E_USAGE, "b"), DCV_E_USAGE);
	assert_int_equal(err.code, DCV_E_FAILED);
	assert_string_equal(err.text, "a: 1");
	assert_int_equal(dcv_help(&err, "run: x"), DCV_E_FAILED);
	assert_int_equal(dcv_help(&err, "run: y"), DCV_E_FAILED);
	assert_string_equal(err.help, "run: x");
	assert_int_equal(dcv_error_wrap(&err, "zone %s", "z"), DCV_E_FAILED);
	assert_string_equal(err.text, "zone z: a: 1");
	assert_int_equal(dcv_fail(NULL, DCV_E_ORDER, "x"), DCV_E_ORDER);
	assert_int_equal(dcv_help(NULL, "x"), DCV_E_INTERNAL);
	assert_int_equal(dcv_error_wrap(NULL, "x"), DCV_E_INTERNAL);
	err = (struct dcv_error){0};
	assert_int_equal(dcv_nomem(&err), DCV_E_NOMEM);
	assert_int_equal(err.code, DCV_E_NOMEM);
}

static void test_long_and_foreign(void **state)
{
	struct dcv_error err = {0};
	char big[3000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	(void)dcv_fail(&err, DCV_E_FAILED, "%s", big);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	(void)dcv_error_wrap(&err, "%s", big);
	assert_true(strlen(err.text) < sizeof err.text);
	err = (struct dcv_error){0};
	(void)dcv_fail(&err, DCV_E_FAILED, "file %s: bad", "a\nb\x1b[2J");
	assert_string_equal(err.text, "file a\\x0Ab\\x1B[2J: bad");
	(void)dcv_error_wrap(&err, "in %s", "c\r");
	assert_string_equal(err.text, "in c\\x0D: file a\\x0Ab\\x1B[2J: bad");
}

static void test_table(void **state)
{
	(void)state;
	assert_int_equal(dcv_err_status(DCV_OK), 0);
	assert_int_equal(dcv_err_status(DCV_E_LOCKED), 5);
	assert_int_equal(dcv_err_status(DCV_E_NOMEM), 70);
	assert_int_equal(dcv_err_status(DCV_E_CONFIG), 78);
	assert_string_equal(dcv_err_text(DCV_E_NOMEM), "out of memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_wins),
		cmocka_unit_test(test_long_and_foreign),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
