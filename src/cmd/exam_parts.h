/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the exam only (exam.c, exam_cases.c, exam_tell.c): what they share. */
#ifndef DCV_CMD_EXAM_PARTS_H
#define DCV_CMD_EXAM_PARTS_H

#include "cmd/exam.h"

/* Where the items and names of all cases lie, one case behind the other. */
struct dcv_exam_rows {
	struct dcv_symptom *items;
	struct dcv_symptom_caa *caa;
	struct dcv_caa_question *questions;
	size_t n_items, n_caa;
};

/* Makes the exam's cases of the run's orders, as dcv_exam_run has it, with the facts that are known
 * before anything is asked. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_exam_make(struct dcv_session *session, const struct dcv_verify *verify,
	struct dcv_exam_rows *rows, struct dcv_error *err);
/* From what was found: the gates of *ready*. */
void dcv_exam_set_gates(struct dcv_case *of);
/* The place of a name was asked for, be it that nobody holds it. */
bool dcv_exam_was_seen(const struct dcv_place_of_name *place);

#endif
