/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows libssl: how a server is made to show its certificate over a connection that is
 * there, and how one talks to a server whose certificate is verified. It is the module dcv-tls,
 * since to load libssl takes longer than most runs need for all else. */
#include "check/tls_module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* Why libssl gave up, in words that outlive its error queue. */
static const char *reason(int kind, int saved_errno)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	if (kind == SSL_ERROR_SYSCALL && saved_errno != 0)
		return strerror(saved_errno);
	return text != NULL ? text : "the connection was closed";
}

static enum dcv_err shake_hands(SSL *ssl, const struct dcv_tls_connection *connection,
	struct dcv_error *err)
{
	for (;;) {
		int error, kind, done;

		ERR_clear_error();
		errno = 0;
		done = SSL_connect(ssl);
		if (done == 1)
			return DCV_OK;
		error = errno;
		kind = SSL_get_error(ssl, done);
		if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE)
			return dcv_fail(err, DCV_E_FAILED, "no TLS handshake: %s",
				reason(kind, error));
		error = connection->wait(connection, kind == SSL_ERROR_WANT_READ);
		if (error != 0)
			return dcv_fail(err, DCV_E_FAILED, "no TLS handshake: %s",
				strerror(error));
	}
}

static enum dcv_err take_certificate(const SSL *ssl, struct dcv_arena *arena,
	const void **ret_der, size_t *ret_n, struct dcv_error *err)
{
	X509 *peer = SSL_get1_peer_certificate(ssl);
	unsigned char *der = NULL;
	int len = peer != NULL ? i2d_X509(peer, &der) : 0;

	X509_free(peer);
	if (len <= 0)
		return dcv_fail(err, DCV_E_FAILED, "the server showed no certificate");
	*ret_der = dcv_arena_memdup(arena, der, (size_t)len);
	*ret_n = (size_t)len;
	OPENSSL_free(der);
	return *ret_der != NULL ? DCV_OK : dcv_nomem(err);
}

static enum dcv_err ask(SSL *ssl, const struct dcv_tls_connection *connection,
	struct dcv_arena *arena, const void **ret_der, size_t *ret_n,
	struct dcv_error *err)
{
	enum dcv_err rc;

	if (ssl == NULL || SSL_set_fd(ssl, connection->fd) != 1 ||
		(connection->host != NULL &&
			SSL_set_tlsext_host_name(ssl, connection->host) != 1))
		return dcv_nomem(err);
	rc = shake_hands(ssl, connection, err);
	if (rc != DCV_OK)
		return rc;
	rc = take_certificate(ssl, arena, ret_der, ret_n, err);
	(void)SSL_shutdown(ssl);
	return rc;
}

/* Nothing that is seen is trusted, so an old key or a foreign chain is no reason not to look. */
static SSL_CTX *new_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(ctx, 0);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

static enum dcv_err certificate(const struct dcv_tls_connection *connection,
	struct dcv_arena *arena, const void **ret_der, size_t *ret_n,
	struct dcv_error *err)
{
	SSL_CTX *ctx = new_context();
	SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
	enum dcv_err rc = ask(ssl, connection, arena, ret_der, ret_n, err);

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

/* --- sessions --- */

struct dcv_tls_session {
	SSL *ssl;
	const char *alpn; /* the caller's */
};

static enum dcv_err trust(SSL_CTX *ctx, const char *bundle, struct dcv_error *err)
{
	int done = bundle != NULL ? SSL_CTX_load_verify_file(ctx, bundle)
				  : SSL_CTX_set_default_verify_paths(ctx);

	if (done == 1)
		return DCV_OK;
	return dcv_fail(err, DCV_E_CONFIG, "tls_bundle: %s: %s",
		bundle != NULL ? bundle : "system", reason(SSL_ERROR_SSL, 0));
}

static bool expect_name(SSL *ssl, const struct dcv_tls_peer *peer)
{
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (peer->is_address)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), peer->name) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, peer->name) == 1 &&
		SSL_set_tlsext_host_name(ssl, peer->name) == 1;
}

/* A list with one protocol: each has its length before it. */
static bool offer(SSL *ssl, const char *alpn)
{
	unsigned char list[16];
	size_t n = alpn != NULL ? strlen(alpn) : 0;

	if (n == 0 || n >= sizeof(list))
		return n == 0;
	list[0] = (unsigned char)n;
	memcpy(list + 1, alpn, n);
	return SSL_set_alpn_protos(ssl, list, (unsigned)n + 1) == 0;
}

