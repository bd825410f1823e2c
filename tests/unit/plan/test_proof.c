/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A certificate proves an order only if its names, issuer, time and novelty all fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plan/proof.h"

#define APPLIED INT64_C(1795262400) /* 2026-11-21 12:00 UTC */
#define HOUR INT64_C(3600)
#define SHA "7d1a54127b222502f5b79b5fb0803061152a44f92b37e23c6527baf665d4da9a"
#define OTHER "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct proof {
	struct dcv_arena arena;
	struct dcv_cert cert;
	struct dcv_order order;
	struct dcv_order_row row;
	struct dcv_ca ca;
	struct dcv_name names[6];
	const char *held[8];
};

/* An order for example.com that its certificate proves. */
static void begin(struct proof *p)
{
	*p = (struct proof){.held = {"example.com"}};
	p->cert = (struct dcv_cert){.issuer = "GeoTrust TLS RSA CA G1, DigiCert Inc",
		.organisation = "DigiCert Inc",
		.not_before_s = APPLIED,
		.not_after_s = APPLIED + 90 * 24 * HOUR,
		.sct_s = APPLIED + HOUR,
		.n_names = 1,
		.names = p->held};
	memcpy(p->cert.sha256, SHA, sizeof(SHA));
	p->ca = *dcv_ca_find("digicert");
	p->order = (struct dcv_order){.id = "1",
		.ca = &p->ca,
		.n_names = 1,
		.names = p->names};
	p->row = (struct dcv_order_row){.ca = "digicert",
		.id = "1",
		.cert_before = "",
		.first_applied = APPLIED};
	assert_int_equal(dcv_name_from("example.com", &p->names[0], NULL), DCV_OK);
}

static void add_names(struct proof *p, const char *const *names)
{
	for (p->order.n_names = 0; names[p->order.n_names] != NULL; p->order.n_names++)
		assert_int_equal(dcv_name_from(names[p->order.n_names],
					 &p->names[p->order.n_names], NULL),
			DCV_OK);
}

static void hold_names(struct proof *p, const char *const *names)
{
	for (p->cert.n_names = 0; names[p->cert.n_names] != NULL; p->cert.n_names++)
		p->held[p->cert.n_names] = names[p->cert.n_names];
}

/* What is missing; "" if it proves. */
static void expect(struct proof *p, const char *missing)
{
	const char *why = "unset";

	assert_true(dcv_plan_proves(&p->cert, &p->order, &p->row, &p->arena, &why));
	assert_string_equal(why != NULL ? why : "", missing);
	dcv_arena_clear(&p->arena);
}

static void test_proves(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	expect(&p, "");
}

static void test_names_in_any_case_and_order(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	add_names(&p,
		(const char *const[]){"Example.com", "*.example.com",
			"xn--bcher-kva.example", NULL});
	hold_names(&p,
		(const char *const[]){"xn--bcher-kva.example", "other.example",
			"*.example.com", "example.com", NULL});
	expect(&p, "");
}

static void test_a_wildcard_is_one_name(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	add_names(&p, (const char *const[]){"www.example.com", NULL});
	hold_names(&p, (const char *const[]){"*.example.com", "example.com", NULL});
	expect(&p, "it does not name www.example.com");
	begin(&p);
	add_names(&p, (const char *const[]){"*.example.com", NULL});
	hold_names(&p, (const char *const[]){"www.example.com", "example.com", NULL});
	expect(&p, "it does not name *.example.com");
}

static void test_missing_names_are_counted(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	add_names(&p,
		(const char *const[]){"a.example", "example.com", "b.example",
			"c.example", "d.example", "e.example", NULL});
	expect(&p, "it does not name a.example, b.example, c.example and 2 more");
	begin(&p);
	hold_names(&p, (const char *const[]){NULL});
	expect(&p, "it does not name example.com");
	begin(&p);
	p.order.n_names = 0;
	expect(&p, "the order names no host");
}

/* A name that is none must not stand for one, nor stop the others. */
static void test_names_that_are_none(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	hold_names(&p, (const char *const[]){"..", "a..b", "", "\\999", NULL});
	expect(&p, "it does not name example.com");
	hold_names(&p, (const char *const[]){"..", "example.com", NULL});
	expect(&p, "");
}

static void test_brands_of_the_ca(void **state)
{
	static const char *const good[] = {"DigiCert Global G2 TLS RSA SHA256 2020 CA1",
		"RapidSSL TLS RSA CA G1", "Thawte TLS RSA CA G1",
		"Encryption Everywhere DV TLS CA - G2", "GEOTRUST something"};
	struct proof p;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		begin(&p);
		p.cert.issuer = good[i];
		expect(&p, "");
	}
	begin(&p);
	p.cert.issuer = "R11, Let's Encrypt";
	expect(&p, "its issuer is R11, Let's Encrypt, not DigiCert");
	p.cert.issuer = "";
	expect(&p, "its issuer is not named, not DigiCert");
}

