/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which of the names of interest a $GENERATE line may make. With one plain `$` in
 * the owner it counts; otherwise what stands before the first and behind the last `$` decides, so
 * that it may say "may" once too often, never once too seldom. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zones/fail.h"
#include "zones/walk.h"

#define NUMBERS_MAX 64

/* The octets that a name must begin and end with, in lower case. */
struct pattern {
	const struct dcv_name *origin; /* the name lies at or below it */
	bool exact; /* no `$`: it is this name */
	bool once; /* one `$`: nothing but a number stands between prefix and suffix */
	bool counted; /* and these are its numbers: from, from + step … to */
	long from, to, step;
	long offset;
	int width;
	char base; /* d, o, x or X */
	struct dcv_name name;
	char prefix[DCV_NAME_TEXT_MAX], suffix[DCV_NAME_TEXT_MAX];
};

static void copy_lower(char *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20
								 : text[i]);
	out[len] = '\0';
}

/* Behind the last `$` and its {offset,width,base}. */
static size_t behind_last(const char *text, size_t len)
{
	size_t at = len;

	while (at > 0 && text[at - 1] != '$')
		at--;
	if (at < len && text[at] == '{') {
		while (at < len && text[at] != '}')
			at++;
		at += at < len;
	}
	return at;
}

/* A number of at most nine digits at *text, which goes behind it. */
static bool take_number(const char **text, long *ret)
{
	char *end;

	*ret = strtol(*text, &end, 10);
	if (end == *text || end - *text > 10 || **text == ' ' || **text == '+')
		return false;
	*text = end;
	return true;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

/* `START-STOP[/STEP]` */
static bool read_range(const char *token, size_t len, struct pattern *ret)
{
	char range[NUMBERS_MAX] = {0};
	const char *text = range;

	if (len >= sizeof range)
		return false;
	memcpy(range, token, len);
	ret->step = 1;
	if (!take_number(&text, &ret->from) || !take_char(&text, '-') ||
		!take_number(&text, &ret->to))
		return false;
	if (*text != '\0' && (!take_char(&text, '/') || !take_number(&text, &ret->step)))
		return false;
	return *text == '\0' && ret->from >= 0 && ret->from <= ret->to && ret->step > 0;
}

/* `{OFFSET[,WIDTH[,BASE]]}` behind the only `$`; nothing is `{0,0,d}`. Nibbles are not counted. */
static bool read_modifier(const char *token, size_t len, struct pattern *ret)
{
	char modifier[NUMBERS_MAX] = {0};
	const char *text = modifier;
	long width = 0;

	ret->base = 'd';
	if (len == 0)
		return true;
	if (len >= sizeof modifier)
		return false;
	memcpy(modifier, token, len);
	if (!take_char(&text, '{') || !take_number(&text, &ret->offset))
		return false;
	if (*text == ',' && (!take_char(&text, ',') || !take_number(&text, &width)))
		return false;
	if (*text == ',' && text[1] != '\0') {
		ret->base = text[1];
		text += 2;
	}
	ret->width = (int)width;
	return strcmp(text, "}") == 0 && width >= 0 && width < NUMBERS_MAX &&
		strchr("doxX", ret->base) != NULL;
}

static void read_pattern(const char *text, size_t len, const struct dcv_name *origin,
	struct pattern *ret)
{
	const char *first = memchr(text, '$', len);
	struct dcv_error why = {0};
	size_t at;

	*ret = (struct pattern){.origin = origin};
	if (first == NULL &&
		dcv_name_parse(text, len, origin, &ret->name, &why) == DCV_OK) {
		ret->exact = true;
		return;
	}
	at = behind_last(text, len);
	if (len > 0 && text[len - 1] == '.')
		ret->origin = NULL;
	/* Escapes could spell the same octets in another way: then only the origin counts. */
	if (first == NULL || len >= DCV_NAME_TEXT_MAX || memchr(text, '\\', len) != NULL)
		return;
	ret->once = memchr(first + 1, '$', len - (size_t)(first - text) - 1) == NULL;
	ret->counted = ret->once &&
		read_modifier(first + 1, at - (size_t)(first - text) - 1, ret);
	copy_lower(ret->prefix, text, (size_t)(first - text));
	copy_lower(ret->suffix, text + at, len - at);
}

/* One of the numbers is written so; a name is lower case, and so is a number in it then. */
static bool makes(const struct pattern *pattern, const char *text)
{
	int base = pattern->base == 'd' ? 10 : pattern->base == 'o' ? 8 : 16;
	char *end, again[NUMBERS_MAX + 32];
	long value = strtol(text, &end, base);

	if (*text == '\0' || *end != '\0' || value == LONG_MAX || value == LONG_MIN ||
		value - pattern->offset < pattern->from ||
		value - pattern->offset > pattern->to ||
		(value - pattern->offset - pattern->from) % pattern->step != 0)
		return false;
	if (base == 10)
		(void)snprintf(again, sizeof again, "%0*ld", pattern->width, value);
	else if (base == 8)
		(void)snprintf(again, sizeof again, "%0*lo", pattern->width,
			(unsigned long)value);
	else
		(void)snprintf(again, sizeof again, "%0*lx", pattern->width,
			(unsigned long)value);
	return strcmp(again, text) == 0;
}

/* The text of the name without its origin (relative) or whole (absolute). */
static bool matches(const struct pattern *pattern, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];
	struct dcv_name rest = *name;
	size_t len, prefix = strlen(pattern->prefix), suffix = strlen(pattern->suffix);

	if (pattern->exact)
		return dcv_name_equal(&pattern->name, name);
	if (pattern->origin != NULL) {
		if (!dcv_name_is_within(name, pattern->origin) ||
			name->len == pattern->origin->len)
			return false;
		rest.len = (uint8_t)(name->len - pattern->origin->len + 1);
		rest.wire[rest.len - 1] = 0;
	}
	len = strlen(dcv_name_text(&rest, text));
	if (strchr(text, '\\') != NULL)
		return true;
	len -= pattern->origin != NULL && len > 0; /* the final dot */
	if (len < prefix + suffix || memcmp(text, pattern->prefix, prefix) != 0 ||
		memcmp(text + len - suffix, pattern->suffix, suffix) != 0)
		return false;
	text[len - suffix] = '\0';
	if (pattern->counted)
		return makes(pattern, text + prefix);
	/* Any base: decimal, octal, hexadecimal, nibbles with dots between. */
	return !pattern->once ||
		(text[prefix] != '\0' &&
			strspn(text + prefix, "-.0123456789abcdef") ==
				len - prefix - suffix);
}

