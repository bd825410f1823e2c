/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which messages may be taken for an answer, and what they then say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns/reader.h"
#include "message.h"

static struct dcv_arena arena;
static struct message msg;
static struct dcv_query query;

static int set_up(void **state)
{
	struct dcv_name name = {.len = 0};

	(void)state;
	assert_int_equal(dcv_name_from("_dnsauth.www.example.com.", &name, NULL), DCV_OK);
	return dcv_query_init(&name, DCV_TYPE_TXT, false, &query, NULL) == DCV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

/* The message as it stands, copied so that a sanitizer sees a read behind its end. */
static enum dcv_err parse(struct dcv_answer *ret, struct dcv_error *err)
{
	uint8_t *copy = malloc(msg.len > 0 ? msg.len : 1);
	enum dcv_err rc = DCV_E_NOMEM;

	if (copy != NULL) {
		memcpy(copy, msg.data, msg.len);
		rc = dcv_answer_parse(&query, copy, msg.len, &arena, ret, err);
	}
	free(copy);
	return rc;
}

static struct dcv_answer good(void)
{
	struct dcv_answer answer = {.rcode = 99};
	struct dcv_error err = {.code = DCV_OK};

	if (parse(&answer, &err) != DCV_OK) {
		fail_msg("%s", err.text);
	}
	return answer;
}

static void bad(const char *why)
{
	struct dcv_answer answer = {.rcode = 99};
	struct dcv_error err = {.code = DCV_OK};

	assert_int_equal(parse(&answer, &err), DCV_E_FAILED);
	if (strstr(err.text, why) == NULL) {
		fail_msg("\"%s\", expected \"%s\"", err.text, why);
	}
	assert_int_equal(answer.rcode, 99);
}

static void test_query(void **state)
{
	uint8_t out[DCV_QUERY_MAX];
	size_t len = dcv_query_write(&query, out);
	const uint8_t tail[] = {0, 16, 0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
	const uint8_t head[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 1};

	(void)state;
	assert_int_equal(len, 12 + query.name.len + sizeof tail);
	assert_int_equal(out[0] << 8 | out[1], query.id);
	assert_memory_equal(out + 2, head, sizeof head);
	assert_memory_equal(out + 12, query.qname, query.name.len);
	assert_memory_equal(out + 12 + query.name.len, tail, sizeof tail);
	query.edns = false;
	query.recursive = true;
	len = dcv_query_write(&query, out);
	assert_int_equal(len, 12 + query.name.len + 4);
	assert_int_equal(out[2], 1);
	assert_int_equal(out[11], 0);
}

/* Over many queries every letter is met in both cases, and no id is the rule. */
static void test_query_is_random(void **state)
{
	uint8_t upper[DCV_NAME_MAX] = {0}, lower[DCV_NAME_MAX] = {0};
	unsigned same_id = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct dcv_query other;

		assert_int_equal(
			dcv_query_init(&query.name, DCV_TYPE_TXT, false, &other, NULL),
			DCV_OK);
		same_id += other.id == query.id;
		for (size_t k = 0; k < other.name.len; k++) {
			upper[k] |= other.qname[k] >= 'A' && other.qname[k] <= 'Z';
			lower[k] |= other.qname[k] >= 'a' && other.qname[k] <= 'z';
			assert_true(
				(other.qname[k] | 0x20) == (other.name.wire[k] | 0x20));
		}
	}
	assert_true(same_id < 3);
	for (size_t k = 0; k < query.name.len; k++) {
		bool letter = query.name.wire[k] >= 'a' && query.name.wire[k] <= 'z';

		assert_int_equal(upper[k], letter);
		assert_int_equal(lower[k], letter);
	}
}

/* Every bit of the header's identity and of the question is needed. */
static void test_forged_in_one_bit(void **state)
{
	size_t question_end = 12u + query.name.len + 4u;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "value");
	assert_true(dcv_answer_matches(&query, msg.data, msg.len));
	for (size_t bit = 0; bit < question_end * 8; bit++) {
		size_t at = bit / 8;
		uint8_t mask = (uint8_t)(1u << bit % 8), before = msg.data[at];
		bool free_flag = at == 2 && (mask & 0x87) != 0 && mask != 0x80;
		bool counts = at >= 6 && at < 12;
		bool letter = at >= 12 && (before | 0x20) >= 'a' && (before | 0x20) <= 'z';

		msg.data[at] ^= mask;
		if (at == 3 || free_flag || counts) {
			assert_true(dcv_answer_matches(&query, msg.data, msg.len));
		} else if (letter && mask == 0x20 && at < question_end - 4) {
			assert_true(dcv_answer_matches(&query, msg.data, msg.len));
			assert_false(good().case_echoed);
		} else {
			assert_false(dcv_answer_matches(&query, msg.data, msg.len));
			bad("does not answer");
		}
		msg.data[at] = before;
	}
	assert_true(good().case_echoed);
}

