/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the row of an order moves in the ledger. A row is read again in the
 * commit that changes it: another run may have closed or re-issued the order since. */
#include <string.h>

#include "apply/internal.h"

/* The row of an order that this run publishes, in a state. */
static struct dcv_order_row make_row(const struct dcv_run *run,
	const struct dcv_subject *subject, enum dcv_state state)
{
	int64_t now_s = dcv_now_s(run->clock);
	const struct dcv_order *order = subject->order;
	struct dcv_order_row row = {.ca = subject->ca,
		.id = subject->id,
		.service = order->service != NULL ? order->service->key : "",
		.document = order->document,
		.certificate = order->certificate != NULL ? order->certificate : "",
		.cert_before = run->marks[subject - run->subjects].cert_before,
		.revision = subject->revision,
		.state = state,
		.created = now_s,
		.first_applied = now_s,
		.expires = dcv_order_expires(order, now_s)};

	if (subject->row != NULL)
		row.created = subject->row->created;
	/* Of a re-issue, a certificate from before it proves nothing. */
	if (subject->row != NULL && subject->judgement == DCV_JUDGED_SAME) {
		row.first_applied = subject->row->first_applied;
		row.cert_before = subject->row->cert_before;
		row.expires = subject->row->expires;
		if (state == subject->row->state)
			row.effective_at = subject->row->effective_at;
	}
	return row;
}

/* Where the claim was written before, if that was elsewhere: its alias ends elsewhere now. What
 * stands there is the order's of before. */
static const struct dcv_claim_row *placed_before(const struct dcv_subject *subject,
	const struct dcv_claim *claim)
{
	for (size_t i = 0; i < subject->n_rows; i++) {
		const struct dcv_claim_row *row = &subject->rows[i];

		if (row->revision == subject->revision && row->type == claim->type &&
			dcv_name_equal(&row->owner, &claim->owner) &&
			dcv_rdata_equal(&row->rdata, &claim->rdata) &&
			!dcv_name_equal(dcv_claim_row_place(row), dcv_claim_place(claim)))
			return row;
	}
	return NULL;
}

/* Whether anything of the order is or was written elsewhere than at its owner. */
static bool has_alias(const struct dcv_subject *subject)
{
	for (size_t i = 0; i < subject->order->n_claims; i++) {
		if (subject->order->claims[i].placed_at != NULL)
			return true;
	}
	for (size_t i = 0; i < subject->n_rows; i++) {
		if (subject->rows[i].placed_at.len > 0)
			return true;
	}
	return false;
}

static enum dcv_err put_claim(struct dcv_run *run, const struct dcv_subject *subject,
	const struct dcv_claim *claim, bool aliased, struct dcv_error *err)
{
	const struct dcv_claim_row *before = aliased ? placed_before(subject, claim)
						     : NULL;
	struct dcv_claim_row row = {.ca = subject->ca,
		.id = subject->id,
		.owner = claim->owner,
		.type = claim->type,
		.rdata = claim->rdata};
	enum dcv_err rc = DCV_OK;

	if (before != NULL) {
		row.owner = *dcv_claim_row_place(before);
		rc = dcv_ledger_put_claim(run->ledger, &row, err);
		row.owner = claim->owner;
	}
	row.revision = subject->revision;
	row.keep = claim->keep;
	row.keep_until_s = claim->keep_until_s;
	if (claim->placed_at != NULL)
		row.placed_at = *claim->placed_at;
	return rc == DCV_OK ? dcv_ledger_put_claim(run->ledger, &row, err) : rc;
}

static enum dcv_err put_claims(struct dcv_run *run, const struct dcv_subject *subject,
	struct dcv_error *err)
{
	bool aliased = has_alias(subject);
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < subject->order->n_claims; i++)
		rc = put_claim(run, subject, &subject->order->claims[i], aliased, err);
	return rc;
}

