/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows BIND's configuration as `named-checkconf -px` prints it: statements that end
 * with a semicolon, some with a block in braces; secrets are left out there. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/read.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

enum said { NOT_SAID, SAID_NO, SAID_YES };

/* `options`, or a view, which inherits from it. */
struct scope {
	const struct scope *above;
	const char *view, *directory;
	enum said updates, policy; /* allow-update; dnssec-policy */
	bool other_class;
};

struct zone {
	const char *name, *type, *file;
	const struct scope *scope;
	enum said updates, policy, inline_signing;
	bool update_policy, other_class;
};

struct bind {
	const struct dcv_server_reader *rd;
	const char *at; /* of the output */
	const char *word; /* the token read last, if it is a word */
	char sign; /* `{`, `}`, `;`, or 0: a word; or 1: the end, or memory is out */
	bool no_memory, listens;
	size_t n_zones;
	struct zone *zones;
};

static const char *copy_quoted(struct bind *bind)
{
	const char *end = bind->at;
	char *copy;
	size_t n = 0;

	while (*end != '\0' && *end != '"')
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	copy = dcv_arena_strndup(bind->rd->arena, bind->at, (size_t)(end - bind->at));
	for (size_t i = 0; copy != NULL && copy[i] != '\0'; i++) {
		if (copy[i] == '\\' && copy[i + 1] != '\0')
			i++;
		copy[n++] = copy[i];
	}
	if (copy != NULL)
		copy[n] = '\0';
	bind->at = *end == '"' ? end + 1 : end;
	return copy;
}

/* Reads the next token. False if it is no word. */
static bool next(struct bind *bind)
{
	size_t len;

	bind->at += strspn(bind->at, " \t\n");
	bind->sign = *bind->at;
	if (bind->sign == '\0')
		bind->sign = 1;
	else if (strchr("{};", bind->sign) != NULL)
		bind->at++;
	else
		bind->sign = 0;
	if (bind->sign != 0)
		return false;
	if (*bind->at == '"') {
		bind->at++;
		bind->word = copy_quoted(bind);
	} else {
		len = strcspn(bind->at, " \t\n{};\"");
		bind->word = dcv_arena_strndup(bind->rd->arena, bind->at, len);
		bind->at += len;
	}
	if (bind->word == NULL) {
		bind->no_memory = true;
		bind->sign = 1;
	}
	return bind->word != NULL;
}

/* To the end of the statement, over what blocks it has. */
static void skip(struct bind *bind)
{
	size_t depth = 0;

	while (bind->sign != 1 && !(depth == 0 && bind->sign == ';')) {
		if (bind->sign == '{')
			depth++;
		else if (bind->sign == '}' && depth > 0)
			depth--;
		(void)next(bind);
	}
}

/* A statement of one word: the word, or NULL. */
static const char *take_word(struct bind *bind)
{
	const char *word = next(bind) ? bind->word : NULL;

	skip(bind);
	return word;
}

/* The next word of a block, also of blocks in it. Begins behind `{` with *depth 1. */
static bool next_in_block(struct bind *bind, size_t *depth)
{
	while (*depth > 0 && bind->sign != 1) {
		if (next(bind))
			return true;
		if (bind->sign == '{')
			++*depth;
		else if (bind->sign == '}')
			--*depth;
	}
	return false;
}

/* A list in braces allows somebody: it holds more than `none`. */
static enum said take_list(struct bind *bind)
{
	enum said said = SAID_NO;
	size_t depth = 1;

	while (next(bind))
		;
	if (bind->sign == '{')
		while (next_in_block(bind, &depth))
			if (strcmp(bind->word, "none") != 0)
				said = SAID_YES;
	skip(bind);
	return said;
}

static enum said take_yes(struct bind *bind)
{
	const char *word = take_word(bind);

	return word != NULL &&
			(strcmp(word, "yes") == 0 || strcmp(word, "true") == 0 ||
				strcmp(word, "1") == 0)
		? SAID_YES
		: SAID_NO;
}

static enum said take_policy(struct bind *bind)
{
	const char *word = take_word(bind);

	return word != NULL && strcmp(word, "none") != 0 ? SAID_YES : SAID_NO;
}

