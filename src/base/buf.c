/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows growing octets and what may be shown on a terminal. It does not know
 * what the octets mean. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAP_FIRST 64u
#define SHOWN_MAX 16u /* the longest character, each octet as \xNN */

void dcv_buf_init(struct dcv_buf *buf, size_t max)
{
	/* One octet more is kept for the NUL. */
	*buf = (struct dcv_buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void dcv_buf_clear(struct dcv_buf *buf)
{
	free(buf->data);
	dcv_buf_init(buf, buf->max);
}

bool dcv_buf_reserve(struct dcv_buf *buf, size_t n)
{
	size_t need, cap;
	uint8_t *data;

	if (buf->failed)
		return false;
	if (n > buf->max - buf->len) {
		buf->failed = true;
		return false;
	}
	need = buf->len + n + 1;
	if (need <= buf->cap)
		return true;
	cap = buf->cap > SIZE_MAX / 2 ? need : buf->cap * 2;
	if (cap < CAP_FIRST)
		cap = CAP_FIRST;
	if (cap > buf->max)
		cap = buf->max + 1;
	if (cap < need)
		cap = need;
	data = realloc(buf->data, cap);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	data[buf->len] = '\0';
	buf->data = data;
	buf->cap = cap;
	return true;
}

void dcv_buf_add(struct dcv_buf *buf, const void *data, size_t n)
{
	if (!dcv_buf_reserve(buf, n))
		return;
	if (n > 0)
		memcpy(buf->data + buf->len, data, n);
	buf->len += n;
	buf->data[buf->len] = '\0';
}

void dcv_buf_adds(struct dcv_buf *buf, const char *text)
{
	dcv_buf_add(buf, text, strlen(text));
}

void dcv_buf_addc(struct dcv_buf *buf, char c)
{
	dcv_buf_add(buf, &c, 1);
}

void dcv_buf_addf(struct dcv_buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	if (!dcv_buf_reserve(buf, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)buf->data + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

const char *dcv_buf_text(const struct dcv_buf *buf)
{
	return buf->data != NULL ? (const char *)buf->data : "";
}

/* RFC 3629 4: no overlong forms, no surrogates, nothing over U+10FFFF. */
size_t dcv_utf8_len(const uint8_t *data, size_t n)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t len, i;

	if (n == 0)
		return 0;
	if (data[0] < 0x80)
		return 1;
	if (data[0] < 0xc2 || data[0] > 0xf4)
		return 0;
	len = data[0] < 0xe0 ? 2 : data[0] < 0xf0 ? 3 : 4;
	if (data[0] == 0xe0)
		low = 0xa0;
	else if (data[0] == 0xed)
		high = 0x9f;
	else if (data[0] == 0xf0)
		low = 0x90;
	else if (data[0] == 0xf4)
		high = 0x8f;
	if (n < len || data[1] < low || data[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if (data[i] < 0x80 || data[i] > 0xbf)
			return 0;
	return len;
}

/* Controls, bidi controls (they reorder what a person reads) and separators of lines. */
static bool is_unshowable(const uint8_t *data, size_t len)
{
	uint32_t c;

	if (len == 1)
		return data[0] < 0x20 || data[0] == 0x7f;
	if (len == 2) {
		c = (uint32_t)(data[0] & 0x1f) << 6 | (data[1] & 0x3f);
		return c < 0xa0 || c == 0x061c;
	}
	if (len != 3)
		return false;
	c = (uint32_t)(data[0] & 0x0f) << 12 | (uint32_t)(data[1] & 0x3f) << 6 |
		(data[2] & 0x3f);
	return c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2066 && c <= 0x2069);
}

/* Shows the first character of data (n > 0) in out[SHOWN_MAX]. Returns what it ate. */
static size_t show_one(const uint8_t *data, size_t n, char *out, size_t *ret_len)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = dcv_utf8_len(data, n), eaten = len > 0 ? len : 1, i;

	if (len > 0 && !is_unshowable(data, len)) {
		memcpy(out, data, len);
		*ret_len = len;
		return len;
	}
	for (i = 0; i < eaten; i++) {
		out[4 * i] = '\\';
		out[4 * i + 1] = 'x';
		out[4 * i + 2] = hex[data[i] >> 4];
		out[4 * i + 3] = hex[data[i] & 15];
	}
	*ret_len = 4 * eaten;
	return eaten;
}

void dcv_buf_add_shown(struct dcv_buf *buf, const void *data, size_t n)
{
	const uint8_t *octets = data;
	size_t start = buf->len, at = 0, len;
	char shown[SHOWN_MAX];

	while (at < n && !buf->failed) {
		at += show_one(octets + at, n - at, shown, &len);
		dcv_buf_add(buf, shown, len);
	}
	if (buf->failed && buf->len > start) {
		buf->len = start;
		buf->data[start] = '\0';
	}
}

size_t dcv_shown(char *out, size_t cap, const void *data, size_t n)
{
	const uint8_t *octets = data;
	size_t used = 0, at = 0, len;
	char shown[SHOWN_MAX];

	while (at < n) {
		at += show_one(octets + at, n - at, shown, &len);
		if (len >= cap - used)
			break;
		memcpy(out + used, shown, len);
		used += len;
	}
	out[used] = '\0';
	return used;
}

void dcv_hex(const void *data, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *octets = data;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[octets[i] >> 4];
		*out++ = digits[octets[i] & 15];
	}
	*out = '\0';
}
