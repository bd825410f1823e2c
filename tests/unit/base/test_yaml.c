/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the bounded YAML reader and did-you-mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/yaml.h"

#define TEXT_MAX (3u * 1024u * 1024u)
/* Refused in milliseconds; the rest is room for sanitizers on a busy machine. */
#define BOMB_LIMIT_S 2.0

struct fixture {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_yaml_docs docs;
	enum dcv_err rc;
	char report[2048];
};

/* Reads n octets and writes each diagnostic as a line `LINE:COLUMN: TEXT`, then `  HELP`. */
static void read_octets(struct fixture *f, const char *text, size_t n)
{
	struct dcv_buf buf;

	*f = (struct fixture){.rc = DCV_OK};
	f->rc = dcv_yaml_parse("f.yaml", text, n, DCV_E_ORDER, &f->arena, &f->docs,
		&f->diags);
	dcv_buf_init(&buf, sizeof f->report - 1);
	for (size_t i = 0; i < f->diags.n; i++) {
		const struct dcv_diag *diag = &f->diags.items[i];

		assert_string_equal(diag->where, "f.yaml");
		dcv_buf_addf(&buf, "%u:%u: %s\n", diag->line, diag->column, diag->text);
		if (diag->help[0] != '\0')
			dcv_buf_addf(&buf, "  %s\n", diag->help);
	}
	(void)snprintf(f->report, sizeof f->report, "%s", dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
}

static void read_text(struct fixture *f, const char *text)
{
	read_octets(f, text, strlen(text));
}

static void done(struct fixture *f)
{
	dcv_diags_clear(&f->diags);
	dcv_arena_clear(&f->arena);
}

static const struct dcv_yaml_node *good_root(struct fixture *f, const char *text)
{
	read_text(f, text);
	assert_string_equal(f->report, "");
	assert_int_equal(f->rc, DCV_OK);
	assert_int_equal(f->docs.n, 1);
	assert_non_null(f->docs.roots[0]);
	return f->docs.roots[0];
}

static void test_tree(void **state)
{
	struct fixture f;
	const struct dcv_yaml_node *root, *node;

	(void)state;
	root = good_root(&f,
		"ca: digicert\n"
		"records:\n"
		"  - {host: \"_dnsauth\", value: 2026}\n"
		"  - a b c\n");
	assert_int_equal(root->kind, DCV_YAML_MAPPING);
	assert_int_equal(root->n, 2);
	node = dcv_yaml_get(root, "ca");
	assert_string_equal(node->text, "digicert");
	assert_int_equal(node->line, 1);
	assert_int_equal(node->column, 5);
	node = dcv_yaml_get(root, "records");
	assert_int_equal(node->kind, DCV_YAML_SEQUENCE);
	assert_int_equal(node->n, 2);
	assert_int_equal(node->children[1]->line, 4);
	assert_int_equal(node->children[1]->column, 5);
	node = dcv_yaml_get(node->children[0], "host");
	assert_string_equal(node->text, "_dnsauth");
	assert_false(node->plain);
	assert_null(dcv_yaml_get(root, "order"));
	assert_null(dcv_yaml_get(node, "ca"));
	assert_null(dcv_yaml_get(NULL, "ca"));
	done(&f);
}

static void test_every_scalar_is_text(void **state)
{
	static const char *const texts[] = {"1e5", "yes", "0123", "null", "~",
		"2026-11-21", "0x1F", "1_000", ".inf", "=", "true"};
	char line[64];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		(void)snprintf(line, sizeof line, "v: %s\n", texts[i]);
		assert_string_equal(dcv_yaml_get(good_root(&f, line), "v")->text,
			texts[i]);
		done(&f);
	}
}

static void test_columns_count_characters(void **state)
{
	struct fixture f;
	const struct dcv_yaml_node *root = good_root(&f, "{é: ü, b: c}\n");

	(void)state;
	assert_int_equal(root->children[1]->column, 11);
	assert_int_equal(root->keys[1]->column, 8);
	done(&f);
}

