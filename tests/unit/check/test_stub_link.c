/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A resolver that never stops sending: its deadlines hold nevertheless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "check/stub_link.h"

#define READS_MAX 1000u /* a test that fails must end */

struct dcv_tls_session {
	unsigned n_reads;
	const char *octets; /* that come again and again */
	size_t n;
};

static enum dcv_tls_io flood(struct dcv_tls_session *session, void *data, size_t n,
	size_t *ret_n, struct dcv_error *err)
{
	char *out = data;

	(void)err;
	if (++session->n_reads == READS_MAX)
		return DCV_TLS_CLOSED;
	for (*ret_n = 0; *ret_n + session->n <= n; *ret_n += session->n)
		memcpy(out + *ret_n, session->octets, session->n);
	return DCV_TLS_DONE;
}

static enum dcv_tls_io sink(struct dcv_tls_session *session, const void *data, size_t n,
	size_t *ret_n, struct dcv_error *err)
{
	(void)session;
	(void)data;
	(void)err;
	*ret_n = n;
	return DCV_TLS_DONE;
}

static void let_go(struct dcv_tls_session *session)
{
	(void)session;
}

static int64_t mono_ms(void *ctx)
{
	return *(const int64_t *)ctx;
}

static void try(enum dcv_via via, const char *octets, size_t n)
{
	static const struct dcv_tls_module tls = {.read = flood,
		.write = sink,
		.close = let_go};
	static const struct dcv_resolver resolver = {.text = "https://dns.example/q",
		.path = "/q"};
	struct dcv_tls_session session = {0, octets, n};
	int64_t now_ms = 0;
	const struct dcv_clock clock = {.mono_ms = mono_ms, .ctx = &now_ms};
	struct dcv_name name;
	struct dcv_stub_question question = {.name = &name, .type = DCV_TYPE_TXT};
	struct dcv_stub_link link = {.fd = -1, .stage = DCV_STUB_OPEN, .session = &session};
	struct dcv_stub stub = {.tls = &tls,
		.links = &link,
		.options = {.via = via,
			.n_resolvers = 1,
			.resolvers = &resolver,
			.clock = &clock}};
	struct dcv_arena arena = {0};
	struct dcv_stub_asking asking = {.stub = &stub,
		.questions = &question,
		.n = 1,
		.arena = &arena};
	struct pollfd fds[1] = {{.fd = -1}};
	bool again;

	assert_int_equal(dcv_name_from("a.example", &name, NULL), DCV_OK);
	link.stub = &stub;
	dcv_stub_begin_asking(&asking);
	dcv_stub_begin(&link);
	assert_true(dcv_stub_step(&stub, fds, &again));
	assert_true(question.in_flight);
	assert_true(session.n_reads < READS_MAX);
	/* What has not been read yet is not waited for. */
	assert_true(again);
	now_ms = DCV_STUB_PATIENCE_MS;
	assert_false(dcv_stub_step(&stub, fds, &again));
	assert_int_equal(question.seen, DCV_SEEN_TIMEOUT);
	dcv_stub_end_asking(&asking);
	dcv_stub_links_free(&stub);
	dcv_arena_clear(&arena);
}

static void test_flood(void **state)
{
	static const char unknown[9] = {0, 0, 0, 99}, empty[2] = {0, 0};

	(void)state;
	try(DCV_VIA_DOH, unknown, sizeof(unknown));
	try(DCV_VIA_DOT, empty, sizeof(empty));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
