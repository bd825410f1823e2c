/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows a provider's session and the services that the host lends it. How names and
 * RDATA cross the interface stands in convert.c. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/http.h"
#include "provider/internal.h"
#include "provider/options.h"

enum dcv_err dcv_backend_fail(const struct dcv_backend *backend, enum dcvp_class class,
	struct dcvp_error *from, struct dcv_error *err)
{
	enum dcv_err code = DCV_E_INTERNAL;

	switch (class) {
	case DCVP_OK:
		return DCV_OK;
	case DCVP_REFUSED:
		code = DCV_E_REFUSED;
		break;
	case DCVP_INVALID:
		code = DCV_E_CONFIG;
		break;
	case DCVP_NO_ZONE:
	case DCVP_CONFLICT:
	case DCVP_FAILED:
		code = DCV_E_FAILED;
		break;
	case DCVP_UNKNOWN:
		code = DCV_E_PARTIAL;
		break;
	case DCVP_NOMEM:
		return dcv_nomem(err);
	}
	dcv_skew_tell(&backend->lent, from);
	dcv_secrets_hide(&backend->secrets, from->text, sizeof(from->text));
	dcv_secrets_hide(&backend->secrets, from->help, sizeof(from->help));
	dcv_fail(err, code, "%s",
		from->text[0] != '\0' ? from->text : "the backend failed");
	if (from->help[0] != '\0')
		dcv_help(err, "%s", from->help);
	else if (from->retry_after_ms > 0)
		dcv_help(err, "help: run the same command again in %lld s",
			(long long)((from->retry_after_ms + 999) / 1000));
	else if (code == DCV_E_FAILED || code == DCV_E_PARTIAL)
		dcv_help(err,
			"help: see that the backend can be reached and lets us in, then run "
			"this again");
	return code;
}

static struct dcvp_setting *add_setting(struct dcvp_setting *to, const char *key,
	const char *const *values)
{
	if (values == NULL || values[0] == NULL)
		return to;
	to->key = key;
	to->values = values;
	while (to->values[to->n] != NULL)
		to->n++;
	return to + 1;
}

#define SETTINGS_MAX 12u

/* The settings of a zone file, as zones/zones.h declares them. */
static enum dcvp_class open_zone_file(struct dcv_backend *backend,
	const struct dcv_backend_config *from, struct dcvp_error *err)
{
	static const char *const words[] = {[DCV_RELOAD_NONE] = "none",
		[DCV_RELOAD_BIND] = "bind",
		[DCV_RELOAD_NSD] = "nsd",
		[DCV_RELOAD_KNOT] = "knot",
		[DCV_RELOAD_PDNS] = "pdns",
		[DCV_RELOAD_COMMAND] = "command"};
	const char *zone[] = {backend->zone, NULL};
	const char *file[] = {from->file, NULL};
	const char *reload[] = {words[from->reload], NULL};
	const char *reload_config[] = {from->reload_config, NULL};
	const char *server[] = {from->server, NULL};
	const char *journal[] = {from->freeze ? "freeze" : NULL, NULL};
	const char *into[] = {from->into, NULL};
	const char *serial[] = {from->serial_external ? "external" : NULL, NULL};
	const char *comment[] = {from->comment ? "yes" : NULL, NULL};
	struct dcvp_setting settings[SETTINGS_MAX] = {{0}}, *end = settings;

	end = add_setting(end, "zone", zone);
	end = add_setting(end, "file", file);
	end = add_setting(end, "reload", reload);
	end = add_setting(end, "reload_config", reload_config);
	end = add_setting(end, "reload_command", from->reload_argv);
	end = add_setting(end, "checker", from->checker_argv);
	end = add_setting(end, "signer", from->signer_argv);
	end = add_setting(end, "server", server);
	end = add_setting(end, "journal", journal);
	end = add_setting(end, "into", into);
	end = add_setting(end, "serial", serial);
	end = add_setting(end, "comment", comment);
	return backend->provider->open(&backend->services, settings,
		(size_t)(end - settings), &backend->session, err);
}

const struct dcvp_capabilities *dcv_backend_capabilities(const struct dcv_backend *backend)
{
	return &backend->capabilities;
}

uint32_t dcv_backend_sessions_max(const struct dcv_backend_host *host,
	const struct dcv_backend_config *from)
{
	const struct dcvp_provider *provider;

	return dcv_providers_find(host->providers, from->provider, &provider, NULL) ==
			DCV_OK
		? dcv_provider_capabilities(provider).sessions_max
		: 0;
}

