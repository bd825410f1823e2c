/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a change gets into the zone file. It does not know servers. */
#include <stdio.h>
#include <string.h>

#include "zones/fail.h"
#include "zones/freeze.h"
#include "zones/session.h"

enum dcvp_class dcv_zid_check(const struct dcvp_change *change, struct dcvp_error *err)
{
	size_t n = strspn(change->id, "0123456789abcdefghijklmnopqrstuvwxyz");

	if (n == 0 || n > DCV_ZID_MAX || change->id[n] != '\0')
		return dcv_zfail(err, DCVP_INVALID, "zone file: a bad id of a change");
	return DCVP_OK;
}

struct check {
	const struct dcv_zserver *server;
	bool has_includes;
};

static enum dcvp_class check(void *ctx, const char *path, struct dcvp_error *err)
{
	const struct check *c = ctx;

	return dcv_zcheck(c->server, path, c->has_includes, err);
}

static enum dcvp_class note_made(struct dcv_zsession *session,
	const struct dcvp_change *change, const struct dcv_zfound *before,
	const struct dcv_zparts *parts, uint32_t serial, struct dcvp_error *err)
{
	struct dcv_zmade *made = &session->made;

	dcv_arena_clear(&made->arena);
	*made = (struct dcv_zmade){.n = parts->n,
		.serial_before = before->soa.serial,
		.serial_after = serial,
		.is_signed = before->has_dnssec || before->serial_external,
		.has_includes = before->n_files > 1};
	made->files = dcv_arena_array(&made->arena, parts->n, sizeof *made->files);
	for (size_t i = 0; made->files != NULL && i < parts->n; i++) {
		const struct dcv_zpart *part = &parts->items[i];

		made->files[i].live = part->live;
		made->files[i].former = part->former;
		if (part->is_own)
			continue;
		made->files[i].path = dcv_arena_strdup(&made->arena, part->path);
		if (made->files[i].path == NULL)
			made->files = NULL;
	}
	if (made->files == NULL)
		return dcv_zfail(err, DCVP_UNKNOWN, "%s: changed, but out of memory",
			session->file);
	(void)snprintf(made->id, sizeof made->id, "%s", change->id);
	return DCVP_OK;
}

static enum dcvp_class put(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, const struct dcv_zparts *parts,
	struct dcvp_error *err)
{
	struct check c = {.server = &session->server, .has_includes = before->n_files > 1};
	struct dcv_zcommit commit = {.zone = &call->zone,
		.before = before,
		.patches = patches,
		.parts = parts,
		.check = check,
		.check_ctx = &c};
	struct dcv_zfound *after = NULL;
	enum dcvp_class end = dcv_zcommit_run(&commit, &after, err);

	if (end != DCVP_OK)
		return end;
	end = note_made(session, change, before, parts, patches->serial_after, err);
	/* The copies were private when they were scanned, so the scan is good for the live
	 * files. */
	dcv_zsession_forget(session);
	session->cache = after;
	session->cache_good = true;
	return end;
}

enum dcvp_class dcv_zput(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, struct dcvp_error *err)
{
	struct dcv_zparts parts;
	enum dcvp_class end = dcv_zcommit_parts(&call->zone, before, patches, change->id,
		&call->arena, &parts, err);

	if (end == DCVP_OK)
		end = put(session, call, change, before, patches, &parts, err);
	dcv_zparts_close(&parts);
	return end;
}

/* Names the files if they are not just the zone's own. */
static void tell_files(const struct dcv_zsession *session, struct dcvp_receipt *receipt)
{
	const struct dcv_zmade *made = &session->made;
	size_t cap = sizeof receipt->note, len;

	if (made->n == 1 && made->files[0].path == NULL)
		return;
	len = (size_t)snprintf(receipt->note, cap, "changed files:");
	for (size_t i = 0; i < made->n && len < cap; i++)
		len += (size_t)snprintf(receipt->note + len, cap - len, "%s %s",
			i > 0 ? "," : "",
			made->files[i].path == NULL ? session->file : made->files[i].path);
}

/* Plans and carries out on an open file. */
static enum dcvp_class apply(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_zfound *found;
	struct dcv_zpatches patches = {0};
	uint32_t serial;
	enum dcvp_class end = dcv_zsession_scan_change(session, call, change, &found, err);

	if (end != DCVP_OK)
		return end;
	if (change->etag != NULL && strcmp(change->etag, found->etag) != 0)
		return dcv_zfail(err, DCVP_CONFLICT, "%s: it changed since it was read",
			session->file);
	serial = found->soa.serial;
	end = dcv_zpatches_make(found, call->zone.fd, change,
		session->host->wall_s(session->host->ctx), &patches, results, err);
	if (end == DCVP_OK && patches.n > 0)
		end = dcv_zput(session, call, change, found, &patches, err);
	if (end == DCVP_OK) {
		*receipt = (struct dcvp_receipt){.serial_before = serial,
			.serial_after = patches.serial_after};
		if (patches.n > 0)
			tell_files(session, receipt);
		if (patches.serial_ahead)
			(void)snprintf(receipt->note, sizeof receipt->note,
				"%s: serial %lu is a date ahead of today; it was counted on by one",
				session->file, (unsigned long)serial);
	}
	dcv_zpatches_clear(&patches);
	return end;
}

enum dcvp_class dcv_zapply(void *ctx, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	struct dcv_zcall call;
	enum dcvp_class end = dcv_zid_check(change, err);

	if (end == DCVP_OK) {
		end = dcv_zcall_begin(session, change->zone, &call, err);
		if (end == DCVP_OK)
			end = dcv_zfreeze(session, &call, change->zone, true, err);
		if (end == DCVP_OK)
			end = apply(session, &call, change, results, receipt, err);
		dcv_zcall_end(&call);
	}
	/* After a conflict the edit is planned again on the file as it is frozen. */
	if (end != DCVP_OK && end != DCVP_CONFLICT)
		dcv_zthaw_last(session);
	for (size_t i = 0; i < change->n_edits && end != DCVP_OK; i++)
		results[i].outcome = end == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN
							 : DCVP_EDIT_FAILED;
	return end;
}
