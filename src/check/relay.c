/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a question comes in over loopback and its answer goes back. It does not know
 * how resolvers are reached. */
#include "check/relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/stub_link.h"

#define JOBS 256u /* as many as the eye has in flight */
#define HEADER 12u
#define UDP_MAX 65507u
#define SERVFAIL 2u

/* A question under way. */
struct job {
	bool used;
	size_t n_tried; /* resolvers */
	struct sockaddr_in from;
	struct dcv_name name;
	size_t len, question_len; /* of the message, and of header and question in it */
	uint8_t msg[DCV_QUERY_MAX];
};

struct dcv_relay {
	struct dcv_stub *stub;
	int fd;
	uint16_t port;
	size_t n_open;
	struct dcv_arena arena; /* of answers */
	struct dcv_stub_asking asking;
	struct dcv_error err;
	struct dcv_stub_question questions[JOBS]; /* of jobs[]; HAS: nothing is to be asked */
	struct job jobs[JOBS];
	uint8_t out[UDP_MAX];
	struct pollfd *fds; /* of the resolvers, the socket, and the eye */
};

static enum dcv_err open_socket(struct dcv_relay *relay, struct dcv_error *err)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);

	relay->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (relay->fd < 0 || bind(relay->fd, (struct sockaddr *)&addr, len) != 0 ||
		getsockname(relay->fd, (struct sockaddr *)&addr, &len) != 0)
		return dcv_fail(err, DCV_E_UNVERIFIED, "a socket on 127.0.0.1: %m");
	relay->port = ntohs(addr.sin_port);
	return DCV_OK;
}

enum dcv_err dcv_relay_new(struct dcv_stub *stub, struct dcv_relay **ret,
	struct dcv_error *err)
{
	struct dcv_relay *relay = calloc(1, sizeof(*relay));
	enum dcv_err rc;

	if (relay == NULL)
		return dcv_nomem(err);
	relay->stub = stub;
	relay->fds = calloc(stub->options.n_resolvers + 2, sizeof(*relay->fds));
	for (size_t i = 0; i < JOBS; i++)
		relay->questions[i].seen = DCV_SEEN_HAS;
	rc = open_socket(relay, err);
	if (rc == DCV_OK && relay->fds == NULL)
		rc = dcv_nomem(err);
	if (rc != DCV_OK) {
		dcv_relay_free(relay);
		return rc;
	}
	*ret = relay;
	return DCV_OK;
}

void dcv_relay_free(struct dcv_relay *relay)
{
	if (relay == NULL)
		return;
	if (relay->fd >= 0)
		(void)close(relay->fd);
	dcv_arena_clear(&relay->arena);
	free(relay->fds);
	free(relay);
}

uint16_t dcv_relay_port(const struct dcv_relay *relay)
{
	return relay->port;
}

void dcv_relay_begin(struct dcv_relay *relay)
{
	relay->err = (struct dcv_error){0};
	relay->asking = (struct dcv_stub_asking){.stub = relay->stub,
		.questions = relay->questions,
		.n = JOBS,
		.arena = &relay->arena,
		.err = &relay->err};
	for (size_t i = 0; i < relay->stub->options.n_resolvers; i++)
		relay->fds[i].revents = 0;
	dcv_stub_begin_asking(&relay->asking);
}

static void end_job(struct dcv_relay *relay, size_t i)
{
	relay->jobs[i].used = false;
	relay->questions[i] = (struct dcv_stub_question){.seen = DCV_SEEN_HAS};
	if (--relay->n_open == 0)
		dcv_arena_clear(&relay->arena);
}

void dcv_relay_end(struct dcv_relay *relay)
{
	uint8_t octets[64];

	dcv_stub_end_asking(&relay->asking);
	for (size_t i = 0; i < JOBS; i++) {
		if (relay->jobs[i].used)
			end_job(relay, i);
	}
	/* What the eye asked last is for nobody. */
	while (recv(relay->fd, octets, sizeof(octets), 0) >= 0)
		continue;
}

/* --- in --- */

