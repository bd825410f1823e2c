/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Text and times in a page of HTML. Every octet that came from outside goes through here. */
#ifndef DCV_CMD_HTML_H
#define DCV_CMD_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "dns/name.h"

/* Made of data/page.css by the build: the style, and its SHA-256 as a policy names it. */
extern const char dcv_page_style[], dcv_page_style_hash[];

/* Foreign text, escaped for text and for quoted attributes: what is no text becomes \xNN. What
 * is longer than 512 octets is cut, with an ellipsis. */
void dcv_html_text(FILE *out, const char *text);

/* <TAG CLASS>text</TAG>; css: NULL for none. tag and css are words of ours. */
void dcv_html_element(FILE *out, const char *tag, const char *css, const char *text);

/* A name without its final dot, as people write it. */
void dcv_html_name(FILE *out, const struct dcv_name *name);

/* <time>: the moment in local time, with the machine-readable form beside it. */
void dcv_html_time(FILE *out, int64_t time_s);

/* How far the moment is from now: "in 12 min", "3 d ago". */
void dcv_html_distance(FILE *out, int64_t time_s, int64_t now_s);

#endif
