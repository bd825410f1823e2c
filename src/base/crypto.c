/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows that libcrypto comes with a module, which is opened for each call: a run without
 * them does not load the library, and where they are many it is held open. HMAC with
 * SHA-256 needs none. */
#include "base/crypto_module.h"

static enum dcv_err open_module(struct dcv_module *ret,
	const struct dcv_crypto_module **ret_crypto, struct dcv_error *err)
{
	enum dcv_err rc = dcv_module_open("crypto", sizeof(struct dcv_crypto_module),
		DCV_CRYPTO_ABI, ret, err);

	if (rc == DCV_OK)
		*ret_crypto = (const void *)ret->entry;
	return rc;
}

enum dcv_err dcv_crypto_hold(struct dcv_module *ret, struct dcv_error *err)
{
	const struct dcv_crypto_module *crypto;

	return open_module(ret, &crypto, err);
}

enum dcv_err dcv_hmac_held(const struct dcv_module *held, enum dcv_digest digest,
	const void *key, size_t n_key, const void *octets, size_t n,
	uint8_t out[DCV_HMAC_MAX], size_t *ret_n, struct dcv_error *err)
{
	const struct dcv_crypto_module *crypto = (const void *)held->entry;
	size_t len = crypto->hmac(digest, key, n_key, octets, n, out);

	if (len == 0)
		return dcv_nomem(err);
	*ret_n = len;
	return DCV_OK;
}

enum dcv_err dcv_hmac(enum dcv_digest digest, const void *key, size_t n_key,
	const void *octets, size_t n, uint8_t out[DCV_HMAC_MAX], size_t *ret_n,
	struct dcv_error *err)
{
	struct dcv_module module;
	enum dcv_err rc;

	if (digest == DCV_SHA256) {
		dcv_hmac_sha256(key, n_key, octets, n, out);
		*ret_n = DCV_SHA256_LEN;
		return DCV_OK;
	}
	rc = dcv_crypto_hold(&module, err);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_hmac_held(&module, digest, key, n_key, octets, n, out, ret_n, err);
	dcv_module_close(&module);
	return rc;
}

enum dcv_err dcv_sign_rs256(const char *what, const char *pem, const void *octets,
	size_t n, struct dcv_arena *arena, const unsigned char **ret, size_t *ret_n,
	struct dcv_error *err)
{
	struct dcv_module module;
	const struct dcv_crypto_module *crypto;
	enum dcv_err rc = open_module(&module, &crypto, err);

	if (rc != DCV_OK)
		return rc;
	rc = crypto->sign_rs256(what, pem, octets, n, arena, ret, ret_n, err);
	dcv_module_close(&module);
	return rc;
}

enum dcv_err dcv_cert_read(const char *what, const void *octets, size_t n,
	struct dcv_arena *arena, struct dcv_cert *ret, struct dcv_error *err)
{
	struct dcv_module module;
	const struct dcv_crypto_module *crypto;
	enum dcv_err rc = open_module(&module, &crypto, err);

	if (rc != DCV_OK)
		return rc;
	rc = crypto->cert_read(what, octets, n, arena, ret, err);
	dcv_module_close(&module);
	return rc;
}

enum dcv_err dcv_csr_read(const char *what, const void *octets, size_t n,
	struct dcv_arena *arena, struct dcv_csr *ret, struct dcv_error *err)
{
	struct dcv_module module;
	const struct dcv_crypto_module *crypto;
	enum dcv_err rc = open_module(&module, &crypto, err);

	if (rc != DCV_OK)
		return rc;
	rc = crypto->csr_read(what, octets, n, arena, ret, err);
	dcv_module_close(&module);
	return rc;
}
