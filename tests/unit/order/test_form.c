/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file tests how records are held against the patterns of the CA table, and that the table is
 * whole. */
#include "orders.h"

#define H31 "0123456789abcdef0123456789abcde"
#define H32 H31 "f"
#define H33 H32 "0"
#define B43 "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo"

static const struct {
	const char *ca, *owner, *type, *value;
	enum dcv_fit fit;
	bool doubt;
} rows[] = {
	{"digicert", "_dnsauth.example.com.", "TXT", "202611210000002aurxma1k3v",
		DCV_FIT_WHOLE, false},
	{"digicert", "www.example.com.", "TXT", "202611210000002aurxma1k3v",
		DCV_FIT_WHOLE, false},
	{"digicert", "_dnsauth.example.com.", "TXT", "short", DCV_FIT_VALUE, false},
	{"digicert", "_dnsauth2.example.com.", "TXT", "202611210000002aurxma1k3v",
		DCV_FIT_OWNER, false},
	{"digicert", "_dnsauth.example.com.", "CNAME",
		"202611210000002aurxma1k3v.dcv.digicert.com.", DCV_FIT_WHOLE, false},
	{"digicert", "_dnsauth.example.com.", "TXT",
		"202611210000002aurxma1k3v.dcv.digicert.com", DCV_FIT_TYPE, false},
	{"digicert", "202611210000002a.example.com.", "CNAME", "dcv.digicert.com.",
		DCV_FIT_WHOLE, false},
	{"globalsign", "example.com.", "TXT", "_globalsign-domain-verification=a_B-9",
		DCV_FIT_WHOLE, false},
	{"globalsign", "example.com.", "TXT", "globalsign-domain-verification=a_B-9",
		DCV_FIT_WHOLE, false},
	{"globalsign", "example.com.", "TXT",
		"_globalsign-domain-verification=", DCV_FIT_VALUE, false},
	{"globalsign", "_globalsign-domain-verification.example.com.", "TXT", "a_B-9",
		DCV_FIT_WHOLE, true},
	{"sectigo", "_" H32 ".example.com.", "CNAME", H32 "." H32 ".sectigo.com.",
		DCV_FIT_WHOLE, false},
	{"sectigo", "_" H32 ".example.com.", "CNAME", H32 "." H32 ".a1.comodoca.com.",
		DCV_FIT_WHOLE, false},
	{"sectigo", "_" H32 ".example.com.", "CNAME", H31 "." H33 ".sectigo.com.",
		DCV_FIT_WHOLE, true},
	{"sectigo", "_" H31 ".example.com.", "CNAME", H32 "." H32 ".sectigo.com.",
		DCV_FIT_OWNER, false},
	{"sectigo", "_" H32 ".example.com.", "TXT", H32 "." H32 ".sectigo.com",
		DCV_FIT_TYPE, false},
	{"sectigo", "_" H32 ".example.com.", "CNAME", H32 "." H32 ".sectigo.org.",
		DCV_FIT_VALUE, false},
	{"letsencrypt", "_acme-challenge.example.com.", "TXT", B43, DCV_FIT_WHOLE, false},
	{"letsencrypt", "_acme-challenge.example.com.", "TXT", B43 "A", DCV_FIT_VALUE,
		false},
	{"letsencrypt", "_ujmmovf2vn55tgye._acme-challenge.example.com.", "TXT", B43,
		DCV_FIT_WHOLE, false},
	{"letsencrypt", "_acme-challenge.example.com.", "CNAME", "a.example.net.",
		DCV_FIT_WHOLE, false},
	{"letsencrypt", "_dnsauth.example.com.", "TXT", "abc", DCV_FIT_NONE, false},
	{"amazon", "_x1.example.com.", "CNAME", "_x2.jkddzztszm.acm-validations.aws.",
		DCV_FIT_WHOLE, false},
	{"actalis", "www.example.com.", "TXT", "code", DCV_FIT_WHOLE, true},
};

