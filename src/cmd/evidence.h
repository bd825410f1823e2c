/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The certificate of an order: where `issued_when:` says, or in a file that is named. */
#ifndef DCV_CMD_EVIDENCE_H
#define DCV_CMD_EVIDENCE_H

#include "base/crypto.h"
#include "cmd/internal.h"

/* The order as the ledger has its document, in the session's arena; NULL: it cannot be read, and
 * diags say why. */
const struct dcv_order *dcv_evidence_order(struct dcv_session *session,
	const struct dcv_order_row *row, struct dcv_diags *diags);

/* "tls example.com:443", "/etc/ssl/shop.pem", "command get-cert". NULL: memory is out. */
const char *dcv_evidence_text(const struct dcv_evidence *at, struct dcv_arena *arena);

/* Reads the certificate that stands there; ends at deadline_ms (monotonic) at the latest, and
 * of itself after 10 s (tls) or 30 s (command). Fails: DCV_E_FAILED, DCV_E_NOMEM. */
enum dcv_err dcv_evidence_read(const struct dcv_evidence *at, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err) DCV_NODISCARD;

/* What stands at `issued_when` of an order before its first apply: SHA-256 of the certificate in
 * hex, in the arena. NULL: the order has no such key, or nothing could be seen there. */
const char *dcv_evidence_before(const struct dcv_session *session,
	const struct dcv_order *order, struct dcv_arena *arena);

#endif