/* Where a run says things may change while a session is open. */
static void forward(void *ctx, enum dcv_level level, const char *line)
{
	const struct dcv_backend *backend = ctx;

	dcv_log(backend->host->log, level, "%s", line);
}

/* The services of the host, to the account with these settings. */
static enum dcv_err lend(struct dcv_backend *backend,
	const struct dcv_backend_config *from, const struct dcv_settings *settings,
	struct dcv_error *err)
{
	const struct dcv_backend_host *host = backend->host;
	const struct dcvp_provider *provider = backend->provider;

	backend->log = (struct dcv_log){.emit = forward,
		.ctx = backend,
		.terse = host->log != NULL && host->log->terse};
	backend->lent = (struct dcv_lent){
		.services = dcv_providers_services(host->providers),
		.account = from->name,
		.n_settings = settings->n_host,
		.settings = settings->host,
		.variables = DCV_PROVIDER_HAS(provider, variables) ? provider->variables
								   : NULL,
		.rate = dcv_provider_rate(provider),
		.clock = host->clock,
		.log = &backend->log,
		.deadline_ms = host->deadline_ms,
		.current = &backend->lasting,
		.secrets = &backend->secrets};
	return dcv_services_lend(&backend->lent, &backend->services, err);
}

/* What this session can, where only the backend knows. */
static enum dcv_err describe(struct dcv_backend *backend, struct dcv_error *err)
{
	const struct dcvp_provider *provider = backend->provider;
	struct dcvp_capabilities can = {.struct_size = sizeof can};
	struct dcvp_error said = {0};
	enum dcvp_class class;

	/* One that was built before there was such a call ends before it. */
	if (!DCV_PROVIDER_HAS(provider, describe) || provider->describe == NULL)
		return DCV_OK;
	class = provider->describe(backend->session, &can, &said);
	if (class == DCVP_OK)
		backend->capabilities = can;
	return dcv_backend_fail(backend, class, &said, err);
}

/* The settings of an account, as its provider declares them. */
static enum dcv_err open_account(struct dcv_backend *backend,
	const struct dcv_backend_config *from, struct dcv_error *err)
{
	const struct dcv_backend_host *host = backend->host;
	struct dcv_settings settings = {.n = 0};
	struct dcvp_error said = {0};
	enum dcvp_class class;
	enum dcv_err rc = dcv_account_settings(backend->provider, from, backend->zone,
		host->clock, host->deadline_ms, &backend->lasting, &backend->secrets,
		&settings, err);

	if (rc == DCV_OK)
		rc = lend(backend, from, &settings, err);
	if (rc != DCV_OK)
		return rc;
	class = backend->provider->open(&backend->services, settings.items, settings.n,
		&backend->session, &said);
	for (size_t i = 0; class == DCVP_OK && i < settings.n; i++) {
		if (strcmp(settings.items[i].key, "server") == 0)
			backend->servers = settings.items[i];
	}
	rc = dcv_backend_fail(backend, class, &said, err);
	if (rc == DCV_E_CONFIG && err->help[0] == '\0')
		dcv_help(err, "help: the keys of such an account: dcvctl provider list %s",
			backend->provider->name);
	return rc;
}

static enum dcv_err open_session(struct dcv_backend *backend,
	const struct dcv_backend_config *from, struct dcv_error *err)
{
	static const struct dcv_settings none;
	struct dcvp_error said = {0};
	enum dcvp_class class;
	enum dcv_err rc = dcv_providers_find(backend->host->providers, from->provider,
		&backend->provider, err);

	if (rc != DCV_OK)
		return rc;
	backend->capabilities = dcv_provider_capabilities(backend->provider);
	if (from->file == NULL)
		return open_account(backend, from, err);
	rc = lend(backend, from, &none, err);
	if (rc != DCV_OK)
		return rc;
	class = open_zone_file(backend, from, &said);
	return dcv_backend_fail(backend, class, &said, err);
}

enum dcv_err dcv_backend_open(const struct dcv_backend_host *host,
	const struct dcv_name *zone, const struct dcv_backend_config *from,
	struct dcv_backend **ret, struct dcv_error *err)
{
	struct dcv_backend *backend = calloc(1, sizeof(*backend));
	enum dcv_err rc;

	if (backend == NULL)
		return dcv_nomem(err);
	backend->host = host;
	backend->apex = *zone;
	dcv_name_text(zone, backend->zone);
	rc = open_session(backend, from, err);
	backend->lent.current = &backend->call;
	if (rc == DCV_OK)
		rc = describe(backend, err);
	if (rc == DCV_OK)
		*ret = backend;
	else
		dcv_backend_close(backend);
	return rc;
}

