/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which word a person most likely meant. It does not know what words mean. */
#include <string.h>

#include "base/yaml.h"

#define WORD_MAX 64u

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swapped neighbours between two words of at most
 * WORD_MAX octets (optimal string alignment). */
static unsigned distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= n_b; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n_a; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n_b; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);

			row[j] = min(last[j - 1] + !same, min(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
				lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = min(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[n_b];
}

const char *dcv_did_you_mean(const char *text, const char *const *words)
{
	size_t len = strnlen(text, WORD_MAX + 1), i;
	unsigned best = (unsigned)(len / 3), d;
	const char *meant = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (i = 0; words[i] != NULL; i++) {
		size_t n = strnlen(words[i], WORD_MAX + 1);

		if (n > WORD_MAX)
			continue;
		d = distance(text, len, words[i], n);
		if (d < best || (d == best && meant == NULL)) {
			best = d;
			meant = words[i];
		}
	}
	return meant;
}
