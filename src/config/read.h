/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. Not for other rooms. */
#ifndef DCV_CONFIG_READ_H
#define DCV_CONFIG_READ_H

#include "base/buf.h"
#include "base/yaml.h"
#include "config/config.h"
#include "config/server.h"

/* An item of `zones:` or a --zone-file. In the paths of its backends {zone} still stands. */
struct dcv_config_entry {
	struct dcv_binding binding; /* zone.len 0: every zone that exists */
	struct dcv_backend_config *backends; /* those of the binding */
	bool has_reload; /* `reload:` was said */
	bool has_from;
	enum dcv_server_kind from;
	const char *from_config; /* NULL: the server's default */
	size_t n_accounts; /* `account:`, `backends:` */
	const char *const *accounts;
	const struct dcv_place *account_places;
};

struct dcv_config_account {
	struct dcv_backend_config at; /* provider NULL: an error was told */
};

/* What a look-up of a zone's name found. */
struct dcv_config_slot {
	const uint8_t *wire; /* of the zone's name; NULL: free */
	uint8_t len;
	bool asked; /* `binding` is the answer; NULL: there is no such zone */
	const struct dcv_config_entry *exact;
	const struct dcv_binding *binding;
};

/* A server's configuration that was read, or could not be. */
struct dcv_config_server {
	enum dcv_server_kind kind;
	const char *config;
	struct dcv_local_server server;
	struct dcv_error err; /* code DCV_OK: `server` holds */
};

struct dcv_config_zones {
	struct dcv_arena *arena;
	size_t n_entries;
	struct dcv_config_entry *entries; /* in the order of the files */
	size_t n_accounts;
	struct dcv_config_account *accounts;
	size_t n_slots, n_used; /* a power of two; 0 before the first look-up */
	struct dcv_config_slot *slots;
	size_t n_servers;
	struct dcv_config_server *servers;
	size_t n_settings;
	struct dcv_config_setting *settings;
};

/* The configuration file that is being read. */
struct dcv_config_reader {
	const char *file;
	const char *directory; /* absolute; relative paths begin there */
	struct dcv_arena *arena;
	struct dcv_diags *diags;
	struct dcv_config *config;
};

/* --- node.c: what every part of the file needs. A function that returns false, NULL or 0 has
 * added an error (DCV_E_CONFIG). --- */

void dcv_config_error(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *help, const char *fmt, ...) DCV_PRINTF(4, 5);
/* A value that a later version will know. */
void dcv_config_later(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, const char *help);
void dcv_config_nomem(const struct dcv_config_reader *rd);
/* Adds an error for each key that is none of `keys`. */
void dcv_config_keys(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	const char *const *keys);
/* The text of a scalar that is not empty, NUL-terminated; else NULL. */
const char *dcv_config_text(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what);
/* The scalar is this word. */
bool dcv_config_is(const struct dcv_yaml_node *node, const char *word);
/* The index of the scalar among `words` (ended by NULL), or -1 with an error. */
int dcv_config_word(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *what, const char *const *words, const char *help);
/* yes or no. */
bool dcv_config_yes(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *what);
/* A list of texts, ended by NULL. `least` items at least. */
const char *const *dcv_config_texts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, size_t least,
	const char *help);
/* {command: [PROGRAM, ARGUMENT, …]}. */
const char *const *dcv_config_command(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what, const char *help);
/* The scalar as an absolute path. */
const char *dcv_config_path_of(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, const char *what);
/* "FILE:LINE". NULL with an error when memory is out. */
const char *dcv_config_origin(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node);

/* --- text.c: paths and names, without a file --- */

#define DCV_ZONE_MARK "{zone}"

/* An absolute path; no empty and no `.` segments. NULL when memory is out. */
const char *dcv_config_path(struct dcv_arena *arena, const char *directory,
	const char *path);
/* The directory of an absolute path. NULL when memory is out. */
const char *dcv_config_directory(struct dcv_arena *arena, const char *path);
/* The path with {zone} replaced by the zone's name without its final dot. NULL when memory is
 * out or the path gets too long. */
const char *dcv_config_expand(struct dcv_arena *arena, const char *path,
	const struct dcv_name *zone);
/* The name can stand in a path: no label holds a slash. */
bool dcv_config_is_pathable(const struct dcv_name *zone);
/* The directory in which the process runs, or NULL with an error. */
const char *dcv_config_cwd(struct dcv_arena *arena, struct dcv_diags *diags);
/* "sqlite:PATH" or PATH, as an absolute path; NULL if it is another database. */
const char *dcv_config_ledger(struct dcv_arena *arena, const char *directory,
	const char *text);
/* The name of a zone that may be bound: no wildcard, not the root. U-labels are converted. */
bool dcv_config_zone(struct dcv_arena *arena, const char *text, size_t len,
	struct dcv_name *ret, struct dcv_error *err);
