/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The plan of one zone: desired - published = edits. Pure: everything it rests on is handed
 * in, the clock too. What may be removed and why is decided here and nowhere else. */
#ifndef DCV_PLAN_PLAN_H
#define DCV_PLAN_PLAN_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "dns/view.h"
#include "order/life.h"
#include "plan/caa.h"

/* What a run is to do about an order. */
enum dcv_judgement {
	DCV_JUDGED_NEW, /* unknown to the ledger: revision 1 */
	DCV_JUDGED_SAME, /* open, the records are those of its current revision */
	DCV_JUDGED_REVISED, /* other records under the same number: the next revision */
	/* Nothing is written: closed, and the records are those of a revision it had; or other
	 * records than it has, and every token is past its life. */
	DCV_JUDGED_CLOSED,
	DCV_JUDGED_DEAD, /* unknown, and every token is past its life: enters the ledger closed */
	/* Another order of the run supersedes it: nothing is written. Unknown: it enters the ledger
	 * closed. Known: it is closed with the outcomes of the order that takes its place. */
	DCV_JUDGED_SUPERSEDED,
	/* Closed, its records are those of its last revision, and --reopen asks for it. */
	DCV_JUDGED_REOPENED,
	/* A guard refused it, and the other orders of the run go on without it. Set by apply. */
	DCV_JUDGED_REFUSED,
};

/* What the command line asks beyond the orders. */
struct dcv_policy {
	bool reopen; /* --reopen */
	bool coexist; /* --coexist: values of other orders may stand beside ours */
	bool remove_leftovers; /* --remove-leftovers: those that are provably dead */
	bool retained; /* cleanup --retained: what is kept beyond its order goes too */
	bool caa; /* cleanup --caa: CAA records that the orders brought go */
};

/* The value in the form of the enumeration of the configuration. */
enum dcv_plan_shadow {
	DCV_PLAN_SHADOW_REFUSE,
	DCV_PLAN_SHADOW_COPY,
	DCV_PLAN_SHADOW_ACCEPT
};

struct dcv_order_id {
	const char *ca, *id;
};

/* An order of this run with what the ledger knows of it. */
struct dcv_subject {
	const struct dcv_order *order; /* NULL in a clean-up by number */
	const char *ca, *id;
	const struct dcv_order_row *row; /* NULL: unknown to the ledger */
	enum dcv_judgement judgement;
	int64_t revision; /* the one that this run publishes */
	size_t n_rows;
	const struct dcv_claim_row *rows; /* its claims, every revision */
	/* Other orders of the ledger that have the same `certificate`, or that `supersedes`
	 * names; and the claims, every revision, of those of them that are the same
	 * certificate's or superseded. */
	size_t n_others, n_kin;
	const struct dcv_order_row *others;
	const struct dcv_claim_row *kin;
	/* Found by dcv_plan_judge for an order that is wanted: those whose place it takes, named
	 * under its `supersedes` or under that of an order of the run which it supersedes. */
	size_t n_replaced;
	const struct dcv_order_id *replaced;
};

/* Judges the orders of a run against the ledger and against each other, so all of them in one
 * call: fills judgement, revision and `replaced` of each that has an order. Adds to diags:
 * DCV_E_ORDER for two orders that come with this run (unknown, or closed and opened by it) and
 * are of one certificate or exclude each other at an owner, without `supersedes`, and for orders
 * that supersede each other in a circle; DCV_E_REFUSED for an open order of the same certificate
 * that is in flight. Returns the first code. */
enum dcv_err dcv_plan_judge(struct dcv_subject *subjects, size_t n,
	const struct dcv_policy *policy, int64_t now_s, struct dcv_arena *arena,
	struct dcv_diags *diags) DCV_NODISCARD;

/* True if the subject's order takes the place of the other one: `supersedes` names it or, once
 * judged, leads to it. */
bool dcv_plan_supersedes(const struct dcv_subject *subject, const char *ca,
	const char *id);

/* True if a run publishes the subject's claims. */
bool dcv_subject_is_wanted(const struct dcv_subject *subject);

/* The order comes with this run: the ledger holds none that is open under its number. */
bool dcv_subject_is_incoming(const struct dcv_subject *subject, int64_t now_s);

/* True if the claim protects its value: of the current revision of an order that is open and
 * not past its token life, or retained. */
bool dcv_claim_protects(const struct dcv_claim_row *row, int64_t now_s);

enum dcv_plan_mode { DCV_PLAN_APPLY, DCV_PLAN_CLEANUP, DCV_PLAN_UNDO };

