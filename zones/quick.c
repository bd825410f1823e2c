/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the plain records that make up nearly all of a zone, and passes those of no
 * interest, 64 octets at once. Where it is not sure it says so; it decides nothing that entry.c
 * and walk.c would decide otherwise. */
#include "zones/walk.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "zones/map.h"

#define VIEW DCV_ZMAP_VIEW
#define BUILT_IN __attribute__((always_inline)) static inline
#define APART __attribute__((noinline)) static

/* The bits below bit n, which is less than 64. */
static inline uint64_t bits_below(size_t n)
{
	return ((uint64_t)1 << n) - 1;
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
static bool read_fields(const char *text, const struct dcv_zbits *bits, unsigned odd,
	struct dcv_zhead *ret)
{
	uint64_t begins = ~bits->blank & bits->blank << 1;
	uint64_t ends = bits->blank & ~bits->blank << 1;
	const uint64_t none = (uint64_t)1 << VIEW;

	if (!ret->blank_owner)
		ends &= ends - 1; /* the owner's */
	while (ret->type_len == 0) {
		unsigned at = dcv_zmap_first(begins | none),
			 end = dcv_zmap_first(ends | none);

		if (end >= odd || !take_field(text, at, end - at, ret))
			return false;
		begins &= begins - 1;
		ends &= ends - 1;
	}
	return true;
}

/* Where an entry ends. */
struct extent {
	size_t len; /* 0: that takes a closer look */
	unsigned lines;
};

/* The length of a line that is a comment from `at` on; 0: its end is not at hand. */
static inline size_t comment_len(const char *text, size_t len, size_t at)
{
	const char *end = memchr(text + at, '\n', len - at);

	return end == NULL ? 0 : (size_t)(end - text) + 1;
}

/* Of the entry that begins at `from`. Not built in, so that what it seldom needs is not made
 * ready for each entry. */
APART struct extent find_end(struct dcv_zmap *map, size_t from)
{
	const struct extent unsure = {0, 0};
	unsigned lines = 1, depth = 0;
	bool quoted = false;
	size_t at = from, i, comment;
	uint64_t odd = dcv_zmap_view(map->odd, at);
	char c;

	for (;;) {
		i = at + dcv_zmap_first(odd);
		if (i == at + VIEW) {
			at = i;
			if (!dcv_zmap_has(map, at))
				return unsure;
			odd = dcv_zmap_view(map->odd, at);
			continue;
		}
		odd &= odd - 1;
		c = map->text[i];
		if (c == '"')
			quoted = !quoted;
		if (c == '"' || (quoted && c != '\\' && c != '\n'))
			continue;
		if (quoted || c == '\\' || (c == ')' && depth-- == 0))
			return unsure;
		if (c == '(') {
			depth++;
		} else if (c == '\n') {
			if (depth == 0)
				return (struct extent){i + 1 - from, lines};
			lines++;
		} else if (c == ';') {
			comment = comment_len(map->text, map->len, i);
			if (comment == 0)
				return unsure;
			if (depth == 0)
				return (struct extent){comment - from, lines};
			/* On with the octet behind the line end. */
			lines++;
			at = comment;
			if (!dcv_zmap_has(map, at))
				return unsure;
			odd = dcv_zmap_view(map->odd, at);
		}
	}
}

static bool read_head(const char *text, const struct dcv_zbits *bits,
	struct dcv_zhead *ret)
{
	unsigned odd = dcv_zmap_first(bits->odd), owner_len = dcv_zmap_first(bits->blank);

	/* `$` is an odd octet too. */
	if (owner_len >= odd)
		return false;
	*ret = (struct dcv_zhead){.blank_owner = owner_len == 0,
		.owner_len = owner_len,
		.separator = text[owner_len]};
	return read_fields(text, bits, odd, ret);
}

bool dcv_zhead_read(const char *text, size_t len, struct dcv_zhead *ret)
{
	struct dcv_zmap map;
	struct dcv_zbits bits;

	dcv_zmap_entry(text, len, DCV_ZMAP_BLOCKS, &map);
	bits = (struct dcv_zbits){dcv_zmap_view(map.blank, 0), dcv_zmap_view(map.odd, 0)};
	if (!read_head(text, &bits, ret))
		return false;
	ret->dots = dcv_zmap_view(map.dots, 0) & bits_below(ret->owner_len);
	ret->entry_len = len >= DCV_ZBLOCK ? find_end(&map, 0).len : 0;
	return true;
}

/* --- the part between owner and RDATA --- */

#define SHAPE_MAX 16u /* octets that are looked up */

/* The lowest octets of eight. */
static inline uint64_t octets_below(size_t n)
{
	return n < 8 ? ((uint64_t)1 << 8 * n) - 1 : ~(uint64_t)0;
}

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
	size_t len)
{
	if (len > SHAPE_MAX)
		return &walk->odd_shape;
	walk->goes_on[slot_of(octets[0])] = len > 8;
	return len > 8 ? &walk->long_shapes[slot_of(octets[0] ^ octets[1] << 32)]
		       : &walk->shapes[slot_of(octets[0])];
}

