/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A small world for a plan: the zone example.com, orders of a run, what the ledger has. The
 * functions stand in the header, since each test is a program of its own. */
#ifndef DCV_TESTS_PLAN_WORLD_H
#define DCV_TESTS_PLAN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

#define MAYBE __attribute__((unused))

#define NOW INT64_C(1795262400) /* 2026-11-21 12:00 UTC */
#define DAY INT64_C(86400)
#define AT "_dnsauth.example.com."
#define NEW "202611210000002aurxma1k3v" /* tokens of DigiCert: of today, */
#define OTHER "202611200000001bbbbbbbbbb" /* of yesterday, */
#define OLD "202605020000001k9qz7tt0b2" /* and long past their life */
#define TARGET NEW ".dcv.digicert.com."
#define SPF "v=spf1 -all"

struct world {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_zone_view view;
	struct dcv_world facts;
	struct dcv_plan plan;
	struct dcv_node nodes[12];
	struct dcv_rrset sets[12][4];
	const char *fixed[12][4];
	struct dcv_rdata values[12][4][12];
	size_t n_orders, n_known, n_rows, n_placements, n_named;
	struct dcv_order orders[6];
	struct dcv_claim claims[6][8];
	struct dcv_named previous[6][4];
	struct dcv_subject subjects[6];
	struct dcv_order_row known[6];
	struct dcv_order_row others[6][6];
	struct dcv_claim_row rows[24], own[6][24], kin[6][24];
	struct dcv_placement placements[24];
	struct dcv_named named[4];
};

static MAYBE int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL || dcv_name_from("example.com.", &w->view.apex, NULL) != DCV_OK)
		return -1;
	w->view.place = "example.com.zone";
	w->view.soa_ttl_s = 86400;
	w->view.soa_minimum_s = 3600;
	w->view.nodes = w->nodes;
	w->facts.now_s = NOW;
	w->facts.view = &w->view;
	*state = w;
	return 0;
}

static MAYBE int teardown(void **state)
{
	struct world *w = *state;

	dcv_diags_clear(&w->diags);
	dcv_arena_clear(&w->arena);
	free(w);
	return 0;
}

static MAYBE struct dcv_name name(const char *text)
{
	struct dcv_name ret;

	assert_int_equal(dcv_name_from(text, &ret, NULL), DCV_OK);
	return ret;
}

/* A TXT as octets, or in presentation form if it begins with a quote; all else the latter. */
static MAYBE struct dcv_rdata rdata(struct world *w, uint16_t type, const char *text)
{
	struct dcv_rdata ret = {0};
	struct dcv_name target;

	if (type == DCV_TYPE_CNAME) {
		target = name(text);
		assert_int_equal(dcv_rdata_from_name(&target, &w->arena, &ret, NULL),
			DCV_OK);
	} else if (type == DCV_TYPE_TXT && text[0] != '"') {
		assert_int_equal(dcv_txt_make(text, strlen(text), &w->arena, &ret, NULL),
			DCV_OK);
	} else {
		assert_int_equal(dcv_rdata_parse(type, text, strlen(text), NULL,
					 &w->arena, &ret, NULL),
			DCV_OK);
	}
	return ret;
}

/* The node of an owner; a new one does not exist, and the apex encloses it. */
static MAYBE struct dcv_node *node(struct world *w, const char *owner)
{
	struct dcv_name at = name(owner);
	size_t i = 0;

	while (i < w->view.n_nodes && !dcv_name_equal(&w->nodes[i].owner, &at))
		i++;
	if (i == w->view.n_nodes) {
		assert_true(++w->view.n_nodes <= 12);
		w->nodes[i] = (struct dcv_node){.owner = at,
			.closest = w->view.apex,
			.sets = w->sets[i],
			.fixed = w->fixed[i]};
	}
	return &w->nodes[i];
}

