/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A small world for CAA in a plan: zones with their sets, orders of a run, CAA claims that the
 * ledger holds. The functions stand in the header, since each test is a program of its own. */
#ifndef DCV_TESTS_PLAN_CAA_WORLD_H
#define DCV_TESTS_PLAN_CAA_WORLD_H

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
#define AFTER_2027_03_15 INT64_C(1805068800)
#define APEX "example.com."
#define WWW "www.example.com."
#define LE "0 issue \"letsencrypt.org\""
#define OURS "0 issue \"digicert.com\""
#define NOBODY "0 issue \";\""
#define WILD_LE "0 issuewild \"letsencrypt.org\""
#define WILD_OURS "0 issuewild \"digicert.com\""
#define WILD_NOBODY "0 issuewild \";\""

#define ZONES 4
#define NODES 16
#define VALUES 12
#define ORDERS 4

struct world {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_caa_world facts;
	struct dcv_caa_plan plan;
	enum dcv_err rc;
	struct dcv_caa_zone zones[ZONES];
	struct dcv_zone_view views[ZONES];
	struct dcv_node nodes[ZONES][NODES];
	struct dcv_rrset sets[ZONES][NODES][2]; /* CAA, CNAME */
	struct dcv_rdata values[ZONES][NODES][VALUES], target[ZONES][NODES];
	struct dcv_order orders[ORDERS];
	struct dcv_name names[ORDERS][VALUES];
	struct dcv_claim claims[ORDERS][2];
	struct dcv_caa_want wants[ORDERS][VALUES];
	struct dcv_subject subjects[ORDERS];
	struct dcv_claim_row held[VALUES];
};

static MAYBE int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	w->facts = (struct dcv_caa_world){.now_s = NOW,
		.subjects = w->subjects,
		.zones = w->zones,
		.held = w->held};
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

static MAYBE struct dcv_rdata rdata(struct world *w, const char *text)
{
	struct dcv_rdata ret = {0};

	assert_int_equal(dcv_rdata_parse(DCV_TYPE_CAA, text, strlen(text), NULL,
				 &w->arena, &ret, NULL),
		DCV_OK);
	return ret;
}

static MAYBE struct dcv_caa_zone *zone(struct world *w, const char *apex)
{
	size_t i = w->facts.n_zones++;

	assert_true(i < ZONES);
	w->views[i] = (struct dcv_zone_view){.apex = name(apex),
		.place = "file",
		.nodes = w->nodes[i]};
	w->zones[i] = (struct dcv_caa_zone){.apex = name(apex), .view = &w->views[i]};
	return &w->zones[i];
}

/* The bound zone that holds a name; SIZE_MAX: none. */
static MAYBE size_t zone_of(const struct world *w, const struct dcv_name *at)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < w->facts.n_zones; i++) {
		if (dcv_name_is_within(at, &w->zones[i].apex) &&
			(best == SIZE_MAX ||
				w->zones[i].apex.len > w->zones[best].apex.len))
			best = i;
	}
	return best;
}

/* The node of an owner; a new one does not exist, and the apex encloses it. */
static MAYBE struct dcv_node *node(struct world *w, const char *owner)
{
	struct dcv_name at = name(owner);
	size_t z = zone_of(w, &at), i = 0;
	struct dcv_zone_view *view;

	assert_true(z != SIZE_MAX);
	view = &w->views[z];
	while (i < view->n_nodes && !dcv_name_equal(&w->nodes[z][i].owner, &at))
		i++;
	if (i == view->n_nodes) {
		assert_true(++view->n_nodes <= NODES);
		w->nodes[z][i] = (struct dcv_node){.owner = at,
			.closest = view->apex,
			.sets = w->sets[z][i]};
	}
	return &w->nodes[z][i];
}

