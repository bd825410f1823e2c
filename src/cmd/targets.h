/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is looked for, and where: from orders, ledger and zones to items and servers. */
#ifndef DCV_CMD_TARGETS_H
#define DCV_CMD_TARGETS_H

#include "cmd/internal.h"

/* Fills zones, items and subjects of *verify from session->run, which was planned. Errors are
 * in diags: DCV_E_CONFIG where no name server is known. */
enum dcv_err dcv_targets_make(struct dcv_session *session, struct dcv_verify *verify);

#endif
