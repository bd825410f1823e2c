/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the dialects that were made for ACME clients: they take one value of TXT at a
 * time, know no TTL, and cannot say what stands there. What they do is not atomic. */
#include <stdio.h>
#include <string.h>

#include "providers/exec/exec.h"

struct step {
	const char *verb; /* "present", "cleanup" */
	const char *owner, *value;
};

static enum dcvp_class run_program(struct dcv_exec *session, const struct step *step,
	struct dcvp_error *err)
{
	const char *const more[] = {step->verb, step->owner, step->value, NULL};
	enum dcvp_class class = dcv_exec_start(session, more, 0, err);
	int status;

	if (class != DCVP_OK)
		return class;
	if (dcv_exec_wait(session, &status, err) != DCVP_OK)
		return DCVP_UNKNOWN;
	if (status == 0)
		return DCVP_OK;
	/* How far it came it does not tell. */
	return dcv_kit_fail(err, DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE,
		"%s %s %s: exit status %d", session->name, step->verb, step->owner,
		status);
}

/* RFC 4648 4. */
static const char *base64(struct dcv_kit *kit, const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text);
	char *out = dcv_kit_array(kit, (len + 2) / 3 * 4 + 1, 1), *to = out;

	for (size_t i = 0; out != NULL && i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < n ? (unsigned char)text[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			*to++ = k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
	}
	return out;
}

static enum dcvp_class judge_status(const struct dcv_exec *session,
	const struct step *step, const struct dcvp_http_answer *answer,
	struct dcvp_error *err)
{
	enum dcvp_class class = DCVP_UNKNOWN;
	enum dcvp_cause cause = DCVP_CAUSE_UNAVAILABLE;

	if (answer->status >= 200 && answer->status < 300)
		return DCVP_OK;
	if (answer->status >= 400 && answer->status < 500 && answer->status != 408) {
		class = DCVP_FAILED;
		cause = answer->status == 401   ? DCVP_CAUSE_AUTH
			: answer->status == 403 ? DCVP_CAUSE_FORBIDDEN
			: answer->status == 429 ? DCVP_CAUSE_THROTTLED
						: DCVP_CAUSE_VALUE;
	}
	if (answer->status >= 300 && answer->status < 400)
		dcv_kit_help(err, DCV_KIT_REDIRECT("endpoint"));
	err->retry_after_ms = answer->retry_after_ms;
	(void)snprintf(err->code, sizeof err->code, "%d", answer->status);
	return dcv_kit_fail(err, class, cause, "%s/%s: %s: status %d", session->endpoint,
		step->verb, step->owner, answer->status);
}

static enum dcvp_class post(struct dcv_exec *session, const struct step *step,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = session->host;
	struct dcv_kit kit = {.host = host};
	struct dcvp_tree *body = dcv_kit_add(&kit, NULL, NULL, DCVP_OBJECT, NULL);
	struct dcvp_header headers[] = {{"Content-Type", "application/json"},
		{"Accept", "application/json"}, {"Authorization", NULL}};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = "POST",
		.url = dcv_kit_format(&kit, "%s/%s", session->endpoint, step->verb),
		.headers = headers,
		.n_headers = session->username != NULL ? 3 : 2};
	struct dcvp_http_answer answer = {0};
	enum dcvp_class class;

	if (body != NULL) {
		(void)dcv_kit_add(&kit, body, "fqdn", DCVP_TEXT, step->owner);
		(void)dcv_kit_add(&kit, body, "value", DCVP_TEXT, step->value);
	}
	if (session->username != NULL && !kit.nomem)
		headers[2].value = dcv_kit_format(&kit, "Basic %s",
			base64(&kit,
				dcv_kit_format(&kit, "%s:%s", session->username,
					session->password != NULL ? session->password
								  : "")));
	if (!kit.nomem)
		request.body = host->json_write(host->ctx, body);
	if (kit.nomem || request.body == NULL)
		return dcv_kit_nomem(err);
	request.body_len = strlen(request.body);
	class = host->http(host->ctx, &request, &answer, err);
	return class == DCVP_OK ? judge_status(session, step, &answer, err) : class;
}

