/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `status` as metrics, Prometheus text format 0.0.4. Moments are told, not
 * durations: the file is read long after it was written. */
#include <inttypes.h>
#include <string.h>

#include "cmd/select.h"
#include "cmd/status.h"

/* Series that a scrape can bear; the sums are of all orders. */
#define ORDERS_MAX 500u

static const char *const states[] = {
#define X(name, text) text,
	DCV_STATE_MAP(X)
#undef X
		"expired"};
static const char *const causes[] = {"pending", "lost", "unsettled", "expiring",
	"expired", "unclosed", "retained"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void metric(FILE *out, const char *name, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* What is no text becomes \xNN first, then `\` and `"` are escaped as the format wants it. */
static void put_label(FILE *out, const char *name, const char *text)
{
	struct dcv_buf shown;

	dcv_buf_init(&shown, 1u << 20);
	dcv_buf_add_shown(&shown, text, strlen(text));
	fprintf(out, "%s=\"", name);
	for (const char *c = dcv_buf_text(&shown); *c != '\0'; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
	dcv_buf_clear(&shown);
}

static void put_gauge(FILE *out, const char *name, const char *help, int64_t value)
{
	metric(out, name, help);
	fprintf(out, "%s %" PRId64 "\n", name, value);
}

/* --- sums --- */

static bool is_first_of_ca(const struct dcv_session *session, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(session->rows[j].ca, session->rows[i].ca) == 0)
			return false;
	}
	return true;
}

static void put_states(const struct dcv_status *status, const char *ca, FILE *out)
{
	const struct dcv_session *session = status->session;
	size_t n[COUNT(states)] = {0};

	for (size_t i = 0; i < session->n_rows; i++) {
		const char *state = dcv_select_state(&session->rows[i], status->now_s);

		for (size_t s = 0;
			strcmp(session->rows[i].ca, ca) == 0 && s < COUNT(states); s++)
			n[s] += strcmp(state, states[s]) == 0;
	}
	for (size_t s = 0; s < COUNT(states); s++) {
		fputs("dcvctl_orders{", out);
		put_label(out, "ca", ca);
		fprintf(out, ",state=\"%s\"} %zu\n", states[s], n[s]);
	}
}

static void put_sums(const struct dcv_status *status, FILE *out)
{
	const struct dcv_session *session = status->session;

	metric(out, "dcvctl_orders", "Orders in the ledger, by CA and state.");
	for (size_t i = 0; i < session->n_rows; i++) {
		if (is_first_of_ca(session, i))
			put_states(status, session->rows[i].ca, out);
	}
	metric(out, "dcvctl_attention",
		"Where a person is needed: dcvctl status --attention.");
	for (size_t c = 0; c < COUNT(causes); c++) {
		size_t n = 0;

		for (size_t i = 0; i < session->n_attention; i++)
			n += strcmp(session->attention[i].cause, causes[c]) == 0;
		fprintf(out, "dcvctl_attention{cause=\"%s\"} %zu\n", causes[c], n);
	}
}

static void put_times(const struct dcv_status *status, FILE *out)
{
	const struct dcv_session *session = status->session;
	int64_t oldest_s = 0, least_s = INT64_MAX;

	for (size_t i = 0; i < session->n_rows; i++) {
		const struct dcv_order_row *row = &session->rows[i];

		if (!dcv_state_is_open(row->state))
			continue;
		if (row->first_applied != 0 &&
			status->now_s - row->first_applied > oldest_s)
			oldest_s = status->now_s - row->first_applied;
		if (row->expires != 0 && row->expires - status->now_s < least_s)
			least_s = row->expires - status->now_s;
	}
	put_gauge(out, "dcvctl_oldest_open_seconds",
		"Age of the oldest open order since its first apply; 0 if none is open.",
		oldest_s);
	if (least_s != INT64_MAX)
		put_gauge(out, "dcvctl_token_expiry_seconds",
			"Until the first tokens of an open order die, below 0 if they have; "
			"absent if none is open.",
			least_s);
	put_gauge(out, "dcvctl_status_timestamp_seconds", "When this was written.",
		status->now_s);
	if (status->last_change_s != 0)
		put_gauge(out, "dcvctl_last_change_timestamp_seconds",
			"When a run last ended a change of a zone.",
			status->last_change_s);
}

static void put_rest(const struct dcv_status *status, FILE *out)
{
	put_gauge(out, "dcvctl_ledger_size_bytes", "Size of the ledger's file.",
		status->ledger_octets);
	put_gauge(out, "dcvctl_retained_records",
		"Records that stay though their order is closed.",
		(int64_t)status->session->n_kept);
}

/* --- the result of a run --- */

static void put_last(const struct dcv_last *last, FILE *out)
{
	metric(out, "dcvctl_result_info", "The run whose result was given.");
	fputs("dcvctl_result_info{", out);
	put_label(out, "command", last->command);
	fputc(',', out);
	put_label(out, "run", last->run);
	fputs("} 1\n", out);
	put_gauge(out, "dcvctl_result_timestamp_seconds", "When its result was written.",
		last->at_s);
	put_gauge(out, "dcvctl_result_exit_status",
		"Its exit status; 0: the wanted state holds.", last->exit);
	put_gauge(out, "dcvctl_result_leftovers",
		"Values in the way that dcvctl did not write, as it saw them.",
		(int64_t)last->n_leftovers);
}

/* --- order by order --- */

typedef int64_t (*value_fn)(const struct dcv_status_order *of);

static int64_t applied(const struct dcv_status_order *of)
{
	return of->row->first_applied;
}

static int64_t effective(const struct dcv_status_order *of)
{
	return of->row->effective_at;
}

static int64_t settled(const struct dcv_status_order *of)
{
	return of->settled_s;
}

static int64_t expires(const struct dcv_status_order *of)
{
	return of->row->expires;
}

static int64_t records(const struct dcv_status_order *of)
{
	return (int64_t)of->n_records;
}

static int64_t standing(const struct dcv_status_order *of)
{
	int64_t n = 0;

	for (size_t i = 0; i < of->n_seats; i++)
		n += of->seats[i].zone.len != 0 &&
			(i == 0 || !dcv_seat_is_same(&of->seats[i - 1], &of->seats[i]));
	return n;
}

/* A value of 0 is "not yet" or "none", and left out but where it says something. */
static const struct {
	const char *name, *help;
	value_fn value;
	bool zero;
} order_metrics[] = {
	{"dcvctl_order_applied_timestamp_seconds",
		"First apply of the open order's revision.", applied, false},
	{"dcvctl_order_effective_timestamp_seconds",
		"When every name server had its records.", effective, false},
	{"dcvctl_order_settled_timestamp_seconds",
		"When no cache can hold the old answer any more.", settled, false},
	{"dcvctl_order_token_expiry_timestamp_seconds", "When its tokens die.", expires,
		false},
	{"dcvctl_order_records", "Records that it needs.", records, true},
	{"dcvctl_order_records_published", "Records of it that stand in a zone.",
		standing, true},
};

static void put_order_name(const struct dcv_order_row *row, FILE *out)
{
	put_label(out, "ca", row->ca);
	fputc(',', out);
	put_label(out, "order", row->id);
}

static void put_info(const struct dcv_status_order *of, FILE *out)
{
	fputs("dcvctl_order_info{", out);
	put_order_name(of->row, out);
	fputc(',', out);
	put_label(out, "certificate", of->row->certificate);
	fputc(',', out);
	put_label(out, "service", of->row->service);
	fprintf(out, ",state=\"%s\",verdict=\"%s\"} 1\n", of->state,
		dcv_level_text(of->reached));
}

/* The number as it is: what is to be typed may have the CA before it. */
static const char *number_of(const struct dcv_attention *at)
{
	size_t n = strlen(at->ca);

	return strncmp(at->order, at->ca, n) == 0 && at->order[n] == '/'
		? at->order + n + 1
		: at->order;
}

static void put_attention(const struct dcv_session *session, size_t limit, FILE *out)
{
	metric(out, "dcvctl_order_attention", "An order that needs a person, and why.");
	for (size_t i = 0; i < session->n_attention && i < limit; i++) {
		const struct dcv_attention *at = &session->attention[i];
		bool again = false;

		for (size_t j = 0; j < i && !again; j++)
			again = strcmp(at->order, session->attention[j].order) == 0 &&
				strcmp(at->cause, session->attention[j].cause) == 0;
		if (at->order[0] == '\0' || again)
			continue;
		fputs("dcvctl_order_attention{", out);
		put_label(out, "ca", at->ca);
		fputc(',', out);
		put_label(out, "order", number_of(at));
		fprintf(out, ",cause=\"%s\"} 1\n", at->cause);
	}
}

/* The next open order from *at on, or NULL behind the last. */
static const struct dcv_order_row *told(const struct dcv_session *session, size_t *at)
{
	while (*at < session->n_rows) {
		const struct dcv_order_row *row = &session->rows[(*at)++];

		if (dcv_state_is_open(row->state))
			return row;
	}
	return NULL;
}

static size_t limit_of(const struct dcv_session *session)
{
	return session->options.limit != 0 ? session->options.limit : ORDERS_MAX;
}

static void put_order_metric(const struct dcv_status *status, size_t m, FILE *out)
{
	const struct dcv_order_row *row;

	metric(out, order_metrics[m].name, order_metrics[m].help);
	for (size_t at = 0, n = 0; n < limit_of(status->session) &&
		(row = told(status->session, &at)) != NULL;
		n++) {
		struct dcv_status_order of = dcv_status_of(status, row);
		int64_t value = order_metrics[m].value(&of);

		if (value == 0 && !order_metrics[m].zero)
			continue;
		fprintf(out, "%s{", order_metrics[m].name);
		put_order_name(row, out);
		fprintf(out, "} %" PRId64 "\n", value);
	}
}

static void put_orders(const struct dcv_status *status, FILE *out)
{
	const struct dcv_order_row *row;
	size_t at = 0, n = 0, limit = limit_of(status->session);

	metric(out, "dcvctl_order_info",
		"An open order; verdict: the rung that was reached, ready and settled only "
		"with a result.");
	for (; (row = told(status->session, &at)) != NULL; n++) {
		struct dcv_status_order of = dcv_status_of(status, row);

		if (n < limit)
			put_info(&of, out);
	}
	for (size_t m = 0; m < COUNT(order_metrics); m++)
		put_order_metric(status, m, out);
	put_attention(status->session, limit, out);
	put_gauge(out, "dcvctl_orders_left_out",
		"Open orders beyond --limit, which have no series of their own.",
		n > limit ? (int64_t)(n - limit) : 0);
}

void dcv_status_metrics(const struct dcv_status *status, FILE *out)
{
	metric(out, "dcvctl_build_info", "The version that wrote this.");
	fprintf(out, "dcvctl_build_info{version=\"%s\"} 1\n", DCV_VERSION);
	put_sums(status, out);
	put_times(status, out);
	put_rest(status, out);
	if (status->last != NULL)
		put_last(status->last, out);
	put_orders(status, out);
}
