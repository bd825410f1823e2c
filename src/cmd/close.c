/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `close` and `cleanup`: the end of an order. */
#include <string.h>

#include "cmd/internal.h"

/* Configuration, ledger, and the rows that the arguments name. */
static enum dcv_err find_orders(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);

	if (rc == DCV_OK && session->options.args.n == 0) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"run: dcvctl status   (shows the orders)",
			"%s: give the number or the file of an order",
			session->command->name);
		return DCV_E_USAGE;
	}
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	return rc == DCV_OK ? dcv_session_rows(session) : rc;
}

static enum dcv_err close_one(struct dcv_session *session, struct dcv_order_row *row,
	enum dcv_reason reason)
{
	struct dcv_error err = {0};
	enum dcv_err rc;

	if (!dcv_state_is_open(row->state)) {
		dcv_say(session, "order %s is %s already (%s)", row->id,
			dcv_state_text(row->state), dcv_reason_text(row->reason));
		return DCV_OK;
	}
	rc = dcv_run_note_state(&session->run, row->ca, row->id, DCV_STATE_CLOSED, reason,
		&err);
	if (rc != DCV_OK)
		return dcv_session_fail(session, &err);
	session->changed = true;
	row->state = DCV_STATE_CLOSED;
	row->reason = reason;
	dcv_say(session,
		"order %s closed: %s. Its records stay until they are cleaned up.",
		row->id, dcv_reason_text(reason));
	dcv_next(session, "cleanup", NULL);
	return DCV_OK;
}

static enum dcv_err run_close(struct dcv_session *session)
{
	enum dcv_reason reason = session->options.reason;
	enum dcv_err rc;

	if (reason == DCV_REASON_NONE) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"run: dcvctl close --issued ORDER   (or --cancelled)",
			"close: say how the order ended");
		return DCV_E_USAGE;
	}
	rc = find_orders(session);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	if (rc == DCV_OK)
		rc = dcv_session_run(session, DCV_PLAN_CLEANUP);
	for (size_t i = 0; rc == DCV_OK && i < session->n_rows; i++)
		rc = close_one(session, &session->rows[i], reason);
	snprintf(session->msg, sizeof(session->msg), "%zu order%s %s", session->n_rows,
		session->n_rows == 1 ? "" : "s", dcv_reason_text(reason));
	return rc;
}

static enum dcv_err refuse_open(struct dcv_session *session,
	const struct dcv_order_row *row)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_REFUSED,
		"order %s is open (%s): its records are still needed", row->id,
		dcv_state_text(row->state));
	dcv_help(&err, "run: dcvctl close --issued %s   (or --cancelled), then this again",
		row->id);
	return dcv_session_fail(session, &err);
}

/* Subjects for the orders to clean; those that are clean already are said and left out. */
static enum dcv_err make_subjects(struct dcv_session *session)
{
	struct dcv_run *run = &session->run;
	size_t n = session->n_rows;
	enum dcv_err rc = dcv_session_run(session, DCV_PLAN_CLEANUP);

	if (rc != DCV_OK)
		return rc;
	run->subjects = dcv_arena_array(&session->arena, n, sizeof(run->subjects[0]));
	if (run->subjects == NULL)
		return DCV_E_NOMEM;
	run->n_subjects = 0;
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_order_row *row = &session->rows[i];

		if (dcv_order_is_alive(row, dcv_now_s(session->clock)))
			rc = refuse_open(session, row);
		else if (row->state == DCV_STATE_CLEANED)
			dcv_say(session, "order %s is cleaned already", row->id);
		else
			run->subjects[run->n_subjects++] = (struct dcv_subject){
				.ca = row->ca,
				.id = row->id,
				.row = row};
	}
	return rc;
}

