/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the consoles of certificate services look like when they are pasted:
 * labels with values beside or below them, and rows of tables. */
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "cmd/new.h"

#define FILE_NAME "<stdin>"
#define PASTE_MAX (1024u * 1024u)
#define CELLS_MAX 16u

/* A longer label stands before one that begins like it. */
static const struct {
	const char *text;
	enum dcv_new_field field;
} labels[] = {
	{"host record", DCV_NEW_HOST},
	{"host name", DCV_NEW_HOST},
	{"hostname", DCV_NEW_HOST},
	{"host", DCV_NEW_HOST},
	{"record name", DCV_NEW_HOST},
	{"主机记录", DCV_NEW_HOST},
	{"主机名", DCV_NEW_HOST},
	{"记录名", DCV_NEW_HOST},
	{"record type", DCV_NEW_TYPE},
	{"type", DCV_NEW_TYPE},
	{"记录类型", DCV_NEW_TYPE},
	{"类型", DCV_NEW_TYPE},
	{"record value", DCV_NEW_VALUE},
	{"value", DCV_NEW_VALUE},
	{"记录值", DCV_NEW_VALUE},
	{"domain name", DCV_NEW_DOMAIN},
	{"domain", DCV_NEW_DOMAIN},
	{"域名", DCV_NEW_DOMAIN},
};
#define N_LABELS (sizeof(labels) / sizeof(labels[0]))
#define NO_LABEL DCV_NEW_FIELDS

struct paste {
	struct dcv_session *session;
	struct dcv_new_order *order;
	struct dcv_new_record record; /* that is being filled */
	unsigned line;
	bool any,
		domain_first; /* a domain stands above its records, and goes on for the next */
	const char *domain;
	struct dcv_place domain_at;
	/* labels that stand alone: their values follow on lines of their own */
	enum dcv_new_field waiting[CELLS_MAX];
	size_t n_waiting, next;
	enum dcv_new_field columns[CELLS_MAX]; /* of a table */
	size_t n_columns;
};

struct cell {
	const char *text;
	size_t len;
};

/* Blanks of every kind that consoles have: U+00A0, U+3000, U+200B, U+FEFF. */
static size_t blank_len(const char *text, size_t len)
{
	static const char *const wide[] = {"\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x8b",
		"\xef\xbb\xbf"};

	if (len > 0 && strchr(" \t\r\n", text[0]) != NULL)
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		size_t n = strlen(wide[i]);

		if (len >= n && memcmp(text, wide[i], n) == 0)
			return n;
	}
	return 0;
}

static struct cell trim(struct cell cell)
{
	size_t n;

	while ((n = blank_len(cell.text, cell.len)) > 0) {
		cell.text += n;
		cell.len -= n;
	}
	for (;;) {
		for (n = 1; n <= 3 && n <= cell.len; n++)
			if (blank_len(cell.text + cell.len - n, n) == n)
				break;
		if (n > 3 || n > cell.len)
			return cell;
		cell.len -= n;
	}
}

const char *dcv_new_trim(struct dcv_session *session, const char *text, size_t len)
{
	struct cell cell = trim((struct cell){text, len});

	return dcv_arena_strndup(&session->arena, cell.text, cell.len);
}

static struct dcv_place place_of(const struct paste *paste, const char *line,
	const char *text)
{
	return (struct dcv_place){FILE_NAME, paste->line, (unsigned)(text - line) + 1};
}

static bool is_complete(const struct dcv_new_record *record)
{
	return record->line != NULL ||
		(record->text[DCV_NEW_HOST] != NULL && record->text[DCV_NEW_TYPE] != NULL &&
			record->text[DCV_NEW_VALUE] != NULL);
}

static void flush(struct paste *paste)
{
	struct dcv_new_record *record = &paste->record, *added;
	bool empty = record->line == NULL;

	for (size_t i = 0; i < DCV_NEW_FIELDS; i++)
		empty = empty && record->text[i] == NULL;
	if (empty)
		return;
	if (paste->domain_first && record->text[DCV_NEW_DOMAIN] == NULL &&
		record->line == NULL) {
		record->text[DCV_NEW_DOMAIN] = paste->domain;
		record->at[DCV_NEW_DOMAIN] = paste->domain_at;
	}
	paste->domain = record->text[DCV_NEW_DOMAIN];
	paste->domain_at = record->at[DCV_NEW_DOMAIN];
	added = dcv_new_add(paste->session, paste->order);
	if (added != NULL)
		*added = *record;
	*record = (struct dcv_new_record){.line = NULL};
}

