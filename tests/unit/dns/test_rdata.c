/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which octets a presentation form stands for, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns/rr.h"

static struct dcv_arena arena;

static int clear_arena(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static struct dcv_rdata rdata_of(uint16_t type, const char *text)
{
	struct dcv_rdata rdata = {.len = 0};
	struct dcv_error err = {.code = DCV_OK};
	struct dcv_name origin;

	assert_int_equal(dcv_name_from("example.com.", &origin, NULL), DCV_OK);
	if (dcv_rdata_parse(type, text, strlen(text), &origin, &arena, &rdata, &err) !=
		DCV_OK) {
		fail_msg("%s: %s", text, err.text);
	}
	return rdata;
}

static void check_wire(uint16_t type, const char *text, const void *wire, size_t n)
{
	struct dcv_rdata rdata = rdata_of(type, text);

	assert_int_equal(rdata.len, n);
	assert_memory_equal(rdata.wire, wire, n);
}

static void check_text(uint16_t type, const char *text, const char *expected)
{
	struct dcv_rdata rdata = rdata_of(type, text);
	char *out = dcv_rdata_dup_text(type, &rdata, &arena);

	assert_non_null(out);
	assert_string_equal(out, expected);
	if (type != 99) {
		struct dcv_rdata again = rdata_of(type, out);

		assert_true(dcv_rdata_equal(&again, &rdata));
	}
}

static void check_bad(uint16_t type, const char *text, size_t len, const char *why)
{
	struct dcv_rdata rdata = {.len = 7};
	struct dcv_error err = {.code = DCV_OK};

	assert_int_equal(dcv_rdata_parse(type, text, len, NULL, &arena, &rdata, &err),
		DCV_E_FAILED);
	if (strstr(err.text, why) == NULL) {
		fail_msg("%s: \"%s\", expected \"%s\"", text, err.text, why);
	}
	assert_int_equal(rdata.len, 7);
}

static void test_txt_wire(void **state)
{
	(void)state;
	check_wire(DCV_TYPE_TXT, "\"abc\"", "\3abc", 4);
	check_wire(DCV_TYPE_TXT, "abc", "\3abc", 4);
	check_wire(DCV_TYPE_TXT, "  abc\t\"d e\" ", "\3abc\3d e", 8);
	check_wire(DCV_TYPE_TXT, "\"\"", "\0", 1);
	check_wire(DCV_TYPE_TXT, "\"\" a \"\"", "\0\1a\0", 4);
	check_wire(DCV_TYPE_TXT, "\"a\"\"b\"", "\1a\1b", 4);
	check_wire(DCV_TYPE_TXT, "\"a\\\"b\"", "\3a\"b", 4);
	check_wire(DCV_TYPE_TXT, "\"a\\\\\"", "\2a\\", 3);
	check_wire(DCV_TYPE_TXT, "a\\ b", "\3a b", 4);
	check_wire(DCV_TYPE_TXT, "\\\"", "\1\"", 2);
	check_wire(DCV_TYPE_TXT, "\"\\065\\000\\255\"", "\3A\0\377", 4);
	check_wire(DCV_TYPE_TXT, "\"x;y(z)\"", "\6x;y(z)", 7);
	check_wire(DCV_TYPE_TXT, "\\# 2 01 41", "\1A", 2);
	check_wire(DCV_TYPE_TXT, "\\#x", "\2#x", 3);
}

static void test_txt_text(void **state)
{
	(void)state;
	check_text(DCV_TYPE_TXT, "abc \"\" d", "\"abc\" \"\" \"d\"");
	check_text(DCV_TYPE_TXT, "\"a\\\"b\\\\c ; ( $ @\"", "\"a\\\"b\\\\c ; ( $ @\"");
	check_text(DCV_TYPE_TXT, "\"\\000\\010\\127\\128\\255\"",
		"\"\\000\\010\\127\\128\\255\"");
}

static void test_txt_refuses(void **state)
{
	char text[300];

	(void)state;
	check_bad(DCV_TYPE_TXT, "", 0, "TXT: no string");
	check_bad(DCV_TYPE_TXT, "  ", 2, "no string");
	check_bad(DCV_TYPE_TXT, "\"abc", 4, "not closed");
	check_bad(DCV_TYPE_TXT, "\"", 1, "not closed");
	check_bad(DCV_TYPE_TXT, "\"abc\\\"", 6, "not closed");
	check_bad(DCV_TYPE_TXT, "a\"b", 3, "without quotes");
	check_bad(DCV_TYPE_TXT, "a\\", 2, "escape");
	check_bad(DCV_TYPE_TXT, "a\\12", 4, "escape");
	check_bad(DCV_TYPE_TXT, "\\256", 4, "escape");
	check_bad(DCV_TYPE_TXT, "\"a\nb\"", 5, "line end");
	check_bad(DCV_TYPE_TXT, "\"a\rb\"", 5, "line end");
	check_bad(DCV_TYPE_TXT, "\"a\0b\"", 5, "NUL");
	memset(text, 'x', sizeof text);
	check_bad(DCV_TYPE_TXT, text, 256, "over 255");
	check_bad(DCV_TYPE_TXT, "\\# 2 0241", 9, "form of this type");
	check_bad(DCV_TYPE_TXT, "\\# 0", 4, "form of this type");
}

/* Every length around the boundaries of a string, every octet, and back. */
static void test_txt_lengths(void **state)
{
	static const size_t lengths[] = {0, 1, 254, 255, 256, 257, 509, 510, 511, 765,
		766};
	uint8_t octets[1024];

	(void)state;
	for (size_t i = 0; i < sizeof octets; i++) {
		octets[i] = (uint8_t)(i * 7);
	}
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct dcv_rdata rdata = {.len = 0}, again;
		size_t n = lengths[i], len = 0, strings = n == 0 ? 1 : (n + 254) / 255;

		assert_int_equal(dcv_txt_make(octets, n, &arena, &rdata, NULL), DCV_OK);
		assert_int_equal(rdata.len, n + strings);

		char *joined = dcv_txt_join(&rdata, &arena, &len);

		assert_non_null(joined);
		assert_int_equal(len, n);
		assert_memory_equal(joined, octets, n);
		assert_int_equal(joined[n], '\0');
		again = rdata_of(DCV_TYPE_TXT,
			dcv_rdata_dup_text(DCV_TYPE_TXT, &rdata, &arena));
		assert_true(dcv_rdata_equal(&again, &rdata));
	}
}

