/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A diagnosis as people read it: step by step as the support pages of certificate services have
 * it, and as one page of evidence for a CA's support. Pure: text into a buffer. */
#ifndef DCV_CMD_WALK_H
#define DCV_CMD_WALK_H

#include "base/json.h"
#include "check/diagnose.h"

/* Where a walk ends: at the first step that is open; if that could not be looked at, at the one that
 * says why, if there is one. DCV_STEPS: at none. */
enum dcv_step dcv_walk_stop(const struct dcv_diagnosis *diagnosis);

/* The steps up to that one, or with `all` every one; `fix:` and `then:`, or whose
 * turn it is. `again` is what is typed behind `dcvctl explain` to
 * see the order again, from the blank on. */
void dcv_walk_text(const struct dcv_symptoms *symptoms,
	const struct dcv_diagnosis *diagnosis, bool all, const char *again,
	struct dcv_buf *buf);

/* What each server answered, when, CAA, DNSSEC: for the CA's support. Nothing in it is secret. */
void dcv_walk_report(const struct dcv_symptoms *symptoms,
	const struct dcv_diagnosis *diagnosis, struct dcv_buf *buf);

/* {dns_done, since, until, steps: [{step, state, evidence}], findings: [{id, note, step, where,
 * text, seen, wanted, help}]} */
struct dcv_json *dcv_walk_json(const struct dcv_diagnosis *diagnosis);
/* One finding as it stands in lists of findings. */
struct dcv_json *dcv_walk_finding_json(const struct dcv_finding *finding);

/* What `explain` ends with: DCV_OK when DNS is done, and the application was not refused;
 * DCV_E_UNVERIFIED when what is open could not
 * be looked at, else DCV_E_PENDING. */
enum dcv_err dcv_walk_code(const struct dcv_diagnosis *diagnosis);

struct dcv_session;
/* What `explain` says of one order, or adds to the session's document: the steps, with --all every
 * one; with --report the page for support. Returns dcv_walk_code, or DCV_E_NOMEM. */
enum dcv_err dcv_explain_case(struct dcv_session *session,
	const struct dcv_symptoms *symptoms, const struct dcv_diagnosis *diagnosis);

#endif
