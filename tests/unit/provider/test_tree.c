/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Answers become trees within limits, and JSON is what jansson takes for JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "provider/http_module.h"

static void *alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(ctx, n);
}

struct read {
	struct dcv_arena arena;
	struct dcv_tree_maker maker;
	struct dcvp_tree *tree;
};

static void read_json(struct read *read, const char *text, size_t n)
{
	*read = (struct read){.maker = {.alloc = alloc, .ctx = &read->arena}};
	read->tree = dcv_tree_json(&read->maker, text, n);
}

static void read_xml(struct read *read, const char *text)
{
	struct dcv_module module;
	const struct dcv_http_module *http;

	*read = (struct read){.maker = {.alloc = alloc, .ctx = &read->arena}};
	assert_int_equal(
		dcv_module_open("http", sizeof(*http), DCV_HTTP_ABI, &module, NULL),
		DCV_OK);
	http = (const void *)module.entry;
	read->tree = http->xml(&read->maker, text, strlen(text));
	/* Its messages are constants of the library. */
	if (read->maker.why != NULL)
		read->maker.why = dcv_arena_strdup(&read->arena, read->maker.why);
	dcv_module_close(&module);
}

static void assert_json(const char *text, const char *expect)
{
	struct read read;

	read_json(&read, text, strlen(text));
	assert_non_null(read.tree);
	assert_string_equal(dcv_tree_json_text(read.tree, alloc, &read.arena), expect);
	dcv_arena_clear(&read.arena);
}

static void test_json(void **state)
{
	(void)state;
	assert_json(" { \"a\" : [ 1 , -0.50e+3 , true,false,null ] , \"\" : { } } ",
		"{\"a\":[1,-0.50e+3,true,false,null],\"\":{}}");
	/* As they are written, whatever their size. */
	assert_json("[12345678901234567890123, 1e999, 0.10]",
		"[12345678901234567890123,1e999,0.10]");
	assert_json("\"\\u00e4\\ud83d\\ude00\\/\\\"\\\\\\b\\f\\n\\r\\t\\u001f\"",
		"\"\xc3\xa4\xf0\x9f\x98\x80/\\\"\\\\\\u0008\\u000c\\u000a\\u000d\\u0009"
		"\\u001f\"");
	assert_json("\"\x7f\"", "\"\\u007f\"");
	assert_json("[]", "[]");
	assert_json("0", "0");
}

/* What is wrong, and behind how many octets. */
static void test_json_that_is_none(void **state)
{
	static const struct {
		const char *text, *why;
		size_t at;
	} bad[] = {{"", "a value is missing", 0}, {"[1,]", "a value is missing", 3},
		{"[1", "a comma or", 2}, {"[1 2]", "a comma or", 3},
		{"{1:2}", "in quotes", 1}, {"{\"a\" 1}", "colon", 5},
		{"{\"a\":1,\"b\":2,\"a\":3}", "twice", 19},
		{"{\"a\":1,\"\\u0061\":3}", "twice", 18}, {"01", "more behind", 1},
		{"1.", "not a number", 2}, {"-", "not a number", 1},
		{"1e", "not a number", 2}, {"\"a", "without end", 2},
		{"\"\\x\"", "escape", 2}, {"\"\\u12g4\"", "four hex", 5},
		{"\"\\u0000\"", "NUL", 7}, {"\"\\ud800\"", "surrogate", 7},
		{"\"\\udc00\"", "surrogate", 7}, {"\"\\ud800\\u0061\"", "surrogate", 13},
		{"\"\n\"", "control", 1}, {"\"\xff\"", "UTF-8", 1},
		{"\"\xc0\x80\"", "UTF-8", 1}, {"\"\xed\xa0\x80\"", "UTF-8", 1},
		{"nul", "a value is missing", 0}, {"[1]]", "more behind", 3},
		{"\xef\xbb\xbf{}", "a value is missing", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct read read;

		read_json(&read, bad[i].text, strlen(bad[i].text));
		assert_null(read.tree);
		assert_non_null(strstr(read.maker.why, bad[i].why));
		assert_int_equal(read.maker.at, bad[i].at);
		dcv_arena_clear(&read.arena);
	}
	for (size_t n = 0; n < 4; n++) {
		struct read read;

		/* A NUL anywhere. */
		read_json(&read, &"[0]\0"[n], 4 - n);
		assert_null(read.tree);
		dcv_arena_clear(&read.arena);
	}
}

static void test_json_limits(void **state)
{
	char deep[2 * DCV_TREE_DEPTH_MAX + 3], *many = malloc(2 * 1000002);
	struct read read;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t depth = DCV_TREE_DEPTH_MAX + more;

		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		read_json(&read, deep, 2 * depth);
		assert_int_equal(read.tree == NULL, more);
		dcv_arena_clear(&read.arena);
	}
	assert_non_null(many);
	for (size_t values = 999999; values < 1000001; values++) {
		/* The array is a node too. */
		for (size_t i = 0; i < values; i++)
			memcpy(many + 1 + 2 * i, "1,", 2);
		many[0] = '[';
		many[2 * values] = ']';
		read_json(&read, many, 2 * values + 1);
		assert_int_equal(read.tree == NULL, values == 1000000);
		dcv_arena_clear(&read.arena);
	}
	free(many);
}