static void test_txt_largest(void **state)
{
	struct dcv_rdata rdata = {.len = 0};
	uint8_t *octets = calloc(1, 65535);
	char *text = NULL;

	(void)state;
	assert_non_null(octets);
	/* 255 strings of 255 octets, and one of 254: 65535 with their lengths. */
	assert_int_equal(dcv_txt_make(octets, 65279, &arena, &rdata, NULL), DCV_OK);
	assert_int_equal(rdata.len, 65535);
	text = dcv_rdata_dup_text(DCV_TYPE_TXT, &rdata, &arena);
	assert_non_null(text);
	rdata = rdata_of(DCV_TYPE_TXT, text);
	assert_int_equal(rdata.len, 65535);
	assert_int_equal(dcv_txt_make(octets, 65280, &arena, &rdata, NULL), DCV_E_FAILED);
	assert_int_equal(dcv_txt_make(octets, SIZE_MAX, &arena, &rdata, NULL),
		DCV_E_FAILED);
	free(octets);

	text = dcv_arena_printf(&arena, "%s \"\"", text);
	check_bad(DCV_TYPE_TXT, text, strlen(text), "over 65535");
}

static void test_caa(void **state)
{
	char text[400];

	(void)state;
	check_wire(DCV_TYPE_CAA, "0 issue \"ca.example\"", "\0\5issueca.example", 17);
	check_wire(DCV_TYPE_CAA, "128 issuewild ;", "\200\11issuewild;", 12);
	check_wire(DCV_TYPE_CAA, "0 iodef \"\"", "\0\5iodef", 7);
	check_wire(DCV_TYPE_CAA, "0 Issue \"a\\;b\\255\"", "\0\5Issuea;b\377", 11);
	check_text(DCV_TYPE_CAA, "0 issue ca.example", "0 issue \"ca.example\"");
	check_text(DCV_TYPE_CAA, "255 x1 \"a b; c=\\\"d\\\"\"",
		"255 x1 \"a b; c=\\\"d\\\"\"");
	check_bad(DCV_TYPE_CAA, "0 issue", 7, "no value");
	check_bad(DCV_TYPE_CAA, "0", 1, "tag");
	check_bad(DCV_TYPE_CAA, "", 0, "flags");
	check_bad(DCV_TYPE_CAA, "256 issue x", 11, "flags");
	check_bad(DCV_TYPE_CAA, "-1 issue x", 10, "flags");
	check_bad(DCV_TYPE_CAA, "0 is-sue x", 10, "tag");
	check_bad(DCV_TYPE_CAA, "0 issue a b", 11, "more text");
	check_bad(DCV_TYPE_CAA, "0 issue \"a\" b", 13, "more text");
	check_bad(DCV_TYPE_CAA, "\\# 3 000531", 11, "form of this type");
	check_bad(DCV_TYPE_CAA, "\\# 3 000078", 11, "form of this type");
	/* The value has no length octet, so it may be longer than a string. */
	(void)snprintf(text, sizeof text, "0 issue \"%0300d\"", 0);
	assert_int_equal(rdata_of(DCV_TYPE_CAA, text).len, 307);
}

