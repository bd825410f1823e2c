/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Resolvers over TLS that answer in any order, hang up, lie, or are somebody else. */
#include "tests/unit/base/certs.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "check/stub.h"

#define LIMIT_MS 20000
#define HOST "dns.example"

enum manner {
	IN_REVERSE, /* when the last question is there */
	ONE_EACH, /* one answer a connection */
	AFTER_OTHERS, /* other messages come before each answer */
	TRUNCATED,
	NO_RECURSION,
	MALFORMED,
	HANGS_UP,
};

/* A resolver on loopback, one connection at a time. */
struct server {
	enum manner manner;
	int listener;
	uint16_t port;
	pthread_t thread;
	X509 *cert;
	EVP_PKEY *key;
	SSL_CTX *ctx;
	char bundle[64];
	size_t n_questions, n_connections, n_asked;
	uint8_t asked[64][512];
	size_t lens[64];
};

static void put(SSL *ssl, const uint8_t *msg, size_t n)
{
	uint8_t out[2 + 600] = {(uint8_t)(n >> 8), (uint8_t)n};

	memcpy(out + 2, msg, n);
	(void)SSL_write(ssl, out, (int)n + 2);
}

/* TXT "v" for the question, in out[600]. */
static size_t answer_to(const uint8_t *query, uint8_t *out)
{
	static const uint8_t record[] = {0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, 'v'};
	size_t n = 12;

	while (query[n] != 0)
		n += 1u + query[n];
	n += 5;
	memcpy(out, query, n);
	out[2] = 0x81;
	out[3] = 0x80;
	out[7] = 1;
	out[11] = 0;
	memcpy(out + n, record, sizeof(record));
	return n + sizeof(record);
}

static void put_others(SSL *ssl, const uint8_t *answer, size_t n)
{
	uint8_t other[600];

	memcpy(other, answer, n);
	other[0] ^= 1; /* another id */
	put(ssl, other, n);
	other[0] ^= 1;
	other[2] = 0x01; /* no answer at all */
	put(ssl, other, n);
	other[2] = 0x81;
	other[13] ^= 1; /* another name */
	put(ssl, other, n);
	put(ssl, other, 3);
}

static void answer(struct server *server, SSL *ssl, const uint8_t *query)
{
	uint8_t msg[600];
	size_t n = answer_to(query, msg);

	if (server->manner == AFTER_OTHERS)
		put_others(ssl, msg, n);
	if (server->manner == TRUNCATED)
		msg[2] |= 0x02;
	if (server->manner == NO_RECURSION)
		msg[3] = 0;
	put(ssl, msg, server->manner == MALFORMED ? n - 3 : n);
}

static bool take_all(SSL *ssl, uint8_t *out, size_t n)
{
	for (size_t at = 0; at < n;) {
		int some = SSL_read(ssl, out + at, (int)(n - at));

		if (some <= 0)
			return false;
		at += (size_t)some;
	}
	return true;
}

/* False: the connection ends. */
static bool take_one(struct server *server, SSL *ssl)
{
	uint8_t head[2], *query = server->asked[server->n_asked % 64];
	size_t n;

	if (!take_all(ssl, head, 2))
		return false;
	n = (size_t)head[0] << 8 | head[1];
	if (n > 512 || !take_all(ssl, query, n))
		return false;
	server->n_asked++;
	if (server->manner != IN_REVERSE) {
		answer(server, ssl, query);
		return server->manner != ONE_EACH;
	}
	for (size_t i = server->n_asked; server->n_asked == server->n_questions && i > 0;
		i--)
		answer(server, ssl, server->asked[i - 1]);
	return true;
}

static void *serve(void *ctx)
{
	struct server *server = ctx;
	int fd;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		SSL *ssl = SSL_new(server->ctx);

		server->n_connections++;
		(void)SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 && server->manner != HANGS_UP) {
			while (take_one(server, ssl))
				continue;
			(void)SSL_shutdown(ssl);
		}
		SSL_free(ssl);
		(void)close(fd);
	}
	return NULL;
}

/* A certificate that is its own issuer, and a file with it. */
static void make_identity(struct server *server)
{
	const struct spec spec = {.names = {HOST},
		.common = HOST,
		.issuer_common = HOST,
		.from_s = time(NULL) - 3600,
		.until_s = time(NULL) + 3600};
	FILE *file;
	int fd;

	server->key = test_key();
	server->cert = make_cert(&spec, server->key);
	assert_int_equal(
		X509_set_issuer_name(server->cert, X509_get_subject_name(server->cert)),
		1);
	assert_true(X509_sign(server->cert, server->key, EVP_sha256()) > 0);
	(void)snprintf(server->bundle, sizeof(server->bundle), "/tmp/dcvctl-stub-XXXXXX");
	fd = mkstemp(server->bundle);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, server->cert), 1);
	assert_int_equal(fclose(file), 0);
	server->ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(server->ctx, server->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(server->ctx, server->key), 1);
}

static void start(struct server *server, enum manner manner, size_t n_questions)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);

	*server = (struct server){.manner = manner, .n_questions = n_questions};
	make_identity(server);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(server->listener, 8), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&addr, &len), 0);
	server->port = ntohs(addr.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
	(void)shutdown(server->listener, SHUT_RDWR);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->listener);
	SSL_CTX_free(server->ctx);
	X509_free(server->cert);
	EVP_PKEY_free(server->key);
	assert_int_equal(unlink(server->bundle), 0);
}

