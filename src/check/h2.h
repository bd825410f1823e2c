/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: as much of HTTP/2 (RFC 9113) as DNS over HTTPS needs: POST requests with small
 * bodies, several at once, and their answers. No I/O: octets in, octets out. HTTP/2, since it is
 * what RFC 8484 5.2 asks for at least and what many resolvers only know. */
#ifndef DCV_CHECK_H2_H
#define DCV_CHECK_H2_H

#include "base/buf.h"

#define DCV_H2_STREAMS 32u /* open at once, at most */

/* How a request ended: a body with status 200, or why there is none. */
typedef void (*dcv_h2_done_fn)(void *ctx, uint32_t stream, const uint8_t *body,
	size_t len, const char *why);

struct dcv_h2_stream {
	uint32_t id; /* 0: free */
	bool has_status;
	struct dcv_buf body;
};

/* How far the status of a header block was read. */
enum dcv_h2_status {
	DCV_H2_AT_FIELD,
	DCV_H2_IN_SIZE, /* a number that goes on */
	DCV_H2_OK, /* 200 */
	DCV_H2_NOT_OK
};

struct dcv_h2 {
	struct dcv_buf in; /* of a frame that is not whole */
	struct dcv_buf *out; /* the caller's: what is to be sent */
	dcv_h2_done_fn done;
	void *ctx;
	uint32_t next_stream; /* odd */
	uint32_t in_block; /* the stream whose header block goes on; 0: none */
	bool block_ends; /* its stream too */
	enum dcv_h2_status status; /* of that block */
	uint32_t max_streams, stream_window; /* by the peer's settings */
	int64_t window; /* of the connection: octets that may be sent */
	bool goes_away; /* the peer takes no more requests */
	struct dcv_h2_stream streams[DCV_H2_STREAMS];
};

/* Begins a connection: the preface into `out`. */
void dcv_h2_init(struct dcv_h2 *h2, struct dcv_buf *out, dcv_h2_done_fn done, void *ctx);
void dcv_h2_clear(struct dcv_h2 *h2);

/* Whether a request with a body of n octets may be sent now. */
bool dcv_h2_may_ask(const struct dcv_h2 *h2, size_t n);
/* Adds POST https://AUTHORITY/PATH with a DNS message. Returns its stream. */
uint32_t dcv_h2_ask(struct dcv_h2 *h2, const char *authority, const char *path,
	const uint8_t *msg, size_t n);
/* Gives a request up; what comes for it is ignored. */
void dcv_h2_forget(struct dcv_h2 *h2, uint32_t stream);

/* Takes what came; tells `done` of what has ended. NULL, or why the connection is of no use any
 * more (static). Memory: `in.failed`, a stream's `body.failed`, and `out->failed` lead to that. */
const char *dcv_h2_take(struct dcv_h2 *h2, const uint8_t *data, size_t n);

#endif
