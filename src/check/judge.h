/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: what a reply says about an item. Pure. */
#ifndef DCV_CHECK_JUDGE_H
#define DCV_CHECK_JUDGE_H

#include "check/check.h"
#include "check/pool.h"

struct dcv_judgement {
	enum dcv_seen seen;
	uint8_t rcode;
	bool no_soa; /* no such record, and no SOA that says how long that may be cached */
	uint32_t ttl_s;
	uint32_t cached_s; /* how long caches may hold this, a denial too (RFC 2308 5); seconds */
	size_t unwanted; /* index of the first unwanted value found, n_unwanted: none */
};

/* A reply that was cut short by the deadline is not for judging. */
struct dcv_judgement dcv_judge(const struct dcv_check_item *item,
	const struct dcv_reply *reply);

/* Why no answer came. */
enum dcv_seen dcv_seen_of(const struct dcv_reply *reply);

/* Something answered there, be it nonsense. */
bool dcv_seen_is_answer(enum dcv_seen seen);

/* The two RDATA mean the same: TXT by its octets, however they are cut into strings. */
bool dcv_judge_equal(uint16_t type, const struct dcv_rdata *a, const struct dcv_rdata *b);

#endif
