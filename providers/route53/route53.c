/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the options of an account at Amazon Route 53, and what the service can. */
#include <string.h>

#include "providers/route53/route53.h"

static const char *const env_endpoint[] = {"AWS_ENDPOINT_URL_ROUTE_53",
	"AWS_ENDPOINT_URL", NULL};
static const char *const env_sts[] = {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL", NULL};
static const char *const env_region[] = {"AWS_REGION", "AWS_DEFAULT_REGION", NULL};
static const char *const env_role[] = {"AWS_ASSUME_ROLE_ARN", NULL};
static const char *const env_external[] = {"AWS_EXTERNAL_ID", NULL};
static const char *const env_zone[] = {"AWS_HOSTED_ZONE_ID", NULL};
static const char *const env_metadata[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT", NULL};
static const char *const words_wait[] = {"insync", "no", NULL};

/* Where the chain looks. */
static const char *const variables[] = {"AWS_REGION", "AWS_DEFAULT_REGION",
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
	"AWS_DEFAULT_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
	"AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_DISABLED", NULL};

static const struct dcvp_option options[] = {
	{.key = "access_key",
		.kind = DCVP_OPTION_SECRET,
		.help = "id of an access key; without it the chain of the AWS tools"},
	{.key = "secret_key",
		.kind = DCVP_OPTION_SECRET,
		.help = "that belongs to access_key"},
	{.key = "session_token",
		.kind = DCVP_OPTION_SECRET,
		.help = "that belongs to access_key, if it is a temporary one"},
	{.key = "profile",
		.kind = DCVP_OPTION_TEXT,
		.help = "a section of ~/.aws/credentials and ~/.aws/config"},
	{.key = "role_arn",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_role,
		.help = "a role that the credentials are exchanged for"},
	{.key = "external_id",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_external,
		.help = "that the role asks for"},
	{.key = "hosted_zone_id",
		.kind = DCVP_OPTION_TEXT,
		.many = 1,
		.environment = env_zone,
		.help = "of the only hosted zones that are taken, as Z0123456789ABC"},
	{.key = "wait",
		.kind = DCVP_OPTION_WORD,
		.words = words_wait,
		.fallback = "insync",
		.help = "until all servers have a change (insync), or no"},
	{.key = "region",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_region,
		.help = "of STS; one of China or GovCloud leads to their Route 53"},
	{.key = "endpoint",
		.kind = DCVP_OPTION_URL,
		.environment = env_endpoint,
		.help = "of Route 53, if it is not the one of the region"},
	{.key = "sts_endpoint",
		.kind = DCVP_OPTION_URL,
		.environment = env_sts,
		.help = "of STS, if it is not the one of the region"},
	{.key = "metadata_endpoint",
		.kind = DCVP_OPTION_URL,
		.environment = env_metadata,
		.help = "of the instance's metadata, if not http://169.254.169.254"},
	{.key = NULL}};

static const struct dcvp_capabilities capabilities = {.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_RRSET,
	.atomic = DCVP_ATOMIC_ZONE,
	.cas = DCVP_CAS_RRSET,
	.visible = DCVP_VISIBLE_SYNC,
	.ttl_max_s = 2147483647,
	.txt_max = 4000,
	.values_max = 400};

static int starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Each partition of AWS has one Route 53, whatever the region. */
static void choose_endpoints(struct dcv_kit *kit, struct dcv_r53 *session)
{
	const char *region = session->sts_region, *suffix = "amazonaws.com";
	const char *host = "route53.amazonaws.com";

	session->sign_region = "us-east-1";
	if (starts(region, "cn-")) {
		session->sign_region = "cn-northwest-1";
		host = "route53.amazonaws.com.cn";
		suffix = "amazonaws.com.cn";
	} else if (starts(region, "us-gov-")) {
		session->sign_region = "us-gov-west-1";
		host = "route53.us-gov.amazonaws.com";
	}
	if (session->endpoint == NULL)
		session->endpoint = dcv_kit_format(kit, "https://%s", host);
	if (session->sts_endpoint == NULL)
		session->sts_endpoint = dcv_kit_format(kit, "https://sts.%s.%s", region,
			suffix);
}

/* The place of a setting that is one text. */
static const char **place_of(struct dcv_r53 *session, const char *key)
{
	const struct {
		const char *key, **place;
	} places[] = {{"access_key", &session->access_key},
		{"secret_key", &session->secret_key},
		{"session_token", &session->session_token},
		{"profile", &session->profile}, {"role_arn", &session->role_arn},
		{"external_id", &session->external_id}, {"region", &session->sts_region},
		{"endpoint", &session->endpoint}, {"sts_endpoint", &session->sts_endpoint},
		{"metadata_endpoint", &session->metadata_endpoint}};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (strcmp(places[i].key, key) == 0)
			return places[i].place;
	}
	return NULL;
}

static void take_ids(struct dcv_kit *kit, const struct dcvp_setting *setting,
	struct dcv_r53 *session)
{
	session->ids = dcv_kit_array(kit, setting->n, sizeof *session->ids);
	for (size_t i = 0; !kit->nomem && i < setting->n; i++) {
		const char *slash = strrchr(setting->values[i], '/');

		session->ids[session->n_ids++] = dcv_kit_dup(kit,
			slash != NULL ? slash + 1 : setting->values[i]);
	}
}

static void take_setting(struct dcv_kit *kit, const struct dcvp_setting *setting,
	struct dcv_r53 *session)
{
	const char **place = place_of(session, setting->key);
	size_t len;
	char *copy;

	if (strcmp(setting->key, "hosted_zone_id") == 0) {
		take_ids(kit, setting, session);
	} else if (strcmp(setting->key, "wait") == 0 && setting->n == 1) {
		session->waits = strcmp(setting->values[0], "no") != 0;
	} else if (place != NULL && setting->n == 1) {
		copy = dcv_kit_dup(kit, setting->values[0]);
		for (len = copy != NULL ? strlen(copy) : 0;
			strstr(setting->key, "endpoint") != NULL && len > 0 &&
			copy[len - 1] == '/';
			len--)
			copy[len - 1] = '\0';
		*place = copy;
	}
}

/* Ids and regions become a part of a URL. */
static const char *wrong_word(const struct dcv_r53 *session)
{
	static const char word[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

	if (session->sts_region[strspn(session->sts_region, word)] != '\0')
		return "region";
	for (size_t i = 0; i < session->n_ids; i++) {
		if (session->ids[i][0] == '\0' ||
			session->ids[i][strspn(session->ids[i], word)] != '\0')
			return "hosted_zone_id";
	}
	return NULL;
}

static enum dcvp_class check(const struct dcv_r53 *session, struct dcvp_error *err)
{
	const char *wrong = wrong_word(session);

	if (wrong != NULL)
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"route53: %s: letters, digits and \"-\" only", wrong);
	if ((session->access_key == NULL) != (session->secret_key == NULL))
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"route53: access_key and secret_key come together, or neither");
	return DCVP_OK;
}

