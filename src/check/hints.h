/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The root hints: the name servers of the root zone with their addresses. */
#ifndef DCV_CHECK_HINTS_H
#define DCV_CHECK_HINTS_H

#include "dns/rr.h"

struct dcv_hint {
	struct dcv_name name; /* of a root name server */
	struct dcv_rdata rdata; /* of an A or AAAA */
	uint16_t type;
};

struct dcv_hints {
	size_t n;
	const struct dcv_hint *items;
};

/* Reads a hints file as named.root is written: a record a line, NS of the root, A and AAAA, TTL
 * and class optional, `;` begins a comment. NULL: the hints that are built in. In the arena.
 * Fails: DCV_E_CONFIG with the place, or when there is no address in it; DCV_E_NOMEM. */
enum dcv_err dcv_hints_read(const char *path, struct dcv_arena *arena,
	struct dcv_hints *ret, struct dcv_error *err) DCV_NODISCARD;

/* Whether some of them lies in a special-purpose range: then a world of its own does. Fails as
 * dcv_addr_from_rdata. */
enum dcv_err dcv_hints_special(const struct dcv_hints *hints, bool *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
