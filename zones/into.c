/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the included file that takes new records must be like: it is there, it
 * lies where included files may lie, and the zone includes it once. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/shell.h"
#include "zones/fail.h"
#include "zones/session.h"

/* How the $INCLUDE names it: from the zone's directory, where relative paths begin. */
static const char *seen_from(const struct dcv_zcall *call, const char *path)
{
	size_t len = strlen(call->zone.dir);

	if (len > 1 && strncmp(path, call->zone.dir, len) == 0 && path[len] == '/')
		return path + len + 1;
	return path;
}

static enum dcvp_class refuse_missing(const struct dcv_zsession *session,
	const struct dcv_zcall *call, int error, struct dcvp_error *err)
{
	struct dcv_arena arena = {0};
	const char *typed;

	if (error != ENOENT && error != ENOTDIR)
		return dcv_zhelp_rights(err,
			dcv_zerrno(err, session->into, "cannot be found", error), error,
			NULL, call->zone.dir);
	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s: no such file: into: of zone %s names it, and no server loads a zone that includes a missing file",
		session->into, session->server.zone);
	typed = dcv_shell_word(&arena, session->into);
	(void)dcv_zhelp(err, DCVP_REFUSED,
		"run: touch %s   (and the zone's file includes it with: $INCLUDE %s)",
		typed != NULL ? typed : "FILE", seen_from(call, session->into));
	dcv_arena_clear(&arena);
	return DCVP_REFUSED;
}

enum dcvp_class dcv_zinto_check(const struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcvp_error *err)
{
	const char *dir = call->zone.dir;
	size_t len = strlen(dir);
	char real[PATH_MAX];

	if (session->into == NULL)
		return DCVP_OK;
	if (realpath(session->into, real) == NULL)
		return refuse_missing(session, call, errno, err);
	if (len > 1 && (strncmp(real, dir, len) != 0 || real[len] != '/')) {
		(void)dcv_zfail(err, DCVP_REFUSED,
			"%s: outside the directory of the zone file: into: of zone %s names it",
			session->into, session->server.zone);
		return dcv_zhelp(err, DCVP_REFUSED, "help: name a file in %s or below it",
			dir);
	}
	if (strcmp(real + (len > 1 ? len : 0) + 1, call->zone.name) != 0)
		return DCVP_OK;
	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s: into: of zone %s names the zone's own file", session->into,
		session->server.zone);
	return dcv_zhelp(err, DCVP_REFUSED,
		"help: name an included file, or leave into: out");
}

static enum dcvp_class refuse_not_included(const struct dcv_zsession *session,
	const struct dcv_zcall *call, const char *real, struct dcvp_error *err)
{
	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s: it does not include %s, the into: of zone %s", call->zone.path,
		session->into, session->server.zone);
	return dcv_zhelp(err, DCVP_REFUSED,
		"help: add this line at its end: $INCLUDE %s   (with the whole path if the server does not begin at %s)",
		seen_from(call, real), call->zone.dir);
}

enum dcvp_class dcv_zinto_find(const struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcv_zfound *found, struct dcvp_error *err)
{
	char real[PATH_MAX];

	found->into = 0;
	if (session->into == NULL)
		return DCVP_OK;
	if (realpath(session->into, real) == NULL)
		return refuse_missing(session, call, errno, err);
	for (uint32_t i = 1; i < found->n_files && found->into == 0; i++)
		if (strcmp(found->files[i].path, real) == 0)
			found->into = i;
	if (found->into == 0)
		return refuse_not_included(session, call, real, err);
	if (found->files[found->into].fixed == NULL)
		return DCVP_OK;
	(void)dcv_zfail(err, DCVP_REFUSED,
		"%s: the into: of zone %s cannot be edited: it is %s", session->into,
		session->server.zone, found->files[found->into].fixed);
	return dcv_zhelp(err, DCVP_REFUSED,
		"help: give the zone a file of its own, and include it once");
}
