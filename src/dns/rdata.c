/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the wire form of the RDATA we make and compare, and writes it as text. It
 * does not know how to read that text, nor messages. */
#include "dns/rdata.h"

#include <arpa/inet.h>
#include <string.h>

/* Every octet as \DDD, and a bit for quotes and numbers. */
#define TEXT_MAX (4u * DCV_RDATA_MAX + 1024u)

bool dcv_rdata_put(struct dcv_rdata_out *out, const void *octets, size_t n)
{
	if (n > sizeof out->wire - out->n) {
		return false;
	}
	if (n > 0) {
		memcpy(out->wire + out->n, octets, n);
	}
	out->n += n;
	return true;
}

enum dcv_err dcv_rdata_keep(const struct dcv_rdata_out *out, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err)
{
	uint8_t *wire = dcv_arena_alloc(arena, out->n);

	if (wire == NULL) {
		return dcv_nomem(err);
	}
	memcpy(wire, out->wire, out->n);
	ret->len = (uint16_t)out->n;
	ret->wire = wire;
	return DCV_OK;
}

size_t dcv_rdata_name_len(const uint8_t *wire, size_t n)
{
	size_t at = 0;

	while (at < n && at < DCV_NAME_MAX && wire[at] <= DCV_LABEL_MAX) {
		if (wire[at] == 0) {
			return at + 1;
		}
		at += 1u + wire[at];
	}
	return 0;
}

/* RFC 1035 3.3; RFC 2782: priority, weight, port, target. */
void dcv_rdata_shape(uint16_t type, size_t *ret_head, unsigned *ret_names)
{
	*ret_head = 0;
	switch (type) {
	case DCV_TYPE_SOA:
		*ret_names = 2;
		break;
	case DCV_TYPE_MX:
	case DCV_TYPE_SRV:
		*ret_head = type == DCV_TYPE_MX ? 2 : 6;
		*ret_names = 1;
		break;
	case DCV_TYPE_NS:
	case DCV_TYPE_CNAME:
	case DCV_TYPE_PTR:
	case DCV_TYPE_DNAME:
		*ret_names = 1;
		break;
	default:
		*ret_names = 0;
		break;
	}
}

static bool is_named(uint16_t type, const uint8_t *wire, size_t n)
{
	size_t at = 0;
	unsigned names = 0;

	dcv_rdata_shape(type, &at, &names);
	if (at > n) {
		return false;
	}
	for (; names > 0; names--) {
		size_t len = dcv_rdata_name_len(wire + at, n - at);

		if (len == 0) {
			return false;
		}
		at += len;
	}
	return n - at == (type == DCV_TYPE_SOA ? DCV_SOA_FIXED : 0);
}

static bool is_txt(const uint8_t *wire, size_t n)
{
	size_t at = 0;

	while (at < n) {
		at += 1u + wire[at];
	}
	return n > 0 && at == n;
}

/* RFC 8659 4.1: the tag is at least one letter or digit. */
static bool is_caa(const uint8_t *wire, size_t n)
{
	if (n < 3 || wire[1] == 0 || wire[1] > n - 2) {
		return false;
	}
	for (size_t i = 2; i < 2u + wire[1]; i++) {
		bool letter = (wire[i] | 0x20) >= 'a' && (wire[i] | 0x20) <= 'z';

		if (!letter && (wire[i] < '0' || wire[i] > '9')) {
			return false;
		}
	}
	return true;
}

bool dcv_type_is_encoded(uint16_t type)
{
	size_t head = 0;
	unsigned names = 0;

	dcv_rdata_shape(type, &head, &names);
	return names > 0 || type == DCV_TYPE_A || type == DCV_TYPE_AAAA ||
		type == DCV_TYPE_TXT || type == DCV_TYPE_CAA;
}

bool dcv_rdata_is_sound(uint16_t type, const uint8_t *wire, size_t n)
{
	switch (type) {
	case DCV_TYPE_A:
		return n == 4;
	case DCV_TYPE_AAAA:
		return n == 16;
	case DCV_TYPE_NS:
	case DCV_TYPE_CNAME:
	case DCV_TYPE_SOA:
	case DCV_TYPE_PTR:
	case DCV_TYPE_MX:
	case DCV_TYPE_SRV:
	case DCV_TYPE_DNAME:
		return is_named(type, wire, n);
	case DCV_TYPE_TXT:
		return is_txt(wire, n);
	case DCV_TYPE_CAA:
		return is_caa(wire, n);
	default:
		return true;
	}
}

/* RFC 1035 5.1; the blank stays, for it stands inside quotes. */
static void add_quoted(const uint8_t *octets, size_t n, struct dcv_buf *buf)
{
	size_t plain = 0; /* those before stand in buf */

	dcv_buf_addc(buf, '"');
	for (size_t i = 0; i < n; i++) {
		bool shown = octets[i] >= ' ' && octets[i] < 0x7f;

		if (shown && octets[i] != '"' && octets[i] != '\\') {
			continue;
		}
		dcv_buf_add(buf, octets + plain, i - plain);
		dcv_buf_addf(buf, shown ? "\\%c" : "\\%03u", octets[i]);
		plain = i + 1;
	}
	dcv_buf_add(buf, octets + plain, n - plain);
	dcv_buf_addc(buf, '"');
}

static void add_strings(const uint8_t *wire, size_t n, struct dcv_buf *buf)
{
	for (size_t at = 0; at < n; at += 1u + wire[at]) {
		if (at > 0) {
			dcv_buf_addc(buf, ' ');
		}
		add_quoted(wire + at + 1, wire[at], buf);
	}
}

