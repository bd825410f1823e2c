/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the forms that a key of an account may have: a text, a list, where a secret
 * comes from. It does not know which keys a provider takes. */
#include <string.h>

#include "config/read.h"

/* Room for the values of a setting, ended by NULL, and for their places. */
static bool make_room(const struct dcv_config_reader *rd, size_t n, const char ***values,
	struct dcv_place **places, struct dcv_setting *setting)
{
	*values = dcv_arena_array(rd->arena, n + 1, sizeof(const char *));
	*places = dcv_arena_array(rd->arena, n + 1, sizeof **places);
	setting->values = *values;
	setting->places = *places;
	setting->n = n;
	if (*values != NULL && *places != NULL)
		return true;
	dcv_config_nomem(rd);
	return false;
}

/* A text, or the texts of a list. */
static bool read_values(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_setting *setting)
{
	bool list = node->kind == DCV_YAML_SEQUENCE;
	struct dcv_place *places;
	const char **values;

	setting->kind = list ? DCV_SETTING_LIST : DCV_SETTING_TEXT;
	if (!make_room(rd, list ? node->n : 1, &values, &places, setting))
		return false;
	for (size_t i = 0; i < setting->n; i++) {
		const struct dcv_yaml_node *item = list ? node->children[i] : node;

		if (item->kind != DCV_YAML_SCALAR) {
			dcv_config_error(rd, item, "write texts: [TEXT, TEXT]",
				"%.80s: an item of the list must be a text", setting->key);
			return false;
		}
		values[i] = item->text;
		places[i] = dcv_yaml_place(rd->file, item);
	}
	return true;
}

/* {file: PATH}, {env: NAME}, {command: [ARGV]}. */
static bool read_source(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_setting *setting)
{
	static const char *const words[] = {"file", "env", "command"};
	static const char help[] =
		"write {file: PATH}, {env: NAME} or {command: [PROGRAM, ARGUMENT]}";
	const struct dcv_yaml_node *value = node->kind == DCV_YAML_MAPPING && node->n == 1
		? node->children[0]
		: NULL;

	for (size_t i = 0; value != NULL && i < sizeof words / sizeof words[0]; i++)
		if (dcv_config_is(node->keys[0], words[i]))
			setting->source = words[i];
	if (setting->source == NULL) {
		dcv_config_error(rd, node, help, "%.80s: not understood", setting->key);
		return false;
	}
	if (strcmp(setting->source, "command") == 0
			? value->kind != DCV_YAML_SEQUENCE || value->n == 0
			: value->kind != DCV_YAML_SCALAR || value->len == 0) {
		dcv_config_error(rd, value, help, "%.80s: %s: not understood",
			setting->key, setting->source);
		return false;
	}
	if (!read_values(rd, value, setting))
		return false;
	setting->kind = DCV_SETTING_SOURCE;
	return true;
}

/* Several sources in a list: a setting each, with the same key. */
static bool is_sources(const struct dcv_yaml_node *node)
{
	return node->kind == DCV_YAML_SEQUENCE && node->n > 0 &&
		node->children[0]->kind == DCV_YAML_MAPPING;
}

static void read_setting(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *key, const struct dcv_yaml_node *node, bool is_source,
	struct dcv_backend_config *ret)
{
	struct dcv_setting *grown = dcv_arena_grow(rd->arena, (void *)ret->settings,
		ret->n_settings, sizeof *grown);
	struct dcv_setting *setting;

	if (grown == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	ret->settings = grown;
	setting = &grown[ret->n_settings];
	*setting = (struct dcv_setting){.key = key->text,
		.place = dcv_yaml_place(rd->file, key)};
	if (is_source ? read_source(rd, node, setting) : read_values(rd, node, setting))
		ret->n_settings++;
}

void dcv_config_read_settings(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_backend_config *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct dcv_yaml_node *key = map->keys[i], *node = map->children[i];

		if (dcv_config_is(key, "provider"))
			continue;
		if (!is_sources(node)) {
			read_setting(rd, key, node, node->kind == DCV_YAML_MAPPING, ret);
			continue;
		}
		for (size_t k = 0; k < node->n; k++)
			read_setting(rd, key, node->children[k], true, ret);
	}
}
