/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows serial numbers. It does not know where they stand. */
#include "zones/serial.h"

#include <time.h>

#define DAY_S 86400
#define YEAR_S (366 * DAY_S)

bool dcv_serial_after(uint32_t a, uint32_t b)
{
	uint32_t distance = a - b;

	return distance != 0 && distance < 0x80000000u;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* YYYYMMDDnn. Years outside 1970 to 2099 are no dates but counters with ten digits. */
static bool is_date(uint32_t serial)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31};
	unsigned year = serial / 1000000u, month = serial / 10000u % 100u,
		 day = serial / 100u % 100u;

	if (year < 1970 || year > 2099 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

enum dcv_serial_style dcv_serial_style(uint32_t serial, int64_t now_s)
{
	int64_t distance = (int64_t)serial - now_s;

	if (is_date(serial))
		return DCV_SERIAL_DATE;
	return distance >= -YEAR_S && distance <= YEAR_S ? DCV_SERIAL_UNIX
							 : DCV_SERIAL_COUNTER;
}

/* Today as YYYYMMDD00, 0 if the clock is out of range. */
static uint32_t today(int64_t now_s)
{
	time_t t = (time_t)now_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 70 || tm.tm_year > 199)
		return 0;
	return (((uint32_t)tm.tm_year + 1900u) * 10000u +
		       ((uint32_t)tm.tm_mon + 1u) * 100u + (uint32_t)tm.tm_mday) *
		100u;
}

uint32_t dcv_serial_next(uint32_t old, int64_t now_s, bool *ret_ahead)
{
	enum dcv_serial_style style = dcv_serial_style(old, now_s);
	uint32_t next = old + 1u, now = next;

	if (style == DCV_SERIAL_DATE && today(now_s) != 0)
		now = today(now_s);
	else if (style == DCV_SERIAL_UNIX)
		now = (uint32_t)now_s;
	/* People date by their own clock, which may be a day ahead of UTC. */
	*ret_ahead = style == DCV_SERIAL_DATE && today(now_s + DAY_S) != 0 &&
		dcv_serial_after(old, today(now_s + DAY_S) + 99u);
	return dcv_serial_after(now, next) ? now : next;
}