static void put(struct paste *paste, enum dcv_new_field field, const char *line,
	struct cell cell)
{
	struct dcv_new_record *record = &paste->record;

	if (!paste->any)
		paste->domain_first = field == DCV_NEW_DOMAIN;
	paste->any = true;
	if (record->text[field] != NULL ||
		(is_complete(record) && (field != DCV_NEW_DOMAIN || paste->domain_first)))
		flush(paste);
	record->text[field] = dcv_new_trim(paste->session, cell.text, cell.len);
	record->at[field] = place_of(paste, line, trim(cell).text);
}

/* The octets that the label takes at the beginning of the text, 0 if it is not there. A blank
 * in it may be several, or `_`. */
static size_t label_len(const char *label, struct cell cell)
{
	size_t at = 0;

	for (; *label != '\0'; label++) {
		size_t before = at;

		while (*label == ' ' && at < cell.len &&
			(cell.text[at] == ' ' || cell.text[at] == '_'))
			at++;
		if (*label == ' ' && at > before)
			continue;
		if (at == cell.len || strncasecmp(label, cell.text + at, 1) != 0)
			return 0;
		at++;
	}
	return at;
}

/* `Value 2026…` is a label and its value, `Domain validation is pending` is neither. */
static bool is_beside(const char *label, const char *behind, struct cell rest)
{
	return rest.len == 0 || behind[0] == '\t' || strchr(label, ' ') != NULL ||
		(uint8_t)label[0] >= 0x80 || memchr(rest.text, ' ', rest.len) == NULL;
}

/* The field of the label that the cell begins with, and what stands behind it; NO_LABEL if
 * there is none. */
static enum dcv_new_field find_label(struct cell cell, struct cell *ret_rest)
{
	static const char colon[] = "\xef\xbc\x9a"; /* full-width */

	for (size_t i = 0; i < N_LABELS; i++) {
		size_t n = label_len(labels[i].text, cell);
		struct cell rest = {cell.text + n, cell.len - n};
		bool blank = blank_len(rest.text, rest.len) > 0;

		if (n == 0)
			continue;
		rest = trim(rest);
		if (rest.len > 0 && rest.text[0] == ':')
			*ret_rest = trim((struct cell){rest.text + 1, rest.len - 1});
		else if (rest.len >= 3 && memcmp(rest.text, colon, 3) == 0)
			*ret_rest = trim((struct cell){rest.text + 3, rest.len - 3});
		else if (rest.len == 0 ||
			(blank && is_beside(labels[i].text, cell.text + n, rest)))
			*ret_rest = rest;
		else
			continue;
		return labels[i].field;
	}
	return NO_LABEL;
}

/* A cell that is a label and nothing else. */
static enum dcv_new_field only_label(struct cell cell)
{
	struct cell rest = {NULL, 0};
	enum dcv_new_field field = find_label(trim(cell), &rest);

	return rest.len == 0 ? field : NO_LABEL;
}

static bool is_type(struct cell cell)
{
	cell = trim(cell);
	return dcv_type_parse(cell.text, cell.len) != 0;
}

static size_t split(struct cell line, struct cell *cells)
{
	size_t n = 0;

	for (size_t at = 0; at <= line.len && n < CELLS_MAX;) {
		const char *tab = memchr(line.text + at, '\t', line.len - at);
		size_t end = tab != NULL ? (size_t)(tab - line.text) : line.len;

		cells[n++] = (struct cell){line.text + at, end - at};
		at = end + 1;
	}
	return n;
}

static bool take_header(struct paste *paste, const struct cell *cells, size_t n)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		known += only_label(cells[i]) != NO_LABEL;
	if (known < 2)
		return false;
	for (size_t i = 0; i < n; i++)
		paste->columns[i] = only_label(cells[i]);
	paste->n_columns = n;
	return true;
}

/* A row of a table: in the columns of its header, or domain, host, type, value. */
static bool take_row(struct paste *paste, const char *line, const struct cell *cells,
	size_t n)
{
	static const enum dcv_new_field usual[] = {DCV_NEW_DOMAIN, DCV_NEW_HOST,
		DCV_NEW_TYPE, DCV_NEW_VALUE};
	const enum dcv_new_field *columns = paste->columns;

	if (n < 3 || n != paste->n_columns) {
		if (n == 4 && is_type(cells[2]))
			columns = usual;
		else if (n == 3 && is_type(cells[1]))
			columns = usual + 1;
		else
			return false;
	}
	if (is_complete(&paste->record))
		flush(paste);
	for (size_t i = 0; i < n; i++)
		if (columns[i] != NO_LABEL)
			put(paste, columns[i], line, cells[i]);
	return true;
}

