/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A run: orders and their zones, planned and carried out. Gathers the facts that a plan rests
 * on, notes every effect before it happens, and proves it afterwards. */
#ifndef DCV_APPLY_RUN_H
#define DCV_APPLY_RUN_H

#include "ledger/ledger.h"
#include "plan/plan.h"
#include "provider/backend.h"

/* One zone of a run. */
struct dcv_zone_run {
	const struct dcv_binding *binding;
	const struct dcv_backend_config *at; /* one of the binding's backends */
	struct dcv_backend *backend; /* open from the plan to the end: a zone is read once */
	size_t n_owners;
	struct dcv_name *owners; /* all owners in question */
	struct dcv_zone_view view;
	struct dcv_plan plan;
	/* of carrying out */
	bool planned; /* view and plan are filled */
	bool done; /* published: read back and noted */
	bool changed; /* something was written */
	struct dcvp_receipt receipt;
	struct dcv_error error; /* why it ended, if it did not end well */
};

struct dcv_run {
	/* given */
	enum dcv_plan_mode mode;
	const char *command; /* "apply", "cleanup": for the lock's holder */
	const struct dcv_clock *clock;
	const struct dcv_log *log;
	const struct dcv_config *config;
	const struct dcvp_provider *const *builtins;
	struct dcv_ledger *ledger;
	struct dcv_arena *arena; /* everything below lives in it */
	int64_t deadline_ms, lock_wait_ms;
	struct dcv_policy policy;
	size_t n_subjects, n_named;
	struct dcv_subject *subjects; /* order, ca, id given; the rest is filled */
	const struct dcv_named *named; /* --previous */
	/* found */
	const char *id; /* "r41", once something was noted */
	/* What this run knows of each order's row; put back when a commit fails. */
	struct dcv_mark {
		bool entered; /* order and claims stand in the ledger as this run has them */
		int64_t generation; /* of the row that it rests on; 0: there was none */
	} * marks, *marks_before; /* [n_subjects] */
	size_t n_zones;
	struct dcv_zone_run *zones; /* in canonical order */
	struct dcv_backend_host host;
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

/* Closes the backends of a run. Harmless on one that was never planned. */
void dcv_run_close(struct dcv_run *run);

/* Sets the state of an order in a commit of its own, if it has another one now. */
enum dcv_err dcv_run_note_state(struct dcv_run *run, const char *ca, const char *id,
	enum dcv_state state, enum dcv_reason reason, struct dcv_error *err) DCV_NODISCARD;

/* The code of several that a run ends with: 3 if something changed and something else failed,
 * else the first of 3 1 6 4 7 5 2 0. */
enum dcv_err dcv_run_worse(enum dcv_err a, enum dcv_err b);

#endif
