/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the system's clocks and how times are written. It does not know
 * deadlines. */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MINUTE INT64_C(60)
#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)
/* Long enough for every key, short enough that milliseconds never overflow. */
#define DURATION_MAX_S (INT64_C(36600) * DAY)

static int64_t system_wall_s(void *ctx)
{
	struct timespec now = {0};

	(void)ctx;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with this clock */
	return now.tv_sec;
}

static int64_t system_mono_ms(void *ctx)
{
	struct timespec now = {0};

	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A signal ends it early, so that who waits sees soon that it is to stop. */
static void system_sleep_ms(void *ctx, int64_t ms)
{
	struct timespec pause;

	(void)ctx;
	if (ms <= 0)
		return;
	pause.tv_sec = ms / 1000;
	pause.tv_nsec = ms % 1000 * 1000000;
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

const struct dcv_clock dcv_clock_system = {
	.wall_s = system_wall_s,
	.mono_ms = system_mono_ms,
	.sleep_ms = system_sleep_ms,
};

int64_t dcv_now_s(const struct dcv_clock *clock)
{
	return clock->wall_s(clock->ctx);
}

int64_t dcv_mono_ms(const struct dcv_clock *clock)
{
	return clock->mono_ms(clock->ctx);
}

void dcv_sleep_ms(const struct dcv_clock *clock, int64_t ms)
{
	clock->sleep_ms(clock->ctx, ms);
}

/* A time that no calendar holds is shown as its number. */
static char *time_number(int64_t time_s, char *out)
{
	(void)snprintf(out, DCV_TIME_TEXT_MAX, "%" PRId64 " s", time_s);
	return out;
}

char *dcv_time_local(int64_t time_s, char *out)
{
	time_t when = time_s;
	struct tm parts;

	if (localtime_r(&when, &parts) == NULL ||
		strftime(out, DCV_TIME_TEXT_MAX, "%Y-%m-%d %H:%M %z", &parts) == 0)
		return time_number(time_s, out);
	return out;
}

char *dcv_time_utc(int64_t time_s, char *out)
{
	time_t when = time_s;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL ||
		strftime(out, DCV_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return time_number(time_s, out);
	return out;
}

char *dcv_duration_text(int64_t seconds, char *out)
{
	const char *sign = seconds < 0 ? "-" : "";
	uint64_t s = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds, unit = DAY;
	const char *name = "d";

	if (s <= 120) {
		unit = 1;
		name = "s";
	} else if (s <= 120 * MINUTE && s % HOUR != 0) {
		unit = MINUTE;
		name = "min";
	} else if (s <= 48 * HOUR) {
		unit = HOUR;
		name = "h";
	}
	(void)snprintf(out, DCV_TIME_TEXT_MAX, "%s%" PRIu64 " %s", sign,
		s / unit + (s % unit >= unit - unit / 2 ? 1 : 0), name);
	return out;
}

char *dcv_span_text(int64_t seconds, char *out)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {{DAY, "d"}, {HOUR, "h"}, {MINUTE, "min"}, {1, "s"}};
	uint64_t s = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds, rest = 0;
	size_t i = 0;
	int len;

	while (units[i].unit > 1 && s < units[i].unit)
		i++;
	if (units[i].unit > 1)
		rest = s % units[i].unit / units[i + 1].unit;
	len = snprintf(out, DCV_TIME_TEXT_MAX, "%" PRIu64 " %s", s / units[i].unit,
		units[i].name);
	if (rest > 0)
		(void)snprintf(out + len, DCV_TIME_TEXT_MAX - (size_t)len,
			" %" PRIu64 " %s", rest, units[i + 1].name);
	return out;
}

static int64_t unit_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		int64_t unit;
	} units[] = {{"", 1}, {"s", 1}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY}};
	size_t i;

	for (i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(suffix, units[i].suffix) == 0)
			return units[i].unit;
	return 0;
}

enum dcv_err dcv_duration_parse(const char *what, const char *text, int64_t *ret_s,
	struct dcv_error *err)
{
	int64_t n = 0, unit;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && n <= DURATION_MAX_S; at++)
		n = n * 10 + (*at - '0');
	if (n > DURATION_MAX_S)
		return dcv_fail(err, DCV_E_USAGE, "%s: \"%.40s\": too long", what, text);
	unit = at == text ? 0 : unit_of(at);
	if (unit == 0) {
		(void)dcv_fail(err, DCV_E_USAGE, "%s: \"%.40s\" is not a duration", what,
			text);
		(void)dcv_help(err,
			"help: write a number of seconds, or 90s, 15m, 24h, 7d");
		return DCV_E_USAGE;
	}
	if (n > DURATION_MAX_S / unit)
		return dcv_fail(err, DCV_E_USAGE, "%s: \"%.40s\": too long", what, text);
	*ret_s = n * unit;
	return DCV_OK;
}