/* Reads it, and keeps it; NULL: it is not plain. */
APART const struct dcv_zshape *read_shape(struct dcv_zwalk *walk, const char *text,
	const struct dcv_zbits *bits, size_t at, const uint64_t *octets)
{
	struct dcv_zhead head;
	struct dcv_zshape *shape;
	size_t shape_len;
	uint16_t type;

	if (!read_head(text, bits, &head))
		return NULL;
	shape_len = head.type_at + head.type_len + 1 - at;
	type = dcv_type_parse(text + head.type_at, head.type_len);
	shape = place_shape(walk, octets, shape_len);
	*shape = (struct dcv_zshape){
		.mask = {octets_below(shape_len),
			shape_len > 8 ? octets_below(shape_len - 8) : 0},
		.ttl_s = head.ttl_s,
		.type = type,
		.len = (uint8_t)shape_len,
		.quick = type != 0 && type != DCV_TYPE_SOA && type != DCV_TYPE_RRSIG,
		.noted = type == DCV_TYPE_TXT || type == DCV_TYPE_NSEC ||
			type == DCV_TYPE_NSEC3,
		.form = {.has_class = head.has_class,
			.has_ttl = head.has_ttl,
			.both = head.has_class && head.has_ttl,
			.class_first = head.class_first}};
	shape->key[0] = octets[0] & shape->mask[0];
	shape->key[1] = octets[1] & shape->mask[1];
	return shape;
}

/* Of a record whose first field stands there; NULL: it is not plain. */
BUILT_IN const struct dcv_zshape *find_shape(struct dcv_zwalk *walk, const char *text,
	const struct dcv_zbits *bits, size_t at)
{
	const struct dcv_zshape *shape;
	uint64_t octets[2];
	size_t slot;

	memcpy(octets, text + at, sizeof octets);
	for (size_t i = 0; i < 2; i++)
		octets[i] = le64toh(
			octets[i]); /* the first octet is the lowest, on any machine */
	slot = slot_of(octets[0]);
	shape = walk->goes_on[slot]
		? &walk->long_shapes[slot_of(octets[0] ^ octets[1] << 32)]
		: &walk->shapes[slot];
	return is_shape(shape, octets) ? shape : read_shape(walk, text, bits, at, octets);
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
	const char *text; /* what is at hand, and its offset in the file */
	uint64_t base;
	uint64_t n, ttl, type; /* sums */
	const char *end; /* behind the last record */
	struct dcv_zform form; /* of the last record, and of the last with class and TTL */
	struct dcv_zform both;
	/* The last one that names its owner; owner_len 0: none does. */
	const char *owner;
	size_t owner_len;
	bool owner_has_ttl;
	bool relative; /* one of them did so by a relative name */
	bool can_blank; /* the owner in force is of no interest */
	size_t owner_max; /* a longer relative name would be too long */
};

