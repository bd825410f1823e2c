/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The names of a zone that a scan is to look at: those asked for, what is above them, and the
 * zone's name servers. All else is passed over by a cheap test of one label. */
#ifndef DCV_ZONES_NODES_H
#define DCV_ZONES_NODES_H

#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "dns/name.h"

#define DCV_ZNONE SIZE_MAX
#define DCV_ZLABEL_BITS 16u /* of the hash of a label */

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
	uint64_t labels[((size_t)1 << DCV_ZLABEL_BITS) /
		64]; /* a bit for the hash of each label of a node, of "*" and "@" */
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

/* Of a label as it stands in nodes->labels (text without escapes, 8 octets readable behind its
 * end). Upper and lower case alike; so are a few octets that are not letters, which only makes
 * the test less sharp. */
__attribute__((always_inline)) static inline size_t dcv_zlabel_hash(const char *label,
	size_t len)
{
	const uint64_t fold = 0x2020202020202020u;
	uint64_t head = 0, tail = 0, hash;

	memcpy(&head, label, sizeof head);
	if (len >= 8)
		memcpy(&tail, label + len - 8, sizeof tail);
	/* The first octet is the lowest, on any machine. */
	head = le64toh(head) | fold;
	tail = le64toh(tail) | fold;
	if (len < 8)
		head &= ((uint64_t)1 << (8 * len)) - 1;
	hash = (head ^ (tail << 23 | tail >> 41) ^ len) * 0x9e3779b97f4a7c15u;
	return (size_t)(hash >> (64 - DCV_ZLABEL_BITS));
}

/* False: the label is none of those of a node. True: it may be. */
__attribute__((always_inline)) static inline bool dcv_znodes_may_have(
	const struct dcv_znodes *nodes, const char *label, size_t len)
{
	size_t hash = dcv_zlabel_hash(label, len);

	return (nodes->labels[hash / 64] >> (hash % 64) & 1) != 0;
}

#endif
