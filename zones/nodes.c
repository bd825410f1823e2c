/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which names matter to a scan and finds them by hash. It does not know
 * records or files. */
#include "zones/nodes.h"

#include <string.h>

#define SLOTS_MIN 64u

static void note_label(struct dcv_znodes *nodes, const uint8_t *label, size_t len)
{
	char padded[DCV_LABEL_MAX + 9] = {0};
	size_t hash;

	memcpy(padded, label, len);
	hash = dcv_zlabel_hash(padded, len);
	nodes->labels[hash / 64] |= (uint64_t)1 << (hash % 64);
}

/* FNV-1a over the wire form, which is lower case. */
static size_t name_hash(const uint8_t *wire, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ wire[i]) * 0x100000001b3u;
	return (size_t)(hash ^ hash >> 32);
}

/* The slot of a name, or the free one where it belongs. */
static size_t find_slot(const struct dcv_znodes *nodes, const uint8_t *wire, size_t len)
{
	size_t i = name_hash(wire, len) & (nodes->n_slots - 1);

	for (; nodes->slots[i] != 0; i = (i + 1) & (nodes->n_slots - 1)) {
		const struct dcv_name *name = &nodes->items[nodes->slots[i] - 1].name;

		if (name->len == len && memcmp(name->wire, wire, len) == 0)
			break;
	}
	return i;
}

static size_t find_wire(const struct dcv_znodes *nodes, const uint8_t *wire, size_t len)
{
	size_t slot = nodes->slots[find_slot(nodes, wire, len)];

	return slot == 0 ? DCV_ZNONE : slot - 1;
}

size_t dcv_znodes_find(const struct dcv_znodes *nodes, const struct dcv_name *name)
{
	return find_wire(nodes, name->wire, name->len);
}

static bool resize(struct dcv_znodes *nodes)
{
	size_t n_slots = nodes->n_slots == 0 ? SLOTS_MIN : nodes->n_slots * 2;
	size_t *slots = dcv_arena_array(nodes->arena, n_slots, sizeof *slots);

	if (slots == NULL)
		return false;
	nodes->slots = slots;
	nodes->n_slots = n_slots;
	for (size_t i = 0; i < nodes->n; i++) {
		const struct dcv_name *name = &nodes->items[i].name;

		slots[find_slot(nodes, name->wire, name->len)] = i + 1;
	}
	return true;
}

static bool append(struct dcv_znodes *nodes, const struct dcv_name *name)
{
	struct dcv_znode *items = dcv_arena_grow(nodes->arena, nodes->items, nodes->n,
		sizeof *items);

	if (items == NULL || ((nodes->n + 1) * 2 > nodes->n_slots && !resize(nodes)))
		return false;
	nodes->items = items;
	items[nodes->n] =
		(struct dcv_znode){.name = *name, .first = DCV_ZNONE, .last = DCV_ZNONE};
	nodes->n++;
	nodes->slots[find_slot(nodes, name->wire, name->len)] = nodes->n;
	return true;
}

static void note_labels(struct dcv_znodes *nodes, const struct dcv_name *name)
{
	for (size_t at = 0; name->wire[at] != 0; at += 1u + name->wire[at])
		note_label(nodes, name->wire + at + 1, name->wire[at]);
}

bool dcv_znodes_init(struct dcv_znodes *nodes, const struct dcv_name *apex,
	struct dcv_arena *arena)
{
	*nodes = (struct dcv_znodes){.arena = arena, .apex = *apex};
	if (!append(nodes, apex))
		return false;
	note_labels(nodes, apex);
	note_label(nodes, (const uint8_t *)"*", 1);
	note_label(nodes, (const uint8_t *)"@", 1); /* stands for the origin */
	return true;
}

bool dcv_znodes_add(struct dcv_znodes *nodes, const struct dcv_name *name, size_t *ret)
{
	unsigned extra = dcv_name_labels(name) - dcv_name_labels(&nodes->apex);

	note_labels(nodes, name);
	for (unsigned i = extra; i-- > 0;) {
		struct dcv_name above = dcv_name_parent(name, i);

		if (dcv_znodes_find(nodes, &above) == DCV_ZNONE && !append(nodes, &above))
			return false;
	}
	*ret = dcv_znodes_find(nodes, name);
	return *ret != DCV_ZNONE;
}

void dcv_znodes_met(struct dcv_znodes *nodes, const struct dcv_name *name)
{
	size_t at = 0;

	for (;; at += 1u + name->wire[at]) {
		const uint8_t *wire = name->wire + at;
		size_t len = name->len - at, i;

		if (wire[0] == 1 && wire[1] == '*') {
			i = find_wire(nodes, wire + 2, len - 2);
			if (i != DCV_ZNONE)
				nodes->items[i].wildcard = true;
		}
		i = find_wire(nodes, wire, len);
		if (i != DCV_ZNONE)
			nodes->items[i].exists = true;
		if (len <= nodes->apex.len || wire[0] == 0)
			return;
	}
}
