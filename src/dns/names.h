/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is known by a name: a hash table. */
#ifndef DCV_DNS_NAMES_H
#define DCV_DNS_NAMES_H

#include "base/arena.h"
#include "dns/name.h"

struct dcv_names_entry;

/* Zero it before use. Everything lives in the arena that is given. */
struct dcv_names {
	size_t n, n_slots;
	struct dcv_names_entry **slots;
};

/* What was put there under the name and the tag (a type, or what the caller likes), or NULL. */
void *dcv_names_get(const struct dcv_names *names, const struct dcv_name *name,
	uint32_t tag);
/* The name is borrowed, and must not be there yet. False when memory is out. */
bool dcv_names_put(struct dcv_names *names, const struct dcv_name *name, uint32_t tag,
	void *item, struct dcv_arena *arena);

/* For whoever wants to spread load by the name. */
uint32_t dcv_names_hash(const struct dcv_name *name, uint32_t tag);

#endif
