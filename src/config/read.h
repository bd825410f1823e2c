/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. Not for other rooms. */
#ifndef DCV_CONFIG_READ_H
#define DCV_CONFIG_READ_H

#include "base/yaml.h"
#include "config/config.h"

/* The zones of a configuration. */
struct dcv_config_zones {
	size_t n_bindings;
	struct dcv_binding *bindings;
};

/* The configuration file that is being read. */
struct dcv_config_reader {
	const char *file;
	const char *directory; /* absolute; relative paths begin there */
	struct dcv_arena *arena;
	struct dcv_diags *diags;
};

/* A key that this version does not know yet, and what to do instead (NULL: leave it out). */
struct dcv_later {
	const char *key, *help;
};

/* node.c: what every part of the file needs. A function that returns false, NULL or 0 has
 * added an error (DCV_E_CONFIG). */

void dcv_config_error(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *help, const char *fmt, ...) DCV_PRINTF(4, 5);
void dcv_config_nomem(const struct dcv_config_reader *rd);
/* Adds an error for each key that is none of `keys`, or one of `later` (ended by a NULL key). */
void dcv_config_keys(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	const char *const *keys, const struct dcv_later *later);
/* The text of a scalar that is not empty, NUL-terminated; else NULL. */
const char *dcv_config_text(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what);
/* A list of texts, ended by NULL. `least` items at least. */
const char *const *dcv_config_texts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, size_t least,
	const char *help);
/* An absolute path; no empty and no `.` segments. NULL when memory is out. */
const char *dcv_config_path(struct dcv_arena *arena, const char *directory,
	const char *path);
/* The directory in which the process runs, or NULL with an error. */
const char *dcv_config_cwd(struct dcv_arena *arena, struct dcv_diags *diags);
/* "sqlite:PATH" or PATH, as an absolute path; NULL if it is another database. */
const char *dcv_config_ledger(struct dcv_arena *arena, const char *directory,
	const char *text);
/* The name of the backend of a zone file in the ledger. */
const char *dcv_config_backend(struct dcv_arena *arena, const char *file);
/* The name of a zone that may be bound: no wildcard, not the root. */
bool dcv_config_zone(const char *text, size_t len, struct dcv_name *ret,
	struct dcv_error *err);
/* Puts a binding behind the others; false when memory is out. */
bool dcv_config_bind(struct dcv_arena *arena, struct dcv_config *config,
	const struct dcv_binding *binding);

/* zone.c: an item of `zones:`. */
void dcv_config_read_zone(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config *config);
/* Refuses zones that are bound twice. */
void dcv_config_unique(const struct dcv_config_reader *rd,
	const struct dcv_config *config);

/* file.c: reads config->file, whose path is absolute or relative to cwd. */
void dcv_config_read_file(const char *cwd, struct dcv_arena *arena,
	struct dcv_config *config, struct dcv_diags *diags);

/* flags.c: lays the command line over what the file says. */
void dcv_config_lay_flags(const struct dcv_config_flags *flags, const char *cwd,
	struct dcv_arena *arena, struct dcv_config *config, struct dcv_diags *diags);

#endif
