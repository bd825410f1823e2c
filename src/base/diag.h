/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Diagnostics: what readers of files and the planner find, collected, each with its place. */
#ifndef DCV_BASE_DIAG_H
#define DCV_BASE_DIAG_H

#include <stdbool.h>

#include "base/err.h"

#define DCV_DIAGS_MAX 100u

enum dcv_severity { DCV_SEV_ERROR, DCV_SEV_WARNING };

struct dcv_place {
	const char *file; /* borrowed; NULL: no place in a file */
	unsigned line, column; /* from 1; 0: unknown */
};

/* `where:line:column: what: why`, then `help`. */
struct dcv_diag {
	enum dcv_severity severity;
	enum dcv_err code;
	char id[8]; /* cause of the catalogue ("P17"), or "" */
	char where[256];
	unsigned line, column;
	char text[512];
	char help[512]; /* without the prefix "help: "; a remedy to type begins with "run: " */
};

/* At most DCV_DIAGS_MAX are kept, the rest is counted; an error that comes when all room is
 * taken drives out a warning. Zero it before use. */
struct dcv_diags {
	struct dcv_diag *items;
	size_t n, cap, dropped, n_errors;
	enum dcv_err code; /* of the first error; DCV_OK if there is none */
	bool last_kept; /* the one added last is items[n - 1] */
};

/* Adds one. `help` may be NULL. Never fails: if memory is out, the code is still noted. */
void dcv_diag_add(struct dcv_diags *diags, enum dcv_severity severity, enum dcv_err code,
	const struct dcv_place *place, const char *help, const char *fmt, ...)
	DCV_PRINTF(6, 7);

/* Names the cause of the diagnostic added last (`id` of the failure catalogue). */
void dcv_diag_cause(struct dcv_diags *diags, const char *id);

/* Adds one that was added elsewhere before. */
void dcv_diag_copy(struct dcv_diags *diags, const struct dcv_diag *diag);

/* Adds what *err says, at `place` (may be NULL). */
void dcv_diag_add_error(struct dcv_diags *diags, const struct dcv_place *place,
	const struct dcv_error *err);

void dcv_diags_clear(struct dcv_diags *diags);

#endif
