/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how names and RDATA cross the provider interface: as text there, as wire
 * form here. */
#include <string.h>

#include "provider/internal.h"

const char *dcv_convert_name(const struct dcv_name *name, struct dcv_arena *arena)
{
	char text[DCV_NAME_TEXT_MAX];

	return dcv_arena_strdup(arena, dcv_name_text(name, text));
}

static const char *const *convert_values(uint16_t type, const struct dcv_rdata *rdata,
	size_t n, struct dcv_arena *arena)
{
	const char **texts = dcv_arena_array(arena, n, sizeof(texts[0]));

	for (size_t i = 0; texts != NULL && i < n; i++) {
		texts[i] = dcv_rdata_dup_text(type, &rdata[i], arena);
		if (texts[i] == NULL)
			return NULL;
	}
	return texts;
}

/* The set that an edit rests on. False when memory is out. */
static bool convert_before(const struct dcv_rrset *from, struct dcv_arena *arena,
	const struct dcvp_rrset **ret)
{
	struct dcvp_rrset *set;

	*ret = NULL;
	if (from == NULL)
		return true;
	set = dcv_arena_alloc(arena, sizeof(*set));
	if (set == NULL)
		return false;
	*set = (struct dcvp_rrset){.owner = dcv_convert_name(&from->owner, arena),
		.type = from->type,
		.ttl_s = from->ttl_s,
		.n = from->n,
		.rdata = convert_values(from->type, from->rdata, from->n, arena)};
	*ret = set;
	return set->owner != NULL && set->rdata != NULL;
}

struct dcvp_edit *dcv_convert_edits(const struct dcv_rrset_edit *edits, size_t n,
	struct dcv_arena *arena)
{
	struct dcvp_edit *ret = dcv_arena_array(arena, n, sizeof(ret[0]));

	for (size_t i = 0; ret != NULL && i < n; i++) {
		const struct dcv_rrset_edit *from = &edits[i];

		ret[i] = (struct dcvp_edit){.owner = dcv_convert_name(&from->owner, arena),
			.type = from->type,
			.ttl_s = from->ttl_s,
			.n_add = from->n_add,
			.n_remove = from->n_remove,
			.notes = from->notes,
			.has_before = from->has_before};
		ret[i].add = convert_values(from->type, from->add, from->n_add, arena);
		ret[i].remove = convert_values(from->type, from->remove, from->n_remove,
			arena);
		if (ret[i].owner == NULL || ret[i].add == NULL || ret[i].remove == NULL ||
			!convert_before(from->before, arena, &ret[i].before))
			return NULL;
	}
	return ret;
}

/* In a form of its own, or as octets (RFC 3597 5). */
static bool is_encoded(uint16_t type, const char *text)
{
	return dcv_type_is_encoded(type) || strncmp(text, "\\#", 2) == 0;
}

/* RDATA of types that we cannot encode is only shown and counted: its text stands for it. */
static enum dcv_err convert_rdata(uint16_t type, const char *text,
	const struct dcv_name *apex, struct dcv_arena *arena, struct dcv_rdata *ret,
	struct dcv_error *err)
{
	struct dcv_error why = {0};
	size_t len = strlen(text);

	if (dcv_rdata_parse(type, text, len, apex, arena, ret, &why) == DCV_OK)
		return DCV_OK;
	if (is_encoded(type, text))
		return dcv_fail(err, DCV_E_FAILED, "%s", why.text);
	ret->len = (uint16_t)(len > UINT16_MAX ? UINT16_MAX : len);
	ret->wire = dcv_arena_memdup(arena, text, ret->len);
	return ret->wire == NULL ? dcv_nomem(err) : DCV_OK;
}

static enum dcv_err convert_marks(const struct dcvp_rrset *from, struct dcv_arena *arena,
	const char ***ret, struct dcv_error *err)
{
	const char **marks;

	*ret = NULL;
	if (from->marks == NULL)
		return DCV_OK;
	marks = dcv_arena_array(arena, from->n, sizeof(marks[0]));
	if (marks == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < from->n; i++) {
		if (from->marks[i] == NULL)
			continue;
		marks[i] = dcv_arena_strdup(arena, from->marks[i]);
		if (marks[i] == NULL)
			return dcv_nomem(err);
	}
	*ret = marks;
	return DCV_OK;
}

static enum dcv_err convert_set(const struct dcvp_rrset *from, const struct dcv_name *apex,
	struct dcv_arena *arena, struct dcv_rrset *ret, struct dcv_error *err)
{
	enum dcv_err rc = dcv_name_from(from->owner, &ret->owner, err);

	ret->type = from->type;
	ret->ttl_s = from->ttl_s;
	ret->n = from->n;
	ret->rdata = dcv_arena_array(arena, from->n, sizeof(ret->rdata[0]));
	if (ret->rdata == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < from->n; i++)
		rc = convert_rdata(from->type, from->rdata[i], apex, arena,
			&ret->rdata[i], err);
	return rc == DCV_OK ? convert_marks(from, arena, &ret->marks, err) : rc;
}

