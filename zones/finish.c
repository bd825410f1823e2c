/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what comes after the exchange: reload, proof, and either the former file
 * goes or it comes back. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"
#include "zones/freeze.h"
#include "zones/pending.h"

static enum dcvp_class settled_part(const struct dcv_zpart *part, struct dcvp_error *err)
{
	int error;

	if (dcv_zpart_is_written(part)) {
		(void)dcv_zfail(err, DCVP_UNKNOWN,
			"%s: changed, but another program writes, or wrote, into the former file at "
			"the same time: it is kept beside it as %s",
			part->zone.path, part->temp);
		return dcv_zhelp(err, DCVP_UNKNOWN,
			"help: carry over what was written there, remove it, and run the same "
			"command again");
	}
	error = dcv_zremove(part);
	if (error == 0)
		return DCVP_OK;
	return dcv_zfail(err, DCVP_UNKNOWN,
		"%s: changed, but the former file %s beside it cannot be removed: %s",
		part->zone.path, part->temp, strerror(error));
}

/* In the order of the exchange, and none behind one that stays: as long as a former file is there,
 * so is that of the file with the serial, by which a recovery knows that it was raised. */
static enum dcvp_class settled(const struct dcv_zpending *pending, struct dcvp_error *err)
{
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < pending->parts.n && end == DCVP_OK; i++)
		end = settled_part(&pending->parts.items[i], err);
	return end;
}

/* A server may look at the stamp of the zone's own file alone (NSD 4.6 does), and pass over a
 * change of an included one. */
static void stamp_own(const struct dcv_zpending *pending)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
	const struct dcv_zopen *zone = &pending->call->zone;

	for (size_t i = 0; i < pending->parts.n; i++)
		if (pending->parts.items[i].is_own)
			return;
	if (pending->parts.n > 0)
		(void)utimensat(zone->dir_fd, zone->name, times, AT_SYMLINK_NOFOLLOW);
}

/* All former files are there, and the live ones are those that were made. */
static bool can_go_back(const struct dcv_zpending *pending, const char *why,
	struct dcvp_error *err)
{
	const struct dcv_zparts *parts = &pending->parts;
	bool gone = parts->n == 0, moved = false;

	for (size_t i = 0; i < parts->n; i++)
		gone = gone || !parts->items[i].has_former;
	for (size_t i = 0; i < parts->n && !gone; i++)
		moved = moved || !dcv_zpart_is_ours(&parts->items[i]);
	if (gone)
		(void)dcv_zfail(err, DCVP_UNKNOWN,
			"%s: %s; the change stays in the file, since the former one is gone",
			pending->session->file, why);
	else if (moved)
		(void)dcv_zfail(err, DCVP_UNKNOWN,
			"%s: %s; the file stays, since it is no longer the one that was written",
			pending->session->file, why);
	return !gone && !moved;
}

/* It is not loaded, for certain. */
static enum dcvp_class put_back(const struct dcv_zpending *pending,
	const struct dcvp_error *why, struct dcvp_error *err)
{
	const struct dcv_zparts *parts = &pending->parts;
	bool exchanged = false, is_signed;
	int error = 0;

	(void)dcv_zhelp(err, DCVP_UNKNOWN, "%s", why->help);
	if (!can_go_back(pending, why->text, err))
		return DCVP_UNKNOWN;
	for (size_t i = parts->n; i-- > 0 && error == 0;)
		error = dcv_zexchange(&parts->items[i], &exchanged);
	dcv_zsession_forget(pending->session);
	if (error != 0)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: %s; the former file cannot be put back durably: %s",
			pending->session->file, why->text, strerror(error));
	for (size_t i = 0; i < parts->n; i++)
		(void)dcv_zremove(&parts->items[i]);
	/* What the signer made of the change must not stay served. */
	is_signed = dcv_zsign(&pending->session->server, NULL);
	stamp_own(pending);
	dcv_zreload_only(&pending->session->server);
	return dcv_zfail(err, DCVP_FAILED, "%s: %s; the former file is back%s",
		pending->session->file, why->text,
		is_signed ? "" : ", but the signer fails on it too");
}

static enum dcvp_class silence(const struct dcv_zpending *pending,
	const struct dcvp_error *why, struct dcvp_error *err)
{
	(void)settled(pending, NULL);
	(void)dcv_zfail(err, DCVP_UNKNOWN, "%s: %s", pending->session->file, why->text);
	return dcv_zhelp(err, DCVP_UNKNOWN, "%s", why->help);
}

/* The signer may write the zone's file itself: that is ours then. */
static bool sign(struct dcv_zpending *pending, struct dcvp_error *why)
{
	bool good;

	if (pending->session->server.signer == NULL)
		return true;
	good = dcv_zsign(&pending->session->server, why);
	for (size_t i = 0; i < pending->parts.n; i++) {
		struct dcv_zpart *part = &pending->parts.items[i];

		if (part->is_own && part->known)
			(void)dcv_zopen_look(&part->zone, part->zone.name, &part->live);
	}
	return good;
}

