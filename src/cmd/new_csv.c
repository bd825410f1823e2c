/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows CSV (RFC 4180), and which columns make orders of its lines. */
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/yaml.h"
#include "cmd/new.h"

#define CSV_MAX (16u * 1024u * 1024u)
#define COLUMNS_MAX 32u
#define HEADER_HELP "begin it with order,certificate,ca,domain,host,type,value"

static const char *const columns[] = {"order", "ca", "certificate", "service", "domain",
	"host", "type", "value", NULL};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]) - 1)
/* The first ones are keys of the order, in the order of enum dcv_new_key; the others fields
 * of a record, in that of enum dcv_new_field. */
#define FIRST_FIELD ((size_t)DCV_NEW_KEYS)

struct cell {
	const char *text;
	struct dcv_place place;
};

struct csv {
	struct dcv_session *session;
	const char *file, *at, *end, *line_at;
	unsigned line;
	struct cell cells[COLUMNS_MAX];
	size_t n;
	size_t column[COLUMNS_MAX]; /* of each cell: index into columns */
	size_t n_header;
};

static void refuse(struct csv *csv, const struct dcv_place *place, const char *help,
	const char *what)
{
	dcv_diag_add(&csv->session->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help, "%s",
		what);
}

static struct dcv_place here(const struct csv *csv)
{
	return (struct dcv_place){csv->file, csv->line,
		(unsigned)(csv->at - csv->line_at) + 1};
}

