/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a request is made canonical and signed. What one scheme does otherwise than
 * another stands in a table, so that a further one is a further row. */
#include "provider/sign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crypto.h"

#define STAMP_MAX 17u /* YYYYMMDDTHHMMSSZ */
#define DATE_LEN 8
#define HEX_MAX (2u * DCV_HMAC_MAX + 1)

struct scheme {
	const char *algorithm, *date, *token; /* words of its headers */
	const char *credential; /* how Authorization calls the key's id */
	const char *join; /* between the parts of Authorization */
	const char *last; /* of the scope, and of the chain of keys; NULL: the secret is the key */
	bool plain_path; /* what is encoded in the path is decoded first */
	bool slash; /* the path ends in one */
	bool no_underscore; /* header names with one are left out */
	bool plain_order; /* a query is sorted by what it means, not by how it is encoded */
	bool all_blanks; /* of many blanks inside a header's value all count */
};

static const struct scheme schemes[] = {
	[DCVP_SIGN_AWS4] = {"AWS4-HMAC-SHA256", "x-amz-date", "x-amz-security-token",
		"Credential", ", ", "aws4_request", false, false, false, false, false},
	[DCVP_SIGN_SDK_HMAC_SHA256] = {"SDK-HMAC-SHA256", "x-sdk-date",
		"x-security-token", "Access", ", ", NULL, true, true, true, true, true},
};

/* A request while it is being signed. Headers are in the arena, names in lower case, sorted. */
struct signing {
	const struct scheme *scheme;
	const struct dcvp_sign *with;
	const struct dcvp_http_request *request;
	const struct dcv_url *url;
	struct dcv_arena *arena;
	char stamp[STAMP_MAX];
	struct dcvp_header *headers;
	size_t n;
	const char *names; /* a;b;c */
	const char *scope; /* date/region/service/aws4_request, or "" */
};

/* --- headers --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without blanks around it, and, unless all count, with one for many inside. */
static const char *trimmed(struct dcv_arena *arena, const char *value, bool all)
{
	char *out = dcv_arena_alloc(arena, strlen(value) + 1), *to = out;

	for (const char *c = value; out != NULL && *c != '\0'; c++) {
		if (!is_blank(*c))
			*to++ = *c;
		else if (to > out && (all || !is_blank(to[-1])))
			*to++ = all ? *c : ' ';
	}
	while (out != NULL && to > out && is_blank(to[-1]))
		*--to = '\0';
	return out;
}

