/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the configuration file: its keys, and the files that it includes. It does
 * not know flags. */
#include "base/file.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "config/read.h"

#define INCLUDED_MAX 1000u

static const char *const top_keys[] = {"ledger", "accounts", "zones", "include",
	"caa_issuers", "check", NULL};
/* Zones and accounts add up over files; of all else there is one. */
static const char *const included_keys[] = {"accounts", "zones", NULL};

static void read_ledger(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	const char *text = dcv_config_text(rd, node, "ledger"), *path, *origin;

	if (text == NULL)
		return;
	path = dcv_config_ledger(rd->arena, rd->directory, text);
	origin = dcv_config_origin(rd, node);
	if (path == NULL)
		dcv_config_error(rd, node,
			"write ledger: sqlite:/var/lib/dcvctl/ledger.db",
			"ledger: \"%.80s\": not supported by this version", text);
	else if (origin == NULL || !dcv_config_note(rd->config, "ledger", path, origin))
		dcv_config_nomem(rd);
	else
		rd->config->ledger = path;
}

/* The name without its final dot, in small letters; NULL with an error. */
static const char *read_issuer(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *text)
{
	struct dcv_name name = {.len = 0};
	char shown[DCV_NAME_TEXT_MAX];
	const char *issuer;

	if (dcv_name_from(text, &name, NULL) != DCV_OK || name.len == 1 ||
		strpbrk(text, "*\\ ;=") != NULL) {
		dcv_config_error(rd, node,
			"write the CA's name as in a CAA record, for example digicert.com",
			"caa_issuers: \"%.80s\": not the name of a CA", text);
		return NULL;
	}
	dcv_name_text(&name, shown);
	issuer = dcv_arena_strndup(rd->arena, shown, strlen(shown) - 1);
	if (issuer == NULL)
		dcv_config_nomem(rd);
	return issuer;
}

static void read_issuers(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	static const char help[] = "write caa_issuers: [digicert.com, letsencrypt.org]";
	const char *const *texts = dcv_config_texts(rd, node, "caa_issuers", 0, help);
	const char **issuers, *value, *origin = dcv_config_origin(rd, node);

	if (texts == NULL || origin == NULL)
		return;
	issuers = dcv_arena_array(rd->arena, node->n, sizeof(const char *));
	if (issuers == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		issuers[i] = read_issuer(rd, node->children[i], texts[i]);
		if (issuers[i] == NULL)
			return;
	}
	value = node->n > 0 ? dcv_config_join(rd->arena, issuers, node->n) : "none";
	if (value == NULL || !dcv_config_note(rd->config, "caa_issuers", value, origin))
		dcv_config_nomem(rd);
	rd->config->caa_issuers = issuers;
	rd->config->n_caa_issuers = node->n;
}

static void read_common(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *root)
{
	const struct dcv_yaml_node *child;

	if ((child = dcv_yaml_get(root, "accounts")) != NULL)
		dcv_config_read_accounts(rd, child);
	if ((child = dcv_yaml_get(root, "zones")) != NULL)
		dcv_config_read_zones(rd, child);
}

static bool is_mapping(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *root, const char *const *keys)
{
	if (root->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, root,
			keys == top_keys ? "its keys are ledger, zones and check"
					 : "its keys are zones and accounts",
			"not a configuration: must be a mapping");
		return false;
	}
	dcv_config_keys(rd, root, keys);
	return true;
}

/* The one document of a file, or NULL. */
static const struct dcv_yaml_node *parse(const struct dcv_config_reader *rd,
	const struct dcv_buf *buf)
{
	struct dcv_yaml_docs docs = {.n = 0};
	enum dcv_err rc = dcv_yaml_parse(rd->file, dcv_buf_text(buf), buf->len,
		DCV_E_CONFIG, rd->arena, &docs, rd->diags);

	/* What was read to its end is looked at even then, so that more is told in one run. */
	if (rc == DCV_E_NOMEM)
		return NULL;
	if (docs.n > 1 && docs.roots[1] != NULL)
		dcv_config_error(rd, docs.roots[1], "keep one document",
			"a second document: a configuration is one document");
	return docs.n > 0 ? docs.roots[0] : NULL;
}

