/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a container (ECS, EKS Pod Identity) and an EC2 instance are given keys: by
 * services that only they can reach. */
#include <string.h>
#include <strings.h>

#include "providers/route53/route53.h"

#define CONTAINER "http://169.254.170.2"
#define INSTANCE "http://169.254.169.254"
#define CREDENTIALS "/latest/meta-data/iam/security-credentials/"
#define TOKEN_HEADER "X-aws-ec2-metadata-token"

static enum dcvp_class get(struct dcv_r53_call *call, const char *method, const char *url,
	const struct dcvp_header *header, struct dcvp_http_answer *ret,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct dcvp_http_request request = {.struct_size = sizeof request,
		.method = method,
		.url = url,
		.headers = header,
		.n_headers = header != NULL && header->value != NULL};
	enum dcvp_class class;

	*ret = (struct dcvp_http_answer){0};
	if (url == NULL)
		return dcv_kit_nomem(err);
	class = host->http(host->ctx, &request, ret, err);
	return class == DCVP_UNKNOWN ? DCVP_FAILED : class;
}

static enum dcvp_class take_keys(struct dcv_r53_call *call, const char *place,
	const struct dcvp_http_answer *answer, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const struct dcvp_tree *json = NULL;
	const char *expires;

	if (answer->status == 200)
		json = host->json_read(host->ctx, answer->body, answer->body_len, err);
	ret->key_id = dcv_kit_get_text(json, "AccessKeyId");
	ret->secret = dcv_kit_get_text(json, "SecretAccessKey");
	ret->token = dcv_kit_get_text(json, "Token");
	expires = dcv_kit_get_text(json, "Expiration");
	ret->expires_s = expires != NULL ? dcv_r53_time(expires) : 0;
	if (ret->key_id != NULL && ret->secret != NULL)
		return DCVP_OK;
	ret->key_id = NULL;
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_AUTH,
		"%s: no credentials (status %d)", place, answer->status);
}

/* What is shown to the service: of a file, which may be renewed, before that of a variable. */
static enum dcvp_class authorization(struct dcv_r53_call *call, const char **ret,
	struct dcvp_error *err)
{
	const char *path = dcv_r53_variable(call,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

	*ret = dcv_r53_variable(call, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	return path != NULL ? dcv_r53_file(call, path, ret, err) : DCVP_OK;
}

enum dcvp_class dcv_r53_from_container(struct dcv_r53_call *call,
	struct dcv_r53_keys *ret, struct dcvp_error *err)
{
	const char *relative = dcv_r53_variable(call,
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *url = dcv_r53_variable(call, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct dcvp_header header = {"Authorization", NULL};
	struct dcvp_http_answer answer;
	enum dcvp_class class;

	if (relative == NULL && url == NULL)
		return DCVP_OK;
	if (relative != NULL)
		url = dcv_kit_format(&call->kit, CONTAINER "%s%s",
			relative[0] == '/' ? "" : "/", relative);
	class = authorization(call, &header.value, err);
	if (class == DCVP_OK)
		class = get(call, "GET", url, &header, &answer, err);
	return class == DCVP_OK ? take_keys(call, url, &answer, ret, err) : class;
}

/* The text of an answer, which is one line; "" if it is none. */
static const char *line_of(struct dcv_kit *kit, const struct dcvp_http_answer *answer)
{
	if (answer->status != 200 || answer->body_len == 0)
		return "";
	return dcv_kit_format(kit, "%.*s", (int)strcspn(answer->body, "\r\n"),
		answer->body);
}

/* Without a slash at its end; NULL when memory is out. */
static const char *place_of(struct dcv_r53_call *call)
{
	const char *place = call->session->metadata_endpoint;
	size_t len;

	if (place == NULL)
		place = dcv_r53_variable(call, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
	if (place == NULL)
		return INSTANCE;
	for (len = strlen(place); len > 0 && place[len - 1] == '/';)
		len--;
	return dcv_kit_format(&call->kit, "%.*s", (int)len, place);
}

/* Not on an instance, or one without a role: there are none. */
enum dcvp_class dcv_r53_from_instance(struct dcv_r53_call *call, struct dcv_r53_keys *ret,
	struct dcvp_error *err)
{
	const char *off = dcv_r53_variable(call, "AWS_EC2_METADATA_DISABLED");
	const char *place, *url, *role;
	struct dcvp_header header = {TOKEN_HEADER "-ttl-seconds", "300"};
	struct dcvp_http_answer answer;
	struct dcvp_error ignored = {0};

	if (off != NULL && strcasecmp(off, "true") == 0)
		return DCVP_OK;
	place = place_of(call);
	url = place != NULL ? dcv_kit_format(&call->kit, "%s/latest/api/token", place)
			    : NULL;
	if (get(call, "PUT", url, &header, &answer, &ignored) != DCVP_OK ||
		answer.status != 200)
		return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
	header = (struct dcvp_header){TOKEN_HEADER, line_of(&call->kit, &answer)};
	url = dcv_kit_format(&call->kit, "%s" CREDENTIALS, place);
	if (get(call, "GET", url, &header, &answer, &ignored) != DCVP_OK)
		return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
	role = line_of(&call->kit, &answer);
	if (role == NULL || role[0] == '\0')
		return role == NULL ? dcv_kit_nomem(err) : DCVP_OK;
	role = dcv_kit_escape(&call->kit, role, "");
	url = role == NULL
		? NULL
		: dcv_kit_format(&call->kit, "%s" CREDENTIALS "%s", place, role);
	if (get(call, "GET", url, &header, &answer, err) != DCVP_OK)
		return url == NULL ? DCVP_NOMEM : DCVP_FAILED;
	return take_keys(call, place, &answer, ret, err);
}
