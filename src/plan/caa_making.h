/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files about CAA of this room share. */
#ifndef DCV_PLAN_CAA_MAKING_H
#define DCV_PLAN_CAA_MAKING_H

#include "plan/plan.h"

struct dcv_caa_change {
	struct dcv_rdata rdata;
	bool adds;
	const struct dcv_subject *subject;
};

/* A node of a bound zone, and what becomes of its CAA set. */
struct dcv_caa_spot {
	const struct dcv_caa_zone *zone;
	const struct dcv_node *node;
	size_t n, n_changes;
	const struct dcv_rdata *values; /* as the changes leave it */
	struct dcv_caa_change *changes;
	const struct dcv_subject *exact; /* whose order makes the set exactly its own */
	const char *text; /* of the values; NULL: not written yet */
};

/* A bound zone with its nodes, sorted by owner. */
struct dcv_caa_bound {
	const struct dcv_caa_zone *zone;
	size_t n;
	struct dcv_caa_spot *spots;
};

/* Where the climb from a name ended. */
struct dcv_caa_found {
	enum {
		DCV_CAA_AT_NONE, /* no set up to the top of the bound zones */
		DCV_CAA_AT_SPOT,
		DCV_CAA_AT_UNKNOWN /* where it leads is not known here */
	} kind;
	struct dcv_caa_spot *spot;
	bool alias; /* the set stands at an alias's target */
	const char *why; /* of AT_UNKNOWN, in words */
};

/* What is asked for the orders of one subject. */
struct dcv_caa_ask {
	const struct dcv_subject *subject;
	bool preflight; /* no records yet: nothing is written for it */
	const char *accounturi, *method; /* NULL: not known */
};

/* One name of one order. */
struct dcv_caa_case {
	const struct dcv_caa_ask *ask;
	struct dcv_caa_note *note;
	struct dcv_name base; /* without `*.` */
	bool wildcard;
	/* What there is to say about it, behind the name; text NULL: nothing. */
	bool alias; /* the set stands where the name's alias leads */
	enum dcv_severity severity;
	const char *cause, *text, *help;
};

struct dcv_caa_making {
	const struct dcv_caa_world *world;
	struct dcv_arena *arena; /* of the plan */
	struct dcv_arena scratch; /* of one judgement */
	struct dcv_arena work; /* until the plan is made */
	struct dcv_diags *diags;
	enum dcv_err rc; /* the first code */
	bool no_memory;
	size_t n_bounds, n_cases;
	struct dcv_caa_bound *bounds; /* sorted by apex */
	struct dcv_caa_spot plain; /* without any set */
	struct dcv_caa_case *cases; /* in the order of the subjects */
};

/* Sorts zones and nodes. False when memory is out. */
bool dcv_caa_prepare(struct dcv_caa_making *making);
/* The zone that holds a name, and a node of it; NULL: none. */
const struct dcv_caa_bound *dcv_caa_bound_of(const struct dcv_caa_making *making,
	const struct dcv_name *name);
struct dcv_caa_spot *dcv_caa_spot_at(const struct dcv_caa_bound *bound,
	const struct dcv_name *owner);
/* Climbs from a name to the set that governs it, changes included (RFC 8659 3). */
struct dcv_caa_found dcv_caa_find(struct dcv_caa_making *making,
	const struct dcv_name *base);

/* The method's label is not binding yet (SC-098v2), so a set that lacks it may still permit. */
bool dcv_caa_is_soft(const char *method, int64_t now_s);

/* The issuer domain names of the order's CA. */
const char *const *dcv_caa_issuers(const struct dcv_order *order, size_t *ret_n);
/* Judges the set at a spot, changes included, for a case. */
struct dcv_caa_result dcv_caa_judge_at(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, const struct dcv_caa_spot *spot);
/* The tag that decides about a case (RFC 8659 4.3): "issue" or "issuewild". */
const char *dcv_caa_tag(const struct dcv_caa_case *of, const struct dcv_caa_spot *spot);
/* Why nothing may be added to the set that denies a case: *ret_cause of the catalogue, and
 * *ret_help what to do instead. NULL: it may. */
const char *dcv_caa_obstacle(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const struct dcv_caa_result *result,
	const char **ret_cause, const char **ret_help);

/* What the orders do to the sets, noted at the spots. */
void dcv_caa_exact_all(struct dcv_caa_making *making, bool preflight);
void dcv_caa_permit_all(struct dcv_caa_making *making, bool preflight);
void dcv_caa_note_change(struct dcv_caa_making *making, struct dcv_caa_spot *spot,
	const struct dcv_rdata *rdata, bool adds, const struct dcv_subject *subject);
/* True, and told, where an order of the run makes the set exactly its own. */
bool dcv_caa_is_rival(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const char *what);

/* The set at a spot in one line. Never NULL. */
const char *dcv_caa_text(struct dcv_caa_making *making, struct dcv_caa_spot *spot);
/* `OWNER CAA 0 TAG "ISSUER"`: what permits the case. Never NULL. */
const char *dcv_caa_line(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot);
/* A text in the arena; "out of memory", and noted, when there is none. */
const char *dcv_caa_printf(struct dcv_caa_making *making, const char *fmt, ...)
	DCV_PRINTF(2, 3);

/* Notes what is to be said about a case, unless something is noted already. help is one of
 * dcv_caa_printf or static. */
void dcv_caa_tell(struct dcv_caa_case *of, enum dcv_severity severity, const char *cause,
	const char *help, const char *text);
void dcv_caa_tell_unknown(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_found *found);
void dcv_caa_tell_obstacle(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const char *cause, const char *help,
	const char *why);
/* What the verdict after all changes calls for. */
void dcv_caa_tell_verdict(struct dcv_caa_making *making, struct dcv_caa_case *of,
	const struct dcv_caa_found *found, const struct dcv_caa_result *result);
/* Adds what was noted to the diagnostics: names with the same trouble in one line. */
void dcv_caa_tell_all(struct dcv_caa_making *making, bool preflight);

#endif
