/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside dns/ only: the resolvers of this host. */
#ifndef DCV_DNS_RESOLV_H
#define DCV_DNS_RESOLV_H

#include "dns/ask.h"

#define DCV_RESOLVERS_MAX 3u

/* The first three `nameserver` lines of a resolv.conf(5); the loopback address if there is
 * none. Returns how many. */
size_t dcv_resolv_parse(const char *text, struct dcv_addr ret[DCV_RESOLVERS_MAX]);

/* dcv_ask_addresses with the resolvers given. */
enum dcv_err dcv_resolv_ask(const struct dcv_addr *resolvers, size_t n_resolvers,
	const struct dcv_name *host, int64_t deadline_ms, const struct dcv_clock *clock,
	struct dcv_arena *arena, struct dcv_addr **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;

#endif
