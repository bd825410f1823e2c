/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a line of progress is formed. It does not know where it goes. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define LINE_MAX_OCTETS 1024u

bool dcv_log_wants(const struct dcv_log *log, enum dcv_level level)
{
	return log != NULL && log->emit != NULL && (level == DCV_LOG_NOTE || !log->terse);
}

void dcv_log(const struct dcv_log *log, enum dcv_level level, const char *fmt, ...)
{
	char raw[LINE_MAX_OCTETS + 1], line[LINE_MAX_OCTETS + 1];
	va_list ap;
	int n;

	if (!dcv_log_wants(log, level))
		return;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	(void)dcv_shown(line, sizeof line, raw, strlen(raw));
	log->emit(log->ctx, level, line);
}
