/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the service is asked, and what its refusals mean. It does not know zones.
 *
 * An access key is locked for a while after several failed signatures in a row: once the account
 * was not believed, nothing more is sent for it in this run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

#define JSON "application/json"
#define DISTRUSTED "not believed" /* in the cache: what was said */
#define RUN_S 86400
#define ASK_MAX 8u
#define PAUSE_MS INT64_C(250)
#define PAUSE_MAX_MS INT64_C(4000)
#define SAID_MAX 300u

static const struct meaning {
	int status; /* 0: any */
	const char *code; /* NULL: any */
	const char *text; /* part of what is said; "": whatever */
	enum dcvp_cause cause;
	int later; /* nothing was done, and it may be in a moment */
	const char *help;
} meanings[] = {
	{0, "APIGW.0308", "", DCVP_CAUSE_THROTTLED, 1,
		"help: a lower requests_per_second keeps the account below the limit"},
	{0, "DNS.0014", "", DCVP_CAUSE_THROTTLED, 1, NULL},
	{429, NULL, "", DCVP_CAUSE_THROTTLED, 1, NULL},
	{0, "DNS.0021", "", DCVP_CAUSE_BUSY, 1, NULL},
	{0, "DNS.0209", "", DCVP_CAUSE_BUSY, 1, NULL},
	{0, "DNS.0314", "", DCVP_CAUSE_BUSY, 1, NULL},
	{0, "DNS.0013", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{0, "DNS.0030", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{0, "DNS.0031", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{0, "DNS.0213", "", DCVP_CAUSE_NOT_READY, 0, NULL},
	{0, "DNS.0302", "", DCVP_CAUSE_NOT_READY, 0,
		"help: a zone is known in the region in which it was made: set region or "
		"endpoint of the account"},
	{0, "DNS.0312", "", DCVP_CAUSE_EXISTS_OTHER, 0, NULL},
	{0, "DNS.0317", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{0, "DNS.0318", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{0, "DNS.0324", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{0, "APIGW.0302", "", DCVP_CAUSE_FORBIDDEN, 0, NULL},
	{401, NULL, "", DCVP_CAUSE_AUTH, 0,
		"help: access_key and secret_key must be a pair of a user that is enabled; "
		"temporary ones need security_token"},
	{403, NULL, "quota", DCVP_CAUSE_LIMIT, 0, NULL},
	{403, NULL, "", DCVP_CAUSE_FORBIDDEN, 0,
		"help: the user needs the rights that dcvctl-huaweicloud(7) lists"},
	{404, NULL, "", DCVP_CAUSE_NONE, 0,
		"help: endpoint and region must name a DNS service; one without lines needs "
		"api: v2"},
	{409, NULL, "", DCVP_CAUSE_BUSY, 0, NULL},
	{413, NULL, "", DCVP_CAUSE_LIMIT, 0, NULL},
	{0, NULL, "quota", DCVP_CAUSE_LIMIT, 0, NULL},
	{0, NULL, "", DCVP_CAUSE_VALUE, 0, NULL},
};

/* NULL: it is not sure that nothing was done: a failure within the service, or a gateway that did
 * not wait for it. */
static const struct meaning *meaning_of(const struct dcv_hw_call *call)
{
	if (call->status < 400 || call->status > 499 || call->status == 408)
		return NULL;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		const struct meaning *row = &meanings[i];

		if ((row->status == 0 || row->status == call->status) &&
			(row->code == NULL || strcmp(row->code, call->code) == 0) &&
			strstr(call->said, row->text) != NULL)
			return row;
	}
	return NULL;
}

void dcv_hw_begin(struct dcv_hw_call *call, const struct dcv_hw *session,
	const char *subject)
{
	*call = (struct dcv_hw_call){.kit.host = session->host,
		.session = session,
		.subject = subject != NULL ? subject : session->endpoint,
		.code = "",
		.said = ""};
}

/* The service, its gateway and IAM each have a shape of their own. */
static void take_refusal(struct dcv_hw_call *call, const struct dcvp_http_answer *answer)
{
	static const char *const codes[] = {"code", "error_code", "title"},
				 *const texts[] = {"message", "error_msg"};
	const struct dcvp_tree *from = dcv_kit_get(call->json, "error");
	const char *found;

	call->code = call->said = "";
	if (from == NULL || from->kind != DCVP_OBJECT)
		from = call->json;
	for (size_t i = 3; i-- > 0;) {
		found = dcv_kit_get_text(from, codes[i]);
		call->code = found != NULL ? found : call->code;
	}
	for (size_t i = 2; i-- > 0;) {
		found = dcv_kit_get_text(from, texts[i]);
		call->said = found != NULL ? found : call->said;
	}
	/* A line of plain text may say why; a proxy's page is of no use. */
	if (call->json == NULL && answer->body_len > 0 && answer->body_len <= 200 &&
		answer->body[0] != '<')
		call->said = answer->body;
}

enum dcvp_class dcv_hw_put_body(struct dcv_hw_call *call, const struct dcvp_tree *body,
	struct dcvp_http_request *request, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;

	if (!call->kit.nomem && body != NULL) {
		request->body = host->json_write(host->ctx, body);
		call->kit.nomem |= request->body == NULL;
	}
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	if (body != NULL)
		request->body_len = strlen(request->body);
	return DCVP_OK;
}

enum dcvp_class dcv_hw_send(struct dcv_hw_call *call,
	const struct dcvp_http_request *request, struct dcvp_http_answer *ret,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	struct dcvp_error ignored = {0};
	enum dcvp_class class = host->http(host->ctx, request, ret, err);
	int good;

	call->status = 0;
	call->json = NULL;
	if (class != DCVP_OK)
		return class == DCVP_UNKNOWN && request->repeatable ? DCVP_FAILED : class;
	call->status = ret->status;
	good = ret->status >= 200 && ret->status <= 299;
	if (ret->body_len > 0)
		call->json = host->json_read(host->ctx, ret->body, ret->body_len,
			good ? err : &ignored);
	take_refusal(call, ret);
	if (!good || ret->body_len == 0 || call->json != NULL)
		return DCVP_OK;
	err->cause = DCVP_CAUSE_PROTOCOL;
	/* Whoever answers so may have passed a change on before. */
	return request->repeatable ? DCVP_FAILED : DCVP_UNKNOWN;
}

static enum dcvp_class fail_as(const struct dcv_hw_call *call,
	const struct meaning *meaning, int changing, struct dcvp_error *err)
{
	const char *colon = call->said[0] != '\0' ? ": " : "",
		   *blank = call->code[0] != '\0' ? " " : "";

	if (call->status >= 300 && call->status <= 399)
		dcv_kit_help(err, DCV_KIT_REDIRECT("endpoint"));
	if (meaning == NULL)
		return dcv_kit_fail(err, changing ? DCVP_UNKNOWN : DCVP_FAILED,
			DCVP_CAUSE_UNAVAILABLE,
			"%s: the service failed (status %d%s%.60s)%s%.*s", call->subject,
			call->status, blank, call->code, colon, (int)SAID_MAX, call->said);
	if (meaning->help != NULL)
		dcv_kit_help(err, meaning->help);
	return dcv_kit_fail(err, DCVP_FAILED, meaning->cause,
		"%s: the service refuses (status %d%s%.60s)%s%.*s", call->subject,
		call->status, blank, call->code, colon, (int)SAID_MAX, call->said);
}

enum dcvp_class dcv_hw_refused(struct dcv_hw_call *call,
	const struct dcvp_http_answer *answer, int changing, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct meaning *meaning = meaning_of(call);
	int distrusted = meaning != NULL && meaning->cause == DCVP_CAUSE_AUTH;
	enum dcvp_class class;

	if (call->code[0] != '\0')
		(void)snprintf(err->code, sizeof err->code, "%s", call->code);
	else
		(void)snprintf(err->code, sizeof err->code, "%d", call->status);
	err->retry_after_ms = answer->retry_after_ms;
	class = fail_as(call, meaning, changing, err);
	if (distrusted)
		host->cache_put(host->ctx, DISTRUSTED, err->text, RUN_S);
	return class;
}

static enum dcvp_class ask_once(struct dcv_hw_call *call,
	const struct dcvp_http_request *request, struct dcvp_error *err)
{
	struct dcvp_http_answer answer = {0};
	enum dcvp_class class = dcv_hw_send(call, request, &answer, err);

	if (class != DCVP_OK || (call->status >= 200 && call->status <= 299))
		return class;
	return dcv_hw_refused(call, &answer, !request->repeatable, err);
}

/* "policy user over ratelimit,limit:100,time:1 minute": the limit's window. 0: nothing said. */
static int64_t window_ms(const char *said)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"second", 1000}, {"minute", 60000}};
	const char *at = strstr(said, "time:");
	char *unit;
	int64_t n;

	if (at == NULL)
		return 0;
	n = strtol(at + strlen("time:"), &unit, 10);
	unit += *unit == ' ';
	for (size_t i = 0; n > 0 && n <= 3600 && i < sizeof units / sizeof units[0]; i++) {
		if (strncmp(unit, units[i].unit, strlen(units[i].unit)) == 0)
			return n * units[i].ms;
	}
	return 0;
}

/* How long to wait before it is asked again; 0: it is not. What is repeatable was sent again by the
 * host already, which does not know of windows. */
static int64_t pause_ms(const struct dcv_hw_call *call,
	const struct dcvp_http_request *request, unsigned asked, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct meaning *meaning = meaning_of(call);
	int64_t pause = PAUSE_MS << asked,
		left = host->deadline_ms(host->ctx) - host->mono_ms(host->ctx);

	if (meaning == NULL || !meaning->later || asked + 1 >= ASK_MAX)
		return 0;
	if (err->retry_after_ms == 0)
		err->retry_after_ms = window_ms(call->said);
	if (err->retry_after_ms == 0 && request->repeatable && call->status == 429)
		return 0;
	pause = pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
	if (err->retry_after_ms > 0)
		pause = err->retry_after_ms;
	return pause < left ? pause : 0;
}

static enum dcvp_class ask(struct dcv_hw_call *call,
	const struct dcvp_http_request *request, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;

	for (unsigned asked = 0;; asked++) {
		enum dcvp_class class = ask_once(call, request, err);
		int64_t pause = 0;

		if (class == DCVP_FAILED)
			pause = pause_ms(call, request, asked, err);
		if (pause == 0)
			return class;
		host->wait_ms(host->ctx, pause);
		*err = (struct dcvp_error){0};
	}
}

static enum dcvp_class still_believed(const struct dcv_hw_call *call,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const char *said = host->cache_get(host->ctx, DISTRUSTED);

	if (said == NULL)
		return DCVP_OK;
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
		"%s: not asked, since the account was not believed before: %.300s",
		call->subject, said);
}

enum dcvp_class dcv_hw_ask(struct dcv_hw_call *call, const char *method, const char *path,
	const struct dcvp_tree *body, struct dcvp_error *err)
{
	struct dcvp_header headers[4] = {{"Accept", JSON}};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = method,
		.headers = headers,
		.n_headers = 1,
		.repeatable = strcmp(method, "GET") == 0};
	enum dcvp_class class = still_believed(call, err);

	if (class == DCVP_OK)
		class = dcv_hw_login(call, err);
	if (class == DCVP_OK)
		class = dcv_hw_put_body(call, body, &request, err);
	if (class != DCVP_OK)
		return class;
	request.url = dcv_kit_format(&call->kit, "%s/%s", call->session->endpoint, path);
	if (request.url == NULL)
		return dcv_kit_nomem(err);
	if (body != NULL)
		headers[request.n_headers++] = (struct dcvp_header){"Content-Type", JSON};
	if (call->session->project_id != NULL)
		headers[request.n_headers++] = (struct dcvp_header){"X-Project-Id",
			call->session->project_id};
	if (call->token != NULL)
		headers[request.n_headers++] = (struct dcvp_header){"X-Auth-Token",
			call->token};
	else
		request.sign = &call->sign;
	return ask(call, &request, err);
}
