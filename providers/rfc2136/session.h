/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A session with an account: its servers, its key, its connection. */
#ifndef DCV_RFC2136_SESSION_H
#define DCV_RFC2136_SESSION_H

#include "base/arena.h"
#include "dns/view.h"
#include "providers/rfc2136/link.h"
#include "providers/rfc2136/tsig.h"

#define DCV_RNS_MAX 8u

struct dcv_rsession {
	const struct dcvp_host *host;
	struct dcv_name zone; /* the only one that the account is for; len 0: any */
	struct dcv_tsig_key key;
	struct dcv_module crypto; /* held for as long as the session lasts, unless the digest is SHA-256 */
	struct dcv_rlink link;
	struct dcv_arena arena, call; /* of the session, and of the call in progress */
	/* Of the zone that was read last; its name servers within it, as far as they fit. */
	struct dcv_name serial_of;
	uint32_t serial;
	size_t n_ns;
	struct dcv_name ns[DCV_RNS_MAX];
	bool believed; /* an answer came that the key signed */
};

/* Begins a call: forgets what the last one took. The zone's name as such; DCVP_NO_ZONE if the
 * account is for another one, DCVP_INVALID if it is no name. */
enum dcvp_class dcv_rsession_call(struct dcv_rsession *session, const char *zone,
	struct dcv_name *ret_apex, struct dcvp_error *err);
/* Notes what a look found, for the calls after it. */
void dcv_rsession_note(struct dcv_rsession *session, const struct dcv_zone_view *view);
/* Whether the zone was read last, and this is a name server of it that was noted. */
bool dcv_rsession_knows(const struct dcv_rsession *session, const struct dcv_name *apex,
	const struct dcv_name *server);
/* A name that the host gave. */
enum dcvp_class dcv_rname(const char *text, struct dcv_name *ret, struct dcvp_error *err);

#endif
