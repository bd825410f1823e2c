/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the variables and flags that stand for a configuration. It does not know the
 * file. */
#include <stdlib.h>
#include <string.h>

#include "config/read.h"

/* What is laid over the file: the command line, or the environment. */
struct line {
	const struct dcv_config_flags *flags;
	const char *cwd;
	struct dcv_arena *arena;
	struct dcv_config *config;
	struct dcv_diags *diags;
	enum dcv_err code; /* of an error */
};

static void refuse(const struct line *line, const char *help, const char *what,
	const char *why)
{
	if (help != NULL && strncmp(help, "help: ", 6) == 0)
		help += 6;
	dcv_diag_add(line->diags, DCV_SEV_ERROR, line->code, NULL, help, "%s: %s", what,
		why);
}

static void no_memory(const struct line *line)
{
	dcv_diag_add(line->diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL, "out of memory");
}

static void note(const struct line *line, const char *key, const char *value,
	const char *origin)
{
	if (value == NULL || !dcv_config_note(line->config, key, value, origin))
		no_memory(line);
}

static enum dcv_reload read_reload(const struct line *line)
{
	static const char help[] = "say --reload none, bind, nsd, knot or pdns";
	const char *text = line->flags->reload;
	enum dcv_reload reload = DCV_RELOAD_NONE;

	if (line->flags->n_zone_files == 0) {
		if (text != NULL)
			refuse(line, "say --zone-file ZONE=FILE too", "--reload",
				"there is no --zone-file");
	} else if (text == NULL) {
		refuse(line, help, "--zone-file", "how is the file to be loaded");
	} else if (!dcv_config_reload(text, &reload)) {
		dcv_diag_add(line->diags, DCV_SEV_ERROR, line->code, NULL, help,
			"--reload: \"%.80s\": unknown", text);
	}
	return reload;
}

/* A zone of the command line takes the place of the file's binding of that zone. */
static void put_entry(const struct line *line, size_t i,
	const struct dcv_config_entry *entry)
{
	struct dcv_config_zones *zones = line->config->zones;

	for (size_t k = 0; k < zones->n_entries; k++) {
		struct dcv_config_entry *other = &zones->entries[k];

		if (!dcv_name_equal(&other->binding.zone, &entry->binding.zone))
			continue;
		if (other->binding.place.line == 0)
			dcv_diag_add(line->diags, DCV_SEV_ERROR, line->code, NULL,
				"give each zone once",
				"--zone-file: %.300s: the zone is given twice",
				line->flags->zone_files[i]);
		*other = *entry;
		other->binding.backends = entry->backends;
		return;
	}
	if (!dcv_config_enter(line->config, entry))
		no_memory(line);
}

static void read_zone_file(const struct line *line, size_t i, enum dcv_reload reload)
{
	const char *text = line->flags->zone_files[i], *equals = strchr(text, '=');
	struct dcv_backend_config *backend = dcv_arena_alloc(line->arena, sizeof *backend);
	struct dcv_config_entry entry = {.backends = backend,
		.binding = {.n_backends = 1, .place = {"--zone-file", 0, 0}}};
	struct dcv_error err = {0};

	if (equals == NULL || equals == text || equals[1] == '\0') {
		dcv_diag_add(line->diags, DCV_SEV_ERROR, line->code, NULL,
			"say --zone-file example.com=/etc/nsd/zones/example.com.zone",
			"--zone-file: \"%.200s\" is not ZONE=FILE", text);
		return;
	}
	if (!dcv_config_zone(line->arena, text, (size_t)(equals - text),
		    &entry.binding.zone, &err)) {
		refuse(line, err.help, "--zone-file", err.text);
		return;
	}
	if (backend == NULL) {
		no_memory(line);
		return;
	}
	backend->provider = "zonefile";
	backend->reload = reload;
	backend->place = entry.binding.place;
	backend->file = dcv_config_path(line->arena, line->cwd, equals + 1);
	if (backend->file == NULL)
		no_memory(line);
	else
		put_entry(line, i, &entry);
}

/* The whole of an account, whose settings are the vendor's variables: it may hold any zone. */
static void read_provider(const struct line *line, const char *name)
{
	struct dcv_backend_config *backend = dcv_arena_alloc(line->arena, sizeof *backend);
	struct dcv_config_entry entry = {.backends = backend,
		.binding = {.n_backends = 1, .place = {"--provider", 0, 0}}};

	if (!dcv_config_is_provider(name) || strcmp(name, "zonefile") == 0 ||
		strcmp(name, "manual") == 0) {
		dcv_diag_add(line->diags, DCV_SEV_ERROR, line->code, NULL,
			"run: dcvctl provider list",
			"--provider: \"%.80s\": not a provider with an account", name);
		return;
	}
	if (dcv_config_account_named(line->config, name) != NULL) {
		dcv_diag_add(line->diags, DCV_SEV_ERROR, line->code, NULL,
			"leave --provider out, or say --config none",
			"--provider: %.80s: the configuration has an account of this name",
			name);
		return;
	}
	if (backend == NULL) {
		no_memory(line);
		return;
	}
	*backend = (struct dcv_backend_config){.name = name,
		.provider = name,
		.account = name,
		.directory = line->cwd,
		.from_environment = true,
		.place = entry.binding.place,
		.provider_place = entry.binding.place};
	if (!dcv_config_add_account(line->config->zones, backend) ||
		!dcv_config_enter(line->config, &entry))
		no_memory(line);
}

