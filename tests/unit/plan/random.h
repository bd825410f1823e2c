/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Random worlds for plans: how one is made from a seed, and how it goes on when the plan was
 * applied. What must hold of the plans is in test_properties.c. */
#ifndef DCV_TESTS_PLAN_RANDOM_H
#define DCV_TESTS_PLAN_RANDOM_H

#include "world.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)

enum {
	OWNERS = 4,
	TXTS = 6,
	DEAD = 2, /* OLD: past its life */
	CNAMES = 3,
	VALUES = TXTS + CNAMES,
	IDS = 4,
	REVISIONS = 5,
	SET_MAX = 12,
	ROWS_MAX = 160,
};

static const char *const owner_texts[OWNERS] = {AT, "_dnsauth.www.example.com.",
	"example.com.", "www.example.com."};
static const char *const value_texts[VALUES] = {NEW, OTHER, OLD, SPF,
	"k7q2x9m4t1v8b5n3c6z0", "\"two\" \"strings\"", TARGET, "old.dcv.example.net.",
	"web.example.net."};
static const char *const id_texts[IDS] = {"1", "2", "3", "4"};

#define HOLDS(what)                                                 \
	do {                                                        \
		if (!(what))                                        \
			fail_msg("world %u: %s", w->number, #what); \
	} while (0)

/* Everything of one random world. */
struct random_world {
	uint64_t seed;
	unsigned number;
	struct dcv_arena arena; /* of one plan */
	struct dcv_diags diags;
	struct dcv_name owners[OWNERS];
	struct dcv_rdata values[VALUES];
	struct dcv_zone_view view;
	struct dcv_node nodes[OWNERS];
	struct dcv_rrset sets[OWNERS][2];
	struct dcv_rdata published[OWNERS][2][SET_MAX];
	struct dcv_order orders[IDS];
	struct dcv_claim claims[IDS][4];
	struct dcv_named named[2], previous[IDS];
	const char *superseded[IDS];
	struct dcv_order_row known[IDS]; /* revision 0: unknown */
	struct dcv_order_row others[IDS][IDS];
	struct dcv_claim_row kin[IDS][ROWS_MAX];
	struct dcv_cached cached[OWNERS * 2];
	struct dcv_change_row undo[OWNERS * VALUES];
	struct dcv_claim_row rows[ROWS_MAX], own[IDS][ROWS_MAX];
	struct dcv_placement placements[OWNERS * VALUES];
	struct dcv_subject subjects[IDS];
	struct dcv_world facts;
	struct dcv_plan plan;
};

/* xorshift64*: the same worlds on every machine. */
static unsigned pick(struct random_world *w, unsigned n)
{
	w->seed ^= w->seed >> 12;
	w->seed ^= w->seed << 25;
	w->seed ^= w->seed >> 27;
	return (unsigned)((w->seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static uint16_t type_of(size_t value)
{
	return value < TXTS ? DCV_TYPE_TXT : DCV_TYPE_CNAME;
}

static size_t type_at(uint16_t type)
{
	return type == DCV_TYPE_TXT ? 0 : 1;
}

/* --- making a world --- */

static void add_row(struct random_world *w, size_t id, int64_t revision, size_t owner,
	size_t value)
{
	HOLDS(w->facts.n_held < ROWS_MAX);
	w->rows[w->facts.n_held++] = (struct dcv_claim_row){.ca = "digicert",
		.id = id_texts[id],
		.revision = revision,
		.owner = w->owners[owner],
		.type = type_of(value),
		.rdata = w->values[value]};
}

/* A few are kept beyond their order. */
static void keep_row(struct random_world *w)
{
	struct dcv_claim_row *row = &w->rows[w->facts.n_held - 1];

	switch (pick(w, 12)) {
	case 0:
		row->keep = DCV_KEEP_DEAUTHORISED;
		break;
	case 1:
		row->keep = DCV_KEEP_DATE;
		row->keep_until_s = NOW - 1 + pick(w, 2);
		break;
	default:
		break;
	}
}

static const char *pick_certificate(struct random_world *w)
{
	static const char *const certificates[] = {"", "", "shop", "mail"};

	return certificates[pick(w, 4)];
}

static void make_known(struct random_world *w, size_t id)
{
	static const enum dcv_state states[] = {DCV_STATE_PENDING, DCV_STATE_PUBLISHED,
		DCV_STATE_EFFECTIVE, DCV_STATE_CLOSED, DCV_STATE_CLEANED};
	enum dcv_state state = states[pick(w, 5)];
	int64_t revision = pick(w, 3) == 0 ? 2 : 1;

	w->known[id] = (struct dcv_order_row){.ca = "digicert",
		.id = id_texts[id],
		.certificate = pick_certificate(w),
		.service = pick(w, 8) == 0 ? "huaweicloud-scm" : "",
		.revision = revision,
		.state = state,
		.reason = dcv_state_is_open(state) ? DCV_REASON_NONE : DCV_REASON_ISSUED,
		.expires = pick(w, 3) == 0 ? NOW - 1 : NOW + DAY};
	for (int64_t r = 1; r <= revision; r++) {
		size_t owner = pick(w, OWNERS), value = pick(w, VALUES);

		add_row(w, id, r, owner, value);
		keep_row(w);
		if (pick(w, 3) == 0) {
			add_row(w, id, r, (owner + 1) % OWNERS, pick(w, VALUES));
			keep_row(w);
		}
	}
}

static void add_claim(struct dcv_order *of, const struct dcv_name *owner, uint16_t type,
	const struct dcv_rdata *rdata)
{
	of->claims[of->n_claims] = (struct dcv_claim){.owner = *owner,
		.type = type,
		.rdata = *rdata,
		.place = {"order.yaml", (unsigned)of->n_claims + 3, 5}};
	of->n_claims++;
}

/* The records of a revision that the ledger has. */
static void copy_claims(struct random_world *w, size_t id, struct dcv_order *of)
{
	unsigned revision = pick(w, 3);

	for (size_t i = 0; i < w->facts.n_held && of->n_claims < 3; i++) {
		const struct dcv_claim_row *row = &w->rows[i];

		if (strcmp(row->id, id_texts[id]) == 0 && row->revision == revision)
			add_claim(of, &row->owner, row->type, &row->rdata);
	}
}

/* One record, or two that do not exclude each other. */
static void invent_claims(struct random_world *w, struct dcv_order *of)
{
	size_t owner = pick(w, OWNERS), first = pick(w, VALUES), second = pick(w, VALUES);

	of->n_claims = 0;
	add_claim(of, &w->owners[owner], type_of(first), &w->values[first]);
	if (pick(w, 4) == 0 && first < TXTS && second < TXTS && first != second)
		add_claim(of, &w->owners[owner], DCV_TYPE_TXT, &w->values[second]);
	else if (pick(w, 4) == 0)
		add_claim(of, &w->owners[(owner + 1) % OWNERS], type_of(second),
			&w->values[second]);
}

static bool is_dead(const struct random_world *w, const struct dcv_claim *claim)
{
	return dcv_rdata_equal(&claim->rdata, &w->values[DEAD]);
}

/* An order expires with its first token: dead ones beside others are not of this test. */
static void make_claims(struct random_world *w, size_t id, struct dcv_order *of)
{
	copy_claims(w, id, of);
	if (of->n_claims == 0 || pick(w, 8) == 0)
		invent_claims(w, of);
	for (size_t i = 1; i < of->n_claims; i++) {
		if (is_dead(w, &of->claims[i]) != is_dead(w, &of->claims[0]))
			of->n_claims = 1;
	}
}

static struct dcv_named make_named(struct random_world *w)
{
	size_t value = pick(w, VALUES);
	struct dcv_named ret = {.text = value_texts[value]};

	if (pick(w, 3) == 0)
		ret.owner = w->owners[pick(w, OWNERS)];
	if (value < TXTS)
		ret.txt = w->values[value];
	else
		ret.cname = w->values[value];
	return ret;
}

/* What an order has to do with others. */
static void make_kin(struct random_world *w, struct dcv_order *of)
{
	const char **named = &w->superseded[w->facts.n_subjects];

	of->certificate = pick_certificate(w);
	if (of->certificate[0] == '\0')
		of->certificate = NULL;
	*named = id_texts[pick(w, IDS)];
	of->supersedes = named;
	of->n_supersedes = pick(w, 4) == 0;
	if (pick(w, 4) == 0)
		of->shared_ttl = DCV_SHARED_TTL_LOWER;
}

static void make_orders(struct random_world *w)
{
	static const uint32_t ttls[] = {300, 300, 60, 3600};

	w->facts.n_subjects = 0;
	for (size_t id = 0; id < IDS; id++) {
		struct dcv_order *of = &w->orders[w->facts.n_subjects];

		if (pick(w, 2) == 0)
			continue;
		*of = (struct dcv_order){.id = id_texts[id],
			.ca = dcv_ca_find("digicert"),
			.ttl_s = ttls[pick(w, 4)],
			.claims = w->claims[w->facts.n_subjects],
			.named = &w->previous[w->facts.n_subjects]};
		if (pick(w, 6) == 0)
			of->service = dcv_service_find("huaweicloud-scm");
		make_kin(w, of);
		make_claims(w, id, of);
		if (pick(w, 6) == 0)
			of->named[of->n_named++] = make_named(w);
		w->facts.n_subjects++;
	}
}

static bool has(const struct random_world *w, size_t owner, uint16_t type,
	const struct dcv_rdata *rdata)
{
	const struct dcv_rrset *set = &w->sets[owner][type_at(type)];

	return dcv_rrset_has(set, rdata);
}

static size_t owner_at(const struct random_world *w, const struct dcv_name *owner)
{
	size_t i = 0;

	while (!dcv_name_equal(&w->owners[i], owner))
		i++;
	return i;
}

/* Most of what was claimed stands there. */
static void publish_row(struct random_world *w, const struct dcv_claim_row *row)
{
	size_t owner = owner_at(w, &row->owner);
	struct dcv_rrset *txt = &w->sets[owner][0], *cname = &w->sets[owner][1];
	struct dcv_rrset *set = row->type == DCV_TYPE_TXT ? txt : cname;

	if (pick(w, 4) == 0 || cname->n > 0 || (set == cname && txt->n > 0) ||
		dcv_rrset_has(set, &row->rdata))
		return;
	set->rdata[set->n++] = row->rdata;
}

static void make_published(struct random_world *w)
{
	static const uint32_t ttls[] = {300, 60, 86400};

	for (size_t owner = 0; owner < OWNERS; owner++) {
		bool alias = pick(w, 6) == 0;

		for (size_t t = 0; t < 2; t++)
			w->sets[owner][t] = (struct dcv_rrset){.owner = w->owners[owner],
				.type = t == 0 ? DCV_TYPE_TXT : DCV_TYPE_CNAME,
				.ttl_s = ttls[pick(w, 3)],
				.rdata = w->published[owner][t]};
		for (unsigned n = pick(w, 4); n > 0; n--) {
			size_t value = alias ? TXTS + pick(w, CNAMES) : pick(w, TXTS);
			struct dcv_rrset *set = &w->sets[owner][alias ? 1 : 0];

			if (!dcv_rrset_has(set, &w->values[value]))
				set->rdata[set->n++] = w->values[value];
			if (alias)
				break;
		}
	}
	for (size_t i = 0; i < w->facts.n_held; i++)
		publish_row(w, &w->rows[i]);
}

static void place(struct random_world *w, size_t owner, uint16_t type,
	const struct dcv_rdata *rdata, bool ours)
{
	for (size_t i = 0; i < w->facts.n_placements; i++) {
		struct dcv_placement *at = &w->placements[i];

		if (at->type == type && dcv_name_equal(&at->owner, &w->owners[owner]) &&
			dcv_rdata_equal(&at->rdata, rdata)) {
			at->ours = ours;
			return;
		}
	}
	HOLDS(w->facts.n_placements < OWNERS * VALUES);
	w->placements[w->facts.n_placements++] = (struct dcv_placement){.backend = "file",
		.owner = w->owners[owner],
		.type = type,
		.rdata = *rdata,
		.ours = ours,
		.first_seen = pick(w, 4) == 0 ? NOW - 100 * DAY : NOW};
}

static bool names_fact(const struct dcv_name *owner, uint16_t type,
	const struct dcv_rdata *rdata, const struct dcv_name *at, uint16_t of,
	const struct dcv_rdata *value)
{
	return type == of && dcv_name_equal(owner, at) && dcv_rdata_equal(rdata, value);
}

static bool is_claimed(const struct random_world *w, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < w->facts.n_held; i++) {
		if (names_fact(&w->rows[i].owner, w->rows[i].type, &w->rows[i].rdata,
			    owner, type, rdata))
			return true;
	}
	return false;
}

/* What is ours some order once claimed. */
static void make_placements(struct random_world *w)
{
	w->facts.n_placements = 0;
	for (size_t owner = 0; owner < OWNERS; owner++) {
		for (size_t value = 0; value < VALUES; value++) {
			const struct dcv_rdata *rdata_of = &w->values[value];
			bool there = has(w, owner, type_of(value), rdata_of);
			bool claimed_once = is_claimed(w, &w->owners[owner],
				type_of(value), rdata_of);

			if (claimed_once ? pick(w, 8) > 0 : pick(w, there ? 3 : 12) == 0)
				place(w, owner, type_of(value), rdata_of,
					claimed_once && pick(w, 8) > 0);
		}
	}
}

/* What a former run did: each value once. */
static void make_undo(struct random_world *w)
{
	w->facts.n_undo = 0;
	for (size_t owner = 0; owner < OWNERS; owner++) {
		for (size_t value = 0; value < VALUES; value++) {
			if (pick(w, 12) > 0)
				continue;
			w->undo[w->facts.n_undo++] = (struct dcv_change_row){.run = "r1",
				.op = has(w, owner, type_of(value), &w->values[value])
					? "add"
					: "remove",
				.owner = w->owners[owner],
				.type = type_of(value),
				.rdata = w->values[value],
				.ttl_s = 300,
				.ca = "digicert",
				.order_id = id_texts[pick(w, IDS)]};
		}
	}
}

/* What the ledger has of the sets that were once changed. */
static void make_cached(struct random_world *w)
{
	w->facts.n_cached = 0;
	for (size_t owner = 0; owner < OWNERS; owner++) {
		for (size_t t = 0; t < 2; t++) {
			const struct dcv_rrset *set = &w->sets[owner][t];

			if (set->n == 0 || pick(w, 2) == 0)
				continue;
			w->cached[w->facts.n_cached++] = (struct dcv_cached){
				.owner = set->owner,
				.type = set->type,
				.former_ttl_s = pick(w, 3) * 1800,
				.our_ttl_s = pick(w, 3) == 0 ? 60 : set->ttl_s};
		}
	}
}

static void make_world(struct random_world *w)
{
	static const enum dcv_plan_mode modes[] = {DCV_PLAN_APPLY, DCV_PLAN_APPLY,
		DCV_PLAN_APPLY, DCV_PLAN_CLEANUP, DCV_PLAN_UNDO};

	w->facts.n_held = 0;
	for (size_t id = 0; id < IDS; id++) {
		w->known[id].revision = 0;
		if (pick(w, 3) > 0)
			make_known(w, id);
	}
	make_orders(w);
	make_published(w);
	make_placements(w);
	w->facts.n_named = pick(w, 4) == 0 ? 1 : 0;
	w->named[0] = make_named(w);
	w->facts.mode = modes[pick(w, 5)];
	w->facts.policy = (struct dcv_policy){.reopen = pick(w, 4) == 0,
		.coexist = pick(w, 4) == 0,
		.remove_leftovers = pick(w, 4) == 0,
		.retained = pick(w, 3) == 0};
	make_undo(w);
	make_cached(w);
	w->facts.has_allow = pick(w, 3) > 0; /* else half of the worlds is refused */
}

/* --- planning it --- */

static const struct dcv_order_row *row_of(const struct random_world *w, const char *id)
{
	for (size_t i = 0; i < IDS; i++) {
		if (w->known[i].revision > 0 && strcmp(w->known[i].id, id) == 0)
			return &w->known[i];
	}
	return NULL;
}

static void join_claims(struct random_world *w)
{
	for (size_t i = 0; i < w->facts.n_held; i++) {
		struct dcv_claim_row *row = &w->rows[i];
		const struct dcv_order_row *of = row_of(w, row->id);

		HOLDS(of != NULL);
		row->certificate = of->certificate;
		row->service = of->service;
		row->order_revision = of->revision;
		row->state = of->state;
		row->reason = of->reason;
		row->expires = of->expires;
	}
}

/* Others of the same certificate, or that the order names; with their claims. */
static void join_kin(struct random_world *w, size_t i)
{
	struct dcv_subject *subject = &w->subjects[i];
	const struct dcv_order *of = subject->order;

	subject->others = w->others[i];
	subject->kin = w->kin[i];
	for (size_t id = 0; id < IDS; id++) {
		const struct dcv_order_row *row = &w->known[id];

		if (row->revision == 0 || strcmp(row->id, subject->id) == 0 ||
			!((of->certificate != NULL &&
				  strcmp(row->certificate, of->certificate) == 0) ||
				(of->n_supersedes > 0 &&
					strcmp(of->supersedes[0], row->id) == 0)))
			continue;
		w->others[i][subject->n_others++] = *row;
		for (size_t k = 0; k < w->facts.n_held; k++) {
			if (strcmp(w->rows[k].id, row->id) == 0)
				w->kin[i][subject->n_kin++] = w->rows[k];
		}
	}
}

static void join_subjects(struct random_world *w)
{
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		struct dcv_subject *subject = &w->subjects[i];

		*subject = (struct dcv_subject){.order = &w->orders[i],
			.ca = "digicert",
			.id = w->orders[i].id,
			.row = row_of(w, w->orders[i].id),
			.rows = w->own[i]};
		for (size_t k = 0; k < w->facts.n_held; k++) {
			if (strcmp(w->rows[k].id, subject->id) == 0)
				w->own[i][subject->n_rows++] = w->rows[k];
		}
		if (w->facts.mode == DCV_PLAN_APPLY)
			join_kin(w, i);
		else
			subject->order = NULL;
	}
}

/* What the backend answers. */
static void join_nodes(struct random_world *w)
{
	for (size_t owner = 0; owner < OWNERS; owner++) {
		struct dcv_node *node_at = &w->nodes[owner];
		bool txt = w->sets[owner][0].n > 0, cname = w->sets[owner][1].n > 0;

		*node_at = (struct dcv_node){.owner = w->owners[owner],
			.closest = txt || cname ? w->owners[owner] : w->view.apex,
			.n_sets = (size_t)txt + cname,
			.sets = txt ? w->sets[owner] : w->sets[owner] + 1};
	}
}

static enum dcv_err plan(struct random_world *w)
{
	enum dcv_err judged, rc;

	join_claims(w);
	join_subjects(w);
	join_nodes(w);
	dcv_diags_clear(&w->diags);
	judged = dcv_plan_judge(w->subjects, w->facts.n_subjects, &w->facts.policy, NOW,
		&w->arena, &w->diags);
	rc = dcv_plan_make(&w->facts, &w->arena, &w->plan, &w->diags);
	return judged != DCV_OK ? judged : rc;
}

/* --- applying it, and what the ledger notes --- */

/* The run writes the order: what it wants takes the place of what the ledger has. */
static bool is_written(const struct random_world *w, const char *id)
{
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		if (strcmp(w->subjects[i].id, id) == 0)
			return w->facts.mode == DCV_PLAN_APPLY &&
				dcv_subject_is_wanted(&w->subjects[i]);
	}
	return false;
}

/* The order's place is taken by one that the run writes: it is named there, or leads there. */
static bool is_replaced(const struct random_world *w, const char *id)
{
	bool reached[IDS] = {false};

	for (size_t round = 0; round < IDS && w->facts.mode == DCV_PLAN_APPLY; round++) {
		for (size_t i = 0; i < w->facts.n_subjects; i++) {
			const struct dcv_subject *subject = &w->subjects[i];
			const struct dcv_order *of = subject->order;

			if (of->n_supersedes > 0 &&
				strcmp(of->supersedes[0], subject->id) != 0 &&
				(dcv_subject_is_wanted(subject) ||
					reached[subject->id[0] - '1']))
				reached[of->supersedes[0][0] - '1'] = true;
		}
	}
	return reached[id[0] - '1'];
}

static void apply_edit(struct random_world *w, const struct dcv_edit *of, size_t owner)
{
	struct dcv_rrset *set = &w->sets[owner][type_at(of->edit.type)];
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (!listed(of->edit.remove, of->edit.n_remove, &set->rdata[i]))
			set->rdata[kept++] = set->rdata[i];
	}
	for (size_t i = 0; i < of->edit.n_add; i++) {
		HOLDS(kept < SET_MAX);
		set->rdata[kept++] = of->edit.add[i];
	}
	set->n = kept;
	set->ttl_s = of->edit.ttl_s;
}

