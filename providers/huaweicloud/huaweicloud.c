/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the options of an account at Huawei Cloud, and what its DNS service can. */
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

/* In the order of: the vendor's SDK, lego, Terraform; acme.sh for users. */
static const char *const env_region[] = {"HUAWEICLOUD_REGION", "HW_REGION_NAME", NULL};
static const char *const env_access_key[] = {"HUAWEICLOUD_SDK_AK",
	"HUAWEICLOUD_ACCESS_KEY_ID", "HW_ACCESS_KEY", NULL};
static const char *const env_secret_key[] = {"HUAWEICLOUD_SDK_SK",
	"HUAWEICLOUD_SECRET_ACCESS_KEY", "HW_SECRET_KEY", NULL};
static const char *const env_token[] = {"HUAWEICLOUD_SDK_SECURITY_TOKEN",
	"HW_SECURITY_TOKEN", NULL};
static const char *const env_project_id[] = {"HUAWEICLOUD_SDK_PROJECT_ID",
	"HW_PROJECT_ID", NULL};
static const char *const env_project_name[] = {"HW_PROJECT_NAME", NULL};
static const char *const env_username[] = {"HUAWEICLOUD_Username", "HW_USER_NAME", NULL};
static const char *const env_password[] = {"HUAWEICLOUD_Password", "HW_USER_PASSWORD",
	NULL};
static const char *const env_domain[] = {"HUAWEICLOUD_DomainName", "HW_DOMAIN_NAME", NULL};

static const char *const auths[] = {"key", "token", "metadata", NULL};
static const char *const versions[] = {"v2.1", "v2", NULL};

static const struct dcvp_option options[] = {
	{.key = "region",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_region,
		.help = "where the zone was made, as ap-southeast-1"},
	{.key = "endpoint",
		.kind = DCVP_OPTION_URL,
		.help = "of the DNS service; default: that of the region"},
	{.key = "iam_endpoint",
		.kind = DCVP_OPTION_URL,
		.help = "of IAM, for tokens; default: that of the region"},
	{.key = "scm_endpoint",
		.kind = DCVP_OPTION_URL,
		.help = "of SCM, for its orders; default: that of the region"},
	{.key = "metadata_endpoint",
		.kind = DCVP_OPTION_URL,
		.help = "of the metadata service; default: http://169.254.169.254"},
	{.key = "auth",
		.kind = DCVP_OPTION_WORD,
		.words = auths,
		.help = "default: token with a username, else key, metadata without any"},
	{.key = "access_key",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_access_key,
		.help = "AK of a user of IAM"},
	{.key = "secret_key",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_secret_key,
		.help = "SK that belongs to it"},
	{.key = "security_token",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_token,
		.help = "of temporary keys"},
	{.key = "project_id",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_project_id,
		.help = "sent along, where a project is asked for"},
	{.key = "username",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_username,
		.help = "user of IAM, for a token"},
	{.key = "password",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_password,
		.help = "of the user"},
	{.key = "domain_name",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_domain,
		.help = "the user's account"},
	{.key = "project_name",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_project_name,
		.help = "scope of the token; default: the region"},
	{.key = "line",
		.kind = DCVP_OPTION_TEXT,
		.fallback = DCV_HW_LINE,
		.help = "whose record sets are written"},
	{.key = "api",
		.kind = DCVP_OPTION_WORD,
		.words = versions,
		.fallback = "v2.1",
		.help = "v2 where the service knows no lines"},
	{.key = NULL}};

/* Octets that the service does not take in a TXT value: quotes, backslashes, and what presentation
 * format (RFC 1035 5.1) writes with one. */
#define EIGHT(row)                                                            \
	(char)(row), (char)((row) + 1), (char)((row) + 2), (char)((row) + 3), \
		(char)((row) + 4), (char)((row) + 5), (char)((row) + 6),      \
		(char)((row) + 7)
