/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* HTTP/2 as far as DNS over HTTPS needs it: answers in any order and in any pieces; what is
 * malformed, too long or against the rules ends the request or the connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "check/h2.h"

#define FRAME(n, type, flags, stream) 0, 0, n, type, flags, 0, 0, 0, stream
#define OK_HEADERS(stream) FRAME(1, 1, 4, stream), 0x88

struct ended {
	unsigned n;
	uint32_t stream;
	char body[64];
	const char *why;
};

struct fixture {
	struct dcv_h2 h2;
	struct dcv_buf out;
	struct ended ended;
};

static void on_done(void *ctx, uint32_t stream, const uint8_t *body, size_t len,
	const char *why)
{
	struct ended *ended = ctx;

	ended->n++;
	ended->stream = stream;
	ended->why = why;
	if (why == NULL) {
		memcpy(ended->body, body, len < 63 ? len : 63);
		ended->body[len < 63 ? len : 63] = '\0';
	}
}

static void begin(struct fixture *f, unsigned n_requests)
{
	*f = (struct fixture){.ended = {.n = 0}};
	dcv_buf_init(&f->out, 100000);
	dcv_h2_init(&f->h2, &f->out, on_done, &f->ended);
	for (unsigned i = 0; i < n_requests; i++)
		assert_int_equal(dcv_h2_ask(&f->h2, "dns.example", "/dns-query",
					 (const uint8_t *)"ask", 3),
			2 * i + 1);
}

static void end(struct fixture *f)
{
	dcv_h2_clear(&f->h2);
	dcv_buf_clear(&f->out);
}

#define TAKE(f, ...)                                          \
	dcv_h2_take(&(f)->h2, (const uint8_t[]){__VA_ARGS__}, \
		sizeof((const uint8_t[]){__VA_ARGS__}))

static void test_request(void **state)
{
	static const uint8_t headers[] = {0x83, 0x87, 0x01, 11, 'd', 'n', 's', '.', 'e',
		'x', 'a', 'm', 'p', 'l', 'e', 0x04, 10, '/', 'd'};
	static const uint8_t data[] = {FRAME(3, 0, 1, 1), 'a', 's', 'k'};
	struct fixture f;

	(void)state;
	begin(&f, 1);
	assert_memory_equal(f.out.data, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	/* SETTINGS: no dynamic table, no push. */
	assert_memory_equal(f.out.data + 24,
		((const uint8_t[]){FRAME(12, 4, 0, 0), 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}),
		21);
	assert_int_equal(f.out.data[24 + 21 + 3], 1);
	assert_memory_equal(f.out.data + 24 + 21 + 9, headers, sizeof(headers));
	assert_memory_equal(f.out.data + f.out.len - sizeof(data), data, sizeof(data));
	end(&f);
}

static void test_answers_in_any_order(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2);
	assert_null(TAKE(&f, FRAME(0, 4, 0, 0), OK_HEADERS(3), OK_HEADERS(1)));
	assert_null(TAKE(&f, FRAME(3, 0, 1, 3), 't', 'w', 'o'));
	assert_int_equal(f.ended.stream, 3);
	assert_string_equal(f.ended.body, "two");
	/* In two frames, the second with padding; a size update before the status. */
	assert_null(
		TAKE(&f, FRAME(1, 0, 0, 1), 'o', FRAME(5, 0, 9, 1), 2, 'n', 'e', 0, 0));
	assert_int_equal(f.ended.n, 2);
	assert_string_equal(f.ended.body, "one");
	end(&f);
}

static void test_octet_by_octet(void **state)
{
	static const uint8_t octets[] = {FRAME(0, 4, 0, 0), FRAME(3, 1, 0x24, 1),
		/* priority is longer than that */ 0, 0, 0};
	static const uint8_t good[] = {FRAME(7, 1, 0x24, 1), 0, 0, 0, 0, 0, 0x20, 0x88,
		FRAME(2, 99, 0, 0), 1, 2, FRAME(3, 0, 1, 1), 'y', 'e', 's'};
	struct fixture f;

	(void)state;
	begin(&f, 1);
	for (size_t i = 0; i < sizeof(good); i++)
		assert_null(dcv_h2_take(&f.h2, good + i, 1));
	assert_string_equal(f.ended.body, "yes");
	end(&f);
	begin(&f, 1);
	assert_non_null(dcv_h2_take(&f.h2, octets, sizeof(octets)));
	end(&f);
}

