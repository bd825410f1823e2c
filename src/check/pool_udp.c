/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a question goes over a connected UDP socket: sent again after a while,
 * and listened for until the right answer comes. It does not know queues or verdicts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/lane.h"

#define USES_MAX 16u /* questions on one socket, that is on one port */
#define REPEAT_MIN_NS (UINT64_C(100) * DCV_NS_PER_MS)
#define REPEAT_UNKNOWN_NS (UINT64_C(300) * DCV_NS_PER_MS)
#define TRY_WITHOUT_EDNS 3u
#define REFUSALS_MAX 3u /* an ICMP error may be forged, or be over in a moment */

struct udp {
	struct dcv_socket base;
	uv_poll_t poll;
	int fd;
	unsigned tries, refusals;
	uint64_t repeat_ns;
	enum dcv_fate refused; /* what the refusals say */
	enum dcv_fate silent; /* what it is if nothing better comes */
	uint8_t out[DCV_QUERY_MAX];
	size_t len;
};

static void ask_next(struct udp *udp);

static void finish(struct udp *udp, enum dcv_fate fate, const struct dcv_answer *answer)
{
	dcv_socket_done(&udp->base, fate, answer);
	ask_next(udp);
}

/* A first answer tells the round trip; of a repeated question it is not known which one was
 * answered (RFC 6298 3). */
static void learn_round_trip(struct udp *udp)
{
	struct dcv_target *target = udp->base.lane->target;
	uint64_t rtt = uv_hrtime() - udp->base.asked_ns;

	if (udp->tries == 1) {
		target->srtt_ns = target->srtt_ns == 0 ? rtt
						       : (target->srtt_ns * 7 + rtt) / 8;
	}
}

static uint64_t first_repeat_ns(const struct dcv_target *target)
{
	if (target->srtt_ns == 0) {
		return REPEAT_UNKNOWN_NS;
	}
	return target->srtt_ns * 3 > REPEAT_MIN_NS ? target->srtt_ns * 3 : REPEAT_MIN_NS;
}

/* 0, or the errno. A pending ICMP error is reported by send() instead of sending. */
static int send_once(struct udp *udp)
{
	for (unsigned i = 0; i < 2; i++) {
		if (send(udp->fd, udp->out, udp->len, MSG_NOSIGNAL) >= 0) {
			return 0;
		}
		if (errno != ECONNREFUSED) {
			return errno;
		}
		udp->refusals++;
		udp->refused = DCV_FATE_REFUSED;
	}
	return ECONNREFUSED;
}

/* Sends the question that the socket holds, for the first time. The errno, or 0. */
static int send_first(struct udp *udp)
{
	udp->len = dcv_query_write(&udp->base.query, udp->out);
	udp->tries = 1;
	udp->refusals = 0;
	udp->refused = DCV_FATE_TIMEOUT;
	udp->silent = DCV_FATE_TIMEOUT;
	udp->repeat_ns = first_repeat_ns(udp->base.lane->target);

	int error = send_once(udp);

	dcv_socket_arm(&udp->base, udp->repeat_ns);
	return error;
}

static bool is_no_route(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL;
}

/* All its sockets are kept by the pool as what they begin with. */
static struct udp *udp_of(struct dcv_socket *socket)
{
	return (struct udp *)socket;
}

static void close_udp(struct udp *udp)
{
	(void)uv_poll_stop(&udp->poll);
	(void)close(udp->fd);
	dcv_socket_close(&udp->base, (uv_handle_t *)&udp->poll);
}

void dcv_udp_close(struct dcv_socket *socket)
{
	close_udp(udp_of(socket));
}

/* Puts the next question on the socket, keeps it for later, or closes it. */
static void ask_next(struct udp *udp)
{
	struct dcv_lane *lane = udp->base.lane;

	if (udp->base.uses < USES_MAX) {
		struct dcv_question *question = dcv_lane_take(lane);

		if (question != NULL && dcv_socket_put(&udp->base, question)) {
			/* No route any more shows as silence: the first send had one. */
			(void)send_first(udp);
			return;
		}
		if (question == NULL &&
			dcv_lane_rest(&udp->base, (uv_handle_t *)&udp->poll)) {
			return;
		}
	}
	close_udp(udp);
	dcv_lane_more(lane);
}

/* The same question again, without EDNS. */
static void ask_again(struct udp *udp)
{
	if (dcv_socket_put(&udp->base, udp->base.question)) {
		(void)send_first(udp);
	}
}

