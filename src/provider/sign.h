/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Signatures over requests: the canonical request, hashed, under an HMAC (AWS Signature Version 4
 * and its kin). */
#ifndef DCV_PROVIDER_SIGN_H
#define DCV_PROVIDER_SIGN_H

#include "base/arena.h"
#include "provider/http_url.h"
#include "provider/provider.h"

#define DCV_SIGN_HEADERS_MAX 3u

/* The headers that make the request a signed one at time now_s: date, token, Authorization. In
 * the arena. All headers of the request are signed, those with an underscore excepted for SDK-HMAC.
 * Fails: DCV_E_CONFIG: a key, region or service is missing, or the query has a "+", which servers
 * read in two ways; DCV_E_UNVERIFIED: no libcrypto; DCV_E_NOMEM. */
enum dcv_err dcv_sign_request(const struct dcvp_http_request *request,
	const struct dcv_url *url, int64_t now_s, struct dcv_arena *arena,
	struct dcvp_header ret[DCV_SIGN_HEADERS_MAX], size_t *ret_n,
	struct dcv_error *err) DCV_NODISCARD;

#endif
