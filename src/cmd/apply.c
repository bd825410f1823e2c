/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `apply`: plan, carry out, wait. */
#include "cmd/evidence.h"
#include "cmd/exam.h"
#include "cmd/manual.h"
#include "cmd/preflight.h"
#include "cmd/saved.h"
#include "cmd/summary.h"

static void show_zone(const struct dcv_session *session, const struct dcv_zone_run *zone)
{
	const struct dcvp_receipt *receipt = &zone->receipt;

	if (zone->changed && zone->error.code == DCV_E_PARTIAL && zone->at->file == NULL)
		dcv_say(session,
			"sent       %s  +%zu -%zu: not all of it is known to stand there",
			zone->view.place, zone->plan.n_add, zone->plan.n_remove);
	else if (zone->changed && receipt->serial_before != receipt->serial_after)
		dcv_say(session, "written    %s  +%zu -%zu, serial %u -> %u%s",
			zone->view.place, zone->plan.n_add, zone->plan.n_remove,
			receipt->serial_before, receipt->serial_after,
			zone->at->file != NULL ? ", every other byte unchanged" : "");
	else if (zone->changed)
		dcv_say(session, "written    %s  +%zu -%zu", zone->view.place,
			zone->plan.n_add, zone->plan.n_remove);
	else if (zone->done)
		dcv_say(session, "unchanged  %s", zone->view.place);
	if (receipt->note[0] != '\0')
		dcv_say(session, "           %s", receipt->note);
}

/* The failures of single zones, each with what to do. */
static void show_failures(struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_zone_run *zone = &session->run.zones[i];

		session->changed = session->changed || zone->changed;
		if (zone->error.code == DCV_OK)
			continue;
		dcv_diag_add_error(&session->diags, NULL, &zone->error);
	}
}

void dcv_show_written(struct dcv_session *session)
{
	if (dcv_summary_is_wanted(session))
		dcv_summary_written(session);
	for (size_t i = 0; !dcv_summary_is_wanted(session) && i < session->run.n_zones;
		i++)
		show_zone(session, &session->run.zones[i]);
	show_failures(session);
}

/* What stands where the certificate is to be seen, before the order is applied first, or with
 * other records: this one proves nothing later. */
static void look_before(struct dcv_session *session)
{
	struct dcv_run *run = &session->run;

	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];

		if (subject->order != NULL && subject->judgement != DCV_JUDGED_SAME &&
			dcv_subject_is_wanted(subject))
			run->marks[i].cert_before = dcv_evidence_before(session,
				subject->order, &session->arena);
	}
}

static enum dcv_err carry_out(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);

	if (rc != DCV_OK)
		return rc;
	look_before(session);
	if (!dcv_is_document(session))
		dcv_run_forget_plans(&session->run);
	rc = dcv_run_apply(&session->run, &session->diags);
	dcv_show_written(session);
	if (rc == DCV_E_PARTIAL)
		dcv_next(session, "status", NULL);
	return rc;
}

/* A pre-flight beside orders with records: there is still something to be done. */
static enum dcv_err tell_preflights(const struct dcv_session *session)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; i < session->orders.n; i++) {
		if (session->orders.items[i]->n_claims > 0)
			continue;
		dcv_tell("order %s: no records yet: nothing was written for it",
			session->orders.items[i]->id);
		rc = DCV_E_PENDING;
	}
	return rc;
}

static enum dcv_err wait_for(struct dcv_session *session)
{
	struct dcv_verify verify = {.wait = true};
	bool manual = dcv_manual_show(session);
	enum dcv_err rc;

	if (session->options.no_wait || session->options.until == DCV_LEVEL_PUBLISHED)
		return manual ? DCV_E_PENDING : DCV_OK;
	rc = dcv_verify_run(session, &verify);
	session->verify = verify;
	if (manual && verify.result.effective) {
		enum dcv_err noted = dcv_manual_note(session);

		rc = noted != DCV_OK ? noted : rc;
	}
	if (session->changed &&
		(rc == DCV_E_FAILED || rc == DCV_E_LOCKED || rc == DCV_E_NOMEM ||
			rc == DCV_E_INTERNAL))
		return DCV_E_PARTIAL;
	return rc;
}

