/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the order in which a zone is changed: intents, effect, proof, outcomes. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#include "apply/internal.h"

/* What is noted of a zone's change in one commit. */
typedef enum dcv_err (*note_fn)(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err);

static enum dcv_err in_commit(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, note_fn note, struct dcv_error *err)
{
	size_t size = run->n_subjects * sizeof(run->marks[0]);
	const char *id = run->id;
	enum dcv_err rc = dcv_ledger_begin(run->ledger, err);

	if (rc != DCV_OK)
		return rc;
	memcpy(run->marks_before, run->marks, size);
	rc = dcv_ledger_end(run->ledger, note(run, zone, journal, err), err);
	if (rc == DCV_OK)
		return DCV_OK;
	/* What was not committed did not happen. */
	memcpy(run->marks, run->marks_before, size);
	run->id = id;
	zone->done = false;
	return rc;
}

/* The id of a change: in the name of a temporary, so unlike that of any other ledger. */
static const char *new_change_id(struct dcv_run *run, struct dcv_error *err)
{
	uint32_t number;

	if (dcv_random(&number, sizeof(number), err) != DCV_OK)
		return NULL;
	return dcv_arena_printf(run->arena, "%08x", (unsigned)number);
}

/* The edits of a plan that change something; or, to prove an unchanged zone loaded, all. */
static enum dcv_err make_change(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_backend_change *ret, struct dcv_error *err)
{
	struct dcv_rrset_edit *edits = dcv_arena_array(run->arena, zone->plan.n_edits,
		sizeof(edits[0]));

	ret->id = new_change_id(run, err);
	ret->etag = zone->view.etag;
	ret->n = 0;
	ret->edits = edits;
	if (edits == NULL || ret->id == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		if (zone->plan.edits[i].changes)
			edits[ret->n++] = zone->plan.edits[i].edit;
	}
	return DCV_OK;
}

static bool value_stays(const struct dcv_value *value)
{
	return value->kind != DCV_VALUE_REMOVE;
}

/* One RRset as read back: every value that was to stay or come is there, every value that was
 * to go is gone, foreign ones among the former. */
static bool is_published(const struct dcv_zone_view *view, const struct dcv_edit *edit)
{
	const struct dcv_node *node = dcv_view_node(view, &edit->edit.owner);
	const struct dcv_rrset *set = node != NULL ? dcv_node_set(node, edit->edit.type)
						   : NULL;
	size_t staying = 0;

	for (size_t i = 0; i < edit->n_values; i++) {
		bool there = set != NULL && dcv_rrset_has(set, &edit->values[i].rdata);

		if (there != value_stays(&edit->values[i]))
			return false;
		staying += value_stays(&edit->values[i]);
	}
	return staying == 0 || set->ttl_s == edit->edit.ttl_s;
}

static enum dcv_err read_back(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct dcv_zone_view view;
	char owner[DCV_NAME_TEXT_MAX];
	enum dcv_err rc = dcv_backend_read(zone->backend, zone->owners, zone->n_owners,
		run->arena, &view, err);

	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		if (is_published(&view, edit))
			continue;
		dcv_fail(err, DCV_E_PARTIAL,
			"%s: read back after the change and not as written: somebody else may "
			"have written at the same time",
			dcv_name_text(&edit->edit.owner, owner));
		return dcv_help(err, "help: look at %s, then run the same command again",
			view.place);
	}
	return DCV_OK;
}

static enum dcv_err note_failed(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err)
{
	return dcv_note_ends(run, journal, DCV_CHANGE_FAILED, zone->error.text, err);
}

/* The text of an unknown row stays the id of the change: it is needed to settle it. */
static enum dcv_err note_unknown(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err)
{
	(void)zone;
	return dcv_note_ends(run, journal, DCV_CHANGE_UNKNOWN, NULL, err);
}

static enum dcv_err note_done(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err)
{
	enum dcv_err rc = dcv_note_outcomes(run, zone, err);

	if (rc == DCV_OK && journal != NULL)
		rc = dcv_note_ends(run, journal, DCV_CHANGE_DONE, NULL, err);
	return rc;
}

/* The end of a change that did not go well: noted if it can be, else the rows stay intents,
 * and the next run settles them before it plans. Returns the failure. */
static enum dcv_err end(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, enum dcv_err failure)
{
	struct dcv_error second = {0};
	note_fn note = failure == DCV_E_PARTIAL ? note_unknown : note_failed;

	if (in_commit(run, zone, journal, note, &second) != DCV_OK)
		dcv_log(run->log, DCV_LOG_NOTE, "ledger: the outcome is not noted: %s",
			second.text);
	return failure;
}

/* The change stands in the backend: make it visible, read it back, note it. */
static enum dcv_err finish(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_backend_change *change, struct dcv_journal *journal,
	struct dcv_error *err)
{
	enum dcv_err rc = dcv_backend_sync(zone->backend, change, &zone->receipt, err);

	if (rc == DCV_E_FAILED) {
		zone->changed = false;
		return end(run, zone, journal, rc);
	}
	if (rc == DCV_OK)
		rc = read_back(run, zone, err);
	if (rc != DCV_OK) {
		err->code = DCV_E_PARTIAL;
		return end(run, zone, journal, DCV_E_PARTIAL);
	}
	if (in_commit(run, zone, journal, note_done, err) == DCV_OK)
		return DCV_OK;
	err->code = DCV_E_PARTIAL;
	return DCV_E_PARTIAL;
}

static enum dcv_err write_zone(struct dcv_run *run, struct dcv_zone_run *zone,
	bool *ret_again, struct dcv_error *err)
{
	struct dcv_backend_change change;
	struct dcv_journal journal = {0};
	enum dcvp_outcome *outcomes;
	enum dcv_err rc = make_change(run, zone, &change, err);

	if (rc != DCV_OK)
		return rc;
	journal.change_id = change.id;
	outcomes = dcv_arena_array(run->arena, change.n, sizeof(outcomes[0]));
	if (outcomes == NULL)
		return dcv_nomem(err);
	rc = in_commit(run, zone, &journal, dcv_note_intents, err);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_backend_apply(zone->backend, &change, outcomes, &zone->receipt,
		ret_again, err);
	zone->changed = rc == DCV_E_PARTIAL;
	if (rc != DCV_OK)
		return end(run, zone, &journal, rc);
	zone->changed = true;
	return finish(run, zone, &change, &journal, err);
}

enum dcv_err dcv_carry_out(struct dcv_run *run, struct dcv_zone_run *zone,
	bool *ret_again, struct dcv_error *err)
{
	*ret_again = false;
	if (zone->plan.changes)
		return write_zone(run, zone, ret_again, err);
	return in_commit(run, zone, NULL, note_done, err);
}
