/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which addresses the pool asks, each once, and how fast each may be asked. It
 * does not know sockets or questions. */
#include <stdlib.h>

#include "check/lane.h"
#include "dns/special.h"

#define SLOTS_MIN 16u
#define BURST_DIVISOR 10u /* of a second's questions this part may go at once */
#define NS_PER_S UINT64_C(1000000000)

static uint64_t hash(const struct dcv_addr *addr)
{
	const uint8_t *octets = (const uint8_t *)&addr->u;
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (socklen_t i = 0; i < addr->len; i++) {
		h = (h ^ octets[i]) * UINT64_C(1099511628211);
	}
	return h;
}

/* The slot of an address, or the empty one where it belongs. */
static size_t *find_slot(const struct dcv_pool *pool, const struct dcv_addr *addr)
{
	size_t at = (size_t)hash(addr) & (pool->n_slots - 1);

	for (;; at = (at + 1) & (pool->n_slots - 1)) {
		const struct dcv_addr *there = pool->slots[at] == 0
			? NULL
			: &pool->targets[pool->slots[at] - 1]->addr;

		if (there == NULL || dcv_addr_equal(there, addr)) {
			return &pool->slots[at];
		}
	}
}

/* Twice the room. False when memory is out. */
static bool grow(struct dcv_pool *pool)
{
	size_t n_slots = pool->n_slots == 0 ? SLOTS_MIN : pool->n_slots * 2;
	size_t *slots = calloc(n_slots, sizeof *slots);
	struct dcv_target **targets = reallocarray(pool->targets, n_slots / 2,
		sizeof(struct dcv_target *));

	if (targets != NULL) {
		pool->targets = targets;
	}
	if (slots == NULL || targets == NULL) {
		free(slots);
		return false;
	}
	free(pool->slots);
	pool->slots = slots;
	pool->n_slots = n_slots;
	for (size_t i = 0; i < pool->n_targets; i++) {
		*find_slot(pool, &targets[i]->addr) = i + 1;
	}
	return true;
}

enum dcv_err dcv_pool_target(struct dcv_pool *pool, const struct dcv_addr *addr,
	size_t *ret, struct dcv_error *err)
{
	if (pool->n_targets == pool->n_slots / 2 && !grow(pool)) {
		return dcv_nomem(err);
	}

	size_t *slot = find_slot(pool, addr);

	if (*slot == 0) {
		struct dcv_target *target = calloc(1, sizeof *target);

		if (target == NULL) {
			return dcv_nomem(err);
		}
		target->pool = pool;
		target->addr = *addr;
		target->is_own = dcv_addr_special(addr) != NULL;
		target->udp.target = target;
		target->tcp.target = target;
		target->tcp.tcp = true;
		pool->targets[pool->n_targets++] = target;
		*slot = pool->n_targets;
	}
	*ret = *slot - 1;
	return DCV_OK;
}

void dcv_targets_free(struct dcv_pool *pool)
{
	for (size_t i = 0; i < pool->n_targets; i++) {
		free(pool->targets[i]);
	}
	free(pool->targets);
	free(pool->slots);
}

void dcv_pool_rate(struct dcv_pool *pool, unsigned per_s)
{
	pool->interval_ns = per_s == 0 ? 0 : NS_PER_S / per_s;
}

static void on_pace(uv_timer_t *timer)
{
	struct dcv_pool *pool = timer->loop->data;
	struct dcv_lane *lane = pool->paced, *next;

	pool->paced = NULL;
	for (; lane != NULL; lane = next) {
		next = lane->next_paced;
		lane->is_paced = false;
		dcv_lane_more(lane);
	}
}

static void pace(struct dcv_lane *lane, uint64_t wait_ns)
{
	struct dcv_pool *pool = lane->target->pool;

	if (!lane->is_paced) {
		lane->is_paced = true;
		lane->next_paced = pool->paced;
		pool->paced = lane;
	}
	if (!uv_is_active((uv_handle_t *)&pool->pacer)) {
		uv_update_time(&pool->loop);
		(void)uv_timer_start(&pool->pacer, on_pace, wait_ns / DCV_NS_PER_MS + 1,
			0);
	}
}

bool dcv_lane_may_send(struct dcv_lane *lane)
{
	struct dcv_target *target = lane->target;
	uint64_t interval_ns = target->pool->interval_ns, now = uv_hrtime();
	uint64_t burst_ns = NS_PER_S / BURST_DIVISOR;

	if (interval_ns == 0 || target->is_own) {
		return true;
	}
	target->due_ns = target->due_ns > now ? target->due_ns : now;
	if (target->due_ns - now > burst_ns) {
		pace(lane, target->due_ns - now - burst_ns);
		return false;
	}
	target->due_ns += interval_ns;
	return true;
}
