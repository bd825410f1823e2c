/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which files are zone files that may be edited, before their text is looked
 * at. It does not know entries. */
#include "zones/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zones/fail.h"

static enum dcvp_class refuse(struct dcvp_error *err, const char *path, const char *why,
	const char *help)
{
	(void)dcv_zfail(err, DCVP_REFUSED, "%s: %s", path, why);
	return dcv_zhelp(err, DCVP_REFUSED, "help: %s", help);
}

static enum dcvp_class no_path(const char *path, int error, struct dcvp_error *err)
{
	if (error == ENOENT || error == ENOTDIR) {
		(void)dcv_zfail(err, DCVP_NO_ZONE, "%s: no such file", path);
		return DCVP_NO_ZONE;
	}
	(void)dcv_zerrno(err, path, "cannot be found", error);
	(void)dcv_zhelp_rights(err, DCVP_FAILED, error, NULL, "its directory");
	return DCVP_FAILED;
}

/* Splits where the file really lies into directory and name. */
static enum dcvp_class locate(const char *path, struct dcv_arena *arena,
	struct dcv_zopen *zone, struct dcvp_error *err)
{
	char real[PATH_MAX];
	char *slash;

	if (realpath(path, real) == NULL)
		return no_path(path, errno, err);
	slash = strrchr(real, '/');
	if (slash == NULL) {
		(void)dcv_zfail(err, DCVP_FAILED, "%s: not an absolute path", path);
		return DCVP_FAILED;
	}
	zone->name = dcv_arena_strdup(arena, slash + 1);
	zone->dir = slash == real ? "/"
				  : dcv_arena_strndup(arena, real, (size_t)(slash - real));
	zone->path = dcv_arena_strdup(arena, path);
	if (zone->name == NULL || zone->dir == NULL || zone->path == NULL) {
		(void)dcv_znomem(err);
		return DCVP_NOMEM;
	}
	if (zone->name[0] == '\0')
		return refuse(err, path, "not a regular file",
			"name the zone's file in file:");
	return DCVP_OK;
}

/* Opening failed; the file may be seen all the same. */
static enum dcvp_class not_opened(const struct dcv_zopen *zone, const char *path,
	int error, struct dcvp_error *err)
{
	struct stat st;
	bool seen = stat(zone->path, &st) == 0;

	return dcv_zhelp_rights(err, dcv_zerrno(err, path, "cannot be opened", error),
		error, seen ? &st : NULL, zone->dir);
}

static enum dcvp_class open_both(struct dcv_zopen *zone, struct dcvp_error *err)
{
	zone->dir_fd = open(zone->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (zone->dir_fd < 0)
		return not_opened(zone, zone->dir, errno, err);
	/* Not blocking, so that a FIFO put there does not hold us. */
	zone->fd = openat(zone->dir_fd, zone->name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (zone->fd < 0 && errno == ENXIO)
		return refuse(err, zone->path, "not a regular file",
			"name the zone's file in file:");
	if (zone->fd < 0)
		return not_opened(zone, zone->path, errno, err);
	if (fstat(zone->fd, &zone->st) != 0)
		return dcv_zerrno(err, zone->path, "cannot be examined", errno);
	return DCVP_OK;
}

static enum dcvp_class judge_kind(const struct dcv_zopen *zone, struct dcvp_error *err)
{
	if (!S_ISREG(zone->st.st_mode))
		return refuse(err, zone->path, "not a regular file",
			"name the zone's file in file:");
	if (zone->st.st_nlink > 1)
		return refuse(err, zone->path,
			"hard link: replacing the file would part it from its other names",
			"make it a file of its own, or a symbolic link");
	return DCVP_OK;
}

/* 1: it is there; 0: not; -1: errno. */
static int exists(int dir_fd, const char *path)
{
	struct stat st;

	if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG ? 0 : -1;
}

/* BIND keeps what belongs to a zone file under the file's configured name. */
static enum dcvp_class look_beside(const struct dcv_zopen *zone, const char *suffix,
	struct dcv_arena *arena, bool *ret, struct dcvp_error *err)
{
	const char *beside = dcv_arena_printf(arena, "%s%s", zone->name, suffix);
	const char *configured = dcv_arena_printf(arena, "%s%s", zone->path, suffix);
	int found;

	if (beside == NULL || configured == NULL)
		return dcv_znomem(err);
	found = exists(zone->dir_fd, beside);
	if (found == 0)
		found = exists(AT_FDCWD, configured);
	*ret = found > 0;
	return found < 0 ? dcv_zerrno(err, configured, "cannot be examined", errno)
			 : DCVP_OK;
}

/* BIND's raw and map formats begin with a NUL octet; so does nothing that is text. */
static enum dcvp_class judge_format(const struct dcv_zopen *zone, struct dcvp_error *err)
{
	char first = ' ';
	ssize_t n;

	do
		n = pread(zone->fd, &first, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return dcv_zerrno(err, zone->path, "cannot be read", errno);
	if (first != '\0')
		return DCVP_OK;
	return refuse(err, zone->path, "raw format: not a text file",
		"help: convert it (named-compilezone -f raw -F text -o NEW ZONE FILE), and set masterfile-format text in the server");
}

enum dcvp_class dcv_zopen_file(const char *path, struct dcv_arena *arena,
	struct dcv_zopen *ret, struct dcvp_error *err)
{
	struct dcv_zopen zone = DCV_ZOPEN_NONE;
	enum dcvp_class end = locate(path, arena, &zone, err);

	if (end == DCVP_OK)
		end = open_both(&zone, err);
	if (end == DCVP_OK)
		end = judge_kind(&zone, err);
	if (end == DCVP_OK)
		end = look_beside(&zone, ".jnl", arena, &zone.journal, err);
	if (end == DCVP_OK)
		end = look_beside(&zone, ".signed", arena, &zone.signed_beside, err);
	if (end == DCVP_OK)
		end = judge_format(&zone, err);
	if (end == DCVP_OK)
		*ret = zone;
	else
		dcv_zopen_close(&zone);
	return end;
}

enum dcvp_class dcv_zopen_part(const char *path, struct dcv_arena *arena,
	struct dcv_zopen *ret, struct dcvp_error *err)
{
	struct dcv_zopen part = DCV_ZOPEN_NONE;
	enum dcvp_class end = locate(path, arena, &part, err);

	if (end == DCVP_OK)
		end = open_both(&part, err);
	if (end == DCVP_OK)
		end = judge_kind(&part, err);
	if (end == DCVP_OK)
		*ret = part;
	else
		dcv_zopen_close(&part);
	return end;
}

void dcv_zopen_close(struct dcv_zopen *zone)
{
	if (zone->fd >= 0)
		(void)close(zone->fd);
	if (zone->dir_fd >= 0)
		(void)close(zone->dir_fd);
	zone->fd = -1;
	zone->dir_fd = -1;
}

bool dcv_zopen_look(const struct dcv_zopen *zone, const char *name, struct dcv_zident *ret)
{
	struct stat st;

	if (fstatat(zone->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	dcv_zident_of(&st, ret);
	return true;
}

bool dcv_zident_same_data(const struct dcv_zident *a, const struct dcv_zident *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
		a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}
