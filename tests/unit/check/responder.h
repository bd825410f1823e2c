/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* For tests: a name server on the loopback address in a thread of its own, UDP and TCP on one
 * port, that answers as a script says. */
#ifndef TESTS_UNIT_CHECK_RESPONDER_H
#define TESTS_UNIT_CHECK_RESPONDER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../dns/message.h"
#include "dns/ask.h"

#define CONNECTIONS_MAX 64

struct responder;

/* One question as it came. */
struct request {
	struct responder *responder;
	struct dcv_query query;
	bool tcp;
	int fd;
	struct sockaddr_in peer;
	unsigned n; /* how many questions of this type came before, over any transport */
};

typedef void (*script_fn)(struct request *request, struct message *m);

struct responder {
	int udp, tcp, stop[2];
	struct dcv_addr addr;
	pthread_t thread;
	script_fn script;
	atomic_uint n_udp, n_tcp, n_connections, n_txt, n_soa;
	int connections[CONNECTIONS_MAX];
	size_t n_open;
	struct message in, out;
};

static inline void respond(struct request *r, const struct message *m)
{
	struct iovec parts[2];
	uint8_t prefix[2] = {(uint8_t)(m->len >> 8), (uint8_t)m->len};
	struct msghdr out = {.msg_iov = parts, .msg_iovlen = 2};

	if (!r->tcp) {
		(void)!sendto(r->fd, m->data, m->len, 0, (struct sockaddr *)&r->peer,
			sizeof r->peer);
		return;
	}
	parts[0] = (struct iovec){prefix, sizeof prefix};
	parts[1] = (struct iovec){(void *)(uintptr_t)m->data, m->len};
	(void)!sendmsg(r->fd, &out, MSG_NOSIGNAL);
}

/* Reads the question back; false if it is none. */
static inline bool read_request(struct request *r, const uint8_t *msg, size_t len)
{
	size_t at = 12;

	while (at < len && msg[at] != 0) {
		at += 1u + msg[at];
	}
	at += 1;
	if (at + 4 > len || at - 12 > DCV_NAME_MAX ||
		!dcv_name_from_wire(msg + 12, at - 12, &r->query.name)) {
		return false;
	}
	memcpy(r->query.qname, msg + 12, at - 12);
	r->query.id = (uint16_t)(msg[0] << 8 | msg[1]);
	r->query.type = (uint16_t)(msg[at] << 8 | msg[at + 1]);
	r->query.edns = msg[11] != 0;
	return true;
}

static inline void serve(struct responder *self, int fd, bool tcp, const uint8_t *msg,
	size_t len, const struct sockaddr_in *peer)
{
	struct request request = {.responder = self, .tcp = tcp, .fd = fd};

	if (!read_request(&request, msg, len)) {
		return;
	}
	if (peer != NULL) {
		request.peer = *peer;
	}
	atomic_fetch_add(tcp ? &self->n_tcp : &self->n_udp, 1);
	request.n = atomic_fetch_add(
		request.query.type == DCV_TYPE_SOA ? &self->n_soa : &self->n_txt, 1);
	self->script(&request, &self->out);
}

static inline void serve_udp(struct responder *self)
{
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof peer;
	ssize_t n = recvfrom(self->udp, self->in.data, sizeof self->in.data, MSG_DONTWAIT,
		(struct sockaddr *)&peer, &peer_len);

	if (n > 0) {
		serve(self, self->udp, false, self->in.data, (size_t)n, &peer);
	}
}

/* False if the connection is over. The client writes each question in one piece. */
static inline bool serve_connection(struct responder *self, int fd)
{
	ssize_t n = recv(fd, self->in.data, sizeof self->in.data, 0);

	if (n <= 2) {
		return false;
	}
	serve(self, fd, true, self->in.data + 2, (size_t)n - 2, NULL);
	return true;
}

