/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows libssl: how a server is made to show its certificate. It does not know
 * what the certificate says, nor whom it proves. */
#include "check/tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "dns/ask.h"

#define PORT_TLS "443"
#define HOST_MAX 256u

struct target {
	char host[HOST_MAX];
	uint16_t port;
	bool numeric; /* an address: no SNI (RFC 6066 3) */
	size_t n;
	struct dcv_addr *addrs;
	int64_t deadline_ms;
	const struct dcv_clock *clock;
};

/* --- where it is --- */

static bool read_port(const char *text, uint16_t *ret)
{
	unsigned port = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	for (const char *c = text; *c != '\0'; c++)
		port = port * 10 + (unsigned)(*c - '0');
	*ret = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

/* HOST, HOST:PORT, [ADDRESS]:PORT, or an IPv6 address alone. */
static bool split(const char *text, struct target *ret)
{
	const char *colon = strrchr(text, ':'), *end = text + strlen(text);
	bool brackets = text[0] == '[';
	const char *port = PORT_TLS;

	if (brackets) {
		end = strchr(++text, ']');
		if (end == NULL || (end[1] != ':' && end[1] != '\0'))
			return false;
		port = end[1] == ':' ? end + 2 : port;
	} else if (colon != NULL && strchr(text, ':') == colon) {
		end = colon;
		port = colon + 1;
	}
	if (end == text || (size_t)(end - text) >= sizeof(ret->host))
		return false;
	memcpy(ret->host, text, (size_t)(end - text));
	ret->host[end - text] = '\0';
	return read_port(port, &ret->port);
}

static void set_port(struct dcv_addr *addr, uint16_t port)
{
	if (addr->u.sa.sa_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&addr->u.storage)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)&addr->u.storage)->sin_port = htons(port);
}

static bool is_localhost(const struct dcv_name *host)
{
	return dcv_name_labels(host) > 0 &&
		dcv_name_label_is(host, dcv_name_labels(host) - 1, "localhost");
}

/* RFC 6761 6.3: it is this host, and no resolver is asked. */
static enum dcv_err find_loopback(struct target *target, struct dcv_arena *arena,
	struct dcv_error *err)
{
	target->addrs = dcv_arena_array(arena, 2, sizeof(target->addrs[0]));
	if (target->addrs == NULL)
		return dcv_nomem(err);
	target->n = 2;
	if (dcv_addr_parse("127.0.0.1", &target->addrs[0], err) != DCV_OK)
		return err->code;
	return dcv_addr_parse("::1", &target->addrs[1], err);
}

static enum dcv_err find_host(struct target *target, struct dcv_arena *arena,
	struct dcv_error *err)
{
	struct dcv_name host;
	enum dcv_err rc = dcv_name_from(target->host, &host, err);

	if (rc == DCV_OK && is_localhost(&host))
		rc = find_loopback(target, arena, err);
	else if (rc == DCV_OK)
		rc = dcv_ask_addresses(&host, target->deadline_ms, target->clock, arena,
			&target->addrs, &target->n, err);
	if (rc == DCV_OK && target->n == 0)
		rc = dcv_fail(err, DCV_E_FAILED, "the name has no address");
	return rc;
}

static enum dcv_err find_addresses(struct target *target, struct dcv_arena *arena,
	struct dcv_error *err)
{
	struct dcv_addr numeric;
	enum dcv_err rc = DCV_OK;

	target->numeric = dcv_addr_parse(target->host, &numeric, NULL) == DCV_OK;
	if (!target->numeric && strchr(target->host, ':') != NULL)
		return dcv_fail(err, DCV_E_FAILED, "not HOST:PORT: no such address");
	if (target->numeric) {
		target->addrs = dcv_arena_memdup(arena, &numeric, sizeof(numeric));
		target->n = target->addrs != NULL ? 1 : 0;
		rc = target->addrs != NULL ? DCV_OK : dcv_nomem(err);
	} else {
		rc = find_host(target, arena, err);
	}
	for (size_t i = 0; rc == DCV_OK && i < target->n; i++)
		set_port(&target->addrs[i], target->port);
	return rc;
}

/* --- the connection --- */

