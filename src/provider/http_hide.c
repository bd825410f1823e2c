/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what of an exchange may be seen: not the secrets of the settings, not what a
 * request authenticates with, not what is called a secret in a body. */
#include <stdlib.h>
#include <string.h>

#include "provider/http.h"

#define IN_BODY_MIN 16u /* of what is noted from a body */
#define SECRET_MIN \
	6u /* a shorter word of a header is none: it would hide half of every line */

bool dcv_http_is_plain(const char *name)
{
	static const char *const plain[] = {"accept", "content-type", "content-length",
		"date", "retry-after", "if-match", "etag", "link", "location", "server",
		"allow", "user-agent"};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcasecmp(name, plain[i]) == 0)
			return true;
	}
	return false;
}

/* --- bodies: what is called a secret --- */

static const char *const members[] = {"token", "password", "secret", "assertion",
	"private_key", "secret_key", "secretkey", "secretaccesskey", "accesskeysecret",
	"credential", "access", "access_key", "accesskey", "accesskeyid", "access_key_id",
	"api_key", "apikey"};

/* A word of the body that ends like one of them is a name of such a member. */
static bool names_secret(const char *word, size_t n)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		size_t len = strlen(members[i]);

		if (n >= len && (word[n - 1] | 0x20) == members[i][len - 1] &&
			strncasecmp(word + n - len, members[i], len) == 0)
			return true;
	}
	return false;
}

/* Behind the name of an XML element, which is begun here: its content. */
static const char *content_behind(const char *at, size_t *ret_len)
{
	size_t n = strcspn(at, "<>");
	const char *end;

	if (at[n] != '>' || (n > 0 && at[n - 1] == '/'))
		return NULL;
	at += n + 1;
	end = strstr(at, "</");
	*ret_len = end != NULL ? (size_t)(end - at) : strlen(at);
	return at;
}

/* Behind `<name`, `"name": "` or `name=`: where the value begins, and its length; NULL: no
 * value. */
static const char *value_behind(char before, const char *at, size_t *ret_len)
{
	const char *end;

	if (before == '<')
		return content_behind(at, ret_len);
	if (*at == '=') {
		*ret_len = strcspn(at + 1, "& \r\n");
		return at + 1;
	}
	if (*at != '"')
		return NULL;
	at += 1 + strspn(at + 1, " \t\r\n");
	if (*at != ':')
		return NULL;
	at += 1 + strspn(at + 1, " \t\r\n");
	if (*at != '"')
		return NULL;
	for (end = at + 1; *end != '"' && *end != '\0';)
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	*ret_len = (size_t)(end - at) - 1;
	return at + 1;
}

static size_t word_len(const char *at)
{
	size_t n = 0;

	while ((at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z') ||
		(at[n] >= '0' && at[n] <= '9') || at[n] == '_' || at[n] == '-')
		n++;
	return n;
}

/* The value of the next member that holds a secret; NULL: there is none. Bodies may be long: few
 * words are names, which shows first by what stands around them. */
static const char *next_value(const char *at, size_t *ret_len)
{
	const char *value = NULL;
	char before = '\0'; /* the word, and its prefix in XML */

	while (value == NULL && *at != '\0') {
		size_t n = word_len(at);

		if (n > 0 && (before == '<' || at[n] == '"' || at[n] == '=') &&
			names_secret(at, n))
			value = value_behind(before, at + n, ret_len);
		else if (n == 0 && *at != ':')
			before = *at;
		at += n > 0 ? n : 1;
	}
	return value;
}

static void *arena_alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(ctx, n);
}

/* A text that answers a PUT or POST and has no form may be a token itself. */
static bool is_bare(const struct dcv_http_exchange *exchange)
{
	const char *method = exchange->request->method, *text = exchange->body;
	struct dcv_arena arena = {NULL};
	struct dcv_tree_maker maker = {.alloc = arena_alloc, .ctx = &arena};
	bool ret = exchange->status >= 200 && exchange->status <= 299 &&
		exchange->body_len > 0 && text[0] != '<' &&
		(strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0) &&
		dcv_tree_json(&maker, text, exchange->body_len) == NULL;

	dcv_arena_clear(&arena);
	return ret;
}

