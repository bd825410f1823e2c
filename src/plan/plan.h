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

/* What a run is to do about an order. */
enum dcv_judgement {
	DCV_JUDGED_NEW, /* unknown to the ledger: revision 1 */
	DCV_JUDGED_SAME, /* open, the records are those of its current revision */
	DCV_JUDGED_REVISED, /* other records under the same number: the next revision */
	/* Nothing is written: closed, and the records are those of a revision it had; or other
	 * records than it has, and every token is past its life. */
	DCV_JUDGED_CLOSED,
	DCV_JUDGED_DEAD, /* unknown, and every token is past its life: enters the ledger closed */
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
};

/* Judges an order: fills judgement and revision from order, row and rows. */
void dcv_plan_judge(struct dcv_subject *subject, int64_t now_s);

/* True if a run publishes the subject's claims. */
bool dcv_subject_is_wanted(const struct dcv_subject *subject);

/* True if the claim protects its value: of the current revision of an order that is open and
 * not past its token life, or retained. */
bool dcv_claim_protects(const struct dcv_claim_row *row, int64_t now_s);

enum dcv_plan_mode { DCV_PLAN_APPLY, DCV_PLAN_CLEANUP };

/* Until when caches may hold what was answered before our last change of an RRset. */
struct dcv_cached {
	struct dcv_name owner;
	uint16_t type;
	int64_t until_s;
};

/* Everything a plan rests on. All of one zone in one backend. */
struct dcv_world {
	enum dcv_plan_mode mode;
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
};

enum dcv_value_kind {
	DCV_VALUE_ADD, /* wanted, not there */
	DCV_VALUE_KEEP, /* wanted, there, ours */
	DCV_VALUE_FOUND, /* wanted, stood there before us */
	DCV_VALUE_OTHER, /* an open order not of this run needs it */
	DCV_VALUE_REMOVE,
	DCV_VALUE_LEFTOVER, /* not ours, not wanted, at an owner of the order */
	DCV_VALUE_FOREIGN,
};

struct dcv_value {
	enum dcv_value_kind kind;
	struct dcv_rdata rdata;
	const char *ca, *id; /* the order concerned, or NULL */
	const char *reason; /* in words */
	bool ours; /* afterwards (or, of a REMOVE, before) it is ours to remove */
	bool known; /* the ledger has a placement for it */
	const char *backend; /* of that placement: today's, or a former one of the zone */
};

/* One RRset in question, changed or not. */
struct dcv_edit {
	struct dcv_rrset_edit edit;
	bool changes; /* false: it is as it should be */
	bool existed;
	uint32_t ttl_before_s;
	const char *ttl_reason; /* why the TTL is not the one asked for, or NULL */
	uint32_t cached_s; /* how long caches may hold what stands there now */
	size_t n_values;
	struct dcv_value *values;
};

struct dcv_plan {
	size_t n_edits;
	struct dcv_edit *edits; /* in canonical order of owners, then by type */
	bool changes;
	size_t n_add, n_remove, n_ttl, n_leftover;
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
