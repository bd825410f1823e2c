/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows whose a published value is: wanted, another order's, previous, a leftover,
 * foreign. A value goes only if no claim protects it, and then only if it is ours or named
 * exactly. */
#include <string.h>

#include "plan/internal.h"

static struct dcv_facts find(const struct dcv_facts *facts, const struct dcv_published *p)
{
	return dcv_facts_find(facts, p->owner, p->type, p->rdata);
}

/* The claim that protects the value, or NULL. */
static const struct dcv_claim_row *protector(const struct dcv_published *p)
{
	const struct dcv_facts held = find(&p->making->held, p);

	for (size_t i = 0; i < held.n; i++) {
		if (dcv_fact_protects(p->making, &held.items[i]))
			return held.items[i].of.row;
	}
	return NULL;
}

/* How an order that protects nothing any more has ended. */
static const char *end_text(const struct dcv_claim_row *row)
{
	if (dcv_state_is_open(row->state))
		return dcv_reason_text(DCV_REASON_EXPIRED);
	return row->reason == DCV_REASON_NONE ? dcv_state_text(row->state)
					      : dcv_reason_text(row->reason);
}

/* Of an earlier revision of an order that goes on. */
static bool is_former(const struct dcv_claim_row *row)
{
	return dcv_state_is_open(row->state) && row->revision < row->order_revision;
}

static bool has_ended(const struct dcv_claim_row *row, int64_t now_s)
{
	return !dcv_state_is_open(row->state) ||
		(row->expires != 0 && now_s > row->expires);
}

/* Previous: (a) of an earlier revision of an order of this run, or of an order whose place one of
 * them takes, wherever it stands; (b) of a closed order, or of an earlier revision of another, at
 * an owner of this run's orders; (c) of a closed order of the same certificate, wherever. */
static bool is_previous(const struct dcv_published *p, const struct dcv_fact *held)
{
	const struct dcv_subject *subject = held->subject;
	const struct dcv_claim_row *row = held->of.row;
	int64_t now_s = p->making->world->now_s;

	if (p->making->world->mode == DCV_PLAN_CLEANUP)
		return subject != NULL;
	if (row->keep == DCV_KEEP_CAA)
		return false;
	/* Of its current revision too, where the order does not want it any more: its alias leads
	 * elsewhere now. */
	if (subject != NULL && dcv_subject_is_wanted(subject))
		return row->keep != DCV_KEEP_COPY || row->revision < subject->revision;
	if (dcv_making_heir(p->making, row) != NULL ||
		(has_ended(row, now_s) && dcv_making_has_lineage(p->making, row)))
		return true;
	return p->within && !dcv_claim_protects(row, now_s);
}

static const char *previous_reason(const struct dcv_published *p,
	const struct dcv_fact *held)
{
	const struct dcv_subject *subject = held->subject;
	const struct dcv_claim_row *row = held->of.row;
	struct dcv_arena *arena = p->making->arena;

	if (p->making->world->mode == DCV_PLAN_CLEANUP)
		return dcv_arena_printf(arena, "order %s is closed (%s)", row->id,
			end_text(row));
	if (subject != NULL && dcv_subject_is_wanted(subject) && row->revision == 0)
		return "previous: adopted for this order";
	if (subject != NULL && dcv_subject_is_wanted(subject) &&
		row->revision == subject->revision)
		return "previous: the alias of this order led here before";
	if (subject != NULL && dcv_subject_is_wanted(subject))
		return dcv_arena_printf(arena, "previous: revision %lld of this order",
			(long long)row->revision);
	subject = dcv_making_heir(p->making, row);
	if (subject != NULL && !has_ended(row, p->making->world->now_s))
		return dcv_arena_printf(arena,
			"previous: order %s, superseded by order %s", row->id,
			subject->id);
	if (is_former(row))
		return dcv_arena_printf(arena, "previous: revision %lld of order %s",
			(long long)row->revision, row->id);
	if (dcv_making_has_lineage(p->making, row))
		return dcv_arena_printf(arena, "previous: order %s of certificate %s, %s",
			row->id, row->certificate, end_text(row));
	return dcv_arena_printf(arena, "previous: order %s, %s", row->id, end_text(row));
}

