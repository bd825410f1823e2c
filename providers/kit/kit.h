/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What providers of this tree share: memory and errors, trees to send, files of settings, RDATA
 * compared as text, values merged into an RRset, and what stands where in a zone. It is linked into
 * each of them, and knows the provider interface and the C library only. */
#ifndef DCV_PROVIDERS_KIT_H
#define DCV_PROVIDERS_KIT_H

#include <dcvctl/provider.h>

enum {
	DCV_KIT_A = 1,
	DCV_KIT_NS = 2,
	DCV_KIT_CNAME = 5,
	DCV_KIT_SOA = 6,
	DCV_KIT_PTR = 12,
	DCV_KIT_MX = 15,
	DCV_KIT_TXT = 16,
	DCV_KIT_AAAA = 28,
	DCV_KIT_DNAME = 39,
	DCV_KIT_RRSIG = 46,
	DCV_KIT_NSEC = 47,
	DCV_KIT_NSEC3 = 50,
	DCV_KIT_SPF = 99,
	DCV_KIT_CAA = 257,
	DCV_KIT_OTHER = 65535 /* reserved (RFC 6895 3.1): of a type whose name is not known */
};
/* Why a set of DCV_KIT_OTHER cannot be edited. */
#define DCV_KIT_OTHER_FIXED "dcvctl does not know records of this type"

/* --- memory: all from host->alloc, with its lifetime */

/* Carried through a call; `nomem` is set by whatever found memory out, and asked once. */
struct dcv_kit {
	const struct dcvp_host *host;
	int nomem;
};

