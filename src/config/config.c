/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where a configuration comes from, in which order, what stands where nothing
 * was said, and where each value came from. It does not know the form of the file. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/read.h"

#define LEDGER_DIRECTORY "/var/lib/dcvctl"
#define LEDGER_NAME "ledger.db"
#define CONFIG_NAME "dcvctl.yaml"

/* A variable that is set to nothing is not set. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A relative path in these variables is not to be used (XDG Base Directory Specification). */
static const char *absolute(const char *name)
{
	const char *value = environment(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

static enum dcv_err no_memory(struct dcv_diags *diags)
{
	dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL, "out of memory");
	return DCV_E_NOMEM;
}

bool dcv_config_note(struct dcv_config *config, const char *key, const char *value,
	const char *origin)
{
	struct dcv_config_zones *zones = config->zones;
	struct dcv_config_setting *grown;

	for (size_t i = 0; i < zones->n_settings; i++)
		if (strcmp(zones->settings[i].key, key) == 0) {
			zones->settings[i].value = value;
			zones->settings[i].origin = origin;
			return true;
		}
	grown = dcv_arena_grow(zones->arena, zones->settings, zones->n_settings,
		sizeof *grown);
	if (grown == NULL)
		return false;
	zones->settings = grown;
	grown[zones->n_settings++] = (struct dcv_config_setting){key, value, origin};
	return true;
}

bool dcv_config_enter(struct dcv_config *config, const struct dcv_config_entry *entry)
{
	struct dcv_config_zones *zones = config->zones;
	struct dcv_config_entry *grown = dcv_arena_grow(zones->arena, zones->entries,
		zones->n_entries, sizeof *grown);

	if (grown == NULL)
		return false;
	zones->entries = grown;
	grown[zones->n_entries] = *entry;
	grown[zones->n_entries++].binding.backends = entry->backends;
	return true;
}

const char *dcv_config_user_file(struct dcv_arena *arena)
{
	const char *config = absolute("XDG_CONFIG_HOME"), *home = absolute("HOME");

	if (config != NULL)
		return dcv_arena_printf(arena, "%s/dcvctl/" CONFIG_NAME, config);
	return home == NULL
		? NULL
		: dcv_arena_printf(arena, "%s/.config/dcvctl/" CONFIG_NAME, home);
}

const char *dcv_config_user_ledger(struct dcv_arena *arena)
{
	const char *state = absolute("XDG_STATE_HOME"), *home = absolute("HOME");

	if (state != NULL)
		return dcv_arena_printf(arena, "%s/dcvctl/" LEDGER_NAME, state);
	return home == NULL
		? NULL
		: dcv_arena_printf(arena, "%s/.local/state/dcvctl/" LEDGER_NAME, home);
}

const char *dcv_config_named_file(const char *flag, const char **ret_origin)
{
	*ret_origin = "--config";
	if (flag != NULL)
		return flag;
	*ret_origin = "DCVCTL_CONFIG";
	return environment("DCVCTL_CONFIG");
}

/* What cannot be looked at is there: reading it will tell why not. */
static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* One that is named must be there, one that is looked for need not. */
static bool choose_file(const struct dcv_config_flags *flags, struct dcv_arena *arena,
	struct dcv_config *config)
{
	const char *origin, *file = dcv_config_named_file(flags->config, &origin);

	if (file == NULL) {
		origin = "found";
		file = dcv_config_user_file(arena);
		if (file == NULL || !is_there(file))
			file = is_there(DCV_CONFIG_FILE) ? DCV_CONFIG_FILE : NULL;
		if (file == NULL)
			origin = "default";
	} else if (strcmp(file, "none") == 0) {
		file = NULL;
	} else {
		file = dcv_arena_strdup(arena, file);
		if (file == NULL)
			return false;
	}
	config->file = file;
	return dcv_config_note(config, "config", file != NULL ? file : "none", origin);
}

/* In the order in which they are shown. */
static bool note_defaults(struct dcv_config *config)
{
	static const struct dcv_config_setting defaults[] = {{"config", "none", "default"},
		{"ledger", "", "default"}, {"lock-timeout", "30s", "default"},
		{"caa_issuers", "any", "default"},
		{"check.nameservers", "delegation", "default"},
		{"check.via", "direct", "default"}, {"check.resolvers", "none", "default"},
		{"check.tls_bundle", "system", "default"},
		{"check.require", "all", "default"}, {"check.families", "4 6", "default"},
		{"check.root_hints", "system", "default"},
		{"check.trust_anchor", "system", "default"},
		{"check.deadline", "15m", "default"}};

	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		if (!dcv_config_note(config, defaults[i].key, defaults[i].value,
			    defaults[i].origin))
			return false;
	return true;
}

static enum dcv_err place_ledger(struct dcv_config *config, struct dcv_arena *arena,
	struct dcv_diags *diags)
{
	const char *path;

	if (config->ledger == NULL) {
		path = config->file != NULL ? LEDGER_DIRECTORY "/" LEDGER_NAME
					    : dcv_config_user_ledger(arena);
		if (path == NULL && (absolute("XDG_STATE_HOME") || absolute("HOME")))
			return no_memory(diags);
		if (path == NULL) {
			dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL,
				"say --ledger PATH, or set XDG_STATE_HOME",
				"ledger: no place for it: neither XDG_STATE_HOME nor HOME is set");
			return DCV_E_CONFIG;
		}
		config->ledger = path;
		if (!dcv_config_note(config, "ledger", path, "default"))
			return no_memory(diags);
	}
	return DCV_OK;
}

/* diags->code is that of its first error, which may be somebody else's. */
static enum dcv_err code_since(const struct dcv_diags *diags, size_t errors)
{
	return errors == 0 ? diags->code : DCV_E_CONFIG;
}

enum dcv_err dcv_config_make(const struct dcv_config_flags *flags,
	struct dcv_arena *arena, struct dcv_config *ret, struct dcv_diags *diags)
{
	struct dcv_config config = {.deadline_s = DCV_DEADLINE_S,
		.lock_timeout_s = DCV_LOCK_TIMEOUT_S};
	size_t errors = diags->n_errors;
	const char *cwd = dcv_config_cwd(arena, diags);

	if (cwd == NULL)
		return code_since(diags, errors);
	config.zones = dcv_arena_alloc(arena, sizeof *config.zones);
	if (config.zones == NULL)
		return no_memory(diags);
	config.zones->arena = arena;
	if (!note_defaults(&config) || !choose_file(flags, arena, &config))
		return no_memory(diags);
	if (config.file != NULL)
		dcv_config_read_file(cwd, arena, &config, diags);
	dcv_config_lay_environment(cwd, arena, &config, diags);
	dcv_config_lay_flags(flags, cwd, arena, &config, diags);
	if (diags->n_errors == errors)
		(void)place_ledger(&config, arena, diags);
	if (diags->n_errors > errors)
		return code_since(diags, errors);
	*ret = config;
	return DCV_OK;
}

const struct dcv_config_setting *dcv_config_settings(const struct dcv_config *config,
	size_t *ret_n)
{
	*ret_n = config->zones->n_settings;
	return config->zones->settings;
}

const struct dcv_binding *dcv_config_item(const struct dcv_config *config, size_t i,
	const char **ret_from)
{
	const struct dcv_config_zones *zones = config->zones;

	if (i >= zones->n_entries)
		return NULL;
	*ret_from = zones->entries[i].has_from ? dcv_server_word_of(zones->entries[i].from)
					       : NULL;
	return &zones->entries[i].binding;
}