static bool take_table(struct paste *paste, struct cell line)
{
	struct cell cells[CELLS_MAX];
	size_t n = split(line, cells);

	return n > 1 &&
		(take_header(paste, cells, n) || take_row(paste, line.text, cells, n));
}

/* A label that stands alone waits for its value; several of them are a table whose cells came
 * as lines. */
static void wait_for(struct paste *paste, enum dcv_new_field field)
{
	if (paste->next > 0 || paste->n_waiting == CELLS_MAX)
		paste->n_waiting = 0;
	if (paste->n_waiting > 1 && is_complete(&paste->record))
		paste->n_waiting = 0;
	paste->next = 0;
	paste->waiting[paste->n_waiting++] = field;
}

static bool take_label(struct paste *paste, struct cell line)
{
	struct cell rest = {NULL, 0};
	enum dcv_new_field field = find_label(trim(line), &rest);

	if (field == NO_LABEL)
		return false;
	if (rest.len == 0) {
		wait_for(paste, field);
		return true;
	}
	paste->n_waiting = paste->next = 0;
	put(paste, field, line.text, rest);
	return true;
}

static bool take_value(struct paste *paste, struct cell line)
{
	if (paste->n_waiting == 0)
		return false;
	put(paste, paste->waiting[paste->next++], line.text, line);
	if (paste->next < paste->n_waiting)
		return true;
	paste->next = 0;
	if (paste->n_waiting == 1)
		paste->n_waiting = 0;
	return true;
}

/* OWNER TYPE VALUE, or the same with the TTL and the class of a zone file, which the reader
 * of orders explains. */
static bool take_line(struct paste *paste, struct cell line)
{
	struct cell rest = trim(line);
	size_t words = 0;

	for (size_t at = 0; at < rest.len; words++) {
		size_t n = 0, blank;

		while (at + n < rest.len &&
			blank_len(rest.text + at + n, rest.len - at - n) == 0)
			n++;
		if (words > 0 && words < 4 && at + n < rest.len &&
			is_type((struct cell){rest.text + at, n})) {
			flush(paste);
			paste->any = true;
			paste->record.line = dcv_new_trim(paste->session, rest.text,
				rest.len);
			paste->record.at[DCV_NEW_HOST] = place_of(paste, line.text,
				rest.text);
			flush(paste);
			return true;
		}
		at += n;
		while ((blank = blank_len(rest.text + at, rest.len - at)) > 0)
			at += blank;
	}
	return false;
}

/* Words of buttons, which are copied with the table that they stand in. */
static bool is_button(struct cell cell)
{
	static const char *const words[] = {"copy", "action", "operation", "复制", "操作"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == cell.len &&
			strncasecmp(words[i], cell.text, cell.len) == 0)
			return true;
	return false;
}

static void take(struct paste *paste, struct cell line)
{
	struct dcv_place place;
	struct cell shown = trim(line);
	struct dcv_diags *diags = &paste->session->diags;

	if (shown.len == 0 || is_button(shown))
		return;
	place = place_of(paste, line.text, shown.text);
	for (size_t at = 0, n = 0; at < shown.len; at += n) {
		n = dcv_utf8_len((const uint8_t *)shown.text + at, shown.len - at);
		if (n > 0 && shown.text[at] != '\0')
			continue;
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"paste it as text in UTF-8", "not UTF-8");
		return;
	}
	if (!take_table(paste, line) && !take_label(paste, line) &&
		!take_value(paste, line) && !take_line(paste, line))
		dcv_diag_add(diags, DCV_SEV_WARNING, DCV_E_ORDER, &place, NULL,
			"not understood and left out: %.*s", (int)shown.len, shown.text);
}

void dcv_new_read_paste(struct dcv_session *session, struct dcv_new_order *order)
{
	struct paste paste = {.session = session, .order = order};
	struct dcv_error err = {0};
	struct dcv_buf buf;

	dcv_buf_init(&buf, PASTE_MAX);
	if (dcv_file_read("-", &buf, &err) != DCV_OK) {
		dcv_buf_clear(&buf);
		(void)dcv_session_fail(session, &err);
		return;
	}
	for (const char *at = dcv_buf_text(&buf), *end = at + buf.len; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((feed != NULL ? feed : end) - at);

		paste.line++;
		take(&paste, (struct cell){at, len});
		at += len + 1;
	}
	flush(&paste);
	dcv_buf_clear(&buf);
	if (!paste.any && session->diags.n_errors == 0)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
			&(struct dcv_place){FILE_NAME, 0, 0},
			"paste the lines Host Record, Record Type, Record Value, Domain Name",
			"no record in it");
}
