/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Inside the survey only (survey*.c): what its files share. The work is cut into tasks; each does
 * what it can in its step, and is stepped again when something that it waits for has ended. */
#ifndef DCV_CHECK_SURVEY_PARTS_H
#define DCV_CHECK_SURVEY_PARTS_H

#include "check/pool.h"
#include "check/survey.h"
#include "dns/names.h"

#define DCV_WAY_MS \
	1500u /* a question on the way to a zone; then the next server is asked */
#define DCV_SURVEY_MS 3000u /* a question that shall tell whether an address is dead */
#define DCV_LOOK_MS 4000u
#define DCV_TRIES_MAX 8u /* addresses that are asked for one answer */
#define DCV_HOSTS_MAX 64u /* servers whose addresses are looked up for one wanted name */
#define DCV_DEPTH_MAX 4u /* addresses of servers whose zones' servers' addresses … */
#define DCV_ZONE_SERVERS_MAX 64u
#define DCV_SERVER_ADDRESSES_MAX 16u

struct dcv_waiter;
struct dcv_zone;

struct dcv_task {
	void (*step)(struct dcv_survey *survey, struct dcv_task *task);
	struct dcv_task *next_ready;
	struct dcv_waiter *waiters;
	unsigned generation; /* the public call in which it ended */
	bool ready, done;
	bool late; /* it ended for want of time */
};

/* What is known of an address, whatever zone it serves. */
struct dcv_machine {
	unsigned mute_in; /* the public call in which it did not answer */
};

/* An address for one zone. */
struct dcv_spot_address {
	struct dcv_zone_address seen; /* first */
	size_t target; /* of the pool */
	struct dcv_zone *zone;
	struct dcv_machine *machine;
	bool asked; /* SOA and NS, by the survey of the zone */
	unsigned lame_in; /* the public call in which it was found to be lame */
};

struct dcv_host;
struct dcv_ns_server {
	struct dcv_zone_server seen; /* first */
	struct dcv_host *host; /* its own addresses; NULL: not looked up */
	bool merged; /* what the host has is in `seen` */
};

/* One authoritative answer of a zone, wherever it comes from: its servers are asked one by one.
 * `accept` is told of each answer, and says whether it will do; else the server is lame. */
struct dcv_quest {
	struct dcv_task task;
	struct dcv_zone *zone;
	const struct dcv_name *name;
	uint16_t type;
	bool (*accept)(struct dcv_survey *survey, struct dcv_quest *quest,
		struct dcv_spot_address *address, const struct dcv_reply *reply);
	void *ctx; /* of accept */
	struct dcv_spot_address *tried[DCV_TRIES_MAX];
	unsigned n_tried, n_open;
	unsigned serial; /* of its use, where one is used again */
	bool silent; /* one of them did not answer: all others are asked at once */
	bool is_stuck; /* waits for addresses of servers */
	bool answered;
	const char *why; /* it failed */
};

struct dcv_zone {
	struct dcv_zone_seen seen; /* first */
	struct dcv_task task; /* the survey of its servers */
	struct dcv_zone *parent;
	unsigned depth; /* see DCV_DEPTH_MAX */
	unsigned *budget; /* of the wanted name for which it was found */
	bool hidden; /* served by the parent's servers, which do not refer to it */
	bool started;
	unsigned n_open; /* questions of its survey */
	struct dcv_quest ns, ds;
};

/* Which zone holds a name. */
struct dcv_gate;
struct dcv_find {
	struct dcv_task task;
	const struct dcv_name *name;
	struct dcv_place_of_name place; /* when done */
	struct dcv_zone *at; /* the deepest zone so far */
	struct dcv_quest quest;
	struct dcv_find *above; /* of the parent name, when that decides */
	struct dcv_gate *gate; /* that we hold */
	unsigned n_below; /* labels of the name below the apex of a hidden zone */
	unsigned depth;
	unsigned own_budget,
		*budget; /* hosts that may still be begun; see DCV_HOSTS_MAX */
	bool asking; /* the quest has begun */
	bool no_soa, no_soa_nxdomain; /* somebody said "no such record" without a SOA */
	enum {
		DCV_SAID_NOTHING,
		DCV_SAID_REFERRAL,
		DCV_SAID_HERE,
		DCV_SAID_HIDDEN,
		DCV_SAID_ALIAS
	} said;
};

/* The addresses of a name server by its own records. */
struct dcv_host {
	struct dcv_task task;
	const struct dcv_name *name;
	unsigned depth, *budget;
	struct dcv_find *find;
	struct dcv_quest quests[2]; /* A, AAAA */
	bool asked, is_alias, is_over; /* over: of the budget */
	const char *why; /* no address is known */
	size_t n;
	struct dcv_addr *addrs;
};

/* What stands at a name. */
struct dcv_spot {
	struct dcv_task task;
	const struct dcv_name *name;
	uint16_t type;
	bool every, begun;
	bool by_dname, differ;
	struct dcv_find *find;
	struct dcv_quest quest; /* unless `every` */
	unsigned n_open; /* with `every` */
	size_t n_answers;
	struct dcv_address_answer *answers;
	const struct dcv_address_answer *best; /* NULL: nobody said anything; see why */
	const char *why;
	uint32_t ttl_s; /* the largest of the answers */
};