static void test_names(void **state)
{
	(void)state;
	check_wire(DCV_TYPE_CNAME, "WWW.Example.ORG.", "\3www\7example\3org", 17);
	check_wire(DCV_TYPE_NS, "ns1", "\3ns1\7example\3com", 17);
	check_wire(DCV_TYPE_DNAME, "@", "\7example\3com", 13);
	check_wire(DCV_TYPE_CNAME, "\\# 3 014100", "\1a", 3);
	check_wire(DCV_TYPE_CNAME, "a\\ b.", "\3a b", 5);
	check_text(DCV_TYPE_CNAME, "a\\.b", "a\\.b.example.com.");
	check_bad(DCV_TYPE_CNAME, "", 0, "no name");
	check_bad(DCV_TYPE_CNAME, "a. b.", 5, "more text");
	check_bad(DCV_TYPE_CNAME, "a..b.", 5, "empty label");
	check_bad(DCV_TYPE_CNAME, "\\# 2 c00c", 9, "form of this type");
}

/* RFC 1035 3.3.9, RFC 2782. */
static void test_numbered_names(void **state)
{
	(void)state;
	check_wire(DCV_TYPE_MX, "10 Mail", "\0\12\4mail\7example\3com", 20);
	check_wire(DCV_TYPE_MX, "65535\t.", "\377\377", 3);
	check_wire(DCV_TYPE_MX, "\\# 5 0001 01 41 00", "\0\1\1a", 5);
	check_wire(DCV_TYPE_SRV, "1 2 443 Host.", "\0\1\0\2\1\273\4host", 12);
	check_wire(DCV_TYPE_PTR, "Host.", "\4host", 6);
	check_text(DCV_TYPE_MX, "010 @", "10 example.com.");
	check_text(DCV_TYPE_SRV, "0 65535 1 a\\.b", "0 65535 1 a\\.b.example.com.");
	check_text(DCV_TYPE_PTR, "x", "x.example.com.");
	check_bad(DCV_TYPE_MX, "", 0, "a number");
	check_bad(DCV_TYPE_MX, "mail.", 5, "a number");
	check_bad(DCV_TYPE_MX, "65536 mail.", 11, "a number");
	check_bad(DCV_TYPE_MX, "-1 mail.", 8, "a number");
	check_bad(DCV_TYPE_MX, "10", 2, "no name");
	check_bad(DCV_TYPE_MX, "10 mail. x", 10, "more text");
	check_bad(DCV_TYPE_MX, "\\# 2 000a", 9, "form of this type");
	check_bad(DCV_TYPE_MX, "\\# 4 000a c00c", 14, "form of this type");
	check_bad(DCV_TYPE_MX, "\\# 4 000a 00 00", 15, "form of this type");
	check_bad(DCV_TYPE_SRV, "1 2 host.", 9, "three numbers");
	check_bad(DCV_TYPE_SRV, "1 2 3", 5, "no name");
	check_bad(DCV_TYPE_SRV, "\\# 3 000102", 11, "form of this type");
}

static void test_what_is_encoded(void **state)
{
	static const uint16_t types[] = {1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 257};
	size_t n = 0;

	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		bool is = n < sizeof types / sizeof types[0] && types[n] == type;

		assert_int_equal(dcv_type_is_encoded((uint16_t)type), is);
		n += is;
	}
}

static void test_addresses(void **state)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	(void)state;
	check_wire(DCV_TYPE_A, "192.0.2.1", "\300\0\2\1", 4);
	check_wire(DCV_TYPE_AAAA, "2001:DB8::1", v6, 16);
	check_text(DCV_TYPE_AAAA, "2001:DB8:0::1", "2001:db8::1");
	check_text(DCV_TYPE_A, "192.0.2.1", "192.0.2.1");
	check_bad(DCV_TYPE_A, "192.0.2", 7, "not an address");
	check_bad(DCV_TYPE_A, "192.0.2.256", 11, "not an address");
	check_bad(DCV_TYPE_A, "2001:db8::1", 11, "not an address");
	check_bad(DCV_TYPE_AAAA, "192.0.2.1", 9, "not an address");
	check_bad(DCV_TYPE_A, "192.0.2.1 192.0.2.2", 19, "more text");
}

