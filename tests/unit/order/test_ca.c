/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests the table of CAs and services, and the form and date of tokens. */
#include "orders.h"

static void test_digicert_and_its_brands(void **state)
{
	static const char *const words[] = {"digicert", "DigiCert", "geotrust",
		"GeoTrust", "RapidSSL", "thawte", "encryption everywhere",
		"Encryption-Everywhere", "SYMANTEC", "digicert.com"};

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct dcv_ca *ca = dcv_ca_find(words[i]);

		assert_non_null(ca);
		assert_string_equal(ca->key, "digicert");
		assert_string_equal(ca->title, "DigiCert");
		assert_string_equal(ca->caa, "digicert.com");
		assert_int_equal(ca->token_life_d, 30);
		assert_true(ca->known && ca->dated_token && ca->has_token_form);
	}
	assert_null(dcv_ca_find("digicer"));
	assert_null(dcv_ca_find("digicertx"));
	assert_null(dcv_ca_find(""));
	assert_string_equal(dcv_ca_brand("rapidssl"), "RapidSSL");
	assert_null(dcv_ca_brand("digicert"));
}

static void test_service(void **state)
{
	const struct dcv_service *service = dcv_service_find("HuaweiCloud-SCM");

	(void)state;
	assert_non_null(service);
	assert_string_equal(service->key, "huaweicloud-scm");
	assert_string_equal(service->title, "Huawei Cloud SCM");
	assert_false(service->coexist);
	assert_null(dcv_service_find("huawei"));
}

static void test_every_word_is_known(void **state)
{
	const char *words[DCV_CA_WORDS_MAX];
	size_t n = 0;

	(void)state;
	for (; dcv_ca_words(words)[n] != NULL; n++)
		assert_non_null(dcv_ca_find(words[n]));
	assert_in_range(n, 20, DCV_CA_WORDS_MAX - 2); /* none was left out */
	for (n = 0; dcv_service_words(words)[n] != NULL; n++)
		assert_non_null(dcv_service_find(words[n]));
	assert_in_range(n, 6, DCV_CA_WORDS_MAX - 2);
}

static bool fits(const char *text)
{
	return dcv_token_fits(dcv_ca_find("digicert"), text, strlen(text));
}

static void test_token_form(void **state)
{
	static const struct dcv_ca other = {.key = "certum.pl", .caa = "certum.pl"};
	char token[130];

	(void)state;
	assert_true(fits("202611210000002aurxma1k3v"));
	assert_true(fits("abcdefgh._-ABC01"));
	assert_false(fits("abcdefghijklmno")); /* 15 */
	assert_false(fits("abcdefghijklmno p"));
	assert_false(fits("v=spf1 include:example.com -all"));
	assert_false(fits("\"202611210000002aurxma1k3v\""));
	assert_false(fits(""));
	memset(token, 'a', sizeof token);
	assert_true(dcv_token_fits(dcv_ca_find("digicert"), token, 128));
	assert_false(dcv_token_fits(dcv_ca_find("digicert"), token, 129));
	token[20] = '\0';
	assert_false(dcv_token_fits(dcv_ca_find("digicert"), token, 64));
	assert_false(dcv_token_fits(&other, "202611210000002aurxma1k3v", 25));
}

/* -1: no date */
static int64_t date(const char *text)
{
	int64_t seconds = -1;

	(void)dcv_token_date(dcv_ca_find("digicert"), text, strlen(text), &seconds);
	return seconds;
}

static void test_token_date(void **state)
{
	static const struct dcv_ca other = {.key = "certum.pl", .caa = "certum.pl"};
	int64_t seconds = 7;

	(void)state;
	assert_int_equal(date("202611210000002aurxma1k3v"), 1795219200);
	assert_int_equal(date("200001010000002aurxma1k3v"), 946684800);
	assert_int_equal(date("202402290000002aurxma1k3v"), 1709164800);
	assert_int_equal(date("202302290000002aurxma1k3v"), -1);
	assert_int_equal(date("210002290000002aurxma1k3v"), -1);
	assert_int_equal(date("202699310000002aurxma1k3v"), -1);
	assert_int_equal(date("202609310000002aurxma1k3v"), -1);
	assert_int_equal(date("202600010000002aurxma1k3v"), -1);
	assert_int_equal(date("202601000000002aurxma1k3v"), -1);
	assert_int_equal(date("202613010000002aurxma1k3v"), -1);
	assert_int_equal(date("199912310000002aurxma1k3v"), -1);
	assert_int_equal(date("2026112x0000002aurxma1k3v"), -1);
	assert_int_equal(date("aurxma1k3v20261121"), -1);
	assert_int_equal(date("20261121"), -1); /* no token at all */
	assert_int_equal(date("20261121 was the day of it"), -1);
	assert_false(dcv_token_date(&other, "202611210000002aurxma1k3v", 25, &seconds));
	assert_int_equal(seconds, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digicert_and_its_brands),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_every_word_is_known),
		cmocka_unit_test(test_token_form),
		cmocka_unit_test(test_token_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
