/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an error object is filled. It does not know what went wrong. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define RAW_MAX 4096u

/* Arguments may hold foreign text: whatever they hold, a message stays one line. */
static size_t format_shown(char *out, size_t cap, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static size_t format_shown(char *out, size_t cap, const char *fmt, va_list ap)
{
	char raw[RAW_MAX];
	int n = vsnprintf(raw, sizeof raw, fmt, ap);

	if (n < 0)
		raw[0] = '\0';
	return dcv_shown(out, cap, raw, strlen(raw));
}

enum dcv_err dcv_fail(struct dcv_error *err, enum dcv_err code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL || err->code != DCV_OK)
		return code;
	err->code = code;
	err->help[0] = '\0';
	va_start(ap, fmt);
	(void)format_shown(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return code;
}

enum dcv_err dcv_help(struct dcv_error *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return DCV_E_INTERNAL;
	if (err->help[0] != '\0')
		return err->code;
	va_start(ap, fmt);
	(void)format_shown(err->help, sizeof err->help, fmt, ap);
	va_end(ap);
	return err->code;
}

enum dcv_err dcv_error_wrap(struct dcv_error *err, const char *fmt, ...)
{
	char text[sizeof err->text];
	size_t n;
	va_list ap;

	if (err == NULL)
		return DCV_E_INTERNAL;
	va_start(ap, fmt);
	n = format_shown(text, sizeof text - 2, fmt, ap);
	va_end(ap);
	memcpy(text + n, ": ", 3);
	n += 2;
	(void)dcv_shown(text + n, sizeof text - n, err->text, strlen(err->text));
	memcpy(err->text, text, sizeof text);
	return err->code;
}

enum dcv_err dcv_nomem(struct dcv_error *err)
{
	return dcv_fail(err, DCV_E_NOMEM, "out of memory");
}

static const struct {
	int status;
	const char *text;
} codes[] = {
#define X(name, status, text) [DCV_E_##name] = {status, text},
	DCV_ERR_MAP(X)
#undef X
};

int dcv_err_status(enum dcv_err code)
{
	return codes[code].status;
}

const char *dcv_err_text(enum dcv_err code)
{
	return codes[code].text;
}
