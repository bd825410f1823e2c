/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows libcrypto: digests, signatures, and what certificates and requests say. It does not know
 * what they prove. Nothing here is trusted: all of it may come from a stranger. It is the module
 * dcv-crypto, since to load libcrypto takes longer than most runs need for all else. */
#include "base/crypto_module.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/buf.h"

#define SHOWN_MAX 256u /* of a part of the issuer's name */
#define MS_PER_S 1000u
#define RSA_BITS_MIN 2048 /* RFC 7518 3.3 */

static size_t hmac(enum dcv_digest digest, const void *key, size_t n_key,
	const void *octets, size_t n, uint8_t *out)
{
	static const EVP_MD *(*const digests[])(void) = {[DCV_SHA1] = EVP_sha1,
		[DCV_SHA256] = EVP_sha256,
		[DCV_SHA384] = EVP_sha384,
		[DCV_SHA512] = EVP_sha512};
	unsigned len = 0;

	if (n_key > INT_MAX ||
		HMAC(digests[digest](), key, (int)n_key, octets, n, out, &len) == NULL)
		len = 0;
	ERR_clear_error();
	return len;
}

/* --- names --- */

/* A host name in ASCII, so that no NUL and no look-alike passes for another one. */
static bool is_host(const uint8_t *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	}
	return n > 0;
}

struct names {
	struct dcv_arena *arena;
	const char **items;
	size_t n;
};

/* What is no host name is left out: no order can need it. False when memory is out. */
static bool add_name(struct names *names, const ASN1_STRING *string)
{
	const uint8_t *text = ASN1_STRING_get0_data(string);
	int len = ASN1_STRING_length(string);
	void *grown;
	char *name;

	if (len <= 0 || !is_host(text, (size_t)len))
		return true;
	name = dcv_arena_strndup(names->arena, (const char *)text, (size_t)len);
	grown = dcv_arena_grow(names->arena, names->items, names->n,
		sizeof(names->items[0]));
	if (name == NULL || grown == NULL)
		return false;
	for (char *c = name; *c != '\0'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
	names->items = grown;
	names->items[names->n++] = name;
	return true;
}

static bool add_alternatives(struct names *names, const GENERAL_NAMES *alternatives)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(alternatives, i);

		if (name->type == GEN_DNS && !add_name(names, name->d.dNSName))
			return false;
	}
	return true;
}

/* A part of a distinguished name, safe to show; "" if there is none. NULL: memory is out. All in
 * the arena: the module is closed when it has answered. */
static const char *part_of(const X509_NAME *name, int nid, struct dcv_arena *arena)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1), len;
	const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, at);
	char shown[SHOWN_MAX] = "";
	unsigned char *text = NULL;

	if (at < 0 || entry == NULL)
		return dcv_arena_strdup(arena, "");
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
	if (len > 0)
		(void)dcv_shown(shown, sizeof(shown), text, (size_t)len);
	OPENSSL_free(text);
	return dcv_arena_strdup(arena, shown);
}

/* --- the text or DER form of either --- */

/* A passphrase is never asked for: there is no secret in what is read here. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static bool is_pem(const void *octets, size_t n)
{
	static const char begin[] = "-----BEGIN ";

	return memmem(octets, n, begin, sizeof(begin) - 1) != NULL;
}

/* A reader over the octets; NULL: too large, or memory is out. */
static BIO *open_octets(const void *octets, size_t n)
{
	return n <= INT_MAX ? BIO_new_mem_buf(octets, (int)n) : NULL;
}

static X509 *read_cert(const void *octets, size_t n)
{
	BIO *bio = open_octets(octets, n);
	X509 *cert = NULL;

	if (bio != NULL && is_pem(octets, n))
		cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	else if (bio != NULL)
		cert = d2i_X509_bio(bio, NULL);
	BIO_free(bio);
	return cert;
}

static X509_REQ *read_request(const void *octets, size_t n)
{
	BIO *bio = open_octets(octets, n);
	X509_REQ *request = NULL;

	if (bio != NULL && is_pem(octets, n))
		request = PEM_read_bio_X509_REQ(bio, NULL, no_passphrase, NULL);
	else if (bio != NULL)
		request = d2i_X509_REQ_bio(bio, NULL);
	BIO_free(bio);
	return request;
}

