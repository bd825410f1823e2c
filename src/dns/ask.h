/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* One blocking question to one address: connected UDP, TCP on truncation. For look-ups that
 * stand outside the check's event loop (is the zone loaded? where is ns1?). */
#ifndef DCV_DNS_ASK_H
#define DCV_DNS_ASK_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "dns/wire.h"

/* An address with its port, and its text. */
struct dcv_addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	socklen_t len;
};

#define DCV_ADDR_TEXT_MAX 64u
/* Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`; default port 53.
 * Fails: DCV_E_CONFIG. */
enum dcv_err dcv_addr_parse(const char *text, struct dcv_addr *ret, struct dcv_error *err)
	DCV_NODISCARD;
/* From the RDATA of A (4 octets) or AAAA (16 octets). */
enum dcv_err dcv_addr_from_rdata(const struct dcv_rdata *rdata, uint16_t port,
	struct dcv_addr *ret, struct dcv_error *err) DCV_NODISCARD;
bool dcv_addr_equal(const struct dcv_addr *a, const struct dcv_addr *b);
void dcv_addr_set_port(struct dcv_addr *addr, uint16_t port);
/* Into out[DCV_ADDR_TEXT_MAX], the port only if it is not 53. Returns out. */
char *dcv_addr_text(const struct dcv_addr *addr, char *out);

/* Asks until a matching answer came or `deadline_ms` (monotonic) is reached: UDP, asked again
 * after 250 ms, doubling; TCP when the answer is truncated. One that is malformed or has the
 * question in another case counts only if no better one comes before the question would be
 * repeated. Fails: DCV_E_UNVERIFIED (no answer, with the reason; the other case, which is taken
 * only from a resolver), DCV_E_FAILED (malformed). */
enum dcv_err dcv_ask(const struct dcv_addr *server, const struct dcv_name *name,
	uint16_t type, bool recursive, int64_t deadline_ms, const struct dcv_clock *clock,
	struct dcv_arena *arena, struct dcv_answer *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* The addresses (A, then AAAA) of a host name through the resolvers of /etc/resolv.conf
 * (first three), in the arena. None: *ret_n = 0. Fails: DCV_E_UNVERIFIED if none answered. */
enum dcv_err dcv_ask_addresses(const struct dcv_name *host, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_addr **ret,
	size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;

#endif
