/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), without a library: what signs each message of an
 * update is wanted in any run, and loading libcrypto for it takes longer than all else that such a
 * run computes. Nothing here can fail; no branch and no index depends on what is digested. */
#ifndef DCV_BASE_SHA256_H
#define DCV_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define DCV_SHA256_LEN 32u
#define DCV_SHA256_BLOCK 64u

void dcv_sha256(const void *octets, size_t n, uint8_t out[DCV_SHA256_LEN]);

#define DCV_SHA256_TEXT_MAX 65u
/* The same in lower-case hex, with a NUL. */
void dcv_sha256_text(const void *octets, size_t n, char out[DCV_SHA256_TEXT_MAX]);

void dcv_hmac_sha256(const void *key, size_t n_key, const void *octets, size_t n,
	uint8_t out[DCV_SHA256_LEN]);

#endif
