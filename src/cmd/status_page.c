/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the page of `status`: what stands on it, in which order, and how much. It has
 * no script; its policy permits its own style and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "cmd/html.h"
#include "cmd/select.h"
#include "cmd/status_parts.h"

/* What a phone can bear; the sums are of all, and what is left out is counted. */
#define ORDERS_MAX 250u
#define RECORDS_MAX 1000u
#define ROWS_MAX 250u

static void put_more(FILE *out, size_t n, const char *command)
{
	if (n == 0)
		return;
	fprintf(out, "<p class=\"more\">… and %zu more: ", n);
	dcv_html_element(out, "code", NULL, command);
	fputs("</p>\n", out);
}

static void put_head(const struct dcv_status *status, FILE *out)
{
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src '%s'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<title>Certificate orders: dcvctl status</title>\n<style>%s</style>\n"
		"</head><body>\n<header><h1>Certificate orders</h1>\n<p>As of ",
		dcv_page_style_hash, dcv_page_style);
	dcv_html_time(out, status->now_s);
	fputs(", ledger ", out);
	dcv_html_element(out, "code", NULL, status->session->config.ledger);
	if (status->last != NULL) {
		fputs("; name servers as <code>dcvctl ", out);
		dcv_html_text(out, status->last->command);
		fputs("</code> saw them ", out);
		dcv_html_distance(out, status->last->at_s, status->now_s);
	}
	fputs(".</p></header>\n<main>\n", out);
}

/* --- how many --- */

static void put_tile(const char *css, const char *label, size_t n, FILE *out)
{
	fprintf(out, "<div class=\"%s%s\"><dt>%s</dt><dd>%zu</dd></div>", css,
		n == 0 ? " zero" : "", label, n);
}

static void put_tiles(const struct dcv_status *status, FILE *out)
{
	static const char *const states[] = {"expired", "pending", "published",
		"effective", "closed", "cleaned"};
	const struct dcv_session *session = status->session;

	fputs("<dl class=\"tiles\">", out);
	put_tile("you", "need a person", session->n_attention, out);
	for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		size_t n = 0;

		for (size_t i = 0; i < session->n_rows; i++)
			n += strcmp(dcv_select_state(&session->rows[i], status->now_s),
				     states[s]) == 0;
		put_tile(states[s], states[s], n, out);
	}
	fputs("</dl>\n", out);
}

/* --- where a person is needed --- */

static void put_attention(const struct dcv_session *session, FILE *out)
{
	size_t n = session->n_attention;

	fputs("<section><h2>A person is needed</h2>\n", out);
	if (n == 0)
		fputs("<p class=\"quiet\"><span class=\"sign\" aria-hidden=\"true\">✓</span>"
		      "Nowhere. No order needs a person.</p>",
			out);
	fputs("<ul class=\"attention\">\n", out);
	for (size_t i = 0; i < n && i < ROWS_MAX; i++) {
		const struct dcv_attention *at = &session->attention[i];

		fputs("<li><div class=\"top\">", out);
		dcv_html_element(out, "h3", NULL,
			at->order[0] != '\0' ? at->order : "no order");
		fputs("<span class=\"chip you\"><span class=\"sign\" aria-hidden=\"true\">!"
		      "</span>",
			out);
		dcv_html_text(out, at->cause);
		fputs("</span></div><p>", out);
		dcv_html_text(out, at->text);
		fputs("</p><p>run: ", out);
		dcv_html_element(out, "code", NULL, at->run);
		fputs("</p></li>\n", out);
	}
	fputs("</ul>\n", out);
	put_more(out, n > ROWS_MAX ? n - ROWS_MAX : 0, "dcvctl status --attention");
	fputs("</section>\n", out);
}

/* --- orders --- */

/* What is least far and has least time comes first. */
static int compare_open(const void *a, const void *b)
{
	const struct dcv_order_row *left = *(const struct dcv_order_row *const *)a;
	const struct dcv_order_row *right = *(const struct dcv_order_row *const *)b;

	if ((left->state == DCV_STATE_PENDING) != (right->state == DCV_STATE_PENDING))
		return left->state == DCV_STATE_PENDING ? -1 : 1;
	if (left->expires != right->expires)
		return left->expires < right->expires ? -1 : 1;
	return strcmp(left->id, right->id);
}

static int compare_over(const void *a, const void *b)
{
	const struct dcv_order_row *left = *(const struct dcv_order_row *const *)a;
	const struct dcv_order_row *right = *(const struct dcv_order_row *const *)b;

	if (left->closed != right->closed)
		return left->closed > right->closed ? -1 : 1;
	return strcmp(left->id, right->id);
}

/* Open orders, or those that are over. NULL when memory is out. */
static const struct dcv_order_row **sorted(struct dcv_session *session, bool open,
	size_t *ret_n)
{
	const struct dcv_order_row **rows = dcv_arena_array(&session->arena,
		session->n_rows, sizeof(struct dcv_order_row *));

	*ret_n = 0;
	for (size_t i = 0; rows != NULL && i < session->n_rows; i++) {
		if (dcv_state_is_open(session->rows[i].state) == open)
			rows[(*ret_n)++] = &session->rows[i];
	}
	if (rows != NULL)
		qsort(rows, *ret_n, sizeof(struct dcv_order_row *),
			open ? compare_open : compare_over);
	return rows;
}