static void drop(struct random_world *w, const struct dcv_name *owner, uint16_t type,
	const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < w->facts.n_placements; i++) {
		const struct dcv_placement *at = &w->placements[i];

		if (names_fact(&at->owner, at->type, &at->rdata, owner, type, rdata)) {
			w->placements[i] = w->placements[--w->facts.n_placements];
			return;
		}
	}
}

/* As apply does it: an order outside the run that is named with what it loses. */
static void close_expired(struct random_world *w, const struct dcv_value *value_of)
{
	struct dcv_order_row *of;

	if (value_of->id == NULL || is_written(w, value_of->id))
		return;
	of = &w->known[value_of->id[0] - '1'];
	if (!dcv_state_is_open(of->state))
		return;
	HOLDS(of->expires < NOW || is_replaced(w, value_of->id));
	of->state = DCV_STATE_CLOSED;
	of->reason = of->expires < NOW ? DCV_REASON_EXPIRED : DCV_REASON_SUPERSEDED;
}

static void note_value(struct random_world *w, const struct dcv_edit *of, size_t owner,
	const struct dcv_value *value_of)
{
	if (value_of->kind == DCV_VALUE_REMOVE) {
		drop(w, &of->edit.owner, of->edit.type, &value_of->rdata);
		if (w->facts.mode == DCV_PLAN_APPLY)
			close_expired(w, value_of);
	} else if (value_of->kind == DCV_VALUE_ADD || value_of->kind == DCV_VALUE_FOUND) {
		place(w, owner, of->edit.type, &value_of->rdata, value_of->ours);
	}
}

