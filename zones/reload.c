/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the programs that check a zone file and that make a server load it, and
 * when there is proof of either end. It does not know the file. */
#include "zones/reload.h"

#include <string.h>

#include "base/proc.h"
#include "zones/fail.h"
#include "zones/serial.h"

#define COMMAND_MS 30000
#define CHECK_MS 120000
#define LEAST_MS 2000
#define PROOF_MS 10000
#define BEFORE_MS 250 /* for a look at what is served before the reload */
#define SERVFAIL_MS 2000 /* no reload takes a server so long between two good states */
#define PAUSE_MS 5
#define PAUSE_MAX_MS 250
#define OUTPUT_MAX 4096u
#define SAID_LINES 3u

struct run {
	struct dcv_proc_end end;
	bool started;
	char said[320]; /* the first lines of its output, on one line, safe to show */
};

static int64_t now_ms(const struct dcv_zserver *server)
{
	return server->host->mono_ms(server->host->ctx);
}

/* What is left until the host's deadline, at most `most`. */
static int64_t left_ms(const struct dcv_zserver *server, int64_t most)
{
	int64_t left = server->host->deadline_ms(server->host->ctx) - now_ms(server);

	return left < most ? left : most;
}

static void keep_said(struct run *run, const char *text)
{
	char *out = run->said;
	size_t cap = sizeof run->said;

	for (unsigned line = 0; line < SAID_LINES && *text != '\0' && cap > 8; line++) {
		size_t len = strcspn(text, "\r\n"), n;

		if (line > 0 && len > 0) {
			memcpy(out, " | ", 4);
			out += 3;
			cap -= 3;
		}
		n = dcv_shown(out, cap, text, len);
		out += n;
		cap -= n;
		text += len;
		text += strspn(text, "\r\n");
	}
}

static void run(const struct dcv_zserver *server, const char *const *argv,
	int64_t most_ms, struct run *ret)
{
	struct dcv_clock clock = dcv_zclock(server->host);
	struct dcv_error why = {0};
	struct dcv_buf output;
	int64_t time_ms = left_ms(server, most_ms);

	*ret = (struct run){0};
	dcv_buf_init(&output, OUTPUT_MAX);
	/* A command that is started gets time to answer, even at the end of the run's. */
	if (time_ms < LEAST_MS)
		time_ms = LEAST_MS;
	ret->started = dcv_proc_run(argv, time_ms, &clock, &output, &ret->end, &why) ==
		DCV_OK;
	keep_said(ret, ret->started ? dcv_buf_text(&output) : why.text);
	dcv_buf_clear(&output);
}

/* NSD's programs lie in /usr/sbin, which cron's PATH lacks. */
static void run_nsd(const struct dcv_zserver *server, const char **argv,
	const char *fallback, int64_t most_ms, struct run *ret)
{
	run(server, argv, most_ms, ret);
	if (ret->started)
		return;
	argv[0] = fallback;
	run(server, argv, most_ms, ret);
}

/* `word` with each `key` replaced. */
static const char *substitute(const char *word, const char *key, const char *value,
	struct dcv_arena *arena)
{
	const char *at = value == NULL ? NULL : strstr(word, key);
	const char *rest;

	if (at == NULL)
		return word;
	rest = substitute(at + strlen(key), key, value, arena);
	return rest == NULL
		? NULL
		: dcv_arena_printf(arena, "%.*s%s%s", (int)(at - word), word, value, rest);
}

/* A configured argv with {zone} and {file} filled in; NULL: memory is out. */
static const char **fill_argv(const struct dcv_zserver *server, const char *const *from,
	const char *file, struct dcv_arena *arena)
{
	const char **argv;
	size_t n = 0;

	while (from[n] != NULL)
		n++;
	argv = dcv_arena_array(arena, n + 1, sizeof *argv);
	for (size_t i = 0; argv != NULL && i < n; i++) {
		argv[i] = substitute(from[i], "{zone}", server->zone, arena);
		if (argv[i] != NULL)
			argv[i] = substitute(argv[i], "{file}", file, arena);
		if (argv[i] == NULL)
			return NULL;
	}
	return argv;
}

/* The checker, with what it is. False: there is none. */
static enum dcvp_class run_checker(const struct dcv_zserver *server, const char *path,
	struct run *ret, const char **ret_name, struct dcvp_error *err)
{
	const char *nsd[] = {"nsd-checkzone", server->zone, path, NULL};
	struct dcv_arena arena = {0};
	const char **argv;

	*ret_name = "nsd-checkzone";
	if (server->checker == NULL) {
		run_nsd(server, nsd, "/usr/sbin/nsd-checkzone", CHECK_MS, ret);
		return DCVP_OK;
	}
	*ret_name = server->checker[0];
	argv = fill_argv(server, server->checker, path, &arena);
	if (argv != NULL)
		run(server, argv, CHECK_MS, ret);
	dcv_arena_clear(&arena);
	return argv == NULL ? dcv_znomem(err) : DCVP_OK;
}

