/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an open order looks on the page of `status`: ladder, countdowns, and the
 * matrix of its records and the name servers. */
#include <string.h>

#include "check/diagnose.h"
#include "cmd/html.h"
#include "cmd/status_parts.h"
#include "order/ca.h"

#define REVIEW_D 3u /* working days that a CA usually takes at most, once DNS is done */
#define SERVERS_MAX 8u

static const struct {
	const char *state, *sign;
} signs[] = {
	{"pending", "◔"},
	{"published", "◑"},
	{"effective", "●"},
	{"expired", "✕"},
	{"closed", "○"},
	{"cleaned", "✓"},
};

void dcv_status_chip(FILE *out, const char *state)
{
	const char *sign = "";

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strcmp(signs[i].state, state) == 0)
			sign = signs[i].sign;
	}
	fprintf(out,
		"<span class=\"chip %s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>"
		"%s</span>",
		state, sign, state);
}

void dcv_status_origin(FILE *out, const struct dcv_order_row *row)
{
	const struct dcv_ca *ca = dcv_ca_find(row->ca);
	const struct dcv_service *service = dcv_service_find(row->service);

	dcv_html_text(out, ca != NULL ? ca->title : row->ca);
	if (row->service[0] != '\0') {
		fputs(" through ", out);
		dcv_html_text(out, service != NULL ? service->title : row->service);
	}
	if (row->certificate[0] != '\0') {
		fputs(", certificate ", out);
		dcv_html_element(out, "b", NULL, row->certificate);
	}
}

void dcv_status_backend(FILE *out, const char *backend)
{
	static const char prefix[] = "file:";
	size_t n = sizeof(prefix) - 1;

	dcv_html_text(out, strncmp(backend, prefix, n) == 0 ? backend + n : backend);
}

/* --- how far it is --- */

static void put_ladder(const struct dcv_status_order *of, FILE *out)
{
	fputs("<ol class=\"ladder\" aria-label=\"How far it is\">", out);
	for (int i = DCV_LEVEL_PUBLISHED; i <= DCV_LEVEL_SETTLED; i++) {
		enum dcv_level_reached level = (enum dcv_level_reached)i;
		bool done = level <= of->reached;

		fprintf(out,
			"<li%s%s>%s%s"
			"<span class=\"hidden\">%s</span></li>",
			done ? " class=\"done\"" : "",
			level == of->reached ? " aria-current=\"step\"" : "",
			done ? "<span class=\"sign\" aria-hidden=\"true\">✓</span>" : "",
			dcv_level_text(level),
			done ? ": reached" : ": not yet, or not looked at");
	}
	fputs("</ol>\n", out);
}

/* --- what runs out when --- */

static void put_fact(const struct dcv_status *status, const char *label, int64_t time_s,
	FILE *out)
{
	fprintf(out, "<div><dt>%s</dt><dd>", label);
	dcv_html_distance(out, time_s, status->now_s);
	fputs("<small>", out);
	dcv_html_time(out, time_s);
	fputs("</small></dd></div>", out);
}

static void put_word(const char *label, const char *word, FILE *out)
{
	fprintf(out, "<div><dt>%s</dt><dd>%s</dd></div>", label, word);
}

static void put_review(const struct dcv_status *status, const struct dcv_order_row *row,
	FILE *out)
{
	int64_t until_s = dcv_working_days(row->effective_at, REVIEW_D);

	put_fact(status,
		until_s > status->now_s ? "The CA usually answers"
					: "The CA was to answer",
		until_s, out);
}

/* The bar shows what the words beside it say. */
static void put_bar(const struct dcv_status *status, const struct dcv_order_row *row,
	FILE *out)
{
	int64_t whole_s = row->expires - row->first_applied;
	int64_t left_s = row->expires - status->now_s;

	if (row->first_applied == 0 || whole_s <= 0)
		return;
	left_s = left_s < 0 ? 0 : left_s > whole_s ? whole_s : left_s;
	fprintf(out,
		"<svg class=\"bar\" viewBox=\"0 0 100 2\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect class=\"all\" width=\"100\" height=\"2\"/>"
		"<rect class=\"left%s\" width=\"%d\" height=\"2\"/></svg>",
		left_s * 4 < whole_s ? " low" : "", (int)(left_s * 100 / whole_s));
}