static inline void serve_once(struct responder *self, const struct pollfd *p)
{
	if (p[1].revents != 0) {
		serve_udp(self);
	}
	for (size_t i = self->n_open; i > 0; i--) {
		if (p[2 + i].revents != 0 &&
			!serve_connection(self, self->connections[i - 1])) {
			(void)close(self->connections[i - 1]);
			self->connections[i - 1] = self->connections[--self->n_open];
		}
	}
	if (p[2].revents != 0 && self->n_open < CONNECTIONS_MAX) {
		int fd = accept(self->tcp, NULL, NULL);

		if (fd >= 0) {
			self->connections[self->n_open++] = fd;
			atomic_fetch_add(&self->n_connections, 1);
		}
	}
}

static inline void *responder_run(void *arg)
{
	struct responder *self = arg;
	struct pollfd p[3 + CONNECTIONS_MAX];

	for (;;) {
		p[0] = (struct pollfd){.fd = self->stop[0], .events = POLLIN};
		p[1] = (struct pollfd){.fd = self->udp, .events = POLLIN};
		p[2] = (struct pollfd){.fd = self->tcp, .events = POLLIN};
		for (size_t i = 0; i < self->n_open; i++) {
			p[3 + i] = (struct pollfd){.fd = self->connections[i],
				.events = POLLIN};
		}
		if (poll(p, 3 + self->n_open, -1) < 0 || p[0].revents != 0) {
			return NULL;
		}
		serve_once(self, p);
	}
}

/* Binds UDP and TCP to one port of an address of 127/8; port (network order) 0: a free one. */
static inline bool responder_bind_at(struct responder *self, const char *host,
	uint16_t port)
{
	struct sockaddr_in *in = &self->addr.u.in;
	socklen_t len = sizeof *in;

	self->addr.len = len;
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr(host);
	for (unsigned tries = 0; tries < 20; tries++) {
		in->sin_port = port;
		self->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		self->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (bind(self->tcp, &self->addr.u.sa, len) == 0 &&
			getsockname(self->tcp, &self->addr.u.sa, &len) == 0 &&
			bind(self->udp, &self->addr.u.sa, len) == 0 &&
			listen(self->tcp, CONNECTIONS_MAX) == 0) {
			return true;
		}
		(void)close(self->tcp);
		(void)close(self->udp);
	}
	return false;
}

static inline bool responder_bind(struct responder *self, const char *host)
{
	return responder_bind_at(self, host, 0);
}

static inline bool responder_start_at(struct responder *self, const char *host,
	uint16_t port, script_fn script)
{
	/* As the program does (base/start.h). */
	(void)signal(SIGPIPE, SIG_IGN);
	memset(self, 0, sizeof *self);
	self->script = script;
	return responder_bind_at(self, host, port) && pipe(self->stop) == 0 &&
		pthread_create(&self->thread, NULL, responder_run, self) == 0;
}

static inline bool responder_start(struct responder *self, const char *host,
	script_fn script)
{
	return responder_start_at(self, host, 0, script);
}

/* From then on nothing listens there over TCP. */
static inline void responder_drop_tcp(struct responder *self)
{
	(void)shutdown(self->tcp, SHUT_RDWR);
}

static inline void responder_stop(struct responder *self)
{
	(void)!write(self->stop[1], "x", 1);
	(void)pthread_join(self->thread, NULL);
	for (size_t i = 0; i < self->n_open; i++) {
		(void)close(self->connections[i]);
	}
	(void)close(self->stop[0]);
	(void)close(self->stop[1]);
	(void)close(self->tcp);
	(void)close(self->udp);
}

/* An address where nothing listens: it was free a moment ago. */
static inline bool closed_address(const char *host, struct dcv_addr *ret)
{
	struct responder r;

	memset(&r, 0, sizeof r);
	if (!responder_bind(&r, host)) {
		return false;
	}
	*ret = r.addr;
	(void)close(r.tcp);
	(void)close(r.udp);
	return true;
}

#endif
