/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where a record is written whose owner is an alias: at the alias's end, if the
 * zone that holds the end says `follow: yes`. Aliases are followed through bound zones, as they
 * stand there, never through a wildcard. */
#include <stdlib.h>

#include "apply/internal.h"

static int compare_owner(const void *name, const void *node)
{
	return dcv_name_compare(name, &((const struct dcv_node *)node)->owner);
}

/* The node of a name in what was read of its zone, or NULL. */
static const struct dcv_node *node_of(const struct dcv_run *run,
	const struct dcv_name *name)
{
	const struct dcv_binding *binding = dcv_config_binding(run->config, name);

	for (size_t i = 0; binding != NULL && i < run->n_zones; i++) {
		const struct dcv_zone_run *zone = &run->zones[i];

		if (zone->binding == binding && !zone->manual)
			return zone->caa.n_nodes == 0
				? NULL
				: bsearch(name, zone->caa.nodes, zone->caa.n_nodes,
					  sizeof(zone->caa.nodes[0]), compare_owner);
	}
	return NULL;
}

/* The CNAME that somebody else put there. One of dcvctl's is a validation of its own. */
static enum dcv_err foreign_alias(struct dcv_run *run, const struct dcv_name *name,
	struct dcv_name *ret, bool *ret_is, struct dcv_error *err)
{
	const struct dcv_node *node = node_of(run, name);
	const struct dcv_rrset *set = node != NULL ? dcv_node_set(node, DCV_TYPE_CNAME)
						   : NULL;
	const struct dcv_binding *binding = dcv_config_binding(run->config, name);
	struct dcv_placement *rows = NULL;
	size_t n = 0;
	enum dcv_err rc;

	*ret_is = false;
	if (set == NULL || set->n != 1 ||
		!dcv_name_from_wire(set->rdata[0].wire, set->rdata[0].len, ret))
		return DCV_OK;
	rc = dcv_ledger_placements_at(run->ledger, &binding->zone, name, run->arena,
		&rows, &n, err);
	*ret_is = true;
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (rows[i].type == DCV_TYPE_CNAME && rows[i].ours &&
			dcv_rdata_equal(&rows[i].rdata, &set->rdata[0]))
			*ret_is = false;
	}
	return rc;
}

/* Where an alias ends in the bound zones, and the way there in words. */
static enum dcv_err walk(struct dcv_run *run, const struct dcv_name *owner,
	struct dcv_name *ret, struct dcv_buf *chain, struct dcv_error *err)
{
	char text[DCV_NAME_TEXT_MAX];
	enum dcv_err rc = DCV_OK;
	bool is = true;

	*ret = *owner;
	dcv_buf_adds(chain, dcv_name_text(owner, text));
	for (unsigned hop = 0; rc == DCV_OK && is && hop < DCV_HOPS_MAX; hop++) {
		struct dcv_name target;

		rc = foreign_alias(run, ret, &target, &is, err);
		if (rc != DCV_OK || !is)
			break;
		*ret = target;
		dcv_buf_addf(chain, " -> %s", dcv_name_text(&target, text));
	}
	return rc;
}

static enum dcv_err place(struct dcv_run *run, size_t subject, struct dcv_claim *claim,
	const struct dcv_name *end)
{
	const struct dcv_binding *binding = dcv_config_binding(run->config, end);
	enum dcv_err rc = DCV_OK;

	claim->placed_at = dcv_arena_memdup(run->arena, end, sizeof(*end));
	if (claim->placed_at == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; rc == DCV_OK && i < run->n_zones; i++) {
		if (run->zones[i].binding == binding)
			rc = dcv_gather_concern(run, &run->zones[i], subject);
	}
	return rc;
}

static void refuse(struct dcv_diags *diags, const struct dcv_claim *claim,
	const struct dcv_binding *binding, const char *chain)
{
	char zone[DCV_NAME_TEXT_MAX];

	dcv_name_text(&binding->zone, zone);
	dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_REFUSED, &claim->place,
		"add `follow: yes` to the zone that holds the end, and the record is written there",
		"%.300s: the owner is an alias, and zone %s, where it ends, does not say `follow: yes`",
		chain, zone);
	dcv_diag_cause(diags, "P11");
}

static enum dcv_err follow(struct dcv_run *run, size_t subject, struct dcv_claim *claim,
	struct dcv_diags *diags, struct dcv_error *err)
{
	const struct dcv_binding *binding;
	struct dcv_name end;
	struct dcv_buf chain;
	enum dcv_err rc;

	dcv_buf_init(&chain, 1u << 16);
	rc = walk(run, &claim->owner, &end, &chain, err);
	binding = dcv_config_binding(run->config, &end);
	if (rc == DCV_OK && binding != NULL && !dcv_name_equal(&end, &claim->owner)) {
		if (binding->follow)
			rc = place(run, subject, claim, &end);
		else
			refuse(diags, claim, binding, dcv_buf_text(&chain));
	}
	dcv_buf_clear(&chain);
	return rc;
}

enum dcv_err dcv_follow_aliases(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	size_t errors = diags->n_errors;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0;
		rc == DCV_OK && run->mode == DCV_PLAN_APPLY && i < run->n_subjects; i++) {
		const struct dcv_order *order = run->subjects[i].order;

		for (size_t k = 0; rc == DCV_OK && order != NULL &&
			dcv_subject_is_wanted(&run->subjects[i]) && k < order->n_claims;
			k++) {
			order->claims[k].placed_at = NULL;
			if (order->claims[k].type == DCV_TYPE_TXT)
				rc = follow(run, i, &order->claims[k], diags, &err);
		}
	}
	if (rc != DCV_OK) {
		if (err.code == DCV_OK)
			dcv_nomem(&err);
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	return diags->n_errors > errors ? DCV_E_REFUSED : DCV_OK;
}
