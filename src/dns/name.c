/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows domain names as labels on the wire and their presentation form. It does not
 * know records, zones, or internationalised names. */
#include "dns/name.h"

#include <string.h>

#define LABELS_MAX 127u
#define SHOWN_MAX 80u

/* Not tolower(): the locale must not decide what a name is (RFC 4343 2). */
static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The text of a bad name for a message: printable ASCII only, cut to fit. */
static const char *shown(const char *text, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < SHOWN_MAX; i++) {
		out[n++] = text[i] > ' ' && text[i] <= '~' ? text[i] : '?';
	}
	out[n] = '\0';
	return out;
}

static enum dcv_err bad_name(struct dcv_error *err, const char *text, size_t len,
	const char *why)
{
	char out[SHOWN_MAX + 1];

	return dcv_fail(err, DCV_E_FAILED, "name \"%s\": %s", shown(text, len, out), why);
}

/* Reads one octet at text[*i], `\X` and `\DDD` included. NULL, or what is wrong. */
static const char *read_octet(const char *text, size_t len, size_t *i, uint8_t *ret)
{
	if (text[*i] != '\\') {
		*ret = (uint8_t)text[*i];
		*i += 1;
		return *ret <= ' ' || *ret == 0x7f ? "blank or control character" : NULL;
	}
	if (len - *i < 2) {
		return "escape at its end";
	}
	if (!is_digit(text[*i + 1])) {
		*ret = (uint8_t)text[*i + 1];
		*i += 2;
		return NULL;
	}
	if (len - *i < 4 || !is_digit(text[*i + 2]) || !is_digit(text[*i + 3])) {
		return "bad escape";
	}

	int value = (text[*i + 1] - '0') * 100 + (text[*i + 2] - '0') * 10 +
		(text[*i + 3] - '0');

	*ret = (uint8_t)value;
	*i += 4;
	return value > 255 ? "bad escape" : NULL;
}

/* Reads one label with its length octet to wire[*n]; *i stops at the dot or the end. */
static const char *read_label(const char *text, size_t len, size_t *i, uint8_t *wire,
	size_t *n)
{
	size_t at = *n, used = 0;

	while (*i < len && text[*i] != '.') {
		uint8_t octet = 0;
		const char *why = read_octet(text, len, i, &octet);

		if (why != NULL) {
			return why;
		}
		if (used == DCV_LABEL_MAX) {
			return "label over 63 octets";
		}
		/* One octet is left for the root label. */
		if (at + 1 + used + 1 >= DCV_NAME_MAX) {
			return "over 255 octets";
		}
		used++;
		wire[at + used] = lower(octet);
	}
	if (used == 0) {
		return "empty label";
	}
	wire[at] = (uint8_t)used;
	*n = at + 1 + used;
	return NULL;
}

/* Reads all labels. *ret_n: octets without a root label; *ret_absolute: a final dot. */
static const char *read_labels(const char *text, size_t len, uint8_t *wire, size_t *ret_n,
	bool *ret_absolute)
{
	size_t i = 0;

	*ret_n = 0;
	*ret_absolute = false;
	while (i < len) {
		const char *why = read_label(text, len, &i, wire, ret_n);

		if (why != NULL) {
			return why;
		}
		if (i < len) {
			i++;
			*ret_absolute = i == len;
		}
	}
	return NULL;
}

enum dcv_err dcv_name_parse(const char *text, size_t len, const struct dcv_name *origin,
	struct dcv_name *ret, struct dcv_error *err)
{
	struct dcv_name name = {.len = 1};
	const struct dcv_name root = {.len = 1};
	const struct dcv_name *tail = origin != NULL ? origin : &root;
	bool absolute = false;
	size_t n = 0;

	if (len == 0) {
		return dcv_fail(err, DCV_E_FAILED, "name: empty");
	}
	if (len == 1 && text[0] == '.') {
		*ret = root;
		return DCV_OK;
	}
	if (len == 1 && text[0] == '@') {
		if (origin == NULL) {
			return bad_name(err, text, len, "there is no origin here");
		}
		*ret = *origin;
		return DCV_OK;
	}

	const char *why = read_labels(text, len, name.wire, &n, &absolute);

	if (why != NULL) {
		return bad_name(err, text, len, why);
	}
	if (absolute) {
		tail = &root;
	}
	if (n + tail->len > DCV_NAME_MAX) {
		return bad_name(err, text, len, "over 255 octets with its origin");
	}
	memcpy(name.wire + n, tail->wire, tail->len);
	name.len = (uint8_t)(n + tail->len);
	*ret = name;
	return DCV_OK;
}

enum dcv_err dcv_name_from(const char *text, struct dcv_name *ret, struct dcv_error *err)
{
	return dcv_name_parse(text, strlen(text), NULL, ret, err);
}

bool dcv_name_from_wire(const uint8_t *wire, size_t n, struct dcv_name *ret)
{
	struct dcv_name name = {.len = 0};
	size_t at = 0;

	if (n == 0 || n > DCV_NAME_MAX) {
		return false;
	}
	while (wire[at] != 0) {
		size_t next = at + 1 + wire[at];

		if (wire[at] > DCV_LABEL_MAX || next >= n) {
			return false;
		}
		name.wire[at] = wire[at];
		for (size_t i = at + 1; i < next; i++) {
			name.wire[i] = lower(wire[i]);
		}
		at = next;
	}
	if (at + 1 != n) {
		return false;
	}
	name.len = (uint8_t)n;
	*ret = name;
	return true;
}

