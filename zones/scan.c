/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where an entry of a zone file begins and ends: quotes, parentheses,
 * comments, escapes, line ends. It does not know what an entry says. */
#include "zones/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK 64u

enum step { STEP_DONE, STEP_SHORT, STEP_BAD };

/* Where we are inside an entry. */
struct cursor {
	size_t p;
	uint64_t lines; /* line ends passed */
	unsigned depth; /* of parentheses */
	uint64_t open_line; /* lines passed when the outermost parenthesis was opened */
};

#if defined(__SSE2__)
static inline uint64_t marks16(const uint8_t *p)
{
	__m128i c = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i m = _mm_cmpeq_epi8(c, _mm_set1_epi8('\n'));

	m = _mm_or_si128(m, _mm_cmpeq_epi8(c, _mm_set1_epi8('"')));
	m = _mm_or_si128(m, _mm_cmpeq_epi8(c, _mm_set1_epi8(';')));
	m = _mm_or_si128(m, _mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
	/* '(' is 0x28 and ')' is 0x29: one comparison for both. */
	c = _mm_or_si128(c, _mm_set1_epi8(1));
	m = _mm_or_si128(m, _mm_cmpeq_epi8(c, _mm_set1_epi8(')')));
	return (uint64_t)(unsigned)_mm_movemask_epi8(m);
}

/* A bit for each octet of a block that can end or change the state of an entry. */
static inline uint64_t block_marks(const uint8_t *p)
{
	return marks16(p) | marks16(p + 16) << 16 | marks16(p + 32) << 32 |
		marks16(p + 48) << 48;
}
#else
static inline uint64_t block_marks(const uint8_t *p)
{
	uint64_t marks = 0;

	for (unsigned i = 0; i < BLOCK; i++) {
		uint8_t c = p[i];

		if (c == '\n' || c == '"' || c == ';' || c == '\\' || c == '(' || c == ')')
			marks |= (uint64_t)1 << i;
	}
	return marks;
}
#endif

void dcv_zscan_init(struct dcv_zscan *scan, int fd, size_t window)
{
	*scan = (struct dcv_zscan){.fd = fd, .cap = window, .line = 1, .marks_at = SIZE_MAX};
}

void dcv_zscan_clear(struct dcv_zscan *scan)
{
	free(scan->window);
	scan->window = NULL;
}

/* The next mark at or behind `from`; scan->len if there is none in the window. */
static inline size_t next_mark(struct dcv_zscan *scan, size_t from)
{
	size_t at = from & ~(size_t)(BLOCK - 1);
	uint64_t marks;

	if (from >= scan->len)
		return scan->len;
	if (at != scan->marks_at) {
		scan->marks = block_marks(scan->window + at);
		scan->marks_at = at;
	}
	marks = scan->marks & ~(uint64_t)0 << (from & (BLOCK - 1));
	while (marks == 0) {
		at += BLOCK;
		if (at >= scan->len)
			return scan->len;
		scan->marks = block_marks(scan->window + at);
		scan->marks_at = at;
		marks = scan->marks;
	}
	at += (size_t)__builtin_ctzll(marks);
	return at < scan->len ? at : scan->len;
}

static enum step bad(struct dcv_zscan *scan, uint64_t lines, const char *problem)
{
	scan->problem = problem;
	scan->problem_line = scan->line + lines;
	return STEP_BAD;
}

/* c->p is behind the opening quote. */
static enum step skip_quoted(struct dcv_zscan *scan, struct cursor *c)
{
	uint64_t open_line = c->lines;

	for (;;) {
		size_t q = next_mark(scan, c->p);

		if (q >= scan->len && scan->eof)
			return bad(scan, open_line, "a quote that is not closed");
		if (q >= scan->len)
			return STEP_SHORT;
		c->p = q + 1;
		if (scan->window[q] == '"')
			return STEP_DONE;
		if (scan->window[q] == '\n')
			c->lines++;
		if (scan->window[q] == '\\' && c->p < scan->len) {
			c->lines += scan->window[c->p] == '\n';
			c->p++;
		} else if (scan->window[q] == '\\' && !scan->eof) {
			return STEP_SHORT;
		}
	}
}

/* c->p stands in a comment; afterwards on its line end or at the end of the window. */
static void skip_comment(struct dcv_zscan *scan, struct cursor *c)
{
	const uint8_t *end = memchr(scan->window + c->p, '\n', scan->len - c->p);

	c->p = end == NULL ? scan->len : (size_t)(end - scan->window);
}

/* A backslash outside quotes, c->p behind it: the octet that follows is no mark. A line end is
 * one too; NSD takes it for an octet of the token. */
static enum step skip_escape(struct dcv_zscan *scan, struct cursor *c)
{
	if (c->p >= scan->len)
		return scan->eof
			? bad(scan, c->lines, "a backslash at the end of the file")
			: STEP_SHORT;
	c->lines += scan->window[c->p] == '\n';
	c->p++;
	return STEP_DONE;
}

static enum step skip_close(struct dcv_zscan *scan, struct cursor *c)
{
	if (c->depth == 0)
		return bad(scan, c->lines, "\")\" without \"(\"");
	c->depth--;
	return STEP_DONE;
}

static void skip_open(struct cursor *c)
{
	if (c->depth == 0)
		c->open_line = c->lines;
	c->depth++;
}

/* Takes the mark at q. */
static enum step take_mark(struct dcv_zscan *scan, struct cursor *c, size_t q)
{
	c->p = q + 1;
	switch (scan->window[q]) {
	case ';':
		skip_comment(scan, c);
		return STEP_DONE;
	case '"':
		return skip_quoted(scan, c);
	case '(':
		skip_open(c);
		return STEP_DONE;
	case ')':
		return skip_close(scan, c);
	case '\\':
		return skip_escape(scan, c);
	default: /* a line end inside parentheses */
		c->lines++;
		return STEP_DONE;
	}
}

/* From the beginning of an entry to behind its end. */
static enum step find_end(struct dcv_zscan *scan, struct cursor *c)
{
	for (;;) {
		size_t q = next_mark(scan, c->p);
		enum step step;

		if (q >= scan->len) {
			c->p = scan->len;
			if (!scan->eof)
				return STEP_SHORT;
			return c->depth == 0 ? STEP_DONE
					     : bad(scan, c->open_line,
						       "a parenthesis that is not closed");
		}
		if (scan->window[q] == '\n' && c->depth == 0) {
			c->p = q + 1;
			c->lines++;
			return STEP_DONE;
		}
		step = take_mark(scan, c, q);
		if (step != STEP_DONE)
			return step;
	}
}

static bool grow(struct dcv_zscan *scan)
{
	size_t cap = scan->window == NULL ? scan->cap : scan->cap * 2;
	uint8_t *window = realloc(scan->window, cap + DCV_ZSCAN_PAD);

	if (window == NULL)
		return false;
	scan->window = window;
	scan->cap = cap;
	return true;
}

/* Brings more of the file into the window; what is before pos leaves it. */
static enum dcv_zscan_end fill(struct dcv_zscan *scan)
{
	ssize_t n;

	if (scan->pos > 0) {
		scan->len -= scan->pos;
		memmove(scan->window, scan->window + scan->pos, scan->len);
		scan->base += scan->pos;
		scan->pos = 0;
	} else if (scan->window == NULL || scan->len == scan->cap) {
		if (scan->window != NULL && scan->cap >= DCV_ZSCAN_WINDOW_MAX) {
			(void)bad(scan, 0, "an entry over 16 MiB");
			return DCV_ZSCAN_SYNTAX;
		}
		if (!grow(scan))
			return DCV_ZSCAN_NOMEM;
	}
	do
		n = pread(scan->fd, scan->window + scan->len, scan->cap - scan->len,
			(off_t)(scan->base + scan->len));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		scan->error = errno;
		return DCV_ZSCAN_IO;
	}
	scan->eof = n == 0;
	scan->len += (size_t)n;
	memset(scan->window + scan->len, 0, DCV_ZSCAN_PAD);
	scan->marks_at = SIZE_MAX;
	return DCV_ZSCAN_ENTRY;
}