/* Quick records come one after the other; nothing that was kept or included stands before. */
static inline bool can_pass(const struct dcv_zwalk *walk)
{
	return walk->previous == DCV_ZNONE && walk->n_ended == 0 && !walk->part_ended;
}

static struct run run_begin(const struct dcv_zframe *frame, const char *text,
	uint64_t base)
{
	const struct dcv_zowner *owner = &frame->owner;
	size_t room = DCV_NAME_MAX - 1u;

	return (struct run){
		.text = text,
		.base = base,
		.can_blank = owner->known && owner->in_zone && owner->node == DCV_ZNONE,
		.owner_max = frame->origin_in_zone && frame->origin.len < room
			? room - frame->origin.len
			: 0,
	};
}

static uint64_t run_at(const struct run *run, const char *text)
{
	return run->base + (uint64_t)(text - run->text);
}

static void note_owner(const struct run *run, struct dcv_zwalk *walk,
	struct dcv_zframe *frame)
{
	struct dcv_zowner *owner = &frame->owner;

	owner->known = true;
	owner->in_zone = true;
	owner->absolute = run->owner[run->owner_len - 1] == '.';
	owner->node = DCV_ZNONE;
	owner->record = DCV_ZNONE;
	owner->name.len = 0;
	owner->text = NULL;
	owner->fd = frame->scan.fd;
	owner->at = run_at(run, run->owner);
	owner->len = run->owner_len;
	frame->run_at = run->owner_has_ttl || walk->default_known ? owner->at : 0;
	frame->style.separator = run->owner[run->owner_len];
	frame->style.column = dcv_zwalk_column(run->owner, run->owner_len);
	frame->style.absolute = owner->absolute;
	if (run->relative && !frame->origin_met) {
		dcv_znodes_met(&walk->found->nodes, &frame->origin);
		frame->origin_met = true;
	}
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
		note_owner(run, walk, frame);
	if (run->both.both)
		style->class_first = run->both.class_first;
	style->class_written = run->form.has_class;
	style->ttl_written = run->form.has_ttl;
	style->crlf = run->end[-1] == '\n' && run->end[-2] == '\r';
	frame->has_ttl = run->form.has_ttl;
	frame->behind = frame->beyond = run_at(run, run->end);
}

/* True if the owner, which is shorter than a block and has these dots, is surely of no interest and
 * needs no further look. ("@" may be of interest: see dcv_znodes_init.) */