/* The row as it is now; *ret_moved: another run changed it since this one looked. */
static enum dcv_err look(struct dcv_run *run, size_t i, struct dcv_order_row **ret,
	bool *ret_moved, struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];
	enum dcv_err rc = dcv_ledger_order(run->ledger, subject->ca, subject->id,
		run->arena, ret, err);

	if (rc == DCV_OK)
		*ret_moved = (*ret != NULL ? (*ret)->generation : 0) !=
			run->marks[i].generation;
	return rc;
}

static enum dcv_err put(struct dcv_run *run, size_t i, const struct dcv_order_row *row,
	struct dcv_error *err)
{
	enum dcv_err rc = dcv_ledger_put_order(run->ledger, row, err);

	if (rc == DCV_OK)
		run->marks[i].generation++;
	return rc;
}

enum dcv_err dcv_order_enter(struct dcv_run *run, size_t i, enum dcv_state state,
	struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];
	struct dcv_order_row row = make_row(run, subject, state), *now = NULL;
	bool moved = false;
	enum dcv_err rc = look(run, i, &now, &moved, err);

	if (rc != DCV_OK)
		return rc;
	if (moved) {
		dcv_fail(err, DCV_E_FAILED,
			"order %s/%s: another run changed it meanwhile: nothing was written",
			subject->ca, subject->id);
		return dcv_help(err, "help: run the same command again");
	}
	rc = put(run, i, &row, err);
	if (rc == DCV_OK && !run->marks[i].entered)
		rc = put_claims(run, subject, err);
	if (rc == DCV_OK)
		run->marks[i].entered = true;
	return rc;
}

bool dcv_order_is_rewritten(const struct dcv_subject *subject)
{
	return subject->order != NULL && subject->row != NULL &&
		subject->judgement == DCV_JUDGED_SAME &&
		strcmp(subject->row->document, subject->order->document) != 0;
}

/* Nothing of the order is left in any zone. */
static enum dcv_err clean(struct dcv_run *run, size_t i, struct dcv_order_row *now,
	struct dcv_error *err)
{
	if (now == NULL)
		return DCV_OK;
	if (dcv_state_is_open(now->state))
		now->reason = DCV_REASON_EXPIRED;
	now->state = DCV_STATE_CLEANED;
	return put(run, i, now, err);
}

/* Puts an order that is open into its end. */
static enum dcv_err close_row(struct dcv_run *run, const char *ca, const char *id,
	enum dcv_reason reason, struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	enum dcv_err rc = dcv_ledger_order(run->ledger, ca, id, run->arena, &row, err);

	if (rc != DCV_OK || row == NULL || !dcv_state_is_open(row->state))
		return rc;
	if (reason == DCV_REASON_EXPIRED && dcv_order_is_alive(row, dcv_now_s(run->clock)))
		return DCV_OK;
	row->state = DCV_STATE_CLOSED;
	row->reason = reason;
	row->closed = dcv_now_s(run->clock);
	return dcv_ledger_put_order(run->ledger, row, err);
}

/* Those in whose place the order has come: superseded ones now, not before, and those of its
 * certificate that are past their life. */
static enum dcv_err close_others(struct dcv_run *run, const struct dcv_subject *subject,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < subject->n_replaced; i++)
		rc = close_row(run, subject->replaced[i].ca, subject->replaced[i].id,
			DCV_REASON_SUPERSEDED, err);
	for (size_t i = 0; rc == DCV_OK && i < subject->n_others; i++)
		rc = close_row(run, subject->others[i].ca, subject->others[i].id,
			DCV_REASON_EXPIRED, err);
	return rc;
}

/* How the claims of a revision stand in the ledger, after what this run noted. */
struct placed {
	bool all; /* each in every backend of its zone */
	bool ours; /* one at least that is ours, or cannot be looked at */
};

static enum dcv_err count_claim(struct dcv_run *run, const struct dcv_claim_row *claim,
	struct placed *ret, struct dcv_error *err)
{
	const struct dcv_name *owner = dcv_claim_row_place(claim);
	const struct dcv_binding *binding = dcv_config_binding(run->config, owner);
	struct dcv_placement *rows = NULL;
	size_t n = 0, there = 0;
	enum dcv_err rc;

