/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the API is asked, page by page too, and what its refusals mean. It does not
 * know zones. */
#include <stdio.h>
#include <string.h>

#include "providers/cloudflare/cloudflare.h"

#define BODY "application/json"

static void add_said(struct dcv_kit_text *text, const struct dcvp_tree *error)
{
	const char *message = dcv_kit_get_text(error, "message");
	const struct dcvp_tree *code = dcv_kit_get(error, "code");

	if (message == NULL)
		return;
	if (text->len > 0)
		dcv_kit_text_add(text, "; ", 2);
	dcv_kit_text_add(text, message, strlen(message));
	if (code == NULL || code->kind != DCVP_NUMBER)
		return;
	dcv_kit_text_add(text, " (", 2);
	dcv_kit_text_add(text, code->text, strlen(code->text));
	dcv_kit_text_add(text, ")", 1);
}

static const struct dcvp_tree *first_of(const struct dcvp_tree *tree, const char *key)
{
	const struct dcvp_tree *list = dcv_kit_get(tree, key);

	return list != NULL && list->kind == DCVP_ARRAY ? list->first : NULL;
}

/* What each error says, and what is behind it, where the reason stands. */
static const char *said_of(struct dcv_kit *kit, const struct dcvp_tree *json)
{
	struct dcv_kit_text text = {.kit = kit};

	for (const struct dcvp_tree *error = first_of(json, "errors"); error != NULL;
		error = error->next) {
		add_said(&text, error);
		for (const struct dcvp_tree *at = first_of(error, "error_chain");
			at != NULL; at = at->next)
			add_said(&text, at);
	}
	return dcv_kit_text_end(&text);
}

int dcv_cf_has_code(const struct dcv_cf_call *call, int64_t code)
{
	for (const struct dcvp_tree *error = first_of(call->json, "errors");
		error != NULL; error = error->next) {
		if (dcv_kit_get_number(error, "code", INT64_MAX) == code)
			return 1;
		for (const struct dcvp_tree *at = first_of(error, "error_chain");
			at != NULL; at = at->next) {
			if (dcv_kit_get_number(at, "code", INT64_MAX) == code)
				return 1;
		}
	}
	return 0;
}

int dcv_cf_is_done(const struct dcv_cf_call *call)
{
	return call->status >= 200 && call->status < 300 &&
		dcv_kit_get_true(call->json, "success");
}

static enum dcvp_class send(struct dcv_cf_call *call,
	const struct dcvp_http_request *request, struct dcvp_http_answer *answer,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	struct dcvp_error ignored = {0};
	enum dcvp_class class = host->http(host->ctx, request, answer, err);
	int good;

	if (class != DCVP_OK)
		return class == DCVP_UNKNOWN && !call->changing ? DCVP_FAILED : class;
	good = answer->status >= 200 && answer->status < 300;
	call->status = answer->status;
	call->json = NULL;
	err->retry_after_ms = answer->retry_after_ms;
	if (answer->body_len > 0)
		call->json = host->json_read(host->ctx, answer->body, answer->body_len,
			good ? err : &ignored);
	/* Whoever answers otherwise may have passed a change on before. */
	if (good && dcv_kit_get(call->json, "success") == NULL) {
		err->cause = DCVP_CAUSE_PROTOCOL;
		return dcv_kit_fail(err, call->changing ? DCVP_UNKNOWN : DCVP_FAILED,
			DCVP_CAUSE_PROTOCOL, "%s: the answer is not one of this API",
			request->url);
	}
	call->said = said_of(&call->kit, call->json);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* Who asks. Zones may be listed by somebody else than records are. Returns how many headers. */
static size_t add_sender(const struct dcv_cf *session, const char *path,
	struct dcvp_header *headers)
{
	const char zones[] = "/zones?", *bearer = session->bearer;

	if (session->zone_bearer != NULL && session->key == NULL &&
		strncmp(path, zones, strlen(zones)) == 0)
		bearer = session->zone_bearer;
	if (bearer != NULL) {
		headers[0] = (struct dcvp_header){"Authorization", bearer};
		return 1;
	}
	headers[0] = (struct dcvp_header){"X-Auth-Email", session->email};
	headers[1] = (struct dcvp_header){"X-Auth-Key", session->key};
	return 2;
}

enum dcvp_class dcv_cf_ask(struct dcv_cf_call *call, const char *method, const char *path,
	const struct dcvp_tree *body, struct dcvp_error *err)
{
	const struct dcv_cf *session = call->session;
	const struct dcvp_host *host = session->host;
	struct dcvp_header headers[4] = {{"Accept", BODY}};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = method,
		.headers = headers,
		.n_headers = 1};
	struct dcvp_http_answer answer = {0};

	call->kit.host = host;
	call->changing = strcmp(method, "GET") != 0;
	request.repeatable = !call->changing;
	request.url = dcv_kit_format(&call->kit, "%s%s", session->url, path);
	request.n_headers += add_sender(session, path, headers + request.n_headers);
	if (body != NULL && !call->kit.nomem) {
		headers[request.n_headers++] = (struct dcvp_header){"Content-Type", BODY};
		request.body = host->json_write(host->ctx, body);
		call->kit.nomem |= request.body == NULL;
	}
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	if (body != NULL)
		request.body_len = strlen(request.body);
	return send(call, &request, &answer, err);
}

