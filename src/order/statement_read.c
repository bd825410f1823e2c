/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how members of an answer become names and records. It does not know which service
 * calls them what. */
#include "order/statement_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "dns/rr.h"
#include "order/ca.h"

#define BLANKS " \t\r\n"
#define MASK "**" /* documents and consoles hide parts of names and values so */
#define PATH_MAX_SHOWN 200

static bool failed(const struct dcv_statement_read *r)
{
	return r->err->code != DCV_OK;
}

const char *dcv_statement_made(struct dcv_statement_read *r, const char *text)
{
	if (text == NULL)
		(void)dcv_nomem(r->err);
	return text;
}

void dcv_statement_fail(struct dcv_statement_read *r, const char *path, const char *why)
{
	if (!failed(r))
		(void)dcv_fail(r->err, DCV_E_ORDER, "%s: %s%.*s: %s", r->what, r->root,
			PATH_MAX_SHOWN, path, why);
}

/* From the document's own beginning; "" when memory is out, with the error. */
static const char *whole(struct dcv_statement_read *r, const char *path)
{
	const char *text = r->root[0] != '\0'
		? DCV_STATEMENT_PRINT(r, "%s%s", r->root, path)
		: path;

	return text != NULL ? text : "";
}

static const char *trim(struct dcv_statement_read *r, const char *text, size_t len)
{
	size_t skip = strspn(text, BLANKS);

	skip = skip < len ? skip : len;
	text += skip;
	len -= skip;
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	if (len == 0)
		return NULL;
	return dcv_statement_made(r, dcv_arena_strndup(r->arena, text, len));
}

const char *dcv_statement_text(struct dcv_statement_read *r, const char *path)
{
	const char *from = whole(r, path), *text;

	if (failed(r))
		return NULL;
	switch (dcv_json_kind(r->json, from)) {
	case DCV_JSON_ABSENT:
	case DCV_JSON_NULL:
		return NULL;
	case DCV_JSON_TEXT:
		text = dcv_json_text(r->json, from);
		return text != NULL ? trim(r, text, strlen(text)) : NULL;
	case DCV_JSON_NUMBER:
	case DCV_JSON_BOOL:
	case DCV_JSON_ARRAY:
	case DCV_JSON_OBJECT:
		break;
	}
	dcv_statement_fail(r, path, "not a text");
	return NULL;
}

bool dcv_statement_int(struct dcv_statement_read *r, const char *path, int64_t *ret)
{
	const char *from = whole(r, path), *text;
	char *end;
	long long number;

	if (failed(r))
		return false;
	if (dcv_json_int(r->json, from, ret))
		return true;
	text = dcv_json_text(r->json, from);
	if (text == NULL)
		return false;
	number = strtoll(text, &end, 10);
	if (end == text || *end != '\0')
		return false;
	*ret = number;
	return true;
}

size_t dcv_statement_count(struct dcv_statement_read *r, const char *path)
{
	const char *from = whole(r, path);
	enum dcv_json_kind kind;
	size_t n;

	if (failed(r))
		return 0;
	kind = dcv_json_kind(r->json, from);
	n = dcv_json_count(r->json, from);
	if (kind != DCV_JSON_ARRAY && kind != DCV_JSON_ABSENT && kind != DCV_JSON_NULL)
		dcv_statement_fail(r, path, "not a list");
	else if (n > DCV_STATEMENT_ITEMS_MAX)
		DCV_STATEMENT_FAIL(r, path, "over %u items", DCV_STATEMENT_ITEMS_MAX);
	return failed(r) ? 0 : n;
}

void dcv_statement_need_dns(struct dcv_statement_read *r, const char *path)
{
	const char *method = dcv_statement_text(r, path);

	if (method == NULL || strncmp(method, "DNS", 3) == 0 || r->method != NULL)
		return;
	r->method = method;
	r->method_at = path;
}

static bool is_whole_text(struct dcv_statement_read *r, const char *path, const char *text)
{
	if (strstr(text, MASK) != NULL)
		dcv_statement_fail(r, path,
			"masked with asterisks: documents and consoles do that, the API does not");
	return !failed(r);
}

/* --- names --- */

static void add_name(struct dcv_statement_read *r, const char *path, const char *name)
{
	struct dcv_statement *answer = r->answer;
	const char **grown;

	if (name == NULL || failed(r) || !is_whole_text(r, path, name))
		return;
	for (size_t i = 0; i < answer->n_names; i++) {
		if (strcasecmp(answer->names[i], name) == 0)
			return;
	}
	if (answer->n_names == DCV_STATEMENT_ITEMS_MAX) {
		DCV_STATEMENT_FAIL(r, path, "over %u names", DCV_STATEMENT_ITEMS_MAX);
		return;
	}
	grown = dcv_arena_grow(r->arena, answer->names, answer->n_names, sizeof(*grown));
	if (grown == NULL) {
		(void)dcv_nomem(r->err);
		return;
	}
	answer->names = grown;
	grown[answer->n_names++] = name;
}

