/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to settle what a run left that was cut off or had no proof: the backend is read, and
 * the ledger is told what holds. There: done; not there: failed; unreadable: it stays. */
#include <string.h>

#include "apply/internal.h"

/* The intents of one change, as edits of RRsets. */
struct cut_off {
	const char *change_id;
	size_t n_rows, n_edits;
	struct dcv_change_row *rows; /* a run of the zone's intents */
	size_t *edit_of; /* [n_rows]: index of its edit; SIZE_MAX for the reload */
	struct dcv_rrset_edit *edits;
	struct dcvp_result *results;
};

/* One edit a row: each value holds or not by itself, whatever became of its neighbours. */
static void collect_row(struct cut_off *cut, size_t i)
{
	struct dcv_change_row *row = &cut->rows[i];
	struct dcv_rrset_edit *edit;

	cut->edit_of[i] = SIZE_MAX;
	if (row->owner.len == 0)
		return;
	cut->edit_of[i] = cut->n_edits;
	edit = &cut->edits[cut->n_edits++];
	edit->owner = row->owner;
	edit->type = row->type;
	edit->ttl_s = row->ttl_s;
	if (strcmp(row->op, "add") == 0) {
		edit->n_add = 1;
		edit->add = &row->rdata;
	} else if (strcmp(row->op, "remove") == 0) {
		edit->n_remove = 1;
		edit->remove = &row->rdata;
	}
}

static bool collect(struct cut_off *cut, struct dcv_arena *arena)
{
	cut->change_id = cut->rows[0].detail;
	cut->edit_of = dcv_arena_array(arena, cut->n_rows, sizeof(cut->edit_of[0]));
	cut->edits = dcv_arena_array(arena, cut->n_rows, sizeof(cut->edits[0]));
	cut->results = dcv_arena_array(arena, cut->n_rows, sizeof(cut->results[0]));
	if (cut->edit_of == NULL || cut->edits == NULL || cut->results == NULL)
		return false;
	for (size_t i = 0; i < cut->n_rows; i++)
		collect_row(cut, i);
	return true;
}

static bool holds(const struct cut_off *cut, size_t row)
{
	enum dcvp_outcome outcome;

	if (cut->edit_of[row] == SIZE_MAX) /* the reload: done with whatever holds */
		return true;
	outcome = cut->results[cut->edit_of[row]].outcome;
	return outcome == DCVP_EDIT_DONE || outcome == DCVP_EDIT_ALREADY;
}

/* The files may be others than before: what was not exchanged was only dropped. */
static bool any_holds(const struct cut_off *cut)
{
	for (size_t i = 0; i < cut->n_rows; i++)
		if (cut->edit_of[i] != SIZE_MAX && holds(cut, i))
			return true;
	return false;
}

/* A set that is gone has no TTL to give back. What cannot be read is taken to be there. */
static enum dcv_err forget_set(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_change_row *row, struct dcv_error *err)
{
	const struct dcv_rrset_row set = {.zone = row->zone,
		.backend = row->backend,
		.owner = row->owner,
		.type = row->type};
	struct dcv_zone_view view;
	struct dcv_error aside = {0};
	const struct dcv_node *node;
	size_t at = 0;

	if (dcv_backend_read(zone->backend, &row->owner, 1, run->arena, &view, &aside) !=
		DCV_OK)
		return DCV_OK;
	node = dcv_view_node(&view, &row->owner, &at);
	if (node != NULL && dcv_node_set(node, row->type) != NULL)
		return DCV_OK;
	return dcv_ledger_drop_rrset(run->ledger, &set, err);
}

static enum dcv_err settle_row(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct cut_off *cut, size_t i, struct dcv_error *err)
{
	const struct dcv_change_row *row = &cut->rows[i];
	int64_t now_s = dcv_now_s(run->clock);
	struct dcv_placement placement = {.zone = row->zone,
		.backend = row->backend,
		.owner = row->owner,
		.type = row->type,
		.rdata = row->rdata,
		.ours = true,
		.since = row->at,
		.first_seen = row->at};
	enum dcv_err rc = dcv_ledger_end_change(run->ledger, row->id,
		holds(cut, i) ? DCV_CHANGE_DONE : DCV_CHANGE_FAILED, now_s,
		holds(cut, i) ? "found done afterwards" : "found not done afterwards",
		err);

	if (rc != DCV_OK || !holds(cut, i))
		return rc;
	if (strcmp(row->op, "add") == 0)
		return dcv_ledger_put_placement(run->ledger, &placement, err);
	if (strcmp(row->op, "remove") != 0)
		return DCV_OK;
	rc = dcv_ledger_drop_placement(run->ledger, &placement, err);
	if (rc == DCV_OK)
		rc = forget_set(run, zone, row, err);
	if (rc == DCV_OK && row->order_id[0] != '\0' && run->mode == DCV_PLAN_APPLY)
		rc = dcv_order_expire(run, row->ca, row->order_id, err);
	return rc;
}

static enum dcv_err settle(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct cut_off *cut, struct dcv_error *err)
{
	enum dcv_err rc = dcv_ledger_begin(run->ledger, err);

	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; rc == DCV_OK && i < cut->n_rows; i++)
		rc = settle_row(run, zone, cut, i, err);
	return dcv_ledger_end(run->ledger, rc, err);
}