static void test_comment_behind_a_plain_scalar(void **state)
{
	static const struct {
		const char *text;
		bool commented;
	} rows[] = {
		{"v: abc # x\n", true},
		{"v: abc\t# x\n", true},
		{"# é ü\nv: é # x\n", true},
		{"v: abc    #", true},
		{"v: abc\n# x\n", false},
		{"v: abc#x\n", false},
		{"v: \"abc\" # x\n", false},
		{"{v: abc} # x\n", false},
		{"{v: abc, w: d} # x\n", false},
		{"v: abc\r\n", false},
		{"v: abc", false},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct dcv_yaml_node *node = dcv_yaml_get(
			good_root(&f, rows[i].text), "v");

		if (node->commented != rows[i].commented)
			fail_msg("%s", rows[i].text);
		done(&f);
	}
}

static void test_forms_of_scalars(void **state)
{
	struct fixture f;
	const struct dcv_yaml_node *root = good_root(&f,
		"a: b\n"
		"c: 'd'\n"
		"e: |\n"
		"  f\n"
		"g: h\n"
		"  i\n"
		"j: \"k\n"
		"  l\"\n");

	(void)state;
	assert_true(dcv_yaml_get(root, "a")->plain);
	assert_false(dcv_yaml_get(root, "a")->folded);
	assert_false(dcv_yaml_get(root, "c")->plain);
	assert_true(dcv_yaml_get(root, "e")->block);
	assert_false(dcv_yaml_get(root, "e")->folded);
	assert_string_equal(dcv_yaml_get(root, "e")->text, "f\n");
	assert_true(dcv_yaml_get(root, "g")->folded);
	assert_string_equal(dcv_yaml_get(root, "g")->text, "h i");
	assert_true(dcv_yaml_get(root, "j")->folded);
	done(&f);
}

static void test_documents_and_their_text(void **state)
{
	struct fixture f, again;

	(void)state;
	read_text(&f,
		"  a: 1\n"
		"  b: 2\n"
		"---\n"
		"# comment\n"
		"a: 3\n"
		"...\n"
		"---\n"
		"--- {a: 4}\n");
	assert_int_equal(f.rc, DCV_OK);
	assert_int_equal(f.docs.n, 4);
	assert_null(f.docs.roots[2]);
	for (size_t i = 0; i < 4; i++) {
		if (i == 2)
			continue;
		read_octets(&again, f.docs.slices[i].text, f.docs.slices[i].len);
		assert_int_equal(again.rc, DCV_OK);
		assert_int_equal(again.docs.n, 1);
		assert_string_equal(dcv_yaml_get(again.docs.roots[0], "a")->text,
			dcv_yaml_get(f.docs.roots[i], "a")->text);
		done(&again);
	}
	done(&f);
}