/* One octet of a label in presentation form; returns its end. What a zone file reads as
 * syntax is escaped too, so that the text may stand in one. */
static char *write_octet(uint8_t octet, char *out)
{
	/* What nearly all names are made of. */
	if ((octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9')) {
		*out = (char)octet;
		return out + 1;
	}
	if (octet <= ' ' || octet >= 0x7f) {
		out[0] = '\\';
		out[1] = (char)('0' + octet / 100);
		out[2] = (char)('0' + octet / 10 % 10);
		out[3] = (char)('0' + octet % 10);
		return out + 4;
	}
	if (strchr(".\\\"();@$", octet) != NULL) {
		*out++ = '\\';
	}
	*out++ = (char)octet;
	return out;
}

char *dcv_name_text(const struct dcv_name *name, char *out)
{
	char *p = out;
	size_t at = 0;

	if (name->len == 1) {
		*p++ = '.';
	}
	while (at < name->len && name->wire[at] != 0) {
		size_t next = at + 1 + name->wire[at];

		for (size_t i = at + 1; i < next; i++) {
			p = write_octet(name->wire[i], p);
		}
		*p++ = '.';
		at = next;
	}
	*p = '\0';
	return out;
}

bool dcv_name_equal(const struct dcv_name *a, const struct dcv_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* Where each label begins; returns how many there are, the root not counted. */
static unsigned label_starts(const struct dcv_name *name, uint8_t *starts)
{
	unsigned n = 0;
	size_t at = 0;

	while (at < name->len && name->wire[at] != 0 && n < LABELS_MAX) {
		starts[n++] = (uint8_t)at;
		at += 1u + name->wire[at];
	}
	return n;
}

static int compare_labels(const uint8_t *a, const uint8_t *b)
{
	size_t n = a[0] < b[0] ? a[0] : b[0];
	int order = memcmp(a + 1, b + 1, n);

	return order != 0 ? order : (int)a[0] - (int)b[0];
}

int dcv_name_compare(const struct dcv_name *a, const struct dcv_name *b)
{
	uint8_t starts_a[LABELS_MAX], starts_b[LABELS_MAX];
	unsigned n_a = label_starts(a, starts_a), n_b = label_starts(b, starts_b);

	for (unsigned i = 1; i <= n_a && i <= n_b; i++) {
		int order = compare_labels(a->wire + starts_a[n_a - i],
			b->wire + starts_b[n_b - i]);

		if (order != 0) {
			return order;
		}
	}
	return (int)n_a - (int)n_b;
}

bool dcv_name_is_within(const struct dcv_name *name, const struct dcv_name *ancestor)
{
	size_t at = 0;

	if (ancestor->len == 0 || ancestor->len > name->len) {
		return false;
	}
	/* Only where a label begins may the rest be the ancestor. */
	while (at + ancestor->len < name->len) {
		at += 1u + name->wire[at];
	}
	return at + ancestor->len == name->len &&
		memcmp(name->wire + at, ancestor->wire, ancestor->len) == 0;
}

unsigned dcv_name_labels(const struct dcv_name *name)
{
	uint8_t starts[LABELS_MAX];

	return label_starts(name, starts);
}

struct dcv_name dcv_name_parent(const struct dcv_name *name, unsigned n)
{
	struct dcv_name parent = {.len = 0};
	size_t at = 0;

	while (n > 0 && at < name->len && name->wire[at] != 0) {
		at += 1u + name->wire[at];
		n--;
	}
	parent.len = (uint8_t)(name->len - at);
	memcpy(parent.wire, name->wire + at, parent.len);
	return parent;
}

bool dcv_name_prepend(const char *label, size_t len, const struct dcv_name *name,
	struct dcv_name *ret)
{
	struct dcv_name child = {.len = 0};

	if (len == 0 || len > DCV_LABEL_MAX || name->len == 0 ||
		len + 1 + name->len > DCV_NAME_MAX) {
		return false;
	}
	child.len = (uint8_t)(len + 1 + name->len);
	child.wire[0] = (uint8_t)len;
	for (size_t i = 0; i < len; i++) {
		child.wire[1 + i] = lower((uint8_t)label[i]);
	}
	memcpy(child.wire + 1 + len, name->wire, name->len);
	*ret = child;
	return true;
}

bool dcv_name_is_wildcard(const struct dcv_name *name)
{
	return name->len > 2 && name->wire[0] == 1 && name->wire[1] == '*';
}

bool dcv_name_is_underscored(const struct dcv_name *name)
{
	return name->len > 2 && name->wire[0] > 0 && name->wire[1] == '_';
}

bool dcv_name_label_is(const struct dcv_name *name, unsigned i, const char *label)
{
	uint8_t starts[LABELS_MAX];
	unsigned n = label_starts(name, starts);
	size_t len = strlen(label);

	return i < n && name->wire[starts[i]] == len &&
		memcmp(name->wire + starts[i] + 1, label, len) == 0;
}
