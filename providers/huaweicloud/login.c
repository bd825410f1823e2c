/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how IAM and the metadata service hand out keys and tokens. It does not know what
 * they are used for. */
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

/* What IAM hands out holds for a day, what the metadata service hands out for an hour at least
 * when it is new; a run that takes longer asks again. */
#define TOKEN "token"
#define TOKEN_S 43200
#define KEYS "keys"
#define KEYS_S 600

/* --- a token of IAM */

static struct dcvp_tree *add_named(struct dcv_kit *kit, struct dcvp_tree *to,
	const char *key, const char *name)
{
	struct dcvp_tree *object = to != NULL
		? dcv_kit_add(kit, to, key, DCVP_OBJECT, NULL)
		: NULL;

	if (object != NULL)
		(void)dcv_kit_add(kit, object, "name", DCVP_TEXT, name);
	return object;
}

/* Of a project, which is what a region is to IAM, or of the whole domain. */
static void add_scope(struct dcv_kit *kit, struct dcvp_tree *auth,
	const struct dcv_hw *session)
{
	struct dcvp_tree *scope = dcv_kit_add(kit, auth, "scope", DCVP_OBJECT, NULL);

	if (session->project_id != NULL && scope != NULL) {
		struct dcvp_tree *project = dcv_kit_add(kit, scope, "project",
			DCVP_OBJECT, NULL);

		if (project != NULL)
			(void)dcv_kit_add(kit, project, "id", DCVP_TEXT,
				session->project_id);
	} else if (session->project_name != NULL) {
		(void)add_named(kit, scope, "project", session->project_name);
	} else {
		(void)add_named(kit, scope, "domain", session->domain_name);
	}
}

static const struct dcvp_tree *token_body(struct dcv_kit *kit,
	const struct dcv_hw *session)
{
	struct dcvp_tree *body = dcv_kit_add(kit, NULL, NULL, DCVP_OBJECT, NULL), *auth,
			 *identity, *methods, *password, *user;

	auth = body != NULL ? dcv_kit_add(kit, body, "auth", DCVP_OBJECT, NULL) : NULL;
	identity = auth != NULL ? dcv_kit_add(kit, auth, "identity", DCVP_OBJECT, NULL)
				: NULL;
	if (identity == NULL)
		return NULL;
	methods = dcv_kit_add(kit, identity, "methods", DCVP_ARRAY, NULL);
	if (methods != NULL)
		(void)dcv_kit_add(kit, methods, NULL, DCVP_TEXT, "password");
	password = dcv_kit_add(kit, identity, "password", DCVP_OBJECT, NULL);
	user = add_named(kit, password, "user", session->username);
	if (user != NULL) {
		(void)dcv_kit_add(kit, user, "password", DCVP_TEXT, session->password);
		(void)add_named(kit, user, "domain", session->domain_name);
	}
	add_scope(kit, auth, session);
	return body;
}

static const char *header_of(const struct dcvp_http_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->n_headers; i++) {
		if (strcmp(answer->headers[i].name, name) == 0)
			return answer->headers[i].value;
	}
	return NULL;
}

static enum dcvp_class get_token(struct dcv_hw_call *call, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct dcvp_header headers[] = {{"Content-Type", "application/json"}};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = "POST",
		.url = dcv_kit_format(&call->kit, "%s/v3/auth/tokens", call->session->iam),
		.headers = headers,
		.n_headers = 1,
		.repeatable = 1};
	struct dcvp_http_answer answer = {0};
	enum dcvp_class class = dcv_hw_put_body(call,
		token_body(&call->kit, call->session), &request, err);

	if (class == DCVP_OK)
		class = dcv_hw_send(call, &request, &answer, err);
	if (class != DCVP_OK)
		return class;
	if (call->status == 401)
		dcv_kit_help(err,
			"help: username and password must be those of a user of IAM, "
			"domain_name its account's");
	if (call->status < 200 || call->status > 299)
		return dcv_hw_refused(call, &answer, 0, err);
	call->token = header_of(&answer, "x-subject-token");
	if (call->token == NULL || call->token[0] == '\0')
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer has no token", call->session->iam);
	host->cache_put(host->ctx, TOKEN, call->token, TOKEN_S);
	return DCVP_OK;
}

/* --- temporary keys */

/* The token of the metadata service itself, NULL where it is of an older kind without. */
static enum dcvp_class get_session(struct dcv_hw_call *call, const char **ret,
	struct dcvp_error *err)
{
	const struct dcvp_header headers[] = {{"X-Metadata-Token-Ttl-Seconds", "300"}};
	const struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = "PUT",
		.url = dcv_kit_format(&call->kit, "%s/meta-data/latest/api/token",
			call->session->metadata),
		.headers = headers,
		.n_headers = 1,
		.repeatable = !call->session->sought};
	struct dcvp_http_answer answer = {0};
	struct dcvp_error ignored = {0};
	enum dcvp_class class;

	*ret = NULL;
	if (request.url == NULL)
		return dcv_kit_nomem(err);
	class = dcv_hw_send(call, &request, &answer, &ignored);
	/* It is a line of text, and so no JSON. */
	if (call->status >= 200 && call->status <= 299 && answer.body_len > 0)
		*ret = answer.body;
	if (call->status != 0)
		return DCVP_OK;
	*err = ignored;
	return class;
}

