/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an error is handed over. It does not know which there are. */
#include "providers/rfc2136/fail.h"

#include <stdarg.h>
#include <stdio.h>

enum dcvp_class dcv_rfail(struct dcvp_error *err, enum dcvp_class end,
	enum dcvp_cause cause, const char *fmt, ...)
{
	va_list args;

	if (err->text[0] != '\0')
		return end;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	err->cause = cause;
	return end;
}

enum dcvp_class dcv_rhelp(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...)
{
	va_list args;

	if (err->help[0] != '\0')
		return end;
	va_start(args, fmt);
	(void)vsnprintf(err->help, sizeof err->help, fmt, args);
	va_end(args);
	return end;
}

enum dcvp_class dcv_rnomem(struct dcvp_error *err)
{
	return dcv_rfail(err, DCVP_NOMEM, DCVP_CAUSE_INTERNAL, "rfc2136: out of memory");
}

enum dcvp_class dcv_rfrom(struct dcvp_error *err, enum dcvp_class end,
	const struct dcv_error *from)
{
	if (from->code == DCV_OK)
		return DCVP_OK;
	if (from->code == DCV_E_NOMEM)
		return dcv_rnomem(err);
	(void)dcv_rfail(err, end,
		end == DCVP_INVALID ? DCVP_CAUSE_VALUE : DCVP_CAUSE_INTERNAL, "%s",
		from->text);
	return from->help[0] != '\0' ? dcv_rhelp(err, end, "%s", from->help) : end;
}
