/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Puts patched copies in the place of the files of a zone: complete, proved and durable. Each
 * file is exchanged in one step; where there are several, one after the other. The former
 * files stay beside them under the temporaries' names. */
#ifndef DCV_ZONES_COMMIT_H
#define DCV_ZONES_COMMIT_H

#include "zones/part.h"

struct dcv_zcommit {
	const struct dcv_zopen *zone;
	const struct dcv_zfound *before;
	const struct dcv_zpatches *patches;
	const struct dcv_zparts *parts; /* dcv_zcommit_parts */
	/* Asks whoever will load the file; anything but DCVP_OK stops the commit. */
	enum dcvp_class (*check)(void *ctx, const char *path, struct dcvp_error *err);
	void *check_ctx;
};

/* The files that the patches touch, open. Owns: dcv_zparts_close, also after a failure. Fails:
 * DCVP_CONFLICT (one moved), DCVP_REFUSED, DCVP_FAILED, DCVP_NOMEM. */
enum dcvp_class dcv_zcommit_parts(const struct dcv_zopen *zone,
	const struct dcv_zfound *before, const struct dcv_zpatches *patches,
	const char *id, struct dcv_arena *arena, struct dcv_zparts *ret,
	struct dcvp_error *err) DCV_NODISCARD;

/* On DCVP_OK the copies are live: *ret_found is their scan, and each part has its identities.
 * Fails: DCVP_CONFLICT (a file moved), DCVP_FAILED, DCVP_NOMEM (nothing changed);
 * DCVP_UNKNOWN. */
enum dcvp_class dcv_zcommit_run(const struct dcv_zcommit *commit,
	struct dcv_zfound **ret_found, struct dcvp_error *err) DCV_NODISCARD;

/* exchange.c: exchanges all parts, in order; where one fails, those before it change back.
 * Fails: as dcv_zcommit_run. */
enum dcvp_class dcv_zparts_exchange(const struct dcv_zparts *parts,
	struct dcvp_error *err) DCV_NODISCARD;
/* Changes the first n back, the last one first; returns `end`, or DCVP_UNKNOWN if one cannot
 * be changed back. */
enum dcvp_class dcv_zparts_undo(const struct dcv_zparts *parts, size_t n,
	enum dcvp_class end, struct dcvp_error *err);
/* `PATH: nothing changed: what: why`. */
enum dcvp_class dcv_zpart_fail(const struct dcv_zpart *part, const char *what, int error,
	struct dcvp_error *err);
/* The same where the right to the file or its directory may be missing. */
enum dcvp_class dcv_zpart_fail_right(const struct dcv_zpart *part, const char *what,
	int error, struct dcvp_error *err);
/* Somebody else changed the file. */
enum dcvp_class dcv_zpart_moved(const struct dcv_zpart *part, struct dcvp_error *err);

/* verify.c: proves that `after` is `before` with the patches and nothing else. Fails:
 * DCVP_FAILED. */
enum dcvp_class dcv_zverify(const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, const struct dcv_zfound *after,
	struct dcvp_error *err) DCV_NODISCARD;

/* copy.c: writes the patched copy. 0 or an errno. */
int dcv_zcopy(int in_fd, uint64_t size, const struct dcv_zpatch *patches, size_t n,
	int out_fd);
/* Sees to it that the copy was written later than the file, as the stamps have it: that tells
 * the two apart after a crash. 0 or an errno. */
int dcv_zcopy_stamp(const struct stat *st, int out_fd);
bool dcv_zlater(struct timespec a, struct timespec b);
/* Owner and group. 0 or an errno. */
int dcv_zcopy_owner(const struct stat *st, int out_fd);
/* Mode, ACL, label and other extended attributes. 0 or an errno; *ret_what: of what. */
int dcv_zcopy_meta(int in_fd, const struct stat *st, int out_fd, const char **ret_what);

#endif