/* The last claim that makes the value a previous one, or NULL. That of an order which has ended
 * says more than that of one which goes on without the value. */
static const struct dcv_fact *previous(const struct dcv_published *p)
{
	const struct dcv_facts held = find(&p->making->held, p);
	const struct dcv_fact *last = NULL;

	if (p->placement == NULL || !p->placement->ours)
		return NULL;
	for (size_t i = 0; i < held.n; i++) {
		const struct dcv_fact *fact = &held.items[i];

		if (is_previous(p, fact) &&
			(last == NULL || is_former(last->of.row) ||
				!is_former(fact->of.row)))
			last = fact;
	}
	return last;
}

/* Does the order want a value at this owner? NULL, --previous: does any? */
static bool is_within(const struct dcv_published *p, const struct dcv_subject *subject)
{
	const struct dcv_facts wanted = dcv_facts_find(&p->making->wanted, p->owner, 0,
		NULL);

	if (subject == NULL)
		return p->within;
	for (size_t i = 0; i < wanted.n; i++) {
		if (wanted.items[i].subject == subject)
			return true;
	}
	return false;
}

/* Who names the value exactly for removal; NULL: nobody. */
static const struct dcv_fact *naming(const struct dcv_published *p)
{
	const struct dcv_name anywhere = {0, {0}};
	const struct dcv_facts lines = find(&p->making->named, p);
	const struct dcv_facts values = dcv_facts_find(&p->making->named, &anywhere,
		p->type, p->rdata);

	if (p->making->world->mode != DCV_PLAN_APPLY)
		return NULL;
	if (lines.n > 0)
		return &lines.items[0];
	for (size_t i = 0; i < values.n; i++) {
		if (is_within(p, values.items[i].subject))
			return &values.items[i];
	}
	return NULL;
}

/* Why a value that is named may not go; NULL: it may. At a shared name stand the data of
 * others too: there, a name by mistake must not do. */
static const char *named_in_vain(const struct dcv_published *p,
	const struct dcv_fact *named)
{
	static const char shared[] =
		"at a name without leading underscore, which others share, only a TXT in the "
		"form of the CA's tokens may be named";
	const char *why = dcv_guard_owner(p->making->world, p->owner);
	bool fits;

	if (why != NULL || dcv_name_is_underscored(p->owner))
		return why;
	if (named->subject == NULL)
		fits = dcv_leftover_ca(p) != NULL;
	else
		fits = p->token != NULL &&
			dcv_token_fits(named->subject->order->ca, p->token, p->len);
	return fits && p->type == DCV_TYPE_TXT ? NULL : shared;
}

static void refuse_named(const struct dcv_published *p, const struct dcv_fact *named,
	const char *why)
{
	char owner[DCV_NAME_TEXT_MAX];

	dcv_diag_add(p->making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		&named->of.named->place,
		"leave it out, and remove that value by hand if nobody needs it",
		"%s: %s: not removed: %s", dcv_name_text(p->owner, owner),
		named->of.named->text, why);
}

static void classify_rest(const struct dcv_published *p, struct dcv_value *ret)
{
	bool form = p->type == DCV_TYPE_TXT && dcv_leftover_ca(p) != NULL;

	if (p->within && (dcv_name_is_underscored(p->owner) || form) &&
		(p->type == DCV_TYPE_TXT || p->type == DCV_TYPE_CNAME)) {
		dcv_leftover_classify(p, ret);
		return;
	}
	ret->kind = DCV_VALUE_FOREIGN;
	ret->reason = ret->ours ? "dcvctl's, of no order of this run: not touched"
				: "foreign: not touched";
	if (p->stranger != NULL)
		ret->reason = dcv_arena_printf(p->making->arena,
			"of another ledger: order %s: not touched", p->stranger);
}