struct dcv_survey {
	struct dcv_survey_options options;
	struct dcv_arena arena;
	struct dcv_pool *pool;
	struct dcv_names names; /* each once: many things have the same */
	struct dcv_names zones, finds, gates, hosts, spots, climbs;
	struct dcv_machine **machines; /* [target] */
	size_t n_machines;
	struct dcv_task *ready, *ready_tail;
	struct dcv_stuck *stuck;
	struct dcv_asked *spare;
	struct dcv_waiter *spare_waiter;
	struct dcv_zone *root;
	unsigned generation; /* of public calls; from 1 */
	unsigned epoch; /* of what stands at names */
	bool eager; /* the zones that are found on the way are to be surveyed */
	bool late; /* in this call a question went unanswered for want of time */
	enum dcv_err rc; /* why the run ends early */
	struct dcv_error error;
};

/* ---- survey.c ---- */

/* Memory of the survey; NULL when it is out, which ends the run. */
void *dcv_survey_alloc(struct dcv_survey *survey, size_t n, size_t size);
const char *dcv_survey_text(struct dcv_survey *survey, const char *fmt, ...)
	DCV_PRINTF(2, 3);
void dcv_survey_fail(struct dcv_survey *survey, enum dcv_err rc);
/* The survey's one copy of a name; NULL when memory is out. */
const struct dcv_name *dcv_survey_name(struct dcv_survey *survey,
	const struct dcv_name *name);

void dcv_task_wake(struct dcv_survey *survey, struct dcv_task *task);
void dcv_task_finish(struct dcv_survey *survey, struct dcv_task *task);
/* True if `on` has not ended; then the task is stepped when it has. */
bool dcv_task_wait(struct dcv_survey *survey, struct dcv_task *task, struct dcv_task *on);
/* It ended for want of time in an earlier call: to be done again. */
bool dcv_task_is_stale(const struct dcv_survey *survey, const struct dcv_task *task);
/* Another public call: what failed for want of time is tried again. */
void dcv_survey_next(struct dcv_survey *survey);
/* Steps what is ready and asks, until nothing is left to do. */
enum dcv_err dcv_survey_run(struct dcv_survey *survey, struct dcv_error *err);

typedef void (*dcv_asked_fn)(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply);
/* Of the question name, type, limit and manner count. `answered` is always called once, unless
 * the run fails. */
void dcv_survey_ask(struct dcv_survey *survey, struct dcv_spot_address *address,
	const struct dcv_question *question, dcv_asked_fn answered, void *ctx,
	size_t index);

/* ---- survey_zone.c ---- */

/* A zone that is now known. NULL when memory is out. */
struct dcv_zone *dcv_zone_new(struct dcv_survey *survey, const struct dcv_name *apex,
	struct dcv_zone *parent);
/* What a referral says of it: name servers, and the glue that the parent may speak of. */
void dcv_zone_referral(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_answer *answer);
/* What it says itself of who serves it. */
void dcv_zone_own_ns(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_rrset *set);
/* A server with an address from the hints. */
void dcv_zone_hint(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_hint *hint);
struct dcv_zone *dcv_zone_get(struct dcv_survey *survey, const struct dcv_name *apex);
/* The deepest known zone that holds the name. */
struct dcv_zone *dcv_zone_above(struct dcv_survey *survey, const struct dcv_name *name);
/* Takes what the hosts of its servers have found. True if some are still being looked up. */
bool dcv_zone_merge(struct dcv_survey *survey, struct dcv_zone *zone);
/* Looks up the addresses of the servers that have none (every: of all), for who then waits. */
void dcv_zone_hosts(struct dcv_survey *survey, struct dcv_zone *zone, bool every,
	struct dcv_task *waiter);
/* The root and the top-level domains are not surveyed: they are not the user's. */
bool dcv_zone_is_top(const struct dcv_zone *zone);
/* Wants every address of it asked. */
void dcv_zone_survey(struct dcv_survey *survey, struct dcv_zone *zone);

/* ---- survey_find.c, survey_quest.c ---- */

/* The look-up of a name's zone, begun if it is not. A wanted name has depth 0 and budget NULL: it
 * gets one of its own. NULL when memory is out. */
struct dcv_find *dcv_find_get(struct dcv_survey *survey, const struct dcv_name *name,
	unsigned depth, unsigned *budget);
void dcv_quest_start(struct dcv_survey *survey, struct dcv_quest *quest);
/* Nothing is in flight any more: whoever waits for an address waits for himself. */
bool dcv_quest_unstick(struct dcv_survey *survey);
/* The look-up of a server's own addresses, begun if it is not. NULL when memory is out. */
struct dcv_host *dcv_host_get(struct dcv_survey *survey, const struct dcv_name *name,
	unsigned depth, unsigned *budget);

/* ---- survey_look.c ---- */

/* What stands at a name, asked for if it is not known. NULL when memory is out. */
struct dcv_spot *dcv_spot_get(struct dcv_survey *survey, const struct dcv_name *name,
	uint16_t type, bool every);
/* Both have something, and the same. */
bool dcv_spot_same(const struct dcv_spot *a, const struct dcv_spot *b);

/* ---- survey_chain.c ---- */

/* Fills the look when the run is over. */
void dcv_look_begin(struct dcv_survey *survey, struct dcv_look *look);

#endif
