/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside statement*.c only: an answer that is being read. After the first failure all of it is
 * harmless: texts are NULL, nothing is added. */
#ifndef DCV_ORDER_STATEMENT_READ_H
#define DCV_ORDER_STATEMENT_READ_H

#include <stdint.h>

#include "order/statement.h"

struct dcv_json;

struct dcv_statement_read {
	const char *what; /* in messages */
	const struct dcv_json *json;
	const char *root; /* before every path: "", "Response." */
	struct dcv_arena *arena;
	struct dcv_statement *answer;
	struct dcv_error *err;
	const char *method; /* in which a domain is proved, where that is not DNS */
	const char *method_at;
};

/* The members of a record, from where it stands; domain NULL: none. */
struct dcv_statement_members {
	const char *domain, *host, *type, *value;
};

struct dcv_statement_stage {
	const char *word;
	enum dcv_stage stage;
};

struct dcv_statement_reader {
	struct dcv_statement_form form;
	void (*read)(struct dcv_statement_read *r);
	const char *root; /* what some clients wrap an answer in; NULL: nothing */
	const char *code, *message; /* of a refusal */
};

enum dcv_err dcv_statement_read_as(const struct dcv_statement_reader *reader,
	const char *what, const void *octets, size_t n, struct dcv_arena *arena,
	struct dcv_statement *ret, struct dcv_error *err) DCV_NODISCARD;

/* The text at a path, without blanks at its edges. NULL: it is not there, null or empty; or it is no
 * text, which is an error. */
const char *dcv_statement_text(struct dcv_statement_read *r, const char *path);
/* A whole number, or a text of its digits. */
bool dcv_statement_int(struct dcv_statement_read *r, const char *path, int64_t *ret);
/* The items of a list. What is there and no list is an error. */
size_t dcv_statement_count(struct dcv_statement_read *r, const char *path);
/* What was made in the arena; NULL, as the arena gives it, is the error that memory is out. */
const char *dcv_statement_made(struct dcv_statement_read *r, const char *text);
#define DCV_STATEMENT_PRINT(r, ...) \
	dcv_statement_made((r), dcv_arena_printf((r)->arena, __VA_ARGS__))
void dcv_statement_fail(struct dcv_statement_read *r, const char *path, const char *why);
#define DCV_STATEMENT_FAIL(r, path, ...) \
	dcv_statement_fail((r), (path), DCV_STATEMENT_PRINT((r), __VA_ARGS__))

/* Domains are proved as the text there says; another way than DNS is an error, unless the answer has
 * records all the same. */
void dcv_statement_need_dns(struct dcv_statement_read *r, const char *path);
/* The name at a path, or the names of a list there; with `separators` a text holds several. */
void dcv_statement_add_names(struct dcv_statement_read *r, const char *path,
	const char *separators);
/* The record at a path ("": the answer itself), or of each item of a list that has a host. */
void dcv_statement_add_record(struct dcv_statement_read *r, const char *path,
	const struct dcv_statement_members *members);
void dcv_statement_add_records(struct dcv_statement_read *r, const char *path,
	const struct dcv_statement_members *members);

#endif
