/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* DNS messages: builds a query, and decodes an answer within fixed limits (RFC 1035 4).
 * Every octet of an answer is hostile until it is checked here. */
#ifndef DCV_DNS_WIRE_H
#define DCV_DNS_WIRE_H

#include "dns/rr.h"

#define DCV_EDNS_SIZE 1232u
#define DCV_MESSAGE_MAX 65535u
#define DCV_QUERY_MAX 512u
#define DCV_ANSWER_RRS_MAX 2048u /* kept of one answer */

enum {
	DCV_RCODE_NOERROR = 0,
	DCV_RCODE_FORMERR = 1,
	DCV_RCODE_SERVFAIL = 2,
	DCV_RCODE_NXDOMAIN = 3,
	DCV_RCODE_NOTIMP = 4,
	DCV_RCODE_REFUSED = 5,
	DCV_RCODE_YXDOMAIN = 6,
	DCV_RCODE_YXRRSET = 7,
	DCV_RCODE_NXRRSET = 8,
	DCV_RCODE_NOTAUTH = 9,
	DCV_RCODE_NOTZONE = 10,
	DCV_RCODE_BADVERS = 16
};

struct dcv_query {
	struct dcv_name name;
	uint16_t type, id;
	bool recursive; /* RD */
	/* The question as it is sent: random case (0x20), so that an answer must echo it. */
	uint8_t qname[DCV_NAME_MAX];
	bool edns; /* with an OPT record, size DCV_EDNS_SIZE */
	bool dnssec; /* with DO, if `edns` */
};

struct dcv_answer {
	uint8_t rcode;
	bool aa, tc, ra;
	bool case_echoed; /* the question came back octet for octet; false: in another case */
	bool edns;
	/* Answer section, grouped into RRsets in the order met; TTL: the smallest seen. */
	size_t n_sets;
	struct dcv_rrset *sets;
	/* From a SOA in the answer or authority section. */
	bool has_soa;
	uint32_t soa_serial, soa_ttl_s, soa_minimum_s;
	struct dcv_name soa_owner;
	/* NS names of a referral (NOERROR, no answer, NS in authority), all of one owner. */
	struct dcv_name ns_owner;
	size_t n_ns;
	struct dcv_name *ns;
	/* A and AAAA of these names from the additional section. */
	size_t n_glue;
	struct dcv_rrset *glue;
};

/* Fills *ret: random id, random case. Fails: DCV_E_INTERNAL if there is no randomness. */
enum dcv_err dcv_query_init(const struct dcv_name *name, uint16_t type, bool recursive,
	struct dcv_query *ret, struct dcv_error *err) DCV_NODISCARD;
/* Writes the message into out[DCV_QUERY_MAX]; returns its length. */
size_t dcv_query_write(const struct dcv_query *query, uint8_t *out);

/* True if the message can be the answer to the query: QR, opcode, id, one question that
 * equals ours but for case. What does not match is to be ignored, not an error. */
bool dcv_answer_matches(const struct dcv_query *query, const uint8_t *msg, size_t len);

/* Decodes a message that matches. Fails: DCV_E_FAILED, with what is malformed; an answer section
 * in which nothing is about the question is. In the arena. */
enum dcv_err dcv_answer_parse(const struct dcv_query *query, const uint8_t *msg,
	size_t len, struct dcv_arena *arena, struct dcv_answer *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* The RRset of an owner and type in the answer section, or NULL. */
const struct dcv_rrset *dcv_answer_set(const struct dcv_answer *answer,
	const struct dcv_name *owner, uint16_t type);

/* "NXDOMAIN"; unknown codes as "RCODE11" in a static table. */
const char *dcv_rcode_text(uint8_t rcode);

#endif
