/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Arena: memory that lives and dies together (one run, one plan, one read of a zone). */
#ifndef DCV_BASE_ARENA_H
#define DCV_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct dcv_arena_block;

/* Zero it before use. What is allocated here is freed by dcv_arena_clear, never singly. */
struct dcv_arena {
	struct dcv_arena_block *head;
};

/* Zeroed memory, aligned for any type. NULL when memory is out. n may be 0. */
void *dcv_arena_alloc(struct dcv_arena *arena, size_t n);

/* n copies of an element, zeroed; NULL on overflow or when memory is out. */
void *dcv_arena_array(struct dcv_arena *arena, size_t n, size_t size);

/* Room for one more element behind items[n]: returns items itself or, at powers of two, a
 * copy twice as large. NULL when memory is out (items stays valid). */
void *dcv_arena_grow(struct dcv_arena *arena, void *items, size_t n, size_t size);

void *dcv_arena_memdup(struct dcv_arena *arena, const void *data, size_t n);
char *dcv_arena_strdup(struct dcv_arena *arena, const char *text);
char *dcv_arena_strndup(struct dcv_arena *arena, const char *text, size_t n);
char *dcv_arena_printf(struct dcv_arena *arena, const char *fmt, ...) DCV_PRINTF(2, 3);

void dcv_arena_clear(struct dcv_arena *arena);
/* The same for what held secrets: every octet is overwritten first. */
void dcv_arena_wipe(struct dcv_arena *arena);

#endif
