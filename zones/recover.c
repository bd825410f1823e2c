/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a change is settled that a run left cut off: what the temporaries beside
 * the files are, and how it goes on from there. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "zones/fail.h"
#include "zones/freeze.h"
#include "zones/pending.h"
#include "zones/serial.h"

/* Whether the temporary of the file with the serial is the former one: its serial is older.
 * What cannot be read is a copy that was cut off. */
static enum dcvp_class is_before(const struct dcv_zpending *pending,
	const struct dcv_zpart *part, bool *ret, struct dcvp_error *err)
{
	const struct dcv_zcall *call = pending->call;
	struct dcvp_error why = {0};
	struct dcv_zfound *found = NULL;
	struct dcv_zinstead instead;
	struct dcv_zsource source = {.fd = call->zone.fd,
		.path = call->zone.path,
		.dir = call->zone.dir,
		.instead = &instead};
	int fd = openat(part->zone.dir_fd, part->temp,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum dcvp_class end;

	if (fd < 0)
		return dcv_zerrno(err, part->temp_path, "cannot be opened", errno);
	dcv_zident_of(&part->zone.st, &instead.ident);
	instead.fd = fd;
	if (part->is_own)
		source.fd = fd;
	else
		source.n_instead = 1;
	end = dcv_zgather(&source, &call->apex, NULL, 0, &found, &why);
	(void)close(fd);
	if (end != DCVP_OK && end != DCVP_REFUSED)
		return dcv_zfail(err, end, "%s", why.text);
	*ret = end == DCVP_OK && dcv_serial_after(pending->want.serial, found->soa.serial);
	dcv_zfound_free(found);
	return DCVP_OK;
}

/* Tells former files from copies, which were not exchanged. */
static enum dcvp_class judge_rest(struct dcv_zpending *pending, struct dcvp_error *err)
{
	const struct dcv_zparts *parts = &pending->parts;
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < parts->n && end == DCVP_OK; i++) {
		struct dcv_zpart *part = &parts->items[i];

		if (!part->has_serial || pending->session->serial_external)
			part->has_former = dcv_zpart_is_older(part);
		else
			end = is_before(pending, part, &part->has_former, err);
	}
	return end;
}

/* Copies that were not exchanged, or changed back, go. */
static enum dcvp_class drop_copies(struct dcv_zpending *pending, bool *ret_undone,
	struct dcvp_error *err)
{
	struct dcv_zparts *parts = &pending->parts;

	for (size_t i = parts->n; i-- > 0;) {
		const struct dcv_zpart *part = &parts->items[i];
		int error;

		if (part->has_former)
			continue;
		*ret_undone = *ret_undone || dcv_zpart_is_ours(part);
		error = dcv_zremove(part);
		if (error != 0) {
			(void)dcv_zerrno(err, part->temp_path, "cannot be removed", error);
			return DCVP_UNKNOWN;
		}
		dcv_zparts_drop(parts, i);
	}
	return DCVP_OK;
}

/* An included file was exchanged, and the one with the serial was not: of that one no former file
 * is there, which would be the last to go (dcv_zfinish). */
static bool lacks_serial(const struct dcv_zpending *pending)
{
	bool has_serial = pending->session->serial_external;

	for (size_t i = 0; i < pending->parts.n; i++)
		has_serial = has_serial || pending->parts.items[i].has_serial;
	return pending->parts.n > 0 && !has_serial;
}

/* The serial follows. */
static enum dcvp_class raise_serial(struct dcv_zpending *pending,
	const struct dcvp_change *change, struct dcvp_error *err)
{
	struct dcv_zsession *session = pending->session;
	struct dcv_zpatches patches = {0};
	struct dcv_zfound *found;
	enum dcvp_class end = dcv_zsession_scan_change(session, pending->call, change,
		&found, err);

	if (end == DCVP_OK)
		end = dcv_zpatches_raise(found, session->host->wall_s(session->host->ctx),
			&patches, err);
	if (end == DCVP_OK)
		end = dcv_zput(session, pending->call, change, found, &patches, err);
	if (end == DCVP_OK)
		end = dcv_zpending_made(pending, change->id, err);
	session->made.id[0] = '\0';
	dcv_zpatches_clear(&patches);
	return end == DCVP_OK || end == DCVP_NOMEM ? end : DCVP_UNKNOWN;
}

