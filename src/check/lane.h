/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the pool only (pool.c, pool_udp.c, pool_tcp.c): what the two transports share. */
#ifndef DCV_CHECK_LANE_H
#define DCV_CHECK_LANE_H

#include <uv.h>

#include "check/pool.h"

#define DCV_NS_PER_MS UINT64_C(1000000)
#define DCV_QUESTION_NS (UINT64_C(5000) * DCV_NS_PER_MS) /* then it is given up */

struct dcv_target;

/* The questions to one address over one transport. */
struct dcv_lane {
	struct dcv_target *target;
	bool tcp;
	struct dcv_question *head, *tail;
	unsigned in_flight;
	struct dcv_socket *idle; /* open, with nothing to ask */
	bool answered; /* something came back in this run */
	bool is_starved; /* waits for a socket */
	struct dcv_lane *next_starved;
	bool is_paced; /* waits for its turn */
	struct dcv_lane *next_paced;
};

struct dcv_target {
	struct dcv_pool *pool;
	struct dcv_addr addr;
	struct dcv_lane udp, tcp;
	bool is_own; /* special-purpose: no stranger's */
	uint64_t srtt_ns; /* smoothed round trip, 0: unknown */
	uint64_t due_ns; /* when the next question would be sent if all came at the rate */
	bool no_edns; /* is asked without */
	bool has_edns; /* has answered with an OPT record */
	unsigned edns_silent; /* questions answered only when repeated without EDNS */
};

struct dcv_pool {
	uv_loop_t loop;
	uv_timer_t pause, watch, pacer;
	bool (*stopped)(void *ctx); /* what `watch` asks */
	void *stopped_ctx;
	dcv_reply_fn reply;
	void *ctx;
	uint64_t end_ns; /* uv_hrtime() */
	uint64_t question_ns; /* DCV_QUESTION_NS, but in tests */
	size_t n_targets, n_slots;
	struct dcv_target **targets; /* room for n_slots / 2 */
	size_t *slots; /* of addresses: index + 1, 0: empty; a power of two */
	uint64_t interval_ns; /* between two questions to one address; 0: no rate */
	unsigned n_open, max_open; /* sockets */
	unsigned n_idle; /* of those open */
	struct dcv_lane *starved, *starved_tail, *paced;
	bool running;
	enum dcv_err rc; /* why the run ends early */
	struct dcv_error *err;
	struct dcv_arena scratch; /* of the answer in hand */
	uint8_t msg[DCV_MESSAGE_MAX];
};

/* One open socket with at most one question in flight: what the transports have in common.
 * First member of theirs, allocated with it, freed when its handles are closed. */
struct dcv_socket {
	uv_timer_t timer;
	uv_timer_cb expire;
	struct dcv_lane *lane;
	struct dcv_question *question; /* in flight, or NULL */
	struct dcv_query query;
	uint64_t asked_ns, give_up_ns; /* of the question */
	unsigned uses; /* questions that were put on it */
	unsigned n_handles; /* not yet closed */
	struct dcv_socket *next_idle;
};

/* How the start of a socket went. */
enum dcv_start { DCV_START_OK, DCV_START_NO_SOCKET, DCV_START_NO_ROUTE };

/* pool_target.c */
void dcv_targets_free(struct dcv_pool *pool);
/* Whether the rate lets a question go to the target now; if so it is counted. If not, the lane
 * is pumped when it does. */
bool dcv_lane_may_send(struct dcv_lane *lane);

/* pool_idle.c */
/* Keeps a socket for the next question to its address; false: it is to be closed. Until it is
 * taken the loop does not wait for `handle`. */
bool dcv_lane_rest(struct dcv_socket *socket, uv_handle_t *handle);
/* A socket that was kept, or NULL; the loop waits for its handle again when the caller says so. */
struct dcv_socket *dcv_lane_wake(struct dcv_lane *lane);
/* Takes one out of those that are kept. */
void dcv_lane_forget(struct dcv_socket *socket);
void dcv_pool_close_idle(struct dcv_pool *pool);

/* Open a socket and put the question on it. */
enum dcv_start dcv_udp_start(struct dcv_lane *lane, struct dcv_question *question);
enum dcv_start dcv_tcp_start(struct dcv_lane *lane, struct dcv_question *question);
/* Closes a socket that has no question in flight. */
void dcv_udp_close(struct dcv_socket *socket);
/* What the errno of socket() or connect() means for the start. */
enum dcv_start dcv_start_failed(int error);

/* Counts the socket as open and prepares its timer. */
void dcv_socket_init(struct dcv_socket *socket, struct dcv_lane *lane, uv_timer_cb expire);
/* Sets question, query and times. False: the run has failed. */
bool dcv_socket_put(struct dcv_socket *socket, struct dcv_question *question);
/* Lets `expire` run after ns, or earlier when the question's or the pool's time is over. */
void dcv_socket_arm(struct dcv_socket *socket, uint64_t ns);
/* How a question ends now if its time or the pool's is over; false if neither is. */
bool dcv_socket_is_late(const struct dcv_socket *socket, enum dcv_fate silent,
	enum dcv_fate *ret);
/* Closes the timer and the other handle; the socket is freed when both are closed. */
void dcv_socket_close(struct dcv_socket *socket, uv_handle_t *other);

/* What a message that came on a socket is. */
enum dcv_message {
	DCV_MESSAGE_FOREIGN, /* does not match: ignored */
	DCV_MESSAGE_MALFORMED,
	DCV_MESSAGE_CASE,
	DCV_MESSAGE_CUT_OFF, /* truncated: TCP */
	DCV_MESSAGE_NO_EDNS, /* to be asked without EDNS (RFC 6891 7), which is noted */
	DCV_MESSAGE_ANSWER,
	DCV_MESSAGE_FATAL, /* the run has failed */
};
/* Decodes into *ret, which lives in the pool's scratch until the next message. */
enum dcv_message dcv_socket_read(struct dcv_socket *socket, const uint8_t *msg,
	size_t len, struct dcv_answer *ret);

/* The question in flight has ended; `answer` with DCV_FATE_ANSWER only. */
void dcv_socket_done(struct dcv_socket *socket, enum dcv_fate fate,
	const struct dcv_answer *answer);
/* The next question for a socket that has just become free, or NULL: close it. */
struct dcv_question *dcv_lane_take(struct dcv_lane *lane);
/* Opens sockets for what waits. */
void dcv_lane_more(struct dcv_lane *lane);
/* The question in flight goes back, to be asked first on another socket. */
void dcv_socket_give_back(struct dcv_socket *socket);
/* The question in flight goes from UDP to TCP. */
void dcv_socket_to_tcp(struct dcv_socket *socket);

/* Ends the run; *pool->err says why. */
void dcv_pool_fail(struct dcv_pool *pool, enum dcv_err rc);

#endif
