/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how records are grouped into RRsets and what stands above an owner. It does
 * not know files or offsets. */
#include "zones/view.h"

#include <stdlib.h>
#include <string.h>

#include "zones/fail.h"
#include "zones/serial.h"

struct maker {
	const struct dcv_zfound *found;
	const struct dcvp_host *host;
	struct dcv_arena arena; /* for what is copied to the host afterwards */
};

const char *dcv_zfixed_set(const struct dcv_zfound *found,
	const struct dcv_zrecord *record, struct dcv_arena *arena)
{
	const struct dcv_zfile *file = &found->files[record->file];

	return dcv_arena_printf(arena, "it lies in %s:%llu, a file that is %s",
		file->path, (unsigned long long)record->line, file->fixed);
}

const char *dcv_zfixed_zone(const struct dcv_zfound *found, struct dcv_arena *arena,
	bool *ret_nomem)
{
	const struct dcv_zrecord *soa = &found->records[found->soa.record];
	const char *text;

	*ret_nomem = false;
	if (found->serial_external || found->files[soa->file].fixed == NULL)
		return NULL;
	text = dcv_arena_printf(arena, "the SOA record lies in %s:%llu, a file that is %s",
		found->files[soa->file].path, (unsigned long long)soa->line,
		found->files[soa->file].fixed);
	*ret_nomem = text == NULL;
	return text;
}

static void *host_array(struct maker *m, size_t n, size_t size)
{
	/* One octet for an empty array, so that NULL always means that memory is out. */
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return m->host->alloc(m->host->ctx, n * size > 0 ? n * size : 1);
}

static const char *host_text(struct maker *m, const char *text, size_t len)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = host_array(m, len + 1, 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

static const char *host_name(struct maker *m, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];

	(void)dcv_name_text(name, text);
	return host_text(m, text, strlen(text));
}

static const char *host_rdata(struct maker *m, const struct dcv_zrecord *record)
{
	char *text;

	if (record->wire.wire == NULL)
		return host_text(m, record->text, record->text_len);
	text = dcv_rdata_dup_text(record->type, &record->wire, &m->arena);
	return text == NULL ? NULL : host_text(m, text, strlen(text));
}

static bool is_shown(uint16_t type)
{
	return type != DCV_TYPE_RRSIG && type != DCV_TYPE_NSEC && type != DCV_TYPE_NSEC3;
}

struct item {
	const struct dcv_zrecord *record;
};

/* By type, then in the order of the file. */
static int compare(const void *a, const void *b)
{
	const struct dcv_zrecord *x = ((const struct item *)a)->record;
	const struct dcv_zrecord *y = ((const struct item *)b)->record;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Who the backend says the values were written for; *ret NULL: of none it is said. */
static bool fill_marks(struct maker *m, const struct item *items, size_t n,
	const char *const **ret)
{
	const char **marks = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *mark = items[i].record->mark;

		if (mark == NULL)
			continue;
		if (marks == NULL)
			marks = host_array(m, n, sizeof *marks);
		if (marks == NULL)
			return false;
		marks[i] = host_text(m, mark, strlen(mark));
		if (marks[i] == NULL)
			return false;
	}
	*ret = marks;
	return true;
}

static bool fill_set(struct maker *m, const struct item *items, size_t n,
	struct dcvp_rrset *ret)
{
	const struct dcv_zrecord *first = items[0].record;
	const char **rdata = host_array(m, n, sizeof *rdata);

	if (rdata == NULL)
		return false;
	*ret = (struct dcvp_rrset){.type = first->type,
		.ttl_s = first->ttl_s,
		.n = n,
		.rdata = rdata,
		.owner = host_name(m, &m->found->nodes.items[first->node].name)};
	if (ret->owner == NULL || !fill_marks(m, items, n, &ret->marks))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *fixed;

		rdata[i] = host_rdata(m, items[i].record);
		if (rdata[i] == NULL)
			return false;
		if (m->found->files[items[i].record->file].fixed == NULL ||
			ret->fixed != NULL)
			continue;
		fixed = dcv_zfixed_set(m->found, items[i].record, &m->arena);
		ret->fixed = fixed == NULL ? NULL : host_text(m, fixed, strlen(fixed));
		if (ret->fixed == NULL)
			return false;
	}
	return true;
}

static size_t count_sets(const struct item *items, size_t n)
{
	size_t sets = 0;

	for (size_t i = 0; i < n; i++)
		sets += i == 0 || items[i].record->type != items[i - 1].record->type;
	return sets;
}

/* The RRsets of a node; only addresses if `addresses`. False: memory is out. */
static bool make_sets(struct maker *m, size_t index, bool addresses,
	const struct dcvp_rrset **ret, size_t *ret_n)
{
	const struct dcv_znode *node = &m->found->nodes.items[index];
	struct item *items = dcv_arena_array(&m->arena, node->n, sizeof *items);
	struct dcvp_rrset *sets;
	size_t n = 0, n_sets = 0, end;

	if (items == NULL)
		return false;
	for (size_t i = node->first; i != DCV_ZNONE; i = m->found->records[i].next) {
		uint16_t type = m->found->records[i].type;

		if (addresses ? type == DCV_TYPE_A || type == DCV_TYPE_AAAA
			      : is_shown(type))
			items[n++].record = &m->found->records[i];
	}
	qsort(items, n, sizeof *items, compare);
	sets = host_array(m, count_sets(items, n), sizeof *sets);
	if (sets == NULL)
		return false;
	for (size_t at = 0; at < n; at = end) {
		for (end = at;
			end < n && items[end].record->type == items[at].record->type;)
			end++;
		if (!fill_set(m, items + at, end - at, &sets[n_sets++]))
			return false;
	}
	*ret = sets;
	*ret_n = n_sets;
	return true;
}

