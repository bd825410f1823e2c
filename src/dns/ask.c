/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to put one question to one address over UDP and TCP and to wait for the
 * answer. It does not know which server to ask, nor what the answer means. */
#include "dns/ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_TRY_MS 250
#define PORT_DNS 53u

/* One question under way. */
struct asking {
	const struct dcv_addr *server;
	struct dcv_query query;
	int64_t deadline_ms;
	const struct dcv_clock *clock;
	struct dcv_arena *arena;
	struct dcv_error *err;
	int noted; /* errno of the last trouble, 0: silence */
	bool doubtful; /* an answer came that may be forged: how it ends if no better comes */
	struct dcv_answer last_resort;
	enum dcv_err doubt;
	struct dcv_error doubt_text;
	uint8_t msg[DCV_MESSAGE_MAX];
};

static void addr_from(int family, const void *octets, uint16_t port, struct dcv_addr *ret)
{
	memset(ret, 0, sizeof *ret);
	if (family == AF_INET) {
		struct sockaddr_in *in = &ret->u.in;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, octets, sizeof in->sin_addr);
		ret->len = sizeof *in;
	} else {
		struct sockaddr_in6 *in6 = &ret->u.in6;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, octets, sizeof in6->sin6_addr);
		ret->len = sizeof *in6;
	}
}

/* Splits the text into host and port. NULL for no port. False if it cannot be split. */
static bool split_port(char *text, char **ret_host, char **ret_port)
{
	char *colon = strchr(text, ':');

	*ret_host = text;
	*ret_port = NULL;
	if (text[0] == '[') {
		char *close = strchr(text, ']');

		if (close == NULL || (close[1] != '\0' && close[1] != ':')) {
			return false;
		}
		*ret_host = text + 1;
		*ret_port = close[1] == ':' ? close + 2 : NULL;
		*close = '\0';
		return strchr(*ret_host, ':') != NULL;
	}
	/* One colon is a port; two are an IPv6 address. */
	if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		*colon = '\0';
		*ret_port = colon + 1;
	}
	return true;
}

static bool read_port(const char *text, uint16_t *ret)
{
	unsigned value = 0;

	if (text == NULL) {
		*ret = PORT_DNS;
		return true;
	}
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9') {
			return false;
		}
		value = value * 10 + (unsigned)(*p - '0');
		if (value > UINT16_MAX) {
			return false;
		}
	}
	*ret = (uint16_t)value;
	return value > 0;
}

enum dcv_err dcv_addr_parse(const char *text, struct dcv_addr *ret, struct dcv_error *err)
{
	char copy[DCV_ADDR_TEXT_MAX];
	char *host = NULL, *port_text = NULL;
	uint8_t octets[16];
	uint16_t port = 0;
	size_t len = strlen(text);

	if (len >= sizeof copy) {
		return dcv_fail(err, DCV_E_CONFIG, "address: not an IP address: too long");
	}
	memcpy(copy, text, len + 1);
	if (split_port(copy, &host, &port_text) && read_port(port_text, &port)) {
		if (strchr(host, ':') == NULL && inet_pton(AF_INET, host, octets) == 1) {
			addr_from(AF_INET, octets, port, ret);
			return DCV_OK;
		}
		if (inet_pton(AF_INET6, host, octets) == 1) {
			addr_from(AF_INET6, octets, port, ret);
			return DCV_OK;
		}
	}
	(void)dcv_fail(err, DCV_E_CONFIG,
		"address \"%s\": not an IP address with or without port", text);
	return dcv_help(err,
		"help: write 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or "
		"[2001:db8::1]:5353");
}

enum dcv_err dcv_addr_from_rdata(const struct dcv_rdata *rdata, uint16_t port,
	struct dcv_addr *ret, struct dcv_error *err)
{
	if (rdata->len != 4 && rdata->len != 16) {
		return dcv_fail(err, DCV_E_FAILED,
			"address: an RDATA of %u octets is none", (unsigned)rdata->len);
	}
	addr_from(rdata->len == 4 ? AF_INET : AF_INET6, rdata->wire, port, ret);
	return DCV_OK;
}

bool dcv_addr_equal(const struct dcv_addr *a, const struct dcv_addr *b)
{
	return a->len == b->len && memcmp(&a->u, &b->u, a->len) == 0;
}

void dcv_addr_set_port(struct dcv_addr *addr, uint16_t port)
{
	if (addr->u.sa.sa_family == AF_INET6)
		addr->u.in6.sin6_port = htons(port);
	else
		addr->u.in.sin_port = htons(port);
}

