/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows whose a published value is: wanted, another order's, previous, a leftover,
 * foreign. A value goes only if no claim protects it, and then only if it is ours or named
 * exactly. */
#include "plan/internal.h"

#define DAY_S 86400

/* A published value under judgement. */
struct published {
	const struct dcv_making *making;
	const struct dcv_name *owner;
	uint16_t type;
	const struct dcv_rdata *rdata;
	const struct dcv_placement *placement; /* what the ledger knows of it, or NULL */
	bool within; /* an order of the run wants a value at this owner */
	const char *octets; /* of a TXT: its strings joined, as a CA compares them; else NULL */
	size_t len;
};

static struct dcv_facts find(const struct dcv_facts *facts, const struct published *p)
{
	return dcv_facts_find(facts, p->owner, p->type, p->rdata);
}

/* The claim that protects the value, or NULL. */
static const struct dcv_claim_row *protector(const struct published *p)
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

/* Previous: (a) of an earlier revision of an order of this run, wherever it stands; (b) of a
 * closed order, or of an earlier revision of another, at an owner of this run's orders. */
static bool is_previous(const struct published *p, const struct dcv_fact *held)
{
	const struct dcv_subject *subject = held->subject;
	const struct dcv_claim_row *row = held->of.row;

	if (p->making->world->mode == DCV_PLAN_CLEANUP)
		return subject != NULL;
	if (subject != NULL && dcv_subject_is_wanted(subject))
		return row->revision < subject->revision;
	return p->within && !dcv_claim_protects(row, p->making->world->now_s);
}

static const char *previous_reason(const struct published *p, const struct dcv_fact *held)
{
	const struct dcv_subject *subject = held->subject;
	const struct dcv_claim_row *row = held->of.row;
	struct dcv_arena *arena = p->making->arena;

	if (p->making->world->mode == DCV_PLAN_CLEANUP)
		return dcv_arena_printf(arena, "order %s is closed (%s)", row->id,
			end_text(row));
	if (subject != NULL && dcv_subject_is_wanted(subject))
		return dcv_arena_printf(arena, "previous: revision %lld of this order",
			(long long)row->revision);
	if (is_former(row))
		return dcv_arena_printf(arena, "previous: revision %lld of order %s",
			(long long)row->revision, row->id);
	return dcv_arena_printf(arena, "previous: order %s, %s", row->id, end_text(row));
}

/* The last claim that makes the value a previous one, or NULL. That of an order which has ended
 * says more than that of one which goes on without the value. */
static const struct dcv_fact *previous(const struct published *p)
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
static bool is_within(const struct published *p, const struct dcv_subject *subject)
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
static const struct dcv_fact *naming(const struct published *p)
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

/* A CA of these orders whose token form the value has; NULL: none. */
static const struct dcv_ca *token_of(const struct published *p,
	const struct dcv_facts *wanted)
{
	const struct dcv_ca *last = NULL;

	for (size_t i = 0; p->octets != NULL && i < wanted->n; i++) {
		const struct dcv_ca *ca = wanted->items[i].subject->order->ca;

		if (ca != last && dcv_token_fits(ca, p->octets, p->len))
			return ca;
		last = ca;
	}
	return NULL;
}

/* Why a value that is named may not go; NULL: it may. At a shared name stand the data of
 * others too: there, a name by mistake must not do. */
static const char *named_in_vain(const struct published *p, const struct dcv_fact *named)
{
	static const char shared[] =
		"at a name without leading underscore, which others share, only a TXT in the "
		"form of the CA's tokens may be named";
	const char *why = dcv_guard_owner(p->making->world, p->owner);
	bool fits;

	if (why != NULL || dcv_name_is_underscored(p->owner))
		return why;
	if (named->subject == NULL)
		fits = token_of(p, &p->making->wanted) != NULL;
	else
		fits = p->octets != NULL &&
			dcv_token_fits(named->subject->order->ca, p->octets, p->len);
	return fits ? NULL : shared;
}

static void refuse_named(const struct published *p, const struct dcv_fact *named,
	const char *why)
{
	char owner[DCV_NAME_TEXT_MAX];

	dcv_diag_add(p->making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		&named->of.named->place,
		"leave it out, and remove that value by hand if nobody needs it",
		"%s: %s: not removed: %s", dcv_name_text(p->owner, owner),
		named->of.named->text, why);
}

