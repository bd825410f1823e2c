/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows Knot DNS's configuration as `knotc conf-export` prints it: sections of items
 * that refer to each other, zones that inherit from templates. */
#include <string.h>

#include "config/read.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define RUN_DIRECTORY "/run/knot"
#define STORAGE "/var/lib/knot"
#define LISTS_MAX 64u

/* A zone or a template; NULL: not said. */
struct block {
	const char *name; /* `id` or `domain` */
	const char *template, *storage, *file, *master, *acls, *sign, *sync;
};

struct knot {
	const struct dcv_server_reader *rd;
	const char *run_directory, *socket, *listen;
	const char *acl; /* the one that is being read */
	bool acl_denies, acl_updates;
	size_t n_updates;
	const char **updates; /* ACLs that allow dynamic updates */
	size_t n_templates, n_zones;
	struct block *templates, *zones;
};

static const char *first_word(const struct knot *knot, const char *value)
{
	const char *at = value;

	return dcv_server_word(knot->rd, &at);
}

/* A list holds the word. */
static bool holds(const struct knot *knot, const char *value, const char *word)
{
	const char *found;

	for (size_t i = 0; i < LISTS_MAX; i++) {
		found = dcv_server_word(knot->rd, &value);
		if (found == NULL)
			return false;
		if (strcmp(found, word) == 0)
			return true;
	}
	return false;
}

static enum dcv_err end_acl(struct knot *knot)
{
	bool updates = knot->acl != NULL && knot->acl_updates && !knot->acl_denies;
	const char **grown;

	if (updates) {
		grown = dcv_arena_grow(knot->rd->arena, (void *)knot->updates,
			knot->n_updates, sizeof(const char *));
		if (grown == NULL)
			return dcv_nomem(knot->rd->err);
		knot->updates = grown;
		grown[knot->n_updates++] = knot->acl;
	}
	knot->acl = NULL;
	knot->acl_denies = knot->acl_updates = false;
	return DCV_OK;
}

static enum dcv_err take_acl(struct knot *knot, const struct dcv_server_line *line)
{
	enum dcv_err rc = DCV_OK;

	if (strcmp(line->key, "id") == 0) {
		rc = end_acl(knot);
		knot->acl = first_word(knot, line->value);
	} else if (strcmp(line->key, "action") == 0) {
		knot->acl_updates = holds(knot, line->value, "update");
	} else if (strcmp(line->key, "deny") == 0) {
		knot->acl_denies = holds(knot, line->value, "on");
	}
	return rc;
}

static enum dcv_err begin_block(struct knot *knot, struct block **blocks, size_t *n,
	const char *value)
{
	struct block *grown = dcv_arena_grow(knot->rd->arena, *blocks, *n,
		sizeof **blocks);

	if (grown == NULL)
		return dcv_nomem(knot->rd->err);
	*blocks = grown;
	grown[*n] = (struct block){.name = first_word(knot, value)};
	if (grown[*n].name != NULL)
		++*n;
	return DCV_OK;
}

static void take_item(struct knot *knot, struct block *block,
	const struct dcv_server_line *line)
{
	const struct {
		const char *key;
		const char **to;
	} items[] = {{"template", &block->template}, {"storage", &block->storage},
		{"file", &block->file}, {"master", &block->master},
		{"dnssec-signing", &block->sign}, {"zonefile-sync", &block->sync}};

	for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
		if (strcmp(line->key, items[i].key) == 0)
			*items[i].to = first_word(knot, line->value);
	if (strcmp(line->key, "acl") == 0)
		block->acls = dcv_arena_strdup(knot->rd->arena, line->value);
}

static void take_server(struct knot *knot, const struct dcv_server_line *line)
{
	if (strcmp(line->section, "control") == 0 && strcmp(line->key, "listen") == 0)
		knot->socket = first_word(knot, line->value);
	else if (strcmp(line->section, "server") == 0 && strcmp(line->key, "rundir") == 0)
		knot->run_directory = first_word(knot, line->value);
	else if (strcmp(line->section, "server") == 0 && strcmp(line->key, "listen") == 0)
		knot->listen = first_word(knot, line->value);
}

static enum dcv_err take(struct knot *knot, const struct dcv_server_line *line)
{
	bool is_zone = strcmp(line->section, "zone") == 0;

	if (strcmp(line->section, "acl") == 0)
		return take_acl(knot, line);
	if (!is_zone && strcmp(line->section, "template") != 0) {
		take_server(knot, line);
		return DCV_OK;
	}
	if (strcmp(line->key, is_zone ? "domain" : "id") == 0)
		return is_zone
			? begin_block(knot, &knot->zones, &knot->n_zones, line->value)
			: begin_block(knot, &knot->templates, &knot->n_templates,
				  line->value);
	if (is_zone && knot->n_zones > 0)
		take_item(knot, &knot->zones[knot->n_zones - 1], line);
	else if (!is_zone && knot->n_templates > 0)
		take_item(knot, &knot->templates[knot->n_templates - 1], line);
	return DCV_OK;
}

