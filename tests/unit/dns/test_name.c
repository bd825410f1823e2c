/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a domain name must be read as, and written as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dns/name.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static struct dcv_name name_of(const char *text)
{
	struct dcv_name name = {.len = 0};
	struct dcv_error err = {.code = DCV_OK};

	if (dcv_name_from(text, &name, &err) != DCV_OK) {
		fail_msg("%s: %s", text, err.text);
	}
	return name;
}

static void check_text(const char *text, const char *expected)
{
	char out[DCV_NAME_TEXT_MAX];
	struct dcv_name name = name_of(text);

	assert_string_equal(dcv_name_text(&name, out), expected);
}

static void test_reads_and_writes(void **state)
{
	(void)state;
	check_text("example.com.", "example.com.");
	check_text("Example.COM", "example.com.");
	check_text(".", ".");
	check_text("_dnsauth.www.example.com", "_dnsauth.www.example.com.");
	check_text("*.example.com", "*.example.com.");
	check_text("a\\.b.example.", "a\\.b.example.");
	check_text("a\\046b.example.", "a\\.b.example.");
	check_text("\\065.example.", "a.example.");
	check_text("a\\032b\\;.", "a\\032b\\;.");
	check_text("\\000\\255.", "\\000\\255.");
	check_text("\\@.\\$x.", "\\@.\\$x.");
	check_text("a\\\\.b.", "a\\\\.b.");
}

static void check_bad(const char *text, size_t len, const char *why)
{
	struct dcv_name name = {.len = 7};
	struct dcv_error err = {.code = DCV_OK};

	assert_int_equal(dcv_name_parse(text, len, NULL, &name, &err), DCV_E_FAILED);
	if (strstr(err.text, why) == NULL) {
		fail_msg("\"%s\": expected \"%s\"", err.text, why);
	}
	assert_int_equal(name.len, 7);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"", "empty"},
		{"..", "empty label"},
		{".com", "empty label"},
		{"a..b", "empty label"},
		{"a.b..", "empty label"},
		{L63 "x.com", "label over 63"},
		{"a\\", "escape"},
		{"a\\1", "bad escape"},
		{"a\\12", "bad escape"},
		{"a\\12x.", "bad escape"},
		{"a\\256.", "bad escape"},
		{"a\\999.", "bad escape"},
		{"a b.", "blank"},
		{"a\tb.", "blank"},
		{"a\nb.", "blank"},
		{"a\x7f.", "control"},
		{"@", "origin"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		check_bad(bad[i].text, strlen(bad[i].text), bad[i].why);
	}
	check_bad("a\0b", 3, "control");
}

static void test_message_is_one_safe_line(void **state)
{
	const char *text = "a\033[2J..b\n";
	struct dcv_name name;
	struct dcv_error err = {.code = DCV_OK};

	(void)state;
	assert_int_equal(dcv_name_parse(text, strlen(text), NULL, &name, &err),
		DCV_E_FAILED);
	assert_null(strchr(err.text, '\033'));
	assert_null(strchr(err.text, '\n'));
}

/* 63 + 63 + 63 + 61 octets in labels, 4 lengths and the root: 255. */
static void test_limits(void **state)
{
	char text[300];
	struct dcv_name name;
	char out[DCV_NAME_TEXT_MAX];

	(void)state;
	(void)snprintf(text, sizeof text, "%s.%s.%s.%.61s.", L63, L63, L63, L63);
	name = name_of(text);
	assert_int_equal(name.len, 255);
	assert_string_equal(dcv_name_text(&name, out), text);
	(void)snprintf(text, sizeof text, "%s.%s.%s.%.62s.", L63, L63, L63, L63);
	check_bad(text, strlen(text), "over 255");
	(void)snprintf(text, sizeof text, "%s.%s.%s.%.61s.x.", L63, L63, L63, L63);
	check_bad(text, strlen(text), "over 255");
}

static void test_longest_text(void **state)
{
	struct dcv_name name = {.len = 0};
	struct dcv_name again;
	uint8_t wire[DCV_NAME_MAX];
	char out[DCV_NAME_TEXT_MAX];

	(void)state;
	memset(wire, 0x01, sizeof wire);
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	wire[254] = 0;
	assert_true(dcv_name_from_wire(wire, 255, &name));
	assert_int_equal(strlen(dcv_name_text(&name, out)), 250 * 4 + 4);
	again = name_of(out);
	assert_true(dcv_name_equal(&again, &name));
}

static void test_many_labels(void **state)
{
	char text[256];
	struct dcv_name name;

	(void)state;
	for (size_t i = 0; i < 127; i++) {
		text[2 * i] = 'a';
		text[2 * i + 1] = '.';
	}
	text[254] = '\0';
	name = name_of(text);
	assert_int_equal(dcv_name_labels(&name), 127);
	assert_true(dcv_name_is_within(&name, &name));
}

