/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The order as its file says it: which records a CA wants to see. */
#ifndef DCV_ORDER_ORDER_H
#define DCV_ORDER_ORDER_H

#include "base/diag.h"
#include "dns/rr.h"
#include "order/ca.h"

#define DCV_TTL_S 300u
#define DCV_ORDER_MAX_RECORDS 10000u /* a document */

enum dcv_caa_policy { DCV_CAA_CHECK, DCV_CAA_OFF };

/* One record that the order needs. */
struct dcv_claim {
	struct dcv_name owner;
	struct dcv_name domain; /* whose control it proves, without `*.` */
	uint16_t type; /* TXT or CNAME */
	struct dcv_rdata rdata;
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
	const char *id; /* the order's number */
	const struct dcv_ca *ca;
	const char *ca_title; /* the brand as ordered: "GeoTrust (DigiCert)" */
	const struct dcv_service *service; /* NULL: the CA itself */
	const char *document; /* the YAML text it was read from */
	uint32_t ttl_s;
	enum dcv_caa_policy caa;
	size_t n_names, n_claims, n_named;
	struct dcv_name *names; /* of the certificate; may be wildcards */
	struct dcv_claim *claims; /* none: a pre-flight. Each (owner, type, rdata) once */
	struct dcv_named *named;
};

struct dcv_orders {
	size_t n;
	struct dcv_order **items;
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

/* Reads one item of `previous:` or an argument of --previous: a VALUE, or a line
 * `OWNER TYPE VALUE`. Returns false and adds an error if it is neither. */
bool dcv_named_parse(const char *text, size_t len, const struct dcv_place *place,
	struct dcv_arena *arena, struct dcv_named *ret, struct dcv_diags *diags);

/* True if the value stands for this RDATA at this owner. `within_order`: the owner is one of
 * the order's, for a value that names none. */
bool dcv_named_is(const struct dcv_named *named, bool within_order,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata);

#endif