enum dcvp_class dcv_zfinish(struct dcv_zpending *pending, struct dcvp_error *err)
{
	struct dcvp_error why = {0};

	if (!sign(pending, &why))
		return put_back(pending, &why, err);
	if (pending->session->server.by == DCV_ZRELOAD_NONE)
		return settled(pending, err);
	stamp_own(pending);
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

/* Adds a file beside which a temporary lies. */
static enum dcvp_class add_rest(struct dcv_zpending *pending,
	const struct dcv_zfound *found, uint32_t file, const char *id,
	struct dcvp_error *err)
{
	struct dcv_zcall *call = pending->call;
	struct dcv_zparts *parts = &pending->parts;
	struct dcv_zpart *part;
	struct dcv_zident temp;
	enum dcvp_class end;

	if (found->files[file].fixed != NULL)
		return DCVP_OK;
	end = dcv_zparts_add(parts, &call->zone,
		file == 0 ? NULL : found->files[file].path, id, &call->arena, err);
	if (end != DCVP_OK)
		return end;
	part = &parts->items[parts->n - 1];
	part->has_serial = found->records[found->soa.record].file == file;
	part->has_former = dcv_zopen_look(&part->zone, part->temp, &temp);
	if (part->has_former)
		return DCVP_OK;
	if (errno != ENOENT)
		return dcv_zerrno(err, part->temp_path, "cannot be examined", errno);
	dcv_zparts_drop(parts, parts->n - 1);
	return DCVP_OK;
}

enum dcvp_class dcv_zpending_rest(struct dcv_zpending *pending,
	const struct dcv_zfound *found, const char *id, struct dcvp_error *err)
{
	uint32_t last = found->records[found->soa.record].file;
	enum dcvp_class end = DCVP_OK;

	pending->want.serial = found->soa.serial;
	pending->want.is_signed = found->has_dnssec || found->serial_external;
	pending->want.has_includes = found->n_files > 1;
	for (uint32_t i = 0; i < found->n_files && end == DCVP_OK; i++)
		if (i != last)
			end = add_rest(pending, found, i, id, err);
	return end == DCVP_OK ? add_rest(pending, found, last, id, err) : end;
}

enum dcvp_class dcv_zpending_made(struct dcv_zpending *pending, const char *id,
	struct dcvp_error *err)
{
	const struct dcv_zmade *made = &pending->session->made;
	struct dcv_zparts *parts = &pending->parts;
	struct dcv_zident temp;

	pending->want.serial = made->serial_after;
	pending->want.is_signed = made->is_signed;
	pending->want.has_includes = made->has_includes;
	for (size_t i = 0; i < made->n; i++) {
		struct dcv_zpart *part;
		enum dcvp_class end = dcv_zparts_add(parts, &pending->call->zone,
			made->files[i].path, id, &pending->call->arena, err);

		if (end != DCVP_OK)
			return end;
		part = &parts->items[parts->n - 1];
		part->has_former = dcv_zopen_look(&part->zone, part->temp, &temp);
		part->known = true;
		part->live = made->files[i].live;
		part->former = made->files[i].former;
	}
	return DCVP_OK;
}

/* What the change has left, as this session or the files know it. */
static enum dcvp_class find_pending(struct dcv_zpending *pending,
	const struct dcvp_change *change, struct dcvp_error *err)
{
	struct dcv_zfound *found;
	enum dcvp_class end;

	if (strcmp(pending->session->made.id, change->id) == 0)
		return dcv_zpending_made(pending, change->id, err);
	end = dcv_zsession_scan_change(pending->session, pending->call, change, &found,
		err);
	return end == DCVP_OK ? dcv_zpending_rest(pending, found, change->id, err) : end;
}

static enum dcvp_class sync_change(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, struct dcvp_error *err)
{
	struct dcv_zpending pending = {.session = session,
		.call = call,
		.want = {.apex = &call->apex, .change = change}};
	bool made = strcmp(session->made.id, change->id) == 0;
	enum dcvp_class end = find_pending(&pending, change, err);

	/* The change is in the file, whatever keeps us from reading it now. */
	if (end != DCVP_OK)
		end = DCVP_UNKNOWN;
	else if (made || pending.parts.n > 0)
		end = dcv_zfinish(&pending, err);
	session->made.id[0] = '\0';
	dcv_zparts_close(&pending.parts);
	return end;
}

enum dcvp_class dcv_zthaw_after(struct dcv_zsession *session, enum dcvp_class end,
	struct dcvp_error *err)
{
	if (end == DCVP_OK)
		return dcv_zthaw(session, err);
	dcv_zthaw_last(session);
	return end;
}

enum dcvp_class dcv_zsync(void *ctx, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	uint32_t serial_before = session->made.serial_before,
		 serial_after = session->made.serial_after;
	bool made = strcmp(session->made.id, change->id) == 0;
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
	end = dcv_zthaw_after(session, end, err);
	if (made) {
		receipt->serial_before = serial_before;
		receipt->serial_after = end == DCVP_FAILED ? serial_before : serial_after;
	}
	return end;
}
