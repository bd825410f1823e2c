/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The sink into which rooms report progress; only cmd/ prints. */
#ifndef DCV_BASE_LOG_H
#define DCV_BASE_LOG_H

#include "base/err.h"

enum dcv_level { DCV_LOG_NOTE, DCV_LOG_INFO, DCV_LOG_DEBUG };

/* emit gets one line without newline. NOTE: what a person wants to see; INFO: -v. */
struct dcv_log {
	void (*emit)(void *ctx, enum dcv_level level, const char *line);
	void *ctx;
	bool terse; /* only NOTE is wanted: other lines are not even made */
};

/* Whether a line of this level would be emitted: for whoever has work with making it. */
bool dcv_log_wants(const struct dcv_log *log, enum dcv_level level);

/* log may be NULL. A line over 1 KiB is cut. */
void dcv_log(const struct dcv_log *log, enum dcv_level level, const char *fmt, ...)
	DCV_PRINTF(3, 4);

#endif
