/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What can be said of an order before it is submitted: CAA, caches, and what nobody looked at. */
#ifndef DCV_CMD_PREFLIGHT_H
#define DCV_CMD_PREFLIGHT_H

#include "cmd/internal.h"

/* "before you submit", of a run that is planned: CAA of each name once (over 20 records those that
 * are in order are counted), until when caches may hold the old answer, what is not checked. */
void dcv_preflight_show(const struct dcv_session *session);

/* Nothing in the orders could be written. */
bool dcv_preflight_is(const struct dcv_session *session);

/* Plans and shows such orders, for `plan` and `apply`: DCV_E_PENDING, since their records are still
 * to come; DCV_E_REFUSED where CAA denies; DCV_OK if there is no order at all. Errors are in
 * diags. */
enum dcv_err dcv_preflight_plan(struct dcv_session *session);

/* The same for `check` and `wait`. Of names without an order nothing is wanted: DCV_OK if nothing
 * is in the way as far as this version sees. DCV_E_UNVERIFIED if CAA of some name is not known
 * here. */
enum dcv_err dcv_preflight_check(struct dcv_session *session);

#endif
