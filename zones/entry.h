/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What one logical entry says: its tokens, and where they lie (RFC 1035 5.1). */
#ifndef DCV_ZONES_ENTRY_H
#define DCV_ZONES_ENTRY_H

#include "base/buf.h"
#include "zones/scan.h"

/* A token; `at` counts from the beginning of the entry. Quotes do not belong to it. */
struct dcv_ztoken {
	size_t at, len;
	bool quoted;
};

/* Reads tokens one after the other; parentheses, comments and line ends are blanks here,
 * since the scanner has proved that they are well-formed. */
struct dcv_ztokens {
	const char *text;
	size_t len, pos;
};

/* False at the end. */
bool dcv_ztokens_next(struct dcv_ztokens *tokens, struct dcv_ztoken *ret);

enum dcv_zkind {
	DCV_ZKIND_EMPTY, /* only parentheses and comments */
	DCV_ZKIND_RECORD,
	DCV_ZKIND_ORIGIN,
	DCV_ZKIND_TTL,
	DCV_ZKIND_INCLUDE,
	DCV_ZKIND_GENERATE
};

#define DCV_ZARGS_MAX 8u

struct dcv_zentry {
	enum dcv_zkind kind;
	/* A record; of a $GENERATE, TTL and fields_at. len 0: not written. */
	struct dcv_ztoken owner, ttl, class, type;
	bool blank_owner; /* it is the owner of the record before */
	bool other_class; /* neither IN nor nothing */
	uint32_t ttl_s;
	uint16_t rrtype;
	size_t fields_at; /* the first token behind the owner */
	size_t rdata_at; /* behind the type */
	/* A directive: the tokens behind its name. */
	struct dcv_ztoken args[DCV_ZARGS_MAX];
	size_t n_args;
};

/* NULL, or what is wrong with it, for a person. */
const char *dcv_zentry_read(const struct dcv_zraw *raw, struct dcv_zentry *ret);

/* "300", "1h30m" in seconds. False if it is no TTL. */
bool dcv_zttl_read(const char *text, size_t len, uint32_t *ret_s);

/* A token with each control octet as \DDD, so that it stays in its line and one token. */
void dcv_ztoken_text(const struct dcv_zraw *raw, const struct dcv_ztoken *token,
	struct dcv_buf *buf);
/* The RDATA in one line: tokens with one blank between, quotes kept. */
void dcv_zentry_rdata(const struct dcv_zraw *raw, size_t rdata_at, struct dcv_buf *buf);

/* The `CA/ORDER` of the comment "; dcvctl CA/ORDER" behind the RDATA, in the entry's text; NULL:
 * there is none. What stands behind it does not count. */
const char *dcv_zmark_read(const struct dcv_zraw *raw, size_t rdata_at, size_t *ret_len);

/* The beginning of an entry that is a plain record, read fast. */
struct dcv_zhead {
	bool blank_owner, has_class, has_ttl, class_first;
	size_t owner_len;
	uint64_t dots; /* a bit for each dot of the owner */
	char separator; /* behind the owner */
	uint32_t ttl_s;
	size_t type_at, type_len;
	size_t entry_len; /* 0: not known */
};

/* `text`: from the beginning of an entry on; more than the entry may be given. False if it is not
 * of the plain form (then dcv_zentry_read must judge it). The text has DCV_ZSCAN_PAD octets
 * behind its end. */
bool dcv_zhead_read(const char *text, size_t len, struct dcv_zhead *ret);

#endif
