/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the eye only (eye*.c): what its files tell each other. */
#ifndef DCV_CHECK_EYE_INSIDE_H
#define DCV_CHECK_EYE_INSIDE_H

#include "check/eye.h"
#include "check/eye_module.h"
#include "dns/names.h"

/* ---- eye_anchor.c ---- */

struct dcv_eye_anchors {
	size_t n;
	const char *const *items; /* records in presentation form, one a text */
};

/* Reads DS and DNSKEY records as dig, unbound-anchor and dnssec-dsfromkey write them. Of a file
 * that is kept after RFC 5011 only the keys that are valid or missing count. In the arena. Fails:
 * DCV_E_CONFIG with the path. Source: RFC 5011 4.2. */
enum dcv_err dcv_eye_read_anchors(const char *path, struct dcv_arena *arena,
	struct dcv_eye_anchors *ret, struct dcv_error *err) DCV_NODISCARD;

/* ---- eye_read.c ---- */

/* What the module said of a question, taken apart. In the arena. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_eye_read(const struct dcv_eye_question *question,
	const struct dcv_eye_raw *raw, int64_t now_s, struct dcv_arena *arena,
	struct dcv_eye_answer *ret, struct dcv_error *err) DCV_NODISCARD;

/* ---- eye.c ---- */

int64_t dcv_eye_now_s(const struct dcv_eye *eye);
/* The file of the trust anchor in use. */
const char *dcv_eye_anchor_path(const struct dcv_eye *eye);

/* ---- eye_facts.c: what is asked besides, to tell why ---- */

/* Questions with their answers. Zero it before use. */
struct dcv_eye_facts {
	size_t n;
	struct dcv_names known; /* what of `questions` is asked of a name, by type */
	struct dcv_eye_question *questions;
	struct dcv_eye_answer *answers;
};

/* Asked once, however often it is added. The name is borrowed. False: memory is out. */
bool dcv_eye_facts_add(struct dcv_eye_facts *facts, const struct dcv_name *name,
	uint16_t type, struct dcv_arena *arena);
/* The same for the name so many labels above. */
bool dcv_eye_facts_add_above(struct dcv_eye_facts *facts, const struct dcv_name *name,
	unsigned up, uint16_t type, struct dcv_arena *arena);
/* Asks what was added. */
enum dcv_err dcv_eye_facts_ask(struct dcv_eye_facts *facts, struct dcv_eye *eye,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_error *err) DCV_NODISCARD;
/* The answer, or one that says that nothing was asked. */
const struct dcv_eye_answer *dcv_eye_fact(const struct dcv_eye_facts *facts,
	const struct dcv_name *name, uint16_t type);

/* ---- eye_cause.c ---- */

/* Why an answer is bogus: fills cause, why, at, zone, inception_s and expiration_s of the gate.
 * `facts` hold DS and DNSKEY of every name that dcv_eye_cause_facts named. Pure. Fails:
 * DCV_E_NOMEM. */
enum dcv_err dcv_eye_cause(const struct dcv_eye_question *question,
	const struct dcv_eye_answer *answer, const struct dcv_eye_facts *facts,
	int64_t now_s, struct dcv_arena *arena, struct dcv_eye_gate *ret,
	struct dcv_error *err) DCV_NODISCARD;
bool dcv_eye_cause_facts(const struct dcv_eye_question *question,
	const struct dcv_eye_answer *answer, struct dcv_eye_facts *facts,
	struct dcv_arena *arena);

#endif
