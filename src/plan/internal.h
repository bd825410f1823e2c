/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. */
#ifndef DCV_PLAN_INTERNAL_H
#define DCV_PLAN_INTERNAL_H

#include "plan/plan.h"

/* Something known of one value at one owner. */
struct dcv_fact {
	const struct dcv_name *owner; /* of a named value: len 0: at the owners of the orders */
	uint16_t type;
	const struct dcv_rdata *rdata;
	size_t nth; /* in the order in which the world has them */
	const struct dcv_subject *subject; /* of this run, whose fact it is; NULL: nobody's */
	union {
		const struct dcv_claim *claim; /* wanted */
		const struct dcv_claim_row *row; /* held */
		const struct dcv_placement *placement; /* placed */
		const struct dcv_cached *cached; /* rdata NULL */
		const struct dcv_named *named;
	} of;
};

/* Sorted by owner, type, value, then as the world has them. */
struct dcv_facts {
	size_t n;
	struct dcv_fact *items;
};

/* A plan in the making. */
struct dcv_making {
	const struct dcv_world *world;
	struct dcv_arena *arena; /* of the plan */
	struct dcv_arena *scratch; /* dies when the plan is made */
	struct dcv_diags *diags;
	size_t n_subjects; /* those of the run that concern this zone, by CA and number */
	const struct dcv_subject **subjects;
	struct dcv_facts wanted, held, placed, named, cached;
};

/* Sorts what the world holds. False when memory is out. */
bool dcv_making_prepare(struct dcv_making *making);
/* The facts of one owner, type (0: any) and value (NULL: any). */
struct dcv_facts dcv_facts_find(const struct dcv_facts *facts,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata);
/* A held fact protects its value from this plan. */
bool dcv_fact_protects(const struct dcv_making *making, const struct dcv_fact *held);
/* An order of this run wants a value at the owner. */
bool dcv_making_wants_owner(const struct dcv_making *making, const struct dcv_name *owner);
/* Where the order wants a value at this owner, for messages; NULL: no order does. */
const struct dcv_place *dcv_making_place(const struct dcv_making *making,
	const struct dcv_name *owner);

/* Says what is to become of one published value. False when memory is out. */
bool dcv_classify(const struct dcv_making *making, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata, struct dcv_value *ret);

/* The edit of an RRset, or NULL. */
const struct dcv_edit *dcv_plan_edit(const struct dcv_plan *plan,
	const struct dcv_name *owner, uint16_t type);

/* What one types to have a value removed: an argument of --previous that names exactly it,
 * quoted for a shell. NULL: there is none. */
const char *dcv_making_argument(const struct dcv_making *making,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata);

/* Why no order may write or name anything at an owner; NULL: it may, at a shared name within
 * limits. A static text. */
const char *dcv_guard_owner(const struct dcv_world *world, const struct dcv_name *owner);

/* The guards, each adding what it refuses: what the orders may write; owners that the zone
 * cannot carry (cut, $GENERATE, shadow); open orders in the way; CNAME beside other data,
 * leftovers where the service wants none, sets that cannot be edited. */
void dcv_guard_claims(const struct dcv_making *making);
void dcv_guard_nodes(const struct dcv_making *making);
void dcv_guard_orders(const struct dcv_making *making);
void dcv_guard_plan(const struct dcv_making *making, const struct dcv_plan *plan);

#endif
