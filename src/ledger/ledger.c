/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when the ledger may be written, and what goes into which table. It does
 * not know how a database does it. */
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/text.h"

enum dcv_err dcv_ledger_open(const char *path, enum dcv_ledger_mode mode, int64_t busy_ms,
	struct dcv_ledger **ret, struct dcv_error *err)
{
	struct dcv_ledger *ledger = calloc(1, sizeof *ledger);
	enum dcv_err rc;

	if (ledger == NULL)
		return dcv_nomem(err);
	if (mode == DCV_LEDGER_SOON)
		mode = access(path, W_OK) == 0 ? DCV_LEDGER_WRITE : DCV_LEDGER_READ;
	rc = dcv_db_open(path, mode, busy_ms, &ledger->db, err);
	if (rc != DCV_OK) {
		free(ledger);
		return rc;
	}
	*ret = ledger;
	return DCV_OK;
}

void dcv_ledger_close(struct dcv_ledger *ledger)
{
	if (ledger == NULL)
		return;
	dcv_db_close(ledger->db);
	free(ledger);
}

bool dcv_ledger_is_writable(const struct dcv_ledger *ledger)
{
	return !dcv_db_is_readonly(ledger->db);
}

void dcv_ledger_mark(struct dcv_ledger *ledger)
{
	ledger->marked = dcv_db_version(ledger->db, &ledger->mark);
}

bool dcv_ledger_is_as_marked(struct dcv_ledger *ledger)
{
	int64_t version;

	return ledger->marked && dcv_db_version(ledger->db, &version) &&
		version == ledger->mark;
}

enum dcv_err dcv_ledger_begin(struct dcv_ledger *ledger, struct dcv_error *err)
{
	ledger->marked = false;
	ledger->next_change = 0;
	if (dcv_db_is_readonly(ledger->db))
		return dcv_fail(err, DCV_E_INTERNAL, "ledger %s: opened for reading only",
			dcv_db_path(ledger->db));
	return dcv_db_begin(ledger->db, err);
}

enum dcv_err dcv_ledger_begin_read(struct dcv_ledger *ledger, struct dcv_error *err)
{
	return dcv_db_begin_read(ledger->db, err);
}

enum dcv_err dcv_ledger_commit(struct dcv_ledger *ledger, struct dcv_error *err)
{
	return dcv_db_commit(ledger->db, err);
}

void dcv_ledger_rollback(struct dcv_ledger *ledger)
{
	dcv_db_rollback(ledger->db);
}

enum dcv_err dcv_ledger_end(struct dcv_ledger *ledger, enum dcv_err rc,
	struct dcv_error *err)
{
	if (rc == DCV_OK)
		return dcv_ledger_commit(ledger, err);
	dcv_ledger_rollback(ledger);
	return rc;
}

/* Outside a transaction each statement would be a commit of its own, and half a change
 * durable: also after an error that made the database roll back. */
static enum dcv_err run_inside(struct dcv_ledger *ledger, enum dcv_sql sql,
	const struct dcv_db_value *values, size_t n, dcv_db_row_fn each, void *ctx,
	struct dcv_error *err)
{
	if (!dcv_db_is_inside(ledger->db))
		return dcv_fail(err, DCV_E_INTERNAL,
			"ledger %s: written outside a transaction",
			dcv_db_path(ledger->db));
	return dcv_db_run(ledger->db, sql, values, n, each, ctx, err);
}

struct run_name {
	struct dcv_arena *arena;
	char *name;
};

static enum dcv_err take_run(void *ctx, const struct dcv_db_row *row,
	struct dcv_error *err)
{
	struct run_name *run = ctx;

	run->name = dcv_arena_printf(run->arena, "r%s", dcv_db_shown(row, 0));
	return run->name != NULL ? DCV_OK : dcv_nomem(err);
}

enum dcv_err dcv_ledger_next_run(struct dcv_ledger *ledger, struct dcv_arena *arena,
	char **ret, struct dcv_error *err)
{
	struct run_name run = {.arena = arena};
	enum dcv_err rc = run_inside(ledger, DCV_SQL_NEXT_RUN, NULL, 0, take_run, &run,
		err);

	if (rc == DCV_OK)
		*ret = run.name;
	return rc;
}

enum dcv_err dcv_ledger_put_order(struct dcv_ledger *ledger,
	const struct dcv_order_row *row, struct dcv_error *err)
{
	const struct dcv_db_value values[] = {
		dcv_ledger_text(row->ca),
		dcv_ledger_text(row->id),
		dcv_ledger_text(row->service),
		dcv_ledger_text(row->document),
		dcv_ledger_number(row->revision),
		dcv_ledger_text(dcv_state_text(row->state)),
		dcv_ledger_text(dcv_reason_text(row->reason)),
		dcv_ledger_number(row->created),
		dcv_ledger_number(row->first_applied),
		dcv_ledger_number(row->effective_at),
		dcv_ledger_number(row->closed),
		dcv_ledger_number(row->expires),
		dcv_ledger_text(row->certificate != NULL ? row->certificate : ""),
		dcv_ledger_text(row->cert_before != NULL ? row->cert_before : ""),
	};

	return run_inside(ledger, DCV_SQL_PUT_ORDER, values,
		sizeof values / sizeof values[0], NULL, NULL, err);
}

/* The column claims.retain. */
static const char *keep_text(const struct dcv_claim_row *row, char *out, size_t cap)
{
	if (row->keep != DCV_KEEP_DATE)
		return dcv_keep_text(row->keep);
	(void)snprintf(out, cap, "%s %lld", dcv_keep_text(row->keep),
		(long long)row->keep_until_s);
	return out;
}