static void test_forged_at_random(void **state)
{
	uint32_t seed = 7;
	unsigned matched = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "value");
	for (unsigned i = 0; i < 100000; i++) {
		seed = seed * 1664525u + 1013904223u;
		/* The id as a forger guesses it; ours is skipped. */
		uint16_t id = (uint16_t)(seed >> 16);

		if (id != query.id) {
			set_u16(&msg, 0, id);
			matched += dcv_answer_matches(&query, msg.data, msg.len);
		}
	}
	assert_int_equal(matched, 0);
}

static void test_positive(void **state)
{
	struct dcv_answer answer;
	const struct dcv_rrset *set = NULL;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "One");
	put_txt(&msg, 200, "Two");
	put_txt(&msg, 400, "One");
	put_soa(&msg, AUTHORITY, 2026112201);
	answer = good();
	assert_int_equal(answer.rcode, DCV_RCODE_NOERROR);
	assert_true(answer.aa && !answer.tc && !answer.ra && !answer.edns);
	assert_int_equal(answer.n_sets, 1);
	set = dcv_answer_set(&answer, &query.name, DCV_TYPE_TXT);
	assert_non_null(set);
	assert_null(dcv_answer_set(&answer, &query.name, DCV_TYPE_A));
	assert_int_equal(set->n, 2);
	assert_int_equal(set->ttl_s, 200);
	assert_memory_equal(set->rdata[0].wire, "\3One", 4);
	assert_memory_equal(set->rdata[1].wire, "\3Two", 4);
	assert_true(answer.has_soa);
	assert_int_equal(answer.soa_serial, 2026112201);
	assert_int_equal(answer.soa_ttl_s, 600);
	assert_int_equal(answer.soa_minimum_s, 300);
	assert_int_equal(answer.n_ns, 0);
}

static void test_other_class_is_left_out(void **state)
{
	size_t at = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_u16(&msg, 0xc00c);
	at = begin_rr(&msg, ANSWER, DCV_TYPE_TXT, 3, 300);
	put_octets(&msg, "\1a", 2);
	end_rr(&msg, at);
	put_txt(&msg, 300, "b");
	assert_int_equal(good().n_sets, 1);
	assert_int_equal(good().sets[0].n, 1);
}

/* Else the records of another name would say that ours is not there. */
static void test_about_something_else(void **state)
{
	size_t at = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_name(&msg, "other.example.com.");
	at = begin_rr(&msg, ANSWER, query.type, 1, 300);
	put_octets(&msg, "\1a", 2);
	end_rr(&msg, at);
	bad("about the question");
	begin_answer(&msg, &query, FLAGS_AA);
	put_rr(&msg, ANSWER, DCV_TYPE_A, 300, "\xc0\x00\x02\x01", 4);
	bad("about the question");
	begin_answer(&msg, &query, FLAGS_AA);
	put_name(&msg, "com.");
	at = begin_rr(&msg, ANSWER, DCV_TYPE_DNAME, 1, 300);
	put_name(&msg, "net.");
	end_rr(&msg, at);
	assert_int_equal(good().n_sets, 1);
}

static void test_ttl_with_top_bit(void **state)
{
	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 0x80000000u, "a");
	assert_int_equal(good().sets[0].ttl_s, 0);
}

static void put_opt(unsigned class, uint32_t ttl_s)
{
	put_u8(&msg, 0);
	end_rr(&msg, begin_rr(&msg, ADDITIONAL, 41, class, ttl_s));
}

