/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows frames of HTTP/2 (RFC 9113) and as much of header compression (RFC 7541) as is
 * needed to write requests and to see status 200. */
#include "check/h2.h"

#include <stdio.h>
#include <string.h>

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HEAD 9u /* octets before each frame's payload */
#define FRAME_MAX 16384u /* what we take, and every peer does too */
#define BODY_MAX 65535u /* a DNS message; also the window of a new stream */
#define WINDOW 65535
#define STREAM_LAST 0x7fffff00u
#define BAD_FRAME "a frame of HTTP/2 is malformed"

enum frame {
	DATA,
	HEADERS,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	PUSH_PROMISE,
	PING,
	GOAWAY,
	WINDOW_UPDATE,
	CONTINUATION
};
enum { END_STREAM = 0x1, ACK = 0x1, END_HEADERS = 0x4, PADDED = 0x8, PRIORITISED = 0x20 };
enum { HEADER_TABLE_SIZE = 1, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE };

/* --- what is sent --- */

static void put_u32(struct dcv_buf *out, uint32_t value)
{
	const uint8_t octets[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
		(uint8_t)(value >> 8), (uint8_t)value};

	dcv_buf_add(out, octets, sizeof(octets));
}

static void put_head(struct dcv_buf *out, enum frame type, unsigned flags,
	uint32_t stream, size_t n)
{
	const uint8_t octets[] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n,
		(uint8_t)type, (uint8_t)flags};

	dcv_buf_add(out, octets, sizeof(octets));
	put_u32(out, stream);
}

static void put_setting(struct dcv_buf *out, unsigned id, uint32_t value)
{
	const uint8_t octets[] = {(uint8_t)(id >> 8), (uint8_t)id};

	dcv_buf_add(out, octets, sizeof(octets));
	put_u32(out, value);
}

static void put_window(struct dcv_buf *out, uint32_t n)
{
	put_head(out, WINDOW_UPDATE, 0, 0, 4);
	put_u32(out, n);
}

/* RFC 7541 5.1: an integer behind `bits` bits of the first octet. */
static void put_int(struct dcv_buf *out, uint8_t first, unsigned bits, size_t value)
{
	size_t most = (1u << bits) - 1;

	if (value < most) {
		dcv_buf_addc(out, (char)(first | value));
		return;
	}
	dcv_buf_addc(out, (char)(first | most));
	for (value -= most; value >= 128; value /= 128)
		dcv_buf_addc(out, (char)(128 | value % 128));
	dcv_buf_addc(out, (char)value);
}

/* RFC 7541 6.2.2: a field whose name is in the static table, which nobody is to remember. */
static void put_field(struct dcv_buf *out, unsigned name, const char *value)
{
	put_int(out, 0, 4, name);
	put_int(out, 0, 7, strlen(value));
	dcv_buf_adds(out, value);
}

/* By their indexes in the static table (RFC 7541 A). */
static void put_headers(struct dcv_buf *out, const char *authority, const char *path,
	size_t n)
{
	char length[24];

	(void)snprintf(length, sizeof(length), "%zu", n);
	put_int(out, 0x80, 7, 3); /* :method POST */
	put_int(out, 0x80, 7, 7); /* :scheme https */
	put_field(out, 1, authority);
	put_field(out, 4, path);
	put_field(out, 19, "application/dns-message"); /* accept */
	put_field(out, 28, length); /* content-length */
	put_field(out, 31, "application/dns-message"); /* content-type */
}

void dcv_h2_init(struct dcv_h2 *h2, struct dcv_buf *out, dcv_h2_done_fn done, void *ctx)
{
	*h2 = (struct dcv_h2){.out = out,
		.done = done,
		.ctx = ctx,
		.next_stream = 1,
		.max_streams = DCV_H2_STREAMS,
		.stream_window = WINDOW,
		.window = WINDOW};
	dcv_buf_init(&h2->in, HEAD + FRAME_MAX);
	for (size_t i = 0; i < DCV_H2_STREAMS; i++)
		dcv_buf_init(&h2->streams[i].body, BODY_MAX);
	dcv_buf_adds(out, PREFACE);
	put_head(out, SETTINGS, 0, 0, 12);
	put_setting(out, HEADER_TABLE_SIZE, 0);
	put_setting(out, ENABLE_PUSH, 0);
}