	if (binding == NULL) {
		*ret = (struct placed){.ours = true};
		return DCV_OK;
	}
	rc = dcv_ledger_placements_at(run->ledger, &binding->zone, owner, run->arena,
		&rows, &n, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (rows[i].type != claim->type ||
			!dcv_rdata_equal(&rows[i].rdata, &claim->rdata))
			continue;
		ret->ours = ret->ours || rows[i].ours;
		for (size_t k = 0; k < binding->n_backends; k++)
			there += strcmp(rows[i].backend, binding->backends[k].name) == 0;
	}
	ret->all = ret->all && there >= binding->n_backends;
	return rc;
}

static enum dcv_err count_placed(struct dcv_run *run, const struct dcv_subject *subject,
	int64_t revision, struct placed *ret, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	*ret = (struct placed){.all = true};
	for (size_t i = 0; rc == DCV_OK && i < subject->n_rows; i++) {
		if (subject->rows[i].revision == revision)
			rc = count_claim(run, &subject->rows[i], ret, err);
	}
	return rc;
}

static enum dcv_err cancel(struct dcv_run *run, size_t i, struct dcv_order_row *now,
	struct dcv_error *err)
{
	now->state = DCV_STATE_CLOSED;
	now->reason = DCV_REASON_CANCELLED;
	now->closed = dcv_now_s(run->clock);
	return put(run, i, now, err);
}

/* The claims of a revision are those of a new one. */
static enum dcv_err revive(struct dcv_run *run, size_t i, int64_t revision,
	struct dcv_order_row *now, struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];
	enum dcv_err rc;

	now->revision++;
	now->state = DCV_STATE_PUBLISHED;
	rc = put(run, i, now, err);
	for (size_t k = 0; rc == DCV_OK && k < subject->n_rows; k++) {
		struct dcv_claim_row row = subject->rows[k];

		if (row.revision != revision)
			continue;
		row.revision = now->revision;
		rc = dcv_ledger_put_claim(run->ledger, &row, err);
	}
	return rc;
}

/* What an undone run had made of an order: its first values gone, it is cancelled; else the
 * values before are its newest revision. Where neither holds (a part had moved, or the run had
 * only put back what was lost) it is as it was, and pending if it lacks a value now. What the
 * run had cleaned waits for a clean-up again. */
static enum dcv_err advance_undone(struct dcv_run *run, size_t i,
	struct dcv_order_row *now, struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];
	struct placed newest, former;
	enum dcv_err rc;

	if (!dcv_state_is_open(now->state)) {
		/* The run that superseded it is taken back, so it stands again. */
		if (now->reason == DCV_REASON_SUPERSEDED) {
			now->reason = DCV_REASON_NONE;
			now->state = DCV_STATE_PUBLISHED;
			return put(run, i, now, err);
		}
		if (now->state != DCV_STATE_CLEANED)
			return DCV_OK;
		now->state = DCV_STATE_CLOSED;
		return put(run, i, now, err);
	}
	rc = count_placed(run, subject, now->revision, &newest, err);
	if (rc == DCV_OK)
		rc = count_placed(run, subject, now->revision - 1, &former, err);
	if (rc != DCV_OK || newest.all)
		return rc;
	if (now->revision == 1 && !newest.ours)
		return cancel(run, i, now, err);
	if (now->revision > 1 && former.all)
		return revive(run, i, now->revision - 1, now, err);
	now->state = DCV_STATE_PENDING;
	return put(run, i, now, err);
}

enum dcv_err dcv_order_advance(struct dcv_run *run, size_t i, struct dcv_error *err)
{
	const struct dcv_subject *subject = &run->subjects[i];
	struct dcv_order_row *now = NULL;
	bool moved = false;
	enum dcv_err rc = look(run, i, &now, &moved, err);

