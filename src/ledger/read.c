/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which columns make which row. It does not know how they are stored. */
#include <string.h>

#include "ledger/text.h"

/* What a query collects: rows of one kind, in the arena. */
struct rows {
	struct dcv_ledger *ledger;
	struct dcv_arena *arena;
	void *items;
	size_t n;
};

static struct dcv_ledger_reader reader_of(const struct rows *rows,
	const struct dcv_db_row *row, const char *table, int n_key)
{
	return (struct dcv_ledger_reader){
		.ledger = rows->ledger,
		.row = row,
		.arena = rows->arena,
		.table = table,
		.n_key = n_key,
	};
}

/* The place of one more row, or NULL. */
static void *more(struct rows *rows, size_t size)
{
	void *items = dcv_arena_grow(rows->arena, rows->items, rows->n, size);

	if (items == NULL)
		return NULL;
	rows->items = items;
	return (char *)items + rows->n++ * size;
}

static enum dcv_err add_order(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_order_row *order = more(rows, sizeof *order);
	struct dcv_ledger_reader from = reader_of(rows, row, "orders", 2);

	if (order == NULL)
		return dcv_nomem(err);
	order->ca = dcv_ledger_take_text(&from, "ca");
	order->id = dcv_ledger_take_text(&from, "id");
	order->certificate = dcv_ledger_take_text(&from, "certificate");
	order->service = dcv_ledger_take_text(&from, "service");
	order->document = dcv_ledger_take_text(&from, "document");
	order->generation = dcv_ledger_take_number(&from, "generation");
	order->revision = dcv_ledger_take_number(&from, "revision");
	order->state = dcv_ledger_take_state(&from, "state");
	order->reason = dcv_ledger_take_reason(&from, "reason");
	order->cert_before = dcv_ledger_take_text(&from, "cert_before");
	order->created = dcv_ledger_take_number(&from, "created");
	order->first_applied = dcv_ledger_take_number(&from, "first_applied");
	order->effective_at = dcv_ledger_take_number(&from, "effective_at");
	order->closed = dcv_ledger_take_number(&from, "closed");
	order->expires = dcv_ledger_take_number(&from, "expires");
	return dcv_ledger_taken(&from, err);
}

static enum dcv_err add_claim(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_claim_row *claim = more(rows, sizeof *claim);
	struct dcv_ledger_reader from = reader_of(rows, row, "claims", 6);

	if (claim == NULL)
		return dcv_nomem(err);
	claim->ca = dcv_ledger_take_text(&from, "ca");
	claim->id = dcv_ledger_take_text(&from, "id");
	claim->revision = dcv_ledger_take_number(&from, "revision");
	dcv_ledger_take_name(&from, "owner", false, &claim->owner);
	claim->type = dcv_ledger_take_type(&from, "type", false);
	dcv_ledger_take_rdata(&from, "rdata", false, claim->type, &claim->rdata);
	dcv_ledger_take_keep(&from, "retain", &claim->keep, &claim->keep_until_s);
	dcv_ledger_take_name(&from, "placed_at", true, &claim->placed_at);
	claim->certificate = dcv_ledger_take_text(&from, "orders.certificate");
	claim->service = dcv_ledger_take_text(&from, "orders.service");
	claim->order_revision = dcv_ledger_take_number(&from, "orders.revision");
	claim->state = dcv_ledger_take_state(&from, "orders.state");
	claim->reason = dcv_ledger_take_reason(&from, "orders.reason");
	claim->expires = dcv_ledger_take_number(&from, "orders.expires");
	claim->first_applied = dcv_ledger_take_number(&from, "orders.first_applied");
	return dcv_ledger_taken(&from, err);
}

static enum dcv_err add_placement(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_placement *placement = more(rows, sizeof *placement);
	struct dcv_ledger_reader from = reader_of(rows, row, "placements", 5);

	if (placement == NULL)
		return dcv_nomem(err);
	dcv_ledger_take_name(&from, "zone", false, &placement->zone);
	placement->backend = dcv_ledger_take_text(&from, "backend");
	dcv_ledger_take_name(&from, "owner", false, &placement->owner);
	placement->type = dcv_ledger_take_type(&from, "type", false);
	dcv_ledger_take_rdata(&from, "rdata", false, placement->type, &placement->rdata);
	placement->ours = dcv_ledger_take_number(&from, "ours") != 0;
	placement->since = dcv_ledger_take_number(&from, "since");
	placement->first_seen = dcv_ledger_take_number(&from, "first_seen");
	return dcv_ledger_taken(&from, err);
}

