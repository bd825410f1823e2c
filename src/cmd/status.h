/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The forms of `status` that are not text for people. */
#ifndef DCV_CMD_STATUS_H
#define DCV_CMD_STATUS_H

#include "cmd/internal.h"

/* The rows and what needs attention, as metrics in Prometheus' text format. */
void dcv_status_prometheus(const struct dcv_session *session, FILE *out);

/* The same as one page of HTML that needs nothing else. Fails: what the ledger says, in diags. */
enum dcv_err dcv_status_html(struct dcv_session *session, FILE *out) DCV_NODISCARD;

#endif
