/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Name servers' own configurations: which zones a server on this host has, and where. Read
 * by the servers' own programs, so that includes, patterns and defaults are as they see them. */
#ifndef DCV_CONFIG_SERVER_H
#define DCV_CONFIG_SERVER_H

#include "base/arena.h"
#include "dns/name.h"

enum dcv_server_kind { DCV_SERVER_BIND, DCV_SERVER_NSD, DCV_SERVER_KNOT };
#define DCV_N_SERVER_KINDS 3

enum dcv_zone_kind {
	DCV_ZONE_STATIC, /* the file is edited by hand and reloaded */
	DCV_ZONE_INLINE, /* the same; the server signs a copy of its own */
	DCV_ZONE_DYNAMIC, /* the server itself writes the file */
	DCV_ZONE_SECONDARY, /* comes by zone transfer */
	DCV_ZONE_OTHER /* hints, forwarded, … */
};

struct dcv_server_zone {
	struct dcv_name name;
	enum dcv_zone_kind kind;
	const char *file; /* absolute; NULL: none, or it cannot be told */
	const char *view; /* of BIND; NULL: none */
	const char *why; /* what makes it dynamic, or why there is no file; may be NULL */
};

struct dcv_local_server {
	enum dcv_server_kind kind;
	const char *config; /* its file, absolute; NULL: the default */
	const char *program; /* what was asked, as typed: "named-checkconf -px" */
	const char *control; /* for `reload: {KIND: …}`; NULL: the default */
	const char *address; /* where it listens; NULL: 127.0.0.1, port 53, or not to be told */
	size_t n_zones; /* sorted by name, then view */
	struct dcv_server_zone *zones;
};

/* "bind", "nsd", "knot"; "BIND", "NSD", "Knot DNS". */
const char *dcv_server_word_of(enum dcv_server_kind kind);
const char *dcv_server_name(enum dcv_server_kind kind);

/* Its version, "9.18.49"; "" if that is not to be had. In the arena. */
const char *dcv_server_version(enum dcv_server_kind kind, struct dcv_arena *arena);

/* A server of this kind is installed: its program is there. */
bool dcv_server_is_here(enum dcv_server_kind kind);

/* Reads the configuration `config` (absolute; NULL: the server's default). The server need
 * not run. Everything lives in the arena. Fails: DCV_E_CONFIG (the program is missing, or
 * does not like the configuration). */
enum dcv_err dcv_server_read(enum dcv_server_kind kind, const char *config,
	struct dcv_arena *arena, struct dcv_local_server *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* The zones of this name: *ret_n of them (several: in several views), the first returned;
 * NULL: none. */
const struct dcv_server_zone *dcv_server_find(const struct dcv_local_server *server,
	const struct dcv_name *name, size_t *ret_n);

#endif
