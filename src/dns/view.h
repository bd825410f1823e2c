/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a backend says of a zone, and an edit of it: the terms in which plan, apply and
 * provider speak. */
#ifndef DCV_DNS_VIEW_H
#define DCV_DNS_VIEW_H

#include "dns/rr.h"

/* What a zone holds at one owner and above it. */
struct dcv_node {
	struct dcv_name owner;
	struct dcv_name closest; /* closest encloser (RFC 4592 3.3.1): the owner if it exists;
	                          * len 0: the backend cannot tell, nor of a wildcard */
	bool wildcard; /* the owner does not exist and *.closest does: it answers for the owner today */
	struct dcv_name cut; /* a delegation (NS below the apex) or DNAME that hides the owner: at
	                      * or above it; len 0: none */
	const char *generated; /* "$GENERATE at FILE:LINE may make it", NULL: none */
	size_t n_sets; /* every type at the owner, DNSSEC's own (RRSIG, NSEC) left out */
	struct dcv_rrset *sets;
	const char **fixed; /* [n_sets]: why a set cannot be edited here; NULL: it can */
};

/* A name server of the zone with the addresses that the zone's own data hold. */
struct dcv_ns {
	struct dcv_name name;
	size_t n;
	struct dcv_rrset addresses[2]; /* A and AAAA RRset; n of them */
};

/* What a backend takes. 0, NULL, false: no bound. */
struct dcv_limits {
	uint32_t ttl_min_s, ttl_max_s;
	uint32_t txt_max; /* octets of a TXT value, its strings joined */
	const char *txt_forbidden; /* octets that a TXT value cannot have */
	uint32_t values_max; /* of an RRset */
	bool no_cname, no_caa;
	bool no_empty_txt;
	bool ttl_stays; /* of a set that is there */
};

struct dcv_zone_view {
	struct dcv_name apex;
	const char *place; /* the file, or the provider's account; for people */
	const char *etag; /* opaque: changes when the zone does; NULL: the backend has none */
	const char *fixed; /* why nothing here can be edited; NULL: it can */
	bool is_signed; /* holds RRSIG or DNSKEY at the apex: serials move by themselves */
	uint32_t serial, soa_ttl_s, soa_minimum_s;
	uint32_t serial_next; /* what a change made now would make of it; 0: unknown */
	size_t n_ns, n_nodes;
	struct dcv_ns *ns;
	struct dcv_node *nodes; /* one per owner asked for, in the order asked */
	struct dcv_limits limits;
};

/* An exact edit of one RRset. After it the set has the TTL ttl_s. Values to add that are
 * there already, and values to remove that are gone, are success. A set of which only the TTL
 * changes has n_add = n_remove = 0. */
struct dcv_rrset_edit {
	struct dcv_name owner;
	uint16_t type;
	uint32_t ttl_s;
	size_t n_add, n_remove;
	struct dcv_rdata *add, *remove;
	const char **notes; /* [n_add]: who needs it, "CA/ORDER", or NULL; NULL: not said */
	/* The set as it was read last, if has_before; NULL: there was none. */
	bool has_before;
	const struct dcv_rrset *before;
};

/* The node of an owner, or NULL if it was not asked for. It is looked for from *at on, and round, and
 * *at becomes where it is: who goes through many in the order of the nodes finds each at once. */
const struct dcv_node *dcv_view_node(const struct dcv_zone_view *view,
	const struct dcv_name *owner, size_t *at);
/* The RRset of a type at a node, or NULL. */
const struct dcv_rrset *dcv_node_set(const struct dcv_node *node, uint16_t type);
/* min(SOA TTL, SOA MINIMUM): how long "there is no such record" may be cached, RFC 2308 5. */
uint32_t dcv_view_negative_ttl(const struct dcv_zone_view *view);

#endif