static void test_soa(void **state)
{
	(void)state;
	check_text(DCV_TYPE_SOA, "ns1 host\\.master 2026112201 7200 15m 2w 1h30m",
		"ns1.example.com. host\\.master.example.com. 2026112201 7200 900 1209600 5400");
	check_text(DCV_TYPE_SOA,
		"\\# 22 00 00 00000001 00000002 00000003 00000004 ffffffff",
		". . 1 2 3 4 4294967295");
	check_bad(DCV_TYPE_SOA, "a. b. 1 2 3 4", 13, "five numbers");
	check_bad(DCV_TYPE_SOA, "a. b. 1h 2 3 4 5", 16, "32 bits");
	check_bad(DCV_TYPE_SOA, "a. b. 4294967296 2 3 4 5", 24, "32 bits");
	check_bad(DCV_TYPE_SOA, "a. b. 1 2 3 4 99999w", 20, "32 bits");
	check_bad(DCV_TYPE_SOA, "a. b. 1 2 3 4 5 6", 17, "more text");
	check_bad(DCV_TYPE_SOA, "a. b. 1 2 3 4 h", 15, "32 bits");
}

static void test_generic(void **state)
{
	(void)state;
	check_text(65399, "\\# 4 DEADbeef", "\\# 4 deadbeef");
	check_text(65399, "\\# 4 de ad be ef", "\\# 4 deadbeef");
	check_text(65399, "\\# 0", "\\# 0");
	check_bad(65399, "\\# 3 deadbeef", 13, "length");
	check_bad(65399, "\\# 4 deadbee", 12, "odd number");
	check_bad(65399, "\\# 1 zz", 7, "hexadecimal");
	check_bad(65399, "\\# 65536 00", 11, "length");
	check_bad(65399, "\\# x", 4, "length");
	check_bad(65399, "\\#", 2, "length");
	check_bad(65399, "abc", 3, "TYPE65399: this type is read");
	check_bad(DCV_TYPE_A, "\\# 3 c00002", 11, "form of this type");
}

/* Octets from elsewhere that do not have the form of their type are still shown. */
static void test_unsound_is_shown(void **state)
{
	static const uint8_t wire[] = {5, 'a'};
	static const uint8_t lost[] = {0xc0, 0x0c};
	struct dcv_rdata rdata = {sizeof wire, wire};
	size_t len = 9;

	(void)state;
	assert_string_equal(dcv_rdata_dup_text(DCV_TYPE_TXT, &rdata, &arena),
		"\\# 2 0561");
	assert_string_equal(dcv_txt_join(&rdata, &arena, &len), "a");
	assert_int_equal(len, 1);
	rdata = (struct dcv_rdata){sizeof lost, lost};
	assert_string_equal(dcv_rdata_dup_text(DCV_TYPE_CNAME, &rdata, &arena),
		"\\# 2 c00c");
	assert_string_equal(dcv_rdata_dup_text(DCV_TYPE_SOA, &rdata, &arena),
		"\\# 2 c00c");
	assert_string_equal(dcv_rdata_dup_text(DCV_TYPE_CAA, &rdata, &arena),
		"\\# 2 c00c");
	assert_string_equal(dcv_rdata_dup_text(DCV_TYPE_A, &rdata, &arena), "\\# 2 c00c");
	rdata = (struct dcv_rdata){0, NULL};
	assert_string_equal(dcv_rdata_dup_text(DCV_TYPE_TXT, &rdata, &arena), "\\# 0");
}

