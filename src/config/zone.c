/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows an item of `zones:`. It does not know the other keys of a configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/read.h"

#define ZONE_MARK "{zone}"
#define PATH_MAX_LEN 4096u
#define SHOWN_MAX 80u

static const char *const zone_keys[] = {"zone", "file", "reload", "server", "checker",
	"allow", NULL};

static const struct dcv_later zone_later[] = {
	{"account", "bind the zone to its zone file: file: PATH"},
	{"backends", "bind the zone to its zone file: file: PATH"},
	{"from", "name each zone with its file"},
	{"into", NULL},
	{"serial", "leave it out: the style of the serial is kept"},
	{"journal", NULL},
	{"signer", NULL},
	{"follow", NULL},
	{"shadow", NULL},
	{"comment", NULL},
	{NULL, NULL},
};

static bool is_word(const struct dcv_yaml_node *node, const char *word)
{
	return node->kind == DCV_YAML_SCALAR && node->len == strlen(word) &&
		memcmp(node->text, word, node->len) == 0;
}

/* The path with {zone} replaced by the zone's name without its final dot. */
static const char *expand(struct dcv_arena *arena, const char *path,
	const struct dcv_name *zone)
{
	char name[DCV_NAME_TEXT_MAX], *expanded = NULL;
	const char *mark;
	struct dcv_buf buf;

	dcv_name_text(zone, name);
	name[strlen(name) - 1] = '\0';
	dcv_buf_init(&buf, PATH_MAX_LEN);
	for (mark = strstr(path, ZONE_MARK); mark != NULL; mark = strstr(path, ZONE_MARK)) {
		dcv_buf_add(&buf, path, (size_t)(mark - path));
		dcv_buf_adds(&buf, name);
		path = mark + strlen(ZONE_MARK);
	}
	dcv_buf_adds(&buf, path);
	if (!buf.failed)
		expanded = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return expanded;
}

static void read_file(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	const struct dcv_binding *zone, struct dcv_backend_config *binding)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "file");
	const char *text;

	if (node == NULL) {
		dcv_config_error(rd, map, "add file: with the path of its zone file",
			"file: missing");
		return;
	}
	text = dcv_config_text(rd, node, "file");
	if (text == NULL || zone->zone.len == 0)
		return;
	text = expand(rd->arena, text, &zone->zone);
	if (text == NULL) {
		dcv_config_error(rd, node, "write a shorter path",
			"file: too long a path");
		return;
	}
	binding->file = dcv_config_path(rd->arena, rd->directory, text);
	if (binding->file != NULL)
		binding->name = dcv_config_backend(rd->arena, binding->file);
	if (binding->name == NULL)
		dcv_config_nomem(rd);
}

static void read_reload_word(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *binding)
{
	static const char *const later[] = {"bind", "knot", "pdns", NULL};
	char shown[SHOWN_MAX];

	if (is_word(node, "none")) {
		binding->reload = DCV_RELOAD_NONE;
		return;
	}
	if (is_word(node, "nsd")) {
		binding->reload = DCV_RELOAD_NSD;
		return;
	}
	for (size_t i = 0; later[i] != NULL; i++)
		if (is_word(node, later[i])) {
			dcv_config_error(rd, node,
				"give the command: reload: {command: [PROGRAM, …, \"{zone}\"]}",
				"reload: %s: not supported by this version", later[i]);
			return;
		}
	(void)dcv_shown(shown, sizeof shown, node->text, node->len);
	dcv_config_error(rd, node,
		"write nsd, none, or {command: [PROGRAM, …, \"{zone}\"]}",
		"reload: \"%s\": unknown", shown);
}

static void read_reload(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *binding)
{
	static const char help[] = "write nsd, none, {nsd: FILE}, or "
				   "{command: [PROGRAM, …, \"{zone}\"]}";
	const struct dcv_yaml_node *command = dcv_yaml_get(node, "command");
	const struct dcv_yaml_node *nsd = dcv_yaml_get(node, "nsd");
	const char *text;

	if (node->kind == DCV_YAML_SCALAR) {
		read_reload_word(rd, node, binding);
		return;
	}
	if (node->kind != DCV_YAML_MAPPING || node->n != 1 ||
		(command == NULL && nsd == NULL)) {
		dcv_config_error(rd, node, help, "reload: not understood");
		return;
	}
	if (command != NULL) {
		binding->reload = DCV_RELOAD_COMMAND;
		binding->reload_argv = dcv_config_texts(rd, command, "reload", 1, help);
		return;
	}
	binding->reload = DCV_RELOAD_NSD;
	text = dcv_config_text(rd, nsd, "reload");
	if (text == NULL)
		return;
	binding->reload_config = dcv_config_path(rd->arena, rd->directory, text);
	if (binding->reload_config == NULL)
		dcv_config_nomem(rd);
}

static void read_checker(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *binding)
{
	static const char help[] = "write {command: [PROGRAM, …, \"{zone}\"]}";

	if (node->kind == DCV_YAML_MAPPING) {
		if (node->n != 1 || dcv_yaml_get(node, "command") == NULL) {
			dcv_config_error(rd, node, help, "checker: not understood");
			return;
		}
		node = node->children[0];
	}
	binding->checker_argv = dcv_config_texts(rd, node, "checker", 1, help);
}

