/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Diagnostics are bounded, but an error is never lost to warnings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/diag.h"

static void add(struct dcv_diags *diags, enum dcv_severity severity, int i)
{
	dcv_diag_add(diags, severity, DCV_E_ORDER, NULL, NULL, "number %d", i);
}

static void test_fields(void **state)
{
	const struct dcv_place place = {.file = "o\n.yaml", .line = 3, .column = 7};
	struct dcv_diags diags = {0};
	struct dcv_error err = {0};

	(void)state;
	dcv_diag_add(&diags, DCV_SEV_WARNING, DCV_E_REFUSED, &place, "run: dcvctl plan",
		"x: %s", "y\n");
	assert_int_equal(diags.code, DCV_OK);
	dcv_diag_cause(&diags, "P17");
	assert_string_equal(diags.items[0].id, "P17");
	assert_string_equal(diags.items[0].where, "o\\x0A.yaml");
	assert_int_equal(diags.items[0].line, 3);
	assert_int_equal(diags.items[0].column, 7);
	assert_string_equal(diags.items[0].text, "x: y\\x0A");
	assert_string_equal(diags.items[0].help, "run: dcvctl plan");
	(void)dcv_fail(&err, DCV_E_CONFIG, "bad");
	(void)dcv_help(&err, "help: do this");
	dcv_diag_add_error(&diags, NULL, &err);
	assert_int_equal(diags.code, DCV_E_CONFIG);
	assert_int_equal(diags.n_errors, 1);
	assert_string_equal(diags.items[1].help, "do this");
	assert_string_equal(diags.items[1].where, "");
	dcv_diags_clear(&diags);
	assert_int_equal(diags.n, 0);
}

static void test_limit(void **state)
{
	struct dcv_diags diags = {0};
	int i;

	(void)state;
	for (i = 0; i < 150; i++)
		add(&diags, DCV_SEV_ERROR, i);
	assert_int_equal(diags.n, DCV_DIAGS_MAX);
	assert_int_equal(diags.dropped, 50);
	assert_int_equal(diags.n_errors, 150);
	assert_string_equal(diags.items[99].text, "number 99");
	dcv_diag_cause(&diags, "P1"); /* of one that is not here */
	assert_string_equal(diags.items[99].id, "");
	dcv_diags_clear(&diags);
}

static void test_error_drives_out_warning(void **state)
{
	struct dcv_diags diags = {0};
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		add(&diags, i == 99 ? DCV_SEV_ERROR : DCV_SEV_WARNING, i);
	add(&diags, DCV_SEV_WARNING, 100);
	assert_int_equal(diags.dropped, 1);
	add(&diags, DCV_SEV_ERROR, 101);
	dcv_diag_cause(&diags, "P1");
	assert_int_equal(diags.n, 100);
	assert_int_equal(diags.dropped, 2);
	assert_string_equal(diags.items[97].text, "number 97");
	assert_string_equal(diags.items[98].text, "number 99");
	assert_string_equal(diags.items[99].text, "number 101");
	assert_string_equal(diags.items[99].id, "P1");
	dcv_diags_clear(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_error_drives_out_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
