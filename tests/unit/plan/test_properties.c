/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What holds of every plan, in random worlds from a fixed seed: nothing that an open order
 * needs is removed, nothing that is neither ours nor named, nothing foreign is touched, and
 * what was applied needs no second plan. The oracle here reads the world by itself. */
#include "random.h"

#define WORLDS 200000

static bool is_retained(const struct dcv_claim_row *row)
{
	return row->keep == DCV_KEEP_DEAUTHORISED ||
		(row->keep == DCV_KEEP_DATE && row->keep_until_s >= NOW);
}

static bool is_of_run(const struct random_world *w, const char *id)
{
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		if (strcmp(w->subjects[i].id, id) == 0)
			return true;
	}
	return false;
}

/* The claim is kept, or its order is open and the run neither writes nor replaces it. */
static bool needs(const struct random_world *w, const struct dcv_claim_row *row)
{
	const struct dcv_order_row *of = row_of(w, row->id);

	if (is_retained(row) &&
		!(w->facts.mode == DCV_PLAN_CLEANUP && w->facts.policy.retained &&
			is_of_run(w, row->id)))
		return true;
	return row->revision == of->revision && of->state != DCV_STATE_CLOSED &&
		of->state != DCV_STATE_CLEANED && of->expires >= NOW &&
		!is_written(w, row->id) && !is_replaced(w, row->id);
}

/* Somebody other than the order (NULL: anybody) needs the value. */
static bool is_needed(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata, const char *but)
{
	for (size_t i = 0; i < w->facts.n_held; i++) {
		const struct dcv_claim_row *row = &w->rows[i];

		if (names_fact(&row->owner, row->type, &row->rdata, owner, type, rdata) &&
			(but == NULL || strcmp(row->id, but) != 0) && needs(w, row))
			return true;
	}
	return false;
}

/* An order of the run wants this value (or, NULL, any) at the owner. */
static bool is_wanted(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		const struct dcv_subject *subject = &w->subjects[i];

		if (subject->order == NULL || !dcv_subject_is_wanted(subject))
			continue;
		for (size_t k = 0; k < subject->order->n_claims; k++) {
			const struct dcv_claim *claim = &subject->order->claims[k];

			if (dcv_name_equal(&claim->owner, owner) &&
				(rdata == NULL ||
					(claim->type == type &&
						dcv_rdata_equal(&claim->rdata, rdata))))
				return true;
		}
	}
	return false;
}

static bool is_ours(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < w->facts.n_placements; i++) {
		const struct dcv_placement *at = &w->placements[i];

		if (names_fact(&at->owner, at->type, &at->rdata, owner, type, rdata))
			return at->ours;
	}
	return false;
}

static bool has_token_form(const struct random_world *w, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < TXTS; i++) {
		if (dcv_rdata_equal(rdata, &w->values[i]))
			return i < 3 || i == 4;
	}
	return false;
}

static bool is_named(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	bool within = is_wanted(w, owner, type, NULL);

	if (w->facts.mode != DCV_PLAN_APPLY ||
		(!dcv_name_is_underscored(owner) && !has_token_form(w, rdata)))
		return false;
	if (w->facts.n_named > 0 && dcv_named_is(&w->named[0], within, owner, type, rdata))
		return true;
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		const struct dcv_order *of = w->subjects[i].order;
		bool its = false;

		for (size_t k = 0; k < of->n_claims; k++)
			its = its || dcv_name_equal(&of->claims[k].owner, owner);
		if (of->n_named > 0 && dcv_subject_is_wanted(&w->subjects[i]) &&
			dcv_named_is(&of->named[0], its, owner, type, rdata))
			return true;
	}
	return false;
}

/* Nobody's that dcvctl knows, and no leftover of an order of the run. */
static bool is_foreign(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	if (is_ours(w, owner, type, rdata) || is_named(w, owner, type, rdata))
		return false;
	if (!dcv_name_is_underscored(owner))
		return is_wanted(w, owner, type, rdata) || !has_token_form(w, rdata) ||
			!is_wanted(w, owner, type, NULL);
	return !is_wanted(w, owner, type, NULL);
}

/* An order of the run, one that it replaces, an ended one of its certificate, or any that has
 * ended where the run wants something: only their values are previous. */
static bool is_related(const struct random_world *w, const struct dcv_rrset_edit *of,
	const struct dcv_rdata *rdata)
{
	if (is_wanted(w, &of->owner, of->type, NULL))
		return true;
	for (size_t i = 0; i < w->facts.n_held; i++) {
		const struct dcv_claim_row *row = &w->rows[i];

		if (!names_fact(&row->owner, row->type, &row->rdata, &of->owner, of->type,
			    rdata))
			continue;
		if (is_of_run(w, row->id) || is_replaced(w, row->id))
			return true;
		for (size_t k = 0; k < w->facts.n_subjects; k++) {
			const struct dcv_order *order_of = w->subjects[k].order;

			if (order_of != NULL && order_of->certificate != NULL &&
				strcmp(order_of->certificate, row->certificate) == 0)
				return true;
		}
	}
	return false;
}

