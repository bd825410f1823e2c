/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what an order on file means beside what the ledger holds of it. It does not
 * know zones. */
#include "plan/internal.h"

static bool row_is(const struct dcv_claim_row *row, const struct dcv_claim *claim)
{
	return row->type == claim->type && dcv_name_equal(&row->owner, &claim->owner) &&
		dcv_rdata_equal(&row->rdata, &claim->rdata);
}

static bool order_has(const struct dcv_order *order, const struct dcv_claim_row *row)
{
	for (size_t i = 0; i < order->n_claims; i++) {
		if (row_is(row, &order->claims[i]))
			return true;
	}
	return false;
}

/* A record that the order's file brought, not one that dcvctl put there for its sake. */
static bool is_of_file(const struct dcv_claim_row *row, int64_t revision)
{
	return row->revision == revision && row->keep != DCV_KEEP_CAA &&
		row->keep != DCV_KEEP_COPY;
}

/* The set of (owner, type, value) makes a revision; each stands once on both sides. */
static bool revision_is(const struct dcv_subject *subject, int64_t revision)
{
	size_t in_revision = 0;

	for (size_t i = 0; i < subject->n_rows; i++)
		in_revision += is_of_file(&subject->rows[i], revision);
	if (in_revision != subject->order->n_claims)
		return false;
	for (size_t i = 0; i < subject->n_rows; i++) {
		if (is_of_file(&subject->rows[i], revision) &&
			!order_has(subject->order, &subject->rows[i]))
			return false;
	}
	return true;
}

/* Every value carries a date past its life. One without a date lives from now on. */
static bool all_tokens_dead(const struct dcv_order *order, int64_t now_s)
{
	for (size_t i = 0; i < order->n_claims; i++) {
		struct dcv_order alone = *order;

		alone.claims = &order->claims[i];
		alone.n_claims = 1;
		if (now_s <= dcv_order_expires(&alone, now_s))
			return false;
	}
	return order->n_claims > 0;
}

/* The records are those of the last or an earlier revision. */
static bool is_known(const struct dcv_subject *subject)
{
	for (size_t i = 0; i < subject->n_rows; i++) {
		int64_t revision = subject->rows[i].revision;

		if ((i == 0 || revision != subject->rows[i - 1].revision) &&
			revision_is(subject, revision))
			return true;
	}
	return false;
}

/* An order that is closed or past its life. */
static enum dcv_judgement judge_ended(const struct dcv_subject *subject, bool reopen)
{
	if (!is_known(subject))
		return DCV_JUDGED_REVISED;
	if (!reopen)
		return DCV_JUDGED_CLOSED;
	return revision_is(subject, subject->row->revision) ? DCV_JUDGED_REOPENED
							    : DCV_JUDGED_REVISED;
}

static enum dcv_judgement judge_known(const struct dcv_subject *subject, bool reopen,
	int64_t now_s)
{
	bool alive = dcv_order_is_alive(subject->row, now_s);

	if (alive && revision_is(subject, subject->row->revision))
		return DCV_JUDGED_SAME;
	/* Dead tokens must not take the place of those that live, nor be opened again. */
	if (all_tokens_dead(subject->order, now_s))
		return DCV_JUDGED_CLOSED;
	return alive ? DCV_JUDGED_REVISED : judge_ended(subject, reopen);
}

static void judge(struct dcv_subject *subject, bool reopen, int64_t now_s)
{
	subject->n_replaced = 0;
	subject->replaced = NULL;
	if (subject->row == NULL) {
		subject->revision = 1;
		subject->judgement = all_tokens_dead(subject->order, now_s)
			? DCV_JUDGED_DEAD
			: DCV_JUDGED_NEW;
		return;
	}
	subject->judgement = judge_known(subject, reopen, now_s);
	subject->revision = subject->row->revision +
		(subject->judgement == DCV_JUDGED_REVISED);
}

/* --reopen was asked for, and there is nothing that could be opened. */
static void tell_dead(const struct dcv_subject *subject, int64_t now_s,
	struct dcv_diags *diags)
{
	const struct dcv_order *order = subject->order;
	const struct dcv_place place = {order->file, order->line, 1};

	if (subject->row == NULL || dcv_order_is_alive(subject->row, now_s) ||
		!all_tokens_dead(order, now_s))
		return;
	dcv_diag_add(diags, DCV_SEV_WARNING, DCV_E_ORDER, &place,
		"ask the CA for new tokens, and put them under `records:`",
		"order %s/%s: --reopen: every token is past its life: nothing to open",
		subject->ca, subject->id);
}

enum dcv_err dcv_plan_judge(struct dcv_subject *subjects, size_t n,
	const struct dcv_policy *policy, int64_t now_s, struct dcv_arena *arena,
	struct dcv_diags *diags)
{
	struct dcv_judging judging = {.subjects = subjects,
		.n = n,
		.policy = policy,
		.now_s = now_s,
		.arena = arena,
		.diags = diags};
	struct dcv_span span = dcv_span_begin(diags);

	for (size_t i = 0; i < n; i++) {
		if (subjects[i].order == NULL)
			continue;
		judge(&subjects[i], policy->reopen, now_s);
		if (policy->reopen)
			tell_dead(&subjects[i], now_s, diags);
	}
	if (!dcv_judge_lineage(&judging) || !dcv_judge_rivals(&judging))
		dcv_plan_nomem(diags);
	return dcv_span_end(&span);
}

/* Without records it is a pre-flight: nothing is written, and nothing is taken for gone. */
bool dcv_subject_is_wanted(const struct dcv_subject *subject)
{
	if (subject->order == NULL || subject->order->n_claims == 0)
		return false;
	switch (subject->judgement) {
	case DCV_JUDGED_NEW:
	case DCV_JUDGED_SAME:
	case DCV_JUDGED_REVISED:
	case DCV_JUDGED_REOPENED:
		return true;
	case DCV_JUDGED_CLOSED:
	case DCV_JUDGED_DEAD:
	case DCV_JUDGED_SUPERSEDED:
	case DCV_JUDGED_REFUSED:
		return false;
	}
	return false;
}

bool dcv_subject_is_incoming(const struct dcv_subject *subject, int64_t now_s)
{
	return dcv_subject_is_wanted(subject) &&
		(subject->row == NULL || !dcv_order_is_alive(subject->row, now_s));
}

bool dcv_claim_protects(const struct dcv_claim_row *row, int64_t now_s)
{
	if (dcv_keep_retains(row->keep, row->keep_until_s, now_s))
		return true;
	return dcv_state_is_open(row->state) && row->revision == row->order_revision &&
		(row->expires == 0 || now_s <= row->expires);
}
