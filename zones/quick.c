/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the plain records that make up nearly all of a zone, and passes those of no
 * interest, 64 octets at once. Where it is not sure it says so; it decides nothing that entry.c
 * and walk.c would decide otherwise. */
#include "zones/walk.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "zones/block.h"

#define BLOCK DCV_ZBLOCK

/* How a block is read: known where it is called, so that it is built in there. */
struct reader {
	struct dcv_zbits (*bits)(const char *p);
	uint64_t (*dots)(const char *p);
};

#if defined(DCV_ZHAS_SSE2)
static const struct reader any_reader = {dcv_zbits_sse2, dcv_zdots_sse2};
#else
static const struct reader any_reader = {dcv_zbits_plain, dcv_zdots_plain};
#endif

#define BUILT_IN __attribute__((always_inline)) static inline

/* The lowest n bits. */
static inline uint64_t low_bits(size_t n)
{
	return n < 64 ? ((uint64_t)1 << n) - 1 : ~(uint64_t)0;
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
static inline bool read_fields(const char *text, const struct dcv_zbits *bits,
	unsigned odd, struct dcv_zhead *ret)
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

/* Of the entry that begins at `text`. `odd`: of its first block. Not built in, so that what it
 * seldom needs is not made ready for each entry. */
__attribute__((noinline)) static struct extent find_end(const struct reader *reader,
	const char *text, size_t len, uint64_t odd)
{
	const struct extent unsure = {0, 0};
	unsigned lines = 1, depth = 0;
	bool quoted = false;
	size_t at = 0, i, comment;

	for (;;) {
		while (odd == 0) {
			at += BLOCK;
			if (at + BLOCK > len)
				return unsure;
			odd = reader->bits(text + at).odd;
		}
		i = at + lowest(odd);
		odd &= odd - 1;
		switch (text[i]) {
		case '\n':
			if (quoted || i >= len)
				return unsure;
			if (depth == 0)
				return (struct extent){i + 1, lines};
			lines++;
			break;
		case '"':
			quoted = !quoted;
			break;
		case '\\':
			return unsure;
		case '(':
			depth += !quoted;
			break;
		case ')':
			if (!quoted && depth-- == 0)
				return unsure;
			break;
		case ';':
			if (quoted)
				break;
			comment = comment_len(text, len, i);
			if (comment == 0 || depth == 0)
				return (struct extent){comment, lines};
			/* On with the octet behind the line end. */
			lines++;
			at = comment;
			if (at + BLOCK > len)
				return unsure;
			odd = reader->bits(text + at).odd;
			break;
		default:
			break;
		}
	}
}

bool dcv_zhead_read(const char *text, size_t len, struct dcv_zhead *ret)
{
	const struct reader *reader = &any_reader;
	struct dcv_zbits bits = reader->bits(text);
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
		.dots = reader->dots(text) & low_bits(owner_len),
		.separator = text[owner_len]};
	if (!read_fields(text, &bits, odd, ret))
		return false;
	ret->entry_len = whole ? find_end(reader, text, len, bits.odd).len : 0;
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
	uint16_t type;

	if (!dcv_zhead_read(text, len, &head))
		return NULL;
	shape_len = head.type_at + head.type_len + 1 - at;
	type = dcv_type_parse(text + head.type_at, head.type_len);
	shape = place_shape(walk, octets, at, shape_len);
	*shape = (struct dcv_zshape){
		.mask = {low_bits(8 * shape_len),
			shape_len > 8 ? low_bits(8 * (shape_len - 8)) : 0},
		.ttl_s = head.ttl_s,
		.type = type,
		.len = (uint8_t)shape_len,
		.quick = type != 0 && type != DCV_TYPE_SOA && type != DCV_TYPE_RRSIG,
		.noted = type == DCV_TYPE_TXT || type == DCV_TYPE_NSEC ||
			type == DCV_TYPE_NSEC3,
		.has_class = head.has_class,
		.has_ttl = head.has_ttl,
		.class_first = head.class_first};
	shape->key[0] = octets[0] & shape->mask[0];
	shape->key[1] = octets[1] & shape->mask[1];
	return shape;
}

