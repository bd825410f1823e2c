/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is known of certificate authorities and of the services that take orders for them.
 * The facts stand in order/data/; this is how they are asked. */
#ifndef DCV_ORDER_CA_H
#define DCV_ORDER_CA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dcv_ca {
	const char *key; /* as in `ca:` and in the ledger */
	const char *title; /* "DigiCert" */
	const char *caa; /* the issuer domain name that permits it (RFC 8659 4.2) */
	unsigned token_life_d; /* days; BR 3.2.2.4.7 */
	bool known; /* false: not in the table, named by its CAA name */
	bool dated_token; /* tokens begin with YYYYMMDD */
	bool has_token_form; /* TXT at a shared name is allowed in the form of a token */
};

struct dcv_service {
	const char *key, *title;
	bool coexist; /* values of other orders and leftovers may stand beside ours */
};

#define DCV_TOKEN_LIFE_UNKNOWN_D 30u

/* By key, brand or CAA name, any case ("GeoTrust" is digicert's; a blank, `-` and `_` are one).
 * NULL if it is in no table. */
const struct dcv_ca *dcv_ca_find(const char *text);
/* The title of the brand that the text names ("GeoTrust"); NULL if it names none. */
const char *dcv_ca_brand(const char *text);
const struct dcv_service *dcv_service_find(const char *text);

/* The CA's validator is not known to ask without a cache, so an old answer may still count. */
bool dcv_ca_caches(const struct dcv_ca *ca);

/* All keys and brands, NULL-terminated, for did-you-mean. */
const char *const *dcv_ca_words(void);
const char *const *dcv_service_words(void);

/* The octets have the form of this CA's tokens (DigiCert: [0-9A-Za-z._-]{16,128}). Always
 * false for a CA without a known form. */
bool dcv_token_fits(const struct dcv_ca *ca, const void *octets, size_t n);

/* The date at the beginning of a token, as the start of that day in UTC; false if the CA's
 * tokens carry none, or these octets are none. */
bool dcv_token_date(const struct dcv_ca *ca, const void *octets, size_t n, int64_t *ret_s);

#endif