/* A value that the zone holds. */
static MAYBE void publish(struct world *w, const char *owner, uint32_t ttl_s,
	uint16_t type, const char *value)
{
	struct dcv_node *at = node(w, owner);
	size_t n = (size_t)(at - w->nodes), i = 0;

	at->closest = at->owner;
	while (i < at->n_sets && at->sets[i].type != type)
		i++;
	if (i == at->n_sets) {
		assert_true(++at->n_sets <= 4);
		at->sets[i] = (struct dcv_rrset){.owner = at->owner,
			.type = type,
			.rdata = w->values[n][i]};
	}
	at->sets[i].ttl_s = ttl_s;
	at->sets[i].rdata[at->sets[i].n++] = rdata(w, type, value);
}

/* The same, with the order that the backend has noted beside it. */
static MAYBE void publish_marked(struct world *w, const char *owner, uint16_t type,
	const char *value, const char *mark)
{
	struct dcv_node *at = node(w, owner);
	size_t i = 0;

	publish(w, owner, DCV_TTL_S, type, value);
	while (at->sets[i].type != type)
		i++;
	if (at->sets[i].marks == NULL)
		at->sets[i].marks = dcv_arena_array(&w->arena, 12,
			sizeof(at->sets[i].marks[0]));
	assert_non_null(at->sets[i].marks);
	at->sets[i].marks[at->sets[i].n - 1] = mark;
}

/* An order of the run. */
static MAYBE struct dcv_order *order(struct world *w, const char *id)
{
	size_t i = w->n_orders++;

	assert_true(i < 6);
	w->orders[i] = (struct dcv_order){.file = "order.yaml",
		.line = 1,
		.id = id,
		.ca = dcv_ca_find("digicert"),
		.ttl_s = DCV_TTL_S,
		.document = "",
		.claims = w->claims[i],
		.named = w->previous[i]};
	return &w->orders[i];
}

static MAYBE void want(struct world *w, struct dcv_order *of, const char *owner,
	uint16_t type, const char *value)
{
	struct dcv_claim *claim = &of->claims[of->n_claims++];

	(void)node(w, owner);
	*claim = (struct dcv_claim){.owner = name(owner),
		.domain = w->view.apex,
		.type = type,
		.rdata = rdata(w, type, value),
		.place = {"order.yaml", (unsigned)of->n_claims + 2, 5}};
}

/* An order of the run that wants one TXT. */
static MAYBE struct dcv_order *order_txt(struct world *w, const char *id,
	const char *owner, const char *value)
{
	struct dcv_order *of = order(w, id);

	want(w, of, owner, DCV_TYPE_TXT, value);
	return of;
}

/* An order that the ledger knows. */
static MAYBE struct dcv_order_row *known(struct world *w, const char *id,
	int64_t revision, enum dcv_state state, enum dcv_reason reason)
{
	struct dcv_order_row *row = &w->known[w->n_known++];

	assert_true(w->n_known <= 6);
	*row = (struct dcv_order_row){.ca = "digicert",
		.id = id,
		.service = "",
		.certificate = "",
		.document = "",
		.generation = 1,
		.revision = revision,
		.state = state,
		.reason = reason,
		.created = NOW - DAY,
		.first_applied = NOW - DAY,
		.expires = NOW + 29 * DAY};
	return row;
}

static MAYBE struct dcv_claim_row *claimed(struct world *w, const char *id,
	int64_t revision, const char *owner, uint16_t type, const char *value)
{
	struct dcv_claim_row *row = &w->rows[w->n_rows++];

	assert_true(w->n_rows <= 24);
	*row = (struct dcv_claim_row){.ca = "digicert",
		.id = id,
		.revision = revision,
		.owner = name(owner),
		.type = type,
		.rdata = rdata(w, type, value)};
	return row;
}

static MAYBE void placed(struct world *w, const char *owner, uint16_t type,
	const char *value, bool ours)
{
	assert_true(w->n_placements < 24);
	w->placements[w->n_placements++] = (struct dcv_placement){.zone = w->view.apex,
		.backend = "file",
		.owner = name(owner),
		.type = type,
		.rdata = rdata(w, type, value),
		.ours = ours,
		.since = NOW - DAY,
		.first_seen = NOW - DAY};
}

/* A value that the zone holds, that is ours, and that a revision of an order claims. */
static MAYBE void written(struct world *w, const char *id, int64_t revision,
	const char *owner, uint16_t type, const char *value)
{
	publish(w, owner, DCV_TTL_S, type, value);
	placed(w, owner, type, value, true);
	(void)claimed(w, id, revision, owner, type, value);
}