static void put_facts(const struct dcv_status *status, const struct dcv_status_order *of,
	FILE *out)
{
	const struct dcv_order_row *row = of->row;

	fputs("<dl class=\"facts\">", out);
	if (row->first_applied != 0)
		put_fact(status, "First applied", row->first_applied, out);
	if (row->state != DCV_STATE_EFFECTIVE || row->effective_at == 0) {
		put_word("Effective", "not yet", out);
	} else {
		put_fact(status, "Effective", row->effective_at, out);
		put_review(status, row, out);
	}
	if (of->settled_s != 0)
		put_fact(status, "Caches settled", of->settled_s, out);
	if (row->expires != 0)
		put_fact(status,
			row->expires > status->now_s ? "Tokens die" : "Tokens died",
			row->expires, out);
	fputs("</dl>\n", out);
	put_bar(status, row, out);
}

/* --- where its records are --- */

/* The servers that answered about any record of the order: the columns. */
struct columns {
	struct dcv_last_seen servers[SERVERS_MAX];
	size_t n, n_more;
};

static bool is_same(const struct dcv_last_seen *a, const struct dcv_last_seen *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->address, b->address) == 0;
}

static void add_column(struct columns *columns, const struct dcv_last_seen *seen)
{
	for (size_t i = 0; i < columns->n; i++) {
		if (is_same(&columns->servers[i], seen))
			return;
	}
	if (columns->n == SERVERS_MAX)
		columns->n_more++;
	else
		columns->servers[columns->n++] = *seen;
}

static void find_columns(const struct dcv_status_order *of, size_t n_seats,
	struct columns *ret)
{
	struct dcv_last_seen seen;

	*ret = (struct columns){.n = 0};
	for (size_t i = 0; i < n_seats; i++) {
		size_t at = 0;

		while (dcv_last_next(of->last, &of->seats[i].owner, of->seats[i].type,
			&at, &seen))
			add_column(ret, &seen);
	}
}

static void put_server(const struct dcv_last_seen *server, FILE *out)
{
	dcv_html_text(out, server->name);
	if (strcmp(server->name, server->address) == 0)
		return;
	fputs(" <small>", out);
	dcv_html_text(out, server->address);
	fputs("</small>", out);
}

static void put_cell(const struct dcv_status_order *of, const struct dcv_seat *seat,
	const struct dcv_last_seen *server, FILE *out)
{
	struct dcv_last_seen seen;
	size_t at = 0;

	while (dcv_last_next(of->last, &seat->owner, seat->type, &at, &seen)) {
		bool ok = strcmp(seen.state, dcv_seen_text(DCV_SEEN_HAS)) == 0;

		if (!is_same(&seen, server))
			continue;
		fprintf(out, "<td role=\"cell\" class=\"%s\" data-label=\"",
			ok ? "ok" : "no");
		dcv_html_text(out, server->name);
		if (strcmp(server->name, server->address) != 0) {
			fputs(" ", out);
			dcv_html_text(out, server->address);
		}
		fprintf(out, "\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
			ok ? "✓" : "✕");
		dcv_html_text(out, seen.state);
		fputs("</td>", out);
		return;
	}
	fputs("<td role=\"cell\" class=\"none\">–</td>", out);
}

