/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The names of a zone that a scan is to look at: those asked for, what is above them, and the
 * zone's name servers. All else is passed over by a cheap test of one label. */
#ifndef DCV_ZONES_NODES_H
#define DCV_ZONES_NODES_H

#include "base/arena.h"
#include "dns/name.h"

#define DCV_ZNONE SIZE_MAX

struct dcv_znode {
	struct dcv_name name;
	bool asked; /* all its records are wanted */
	bool is_server; /* its A and AAAA records are wanted */
	bool exists; /* it or a name below it has a record */
	bool wildcard; /* *.name exists */
	bool has_ns, has_dname;
	const char *generated; /* "$GENERATE at FILE:LINE …", or NULL */
	size_t first, last, n; /* its records, in the order met; DCV_ZNONE */
};

/* Zero it, then dcv_znodes_init. */
struct dcv_znodes {
	struct dcv_arena *arena;
	struct dcv_name apex;
	size_t n;
	struct dcv_znode *items; /* items[0] is the apex */
	size_t n_slots;
	size_t *slots; /* hash table: index into items plus one, 0 is free */
	uint64_t labels[1024]; /* a bit for the hash of each label of a node, and of "*" */
};

/* Everything is in the arena. False: memory is out. */
bool dcv_znodes_init(struct dcv_znodes *nodes, const struct dcv_name *apex,
	struct dcv_arena *arena);
/* Adds a name at or below the apex and those between; *ret: its index. */
bool dcv_znodes_add(struct dcv_znodes *nodes, const struct dcv_name *name, size_t *ret);
/* The index of a name, or DCV_ZNONE. */
size_t dcv_znodes_find(const struct dcv_znodes *nodes, const struct dcv_name *name);
/* The zone holds something at this name at or below the apex: it and what is above exist. */
void dcv_znodes_met(struct dcv_znodes *nodes, const struct dcv_name *name);
/* False: the label (text without escapes, 8 octets readable behind its end) is none of those
 * of a node. True: it may be. */
bool dcv_znodes_may_have(const struct dcv_znodes *nodes, const char *label, size_t len);

#endif
