/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the files of this room share. */
#ifndef DCV_APPLY_INTERNAL_H
#define DCV_APPLY_INTERNAL_H

#include "apply/run.h"
#include "base/file.h"

/* Fills the subjects' rows and judgements, and the run's zones with their owners. */
enum dcv_err dcv_gather(struct dcv_run *run, struct dcv_diags *diags);

/* Reads again what the ledger knows of one subject, and judges it. */
enum dcv_err dcv_gather_subject(struct dcv_run *run, struct dcv_subject *subject,
	struct dcv_error *err);

/* Reads one zone, whose backend is open, and what the ledger knows of it, and plans. */
enum dcv_err dcv_plan_zone(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags);

/* Takes the lock of a zone; waits no longer than the run's deadline. */
enum dcv_err dcv_zone_lock(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_lock *ret, struct dcv_error *err);

/* Settles the intents that a cut-off run left in a zone. The zone's lock is held. Fails:
 * DCV_E_PARTIAL if they cannot be settled now. */
enum dcv_err dcv_recover(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err);

/* Carries out the plan of one zone. *ret_again: the zone moved; plan again. */
enum dcv_err dcv_carry_out(struct dcv_run *run, struct dcv_zone_run *zone,
	bool *ret_again, struct dcv_error *err);

/* --- what is noted in the ledger; each inside a transaction --- */

/* The journal rows of a zone's change; rows[n]. */
struct dcv_journal {
	const char *change_id;
	size_t n;
	struct dcv_change_row *rows;
};

/* Orders and claims of the run as they enter, and an intent for each effect. */
enum dcv_err dcv_note_intents(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_journal *journal, struct dcv_error *err);
/* Ends every row of the journal alike. */
enum dcv_err dcv_note_ends(struct dcv_run *run, const struct dcv_journal *journal,
	enum dcv_change_state state, const char *detail, struct dcv_error *err);
/* Placements and states after a zone is published. */
enum dcv_err dcv_note_outcomes(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err);

/* --- rows of orders, order.c; each inside a transaction; i: index of the subject --- */

/* The order as this run publishes it, with its claims. Fails: DCV_E_FAILED if another run
 * changed it since this one looked. */
enum dcv_err dcv_order_enter(struct dcv_run *run, size_t i, enum dcv_state state,
	struct dcv_error *err);
/* The order is in every backend now, or gone from every one. */
enum dcv_err dcv_order_advance(struct dcv_run *run, size_t i, struct dcv_error *err);
/* Closes an order that is not of this run if it is past its life. */
enum dcv_err dcv_order_expire(struct dcv_run *run, const char *ca, const char *id,
	struct dcv_error *err);
/* Orders that no zone is needed for: unknown ones with dead tokens enter closed. */
enum dcv_err dcv_order_enter_dead(struct dcv_run *run, struct dcv_error *err);

/* True if the zone holds claims of this subject. */
bool dcv_zone_concerns(const struct dcv_zone_run *zone, const struct dcv_subject *subject);

#endif