/* The zones that have it, of this record and, behind it, the same in other backends. */
static void put_places(const struct dcv_status *status, const struct dcv_seat *seat,
	const struct dcv_seat *end, FILE *out)
{
	const struct dcv_seat *first = seat;

	if (seat->zone.len == 0) {
		fputs("<td role=\"cell\" class=\"no\" data-label=\"In the zone\">"
		      "<span class=\"sign\" aria-hidden=\"true\">✕</span>in no zone</td>",
			out);
		return;
	}
	fputs("<td role=\"cell\" class=\"ok\" data-label=\"In the zone\"><div>", out);
	for (; seat < end && dcv_seat_is_same(first, seat); seat++) {
		fputs("<span class=\"sign\" aria-hidden=\"true\">✓</span>", out);
		dcv_html_name(out, &seat->zone);
		fputs(" <small>", out);
		dcv_status_backend(out, seat->backend);
		if (seat->since != 0) {
			fputs(", ", out);
			dcv_html_distance(out, seat->since, status->now_s);
		} else {
			fputs(", found there", out);
		}
		fputs("</small> ", out);
	}
	fputs("</div></td>", out);
}

static void put_value(const struct dcv_seat *seat, FILE *out)
{
	char type[DCV_TYPE_TEXT_MAX];
	struct dcv_buf text;

	dcv_buf_init(&text, 1u << 19);
	dcv_rdata_text(seat->type, &seat->rdata, &text);
	fputs("<th role=\"rowheader\" scope=\"row\"><code>", out);
	dcv_html_name(out, &seat->owner);
	fprintf(out, " <b>%s</b></code> ", dcv_type_text(seat->type, type));
	dcv_html_element(out, "code", "value", dcv_buf_text(&text));
	fputs("</th>", out);
	dcv_buf_clear(&text);
}

static void put_table_head(const struct dcv_status *status, const struct columns *columns,
	FILE *out)
{
	fputs("<div class=\"matrix\"><table role=\"table\"><caption>Records", out);
	if (columns->n > 0) {
		fputs(", and what the name servers answered ", out);
		dcv_html_distance(out, status->last->at_s, status->now_s);
	}
	fputs("</caption><thead role=\"rowgroup\"><tr role=\"row\">"
	      "<th role=\"columnheader\" scope=\"col\">Record</th>"
	      "<th role=\"columnheader\" scope=\"col\">In the zone</th>",
		out);
	for (size_t i = 0; i < columns->n; i++) {
		fputs("<th role=\"columnheader\" scope=\"col\">", out);
		put_server(&columns->servers[i], out);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody role=\"rowgroup\">\n", out);
}

static void put_records(const struct dcv_status *status,
	const struct dcv_status_order *of, size_t *left, FILE *out)
{
	size_t n = of->n_seats < *left ? of->n_seats : *left, told = 0;
	const struct dcv_seat *end = of->seats + of->n_seats;
	struct columns columns;

	find_columns(of, n, &columns);
	put_table_head(status, &columns, out);
	for (size_t i = 0; i < n; i++) {
		const struct dcv_seat *seat = &of->seats[i];

		if (i > 0 && dcv_seat_is_same(seat - 1, seat))
			continue;
		told++;
		fputs("<tr role=\"row\">", out);
		put_value(seat, out);
		put_places(status, seat, end, out);
		for (size_t c = 0; c < columns.n; c++)
			put_cell(of, seat, &columns.servers[c], out);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	if (told < of->n_records)
		fprintf(out, "<p class=\"more\">… and %zu more records</p>\n",
			of->n_records - told);
	if (columns.n_more > 0)
		fputs("<p class=\"more\">… and more name servers</p>\n", out);
	*left -= n;
}

#define RECORDS_OF_ONE 20u

void dcv_status_card(const struct dcv_status *status, const struct dcv_status_order *of,
	size_t *records_left, FILE *out)
{
	size_t left = *records_left < RECORDS_OF_ONE ? *records_left : RECORDS_OF_ONE;
	size_t before = left;

	fprintf(out, "<article class=\"card %s\"><div class=\"top\">", of->state);
	dcv_html_element(out, "h3", NULL, of->row->id);
	dcv_status_chip(out, of->state);
	fputs("</div><p class=\"origin\">", out);
	dcv_status_origin(out, of->row);
	fputs("</p>\n", out);
	put_ladder(of, out);
	put_facts(status, of, out);
	if (of->n_records > 0)
		put_records(status, of, &left, out);
	fputs("</article>\n", out);
	*records_left -= before - left;
}
