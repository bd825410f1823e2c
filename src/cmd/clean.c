/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how orders are cleaned, many in one run. It does not know which. */
#include "cmd/clean.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *p, const void *q)
{
	const struct dcv_clean *a = p, *b = q;
	int order = strcmp(a->row->ca, b->row->ca);

	return order != 0 ? order : strcmp(a->row->id, b->row->id);
}

/* Those that stay are in front. What was changed since it was looked at is told. */
static void put_ends(struct dcv_session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session->n_cleans; i++) {
		struct dcv_clean *clean = &session->cleans[i];
		struct dcv_error err = {0};

		if (clean->close != DCV_REASON_NONE &&
			dcv_run_put_end(&session->run, clean->row, clean->close, &err) !=
				DCV_OK) {
			dcv_diag_add_error(&session->diags, NULL, &err);
			continue;
		}
		session->changed = session->changed || clean->close != DCV_REASON_NONE;
		session->cleans[n++] = *clean;
	}
	session->n_cleans = n;
}

static enum dcv_reason closing(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->n_cleans; i++) {
		if (session->cleans[i].close != DCV_REASON_NONE)
			return session->cleans[i].close;
	}
	return DCV_REASON_NONE;
}

/* One commit, however many there are. */
static enum dcv_err close_first(struct dcv_session *session)
{
	bool changed = session->changed;
	struct dcv_error err = {0};

	if (dcv_ledger_begin(session->ledger, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	put_ends(session);
	if (dcv_ledger_end(session->ledger, DCV_OK, &err) == DCV_OK)
		return DCV_OK;
	session->changed = changed;
	return dcv_session_fail(session, &err);
}

static enum dcv_err make_subjects(struct dcv_session *session)
{
	struct dcv_run *run = &session->run;

	run->n_subjects = session->n_cleans;
	run->subjects = dcv_arena_array(&session->arena, session->n_cleans,
		sizeof(run->subjects[0]));
	if (run->subjects == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; i < session->n_cleans; i++) {
		const struct dcv_order_row *row = session->cleans[i].row;

		run->subjects[i] =
			(struct dcv_subject){.ca = row->ca, .id = row->id, .row = row};
	}
	return DCV_OK;
}

enum dcv_err dcv_clean_plan(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_run(session, DCV_PLAN_CLEANUP);

	if (session->n_cleans > 1)
		qsort(session->cleans, session->n_cleans, sizeof(session->cleans[0]),
			compare);
	if (rc == DCV_OK)
		rc = make_subjects(session);
	if (rc != DCV_OK)
		return rc;
	if (session->n_cleans == 0)
		return session->diags.code;
	session->run.close_as = closing(session);
	session->run.keep_going = session->options.args.n == 0;
	return dcv_run_plan(&session->run, &session->diags);
}

static void count_value(struct dcv_session *session, const struct dcv_value *value)
{
	const struct dcv_order_row row = {.ca = value->ca, .id = value->id};
	const struct dcv_clean key = {.row = &row};
	struct dcv_clean *found;

	if (value->kind != DCV_VALUE_REMOVE || value->id == NULL || session->n_cleans == 0)
		return;
	found = bsearch(&key, session->cleans, session->n_cleans,
		sizeof(session->cleans[0]), compare);
	if (found != NULL)
		found->n_values++;
}

void dcv_clean_count(struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;

	for (size_t z = 0; z < run->n_zones; z++) {
		const struct dcv_plan *plan = &run->zones[z].plan;

		if (!run->zones[z].done && !session->options.dry_run)
			continue;
		for (size_t i = 0; i < plan->n_edits; i++) {
			for (size_t k = 0; k < plan->edits[i].n_values; k++)
				count_value(session, &plan->edits[i].values[k]);
		}
	}
}

/* What was told when the zone was planned is not told again. */
static bool is_told(const struct dcv_diags *diags, const struct dcv_error *err)
{
	for (size_t i = 0; i < diags->n; i++) {
		if (strcmp(diags->items[i].text, err->text) == 0)
			return true;
	}
	return false;
}

/* What the ledger says of each now is what counts. */
static enum dcv_err look_at_ends(struct dcv_session *session)
{
	for (size_t i = 0; i < session->n_cleans; i++) {
		struct dcv_clean *clean = &session->cleans[i];
		struct dcv_order_row *row = NULL;
		struct dcv_error err = {0};

		if (dcv_ledger_order(session->ledger, clean->row->ca, clean->row->id,
			    &session->arena, &row, &err) != DCV_OK)
			return dcv_session_fail(session, &err);
		clean->done = row != NULL && row->state == DCV_STATE_CLEANED;
	}
	return DCV_OK;
}

enum dcv_err dcv_clean_apply(struct dcv_session *session)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_WRITE), looked;

	/* What cannot be cleaned is not closed either: it was planned as if it were. */
	session->run.close_as = DCV_REASON_NONE;
	if (rc == DCV_OK && closing(session) != DCV_REASON_NONE)
		rc = close_first(session);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_run_apply(&session->run, &session->diags);
	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_zone_run *zone = &session->run.zones[i];

		session->changed = session->changed || zone->changed;
		if (zone->error.code != DCV_OK && !is_told(&session->diags, &zone->error))
			dcv_diag_add_error(&session->diags, NULL, &zone->error);
	}
	dcv_clean_count(session);
	looked = look_at_ends(session);
	if (rc == DCV_OK)
		rc = looked;
	/* One order, or one zone, that cannot be cleaned does not stop the others. */
	if (rc == DCV_OK && session->diags.code != DCV_OK)
		rc = session->changed ? DCV_E_PARTIAL : session->diags.code;
	return rc;
}

enum dcv_err dcv_clean_is_due(struct dcv_session *session,
	const struct dcv_order_row *row, bool *ret)
{
	struct dcv_claim_row *claims = NULL;
	struct dcv_error err = {0};
	size_t n = 0;

	*ret = false;
	if (row->state != DCV_STATE_CLEANED)
		return DCV_OK;
	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n; i++)
		*ret = *ret ||
			(claims[i].keep == DCV_KEEP_DATE &&
				!dcv_keep_retains(claims[i].keep, claims[i].keep_until_s,
					dcv_now_s(session->clock)));
	return DCV_OK;
}
