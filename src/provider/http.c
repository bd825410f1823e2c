/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a request is carried out: checked, signed, sent, tried again, and what is said
 * of it. How one goes over a connection stands in http_curl.c. */
#include "provider/http.h"

#include <stdio.h>
#include <string.h>

#include "provider/sign.h"

#define TIME_MAX_MS 60000
#define METADATA_MAX_MS 2000 /* it is in the machine, or there is none */

/* A request while it is carried out. */
struct sending {
	struct dcv_lent *lent;
	const struct dcvp_http_request *request;
	struct dcv_url url;
	const char *shown; /* "GET https://…" */
	unsigned tried;
	bool sent; /* in any try */
	struct dcv_http_exchange last; /* try */
	int64_t date_s, retry_after_ms; /* of its answer */
	int64_t turn_ms; /* when it may be sent */
};

static int64_t left_ms(const struct sending *sending)
{
	return sending->lent->deadline_ms - dcv_mono_ms(sending->lent->clock);
}

/* --- what is logged --- */

static void log_headers(struct dcv_buf *line, const struct dcvp_header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dcv_buf_addf(line, "%s%s",
			i > 0 || line->data[line->len - 1] != ' ' ? ", " : "",
			headers[i].name);
}

static void log_line(const struct sending *sending, struct dcv_buf *line)
{
	if (!line->failed)
		dcv_lent_log(sending->lent, DCVP_LOG_DEBUG, dcv_buf_text(line));
	dcv_buf_clear(line);
}

static void log_request(const struct sending *sending)
{
	const struct dcv_http_exchange *last = &sending->last;
	struct dcv_buf line;

	dcv_buf_init(&line, SIZE_MAX);
	dcv_buf_addf(&line, "%s: %s, %zu octets, headers: ", sending->lent->account,
		sending->shown, sending->request->body_len);
	if (!line.failed)
		log_headers(&line, sending->request->headers, sending->request->n_headers);
	if (!line.failed)
		log_headers(&line, last->more, last->n_more);
	log_line(sending, &line);
}

static void log_answer(const struct sending *sending)
{
	const struct dcv_http_exchange *last = &sending->last;
	struct dcv_buf line;

	dcv_buf_init(&line, SIZE_MAX);
	if (last->answered)
		dcv_buf_addf(&line,
			"%s: answer %d, %zu octets, headers: ", sending->lent->account,
			last->status, last->body_len);
	else
		dcv_buf_addf(&line, "%s: no answer: %s", sending->lent->account,
			last->why);
	if (!line.failed && last->answered)
		log_headers(&line, last->headers, last->n_headers);
	log_line(sending, &line);
}

/* --- one try --- */

static void *take_connection(struct dcv_services_account *account,
	const struct dcv_http_module *http)
{
	void *connection = NULL;

	(void)pthread_mutex_lock(&account->mutex);
	if (account->n_idle > 0)
		connection = account->idle[--account->n_idle];
	(void)pthread_mutex_unlock(&account->mutex);
	return connection != NULL ? connection : http->connection_open();
}

static void give_back(struct dcv_services_account *account,
	const struct dcv_http_module *http, void *connection)
{
	(void)pthread_mutex_lock(&account->mutex);
	if (account->n_idle < DCV_HTTP_IDLE_MAX) {
		account->idle[account->n_idle++] = connection;
		connection = NULL;
	}
	(void)pthread_mutex_unlock(&account->mutex);
	if (connection != NULL)
		http->connection_close(connection);
}

static enum dcv_err over_the_wire(struct sending *sending, struct dcv_error *err)
{
	struct dcv_lent *lent = sending->lent;
	const struct dcv_http_module *http = dcv_services_module(lent->services, err);
	void *connection;
	bool ok;

	if (http == NULL)
		return err->code;
	connection = take_connection(lent->shared, http);
	if (connection == NULL)
		return dcv_nomem(err);
	ok = http->exchange(connection, &sending->last);
	give_back(lent->shared, http, connection);
	return ok ? DCV_OK : dcv_nomem(err);
}

static enum dcv_err exchange(struct sending *sending, struct dcv_error *err)
{
	struct dcv_lent *lent = sending->lent;
	enum dcv_err rc;