static void take_nameservers(const struct line *line, const char *const *texts, size_t n,
	const char *origin, const char *help)
{
	struct dcv_addr *addrs = dcv_arena_array(line->arena, n, sizeof *addrs);
	struct dcv_error err;

	if (addrs == NULL) {
		no_memory(line);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		err = (struct dcv_error){0};
		if (dcv_addr_parse(texts[i], &addrs[i], &err) != DCV_OK)
			refuse(line, help, origin, err.text);
	}
	/* Who is named here is asked, whatever the file says. */
	if (line->config->via != DCV_VIA_DIRECT)
		note(line, "check.via", dcv_via_text(DCV_VIA_DIRECT), origin);
	line->config->via = DCV_VIA_DIRECT;
	line->config->nameservers = addrs;
	line->config->n_nameservers = n;
	note(line, "check.nameservers", dcv_config_join(line->arena, texts, n), origin);
}

static void take_ledger(const struct line *line, const char *text, const char *origin,
	const char *help)
{
	const char *path = dcv_config_ledger(line->arena, line->cwd, text);

	if (path == NULL) {
		refuse(line, help, origin,
			"only the path of a SQLite file is supported by this version");
		return;
	}
	line->config->ledger = path;
	note(line, "ledger", path, origin);
}

static void take_deadline(const struct line *line, int64_t seconds, const char *origin)
{
	line->config->deadline_s = seconds;
	note(line, "check.deadline", dcv_config_duration(line->arena, seconds), origin);
}

static void take_lock_timeout(const struct line *line, int64_t seconds, const char *origin)
{
	line->config->lock_timeout_s = seconds;
	note(line, "lock-timeout", dcv_config_duration(line->arena, seconds), origin);
}

void dcv_config_lay_flags(const struct dcv_config_flags *flags, const char *cwd,
	struct dcv_arena *arena, struct dcv_config *config, struct dcv_diags *diags)
{
	const struct line line = {flags, cwd, arena, config, diags, DCV_E_USAGE};
	enum dcv_reload reload = read_reload(&line);

	for (size_t i = 0; i < flags->n_zone_files; i++)
		read_zone_file(&line, i, reload);
	if (flags->provider != NULL)
		read_provider(&line, flags->provider);
	if (flags->n_nameservers > 0)
		take_nameservers(&line, flags->nameservers, flags->n_nameservers,
			"--nameserver",
			"say --nameserver 192.0.2.1 or [2001:db8::1]:5353");
	if (flags->ledger != NULL)
		take_ledger(&line, flags->ledger, "--ledger", "say --ledger PATH");
	if (flags->deadline_s > 0)
		take_deadline(&line, flags->deadline_s, "--deadline");
	if (flags->has_lock_timeout)
		take_lock_timeout(&line, flags->lock_timeout_s, "--lock-timeout");
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Addresses between blanks or commas. */
static void lay_nameservers(const struct line *line, const char *text)
{
	static const char between[] = " \t,";
	const char **texts = NULL, **grown;
	size_t n = 0;

	for (text += strspn(text, between); *text != '\0'; text += strspn(text, between)) {
		size_t len = strcspn(text, between);

		grown = dcv_arena_grow(line->arena, (void *)texts, n,
			sizeof(const char *));
		if (grown == NULL)
			break;
		texts = grown;
		texts[n] = dcv_arena_strndup(line->arena, text, len);
		if (texts[n++] == NULL)
			break;
		text += len;
	}
	if (*text != '\0')
		no_memory(line);
	else if (n > 0)
		take_nameservers(line, texts, n, "DCVCTL_NAMESERVER",
			"write addresses: 192.0.2.1,[2001:db8::1]:5353");
}

void dcv_config_lay_environment(const char *cwd, struct dcv_arena *arena,
	struct dcv_config *config, struct dcv_diags *diags)
{
	const struct line line = {NULL, cwd, arena, config, diags, DCV_E_CONFIG};
	struct dcv_error err = {0};
	int64_t seconds = 0;
	const char *text;

	if ((text = variable("DCVCTL_LEDGER")) != NULL)
		take_ledger(&line, text, "DCVCTL_LEDGER", "write the path of the ledger");
	if ((text = variable("DCVCTL_NAMESERVER")) != NULL)
		lay_nameservers(&line, text);
	if ((text = variable("DCVCTL_DEADLINE")) != NULL) {
		if (dcv_config_read_deadline(text, &seconds, &err))
			take_deadline(&line, seconds, "DCVCTL_DEADLINE");
		else
			refuse(&line, err.help, "DCVCTL_DEADLINE", err.text);
	}
	err = (struct dcv_error){0};
	if ((text = variable("DCVCTL_LOCK_TIMEOUT")) != NULL) {
		if (dcv_duration_parse("lock-timeout", text, &seconds, &err) == DCV_OK)
			take_lock_timeout(&line, seconds, "DCVCTL_LOCK_TIMEOUT");
		else
			refuse(&line, err.help, "DCVCTL_LOCK_TIMEOUT", err.text);
	}
}
