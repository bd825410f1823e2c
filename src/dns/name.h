/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Domain names in wire form, lower case (RFC 1035 3.1, RFC 4343). */
#ifndef DCV_DNS_NAME_H
#define DCV_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DCV_NAME_MAX 255u /* octets on the wire, root label included */
#define DCV_LABEL_MAX 63u
#define DCV_NAME_TEXT_MAX 1025u /* presentation form with NUL: each octet may be \DDD */

/* len counts the root label; the root itself is {1, {0}}. len 0: no name. */
struct dcv_name {
	uint8_t len;
	uint8_t wire[DCV_NAME_MAX];
};

/* Reads presentation form (RFC 1035 5.1: `\.`, `\DDD`). Without a final dot the name is
 * relative to `origin`; origin NULL: it is taken as absolute all the same. "@" alone is the
 * origin. Fails: DCV_E_FAILED with what is wrong (empty label, label over 63 octets, name
 * over 255 octets, bad escape). */
enum dcv_err dcv_name_parse(const char *text, size_t len, const struct dcv_name *origin,
	struct dcv_name *ret, struct dcv_error *err) DCV_NODISCARD;

/* As above for a NUL-terminated absolute name. */
enum dcv_err dcv_name_from(const char *text, struct dcv_name *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* Reads n octets of wire form without compression, lower-cases. False if it is malformed. */
bool dcv_name_from_wire(const uint8_t *wire, size_t n, struct dcv_name *ret);

/* Presentation form with final dot into out[DCV_NAME_TEXT_MAX]. Returns out. */
char *dcv_name_text(const struct dcv_name *name, char *out);

bool dcv_name_equal(const struct dcv_name *a, const struct dcv_name *b);
/* Canonical order, RFC 4034 6.1: <0, 0, >0. */
int dcv_name_compare(const struct dcv_name *a, const struct dcv_name *b);
/* True if name is `ancestor` or below it. */
bool dcv_name_is_within(const struct dcv_name *name, const struct dcv_name *ancestor);
/* Labels without the root. */
unsigned dcv_name_labels(const struct dcv_name *name);
/* The name without its first n labels. n <= labels. */
struct dcv_name dcv_name_parent(const struct dcv_name *name, unsigned n);
/* Prepends one label. False if the result is too long. */
bool dcv_name_prepend(const char *label, size_t len, const struct dcv_name *name,
	struct dcv_name *ret);
/* The first label is `*`. */
bool dcv_name_is_wildcard(const struct dcv_name *name);
/* The first label begins with `_`; a name whose first label does not is a shared name. */
bool dcv_name_is_underscored(const struct dcv_name *name);
/* The label with index i (0: the first) equals `label` (lower case). */
bool dcv_name_label_is(const struct dcv_name *name, unsigned i, const char *label);

#endif