	if (lent->found.replay != NULL)
		return dcv_tape_replay(lent, &sending->last, err);
	rc = over_the_wire(sending, err);
	if (rc == DCV_OK && !dcv_http_learn_answer(lent, &sending->last))
		rc = dcv_nomem(err);
	if (rc == DCV_OK && lent->found.record != NULL)
		rc = dcv_tape_record(lent, &sending->last, err);
	return rc;
}

static enum dcv_http_reach reach_of(const struct sending *sending)
{
	if (sending->lent->found.local_addresses || sending->url.metadata)
		return DCV_REACH_ANY;
	return sending->url.loopback ? DCV_REACH_LOOPBACK : DCV_REACH_REMOTE;
}

/* What the answer says of time. */
static void read_times(struct sending *sending)
{
	const struct dcv_http_exchange *last = &sending->last;
	const char *date = dcv_http_header(last->headers, last->n_headers, "date");
	const char *later = dcv_http_header(last->headers, last->n_headers, "retry-after");
	char line[160];
	bool clamped;

	sending->date_s = sending->retry_after_ms = 0;
	/* A recorded date says nothing of clocks. */
	if (date != NULL && dcv_http_date(date, &sending->date_s) &&
		sending->lent->found.replay == NULL)
		dcv_skew_note(sending->lent, &sending->url, sending->request->sign,
			sending->date_s);
	if (later == NULL)
		return;
	sending->retry_after_ms = dcv_http_retry_after(later,
		sending->date_s > 0 ? sending->date_s : dcv_now_s(sending->lent->clock),
		&clamped);
	if (!clamped)
		return;
	(void)snprintf(line, sizeof(line),
		"%.60s: the server asks to wait until or for \"%.40s\": taken as 120 s",
		sending->lent->account, later);
	dcv_lent_log(sending->lent, DCVP_LOG_NOTE, line);
}

static size_t body_max_of(const struct dcvp_http_request *request)
{
	size_t max = 0;

	if (request->struct_size >= sizeof(*request))
		max = request->answer_max;
	if (max == 0)
		return DCV_HTTP_BODY_MAX;
	return max < DCV_HTTP_BODY_MOST ? max : DCV_HTTP_BODY_MOST;
}

static enum dcv_err try_once(struct sending *sending, struct dcv_error *err)
{
	struct dcv_lent *lent = sending->lent;
	struct dcvp_header more[DCV_SIGN_HEADERS_MAX];
	int64_t time_ms = left_ms(sending);
	int64_t max_ms = sending->url.metadata ? METADATA_MAX_MS : TIME_MAX_MS;
	enum dcv_err rc = DCV_OK;

	sending->last = (struct dcv_http_exchange){.request = sending->request,
		.more = more,
		.ca_file = lent->found.ca_file,
		.reach = reach_of(sending),
		.time_ms = time_ms < max_ms ? time_ms : max_ms,
		.body_max = body_max_of(sending->request),
		.arena = lent->current};
	if (sending->request->sign != NULL &&
		sending->request->sign->scheme != DCVP_SIGN_NONE)
		rc = dcv_sign_request(sending->request, &sending->url,
			dcv_now_s(lent->clock), lent->current, more,
			&sending->last.n_more, err);
	if (rc != DCV_OK)
		return rc;
	log_request(sending);
	rc = exchange(sending, err);
	sending->last.more = NULL;
	if (rc != DCV_OK)
		return rc;
	log_answer(sending);
	sending->tried++;
	sending->sent = sending->sent || sending->last.sent;
	read_times(sending);
	return DCV_OK;
}

/* --- again --- */

static bool wants_again(const struct sending *sending)
{
	const struct dcv_http_exchange *last = &sending->last;

	if (!sending->request->repeatable || sending->tried >= DCV_HTTP_TRIES)
		return false;
	if (!last->answered)
		return last->passing;
	return last->status == 408 || last->status == 429 || last->status >= 500;
}

/* Before a try: its turn in the account's rate, at the earliest after `pause_ms`. False: that is
 * past the deadline. */
