/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the options of an account at a PowerDNS Authoritative Server, and what such
 * a server can. */
#include <string.h>

#include "providers/powerdns/powerdns.h"

static const char *const env_url[] = {"PDNS_API_URL", "PDNS_Url", NULL};
static const char *const env_key[] = {"PDNS_API_KEY", "PDNS_Token", NULL};
static const char *const env_server[] = {"PDNS_SERVER_NAME", "PDNS_ServerId", NULL};

static const struct dcvp_option options[] = {
	{.key = "url",
		.kind = DCVP_OPTION_URL,
		.required = 1,
		.environment = env_url,
		.help = "of the server's API, as http://127.0.0.1:8081"},
	{.key = "api_key",
		.kind = DCVP_OPTION_SECRET,
		.required = 1,
		.environment = env_key,
		.help = "api-key of pdns.conf"},
	{.key = "server_id",
		.kind = DCVP_OPTION_TEXT,
		.fallback = "localhost",
		.environment = env_server,
		.help = "of the server behind the URL"},
	{.key = NULL}};

static const struct dcvp_capabilities capabilities = {.struct_size = sizeof capabilities,
	.unit = DCVP_UNIT_RRSET,
	.atomic = DCVP_ATOMIC_ZONE,
	.cas = DCVP_CAS_NONE,
	.visible = DCVP_VISIBLE_AT_ONCE,
	.compares = 1,
	/* The server takes bodies of 2 MiB unless it is told otherwise. */
	.edits_max = 1000};

#define API "/api/v1"

/* A URL may end in the path at which a proxy mounts the API, or in that of the API itself. */
static const char *base_of(struct dcv_kit *kit, const char *url, const char *server_id)
{
	size_t len = strlen(url);
	int has_api;

	while (len > 0 && url[len - 1] == '/')
		len--;
	has_api = len >= strlen(API) &&
		strncmp(url + len - strlen(API), API, strlen(API)) == 0;
	return dcv_kit_format(kit, "%.*s%s/servers/%s", (int)len, url, has_api ? "" : API,
		server_id);
}

/* The id becomes a part of a path. */
static int is_id(const char *text)
{
	return text[0] != '\0' &&
		strspn(text,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			"-._~") == strlen(text);
}

static enum dcvp_class pdns_open(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_kit kit = {.host = host};
	struct dcv_pdns *session = dcv_kit_array(&kit, 1, sizeof *session);
	const char *server_id = "localhost";

	if (session == NULL)
		return dcv_kit_nomem(err);
	session->host = host;
	for (size_t i = 0; i < n; i++) {
		if (settings[i].n != 1)
			continue;
		if (strcmp(settings[i].key, "url") == 0)
			session->url = dcv_kit_dup(&kit, settings[i].values[0]);
		else if (strcmp(settings[i].key, "api_key") == 0)
			session->api_key = dcv_kit_dup(&kit, settings[i].values[0]);
		else if (strcmp(settings[i].key, "server_id") == 0)
			server_id = settings[i].values[0];
	}
	if (!kit.nomem && (session->url == NULL || session->api_key == NULL))
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"powerdns: url and api_key are wanted");
	if (!is_id(server_id))
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"powerdns: server_id: \"%.64s\" is no id of a server", server_id);
	if (!kit.nomem)
		session->base = base_of(&kit, session->url, server_id);
	if (kit.nomem)
		return dcv_kit_nomem(err);
	*ret_session = session;
	return DCVP_OK;
}

/* All of the session is the host's memory. */
static void pdns_close(void *session)
{
	(void)session;
}

/* A Recursor has the same paths, and holds no zones of ours. */
static enum dcvp_class pdns_probe(void *session, const char **ret, struct dcvp_error *err)
{
	struct dcv_pdns_call call = {.session = session};
	enum dcvp_class class = dcv_pdns_ask(&call, "GET", "", NULL, err);
	const char *daemon, *version;

	if (class != DCVP_OK)
		return class;
	if (call.status != 200)
		return dcv_pdns_refused(&call, call.session->url, err);
	daemon = dcv_kit_get_text(call.json, "daemon_type");
	version = dcv_kit_get_text(call.json, "version");
	if (daemon == NULL || version == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is not that of a PowerDNS server",
			call.session->url);
	if (strcmp(daemon, "authoritative") != 0)
		return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"%s: a PowerDNS server that is not authoritative: %.64s",
			call.session->url, daemon);
	*ret = dcv_kit_format(&call.kit, "PowerDNS Authoritative Server %.64s", version);
	return call.kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

static const struct dcvp_provider powerdns = {
	.struct_size = sizeof powerdns,
	.abi = DCVP_ABI,
	.name = "powerdns",
	.title = "PowerDNS Authoritative Server (HTTP API)",
	.options = options,
	.capabilities = &capabilities,
	.open = pdns_open,
	.close = pdns_close,
	.probe = pdns_probe,
	.find_zone = dcv_pdns_find_zone,
	.read = dcv_pdns_read,
	.apply = dcv_pdns_apply,
};

DCVP_ENTRY(powerdns);
