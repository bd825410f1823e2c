/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the order in which a file is replaced so that at any moment the old or the
 * new one is there, complete. It does not know what is in it. */
#include "zones/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"

char *dcv_ztemp_name(const struct dcv_zopen *zone, const char *id, struct dcv_arena *arena)
{
	return dcv_arena_printf(arena, ".%s.dcvctl-%s", zone->name, id);
}

char *dcv_ztemp_path(const struct dcv_zopen *zone, const char *temp,
	struct dcv_arena *arena)
{
	return dcv_arena_printf(arena, "%s/%s",
		strcmp(zone->dir, "/") == 0 ? "" : zone->dir, temp);
}

int dcv_zexchange(const struct dcv_zopen *zone, const char *temp, bool *ret_exchanged)
{
	int fd = zone->dir_fd;

	*ret_exchanged = renameat2(fd, temp, fd, zone->name, RENAME_EXCHANGE) == 0;
	if (!*ret_exchanged)
		return errno;
	return fsync(fd) != 0 ? errno : 0;
}

int dcv_zremove(const struct dcv_zopen *zone, const char *temp)
{
	if (unlinkat(zone->dir_fd, temp, 0) != 0)
		return errno == ENOENT ? 0 : errno;
	return fsync(zone->dir_fd) != 0 ? errno : 0;
}

static enum dcvp_class fail(const struct dcv_zcommit *commit, const char *what, int error,
	struct dcvp_error *err)
{
	return dcv_zfail(err, error == ENOMEM ? DCVP_NOMEM : DCVP_FAILED,
		"%s: nothing changed: %s: %s", commit->zone->path, what, strerror(error));
}

/* The same where the right to the file or its directory may be missing. */
static enum dcvp_class fail_right(const struct dcv_zcommit *commit, const char *what,
	int error, struct dcvp_error *err)
{
	const struct dcv_zopen *zone = commit->zone;

	return dcv_zhelp_rights(err, fail(commit, what, error, err), error, &zone->st,
		zone->dir);
}

static enum dcvp_class copy_meta(const struct dcv_zcommit *commit, int fd,
	struct dcvp_error *err)
{
	const struct stat *st = &commit->zone->st;
	const char *what;
	int error = dcv_zcopy_owner(st, fd);

	if (error != 0 && st->st_uid != geteuid())
		return fail_right(commit, "its owner cannot be kept", error, err);
	if (error != 0)
		return dcv_zhelp_group(err,
			fail(commit, "its group cannot be kept", error, err), error, st);
	error = dcv_zcopy_meta(commit->zone->fd, st, fd, &what);
	return error == 0 ? DCVP_OK : fail(commit, what, error, err);
}

/* The temporary with octets and attributes. The writing to the disk begins here and goes on
 * while the copy is scanned. */
static enum dcvp_class fill(const struct dcv_zcommit *commit, int fd,
	struct dcvp_error *err)
{
	enum dcvp_class end = copy_meta(commit, fd, err);
	int error;

	if (end != DCVP_OK)
		return end;
	error = dcv_zcopy(commit->zone->fd, commit->before->size, commit->patches, fd);
	if (error == ESTALE)
		return dcv_zfail(err, DCVP_CONFLICT, "%s: it changed while it was read",
			commit->zone->path);
	if (error != 0)
		return fail(commit, "the copy cannot be written", error, err);
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
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

/* Scans the copy and compares. */
static enum dcvp_class prove(const struct dcv_zcommit *commit, int fd,
	struct dcv_zfound **ret_found, struct dcvp_error *err)
{
	const struct dcv_zsource source = {.fd = fd,
		.path = commit->zone->path,
		.dir = commit->zone->dir};
	struct dcv_zfound *after = NULL;
	struct dcvp_error why = {0};
	size_t n;
	struct dcv_name *owners = asked_owners(commit->before, &n);
	enum dcvp_class end;

	if (owners == NULL)
		return dcv_znomem(err);
	end = dcv_zgather(&source, &commit->before->nodes.apex, owners, n, &after, &why);
	free(owners);
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

static bool is_unchanged(const struct dcv_zcommit *commit)
{
	struct dcv_zident now, then;

	dcv_zident_of(&commit->zone->st, &then);
	return dcv_zopen_look(commit->zone, commit->zone->name, &now) &&
		dcv_zident_equal(&now, &then);
}

/* The exchange was made but not made durable: the former file comes back if it can. */
static enum dcvp_class take_back(const struct dcv_zcommit *commit, int error,
	struct dcvp_error *err)
{
	bool exchanged;

