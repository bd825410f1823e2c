/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Fetches the certificate that a TLS server shows, through the module dcv-tls. */
#ifndef DCV_CHECK_TLS_H
#define DCV_CHECK_TLS_H

#include "base/clock.h"
#include "base/crypto.h"

/* "HOST", "HOST:PORT" (default 443), "[ADDRESS]:PORT"; a name is asked of this host's resolvers,
 * and sent as SNI. The chain is not verified: what is looked at is which certificate stands
 * there. Gives up at deadline_ms (monotonic). SIGPIPE must be ignored (base/start.h). Fails:
 * DCV_E_FAILED; DCV_E_UNVERIFIED if the module cannot be opened. */
enum dcv_err dcv_tls_certificate(const char *target, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
