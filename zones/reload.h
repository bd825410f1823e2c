/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Has a zone file checked and signed, asks the name server to load it, and for proof that it
 * did. */
#ifndef DCV_ZONES_RELOAD_H
#define DCV_ZONES_RELOAD_H

#include "zones/server.h"

enum dcv_zproof {
	DCV_ZPROOF_LOADED,
	DCV_ZPROOF_REFUSED, /* it is not loaded, for certain */
	DCV_ZPROOF_SILENT /* neither */
};

/* What must be served for proof. */
struct dcv_zwant {
	const struct dcv_name *apex;
	const struct dcvp_change *change;
	uint32_t serial;
	bool is_signed; /* serials move by themselves, so they prove nothing */
	bool has_includes; /* the preset's checker would look for them elsewhere */
};

/* Reloads once and looks until there is proof, at most ten seconds and one more for each 2 MiB
 * of the file. When it is not loaded `why` gets `what: why` without the file before it, and the
 * remedy. */
enum dcv_zproof dcv_zreload(const struct dcv_zserver *server,
	const struct dcv_zwant *want, struct dcvp_error *why);
/* Reloads, if there is anything to reload with, and does not look. */
void dcv_zreload_only(const struct dcv_zserver *server);

/* Has the checker judge a file; a server that has none accepts. `has_includes`: relative
 * includes would be looked for elsewhere by the default checker, so it is left out. Fails:
 * DCVP_FAILED, nothing changed. */
enum dcvp_class dcv_zcheck(const struct dcv_zserver *server, const char *path,
	bool has_includes, struct dcvp_error *err);

/* Runs the signer if there is one. False: it failed, and `why` has `what: why` and the remedy. */
bool dcv_zsign(const struct dcv_zserver *server, struct dcvp_error *why);

/* serve.c: one look at what the server answers. */
struct dcv_zseen {
	bool served; /* it answers for the zone with authority */
	bool answered, servfail;
	bool closed; /* nothing listens at the address */
	const char *instead; /* an answer of one that does not serve the zone, else NULL */
	uint32_t serial;
};
void dcv_zlook(const struct dcv_zserver *server, const struct dcv_name *apex,
	int64_t deadline_ms, struct dcv_zseen *ret);
/* The zone is signed as it is served, or may be: no answer. */
bool dcv_zsigned(const struct dcv_zserver *server, const struct dcv_name *apex,
	int64_t deadline_ms);
/* True if edits[*at] … hold in what is served; *at moves on behind those that do. */
bool dcv_zserves(const struct dcv_zserver *server, const struct dcvp_change *change,
	int64_t deadline_ms, size_t *at);

#endif