/* Passes blank lines and lines that are only a comment. STEP_DONE: pos is on an entry, or at
 * the end of the file. */
static enum step skip_idle(struct dcv_zscan *scan)
{
	for (;;) {
		struct cursor c = {.p = scan->pos};

		while (c.p < scan->len &&
			(scan->window[c.p] == ' ' || scan->window[c.p] == '\t' ||
				scan->window[c.p] == '\r'))
			c.p++;
		if (c.p < scan->len && scan->window[c.p] == ';')
			skip_comment(scan, &c);
		else if (c.p < scan->len && scan->window[c.p] != '\n')
			return STEP_DONE;
		if (c.p >= scan->len) {
			if (scan->eof)
				scan->pos = scan->len;
			return scan->eof ? STEP_DONE : STEP_SHORT;
		}
		scan->pos = c.p + 1;
		scan->line++;
	}
}

static enum step step_entry(struct dcv_zscan *scan, struct cursor *c)
{
	enum step step = skip_idle(scan);

	if (step != STEP_DONE || scan->pos >= scan->len)
		return step;
	*c = (struct cursor){.p = scan->pos};
	return find_end(scan, c);
}

enum dcv_zscan_end dcv_zscan_next(struct dcv_zscan *scan, struct dcv_zraw *ret)
{
	for (;;) {
		struct cursor c;
		enum step step = step_entry(scan, &c);
		enum dcv_zscan_end end;

		if (step == STEP_BAD)
			return DCV_ZSCAN_SYNTAX;
		if (step == STEP_DONE && scan->pos >= scan->len)
			return DCV_ZSCAN_END;
		if (step == STEP_DONE) {
			*ret = (struct dcv_zraw){(const char *)scan->window + scan->pos,
				c.p - scan->pos, scan->base + scan->pos, scan->line};
			scan->pos = c.p;
			scan->line += c.lines;
			return DCV_ZSCAN_ENTRY;
		}
		end = fill(scan);
		if (end != DCV_ZSCAN_ENTRY)
			return end;
	}
}