/* Reads a file into a tree; NULL: it is empty, or an error was told (with `help`). */
static const struct dcv_yaml_node *read_tree(const struct dcv_config_reader *rd,
	const struct dcv_place *place, const char *help)
{
	const struct dcv_yaml_node *root = NULL;
	struct dcv_error err = {0};
	struct dcv_buf buf;

	dcv_buf_init(&buf, DCV_YAML_MAX_FILE);
	if (dcv_file_read(rd->file, &buf, &err) == DCV_OK) {
		root = parse(rd, &buf);
	} else {
		if (err.code != DCV_E_NOMEM)
			err.code = DCV_E_CONFIG;
		(void)dcv_help(&err, "help: %s", help);
		dcv_diag_add_error(rd->diags, place, &err);
	}
	dcv_buf_clear(&buf);
	return root;
}

static void read_included(const struct dcv_config_reader *from,
	const struct dcv_place *place, const char *path)
{
	struct dcv_config_reader rd = *from;
	const struct dcv_yaml_node *root;

	rd.file = dcv_arena_strdup(rd.arena, path);
	rd.directory = dcv_config_directory(rd.arena, path);
	if (rd.file == NULL || rd.directory == NULL) {
		dcv_config_nomem(&rd);
		return;
	}
	root = read_tree(&rd, place, "correct include:");
	if (root != NULL && is_mapping(&rd, root, included_keys))
		read_common(&rd, root);
}

/* The files of a pattern, sorted. Without a pattern's signs it is one file, which must be
 * there. */
static void include(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	const char *pattern = dcv_config_path_of(rd, node, "include");
	glob_t found = {.gl_pathc = 0};
	int end;

	if (pattern == NULL)
		return;
	if (strpbrk(pattern, "*?[") == NULL) {
		read_included(rd, &place, pattern);
		return;
	}
	errno = 0;
	end = glob(pattern, GLOB_ERR, NULL, &found);
	if (end == GLOB_NOSPACE)
		dcv_config_nomem(rd);
	else if (end != 0 && end != GLOB_NOMATCH && errno != ENOENT)
		dcv_config_error(rd, node, "let its directory be read",
			"include: %.200s: cannot be listed: %s", pattern, strerror(errno));
	else if (found.gl_pathc > INCLUDED_MAX)
		dcv_config_error(rd, node, "put more zones into each file",
			"include: %.200s: more than %u files", pattern, INCLUDED_MAX);
	else
		for (size_t i = 0; end == 0 && i < found.gl_pathc; i++)
			read_included(rd, &place, found.gl_pathv[i]);
	globfree(&found);
}

static void read_include(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	if (node->kind != DCV_YAML_SEQUENCE) {
		include(rd, node);
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		include(rd, node->children[i]);
}

static void read_root(const struct dcv_config_reader *rd, const struct dcv_yaml_node *root)
{
	const struct dcv_yaml_node *child;

	if (!is_mapping(rd, root, top_keys))
		return;
	if ((child = dcv_yaml_get(root, "ledger")) != NULL)
		read_ledger(rd, child);
	read_common(rd, root);
	if ((child = dcv_yaml_get(root, "caa_issuers")) != NULL)
		read_issuers(rd, child);
	if ((child = dcv_yaml_get(root, "check")) != NULL)
		dcv_config_read_check(rd, child);
	if ((child = dcv_yaml_get(root, "include")) != NULL)
		read_include(rd, child);
}

void dcv_config_read_file(const char *cwd, struct dcv_arena *arena,
	struct dcv_config *config, struct dcv_diags *diags)
{
	struct dcv_config_reader rd = {config->file, NULL, arena, diags, config};
	const char *path = dcv_config_path(arena, cwd, config->file);
	const struct dcv_yaml_node *root;

	if (path != NULL)
		rd.directory = dcv_config_directory(arena, path);
	if (rd.directory == NULL) {
		dcv_config_nomem(&rd);
		return;
	}
	root = read_tree(&rd, NULL, "say --config FILE, or --config none to do without");
	if (root != NULL)
		read_root(&rd, root);
	dcv_config_resolve(config, diags);
	dcv_config_unique(config, diags);
}
