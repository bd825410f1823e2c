/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The certificate that a server shows is fetched, whoever signed it; a server that shows none,
 * or says nothing, is an error in time. */
#include "tests/unit/base/certs.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "check/tls.h"

#define LIMIT_MS 10000
#define SHORT_MS 200

enum manner {
	TALKS_TLS,
	TALKS_OLD_TLS, /* 1.1 at most */
	TALKS_HTTP,
	HANGS_UP,
	IS_SILENT,
};

/* A server on loopback for one connection, in a thread of its own. */
struct server {
	enum manner manner;
	int listener;
	char target[64];
	pthread_t thread;
	X509 *cert;
	EVP_PKEY *key;
	char name[256]; /* what the client asked for by SNI */
	bool served;
};

static int note_name(SSL *ssl, int *alert, void *ctx)
{
	struct server *server = ctx;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)snprintf(server->name, sizeof(server->name), "%s", name != NULL ? name : "");
	return SSL_TLSEXT_ERR_OK;
}

static void talk_tls(struct server *server, int fd)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;
	char octet;

	SSL_CTX_set_security_level(ctx, 0);
	if (server->manner == TALKS_OLD_TLS)
		(void)SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	(void)SSL_CTX_use_certificate(ctx, server->cert);
	(void)SSL_CTX_use_PrivateKey(ctx, server->key);
	(void)SSL_CTX_set_tlsext_servername_callback(ctx, note_name);
	(void)SSL_CTX_set_tlsext_servername_arg(ctx, server);
	ssl = SSL_new(ctx);
	(void)SSL_set_fd(ssl, fd);
	server->served = SSL_accept(ssl) == 1;
	while (server->served && SSL_read(ssl, &octet, 1) > 0)
		continue;
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void *serve(void *ctx)
{
	struct server *server = ctx;
	int fd = accept(server->listener, NULL, NULL);
	char octets[512];

	if (fd < 0)
		return NULL;
	switch (server->manner) {
	case TALKS_TLS:
	case TALKS_OLD_TLS:
		talk_tls(server, fd);
		break;
	case TALKS_HTTP:
		(void)!write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
		while (read(fd, octets, sizeof(octets)) > 0)
			continue;
		break;
	case HANGS_UP:
		break;
	case IS_SILENT: /* until the client gives up */
		while (read(fd, octets, sizeof(octets)) > 0)
			continue;
		break;
	}
	(void)close(fd);
	return NULL;
}

static void start(struct server *server, enum manner manner, const char *host)
{
	static const struct spec spec = {.names = {"shop.example", "www.shop.example"},
		.common = "shop.example",
		.issuer_common = "DigiCert Test CA",
		.issuer_organisation = "DigiCert Inc"};
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);

	*server = (struct server){.manner = manner};
	server->key = test_key();
	server->cert = make_cert(&spec, server->key);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(listen(server->listener, 1), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&addr, &len), 0);
	assert_true(snprintf(server->target, sizeof(server->target), "%s:%u", host,
			    (unsigned)ntohs(addr.sin_port)) > 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server)
{
	(void)shutdown(server->listener, SHUT_RDWR);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->listener);
	X509_free(server->cert);
	EVP_PKEY_free(server->key);
}

struct result {
	enum dcv_err rc;
	struct dcv_cert cert;
	struct dcv_error err;
	struct dcv_arena arena;
	int64_t took_ms;
};

static void fetch(struct result *result, const char *target, int64_t limit_ms)
{
	int64_t start_ms = dcv_mono_ms(&dcv_clock_system);

	*result = (struct result){.rc = DCV_E_INTERNAL};
	result->rc = dcv_tls_certificate(target, start_ms + limit_ms, &dcv_clock_system,
		&result->arena, &result->cert, &result->err);
	result->took_ms = dcv_mono_ms(&dcv_clock_system) - start_ms;
}

static void fetch_from(struct result *result, struct server *server, enum manner manner,
	const char *host, int64_t limit_ms)
{
	start(server, manner, host);
	fetch(result, server->target, limit_ms);
	stop(server);
}

