/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Zones of a `manual` account: a person carries the edits out. */
#ifndef DCV_CMD_MANUAL_H
#define DCV_CMD_MANUAL_H

#include "cmd/internal.h"

/* Says what a person is to do, on standard output. False: there is nothing of the kind. */
bool dcv_manual_show(const struct dcv_session *session);

/* The name servers have it: notes it in the ledger. Errors are in diags. */
enum dcv_err dcv_manual_note(struct dcv_session *session);

#endif
