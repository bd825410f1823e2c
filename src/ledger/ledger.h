/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The ledger: what dcvctl wrote, for which order, and what it was about to write when it was
 * cut off. One SQLite file; all SQL stands once, in sql.h; sqlite.c is the driver. */
#ifndef DCV_LEDGER_LEDGER_H
#define DCV_LEDGER_LEDGER_H

#include "base/arena.h"
#include "order/life.h"

/* The number of the tables' form: raised with every change of them; a newer ledger is refused. */
#define DCV_LEDGER_SCHEMA 1

struct dcv_ledger;

enum dcv_ledger_mode {
	DCV_LEDGER_READ, /* creates nothing; a missing file is an empty ledger */
	DCV_LEDGER_SOON, /* for writing if the file is there and may be written; else as READ */
	DCV_LEDGER_WRITE, /* creates the file (0600) and its directory (0700) if need be */
};

/* Opens the ledger at a path. Waits at most busy_ms where another process is in a commit.
 * Owns: the caller closes it. Fails: DCV_E_FAILED (path and reason; made by a newer version;
 * damaged), DCV_E_LOCKED. */
enum dcv_err dcv_ledger_open(const char *path, enum dcv_ledger_mode mode, int64_t busy_ms,
	struct dcv_ledger **ret, struct dcv_error *err) DCV_NODISCARD;
void dcv_ledger_close(struct dcv_ledger *ledger);

/* Whether it was opened for writing. */
bool dcv_ledger_is_writable(const struct dcv_ledger *);

/* Marks the ledger as it is before what is read next. */
void dcv_ledger_mark(struct dcv_ledger *);
/* Whether nobody, not this program either, has written anything since the mark; false where that
 * is not known. */
bool dcv_ledger_is_as_marked(struct dcv_ledger *);

/* A transaction (BEGIN IMMEDIATE; with synchronous=EXTRA a commit is durable). Writing calls
 * are allowed only inside one. A commit that fails has rolled back, with DCV_E_LOCKED where
 * readers did not let go within busy_ms. */
enum dcv_err dcv_ledger_begin(struct dcv_ledger *, struct dcv_error *err) DCV_NODISCARD;
/* Reads what follows as of one moment, until dcv_ledger_rollback: else every question locks the
 * file anew. No commit succeeds meanwhile, so nothing is to be waited for in there. */
enum dcv_err dcv_ledger_begin_read(struct dcv_ledger *, struct dcv_error *err)
	DCV_NODISCARD;
enum dcv_err dcv_ledger_commit(struct dcv_ledger *, struct dcv_error *err) DCV_NODISCARD;
void dcv_ledger_rollback(struct dcv_ledger *);

/* Ends a transaction by what came of it: commits if rc is DCV_OK, else rolls back. Returns rc, or
 * the failure of the commit. */
enum dcv_err dcv_ledger_end(struct dcv_ledger *, enum dcv_err rc, struct dcv_error *err)
	DCV_NODISCARD;

/* --- reading; results live in the arena --- */

/* The order, or *ret = NULL. */
enum dcv_err dcv_ledger_order(struct dcv_ledger *, const char *ca, const char *id,
	struct dcv_arena *arena, struct dcv_order_row **ret, struct dcv_error *err)
	DCV_NODISCARD;