static void classify_wanted(const struct dcv_published *p,
	const struct dcv_subject *subject, struct dcv_value *ret)
{
	bool shared = !dcv_name_is_underscored(p->owner);

	ret->ca = subject->ca;
	ret->id = subject->id;
	ret->kind = DCV_VALUE_KEEP;
	ret->reason = "this order, already there";
	if (p->placement != NULL && (p->placement->ours || shared))
		return;
	/* It stood there before us. At a shared name it stays somebody else's. */
	ret->kind = DCV_VALUE_FOUND;
	ret->ours = !shared;
	ret->reason = ret->ours
		? "this order; stood there before, from now on dcvctl's"
		: "this order; stood there before, at a shared name it stays";
}

/* The order is named with what it loses, unless it goes on: then it has lost nothing. */
static void classify_previous(const struct dcv_published *p,
	const struct dcv_fact *former, struct dcv_value *ret)
{
	const struct dcv_claim_row *row = former->of.row;
	bool written = former->subject != NULL && dcv_subject_is_wanted(former->subject);
	bool replaced = dcv_making_heir(p->making, row) != NULL;

	ret->kind = DCV_VALUE_REMOVE;
	ret->reason = previous_reason(p, former);
	if (row->keep == DCV_KEEP_CAA)
		ret->keep = row->keep;
	if (!written && !replaced && is_former(row))
		return;
	ret->ca = row->ca;
	ret->id = row->id;
}

static void classify_protected(const struct dcv_published *p,
	const struct dcv_claim_row *guard, struct dcv_value *ret)
{
	struct dcv_arena *arena = p->making->arena;

	ret->kind = DCV_VALUE_OTHER;
	ret->ca = guard->ca;
	ret->id = guard->id;
	if (dcv_keep_retains(guard->keep, guard->keep_until_s, p->making->world->now_s))
		ret->reason = dcv_arena_printf(arena, "kept for order %s/%s: %s",
			guard->ca, guard->id, dcv_keep_text(guard->keep));
	else
		ret->reason = dcv_arena_printf(arena, "order %s/%s needs it", guard->ca,
			guard->id);
}

/* A copy of a wildcard's record on which names that stay depend. */
static bool is_needed_copy(const struct dcv_published *p, const struct dcv_fact *held)
{
	struct dcv_name below = *p->owner;

	if (held == NULL || held->of.row->keep != DCV_KEEP_COPY)
		return false;
	if (dcv_name_is_wildcard(&below))
		below = dcv_name_parent(&below, 1);
	return dcv_making_needs_below(p->making, &below);
}

static void classify_unwanted(const struct dcv_published *p, struct dcv_value *ret)
{
	const struct dcv_claim_row *guard = protector(p);
	const struct dcv_fact *former = previous(p), *named = naming(p);
	const char *vain = named != NULL ? named_in_vain(p, named) : NULL;

	if (guard != NULL) {
		classify_protected(p, guard, ret);
	} else if (is_needed_copy(p, former)) {
		ret->kind = DCV_VALUE_OTHER;
		ret->reason = "a copy of the wildcard's record: names below need it";
	} else if (former != NULL) {
		classify_previous(p, former, ret);
	} else if (named != NULL && vain == NULL) {
		ret->kind = DCV_VALUE_REMOVE;
		ret->reason = named->subject != NULL ? "named by `previous:` of the order"
						     : "named by --previous";
	} else {
		classify_rest(p, ret);
		if (named != NULL)
			refuse_named(p, named, vain);
	}
}

/* Of the copies of a wildcard's records. */
static void classify_copied(const struct dcv_subject *subject, struct dcv_value *ret)
{
	ret->kind = DCV_VALUE_KEEP;
	ret->keep = DCV_KEEP_COPY;
	ret->ca = subject->ca;
	ret->id = subject->id;
	ret->reason = "a copy of the wildcard's record, so that no host goes dark";
}

/* What `exact` takes away, the order that once brought it named with it. */
static void classify_denied(const struct dcv_published *p, const struct dcv_fact *fact,
	struct dcv_value *ret)
{
	const struct dcv_facts held = find(&p->making->held, p);