static enum dcvp_class r53_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_r53_call call = {.kit = {.host = host}};
	struct dcv_r53 *session = dcv_kit_array(&call.kit, 1, sizeof *session);
	enum dcvp_class class;

	if (session == NULL)
		return dcv_kit_nomem(err);
	*session = (struct dcv_r53){.host = host, .waits = 1};
	for (size_t i = 0; i < n; i++)
		take_setting(&call.kit, &settings[i], session);
	call.session = session;
	for (size_t i = 0; env_region[i] != NULL && session->sts_region == NULL; i++)
		session->sts_region = dcv_r53_variable(&call, env_region[i]);
	if (session->sts_region == NULL)
		session->sts_region = "us-east-1";
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	class = check(session, err);
	if (class != DCVP_OK)
		return class;
	choose_endpoints(&call.kit, session);
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	*ret_session = session;
	return DCVP_OK;
}

/* All of the session is the host's memory. */
static void r53_close(void *session)
{
	(void)session;
}

/* With a right that is needed anyway. */
static enum dcvp_class r53_probe(void *session, const char **ret, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	const char *path = "/hostedzonesbyname?maxitems=1";
	enum dcvp_class class;

	dcv_r53_begin(&call, session);
	if (call.session->n_ids > 0)
		path = dcv_kit_format(&call.kit, "/hostedzone/%s", call.session->ids[0]);
	if (path == NULL)
		return dcv_kit_nomem(err);
	class = dcv_r53_ask(&call, "GET", path, NULL, err);
	if (class != DCVP_OK)
		return class;
	if (call.status != 200)
		return dcv_r53_refused(&call, call.session->endpoint, err);
	if (dcv_kit_get(call.xml, "HostedZones") == NULL &&
		dcv_kit_get(call.xml, "HostedZone") == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is not that of Route 53", call.session->endpoint);
	*ret = dcv_kit_dup(&call.kit, "Amazon Route 53");
	return call.kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

static enum dcvp_class r53_describe(void *session, struct dcvp_capabilities *ret,
	struct dcvp_error *err)
{
	const struct dcv_r53 *mine = session;

	(void)err;
	*ret = capabilities;
	if (!mine->waits)
		ret->visible = DCVP_VISIBLE_UNTOLD;
	return DCVP_OK;
}

static const struct dcvp_provider route53 = {
	.struct_size = sizeof route53,
	.abi = DCVP_ABI,
	.name = "route53",
	.title = "Amazon Route 53",
	.options = options,
	.capabilities = &capabilities,
	.open = r53_open,
	.close = r53_close,
	.probe = r53_probe,
	.find_zone = dcv_r53_find_zone,
	.read = dcv_r53_read,
	.apply = dcv_r53_apply,
	.sync = dcv_r53_sync,
	.describe = r53_describe,
	.variables = variables,
	.rate_requests = 5,
	.rate_s = 1,
};

DCVP_ENTRY(route53);
