/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is said of values that dcvctl wrote, that it did not remove, and that are gone. */
#ifndef DCV_CMD_LOST_H
#define DCV_CMD_LOST_H

#include "cmd/internal.h"

/* After the run was planned: a warning (M67) into diags for each backend that lost values: since
 * when, seen last when, and what tells who it may have been. Fails: the ledger's errors. */
enum dcv_err dcv_lost_tell(struct dcv_session *session) DCV_NODISCARD;

/* Notes what is missed: in the journal, unless a run did so before, and the orders are pending. */
enum dcv_err dcv_lost_note(struct dcv_session *session) DCV_NODISCARD;

#endif
