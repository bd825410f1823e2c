/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the host is told of a zone. The whole zone is listed, 500 sets a request:
 * only so it is seen which names exist, and requests are what an account has few of. */
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

#define RUN_S 86400

/* A set that is not edited may answer the CA in place of the one that is: told once in a run. */
static void warn(struct dcv_hw_call *call, const struct dcv_hw_set *set)
{
	const struct dcvp_host *host = call->session->host;
	const char *key = dcv_kit_format(&call->kit, "told %s", set->id), *line;
	char type[DCV_KIT_TYPE_MAX];

	if (key == NULL || host->cache_get(host->ctx, key) != NULL)
		return;
	line = dcv_kit_format(&call->kit, "%s: %s has another %s set, %s: not touched",
		call->subject, set->rrset.owner, dcv_kit_type_text(set->rrset.type, type),
		set->aside);
	if (line == NULL)
		return;
	host->log(host->ctx, DCVP_LOG_NOTE, line);
	host->cache_put(host->ctx, key, "", RUN_S);
}

static int is_named(const char *const *owners, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(owners[i], name) == 0)
			return 1;
	}
	return 0;
}

/* Sets that are edited or only shown; names of the others, which exist all the same. */
static void make_index(struct dcv_hw_call *call, const char *zone,
	struct dcv_hw_listed *listed)
{
	struct dcv_kit *kit = &call->kit;
	const struct dcv_hw_sets *all = &listed->sets;
	struct dcvp_rrset *sets = dcv_kit_array(kit, all->n, sizeof *sets);
	const char **names = dcv_kit_array(kit, all->n, sizeof *names);
	size_t n = 0, n_names = 0;

	for (size_t i = 0; !kit->nomem && i < all->n; i++) {
		const struct dcv_hw_set *set = &all->items[i];

		if (set->going)
			continue;
		if (set->aside == NULL && !dcv_hw_has_failed(set) && set->rrset.n > 0)
			sets[n++] = set->rrset;
		else
			names[n_names++] = set->rrset.owner;
	}
	if (kit->nomem)
		return;
	listed->etag = dcv_kit_etag(kit, sets, n);
	dcv_kit_index(kit, zone, sets, n, names, n_names, &listed->index);
}

enum dcvp_class dcv_hw_list_zone(struct dcv_hw_call *call, const char *zone,
	struct dcv_hw_listed *ret, struct dcvp_error *err)
{
	enum dcvp_class class = dcv_hw_zone(call, zone, &ret->zone, err);

	if (class == DCVP_OK)
		class = dcv_hw_list(call, ret->zone.id, NULL, &ret->sets, err);
	if (class != DCVP_OK)
		return class;
	make_index(call, zone, ret);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* Sets of the owners that are not edited. */
static void warn_of_all(struct dcv_hw_call *call, const struct dcv_hw_sets *sets,
	const char *const *owners, size_t n)
{
	for (size_t i = 0; i < sets->n; i++) {
		const struct dcv_hw_set *set = &sets->items[i];

		if (set->aside != NULL && !set->going &&
			dcv_hw_is_edited(set->rrset.type) &&
			is_named(owners, n, set->rrset.owner))
			warn(call, set);
	}
}

enum dcvp_class dcv_hw_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_hw_call call;
	struct dcv_hw_listed listed;
	struct dcvp_zone view = {.ttl_min_s = 1, .ttl_max_s = INT32_MAX};
	enum dcvp_class class;

	dcv_hw_begin(&call, session, zone);
	class = dcv_hw_list_zone(&call, zone, &listed, err);
	if (class != DCVP_OK)
		return class;
	view.place = dcv_kit_format(&call.kit, "%s at %s", zone, call.session->endpoint);
	view.etag = listed.etag;
	view.fixed = listed.zone.fixed;
	if (!dcv_kit_view(&call.kit, &listed.index, owners, n, &view) && !call.kit.nomem)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_NOT_READY,
			"%s: the zone has no SOA record", view.place);
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	warn_of_all(&call, &listed.sets, owners, n);
	*ret = view;
	return DCVP_OK;
}