void dcv_h2_clear(struct dcv_h2 *h2)
{
	dcv_buf_clear(&h2->in);
	for (size_t i = 0; i < DCV_H2_STREAMS; i++)
		dcv_buf_clear(&h2->streams[i].body);
}

static struct dcv_h2_stream *stream_of(struct dcv_h2 *h2, uint32_t id)
{
	for (size_t i = 0; i < DCV_H2_STREAMS; i++) {
		if (h2->streams[i].id == id)
			return &h2->streams[i];
	}
	return NULL;
}

bool dcv_h2_may_ask(const struct dcv_h2 *h2, size_t n)
{
	size_t n_open = 0;

	for (size_t i = 0; i < DCV_H2_STREAMS; i++)
		n_open += h2->streams[i].id != 0;
	return !h2->goes_away && n_open < DCV_H2_STREAMS && n_open < h2->max_streams &&
		h2->next_stream < STREAM_LAST && n <= h2->stream_window &&
		(int64_t)n <= h2->window;
}

uint32_t dcv_h2_ask(struct dcv_h2 *h2, const char *authority, const char *path,
	const uint8_t *msg, size_t n)
{
	struct dcv_h2_stream *stream = stream_of(h2, 0);
	struct dcv_buf block;

	if (stream == NULL)
		return 0;
	stream->id = h2->next_stream;
	stream->has_status = false;
	dcv_buf_clear(&stream->body);
	dcv_buf_init(&stream->body, BODY_MAX);
	h2->next_stream += 2;
	h2->window -= (int64_t)n;
	dcv_buf_init(&block, FRAME_MAX);
	put_headers(&block, authority, path, n);
	put_head(h2->out, HEADERS, END_HEADERS, stream->id, block.len);
	dcv_buf_add(h2->out, block.data, block.len);
	h2->out->failed = h2->out->failed || block.failed;
	dcv_buf_clear(&block);
	put_head(h2->out, DATA, END_STREAM, stream->id, n);
	dcv_buf_add(h2->out, msg, n);
	return stream->id;
}

static void end_stream(struct dcv_h2 *h2, struct dcv_h2_stream *stream, const char *why)
{
	uint32_t id = stream->id;

	stream->id = 0;
	h2->done(h2->ctx, id, stream->body.data, why == NULL ? stream->body.len : 0, why);
}

static void put_reset(struct dcv_h2 *h2, uint32_t stream)
{
	put_head(h2->out, RST_STREAM, 0, stream, 4);
	put_u32(h2->out, 8); /* CANCEL */
}

/* The peer counts a stream as open until it has ended it itself, or is told. */
static void refuse(struct dcv_h2 *h2, struct dcv_h2_stream *stream, bool ended,
	const char *why)
{
	if (!ended)
		put_reset(h2, stream->id);
	end_stream(h2, stream, why);
}

/* RFC 8484 4.2.1: a message, which an empty body is not. */
static void end_body(struct dcv_h2 *h2, struct dcv_h2_stream *stream)
{
	end_stream(h2, stream, stream->body.len == 0 ? "no body" : NULL);
}

void dcv_h2_forget(struct dcv_h2 *h2, uint32_t stream)
{
	struct dcv_h2_stream *found = stream != 0 ? stream_of(h2, stream) : NULL;

	if (found == NULL)
		return;
	found->id = 0;
	put_reset(h2, stream);
}

/* --- what comes --- */

struct frame_seen {
	unsigned type, flags;
	uint32_t stream;
	const uint8_t *data;
	size_t n;
};

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Takes padding and priority off DATA and HEADERS. False: there is more of it than frame. */
static bool strip(struct frame_seen *frame)
{
	size_t pad = 0, skip = 0;

	if (frame->flags & PADDED) {
		if (frame->n == 0)
			return false;
		pad = frame->data[0];
		skip = 1;
	}
	if (frame->type == HEADERS && frame->flags & PRIORITISED)
		skip += 5;
	if (skip + pad > frame->n)
		return false;
	frame->data += skip;
	frame->n -= skip + pad;
	return true;
}