	if (dcv_zexchange(commit->zone, commit->temp, &exchanged) == 0)
		return fail(commit, "its directory cannot be synced", error, err);
	return dcv_zfail(err, DCVP_UNKNOWN,
		"%s: whether the change is durable is unknown: its directory cannot be synced: %s",
		commit->zone->path, strerror(error));
}

/* What lies under the temporary's name now is the file that was read, as it was read: nobody
 * replaced it or wrote into it between the last look and the exchange. The exchange itself
 * stamps its ctime. */
static bool is_former(const struct dcv_zcommit *commit)
{
	struct dcv_zident now, then;

	dcv_zident_of(&commit->zone->st, &then);
	return dcv_zopen_look(commit->zone, commit->temp, &now) &&
		dcv_zident_same_data(&now, &then);
}

/* Somebody was quicker: theirs goes back to its place. */
static enum dcvp_class give_back(const struct dcv_zcommit *commit,
	const struct dcv_zident *copy, struct dcvp_error *err)
{
	bool exchanged;
	int error = dcv_zexchange(commit->zone, commit->temp, &exchanged);
	struct dcv_zident now;

	if (error != 0)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: somebody wrote it at the same time; their file is %s beside it, "
			"and cannot be put back: %s",
			commit->zone->path, commit->temp, strerror(error));
	/* Under the temporary's name lies our copy again, unless somebody wrote once more. */
	if (dcv_zopen_look(commit->zone, commit->temp, &now) &&
		!dcv_zident_same_data(&now, copy))
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: somebody wrote it twice at the same time; one of their files is %s "
			"beside it",
			commit->zone->path, commit->temp);
	return dcv_zfail(err, DCVP_CONFLICT, "%s: it changed since it was read",
		commit->zone->path);
}

static enum dcvp_class exchange(const struct dcv_zcommit *commit, struct dcvp_error *err)
{
	struct dcv_zident copy;
	bool exchanged;
	int error;

	if (!dcv_zopen_look(commit->zone, commit->temp, &copy))
		return fail(commit, "the copy cannot be examined", errno, err);
	if (!is_unchanged(commit))
		return dcv_zfail(err, DCVP_CONFLICT, "%s: it changed since it was read",
			commit->zone->path);
	error = dcv_zexchange(commit->zone, commit->temp, &exchanged);
	if (exchanged && !is_former(commit))
		return give_back(commit, &copy, err);
	if (error == 0)
		return DCVP_OK;
	if (exchanged)
		return take_back(commit, error, err);
	if (error != EINVAL && error != ENOSYS)
		return fail_right(commit, "the copy cannot take its place", error, err);
	(void)fail(commit, "its file system cannot exchange two files (RENAME_EXCHANGE)",
		error, err);
	return dcv_zhelp(err, DCVP_FAILED,
		"help: keep the zone file on a local file system such as ext4, XFS or btrfs");
}

/* Everything up to the exchange; a failure leaves the zone file alone. */
static enum dcvp_class prepare(const struct dcv_zcommit *commit, int fd,
	struct dcv_zfound **ret_found, struct dcvp_error *err)
{
	enum dcvp_class end = fill(commit, fd, err);

	if (end == DCVP_OK)
		end = prove(commit, fd, ret_found, err);
	if (end == DCVP_OK && fsync(fd) != 0)
		end = fail(commit, "the copy cannot be synced", errno, err);
	if (end == DCVP_OK)
		end = commit->check(commit->check_ctx, commit->temp_path, err);
	return end;
}

/* The identity of the copy after the exchange, which stamps it. */
static enum dcvp_class look_live(const struct dcv_zcommit *commit, int fd,
	struct dcv_zfound *found, struct dcv_zident *ret, struct dcvp_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: changed, but cannot be examined: %s", commit->zone->path,
			strerror(errno));
	dcv_zident_of(&st, ret);
	if (!dcv_zfound_rebind(found, commit->zone->path, ret))
		return dcv_zfail(err, DCVP_UNKNOWN, "%s: changed, but out of memory",
			commit->zone->path);
	return DCVP_OK;
}

enum dcvp_class dcv_zcommit_run(const struct dcv_zcommit *commit,
	struct dcv_zfound **ret_found, struct dcv_zident *ret_live, struct dcvp_error *err)
{
	struct dcv_zfound *found = NULL;
	enum dcvp_class end;
	int fd = openat(commit->zone->dir_fd, commit->temp,
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_right(commit, "a copy cannot be made beside it", errno, err);
	end = prepare(commit, fd, &found, err);
	if (end == DCVP_OK)
		end = exchange(commit, err);
	if (end != DCVP_OK && end != DCVP_UNKNOWN)
		(void)dcv_zremove(commit->zone, commit->temp);
	if (end == DCVP_OK)
		end = look_live(commit, fd, found, ret_live, err);
	(void)close(fd);
	if (end == DCVP_OK)
		*ret_found = found;
	else
		dcv_zfound_free(found);
	return end;
}
