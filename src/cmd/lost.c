/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is said when somebody else removed a value: what the ledger saw, what the
 * zone shows, and who it may have been. */
#include "cmd/lost.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/events.h"

/* Values that one backend lost: the first is told, the others are counted. */
struct loss {
	const struct dcv_zone_run *zone;
	const struct dcv_edit *edit;
	const struct dcv_value *value;
	struct dcv_lost lost;
	size_t n;
};

static const char *printed(struct dcv_session *session, const char *text)
{
	return text != NULL ? text : dcv_arena_printf(&session->arena, "%s", "");
}

/* The value itself, and how many others. */
static const char *what(struct dcv_session *session, const struct loss *loss)
{
	char type[DCV_TYPE_TEXT_MAX];
	const char *text = dcv_rdata_dup_text(loss->edit->edit.type, &loss->value->rdata,
		&session->arena);
	const char *more = loss->n > 1
		? dcv_arena_printf(&session->arena, " and %zu more of %s", loss->n - 1,
			  dcv_show_name(&loss->zone->binding->zone))
		: "";

	return dcv_arena_printf(&session->arena, "%s %s %s%s",
		dcv_show_name(&loss->edit->edit.owner),
		dcv_type_text(loss->edit->edit.type, type), printed(session, text),
		printed(session, more));
}

/* When the order's state says that every name server had it, after it was read back. */
static int64_t effective_at(struct dcv_session *session, const struct loss *loss)
{
	struct dcv_order_row *row = NULL;
	struct dcv_error err = {0};

	if (loss->value->id == NULL ||
		dcv_ledger_order(session->ledger, loss->value->ca, loss->value->id,
			&session->arena, &row, &err) != DCV_OK ||
		row == NULL)
		return 0;
	return row->effective_at;
}

static const char *seen(struct dcv_session *session, const struct loss *loss)
{
	char written[DCV_TIME_TEXT_MAX], last[DCV_TIME_TEXT_MAX],
		missed[DCV_TIME_TEXT_MAX];
	const struct dcv_change_row *at = loss->lost.written;
	int64_t effective_s = effective_at(session, loss);
	bool everywhere = effective_s >= at->ended;

	return dcv_arena_printf(&session->arena,
		"written at %s (run %s), seen last %s%s, missed %s%s; dcvctl did not remove it",
		dcv_time_local(at->ended, written), at->run,
		everywhere ? "at every name server at " : "when it was read back",
		everywhere ? dcv_time_local(effective_s, last) : "",
		loss->lost.missed != NULL ? "since " : "now for the first time",
		loss->lost.missed != NULL ? dcv_time_local(loss->lost.missed->at, missed)
					  : "");
}

/* What the serial says: one that is behind that of our change is that of an older copy. */
static const char *serial(struct dcv_session *session, const struct loss *loss)
{
	const char *detail = loss->lost.written->detail;
	uint32_t now = loss->zone->view.serial, ours;

	if (strncmp(detail, "serial ", 7) != 0 || now == 0)
		return "";
	ours = (uint32_t)strtoul(detail + 7, NULL, 10);
	if (now == ours)
		return "; the serial is still that of our change: an edit that did not count it up";
	if ((int32_t)(now - ours) > 0)
		return "";
	return printed(session,
		dcv_arena_printf(&session->arena,
			"; the serial went back from %u to %u: an older copy of the zone came back",
			ours, now));
}

/* When the zone file was written last, if that was after our change. */
static const char *file_time(struct dcv_session *session, const struct loss *loss)
{
	char when[DCV_TIME_TEXT_MAX];
	struct stat st;

	if (loss->zone->at->file == NULL || stat(loss->zone->at->file, &st) != 0 ||
		st.st_mtime <= loss->lost.written->ended)
		return "";
	return printed(session,
		dcv_arena_printf(&session->arena, "; the zone file was last written at %s",
			dcv_time_local(st.st_mtime, when)));
}

/* Another ledger's mark in the zone: who writes here too. */
static const char *stranger(struct dcv_session *session, const struct loss *loss)
{
	const struct dcv_plan *plan = &loss->zone->plan;

	for (size_t i = 0; i < plan->n_edits; i++) {
		for (size_t k = 0; k < plan->edits[i].n_values; k++) {
			const char *order = plan->edits[i].values[k].stranger;

			if (order != NULL)
				return printed(session,
					dcv_arena_printf(&session->arena,
						"; a dcvctl with another ledger writes "
						"here too (order %s)",
						order));
		}
	}
	return "";
}

static const char *again(struct dcv_session *session, const struct loss *loss)
{
	size_t before = loss->lost.times - (loss->lost.missed != NULL ? 1 : 0);

	if (before == 0)
		return "";
	return printed(session,
		dcv_arena_printf(&session->arena, "; it was lost %zu time%s before",
			before, before == 1 ? "" : "s"));
}

