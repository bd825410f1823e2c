/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what an order on file means beside what the ledger holds of it. It does not
 * know zones. */
#include "plan/plan.h"

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

/* The set of (owner, type, value) makes a revision; each stands once on both sides. */
static bool revision_is(const struct dcv_subject *subject, int64_t revision)
{
	size_t in_revision = 0;

	for (size_t i = 0; i < subject->n_rows; i++)
		in_revision += subject->rows[i].revision == revision;
	if (in_revision != subject->order->n_claims)
		return false;
	for (size_t i = 0; i < subject->n_rows; i++) {
		if (subject->rows[i].revision == revision &&
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

static void judge(struct dcv_subject *subject, int64_t now_s)
{
	const struct dcv_order_row *row = subject->row;

	if (row == NULL) {
		subject->revision = 1;
		subject->judgement = all_tokens_dead(subject->order, now_s)
			? DCV_JUDGED_DEAD
			: DCV_JUDGED_NEW;
		return;
	}
	subject->revision = row->revision;
	if (dcv_order_is_alive(row, now_s) && revision_is(subject, row->revision)) {
		subject->judgement = DCV_JUDGED_SAME;
	} else if ((!dcv_order_is_alive(row, now_s) && is_known(subject)) ||
		all_tokens_dead(subject->order, now_s)) {
		/* Dead tokens must not take the place of those that live. */
		subject->judgement = DCV_JUDGED_CLOSED;
	} else {
		subject->judgement = DCV_JUDGED_REVISED;
		subject->revision++;
	}
}

bool dcv_plan_supersedes(const struct dcv_subject *subject, const char *ca, const char *id)
{
	(void)subject;
	(void)ca;
	(void)id;
	return false;
}

enum dcv_err dcv_plan_judge(struct dcv_subject *subjects, size_t n,
	const struct dcv_policy *policy, int64_t now_s, struct dcv_arena *arena,
	struct dcv_diags *diags)
{
	(void)policy;
	(void)arena;
	(void)diags;
	for (size_t i = 0; i < n; i++) {
		if (subjects[i].order != NULL)
			judge(&subjects[i], now_s);
	}
	return DCV_OK;
}

/* Without records it is a pre-flight: nothing is written, and nothing is taken for gone. */
bool dcv_subject_is_wanted(const struct dcv_subject *subject)
{
	return subject->order != NULL && subject->order->n_claims > 0 &&
		subject->judgement != DCV_JUDGED_CLOSED &&
		subject->judgement != DCV_JUDGED_DEAD;
}

bool dcv_claim_protects(const struct dcv_claim_row *row, int64_t now_s)
{
	if (dcv_keep_retains(row->keep, row->keep_until_s, now_s))
		return true;
	return dcv_state_is_open(row->state) && row->revision == row->order_revision &&
		(row->expires == 0 || now_s <= row->expires);
}
