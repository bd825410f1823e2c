/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the types of records by number and mnemonic, and when two RDATA are the
 * same. It does not know what stands inside an RDATA. */
#include "dns/rr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type_name {
	char text[DCV_TYPE_TEXT_MAX];
	uint16_t type;
};

/* The IANA registry "Resource Record (RR) TYPEs" without the types of questions only (AXFR,
 * ANY, TSIG, …), sorted by mnemonic for bsearch. */
static const struct type_name type_names[] = {
	{"A", 1},
	{"A6", 38},
	{"AAAA", 28},
	{"AFSDB", 18},
	{"AMTRELAY", 260},
	{"APL", 42},
	{"ATMA", 34},
	{"AVC", 258},
	{"BRID", 68},
	{"CAA", 257},
	{"CDNSKEY", 60},
	{"CDS", 59},
	{"CERT", 37},
	{"CLA", 263},
	{"CNAME", 5},
	{"CSYNC", 62},
	{"DHCID", 49},
	{"DLV", 32769},
	{"DNAME", 39},
	{"DNSKEY", 48},
	{"DOA", 259},
	{"DS", 43},
	{"DSYNC", 66},
	{"EID", 31},
	{"EUI48", 108},
	{"EUI64", 109},
	{"GID", 102},
	{"GPOS", 27},
	{"HHIT", 67},
	{"HINFO", 13},
	{"HIP", 55},
	{"HTTPS", 65},
	{"IPN", 264},
	{"IPSECKEY", 45},
	{"ISDN", 20},
	{"KEY", 25},
	{"KX", 36},
	{"L32", 105},
	{"L64", 106},
	{"LOC", 29},
	{"LP", 107},
	{"MB", 7},
	{"MD", 3},
	{"MF", 4},
	{"MG", 8},
	{"MINFO", 14},
	{"MR", 9},
	{"MX", 15},
	{"NAPTR", 35},
	{"NID", 104},
	{"NIMLOC", 32},
	{"NINFO", 56},
	{"NS", 2},
	{"NSAP", 22},
	{"NSAP-PTR", 23},
	{"NSEC", 47},
	{"NSEC3", 50},
	{"NSEC3PARAM", 51},
	{"NULL", 10},
	{"NXT", 30},
	{"OPENPGPKEY", 61},
	{"OPT", 41},
	{"PTR", 12},
	{"PX", 26},
	{"RESINFO", 261},
	{"RKEY", 57},
	{"RP", 17},
	{"RRSIG", 46},
	{"RT", 21},
	{"SIG", 24},
	{"SINK", 40},
	{"SMIMEA", 53},
	{"SOA", 6},
	{"SPF", 99},
	{"SRV", 33},
	{"SSHFP", 44},
	{"SVCB", 64},
	{"TA", 32768},
	{"TALINK", 58},
	{"TLSA", 52},
	{"TXT", 16},
	{"UID", 101},
	{"UINFO", 100},
	{"UNSPEC", 103},
	{"URI", 256},
	{"WALLET", 262},
	{"WKS", 11},
	{"X25", 19},
	{"ZONEMD", 63},
};
#define N_TYPE_NAMES (sizeof type_names / sizeof type_names[0])

static int compare_type_names(const void *key, const void *item)
{
	return strcmp(key, ((const struct type_name *)item)->text);
}

/* The digits behind "TYPE" (RFC 3597 5). */
static uint16_t parse_generic(const char *digits)
{
	uint32_t value = 0;

	if (digits[0] == '\0') {
		return 0;
	}
	for (; *digits != '\0'; digits++) {
		if (*digits < '0' || *digits > '9') {
			return 0;
		}
		value = value * 10 + (uint32_t)(*digits - '0');
	}
	return value <= UINT16_MAX ? (uint16_t)value : 0;
}

uint16_t dcv_type_parse(const char *text, size_t len)
{
	char key[DCV_TYPE_TEXT_MAX];

	if (len == 0 || len >= sizeof key || memchr(text, '\0', len) != NULL) {
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		bool small = text[i] >= 'a' && text[i] <= 'z';

		key[i] = small ? (char)(text[i] - ('a' - 'A')) : text[i];
	}
	key[len] = '\0';

	const struct type_name *found = bsearch(key, type_names, N_TYPE_NAMES,
		sizeof type_names[0], compare_type_names);

	if (found != NULL) {
		return found->type;
	}
	return strncmp(key, "TYPE", 4) == 0 ? parse_generic(key + 4) : 0;
}

char *dcv_type_text(uint16_t type, char *out)
{
	for (size_t i = 0; i < N_TYPE_NAMES; i++) {
		if (type_names[i].type == type) {
			memcpy(out, type_names[i].text, DCV_TYPE_TEXT_MAX);
			return out;
		}
	}
	(void)snprintf(out, DCV_TYPE_TEXT_MAX, "TYPE%u", (unsigned)type);
	return out;
}

bool dcv_rdata_equal(const struct dcv_rdata *a, const struct dcv_rdata *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->wire, b->wire, a->len) == 0);
}

struct dcv_rdata *dcv_rdata_dup_list(const struct dcv_rdata *rdata, size_t n,
	struct dcv_arena *arena)
{
	struct dcv_rdata *values = dcv_arena_array(arena, n, sizeof *values);

	for (size_t i = 0; values != NULL && i < n; i++) {
		values[i].len = rdata[i].len;
		values[i].wire = dcv_arena_memdup(arena, rdata[i].wire, rdata[i].len);
		if (values[i].wire == NULL) {
			return NULL;
		}
	}
	return values;
}

bool dcv_rrset_has(const struct dcv_rrset *set, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < set->n; i++) {
		if (dcv_rdata_equal(&set->rdata[i], rdata)) {
			return true;
		}
	}
	return false;
}
