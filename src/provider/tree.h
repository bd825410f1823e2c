/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Trees of answers (struct dcvp_tree), made within limits. */
#ifndef DCV_PROVIDER_TREE_H
#define DCV_PROVIDER_TREE_H

#include <stdbool.h>

#include "provider/provider.h"

#define DCV_TREE_DEPTH_MAX 32u
#define DCV_TREE_NODES_MAX 1000000u /* and more in a long text: one in so many octets */
#define DCV_TREE_NODE_OCTETS 8u

/* Where nodes come from. Zero the rest before use. */
struct dcv_tree_maker {
	void *(*alloc)(void *ctx, size_t n); /* zeroed; NULL when memory is out */
	void *ctx;
	size_t n_nodes, n_octets; /* n_octets: of the text */
	bool nomem;
	const char *why; /* what is wrong with the text; a constant */
	size_t at; /* octets before the place */
};

/* A node behind *tail, which moves on to its `next`. NULL with why or nomem set: too many, or
 * memory is out. key and text are not copied. */
struct dcvp_tree *dcv_tree_add(struct dcv_tree_maker *maker, struct dcvp_tree ***tail,
	enum dcvp_kind kind, const char *key);

/* Reads JSON (RFC 8259), all of it. NULL with maker's why and at set: malformed, not UTF-8, a
 * key twice, a NUL in a text, half a surrogate pair, over the limits. Numbers stay as they are
 * written. */
struct dcvp_tree *dcv_tree_json(struct dcv_tree_maker *maker, const char *text, size_t n);

/* Writes JSON in one line, in memory of `alloc`. NULL when memory is out, or the tree is deeper
 * than DCV_TREE_DEPTH_MAX. Octets that are not UTF-8 become U+FFFD. */
const char *dcv_tree_json_text(const struct dcvp_tree *tree,
	void *(*alloc)(void *ctx, size_t n), void *ctx);

/* How many octets at the beginning stand in a JSON text as they are, here and in an answer: printable
 * ASCII but the quote and the backslash. */
size_t dcv_json_plain(const char *text, size_t n);

#endif
