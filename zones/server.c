/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the kinds of name servers: what their programs are called and what they are
 * told. It does not know when. */
#include "zones/server.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/shell.h"

#define COMMAND_MS 60000 /* a reload that waits for its end takes as long as the load */
#define CHECK_MS 120000
#define ARGS_MAX 8u

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct dcv_zpreset presets[] = {
	/* What named-checkzone warns of, or looks up elsewhere, named may be told to load. */
	[DCV_ZRELOAD_BIND] = {.word = "bind",
		.title = "BIND",
		.control = "rndc",
		.config = "FILE",
		.orders = {[DCV_ZORDER_RELOAD] = WORDS("reload", "{zone}"),
			[DCV_ZORDER_FREEZE] = WORDS("freeze", "{zone}"),
			[DCV_ZORDER_THAW] = WORDS("thaw", "{zone}"),
			[DCV_ZORDER_ZONE] = WORDS("zonestatus", "{zone}"),
			[DCV_ZORDER_SERVER] = WORDS("status")},
		.checker = WORDS("named-checkzone", "-i", "none", "-k", "ignore", "-m",
			"ignore", "-M", "ignore", "-n", "ignore", "-r", "ignore", "-S",
			"ignore", "{zone}", "{file}"),
		.frozen = "frozen: yes"},
	[DCV_ZRELOAD_NSD] = {.word = "nsd",
		.title = "NSD",
		.control = "nsd-control",
		.config = "FILE",
		.orders = {[DCV_ZORDER_RELOAD] = WORDS("reload", "{zone}"),
			[DCV_ZORDER_ZONE] = WORDS("zonestatus", "{zone}"),
			[DCV_ZORDER_SERVER] = WORDS("status")},
		.checker = WORDS("nsd-checkzone", "{zone}", "{file}")},
	/* No checker: kzonecheck refuses what knotd only warns of (missing glue), and a reload
	 * that waits tells by its status whether the file was loaded. The flush is forced, for
	 * zonefile-sync: -1 would leave the journal's changes out of the file without a word. */
	[DCV_ZRELOAD_KNOT] = {.word = "knot",
		.title = "Knot",
		.control = "knotc",
		.config = "SOCKET",
		.orders = {[DCV_ZORDER_RELOAD] = WORDS("-b", "zone-reload", "{zone}"),
			[DCV_ZORDER_FREEZE] = WORDS("-b", "zone-freeze", "{zone}"),
			[DCV_ZORDER_FLUSH] = WORDS("-b", "-f", "zone-flush", "{zone}"),
			[DCV_ZORDER_THAW] = WORDS("-b", "zone-thaw", "{zone}"),
			[DCV_ZORDER_ZONE] = WORDS("zone-status", "{zone}"),
			[DCV_ZORDER_SERVER] = WORDS("status")},
		.frozen = "freeze: yes",
		.counts = true},
	/* The bind backend: the command waits for the load and empties the caches of the zone. */
	[DCV_ZRELOAD_PDNS] = {.word = "pdns",
		.title = "PowerDNS",
		.control = "pdns_control",
		.config = "DIRECTORY",
		.orders = {[DCV_ZORDER_RELOAD] = WORDS("bind-reload-now", "{zone}"),
			[DCV_ZORDER_ZONE] = WORDS("bind-domain-status", "{zone}"),
			[DCV_ZORDER_SERVER] = WORDS("rping")},
		.refusals = {"[rejected]", "no such domain"}},
};

#define N_PRESETS (sizeof presets / sizeof presets[0])

const struct dcv_zpreset *dcv_zpreset_of(enum dcv_zreload_by by)
{
	return (size_t)by < N_PRESETS && presets[by].word != NULL ? &presets[by] : NULL;
}

