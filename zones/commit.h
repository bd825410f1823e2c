/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Puts a patched copy in the place of a zone file: complete, proved and durable, or not at
 * all. The former file stays beside it under the temporary's name. */
#ifndef DCV_ZONES_COMMIT_H
#define DCV_ZONES_COMMIT_H

#include "zones/edit.h"
#include "zones/file.h"

struct dcv_zcommit {
	const struct dcv_zopen *zone;
	const struct dcv_zfound *before;
	const struct dcv_zpatches *patches;
	const char *temp; /* name in the zone's directory */
	const char *temp_path;
	/* Asks whoever will load the file; anything but DCVP_OK stops the commit. */
	enum dcvp_class (*check)(void *ctx, const char *path, struct dcvp_error *err);
	void *check_ctx;
};

/* On DCVP_OK the copy is live: *ret_found is its scan, *ret_live its identity. Fails:
 * DCVP_CONFLICT (the file moved), DCVP_FAILED, DCVP_NOMEM (nothing changed); DCVP_UNKNOWN. */
enum dcvp_class dcv_zcommit_run(const struct dcv_zcommit *commit,
	struct dcv_zfound **ret_found, struct dcv_zident *ret_live,
	struct dcvp_error *err) DCV_NODISCARD;

/* ".NAME.dcvctl-ID", in the arena. */
char *dcv_ztemp_name(const struct dcv_zopen *zone, const char *id,
	struct dcv_arena *arena);
char *dcv_ztemp_path(const struct dcv_zopen *zone, const char *temp,
	struct dcv_arena *arena);

/* Exchanges the temporary and the live file and makes that durable. 0 or an errno;
 * *ret_exchanged tells whether the names stand exchanged. */
int dcv_zexchange(const struct dcv_zopen *zone, const char *temp, bool *ret_exchanged);
/* Removes the temporary durably; one that is not there is no error. 0 or an errno. */
int dcv_zremove(const struct dcv_zopen *zone, const char *temp);

/* verify.c: proves that `after` is `before` with the patches and nothing else. Fails:
 * DCVP_FAILED. */
enum dcvp_class dcv_zverify(const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, const struct dcv_zfound *after,
	struct dcvp_error *err) DCV_NODISCARD;

/* copy.c: writes the patched copy. 0 or an errno. */
int dcv_zcopy(int in_fd, uint64_t size, const struct dcv_zpatches *patches, int out_fd);
/* Owner and group. 0 or an errno. */
int dcv_zcopy_owner(const struct stat *st, int out_fd);
/* Mode, ACL, label and other extended attributes. 0 or an errno; *ret_what: of what. */
int dcv_zcopy_meta(int in_fd, const struct stat *st, int out_fd, const char **ret_what);

#endif
