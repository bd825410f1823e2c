/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a change gets into the zone file. It does not know servers. */
#include <stdio.h>
#include <string.h>

#include "zones/fail.h"
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

static void note_made(struct dcv_zsession *session, const struct dcvp_change *change,
	const struct dcv_zfound *before, const struct dcv_zident *live, uint32_t serial)
{
	session->made = (struct dcv_zmade){.live = *live,
		.former = before->files[0].ident,
		.serial_before = before->soa.serial,
		.serial_after = serial,
		.is_signed = before->has_dnssec};
	(void)snprintf(session->made.id, sizeof session->made.id, "%s", change->id);
}

static enum dcvp_class commit(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, struct dcvp_error *err)
{
	struct check c = {.server = &session->server, .has_includes = before->n_files > 1};
	struct dcv_zcommit commit = {.zone = &call->zone,
		.before = before,
		.patches = patches,
		.temp = dcv_ztemp_name(&call->zone, change->id, &call->arena),
		.check = check,
		.check_ctx = &c};
	struct dcv_zfound *after = NULL;
	struct dcv_zident live;
	enum dcvp_class end;

	if (commit.temp == NULL)
		return dcv_znomem(err);
	commit.temp_path = dcv_ztemp_path(&call->zone, commit.temp, &call->arena);
	if (commit.temp_path == NULL)
		return dcv_znomem(err);
	end = dcv_zcommit_run(&commit, &after, &live, err);
	if (end != DCVP_OK)
		return end;
	note_made(session, change, before, &live, patches->serial_after);
	/* The copy was private when it was scanned, so its scan is good for the live file. */
	dcv_zsession_forget(session);
	session->cache = after;
	session->cache_good = true;
	return DCVP_OK;
}

/* Plans and carries out on an open file. */
static enum dcvp_class apply(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, enum dcvp_outcome *outcomes,
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
		session->host->wall_s(session->host->ctx), &patches, outcomes, err);
	if (end == DCVP_OK && patches.n > 0)
		end = commit(session, call, change, found, &patches, err);
	if (end == DCVP_OK) {
		*receipt = (struct dcvp_receipt){.serial_before = serial,
			.serial_after = patches.serial_after};
		if (patches.serial_ahead)
			(void)snprintf(receipt->note, sizeof receipt->note,
				"%s: serial %lu is a date ahead of today; it was counted on by one",
				session->file, (unsigned long)serial);
	}
	dcv_zpatches_clear(&patches);
	return end;
}

enum dcvp_class dcv_zapply(void *ctx, const struct dcvp_change *change,
	enum dcvp_outcome *outcomes, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_zsession *session = ctx;
	struct dcv_zcall call;
	enum dcvp_class end = dcv_zid_check(change, err);

	if (end == DCVP_OK) {
		end = dcv_zcall_begin(session, change->zone, &call, err);
		if (end == DCVP_OK)
			end = apply(session, &call, change, outcomes, receipt, err);
		dcv_zcall_end(&call);
	}
	for (size_t i = 0; i < change->n_edits && end != DCVP_OK; i++)
		outcomes[i] = end == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN : DCVP_EDIT_FAILED;
	return end;
}
