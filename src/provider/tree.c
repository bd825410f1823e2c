/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how many nodes a tree may have. */
#include "provider/tree.h"

struct dcvp_tree *dcv_tree_add(struct dcv_tree_maker *maker, struct dcvp_tree ***tail,
	enum dcvp_kind kind, const char *key)
{
	struct dcvp_tree *node;

	if (maker->n_nodes >= DCV_TREE_NODES_MAX &&
		maker->n_nodes >= maker->n_octets / DCV_TREE_NODE_OCTETS) {
		maker->why = "more than 1,000,000 values, and than one in 8 octets";
		return NULL;
	}
	node = maker->alloc(maker->ctx, sizeof(*node));
	if (node == NULL) {
		maker->nomem = true;
		return NULL;
	}
	maker->n_nodes++;
	node->kind = kind;
	node->key = key;
	**tail = node;
	*tail = &node->next;
	return node;
}
