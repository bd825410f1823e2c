/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside providers/powerdns/ only: a session with the HTTP API of a PowerDNS Authoritative
 * Server, and what its files share. */
#ifndef DCV_PROVIDERS_POWERDNS_H
#define DCV_PROVIDERS_POWERDNS_H

#include "providers/kit/kit.h"

struct dcv_pdns {
	const struct dcvp_host *host;
	const char *url; /* as configured, for people */
	const char *base; /* …/api/v1/servers/ID */
	const char *api_key;
	/* The zone that was asked for last, and its id; "": none, or they are too long to keep. */
	char zone[256], id[256];
};

/* A request and its answer. */
struct dcv_pdns_call {
	struct dcv_kit kit;
	struct dcv_pdns *session;
	int changing; /* the request changes something, if it is acted on */
	int status;
	const struct dcvp_tree *json; /* NULL: the body is empty, or not JSON */
	const char *said; /* what the server says of a failure, for people */
};

/* Asks "METHOD base/path"; body may be NULL. A body makes it a change, which is sent once.
 * Returns DCVP_OK with the status of the answer, whatever it is. Fails: as host->http (of a
 * change DCVP_UNKNOWN too), and DCVP_FAILED if an answer with status 200 is not JSON. */
enum dcvp_class dcv_pdns_ask(struct dcv_pdns_call *call, const char *method,
	const char *path, const struct dcvp_tree *body, struct dcvp_error *err);
/* What an answer other than success means: fills in *err with cause, code and remedy. */
enum dcvp_class dcv_pdns_refused(const struct dcv_pdns_call *call, const char *subject,
	struct dcvp_error *err);

/* A zone as the server lists it: disabled records and comments are there, but not in the sets
 * (they are not served). */
struct dcv_pdns_zone {
	const char *id; /* fit for a URL */
	struct dcvp_rrset *sets;
	const struct dcvp_tree **listed; /* the sets as they were listed */
	size_t n_sets, n_unserved; /* n_unserved: of which all records are disabled */
	struct dcv_kit_zone index;
	const char *etag;
	const char *fixed; /* why nothing in it can be edited, or NULL */
	int is_signed,
		rectify; /* rectify: the server does not do so by itself after an edit */
	int has_secondaries; /* they learn of a change by a NOTIFY and the serial */
	int keeps_serial; /* an edit over the API leaves it as it is */
	uint32_t serial; /* as it is served */
};
enum dcvp_class dcv_pdns_list(struct dcv_pdns_call *call, const char *zone,
	struct dcv_pdns_zone *ret, struct dcvp_error *err);
/* The listed set of an owner and type, or NULL. served: the one of the index, or NULL. */
const struct dcvp_tree *dcv_pdns_listed(const struct dcv_pdns_zone *zone,
	const struct dcvp_rrset *served, const char *owner, uint16_t type);

/* The calls of the interface: read.c, write.c. */
enum dcvp_class dcv_pdns_find_zone(void *session, const char *zone,
	struct dcvp_error *err);
enum dcvp_class dcv_pdns_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err);
enum dcvp_class dcv_pdns_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err);

#endif
