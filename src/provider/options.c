/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an account's keys are held against the options that a provider declares:
 * whether they may stand there. What a value must be like stands in value.c, what is handed
 * over in settings.c. */
#include "provider/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "provider/internal.h"

static void add(const struct dcv_account_reader *rd, const struct dcv_place *place,
	const char *help, const char *key, const char *why)
{
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_CONFIG, place, help, "%.80s: %s",
		key, why);
}

const struct dcvp_option *dcv_option_find(const struct dcvp_option *options,
	const char *key)
{
	for (; options->key != NULL; options++)
		if (strcmp(options->key, key) == 0)
			return options;
	return NULL;
}

const struct dcv_setting *dcv_setting_find(const struct dcv_backend_config *account,
	const char *key)
{
	for (size_t i = 0; i < account->n_settings; i++)
		if (strcmp(account->settings[i].key, key) == 0)
			return &account->settings[i];
	return NULL;
}

/* `zone` is for the host to say. */
static const struct dcvp_option *find_option(const struct dcv_account_reader *rd,
	const char *key)
{
	const struct dcvp_option *option = strcmp(key, DCV_OPTION_ZONE) == 0
		? NULL
		: dcv_option_find(rd->provider->options, key);

	return option != NULL ? option : dcv_option_find(dcv_services_options, key);
}

/* The keys that the account may have: NULL-terminated; NULL when memory is out. */
static const char **known_keys(const struct dcv_account_reader *rd)
{
	const struct dcvp_option *const tables[] = {rd->provider->options,
		dcv_services_options};
	const char **keys = NULL;
	size_t n = 0;

	for (size_t t = 0; t < 2; t++)
		for (const struct dcvp_option *o = tables[t]; o->key != NULL; o++) {
			if (strcmp(o->key, DCV_OPTION_ZONE) == 0)
				continue;
			keys = dcv_arena_grow(rd->arena, (void *)keys, n,
				sizeof(const char *));
			if (keys == NULL)
				return NULL;
			keys[n++] = o->key;
		}
	keys = dcv_arena_grow(rd->arena, (void *)keys, n, sizeof(const char *));
	if (keys != NULL)
		keys[n] = NULL;
	return keys;
}

static void refuse_key(const struct dcv_account_reader *rd,
	const struct dcv_setting *setting)
{
	const char **keys = known_keys(rd);
	const char *meant = keys != NULL ? dcv_did_you_mean(setting->key, keys) : NULL;
	const char *help = NULL;
	char shown[80];

	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean `%s`?", meant);
	for (size_t i = 0; meant == NULL && keys != NULL && keys[i] != NULL; i++)
		help = help == NULL
			? dcv_arena_printf(rd->arena, "its keys are provider, %s", keys[i])
			: dcv_arena_printf(rd->arena, "%s, %s", help, keys[i]);
	(void)dcv_shown(shown, sizeof(shown), setting->key, strlen(setting->key));
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_CONFIG, &setting->place, help,
		"%s: unknown key of provider %s", shown, rd->provider->name);
}

/* A value is never shown before it is known to be no secret. */
static bool check_secret(const struct dcv_account_reader *rd,
	const struct dcv_setting *setting)
{
	const char *help;

	if (setting->kind == DCV_SETTING_SOURCE)
		return true;
	help = dcv_arena_printf(rd->arena,
		"write %.80s: {file: PATH}, {env: NAME} or {command: [PROGRAM, ARGUMENT]}",
		setting->key);
	add(rd, &setting->place, help, setting->key,
		"a secret: it may not stand in the configuration itself");
	return false;
}

static bool check_command(const struct dcv_account_reader *rd,
	const struct dcv_setting *setting)
{
	bool list = setting->kind == DCV_SETTING_LIST ||
		(setting->kind == DCV_SETTING_SOURCE &&
			strcmp(setting->source, "command") == 0);

	if (list && setting->n > 0 && setting->values[0][0] != '\0')
		return true;
	add(rd, &setting->place, "write [PROGRAM, ARGUMENT, \"{zone}\"]", setting->key,
		"must be a list of a program and its arguments");
	return false;
}

