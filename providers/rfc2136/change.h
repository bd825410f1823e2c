/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The host's edits as what an UPDATE must say. */
#ifndef DCV_RFC2136_CHANGE_H
#define DCV_RFC2136_CHANGE_H

#include "dns/view.h"
#include "providers/rfc2136/session.h"
#include "providers/rfc2136/update.h"

/* What is left to send of the edits, sorted by owner, in session->call; an edit that stands
 * already is not among them. Sets that the host did not read are read now.
 * Fails: DCVP_REFUSED where a CNAME would stand beside other records. */
enum dcvp_class dcv_rchanges_make(struct dcv_rsession *session,
	const struct dcvp_change *change, const struct dcv_name *apex,
	struct dcv_rchange **ret, size_t *ret_n, struct dcvp_error *err);

/* True if all sets stand as the changes want them before, in a view of their owners in the same
 * order. */
bool dcv_rchanges_same(const struct dcv_rchange *changes, size_t n,
	const struct dcv_zone_view *view);

/* How many of the n changes, at least one, go into one message of `room` octets, all of an owner
 * together; 0: those of the first owner are too many for it. */
size_t dcv_rchanges_fit(const struct dcv_name *apex, const struct dcv_rchange *changes,
	size_t n, size_t room);

#endif
