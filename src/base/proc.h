/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Runs a configured program: an argv, never a shell; bounded in time and output. */
#ifndef DCV_BASE_PROC_H
#define DCV_BASE_PROC_H

#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

struct dcv_proc_end {
	int status; /* exit status, or 128 + signal */
	bool timed_out; /* killed with its group because the time was over */
};

/* Runs argv[0] (found in PATH) with argv, standard input empty, standard output and error
 * together into *output (initialised by the caller; what is over its maximum is dropped).
 * It runs in a group of its own, which is killed when time_ms is over. An exit status other
 * than 0 is not an error here. Fails: DCV_E_FAILED if it could not be started. */
enum dcv_err dcv_proc_run(const char *const *argv, int64_t time_ms,
	const struct dcv_clock *clock, struct dcv_buf *output, struct dcv_proc_end *ret,
	struct dcv_error *err) DCV_NODISCARD;
/* The same for a program whose output is an answer: standard error is dropped. */
enum dcv_err dcv_proc_ask(const char *const *argv, int64_t time_ms,
	const struct dcv_clock *clock, struct dcv_buf *output, struct dcv_proc_end *ret,
	struct dcv_error *err) DCV_NODISCARD;

#endif
