/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* HMAC, signatures, certificates and certificate requests, through the module dcv-crypto. Each
 * function fails with DCV_E_UNVERIFIED too, if that cannot be opened (base/module.h). */
#ifndef DCV_BASE_CRYPTO_H
#define DCV_BASE_CRYPTO_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/module.h"
#include "base/sha256.h"

/* Whoever makes many calls holds the module open meanwhile, and closes it with dcv_module_close:
 * to load the library anew takes longer than a call. */
enum dcv_err dcv_crypto_hold(struct dcv_module *ret, struct dcv_error *err) DCV_NODISCARD;

enum dcv_digest { DCV_SHA1, DCV_SHA256, DCV_SHA384, DCV_SHA512 };

#define DCV_HMAC_MAX 64u
/* HMAC (RFC 2104, FIPS 198-1). The code is in out[*ret_n]: 20, 32, 48 or 64 octets. An empty key
 * is allowed. With SHA-256 nothing is opened. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_hmac(enum dcv_digest digest, const void *key, size_t n_key,
	const void *octets, size_t n, uint8_t out[DCV_HMAC_MAX], size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;

/* The same by a module that dcv_crypto_hold opened. */
enum dcv_err dcv_hmac_held(const struct dcv_module *held, enum dcv_digest digest,
	const void *key, size_t n_key, const void *octets, size_t n,
	uint8_t out[DCV_HMAC_MAX], size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;

/* RSASSA-PKCS1-v1_5 with SHA-256 (RS256, RFC 7518 3.3) by a private key in PEM without a
 * passphrase. In the arena. Fails: DCV_E_CONFIG (`what` is no RSA key, or under 2048 bits; nothing of
 * the key is in the message), DCV_E_NOMEM. */
enum dcv_err dcv_sign_rs256(const char *what, const char *pem, const void *octets,
	size_t n, struct dcv_arena *arena, const unsigned char **ret, size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;

/* What a certificate says (RFC 5280). */
struct dcv_cert {
	char sha256[DCV_SHA256_TEXT_MAX]; /* of its DER form */
	const char *issuer; /* common name and organisation, for people */
	const char *organisation; /* O of the issuer, or "" */
	int64_t not_before_s, not_after_s;
	int64_t sct_s; /* time of the latest SCT in it (RFC 6962 3.3); 0: none */
	size_t n_names;
	const char **names; /* dNSNames, lower case */
};

/* Reads the first certificate of a PEM text, or one in DER. In the arena. Fails: DCV_E_FAILED
 * with what is wrong; `what` is the subject of the message. */
enum dcv_err dcv_cert_read(const char *what, const void *octets, size_t n,
	struct dcv_arena *arena, struct dcv_cert *ret, struct dcv_error *err)
	DCV_NODISCARD;

#define DCV_MD5_TEXT_MAX 33u

/* What a certificate request says (PKCS #10, RFC 2986). */
struct dcv_csr {
	char sha256[DCV_SHA256_TEXT_MAX]; /* of its DER form, in lower-case hex */
	char md5[DCV_MD5_TEXT_MAX]; /* likewise; "" if libcrypto has none (FIPS 140) */
	size_t n_names;
	const char **names; /* dNSNames, or the common name if there is none; lower case */
};

/* Reads a request in PEM or DER; in the arena. Fails as above. */
enum dcv_err dcv_csr_read(const char *what, const void *octets, size_t n,
	struct dcv_arena *arena, struct dcv_csr *ret, struct dcv_error *err) DCV_NODISCARD;

#endif
