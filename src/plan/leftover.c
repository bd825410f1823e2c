/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is left at an owner of the run that nobody's order explains: how old it
 * is, whether any CA can still use it, and that some services want it gone first. */
#include <string.h>

#include "plan/internal.h"

#define DAY_S 86400

const struct dcv_ca *dcv_leftover_ca(const struct dcv_published *p)
{
	const struct dcv_facts wanted = dcv_facts_find(&p->making->wanted, p->owner, 0,
		NULL);
	const struct dcv_ca *last = NULL;

	for (size_t i = 0; p->token != NULL && i < wanted.n; i++) {
		const struct dcv_ca *ca = wanted.items[i].subject->order->ca;

		if (ca != last && dcv_token_fits(ca, p->token, p->len))
			return ca;
		last = ca;
	}
	return NULL;
}

/* The date that its token carries, and when no CA takes it any more. */
static bool token_life(const struct dcv_published *p, const struct dcv_ca *ca,
	int64_t *ret_born_s, int64_t *ret_end_s)
{
	if (ca == NULL || !dcv_token_date(ca, p->token, p->len, ret_born_s))
		return false;
	*ret_end_s = *ret_born_s + (int64_t)ca->token_life_d * DAY_S;
	return true;
}

/* The CA of the orders at this owner whose tokens live longest. */
static const struct dcv_ca *longest_life(const struct dcv_published *p)
{
	const struct dcv_facts wanted = dcv_facts_find(&p->making->wanted, p->owner, 0,
		NULL);
	const struct dcv_ca *longest = NULL;

	for (size_t i = 0; i < wanted.n; i++) {
		const struct dcv_ca *ca = wanted.items[i].subject->order->ca;

		if (longest == NULL || ca->token_life_d > longest->token_life_d)
			longest = ca;
	}
	return longest;
}

/* The ledger saw it there longer ago than a token lives. */
static bool is_long_seen(const struct dcv_published *p, const struct dcv_ca *ca)
{
	return p->placement != NULL && p->placement->first_seen != 0 && ca != NULL &&
		p->placement->first_seen + (int64_t)ca->token_life_d * DAY_S <
		p->making->world->now_s;
}

bool dcv_leftover_is_dead(const struct dcv_published *p)
{
	int64_t born_s, end_s;

	if (p->stranger != NULL || (p->placement != NULL && p->placement->ours))
		return false;
	if (token_life(p, dcv_leftover_ca(p), &born_s, &end_s))
		return end_s < p->making->world->now_s;
	return is_long_seen(p, longest_life(p));
}

/* "DigiCert token of 2026-05-02, unusable since 2026-06-01; not written by dcvctl" */
static const char *reason(const struct dcv_published *p)
{
	const struct dcv_ca *ca = dcv_leftover_ca(p), *longest = longest_life(p);
	char born[DCV_TIME_TEXT_MAX], dead[DCV_TIME_TEXT_MAX];
	int64_t born_s, end_s;

	if (p->placement != NULL && p->placement->ours)
		return "dcvctl wrote it, and no order that it knows needs it";
	if (p->stranger != NULL)
		return dcv_arena_printf(p->making->arena, "of another ledger: order %s",
			p->stranger);
	if (token_life(p, ca, &born_s, &end_s)) {
		dcv_time_utc(born_s, born);
		dcv_time_utc(end_s, dead);
		return dcv_arena_printf(p->making->arena,
			"%s token of %.10s, unusable %s %.10s; not written by dcvctl",
			ca->title, born,
			end_s < p->making->world->now_s ? "since" : "from", dead);
	}
	if (!is_long_seen(p, longest))
		return "not written by dcvctl";
	dcv_time_utc(p->placement->first_seen, born);
	return dcv_arena_printf(p->making->arena,
		"there since %.10s or longer, and a token lives %u days; not written by dcvctl",
		born, longest->token_life_d);
}

void dcv_leftover_classify(const struct dcv_published *p, struct dcv_value *ret)
{
	ret->kind = DCV_VALUE_LEFTOVER;
	ret->reason = reason(p);
	ret->dead = dcv_leftover_is_dead(p);
	if (!ret->dead || !p->making->world->policy.remove_leftovers ||
		ret->reason == NULL || dcv_guard_owner(p->making->world, p->owner) != NULL)
		return;
	ret->kind = DCV_VALUE_REMOVE;
	ret->reason = dcv_arena_printf(p->making->arena, "leftover: %s", ret->reason);
}

const struct dcv_service *dcv_lonely_at(const struct dcv_making *making,
	const struct dcv_name *owner)
{
	const struct dcv_facts wanted = dcv_facts_find(&making->wanted, owner, 0, NULL);

	for (size_t i = 0; i < wanted.n; i++) {
		const struct dcv_service *service = wanted.items[i].subject->order->service;

		if (dcv_service_is_lonely(service))
			return service;
	}
	return NULL;
}

static const char *remedy(const struct dcv_making *making, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	const char *argument = dcv_making_argument(making, owner, type, rdata);
	const char *help = NULL;

	if (argument == NULL)
		return "remove that value by hand";
	help = dcv_arena_printf(making->scratch, "again: --previous %s", argument);
	/* Cut off it would name another value. */
	if (help == NULL || strlen(help) >= sizeof(((struct dcv_diag *)NULL)->help))
		return "name the value under `previous:` of the order";
	return help;
}

#define SHOWN_MAX 80 /* of a value in a message */

void dcv_refuse_leftover(const struct dcv_making *making, const struct dcv_edit *edit,
	const struct dcv_value *value, const char *why)
{
	const struct dcv_name *at = &edit->edit.owner;
	uint16_t of = edit->edit.type;
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];
	const char *text = dcv_rdata_dup_text(of, &value->rdata, making->scratch);

	if (text == NULL)
		text = "a value";
	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		dcv_making_place(making, at), remedy(making, at, of, &value->rdata),
		"%s %s: leftover %.*s%s (%s): %s%s", dcv_name_text(at, owner),
		dcv_type_text(of, type), SHOWN_MAX, text,
		strlen(text) > SHOWN_MAX ? "…" : "", value->reason, why,
		value->dead ? "; it is dead, so --remove-leftovers takes it too" : "");
	dcv_diag_cause(making->diags, "P03");
}

void dcv_guard_leftovers(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_service *service = dcv_lonely_at(making, &edit->edit.owner);
	const char *why;

	if (service == NULL)
		return;
	why = dcv_arena_printf(making->scratch, "%s accepts no value beside its own",
		service->title);
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind == DCV_VALUE_LEFTOVER)
			dcv_refuse_leftover(making, edit, &edit->values[i],
				why != NULL ? why : "it must stand alone");
	}
}