/* What was seen of n records through one resolver. */
struct look {
	struct dcv_arena arena;
	struct dcv_check_result result;
	size_t n;
};

static void check(struct look *look, const struct server *server, const char *name,
	const char *bundle, size_t n)
{
	static const struct dcv_rdata wanted = {2, (const uint8_t *)"\x01v"};
	struct dcv_check_item *items = calloc(n, sizeof(*items));
	struct dcv_resolver resolver;
	struct dcv_check_options options = {.clock = &dcv_clock_system,
		.deadline_ms = dcv_mono_ms(&dcv_clock_system) + LIMIT_MS};
	struct dcv_stub_options with = {.via = DCV_VIA_DOT,
		.n_resolvers = 1,
		.resolvers = &resolver,
		.tls_bundle = bundle,
		.clock = &dcv_clock_system,
		.deadline_ms = options.deadline_ms};
	struct dcv_stub *stub = NULL;
	char text[64];

	*look = (struct look){.n = n};
	(void)snprintf(text, sizeof(text), "127.0.0.1@%u#%s", server->port, name);
	assert_int_equal(
		dcv_resolver_parse(DCV_VIA_DOT, text, &look->arena, &resolver, NULL),
		DCV_OK);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "_dnsauth.n%zu.example.org", i);
		assert_int_equal(dcv_name_from(text, &items[i].owner, NULL), DCV_OK);
		items[i].type = DCV_TYPE_TXT;
		items[i].n_wanted = 1;
		items[i].wanted = &wanted;
	}
	assert_int_equal(dcv_stub_new(&with, &stub, NULL), DCV_OK);
	assert_int_equal(dcv_stub_check(stub, &options, items, n, &look->arena,
				 &look->result, NULL),
		DCV_OK);
	dcv_stub_free(stub);
	free(items);
}

static void expect(const struct look *look, enum dcv_seen seen, const char *why)
{
	for (size_t i = 0; i < look->n; i++) {
		const struct dcv_observation *at = dcv_check_at(&look->result, i, 0);

		assert_int_equal(at->seen, seen);
		if (why != NULL)
			assert_non_null(strstr(at->why, why));
		else
			assert_null(at->why);
	}
	assert_true(look->result.effective == (seen == DCV_SEEN_HAS));
}

static void try(enum manner manner, size_t n, enum dcv_seen seen, const char *why,
	size_t n_connections)
{
	struct server server;
	struct look look;

	start(&server, manner, n);
	check(&look, &server, HOST, server.bundle, n);
	stop(&server);
	expect(&look, seen, why);
	assert_int_equal(server.n_connections, n_connections);
	dcv_arena_clear(&look.arena);
}

static void test_answers_in_any_order(void **state)
{
	(void)state;
	try(IN_REVERSE, 30, DCV_SEEN_HAS, NULL, 1);
}

/* RFC 7766 6.2.3: servers hang up when they like. */
static void test_connections_are_made_again(void **state)
{
	(void)state;
	try(ONE_EACH, 5, DCV_SEEN_HAS, NULL, 5);
}

static void test_more_than_fit_at_once(void **state)
{
	(void)state;
	try(AFTER_OTHERS, 50, DCV_SEEN_HAS, NULL, 1);
}

static void test_answers_that_are_none(void **state)
{
	(void)state;
	try(TRUNCATED, 2, DCV_SEEN_MALFORMED, "truncated", 1);
	try(NO_RECURSION, 2, DCV_SEEN_MALFORMED, "no recursion", 1);
	try(MALFORMED, 2, DCV_SEEN_MALFORMED, "", 1);
}

/* Who never answers is not asked for ever. */
static void test_hangs_up(void **state)
{
	struct server server;
	struct look look;

	(void)state;
	start(&server, HANGS_UP, 3);
	check(&look, &server, HOST, server.bundle, 3);
	stop(&server);
	expect(&look, DCV_SEEN_TLS, "");
	assert_true(look.result.unverified);
	assert_int_equal(server.n_connections, 1);
	dcv_arena_clear(&look.arena);
}

static void test_somebody_else(void **state)
{
	struct server server;
	struct look look;

	(void)state;
	start(&server, AFTER_OTHERS, 1);
	check(&look, &server, "other.example", server.bundle, 1);
	expect(&look, DCV_SEEN_TLS, "hostname mismatch");
	assert_true(look.result.unverified);
	dcv_arena_clear(&look.arena);
	check(&look, &server, "127.0.0.1", server.bundle, 1);
	expect(&look, DCV_SEEN_TLS, "IP address mismatch");
	dcv_arena_clear(&look.arena);
	check(&look, &server, HOST, NULL, 1);
	expect(&look, DCV_SEEN_TLS, "self-signed certificate");
	dcv_arena_clear(&look.arena);
	check(&look, &server, HOST, "/nonexistent", 1);
	expect(&look, DCV_SEEN_TLS, "tls_bundle: /nonexistent");
	dcv_arena_clear(&look.arena);
	stop(&server);
	assert_int_equal(server.n_asked, 0);
	check(&look, &server, HOST, NULL, 1);
	expect(&look, DCV_SEEN_REFUSED_CONN, "refused");
	dcv_arena_clear(&look.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_in_any_order),
		cmocka_unit_test(test_connections_are_made_again),
		cmocka_unit_test(test_more_than_fit_at_once),
		cmocka_unit_test(test_answers_that_are_none),
		cmocka_unit_test(test_hangs_up),
		cmocka_unit_test(test_somebody_else),
	};

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
