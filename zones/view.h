/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a scan found, in the terms of the provider interface. */
#ifndef DCV_ZONES_VIEW_H
#define DCV_ZONES_VIEW_H

#include "zones/found.h"

/* Fills *ret for the owners asked for, in that order, in memory of the host. */
enum dcvp_class dcv_zview_make(const struct dcv_zfound *found,
	const struct dcvp_host *host, const struct dcv_name *owners, size_t n,
	struct dcvp_zone *ret, struct dcvp_error *err) DCV_NODISCARD;

/* Why the zone cannot be edited here, in the arena; NULL: it can, or memory is out (then
 * *ret_nomem). */
const char *dcv_zfixed_zone(const struct dcv_zfound *found, struct dcv_arena *arena,
	bool *ret_nomem);
/* Why the RRset of a record in a file that is fixed cannot be edited, in the arena; NULL:
 * memory is out. */
const char *dcv_zfixed_set(const struct dcv_zfound *found,
	const struct dcv_zrecord *record, struct dcv_arena *arena);

#endif