static bool wait_turn(struct sending *sending, int64_t pause_ms)
{
	struct dcv_lent *lent = sending->lent;
	int64_t now_ms = dcv_mono_ms(lent->clock);

	sending->turn_ms = dcv_pace_turn(lent->shared, lent->found.rate.window_ms,
		now_ms + pause_ms, lent->deadline_ms);
	if (sending->turn_ms >= lent->deadline_ms)
		return false;
	if (sending->turn_ms > now_ms)
		dcv_lent_wait(lent, sending->turn_ms - now_ms);
	return left_ms(sending) > 0;
}

/* What the server asks for holds for all sessions of the account. */
static int64_t pause_after(const struct sending *sending)
{
	struct dcv_lent *lent = sending->lent;
	int64_t asked_ms = sending->retry_after_ms;

	if (asked_ms == 0)
		return dcv_pace_back_off(sending->tried);
	dcv_pace_pause(lent->shared, dcv_mono_ms(lent->clock) + asked_ms);
	return asked_ms;
}

/* Tries until there is nothing to gain from another one. */
static enum dcv_err carry_out(struct sending *sending, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;
	int64_t pause_ms = 0;

	while (wait_turn(sending, pause_ms)) {
		rc = try_once(sending, err);
		if (rc != DCV_OK || !wants_again(sending))
			break;
		pause_ms = pause_after(sending);
	}
	return rc;
}

/* --- what is said --- */

/* Asks and changes nothing (RFC 9110 9.2.1). */
static bool is_safe(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static enum dcvp_class tell_no_answer(const struct sending *sending,
	struct dcvp_error *err)
{
	const struct dcv_http_exchange *last = &sending->last;
	enum dcvp_class class = sending->sent ? DCVP_UNKNOWN : DCVP_FAILED;

	if (sending->tried == 0) {
		(void)dcv_lent_fail(sending->lent, err, class, DCVP_CAUSE_THROTTLED,
			"%.200s: not sent: its turn comes after the deadline",
			sending->shown);
		err->retry_after_ms = sending->turn_ms - dcv_mono_ms(sending->lent->clock);
		return class;
	}
	return dcv_lent_fail(sending->lent, err, class, last->cause, "%.200s: %s%s",
		sending->shown, last->why,
		sending->sent && !is_safe(sending->request->method)
			? "; it was sent, and may have been acted on"
			: "");
}

static void fill_in(const struct sending *sending, struct dcvp_http_answer *ret)
{
	const struct dcv_http_exchange *last = &sending->last;

	*ret = (struct dcvp_http_answer){.sent = sending->sent};
	if (!last->answered)
		return;
	ret->status = last->status;
	ret->n_headers = last->n_headers;
	ret->headers = last->headers;
	ret->body = last->body;
	ret->body_len = last->body_len;
	ret->date_s = sending->date_s;
	ret->retry_after_ms = sending->retry_after_ms;
}

static enum dcvp_class send_checked(struct sending *sending, struct dcvp_http_answer *ret,
	struct dcvp_error *err)
{
	struct dcv_lent *lent = sending->lent;
	struct dcv_error why = {0};
	enum dcvp_class class;
	const char *url;

	if (!dcv_http_learn(lent, sending->request))
		return DCVP_NOMEM;
	url = dcv_http_hide_url(lent, sending->request->url, lent->current);
	if (url != NULL)
		sending->shown = dcv_arena_printf(lent->current, "%s %s",
			sending->request->method, url);
	if (sending->shown == NULL)
		return DCVP_NOMEM;
	if (carry_out(sending, &why) != DCV_OK) {
		class = dcv_lent_fail_of(lent, err, &why);
		return sending->sent || sending->last.sent ? DCVP_UNKNOWN : class;
	}
	fill_in(sending, ret);
	return sending->last.answered ? DCVP_OK : tell_no_answer(sending, err);
}

enum dcvp_class dcv_http_send(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err)
{
	struct sending sending = {.lent = ctx, .request = request};
	const char *why = NULL;

	if (!dcv_http_check(request, &sending.lent->found, &sending.url, &why))
		return dcv_lent_fail(ctx, err, DCVP_INVALID, DCVP_CAUSE_INTERNAL,
			"a request that is not sent: %s", why);
	return send_checked(&sending, ret, err);
}