char *dcv_addr_text(const struct dcv_addr *addr, char *out)
{
	char host[INET6_ADDRSTRLEN] = "?";
	bool v6 = addr->u.sa.sa_family == AF_INET6;
	const struct sockaddr_in *in = &addr->u.in;
	const struct sockaddr_in6 *in6 = &addr->u.in6;
	const void *octets = v6 ? (const void *)&in6->sin6_addr
				: (const void *)&in->sin_addr;
	unsigned port = ntohs(v6 ? in6->sin6_port : in->sin_port);

	if (inet_ntop(v6 ? AF_INET6 : AF_INET, octets, host, sizeof host) == NULL) {
		host[0] = '?';
		host[1] = '\0';
	}
	if (port == PORT_DNS) {
		(void)snprintf(out, DCV_ADDR_TEXT_MAX, "%s", host);
	} else {
		(void)snprintf(out, DCV_ADDR_TEXT_MAX, v6 ? "[%s]:%u" : "%s:%u", host,
			port);
	}
	return out;
}

static int64_t left_ms(const struct asking *a)
{
	int64_t left = a->deadline_ms - dcv_mono_ms(a->clock);

	return left > 0 ? left : 0;
}

/* Waits for an event on fd, at most `ms`. False when the time is over. */
static bool wait_for(int fd, short events, int64_t ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n = poll(&p, 1, ms > INT32_MAX ? INT32_MAX : (int)ms);

	return n > 0 || (n < 0 && errno == EINTR);
}

static enum dcv_err no_answer(struct asking *a, const char *how)
{
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX], addr[DCV_ADDR_TEXT_MAX];

	return dcv_fail(a->err, DCV_E_UNVERIFIED,
		"%s: no answer over %s about %.300s %s: %s",
		dcv_addr_text(a->server, addr), how, dcv_name_text(&a->query.name, name),
		dcv_type_text(a->query.type, type),
		a->noted != 0 ? strerror(a->noted) : "timed out");
}

