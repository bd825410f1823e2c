/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the catalogue of causes is asked and how a page of it looks. What causes
 * there are stands in check/data/. */
#include "check/cause.h"

#include <string.h>
#include <strings.h>

#define PAGE_COLUMNS 79u
#define PAGE_MAX 65536u

static const struct dcv_cause causes[] = {
#define CAUSE(id, concern, step, cure, title, remedy, means, seen, way, says, source) \
	{#id, title, DCV_CONCERN_##concern, DCV_STEP_##step, DCV_CURE_##cure, remedy, \
		means, seen, way, says, source},
#include "check/data/causes.inc"
#undef CAUSE
};
#define N_CAUSES (sizeof(causes) / sizeof(causes[0]))

static const char *const ids[] = {
#define CAUSE(id, concern, step, cure, title, remedy, means, seen, way, says, source) #id,
#include "check/data/causes.inc"
#undef CAUSE
	NULL};

const char *dcv_step_word(enum dcv_step step)
{
	static const char *const words[] = {
#define X(name, word, text) word,
		DCV_STEP_MAP(X)
#undef X
	};
	return step < DCV_STEPS ? words[step] : "";
}

const char *dcv_step_text(enum dcv_step step)
{
	static const char *const texts[] = {
#define X(name, word, text) text,
		DCV_STEP_MAP(X)
#undef X
	};
	return step < DCV_STEPS ? texts[step] : "";
}

const char *dcv_concern_text(enum dcv_concern concern)
{
	static const char *const texts[] = {
#define X(name, text) text,
		DCV_CONCERN_MAP(X)
#undef X
	};
	return texts[concern];
}

const char *dcv_cure_text(enum dcv_cure cure)
{
	static const char *const texts[] = {
#define X(name, text) text,
		DCV_CURE_MAP(X)
#undef X
	};
	return texts[cure];
}

const struct dcv_cause *dcv_cause_find(const char *id)
{
	for (size_t i = 0; i < N_CAUSES; i++) {
		if (strcasecmp(causes[i].id, id) == 0)
			return &causes[i];
	}
	return NULL;
}

const struct dcv_cause *dcv_cause_at(size_t i)
{
	return i < N_CAUSES ? &causes[i] : NULL;
}

const char *const *dcv_cause_ids(void)
{
	return ids;
}

/* --- placeholders ------------------------------------------------------------------------ */

/* The placeholder at text ("{owner}…") and its length with the braces; SIZE_MAX: none. */
static size_t blank_at(const char *text, size_t *ret_len)
{
	static const char *const words[] = {
#define X(name) "{" #name "}",
		DCV_BLANK_MAP(X)
#undef X
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(text, words[i], len) != 0)
			continue;
		*ret_len = len;
		return i;
	}
	return SIZE_MAX;
}

static const char *blank_value(const struct dcv_blanks *blanks, size_t i)
{
	const char *const values[] = {
#define X(name) blanks->name,
		DCV_BLANK_MAP(X)
#undef X
	};
	return values[i];
}

/* An unknown one stands there in capitals: OWNER. */
static void add_capitals(const char *word, size_t len, struct dcv_buf *buf)
{
	for (size_t i = 0; i < len; i++)
		dcv_buf_addc(buf, (char)(word[i] - ('a' - 'A')));
}

void dcv_cause_fill(const char *text, const struct dcv_blanks *blanks, struct dcv_buf *buf)
{
	while (*text != '\0') {
		size_t len = 1, blank = *text == '{' ? blank_at(text, &len) : SIZE_MAX;
		const char *value = blank == SIZE_MAX ? NULL : blank_value(blanks, blank);

		if (blank == SIZE_MAX)
			dcv_buf_addc(buf, *text);
		else if (value != NULL)
			dcv_buf_adds(buf, value);
		else
			add_capitals(text + 1, len - 2, buf);
		text += len;
	}
}

/* --- the page ---------------------------------------------------------------------------- */

/* Columns of the first n octets: continuation octets of UTF-8 take none. */
static size_t columns(const char *text, size_t n)
{
	size_t ret = 0;

	for (size_t i = 0; i < n; i++)
		ret += ((unsigned char)text[i] & 0xc0u) != 0x80u;
	return ret;
}

/* One paragraph of n octets, wrapped; `at`: columns that its first line has already. */
static void add_wrapped(const char *text, size_t n, size_t at, struct dcv_buf *buf)
{
	for (size_t i = 0; i < n;) {
		size_t len = 0, wide;

		while (i + len < n && text[i + len] != ' ')
			len++;
		wide = columns(text + i, len);
		if (at > 0 && at + 1 + wide > PAGE_COLUMNS) {
			dcv_buf_addc(buf, '\n');
			at = 0;
		} else if (at > 0) {
			dcv_buf_addc(buf, ' ');
			at++;
		}
		dcv_buf_add(buf, text + i, len);
		at += wide;
		i += len;
		while (i < n && text[i] == ' ')
			i++;
	}
	dcv_buf_addc(buf, '\n');
}

/* A blank line, "Label:" and the text, whose lines to type stand by themselves. */
static void add_part(const char *label, const char *text, struct dcv_buf *buf)
{
	size_t at = strlen(label);

	if (*text == '\0')
		return;
	dcv_buf_addf(buf, "\n%s", label);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (text[0] == ' ')
			dcv_buf_addf(buf, "  %.*s\n", (int)n, text);
		else
			add_wrapped(text, n, at, buf);
		at = 0;
		text += n + (text[n] == '\n');
	}
}

void dcv_cause_page(const struct dcv_cause *cause, struct dcv_buf *buf)
{
	static const struct dcv_blanks none = {.owner = NULL};
	static const char source[] = "Source:";
	struct dcv_buf raw;

	dcv_buf_init(&raw, PAGE_MAX);
	dcv_buf_addf(&raw, "%s  %s\n", cause->id, cause->title);
	add_part("", cause->means, &raw);
	add_part("See it:", cause->seen, &raw);
	add_part("Cure:", cause->way, &raw);
	add_part("CAs say:", cause->says, &raw);
	dcv_buf_addf(&raw, "\nConcerns %s; %s.\nStep %d of `explain ORDER`: %s.\n",
		dcv_concern_text(cause->concern), dcv_cure_text(cause->cure),
		(int)cause->step + 1, dcv_step_text(cause->step));
	dcv_buf_adds(&raw, source);
	add_wrapped(cause->source, strlen(cause->source), strlen(source), &raw);
	dcv_cause_fill(dcv_buf_text(&raw), &none, buf);
	buf->failed = buf->failed || raw.failed;
	dcv_buf_clear(&raw);
}