static enum dcv_err put_open(const struct dcv_status *status, FILE *out)
{
	size_t n, limit = status->session->options.limit, records = RECORDS_MAX;
	const struct dcv_order_row **rows = sorted(status->session, true, &n);

	if (rows == NULL)
		return DCV_E_NOMEM;
	limit = limit != 0 ? limit : ORDERS_MAX;
	fputs("<section><h2>Open orders</h2>\n", out);
	if (n == 0)
		fputs("<p class=\"quiet\">No order is open.</p>\n", out);
	for (size_t i = 0; i < n && i < limit; i++) {
		struct dcv_status_order of = dcv_status_of(status, rows[i]);

		dcv_status_card(status, &of, &records, out);
	}
	put_more(out, n > limit ? n - limit : 0, "dcvctl status --state open");
	fputs("</section>\n", out);
	return DCV_OK;
}

static void put_over_row(const struct dcv_status *status, const struct dcv_order_row *row,
	FILE *out)
{
	fputs("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">", out);
	dcv_html_text(out, row->id);
	fputs("</th><td role=\"cell\" data-label=\"From\">", out);
	dcv_status_origin(out, row);
	fputs("</td><td role=\"cell\" data-label=\"State\">", out);
	dcv_status_chip(out, dcv_select_state(row, status->now_s));
	fputs("</td><td role=\"cell\" data-label=\"How\">", out);
	fputs(dcv_reason_text(row->reason), out);
	fputs("</td><td role=\"cell\" data-label=\"Closed\">", out);
	if (row->closed != 0)
		dcv_html_time(out, row->closed);
	fputs("</td></tr>\n", out);
}

static enum dcv_err put_over(const struct dcv_status *status, FILE *out)
{
	size_t n;
	const struct dcv_order_row **rows = sorted(status->session, false, &n);

	if (rows == NULL)
		return DCV_E_NOMEM;
	if (n == 0)
		return DCV_OK;
	fputs("<section><h2>Orders that are over</h2>\n<table role=\"table\" class=\"over\">"
	      "<thead role=\"rowgroup\"><tr role=\"row\">"
	      "<th role=\"columnheader\" scope=\"col\">Order</th>"
	      "<th role=\"columnheader\" scope=\"col\">From</th>"
	      "<th role=\"columnheader\" scope=\"col\">State</th>"
	      "<th role=\"columnheader\" scope=\"col\">How</th>"
	      "<th role=\"columnheader\" scope=\"col\">Closed</th></tr></thead>"
	      "<tbody role=\"rowgroup\">\n",
		out);
	for (size_t i = 0; i < n && i < ROWS_MAX; i++)
		put_over_row(status, rows[i], out);
	fputs("</tbody></table>\n", out);
	put_more(out, n > ROWS_MAX ? n - ROWS_MAX : 0, "dcvctl status");
	fputs("</section>\n", out);
	return DCV_OK;
}

/* --- what stays --- */

static void put_kept_row(const struct dcv_claim_row *row, FILE *out)
{
	char type[DCV_TYPE_TEXT_MAX];

	fputs("<li><code>", out);
	dcv_html_name(out, &row->owner);
	fprintf(out, " <b>%s</b></code> ", dcv_type_text(row->type, type));
	dcv_html_text(out, dcv_keep_text(row->keep));
	fputs(", order ", out);
	dcv_html_text(out, row->id);
	if (row->keep == DCV_KEEP_DATE) {
		fputs(", until ", out);
		dcv_html_time(out, row->keep_until_s);
	}
	fputs("</li>\n", out);
}

static void put_kept(const struct dcv_session *session, FILE *out)
{
	size_t n = session->n_kept;

	if (n == 0)
		return;
	fputs("<section><h2>Records that stay</h2>\n<ul class=\"kept\">\n", out);
	for (size_t i = 0; i < n && i < ROWS_MAX; i++)
		put_kept_row(&session->kept[i], out);
	fputs("</ul>\n", out);
	put_more(out, n > ROWS_MAX ? n - ROWS_MAX : 0, "dcvctl status --kept");
	fputs("</section>\n", out);
}

enum dcv_err dcv_status_page(const struct dcv_status *status, FILE *out)
{
	enum dcv_err rc;

	put_head(status, out);
	put_tiles(status, out);
	put_attention(status->session, out);
	rc = put_open(status, out);
	if (rc == DCV_OK)
		rc = dcv_status_timeline(status, out);
	if (rc == DCV_OK)
		rc = put_over(status, out);
	put_kept(status->session, out);
	fprintf(out,
		"</main>\n<footer><p>dcvctl %s. Times to come and gone by are as of the moment "
		"above.%s</p></footer>\n</body></html>\n",
		DCV_VERSION,
		status->last != NULL
			? ""
			: " Whether an order is ready, and what each name server answered, "
			  "is here only where a run was given: --result.");
	return rc;
}
