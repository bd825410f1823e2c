/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what comes after the exchange: reload, proof, and either the former file
 * goes or it comes back; also for a run that was cut off in between. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"
#include "zones/serial.h"
#include "zones/session.h"

#define STAMP_NS 50000000 /* an exchange stamps both files at once, give or take this */

/* A change that is in the file and of which there is no proof yet. */
struct pending {
	struct dcv_zsession *session;
	const struct dcv_zcall *call;
	const char *temp; /* the name of the former file */
	bool has_former;
	bool live_known;
	struct dcv_zident live, former; /* the file that we made, and the one before */
	struct dcv_zwant want;
};

static bool same_stamp(const struct dcv_zident *a, const struct dcv_zident *b)
{
	int64_t s = (int64_t)a->ctime.tv_sec - (int64_t)b->ctime.tv_sec;
	int64_t ns;

	if (s < -1 || s > 1)
		return false;
	ns = s * 1000000000 + a->ctime.tv_nsec - b->ctime.tv_nsec;
	return ns <= STAMP_NS && ns >= -STAMP_NS;
}

/* The live file is the one that we made: known by its identity or, after a crash, by the
 * stamp that the exchange gave to both files. */
static bool is_ours(const struct pending *pending)
{
	const struct dcv_zopen *zone = &pending->call->zone;
	struct dcv_zident live, former;

	if (!dcv_zopen_look(zone, zone->name, &live))
		return false;
	if (pending->live_known)
		return dcv_zident_equal(&live, &pending->live);
	return dcv_zopen_look(zone, pending->temp, &former) && same_stamp(&live, &former);
}

/* A program that held the former file open may have written into it after the exchange: then
 * it holds something that is nowhere else. */
static bool former_moved(const struct pending *pending)
{
	struct dcv_zident now;

	if (!dcv_zopen_look(&pending->call->zone, pending->temp, &now))
		return false;
	if (pending->live_known)
		return !dcv_zident_same_data(&now, &pending->former);
	/* After a crash: the exchange gave it a ctime of its own, a later write gives it one
	 * that equals its mtime. */
	return now.mtime.tv_sec == now.ctime.tv_sec &&
		now.mtime.tv_nsec == now.ctime.tv_nsec;
}

/* Some program has the former file open for writing, so that what it writes next would be
 * lost: a read lease is granted only where there is none (fcntl(2)). Who may not take one
 * goes by the stamps alone. */
static bool is_being_written(const struct pending *pending)
{
	int fd = openat(pending->call->zone.dir_fd, pending->temp,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool busy;

	if (fd < 0)
		return false;
	busy = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
	(void)close(fd);
	return busy;
}

static enum dcvp_class settled(const struct pending *pending, struct dcvp_error *err)
{
	int error;

	if (is_being_written(pending) || former_moved(pending)) {
		(void)dcv_zfail(err, DCVP_UNKNOWN,
			"%s: changed, but another program writes, or wrote, into the former file at "
			"the same time: it is kept beside it as %s",
			pending->session->file, pending->temp);
		return dcv_zhelp(err, DCVP_UNKNOWN,
			"help: carry over what was written there, remove it, and run the same "
			"command again");
	}
	error = dcv_zremove(&pending->call->zone, pending->temp);
	if (error == 0)
		return DCVP_OK;
	return dcv_zfail(err, DCVP_UNKNOWN,
		"%s: changed, but the former file %s beside it cannot be removed: %s",
		pending->session->file, pending->temp, strerror(error));
}

/* It is not loaded, for certain. */
static enum dcvp_class put_back(const struct pending *pending,
	const struct dcvp_error *why, struct dcvp_error *err)
{
	const char *file = pending->session->file;
	bool exchanged = false;
	int error = 0;

	(void)dcv_zhelp(err, DCVP_UNKNOWN, "%s", why->help);
	if (!pending->has_former)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: %s; the change stays in the file, since the former one is gone",
			file, why->text);
	if (!is_ours(pending))
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: %s; the file stays, since it is no longer the one that was written",
			file, why->text);
	error = dcv_zexchange(&pending->call->zone, pending->temp, &exchanged);
	dcv_zsession_forget(pending->session);
	if (error != 0)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: %s; the former file cannot be put back durably: %s", file,
			why->text, strerror(error));
	(void)dcv_zremove(&pending->call->zone, pending->temp);
	dcv_zreload_only(&pending->session->server);
	return dcv_zfail(err, DCVP_FAILED, "%s: %s; the former file is back", file,
		why->text);
}

