/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `undo`: a run is taken back by a new one, as far as nobody has moved what it
 * did. */
#include <string.h>

#include "cmd/internal.h"

static enum dcv_err usage(struct dcv_session *session)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl status --log   (shows the runs)",
		"undo: give one run, as r7");
	return DCV_E_USAGE;
}

static enum dcv_err no_such_run(struct dcv_session *session, const char *run)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER, NULL,
		"run: dcvctl status --log   (shows the runs)",
		"%s: no such run in the ledger %s, or it changed nothing", run,
		session->config.ledger);
	return DCV_E_ORDER;
}

/* A row that can be taken back: done, of one value, and not touched since. */
static enum dcv_err take_row(struct dcv_session *session,
	const struct dcv_change_row *row, struct dcv_change_row *to, size_t *n)
{
	struct dcv_error err = {0};
	bool moved = false;

	if (row->state != DCV_CHANGE_DONE || row->owner.len == 0 || row->rdata.len == 0 ||
		strcmp(row->op, "lost") == 0)
		return DCV_OK;
	if (dcv_ledger_changed_after(session->ledger, row, &session->arena, &moved,
		    &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	if (moved)
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL, NULL,
			"%s: left as it is: a later run changed this value",
			dcv_show_name(&row->owner));
	else
		to[(*n)++] = *row;
	return DCV_OK;
}

static bool has_subject(const struct dcv_run *run, const struct dcv_change_row *row)
{
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (strcmp(run->subjects[i].ca, row->ca) == 0 &&
			strcmp(run->subjects[i].id, row->order_id) == 0)
			return true;
	}
	return false;
}

/* The orders whose values the run moved. */
static enum dcv_err make_subjects(struct dcv_session *session)
{
	struct dcv_run *run = &session->run;

	run->n_subjects = 0;
	run->subjects = dcv_arena_array(&session->arena, run->n_undo + 1,
		sizeof(run->subjects[0]));
	if (run->subjects == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; i < run->n_undo; i++) {
		const struct dcv_change_row *row = &run->undo[i];

		if (row->order_id[0] != '\0' && !has_subject(run, row))
			run->subjects[run->n_subjects++] =
				(struct dcv_subject){.ca = row->ca, .id = row->order_id};
	}
	return DCV_OK;
}

static enum dcv_err gather(struct dcv_session *session, const char *name)
{
	struct dcv_error err = {0};
	struct dcv_change_row *rows = NULL, *taken;
	size_t n = 0, n_taken = 0;
	enum dcv_err rc = dcv_session_run(session, DCV_PLAN_UNDO);

	if (rc != DCV_OK)
		return rc;
	if (dcv_ledger_changes(session->ledger, name, 0, &session->arena, &rows, &n,
		    &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	if (n == 0)
		return no_such_run(session, name);
	taken = dcv_arena_array(&session->arena, n, sizeof(taken[0]));
	if (taken == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = take_row(session, &rows[i], taken, &n_taken);
	session->run.undo = taken;
	session->run.n_undo = n_taken;
	return rc == DCV_OK ? make_subjects(session) : rc;
}

/* Something is to be done: by the plan, or because a run was cut off, perhaps this very one. */
static enum dcv_err judge(struct dcv_session *session, bool *ret_due)
{
	struct dcv_error err = {0};

	*ret_due = dcv_cmd_would_change(session);
	if (*ret_due || session->options.dry_run ||
		dcv_run_is_cut_off(&session->run, ret_due, &err) == DCV_OK)
		return DCV_OK;
	return dcv_session_fail(session, &err);
}

static enum dcv_err carry_out(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);

	if (rc == DCV_OK)
		rc = dcv_run_apply(&session->run, &session->diags);
	dcv_show_written(session);
	return rc;
}

static enum dcv_err end(struct dcv_session *session, enum dcv_err rc)
{
	size_t add = 0, remove = 0;

	for (size_t i = 0; i < session->run.n_zones; i++) {
		add += session->run.zones[i].plan.n_add;
		remove += session->run.zones[i].plan.n_remove;
	}
	snprintf(session->msg, sizeof(session->msg), "%s: %zu value%s back, %zu removed%s",
		session->options.args.items[0], add, add == 1 ? "" : "s", remove,
		add + remove == 0 ? ": nothing left of it" : "");
	if (session->options.dry_run) {
		dcv_say(session, "%s. Nothing was written.", session->msg);
		session->changed = dcv_cmd_would_change(session);
		if (session->changed)
			dcv_next(session, "undo", NULL);
		return session->changed ? DCV_E_PENDING : DCV_OK;
	}
	if (rc == DCV_OK)
		dcv_say(session, "%s", session->msg);
	return rc;
}

static enum dcv_err run_undo(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);
	bool due = false;

	if (rc == DCV_OK && session->options.args.n != 1)
		return usage(session);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc == DCV_OK)
		rc = gather(session, session->options.args.items[0]);
	if (rc == DCV_OK)
		rc = dcv_run_plan(&session->run, &session->diags);
	if (rc != DCV_OK)
		return rc;
	dcv_show_plan(session);
	rc = judge(session, &due);
	if (rc == DCV_OK && due && !session->options.dry_run)
		rc = carry_out(session);
	return end(session, rc);
}

const struct dcv_command dcv_cmd_undo = {
	.name = "undo",
	.summary = "take back what a run did, where nobody has moved it since",
	.help = "example: dcvctl undo r7\n"
		"\n"
		"dcvctl undo [OPTION…] RUN\n"
		"As a new run: removes the values that RUN wrote and puts back those that it\n"
		"removed. What a later run or somebody else has changed since is left and named.\n"
		"An order that loses its first values is cancelled; one that was re-issued has\n"
		"its former values again. dcvctl status --log shows the runs.\n"
		"\n"
		"  -n, --dry-run         show it (exit 2)\n"
		"  --config FILE, --zone-file ZONE=FILE, --reload none|nsd|…, --ledger PATH\n"
		"  --lock-timeout 30s, --deadline 15m\n"
		"  --json, -q, -v\n"
		"\n"
		"exit: 0 taken back, or nothing left of it; 1 failed and nothing changed,\n"
		"      3 partly, 5 locked, 6 refused, 65 no such run, 78 configuration\n",
	.options = "config ledger zone-file reload provider lock-timeout deadline dry-run check limit all "
		   "json quiet verbose help",
	.run = run_undo,
};