/* One question of class IN, with or without EDNS behind it. */
static bool read_question(struct job *job, uint16_t *ret_type)
{
	const uint8_t *msg = job->msg;
	size_t at = HEADER;

	if (job->len < HEADER || (msg[2] & 0xf8) != 0 || msg[4] != 0 || msg[5] != 1)
		return false;
	while (at < job->len && msg[at] != 0 && msg[at] <= DCV_LABEL_MAX)
		at += 1u + msg[at];
	if (at + 5 > job->len || msg[at] != 0 || msg[at + 3] != 0 || msg[at + 4] != 1)
		return false;
	*ret_type = (uint16_t)(msg[at + 1] << 8 | msg[at + 2]);
	job->question_len = at + 5;
	return dcv_name_from_wire(msg + HEADER, at + 1 - HEADER, &job->name);
}

static size_t free_job(const struct dcv_relay *relay)
{
	size_t i = 0;

	while (i < JOBS && relay->jobs[i].used)
		i++;
	return i;
}

/* False: there is nothing more to be taken. */
static bool receive_one(struct dcv_relay *relay)
{
	size_t i = free_job(relay);
	struct job *job = &relay->jobs[i];
	socklen_t len = sizeof(job->from);
	uint16_t type = 0;
	ssize_t n;

	if (i == JOBS)
		return false;
	n = recvfrom(relay->fd, job->msg, sizeof(job->msg), MSG_TRUNC,
		(struct sockaddr *)&job->from, &len);
	if (n < 0)
		return errno == EINTR;
	job->len = (size_t)n;
	if (job->len > sizeof(job->msg) || !read_question(job, &type))
		return true;
	job->used = true;
	relay->n_open++;
	job->n_tried = 0;
	relay->questions[i] = (struct dcv_stub_question){.name = &job->name,
		.resolver = dcv_stub_best(relay->stub),
		.type = type,
		.raw = job->msg,
		.raw_len = job->len};
	dcv_stub_look_again(relay->stub);
	return true;
}

/* --- out --- */

/* The header says only whose answer it is, and that there is none. */
static size_t make_servfail(const struct job *job, uint8_t *out)
{
	memcpy(out, job->msg, job->question_len);
	out[2] |= 0x80;
	out[3] = 0x80 | SERVFAIL;
	memset(out + 6, 0, 6);
	return job->question_len;
}

static void answer_one(struct dcv_relay *relay, size_t i)
{
	const struct job *job = &relay->jobs[i];
	const struct dcv_stub_question *question = &relay->questions[i];
	size_t n = question->raw_len;

	if (question->seen == DCV_SEEN_HAS && n >= HEADER && n <= UDP_MAX) {
		memcpy(relay->out, question->raw, n);
		memcpy(relay->out, job->msg, 2);
	} else {
		n = make_servfail(job, relay->out);
	}
	/* Who is not there any more needs no answer. */
	(void)sendto(relay->fd, relay->out, n, 0, (const struct sockaddr *)&job->from,
		sizeof(job->from));
	end_job(relay, i);
}

/* Where one resolver has no answer, the next is asked. */
static bool try_next(struct dcv_relay *relay, struct job *job,
	struct dcv_stub_question *question)
{
	size_t n = relay->stub->options.n_resolvers;

	if (question->seen == DCV_SEEN_HAS || ++job->n_tried == n)
		return false;
	question->resolver = (question->resolver + 1) % n;
	question->seen = DCV_SEEN_NOT_ASKED;
	dcv_stub_look_again(relay->stub);
	return true;
}

static void answer_all(struct dcv_relay *relay)
{
	for (size_t i = 0; i < JOBS; i++) {
		struct dcv_stub_question *question = &relay->questions[i];

		if (relay->jobs[i].used && question->seen != DCV_SEEN_NOT_ASKED &&
			!try_next(relay, &relay->jobs[i], question))
			answer_one(relay, i);
	}
}

enum dcv_err dcv_relay_poll(struct dcv_relay *relay, int fd, int ms, bool *ret_ready,
	struct dcv_error *err)
{
	size_t n = relay->stub->options.n_resolvers;
	bool again;

	while (receive_one(relay))
		continue;
	(void)dcv_stub_step(relay->stub, relay->fds, &again);
	answer_all(relay);
	relay->fds[n] = (struct pollfd){.fd = relay->fd, .events = POLLIN};
	relay->fds[n + 1] = (struct pollfd){.fd = fd, .events = POLLIN};
	if (poll(relay->fds, n + 2, again ? 0 : ms) < 0 && errno != EINTR)
		return dcv_fail(err, DCV_E_INTERNAL, "resolvers: poll: %m");
	*ret_ready = relay->fds[n + 1].revents != 0;
	if (relay->asking.rc != DCV_OK && err != NULL)
		*err = relay->err;
	return relay->asking.rc;
}
