/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what happens to a zone file outside of us, checked, signed, loaded, and when
 * there is proof of either end. It does not know what the programs are called. */
#include "zones/reload.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/shell.h"
#include "zones/fail.h"
#include "zones/serial.h"

#define CHECK_MS 120000
#define PROOF_MS 10000
#define LOAD_OCTETS_PER_S 2097152 /* a slow server at least */
#define BEFORE_MS 250 /* for a look at what is served before the reload */
#define SERVFAIL_MS 2000 /* no reload takes a server so long between two good states */
#define JUDGE_MS 1500 /* then the preset's checker is asked why nothing happens */
#define PAUSE_MS 5
#define PAUSE_MAX_MS 250

/* An address for people, with its port. */
struct place {
	char text[DCV_ADDR_TEXT_MAX + sizeof " port 65535"];
};

static int64_t now_ms(const struct dcv_zserver *server)
{
	return server->host->mono_ms(server->host->ctx);
}

/* The checker, configured or the preset's, and what it is called. */
static enum dcvp_class run_checker(const struct dcv_zserver *server, const char *path,
	struct dcv_zprogram *ret, const char **ret_name, struct dcvp_error *err)
{
	struct dcv_arena arena = {0};
	const char **argv;

	if (server->checker == NULL) {
		*ret_name = dcv_zpreset_of(server->by)->checker[0];
		dcv_zserver_check(server, path, ret);
		return DCVP_OK;
	}
	*ret_name = server->checker[0];
	argv = dcv_zargv(server->checker, server->zone, path, &arena);
	if (argv != NULL)
		dcv_zprogram_run(server->host, argv, CHECK_MS, ret);
	dcv_arena_clear(&arena);
	return argv == NULL ? dcv_znomem(err) : DCVP_OK;
}

/* The checker gave no verdict. */
static enum dcvp_class no_verdict(const struct dcv_zserver *server,
	const struct dcv_zprogram *checker, struct dcvp_error *err)
{
	/* The server's programs need not be on this host; what was configured must be. */
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

static bool has_own_checker(const struct dcv_zserver *server)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);

	return preset != NULL && preset->checker != NULL;
}

/* Its checker, as it is typed. */
static void help_check(const struct dcv_zserver *server, const char *name,
	const char *label, struct dcvp_error *why)
{
	const char *const argv[] = {name, server->zone, server->file, NULL};
	struct dcv_arena arena = {0};
	const char *typed = dcv_shell_line(&arena, argv);

	if (typed != NULL)
		(void)dcv_zhelp(why, DCVP_FAILED, "%s %s", label, typed);
	dcv_arena_clear(&arena);
}

enum dcvp_class dcv_zcheck(const struct dcv_zserver *server, const char *path,
	bool has_includes, struct dcvp_error *err)
{
	struct dcv_zprogram checker = {0};
	const char *name;
	enum dcvp_class end;

	if (server->checker == NULL && (!has_own_checker(server) || has_includes))
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
	help_check(server, name, "help: see what it says of the file as it is:", err);
	return DCVP_FAILED;
}

bool dcv_zsign(const struct dcv_zserver *server, struct dcvp_error *why)
{
	struct dcv_zprogram signer = {.said = "out of memory"};
	struct dcv_arena arena = {0};
	const char **argv;
	bool good;

	if (server->signer == NULL)
		return true;
	argv = dcv_zargv(server->signer, server->zone, server->file, &arena);
	if (argv != NULL)
		dcv_zprogram_run(server->host, argv, CHECK_MS, &signer);
	good = dcv_zprogram_did(&signer);
	if (!good) {
		const char *text = dcv_zprogram_why(&signer, server->signer[0], &arena);

		(void)dcv_zfail(why, DCVP_FAILED, "the signer failed: %s",
			text != NULL ? text : "out of memory");
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: run `signer:` of zone %s by hand and look at its output",
			server->zone);
	}
	dcv_arena_clear(&arena);
	return good;
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

/* `run: nsd-control …`, what it is to do, and a remark. */
static void control_help(const struct dcv_zserver *server, enum dcv_zorder order,
	const char *remark, struct dcvp_error *why)
{
	struct dcv_arena arena = {0};
	const char *typed = dcv_zserver_typed(server, order, &arena);

	if (typed != NULL)
		(void)dcv_zhelp(why, DCVP_OK, "run: %s   (%s)", typed, remark);
	dcv_arena_clear(&arena);
}

/* What to do where the file is there and nobody knows whether it was loaded. */
static void loaded_help(const struct dcv_zserver *server, struct dcvp_error *why)
{
	if (dcv_zpreset_of(server->by) != NULL)
		control_help(server, DCV_ZORDER_ZONE,
			"and look into the name server's log", why);
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

/* Where another checker was configured, the preset's own has not seen the file yet: what it
 * refuses the server refuses. */
static bool is_refused_by_checker(const struct dcv_zserver *server,
	const struct dcv_zwant *want, struct dcvp_error *why)
{
	struct dcv_zprogram checker;
	const char *name;

	if (server->checker == NULL || want->has_includes || !has_own_checker(server))
		return false;
	name = dcv_zpreset_of(server->by)->checker[0];
	dcv_zserver_check(server, server->file, &checker);
	if (!checker.ended || checker.end.timed_out || checker.end.status == 0)
		return false;
	(void)dcv_zfail(why, DCVP_FAILED,
		"the server refused the changed zone: it does not serve it, and %s says: %s",
		name, checker.said);
	help_check(server, name, "run:", why);
	return true;
}

static int64_t proof_ms(const struct dcv_zserver *server)
{
	struct stat st;
	int64_t size = stat(server->file, &st) == 0 ? (int64_t)st.st_size : 0;

	return dcv_zleft_ms(server->host, PROOF_MS + size / LOAD_OCTETS_PER_S * 1000);
}

/* The serial proves only if what was served before is known to be older, and nobody but us
 * counts. */
static bool proves_by_serial(const struct dcv_zserver *server,
	const struct dcv_zwant *want, const struct dcv_zseen *before)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);

	return !want->is_signed && (preset == NULL || !preset->counts) &&
		before->served && dcv_serial_after(want->serial, before->serial) &&
		!dcv_zsigned(server, want->apex,
			now_ms(server) + dcv_zleft_ms(server->host, BEFORE_MS));
}