static void note_order(struct random_world *w, const struct dcv_subject *subject)
{
	const struct dcv_order *of = subject->order;
	struct dcv_order_row *row = &w->known[subject->id[0] - '1'];
	bool same = subject->judgement == DCV_JUDGED_SAME;

	if (subject->judgement == DCV_JUDGED_CLOSED ||
		(subject->judgement == DCV_JUDGED_SUPERSEDED && subject->row != NULL))
		return;
	*row = (struct dcv_order_row){.ca = "digicert",
		.id = subject->id,
		.service = of->service != NULL ? of->service->key : "",
		.certificate = of->certificate != NULL ? of->certificate : "",
		.revision = subject->revision,
		.state = DCV_STATE_PUBLISHED,
		.expires = same ? row->expires : dcv_order_expires(of, NOW)};
	if (subject->judgement == DCV_JUDGED_DEAD ||
		subject->judgement == DCV_JUDGED_SUPERSEDED) {
		row->state = DCV_STATE_CLOSED;
		row->reason = subject->judgement == DCV_JUDGED_DEAD
			? DCV_REASON_EXPIRED
			: DCV_REASON_SUPERSEDED;
	}
	if (subject->judgement == DCV_JUDGED_REOPENED)
		return;
	for (size_t i = 0; !same && i < of->n_claims; i++) {
		size_t owner = owner_at(w, &of->claims[i].owner), value_of = 0;

		while (!dcv_rdata_equal(&w->values[value_of], &of->claims[i].rdata))
			value_of++;
		add_row(w, (size_t)(subject->id[0] - '1'), subject->revision, owner,
			value_of);
	}
}

