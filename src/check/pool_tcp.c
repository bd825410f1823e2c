/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how questions go over TCP, one behind the other on a connection (RFC 7766).
 * It does not know queues or verdicts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "check/lane.h"
#include "dns/reader.h"

#define USES_MAX 100u /* questions on one connection */
#define FOREIGN_MAX 100u /* messages that do not answer the question, on its connection */
#define PREFIX_LEN 2u

struct tcp {
	struct dcv_socket base;
	uv_tcp_t stream;
	uv_connect_t connect;
	uv_write_t write;
	bool writing;
	unsigned foreign; /* messages since the question that were not its answer */
	struct dcv_buf in;
	uint8_t out[PREFIX_LEN + DCV_QUERY_MAX];
};

static void close_tcp(struct tcp *tcp)
{
	dcv_buf_clear(&tcp->in);
	dcv_socket_close(&tcp->base, (uv_handle_t *)&tcp->stream);
}

static void send_question(struct tcp *tcp);

/* Puts the next question on the connection, or closes it. */
static void ask_next(struct tcp *tcp, bool usable)
{
	struct dcv_lane *lane = tcp->base.lane;

	if (usable && !tcp->writing && tcp->base.uses < USES_MAX) {
		struct dcv_question *question = dcv_lane_take(lane);

		if (question != NULL && dcv_socket_put(&tcp->base, question)) {
			send_question(tcp);
			return;
		}
	}
	close_tcp(tcp);
	dcv_lane_more(lane);
}

static void finish(struct tcp *tcp, enum dcv_fate fate, const struct dcv_answer *answer)
{
	bool usable = fate == DCV_FATE_ANSWER || fate == DCV_FATE_CASE;

	dcv_socket_done(&tcp->base, fate, answer);
	ask_next(tcp, usable);
}

static enum dcv_fate fate_of(int error)
{
	switch (error) {
	case UV_ENETUNREACH:
	case UV_EHOSTUNREACH:
	case UV_EADDRNOTAVAIL:
		return DCV_FATE_NO_ROUTE;
	case UV_ETIMEDOUT:
		return DCV_FATE_TIMEOUT;
	default:
		return DCV_FATE_REFUSED;
	}
}

/* The connection, which was there, broke. A server may close one that it has answered on (RFC 7766
 * 6.2.3), and one that it has not when it reloads: then the question is put again on a fresh one,
 * in the second case once. */
static void lost(struct tcp *tcp, int error)
{
	if (tcp->base.uses > 1 || !tcp->base.question->was_lost) {
		tcp->base.question->was_lost = tcp->base.uses == 1;
		dcv_socket_give_back(&tcp->base);
		close_tcp(tcp);
		return;
	}
	finish(tcp, fate_of(error), NULL);
}

/* Nobody else can write into a connection: a server that sends what is no message, or much that was
 * not asked for, is broken, and is not read any longer while others wait. */
static void on_message(struct tcp *tcp, const uint8_t *msg, size_t len)
{
	struct dcv_answer answer;

	if (len < DCV_HEADER_LEN) {
		finish(tcp, DCV_FATE_MALFORMED, NULL);
		return;
	}
	switch (dcv_socket_read(&tcp->base, msg, len, &answer)) {
	case DCV_MESSAGE_FOREIGN:
	case DCV_MESSAGE_FATAL:
		if (++tcp->foreign == FOREIGN_MAX) {
			finish(tcp, DCV_FATE_MALFORMED, NULL);
		}
		break;
	case DCV_MESSAGE_MALFORMED:
	case DCV_MESSAGE_CUT_OFF:
		finish(tcp, DCV_FATE_MALFORMED, NULL);
		break;
	case DCV_MESSAGE_CASE:
		finish(tcp, DCV_FATE_CASE, NULL);
		break;
	case DCV_MESSAGE_NO_EDNS:
		if (!tcp->writing && dcv_socket_put(&tcp->base, tcp->base.question)) {
			send_question(tcp);
		}
		break;
	case DCV_MESSAGE_ANSWER:
		finish(tcp, DCV_FATE_ANSWER, &answer);
		break;
	}
}

