/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `plan` and `apply`. */
#include "cmd/internal.h"

#define ORDER_OPTIONS                                                                 \
	"config ledger zone-file reload nameserver record ca service order previous " \
	"deadline lock-timeout json quiet verbose help "

/* Configuration, orders and the run, for a command that takes orders. */
static enum dcv_err prepare(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_config(session);

	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	if (rc == DCV_OK)
		rc = dcv_session_orders(session);
	return rc == DCV_OK ? dcv_session_run(session, DCV_PLAN_APPLY) : rc;
}

/* Nothing in the orders that could be written. */
static bool is_preflight(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->orders.n; i++) {
		if (session->orders.items[i]->n_claims > 0)
			return false;
	}
	return true;
}

static void count(const struct dcv_session *session, size_t *add, size_t *remove,
	size_t *left)
{
	*add = *remove = *left = 0;
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_plan *plan = &session->run.zones[i].plan;

		*add += plan->n_add;
		*remove += plan->n_remove;
		*left += plan->n_leftover;
	}
}

bool dcv_cmd_would_change(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_zones; i++) {
		if (session->run.zones[i].plan.changes)
			return true;
	}
	return false;
}

static enum dcv_err end_plan(struct dcv_session *session, bool cut_off)
{
	size_t add, remove, left;
	bool work = dcv_run_has_work(&session->run) || cut_off;
	const char *note = "";

	count(session, &add, &remove, &left);
	if (cut_off)
		dcv_tell(
			"an earlier run was cut off or had no proof; `dcvctl apply` settles it first");
	if (session->run.n_zones > 0) {
		dcv_say(session, "before you submit");
		dcv_say(session,
			"  -- not checked: delegation, CAA, DNSSEC (not in this version)");
	}
	if (work && add + remove == 0 && !cut_off)
		note = ", an order to be noted in the ledger";
	snprintf(session->msg, sizeof(session->msg),
		"%zu to add, %zu to remove, %zu leftover%s%s", add, remove, left,
		left == 1 ? "" : "s", note);
	dcv_say(session, "%s. Nothing was written.", session->msg);
	if (!work)
		return DCV_OK;
	session->changed = dcv_cmd_would_change(session);
	dcv_next(session, "apply", NULL);
	return DCV_E_PENDING;
}

static enum dcv_err end_preflight(struct dcv_session *session)
{
	if (session->orders.n == 0) {
		snprintf(session->msg, sizeof(session->msg), "no orders");
		return DCV_OK;
	}
	dcv_say(session, "no records in the order yet: nothing to write");
	dcv_tell(
		"help: put the records that the CA shows under `records:`, then run this again");
	snprintf(session->msg, sizeof(session->msg), "no records in the order yet");
	return DCV_E_PENDING;
}

static bool is_met(const struct dcv_session *session, const struct dcv_named *named)
{
	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_plan *plan = &session->run.zones[z].plan;

		for (size_t i = 0; i < plan->n_edits; i++) {
			const struct dcv_edit *edit = &plan->edits[i];

			for (size_t k = 0; k < edit->n_values; k++) {
				if (edit->values[k].kind == DCV_VALUE_REMOVE &&
					dcv_named_is(named, true, &edit->edit.owner,
						edit->edit.type, &edit->values[k].rdata))
					return true;
			}
		}
	}
	return false;
}

/* Who names a value means it to go: a slip of the pen must not be silent. */
static void tell_unmet(struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_named; i++) {
		const struct dcv_named *named = &session->run.named[i];

		if (!is_met(session, named))
			dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK,
				&named->place, NULL,
				"%s: nothing to remove: no such value stands there, or an open "
				"order needs it",
				named->text);
	}
}

/* Plans and shows; *ret_cut_off: an earlier run is to be settled. */
static enum dcv_err plan(struct dcv_session *session, bool *ret_cut_off)
{
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_run_plan(&session->run, &session->diags);