/* --remove-leftovers: a dead token, or one that was seen there long ago. */
static bool is_dead_leftover(const struct random_world *w,
	const struct dcv_rrset_edit *of, const struct dcv_rdata *rdata)
{
	if (!w->facts.policy.remove_leftovers || w->facts.mode != DCV_PLAN_APPLY ||
		is_ours(w, &of->owner, of->type, rdata) ||
		!is_wanted(w, &of->owner, of->type, NULL) ||
		dcv_rdata_equal(rdata, &w->values[0]) ||
		dcv_rdata_equal(rdata, &w->values[1]))
		return false;
	if (dcv_rdata_equal(rdata, &w->values[DEAD]))
		return true;
	for (size_t i = 0; i < w->facts.n_placements; i++) {
		const struct dcv_placement *at = &w->placements[i];

		if (names_fact(&at->owner, at->type, &at->rdata, &of->owner, of->type,
			    rdata))
			return at->first_seen < NOW - 30 * DAY;
	}
	return false;
}

static const struct dcv_change_row *undoing(const struct random_world *w, const char *op,
	const struct dcv_rrset_edit *of, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < w->facts.n_undo; i++) {
		const struct dcv_change_row *row = &w->undo[i];

		if (strcmp(row->op, op) == 0 &&
			names_fact(&row->owner, row->type, &row->rdata, &of->owner,
				of->type, rdata))
			return row;
	}
	return NULL;
}

static void check_undone(const struct random_world *w, const struct dcv_rrset_edit *of,
	const struct dcv_rdata *rdata)
{
	const struct dcv_change_row *row = undoing(w, "add", of, rdata);

	HOLDS(row != NULL);
	HOLDS(is_ours(w, &of->owner, of->type, rdata));
	HOLDS(!is_needed(w, &of->owner, of->type, rdata, row->order_id));
}

static void check_removed(const struct random_world *w, const struct dcv_rrset_edit *of,
	const struct dcv_rdata *rdata)
{
	bool ours = is_ours(w, &of->owner, of->type, rdata);
	bool named = is_named(w, &of->owner, of->type, rdata);
	bool dead = is_dead_leftover(w, of, rdata);

	HOLDS(!is_needed(w, &of->owner, of->type, rdata, NULL));
	HOLDS(!is_wanted(w, &of->owner, of->type, rdata));
	HOLDS(ours || named || dead);
	HOLDS(named || dead || is_claimed(w, &of->owner, of->type, rdata));
	HOLDS(named || dead || is_related(w, of, rdata));
	HOLDS(!is_foreign(w, &of->owner, of->type, rdata));
}

/* The TTL of a set in which foreign values stand: lowered on request, or given back. */
static bool may_have_ttl(const struct random_world *w, const struct dcv_edit *edit_of)
{
	const struct dcv_rrset_edit *of = &edit_of->edit;

	if (of->ttl_s == edit_of->ttl_before_s)
		return true;
	for (size_t i = 0; i < w->facts.n_cached; i++) {
		const struct dcv_cached *at = &w->cached[i];

		if (at->type == of->type && dcv_name_equal(&at->owner, &of->owner) &&
			at->our_ttl_s == edit_of->ttl_before_s &&
			at->former_ttl_s == of->ttl_s)
			return true;
	}
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		const struct dcv_order *order_of = w->subjects[i].order;

		if (order_of != NULL && order_of->shared_ttl == DCV_SHARED_TTL_LOWER &&
			order_of->ttl_s == of->ttl_s && of->ttl_s < edit_of->ttl_before_s)
			return true;
	}
	return false;
}

static void check_set(const struct random_world *w, const struct dcv_edit *edit_of)
{
	const struct dcv_rrset_edit *of = &edit_of->edit;
	size_t owner = 0;
	const struct dcv_rrset *set;

	while (!dcv_name_equal(&w->owners[owner], &of->owner))
		owner++;
	set = &w->sets[owner][type_at(of->type)];
	for (size_t i = 0; i < of->n_add; i++) {
		HOLDS(!dcv_rrset_has(set, &of->add[i]));
		HOLDS(w->facts.mode == DCV_PLAN_UNDO
				? undoing(w, "remove", of, &of->add[i]) != NULL
				: is_wanted(w, &of->owner, of->type, &of->add[i]));
	}
	for (size_t i = 0; i < of->n_remove; i++) {
		HOLDS(dcv_rrset_has(set, &of->remove[i]));
		if (w->facts.mode == DCV_PLAN_UNDO)
			check_undone(w, of, &of->remove[i]);
		else
			check_removed(w, of, &of->remove[i]);
	}
	for (size_t i = 0; i < set->n; i++) {
		if (is_foreign(w, &of->owner, of->type, &set->rdata[i]))
			HOLDS(may_have_ttl(w, edit_of));
	}
	HOLDS(edit_of->changes ==
		(of->n_add + of->n_remove > 0 || (set->n > 0 && of->ttl_s != set->ttl_s)));
}