static void read_server(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *binding)
{
	const char *text = dcv_config_text(rd, node, "server");
	struct dcv_error err = {0};
	struct dcv_addr addr;

	if (text == NULL)
		return;
	if (dcv_addr_parse(text, &addr, &err) == DCV_OK)
		binding->server = text;
	else
		dcv_config_error(rd, node,
			"write 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353",
			"server: %s", err.text);
}

static char *lower(struct dcv_arena *arena, const char *text)
{
	char *copy = dcv_arena_strdup(arena, text);

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return copy;
}

/* A first label, or an absolute name with final dot. */
static bool is_allowable(const char *text)
{
	size_t len = strlen(text);
	struct dcv_name name;

	if (dcv_name_parse(text, len, NULL, &name, NULL) != DCV_OK || name.len == 1 ||
		strpbrk(text, "*\\") != NULL)
		return false;
	return text[len - 1] == '.' || dcv_name_labels(&name) == 1;
}

static void read_allow(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_binding *binding)
{
	static const char help[] =
		"write first labels (_dnsauth) or whole names with a final "
		"dot (www.example.com.)";
	const char *const *texts = dcv_config_texts(rd, node, "allow", 0, help);
	const char **allow;

	if (texts == NULL)
		return;
	allow = dcv_arena_array(rd->arena, node->n, sizeof(const char *));
	if (allow == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (!is_allowable(texts[i]))
			dcv_config_error(rd, node->children[i], help,
				"allow: \"%.80s\" is neither a label nor a name with a final dot",
				texts[i]);
		allow[i] = lower(rd->arena, texts[i]);
		if (allow[i] == NULL)
			dcv_config_nomem(rd);
	}
	binding->has_allow = true;
	binding->allow = allow;
	binding->n_allow = node->n;
}

static void read_name(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	struct dcv_binding *binding)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "zone");
	struct dcv_error err = {0};

	if (node == NULL) {
		dcv_config_error(rd, map, "add zone: with its name", "zone: missing");
		return;
	}
	if (dcv_config_text(rd, node, "zone") == NULL)
		return;
	binding->place = dcv_yaml_place(rd->file, node);
	if (!dcv_config_zone(node->text, node->len, &binding->zone, &err)) {
		err.code = DCV_E_CONFIG;
		dcv_diag_add_error(rd->diags, &binding->place, &err);
	}
}

void dcv_config_read_zone(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config)
{
	struct dcv_backend_config *backend = dcv_arena_alloc(rd->arena, sizeof *backend);
	struct dcv_binding binding = {.n_backends = 1, .backends = backend};
	const struct dcv_yaml_node *child;

	if (backend == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	backend->provider = "zonefile";
	if (node->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, node, "write - {zone: NAME, file: PATH, reload: nsd}",
			"zones: an item must be a mapping");
		return;
	}
	binding.place = dcv_yaml_place(rd->file, node);
	dcv_config_keys(rd, node, zone_keys, zone_later);
	read_name(rd, node, &binding);
	/* What is bound elsewhere needs no file; that it is not supported was said. */
	if (dcv_yaml_get(node, "account") == NULL &&
		dcv_yaml_get(node, "backends") == NULL &&
		dcv_yaml_get(node, "from") == NULL)
		read_file(rd, node, &binding, backend);
	child = dcv_yaml_get(node, "reload");
	if (child != NULL)
		read_reload(rd, child, backend);
	child = dcv_yaml_get(node, "checker");
	if (child != NULL)
		read_checker(rd, child, backend);
	child = dcv_yaml_get(node, "server");
	if (child != NULL)
		read_server(rd, child, backend);
	child = dcv_yaml_get(node, "allow");
	if (child != NULL)
		read_allow(rd, child, &binding);
	if (binding.zone.len > 0 && !dcv_config_bind(rd->arena, config, &binding))
		dcv_config_nomem(rd);
}

static int compare(const void *p, const void *q)
{
	const struct dcv_binding *a = *(const struct dcv_binding *const *)p;
	const struct dcv_binding *b = *(const struct dcv_binding *const *)q;
	int order = dcv_name_compare(&a->zone, &b->zone);

	return order != 0 ? order : (a > b) - (a < b);
}

void dcv_config_unique(const struct dcv_config_reader *rd, const struct dcv_config *config)
{
	const struct dcv_binding **sorted;
	char name[DCV_NAME_TEXT_MAX];

	if (config->zones->n_bindings < 2)
		return;
	sorted = dcv_arena_array(rd->arena, config->zones->n_bindings,
		sizeof(const struct dcv_binding *));
	if (sorted == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	for (size_t i = 0; i < config->zones->n_bindings; i++)
		sorted[i] = &config->zones->bindings[i];
	qsort(sorted, config->zones->n_bindings, sizeof(const struct dcv_binding *),
		compare);
	for (size_t i = 1; i < config->zones->n_bindings; i++)
		if (dcv_name_equal(&sorted[i]->zone, &sorted[i - 1]->zone))
			dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_CONFIG,
				&sorted[i]->place, "keep one of them",
				"zone: %.255s is bound twice: on line %u and on line %u",
				dcv_name_text(&sorted[i]->zone, name),
				sorted[i - 1]->place.line, sorted[i]->place.line);
}