	dcv_show_plan(session);
	if (rc != DCV_OK)
		return rc;
	tell_unmet(session);
	if (dcv_run_is_cut_off(&session->run, ret_cut_off, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	return DCV_OK;
}

static enum dcv_err run_plan(struct dcv_session *session)
{
	bool cut_off = false;
	enum dcv_err rc = prepare(session);

	if (rc == DCV_OK && is_preflight(session))
		return end_preflight(session);
	if (rc == DCV_OK)
		rc = plan(session, &cut_off);
	return rc == DCV_OK ? end_plan(session, cut_off) : rc;
}

static void show_zone(const struct dcv_session *session, const struct dcv_zone_run *zone)
{
	const struct dcvp_receipt *receipt = &zone->receipt;

	if (zone->changed)
		dcv_say(session,
			"written    %s  +%zu -%zu, serial %u -> %u, every other byte "
			"unchanged",
			zone->view.place, zone->plan.n_add, zone->plan.n_remove,
			receipt->serial_before, receipt->serial_after);
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

static enum dcv_err carry_out(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);

	if (rc != DCV_OK)
		return rc;
	rc = dcv_run_apply(&session->run, &session->diags);
	for (size_t i = 0; i < session->run.n_zones; i++)
		show_zone(session, &session->run.zones[i]);
	show_failures(session);
	if (rc == DCV_E_PARTIAL)
		dcv_next(session, "status", NULL);
	return rc;
}

static enum dcv_err apply(struct dcv_session *session)
{
	struct dcv_verify verify = {.wait = true};
	bool cut_off = false;
	enum dcv_err rc;

	if (session->options.dry_run)
		return run_plan(session);
	rc = prepare(session);
	if (rc == DCV_OK && is_preflight(session))
		return end_preflight(session);
	if (rc == DCV_OK)
		rc = plan(session, &cut_off);
	if (rc == DCV_OK && (dcv_run_has_work(&session->run) || cut_off))
		rc = carry_out(session);
	else if (rc == DCV_OK)
		dcv_say(session, "nothing to change");
	if (rc != DCV_OK)
		return rc;
	snprintf(session->msg, sizeof(session->msg),
		session->changed ? "written" : "nothing to change");
	if (session->options.no_wait || session->options.until == DCV_LEVEL_PUBLISHED)
		return DCV_OK;
	rc = dcv_verify_run(session, &verify);
	session->verify = verify;
	if (session->changed &&
		(rc == DCV_E_FAILED || rc == DCV_E_LOCKED || rc == DCV_E_NOMEM ||
			rc == DCV_E_INTERNAL))
		return DCV_E_PARTIAL;
	return rc;
}

/* A pre-flight beside orders with records: there is still something to be done. */
static enum dcv_err run_apply(struct dcv_session *session)
{
	enum dcv_err rc = apply(session);

	for (size_t i = 0; rc == DCV_OK && i < session->orders.n; i++) {
		if (session->orders.items[i]->n_claims > 0)
			continue;
		dcv_tell("order %s: no records yet: nothing was written for it",
			session->orders.items[i]->id);
		rc = DCV_E_PENDING;
	}
	return rc;
}

const struct dcv_command dcv_cmd_plan = {
	.name = "plan",
	.summary = "show the edits that an order needs; writes nothing",
	.help = "example: dcvctl plan 1234567890.yaml\n"
		"\n"
		"dcvctl plan [OPTION…] ORDER…\n"
		"Shows, RRset by RRset, what apply would add (+) and remove (-), what it found\n"
		"there (=) and what is left over from earlier certificates (?), each with its\n"
		"reason. Takes no lock, writes nothing. ORDER is a file, a directory, - or the\n"
		"number of an order in the ledger.\n"
		"\n"
		"  --config FILE         the configuration ($DCVCTL_CONFIG)\n"
		"  --zone-file ZONE=FILE  without a configuration: the zone and its file,\n"
		"    --reload none|nsd     with how the server is told\n"
		"  --record 'OWNER TYPE VALUE' --ca CA --order N [--service S]\n"
		"                        an order without a file\n"
		"  --previous VALUE      a value by hand of the certificate before, to remove\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0 nothing to do, 2 work pending, 6 a guard would refuse,\n"
		"      64 usage, 65 order, 78 configuration. See also dcvctl(1).\n",
	.options = ORDER_OPTIONS,
	.run = run_plan,
};

const struct dcv_command dcv_cmd_apply = {
	.name = "apply",
	.summary = "write the records of an order and wait until they are effective",
	.help = "example: dcvctl apply --until effective 1234567890.yaml\n"
		"\n"
		"dcvctl apply [OPTION…] ORDER…\n"
		"Writes the records with a TTL of 300 s, removes what the certificate before\n"
		"left, and waits. A second run changes nothing. Options of plan, and:\n"
		"\n"
		"  --until LEVEL         published, effective (default); ready and settled\n"
		"                        need checks that are not in this version (exit 7)\n"
		"  --no-wait             the same as --until published\n"
		"  --previous VALUE      remove this value too, wherever it stands at an owner\n"
		"                        of the order; or 'OWNER TYPE VALUE'\n"
		"  --nameserver ADDR     ask this address instead of the zone's name servers\n"
		"  --deadline 15m        end of all waiting\n"
		"  --lock-timeout 30s    how long to wait for another run on the zone\n"
		"  -n, --dry-run, --check  the same as plan\n"
		"  --json, -q, -v\n"
		"\n"
		"exit: 0 reached, 1 failed and nothing changed, 3 partly, 4 deadline, 5 locked,\n"
		"      6 refused, 7 unverified, 64 usage, 65 order, 78 configuration\n",
	.options = ORDER_OPTIONS "until no-wait dry-run check",
	.run = run_apply,
};