	ret->kind = DCV_VALUE_REMOVE;
	ret->keep = DCV_KEEP_CAA;
	ret->reason = fact->of.caa->reason;
	for (size_t i = 0; i < held.n && ret->id == NULL; i++) {
		const struct dcv_claim_row *row = held.items[i].of.row;

		if (row->keep == DCV_KEEP_CAA) {
			ret->ca = row->ca;
			ret->id = row->id;
		}
	}
}

static void classify_permitted(const struct dcv_fact *fact, struct dcv_value *ret)
{
	ret->kind = DCV_VALUE_KEEP;
	ret->keep = DCV_KEEP_CAA;
	ret->ca = fact->subject->ca;
	ret->id = fact->subject->id;
	ret->reason = fact->of.caa->reason;
}

static void classify(const struct dcv_published *p, struct dcv_value *ret)
{
	const struct dcv_facts wanted = find(&p->making->wanted, p);
	const struct dcv_facts copied = find(&p->making->copied, p);
	const struct dcv_facts permitted = find(&p->making->permitted, p);
	const struct dcv_facts denied = find(&p->making->denied, p);

	if (wanted.n > 0)
		classify_wanted(p, wanted.items[0].subject, ret);
	else if (copied.n > 0)
		classify_copied(copied.items[0].subject, ret);
	else if (permitted.n > 0)
		classify_permitted(&permitted.items[0], ret);
	else if (denied.n > 0)
		classify_denied(p, &denied.items[0], ret);
	else
		classify_unwanted(p, ret);
}

/* False when memory is out. */
static bool read_token(struct dcv_published *p)
{
	if (p->type == DCV_TYPE_TXT) {
		p->token = dcv_txt_join(p->rdata, p->making->scratch, &p->len);
		return p->token != NULL;
	}
	if (p->type == DCV_TYPE_CNAME && p->rdata->len > 0 &&
		p->rdata->len > p->rdata->wire[0]) {
		p->token = (const char *)p->rdata->wire + 1;
		p->len = p->rdata->wire[0];
	}
	return true;
}

/* "CA/NUMBER" */
static bool names_order(const char *mark, const struct dcv_claim_row *row)
{
	size_t len = strlen(row->ca);

	return strncmp(mark, row->ca, len) == 0 && mark[len] == '/' &&
		strcmp(mark + len + 1, row->id) == 0;
}

/* The mark, if this ledger neither holds the value as its own nor knows it of that order. */
static const char *stranger(const struct dcv_published *p, const char *mark)
{
	const struct dcv_facts held = find(&p->making->held, p);

	if (mark == NULL || (p->placement != NULL && p->placement->ours))
		return NULL;
	for (size_t i = 0; i < held.n; i++) {
		if (names_order(mark, held.items[i].of.row))
			return NULL;
	}
	return mark;
}

bool dcv_classify(const struct dcv_making *making, const struct dcv_rrset *set,
	size_t nth, struct dcv_value *ret)
{
	struct dcv_published p = {.making = making,
		.owner = &set->owner,
		.type = set->type,
		.rdata = &set->rdata[nth],
		.within = dcv_making_wants_owner(making, &set->owner)};
	const struct dcv_facts placed = find(&making->placed, &p);

	p.placement = placed.n > 0 ? placed.items[0].of.placement : NULL;
	p.stranger = stranger(&p, set->marks != NULL ? set->marks[nth] : NULL);
	if (!read_token(&p))
		return false;
	*ret = (struct dcv_value){.rdata = *p.rdata,
		.known = p.placement != NULL,
		.ours = p.placement != NULL && p.placement->ours,
		.backend = p.placement != NULL ? p.placement->backend : NULL,
		.stranger = p.stranger};
	if (making->world->mode == DCV_PLAN_UNDO)
		return dcv_undo_classify(&p, ret);
	classify(&p, ret);
	return ret->reason != NULL;
}
