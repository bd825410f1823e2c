/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Memory of an arena is zeroed, aligned, its own, and refused where the size overflows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

static void test_zeroed_aligned_apart(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 16, 100, 4096, 65536, 1000000, 3};
	struct dcv_arena arena = {0};
	unsigned char *pieces[900];
	size_t i, k;

	(void)state;
	for (i = 0; i < 900; i++) {
		size_t n = sizes[i % 9];

		pieces[i] = dcv_arena_alloc(&arena, n);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (k = 0; k < n; k += n / 7 + 1)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)(i % 250 + 1), n);
	}
	for (i = 0; i < 900; i++)
		for (k = 0; k < sizes[i % 9]; k += sizes[i % 9] / 5 + 1)
			assert_int_equal(pieces[i][k], i % 250 + 1);
	dcv_arena_clear(&arena);
	assert_null(arena.head);
}

static void test_overflow_is_refused(void **state)
{
	struct dcv_arena arena = {0};

	(void)state;
	assert_null(dcv_arena_alloc(&arena, SIZE_MAX));
	assert_null(dcv_arena_alloc(&arena, SIZE_MAX / 2 + 1));
	assert_null(dcv_arena_array(&arena, SIZE_MAX / 8 + 1, 16));
	assert_null(dcv_arena_array(&arena, 16, SIZE_MAX / 8 + 1));
	assert_non_null(dcv_arena_array(&arena, SIZE_MAX, 0));
	dcv_arena_clear(&arena);
}

static void test_grow_keeps_and_doubles(void **state)
{
	struct dcv_arena arena = {0};
	uint32_t *items = NULL, *former;
	size_t n, moved = 0;

	(void)state;
	for (n = 0; n < 5000; n++) {
		former = items;
		items = dcv_arena_grow(&arena, items, n, sizeof *items);
		if (items == NULL) {
			fail_msg("no memory for element %zu", n);
			return;
		}
		moved += items != former;
		items[n] = (uint32_t)n;
	}
	for (n = 0; n < 5000; n++)
		assert_int_equal(items[n], n);
	assert_int_equal(moved, 14); /* at 0, 1, 2, 4, … 4096 */
	dcv_arena_clear(&arena);
}

static void test_copies(void **state)
{
	struct dcv_arena arena = {0};
	char *text = dcv_arena_strndup(&arena, "abc", 10);

	(void)state;
	assert_string_equal(text, "abc");
	assert_string_equal(dcv_arena_strndup(&arena, "abcdef", 2), "ab");
	assert_string_equal(dcv_arena_strdup(&arena, ""), "");
	assert_string_equal(dcv_arena_printf(&arena, "%s-%0300d", "x", 7) + 300, "07");
	assert_memory_equal(dcv_arena_memdup(&arena, "a\0b", 3), "a\0b", 3);
	dcv_arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_aligned_apart),
		cmocka_unit_test(test_overflow_is_refused),
		cmocka_unit_test(test_grow_keeps_and_doubles),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
