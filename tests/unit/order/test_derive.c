/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is computed is what was published: each vector names its source. */
#include "orders.h"

#include "order/derive.h"

#define SECRET "private-and-not-read"

/* RFC 8555 8.3: token and key authorization of the example. */
#define TOKEN "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"

/* RFC 8555 8.4 shows its digest shortened; whole it stands in the tests of boulder's validator
 * (LoqX…, file va/dns_test.go), which also checks what it means. */
static void test_dns01(void **state)
{
	char value[DCV_DNS01_TEXT];

	(void)state;
	dcv_derive_dns01(TOKEN "." THUMBPRINT, value);
	assert_string_equal(value, "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo");
	/* FIPS 180-4: "" and "abc". */
	dcv_derive_dns01("", value);
	assert_string_equal(value, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
	dcv_derive_dns01("abc", value);
	assert_string_equal(value, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

static void expect_thumbprint(const char *jwk, const char *expected)
{
	char text[DCV_DNS01_TEXT] = "";

	assert_int_equal(dcv_derive_thumbprint("key.json", jwk, strlen(jwk), text, NULL),
		DCV_OK);
	assert_string_equal(text, expected);
}

static void test_thumbprint(void **state)
{
	(void)state;
	/* RFC 7638 3.1 */
	expect_thumbprint(
		"{\"kty\": \"RSA\", \"n\": \"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2"
		"aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF"
		"V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGj"
		"QR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91C"
		"bOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI"
		"qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\", \"e\": \"AQAB\", "
		"\"alg\": \"RS256\", \"kid\": \"2011-04-29\"}",
		"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	/* RFC 8037 A.3; a private part does not count */
	expect_thumbprint("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			  "\"d\":\"" SECRET "\","
			  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
	/* The EC key of RFC 7517 A.1; its thumbprint is that of the tests of jose4j. */
	expect_thumbprint("{\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\","
			  "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\n"
			  "\"use\":\"enc\",\"kid\":\"1\",\"crv\":\"P-256\",\"kty\":\"EC\"}",
		"cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
}

static void refuse_key(const char *jwk, enum dcv_err code, const char *text)
{
	char out[DCV_DNS01_TEXT] = "untouched";
	struct dcv_error err = {0};

	assert_int_equal(dcv_derive_thumbprint("key.json", jwk, strlen(jwk), out, &err),
		code);
	assert_string_equal(err.text, text);
	assert_null(strstr(err.text, SECRET));
	assert_string_equal(out, "untouched");
}

static void test_what_is_no_account_key(void **state)
{
	(void)state;
	refuse_key("", DCV_E_FAILED, "key.json:1:0: not JSON");
	refuse_key("{\"kty\":\"OKP\",\n\"d\":\"" SECRET "\" \"x\"}", DCV_E_FAILED,
		"key.json:2:30: not JSON");
	refuse_key("{\"kty\":\"OKP\",\"kty\":\"OKP\"}", DCV_E_FAILED,
		"key.json:1:18: not JSON");
	refuse_key("[\"" SECRET "\"]", DCV_E_ORDER,
		"key.json: not a JWK with a \"kty\" of RSA, EC or OKP");
	refuse_key("{\"kty\":\"oct\",\"k\":\"" SECRET "\"}", DCV_E_ORDER,
		"key.json: not a JWK with a \"kty\" of RSA, EC or OKP");
	refuse_key("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"" SECRET "\"}",
		DCV_E_ORDER, "key.json: the key has no text \"x\"");
	refuse_key("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":1}", DCV_E_ORDER,
		"key.json: the key has no text \"x\"");
	refuse_key("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"a=\",\"d\":\"" SECRET
		   "\"}",
		DCV_E_ORDER,
		"key.json: \"x\" of the key is not base64url without padding");
	refuse_key("{\"kty\":\"OKP\",\"crv\":\"\\\"\",\"x\":\"a\"}", DCV_E_ORDER,
		"key.json: \"crv\" of the key is not base64url without padding");
}

static void refuse_parts(const char *token, const char *thumbprint, const char *text)
{
	struct dcv_arena arena = {0};
	struct dcv_error err = {0};
	const char *said = NULL;

	assert_int_equal(
		dcv_derive_key_authorization(token, thumbprint, &arena, &said, &err),
		DCV_E_ORDER);
	assert_string_equal(err.text, text);
	assert_null(said);
	dcv_arena_clear(&arena);
}

static void test_key_authorization(void **state)
{
	struct dcv_arena arena = {0};
	const char *said = NULL;

	(void)state;
	assert_int_equal(
		dcv_derive_key_authorization(TOKEN, THUMBPRINT, &arena, &said, NULL),
		DCV_OK);
	assert_string_equal(said, TOKEN "." THUMBPRINT);
	dcv_arena_clear(&arena);
	refuse_parts("", THUMBPRINT, "token: \"\" has other characters than base64url's");
	refuse_parts("a.b", THUMBPRINT,
		"token: \"a.b\" has other characters than base64url's");
	refuse_parts(TOKEN, "abc",
		"thumbprint: \"abc\" is not the 43 characters of a SHA-256 in base64url");
}

static void expect_label(const char *url, const char *expected)
{
	char label[DCV_ACCOUNT_LABEL_TEXT] = "";

	assert_int_equal(dcv_derive_account_label(url, label, NULL), DCV_OK);
	assert_string_equal(label, expected);
}

static void refuse_url(const char *url)
{
	char label[DCV_ACCOUNT_LABEL_TEXT] = "untouched";
	struct dcv_error err = {0};

	assert_int_equal(dcv_derive_account_label(url, label, &err), DCV_E_ORDER);
	assert_string_equal(label, "untouched");
	assert_non_null(strstr(err.text, "account URL: "));
}

static void test_account_label(void **state)
{
	(void)state;
	/* draft-ietf-acme-dns-account-label-02, the same since -00 */
	expect_label("https://example.com/acme/acct/ExampleAccount", "_ujmmovf2vn55tgye");
	/* The tests of boulder's validator: account 12345 of the same server */
	expect_label("https://example.com/acme/acct/12345", "_ao3pcvmacvwyw63b");
	refuse_url("");
	refuse_url("example.com/acme/acct/1");
	refuse_url("https://example.com/acme/acct/1 ");
	refuse_url("https://example.com/acme/\xc3\xa4");
}

/* The digests of Sectigo's example, the second one that of the Baseline Requirements' Request
 * Token; the form as its FAQ "How to complete DCV using the CNAME method" has it: the first 32 and
 * the last 32 digits. (A request whose digests are published with it was not to be found; that
 * digests are those of the DER is tested in base/test_crypto.c.) */
static const struct dcv_csr request = {
	.md5 = "c7fbc2039e400c8ef74129ec7db1842c",
	.sha256 = "c9c863405fe7675a3988b97664ea6baf442019e4e52fa335f406f7c5f26cf14f",
};

static void expect_target(const char *unique, const char *suffix, const char *expected)
{
	struct dcv_derived_cname cname = {0};
	struct dcv_arena arena = {0};

	assert_int_equal(
		dcv_derive_request_cname(&request, unique, suffix, &arena, &cname, NULL),
		DCV_OK);
	assert_string_equal(cname.host, "_c7fbc2039e400c8ef74129ec7db1842c");
	assert_string_equal(cname.target, expected);
	dcv_arena_clear(&arena);
}

static void refuse_unique(const struct dcv_csr *csr, const char *unique,
	enum dcv_err code, const char *text)
{
	struct dcv_derived_cname cname = {0};
	struct dcv_arena arena = {0};
	struct dcv_error err = {0};

	assert_int_equal(dcv_derive_request_cname(csr, unique, "sectigo.com", &arena,
				 &cname, &err),
		code);
	assert_string_equal(err.text, text);
	assert_null(cname.host);
	assert_null(cname.target);
	dcv_arena_clear(&arena);
}

static void test_request_cname(void **state)
{
	struct dcv_csr without = request;

	(void)state;
	expect_target(NULL, "sectigo.com",
		"c9c863405fe7675a3988b97664ea6baf.442019e4e52fa335f406f7c5f26cf14f."
		"sectigo.com.");
	expect_target("10af9db9tu", "sectigo.com",
		"c9c863405fe7675a3988b97664ea6baf.442019e4e52fa335f406f7c5f26cf14f."
		"10af9db9tu.sectigo.com.");
	/* Answers of ZeroSSL's API have this form: cname_validation_p2. */
	expect_target("c40fe103efdb952", "comodoca.com",
		"c9c863405fe7675a3988b97664ea6baf.442019e4e52fa335f406f7c5f26cf14f."
		"c40fe103efdb952.comodoca.com.");
	expect_target("abcdefghijABCDEFGHI9", "sectigo.com",
		"c9c863405fe7675a3988b97664ea6baf.442019e4e52fa335f406f7c5f26cf14f."
		"abcdefghijABCDEFGHI9.sectigo.com.");
	refuse_unique(&request, "", DCV_E_ORDER,
		"unique value: \"\" is not 1 to 20 letters and digits");
	refuse_unique(&request, "a.b", DCV_E_ORDER,
		"unique value: \"a.b\" is not 1 to 20 letters and digits");
	refuse_unique(&request, "abcdefghijabcdefghija", DCV_E_ORDER,
		"unique value: \"abcdefghijabcdefghija\" is not 1 to 20 letters and digits");
	without.md5[0] = '\0';
	refuse_unique(&without, NULL, DCV_E_FAILED,
		"certificate request: libcrypto makes no MD5 here, as in FIPS mode");
}

static void test_who_takes_a_request(void **state)
{
	(void)state;
	assert_string_equal(dcv_derive_suffix("Sectigo.com", false), "sectigo.com");
	assert_string_equal(dcv_derive_suffix("sectigo.com", true), "sectigo.com");
	assert_string_equal(dcv_derive_suffix("ZeroSSL", true), "comodoca.com");
	assert_null(dcv_derive_suffix("zerossl", false));
	assert_null(dcv_derive_suffix("digicert", true));
	assert_null(dcv_derive_suffix("letsencrypt.org", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dns01),
		cmocka_unit_test(test_thumbprint),
		cmocka_unit_test(test_what_is_no_account_key),
		cmocka_unit_test(test_key_authorization),
		cmocka_unit_test(test_account_label),
		cmocka_unit_test(test_request_cname),
		cmocka_unit_test(test_who_takes_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
