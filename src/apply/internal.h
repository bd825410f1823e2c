/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. */
#ifndef DCV_APPLY_INTERNAL_H
#define DCV_APPLY_INTERNAL_H

#include "apply/run.h"
#include "base/file.h"

/* A run over more zones than these holds few of them open, and carries some out at a time. */
#define DCV_MANY_ZONES 32u
/* As many as are under way together. */
#define DCV_TOGETHER_MAX 48u
/* How far an alias is followed: as resolvers do. */
#define DCV_HOPS_MAX 11u

/* --- gather.c --- */

/* Fills the subjects' rows and judgements, and the run's zones with their owners. A refusal
 * (an order in flight) does not keep the zones from being found. */
enum dcv_err dcv_gather(struct dcv_run *run, struct dcv_diags *diags);
/* Reads again what the ledger knows of the subjects of one zone, and judges. */
enum dcv_err dcv_gather_again(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_diags *diags);
/* The index of the subject with this CA and number; SIZE_MAX: it is none of the run. */
size_t dcv_run_subject(const struct dcv_run *run, const char *ca, const char *id);
/* The subject has values in the zone. */
enum dcv_err dcv_gather_concern(struct dcv_run *run, struct dcv_zone_run *zone, size_t i);

/* --- owners.c --- */

/* Adds a zone's owners that a run looks at. Fails: DCV_E_NOMEM; what is not bound is told. */
enum dcv_err dcv_gather_owners(struct dcv_run *run, size_t i, struct dcv_diags *diags);
enum dcv_err dcv_gather_named(struct dcv_run *run, const struct dcv_named *named,
	size_t n, struct dcv_diags *diags);
enum dcv_err dcv_gather_undo(struct dcv_run *run, struct dcv_diags *diags);
/* Puts zones and owners into order, each once. */
enum dcv_err dcv_gather_sort(struct dcv_run *run);
/* Adds the targets of the aliases that were met when the zones were read. *ret_new: some zones
 * are to be read (again), and are `unread`. */
enum dcv_err dcv_gather_targets(struct dcv_run *run, bool *ret_new);
/* Frees what owners were gathered in. */
void dcv_gather_forget(struct dcv_zone_run *zone);

/* --- follow.c --- */

/* Finds where the records are written whose owners are aliases, in what was read of the zones.
 * Adds to diags: DCV_E_REFUSED [P11] where the end lies in a zone that does not follow. */
enum dcv_err dcv_follow_aliases(struct dcv_run *run, struct dcv_diags *diags);

/* --- former.c --- */

/* Whether the backend is one of the zone's today. */
bool dcv_is_bound(const struct dcv_binding *binding, const char *backend);

/* Names what a clean-up cannot reach: values at backends that the zone had. Reads the ledger
 * only. */
enum dcv_err dcv_tell_former(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_diags *diags);

/* --- world.c --- */

/* Puts rows behind those that are there. NULL: memory is out. */
void *dcv_append(struct dcv_arena *arena, const void *to, size_t *n, const void *rows,
	size_t n_rows, size_t size);
/* Opens the backend of a zone that is not open. */
enum dcv_err dcv_zone_open(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err);
/* Reads a zone from its backend, opening that if need be; nothing of a manual one. Touches nothing
 * but its zone. */
enum dcv_err dcv_zone_fetch(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err);
/* The same; of a manual one, what the ledger has. */
enum dcv_err dcv_zone_read(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err);
/* Some order of the run may have CAA records written. */
bool dcv_caa_writes(const struct dcv_run *run);
/* Notes what CAA rests on in the view just read. *ret_moved: it is not what it was. */
enum dcv_err dcv_caa_note_view(struct dcv_run *run, struct dcv_zone_run *zone,
	bool *ret_moved);
