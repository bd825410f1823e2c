/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the plain records that make up nearly all of a zone, and passes those of no
 * interest, 64 octets at once. Where it is not sure it says so; it decides nothing that entry.c
 * and walk.c would decide otherwise. */
#include "zones/walk.h"

#include <string.h>
#include <strings.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK 64u

/* A bit for each octet of a block. */
struct bits {
	uint64_t blank; /* space, tab */
	uint64_t odd; /* what ends the plain part: line end, quote, parenthesis, … */
};

#if defined(__SSE2__)
static inline uint64_t mask(__m128i m)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(m);
}

static inline struct bits bits16(const char *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i blank = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8(' ')),
		_mm_cmpeq_epi8(c, _mm_set1_epi8('\t')));
	/* Up to the closing parenthesis lie the controls, the quote and both parentheses, and
	 * nothing that is common in a head. */
	__m128i odd = _mm_andnot_si128(blank,
		_mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(')')), c));

	odd = _mm_or_si128(odd,
		_mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8(';')),
			_mm_cmpeq_epi8(c, _mm_set1_epi8('\\'))));
	return (struct bits){mask(blank), mask(odd)};
}

static inline uint64_t dots16(const char *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);

	return mask(_mm_cmpeq_epi8(c, _mm_set1_epi8('.')));
}
#else
static inline struct bits bits16(const char *p)
{
	struct bits bits = {0, 0};

	for (unsigned i = 0; i < 16; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == ' ' || c == '\t')
			bits.blank |= (uint64_t)1 << i;
		else if (c <= ')' || c == ';' || c == '\\')
			bits.odd |= (uint64_t)1 << i;
	}
	return bits;
}

static inline uint64_t dots16(const char *p)
{
	uint64_t dots = 0;

	for (unsigned i = 0; i < 16; i++)
		dots |= (uint64_t)(p[i] == '.') << i;
	return dots;
}
#endif

__attribute__((always_inline)) static inline struct bits bits64(const char *p)
{
	struct bits a = bits16(p), b = bits16(p + 16), c = bits16(p + 32),
		    d = bits16(p + 48);

	return (struct bits){a.blank | b.blank << 16 | c.blank << 32 | d.blank << 48,
		a.odd | b.odd << 16 | c.odd << 32 | d.odd << 48};
}

/* The dots of an owner of up to 63 octets. */
static inline uint64_t dots_of(const char *p, unsigned len)
{
	uint64_t dots = dots16(p);

	for (unsigned at = 16; at < len; at += 16)
		dots |= dots16(p + at) << at;
	return len < 64 ? dots & ~(~(uint64_t)0 << len) : dots;
}

/* The position of the lowest bit, 64 if there is none. */
static inline unsigned lowest(uint64_t bits)
{
	return bits == 0 ? 64 : (unsigned)__builtin_ctzll(bits);
}