static enum dcv_err add_seat(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_seat *seat = more(rows, sizeof *seat);
	struct dcv_ledger_reader from = reader_of(rows, row, "claims", 5);

	if (seat == NULL)
		return dcv_nomem(err);
	seat->ca = dcv_ledger_take_text(&from, "ca");
	seat->id = dcv_ledger_take_text(&from, "id");
	dcv_ledger_take_name(&from, "owner", false, &seat->owner);
	seat->type = dcv_ledger_take_type(&from, "type", false);
	dcv_ledger_take_rdata(&from, "rdata", false, seat->type, &seat->rdata);
	dcv_ledger_take_name(&from, "placements.zone", true, &seat->zone);
	seat->backend = dcv_ledger_take_text(&from, "placements.backend");
	seat->since = dcv_ledger_take_number(&from, "placements.since");
	seat->cached_s = dcv_ledger_take_u32(&from, "rrsets.cached_s");
	return dcv_ledger_taken(&from, err);
}

static enum dcv_err add_rrset(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_rrset_row *set = more(rows, sizeof *set);
	struct dcv_ledger_reader from = reader_of(rows, row, "rrsets", 4);

	if (set == NULL)
		return dcv_nomem(err);
	dcv_ledger_take_name(&from, "zone", false, &set->zone);
	set->backend = dcv_ledger_take_text(&from, "backend");
	dcv_ledger_take_name(&from, "owner", false, &set->owner);
	set->type = dcv_ledger_take_type(&from, "type", false);
	set->former_ttl_s = dcv_ledger_take_u32(&from, "former_ttl");
	set->our_ttl_s = dcv_ledger_take_u32(&from, "our_ttl");
	set->cached_s = dcv_ledger_take_u32(&from, "cached_s");
	set->generation = dcv_ledger_take_number(&from, "generation");
	set->changed_s = dcv_ledger_take_number(&from, "changes.ended");
	return dcv_ledger_taken(&from, err);
}

static enum dcv_err add_change(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_change_row *change = more(rows, sizeof *change);
	struct dcv_ledger_reader from = reader_of(rows, row, "changes", 1);

	if (change == NULL)
		return dcv_nomem(err);
	change->id = dcv_ledger_take_number(&from, "id");
	change->run = dcv_ledger_take_text(&from, "run");
	dcv_ledger_take_name(&from, "zone", false, &change->zone);
	change->backend = dcv_ledger_take_text(&from, "backend");
	change->op = dcv_ledger_take_text(&from, "op");
	dcv_ledger_take_name(&from, "owner", true, &change->owner);
	change->type = dcv_ledger_take_type(&from, "type", true);
	dcv_ledger_take_rdata(&from, "rdata", true, change->type, &change->rdata);
	change->ttl_s = dcv_ledger_take_u32(&from, "ttl");
	change->ca = dcv_ledger_take_text(&from, "ca");
	change->order_id = dcv_ledger_take_text(&from, "order_id");
	change->state = dcv_ledger_take_change(&from, "state");
	change->at = dcv_ledger_take_number(&from, "at");
	change->ended = dcv_ledger_take_number(&from, "ended");
	change->detail = dcv_ledger_take_text(&from, "detail");
	return dcv_ledger_taken(&from, err);
}

static enum dcv_err add_removed(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct rows *rows = ctx;
	struct dcv_rdata *rdata = more(rows, sizeof *rdata);
	struct dcv_ledger_reader from = reader_of(rows, row, "changes", 3);
	uint16_t type;

	if (rdata == NULL)
		return dcv_nomem(err);
	from.column++; /* the owner: known, only there to name the row */
	type = dcv_ledger_take_type(&from, "type", false);
	dcv_ledger_take_rdata(&from, "rdata", false, type, rdata);
	return dcv_ledger_taken(&from, err);
}

/* Runs a query. *ret_items is untouched on failure; no rows: *ret_n is 0. */
static enum dcv_err collect(struct dcv_ledger *ledger, enum dcv_sql sql,
	const struct dcv_db_value *values, size_t n, dcv_db_row_fn add,
	struct dcv_arena *arena, struct rows *ret, struct dcv_error *err)
{
	*ret = (struct rows){.ledger = ledger, .arena = arena};
	return dcv_db_run(ledger->db, sql, values, n, add, ret, err);
}