/* What the zone does not say, its template says, "default" if it names none. */
static void inherit(const struct knot *knot, struct block *zone)
{
	const char *name = zone->template != NULL ? zone->template : "default";
	const struct block *from = NULL;

	for (size_t i = 0; i < knot->n_templates && from == NULL; i++)
		if (strcmp(knot->templates[i].name, name) == 0)
			from = &knot->templates[i];
	if (from == NULL)
		return;
	zone->storage = zone->storage != NULL ? zone->storage : from->storage;
	zone->file = zone->file != NULL ? zone->file : from->file;
	zone->master = zone->master != NULL ? zone->master : from->master;
	zone->acls = zone->acls != NULL ? zone->acls : from->acls;
	zone->sign = zone->sign != NULL ? zone->sign : from->sign;
	zone->sync = zone->sync != NULL ? zone->sync : from->sync;
}

static const char *updates_by(const struct knot *knot, const struct block *zone)
{
	for (size_t i = 0; zone->acls != NULL && i < knot->n_updates; i++)
		if (holds(knot, zone->acls, knot->updates[i]))
			return knot->updates[i];
	return NULL;
}

/* `%s` is the zone's name without final dot. */
static const char *file_of(const struct knot *knot, const struct block *zone)
{
	struct dcv_arena *arena = knot->rd->arena;
	const char *file = zone->file != NULL ? zone->file : "%s.zone";
	const char *storage = zone->storage != NULL ? zone->storage : STORAGE;
	const char *mark = strchr(file, '%');
	size_t len = strlen(zone->name);

	if (mark != NULL && (mark[1] != 's' || strchr(mark + 1, '%') != NULL))
		return NULL;
	if (len > 1 && zone->name[len - 1] == '.')
		len--;
	if (mark != NULL)
		file = dcv_arena_printf(arena, "%.*s%.*s%s", (int)(mark - file), file,
			(int)len, zone->name, mark + 2);
	return file == NULL ? NULL : dcv_config_path(arena, storage, file);
}

static enum dcv_err add_zone(const struct knot *knot, struct block *zone)
{
	struct dcv_server_zone found = {.kind = DCV_ZONE_STATIC};
	bool writes_file, is_signed;
	const char *acl;

	inherit(knot, zone);
	acl = updates_by(knot, zone);
	is_signed = zone->sign != NULL && strcmp(zone->sign, "on") == 0;
	writes_file = zone->sync == NULL || zone->sync[0] != '-';
	found.file = file_of(knot, zone);
	if (found.file == NULL)
		found.why = "the name of its file is made by a pattern";
	if (zone->master != NULL) {
		found.kind = DCV_ZONE_SECONDARY;
	} else if (acl != NULL) {
		found.kind = DCV_ZONE_DYNAMIC;
		found.why = dcv_arena_printf(knot->rd->arena, "acl %s: update", acl);
	} else if (is_signed) {
		found.kind = writes_file ? DCV_ZONE_DYNAMIC : DCV_ZONE_INLINE;
		found.why = writes_file ? "dnssec-signing with zonefile-sync" : NULL;
	}
	return dcv_server_add(knot->rd, zone->name, &found);
}

static enum dcv_err finish(struct knot *knot)
{
	const char *directory = knot->run_directory != NULL ? knot->run_directory
							    : RUN_DIRECTORY;
	enum dcv_err rc = end_acl(knot);

	for (size_t i = 0; rc == DCV_OK && i < knot->n_zones; i++)
		rc = add_zone(knot, &knot->zones[i]);
	if (knot->socket != NULL || knot->run_directory != NULL)
		knot->rd->server->control = dcv_config_path(knot->rd->arena, directory,
			knot->socket != NULL ? knot->socket : "knot.sock");
	if (knot->listen != NULL)
		(void)dcv_server_listens(knot->rd, knot->listen, 53);
	if (knot->rd->server->control != NULL &&
		strcmp(knot->rd->server->control, RUN_DIRECTORY "/knot.sock") == 0)
		knot->rd->server->control = NULL;
	return rc;
}

enum dcv_err dcv_server_read_knot(const struct dcv_server_reader *rd)
{
	const char *config = rd->server->config;
	const char *const named[] = {"knotc", "-c", config, "conf-export", NULL};
	const char *const plain[] = {"knotc", "conf-export", NULL};
	struct dcv_server_line line = {"", "", ""};
	struct knot knot = {.rd = rd};
	struct dcv_buf out;
	enum dcv_err rc;
	char *at;

	rd->server->program = "knotc conf-export";
	if (config != NULL)
		rd->server->program = dcv_arena_printf(rd->arena,
			"knotc -c %s conf-export", config);
	if (rd->server->program == NULL)
		return dcv_nomem(rd->err);
	dcv_buf_init(&out, OUTPUT_MAX);
	rc = dcv_server_run(rd, config != NULL ? named : plain, &out);
	at = (char *)out.data;
	while (rc == DCV_OK && at != NULL && dcv_server_line(&at, &line))
		rc = take(&knot, &line);
	if (rc == DCV_OK)
		rc = finish(&knot);
	dcv_buf_clear(&out);
	return rc;
}