/* What the ledger knows of an RRset. */
struct dcv_cached {
	struct dcv_name owner;
	uint16_t type;
	/* Until when caches may hold what was answered before our last change. */
	int64_t until_s;
	uint32_t former_ttl_s; /* before our first change; 0: there was no such set */
	uint32_t our_ttl_s; /* that we gave it last */
};

/* Everything a plan rests on. All of one zone in one backend. */
struct dcv_world {
	enum dcv_plan_mode mode;
	struct dcv_policy policy;
	enum dcv_plan_shadow shadow;
	bool follow; /* `follow: yes` of the zone */
	int64_t now_s;
	const struct dcv_zone_view *view; /* nodes of all owners in question */
	bool has_allow; /* the zone's `allow` replaces the default */
	size_t n_allow;
	const char *const *allow;
	size_t n_subjects, n_held, n_placements, n_named, n_cached;
	const struct dcv_subject *subjects;
	const struct dcv_claim_row *held; /* claims of every order at these owners */
	const struct dcv_placement *placements; /* at these owners */
	const struct dcv_cached *cached;
	const struct dcv_named *named; /* --previous: values at the owners of the run's orders */
	size_t n_caa, n_undo;
	const struct dcv_caa_edit *caa; /* what dcv_plan_caa decided for this zone */
	/* UNDO: the journal rows of the run that is taken back (done ones, of this zone and
	 * backend) which no later change touched; "add" is to go, "remove" to come back. */
	const struct dcv_change_row *undo;
};

enum dcv_value_kind {
	DCV_VALUE_ADD, /* wanted, not there */
	DCV_VALUE_KEEP, /* wanted, there, ours */
	DCV_VALUE_FOUND, /* wanted, stood there before us */
	DCV_VALUE_OTHER, /* an open order not of this run needs it, or it is retained */
	DCV_VALUE_REMOVE,
	DCV_VALUE_LEFTOVER, /* not ours, not wanted, at an owner of the order */
	DCV_VALUE_FOREIGN,
};

/* What became of a change where its zone did not end as a whole; told by apply. */
enum dcv_end { DCV_END_UNTOLD = 0, DCV_END_DONE, DCV_END_FAILED, DCV_END_UNKNOWN };

struct dcv_value {
	enum dcv_value_kind kind;
	struct dcv_rdata rdata;
	const char *ca, *id; /* the order concerned, or NULL */
	const char *reason; /* in words */
	bool ours; /* afterwards (or, of a REMOVE, before) it is ours to remove */
	bool known; /* the ledger has a placement for it */
	const char *backend; /* of that placement: today's, or a former one of the zone */
	const char *stranger; /* another ledger's mark on it: "CA/ORDER"; or NULL */
	/* CAA, COPY: apply notes a claim of this kind for ca/id; of a CAA that goes: drops the
	 * claims of every order to it. */
	enum dcv_keep keep;
	bool dead; /* of what is left over: provably of no use, so --remove-leftovers takes it */
	enum dcv_end end;
	const char *why; /* of an end that is not done: in the backend's words; NULL: none */
};

/* One RRset in question, changed or not. */
struct dcv_edit {
	struct dcv_rrset_edit edit;
	bool changes; /* false: it is as it should be */
	bool existed;
	uint32_t ttl_before_s;
	enum dcv_end ttl_end; /* of a set of which only the TTL changes */
	const char *ttl_reason; /* why the TTL is not the one asked for, or what else is to be
	                         * said of it ("former TTL back"), or NULL */
	uint32_t cached_s; /* how long caches may hold what stands there now */
	/* What apply notes of the set: the TTL to give back one day (0: there was no set); if
	 * somebody else has changed it since our last change, that one. */
	uint32_t former_ttl_s;
	size_t n_values;
	struct dcv_value *values;
};

struct dcv_plan {
	size_t n_edits;
	struct dcv_edit *edits; /* in canonical order of owners, then by type */
	bool changes;
	size_t n_add, n_remove, n_ttl, n_leftover;
	size_t n_leftover_dead; /* of n_leftover: --remove-leftovers would take them */
};

/* Makes the plan. Guards that refuse add diagnostics (DCV_E_REFUSED, with the cause and the way out); a help
 * that begins with "again: " gives options with which the same apply would go through. The
 * plan is complete even then, so that it can be shown. Lives in the arena.
 * Returns DCV_OK, or the code of the first error added. */
enum dcv_err dcv_plan_make(const struct dcv_world *world, struct dcv_arena *arena,
	struct dcv_plan *ret, struct dcv_diags *diags) DCV_NODISCARD;

/* The write guard (what an order may write): DESIGN of `allow`. NULL if the claim may be
 * written; else why not, a static text. */
const char *dcv_plan_guard(const struct dcv_world *world, const struct dcv_order *order,
	const struct dcv_claim *claim);

#endif