static size_t add_name(const uint8_t *wire, size_t n, struct dcv_buf *buf)
{
	char text[DCV_NAME_TEXT_MAX];
	struct dcv_name name = {.len = 0};
	size_t len = dcv_rdata_name_len(wire, n);

	if (dcv_name_from_wire(wire, len, &name)) {
		dcv_buf_adds(buf, dcv_name_text(&name, text));
	}
	return len;
}

static uint32_t read_u32(const uint8_t *wire)
{
	return (uint32_t)wire[0] << 24 | (uint32_t)wire[1] << 16 |
		(uint32_t)wire[2] << 8 | wire[3];
}

/* Numbers of 16 bits, names, numbers of 32 bits. */
static void add_named(uint16_t type, const uint8_t *wire, size_t n, struct dcv_buf *buf)
{
	size_t head = 0, at = 0;
	unsigned names = 0;

	dcv_rdata_shape(type, &head, &names);
	for (; at < head; at += 2) {
		dcv_buf_addf(buf, "%u ", (unsigned)wire[at] << 8 | wire[at + 1]);
	}
	for (unsigned i = 0; i < names; i++) {
		if (i > 0) {
			dcv_buf_addc(buf, ' ');
		}
		at += add_name(wire + at, n - at, buf);
	}
	for (; at < n; at += 4) {
		dcv_buf_addf(buf, " %lu", (unsigned long)read_u32(wire + at));
	}
}

static void add_caa(const uint8_t *wire, size_t n, struct dcv_buf *buf)
{
	dcv_buf_addf(buf, "%u ", wire[0]);
	dcv_buf_add(buf, wire + 2, wire[1]);
	dcv_buf_addc(buf, ' ');
	add_quoted(wire + 2 + wire[1], n - 2 - wire[1], buf);
}

static void add_address(int family, const uint8_t *wire, struct dcv_buf *buf)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, wire, text, sizeof text) != NULL) {
		dcv_buf_adds(buf, text);
	}
}

static void add_generic(const uint8_t *wire, size_t n, struct dcv_buf *buf)
{
	dcv_buf_addf(buf, n > 0 ? "\\# %zu " : "\\# %zu", n);
	for (size_t i = 0; i < n; i++) {
		dcv_buf_addf(buf, "%02x", wire[i]);
	}
}

void dcv_rdata_text(uint16_t type, const struct dcv_rdata *rdata, struct dcv_buf *buf)
{
	if (!dcv_rdata_is_sound(type, rdata->wire, rdata->len)) {
		add_generic(rdata->wire, rdata->len, buf);
		return;
	}
	switch (type) {
	case DCV_TYPE_A:
		add_address(AF_INET, rdata->wire, buf);
		break;
	case DCV_TYPE_AAAA:
		add_address(AF_INET6, rdata->wire, buf);
		break;
	case DCV_TYPE_NS:
	case DCV_TYPE_CNAME:
	case DCV_TYPE_SOA:
	case DCV_TYPE_PTR:
	case DCV_TYPE_MX:
	case DCV_TYPE_SRV:
	case DCV_TYPE_DNAME:
		add_named(type, rdata->wire, rdata->len, buf);
		break;
	case DCV_TYPE_TXT:
		add_strings(rdata->wire, rdata->len, buf);
		break;
	case DCV_TYPE_CAA:
		add_caa(rdata->wire, rdata->len, buf);
		break;
	default:
		add_generic(rdata->wire, rdata->len, buf);
		break;
	}
}

char *dcv_rdata_dup_text(uint16_t type, const struct dcv_rdata *rdata,
	struct dcv_arena *arena)
{
	struct dcv_buf buf;
	char *text = NULL;

	dcv_buf_init(&buf, TEXT_MAX);
	dcv_rdata_text(type, rdata, &buf);
	if (!buf.failed) {
		text = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	}
	dcv_buf_clear(&buf);
	return text;
}

enum dcv_err dcv_txt_make(const void *octets, size_t n, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err)
{
	const uint8_t *from = octets;
	size_t strings = n == 0 ? 1 : n / DCV_STRING_MAX + (n % DCV_STRING_MAX != 0);

	if (n > DCV_RDATA_MAX || n + strings > DCV_RDATA_MAX) {
		return dcv_fail(err, DCV_E_FAILED,
			"TXT: %zu octets do not fit one record", n);
	}

	uint8_t *wire = dcv_arena_alloc(arena, n + strings);
	size_t at = 0;

	if (wire == NULL) {
		return dcv_nomem(err);
	}
	for (size_t left = n; left > 0;) {
		size_t len = left < DCV_STRING_MAX ? left : DCV_STRING_MAX;

		wire[at] = (uint8_t)len;
		memcpy(wire + at + 1, from + (n - left), len);
		at += 1 + len;
		left -= len;
	}
	ret->len = (uint16_t)(n + strings);
	ret->wire = wire;
	return DCV_OK;
}

char *dcv_txt_join(const struct dcv_rdata *rdata, struct dcv_arena *arena, size_t *ret_len)
{
	char *text = dcv_arena_alloc(arena, (size_t)rdata->len + 1);
	size_t n = 0;

	if (text == NULL) {
		return NULL;
	}
	for (size_t at = 0; at < rdata->len; at += 1u + rdata->wire[at]) {
		size_t rest = rdata->len - at - 1;
		size_t len = rdata->wire[at] < rest ? rdata->wire[at] : rest;

		memcpy(text + n, rdata->wire + at + 1, len);
		n += len;
	}
	text[n] = '\0';
	if (ret_len != NULL) {
		*ret_len = n;
	}
	return text;
}

enum dcv_err dcv_rdata_from_name(const struct dcv_name *name, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err)
{
	uint8_t *wire = dcv_arena_memdup(arena, name->wire, name->len);

	if (wire == NULL) {
		return dcv_nomem(err);
	}
	ret->len = name->len;
	ret->wire = wire;
	return DCV_OK;
}