/* access, secret and security token, a line each, as the cache has them. */
static enum dcvp_class use_keys(struct dcv_hw_call *call, const char *keys,
	struct dcvp_error *err)
{
	char *access = dcv_kit_dup(&call->kit, keys), *secret, *token;

	if (access == NULL)
		return dcv_kit_nomem(err);
	secret = strchr(access, '\n');
	token = secret != NULL ? strchr(secret + 1, '\n') : NULL;
	if (token == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_INTERNAL,
			"%s: keys that cannot be read", call->subject);
	*secret++ = *token++ = '\0';
	call->sign.key_id = access;
	call->sign.secret = secret;
	call->sign.token = token;
	return DCVP_OK;
}

static enum dcvp_class take_keys(struct dcv_hw_call *call, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct dcvp_tree *from = dcv_kit_get(call->json, "credential");
	const char *access = dcv_kit_get_text(from, "access"),
		   *secret = dcv_kit_get_text(from, "secret"),
		   *token = dcv_kit_get_text(from, "securitytoken"), *keys;

	if (access == NULL || secret == NULL || token == NULL ||
		strpbrk(access, "\r\n") != NULL || strpbrk(secret, "\r\n") != NULL ||
		strpbrk(token, "\r\n") != NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer has no keys", call->session->metadata);
	keys = dcv_kit_format(&call->kit, "%s\n%s\n%s", access, secret, token);
	if (keys == NULL)
		return dcv_kit_nomem(err);
	host->cache_put(host->ctx, KEYS, keys, KEYS_S);
	return use_keys(call, keys, err);
}

static enum dcvp_class get_keys(struct dcv_hw_call *call, struct dcvp_error *err)
{
	struct dcvp_header headers[] = {{"X-Metadata-Token", NULL}};
	struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = "GET",
		.url = dcv_kit_format(&call->kit, "%s/openstack/latest/securitykey",
			call->session->metadata),
		.headers = headers,
		.repeatable = 1};
	struct dcvp_http_answer answer = {0};
	enum dcvp_class class = get_session(call, &headers[0].value, err);

	if (class == DCVP_OK && request.url == NULL)
		class = dcv_kit_nomem(err);
	if (class != DCVP_OK)
		return class;
	request.n_headers = headers[0].value != NULL;
	class = dcv_hw_send(call, &request, &answer, err);
	if (class != DCVP_OK)
		return class;
	if (call->status == 200)
		return take_keys(call, err);
	dcv_kit_help(err,
		"help: give the server an agency of IAM that may use DNS, or the account keys");
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
		"%s: no keys for this server (status %d)", call->session->metadata,
		call->status);
}

/* Where nobody said that there are keys: what was looked at. */
static enum dcvp_class get_sought_keys(struct dcv_hw_call *call, struct dcvp_error *err)
{
	struct dcvp_error why = {0};
	enum dcvp_class class = get_keys(call, &why);

	if (class == DCVP_OK || class == DCVP_NOMEM)
		return class;
	dcv_kit_help(err,
		"help: give the account access_key and secret_key, or username and password; "
		"dcvctl-huaweicloud(7) lists where else keys may be");
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
		"huaweicloud: no keys in the account, in HUAWEICLOUD_SDK_AK, in "
		"~/.huaweicloud/credentials, nor of this server (%.300s)",
		why.text);
}

/* --- who we are */

static enum dcvp_class login(struct dcv_hw_call *call, struct dcvp_error *err)
{
	const struct dcv_hw *session = call->session;
	const struct dcvp_host *host = session->host;
	const char *keys;

	switch (session->auth) {
	case DCV_HW_AUTH_KEY:
		call->sign.key_id = session->access_key;
		call->sign.secret = session->secret_key;
		call->sign.token = session->security_token;
		return DCVP_OK;
	case DCV_HW_AUTH_TOKEN:
		call->token = host->cache_get(host->ctx, TOKEN);
		return call->token != NULL ? DCVP_OK : get_token(call, err);
	case DCV_HW_AUTH_METADATA:
		keys = host->cache_get(host->ctx, KEYS);
		if (keys != NULL)
			return use_keys(call, keys, err);
		return session->sought ? get_sought_keys(call, err) : get_keys(call, err);
	}
	return DCVP_INVALID;
}

enum dcvp_class dcv_hw_login(struct dcv_hw_call *call, struct dcvp_error *err)
{
	enum dcvp_class class;

	if (call->logged_in)
		return DCVP_OK;
	call->sign = (struct dcvp_sign){.struct_size = sizeof call->sign,
		.scheme = DCVP_SIGN_SDK_HMAC_SHA256};
	class = login(call, err);
	call->logged_in = class == DCVP_OK;
	return class;
}
