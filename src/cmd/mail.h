/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What cron's `cleanup` says, as a mail: ASCII, under 78 columns, the first line a summary. */
#ifndef DCV_CMD_MAIL_H
#define DCV_CMD_MAIL_H

#include "cmd/internal.h"

/* Says what became of session->cleans, and session->attention; nothing if there is nothing to
 * say. n_left: orders that were not clean before. Sets session->msg. */
void dcv_mail(struct dcv_session *session, size_t n_left);

#endif
