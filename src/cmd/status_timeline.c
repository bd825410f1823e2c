/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what happened when: the journal's runs, and what became of the orders, as one
 * list, the latest first. */
#include <stdlib.h>
#include <string.h>

#include "cmd/html.h"
#include "cmd/status_parts.h"

#define EVENTS_MAX 60u
#define LINES_MAX 8u

struct event {
	int64_t at_s;
	const struct dcv_order_row *row; /* what became of it; NULL: a run changed a zone */
	const char *became;
	const struct dcv_change_row *changes; /* [n] of one run and zone */
	size_t n;
};

struct events {
	struct event *items;
	size_t n;
};

static int compare_events(const void *a, const void *b)
{
	const struct event *left = a, *right = b;

	if (left->at_s != right->at_s)
		return left->at_s < right->at_s ? 1 : -1;
	/* What a run wrote stands before what that made of the order. */
	return (left->row == NULL) - (right->row == NULL);
}

static void add(struct events *events, int64_t at_s, const struct dcv_order_row *row,
	const char *became)
{
	if (at_s != 0)
		events->items[events->n++] =
			(struct event){.at_s = at_s, .row = row, .became = became};
}

static void add_row(struct events *events, const struct dcv_order_row *row)
{
	if (row->state != DCV_STATE_PENDING)
		add(events, row->effective_at, row,
			"effective: every name server has its records");
	add(events, row->closed, row, "closed");
}

static bool begins(const struct dcv_change_row *rows, size_t i)
{
	return i == 0 || strcmp(rows[i].run, rows[i - 1].run) != 0 ||
		!dcv_name_equal(&rows[i].zone, &rows[i - 1].zone) ||
		strcmp(rows[i].backend, rows[i - 1].backend) != 0;
}

static void add_changes(struct events *events, const struct dcv_session *session)
{
	const struct dcv_change_row *rows = session->changes;

	for (size_t i = 0; i < session->n_changes; i++) {
		if (begins(rows, i))
			events->items[events->n++] = (struct event){.at_s = rows[i].at,
				.changes = &rows[i]};
		events->items[events->n - 1].n++;
	}
}

static void put_change(const struct dcv_change_row *row, FILE *out)
{
	bool adds = strcmp(row->op, "add") == 0, removes = strcmp(row->op, "remove") == 0;
	char type[DCV_TYPE_TEXT_MAX];
	struct dcv_buf text;

	dcv_buf_init(&text, 1u << 19);
	if (row->rdata.len > 0)
		dcv_rdata_text(row->type, &row->rdata, &text);
	fprintf(out,
		"<li class=\"%s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
		adds              ? "add"
			: removes ? "remove"
				  : "other",
		adds              ? "+"
			: removes ? "−"
				  : "·");
	dcv_html_element(out, "span", adds || removes ? "hidden" : NULL, row->op);
	if (row->owner.len > 0) {
		fputs(" <code>", out);
		dcv_html_name(out, &row->owner);
		fprintf(out, " <b>%s</b> ", dcv_type_text(row->type, type));
		dcv_html_text(out, dcv_buf_text(&text));
		fputs("</code>", out);
	}
	if (row->order_id[0] != '\0') {
		fputs(" <small>order ", out);
		dcv_html_text(out, row->order_id);
		fputs("</small>", out);
	}
	if (row->state != DCV_CHANGE_DONE) {
		fprintf(out, " <b class=\"bad\">%s</b> ", dcv_change_text(row->state));
		dcv_html_text(out, row->detail);
	}
	fputs("</li>", out);
	dcv_buf_clear(&text);
}

static void put_run(const struct event *event, FILE *out)
{
	fputs("<p>Run ", out);
	dcv_html_text(out, event->changes->run);
	fputs(" in <b>", out);
	dcv_html_name(out, &event->changes->zone);
	fputs("</b> <small>", out);
	dcv_status_backend(out, event->changes->backend);
	fputs("</small></p><ul class=\"changes\">", out);
	for (size_t i = 0; i < event->n && i < LINES_MAX; i++)
		put_change(&event->changes[i], out);
	fputs("</ul>", out);
	if (event->n > LINES_MAX)
		fprintf(out, "<p class=\"more\">… and %zu more changes</p>",
			event->n - LINES_MAX);
}

static void put_event(const struct dcv_status *status, const struct event *event,
	FILE *out)
{
	fputs("<li><p class=\"when\">", out);
	dcv_html_time(out, event->at_s);
	fputs(" <small>", out);
	dcv_html_distance(out, event->at_s, status->now_s);
	fputs("</small></p>", out);
	if (event->row == NULL) {
		put_run(event, out);
	} else {
		fputs("<p>Order ", out);
		dcv_html_element(out, "b", NULL, event->row->id);
		fprintf(out, " %s%s%s</p>", event->became,
			event->became[0] == 'c' ? ": " : "",
			event->became[0] == 'c' ? dcv_reason_text(event->row->reason)
						: "");
	}
	fputs("</li>\n", out);
}

enum dcv_err dcv_status_timeline(const struct dcv_status *status, FILE *out)
{
	struct dcv_session *session = status->session;
	struct events events = {0};

	events.items = dcv_arena_array(&session->arena,
		session->n_changes + 2 * session->n_rows, sizeof(*events.items));
	if (events.items == NULL)
		return DCV_E_NOMEM;
	add_changes(&events, session);
	for (size_t i = 0; i < session->n_rows; i++)
		add_row(&events, &session->rows[i]);
	qsort(events.items, events.n, sizeof(*events.items), compare_events);
	fputs("<section><h2>What happened</h2>\n", out);
	if (events.n == 0)
		fputs("<p class=\"quiet\">Nothing was changed yet.</p>", out);
	fputs("<ol class=\"timeline\">\n", out);
	for (size_t i = 0; i < events.n && i < EVENTS_MAX; i++)
		put_event(status, &events.items[i], out);
	fputs("</ol>\n", out);
	if (events.n > EVENTS_MAX)
		fputs("<p class=\"more\">Earlier: <code>dcvctl status --log</code></p>\n",
			out);
	fputs("</section>\n", out);
	return DCV_OK;
}