/* Closes the backend and frees what was read; harmless on a zone that is closed. */
void dcv_zone_close(struct dcv_zone_run *zone);
/* Lets go of a plan that nobody will look at again. */
void dcv_plan_forget(const struct dcv_run *run, struct dcv_zone_run *zone);
/* Decides on CAA over all zones as they were read. */
enum dcv_err dcv_plan_caa_of(struct dcv_run *run, struct dcv_diags *diags);
/* Plans one zone as it was read into its memory. */
enum dcv_err dcv_plan_zone(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags);

/* --- compact.c --- */

/* The plan without what it was made from, in another arena. */
enum dcv_err dcv_plan_compact(const struct dcv_plan *plan, struct dcv_arena *arena,
	struct dcv_plan *ret);
/* What is still needed of a view once a plan is made. */
enum dcv_err dcv_view_compact(const struct dcv_zone_view *view, struct dcv_arena *arena,
	struct dcv_zone_view *ret);

/* What CAA rests on: nodes with their CAA and CNAME sets. `all`: also those that have neither,
 * hide nothing, and stand for nothing else. */
enum dcv_err dcv_view_for_caa(const struct dcv_zone_view *view, bool all,
	struct dcv_arena *arena, struct dcv_zone_view *ret);
bool dcv_view_caa_equal(const struct dcv_zone_view *a, const struct dcv_zone_view *b);

/* Takes the lock of a zone; waits at most wait_ms, and no longer than the run's deadline. */
enum dcv_err dcv_zone_lock(struct dcv_run *run, const struct dcv_zone_run *zone,
	int64_t wait_ms, struct dcv_lock *ret, struct dcv_error *err);

/* Settles the intents that a cut-off run left in a zone. The zone's lock is held. Fails:
 * DCV_E_PARTIAL if they cannot be settled now. */
enum dcv_err dcv_recover(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err);

/* Tells of a step. */
void dcv_run_tell(const struct dcv_run *run, const char *what,
	const struct dcv_zone_run *zone);

/* The journal rows of a zone's change, by their numbers. */
struct dcv_journal {
	const char *change_id;
	size_t n;
	int64_t *ids;
};

/* --- carry.c --- */

/* A zone on its way: locked, planned, carried out. */
struct dcv_carry {
	struct dcv_zone_run *zone;
	struct dcv_lock lock;
	enum {
		DCV_CARRY_NOTHING,
		DCV_CARRY_NOTE, /* it is as it should be: placements and states are noted */
		DCV_CARRY_WRITE,
		DCV_CARRY_AWAIT /* a person is to do it */
	} kind;
	bool early; /* the zone was read before it was locked */
	bool same; /* the plan of then still holds: the ledger has not moved either */
	/* Of the plan before this one. */
	const char *etag;
	size_t n_add, n_remove, n_ttl;
	struct dcv_backend_change change;
	struct dcv_journal journal;
	struct dcvp_result *results;
	bool written, reloaded; /* how far it came */
	bool again; /* the zone moved; plan again */
	bool told; /* each value of the plan has an `end` of its own */
	bool was_done, was_awaited; /* of the zone, before the commit under way */
	enum dcv_err rc; /* how the effect ended */
};

/* From the plan under the lock to what is to be done. */
enum dcv_err dcv_carry_prepare(struct dcv_run *run, struct dcv_carry *carry);
/* The intents of n zones in one commit. Fails: nothing is noted, nothing may be done. */
enum dcv_err dcv_carry_begin(struct dcv_run *run, struct dcv_carry *carries, size_t n,
	struct dcv_error *err);
/* Writes, makes visible, proves. Touches nothing but its zone: several may run at once. */
void dcv_carry_effect(struct dcv_run *run, struct dcv_carry *carry);
/* The outcomes of n zones in one commit. */
void dcv_carry_end(struct dcv_run *run, struct dcv_carry *carries, size_t n);
/* A change that was made in two steps is told as one: in the plan of the second, what came with
 * the first comes. Afterwards the plan is only looked at. */
void dcv_carry_tell_both(struct dcv_zone_run *zone);

/* --- sessions.c --- */