#define SIXTEEN(row) EIGHT(row), EIGHT((row) + 8)
static const char forbidden[] = {'"', '\\', 1, 2, 3, 4, 5, 6, 7, EIGHT(8), SIXTEEN(16),
	127, SIXTEEN(0x80), SIXTEEN(0x90), SIXTEEN(0xa0), SIXTEEN(0xb0), SIXTEEN(0xc0),
	SIXTEEN(0xd0), SIXTEEN(0xe0), SIXTEEN(0xf0), '\0'};

static const struct dcvp_capabilities capabilities = {.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_RRSET,
	.atomic = DCVP_ATOMIC_RRSET,
	.cas = DCVP_CAS_NONE,
	.visible = DCVP_VISIBLE_SYNC,
	.ttl_min_s = 1,
	.ttl_max_s = INT32_MAX,
	/* 4,096 characters with the quotes of 16 strings and the blanks between them. */
	.txt_max = 4049,
	.txt_forbidden = forbidden,
	.values_max = 50,
	/* A key that is not believed several times in a row is locked: few may find out at once. */
	.sessions_max = 4};

static const char *without_slash(struct dcv_kit *kit, const char *url)
{
	size_t len = url != NULL ? strlen(url) : 0;

	while (len > 0 && url[len - 1] == '/')
		len--;
	return url != NULL ? dcv_kit_format(kit, "%.*s", (int)len, url) : NULL;
}

/* The region becomes a part of a host's name. */
static int is_region(const char *text)
{
	return text[0] != '\0' &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static const char *base_of(struct dcv_kit *kit, const char *given, const char *service,
	const char *region)
{
	if (given != NULL)
		return without_slash(kit, given);
	return dcv_kit_format(kit, "https://%s%s%s.myhuaweicloud.com", service,
		region != NULL ? "." : "", region != NULL ? region : "");
}

/* Where a setting of one text goes. */
static const char **place_of(struct dcv_hw *session, const char *key)
{
	const struct {
		const char *key;
		const char **to;
	} places[] = {{"region", &session->region}, {"endpoint", &session->endpoint},
		{"iam_endpoint", &session->iam}, {"scm_endpoint", &session->scm},
		{"metadata_endpoint", &session->metadata},
		{"access_key", &session->access_key}, {"secret_key", &session->secret_key},
		{"security_token", &session->security_token},
		{"project_id", &session->project_id}, {"username", &session->username},
		{"password", &session->password}, {"domain_name", &session->domain_name},
		{"project_name", &session->project_name}, {"line", &session->line},
		{"api", &session->version}};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (strcmp(places[i].key, key) == 0)
			return places[i].to;
	}
	return NULL;
}

static const char *take_settings(struct dcv_kit *kit, struct dcv_hw *session,
	const struct dcvp_setting *settings, size_t n)
{
	const char *auth = NULL;

	for (size_t i = 0; i < n; i++) {
		const char **to = place_of(session, settings[i].key);

		if (settings[i].n != 1)
			continue;
		if (to != NULL)
			*to = dcv_kit_dup(kit, settings[i].values[0]);
		else if (strcmp(settings[i].key, "auth") == 0)
			auth = settings[i].values[0];
	}
	return auth;
}

/* Without any word of the account, in the order of the vendor's SDKs. */
static enum dcvp_class choose_auth(struct dcv_kit *kit, struct dcv_hw *session,
	const char *auth, struct dcvp_error *err)
{
	enum dcvp_class class = DCVP_OK;

	if (auth != NULL && strcmp(auth, "key") != 0)
		session->auth = strcmp(auth, "token") == 0 ? DCV_HW_AUTH_TOKEN
							   : DCV_HW_AUTH_METADATA;
	else if (auth == NULL && session->username != NULL && session->access_key == NULL)
		session->auth = DCV_HW_AUTH_TOKEN;
	else if (session->access_key == NULL && session->secret_key == NULL)
		class = dcv_hw_seek_keys(kit, session, err);
	session->sought = auth == NULL && session->auth == DCV_HW_AUTH_KEY &&
		session->access_key == NULL && session->secret_key == NULL;
	if (session->sought)
		session->auth = DCV_HW_AUTH_METADATA;
	return class;
}