static enum dcv_err tell(struct dcv_session *session, const struct loss *loss)
{
	const char *subject = what(session, loss), *times = seen(session, loss);

	if (subject == NULL || times == NULL)
		return DCV_E_NOMEM;
	dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL,
		"look for who else writes this zone: a template or a checkout, octoDNS or "
		"DNSControl, a backup, a console; dcvctl apply puts it back",
		"%s: %s%s%s%s%s", subject, times, serial(session, loss),
		file_time(session, loss), stranger(session, loss), again(session, loss));
	dcv_diag_cause(&session->diags, "M67");
	return DCV_OK;
}

/* Looks at each value that is to be added in a zone, and tells what was lost. */
static enum dcv_err look_at(struct dcv_session *session, const struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct loss loss = {.zone = zone};
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];

		for (size_t k = 0; rc == DCV_OK && k < edit->n_values; k++) {
			struct dcv_lost lost;

			rc = dcv_run_lost(&session->run, zone, edit, &edit->values[k],
				&lost, err);
			if (rc != DCV_OK || lost.written == NULL || loss.n++ > 0)
				continue;
			loss.edit = edit;
			loss.value = &edit->values[k];
			loss.lost = lost;
		}
	}
	return rc == DCV_OK && loss.n > 0 ? tell(session, &loss) : rc;
}

enum dcv_err dcv_lost_tell(struct dcv_session *session)
{
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;

	for (size_t z = 0; rc == DCV_OK && z < session->run.n_zones; z++)
		rc = look_at(session, &session->run.zones[z], &err);
	return rc == DCV_OK || rc == DCV_E_NOMEM ? rc : dcv_session_fail(session, &err);
}

static bool lacks(const struct dcv_edit *edit, const struct dcv_subject *subject)
{
	for (size_t k = 0; k < edit->n_values; k++) {
		const struct dcv_value *value = &edit->values[k];

		if (value->kind == DCV_VALUE_ADD && value->known && value->id != NULL &&
			strcmp(value->ca, subject->ca) == 0 &&
			strcmp(value->id, subject->id) == 0)
			return true;
	}
	return false;
}

/* The plan lacks a value of the order that was there before. */
static bool is_lacking(const struct dcv_session *session,
	const struct dcv_subject *subject)
{
	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_plan *plan = &session->run.zones[z].plan;

		for (size_t i = 0; i < plan->n_edits; i++) {
			if (lacks(&plan->edits[i], subject))
				return true;
		}
	}
	return false;
}

/* Orders that miss values, whatever their state. */
static enum dcv_err find_lacking(struct dcv_session *session,
	const struct dcv_subject ***ret, size_t *ret_n)
{
	struct dcv_run *run = &session->run;
	const struct dcv_subject **found = dcv_arena_array(&session->arena,
		run->n_subjects, sizeof(found[0]));

	*ret = found;
	*ret_n = 0;
	for (size_t i = 0; found != NULL && i < run->n_subjects; i++) {
		if (run->subjects[i].row != NULL && is_lacking(session, &run->subjects[i]))
			found[(*ret_n)++] = &run->subjects[i];
	}
	return found != NULL ? DCV_OK : DCV_E_NOMEM;
}

static bool is_to_be_pending(const struct dcv_subject *subject)
{
	const struct dcv_order_row *row = subject->row;

	return row->revision == subject->revision && dcv_state_is_open(row->state) &&
		row->state != DCV_STATE_PENDING;
}

/* In a transaction of the caller's. */
static enum dcv_err note(struct dcv_session *session,
	const struct dcv_subject *const *lacking, size_t n, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (is_to_be_pending(lacking[i]))
			rc = dcv_run_note_state(&session->run, lacking[i]->ca,
				lacking[i]->id, DCV_STATE_PENDING, DCV_REASON_NONE, err);
	}
	return rc == DCV_OK ? dcv_run_note_lost(&session->run, err) : rc;
}

enum dcv_err dcv_lost_note(struct dcv_session *session)
{
	const struct dcv_subject **lacking;
	struct dcv_error err = {0};
	size_t n;
	enum dcv_err rc = find_lacking(session, &lacking, &n);

	if (rc != DCV_OK || n == 0)
		return rc;
	rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_ledger_begin(session->ledger, &err);
	if (rc == DCV_OK)
		rc = dcv_ledger_end(session->ledger, note(session, lacking, n, &err),
			&err);
	if (rc != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n; i++) {
		if (is_to_be_pending(lacking[i]))
			dcv_event(session, "state", "ca", lacking[i]->ca, "order",
				lacking[i]->id, "state",
				dcv_state_text(DCV_STATE_PENDING), NULL);
	}
	return DCV_OK;
}