static void test_nothing_to_read(void **state)
{
	static const char *const texts[] = {"", "\n", "# only a comment\n",
		"\xef\xbb\xbf"};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		read_text(&f, texts[i]);
		assert_int_equal(f.rc, DCV_OK);
		assert_int_equal(f.docs.n, 0);
		done(&f);
	}
	assert_string_equal(dcv_yaml_get(good_root(&f,
						 "\xef\xbb\xbf"
						 "ca: x\n"),
				    "ca")
				    ->text,
		"x");
	done(&f);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *text, *report;
	} rows[] = {
		{"a: 1\nb: 2\na: 3\n",
			"3:1: a: the key is given twice: on line 1 and on line 3\n"
			"  keep one of them\n"},
		{"x: {a: 1, 'a': 2}\n",
			"1:11: a: the key is given twice: on line 1 and on line 1\n"
			"  keep one of them\n"},
		{"- {a: 1, a: 2}\n- {b: 1, b: 2}\n",
			"1:10: a: the key is given twice: on line 1 and on line 1\n"
			"  keep one of them\n"
			"2:10: b: the key is given twice: on line 2 and on line 2\n"
			"  keep one of them\n"},
		{"a: &x 1\n",
			"1:4: anchors are not allowed\n  quote a text that begins with `&`\n"},
		{"a: &x [1]\n",
			"1:4: anchors are not allowed\n  quote a text that begins with `&`\n"},
		{"&x a: 1\n",
			"1:1: anchors are not allowed\n  quote a text that begins with `&`\n"},
		{"a: !!str 1\n",
			"1:4: tags are not allowed\n  quote a text that begins with `!`\n"},
		{"a: ! 1\n",
			"1:4: tags are not allowed\n  quote a text that begins with `!`\n"},
		{"a: !x {b: c}\n",
			"1:4: tags are not allowed\n  quote a text that begins with `!`\n"},
		{"a: *x\n",
			"1:4: *x: aliases are not allowed\n"
			"  write the value out; if it begins with `*`, quote it: \"*x\"\n"},
		{"<<: {a: b}\n", "1:1: merge keys are not allowed\n  write the keys out\n"},
		{"%YAML 1.1\n---\na: b\n",
			"1:1: directives are not allowed\n"
			"  leave out the lines that begin with `%`\n"},
		{"a: 1\n---\n%TAG ! x:\n",
			"3:1: directives are not allowed\n"
			"  leave out the lines that begin with `%`\n"},
		{"[a]: b\n", "1:1: a list or mapping as a key\n  a key is one word\n"},
		{"? {a: b}\n: c\n",
			"1:3: a list or mapping as a key\n  a key is one word\n"},
		{"a: \"b\\0c\"\n", "1:4: a NUL octet in a text\n  leave it out\n"},
		{"a: b\001\n", "1:5: a control character\n  save the file as UTF-8 text\n"},
		{"a: \x1b[0m\n",
			"1:4: a control character\n  save the file as UTF-8 text\n"},
		{"a: \xc2\x9b\n",
			"1:4: a control character\n  save the file as UTF-8 text\n"},
		{"ok: 1\na: \xff\n", "2:4: not UTF-8\n  save the file as UTF-8 text\n"},
		{"a: \xc0\xaf\n", "1:4: not UTF-8\n  save the file as UTF-8 text\n"},
		{"\xff\xfe"
		 "a",
			"1:1: not UTF-8\n  save the file as UTF-8 text\n"},
		{"# x\rca: y\n",
			"1:4: a carriage return without a line feed\n"
			"  save the file as UTF-8 text\n"},
		{"# x\xe2\x80\xa8"
		 "ca: y\n",
			"1:4: a line separator that editors do not show\n"
			"  save the file as UTF-8 text\n"},
		{"# x\xc2\x85"
		 "ca: y\n",
			"1:4: a control character\n  save the file as UTF-8 text\n"},
		{"host: @\n",
			"1:7: \"@\": a text that begins with `@` must be quoted\n"
			"  quote it: \"@\"\n"},
		{"{host: @, type: TXT}\n",
			"1:8: \"@\": a text that begins with `@` must be quoted\n"
			"  quote it: \"@\"\n"},
		{"v: `x y` # z\n",
			"1:4: \"`x y`\": a text that begins with ``` must be quoted\n"
			"  quote it: \"`x y`\"\n"},
		{"names: [*.example.org, b]\n",
			"1:9: \"*.example.org\": a text that begins with `*` must be quoted\n"
			"  quote it: \"*.example.org\"\n"},
		{"host: *\n",
			"1:7: \"*\": a text that begins with `*` must be quoted\n"
			"  quote it: \"*\"\n"},
		{"a:\n\tb: c\n",
			"2:1: a tab where YAML wants blanks\n  indent with blanks\n"},
		{"a: b: c\n",
			"1:5: not YAML: mapping values are not allowed in this context\n"
			"  a blank stands behind the `:` of a key, on the line before too; a text "
			"that holds `: ` must be quoted; keys of one mapping begin in "
			"one column\n"},
		{"a: [b\nc: d\n",
			"2:2: not YAML: while parsing a flow sequence: did not find expected "
			"',' or ']'\n  look here and on the line before: brackets, quotes, indentation\n"},
		{"a: \"b\n",
			"2:1: not YAML: while scanning a quoted scalar: found unexpected "
			"end of stream\n"
			"  look here and on the line before: brackets, quotes, indentation\n"},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		read_text(&f, rows[i].text);
		assert_string_equal(f.report, rows[i].report);
		assert_int_equal(f.rc, DCV_E_ORDER);
		assert_int_equal(f.diags.code, DCV_E_ORDER);
		done(&f);
	}
}

