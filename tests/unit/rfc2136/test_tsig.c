/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* TSIG against messages that dnspython 2.3 signed, and against every wrong octet; keys as they are
 * written, well and badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns/wire.h"
#include "providers/rfc2136/tsig.h"

#define NOW_S 1700000000
#define SECRET \
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="

struct vector {
	const char *algorithm;
	const char *signature; /* the TSIG record of the query, signed at NOW_S */
	const char *answer; /* signed five seconds later */
};

static const char query[] =
	"12340000000100000000000003777777076578616d706c6503636f6d0000100001";
static const struct vector vectors[] = {
	{"hmac-sha1",
		"0a7570646174652d6b6579076578616d706c650000fa00ff00000000002f09686d61632d"
		"736861310000006553f100012c0014097aed8e9df0528b7ae7b1713c2ca71967275d4412"
		"3400000000",
		"12348400000100010000000103777777076578616d706c6503636f6d0000100001c00c00"
		"1000010000012c000605746f6b656e0a7570646174652d6b6579076578616d706c650000"
		"fa00ff00000000002f09686d61632d736861310000006553f105012c0014541ffb71083d"
		"fdc390e6702c3e6ff75ee74ae8ed123400000000"},
	{"hmac-sha256",
		"0a7570646174652d6b6579076578616d706c650000fa00ff00000000003d0b686d61632d"
		"7368613235360000006553f100012c00209375b6095c7e30d5759761928d6422829c92e7"
		"daa68c3f08f2d232cfc3ac09f7123400000000",
		"12348400000100010000000103777777076578616d706c6503636f6d0000100001c00c00"
		"1000010000012c000605746f6b656e0a7570646174652d6b6579076578616d706c650000"
		"fa00ff00000000003d0b686d61632d7368613235360000006553f105012c00207dd2e5c0"
		"63accd9c226dafe59b3c866dc6791f1549b09d14f96e9382bb45ee31123400000000"},
	{"hmac-sha384",
		"0a7570646174652d6b6579076578616d706c650000fa00ff00000000004d0b686d61632d"
		"7368613338340000006553f100012c00304cd7713dd1341f42d98bbf4f7338a4470f3063"
		"66928207d05e10be533c55cbbd187148eadf9ae20bcda207eb540a785d123400000000",
		"12348400000100010000000103777777076578616d706c6503636f6d0000100001c00c00"
		"1000010000012c000605746f6b656e0a7570646174652d6b6579076578616d706c650000"
		"fa00ff00000000004d0b686d61632d7368613338340000006553f105012c0030cc17a8d6"
		"f0e1fe24b443d93421c77ef935157c0da63dabde023d9b23db16dcc4e13a54bb891882a9"
		"7c1aebbd32906cee123400000000"},
	{"hmac-sha512",
		"0a7570646174652d6b6579076578616d706c650000fa00ff00000000005d0b686d61632d"
		"7368613531320000006553f100012c004097b6142d117b1471c5a38446a6e955aacfef99"
		"6d67b6a6ef98cf6430a88a06e3d72295d139d05f53b1f1f20699648c69fd24adebdc73cb"
		"d2d06abbda4de128b0123400000000",
		"12348400000100010000000103777777076578616d706c6503636f6d0000100001c00c00"
		"1000010000012c000605746f6b656e0a7570646174652d6b6579076578616d706c650000"
		"fa00ff00000000005d0b686d61632d7368613531320000006553f105012c00403c49c35c"
		"1ce7b6bac166ed9d6a21052bffaebeb5489eec8b4e32e5369140ee072db79a96d0072386"
		"d49274d421cdcc81bb2212d4323be732112779e4679a6e88123400000000"},
};
#define N_VECTORS (sizeof vectors / sizeof vectors[0])
/* To the query of hmac-sha256: the server's clock is 4000 s ahead. */
static const char badtime[] =
	"12348009000100000000000103777777076578616d706c6503636f6d00001000010a7570"
	"646174652d6b6579076578616d706c650000fa00ff0000000000430b686d61632d736861"
	"3235360000006553f100012c0020dca3bfa4c45def7041bef84633488faefab3d91e4d63"
	"d83fde719341a5920f0c1234001200060000655400a0";

