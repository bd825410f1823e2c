/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* JSON: results written, documents read. The only file that knows jansson. Octets that are not UTF-8 become U+FFFD. */
#ifndef DCV_BASE_JSON_H
#define DCV_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct dcv_json; /* a value; NULL stands for "memory is out" and is passed through */

struct dcv_json *dcv_json_object(void);
struct dcv_json *dcv_json_array(void);
void dcv_json_free(struct dcv_json *value);

/* Setting a member keeps the order of insertion. A NULL text sets null. `set` and `append`
 * take over `value`, which must not be used after that: fill it first. All are harmless on
 * NULL; dcv_json_write reports it. */
void dcv_json_set(struct dcv_json *object, const char *key, struct dcv_json *value);
void dcv_json_set_text(struct dcv_json *object, const char *key, const char *text);
void dcv_json_set_int(struct dcv_json *object, const char *key, int64_t number);
void dcv_json_set_bool(struct dcv_json *object, const char *key, bool value);
void dcv_json_append(struct dcv_json *array, struct dcv_json *value);
void dcv_json_append_text(struct dcv_json *array, const char *text);

/* Writes one line and a newline. Fails: DCV_E_NOMEM, DCV_E_FAILED. */
enum dcv_err dcv_json_write(const struct dcv_json *value, FILE *out,
	struct dcv_error *err) DCV_NODISCARD;

/* Reads one document (RFC 8259), no member twice. The caller frees *ret. Fails: DCV_E_FAILED with
 * the line and column, but nothing of the document, which may be a secret; DCV_E_NOMEM. */
enum dcv_err dcv_json_parse(const char *what, const void *octets, size_t n,
	struct dcv_json **ret, struct dcv_error *err) DCV_NODISCARD;

/* What stands at a path of members and items in a document that was read: "a", "a.b[2].c"; "": the
 * document itself. No member that a path can name has `.` or `[` in its key. */
enum dcv_json_kind {
	DCV_JSON_ABSENT,
	DCV_JSON_NULL,
	DCV_JSON_TEXT,
	DCV_JSON_NUMBER,
	DCV_JSON_BOOL,
	DCV_JSON_ARRAY,
	DCV_JSON_OBJECT
};
enum dcv_json_kind dcv_json_kind(const struct dcv_json *document, const char *path);
/* The text there; borrowed. NULL: there is none, or it is no text. */
const char *dcv_json_text(const struct dcv_json *document, const char *path);
/* False, and *ret untouched: there is no whole number, or no truth value. */
bool dcv_json_int(const struct dcv_json *document, const char *path, int64_t *ret);
bool dcv_json_bool(const struct dcv_json *document, const char *path, bool *ret);
/* The items of the array there; 0 where there is none. */
size_t dcv_json_count(const struct dcv_json *document, const char *path);

/* The version of jansson that is loaded; static. */
const char *dcv_json_library(void);

#endif