static void test_a_nul_octet(void **state)
{
	struct fixture f;

	(void)state;
	read_octets(&f, "a: b\0c\n", 7);
	assert_string_equal(f.report, "1:5: a NUL octet\n  save the file as UTF-8 text\n");
	done(&f);
}

static void test_documents_before_an_error_are_kept(void **state)
{
	struct fixture f;

	(void)state;
	read_text(&f, "a: 1\n---\nb: [\n");
	assert_int_equal(f.rc, DCV_E_ORDER);
	assert_int_equal(f.docs.n, 1);
	assert_string_equal(dcv_yaml_get(f.docs.roots[0], "a")->text, "1");
	done(&f);
}

static char *repeat(const char *head, const char *unit, size_t n, const char *tail)
{
	char *text = test_malloc(TEXT_MAX);
	size_t len = strlen(unit), at = strlen(head);

	assert_true(at + n * len + strlen(tail) < TEXT_MAX);
	memcpy(text, head, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, unit, len);
	memcpy(text + at, tail, strlen(tail) + 1);
	return text;
}

static void test_depth(void **state)
{
	struct fixture f;
	char *text = repeat("", "[", 16, "]]]]]]]]]]]]]]]]");

	(void)state;
	read_text(&f, text);
	assert_int_equal(f.rc, DCV_OK);
	done(&f);
	test_free(text);
	text = repeat("", "[", 17, "]]]]]]]]]]]]]]]]]");
	read_text(&f, text);
	assert_string_equal(f.report,
		"1:17: nested deeper than 16 levels\n  write it with fewer lists in lists\n");
	done(&f);
	test_free(text);
}

static void test_length_of_a_scalar(void **state)
{
	struct fixture f;
	char *text = repeat("a: ", "x", DCV_YAML_MAX_SCALAR, "\n");

	(void)state;
	assert_int_equal(dcv_yaml_get(good_root(&f, text), "a")->len, DCV_YAML_MAX_SCALAR);
	done(&f);
	test_free(text);
	text = repeat("a: ", "x", DCV_YAML_MAX_SCALAR + 1, "\n");
	read_text(&f, text);
	assert_string_equal(f.report, "1:4: a text over 64 KiB\n  shorten it\n");
	done(&f);
	test_free(text);
}

static void test_size_of_a_file(void **state)
{
	struct fixture f;
	char *text = repeat("", "#", DCV_YAML_MAX_FILE, "");

	(void)state;
	read_text(&f, text);
	assert_int_equal(f.rc, DCV_OK);
	done(&f);
	test_free(text);
	text = repeat("", "#", DCV_YAML_MAX_FILE + 1, "");
	read_text(&f, text);
	assert_string_equal(f.report,
		"0:0: too large\n  split it: a file holds at most 1 MiB\n");
	done(&f);
	test_free(text);
}

