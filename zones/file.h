/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The zone's own file: opened once, through its directory, behind the guards that concern the
 * file as such. */
#ifndef DCV_ZONES_FILE_H
#define DCV_ZONES_FILE_H

#include "base/arena.h"
#include "zones/found.h"

/* Zero it with both descriptors -1. */
struct dcv_zopen {
	int fd, dir_fd;
	const char *path; /* as configured, for people */
	const char *dir, *name; /* where the file really lies */
	struct stat st;
	bool journal; /* X.jnl lies beside it: a server writes it too */
	bool signed_beside; /* X.signed: a server signs it */
};
#define DCV_ZOPEN_NONE                 \
	{                              \
		.fd = -1, .dir_fd = -1 \
	}

/* Opens it; a symbolic link is resolved now. Strings are in the arena. Owns: dcv_zopen_close.
 * Fails: DCVP_NO_ZONE (there is no such file), DCVP_REFUSED (not a regular file, hard link, raw
 * format), DCVP_FAILED. */
enum dcvp_class dcv_zopen_file(const char *path, struct dcv_arena *arena,
	struct dcv_zopen *ret, struct dcvp_error *err) DCV_NODISCARD;
/* The same for a file that the zone's own includes, of which only its kind is judged. */
enum dcvp_class dcv_zopen_part(const char *path, struct dcv_arena *arena,
	struct dcv_zopen *ret, struct dcvp_error *err) DCV_NODISCARD;
void dcv_zopen_close(struct dcv_zopen *open);

/* What stands under a name of the directory now. */
bool dcv_zopen_look(const struct dcv_zopen *open, const char *name,
	struct dcv_zident *ret);

/* The same file with the same octets, as far as its stamps tell; renamed or not. */
bool dcv_zident_same_data(const struct dcv_zident *a, const struct dcv_zident *b);

#endif