bool dcv_zreload_by_word(const char *word, enum dcv_zreload_by *ret)
{
	for (size_t i = 0; i < N_PRESETS; i++) {
		if (presets[i].word == NULL || strcmp(word, presets[i].word) != 0)
			continue;
		*ret = (enum dcv_zreload_by)i;
		return true;
	}
	*ret = strcmp(word, "command") == 0 ? DCV_ZRELOAD_COMMAND : DCV_ZRELOAD_NONE;
	return *ret == DCV_ZRELOAD_COMMAND || strcmp(word, "none") == 0;
}

/* Another configuration or socket of the control program, as its arguments. */
static size_t add_config(const struct dcv_zserver *server, const char **argv,
	struct dcv_arena *arena)
{
	const char *config = server->reload_config;
	const char *inside = NULL;
	struct stat st;

	if (config == NULL)
		return 0;
	if (server->by == DCV_ZRELOAD_PDNS) {
		inside = dcv_arena_printf(arena, "%s/pdns.conf", config);
		argv[0] = dcv_arena_printf(arena, "--%s-dir=%s",
			inside != NULL && stat(inside, &st) == 0 ? "config" : "socket",
			config);
		return 1;
	}
	argv[0] = "-c";
	if (server->by == DCV_ZRELOAD_KNOT &&
		(stat(config, &st) != 0 || !S_ISREG(st.st_mode)))
		argv[0] = "-s";
	argv[1] = config;
	return 2;
}

/* NULL: memory is out. */
static const char **control_argv(const struct dcv_zserver *server, enum dcv_zorder order,
	struct dcv_arena *arena)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);
	const char **argv, **words;
	size_t n = 1;

	if (preset == NULL)
		return dcv_zargv(server->reload, server->zone, NULL, arena);
	argv = dcv_arena_array(arena, ARGS_MAX, sizeof *argv);
	words = dcv_zargv(preset->orders[order], server->zone, NULL, arena);
	if (argv == NULL || words == NULL)
		return NULL;
	argv[0] = preset->control;
	n += add_config(server, argv + 1, arena);
	while (n < ARGS_MAX - 1 && *words != NULL)
		argv[n++] = *words++;
	for (size_t i = 0; i < n; i++)
		if (argv[i] == NULL)
			return NULL;
	return argv;
}

/* Servers' programs lie in /usr/sbin, which cron's PATH lacks. */
static void run(const struct dcv_zserver *server, const char **argv, int64_t most_ms,
	struct dcv_arena *arena, struct dcv_zprogram *ret)
{
	if (argv == NULL) {
		*ret = (struct dcv_zprogram){.said = "out of memory"};
		return;
	}
	dcv_zprogram_run(server->host, argv, most_ms, ret);
	if (ret->started || dcv_zpreset_of(server->by) == NULL)
		return;
	argv[0] = dcv_arena_printf(arena, "/usr/sbin/%s", argv[0]);
	if (argv[0] != NULL)
		dcv_zprogram_run(server->host, argv, most_ms, ret);
}

void dcv_zserver_tell(const struct dcv_zserver *server, enum dcv_zorder order,
	struct dcv_zprogram *ret)
{
	struct dcv_arena arena = {0};

	run(server, control_argv(server, order, &arena), COMMAND_MS, &arena, ret);
	dcv_arena_clear(&arena);
}

const char *dcv_zserver_control(const struct dcv_zserver *server)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);

	return preset != NULL ? preset->control : server->reload[0];
}

const char *dcv_zserver_typed(const struct dcv_zserver *server, enum dcv_zorder order,
	struct dcv_arena *arena)
{
	const char **argv = control_argv(server, order, arena);

	return argv != NULL ? dcv_shell_line(arena, argv) : NULL;
}

void dcv_zserver_check(const struct dcv_zserver *server, const char *path,
	struct dcv_zprogram *ret)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);
	struct dcv_arena arena = {0};

	run(server, dcv_zargv(preset->checker, server->zone, path, &arena), CHECK_MS,
		&arena, ret);
	dcv_arena_clear(&arena);
}
