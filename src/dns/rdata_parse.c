/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file reads the presentation form of one RDATA (RFC 1035 5.1, RFC 2782, RFC 3597 5, RFC
 * 8659 4.1.1). It does not know lines, parentheses or comments of a zone file. */
#include <arpa/inet.h>
#include <string.h>

#include "dns/rdata.h"

/* What is left of the text, and for whom it is read. */
struct scan {
	const char *p, *end;
	uint16_t type;
	const struct dcv_name *origin;
	struct dcv_error *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static enum dcv_err bad(struct scan *scan, const char *why)
{
	char text[DCV_TYPE_TEXT_MAX];

	return dcv_fail(scan->err, DCV_E_FAILED, "%s: %s",
		dcv_type_text(scan->type, text), why);
}

static void skip_blanks(struct scan *scan)
{
	while (scan->p < scan->end && is_blank(*scan->p)) {
		scan->p++;
	}
}

/* The next word up to a blank; an escaped blank belongs to it. False at the end. */
static bool next_word(struct scan *scan, const char **ret, size_t *ret_len)
{
	skip_blanks(scan);

	const char *begin = scan->p;

	while (scan->p < scan->end && !is_blank(*scan->p)) {
		scan->p += *scan->p == '\\' && scan->end - scan->p > 1 ? 2 : 1;
	}
	*ret = begin;
	*ret_len = (size_t)(scan->p - begin);
	return scan->p > begin;
}

/* A decimal number of at most max. False if the word is none. */
static bool read_number(const char *word, size_t len, uint32_t max, uint32_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_digit(word[i])) {
			return false;
		}
		value = value * 10 + (uint64_t)(word[i] - '0');
		if (value > max) {
			return false;
		}
	}
	*ret = (uint32_t)value;
	return len > 0;
}

static uint32_t unit_seconds(char c)
{
	switch (c) {
	case 's':
	case 'S':
		return 1;
	case 'm':
	case 'M':
		return 60;
	case 'h':
	case 'H':
		return 3600;
	case 'd':
	case 'D':
		return 86400;
	case 'w':
	case 'W':
		return 604800;
	default:
		return 0;
	}
}

/* Seconds, or the "1h30m" that BIND and its kin read in a SOA. */
static bool read_period(const char *word, size_t len, uint32_t *ret)
{
	uint64_t sum = 0;
	size_t i = 0;

	if (read_number(word, len, UINT32_MAX, ret)) {
		return true;
	}
	while (i < len) {
		size_t begin = i;
		uint32_t count = 0;

		while (i < len && is_digit(word[i])) {
			i++;
		}
		if (i == len || unit_seconds(word[i]) == 0 ||
			!read_number(word + begin, i - begin, UINT32_MAX, &count)) {
			return false;
		}
		sum += (uint64_t)count * unit_seconds(word[i]);
		if (sum > UINT32_MAX) {
			return false;
		}
		i++;
	}
	*ret = (uint32_t)sum;
	return len > 0;
}

static enum dcv_err put(struct scan *scan, struct dcv_rdata_out *out, const void *octets,
	size_t n)
{
	return dcv_rdata_put(out, octets, n) ? DCV_OK : bad(scan, "over 65535 octets");
}

static enum dcv_err put_u32(struct scan *scan, struct dcv_rdata_out *out, uint32_t value)
{
	const uint8_t wire[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
		(uint8_t)(value >> 8), (uint8_t)value};

	return put(scan, out, wire, sizeof wire);
}

/* One octet of a string, `\X` and `\DDD` included. */
static enum dcv_err read_octet(struct scan *scan, uint8_t *ret)
{
	if (*scan->p != '\\') {
		*ret = (uint8_t)*scan->p++;
		return DCV_OK;
	}

	const char *at = scan->p + 1;
	uint32_t value = 0;

	if (at == scan->end) {
		return bad(scan, "escape at the end");
	}
	if (!is_digit(*at)) {
		*ret = (uint8_t)*at;
		scan->p = at + 1;
		return DCV_OK;
	}
	if (scan->end - at < 3 || !read_number(at, 3, 255, &value)) {
		return bad(scan, "bad escape: three digits up to \\255 are due");
	}
	*ret = (uint8_t)value;
	scan->p = at + 3;
	return DCV_OK;
}

/* How many octets from here on stand for themselves. */
static size_t plain_run(const struct scan *scan, bool quoted)
{
	const char *p = scan->p;

	while (p < scan->end && *p != '\\' && *p != '"' && (quoted || !is_blank(*p))) {
		p++;
	}
	return (size_t)(p - scan->p);
}

/* One <character-string>, quoted or not, of at most max octets. The caller has seen that
 * one begins here. */
static enum dcv_err read_string(struct scan *scan, size_t max, struct dcv_rdata_out *out)
{
	bool quoted = *scan->p == '"';
	size_t before = out->n;

