/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a second scan must have found if a patch did what it was to do. It
 * trusts neither the patch nor the copy. */
#include <stdlib.h>
#include <string.h>

#include "zones/commit.h"
#include "zones/fail.h"

/* A record as it is compared. */
struct item {
	uint16_t type;
	uint32_t ttl_s;
	size_t len;
	const void *data;
};

struct list {
	size_t n;
	struct item *items;
};

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	order = x->len == 0 ? 0 : memcmp(x->data, y->data, x->len);
	if (order != 0)
		return order;
	return x->ttl_s < y->ttl_s ? -1 : x->ttl_s > y->ttl_s;
}

static struct item item_of(const struct dcv_zrecord *record)
{
	return record->wire.wire != NULL ? (struct item){record->type, record->ttl_s,
						   record->wire.len, record->wire.wire}
					 : (struct item){record->type, record->ttl_s,
						   record->text_len, record->text};
}

/* The SOA with the new serial, which stands 20 octets before its end (RFC 1035 3.3.13). */
static bool bump(struct item *item, uint32_t serial, struct dcv_arena *arena)
{
	uint8_t *copy = dcv_arena_memdup(arena, item->data, item->len);

	if (copy == NULL)
		return false;
	for (unsigned i = 0; i < 4; i++)
		copy[item->len - 20 + i] = (uint8_t)(serial >> (24 - 8 * i));
	item->data = copy;
	return true;
}

static bool is_soa(const struct item *item)
{
	return item->type == DCV_TYPE_SOA && item->len >= 20;
}

/* The two scans, and the additions by node. */
struct proof {
	const struct dcv_zfound *before, *after;
	const struct dcv_zpatches *patches;
	size_t *first; /* per node: its first addition, DCV_ZNONE */
	size_t *next, *count; /* per addition: the next one; per node: how many */
};

static bool index_additions(struct proof *proof, struct dcv_arena *arena)
{
	size_t n_nodes = proof->before->nodes.n, n = proof->patches->n_additions;

	proof->first = dcv_arena_array(arena, n_nodes, sizeof *proof->first);
	proof->count = dcv_arena_array(arena, n_nodes, sizeof *proof->count);
	proof->next = dcv_arena_array(arena, n, sizeof *proof->next);
	if (proof->first == NULL || proof->count == NULL || proof->next == NULL)
		return false;
	for (size_t i = 0; i < n_nodes; i++)
		proof->first[i] = DCV_ZNONE;
	for (size_t i = 0; i < n; i++) {
		size_t node = proof->patches->additions[i].node;

		proof->next[i] = proof->first[node];
		proof->first[node] = i;
		proof->count[node]++;
	}
	return true;
}

/* What a node must hold afterwards. False: memory is out. */
static bool expect(const struct proof *proof, size_t node, struct dcv_arena *arena,
	struct list *ret)
{
	const struct dcv_zfound *before = proof->before;
	const struct dcv_zpatches *patches = proof->patches;

	ret->n = 0;
	ret->items = dcv_arena_array(arena,
		before->nodes.items[node].n + proof->count[node], sizeof *ret->items);
	if (ret->items == NULL)
		return false;
	for (size_t i = before->nodes.items[node].first; i != DCV_ZNONE;
		i = before->records[i].next) {
		struct item *item = &ret->items[ret->n];

		if (patches->marks[i].removed)
			continue;
		*item = item_of(&before->records[i]);
		if (patches->marks[i].set_ttl)
			item->ttl_s = patches->marks[i].ttl_s;
		if (is_soa(item) && !bump(item, patches->serial_after, arena))
			return false;
		ret->n++;
	}
	for (size_t i = proof->first[node]; i != DCV_ZNONE; i = proof->next[i]) {
		const struct dcv_zaddition *added = &patches->additions[i];

		ret->items[ret->n++] = (struct item){added->type, added->ttl_s,
			added->wire.len, added->wire.wire};
	}
	return true;
}

static bool list_node(const struct dcv_zfound *after, const struct dcv_name *name,
	struct dcv_arena *arena, struct list *ret)
{
	size_t node = dcv_znodes_find(&after->nodes, name);

	ret->n = 0;
	ret->items = dcv_arena_array(arena,
		node == DCV_ZNONE ? 0 : after->nodes.items[node].n, sizeof *ret->items);
	if (ret->items == NULL)
		return false;
	for (size_t i = node == DCV_ZNONE ? DCV_ZNONE : after->nodes.items[node].first;
		i != DCV_ZNONE; i = after->records[i].next)
		ret->items[ret->n++] = item_of(&after->records[i]);
	return true;
}

static enum dcvp_class differs(const struct dcv_zfound *before, const char *what,
	struct dcvp_error *err)
{
	return dcv_zfail(err, DCVP_FAILED,
		"%s: nothing changed: the patched copy is not what was meant (%s)",
		before->files[0].path, what);
}

static enum dcvp_class verify_node(const struct proof *proof, size_t node,
	struct dcvp_error *err)
{
	const struct dcv_name *owner = &proof->before->nodes.items[node].name;
	struct dcv_arena arena = {0};
	struct list want, have;
	char name[DCV_NAME_TEXT_MAX];
	bool same;

	if (!expect(proof, node, &arena, &want) ||
		!list_node(proof->after, owner, &arena, &have)) {
		dcv_arena_clear(&arena);
		return dcv_znomem(err);
	}
	same = want.n == have.n;
	if (same && want.n > 0) {
		qsort(want.items, want.n, sizeof *want.items, compare);
		qsort(have.items, have.n, sizeof *have.items, compare);
	}
	for (size_t i = 0; same && i < want.n; i++)
		same = compare(&want.items[i], &have.items[i]) == 0;
	dcv_arena_clear(&arena);
	return same ? DCVP_OK : differs(proof->before, dcv_name_text(owner, name), err);
}

enum dcvp_class dcv_zverify(const struct dcv_zfound *before,
	const struct dcv_zpatches *patches, const struct dcv_zfound *after,
	struct dcvp_error *err)
{
	struct proof proof = {.before = before, .after = after, .patches = patches};
	struct dcv_arena arena = {0};
	enum dcvp_class end = DCVP_OK;

	if (after->n_all != before->n_all + patches->n_additions - patches->n_removed)
		return differs(before, "number of records", err);
	if (after->passed_ttl != before->passed_ttl ||
		after->passed_type != before->passed_type ||
		after->n_outside != before->n_outside)
		return differs(before, "a record elsewhere", err);
	if (after->soa.serial != patches->serial_after ||
		after->n_files != before->n_files)
		return differs(before, "serial", err);
	if (!index_additions(&proof, &arena))
		end = dcv_znomem(err);
	for (size_t i = 0; i < before->nodes.n && end == DCVP_OK; i++)
		end = verify_node(&proof, i, err);
	dcv_arena_clear(&arena);
	return end;
}
