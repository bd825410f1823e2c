/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where else a misplaced record may stand. */
#include <string.h>

#include "check/diagnose.h"

#define BETWEEN_MAX 5u

struct list {
	struct dcv_probe *probes;
	size_t n;
	const struct dcv_name *owner;
};

static void add(struct list *list, enum dcv_probe_kind kind, const struct dcv_name *owner,
	uint16_t type)
{
	if (list->n == DCV_PROBES_MAX)
		return;
	if (kind == DCV_PROBE_SIBLING && dcv_name_equal(owner, list->owner))
		return;
	for (size_t i = 0; i < list->n; i++) {
		if (list->probes[i].type == type &&
			dcv_name_equal(&list->probes[i].owner, owner))
			return;
	}
	list->probes[list->n++] = (struct dcv_probe){kind, *owner, type};
}

/* OWNER.ZONE, as a console makes it of a host with the zone in it. */
static void add_doubled(struct list *list, const struct dcv_name *zone, uint16_t type)
{
	struct dcv_name doubled = *list->owner;

	if (doubled.len + zone->len - 1u > DCV_NAME_MAX || zone->len <= 1)
		return;
	memcpy(doubled.wire + doubled.len - 1, zone->wire, zone->len);
	doubled.len = (uint8_t)(doubled.len + zone->len - 1);
	add(list, DCV_PROBE_DOUBLED, &doubled, type);
}

/* The prefix (if there is one), "www" or nothing, and a base. */
static void add_sibling(struct list *list, bool prefixed, bool www,
	const struct dcv_name *base, uint16_t type)
{
	const uint8_t *wire = list->owner->wire;
	struct dcv_name name = *base, longer;

	if (www) {
		if (!dcv_name_prepend("www", 3, &name, &longer))
			return;
		name = longer;
	}
	if (prefixed) {
		if (!dcv_name_prepend((const char *)wire + 1, wire[0], &name, &longer))
			return;
		name = longer;
	}
	add(list, DCV_PROBE_SIBLING, &name, type);
}

/* With the prefix and without it: at the domain, at www, and at each name up to the apex. */
static void add_siblings(struct list *list, const struct dcv_name *zone, uint16_t type)
{
	bool prefixed = dcv_name_is_underscored(list->owner);
	struct dcv_name domain = dcv_name_parent(list->owner, prefixed ? 1 : 0);
	unsigned up = dcv_name_labels(&domain) - dcv_name_labels(zone);

	if (prefixed)
		add_sibling(list, false, false, &domain, type);
	add_sibling(list, prefixed, true, &domain, type);
	for (unsigned i = 1; i <= up && i <= BETWEEN_MAX; i++) {
		struct dcv_name base = dcv_name_parent(&domain, i);

		add_sibling(list, prefixed, false, &base, type);
	}
}

/* What would become an empty non-terminal. */
static void add_between(struct list *list, const struct dcv_name *zone)
{
	unsigned up = dcv_name_labels(list->owner) - dcv_name_labels(zone);

	for (unsigned i = 1; i < up && i <= BETWEEN_MAX; i++) {
		struct dcv_name name = dcv_name_parent(list->owner, i);

		add(list, DCV_PROBE_BETWEEN, &name, DCV_TYPE_A);
	}
}

size_t dcv_probes_make(const struct dcv_name *zone, const struct dcv_name *owner,
	uint16_t type, struct dcv_probe *probes)
{
	struct list list = {probes, 0, owner};

	if (!dcv_name_is_within(owner, zone))
		return 0;
	add(&list, DCV_PROBE_TYPE, owner,
		type == DCV_TYPE_TXT ? DCV_TYPE_CNAME : DCV_TYPE_TXT);
	add_doubled(&list, zone, type);
	if (!dcv_name_equal(owner, zone) || !dcv_name_is_underscored(owner))
		add_siblings(&list, zone, type);
	add_between(&list, zone);
	return list.n;
}