/* As `previous:` of an order or --previous reads it. */
static MAYBE struct dcv_named naming(struct world *w, const char *text)
{
	const struct dcv_place place = {"order.yaml", 9, 13};
	struct dcv_named ret = {0};

	assert_true(
		dcv_named_parse(text, strlen(text), &place, &w->arena, &ret, &w->diags));
	assert_int_equal(w->diags.n_errors, 0);
	return ret;
}

static MAYBE const struct dcv_order_row *find_known(const struct world *w, const char *ca,
	const char *id)
{
	for (size_t i = 0; i < w->n_known; i++) {
		if (strcmp(w->known[i].id, id) == 0 && strcmp(w->known[i].ca, ca) == 0)
			return &w->known[i];
	}
	return NULL;
}

/* As the ledger joins claims to their orders. */
static MAYBE void join_rows(struct world *w)
{
	for (size_t i = 0; i < w->n_rows; i++) {
		struct dcv_claim_row *row = &w->rows[i];
		const struct dcv_order_row *of = find_known(w, row->ca, row->id);

		assert_non_null(of);
		row->service = of->service;
		row->certificate = of->certificate;
		row->order_revision = of->revision;
		row->state = of->state;
		row->reason = of->reason;
		row->expires = of->expires;
		row->first_applied = of->first_applied;
	}
	w->facts.held = w->rows;
	w->facts.n_held = w->n_rows;
	w->facts.placements = w->placements;
	w->facts.n_placements = w->n_placements;
	w->facts.named = w->named;
	w->facts.n_named = w->n_named;
}

static MAYBE bool is_order(const char *ca, const char *id, const char *of_ca,
	const char *of_id)
{
	return strcmp(ca, of_ca) == 0 && strcmp(id, of_id) == 0;
}

/* Others of the same certificate, or that `supersedes` names, with their claims. */
static MAYBE void join_others(struct world *w, size_t i)
{
	struct dcv_subject *subject = &w->subjects[i];
	const struct dcv_order *of = subject->order;

	subject->others = w->others[i];
	subject->kin = w->kin[i];
	subject->n_others = subject->n_kin = 0;
	for (size_t k = 0; of != NULL && k < w->n_known; k++) {
		const struct dcv_order_row *row = &w->known[k];
		bool same = of->certificate != NULL &&
			strcmp(row->certificate, of->certificate) == 0;

		if (is_order(row->ca, row->id, subject->ca, subject->id) ||
			(!same && !dcv_plan_supersedes(subject, row->ca, row->id)))
			continue;
		w->others[i][subject->n_others++] = *row;
		for (size_t r = 0; r < w->n_rows; r++) {
			if (is_order(w->rows[r].ca, w->rows[r].id, row->ca, row->id))
				w->kin[i][subject->n_kin++] = w->rows[r];
		}
	}
}

static MAYBE void join_subject(struct world *w, size_t i)
{
	struct dcv_subject *subject = &w->subjects[i];

	subject->row = find_known(w, subject->ca, subject->id);
	subject->rows = w->own[i];
	subject->n_rows = 0;
	for (size_t k = 0; k < w->n_rows; k++) {
		if (is_order(w->rows[k].ca, w->rows[k].id, subject->ca, subject->id))
			w->own[i][subject->n_rows++] = w->rows[k];
	}
	join_others(w, i);
}

/* Judges the orders of the run. */
static MAYBE enum dcv_err judge(struct world *w)
{
	enum dcv_err rc;

	join_rows(w);
	for (size_t i = 0; i < w->n_orders; i++) {
		w->subjects[i] = (struct dcv_subject){.order = &w->orders[i],
			.ca = w->orders[i].ca->key,
			.id = w->orders[i].id};
		join_subject(w, i);
	}
	rc = dcv_plan_judge(w->subjects, w->n_orders, &w->facts.policy, w->facts.now_s,
		&w->arena, &w->diags);
	w->facts.subjects = w->subjects;
	w->facts.n_subjects = w->n_orders;
	return rc;
}

