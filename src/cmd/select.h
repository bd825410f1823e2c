/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* --zone, --ca, --state: which orders a command takes. An order is in a zone if one of its
 * records is; it is taken as a whole. */
#ifndef DCV_CMD_SELECT_H
#define DCV_CMD_SELECT_H

#include "cmd/internal.h"

/* Leaves in session->orders what is selected. With --record, --ca names the CA and selects
 * nothing. The ledger must be open. Fails: DCV_E_USAGE for a word that cannot be; what the
 * ledger says. Errors are in diags. */
enum dcv_err dcv_select_orders(struct dcv_session *session) DCV_NODISCARD;

/* The same for session->rows. */
enum dcv_err dcv_select_rows(struct dcv_session *session) DCV_NODISCARD;

/* The state as a person reads it: an open order past its tokens' life is "expired"; NULL, an
 * order that the ledger does not know, is "new". */
const char *dcv_select_state(const struct dcv_order_row *row, int64_t now_s);

#endif
