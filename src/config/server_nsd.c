/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows NSD's configuration as `nsd-checkconf -v` prints it, with what patterns say
 * put into the zones, and the list of zones that `nsd-control addzone` has added. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "config/read.h"

#define DEFAULT_CONFIG "/etc/nsd/nsd.conf"
#define DEFAULT_LIST "/var/lib/nsd/zone.list"
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

/* A zone, or a pattern that `addzone` may name. */
struct block {
	const char *name, *file;
	bool is_secondary;
};

struct nsd {
	const struct dcv_server_reader *rd;
	const char *directory, *list, *listen;
	unsigned port;
	struct block block; /* the one that is being read */
	bool is_pattern;
	size_t n_patterns;
	struct block *patterns;
};

/* `%s` is the zone's name. What other marks stand for, only NSD knows. */
static const char *fill(const struct nsd *nsd, const char *file, const char *zone)
{
	const char *mark = strchr(file, '%');
	size_t len = strlen(zone);

	if (mark == NULL)
		return file;
	if (mark[1] != 's' || strchr(mark + 1, '%') != NULL)
		return NULL;
	if (len > 1 && zone[len - 1] == '.')
		len--;
	return dcv_arena_printf(nsd->rd->arena, "%.*s%.*s%s", (int)(mark - file), file,
		(int)len, zone, mark + 2);
}

static enum dcv_err add_zone(const struct nsd *nsd, const struct block *block,
	const char *name)
{
	struct dcv_server_zone zone = {
		.kind = block->is_secondary ? DCV_ZONE_SECONDARY : DCV_ZONE_STATIC};
	const char *file = block->file != NULL ? fill(nsd, block->file, name) : NULL;

	if (file != NULL && (file[0] == '/' || nsd->directory != NULL)) {
		zone.file = dcv_config_path(nsd->rd->arena,
			nsd->directory != NULL ? nsd->directory : "/", file);
		if (zone.file == NULL)
			return dcv_nomem(nsd->rd->err);
	} else {
		zone.why = block->file == NULL
			? "it has no zonefile"
			: "the name of its zonefile is made by a pattern";
	}
	return dcv_server_add(nsd->rd, name, &zone);
}

/* Ends the block that was being read. */
static enum dcv_err end_block(struct nsd *nsd)
{
	struct block block = nsd->block, *grown;

	nsd->block = (struct block){.name = NULL};
	if (block.name == NULL)
		return DCV_OK;
	if (!nsd->is_pattern)
		return add_zone(nsd, &block, block.name);
	grown = dcv_arena_grow(nsd->rd->arena, nsd->patterns, nsd->n_patterns,
		sizeof *grown);
	if (grown == NULL)
		return dcv_nomem(nsd->rd->err);
	nsd->patterns = grown;
	grown[nsd->n_patterns++] = block;
	return DCV_OK;
}

static void take_server(struct nsd *nsd, const char *key, const char *value)
{
	if (strcmp(key, "zonesdir") == 0 && value[0] != '\0')
		nsd->directory = value;
	else if (strcmp(key, "zonelistfile") == 0)
		nsd->list = value;
	else if (strcmp(key, "ip-address") == 0 && nsd->listen == NULL)
		nsd->listen = value;
	else if (strcmp(key, "port") == 0)
		nsd->port = (unsigned)strtoul(value, NULL, 10);
}

static enum dcv_err take(struct nsd *nsd, const struct dcv_server_line *line)
{
	const char *at = line->value, *value = dcv_server_word(nsd->rd, &at);
	bool is_zone = strcmp(line->section, "zone") == 0;
	enum dcv_err rc = DCV_OK;

	if (value == NULL)
		return DCV_OK;
	if (strcmp(line->section, "server") == 0) {
		take_server(nsd, line->key, value);
	} else if (is_zone || strcmp(line->section, "pattern") == 0) {
		if (strcmp(line->key, "name") == 0) {
			rc = end_block(nsd);
			nsd->block.name = value;
			nsd->is_pattern = !is_zone;
		} else if (strcmp(line->key, "zonefile") == 0) {
			nsd->block.file = value;
		} else if (strcmp(line->key, "request-xfr") == 0) {
			nsd->block.is_secondary = true;
		}
	}
	return rc;
}

/* `add ZONE PATTERN`, the last word on a zone counts; `del` lines are what NSD leaves when it
 * takes a zone away. */
static enum dcv_err read_listed(struct nsd *nsd, char *text)
{
	char *line, *name, *pattern;
	enum dcv_err rc = DCV_OK;

	while (rc == DCV_OK && (line = strsep(&text, "\n")) != NULL) {
		if (strncmp(line, "add ", 4) != 0)
			continue;
		line += 4;
		name = strsep(&line, " ");
		pattern = line != NULL ? strsep(&line, " ") : NULL;
		for (size_t i = 0; pattern != NULL && i < nsd->n_patterns; i++)
			if (strcmp(nsd->patterns[i].name, pattern) == 0)
				rc = add_zone(nsd, &nsd->patterns[i], name);
	}
	return rc;
}

/* It is not there until a zone has been added. */
static enum dcv_err read_list(struct nsd *nsd)
{
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;
	struct dcv_buf list;

	if (nsd->list == NULL || access(nsd->list, F_OK) != 0)
		return DCV_OK;
	dcv_buf_init(&list, OUTPUT_MAX);
	if (dcv_file_read(nsd->list, &list, &err) != DCV_OK) {
		rc = dcv_fail(nsd->rd->err, DCV_E_CONFIG, "NSD's list of zones: %s",
			err.text);
		(void)dcv_help(nsd->rd->err,
			"help: let this user read it, or name each zone with its file");
	} else if (list.len > 0) {
		rc = read_listed(nsd, (char *)list.data);
	}
	dcv_buf_clear(&list);
	return rc;
}

enum dcv_err dcv_server_read_nsd(const struct dcv_server_reader *rd)
{
	const char *config = rd->server->config;
	const char *const argv[] = {"nsd-checkconf", "-v",
		config != NULL ? config : DEFAULT_CONFIG, NULL};
	struct nsd nsd = {.rd = rd, .port = 53, .list = DEFAULT_LIST};
	struct dcv_server_line line = {"", "", ""};
	struct dcv_buf out;
	enum dcv_err rc;
	char *at;

	rd->server->program = "nsd-checkconf -v " DEFAULT_CONFIG;
	if (config != NULL)
		rd->server->program = dcv_arena_printf(rd->arena, "nsd-checkconf -v %s",
			config);
	if (rd->server->program == NULL)
		return dcv_nomem(rd->err);
	rd->server->control = config;
	dcv_buf_init(&out, OUTPUT_MAX);
	rc = dcv_server_run(rd, argv, &out);
	at = (char *)out.data;
	while (rc == DCV_OK && at != NULL && dcv_server_line(&at, &line))
		rc = take(&nsd, &line);
	if (rc == DCV_OK)
		rc = end_block(&nsd);
	if (rc == DCV_OK)
		rc = read_list(&nsd);
	if (rc == DCV_OK && nsd.port > 0)
		(void)dcv_server_listens(rd, nsd.listen != NULL ? nsd.listen : "any",
			nsd.port);
	dcv_buf_clear(&out);
	return rc;
}