/* What stands beside ours and is not ours, when all else is well. */
static void say_leftovers(const struct dcv_session *session)
{
	size_t n = 0, dead = 0;

	for (size_t i = 0; i < session->run.n_zones; i++) {
		n += session->run.zones[i].plan.n_leftover;
		dead += session->run.zones[i].plan.n_leftover_dead;
	}
	if (n == 0)
		return;
	dcv_say(session, "%zu leftover%s beside it (? above), not written by dcvctl: %s",
		n, n == 1 ? "" : "s",
		dead == n ? "apply --remove-leftovers removes it"
			  : "apply --previous VALUE removes one");
}

/* What may be typed when the order is over, or was a mistake. */
static void say_later(const struct dcv_session *session, enum dcv_err rc)
{
	const struct dcv_run *run = &session->run;

	if (!session->changed || run->id == NULL)
		return;
	if (rc == DCV_OK && run->n_subjects == 1 && run->subjects[0].id != NULL)
		dcv_next_say(session, "later: ", "cleanup", run->subjects[0].id,
			"   (or cron)");
	dcv_next_say(session, "undo:  ", "undo", run->id, "");
}

enum dcv_err dcv_apply_run(struct dcv_session *session)
{
	bool cut_off = false;
	enum dcv_err rc = dcv_plan_step(session, &cut_off);

	if (rc == DCV_OK && session->options.plan != NULL) {
		session->run.exact = true;
		rc = dcv_saved_compare(session);
	}
	if (rc == DCV_OK && dcv_run_has_work(&session->run))
		rc = dcv_exam_before(session);
	if (rc == DCV_OK && (dcv_run_has_work(&session->run) || cut_off))
		rc = carry_out(session);
	else if (rc == DCV_OK)
		dcv_say(session, "nothing to change");
	if (rc != DCV_OK)
		return rc;
	snprintf(session->msg, sizeof(session->msg),
		session->changed ? "written" : "nothing to change");
	return wait_for(session);
}

static enum dcv_err apply(struct dcv_session *session)
{
	enum dcv_err rc = dcv_plan_prepare(session, DCV_LEDGER_SOON);

	if (rc == DCV_OK && dcv_preflight_is(session))
		return dcv_preflight_plan(session);
	if (rc == DCV_OK)
		rc = dcv_apply_run(session);
	if (session->changed)
		dcv_lint_orders(session, NULL);
	if (rc == DCV_OK)
		say_leftovers(session);
	say_later(session, rc);
	return rc == DCV_OK ? tell_preflights(session) : rc;
}

static enum dcv_err run_apply(struct dcv_session *session)
{
	enum dcv_err rc = session->options.dry_run ? dcv_plan_run(session)
						   : apply(session);

	if (!session->options.dry_run && session->run.n_refused > 0)
		rc = session->changed ? DCV_E_PARTIAL : dcv_run_worse(rc, DCV_E_REFUSED);
	return dcv_session_end(session, rc);
}

const struct dcv_command dcv_cmd_apply = {
	.name = "apply",
	.summary = "write the records of an order and wait until it is ready",
	.help = "example: dcvctl apply --until effective 1234567890.yaml\n"
		"\n"
		"dcvctl apply [OPTION…] ORDER…\n"
		"Writes the records with a TTL of 300 s, removes what the certificate before\n"
		"left, and waits. A second run changes nothing. Options of plan, and:\n"
		"\n"
		"  --until LEVEL         published, effective, ready (default: CAA and DNSSEC\n"
		"                        too), settled (no cache has an older answer)\n"
		"  --no-wait             the same as --until published\n"
		"  --previous VALUE      remove this value too, wherever it stands at an owner\n"
		"                        of the order; or 'OWNER TYPE VALUE'\n"
		"  --remove-leftovers    and those whose token is provably dead\n"
		"  --reopen, --coexist, --shadow copy|accept   see dcvctl(1)\n"
		"  --keep-going          orders that are wrong or refused do not stop the others\n"
		"  --plan FILE           what plan --save wrote, unless anything moved since\n"
		"  --nameserver ADDR     ask this address instead of the zone's name servers\n"
		"  --deadline 15m        end of all waiting; --lock-timeout 30s of a busy zone\n"
		"  -n, --dry-run, --check  the same as plan\n"
		"  --json, -q, -v\n"
		"\n"
		"exit: 0 reached, 1 failed and nothing changed, 3 partly, 4 deadline, 5 locked,\n"
		"      6 refused, 7 unverified, 64 usage, 65 order, 78 configuration\n",
	.options = DCV_ORDER_OPTIONS "until no-wait dry-run check plan events",
	.words = "files orders",
	.run = run_apply,
};