/* Looks until there is proof or the time is over. */
static enum dcv_zproof look(const struct dcv_zserver *server, const struct dcv_zwant *want,
	const struct dcv_zseen *before, bool by_serial, struct dcvp_error *why)
{
	int64_t start = now_ms(server), end = start + proof_ms(server), pause = PAUSE_MS;
	int64_t servfail_since = -1;
	struct dcv_zseen last = {0};
	bool judged = false;
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
		if (!judged && seen.served && now_ms(server) - start >= JUDGE_MS) {
			judged = true;
			if (is_refused_by_checker(server, want, why))
				return DCV_ZPROOF_REFUSED;
		}
		if (now_ms(server) + pause >= end)
			break;
		server->host->wait_ms(server->host->ctx, pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
	return no_proof(server, &last, now_ms(server) - start, why);
}

static bool is_running(const struct dcv_zserver *server)
{
	struct dcv_zprogram program;

	dcv_zserver_tell(server, DCV_ZORDER_SERVER, &program);
	return dcv_zprogram_did(&program);
}

/* The preset's control program did not reload. */
static void control_failed_help(const struct dcv_zserver *server,
	const struct dcv_zpreset *preset, const struct dcv_zprogram *reload,
	struct dcvp_error *why)
{
	char remark[128];

	if (!reload->started)
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: put %s into PATH, or correct `reload:` of zone %s",
			preset->control, server->zone);
	else if (strstr(reload->said, "dynamic zone") != NULL)
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: the server takes updates of this zone: say `journal: freeze` of zone %s in the configuration",
			server->zone);
	else if (is_running(server))
		loaded_help(server, why);
	else {
		(void)snprintf(remark, sizeof remark,
			"is %s running? another %s: reload: {%s: %s}", preset->title,
			preset->title, preset->word, preset->config);
		control_help(server, DCV_ZORDER_SERVER, remark, why);
	}
}

/* What to do where the reload command itself failed. */
static void not_reloaded_help(const struct dcv_zserver *server,
	const struct dcv_zprogram *reload, struct dcvp_error *why)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);

	if (preset != NULL)
		control_failed_help(server, preset, reload, why);
	else if (reload->started)
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: run the command by hand and look at its output");
	else
		(void)dcv_zhelp(why, DCVP_FAILED,
			"help: correct `reload:` of zone %s; a command is a list, one item per argument; sudo cannot work here",
			server->zone);
}

/* The command was not started, or ended otherwise than with status 0. */
static enum dcv_zproof not_reloaded(const struct dcv_zserver *server,
	const struct dcv_zprogram *reload, struct dcvp_error *why)
{
	if (!reload->ended)
		(void)dcv_zfail(why, DCVP_FAILED, "the reload command %s: %s",
			reload->started ? "failed" : "cannot be started", reload->said);
	else
		(void)dcv_zfail(why, DCVP_FAILED,
			"the reload command failed: %s ended with status %d%s%s",
			dcv_zserver_control(server), reload->end.status,
			reload->said[0] != '\0' ? ": " : "", reload->said);
	not_reloaded_help(server, reload, why);
	return DCV_ZPROOF_REFUSED;
}

/* The command went well and says that the load did not. */
static bool says_refused(const struct dcv_zserver *server,
	const struct dcv_zprogram *reload, struct dcvp_error *why)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(server->by);

	for (size_t i = 0; preset != NULL && i < sizeof preset->refusals / sizeof(char *);
		i++) {
		if (preset->refusals[i] == NULL ||
			strstr(reload->output, preset->refusals[i]) == NULL)
			continue;
		(void)dcv_zfail(why, DCVP_FAILED,
			"the server refused the changed zone: %s", reload->said);
		control_help(server, DCV_ZORDER_ZONE,
			"and look into the name server's log", why);
		return true;
	}
	return false;
}

enum dcv_zproof dcv_zreload(const struct dcv_zserver *server,
	const struct dcv_zwant *want, struct dcvp_error *why)
{
	struct dcv_zprogram reload;
	struct dcv_zseen before;
	bool by_serial;

	dcv_zlook(server, want->apex,
		now_ms(server) + dcv_zleft_ms(server->host, BEFORE_MS), &before);
	by_serial = proves_by_serial(server, want, &before);
	dcv_zserver_tell(server, DCV_ZORDER_RELOAD, &reload);
	if (reload.ended && reload.end.timed_out) {
		(void)dcv_zfail(why, DCVP_UNKNOWN,
			"written, but not proved to be loaded: %s did not end in time",
			dcv_zserver_control(server));
		loaded_help(server, why);
		return DCV_ZPROOF_SILENT;
	}
	if (!reload.ended || reload.end.status != 0)
		return not_reloaded(server, &reload, why);
	if (says_refused(server, &reload, why))
		return DCV_ZPROOF_REFUSED;
	return look(server, want, &before, by_serial, why);
}

void dcv_zreload_only(const struct dcv_zserver *server)
{
	struct dcv_zprogram ignored;

	if (server->by != DCV_ZRELOAD_NONE)
		dcv_zserver_tell(server, DCV_ZORDER_RELOAD, &ignored);
}
