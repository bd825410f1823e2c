/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the sockets that rest between two questions: one round follows the other, and a
 * socket costs more than a question. It does not know how they are opened. */
#include "check/check.h"
#include "check/lane.h"

#define IDLE_DIVISOR \
	2u /* of all sockets this part may rest, so that others can be opened */

bool dcv_lane_rest(struct dcv_socket *socket, uv_handle_t *handle)
{
	struct dcv_lane *lane = socket->lane;
	struct dcv_pool *pool = lane->target->pool;

	if (pool->starved != NULL || pool->n_idle >= pool->max_open / IDLE_DIVISOR) {
		return false;
	}
	(void)uv_timer_stop(&socket->timer);
	uv_unref(handle);
	socket->next_idle = lane->idle;
	lane->idle = socket;
	pool->n_idle++;
	return true;
}

struct dcv_socket *dcv_lane_wake(struct dcv_lane *lane)
{
	struct dcv_socket *socket = lane->idle;

	if (socket != NULL) {
		dcv_lane_forget(socket);
	}
	return socket;
}

void dcv_lane_forget(struct dcv_socket *socket)
{
	struct dcv_socket **at = &socket->lane->idle;

	while (*at != socket) {
		at = &(*at)->next_idle;
	}
	*at = socket->next_idle;
	socket->lane->target->pool->n_idle--;
}

void dcv_pool_close_idle(struct dcv_pool *pool)
{
	for (size_t i = 0; pool->n_idle > 0 && i < pool->n_targets; i++) {
		struct dcv_socket *socket = NULL;

		while ((socket = dcv_lane_wake(&pool->targets[i]->udp)) != NULL) {
			dcv_udp_close(socket);
		}
	}
}

const char *dcv_check_library(void)
{
	return uv_version_string();
}
