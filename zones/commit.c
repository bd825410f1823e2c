/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the order in which files are replaced so that at any moment the old or the
 * new one is there, complete. It does not know what is in them. */
#include "zones/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"

static enum dcvp_class add_part(const struct dcv_zopen *zone,
	const struct dcv_zfound *before, const struct dcv_zpatches *patches,
	uint32_t file, const char *id, struct dcv_arena *arena, struct dcv_zparts *ret,
	struct dcvp_error *err)
{
	const char *path = file == 0 ? NULL : before->files[file].path;
	enum dcvp_class end = dcv_zparts_add(ret, zone, path, id, arena, err);
	struct dcv_zpart *part;

	if (end != DCVP_OK)
		return end;
	part = &ret->items[ret->n - 1];
	part->patches = dcv_zpatches_of(patches, file, &part->n_patches);
	dcv_zident_of(&part->zone.st, &part->former);
	return dcv_zident_equal(&part->former, &before->files[file].ident)
		? DCVP_OK
		: dcv_zpart_moved(part, err);
}

enum dcvp_class dcv_zcommit_parts(const struct dcv_zopen *zone,
	const struct dcv_zfound *before, const struct dcv_zpatches *patches,
	const char *id, struct dcv_arena *arena, struct dcv_zparts *ret,
	struct dcvp_error *err)
{
	uint32_t last = before->records[before->soa.record].file;
	enum dcvp_class end = DCVP_OK;
	size_t n;

	*ret = (struct dcv_zparts){0};
	for (size_t i = 0; i < patches->n && end == DCVP_OK; i += n) {
		uint32_t file = patches->items[i].file;

		(void)dcv_zpatches_of(patches, file, &n);
		if (file != last)
			end = add_part(zone, before, patches, file, id, arena, ret, err);
	}
	if (end == DCVP_OK && dcv_zpatches_of(patches, last, &n) != NULL)
		end = add_part(zone, before, patches, last, id, arena, ret, err);
	return end;
}

static enum dcvp_class copy_meta(const struct dcv_zpart *part, struct dcvp_error *err)
{
	const struct stat *st = &part->zone.st;
	const char *what;
	int error = dcv_zcopy_owner(st, part->fd);

	if (error != 0 && st->st_uid != geteuid())
		return dcv_zpart_fail_right(part, "its owner cannot be kept", error, err);
	if (error != 0)
		return dcv_zhelp_group(err,
			dcv_zpart_fail(part, "its group cannot be kept", error, err),
			error, st);
	error = dcv_zcopy_meta(part->zone.fd, st, part->fd, &what);
	return error == 0 ? DCVP_OK : dcv_zpart_fail(part, what, error, err);
}

/* The temporary with octets and attributes. The writing to the disk begins here and goes on
 * while the copy is scanned. */
static enum dcvp_class fill(struct dcv_zpart *part, struct dcvp_error *err)
{
	const struct stat *st = &part->zone.st;
	enum dcvp_class end;
	int error;