	/* What another run said of the order since is newer than what this one knows. */
	if (rc != DCV_OK || moved)
		return rc;
	if (run->mode == DCV_PLAN_CLEANUP)
		return clean(run, i, now, err);
	if (run->mode == DCV_PLAN_UNDO)
		return now != NULL ? advance_undone(run, i, now, err) : DCV_OK;
	/* What its file says beside the records may have changed. */
	if (!run->marks[i].entered && subject->judgement == DCV_JUDGED_SAME &&
		now != NULL && now->state != DCV_STATE_PENDING)
		return dcv_order_is_rewritten(subject)
			? dcv_order_enter(run, i, now->state, err)
			: DCV_OK;
	rc = dcv_order_enter(run, i, DCV_STATE_PUBLISHED, err);
	return rc == DCV_OK ? close_others(run, subject, err) : rc;
}

enum dcv_err dcv_order_expire(struct dcv_run *run, const char *ca, const char *id,
	struct dcv_error *err)
{
	if (dcv_run_subject(run, ca, id) != SIZE_MAX)
		return DCV_OK;
	return close_row(run, ca, id, DCV_REASON_EXPIRED, err);
}

enum dcv_err dcv_run_note_state(struct dcv_run *run, const char *ca, const char *id,
	enum dcv_state state, enum dcv_reason reason, struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	enum dcv_err rc = dcv_ledger_order(run->ledger, ca, id, run->arena, &row, err);

	if (rc != DCV_OK || row == NULL || (row->state == state && row->reason == reason))
		return rc;
	/* It was closed since: no answer of a name server opens it again. */
	if (dcv_state_is_open(state) && !dcv_state_is_open(row->state))
		return DCV_OK;
	row->state = state;
	row->reason = reason;
	if (state == DCV_STATE_EFFECTIVE)
		row->effective_at = dcv_now_s(run->clock);
	if (state == DCV_STATE_CLOSED)
		row->closed = dcv_now_s(run->clock);
	return dcv_ledger_put_order(run->ledger, row, err);
}

enum dcv_err dcv_order_enter_closed(struct dcv_run *run, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];
		bool dead = subject->judgement == DCV_JUDGED_DEAD;

		/* One that is known is closed when its successor is published. */
		if (subject->row != NULL ||
			(!dead && subject->judgement != DCV_JUDGED_SUPERSEDED))
			continue;
		rc = dcv_order_enter(run, i, DCV_STATE_CLOSED, err);
		if (rc == DCV_OK)
			rc = dcv_run_note_state(run, subject->ca, subject->id,
				DCV_STATE_CLOSED,
				dead ? DCV_REASON_EXPIRED : DCV_REASON_SUPERSEDED, err);
	}
	return rc;
}

enum dcv_err dcv_run_put_end(struct dcv_run *run, const struct dcv_order_row *seen,
	enum dcv_reason reason, struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	enum dcv_err rc = dcv_ledger_order(run->ledger, seen->ca, seen->id, run->arena,
		&row, err);

	if (rc != DCV_OK)
		return rc;
	if (row == NULL || row->generation != seen->generation) {
		dcv_fail(err, DCV_E_FAILED,
			"order %s/%s: another run changed it meanwhile: it was not closed",
			seen->ca, seen->id);
		return dcv_help(err, "help: run the same command again");
	}
	row->state = DCV_STATE_CLOSED;
	row->reason = reason;
	row->closed = dcv_now_s(run->clock);
	return dcv_ledger_put_order(run->ledger, row, err);
}

enum dcv_err dcv_run_end_order(struct dcv_run *run, const struct dcv_order_row *seen,
	enum dcv_reason reason, struct dcv_error *err)
{
	enum dcv_err rc = dcv_ledger_begin(run->ledger, err);

	if (rc != DCV_OK)
		return rc;
	return dcv_ledger_end(run->ledger, dcv_run_put_end(run, seen, reason, err), err);
}