/* `listen-on port N { ADDRESS; … }`: the first that can be asked. */
static void take_listen(struct bind *bind)
{
	unsigned port = 53;
	size_t depth = 1;

	while (next(bind))
		if (strcmp(bind->word, "port") == 0 && next(bind))
			port = (unsigned)strtoul(bind->word, NULL, 10);
	if (bind->sign == '{')
		while (next_in_block(bind, &depth))
			if (!bind->listens && bind->word[0] != '!' &&
				strcmp(bind->word, "none") != 0)
				bind->listens = dcv_server_listens(bind->rd, bind->word,
					port);
	skip(bind);
}

static bool is_other_class(const char *word)
{
	return strcasecmp(word, "IN") != 0;
}

static void take_zone_statement(struct bind *bind, struct zone *zone)
{
	const char *key = bind->word;

	if (strcmp(key, "type") == 0)
		zone->type = take_word(bind);
	else if (strcmp(key, "file") == 0)
		zone->file = take_word(bind);
	else if (strcmp(key, "allow-update") == 0)
		zone->updates = take_list(bind);
	else if (strcmp(key, "dnssec-policy") == 0)
		zone->policy = take_policy(bind);
	else if (strcmp(key, "inline-signing") == 0)
		zone->inline_signing = take_yes(bind);
	else {
		if (strcmp(key, "update-policy") == 0)
			zone->update_policy = true;
		skip(bind);
	}
}

/* `zone NAME [CLASS] { … };` */
static void take_zone(struct bind *bind, const struct scope *scope)
{
	struct zone zone = {.scope = scope, .other_class = scope->other_class}, *grown;

	if (next(bind))
		zone.name = bind->word;
	while (next(bind))
		zone.other_class = is_other_class(bind->word);
	if (zone.name == NULL || bind->sign != '{') {
		skip(bind);
		return;
	}
	while (next(bind))
		take_zone_statement(bind, &zone);
	skip(bind);
	grown = dcv_arena_grow(bind->rd->arena, bind->zones, bind->n_zones, sizeof *grown);
	if (grown == NULL) {
		bind->no_memory = true;
		return;
	}
	bind->zones = grown;
	grown[bind->n_zones++] = zone;
}

static void take_statements(struct bind *bind, struct scope *scope, bool is_block);

/* `view NAME [CLASS] { … };` */
static void take_view(struct bind *bind, const struct scope *above)
{
	struct scope *scope = dcv_arena_alloc(bind->rd->arena, sizeof *scope);

	if (scope == NULL) {
		bind->no_memory = true;
		return;
	}
	scope->above = above;
	scope->view = next(bind) ? bind->word : "";
	while (next(bind))
		scope->other_class = is_other_class(bind->word);
	if (bind->sign == '{')
		take_statements(bind, scope, true);
	skip(bind);
}

static void take_statement(struct bind *bind, struct scope *scope, bool is_block)
{
	const char *key = bind->word;

	if (strcmp(key, "zone") == 0) {
		take_zone(bind, scope);
	} else if (!is_block && strcmp(key, "view") == 0) {
		take_view(bind, scope);
	} else if (!is_block && strcmp(key, "options") == 0) {
		if (!next(bind) && bind->sign == '{')
			take_statements(bind, scope, true);
		skip(bind);
	} else if (strcmp(key, "directory") == 0) {
		scope->directory = take_word(bind);
	} else if (strcmp(key, "allow-update") == 0) {
		scope->updates = take_list(bind);
	} else if (strcmp(key, "dnssec-policy") == 0 && is_block) {
		scope->policy = take_policy(bind);
	} else if (strcmp(key, "listen-on") == 0 || strcmp(key, "listen-on-v6") == 0) {
		take_listen(bind);
	} else {
		skip(bind);
	}
}

static void take_statements(struct bind *bind, struct scope *scope, bool is_block)
{
	while (next(bind) || bind->sign == ';')
		if (bind->sign == 0)
			take_statement(bind, scope, is_block);
}

/* Warnings stand before the configuration, on standard output too. Of the configuration each
 * line at the margin ends with a brace or a semicolon. */