/* Calls `one` for each of n zones (at most DCV_TOGETHER_MAX), some at the same time, and returns when all
 * are through. `one` touches nothing but its zone, and ends with dcv_zone_let_go. What backends
 * say meanwhile is said afterwards. */
void dcv_sessions_run(struct dcv_run *run, struct dcv_zone_run *const *zones, size_t n,
	void (*one)(void *ctx, size_t i), void *ctx);
/* Neither a file of this host nor a person: what is asked there is waited for. */
bool dcv_zone_is_remote(const struct dcv_zone_run *zone);
/* Closes the session of an account that allows only so many. */
void dcv_zone_let_go(struct dcv_run *run, struct dcv_zone_run *zone);

/* --- settle.c --- */

/* Reads back what a change left, and compares it with the plan. *err may hold what the backend
 * said of the change. DCV_OK: all of it stands, and nothing else went. Else, where that could be
 * read, the values of the plan have an `end` each, and the carry is told. Fails: DCV_E_FAILED:
 * nothing of it stands; DCV_E_PARTIAL. Touches nothing but its zone. */
enum dcv_err dcv_settle(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err);
/* What stands of one edit that was cut off, in what was read since. */
enum dcvp_outcome dcv_settle_edit(const struct dcv_zone_view *view,
	const struct dcv_rrset_edit *edit);

/* --- batch.c --- */

/* Carries out zones, which are in canonical order; returns when each has ended, its failure in
 * its `error`. `told` is called for each. */
void dcv_batch_run(struct dcv_run *run, struct dcv_zone_run *const *zones, size_t n,
	void (*told)(void *ctx, struct dcv_zone_run *zone, enum dcv_err rc), void *ctx);

/* --- what is noted in the ledger; each inside a transaction --- */

/* First of all in a zone's first commit: that a clean-up's orders are still closed (DCV_E_REFUSED),
 * and the claims to values that come for the sake of an order which does not name them. */
enum dcv_err dcv_note_claims(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_error *err);
/* The run has a name from here on. */
enum dcv_err dcv_note_name(struct dcv_run *run, struct dcv_error *err);
/* That a value which is to be added was lost, unless that is noted. */
enum dcv_err dcv_note_lost(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_error *err);
/* Orders and claims of the run as they enter, and an intent for each effect. */
enum dcv_err dcv_note_intents(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err);
/* Ends every row of the journal alike. */
enum dcv_err dcv_note_ends(struct dcv_run *run, const struct dcv_journal *journal,
	enum dcv_change_state state, const char *detail, struct dcv_error *err);
/* Ends every row by the `end` of its value; placements of those that are done. */
enum dcv_err dcv_note_told(struct dcv_run *run, struct dcv_zone_run *zone,
	const struct dcv_journal *journal, struct dcv_error *err);
/* Placements and states after a zone is published. */
enum dcv_err dcv_note_outcomes(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err);
/* Orders of a manual zone enter as pending. */
enum dcv_err dcv_note_awaited(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err);

/* --- rows of orders, order.c; each inside a transaction; i: index of the subject --- */

/* The order as this run publishes it, with its claims. Fails: DCV_E_FAILED if another run
 * changed it since this one looked. */
enum dcv_err dcv_order_enter(struct dcv_run *run, size_t i, enum dcv_state state,
	struct dcv_error *err);
/* The order is in every backend now, or gone from every one; those that it supersedes are
 * closed. */
enum dcv_err dcv_order_advance(struct dcv_run *run, size_t i, struct dcv_error *err);
/* The records are as they were, what else its file says is not. */
bool dcv_order_is_rewritten(const struct dcv_subject *subject);
/* Closes an order that is not of this run if it is past its life. */
enum dcv_err dcv_order_expire(struct dcv_run *run, const char *ca, const char *id,
	struct dcv_error *err);
/* Orders that no zone is needed for: unknown ones with dead tokens, or superseded by another
 * of the run, enter closed. */
enum dcv_err dcv_order_enter_closed(struct dcv_run *run, struct dcv_error *err);

#endif