static enum dcvp_class silence(const struct pending *pending,
	const struct dcvp_error *why, struct dcvp_error *err)
{
	(void)settled(pending, NULL);
	(void)dcv_zfail(err, DCVP_UNKNOWN, "%s: %s", pending->session->file, why->text);
	return dcv_zhelp(err, DCVP_UNKNOWN, "%s", why->help);
}

/* From the exchange to the end. */
static enum dcvp_class finish(const struct pending *pending, struct dcvp_error *err)
{
	struct dcvp_error why = {0};

	if (pending->session->server.by == DCV_ZRELOAD_NONE)
		return settled(pending, err);
	switch (dcv_zreload(&pending->session->server, &pending->want, &why)) {
	case DCV_ZPROOF_LOADED:
		return settled(pending, err);
	case DCV_ZPROOF_REFUSED:
		return put_back(pending, &why, err);
	case DCV_ZPROOF_SILENT:
		break;
	}
	return silence(pending, &why, err);
}

/* What is pending of a change in this zone. */
static enum dcvp_class find_pending(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, struct pending *ret, struct dcvp_error *err)
{
	struct dcv_zident former;

	*ret = (struct pending){.session = session,
		.call = call,
		.temp = dcv_ztemp_name(&call->zone, change->id, &call->arena),
		.want = {.apex = &call->apex, .change = change}};
	if (ret->temp == NULL)
		return dcv_znomem(err);
	ret->has_former = dcv_zopen_look(&call->zone, ret->temp, &former);
	return DCVP_OK;
}

/* Fills in what this session knows of the change, or what the file says. */
static enum dcvp_class fill_want(struct pending *pending, struct dcv_zcall *call,
	const struct dcvp_change *change, struct dcvp_error *err)
{
	struct dcv_zsession *session = pending->session;
	struct dcv_zfound *found;
	enum dcvp_class end;

	if (strcmp(session->made.id, change->id) == 0) {
		pending->live_known = true;
		pending->live = session->made.live;
		pending->former = session->made.former;
		pending->want.serial = session->made.serial_after;
		pending->want.is_signed = session->made.is_signed;
		return DCVP_OK;
	}
	end = dcv_zsession_scan_change(session, call, change, &found, err);
	if (end != DCVP_OK)
		return end;
	pending->want.serial = found->soa.serial;
	pending->want.is_signed = found->has_dnssec;
	return DCVP_OK;
}

static enum dcvp_class sync_change(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, struct dcvp_error *err)
{
	struct pending pending;
	enum dcvp_class end = find_pending(session, call, change, &pending, err);

	if (end != DCVP_OK ||
		(!pending.has_former && strcmp(session->made.id, change->id) != 0))
		return end;
	end = fill_want(&pending, call, change, err);
	/* The change is in the file, whatever keeps us from reading it now. */
	end = end == DCVP_OK ? finish(&pending, err) : DCVP_UNKNOWN;
	session->made.id[0] = '\0';
	return end;
}

enum dcvp_class dcv_zsync(void *ctx, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	const struct dcv_zmade made = session->made;
	struct dcv_zcall call;
	enum dcvp_class end = dcv_zid_check(change, err);

	if (end != DCVP_OK)
		return end;
	end = dcv_zcall_begin(session, change->zone, &call, err);
	if (end == DCVP_OK)
		end = sync_change(session, &call, change, err);
	else
		end = DCVP_UNKNOWN; /* the change is in the file; only the file is out of reach */
	dcv_zcall_end(&call);
	if (strcmp(made.id, change->id) == 0) {
		receipt->serial_before = made.serial_before;
		receipt->serial_after = end == DCVP_FAILED ? made.serial_before
							   : made.serial_after;
	}
	return end;
}

/* Whether the temporary is the former file: its serial is the older one. What cannot be read
 * is a copy that was cut off. */