static const char *skip_warnings(const char *text)
{
	size_t len = strcspn(text, "\n");

	while (text[len] == '\n' && (len == 0 || strchr("{;", text[len - 1]) == NULL)) {
		text += len + 1;
		len = strcspn(text, "\n");
	}
	return text;
}

static const char *directory_of(const struct scope *scope)
{
	while (scope->directory == NULL && scope->above != NULL)
		scope = scope->above;
	return scope->directory;
}

static bool is_journalled(const struct bind *bind, const char *file)
{
	const char *journal = dcv_arena_printf(bind->rd->arena, "%s.jnl", file);

	return journal != NULL && access(journal, F_OK) == 0;
}

static bool is_type(const struct zone *zone, const char *const *types)
{
	for (; zone->type != NULL && *types != NULL; types++)
		if (strcmp(zone->type, *types) == 0)
			return true;
	return false;
}

/* What a zone does not say, its view says, then `options`. */
static enum said inherited(enum said own, const struct scope *scope, bool of_policy)
{
	for (; own == NOT_SAID && scope != NULL; scope = scope->above)
		own = of_policy ? scope->policy : scope->updates;
	return own;
}

static enum dcv_zone_kind judge(const struct bind *bind, const struct zone *zone,
	const char *file, const char **why)
{
	static const char *const primary[] = {"primary", "master", NULL};
	static const char *const secondary[] = {"secondary", "slave", "mirror", NULL};
	bool policy = inherited(zone->policy, zone->scope, true) == SAID_YES;

	if (is_type(zone, secondary))
		return DCV_ZONE_SECONDARY;
	if (!is_type(zone, primary))
		return DCV_ZONE_OTHER;
	if (zone->update_policy)
		*why = "update-policy";
	else if (inherited(zone->updates, zone->scope, false) == SAID_YES)
		*why = "allow-update";
	else if (zone->inline_signing == SAID_YES ||
		(policy && zone->inline_signing == NOT_SAID))
		return DCV_ZONE_INLINE;
	else if (policy)
		*why = "dnssec-policy without inline-signing";
	else if (file != NULL && is_journalled(bind, file))
		*why = "a journal (.jnl) beside the file";
	else
		return DCV_ZONE_STATIC;
	return DCV_ZONE_DYNAMIC;
}

static enum dcv_err add_zone(const struct bind *bind, const struct zone *zone)
{
	const char *directory = directory_of(zone->scope);
	struct dcv_server_zone found = {.view = zone->scope->view};

	if (zone->other_class || zone->type == NULL)
		return DCV_OK;
	if (zone->file != NULL && (zone->file[0] == '/' || directory != NULL)) {
		found.file = dcv_config_path(bind->rd->arena,
			directory != NULL ? directory : "/", zone->file);
		if (found.file == NULL)
			return dcv_nomem(bind->rd->err);
	}
	found.kind = judge(bind, zone, found.file, &found.why);
	if (found.file == NULL)
		found.why = zone->file == NULL
			? "it has no file"
			: "its file is relative, and the configuration names no directory";
	return dcv_server_add(bind->rd, zone->name, &found);
}

enum dcv_err dcv_server_read_bind(const struct dcv_server_reader *rd)
{
	const char *config = rd->server->config;
	const char *const argv[] = {"named-checkconf", "-px", config, NULL};
	struct bind bind = {.rd = rd};
	struct scope scope = {.above = NULL};
	struct dcv_buf out;
	enum dcv_err rc;

	rd->server->program = "named-checkconf -px";
	if (config != NULL)
		rd->server->program = dcv_arena_printf(rd->arena,
			"named-checkconf -px %s", config);
	if (rd->server->program == NULL)
		return dcv_nomem(rd->err);
	dcv_buf_init(&out, OUTPUT_MAX);
	rc = dcv_server_run(rd, argv, &out);
	bind.at = skip_warnings(dcv_buf_text(&out));
	if (rc == DCV_OK) {
		take_statements(&bind, &scope, false);
		if (bind.no_memory)
			rc = dcv_nomem(rd->err);
	}
	for (size_t i = 0; rc == DCV_OK && i < bind.n_zones; i++)
		rc = add_zone(&bind, &bind.zones[i]);
	dcv_buf_clear(&out);
	return rc;
}
