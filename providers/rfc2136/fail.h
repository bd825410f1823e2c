/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Errors of this provider, in the terms of its interface. */
#ifndef DCV_RFC2136_FAIL_H
#define DCV_RFC2136_FAIL_H

#include "base/err.h"
#include "provider/provider.h"

/* Fills *err (the first error wins) and returns `end`. */
enum dcvp_class dcv_rfail(struct dcvp_error *err, enum dcvp_class end,
	enum dcvp_cause cause, const char *fmt, ...) DCV_PRINTF(4, 5);
/* Sets the remedy unless there is one; returns `end`. fmt begins with "run: " or "help: ". */
enum dcvp_class dcv_rhelp(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...) DCV_PRINTF(3, 4);
enum dcvp_class dcv_rnomem(struct dcvp_error *err);
/* An error of base/ or dns/ as this interface tells it: DCV_OK is DCVP_OK, memory that is out
 * DCVP_NOMEM, all else `end`. */
enum dcvp_class dcv_rfrom(struct dcvp_error *err, enum dcvp_class end,
	const struct dcv_error *from);

#endif
