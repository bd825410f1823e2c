/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside zones/ only: a change that is in the files and of which there is no proof yet. */
#ifndef DCV_ZONES_PENDING_H
#define DCV_ZONES_PENDING_H

#include "zones/session.h"

struct dcv_zpending {
	struct dcv_zsession *session;
	struct dcv_zcall *call;
	struct dcv_zparts parts; /* in the order of the exchange; dcv_zparts_close */
	struct dcv_zwant want;
};

/* Adds the files that the session has exchanged. */
enum dcvp_class dcv_zpending_made(struct dcv_zpending *pending, const char *id,
	struct dcvp_error *err) DCV_NODISCARD;
/* Adds the files of the zone beside which a temporary of the change lies. */
enum dcvp_class dcv_zpending_rest(struct dcv_zpending *pending,
	const struct dcv_zfound *found, const char *id, struct dcvp_error *err)
	DCV_NODISCARD;
/* From the exchange to the end: signer, reload, proof, and the former files go or come back. Fails:
 * DCVP_FAILED (they are back), DCVP_UNKNOWN. */
enum dcvp_class dcv_zfinish(struct dcv_zpending *pending, struct dcvp_error *err)
	DCV_NODISCARD;

/* The end of what a zone was frozen for; a failure before this one is told first. */
enum dcvp_class dcv_zthaw_after(struct dcv_zsession *session, enum dcvp_class end,
	struct dcvp_error *err);

#endif
