/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* YAML, bounded: a tree made from libyaml's events under our own limits. Every scalar is
 * octets; nothing is resolved to a number, a date or a boolean. */
#ifndef DCV_BASE_YAML_H
#define DCV_BASE_YAML_H

#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"

#define DCV_YAML_MAX_FILE (1024u * 1024u) /* octets */
#define DCV_YAML_MAX_DEPTH 16u
#define DCV_YAML_MAX_SCALAR (64u * 1024u) /* octets */
#define DCV_YAML_MAX_NODES 200000u
#define DCV_YAML_MAX_ITEMS 20000u /* of one list or mapping; documents of one file */

enum dcv_yaml_kind { DCV_YAML_SCALAR, DCV_YAML_SEQUENCE, DCV_YAML_MAPPING };

struct dcv_yaml_node {
	enum dcv_yaml_kind kind;
	unsigned line, column; /* from 1 */
	/* scalar */
	const char *text; /* NUL-terminated for convenience; may hold NULs: use len */
	size_t len;
	bool plain; /* written without quotes and not as a block */
	bool commented; /* plain, and a comment follows on its line */
	bool folded; /* plain or quoted, and written over several lines */
	bool block; /* written as a block (`|` or `>`) */
	/* sequence: children; mapping: keys[i] (scalars) with their children */
	size_t n;
	struct dcv_yaml_node **children;
	struct dcv_yaml_node **keys;
};

/* The text of one document, without its `---`: a part of the data that was read, such that
 * it can be read again. */
struct dcv_yaml_slice {
	const char *text;
	size_t len;
};

struct dcv_yaml_docs {
	size_t n;
	struct dcv_yaml_node **roots; /* an empty document has a NULL root */
	struct dcv_yaml_slice *slices; /* borrowed from the data */
};

/* Reads all documents of a file. An alias, anchor, tag, merge key, directive, duplicate key,
 * a key that is not a scalar, NUL in a scalar, or a limit exceeded is an error with its place (for a
 * duplicate key with both lines). `file` is borrowed for the diagnostics. What was read lives
 * in the arena. Returns DCV_OK or `code` (what the caller calls a bad file); then *ret holds
 * the documents that were read to their end, so that what else is wrong in them can be told
 * in the same run. */
enum dcv_err dcv_yaml_parse(const char *file, const void *data, size_t len,
	enum dcv_err code, struct dcv_arena *arena, struct dcv_yaml_docs *ret,
	struct dcv_diags *diags) DCV_NODISCARD;

/* The child under a key of a mapping, or NULL. */
const struct dcv_yaml_node *dcv_yaml_get(const struct dcv_yaml_node *map, const char *key);

/* The place of a node, for a diagnostic. */
struct dcv_place dcv_yaml_place(const char *file, const struct dcv_yaml_node *node);

/* The word among `words` (NULL-terminated) that a person most likely meant by `text`
 * (edit distance at most a third of its length), or NULL. */
const char *dcv_did_you_mean(const char *text, const char *const *words);

/* The version of libyaml that is loaded; static. */
const char *dcv_yaml_library(void);

#endif
