/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a name server is asked for its configuration, and what the answers of
 * all have in common. What each prints stands in server_bind.c and its neighbours. */
#include "config/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "config/read.h"

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define TIME_MS 60000
#define SAID_MAX 240u

static const struct {
	const char *word, *name;
	const char *package; /* Debian's */
	const char *program;
	const char *version[3];
	const char *before; /* the version stands behind it; NULL: at the beginning */
} kinds[] = {
	[DCV_SERVER_BIND] = {"bind", "BIND", "bind9-utils", "named-checkconf",
		{"named-checkconf", "-v"}, NULL},
	[DCV_SERVER_NSD] = {"nsd", "NSD", "nsd", "nsd-checkconf", {"nsd-checkconf", "-h"},
		"Version "},
	[DCV_SERVER_KNOT] = {"knot", "Knot DNS", "knot", "knotc", {"knotc", "-V"},
		"version "},
};

/* Where they are when PATH has none for system programs, as a user's or cron's. */
static const char *const system_directories[] = {"/usr/sbin", "/usr/local/sbin"};

const char *dcv_server_word_of(enum dcv_server_kind kind)
{
	return kinds[kind].word;
}

const char *dcv_server_name(enum dcv_server_kind kind)
{
	return kinds[kind].name;
}

static bool is_in_path(const char *program, struct dcv_arena *arena)
{
	const char *path = getenv("PATH");
	size_t len;

	for (; path != NULL && *path != '\0'; path += len + (path[len] == ':')) {
		const char *at;

		len = strcspn(path, ":");
		at = dcv_arena_printf(arena, "%.*s/%s", (int)len, path, program);
		if (len > 0 && at != NULL && access(at, X_OK) == 0)
			return true;
	}
	return false;
}

/* The program's name if PATH has it, its path if a directory for system programs has it. */
static const char *find_program(const char *program, struct dcv_arena *arena)
{
	const size_t n = sizeof system_directories / sizeof system_directories[0];

	if (is_in_path(program, arena))
		return program;
	for (size_t i = 0; i < n; i++) {
		const char *at = dcv_arena_printf(arena, "%s/%s", system_directories[i],
			program);

		if (at != NULL && access(at, X_OK) == 0)
			return at;
	}
	return NULL;
}

bool dcv_server_is_here(enum dcv_server_kind kind)
{
	struct dcv_arena arena = {0};
	bool is_here = find_program(kinds[kind].program, &arena) != NULL;

	dcv_arena_clear(&arena);
	return is_here;
}

/* The first line of what a program said. */
static void shorten(const struct dcv_buf *out, char *said)
{
	const char *text = dcv_buf_text(out);

	(void)dcv_shown(said, SAID_MAX, text, strcspn(text, "\n"));
}

enum dcv_err dcv_server_run(const struct dcv_server_reader *rd, const char *const *argv,
	struct dcv_buf *out)
{
	const char *program = find_program(argv[0], rd->arena), *args[8] = {NULL};
	struct dcv_proc_end end = {.status = 0};
	char said[SAID_MAX];

	if (program == NULL) {
		(void)dcv_fail(rd->err, DCV_E_CONFIG, "%s: %s: there is no such program",
			dcv_server_name(rd->server->kind), argv[0]);
		(void)dcv_help(rd->err, "help: install %s, or put it into PATH",
			kinds[rd->server->kind].package);
		return DCV_E_CONFIG;
	}
	for (size_t i = 0; i < 7 && argv[i] != NULL; i++)
		args[i] = i == 0 ? program : argv[i];
	if (dcv_proc_run(args, TIME_MS, &dcv_clock_system, out, &end, rd->err) != DCV_OK) {
		if (rd->err != NULL && rd->err->code != DCV_E_NOMEM)
			rd->err->code = DCV_E_CONFIG;
		return rd->err != NULL ? rd->err->code : DCV_E_CONFIG;
	}
	if (end.timed_out || out->len == out->max)
		return dcv_fail(rd->err, DCV_E_CONFIG, "%s: %s", argv[0],
			end.timed_out ? "no end after 60 s" : "it prints too much");
	if (end.status == 0)
		return DCV_OK;
	shorten(out, said);
	(void)dcv_fail(rd->err, DCV_E_CONFIG, "%s: exit status %d: %s", argv[0],
		end.status, said);
	(void)dcv_help(rd->err, "run: %s", rd->server->program);
	return DCV_E_CONFIG;
}

