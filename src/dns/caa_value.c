/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the grammar of an issue value (RFC 8659 4.2). It does not know what the
 * parameters mean. */
#include "dns/caa.h"

struct scan {
	const char *p, *end;
};

static void skip_blanks(struct scan *scan)
{
	while (scan->p < scan->end && (*scan->p == ' ' || *scan->p == '\t'))
		scan->p++;
}

static bool take(struct scan *scan, char c)
{
	if (scan->p == scan->end || *scan->p != c)
		return false;
	scan->p++;
	return true;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* A label of the issuer or the tag of a parameter: hyphens inside only. */
static bool take_word(struct scan *scan)
{
	const char *begin = scan->p;

	while (scan->p < scan->end && (is_alnum(*scan->p) || *scan->p == '-'))
		scan->p++;
	return scan->p > begin && begin[0] != '-' && scan->p[-1] != '-';
}

static bool take_issuer(struct scan *scan, struct dcv_caa_value *ret)
{
	ret->issuer = scan->p;
	if (scan->p < scan->end && *scan->p != ';') {
		do {
			if (!take_word(scan))
				return false;
		} while (take(scan, '.'));
	}
	ret->issuer_len = (size_t)(scan->p - ret->issuer);
	return true;
}

static bool is_value_octet(char c)
{
	return c > ' ' && c < 0x7f && c != ';';
}

static bool take_parameter(struct scan *scan, struct dcv_caa_parameter *ret)
{
	ret->tag = scan->p;
	if (!take_word(scan))
		return false;
	ret->tag_len = (size_t)(scan->p - ret->tag);
	skip_blanks(scan);
	if (!take(scan, '='))
		return false;
	skip_blanks(scan);
	ret->value = scan->p;
	while (scan->p < scan->end && is_value_octet(*scan->p))
		scan->p++;
	ret->value_len = (size_t)(scan->p - ret->value);
	skip_blanks(scan);
	return true;
}

bool dcv_caa_value_read(const char *text, size_t len, struct dcv_caa_value *ret)
{
	struct scan scan = {text, text + len};
	struct dcv_caa_value value;
	struct dcv_caa_parameter parameter;

	skip_blanks(&scan);
	if (!take_issuer(&scan, &value))
		return false;
	skip_blanks(&scan);
	if (scan.p < scan.end && !take(&scan, ';'))
		return false;
	skip_blanks(&scan);
	value.rest = scan.p;
	value.rest_len = (size_t)(scan.end - scan.p);
	/* A `;` may end the issuer, but not a parameter. */
	if (value.rest_len > 0) {
		do {
			skip_blanks(&scan);
			if (!take_parameter(&scan, &parameter))
				return false;
		} while (take(&scan, ';'));
	}
	if (scan.p < scan.end)
		return false;
	*ret = value;
	return true;
}

bool dcv_caa_parameter_next(struct dcv_caa_value *value, struct dcv_caa_parameter *ret)
{
	struct scan scan = {value->rest, value->rest + value->rest_len};

	if (value->rest_len == 0 || !take_parameter(&scan, ret))
		return false;
	(void)take(&scan, ';');
	skip_blanks(&scan);
	value->rest = scan.p;
	value->rest_len = (size_t)(scan.end - scan.p);
	return true;
}