static void test_other_cas(void **state)
{
	static const struct {
		const char *caa, *issuer;
		bool fits;
	} cases[] = {
		{"letsencrypt.org", "R11, Let's Encrypt", true},
		{"letsencrypt.org", "letsencrypt, Evil", false},
		{"sectigo.com", "ZeroSSL RSA Domain Secure Site CA, ZeroSSL", true},
		{"sectigo.com", "GlobalSign Atlas R3, GlobalSign nv-sa", false},
		{"pki.goog", "WR1, Google Trust Services", true},
		{"amazon.com", "Amazon RSA 2048 M02, Amazon", true},
		/* Not in the table: the label that is most likely the CA's own. */
		{"swisssign.com", "SwissSign RSA TLS DV ICA 2022 - 1, SwissSign AG", true},
		{"cfca.com.cn", "CFCA DV OCA, China Financial Certification", true},
		{"cfca.com.cn", "Go Daddy, GoDaddy.com, Inc.", false},
		{"pki.apple.com", "Apple Public Server RSA CA 12 - G1, Apple Inc.", true},
		{"nolabel", "NoLabel CA", true},
		{"", "any", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct proof p;
		const char *why = NULL;

		begin(&p);
		p.ca = (struct dcv_ca){.key = cases[i].caa,
			.title = cases[i].caa,
			.caa = cases[i].caa};
		p.cert.issuer = cases[i].issuer;
		assert_true(dcv_plan_proves(&p.cert, &p.order, &p.row, &p.arena, &why));
		assert_int_equal(why == NULL, cases[i].fits);
		dcv_arena_clear(&p.arena);
	}
}

static void test_the_one_that_stood_there_before(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	p.row.cert_before = SHA;
	expect(&p, "it is the one that stood there at the first apply");
	p.row.cert_before = OTHER;
	expect(&p, "");
	/* Two things that are not known are not the same. */
	p.row.cert_before = "";
	p.cert.sha256[0] = '\0';
	expect(&p, "");
	p.row.cert_before = NULL;
	expect(&p, "");
}

static void test_time_of_the_latest_sct(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	p.cert.sct_s = APPLIED + 1;
	expect(&p, "");
	p.cert.sct_s = APPLIED;
	expect(&p,
		"it was issued 2026-11-21 12:00 +0000, before the first apply of the order "
		"(2026-11-21 12:00 +0000)");
	/* However late notBefore lies. */
	p.cert.not_before_s = APPLIED + 48 * HOUR;
	p.cert.sct_s = APPLIED - HOUR;
	expect(&p,
		"it was issued 2026-11-21 11:00 +0000, before the first apply of the order "
		"(2026-11-21 12:00 +0000)");
}

static void test_without_sct_not_before_and_a_day(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	p.cert.sct_s = 0;
	p.cert.not_before_s = APPLIED - 24 * HOUR + 1;
	expect(&p, "");
	p.cert.not_before_s = APPLIED - 24 * HOUR;
	expect(&p,
		"it was issued 2026-11-20 12:00 +0000, before the first apply of the order "
		"(2026-11-21 12:00 +0000)");
	begin(&p);
	p.row.first_applied = 0;
	expect(&p, "the order was never applied");
}

static void test_all_that_is_missing(void **state)
{
	struct proof p;

	(void)state;
	begin(&p);
	hold_names(&p, (const char *const[]){"other.example", NULL});
	p.cert.issuer = "R11";
	p.row.cert_before = SHA;
	p.cert.sct_s = APPLIED - 24 * HOUR;
	expect(&p,
		"it does not name example.com; its issuer is R11, not DigiCert; it is the "
		"one that stood there at the first apply; it was issued 2026-11-20 12:00 "
		"+0000, before the first apply of the order (2026-11-21 12:00 +0000)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proves),
		cmocka_unit_test(test_names_in_any_case_and_order),
		cmocka_unit_test(test_a_wildcard_is_one_name),
		cmocka_unit_test(test_missing_names_are_counted),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_brands_of_the_ca),
		cmocka_unit_test(test_other_cas),
		cmocka_unit_test(test_the_one_that_stood_there_before),
		cmocka_unit_test(test_time_of_the_latest_sct),
		cmocka_unit_test(test_without_sct_not_before_and_a_day),
		cmocka_unit_test(test_all_that_is_missing),
	};

	if (setenv("TZ", "UTC", 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
