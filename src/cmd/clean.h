/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside `cleanup`: what both its forms share, that of one order and that of cron. */
#ifndef DCV_CMD_CLEAN_H
#define DCV_CMD_CLEAN_H

#include "cmd/internal.h"

/* Plans the clean-up of session->cleans, open ones as if they were closed. Errors are in diags. */
enum dcv_err dcv_clean_plan(struct dcv_session *session) DCV_NODISCARD;

/* Closes those that are open, and carries it out. What another run changed meanwhile is left out.
 * Fills n_values and done of each. Failures of zones are in diags. */
enum dcv_err dcv_clean_apply(struct dcv_session *session) DCV_NODISCARD;

/* Fills n_values from the plan. */
void dcv_clean_count(struct dcv_session *session);

/* `cleanup` without an order: what is over, by the ledger, the clock and the certificates. */
enum dcv_err dcv_sweep(struct dcv_session *session) DCV_NODISCARD;

/* True if an order that is cleaned has a record again to be cleaned: it was kept until a date, and
 * that is over. Errors are in diags. */
enum dcv_err dcv_clean_is_due(struct dcv_session *session,
	const struct dcv_order_row *row, bool *ret);

#endif
