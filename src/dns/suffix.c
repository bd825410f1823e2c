/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the list of public suffixes and its rules
 * (https://github.com/publicsuffix/list/wiki/Format). It does not know where the list lies. */
#include "dns/suffix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/idn.h"
#include "dns/name.h"

struct dcv_suffixes {
	size_t n;
	const char **rules; /* lower case, A-labels, as in the list: "*.ck", "!www.ck" */
};

static int compare(const void *p, const void *q)
{
	return strcmp(*(const char *const *)p, *(const char *const *)q);
}

/* The rule of a line, or NULL: none, or one that cannot be a name (which then matches none). */
static const char *read_rule(const char *line, size_t len, struct dcv_arena *arena,
	bool *no_memory)
{
	size_t n = 0;
	bool ascii = true;
	char *text, *converted;
	enum dcv_err rc;

	while (n < len && line[n] != ' ' && line[n] != '\t' && line[n] != '\r') {
		ascii = ascii && (unsigned char)line[n] < 0x80;
		n++;
	}
	if (n == 0 || (n >= 2 && memcmp(line, "//", 2) == 0))
		return NULL;
	text = dcv_arena_strndup(arena, line, n);
	*no_memory |= text == NULL;
	if (text == NULL || ascii)
		return text;
	rc = dcv_idn_to_ascii(text, n, arena, &converted, NULL);
	*no_memory |= rc == DCV_E_NOMEM;
	return rc == DCV_OK ? converted : NULL;
}

/* Where the part of the registries ends. */
static const char *icann_end(const char *text, size_t len)
{
	static const char mark[] = "// ===END ICANN DOMAINS===";
	const char *end = memmem(text, len, mark, sizeof(mark) - 1);

	return end != NULL ? end : text + len;
}

enum dcv_err dcv_suffixes_read(const char *text, size_t len, struct dcv_arena *arena,
	struct dcv_suffixes **ret, struct dcv_error *err)
{
	struct dcv_suffixes *of = dcv_arena_alloc(arena, sizeof(*of));
	const char *end = icann_end(text, len);
	bool no_memory = of == NULL;
	size_t lines = 1, n;

	for (const char *at = text; at < end; at++)
		lines += *at == '\n';
	if (of != NULL)
		of->rules = dcv_arena_array(arena, lines, sizeof(of->rules[0]));
	if (of == NULL || of->rules == NULL)
		return dcv_nomem(err);
	of->n = 0;
	for (const char *at = text; at < end; at += n + 1) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *rule;

		n = (size_t)((stop != NULL ? stop : end) - at);
		rule = read_rule(at, n, arena, &no_memory);
		if (rule != NULL)
			of->rules[of->n++] = rule;
	}
	if (no_memory)
		return dcv_nomem(err);
	if (of->n == 0)
		return dcv_fail(err, DCV_E_FAILED,
			"no rule in the list of public suffixes");
	qsort(of->rules, of->n, sizeof(of->rules[0]), compare);
	*ret = of;
	return DCV_OK;
}

static bool has(const struct dcv_suffixes *of, const char *prefix, const char *name)
{
	char rule[DCV_NAME_TEXT_MAX + 2];
	const char *key = rule;

	(void)snprintf(rule, sizeof(rule), "%s%s", prefix, name);
	return bsearch(&key, of->rules, of->n, sizeof(of->rules[0]), compare) != NULL;
}

bool dcv_suffix_is(const struct dcv_suffixes *suffixes, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];
	const char *dot;

	if (name->len <= 1)
		return false;
	dcv_name_text(name, text);
	text[strlen(text) - 1] = '\0';
	if (has(suffixes, "!", text))
		return false;
	if (has(suffixes, "", text))
		return true;
	dot = strchr(text, '.');
	return dot == NULL || has(suffixes, "*.", dot + 1);
}
