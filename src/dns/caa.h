/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* CAA evaluated: whether the sets found on the way from a name up to the top-level domain let
 * a CA issue. Pure: the caller looks the sets up (RFC 8659, RFC 8657, RFC 9495). */
#ifndef DCV_DNS_CAA_H
#define DCV_DNS_CAA_H

#include "base/arena.h"
#include "dns/rr.h"

/* A CAA record taken apart. All but flags borrowed from the RDATA or in the arena. */
struct dcv_caa_record {
	uint8_t flags;
	const char *tag; /* lower case */
	const char *value; /* octets, NUL-terminated; value_len counts */
	size_t value_len;
};

/* Wire to record. Fails: DCV_E_FAILED where the RDATA is none (RFC 8659 4.1). */
enum dcv_err dcv_caa_read(const struct dcv_rdata *rdata, struct dcv_arena *arena,
	struct dcv_caa_record *ret, struct dcv_error *err) DCV_NODISCARD;
/* Record to wire, flags 0, in the arena. */
enum dcv_err dcv_caa_make(const char *tag, const char *value, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err) DCV_NODISCARD;

/* The value of issue, issuewild or issuemail taken apart (RFC 8659 4.2). Borrowed from the
 * text. */
struct dcv_caa_value {
	const char *issuer;
	size_t issuer_len; /* 0: permits nobody */
	const char *rest; /* the parameters that dcv_caa_parameter_next has not given yet */
	size_t rest_len;
};
struct dcv_caa_parameter {
	const char *tag, *value;
	size_t tag_len, value_len;
};

/* False if the value is outside the grammar (erratum 7139 included): it permits nobody. */
bool dcv_caa_value_read(const char *text, size_t len, struct dcv_caa_value *ret);
/* Takes the next parameter out; false when there is no other. */
bool dcv_caa_parameter_next(struct dcv_caa_value *value, struct dcv_caa_parameter *ret);

/* What one label of the climb answered. */
enum dcv_caa_answer {
	DCV_CAA_EMPTY, /* NXDOMAIN or NODATA, aliases chased */
	DCV_CAA_SET, /* a set, aliases chased: that of the alias target counts */
	DCV_CAA_FAILED, /* time-out, SERVFAIL, truncated: nothing is known */
};
struct dcv_caa_step {
	const struct dcv_name *at; /* the name asked, not an alias's target */
	enum dcv_caa_answer answer;
	size_t n;
	const struct dcv_rdata *rdata; /* of a set */
};

/* Who wants to issue what. */
struct dcv_caa_question {
	bool wildcard;
	size_t n_issuers;
	const char *const *issuers; /* issuer domain names of the CA, lower case */
	const char *accounturi; /* of the applicant (RFC 8657); NULL: not known */
	const char *method; /* validation method label ("dns-01", "ca-tbr-7"); NULL: not known */
	bool is_soft; /* CAs may not know the label yet: a set that lacks it is not denied for that */
};

enum dcv_caa_verdict {
	DCV_CAA_PERMITS,
	DCV_CAA_DENIES,
	DCV_CAA_ERROR, /* a look-up failed at or below the first set: nothing is decided */
	DCV_CAA_VARIES, /* CAs disagree: issuance depends on the implementation */
};

struct dcv_caa_result {
	enum dcv_caa_verdict verdict;
	size_t step; /* of the governing set, or of the failure; SIZE_MAX: no set governs */
	size_t record; /* in the set: the one that decides; SIZE_MAX: none by itself */
	const char *cause; /* "C50" … of the failure catalogue, or "" */
	const char *why; /* in words, static */
};

/* Evaluates the steps, which go from the name upwards. */
void dcv_caa_judge(const struct dcv_caa_question *question,
	const struct dcv_caa_step *steps, size_t n, struct dcv_arena *arena,
	struct dcv_caa_result *ret);

#endif
