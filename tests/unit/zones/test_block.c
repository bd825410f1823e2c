/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The ways of reading a block say the same of any octets, wherever they lie. The one that the
 * processor cannot run is the one that is never called on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "zones/block.h"

static char room[3 * DCV_ZBLOCK] __attribute__((aligned(64)));

/* What each octet is, one by one. */
static void check_octets(const char *p)
{
	struct dcv_zbits bits = dcv_zbits_plain(p);
	uint64_t dots = dcv_zdots_plain(p);

	for (unsigned i = 0; i < DCV_ZBLOCK; i++) {
		unsigned char c = (unsigned char)p[i];
		int blank = c == ' ' || c == '\t';

		assert_int_equal(bits.blank >> i & 1, blank);
		assert_int_equal(bits.odd >> i & 1,
			!blank && (c <= ')' || c == ';' || c == '\\'));
		assert_int_equal(dots >> i & 1, c == '.');
	}
}

static void check_ways(const char *p)
{
	struct dcv_zbits want = dcv_zbits_plain(p), bits = want;
	uint64_t want_dots = dcv_zdots_plain(p), dots = want_dots;

#if defined(DCV_ZHAS_SSE2)
	bits = dcv_zbits_sse2(p);
	dots = dcv_zdots_sse2(p);
	assert_true(bits.blank == want.blank && bits.odd == want.odd && dots == want_dots);
	if (dcv_zhas_avx2()) {
		bits = dcv_zbits_avx2(p);
		dots = dcv_zdots_avx2(p);
	}
#endif
	assert_true(bits.blank == want.blank && bits.odd == want.odd && dots == want_dots);
}

static void each_octet_is_what_it_is(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < DCV_ZBLOCK; at++) {
			memset(room, 'a', sizeof room);
			room[at] = (char)c;
			check_octets(room);
			check_ways(room);
			memset(room, (int)c, sizeof room);
			room[at] = 'a';
			check_ways(room);
		}
}

static void any_octets_are_read_alike_at_each_place(void **state)
{
	static const char marks[] = " \t\n\r\"();\\.$@\0\x7f\x80\xff\x1f*:[]";
	uint32_t seed = 2026;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof room; i++) {
			seed = seed * 1664525u + 1013904223u;
			room[i] = (seed >> 30) == 0 || round % 3 == 0
				? (char)(seed >> 16)
				: marks[(seed >> 16) % (sizeof marks - 1)];
		}
		for (size_t at = 0; at <= DCV_ZBLOCK; at++)
			check_ways(room + at);
		check_octets(room + round % 128);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_octet_is_what_it_is),
		cmocka_unit_test(any_octets_are_read_alike_at_each_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
