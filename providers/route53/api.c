/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how Route 53 is asked, and what its refusals mean. It does not know zones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/route53/route53.h"

#define VERSION "/2013-04-01"
#define TRIES 6u
#define PAUSE_MS INT64_C(500)

void dcv_r53_begin(struct dcv_r53_call *call, void *session)
{
	*call = (struct dcv_r53_call){.session = session, .code = "", .said = ""};
	call->kit.host = call->session->host;
}

static const char *text_of(const struct dcvp_tree *tree, const char *key)
{
	const char *text = dcv_kit_get_text(tree, key);

	return text != NULL ? text : "";
}

/* ErrorResponse has Error; a refused batch has in older answers an element of its own, with
 * several messages. */
static void take_error(struct dcv_r53_call *call)
{
	const struct dcvp_tree *error = dcv_kit_get(call->xml, "Error");
	const struct dcvp_tree *messages = dcv_kit_get(call->xml, "Messages");

	call->code = text_of(error, "Code");
	call->said = text_of(error, "Message");
	if (messages == NULL)
		return;
	call->code = call->xml->key;
	call->said = text_of(messages, "Message");
	for (const struct dcvp_tree *at = messages->first; at != NULL; at = at->next) {
		if (at != messages->first && at->text != NULL)
			call->said = dcv_kit_format(&call->kit, "%.400s; %s", call->said,
				at->text);
		if (call->said == NULL)
			call->said = "";
	}
}

void dcv_r53_take_answer(struct dcv_r53_call *call, const struct dcvp_http_answer *answer,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	struct dcvp_error ignored = {0};

	call->status = answer->status;
	call->code = call->said = "";
	call->xml = NULL;
	if (answer->body_len > 0)
		call->xml = host->xml_read(host->ctx, answer->body, answer->body_len,
			answer->status == 200 ? err : &ignored);
	if (call->xml != NULL && answer->status != 200)
		take_error(call);
}

static int is_passing(const struct dcv_r53_call *call)
{
	static const char *const codes[] = {"Throttling", "ThrottlingException",
		"PriorRequestNotComplete", "RequestLimitExceeded"};

	for (size_t i = 0; call->status == 400 && i < sizeof codes / sizeof codes[0]; i++) {
		if (strcmp(call->code, codes[i]) == 0)
			return 1;
	}
	return 0;
}

/* Nothing says when to come back: later each time, and not in step with others. 0: the deadline is
 * nearer. */
static int pause(const struct dcvp_host *host, unsigned tried)
{
	int64_t now = host->mono_ms(host->ctx), full = PAUSE_MS << tried;
	int64_t ms = full / 2 + now % (full / 2);

	if (now + ms >= host->deadline_ms(host->ctx))
		return 0;
	host->wait_ms(host->ctx, ms);
	return 1;
}

static enum dcvp_class send(struct dcv_r53_call *call, struct dcvp_http_request *request,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	struct dcvp_http_answer answer = {0};
	enum dcvp_class class = host->http(host->ctx, request, &answer, err);

	if (class != DCVP_OK)
		return class == DCVP_UNKNOWN && !call->changing ? DCVP_FAILED : class;
	err->retry_after_ms = answer.retry_after_ms;
	dcv_r53_take_answer(call, &answer, err);
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	if (call->status == 200 && call->xml == NULL) {
		(void)dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: an empty answer", call->session->endpoint);
		err->cause = DCVP_CAUSE_PROTOCOL;
		/* Whoever answers so may have passed a change on before. */
		return call->changing ? DCVP_UNKNOWN : DCVP_FAILED;
	}
	return DCVP_OK;
}

enum dcvp_class dcv_r53_ask(struct dcv_r53_call *call, const char *method,
	const char *path, const char *body, struct dcvp_error *err)
{
	static const struct dcvp_header headers[] = {{"Content-Type", "text/xml"}};
	struct dcv_r53_keys keys = {.key_id = NULL};
	enum dcvp_class class = dcv_r53_keys(call, &keys, err);
	struct dcvp_sign sign = {.struct_size = sizeof sign,
		.scheme = DCVP_SIGN_AWS4,
		.key_id = keys.key_id,
		.secret = keys.secret,
		.token = keys.token,
		.region = call->session->sign_region,
		.service = "route53"};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = method,
		.headers = headers,
		.n_headers = body != NULL,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
		.repeatable = body == NULL,
		.sign = &sign};

	if (class != DCVP_OK)
		return class;
	call->changing = body != NULL;
	request.url = dcv_kit_format(&call->kit, "%s" VERSION "%s",
		call->session->endpoint, path);
	if (request.url == NULL)
		return dcv_kit_nomem(err);
	for (unsigned tried = 0; class == DCVP_OK; tried++) {
		class = send(call, &request, err);
		if (class != DCVP_OK || !is_passing(call) || tried + 1 >= TRIES ||
			!pause(call->session->host, tried))
			break;
	}
	return class;
}

#define RIGHTS                                                                      \
	"help: the policy that these keys need stands in dcvctl-route53(7), LEAST " \
	"PRIVILEGE"

