/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how AWS STS exchanges keys, or a token, for those of a role. */
#include <string.h>

#include "providers/route53/route53.h"

#define SESSION "dcvctl"

/* `key=value` of a form. */
static void add_field(struct dcv_kit_text *form, const char *key, const char *value)
{
	if (value == NULL)
		return;
	value = dcv_kit_escape(form->kit, value, "");
	if (value == NULL)
		return;
	dcv_kit_text_add(form, "&", 1);
	dcv_kit_text_add(form, key, strlen(key));
	dcv_kit_text_add(form, "=", 1);
	dcv_kit_text_add(form, value, strlen(value));
}

static const char *form_of(struct dcv_kit *kit, const char *action,
	const struct dcv_r53_role *role, const char *token)
{
	struct dcv_kit_text form = {.kit = kit};

	dcv_kit_text_add(&form, "Version=2011-06-15", 18);
	add_field(&form, "Action", action);
	add_field(&form, "RoleArn", role->arn);
	add_field(&form, "RoleSessionName",
		role->session_name != NULL ? role->session_name : SESSION);
	add_field(&form, "ExternalId", role->external_id);
	add_field(&form, "WebIdentityToken", token);
	return dcv_kit_text_end(&form);
}

/* Credentials stand in the result, which stands in the response. */
static enum dcvp_class take_keys(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const struct dcvp_tree *at = call->xml != NULL ? call->xml->first : NULL;
	const struct dcvp_tree *found = NULL;
	const char *expires;

	for (; at != NULL && found == NULL; at = at->next)
		found = dcv_kit_get(at, "Credentials");
	ret->key_id = dcv_kit_get_text(found, "AccessKeyId");
	ret->secret = dcv_kit_get_text(found, "SecretAccessKey");
	ret->token = dcv_kit_get_text(found, "SessionToken");
	expires = dcv_kit_get_text(found, "Expiration");
	ret->expires_s = expires != NULL ? dcv_r53_time(expires) : 0;
	if (ret->key_id != NULL && ret->secret != NULL && ret->token != NULL &&
		ret->expires_s > 0)
		return DCVP_OK;
	ret->key_id = NULL;
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
		"%s: the answer has no credentials", call->session->sts_endpoint);
}

/* with: NULL: the token says who we are. */
static enum dcvp_class ask(struct dcv_r53_call *call, const char *form,
	const struct dcvp_sign *with, const char *arn, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	static const struct dcvp_header headers[] = {
		{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
	const struct dcvp_host *host = call->session->host;
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = "POST",
		.headers = headers,
		.n_headers = 1,
		.body = form,
		.repeatable = 1,
		.sign = with};
	struct dcvp_http_answer answer = {0};
	enum dcvp_class class;

	request.url = dcv_kit_format(&call->kit, "%s/", call->session->sts_endpoint);
	if (form == NULL || request.url == NULL)
		return dcv_kit_nomem(err);
	request.body_len = strlen(form);
	class = host->http(host->ctx, &request, &answer, err);
	if (class != DCVP_OK)
		return class == DCVP_UNKNOWN ? DCVP_FAILED : class;
	call->changing = 0;
	dcv_r53_take_answer(call, &answer, err);
	if (call->status != 200)
		return dcv_r53_refused(call, arn, err);
	return take_keys(call, ret, err);
}

enum dcvp_class dcv_r53_assume(struct dcv_r53_call *call, const struct dcv_r53_role *role,
	const struct dcv_r53_keys *with, struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	const struct dcvp_sign sign = {.struct_size = sizeof sign,
		.scheme = DCVP_SIGN_AWS4,
		.key_id = with->key_id,
		.secret = with->secret,
		.token = with->token,
		.region = call->session->sts_region,
		.service = "sts"};

	return ask(call, form_of(&call->kit, "AssumeRole", role, NULL), &sign, role->arn,
		ret, err);
}

enum dcvp_class dcv_r53_web_identity(struct dcv_r53_call *call,
	const struct dcv_r53_role *role, const char *token_file, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const char *token = NULL;
	enum dcvp_class class = dcv_r53_file(call, token_file, &token, err);

	if (class != DCVP_OK)
		return class;
	if (token == NULL || token[0] == '\0')
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
			"%s: no token of a web identity", token_file);
	return ask(call, form_of(&call->kit, "AssumeRoleWithWebIdentity", role, token),
		NULL, role->arn, ret, err);
}
