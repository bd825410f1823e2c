/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a wait looks on a terminal. A line is never longer than the screen is
 * wide, and the view never higher than the screen: else the terminal would scroll, and going up
 * as many lines as were drawn would not lead back to the first. */
#include "cmd/matrix.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS 100
#define COLUMN_MIN 12u /* of a server, in the matrix */
#define RECORD_MAX 48u /* width of the names of records */
#define TEXT_MAX 256u

struct dcv_matrix {
	struct dcv_session *session;
	const struct dcv_verify *verify;
	size_t n_published, n_orders;
	size_t n_drawn; /* lines on the screen now */
	int64_t drawn_ms; /* when; 0: never */
	int64_t settled_s; /* 0: unknown */
};

/* --- what it shows --- */

struct sheet {
	const struct dcv_matrix_look *look;
	struct dcv_buf *out;
	size_t n; /* lines so far */
};

/* A whole line; false when the screen is full. Everything here is ASCII, so that an octet is a
 * column. `colour`: an SGR number around it, or 0. */
static bool add_line(struct sheet *sheet, const char *text, int colour)
{
	size_t len = strlen(text), width = sheet->look->columns - 1;

	if (sheet->n + 1 >= sheet->look->lines)
		return false;
	if (colour != 0 && sheet->look->colour)
		dcv_buf_addf(sheet->out, "\033[%dm", colour);
	dcv_buf_add(sheet->out, text, len < width ? len : width);
	if (colour != 0 && sheet->look->colour)
		dcv_buf_adds(sheet->out, "\033[0m");
	dcv_buf_addc(sheet->out, '\n');
	sheet->n++;
	return true;
}

static bool is_good(const struct dcv_verify *verify, size_t item)
{
	const struct dcv_check_zone *zone = &verify->zones[verify->items[item].zone];

	if (verify->result.effective)
		return true;
	for (size_t s = 0; s < zone->n_servers; s++) {
		if (dcv_check_at(&verify->result, item, s)->seen != DCV_SEEN_HAS)
			return false;
	}
	return verify->result.observations != NULL;
}

static void add_overall(struct sheet *sheet)
{
	const struct dcv_matrix_look *look = sheet->look;
	int64_t s = look->elapsed_ms / 1000;
	size_t good = 0;
	char line[TEXT_MAX], left[64] = "", text[DCV_TIME_TEXT_MAX];

	for (size_t i = 0;
		look->verify->result.observations != NULL && i < look->verify->n_items;
		i++)
		good += is_good(look->verify, i);
	if (look->settled_left_s >= 0)
		(void)snprintf(left, sizeof(left), "  settled in %s",
			dcv_duration_text(look->settled_left_s, text));
	(void)snprintf(line, sizeof(line),
		"published %zu/%zu  effective %zu/%zu  %02" PRId64 ":%02" PRId64 "%s",
		look->n_published, look->n_orders, good, look->verify->n_items, s / 60,
		s % 60, left);
	(void)add_line(sheet, line, good == look->verify->n_items ? 32 : 1);
}

/* "ns1 192.0.2.1", or the address alone. Names come from zones: escaped, and cut to cap. */
static void server_text(const struct dcv_server *server, char *out, size_t cap)
{
	char addr[DCV_ADDR_TEXT_MAX], name[TEXT_MAX];

	dcv_addr_text(&server->addr, addr);
	dcv_shown(name, sizeof(name), server->name, strlen(server->name));
	if (strcmp(name, addr) == 0)
		(void)snprintf(out, cap, "%s", addr);
	else
		(void)snprintf(out, cap, "%.120s %s", name, addr);
}

/* "old", "SERVFAIL", "old 2026112004" */
static void seen_text(const struct dcv_observation *seen, char *out, size_t cap)
{
	const char *word = seen->seen == DCV_SEEN_RCODE ? dcv_rcode_text(seen->rcode)
							: dcv_seen_text(seen->seen);

	if (seen->seen == DCV_SEEN_NOT_ASKED)
		(void)snprintf(out, cap, "...");
	else if (seen->seen != DCV_SEEN_HAS && seen->has_serial)
		(void)snprintf(out, cap, "%s %u", word, seen->serial);
	else
		(void)snprintf(out, cap, "%s", word);
}

static void record_text(const struct dcv_check_item *item, char *out, size_t cap)
{
	char type[DCV_TYPE_TEXT_MAX];

	(void)snprintf(out, cap, "%.200s %s", dcv_show_name(&item->owner),
		dcv_type_text(item->type, type));
}