#define HELP_TOKEN                                                                         \
	"help: the token needs Zone Read and DNS Edit for the zone, must not be expired, " \
	"and must allow this host's address: see dcvctl-cloudflare(7)"
#define HELP_KEY "help: `email` and `key` must be those of one user; better, take a token"

/* Codes, from the one that says most, then statuses. */
static const struct meaning {
	int status; /* 0: any of 400 to 499 */
	int code; /* 0: whatever */
	const char *text; /* part of what is said; "": whatever */
	enum dcvp_cause cause;
	const char *help;
} meanings[] = {
	{429, 0, "", DCVP_CAUSE_THROTTLED,
		"help: all that a user sends counts, 1,200 requests in five minutes; "
		"a lower requests_per_second leaves more of them to others"},
	{0, 971, "", DCVP_CAUSE_THROTTLED, NULL},
	{0, 9109, "nvalid access token", DCVP_CAUSE_AUTH, HELP_TOKEN},
	{0, 6111, "", DCVP_CAUSE_AUTH, "help: this is no token of Cloudflare's"},
	{0, 6103, "", DCVP_CAUSE_AUTH, HELP_KEY},
	{0, 6003, "", DCVP_CAUSE_AUTH, NULL},
	{0, 9103, "", DCVP_CAUSE_AUTH, HELP_KEY},
	{0, 9106, "", DCVP_CAUSE_AUTH, HELP_KEY},
	{401, 0, "", DCVP_CAUSE_AUTH, HELP_TOKEN},
	{0, 1000, "nvalid API", DCVP_CAUSE_AUTH, HELP_TOKEN},
	{0, 10000, "", DCVP_CAUSE_FORBIDDEN, HELP_TOKEN},
	{0, 9109, "", DCVP_CAUSE_FORBIDDEN, HELP_TOKEN},
	{403, 0, "", DCVP_CAUSE_FORBIDDEN, HELP_TOKEN},
	{0, 81053, "", DCVP_CAUSE_EXISTS_OTHER, NULL},
	{0, 81054, "", DCVP_CAUSE_EXISTS_OTHER, NULL},
	{0, 81055, "", DCVP_CAUSE_EXISTS_OTHER, NULL},
	{0, 81056, "", DCVP_CAUSE_EXISTS_OTHER, NULL},
	{0, 81045, "", DCVP_CAUSE_LIMIT,
		"help: the plan of the zone has no room for more records"},
	{0, 9313, "", DCVP_CAUSE_LIMIT,
		"help: a comment has up to 100 characters with the Free plan, 500 with the "
		"others; that of dcvctl is \"dcvctl: CA/ORDER\", so take a shorter `order:`"},
	{0, 7000, "", DCVP_CAUSE_PROTOCOL,
		"help: url must end in /client/v4, as that of Cloudflare does"},
	{0, 7003, "", DCVP_CAUSE_NOT_READY, "help: is the zone still in the account?"},
	{413, 0, "", DCVP_CAUSE_LIMIT, NULL},
	{404, 0, "", DCVP_CAUSE_NONE,
		"help: url must end in /client/v4, as that of Cloudflare does"},
	{409, 0, "", DCVP_CAUSE_BUSY, NULL},
	{0, 0, "", DCVP_CAUSE_VALUE, NULL},
};

/* NULL: it is not sure that nothing was done: a failure within, or a proxy that did not wait for
 * it. */
static const struct meaning *meaning_of(const struct dcv_cf_call *call)
{
	if (call->status < 400 || call->status > 499 || call->status == 408)
		return NULL;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		const struct meaning *at = &meanings[i];

		if ((at->status == 0 || at->status == call->status) &&
			(at->code == 0 || dcv_cf_has_code(call, at->code)) &&
			strstr(call->said, at->text) != NULL)
			return at;
	}
	return NULL;
}

