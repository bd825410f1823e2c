/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* How names, types and RDATA stand in the tables, and what the files of this room share. */
#ifndef DCV_LEDGER_TEXT_H
#define DCV_LEDGER_TEXT_H

#include "base/buf.h"
#include "ledger/db.h"

struct dcv_ledger {
	struct dcv_db *db;
	bool marked;
	int64_t mark; /* the version of the database then */
	int64_t next_change; /* the number of this commit's next change; 0: not asked yet */
};

static inline struct dcv_db_value dcv_ledger_text(const char *text)
{
	return (struct dcv_db_value){.text = text};
}

static inline struct dcv_db_value dcv_ledger_number(int64_t number)
{
	return (struct dcv_db_value){.number = number, .is_number = true};
}

/* The key columns of a row as text; "" stands for what a row does not have. Clear it. */
struct dcv_ledger_key {
	char zone[DCV_NAME_TEXT_MAX], owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];
	struct dcv_buf rdata;
};

/* zone, owner and rdata may be NULL or empty, type 0. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_ledger_key_make(struct dcv_ledger_key *key, const struct dcv_name *zone,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_error *err) DCV_NODISCARD;
void dcv_ledger_key_clear(struct dcv_ledger_key *key);

/* Takes a row apart, column by column from the first; the column that is not what it should
 * be is remembered, so that one check at the end is enough. */
struct dcv_ledger_reader {
	const struct dcv_ledger *ledger;
	const struct dcv_db_row *row;
	struct dcv_arena *arena;
	const char *table;
	int n_key; /* the first columns are the row's key */
	int column;
	const char *bad; /* the first column that cannot be read */
	bool no_memory;
};

const char *dcv_ledger_take_text(struct dcv_ledger_reader *reader, const char *column);
int64_t dcv_ledger_take_number(struct dcv_ledger_reader *reader, const char *column);
uint32_t dcv_ledger_take_u32(struct dcv_ledger_reader *reader, const char *column);
/* "" is no name (len 0) where `optional`. */
void dcv_ledger_take_name(struct dcv_ledger_reader *reader, const char *column,
	bool optional, struct dcv_name *ret);
uint16_t dcv_ledger_take_type(struct dcv_ledger_reader *reader, const char *column,
	bool optional);
void dcv_ledger_take_rdata(struct dcv_ledger_reader *reader, const char *column,
	bool optional, uint16_t type, struct dcv_rdata *ret);
enum dcv_state dcv_ledger_take_state(struct dcv_ledger_reader *reader, const char *column);
enum dcv_reason dcv_ledger_take_reason(struct dcv_ledger_reader *reader,
	const char *column);

enum dcv_change_state dcv_ledger_take_change(struct dcv_ledger_reader *reader,
	const char *column);
void dcv_ledger_take_keep(struct dcv_ledger_reader *reader, const char *column,
	enum dcv_keep *ret, int64_t *ret_until_s);

/* DCV_OK, or the error that names the table, the key and the column. */
enum dcv_err dcv_ledger_taken(const struct dcv_ledger_reader *reader,
	struct dcv_error *err) DCV_NODISCARD;

#endif
