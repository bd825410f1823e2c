/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a zone holds, asked from its server in three rounds at most. */
#ifndef DCV_RFC2136_LOOK_H
#define DCV_RFC2136_LOOK_H

#include "dns/view.h"
#include "providers/rfc2136/session.h"

/* Does the server hold the zone? DCVP_OK, or DCVP_NO_ZONE with what it said. */
enum dcvp_class dcv_rlook_zone(struct dcv_rsession *session, const char *zone,
	const struct dcv_name *apex, struct dcvp_error *err);

/* The zone at these owners, all of which lie in it. In session->call; `etag` and `place` are left
 * out, and what is behind `fixed` everywhere. */
enum dcvp_class dcv_rlook(struct dcv_rsession *session, const char *zone,
	const struct dcv_name *apex, const struct dcv_name *owners, size_t n,
	struct dcv_zone_view *ret, struct dcvp_error *err);

#endif
