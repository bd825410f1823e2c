/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Serial numbers of zones (RFC 1982): what style one has, and which comes next. Pure. */
#ifndef DCV_ZONES_SERIAL_H
#define DCV_ZONES_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* True if `a` is later than `b`, RFC 1982 3.2. */
bool dcv_serial_after(uint32_t a, uint32_t b);

enum dcv_serial_style { DCV_SERIAL_COUNTER, DCV_SERIAL_DATE, DCV_SERIAL_UNIX };

/* Date: ten digits YYYYMMDDnn with a real date; unix: within a year of now_s; else counter. */
enum dcv_serial_style dcv_serial_style(uint32_t serial, int64_t now_s);

/* The serial after `old`, in its style, never backwards: max(the style's now, old + 1).
 * *ret_ahead: a date serial that is ahead of tomorrow. */
uint32_t dcv_serial_next(uint32_t old, int64_t now_s, bool *ret_ahead);

#endif
