/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows in which ways a value comes to differ from the one that the CA gave out. */
#include <string.h>

#include "check/diagnose_parts.h"

#define CUT_LEAST 8u /* octets that a torn value must still have */
#define TYPOS_MAX 3u
#define TYPOS_LEAST 16u /* shorter values are alike by chance */

struct octets {
	const char *text;
	size_t n;
};

const char *dcv_near_octets(uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_arena *arena, size_t *ret_len)
{
	struct dcv_name name;
	char text[DCV_NAME_TEXT_MAX];

	if (type == DCV_TYPE_TXT)
		return dcv_txt_join(rdata, arena, ret_len);
	if (type != DCV_TYPE_CNAME || !dcv_name_from_wire(rdata->wire, rdata->len, &name)) {
		*ret_len = rdata->len;
		return (const char *)rdata->wire;
	}
	*ret_len = strlen(dcv_name_text(&name, text)) - 1;
	return dcv_arena_strndup(arena, text, *ret_len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '\\';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool equal(struct octets a, struct octets b)
{
	return a.n == b.n && memcmp(a.text, b.text, a.n) == 0;
}

static bool equal_but_case(struct octets a, struct octets b)
{
	for (size_t i = 0; a.n == b.n && i < a.n; i++) {
		if (lower(a.text[i]) != lower(b.text[i]))
			return false;
	}
	return a.n == b.n;
}

/* Without the characters that `is` names; *ret_any: there were some. */
static struct octets without(struct octets from, bool (*is)(char),
	struct dcv_arena *arena, bool *ret_any)
{
	char *out = dcv_arena_alloc(arena, from.n + 1);
	struct octets ret = {out, 0};

	if (out == NULL)
		return from;
	for (size_t i = 0; i < from.n; i++) {
		if (!is(from.text[i]))
			out[ret.n++] = from.text[i];
	}
	*ret_any = ret.n != from.n;
	return ret;
}

/* Quotes, blanks, line ends and case: nothing else differs. */
static const char *as_disguised(struct octets wanted, struct octets found,
	struct dcv_arena *arena)
{
	bool quotes = false, blanks = false,
	     line_end = memchr(found.text, '\n', found.n) != NULL;
	struct octets bare = without(found, is_quote, arena, &quotes);

	bare = without(bare, is_blank, arena, &blanks);
	if (!equal_but_case(wanted, bare) || equal(wanted, found))
		return NULL;
	return dcv_arena_printf(arena, "%s%s%s",
		quotes ? "quotes have become part of it" : "",
		!blanks            ? ""
			: quotes   ? ", and blanks"
			: line_end ? "a line end has become part of it"
				   : "blanks have become part of it",
		equal(wanted, bare)        ? ""
			: quotes || blanks ? ", and its case differs"
					   : "its case differs");
}

static const char *as_cut(struct octets wanted, struct octets found,
	struct dcv_arena *arena)
{
	if (found.n < CUT_LEAST || found.n >= wanted.n)
		return NULL;
	if (memcmp(wanted.text, found.text, found.n) == 0)
		return dcv_arena_printf(arena, "the first %zu of %zu octets are there%s",
			found.n, wanted.n,
			wanted.text[found.n] == ';' ? ", cut at the semicolon" : "");
	if (memcmp(wanted.text + wanted.n - found.n, found.text, found.n) == 0)
		return dcv_arena_printf(arena, "the last %zu of %zu octets are there",
			found.n, wanted.n);
	return NULL;
}

static const char *as_wrapped(struct octets wanted, struct octets found,
	struct dcv_arena *arena)
{
	if (wanted.n < CUT_LEAST || found.n <= wanted.n)
		return NULL;
	for (size_t i = 0; i + wanted.n <= found.n; i++) {
		if (memcmp(found.text + i, wanted.text, wanted.n) != 0)
			continue;
		return dcv_arena_printf(arena,
			"%zu octets stand before it and %zu behind it", i,
			found.n - wanted.n - i);
	}
	return NULL;
}

static const char *as_mistyped(struct octets wanted, struct octets found,
	struct dcv_arena *arena)
{
	size_t first = 0, n = 0;

	if (wanted.n < TYPOS_LEAST || wanted.n != found.n)
		return NULL;
	for (size_t i = 0; i < wanted.n; i++) {
		if (wanted.text[i] == found.text[i])
			continue;
		first = n == 0 ? i : first;
		n++;
	}
	if (n == 0 || n > TYPOS_MAX)
		return NULL;
	return dcv_arena_printf(arena,
		"%zu of %zu octets differ%s, the first is octet %zu", n, wanted.n,
		n == 1 ? "s" : "", first + 1);
}

static const char *compare(struct octets wanted, struct octets found,
	struct dcv_arena *arena)
{
	const char *ret = as_disguised(wanted, found, arena);

	if (ret == NULL)
		ret = as_cut(wanted, found, arena);
	if (ret == NULL)
		ret = as_wrapped(wanted, found, arena);
	return ret != NULL ? ret : as_mistyped(wanted, found, arena);
}

/* a and b one behind the other are the wanted value. */
static bool is_torn(struct octets wanted, struct octets a, struct octets b)
{
	return a.n + b.n == wanted.n && a.n > 0 && b.n > 0 &&
		memcmp(wanted.text, a.text, a.n) == 0 &&
		memcmp(wanted.text + a.n, b.text, b.n) == 0;
}

static bool any_torn(struct octets wanted, const struct octets *found, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			if (i != k && is_torn(wanted, found[i], found[k]))
				return true;
		}
	}
	return false;
}

#define FOUND_MAX 64u /* values of one answer that are looked at */

const char *dcv_near_miss(uint16_t type, const struct dcv_rdata *wanted,
	const struct dcv_rdata *found, size_t n, struct dcv_arena *arena)
{
	struct octets mine, others[FOUND_MAX];
	const char *ret = NULL;

	mine.text = dcv_near_octets(type, wanted, arena, &mine.n);
	if (n > FOUND_MAX)
		n = FOUND_MAX;
	for (size_t i = 0; i < n && mine.text != NULL; i++) {
		others[i].text = dcv_near_octets(type, &found[i], arena, &others[i].n);
		if (others[i].text == NULL || equal(mine, others[i]))
			return NULL;
	}
	if (mine.text == NULL)
		return NULL;
	if (type == DCV_TYPE_TXT && any_torn(mine, others, n))
		return "two records stand where one of two strings was meant";
	for (size_t i = 0; i < n && ret == NULL; i++)
		ret = compare(mine, others[i], arena);
	return ret;
}
