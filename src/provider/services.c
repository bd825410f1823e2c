/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a session is lent, and what the sessions of an account share. How a request
 * is sent stands in http.c. */
#include "provider/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "provider/http.h"

#define MS_PER_S 1000

const struct dcv_rate dcv_rate_default = {10, MS_PER_S};

const struct dcvp_option dcv_services_options[] = {
	{.key = "insecure_http",
		.kind = DCVP_OPTION_YES,
		.fallback = "no",
		.help = "http: to other hosts than loopback too"},
	{.key = "local_addresses",
		.kind = DCVP_OPTION_YES,
		.fallback = "no",
		.help = "names may lead to loopback, link-local and metadata addresses"},
	{.key = "ca_file",
		.kind = DCVP_OPTION_PATH,
		.help = "certificates to trust instead of the system's (PEM)"},
	{.key = "requests_per_second",
		.kind = DCVP_OPTION_NUMBER,
		.min = 1,
		.max = 1000,
		.help = "of all that is sent for the account"},
	{.key = "http_record",
		.kind = DCVP_OPTION_PATH,
		.help = "directory: each exchange is written there, without secrets"},
	{.key = "http_replay",
		.kind = DCVP_OPTION_PATH,
		.help = "directory: answers come from there, nothing is sent"},
	{.key = NULL}};

/* --- errors --- */

/* Secrets stand in neither text nor help, whoever filled them in. */
static void hide_error(const struct dcv_lent *lent, struct dcvp_error *err)
{
	if (lent->secrets == NULL)
		return;
	dcv_secrets_hide(lent->secrets, err->text, sizeof(err->text));
	dcv_secrets_hide(lent->secrets, err->help, sizeof(err->help));
}

enum dcvp_class dcv_lent_fail(const struct dcv_lent *lent, struct dcvp_error *err,
	enum dcvp_class class, enum dcvp_cause cause, const char *fmt, ...)
{
	size_t len;
	va_list args;

	*err = (struct dcvp_error){.cause = cause};
	(void)snprintf(err->text, sizeof(err->text), "%.100s: ", lent->account);
	len = strlen(err->text);
	va_start(args, fmt);
	(void)vsnprintf(err->text + len, sizeof(err->text) - len, fmt, args);
	va_end(args);
	hide_error(lent, err);
	return class;
}

enum dcvp_class dcv_lent_fail_of(const struct dcv_lent *lent, struct dcvp_error *err,
	const struct dcv_error *from)
{
	enum dcvp_class class = DCVP_FAILED;

	if (from->code == DCV_E_NOMEM)
		return DCVP_NOMEM;
	if (from->code == DCV_E_CONFIG)
		class = DCVP_INVALID;
	(void)dcv_lent_fail(lent, err, class, DCVP_CAUSE_INTERNAL, "%.380s", from->text);
	(void)snprintf(err->help, sizeof(err->help), "%.500s", from->help);
	hide_error(lent, err);
	return class;
}

/* --- memory, log, clock --- */

static void *lent_alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(((struct dcv_lent *)ctx)->current, n);
}

void dcv_lent_log(void *ctx, enum dcvp_level level, const char *line)
{
	static const enum dcv_level levels[] = {[DCVP_LOG_NOTE] = DCV_LOG_NOTE,
		[DCVP_LOG_INFO] = DCV_LOG_INFO,
		[DCVP_LOG_DEBUG] = DCV_LOG_DEBUG};
	struct dcv_lent *lent = ctx;
	struct dcv_arena arena = {NULL};
	/* All of the line before it is cut: the first half of a secret would not be known. */
	const char *shown = dcv_http_hide(lent, line, &arena);

	dcv_log(lent->log, level <= DCVP_LOG_DEBUG ? levels[level] : DCV_LOG_DEBUG, "%s",
		shown != NULL ? shown : "out of memory");
	dcv_arena_clear(&arena);
}

static int64_t lent_wall_s(void *ctx)
{
	return dcv_now_s(((struct dcv_lent *)ctx)->clock);
}

static int64_t lent_mono_ms(void *ctx)
{
	return dcv_mono_ms(((struct dcv_lent *)ctx)->clock);
}

void dcv_lent_wait(const struct dcv_lent *lent, int64_t ms)
{
	int64_t now = dcv_mono_ms(lent->clock);
	const int64_t until = now + ms;

	if (lent->found.replay != NULL)
		return;
	for (; now < until; now = dcv_mono_ms(lent->clock))
		dcv_sleep_ms(lent->clock, until - now);
}

static void lent_wait_ms(void *ctx, int64_t ms)
{
	const struct dcv_lent *lent = ctx;
	int64_t left = lent->deadline_ms - dcv_mono_ms(lent->clock);

	dcv_lent_wait(lent, ms < left ? ms : left);
}

static int64_t lent_deadline_ms(void *ctx)
{
	return ((struct dcv_lent *)ctx)->deadline_ms;
}

/* --- JSON, XML, signatures --- */

