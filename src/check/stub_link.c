/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows connections to resolvers: how they are made, used and lost. */
#include "check/stub_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_MS 100 /* how often `stopped` is asked */
#define CHUNK 16384u
#define CHUNKS 16u /* in a row; then deadlines and others have their turn */

/* --- lost --- */

static void drop_session(struct dcv_stub_link *link)
{
	if (link->session != NULL)
		link->stub->tls->close(link->session);
	link->session = NULL;
	if (link->fd >= 0)
		(void)close(link->fd);
	link->fd = -1;
	link->more = false;
	link->stage = DCV_STUB_CLOSED;
	dcv_stub_clear(link);
}

/* All that is still to be asked of the resolver ends. */
static void give_up(struct dcv_stub_link *link, enum dcv_seen seen, const char *why)
{
	struct dcv_stub_question *question;
	const char *kept = dcv_arena_strdup(link->asking->arena, why);

	dcv_stub_take_back(link);
	while ((question = dcv_stub_pick(link)) != NULL) {
		question->seen = seen;
		question->why = kept;
	}
	if (kept == NULL)
		dcv_stub_fail(link, DCV_E_NOMEM);
	drop_session(link);
}

/* The connection is of no use any more. One that was is made again; servers close them when they
 * like (RFC 7766 6.2.3). */
static void lose(struct dcv_stub_link *link, enum dcv_seen seen, const char *why)
{
	if (!link->useful) {
		give_up(link, seen, why);
		return;
	}
	dcv_stub_take_back(link);
	drop_session(link);
}

/* --- the connection --- */

static enum dcv_seen seen_of(int error)
{
	switch (error) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:
		return DCV_SEEN_NO_ROUTE;
	case ECONNREFUSED:
		return DCV_SEEN_REFUSED_CONN;
	default:
		return DCV_SEEN_TIMEOUT;
	}
}

static void start(struct dcv_stub_link *link)
{
	const struct dcv_addr *addr = &link->stub->servers[link->index].addr;

	link->useful = false;
	link->due_ms = dcv_stub_now_ms(link) + DCV_STUB_PATIENCE_MS;
	link->fd = socket(addr->u.sa.sa_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	link->stage = DCV_STUB_CONNECTING;
	link->events = POLLOUT;
	if (link->fd < 0 ||
		(connect(link->fd, &addr->u.sa, addr->len) != 0 && errno != EINPROGRESS))
		give_up(link, seen_of(errno), strerror(errno));
}

static void shake_first(struct dcv_stub_link *link)
{
	const struct dcv_resolver *resolver = dcv_stub_resolver(link);
	const struct dcv_tls_peer peer = {.fd = link->fd,
		.name = resolver->name,
		.is_address = resolver->is_address,
		.alpn = dcv_stub_is_doh(link) ? "h2" : NULL,
		.bundle = link->stub->options.tls_bundle};
	struct dcv_error why = {0};
	enum dcv_err rc = link->stub->tls->open(&peer, &link->session, &why);

	if (rc == DCV_OK) {
		link->stage = DCV_STUB_SHAKING;
		return;
	}
	if (rc == DCV_E_NOMEM)
		dcv_stub_fail(link, rc);
	give_up(link, DCV_SEEN_TLS, why.text);
}

static void finish_connect(struct dcv_stub_link *link)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		give_up(link, seen_of(error), strerror(error));
	else
		shake_first(link);
}

/* What a step of the session came to, where it is not done. False: it is lost. */
static bool go_on(struct dcv_stub_link *link, enum dcv_tls_io io,
	const struct dcv_error *why)
{
	switch (io) {
	case DCV_TLS_DONE:
		return true;
	case DCV_TLS_READ:
		link->events = POLLIN;
		return true;
	case DCV_TLS_WRITE:
		link->events = POLLIN | POLLOUT;
		return true;
	case DCV_TLS_CLOSED:
		lose(link, DCV_SEEN_TLS, "it closes the connection");
		return false;
	case DCV_TLS_FAILED:
		lose(link, DCV_SEEN_TLS, why->text);
		return false;
	}
	return false;
}

static void shake(struct dcv_stub_link *link)
{
	struct dcv_error why = {0};
	enum dcv_tls_io io = link->stub->tls->shake(link->session, &why);

	if (!go_on(link, io, &why) || io != DCV_TLS_DONE)
		return;
	link->stage = DCV_STUB_OPEN;
	link->events = POLLIN;
	dcv_stub_begin(link);
}

/* False: the connection is lost. */
static bool write_all(struct dcv_stub_link *link)
{
	while (link->out_at < link->out.len) {
		struct dcv_error why = {0};
		size_t n = 0;
		enum dcv_tls_io io = link->stub->tls->write(link->session,
			link->out.data + link->out_at, link->out.len - link->out_at, &n,
			&why);

		if (!go_on(link, io, &why))
			return false;
		if (io != DCV_TLS_DONE)
			return true;
		link->out_at += n;
	}
	link->out.len = 0;
	link->out_at = 0;
	return true;
}

/* False: the connection is lost. */
static bool read_all(struct dcv_stub_link *link)
{
	uint8_t chunk[CHUNK];
	const char *wrong;

	for (unsigned i = 0; i < CHUNKS; i++) {
		struct dcv_error why = {0};
		size_t n = 0;
		enum dcv_tls_io io = link->stub->tls->read(link->session, chunk,
			sizeof(chunk), &n, &why);

		link->more = io == DCV_TLS_DONE;
		if (!go_on(link, io, &why))
			return false;
		if (!link->more)
			return true;
		wrong = dcv_stub_take(link, chunk, n);
		if (wrong != NULL)
			lose(link, DCV_SEEN_MALFORMED, wrong);
		if (wrong != NULL || link->asking->rc != DCV_OK)
			return false;
	}
	return true;
}