void dcv_backend_close(struct dcv_backend *backend)
{
	if (backend == NULL)
		return;
	if (backend->session != NULL)
		backend->provider->close(backend->session);
	/* A provider may have copied a secret into what it took. */
	dcv_arena_wipe(&backend->call);
	dcv_arena_wipe(&backend->lasting);
	dcv_secrets_clear(&backend->secrets);
	free(backend);
}

enum dcv_err dcv_backend_holds(struct dcv_backend *backend, const struct dcv_name *zone,
	bool *ret, struct dcv_error *err)
{
	struct dcvp_error said = {0};
	char name[DCV_NAME_TEXT_MAX];
	enum dcvp_class class;

	dcv_arena_clear(&backend->call);
	class = backend->provider->find_zone(backend->session, dcv_name_text(zone, name),
		&said);
	if (class != DCVP_OK && class != DCVP_NO_ZONE)
		return dcv_backend_fail(backend, class, &said, err);
	*ret = class == DCVP_OK;
	dcv_secrets_hide(&backend->secrets, said.text, sizeof(said.text));
	(void)snprintf(backend->missing, sizeof(backend->missing), "%s",
		*ret ? "" : said.text);
	return DCV_OK;
}

const char *dcv_backend_missing(const struct dcv_backend *backend)
{
	return backend->missing;
}

enum dcv_err dcv_backend_has_zone(struct dcv_backend *backend, bool *ret,
	struct dcv_error *err)
{
	return dcv_backend_holds(backend, &backend->apex, ret, err);
}

static bool asks(const struct dcvp_provider *provider, const char *service)
{
	if (!DCV_PROVIDER_HAS(provider, order) || provider->order == NULL)
		return false;
	for (const char *const *word = provider->services; word != NULL && *word != NULL;
		word++) {
		if (strcmp(*word, service) == 0)
			return true;
	}
	return false;
}

bool dcv_backend_asks(const struct dcv_backend_host *host,
	const struct dcv_backend_config *from, const char *service)
{
	const struct dcvp_provider *provider;

	return dcv_providers_find(host->providers, from->provider, &provider, NULL) ==
		DCV_OK &&
		asks(provider, service);
}

enum dcv_err dcv_backend_order(struct dcv_backend *backend, const char *service,
	const char *number, struct dcv_arena *arena, const char **ret,
	struct dcv_error *err)
{
	struct dcvp_error said = {0};
	const char *answer = NULL;
	enum dcvp_class class;

	dcv_arena_clear(&backend->call);
	class = backend->provider->order(backend->session, service, number, &answer,
		&said);
	if (class != DCVP_OK)
		return dcv_backend_fail(backend, class, &said, err);
	*ret = NULL;
	if (answer == NULL)
		return DCV_OK;
	*ret = dcv_arena_strdup(arena, answer);
	return *ret != NULL ? DCV_OK : dcv_nomem(err);
}

enum dcv_err dcv_backend_read(struct dcv_backend *backend, const struct dcv_name *owners,
	size_t n, struct dcv_arena *arena, struct dcv_zone_view *ret,
	struct dcv_error *err)
{
	struct dcvp_error said = {0};
	struct dcvp_zone zone = {0};
	const char **texts;
	enum dcvp_class class;
	enum dcv_err rc;

	if (backend->capabilities.no_read)
		return dcv_backend_look(backend, owners, n, arena, ret, err);
	dcv_arena_clear(&backend->call);
	texts = dcv_arena_array(&backend->call, n, sizeof(texts[0]));
	if (texts == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++) {
		texts[i] = dcv_convert_name(&owners[i], &backend->call);
		if (texts[i] == NULL)
			return dcv_nomem(err);
	}
	class = backend->provider->read(backend->session, backend->zone, texts, n, &zone,
		&said);
	if (class != DCVP_OK)
		return dcv_backend_fail(backend, class, &said, err);
	if (zone.n_nodes != n)
		return dcv_fail(err, DCV_E_FAILED,
			"provider %s: gave %zu of %zu owners that were asked for",
			backend->provider->name, zone.n_nodes, n);
	rc = dcv_convert_zone(&zone, &backend->apex, arena, ret, err);
	if (rc == DCV_OK)
		rc = dcv_convert_limits(dcv_backend_capabilities(backend), arena,
			&ret->limits, err);
	return rc;
}
