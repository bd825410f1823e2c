/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside zones/ only: 64 octets of a zone file at once, as a bit for each octet. Three ways that
 * say the same: for any machine, for SSE2, which every x86-64 has, and for AVX2, which the caller
 * must have asked the processor for. */
#ifndef DCV_ZONES_BLOCK_H
#define DCV_ZONES_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "zones/map.h"

#if defined(__SSE2__)
#include <immintrin.h>
#define DCV_ZHAS_SSE2 1
#define DCV_ZAVX2 __attribute__((target("avx2,bmi")))
#endif

/* Up to the closing parenthesis lie the controls, the quote and both parentheses, and nothing
 * that is common in a head. */
static inline struct dcv_zbits dcv_zbits_plain(const char *p)
{
	struct dcv_zbits bits = {0, 0};

	for (unsigned i = 0; i < DCV_ZBLOCK; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == ' ' || c == '\t')
			bits.blank |= (uint64_t)1 << i;
		else if (c <= ')' || c == ';' || c == '\\')
			bits.odd |= (uint64_t)1 << i;
	}
	return bits;
}

static inline uint64_t dcv_zdots_plain(const char *p)
{
	uint64_t dots = 0;

	for (unsigned i = 0; i < DCV_ZBLOCK; i++)
		dots |= (uint64_t)(p[i] == '.') << i;
	return dots;
}

#if defined(DCV_ZHAS_SSE2)
static inline struct dcv_zbits dcv_zbits16(const char *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i blank = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8(' ')),
		_mm_cmpeq_epi8(c, _mm_set1_epi8('\t')));
	__m128i odd = _mm_andnot_si128(blank,
		_mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(')')), c));

	odd = _mm_or_si128(odd,
		_mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8(';')),
			_mm_cmpeq_epi8(c, _mm_set1_epi8('\\'))));
	return (struct dcv_zbits){(uint64_t)(unsigned)_mm_movemask_epi8(blank),
		(uint64_t)(unsigned)_mm_movemask_epi8(odd)};
}

static inline struct dcv_zbits dcv_zbits_sse2(const char *p)
{
	struct dcv_zbits a = dcv_zbits16(p), b = dcv_zbits16(p + 16),
			 c = dcv_zbits16(p + 32), d = dcv_zbits16(p + 48);

	return (struct dcv_zbits){a.blank | b.blank << 16 | c.blank << 32 | d.blank << 48,
		a.odd | b.odd << 16 | c.odd << 32 | d.odd << 48};
}

static inline uint64_t dcv_zdots16(const char *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (uint64_t)(unsigned)_mm_movemask_epi8(
		_mm_cmpeq_epi8(c, _mm_set1_epi8('.')));
}

static inline uint64_t dcv_zdots_sse2(const char *p)
{
	return dcv_zdots16(p) | dcv_zdots16(p + 16) << 16 | dcv_zdots16(p + 32) << 32 |
		dcv_zdots16(p + 48) << 48;
}

static inline bool dcv_zhas_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

DCV_ZAVX2 static inline struct dcv_zbits dcv_zbits32(const char *p)
{
	__m256i c = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i blank = _mm256_or_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8(' ')),
		_mm256_cmpeq_epi8(c, _mm256_set1_epi8('\t')));
	__m256i odd = _mm256_andnot_si256(blank,
		_mm256_cmpeq_epi8(_mm256_min_epu8(c, _mm256_set1_epi8(')')), c));

	odd = _mm256_or_si256(odd,
		_mm256_or_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8(';')),
			_mm256_cmpeq_epi8(c, _mm256_set1_epi8('\\'))));
	return (struct dcv_zbits){(uint64_t)(unsigned)_mm256_movemask_epi8(blank),
		(uint64_t)(unsigned)_mm256_movemask_epi8(odd)};
}

DCV_ZAVX2 static inline struct dcv_zbits dcv_zbits_avx2(const char *p)
{
	struct dcv_zbits a = dcv_zbits32(p), b = dcv_zbits32(p + 32);

	return (struct dcv_zbits){a.blank | b.blank << 32, a.odd | b.odd << 32};
}

DCV_ZAVX2 static inline uint64_t dcv_zdots32(const char *p)
{
	__m256i c = _mm256_loadu_si256((const __m256i *)(const void *)p);

	return (uint64_t)(unsigned)_mm256_movemask_epi8(
		_mm256_cmpeq_epi8(c, _mm256_set1_epi8('.')));
}

DCV_ZAVX2 static inline uint64_t dcv_zdots_avx2(const char *p)
{
	return dcv_zdots32(p) | dcv_zdots32(p + 32) << 32;
}
#endif

#endif
