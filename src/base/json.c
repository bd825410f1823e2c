/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows jansson. It does not know what documents say. */
#include "base/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* A wrapper, so that an addition that failed is remembered until the value is written:
 * what is written is whole or not at all. */
struct dcv_json {
	json_t *value;
	bool failed;
};

static struct dcv_json *wrap(json_t *value)
{
	struct dcv_json *json = calloc(1, sizeof *json);

	if (json == NULL || value == NULL) {
		json_decref(value);
		free(json);
		return NULL;
	}
	json->value = value;
	return json;
}

struct dcv_json *dcv_json_object(void)
{
	return wrap(json_object());
}

struct dcv_json *dcv_json_array(void)
{
	return wrap(json_array());
}

void dcv_json_free(struct dcv_json *json)
{
	if (json == NULL)
		return;
	json_decref(json->value);
	free(json);
}

/* Takes the value out of its wrapper; what failed in it has failed in its parent. NULL if
 * either is missing. */
static json_t *unwrap(struct dcv_json *parent, struct dcv_json *child)
{
	json_t *value;

	if (parent == NULL || child == NULL) {
		if (parent != NULL)
			parent->failed = true;
		dcv_json_free(child);
		return NULL;
	}
	if (child->failed)
		parent->failed = true;
	value = child->value;
	free(child);
	return value;
}

void dcv_json_set(struct dcv_json *object, const char *key, struct dcv_json *value)
{
	json_t *taken = unwrap(object, value);

	if (taken != NULL && json_object_set_new(object->value, key, taken) != 0)
		object->failed = true;
}

void dcv_json_append(struct dcv_json *array, struct dcv_json *value)
{
	json_t *taken = unwrap(array, value);

	if (taken != NULL && json_array_append_new(array->value, taken) != 0)
		array->failed = true;
}

/* A leaf: jansson takes it over, also where it fails. */
static void set_leaf(struct dcv_json *object, const char *key, json_t *leaf)
{
	if (object == NULL)
		json_decref(leaf);
	else if (leaf == NULL || json_object_set_new(object->value, key, leaf) != 0)
		object->failed = true;
}

static json_t *text_new(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left, len;
	struct dcv_buf clean;
	json_t *value = NULL;

	if (text == NULL)
		return json_null();
	dcv_buf_init(&clean, SIZE_MAX);
	for (left = strlen(text); left > 0; at += len, left -= len) {
		len = dcv_utf8_len(at, left);
		if (len > 0) {
			dcv_buf_add(&clean, at, len);
		} else {
			dcv_buf_adds(&clean, "\xef\xbf\xbd");
			len = 1;
		}
	}
	if (!clean.failed)
		value = json_string(dcv_buf_text(&clean));
	dcv_buf_clear(&clean);
	return value;
}

void dcv_json_set_text(struct dcv_json *object, const char *key, const char *text)
{
	set_leaf(object, key, text_new(text));
}

void dcv_json_set_int(struct dcv_json *object, const char *key, int64_t number)
{
	set_leaf(object, key, json_integer(number));
}

void dcv_json_set_bool(struct dcv_json *object, const char *key, bool value)
{
	set_leaf(object, key, json_boolean(value));
}

void dcv_json_append_text(struct dcv_json *array, const char *text)
{
	json_t *leaf = text_new(text);

	if (array == NULL)
		json_decref(leaf);
	else if (leaf == NULL || json_array_append_new(array->value, leaf) != 0)
		array->failed = true;
}

enum dcv_err dcv_json_write(const struct dcv_json *value, FILE *out, struct dcv_error *err)
{
	char *text;
	int rc;

	if (value == NULL || value->failed)
		return dcv_nomem(err);
	/* ASCII only: no octet of foreign text reaches a terminal as it is. */
	text = json_dumps(value->value, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text == NULL)
		return dcv_nomem(err);
	rc = fputs(text, out) == EOF || fputc('\n', out) == EOF || fflush(out) != 0;
	if (rc != 0)
		(void)dcv_fail(err, DCV_E_FAILED, "result: cannot be written: %s",
			strerror(errno));
	free(text);
	return rc == 0 ? DCV_OK : DCV_E_FAILED;
}

enum dcv_err dcv_json_parse(const char *what, const void *octets, size_t n,
	struct dcv_json **ret, struct dcv_error *err)
{
	json_error_t where;
	json_t *value = json_loadb(octets, n, JSON_REJECT_DUPLICATES, &where);
	struct dcv_json *json;

	if (value == NULL && json_error_code(&where) == json_error_out_of_memory)
		return dcv_nomem(err);
	if (value == NULL)
		return dcv_fail(err, DCV_E_FAILED, "%s:%d:%d: not JSON", what, where.line,
			where.column);
	json = wrap(value);
	if (json == NULL)
		return dcv_nomem(err);
	*ret = json;
	return DCV_OK;
}

/* A step of a path: a member, or "[N]". Returns what is behind it. */
static const char *step(const char *path, const json_t **value)
{
	size_t n;
	char *end;

	if (*path == '[') {
		n = strtoul(path + 1, &end, 10);
		*value = *end == ']' ? json_array_get(*value, n) : NULL;
		path = *end == ']' ? end + 1 : end;
	} else {
		n = strcspn(path, ".[");
		*value = json_object_getn(*value, path, n);
		path += n;
	}
	return *path == '.' ? path + 1 : path;
}

static const json_t *find(const struct dcv_json *document, const char *path)
{
	const json_t *value = document->value;

	while (*path != '\0' && value != NULL)
		path = step(path, &value);
	return value;
}

enum dcv_json_kind dcv_json_kind(const struct dcv_json *document, const char *path)
{
	const json_t *value = find(document, path);

	if (value == NULL)
		return DCV_JSON_ABSENT;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return DCV_JSON_OBJECT;
	case JSON_ARRAY:
		return DCV_JSON_ARRAY;
	case JSON_STRING:
		return DCV_JSON_TEXT;
	case JSON_INTEGER:
	case JSON_REAL:
		return DCV_JSON_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return DCV_JSON_BOOL;
	case JSON_NULL:
		break;
	}
	return DCV_JSON_NULL;
}

const char *dcv_json_text(const struct dcv_json *document, const char *path)
{
	return json_string_value(find(document, path));
}

bool dcv_json_int(const struct dcv_json *document, const char *path, int64_t *ret)
{
	const json_t *value = find(document, path);

	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

bool dcv_json_bool(const struct dcv_json *document, const char *path, bool *ret)
{
	const json_t *value = find(document, path);

	if (!json_is_boolean(value))
		return false;
	*ret = json_is_true(value);
	return true;
}

size_t dcv_json_count(const struct dcv_json *document, const char *path)
{
	return json_array_size(find(document, path));
}

const char *dcv_json_library(void)
{
	return jansson_version_str();
}
