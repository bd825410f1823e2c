/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The examination of orders from the root down: delegation, records at every address, near misses,
 * CAA, DNSSEC; what it finds out, and whether an order is ready. */
#ifndef DCV_CMD_EXAM_H
#define DCV_CMD_EXAM_H

#include "check/diagnose_look.h"
#include "cmd/internal.h"

#define DCV_EXAM_MS 30000 /* for zones that do not answer */

/* An order under examination. */
struct dcv_case {
	const struct dcv_subject *subject;
	struct dcv_symptoms symptoms;
	struct dcv_diagnosis diagnosis;
	enum dcv_gate caa, dnssec; /* the gates of *ready* */
};

struct dcv_exam {
	struct dcv_arena *arena; /* the session's */
	struct dcv_hints hints;
	struct dcv_survey *survey; /* NULL: `stub` is asked in its place */
	struct dcv_stub *stub; /* check.via; NULL: direct */
	struct dcv_eye *eye;
	const char *blind; /* why there is no eye, or NULL */
	size_t n_guards;
	struct dcv_guard *guards; /* of the run's zones, once they were asked for */
	size_t n_cases;
	struct dcv_case *cases;
};

/* The session's exam, made when it is first asked for; NULL, and the reason in diags. What it asks
 * from now on ends at deadline_ms (monotonic). */
struct dcv_exam *dcv_exam_of(struct dcv_session *session, int64_t deadline_ms);
/* A survey as the configuration has it, whose hints are in the arena. Of the session nothing but the
 * configuration and the times are looked at: in any thread. */
enum dcv_err dcv_exam_survey(const struct dcv_session *session, struct dcv_arena *arena,
	int64_t deadline_ms, struct dcv_hints *hints, struct dcv_survey **ret,
	struct dcv_error *err) DCV_NODISCARD;
/* Of the session; none is let be. */
void dcv_exam_close(struct dcv_session *session);

/* What is asked about a zone whose view names these servers; in the arena, not asked yet. */
enum dcv_err dcv_guard_of(struct dcv_arena *arena, const struct dcv_name *zone,
	const struct dcv_zone_view *view, struct dcv_guard *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* A disjoint platform (P02, DCV_E_REFUSED) or an overlap (a warning) into diags; else nothing. */
void dcv_guard_tell(struct dcv_session *session, const struct dcv_guard *guard);
/* "ns1.example.com, ns2.example.com", in the arena. */
const char *dcv_names_text(struct dcv_session *session, const struct dcv_name *names,
	size_t n);

/* Are the zones that the run would write those that the world asks? At most two seconds; adds P02
 * to diags: disjoint (DCV_E_REFUSED, returned) or overlapping (a warning). */
enum dcv_err dcv_exam_guard(struct dcv_session *session);

/* Before the first write: the guard, and whether CAA forbids the CA by what the world sees
 * (DCV_E_REFUSED), if the orders are to be *ready*. */
enum dcv_err dcv_exam_before(struct dcv_session *session);

/* Examines every order of the run that wants its records: fills cases. `verify` may be NULL: only
 * CAA and delegation of the names. Failures are in diags. */
enum dcv_err dcv_exam_run(struct dcv_session *session, const struct dcv_verify *verify);

/* The gates of all cases together, DCV_GATE_FAILED before DCV_GATE_NOT_CHECKED; of one name's CAA;
 * of one case. */
enum dcv_gate dcv_exam_gate(const struct dcv_exam *exam);
enum dcv_gate dcv_caa_gate(const struct dcv_symptom_caa *caa);
enum dcv_gate dcv_case_gate(const struct dcv_case *of);
/* Something is in the way of an order, be it no gate. */
bool dcv_exam_is_blocked(const struct dcv_session *session);
/* Something is in the way of an order that no waiting cures. */
bool dcv_exam_is_hopeless(const struct dcv_exam *exam);
/* The case of a subject, or NULL. */
const struct dcv_case *dcv_exam_case(const struct dcv_exam *exam,
	const struct dcv_subject *subject);

/* What was found, into diags: each cause once, in the way as an error, else as a warning. */
void dcv_exam_tell(struct dcv_session *session);
/* Every observation into the session's document. */
void dcv_exam_json(struct dcv_session *session);
/* Which gate could not be checked, and why; on standard error. */
void dcv_exam_tell_unchecked(struct dcv_session *session);

#endif