static void check_plan(const struct random_world *w)
{
	bool changes = false;

	for (size_t i = 0; i < w->plan.n_edits; i++) {
		check_set(w, &w->plan.edits[i]);
		changes = changes || w->plan.edits[i].changes;
	}
	HOLDS(w->plan.changes == changes);
}

/* Every error has its remedy. */
static void check_diags(const struct random_world *w)
{
	for (size_t i = 0; i < w->diags.n; i++)
		HOLDS(w->diags.items[i].help[0] != '\0');
}

/* All that is wanted stands there, CNAMEs alone. */
static void check_applied(const struct random_world *w)
{
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		const struct dcv_subject *subject = &w->subjects[i];

		for (size_t k = 0; subject->order != NULL &&
			dcv_subject_is_wanted(subject) && k < subject->order->n_claims;
			k++) {
			const struct dcv_claim *claim = &subject->order->claims[k];

			HOLDS(has(w, owner_at(w, &claim->owner), claim->type,
				&claim->rdata));
		}
	}
	for (size_t owner = 0; owner < OWNERS; owner++)
		HOLDS(w->sets[owner][1].n == 0 ||
			w->sets[owner][0].n + w->sets[owner][1].n == 1);
}

/* An order that was never written enters the ledger closed. From then on its claims explain
 * values of the same octets that stand elsewhere, so that these go with the next run. */
static bool enters_closed(const struct random_world *w)
{
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		const struct dcv_subject *subject = &w->subjects[i];

		if (subject->order != NULL && subject->row == NULL &&
			!dcv_subject_is_wanted(subject))
			return true;
	}
	return false;
}

struct counts {
	unsigned applied, changed, removed, refused, cleaned, undone, replaced, twice;
};

static void run(struct random_world *w, struct counts *counts)
{
	enum dcv_err rc = plan(w);
	bool again;

	check_plan(w);
	check_diags(w);
	HOLDS((rc == DCV_OK) == (w->diags.n_errors == 0));
	if (rc != DCV_OK) {
		counts->refused++;
		return;
	}
	counts->applied++;
	counts->changed += w->plan.changes;
	counts->removed += w->plan.n_remove > 0;
	counts->cleaned += w->facts.mode == DCV_PLAN_CLEANUP && w->plan.n_remove > 0;
	counts->undone += w->facts.mode == DCV_PLAN_UNDO && w->plan.changes;
	for (size_t id = 0; id < IDS; id++)
		counts->replaced += w->known[id].revision > 0 &&
			is_replaced(w, id_texts[id]);
	again = enters_closed(w);
	advance(w);
	check_applied(w);
	HOLDS(plan(w) == DCV_OK);
	check_plan(w);
	if (again && w->plan.changes) {
		counts->twice++;
		advance(w);
		HOLDS(plan(w) == DCV_OK);
	}
	HOLDS(!w->plan.changes);
}

static void prepare(struct random_world *w)
{
	static const char *const allow[] = {"_dnsauth", "example.com.",
		"www.example.com."};

	w->seed = SEED;
	w->view = (struct dcv_zone_view){.apex = name("example.com."),
		.place = "zone",
		.soa_ttl_s = 3600,
		.soa_minimum_s = 300,
		.nodes = w->nodes,
		.n_nodes = OWNERS};
	w->facts = (struct dcv_world){.now_s = NOW,
		.view = &w->view,
		.subjects = w->subjects,
		.held = w->rows,
		.placements = w->placements,
		.named = w->named,
		.cached = w->cached,
		.undo = w->undo,
		.allow = allow,
		.n_allow = 3};
	for (size_t i = 0; i < OWNERS; i++)
		w->owners[i] = name(owner_texts[i]);
}

static void test_random_worlds(void **state)
{
	struct random_world *w = calloc(1, sizeof(*w));
	struct world *values = NULL;
	struct counts counts = {0};
	void *made = NULL;

	(void)state;
	assert_non_null(w);
	assert_int_equal(setup(&made), 0);
	values = made;
	prepare(w);
	for (size_t i = 0; i < VALUES; i++)
		w->values[i] = rdata(values, type_of(i), value_texts[i]);
	for (unsigned i = 0; i < WORLDS; i++) {
		w->number = i;
		make_world(w);
		run(w, &counts);
		dcv_arena_clear(&w->arena);
	}
	print_message("applied %u (changed %u, removed %u, cleaned %u, undone %u, replaced "
		      "%u), refused %u\n",
		counts.applied, counts.changed, counts.removed, counts.cleaned,
		counts.undone, counts.replaced, counts.refused);
	/* Enough of each kind, so that what holds does not hold of nothing. */
	assert_true(counts.changed > WORLDS / 10);
	assert_true(counts.removed > WORLDS / 20);
	assert_true(counts.cleaned > WORLDS / 100);
	assert_true(counts.undone > WORLDS / 50);
	assert_true(counts.replaced > WORLDS / 100);
	assert_true(counts.refused > WORLDS / 10);
	assert_true(counts.twice < WORLDS / 100);
	dcv_diags_clear(&w->diags);
	assert_int_equal(teardown(&made), 0);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_worlds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
