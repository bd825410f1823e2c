/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the server is asked, and what its refusals mean. It does not know zones. */
#include <stdio.h>
#include <string.h>

#include "providers/powerdns/powerdns.h"

#define BODY "application/json"
/* A zone is listed as a whole: room for some 400,000 sets. */
#define LISTING_MAX ((size_t)64 * 1024 * 1024)

static const char *said_of(struct dcv_kit *kit, const struct dcvp_http_answer *answer,
	const struct dcvp_tree *json)
{
	const char *error = dcv_kit_get_text(json, "error");

	if (error != NULL)
		return dcv_kit_dup(kit, error);
	/* Some refusals are a line of plain text; a proxy's page is of no use here. */
	if (answer->body_len == 0 || answer->body_len > 200 || answer->body[0] == '<')
		return "";
	return dcv_kit_dup(kit, answer->body);
}

enum dcvp_class dcv_pdns_ask(struct dcv_pdns_call *call, const char *method,
	const char *path, const struct dcvp_tree *body, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct dcvp_header headers[] = {{"X-API-Key", call->session->api_key},
		{"Accept", BODY}, {"Content-Type", BODY}};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = method,
		.headers = headers,
		.n_headers = body != NULL ? 3 : 2,
		.repeatable = body == NULL,
		.answer_max = LISTING_MAX};
	struct dcvp_http_answer answer = {0};
	struct dcvp_error ignored = {0};
	enum dcvp_class class;

	call->kit.host = host;
	call->changing = body != NULL;
	request.url = dcv_kit_format(&call->kit, "%s%s", call->session->base, path);
	if (body != NULL && !call->kit.nomem) {
		request.body = host->json_write(host->ctx, body);
		call->kit.nomem |= request.body == NULL;
	}
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	if (body != NULL)
		request.body_len = strlen(request.body);
	class = host->http(host->ctx, &request, &answer, err);
	if (class != DCVP_OK)
		return class == DCVP_UNKNOWN && !call->changing ? DCVP_FAILED : class;
	call->status = answer.status;
	call->json = NULL;
	err->retry_after_ms = answer.retry_after_ms;
	if (answer.body_len > 0)
		call->json = host->json_read(host->ctx, answer.body, answer.body_len,
			answer.status == 200 ? err : &ignored);
	if (answer.status == 200 && answer.body_len > 0 && call->json == NULL) {
		err->cause = DCVP_CAUSE_PROTOCOL;
		/* Whoever answers so may have passed a change on before. */
		return call->changing ? DCVP_UNKNOWN : DCVP_FAILED;
	}
	call->said = said_of(&call->kit, &answer, call->json);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* Statuses, and then texts of status 422, as version 4.7 and later have them. */
static const struct meaning {
	int status; /* 0: any of 400 to 499 */
	const char *text; /* part of what is said; "": whatever */
	enum dcvp_class class;
	enum dcvp_cause cause;
	const char *help;
} meanings[] = {
	{401, "", DCVP_FAILED, DCVP_CAUSE_AUTH,
		"help: api_key must be the api-key of the server's configuration"},
	{403, "", DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
		"help: webserver-allow-from of the server, or a proxy before it, must let this "
		"host in"},
	{404, "", DCVP_FAILED, DCVP_CAUSE_NONE,
		"help: the server needs api=yes; url and server_id must name it, with the path "
		"of a proxy but without /api/v1"},
	{413, "", DCVP_FAILED, DCVP_CAUSE_LIMIT,
		"help: raise webserver-max-bodysize of the server"},
	{429, "", DCVP_FAILED, DCVP_CAUSE_THROTTLED, NULL},
	{0, "Conflicts with pre-existing", DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER, NULL},
	{0, "Conflicts with another", DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER, NULL},
	{0, "does not support editing", DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
		"help: this backend of the server cannot be edited over its API; the bind "
		"backend's zone files can: give the zone `file:` and `reload: pdns`"},
	{0, "Could not find domain", DCVP_FAILED, DCVP_CAUSE_NOT_READY, NULL},
	{0, "Changetype not understood", DCVP_FAILED, DCVP_CAUSE_PROTOCOL, NULL},
	{0, "", DCVP_FAILED, DCVP_CAUSE_VALUE, NULL},
};

/* NULL: it is not sure that nothing was done: a failure within the server, or a proxy that did
 * not wait for it. */
static const struct meaning *meaning_of(const struct dcv_pdns_call *call)
{
	if (call->status < 400 || call->status > 499 || call->status == 408)
		return NULL;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		if ((meanings[i].status == 0 || meanings[i].status == call->status) &&
			strstr(call->said, meanings[i].text) != NULL)
			return &meanings[i];
	}
	return NULL;
}

enum dcvp_class dcv_pdns_refused(const struct dcv_pdns_call *call, const char *subject,
	struct dcvp_error *err)
{
	const struct meaning *meaning = meaning_of(call);

	(void)snprintf(err->code, sizeof err->code, "%d", call->status);
	if (call->status >= 300 && call->status <= 399)
		dcv_kit_help(err, DCV_KIT_REDIRECT("url"));
	if (meaning == NULL)
		return dcv_kit_fail(err, call->changing ? DCVP_UNKNOWN : DCVP_FAILED,
			DCVP_CAUSE_UNAVAILABLE,
			"%s: the server failed (status %d)%s%.300s", subject,
			call->status, call->said[0] != '\0' ? ": " : "", call->said);
	if (meaning->help != NULL)
		dcv_kit_help(err, meaning->help);
	return dcv_kit_fail(err, meaning->class, meaning->cause,
		"%s: the server refuses (status %d)%s%.300s", subject, call->status,
		call->said[0] != '\0' ? ": " : "", call->said);
}
