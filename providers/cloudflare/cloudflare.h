/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside providers/cloudflare/ only: a session with Cloudflare's API (client/v4), and what its
 * files share. */
#ifndef DCV_PROVIDERS_CLOUDFLARE_H
#define DCV_PROVIDERS_CLOUDFLARE_H

#include "providers/kit/kit.h"

/* A TTL of 1 is "automatic", which is served so. */
#define DCV_CF_TTL_AUTO 1u
#define DCV_CF_TTL_AUTO_S 300u
#define DCV_CF_TTL_MIN_S 60u
#define DCV_CF_TTL_MIN_ENTERPRISE_S 30u
#define DCV_CF_TTL_MAX_S 86400u

struct dcv_cf {
	const struct dcvp_host *host;
	const char *url; /* without a slash at its end */
	const char *bearer; /* "Bearer TOKEN"; NULL: email and key */
	const char *zone_bearer; /* with which zones are listed; NULL: with that as well */
	const char *email, *key;
	const char *account_id; /* NULL: any that holds the zone */
	int batch; /* a change is one request */
};

/* A request and its answer. */
struct dcv_cf_call {
	struct dcv_kit kit;
	const struct dcv_cf *session;
	int changing; /* the request changes something, if it is acted on */
	int status;
	const struct dcvp_tree *json; /* NULL: the body is empty, or not JSON */
	const char *said; /* what the API says of a failure, for people */
};

/* Asks "METHOD url/path"; body may be NULL. All but GET is a change, and sent once. Returns DCVP_OK
 * with the status of the answer, whatever it is. Fails: as host->http (of a change DCVP_UNKNOWN
 * too), and if an answer of success is not one of this API. */
enum dcvp_class dcv_cf_ask(struct dcv_cf_call *call, const char *method, const char *path,
	const struct dcvp_tree *body, struct dcvp_error *err);
/* Whether the answer is one of success. */
int dcv_cf_is_done(const struct dcv_cf_call *call);
/* Whether the API names this code, in an error or in what is behind it. */
int dcv_cf_has_code(const struct dcv_cf_call *call, int64_t code);
/* What an answer other than success means: fills in *err with cause, code and remedy. */
enum dcvp_class dcv_cf_refused(const struct dcv_cf_call *call, const char *subject,
	struct dcvp_error *err);
/* All items of a listing, page by page; path has a query. Fails: DCVP_FAILED, also if the listing
 * changed meanwhile. */
enum dcvp_class dcv_cf_list(struct dcv_cf_call *call, const char *path, unsigned per_page,
	const struct dcvp_tree ***ret, size_t *ret_n, struct dcvp_error *err);

struct dcv_cf_zone {
	const char *id;
	const struct dcvp_tree *json;
	const char *fixed; /* why nothing in it can be edited, or NULL */
};
/* The zone that this account is to edit, of those that have the name. DCVP_NO_ZONE: there is none.
 * Fails also with DCVP_INVALID: there are several. */
enum dcvp_class dcv_cf_zone(struct dcv_cf_call *call, const char *name,
	struct dcv_cf_zone *ret, struct dcvp_error *err);

struct dcv_cf_record {
	const char *id;
	const char *owner;
	uint16_t type;
	uint32_t ttl_s; /* as it is served */
	const char *rdata;
	const char *mark; /* the note that it was added with, or NULL */
};

struct dcv_cf_listing {
	struct dcv_cf_record *records; /* sorted by owner, type and RDATA */
	size_t n;
	struct dcvp_rrset *sets;
	size_t n_sets;
	struct dcv_kit_zone index;
	const char *etag;
};
/* All records of a zone: sets in the terms of the interface, with the name servers that Cloudflare
 * gave the zone as those of its apex. */
enum dcvp_class dcv_cf_records(struct dcv_cf_call *call, const char *name,
	const struct dcv_cf_zone *zone, struct dcv_cf_listing *ret,
	struct dcvp_error *err);

/* A comment that holds the note of an edit, and back; NULL: it holds none, or has no room. */
const char *dcv_cf_comment(struct dcv_kit *kit, const char *note);
const char *dcv_cf_note(const char *comment);

/* A type that stands for a CNAME which is answered with the addresses of its target (proxied, or
 * at the apex). */
#define DCV_CF_FLATTENED 65401u

/* The calls of the interface: read.c, write.c. */
enum dcvp_class dcv_cf_find_zone(void *session, const char *zone, struct dcvp_error *err);
enum dcvp_class dcv_cf_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err);
enum dcvp_class dcv_cf_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err);

#endif
