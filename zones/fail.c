/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an error of this room is worded. It does not know which there are. */
#include "zones/fail.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ID_MAX 64u
#define ENTRY_MAX 4096u /* of the system's list of users or groups */

enum dcvp_class dcv_zfail(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...)
{
	va_list args;

	if (err == NULL || err->text[0] != '\0')
		return end;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	return end;
}

enum dcvp_class dcv_zhelp(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...)
{
	va_list args;

	if (err == NULL || err->help[0] != '\0')
		return end;
	va_start(args, fmt);
	(void)vsnprintf(err->help, sizeof err->help, fmt, args);
	va_end(args);
	return end;
}

enum dcvp_class dcv_znomem(struct dcvp_error *err)
{
	return dcv_zfail(err, DCVP_NOMEM, "zone file: out of memory");
}

enum dcvp_class dcv_zerrno(struct dcvp_error *err, const char *path, const char *what,
	int error)
{
	return dcv_zfail(err, error == ENOMEM ? DCVP_NOMEM : DCVP_FAILED, "%s: %s: %s",
		path, what, strerror(error));
}

static void user_name(uid_t uid, char *out)
{
	char text[ENTRY_MAX];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(uid, &entry, text, sizeof text, &found) == 0 && found != NULL)
		(void)snprintf(out, ID_MAX, "%s", entry.pw_name);
	else
		(void)snprintf(out, ID_MAX, "%lu", (unsigned long)uid);
}

static void group_name(gid_t gid, char *out)
{
	char text[ENTRY_MAX];
	struct group entry, *found = NULL;

	if (getgrgid_r(gid, &entry, text, sizeof text, &found) == 0 && found != NULL)
		(void)snprintf(out, ID_MAX, "%s", entry.gr_name);
	else
		(void)snprintf(out, ID_MAX, "%lu", (unsigned long)gid);
}

static bool is_of_rights(int error)
{
	return error == EACCES || error == EPERM;
}

enum dcvp_class dcv_zhelp_rights(struct dcvp_error *err, enum dcvp_class end, int error,
	const struct stat *st, const char *dir)
{
	char user[ID_MAX], group[ID_MAX];

	if (!is_of_rights(error))
		return end;
	if (st == NULL)
		return dcv_zhelp(err, end,
			"help: run dcvctl as a user who may read the zone file and write in %s",
			dir);
	user_name(st->st_uid, user);
	group_name(st->st_gid, group);
	if (st->st_uid == geteuid())
		return dcv_zhelp(err, end,
			"help: let %s, who owns the zone file and runs dcvctl, read it and write in %s",
			user, dir);
	return dcv_zhelp(err, end,
		"help: run dcvctl as the owner of the zone file (%s:%s), and let that user write in %s",
		user, group, dir);
}

enum dcvp_class dcv_zhelp_group(struct dcvp_error *err, enum dcvp_class end, int error,
	const struct stat *st)
{
	char user[ID_MAX], group[ID_MAX];

	if (!is_of_rights(error))
		return end;
	user_name(geteuid(), user);
	group_name(st->st_gid, group);
	return dcv_zhelp(err, end,
		"help: make %s a member of the zone file's group %s, or give the file another group",
		user, group);
}
