/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A message stepped through record by record (RFC 1035 4.1), each octet of it hostile. */
#ifndef DCV_DNS_READER_H
#define DCV_DNS_READER_H

#include "dns/name.h"

#define DCV_HEADER_LEN 12u
#define DCV_WIRE_JUMPS_MAX 4096u /* compression pointers followed in one message */

/* `at` is the next octet; the caller sets msg, len and at, which is at most len. */
struct dcv_reader {
	const uint8_t *msg;
	size_t len, at;
	unsigned jumps;
};

/* One RR; its RDATA is msg[begin, end). */
struct dcv_record {
	struct dcv_name owner;
	uint16_t type, class;
	uint32_t ttl_s;
	size_t begin, end;
};

uint16_t dcv_get_u16(const uint8_t *p);
uint32_t dcv_get_u32(const uint8_t *p);

/* Steps over a name without following pointers. False if it leaves the message. */
bool dcv_reader_skip_name(struct dcv_reader *r);

/* Reads the name at *at, of which the part that stands there must end before `end`; *at is set
 * behind it. False if it is malformed: pointers lead strictly backwards. */
bool dcv_reader_name(struct dcv_reader *r, size_t *at, size_t end, struct dcv_name *ret);

/* Reads one RR up to the end of its RDATA. Its owner is read only if `owner`: what is only
 * stepped over must not use up the jumps. NULL, or what is malformed. */
const char *dcv_reader_record(struct dcv_reader *r, bool owner, struct dcv_record *ret);

#endif