static bool check_form(const struct dcv_account_reader *rd,
	const struct dcvp_option *option, const struct dcv_setting *setting)
{
	const char *why = NULL;

	if (option->kind == DCVP_OPTION_SECRET)
		return check_secret(rd, setting);
	if (option->kind == DCVP_OPTION_COMMAND)
		return check_command(rd, setting);
	if (setting->kind == DCV_SETTING_SOURCE)
		why = "not a secret: must be written out";
	else if (setting->kind == DCV_SETTING_LIST && !option->many)
		why = "must be one text, not a list";
	else if (setting->n == 0)
		why = "an empty list";
	if (why != NULL)
		add(rd, &setting->place, option->help, setting->key, why);
	return why == NULL;
}

static void check_values(const struct dcv_account_reader *rd,
	const struct dcvp_option *option, const struct dcv_setting *setting)
{
	for (size_t i = 0; i < setting->n; i++) {
		struct dcv_error err = {0};

		if (dcv_value_check(option, setting->values[i], rd->insecure_http,
			    &err) == DCV_OK)
			continue;
		(void)dcv_error_wrap(&err, "%.80s", setting->key);
		dcv_diag_add_error(rd->diags, &setting->places[i], &err);
	}
}

/* first: that of the key, of which there are several if a list of sources was written. */
static void check_setting(const struct dcv_account_reader *rd,
	const struct dcv_setting *setting, const struct dcv_setting *first)
{
	const struct dcvp_option *option = find_option(rd, setting->key);

	if (option == NULL)
		refuse_key(rd, setting);
	else if (setting != first && (option->kind != DCVP_OPTION_SECRET || !option->many))
		add(rd, &setting->place, option->help, setting->key,
			"must be one, not a list");
	else if (check_form(rd, option, setting) && option->kind != DCVP_OPTION_SECRET &&
		option->kind != DCVP_OPTION_COMMAND)
		check_values(rd, option, setting);
}

static void refuse_missing(const struct dcv_account_reader *rd,
	const struct dcv_backend_config *account, const struct dcvp_option *option)
{
	const char *help = NULL;

	if (!account->from_environment)
		help = dcv_arena_printf(rd->arena, "add %s: %s", option->key,
			option->help != NULL ? option->help : "");
	else if (option->environment != NULL && option->environment[0] != NULL)
		help = dcv_arena_printf(rd->arena, "set %s: %s", option->environment[0],
			option->help != NULL ? option->help : "");
	else
		help = "it has no variable: write an account into a configuration";
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_CONFIG, &account->place, help,
		"account %.80s: %s: missing", account->name, option->key);
}

static void check_required(const struct dcv_account_reader *rd,
	const struct dcv_backend_config *account)
{
	for (const struct dcvp_option *o = rd->provider->options; o->key != NULL; o++)
		if (o->required && strcmp(o->key, DCV_OPTION_ZONE) != 0 &&
			dcv_setting_find(account, o->key) == NULL)
			refuse_missing(rd, account, o);
}

bool dcv_account_check(const struct dcvp_provider *provider,
	const struct dcv_backend_config *account, struct dcv_arena *arena,
	struct dcv_diags *diags)
{
	struct dcv_account_reader rd = {provider, arena, diags, false};
	struct dcv_backend_config whole = *account;
	size_t errors = diags->n_errors;

	if (!dcv_account_environment(provider, arena, &whole)) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
		return false;
	}
	rd.insecure_http = dcv_account_is_insecure(&whole);
	for (size_t i = 0; i < whole.n_settings; i++)
		check_setting(&rd, &whole.settings[i],
			dcv_setting_find(&whole, whole.settings[i].key));
	check_required(&rd, &whole);
	return diags->n_errors == errors;
}

enum dcv_err dcv_accounts_check(struct dcv_providers *providers,
	const struct dcv_config *config, struct dcv_arena *arena, struct dcv_diags *diags)
{
	const struct dcv_backend_config *account;
	size_t errors = diags->n_errors;

	for (size_t i = 0; (account = dcv_config_account(config, i)) != NULL; i++) {
		const struct dcvp_provider *provider = NULL;
		struct dcv_error err = {0};

		if (dcv_account_is_own(account))
			continue;
		if (dcv_providers_find(providers, account->provider, &provider, &err) !=
			DCV_OK)
			dcv_diag_add_error(diags, &account->provider_place, &err);
		else
			(void)dcv_account_check(provider, account, arena, diags);
	}
	return diags->n_errors == errors ? DCV_OK : DCV_E_CONFIG;
}
