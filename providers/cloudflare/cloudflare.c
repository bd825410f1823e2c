/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the options of an account at Cloudflare, and what its API can. */
#include <string.h>

#include "providers/cloudflare/cloudflare.h"

#define URL "https://api.cloudflare.com/client/v4"

static const char *const env_url[] = {"CLOUDFLARE_BASE_URL", NULL};
static const char *const env_token[] = {"CLOUDFLARE_API_TOKEN",
	"CLOUDFLARE_DNS_API_TOKEN", "CF_DNS_API_TOKEN", "CF_API_TOKEN", "CF_Token", NULL};
static const char *const env_zone_token[] = {"CLOUDFLARE_ZONE_API_TOKEN",
	"CF_ZONE_API_TOKEN", NULL};
static const char *const env_email[] = {"CLOUDFLARE_EMAIL", "CLOUDFLARE_API_EMAIL",
	"CF_API_EMAIL", "CF_Email", NULL};
static const char *const env_key[] = {"CLOUDFLARE_API_KEY", "CF_API_KEY", "CF_Key", NULL};
static const char *const env_account[] = {"CLOUDFLARE_ACCOUNT_ID", "CF_ACCOUNT_ID",
	"CF_Account_ID", NULL};

static const struct dcvp_option options[] = {
	{.key = "token",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_token,
		.help = "an API token with Zone Read and DNS Edit"},
	{.key = "zone_token",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_zone_token,
		.help = "one with Zone Read, where token has DNS Edit alone"},
	{.key = "email",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_email,
		.help = "of the user whose global API key is `key`"},
	{.key = "key",
		.kind = DCVP_OPTION_SECRET,
		.environment = env_key,
		.help = "the global API key, which may do everything: better take a token"},
	{.key = "account_id",
		.kind = DCVP_OPTION_TEXT,
		.environment = env_account,
		.help = "of the account that holds the zones, where several do"},
	{.key = "batch",
		.kind = DCVP_OPTION_YES,
		.fallback = "no",
		.help = "a change is one request, carried out wholly or not at all"},
	{.key = "url",
		.kind = DCVP_OPTION_URL,
		.fallback = URL,
		.environment = env_url,
		.help = "of the API"},
	{.key = NULL}};

/* A record is at most 4,096 octets on the wire: 16 strings of 255 octets. */
#define TXT_MAX 4080u

static const struct dcvp_capabilities capabilities = {.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_RECORD,
	.atomic = DCVP_ATOMIC_NONE,
	.cas = DCVP_CAS_NONE,
	.visible = DCVP_VISIBLE_UNTOLD,
	.marks = 1,
	.ttl_min_s = DCV_CF_TTL_MIN_ENTERPRISE_S,
	.ttl_max_s = DCV_CF_TTL_MAX_S,
	.txt_max = TXT_MAX,
	.no_empty_txt = 1};

static void take_setting(struct dcv_kit *kit, const struct dcvp_setting *setting,
	struct dcv_cf *session)
{
	const char *value = setting->values[0];

	if (strcmp(setting->key, "url") == 0)
		session->url = dcv_kit_dup(kit, value);
	else if (strcmp(setting->key, "token") == 0)
		session->bearer = dcv_kit_format(kit, "Bearer %s", value);
	else if (strcmp(setting->key, "zone_token") == 0)
		session->zone_bearer = dcv_kit_format(kit, "Bearer %s", value);
	else if (strcmp(setting->key, "email") == 0)
		session->email = dcv_kit_dup(kit, value);
	else if (strcmp(setting->key, "key") == 0)
		session->key = dcv_kit_dup(kit, value);
	else if (strcmp(setting->key, "account_id") == 0)
		session->account_id = dcv_kit_dup(kit, value);
	else if (strcmp(setting->key, "batch") == 0)
		session->batch = strcmp(value, "yes") == 0;
}

/* It becomes a part of a query. */
static int is_id(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

static enum dcvp_class check(const struct dcv_cf *session, struct dcvp_error *err)
{
	const char *why = NULL;

	if (session->bearer != NULL && session->key != NULL)
		why = "either token, or email and key";
	else if (session->bearer == NULL && session->zone_bearer != NULL &&
		session->key == NULL)
		why = "zone_token wants token";
	else if (session->bearer == NULL && session->key == NULL)
		why = "token is wanted";
	else if (session->key != NULL && session->email == NULL)
		why = "key wants email";
	if (why != NULL)
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE, "cloudflare: %s",
			why);
	if (session->account_id != NULL && !is_id(session->account_id))
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"cloudflare: account_id: \"%.64s\" is no id: it has the digits 0 to 9 "
			"and a to f",
			session->account_id);
	return DCVP_OK;
}

static enum dcvp_class cf_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_kit kit = {.host = host};
	struct dcv_cf *session = dcv_kit_array(&kit, 1, sizeof *session);
	enum dcvp_class class;
	size_t len;

	if (session == NULL)
		return dcv_kit_nomem(err);
	*session = (struct dcv_cf){.host = host, .url = URL};
	for (size_t i = 0; i < n && !kit.nomem; i++) {
		if (settings[i].n == 1)
			take_setting(&kit, &settings[i], session);
	}
	if (kit.nomem)
		return dcv_kit_nomem(err);
	class = check(session, err);
	if (class != DCVP_OK)
		return class;
	for (len = strlen(session->url); len > 0 && session->url[len - 1] == '/';)
		len--;
	session->url = dcv_kit_format(&kit, "%.*s", (int)len, session->url);
	if (kit.nomem)
		return dcv_kit_nomem(err);
	*ret_session = session;
	return DCVP_OK;
}

/* All of the session is the host's memory. */
static void cf_close(void *session)
{
	(void)session;
}

/* Tokens of users and of accounts are verified at addresses of their own; both list zones. */
static enum dcvp_class cf_probe(void *session, const char **ret, struct dcvp_error *err)
{
	struct dcv_cf_call call = {.session = session};
	enum dcvp_class class = dcv_cf_ask(&call, "GET", "/zones?page=1&per_page=5", NULL,
		err);
	int64_t total;

	if (class != DCVP_OK)
		return class;
	if (!dcv_cf_is_done(&call))
		return dcv_cf_refused(&call, call.session->url, err);
	total = dcv_kit_get_number(dcv_kit_get(call.json, "result_info"), "total_count",
		INT64_MAX);
	*ret = total < 0 ? "Cloudflare"
			 : dcv_kit_format(&call.kit, "Cloudflare: %lld %s within reach",
				   (long long)total, total == 1 ? "zone" : "zones");
	return call.kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

static enum dcvp_class cf_describe(void *session, struct dcvp_capabilities *ret,
	struct dcvp_error *err)
{
	(void)err;
	*ret = capabilities;
	if (((const struct dcv_cf *)session)->batch)
		ret->atomic = DCVP_ATOMIC_ZONE;
	return DCVP_OK;
}

static const struct dcvp_provider cloudflare = {
	.struct_size = sizeof cloudflare,
	.abi = DCVP_ABI,
	.name = "cloudflare",
	.title = "Cloudflare",
	.options = options,
	.capabilities = &capabilities,
	.open = cf_open,
	.close = cf_close,
	.probe = cf_probe,
	.find_zone = dcv_cf_find_zone,
	.read = dcv_cf_read,
	.apply = dcv_cf_apply,
	.describe = cf_describe,
	/* 1,200 in five minutes, and who sends more is shut out for five more: so not at once. */
	.rate_requests = 4,
	.rate_s = 1,
};

DCVP_ENTRY(cloudflare);
