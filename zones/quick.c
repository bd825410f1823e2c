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

/* The lowest n bits. */
static inline uint64_t low_bits(size_t n)
{
	return n < 64 ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0;
}

/* The dots of an owner of up to 63 octets. */
static inline uint64_t dots_of(const char *p, unsigned len)
{
	uint64_t dots = dots16(p);

	for (unsigned at = 16; at < len; at += 16)
		dots |= dots16(p + at) << at;
	return dots & low_bits(len);
}

/* The position of the lowest bit, 64 if there is none. */
static inline unsigned lowest(uint64_t bits)
{
	return bits == 0 ? 64 : (unsigned)__builtin_ctzll(bits);
}

static inline bool take_field(const char *text, unsigned at, unsigned len,
	struct dcv_zhead *ret)
{
	if (text[at] >= '0' && text[at] <= '9') {
		if (ret->has_ttl || !dcv_zttl_read(text + at, len, &ret->ttl_s))
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

/* Where an entry ends. */
struct extent {
	size_t len; /* 0: that takes a closer look */
	unsigned lines;
};

/* Of the entry that begins at `text`. `odd`: of its first block. */
__attribute__((always_inline)) static inline struct extent find_end(const char *text,
	size_t len, uint64_t odd)
{
	const struct extent unsure = {0, 0};
	unsigned lines = 1, depth = 0;
	bool quoted = false;

	for (size_t at = 0;;) {
		size_t i;

		while (odd == 0) {
			at += BLOCK;
			if (at + BLOCK > len)
				return unsure;
			odd = bits64(text + at).odd;
		}
		i = at + lowest(odd);
		odd &= odd - 1;
		if (text[i] == '\n') {
			if (quoted || i >= len)
				return unsure;
			if (depth == 0)
				return (struct extent){i + 1, lines};
			lines++;
		} else if (text[i] == '"') {
			quoted = !quoted;
		} else if (text[i] == '\\') {
			return unsure;
		} else if (quoted) {
			continue;
		} else if (text[i] == ';') {
			size_t comment = comment_len(text, len, i);

			if (comment == 0)
				return unsure;
			if (depth == 0)
				return (struct extent){comment, lines};
			/* On with the octet behind the line end. */
			lines++;
			at = comment;
			if (at + BLOCK > len)
				return unsure;
			odd = bits64(text + at).odd;
		} else if (text[i] == '(') {
			depth++;
		} else if (text[i] == ')' && depth-- == 0) {
			return unsure;
		}
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
	ret->entry_len = whole ? find_end(text, len, bits.odd).len : 0;
	return true;
}

/* --- the part between owner and RDATA --- */

#define SHAPE_MAX 16u /* octets that are looked up */

static inline size_t slot_of(uint64_t octets)
{
	return (size_t)(octets * 0x9e3779b97f4a7c15u >> 56) % DCV_ZSHAPES;
}

static inline bool is_shape(const struct dcv_zshape *shape, const uint64_t *octets)
{
	return (((octets[0] ^ shape->key[0]) & shape->mask[0]) |
		       ((octets[1] ^ shape->key[1]) & shape->mask[1])) == 0 &&
		shape->len != 0;
}

/* Where the shape of a head is kept. */
static struct dcv_zshape *place_shape(struct dcv_zwalk *walk, const uint64_t *octets,
	size_t at, size_t len)
{
	if (at + SHAPE_MAX > BLOCK || len > SHAPE_MAX)
		return &walk->odd_shape;
	walk->goes_on[slot_of(octets[0])] = len > 8;
	return len > 8 ? &walk->long_shapes[slot_of(octets[0] ^ octets[1] << 32)]
		       : &walk->shapes[slot_of(octets[0])];
}

/* Reads it, and keeps it; NULL: it is not plain. */
__attribute__((noinline)) static const struct dcv_zshape *read_shape(struct dcv_zwalk *walk,
	const char *text, size_t len, size_t at, const uint64_t *octets)
{
	struct dcv_zhead head;
	struct dcv_zshape *shape;
	size_t shape_len;

	if (!dcv_zhead_read(text, len, &head))
		return NULL;
	shape_len = head.type_at + head.type_len + 1 - at;
	shape = place_shape(walk, octets, at, shape_len);
	*shape = (struct dcv_zshape){
		.mask = {low_bits(8 * shape_len),
			shape_len > 8 ? low_bits(8 * (shape_len - 8)) : 0},
		.ttl_s = head.ttl_s,
		.type = dcv_type_parse(text + head.type_at, head.type_len),
		.len = (uint8_t)shape_len,
		.has_class = head.has_class,
		.has_ttl = head.has_ttl,
		.class_first = head.class_first};
	shape->key[0] = octets[0] & shape->mask[0];
	shape->key[1] = octets[1] & shape->mask[1];
	return shape;
}

/* Of a record whose first field stands there; NULL: it is not plain. */
static inline const struct dcv_zshape *find_shape(struct dcv_zwalk *walk,
	const char *text, size_t len, size_t at)
{
	uint64_t octets[2] = {0, 0};
	const struct dcv_zshape *shape;
	size_t slot;

	if (at + SHAPE_MAX > BLOCK)
		return read_shape(walk, text, len, at, octets);
	memcpy(octets, text + at, sizeof octets);
	slot = slot_of(octets[0]);
	shape = walk->goes_on[slot]
		? &walk->long_shapes[slot_of(octets[0] ^ octets[1] << 32)]
		: &walk->shapes[slot];
	return is_shape(shape, octets) ? shape : read_shape(walk, text, len, at, octets);
}

/* --- records at names of no interest --- */

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
static inline bool quick_owner(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const char *text, size_t owner_len)
{
	size_t len = owner_len, label;
	bool absolute = text[len - 1] == '.';
	uint64_t dots = dots_of(text, (unsigned)len);

	if ((dots & (dots << 1 | 1)) != 0 || (len == 1 && text[0] == '@') ||
		!frame->origin_in_zone || len + frame->origin.len > DCV_NAME_MAX)
		return false;
	if (absolute)
		len = absolute_part(walk, text, len);
	if (len == 0)
		return false;
	dots &= low_bits(len);
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
	frame->owner.fd = frame->scan.fd;
	frame->owner.len = owner_len;
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

/* The beginning of a line: where its owner ends and the first field begins. */
struct start {
	const char *text;
	size_t len, owner_len, fields_at;
};

/* False if what is looked for does not stand in the first block, before anything odd (as `$`
 * is). */
static inline bool find_start(const char *text, size_t len, const struct bits *bits,
	struct start *ret)
{
	unsigned owner_len = lowest(bits->blank);

	if (owner_len >= BLOCK || owner_len >= lowest(bits->odd))
		return false;
	*ret = (struct start){text, len, owner_len,
		owner_len + lowest(~(bits->blank >> owner_len))};
	return true;
}

static inline void note_style(struct dcv_zframe *frame, const struct dcv_zshape *shape,
	const struct start *start)
{
	struct dcv_zstyle *style = &frame->style;

	if (start->owner_len > 0) {
		style->separator = start->text[start->owner_len];
		style->absolute = frame->owner.absolute;
	}
	style->class_written = shape->has_class;
	style->ttl_written = shape->has_ttl;
	if (shape->has_ttl && shape->has_class)
		style->class_first = shape->class_first;
	if (shape->type == DCV_TYPE_TXT)
		note_text(frame, start->text + start->fields_at + shape->len);
}

/* Quick records come one after the other; nothing that was kept or included stands before. */
static inline bool can_pass(const struct dcv_zwalk *walk)
{
	return walk->previous == DCV_ZNONE && walk->n_ended == 0 && !walk->part_ended;
}

/* Takes a plain record at a name of no interest; false: not sure, take the slow way. */
static inline bool quick_record(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct start *start)
{
	const struct dcv_zshape *shape = find_shape(walk, start->text, start->len,
		start->fields_at);

	if (shape == NULL || shape->type == 0 || shape->type == DCV_TYPE_SOA ||
		shape->type == DCV_TYPE_RRSIG)
		return false;
	if (start->owner_len == 0
			? !frame->owner.known || !frame->owner.in_zone ||
				frame->owner.node != DCV_ZNONE
			: !quick_owner(walk, frame, start->text, start->owner_len))
		return false;
	note_style(frame, shape, start);
	frame->has_ttl = shape->has_ttl;
	dcv_zwalk_type(walk, frame, shape->type);
	walk->found->n_all++;
	walk->found->passed_ttl += dcv_zwalk_ttl(walk, shape->has_ttl, shape->ttl_s);
	walk->found->passed_type += shape->type;
	return true;
}

static inline void note_line(const struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, bool blank_owner)
{
	dcv_zwalk_place(walk, frame, raw->offset, raw->len, blank_owner, frame->has_ttl);
	frame->style.crlf = raw->len > 1 && raw->text[raw->len - 2] == '\r';
	if (!blank_owner)
		frame->owner.at = raw->offset;
}

/* Where the entry ends, taken if it is a plain record; len 0: it was not. */
static inline struct extent quick_entry(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	struct dcv_zraw *raw)
{
	const struct extent none = {0, 0};
	struct bits bits = bits64(raw->text);
	struct start start;
	struct extent extent;

	if (!find_start(raw->text, raw->len, &bits, &start))
		return none;
	extent = find_end(raw->text, raw->len, bits.odd);
	if (extent.len == 0 || !quick_record(walk, frame, &start))
		return none;
	raw->len = extent.len;
	note_line(walk, frame, raw, start.owner_len == 0);
	return extent;
}

/* Without the scanner, which would look for the end of each entry by itself. */
void dcv_zquick_lines(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
	bool passes = can_pass(walk);
	uint64_t n_before = walk->found->n_all;

	for (;;) {
		struct dcv_zraw raw = {.offset = frame->scan.base + frame->scan.pos};
		struct extent extent = {0, 1};

		raw.text = dcv_zscan_peek(&frame->scan, &raw.len);
		if (raw.len < BLOCK)
			break;
		if (raw.text[0] == '\n')
			extent.len = 1;
		else if (raw.text[0] == ';')
			extent.len = comment_len(raw.text, raw.len, 0);
		else if (passes)
			extent = quick_entry(walk, frame, &raw);
		if (extent.len == 0)
			break;
		dcv_zscan_pass(&frame->scan, extent.len, extent.lines);
	}
	walk->others_met = walk->others_met || walk->found->n_all > n_before;
}

bool dcv_zquick(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw)
{
	struct bits bits = bits64(raw->text);
	struct start start;

	if (raw->len < BLOCK)
		bits.odd |= ~(uint64_t)0 << raw->len;
	if (!can_pass(walk) || !find_start(raw->text, raw->len, &bits, &start) ||
		!quick_record(walk, frame, &start))
		return false;
	walk->others_met = true;
	note_line(walk, frame, raw, start.owner_len == 0);
	return true;
}
