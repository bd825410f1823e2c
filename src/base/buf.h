/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A growing buffer of octets that demands its maximum at birth. */
#ifndef DCV_BASE_BUF_H
#define DCV_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* data[len] is always a NUL once anything was added. A failed addition (over max, or memory
 * out) sets `failed` and adds nothing, nor do later ones; so a caller may add often and
 * check once. */
struct dcv_buf {
	uint8_t *data;
	size_t len, cap, max;
	bool failed;
};

/* Caller's storage; `max` octets at most. Nothing is allocated yet. */
void dcv_buf_init(struct dcv_buf *buf, size_t max);
void dcv_buf_clear(struct dcv_buf *buf);

/* Makes room for n more octets behind len; false when it failed. */
bool dcv_buf_reserve(struct dcv_buf *buf, size_t n);
void dcv_buf_add(struct dcv_buf *buf, const void *data, size_t n);
void dcv_buf_adds(struct dcv_buf *buf, const char *text);
void dcv_buf_addf(struct dcv_buf *buf, const char *fmt, ...) DCV_PRINTF(2, 3);
void dcv_buf_addc(struct dcv_buf *buf, char c);

/* The text so far, never NULL. Borrowed until the next addition. */
const char *dcv_buf_text(const struct dcv_buf *buf);

/* Adds foreign text for a terminal or a log: C0, C1, DEL, bidi controls and invalid UTF-8
 * become \xNN, so that one line stays one line and no escape sequence gets through. */
void dcv_buf_add_shown(struct dcv_buf *buf, const void *data, size_t n);

/* The same into out[cap], cut before the character that does not fit; always ends in NUL.
 * Text that was shown once stays as it is. Returns the length. */
size_t dcv_shown(char *out, size_t cap, const void *data, size_t n);

/* Two lower-case hex digits an octet into out[2 * n + 1], with a NUL. */
void dcv_hex(const void *data, size_t n, char *out);

/* The length of the well-formed UTF-8 character at data (1 to 4), or 0. */
size_t dcv_utf8_len(const uint8_t *data, size_t n);

#endif
