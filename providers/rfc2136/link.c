/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows sockets: connecting, sending while receiving, and when to give up. It does not
 * know what a message says. */
#include "providers/rfc2136/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "providers/rfc2136/fail.h"

#define IN_MAX (2u * (2u + DCV_MESSAGE_MAX))
#define CONNECT_MS 5000 /* for one server, so that the next one has its turn */

static int64_t now_ms(const struct dcv_rlink *link)
{
	return link->host->mono_ms(link->host->ctx);
}

/* When what begins now and may take `ms` must end. */
static int64_t end_of(const struct dcv_rlink *link, int64_t ms)
{
	int64_t end = now_ms(link) + ms, call = link->host->deadline_ms(link->host->ctx);

	return end < call ? end : call;
}

/* Waits for one of `events`; those that came, 0: the time is over. */
static short wait_for(const struct dcv_rlink *link, short events, int64_t end_ms)
{
	int64_t left = end_ms - now_ms(link);
	struct pollfd p = {.fd = link->fd, .events = events};
	int n;

	if (left <= 0)
		return 0;
	n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	if (n < 0 && errno == EINTR)
		return wait_for(link, events, end_ms);
	return n > 0 ? p.revents : 0;
}

char *dcv_rlink_text(const struct dcv_rlink *link, char *out)
{
	return dcv_addr_text(&link->servers[link->server], out);
}

void dcv_rlink_close(struct dcv_rlink *link)
{
	if (link->fd >= 0)
		(void)close(link->fd);
	link->fd = -1;
	link->n_in = 0;
}

void dcv_rlink_clear(struct dcv_rlink *link)
{
	dcv_rlink_close(link);
	free(link->in);
	link->in = NULL;
}

void dcv_rlink_next(struct dcv_rlink *link)
{
	if (link->pinned)
		return;
	dcv_rlink_close(link);
	link->server = (link->server + 1) % link->n_servers;
}

/* A server closes what is idle for seconds; and whatever came unasked cannot be trusted. */
static bool is_alive(const struct dcv_rlink *link)
{
	uint8_t octet;

	return link->fd >= 0 && link->n_in == 0 &&
		recv(link->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
		(errno == EAGAIN || errno == EWOULDBLOCK);
}

/* 0, or an errno. */
static int connect_one(struct dcv_rlink *link)
{
	const struct dcv_addr *server = &link->servers[link->server];
	int error = 0, on = 1;
	socklen_t len = sizeof error;

	link->fd = socket(server->u.sa.sa_family,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->fd < 0)
		return errno;
	(void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(link->fd, &server->u.sa, server->len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (wait_for(link, POLLOUT, end_of(link, CONNECT_MS)) == 0)
		return ETIMEDOUT;
	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}

enum dcvp_class dcv_rlink_open(struct dcv_rlink *link, struct dcvp_error *err)
{
	char addr[DCV_ADDR_TEXT_MAX], why[256] = "";
	size_t n = 0;

	if (is_alive(link))
		return DCVP_OK;
	dcv_rlink_close(link);
	if (link->in == NULL)
		link->in = malloc(IN_MAX);
	if (link->in == NULL)
		return dcv_rnomem(err);
	for (size_t i = 0; i < (link->pinned ? 1 : link->n_servers); i++) {
		int error = connect_one(link);

		if (error == 0)
			return DCVP_OK;
		dcv_rlink_close(link);
		n += (size_t)snprintf(why + n, sizeof why - n, "%s%s: %s",
			i > 0 ? "; " : "", dcv_rlink_text(link, addr), strerror(error));
		n = n < sizeof why ? n : sizeof why - 1;
		dcv_rlink_next(link);
	}
	(void)dcv_rfail(err, DCVP_FAILED, DCVP_CAUSE_UNAVAILABLE, "no connection: %s",
		why);
	return dcv_rhelp(err, DCVP_FAILED,
		"help: updates go over TCP: is the server up, and is its port open to this host?");
}

/* --- an exchange --- */

struct exchange {
	struct dcv_rlink *link;
	const uint8_t *out;
	size_t n, sent;
	dcv_rtake_fn take;
	void *ctx;
};

static bool is_later(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* 0, or an errno. */
static int send_some(struct exchange *x)
{
	ssize_t n = send(x->link->fd, x->out + x->sent, x->n - x->sent, MSG_NOSIGNAL);

	if (n < 0)
		return is_later(errno) ? 0 : errno;
	x->sent += (size_t)n;
	return 0;
}

/* Hands over the whole messages that are there. True when all has come. */
static bool take_all(struct exchange *x)
{
	struct dcv_rlink *link = x->link;
	size_t at = 0;
	bool done = false;

	while (!done && link->n_in - at >= 2) {
		size_t len = (size_t)link->in[at] << 8 | link->in[at + 1];

		if (link->n_in - at - 2 < len)
			break;
		done = x->take(x->ctx, link->in + at + 2, len);
		at += 2 + len;
	}
	memmove(link->in, link->in + at, link->n_in - at);
	link->n_in -= at;
	return done;
}

/* A server that does not switch Nagle's algorithm off keeps its next answers until ours is
 * acknowledged, for which the kernel takes its time. The kernel forgets this after a while. */
static void acknowledge(const struct dcv_rlink *link)
{
#ifdef TCP_QUICKACK
	const int on = 1;

	(void)setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#else
	(void)link;
#endif
}

/* 0, or an errno; *ret_done when all has come. */
static int receive_some(struct exchange *x, bool *ret_done)
{
	struct dcv_rlink *link = x->link;
	ssize_t n = recv(link->fd, link->in + link->n_in, IN_MAX - link->n_in, 0);

	if (n < 0)
		return is_later(errno) ? 0 : errno;
	if (n == 0)
		return ECONNRESET;
	link->n_in += (size_t)n;
	acknowledge(link);
	*ret_done = take_all(x);
	return 0;
}

static int run(struct exchange *x)
{
	int64_t end_ms = end_of(x->link, x->link->timeout_ms);
	bool done = false;
	int error = 0;

	while (!done && error == 0) {
		short events = x->sent < x->n ? POLLIN | POLLOUT : POLLIN;
		short came = wait_for(x->link, events, end_ms);

		if (came == 0)
			return ETIMEDOUT;
		if ((came & (POLLIN | POLLHUP | POLLERR)) != 0)
			error = receive_some(x, &done);
		if (error == 0 && !done && (came & POLLOUT) != 0)
			error = send_some(x);
	}
	return error;
}

enum dcvp_class dcv_rlink_exchange(struct dcv_rlink *link, const uint8_t *out, size_t n,
	dcv_rtake_fn take, void *ctx, struct dcvp_error *err)
{
	struct exchange x = {.link = link, .out = out, .n = n, .take = take, .ctx = ctx};
	char addr[DCV_ADDR_TEXT_MAX];
	int error = run(&x);

	if (error == 0)
		return DCVP_OK;
	dcv_rlink_close(link);
	return dcv_rfail(err, x.sent > 0 ? DCVP_UNKNOWN : DCVP_FAILED,
		DCVP_CAUSE_UNAVAILABLE, "%s: %s: %s", dcv_rlink_text(link, addr),
		x.sent > 0 ? "the answer did not come" : "nothing could be sent",
		error == ETIMEDOUT ? "timed out" : strerror(error));
}
