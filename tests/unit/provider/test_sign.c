/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Signatures are those that the vendors publish for the same requests, and which URLs are taken
 * apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "provider/sign.h"

#define SUITE_S INT64_C(1440938160) /* 2015-08-30 12:36:00 UTC */
#define SUITE_HOST "https://example.amazonaws.com"
#define HEADERS_MAX 4

struct vector {
	const char *method, *url;
	struct dcvp_header headers[HEADERS_MAX];
	const char *body, *token, *signed_names, *signature;
};

static size_t count(const struct dcvp_header *headers)
{
	size_t n = 0;

	while (n < HEADERS_MAX && headers[n].name != NULL)
		n++;
	return n;
}

static const char *find(const struct dcvp_header *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(headers[i].name, name) == 0)
			return headers[i].value;
	}
	return NULL;
}

/* Authorization of a request in the arena; NULL with *ret_rc. */
static const char *authorize(const struct vector *vector, const struct dcvp_sign *sign,
	int64_t now_s, struct dcv_arena *arena, enum dcv_err *ret_rc)
{
	struct dcvp_http_request request = {.struct_size = sizeof(request),
		.method = vector->method,
		.url = vector->url,
		.n_headers = count(vector->headers),
		.headers = vector->headers,
		.body = vector->body,
		.body_len = vector->body != NULL ? strlen(vector->body) : 0,
		.sign = sign};
	struct dcvp_header made[DCV_SIGN_HEADERS_MAX];
	struct dcv_error err = {0};
	struct dcv_url url;
	const char *why = NULL;
	size_t n = 0;

	assert_true(dcv_url_read(vector->url, &url, &why));
	*ret_rc = dcv_sign_request(&request, &url, now_s, arena, made, &n, &err);
	return *ret_rc == DCV_OK ? find(made, n, "authorization") : NULL;
}

/* The test suite that AWS publishes for Signature Version 4, less what a URL cannot hold here
 * (dots and empty segments in a path, folded headers). */