	scan->p += quoted;
	while (scan->p < scan->end && (quoted ? *scan->p != '"' : !is_blank(*scan->p))) {
		const char *from = scan->p;
		size_t n = plain_run(scan, quoted);
		enum dcv_err rc = DCV_OK;
		uint8_t octet = 0;

		if (*scan->p == '"') {
			return bad(scan, "a quote inside a string without quotes");
		}
		scan->p += n;
		if (n == 0) {
			rc = read_octet(scan, &octet);
			from = (const char *)&octet;
			n = 1;
		}
		if (rc != DCV_OK) {
			return rc;
		}
		if (out->n - before + n > max) {
			return bad(scan,
				"string over 255 octets: split it in several quoted strings");
		}
		rc = put(scan, out, from, n);
		if (rc != DCV_OK) {
			return rc;
		}
	}
	if (quoted && scan->p == scan->end) {
		return bad(scan, "a quote is not closed");
	}
	scan->p += quoted;
	return DCV_OK;
}

static enum dcv_err parse_txt(struct scan *scan, struct dcv_rdata_out *out)
{
	for (skip_blanks(scan); scan->p < scan->end; skip_blanks(scan)) {
		size_t at = out->n;
		const uint8_t unknown = 0;
		enum dcv_err rc = put(scan, out, &unknown, 1);

		if (rc == DCV_OK) {
			rc = read_string(scan, DCV_STRING_MAX, out);
		}
		if (rc != DCV_OK) {
			return rc;
		}
		out->wire[at] = (uint8_t)(out->n - at - 1);
	}
	return out->n > 0 ? DCV_OK : bad(scan, "no string");
}

static enum dcv_err parse_caa(struct scan *scan, struct dcv_rdata_out *out)
{
	const char *word = NULL;
	size_t len = 0;
	uint32_t flags = 0;

	if (!next_word(scan, &word, &len) || !read_number(word, len, 255, &flags)) {
		return bad(scan, "flags must be a number from 0 to 255");
	}
	if (!next_word(scan, &word, &len) || len > DCV_STRING_MAX) {
		return bad(scan, "a tag of 1 to 255 letters and digits is due");
	}

	const uint8_t head[2] = {(uint8_t)flags, (uint8_t)len};
	enum dcv_err rc = put(scan, out, head, sizeof head);

	if (rc == DCV_OK) {
		rc = put(scan, out, word, len);
	}
	if (rc == DCV_OK && !dcv_rdata_is_sound(DCV_TYPE_CAA, out->wire, out->n)) {
		return bad(scan, "the tag has other characters than letters and digits");
	}
	skip_blanks(scan);
	if (rc == DCV_OK && scan->p == scan->end) {
		return bad(scan, "no value");
	}
	return rc == DCV_OK ? read_string(scan, DCV_RDATA_MAX, out) : rc;
}

static enum dcv_err parse_name(struct scan *scan, struct dcv_rdata_out *out)
{
	const char *word = NULL;
	size_t len = 0;
	struct dcv_name name;

	if (!next_word(scan, &word, &len)) {
		return bad(scan, "no name");
	}

	enum dcv_err rc = dcv_name_parse(word, len, scan->origin, &name, scan->err);

	return rc == DCV_OK ? put(scan, out, name.wire, name.len) : rc;
}

/* MX and SRV: numbers of 16 bits, then a name. */
static enum dcv_err parse_numbered(struct scan *scan, struct dcv_rdata_out *out)
{
	size_t head = 0;
	unsigned names = 0;

	dcv_rdata_shape(scan->type, &head, &names);
	while (out->n < head) {
		const char *word = NULL;
		size_t len = 0;
		uint32_t value = 0;

		if (!next_word(scan, &word, &len) ||
			!read_number(word, len, UINT16_MAX, &value)) {
			return bad(scan,
				head == 2
					? "a number from 0 to 65535 is due before the name"
					: "three numbers from 0 to 65535 are due before "
					  "the name");
		}

		const uint8_t wire[2] = {(uint8_t)(value >> 8), (uint8_t)value};
		enum dcv_err rc = put(scan, out, wire, sizeof wire);

		if (rc != DCV_OK) {
			return rc;
		}
	}
	return parse_name(scan, out);
}

static enum dcv_err parse_soa(struct scan *scan, struct dcv_rdata_out *out)
{
	enum dcv_err rc = parse_name(scan, out);

	if (rc == DCV_OK) {
		rc = parse_name(scan, out);
	}
	for (unsigned i = 0; i < 5 && rc == DCV_OK; i++) {
		const char *word = NULL;
		size_t len = 0;
		uint32_t value = 0;

		if (!next_word(scan, &word, &len)) {
			return bad(scan, "five numbers are due behind the two names");
		}
		/* The first is the serial, which is no period. */
		if (i == 0 ? !read_number(word, len, UINT32_MAX, &value)
			   : !read_period(word, len, &value)) {
			return bad(scan, "not a number of 32 bits");
		}
		rc = put_u32(scan, out, value);
	}
	return rc;
}

