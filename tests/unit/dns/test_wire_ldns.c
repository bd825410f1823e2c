/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file lets ldns judge: it makes answers that we must read, and reads the octets and the
 * texts that we make. What ldns is known to read wrongly (a CAA value over 255 octets) is not
 * put before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns/wire.h"

static struct dcv_arena arena;

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static uint32_t random_below(uint32_t n)
{
	static uint32_t seed = 2026;

	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static ldns_rr *rr_of(const char *text)
{
	ldns_rr *rr = NULL;

	if (ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) != LDNS_STATUS_OK) {
		fail_msg("ldns does not read: %s", text);
	}
	return rr;
}

/* A query of ours as a packet of ldns: it must read what we write. */
static ldns_pkt *packet_for(const struct dcv_query *query)
{
	uint8_t out[DCV_QUERY_MAX];
	size_t len = dcv_query_write(query, out);
	ldns_pkt *packet = NULL;

	assert_int_equal(ldns_wire2pkt(&packet, out, len), LDNS_STATUS_OK);
	assert_int_equal(ldns_pkt_id(packet), query->id);
	assert_int_equal(ldns_pkt_rd(packet), query->recursive);
	assert_int_equal(ldns_pkt_qdcount(packet), 1);
	assert_int_equal(ldns_pkt_edns_udp_size(packet), DCV_EDNS_SIZE);
	assert_false(ldns_pkt_edns_do(packet));
	assert_int_equal(ldns_rr_get_type(ldns_rr_list_rr(ldns_pkt_question(packet), 0)),
		query->type);
	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_aa(packet, true);
	return packet;
}

static void put(ldns_pkt *packet, ldns_pkt_section section, const char *text)
{
	assert_true(ldns_pkt_push_rr(packet, section, rr_of(text)));
}

static struct dcv_answer decode(const struct dcv_query *query, const ldns_pkt *packet)
{
	struct dcv_answer answer = {.rcode = 99};
	struct dcv_error err = {.code = DCV_OK};
	uint8_t *wire = NULL;
	size_t len = 0;

