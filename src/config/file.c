/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the configuration file. It does not know flags. */
#include "base/file.h"

#include <string.h>

#include "base/buf.h"
#include "config/read.h"

#define DEADLINE_MAX_S (7 * 86400)

static const char *const top_keys[] = {"ledger", "zones", "check", NULL};
static const struct dcv_later top_later[] = {
	{"accounts", "bind zones to their zone files: zones: [{zone: NAME, file: PATH}]"},
	{"include", "write the zones into this file"},
	{"caa_issuers", "leave it out: this version writes no CAA"},
	{NULL, NULL},
};

static const char *const check_keys[] = {"nameservers", "deadline", NULL};
static const struct dcv_later check_later[] = {
	{"via", NULL},
	{"require", NULL},
	{"families", NULL},
	{"root_hints", NULL},
	{"trust_anchor", NULL},
	{NULL, NULL},
};

static void read_ledger(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config)
{
	const char *text = dcv_config_text(rd, node, "ledger"), *path;

	if (text == NULL)
		return;
	path = dcv_config_ledger(rd->arena, rd->directory, text);
	if (path != NULL)
		config->ledger = path;
	else
		dcv_config_error(rd, node,
			"write ledger: sqlite:/var/lib/dcvctl/ledger.db",
			"ledger: \"%.80s\": not supported by this version", text);
}

static void read_zones(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config)
{
	if (node->kind == DCV_YAML_SCALAR && node->len == 0)
		return;
	if (node->kind != DCV_YAML_SEQUENCE) {
		dcv_config_error(rd, node,
			"begin each zone with `- ` on a line of its own",
			"zones: must be a list");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		dcv_config_read_zone(rd, node->children[i], config);
	dcv_config_unique(rd, config);
}

static void read_nameservers(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config)
{
	static const char help[] =
		"write addresses: nameservers: [192.0.2.1, \"[2001:db8::1]:5353\"]";
	const char *const *texts;
	struct dcv_error err;
	struct dcv_addr *addrs;

	if (node->kind == DCV_YAML_SCALAR && strcmp(node->text, "delegation") == 0) {
		dcv_config_error(rd, node, "leave it out, or give addresses",
			"nameservers: delegation: not supported by this version");
		return;
	}
	texts = dcv_config_texts(rd, node, "nameservers", 1, help);
	if (texts == NULL)
		return;
	addrs = dcv_arena_array(rd->arena, node->n, sizeof *addrs);
	if (addrs == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		err = (struct dcv_error){0};
		if (dcv_addr_parse(texts[i], &addrs[i], &err) != DCV_OK)
			dcv_config_error(rd, node->children[i], help, "nameservers: %s",
				err.text);
	}
	config->nameservers = addrs;
	config->n_nameservers = node->n;
}

static void read_deadline(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config)
{
	const char *text = dcv_config_text(rd, node, "deadline");
	struct dcv_error err = {0};
	int64_t seconds = 0;

	if (text == NULL)
		return;
	if (dcv_duration_parse("deadline", text, &seconds, &err) != DCV_OK)
		dcv_config_error(rd, node, err.help, "%s", err.text);
	else if (seconds < 1 || seconds > DEADLINE_MAX_S)
		dcv_config_error(rd, node, "write deadline: 15m",
			"deadline: must be from 1 s to 7 d");
	else
		config->deadline_s = seconds;
}

static void read_check(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config)
{
	const struct dcv_yaml_node *child;

	if (node->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, node, "write check: {deadline: 15m}",
			"check: must be a mapping");
		return;
	}
	dcv_config_keys(rd, node, check_keys, check_later);
	child = dcv_yaml_get(node, "nameservers");
	if (child != NULL)
		read_nameservers(rd, child, config);
	child = dcv_yaml_get(node, "deadline");
	if (child != NULL)
		read_deadline(rd, child, config);
}

static void read_root(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *root, struct dcv_config *config)
{
	const struct dcv_yaml_node *child;

	if (root->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, root, "its keys are ledger, zones and check",
			"not a configuration: must be a mapping");
		return;
	}
	dcv_config_keys(rd, root, top_keys, top_later);
	child = dcv_yaml_get(root, "ledger");
	if (child != NULL)
		read_ledger(rd, child, config);
	child = dcv_yaml_get(root, "zones");
	if (child != NULL)
		read_zones(rd, child, config);
	child = dcv_yaml_get(root, "check");
	if (child != NULL)
		read_check(rd, child, config);
}

static void read_text(struct dcv_config_reader *rd, const struct dcv_buf *buf,
	struct dcv_config *config)
{
	struct dcv_yaml_docs docs = {.n = 0};
	enum dcv_err rc = dcv_yaml_parse(rd->file, dcv_buf_text(buf), buf->len,
		DCV_E_CONFIG, rd->arena, &docs, rd->diags);

	/* What was read to its end is looked at even then, so that more is told in one run. */
	if (rc == DCV_E_NOMEM)
		return;
	if (docs.n > 0 && docs.roots[0] != NULL)
		read_root(rd, docs.roots[0], config);
	if (docs.n > 1 && docs.roots[1] != NULL)
		dcv_config_error(rd, docs.roots[1], "keep one document",
			"a second document: a configuration is one document");
}

static const char *directory_of(struct dcv_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return "/";
	return dcv_arena_strndup(arena, path, (size_t)(slash - path));
}

void dcv_config_read_file(const char *cwd, struct dcv_arena *arena,
	struct dcv_config *config, struct dcv_diags *diags)
{
	struct dcv_config_reader rd = {config->file, NULL, arena, diags};
	const char *path = dcv_config_path(arena, cwd, config->file);
	struct dcv_error err = {0};
	struct dcv_buf buf;

	if (path != NULL)
		rd.directory = directory_of(arena, path);
	if (rd.directory == NULL) {
		dcv_config_nomem(&rd);
		return;
	}
	dcv_buf_init(&buf, DCV_YAML_MAX_FILE);
	if (dcv_file_read(config->file, &buf, &err) == DCV_OK) {
		read_text(&rd, &buf, config);
	} else {
		if (err.code != DCV_E_NOMEM)
			err.code = DCV_E_CONFIG;
		(void)dcv_help(&err,
			"help: say --config FILE, or unset DCVCTL_CONFIG to do without");
		dcv_diag_add_error(diags, NULL, &err);
	}
	dcv_buf_clear(&buf);
}