static size_t octets_of(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

static struct dcv_tsig_key key_of(const char *algorithm)
{
	struct dcv_tsig_key key;
	char text[512];

	(void)snprintf(text, sizeof text,
		"key \"update-key.example\" {\n\talgorithm %s;\n\tsecret \"%s\";\n};\n",
		algorithm, SECRET);
	assert_int_equal(dcv_tsig_key_parse(text, &key, NULL), DCV_OK);
	assert_string_equal(dcv_tsig_algorithm(&key), algorithm);
	return key;
}

/* Signs the query as the vector has it. */
static struct dcv_tsig_mac sign(const struct dcv_tsig_key *key, struct dcv_buf *msg)
{
	struct dcv_tsig_mac mac;
	uint8_t octets[512];

	dcv_buf_init(msg, DCV_MESSAGE_MAX);
	dcv_buf_add(msg, octets, octets_of(query, octets));
	assert_int_equal(dcv_tsig_sign(key, NOW_S, msg, &mac, NULL), DCV_OK);
	return mac;
}

static struct dcv_tsig_said verify(const struct dcv_tsig_key *key,
	const struct dcv_tsig_mac *mac, int64_t now_s, const uint8_t *msg, size_t len)
{
	struct dcv_tsig_said said;

	assert_int_equal(dcv_tsig_verify(key, mac, now_s, msg, len, &said, NULL), DCV_OK);
	return said;
}

static void test_signed_as_dnspython_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++) {
		struct dcv_tsig_key key = key_of(vectors[i].algorithm);
		uint8_t want[512];
		size_t n = octets_of(query, want);
		struct dcv_buf msg;

		(void)sign(&key, &msg);
		want[11] = 1;
		n += octets_of(vectors[i].signature, want + n);
		assert_int_equal(msg.len, n);
		assert_memory_equal(msg.data, want, n);
		dcv_buf_clear(&msg);
	}
}

static void test_answers_verified(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_VECTORS; i++) {
		struct dcv_tsig_key key = key_of(vectors[i].algorithm), other = key;
		struct dcv_buf msg;
		struct dcv_tsig_mac mac = sign(&key, &msg), another = mac;
		uint8_t answer[512];
		size_t n = octets_of(vectors[i].answer, answer);

		dcv_buf_clear(&msg);
		assert_int_equal(verify(&key, &mac, NOW_S, answer, n).verdict,
			DCV_TSIG_GOOD);
		another.octets[0] ^= 1;
		assert_int_equal(verify(&key, &another, NOW_S, answer, n).verdict,
			DCV_TSIG_WRONG);
		other.secret[63] ^= 1;
		assert_int_equal(verify(&other, &mac, NOW_S, answer, n).verdict,
			DCV_TSIG_WRONG);
	}
}

/* The id is not signed as it stands: whoever takes an answer compares it first (RFC 8945 5.3). */
static void test_no_octet_can_change(void **state)
{
	struct dcv_tsig_key key = key_of("hmac-sha256");
	struct dcv_buf msg;
	struct dcv_tsig_mac mac = sign(&key, &msg);
	uint8_t answer[512];
	size_t n = octets_of(vectors[1].answer, answer);

	(void)state;
	dcv_buf_clear(&msg);
	for (size_t i = 2; i < n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t changed[512];

			memcpy(changed, answer, n);
			changed[i] ^= (uint8_t)(1u << bit);
			/* Letters of names are signed in lower case. */
			if (bit == 5 && isalpha(answer[i]) != 0)
				continue;
			if (verify(&key, &mac, NOW_S, changed, n).verdict == DCV_TSIG_GOOD)
				fail_msg("octet %zu bit %u may change", i, bit);
		}
	}
	for (size_t len = 0; len < n; len++)
		assert_int_not_equal(verify(&key, &mac, NOW_S, answer, len).verdict,
			DCV_TSIG_GOOD);
}

static void test_time(void **state)
{
	struct dcv_tsig_key key = key_of("hmac-sha256");
	struct dcv_buf msg;
	struct dcv_tsig_mac mac = sign(&key, &msg);
	uint8_t answer[512];
	size_t n = octets_of(vectors[1].answer, answer);
	struct dcv_tsig_said said;

	(void)state;
	dcv_buf_clear(&msg);
	assert_int_equal(
		verify(&key, &mac, NOW_S + 5 + DCV_TSIG_FUDGE_S, answer, n).verdict,
		DCV_TSIG_GOOD);
	assert_int_equal(
		verify(&key, &mac, NOW_S + 5 - DCV_TSIG_FUDGE_S, answer, n).verdict,
		DCV_TSIG_GOOD);
	said = verify(&key, &mac, NOW_S + 6 + DCV_TSIG_FUDGE_S, answer, n);
	assert_int_equal(said.verdict, DCV_TSIG_WRONG);
	assert_int_equal(said.server_s, NOW_S + 5);
	said = verify(&key, &mac, NOW_S + 4 - DCV_TSIG_FUDGE_S, answer, n);
	assert_int_equal(said.verdict, DCV_TSIG_WRONG);

	n = octets_of(badtime, answer);
	said = verify(&key, &mac, NOW_S, answer, n);
	assert_int_equal(said.verdict, DCV_TSIG_GOOD);
	assert_int_equal(said.error, DCV_TSIG_BADTIME);
	assert_int_equal(said.server_s, NOW_S + 4000);
}