/* --- signatures --- */

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = open_octets(pem, strlen(pem));
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return key;
}

static enum dcv_err sign_octets(EVP_PKEY *key, const void *octets, size_t n,
	struct dcv_arena *arena, const unsigned char **ret, size_t *ret_n,
	struct dcv_error *err)
{
	size_t len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *out = dcv_arena_alloc(arena, len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = out != NULL && ctx != NULL &&
		EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestSign(ctx, out, &len, octets, n) == 1;

	EVP_MD_CTX_free(ctx);
	if (!ok)
		return dcv_nomem(err);
	*ret = out;
	*ret_n = len;
	return DCV_OK;
}

static enum dcv_err sign_rs256(const char *what, const char *pem, const void *octets,
	size_t n, struct dcv_arena *arena, const unsigned char **ret, size_t *ret_n,
	struct dcv_error *err)
{
	EVP_PKEY *key = read_key(pem);
	enum dcv_err rc;

	if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
		EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		rc = dcv_fail(err, DCV_E_CONFIG,
			"%s: not a private RSA key of %d bits or more in PEM, without "
			"passphrase",
			what, RSA_BITS_MIN);
	else
		rc = sign_octets(key, octets, n, arena, ret, ret_n, err);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return rc;
}

/* --- the parts of a certificate --- */

/* GENERAL_NAMES of a certificate. A damaged extension is not the same as none. */
static enum dcv_err take_names(const char *what, const X509 *cert,
	struct dcv_arena *arena, struct dcv_cert *ret, struct dcv_error *err)
{
	struct names names = {arena, NULL, 0};
	int state = 0;
	GENERAL_NAMES *found = X509_get_ext_d2i(cert, NID_subject_alt_name, &state, NULL);
	bool ok = found == NULL || add_alternatives(&names, found);

	GENERAL_NAMES_free(found);
	if (!ok)
		return dcv_nomem(err);
	if (found == NULL && state != -1)
		return dcv_fail(err, DCV_E_FAILED,
			"%s: its subjectAltName cannot be read", what);
	ret->names = names.items;
	ret->n_names = names.n;
	return DCV_OK;
}

static bool take_time(const ASN1_TIME *time, int64_t *ret_s)
{
	struct tm tm = {0};

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*ret_s = timegm(&tm);
	return true;
}

/* RFC 6962 3.3. One that cannot be read says nothing, as if there were none. */
static int64_t latest_sct(const X509 *cert)
{
	STACK_OF(SCT) *list = X509_get_ext_d2i(cert, NID_ct_precert_scts, NULL, NULL);
	uint64_t latest_ms = 0;

	for (int i = 0; i < sk_SCT_num(list); i++) {
		uint64_t at_ms = SCT_get_timestamp(sk_SCT_value(list, i));

		latest_ms = at_ms > latest_ms ? at_ms : latest_ms;
	}
	SCT_LIST_free(list);
	return (int64_t)(latest_ms / MS_PER_S);
}

static enum dcv_err take_issuer(const X509 *cert, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	const X509_NAME *issuer = X509_get_issuer_name(cert);
	const char *common = part_of(issuer, NID_commonName, arena);
	const char *organisation = part_of(issuer, NID_organizationName, arena);

	if (common == NULL || organisation == NULL)
		return dcv_nomem(err);
	ret->organisation = organisation;
	ret->issuer = dcv_arena_printf(arena, "%s%s%s", common,
		common[0] != '\0' && organisation[0] != '\0' ? ", " : "", organisation);
	return ret->issuer != NULL ? DCV_OK : dcv_nomem(err);
}

static enum dcv_err take_cert(const char *what, const X509 *cert, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	enum dcv_err rc;

	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return dcv_nomem(err);
	dcv_hex(digest, len, ret->sha256);
	if (!take_time(X509_get0_notBefore(cert), &ret->not_before_s) ||
		!take_time(X509_get0_notAfter(cert), &ret->not_after_s))
		return dcv_fail(err, DCV_E_FAILED, "%s: its validity cannot be read",
			what);
	ret->sct_s = latest_sct(cert);
	rc = take_issuer(cert, arena, ret, err);
	return rc == DCV_OK ? take_names(what, cert, arena, ret, err) : rc;
}

static enum dcv_err cert_read(const char *what, const void *octets, size_t n,
	struct dcv_arena *arena, struct dcv_cert *ret, struct dcv_error *err)
{
	X509 *cert = read_cert(octets, n);
	struct dcv_cert read = {.n_names = 0};
	enum dcv_err rc;

