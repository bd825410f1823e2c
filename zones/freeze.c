/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows zones into which the server writes too, and how it is kept from that for
 * the time of an edit. It does not know edits. */
#include "zones/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"

#define FLUSH_MS 60000
#define THAW_MS 5000
#define PAUSE_MS 5
#define PAUSE_MAX_MS 250

static bool is_marked(const struct dcv_zsession *session)
{
	return access(session->mark, F_OK) == 0;
}

/* BIND keeps a journal of an inline-signed zone's file too, from the second load on: that is
 * only a copy of what was in the file. */
static bool is_only_signed(const struct dcv_zserver *server)
{
	struct dcv_zprogram program;

	if (server->by != DCV_ZRELOAD_BIND)
		return false;
	dcv_zserver_tell(server, DCV_ZORDER_ZONE, &program);
	return dcv_zprogram_did(&program) &&
		strstr(program.output, "inline signing: yes") != NULL &&
		strstr(program.output, "dynamic: no") != NULL;
}

static enum dcvp_class refuse_journal(const struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcvp_error *err)
{
	const char *path = call->zone.path;

	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s: dynamic zone: its journal %s.jnl lies beside it, so the server writes this file",
		path, path);
	if (call->zone.signed_beside && session->server.by != DCV_ZRELOAD_BIND)
		return dcv_zhelp(err, DCVP_REFUSED,
			"help: if named only signs this zone (inline-signing), say `reload: bind` of zone %s in the configuration, so that it can be asked",
			session->server.zone);
	return dcv_zhelp(err, DCVP_REFUSED,
		"help: let named hand the file over for the edit: `reload: bind` and `journal: freeze` of zone %s in the configuration; or send it dynamic updates (nsupdate)",
		session->server.zone);
}

enum dcvp_class dcv_zjournal_judge(struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcvp_error *err)
{
	if (!call->zone.journal || session->server.freeze || session->journal_harmless)
		return DCVP_OK;
	session->journal_harmless = call->zone.signed_beside &&
		is_only_signed(&session->server);
	return session->journal_harmless ? DCVP_OK : refuse_journal(session, call, err);
}

void dcv_zjournal_note(struct dcv_zsession *session, const struct dcv_zcall *call)
{
	char line[512];

	if (!session->server.freeze || session->frozen || session->journal_told)
		return;
	session->journal_told = true;
	if (is_marked(session))
		(void)snprintf(line, sizeof line,
			"%s: the zone is still frozen by a run that was cut off: apply goes on from there",
			session->file);
	else
		(void)snprintf(line, sizeof line,
			"%s: read as it is: what the server has in its journal is not in it yet; apply freezes the zone first",
			session->file);
	session->host->log(session->host->ctx,
		call->zone.journal ? DCVP_LOG_NOTE : DCVP_LOG_INFO, line);
}

/* The serial that the server tells of the zone; of one that it signs, of the unsigned one. */
static bool read_serial(const char *output, uint32_t *ret)
{
	static const char key[] = "serial: ";
	const char *at = strstr(output, key);
	char *end = NULL;

	if (at == NULL)
		return false;
	at += sizeof key - 1;
	*ret = (uint32_t)strtoul(at, &end, 10);
	return end != at;
}

/* The control program gave no good end. */
static enum dcvp_class not_frozen(const struct dcv_zsession *session,
	const struct dcv_zprogram *program, struct dcvp_error *err)
{
	const struct dcv_zserver *server = &session->server;
	struct dcv_arena arena = {0};
	const char *why = dcv_zprogram_why(program, dcv_zserver_control(server), &arena);
	const char *typed = dcv_zserver_typed(server, DCV_ZORDER_SERVER, &arena);

	(void)dcv_zfail(err, DCVP_FAILED,
		"%s: nothing changed: the zone cannot be frozen: %s", session->file,
		why != NULL ? why : "out of memory");
	if (strstr(program->said, "not dynamic") != NULL)
		(void)dcv_zhelp(err, DCVP_FAILED,
			"help: the server does not write this zone: take `journal: freeze` of zone %s out of the configuration",
			server->zone);
	else if (typed != NULL)
		(void)dcv_zhelp(err, DCVP_FAILED, "run: %s   (is the server running?)",
			typed);
	dcv_arena_clear(&arena);
	return DCVP_FAILED;
}

