/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the programs that check a zone file and that make a server load it, and
 * when there is proof of either end. It does not know the file. */
#include "zones/reload.h"

#include <netdb.h>
#include <stdio.h>
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
	bool ended; /* with a status, or its time was over */
	bool started;
	char said[256]; /* the first lines of its output, on one line, safe to show */
};

/* An address for people, with its port. */
struct place {
	char text[DCV_ADDR_TEXT_MAX + sizeof " port 65535"];
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

/* What dcv_proc_run says, `NAME: cannot be started: WHY`, without the words that our own
 * message says. All else it says of a program that was started. */
static void keep_why(struct run *run, const char *text)
{
	static const char words[] = ": cannot be started";
	const char *at = strstr(text, words);
	char rest[sizeof((struct dcv_error *)NULL)->text];

	run->started = at == NULL;
	if (at == NULL) {
		keep_said(run, text);
		return;
	}
	(void)snprintf(rest, sizeof rest, "%.*s%s", (int)(at - text), text,
		at + sizeof words - 1);
	keep_said(run, rest);
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
	ret->started = true;
	ret->ended = dcv_proc_run(argv, time_ms, &clock, &output, &ret->end, &why) ==
		DCV_OK;
	if (ret->ended)
		keep_said(ret, dcv_buf_text(&output));
	else
		keep_why(ret, why.text);
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

/* The checker gave no verdict. */
static enum dcvp_class no_verdict(const struct dcv_zserver *server,
	const struct run *checker, struct dcvp_error *err)
{
	/* NSD need not be on this host; what was configured must be. */
	if (server->checker == NULL && !checker->started)
		return DCVP_OK;
	(void)dcv_zfail(err, DCVP_FAILED, "zone %s: nothing changed: the checker %s: %s",
		server->zone, checker->started ? "failed" : "cannot be started",
		checker->said);
	if (checker->started)
		return DCVP_FAILED;
	return dcv_zhelp(err, DCVP_FAILED,
		"help: correct `checker:` of zone %s; a command is a list, one item per argument",
		server->zone);
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
	if (!checker.ended)
		return no_verdict(server, &checker, err);
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
	const char *config[] = {"nsd-control", "-c", server->reload_config, "reload",
		server->zone, NULL};
	struct dcv_arena arena = {0};
	const char **argv;

	if (server->by == DCV_ZRELOAD_NSD) {
		run_nsd(server, server->reload_config != NULL ? config : plain,
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
	return server->by == DCV_ZRELOAD_NSD ? "nsd-control" : server->reload[0];
}

static struct place place_of(const struct dcv_zserver *server)
{
	struct place place;
	char host[DCV_ADDR_TEXT_MAX], port[sizeof "65535"];

	if (getnameinfo(&server->address.u.sa, server->address.len, host, sizeof host,
		    port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		(void)snprintf(place.text, sizeof place.text, "%s port %s", host, port);
	else
		(void)snprintf(place.text, sizeof place.text, "%.*s",
			(int)DCV_ADDR_TEXT_MAX, server->address_text);
	return place;
}

/* `run: nsd-control …` with NSD's configuration, what it is to do, and a remark. */
static void control_help(const struct dcv_zserver *server, const char *what,
	const char *remark, struct dcvp_error *why)
{
	const char *config = server->reload_config;

	(void)dcv_zhelp(why, DCVP_OK, "run: nsd-control %s%s%s%s   (%s)",
		config != NULL ? "-c " : "", config != NULL ? config : "",
		config != NULL ? " " : "", what, remark);
}

/* What to do where the file is there and nobody knows whether it was loaded. */
static void loaded_help(const struct dcv_zserver *server, struct dcvp_error *why)
{
	char what[sizeof "zonestatus " + DCV_NAME_TEXT_MAX];

	(void)snprintf(what, sizeof what, "zonestatus %s", server->zone);
	if (server->by == DCV_ZRELOAD_NSD)
		control_help(server, what, "and look into the name server's log", why);
	else
		(void)dcv_zhelp(why, DCVP_OK,
			"help: look into the name server's log whether it has loaded the zone");
}

/* At the address there is not the server that loads the file. */
static void other_server(const struct dcv_zserver *server, const struct dcv_zseen *seen,
	struct dcvp_error *why)
{
	struct place place = place_of(server);

	if (seen->closed)
		(void)dcv_zfail(why, DCVP_UNKNOWN,
			"written and reloaded, but %s is closed: nothing listens there",
			place.text);
	else
		(void)dcv_zfail(why, DCVP_UNKNOWN,
			"written and reloaded, but %s answers %s: it does not serve the zone",
			place.text, seen->instead);
	(void)dcv_zhelp(why, DCVP_UNKNOWN,
		"help: give the address at which this server answers: server: \"ADDR:PORT\" of zone %s in the configuration",
		server->zone);
}

/* The time is over, and this is what was seen last. */
static enum dcv_zproof no_proof(const struct dcv_zserver *server,
	const struct dcv_zseen *seen, int64_t time_ms, struct dcvp_error *why)
{
	struct place place = place_of(server);

	if (seen->closed || seen->instead != NULL) {
		other_server(server, seen, why);
		return DCV_ZPROOF_SILENT;
	}
	if (seen->servfail)
		(void)dcv_zfail(why, DCVP_UNKNOWN,
			"written, but not proved to be loaded: %s answers SERVFAIL for the zone",
			place.text);
	else
		(void)dcv_zfail(why, DCVP_UNKNOWN,
			"written, but not proved to be loaded: %s does not serve it after %lld s",
			place.text, (long long)((time_ms + 500) / 1000));
	loaded_help(server, why);
	return DCV_ZPROOF_SILENT;
}

static enum dcv_zproof refused(const struct dcv_zserver *server, struct dcvp_error *why)
{
	(void)dcv_zfail(why, DCVP_FAILED,
		"the server refused the changed zone: %s answers SERVFAIL for it since the reload",
		place_of(server).text);
	(void)dcv_zhelp(why, DCVP_FAILED, "help: look into the name server's log");
	return DCV_ZPROOF_REFUSED;
}

/* Looks until there is proof or the time is over. The serial proves only if what was served
 * before is known to be older: a server that signs by itself counts by itself. */
static enum dcv_zproof look(const struct dcv_zserver *server, const struct dcv_zwant *want,
	const struct dcv_zseen *before, struct dcvp_error *why)
{
	int64_t start = now_ms(server), end = start + left_ms(server, PROOF_MS),
		pause = PAUSE_MS;
	int64_t servfail_since = -1;
	struct dcv_zseen last = {0};
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
		else if (before->served && now_ms(server) - servfail_since >= SERVFAIL_MS)
			return refused(server, why);
		/* The last question may have had no time for an answer. */
		if (seen.answered || seen.closed)
			last = seen;
		if (now_ms(server) + pause >= end)
			break;
		server->host->wait_ms(server->host->ctx, pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
	return no_proof(server, &last, now_ms(server) - start, why);
}

/* The command was not started, or ended otherwise than with status 0. */
static enum dcv_zproof not_reloaded(const struct dcv_zserver *server,
	const struct run *reload, struct dcvp_error *why)
{
	if (!reload->ended)
		(void)dcv_zfail(why, DCVP_FAILED, "the reload command %s: %s",
			reload->started ? "failed" : "cannot be started", reload->said);
	else
		(void)dcv_zfail(why, DCVP_FAILED,
			"the reload command failed: %s ended with status %d%s%s",
			name_of(server), reload->end.status,
			reload->said[0] != '\0' ? ": " : "", reload->said);
	if (reload->started && server->by == DCV_ZRELOAD_NSD)
		control_help(server, "status",
			"is NSD running? another NSD: reload: {nsd: FILE}", why);
	else if (reload->started)
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: run the command by hand and look at its output");
	else if (server->by == DCV_ZRELOAD_NSD)
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: put nsd-control into PATH, or correct `reload:` of zone %s",
			server->zone);
	else
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: correct `reload:` of zone %s; a command is a list, one item per argument; sudo cannot work here",
			server->zone);
	return DCV_ZPROOF_REFUSED;
}

enum dcv_zproof dcv_zreload(const struct dcv_zserver *server,
	const struct dcv_zwant *want, struct dcvp_error *why)
{
	struct dcv_zseen before;
	struct run reload;

	dcv_zlook(server, want->apex, now_ms(server) + left_ms(server, BEFORE_MS),
		&before);
	run_reload(server, &reload);
	if (reload.ended && reload.end.timed_out) {
		(void)dcv_zfail(why, DCVP_UNKNOWN,
			"written, but not proved to be loaded: %s did not end in time",
			name_of(server));
		loaded_help(server, why);
		return DCV_ZPROOF_SILENT;
	}
	if (!reload.ended || reload.end.status != 0)
		return not_reloaded(server, &reload, why);
	return look(server, want, &before, why);
}

void dcv_zreload_only(const struct dcv_zserver *server)
{
	struct run ignored;

	run_reload(server, &ignored);
}
