/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is printed to be typed reaches a program as the same words; /bin/sh is the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shell.h"

static struct dcv_arena arena;

static int clear(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static void assert_word(const char *word, const char *expect)
{
	const char *typed = dcv_shell_word(&arena, word);

	assert_non_null(typed);
	assert_string_equal(typed, expect);
}

static void plain_words_stay(void **state)
{
	(void)state;
	assert_word("scs1590053258704", "scs1590053258704");
	assert_word("/etc/dcvctl/orders/1.yaml", "/etc/dcvctl/orders/1.yaml");
	assert_word("-", "-");
	assert_word("a@b,c:d=e+f%g_h", "a@b,c:d=e+f%g_h");
}

static void others_are_quoted(void **state)
{
	(void)state;
	assert_word("", "''");
	assert_word("an answer.json", "'an answer.json'");
	assert_word("it's", "'it'\\''s'");
	assert_word("'", "''\\'''");
	assert_word("~/a", "'~/a'");
	assert_word("*.example.com", "'*.example.com'");
	assert_word("M\xc3\xbcller", "'M\xc3\xbcller'");
}

static void nothing_gets_through_to_a_terminal(void **state)
{
	(void)state;
	assert_word("a\nb\x1b[2J", "'a\\x0Ab\\x1B[2J'");
	assert_word("\xc3", "'\\xC3'");
}

static void a_shell_reads_the_same_words(void **state)
{
	static const char *const argv[] = {"printf", "<%s>", "a b", "$HOME", "`id`",
		"$(id)", "it's", "''", "\\", "\\n", "a;b&c|d", "\"", "~", "*", "?[a-z]",
		"#", "!1", "{a,b}", "M\xc3\xbcller", "-n", "=ls", "x>y<z", "(",
		"\xe2\x80\x94", "%s", "", NULL};
	char said[4096] = "", expect[4096] = "";
	const char *line = dcv_shell_line(&arena, argv);
	FILE *pipe;

	(void)state;
	assert_non_null(line);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	assert_true(fread(said, 1, sizeof(said) - 1, pipe) > 0);
	assert_int_equal(pclose(pipe), 0);
	for (size_t i = 2; argv[i] != NULL; i++) {
		size_t len = strlen(expect);

		(void)snprintf(expect + len, sizeof(expect) - len, "<%s>", argv[i]);
	}
	assert_string_equal(said, expect);
}

static void a_buffer_that_is_full_fails(void **state)
{
	struct dcv_buf buf;

	(void)state;
	dcv_buf_init(&buf, 4);
	dcv_shell_add(&buf, "a b c");
	assert_true(buf.failed);
	dcv_buf_clear(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(plain_words_stay, clear),
		cmocka_unit_test_teardown(others_are_quoted, clear),
		cmocka_unit_test_teardown(nothing_gets_through_to_a_terminal, clear),
		cmocka_unit_test_teardown(a_shell_reads_the_same_words, clear),
		cmocka_unit_test_teardown(a_buffer_that_is_full_fails, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
