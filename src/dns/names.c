/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows a hash table from names to anything. */
#include "dns/names.h"

#define SLOTS_MIN 64u

struct dcv_names_entry {
	const struct dcv_name *name;
	void *item;
	uint32_t tag, hash;
};

uint32_t dcv_names_hash(const struct dcv_name *name, uint32_t tag)
{
	uint32_t h = 2166136261u ^ tag; /* FNV-1a */

	for (size_t i = 0; i < name->len; i++) {
		h = (h ^ name->wire[i]) * 16777619u;
	}
	return h;
}

static struct dcv_names_entry **find(const struct dcv_names *names,
	const struct dcv_name *name, uint32_t tag, uint32_t hash)
{
	size_t at = hash & (names->n_slots - 1);

	for (;; at = (at + 1) & (names->n_slots - 1)) {
		struct dcv_names_entry *entry = names->slots[at];

		if (entry == NULL ||
			(entry->hash == hash && entry->tag == tag &&
				dcv_name_equal(entry->name, name))) {
			return &names->slots[at];
		}
	}
}

void *dcv_names_get(const struct dcv_names *names, const struct dcv_name *name,
	uint32_t tag)
{
	struct dcv_names_entry *entry = names->n_slots == 0
		? NULL
		: *find(names, name, tag, dcv_names_hash(name, tag));

	return entry == NULL ? NULL : entry->item;
}

static bool grow(struct dcv_names *names, struct dcv_arena *arena)
{
	struct dcv_names more = {.n = names->n,
		.n_slots = names->n_slots == 0 ? SLOTS_MIN : names->n_slots * 2};

	more.slots = dcv_arena_array(arena, more.n_slots,
		sizeof(struct dcv_names_entry *));
	if (more.slots == NULL) {
		return false;
	}
	for (size_t i = 0; i < names->n_slots; i++) {
		struct dcv_names_entry *entry = names->slots[i];

		if (entry != NULL) {
			*find(&more, entry->name, entry->tag, entry->hash) = entry;
		}
	}
	*names = more;
	return true;
}

bool dcv_names_put(struct dcv_names *names, const struct dcv_name *name, uint32_t tag,
	void *item, struct dcv_arena *arena)
{
	struct dcv_names_entry *entry = dcv_arena_alloc(arena, sizeof *entry);

	if (entry == NULL || (names->n >= names->n_slots / 2 && !grow(names, arena))) {
		return false;
	}
	*entry = (struct dcv_names_entry){name, item, tag, dcv_names_hash(name, tag)};
	*find(names, name, tag, entry->hash) = entry;
	names->n++;
	return true;
}
