/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what of an account is handed to its provider, and in which form. It does not
 * judge what was written. */
#include <stdlib.h>
#include <string.h>

#include "base/start.h"
#include "provider/internal.h"
#include "provider/options.h"

bool dcv_account_is_own(const struct dcv_backend_config *account)
{
	return account->provider == NULL || strcmp(account->provider, "manual") == 0 ||
		strcmp(account->provider, "zonefile") == 0;
}

bool dcv_account_is_insecure(const struct dcv_backend_config *account)
{
	const struct dcv_setting *setting = dcv_setting_find(account, "insecure_http");
	const char *yes = setting != NULL && setting->n == 1
		? dcv_value_yes(setting->values[0])
		: NULL;

	return yes != NULL && strcmp(yes, "yes") == 0;
}

/* The first variable of an option that is set: its name, or NULL. */
static const char *variable_of(const struct dcvp_option *option)
{
	for (const char *const *name = option->environment; name != NULL && *name != NULL;
		name++)
		if (dcv_environment(*name) != NULL)
			return *name;
	return NULL;
}

/* A list in a variable stands between commas. */
static bool split(struct dcv_arena *arena, const char *text, struct dcv_setting *setting)
{
	const char **values = NULL;

	for (setting->n = 0;; setting->n++) {
		values = dcv_arena_grow(arena, (void *)values, setting->n,
			sizeof(const char *));
		if (values == NULL)
			return false;
		values[setting->n] = NULL;
		text += strspn(text, ", ");
		if (*text == '\0')
			break;
		values[setting->n] = dcv_arena_strndup(arena, text, strcspn(text, ", "));
		if (values[setting->n] == NULL)
			return false;
		text += strcspn(text, ", ");
	}
	setting->values = values;
	setting->kind = DCV_SETTING_LIST;
	return true;
}

/* lego's, as others': the variable names a file. */
static bool is_of_file(const char *name)
{
	static const char end[] = "_FILE";
	size_t len = strlen(name);

	return len >= sizeof end && strcmp(name + len - (sizeof end - 1), end) == 0;
}

static bool take_variable(struct dcv_arena *arena, const struct dcvp_option *option,
	const char *name, struct dcv_setting *ret)
{
	const char **values = dcv_arena_array(arena, 2, sizeof(const char *));
	const bool is_env = option->kind == DCVP_OPTION_SECRET && !is_of_file(name);
	struct dcv_place *places;

	*ret = (struct dcv_setting){.key = option->key, .n = 1, .place.file = name};
	if (values == NULL)
		return false;
	ret->values = values;
	if (option->kind == DCVP_OPTION_SECRET) {
		ret->kind = DCV_SETTING_SOURCE;
		ret->source = is_env ? "env" : "file";
	}
	values[0] = is_env ? name : dcv_arena_strdup(arena, dcv_environment(name));
	if (values[0] == NULL || (option->many && !split(arena, values[0], ret)))
		return false;
	places = dcv_arena_array(arena, ret->n, sizeof(*places));
	for (size_t i = 0; places != NULL && i < ret->n; i++)
		places[i] = ret->place;
	ret->places = places;
	return places != NULL;
}

bool dcv_account_environment(const struct dcvp_provider *provider,
	struct dcv_arena *arena, struct dcv_backend_config *account)
{
	struct dcv_setting *settings = NULL;
	size_t n = 0;

	if (!account->from_environment)
		return true;
	for (const struct dcvp_option *o = provider->options; o->key != NULL; o++) {
		const char *name = variable_of(o);

		if (name == NULL)
			continue;
		settings = dcv_arena_grow(arena, settings, n, sizeof(*settings));
		if (settings == NULL || !take_variable(arena, o, name, &settings[n]))
			return false;
		n++;
	}
	account->settings = settings;
	account->n_settings = n;
	return true;
}

struct maker {
	const struct dcvp_provider *provider;
	const struct dcv_backend_config *account;
	const struct dcv_clock *clock;
	int64_t deadline_ms;
	struct dcv_arena *arena;
	struct dcv_secrets *secrets;
	struct dcv_error *err;
};

/* A value as open() is handed it; NULL when memory is out. */
static const char *convert(const struct maker *m, const struct dcvp_option *option,
	const char *value)
{
	int64_t seconds = 0;

	if (option->kind == DCVP_OPTION_YES)
		return dcv_value_yes(value);
	if (option->kind == DCVP_OPTION_PATH && value[0] != '/' &&
		m->account->directory != NULL)
		return dcv_arena_printf(m->arena, "%s/%s", m->account->directory, value);
	if (option->kind == DCVP_OPTION_DURATION &&
		dcv_duration_parse(option->key, value, &seconds, NULL) == DCV_OK)
		return dcv_arena_printf(m->arena, "%lld", (long long)seconds * 1000);
	return value;
}

