/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows in which order CAA is decided: what stands, what `exact` and `permit` make
 * of it, what each name may then expect. How is in the files beside it. */
#include "plan/caa.h"

#include <string.h>

#include "plan/caa_making.h"

/* Without records it is a pre-flight: it is looked at, but nothing is written for it. */
static bool is_preflight(const struct dcv_subject *subject)
{
	return subject->order != NULL && subject->order->n_claims == 0 &&
		(subject->judgement == DCV_JUDGED_NEW ||
			subject->judgement == DCV_JUDGED_SAME);
}

static bool is_asked(const struct dcv_subject *subject)
{
	return (dcv_subject_is_wanted(subject) || is_preflight(subject)) &&
		subject->order->caa != DCV_CAA_OFF;
}

/* What DCV records in DNS are called: RFC 8657 5 and BR 3.2.2.4.7. NULL: several, or none. */
static const char *method_of(const struct dcv_order *order)
{
	size_t acme = 0;

	for (size_t i = 0; i < order->n_claims; i++) {
		const struct dcv_name *owner = &order->claims[i].owner;

		if (dcv_name_label_is(owner, 0, "_validation-persist"))
			return NULL;
		acme += dcv_name_label_is(owner, 0, "_acme-challenge");
	}
	if (order->n_claims == 0 || (acme > 0 && acme < order->n_claims))
		return NULL;
	return acme > 0 ? "dns-01" : "ca-tbr-7";
}

/* The account that a CAA record names, borrowed from it. */
static bool account_in(const struct dcv_caa_record *record, struct dcv_caa_parameter *ret)
{
	static const char tag[] = "accounturi";
	struct dcv_caa_value value;

	if (!dcv_caa_value_read(record->value, record->value_len, &value))
		return false;
	while (dcv_caa_parameter_next(&value, ret)) {
		if (ret->tag_len == sizeof tag - 1 &&
			memcmp(ret->tag, tag, sizeof tag - 1) == 0)
			return true;
	}
	return false;
}

/* The account that the order's own CAA records name. */
static const char *account_of(struct dcv_arena *arena, const struct dcv_order *order,
	bool *no_memory)
{
	for (size_t i = 0; i < order->n_caa; i++) {
		struct dcv_caa_record record;
		struct dcv_caa_parameter account;
		const char *ret;
		enum dcv_err rc = dcv_caa_read(&order->caa_records[i].rdata, arena,
			&record, NULL);

		*no_memory |= rc == DCV_E_NOMEM;
		if (rc != DCV_OK || order->caa_records[i].issuer == NULL ||
			!account_in(&record, &account))
			continue;
		ret = dcv_arena_strndup(arena, account.value, account.value_len);
		*no_memory |= ret == NULL;
		return ret;
	}
	return NULL;
}

enum dcv_err dcv_caa_question_of(const struct dcv_order *order, int64_t now_s,
	struct dcv_arena *arena, struct dcv_caa_question *ret, struct dcv_error *err)
{
	bool no_memory = false;

	*ret = (struct dcv_caa_question){.accounturi = account_of(arena, order, &no_memory),
		.method = method_of(order)};
	ret->issuers = dcv_caa_issuers(order, &ret->n_issuers);
	ret->is_soft = dcv_caa_is_soft(ret->method, now_s);
	return no_memory ? dcv_nomem(err) : DCV_OK;
}

static void add_case(struct dcv_caa_making *making, const struct dcv_caa_ask *ask,
	const struct dcv_name *name, struct dcv_caa_note *note)
{
	struct dcv_caa_case *of = &making->cases[making->n_cases];
	bool wildcard = dcv_name_is_wildcard(name);

	*of = (struct dcv_caa_case){.ask = ask,
		.note = note,
		.base = wildcard ? dcv_name_parent(name, 1) : *name,
		.wildcard = wildcard};
	if (dcv_caa_bound_of(making, &of->base) == NULL)
		return;
	note->subject = ask->subject;
	note->name = *name;
	making->n_cases++;
}

static void add_subject(struct dcv_caa_making *making, const struct dcv_subject *subject,
	struct dcv_caa_note *notes)
{
	const struct dcv_order *order = subject->order;
	struct dcv_caa_ask *ask = dcv_arena_alloc(&making->work, sizeof(*ask));

	if (ask == NULL) {
		making->no_memory = true;
		return;
	}
	*ask = (struct dcv_caa_ask){.subject = subject,
		.preflight = order->n_claims == 0,
		.accounturi = account_of(making->arena, order, &making->no_memory),
		.method = method_of(order)};
	for (size_t i = 0; i < order->n_names; i++)
		add_case(making, ask, &order->names[i], &notes[making->n_cases]);
}

/* One case for each name of each order that lies in a bound zone. */
static void add_subjects(struct dcv_caa_making *making, struct dcv_caa_plan *plan)
{
	const struct dcv_caa_world *world = making->world;
	size_t n = 0;

	for (size_t i = 0; i < world->n_subjects; i++)
		n += is_asked(&world->subjects[i]) ? world->subjects[i].order->n_names : 0;
	making->cases = dcv_arena_array(&making->work, n, sizeof(making->cases[0]));
	plan->notes = dcv_arena_array(making->arena, n, sizeof(plan->notes[0]));
	if (making->cases == NULL || plan->notes == NULL) {
		making->no_memory = true;
		return;
	}
	for (size_t i = 0; i < world->n_subjects; i++) {
		if (is_asked(&world->subjects[i]))
			add_subject(making, &world->subjects[i], plan->notes);
	}
	plan->n_notes = making->n_cases;
}