void dcv_statement_add_names(struct dcv_statement_read *r, const char *path,
	const char *separators)
{
	const char *text;
	size_t n = 0, len;

	if (!failed(r) && dcv_json_kind(r->json, whole(r, path)) == DCV_JSON_ARRAY)
		n = dcv_statement_count(r, path);
	for (size_t i = 0; i < n && !failed(r); i++) {
		const char *at = DCV_STATEMENT_PRINT(r, "%s[%zu]", path, i);

		if (at != NULL)
			add_name(r, at, dcv_statement_text(r, at));
	}
	text = n == 0 && dcv_json_kind(r->json, whole(r, path)) != DCV_JSON_ARRAY
		? dcv_statement_text(r, path)
		: NULL;
	for (; text != NULL && !failed(r);
		text = text[len] != '\0' ? text + len + 1 : NULL) {
		len = separators != NULL ? strcspn(text, separators) : strlen(text);
		add_name(r, path, trim(r, text, len));
	}
}

/* --- records --- */

static const char *without_wildcard(const char *domain)
{
	return strncmp(domain, "*.", 2) == 0 ? domain + 2 : domain;
}

/* Whether the host is named as a whole; others are below the domain of the answer. */
static bool is_absolute(const struct dcv_statement_record *record)
{
	const char *domain = without_wildcard(record->domain);
	size_t n = strlen(record->host), len = strlen(domain);

	return record->host[n - 1] == '.' ||
		(n > len && record->host[n - len - 1] == '.' &&
			strcasecmp(record->host + n - len, domain) == 0);
}

static bool is_same(const struct dcv_statement_record *a,
	const struct dcv_statement_record *b)
{
	return strcasecmp(a->host, b->host) == 0 && strcasecmp(a->type, b->type) == 0 &&
		strcmp(a->value, b->value) == 0 &&
		(a->domain == NULL || b->domain == NULL ||
			strcasecmp(without_wildcard(a->domain),
				without_wildcard(b->domain)) == 0 ||
			(is_absolute(a) && is_absolute(b)));
}

/* A name and its wildcard are proved by one record. */
static void keep(struct dcv_statement_read *r, const struct dcv_statement_record *record)
{
	struct dcv_statement *answer = r->answer;
	struct dcv_statement_record *grown;

	for (size_t i = 0; i < answer->n_records; i++) {
		if (is_same(&answer->records[i], record))
			return;
	}
	grown = dcv_arena_grow(r->arena, answer->records, answer->n_records,
		sizeof(*grown));
	if (grown == NULL) {
		(void)dcv_nomem(r->err);
		return;
	}
	answer->records = grown;
	grown[answer->n_records++] = *record;
}

/* A member of a record, which must be there if `needed`. */
static const char *member(struct dcv_statement_read *r, const char *path,
	const char *name, bool needed)
{
	const char *at = name, *text;

	if (name == NULL)
		return NULL;
	if (path[0] != '\0')
		at = DCV_STATEMENT_PRINT(r, "%s.%s", path, name);
	text = at != NULL ? dcv_statement_text(r, at) : NULL;
	if (text == NULL && needed && at != NULL)
		dcv_statement_fail(r, at, "missing");
	return text != NULL && is_whole_text(r, at, text) ? text : NULL;
}

void dcv_statement_add_record(struct dcv_statement_read *r, const char *path,
	const struct dcv_statement_members *members)
{
	const struct dcv_statement_record record = {
		.domain = member(r, path, members->domain, false),
		.host = member(r, path, members->host, true),
		.type = member(r, path, members->type, true),
		.value = member(r, path, members->value, true),
		.at = DCV_STATEMENT_PRINT(r, "%s%s", r->root,
			path[0] != '\0' ? path : members->host),
	};

	if (failed(r) || record.host == NULL || record.type == NULL ||
		record.value == NULL)
		return;
	if (strcasecmp(record.type, "TXT") != 0 && strcasecmp(record.type, "CNAME") != 0)
		DCV_STATEMENT_FAIL(r, path[0] != '\0' ? path : members->type,
			"a record of type %.40s, not TXT or CNAME", record.type);
	else
		keep(r, &record);
}

void dcv_statement_add_records(struct dcv_statement_read *r, const char *path,
	const struct dcv_statement_members *members)
{
	size_t n = dcv_statement_count(r, path);

	for (size_t i = 0; i < n && !failed(r); i++) {
		const char *at = DCV_STATEMENT_PRINT(r, "%s[%zu]", path, i), *type;

		if (at == NULL)
			return;
		type = member(r, at, members->type, false);
		/* The service has not yet made it, or it is a file on a web server. */
		if (type != NULL ? strncmp(type, "FILE", 4) == 0
				 : member(r, at, members->host, false) == NULL &&
					member(r, at, members->value, false) == NULL)
			continue;
		dcv_statement_add_record(r, at, members);
	}
}