static void test_referral(void **state)
{
	struct dcv_answer answer;
	struct dcv_name ns1;
	size_t at = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_NO_AA);
	for (unsigned i = 0; i < 2; i++) {
		put_u16(&msg, 0xc00c + 9); /* www.example.com, in the question */
		at = begin_rr(&msg, AUTHORITY, DCV_TYPE_NS, 1, 3600);
		put_octets(&msg, i == 0 ? "\3NS1" : "\3ns2", 4);
		put_u16(&msg, 0xc00c + 13);
		end_rr(&msg, at);
	}
	answer = good();
	assert_int_equal(answer.n_ns, 2);
	assert_int_equal(dcv_name_from("ns1.example.com.", &ns1, NULL), DCV_OK);
	assert_true(dcv_name_equal(&answer.ns[0], &ns1));
	assert_false(answer.aa);
	assert_false(answer.has_soa);
	/* NOERROR in the header, but BADVERS with what OPT adds. */
	put_opt(1232, 1u << 24);
	assert_int_equal(good().rcode, 16);
	assert_int_equal(good().n_ns, 0);
}

/* Addresses count only for the name servers of a referral, and NS only of one owner. */
static void test_glue(void **state)
{
	struct dcv_answer answer;
	struct dcv_name cut;
	size_t at = 0, ns1 = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_NO_AA);
	for (unsigned i = 0; i < 2; i++) {
		put_u16(&msg,
			0xc00c + (i == 0 ? 13 : 9)); /* example.com, www.example.com */
		at = begin_rr(&msg, AUTHORITY, DCV_TYPE_NS, 1, 3600);
		ns1 = i == 0 ? msg.len : ns1;
		put_octets(&msg, i == 0 ? "\3ns1" : "\3ns2", 4);
		put_u16(&msg, 0xc00c + 13);
		end_rr(&msg, at);
	}
	put_u16(&msg, 0xc000u + (unsigned)ns1);
	at = begin_rr(&msg, ADDITIONAL, DCV_TYPE_A, 1, 60);
	put_u32(&msg, 0x01020304);
	end_rr(&msg, at);
	put_u16(&msg, 0xc00c); /* not a name server */
	at = begin_rr(&msg, ADDITIONAL, DCV_TYPE_A, 1, 60);
	put_u32(&msg, 0x01020305);
	end_rr(&msg, at);
	answer = good();
	assert_int_equal(answer.n_ns, 1);
	assert_int_equal(dcv_name_from("example.com.", &cut, NULL), DCV_OK);
	assert_true(dcv_name_equal(&answer.ns_owner, &cut));
	assert_int_equal(answer.n_glue, 1);
	assert_int_equal(answer.glue[0].n, 1);
	assert_int_equal(answer.glue[0].rdata[0].wire[3], 4);
}

static void test_alias_is_decompressed(void **state)
{
	struct dcv_answer answer;
	const struct dcv_rrset *set = NULL;
	size_t at = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_u16(&msg, 0xc00c);
	at = begin_rr(&msg, ANSWER, DCV_TYPE_CNAME, 1, 60);
	put_octets(&msg, "\3DCV", 4);
	put_u16(&msg, 0xc00c + 13);
	end_rr(&msg, at);
	answer = good();
	set = dcv_answer_set(&answer, &query.name, DCV_TYPE_CNAME);
	assert_non_null(set);
	assert_int_equal(set->rdata[0].len, 17);
	assert_memory_equal(set->rdata[0].wire, "\3dcv\7example\3com", 17);
}

static void test_edns(void **state)
{
	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_opt(1232, 0);
	assert_true(good().edns);
	begin_answer(&msg, &query, FLAGS_AA);
	put_opt(1232, 1u << 24);
	assert_int_equal(good().rcode, 16);
	begin_answer(&msg, &query, FLAGS_AA);
	put_opt(1232, 0xff000000u);
	assert_int_equal(good().rcode, 255);
	begin_answer(&msg, &query, FLAGS_AA);
	put_opt(1232, 0);
	put_opt(1232, 0);
	bad("OPT");
	begin_answer(&msg, &query, FLAGS_AA);
	put_u16(&msg, 0xc00c);
	end_rr(&msg, begin_rr(&msg, ADDITIONAL, 41, 1232, 0));
	bad("OPT");
}

static void test_truncated_flag(void **state)
{
	struct dcv_answer answer;

	(void)state;
	begin_answer(&msg, &query, FLAGS_TC);
	put_txt(&msg, 300, "a");
	msg.len -= 1;
	answer = good();
	assert_true(answer.tc);
	assert_int_equal(answer.n_sets, 0);
}

