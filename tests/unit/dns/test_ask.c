/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how one question must end, with servers that behave in a given way, and how
 * addresses are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>
#include <cmocka.h>

#include "../check/responder.h"
#include "dns/ask.h"
#include "dns/resolv.h"

static struct dcv_arena arena;
static struct responder server;

static int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static struct dcv_name name_of(const char *text)
{
	struct dcv_name name = {.len = 0};

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	return name;
}

static enum dcv_err ask(const struct dcv_addr *addr, int64_t ms, struct dcv_answer *ret,
	struct dcv_error *err)
{
	struct dcv_name name = name_of("www.example.com.");

	memset(err, 0, sizeof *err);
	return dcv_ask(addr, &name, DCV_TYPE_TXT, false,
		dcv_mono_ms(&dcv_clock_system) + ms, &dcv_clock_system, &arena, ret, err);
}

static enum dcv_err ask_script(script_fn script, int64_t ms, struct dcv_answer *ret,
	struct dcv_error *err)
{
	assert_true(responder_start(&server, "127.0.0.1", script));

	enum dcv_err rc = ask(&server.addr, ms, ret, err);

	responder_stop(&server);
	return rc;
}

static void script_right(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	put_txt(m, 300, r->tcp ? "tcp" : "udp");
	respond(r, m);
}

static void script_second(struct request *r, struct message *m)
{
	if (r->n > 0) {
		script_right(r, m);
	}
}

static void script_wrong_id_first(struct request *r, struct message *m)
{
	r->query.id ^= 1;
	script_right(r, m);
	r->query.id ^= 1;
	script_right(r, m);
}

static void script_truncates(struct request *r, struct message *m)
{
	if (r->tcp) {
		script_right(r, m);
	} else {
		begin_answer(m, &r->query, FLAGS_TC);
		respond(r, m);
	}
}

static void script_folds_case(struct request *r, struct message *m)
{
	memcpy(r->query.qname, r->query.name.wire, r->query.name.len);
	script_right(r, m);
}

static void script_no_edns(struct request *r, struct message *m)
{
	if (r->query.edns) {
		begin_answer(m, &r->query, 0x8001);
		respond(r, m);
	} else {
		script_right(r, m);
	}
}

static void script_broken(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	put_txt(m, 300, "value");
	m->len -= 1;
	respond(r, m);
}

/* The right one stands behind what is broken or in another case. */
static void script_doubtful_first(struct request *r, struct message *m)
{
	struct dcv_query query = r->query;

	script_broken(r, m);
	script_folds_case(r, m);
	r->query = query;
	script_right(r, m);
}

static void script_silent(struct request *r, struct message *m)
{
	(void)r;
	(void)m;
}

static void check_says(const struct dcv_answer *answer, const char *text)
{
	assert_int_equal(answer->n_sets, 1);
	assert_int_equal(answer->sets[0].rdata[0].len, strlen(text) + 1);
	assert_memory_equal(answer->sets[0].rdata[0].wire + 1, text, strlen(text));
}

static void test_answers(void **state)
{
	static const script_fn scripts[] = {script_right, script_second,
		script_wrong_id_first, script_doubtful_first, script_no_edns};
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		assert_int_equal(ask_script(scripts[i], 5000, &answer, &err), DCV_OK);
		check_says(&answer, "udp");
	}
}

static void test_truncated(void **state)
{
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	assert_int_equal(ask_script(script_truncates, 5000, &answer, &err), DCV_OK);
	check_says(&answer, "tcp");
	assert_false(answer.tc);
}

static void test_truncated_without_tcp(void **state)
{
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	assert_true(responder_start(&server, "127.0.0.1", script_truncates));
	responder_drop_tcp(&server);
	assert_int_equal(ask(&server.addr, 3000, &answer, &err), DCV_E_UNVERIFIED);
	assert_non_null(strstr(err.text, "over TCP"));
	responder_stop(&server);
}

static void test_malformed(void **state)
{
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	assert_int_equal(ask_script(script_broken, 3000, &answer, &err), DCV_E_FAILED);
	assert_non_null(strstr(err.text, "127.0.0.1"));
	assert_non_null(strstr(err.text, "malformed"));
}

/* A server must echo the case; a resolver need not, and answers all the same. */
static void test_other_case(void **state)
{
	struct dcv_name name = name_of("www.example.com.");
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	assert_int_equal(ask_script(script_folds_case, 3000, &answer, &err),
		DCV_E_UNVERIFIED);
	assert_non_null(strstr(err.text, "another case"));
	assert_true(responder_start(&server, "127.0.0.1", script_folds_case));
	assert_int_equal(dcv_ask(&server.addr, &name, DCV_TYPE_TXT, true,
				 dcv_mono_ms(&dcv_clock_system) + 3000, &dcv_clock_system,
				 &arena, &answer, NULL),
		DCV_OK);
	check_says(&answer, "udp");
	responder_stop(&server);
}