static MAYBE struct dcv_rrset *set_at(struct dcv_node *at, uint16_t type,
	struct dcv_rdata *values)
{
	for (size_t i = 0; i < at->n_sets; i++) {
		if (at->sets[i].type == type)
			return &at->sets[i];
	}
	at->closest = at->owner;
	at->wildcard = false;
	at->sets[at->n_sets] = (struct dcv_rrset){.owner = at->owner,
		.type = type,
		.ttl_s = 3600,
		.rdata = values};
	return &at->sets[at->n_sets++];
}

/* A CAA record that a zone holds. */
static MAYBE void caa(struct world *w, const char *owner, const char *text)
{
	struct dcv_node *at = node(w, owner);
	size_t z = zone_of(w, &at->owner);
	struct dcv_rrset *set = set_at(at, DCV_TYPE_CAA, w->values[z][at - w->nodes[z]]);

	assert_true(set->n < VALUES);
	set->rdata[set->n++] = rdata(w, text);
}

static MAYBE void alias(struct world *w, const char *owner, const char *target)
{
	struct dcv_node *at = node(w, owner);
	size_t z = zone_of(w, &at->owner);
	struct dcv_rrset *set = set_at(at, DCV_TYPE_CNAME,
		&w->target[z][at - w->nodes[z]]);
	struct dcv_name to = name(target);

	set->n = 1;
	assert_int_equal(dcv_rdata_from_name(&to, &w->arena, &set->rdata[0], NULL),
		DCV_OK);
}

/* An order of the run, with a TXT record for its first name. */
static MAYBE struct dcv_order *order(struct world *w, const char *id,
	enum dcv_caa_policy policy)
{
	size_t i = w->facts.n_subjects++;

	assert_true(i < ORDERS);
	w->orders[i] = (struct dcv_order){.file = "order.yaml",
		.line = 1,
		.id = id,
		.ca = dcv_ca_find("digicert"),
		.ca_title = "DigiCert",
		.caa = policy,
		.n_claims = 1,
		.claims = w->claims[i],
		.names = w->names[i],
		.caa_records = w->wants[i]};
	w->claims[i][0] = (struct dcv_claim){.owner = name("_dnsauth.example.com."),
		.domain = name(APEX),
		.type = DCV_TYPE_TXT,
		.place = {"order.yaml", 3, 5}};
	w->subjects[i] = (struct dcv_subject){.order = &w->orders[i],
		.ca = w->orders[i].ca->key,
		.id = id,
		.judgement = DCV_JUDGED_NEW};
	return &w->orders[i];
}

/* A name of the certificate, and the nodes from it up to the top of the bound zones. */
static MAYBE void names(struct world *w, struct dcv_order *of, const char *text)
{
	struct dcv_name at = name(text);
	char owner[DCV_NAME_TEXT_MAX];

	of->names[of->n_names++] = at;
	for (unsigned i = dcv_name_is_wildcard(&at); i < dcv_name_labels(&at); i++) {
		const struct dcv_name up = dcv_name_parent(&at, i);

		if (zone_of(w, &up) != SIZE_MAX)
			(void)node(w, dcv_name_text(&up, owner));
	}
}

static MAYBE struct dcv_order *order_for(struct world *w, const char *id,
	enum dcv_caa_policy policy, const char *for_name)
{
	struct dcv_order *of = order(w, id, policy);

	names(w, of, for_name);
	return of;
}

/* An item of `caa: {records: …}`. */
static MAYBE void wants(struct world *w, struct dcv_order *of, const char *tag,
	const char *issuer, const char *value)
{
	struct dcv_caa_want *want = &of->caa_records[of->n_caa++];

	*want = (struct dcv_caa_want){.tag = tag, .issuer = issuer};
	want->place = (struct dcv_place){"order.yaml", 7, 9};
	assert_int_equal(dcv_caa_make(tag, value, &w->arena, &want->rdata, NULL), DCV_OK);
}

/* A CAA claim of an order that the ledger knows. */
static MAYBE struct dcv_claim_row *held(struct world *w, const char *id,
	enum dcv_state state, const char *owner, const char *text)
{
	struct dcv_claim_row *row = &w->held[w->facts.n_held++];

