/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an error of this room is worded. It does not know which there are. */
#include "zones/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum dcvp_class dcv_zfail(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...)
{
	va_list args;

	if (err == NULL || err->text[0] != '\0')
		return end;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	return end;
}

enum dcvp_class dcv_zhelp(struct dcvp_error *err, enum dcvp_class end, const char *fmt,
	...)
{
	va_list args;

	if (err == NULL || err->help[0] != '\0')
		return end;
	va_start(args, fmt);
	(void)vsnprintf(err->help, sizeof err->help, fmt, args);
	va_end(args);
	return end;
}

enum dcvp_class dcv_znomem(struct dcvp_error *err)
{
	return dcv_zfail(err, DCVP_NOMEM, "zone file: out of memory");
}

enum dcvp_class dcv_zerrno(struct dcvp_error *err, const char *path, const char *what,
	int error)
{
	return dcv_zfail(err, error == ENOMEM ? DCVP_NOMEM : DCVP_FAILED, "%s: %s: %s",
		path, what, strerror(error));
}