static void talk(struct dcv_stub_link *link)
{
	link->events = POLLIN;
	if (!read_all(link))
		return;
	/* No stream is left to wait for on a connection that takes no more. */
	if (link->h2.goes_away && link->n_slots == 0 && dcv_stub_pick(link) != NULL) {
		lose(link, DCV_SEEN_MALFORMED, "it ends the connection");
		return;
	}
	dcv_stub_fill(link);
	(void)write_all(link);
}

static void expire(struct dcv_stub_link *link)
{
	bool opens = link->stage == DCV_STUB_CONNECTING || link->stage == DCV_STUB_SHAKING;

	if (opens && dcv_stub_now_ms(link) >= link->due_ms)
		give_up(link, DCV_SEEN_TIMEOUT, "no connection in time");
	else
		dcv_stub_expire(link, DCV_STUB_PATIENCE_MS);
}

/* Does what can be done without waiting. `ready`: what the socket is ready for. False: there is
 * nothing more to wait for. */
static bool step(struct dcv_stub_link *link, short ready)
{
	expire(link);
	if (link->n_slots == 0 && dcv_stub_pick(link) == NULL)
		return false;
	if (link->stage == DCV_STUB_CLOSED)
		start(link);
	else if (link->stage == DCV_STUB_CONNECTING && ready != 0)
		finish_connect(link);
	if (link->stage == DCV_STUB_SHAKING)
		shake(link);
	if (link->stage == DCV_STUB_OPEN)
		talk(link);
	return link->n_slots > 0 || dcv_stub_pick(link) != NULL;
}

/* --- all of them --- */

static bool is_over(const struct dcv_stub *stub)
{
	const struct dcv_stub_options *options = &stub->options;

	return dcv_mono_ms(options->clock) >= options->deadline_ms ||
		(options->stopped != NULL && options->stopped(options->ctx));
}

size_t dcv_stub_best(const struct dcv_stub *stub)
{
	for (size_t i = 0; i < stub->options.n_resolvers; i++) {
		if (stub->links[i].stage == DCV_STUB_OPEN)
			return i;
	}
	return 0;
}

void dcv_stub_look_again(struct dcv_stub *stub)
{
	for (size_t i = 0; i < stub->options.n_resolvers; i++)
		stub->links[i].next = 0;
}

void dcv_stub_begin_asking(struct dcv_stub_asking *asking)
{
	struct dcv_stub *stub = asking->stub;

	for (size_t i = 0; i < stub->options.n_resolvers; i++)
		stub->links[i].asking = asking;
	dcv_stub_look_again(stub);
}

bool dcv_stub_step(struct dcv_stub *stub, struct pollfd *fds, bool *ret_again)
{
	bool busy = false;

	*ret_again = false;
	for (size_t i = 0; i < stub->options.n_resolvers; i++) {
		struct dcv_stub_link *link = &stub->links[i];
		bool waits = step(link, fds[i].revents);

		fds[i] = (struct pollfd){.fd = waits ? link->fd : -1,
			.events = link->events};
		busy = busy || waits;
		/* A connection that was lost is made again at once. */
		*ret_again = *ret_again || (waits && (link->fd < 0 || link->more));
	}
	return busy;
}

/* What is still open was asked, but for what was never sent. */
static void end_all(struct dcv_stub_link *link)
{
	dcv_stub_expire(link, 0);
	/* Answers to what was given up may still come. */
	if (link->stage != DCV_STUB_OPEN)
		drop_session(link);
	link->useful = link->stage == DCV_STUB_OPEN;
	link->asking = NULL;
}

void dcv_stub_end_asking(struct dcv_stub_asking *asking)
{
	for (size_t i = 0; i < asking->stub->options.n_resolvers; i++)
		end_all(&asking->stub->links[i]);
}

static enum dcv_err run(struct dcv_stub_asking *asking, struct pollfd *fds)
{
	struct dcv_stub *stub = asking->stub;
	bool again;

	while (dcv_stub_step(stub, fds, &again) && asking->rc == DCV_OK && !is_over(stub)) {
		if (poll(fds, stub->options.n_resolvers, again ? 0 : TICK_MS) < 0 &&
			errno != EINTR)
			return dcv_fail(asking->err, DCV_E_INTERNAL,
				"resolvers: poll: %m");
	}
	return asking->rc;
}

enum dcv_err dcv_stub_ask(struct dcv_stub *stub, struct dcv_stub_question *questions,
	size_t n, struct dcv_arena *arena, struct dcv_error *err)
{
	struct dcv_stub_asking asking = {stub, questions, n, arena, DCV_OK, err};
	struct pollfd *fds = dcv_arena_array(arena, stub->options.n_resolvers,
		sizeof(*fds));
	enum dcv_err rc;

	if (fds == NULL)
		return dcv_nomem(err);
	dcv_stub_begin_asking(&asking);
	rc = run(&asking, fds);
	dcv_stub_end_asking(&asking);
	return rc;
}

bool dcv_stub_links_new(struct dcv_stub *stub)
{
	stub->links = dcv_arena_array(&stub->arena, stub->options.n_resolvers,
		sizeof(*stub->links));
	for (size_t i = 0; stub->links != NULL && i < stub->options.n_resolvers; i++) {
		stub->links[i].stub = stub;
		stub->links[i].index = i;
		stub->links[i].fd = -1;
	}
	return stub->links != NULL;
}

void dcv_stub_links_free(struct dcv_stub *stub)
{
	for (size_t i = 0; stub->links != NULL && i < stub->options.n_resolvers; i++)
		drop_session(&stub->links[i]);
}
