/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* CAA in a plan: which records the governing sets need so that every name of every order is
 * permitted, and which `exact` takes away. Pure. Sees only zones that are bound: what stands
 * above them is not known here. */
#ifndef DCV_PLAN_CAA_H
#define DCV_PLAN_CAA_H

#include "base/arena.h"
#include "base/diag.h"
#include "dns/caa.h"
#include "dns/view.h"
#include "order/life.h"

struct dcv_subject;

/* A zone with nodes for the names of the orders in it and all names between these and its
 * apex, the apex too; for the wildcards below these (`*.` for `www.`), and for the targets of
 * aliases there. A node that is not there is not known: nothing is written that rests on it. */
struct dcv_caa_zone {
	struct dcv_name apex;
	const struct dcv_zone_view *view; /* of the first backend */
	bool sparse; /* a node that is not there has no CAA and no CNAME, and is not hidden */
	bool has_allow;
	size_t n_allow;
	const char *const *allow; /* an absolute name there may get a new set by `exact` */
};

struct dcv_caa_world {
	int64_t now_s;
	size_t n_subjects, n_zones, n_held, n_issuers;
	const struct dcv_subject *subjects; /* those that are wanted count */
	const struct dcv_caa_zone *zones; /* of the run, in any order */
	const struct dcv_claim_row *held; /* CAA claims of every order at the names of the run */
	const char *const *issuers; /* `caa_issuers`; NULL: any */
};

/* One set that changes: additions and removals of exact values. */
struct dcv_caa_edit {
	const struct dcv_subject *subject; /* whose order asks for it */
	struct dcv_name zone, owner;
	size_t n_add, n_remove;
	struct dcv_rdata *add, *remove;
	const char *reason; /* "this order: caa: permit" */
};

/* The policy of one name, for people: "0 issue \"digicert.com\"" and where it stands. */
struct dcv_caa_note {
	const struct dcv_subject *subject;
	struct dcv_name name; /* of the certificate; may be a wildcard */
	struct dcv_name found_at; /* owner of the governing set; len 0: none in the bound zones */
	enum dcv_caa_verdict verdict; /* as it stands now */
	enum dcv_caa_verdict after; /* once the edits are made */
	const char *before_text, *after_text; /* the governing set in one line; "no CAA" */
	const char *why; /* of the verdict now */
};

struct dcv_caa_plan {
	size_t n_edits, n_notes;
	struct dcv_caa_edit *edits;
	struct dcv_caa_note *notes;
};

/* Decides. Adds to diags: DCV_E_REFUSED [C50…C55] where an order with `check` or `permit` is
 * denied and stays so, with the line to write; where permit may not add (caa_issuers, a
 * non-matching record of this CA, a bare `;`); where two open orders want different `exact`
 * sets at one name; warnings where CAs disagree. `off` looks at nothing. Lives in the arena.
 * Returns the first code, or DCV_OK. Source: RFC 8659 3 and 4, RFC 8657, BR 3.2.2.8. */
enum dcv_err dcv_plan_caa(const struct dcv_caa_world *world, struct dcv_arena *arena,
	struct dcv_caa_plan *ret, struct dcv_diags *diags) DCV_NODISCARD;

/* What is asked of a CAA set for an order: issuer, the account that its own CAA records name, and
 * the method that its records show; `wildcard` is left to the caller. Lives in the arena and the
 * order. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_caa_question_of(const struct dcv_order *order, int64_t now_s,
	struct dcv_arena *arena, struct dcv_caa_question *ret, struct dcv_error *err)
	DCV_NODISCARD;

#endif
