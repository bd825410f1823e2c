/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* --events: what happens, as it happens, one JSON object a line. */
#ifndef DCV_CMD_EVENTS_H
#define DCV_CMD_EVENTS_H

#include "cmd/internal.h"

/* Opens what --events names, if it is given. What cannot be written is DCV_E_USAGE in diags, so
 * that it is said before anything is done. */
void dcv_events_open(struct dcv_session *session);

/* Closes it. Fails: DCV_E_FAILED, told, if not every event could be written. */
enum dcv_err dcv_events_close(struct dcv_session *session) DCV_NODISCARD;

/* An event with what all have in common: schema, time, elapsed_ms, command, event. NULL without
 * --events: setting members of it is harmless. dcv_event_end writes and frees it. */
struct dcv_json *dcv_event_begin(struct dcv_session *session, const char *name);
void dcv_event_end(struct dcv_session *session, struct dcv_json *event);

/* A step of a run at a zone, with what the plan moves there: `event` of struct dcv_run. */
void dcv_event_zone(void *session, const char *what, const struct dcv_zone_run *zone);

/* An event with members that are texts: "key", text, …, NULL. */
void dcv_event(struct dcv_session *session, const char *name, ...)
	__attribute__((sentinel));

#endif