/* --- what is noted --- */

static bool is_credential(const char *name)
{
	static const char *const words[] = {"auth", "token", "key", "secret", "cookie",
		"password", "credential", "signature"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasestr(name, words[i]) != NULL)
			return true;
	}
	return false;
}

static bool learn(struct dcv_secrets *secrets, const char *value)
{
	const char *ignored;

	for (size_t i = 0; i < secrets->n; i++) {
		if (strcmp(secrets->items[i], value) == 0)
			return true;
	}
	return strlen(value) < SECRET_MIN || dcv_secrets_add(secrets, value, &ignored);
}

/* As it stands in a URL, if that is something else. */
static bool learn_encoded(struct dcv_secrets *secrets, const char *value)
{
	struct dcv_buf buf;
	bool ok;

	dcv_buf_init(&buf, SIZE_MAX);
	dcv_url_encode(&buf, value, strlen(value), "", false);
	ok = !buf.failed && learn(secrets, dcv_buf_text(&buf));
	if (buf.data != NULL)
		explicit_bzero(buf.data, buf.len);
	dcv_buf_clear(&buf);
	return ok;
}

static bool learn_if(struct dcv_secrets *secrets, const char *value)
{
	return value == NULL || learn(secrets, value);
}

/* What a body calls a secret, if it is long enough to be one: "access": "public" is none. In a form
 * it is encoded. */
static bool learn_part(struct dcv_secrets *secrets, const char *value, size_t n)
{
	struct dcv_buf buf;
	const char *raw;
	bool ok;

	if (n < IN_BODY_MIN)
		return true;
	dcv_buf_init(&buf, SIZE_MAX);
	dcv_buf_add(&buf, value, n);
	dcv_buf_addc(&buf, '\0');
	dcv_url_decode(&buf, value, n);
	raw = dcv_buf_text(&buf);
	ok = !buf.failed && learn(secrets, raw) && learn(secrets, raw + n + 1);
	if (buf.data != NULL)
		explicit_bzero(buf.data, buf.len);
	dcv_buf_clear(&buf);
	return ok;
}

/* In JSON and XML, NAME=VALUE is part of a text: of a TXT record, say. */
static bool learn_body(struct dcv_secrets *secrets, const void *body, size_t n)
{
	char *text = n > 0 ? strndup(body, n) : NULL;
	const bool is_form = text != NULL && strchr("{[<", text[0]) == NULL;
	const char *at = text;
	size_t len = 0;
	bool ok = text != NULL || n == 0;

	while (ok && at != NULL) {
		at = next_value(at, &len);
		if (at != NULL && (is_form || at[-1] != '='))
			ok = learn_part(secrets, at, len);
		at = at != NULL ? at + len : NULL;
	}
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	return ok;
}

bool dcv_http_learn(struct dcv_lent *lent, const struct dcvp_http_request *request)
{
	const struct dcvp_sign *sign = request->sign;
	bool ok = true;

	if (lent->secrets == NULL)
		return true;
	for (size_t i = 0; ok && i < request->n_headers; i++) {
		const struct dcvp_header *header = &request->headers[i];
		const char *blank = strchr(header->value, ' ');

		/* Behind the name of a scheme, if there is one ("Bearer "). */
		if (is_credential(header->name))
			ok = learn(lent->secrets,
				blank != NULL ? blank + 1 : header->value);
	}
	if (sign != NULL)
		ok = ok && learn_if(lent->secrets, sign->key_id) &&
			learn_if(lent->secrets, sign->secret) &&
			learn_if(lent->secrets, sign->token);
	ok = ok && learn_body(lent->secrets, request->body, request->body_len);
	/* Encoded forms are secrets themselves, and encoded no further. */
	for (size_t n = lent->secrets->n; ok && lent->n_forms < n; lent->n_forms++)
		ok = learn_encoded(lent->secrets, lent->secrets->items[lent->n_forms]);
	lent->n_forms = lent->secrets->n;
	return ok;
}