	if (cert != NULL)
		rc = take_cert(what, cert, arena, &read, err);
	else
		rc = dcv_fail(err, DCV_E_FAILED,
			"%s: no certificate in it: neither PEM (BEGIN CERTIFICATE) nor DER",
			what);
	X509_free(cert);
	ERR_clear_error();
	if (rc == DCV_OK)
		*ret = read;
	return rc;
}

/* --- the parts of a request --- */

/* Of the extensions asked for, or NULL; *ret_bad: they are there and cannot be read. */
static GENERAL_NAMES *asked_names(X509_REQ *request, bool *ret_bad)
{
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
	int state = -1;
	GENERAL_NAMES *found = X509V3_get_d2i(extensions, NID_subject_alt_name, &state,
		NULL);

	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	*ret_bad = found == NULL && state != -1;
	return found;
}

static bool add_common_name(struct names *names, const X509_NAME *subject)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, at);

	return at < 0 || entry == NULL || add_name(names, X509_NAME_ENTRY_get_data(entry));
}

static enum dcv_err take_asked(const char *what, X509_REQ *request, struct names *names,
	struct dcv_error *err)
{
	bool bad = false;
	GENERAL_NAMES *found = asked_names(request, &bad);
	bool ok = found == NULL || add_alternatives(names, found);

	GENERAL_NAMES_free(found);
	if (bad)
		return dcv_fail(err, DCV_E_FAILED,
			"%s: its subjectAltName cannot be read", what);
	if (ok && names->n == 0)
		ok = add_common_name(names, X509_REQ_get_subject_name(request));
	if (!ok)
		return dcv_nomem(err);
	if (names->n == 0)
		return dcv_fail(err, DCV_E_FAILED,
			"%s: the certificate request names no host", what);
	return DCV_OK;
}

static bool take_digest(const X509_REQ *request, const EVP_MD *md, char *out)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool ok = X509_REQ_digest(request, md, digest, &len) == 1;

	dcv_hex(digest, ok ? len : 0, out);
	return ok;
}

static enum dcv_err take_request(const char *what, X509_REQ *request,
	struct dcv_arena *arena, struct dcv_csr *ret, struct dcv_error *err)
{
	struct names names = {arena, NULL, 0};
	enum dcv_err rc = take_asked(what, request, &names, err);

	if (rc != DCV_OK)
		return rc;
	if (!take_digest(request, EVP_sha256(), ret->sha256))
		return dcv_nomem(err);
	(void)take_digest(request, EVP_md5(), ret->md5);
	ret->names = names.items;
	ret->n_names = names.n;
	return DCV_OK;
}

static enum dcv_err csr_read(const char *what, const void *octets, size_t n,
	struct dcv_arena *arena, struct dcv_csr *ret, struct dcv_error *err)
{
	X509_REQ *request = read_request(octets, n);
	struct dcv_csr read = {.n_names = 0};
	enum dcv_err rc;

	if (request != NULL)
		rc = take_request(what, request, arena, &read, err);
	else
		rc = dcv_fail(err, DCV_E_FAILED,
			"%s: no certificate request in it: neither PEM (BEGIN CERTIFICATE "
			"REQUEST) nor DER",
			what);
	X509_REQ_free(request);
	ERR_clear_error();
	if (rc == DCV_OK)
		*ret = read;
	return rc;
}

DCV_MODULE_ENTRY const struct dcv_crypto_module dcv_module_crypto = {
	.head = {sizeof(struct dcv_crypto_module), DCV_CRYPTO_ABI},
	.cert_read = cert_read,
	.csr_read = csr_read,
	.hmac = hmac,
	.sign_rs256 = sign_rs256};

static const char *version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

DCV_MODULE_ENTRY const struct dcv_module_about dcv_module_about = {
	{{"libcrypto", version}}};