static void test_requests_that_fail(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 5);
	assert_null(TAKE(&f, FRAME(1, 1, 5, 1), 0x8d)); /* 404 */
	assert_string_equal(f.ended.why, "the HTTP status is not 200");
	assert_null(TAKE(&f, FRAME(4, 3, 0, 3), 0, 0, 0, 7));
	assert_string_equal(f.ended.why, "the server refuses the request");
	assert_null(TAKE(&f, FRAME(1, 0, 1, 5), 'x'));
	assert_string_equal(f.ended.why, "a body without a status");
	assert_null(TAKE(&f, FRAME(1, 1, 5, 7), 0x88));
	assert_string_equal(f.ended.why, "no body");
	assert_null(TAKE(&f, OK_HEADERS(9), FRAME(0, 0, 1, 9)));
	assert_string_equal(f.ended.why, "no body");
	assert_int_equal(f.ended.n, 5);
	/* What comes for what has ended is nothing. */
	assert_null(TAKE(&f, FRAME(1, 0, 1, 1), 'x', OK_HEADERS(99)));
	assert_int_equal(f.ended.n, 5);
	end(&f);
}

/* A header block counts when it is whole, whatever part of it holds the status. */
static void test_header_block_in_parts(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2);
	assert_null(TAKE(&f, FRAME(2, 1, 0, 1), 0x3f, 0xe1, FRAME(0, 9, 0, 1),
		FRAME(2, 9, 4, 1), 0x1f, 0x88));
	assert_null(TAKE(&f, FRAME(1, 0, 0, 1), 'x'));
	/* Trailers end the stream, but not before their own end. */
	assert_null(TAKE(&f, FRAME(2, 1, 1, 1), 0x40, 1));
	assert_int_equal(f.ended.n, 0);
	assert_null(TAKE(&f, FRAME(3, 9, 4, 1), 'a', 1, 'b'));
	assert_int_equal(f.ended.n, 1);
	assert_string_equal(f.ended.body, "x");
	/* Others are none. */
	assert_null(TAKE(&f, OK_HEADERS(3), FRAME(1, 1, 4, 3), 0x8d));
	assert_string_equal(f.ended.why, "headers within the body");
	assert_int_equal(f.ended.n, 2);
	end(&f);
}

/* The peer counts a stream as open until one of both has ended it (RFC 9113 5.1.2). */
static void test_refused_is_reset(void **state)
{
	static const uint8_t reset[] = {FRAME(4, 3, 0, 3), 0, 0, 0, 8};
	struct fixture f;
	size_t len;

	(void)state;
	begin(&f, 2);
	len = f.out.len;
	assert_null(TAKE(&f, FRAME(1, 1, 5, 1), 0x8d));
	assert_int_equal(f.out.len, len);
	assert_null(TAKE(&f, FRAME(1, 1, 4, 3), 0x8d));
	assert_int_equal(f.out.len, len + sizeof(reset));
	assert_memory_equal(f.out.data + len, reset, sizeof(reset));
	end(&f);
}

/* Nothing is told any more once no more can be sent, however the octets come. */
static void test_flood(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 1);
	f.out.max = f.out.len + 20;
	assert_string_equal(TAKE(&f, FRAME(8, 6, 0, 0), 1, 2, 3, 4, 5, 6, 7, 8,
				    FRAME(8, 6, 0, 0), 1, 2, 3, 4, 5, 6, 7, 8,
				    FRAME(1, 1, 5, 1), 0x88),
		"out of memory");
	assert_int_equal(f.ended.n, 0);
	end(&f);
}

static void test_body_that_is_too_long(void **state)
{
	static uint8_t frame[9 + 16384] = {0, 0x40, 0, 0, 0, 0, 0, 0, 1};
	struct fixture f;

	(void)state;
	begin(&f, 1);
	assert_null(TAKE(&f, OK_HEADERS(1)));
	for (int i = 0; i < 3; i++)
		assert_null(dcv_h2_take(&f.h2, frame, sizeof(frame)));
	assert_int_equal(f.ended.n, 0);
	assert_null(dcv_h2_take(&f.h2, frame, sizeof(frame)));
	assert_string_equal(f.ended.why, "a body that is too long");
	end(&f);
}