enum dcv_err dcv_ledger_order(struct dcv_ledger *ledger, const char *ca, const char *id,
	struct dcv_arena *arena, struct dcv_order_row **ret, struct dcv_error *err)
{
	const struct dcv_db_value values[] = {dcv_ledger_text(ca), dcv_ledger_text(id)};
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_ORDER, values, 2, add_order, arena,
		&rows, err);

	if (rc == DCV_OK)
		*ret = rows.items;
	return rc;
}

enum dcv_err dcv_ledger_orders(struct dcv_ledger *ledger, const char *id,
	struct dcv_arena *arena, struct dcv_order_row **ret, size_t *ret_n,
	struct dcv_error *err)
{
	const struct dcv_db_value values[] = {dcv_ledger_text(id)};
	struct rows rows;
	enum dcv_err rc;

	if (id == NULL)
		rc = collect(ledger, DCV_SQL_ORDERS, NULL, 0, add_order, arena, &rows,
			err);
	else
		rc = collect(ledger, DCV_SQL_ORDERS_NUMBERED, values, 1, add_order, arena,
			&rows, err);
	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_orders_of_certificate(struct dcv_ledger *ledger,
	const char *certificate, struct dcv_arena *arena, struct dcv_order_row **ret,
	size_t *ret_n, struct dcv_error *err)
{
	const struct dcv_db_value values[] = {dcv_ledger_text(certificate)};
	struct rows rows = {0};
	enum dcv_err rc = DCV_OK;

	if (certificate[0] != '\0')
		rc = collect(ledger, DCV_SQL_ORDERS_CERTIFICATE, values, 1, add_order,
			arena, &rows, err);
	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_claims_kept(struct dcv_ledger *ledger, struct dcv_arena *arena,
	struct dcv_claim_row **ret, size_t *ret_n, struct dcv_error *err)
{
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_CLAIMS_KEPT, NULL, 0, add_claim, arena,
		&rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_seats(struct dcv_ledger *ledger, struct dcv_arena *arena,
	struct dcv_seat **ret, size_t *ret_n, struct dcv_error *err)
{
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_SEATS, NULL, 0, add_seat, arena, &rows,
		err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_changes(struct dcv_ledger *ledger, const char *run, int64_t limit,
	struct dcv_arena *arena, struct dcv_change_row **ret, size_t *ret_n,
	struct dcv_error *err)
{
	const struct dcv_db_value values[] = {
		run != NULL ? dcv_ledger_text(run) : dcv_ledger_number(limit)};
	struct rows rows;
	enum dcv_err rc = collect(ledger,
		run != NULL ? DCV_SQL_CHANGES_RUN : DCV_SQL_CHANGES_LAST, values, 1,
		add_change, arena, &rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

static enum dcv_err add_id(void *ctx, const struct dcv_db_row *row, struct dcv_error *err)
{
	struct rows *rows = ctx;

	(void)row;
	return more(rows, sizeof(int64_t)) != NULL ? DCV_OK : dcv_nomem(err);
}

/* A question about the value of a row; n of its parameters are taken. */
static enum dcv_err collect_of(struct dcv_ledger *ledger, enum dcv_sql sql,
	const struct dcv_change_row *row, size_t n, dcv_db_row_fn add,
	struct dcv_arena *arena, struct rows *rows, struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, &row->zone, &row->owner, row->type,
		&row->rdata, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_text(dcv_buf_text(&key.rdata)),
		dcv_ledger_text(key.zone),
		dcv_ledger_text(row->backend),
		dcv_ledger_number(row->id),
	};

	if (rc == DCV_OK)
		rc = collect(ledger, sql, values, n, add, arena, rows, err);
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_changed_after(struct dcv_ledger *ledger,
	const struct dcv_change_row *row, struct dcv_arena *arena, bool *ret,
	struct dcv_error *err)
{
	struct rows rows = {0};
	enum dcv_err rc = collect_of(ledger, DCV_SQL_CHANGED_AFTER, row, 6, add_id, arena,
		&rows, err);

	*ret = rows.n > 0;
	return rc;
}

enum dcv_err dcv_ledger_changes_of(struct dcv_ledger *ledger,
	const struct dcv_change_row *value, struct dcv_arena *arena,
	struct dcv_change_row **ret, size_t *ret_n, struct dcv_error *err)
{
	struct rows rows = {0};
	enum dcv_err rc = collect_of(ledger, DCV_SQL_CHANGES_OF, value, 5, add_change,
		arena, &rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_lost(struct dcv_ledger *ledger, struct dcv_arena *arena,
	struct dcv_change_row **ret, size_t *ret_n, struct dcv_error *err)
{
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_LOST, NULL, 0, add_change, arena, &rows,
		err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_claims_of(struct dcv_ledger *ledger, const char *ca,
	const char *id, struct dcv_arena *arena, struct dcv_claim_row **ret,
	size_t *ret_n, struct dcv_error *err)
{
	const struct dcv_db_value values[] = {dcv_ledger_text(ca), dcv_ledger_text(id)};
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_CLAIMS_OF, values, 2, add_claim, arena,
		&rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_claims_at(struct dcv_ledger *ledger, const struct dcv_name *owner,
	struct dcv_arena *arena, struct dcv_claim_row **ret, size_t *ret_n,
	struct dcv_error *err)
{
	char text[DCV_NAME_TEXT_MAX];
	const struct dcv_db_value values[] = {dcv_ledger_text(dcv_name_text(owner, text))};
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_CLAIMS_AT, values, 1, add_claim, arena,
		&rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_placements_at(struct dcv_ledger *ledger,
	const struct dcv_name *zone, const struct dcv_name *owner, struct dcv_arena *arena,
	struct dcv_placement **ret, size_t *ret_n, struct dcv_error *err)
{
	char zone_text[DCV_NAME_TEXT_MAX], owner_text[DCV_NAME_TEXT_MAX];
	const struct dcv_db_value values[] = {
		dcv_ledger_text(dcv_name_text(zone, zone_text)),
		dcv_ledger_text(dcv_name_text(owner, owner_text)),
	};
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_PLACEMENTS_AT, values, 2, add_placement,
		arena, &rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_rrsets_at(struct dcv_ledger *ledger, const struct dcv_name *zone,
	const char *backend, const struct dcv_name *owner, struct dcv_arena *arena,
	struct dcv_rrset_row **ret, size_t *ret_n, struct dcv_error *err)
{
	char zone_text[DCV_NAME_TEXT_MAX], owner_text[DCV_NAME_TEXT_MAX];
	const struct dcv_db_value values[] = {
		dcv_ledger_text(dcv_name_text(zone, zone_text)),
		dcv_ledger_text(backend),
		dcv_ledger_text(dcv_name_text(owner, owner_text)),
	};
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_RRSETS_AT, values, 3, add_rrset, arena,
		&rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_intents(struct dcv_ledger *ledger, const struct dcv_name *zone,
	struct dcv_arena *arena, struct dcv_change_row **ret, size_t *ret_n,
	struct dcv_error *err)
{
	char text[DCV_NAME_TEXT_MAX];
	struct dcv_db_value values[] = {dcv_ledger_text(NULL)};
	struct rows rows;
	enum dcv_err rc;

	if (zone != NULL)
		values[0] = dcv_ledger_text(dcv_name_text(zone, text));
	if (zone == NULL)
		rc = collect(ledger, DCV_SQL_INTENTS, NULL, 0, add_change, arena, &rows,
			err);
	else
		rc = collect(ledger, DCV_SQL_INTENTS_ZONE, values, 1, add_change, arena,
			&rows, err);
	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}

enum dcv_err dcv_ledger_removed_at(struct dcv_ledger *ledger,
	const struct dcv_name *owner, uint16_t type, struct dcv_arena *arena,
	struct dcv_rdata **ret, size_t *ret_n, struct dcv_error *err)
{
	char owner_text[DCV_NAME_TEXT_MAX], type_text[DCV_TYPE_TEXT_MAX];
	const struct dcv_db_value values[] = {
		dcv_ledger_text(dcv_name_text(owner, owner_text)),
		dcv_ledger_text(dcv_type_text(type, type_text)),
	};
	struct rows rows;
	enum dcv_err rc = collect(ledger, DCV_SQL_REMOVED_AT, values, 2, add_removed,
		arena, &rows, err);

	if (rc == DCV_OK) {
		*ret = rows.items;
		*ret_n = rows.n;
	}
	return rc;
}
