/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the ledger as metrics and as a page. Its own words need no escaping in the
 * one; in the other everything that came from outside is escaped. */
#include <inttypes.h>
#include <string.h>

#include "cmd/select.h"
#include "cmd/status.h"

/* --- Prometheus text exposition format 0.0.4 --- */

static const char *const states[] = {
#define X(name, text) text,
	DCV_STATE_MAP(X)
#undef X
		"expired"};
static const char *const causes[] = {"pending", "unsettled", "expiring", "expired",
	"unclosed", "retained"};

static void metric(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void write_states(const struct dcv_session *session, FILE *out)
{
	int64_t now_s = dcv_now_s(session->clock);

	metric(out, "dcvctl_orders", "Orders in the ledger.");
	for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		size_t n = 0;

		for (size_t i = 0; i < session->n_rows; i++)
			n += strcmp(dcv_select_state(&session->rows[i], now_s),
				     states[s]) == 0;
		fprintf(out, "dcvctl_orders{state=\"%s\"} %zu\n", states[s], n);
	}
}

static void write_attention(const struct dcv_session *session, FILE *out)
{
	metric(out, "dcvctl_attention",
		"Where a person is needed: dcvctl status --attention.");
	for (size_t c = 0; c < sizeof(causes) / sizeof(causes[0]); c++) {
		size_t n = 0;

		for (size_t i = 0; i < session->n_attention; i++)
			n += strcmp(session->attention[i].cause, causes[c]) == 0;
		fprintf(out, "dcvctl_attention{cause=\"%s\"} %zu\n", causes[c], n);
	}
}

static void write_times(const struct dcv_session *session, FILE *out)
{
	int64_t now_s = dcv_now_s(session->clock), oldest_s = 0, least_s = INT64_MAX;

	for (size_t i = 0; i < session->n_rows; i++) {
		const struct dcv_order_row *row = &session->rows[i];

		if (!dcv_state_is_open(row->state))
			continue;
		if (row->first_applied != 0 && now_s - row->first_applied > oldest_s)
			oldest_s = now_s - row->first_applied;
		if (row->expires != 0 && row->expires - now_s < least_s)
			least_s = row->expires - now_s;
	}
	metric(out, "dcvctl_oldest_open_seconds",
		"Age of the oldest open order since its first apply; 0 if none is open.");
	fprintf(out, "dcvctl_oldest_open_seconds %" PRId64 "\n", oldest_s);
	metric(out, "dcvctl_token_expiry_seconds",
		"Until the first tokens of an open order die, below 0 if they have; "
		"absent if none is open.");
	if (least_s != INT64_MAX)
		fprintf(out, "dcvctl_token_expiry_seconds %" PRId64 "\n", least_s);
}

void dcv_status_prometheus(const struct dcv_session *session, FILE *out)
{
	metric(out, "dcvctl_build_info", "The version that wrote this.");
	fprintf(out, "dcvctl_build_info{version=\"%s\"} 1\n", DCV_VERSION);
	write_states(session, out);
	write_attention(session, out);
	write_times(session, out);
}

/* --- HTML --- */

static void put(FILE *out, const char *text)
{
	struct dcv_buf shown;

	dcv_buf_init(&shown, 1u << 20);
	dcv_buf_add_shown(&shown, text, strlen(text));
	for (const char *c = dcv_buf_text(&shown); *c != '\0'; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*c, out);
		}
	}
	dcv_buf_clear(&shown);
}

static void put_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	put(out, text);
	fputs("</td>", out);
}

static void put_time(FILE *out, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX] = "";

	put_cell(out, time_s != 0 ? dcv_time_local(time_s, text) : "");
}

static enum dcv_err put_records(struct dcv_session *session, FILE *out,
	const struct dcv_order_row *row)
{
	struct dcv_error err = {0};
	struct dcv_claim_row *claims = NULL;
	size_t n = 0;

	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	fputs("<td>", out);
	for (size_t i = 0; i < n; i++) {
		char type[DCV_TYPE_TEXT_MAX];
		const char *text;

		if (claims[i].revision != row->revision)
			continue;
		text = dcv_rdata_dup_text(claims[i].type, &claims[i].rdata,
			&session->arena);
		fputs("<code>", out);
		put(out, dcv_show_name(&claims[i].owner));
		fprintf(out, " %s ", dcv_type_text(claims[i].type, type));
		put(out, text != NULL ? text : "");
		fputs("</code><br>", out);
	}
	fputs("</td>", out);
	return DCV_OK;
}

static enum dcv_err put_order(struct dcv_session *session, FILE *out,
	const struct dcv_order_row *row)
{
	const char *state = dcv_select_state(row, dcv_now_s(session->clock));
	enum dcv_err rc;

	fprintf(out, "<tr class=\"%s\">", state);
	put_cell(out, row->id);
	put_cell(out, row->ca);
	put_cell(out, row->service);
	put_cell(out, row->certificate);
	put_cell(out, state);
	put_cell(out, dcv_reason_text(row->reason));
	put_time(out, row->first_applied);
	put_time(out, row->effective_at);
	put_time(out, dcv_state_is_open(row->state) ? row->expires : 0);
	rc = put_records(session, out, row);
	fputs("</tr>\n", out);
	return rc;
}

static void put_head(const struct dcv_session *session, FILE *out)
{
	char now[DCV_TIME_TEXT_MAX];

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>dcvctl status</title>\n<style>\n"
	      ":root{color-scheme:light dark}\n"
	      "body{font:15px/1.4 sans-serif;margin:2em}\n"
	      "table{border-collapse:collapse}\n"
	      "th,td{text-align:left;vertical-align:top;padding:.2em .8em;"
	      "border-bottom:1px solid #8888}\n"
	      "tr.pending,tr.expired{font-weight:bold}\n"
	      "tr.cleaned{opacity:.6}\n"
	      "</style></head><body>\n<h1>dcvctl status</h1>\n<p>",
		out);
	fprintf(out, "%zu order%s at ", session->n_rows, session->n_rows == 1 ? "" : "s");
	put(out, dcv_time_local(dcv_now_s(session->clock), now));
	fputs(", ledger <code>", out);
	put(out, session->config.ledger);
	fputs("</code></p>\n", out);
}

static void put_attention(const struct dcv_session *session, FILE *out)
{
	if (session->n_attention == 0)
		return;
	fputs("<h2>A person is needed</h2>\n<ul>\n", out);
	for (size_t i = 0; i < session->n_attention; i++) {
		const struct dcv_attention *at = &session->attention[i];

		fputs("<li><b>", out);
		put(out, at->order);
		fprintf(out, "</b> %s: ", at->cause);
		put(out, at->text);
		fputs(" <code>", out);
		put(out, at->run);
		fputs("</code></li>\n", out);
	}
	fputs("</ul>\n", out);
}

enum dcv_err dcv_status_html(struct dcv_session *session, FILE *out)
{
	enum dcv_err rc = DCV_OK;

	put_head(session, out);
	put_attention(session, out);
	fputs("<h2>Orders</h2>\n<table>\n<tr><th>order</th><th>CA</th><th>service</th>"
	      "<th>certificate</th><th>state</th><th>reason</th><th>first applied</th>"
	      "<th>effective</th><th>tokens live until</th><th>records</th></tr>\n",
		out);
	for (size_t i = 0; rc == DCV_OK && i < session->n_rows; i++)
		rc = put_order(session, out, &session->rows[i]);
	fputs("</table>\n</body></html>\n", out);
	return rc;
}