static void test_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct dcv_ca *ca = dcv_ca_find(rows[i].ca);
		const struct dcv_form *form;
		enum dcv_fit fit = dcv_form_fit(ca, ca->forms, rows[i].owner,
			dcv_type_parse(rows[i].type, strlen(rows[i].type)), rows[i].value,
			strlen(rows[i].value), &form);

		if (fit != rows[i].fit || (form->doubt != NULL) != rows[i].doubt)
			fail_msg("%s %s %s: %d", rows[i].owner, rows[i].type,
				rows[i].value, (int)fit);
	}
}

static void test_shown(void **state)
{
	char out[256];

	(void)state;
	assert_string_equal(
		dcv_form_shown(&dcv_ca_find("digicert")->forms[2], out, sizeof out),
		"_dnsauth.DOMAIN CNAME <token>.dcv.digicert.com.");
	assert_string_equal(
		dcv_form_shown(&dcv_ca_find("digicert")->forms[1], out, sizeof out),
		"DOMAIN TXT <token>");
}

/* A row that lacks a column, or a pattern that fits nothing, is a slip of who edited the table. */
static void test_rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; dcv_ca_at(i) != NULL; i++) {
		const struct dcv_ca *ca = dcv_ca_at(i);

		assert_true(ca->known && ca->word != NULL && ca->title != NULL);
		assert_ptr_equal(dcv_ca_find(ca->word), ca);
		assert_ptr_equal(dcv_ca_find(ca->key), ca);
		assert_string_equal(ca->issuers[0], ca->caa);
		assert_true(ca->token_life_d > 0);
		assert_true(ca->marks.caa && ca->marks.life && ca->marks.parent &&
			ca->marks.coexist && ca->marks.level && ca->marks.keep);
		assert_int_equal(ca->has_token_form, ca->token_shown != NULL);
		for (const struct dcv_form *form = ca->forms; form && form->owner; form++) {
			assert_true(form->mark == DCV_GRADE_A ||
				form->mark == DCV_GRADE_B || form->mark == DCV_GRADE_M);
			assert_int_equal(form->doubt != NULL, form->cause != NULL);
		}
	}
	for (size_t i = 0; dcv_service_at(i) != NULL; i++) {
		const struct dcv_service *service = dcv_service_at(i);

		assert_true(service->marks.coexist && service->marks.level &&
			service->marks.cas);
		for (const char *const *key = service->cas; *key != NULL; key++)
			assert_string_equal(dcv_ca_find(*key)->key, *key);
	}
}

/* Only what is known better than from memory refuses. */
static void test_memory_never_refuses(void **state)
{
	(void)state;
	assert_true(dcv_service_is_lonely(dcv_service_find("huaweicloud-scm")));
	assert_false(dcv_service_is_lonely(dcv_service_find("alibaba")));
	assert_false(dcv_service_find("alibaba")->coexist);
	assert_false(dcv_service_is_lonely(NULL));
}

static void test_issuers(void **state)
{
	static const struct dcv_ca bare = {.key = "ca.example", .caa = "ca.example"};
	size_t n;

	(void)state;
	assert_string_equal(dcv_ca_issuers(dcv_ca_find("acm"), &n)[0], "amazon.com");
	assert_int_equal(n, 4);
	assert_true(dcv_ca_is_issuer(dcv_ca_find("acm"), "awstrust.com"));
	assert_false(dcv_ca_is_issuer(dcv_ca_find("acm"), "amazon.co"));
	assert_string_equal(dcv_ca_issuers(&bare, &n)[0], "ca.example");
	assert_int_equal(n, 1);
	assert_null(dcv_ca_find("comodoca.com")); /* ledgers have it as a key */
	assert_string_equal(dcv_ca_by_issuer("comodoca.com")->title, "Sectigo");
	assert_null(dcv_ca_by_issuer("ca.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_fits),
		cmocka_unit_test(test_shown), cmocka_unit_test(test_rows_are_whole),
		cmocka_unit_test(test_memory_never_refuses),
		cmocka_unit_test(test_issuers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