/* --- the CA --- */

static const char *lower(struct dcv_statement_read *r, const char *text)
{
	char *made = dcv_arena_strdup(r->arena, text);

	for (char *c = made; c != NULL && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return dcv_statement_made(r, made);
}

/* The CA of all that the service sells whose CNAME this is; NULL: none, or several. */
static const struct dcv_ca *ca_of_record(struct dcv_statement_read *r,
	const struct dcv_statement_record *record)
{
	const char *host = lower(r, record->host), *value = lower(r, record->value);
	const struct dcv_service *service = r->answer->form->service != NULL
		? dcv_service_find(r->answer->form->service)
		: NULL;
	const struct dcv_ca *found = NULL;
	const struct dcv_form *form;

	if (service == NULL || failed(r))
		return NULL;
	for (size_t i = 0; service->cas[i] != NULL; i++) {
		const struct dcv_ca *ca = dcv_ca_find(service->cas[i]);

		if (ca == NULL || ca->forms == NULL ||
			dcv_form_fit(ca, ca->forms, host, DCV_TYPE_CNAME, value,
				strlen(value), &form) != DCV_FIT_WHOLE)
			continue;
		if (found != NULL)
			return NULL;
		found = ca;
	}
	return found;
}

static void find_ca(struct dcv_statement_read *r)
{
	struct dcv_statement *answer = r->answer;
	const struct dcv_ca *ca = NULL;

	for (size_t i = 0; i < answer->n_records && ca == NULL; i++) {
		if (strcasecmp(answer->records[i].type, "CNAME") == 0)
			ca = ca_of_record(r, &answer->records[i]);
	}
	if (answer->brand != NULL && dcv_ca_find(answer->brand) != NULL)
		ca = dcv_ca_find(answer->brand);
	answer->ca = ca != NULL ? dcv_ca_word(ca) : NULL;
}

/* --- the whole --- */

static bool is_fit(const char *name)
{
	return strlen(name) <= 128 &&
		name[strspn(name,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] ==
		'\0';
}

/* The service says why it answers nothing. */
static bool is_refusal(struct dcv_statement_read *r,
	const struct dcv_statement_reader *reader)
{
	const char *code = dcv_json_text(r->json, whole(r, reader->code)),
		   *message = dcv_json_text(r->json, whole(r, reader->message));

	if (code == NULL)
		return failed(r);
	(void)dcv_fail(r->err, DCV_E_ORDER, "%s: a refusal, not an order: %.80s%s%.300s",
		r->what, code, message != NULL ? ": " : "",
		message != NULL ? message : "");
	return true;
}

static void read_members(struct dcv_statement_read *r,
	const struct dcv_statement_reader *reader)
{
	struct dcv_statement *answer = r->answer;

	reader->read(r);
	if (!failed(r) && answer->n_records == 0 && r->method != NULL)
		DCV_STATEMENT_FAIL(r, r->method_at,
			"domains of this order are proved by %.40s, not by DNS",
			r->method);
	if (!failed(r) && answer->n_records == 0 && answer->n_names == 0 &&
		answer->status == NULL)
		(void)dcv_fail(r->err, DCV_E_ORDER,
			"%s: not an answer of %s: neither names nor records nor a status",
			r->what, reader->form.title);
	if (failed(r))
		return;
	if (answer->certificate != NULL && !is_fit(answer->certificate))
		answer->certificate = NULL;
	find_ca(r);
}

enum dcv_err dcv_statement_read_as(const struct dcv_statement_reader *reader,
	const char *what, const void *octets, size_t n, struct dcv_arena *arena,
	struct dcv_statement *ret, struct dcv_error *err)
{
	struct dcv_statement answer = {.form = &reader->form};
	struct dcv_error first = {0};
	struct dcv_statement_read r = {.what = what,
		.root = "",
		.arena = arena,
		.answer = &answer,
		.err = &first};
	struct dcv_json *json = NULL;

	if (dcv_json_parse(what, octets, n, &json, &first) != DCV_OK) {
		if (first.code == DCV_E_FAILED)
			first.code = DCV_E_ORDER;
	} else {
		r.json = json;
		if (reader->root != NULL &&
			dcv_json_kind(json, reader->root) == DCV_JSON_OBJECT) {
			const char *root = DCV_STATEMENT_PRINT(&r, "%s.", reader->root);

			r.root = root != NULL ? root : "";
		}
		if (!is_refusal(&r, reader))
			read_members(&r, reader);
	}
	dcv_json_free(json);
	if (first.code == DCV_OK)
		*ret = answer;
	else if (err != NULL && err->code == DCV_OK)
		*err = first;
	return first.code;
}
