/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Types, RDATA and RRsets. RDATA is compared as octets in wire form; the encoding of TXT,
 * CNAME and CAA is ours and octet-exact (RFC 1035 3.3, RFC 8659 4.1). */
#ifndef DCV_DNS_RR_H
#define DCV_DNS_RR_H

#include "base/arena.h"
#include "base/buf.h"
#include "dns/name.h"

enum {
	DCV_TYPE_A = 1,
	DCV_TYPE_NS = 2,
	DCV_TYPE_CNAME = 5,
	DCV_TYPE_SOA = 6,
	DCV_TYPE_PTR = 12,
	DCV_TYPE_MX = 15,
	DCV_TYPE_TXT = 16,
	DCV_TYPE_AAAA = 28,
	DCV_TYPE_SRV = 33,
	DCV_TYPE_DNAME = 39,
	DCV_TYPE_DS = 43,
	DCV_TYPE_RRSIG = 46,
	DCV_TYPE_NSEC = 47,
	DCV_TYPE_DNSKEY = 48,
	DCV_TYPE_NSEC3 = 50,
	DCV_TYPE_NSEC3PARAM = 51,
	DCV_TYPE_TSIG = 250,
	DCV_TYPE_ANY = 255,
	DCV_TYPE_CAA = 257,
};

struct dcv_rdata {
	uint16_t len;
	const uint8_t *wire;
};

struct dcv_rrset {
	struct dcv_name owner;
	uint16_t type;
	uint32_t ttl_s;
	size_t n;
	struct dcv_rdata *rdata;
	/* NULL, or for each value the order in whose name it was written, "CA/ORDER", as the
	 * backend has it beside the value; NULL: not said. */
	const char **marks;
};

/* "TXT" -> 16; also "TYPE16" (RFC 3597 5). 0 if it is no type. Any case. */
uint16_t dcv_type_parse(const char *text, size_t len);
#define DCV_TYPE_TEXT_MAX 12u
/* 16 -> "TXT", 65399 -> "TYPE65399", into out[DCV_TYPE_TEXT_MAX]. Returns out. */
char *dcv_type_text(uint16_t type, char *out);

bool dcv_rdata_equal(const struct dcv_rdata *a, const struct dcv_rdata *b);
/* Copies of n values with their octets, in the arena. NULL when memory is out. */
struct dcv_rdata *dcv_rdata_dup_list(const struct dcv_rdata *rdata, size_t n,
	struct dcv_arena *arena);
bool dcv_rrset_has(const struct dcv_rrset *set, const struct dcv_rdata *rdata);

/* The presentation form of the type's own is read and written: A, NS, CNAME, SOA, PTR, MX, TXT,
 * AAAA, SRV, DNAME, CAA. */
bool dcv_type_is_encoded(uint16_t type);

/* Presentation form to wire, for the types of dcv_type_is_encoded, and RFC 3597's `\# LEN HEX`
 * for every type. Parentheses, comments and line ends are not known here. In the arena. Fails:
 * DCV_E_FAILED with what is wrong. Source: RFC 1035 5.1, RFC 2782, RFC 8659 4.1.1. */
enum dcv_err dcv_rdata_parse(uint16_t type, const char *text, size_t len,
	const struct dcv_name *origin, struct dcv_arena *arena, struct dcv_rdata *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* Wire to presentation form, added to buf: TXT as quoted strings with \DDD for all but
 * printable ASCII, `\"` and `\\`; names absolute; other types as RFC 3597. */
void dcv_rdata_text(uint16_t type, const struct dcv_rdata *rdata, struct dcv_buf *buf);
/* The same, in the arena; NULL when memory is out. */
char *dcv_rdata_dup_text(uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_arena *arena);

/* The octets of a value as one TXT RDATA: several strings if it is over 255 octets, one empty
 * string if it is empty. Fails: DCV_E_FAILED when it does not fit one RDATA. */
enum dcv_err dcv_txt_make(const void *octets, size_t n, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err) DCV_NODISCARD;
/* The strings of a TXT RDATA joined (what a CA compares), in the arena, NUL-terminated. */
char *dcv_txt_join(const struct dcv_rdata *rdata, struct dcv_arena *arena,
	size_t *ret_len);

/* A name as RDATA (CNAME, NS, DNAME), in the arena. */
enum dcv_err dcv_rdata_from_name(const struct dcv_name *name, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err) DCV_NODISCARD;

#endif
