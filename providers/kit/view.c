/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows closest enclosers, wildcards and cuts (RFC 4592 3.3.1, RFC 6672 2.3), given
 * the sets of a zone. It does not know where they come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/kit/kit.h"

/* key: the labels from the root down, each with an END: what lies below a name begins with the
 * name's key, so a binary search finds out whether the name exists. */
struct dcv_kit_entry {
	const char *key;
	const struct dcvp_rrset *set; /* NULL: the name exists, empty */
};

#define END '\1'

/* The name without its first label; "" of a top-level name. */
static const char *parent_of(const char *name)
{
	for (; *name != '\0' && *name != '.'; name++) {
		if (*name == '\\' && name[1] != '\0')
			name++;
	}
	return *name == '.' ? name + 1 : name;
}

static const char *key_of(struct dcv_kit *kit, const char *name)
{
	size_t len = strlen(name), at = len;
	char *key = dcv_kit_array(kit, len + 2, 1);
	const char *next;

	if (key == NULL || strcmp(name, ".") == 0)
		return key;
	for (; *name != '\0'; name = next) {
		size_t label;

		next = parent_of(name);
		label = (size_t)(next - name) - 1;
		if (label + 1 > at)
			break;
		at -= label + 1;
		memcpy(key + at, name, label);
		key[at + label] = END;
	}
	return key + at;
}

static int compare(const void *a, const void *b)
{
	const struct dcv_kit_entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);
	unsigned tx = x->set != NULL ? x->set->type : 0,
		 ty = y->set != NULL ? y->set->type : 0;

	return order != 0 ? order : (tx > ty) - (tx < ty);
}

void dcv_kit_index(struct dcv_kit *kit, const char *apex, const struct dcvp_rrset *sets,
	size_t n, const char *const *empty, size_t n_empty, struct dcv_kit_zone *ret)
{
	struct dcv_kit_entry *entries = dcv_kit_array(kit, n + n_empty, sizeof *entries);
	size_t count = 0;

	for (size_t i = 0; !kit->nomem && i < n; i++) {
		if (sets[i].n > 0)
			entries[count++] = (struct dcv_kit_entry){
				key_of(kit, sets[i].owner), &sets[i]};
	}
	for (size_t i = 0; !kit->nomem && i < n_empty; i++)
		entries[count++] = (struct dcv_kit_entry){key_of(kit, empty[i]), NULL};
	*ret = (struct dcv_kit_zone){.apex = apex, .entries = entries};
	if (kit->nomem)
		return;
	ret->n = count;
	qsort(entries, count, sizeof *entries, compare);
}

