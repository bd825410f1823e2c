/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Asks the world what a diagnosis needs to know, for many orders at once. */
#ifndef DCV_CHECK_DIAGNOSE_LOOK_H
#define DCV_CHECK_DIAGNOSE_LOOK_H

#include "check/diagnose.h"
#include "check/stub.h"

struct dcv_diagnose_looking {
	struct dcv_survey *survey;
	struct dcv_stub *stub; /* NULL: the survey is asked; else the resolvers are, in its place */
	struct dcv_eye *eye; /* NULL: its gates are not checked */
	int64_t eye_deadline_ms; /* monotonic */
	size_t n_items, n_caa;
	/* The caller sets owner, type, wanted and what the ledger knows; place, look, probes, gate and
	 * eye are set here. */
	struct dcv_symptom *items;
	/* The caller sets name and wildcard; place, climbs, results and gate are set here. */
	struct dcv_symptom_caa *caa;
	const struct dcv_caa_question *questions; /* [n_caa], but for `wildcard` */
};

/* Finds the zones with all their servers: sets every `place`. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_diagnose_find(const struct dcv_diagnose_looking *looking,
	struct dcv_arena *arena, struct dcv_error *err) DCV_NODISCARD;

/* Looks, after dcv_diagnose_find: each record at every address, CAA of each name; where a
 * record is not at every address, the probes; then the same through the eye. What was found lives
 * in the survey and the arena. What could not be found is no error. Fails: DCV_E_NOMEM,
 * DCV_E_INTERNAL. */
enum dcv_err dcv_diagnose_look(const struct dcv_diagnose_looking *looking,
	struct dcv_arena *arena, struct dcv_error *err) DCV_NODISCARD;

#endif