static void test_silence_is_bounded(void **state)
{
	int64_t before = dcv_mono_ms(&dcv_clock_system);
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	assert_int_equal(ask_script(script_silent, 300, &answer, &err), DCV_E_UNVERIFIED);
	assert_non_null(strstr(err.text, "www.example.com. TXT: timed out"));
	assert_true(dcv_mono_ms(&dcv_clock_system) - before < 2000);
	assert_int_equal(server.n_udp, 2);
}

static void test_nothing_listens(void **state)
{
	struct dcv_addr dead;
	struct dcv_answer answer;
	struct dcv_error err;

	(void)state;
	assert_true(closed_address("127.0.0.1", &dead));
	assert_int_equal(ask(&dead, 200, &answer, &err), DCV_E_UNVERIFIED);
	assert_non_null(strstr(err.text, "refused"));
}

static int64_t frozen(void *ctx)
{
	(void)ctx;
	return 1000;
}

/* A clock that a test holds still must not hold the question for ever. */
static void test_frozen_clock(void **state)
{
	struct dcv_clock clock = dcv_clock_system;
	struct dcv_name name = name_of("www.example.com.");
	struct dcv_answer answer;
	struct dcv_error err = {.code = DCV_OK};

	(void)state;
	clock.mono_ms = frozen;
	assert_true(responder_start(&server, "127.0.0.1", script_silent));
	assert_int_equal(dcv_ask(&server.addr, &name, DCV_TYPE_TXT, false, 1300, &clock,
				 &arena, &answer, &err),
		DCV_E_UNVERIFIED);
	responder_stop(&server);
}

static void check_addr(const char *text, const char *expected)
{
	struct dcv_addr addr;
	char out[DCV_ADDR_TEXT_MAX];
	struct dcv_error err = {.code = DCV_OK};

	if (dcv_addr_parse(text, &addr, &err) != DCV_OK) {
		fail_msg("%s: %s", text, err.text);
	}
	assert_string_equal(dcv_addr_text(&addr, out), expected);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = {"", "192.0.2", "192.0.2.1:", "192.0.2.1:0",
		"192.0.2.1:65536", "192.0.2.1:5x", "example.com", "[192.0.2.1]:53",
		"[2001:db8::1", "[2001:db8::1]x", "[2001:db8::1]:", "2001:db8::g",
		" 192.0.2.1", "192.0.2.1 ",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333:4444"};

	(void)state;
	check_addr("192.0.2.1", "192.0.2.1");
	check_addr("192.0.2.1:53", "192.0.2.1");
	check_addr("192.0.2.1:5353", "192.0.2.1:5353");
	check_addr("2001:DB8::1", "2001:db8::1");
	check_addr("[2001:db8::1]", "2001:db8::1");
	check_addr("[2001:db8::1]:5353", "[2001:db8::1]:5353");
	check_addr("::ffff:192.0.2.1", "::ffff:192.0.2.1");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct dcv_addr addr = {.len = 99};
		struct dcv_error err = {.code = DCV_OK};

		assert_int_equal(dcv_addr_parse(bad[i], &addr, &err), DCV_E_CONFIG);
		assert_int_equal(addr.len, 99);
	}
}

static void test_address_of_rdata(void **state)
{
	struct dcv_addr addr;
	char out[DCV_ADDR_TEXT_MAX];
	struct dcv_rdata v4 = {4, (const uint8_t *)"\300\0\2\1"}, none = {5, v4.wire};

	(void)state;
	assert_int_equal(dcv_addr_from_rdata(&v4, 53, &addr, NULL), DCV_OK);
	assert_string_equal(dcv_addr_text(&addr, out), "192.0.2.1");
	assert_int_equal(dcv_addr_from_rdata(&none, 53, &addr, NULL), DCV_E_FAILED);
}

