/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What `init` found on this host, and the configuration that follows from it. */
#ifndef DCV_CMD_INIT_H
#define DCV_CMD_INIT_H

#include "base/buf.h"
#include "config/server.h"

enum dcv_init_what {
	DCV_INIT_BIND, /* goes into the configuration */
	DCV_INIT_COMMENT, /* the same as a comment, for a person to decide */
	DCV_INIT_LEAVE /* not ours */
};

/* A zone of a server and what becomes of it. */
struct dcv_init_zone {
	const struct dcv_local_server *server;
	const struct dcv_server_zone *zone;
	enum dcv_init_what what;
	const char *why; /* in words */
};

struct dcv_init_found {
	struct dcv_arena *arena;
	size_t n_servers;
	struct dcv_local_server servers[DCV_N_SERVER_KINDS];
	const char *versions[DCV_N_SERVER_KINDS];
	size_t n_zones; /* in the order of the servers */
	struct dcv_init_zone *zones;
	size_t n_bound, n_ignored; /* ignored: reverse zones and the like */
};

/* Decides for the zones of servers[n_servers], counts it, and adds them. False when memory is
 * out. */
bool dcv_init_add(struct dcv_init_found *found);

/* "static", "signed by the server", "dynamic", … */
const char *dcv_init_kind(enum dcv_zone_kind kind);

/* The text of the configuration. */
void dcv_init_write(const struct dcv_init_found *found, const char *ledger,
	struct dcv_buf *out);

#endif
