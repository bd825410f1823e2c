/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Where a person is needed, as the ledger and the clock say it. */
#ifndef DCV_CMD_ATTENTION_H
#define DCV_CMD_ATTENTION_H

#include "cmd/internal.h"

/* Fills session->attention from session->rows, the journal and what is retained. Errors are in
 * diags. */
enum dcv_err dcv_attention_find(struct dcv_session *session) DCV_NODISCARD;

/* One more: an order, the cause, what is the matter, and the verb that helps. False: memory is
 * out. */
bool dcv_attention_add(struct dcv_session *session, const struct dcv_order_row *row,
	const char *cause, const char *text, const char *verb);
/* A pending order, with what was lost of it. False: memory is out. */
bool dcv_attention_pending(struct dcv_session *session, const struct dcv_order_row *row);
/* Runs that were cut off. */
enum dcv_err dcv_attention_runs(struct dcv_session *session) DCV_NODISCARD;

/* Shows it as text. */
void dcv_attention_show(const struct dcv_session *session);

#endif
