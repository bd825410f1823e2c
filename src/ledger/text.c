/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how names, types and RDATA stand in a column. It knows no tables. */
#include "ledger/text.h"

#include <string.h>

#define RDATA_TEXT_MAX ((size_t)512 * 1024) /* 65535 octets as \DDD, quotes and blanks */
#define KEY_SHOWN_MAX 400u

enum dcv_err dcv_ledger_key_make(struct dcv_ledger_key *key, const struct dcv_name *zone,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_error *err)
{
	key->zone[0] = key->owner[0] = key->type[0] = '\0';
	dcv_buf_init(&key->rdata, RDATA_TEXT_MAX);
	if (zone != NULL && zone->len > 0)
		(void)dcv_name_text(zone, key->zone);
	if (owner != NULL && owner->len > 0)
		(void)dcv_name_text(owner, key->owner);
	if (type != 0)
		(void)dcv_type_text(type, key->type);
	if (rdata != NULL && rdata->len > 0)
		dcv_rdata_text(type, rdata, &key->rdata);
	return key->rdata.failed ? dcv_nomem(err) : DCV_OK;
}

void dcv_ledger_key_clear(struct dcv_ledger_key *key)
{
	dcv_buf_clear(&key->rdata);
}

static void note_bad(struct dcv_ledger_reader *reader, const char *column)
{
	if (reader->bad == NULL)
		reader->bad = column;
}

/* Borrowed from the row; "" where there is none. Our own text never holds a NUL. */
static const char *take(struct dcv_ledger_reader *reader, const char *column,
	size_t *ret_len)
{
	const char *text = "";

	*ret_len = 0;
	if (!dcv_db_text(reader->row, reader->column++, &text, ret_len) ||
		strlen(text) != *ret_len) {
		note_bad(reader, column);
		*ret_len = 0;
		return "";
	}
	return text;
}

const char *dcv_ledger_take_text(struct dcv_ledger_reader *reader, const char *column)
{
	size_t len;
	const char *text = take(reader, column, &len);
	char *copy = dcv_arena_strndup(reader->arena, text, len);

	if (copy == NULL)
		reader->no_memory = true;
	return copy;
}

int64_t dcv_ledger_take_number(struct dcv_ledger_reader *reader, const char *column)
{
	int64_t number = 0;

	if (!dcv_db_number(reader->row, reader->column++, &number))
		note_bad(reader, column);
	return number;
}

uint32_t dcv_ledger_take_u32(struct dcv_ledger_reader *reader, const char *column)
{
	int64_t number = dcv_ledger_take_number(reader, column);

	if (number < 0 || number > UINT32_MAX) {
		note_bad(reader, column);
		return 0;
	}
	return (uint32_t)number;
}

void dcv_ledger_take_name(struct dcv_ledger_reader *reader, const char *column,
	bool optional, struct dcv_name *ret)
{
	size_t len;
	const char *text = take(reader, column, &len);

	*ret = (struct dcv_name){0};
	if (len == 0 && optional)
		return;
	if (len == 0 || text[len - 1] != '.' ||
		dcv_name_parse(text, len, NULL, ret, NULL) != DCV_OK)
		note_bad(reader, column);
}

uint16_t dcv_ledger_take_type(struct dcv_ledger_reader *reader, const char *column,
	bool optional)
{
	size_t len;
	const char *text = take(reader, column, &len);
	uint16_t type = 0;

	if (len == 0 && optional)
		return 0;
	type = dcv_type_parse(text, len);
	if (type == 0)
		note_bad(reader, column);
	return type;
}

void dcv_ledger_take_rdata(struct dcv_ledger_reader *reader, const char *column,
	bool optional, uint16_t type, struct dcv_rdata *ret)
{
	size_t len;
	const char *text = take(reader, column, &len);
	enum dcv_err rc;

	*ret = (struct dcv_rdata){0};
	if (len == 0 && optional)
		return;
	rc = type == 0 ? DCV_E_FAILED
		       : dcv_rdata_parse(type, text, len, NULL, reader->arena, ret, NULL);
	if (rc == DCV_E_NOMEM)
		reader->no_memory = true;
	else if (rc != DCV_OK)
		note_bad(reader, column);
}

enum dcv_state dcv_ledger_take_state(struct dcv_ledger_reader *reader, const char *column)
{
	enum dcv_state state = DCV_STATE_PENDING;
	size_t len;

	if (!dcv_state_parse(take(reader, column, &len), &state))
		note_bad(reader, column);
	return state;
}

enum dcv_reason dcv_ledger_take_reason(struct dcv_ledger_reader *reader,
	const char *column)
{
	enum dcv_reason reason = DCV_REASON_NONE;
	size_t len;

	if (!dcv_reason_parse(take(reader, column, &len), &reason))
		note_bad(reader, column);
	return reason;
}

enum dcv_change_state dcv_ledger_take_change(struct dcv_ledger_reader *reader,
	const char *column)
{
	size_t len;
	const char *text = take(reader, column, &len);

#define X(name, word)                \
	if (strcmp(text, word) == 0) \
		return DCV_CHANGE_##name;
	DCV_CHANGE_MAP(X)
#undef X
	note_bad(reader, column);
	return DCV_CHANGE_FAILED;
}

void dcv_ledger_take_keep(struct dcv_ledger_reader *reader, const char *column,
	enum dcv_keep *ret, int64_t *ret_until_s)
{
	size_t len;

	if (!dcv_keep_parse(take(reader, column, &len), ret, ret_until_s))
		note_bad(reader, column);
}

enum dcv_err dcv_ledger_taken(const struct dcv_ledger_reader *reader,
	struct dcv_error *err)
{
	char key[KEY_SHOWN_MAX] = "";
	size_t n = 0;
	int i;

	if (reader->no_memory)
		return dcv_nomem(err);
	if (reader->bad == NULL)
		return DCV_OK;
	for (i = 0; i < reader->n_key; i++) {
		const char *part = dcv_db_shown(reader->row, i);

		if (i > 0 && n + 2 < sizeof key) {
			key[n++] = ' ';
			key[n] = '\0';
		}
		n += dcv_shown(key + n, sizeof key - n, part, strlen(part));
	}
	(void)dcv_fail(err, DCV_E_FAILED,
		"ledger %s: table %s: row %s: cannot be read: column %s",
		dcv_db_path(reader->ledger->db), reader->table, key, reader->bad);
	(void)dcv_help(err,
		"help: restore the file from a backup, or move it away and run again; a lost "
		"ledger means: records are left and reported, never deleted");
	return DCV_E_FAILED;
}
