/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what of an exchange may be seen: not the secrets of the settings, not what a
 * request authenticates with, not what is called a secret in a body. */
#include <string.h>

#include "provider/http.h"

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

bool dcv_http_learn(struct dcv_lent *lent, const struct dcvp_http_request *request)
{
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
	if (ok && request->sign != NULL && request->sign->secret != NULL)
		ok = learn(lent->secrets, request->sign->secret);
	if (ok && request->sign != NULL && request->sign->token != NULL)
		ok = learn(lent->secrets, request->sign->token);
	/* Encoded forms are secrets themselves, and encoded no further. */
	for (size_t n = lent->secrets->n; ok && lent->n_forms < n; lent->n_forms++)
		ok = learn_encoded(lent->secrets, lent->secrets->items[lent->n_forms]);
	lent->n_forms = lent->secrets->n;
	return ok;
}

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

/* --- bodies --- */

static const char *const members[] = {"token", "password", "secret", "assertion",
	"private_key", "secret_key", "secretkey", "secretaccesskey", "accesskeysecret",
	"credential"};

/* A word of the body that ends like one of them is a name of such a member. */
static bool names_secret(const char *word, size_t n)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		size_t len = strlen(members[i]);

		if (n >= len && strncasecmp(word + n - len, members[i], len) == 0)
			return true;
	}
	return false;
}

/* Behind `"name": "` or `name=`: where the value begins, and its length; NULL: no value. */
static const char *value_behind(const char *at, size_t *ret_len)
{
	const char *end;

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

const char *dcv_http_hide_body(const struct dcv_lent *lent, const char *body,
	struct dcv_arena *arena)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-";
	struct dcv_buf out;
	const char *ret = NULL;

	dcv_buf_init(&out, SIZE_MAX);
	for (const char *at = body; *at != '\0';) {
		size_t n = strspn(at, word), len = 0;
		const char *value = names_secret(at, n) ? value_behind(at + n, &len)
							: NULL;

		n = n > 0 ? n : 1;
		if (value != NULL) {
			dcv_buf_add(&out, at, (size_t)(value - at));
			dcv_buf_adds(&out, DCV_HIDDEN);
			at = value + len;
		} else {
			dcv_buf_add(&out, at, n);
			at += n;
		}
	}
	if (!out.failed)
		ret = dcv_http_hide(lent, dcv_buf_text(&out), arena);
	dcv_buf_clear(&out);
	return ret;
}
