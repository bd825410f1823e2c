/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows texts, words and lists of a configuration file. It does not know what they
 * configure. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/read.h"

#define TEXT_MAX 1024u
#define SHOWN_MAX 80u

void dcv_config_error(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *help, const char *fmt, ...)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_CONFIG, &place, help, "%s", text);
}

void dcv_config_later(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, const char *help)
{
	char shown[SHOWN_MAX] = "that";

	if (node->kind == DCV_YAML_SCALAR)
		(void)dcv_shown(shown, sizeof shown, node->text, node->len);
	dcv_config_error(rd, node, help, "%s: %s: not supported by this version", what,
		shown);
}

void dcv_config_nomem(const struct dcv_config_reader *rd)
{
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL, "out of memory");
}

bool dcv_config_is(const struct dcv_yaml_node *node, const char *word)
{
	return node->kind == DCV_YAML_SCALAR && node->len == strlen(word) &&
		memcmp(node->text, word, node->len) == 0;
}

static void check_key(const struct dcv_config_reader *rd, const struct dcv_yaml_node *key,
	const char *const *keys)
{
	const char *meant, *help = NULL;
	char shown[SHOWN_MAX];

	for (size_t i = 0; keys[i] != NULL; i++)
		if (dcv_config_is(key, keys[i]))
			return;
	meant = dcv_did_you_mean(key->text, keys);
	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean `%s`?", meant);
	for (size_t i = 0; meant == NULL && keys[i] != NULL; i++)
		help = help == NULL
			? dcv_arena_printf(rd->arena, "the keys here are %s", keys[i])
			: dcv_arena_printf(rd->arena, "%s, %s", help, keys[i]);
	(void)dcv_shown(shown, sizeof shown, key->text, key->len);
	dcv_config_error(rd, key, help, "%s: unknown key", shown);
}

void dcv_config_keys(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	const char *const *keys)
{
	for (size_t i = 0; i < map->n; i++)
		check_key(rd, map->keys[i], keys);
}

const char *dcv_config_text(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what)
{
	if (node->kind == DCV_YAML_SCALAR && node->len > 0)
		return node->text;
	dcv_config_error(rd, node, "write one text, or leave the key out", "%s: %s", what,
		node->kind == DCV_YAML_SCALAR ? "empty" : "must be a text");
	return NULL;
}

int dcv_config_word(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *what, const char *const *words, const char *help)
{
	char shown[SHOWN_MAX];

	for (int i = 0; words[i] != NULL; i++)
		if (dcv_config_is(node, words[i]))
			return i;
	if (node->kind != DCV_YAML_SCALAR) {
		dcv_config_error(rd, node, help, "%s: not understood", what);
		return -1;
	}
	(void)dcv_shown(shown, sizeof shown, node->text, node->len);
	dcv_config_error(rd, node, help, "%s: \"%s\": unknown", what, shown);
	return -1;
}

bool dcv_config_yes(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *what)
{
	static const char *const words[] = {"yes", "true", "no", "false", NULL};
	int word = dcv_config_word(rd, node, what, words, "write yes or no");

	return word == 0 || word == 1;
}

const char *const *dcv_config_texts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, size_t least, const char *help)
{
	const char **texts;

	if (node->kind != DCV_YAML_SEQUENCE || node->n < least) {
		dcv_config_error(rd, node, help, "%s: must be a list%s", what,
			least > 0 ? ", not empty" : "");
		return NULL;
	}
	texts = dcv_arena_array(rd->arena, node->n + 1, sizeof(const char *));
	if (texts == NULL) {
		dcv_config_nomem(rd);
		return NULL;
	}
	for (size_t i = 0; i < node->n; i++) {
		texts[i] = dcv_config_text(rd, node->children[i], what);
		if (texts[i] == NULL)
			return NULL;
	}
	return texts;
}

const char *const *dcv_config_command(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, const char *help)
{
	if (node->kind == DCV_YAML_MAPPING) {
		if (node->n != 1 || dcv_yaml_get(node, "command") == NULL) {
			dcv_config_error(rd, node, help, "%s: not understood", what);
			return NULL;
		}
		node = node->children[0];
	}
	return dcv_config_texts(rd, node, what, 1, help);
}

const char *dcv_config_path_of(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what)
{
	const char *text = dcv_config_text(rd, node, what), *path;

	if (text == NULL)
		return NULL;
	path = dcv_config_path(rd->arena, rd->directory, text);
	if (path == NULL)
		dcv_config_nomem(rd);
	return path;
}

const char *dcv_config_origin(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	const char *origin = dcv_arena_printf(rd->arena, "%s:%u", rd->file, node->line);

	if (origin == NULL)
		dcv_config_nomem(rd);
	return origin;
}
