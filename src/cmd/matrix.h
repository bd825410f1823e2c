/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The live view of a wait on a terminal: one line for the whole, then what is not yet as it
 * should be, drawn over and over in the same place. */
#ifndef DCV_CMD_MATRIX_H
#define DCV_CMD_MATRIX_H

#include "cmd/internal.h"

/* Begins a view if standard output is a terminal and nothing else is to stand there; else
 * session->matrix stays NULL and the calls below do nothing. `verify` is borrowed. */
void dcv_matrix_begin(struct dcv_session *session, const struct dcv_verify *verify);

/* From now on what is left is time: counts down to *settled* (seconds since 1970). */
void dcv_matrix_settle(struct dcv_session *session, int64_t settled_s);

/* Draws, if the last time was at least 100 ms ago. */
void dcv_matrix_tick(struct dcv_session *session);

/* Takes the view off the screen, so that a line can be printed; the next tick draws it again. */
void dcv_matrix_hide(struct dcv_session *session);

/* Takes it off the screen for good. */
void dcv_matrix_end(struct dcv_session *session);

/* What a view shows, for a screen of this size, added to *out; how many lines it is. */
struct dcv_matrix_look {
	const struct dcv_verify *verify;
	size_t n_published, n_orders;
	int64_t elapsed_ms;
	int64_t settled_left_s; /* -1: not counted down */
	size_t columns, lines; /* of the screen */
	bool colour;
};
size_t dcv_matrix_draw(const struct dcv_matrix_look *look, struct dcv_buf *out);

#endif