static void test_unsigned(void **state)
{
	struct dcv_tsig_key key = key_of("hmac-sha256");
	struct dcv_buf msg;
	struct dcv_tsig_mac mac = sign(&key, &msg);
	uint8_t answer[512];
	size_t n = octets_of(query, answer);
	struct dcv_tsig_said said;

	(void)state;
	dcv_buf_clear(&msg);
	said = verify(&key, &mac, NOW_S, answer, n);
	assert_int_equal(said.verdict, DCV_TSIG_UNSIGNED);
	assert_int_equal(said.error, 0);

	/* BADKEY: a TSIG record without a MAC. */
	n += octets_of("0a7570646174652d6b6579076578616d706c650000fa00ff00000000001d"
		       "0b686d61632d7368613235360000006553f100012c0000123400110000",
		answer + n);
	answer[11] = 1;
	said = verify(&key, &mac, NOW_S, answer, n);
	assert_int_equal(said.verdict, DCV_TSIG_UNSIGNED);
	assert_int_equal(said.error, DCV_TSIG_BADKEY);
	assert_non_null(strstr(dcv_tsig_error_text(said.error), "BADKEY"));
}

/* --- keys --- */

static void test_keys_read(void **state)
{
	static const char *const texts[] = {
		"key \"k.example\" {\n\talgorithm hmac-sha512;\n\tsecret \"" SECRET
		"\";\n};\n",
		"# made here\nkey k.example { // one\n secret " SECRET
		"; /* two */ algorithm \"HMAC-SHA512.\"; };",
		"# hmac-sha512:k.example:\nkey:\n- id: k.example.\n  algorithm: hmac-sha512\n  secret: " SECRET
		"\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct dcv_tsig_key key;
		char name[DCV_NAME_TEXT_MAX];

		assert_int_equal(dcv_tsig_key_parse(texts[i], &key, NULL), DCV_OK);
		assert_string_equal(dcv_name_text(&key.name, name), "k.example.");
		assert_string_equal(dcv_tsig_algorithm(&key), "hmac-sha512");
		assert_int_equal(key.n, 64);
		for (unsigned k = 0; k < 64; k++)
			assert_int_equal(key.secret[k], k);
		dcv_tsig_key_clear(&key);
		assert_int_equal(key.secret[5], 0);
	}
}

static void test_keys_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "there is no key"},
		{"zone x {};", "no key begins here"},
		{"key k { algorithm hmac-md5; secret \"" SECRET "\"; };",
			"HMAC-MD5 is broken"},
		{"key k { algorithm hmac-sha9; secret \"" SECRET "\"; };",
			"the algorithm must be"},
		{"key k { algorithm hmac-sha256; };", "is missing"},
		{"key k { algorithm hmac-sha256; algorithm hmac-sha256; };",
			"a field stands twice"},
		{"key k { algorithm hmac-sha256; secret \"" SECRET "\"; }", "; is missing"},
		{"key k { algorithm hmac-sha256; secret \"" SECRET "\"; };\nkey l {};",
			"line 2 of the key: something stands behind"},
		{"key k { algorithm hmac-sha256; secret \"" SECRET "x\"; };", "not base64"},
		{"key k { algorithm hmac-sha256; secret \"AB=C\"; };", "not base64"},
		{"key k { algorithm hmac-sha256; secret \"QR==\"; };", "not base64"},
		{"key k { algorithm hmac-sha256; secret \"" SECRET, "a value is missing"},
		{"key a..b { algorithm hmac-sha256; secret \"" SECRET "\"; };",
			"no domain name"},
		{"key:\n- id: k\n  secret: " SECRET "\n", "is missing"},
		{SECRET, "no key begins here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct dcv_error err = {.code = DCV_OK};
		struct dcv_tsig_key key;

		assert_int_equal(dcv_tsig_key_parse(cases[i].text, &key, &err),
			DCV_E_CONFIG);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("\"%s\" is not \"%s\"", err.text, cases[i].why);
		assert_null(strstr(err.text, "AAEC"));
		assert_non_null(strstr(err.help, "tsig-keygen"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed_as_dnspython_does),
		cmocka_unit_test(test_answers_verified),
		cmocka_unit_test(test_no_octet_can_change),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_keys_read),
		cmocka_unit_test(test_keys_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