static const struct vector suite[] = {
	{"GET", "/", {{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"GET", "", {{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"GET", "/?Param1=value1", {{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
	{"GET", "/?Param2=value2&Param1=value1", {{NULL, NULL}}, NULL, NULL,
		"host;x-amz-date",
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"GET", "/?Param1=value2&Param1=Value1", {{NULL, NULL}}, NULL, NULL,
		"host;x-amz-date",
		"eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
	{"GET", "/?Param1=value2&Param1=value1", {{NULL, NULL}}, NULL, NULL,
		"host;x-amz-date",
		"5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
	{"GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", {{NULL, NULL}}, NULL,
		NULL, "host;x-amz-date",
		"371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
	{"GET",
		"/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
		"-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		{{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
	{"GET", "/?%e1%88%b4=bar", {{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
	{"GET", "/", {{NULL, NULL}}, NULL,
		"6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
		"host;x-amz-date;x-amz-security-token",
		"07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
	{"GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		{{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"GET", "/example/$delete", {{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27"},
	{"GET", "/", {{"My-Header1", "value2,value2,value1"}}, NULL, NULL,
		"host;my-header1;x-amz-date",
		"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
	{"GET", "/", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\" "}}, NULL,
		NULL, "host;my-header1;my-header2;x-amz-date",
		"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
	{"POST", "/?Param1=value1", {{NULL, NULL}}, NULL, NULL, "host;x-amz-date",
		"28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
	{"POST", "/", {{"My-Header1", "VALUE1"}}, NULL, NULL, "host;my-header1;x-amz-date",
		"cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
	{"POST", "/", {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}},
		"Param1=value1", NULL, "content-type;host;x-amz-date",
		"1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

static void test_aws4_suite(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		const struct dcvp_sign sign = {.struct_size = sizeof(sign),
			.scheme = DCVP_SIGN_AWS4,
			.key_id = "AKIDEXAMPLE",
			.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			.token = suite[i].token,
			.region = "us-east-1",
			.service = "service"};
		struct dcv_arena arena = {NULL};
		struct vector vector = suite[i];
		enum dcv_err rc;

		vector.url = dcv_arena_printf(&arena, "%s%s", SUITE_HOST, suite[i].url);
		assert_string_equal(authorize(&vector, &sign, SUITE_S, &arena, &rc),
			dcv_arena_printf(&arena,
				"AWS4-HMAC-SHA256 "
				"Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
				"aws4_request, SignedHeaders=%s, Signature=%s",
				vector.signed_names, vector.signature));
		dcv_arena_clear(&arena);
	}
}

/* Huawei Cloud's own example. A header whose name has an underscore is not signed. */
static void test_sdk_hmac(void **state)
{
	static const char expected[] =
		"SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, "
		"SignedHeaders=content-type;host;x-sdk-date, "
		"Signature="
		"7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe";
	const struct dcvp_sign sign = {.struct_size = sizeof(sign),
		.scheme = DCVP_SIGN_SDK_HMAC_SHA256,
		.key_id = "QTWAOYTTINDUT2QVKYUC",
		.secret = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"};
	const struct vector vector = {"GET",
		"https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs"
		"?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
		{{"Content-Type", "application/json"}, {"x_odd", "1"}}, NULL, NULL, NULL,
		NULL};
	struct dcv_arena arena = {NULL};
	enum dcv_err rc;

	(void)state;
	/* 2019-11-15 03:36:55 UTC */
	assert_string_equal(authorize(&vector, &sign, INT64_C(1573789015), &arena, &rc),
		expected);
	dcv_arena_clear(&arena);
}

/* A query is sorted by what it means, and all blanks of a header count, as the vendor's own signer
 * has it, which made this signature. */
static void test_sdk_hmac_order(void **state)
{
	static const char expected[] =
		"SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, "
		"SignedHeaders=content-type;host;x-odd;x-sdk-date, "
		"Signature="
		"2107e881c0e78cc620dc0bebbc08c331676ae1326e5e147bdb8d940f019352f1";
	const struct dcvp_sign sign = {.struct_size = sizeof(sign),
		.scheme = DCVP_SIGN_SDK_HMAC_SHA256,
		.key_id = "QTWAOYTTINDUT2QVKYUC",
		.secret = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"};
	const struct vector vector = {"GET",
		"https://service.region.example.com/v2/zones?b=~&b=*&a%C3%A9=2&a~=1",
		{{"Content-Type", "application/json"}, {"X-Odd", " a  b "}}, NULL, NULL,
		NULL, NULL};
	struct dcv_arena arena = {NULL};
	enum dcv_err rc;

	(void)state;
	assert_string_equal(authorize(&vector, &sign, INT64_C(1573789015), &arena, &rc),
		expected);
	dcv_arena_clear(&arena);
}

/* What is encoded in a path is encoded once more for AWS, and is what it means for the other; so
 * the two spellings of a path differ there, and do not here. */
static void test_encoded_paths(void **state)
{
	const struct vector plain = {"GET", SUITE_HOST "/a$b", {{NULL, NULL}}, NULL, NULL,
		NULL, NULL};
	const struct vector coded = {"GET", SUITE_HOST "/a%24b", {{NULL, NULL}}, NULL,
		NULL, NULL, NULL};
	struct dcvp_sign sign = {.struct_size = sizeof(sign),
		.scheme = DCVP_SIGN_SDK_HMAC_SHA256,
		.key_id = "k",
		.secret = "s",
		.region = "r",
		.service = "s"};
	struct dcv_arena arena = {NULL};
	enum dcv_err rc;

	(void)state;
	assert_string_equal(authorize(&plain, &sign, SUITE_S, &arena, &rc),
		authorize(&coded, &sign, SUITE_S, &arena, &rc));
	sign.scheme = DCVP_SIGN_AWS4;
	assert_string_not_equal(authorize(&plain, &sign, SUITE_S, &arena, &rc),
		authorize(&coded, &sign, SUITE_S, &arena, &rc));
	dcv_arena_clear(&arena);
}

static void test_what_cannot_be_signed(void **state)
{
	const struct vector plain = {"GET", SUITE_HOST "/", {{NULL, NULL}}, NULL, NULL,
		NULL, NULL};
	const struct vector plus = {"GET", SUITE_HOST "/?a=b+c", {{NULL, NULL}}, NULL,
		NULL, NULL, NULL};
	struct dcvp_sign sign = {.struct_size = sizeof(sign),
		.scheme = DCVP_SIGN_AWS4,
		.key_id = "k",
		.secret = "s",
		.region = "r"};
	struct dcv_arena arena = {NULL};
	enum dcv_err rc;

	(void)state;
	assert_null(authorize(&plain, &sign, SUITE_S, &arena, &rc));
	assert_int_equal(rc, DCV_E_CONFIG);
	sign.service = "s";
	assert_null(authorize(&plus, &sign, SUITE_S, &arena, &rc));
	assert_int_equal(rc, DCV_E_CONFIG);
	assert_non_null(authorize(&plain, &sign, SUITE_S, &arena, &rc));
	sign.scheme = (enum dcvp_sign_scheme)99;
	assert_null(authorize(&plain, &sign, SUITE_S, &arena, &rc));
	assert_int_equal(rc, DCV_E_CONFIG);
	dcv_arena_clear(&arena);
}

static void test_urls(void **state)
{
	static const struct {
		const char *text, *host, *path, *query;
		int loopback, metadata;
	} good[] = {
		{"https://api.example", "api.example", "/", "", 0, 0},
		{"https://api.example:443/v1/", "api.example", "/v1/", "", 0, 0},
		{"https://api.example:8443/a%2Fb?c=d&e", "api.example:8443", "/a%2Fb",
			"c=d&e", 0, 0},
		{"http://127.0.0.1:8081/api/v1/servers/localhost", "127.0.0.1:8081",
			"/api/v1/servers/localhost", "", 1, 0},
		{"http://[::1]:80/x?y=/../", "[::1]", "/x", "y=/../", 1, 0},
		{"http://localhost?q", "localhost", "/", "q", 1, 0},
		{"https://127.0.0.1.evil.example/", "127.0.0.1.evil.example", "/", "", 0,
			0},
		{"https://a/example.com.=2E", "a", "/example.com.=2E", "", 0, 0},
		{"https://a/...", "a", "/...", "", 0, 0},
		{"http://169.254.169.254/x", "169.254.169.254", "/x", "", 0, 1},
		{"http://[fd00:ec2::254]/", "[fd00:ec2::254]", "/", "", 0, 1},
		{"http://169.254.169.254.example/", "169.254.169.254.example", "/", "", 0,
			0},
		{"http://169.254.169.25/", "169.254.169.25", "/", "", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *why = NULL;
		struct dcv_url url;

		assert_true(dcv_url_read(good[i].text, &url, &why));
		assert_int_equal(url.host_len, strlen(good[i].host));
		assert_memory_equal(url.host, good[i].host, url.host_len);
		assert_int_equal(url.path_len, strlen(good[i].path));
		assert_memory_equal(url.path, good[i].path, url.path_len);
		assert_string_equal(url.query, good[i].query);
		assert_int_equal(url.loopback, good[i].loopback);
		assert_int_equal(url.metadata, good[i].metadata);
	}
}

static void test_urls_that_are_refused(void **state)
{
	static const char *const bad[] = {"", "ftp://a/", "file:///etc/passwd",
		"https:/a", "HTTPS://a/", "https://", "https:///", "https://user@a/",
		"https://u:p@a/", "https://a:0/", "https://a:65536/", "https://a:/",
		"https://a:1x/", "https://[::1/", "https://[]/", "https://[::1]x/",
		"https://a b/", "https://a/b c", "https://a/\r\nX: y", "https://a/\x7f",
		"https://a/\xc3\xa4", "https://a/#f", "https://a/?q#f", "https://a/%",
		"https://a/%zz", "https://a/%00", "https://a/..", "https://a/b/../c",
		"https://a/./", "https://a/%2e%2E/b", "https://a/%2e", "https://a//b",
		"https://a//", "https://a\\b/", "https://a%2eb/"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *why = NULL;
		struct dcv_url url;

		assert_false(dcv_url_read(bad[i], &url, &why));
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aws4_suite),
		cmocka_unit_test(test_sdk_hmac),
		cmocka_unit_test(test_sdk_hmac_order),
		cmocka_unit_test(test_encoded_paths),
		cmocka_unit_test(test_what_cannot_be_signed),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_urls_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
