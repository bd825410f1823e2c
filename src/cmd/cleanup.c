/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `cleanup` of orders that are named. */
#include "cmd/clean.h"
#include "cmd/manual.h"

static enum dcv_err refuse_open(struct dcv_session *session,
	const struct dcv_order_row *row)
{
	struct dcv_error err = {0};

	dcv_fail(&err, DCV_E_REFUSED,
		"order %s is open (%s): its records are still needed", row->id,
		dcv_state_text(row->state));
	dcv_help(&err,
		"run: dcvctl close --issued %s   (then this again; if it was withdrawn: dcvctl "
		"cleanup --cancel %s)",
		row->id, row->id);
	return dcv_session_fail(session, &err);
}

/* Nothing is left of it but, perhaps, what --retained and --caa are about, or what was kept until
 * a date that is over. */
static bool is_cleaned(struct dcv_session *session, const struct dcv_order_row *row)
{
	const struct dcv_policy *policy = &session->options.policy;
	bool due = false;

	return row->state == DCV_STATE_CLEANED && !policy->retained && !policy->caa &&
		dcv_clean_is_due(session, row, &due) == DCV_OK && !due;
}

/* The orders to clean; those that are clean already are said and left out. */
static enum dcv_err choose(struct dcv_session *session)
{
	size_t n = session->n_rows;
	enum dcv_err rc = DCV_OK;

	session->cleans = dcv_arena_array(&session->arena, n, sizeof(session->cleans[0]));
	if (session->cleans == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct dcv_order_row *row = &session->rows[i];
		bool alive = dcv_order_is_alive(row, dcv_now_s(session->clock));
		enum dcv_reason how = row->reason;

		if (dcv_state_is_open(row->state))
			how = alive ? DCV_REASON_CANCELLED : DCV_REASON_EXPIRED;

		if (alive && !session->options.cancel)
			rc = refuse_open(session, row);
		else if (is_cleaned(session, row))
			dcv_say(session, "order %s is cleaned already", row->id);
		else
			session->cleans[session->n_cleans++] = (struct dcv_clean){
				.row = row,
				.close = alive ? DCV_REASON_CANCELLED : DCV_REASON_NONE,
				.why = dcv_reason_text(how),
				.evidence = ""};
	}
	return rc;
}

static void show_removed(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_zone_run *zone = &session->run.zones[i];

		if (zone->error.code != DCV_OK || zone->manual)
			continue;
		if (zone->changed && zone->receipt.serial_after == 0)
			dcv_say(session, "removed    %s  %zu value%s", zone->view.place,
				zone->plan.n_remove, zone->plan.n_remove == 1 ? "" : "s");
		else if (zone->changed)
			dcv_say(session, "removed    %s  %zu value%s, serial %u -> %u",
				zone->view.place, zone->plan.n_remove,
				zone->plan.n_remove == 1 ? "" : "s",
				zone->receipt.serial_before, zone->receipt.serial_after);
		else if (zone->done)
			dcv_say(session, "unchanged  %s: nothing there is to be removed",
				zone->view.place);
	}
}

static enum dcv_err end_dry_run(struct dcv_session *session)
{
	session->changed = dcv_cmd_would_change(session);
	dcv_clean_count(session);
	dcv_say(session, "Nothing was written.");
	dcv_next(session, "cleanup", NULL);
	return dcv_run_has_work(&session->run) ? DCV_E_PENDING : DCV_OK;
}

static enum dcv_err clean(struct dcv_session *session)
{
	enum dcv_err rc = dcv_clean_plan(session);
	size_t n = 0;

	if (rc != DCV_OK)
		return rc;
	dcv_show_plan(session);
	if (session->options.dry_run)
		return end_dry_run(session);
	rc = dcv_clean_apply(session);
	show_removed(session);
	(void)dcv_manual_show(session);
	for (size_t i = 0; i < session->n_cleans; i++) {
		if (!session->cleans[i].done)
			continue;
		n++;
		dcv_say(session, "order %s cleaned", session->cleans[i].row->id);
	}
	snprintf(session->msg, sizeof(session->msg), "%zu order%s cleaned", n,
		n == 1 ? "" : "s");
	return rc;
}

static enum dcv_err clean_named(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_rows(session);

	if (rc == DCV_OK)
		rc = choose(session);
	/* The subjects of the run stand for them from here on. */
	session->n_rows = 0;
	return rc == DCV_OK && session->n_cleans > 0 ? clean(session) : rc;
}

static enum dcv_err refuse_without_order(struct dcv_session *session)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl status   (shows the orders)",
		"cleanup: --cancel, --retained and --caa need the number of an order");
	return DCV_E_USAGE;
}

static enum dcv_err run_cleanup(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	enum dcv_err rc;

	if (o->args.n == 0 && (o->cancel || o->policy.retained || o->policy.caa))
		return refuse_without_order(session);
	rc = dcv_session_config(session);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc != DCV_OK)
		return rc;
	return o->args.n > 0 ? clean_named(session) : dcv_sweep(session);
}

const struct dcv_command dcv_cmd_cleanup = {
	.name = "cleanup",
	.summary = "remove the records of orders that are over; for cron",
	.help = "example: dcvctl cleanup\n"
		"\n"
		"dcvctl cleanup [OPTION…] [ORDER…]\n"
		"Removes exactly the values that dcvctl wrote for orders that are over, unless an\n"
		"open order needs the same value. Works from the ledger alone. Without ORDER, for\n"
		"cron: orders closed 24 h ago, those whose certificate stands at `issued_when`,\n"
		"and those whose tokens died 7 days ago; silent where there is nothing to say.\n"
		"With ORDER: at once.\n"
		"\n"
		"  --cancel              an open ORDER too: it is closed as cancelled\n"
		"  --retained            its records that outlive an order too (ACM, persistent)\n"
		"  --caa                 the CAA records that it brought too\n"
		"  --zone Z, --ca CA, --state S   without ORDER: of these only\n"
		"  -n, --dry-run         show what would be removed (exit 2)\n"
		"  --config FILE, --zone-file ZONE=FILE, --reload none|nsd, --ledger PATH\n"
		"  --lock-timeout 30s    how long to wait for another run on the zone\n"
		"  --deadline 15m, --json, -q, -v\n"
		"\n"
		"exit: 0 cleaned, 1 failed and nothing changed, 3 partly, 5 locked,\n"
		"      6 the order is still open, 65 no such order, 78 configuration\n",
	.options = "config ledger zone-file reload provider lock-timeout deadline dry-run check cancel "
		   "retained caa zone ca state limit all json quiet verbose help",
	.words = "orders",
	.run = run_cleanup,
};