/* A TTL in digits only; others (units) are left to entry.c. */
static inline bool plain_ttl(const char *text, unsigned len, uint32_t *ret_s)
{
	uint32_t value = 0;

	if (len > 9)
		return false;
	for (unsigned i = 0; i < len; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*ret_s = value;
	return true;
}

static inline bool take_field(const char *text, unsigned at, unsigned len,
	struct dcv_zhead *ret)
{
	if (text[at] >= '0' && text[at] <= '9') {
		if (ret->has_ttl || !plain_ttl(text + at, len, &ret->ttl_s))
			return false;
		ret->has_ttl = true;
		ret->class_first = ret->has_class;
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
static inline bool read_fields(const char *text, const struct bits *bits, unsigned odd,
	struct dcv_zhead *ret)
{
	uint64_t begins = ~bits->blank & bits->blank << 1;
	uint64_t ends = bits->blank & ~bits->blank << 1;

	if (!ret->blank_owner)
		ends &= ends - 1; /* the owner's */
	while (ret->type_len == 0) {
		unsigned at = lowest(begins), end = lowest(ends);

		if (end >= odd || !take_field(text, at, end - at, ret))
			return false;
		begins &= begins - 1;
		ends &= ends - 1;
	}
	return true;
}

/* The length of a line that is a comment from `at` on; 0: its end is not at hand. */
static inline size_t comment_len(const char *text, size_t len, size_t at)
{
	const char *end = memchr(text + at, '\n', len - at);

	return end == NULL ? 0 : (size_t)(end - text) + 1;
}

/* The length of the line if it is a whole entry; 0: that takes a closer look. `odd`: of its first
 * block. */
static inline size_t line_len(const char *text, size_t len, uint64_t odd)
{
	bool quoted = false;

	for (size_t at = 0;;) {
		size_t i;

		while (odd == 0) {
			at += BLOCK;
			if (at + BLOCK > len)
				return 0;
			odd = bits64(text + at).odd;
		}
		i = at + lowest(odd);
		odd &= odd - 1;
		if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == '\n')
			return quoted || i >= len ? 0 : i + 1;
		else if (!quoted && text[i] == ';')
			return comment_len(text, len, i);
		else if (text[i] == '\\' ||
			(!quoted && (text[i] == '(' || text[i] == ')')))
			return 0;
	}
}

bool dcv_zhead_read(const char *text, size_t len, struct dcv_zhead *ret)
{
	struct bits bits = bits64(text);
	unsigned owner_len, odd;
	bool whole = len >= BLOCK;

	if (!whole)
		bits.odd |= ~(uint64_t)0 << len;
	odd = lowest(bits.odd);
	owner_len = lowest(bits.blank);
	/* `$` is an odd octet too. */
	if (owner_len >= odd)
		return false;
	*ret = (struct dcv_zhead){.blank_owner = owner_len == 0,
		.owner_len = owner_len,
		.dots = dots_of(text, owner_len),
		.separator = text[owner_len]};
	if (!read_fields(text, &bits, odd, ret))
		return false;
	ret->line_len = whole ? line_len(text, len, bits.odd) : 0;
	return true;
}

/* The type of a plain record, from a small cache in front of the table; 0: let the slow way
 * judge. Letters are folded; of two octets that fold alike only one can stand in a type. */
static uint16_t quick_type(struct dcv_zwalk *walk, const char *text, size_t len)
{
	uint64_t key = 0;
	size_t slot;

	if (len > sizeof key)
		return 0;
	memcpy(&key, text, sizeof key);
	if (len < sizeof key)
		key &= ((uint64_t)1 << (8 * len)) - 1;
	key &= 0xdfdfdfdfdfdfdfdfu;
	slot = (size_t)(key * 0x9e3779b97f4a7c15u >> 58);
	if (walk->type_keys[slot] != key) {
		walk->type_keys[slot] = key;
		walk->types[slot] = dcv_type_parse(text, len);
	}
	return walk->types[slot];
}

/* The length of the part of an absolute owner before the apex, 0 if it is not below it. */
static size_t absolute_part(const struct dcv_zwalk *walk, const char *text, size_t len)
{
	size_t tail = walk->apex_len + 1;

	if (walk->apex_len == 0 || len <= tail + 1 || text[len - tail - 1] != '.')
		return 0;
	return strncasecmp(text + len - tail, walk->apex_text, walk->apex_len) == 0
		? len - tail - 1
		: 0;
}

/* True if the owner is surely of no interest and needs no further look; it is then the owner
 * in force. */
static bool quick_owner(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const char *text, const struct dcv_zhead *head)
{
	size_t len = head->owner_len, label;
	bool absolute = text[len - 1] == '.';
	uint64_t dots = head->dots;

	if ((dots & (dots << 1 | 1)) != 0 || (len == 1 && text[0] == '@') ||
		!frame->origin_in_zone || len + frame->origin.len > DCV_NAME_MAX)
		return false;
	if (absolute)
		len = absolute_part(walk, text, len);
	if (len == 0)
		return false;
	dots &= ((uint64_t)1 << len) - 1;
	label = dots == 0 ? 0 : 64 - (size_t)__builtin_clzll(dots);
	if (dcv_znodes_may_have(&walk->found->nodes, text + label, len - label))
		return false;
	if (!absolute && !frame->origin_met) {
		dcv_znodes_met(&walk->found->nodes, &frame->origin);
		frame->origin_met = true;
	}
	frame->owner.known = true;
	frame->owner.in_zone = true;
	frame->owner.absolute = absolute;
	frame->owner.node = DCV_ZNONE;
	frame->owner.record = DCV_ZNONE;
	frame->owner.name.len = 0;
	frame->owner.text = NULL;
	return true;
}

/* Whether texts stand without quotes; behind a parenthesis it is not looked at. */
static void note_text(struct dcv_zframe *frame, const char *rdata)
{
	while (*rdata == ' ' || *rdata == '\t')
		rdata++;
	if (*rdata != '(' && *rdata != ';')
		frame->style.plain_text = *rdata != '"';
}

/* Takes a plain record at a name of no interest; false: not sure, take the slow way. */
static bool quick_record(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const char *text, const struct dcv_zhead *head)
{
	uint16_t type;

	if (walk->previous != DCV_ZNONE || walk->n_ended > 0 || walk->part_ended)
		return false;
	type = quick_type(walk, text + head->type_at, head->type_len);
	if (type == 0 || type == DCV_TYPE_SOA || type == DCV_TYPE_RRSIG)
		return false;
	if (head->blank_owner &&
		(!frame->owner.known || !frame->owner.in_zone ||
			frame->owner.node != DCV_ZNONE))
		return false;
	if (!head->blank_owner && !quick_owner(walk, frame, text, head))
		return false;
	if (!head->blank_owner) {
		frame->style.separator = head->separator == '\t' ? '\t' : ' ';
		frame->style.absolute = frame->owner.absolute;
	}
	frame->style.class_written = head->has_class;
	frame->style.ttl_written = head->has_ttl;
	if (head->has_ttl && head->has_class)
		frame->style.class_first = head->class_first;
	if (type == DCV_TYPE_TXT)
		note_text(frame, text + head->type_at + head->type_len);
	dcv_zwalk_type(walk, frame, type);
	walk->others_met = true;
	walk->found->n_all++;
	walk->found->passed_ttl += dcv_zwalk_ttl(walk, head->has_ttl, head->ttl_s);
	walk->found->passed_type += type;
	return true;
}

static inline void note_line(const struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zhead *head)
{
	dcv_zwalk_place(walk, frame, raw->offset, raw->len, head->blank_owner,
		head->has_ttl);
	frame->style.crlf = raw->len > 1 && raw->text[raw->len - 2] == '\r';
	if (!head->blank_owner) {
		frame->owner.fd = frame->scan.fd;
		frame->owner.at = raw->offset;
		frame->owner.len = head->owner_len;
	}
}

/* Without the scanner, which need not look for the end of what is one line. */
void dcv_zquick_lines(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
	for (;;) {
		struct dcv_zhead head;
		struct dcv_zraw raw = {.offset = frame->scan.base + frame->scan.pos};

		raw.text = dcv_zscan_peek(&frame->scan, &raw.len);
		if (raw.len == 0)
			return;
		if (raw.text[0] == '\n') {
			raw.len = 1;
		} else if (raw.text[0] == ';') {
			raw.len = comment_len(raw.text, raw.len, 0);
		} else {
			if (!dcv_zhead_read(raw.text, raw.len, &head) ||
				head.line_len == 0 ||
				!quick_record(walk, frame, raw.text, &head))
				return;
			raw.len = head.line_len;
			note_line(walk, frame, &raw, &head);
		}
		if (raw.len == 0)
			return;
		dcv_zscan_pass(&frame->scan, raw.len);
	}
}

bool dcv_zquick(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw)
{
	struct dcv_zhead head;

	if (!dcv_zhead_read(raw->text, raw->len, &head) ||
		!quick_record(walk, frame, raw->text, &head))
		return false;
	note_line(walk, frame, raw, &head);
	return true;
}
