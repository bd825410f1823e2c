/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Errors of the zone-file backend, in the terms of the provider interface. */
#ifndef DCV_ZONES_FAIL_H
#define DCV_ZONES_FAIL_H

#include <sys/stat.h>

#include "base/err.h"
#include "provider/provider.h"

/* Fills *err (the first error wins; err may be NULL) and returns `end`. */
enum dcvp_class dcv_zfail(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...) DCV_PRINTF(3, 4);
/* Sets the remedy unless there is one; returns `end`. fmt begins with "run: " or "help: ". */
enum dcvp_class dcv_zhelp(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...) DCV_PRINTF(3, 4);
enum dcvp_class dcv_znomem(struct dcvp_error *err);
/* `path: what: <text of error>`, DCVP_FAILED; ENOMEM gives DCVP_NOMEM. */
enum dcvp_class dcv_zerrno(struct dcvp_error *err, const char *path, const char *what,
	int error);
/* The remedy where rights are missing, for an error that tells so; returns `end`. `st`: the
 * zone file, NULL if it cannot be seen. dir: its directory. */
enum dcvp_class dcv_zhelp_rights(struct dcvp_error *err, enum dcvp_class end, int error,
	const struct stat *st, const char *dir);
/* The same where only the file's group cannot be kept. */
enum dcvp_class dcv_zhelp_group(struct dcvp_error *err, enum dcvp_class end, int error,
	const struct stat *st);

#endif