/* One value. An edit is failed only while nothing of it was done. */
static enum dcvp_class take_step(struct dcv_exec *session, const struct step *step,
	struct dcvp_result *result, struct dcvp_error *err)
{
	enum dcvp_class class = session->dialect == DCV_EXEC_LEGO
		? run_program(session, step, err)
		: post(session, step, err);

	if (class == DCVP_OK) {
		result->outcome = DCVP_EDIT_DONE;
		return class;
	}
	if (class == DCVP_UNKNOWN || result->outcome == DCVP_EDIT_DONE)
		result->outcome = DCVP_EDIT_UNKNOWN;
	result->cause = err->cause;
	result->retry_after_ms = err->retry_after_ms;
	return class;
}

static enum dcvp_class take_values(struct dcv_exec *session, const char *verb,
	const struct dcvp_edit *edit, struct dcvp_result *result, struct dcvp_error *err)
{
	int adds = strcmp(verb, "present") == 0;
	size_t n = adds ? edit->n_add : edit->n_remove;
	struct dcv_kit kit = {.host = session->host};

	for (size_t i = 0; i < n; i++) {
		struct step step = {.verb = verb,
			.owner = edit->owner,
			.value = dcv_kit_plain(&kit,
				adds ? edit->add[i] : edit->remove[i])};
		enum dcvp_class class = step.value != NULL
			? take_step(session, &step, result, err)
			: dcv_kit_nomem(err);

		if (class != DCVP_OK)
			return class;
	}
	return DCVP_OK;
}

static enum dcvp_class check(const struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_error *err)
{
	struct dcv_kit kit = {.host = session->host};
	char type[DCV_KIT_TYPE_MAX];

	for (size_t i = 0; i < change->n_edits; i++) {
		const struct dcvp_edit *edit = &change->edits[i];

		if (edit->type != DCV_KIT_TXT)
			return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_VALUE,
				"%s: %s %s: this dialect takes TXT only", session->name,
				edit->owner, dcv_kit_type_text(edit->type, type));
		for (size_t k = 0; k < edit->n_add + edit->n_remove; k++) {
			const char *rdata = k < edit->n_add
				? edit->add[k]
				: edit->remove[k - edit->n_add];

			if (dcv_kit_plain(&kit, rdata) == NULL)
				return kit.nomem ? dcv_kit_nomem(err)
						 : dcv_kit_fail(err, DCVP_INVALID,
							   DCVP_CAUSE_VALUE,
							   "%s: %s: this dialect takes "
							   "printable ASCII only",
							   session->name, edit->owner);
		}
	}
	return DCVP_OK;
}

/* Additions come first; after a failure nothing more is done, above all no removal. */
enum dcvp_class dcv_exec_single_apply(struct dcv_exec *session,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_error *err)
{
	static const char *const verbs[] = {"present", "cleanup"};
	enum dcvp_class class = check(session, change, err);
	int touched = 0;

	for (size_t i = 0; i < change->n_edits; i++)
		results[i] = (struct dcvp_result){.outcome = DCVP_EDIT_FAILED};
	for (size_t verb = 0; verb < 2; verb++) {
		for (size_t i = 0; class == DCVP_OK && i < change->n_edits; i++)
			class = take_values(session, verbs[verb], &change->edits[i],
				&results[i], err);
	}
	for (size_t i = 0; i < change->n_edits; i++) {
		const struct dcvp_edit *edit = &change->edits[i];

		/* A TTL is all that it asks for, and none can be given. */
		if (class == DCVP_OK && edit->n_add + edit->n_remove == 0)
			results[i].outcome = DCVP_EDIT_ALREADY;
		/* What is only begun (added, and not yet removed) is neither. */
		if (class != DCVP_OK && results[i].outcome == DCVP_EDIT_DONE &&
			edit->n_remove > 0)
			results[i].outcome = DCVP_EDIT_UNKNOWN;
		touched |= results[i].outcome != DCVP_EDIT_FAILED;
	}
	return class != DCVP_OK && touched ? DCVP_UNKNOWN : class;
}