static bool at_line_end(const struct csv *csv)
{
	return csv->at == csv->end || *csv->at == '\n' ||
		(*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

static void next_line(struct csv *csv)
{
	const char *feed = memchr(csv->at, '\n', (size_t)(csv->end - csv->at));

	csv->at = feed != NULL ? feed + 1 : csv->end;
	csv->line_at = csv->at;
	csv->line++;
}

static bool is_text(const char *text, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		n = dcv_utf8_len((const uint8_t *)text + at, len - at);
		if (n == 0 || text[at] == '\0')
			return false;
	}
	return true;
}

/* Up to the comma or the line's end; blanks at its edges are not part of it. */
static bool read_bare(struct csv *csv, struct cell *ret)
{
	const char *from = csv->at;

	while (!at_line_end(csv) && *csv->at != ',' && *csv->at != '"')
		csv->at++;
	if (!at_line_end(csv) && *csv->at == '"') {
		struct dcv_place place = here(csv);

		refuse(csv, &place,
			"put the whole field into quotes, and double those in it",
			"a quote inside a field");
		return false;
	}
	if (!is_text(from, (size_t)(csv->at - from))) {
		refuse(csv, &ret->place, "save the file as CSV in UTF-8", "not UTF-8");
		return false;
	}
	ret->text = dcv_new_trim(csv->session, from, (size_t)(csv->at - from));
	return ret->text != NULL;
}

static bool read_quoted(struct csv *csv, struct cell *ret)
{
	struct dcv_place place = here(csv);
	struct dcv_buf buf;
	bool closed = false;

	dcv_buf_init(&buf, DCV_YAML_MAX_SCALAR);
	for (csv->at++; csv->at < csv->end && !closed && *csv->at != '\n'; csv->at++) {
		if (*csv->at != '"')
			dcv_buf_addc(&buf, *csv->at);
		else if (csv->at + 1 < csv->end && csv->at[1] == '"')
			dcv_buf_addc(&buf, *csv->at++);
		else
			closed = true;
	}
	if (!closed)
		refuse(csv, &place,
			"close the quotes on the same line, and double those in it",
			"the quotes are not closed on this line");
	else if (!at_line_end(csv) && *csv->at != ',')
		refuse(csv, &place,
			"put a comma behind the quotes, and double those in it",
			"text behind the quotes");
	else if (buf.failed || !is_text(dcv_buf_text(&buf), buf.len))
		refuse(csv, &place, "save the file as CSV in UTF-8",
			"not UTF-8, or too long");
	else
		ret->text = dcv_arena_strdup(&csv->session->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return ret->text != NULL;
}

/* A row into csv->cells; false with an error. The reader stands at the next line after it. */
static bool read_row(struct csv *csv)
{
	bool good = true;

	for (csv->n = 0; good; csv->n++) {
		struct cell *cell = &csv->cells[csv->n];

		if (csv->n == COLUMNS_MAX) {
			struct dcv_place place = here(csv);

			refuse(csv, &place, NULL, "more than 32 fields in a line");
			good = false;
			break;
		}
		while (csv->at < csv->end && (*csv->at == ' ' || *csv->at == '\t'))
			csv->at++;
		*cell = (struct cell){NULL, here(csv)};
		good = csv->at < csv->end && *csv->at == '"' ? read_quoted(csv, cell)
							     : read_bare(csv, cell);
		if (!good || at_line_end(csv)) {
			csv->n++;
			break;
		}
		csv->at++; /* the comma */
	}
	next_line(csv);
	return good;
}

/* The index of the column, or N_COLUMNS with an error. */
static size_t find_column(struct csv *csv, const struct cell *cell)
{
	const char *meant;
	size_t i = 0;

	while (i < N_COLUMNS && strcasecmp(cell->text, columns[i]) != 0)
		i++;
	if (i < N_COLUMNS)
		return i;
	meant = dcv_did_you_mean(cell->text, columns);
	dcv_diag_add(&csv->session->diags, DCV_SEV_ERROR, DCV_E_ORDER, &cell->place,
		meant != NULL
			? dcv_arena_printf(&csv->session->arena, "did you mean %s?", meant)
			: "columns are order, certificate, ca, service, domain, host, type, "
			  "value, with commas between them",
		"%s: unknown column", cell->text);
	return i;
}

/* Which column each cell of the header names. */
static void name_columns(struct csv *csv)
{
	size_t seen[N_COLUMNS + 1] = {0};

	csv->n_header = csv->n;
	for (size_t i = 0; i < csv->n; i++) {
		csv->column[i] = find_column(csv, &csv->cells[i]);
		if (seen[csv->column[i]]++ > 0 && csv->column[i] < N_COLUMNS)
			refuse(csv, &csv->cells[i].place, "keep one of them",
				"this column is there twice");
	}
}

static bool has_column(const struct csv *csv, size_t column)
{
	for (size_t i = 0; i < csv->n; i++)
		if (strcasecmp(csv->cells[i].text, columns[column]) == 0)
			return true;
	return false;
}

static bool read_header(struct csv *csv)
{
	static const size_t needed[] = {DCV_NEW_ID, FIRST_FIELD + DCV_NEW_HOST,
		FIRST_FIELD + DCV_NEW_TYPE, FIRST_FIELD + DCV_NEW_VALUE};
	const struct dcv_diags *diags = &csv->session->diags;
	const struct dcv_place top = here(csv);
	bool any = false;

	if (!read_row(csv))
		return false;
	for (size_t i = 0; i < N_COLUMNS; i++)
		any = any || has_column(csv, i);
	if (!any) {
		refuse(csv, &top, HEADER_HELP, "the first line must name the columns");
		return false;
	}
	name_columns(csv);
	for (size_t i = 0; diags->n_errors == 0 && i < sizeof(needed) / sizeof(needed[0]);
		i++)
		if (!has_column(csv, needed[i]))
			dcv_diag_add(&csv->session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
				&top, HEADER_HELP, "%s: this column is missing",
				columns[needed[i]]);
	return diags->n_errors == 0;
}

static bool same_ca(const char *a, const char *b)
{
	const struct dcv_ca *known = a != NULL ? dcv_ca_find(a) : NULL;

	if (a == NULL || b == NULL)
		return a == b;
	return known != NULL ? known == dcv_ca_find(b) : strcasecmp(a, b) == 0;
}

/* The order that a row belongs to: mostly that of the row before. */
static struct dcv_new_order *find_order(struct dcv_new *all, const char *const *key)
{
	for (size_t i = all->n; i-- > 0;) {
		struct dcv_new_order *order = &all->orders[i];

		if (strcmp(order->key[DCV_NEW_ID], key[DCV_NEW_ID]) == 0 &&
			same_ca(order->key[DCV_NEW_CA], key[DCV_NEW_CA]))
			return order;
	}
	return NULL;
}

static bool check_keys(struct csv *csv, struct dcv_new_order *order,
	const char *const *key, const struct dcv_place *at)
{
	static const size_t told[] = {DCV_NEW_CERTIFICATE, DCV_NEW_SERVICE};

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		size_t k = told[i];

		if (key[k] == NULL)
			continue;
		if (order->key[k] == NULL) {
			order->key[k] = key[k];
			order->at[k] = at[k];
		} else if (strcmp(order->key[k], key[k]) != 0) {
			dcv_diag_add(&csv->session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
				&at[k], "write the same in all lines of an order",
				"%s: \"%s\", but line %u says \"%s\" for this order",
				columns[k], key[k], order->at[k].line, order->key[k]);
			return false;
		}
	}
	return true;
}

/* The cells by column. An empty one is not given, but for the host: there it is the domain. */
static void sort_cells(struct csv *csv, const char **key, struct dcv_place *at,
	struct dcv_new_record *record)
{
	const struct dcv_options *o = &csv->session->options;

	key[DCV_NEW_CA] = o->ca;
	key[DCV_NEW_CERTIFICATE] = o->certificate;
	key[DCV_NEW_SERVICE] = o->service;
	for (size_t i = 0; i < csv->n; i++) {
		size_t column = csv->column[i];
		const char *text = csv->cells[i].text;
		bool given = text[0] != '\0' || column > FIRST_FIELD + DCV_NEW_DOMAIN;

		if (column < FIRST_FIELD) {
			key[column] = given ? text : key[column];
			at[column] = csv->cells[i].place;
		} else {
			record->text[column - FIRST_FIELD] = given ? text : NULL;
			record->at[column - FIRST_FIELD] = csv->cells[i].place;
		}
	}
}

static bool take_row(struct csv *csv, struct dcv_new *all)
{
	const char *key[DCV_NEW_KEYS] = {NULL};
	struct dcv_place at[DCV_NEW_KEYS] = {{NULL, 0, 0}};
	struct dcv_new_record record = {.line = NULL}, *added;
	struct dcv_new_order *order;

	if (csv->n != csv->n_header) {
		dcv_diag_add(&csv->session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
			&csv->cells[0].place,
			"a field that holds a comma stands in quotes",
			"%zu fields, the header has %zu", csv->n, csv->n_header);
		return false;
	}
	sort_cells(csv, key, at, &record);
	if (key[DCV_NEW_ID] == NULL) {
		refuse(csv, &at[DCV_NEW_ID],
			"write the number of its order into each line", "order: missing");
		return false;
	}
	order = find_order(all, key);
	if (order == NULL) {
		order = dcv_new_add_order(csv->session, all);
		if (order == NULL)
			return false;
		memcpy(order->key, key, sizeof(key));
		memcpy(order->at, at, sizeof(at));
	}
	if (!check_keys(csv, order, key, at))
		return false;
	added = dcv_new_add(csv->session, order);
	if (added != NULL)
		*added = record;
	return added != NULL;
}

static void read_rows(struct csv *csv, struct dcv_new *all)
{
	while (csv->at < csv->end) {
		if (at_line_end(csv))
			next_line(csv);
		else if (!read_row(csv) || !take_row(csv, all))
			all->n_refused++;
	}
}

void dcv_new_read_csv(struct dcv_session *session, const char *path, struct dcv_new *all)
{
	struct csv csv = {.session = session, .file = path, .line = 1};
	struct dcv_error err = {0};
	struct dcv_buf buf;

	dcv_buf_init(&buf, CSV_MAX);
	if (dcv_file_read(path, &buf, &err) != DCV_OK) {
		err.code = DCV_E_ORDER;
		(void)dcv_session_fail(session, &err);
		dcv_buf_clear(&buf);
		return;
	}
	csv.at = csv.line_at = dcv_buf_text(&buf);
	csv.end = csv.at + buf.len;
	if (buf.len >= 3 && memcmp(csv.at, "\xef\xbb\xbf", 3) == 0)
		csv.at = csv.line_at = csv.at + 3;
	while (csv.at < csv.end && at_line_end(&csv))
		next_line(&csv);
	if (read_header(&csv))
		read_rows(&csv, all);
	dcv_buf_clear(&buf);
}
