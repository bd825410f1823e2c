/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A plan in a file: what was decided and everything that it rests on, so that what is carried
 * out later is what was looked at. */
#ifndef DCV_CMD_SAVED_H
#define DCV_CMD_SAVED_H

#include "cmd/internal.h"

/* plan --save: writes the plan of session->run, whole or not at all. Errors are in diags. */
enum dcv_err dcv_saved_write(struct dcv_session *session);

/* apply --plan: takes orders and options from the file. Fails: DCV_E_USAGE where orders are
 * given beside it, DCV_E_REFUSED where it was changed or cut off. Errors are in diags. */
enum dcv_err dcv_saved_read(struct dcv_session *session);

/* After planning again: DCV_E_REFUSED, with what moved, unless everything is as it was. */
enum dcv_err dcv_saved_compare(struct dcv_session *session);

#endif