static void on_datagram(struct udp *udp, const uint8_t *msg, size_t len)
{
	struct dcv_answer answer;

	switch (dcv_socket_read(&udp->base, msg, len, &answer)) {
	case DCV_MESSAGE_FOREIGN:
	case DCV_MESSAGE_FATAL:
		break;
	/* Either may be forged: the right one may still come before the question would be
	 * repeated. */
	case DCV_MESSAGE_MALFORMED:
		udp->silent = DCV_FATE_MALFORMED;
		break;
	case DCV_MESSAGE_CASE:
		udp->silent = DCV_FATE_CASE;
		break;
	case DCV_MESSAGE_CUT_OFF:
		dcv_socket_to_tcp(&udp->base);
		ask_next(udp);
		break;
	case DCV_MESSAGE_NO_EDNS:
		ask_again(udp);
		break;
	case DCV_MESSAGE_ANSWER:
		learn_round_trip(udp);
		finish(udp, DCV_FATE_ANSWER, &answer);
		break;
	}
}

static void on_error(struct udp *udp, int error)
{
	if (error != ECONNREFUSED && error != ENETUNREACH) {
		return;
	}
	udp->refused = error == ECONNREFUSED ? DCV_FATE_REFUSED : DCV_FATE_NO_ROUTE;
	udp->refusals++;
	if (udp->refusals >= REFUSALS_MAX) {
		finish(udp, udp->refused, NULL);
		return;
	}
	dcv_socket_arm(&udp->base, REPEAT_MIN_NS);
}

/* Reads one datagram: mostly there is no second, and the loop comes back if there is. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct udp *udp = poll->data;
	struct dcv_pool *pool = udp->base.lane->target->pool;
	ssize_t n = recv(udp->fd, pool->msg, sizeof pool->msg, MSG_DONTWAIT);

	(void)events;
	if (udp->base.question == NULL) {
		/* It rests, so nobody waits for this. */
		dcv_lane_forget(&udp->base);
		close_udp(udp);
		return;
	}
	if (n >= 0) {
		on_datagram(udp, pool->msg, (size_t)n);
	} else {
		on_error(udp, errno);
	}
	/* libuv stops to listen at an ICMP error, which recv() has told us and cleared. */
	if (status < 0 && udp->base.question != NULL) {
		(void)uv_poll_start(poll, UV_READABLE, on_readable);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct udp *udp = timer->data;
	enum dcv_fate fate = DCV_FATE_TIMEOUT;

	if (udp->silent != DCV_FATE_TIMEOUT) {
		finish(udp, udp->silent, NULL);
		return;
	}
	if (dcv_socket_is_late(&udp->base, udp->refused, &fate)) {
		finish(udp, fate, NULL);
		return;
	}
	udp->tries++;
	udp->repeat_ns *= 2;
	/* Some drop what has an OPT record. */
	if (udp->tries == TRY_WITHOUT_EDNS && !udp->base.lane->target->has_edns) {
		udp->base.query.edns = false;
		udp->len = dcv_query_write(&udp->base.query, udp->out);
	}
	(void)send_once(udp);
	dcv_socket_arm(&udp->base, udp->repeat_ns);
}

/* A connected socket, or -1 with errno: connect() lets the kernel choose a random port and
 * drop what comes from elsewhere. */
static int open_connected(const struct dcv_addr *addr)
{
	int fd = socket(addr->u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0);

	if (fd >= 0 && connect(fd, &addr->u.sa, addr->len) != 0) {
		int error = errno;

		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* Puts the question on a socket that rests. */
static enum dcv_start start_again(struct udp *udp, struct dcv_question *question)
{
	uv_ref((uv_handle_t *)&udp->poll);
	if (!dcv_socket_put(&udp->base, question)) {
		close_udp(udp);
		return DCV_START_NO_SOCKET;
	}
	(void)send_first(udp);
	return DCV_START_OK;
}

enum dcv_start dcv_udp_start(struct dcv_lane *lane, struct dcv_question *question)
{
	struct dcv_pool *pool = lane->target->pool;
	struct dcv_socket *idle = dcv_lane_wake(lane);
	struct udp *udp = NULL;

	if (idle != NULL) {
		return start_again(udp_of(idle), question);
	}
	udp = calloc(1, sizeof *udp);
	if (udp == NULL) {
		return DCV_START_NO_SOCKET;
	}
	udp->fd = open_connected(&lane->target->addr);
	if (udp->fd < 0) {
		enum dcv_start failed = dcv_start_failed(errno);

		free(udp);
		return failed;
	}
	if (uv_poll_init_socket(&pool->loop, &udp->poll, udp->fd) != 0) {
		(void)close(udp->fd);
		free(udp);
		return DCV_START_NO_SOCKET;
	}
	udp->poll.data = udp;
	dcv_socket_init(&udp->base, lane, on_timer);
	if (!dcv_socket_put(&udp->base, question) ||
		uv_poll_start(&udp->poll, UV_READABLE, on_readable) != 0) {
		close_udp(udp);
		return DCV_START_NO_SOCKET;
	}
	if (is_no_route(send_first(udp))) {
		close_udp(udp);
		return DCV_START_NO_ROUTE;
	}
	return DCV_START_OK;
}