/* The innermost code says most. */
static void tell_code(const struct dcv_cf_call *call, struct dcvp_error *err)
{
	const struct dcvp_tree *error = first_of(call->json, "errors"), *code;
	const struct dcvp_tree *at = first_of(error, "error_chain");

	while (at != NULL && at->next != NULL)
		at = at->next;
	code = dcv_kit_get(at != NULL ? at : error, "code");
	if (code != NULL && code->kind == DCVP_NUMBER)
		(void)snprintf(err->code, sizeof err->code, "%s", code->text);
	else
		(void)snprintf(err->code, sizeof err->code, "%d", call->status);
}

enum dcvp_class dcv_cf_refused(const struct dcv_cf_call *call, const char *subject,
	struct dcvp_error *err)
{
	const struct meaning *meaning = meaning_of(call);

	tell_code(call, err);
	if (call->status >= 300 && call->status <= 399)
		dcv_kit_help(err, DCV_KIT_REDIRECT("url"));
	if (meaning == NULL)
		return dcv_kit_fail(err, call->changing ? DCVP_UNKNOWN : DCVP_FAILED,
			DCVP_CAUSE_UNAVAILABLE,
			"%s: Cloudflare failed (status %d)%s%.300s", subject,
			call->status, call->said[0] != '\0' ? ": " : "", call->said);
	if (meaning->help != NULL)
		dcv_kit_help(err, meaning->help);
	return dcv_kit_fail(err, DCVP_FAILED, meaning->cause,
		"%s: Cloudflare refuses (status %d)%s%.300s", subject, call->status,
		call->said[0] != '\0' ? ": " : "", call->said);
}

/* --- pages --- */

struct listing {
	struct dcv_cf_call *call;
	const struct dcvp_tree **items;
	size_t n, cap;
	int64_t total; /* as the last page says; -1: it does not */
};

static void keep(struct listing *listing, const struct dcvp_tree *item)
{
	if (listing->n == listing->cap) {
		size_t cap = listing->cap > 0 ? 2 * listing->cap : 64;
		const struct dcvp_tree **more = dcv_kit_array(&listing->call->kit, cap,
			sizeof *more);

		if (more == NULL)
			return;
		if (listing->n > 0)
			memcpy(more, listing->items, listing->n * sizeof *more);
		listing->items = more;
		listing->cap = cap;
	}
	listing->items[listing->n++] = item;
}

/* *ret_more: there is another page. */
static enum dcvp_class take_page(struct listing *listing, unsigned per_page,
	int *ret_more, struct dcvp_error *err)
{
	struct dcv_cf_call *call = listing->call;
	const struct dcvp_tree *result = dcv_kit_get(call->json, "result");
	size_t count = dcv_kit_count(result);

	if (result == NULL || result->kind != DCVP_ARRAY)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is not a listing", call->session->url);
	listing->total = dcv_kit_get_number(dcv_kit_get(call->json, "result_info"),
		"total_count", INT64_MAX);
	for (const struct dcvp_tree *at = result->first; at != NULL && !call->kit.nomem;
		at = at->next)
		keep(listing, at);
	if (listing->total >= 0)
		*ret_more = count > 0 && listing->n < (uint64_t)listing->total;
	else
		*ret_more = count >= per_page;
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

enum dcvp_class dcv_cf_list(struct dcv_cf_call *call, const char *path, unsigned per_page,
	const struct dcvp_tree ***ret, size_t *ret_n, struct dcvp_error *err)
{
	struct listing listing = {.call = call};
	enum dcvp_class class = DCVP_OK;
	int more = 1;

	call->kit.host = call->session->host;
	for (unsigned page = 1; more; page++) {
		const char *paged = dcv_kit_format(&call->kit, "%s&page=%u&per_page=%u",
			path, page, per_page);

		if (paged == NULL)
			return dcv_kit_nomem(err);
		class = dcv_cf_ask(call, "GET", paged, NULL, err);
		if (class != DCVP_OK)
			return class;
		if (!dcv_cf_is_done(call))
			return dcv_cf_refused(call, call->session->url, err);
		class = take_page(&listing, per_page, &more, err);
		if (class != DCVP_OK)
			return class;
	}
	/* What is added or deleted between two pages moves the others from page to page. */
	if (listing.total >= 0 && (uint64_t)listing.total != listing.n) {
		dcv_kit_help(err, "help: run it again");
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_BUSY,
			"%s: the zone changed while it was listed", call->session->url);
	}
	*ret = listing.items;
	*ret_n = listing.n;
	return DCVP_OK;
}