/* Zeroed; never NULL for n = 0 unless memory is out. */
void *dcv_kit_array(struct dcv_kit *kit, size_t n, size_t size);
char *dcv_kit_dup(struct dcv_kit *kit, const char *text);
char *dcv_kit_format(struct dcv_kit *kit, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A text that grows. Once memory is out nothing is added. */
struct dcv_kit_text {
	struct dcv_kit *kit;
	char *data; /* with a NUL behind it; NULL: nothing yet */
	size_t len, cap;
};
void dcv_kit_text_add(struct dcv_kit_text *text, const char *data, size_t n);
/* The text; "" if nothing was added, NULL when memory is out. */
const char *dcv_kit_text_end(struct dcv_kit_text *text);

/* Percent-encoded (RFC 3986 2.1), but for unreserved octets and those in `keep`. */
const char *dcv_kit_escape(struct dcv_kit *kit, const char *text, const char *keep);

/* --- errors: each returns the class */

/* The first text wins. */
enum dcvp_class dcv_kit_fail(struct dcvp_error *err, enum dcvp_class class,
	enum dcvp_cause cause, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
enum dcvp_class dcv_kit_nomem(struct dcvp_error *err);
/* Sets the help, "help: …" or "run: …", unless there is one. */
void dcv_kit_help(struct dcvp_error *err, const char *help);

/* Of an answer 3xx: `key` of the account is where it was sent. */
#define DCV_KIT_REDIRECT(key) \
	"help: redirects are not followed: " key " must name the server itself"

/* --- trees */

/* A new last child of parent (NULL: a root). text is copied; NULL for kinds without one. */
struct dcvp_tree *dcv_kit_add(struct dcv_kit *kit, struct dcvp_tree *parent,
	const char *key, enum dcvp_kind kind, const char *text);
struct dcvp_tree *dcv_kit_add_number(struct dcv_kit *kit, struct dcvp_tree *parent,
	const char *key, int64_t number);
/* The member of an object, or NULL; tree may be NULL. */
const struct dcvp_tree *dcv_kit_get(const struct dcvp_tree *tree, const char *key);
/* Its text if it is one, else NULL. */
const char *dcv_kit_get_text(const struct dcvp_tree *tree, const char *key);
/* Its number, if it is a whole one from 0 to max; else -1. */
int64_t dcv_kit_get_number(const struct dcvp_tree *tree, const char *key, int64_t max);
/* 1 if it is true. */
int dcv_kit_get_true(const struct dcvp_tree *tree, const char *key);
size_t dcv_kit_count(const struct dcvp_tree *tree);

/* --- files that a vendor's tools share: sections, and in them keys with values */

struct dcv_kit_ini {
	const char *key;
	const char **place; /* filled in if it is NULL */
};
/* Whether a section is meant, of which this stands between the brackets. */
typedef int (*dcv_kit_section)(const char *title, size_t len, const void *ctx);
/* Takes what the sections that are meant say. Letters of keys are compared without case; a line
 * that is indented deeper than the key before it belongs to that. Returns whether there is such a
 * section. */
int dcv_kit_ini(struct dcv_kit *kit, const char *text, dcv_kit_section is_meant,
	const void *ctx, const struct dcv_kit_ini *keys, size_t n);

/* --- names, types and values */

#define DCV_KIT_TYPE_MAX 16u
/* "TXT", or "TYPE65280" (RFC 3597 5). */
const char *dcv_kit_type_text(uint16_t type, char ret[DCV_KIT_TYPE_MAX]);
/* DCV_KIT_OTHER: not known. It is other data at its owner all the same. */
uint16_t dcv_kit_type_from(const char *text);
/* An absolute name in lower case, as the interface has it. NULL: memory is out. */
const char *dcv_kit_name(struct dcv_kit *kit, const char *name);
/* Whether name is zone or lies below it; both as dcv_kit_name gives them. */
int dcv_kit_is_below(const char *name, const char *zone);
/* RDATA in the one spelling in which equal values are equal texts: TXT quoted and escaped as
 * little as can be, names and keywords in lower case, one blank between fields. */
const char *dcv_kit_canonical(struct dcv_kit *kit, uint16_t type, const char *rdata);
/* The octets of a TXT value, its strings joined, if all are printable ASCII; else NULL. */
const char *dcv_kit_plain(struct dcv_kit *kit, const char *rdata);
/* Whether two values are the same. */
int dcv_kit_is_same(struct dcv_kit *kit, uint16_t type, const char *a, const char *b);

/* --- an edit, where the backend takes whole RRsets */

struct dcv_kit_merged {
	int moved; /* the set is not the one that the edit rests on */
	int changed; /* something is to be written */
	uint32_t ttl_s;
	size_t n; /* 0: the set goes */
	const char **rdata; /* the values that stay, spelt as they are, then those that come */
};
/* What the set is after the edit; now may be NULL: there is none. */
void dcv_kit_merge(struct dcv_kit *kit, const struct dcvp_edit *edit,
	const struct dcvp_rrset *now, struct dcv_kit_merged *ret);
/* What is said of the edit, if what was sent of the change came to `sent`; err: of what failed. */
struct dcvp_result dcv_kit_result(const struct dcv_kit_merged *merged,
	enum dcvp_outcome sent, const struct dcvp_error *err);

/* --- what stands where */

/* Every set at the names that matter, or all sets of the zone, ready to be found. Names as
 * dcv_kit_name gives them. A set without values is not there. */
struct dcv_kit_entry;
struct dcv_kit_zone {
	const char *apex;
	size_t n;
	struct dcv_kit_entry *entries;
};
/* empty: names that exist without a set of their own. The sets are borrowed. */
void dcv_kit_index(struct dcv_kit *kit, const char *apex, const struct dcvp_rrset *sets,
	size_t n, const char *const *empty, size_t n_empty, struct dcv_kit_zone *ret);
/* A text that tells one state of these sets from the next, in whatever order they and their
 * values come. */
const char *dcv_kit_etag(struct dcv_kit *kit, const struct dcvp_rrset *sets, size_t n);
/* The set of an owner and type, or NULL. */
const struct dcvp_rrset *dcv_kit_find(struct dcv_kit *kit,
	const struct dcv_kit_zone *zone, const char *owner, uint16_t type);
/* Fills in ret->nodes for the owners, ret->ns, and what the SOA record says (serial, TTL,
 * MINIMUM). 0: there is no SOA record that can be read. */
int dcv_kit_view(struct dcv_kit *kit, const struct dcv_kit_zone *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret);

#endif
