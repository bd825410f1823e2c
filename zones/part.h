/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* One file of a change, and the temporary beside it: the copy before the exchange, the former
 * file behind it. */
#ifndef DCV_ZONES_PART_H
#define DCV_ZONES_PART_H

#include "zones/edit.h"
#include "zones/file.h"

struct dcv_zpart {
	struct dcv_zopen zone; /* of the zone's own file borrowed */
	bool is_own; /* the zone's own file */
	bool has_serial; /* the SOA record lies in it */
	const char *path; /* by which it is opened again */
	const char *temp, *temp_path; /* ".NAME.dcvctl-ID" in the directory of the file */
	/* Before the exchange. */
	const struct dcv_zpatch *patches;
	size_t n_patches;
	int fd; /* the copy, -1 */
	/* Behind it. */
	bool has_former; /* the former file is there, under the temporary's name */
	bool known; /* the identities are those that this run has seen */
	struct dcv_zident live, former; /* the file that we made, and the one before */
};

/* In the order of the exchange: the file with the serial is the last one. */
struct dcv_zparts {
	size_t n;
	struct dcv_zpart *items;
};

/* ".NAME.dcvctl-ID", and its path; in the arena, NULL: memory is out. */
char *dcv_ztemp_name(const struct dcv_zopen *zone, const char *id,
	struct dcv_arena *arena);
char *dcv_ztemp_path(const struct dcv_zopen *zone, const char *temp,
	struct dcv_arena *arena);

/* Adds a file; path NULL: the zone's own. Owns: dcv_zparts_close, also after a failure. Fails:
 * DCVP_CONFLICT (it is gone), DCVP_REFUSED (it is a hard link by now), DCVP_FAILED. */
enum dcvp_class dcv_zparts_add(struct dcv_zparts *parts, const struct dcv_zopen *own,
	const char *path, const char *id, struct dcv_arena *arena, struct dcvp_error *err)
	DCV_NODISCARD;
/* Takes one out of the list. */
void dcv_zparts_drop(struct dcv_zparts *parts, size_t at);
void dcv_zparts_close(struct dcv_zparts *parts);

/* Exchanges the temporary and the live file and makes that durable. 0 or an errno;
 * *ret_exchanged tells whether the names stand exchanged. */
int dcv_zexchange(const struct dcv_zpart *part, bool *ret_exchanged);
/* Removes the temporary durably; one that is not there is no error. 0 or an errno. */
int dcv_zremove(const struct dcv_zpart *part);

/* The live file is the one that we made: known by its identity or, after a crash, by the stamp
 * that the exchange gave to both files. */
bool dcv_zpart_is_ours(const struct dcv_zpart *part);
/* Some program writes into the former file, or wrote into it after the exchange: it holds
 * something that is nowhere else. */
bool dcv_zpart_is_written(const struct dcv_zpart *part);
/* The file under the temporary's name is older than the live one, as every copy is newer than
 * its former file. */
bool dcv_zpart_is_older(const struct dcv_zpart *part);

#endif