/* The first entry whose key is not before this one. */
static size_t seek(const struct dcv_kit_zone *zone, const char *key)
{
	size_t low = 0, high = zone->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(zone->entries[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int exists(struct dcv_kit *kit, const struct dcv_kit_zone *zone, const char *name)
{
	const char *key = key_of(kit, name);
	size_t at;

	if (key == NULL)
		return 0;
	at = seek(zone, key);
	return at < zone->n && strncmp(zone->entries[at].key, key, strlen(key)) == 0;
}

/* The entries of a name itself: from *ret_first, as many as returned. */
static size_t entries_at(struct dcv_kit *kit, const struct dcv_kit_zone *zone,
	const char *name, size_t *ret_first)
{
	const char *key = key_of(kit, name);
	size_t n = 0;

	*ret_first = 0;
	if (key == NULL)
		return 0;
	*ret_first = seek(zone, key);
	while (*ret_first + n < zone->n &&
		strcmp(zone->entries[*ret_first + n].key, key) == 0)
		n++;
	return n;
}

const struct dcvp_rrset *dcv_kit_find(struct dcv_kit *kit,
	const struct dcv_kit_zone *zone, const char *owner, uint16_t type)
{
	size_t first, n = entries_at(kit, zone, owner, &first);

	for (size_t i = first; i < first + n; i++) {
		if (zone->entries[i].set != NULL && zone->entries[i].set->type == type)
			return zone->entries[i].set;
	}
	return NULL;
}

static int is_shown(const struct dcvp_rrset *set)
{
	return set != NULL && set->type != DCV_KIT_RRSIG && set->type != DCV_KIT_NSEC &&
		set->type != DCV_KIT_NSEC3;
}

static void fill_sets(struct dcv_kit *kit, const struct dcv_kit_zone *zone,
	const char *name, struct dcvp_node *ret)
{
	size_t first, n = entries_at(kit, zone, name, &first);
	struct dcvp_rrset *sets = dcv_kit_array(kit, n, sizeof *sets);

	ret->sets = sets;
	for (size_t i = first; sets != NULL && i < first + n; i++) {
		if (is_shown(zone->entries[i].set))
			sets[ret->n_sets++] = *zone->entries[i].set;
	}
}

static void fill_node(struct dcv_kit *kit, const struct dcv_kit_zone *zone,
	const char *owner, struct dcvp_node *ret)
{
	const char *star;

	*ret = (struct dcvp_node){.owner = dcv_kit_dup(kit, owner), .closest = zone->apex};
	for (const char *at = owner; strcmp(at, zone->apex) != 0; at = parent_of(at)) {
		if (ret->closest == zone->apex && exists(kit, zone, at))
			ret->closest = at;
		/* The topmost one hides the others. */
		if (dcv_kit_find(kit, zone, at, DCV_KIT_NS) != NULL ||
			(at != owner && dcv_kit_find(kit, zone, at, DCV_KIT_DNAME) != NULL))
			ret->cut = at;
	}
	if (strcmp(owner, zone->apex) != 0 &&
		dcv_kit_find(kit, zone, zone->apex, DCV_KIT_DNAME) != NULL)
		ret->cut = zone->apex;
	star = dcv_kit_format(kit, "*.%s", ret->closest);
	ret->wildcard = star != NULL && strcmp(ret->closest, owner) != 0 &&
		exists(kit, zone, star);
	ret->closest = dcv_kit_dup(kit, ret->closest);
	if (ret->cut != NULL)
		ret->cut = dcv_kit_dup(kit, ret->cut);
	fill_sets(kit, zone, owner, ret);
}

static void fill_server(struct dcv_kit *kit, const struct dcv_kit_zone *zone,
	const char *target, struct dcvp_ns *ret)
{
	struct dcvp_rrset *sets = dcv_kit_array(kit, 2, sizeof *sets);
	static const uint16_t types[] = {DCV_KIT_A, DCV_KIT_AAAA};

	*ret = (struct dcvp_ns){.name = dcv_kit_name(kit, target), .sets = sets};
	for (size_t i = 0; !kit->nomem && i < 2; i++) {
		const struct dcvp_rrset *set = dcv_kit_find(kit, zone, ret->name,
			types[i]);

		if (set != NULL)
			sets[ret->n_sets++] = *set;
	}
}

/* MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM (RFC 1035 3.3.13). */
static int read_soa(const struct dcvp_rrset *soa, struct dcvp_zone *ret)
{
	const char *at = soa->rdata[0];
	unsigned long numbers[5];
	char *end;

	for (unsigned field = 0; field < 2; field++) {
		at += strspn(at, " \t");
		at += strcspn(at, " \t");
	}
	for (size_t i = 0; i < 5; i++) {
		numbers[i] = strtoul(at, &end, 10);
		if (end == at || numbers[i] > UINT32_MAX)
			return 0;
		at = end;
	}
	ret->serial = (uint32_t)numbers[0];
	ret->soa_ttl_s = soa->ttl_s;
	ret->soa_minimum_s = (uint32_t)numbers[4];
	return 1;
}

int dcv_kit_view(struct dcv_kit *kit, const struct dcv_kit_zone *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret)
{
	const struct dcvp_rrset *soa = dcv_kit_find(kit, zone, zone->apex, DCV_KIT_SOA);
	const struct dcvp_rrset *ns = dcv_kit_find(kit, zone, zone->apex, DCV_KIT_NS);
	struct dcvp_node *nodes = dcv_kit_array(kit, n, sizeof *nodes);
	struct dcvp_ns *servers = dcv_kit_array(kit, ns != NULL ? ns->n : 0,
		sizeof *servers);

	ret->nodes = nodes;
	ret->ns = servers;
	for (; !kit->nomem && ret->n_nodes < n; ret->n_nodes++)
		fill_node(kit, zone, owners[ret->n_nodes], &nodes[ret->n_nodes]);
	for (; ns != NULL && !kit->nomem && ret->n_ns < ns->n; ret->n_ns++)
		fill_server(kit, zone, ns->rdata[ret->n_ns], &servers[ret->n_ns]);
	return soa != NULL && read_soa(soa, ret);
}
