/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside base/ only: what the module dcv-crypto offers to crypto.c. Each function is as the one of
 * its name in crypto.h. */
#ifndef DCV_BASE_CRYPTO_MODULE_H
#define DCV_BASE_CRYPTO_MODULE_H

#include "base/crypto.h"
#include "base/module.h"

#define DCV_CRYPTO_ABI 3u

struct dcv_crypto_module {
	struct dcv_module_head head;
	enum dcv_err (*cert_read)(const char *what, const void *octets, size_t n,
		struct dcv_arena *arena, struct dcv_cert *ret, struct dcv_error *err);
	enum dcv_err (*csr_read)(const char *what, const void *octets, size_t n,
		struct dcv_arena *arena, struct dcv_csr *ret, struct dcv_error *err);
	/* The length; 0: memory is out. */
	size_t (*hmac)(enum dcv_digest digest, const void *key, size_t n_key,
		const void *octets, size_t n, uint8_t *out);
	enum dcv_err (*sign_rs256)(const char *what, const char *pem, const void *octets,
		size_t n, struct dcv_arena *arena, const unsigned char **ret,
		size_t *ret_n, struct dcv_error *err);
};

#endif