static void test_connections_that_fail(void **state)
{
	static const struct {
		size_t n;
		uint8_t octets[24];
	} rows[] = {
		{9, {0, 0x40, 1, 0, 0, 0, 0, 0, 1}}, /* 16385 octets */
		{10, {FRAME(1, 0, 0, 0), 'x'}}, /* DATA of no stream */
		{10, {FRAME(1, 0, 8, 1), 1}}, /* more padding than frame */
		{9, {FRAME(0, 0, 8, 1)}}, {10, {FRAME(1, 1, 4, 0), 0x88}},
		{10, {FRAME(1, 4, 0, 0), 0}}, /* SETTINGS */
		{9, {FRAME(0, 4, 0, 1)}},
		{15, {FRAME(6, 4, 1, 0), 0, 3, 0, 0, 0, 1}}, /* an ACK of something */
		{10, {FRAME(1, 6, 0, 0), 0}}, /* PING */
		{10, {FRAME(1, 3, 0, 1), 0}}, /* RST_STREAM */
		{13, {FRAME(4, 3, 0, 0), 0, 0, 0, 0}},
		{10, {FRAME(1, 7, 0, 0), 0}}, /* GOAWAY */
		{10, {FRAME(1, 8, 0, 0), 0}}, /* WINDOW_UPDATE */
		{13, {FRAME(4, 8, 0, 0), 0x7f, 0xff, 0xff, 0xff}},
		{9, {FRAME(0, 5, 4, 1)}}, /* PUSH_PROMISE */
		{9, {FRAME(0, 9, 4, 1)}}, /* CONTINUATION of nothing */
		{19, {FRAME(1, 1, 0, 1), 0x88, FRAME(0, 0, 1, 1)}}, /* within a header block */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		begin(&f, 1);
		assert_non_null(dcv_h2_take(&f.h2, rows[i].octets, rows[i].n));
		end(&f);
	}
}

static void test_limits_of_the_peer(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 1);
	assert_true(dcv_h2_may_ask(&f.h2, 512));
	assert_null(TAKE(&f, FRAME(6, 4, 0, 0), 0, 3, 0, 0, 0, 1)); /* one stream */
	assert_false(dcv_h2_may_ask(&f.h2, 512));
	assert_null(TAKE(&f, FRAME(6, 4, 0, 0), 0, 3, 0, 0, 0, 9));
	assert_true(dcv_h2_may_ask(&f.h2, 512));
	assert_null(TAKE(&f, FRAME(6, 4, 0, 0), 0, 4, 0, 0, 1, 0)); /* 256 octets each */
	assert_false(dcv_h2_may_ask(&f.h2, 512));
	assert_true(dcv_h2_may_ask(&f.h2, 256));
	assert_null(TAKE(&f, FRAME(8, 7, 0, 0), 0, 0, 0, 0, 0, 0, 0, 0)); /* GOAWAY */
	assert_false(dcv_h2_may_ask(&f.h2, 256));
	end(&f);
}

/* 65,535 octets may be sent on a connection until the peer allows more. */
static void test_window(void **state)
{
	uint8_t msg[500] = {0};
	struct fixture f;
	unsigned n = 0;

	(void)state;
	begin(&f, 0);
	for (; dcv_h2_may_ask(&f.h2, sizeof(msg)); n++)
		dcv_h2_forget(&f.h2, dcv_h2_ask(&f.h2, "a", "/", msg, sizeof(msg)));
	assert_int_equal(n, 65535 / 500);
	assert_null(TAKE(&f, FRAME(4, 8, 0, 0), 0, 0, 2, 0));
	assert_true(dcv_h2_may_ask(&f.h2, sizeof(msg)));
	end(&f);
}

static void test_ping_is_answered(void **state)
{
	static const uint8_t ack[] = {FRAME(8, 6, 1, 0), 1, 2, 3, 4, 5, 6, 7, 8};
	struct fixture f;

	(void)state;
	begin(&f, 0);
	assert_null(TAKE(&f, FRAME(8, 6, 0, 0), 1, 2, 3, 4, 5, 6, 7, 8));
	assert_memory_equal(f.out.data + f.out.len - sizeof(ack), ack, sizeof(ack));
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answers_in_any_order),
		cmocka_unit_test(test_octet_by_octet),
		cmocka_unit_test(test_requests_that_fail),
		cmocka_unit_test(test_header_block_in_parts),
		cmocka_unit_test(test_refused_is_reset),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_body_that_is_too_long),
		cmocka_unit_test(test_connections_that_fail),
		cmocka_unit_test(test_limits_of_the_peer),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_ping_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