/* What is open lies in one zone, and all of it fits on the screen. */
static bool fits(const struct dcv_matrix_look *look, size_t *ret_zone, size_t *ret_record)
{
	const struct dcv_verify *verify = look->verify;
	size_t open = 0, width = 0;
	char text[TEXT_MAX];

	for (size_t i = 0; i < verify->n_items; i++) {
		if (is_good(verify, i))
			continue;
		if (open++ > 0 && verify->items[i].zone != *ret_zone)
			return false;
		*ret_zone = verify->items[i].zone;
		record_text(&verify->items[i], text, sizeof(text));
		if (strlen(text) > width)
			width = strlen(text);
	}
	*ret_record = width < RECORD_MAX ? width : RECORD_MAX;
	for (size_t s = 0; open > 0 && s < verify->zones[*ret_zone].n_servers; s++) {
		server_text(&verify->zones[*ret_zone].servers[s], text, sizeof(text));
		width += 2 + (strlen(text) > COLUMN_MIN ? strlen(text) : COLUMN_MIN);
	}
	return open > 0 && width < look->columns && open + 3 < look->lines;
}

static size_t column_width(const struct dcv_server *server)
{
	char text[TEXT_MAX];

	server_text(server, text, sizeof(text));
	return strlen(text) > COLUMN_MIN ? strlen(text) : COLUMN_MIN;
}

/* Pads a cell with blanks; what is longer is cut. */
static void add_cell(struct dcv_buf *line, const char *text, size_t width)
{
	dcv_buf_addf(line, "%-*.*s  ", (int)width, (int)width, text);
}

static void add_row(struct sheet *sheet, size_t item, size_t record_width)
{
	const struct dcv_verify *verify = sheet->look->verify;
	const struct dcv_check_zone *zone = &verify->zones[verify->items[item].zone];
	char text[TEXT_MAX];
	struct dcv_buf line;

	dcv_buf_init(&line, 65536);
	record_text(&verify->items[item], text, sizeof(text));
	add_cell(&line, text, record_width);
	for (size_t s = 0; s < zone->n_servers; s++) {
		seen_text(dcv_check_at(&verify->result, item, s), text, sizeof(text));
		add_cell(&line, text, column_width(&zone->servers[s]));
	}
	(void)add_line(sheet, dcv_buf_text(&line), 0);
	dcv_buf_clear(&line);
}

static void add_matrix(struct sheet *sheet, size_t zone_index, size_t record_width)
{
	const struct dcv_verify *verify = sheet->look->verify;
	const struct dcv_check_zone *zone = &verify->zones[zone_index];
	char text[TEXT_MAX];
	struct dcv_buf line;

	dcv_buf_init(&line, 65536);
	add_cell(&line, "", record_width);
	for (size_t s = 0; s < zone->n_servers; s++) {
		server_text(&zone->servers[s], text, sizeof(text));
		add_cell(&line, text, column_width(&zone->servers[s]));
	}
	(void)add_line(sheet, dcv_buf_text(&line), 0);
	dcv_buf_clear(&line);
	for (size_t i = 0; i < verify->n_items; i++) {
		if (!is_good(verify, i))
			add_row(sheet, i, record_width);
	}
}

/* The records of a zone that a server has not yet, and the first reason; 0: none. */
static size_t count_lag(const struct dcv_verify *verify, size_t zone, size_t server,
	const struct dcv_observation **ret_seen)
{
	size_t n = 0;

	for (size_t i = 0; i < verify->n_items; i++) {
		const struct dcv_observation *seen;

		if (verify->items[i].zone != zone)
			continue;
		seen = dcv_check_at(&verify->result, i, server);
		if (seen->seen == DCV_SEEN_HAS)
			continue;
		if (n++ == 0)
			*ret_seen = seen;
	}
	return n;
}

/* Too much for a matrix: a line for each server of a zone that lags. */
static void add_groups(struct sheet *sheet)
{
	const struct dcv_verify *verify = sheet->look->verify;
	char line[3 * TEXT_MAX], server[TEXT_MAX], state[TEXT_MAX];
	size_t more = 0;

	for (size_t z = 0; z < verify->n_zones; z++) {
		for (size_t s = 0; s < verify->zones[z].n_servers; s++) {
			const struct dcv_observation *seen = NULL;
			size_t n = count_lag(verify, z, s, &seen);

			if (n == 0)
				continue;
			server_text(&verify->zones[z].servers[s], server, sizeof(server));
			seen_text(seen, state, sizeof(state));
			(void)snprintf(line, sizeof(line), "  waiting %5zu  %s: %s", n,
				server, state);
			/* One line is kept for the rest. */
			if (sheet->n + 2 >= sheet->look->lines ||
				!add_line(sheet, line, 0))
				more++;
		}
	}
	if (more > 0) {
		(void)snprintf(line, sizeof(line), "  and %zu more name servers", more);
		(void)add_line(sheet, line, 0);
	}
}

