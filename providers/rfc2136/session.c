/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows an account's settings and the life of a session. It does not know what is asked
 * in it. */
#include "providers/rfc2136/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/rfc2136/calls.h"
#include "providers/rfc2136/fail.h"

#define TIMEOUT "30s"
#define TIMEOUT_MS 30000

static const char *const server_environment[] = {"DNSUPDATE_NAMESERVER",
	"RFC2136_NAMESERVER", NULL};
static const char *const tsig_environment[] = {"DNSUPDATE_TSIG_FILE", "RFC2136_TSIG_FILE",
	NULL};

const struct dcvp_option dcv_roptions[] = {
	{.key = "server",
		.kind = DCVP_OPTION_ADDRESS,
		.required = 1,
		.many = 1,
		.environment = server_environment,
		.help = "the zones' primary; others are tried in order"},
	{.key = "tsig",
		.kind = DCVP_OPTION_SECRET,
		.required = 1,
		.environment = tsig_environment,
		.help = "the key, as tsig-keygen prints it"},
	{.key = "zone", .kind = DCVP_OPTION_TEXT, .help = "the only zone of this account"},
	{.key = "timeout",
		.kind = DCVP_OPTION_DURATION,
		.min = 100,
		.max = 600000,
		.fallback = TIMEOUT,
		.help = "for the server's answers"},
	{.key = NULL},
};

enum dcvp_class dcv_rname(const char *text, struct dcv_name *ret, struct dcvp_error *err)
{
	struct dcv_error why = {.code = DCV_OK};

	if (dcv_name_from(text, ret, &why) != DCV_OK)
		return dcv_rfrom(err, DCVP_INVALID, &why);
	return DCVP_OK;
}

static enum dcvp_class take_servers(struct dcv_rsession *session,
	const struct dcvp_setting *setting, struct dcvp_error *err)
{
	struct dcv_addr *servers = dcv_arena_array(&session->arena, setting->n,
		sizeof *servers);

	if (servers == NULL)
		return dcv_rnomem(err);
	for (size_t i = 0; i < setting->n; i++) {
		struct dcv_error why = {.code = DCV_OK};

		if (dcv_addr_parse(setting->values[i], &servers[i], &why) != DCV_OK)
			return dcv_rfrom(err, DCVP_INVALID, &why);
	}
	session->link.servers = servers;
	session->link.n_servers = setting->n;
	return DCVP_OK;
}

static enum dcvp_class take_key(struct dcv_rsession *session, const char *text,
	struct dcvp_error *err)
{
	struct dcv_error why = {.code = DCV_OK};
	char line[DCV_NAME_TEXT_MAX + 64], name[DCV_NAME_TEXT_MAX];

	if (dcv_tsig_key_parse(text, &session->key, &why) != DCV_OK)
		return dcv_rfrom(err, DCVP_INVALID, &why);
	if (session->key.digest != DCV_SHA1)
		return DCVP_OK;
	(void)snprintf(line, sizeof line,
		"tsig: the key %s uses hmac-sha1, which is weak: make one with hmac-sha256",
		dcv_name_text(&session->key.name, name));
	session->host->log(session->host->ctx, DCVP_LOG_NOTE, line);
	return DCVP_OK;
}

static enum dcvp_class take(struct dcv_rsession *session,
	const struct dcvp_setting *setting, struct dcvp_error *err)
{
	if (setting->n == 0)
		return DCVP_OK;
	if (strcmp(setting->key, "server") == 0)
		return take_servers(session, setting, err);
	if (strcmp(setting->key, "tsig") == 0)
		return take_key(session, setting->values[0], err);
	if (strcmp(setting->key, "zone") == 0)
		return dcv_rname(setting->values[0], &session->zone, err);
	if (strcmp(setting->key, "timeout") == 0)
		session->link.timeout_ms = strtoll(setting->values[0], NULL, 10);
	return DCVP_OK;
}

enum dcvp_class dcv_ropen(const struct dcvp_host *host,
	const struct dcvp_setting *settings, size_t n, void **ret_session,
	struct dcvp_error *err)
{
	struct dcv_rsession *session = calloc(1, sizeof *session);
	struct dcv_error why = {.code = DCV_OK};
	enum dcvp_class end = DCVP_OK;

	if (session == NULL)
		return dcv_rnomem(err);
	session->host = session->link.host = host;
	session->link.fd = -1;
	session->link.timeout_ms = TIMEOUT_MS;
	for (size_t i = 0; end == DCVP_OK && i < n; i++)
		end = take(session, &settings[i], err);
	if (end == DCVP_OK && (session->link.n_servers == 0 || session->key.n == 0))
		end = dcv_rfail(err, DCVP_INVALID, DCVP_CAUSE_VALUE,
			"rfc2136: an account needs server and tsig");
	if (end == DCVP_OK && session->key.digest != DCV_SHA256) {
		if (dcv_crypto_hold(&session->crypto, &why) != DCV_OK)
			end = dcv_rfrom(err, DCVP_FAILED, &why);
		session->key.held = &session->crypto;
	}
	if (end == DCVP_OK)
		*ret_session = session;
	else
		dcv_rclose(session);
	return end;
}

void dcv_rclose(void *ctx)
{
	struct dcv_rsession *session = ctx;

	if (session == NULL)
		return;
	dcv_rlink_clear(&session->link);
	dcv_tsig_key_clear(&session->key);
	dcv_module_close(&session->crypto);
	dcv_arena_clear(&session->call);
	dcv_arena_clear(&session->arena);
	free(session);
}

enum dcvp_class dcv_rsession_call(struct dcv_rsession *session, const char *zone,
	struct dcv_name *ret_apex, struct dcvp_error *err)
{
	enum dcvp_class end = dcv_rname(zone, ret_apex, err);

	dcv_arena_clear(&session->call);
	if (end == DCVP_OK && session->zone.len > 0 &&
		!dcv_name_equal(&session->zone, ret_apex))
		return dcv_rfail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE,
			"rfc2136: the account is for another zone than %s", zone);
	return end;
}

void dcv_rsession_note(struct dcv_rsession *session, const struct dcv_zone_view *view)
{
	session->serial_of = view->apex;
	session->serial = view->serial;
	session->n_ns = 0;
	for (size_t i = 0; i < view->n_ns && session->n_ns < DCV_RNS_MAX; i++) {
		if (dcv_name_is_within(&view->ns[i].name, &view->apex))
			session->ns[session->n_ns++] = view->ns[i].name;
	}
}

bool dcv_rsession_knows(const struct dcv_rsession *session, const struct dcv_name *apex,
	const struct dcv_name *server)
{
	bool known = false;

	for (size_t i = 0; i < session->n_ns; i++)
		known = known || dcv_name_equal(&session->ns[i], server);
	return known && dcv_name_equal(&session->serial_of, apex);
}
