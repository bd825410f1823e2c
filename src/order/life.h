/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The life of an order: its states, and the rows that the ledger keeps of it. */
#ifndef DCV_ORDER_LIFE_H
#define DCV_ORDER_LIFE_H

#include "dns/rr.h"
#include "order/order.h"

/* Open: pending, published, effective. Only claims of open orders protect values. */
#define DCV_STATE_MAP(X)                                                    \
	X(PENDING, "pending") /* claimed, not yet in every backend */       \
	X(PUBLISHED, "published") /* read back from every backend */        \
	X(EFFECTIVE, "effective") /* the last check held at every server */ \
	X(CLOSED, "closed") /* its values are no longer needed */           \
	X(CLEANED, "cleaned") /* nothing of it is left but retained records */
enum dcv_state {
#define X(name, text) DCV_STATE_##name,
	DCV_STATE_MAP(X)
#undef X
};

#define DCV_REASON_MAP(X)           \
	X(NONE, "")                 \
	X(ISSUED, "issued")         \
	X(CANCELLED, "cancelled")   \
	X(SUPERSEDED, "superseded") \
	X(EXPIRED, "expired")
enum dcv_reason {
#define X(name, text) DCV_REASON_##name,
	DCV_REASON_MAP(X)
#undef X
};

const char *dcv_state_text(enum dcv_state state);
const char *dcv_reason_text(enum dcv_reason reason);
/* False if the text is none of them. */
bool dcv_state_parse(const char *text, enum dcv_state *ret);
bool dcv_reason_parse(const char *text, enum dcv_reason *ret);
bool dcv_state_is_open(enum dcv_state state);

/* Times are seconds since 1970; 0: not yet. */
struct dcv_order_row {
	const char *ca, *id, *service, *document; /* service: "" for none */
	const char *certificate; /* lineage, "" for none */
	const char *cert_before; /* what stood there at the first apply: SHA-256 of the
	                          * certificate in hex; "" where nothing is known */
	int64_t generation, revision; /* revision counts from 1 */
	enum dcv_state state;
	enum dcv_reason reason;
	int64_t created, effective_at, closed;
	int64_t first_applied; /* of this revision, or since it was opened again */
	int64_t expires; /* when the tokens of this revision are dead */
};

/* Open, and its tokens not past their life: *expired* follows from the clock. */
bool dcv_order_is_alive(const struct dcv_order_row *row, int64_t now_s);

/* A claim with what the ledger knows of its order. */
struct dcv_claim_row {
	const char *ca, *id, *service, *certificate; /* of the order; "" for none */
	int64_t revision, order_revision; /* order_revision: the order's current one */
	enum dcv_state state;
	enum dcv_reason reason;
	int64_t expires, first_applied; /* of the order */
	struct dcv_name owner;
	uint16_t type;
	struct dcv_rdata rdata;
	struct dcv_name placed_at; /* the end of an alias that the owner is; len 0: none */
	enum dcv_keep keep;
	int64_t keep_until_s; /* of DCV_KEEP_DATE */
};

/* Where the claim is written. */
static inline const struct dcv_name *dcv_claim_row_place(const struct dcv_claim_row *row)
{
	return row->placed_at.len != 0 ? &row->placed_at : &row->owner;
}

struct dcv_placement {
	struct dcv_name zone;
	const char *backend;
	struct dcv_name owner;
	uint16_t type;
	struct dcv_rdata rdata;
	bool ours; /* false: it stood there before us */
	int64_t since, first_seen;
};

/* A claim of an order's current revision, and where its value stands. */
struct dcv_seat {
	const char *ca, *id; /* of the order */
	struct dcv_name owner; /* as the order has it */
	uint16_t type;
	struct dcv_rdata rdata;
	struct dcv_name zone; /* len 0: it stands nowhere */
	const char *backend; /* "" where it stands nowhere */
	int64_t since; /* when we wrote it; 0: it stood there before us */
	uint32_t cached_s; /* as of struct dcv_rrset_row */
};

struct dcv_rrset_row {
	struct dcv_name zone;
	const char *backend;
	struct dcv_name owner;
	uint16_t type;
	uint32_t former_ttl_s, our_ttl_s;
	uint32_t cached_s; /* how long caches may hold what was answered before our last change */
	int64_t generation;
	int64_t changed_s; /* when we changed it last, by the journal; 0: never. Only read */
};

/* A row of the journal. */
#define DCV_CHANGE_MAP(X) \
	X(INTENT, "intent") X(DONE, "done") X(FAILED, "failed") X(UNKNOWN, "unknown")
enum dcv_change_state {
#define X(name, text) DCV_CHANGE_##name,
	DCV_CHANGE_MAP(X)
#undef X
};
const char *dcv_change_text(enum dcv_change_state state);

struct dcv_change_row {
	int64_t id;
	const char *run; /* the run, "r41"; also the id of the backend's change */
	struct dcv_name zone;
	const char *backend;
	const char *op; /* "add", "remove", "ttl", "reload" */
	struct dcv_name owner; /* len 0 for a reload */
	uint16_t type;
	struct dcv_rdata rdata;
	uint32_t ttl_s;
	const char *ca, *order_id; /* "" where no order is concerned */
	enum dcv_change_state state;
	int64_t at, ended;
	const char *detail;
};

/* The date that the claim's token carries: of a TXT of one string (longer ones are no tokens), or
 * of the first label that a CNAME points to (`TOKEN.dcv.digicert.com.`). False: none. */
bool dcv_claim_date(const struct dcv_ca *ca, const struct dcv_claim *claim,
	int64_t *ret_s);
/* When the tokens of these claims are all dead: the latest of their dates (of one without a
 * date: `from`), plus the token life of the order or its CA. */
int64_t dcv_order_expires(const struct dcv_order *order, int64_t from_s);

#endif