/* RFC 9113 8.3: the status comes first; RFC 7541 6.3: behind changes of the table's size; A: 200
 * has an index of its own. Whoever writes it in another way is not understood. */
static enum dcv_h2_status look(enum dcv_h2_status status, const uint8_t *data, size_t n)
{
	for (; n > 0 && status <= DCV_H2_IN_SIZE; data++, n--) {
		if (status == DCV_H2_IN_SIZE)
			status = *data & 0x80 ? DCV_H2_IN_SIZE : DCV_H2_AT_FIELD;
		else if ((*data & 0xe0) == 0x20)
			status = *data == 0x3f ? DCV_H2_IN_SIZE : DCV_H2_AT_FIELD;
		else
			status = *data == 0x88 ? DCV_H2_OK : DCV_H2_NOT_OK;
	}
	return status;
}

/* RFC 9113 8.1: what comes behind the status are trailers, which say nothing here, but that the
 * stream is at its end. */
static void end_block(struct dcv_h2 *h2)
{
	struct dcv_h2_stream *stream = stream_of(h2, h2->in_block);

	h2->in_block = 0;
	if (stream == NULL)
		return;
	if (!stream->has_status && h2->status != DCV_H2_OK) {
		refuse(h2, stream, h2->block_ends, "the HTTP status is not 200");
		return;
	}
	if (stream->has_status && !h2->block_ends) {
		refuse(h2, stream, false, "headers within the body");
		return;
	}
	stream->has_status = true;
	if (h2->block_ends)
		end_body(h2, stream);
}

/* Part of a header block, which counts when it is whole. */
static const char *take_block(struct dcv_h2 *h2, const struct frame_seen *frame)
{
	if (frame->stream != h2->in_block)
		return BAD_FRAME;
	h2->status = look(h2->status, frame->data, frame->n);
	if (frame->flags & END_HEADERS)
		end_block(h2);
	return NULL;
}

static const char *take_headers(struct dcv_h2 *h2, struct frame_seen *frame)
{
	if (frame->stream == 0 || !strip(frame))
		return BAD_FRAME;
	h2->in_block = frame->stream;
	h2->block_ends = (frame->flags & END_STREAM) != 0;
	h2->status = DCV_H2_AT_FIELD;
	return take_block(h2, frame);
}

static const char *take_data(struct dcv_h2 *h2, struct frame_seen *frame)
{
	struct dcv_h2_stream *stream;
	bool last = (frame->flags & END_STREAM) != 0;

	if (frame->stream == 0)
		return BAD_FRAME;
	/* Padding counts too (RFC 9113 6.9.1). The window of a stream is never used up. */
	if (frame->n > 0)
		put_window(h2->out, (uint32_t)frame->n);
	if (!strip(frame))
		return BAD_FRAME;
	stream = stream_of(h2, frame->stream);
	if (stream == NULL)
		return NULL;
	dcv_buf_add(&stream->body, frame->data, frame->n);
	if (!stream->has_status || stream->body.failed)
		refuse(h2, stream, last,
			stream->has_status ? "a body that is too long"
					   : "a body without a status");
	else if (last)
		end_body(h2, stream);
	return NULL;
}

static void set(struct dcv_h2 *h2, unsigned id, uint32_t value)
{
	if (id == MAX_CONCURRENT_STREAMS)
		h2->max_streams = value;
	else if (id == INITIAL_WINDOW_SIZE)
		h2->stream_window = value;
}

static const char *take_settings(struct dcv_h2 *h2, const struct frame_seen *frame)
{
	if (frame->stream != 0 || frame->n % 6 != 0)
		return BAD_FRAME;
	if (frame->flags & ACK)
		return frame->n == 0 ? NULL : BAD_FRAME;
	for (size_t at = 0; at < frame->n; at += 6)
		set(h2, (unsigned)frame->data[at] << 8 | frame->data[at + 1],
			get_u32(frame->data + at + 2));
	put_head(h2->out, SETTINGS, ACK, 0, 0);
	return NULL;
}

