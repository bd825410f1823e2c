/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Results are valid JSON whatever was put in, and whole or not written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static void assert_written(const struct dcv_json *value, const char *expect)
{
	struct dcv_error err = {0};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	assert_int_equal(dcv_json_write(value, out, &err), DCV_OK);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expect);
	free(text);
}

static void test_write(void **state)
{
	struct dcv_json *object = dcv_json_object(), *list = dcv_json_array();

	(void)state;
	dcv_json_append_text(list, "x");
	dcv_json_append(list, dcv_json_object());
	dcv_json_set_int(object, "z", INT64_MIN);
	dcv_json_set(object, "list", list);
	dcv_json_set_bool(object, "b", true);
	dcv_json_set_text(object, "a", NULL);
	dcv_json_set_int(object, "z", 1);
	assert_written(object, "{\"z\":1,\"list\":[\"x\",{}],\"b\":true,\"a\":null}\n");
	dcv_json_free(object);
}

static void test_foreign_text(void **state)
{
	struct dcv_json *list = dcv_json_array();

	(void)state;
	dcv_json_append_text(list, "\x1b\"\\\n");
	dcv_json_append_text(list, "\xff\xed\xa0\x80");
	dcv_json_append_text(list, "\xc3\xbc\xf0\x9f\x98\x80\xe2\x80\xae");
	assert_written(list,
		"[\"\\u001B\\\"\\\\\\n\",\"\\uFFFD\\uFFFD\\uFFFD\\uFFFD\","
		"\"\\u00FC\\uD83D\\uDE00\\u202E\"]\n");
	dcv_json_free(list);
}

/* NULL stands for memory that was out, wherever in the tree. */
static void test_missing_is_reported(void **state)
{
	struct dcv_json *object = dcv_json_object(), *list = dcv_json_array();
	struct dcv_error err = {0};

	(void)state;
	dcv_json_append(list, NULL);
	dcv_json_set(object, "list", list);
	assert_int_equal(dcv_json_write(object, stdout, &err), DCV_E_NOMEM);
	assert_int_equal(dcv_json_write(NULL, stdout, &err), DCV_E_NOMEM);
	dcv_json_free(object);
	dcv_json_free(NULL);
	dcv_json_set_int(NULL, "a", 1);
	dcv_json_set_text(NULL, "a", "b");
	dcv_json_append_text(NULL, "b");
	dcv_json_set(NULL, "a", dcv_json_object());
	dcv_json_append(NULL, dcv_json_array());
}

static void test_full_disk_is_reported(void **state)
{
	struct dcv_json *object = dcv_json_object();
	FILE *out = fopen("/dev/full", "w");
	struct dcv_error err = {0};

	(void)state;
	assert_non_null(out);
	assert_int_equal(dcv_json_write(object, out, &err), DCV_E_FAILED);
	assert_string_equal(err.text,
		"result: cannot be written: No space left on device");
	(void)fclose(out);
	dcv_json_free(object);
}

static void refuse(const char *text, size_t n, const char *expect)
{
	struct dcv_json *json = NULL;
	struct dcv_error err = {0};

	assert_int_equal(dcv_json_parse("a.json", text, n, &json, &err), DCV_E_FAILED);
	assert_string_equal(err.text, expect);
	assert_null(json);
}

/* Nothing of the document is told. */
static void test_parse(void **state)
{
	static const char text[] = "{\"a\": \"\u00e4\", \"b\": 1, \"c\": [\"d\"]}";
	struct dcv_json *json = NULL;

	(void)state;
	assert_int_equal(dcv_json_parse("a.json", text, sizeof(text) - 1, &json, NULL),
		DCV_OK);
	assert_string_equal(dcv_json_text(json, "a"), "\xc3\xa4");
	assert_null(dcv_json_text(json, "b"));
	assert_null(dcv_json_text(json, "c"));
	assert_null(dcv_json_text(json, "d"));
	dcv_json_free(json);
	json = NULL;
	assert_int_equal(dcv_json_parse("a.json", "[\"a\"]", 5, &json, NULL), DCV_OK);
	assert_null(dcv_json_text(json, "a"));
	dcv_json_free(json);
	refuse("{\"a\": secret}", 13, "a.json:1:12: not JSON");
	refuse("{\"a\": 1,\n\"a\": 2}", 17, "a.json:2:3: not JSON");
	refuse("{} {}", 5, "a.json:1:4: not JSON");
	refuse("{\"a\": \"\\u0000\"}", 15, "a.json:1:14: not JSON");
	refuse("{\"a\": \"\xff\"}", 10, "a.json:1:7: not JSON");
	refuse("{\"a\": \"b\"}\0", 11, "a.json:1:11: not JSON");
}

static void test_paths(void **state)
{
	static const char text[] =
		"{\"a\": {\"b\": [0, {\"c\": \"d\"}, [true]]}, \"n\": null, "
		"\"x\": 1.5, \"\": {\"\": 7}}";
	struct dcv_json *json = NULL;
	int64_t number = 3;
	bool truth = false;

	(void)state;
	assert_int_equal(dcv_json_parse("a.json", text, sizeof(text) - 1, &json, NULL),
		DCV_OK);
	assert_int_equal(dcv_json_kind(json, ""), DCV_JSON_OBJECT);
	assert_int_equal(dcv_json_kind(json, "a.b"), DCV_JSON_ARRAY);
	assert_int_equal(dcv_json_count(json, "a.b"), 3);
	assert_int_equal(dcv_json_count(json, "a"), 0);
	assert_string_equal(dcv_json_text(json, "a.b[1].c"), "d");
	assert_int_equal(dcv_json_kind(json, "n"), DCV_JSON_NULL);
	assert_int_equal(dcv_json_kind(json, "n.b"), DCV_JSON_ABSENT);
	assert_int_equal(dcv_json_kind(json, "a.b[3]"), DCV_JSON_ABSENT);
	assert_int_equal(dcv_json_kind(json, "a.b[1"), DCV_JSON_ABSENT);
	assert_int_equal(dcv_json_kind(json, "a[0]"), DCV_JSON_ABSENT);
	assert_int_equal(dcv_json_kind(json, "x"), DCV_JSON_NUMBER);
	assert_false(dcv_json_int(json, "x", &number));
	assert_int_equal(number, 3);
	assert_true(dcv_json_int(json, "a.b[0]", &number));
	assert_int_equal(number, 0);
	assert_int_equal(dcv_json_kind(json, "a.b[2][0]"), DCV_JSON_BOOL);
	assert_false(dcv_json_bool(json, "n", &truth));
	assert_true(dcv_json_bool(json, "a.b[2][0]", &truth));
	assert_true(truth);
	dcv_json_free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_foreign_text),
		cmocka_unit_test(test_missing_is_reported),
		cmocka_unit_test(test_full_disk_is_reported),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