/* A whole answer cut at every octet: an error, never a crash, never half an answer. */
static void test_cut_at_every_octet(void **state)
{
	size_t whole = 0, at = 0;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "value");
	put_u16(&msg, 0xc00c);
	at = begin_rr(&msg, ANSWER, 15, 1, 60);
	put_u16(&msg, 10);
	put_octets(&msg, "\2mx", 3);
	put_u16(&msg, 0xc00c + 13);
	end_rr(&msg, at);
	put_soa(&msg, AUTHORITY, 1);
	put_opt(1232, 0);
	assert_int_equal(good().n_sets, 2);
	whole = msg.len;
	for (msg.len = 0; msg.len < whole; msg.len++) {
		bad("");
	}
}

/* Every octet of a whole answer set to anything: read or refused, never a crash. */
static void test_any_octet_anywhere(void **state)
{
	struct dcv_answer answer;

	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "v");
	put_soa(&msg, AUTHORITY, 1);
	put_opt(1232, 0);
	for (size_t at = 12u + query.name.len + 4u; at < msg.len; at++) {
		uint8_t before = msg.data[at];

		for (unsigned value = 0; value < 256; value++) {
			msg.data[at] = (uint8_t)value;
			(void)!parse(&answer, NULL);
			dcv_arena_clear(&arena);
		}
		msg.data[at] = before;
	}
}

static void put_owner_pointer(size_t target)
{
	put_u16(&msg, 0xc000u | (unsigned)target);
	end_rr(&msg, begin_rr(&msg, ANSWER, 65399, 1, 1));
}

static void test_bad_pointers(void **state)
{
	size_t at = 0;

	(void)state;
	/* At itself, forwards, into the header, and two that lead at each other. */
	begin_answer(&msg, &query, FLAGS_AA);
	put_owner_pointer(msg.len);
	bad("owner");
	begin_answer(&msg, &query, FLAGS_AA);
	put_owner_pointer(msg.len + 2);
	bad("owner");
	begin_answer(&msg, &query, FLAGS_AA);
	put_owner_pointer(4);
	bad("owner");
	begin_answer(&msg, &query, FLAGS_AA);
	at = msg.len;
	put_octets(&msg, "\1a", 2);
	put_owner_pointer(at);
	bad("owner");
	/* Backwards to a pointer that leads forwards again. */
	begin_answer(&msg, &query, FLAGS_AA);
	put_u16(&msg, 0xc00c);
	at = begin_rr(&msg, ANSWER, 65399, 1, 1);
	put_u16(&msg, 0xc000u | (unsigned)(msg.len + 2));
	end_rr(&msg, at);
	put_owner_pointer(at + 2);
	bad("owner");
	/* A label type that RFC 6891 5 took back. */
	begin_answer(&msg, &query, FLAGS_AA);
	put_u8(&msg, 0x41);
	put_owner_pointer(12);
	bad("owner");
}

/* One RDATA holds pointers, each at the one before it; its end is as long a chain as it is. */
static size_t put_chain(unsigned n)
{
	size_t last = 12, at = 0;

	put_u16(&msg, 0xc00c);
	at = begin_rr(&msg, ANSWER, 65399, 1, 1);
	for (unsigned i = 0; i < n; i++) {
		size_t here = msg.len;

		put_u16(&msg, 0xc000u | (unsigned)last);
		last = here;
	}
	end_rr(&msg, at);
	return last;
}

static void test_jumps_are_counted(void **state)
{
	(void)state;
	query.type = 65399;
	/* The owners of the chain itself and of the record behind it are one jump more. */
	begin_answer(&msg, &query, FLAGS_AA);
	put_owner_pointer(put_chain(DCV_WIRE_JUMPS_MAX - 2));
	(void)good();
	begin_answer(&msg, &query, FLAGS_AA);
	put_owner_pointer(put_chain(DCV_WIRE_JUMPS_MAX - 1));
	bad("owner");
	/* Together, not for each name. */
	begin_answer(&msg, &query, FLAGS_AA);
	put_owner_pointer(put_chain(DCV_WIRE_JUMPS_MAX * 2 / 5));
	put_owner_pointer(put_chain(DCV_WIRE_JUMPS_MAX * 2 / 5));
	put_owner_pointer(put_chain(DCV_WIRE_JUMPS_MAX * 2 / 5));
	bad("owner");
}

static void test_name_over_255(void **state)
{
	uint8_t label[64];

	(void)state;
	memset(label, 'a', sizeof label);
	label[0] = 63;
	begin_answer(&msg, &query, FLAGS_AA);
	for (unsigned i = 0; i < 4; i++) {
		put_octets(&msg, label, sizeof label);
	}
	put_owner_pointer(12);
	bad("owner");
}