enum dcvp_class dcv_zcheck(const struct dcv_zserver *server, const char *path,
	bool has_includes, struct dcvp_error *err)
{
	struct run checker = {0};
	const char *name;
	enum dcvp_class end;

	if (server->checker == NULL && (server->by != DCV_ZRELOAD_NSD || has_includes))
		return DCVP_OK;
	end = run_checker(server, path, &checker, &name, err);
	if (end != DCVP_OK)
		return end;
	if (!checker.started) {
		/* NSD need not be on this host; what was configured must be. */
		if (server->checker == NULL)
			return DCVP_OK;
		return dcv_zfail(err, DCVP_FAILED,
			"zone %s: nothing changed: the checker %s", server->zone,
			checker.said);
	}
	if (checker.end.timed_out)
		return dcv_zfail(err, DCVP_FAILED,
			"zone %s: nothing changed: the checker %s did not end in time",
			server->zone, name);
	if (checker.end.status == 0)
		return DCVP_OK;
	(void)dcv_zfail(err, DCVP_FAILED,
		"zone %s: nothing changed: %s refuses the new file: %s", server->zone,
		name, checker.said);
	return dcv_zhelp(err, DCVP_FAILED,
		"help: see what it says of the file as it is: %s %s %s", name,
		server->zone, server->file);
}

static void run_reload(const struct dcv_zserver *server, struct run *ret)
{
	const char *plain[] = {"nsd-control", "reload", server->zone, NULL};
	const char *config[] = {"nsd-control", "-c", server->nsd_config, "reload",
		server->zone, NULL};
	struct dcv_arena arena = {0};
	const char **argv;

	if (server->by == DCV_ZRELOAD_NSD) {
		run_nsd(server, server->nsd_config != NULL ? config : plain,
			"/usr/sbin/nsd-control", COMMAND_MS, ret);
		return;
	}
	argv = fill_argv(server, server->reload, NULL, &arena);
	if (argv != NULL)
		run(server, argv, COMMAND_MS, ret);
	else
		*ret = (struct run){.said = "out of memory"};
	dcv_arena_clear(&arena);
}

static const char *name_of(const struct dcv_zserver *server)
{
	return server->by == DCV_ZRELOAD_NSD ? "nsd-control reload" : server->reload[0];
}

/* Looks until there is proof or the time is over. The serial proves only if what was served
 * before is known to be older: a server that signs by itself counts by itself. */
static enum dcv_zproof look(const struct dcv_zserver *server, const struct dcv_zwant *want,
	const struct dcv_zseen *before, struct dcvp_error *why)
{
	int64_t start = now_ms(server), end = start + left_ms(server, PROOF_MS),
		pause = PAUSE_MS;
	int64_t servfail_since = -1;
	bool by_serial = !want->is_signed && before->served &&
		dcv_serial_after(want->serial, before->serial);
	size_t at = 0;

	for (;;) {
		struct dcv_zseen seen;

		dcv_zlook(server, want->apex, end, &seen);
		if (by_serial && seen.served &&
			!dcv_serial_after(want->serial, seen.serial))
			return DCV_ZPROOF_LOADED;
		if (seen.served && dcv_zserves(server, want->change, end, &at))
			return DCV_ZPROOF_LOADED;
		if (!seen.servfail)
			servfail_since = -1;
		else if (servfail_since < 0)
			servfail_since = now_ms(server);
		else if (before->served && now_ms(server) - servfail_since >= SERVFAIL_MS) {
			(void)dcv_zfail(why, DCVP_FAILED,
				"%s answers SERVFAIL for the zone since the reload",
				server->address_text);
			return DCV_ZPROOF_REFUSED;
		}
		if (now_ms(server) + pause >= end)
			break;
		server->host->wait_ms(server->host->ctx, pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
	(void)dcv_zfail(why, DCVP_UNKNOWN, "%s does not serve it after %lld s",
		server->address_text, (long long)((now_ms(server) - start + 500) / 1000));
	return DCV_ZPROOF_SILENT;
}

enum dcv_zproof dcv_zreload(const struct dcv_zserver *server,
	const struct dcv_zwant *want, struct dcvp_error *why)
{
	struct dcv_zseen before;
	struct run reload;

	dcv_zlook(server, want->apex, now_ms(server) + left_ms(server, BEFORE_MS),
		&before);
	run_reload(server, &reload);
	if (!reload.started) {
		(void)dcv_zfail(why, DCVP_FAILED, "%s", reload.said);
		return DCV_ZPROOF_REFUSED;
	}
	if (reload.end.timed_out) {
		(void)dcv_zfail(why, DCVP_UNKNOWN, "%s did not end in time",
			name_of(server));
		return DCV_ZPROOF_SILENT;
	}
	if (reload.end.status != 0) {
		(void)dcv_zfail(why, DCVP_FAILED, "%s ended with status %d%s%s",
			name_of(server), reload.end.status,
			reload.said[0] != '\0' ? ": " : "", reload.said);
		return DCV_ZPROOF_REFUSED;
	}
	return look(server, want, &before, why);
}

void dcv_zreload_only(const struct dcv_zserver *server)
{
	struct run ignored;

	run_reload(server, &ignored);
}
