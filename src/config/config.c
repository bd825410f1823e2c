/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where a configuration comes from, in which order, and what stands where
 * nothing was said. It does not know the form of the file. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/read.h"

#define LEDGER_DIRECTORY "/var/lib/dcvctl"
#define LEDGER_NAME "ledger.db"

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

static const char *default_ledger(const struct dcv_config *config,
	struct dcv_arena *arena, struct dcv_diags *diags)
{
	const char *state = absolute("XDG_STATE_HOME"), *home = absolute("HOME"),
		   *path = NULL;

	if (config->file != NULL)
		path = dcv_arena_strdup(arena, LEDGER_DIRECTORY "/" LEDGER_NAME);
	else if (state != NULL)
		path = dcv_arena_printf(arena, "%s/dcvctl/" LEDGER_NAME, state);
	else if (home != NULL)
		path = dcv_arena_printf(arena, "%s/.local/state/dcvctl/" LEDGER_NAME,
			home);
	else {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL,
			"say --ledger PATH, or set XDG_STATE_HOME",
			"ledger: no place for it: neither XDG_STATE_HOME nor HOME is set");
		return NULL;
	}
	if (path == NULL)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
	return path;
}

/* diags->code is that of its first error, which may be somebody else's. */
static enum dcv_err code_since(const struct dcv_diags *diags, size_t errors)
{
	return errors == 0 ? diags->code : DCV_E_CONFIG;
}

enum dcv_err dcv_config_make(const struct dcv_config_flags *flags,
	struct dcv_arena *arena, struct dcv_config *ret, struct dcv_diags *diags)
{
	struct dcv_config config = {.file = flags->config, .deadline_s = DCV_DEADLINE_S};
	size_t errors = diags->n_errors;
	struct dcv_config_zones *zones = dcv_arena_alloc(arena, sizeof *zones);
	const char *cwd = dcv_config_cwd(arena, diags);

	if (cwd == NULL || zones == NULL)
		return code_since(diags, errors);
	config.zones = zones;
	if (config.file == NULL)
		config.file = environment("DCVCTL_CONFIG");
	if (config.file != NULL) {
		config.file = dcv_arena_strdup(arena, config.file);
		if (config.file != NULL)
			dcv_config_read_file(cwd, arena, &config, diags);
		else
			dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
				"out of memory");
	}
	dcv_config_lay_flags(flags, cwd, arena, &config, diags);
	if (config.ledger == NULL && diags->n_errors == errors)
		config.ledger = default_ledger(&config, arena, diags);
	if (diags->n_errors > errors)
		return code_since(diags, errors);
	*ret = config;
	return DCV_OK;
}

enum dcv_err dcv_config_find(const struct dcv_config *config, const struct dcv_name *name,
	const struct dcv_binding **ret, struct dcv_error *err)
{
	(void)err;
	*ret = dcv_config_binding(config, name);
	return DCV_OK;
}

/* Octets first: of a thousand zones one is compared by labels. */
const struct dcv_binding *dcv_config_binding(const struct dcv_config *config,
	const struct dcv_name *name)
{
	const struct dcv_binding *best = NULL;

	for (size_t i = 0; i < config->zones->n_bindings; i++) {
		const struct dcv_name *zone = &config->zones->bindings[i].zone;

		if (zone->len > name->len ||
			(best != NULL && zone->len <= best->zone.len) ||
			memcmp(name->wire + (name->len - zone->len), zone->wire,
				zone->len) != 0)
			continue;
		if (dcv_name_is_within(name, zone))
			best = &config->zones->bindings[i];
	}
	return best;
}