static void test_certificate_is_fetched(void **state)
{
	struct server server;
	struct result result;

	(void)state;
	fetch_from(&result, &server, TALKS_TLS, "localhost", LIMIT_MS);
	assert_int_equal(result.rc, DCV_OK);
	assert_true(server.served);
	assert_string_equal(server.name, "localhost");
	assert_int_equal(result.cert.n_names, 2);
	assert_string_equal(result.cert.names[1], "www.shop.example");
	assert_string_equal(result.cert.issuer, "DigiCert Test CA, DigiCert Inc");
	dcv_arena_clear(&result.arena);
}

/* RFC 6066 3: an address is no name to ask for. */
static void test_no_sni_for_an_address(void **state)
{
	struct server server;
	struct result result;

	(void)state;
	fetch_from(&result, &server, TALKS_TLS, "127.0.0.1", LIMIT_MS);
	assert_int_equal(result.rc, DCV_OK);
	assert_string_equal(server.name, "");
	dcv_arena_clear(&result.arena);
}

static void expect_failure(const struct result *result, const char *target,
	const char *why)
{
	char text[256];

	assert_true(snprintf(text, sizeof(text), "%s: %s", target, why) > 0);
	assert_int_equal(result->rc, DCV_E_FAILED);
	assert_string_equal(result->err.text, text);
	assert_int_equal(result->cert.n_names, 0);
}

static void test_servers_that_show_none(void **state)
{
	static const struct {
		enum manner manner;
		const char *why;
	} cases[] = {
		{TALKS_OLD_TLS, "no TLS handshake: tlsv1 alert protocol version"},
		{TALKS_HTTP, "no TLS handshake: wrong version number"},
		{IS_SILENT, "no TLS handshake: Connection timed out"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server server;
		struct result result;

		fetch_from(&result, &server, cases[i].manner, "127.0.0.1",
			cases[i].manner == IS_SILENT ? SHORT_MS : LIMIT_MS);
		expect_failure(&result, server.target, cases[i].why);
		assert_true(result.took_ms < LIMIT_MS / 2);
		dcv_arena_clear(&result.arena);
	}
}

/* With or without a reset: which of the two the kernel shows is a matter of timing. */
static void test_server_that_hangs_up(void **state)
{
	struct server server;
	struct result result;

	(void)state;
	fetch_from(&result, &server, HANGS_UP, "127.0.0.1", LIMIT_MS);
	assert_int_equal(result.rc, DCV_E_FAILED);
	assert_non_null(strstr(result.err.text, "no TLS handshake: "));
	dcv_arena_clear(&result.arena);
}

static void test_nobody_there(void **state)
{
	struct server server;
	struct result result;

	(void)state;
	start(&server, HANGS_UP, "127.0.0.1");
	stop(&server);
	fetch(&result, server.target, LIMIT_MS);
	expect_failure(&result, server.target, "no connection: Connection refused");
	dcv_arena_clear(&result.arena);
	fetch(&result, server.target, 0);
	expect_failure(&result, server.target, "no connection: Connection timed out");
	dcv_arena_clear(&result.arena);
}

static void test_targets_that_are_none(void **state)
{
	static const char *const targets[] = {"", ":443", "example.com:", "example.com:0",
		"example.com:65536", "example.com:https", "[::1", "[::1]443", "[]:443",
		"a:1:"};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct result result;

		fetch(&result, targets[i], SHORT_MS);
		assert_int_equal(result.rc, DCV_E_FAILED);
		assert_int_equal(strncmp(result.err.text, targets[i], strlen(targets[i])),
			0);
		assert_true(result.took_ms < LIMIT_MS / 2);
		dcv_arena_clear(&result.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate_is_fetched),
		cmocka_unit_test(test_no_sni_for_an_address),
		cmocka_unit_test(test_servers_that_show_none),
		cmocka_unit_test(test_server_that_hangs_up),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_targets_that_are_none),
	};

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
