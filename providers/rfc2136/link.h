/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* One TCP connection to one of an account's servers; messages go out together and come back in
 * any order (RFC 7766 6.2.1.1). */
#ifndef DCV_RFC2136_LINK_H
#define DCV_RFC2136_LINK_H

#include "base/buf.h"
#include "dns/ask.h"
#include "provider/provider.h"

/* The caller sets all but fd (-1) and `server`. */
struct dcv_rlink {
	const struct dcvp_host *host;
	const struct dcv_addr *servers;
	size_t n_servers;
	int64_t timeout_ms; /* for the answers of one exchange */
	size_t server; /* the one in use, or the last one */
	bool pinned; /* what became of an update there is not known: no other may be asked */
	int fd;
	uint8_t *in; /* what came; made by open */
	size_t n_in;
};

/* Makes sure that there is a connection that its server has not closed: the one there is, or
 * one to the first server, from the one in use on, that takes it. Fails: DCVP_FAILED when no
 * server does before the deadline of the call, with the reason of each; DCVP_NOMEM. */
enum dcvp_class dcv_rlink_open(struct dcv_rlink *link, struct dcvp_error *err);
/* Turns to the next server, unless pinned. */
void dcv_rlink_next(struct dcv_rlink *link);
void dcv_rlink_close(struct dcv_rlink *link);
/* Lets go of the connection, and of its memory. */
void dcv_rlink_clear(struct dcv_rlink *link);

/* Where the connection leads, into out[DCV_ADDR_TEXT_MAX]; returns out. */
char *dcv_rlink_text(const struct dcv_rlink *link, char *out);

/* Takes one message that came; true when it was the last that is waited for. */
typedef bool (*dcv_rtake_fn)(void *ctx, const uint8_t *msg, size_t len);

/* Sends n octets (messages, each behind its length) and hands over what comes until take says
 * that this is all. DCVP_OK; DCVP_FAILED: nothing was sent; DCVP_UNKNOWN: something was sent, and
 * the connection broke or the time was over. The connection is closed then. */
enum dcvp_class dcv_rlink_exchange(struct dcv_rlink *link, const uint8_t *out, size_t n,
	dcv_rtake_fn take, void *ctx, struct dcvp_error *err);

#endif
