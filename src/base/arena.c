/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows memory that is freed at once. It does not know what lies in it. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
/* A gap behind each piece, so that a sanitizer sees who writes past its own. */
#define GAP 16u
#else
#define GAP 0u
#define ASAN_POISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

/* The first block is small: a run over thousands of zones has thousands of arenas. */
#define BLOCK_FIRST ((size_t)4 * 1024)
#define BLOCK_SIZE ((size_t)64 * 1024)
#define ALIGN (_Alignof(max_align_t))

struct dcv_arena_block {
	struct dcv_arena_block *next;
	size_t used, cap;
	max_align_t data[];
};

static struct dcv_arena_block *block_new(size_t cap)
{
	struct dcv_arena_block *block = calloc(1, sizeof *block + cap);

	if (block == NULL)
		return NULL;
	block->cap = cap;
	ASAN_POISON_MEMORY_REGION(block->data, cap);
	return block;
}

static void *block_take(struct dcv_arena_block *block, size_t n, size_t room)
{
	char *at = (char *)block->data + block->used;

	block->used += room;
	ASAN_UNPOISON_MEMORY_REGION(at, n);
	return at;
}

/* What the next block is to hold: more each time, and some pieces of this size. */
static size_t block_room(const struct dcv_arena_block *head, size_t room)
{
	size_t size = head == NULL ? BLOCK_FIRST : 2 * (head->cap + sizeof *head);

	while (size < BLOCK_SIZE && size < 2 * room)
		size *= 2;
	return (size < BLOCK_SIZE ? size : BLOCK_SIZE) - sizeof *head;
}

void *dcv_arena_alloc(struct dcv_arena *arena, size_t n)
{
	struct dcv_arena_block *head = arena->head, *block;
	size_t room, cap;

	if (n > SIZE_MAX / 2)
		return NULL;
	room = (n + GAP + ALIGN - 1) / ALIGN * ALIGN;
	if (room == 0)
		room = ALIGN;
	if (head != NULL && room <= head->cap - head->used)
		return block_take(head, n, room);
	cap = room > BLOCK_SIZE / 4 ? room : block_room(head, room);
	block = block_new(cap);
	if (block == NULL)
		return NULL;
	if (head != NULL && cap == room) {
		/* A big piece goes behind the head, whose room is still good. */
		block->next = head->next;
		head->next = block;
	} else {
		block->next = head;
		arena->head = block;
	}
	return block_take(block, n, room);
}

void *dcv_arena_array(struct dcv_arena *arena, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / size)
		return NULL;
	return dcv_arena_alloc(arena, n * size);
}

void *dcv_arena_grow(struct dcv_arena *arena, void *items, size_t n, size_t size)
{
	void *more;

	if (n == 0)
		return dcv_arena_alloc(arena, size);
	if ((n & (n - 1)) != 0)
		return items;
	if (n > SIZE_MAX / 2)
		return NULL;
	more = dcv_arena_array(arena, n * 2, size);
	if (more != NULL)
		memcpy(more, items, n * size);
	return more;
}

void *dcv_arena_memdup(struct dcv_arena *arena, const void *data, size_t n)
{
	void *copy = dcv_arena_alloc(arena, n);

	if (copy != NULL && n > 0)
		memcpy(copy, data, n);
	return copy;
}

char *dcv_arena_strdup(struct dcv_arena *arena, const char *text)
{
	return dcv_arena_memdup(arena, text, strlen(text) + 1);
}

char *dcv_arena_strndup(struct dcv_arena *arena, const char *text, size_t n)
{
	size_t len = strnlen(text, n);
	char *copy = dcv_arena_alloc(arena, len + 1);

	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

char *dcv_arena_printf(struct dcv_arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	text = dcv_arena_alloc(arena, (size_t)n + 1);
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

void dcv_arena_clear(struct dcv_arena *arena)
{
	struct dcv_arena_block *block = arena->head, *next;

	for (; block != NULL; block = next) {
		next = block->next;
		ASAN_UNPOISON_MEMORY_REGION(block->data, block->cap);
		free(block);
	}
	arena->head = NULL;
}

void dcv_arena_wipe(struct dcv_arena *arena)
{
	for (struct dcv_arena_block *block = arena->head; block != NULL;
		block = block->next) {
		ASAN_UNPOISON_MEMORY_REGION(block->data, block->cap);
		explicit_bzero(block->data, block->cap);
	}
	dcv_arena_clear(arena);
}