enum dcv_err dcv_ledger_put_claim(struct dcv_ledger *ledger,
	const struct dcv_claim_row *row, struct dcv_error *err)
{
	char keep[64], placed_at[DCV_NAME_TEXT_MAX];
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, NULL, &row->owner, row->type,
		&row->rdata, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(row->ca),
		dcv_ledger_text(row->id),
		dcv_ledger_number(row->revision),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_text(dcv_buf_text(&key.rdata)),
		dcv_ledger_text(row->placed_at.len == 0
				? NULL
				: dcv_name_text(&row->placed_at, placed_at)),
		dcv_ledger_text(keep_text(row, keep, sizeof keep)),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_PUT_CLAIM, values,
			sizeof values / sizeof values[0], NULL, NULL, err);
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_drop_claim(struct dcv_ledger *ledger,
	const struct dcv_claim_row *row, struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, NULL, &row->owner, row->type,
		&row->rdata, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(row->ca),
		dcv_ledger_text(row->id),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_text(dcv_buf_text(&key.rdata)),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_DROP_CLAIM, values, 5, NULL, NULL, err);
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_put_placement(struct dcv_ledger *ledger,
	const struct dcv_placement *row, struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, &row->zone, &row->owner, row->type,
		&row->rdata, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(key.zone),
		dcv_ledger_text(row->backend),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_text(dcv_buf_text(&key.rdata)),
		dcv_ledger_number(row->ours ? 1 : 0),
		dcv_ledger_number(row->since),
		dcv_ledger_number(row->first_seen),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_PUT_PLACEMENT, values, 8, NULL, NULL, err);
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_drop_placement(struct dcv_ledger *ledger,
	const struct dcv_placement *row, struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, &row->zone, &row->owner, row->type,
		&row->rdata, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(key.zone),
		dcv_ledger_text(row->backend),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_text(dcv_buf_text(&key.rdata)),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_DROP_PLACEMENT, values, 5, NULL, NULL,
			err);
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_put_rrset(struct dcv_ledger *ledger,
	const struct dcv_rrset_row *row, struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, &row->zone, &row->owner, row->type,
		NULL, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(key.zone),
		dcv_ledger_text(row->backend),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_number(row->former_ttl_s),
		dcv_ledger_number(row->our_ttl_s),
		dcv_ledger_number(row->cached_s),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_PUT_RRSET, values, 7, NULL, NULL, err);
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_drop_rrset(struct dcv_ledger *ledger,
	const struct dcv_rrset_row *row, struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = dcv_ledger_key_make(&key, &row->zone, &row->owner, row->type,
		NULL, err);
	const struct dcv_db_value values[] = {
		dcv_ledger_text(key.zone),
		dcv_ledger_text(row->backend),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_DROP_RRSET, values, 4, NULL, NULL, err);
	dcv_ledger_key_clear(&key);
	return rc;
}

static enum dcv_err take_id(void *ctx, const struct dcv_db_row *row, struct dcv_error *err)
{
	int64_t *id = ctx;

	if (!dcv_db_number(row, 0, id))
		return dcv_fail(err, DCV_E_INTERNAL, "ledger: journal: no number");
	return DCV_OK;
}

enum dcv_err dcv_ledger_intend(struct dcv_ledger *ledger, struct dcv_change_row *row,
	struct dcv_error *err)
{
	struct dcv_ledger_key key;
	enum dcv_err rc = DCV_OK;

	if (ledger->next_change == 0)
		rc = run_inside(ledger, DCV_SQL_NEXT_CHANGE, NULL, 0, take_id,
			&ledger->next_change, err);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_ledger_key_make(&key, &row->zone, &row->owner, row->type, &row->rdata,
		err);

	const struct dcv_db_value values[] = {
		dcv_ledger_text(row->run),
		dcv_ledger_text(key.zone),
		dcv_ledger_text(row->backend),
		dcv_ledger_text(row->op),
		dcv_ledger_text(key.owner),
		dcv_ledger_text(key.type),
		dcv_ledger_text(dcv_buf_text(&key.rdata)),
		dcv_ledger_number(row->ttl_s),
		dcv_ledger_text(row->ca != NULL ? row->ca : ""),
		dcv_ledger_text(row->order_id != NULL ? row->order_id : ""),
		dcv_ledger_number(row->at),
		dcv_ledger_text(row->detail != NULL ? row->detail : ""),
		dcv_ledger_number(ledger->next_change),
	};

	if (rc == DCV_OK)
		rc = run_inside(ledger, DCV_SQL_INTEND, values,
			sizeof values / sizeof values[0], NULL, NULL, err);
	if (rc == DCV_OK)
		row->id = ledger->next_change++;
	dcv_ledger_key_clear(&key);
	return rc;
}

enum dcv_err dcv_ledger_end_change(struct dcv_ledger *ledger, int64_t id,
	enum dcv_change_state state, int64_t ended, const char *detail,
	struct dcv_error *err)
{
	const struct dcv_db_value values[] = {
		dcv_ledger_number(id),
		dcv_ledger_text(dcv_change_text(state)),
		dcv_ledger_number(ended),
		dcv_ledger_text(detail),
	};
	enum dcv_err rc = run_inside(ledger, DCV_SQL_END_CHANGE, values, 4, NULL, NULL,
		err);

	if (rc == DCV_OK && dcv_db_changed(ledger->db) != 1)
		return dcv_fail(err, DCV_E_INTERNAL, "ledger %s: journal: no row %lld",
			dcv_db_path(ledger->db), (long long)id);
	return rc;
}
