/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a U-label becomes an A-label, and which scripts may stand in one label.
 * It is the only one that knows libidn2. It does not know what the name is for. */
#include "dns/idn.h"

#include <idn2.h>
#include <string.h>

#include "base/buf.h"

#define TEXT_MAX 4096u /* of U-labels; a name has 255 octets in the end */
#define SCRIPTS_MAX 4u /* that may stand in one label */

struct range {
	uint32_t first, last;
	const char *script;
};

static const struct range ranges[] = {
#define SCRIPT(first, last, script) {first, last, script},
#include "dns/scripts.inc"
#undef SCRIPT
};

/* NULL for what no script has of its own. */
static const char *script_of(uint32_t c)
{
	size_t low = 0, high = sizeof ranges / sizeof ranges[0];

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			high = middle;
		else
			return ranges[middle].script;
	}
	return NULL;
}

static bool has(const char *const *scripts, size_t n, const char *script)
{
	for (size_t i = 0; i < n; i++)
		if (scripts[i] != NULL && strcmp(scripts[i], script) == 0)
			return true;
	return false;
}

/* Japanese, Korean and Chinese are written in several scripts, and with Latin. */
static bool may_mix(const char *const *scripts, size_t n)
{
	static const char *const mixed[][SCRIPTS_MAX] = {
		{"Latin", "Han", "Hiragana", "Katakana"},
		{"Latin", "Han", "Hangul", NULL},
		{"Latin", "Han", "Bopomofo", NULL},
	};

	for (size_t m = 0; m < sizeof mixed / sizeof mixed[0]; m++) {
		size_t known = 0;

		while (known < n && has(mixed[m], SCRIPTS_MAX, scripts[known]))
			known++;
		if (known == n)
			return true;
	}
	return n <= 1;
}

static enum dcv_err check_scripts(const char *label, const char *ascii,
	const uint32_t *letters, struct dcv_error *err)
{
	const char *scripts[SCRIPTS_MAX + 1] = {NULL};
	size_t n = 0;

	for (; *letters != 0 && n <= SCRIPTS_MAX; letters++) {
		const char *script = script_of(*letters);

		if (script != NULL && !has(scripts, n, script))
			scripts[n++] = script;
	}
	if (may_mix(scripts, n))
		return DCV_OK;
	dcv_fail(err, DCV_E_FAILED,
		"label \"%s\" mixes letters of several scripts: %s, %s", label,
		scripts[0], scripts[1]);
	return dcv_help(err, "help: if it is what the CA shows, write it as %s", ascii);
}

/* Letters, digits, `-` and `_`; what is not ASCII is libidn2's to judge. */
static bool is_label(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((uint8_t)*c < 0x80 &&
			strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
				*c) == NULL)
			return false;
	return text[0] != '\0';
}

static enum dcv_err no_label(const char *label, struct dcv_error *err)
{
	return dcv_fail(err, DCV_E_FAILED,
		"label \"%s\" holds a character that no name may have", label);
}

static enum dcv_err convert(const char *label, struct dcv_buf *buf, struct dcv_error *err)
{
	uint8_t *ascii = NULL;
	uint32_t *letters = NULL;
	enum dcv_err rc;
	int result;

	if (!is_label(label))
		return no_label(label, err);
	result = idn2_lookup_u8((const uint8_t *)label, &ascii,
		IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (result == IDN2_OK)
		result = idn2_to_unicode_8z4z((const char *)ascii, &letters, 0);
	if (result == IDN2_MALLOC)
		rc = dcv_nomem(err);
	else if (result != IDN2_OK)
		rc = dcv_fail(err, DCV_E_FAILED,
			"label \"%s\" is no internationalised label: %s", label,
			idn2_strerror(result));
	else if (!is_label((const char *)ascii)) /* what UTS 46 made of it */
		rc = no_label(label, err);
	else
		rc = check_scripts(label, (const char *)ascii, letters, err);
	if (rc == DCV_OK)
		dcv_buf_adds(buf, (const char *)ascii);
	idn2_free(ascii);
	idn2_free(letters);
	return rc;
}

/* The length of the dot at the beginning of the text (RFC 3490 3.1), or 0. */
static size_t dot_len(const char *text, size_t len)
{
	if (len > 0 && text[0] == '.')
		return 1;
	if (len >= 3 &&
		(memcmp(text, "\xe3\x80\x82", 3) == 0 ||
			memcmp(text, "\xef\xbc\x8e", 3) == 0 ||
			memcmp(text, "\xef\xbd\xa1", 3) == 0))
		return 3;
	return 0;
}

static enum dcv_err add_label(const char *text, size_t len, struct dcv_buf *buf,
	struct dcv_error *err)
{
	struct dcv_buf label;
	enum dcv_err rc = DCV_OK;
	bool ascii = true;

	for (size_t i = 0; i < len; i++)
		ascii = ascii && (uint8_t)text[i] < 0x80;
	if (ascii) {
		dcv_buf_add(buf, text, len);
		return DCV_OK;
	}
	dcv_buf_init(&label, TEXT_MAX);
	dcv_buf_add(&label, text, len);
	rc = label.failed ? dcv_nomem(err) : convert(dcv_buf_text(&label), buf, err);
	dcv_buf_clear(&label);
	return rc;
}

static enum dcv_err check_text(const char *text, size_t len, struct dcv_error *err)
{
	size_t n;

	if (len >= TEXT_MAX)
		return dcv_fail(err, DCV_E_FAILED, "a name has at most 255 octets");
	for (size_t at = 0; at < len; at += n) {
		n = dcv_utf8_len((const uint8_t *)text + at, len - at);
		if (n == 0 || text[at] == '\0')
			return dcv_fail(err, DCV_E_FAILED, "not UTF-8");
	}
	return DCV_OK;
}

enum dcv_err dcv_idn_to_ascii(const char *text, size_t len, struct dcv_arena *arena,
	char **ret, struct dcv_error *err)
{
	struct dcv_buf buf;
	char *name = NULL;
	size_t from = 0;
	enum dcv_err rc = check_text(text, len, err);

	dcv_buf_init(&buf, 4 * TEXT_MAX);
	for (size_t at = 0; rc == DCV_OK && at <= len;) {
		size_t n = dot_len(text + at, len - at);

		if (n == 0 && at < len) {
			at++;
			continue;
		}
		rc = add_label(text + from, at - from, &buf, err);
		if (n > 0)
			dcv_buf_addc(&buf, '.');
		at += n > 0 ? n : 1;
		from = at;
	}
	if (rc == DCV_OK) {
		name = buf.failed ? NULL : dcv_arena_strdup(arena, dcv_buf_text(&buf));
		rc = name != NULL ? DCV_OK : dcv_nomem(err);
	}
	dcv_buf_clear(&buf);
	if (rc == DCV_OK)
		*ret = name;
	return rc;
}

const char *dcv_idn_library(void)
{
	return idn2_check_version(NULL);
}
