/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a provider may see of the machine: the variables that it lists, and files
 * that other programs share with it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/start.h"
#include "provider/http.h"

#define FILE_MAX ((size_t)1024 * 1024)

const char *dcv_lent_variable(void *ctx, const char *name)
{
	const struct dcv_lent *lent = ctx;

	for (const char *const *at = lent->variables; at != NULL && *at != NULL; at++) {
		if (strcmp(*at, name) == 0)
			return dcv_environment(name);
	}
	return NULL;
}

/* NULL: it begins with "~/", and nobody says where that is; or memory is out. */
static const char *path_of(const char *path, struct dcv_arena *arena)
{
	const char *home = dcv_environment("HOME");

	if (strncmp(path, "~/", 2) != 0)
		return path;
	return home != NULL ? dcv_arena_printf(arena, "%s/%s", home, path + 2) : NULL;
}

/* What is read may hold secrets, and is kept where those are overwritten at the end. */
static enum dcvp_class keep(struct dcv_lent *lent, const char *path,
	const struct dcv_buf *octets, const char **ret, struct dcvp_error *err)
{
	if (memchr(octets->data, '\0', octets->len) != NULL)
		return dcv_lent_fail(lent, err, DCVP_FAILED, DCVP_CAUSE_INTERNAL,
			"%.300s: it holds a NUL", path);
	*ret = dcv_arena_strndup(lent->secrets != NULL ? &lent->secrets->arena
						       : lent->current,
		dcv_buf_text(octets), octets->len);
	return *ret != NULL ? DCVP_OK : DCVP_NOMEM;
}

enum dcvp_class dcv_lent_file(void *ctx, const char *path, const char **ret,
	struct dcvp_error *err)
{
	struct dcv_lent *lent = ctx;
	struct dcv_error why = {0};
	struct dcv_buf octets;
	enum dcvp_class class;

	*ret = NULL;
	path = path_of(path, lent->current);
	if (path == NULL ||
		(access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)))
		return DCVP_OK;
	dcv_buf_init(&octets, FILE_MAX);
	/* Growing would leave copies behind. */
	if (!dcv_buf_reserve(&octets, FILE_MAX))
		return DCVP_NOMEM;
	if (dcv_file_read(path, &octets, &why) == DCV_OK)
		class = keep(lent, path, &octets, ret, err);
	else
		class = dcv_lent_fail_of(lent, err, &why);
	explicit_bzero(octets.data, octets.len);
	dcv_buf_clear(&octets);
	return class;
}
