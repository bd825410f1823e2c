/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests how U-labels become A-labels, and which of them are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns/idn.h"

static void good(const char *text, const char *wanted)
{
	struct dcv_arena arena = {NULL};
	struct dcv_error err = {0};
	char *ascii = NULL;

	assert_int_equal(dcv_idn_to_ascii(text, strlen(text), &arena, &ascii, &err),
		DCV_OK);
	assert_string_equal(ascii, wanted);
	dcv_arena_clear(&arena);
}

static void bad_octets(const char *text, size_t len, const char *why)
{
	struct dcv_arena arena = {NULL};
	struct dcv_error err = {0};
	char *ascii = NULL;

	assert_int_equal(dcv_idn_to_ascii(text, len, &arena, &ascii, &err), DCV_E_FAILED);
	assert_null(ascii);
	if (strstr(err.text, why) == NULL)
		fail_msg("`%s` is not in: %s", why, err.text);
	dcv_arena_clear(&arena);
}

static void bad(const char *text, const char *why)
{
	bad_octets(text, strlen(text), why);
}

static void test_ascii_stays(void **state)
{
	(void)state;
	good("", "");
	good(".", ".");
	good("example.com", "example.com");
	good("_dnsauth.Example.com.", "_dnsauth.Example.com.");
	good("*.example.com", "*.example.com");
	good("xn--bcher-kva.example", "xn--bcher-kva.example");
	good("a..b", "a..b"); /* the reader of names says what is wrong with it */
}

static void test_u_labels(void **state)
{
	(void)state;
	good("bücher.example", "xn--bcher-kva.example");
	good("BÜCHER.example.", "xn--bcher-kva.example.");
	good("_dnsauth.bücher.example", "_dnsauth.xn--bcher-kva.example");
	good("bu\xcc\x88"
	     "cher.example",
		"xn--bcher-kva.example"); /* decomposed */
	good("例え.テスト", "xn--r8jz45g.xn--zckzah");
	good("测试.中国", "xn--0zwm56d.xn--fiqs8s");
	good("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f");
	good("ｅｘａｍｐｌｅ.com", "example.com");
}

/* IDNA 2008: UTS 46 would have made `strasse` of it in its transitional days. */
static void test_not_transitional(void **state)
{
	(void)state;
	good("straße.example", "xn--strae-oqa.example");
	good("βόλος.com", "xn--nxasmm1c.com");
}

static void test_other_dots(void **state)
{
	(void)state;
	good("测试。中国", "xn--0zwm56d.xn--fiqs8s");
	good("bücher．example｡com", "xn--bcher-kva.example.com");
	good("example。", "example.");
}

static void test_scripts_of_one_language(void **state)
{
	(void)state;
	good("ひらカタ漢字abc.example", "xn--abc-0c4bpeui6eq847a6htb.example");
	good("한국abc.example", "xn--abc-lt8lk11n.example");
	good("abc1-2ü.example", "xn--abc1-2-8ya.example");
	/* Each label has its own. */
	good("пример.bücher.example", "xn--e1afmkfd.xn--bcher-kva.example");
}

static void test_mixed_scripts(void **state)
{
	(void)state;
	bad("p\xd0\xb0ypal.com", "mixes letters of several scripts: Latin, Cyrillic");
	bad("αdmin.example", "Greek, Latin");
	bad("한ひ.example", "Hangul, Hiragana");
	bad("漢б.example", "Han, Cyrillic");
	bad("ok.bücher.exаmple", "Latin, Cyrillic");
}

static void test_what_is_no_label(void **state)
{
	char text[300];

	(void)state;
	bad("bü cher.example", "no name may have");
	bad("☃☃.example", "disallowed");
	bad("\xcc\x88.example", "no internationalised label"); /* begins with a mark */
	bad("ü/a.example", "no name may have");
	bad("bücher\xe2\x80\xae.example", "disallowed");
	memset(text, 'a', sizeof text);
	memcpy(text, "ü", 2);
	text[sizeof text - 1] = '\0';
	bad(text, "label");
}

static void test_not_utf_8(void **state)
{
	(void)state;
	bad("b\xfc"
	    "cher.example",
		"not UTF-8");
	bad("\xc3", "not UTF-8");
	bad("\xed\xa0\x80", "not UTF-8"); /* a surrogate */
	bad_octets("\xc3\xbc\0a", 4, "not UTF-8");
}

static void test_too_long(void **state)
{
	static char text[5000];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "ü", 2);
	bad_octets(text, sizeof text, "255 octets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii_stays),
		cmocka_unit_test(test_u_labels),
		cmocka_unit_test(test_not_transitional),
		cmocka_unit_test(test_other_dots),
		cmocka_unit_test(test_scripts_of_one_language),
		cmocka_unit_test(test_mixed_scripts),
		cmocka_unit_test(test_what_is_no_label),
		cmocka_unit_test(test_not_utf_8),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
