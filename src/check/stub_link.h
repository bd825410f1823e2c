/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the stub resolver only: a connection to a resolver (stub_link.c), and what is in flight on
 * it (stub_flight.c). */
#ifndef DCV_CHECK_STUB_LINK_H
#define DCV_CHECK_STUB_LINK_H

#include <poll.h>

#include "check/h2.h"
#include "check/stub_parts.h"

#define DCV_STUB_IN_FLIGHT \
	32u /* on one connection; servers hold about as many themselves */
#define DCV_STUB_PATIENCE_MS 5000 /* for a connection, and for an answer */

enum dcv_stub_stage {
	DCV_STUB_CLOSED,
	DCV_STUB_CONNECTING,
	DCV_STUB_SHAKING,
	DCV_STUB_OPEN
};

struct dcv_stub_slot {
	struct dcv_stub_question *question; /* NULL: free */
	struct dcv_query query;
	uint32_t stream; /* of HTTP/2 */
	int64_t asked_ms;
};

struct dcv_stub_asking;

struct dcv_stub_link {
	struct dcv_stub *stub;
	size_t index; /* of the resolver */
	enum dcv_stub_stage stage;
	int fd;
	short events; /* what is waited for */
	bool more; /* more may have come than was read */
	struct dcv_tls_session *session;
	bool useful; /* the connection has answered, or is from an earlier call */
	int64_t due_ms; /* when it must be open */
	struct dcv_buf out;
	size_t out_at;
	struct dcv_buf in; /* of a message that is not whole */
	struct dcv_h2 h2;
	size_t n_slots; /* in use */
	struct dcv_stub_slot slots[DCV_STUB_IN_FLIGHT];
	struct dcv_stub_asking *asking;
	size_t next; /* no question before this one is to be asked */
};

/* What dcv_stub_ask is about. */
struct dcv_stub_asking {
	struct dcv_stub *stub;
	struct dcv_stub_question *questions;
	size_t n;
	struct dcv_arena *arena;
	enum dcv_err rc;
	struct dcv_error *err;
};

/* ---- stub_link.c: a call step by step ---- */

void dcv_stub_begin_asking(struct dcv_stub_asking *asking);
/* A resolver with which there is a connection now; 0: there is none. */
size_t dcv_stub_best(const struct dcv_stub *stub);
/* There are new questions. */
void dcv_stub_look_again(struct dcv_stub *stub);
/* Does what can be done without waiting, and says in fds[n_resolvers] what is to be waited for, or
 * *ret_again: nothing is. False: nothing is open. */
bool dcv_stub_step(struct dcv_stub *stub, struct pollfd *fds, bool *ret_again);
/* What is open ends without an answer. */
void dcv_stub_end_asking(struct dcv_stub_asking *asking);

/* ---- stub_flight.c ---- */

bool dcv_stub_is_doh(const struct dcv_stub_link *link);
int64_t dcv_stub_now_ms(const struct dcv_stub_link *link);
const struct dcv_resolver *dcv_stub_resolver(const struct dcv_stub_link *link);
/* The call fails. */
void dcv_stub_fail(struct dcv_stub_link *link, enum dcv_err rc);
/* The next question for this resolver that is neither answered nor in flight; NULL: none. */
struct dcv_stub_question *dcv_stub_pick(struct dcv_stub_link *link);
/* What is in flight is to be asked again. */
void dcv_stub_take_back(struct dcv_stub_link *link);
/* Questions that have waited `ms` end without an answer. */
void dcv_stub_expire(struct dcv_stub_link *link, int64_t ms);
/* A connection that is open has nothing on it yet. */
void dcv_stub_begin(struct dcv_stub_link *link);
void dcv_stub_clear(struct dcv_stub_link *link);
/* Puts as many questions on the connection as it takes. */
void dcv_stub_fill(struct dcv_stub_link *link);
/* Octets that came. NULL, or why the connection is of no use any more. */
const char *dcv_stub_take(struct dcv_stub_link *link, const uint8_t *data, size_t n);

#endif