static struct dcvp_tree *read_end(const struct dcv_lent *lent, const char *what,
	const struct dcv_tree_maker *maker, struct dcvp_tree *tree, struct dcvp_error *err)
{
	if (tree == NULL && maker->nomem)
		(void)dcv_lent_fail(lent, err, DCVP_NOMEM, DCVP_CAUSE_INTERNAL,
			"out of memory");
	else if (tree == NULL)
		(void)dcv_lent_fail(lent, err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"an answer that is no %s: octet %zu: %s", what, maker->at,
			maker->why);
	return tree;
}

static struct dcvp_tree *lent_json_read(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	struct dcv_tree_maker maker = {.alloc = lent_alloc, .ctx = ctx};
	struct dcvp_tree *tree = dcv_tree_json(&maker, text, n);

	return read_end(ctx, "JSON", &maker, tree, err);
}

static const char *lent_json_write(void *ctx, const struct dcvp_tree *tree)
{
	return dcv_tree_json_text(tree, lent_alloc, ctx);
}

static struct dcvp_tree *lent_xml_read(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	struct dcv_lent *lent = ctx;
	struct dcv_tree_maker maker = {.alloc = lent_alloc, .ctx = ctx};
	struct dcv_error why = {0};
	const struct dcv_http_module *module = dcv_services_module(lent->services, &why);

	if (module == NULL) {
		(void)dcv_lent_fail_of(lent, err, &why);
		return NULL;
	}
	return read_end(lent, "XML", &maker, module->xml(&maker, text, n), err);
}

static enum dcvp_class lent_sign_rs256(void *ctx, const char *pem, const void *octets,
	size_t n, const unsigned char **ret, size_t *ret_n, struct dcvp_error *err)
{
	struct dcv_lent *lent = ctx;
	struct dcv_error why = {0};

	if (dcv_sign_rs256("the private key", pem, octets, n, lent->current, ret, ret_n,
		    &why) == DCV_OK)
		return DCVP_OK;
	return dcv_lent_fail_of(lent, err, &why);
}

/* --- cache --- */

struct dcv_cached {
	struct dcv_cached *next;
	int64_t until_ms;
	char *key, *value;
};

static void cached_free(struct dcv_cached *cached)
{
	if (cached->value != NULL)
		explicit_bzero(cached->value, strlen(cached->value));
	free(cached->key);
	free(cached->value);
	free(cached);
}

