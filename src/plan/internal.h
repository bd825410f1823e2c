/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. */
#ifndef DCV_PLAN_INTERNAL_H
#define DCV_PLAN_INTERNAL_H

#include "plan/plan.h"

/* --- diagnostics of one call --- */

/* So that the first error of a call can be told from those before. */
struct dcv_span {
	struct dcv_diags *diags;
	size_t n_errors;
	enum dcv_err code;
};
struct dcv_span dcv_span_begin(struct dcv_diags *diags);
/* The code of the first error since. */
enum dcv_err dcv_span_end(const struct dcv_span *span);
void dcv_plan_nomem(struct dcv_diags *diags);

/* --- orders beside each other --- */

/* The orders of a run under judgement. */
struct dcv_judging {
	struct dcv_subject *subjects;
	size_t n;
	const struct dcv_policy *policy;
	int64_t now_s;
	struct dcv_arena *arena;
	struct dcv_diags *diags;
};

/* Who supersedes whom, and the orders of one certificate. False when memory is out. */
bool dcv_judge_lineage(struct dcv_judging *judging);
/* Orders that come with one run and exclude each other at an owner. */
bool dcv_judge_rivals(struct dcv_judging *judging);
int dcv_compare_numbers(const char *ca, const char *id, const char *of_ca,
	const char *of_id);

enum dcv_exclusion {
	DCV_EXCLUDES_NOT,
	DCV_EXCLUDES_BY_SERVICE, /* --coexist lets both stand */
	DCV_EXCLUDES_EVER, /* CNAME and other data, RFC 1034 3.6.2 */
};
/* A value that somebody wants at an owner. */
struct dcv_side {
	uint16_t type;
	const struct dcv_rdata *rdata;
	const struct dcv_service *service; /* NULL: none */
};
enum dcv_exclusion dcv_excludes(const struct dcv_side *a, const struct dcv_side *b);
struct dcv_side dcv_side_of_claim(const struct dcv_order *order,
	const struct dcv_claim *claim);
/* "FILE:LINE". In the arena, or static. */
const char *dcv_place_text(struct dcv_arena *arena, const struct dcv_place *place);
/* What can be done about an order in flight, for the order of `subject`. In the arena, or static. */
const char *dcv_ways_out(struct dcv_arena *arena, const struct dcv_subject *subject,
	const char *ca, const char *id, bool by_service);

/* --- a plan in the making --- */

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
		const struct dcv_node *node; /* rdata NULL, type 0 */
		const struct dcv_rrset *set; /* copied: of the wildcard; NULL: stands already */
		const struct dcv_caa_edit *caa; /* permitted, denied */
		const struct dcv_change_row *change; /* undone, returning */
	} of;
};

/* Sorted by owner, type, value, then as the world has them. */
struct dcv_facts {
	size_t n;
	struct dcv_fact *items;
};

struct dcv_making {
	const struct dcv_world *world;
	struct dcv_arena *arena; /* of the plan */
	struct dcv_arena *scratch; /* dies when the plan is made */
	struct dcv_diags *diags;
	size_t n_subjects; /* those of the run that concern this zone, by CA and number */
	const struct dcv_subject **subjects;
	struct dcv_facts wanted, held, placed, named, cached, nodes;
	struct dcv_facts copied; /* what hosts need of a wildcard that will answer no more */
	struct dcv_facts permitted, denied; /* CAA: to add, to remove */
	struct dcv_facts undone, returning; /* UNDO: to remove, to add */
	size_t n_heirs, n_lineages, n_staying;
	/* Which order of the run takes the place of which, by the latter's CA and number. */
	struct dcv_heir {
		struct dcv_order_id of;
		const struct dcv_subject *by;
	} * heirs;
	const struct dcv_subject **lineages; /* wanted ones with `certificate`, by that */
	const struct dcv_name **staying; /* owners that will be needed, in canonical order */
};

/* Sorts what the world holds. False when memory is out. */
bool dcv_making_prepare(struct dcv_making *making);
/* The orders of the run by what they replace; what will be needed, once the rest is sorted. */
bool dcv_kin_prepare(struct dcv_making *making);
/* What copies there are, once the rest is sorted. False when memory is out. */
bool dcv_shadow_prepare(struct dcv_making *making);
bool dcv_facts_add(struct dcv_making *making, struct dcv_facts *facts,
	const struct dcv_fact *fact);
void dcv_facts_sort(struct dcv_facts *facts);
/* The facts of one owner, type (0: any) and value (NULL: any). */
struct dcv_facts dcv_facts_find(const struct dcv_facts *facts,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata);
/* The node of an owner, or NULL; dcv_view_node of many. */
const struct dcv_node *dcv_making_node(const struct dcv_making *making,
	const struct dcv_name *owner);