static MAYBE enum dcv_err make_plan(struct world *w)
{
	enum dcv_err judged = judge(w), rc;

	w->facts.mode = DCV_PLAN_APPLY;
	rc = dcv_plan_make(&w->facts, &w->arena, &w->plan, &w->diags);
	return judged != DCV_OK ? judged : rc;
}

/* A clean-up of orders by number. */
static MAYBE enum dcv_err make_cleanup(struct world *w, size_t n, const char *const *ids)
{
	join_rows(w);
	for (size_t i = 0; i < n; i++) {
		w->subjects[i] = (struct dcv_subject){.ca = "digicert", .id = ids[i]};
		join_subject(w, i);
	}
	w->facts.subjects = w->subjects;
	w->facts.n_subjects = n;
	w->facts.mode = DCV_PLAN_CLEANUP;
	return dcv_plan_make(&w->facts, &w->arena, &w->plan, &w->diags);
}

static MAYBE const struct dcv_edit *edit(const struct world *w, const char *owner,
	uint16_t type)
{
	struct dcv_name at = name(owner);

	for (size_t i = 0; i < w->plan.n_edits; i++) {
		if (w->plan.edits[i].edit.type == type &&
			dcv_name_equal(&w->plan.edits[i].edit.owner, &at))
			return &w->plan.edits[i];
	}
	fail_msg("no edit of %s", owner);
	return NULL;
}

/* The plan says nothing of this set. */
static MAYBE void assert_untouched(const struct world *w, const char *owner, uint16_t type)
{
	struct dcv_name at = name(owner);

	for (size_t i = 0; i < w->plan.n_edits; i++) {
		if (w->plan.edits[i].edit.type == type &&
			dcv_name_equal(&w->plan.edits[i].edit.owner, &at))
			fail_msg("an edit of %s", owner);
	}
}

static MAYBE const struct dcv_value *value(struct world *w, const char *owner,
	uint16_t type, const char *text)
{
	const struct dcv_edit *of = edit(w, owner, type);
	struct dcv_rdata wire = rdata(w, type, text);

	for (size_t i = 0; i < of->n_values; i++) {
		if (dcv_rdata_equal(&of->values[i].rdata, &wire))
			return &of->values[i];
	}
	fail_msg("%s has no value %s", owner, text);
	return NULL;
}

static MAYBE bool listed(const struct dcv_rdata *list, size_t n,
	const struct dcv_rdata *wire)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_rdata_equal(&list[i], wire))
			return true;
	}
	return false;
}

/* The kind of a value, and that the edit does what the kind says. */
static MAYBE void assert_kind(struct world *w, const char *owner, uint16_t type,
	const char *text, enum dcv_value_kind kind)
{
	const struct dcv_rrset_edit *of = &edit(w, owner, type)->edit;
	const struct dcv_value *found = value(w, owner, type, text);

	assert_int_equal(found->kind, kind);
	assert_int_equal(listed(of->add, of->n_add, &found->rdata), kind == DCV_VALUE_ADD);
	assert_int_equal(listed(of->remove, of->n_remove, &found->rdata),
		kind == DCV_VALUE_REMOVE);
}

static MAYBE void assert_text(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static MAYBE void assert_reason(struct world *w, const char *owner, const char *text,
	const char *reason)
{
	assert_text(value(w, owner, DCV_TYPE_TXT, text)->reason, reason);
}

/* The plan was refused with one error that has a place and a remedy. */
static MAYBE const struct dcv_diag *refused(const struct world *w, enum dcv_err rc,
	enum dcv_err code, const char *part)
{
	if (rc == DCV_OK)
		fail_msg("not refused: %s", part);
	assert_int_equal(rc, code);
	assert_int_equal(w->diags.n_errors, 1);
	assert_int_equal(w->diags.n, 1);
	assert_int_equal(w->diags.items[0].code, code);
	assert_text(w->diags.items[0].text, part);
	assert_string_not_equal(w->diags.items[0].help, "");
	return &w->diags.items[0];
}

static MAYBE void assert_planned(const struct world *w, enum dcv_err rc)
{
	if (rc != DCV_OK)
		fail_msg("refused: %s", w->diags.n > 0 ? w->diags.items[0].text : "?");
	assert_int_equal(w->diags.n, 0);
}

#endif
