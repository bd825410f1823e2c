/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a TLS server is found and reached, and that libssl comes with a module. It
 * does not know what the certificate says, nor whom it proves. */
#include "check/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/tls_module.h"
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
		dcv_addr_set_port(&target->addrs[i], target->port);
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

/* --- the certificate --- */

/* First member of what `wait` gets. */
struct connection {
	struct dcv_tls_connection tls;
	int64_t deadline_ms;
	const struct dcv_clock *clock;
};

static int wait_on(const struct dcv_tls_connection *tls, bool read)
{
	const struct connection *connection = (const void *)tls;

	return wait_for(tls->fd, read ? POLLIN : POLLOUT, connection->deadline_ms,
		connection->clock);
}

static enum dcv_err ask_over(const struct dcv_tls_module *tls, int fd,
	const struct target *target, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	const struct connection connection = {
		.tls = {fd, target->numeric ? NULL : target->host, wait_on},
		.deadline_ms = deadline_ms,
		.clock = target->clock};
	const void *der = NULL;
	size_t n = 0;
	enum dcv_err rc = tls->certificate(&connection.tls, arena, &der, &n, err);

	return rc == DCV_OK ? dcv_cert_read("its certificate", der, n, arena, ret, err)
			    : rc;
}

static enum dcv_err ask_at(const struct dcv_tls_module *tls, const struct target *target,
	size_t i, int64_t deadline_ms, struct dcv_arena *arena, struct dcv_cert *ret,
	struct dcv_error *err)
{
	int fd = -1,
	    error = connect_to(&target->addrs[i], deadline_ms, target->clock, &fd);
	enum dcv_err rc = error == 0
		? ask_over(tls, fd, target, deadline_ms, arena, ret, err)
		: dcv_fail(err, DCV_E_FAILED, "no connection: %s", strerror(error));

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* One address after the other; each gets its share of the time that is left, so that a silent
 * first one does not use up all. */
static enum dcv_err ask_each(const struct target *target, struct dcv_arena *arena,
	struct dcv_cert *ret, struct dcv_error *err)
{
	struct dcv_module module;
	enum dcv_err rc = dcv_module_open("tls", sizeof(struct dcv_tls_module),
		DCV_TLS_ABI, &module, err);

	if (rc != DCV_OK)
		return rc;
	rc = DCV_E_FAILED;
	for (size_t i = 0; rc == DCV_E_FAILED && i < target->n; i++) {
		int64_t now_ms = dcv_mono_ms(target->clock);
		int64_t share_ms = (target->deadline_ms - now_ms) /
			(int64_t)(target->n - i);

		*err = (struct dcv_error){0};
		rc = ask_at((const void *)module.entry, target, i, now_ms + share_ms,
			arena, ret, err);
	}
	dcv_module_close(&module);
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
	(void)dcv_fail(err, rc, "%s: %s", text, why.text);
	return why.help[0] != '\0' ? dcv_help(err, "%s", why.help) : rc;
}
