/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a server says to a signed request: whether it may be believed, and what a refusal means. */
#ifndef DCV_RFC2136_REPLY_H
#define DCV_RFC2136_REPLY_H

#include "dns/wire.h"
#include "providers/rfc2136/session.h"

struct dcv_rreply {
	uint8_t rcode;
	struct dcv_tsig_said said;
};

/* The request that a reply must belong to. */
struct dcv_rrequest {
	const char *zone;
	struct dcv_tsig_mac mac;
	bool update; /* it may have changed something */
	bool in_use; /* a question that takes the right to update: DCV_RIN_USE */
};

/* Reads header and signature. DCVP_OK: it may be believed, being signed, or an error that a
 * server may tell unsigned. Else DCVP_UNKNOWN for an update, DCVP_FAILED for a question. */
enum dcvp_class dcv_rreply_read(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const uint8_t *msg, size_t len,
	struct dcv_rreply *ret, struct dcvp_error *err);

/* Why the request came to nothing: the class, the words, the remedy, the RCODE as err->code. The
 * RCODE is not NOERROR. */
enum dcvp_class dcv_rreply_fail(const struct dcv_rsession *session,
	const struct dcv_rrequest *request, const struct dcv_rreply *reply,
	struct dcvp_error *err);

#endif