static void show_removed(struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_zone_run *zone = &session->run.zones[i];

		session->changed = session->changed || zone->changed;
		if (zone->error.code != DCV_OK)
			dcv_diag_add_error(&session->diags, NULL, &zone->error);
		else if (zone->changed)
			dcv_say(session, "removed    %s  %zu value%s, serial %u -> %u",
				zone->view.place, zone->plan.n_remove,
				zone->plan.n_remove == 1 ? "" : "s",
				zone->receipt.serial_before, zone->receipt.serial_after);
		else
			dcv_say(session,
				"unchanged  %s: nothing of the order is there any more",
				zone->view.place);
	}
}

static enum dcv_err end_dry_run(struct dcv_session *session)
{
	session->changed = dcv_cmd_would_change(session);
	dcv_say(session, "Nothing was written.");
	dcv_next(session, "cleanup", NULL);
	return dcv_run_has_work(&session->run) ? DCV_E_PENDING : DCV_OK;
}

static enum dcv_err run_cleanup(struct dcv_session *session)
{
	enum dcv_err rc = find_orders(session);

	if (rc == DCV_OK)
		rc = make_subjects(session);
	/* The subjects of the run stand for them from here on. */
	session->n_rows = 0;
	if (rc != DCV_OK || session->run.n_subjects == 0)
		return rc;
	rc = dcv_run_plan(&session->run, &session->diags);
	if (rc == DCV_OK)
		dcv_show_plan(session);
	if (rc != DCV_OK)
		return rc;
	if (session->options.dry_run)
		return end_dry_run(session);
	rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_run_apply(&session->run, &session->diags);
	show_removed(session);
	for (size_t i = 0; rc == DCV_OK && i < session->run.n_subjects; i++)
		dcv_say(session, "order %s cleaned", session->run.subjects[i].id);
	snprintf(session->msg, sizeof(session->msg), "%zu order%s cleaned",
		session->run.n_subjects, session->run.n_subjects == 1 ? "" : "s");
	return rc;
}

const struct dcv_command dcv_cmd_close = {
	.name = "close",
	.summary = "say that an order is over: issued or cancelled",
	.help = "example: dcvctl close --issued 1234567890\n"
		"\n"
		"dcvctl close --issued|--cancelled [OPTION…] ORDER…\n"
		"Notes in the ledger that the CA needs the records no longer. They stay until\n"
		"cleanup, or until the next order at the same owner replaces them. ORDER is a\n"
		"number of the ledger, CA/NUMBER where two CAs have it.\n"
		"\n"
		"  --issued              the certificate was issued\n"
		"  --cancelled           the order was withdrawn\n"
		"  --config FILE, --ledger PATH, --json, -q\n"
		"\n"
		"exit: 0 closed (now or before), 65 no such order\n",
	.options = "config ledger issued cancelled json quiet verbose help",
	.run = run_close,
};

const struct dcv_command dcv_cmd_cleanup = {
	.name = "cleanup",
	.summary = "remove the records of an order that is over",
	.help = "example: dcvctl cleanup 1234567890\n"
		"\n"
		"dcvctl cleanup [OPTION…] ORDER…\n"
		"Removes exactly the values that dcvctl wrote for closed orders, unless an open\n"
		"order needs the same value. Works from the ledger alone: order files may be\n"
		"gone. A value that is gone already counts as removed.\n"
		"\n"
		"  -n, --dry-run         show what would be removed (exit 2)\n"
		"  --config FILE, --zone-file ZONE=FILE, --reload none|nsd, --ledger PATH\n"
		"  --lock-timeout 30s    how long to wait for another run on the zone\n"
		"  --deadline 15m        end of all waiting\n"
		"  --json, -q, -v\n"
		"\n"
		"exit: 0 cleaned, 1 failed and nothing changed, 3 partly, 5 locked,\n"
		"      6 the order is still open, 65 no such order, 78 configuration\n",
	.options = "config ledger zone-file reload lock-timeout deadline dry-run check json quiet "
		   "verbose help",
	.run = run_cleanup,
};
