/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A run: orders and their zones, planned and carried out. Gathers the facts that a plan rests
 * on, notes every effect before it happens, and proves it afterwards. */
#ifndef DCV_APPLY_RUN_H
#define DCV_APPLY_RUN_H

#include "ledger/ledger.h"
#include "plan/plan.h"
#include "provider/backend.h"

/* One zone of a run in one of its backends. */
struct dcv_zone_run {
	const struct dcv_binding *binding;
	const struct dcv_backend_config *at; /* one of the binding's backends */
	struct dcv_backend *backend; /* NULL: not open now */
	bool manual; /* a person carries the edits out */
	size_t n_owners;
	struct dcv_name *owners; /* all owners in question, each once */
	/* While owners are gathered, of malloc: many are met many times. */
	struct dcv_name *met;
	size_t n_met, cap_met;
	size_t n_concerned;
	size_t *concerned; /* the subjects with values here, as indices, ascending */
	/* What was read last: its head. Its nodes, and all that a plan is made from, are freed
	 * when the plan is made. */
	struct dcv_arena memory;
	struct dcv_zone_view view;
	/* What was read without the lock, whole and still in memory: only of a backend that compares. */
	bool keeps_read;
	struct dcv_zone_view read;
	int64_t read_ms;
	struct dcv_arena kept; /* the plan */
	struct dcv_plan plan;
	struct dcv_zone_view caa; /* of the view last read, what CAA rests on; likewise */
	bool unread; /* it is to be read (again) */
	/* of carrying out */
	bool planned; /* view and plan are filled */
	bool sound; /* and nothing was wrong with the plan */
	bool adding; /* several backends: nothing is removed before all have what is added */
	/* What goes there makes room for an order of several zones, and is still needed until that
	 * order is in all of them. */
	bool across;
	bool unfinished; /* what goes there is still to go */
	struct dcv_plan came; /* unfinished: what was to come first */
	bool awaited; /* manual: noted as pending, until the name servers have it */
	bool done; /* published: read back and noted */
	bool changed; /* something was written */
	struct dcvp_receipt receipt;
	struct dcv_error error; /* why it ended, if it did not end well */
};

/* What a run knows of a subject beside the plan. */
struct dcv_mark {
	bool entered; /* order and claims stand in the ledger as this run has them */
	bool touched; /* a value of it comes into the zone at hand */
	bool refused; /* keep_going: a guard refused it */
	bool unbound; /* a record that it wants has no zone that can be reached */
	bool failed; /* a zone with values of it did not end well */
	int64_t generation; /* of the row that it rests on; 0: there was none */
	size_t open; /* its zones that are not done yet */
	/* SHA-256 of the certificate that stood at `issued_when` before the first apply; given by
	 * the caller between plan and apply; NULL: not known */
	const char *cert_before;
};

struct dcv_run {
	/* given */
	enum dcv_plan_mode mode;
	const char *command; /* "apply", "cleanup": for the lock's holder */
	const struct dcv_clock *clock;
	const struct dcv_log *log;
	const struct dcv_config *config;
	struct dcv_providers *providers;
	struct dcv_ledger *ledger;
	struct dcv_arena *arena; /* everything below lives in it */
	int64_t deadline_ms, lock_wait_ms;
	struct dcv_policy policy;
	/* CLEANUP that is only planned: how its open orders would be closed first; NONE: they
	 * would not. */
	enum dcv_reason close_as;
	bool exact; /* a saved plan: a zone that moved since dcv_run_plan is refused */
	bool keep_going; /* an order that is refused leaves the run; the others go on */
	const enum dcv_plan_shadow *shadow; /* --shadow; NULL: as each zone says */
	/* Asked between zones: true ends the run at the next safe point. May be NULL. */
	bool (*stopped)(void *ctx);
	void *stopped_ctx;
	/* Told of steps as they happen ("locked", "written", "reloaded", "failed"). May be NULL. */
	void (*event)(void *ctx, const char *what, const struct dcv_zone_run *zone);
	void *event_ctx;
	size_t n_subjects, n_named, n_undo;
	struct dcv_subject *subjects; /* order, ca, id given; the rest is filled */
	const struct dcv_named *named; /* --previous */
	const struct dcv_change_row *undo; /* UNDO: rows of the run that is taken back */
	/* found */
	const char *id; /* "r41", once something was noted */
	struct dcv_mark *marks,
		*marks_before; /* [n_subjects]; put back when a commit fails */
	size_t *by_number; /* [n_subjects]: the subjects by CA and number */
	size_t n_zones;
	struct dcv_zone_run *zones; /* in canonical order, the backends of one side by side */
	bool writes_caa; /* some order may have CAA records written */
	struct dcv_caa_plan caa;
	struct dcv_arena caa_memory; /* of it */
	struct dcv_backend_host host;
	bool was_stopped;
	bool recovered; /* a run that was cut off was settled, which may have changed files */
	bool lean; /* plans are not kept */
	size_t n_refused; /* keep_going: orders that left the run */
};