static void test_origin(void **state)
{
	struct dcv_name origin = name_of("example.com."), name, expected;

	(void)state;
	assert_int_equal(dcv_name_parse("www", 3, &origin, &name, NULL), DCV_OK);
	expected = name_of("www.example.com.");
	assert_true(dcv_name_equal(&name, &expected));
	assert_int_equal(dcv_name_parse("www.", 4, &origin, &name, NULL), DCV_OK);
	expected = name_of("www.");
	assert_true(dcv_name_equal(&name, &expected));
	assert_int_equal(dcv_name_parse("@", 1, &origin, &name, NULL), DCV_OK);
	assert_true(dcv_name_equal(&name, &origin));
	/* An escaped final dot does not make the name absolute. */
	assert_int_equal(dcv_name_parse("w\\.", 3, &origin, &name, NULL), DCV_OK);
	expected = name_of("w\\..example.com.");
	assert_true(dcv_name_equal(&name, &expected));
}

static void test_too_long_with_origin(void **state)
{
	char text[300];
	struct dcv_name origin, name = {.len = 9};

	(void)state;
	(void)snprintf(text, sizeof text, "%s.%s.%s.", L63, L63, L63);
	origin = name_of(text);
	assert_int_equal(dcv_name_parse(L63, 61, &origin, &name, NULL), DCV_OK);
	assert_int_equal(name.len, 255);
	assert_int_equal(dcv_name_parse(L63, 62, &origin, &name, NULL), DCV_E_FAILED);
	assert_int_equal(name.len, 255);
}

static void test_from_wire(void **state)
{
	static const uint8_t good[] = {3, 'W', 'w', '\x00', 1, 'B', 0};
	static const uint8_t pointer[] = {1, 'a', 0xc0, 0};
	static const uint8_t behind[] = {1, 'a', 0, 0};
	struct dcv_name name = {.len = 0};

	(void)state;
	assert_true(dcv_name_from_wire(good, sizeof good, &name));
	assert_int_equal(name.wire[1], 'w');
	assert_int_equal(name.wire[5], 'b');
	for (size_t n = 0; n < sizeof good; n++) {
		assert_false(dcv_name_from_wire(good, n, &name));
	}
	assert_false(dcv_name_from_wire(pointer, sizeof pointer, &name));
	assert_false(dcv_name_from_wire(behind, sizeof behind, &name));
}

/* The list of RFC 4034 6.1, in its order. */
static void test_canonical_order(void **state)
{
	static const char *const sorted[] = {"example.", "a.example.",
		"yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.",
		"\\001.z.example.", "*.z.example.", "\\200.z.example."};
	const size_t n = sizeof sorted / sizeof sorted[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			struct dcv_name a = name_of(sorted[i]), b = name_of(sorted[k]);
			int order = dcv_name_compare(&a, &b);

			assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
			assert_true(dcv_name_equal(&a, &b) == (i == k));
		}
	}
}

static void test_within(void **state)
{
	struct dcv_name apex = name_of("example.com."), root = name_of("."),
			none = {.len = 0};
	struct dcv_name below = name_of("a.b.example.com."),
			near = name_of("xexample.com.");
	/* The octets of "example.com." stand at its end, but no label begins there. */
	struct dcv_name trap = name_of("a\\007example.com.");

	(void)state;
	assert_true(dcv_name_is_within(&apex, &apex));
	assert_true(dcv_name_is_within(&below, &apex));
	assert_true(dcv_name_is_within(&below, &root));
	assert_false(dcv_name_is_within(&apex, &below));
	assert_false(dcv_name_is_within(&near, &apex));
	assert_false(dcv_name_is_within(&trap, &apex));
	assert_false(dcv_name_is_within(&below, &none));
}

static void test_labels(void **state)
{
	struct dcv_name name = name_of("_dnsauth.www.example.com."),
			apex = name_of("example.com.");
	struct dcv_name root = name_of("."), made, parent = dcv_name_parent(&name, 2);

	(void)state;
	assert_int_equal(dcv_name_labels(&name), 4);
	assert_int_equal(dcv_name_labels(&root), 0);
	assert_true(dcv_name_equal(&parent, &apex));
	parent = dcv_name_parent(&name, 4);
	assert_true(dcv_name_equal(&parent, &root));
	assert_true(dcv_name_label_is(&name, 0, "_dnsauth"));
	assert_true(dcv_name_label_is(&name, 3, "com"));
	assert_false(dcv_name_label_is(&name, 1, "ww"));
	assert_false(dcv_name_label_is(&name, 4, "com"));
	assert_false(dcv_name_label_is(&root, 0, ""));
	assert_true(dcv_name_prepend("WWW", 3, &apex, &made));
	parent = name_of("www.example.com");
	assert_true(dcv_name_equal(&made, &parent));
	assert_false(dcv_name_prepend("", 0, &apex, &made));
	assert_false(dcv_name_prepend(L63 "x", 64, &apex, &made));
}

static void test_kinds(void **state)
{
	struct dcv_name star = name_of("*.example.com."),
			under = name_of("_acme-challenge.x.");
	struct dcv_name plain = name_of("**.a_b."), root = name_of(".");

	(void)state;
	assert_true(dcv_name_is_wildcard(&star));
	assert_false(dcv_name_is_wildcard(&plain));
	assert_false(dcv_name_is_wildcard(&root));
	assert_true(dcv_name_is_underscored(&under));
	assert_false(dcv_name_is_underscored(&plain));
	assert_false(dcv_name_is_underscored(&root));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_and_writes),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_message_is_one_safe_line),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_many_labels),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_too_long_with_origin),
		cmocka_unit_test(test_from_wire),
		cmocka_unit_test(test_canonical_order),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