static const char *lower(struct dcv_arena *arena, const char *name)
{
	char *out = dcv_arena_strdup(arena, name);

	for (char *c = out; c != NULL && *c != '\0'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
	return out;
}

static bool add_header(struct signing *signing, const char *name, const char *value)
{
	struct dcvp_header *to = &signing->headers[signing->n];

	if (signing->scheme->no_underscore && strchr(name, '_') != NULL)
		return true;
	to->name = lower(signing->arena, name);
	to->value = trimmed(signing->arena, value, signing->scheme->all_blanks);
	signing->n++;
	return to->name != NULL && to->value != NULL;
}

static int compare_headers(const void *a, const void *b)
{
	return strcmp(((const struct dcvp_header *)a)->name,
		((const struct dcvp_header *)b)->name);
}

static bool collect_headers(struct signing *signing)
{
	const struct dcvp_http_request *request = signing->request;
	const char *host = dcv_arena_strndup(signing->arena, signing->url->host,
		signing->url->host_len);
	struct dcv_buf names;
	bool ok;

	signing->headers = dcv_arena_array(signing->arena, request->n_headers + 3,
		sizeof(signing->headers[0]));
	ok = signing->headers != NULL && host != NULL &&
		add_header(signing, "host", host) &&
		add_header(signing, signing->scheme->date, signing->stamp) &&
		(signing->with->token == NULL ||
			add_header(signing, signing->scheme->token, signing->with->token));
	for (size_t i = 0; ok && i < request->n_headers; i++)
		ok = add_header(signing, request->headers[i].name,
			request->headers[i].value);
	if (!ok)
		return false;
	qsort(signing->headers, signing->n, sizeof(signing->headers[0]), compare_headers);
	dcv_buf_init(&names, SIZE_MAX);
	for (size_t i = 0; i < signing->n; i++)
		dcv_buf_addf(&names, "%s%s", i > 0 ? ";" : "", signing->headers[i].name);
	signing->names = names.failed
		? NULL
		: dcv_arena_strdup(signing->arena, dcv_buf_text(&names));
	dcv_buf_clear(&names);
	return signing->names != NULL;
}

/* --- the canonical request --- */

/* Of a query, as it is signed, and what it is sorted by. */
struct pair {
	const char *key, *value;
	const char *by_key, *by_value;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *one = a, *other = b;
	int order = strcmp(one->by_key, other->by_key);

	return order != 0 ? order : strcmp(one->by_value, other->by_value);
}

static const char *coded(struct dcv_arena *arena, const char *text, size_t n, bool decode)
{
	struct dcv_buf buf;
	const char *ret = NULL;

	dcv_buf_init(&buf, SIZE_MAX);
	if (decode)
		dcv_url_decode(&buf, text, n);
	else
		dcv_url_encode(&buf, text, n, "", true);
	if (!buf.failed)
		ret = dcv_arena_strdup(arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return ret;
}

/* Pairs of the query, sorted; *ret_n of them. NULL when memory is out. */
static struct pair *split_query(const struct signing *signing, size_t *ret_n)
{
	struct dcv_arena *arena = signing->arena;
	const char *query = signing->url->query;
	bool plain = signing->scheme->plain_order;
	struct pair *pairs;
	size_t n = 0, max = 1;

	for (const char *c = query; *c != '\0'; c++)
		max += *c == '&';
	pairs = dcv_arena_array(arena, max, sizeof(pairs[0]));
	for (const char *at = query; pairs != NULL && *at != '\0';) {
		size_t len = strcspn(at, "&"), key = strcspn(at, "=&");
		size_t skip = key < len ? key + 1 : len;

		pairs[n] = (struct pair){coded(arena, at, key, false),
			coded(arena, at + skip, len - skip, false),
			coded(arena, at, key, plain),
			coded(arena, at + skip, len - skip, plain)};
		if (pairs[n].key == NULL || pairs[n].value == NULL ||
			pairs[n].by_key == NULL || pairs[n].by_value == NULL)
			return NULL;
		n += len > 0;
		at += len + (at[len] == '&');
	}
	if (pairs != NULL)
		qsort(pairs, n, sizeof(pairs[0]), compare_pairs);
	*ret_n = n;
	return pairs;
}

static void put_path(struct dcv_buf *to, const struct signing *signing)
{
	const struct dcv_url *url = signing->url;

	dcv_url_encode(to, url->path, url->path_len, "/", signing->scheme->plain_path);
	if (signing->scheme->slash && url->path[url->path_len - 1] != '/')
		dcv_buf_addc(to, '/');
}

static enum dcv_err canonical(const struct signing *signing, struct dcv_buf *to,
	struct dcv_error *err)
{
	const struct dcvp_http_request *request = signing->request;
	char hash[DCV_SHA256_TEXT_MAX];
	size_t n = 0;
	struct pair *pairs = split_query(signing, &n);

	if (pairs == NULL)
		return dcv_nomem(err);
	dcv_sha256_text(request->body_len > 0 ? request->body : "", request->body_len,
		hash);
	dcv_buf_addf(to, "%s\n", request->method);
	put_path(to, signing);
	for (size_t i = 0; i < n; i++)
		dcv_buf_addf(to, "%c%s=%s", i > 0 ? '&' : '\n', pairs[i].key,
			pairs[i].value);
	dcv_buf_adds(to, n > 0 ? "\n" : "\n\n");
	for (size_t i = 0; i < signing->n; i++)
		dcv_buf_addf(to, "%s:%s\n", signing->headers[i].name,
			signing->headers[i].value);
	dcv_buf_addf(to, "\n%s\n%s", signing->names, hash);
	return to->failed ? dcv_nomem(err) : DCV_OK;
}

/* --- the signature --- */

/* What is signed: the algorithm, the time, the scope if there is one, the hash. */
static enum dcv_err string_to_sign(const struct signing *signing, struct dcv_buf *to,
	struct dcv_error *err)
{
	struct dcv_buf request;
	char hash[DCV_SHA256_TEXT_MAX];
	enum dcv_err rc;

	dcv_buf_init(&request, SIZE_MAX);
	rc = canonical(signing, &request, err);
	if (rc == DCV_OK)
		dcv_sha256_text(request.data, request.len, hash);
	dcv_buf_clear(&request);
	if (rc != DCV_OK)
		return rc;
	dcv_buf_addf(to, "%s\n%s\n", signing->scheme->algorithm, signing->stamp);
	if (signing->scheme->last != NULL)
		dcv_buf_addf(to, "%s\n", signing->scope);
	dcv_buf_adds(to, hash);
	return to->failed ? dcv_nomem(err) : DCV_OK;
}

struct key {
	uint8_t octets[DCV_HMAC_MAX];
	size_t n;
};

/* key = HMAC(key, text) */
static enum dcv_err derive(struct key *key, const char *text, size_t n,
	struct dcv_error *err)
{
	struct key next = {.n = 0};
	enum dcv_err rc = dcv_hmac(DCV_SHA256, key->octets, key->n, text, n, next.octets,
		&next.n, err);

	*key = next;
	explicit_bzero(&next, sizeof(next));
	return rc;
}

/* HMAC over the day with "AWS4" and the secret, then over the parts of the scope. */
static enum dcv_err chained_key(const struct signing *signing, struct key *ret,
	struct dcv_error *err)
{
	const char *const parts[] = {signing->with->region, signing->with->service,
		signing->scheme->last};
	struct dcv_buf secret;
	enum dcv_err rc;

	dcv_buf_init(&secret, SIZE_MAX);
	if (!dcv_buf_reserve(&secret, 4 + strlen(signing->with->secret)))
		return dcv_nomem(err);
	dcv_buf_addf(&secret, "AWS4%s", signing->with->secret);
	rc = dcv_hmac(DCV_SHA256, secret.data, secret.len, signing->stamp, DATE_LEN,
		ret->octets, &ret->n, err);
	explicit_bzero(secret.data, secret.len);
	dcv_buf_clear(&secret);
	for (size_t i = 0; rc == DCV_OK && i < sizeof(parts) / sizeof(parts[0]); i++)
		rc = derive(ret, parts[i], strlen(parts[i]), err);
	return rc;
}

static enum dcv_err sign_text(const struct signing *signing, const struct dcv_buf *text,
	char *hex, struct dcv_error *err)
{
	const char *secret = signing->with->secret;
	struct key key = {.n = 0};
	enum dcv_err rc;

	if (signing->scheme->last == NULL) {
		rc = dcv_hmac(DCV_SHA256, secret, strlen(secret), text->data, text->len,
			key.octets, &key.n, err);
	} else {
		rc = chained_key(signing, &key, err);
		if (rc == DCV_OK)
			rc = derive(&key, dcv_buf_text(text), text->len, err);
	}
	dcv_hex(key.octets, key.n, hex);
	explicit_bzero(&key, sizeof(key));
	return rc;
}

static enum dcv_err authorization(const struct signing *signing, const char **ret,
	struct dcv_error *err)
{
	const struct scheme *scheme = signing->scheme;
	struct dcv_buf text;
	char hex[HEX_MAX] = "";
	enum dcv_err rc;

	dcv_buf_init(&text, SIZE_MAX);
	rc = string_to_sign(signing, &text, err);
	if (rc == DCV_OK)
		rc = sign_text(signing, &text, hex, err);
	dcv_buf_clear(&text);
	if (rc != DCV_OK)
		return rc;
	*ret = dcv_arena_printf(signing->arena,
		"%s %s=%s%s%s%sSignedHeaders=%s%sSignature=%s", scheme->algorithm,
		scheme->credential, signing->with->key_id, scheme->last != NULL ? "/" : "",
		signing->scope, scheme->join, signing->names, scheme->join, hex);
	return *ret != NULL ? DCV_OK : dcv_nomem(err);
}

/* --- all of it --- */

static enum dcv_err begin(struct signing *signing, int64_t now_s, struct dcv_error *err)
{
	const struct dcvp_sign *with = signing->with;
	bool scoped = signing->scheme->last != NULL;
	time_t now = (time_t)now_s;
	struct tm tm;

	if (with->key_id == NULL || with->secret == NULL ||
		(scoped && (with->region == NULL || with->service == NULL)))
		return dcv_fail(err, DCV_E_CONFIG,
			"signature: a key, its secret, region or service is missing");
	if (strchr(signing->url->query, '+') != NULL)
		return dcv_fail(err, DCV_E_CONFIG,
			"signature: \"+\" in a query: must be written %%2B or %%20");
	if (gmtime_r(&now, &tm) == NULL ||
		strftime(signing->stamp, sizeof(signing->stamp), "%Y%m%dT%H%M%SZ", &tm) !=
			STAMP_MAX - 1)
		return dcv_fail(err, DCV_E_FAILED, "signature: the clock is far off");
	signing->scope = scoped ? dcv_arena_printf(signing->arena, "%.*s/%s/%s/%s",
					  DATE_LEN, signing->stamp, with->region,
					  with->service, signing->scheme->last)
				: "";
	return signing->scope != NULL && collect_headers(signing) ? DCV_OK
								  : dcv_nomem(err);
}

enum dcv_err dcv_sign_request(const struct dcvp_http_request *request,
	const struct dcv_url *url, int64_t now_s, struct dcv_arena *arena,
	struct dcvp_header ret[DCV_SIGN_HEADERS_MAX], size_t *ret_n, struct dcv_error *err)
{
	struct signing signing = {.with = request->sign,
		.request = request,
		.url = url,
		.arena = arena};
	const char *value = NULL;
	struct dcv_module crypto = {.handle = NULL};
	size_t n = 0;
	enum dcv_err rc;

	if (request->sign->scheme <= DCVP_SIGN_NONE ||
		(size_t)request->sign->scheme >= sizeof(schemes) / sizeof(schemes[0]))
		return dcv_fail(err, DCV_E_CONFIG, "signature: no such scheme");
	signing.scheme = &schemes[request->sign->scheme];
	rc = begin(&signing, now_s, err);
	if (rc == DCV_OK)
		rc = dcv_crypto_hold(&crypto, err);
	if (rc == DCV_OK)
		rc = authorization(&signing, &value, err);
	dcv_module_close(&crypto);
	if (rc != DCV_OK)
		return rc;
	ret[n].name = signing.scheme->date;
	ret[n++].value = dcv_arena_strdup(arena, signing.stamp);
	if (request->sign->token != NULL)
		ret[n++] = (struct dcvp_header){signing.scheme->token,
			request->sign->token};
	ret[n++] = (struct dcvp_header){"authorization", value};
	*ret_n = n;
	return ret[0].value != NULL ? DCV_OK : dcv_nomem(err);
}