static int open_socket(struct asking *a, int kind)
{
	int fd = socket(a->server->u.sa.sa_family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		a->noted = errno;
		return -1;
	}
	/* connect() lets the kernel choose a random port and drop what others send. */
	if (connect(fd, &a->server->u.sa, a->server->len) != 0 && errno != EINPROGRESS) {
		a->noted = errno;
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Sets aside the first message that may be forged: decoded, or why it cannot be. */
static void set_aside(struct asking *a, enum dcv_err rc, const struct dcv_error *why,
	const struct dcv_answer *answer)
{
	char addr[DCV_ADDR_TEXT_MAX];

	a->doubtful = true;
	a->doubt = rc;
	a->doubt_text = *why;
	if (rc == DCV_OK) {
		a->last_resort = *answer;
		/* A box at home may fold case, and what it says is asked of others. */
		a->doubt = a->query.recursive
			? DCV_OK
			: dcv_fail(&a->doubt_text, DCV_E_UNVERIFIED,
				  "answers with the question in another case");
	}
	(void)dcv_error_wrap(&a->doubt_text, "%s", dcv_addr_text(a->server, addr));
}

/* Takes the message if it is the answer beyond doubt. */
static bool take(struct asking *a, size_t len, struct dcv_answer *ret)
{
	struct dcv_answer answer = {.tc = false};
	struct dcv_error why = {.code = DCV_OK};
	struct dcv_arena scratch = {.head = NULL};

	if (!dcv_answer_matches(&a->query, a->msg, len)) {
		return false;
	}

	enum dcv_err rc = dcv_answer_parse(&a->query, a->msg, len, &scratch, &answer,
		&why);
	bool good = rc == DCV_OK && answer.case_echoed;

	/* Only what may be used is kept: a flood takes no memory. */
	dcv_arena_clear(&scratch);
	if (rc == DCV_OK && (good || !a->doubtful)) {
		rc = dcv_answer_parse(&a->query, a->msg, len, a->arena, &answer, &why);
	}
	if (rc == DCV_OK && good) {
		*ret = answer;
		return true;
	}
	if (!a->doubtful) {
		set_aside(a, rc, &why, &answer);
	}
	return false;
}

/* Listens for `ms`; what does not match is ignored. */
static bool udp_listen(struct asking *a, int fd, int64_t ms, struct dcv_answer *ret)
{
	int64_t end_ms = dcv_mono_ms(a->clock) + ms;

	while (ms > 0 && wait_for(fd, POLLIN, ms)) {
		ssize_t n = recv(fd, a->msg, sizeof a->msg, 0);

		if (n > 0 && take(a, (size_t)n, ret)) {
			return true;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			a->noted = errno;
		}
		ms = end_ms - dcv_mono_ms(a->clock);
	}
	return false;
}

/* Asks until there is an answer, or one to doubt and no better. */
static bool udp_ask(struct asking *a, struct dcv_answer *ret)
{
	uint8_t out[DCV_QUERY_MAX];
	size_t len = dcv_query_write(&a->query, out);
	bool got = false;
	int64_t budget_ms = left_ms(a), try_ms = FIRST_TRY_MS;
	int fd = open_socket(a, SOCK_DGRAM);

	/* The budget ends the loop even under a clock that a test holds still. */
	while (fd >= 0 && !got && !a->doubtful && budget_ms > 0 && left_ms(a) > 0) {
		int64_t ms = try_ms < left_ms(a) ? try_ms : left_ms(a);

		if (send(fd, out, len, MSG_NOSIGNAL) < 0) {
			a->noted = errno;
		}
		got = udp_listen(a, fd, ms, ret);
		budget_ms -= ms;
		try_ms *= 2;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return got;
}

/* Reads or writes n octets before the deadline. */
static bool tcp_move(struct asking *a, int fd, uint8_t *data, size_t n, bool reading)
{
	size_t done = 0;

	while (done < n) {
		int64_t left = left_ms(a);

		if (left == 0 || !wait_for(fd, reading ? POLLIN : POLLOUT, left)) {
			a->noted = ETIMEDOUT;
			return false;
		}

		ssize_t moved = reading ? recv(fd, data + done, n - done, 0)
					: send(fd, data + done, n - done, MSG_NOSIGNAL);

		if (moved > 0) {
			done += (size_t)moved;
		} else if (moved == 0 || (errno != EAGAIN && errno != EINTR)) {
			a->noted = moved == 0 ? ECONNRESET : errno;
			return false;
		}
	}
	return true;
}

/* RFC 7766 8: each message behind its length. */
static bool tcp_ask(struct asking *a, struct dcv_answer *ret)
{
	uint8_t out[2 + DCV_QUERY_MAX], head[2];
	size_t len = dcv_query_write(&a->query, out + 2);
	bool got = false;
	int fd = open_socket(a, SOCK_STREAM);

	if (fd < 0) {
		return false;
	}
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;

	bool going = tcp_move(a, fd, out, len + 2, false);

	while (going && !got && !a->doubtful) {
		size_t n = 0;

		going = tcp_move(a, fd, head, sizeof head, true);
		n = going ? (size_t)head[0] << 8 | head[1] : 0;
		going = going && tcp_move(a, fd, a->msg, n, true);
		got = going && take(a, n, ret);
	}
	(void)close(fd);
	return got;
}

/* How it ends without an answer beyond doubt. */
static enum dcv_err no_better(struct asking *a, const char *how, struct dcv_answer *ret)
{
	if (!a->doubtful) {
		return no_answer(a, how);
	}
	if (a->doubt == DCV_OK) {
		*ret = a->last_resort;
		return DCV_OK;
	}
	return dcv_fail(a->err, a->doubt, "%s", a->doubt_text.text);
}

static enum dcv_err ask_once(struct asking *a, struct dcv_answer *ret)
{
	struct dcv_answer answer = {.tc = false};
	enum dcv_err rc = DCV_OK;

	a->doubtful = false;
	if (!udp_ask(a, &answer)) {
		rc = no_better(a, "UDP", &answer);
	}
	if (rc == DCV_OK && answer.tc) {
		a->noted = 0;
		a->doubtful = false;
		if (!tcp_ask(a, &answer)) {
			rc = no_better(a, "TCP", &answer);
		}
	}
	if (rc == DCV_OK) {
		*ret = answer;
	}
	return rc;
}

enum dcv_err dcv_ask(const struct dcv_addr *server, const struct dcv_name *name,
	uint16_t type, bool recursive, int64_t deadline_ms, const struct dcv_clock *clock,
	struct dcv_arena *arena, struct dcv_answer *ret, struct dcv_error *err)
{
	struct dcv_answer answer = {.tc = false};
	struct asking *a = calloc(1, sizeof *a);

	if (a == NULL) {
		return dcv_nomem(err);
	}
	a->server = server;
	a->deadline_ms = deadline_ms;
	a->clock = clock;
	a->arena = arena;
	a->err = err;

	enum dcv_err rc = dcv_query_init(name, type, recursive, &a->query, err);

	if (rc == DCV_OK) {
		rc = ask_once(a, &answer);
	}
	/* RFC 6891 7: a server that knows no EDNS says FORMERR. */
	if (rc == DCV_OK && answer.rcode == DCV_RCODE_FORMERR && !answer.edns) {
		a->query.edns = false;
		rc = ask_once(a, &answer);
	}
	free(a);
	if (rc == DCV_OK) {
		*ret = answer;
	}
	return rc;
}
