/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Command lines that are printed, for a person to type or to paste. */
#ifndef DCV_BASE_SHELL_H
#define DCV_BASE_SHELL_H

#include "base/arena.h"
#include "base/buf.h"

/* Adds one word as a POSIX shell takes it: as it is, or in single quotes where a shell would split
 * or change it. What a terminal must not get is shown as \xNN, as dcv_buf_add_shown does: such a
 * word is another one then, but still one word. */
void dcv_shell_add(struct dcv_buf *buf, const char *word);

/* One word, or the words of an argv that NULL ends, in the arena; NULL when memory is out. */
const char *dcv_shell_word(struct dcv_arena *arena, const char *word);
const char *dcv_shell_line(struct dcv_arena *arena, const char *const *argv);

#endif