	*row = (struct dcv_claim_row){.ca = "digicert",
		.id = id,
		.revision = 1,
		.order_revision = 1,
		.state = state,
		.expires = NOW + 86400,
		.owner = name(owner),
		.type = DCV_TYPE_CAA,
		.rdata = rdata(w, text),
		.keep = DCV_KEEP_CAA};
	return row;
}

static MAYBE void make(struct world *w)
{
	w->rc = dcv_plan_caa(&w->facts, &w->arena, &w->plan, &w->diags);
}

static MAYBE void assert_text(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static MAYBE void assert_no_text(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" says \"%s\"", text, part);
}

/* Nothing to say. */
static MAYBE void quiet(struct world *w)
{
	if (w->diags.n > 0)
		fail_msg("told: %s", w->diags.items[0].text);
	assert_int_equal(w->rc, DCV_OK);
}

static MAYBE const struct dcv_diag *told(struct world *w, enum dcv_severity severity,
	const char *cause, const char *part)
{
	assert_int_equal(w->diags.n, 1);
	assert_int_equal(w->diags.items[0].severity, severity);
	assert_int_equal(w->rc, severity == DCV_SEV_ERROR ? DCV_E_REFUSED : DCV_OK);
	assert_text(w->diags.items[0].text, part);
	assert_string_equal(w->diags.items[0].id, cause);
	assert_string_not_equal(w->diags.items[0].help, "");
	assert_string_equal(w->diags.items[0].where, "order.yaml");
	return &w->diags.items[0];
}

static MAYBE const struct dcv_diag *refused(struct world *w, const char *cause,
	const char *part)
{
	return told(w, DCV_SEV_ERROR, cause, part);
}

static MAYBE const struct dcv_diag *warned(struct world *w, const char *cause,
	const char *part)
{
	return told(w, DCV_SEV_WARNING, cause, part);
}

/* The edit of an owner that the nth order asks for. */
static MAYBE const struct dcv_caa_edit *edit(struct world *w, const char *owner,
	size_t nth)
{
	struct dcv_name at = name(owner);

	for (size_t i = 0; i < w->plan.n_edits; i++) {
		if (dcv_name_equal(&w->plan.edits[i].owner, &at) &&
			w->plan.edits[i].subject == &w->subjects[nth])
			return &w->plan.edits[i];
	}
	fail_msg("no edit of %s for order %zu", owner, nth);
	return NULL;
}

static MAYBE void assert_listed(struct world *w, const struct dcv_rdata *list, size_t n,
	const char *text)
{
	struct dcv_rdata wire = rdata(w, text);

	for (size_t i = 0; i < n; i++) {
		if (dcv_rdata_equal(&list[i], &wire))
			return;
	}
	fail_msg("%s is not among %zu values", text, n);
}

/* The only edit adds this value and no other. */
static MAYBE void added(struct world *w, const char *owner, const char *text)
{
	const struct dcv_caa_edit *of = edit(w, owner, 0);

	assert_int_equal(w->plan.n_edits, 1);
	assert_int_equal(of->n_add, 1);
	assert_int_equal(of->n_remove, 0);
	assert_listed(w, of->add, of->n_add, text);
}

static MAYBE const struct dcv_caa_note *note(struct world *w, size_t i)
{
	assert_true(i < w->plan.n_notes);
	return &w->plan.notes[i];
}

static MAYBE void noted(struct world *w, size_t i, enum dcv_caa_verdict before,
	enum dcv_caa_verdict after)
{
	assert_int_equal(note(w, i)->verdict, before);
	assert_int_equal(note(w, i)->after, after);
}

static MAYBE void found_at(struct world *w, size_t i, const char *owner)
{
	struct dcv_name at = name(owner);

	assert_true(dcv_name_equal(&note(w, i)->found_at, &at));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
