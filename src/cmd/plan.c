/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `plan`, and the planning that `apply` begins with. */
#include <string.h>

#include "cmd/format.h"
#include "cmd/lost.h"
#include "cmd/preflight.h"
#include "cmd/saved.h"
#include "cmd/select.h"

/* --shadow takes the place of what each zone says. */
enum dcv_err dcv_plan_shadow(struct dcv_session *session)
{
	static const char *const words[] = {[DCV_PLAN_SHADOW_REFUSE] = "refuse",
		[DCV_PLAN_SHADOW_COPY] = "copy",
		[DCV_PLAN_SHADOW_ACCEPT] = "accept"};
	const char *word = session->options.shadow;

	for (size_t i = 0; word != NULL && i < 3; i++) {
		if (strcmp(words[i], word) != 0)
			continue;
		session->shadow = (enum dcv_plan_shadow)i;
		session->run.shadow = &session->shadow;
		return DCV_OK;
	}
	if (word == NULL)
		return DCV_OK;
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"say --shadow refuse, copy or accept", "--shadow: \"%.80s\": unknown",
		word);
	return DCV_E_USAGE;
}

enum dcv_err dcv_plan_prepare(struct dcv_session *session, enum dcv_ledger_mode mode)
{
	enum dcv_err rc = dcv_session_config(session);

	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, mode);
	if (rc == DCV_OK)
		rc = session->options.plan != NULL ? dcv_saved_read(session)
						   : dcv_session_orders(session);
	if (rc == DCV_OK)
		rc = dcv_select_orders(session);
	if (rc == DCV_OK)
		rc = dcv_session_run(session, DCV_PLAN_APPLY);
	if (rc == DCV_OK)
		rc = dcv_plan_shadow(session);
	return rc == DCV_OK ? session->diags.code : rc;
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

/* What is left over can all go without harm, and would not go by itself. */
static bool all_dead(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_plan *plan = &session->run.zones[i].plan;

		if (plan->n_leftover_dead != plan->n_leftover)
			return false;
	}
	return !session->options.policy.remove_leftovers;
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
	dcv_preflight_show(session);
	if (work && add + remove == 0 && !cut_off)
		note = ", an order to be noted in the ledger";
	snprintf(session->msg, sizeof(session->msg),
		"%zu to add, %zu to remove, %zu leftover%s%s", add, remove, left,
		left == 1 ? "" : "s", note);
	dcv_say(session, "%s. Nothing was written.", session->msg);
	if (left > 0 && !all_dead(session) && !session->options.policy.remove_leftovers)
		dcv_say(session,
			"leftovers stay; --previous VALUE names one that is of no use any more");
	if (!work)
		return DCV_OK;
	session->changed = dcv_cmd_would_change(session);
	dcv_next(session, "apply",
		left > 0 && all_dead(session) ? "--remove-leftovers" : NULL);
	return DCV_E_PENDING;
}

bool dcv_cmd_would_change(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_zones; i++) {
		if (session->run.zones[i].plan.changes)
			return true;
	}
	return false;
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

enum dcv_err dcv_plan_step(struct dcv_session *session, bool *ret_cut_off)
{
	struct dcv_error err = {0};
	enum dcv_err rc;

	session->run.keep_going = session->options.keep_going;
	rc = dcv_run_plan(&session->run, &session->diags);
	dcv_show_plan(session);
	if (rc != DCV_OK)
		return rc;
	tell_unmet(session);
	rc = dcv_lost_tell(session);
	if (rc != DCV_OK)
		return rc;
	if (dcv_run_is_cut_off(&session->run, ret_cut_off, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	return DCV_OK;
}

enum dcv_err dcv_plan_run(struct dcv_session *session)
{
	bool cut_off = false;
	enum dcv_err rc = dcv_plan_prepare(session, DCV_LEDGER_READ);

	if (rc == DCV_OK)
		dcv_lint_orders(session, NULL);
	if (rc == DCV_OK && dcv_preflight_is(session))
		return dcv_preflight_plan(session);
	if (rc == DCV_OK)
		rc = dcv_plan_step(session, &cut_off);
	if (rc == DCV_OK && session->options.save != NULL)
		rc = dcv_saved_write(session);
	if (rc != DCV_OK)
		return rc;
	rc = end_plan(session, cut_off);
	if (session->options.save != NULL && rc == DCV_E_PENDING)
		dcv_next_plan(session);
	return session->run.n_refused > 0 ? dcv_run_worse(rc, DCV_E_REFUSED) : rc;
}

static enum dcv_err run_plan(struct dcv_session *session)
{
	return dcv_session_end(session, dcv_plan_run(session));
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
		"                        an order without a file; so is --from SERVICE NUMBER\n"
		"  --previous VALUE      a value by hand of the certificate before, to remove\n"
		"  --save FILE           the plan, for apply --plan FILE\n"
		"  --format markdown     or zone, nsupdate, csv, json: for a change ticket\n"
		"  --zone Z --ca CA --state S  only these orders; --all shows every record\n"
		"\n"
		"exit: 0 nothing to do, 2 work pending, 6 a guard would refuse,\n"
		"      64 usage, 65 order, 78 configuration. See also dcvctl(1).\n",
	.options = DCV_ORDER_OPTIONS "save format",
	.formats = "text json markdown zone nsupdate csv",
	.words = "files orders",
	.run = run_plan,
};
