/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how names and values are spelt in requests and answers: escapes are octal there,
 * where RFC 1035 5.1 has decimal ones. */
#include <stdio.h>
#include <string.h>

#include "providers/route53/route53.h"

static int is_digit(char c, char last)
{
	return c >= '0' && c <= last;
}

static void add_code(struct dcv_kit_text *to, const char *fmt, unsigned octet)
{
	char code[8];

	/* The two formats are literals of this file. */
	(void)snprintf(code, sizeof code, fmt[0] == 'o' ? "\\%03o" : "\\%03u", octet);
	dcv_kit_text_add(to, code, strlen(code));
}

/* A quotation mark within a string has an escape of its own. */
static void add_escaped(struct dcv_kit_text *to, char c)
{
	if (c == '"')
		dcv_kit_text_add(to, "\\\"", 2);
	else
		add_code(to, "o", (unsigned char)c);
}

const char *dcv_r53_to_octal(struct dcv_kit *kit, const char *text)
{
	struct dcv_kit_text to = {.kit = kit};

	for (const char *at = text; *at != '\0'; at++) {
		if (at[0] == '\\' && is_digit(at[1], '2') && is_digit(at[2], '9') &&
			is_digit(at[3], '9')) {
			add_code(&to, "o",
				(unsigned)((at[1] - '0') * 100 + (at[2] - '0') * 10 +
					at[3] - '0') &
					0xff);
			at += 3;
		} else if (at[0] == '\\' && at[1] != '\0') {
			add_escaped(&to, *++at);
		} else if (at[0] < ' ' || at[0] > '~') {
			add_code(&to, "o", (unsigned char)at[0]);
		} else {
			dcv_kit_text_add(&to, at, 1);
		}
	}
	return dcv_kit_text_end(&to);
}

/* Neither syntax of names nor of values. */
static int is_plain(unsigned octet)
{
	return octet != '\0' && octet < 0x7f &&
		strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		       "-_*",
			(int)octet) != NULL;
}

const char *dcv_r53_from_octal(struct dcv_kit *kit, const char *text)
{
	struct dcv_kit_text to = {.kit = kit};

	for (const char *at = text; *at != '\0'; at++) {
		unsigned octet = (unsigned char)at[0];

		if (at[0] == '\\' && is_digit(at[1], '3') && is_digit(at[2], '7') &&
			is_digit(at[3], '7')) {
			octet = (unsigned)((at[1] - '0') * 64 + (at[2] - '0') * 8 +
				at[3] - '0');
			at += 3;
			if (is_plain(octet))
				dcv_kit_text_add(&to, (const char[]){(char)octet}, 1);
			else
				add_code(&to, "u", octet);
		} else if (at[0] == '\\' && at[1] != '\0') {
			/* Before a digit that begins no octal code it would be a decimal one. */
			if (is_digit(*++at, '9'))
				dcv_kit_text_add(&to, at, 1);
			else
				dcv_kit_text_add(&to, at - 1, 2);
		} else if (octet < ' ' || octet > '~') {
			add_code(&to, "u", octet);
		} else {
			dcv_kit_text_add(&to, at, 1);
		}
	}
	return dcv_kit_text_end(&to);
}

void dcv_r53_add_xml(struct dcv_kit_text *to, const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		const char *instead = *at == '&' ? "&amp;"
			: *at == '<'             ? "&lt;"
			: *at == '>'             ? "&gt;"
						 : NULL;

		if (instead != NULL)
			dcv_kit_text_add(to, instead, strlen(instead));
		else
			dcv_kit_text_add(to, at, 1);
	}
}