/* Somebody who freezes a zone edits it. */
static enum dcvp_class frozen_by_others(const struct dcv_zsession *session,
	struct dcvp_error *err)
{
	struct dcv_arena arena = {0};
	const char *typed = dcv_zserver_typed(&session->server, DCV_ZORDER_THAW, &arena);

	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s: the zone is frozen, and not by dcvctl: somebody else may be editing it",
		session->file);
	if (typed != NULL)
		(void)dcv_zhelp(err, DCVP_REFUSED, "run: %s   (when nobody edits it)",
			typed);
	dcv_arena_clear(&arena);
	return DCVP_REFUSED;
}

static enum dcvp_class put_mark(const struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcvp_error *err)
{
	int fd = open(session->mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error = errno;

	if (fd >= 0) {
		(void)close(fd);
		return DCVP_OK;
	}
	return dcv_zhelp_rights(err,
		dcv_zerrno(err, session->mark, "the mark of a frozen zone cannot be made",
			error),
		error, &call->zone.st, call->zone.dir);
}

/* The serial in the file. */
static enum dcvp_class file_serial(const struct dcv_zcall *call, uint32_t *ret,
	struct dcvp_error *err)
{
	const struct dcv_zsource source = {.fd = call->zone.fd,
		.path = call->zone.path,
		.dir = call->zone.dir};
	struct dcv_zfound *found = NULL;
	enum dcvp_class end = dcv_zgather(&source, &call->apex, NULL, 0, &found, err);

	if (end == DCVP_OK)
		*ret = found->soa.serial;
	dcv_zfound_free(found);
	return end;
}

/* The file, opened anew, holds what the server serves. */
static enum dcvp_class is_flushed(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *zone, uint32_t serial, struct dcv_zident *seen, bool *ret,
	struct dcvp_error *err)
{
	struct dcv_zident now;
	uint32_t found = 0;
	enum dcvp_class end;

	dcv_zcall_end(call);
	end = dcv_zcall_begin(session, zone, call, err);
	if (end != DCVP_OK)
		return end;
	dcv_zident_of(&call->zone.st, &now);
	if (dcv_zident_equal(&now, seen))
		return DCVP_OK;
	*seen = now;
	end = file_serial(call, &found, err);
	*ret = end == DCVP_OK && found == serial;
	return end;
}

/* A control program returns before the file is written. Frozen, the zone keeps its serial. */
static enum dcvp_class await_flush(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *zone, uint32_t serial, struct dcvp_error *err)
{
	const struct dcvp_host *host = session->host;
	int64_t end_ms = host->mono_ms(host->ctx) + dcv_zleft_ms(host, FLUSH_MS);
	int64_t pause = PAUSE_MS;
	struct dcv_zident seen = {0};
	bool flushed = false;

