/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the keys of a zone file, as an item of `zones:` and an account have them. It
 * does not know whose they are. */
#include <string.h>

#include "config/read.h"

const char *const dcv_backend_keys[] = {"file", "reload", "server", "checker", "signer",
	"journal", "into", "serial", "comment", NULL};

#define PRESETS "bind, nsd, knot, pdns, none"

/* {bind: FILE} and the like. */
static void read_reload_config(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *help,
	struct dcv_backend_config *backend)
{
	char word[8] = "";

	if (node->keys[0]->len < sizeof word)
		memcpy(word, node->keys[0]->text, node->keys[0]->len);
	if (!dcv_config_reload(word, &backend->reload) ||
		backend->reload == DCV_RELOAD_NONE)
		dcv_config_error(rd, node, help, "reload: not understood");
	else
		backend->reload_config = dcv_config_path_of(rd, node->children[0],
			"reload");
}

static void read_reload(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *backend)
{
	static const char help[] = "write " PRESETS ", {nsd: FILE}, or "
				   "{command: [PROGRAM, …, \"{zone}\"]}";
	static const char *const words[] = {[DCV_RELOAD_NONE] = "none",
		[DCV_RELOAD_BIND] = "bind",
		[DCV_RELOAD_NSD] = "nsd",
		[DCV_RELOAD_KNOT] = "knot",
		[DCV_RELOAD_PDNS] = "pdns",
		NULL};
	int word;

	if (node->kind == DCV_YAML_SCALAR) {
		word = dcv_config_word(rd, node, "reload", words, help);
		if (word >= 0)
			backend->reload = (enum dcv_reload)word;
	} else if (node->kind != DCV_YAML_MAPPING || node->n != 1) {
		dcv_config_error(rd, node, help, "reload: not understood");
	} else if (dcv_config_is(node->keys[0], "command")) {
		backend->reload = DCV_RELOAD_COMMAND;
		backend->reload_argv = dcv_config_texts(rd, node->children[0], "reload",
			1, help);
	} else {
		read_reload_config(rd, node, help, backend);
	}
}

static void read_server(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *backend)
{
	const char *text = dcv_config_text(rd, node, "server");
	struct dcv_error err = {0};
	struct dcv_addr addr;

	if (text == NULL)
		return;
	if (dcv_addr_parse(text, &addr, &err) == DCV_OK)
		backend->server = text;
	else
		dcv_config_error(rd, node,
			"write 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353",
			"server: %s", err.text);
}

static void read_journal(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *backend)
{
	static const char *const words[] = {"refuse", "freeze", NULL};

	backend->freeze = dcv_config_word(rd, node, "journal", words,
				  "write freeze, or leave the key out: a zone with a "
				  "journal is then refused") == 1;
}

static void read_serial(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_backend_config *backend)
{
	static const char *const words[] = {"ours", "external", NULL};

	backend->serial_external = dcv_config_word(rd, node, "serial", words,
					   "write ours, or external where something else "
					   "counts the serial up") == 1;
}

void dcv_config_read_backend(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_backend_config *ret, bool *has_reload)
{
	static const char checker[] =
		"write {command: [PROGRAM, …, \"{zone}\", \"{file}\"]}";
	const struct dcv_yaml_node *node;

	ret->provider = "zonefile";
	if ((node = dcv_yaml_get(map, "file")) != NULL)
		ret->file = dcv_config_path_of(rd, node, "file");
	if ((node = dcv_yaml_get(map, "reload")) != NULL)
		read_reload(rd, node, ret);
	if (has_reload != NULL)
		*has_reload = node != NULL;
	if ((node = dcv_yaml_get(map, "server")) != NULL)
		read_server(rd, node, ret);
	if ((node = dcv_yaml_get(map, "checker")) != NULL)
		ret->checker_argv = dcv_config_command(rd, node, "checker", checker);
	if ((node = dcv_yaml_get(map, "signer")) != NULL)
		ret->signer_argv = dcv_config_command(rd, node, "signer", checker);
	if ((node = dcv_yaml_get(map, "journal")) != NULL)
		read_journal(rd, node, ret);
	if ((node = dcv_yaml_get(map, "into")) != NULL)
		ret->into = dcv_config_text(rd, node, "into");
	if ((node = dcv_yaml_get(map, "serial")) != NULL)
		read_serial(rd, node, ret);
	if ((node = dcv_yaml_get(map, "comment")) != NULL)
		ret->comment = dcv_config_yes(rd, node, "comment");
}

/* A relative `into:` begins at the zone file's directory, since it is that file which
 * includes it. */
static const char *fill_into(struct dcv_arena *arena, const char *into, const char *file,
	const struct dcv_name *zone)
{
	const char *directory = dcv_config_directory(arena, file);
	const char *path = dcv_config_expand(arena, into, zone);

	return directory != NULL && path != NULL ? dcv_config_path(arena, directory, path)
						 : NULL;
}

bool dcv_config_fill(struct dcv_arena *arena, const struct dcv_backend_config *from,
	const struct dcv_name *zone, struct dcv_backend_config *ret)
{
	*ret = *from;
	if (from->file == NULL)
		return true;
	ret->file = dcv_config_expand(arena, from->file, zone);
	if (ret->file == NULL)
		return false;
	if (from->into != NULL) {
		ret->into = fill_into(arena, from->into, ret->file, zone);
		if (ret->into == NULL)
			return false;
	}
	if (from->account == NULL)
		ret->name = dcv_arena_printf(arena, "file:%s", ret->file);
	return ret->name != NULL;
}
