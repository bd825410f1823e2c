/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to look something up in a view of a zone. It does not know where the
 * view comes from. */
#include "dns/view.h"

const struct dcv_node *dcv_view_node(const struct dcv_zone_view *view,
	const struct dcv_name *owner, size_t *at)
{
	for (size_t i = 0; i < view->n_nodes; i++) {
		size_t nth = (*at + i) % view->n_nodes;

		if (dcv_name_equal(&view->nodes[nth].owner, owner)) {
			*at = nth;
			return &view->nodes[nth];
		}
	}
	return NULL;
}

const struct dcv_rrset *dcv_node_set(const struct dcv_node *node, uint16_t type)
{
	for (size_t i = 0; i < node->n_sets; i++) {
		if (node->sets[i].type == type) {
			return &node->sets[i];
		}
	}
	return NULL;
}

uint32_t dcv_view_negative_ttl(const struct dcv_zone_view *view)
{
	return view->soa_ttl_s < view->soa_minimum_s ? view->soa_ttl_s
						     : view->soa_minimum_s;
}
