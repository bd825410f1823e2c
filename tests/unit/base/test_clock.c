/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Times and durations as people read and write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static void test_duration_text(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {
		{0, "0 s"},
		{4, "4 s"},
		{60, "60 s"},
		{120, "120 s"},
		{121, "2 min"},
		{149, "2 min"},
		{150, "3 min"},
		{300, "5 min"},
		{900, "15 min"},
		{3600, "1 h"},
		{5400, "90 min"},
		{7199, "120 min"},
		{7200, "2 h"},
		{86400, "24 h"},
		{172800, "48 h"},
		{172801, "2 d"},
		{2592000, "30 d"},
		{-900, "-15 min"},
		{INT64_MAX, "106751991167301 d"},
		{INT64_MIN, "-106751991167301 d"},
	};
	char out[DCV_TIME_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(dcv_duration_text(cases[i].s, out), cases[i].text);
}

static void test_span_text(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {{0, "0 s"}, {59, "59 s"}, {60, "1 min"}, {432, "7 min 12 s"},
		{-432, "7 min 12 s"}, {3600, "1 h"}, {3659, "1 h"}, {7261, "2 h 1 min"},
		{90000, "1 d 1 h"}, {INT64_MIN, "106751991167300 d 15 h"}};
	char out[DCV_TIME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(dcv_span_text(cases[i].s, out), cases[i].text);
}

static void test_duration_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} good[] = {{"0", 0}, {"300", 300}, {"90s", 90}, {"15m", 900}, {"24h", 86400},
		{"7d", 604800}};
	static const char *const bad[] = {"", "s", "-5", "+5", " 5", "5 ", "5x", "5ms",
		"1h30m", "1.5h", "99999999999999999999", "9223372036854775807d", "36601d",
		"0x10"};
	struct dcv_error err = {0};
	int64_t s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(dcv_duration_parse("wait", good[i].text, &s, &err),
			DCV_OK);
		assert_true(s == good[i].s);
	}
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err = (struct dcv_error){0};
		s = -1;
		assert_int_equal(dcv_duration_parse("wait", bad[i], &s, &err),
			DCV_E_USAGE);
		assert_true(s == -1);
		assert_int_equal(strncmp(err.text, "wait: ", 6), 0);
	}
}

static void test_time_text(void **state)
{
	char out[DCV_TIME_TEXT_MAX];

	(void)state;
	assert_int_equal(setenv("TZ", "XYZ-1", 1), 0);
	tzset();
	assert_string_equal(dcv_time_utc(1795338840, out), "2026-11-22T09:14:00Z");
	assert_string_equal(dcv_time_local(1795338840, out), "2026-11-22 10:14 +0100");
	assert_true(strlen(dcv_time_utc(INT64_MAX, out)) > 0);
	assert_true(strlen(dcv_time_local(INT64_MIN, out)) > 0);
	assert_true(strlen(dcv_time_local(67767976233529199, out)) > 0);
}

static void test_system(void **state)
{
	int64_t start = dcv_mono_ms(&dcv_clock_system);

	(void)state;
	dcv_sleep_ms(&dcv_clock_system, -1);
	dcv_sleep_ms(&dcv_clock_system, 2);
	assert_true(dcv_mono_ms(&dcv_clock_system) >= start + 1);
	assert_true(dcv_now_s(&dcv_clock_system) > 1600000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duration_text),
		cmocka_unit_test(test_span_text),
		cmocka_unit_test(test_duration_parse),
		cmocka_unit_test(test_time_text),
		cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
