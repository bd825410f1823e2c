/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside dns/ only: the form of an RDATA. */
#ifndef DCV_DNS_RDATA_H
#define DCV_DNS_RDATA_H

#include "dns/rr.h"

#define DCV_RDATA_MAX 65535u
#define DCV_STRING_MAX 255u /* a <character-string>, RFC 1035 3.3 */
#define DCV_SOA_FIXED 20u /* SERIAL … MINIMUM, RFC 1035 3.3.13 */

/* An RDATA that is being made; what is behind the first n octets is never read. A local one is
 * declared with DCV_RDATA_OUT, so that a hardened build does not fill 64 KiB with zeros for
 * each value. */
struct dcv_rdata_out {
	size_t n;
	uint8_t wire[DCV_RDATA_MAX];
};
#define DCV_RDATA_OUT(name) struct dcv_rdata_out name __attribute__((uninitialized))

/* False if it would be over DCV_RDATA_MAX. */
bool dcv_rdata_put(struct dcv_rdata_out *out, const void *octets, size_t n);
enum dcv_err dcv_rdata_keep(const struct dcv_rdata_out *out, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err) DCV_NODISCARD;

/* The length of the uncompressed name at wire, 0 if there is none within n octets. */
size_t dcv_rdata_name_len(const uint8_t *wire, size_t n);

/* An RDATA with names: octets before the first name, and how many names follow. Only SOA has
 * more behind them. */
void dcv_rdata_shape(uint16_t type, size_t *ret_head, unsigned *ret_names);

/* The octets have the form of the type, for the types of dcv_type_is_encoded; true for others. */
bool dcv_rdata_is_sound(uint16_t type, const uint8_t *wire, size_t n);

#endif