/* The topmost delegation at or above the owner, or DNAME above it (RFC 6672 2.3). */
static const struct dcv_znode *find_cut(const struct dcv_zfound *found,
	const struct dcv_name *owner)
{
	const struct dcv_znodes *nodes = &found->nodes;
	unsigned below = dcv_name_labels(owner) - dcv_name_labels(&nodes->apex);

	for (unsigned i = below + 1; i-- > 0;) {
		struct dcv_name name = dcv_name_parent(owner, i);
		size_t index = dcv_znodes_find(nodes, &name);

		if (index == DCV_ZNONE)
			continue;
		if ((index != 0 && nodes->items[index].has_ns) ||
			(i > 0 && nodes->items[index].has_dname))
			return &nodes->items[index];
	}
	return NULL;
}

static const struct dcv_znode *find_closest(const struct dcv_zfound *found,
	const struct dcv_name *owner)
{
	const struct dcv_znodes *nodes = &found->nodes;
	unsigned below = dcv_name_labels(owner) - dcv_name_labels(&nodes->apex);

	for (unsigned i = 0; i < below; i++) {
		struct dcv_name name = dcv_name_parent(owner, i);
		size_t index = dcv_znodes_find(nodes, &name);

		if (index != DCV_ZNONE && nodes->items[index].exists)
			return &nodes->items[index];
	}
	return &nodes->items[0];
}

static bool make_node(struct maker *m, const struct dcv_name *owner, struct dcvp_node *ret)
{
	const struct dcv_znodes *nodes = &m->found->nodes;
	size_t index = dcv_znodes_find(nodes, owner);
	const struct dcv_znode *node = &nodes->items[index];
	const struct dcv_znode *closest = find_closest(m->found, owner);
	const struct dcv_znode *cut = find_cut(m->found, owner);

	*ret = (struct dcvp_node){.owner = host_name(m, owner),
		.closest = host_name(m, &closest->name),
		.wildcard = !node->exists && closest->wildcard};
	if (cut != NULL)
		ret->cut = host_name(m, &cut->name);
	if (node->generated != NULL)
		ret->generated = host_text(m, node->generated, strlen(node->generated));
	return ret->owner != NULL && ret->closest != NULL &&
		(cut == NULL || ret->cut != NULL) &&
		(node->generated == NULL || ret->generated != NULL) &&
		make_sets(m, index, false, &ret->sets, &ret->n_sets);
}

static bool make_server(struct maker *m, const struct dcv_zrecord *record,
	struct dcvp_ns *ret)
{
	struct dcv_name name;
	size_t index;

	*ret = (struct dcvp_ns){0};
	if (!dcv_name_from_wire(record->wire.wire, record->wire.len, &name))
		return false;
	ret->name = host_name(m, &name);
	if (ret->name == NULL)
		return false;
	index = dcv_znodes_find(&m->found->nodes, &name);
	return index == DCV_ZNONE || make_sets(m, index, true, &ret->sets, &ret->n_sets);
}

static bool make_servers(struct maker *m, struct dcvp_zone *zone)
{
	const struct dcv_znode *apex = &m->found->nodes.items[0];
	struct dcvp_ns *ns = host_array(m, apex->n, sizeof *ns);

	if (ns == NULL)
		return false;
	zone->ns = ns;
	for (size_t i = apex->first; i != DCV_ZNONE; i = m->found->records[i].next) {
		if (m->found->records[i].type != DCV_TYPE_NS)
			continue;
		if (!make_server(m, &m->found->records[i], &ns[zone->n_ns++]))
			return false;
	}
	return true;
}

static bool make_zone(struct maker *m, struct dcvp_zone *zone)
{
	const struct dcv_zfound *found = m->found;
	bool nomem, ahead;
	const char *fixed = dcv_zfixed_zone(found, &m->arena, &nomem);

	*zone = (struct dcvp_zone){
		.place = host_text(m, found->files[0].path, strlen(found->files[0].path)),
		.etag = host_text(m, found->etag, strlen(found->etag)),
		.is_signed = found->has_dnssec,
		.serial = found->soa.serial,
		.serial_next = found->soa.serial,
		.soa_ttl_s = found->soa.ttl_s,
		.soa_minimum_s = found->soa.minimum_s};
	if (!found->serial_external)
		zone->serial_next = dcv_serial_next(found->soa.serial,
			m->host->wall_s(m->host->ctx), &ahead);
	if (fixed != NULL)
		zone->fixed = host_text(m, fixed, strlen(fixed));
	return !nomem && zone->place != NULL && zone->etag != NULL &&
		(fixed == NULL || zone->fixed != NULL) && make_servers(m, zone);
}

enum dcvp_class dcv_zview_make(const struct dcv_zfound *found,
	const struct dcvp_host *host, const struct dcv_name *owners, size_t n,
	struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct maker m = {.found = found, .host = host};
	struct dcvp_zone zone;
	struct dcvp_node *nodes = host_array(&m, n, sizeof *nodes);
	bool made = nodes != NULL && make_zone(&m, &zone);

	for (size_t i = 0; made && i < n; i++)
		made = make_node(&m, &owners[i], &nodes[i]);
	dcv_arena_clear(&m.arena);
	if (!made)
		return dcv_znomem(err);
	zone.n_nodes = n;
	zone.nodes = nodes;
	*ret = zone;
	return DCVP_OK;
}