/* The edits that hold: what somebody has undone since need not be served. */
static bool keep_held(struct dcv_zcall *call, const struct dcvp_change *change,
	const struct dcvp_result *results, struct dcvp_change *ret)
{
	struct dcvp_edit *edits = dcv_arena_array(&call->arena, change->n_edits,
		sizeof *edits);

	*ret = *change;
	ret->n_edits = 0;
	ret->edits = edits;
	for (size_t i = 0; edits != NULL && i < change->n_edits; i++) {
		if (results[i].outcome == DCVP_EDIT_DONE)
			edits[ret->n_edits++] = change->edits[i];
	}
	return edits != NULL;
}

/* What the files hold of the change, and what else is left of it. */
static enum dcvp_class look_at_rest(struct dcv_zpending *pending,
	const struct dcvp_change *change, struct dcvp_result *results, bool *ret_all,
	struct dcvp_error *err)
{
	struct dcv_zfound *found;
	enum dcvp_class end = dcv_zsession_scan_change(pending->session, pending->call,
		change, &found, err);

	if (end == DCVP_OK)
		end = dcv_zedits_hold(found, change, results, ret_all, err);
	if (end == DCVP_OK)
		end = dcv_zpending_rest(pending, found, change->id, err);
	if (end == DCVP_OK)
		end = judge_rest(pending, err);
	return end == DCVP_OK || end == DCVP_NOMEM || end == DCVP_INVALID ? end
									  : DCVP_UNKNOWN;
}

/* Of several files some were exchanged, or all: goes on from there. */
static enum dcvp_class go_on(struct dcv_zpending *pending,
	const struct dcvp_change *change, const struct dcvp_result *results,
	struct dcvp_error *err)
{
	struct dcvp_change held;
	enum dcvp_class end = DCVP_OK;

	if (!keep_held(pending->call, change, results, &held))
		return dcv_znomem(err);
	if (lacks_serial(pending))
		end = raise_serial(pending, change, err);
	pending->want.change = &held;
	if (end == DCVP_OK)
		end = dcv_zfinish(pending, err);
	pending->want.change = change;
	return end;
}

static enum dcvp_class recover_change(struct dcv_zpending *pending,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_error *err)
{
	bool all = false, undone = false, had_rest;
	enum dcvp_class end = look_at_rest(pending, change, results, &all, err);

	if (end != DCVP_OK)
		return end;
	had_rest = pending->parts.n > 0;
	end = drop_copies(pending, &undone, err);
	if (end != DCVP_OK)
		return end;
	if (had_rest && pending->parts.n == 0) {
		/* No exchange happened, so what holds was written by somebody else. The
		 * server may have seen the other files in between. */
		for (size_t i = 0; i < change->n_edits; i++)
			results[i].outcome = DCVP_EDIT_FAILED;
		if (undone && pending->session->server.by != DCV_ZRELOAD_NONE)
			dcv_zreload_only(&pending->session->server);
		return DCVP_OK;
	}
	/* Without a former file the edits hold because the run came to its end, or because
	 * they held before it began. */
	if (!had_rest && !all)
		return DCVP_OK;
	end = go_on(pending, change, results, err);
	for (size_t i = 0; i < change->n_edits && end == DCVP_FAILED; i++)
		results[i].outcome = DCVP_EDIT_FAILED;
	return end;
}

enum dcvp_class dcv_zrecover(void *ctx, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	struct dcv_zcall call;
	struct dcv_zpending pending = {.session = session,
		.call = &call,
		.want = {.apex = &call.apex, .change = change}};
	enum dcvp_class end = dcv_zid_check(change, err);

	for (size_t i = 0; i < change->n_edits; i++)
		results[i].outcome = DCVP_EDIT_UNKNOWN;
	if (end != DCVP_OK)
		return end;
	end = dcv_zcall_begin(session, change->zone, &call, err);
	if (end == DCVP_OK)
		end = dcv_zfreeze(session, &call, change->zone, false, err);
	if (end == DCVP_OK)
		end = recover_change(&pending, change, results, err);
	else if (end != DCVP_NOMEM && end != DCVP_INVALID)
		end = DCVP_UNKNOWN;
	dcv_zparts_close(&pending.parts);
	dcv_zcall_end(&call);
	return dcv_zthaw_after(session, end, err);
}
