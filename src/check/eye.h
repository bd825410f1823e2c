/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The CA's eye: what a validating resolver without a cache sees, set up as CAs set up theirs
 * (libunbound, in a module of its own). It asks the world from the root down, so it is asked
 * only after all authoritative servers agree. */
#ifndef DCV_CHECK_EYE_H
#define DCV_CHECK_EYE_H

#include "base/arena.h"
#include "base/clock.h"
#include "dns/caa.h"
#include "dns/rr.h"

struct dcv_eye;
struct dcv_stub;

/* When nothing has come for so long, what is open is given up, as a CA gives it up. The library
 * itself would try for minutes. */
#define DCV_EYE_PATIENCE_MS 15000

struct dcv_eye_settings {
	/* Files; NULL: those of the system. Read, never written. */
	const char *root_hints, *trust_anchor;
	bool no_ipv4, no_ipv6;
	/* Servers at special-purpose addresses are asked too: for hints that lie there. */
	bool special;
	/* Not the world is asked, but these resolvers; NULL: the world. Borrowed as long as the eye
	 * lives. What they say of signatures counts for nothing: they are asked for them. */
	struct dcv_stub *stub;
	int64_t patience_ms; /* 0: DCV_EYE_PATIENCE_MS */
	const struct dcv_clock *clock;
	/* Asked ten times a second while answers are awaited, or NULL; true: what is open ends as
	 * if the time were over. */
	bool (*stopped)(void *ctx);
	void *ctx;
};

/* Opens the module and reads the trust anchor; asks nothing yet. The settings and the paths in them
 * are copied. One eye at a time: the library has one log. Fails: DCV_E_UNVERIFIED (no module, no
 * trust anchor of the system: the gates are *not checked*), DCV_E_CONFIG (a file that was named
 * cannot be used), DCV_E_NOMEM. */
enum dcv_err dcv_eye_open(const struct dcv_eye_settings *settings, struct dcv_eye **ret,
	struct dcv_error *err) DCV_NODISCARD;
/* Ends the resolver and its thread. NULL is let be. */
void dcv_eye_close(struct dcv_eye *eye);

enum dcv_eye_state {
	DCV_EYE_NOT_ASKED, /* or the deadline came before the answer: nothing is known */
	DCV_EYE_SECURE,
	DCV_EYE_INSECURE, /* proven to be unsigned */
	DCV_EYE_BOGUS, /* why says it; the CA gets SERVFAIL */
	DCV_EYE_SERVFAIL, /* no server of the name could be used: dead, lame, a loop of aliases, … */
	DCV_EYE_TIMEOUT, /* its servers say nothing: given up, a CA does so too */
};
/* "secure", … : the word for JSON and for people. */
const char *dcv_eye_text(enum dcv_eye_state state);

struct dcv_eye_question {
	const struct dcv_name *name;
	uint16_t type;
};

/* One RRset on the way to an answer: an alias, or what stands at its end. */
struct dcv_eye_link {
	const struct dcv_name *owner;
	uint16_t type;
	bool is_signed;
	const struct dcv_name *signer; /* the zone that signed it */
	int64_t inception_s, expiration_s; /* of the signature that lasts longest */
};

/* What the eye saw. Secure and insecure: NOERROR or NXDOMAIN, with or without records. There is no
 * TTL in it, since nothing is cached: that is for the authoritative servers to say. */
struct dcv_eye_answer {
	enum dcv_eye_state state;
	uint8_t rcode;
	const struct dcv_name *canonical; /* where the aliases end; the question's if it is none */
	size_t n; /* records of the type asked for; of a bogus answer what came all the same */
	const struct dcv_rdata *rdata;
	size_t n_links;
	const struct dcv_eye_link *links; /* CNAME or DNAME each, then the records' own if n > 0 */
	const char *why; /* one line, the library's words; "" if it says nothing */
};

/* Asks all at once, of a resolver that has never seen anything, and returns when all have ended or
 * at deadline_ms (monotonic). answers[i] is for questions[i], its memory in the arena. That a
 * question failed is no error. Fails: DCV_E_NOMEM, DCV_E_CONFIG (the library cannot use the files),
 * DCV_E_INTERNAL. */
enum dcv_err dcv_eye_ask(struct dcv_eye *eye, const struct dcv_eye_question *questions,
	size_t n, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_eye_answer *answers, struct dcv_error *err) DCV_NODISCARD;

enum dcv_gate {
	DCV_GATE_NOT_CHECKED, /* nothing can be reached, the deadline came, old trust anchor */
	DCV_GATE_PASSED,
	DCV_GATE_FAILED,
};

#define DCV_EYE_MARGIN_S \
	(INT64_C(2) * 86400) /* signatures that end sooner deserve a warning */

/* The DNSSEC gate of one question: would a CA that validates get an answer at all? */
struct dcv_eye_gate {
	enum dcv_gate gate;
	enum dcv_eye_state state; /* of the answer that decides */
	/* "D40" to "D45" of the failure catalogue, or "". Where the gate is passed: D40 is a warning
	 * (signatures end within DCV_EYE_MARGIN_S), D43 too (a CA takes the zone for unsigned). D45 is
	 * never a failed gate: it is this host's. */
	const char *cause;
	const char *why; /* one line, for people: what is wrong, where, and since when */
	struct dcv_name at; /* where it is wrong: the owner, or with D44 the alias's target */
	struct dcv_name zone; /* whose signatures or keys these are; len 0: not known */
	/* With D40 the period of the signature that is not valid now; else, if the answer is secure,
	 * the latest inception and the earliest expiration of the signatures over the records and
	 * the zone's DNSKEY. 0: none. */
	int64_t inception_s, expiration_s;
};

/* Asks the questions and, for those that are bogus, what tells why. gates[i] and, unless NULL,
 * answers[i] are for questions[i]. Fails as dcv_eye_ask. Source: RFC 4033 5, RFC 4035 4.3. */
enum dcv_err dcv_eye_gates(struct dcv_eye *eye, const struct dcv_eye_question *questions,
	size_t n, int64_t deadline_ms, struct dcv_arena *arena, struct dcv_eye_gate *gates,
	struct dcv_eye_answer *answers, struct dcv_error *err) DCV_NODISCARD;

/* The climb for one name, from the name (without `*.`) to its top-level domain. */
struct dcv_eye_climb {
	size_t n;
	struct dcv_caa_step *steps; /* for dcv_caa_judge */
	/* [n]: state, aliases and why of each step; climbs that meet share them. */
	const struct dcv_eye_answer *const *answers;
	/* [n] With a failed step: a gate of its own, if DNSSEC is the reason; else NULL. */
	const struct dcv_eye_gate *const *gates;
};

/* Looks CAA up for the names of a certificate, every label of every name once and all of them in
 * parallel. SERVFAIL, bogus, time-out, and NXDOMAIN of a top-level domain are failed steps. Fails
 * as dcv_eye_ask. Source: RFC 8659 3, BR 3.2.2.8. */
enum dcv_err dcv_eye_caa(struct dcv_eye *eye, const struct dcv_name *names, size_t n,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_eye_climb *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