static const char *take_ping(struct dcv_h2 *h2, const struct frame_seen *frame)
{
	if (frame->stream != 0 || frame->n != 8)
		return BAD_FRAME;
	if (frame->flags & ACK)
		return NULL;
	put_head(h2->out, PING, ACK, 0, 8);
	dcv_buf_add(h2->out, frame->data, 8);
	return NULL;
}

static const char *take_window(struct dcv_h2 *h2, const struct frame_seen *frame)
{
	if (frame->n != 4)
		return BAD_FRAME;
	/* A request fits into the window that its stream is born with. */
	if (frame->stream == 0)
		h2->window += get_u32(frame->data) & 0x7fffffff;
	return h2->window > INT32_MAX ? BAD_FRAME : NULL;
}

static const char *take_reset(struct dcv_h2 *h2, const struct frame_seen *frame)
{
	struct dcv_h2_stream *stream = frame->stream != 0 ? stream_of(h2, frame->stream)
							  : NULL;

	if (frame->n != 4 || frame->stream == 0)
		return BAD_FRAME;
	if (stream != NULL)
		end_stream(h2, stream, "the server refuses the request");
	return NULL;
}

/* What the peer will not do any more is asked again on another connection. */
static const char *take_goaway(struct dcv_h2 *h2, const struct frame_seen *frame)
{
	if (frame->n < 8 || frame->stream != 0)
		return BAD_FRAME;
	h2->goes_away = true;
	return NULL;
}

static const char *take_frame(struct dcv_h2 *h2, struct frame_seen *frame)
{
	/* RFC 9113 6.10: nothing may stand within a header block. */
	if (h2->in_block != 0)
		return frame->type == CONTINUATION ? take_block(h2, frame) : BAD_FRAME;
	switch (frame->type) {
	case DATA:
		return take_data(h2, frame);
	case HEADERS:
		return take_headers(h2, frame);
	case RST_STREAM:
		return take_reset(h2, frame);
	case SETTINGS:
		return take_settings(h2, frame);
	case PING:
		return take_ping(h2, frame);
	case GOAWAY:
		return take_goaway(h2, frame);
	case WINDOW_UPDATE:
		return take_window(h2, frame);
	case PUSH_PROMISE: /* which our settings forbid */
	case CONTINUATION:
		return BAD_FRAME;
	default:
		return NULL;
	}
}

/* A whole frame at the beginning of `data` is taken: how long it is; 0: it is not whole. */
static size_t take_one(struct dcv_h2 *h2, const uint8_t *data, size_t n, const char **why)
{
	struct frame_seen frame;
	size_t len;

	if (n < HEAD)
		return 0;
	len = (size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2];
	if (len > FRAME_MAX) {
		*why = "a frame of HTTP/2 is too long";
		return 0;
	}
	if (n < HEAD + len)
		return 0;
	frame = (struct frame_seen){.type = data[3],
		.flags = data[4],
		.stream = get_u32(data + 5) & 0x7fffffff,
		.data = data + HEAD,
		.n = len};
	*why = take_frame(h2, &frame);
	if (*why == NULL && h2->out->failed)
		*why = "out of memory";
	return HEAD + len;
}

const char *dcv_h2_take(struct dcv_h2 *h2, const uint8_t *data, size_t n)
{
	const char *why = NULL;

	while (n > 0 && why == NULL) {
		size_t room = HEAD + FRAME_MAX - h2->in.len, some = n < room ? n : room;
		size_t at = 0, len = 1;

		dcv_buf_add(&h2->in, data, some);
		if (h2->in.failed)
			return "out of memory";
		data += some;
		n -= some;
		for (; len > 0 && why == NULL; at += len)
			len = take_one(h2, h2->in.data + at, h2->in.len - at, &why);
		if (at > 0)
			memmove(h2->in.data, h2->in.data + at, h2->in.len - at);
		h2->in.len -= at;
	}
	return why;
}
