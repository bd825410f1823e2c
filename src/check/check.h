/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Asks every address of every authoritative name server whether it has what an order needs,
 * once (check) or until it is so (wait). One libuv loop on the calling thread. */
#ifndef DCV_CHECK_CHECK_H
#define DCV_CHECK_CHECK_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/ask.h"
#include "dns/rr.h"

/* The ladder of verdicts. Gates of `ready` (CAA, DNSSEC) are not checked yet. */
enum dcv_level_reached {
	DCV_LEVEL_NONE,
	DCV_LEVEL_PUBLISHED,
	DCV_LEVEL_EFFECTIVE,
	DCV_LEVEL_READY,
	DCV_LEVEL_SETTLED
};

/* An address of a name server. */
struct dcv_server {
	const char *name; /* "ns1.example.com", or its address where no name is known */
	struct dcv_addr addr;
};

struct dcv_check_zone {
	struct dcv_name apex;
	size_t n_servers;
	const struct dcv_server *servers;
};

/* One RRset to look for. *Has it* = AA, NOERROR, every wanted value there, no unwanted one;
 * other values count for nothing. With no wanted value: *has it* = AA and no unwanted one
 * (NXDOMAIN and NODATA included), which is how a removal is checked. */
struct dcv_check_item {
	size_t zone; /* index */
	struct dcv_name owner;
	uint16_t type;
	uint32_t cached_s; /* how long caches may hold what was answered before the change */
	size_t n_wanted, n_unwanted;
	const struct dcv_rdata *wanted, *unwanted;
};

enum dcv_seen {
	DCV_SEEN_NOT_ASKED,
	DCV_SEEN_HAS, /* has it */
	DCV_SEEN_OLD, /* AA, but a wanted value is missing or an unwanted one there */
	DCV_SEEN_ABSENT, /* AA, no such record (NODATA or NXDOMAIN) */
	DCV_SEEN_TIMEOUT,
	DCV_SEEN_NO_ROUTE, /* no route of this address family from here */
	DCV_SEEN_REFUSED_CONN, /* nothing listens there */
	DCV_SEEN_RCODE, /* SERVFAIL, REFUSED, …: see rcode */
	DCV_SEEN_NOT_AA, /* not authoritative for the zone */
	DCV_SEEN_CASE, /* answers with the question in another case [A33] */
	DCV_SEEN_MALFORMED,
	DCV_SEEN_NO_TCP, /* UDP has it, TCP does not answer [A35] */
	DCV_SEEN_TLS, /* a resolver with which there is no session over TLS: see why */
};
/* "ok", "old", "absent", "timeout", … : the word for JSON and for people. */
const char *dcv_seen_text(enum dcv_seen seen);

/* What one address last answered about one item. */
struct dcv_observation {
	enum dcv_seen seen;
	uint8_t rcode;
	bool has_serial;
	bool no_edns; /* it answers only what comes without EDNS [A34] */
	bool no_soa; /* absent, and the answer had no SOA [A37] */
	uint32_t serial, ttl_s; /* served */
	const char *extra; /* first unwanted value found, in presentation form, or NULL */
	const char *why; /* of a resolver: why it gave no answer, one line, or NULL */
	int64_t rtt_ms;
	int64_t first_has_s; /* when it was first seen to have it; 0: not yet */
	uint32_t former_s; /* how long caches may hold what it answered before; 0: not seen */
	bool was_absent; /* that was that there is nothing */
};

struct dcv_check_result {
	/* [item * n_servers_max + server of the item's zone] */
	struct dcv_observation *observations;
	size_t n_servers_max;
	bool effective; /* every address that counts has every item */
	bool unverified; /* no address of some zone could be reached at all */
	int64_t effective_at_s; /* when the last address was first seen to have it */
	int64_t settled_at_s; /* the latest end of cached_s and former_s behind a first_has_s */
	int64_t asked_ms; /* how long it took */
	unsigned rounds;
};

/* No server of the public DNS minds so many, and 3,000 names take three seconds. */
#define DCV_CHECK_RATE 1000u

struct dcv_check_options {
	bool wait; /* false: one look (two good rounds without pause count as one) */
	bool confirm_tcp; /* one confirmation over TCP at the end; `wait` sets it */
	unsigned rate; /* questions a second to one public address; 0: DCV_CHECK_RATE */
	int64_t deadline_ms; /* monotonic */
	const struct dcv_clock *clock;
	const struct dcv_log *log; /* told when an address changes its state; may be NULL */
	/* Asked ten times a second, with the observations so far, or NULL; true: everything ends
	 * at once. */
	bool (*stopped)(void *ctx, const struct dcv_check_result *so_far);
	/* Progress after each round, or NULL. */
	void (*round)(void *ctx, const struct dcv_check_result *result);
	void *ctx;
};

/* Asks. The result lives in the arena. Not reaching *effective* is not an error: see *ret.
 * An address without a route is not counted if the same server (by name) answered at another.
 * Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_check_run(const struct dcv_check_options *options,
	const struct dcv_check_zone *zones, size_t n_zones,
	const struct dcv_check_item *items, size_t n_items, struct dcv_arena *arena,
	struct dcv_check_result *ret, struct dcv_error *err) DCV_NODISCARD;

/* The observation of an item at a server. */
const struct dcv_observation *dcv_check_at(const struct dcv_check_result *result,
	size_t item, size_t server);

/* The version of libuv that is loaded; static. */
const char *dcv_check_library(void);

#endif
