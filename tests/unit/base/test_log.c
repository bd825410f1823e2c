/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A line of progress is one line, and not longer than a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/log.h"

struct seen {
	enum dcv_level level;
	char line[2048];
};

static void emit(void *ctx, enum dcv_level level, const char *line)
{
	struct seen *seen = ctx;

	seen->level = level;
	(void)snprintf(seen->line, sizeof seen->line, "%s", line);
}

static void test_line(void **state)
{
	struct seen seen = {0};
	const struct dcv_log log = {.emit = emit, .ctx = &seen}, silent = {0};
	char big[3000];

	(void)state;
	dcv_log(&log, DCV_LOG_INFO, "zone %s: %d", "a\n\x1b", 1);
	assert_int_equal(seen.level, DCV_LOG_INFO);
	assert_string_equal(seen.line, "zone a\\x0A\\x1B: 1");
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	dcv_log(&log, DCV_LOG_NOTE, "%s", big);
	assert_int_equal(strlen(seen.line), 1024);
	dcv_log(NULL, DCV_LOG_NOTE, "x");
	dcv_log(&silent, DCV_LOG_NOTE, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_line)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
