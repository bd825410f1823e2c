/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how copies take the place of their files, and what happens if somebody was
 * quicker. It does not know how the copies came about. */
#include <errno.h>
#include <string.h>

#include "zones/commit.h"
#include "zones/fail.h"

enum dcvp_class dcv_zpart_fail(const struct dcv_zpart *part, const char *what, int error,
	struct dcvp_error *err)
{
	return dcv_zfail(err, error == ENOMEM ? DCVP_NOMEM : DCVP_FAILED,
		"%s: nothing changed: %s: %s", part->zone.path, what, strerror(error));
}

enum dcvp_class dcv_zpart_fail_right(const struct dcv_zpart *part, const char *what,
	int error, struct dcvp_error *err)
{
	const struct dcv_zopen *zone = &part->zone;

	return dcv_zhelp_rights(err, dcv_zpart_fail(part, what, error, err), error,
		&zone->st, zone->dir);
}

enum dcvp_class dcv_zpart_moved(const struct dcv_zpart *part, struct dcvp_error *err)
{
	return dcv_zfail(err, DCVP_CONFLICT, "%s: it changed since it was read",
		part->zone.path);
}

static bool is_unchanged(const struct dcv_zpart *part)
{
	struct dcv_zident now;

	return dcv_zopen_look(&part->zone, part->zone.name, &now) &&
		dcv_zident_equal(&now, &part->former);
}

/* The exchange was made but not made durable: the former file comes back if it can. */
static enum dcvp_class take_back(const struct dcv_zpart *part, int error,
	struct dcvp_error *err)
{
	bool exchanged;

	if (dcv_zexchange(part, &exchanged) == 0)
		return dcv_zpart_fail(part, "its directory cannot be synced", error, err);
	return dcv_zfail(err, DCVP_UNKNOWN,
		"%s: whether the change is durable is unknown: its directory cannot be synced: %s",
		part->zone.path, strerror(error));
}

/* What lies under the temporary's name now is the file that was read, as it was read: nobody
 * replaced it or wrote into it between the last look and the exchange. The exchange itself
 * stamps its ctime. */
static bool is_former(const struct dcv_zpart *part)
{
	struct dcv_zident now;

	return dcv_zopen_look(&part->zone, part->temp, &now) &&
		dcv_zident_same_data(&now, &part->former);
}

/* Somebody was quicker: theirs goes back to its place. */
static enum dcvp_class give_back(const struct dcv_zpart *part,
	const struct dcv_zident *copy, struct dcvp_error *err)
{
	bool exchanged;
	int error = dcv_zexchange(part, &exchanged);
	struct dcv_zident now;

	if (error != 0)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: somebody wrote it at the same time; their file is %s beside it, "
			"and cannot be put back: %s",
			part->zone.path, part->temp, strerror(error));
	/* Under the temporary's name lies our copy again, unless somebody wrote once more. */
	if (dcv_zopen_look(&part->zone, part->temp, &now) &&
		!dcv_zident_same_data(&now, copy))
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: somebody wrote it twice at the same time; one of their files is %s "
			"beside it",
			part->zone.path, part->temp);
	return dcv_zpart_moved(part, err);
}

static enum dcvp_class exchange(const struct dcv_zpart *part, struct dcvp_error *err)
{
	struct dcv_zident copy;
	bool exchanged;
	int error;

	if (!dcv_zopen_look(&part->zone, part->temp, &copy))
		return dcv_zpart_fail(part, "the copy cannot be examined", errno, err);
	if (!is_unchanged(part))
		return dcv_zpart_moved(part, err);
	error = dcv_zexchange(part, &exchanged);
	if (exchanged && !is_former(part))
		return give_back(part, &copy, err);
	if (error == 0)
		return DCVP_OK;
	if (exchanged)
		return take_back(part, error, err);
	if (error != EINVAL && error != ENOSYS)
		return dcv_zpart_fail_right(part, "the copy cannot take its place", error,
			err);
	(void)dcv_zpart_fail(part,
		"its file system cannot exchange two files (RENAME_EXCHANGE)", error, err);
	return dcv_zhelp(err, DCVP_FAILED,
		"help: keep the zone file on a local file system such as ext4, XFS or btrfs");
}

/* The identities after the exchange, which stamps both files. */
static enum dcvp_class look(struct dcv_zpart *part, struct dcvp_error *err)
{
	struct stat st;

	if (fstat(part->fd, &st) != 0)
		return dcv_zfail(err, DCVP_UNKNOWN,
			"%s: changed, but cannot be examined: %s", part->zone.path,
			strerror(errno));
	dcv_zident_of(&st, &part->live);
	part->has_former = true;
	part->known = true;
	return DCVP_OK;
}

/* Our copy changes back, unless somebody has changed it since. */
static enum dcvp_class undo(struct dcv_zpart *part, struct dcvp_error *why)
{
	bool exchanged;
	int error;

	if (!dcv_zpart_is_ours(part))
		return dcv_zfail(why, DCVP_UNKNOWN,
			"%s: changed, and stays so, since somebody else wrote it too; the former file is %s beside it",
			part->zone.path, part->temp);
	error = dcv_zexchange(part, &exchanged);
	if (error != 0)
		return dcv_zfail(why, DCVP_UNKNOWN,
			"%s: changed, and cannot be changed back durably: %s",
			part->zone.path, strerror(error));
	part->has_former = false;
	return DCVP_OK;
}

enum dcvp_class dcv_zparts_undo(const struct dcv_zparts *parts, size_t n,
	enum dcvp_class end, struct dcvp_error *err)
{
	struct dcvp_error why = {0};
	enum dcvp_class back = DCVP_OK;

	while (n-- > 0 && back == DCVP_OK)
		back = undo(&parts->items[n], &why);
	if (back == DCVP_OK)
		return end;
	if (err != NULL)
		*err = why;
	return back;
}

enum dcvp_class dcv_zparts_exchange(const struct dcv_zparts *parts, struct dcvp_error *err)
{
	enum dcvp_class end = DCVP_OK;
	size_t n = 0;

	for (size_t i = 0; i < parts->n && end == DCVP_OK; i++)
		if (!is_unchanged(&parts->items[i]))
			end = dcv_zpart_moved(&parts->items[i], err);
	while (n < parts->n && end == DCVP_OK) {
		end = exchange(&parts->items[n], err);
		if (end == DCVP_OK)
			end = look(&parts->items[n++], err);
	}
	/* What is unknown is left for the next run to settle. */
	return end == DCVP_OK || end == DCVP_UNKNOWN ? end
						     : dcv_zparts_undo(parts, n, end, err);
}
