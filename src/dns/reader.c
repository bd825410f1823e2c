/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how names and records stand in a message, compressed or not. It does not know
 * what a message is for. */
#include "dns/reader.h"

#include <string.h>

#define RR_FIXED_LEN 10u
#define POINTER_MARK 0xc0u /* RFC 1035 4.1.4 */

uint16_t dcv_get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t dcv_get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool dcv_reader_skip_name(struct dcv_reader *r)
{
	while (r->at < r->len) {
		uint8_t c = r->msg[r->at];

		if (c == 0) {
			r->at += 1;
			return true;
		}
		if (c >= POINTER_MARK) {
			r->at += 2;
			return r->at <= r->len;
		}
		if (c > DCV_LABEL_MAX) {
			return false;
		}
		r->at += 1u + c;
	}
	return false;
}

/* Follows the pointer at msg[*at]. It must lead strictly before everything that was read of
 * this name, so that no chain can come back; and all chains of a message are counted. */
static bool jump(struct dcv_reader *r, size_t *at, size_t end, size_t *lowest)
{
	if (end - *at < 2 || r->jumps == DCV_WIRE_JUMPS_MAX) {
		return false;
	}

	size_t target = (size_t)(r->msg[*at] & 0x3f) << 8 | r->msg[*at + 1];

	if (target < DCV_HEADER_LEN || target >= *lowest) {
		return false;
	}
	r->jumps++;
	*at = target;
	*lowest = target;
	return true;
}

bool dcv_reader_name(struct dcv_reader *r, size_t *at, size_t end, struct dcv_name *ret)
{
	uint8_t wire[DCV_NAME_MAX];
	size_t pos = *at, lowest = *at, n = 0, behind = 0;

	while (pos < end) {
		uint8_t c = r->msg[pos];

		if (c >= POINTER_MARK) {
			behind = behind == 0 ? pos + 2 : behind;
			if (!jump(r, &pos, end, &lowest)) {
				return false;
			}
			end = r->len;
			continue;
		}
		if (c > DCV_LABEL_MAX || c + 1u > end - pos || n + c + 1u > DCV_NAME_MAX) {
			return false;
		}
		memcpy(wire + n, r->msg + pos, c + 1u);
		n += c + 1u;
		pos += c + 1u;
		if (c == 0) {
			*at = behind == 0 ? pos : behind;
			return dcv_name_from_wire(wire, n, ret);
		}
	}
	return false;
}

const char *dcv_reader_record(struct dcv_reader *r, bool owner, struct dcv_record *ret)
{
	bool good = owner ? dcv_reader_name(r, &r->at, r->len, &ret->owner)
			  : dcv_reader_skip_name(r);

	if (!good) {
		return "owner of a record";
	}
	if (r->len - r->at < RR_FIXED_LEN) {
		return "it ends inside a record";
	}

	const uint8_t *p = r->msg + r->at;

	ret->type = dcv_get_u16(p);
	ret->class = dcv_get_u16(p + 2);
	ret->ttl_s = dcv_get_u32(p + 4);
	ret->begin = r->at + RR_FIXED_LEN;
	if (dcv_get_u16(p + 8) > r->len - ret->begin) {
		return "it ends inside an RDATA";
	}
	ret->end = ret->begin + dcv_get_u16(p + 8);
	r->at = ret->end;
	return NULL;
}