static enum dcv_err convert_sets(const struct dcvp_rrset *from, size_t n,
	const struct dcv_name *apex, struct dcv_arena *arena, struct dcv_rrset **ret,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	*ret = dcv_arena_array(arena, n, sizeof(**ret));
	if (*ret == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = convert_set(&from[i], apex, arena, &(*ret)[i], err);
	return rc;
}

/* Every value was encoded, so it can be written; of another only its text is known. */
static bool is_writable(const struct dcvp_rrset *set)
{
	for (size_t i = 0; i < set->n; i++) {
		if (!is_encoded(set->type, set->rdata[i]))
			return false;
	}
	return dcv_type_is_encoded(set->type) || set->n > 0;
}

static enum dcv_err convert_fixed(const struct dcvp_node *from, struct dcv_arena *arena,
	struct dcv_node *ret, struct dcv_error *err)
{
	ret->fixed = dcv_arena_array(arena, from->n_sets, sizeof(ret->fixed[0]));
	if (ret->fixed == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < from->n_sets; i++) {
		const char *why = from->sets[i].fixed;

		if (why == NULL && !is_writable(&from->sets[i]))
			why = "dcvctl does not write records of this type";
		if (why == NULL)
			continue;
		ret->fixed[i] = dcv_arena_strdup(arena, why);
		if (ret->fixed[i] == NULL)
			return dcv_nomem(err);
	}
	return DCV_OK;
}

static enum dcv_err convert_node(const struct dcvp_node *from, const struct dcv_name *apex,
	struct dcv_arena *arena, struct dcv_node *ret, struct dcv_error *err)
{
	enum dcv_err rc = dcv_name_from(from->owner, &ret->owner, err);

	if (rc == DCV_OK && from->closest != NULL)
		rc = dcv_name_from(from->closest, &ret->closest, err);
	if (rc == DCV_OK && from->cut != NULL)
		rc = dcv_name_from(from->cut, &ret->cut, err);
	/* Without its closest encloser nothing can be said of a wildcard. */
	ret->wildcard = from->wildcard != 0 && from->closest != NULL;
	if (rc == DCV_OK && from->generated != NULL) {
		ret->generated = dcv_arena_strdup(arena, from->generated);
		if (ret->generated == NULL)
			return dcv_nomem(err);
	}
	ret->n_sets = from->n_sets;
	if (rc == DCV_OK)
		rc = convert_sets(from->sets, from->n_sets, apex, arena, &ret->sets, err);
	return rc != DCV_OK ? rc : convert_fixed(from, arena, ret, err);
}

static enum dcv_err convert_ns(const struct dcvp_ns *from, const struct dcv_name *apex,
	struct dcv_arena *arena, struct dcv_ns *ret, struct dcv_error *err)
{
	enum dcv_err rc = dcv_name_from(from->name, &ret->name, err);

	for (size_t i = 0; rc == DCV_OK && i < from->n_sets && ret->n < 2; i++) {
		if (from->sets[i].type != DCV_TYPE_A && from->sets[i].type != DCV_TYPE_AAAA)
			continue;
		rc = convert_set(&from->sets[i], apex, arena, &ret->addresses[ret->n++],
			err);
	}
	return rc;
}

static enum dcv_err dup_text(const char *text, struct dcv_arena *arena, const char **ret,
	struct dcv_error *err)
{
	*ret = text == NULL ? NULL : dcv_arena_strdup(arena, text);
	return text != NULL && *ret == NULL ? dcv_nomem(err) : DCV_OK;
}

enum dcv_err dcv_convert_zone(const struct dcvp_zone *zone, const struct dcv_name *apex,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
{
	struct dcv_zone_view view = {.apex = *apex,
		.is_signed = zone->is_signed != 0,
		.serial = zone->serial,
		.serial_next = zone->serial_next,
		.soa_ttl_s = zone->soa_ttl_s,
		.soa_minimum_s = zone->soa_minimum_s,
		.n_ns = zone->n_ns,
		.n_nodes = zone->n_nodes,
		.limits = {.ttl_min_s = zone->ttl_min_s, .ttl_max_s = zone->ttl_max_s}};
	enum dcv_err rc;

	view.ns = dcv_arena_array(arena, view.n_ns, sizeof(view.ns[0]));
	view.nodes = dcv_arena_array(arena, view.n_nodes, sizeof(view.nodes[0]));
	if (view.ns == NULL || view.nodes == NULL)
		return dcv_nomem(err);
	rc = dup_text(zone->place, arena, &view.place, err);
	if (rc == DCV_OK)
		rc = dup_text(zone->etag, arena, &view.etag, err);
	if (rc == DCV_OK)
		rc = dup_text(zone->fixed, arena, &view.fixed, err);
	for (size_t i = 0; rc == DCV_OK && i < view.n_ns; i++)
		rc = convert_ns(&zone->ns[i], apex, arena, &view.ns[i], err);
	for (size_t i = 0; rc == DCV_OK && i < view.n_nodes; i++)
		rc = convert_node(&zone->nodes[i], apex, arena, &view.nodes[i], err);
	if (rc == DCV_OK)
		*ret = view;
	return rc;
}

/* The narrower of two bounds, of which 0 is none. */
static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

enum dcv_err dcv_convert_limits(const struct dcvp_capabilities *from,
	struct dcv_arena *arena, struct dcv_limits *ret, struct dcv_error *err)
{
	ret->ttl_min_s = larger(ret->ttl_min_s, from->ttl_min_s);
	ret->ttl_max_s = smaller(ret->ttl_max_s, from->ttl_max_s);
	ret->txt_max = from->txt_max;
	ret->values_max = from->values_max;
	ret->no_cname = from->no_cname != 0;
	ret->no_caa = from->no_caa != 0;
	ret->no_empty_txt = from->no_empty_txt != 0;
	ret->ttl_stays = from->ttl_stays != 0;
	return dup_text(from->txt_forbidden, arena, &ret->txt_forbidden, err);
}