/* Of a backend that does not settle by itself: what stands there decides. */
static enum dcv_err look(struct dcv_run *run, struct dcv_zone_run *zone,
	struct cut_off *cut, struct dcv_error *err)
{
	struct dcv_name *owners = dcv_arena_array(run->arena, cut->n_edits,
		sizeof(owners[0]));
	struct dcv_zone_view view;
	enum dcv_err rc;
	size_t n = 0;

	if (owners == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < cut->n_edits; i++) {
		if (n == 0 || !dcv_name_equal(&owners[n - 1], &cut->edits[i].owner))
			owners[n++] = cut->edits[i].owner;
	}
	rc = dcv_backend_read(zone->backend, owners, n, run->arena, &view, err);
	for (size_t i = 0; rc == DCV_OK && i < cut->n_edits; i++)
		cut->results[i].outcome = dcv_settle_edit(&view, &cut->edits[i]);
	return rc == DCV_E_FAILED ? DCV_E_PARTIAL : rc;
}

/* What holds is to be visible too. */
static enum dcv_err look_and_show(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_backend_change *change, struct cut_off *cut,
	struct dcv_error *err)
{
	struct dcvp_receipt receipt = {0};
	struct dcv_error why = {0};
	enum dcv_err rc = look(run, zone, cut, err);

	if (rc == DCV_OK && any_holds(cut) &&
		dcv_backend_sync(zone->backend, change, &receipt, &why) != DCV_OK)
		dcv_log(run->log, DCV_LOG_NOTE, "unproven   %s: %s", cut->rows[0].run,
			why.text);
	return rc;
}

static enum dcv_err recover_change(struct dcv_run *run, struct dcv_zone_run *zone,
	struct cut_off *cut, struct dcv_error *err)
{
	struct dcv_backend_change change;
	struct dcv_error why = {0};
	enum dcv_err rc;

	if (!collect(cut, run->arena))
		return dcv_nomem(err);
	change = (struct dcv_backend_change){.id = cut->change_id,
		.n = cut->n_edits,
		.edits = cut->edits};
	rc = dcv_backend_recovers(zone->backend)
		? dcv_backend_recover(zone->backend, &change, cut->results, &why)
		: look_and_show(run, zone, &change, cut, &why);
	/* A refusal by the server ends with the former file back: that is settled too. */
	if (rc != DCV_OK && rc != DCV_E_FAILED) {
		dcv_fail(err, DCV_E_PARTIAL, "%s", why.text);
		dcv_help(err, "%s",
			why.help[0] != '\0'
				? why.help
				: "help: mend that and run the same command again; the ledger keeps the "
				  "intents until then");
		dcv_error_wrap(err,
			"run %s was cut off or had no proof, and cannot be settled yet",
			cut->rows[0].run);
		return DCV_E_PARTIAL;
	}
	run->recovered = run->recovered || rc != DCV_OK || any_holds(cut);
	dcv_log(run->log, DCV_LOG_NOTE,
		"recovered  run %s, which was cut off or had no proof%s%s",
		cut->rows[0].run, rc != DCV_OK ? ": " : "", why.text);
	return settle(run, zone, cut, err);
}

/* What a backend was left with that the zone has no more. Another of its backends settles its own. */
static void tell_unsettled(const struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_change_row *row)
{
	if (!zone->manual && dcv_is_bound(zone->binding, row->backend))
		return;
	dcv_log(run->log, DCV_LOG_NOTE,
		"unsettled  run %s at %s, which cannot be read now", row->run,
		row->backend);
}

enum dcv_err dcv_recover(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct dcv_change_row *rows = NULL;
	size_t n = 0, from = 0;
	enum dcv_err rc = dcv_ledger_intents(run->ledger, &zone->binding->zone,
		run->arena, &rows, &n, err);

	if (rc == DCV_OK && n > 0)
		rc = dcv_zone_open(run, zone, err);
	while (rc == DCV_OK && from < n) {
		struct cut_off cut = {.rows = rows + from, .n_rows = 1};

		/* An account that was a file's may be a person's now: nobody can look there. */
		if (zone->manual || strcmp(rows[from].backend, zone->at->name) != 0) {
			tell_unsettled(run, zone, &rows[from]);
			from++;
			continue;
		}
		while (from + cut.n_rows < n &&
			strcmp(rows[from + cut.n_rows].detail, rows[from].detail) == 0)
			cut.n_rows++;
		rc = recover_change(run, zone, &cut, err);
		from += cut.n_rows;
	}
	return rc;
}

enum dcv_err dcv_run_is_cut_off(struct dcv_run *run, bool *ret, struct dcv_error *err)
{
	struct dcv_change_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = DCV_OK;

	*ret = false;
	for (size_t i = 0; rc == DCV_OK && !*ret && i < run->n_zones; i++) {
		rc = dcv_ledger_intents(run->ledger, &run->zones[i].binding->zone,
			run->arena, &rows, &n, err);
		*ret = n > 0;
	}
	return rc;
}