/* A long text may have more of them, as a large zone has. */
static void test_json_of_a_large_zone(void **state)
{
	const size_t values = 1100000, octets = 9;
	char *many = malloc(octets * values + 1);
	struct read read;

	(void)state;
	assert_non_null(many);
	for (size_t i = 0; i < values; i++)
		memcpy(many + octets * i, " 1      ,", octets);
	many[0] = '[';
	many[octets * values - 1] = ']';
	read_json(&read, many, octets * values);
	assert_non_null(read.tree);
	dcv_arena_clear(&read.arena);
	free(many);
}

/* With jansson as the judge, within what it knows: what one octet changed makes of a text. */
static void test_json_as_jansson(void **state)
{
	static const char text[] = "{\"a\":[1.5,-2e3,\"\\u00e4x\\n\"],\"b\":{\"c\":null,"
				   "\"d\":true},\"e\":\"\xc3\xa4\"}";
	static const char octets[] = "\"\\{}[]:,01.-eEu \n\tatrnfx\x01\x80\xc3\xff";
	size_t taken = 0;

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		for (size_t i = 0; i < sizeof(octets); i++) {
			char other[sizeof(text)];
			json_t *judged;
			struct read read;

			memcpy(other, text, sizeof(text));
			other[at] = octets[i];
			judged = json_loadb(other, sizeof(text) - 1,
				JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
			read_json(&read, other, sizeof(text) - 1);
			assert_int_equal(read.tree != NULL, judged != NULL);
			taken += judged != NULL;
			json_decref(judged);
			dcv_arena_clear(&read.arena);
		}
	}
	assert_true(taken > 100);
}

static void test_json_written(void **state)
{
	struct dcvp_tree text = {DCVP_TEXT, "k\"", "a\xff\x01", NULL, NULL};
	struct dcvp_tree object = {DCVP_OBJECT, NULL, NULL, &text, NULL};
	struct dcvp_tree loop = {DCVP_ARRAY, NULL, NULL, &loop, NULL};
	struct dcv_arena arena = {NULL};

	(void)state;
	assert_string_equal(dcv_tree_json_text(&object, alloc, &arena),
		"{\"k\\\"\":\"a\xef\xbf\xbd\\u0001\"}");
	assert_null(dcv_tree_json_text(&loop, alloc, &arena));
	dcv_arena_clear(&arena);
}

static void test_xml(void **state)
{
	struct read read;
	const struct dcvp_tree *at;

	(void)state;
	read_xml(&read,
		"<?xml version=\"1.0\"?>\n<x:List xmlns:x=\"urn:a\" n=\"2\"> "
		"<Name>a&amp;b&#228;<![CDATA[<]]></Name><Name/>"
		"<x:V k=\"1\">t</x:V></x:List>");
	at = read.tree;
	assert_int_equal(at->kind, DCVP_OBJECT);
	assert_string_equal(at->key, "List");
	at = at->first;
	assert_int_equal(at->kind, DCVP_ATTRIBUTE);
	assert_string_equal(at->key, "n");
	assert_string_equal(at->text, "2");
	at = at->next;
	assert_int_equal(at->kind, DCVP_TEXT);
	assert_string_equal(at->key, "Name");
	assert_string_equal(at->text, "a&b\xc3\xa4<");
	at = at->next;
	assert_string_equal(at->text, "");
	at = at->next;
	assert_int_equal(at->kind, DCVP_OBJECT);
	assert_string_equal(at->key, "V");
	assert_string_equal(at->first->text, "1");
	assert_null(at->first->next->key);
	assert_string_equal(at->first->next->text, "t");
	assert_null(at->next);
	dcv_arena_clear(&read.arena);
}

static void test_xml_that_is_refused(void **state)
{
	static const char *const bad[] = {"", "x", "<a>", "<a></b>", "<a/><b/>",
		"<a>&e;</a>", "<!DOCTYPE a><a/>",
		"<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>\xff</a>",
		"<a b=\"1\" b=\"2\"/>", "<a>\x01</a>"};
	char deep[8 * (DCV_TREE_DEPTH_MAX + 1) + 1] = "";
	struct read read;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_xml(&read, bad[i]);
		assert_null(read.tree);
		assert_non_null(read.maker.why);
		dcv_arena_clear(&read.arena);
	}
	for (size_t depth = DCV_TREE_DEPTH_MAX; depth <= DCV_TREE_DEPTH_MAX + 1; depth++) {
		for (size_t i = 0; i < depth; i++) {
			memcpy(deep + 3 * i, "<a>", 3);
			memcpy(deep + 3 * depth + 4 * i, "</a>", 5);
		}
		read_xml(&read, deep);
		assert_int_equal(read.tree == NULL, depth > DCV_TREE_DEPTH_MAX);
		dcv_arena_clear(&read.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_that_is_none),
		cmocka_unit_test(test_json_limits),
		cmocka_unit_test(test_json_of_a_large_zone),
		cmocka_unit_test(test_json_as_jansson),
		cmocka_unit_test(test_json_written),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_xml_that_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
