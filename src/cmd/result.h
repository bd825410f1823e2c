/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the result document (schema 1): what its parts share. */
#ifndef DCV_CMD_RESULT_H
#define DCV_CMD_RESULT_H

#include "cmd/internal.h"

/* The number of the schema: raised when a key leaves or means something else, not when one comes. */
#define DCV_RESULT_SCHEMA 1

/* Members in their one form: names absolute, types by word, times UTC (0: null). */
void dcv_result_name(struct dcv_json *object, const char *key,
	const struct dcv_name *name);
void dcv_result_type(struct dcv_json *object, uint16_t type);
void dcv_result_time(struct dcv_json *object, const char *key, int64_t time_s);
/* A value as in a zone file, in the session's arena; NULL when memory is out. */
const char *dcv_result_value(struct dcv_session *session, uint16_t type,
	const struct dcv_rdata *rdata);
/* What became of a planned value: "planned", "done", "already", "failed", "unknown". */
const char *dcv_result_outcome(const struct dcv_zone_run *zone,
	const struct dcv_value *value);

/* How many orders of a run are how far; each is counted once. */
struct dcv_result_totals {
	size_t records;
	size_t blocked; /* refused by a guard */
	size_t failed; /* a zone of theirs failed */
	size_t done; /* nothing is written for them: closed, dead, superseded */
	size_t effective, ready; /* by the answers of this run */
	size_t late; /* waited for, and not reached */
};

/* Counts the orders of the run. */
void dcv_result_count(struct dcv_session *session, struct dcv_result_totals *ret);

/* The list `orders`. */
struct dcv_json *dcv_result_orders(struct dcv_session *session);

#endif