/* A type under which what is below the name is hidden, or one that we cannot tell. */
static bool hides_below(const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	uint16_t type = 0;
	uint32_t ttl_s;

	for (size_t i = 2; i < entry->n_args && type == 0; i++) {
		const struct dcv_ztoken *token = &entry->args[i];

		if (!dcv_zttl_read(raw->text + token->at, token->len, &ttl_s))
			type = dcv_type_parse(raw->text + token->at, token->len);
	}
	return type == 0 || type == DCV_TYPE_NS || type == DCV_TYPE_DNAME;
}

static bool may_make(const struct pattern *pattern, bool hides,
	const struct dcv_name *apex, const struct dcv_name *name)
{
	unsigned below = dcv_name_labels(name) - dcv_name_labels(apex);

	for (unsigned i = 0; i < (hides ? below : 1); i++) {
		struct dcv_name above = dcv_name_parent(name, i);

		if (matches(pattern, &above))
			return true;
	}
	return false;
}

enum dcvp_class dcv_zgenerate(struct dcv_zwalk *walk, struct dcv_zframe *frame,
	const struct dcv_zraw *raw, const struct dcv_zentry *entry)
{
	struct dcv_znodes *nodes = &walk->found->nodes;
	struct pattern pattern;
	const char *where = NULL;
	bool hides;

	if (entry->n_args < 4)
		return dcv_zwalk_syntax(walk, frame, raw->line,
			"a $GENERATE that is cut short");
	if (walk->n_generates++ >= DCV_ZGENERATES_MAX)
		return dcv_zfail(walk->err, DCVP_REFUSED,
			"%s:%llu: more than %u $GENERATE lines", frame->path,
			(unsigned long long)raw->line, DCV_ZGENERATES_MAX);
	read_pattern(raw->text + entry->args[1].at, entry->args[1].len, &frame->origin,
		&pattern);
	pattern.counted = pattern.counted &&
		read_range(raw->text + entry->args[0].at, entry->args[0].len, &pattern);
	hides = hides_below(raw, entry);
	for (size_t i = 0; i < nodes->n; i++) {
		struct dcv_znode *node = &nodes->items[i];

		if (!node->asked || node->generated != NULL ||
			!may_make(&pattern, hides, &nodes->apex, &node->name))
			continue;
		if (where == NULL)
			where = dcv_arena_printf(&walk->found->arena,
				"the $GENERATE at %s:%llu may make it", frame->path,
				(unsigned long long)raw->line);
		if (where == NULL)
			return dcv_znomem(walk->err);
		node->generated = where;
	}
	return DCVP_OK;
}