size_t dcv_matrix_draw(const struct dcv_matrix_look *look, struct dcv_buf *out)
{
	struct sheet sheet = {look, out, 0};
	size_t zone = 0, width = 0;

	if (look->columns < 2)
		return 0;
	add_overall(&sheet);
	if (look->verify->result.observations == NULL || look->verify->result.effective)
		return sheet.n;
	if (fits(look, &zone, &width))
		add_matrix(&sheet, zone, width);
	else
		add_groups(&sheet);
	return sheet.n;
}

/* --- the screen --- */

/* The zone holds what this run plans for it; where no zone is bound, the ledger's word counts. */
static bool is_published(const struct dcv_session *session,
	const struct dcv_subject *subject)
{
	bool any = false;

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_zone_run *zone = &session->run.zones[z];
		bool concerned = false;

		for (size_t i = 0; !concerned && i < subject->order->n_claims; i++)
			concerned = dcv_name_is_within(&subject->order->claims[i].owner,
				&zone->binding->zone);
		if (concerned && !zone->done && (!zone->planned || zone->plan.changes))
			return false;
		any = any || concerned;
	}
	return any ||
		(subject->row != NULL &&
			(subject->row->state == DCV_STATE_PUBLISHED ||
				subject->row->state == DCV_STATE_EFFECTIVE));
}

static void count_published(struct dcv_matrix *matrix)
{
	const struct dcv_run *run = &matrix->session->run;

	for (size_t i = 0; i < run->n_subjects; i++) {
		if (!dcv_subject_is_wanted(&run->subjects[i]))
			continue;
		matrix->n_orders++;
		matrix->n_published += is_published(matrix->session, &run->subjects[i]);
	}
}

void dcv_matrix_begin(struct dcv_session *session, const struct dcv_verify *verify)
{
	const char *term = getenv("TERM");

	if (session->options.quiet || dcv_is_document(session) ||
		session->events == stdout || isatty(STDOUT_FILENO) != 1 || term == NULL ||
		term[0] == '\0' || strcmp(term, "dumb") == 0)
		return;
	session->matrix = dcv_arena_alloc(&session->arena, sizeof(*session->matrix));
	if (session->matrix == NULL)
		return;
	*session->matrix = (struct dcv_matrix){.session = session, .verify = verify};
	count_published(session->matrix);
}

void dcv_matrix_settle(struct dcv_session *session, int64_t settled_s)
{
	if (session->matrix != NULL)
		session->matrix->settled_s = settled_s;
}

void dcv_matrix_hide(struct dcv_session *session)
{
	struct dcv_matrix *matrix = session->matrix;

	if (matrix == NULL || matrix->n_drawn == 0)
		return;
	printf("\033[%zuA\r\033[J", matrix->n_drawn);
	(void)dcv_flush();
	matrix->n_drawn = 0;
	matrix->drawn_ms = 0;
}

static void measure(struct dcv_matrix_look *look)
{
	struct winsize size = {0};

	look->columns = 80;
	look->lines = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
		size.ws_row > 0) {
		look->columns = size.ws_col;
		look->lines = size.ws_row;
	}
}

static void draw(struct dcv_matrix *matrix)
{
	struct dcv_session *session = matrix->session;
	const char *no_colour = getenv("NO_COLOR");
	struct dcv_matrix_look look = {.verify = matrix->verify,
		.n_published = matrix->n_published,
		.n_orders = matrix->n_orders,
		.elapsed_ms = dcv_mono_ms(session->clock) - session->started_ms,
		.settled_left_s = -1,
		.colour = no_colour == NULL || no_colour[0] == '\0'};
	struct dcv_buf out;
	size_t n;

	measure(&look);
	if (matrix->settled_s != 0) {
		look.settled_left_s = matrix->settled_s - dcv_now_s(session->clock);
		look.settled_left_s = look.settled_left_s < 0 ? 0 : look.settled_left_s;
	}
	dcv_buf_init(&out, 1u << 20);
	if (matrix->n_drawn > 0)
		dcv_buf_addf(&out, "\033[%zuA\r\033[J", matrix->n_drawn);
	n = dcv_matrix_draw(&look, &out);
	if (!out.failed) {
		(void)fwrite(out.data, 1, out.len, stdout);
		(void)dcv_flush();
		matrix->n_drawn = n;
	}
	dcv_buf_clear(&out);
}

void dcv_matrix_tick(struct dcv_session *session)
{
	struct dcv_matrix *matrix = session->matrix;
	int64_t now_ms = dcv_mono_ms(session->clock);

	if (matrix == NULL ||
		(matrix->drawn_ms != 0 && now_ms - matrix->drawn_ms < REDRAW_MS))
		return;
	draw(matrix);
	matrix->drawn_ms = now_ms;
}

void dcv_matrix_end(struct dcv_session *session)
{
	dcv_matrix_hide(session);
	session->matrix = NULL;
}