	part->fd = openat(part->zone.dir_fd, part->temp,
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (part->fd < 0)
		return dcv_zpart_fail_right(part, "a copy cannot be made beside it",
			errno, err);
	end = copy_meta(part, err);
	if (end != DCVP_OK)
		return end;
	error = dcv_zcopy(part->zone.fd, (uint64_t)st->st_size, part->patches,
		part->n_patches, part->fd);
	if (error == ESTALE)
		return dcv_zfail(err, DCVP_CONFLICT, "%s: it changed while it was read",
			part->zone.path);
	if (error == 0)
		error = dcv_zcopy_stamp(st, part->fd);
	if (error != 0)
		return dcv_zpart_fail(part, "the copy cannot be written", error, err);
	(void)sync_file_range(part->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return DCVP_OK;
}

/* The owners that the first scan was asked for. */
static struct dcv_name *asked_owners(const struct dcv_zfound *before, size_t *ret_n)
{
	struct dcv_name *owners = calloc(before->nodes.n, sizeof *owners);
	size_t n = 0;

	for (size_t i = 0; owners != NULL && i < before->nodes.n; i++)
		if (before->nodes.items[i].asked)
			owners[n++] = before->nodes.items[i].name;
	*ret_n = n;
	return owners;
}

/* Scans the zone with the copies in the place of their files. */
static enum dcvp_class scan_copies(const struct dcv_zcommit *commit,
	struct dcv_zinstead *instead, struct dcv_zfound **ret, struct dcvp_error *err)
{
	struct dcv_zsource source = {.fd = commit->zone->fd,
		.path = commit->zone->path,
		.dir = commit->zone->dir,
		.instead = instead};
	size_t n;
	struct dcv_name *owners = asked_owners(commit->before, &n);
	enum dcvp_class end;

	if (owners == NULL)
		return dcv_znomem(err);
	for (size_t i = 0; i < commit->parts->n; i++) {
		const struct dcv_zpart *part = &commit->parts->items[i];

		if (part->is_own)
			source.fd = part->fd;
		else
			instead[source.n_instead++] = (struct dcv_zinstead){
				.ident = part->former,
				.fd = part->fd};
	}
	end = dcv_zgather(&source, &commit->before->nodes.apex, owners, n, ret, err);
	free(owners);
	return end;
}

static enum dcvp_class prove(const struct dcv_zcommit *commit,
	struct dcv_zfound **ret_found, struct dcvp_error *err)
{
	struct dcv_zinstead *instead = calloc(commit->parts->n + 1, sizeof *instead);
	struct dcv_zfound *after = NULL;
	struct dcvp_error why = {0};
	enum dcvp_class end;

	if (instead == NULL)
		return dcv_znomem(err);
	end = scan_copies(commit, instead, &after, &why);
	free(instead);
	if (end != DCVP_OK)
		(void)dcv_zfail(err, end,
			"%s: nothing changed: the patched copy cannot be read: %s",
			commit->zone->path, why.text);
	else
		end = dcv_zverify(commit->before, commit->patches, after, err);
	if (end == DCVP_OK)
		*ret_found = after;
	else
		dcv_zfound_free(after);
	return end == DCVP_REFUSED ? DCVP_FAILED : end;
}

/* An included file is asked for by its name, so the checker can only judge when it is in its
 * place. */
static bool is_checked_behind(const struct dcv_zparts *parts)
{
	return parts->n != 1 || !parts->items[0].is_own;
}

/* Everything up to the first exchange; a failure leaves the files alone. */
static enum dcvp_class prepare(const struct dcv_zcommit *commit,
	struct dcv_zfound **ret_found, struct dcvp_error *err)
{
	const struct dcv_zparts *parts = commit->parts;
	enum dcvp_class end = DCVP_OK;

	for (size_t i = 0; i < parts->n && end == DCVP_OK; i++)
		end = fill(&parts->items[i], err);
	if (end == DCVP_OK)
		end = prove(commit, ret_found, err);
	for (size_t i = 0; i < parts->n && end == DCVP_OK; i++)
		if (fsync(parts->items[i].fd) != 0)
			end = dcv_zpart_fail(&parts->items[i],
				"the copy cannot be synced", errno, err);
	if (end == DCVP_OK && !is_checked_behind(parts))
		end = commit->check(commit->check_ctx, parts->items[0].temp_path, err);
	return end;
}

static enum dcvp_class exchange(const struct dcv_zcommit *commit, struct dcvp_error *err)
{
	const struct dcv_zparts *parts = commit->parts;
	enum dcvp_class end = dcv_zparts_exchange(parts, err);

	if (end != DCVP_OK || !is_checked_behind(parts))
		return end;
	end = commit->check(commit->check_ctx, commit->zone->path, err);
	return end == DCVP_OK ? end : dcv_zparts_undo(parts, parts->n, end, err);
}

/* The zone's own file has another identity now. */
static enum dcvp_class rebind(const struct dcv_zcommit *commit, struct dcv_zfound *found,
	struct dcvp_error *err)
{
	for (size_t i = 0; i < commit->parts->n; i++)
		if (commit->parts->items[i].is_own &&
			!dcv_zfound_rebind(found, commit->zone->path,
				&commit->parts->items[i].live))
			return dcv_zfail(err, DCVP_UNKNOWN,
				"%s: changed, but out of memory", commit->zone->path);
	return DCVP_OK;
}

/* Behind the failure `end`. A copy that stays is for recovery to remove, so that the change must
 * not count as settled. */
static enum dcvp_class remove_copy(const struct dcv_zpart *part, enum dcvp_class end,
	struct dcvp_error *err)
{
	int error = dcv_zremove(part);
	size_t len = err == NULL ? 0 : strlen(err->text);

	if (error != 0 && err != NULL)
		(void)snprintf(err->text + len, sizeof err->text - len,
			"; the copy %s stays beside it until the next run: %s",
			part->temp, strerror(error));
	return error != 0 ? DCVP_UNKNOWN : end;
}

enum dcvp_class dcv_zcommit_run(const struct dcv_zcommit *commit,
	struct dcv_zfound **ret_found, struct dcvp_error *err)
{
	const struct dcv_zparts *parts = commit->parts;
	struct dcv_zfound *found = NULL;
	enum dcvp_class end = prepare(commit, &found, err);

	if (end == DCVP_OK)
		end = exchange(commit, err);
	for (size_t i = 0; i < parts->n && end != DCVP_OK && end != DCVP_UNKNOWN; i++)
		if (parts->items[i].fd >= 0)
			end = remove_copy(&parts->items[i], end, err);
	if (end == DCVP_OK)
		end = rebind(commit, found, err);
	if (end == DCVP_OK)
		*ret_found = found;
	else
		dcv_zfound_free(found);
	return end;
}
