/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Digests and signatures are the published ones; certificates and requests say what they say, and
 * damaged ones do no harm. */
#include "tests/unit/base/certs.h"

#include "base/crypto.h"

struct result {
	enum dcv_err rc;
	struct dcv_cert cert;
	struct dcv_error err;
	struct dcv_arena arena;
};

static void read_into(struct result *result, const void *octets, size_t n)
{
	*result = (struct result){.rc = DCV_E_INTERNAL};
	result->rc = dcv_cert_read("shop.pem", octets, n, &result->arena, &result->cert,
		&result->err);
}

static void read_spec(struct result *result, const struct spec *spec)
{
	struct octets octets = cert_octets(spec, false);

	read_into(result, octets.data, octets.len);
	free(octets.data);
	assert_int_equal(result->rc, DCV_OK);
}

static void test_digest(void **state)
{
	char text[DCV_SHA256_TEXT_MAX];

	(void)state;
	dcv_sha256_text("", 0, text);
	assert_string_equal(text,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	dcv_sha256_text("abc", 3, text);
	assert_string_equal(text,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void expect_hmac(enum dcv_digest digest, const void *key, size_t n_key,
	const char *text, const char *expected)
{
	uint8_t code[DCV_HMAC_MAX];
	char hex[2 * DCV_HMAC_MAX + 1];
	size_t len = 0;

	assert_int_equal(dcv_hmac(digest, key, n_key, text, strlen(text), code, &len, NULL),
		DCV_OK);
	for (size_t i = 0; i < len; i++)
		(void)snprintf(&hex[2 * i], 3, "%02x", code[i]);
	assert_string_equal(hex, expected);
}

/* RFC 2202 case 2, RFC 4231 cases 2 and 6 (a key longer than the block), and no key at all. */
static void test_hmac(void **state)
{
	static const char text[] = "what do ya want for nothing?";
	char key[131];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	expect_hmac(DCV_SHA1, "Jefe", 4, text, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	expect_hmac(DCV_SHA256, "Jefe", 4, text,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	expect_hmac(DCV_SHA384, "Jefe", 4, text,
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649");
	expect_hmac(DCV_SHA512, "Jefe", 4, text,
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	expect_hmac(DCV_SHA256, key, sizeof(key),
		"Test Using Larger Than Block-Size Key - Hash Key First",
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	expect_hmac(DCV_SHA256, NULL, 0, "",
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* Ours is that of libcrypto, whatever the lengths of text and key. */
static void test_hmac_of_our_own(void **state)
{
	uint8_t text[300], ours[DCV_HMAC_MAX], theirs[DCV_HMAC_MAX];
	struct dcv_module module;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 167 + 13);
	assert_int_equal(dcv_crypto_hold(&module, NULL), DCV_OK);
	for (size_t n = 0; n <= sizeof(text); n++) {
		size_t n_key = n * 5 % 140;

		assert_int_equal(
			dcv_hmac(DCV_SHA256, text, n_key, text, n, ours, &len, NULL),
			DCV_OK);
		assert_int_equal(len, 32);
		assert_int_equal(dcv_hmac_held(&module, DCV_SHA256, text, n_key, text, n,
					 theirs, &len, NULL),
			DCV_OK);
		assert_memory_equal(ours, theirs, len);
	}
	dcv_module_close(&module);
}

/* A fresh key in PEM; the caller frees both. */
static char *new_rsa(unsigned bits, EVP_PKEY **ret)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *pem;
	long len;

	*ret = EVP_RSA_gen(bits);
	assert_non_null(*ret);
	assert_int_equal(
		PEM_write_bio_PKCS8PrivateKey(bio, *ret, NULL, NULL, 0, NULL, NULL), 1);
	len = BIO_get_mem_data(bio, &text);
	pem = strndup(text, (size_t)len);
	assert_non_null(pem);
	BIO_free(bio);
	return pem;
}

static void test_rs256(void **state)
{
	static const char said[] = "eyJhbGciOiJSUzI1NiJ9.e30";
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct dcv_arena arena = {NULL};
	const unsigned char *signature = NULL;
	size_t len = 0;
	EVP_PKEY *key;
	char *pem = new_rsa(2048, &key);

	(void)state;
	assert_int_equal(dcv_sign_rs256("account", pem, said, strlen(said), &arena,
				 &signature, &len, NULL),
		DCV_OK);
	assert_int_equal(len, 256);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(ctx, signature, len, (const uint8_t *)said,
				 strlen(said)),
		1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	dcv_arena_clear(&arena);
	free(pem);
}

/* What is no key, or too weak a one: said without a word of it. */
static void test_what_is_no_rsa_key(void **state)
{
	struct dcv_arena arena = {NULL};
	const unsigned char *signature = NULL;
	size_t len = 0;
	EVP_PKEY *key;
	char *weak = new_rsa(1024, &key);
	const char *const keys[] = {weak, "", "CANARY",
		"-----BEGIN PRIVATE KEY-----\nQ0FOQVJZ\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct dcv_error err = {0};

		assert_int_equal(dcv_sign_rs256("account", keys[i], "x", 1, &arena,
					 &signature, &len, &err),
			DCV_E_CONFIG);
		assert_non_null(strstr(err.text, "account: not a private RSA key"));
		assert_null(strstr(err.text, "CANARY"));
		assert_null(signature);
	}
	EVP_PKEY_free(key);
	dcv_arena_clear(&arena);
	free(weak);
}

static void test_what_a_certificate_says(void **state)
{
	const struct spec spec = {.names = {"Example.COM", "*.Example.com"},
		.common = "ignored.example.com",
		.issuer_common = "GeoTrust TLS RSA CA G1",
		.issuer_organisation = "DigiCert Inc"};
	struct octets octets = cert_octets(&spec, false);
	struct result result;
	char digest[DCV_SHA256_TEXT_MAX];

	(void)state;
	read_into(&result, octets.data, octets.len);
	assert_int_equal(result.rc, DCV_OK);
	assert_int_equal(result.cert.n_names, 2);
	assert_string_equal(result.cert.names[0], "example.com");
	assert_string_equal(result.cert.names[1], "*.example.com");
	assert_string_equal(result.cert.issuer, "GeoTrust TLS RSA CA G1, DigiCert Inc");
	assert_string_equal(result.cert.organisation, "DigiCert Inc");
	assert_true(result.cert.not_before_s == FROM);
	assert_true(result.cert.not_after_s == UNTIL);
	assert_true(result.cert.sct_s == 0);
	dcv_sha256_text(octets.data, octets.len, digest);
	assert_string_equal(result.cert.sha256, digest);
	dcv_arena_clear(&result.arena);
	free(octets.data);
}

/* The server's own certificate stands first; what is before and behind it does not matter. */
static void test_first_of_a_pem_text(void **state)
{
	const struct spec first = {.names = {"first.example"}, .issuer_common = "A"};
	const struct spec second = {.names = {"second.example"}, .issuer_common = "B"};
	static const char other[] = "subject=CN = first.example\r\n"
				    "-----BEGIN DH PARAMETERS-----\r\n"
				    "MAYCAQMCAQI=\r\n"
				    "-----END DH PARAMETERS-----\r\n";
	struct octets a = cert_octets(&first, true), b = cert_octets(&second, true);
	size_t n = sizeof(other) - 1;
	uint8_t *text = malloc(n + a.len + b.len);
	struct result result;

	(void)state;
	assert_non_null(text);
	memcpy(text, other, n);
	memcpy(text + n, a.data, a.len);
	memcpy(text + n + a.len, b.data, b.len);
	read_into(&result, text, n + a.len + b.len);
	assert_int_equal(result.rc, DCV_OK);
	assert_string_equal(result.cert.names[0], "first.example");
	assert_string_equal(result.cert.issuer, "A");
	assert_string_equal(result.cert.organisation, "");
	dcv_arena_clear(&result.arena);
	free(text);
	free(a.data);
	free(b.data);
}

static void test_latest_sct(void **state)
{
	const struct spec spec = {.names = {"example.com"},
		.issuer_common = "A",
		.scts_ms = {(FROM + 3600) * 1000 + 1, (FROM + 3605) * 1000 + 999}};
	struct result result;

	(void)state;
	read_spec(&result, &spec);
	assert_true(result.cert.sct_s == FROM + 3605);
	dcv_arena_clear(&result.arena);
}

static void test_damaged_sct_list_is_none(void **state)
{
	static const char *const lists[] = {"", "x", "\x04\x02\x01\x01",
		"\x04\x04\x7f\x7f\x01\x01"};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct spec spec = {.names = {"example.com"},
			.issuer_common = "A",
			.raw_sct = lists[i]};
		struct result result;

		read_spec(&result, &spec);
		assert_true(result.cert.sct_s == 0);
		assert_int_equal(result.cert.n_names, 1);
		dcv_arena_clear(&result.arena);
	}
}

/* "good.example\0.evil.example" is not good.example, and neither is half of it. */
static void test_names_that_are_none(void **state)
{
	const struct spec nul = {.names = {"good.example\0.evil.example", "b.example"},
		.odd_len = 26,
		.issuer_common = "A"};
	const struct spec utf8 = {.names = {"b\xc3\xbc"
					    "cher.example",
					  "a b.example", "", "ok.example"},
		.issuer_common = "A"};
	const struct spec address = {.with_address = true, .issuer_common = "A"};
	const struct spec none = {.common = "example.com", .issuer_common = "A"};
	struct result result;

	(void)state;
	read_spec(&result, &nul);
	assert_int_equal(result.cert.n_names, 1);
	assert_string_equal(result.cert.names[0], "b.example");
	dcv_arena_clear(&result.arena);
	read_spec(&result, &utf8);
	assert_int_equal(result.cert.n_names, 1);
	assert_string_equal(result.cert.names[0], "ok.example");
	dcv_arena_clear(&result.arena);
	read_spec(&result, &address);
	assert_int_equal(result.cert.n_names, 0);
	dcv_arena_clear(&result.arena);
	read_spec(&result, &none);
	assert_int_equal(result.cert.n_names, 0);
	dcv_arena_clear(&result.arena);
}

static void test_damaged_names_are_an_error(void **state)
{
	const struct spec spec = {.raw_san = "\x30\x05\x82\x7f", .issuer_common = "A"};
	struct octets octets = cert_octets(&spec, false);
	struct result result;

	(void)state;
	read_into(&result, octets.data, octets.len);
	assert_int_equal(result.rc, DCV_E_FAILED);
	assert_string_equal(result.err.text,
		"shop.pem: its subjectAltName cannot be read");
	dcv_arena_clear(&result.arena);
	free(octets.data);
}

static void test_issuer_is_safe_to_show(void **state)
{
	const struct spec spec = {.names = {"example.com"},
		.issuer_common = "Digi\x1b[2JCert\nroot"};
	struct result result;

	(void)state;
	read_spec(&result, &spec);
	assert_string_equal(result.cert.issuer, "Digi\\x1B[2JCert\\x0Aroot");
	dcv_arena_clear(&result.arena);
}

static void test_far_years(void **state)
{
	const struct spec spec = {.names = {"example.com"},
		.issuer_common = "A",
		.from_s = -1000000000, /* 1938 */
		.until_s = INT64_C(253402300799)}; /* 9999 */
	struct result result;

	(void)state;
	read_spec(&result, &spec);
	assert_true(result.cert.not_before_s == -1000000000);
	assert_true(result.cert.not_after_s == INT64_C(253402300799));
	dcv_arena_clear(&result.arena);
}

static void test_what_is_no_certificate(void **state)
{
	static const char locked[] =
		"-----BEGIN CERTIFICATE-----\n"
		"Proc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n"
		"\n"
		"AAAAAAAAAAAAAAAAAAAAAA==\n"
		"-----END CERTIFICATE-----\n";
	const struct spec spec = {.names = {"example.com"}, .issuer_common = "A"};
	struct octets request = request_octets(&spec, true);
	const struct {
		const void *data;
		size_t len;
	} inputs[] = {{"", 0}, {"\0", 1}, {"example.com", 11},
		{"-----BEGIN CERTIFICATE-----\n", 28}, {locked, sizeof(locked) - 1},
		{request.data, request.len}};

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct result result;

		read_into(&result, inputs[i].data, inputs[i].len);
		assert_int_equal(result.rc, DCV_E_FAILED);
		assert_string_equal(result.err.text,
			"shop.pem: no certificate in it: neither PEM (BEGIN CERTIFICATE) "
			"nor DER");
		assert_int_equal(result.cert.n_names, 0);
		dcv_arena_clear(&result.arena);
	}
	free(request.data);
}

/* A copy that ends where the octets end, so that one read too many is seen. */
static enum dcv_err read_exactly(const uint8_t *octets, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	struct result result;

	assert_non_null(copy);
	memcpy(copy, octets, n);
	read_into(&result, copy, n);
	dcv_arena_clear(&result.arena);
	free(copy);
	return result.rc;
}

static void test_cut_anywhere(void **state)
{
	const struct spec spec = {.names = {"example.com", "www.example.com"},
		.issuer_common = "A",
		.scts_ms = {FROM * 1000}};

	(void)state;
	for (int pem = 0; pem < 2; pem++) {
		struct octets octets = cert_octets(&spec, pem == 1);
		size_t good = 0;

		for (size_t n = 0; n < octets.len; n++)
			good += read_exactly(octets.data, n) == DCV_OK;
		/* Of a PEM text, the last line break and the like may be missing. */
		assert_true(good <= (pem == 1 ? 1u : 0u));
		assert_int_equal(read_exactly(octets.data, octets.len), DCV_OK);
		free(octets.data);
	}
}

static void test_any_octet_changed(void **state)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	const struct spec spec = {.names = {"example.com", "www.example.com"},
		.issuer_common = "A",
		.issuer_organisation = "B",
		.scts_ms = {FROM * 1000, FROM * 1000 + 5}};
	struct octets octets = cert_octets(&spec, false);
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < octets.len; i++) {
		for (size_t m = 0; m < sizeof(masks); m++) {
			octets.data[i] ^= masks[m];
			bad += read_exactly(octets.data, octets.len) != DCV_OK;
			octets.data[i] ^= masks[m];
		}
	}
	assert_true(bad > 0);
	free(octets.data);
}

/* --- requests --- */

static enum dcv_err read_request(const struct octets *octets, struct dcv_arena *arena,
	struct dcv_csr *ret, struct dcv_error *err)
{
	return dcv_csr_read("shop.csr", octets->data, octets->len, arena, ret, err);
}

static struct dcv_csr request_of(const struct spec *spec, bool pem,
	struct dcv_arena *arena, struct dcv_error *err)
{
	struct octets octets = request_octets(spec, pem);
	struct dcv_csr csr = {.n_names = 0};
	enum dcv_err rc = read_request(&octets, arena, &csr, err);

	free(octets.data);
	assert_int_equal(rc, err->code);
	return csr;
}

static void test_names_of_a_request(void **state)
{
	const struct spec many = {.common = "cn.example",
		.names = {"A.example", "*.b.example"}};
	const struct spec common = {.common = "Shop.Example"};
	const struct spec none = {.common = "Our shop", .with_address = true};
	struct dcv_arena arena = {0};
	struct dcv_error err = {0};
	struct dcv_csr csr;

	(void)state;
	for (int pem = 0; pem < 2; pem++) {
		csr = request_of(&many, pem != 0, &arena, &err);
		assert_int_equal(csr.n_names, 2);
		assert_string_equal(csr.names[0], "a.example");
		assert_string_equal(csr.names[1], "*.b.example");
	}
	csr = request_of(&common, true, &arena, &err);
	assert_int_equal(csr.n_names, 1);
	assert_string_equal(csr.names[0], "shop.example");
	assert_int_equal(request_of(&none, true, &arena, &err).n_names, 0);
	assert_string_equal(err.text, "shop.csr: the certificate request names no host");
	dcv_arena_clear(&arena);
}

static void expect_digest(const EVP_MD *md, const struct octets *octets, const char *hex)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char expected[2 * EVP_MAX_MD_SIZE + 1];
	unsigned len = 0;

	assert_int_equal(EVP_Digest(octets->data, octets->len, digest, &len, md, NULL), 1);
	for (size_t i = 0; i < len; i++)
		(void)snprintf(&expected[2 * i], 3, "%02x", digest[i]);
	assert_string_equal(hex, expected);
}

/* Of the octets of DER, also where the file is PEM: the two differ in nothing else. */
static void test_digests_of_a_request(void **state)
{
	const struct spec spec = {.names = {"example.com"}};
	struct octets der = request_octets(&spec, false), pem;
	const uint8_t *at = der.data;
	X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der.len);
	BIO *bio = BIO_new(BIO_s_mem());
	struct dcv_csr from_der, from_pem;
	struct dcv_arena arena = {0};
	char *text;

	(void)state;
	assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
	pem.len = (size_t)BIO_get_mem_data(bio, &text);
	pem.data = (uint8_t *)text;
	assert_int_equal(read_request(&der, &arena, &from_der, NULL), DCV_OK);
	assert_int_equal(read_request(&pem, &arena, &from_pem, NULL), DCV_OK);
	expect_digest(EVP_md5(), &der, from_der.md5);
	expect_digest(EVP_sha256(), &der, from_der.sha256);
	assert_string_equal(from_pem.md5, from_der.md5);
	assert_string_equal(from_pem.sha256, from_der.sha256);
	BIO_free(bio);
	X509_REQ_free(request);
	dcv_arena_clear(&arena);
	free(der.data);
}

static void test_what_is_no_request(void **state)
{
	const struct spec spec = {.names = {"example.com"}, .issuer_common = "A"};
	struct octets cert = cert_octets(&spec, true),
		      request = request_octets(&spec, false);
	struct dcv_arena arena = {0};
	struct dcv_error err = {0};
	struct dcv_csr csr = {.n_names = 0};

	(void)state;
	assert_int_equal(read_request(&cert, &arena, &csr, &err), DCV_E_FAILED);
	assert_string_equal(err.text,
		"shop.csr: no certificate request in it: neither PEM (BEGIN CERTIFICATE "
		"REQUEST) nor DER");
	for (size_t len = 0; len < request.len; len++) {
		struct octets copy = {malloc(len > 0 ? len : 1), len};

		assert_non_null(copy.data);
		memcpy(copy.data, request.data, len);
		assert_int_equal(read_request(&copy, &arena, &csr, NULL), DCV_E_FAILED);
		free(copy.data);
	}
	assert_null(csr.names);
	assert_string_equal(csr.md5, "");
	dcv_arena_clear(&arena);
	free(cert.data);
	free(request.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_hmac_of_our_own),
		cmocka_unit_test(test_rs256),
		cmocka_unit_test(test_what_is_no_rsa_key),
		cmocka_unit_test(test_what_a_certificate_says),
		cmocka_unit_test(test_first_of_a_pem_text),
		cmocka_unit_test(test_latest_sct),
		cmocka_unit_test(test_damaged_sct_list_is_none),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_damaged_names_are_an_error),
		cmocka_unit_test(test_issuer_is_safe_to_show),
		cmocka_unit_test(test_far_years),
		cmocka_unit_test(test_what_is_no_certificate),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_any_octet_changed),
		cmocka_unit_test(test_names_of_a_request),
		cmocka_unit_test(test_digests_of_a_request),
		cmocka_unit_test(test_what_is_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
