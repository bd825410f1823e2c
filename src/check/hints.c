/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the root name servers, and how a file that names others is read. */
#include "check/hints.h"

#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "dns/special.h"

#define FILE_MAX (64u * 1024u)
#define FIELDS_MAX 6u

struct root_server {
	const char *name, *ipv4, *ipv6;
};

/* InterNIC's named.root of 2024-04-18. */
static const struct root_server root_servers[] = {
	{"a.root-servers.net.", "198.41.0.4", "2001:503:ba3e::2:30"},
	{"b.root-servers.net.", "170.247.170.2", "2801:1b8:10::b"},
	{"c.root-servers.net.", "192.33.4.12", "2001:500:2::c"},
	{"d.root-servers.net.", "199.7.91.13", "2001:500:2d::d"},
	{"e.root-servers.net.", "192.203.230.10", "2001:500:a8::e"},
	{"f.root-servers.net.", "192.5.5.241", "2001:500:2f::f"},
	{"g.root-servers.net.", "192.112.36.4", "2001:500:12::d0d"},
	{"h.root-servers.net.", "198.97.190.53", "2001:500:1::53"},
	{"i.root-servers.net.", "192.36.148.17", "2001:7fe::53"},
	{"j.root-servers.net.", "192.58.128.30", "2001:503:c27::2:30"},
	{"k.root-servers.net.", "193.0.14.129", "2001:7fd::1"},
	{"l.root-servers.net.", "199.7.83.42", "2001:500:9f::42"},
	{"m.root-servers.net.", "202.12.27.33", "2001:dc3::35"},
};

struct reader {
	const char *path;
	unsigned line;
	struct dcv_name owner;
	size_t n;
	struct dcv_hint *items;
	struct dcv_arena *arena;
	struct dcv_error *err;
};

static enum dcv_err add(struct reader *r, const struct dcv_name *name, uint16_t type,
	const char *text, size_t len)
{
	struct dcv_hint *grown = dcv_arena_grow(r->arena, r->items, r->n, sizeof *grown);

	if (grown == NULL) {
		return dcv_nomem(r->err);
	}
	r->items = grown;
	grown[r->n] = (struct dcv_hint){.name = *name, .type = type};

	enum dcv_err rc = dcv_rdata_parse(type, text, len, NULL, r->arena,
		&grown[r->n].rdata, r->err);

	if (rc == DCV_OK) {
		r->n++;
	}
	return rc;
}

static enum dcv_err add_built_in(struct reader *r)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0;
		rc == DCV_OK && i < sizeof root_servers / sizeof root_servers[0]; i++) {
		const struct root_server *server = &root_servers[i];
		struct dcv_name name;

		rc = dcv_name_from(server->name, &name, r->err);
		if (rc == DCV_OK) {
			rc = add(r, &name, DCV_TYPE_A, server->ipv4, strlen(server->ipv4));
		}
		if (rc == DCV_OK) {
			rc = add(r, &name, DCV_TYPE_AAAA, server->ipv6,
				strlen(server->ipv6));
		}
	}
	return rc;
}

struct field {
	const char *text;
	size_t len;
};

static size_t split(const char *line, size_t len, struct field *fields)
{
	size_t n = 0, at = 0;

	while (n < FIELDS_MAX) {
		while (at < len && isspace((unsigned char)line[at])) {
			at++;
		}
		if (at == len || line[at] == ';') {
			break;
		}
		fields[n].text = line + at;
		while (at < len && !isspace((unsigned char)line[at]) && line[at] != ';') {
			at++;
		}
		fields[n].len = (size_t)(line + at - fields[n].text);
		n++;
	}
	return n;
}

static bool is_ttl_or_class(const struct field *field)
{
	if (field->len == 2 && strncasecmp(field->text, "IN", 2) == 0) {
		return true;
	}
	for (size_t i = 0; i < field->len; i++) {
		if (!isdigit((unsigned char)field->text[i])) {
			return false;
		}
	}
	return true;
}