static enum dcvp_class is_former(struct dcv_zcall *call, const char *temp,
	uint32_t live_serial, bool *ret, struct dcvp_error *err)
{
	struct dcvp_error why = {0};
	struct dcv_zfound *found = NULL;
	struct dcv_zsource source = {.path = call->zone.path, .dir = call->zone.dir};
	enum dcvp_class end;

	source.fd = openat(call->zone.dir_fd, temp,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (source.fd < 0)
		return dcv_zerrno(err, temp, "cannot be opened", errno);
	end = dcv_zgather(&source, &call->apex, NULL, 0, &found, &why);
	(void)close(source.fd);
	if (end != DCVP_OK && end != DCVP_REFUSED)
		return dcv_zfail(err, end, "%s", why.text);
	*ret = end == DCVP_OK && dcv_serial_after(live_serial, found->soa.serial);
	dcv_zfound_free(found);
	return DCVP_OK;
}

/* The exchange did not happen, or was undone: the copy goes. */
static enum dcvp_class drop_copy(const struct pending *pending, struct dcvp_error *err)
{
	bool undone = is_ours(pending);
	int error = dcv_zremove(&pending->call->zone, pending->temp);

	if (error != 0) {
		(void)dcv_zerrno(err, pending->temp, "cannot be removed", error);
		return DCVP_UNKNOWN;
	}
	/* The server may have seen the other file in between. */
	if (undone && pending->session->server.by != DCV_ZRELOAD_NONE)
		dcv_zreload_only(&pending->session->server);
	return DCVP_OK;
}

/* What the file holds of the change, and what else is left of it. */
static enum dcvp_class look_at_rest(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, enum dcvp_outcome *outcomes, bool *ret_all,
	struct pending *ret, struct dcvp_error *err)
{
	struct dcv_zfound *found;
	enum dcvp_class end = find_pending(session, call, change, ret, err);

	if (end == DCVP_OK)
		end = dcv_zsession_scan_change(session, call, change, &found, err);
	if (end == DCVP_OK)
		end = dcv_zedits_hold(found, change, outcomes, ret_all, err);
	if (end != DCVP_OK)
		return end;
	ret->want.serial = found->soa.serial;
	ret->want.is_signed = found->has_dnssec;
	return DCVP_OK;
}

/* The edits that hold: what somebody has undone since need not be served. */
static bool keep_held(struct dcv_zcall *call, const struct dcvp_change *change,
	const enum dcvp_outcome *outcomes, struct dcvp_change *ret)
{
	struct dcvp_edit *edits = dcv_arena_array(&call->arena, change->n_edits,
		sizeof *edits);

	*ret = *change;
	ret->n_edits = 0;
	ret->edits = edits;
	for (size_t i = 0; edits != NULL && i < change->n_edits; i++) {
		if (outcomes[i] == DCVP_EDIT_DONE)
			edits[ret->n_edits++] = change->edits[i];
	}
	return edits != NULL;
}

static enum dcvp_class recover_change(struct dcv_zsession *session,
	struct dcv_zcall *call, const struct dcvp_change *change,
	enum dcvp_outcome *outcomes, struct dcvp_error *err)
{
	struct pending pending;
	struct dcvp_change held;
	bool all = false, former = false;
	enum dcvp_class end = look_at_rest(session, call, change, outcomes, &all,
		&pending, err);

	if (end == DCVP_OK && pending.has_former)
		end = is_former(call, pending.temp, pending.want.serial, &former, err);
	if (end != DCVP_OK)
		return end == DCVP_NOMEM || end == DCVP_INVALID ? end : DCVP_UNKNOWN;
	if (pending.has_former && !former) {
		/* The exchange did not happen, so what holds was written by somebody else. */
		for (size_t i = 0; i < change->n_edits; i++)
			outcomes[i] = DCVP_EDIT_FAILED;
		return drop_copy(&pending, err);
	}
	/* Without a former file the edits hold because the run came to its end, or because
	 * they held before it began. */
	if (!pending.has_former && !all)
		return DCVP_OK;
	if (!keep_held(call, change, outcomes, &held))
		return dcv_znomem(err);
	pending.want.change = &held;
	end = finish(&pending, err);
	for (size_t i = 0; i < change->n_edits && end == DCVP_FAILED; i++)
		outcomes[i] = DCVP_EDIT_FAILED;
	return end;
}

enum dcvp_class dcv_zrecover(void *ctx, const struct dcvp_change *change,
	enum dcvp_outcome *outcomes, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	struct dcv_zcall call;
	enum dcvp_class end = dcv_zid_check(change, err);

	for (size_t i = 0; i < change->n_edits; i++)
		outcomes[i] = DCVP_EDIT_UNKNOWN;
	if (end != DCVP_OK)
		return end;
	end = dcv_zcall_begin(session, change->zone, &call, err);
	if (end == DCVP_OK)
		end = recover_change(session, &call, change, outcomes, err);
	else if (end != DCVP_NOMEM && end != DCVP_INVALID)
		end = DCVP_UNKNOWN;
	dcv_zcall_end(&call);
	return end;
}
