/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how text becomes HTML. It does not know which page it is on. */
#include "cmd/html.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

#define TEXT_MAX 512u

static void put_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void dcv_html_text(FILE *out, const char *text)
{
	char shown[TEXT_MAX];
	size_t len = strnlen(text, TEXT_MAX + 1);

	/* Escaped for the terminal it may be longer, so it is cut there. */
	if (dcv_shown(shown, sizeof(shown), text, len) >= sizeof(shown) - 8 ||
		len > TEXT_MAX) {
		put_escaped(out, shown);
		fputs("…", out);
		return;
	}
	put_escaped(out, shown);
}

void dcv_html_element(FILE *out, const char *tag, const char *css, const char *text)
{
	if (css != NULL)
		fprintf(out, "<%s class=\"%s\">", tag, css);
	else
		fprintf(out, "<%s>", tag);
	dcv_html_text(out, text);
	fprintf(out, "</%s>", tag);
}

void dcv_html_name(FILE *out, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];
	size_t len = strlen(dcv_name_text(name, text));

	if (len > 1)
		text[len - 1] = '\0';
	dcv_html_text(out, text);
}

void dcv_html_time(FILE *out, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	fprintf(out, "<time datetime=\"%s\">", dcv_time_utc(time_s, text));
	fprintf(out, "%s</time>", dcv_time_local(time_s, text));
}

void dcv_html_distance(FILE *out, int64_t time_s, int64_t now_s)
{
	char text[DCV_TIME_TEXT_MAX];

	if (time_s > now_s)
		fprintf(out, "in %s", dcv_duration_text(time_s - now_s, text));
	else
		fprintf(out, "%s ago", dcv_duration_text(now_s - time_s, text));
}