static void session_close(struct dcv_tls_session *session)
{
	if (session == NULL)
		return;
	(void)SSL_shutdown(session->ssl);
	SSL_free(session->ssl);
	ERR_clear_error();
	free(session);
}

static enum dcv_err session_open(const struct dcv_tls_peer *peer,
	struct dcv_tls_session **ret, struct dcv_error *err)
{
	struct dcv_tls_session *session = calloc(1, sizeof(*session));
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	enum dcv_err rc = DCV_E_NOMEM;

	if (session != NULL && ctx != NULL &&
		SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1)
		rc = trust(ctx, peer->bundle, err);
	if (rc == DCV_OK)
		session->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	if (rc == DCV_OK &&
		(session->ssl == NULL || SSL_set_fd(session->ssl, peer->fd) != 1 ||
			!expect_name(session->ssl, peer) ||
			!offer(session->ssl, peer->alpn)))
		rc = DCV_E_NOMEM;
	if (rc == DCV_OK) {
		/* What is written may have moved when it is written on. */
		(void)SSL_set_mode(session->ssl,
			SSL_MODE_ENABLE_PARTIAL_WRITE |
				SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		session->alpn = peer->alpn;
		*ret = session;
		return DCV_OK;
	}
	if (session != NULL)
		SSL_free(session->ssl);
	free(session);
	ERR_clear_error();
	return rc == DCV_E_NOMEM ? dcv_nomem(err) : rc;
}

static enum dcv_tls_io io_of(int kind)
{
	switch (kind) {
	case SSL_ERROR_WANT_READ:
		return DCV_TLS_READ;
	case SSL_ERROR_WANT_WRITE:
		return DCV_TLS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return DCV_TLS_CLOSED;
	default:
		return DCV_TLS_FAILED;
	}
}

/* What a call of libssl that did nothing means. */
static enum dcv_tls_io judge(const struct dcv_tls_session *session, int done,
	const char *what, struct dcv_error *err)
{
	int error = errno, kind = SSL_get_error(session->ssl, done);
	enum dcv_tls_io io = io_of(kind);
	long wrong = SSL_get_verify_result(session->ssl);

	if (io != DCV_TLS_FAILED)
		return io;
	if (wrong != X509_V_OK)
		(void)dcv_fail(err, DCV_E_FAILED, "%s: its certificate: %s", what,
			X509_verify_cert_error_string(wrong));
	else
		(void)dcv_fail(err, DCV_E_FAILED, "%s: %s", what, reason(kind, error));
	return io;
}

/* A server need not choose what was offered. */
static enum dcv_tls_io check_protocol(const struct dcv_tls_session *session,
	struct dcv_error *err)
{
	const unsigned char *chosen = NULL;
	unsigned n = 0;

	if (session->alpn == NULL)
		return DCV_TLS_DONE;
	SSL_get0_alpn_selected(session->ssl, &chosen, &n);
	if (n == strlen(session->alpn) && memcmp(chosen, session->alpn, n) == 0)
		return DCV_TLS_DONE;
	(void)dcv_fail(err, DCV_E_FAILED, "it does not speak %s", session->alpn);
	return DCV_TLS_FAILED;
}

static enum dcv_tls_io session_shake(struct dcv_tls_session *session,
	struct dcv_error *err)
{
	int done;

	ERR_clear_error();
	errno = 0;
	done = SSL_connect(session->ssl);
	return done == 1 ? check_protocol(session, err)
			 : judge(session, done, "no TLS handshake", err);
}

static enum dcv_tls_io session_read(struct dcv_tls_session *session, void *data, size_t n,
	size_t *ret_n, struct dcv_error *err)
{
	int done;

	ERR_clear_error();
	errno = 0;
	done = SSL_read_ex(session->ssl, data, n, ret_n);
	return done == 1 ? DCV_TLS_DONE : judge(session, done, "reading", err);
}

static enum dcv_tls_io session_write(struct dcv_tls_session *session, const void *data,
	size_t n, size_t *ret_n, struct dcv_error *err)
{
	int done;

	ERR_clear_error();
	errno = 0;
	done = SSL_write_ex(session->ssl, data, n, ret_n);
	return done == 1 ? DCV_TLS_DONE : judge(session, done, "writing", err);
}

DCV_MODULE_ENTRY const struct dcv_tls_module dcv_module_tls = {
	.head = {sizeof(struct dcv_tls_module), DCV_TLS_ABI},
	.certificate = certificate,
	.open = session_open,
	.close = session_close,
	.shake = session_shake,
	.read = session_read,
	.write = session_write};

static const char *version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

DCV_MODULE_ENTRY const struct dcv_module_about dcv_module_about = {{{"libssl", version}}};