/* Texts, joined by blanks; of too many only how many they are. NULL when memory is out. */
const char *dcv_config_join(struct dcv_arena *arena, const char *const *texts, size_t n);
/* A duration as it may be typed: "15m". NULL when memory is out. */
const char *dcv_config_duration(struct dcv_arena *arena, int64_t seconds);
/* A copy with small letters. NULL when memory is out. */
char *dcv_config_lower(struct dcv_arena *arena, const char *text);
/* `word` as the preset of a reload. */
bool dcv_config_reload(const char *word, enum dcv_reload *ret);

/* --- config.c --- */

/* Notes a value and where it comes from, in the place of what stood there before. */
bool dcv_config_note(struct dcv_config *config, const char *key, const char *value,
	const char *origin);
/* Puts an entry behind the others; false when memory is out. */
bool dcv_config_enter(struct dcv_config *config, const struct dcv_config_entry *entry);

/* --- backend.c: the keys of a zone file, in an item of `zones:` and in an account --- */

extern const char *const dcv_backend_keys[]; /* ended by NULL */
/* `has_reload` may be NULL. */
void dcv_config_read_backend(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_backend_config *ret, bool *has_reload);
/* The template with {zone} filled in. False when memory is out or a path gets too long. */
bool dcv_config_fill(struct dcv_arena *arena, const struct dcv_backend_config *from,
	const struct dcv_name *zone, struct dcv_backend_config *ret);

/* --- account.c: `accounts:` --- */

void dcv_config_read_accounts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node);
/* A provider's name as it may be written: [a-z0-9-]+. */
bool dcv_config_is_provider(const char *name);
/* False when memory is out. */
bool dcv_config_add_account(struct dcv_config_zones *zones,
	const struct dcv_backend_config *at);
/* When all files are read: puts accounts into the entries that name them. */
void dcv_config_resolve(struct dcv_config *config, struct dcv_diags *diags);

/* --- setting.c: keys of an account that only its provider knows --- */

void dcv_config_read_settings(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_backend_config *ret);

/* --- zone.c: `zones:` --- */

void dcv_config_read_zones(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node);
/* Refuses zones that are bound twice. */
void dcv_config_unique(const struct dcv_config *config, struct dcv_diags *diags);

/* --- check.c: `check:` --- */

void dcv_config_read_check(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node);
/* A deadline's text. False with an error in *err. */
bool dcv_config_read_deadline(const char *text, int64_t *ret_s, struct dcv_error *err);

/* --- file.c: reads config->file, whose path is absolute or relative to cwd, and what it
 * includes --- */

void dcv_config_read_file(const char *cwd, struct dcv_arena *arena,
	struct dcv_config *config, struct dcv_diags *diags);

/* --- flags.c: lays the environment, then the command line over what the file says --- */

void dcv_config_lay_environment(const char *cwd, struct dcv_arena *arena,
	struct dcv_config *config, struct dcv_diags *diags);
void dcv_config_lay_flags(const struct dcv_config_flags *flags, const char *cwd,
	struct dcv_arena *arena, struct dcv_config *config, struct dcv_diags *diags);

/* --- server.c, server_bind.c, server_nsd.c, server_knot.c --- */

/* A server's configuration that is being read. */
struct dcv_server_reader {
	struct dcv_arena *arena;
	struct dcv_local_server *server;
	struct dcv_error *err;
};

/* Runs the program (of PATH, else of /usr/sbin) and puts what it printed into *out. Fails:
 * DCV_E_CONFIG, also if the program ends with another status than 0. */
enum dcv_err dcv_server_run(const struct dcv_server_reader *rd, const char *const *argv,
	struct dcv_buf *out);
/* Adds a zone. A name that is none is left out. */
enum dcv_err dcv_server_add(const struct dcv_server_reader *rd, const char *name,
	const struct dcv_server_zone *zone);
/* The address to ask of a server that listens there; `port` is what the text does not say.
 * False if it cannot be told. */
bool dcv_server_listens(const struct dcv_server_reader *rd, const char *text,
	unsigned port);

/* A line `key: value` of the configuration of NSD or Knot as their programs print it. */
struct dcv_server_line {
	const char *section, *key, *value; /* value: its octets to the end of the line */
};
/* The next one, cut out of *at; false at the end. */
bool dcv_server_line(char **at, struct dcv_server_line *line);
/* The next word of a value, quoted or not, copied; NULL: no more, or memory is out. */
const char *dcv_server_word(const struct dcv_server_reader *rd, const char **at);

enum dcv_err dcv_server_read_bind(const struct dcv_server_reader *rd);
enum dcv_err dcv_server_read_nsd(const struct dcv_server_reader *rd);
enum dcv_err dcv_server_read_knot(const struct dcv_server_reader *rd);

#endif
