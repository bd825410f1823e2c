/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a file and the temporary beside it are told apart and change places. It
 * does not know what is in them. */
#include "zones/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "zones/commit.h"
#include "zones/fail.h"

#define STAMP_NS 50000000 /* an exchange stamps both files at once, give or take this */

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

static enum dcvp_class open_part(struct dcv_zpart *part, const char *path, const char *id,
	struct dcv_arena *arena, struct dcvp_error *err)
{
	const struct dcv_zopen *zone = &part->zone;
	enum dcvp_class end = DCVP_OK;

	if (!part->is_own)
		end = dcv_zopen_part(path, arena, &part->zone, err);
	if (end == DCVP_NO_ZONE)
		return DCVP_CONFLICT;
	if (end != DCVP_OK)
		return end;
	part->path = dcv_arena_strdup(arena, path);
	part->temp = dcv_ztemp_name(zone, id, arena);
	if (part->path == NULL || part->temp == NULL)
		return dcv_znomem(err);
	part->temp_path = dcv_ztemp_path(zone, part->temp, arena);
	return part->temp_path == NULL ? dcv_znomem(err) : DCVP_OK;
}

enum dcvp_class dcv_zparts_add(struct dcv_zparts *parts, const struct dcv_zopen *own,
	const char *path, const char *id, struct dcv_arena *arena, struct dcvp_error *err)
{
	struct dcv_zpart *items = dcv_arena_grow(arena, parts->items, parts->n,
		sizeof *items);
	struct dcv_zpart *part;

	if (items == NULL)
		return dcv_znomem(err);
	parts->items = items;
	part = &items[parts->n];
	*part = (struct dcv_zpart){.zone = DCV_ZOPEN_NONE,
		.is_own = path == NULL,
		.fd = -1};
	if (part->is_own)
		part->zone = *own;
	parts->n++;
	return open_part(part, path == NULL ? own->path : path, id, arena, err);
}

static void close_part(struct dcv_zpart *part)
{
	if (part->fd >= 0)
		(void)close(part->fd);
	if (!part->is_own)
		dcv_zopen_close(&part->zone);
}

void dcv_zparts_drop(struct dcv_zparts *parts, size_t at)
{
	close_part(&parts->items[at]);
	parts->n--;
	for (size_t i = at; i < parts->n; i++)
		parts->items[i] = parts->items[i + 1];
}

void dcv_zparts_close(struct dcv_zparts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		close_part(&parts->items[i]);
	parts->n = 0;
}

int dcv_zexchange(const struct dcv_zpart *part, bool *ret_exchanged)
{
	int fd = part->zone.dir_fd;

	*ret_exchanged = renameat2(fd, part->temp, fd, part->zone.name,
				 RENAME_EXCHANGE) == 0;
	if (!*ret_exchanged)
		return errno;
	return fsync(fd) != 0 ? errno : 0;
}

int dcv_zremove(const struct dcv_zpart *part)
{
	if (unlinkat(part->zone.dir_fd, part->temp, 0) != 0)
		return errno == ENOENT ? 0 : errno;
	return fsync(part->zone.dir_fd) != 0 ? errno : 0;
}

static bool same_stamp(const struct dcv_zident *a, const struct dcv_zident *b)
{
	int64_t s = (int64_t)a->ctime.tv_sec - (int64_t)b->ctime.tv_sec;
	int64_t ns;

	if (s < -1 || s > 1)
		return false;
	ns = s * 1000000000 + a->ctime.tv_nsec - b->ctime.tv_nsec;
	return ns <= STAMP_NS && ns >= -STAMP_NS;
}

bool dcv_zpart_is_ours(const struct dcv_zpart *part)
{
	struct dcv_zident live, former;

	if (!dcv_zopen_look(&part->zone, part->zone.name, &live))
		return false;
	if (part->known)
		return dcv_zident_equal(&live, &part->live);
	return dcv_zopen_look(&part->zone, part->temp, &former) &&
		same_stamp(&live, &former);
}

static bool former_moved(const struct dcv_zpart *part)
{
	struct dcv_zident now;

	if (!dcv_zopen_look(&part->zone, part->temp, &now))
		return false;
	if (part->known)
		return !dcv_zident_same_data(&now, &part->former);
	/* After a crash: the exchange gave it a ctime of its own, a later write gives it one
	 * that equals its mtime. */
	return now.mtime.tv_sec == now.ctime.tv_sec &&
		now.mtime.tv_nsec == now.ctime.tv_nsec;
}

/* Some program has the former file open for writing, so that what it writes next would be
 * lost: a read lease is granted only where there is none (fcntl(2)). Who may not take one
 * goes by the stamps alone. */
static bool is_being_written(const struct dcv_zpart *part)
{
	int fd = openat(part->zone.dir_fd, part->temp,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool busy;

	if (fd < 0)
		return false;
	busy = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
	(void)close(fd);
	return busy;
}

bool dcv_zpart_is_written(const struct dcv_zpart *part)
{
	return is_being_written(part) || former_moved(part);
}

bool dcv_zpart_is_older(const struct dcv_zpart *part)
{
	struct dcv_zident live, temp;

	return dcv_zopen_look(&part->zone, part->zone.name, &live) &&
		dcv_zopen_look(&part->zone, part->temp, &temp) &&
		dcv_zlater(live.mtime, temp.mtime);
}