/* Takes out of the list what has the key. */
static void forget(struct dcv_services_account *account, const char *key)
{
	struct dcv_cached **at = &account->cache, *cached;

	while (*at != NULL && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	cached = *at;
	if (cached == NULL)
		return;
	*at = cached->next;
	cached_free(cached);
}

/* A copy, since another thread may replace what is there. */
static const char *lent_cache_get(void *ctx, const char *key)
{
	struct dcv_lent *lent = ctx;
	const char *ret = NULL;

	(void)pthread_mutex_lock(&lent->shared->mutex);
	for (struct dcv_cached *cached = lent->shared->cache; cached != NULL;
		cached = cached->next) {
		if (strcmp(cached->key, key) == 0 &&
			cached->until_ms > dcv_mono_ms(lent->clock))
			ret = dcv_arena_strdup(lent->current, cached->value);
	}
	(void)pthread_mutex_unlock(&lent->shared->mutex);
	return ret;
}

/* What does not fit in memory is not kept: a cache may forget. */
static void lent_cache_put(void *ctx, const char *key, const char *value,
	int64_t lifetime_s)
{
	struct dcv_lent *lent = ctx;
	struct dcv_cached *cached = calloc(1, sizeof(*cached));

	if (cached == NULL)
		return;
	cached->key = strdup(key);
	cached->value = strdup(value);
	cached->until_ms = dcv_mono_ms(lent->clock) + lifetime_s * MS_PER_S;
	(void)pthread_mutex_lock(&lent->shared->mutex);
	forget(lent->shared, key);
	if (cached->key != NULL && cached->value != NULL) {
		cached->next = lent->shared->cache;
		lent->shared->cache = cached;
		cached = NULL;
	}
	(void)pthread_mutex_unlock(&lent->shared->mutex);
	if (cached != NULL)
		cached_free(cached);
}

/* --- lives --- */

enum dcv_err dcv_services_make(struct dcv_services **ret, struct dcv_error *err)
{
	struct dcv_services *services = calloc(1, sizeof(*services));

	if (services == NULL || pthread_mutex_init(&services->mutex, NULL) != 0) {
		free(services);
		return dcv_nomem(err);
	}
	*ret = services;
	return DCV_OK;
}

static void account_free(struct dcv_services *services,
	struct dcv_services_account *account)
{
	while (account->n_idle > 0)
		services->http->connection_close(account->idle[--account->n_idle]);
	while (account->cache != NULL)
		forget(account, account->cache->key);
	(void)pthread_mutex_destroy(&account->mutex);
	free(account->free_ms);
	free(account->used);
	free(account->name);
	free(account);
}

void dcv_services_close(struct dcv_services *services)
{
	if (services == NULL)
		return;
	while (services->accounts != NULL) {
		struct dcv_services_account *account = services->accounts;

		services->accounts = account->next;
		account_free(services, account);
	}
	/* The module itself stays: not all libraries that come with libcurl can be unloaded. */
	if (services->http != NULL)
		services->http->stop();
	(void)pthread_mutex_destroy(&services->mutex);
	free(services);
}

void dcv_services_elect_by(struct dcv_services *services,
	const struct dcv_electorate *electorate)
{
	services->electorate = *electorate;
}

static const struct dcv_http_module *open_module(struct dcv_services *services,
	struct dcv_error *err)
{
	const struct dcv_http_module *http;

	if (services->http != NULL)
		return services->http;
	if (dcv_module_open("http", sizeof(*http), DCV_HTTP_ABI, &services->module,
		    err) != DCV_OK)
		return NULL;
	http = (const void *)services->module.entry;
	if (!http->start()) {
		dcv_module_close(&services->module);
		(void)dcv_nomem(err);
		return NULL;
	}
	services->http = http;
	return http;
}

const struct dcv_http_module *dcv_services_module(struct dcv_services *services,
	struct dcv_error *err)
{
	const struct dcv_http_module *http;

	(void)pthread_mutex_lock(&services->mutex);
	http = open_module(services, err);
	(void)pthread_mutex_unlock(&services->mutex);
	return http;
}

static struct dcv_services_account *account_new(const char *name)
{
	struct dcv_services_account *account = calloc(1, sizeof(*account));

	if (account == NULL)
		return NULL;
	account->name = strdup(name);
	if (account->name == NULL || pthread_mutex_init(&account->mutex, NULL) != 0) {
		free(account->name);
		free(account);
		return NULL;
	}
	return account;
}

/* NULL when memory is out. */
static struct dcv_services_account *find_account(struct dcv_services *services,
	const char *name)
{
	struct dcv_services_account *account;

	(void)pthread_mutex_lock(&services->mutex);
	account = services->accounts;
	while (account != NULL && strcmp(account->name, name) != 0)
		account = account->next;
	if (account == NULL) {
		account = account_new(name);
		if (account != NULL) {
			account->next = services->accounts;
			services->accounts = account;
		}
	}
	(void)pthread_mutex_unlock(&services->mutex);
	return account;
}

static const char *setting(const struct dcv_lent *lent, const char *key,
	const char *fallback)
{
	for (size_t i = 0; i < lent->n_settings; i++) {
		if (strcmp(lent->settings[i].key, key) == 0 && lent->settings[i].n > 0)
			return lent->settings[i].values[0];
	}
	return fallback;
}

static struct dcv_rate rate_of(const struct dcv_lent *lent)
{
	const char *a_second = setting(lent, "requests_per_second", NULL);

	if (a_second != NULL)
		return (struct dcv_rate){strtoll(a_second, NULL, 10), MS_PER_S};
	return lent->rate.requests > 0 ? lent->rate : dcv_rate_default;
}

/* They were checked against the options before. */
static void find_settings(struct dcv_lent *lent)
{
	lent->found = (struct dcv_services_settings){
		.insecure_http = strcmp(setting(lent, "insecure_http", "no"), "yes") == 0,
		.local_addresses = strcmp(setting(lent, "local_addresses", "no"),
					   "yes") == 0,
		.rate = rate_of(lent),
		.ca_file = setting(lent, "ca_file", NULL),
		.record = setting(lent, "http_record", NULL),
		.replay = setting(lent, "http_replay", NULL)};
	if (lent->found.rate.requests < 1)
		lent->found.rate.requests = 1;
}

enum dcv_err dcv_services_lend(struct dcv_lent *lent, struct dcvp_host *ret,
	struct dcv_error *err)
{
	*ret = (struct dcvp_host){.struct_size = sizeof(*ret),
		.ctx = lent,
		.alloc = lent_alloc,
		.log = dcv_lent_log,
		.wall_s = lent_wall_s,
		.mono_ms = lent_mono_ms,
		.wait_ms = lent_wait_ms,
		.deadline_ms = lent_deadline_ms,
		.json_read = lent_json_read,
		.json_write = lent_json_write,
		.sign_rs256 = lent_sign_rs256,
		.variable = dcv_lent_variable,
		.file = dcv_lent_file};
	find_settings(lent);
	if (lent->services == NULL)
		return DCV_OK;
	lent->shared = find_account(lent->services, lent->account);
	if (lent->shared == NULL || !dcv_pace_open(lent->shared, &lent->found.rate))
		return dcv_nomem(err);
	ret->http = dcv_http_send;
	ret->xml_read = lent_xml_read;
	ret->cache_get = lent_cache_get;
	ret->cache_put = lent_cache_put;
	ret->elect = dcv_lent_elect;
	return DCV_OK;
}
