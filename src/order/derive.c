/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how records are computed. It does not know where requests, keys and tokens come
 * from, nor the names that the records are for. */
#include "order/derive.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "order/ca.h"

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define BASE32 "abcdefghijklmnopqrstuvwxyz234567" /* in the lower case of names */
#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define JWK_MAX 16384u /* an RSA key of 16,384 bits needs 2,800 */
#define LABEL_OCTETS 10u /* of the digest, in the label of an account */
#define HALF 32 /* hex digits: a label holds 63, a SHA-256 has 64 */

/* The octets as digits of `bits` bits each, the last one filled up with zeros; no padding
 * (RFC 4648 3.2). */
static void encode(const uint8_t *octets, size_t n, unsigned bits, const char *digits,
	char *out)
{
	unsigned held = 0, value = 0;

	for (size_t i = 0; i < n; i++) {
		value = (value << 8 | octets[i]) & 0xffff;
		for (held += 8; held >= bits; held -= bits)
			*out++ = digits[value >> (held - bits) & ((1u << bits) - 1)];
	}
	if (held > 0)
		*out++ = digits[value << (bits - held) & ((1u << bits) - 1)];
	*out = '\0';
}

static bool is_made_of(const char *text, const char *characters)
{
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/* --- ACME --- */

void dcv_derive_dns01(const char *key_authorization, char ret[DCV_DNS01_TEXT])
{
	uint8_t digest[DCV_SHA256_LEN];

	dcv_sha256(key_authorization, strlen(key_authorization), digest);
	encode(digest, sizeof(digest), 6, BASE64URL, ret);
}

enum dcv_err dcv_derive_account_label(const char *account_url,
	char ret[DCV_ACCOUNT_LABEL_TEXT], struct dcv_error *err)
{
	uint8_t digest[DCV_SHA256_LEN];

	if (strncmp(account_url, "https://", 8) != 0 &&
		strncmp(account_url, "http://", 7) != 0)
		return dcv_fail(err, DCV_E_ORDER,
			"account URL: not a URL that begins with https://");
	for (const char *c = account_url; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return dcv_fail(err, DCV_E_ORDER,
				"account URL: a blank or another character that no URL has");
	dcv_sha256(account_url, strlen(account_url), digest);
	ret[0] = '_';
	encode(digest, LABEL_OCTETS, 5, BASE32, ret + 1);
	return DCV_OK;
}

/* The members that make the thumbprint of each type of key, in the order of RFC 7638 3.3, NULL
 * where there are fewer. What else a key has, private parts above all, is not looked at. */
static const struct {
	const char *type, *members[4];
} key_types[] = {
	{"RSA", {"e", "kty", "n"}}, {"EC", {"crv", "kty", "x", "y"}},
	{"OKP", {"crv", "kty", "x"}}, /* RFC 8037 2 */
};

#define N_KEY_TYPES (sizeof(key_types) / sizeof(key_types[0]))

/* The JSON text of RFC 7638 3: neither blanks nor escapes, since no value may need one. */
static enum dcv_err add_members(const char *what, const struct dcv_json *jwk,
	const char *const members[4], struct dcv_buf *buf, struct dcv_error *err)
{
	for (size_t i = 0; i < 4 && members[i] != NULL; i++) {
		const char *value = dcv_json_text(jwk, members[i]);

		if (value == NULL)
			return dcv_fail(err, DCV_E_ORDER,
				"%s: the key has no text \"%s\"", what, members[i]);
		if (!is_made_of(value, BASE64URL))
			return dcv_fail(err, DCV_E_ORDER,
				"%s: \"%s\" of the key is not base64url without padding",
				what, members[i]);
		dcv_buf_addf(buf, "%c\"%s\":\"%s\"", i == 0 ? '{' : ',', members[i],
			value);
	}
	dcv_buf_addc(buf, '}');
	return buf->failed ? dcv_nomem(err) : DCV_OK;
}

static enum dcv_err thumbprint_of(const char *what, const struct dcv_json *jwk,
	char ret[DCV_DNS01_TEXT], struct dcv_error *err)
{
	const char *type = dcv_json_text(jwk, "kty");
	struct dcv_buf buf;
	enum dcv_err rc;
	size_t i = 0;

	while (type != NULL && i < N_KEY_TYPES && strcmp(type, key_types[i].type) != 0)
		i++;
	if (type == NULL || i == N_KEY_TYPES)
		return dcv_fail(err, DCV_E_ORDER,
			"%s: not a JWK with a \"kty\" of RSA, EC or OKP", what);
	dcv_buf_init(&buf, JWK_MAX);
	rc = add_members(what, jwk, key_types[i].members, &buf, err);
	if (rc == DCV_OK)
		dcv_derive_dns01(dcv_buf_text(&buf), ret);
	dcv_buf_clear(&buf);
	return rc;
}

enum dcv_err dcv_derive_thumbprint(const char *what, const void *jwk, size_t n,
	char ret[DCV_DNS01_TEXT], struct dcv_error *err)
{
	struct dcv_json *json = NULL;
	enum dcv_err rc = dcv_json_parse(what, jwk, n, &json, err);

	if (rc != DCV_OK)
		return rc;
	rc = thumbprint_of(what, json, ret, err);
	dcv_json_free(json);
	return rc;
}

enum dcv_err dcv_derive_key_authorization(const char *token, const char *thumbprint,
	struct dcv_arena *arena, const char **ret, struct dcv_error *err)
{
	const char *text;

	if (!is_made_of(token, BASE64URL))
		return dcv_fail(err, DCV_E_ORDER,
			"token: \"%s\" has other characters than base64url's", token);
	if (!is_made_of(thumbprint, BASE64URL) || strlen(thumbprint) != DCV_DNS01_TEXT - 1)
		return dcv_fail(err, DCV_E_ORDER,
			"thumbprint: \"%s\" is not the 43 characters of a SHA-256 in base64url",
			thumbprint);
	text = dcv_arena_printf(arena, "%s.%s", token, thumbprint);
	if (text == NULL)
		return dcv_nomem(err);
	*ret = text;
	return DCV_OK;
}

/* --- Sectigo, and who validates as it does --- */

const char *dcv_derive_suffix(const char *ca, bool has_unique)
{
	const struct dcv_ca *found = dcv_ca_find(ca);

	if (found == NULL)
		return NULL;
	return has_unique ? found->request_suffix_unique : found->request_suffix;
}

enum dcv_err dcv_derive_request_cname(const struct dcv_csr *request, const char *unique,
	const char *suffix, struct dcv_arena *arena, struct dcv_derived_cname *ret,
	struct dcv_error *err)
{
	struct dcv_derived_cname made;

	if (unique != NULL &&
		(!is_made_of(unique, ALPHANUMERIC) ||
			strlen(unique) > DCV_UNIQUE_VALUE_MAX))
		return dcv_fail(err, DCV_E_ORDER,
			"unique value: \"%s\" is not 1 to %u letters and digits", unique,
			DCV_UNIQUE_VALUE_MAX);
	if (request->md5[0] == '\0')
		return dcv_fail(err, DCV_E_FAILED,
			"certificate request: libcrypto makes no MD5 here, as in FIPS mode");
	made.host = dcv_arena_printf(arena, "_%s", request->md5);
	made.target = dcv_arena_printf(arena, "%.*s.%s%s%s.%s.", HALF, request->sha256,
		request->sha256 + HALF, unique != NULL ? "." : "",
		unique != NULL ? unique : "", suffix);
	if (made.host == NULL || made.target == NULL)
		return dcv_nomem(err);
	*ret = made;
	return DCV_OK;
}