/* A held fact protects its value from this plan. */
bool dcv_fact_protects(const struct dcv_making *making, const struct dcv_fact *held);
/* The order of the run that takes the place of the claim's; NULL: none. */
const struct dcv_subject *dcv_making_heir(const struct dcv_making *making,
	const struct dcv_claim_row *row);
/* An order that this run publishes is of the same certificate as the claim's. */
bool dcv_making_has_lineage(const struct dcv_making *making,
	const struct dcv_claim_row *row);
/* Something that stays or comes stands below the owner. */
bool dcv_making_needs_below(const struct dcv_making *making, const struct dcv_name *owner);
/* An order of this run wants a value at the owner. */
bool dcv_making_wants_owner(const struct dcv_making *making, const struct dcv_name *owner);
/* Where the order wants a value at this owner, for messages; NULL: no order does. */
const struct dcv_place *dcv_making_place(const struct dcv_making *making,
	const struct dcv_name *owner);

/* A published value under judgement. */
struct dcv_published {
	const struct dcv_making *making;
	const struct dcv_name *owner;
	uint16_t type;
	const struct dcv_rdata *rdata;
	const struct dcv_placement *placement; /* what the ledger knows of it, or NULL */
	bool within; /* an order of the run wants a value at this owner */
	/* The order that it is marked with, where no claim of that order and no placement makes it
	 * this ledger's: another ledger's; NULL: it is not. */
	const char *stranger;
	/* Of a TXT: its strings joined, as a CA compares them; of a CNAME: the first label that
	 * it points to; else NULL. */
	const char *token;
	size_t len;
};

/* Says what is to become of the nth value of a published set. False when memory is out. */
bool dcv_classify(const struct dcv_making *making, const struct dcv_rrset *set,
	size_t nth, struct dcv_value *ret);
/* A CA of the orders that want a value there whose token form the value has; NULL: none. */
const struct dcv_ca *dcv_leftover_ca(const struct dcv_published *p);
/* Fills kind and reason of what is not ours and not wanted at an owner of the run. */
void dcv_leftover_classify(const struct dcv_published *p, struct dcv_value *ret);
/* It can be of no use to any CA any more, whoever wrote it. */
bool dcv_leftover_is_dead(const struct dcv_published *p);
/* Says what is to become of one published value when a run is undone. */
bool dcv_undo_classify(const struct dcv_published *p, struct dcv_value *ret);
/* Names what moved since the run that is undone. */
void dcv_undo_warn(const struct dcv_making *making);

/* The values that do not stand there and are to come. False when memory is out. */
bool dcv_add_absent(const struct dcv_making *making, const struct dcv_rrset *set,
	struct dcv_edit *edit);
bool dcv_edit_add_value(const struct dcv_making *making, struct dcv_edit *edit,
	const struct dcv_value *value);
/* The types in question at an owner, *ret_n of them, in scratch. False when memory is out. */
bool dcv_types_at(const struct dcv_making *making, const struct dcv_name *owner,
	uint16_t **ret, size_t *ret_n);

/* Chooses the TTL of a set whose values are known, and says why it is not the one asked for. */
void dcv_choose_ttl(const struct dcv_making *making, struct dcv_edit *edit);
/* How long caches may hold what the owner answers now. */
uint32_t dcv_cached_s(const struct dcv_making *making, const struct dcv_node *node,
	uint16_t type);

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
 * cannot carry (cut, $GENERATE, shadow); orders in the way; CNAME beside other data, leftovers
 * where the service wants none, sets that cannot be edited. */
void dcv_guard_claims(const struct dcv_making *making);
void dcv_guard_nodes(const struct dcv_making *making);
void dcv_guard_shadow(const struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_place *place);
/* Warns, once a zone, where a backend does not tell what a wildcard answers. */
void dcv_guard_untold(const struct dcv_making *making);
/* What the backend cannot hold: types, long or odd texts, too many values. */
void dcv_guard_limits(const struct dcv_making *making, const struct dcv_edit *edit);
void dcv_guard_orders(const struct dcv_making *making);
void dcv_guard_plan(const struct dcv_making *making, const struct dcv_plan *plan);
/* Leftovers at an owner whose service accepts no other value. */
void dcv_guard_leftovers(const struct dcv_making *making, const struct dcv_edit *edit);
void dcv_refuse_leftover(const struct dcv_making *making, const struct dcv_edit *edit,
	const struct dcv_value *value, const char *why);
/* The service of an order that wants to see no other value at this owner, or NULL. */
const struct dcv_service *dcv_lonely_at(const struct dcv_making *making,
	const struct dcv_name *owner);

#endif