/* A header whose value is a token, and nothing beside it. */
static bool is_token(const char *name)
{
	size_t len = strlen(name);

	return len >= 5 && strcmp(name + len - 5, "token") == 0;
}

bool dcv_http_learn_answer(struct dcv_lent *lent, const struct dcv_http_exchange *exchange)
{
	bool ok = true;

	if (lent->secrets == NULL || !exchange->answered)
		return true;
	for (size_t i = 0; ok && i < exchange->n_headers; i++) {
		if (is_token(exchange->headers[i].name))
			ok = learn(lent->secrets, exchange->headers[i].value);
	}
	if (is_bare(exchange))
		return ok &&
			learn_part(lent->secrets, exchange->body,
				strcspn(exchange->body, "\r\n"));
	return ok && learn_body(lent->secrets, exchange->body, exchange->body_len);
}

/* --- what is shown --- */

/* How often secrets may stand in a text: at most as often as their first octets do. */
static size_t room_for(const struct dcv_secrets *secrets, const char *text)
{
	size_t hits = 0;

	for (size_t i = 0; i < secrets->n; i++) {
		const char *item = secrets->items[i], *at = text;

		while (item[0] != '\0' && (at = strstr(at, item)) != NULL) {
			at++;
			hits++;
		}
	}
	return strlen(text) + hits * strlen(DCV_HIDDEN) + 1;
}

const char *dcv_http_hide(const struct dcv_lent *lent, const char *text,
	struct dcv_arena *arena)
{
	size_t cap;
	char *out;

	if (lent->secrets == NULL)
		return dcv_arena_strdup(arena, text);
	cap = room_for(lent->secrets, text);
	out = dcv_arena_alloc(arena, cap);
	if (out == NULL)
		return NULL;
	memcpy(out, text, strlen(text) + 1);
	dcv_secrets_hide(lent->secrets, out, cap);
	return out;
}

/* A secret may stand there encoded otherwise than we would: then the path is not shown at all. */
const char *dcv_http_hide_url(const struct dcv_lent *lent, const char *url,
	struct dcv_arena *arena)
{
	size_t len = strcspn(url, "?");
	const char *shown = dcv_arena_printf(arena, "%.*s%s", (int)len, url,
		url[len] != '\0' ? "?" DCV_HIDDEN : "");
	const char *hidden = NULL;
	struct dcv_buf plain;

	dcv_buf_init(&plain, SIZE_MAX);
	dcv_url_decode(&plain, url, len);
	if (!plain.failed)
		hidden = dcv_http_hide(lent, dcv_buf_text(&plain), arena);
	if (shown == NULL || hidden == NULL)
		shown = NULL;
	else if (strcmp(hidden, dcv_buf_text(&plain)) != 0)
		shown = dcv_arena_printf(arena, "%.*s/" DCV_HIDDEN,
			(int)(8 + strcspn(url + 8, "/?")), url);
	dcv_buf_clear(&plain);
	return shown;
}

const char *dcv_http_hide_body(const struct dcv_lent *lent, const char *body,
	struct dcv_arena *arena)
{
	const char *at = body, *value, *ret = NULL;
	struct dcv_buf out;
	size_t len = 0;

	dcv_buf_init(&out, SIZE_MAX);
	while ((value = next_value(at, &len)) != NULL) {
		dcv_buf_add(&out, at, (size_t)(value - at));
		dcv_buf_adds(&out, DCV_HIDDEN);
		at = value + len;
	}
	dcv_buf_adds(&out, at);
	if (!out.failed)
		ret = dcv_http_hide(lent, dcv_buf_text(&out), arena);
	dcv_buf_clear(&out);
	return ret;
}

const char *dcv_http_hide_answer(const struct dcv_lent *lent,
	const struct dcv_http_exchange *exchange, struct dcv_arena *arena)
{
	const char *text = exchange->body_len > 0
		? dcv_arena_strndup(arena, exchange->body, exchange->body_len)
		: "";

	if (text == NULL || !is_bare(exchange))
		return text != NULL ? dcv_http_hide_body(lent, text, arena) : NULL;
	return DCV_HIDDEN;
}
