/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* For tests: one zone, its servers as scripts, and one run of a check against them. */
#ifndef TESTS_UNIT_CHECK_WORLD_H
#define TESTS_UNIT_CHECK_WORLD_H

#include "check/check.h"
#include "responder.h"

#define WALL_S 1000000

static struct dcv_arena arena;
static struct dcv_name apex, owner;
static struct dcv_rdata new_value, old_value;
static struct dcv_check_item item;

static inline void answer_soa(struct request *r, struct message *m)
{
	begin_answer(m, &r->query, FLAGS_AA);
	put_soa(m, ANSWER, 2026112201);
	respond(r, m);
}

static inline void answer_txt(struct request *r, struct message *m, unsigned flags,
	const char *first, const char *second)
{
	begin_answer(m, &r->query, flags);
	if (first != NULL) {
		put_txt(m, 300, first);
	}
	if (second != NULL) {
		put_txt(m, 300, second);
	}
	respond(r, m);
}

static inline void script_right(struct request *r, struct message *m)
{
	if (r->query.type == DCV_TYPE_SOA) {
		answer_soa(r, m);
	} else {
		answer_txt(r, m, FLAGS_AA, "new", "foreign");
	}
}

static inline void script_right_after_two(struct request *r, struct message *m)
{
	if (r->query.type == DCV_TYPE_SOA || r->n >= 2) {
		script_right(r, m);
	} else {
		answer_txt(r, m, FLAGS_AA, NULL, NULL);
	}
}

static inline void script_old(struct request *r, struct message *m)
{
	if (r->query.type == DCV_TYPE_SOA) {
		answer_soa(r, m);
	} else {
		answer_txt(r, m, FLAGS_AA, "new", "old");
	}
}

static inline void script_silent(struct request *r, struct message *m)
{
	(void)r;
	(void)m;
}

struct world {
	struct dcv_server servers[4];
	struct dcv_check_zone zone;
	struct dcv_check_options options;
	struct dcv_clock clock;
	struct dcv_check_result result;
	unsigned rounds_told;
};

static inline int64_t wall_s(void *ctx)
{
	(void)ctx;
	return WALL_S;
}

static inline void on_round(void *ctx, const struct dcv_check_result *result)
{
	struct world *w = ctx;

	w->rounds_told++;
	assert_int_equal(result->rounds, w->rounds_told);
}

static inline int set_up(void **state)
{
	(void)state;
	assert_int_equal(dcv_name_from("example.com.", &apex, NULL), DCV_OK);
	assert_int_equal(dcv_name_from("_dnsauth.example.com.", &owner, NULL), DCV_OK);
	assert_int_equal(dcv_txt_make("new", 3, &arena, &new_value, NULL), DCV_OK);
	assert_int_equal(dcv_txt_make("old", 3, &arena, &old_value, NULL), DCV_OK);
	item = (struct dcv_check_item){.owner = owner,
		.type = DCV_TYPE_TXT,
		.n_wanted = 1,
		.n_unwanted = 1,
		.wanted = &new_value,
		.unwanted = &old_value,
		.cached_s = 900};
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	dcv_arena_clear(&arena);
	return 0;
}

static inline void world_init(struct world *w, bool wait, int64_t ms)
{
	memset(w, 0, sizeof *w);
	w->clock = dcv_clock_system;
	w->clock.wall_s = wall_s;
	w->zone = (struct dcv_check_zone){.apex = apex, .servers = w->servers};
	w->options = (struct dcv_check_options){.wait = wait,
		.deadline_ms = dcv_mono_ms(&w->clock) + ms,
		.round = on_round,
		.ctx = w};
	w->options.clock = &w->clock;
}

static inline void world_add(struct world *w, const char *name,
	const struct dcv_addr *addr)
{
	w->servers[w->zone.n_servers++] = (struct dcv_server){name, *addr};
}

static inline void world_run_items(struct world *w, const struct dcv_check_item *items,
	size_t n)
{
	struct dcv_error err = {.code = DCV_OK};

	if (dcv_check_run(&w->options, &w->zone, 1, items, n, &arena, &w->result, &err) !=
		DCV_OK) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(w->rounds_told, w->result.rounds);
}

static inline const struct dcv_observation *world_run(struct world *w)
{
	world_run_items(w, &item, 1);
	return dcv_check_at(&w->result, 0, 0);
}

static inline void start(struct responder *r, script_fn script)
{
	assert_true(responder_start(r, "127.0.0.1", script));
}

/* One server, one run. */
static inline struct dcv_observation run_one(struct world *w, struct responder *r,
	script_fn script)
{
	struct dcv_observation seen;

	start(r, script);
	world_add(w, "ns1.example.com", &r->addr);
	seen = *world_run(w);
	responder_stop(r);
	return seen;
}

static struct responder one, two;

#endif
