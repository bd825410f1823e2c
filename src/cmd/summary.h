/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Many records in few lines: how many are in which state, then the problems by cause. */
#ifndef DCV_CMD_SUMMARY_H
#define DCV_CMD_SUMMARY_H

#include "cmd/internal.h"

/* There are over 20 records or zones, and --all was not given. */
bool dcv_summary_is_wanted(const struct dcv_session *session);

/* The plan. */
void dcv_summary_plan(const struct dcv_session *session);

/* The zones that were written. */
void dcv_summary_written(const struct dcv_session *session);

/* "35 effective, 2 blocked (C50)": how many orders of a run are how far in which some went on
 * without the others, in the session's arena. NULL: none did, or memory is out. */
const char *dcv_summary_end(struct dcv_session *session);

/* What the name servers answered. */
void dcv_summary_check(const struct dcv_session *session, const struct dcv_verify *verify);

/* The order in whose text the place of a diagnostic lies, or NULL. */
const struct dcv_order *dcv_summary_order_at(const struct dcv_session *session,
	const struct dcv_diag *diag);

/* The diagnostics, on standard error: those of one cause together. */
void dcv_summary_diags(const struct dcv_session *session);

#endif
