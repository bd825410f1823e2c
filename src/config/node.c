/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows texts, lists and paths of a configuration. It does not know what they
 * configure. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
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

void dcv_config_nomem(const struct dcv_config_reader *rd)
{
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL, "out of memory");
}

static bool is_key(const struct dcv_yaml_node *node, const char *key)
{
	return strlen(key) == node->len && memcmp(key, node->text, node->len) == 0;
}

static void check_key(const struct dcv_config_reader *rd, const struct dcv_yaml_node *key,
	const char *const *keys, const struct dcv_later *later)
{
	const char *meant, *help = NULL;
	char shown[SHOWN_MAX];

	for (size_t i = 0; keys[i] != NULL; i++)
		if (is_key(key, keys[i]))
			return;
	for (; later->key != NULL; later++)
		if (is_key(key, later->key)) {
			dcv_config_error(rd, key,
				later->help != NULL ? later->help : "leave it out",
				"%s: not supported by this version", later->key);
			return;
		}
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
	const char *const *keys, const struct dcv_later *later)
{
	for (size_t i = 0; i < map->n; i++)
		check_key(rd, map->keys[i], keys, later);
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

/* `..` stays: behind a symbolic link it is not the segment before it. */
const char *dcv_config_path(struct dcv_arena *arena, const char *directory,
	const char *path)
{
	char *whole = path[0] == '/' ? dcv_arena_strdup(arena, path)
				     : dcv_arena_printf(arena, "%s/%s", directory, path);
	size_t from = 0, to = 0, n;

	if (whole == NULL)
		return NULL;
	while (whole[from] != '\0') {
		from += strspn(whole + from, "/");
		n = strcspn(whole + from, "/");
		if (n > 0 && !(n == 1 && whole[from] == '.')) {
			whole[to++] = '/';
			memmove(whole + to, whole + from, n);
			to += n;
		}
		from += n;
	}
	if (to == 0)
		whole[to++] = '/';
	whole[to] = '\0';
	return whole;
}

const char *dcv_config_cwd(struct dcv_arena *arena, struct dcv_diags *diags)
{
	char path[PATH_MAX];
	const char *copy;

	if (getcwd(path, sizeof path) == NULL) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL,
			"change to a directory that exists",
			"the current directory cannot be named: %s", strerror(errno));
		return NULL;
	}
	copy = dcv_arena_strdup(arena, path);
	if (copy == NULL)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
	return copy;
}

/* A scheme: letters, digits and the like before a colon (RFC 3986 3.1), no slash. */
static size_t scheme_len(const char *text)
{
	size_t n = strcspn(text, ":/");

	return n > 0 && text[n] == ':' ? n : 0;
}

const char *dcv_config_ledger(struct dcv_arena *arena, const char *directory,
	const char *text)
{
	size_t n = scheme_len(text);

	if (n > 0 && (n != strlen("sqlite") || strncmp(text, "sqlite", n) != 0))
		return NULL;
	if (n > 0)
		text += n + 1;
	return text[0] == '\0' ? NULL : dcv_config_path(arena, directory, text);
}

const char *dcv_config_backend(struct dcv_arena *arena, const char *file)
{
	return dcv_arena_printf(arena, "file:%s", file);
}

bool dcv_config_zone(const char *text, size_t len, struct dcv_name *ret,
	struct dcv_error *err)
{
	struct dcv_name zone = {.len = 0};

	if (dcv_name_parse(text, len, NULL, &zone, err) != DCV_OK) {
		(void)dcv_error_wrap(err, "zone");
		(void)dcv_help(err,
			"help: write the zone's name, for example example.com");
		return false;
	}
	for (unsigned i = 0; i < dcv_name_labels(&zone); i++)
		if (dcv_name_label_is(&zone, i, "*")) {
			(void)dcv_fail(err, DCV_E_CONFIG,
				"zone: \"%.80s\": not supported by this version", text);
			(void)dcv_help(err, "help: name each zone");
			return false;
		}
	if (zone.len == 1) {
		(void)dcv_fail(err, DCV_E_CONFIG, "zone: the root zone cannot be bound");
		(void)dcv_help(err, "help: name a zone below it");
		return false;
	}
	*ret = zone;
	return true;
}

bool dcv_config_bind(struct dcv_arena *arena, struct dcv_config *config,
	const struct dcv_binding *binding)
{
	struct dcv_binding *bindings = dcv_arena_grow(arena, config->zones->bindings,
		config->zones->n_bindings, sizeof *bindings);

	if (bindings == NULL)
		return false;
	config->zones->bindings = bindings;
	bindings[config->zones->n_bindings++] = *binding;
	return true;
}
