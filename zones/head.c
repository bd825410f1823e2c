/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the beginning of the plain records that make up nearly all of a zone, and
 * reads it 64 octets at once. Where it is not sure it says so; it decides nothing that
 * entry.c would decide otherwise. */
#include "zones/entry.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* A bit for each octet of a block of 64. */
struct bits {
	uint64_t blank; /* space, tab */
	uint64_t odd; /* what ends the plain part: line end, quote, parenthesis, … */
	uint64_t dot;
};

#if defined(__SSE2__)
static inline uint64_t mask(__m128i m)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(m);
}

static inline void bits16(const char *p, unsigned shift, struct bits *ret)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i tab = _mm_cmpeq_epi8(c, _mm_set1_epi8('\t'));
	__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(0x1f)), c);
	__m128i odd = _mm_andnot_si128(tab, control);

	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(c, _mm_set1_epi8('"')));
	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(c, _mm_set1_epi8(';')));
	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
	odd = _mm_or_si128(odd, _mm_cmpeq_epi8(c, _mm_set1_epi8(0x7f)));
	odd = _mm_or_si128(odd,
		_mm_cmpeq_epi8(_mm_or_si128(c, _mm_set1_epi8(1)), _mm_set1_epi8(')')));
	ret->odd |= mask(odd) << shift;
	ret->blank |= mask(_mm_or_si128(tab, _mm_cmpeq_epi8(c, _mm_set1_epi8(' '))))
		<< shift;
	ret->dot |= mask(_mm_cmpeq_epi8(c, _mm_set1_epi8('.'))) << shift;
}
#else
static inline void bits16(const char *p, unsigned shift, struct bits *ret)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned char c = (unsigned char)p[i];
		uint64_t bit = (uint64_t)1 << (shift + i);

		if (c == ' ' || c == '\t')
			ret->blank |= bit;
		else if (c < 0x20 || c == 0x7f || c == '"' || c == ';' || c == '\\' ||
			c == '(' || c == ')')
			ret->odd |= bit;
		else if (c == '.')
			ret->dot |= bit;
	}
}
#endif

/* The position of the lowest bit, 64 if there is none. */
static inline unsigned lowest(uint64_t bits)
{
	return bits == 0 ? 64 : (unsigned)__builtin_ctzll(bits);
}

/* The bits at and above `from`. */
static inline uint64_t above(uint64_t bits, unsigned from)
{
	return from < 64 ? bits & ~(uint64_t)0 << from : 0;
}

/* A TTL in digits only; others (units) are left to entry.c. */
static bool plain_ttl(const char *text, unsigned len, uint32_t *ret_s)
{
	uint64_t value = 0;

	if (len > 9)
		return false;
	for (unsigned i = 0; i < len; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*ret_s = (uint32_t)value;
	return true;
}

static bool take_field(const char *text, unsigned at, unsigned len, struct dcv_zhead *ret)
{
	if (text[at] >= '0' && text[at] <= '9') {
		if (ret->has_ttl || !plain_ttl(text + at, len, &ret->ttl_s))
			return false;
		ret->has_ttl = true;
	} else if (len == 2 && (text[at] | 0x20) == 'i' && (text[at + 1] | 0x20) == 'n') {
		if (ret->has_class)
			return false;
		ret->has_class = true;
	} else {
		ret->type_at = at;
		ret->type_len = len;
	}
	return true;
}

/* TTL, class and type, each followed by a blank, all before the first odd octet. */
static bool read_fields(const char *text, const struct bits *bits, unsigned from,
	struct dcv_zhead *ret)
{
	unsigned odd = lowest(bits->odd);

	while (ret->type_len == 0) {
		unsigned at, end;

		if (from >= odd)
			return false;
		at = lowest(above(~bits->blank, from));
		if (at >= odd)
			return false;
		end = lowest(above(bits->blank, at));
		if (end >= odd || !take_field(text, at, end - at, ret))
			return false;
		from = end;
	}
	return true;
}

bool dcv_zhead_read(const char *text, size_t len, struct dcv_zhead *ret)
{
	struct bits bits = {0, 0, 0};
	unsigned owner_len;

	bits16(text, 0, &bits);
	bits16(text + 16, 16, &bits);
	bits16(text + 32, 32, &bits);
	bits16(text + 48, 48, &bits);
	if (len < 64)
		bits.odd |= ~(uint64_t)0 << len;
	*ret = (struct dcv_zhead){.blank_owner = (bits.blank & 1) != 0};
	owner_len = lowest(bits.blank);
	if (owner_len >= 64 || owner_len >= lowest(bits.odd) || text[0] == '$')
		return false;
	ret->owner_len = owner_len;
	ret->dots = bits.dot & ~(~(uint64_t)0 << owner_len);
	ret->separator = text[owner_len];
	return read_fields(text, &bits, owner_len, ret);
}