static void test_counts(void **state)
{
	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "a");
	set_u16(&msg, ANSWER, 65535);
	bad("room");
	begin_answer(&msg, &query, FLAGS_AA);
	set_u16(&msg, ADDITIONAL, 1);
	bad("room");
	begin_answer(&msg, &query, FLAGS_AA);
	for (unsigned i = 0; i < DCV_ANSWER_RRS_MAX; i++) {
		char text[8] = {(char)('a' + i % 26), (char)('a' + i / 26), '\0'};

		put_txt(&msg, 300, text);
	}
	assert_int_equal(good().sets[0].n, DCV_ANSWER_RRS_MAX);
	put_txt(&msg, 300, "once more");
	bad("too many records");
}

static void bad_rdata(uint16_t type, const char *octets, size_t n)
{
	begin_answer(&msg, &query, FLAGS_AA);
	put_rr(&msg, ANSWER, type, 300, octets, n);
	bad("RDATA");
}

static void test_bad_rdata(void **state)
{
	(void)state;
	bad_rdata(DCV_TYPE_TXT, "", 0);
	bad_rdata(DCV_TYPE_TXT, "\5abc", 4);
	bad_rdata(DCV_TYPE_A, "abc", 3);
	bad_rdata(DCV_TYPE_AAAA, "abcd", 4);
	bad_rdata(DCV_TYPE_CAA, "\0\0", 2);
	bad_rdata(DCV_TYPE_CAA, "\0\5iss", 5);
	bad_rdata(DCV_TYPE_CNAME, "\1a", 2);
	bad_rdata(DCV_TYPE_CNAME, "\1a\0x", 4);
	bad_rdata(DCV_TYPE_CNAME, "", 0);
	bad_rdata(DCV_TYPE_SOA, "\0\0\0\0\0\1", 6);
	bad_rdata(15, "\0", 1);
	bad_rdata(15, "\0\1\1a", 4);
	/* A name that begins in the RDATA must end there, were it well-formed behind it. */
	begin_answer(&msg, &query, FLAGS_AA);
	put_rr(&msg, ANSWER, DCV_TYPE_CNAME, 300, "\3ab", 3);
	put_octets(&msg, "c\0", 2);
	bad("RDATA");
}

static void test_rdata_over_the_end(void **state)
{
	(void)state;
	begin_answer(&msg, &query, FLAGS_AA);
	put_txt(&msg, 300, "abc");
	set_u16(&msg, msg.len - 6, 65512);
	bad("ends inside an RDATA");
}

static void test_largest(void **state)
{
	size_t at = 0;

	(void)state;
	query.type = 65399;
	begin_answer(&msg, &query, FLAGS_AA);
	put_u16(&msg, 0xc00c);
	at = begin_rr(&msg, ANSWER, 65399, 1, 1);
	while (msg.len < DCV_MESSAGE_MAX) {
		put_u8(&msg, msg.len & 0xff);
	}
	end_rr(&msg, at);
	assert_int_equal(good().sets[0].rdata[0].len, DCV_MESSAGE_MAX - at - 2);
}

static void test_rcode_text(void **state)
{
	(void)state;
	assert_string_equal(dcv_rcode_text(3), "NXDOMAIN");
	assert_string_equal(dcv_rcode_text(5), "REFUSED");
	assert_string_equal(dcv_rcode_text(15), "RCODE15");
	assert_string_equal(dcv_rcode_text(16), "BADVERS");
	assert_string_equal(dcv_rcode_text(99), "RCODE99");
	assert_string_equal(dcv_rcode_text(100), "RCODE100");
	assert_string_equal(dcv_rcode_text(255), "RCODE255");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_query),
		TEST(test_query_is_random),
		TEST(test_forged_in_one_bit),
		TEST(test_forged_at_random),
		TEST(test_positive),
		TEST(test_other_class_is_left_out),
		TEST(test_about_something_else),
		TEST(test_ttl_with_top_bit),
		TEST(test_referral),
		TEST(test_glue),
		TEST(test_alias_is_decompressed),
		TEST(test_edns),
		TEST(test_truncated_flag),
		TEST(test_cut_at_every_octet),
		TEST(test_any_octet_anywhere),
		TEST(test_bad_pointers),
		TEST(test_jumps_are_counted),
		TEST(test_name_over_255),
		TEST(test_counts),
		TEST(test_bad_rdata),
		TEST(test_rdata_over_the_end),
		TEST(test_largest),
		TEST(test_rcode_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