/* 0, or an errno. */
static int wait_for(int fd, short events, int64_t deadline_ms,
	const struct dcv_clock *clock)
{
	struct pollfd entry = {.fd = fd, .events = events};
	int64_t left_ms;
	int n;

	do {
		left_ms = deadline_ms - dcv_mono_ms(clock);
		if (left_ms <= 0)
			return ETIMEDOUT;
		n = poll(&entry, 1, left_ms < INT32_MAX ? (int)left_ms : INT32_MAX);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	return n > 0 ? 0 : ETIMEDOUT;
}

/* A connected socket into *ret_fd; 0, or an errno. The caller closes what is there. */
static int connect_to(const struct dcv_addr *addr, int64_t deadline_ms,
	const struct dcv_clock *clock, int *ret_fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	*ret_fd = socket(addr->u.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0);
	if (*ret_fd < 0)
		return errno;
	if (connect(*ret_fd, &addr->u.sa, addr->len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	error = wait_for(*ret_fd, POLLOUT, deadline_ms, clock);
	if (error == 0 && getsockopt(*ret_fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	return error;
}

/* Why libssl gave up, in words that outlive its error queue. */
static const char *reason(int kind, int saved_errno)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	if (kind == SSL_ERROR_SYSCALL && saved_errno != 0)
		return strerror(saved_errno);
	return text != NULL ? text : "the connection was closed";
}

static enum dcv_err shake_hands(SSL *ssl, int fd, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_error *err)
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
		error = wait_for(fd, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT,
			deadline_ms, clock);
		if (error != 0)
			return dcv_fail(err, DCV_E_FAILED, "no TLS handshake: %s",
				strerror(error));
	}
}

static enum dcv_err take_certificate(const SSL *ssl, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	X509 *peer = SSL_get1_peer_certificate(ssl);
	unsigned char *der = NULL;
	int len = peer != NULL ? i2d_X509(peer, &der) : 0;
	enum dcv_err rc;

	X509_free(peer);
	if (len <= 0)
		return dcv_fail(err, DCV_E_FAILED, "the server showed no certificate");
	rc = dcv_cert_read("its certificate", der, (size_t)len, arena, ret, err);
	OPENSSL_free(der);
	return rc;
}

static enum dcv_err ask_over(SSL *ssl, int fd, const struct target *target,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err)
{
	enum dcv_err rc;

	if (SSL_set_fd(ssl, fd) != 1 ||
		(!target->numeric && SSL_set_tlsext_host_name(ssl, target->host) != 1))
		return dcv_nomem(err);
	rc = shake_hands(ssl, fd, deadline_ms, target->clock, err);
	if (rc != DCV_OK)
		return rc;
	rc = take_certificate(ssl, arena, ret, err);
	(void)SSL_shutdown(ssl);
	return rc;
}

static enum dcv_err ask_at(SSL_CTX *ctx, const struct target *target, size_t i,
	int64_t deadline_ms, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err)
{
	int fd = -1,
	    error = connect_to(&target->addrs[i], deadline_ms, target->clock, &fd);
	SSL *ssl = error == 0 ? SSL_new(ctx) : NULL;
	enum dcv_err rc;

	if (error != 0)
		rc = dcv_fail(err, DCV_E_FAILED, "no connection: %s", strerror(error));
	else if (ssl == NULL)
		rc = dcv_nomem(err);
	else
		rc = ask_over(ssl, fd, target, deadline_ms, arena, ret, err);
	SSL_free(ssl);
	if (fd >= 0)
		(void)close(fd);
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

/* One address after the other; each gets its share of the time that is left, so that a silent
 * first one does not use up all. */
static enum dcv_err ask_each(const struct target *target, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	SSL_CTX *ctx = new_context();
	enum dcv_err rc = ctx != NULL ? DCV_E_FAILED : dcv_nomem(err);

	for (size_t i = 0; rc == DCV_E_FAILED && i < target->n; i++) {
		int64_t now_ms = dcv_mono_ms(target->clock);
		int64_t share_ms = (target->deadline_ms - now_ms) /
			(int64_t)(target->n - i);

		*err = (struct dcv_error){0};
		rc = ask_at(ctx, target, i, now_ms + share_ms, arena, ret, err);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

enum dcv_err dcv_tls_certificate(const char *text, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err)
{
	struct target target = {.deadline_ms = deadline_ms, .clock = clock};
	struct dcv_error why = {0};
	enum dcv_err rc = DCV_E_FAILED;

	if (!split(text, &target))
		(void)dcv_fail(&why, rc,
			"not HOST:PORT: a name or address, and a port from 1 to 65535");
	else
		rc = find_addresses(&target, arena, &why);
	if (rc == DCV_OK)
		rc = ask_each(&target, arena, ret, &why);
	if (rc == DCV_OK)
		return DCV_OK;
	if (rc == DCV_E_NOMEM)
		return dcv_nomem(err);
	return dcv_fail(err, DCV_E_FAILED, "%s: %s", text, why.text);
}