BUILT_IN bool is_dull(const struct dcv_zwalk *walk, struct run *run, const char *text,
	size_t len, uint64_t dots)
{
	bool absolute = text[len - 1] == '.';
	uint64_t begins = dots << 1 | 1; /* of labels */
	size_t label;

	if ((dots & begins) != 0 || len > run->owner_max)
		return false;
	if (absolute) {
		len = absolute_part(walk, text, len);
		if (len == 0)
			return false;
		begins &= bits_below(len);
	}
	label = 63 - (size_t)__builtin_clzll(begins);
	if (dcv_znodes_may_have(&walk->found->nodes, text + label, len - label))
		return false;
	run->relative |= !absolute;
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

BUILT_IN void run_add(struct run *run, struct dcv_zwalk *walk, const char *text,
	size_t owner_len, const struct dcv_zshape *shape, size_t len)
{
	run->n++;
	run->ttl += dcv_zwalk_ttl(walk, shape->form.has_ttl, shape->ttl_s);
	run->type += shape->type;
	run->end = text + len;
	run->form = shape->form;
	if (shape->form.both)
		run->both = shape->form;
	if (owner_len > 0) {
		run->can_blank = true;
		run->owner = text;
		run->owner_len = owner_len;
		run->owner_has_ttl = shape->form.has_ttl;
	}
}

/* Takes the entry at `at`, of that length, if it is a plain record at a name of no interest; false:
 * not sure, take the slow way. */
BUILT_IN bool quick_record(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	struct run *run, const struct dcv_zmap *map, size_t at, uint64_t odd, size_t len)
{
	const char *text = map->text + at;
	const struct dcv_zbits bits = {dcv_zmap_view(map->blank, at), odd};
	unsigned owner_len = dcv_zmap_first(bits.blank), fields_at;
	const struct dcv_zshape *shape;

	/* `$` is odd too. */
	if (owner_len >= dcv_zmap_first(odd))
		return false;
	fields_at = owner_len +
		dcv_zmap_first(~(bits.blank >> owner_len) | (uint64_t)1 << 63);
	if (fields_at >= VIEW)
		return false;
	shape = find_shape(walk, text, &bits, fields_at);
	if (shape == NULL || !shape->quick)
		return false;
	if (owner_len == 0 ? !run->can_blank
			   : !is_dull(walk, run, text, owner_len,
				     dcv_zmap_view(map->dots, at) & bits_below(owner_len)))
		return false;
	if (shape->noted)
		note_type(walk, frame, shape, text + fields_at + shape->len);
	run_add(run, walk, text, owner_len, shape, len);
	return true;
}

/* Where the entry ends, taken if it is a plain record; len 0: it was not. */
BUILT_IN struct extent quick_entry(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	struct run *run, struct dcv_zmap *map, size_t at, uint64_t odd)
{
	const struct extent none = {0, 0};
	unsigned end = dcv_zmap_first(odd);
	struct extent extent = {end + 1, 1};

	if (end == VIEW || map->text[at + end] != '\n')
		extent = find_end(map, at);
	if (extent.len == 0 || !quick_record(walk, frame, run, map, at, odd, extent.len))
		return none;
	return extent;
}

/* A line without a record. */
static inline struct extent quick_blank(const struct dcv_zmap *map, size_t at)
{
	const char *text = map->text + at;
	size_t len = 0;

	if (*text == '\n')
		len = 1;
	else if (*text == ';')
		len = comment_len(text, map->len - at, 0);
	return (struct extent){len, 1};
}

/* Passes what it can of what the map has; how many octets, and lines. */
static size_t quick_mapped(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	struct run *run, struct dcv_zmap *map, uint64_t *ret_lines)
{
	const bool passes = can_pass(walk);
	uint64_t lines = 0;
	size_t at = 0;

	while (dcv_zmap_has(map, at)) {
		uint64_t odd = dcv_zmap_view(map->odd, at);
		struct extent extent = {0, 0};

		if ((odd & 1) != 0)
			extent = quick_blank(map, at);
		else if (passes)
			extent = quick_entry(walk, frame, run, map, at, odd);
		if (extent.len == 0)
			break;
		at += extent.len;
		lines += extent.lines;
	}
	*ret_lines += lines;
	return at;
}

/* Without the scanner, which would look for the end of each entry by itself. */
void dcv_zquick_lines(struct dcv_zwalk *walk, struct dcv_zframe *frame)
{
	size_t len, at = 0, n = 2, passed;
	const char *text = dcv_zscan_peek(&frame->scan, &len);
	struct run run = run_begin(frame, text, frame->scan.base + frame->scan.pos);
	struct dcv_zmap map;
	uint64_t lines = 0;

	/* More at a time while it goes well: where every other line takes the slow way, little
	 * is looked at in vain. */
	for (;; n = n < DCV_ZMAP_BLOCKS ? n * 2 : n) {
		dcv_zmap_make(text + at, len - at, n, &map);
		passed = quick_mapped(walk, frame, &run, &map, &lines);
		at += passed;
		if (!map.ended ||
			(passed == 0 && (n == DCV_ZMAP_BLOCKS || map.end < n * DCV_ZBLOCK)))
			break;
	}
	dcv_zscan_pass(&frame->scan, at, lines);
	run_end(&run, walk, frame);
}

bool dcv_zquick(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw)
{
	struct run run = run_begin(frame, raw->text, raw->offset);
	struct dcv_zmap map;

	dcv_zmap_entry(raw->text, raw->len, 1, &map);
	if (!can_pass(walk) ||
		!quick_record(walk, frame, &run, &map, 0, dcv_zmap_view(map.odd, 0),
			raw->len))
		return false;
	run_end(&run, walk, frame);
	return true;
}