	assert_int_equal(ldns_pkt2wire(&wire, packet, &len), LDNS_STATUS_OK);
	if (dcv_answer_parse(query, wire, len, &arena, &answer, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	free(wire);
	return answer;
}

static void make_query(const char *name_text, uint16_t type, struct dcv_query *ret)
{
	struct dcv_name name;

	assert_int_equal(dcv_name_from(name_text, &name, NULL), DCV_OK);
	assert_int_equal(dcv_query_init(&name, type, false, ret, NULL), DCV_OK);
}

/* Our RDATA is that of ldns, names lower case. */
static void check_same(uint16_t type, const struct dcv_rdata *ours, const char *text)
{
	ldns_rr *rr = rr_of(text);
	ldns_buffer *buffer = ldns_buffer_new(LDNS_MAX_PACKETLEN);

	assert_non_null(buffer);
	ldns_rr2canonical(rr);
	assert_int_equal(ldns_rr_rdata2buffer_wire(buffer, rr), LDNS_STATUS_OK);
	assert_int_equal(ldns_rr_get_type(rr), type);
	assert_int_equal(ldns_buffer_position(buffer), ours->len);
	assert_memory_equal(ldns_buffer_at(buffer, 0), ours->wire, ours->len);
	ldns_buffer_free(buffer);
	ldns_rr_free(rr);
}

static void test_types_with_names(void **state)
{
	static const struct {
		uint16_t type;
		const char *text;
	} table[] = {
		{DCV_TYPE_CNAME, "www.example.com. 60 IN CNAME DCV.Example.com."},
		{DCV_TYPE_DNAME, "www.example.com. 60 IN DNAME example.com."},
		{DCV_TYPE_NS, "www.example.com. 60 IN NS ns1.www.example.com."},
		{DCV_TYPE_PTR, "www.example.com. 60 IN PTR Example.com."},
		{DCV_TYPE_MX, "www.example.com. 60 IN MX 10 Mail.example.com."},
		{DCV_TYPE_SOA,
			"www.example.com. 60 IN SOA ns1.example.com. "
			"h.www.example.com. 2026112201 7200 900 1209600 300"},
		{DCV_TYPE_A, "www.example.com. 60 IN A 192.0.2.1"},
		{DCV_TYPE_AAAA, "www.example.com. 60 IN AAAA 2001:db8::1"},
		{DCV_TYPE_CAA,
			"www.example.com. 60 IN CAA 128 issuewild \"ca.example; a=b\""},
		{DCV_TYPE_TXT, "www.example.com. 60 IN TXT \"One Two\" \"\" \"THREE\""},
		{DCV_TYPE_SRV, "www.example.com. 60 IN SRV 1 2 443 Host.example.com."},
		{46,
			"www.example.com. 60 IN RRSIG TXT 13 3 60 20261201000000 20261101000000 "
			"1234 example.com. YWJj"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct dcv_query query;
		struct dcv_answer answer;
		ldns_pkt *packet = NULL;

		make_query("www.example.com.", table[i].type, &query);
		packet = packet_for(&query);
		put(packet, LDNS_SECTION_ANSWER, table[i].text);
		answer = decode(&query, packet);
		assert_int_equal(answer.n_sets, 1);
		assert_int_equal(answer.sets[0].ttl_s, 60);
		assert_true(dcv_name_equal(&answer.sets[0].owner, &query.name));
		assert_true(answer.case_echoed && answer.aa && answer.edns);
		check_same(table[i].type, &answer.sets[0].rdata[0], table[i].text);
		ldns_pkt_free(packet);
	}
}

static void test_sections(void **state)
{
	struct dcv_query query;
	struct dcv_answer answer;
	struct dcv_name target;
	ldns_pkt *packet = NULL;

	(void)state;
	make_query("_dnsauth.www.example.com.", DCV_TYPE_TXT, &query);
	packet = packet_for(&query);
	put(packet, LDNS_SECTION_ANSWER,
		"_dnsauth.www.example.com. 90 IN CNAME v.example.net.");
	put(packet, LDNS_SECTION_ANSWER, "v.example.net. 300 IN TXT \"a\"");
	put(packet, LDNS_SECTION_ANSWER, "v.example.net. 200 IN TXT \"b\"");
	put(packet, LDNS_SECTION_AUTHORITY, "example.net. 3600 IN NS ns1.example.net.");
	put(packet, LDNS_SECTION_ADDITIONAL, "ns1.example.net. 3600 IN A 192.0.2.1");
	answer = decode(&query, packet);
	assert_int_equal(answer.n_sets, 2);
	assert_int_equal(answer.n_ns, 0);
	make_query("v.example.net.", DCV_TYPE_TXT, &query);
	target = query.name;
	assert_non_null(dcv_answer_set(&answer, &target, DCV_TYPE_TXT));
	assert_int_equal(dcv_answer_set(&answer, &target, DCV_TYPE_TXT)->n, 2);
	assert_int_equal(dcv_answer_set(&answer, &target, DCV_TYPE_TXT)->ttl_s, 200);
	ldns_pkt_free(packet);
}

static void test_no_such_name(void **state)
{
	struct dcv_query query;
	struct dcv_answer answer;
	ldns_pkt *packet = NULL;

	(void)state;
	make_query("gone.example.com.", DCV_TYPE_TXT, &query);
	packet = packet_for(&query);
	ldns_pkt_set_rcode(packet, LDNS_RCODE_NXDOMAIN);
	put(packet, LDNS_SECTION_AUTHORITY,
		"example.com. 3600 IN SOA ns1.example.com. h.example.com. 7 2 3 4 300");
	answer = decode(&query, packet);
	assert_int_equal(answer.rcode, DCV_RCODE_NXDOMAIN);
	assert_int_equal(answer.n_sets, 0);
	assert_true(answer.has_soa);
	assert_int_equal(answer.soa_serial, 7);
	assert_int_equal(answer.soa_ttl_s, 3600);
	assert_int_equal(answer.soa_minimum_s, 300);
	ldns_pkt_free(packet);
}

/* Our octets, put into a message of ours, are read by ldns as one record of the type and
 * come back octet for octet. */
static void check_ldns_reads(uint16_t type, const struct dcv_rdata *rdata)
{
	uint8_t *wire = malloc(rdata->len + 11u);
	const uint8_t head[] = {0, (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0, 0, 1, 44,
		(uint8_t)(rdata->len >> 8), (uint8_t)rdata->len};
	ldns_buffer *buffer = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	ldns_rr *rr = NULL;
	size_t at = 0;

	assert_non_null(wire);
	assert_non_null(buffer);
	memcpy(wire, head, sizeof head);
	memcpy(wire + sizeof head, rdata->wire, rdata->len);
	assert_int_equal(
		ldns_wire2rr(&rr, wire, rdata->len + 11u, &at, LDNS_SECTION_ANSWER),
		LDNS_STATUS_OK);
	assert_int_equal(at, rdata->len + 11u);
	assert_int_equal(ldns_rr_get_type(rr), type);
	assert_int_equal(ldns_rr_rdata2buffer_wire(buffer, rr), LDNS_STATUS_OK);
	assert_int_equal(ldns_buffer_position(buffer), rdata->len);
	assert_memory_equal(ldns_buffer_at(buffer, 0), rdata->wire, rdata->len);
	ldns_rr_free(rr);
	ldns_buffer_free(buffer);
	free(wire);
}

/* What we write as text is read by ldns as the same octets. */
static void check_ldns_reads_text(uint16_t type, const struct dcv_rdata *rdata)
{
	char type_text[DCV_TYPE_TEXT_MAX];
	char *text = dcv_rdata_dup_text(type, rdata, &arena);
	char *line = dcv_arena_printf(&arena, "x.example. 300 IN %s %s",
		dcv_type_text(type, type_text), text);

	assert_non_null(text);
	assert_non_null(line);
	check_same(type, rdata, line);
}

static void test_txt_values(void **state)
{
	uint8_t octets[700];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		size_t n = i < 600 ? i : random_below(sizeof octets);
		struct dcv_rdata rdata;

		for (size_t k = 0; k < n; k++) {
			octets[k] = (uint8_t)random_below(256);
		}
		assert_int_equal(dcv_txt_make(octets, n, &arena, &rdata, NULL), DCV_OK);
		check_ldns_reads(DCV_TYPE_TXT, &rdata);
		check_ldns_reads_text(DCV_TYPE_TXT, &rdata);
		if (i % 64 == 0) {
			dcv_arena_clear(&arena);
		}
	}
}

/* Numbers of 16 bits before a name: MX, SRV. */
static void check_numbered(uint16_t type, size_t head, const struct dcv_name *name)
{
	uint8_t wire[6 + DCV_NAME_MAX];
	const struct dcv_rdata rdata = {(uint16_t)(head + name->len), wire};
	struct dcv_rdata again = {.len = 0};
	const char *text;

	for (size_t i = 0; i < head; i++) {
		wire[i] = (uint8_t)random_below(256);
	}
	memcpy(wire + head, name->wire, name->len);
	check_ldns_reads(type, &rdata);
	check_ldns_reads_text(type, &rdata);
	text = dcv_rdata_dup_text(type, &rdata, &arena);
	assert_int_equal(
		dcv_rdata_parse(type, text, strlen(text), NULL, &arena, &again, NULL),
		DCV_OK);
	assert_true(dcv_rdata_equal(&again, &rdata));
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		struct dcv_name name = {.len = 1};
		struct dcv_rdata rdata;
		unsigned labels = random_below(8);

		for (unsigned k = 0; k < labels; k++) {
			char label[DCV_LABEL_MAX];
			size_t len = 1 + random_below(k == 0 ? DCV_LABEL_MAX : 20);

			for (size_t at = 0; at < len; at++) {
				label[at] = (char)random_below(256);
			}
			(void)dcv_name_prepend(label, len, &name, &name);
		}
		assert_int_equal(dcv_rdata_from_name(&name, &arena, &rdata, NULL), DCV_OK);
		check_ldns_reads(DCV_TYPE_CNAME, &rdata);
		check_ldns_reads_text(DCV_TYPE_CNAME, &rdata);
		check_numbered(DCV_TYPE_MX, 2, &name);
		check_numbered(DCV_TYPE_SRV, 6, &name);
		if (i % 64 == 0) {
			dcv_arena_clear(&arena);
		}
	}
}

static void test_caa_values(void **state)
{
	static const char letters[] = "abcXYZ0189";

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		uint8_t wire[2 + 255 + 300];
		size_t tag = 1 + random_below(15), value = random_below(250);
		struct dcv_rdata rdata = {(uint16_t)(2 + tag + value), wire}, again;
		char *text = NULL;

		wire[0] = (uint8_t)random_below(256);
		wire[1] = (uint8_t)tag;
		for (size_t k = 0; k < tag; k++) {
			wire[2 + k] = (uint8_t)letters[random_below(sizeof letters - 1)];
		}
		for (size_t k = 0; k < value; k++) {
			wire[2 + tag + k] = (uint8_t)random_below(256);
		}
		check_ldns_reads(DCV_TYPE_CAA, &rdata);
		check_ldns_reads_text(DCV_TYPE_CAA, &rdata);
		text = dcv_rdata_dup_text(DCV_TYPE_CAA, &rdata, &arena);
		assert_int_equal(dcv_rdata_parse(DCV_TYPE_CAA, text, strlen(text), NULL,
					 &arena, &again, NULL),
			DCV_OK);
		assert_true(dcv_rdata_equal(&rdata, &again));
		if (i % 64 == 0) {
			dcv_arena_clear(&arena);
		}
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_types_with_names),
		TEST(test_sections),
		TEST(test_no_such_name),
		TEST(test_txt_values),
		TEST(test_names),
		TEST(test_caa_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
