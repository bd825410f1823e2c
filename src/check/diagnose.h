/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Diagnosis: from what was observed to causes with evidence and remedy. Pure: no I/O, no clock.
 * The caller lends what the survey, the check and the eye found; what was not looked at stays
 * zero and leads to no cause. */
#ifndef DCV_CHECK_DIAGNOSE_H
#define DCV_CHECK_DIAGNOSE_H

#include "check/cause.h"
#include "check/eye.h"
#include "check/guard.h"
#include "order/ca.h"

/* --- what else is to be asked ------------------------------------------------------------ */

/* Why something beside the item is asked. */
enum dcv_probe_kind {
	DCV_PROBE_DOUBLED, /* OWNER.ZONE [P04] */
	DCV_PROBE_SIBLING, /* apex, www, parent, without the prefix [P05] */
	DCV_PROBE_TYPE, /* the owner's TXT instead of CNAME, or the reverse [P06, P08] */
	DCV_PROBE_BETWEEN, /* A of a name between owner and apex: is it a wildcard's? [P17] */
};

struct dcv_probe {
	enum dcv_probe_kind kind;
	struct dcv_name owner;
	uint16_t type;
};
#define DCV_PROBES_MAX 16u

/* The probes of an item, for looks with no_follow, and `wildcard` for BETWEEN; at once with the
 * item's own (which has `every` and `wildcard`; no_follow for a CNAME). `zone` is the apex of the
 * zone that holds the owner. At most DCV_PROBES_MAX, into probes[]. Returns how many. */
size_t dcv_probes_make(const struct dcv_name *zone, const struct dcv_name *owner,
	uint16_t type, struct dcv_probe *probes);

/* --- what was observed ------------------------------------------------------------------- */

/* One RRset that an order needs. */
struct dcv_symptom {
	struct dcv_name owner;
	uint16_t type;
	size_t n_wanted, n_former, n_probes, n_servers;
	const struct dcv_rdata *wanted;
	const struct dcv_rdata *former; /* what is to be gone: removed by us, or `previous:` */
	const struct dcv_place_of_name *place; /* of the owner; NULL: not looked */
	const struct dcv_look *look; /* of owner and type; NULL: not looked */
	const struct dcv_probe *probes;
	const struct dcv_look *probed; /* [n_probes] */
	/* From dcv_check_run, if it ran: what it alone finds (no TCP); either may be NULL. */
	const struct dcv_server *servers;
	const struct dcv_observation *observed; /* [n_servers] */
	/* The zone that is written, as the configuration binds it; len 0: none is bound. */
	struct dcv_name bound;
	const struct dcv_guard *guard; /* of the bound zone, or NULL */
	bool written; /* the backend has all wanted values now */
	bool by_provider; /* the backend is a provider's, no zone file of ours */
	bool has_written_serial; /* of the bound zone file */
	uint32_t written_serial;
	bool was_effective; /* by the ledger, every server had it before */
	int64_t settled_s; /* when no cache can hold the former answer; 0: not known */
	uint32_t cached_s; /* for how long caches could hold it */
	bool was_absent; /* the former answer was that there is nothing [T21 for T20] */
	const struct dcv_eye_gate *gate; /* of owner and type, or NULL */
	const struct dcv_eye_answer *eye; /* of owner and type, or NULL */
};

/* CAA of one name of the certificate. */
struct dcv_symptom_caa {
	struct dcv_name name;
	bool wildcard; /* `name` stands without the `*.` */
	const struct dcv_place_of_name *place; /* of the name, or NULL */
	/* At the authoritative servers and through the eye; either may be NULL. */
	const struct dcv_survey_climb *climb;
	const struct dcv_caa_result *result; /* of the climb */
	const struct dcv_eye_climb *eye_climb;
	const struct dcv_caa_result *eye_result;
	bool by_wildcard; /* the set that denies is a wildcard's, and the name has none itself */
	/* Of the SOA of the zone that holds the name, where no item has a gate; or NULL. */
	const struct dcv_eye_gate *gate;
	int64_t changed_s; /* when we changed the governing set last; 0: never */
	uint32_t cached_s; /* the TTL that it had before */
};

enum dcv_product { DCV_PRODUCT_UNKNOWN, DCV_PRODUCT_DV, DCV_PRODUCT_OV };

/* An order. */
struct dcv_symptoms {
	const char *order; /* "" for a pre-flight */
	const struct dcv_ca *ca;
	const char *ca_title;
	bool coexist; /* values of other orders may stand beside ours */
	bool servers_given; /* the configuration names whom to ask: other servers do not count */
	bool through; /* what was seen was seen through resolvers, whose answers may be cached */
	bool must_settle; /* the CA or service caches: *settled* is the level to submit at */
	enum dcv_product product;
	const char *said; /* what the service says of the order, for people; NULL: not known */
	bool organisation_open; /* the service says that the organisation is being verified */
	bool rejected; /* the service says that the application was refused */
	int64_t now_s;
	int64_t first_applied_s; /* the token is at least so old; 0: not known */
	int64_t done_s; /* since when DNS is done (the ledger's effective_at); 0: since now */
	const char *trust_anchor; /* the file named in the configuration; NULL: the system's */
	bool review; /* also what bears on the review by the CA: M64, M65 */
	size_t n_items, n_caa, n_names;
	struct dcv_symptom *items;
	struct dcv_symptom_caa *caa;
	const struct dcv_name *names; /* of the certificate */
};

/* --- what is wrong ----------------------------------------------------------------------- */

struct dcv_finding {
	const struct dcv_cause *cause;
	bool note; /* nothing stands in the way; a warning */
	struct dcv_name where; /* the owner, zone or name concerned */
	const char *text; /* what is wrong here, one line */
	const char *seen; /* what was seen, as a record where it is one; "" if text says all */
	const char *wanted; /* what should be seen, or "" */
	const char *remedy; /* begins with "run: ", "write: " or "help: " */
	size_t item; /* of the symptoms; SIZE_MAX: of no single item */
};

enum dcv_step_state {
	DCV_STEP_YES,
	DCV_STEP_NO,
	DCV_STEP_UNCHECKED, /* nothing was asked that could tell */
	DCV_STEP_OUTSIDE, /* DNS cannot tell */
};

struct dcv_diagnosis {
	size_t n;
	struct dcv_finding *findings; /* by step, then those in the way before notes */
	enum dcv_step_state steps[DCV_STEPS];
	const char *evidence[DCV_STEPS]; /* one line on the step where no finding is, or "" */
	enum dcv_step first_open; /* the first that is NO or UNCHECKED, else DCV_STEPS */
	bool dns_done; /* all steps up to CAA are YES */
	bool hopeless; /* something in the way that time cannot cure */
	int64_t done_s; /* with dns_done: since when */
	int64_t turn_until_s; /* with dns_done: until when it usually is the CA's turn */
	unsigned turn_least_d,
		turn_most_d; /* the usual working days, of DV where it is unknown */
};

/* Causes of the families P, T, A, D and C, as far as they show in the symptoms; of M those that
 * the symptoms say (M61, M62) and, as notes, M64 and M65. In the arena. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_diagnose(const struct dcv_symptoms *symptoms, struct dcv_arena *arena,
	struct dcv_diagnosis *ret, struct dcv_error *err) DCV_NODISCARD;

/* The first finding of a step; NULL: none. Those in the way come first. */
const struct dcv_finding *dcv_diagnosis_first(const struct dcv_diagnosis *diagnosis,
	enum dcv_step step);

/* The instant n working days (Monday to Friday, UTC) after from_s. */
int64_t dcv_working_days(int64_t from_s, unsigned n);

#endif