	for (;;) {
		enum dcvp_class end = is_flushed(session, call, zone, serial, &seen,
			&flushed, err);

		if (end != DCVP_OK || flushed)
			return end;
		if (host->mono_ms(host->ctx) + pause >= end_ms)
			break;
		host->wait_ms(host->ctx, pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
	(void)dcv_zfail(err, DCVP_FAILED,
		"%s: nothing changed: the server has frozen the zone, but its serial %lu does not come into the file",
		session->file, (unsigned long)serial);
	return dcv_zhelp(err, DCVP_FAILED,
		"help: see whether this is the file that the server writes, whether it may write there, and whether somebody edited it by hand");
}

/* Tells the server; *ret: what it said. */
static enum dcvp_class tell(const struct dcv_zsession *session, enum dcv_zorder order,
	struct dcv_zprogram *ret, struct dcvp_error *err)
{
	dcv_zserver_tell(&session->server, order, ret);
	return dcv_zprogram_did(ret) ? DCVP_OK : not_frozen(session, ret, err);
}

static enum dcvp_class flush(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *zone, struct dcvp_error *err)
{
	const struct dcv_zpreset *preset = dcv_zpreset_of(session->server.by);
	struct dcv_zprogram program;
	uint32_t serial;
	enum dcvp_class end = DCVP_OK;

	if (preset->orders[DCV_ZORDER_FLUSH] != NULL)
		end = tell(session, DCV_ZORDER_FLUSH, &program, err);
	if (end == DCVP_OK)
		end = tell(session, DCV_ZORDER_ZONE, &program, err);
	if (end != DCVP_OK)
		return end;
	if (!read_serial(program.output, &serial))
		return not_frozen(session, &program, err);
	return await_flush(session, call, zone, serial, err);
}

/* What can be undone by a thaw. */
static enum dcvp_class freeze(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *zone, bool is_frozen, bool flushed, struct dcvp_error *err)
{
	struct dcv_zprogram program = {0};
	enum dcvp_class end = DCVP_OK;

	if (!is_frozen)
		end = tell(session, DCV_ZORDER_FREEZE, &program, err);
	/* A command that did not end in time may have frozen it all the same. */
	session->frozen = is_frozen || end == DCVP_OK || program.end.timed_out;
	if (end == DCVP_OK && flushed)
		end = flush(session, call, zone, err);
	if (end != DCVP_OK && session->frozen)
		dcv_zthaw_last(session);
	else if (end != DCVP_OK)
		(void)unlink(session->mark);
	return end;
}

enum dcvp_class dcv_zfreeze(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *zone, bool flushed, struct dcvp_error *err)
{
	const struct dcv_zserver *server = &session->server;
	struct dcv_zprogram program;
	bool is_frozen;
	enum dcvp_class end;

	if (!server->freeze || session->frozen)
		return DCVP_OK;
	end = tell(session, DCV_ZORDER_ZONE, &program, err);
	if (end != DCVP_OK)
		return end;
	is_frozen = strstr(program.output, dcv_zpreset_of(server->by)->frozen) != NULL;
	if (is_frozen && !is_marked(session))
		return frozen_by_others(session, err);
	end = put_mark(session, call, err);
	return end == DCVP_OK ? freeze(session, call, zone, is_frozen, flushed, err) : end;
}

/* A thaw may load the file, and where that fails the zone stays frozen: neither is told by the
 * command. */
static bool comes_out(const struct dcv_zsession *session)
{
	const struct dcvp_host *host = session->host;
	const char *frozen = dcv_zpreset_of(session->server.by)->frozen;
	struct dcv_zprogram program;
	int64_t end_ms = host->mono_ms(host->ctx) + THAW_MS, pause = PAUSE_MS;

	for (;;) {
		dcv_zserver_tell(&session->server, DCV_ZORDER_ZONE, &program);
		if (dcv_zprogram_did(&program) && strstr(program.output, frozen) == NULL)
			return true;
		if (host->mono_ms(host->ctx) + pause >= end_ms)
			return false;
		host->wait_ms(host->ctx, pause);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
}

enum dcvp_class dcv_zthaw(struct dcv_zsession *session, struct dcvp_error *err)
{
	const struct dcv_zserver *server = &session->server;
	struct dcv_arena arena = {0};
	struct dcv_zprogram program;
	const char *why, *typed;
	bool did;

	if (!session->frozen)
		return DCVP_OK;
	dcv_zserver_tell(server, DCV_ZORDER_THAW, &program);
	did = dcv_zprogram_did(&program);
	if (did && comes_out(session)) {
		(void)unlink(session->mark);
		session->frozen = false;
		return DCVP_OK;
	}
	why = did ? "the server does not load its file"
		  : dcv_zprogram_why(&program, dcv_zserver_control(server), &arena);
	typed = dcv_zserver_typed(server, DCV_ZORDER_THAW, &arena);
	(void)dcv_zfail(err, DCVP_UNKNOWN, "%s: the zone is still frozen: %s",
		session->file, why != NULL ? why : "out of memory");
	if (typed != NULL)
		(void)dcv_zhelp(err, DCVP_UNKNOWN,
			"run: %s   (and look into the name server's log)", typed);
	dcv_arena_clear(&arena);
	return DCVP_UNKNOWN;
}

void dcv_zthaw_last(struct dcv_zsession *session)
{
	struct dcvp_error err = {0};
	char line[sizeof err.text + sizeof err.help + 2];

	if (dcv_zthaw(session, &err) == DCVP_OK)
		return;
	(void)snprintf(line, sizeof line, "%s; %s", err.text, err.help);
	session->host->log(session->host->ctx, DCVP_LOG_NOTE, line);
}