static enum dcv_err put(const struct maker *m, const struct dcvp_option *option,
	const char *const *values, size_t n, struct dcvp_setting *ret)
{
	const char **copy = dcv_arena_array(m->arena, n + 1, sizeof(const char *));

	*ret = (struct dcvp_setting){.key = option->key, .n = n, .values = copy};
	for (size_t i = 0; copy != NULL && i < n; i++) {
		copy[i] = convert(m, option, values[i]);
		if (copy[i] == NULL)
			return dcv_nomem(m->err);
	}
	return copy != NULL ? DCV_OK : dcv_nomem(m->err);
}

/* From each of the sources that the account has for the key. */
static enum dcv_err put_secrets(const struct maker *m, const struct dcvp_option *option,
	struct dcvp_setting *ret)
{
	const char **values = dcv_arena_array(m->arena, m->account->n_settings,
		sizeof(const char *));
	enum dcv_err rc = values != NULL ? DCV_OK : dcv_nomem(m->err);
	size_t n = 0;

	for (size_t i = 0; rc == DCV_OK && i < m->account->n_settings; i++) {
		const struct dcv_setting *setting = &m->account->settings[i];

		if (strcmp(setting->key, option->key) == 0)
			rc = dcv_secret_read(setting, m->account->directory, m->clock,
				m->deadline_ms, m->secrets, &values[n++], m->err);
	}
	if (rc == DCV_OK)
		return put(m, option, values, n, ret);
	if (rc == DCV_E_NOMEM)
		return rc;
	return dcv_error_wrap(m->err, "account %.80s: %.80s", m->account->name,
		option->key);
}

static enum dcv_err put_option(const struct maker *m, const struct dcvp_option *option,
	struct dcv_settings *to)
{
	const struct dcv_setting *setting = dcv_setting_find(m->account, option->key);
	enum dcv_err rc = DCV_OK;

	if (setting == NULL && option->fallback == NULL)
		return DCV_OK;
	if (setting == NULL)
		rc = put(m, option, &option->fallback, 1, &to->items[to->n]);
	else if (option->kind == DCVP_OPTION_SECRET)
		rc = put_secrets(m, option, &to->items[to->n]);
	else
		rc = put(m, option, setting->values, setting->n, &to->items[to->n]);
	to->n += rc == DCV_OK;
	return rc;
}

static size_t count(const struct dcvp_option *options)
{
	size_t n = 0;

	while (options[n].key != NULL)
		n++;
	return n;
}

static enum dcv_err put_zone(const struct maker *m, const char *zone,
	struct dcv_settings *to)
{
	static const struct dcvp_option option = {.key = DCV_OPTION_ZONE};

	if (zone == NULL || !dcv_provider_capabilities(m->provider).needs_zone)
		return DCV_OK;
	return put(m, &option, &zone, 1, &to->items[to->n++]);
}

enum dcv_err dcv_account_settings(const struct dcvp_provider *provider,
	const struct dcv_backend_config *account, const char *zone,
	const struct dcv_clock *clock, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_secrets *secrets, struct dcv_settings *ret, struct dcv_error *err)
{
	struct dcv_backend_config whole = *account;
	const struct maker m = {provider, &whole, clock, deadline_ms, arena, secrets, err};
	struct dcv_settings made = {.n = 0};
	enum dcv_err rc;

	made.items = dcv_arena_array(arena,
		count(provider->options) + count(dcv_services_options) + 1,
		sizeof(made.items[0]));
	if (made.items == NULL || !dcv_account_environment(provider, arena, &whole))
		return dcv_nomem(err);
	rc = put_zone(&m, zone, &made);
	for (const struct dcvp_option *o = provider->options;
		rc == DCV_OK && o->key != NULL; o++)
		if (strcmp(o->key, DCV_OPTION_ZONE) != 0)
			rc = put_option(&m, o, &made);
	made.n_host = made.n;
	for (const struct dcvp_option *o = dcv_services_options;
		rc == DCV_OK && o->key != NULL; o++)
		rc = put_option(&m, o, &made);
	made.host = made.items + made.n_host;
	made.n_host = made.n - made.n_host;
	made.n -= made.n_host;
	if (rc == DCV_OK)
		*ret = made;
	return rc;
}