/* Until the outcomes are noted a superseded order is open. */
static void close_replaced(struct random_world *w)
{
	for (size_t id = 0; id < IDS; id++) {
		struct dcv_order_row *row = &w->known[id];

		if (row->revision == 0 || !dcv_state_is_open(row->state) ||
			!is_replaced(w, id_texts[id]))
			continue;
		row->state = DCV_STATE_CLOSED;
		row->reason = DCV_REASON_SUPERSEDED;
	}
}

static void note_ttl(struct random_world *w, const struct dcv_edit *of)
{
	size_t i = 0;

	while (i < w->facts.n_cached &&
		(w->cached[i].type != of->edit.type ||
			!dcv_name_equal(&w->cached[i].owner, &of->edit.owner)))
		i++;
	if (i == w->facts.n_cached)
		w->cached[w->facts.n_cached++] = (struct dcv_cached){
			.owner = of->edit.owner,
			.type = of->edit.type};
	w->cached[i].former_ttl_s = of->former_ttl_s;
	w->cached[i].our_ttl_s = of->edit.ttl_s;
	if (of->edit.n_remove == of->n_values)
		w->cached[i] = w->cached[--w->facts.n_cached];
}

static void advance(struct random_world *w)
{
	for (size_t i = 0; i < w->plan.n_edits; i++) {
		const struct dcv_edit *of = &w->plan.edits[i];
		size_t owner = owner_at(w, &of->edit.owner);

		for (size_t k = 0; k < of->n_values; k++)
			note_value(w, of, owner, &of->values[k]);
		if (!of->changes)
			continue;
		apply_edit(w, of, owner);
		note_ttl(w, of);
	}
	close_replaced(w);
	for (size_t i = 0; i < w->facts.n_subjects; i++) {
		struct dcv_order_row *row = &w->known[w->subjects[i].id[0] - '1'];

		if (w->facts.mode == DCV_PLAN_APPLY)
			note_order(w, &w->subjects[i]);
		else if (w->facts.mode == DCV_PLAN_CLEANUP && row->revision > 0 &&
			!dcv_state_is_open(row->state))
			row->state = DCV_STATE_CLEANED;
	}
}

#endif
