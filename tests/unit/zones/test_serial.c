/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Serial numbers: a table of what comes next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "zones/serial.h"

#define NOW 1795219200 /* 2026-11-21 00:00:00 UTC */

static void next_is_in_style(void **state)
{
	static const struct {
		uint32_t old, next;
		enum dcv_serial_style style;
		bool ahead;
	} rows[] = {
		{0, 1, DCV_SERIAL_COUNTER, false},
		{7, 8, DCV_SERIAL_COUNTER, false},
		{4294967295u, 0, DCV_SERIAL_COUNTER, false},
		{2147483647u, 2147483648u, DCV_SERIAL_COUNTER, false},
		/* date */
		{2026010101u, 2026112100u, DCV_SERIAL_DATE, false},
		{2026112100u, 2026112101u, DCV_SERIAL_DATE, false},
		{2026112199u, 2026112200u, DCV_SERIAL_DATE, false},
		{2026112203u, 2026112204u, DCV_SERIAL_DATE,
			false}, /* a day ahead: a time zone */
		{2026112300u, 2026112301u, DCV_SERIAL_DATE, true},
		{2030010199u, 2030010200u, DCV_SERIAL_DATE, true},
		{2024022901u, 2026112100u, DCV_SERIAL_DATE, false},
		{2023022901u, 2023022902u, DCV_SERIAL_COUNTER, false}, /* no such day */
		{2026130101u, 2026130102u, DCV_SERIAL_COUNTER, false},
		{2026120001u, 2026120002u, DCV_SERIAL_COUNTER, false},
		{2100010100u, 2100010101u, DCV_SERIAL_COUNTER, false},
		/* unix time */
		{1795219199u, 1795219200u, DCV_SERIAL_UNIX, false},
		{1795219200u, 1795219201u, DCV_SERIAL_UNIX, false},
		{1795300000u, 1795300001u, DCV_SERIAL_UNIX, false},
		{1765000000u, 1795219200u, DCV_SERIAL_UNIX, false},
		{1600000000u, 1600000001u, DCV_SERIAL_COUNTER, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool ahead = false;

		assert_int_equal(dcv_serial_style(rows[i].old, NOW), rows[i].style);
		assert_int_equal(dcv_serial_next(rows[i].old, NOW, &ahead), rows[i].next);
		assert_int_equal(ahead, rows[i].ahead);
		assert_true(dcv_serial_after(rows[i].next, rows[i].old));
	}
}

/* A clock that is years off moves no serial backwards. */
static void never_backwards(void **state)
{
	static const int64_t clocks[] = {0, NOW - 10 * 365 * 86400LL, NOW,
		NOW + 20 * 365 * 86400LL, 4102444799, 99999999999, -1};
	static const uint32_t serials[] = {0, 1, 2026112105u, 1795219200u, 2147483648u,
		4294967295u, 1970010100u};

	(void)state;
	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		for (size_t j = 0; j < sizeof serials / sizeof serials[0]; j++) {
			bool ahead;
			uint32_t next = dcv_serial_next(serials[j], clocks[i], &ahead);

			assert_true(dcv_serial_after(next, serials[j]));
		}
	}
}

static void order_is_rfc_1982(void **state)
{
	(void)state;
	assert_true(dcv_serial_after(1, 0));
	assert_true(dcv_serial_after(0, 4294967295u));
	assert_true(dcv_serial_after(2147483647u, 0));
	assert_false(dcv_serial_after(2147483648u, 0));
	assert_false(dcv_serial_after(0, 0));
	assert_false(dcv_serial_after(0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_is_in_style),
		cmocka_unit_test(never_backwards),
		cmocka_unit_test(order_is_rfc_1982),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