/* Whether a whole message stands there, and its length. */
static bool is_whole(const struct dcv_buf *in, size_t at, size_t *ret_len)
{
	if (in->len < at + PREFIX_LEN) {
		return false;
	}
	*ret_len = (size_t)in->data[at] << 8 | in->data[at + 1];
	return in->len - at - PREFIX_LEN >= *ret_len;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct tcp *tcp = handle->data;
	struct dcv_pool *pool = tcp->base.lane->target->pool;

	(void)suggested;
	*ret = uv_buf_init((char *)pool->msg, sizeof pool->msg);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct tcp *tcp = stream->data;
	struct dcv_pool *pool = tcp->base.lane->target->pool;
	struct dcv_buf *in = &tcp->in;
	size_t at = 0, len = 0;

	if (n < 0) {
		lost(tcp, (int)n);
		return;
	}
	dcv_buf_add(in, buf->base, (size_t)n);
	if (in->failed) {
		finish(tcp, DCV_FATE_MALFORMED, NULL);
		return;
	}
	/* The connection closes as soon as it has no question; then nothing is left to read. */
	while (tcp->base.question != NULL && is_whole(in, at, &len)) {
		memcpy(pool->msg, in->data + at + PREFIX_LEN, len);
		at += PREFIX_LEN + len;
		on_message(tcp, pool->msg, len);
	}
	if (at > 0 && at <= in->len) {
		in->len -= at;
		memmove(in->data, in->data + at, in->len);
	}
}

static void on_written(uv_write_t *write, int status)
{
	struct tcp *tcp = write->data;

	tcp->writing = false;
	if (status != 0 && status != UV_ECANCELED && tcp->base.question != NULL) {
		lost(tcp, status);
	}
}

static void send_question(struct tcp *tcp)
{
	size_t len = dcv_query_write(&tcp->base.query, tcp->out + PREFIX_LEN);
	uv_buf_t buf = uv_buf_init((char *)tcp->out, (unsigned)(PREFIX_LEN + len));

	tcp->out[0] = (uint8_t)(len >> 8);
	tcp->out[1] = (uint8_t)len;
	tcp->write.data = tcp;
	tcp->writing = true;
	tcp->foreign = 0;
	dcv_socket_arm(&tcp->base, DCV_QUESTION_NS);

	int error = uv_write(&tcp->write, (uv_stream_t *)&tcp->stream, &buf, 1,
		on_written);

	if (error != 0) {
		tcp->writing = false;
		finish(tcp, fate_of(error), NULL);
	}
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct tcp *tcp = connect->data;

	if (tcp->base.question == NULL) {
		return; /* closed meanwhile */
	}
	if (status == 0) {
		status = uv_read_start((uv_stream_t *)&tcp->stream, on_alloc, on_read);
	}
	if (status != 0) {
		finish(tcp, fate_of(status), NULL);
		return;
	}
	send_question(tcp);
}

static void on_timer(uv_timer_t *timer)
{
	struct tcp *tcp = timer->data;
	enum dcv_fate fate = DCV_FATE_TIMEOUT;

	if (dcv_socket_is_late(&tcp->base, DCV_FATE_TIMEOUT, &fate)) {
		finish(tcp, fate, NULL);
		return;
	}
	dcv_socket_arm(&tcp->base, DCV_QUESTION_NS);
}

enum dcv_start dcv_tcp_start(struct dcv_lane *lane, struct dcv_question *question)
{
	struct dcv_pool *pool = lane->target->pool;
	struct tcp *tcp = calloc(1, sizeof *tcp);

	if (tcp == NULL || uv_tcp_init(&pool->loop, &tcp->stream) != 0) {
		free(tcp);
		return DCV_START_NO_SOCKET;
	}
	dcv_buf_init(&tcp->in, 2u * (PREFIX_LEN + DCV_MESSAGE_MAX));
	tcp->stream.data = tcp;
	tcp->connect.data = tcp;
	dcv_socket_init(&tcp->base, lane, on_timer);
	if (!dcv_socket_put(&tcp->base, question)) {
		close_tcp(tcp);
		return DCV_START_NO_SOCKET;
	}

	int error = uv_tcp_connect(&tcp->connect, &tcp->stream, &lane->target->addr.u.sa,
		on_connected);

	if (error != 0) {
		tcp->base.question = NULL;
		close_tcp(tcp);
		return dcv_start_failed(-error);
	}
	dcv_socket_arm(&tcp->base, DCV_QUESTION_NS);
	return DCV_START_OK;
}
