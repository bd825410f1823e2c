/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the flags that stand for a configuration. It does not know the file. */
#include <string.h>

#include "config/read.h"

/* The command line that is being read. */
struct line {
	const struct dcv_config_flags *flags;
	const char *cwd;
	struct dcv_arena *arena;
	struct dcv_config *config;
	struct dcv_diags *diags;
};

static void usage(const struct line *line, const char *help, const char *flag,
	const char *what)
{
	dcv_diag_add(line->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL, help, "%s: %s", flag,
		what);
}

static void no_memory(const struct line *line)
{
	dcv_diag_add(line->diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL, "out of memory");
}

static enum dcv_reload read_reload(const struct line *line)
{
	static const char help[] = "say --reload none or --reload nsd";
	const char *text = line->flags->reload;

	if (line->flags->n_zone_files == 0) {
		if (text != NULL)
			usage(line, "say --zone-file ZONE=FILE too", "--reload",
				"there is no --zone-file");
		return DCV_RELOAD_NONE;
	}
	if (text == NULL)
		usage(line, help, "--zone-file", "how is the file to be loaded");
	else if (strcmp(text, "nsd") == 0)
		return DCV_RELOAD_NSD;
	else if (strcmp(text, "none") != 0)
		dcv_diag_add(line->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL, help,
			"--reload: \"%.80s\": unknown", text);
	return DCV_RELOAD_NONE;
}

/* A zone of the command line takes the place of the file's binding of that zone. */
static void put_binding(const struct line *line, size_t i,
	const struct dcv_binding *binding)
{
	struct dcv_config *config = line->config;

	for (size_t k = 0; k < config->zones->n_bindings; k++) {
		struct dcv_binding *other = &config->zones->bindings[k];

		if (!dcv_name_equal(&other->zone, &binding->zone))
			continue;
		if (other->place.line == 0)
			dcv_diag_add(line->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
				"give each zone once",
				"--zone-file: %.300s: the zone is given twice",
				line->flags->zone_files[i]);
		*other = *binding;
		return;
	}
	if (!dcv_config_bind(line->arena, config, binding))
		no_memory(line);
}

static void read_zone_file(const struct line *line, size_t i, enum dcv_reload reload)
{
	const char *text = line->flags->zone_files[i], *equals = strchr(text, '=');
	struct dcv_backend_config *backend = dcv_arena_alloc(line->arena, sizeof *backend);
	struct dcv_binding binding = {.n_backends = 1,
		.backends = backend,
		.place = {"--zone-file", 0, 0}};
	struct dcv_error err = {0};

	if (equals == NULL || equals == text || equals[1] == '\0') {
		dcv_diag_add(line->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"say --zone-file example.com=/etc/nsd/zones/example.com.zone",
			"--zone-file: \"%.200s\" is not ZONE=FILE", text);
		return;
	}
	if (!dcv_config_zone(text, (size_t)(equals - text), &binding.zone, &err)) {
		usage(line, err.help, "--zone-file", err.text);
		return;
	}
	if (backend == NULL) {
		no_memory(line);
		return;
	}
	backend->provider = "zonefile";
	backend->reload = reload;
	backend->file = dcv_config_path(line->arena, line->cwd, equals + 1);
	if (backend->file != NULL)
		backend->name = dcv_config_backend(line->arena, backend->file);
	if (backend->name == NULL)
		no_memory(line);
	else
		put_binding(line, i, &binding);
}

static void read_nameservers(const struct line *line)
{
	size_t n = line->flags->n_nameservers;
	struct dcv_addr *addrs;
	struct dcv_error err;

	if (n == 0)
		return;
	addrs = dcv_arena_array(line->arena, n, sizeof *addrs);
	if (addrs == NULL) {
		no_memory(line);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		err = (struct dcv_error){0};
		if (dcv_addr_parse(line->flags->nameservers[i], &addrs[i], &err) != DCV_OK)
			usage(line, "say --nameserver 192.0.2.1 or [2001:db8::1]:5353",
				"--nameserver", err.text);
	}
	line->config->nameservers = addrs;
	line->config->n_nameservers = n;
}

static void read_ledger(const struct line *line)
{
	const char *path;

	if (line->flags->ledger == NULL)
		return;
	path = dcv_config_ledger(line->arena, line->cwd, line->flags->ledger);
	if (path != NULL)
		line->config->ledger = path;
	else
		usage(line, "say --ledger PATH", "--ledger",
			"only the path of a SQLite file is supported by this version");
}

void dcv_config_lay_flags(const struct dcv_config_flags *flags, const char *cwd,
	struct dcv_arena *arena, struct dcv_config *config, struct dcv_diags *diags)
{
	const struct line line = {flags, cwd, arena, config, diags};
	enum dcv_reload reload = read_reload(&line);

	for (size_t i = 0; i < flags->n_zone_files; i++)
		read_zone_file(&line, i, reload);
	read_nameservers(&line);
	read_ledger(&line);
	if (flags->deadline_s > 0)
		config->deadline_s = flags->deadline_s;
}
