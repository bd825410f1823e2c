/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside check/ only: puts many questions to many addresses at once, over connected UDP
 * sockets with one question in flight on each, and over TCP where it must be. */
#ifndef DCV_CHECK_POOL_H
#define DCV_CHECK_POOL_H

#include "base/clock.h"
#include "dns/ask.h"

/* How a question ended. */
enum dcv_fate {
	DCV_FATE_ANSWER,
	DCV_FATE_CASE, /* answers came, none with the question in our case */
	DCV_FATE_MALFORMED,
	DCV_FATE_TIMEOUT,
	DCV_FATE_NO_ROUTE,
	DCV_FATE_REFUSED, /* nothing listens there */
	DCV_FATE_CUT, /* sent, but the deadline came before its own time was over */
	DCV_FATE_UNSENT, /* the deadline came before it was sent */
};

/* Owned by the caller until it has ended. */
struct dcv_question {
	const struct dcv_name *name;
	size_t target; /* index */
	struct dcv_question *next; /* the pool's */
	bool was_lost; /* the pool's: a connection broke under it */
	uint32_t limit_ms; /* then it is given up; 0: 5 s */
	uint16_t type;
	bool tcp; /* not over UDP at all */
	bool dnssec; /* with DO */
	bool plain; /* the name as it is, in lower case: for servers that know no other */
};

struct dcv_reply {
	enum dcv_fate fate;
	bool tcp; /* how it was asked last */
	bool no_edns; /* it was answered only when it came without EDNS [A34] */
	const struct dcv_answer *answer; /* with DCV_FATE_ANSWER; lives until the call is over */
	int64_t rtt_ms;
};

/* Told of each question once. May ask others, in the same run. An error ends the run. */
typedef enum dcv_err (*dcv_reply_fn)(void *ctx, struct dcv_question *question,
	const struct dcv_reply *reply, struct dcv_error *err);

struct dcv_pool;

/* `left_ms`: real time until everything ends. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_pool_new(int64_t left_ms, dcv_reply_fn reply, void *ctx,
	struct dcv_pool **ret, struct dcv_error *err) DCV_NODISCARD;
void dcv_pool_free(struct dcv_pool *pool);

/* `stopped` is asked ten times a second; when it says true, all ends as if the time were over. */
void dcv_pool_watch(struct dcv_pool *pool, bool (*stopped)(void *ctx), void *ctx);

/* The target of an address: one for each, however often it is asked for; the limit of what may
 * be in flight is that of the machine there. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_pool_target(struct dcv_pool *pool, const struct dcv_addr *addr,
	size_t *ret, struct dcv_error *err) DCV_NODISCARD;

/* Questions that one public address is sent in a second, a tenth of them at once; 0 (default): as
 * many as the limit in flight lets through, as it is always for special-purpose addresses: loopback
 * and private ones are the user's own. */
void dcv_pool_rate(struct dcv_pool *pool, unsigned per_s);
/* Another time for everything to end. */
void dcv_pool_deadline(struct dcv_pool *pool, int64_t left_ms);

/* Queues a question for the next dcv_pool_run. */
void dcv_pool_ask(struct dcv_pool *pool, struct dcv_question *question);

/* Asks everything that is queued and returns when every question has ended.
 * Fails: DCV_E_NOMEM, DCV_E_INTERNAL, and what the reply function says. */
enum dcv_err dcv_pool_run(struct dcv_pool *pool, struct dcv_error *err) DCV_NODISCARD;

/* Real time until everything ends; 0: it is over. */
int64_t dcv_pool_left_ms(const struct dcv_pool *pool);
/* Lets real time pass, not beyond the end. */
void dcv_pool_pause(struct dcv_pool *pool, int64_t ms);

#endif
