/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where in the bound zones the CAA set of a name is found, as a resolver and a
 * CA would find it (RFC 8659 3), and where that cannot be known from here. */
#include <stdlib.h>

#include "plan/caa_making.h"

#define HOPS_MAX 11u /* aliases that resolvers follow at most */

static int compare_bounds(const void *a, const void *b)
{
	const struct dcv_caa_bound *one = a, *other = b;

	return dcv_name_compare(&one->zone->apex, &other->zone->apex);
}

static int compare_spots(const void *a, const void *b)
{
	const struct dcv_caa_spot *one = a, *other = b;

	return dcv_name_compare(&one->node->owner, &other->node->owner);
}

/* Stands for every node that a sparse view leaves out. */
static const struct dcv_node no_node;

static bool prepare_bound(struct dcv_caa_making *making, const struct dcv_caa_zone *zone,
	struct dcv_caa_bound *ret)
{
	struct dcv_caa_spot *spots = dcv_arena_array(&making->work, zone->view->n_nodes,
		sizeof(spots[0]));

	if (spots == NULL)
		return false;
	for (size_t i = 0; i < zone->view->n_nodes; i++) {
		const struct dcv_node *node = &zone->view->nodes[i];
		const struct dcv_rrset *set = dcv_node_set(node, DCV_TYPE_CAA);

		spots[i].zone = zone;
		spots[i].node = node;
		spots[i].n = set != NULL ? set->n : 0;
		spots[i].values = set != NULL ? set->rdata : NULL;
	}
	if (zone->view->n_nodes > 0)
		qsort(spots, zone->view->n_nodes, sizeof(spots[0]), compare_spots);
	*ret = (struct dcv_caa_bound){zone, zone->view->n_nodes, spots};
	return true;
}

bool dcv_caa_prepare(struct dcv_caa_making *making)
{
	size_t n = making->world->n_zones;

	making->plain.node = &no_node;
	making->bounds = dcv_arena_array(&making->work, n, sizeof(making->bounds[0]));
	if (making->bounds == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!prepare_bound(making, &making->world->zones[i], &making->bounds[i]))
			return false;
	}
	if (n > 0)
		qsort(making->bounds, n, sizeof(making->bounds[0]), compare_bounds);
	making->n_bounds = n;
	return true;
}

static int compare_apex(const void *key, const void *element)
{
	const struct dcv_caa_bound *bound = element;

	return dcv_name_compare(key, &bound->zone->apex);
}

static int compare_owner(const void *key, const void *element)
{
	const struct dcv_caa_spot *spot = element;

	return dcv_name_compare(key, &spot->node->owner);
}

const struct dcv_caa_bound *dcv_caa_bound_of(const struct dcv_caa_making *making,
	const struct dcv_name *name)
{
	unsigned labels = dcv_name_labels(name);

	for (unsigned i = 0; making->n_bounds > 0 && i <= labels; i++) {
		const struct dcv_name apex = dcv_name_parent(name, i);
		const struct dcv_caa_bound *bound = bsearch(&apex, making->bounds,
			making->n_bounds, sizeof(making->bounds[0]), compare_apex);

		if (bound != NULL)
			return bound;
	}
	return NULL;
}

struct dcv_caa_spot *dcv_caa_spot_at(const struct dcv_caa_bound *bound,
	const struct dcv_name *owner)
{
	if (bound->n == 0)
		return NULL;
	return bsearch(owner, bound->spots, bound->n, sizeof(bound->spots[0]),
		compare_owner);
}

static struct dcv_caa_found unknown(struct dcv_caa_making *making, const char *fmt,
	const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];

	return (struct dcv_caa_found){.kind = DCV_CAA_AT_UNKNOWN,
		.why = dcv_caa_printf(making, "%s %s", dcv_name_text(name, text), fmt)};
}

/* Where a name does not exist, its wildcard answers for it. */
static struct dcv_caa_spot *wildcard_of(const struct dcv_caa_bound *bound,
	struct dcv_caa_spot *spot, struct dcv_name *ret)
{
	if (spot == NULL || !spot->node->wildcard || spot->n > 0)
		return spot;
	return dcv_name_prepend("*", 1, &spot->node->closest, ret)
		? dcv_caa_spot_at(bound, ret)
		: NULL;
}

/* The spot that answers for a name. NULL, and why in *ret, where that is not known. */
static struct dcv_caa_spot *answering(struct dcv_caa_making *making,
	const struct dcv_name *name, struct dcv_caa_found *ret)
{
	const struct dcv_caa_bound *bound = dcv_caa_bound_of(making, name);
	struct dcv_name at = *name;
	struct dcv_caa_spot *spot;

	if (bound == NULL) {
		*ret = unknown(making, "lies in no bound zone", name);
		return NULL;
	}
	spot = dcv_caa_spot_at(bound, name);
	if (spot != NULL && spot->node->cut.len != 0) {
		*ret = unknown(making,
			"is a delegation or a DNAME, which hides what lies there",
			&spot->node->cut);
		return NULL;
	}
	spot = wildcard_of(bound, spot, &at);
	if (spot == NULL && bound->zone->sparse)
		return &making->plain;
	if (spot == NULL)
		*ret = unknown(making, "was not read from its zone", &at);
	return spot;
}

/* What one label of the climb answers, aliases chased. AT_NONE: there is no set. */
static struct dcv_caa_found look(struct dcv_caa_making *making,
	const struct dcv_name *name)
{
	struct dcv_caa_found ret = {.kind = DCV_CAA_AT_NONE};
	struct dcv_name at = *name;

	for (unsigned hops = 0; hops <= HOPS_MAX; hops++) {
		struct dcv_caa_spot *spot = answering(making, &at, &ret);
		const struct dcv_rrset *cname;

		ret.alias = hops > 0;
		if (spot == NULL)
			return ret;
		cname = dcv_node_set(spot->node, DCV_TYPE_CNAME);
		if (cname == NULL || cname->n != 1 ||
			!dcv_name_from_wire(cname->rdata[0].wire, cname->rdata[0].len,
				&at)) {
			ret.kind = spot->n > 0 ? DCV_CAA_AT_SPOT : DCV_CAA_AT_NONE;
			ret.spot = spot->n > 0 ? spot : NULL;
			return ret;
		}
	}
	ret = unknown(making, "is the beginning of too many aliases, or of a loop", name);
	ret.alias = true;
	return ret;
}

struct dcv_caa_found dcv_caa_find(struct dcv_caa_making *making,
	const struct dcv_name *base)
{
	unsigned labels = dcv_name_labels(base);
	struct dcv_caa_found found = {.kind = DCV_CAA_AT_NONE};

	for (unsigned i = 0; i < labels; i++) {
		const struct dcv_name at = dcv_name_parent(base, i);

		if (dcv_caa_bound_of(making, &at) == NULL)
			break;
		found = look(making, &at);
		if (found.kind != DCV_CAA_AT_NONE)
			return found;
	}
	return (struct dcv_caa_found){.kind = DCV_CAA_AT_NONE};
}