/* Whatever the text is: no crash, and what is read can be written and read again. */
static void test_random_text(void **state)
{
	static const char set[] = "\"\\ \t;()#0123456789abcXYZ.@$\\\"\\\"";
	static const uint16_t types[] = {DCV_TYPE_A, DCV_TYPE_NS, DCV_TYPE_CNAME,
		DCV_TYPE_SOA, DCV_TYPE_TXT, DCV_TYPE_AAAA, DCV_TYPE_DNAME, DCV_TYPE_CAA,
		DCV_TYPE_PTR, DCV_TYPE_MX, DCV_TYPE_SRV, 65399};
	uint32_t seed = 20261122;
	size_t n_read = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		char text[40];
		size_t len = 0;
		struct dcv_rdata rdata, again;
		uint16_t type = types[round % (sizeof types / sizeof types[0])];

		for (len = 0; len < sizeof text; len++) {
			seed = seed * 1664525u + 1013904223u;
			if (seed >> 27 == 0) {
				break;
			}
			text[len] = set[(seed >> 16) % (sizeof set - 1)];
		}
		if (dcv_rdata_parse(type, text, len, NULL, &arena, &rdata, NULL) !=
			DCV_OK) {
			continue;
		}
		n_read++;
		again = rdata_of(type, dcv_rdata_dup_text(type, &rdata, &arena));
		assert_true(dcv_rdata_equal(&again, &rdata));
		if (round % 64 == 0) {
			dcv_arena_clear(&arena);
		}
	}
	assert_true(n_read > 100);
}

static void test_types(void **state)
{
	char out[DCV_TYPE_TEXT_MAX];

	(void)state;
	assert_int_equal(dcv_type_parse("TXT", 3), 16);
	assert_int_equal(dcv_type_parse("txt", 3), 16);
	assert_int_equal(dcv_type_parse("Type257", 7), 257);
	assert_int_equal(dcv_type_parse("TYPE65535", 9), 65535);
	assert_int_equal(dcv_type_parse("TYPE65536", 9), 0);
	assert_int_equal(dcv_type_parse("TYPE", 4), 0);
	assert_int_equal(dcv_type_parse("TYPE1x", 6), 0);
	assert_int_equal(dcv_type_parse("TYPE0", 5), 0);
	assert_int_equal(dcv_type_parse("", 0), 0);
	assert_int_equal(dcv_type_parse("TXTX", 4), 0);
	assert_int_equal(dcv_type_parse("TX", 2), 0);
	assert_int_equal(dcv_type_parse("TXT\0", 4), 0);
	assert_int_equal(dcv_type_parse("IN", 2), 0);
	assert_int_equal(dcv_type_parse("ANY", 3), 0);
	assert_string_equal(dcv_type_text(257, out), "CAA");
	assert_string_equal(dcv_type_text(65399, out), "TYPE65399");
	/* The table is sorted, or bsearch would miss some; and each name is its own number. */
	for (unsigned type = 1; type <= UINT16_MAX; type++) {
		dcv_type_text((uint16_t)type, out);
		assert_int_equal(dcv_type_parse(out, strlen(out)), type);
	}
}

static void test_sets(void **state)
{
	struct dcv_rdata values[] = {rdata_of(DCV_TYPE_TXT, "a"),
		rdata_of(DCV_TYPE_TXT, "b")};
	struct dcv_rrset set = {.type = DCV_TYPE_TXT, .n = 2, .rdata = values};
	struct dcv_rdata a = rdata_of(DCV_TYPE_TXT, "\"a\""),
			 upper = rdata_of(DCV_TYPE_TXT, "A");
	struct dcv_rdata empty = {.len = 0};

	(void)state;
	assert_true(dcv_rrset_has(&set, &a));
	assert_false(dcv_rrset_has(&set, &upper));
	assert_false(dcv_rdata_equal(&a, &empty));
	assert_true(dcv_rdata_equal(&empty, &empty));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_txt_wire, clear_arena),
		cmocka_unit_test_teardown(test_txt_text, clear_arena),
		cmocka_unit_test_teardown(test_txt_refuses, clear_arena),
		cmocka_unit_test_teardown(test_txt_lengths, clear_arena),
		cmocka_unit_test_teardown(test_txt_largest, clear_arena),
		cmocka_unit_test_teardown(test_caa, clear_arena),
		cmocka_unit_test_teardown(test_names, clear_arena),
		cmocka_unit_test_teardown(test_numbered_names, clear_arena),
		cmocka_unit_test_teardown(test_what_is_encoded, clear_arena),
		cmocka_unit_test_teardown(test_addresses, clear_arena),
		cmocka_unit_test_teardown(test_soa, clear_arena),
		cmocka_unit_test_teardown(test_generic, clear_arena),
		cmocka_unit_test_teardown(test_unsound_is_shown, clear_arena),
		cmocka_unit_test_teardown(test_random_text, clear_arena),
		cmocka_unit_test_teardown(test_types, clear_arena),
		cmocka_unit_test_teardown(test_sets, clear_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