static void test_resolv_conf(void **state)
{
	struct dcv_addr found[DCV_RESOLVERS_MAX];
	char out[DCV_ADDR_TEXT_MAX];

	(void)state;
	assert_int_equal(
		dcv_resolv_parse("# x\nsearch example.com\nnameserver 192.0.2.1\n"
				 "nameserver\t2001:db8::1 \n#nameserver 192.0.2.9\n"
				 "nameserverx 192.0.2.8\nnameserver nonsense\n"
				 "nameserver 192.0.2.3\nnameserver 192.0.2.4",
			found),
		3);
	assert_string_equal(dcv_addr_text(&found[0], out), "192.0.2.1");
	assert_string_equal(dcv_addr_text(&found[1], out), "2001:db8::1");
	assert_string_equal(dcv_addr_text(&found[2], out), "192.0.2.3");
	assert_int_equal(dcv_resolv_parse("nameserver", found), 1);
	assert_string_equal(dcv_addr_text(&found[0], out), "127.0.0.1");
	assert_int_equal(dcv_resolv_parse("nameserver 192.0.2.7", found), 1);
	assert_string_equal(dcv_addr_text(&found[0], out), "192.0.2.7");
}

/* www -> host, which has two A and one AAAA. */
static void script_resolver(struct request *r, struct message *m)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	size_t at = 0;

	begin_answer(m, &r->query, 0x8180);
	put_u16(m, 0xc00c);
	at = begin_rr(m, ANSWER, DCV_TYPE_CNAME, 1, 60);
	put_name(m, "host.example.net.");
	end_rr(m, at);
	for (unsigned i = 1; i < (r->query.type == DCV_TYPE_A ? 3u : 2u); i++) {
		put_name(m, "HOST.example.net.");
		at = begin_rr(m, ANSWER, r->query.type, 1, 60);
		if (r->query.type == DCV_TYPE_A) {
			put_u32(m, 0xc0000200u + i);
		} else {
			put_octets(m, v6, sizeof v6);
		}
		end_rr(m, at);
	}
	respond(r, m);
}

static void script_servfail(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, 0x8182);
	respond(r, m);
}

static void script_no_such_name(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, 0x8183);
	respond(r, m);
}

/* An alias of itself. */
static void script_alias_loop(struct request *r, struct message *m)
{
	size_t at = 0;

	begin_answer(m, &r->query, 0x8180);
	put_u16(m, 0xc00c);
	at = begin_rr(m, ANSWER, DCV_TYPE_CNAME, 1, 60);
	put_name(m, "www.example.com.");
	end_rr(m, at);
	respond(r, m);
}

static enum dcv_err resolve(const struct dcv_addr *resolvers, size_t n,
	struct dcv_addr **found, size_t *n_found, struct dcv_error *err)
{
	struct dcv_name host = name_of("www.example.com.");

	memset(err, 0, sizeof *err);
	return dcv_resolv_ask(resolvers, n, &host, dcv_mono_ms(&dcv_clock_system) + 2000,
		&dcv_clock_system, &arena, found, n_found, err);
}

static void test_second_resolver_answers(void **state)
{
	struct dcv_addr resolvers[2], *found = NULL;
	struct dcv_error err;
	struct responder first;
	char out[DCV_ADDR_TEXT_MAX];
	size_t n = 0;

	(void)state;
	assert_true(responder_start(&first, "127.0.0.2", script_servfail));
	assert_true(responder_start(&server, "127.0.0.1", script_resolver));
	resolvers[0] = first.addr;
	resolvers[1] = server.addr;
	assert_int_equal(resolve(resolvers, 2, &found, &n, &err), DCV_OK);
	assert_int_equal(n, 3);
	assert_string_equal(dcv_addr_text(&found[0], out), "192.0.2.1");
	assert_string_equal(dcv_addr_text(&found[1], out), "192.0.2.2");
	assert_string_equal(dcv_addr_text(&found[2], out), "2001:db8::1");
	assert_int_equal(resolve(resolvers, 1, &found, &n, &err), DCV_E_UNVERIFIED);
	assert_non_null(strstr(err.text, "SERVFAIL"));
	responder_stop(&first);
	responder_stop(&server);
}

static void test_no_addresses(void **state)
{
	static const script_fn scripts[] = {script_no_such_name, script_alias_loop};

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		struct dcv_addr *found = NULL;
		struct dcv_error err;
		size_t n = 7;

		assert_true(responder_start(&server, "127.0.0.1", scripts[i]));
		assert_int_equal(resolve(&server.addr, 1, &found, &n, &err), DCV_OK);
		assert_int_equal(n, 0);
		responder_stop(&server);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_truncated),
		TEST(test_truncated_without_tcp),
		TEST(test_malformed),
		TEST(test_other_case),
		TEST(test_silence_is_bounded),
		TEST(test_nothing_listens),
		TEST(test_frozen_clock),
		TEST(test_addresses),
		TEST(test_address_of_rdata),
		TEST(test_resolv_conf),
		TEST(test_second_resolver_answers),
		TEST(test_no_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
