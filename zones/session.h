/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside zones/ only: an open session, shared by the calls of the provider interface. */
#ifndef DCV_ZONES_SESSION_H
#define DCV_ZONES_SESSION_H

#include "zones/commit.h"
#include "zones/reload.h"

#define DCV_ZID_MAX 32u

/* A file that this session has exchanged. */
struct dcv_zmade_file {
	const char *path; /* NULL: the zone's own */
	struct dcv_zident live, former; /* former: as it was read */
};

/* A change that this session has put into the files. */
struct dcv_zmade {
	char id[DCV_ZID_MAX + 1]; /* "": none */
	struct dcv_arena arena;
	size_t n;
	struct dcv_zmade_file *files; /* in the order of the exchange */
	uint32_t serial_before, serial_after;
	bool is_signed, has_includes;
};

struct dcv_zsession {
	struct dcv_arena arena;
	const struct dcvp_host *host;
	const char *file;
	const char *into; /* the included file that takes new records; NULL: none */
	bool serial_external, comment;
	struct dcv_zserver server;
	/* The scan last made. It is good as long as the file has the same identity, if the file
	 * was at rest when the scan began. */
	struct dcv_zfound *cache;
	bool cache_good;
	struct dcv_zmade made;
	const char *mark; /* path of the mark of a frozen zone */
	bool frozen; /* by us: to be thawed */
	bool journal_harmless, journal_told;
};

/* settings.c. Fails: DCVP_INVALID. */
enum dcvp_class dcv_zsettings_read(struct dcv_zsession *session,
	const struct dcvp_setting *settings, size_t n, struct dcvp_error *err)
	DCV_NODISCARD;

/* The remedy where the zone's file is missing; returns `end`. */
enum dcvp_class dcv_zhelp_missing(const struct dcv_zsession *session, enum dcvp_class end,
	struct dcvp_error *err);

/* A zone of this call: its name, and its file, open. */
struct dcv_zcall {
	struct dcv_arena arena;
	struct dcv_name apex;
	struct dcv_zopen zone;
};
/* Owns: dcv_zcall_end, also after a failure. */
enum dcvp_class dcv_zcall_begin(struct dcv_zsession *session, const char *zone,
	struct dcv_zcall *ret, struct dcvp_error *err) DCV_NODISCARD;
void dcv_zcall_end(struct dcv_zcall *call);

/* Scans the file for owners given as text, or takes the scan that is at hand. *ret_found is
 * the session's; *ret_owners (may be NULL) lies in the call's arena. */
enum dcvp_class dcv_zsession_scan(struct dcv_zsession *session, struct dcv_zcall *call,
	const char *const *owners, size_t n, struct dcv_zfound **ret_found,
	struct dcv_name **ret_owners, struct dcvp_error *err) DCV_NODISCARD;
/* The same for the owners of a change. */
enum dcvp_class dcv_zsession_scan_change(struct dcv_zsession *session,
	struct dcv_zcall *call, const struct dcvp_change *change,
	struct dcv_zfound **ret_found, struct dcvp_error *err) DCV_NODISCARD;
void dcv_zsession_forget(struct dcv_zsession *session);

/* into.c: what is wrong with the file that takes new records, before the zone is read. Fails:
 * DCVP_REFUSED, with the remedy. */
enum dcvp_class dcv_zinto_check(const struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcvp_error *err) DCV_NODISCARD;
/* Finds it among the files that the zone includes. Fails: DCVP_REFUSED, with the remedy. */
enum dcvp_class dcv_zinto_find(const struct dcv_zsession *session,
	const struct dcv_zcall *call, struct dcv_zfound *found, struct dcvp_error *err)
	DCV_NODISCARD;

/* Puts patches into the files, and notes in the session what was made. Fails: as
 * dcv_zcommit_run. */
enum dcvp_class dcv_zput(struct dcv_zsession *session, struct dcv_zcall *call,
	const struct dcvp_change *change, const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, struct dcvp_error *err) DCV_NODISCARD;

/* The calls of the interface: apply.c, finish.c. */
enum dcvp_class dcv_zapply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err);
enum dcvp_class dcv_zsync(void *session, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err);
enum dcvp_class dcv_zrecover(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_error *err);

/* The change has an id that may stand in a file's name. Fails: DCVP_INVALID. */
enum dcvp_class dcv_zid_check(const struct dcvp_change *change, struct dcvp_error *err);

#endif