/* "DigiCert token of 2026-05-02, unusable since 2026-06-01; not written by dcvctl" */
static const char *leftover_reason(const struct published *p, const struct dcv_ca *ca)
{
	char born[DCV_TIME_TEXT_MAX], dead[DCV_TIME_TEXT_MAX];
	int64_t date, end;

	if (p->placement != NULL && p->placement->ours)
		return "dcvctl wrote it, and no order that it knows needs it";
	if (ca == NULL || !dcv_token_date(ca, p->octets, p->len, &date))
		return "not written by dcvctl";
	end = date + (int64_t)ca->token_life_d * DAY_S;
	dcv_time_utc(date, born);
	dcv_time_utc(end, dead);
	return dcv_arena_printf(p->making->arena,
		"%s token of %.10s, unusable %s %.10s; not written by dcvctl", ca->title,
		born, end < p->making->world->now_s ? "since" : "from", dead);
}

static void classify_rest(const struct published *p, struct dcv_value *ret)
{
	const struct dcv_facts wanted = dcv_facts_find(&p->making->wanted, p->owner, 0,
		NULL);
	const struct dcv_ca *ca = token_of(p, &wanted);

	if (p->within && (dcv_name_is_underscored(p->owner) || ca != NULL)) {
		ret->kind = DCV_VALUE_LEFTOVER;
		ret->reason = leftover_reason(p, ca);
		return;
	}
	ret->kind = DCV_VALUE_FOREIGN;
	ret->reason = ret->ours ? "dcvctl's, of no order of this run: not touched"
				: "foreign: not touched";
}

static void classify_wanted(const struct published *p, const struct dcv_subject *subject,
	struct dcv_value *ret)
{
	ret->ca = subject->ca;
	ret->id = subject->id;
	ret->kind = DCV_VALUE_KEEP;
	ret->reason = "this order, already there";
	if (p->placement != NULL)
		return;
	/* It stood there before us. At a shared name it stays somebody else's. */
	ret->kind = DCV_VALUE_FOUND;
	ret->ours = dcv_name_is_underscored(p->owner);
	ret->reason = ret->ours
		? "this order; stood there before, from now on dcvctl's"
		: "this order; stood there before, at a shared name it stays";
}

/* The order is named with what it loses, unless it goes on: then it has lost nothing. */
static void classify_previous(const struct published *p, const struct dcv_fact *former,
	struct dcv_value *ret)
{
	bool written = former->subject != NULL && dcv_subject_is_wanted(former->subject);

	ret->kind = DCV_VALUE_REMOVE;
	ret->reason = previous_reason(p, former);
	if (!written && is_former(former->of.row))
		return;
	ret->ca = former->of.row->ca;
	ret->id = former->of.row->id;
}

static void classify_unwanted(const struct published *p, struct dcv_value *ret)
{
	const struct dcv_claim_row *guard = protector(p);
	const struct dcv_fact *former = previous(p), *named = naming(p);
	const char *vain = named != NULL ? named_in_vain(p, named) : NULL;

	if (guard != NULL) {
		ret->kind = DCV_VALUE_OTHER;
		ret->ca = guard->ca;
		ret->id = guard->id;
		ret->reason = dcv_arena_printf(p->making->arena, "order %s/%s needs it",
			guard->ca, guard->id);
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

bool dcv_classify(const struct dcv_making *making, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata, struct dcv_value *ret)
{
	struct published p = {.making = making,
		.owner = owner,
		.type = type,
		.rdata = rdata};
	const struct dcv_facts wanted = find(&making->wanted, &p);
	const struct dcv_facts placed = find(&making->placed, &p);

	p.within = dcv_making_wants_owner(making, owner);
	p.placement = placed.n > 0 ? placed.items[0].of.placement : NULL;
	if (type == DCV_TYPE_TXT) {
		p.octets = dcv_txt_join(rdata, making->scratch, &p.len);
		if (p.octets == NULL)
			return false;
	}
	*ret = (struct dcv_value){.rdata = *rdata,
		.known = p.placement != NULL,
		.ours = p.placement != NULL && p.placement->ours,
		.backend = p.placement != NULL ? p.placement->backend : NULL};
	if (wanted.n > 0)
		classify_wanted(&p, wanted.items[0].subject, ret);
	else
		classify_unwanted(&p, ret);
	return ret->reason != NULL;
}