/* All orders, or those with a number (any CA); oldest first. */
enum dcv_err dcv_ledger_orders(struct dcv_ledger *, const char *id,
	struct dcv_arena *arena, struct dcv_order_row **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;
/* All claims of an order, every revision. */
enum dcv_err dcv_ledger_claims_of(struct dcv_ledger *, const char *ca, const char *id,
	struct dcv_arena *arena, struct dcv_claim_row **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;
/* The claims of all orders at an owner, or written there as the end of an alias; of orders that
 * are cleaned only those that are retained. */
enum dcv_err dcv_ledger_claims_at(struct dcv_ledger *, const struct dcv_name *owner,
	struct dcv_arena *arena, struct dcv_claim_row **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;
/* Placements of a zone at an owner, in whatever backend the zone had or has. */
enum dcv_err dcv_ledger_placements_at(struct dcv_ledger *, const struct dcv_name *zone,
	const struct dcv_name *owner, struct dcv_arena *arena, struct dcv_placement **ret,
	size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;
/* What is known of the RRsets of an owner in a backend, with the time of our last change. */
enum dcv_err dcv_ledger_rrsets_at(struct dcv_ledger *, const struct dcv_name *zone,
	const char *backend, const struct dcv_name *owner, struct dcv_arena *arena,
	struct dcv_rrset_row **ret, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;
/* Other orders with this lineage ("" finds none). */
enum dcv_err dcv_ledger_orders_of_certificate(struct dcv_ledger *,
	const char *certificate, struct dcv_arena *arena, struct dcv_order_row **ret,
	size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;
/* Claims that outlive their orders (keep is neither ISSUED nor COPY), of every order. */
enum dcv_err dcv_ledger_claims_kept(struct dcv_ledger *, struct dcv_arena *arena,
	struct dcv_claim_row **ret, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;
/* Where the values of all orders stand whose records are not cleaned yet, a row for each claim of
 * the current revision and each backend that has it; by CA, number, owner and type. */
enum dcv_err dcv_ledger_seats(struct dcv_ledger *, struct dcv_arena *arena,
	struct dcv_seat **ret, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;
/* The journal, by id: of one run, or (NULL) the last `limit` rows of all; reloads too. */
enum dcv_err dcv_ledger_changes(struct dcv_ledger *, const char *run, int64_t limit,
	struct dcv_arena *arena, struct dcv_change_row **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;
/* Whether the journal holds a later change (id above) of this value. */
enum dcv_err dcv_ledger_changed_after(struct dcv_ledger *,
	const struct dcv_change_row *row, struct dcv_arena *arena, bool *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* What was done to one value in a backend (those of `value`), by id: "add", "remove", and "lost"
 * where it was missed. */
enum dcv_err dcv_ledger_changes_of(struct dcv_ledger *,
	const struct dcv_change_row *value, struct dcv_arena *arena,
	struct dcv_change_row **ret, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;
/* Values that were missed and that nobody put back or gave up since ("lost" is their last row). */
enum dcv_err dcv_ledger_lost(struct dcv_ledger *, struct dcv_arena *arena,
	struct dcv_change_row **ret, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;

/* Journal rows that are not settled (intents, and outcomes that stayed unknown), of one zone
 * or (NULL) of all; by id. */
enum dcv_err dcv_ledger_intents(struct dcv_ledger *, const struct dcv_name *zone,
	struct dcv_arena *arena, struct dcv_change_row **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;

/* Values of a type that dcvctl has removed from an owner, each once: what name servers and
 * caches may still show. */
enum dcv_err dcv_ledger_removed_at(struct dcv_ledger *, const struct dcv_name *owner,
	uint16_t type, struct dcv_arena *arena, struct dcv_rdata **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;

/* --- writing; only inside a transaction --- */

/* The name of the next run: "r1", "r2", … counted in meta. */
enum dcv_err dcv_ledger_next_run(struct dcv_ledger *, struct dcv_arena *arena, char **ret,
	struct dcv_error *err) DCV_NODISCARD;
/* Inserts or replaces the order's row; `generation` is raised by one each time (a new row
 * has 1, whatever the caller says); `created` of an existing row is kept if the given one
 * is 0. */
enum dcv_err dcv_ledger_put_order(struct dcv_ledger *, const struct dcv_order_row *row,
	struct dcv_error *err) DCV_NODISCARD;
/* One claim of a revision (ca, id, revision, owner, type, rdata, placed_at, keep of the row);
 * there already: keep and placed_at are replaced. */
enum dcv_err dcv_ledger_put_claim(struct dcv_ledger *, const struct dcv_claim_row *row,
	struct dcv_error *err) DCV_NODISCARD;
/* Removes a claim, every revision: a CAA record that `exact` or a clean-up took away. */
enum dcv_err dcv_ledger_drop_claim(struct dcv_ledger *, const struct dcv_claim_row *row,
	struct dcv_error *err) DCV_NODISCARD;
/* Inserts or replaces; `since` and `first_seen` of an existing row are kept unless 0. */
enum dcv_err dcv_ledger_put_placement(struct dcv_ledger *,
	const struct dcv_placement *row, struct dcv_error *err) DCV_NODISCARD;
enum dcv_err dcv_ledger_drop_placement(struct dcv_ledger *,
	const struct dcv_placement *row, struct dcv_error *err) DCV_NODISCARD;
/* Inserts or replaces; `generation` is raised by one
 * (a new row has 1). */
enum dcv_err dcv_ledger_put_rrset(struct dcv_ledger *, const struct dcv_rrset_row *row,
	struct dcv_error *err) DCV_NODISCARD;
enum dcv_err dcv_ledger_drop_rrset(struct dcv_ledger *, const struct dcv_rrset_row *row,
	struct dcv_error *err) DCV_NODISCARD;
/* Adds a journal row in state intent; sets row->id. */
enum dcv_err dcv_ledger_intend(struct dcv_ledger *, struct dcv_change_row *row,
	struct dcv_error *err) DCV_NODISCARD;
/* Ends a journal row; NULL leaves detail as it is. Fails: DCV_E_INTERNAL for an unknown id. */
enum dcv_err dcv_ledger_end_change(struct dcv_ledger *, int64_t id,
	enum dcv_change_state state, int64_t ended, const char *detail,
	struct dcv_error *err) DCV_NODISCARD;

/* The version of SQLite that is loaded; static. */
const char *dcv_ledger_library(void);

#endif
