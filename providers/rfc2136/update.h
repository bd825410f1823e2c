/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* UPDATE messages (RFC 2136 2), written. Owners are compressed against the zone's name. */
#ifndef DCV_RFC2136_UPDATE_H
#define DCV_RFC2136_UPDATE_H

#include "base/buf.h"
#include "dns/rr.h"

/* One RRset to be changed. */
struct dcv_rchange {
	size_t edit; /* whose it is */
	struct dcv_name owner;
	uint16_t type;
	uint32_t ttl_s;
	struct dcv_rrset before; /* as it must be; n 0: there must be none */
	bool loose; /* there must be a set, whatever its values */
	bool no_cname; /* and no CNAME at the owner */
	bool unused; /* and nothing at all at the owner */
	size_t n_remove, n_add, n_kept;
	struct dcv_rdata *remove, *add; /* exactly what is sent */
};

/* Whether a name is in use: a prerequisite, and no change. Into msg, which is empty. */
void dcv_rupdate_ask_use(const struct dcv_name *apex, const struct dcv_name *name,
	uint16_t id, struct dcv_buf *msg);

/* Whether none of these names is in use: a prerequisite each, and no change. Likewise. */
void dcv_rupdate_ask_unused(const struct dcv_name *apex, const struct dcv_name *names,
	size_t n, uint16_t id, struct dcv_buf *msg);

/* The octets that a change of this zone takes in a message, at most. */
size_t dcv_rupdate_size(const struct dcv_name *apex, const struct dcv_rchange *change);

/* The changes as one message: the prerequisites of all, then all removals, then all additions, so
 * that one type may give way to another. Into msg, which is empty; msg->failed: no room. */
void dcv_rupdate_write(const struct dcv_name *apex, const struct dcv_rchange *changes,
	size_t n, uint16_t id, struct dcv_buf *msg);

#endif