/* What is missing in the account, or NULL. */
static const char *missing(const struct dcv_hw *session)
{
	switch (session->auth) {
	case DCV_HW_AUTH_KEY:
		if (session->access_key == NULL || session->secret_key == NULL)
			return "access_key and secret_key are wanted, both";
		return NULL;
	case DCV_HW_AUTH_TOKEN:
		if (session->username == NULL || session->password == NULL ||
			session->domain_name == NULL)
			return "auth: token wants username, password and domain_name";
		return NULL;
	case DCV_HW_AUTH_METADATA:
		return NULL;
	}
	return NULL;
}

static void fill_in(struct dcv_kit *kit, struct dcv_hw *session)
{
	session->endpoint = base_of(kit, session->endpoint, "dns", session->region);
	session->iam = base_of(kit, session->iam, "iam", session->region);
	session->scm = base_of(kit, session->scm, "scm", session->region);
	session->metadata = without_slash(kit,
		session->metadata != NULL ? session->metadata : "http://169.254.169.254");
	if (session->line == NULL)
		session->line = DCV_HW_LINE;
	if (session->version == NULL)
		session->version = "v2.1";
	if (session->project_name == NULL)
		session->project_name = session->region;
}

static enum dcvp_class hw_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_kit kit = {.host = host};
	struct dcv_hw *session = dcv_kit_array(&kit, 1, sizeof *session);
	const char *auth;
	enum dcvp_class class;

	if (session == NULL)
		return dcv_kit_nomem(err);
	session->host = host;
	auth = take_settings(&kit, session, settings, n);
	if (kit.nomem)
		return dcv_kit_nomem(err);
	class = choose_auth(&kit, session, auth, err);
	if (class != DCVP_OK)
		return class;
	if (missing(session) != NULL)
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE, "huaweicloud: %s",
			missing(session));
	if (session->region != NULL && !is_region(session->region))
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"huaweicloud: region: \"%.64s\" is none; write it as "
			"ap-southeast-1",
			session->region);
	fill_in(&kit, session);
	if (kit.nomem)
		return dcv_kit_nomem(err);
	*ret_session = session;
	return DCVP_OK;
}

/* All of the session is the host's memory. */
static void hw_close(void *session)
{
	(void)session;
}

static enum dcvp_class hw_probe(void *session, const char **ret, struct dcvp_error *err)
{
	struct dcv_hw_call call;
	enum dcvp_class class;
	int64_t zones;

	dcv_hw_begin(&call, session, NULL);
	class = dcv_hw_ask(&call, "GET", "v2/zones?type=public&limit=1", NULL, err);
	if (class != DCVP_OK)
		return class;
	if (dcv_kit_get(call.json, "zones") == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is not that of a DNS service", call.subject);
	zones = dcv_kit_get_number(dcv_kit_get(call.json, "metadata"), "total_count",
		INT32_MAX);
	*ret = zones >= 0 ? dcv_kit_format(&call.kit, "%s, public zones: %d",
				    call.subject, (int)zones)
			  : dcv_kit_dup(&call.kit, call.subject);
	return call.kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

static const struct dcvp_provider huaweicloud = {
	.struct_size = sizeof huaweicloud,
	.abi = DCVP_ABI,
	.name = "huaweicloud",
	.title = "Huawei Cloud DNS, Open Telekom Cloud, Flexible Engine",
	.options = options,
	.capabilities = &capabilities,
	.open = hw_open,
	.close = hw_close,
	.probe = hw_probe,
	.find_zone = dcv_hw_find_zone,
	.read = dcv_hw_read,
	.apply = dcv_hw_apply,
	.sync = dcv_hw_sync,
	.variables = dcv_hw_variables,
	.rate_requests = 100,
	.rate_s = 60,
	.services = dcv_hw_services,
	.order = dcv_hw_order,
};

DCVP_ENTRY(huaweicloud);