/* The verdict on a case as the spots are now, and the governing set in words. */
static struct dcv_caa_result judge(struct dcv_caa_making *making, struct dcv_caa_case *of,
	struct dcv_caa_found *ret_found, const char **ret_text)
{
	struct dcv_caa_result result = {.step = SIZE_MAX, .record = SIZE_MAX, .cause = ""};

	*ret_found = dcv_caa_find(making, &of->base);
	switch (ret_found->kind) {
	case DCV_CAA_AT_NONE:
		result.verdict = DCV_CAA_PERMITS;
		result.why = "no CAA in the bound zones";
		*ret_text = "no CAA";
		break;
	case DCV_CAA_AT_UNKNOWN:
		result.verdict = DCV_CAA_ERROR;
		result.why = ret_found->why;
		*ret_text = "not known here";
		break;
	case DCV_CAA_AT_SPOT:
		result = dcv_caa_judge_at(making, of, ret_found->spot);
		*ret_text = dcv_caa_text(making, ret_found->spot);
		break;
	}
	return result;
}

static void judge_before(struct dcv_caa_making *making)
{
	for (size_t i = 0; i < making->n_cases; i++) {
		struct dcv_caa_case *of = &making->cases[i];
		struct dcv_caa_found found;
		struct dcv_caa_result result = judge(making, of, &found,
			&of->note->before_text);

		of->note->verdict = result.verdict;
		of->note->why = result.why;
		if (found.kind == DCV_CAA_AT_SPOT)
			of->note->found_at = found.spot->node->owner;
	}
}

static void judge_after(struct dcv_caa_making *making, bool preflight)
{
	for (size_t i = 0; i < making->n_cases; i++) {
		struct dcv_caa_case *of = &making->cases[i];
		struct dcv_caa_found found;
		struct dcv_caa_result result;

		if (of->ask->preflight != preflight)
			continue;
		result = judge(making, of, &found, &of->note->after_text);
		of->note->after = result.verdict;
		dcv_caa_tell_verdict(making, of, &found, &result);
	}
	dcv_caa_tell_all(making, preflight);
}

static const char *reason_of(const struct dcv_subject *subject)
{
	return subject->order->caa == DCV_CAA_EXACT ? "this order: caa: exact"
						    : "this order: caa: permit";
}

/* What one order changes at a spot. */
static bool make_edit(struct dcv_caa_making *making, const struct dcv_caa_spot *spot,
	const struct dcv_subject *subject, struct dcv_caa_edit *ret)
{
	struct dcv_rdata *add = dcv_arena_array(making->arena, spot->n_changes,
		sizeof(add[0]));
	struct dcv_rdata *remove = dcv_arena_array(making->arena, spot->n_changes,
		sizeof(remove[0]));

	if (add == NULL || remove == NULL)
		return false;
	*ret = (struct dcv_caa_edit){.subject = subject,
		.zone = spot->zone->apex,
		.owner = spot->node->owner,
		.add = add,
		.remove = remove,
		.reason = reason_of(subject)};
	for (size_t i = 0; i < spot->n_changes; i++) {
		const struct dcv_caa_change *change = &spot->changes[i];

		if (change->subject != subject)
			continue;
		if (change->adds)
			add[ret->n_add++] = change->rdata;
		else
			remove[ret->n_remove++] = change->rdata;
	}
	return true;
}

static bool is_first_of(const struct dcv_caa_spot *spot, size_t nth)
{
	for (size_t i = 0; i < nth; i++) {
		if (spot->changes[i].subject == spot->changes[nth].subject)
			return false;
	}
	return true;
}

static void collect_spot(struct dcv_caa_making *making, const struct dcv_caa_spot *spot,
	struct dcv_caa_plan *plan)
{
	for (size_t i = 0; i < spot->n_changes; i++) {
		struct dcv_caa_edit *edits;

		if (!is_first_of(spot, i))
			continue;
		edits = dcv_arena_grow(making->arena, plan->edits, plan->n_edits,
			sizeof(edits[0]));
		if (edits == NULL ||
			!make_edit(making, spot, spot->changes[i].subject,
				&edits[plan->n_edits])) {
			making->no_memory = true;
			return;
		}
		plan->edits = edits;
		plan->n_edits++;
	}
}

static void collect(struct dcv_caa_making *making, struct dcv_caa_plan *plan)
{
	for (size_t i = 0; i < making->n_bounds; i++) {
		for (size_t k = 0; k < making->bounds[i].n; k++)
			collect_spot(making, &making->bounds[i].spots[k], plan);
	}
}

/* What the orders with records change is collected before the pre-flights, whose changes are
 * only thought of. */
static void decide(struct dcv_caa_making *making, struct dcv_caa_plan *plan)
{
	judge_before(making);
	for (unsigned preflight = 0; preflight < 2; preflight++) {
		dcv_caa_exact_all(making, preflight != 0);
		dcv_caa_permit_all(making, preflight != 0);
		judge_after(making, preflight != 0);
		if (preflight == 0)
			collect(making, plan);
	}
}

enum dcv_err dcv_plan_caa(const struct dcv_caa_world *world, struct dcv_arena *arena,
	struct dcv_caa_plan *ret, struct dcv_diags *diags)
{
	struct dcv_caa_making making = {.world = world, .arena = arena, .diags = diags};
	struct dcv_caa_plan plan = {0};

	if (dcv_caa_prepare(&making))
		add_subjects(&making, &plan);
	else
		making.no_memory = true;
	if (!making.no_memory)
		decide(&making, &plan);
	dcv_arena_clear(&making.scratch);
	dcv_arena_clear(&making.work);
	if (making.no_memory) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"CAA: out of memory");
		return making.rc != DCV_OK ? making.rc : DCV_E_NOMEM;
	}
	*ret = plan;
	return making.rc;
}
