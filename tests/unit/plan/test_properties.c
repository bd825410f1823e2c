/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What holds of every plan, in random worlds from a fixed seed: nothing that an open order
 * needs is removed, nothing that is neither ours nor named, nothing foreign is touched, and
 * what was applied needs no second plan. The oracle here reads the world by itself. */
#include "random.h"

#define WORLDS 200000

/* An open order needs it that the run does not write; in a clean-up, any. */
static bool is_needed(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < w->facts.n_held; i++) {
		const struct dcv_claim_row *row = &w->rows[i];
		const struct dcv_order_row *of = row_of(w, row->id);

		if (names_fact(&row->owner, row->type, &row->rdata, owner, type, rdata) &&
			row->revision == of->revision && of->state != DCV_STATE_CLOSED &&
			of->state != DCV_STATE_CLEANED && of->expires >= NOW &&
			!is_written(w, row->id))
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

	if (w->facts.mode == DCV_PLAN_CLEANUP ||
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

static void check_removed(const struct random_world *w, const struct dcv_rrset_edit *of,
	const struct dcv_rdata *rdata)
{
	bool ours = is_ours(w, &of->owner, of->type, rdata);
	bool named = is_named(w, &of->owner, of->type, rdata);

	HOLDS(!is_needed(w, &of->owner, of->type, rdata));
	HOLDS(!is_wanted(w, &of->owner, of->type, rdata));
	HOLDS(ours || named);
	HOLDS(named || is_claimed(w, &of->owner, of->type, rdata));
	HOLDS(!is_foreign(w, &of->owner, of->type, rdata));
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
		HOLDS(is_wanted(w, &of->owner, of->type, &of->add[i]));
	}
	for (size_t i = 0; i < of->n_remove; i++) {
		HOLDS(dcv_rrset_has(set, &of->remove[i]));
		check_removed(w, of, &of->remove[i]);
	}
	for (size_t i = 0; i < set->n; i++) {
		if (is_foreign(w, &of->owner, of->type, &set->rdata[i]))
			HOLDS(of->ttl_s == set->ttl_s);
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

struct counts {
	unsigned applied, changed, removed, refused, cleaned;
};

static void run(struct random_world *w, struct counts *counts)
{
	enum dcv_err rc = plan(w);

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
	advance(w);
	check_applied(w);
	HOLDS(plan(w) == DCV_OK);
	check_plan(w);
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
	print_message("applied %u (changed %u, removed %u, cleaned %u), refused %u\n",
		counts.applied, counts.changed, counts.removed, counts.cleaned,
		counts.refused);
	/* Enough of each kind, so that what holds does not hold of nothing. */
	assert_true(counts.changed > WORLDS / 10);
	assert_true(counts.removed > WORLDS / 20);
	assert_true(counts.cleaned > WORLDS / 100);
	assert_true(counts.refused > WORLDS / 10);
	dcv_diags_clear(&w->diags);
	assert_int_equal(teardown(&made), 0);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_worlds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
