/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The clock, handed to whoever needs time, so that tests can set it. */
#ifndef DCV_BASE_CLOCK_H
#define DCV_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct dcv_clock {
	int64_t (*wall_s)(void *ctx); /* seconds since 1970 UTC */
	int64_t (*mono_ms)(void *ctx); /* milliseconds, never set back: for deadlines */
	void (*sleep_ms)(void *ctx, int64_t ms); /* a signal may end it early */
	void *ctx;
};

extern const struct dcv_clock dcv_clock_system;

/* Shorthands. */
int64_t dcv_now_s(const struct dcv_clock *clock);
int64_t dcv_mono_ms(const struct dcv_clock *clock);
void dcv_sleep_ms(const struct dcv_clock *clock, int64_t ms);

#define DCV_TIME_TEXT_MAX 40
/* Local time with offset ("2026-11-22 10:14 +0100"), as people read it; and UTC in RFC 3339
 * form ("2026-11-22T09:14:00Z"), as JSON carries it. `out` is DCV_TIME_TEXT_MAX octets;
 * returns out. */
char *dcv_time_local(int64_t time_s, char *out);
char *dcv_time_utc(int64_t time_s, char *out);

/* A duration for people, one or two units: "4 s", "15 min", "24 h", "30 d". */
char *dcv_duration_text(int64_t seconds, char *out);
/* The same of something measured, without its sign, by its two greatest units: "7 min 12 s",
 * "1 h", "30 d 4 h". */
char *dcv_span_text(int64_t seconds, char *out);

/* Reads "300", "90s", "15m", "24h", "7d". Seconds. Fails: DCV_E_USAGE. */
enum dcv_err dcv_duration_parse(const char *what, const char *text, int64_t *ret_s,
	struct dcv_error *err);

#endif
