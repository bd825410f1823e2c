/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Errors: one table of codes, exit statuses and texts, and the object that carries one. */
#ifndef DCV_BASE_ERR_H
#define DCV_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* code, exit status, text. The exit statuses are a promise to scripts (dcvctl(1)). */
#define DCV_ERR_MAP(X)                                                                 \
	X(OK, 0, "the wanted state holds")                                             \
	X(FAILED, 1, "failed, nothing changed")                                        \
	X(PENDING, 2, "work is pending")                                               \
	X(PARTIAL, 3,                                                                  \
		"something changed and something failed, or the outcome is unknown")   \
	X(DEADLINE, 4, "written, but the verdict was not reached before the deadline") \
	X(LOCKED, 5, "the lock is held by another run")                                \
	X(REFUSED, 6, "refused by a guard")                                            \
	X(UNVERIFIED, 7, "unverified: this host cannot see the name servers")          \
	X(USAGE, 64, "usage")                                                          \
	X(ORDER, 65, "order")                                                          \
	X(INTERNAL, 70, "internal error")                                              \
	X(NOMEM, 70, "out of memory")                                                  \
	X(CONFIG, 78, "configuration")

enum dcv_err {
#define X(name, status, text) DCV_E_##name,
	DCV_ERR_MAP(X)
#undef X
};
#define DCV_OK DCV_E_OK

#define DCV_NODISCARD __attribute__((warn_unused_result))
#define DCV_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* One error for a person: `subject: what: why`, and what to type next. Zero it before use. */
struct dcv_error {
	enum dcv_err code;
	char text[640];
	char help[640]; /* begins with "run: " or "help: "; "" if there is none */
};

/* Fills *err (first error wins; err may be NULL) and returns code, so that callers can
 * write `return dcv_fail(err, …)`. The text has no newline and no final full stop. */
enum dcv_err dcv_fail(struct dcv_error *err, enum dcv_err code, const char *fmt, ...)
	DCV_PRINTF(3, 4);

/* Sets the remedy of the error in *err unless it has one. Returns err->code (DCV_E_INTERNAL
 * when err is NULL). fmt begins with "run: " or "help: ". */
enum dcv_err dcv_help(struct dcv_error *err, const char *fmt, ...) DCV_PRINTF(2, 3);

/* Prepends `context: ` to the text of an error. Returns err->code. */
enum dcv_err dcv_error_wrap(struct dcv_error *err, const char *fmt, ...) DCV_PRINTF(2, 3);

/* The error for a failed allocation; also err->code is DCV_E_NOMEM. */
enum dcv_err dcv_nomem(struct dcv_error *err);

/* The exit status of a code, and its text in the table above. */
int dcv_err_status(enum dcv_err code);
const char *dcv_err_text(enum dcv_err code);

#endif
