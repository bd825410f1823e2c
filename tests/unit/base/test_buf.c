/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A buffer keeps its maximum, and foreign text cannot act on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static void test_add(void **state)
{
	struct dcv_buf buf;

	(void)state;
	dcv_buf_init(&buf, 1000);
	assert_string_equal(dcv_buf_text(&buf), "");
	dcv_buf_adds(&buf, "one ");
	dcv_buf_addf(&buf, "%d %s", 2, "three");
	dcv_buf_addc(&buf, '!');
	dcv_buf_add(&buf, "\0x", 2);
	assert_int_equal(buf.len, 14);
	assert_memory_equal(buf.data, "one 2 three!\0x", 15);
	assert_false(buf.failed);
	dcv_buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.max, 1000);
}

static void test_maximum(void **state)
{
	struct dcv_buf buf;

	(void)state;
	dcv_buf_init(&buf, 5);
	dcv_buf_adds(&buf, "12345");
	assert_false(buf.failed);
	dcv_buf_add(&buf, "", 0);
	assert_false(buf.failed);
	dcv_buf_adds(&buf, "6");
	assert_true(buf.failed);
	assert_string_equal(dcv_buf_text(&buf), "12345");
	dcv_buf_clear(&buf);
	dcv_buf_addf(&buf, "%s", "123456");
	assert_true(buf.failed);
	dcv_buf_adds(&buf, "1"); /* what was cut stays cut at one place */
	assert_string_equal(dcv_buf_text(&buf), "");
	dcv_buf_clear(&buf);
	dcv_buf_init(&buf, SIZE_MAX);
	assert_false(dcv_buf_reserve(&buf, SIZE_MAX));
	dcv_buf_clear(&buf);
}

static void assert_shown(const char *text, size_t n, const char *expect)
{
	struct dcv_buf buf;
	char out[64];

	dcv_buf_init(&buf, 64);
	dcv_buf_add_shown(&buf, text, n);
	assert_string_equal(dcv_buf_text(&buf), expect);
	assert_int_equal(dcv_shown(out, sizeof out, text, n), strlen(expect));
	assert_string_equal(out, expect);
	/* Shown again it stays the same. */
	dcv_buf_clear(&buf);
	dcv_buf_add_shown(&buf, expect, strlen(expect));
	assert_string_equal(dcv_buf_text(&buf), expect);
	dcv_buf_clear(&buf);
}

static void test_shown(void **state)
{
	(void)state;
	assert_shown("plain ~ text", 12, "plain ~ text");
	assert_shown("m\xc3\xbcnchen \xe4\xb8\xad \xf0\x9f\x98\x80", 17,
		"m\xc3\xbcnchen \xe4\xb8\xad \xf0\x9f\x98\x80");
	assert_shown("a\nb\tc\r\0", 7, "a\\x0Ab\\x09c\\x0D\\x00");
	assert_shown("\x1b[31m\x7f", 6, "\\x1B[31m\\x7F");
	assert_shown("\xc2\x9b", 2, "\\xC2\\x9B"); /* C1: CSI */
	assert_shown("\xe2\x80\xae", 3, "\\xE2\\x80\\xAE"); /* U+202E, right to left */
	assert_shown("\xe2\x81\xa6", 3, "\\xE2\\x81\\xA6"); /* U+2066 */
	assert_shown("\xe2\x80\xa8", 3, "\\xE2\\x80\\xA8"); /* line separator */
	assert_shown("\xd8\x9c", 2, "\\xD8\\x9C"); /* U+061C */
	assert_shown("\xff\xfe", 2, "\\xFF\\xFE");
	assert_shown("\xc0\xaf", 2, "\\xC0\\xAF"); /* overlong */
	assert_shown("\xe0\x80\xaf", 3, "\\xE0\\x80\\xAF");
	assert_shown("\xed\xa0\x80", 3, "\\xED\\xA0\\x80"); /* surrogate */
	assert_shown("\xf4\x90\x80\x80", 4, "\\xF4\\x90\\x80\\x80"); /* over U+10FFFF */
	assert_shown("x\xe4\xb8", 3, "x\\xE4\\xB8"); /* cut off */
}

static void test_shown_fits_or_is_not_added(void **state)
{
	struct dcv_buf buf;
	char out[6];

	(void)state;
	dcv_buf_init(&buf, 6);
	dcv_buf_adds(&buf, "ab");
	dcv_buf_add_shown(&buf, "c\x01", 2);
	assert_true(buf.failed);
	assert_string_equal(dcv_buf_text(&buf), "ab");
	dcv_buf_clear(&buf);
	/* A character is never cut in two. */
	assert_int_equal(dcv_shown(out, sizeof out, "abc\xe4\xb8\xadx", 7), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(dcv_shown(out, sizeof out, "ab\x01", 3), 2);
}

static void test_hex(void **state)
{
	static const uint8_t octets[] = {0x00, 0x1f, 0xa0, 0xff};
	char out[9];

	(void)state;
	dcv_hex(octets, sizeof(octets), out);
	assert_string_equal(out, "001fa0ff");
	dcv_hex(octets, 0, out);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_shown_fits_or_is_not_added),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