static enum dcv_err parse_address(struct scan *scan, struct dcv_rdata_out *out)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t wire[16];
	const char *word = NULL;
	size_t len = 0;
	int family = scan->type == DCV_TYPE_A ? AF_INET : AF_INET6;

	if (!next_word(scan, &word, &len) || len >= sizeof text) {
		return bad(scan, "not an address");
	}
	memcpy(text, word, len);
	text[len] = '\0';
	if (strlen(text) != len || inet_pton(family, text, wire) != 1) {
		return bad(scan, "not an address");
	}
	return put(scan, out, wire, family == AF_INET ? 4 : 16);
}

static int hex_value(char c)
{
	if (is_digit(c)) {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum dcv_err read_hex(struct scan *scan, struct dcv_rdata_out *out)
{
	const char *word = NULL;
	size_t len = 0;

	while (next_word(scan, &word, &len)) {
		if (len % 2 != 0) {
			return bad(scan, "an odd number of hexadecimal digits");
		}
		for (size_t i = 0; i < len; i += 2) {
			int high = hex_value(word[i]), low = hex_value(word[i + 1]);
			uint8_t octet = (uint8_t)(high * 16 + low);

			if (high < 0 || low < 0) {
				return bad(scan, "not hexadecimal");
			}

			enum dcv_err rc = put(scan, out, &octet, 1);

			if (rc != DCV_OK) {
				return rc;
			}
		}
	}
	return DCV_OK;
}

/* Names are compared as octets, so they are kept lower case however they were written. */
static void lower_names(uint16_t type, struct dcv_rdata_out *out)
{
	size_t at = 0;
	unsigned names = 0;

	dcv_rdata_shape(type, &at, &names);
	for (; names > 0; names--) {
		struct dcv_name name;
		size_t len = dcv_rdata_name_len(out->wire + at, out->n - at);

		if (!dcv_name_from_wire(out->wire + at, len, &name)) {
			return;
		}
		memcpy(out->wire + at, name.wire, name.len);
		at += len;
	}
}

/* RFC 3597 5, behind the `\#`. For a type we know it must have the form of that type. */
static enum dcv_err parse_generic(struct scan *scan, struct dcv_rdata_out *out)
{
	const char *word = NULL;
	size_t len = 0;
	uint32_t due = 0;

	if (!next_word(scan, &word, &len) || !read_number(word, len, DCV_RDATA_MAX, &due)) {
		return bad(scan, "a length from 0 to 65535 is due behind \\#");
	}

	enum dcv_err rc = read_hex(scan, out);

	if (rc != DCV_OK) {
		return rc;
	}
	if (out->n != due) {
		return bad(scan, "the length behind \\# is not that of the octets");
	}
	if (!dcv_rdata_is_sound(scan->type, out->wire, out->n)) {
		return bad(scan, "the octets do not have the form of this type");
	}
	lower_names(scan->type, out);
	return DCV_OK;
}

static bool take_generic_mark(struct scan *scan)
{
	skip_blanks(scan);
	if (scan->end - scan->p < 2 || scan->p[0] != '\\' || scan->p[1] != '#' ||
		(scan->end - scan->p > 2 && !is_blank(scan->p[2]))) {
		return false;
	}
	scan->p += 2;
	return true;
}

static enum dcv_err parse_typed(struct scan *scan, struct dcv_rdata_out *out)
{
	switch (scan->type) {
	case DCV_TYPE_A:
	case DCV_TYPE_AAAA:
		return parse_address(scan, out);
	case DCV_TYPE_NS:
	case DCV_TYPE_CNAME:
	case DCV_TYPE_PTR:
	case DCV_TYPE_DNAME:
		return parse_name(scan, out);
	case DCV_TYPE_MX:
	case DCV_TYPE_SRV:
		return parse_numbered(scan, out);
	case DCV_TYPE_SOA:
		return parse_soa(scan, out);
	case DCV_TYPE_TXT:
		return parse_txt(scan, out);
	case DCV_TYPE_CAA:
		return parse_caa(scan, out);
	default:
		return bad(scan, "this type is read in the form \\# LENGTH HEX only");
	}
}

static bool has_line_end(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\r' || text[i] == '\0') {
			return true;
		}
	}
	return false;
}

enum dcv_err dcv_rdata_parse(uint16_t type, const char *text, size_t len,
	const struct dcv_name *origin, struct dcv_arena *arena, struct dcv_rdata *ret,
	struct dcv_error *err)
{
	struct scan scan = {.p = text,
		.end = text + len,
		.type = type,
		.origin = origin,
		.err = err};
	DCV_RDATA_OUT(out);

	out.n = 0;
	/* Whoever writes the value into a line must not find a second line in it. */
	if (has_line_end(text, len)) {
		return bad(&scan, "a line end or NUL, which must be written as \\DDD");
	}

	enum dcv_err rc = take_generic_mark(&scan) ? parse_generic(&scan, &out)
						   : parse_typed(&scan, &out);

	if (rc != DCV_OK) {
		return rc;
	}
	skip_blanks(&scan);
	if (scan.p < scan.end) {
		return bad(&scan, "more text than the record has fields");
	}
	return dcv_rdata_keep(&out, arena, ret, err);
}
