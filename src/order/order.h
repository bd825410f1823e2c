/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The order as its file says it: which records a CA wants to see. */
#ifndef DCV_ORDER_ORDER_H
#define DCV_ORDER_ORDER_H

#include "base/diag.h"
#include "dns/rr.h"
#include "order/ca.h"

/* The number of the schema: raised when a key leaves or means something else, not when one comes. */
#define DCV_ORDER_SCHEMA 1

#define DCV_TTL_S 300u
#define DCV_ORDER_MAX_RECORDS 10000u /* a document */

/* `caa:`: look; look and make the smallest change that permits the CA; make the set exactly
 * this; do not look. */
enum dcv_caa_policy { DCV_CAA_CHECK, DCV_CAA_PERMIT, DCV_CAA_EXACT, DCV_CAA_OFF };

/* An item of `caa: {records: …}`: tag and value of a CAA record (RFC 8659 4.1), in wire form
 * with flags 0. */
struct dcv_caa_want {
	const char *tag; /* "issue", "issuewild", "iodef", … lower case */
	const char *issuer; /* of issue and issuewild; "" for `;`; else NULL */
	struct dcv_rdata rdata;
	struct dcv_place place;
};

/* `shared_ttl:`: at a set with foreign values. */
enum dcv_shared_ttl { DCV_SHARED_TTL_KEEP, DCV_SHARED_TTL_LOWER };

/* `issued_when:`: where the issued certificate can be seen. */
struct dcv_evidence {
	enum {
		DCV_EVIDENCE_NONE,
		DCV_EVIDENCE_TLS,
		DCV_EVIDENCE_FILE,
		DCV_EVIDENCE_COMMAND
	} kind;
	const char *target; /* "HOST:PORT", or the absolute path of a PEM file */
	const char *directory; /* of the order's file, if the path was relative to it; or NULL */
	const char *const *argv; /* a command whose output is PEM; NULL-terminated */
};

const char *dcv_keep_text(enum dcv_keep keep);
/* "until-date 1893456000" in the ledger: the word, and for DATE the time. False: none. */
bool dcv_keep_parse(const char *text, enum dcv_keep *ret, int64_t *ret_until_s);
/* It protects its value though its order is closed. */
bool dcv_keep_retains(enum dcv_keep keep, int64_t until_s, int64_t now_s);

/* One record that the order needs. */
struct dcv_claim {
	struct dcv_name owner;
	struct dcv_name domain; /* whose control it proves, without `*.` */
	uint16_t type; /* TXT or CNAME */
	struct dcv_rdata rdata;
	/* The end of the alias that the owner is, where it is written; NULL: at the owner. Found by
	 * apply, not read from the file. */
	const struct dcv_name *placed_at;
	enum dcv_keep keep; /* from `retain:`, else from the profile */
	int64_t keep_until_s; /* of DCV_KEEP_DATE: persistUntil of the value */
	struct dcv_place place;
};

/* A value that may be removed, because `previous:` or --previous names it. owner.len 0: at the
 * owners of the order it belongs to. txt and cname: the value read as each type; len 0: it
 * cannot be that type. */
struct dcv_named {
	struct dcv_name owner;
	struct dcv_rdata txt, cname;
	const char *text; /* as written */
	struct dcv_place place;
};

struct dcv_order {
	const char *file; /* borrowed; where it was read */
	unsigned line;
	bool unwritten; /* no file that a person could add to: of options, or of a service's answer */
	bool faulty; /* it has errors: records and names may be missing */
	const char *id; /* the order's number */
	const struct dcv_ca *ca;
	const char *ca_title; /* the brand as ordered: "GeoTrust (DigiCert)" */
	const struct dcv_service *service; /* NULL: the CA itself */
	const char *document; /* the YAML text it was read from */
	const char *certificate; /* lineage; NULL: none */
	uint32_t ttl_s;
	unsigned token_life_d; /* days, where it is known better than from the CA; 0: it is not */
	enum dcv_shared_ttl shared_ttl;
	enum dcv_caa_policy caa;
	struct dcv_evidence issued_when;
	size_t n_caa, n_supersedes;
	struct dcv_caa_want *caa_records; /* of permit and exact; none: permit derives it */
	const char *const *supersedes; /* "NUMBER" (same CA) or "CA/NUMBER" */
	size_t n_names, n_claims, n_named;
	struct dcv_name *names; /* of the certificate; may be wildcards */
	struct dcv_claim *claims; /* none: a pre-flight. Each (owner, type, rdata) once */
	struct dcv_named *named;
};

/* The level to submit at is *settled*: the CA or the service is not known to ask without a cache,
 * so an old answer may still count. */
static inline bool dcv_order_must_settle(const struct dcv_order *order)
{
	return !order->ca->uncached ||
		(order->service != NULL && !order->service->uncached);
}

/* Where the claim is written. */
static inline const struct dcv_name *dcv_claim_place(const struct dcv_claim *claim)
{
	return claim->placed_at != NULL ? claim->placed_at : &claim->owner;
}

struct dcv_orders {
	size_t n, n_faulty;
	struct dcv_order **items;
	struct dcv_order **faulty; /* of a known CA: to find more in, and nothing else */
};

/* Reads all documents of one text and appends what is good to *orders. `id` is the number
 * of a single document that names none (NULL: it must name one). Bad documents add errors
 * (DCV_E_ORDER) to diags, all of them, and are left out. Everything lives in the arena, which
 * must outlive the orders; `file` and the text are copied. */
void dcv_orders_parse(const char *file, const void *text, size_t len, const char *id,
	struct dcv_arena *arena, struct dcv_orders *orders, struct dcv_diags *diags);

/* Reads a path: a file, a directory (its *.yaml, sorted), or "-". The number of a document
 * that names none is the file's name without .yaml, or `id` if that is not NULL. A second
 * order with the same CA and number is an error that names both places. */
void dcv_orders_load(const char *path, const char *id, struct dcv_arena *arena,
	struct dcv_orders *orders, struct dcv_diags *diags);

/* An order from the command line: records are lines `OWNER TYPE VALUE` (--record). */
void dcv_order_from_records(const char *ca, const char *service, const char *id,
	const char *const *records, size_t n, uint32_t ttl_s, struct dcv_arena *arena,
	struct dcv_orders *orders, struct dcv_diags *diags);

/* A pre-flight from the command line: an order without records and without a number (id "") for
 * these names, which may be wildcards. It has no place in a file (file ""). */
void dcv_order_from_names(const char *ca, const char *const *names, size_t n,
	struct dcv_arena *arena, struct dcv_orders *orders, struct dcv_diags *diags);

/* Reads one item of `previous:` or an argument of --previous: a VALUE, or a line
 * `OWNER TYPE VALUE`. Returns false and adds an error if it is neither. */
bool dcv_named_parse(const char *text, size_t len, const struct dcv_place *place,
	struct dcv_arena *arena, struct dcv_named *ret, struct dcv_diags *diags);

/* True if the value stands for this RDATA at this owner. `within_order`: the owner is one of
 * the order's, for a value that names none. */
bool dcv_named_is(const struct dcv_named *named, bool within_order,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata);

#endif