/* Of a record whose first field stands there; NULL: it is not plain. */
BUILT_IN const struct dcv_zshape *find_shape(struct dcv_zwalk *walk, const char *text,
	size_t len, size_t at)
{
	uint64_t octets[2] = {0, 0};
	const struct dcv_zshape *shape;
	size_t slot;

	if (at + SHAPE_MAX > BLOCK)
		return read_shape(walk, text, len, at, octets);
	memcpy(octets, text + at, sizeof octets);
	for (size_t i = 0; i < 2; i++)
		octets[i] = le64toh(
			octets[i]); /* the first octet is the lowest, on any machine */
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

/* What plain records at names of no interest leave behind, one after the other, in one frame. Only
 * the last of them counts for much of it, so it is told to the walk once, at their end. */
struct run {
	uint64_t n, ttl, type; /* sums */
	const struct dcv_zshape *shape; /* of the record that is being read */
	/* The last record. */
	const char *text;
	uint64_t at;
	size_t len;
	bool has_class, has_ttl;
	/* The last one that names its owner; owner_len 0: none does. */
	uint64_t owner_at, run_at;
	size_t owner_len;
	char separator;
	bool absolute;
	/* The last one with class and TTL. */
	bool both, class_first;
	bool can_blank; /* the owner in force is of no interest */
};

/* Quick records come one after the other; nothing that was kept or included stands before. */
static inline bool can_pass(const struct dcv_zwalk *walk)
{
	return walk->previous == DCV_ZNONE && walk->n_ended == 0 && !walk->part_ended;
}

static struct run run_begin(const struct dcv_zframe *frame)
{
	const struct dcv_zowner *owner = &frame->owner;

	return (struct run){
		.can_blank = owner->known && owner->in_zone && owner->node == DCV_ZNONE};
}

static void note_owner(const struct run *run, struct dcv_zframe *frame)
{
	struct dcv_zowner *owner = &frame->owner;

	owner->known = true;
	owner->in_zone = true;
	owner->absolute = run->absolute;
	owner->node = DCV_ZNONE;
	owner->record = DCV_ZNONE;
	owner->name.len = 0;
	owner->text = NULL;
	owner->fd = frame->scan.fd;
	owner->at = run->owner_at;
	owner->len = run->owner_len;
	frame->run_at = run->run_at;
	frame->style.separator = run->separator;
	frame->style.absolute = run->absolute;
}

static void run_end(const struct run *run, struct dcv_zwalk *walk,
	struct dcv_zframe *frame)
{
	struct dcv_zstyle *style = &frame->style;

	if (run->n == 0)
		return;
	walk->others_met = true;
	walk->found->n_all += run->n;
	walk->found->passed_ttl += run->ttl;
	walk->found->passed_type += run->type;
	if (run->owner_len > 0)
		note_owner(run, frame);
	if (run->both)
		style->class_first = run->class_first;
	style->class_written = run->has_class;
	style->ttl_written = run->has_ttl;
	style->crlf = run->len > 1 && run->text[run->len - 2] == '\r';
	frame->has_ttl = run->has_ttl;
	frame->behind = frame->beyond = run->at + run->len;
}

/* True if the owner is surely of no interest and needs no further look. */
BUILT_IN bool is_dull(const struct reader *reader, struct dcv_zwalk *walk,
	struct dcv_zframe *frame, const char *text, size_t len)
{
	bool absolute = text[len - 1] == '.';
	uint64_t dots = reader->dots(text) & low_bits(len);
	size_t label;

	if ((dots & (dots << 1 | 1)) != 0 || (len == 1 && text[0] == '@') ||
		!frame->origin_in_zone || len + 1 + frame->origin.len > DCV_NAME_MAX)
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

static void note_type(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zshape *shape, const char *rdata)
{
	if (shape->type == DCV_TYPE_TXT)
		note_text(frame, rdata);
	else
		dcv_zwalk_type(walk, frame, shape->type);
}

/* Takes an entry, of which `bits` is the first block, if it is a plain record at a name of no
 * interest; false: not sure, take the slow way. `len`: what is at hand. */
BUILT_IN bool quick_record(const struct reader *reader, struct dcv_zwalk *walk,
	struct dcv_zframe *frame, struct run *run, const char *text, size_t len,
	const struct dcv_zbits *bits)
{
	size_t owner_len = lowest(bits->blank), fields_at;
	const struct dcv_zshape *shape;

	/* `$` is odd too. */
	if (owner_len >= BLOCK || owner_len >= lowest(bits->odd))
		return false;
	fields_at = owner_len + lowest(~(bits->blank >> owner_len));
	shape = find_shape(walk, text, len, fields_at);
	if (shape == NULL || !shape->quick)
		return false;
	if (owner_len == 0 ? !run->can_blank
			   : !is_dull(reader, walk, frame, text, owner_len))
		return false;
	if (shape->noted)
		note_type(walk, frame, shape, text + fields_at + shape->len);
	if (owner_len > 0) {
		run->can_blank = true;
		run->owner_len = owner_len;
		run->separator = text[owner_len];
		run->absolute = text[owner_len - 1] == '.';
	}
	run->shape = shape;
	return true;
}

/* Notes a record that was taken, with its extent. */
BUILT_IN void run_add(struct run *run, struct dcv_zwalk *walk, const char *text,
	uint64_t at, size_t len)
{
	const struct dcv_zshape *shape = run->shape;

	run->n++;
	run->ttl += dcv_zwalk_ttl(walk, shape->has_ttl, shape->ttl_s);
	run->type += shape->type;
	run->text = text;
	run->at = at;
	run->len = len;
	run->has_class = shape->has_class;
	run->has_ttl = shape->has_ttl;
	if (shape->has_ttl && shape->has_class) {
		run->both = true;
		run->class_first = shape->class_first;
	}
	if (*text != ' ' && *text != '\t') {
		run->owner_at = at;
		run->run_at = shape->has_ttl || walk->default_known ? at : 0;
	}
}

/* Where the entry ends, taken if it is a plain record; len 0: it was not. */
BUILT_IN struct extent quick_entry(const struct reader *reader, struct dcv_zwalk *walk,
	struct dcv_zframe *frame, struct run *run, const char *text, size_t len,
	uint64_t at)
{
	const struct extent none = {0, 0};
	struct dcv_zbits bits = reader->bits(text);
	unsigned end = lowest(bits.odd);
	struct extent extent = {end + 1, 1};

	if (end == BLOCK || text[end] != '\n')
		extent = find_end(reader, text, len, bits.odd);
	if (extent.len == 0 || !quick_record(reader, walk, frame, run, text, len, &bits))
		return none;
	run_add(run, walk, text, at, extent.len);
	return extent;
}

/* Without the scanner, which would look for the end of each entry by itself. */
BUILT_IN void quick_lines(const struct reader *reader, struct dcv_zwalk *walk,
	struct dcv_zframe *frame)
{
	const bool passes = can_pass(walk);
	struct run run = run_begin(frame);
	uint64_t base = frame->scan.base + frame->scan.pos, lines = 0;
	size_t len, at = 0;
	const char *text = dcv_zscan_peek(&frame->scan, &len);

	while (len - at >= BLOCK) {
		struct extent extent = {0, 1};

		if (text[at] == '\n')
			extent.len = 1;
		else if (text[at] == ';')
			extent.len = comment_len(text + at, len - at, 0);
		else if (passes)
			extent = quick_entry(reader, walk, frame, &run, text + at,
				len - at, base + at);
		if (extent.len == 0)
			break;
		at += extent.len;
		lines += extent.lines;
	}
	dcv_zscan_pass(&frame->scan, at, lines);
	run_end(&run, walk, frame);
}

#if defined(DCV_ZHAS_SSE2)
DCV_ZAVX2 static void quick_lines_avx2(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
	static const struct reader reader = {dcv_zbits_avx2, dcv_zdots_avx2};

	quick_lines(&reader, walk, frame);
}
#endif

void dcv_zquick_lines(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
#if defined(DCV_ZHAS_SSE2)
	if (dcv_zhas_avx2()) {
		quick_lines_avx2(walk, frame);
		return;
	}
#endif
	quick_lines(&any_reader, walk, frame);
}

bool dcv_zquick(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw)
{
	struct dcv_zbits bits = any_reader.bits(raw->text);
	struct run run = run_begin(frame);

	if (raw->len < BLOCK)
		bits.odd |= ~(uint64_t)0 << raw->len;
	if (!can_pass(walk) ||
		!quick_record(&any_reader, walk, frame, &run, raw->text, raw->len, &bits))
		return false;
	run_add(&run, walk, raw->text, raw->offset, raw->len);
	run_end(&run, walk, frame);
	return true;
}
