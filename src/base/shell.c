/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a POSIX shell reads a word (POSIX.1-2017, Shell & Utilities 2.2.2). */
#include "base/shell.h"

#include <string.h>

void dcv_shell_add(struct dcv_buf *buf, const char *word)
{
	/* Whatever else there is may mean something, in one shell or another. */
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.-+=:/@%,";
	size_t len = strlen(word);

	if (len > 0 && strspn(word, plain) == len) {
		dcv_buf_add(buf, word, len);
		return;
	}
	dcv_buf_addc(buf, '\'');
	for (;;) {
		len = strcspn(word, "'");
		dcv_buf_add_shown(buf, word, len);
		if (word[len] == '\0')
			break;
		dcv_buf_adds(buf, "'\\''");
		word += len + 1;
	}
	dcv_buf_addc(buf, '\'');
}

const char *dcv_shell_line(struct dcv_arena *arena, const char *const *argv)
{
	struct dcv_buf buf;
	const char *text = NULL;

	dcv_buf_init(&buf, SIZE_MAX);
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			dcv_buf_addc(&buf, ' ');
		dcv_shell_add(&buf, argv[i]);
	}
	if (!buf.failed)
		text = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return text;
}

const char *dcv_shell_word(struct dcv_arena *arena, const char *word)
{
	const char *const argv[] = {word, NULL};

	return dcv_shell_line(arena, argv);
}
