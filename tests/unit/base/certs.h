/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Certificates and requests made while a test runs. The functions stand in the header, since each
 * test is a program of its own. */
#ifndef DCV_TESTS_CERTS_H
#define DCV_TESTS_CERTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define MAYBE __attribute__((unused))
#define FROM INT64_C(1795262400) /* 2026-11-21 12:00 UTC */
#define UNTIL INT64_C(1802952000) /* 89 days later */
#define NAMES_MAX 4

/* What a certificate is to say. A name with a length may hold any octets. */
struct spec {
	const char *names[NAMES_MAX]; /* dNSNames; ended by NULL */
	size_t odd_len; /* of names[0], if it is not a text */
	const char *common, *issuer_common, *issuer_organisation;
	int64_t from_s, until_s; /* 0: FROM, UNTIL */
	int64_t scts_ms[3]; /* ended by 0 */
	const char *raw_san, *raw_sct; /* octets of a damaged extension */
	bool with_address; /* an iPAddress too */
};

struct octets {
	uint8_t *data;
	size_t len;
};

static MAYBE EVP_PKEY *test_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

static MAYBE void add_part(X509_NAME *name, int nid, const char *text)
{
	if (text != NULL)
		assert_int_equal(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
					 (const unsigned char *)text, -1, -1, 0),
			1);
}

static MAYBE GENERAL_NAMES *make_names(const struct spec *spec)
{
	static const unsigned char address[] = {192, 0, 2, 1};
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (size_t i = 0; i < NAMES_MAX && spec->names[i] != NULL; i++) {
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();
		size_t len = i == 0 && spec->odd_len > 0 ? spec->odd_len
							 : strlen(spec->names[i]);

		assert_int_equal(ASN1_STRING_set(text, spec->names[i], (int)len), 1);
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		assert_true(sk_GENERAL_NAME_push(names, name) > 0);
	}
	if (spec->with_address) {
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();

		assert_int_equal(ASN1_STRING_set(text, address, sizeof(address)), 1);
		GENERAL_NAME_set0_value(name, GEN_IPADD, text);
		assert_true(sk_GENERAL_NAME_push(names, name) > 0);
	}
	return names;
}

static MAYBE void add_raw(X509 *cert, int nid, const void *octets, size_t n)
{
	ASN1_OCTET_STRING *text = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	assert_int_equal(ASN1_STRING_set(text, octets, (int)n), 1);
	extension = X509_EXTENSION_create_by_NID(NULL, nid, 0, text);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(text);
}

#define SCT_LEN 51u /* version, log, time, no extensions, a signature of 4 octets */

/* RFC 6962 3.3: a list in TLS form, inside an OCTET STRING, inside the extension's. */
static MAYBE void add_scts(X509 *cert, const int64_t *times_ms)
{
	uint8_t list[4 + 3 * (2 + SCT_LEN)] = {0x04};
	size_t at = 4;

	for (; *times_ms != 0; times_ms++) {
		list[at + 1] = SCT_LEN;
		for (size_t i = 0; i < 8; i++)
			list[at + 2 + 33 + i] = (uint8_t)((uint64_t)*times_ms >>
				(56 - 8 * i));
		memcpy(list + at + 2 + 43,
			"\x04\x03\x00\x04"
			"sign",
			8);
		at += 2 + SCT_LEN;
	}
	assert_true(at - 4 < 126);
	list[1] = (uint8_t)(at - 2);
	list[3] = (uint8_t)(at - 4);
	add_raw(cert, NID_ct_precert_scts, list, at);
}

static MAYBE X509 *make_cert(const struct spec *spec, EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *issuer = X509_NAME_new();
	GENERAL_NAMES *names = make_names(spec);

	assert_int_equal(X509_set_version(cert, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(cert),
		spec->from_s != 0 ? spec->from_s : FROM));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(cert),
		spec->until_s != 0 ? spec->until_s : UNTIL));
	add_part(X509_get_subject_name(cert), NID_commonName, spec->common);
	add_part(issuer, NID_countryName, "US");
	add_part(issuer, NID_organizationName, spec->issuer_organisation);
	add_part(issuer, NID_commonName, spec->issuer_common);
	assert_int_equal(X509_set_issuer_name(cert, issuer), 1);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	if (sk_GENERAL_NAME_num(names) > 0)
		assert_int_equal(
			X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	if (spec->raw_san != NULL)
		add_raw(cert, NID_subject_alt_name, spec->raw_san, strlen(spec->raw_san));
	if (spec->scts_ms[0] != 0)
		add_scts(cert, spec->scts_ms);
	if (spec->raw_sct != NULL)
		add_raw(cert, NID_ct_precert_scts, spec->raw_sct, strlen(spec->raw_sct));
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	GENERAL_NAMES_free(names);
	X509_NAME_free(issuer);
	return cert;
}

/* The octets that a memory BIO holds; frees it. */
static MAYBE struct octets drain(BIO *bio)
{
	struct octets ret = {NULL, 0};
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	assert_true(len > 0);
	ret.len = (size_t)len;
	ret.data = malloc(ret.len);
	assert_non_null(ret.data);
	memcpy(ret.data, data, ret.len);
	BIO_free(bio);
	return ret;
}

static MAYBE struct octets cert_octets(const struct spec *spec, bool pem)
{
	EVP_PKEY *key = test_key();
	X509 *cert = make_cert(spec, key);
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(pem ? PEM_write_bio_X509(bio, cert) : i2d_X509_bio(bio, cert), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	return drain(bio);
}

static MAYBE struct octets request_octets(const struct spec *spec, bool pem)
{
	EVP_PKEY *key = test_key();
	X509_REQ *request = X509_REQ_new();
	GENERAL_NAMES *names = make_names(spec);
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	BIO *bio = BIO_new(BIO_s_mem());

	add_part(X509_REQ_get_subject_name(request), NID_commonName, spec->common);
	assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
	if (sk_GENERAL_NAME_num(names) > 0) {
		assert_int_equal(X509V3_add1_i2d(&extensions, NID_subject_alt_name, names,
					 0, X509V3_ADD_DEFAULT),
			1);
		assert_int_equal(X509_REQ_add_extensions(request, extensions), 1);
	}
	assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
	assert_int_equal(pem ? PEM_write_bio_X509_REQ(bio, request)
			     : i2d_X509_REQ_bio(bio, request),
		1);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	GENERAL_NAMES_free(names);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	return drain(bio);
}

#endif
