/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Records that are computed: from a certificate request, or from a challenge of ACME. Nothing is
 * read from a file here, and nothing is asked. All functions fail with DCV_E_NOMEM, and with
 * DCV_E_UNVERIFIED if the module of base/crypto.h cannot be opened; their outputs are untouched
 * then. `what` is the subject of a message. */
#ifndef DCV_ORDER_DERIVE_H
#define DCV_ORDER_DERIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/crypto.h"

/* --- ACME --- */

/* base64url without padding (RFC 4648 5) of a SHA-256, and its NUL. */
#define DCV_DNS01_TEXT 44u

/* The TXT value for a key authorization, which is taken octet by octet (RFC 8555 8.4). */
void dcv_derive_dns01(const char *key_authorization, char ret[DCV_DNS01_TEXT]);

/* The thumbprint of an account key in JWK form (RFC 7638): of kty RSA, EC or OKP (RFC 8037).
 * Only its public members are read, and none is ever in a message. Fails too: DCV_E_ORDER, if
 * this is no such key. */
enum dcv_err dcv_derive_thumbprint(const char *what, const void *jwk, size_t n,
	char ret[DCV_DNS01_TEXT], struct dcv_error *err) DCV_NODISCARD;

/* TOKEN "." THUMBPRINT (RFC 8555 8.1), in the arena. Fails too: DCV_E_ORDER, if the token has
 * another octet than base64url's, or the thumbprint is not 43 of them. */
enum dcv_err dcv_derive_key_authorization(const char *token, const char *thumbprint,
	struct dcv_arena *arena, const char **ret, struct dcv_error *err) DCV_NODISCARD;

/* "_", 16 characters, NUL. */
#define DCV_ACCOUNT_LABEL_TEXT 18u

/* The label that dns-account-01 puts before `_acme-challenge` for the URL of an account
 * (draft-ietf-acme-dns-account-label-02 3.1), octet by octet. Fails too: DCV_E_ORDER, if it is
 * no URL. */
enum dcv_err dcv_derive_account_label(const char *account_url,
	char ret[DCV_ACCOUNT_LABEL_TEXT], struct dcv_error *err) DCV_NODISCARD;

/* --- Sectigo, and who validates as it does --- */

#define DCV_UNIQUE_VALUE_MAX 20u

/* The CNAME that proves a certificate request. */
struct dcv_derived_cname {
	const char *host; /* `_` and the MD5; the same below each domain of the request */
	const char *target; /* with a final dot */
};

/* Where the CNAME for a certificate request points to, if the CA, in the words of `ca:`, validates
 * one: "sectigo.com". NULL: it does not, or not without a uniqueValue that its order shows. */
const char *dcv_derive_suffix(const char *ca, bool has_unique);

/* `unique` is the uniqueValue of the order, or NULL. In the arena, hashes in lower-case hex.
 * Fails too: DCV_E_ORDER, if the uniqueValue is not 1 to DCV_UNIQUE_VALUE_MAX letters and
 * digits; DCV_E_FAILED, if the request has no MD5. */
enum dcv_err dcv_derive_request_cname(const struct dcv_csr *request, const char *unique,
	const char *suffix, struct dcv_arena *arena, struct dcv_derived_cname *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
