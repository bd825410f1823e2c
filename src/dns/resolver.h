/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Recursive resolvers that are reached over TLS, as a person names them. */
#ifndef DCV_DNS_RESOLVER_H
#define DCV_DNS_RESOLVER_H

#include "base/arena.h"
#include "dns/ask.h"

/* How the DNS is asked: its authoritative servers themselves, or through resolvers by DNS over TLS
 * (RFC 7858) or DNS over HTTPS (RFC 8484). */
enum dcv_via { DCV_VIA_DIRECT, DCV_VIA_DOT, DCV_VIA_DOH };
/* "direct", "dot", "doh". */
const char *dcv_via_text(enum dcv_via via);

#define DCV_RESOLVER_PATH_MAX 255u

struct dcv_resolver {
	const char *text; /* as it was written */
	const char *name; /* that its certificate must hold: a host name, or an address */
	bool is_address; /* `name` is one */
	bool has_addr; /* else `name` is to be looked up */
	struct dcv_addr addr; /* with `port` */
	uint16_t port;
	const char *path; /* of the URL; NULL with DoT */
};

/* DoT: `192.0.2.53@853#dns.example`, as unbound writes it, or `192.0.2.53:853#dns.example`; the port
 * may be left out. DoH: `https://dns.example/dns-query`, the host a name, an IPv4 address or an
 * IPv6 address in brackets. In the arena. Fails: DCV_E_CONFIG with the form to write, DCV_E_NOMEM. */
enum dcv_err dcv_resolver_parse(enum dcv_via via, const char *text,
	struct dcv_arena *arena, struct dcv_resolver *ret, struct dcv_error *err)
	DCV_NODISCARD;

#endif