static const struct meaning {
	const char *code, *said; /* part of what is said; "": whatever */
	enum dcvp_class class;
	enum dcvp_cause cause;
	const char *help;
} meanings[] = {
	{"InvalidChangeBatch", "already exists", DCVP_CONFLICT, DCVP_CAUSE_NONE, NULL},
	{"InvalidChangeBatch", "not found", DCVP_CONFLICT, DCVP_CAUSE_NONE, NULL},
	{"InvalidChangeBatch", "do not match the current", DCVP_CONFLICT, DCVP_CAUSE_NONE,
		NULL},
	{"InvalidChangeBatch", "conflicts with", DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER,
		NULL},
	{"InvalidChangeBatch", "limit", DCVP_FAILED, DCVP_CAUSE_LIMIT, NULL},
	{"InvalidChangeBatch", "", DCVP_FAILED, DCVP_CAUSE_VALUE, NULL},
	{"InvalidInput", "", DCVP_FAILED, DCVP_CAUSE_VALUE, NULL},
	{"InvalidDomainName", "", DCVP_FAILED, DCVP_CAUSE_VALUE, NULL},
	{"Throttling", "", DCVP_FAILED, DCVP_CAUSE_THROTTLED,
		"help: the whole AWS account may ask five times a second: set "
		"requests_per_second lower"},
	{"RequestLimitExceeded", "", DCVP_FAILED, DCVP_CAUSE_THROTTLED, NULL},
	{"PriorRequestNotComplete", "", DCVP_FAILED, DCVP_CAUSE_BUSY, NULL},
	{"LimitsExceeded", "", DCVP_FAILED, DCVP_CAUSE_LIMIT, NULL},
	{"NoSuchHostedZone", "", DCVP_FAILED, DCVP_CAUSE_NOT_READY, NULL},
	{"AccessDenied", "", DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, RIGHTS},
	{"NotAuthorized", "", DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, RIGHTS},
	{"ExpiredToken", "", DCVP_FAILED, DCVP_CAUSE_AUTH,
		"help: the temporary credentials are past their time: get new ones"},
	{"InvalidIdentityToken", "", DCVP_FAILED, DCVP_CAUSE_AUTH, NULL},
	{"InvalidClientTokenId", "", DCVP_FAILED, DCVP_CAUSE_AUTH,
		"help: the access key is not known there: is it of this partition (AWS, "
		"China, GovCloud), still active, and is the session token with it?"},
	{"UnrecognizedClient", "", DCVP_FAILED, DCVP_CAUSE_AUTH, NULL},
	{"SignatureDoesNotMatch", "", DCVP_FAILED, DCVP_CAUSE_AUTH,
		"help: the secret key does not belong to the access key"},
	{"InvalidSignature", "", DCVP_FAILED, DCVP_CAUSE_AUTH, NULL},
	{"IncompleteSignature", "", DCVP_FAILED, DCVP_CAUSE_AUTH, NULL},
	{"MissingAuthenticationToken", "", DCVP_FAILED, DCVP_CAUSE_AUTH, NULL},
	{"RequestExpired", "", DCVP_FAILED, DCVP_CAUSE_CLOCK, NULL},
	{"RequestTimeTooSkewed", "", DCVP_FAILED, DCVP_CAUSE_CLOCK, NULL},
};

static const struct meaning by_status[] = {
	{"401", "", DCVP_FAILED, DCVP_CAUSE_AUTH, NULL},
	{"403", "", DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, RIGHTS},
	{"404", "", DCVP_FAILED, DCVP_CAUSE_NONE, NULL},
	{"413", "", DCVP_FAILED, DCVP_CAUSE_LIMIT, NULL},
	{"429", "", DCVP_FAILED, DCVP_CAUSE_THROTTLED, NULL},
	{"", "", DCVP_FAILED, DCVP_CAUSE_VALUE, NULL},
};

/* Codes are matched by their beginnings: some services append "Exception". */
static const struct meaning *look_up(const struct meaning *table, size_t n,
	const char *code, const char *said)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(table[i].code, code, strlen(table[i].code)) == 0 &&
			strstr(said, table[i].said) != NULL)
			return &table[i];
	}
	return NULL;
}

/* NULL: it is not sure that nothing was done: a failure within the service, or a proxy that did
 * not wait for it. */
static const struct meaning *meaning_of(const struct dcv_r53_call *call,
	const char *status)
{
	const struct meaning *meaning;

	if (call->status < 400 || call->status > 499 || call->status == 408)
		return NULL;
	meaning = look_up(meanings, sizeof meanings / sizeof meanings[0], call->code,
		call->said);
	return meaning != NULL
		? meaning
		: look_up(by_status, sizeof by_status / sizeof by_status[0], status, "");
}

enum dcvp_class dcv_r53_refused(const struct dcv_r53_call *call, const char *subject,
	struct dcvp_error *err)
{
	char status[16];
	const struct meaning *meaning;

	(void)snprintf(status, sizeof status, "%d", call->status);
	meaning = meaning_of(call, status);
	(void)snprintf(err->code, sizeof err->code, "%s",
		call->code[0] != '\0' ? call->code : status);
	if (call->status >= 300 && call->status <= 399)
		dcv_kit_help(err, DCV_KIT_REDIRECT("endpoint"));
	if (meaning == NULL)
		return dcv_kit_fail(err, call->changing ? DCVP_UNKNOWN : DCVP_FAILED,
			DCVP_CAUSE_UNAVAILABLE,
			"%s: the service failed (status %d)%s%.250s", subject,
			call->status, call->said[0] != '\0' ? ": " : "", call->said);
	if (meaning->help != NULL)
		dcv_kit_help(err, meaning->help);
	return dcv_kit_fail(err, meaning->class, meaning->cause,
		"%s: refused (status %d, %s)%s%.250s", subject, call->status,
		call->code[0] != '\0' ? call->code : "no code",
		call->said[0] != '\0' ? ": " : "", call->said);
}