/* Reads what the ledger knows of the subjects, judges them, finds their zones, reads these and
 * plans. Takes no lock, writes nothing. Adds what is wrong to diags (DCV_E_CONFIG: no zone is
 * bound; DCV_E_REFUSED: a guard; DCV_E_FAILED: a zone cannot be read). Returns the code of the
 * first error, or DCV_OK. */
enum dcv_err dcv_run_plan(struct dcv_run *run, struct dcv_diags *diags) DCV_NODISCARD;

/* True if a cut-off run left intents in one of the run's zones. */
enum dcv_err dcv_run_is_cut_off(struct dcv_run *run, bool *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* True if dcv_run_apply would write: to a zone, or to the ledger. */
bool dcv_run_has_work(const struct dcv_run *run);

/* Carries out what dcv_run_plan found, zone by zone: lock, recover, plan again, note the
 * intents, write, prove, note the outcomes. Guards that refuse now add to diags. A zone's
 * failure stands in its `error` and does not stop the others. Returns the code of the whole
 * run: DCV_OK, or by DESIGN's order of exit statuses. */
enum dcv_err dcv_run_apply(struct dcv_run *run, struct dcv_diags *diags) DCV_NODISCARD;

/* Notes that a person has done what a manual zone awaited: the name servers have it. */
enum dcv_err dcv_run_note_manual(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err) DCV_NODISCARD;

/* Takes values that stand at owners of an order, and are nobody's, into the ledger as the
 * order's of before its first revision: the next apply of the order, or its clean-up, removes
 * them. The run was planned with the order as a subject in mode CLEANUP. Adds to diags:
 * DCV_E_REFUSED for a value that is not there, is needed, or stands at a shared name without
 * the form of the CA's tokens. *ret_n: how many were taken. */
enum dcv_err dcv_run_adopt(struct dcv_run *run, const struct dcv_named *values, size_t n,
	size_t *ret_n, struct dcv_diags *diags) DCV_NODISCARD;

/* The directory of the ledger itself, where locks and other state lie: one ledger, one lock, by
 * whatever link it is called. In the arena; NULL when memory is out. */
char *dcv_state_dir(const struct dcv_config *config, struct dcv_arena *arena);

/* A value that a backend had from us and has no more. */
struct dcv_lost {
	const struct dcv_change_row *written; /* when it came last; NULL: it is not lost */
	const struct dcv_change_row *missed; /* when a run missed it first since; NULL: none did */
	size_t times; /* how often it was missed in all its life */
};

/* Whether a value that is to be added is one that was lost there. */
enum dcv_err dcv_run_lost(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_lost *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* Notes in the journal what the plan misses now and no run missed before, in a transaction of the
 * caller's. dcv_run_apply does so by itself. */
enum dcv_err dcv_run_note_lost(struct dcv_run *run, struct dcv_error *err) DCV_NODISCARD;

/* Closes the backends of a run. Harmless on one that was never planned. */
void dcv_run_close(struct dcv_run *run);

/* What was planned has been shown, and nobody will look at it again: from now on a run over many
 * zones keeps no more of a plan than its counts. */
void dcv_run_forget_plans(struct dcv_run *run);

/* Sets the state of an order, if it has another one now, in a transaction of the caller's. */
enum dcv_err dcv_run_note_state(struct dcv_run *run, const char *ca, const char *id,
	enum dcv_state state, enum dcv_reason reason, struct dcv_error *err) DCV_NODISCARD;

/* Closes an order, if its row is still as it was seen, in a transaction of the caller's. Fails:
 * DCV_E_FAILED: another run changed it since; nothing was written then. */
enum dcv_err dcv_run_put_end(struct dcv_run *run, const struct dcv_order_row *seen,
	enum dcv_reason reason, struct dcv_error *err) DCV_NODISCARD;
/* The same in a commit of its own. */
enum dcv_err dcv_run_end_order(struct dcv_run *run, const struct dcv_order_row *seen,
	enum dcv_reason reason, struct dcv_error *err) DCV_NODISCARD;

/* The code of several that a run ends with: 3 if something changed and something else failed,
 * else the first of 3 1 6 4 7 5 2 0. */
enum dcv_err dcv_run_worse(enum dcv_err a, enum dcv_err b);

#endif