/* Each is small to write and dear to read for who reads it without limits. */
static void test_bombs(void **state)
{
	static const struct {
		const char *head, *unit;
		size_t n;
		const char *report;
	} bombs[] = {
		{"", "[", 200000,
			"1:17: nested deeper than 16 levels\n  write it with fewer lists in lists\n"},
		{"", "{a: ", 125000,
			"1:65: nested deeper than 16 levels\n  write it with fewer lists in lists\n"},
		{"", "- ", 300000,
			"1:33: nested deeper than 16 levels\n  write it with fewer lists in lists\n"},
		{"a: &a [x]\nb: ", "[*a,", 100000,
			"1:4: anchors are not allowed\n  quote a text that begins with `&`\n"
			"2:5: *a: aliases are not allowed\n"
			"  write the value out; if it begins with `*`, quote it: \"*a\"\n"},
		{"[", "a,", 500000,
			"1:40002: more than 20000 items in one place\n  split it\n"},
		{"", "---\n", 250000,
			"20002:1: more than 20000 documents\n  split the file\n"},
		{"", "%TAG !a! x\n", 90000,
			"1:1: directives are not allowed\n"
			"  leave out the lines that begin with `%`\n"},
		{"a: ", "x ", 500000, "1:4: a text over 64 KiB\n  shorten it\n"},
		{"", "? ", 500000,
			"1:3: a list or mapping as a key\n  a key is one word\n"},
		{"", "xxxxxxxxxxxxxxx\n", 150000,
			"0:0: too large\n  split it: a file holds at most 1 MiB\n"},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
		char *text = repeat(bombs[i].head, bombs[i].unit, bombs[i].n, "");
		clock_t begin = clock();

		read_text(&f, text);
		assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < BOMB_LIMIT_S);
		assert_string_equal(f.report, bombs[i].report);
		assert_int_equal(f.rc, DCV_E_ORDER);
		done(&f);
		test_free(text);
	}
}

/* Lists in lists stay below the limit of one list, but not below that of all. */
static void test_many_nodes(void **state)
{
	char *list = repeat("[", "a,", 15000, "],"), *text = repeat("[", list, 20, "");
	struct fixture f;

	(void)state;
	read_text(&f, text);
	assert_non_null(strstr(f.report, ": too many items in one file\n"));
	done(&f);
	test_free(text);
	test_free(list);
}

static void test_many_keys(void **state)
{
	char *text = test_malloc(TEXT_MAX);
	const struct dcv_yaml_node *root;
	struct fixture f;
	size_t at = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		at += (size_t)snprintf(text + at, TEXT_MAX - at, "k%u: v\n", i);
	root = good_root(&f, text);
	assert_int_equal(root->n, 10000);
	assert_string_equal(dcv_yaml_get(root, "k9999")->text, "v");
	done(&f);
	(void)snprintf(text + at, TEXT_MAX - at, "k0: v\n");
	read_text(&f, text);
	assert_string_equal(f.report,
		"10001:1: k0: the key is given twice: on line 1 and on line 10001\n"
		"  keep one of them\n");
	done(&f);
	test_free(text);
}

static void test_did_you_mean(void **state)
{
	static const char *const words[] = {"ca", "caa", "records", "order", "previous",
		"digicert", NULL};
	static const struct {
		const char *text, *meant;
	} rows[] = {
		{"recods", "records"},
		{"RECORDS", "records"},
		{"ordre", "order"},
		{"digcert", "digicert"},
		{"digi-cert", "digicert"},
		{"cas", "ca"},
		{"prevous", "previous"},
		{"x", NULL},
		{"", NULL},
		{"certificate", NULL},
		{"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *meant = dcv_did_you_mean(rows[i].text, words);

		if (rows[i].meant == NULL)
			assert_null(meant);
		else
			assert_string_equal(meant != NULL ? meant : "", rows[i].meant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_every_scalar_is_text),
		cmocka_unit_test(test_columns_count_characters),
		cmocka_unit_test(test_comment_behind_a_plain_scalar),
		cmocka_unit_test(test_forms_of_scalars),
		cmocka_unit_test(test_documents_and_their_text),
		cmocka_unit_test(test_nothing_to_read),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_a_nul_octet),
		cmocka_unit_test(test_documents_before_an_error_are_kept),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_length_of_a_scalar),
		cmocka_unit_test(test_size_of_a_file),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_did_you_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
