/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows libssl: how a server is made to show its certificate over a connection that is
 * there. It is the module dcv-tls, since to load libssl takes longer than most runs need for all
 * else. */
#include "check/tls_module.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

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

DCV_MODULE_ENTRY const struct dcv_tls_module dcv_module_tls = {
	.head = {sizeof(struct dcv_tls_module), DCV_TLS_ABI},
	.certificate = certificate};
