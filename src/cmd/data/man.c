/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a page is written: escapes of roff, and where it goes. */
#include "cmd/data/man.h"

#include <string.h>

static void put_octet(FILE *out, char c)
{
	if (c == '\\')
		fputs("\\e", out);
	else if (c == '`')
		fputs("\\(ga", out);
	else if (c == '\'')
		fputs("\\(aq", out);
	else
		fputc(c, out);
}

void dcv_man_put(FILE *out, const char *text, size_t n, bool typed)
{
	if (n > 0 && (text[0] == '.' || text[0] == '\''))
		fputs("\\&", out);
	for (size_t i = 0; i < n; i++) {
		bool sentence_ends = !typed && text[i] == ' ' && i > 0 &&
			strchr(".!?", text[i - 1]) != NULL;

		put_octet(out, sentence_ends ? '\n' : text[i]);
	}
}

int dcv_man_make(int argc, char **argv, void (*put_page)(FILE *out))
{
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
	bool failed;

	if (out == NULL) {
		perror(argc == 2 ? argv[1] : "usage: PROGRAM FILE");
		return 1;
	}
	put_page(out);
	failed = ferror(out) != 0;
	failed = fclose(out) != 0 || failed;
	if (failed)
		perror(argv[1]);
	return failed;
}