const char *dcv_server_version(enum dcv_server_kind kind, struct dcv_arena *arena)
{
	struct dcv_local_server server = {.kind = kind, .program = kinds[kind].program};
	const struct dcv_server_reader rd = {arena, &server, NULL};
	const char *text, *version = NULL;
	struct dcv_buf out;

	dcv_buf_init(&out, OUTPUT_MAX);
	(void)dcv_server_run(&rd, kinds[kind].version, &out);
	text = dcv_buf_text(&out);
	if (kinds[kind].before != NULL) {
		text = strstr(text, kinds[kind].before);
		if (text != NULL)
			text += strlen(kinds[kind].before);
	}
	if (text != NULL)
		version = dcv_arena_strndup(arena, text, strspn(text, "0123456789."));
	for (char *end = (char *)(uintptr_t)version;
		end != NULL && version[0] != '\0' && end[strlen(end) - 1] == '.';)
		end[strlen(end) - 1] = '\0';
	dcv_buf_clear(&out);
	return version != NULL ? version : "";
}

enum dcv_err dcv_server_add(const struct dcv_server_reader *rd, const char *name,
	const struct dcv_server_zone *zone)
{
	struct dcv_local_server *server = rd->server;
	struct dcv_server_zone *grown;
	struct dcv_name parsed = {.len = 0};

	if (dcv_name_from(name, &parsed, NULL) != DCV_OK)
		return DCV_OK;
	grown = dcv_arena_grow(rd->arena, server->zones, server->n_zones, sizeof *grown);
	if (grown == NULL)
		return dcv_nomem(rd->err);
	server->zones = grown;
	grown[server->n_zones] = *zone;
	grown[server->n_zones++].name = parsed;
	return DCV_OK;
}

static bool is_any(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "any") == 0 ||
		strcmp(host, "*") == 0;
}

bool dcv_server_listens(const struct dcv_server_reader *rd, const char *text,
	unsigned port)
{
	size_t len = strcspn(text, "@ /");
	const char *host = dcv_arena_strndup(rd->arena, text, len), *address;
	struct dcv_addr addr;

	if (text[len] == '@')
		port = (unsigned)strtoul(text + len + 1, NULL, 10);
	if (host == NULL)
		return false;
	if (is_any(host))
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0 || strcmp(host, "::0") == 0)
		host = "::1";
	address = dcv_arena_printf(rd->arena,
		strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
	if (address == NULL || dcv_addr_parse(address, &addr, NULL) != DCV_OK)
		return false;
	if (strcmp(address, "127.0.0.1:53") != 0)
		rd->server->address = address;
	return true;
}

bool dcv_server_line(char **at, struct dcv_server_line *line)
{
	char *text, *colon;

	while (**at != '\0') {
		text = *at;
		*at += strcspn(text, "\n");
		if (**at == '\n')
			*(*at)++ = '\0';
		colon = strchr(text, ':');
		if (text[0] == '#' || colon == NULL)
			continue;
		*colon = '\0';
		line->value = colon + 1 + strspn(colon + 1, " \t");
		line->key = text + strspn(text, " \t-");
		/* Not a warning of the program. */
		if (line->key == text && line->value[0] == '\0' &&
			strpbrk(text, " /") == NULL)
			line->section = text;
		if (line->key != text && line->key[0] != '#')
			return true;
	}
	return false;
}

const char *dcv_server_word(const struct dcv_server_reader *rd, const char **at)
{
	const char *text = *at + strspn(*at, " \t,[]");
	bool quoted = text[0] == '"';
	size_t len;

	text += quoted;
	len = strcspn(text, quoted ? "\"" : " \t,]");
	if (len == 0 && !quoted)
		return NULL;
	*at = text + len + (quoted && text[len] == '"');
	return dcv_arena_strndup(rd->arena, text, len);
}

static int compare(const void *p, const void *q)
{
	const struct dcv_server_zone *a = p, *b = q;
	int order = dcv_name_compare(&a->name, &b->name);

	if (order != 0)
		return order;
	return strcmp(a->view != NULL ? a->view : "", b->view != NULL ? b->view : "");
}

enum dcv_err dcv_server_read(enum dcv_server_kind kind, const char *config,
	struct dcv_arena *arena, struct dcv_local_server *ret, struct dcv_error *err)
{
	static enum dcv_err (*const readers[])(const struct dcv_server_reader *rd) = {
		[DCV_SERVER_BIND] = dcv_server_read_bind,
		[DCV_SERVER_NSD] = dcv_server_read_nsd,
		[DCV_SERVER_KNOT] = dcv_server_read_knot};
	struct dcv_local_server server = {.kind = kind, .config = config};
	const struct dcv_server_reader rd = {arena, &server, err};
	enum dcv_err rc = readers[kind](&rd);

	if (rc != DCV_OK)
		return rc;
	if (server.n_zones > 1)
		qsort(server.zones, server.n_zones, sizeof server.zones[0], compare);
	*ret = server;
	return DCV_OK;
}

const struct dcv_server_zone *dcv_server_find(const struct dcv_local_server *server,
	const struct dcv_name *name, size_t *ret_n)
{
	size_t low = 0, high = server->n_zones, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dcv_name_compare(&server->zones[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < server->n_zones &&
		dcv_name_equal(&server->zones[low + n].name, name))
		n++;
	*ret_n = n;
	return n > 0 ? &server->zones[low] : NULL;
}