static enum dcv_err read_record(struct reader *r, const struct field *fields, size_t n)
{
	uint16_t type = 0;
	size_t at = 0;

	while (at < n && is_ttl_or_class(&fields[at])) {
		at++;
	}
	if (n - at != 2) {
		return dcv_fail(r->err, DCV_E_FAILED, "not a record of the root hints");
	}
	type = dcv_type_parse(fields[at].text, fields[at].len);
	if (type == DCV_TYPE_NS) {
		return DCV_OK; /* an address stands for its name server */
	}
	if (type != DCV_TYPE_A && type != DCV_TYPE_AAAA) {
		return dcv_fail(r->err, DCV_E_FAILED,
			"root hints hold NS, A and AAAA records only");
	}
	return add(r, &r->owner, type, fields[at + 1].text, fields[at + 1].len);
}

static enum dcv_err read_line(struct reader *r, const char *line, size_t len)
{
	struct field fields[FIELDS_MAX];
	size_t n = split(line, len, fields), first = 0;
	enum dcv_err rc = DCV_OK;

	r->line++;
	if (n == 0 || (fields[0].len == 4 && memcmp(fields[0].text, "$TTL", 4) == 0)) {
		return DCV_OK;
	}
	if (!isspace((unsigned char)line[0])) {
		rc = dcv_name_parse(fields[0].text, fields[0].len, NULL, &r->owner,
			r->err);
		first = 1;
	}
	if (rc == DCV_OK) {
		rc = read_record(r, fields + first, n - first);
	}
	return rc;
}

static enum dcv_err read_lines(struct reader *r, const struct dcv_buf *buf)
{
	const char *at = dcv_buf_text(buf), *end = at + buf->len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline == NULL ? end : newline) - at);
		enum dcv_err rc = read_line(r, at, len);

		if (rc == DCV_E_NOMEM) {
			return rc;
		}
		if (rc != DCV_OK) {
			(void)dcv_error_wrap(r->err, "root hints: %s:%u", r->path,
				r->line);
			r->err->code = DCV_E_CONFIG;
			return DCV_E_CONFIG;
		}
		at += len + 1;
	}
	return DCV_OK;
}

static enum dcv_err read_file(struct reader *r)
{
	struct dcv_buf buf;
	enum dcv_err rc = DCV_OK;

	dcv_buf_init(&buf, FILE_MAX);
	rc = dcv_file_read(r->path, &buf, r->err);
	if (rc == DCV_OK) {
		rc = read_lines(r, &buf);
	} else if (rc != DCV_E_NOMEM) {
		(void)dcv_error_wrap(r->err, "root hints");
		r->err->code = DCV_E_CONFIG;
		rc = DCV_E_CONFIG;
	}
	dcv_buf_clear(&buf);
	if (rc == DCV_OK && r->n == 0) {
		rc = dcv_fail(r->err, DCV_E_CONFIG,
			"root hints: %s: there is no address in it", r->path);
	}
	return rc;
}

enum dcv_err dcv_hints_read(const char *path, struct dcv_arena *arena,
	struct dcv_hints *ret, struct dcv_error *err)
{
	struct dcv_error own = {.code = DCV_OK};
	struct reader r = {.path = path, .arena = arena, .err = err == NULL ? &own : err};
	enum dcv_err rc = path == NULL ? add_built_in(&r) : read_file(&r);

	if (rc == DCV_OK) {
		*ret = (struct dcv_hints){r.n, r.items};
	}
	return rc;
}

enum dcv_err dcv_hints_special(const struct dcv_hints *hints, bool *ret,
	struct dcv_error *err)
{
	*ret = false;
	for (size_t i = 0; i < hints->n; i++) {
		struct dcv_addr addr;
		enum dcv_err rc = dcv_addr_from_rdata(&hints->items[i].rdata, 53, &addr,
			err);

		if (rc != DCV_OK) {
			return rc;
		}
		*ret = *ret || dcv_addr_special(&addr) != NULL;
	}
	return DCV_OK;
}
