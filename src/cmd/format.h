/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* plan --format: the plan as a document for those who run the DNS, for change tickets. */
#ifndef DCV_CMD_FORMAT_H
#define DCV_CMD_FORMAT_H

#include "cmd/internal.h"

/* Writes the plan of session->run in session->format. A plan that a guard refuses becomes
 * comments, no lines that somebody could carry out; one that could not be made, nothing. */
void dcv_format_plan(struct dcv_session *session, FILE *out);

#endif
