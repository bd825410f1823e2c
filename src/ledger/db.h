/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a driver offers: the statements of sql.h, run on one database. */
#ifndef DCV_LEDGER_DB_H
#define DCV_LEDGER_DB_H

#include "ledger/ledger.h"
#include "ledger/sql.h"

struct dcv_db;
struct dcv_db_row; /* the row at hand, valid inside the call that got it */

/* The value of $1, $2, … in this order. */
struct dcv_db_value {
	const char *text; /* NULL: an SQL NULL, unless is_number */
	int64_t number;
	bool is_number;
};

typedef enum dcv_err (
	*dcv_db_row_fn)(void *ctx, const struct dcv_db_row *row, struct dcv_error *err);

/* As dcv_ledger_open: with the tables made, the schema's number checked. */
enum dcv_err dcv_db_open(const char *path, enum dcv_ledger_mode mode, int64_t busy_ms,
	struct dcv_db **ret, struct dcv_error *err) DCV_NODISCARD;
void dcv_db_close(struct dcv_db *db);

enum dcv_err dcv_db_begin_read(struct dcv_db *, struct dcv_error *err) DCV_NODISCARD;
enum dcv_err dcv_db_begin(struct dcv_db *db, struct dcv_error *err) DCV_NODISCARD;
enum dcv_err dcv_db_commit(struct dcv_db *db, struct dcv_error *err) DCV_NODISCARD;
void dcv_db_rollback(struct dcv_db *db);
/* False too after an error that made the database roll back by itself. */
bool dcv_db_is_inside(const struct dcv_db *db);
bool dcv_db_is_readonly(const struct dcv_db *db);
/* For messages. */
const char *dcv_db_path(const struct dcv_db *db);

/* A number that is another one after each commit by somebody else. False: it is not known. */
bool dcv_db_version(struct dcv_db *db, int64_t *ret);

/* Runs a statement; each row goes to `each` (may be NULL), whose error ends it. */
enum dcv_err dcv_db_run(struct dcv_db *db, enum dcv_sql sql,
	const struct dcv_db_value *values, size_t n, dcv_db_row_fn each, void *ctx,
	struct dcv_error *err) DCV_NODISCARD;

/* How many rows the last statement that writes has changed. */
int64_t dcv_db_changed(const struct dcv_db *db);

/* A column (from 0) of the row. False, and *ret as it was, if it is of another type. */
bool dcv_db_text(const struct dcv_db_row *row, int column, const char **ret,
	size_t *ret_len);
bool dcv_db_number(const struct dcv_db_row *row, int column, int64_t *ret);
/* The column as text whatever it is, for messages. */
const char *dcv_db_shown(const struct dcv_db_row *row, int column);

#endif
