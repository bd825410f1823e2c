/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how backends of zones are worked with at the same time: one thread a session,
 * and no more sessions of an account than it allows. Threads touch neither ledger nor terminal. */
#include <pthread.h>
#include <string.h>

#include "apply/internal.h"

#define THREADS_MAX 16u

struct job {
	struct dcv_zone_run *zone;
	uint32_t sessions_max; /* of its account; 0: any */
	enum { JOB_WAITS, JOB_RUNS, JOB_ENDED } state;
};

struct pool {
	size_t n;
	struct job *jobs;
	void (*one)(void *ctx, size_t i);
	void *ctx;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	/* What backends say is said when all are through. */
	pthread_mutex_t said_mutex;
	struct dcv_buf said;
};

bool dcv_zone_is_remote(const struct dcv_zone_run *zone)
{
	return strcmp(zone->at->provider, "zonefile") != 0 &&
		strcmp(zone->at->provider, "manual") != 0;
}

void dcv_zone_let_go(struct dcv_run *run, struct dcv_zone_run *zone)
{
	if (zone->backend == NULL || dcv_backend_sessions_max(&run->host, zone->at) == 0)
		return;
	dcv_backend_close(zone->backend);
	zone->backend = NULL;
}

static void keep_line(void *ctx, enum dcv_level level, const char *line)
{
	struct pool *pool = ctx;

	(void)pthread_mutex_lock(&pool->said_mutex);
	dcv_buf_addc(&pool->said, (char)('0' + (int)level));
	dcv_buf_adds(&pool->said, line);
	dcv_buf_addc(&pool->said, '\0');
	(void)pthread_mutex_unlock(&pool->said_mutex);
}

static void say_lines(const struct dcv_run *run, struct pool *pool)
{
	const char *at = dcv_buf_text(&pool->said), *end = at + pool->said.len;

	for (; at < end; at += strlen(at) + 1)
		dcv_log(run->log, (enum dcv_level)(at[0] - '0'), "%s", at + 1);
	dcv_buf_clear(&pool->said);
}

static bool has_room(const struct pool *pool, const struct job *job)
{
	uint32_t running = 0;

	for (size_t i = 0; job->sessions_max != 0 && i < pool->n; i++)
		running += pool->jobs[i].state == JOB_RUNS &&
			strcmp(pool->jobs[i].zone->at->name, job->zone->at->name) == 0;
	return job->sessions_max == 0 || running < job->sessions_max;
}

/* The next job whose account has room; NULL: none is left. The mutex is held. */
static struct job *take(struct pool *pool)
{
	for (;;) {
		bool waits = false;

		for (size_t i = 0; i < pool->n; i++) {
			struct job *job = &pool->jobs[i];

			if (job->state == JOB_WAITS && has_room(pool, job))
				return job;
			waits = waits || job->state == JOB_WAITS;
		}
		if (!waits)
			return NULL;
		/* Something runs, else there were room. */
		(void)pthread_cond_wait(&pool->ended, &pool->mutex);
	}
}

static void *work(void *ctx)
{
	struct pool *pool = ctx;
	struct job *job;

	(void)pthread_mutex_lock(&pool->mutex);
	while ((job = take(pool)) != NULL) {
		job->state = JOB_RUNS;
		(void)pthread_mutex_unlock(&pool->mutex);
		pool->one(pool->ctx, (size_t)(job - pool->jobs));
		(void)pthread_mutex_lock(&pool->mutex);
		job->state = JOB_ENDED;
		(void)pthread_cond_broadcast(&pool->ended);
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* What no thread can be had for is done here. */
static void work_all(struct pool *pool)
{
	pthread_t threads[THREADS_MAX];
	size_t n = 0;

	while (n < THREADS_MAX && n + 1 < pool->n &&
		pthread_create(&threads[n], NULL, work, pool) == 0)
		n++;
	(void)work(pool);
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
}

void dcv_sessions_run(struct dcv_run *run, struct dcv_zone_run *const *zones, size_t n,
	void (*one)(void *ctx, size_t i), void *ctx)
{
	struct job jobs[DCV_TOGETHER_MAX];
	struct pool pool = {.n = n, .jobs = jobs, .one = one, .ctx = ctx};
	const struct dcv_log *log = run->host.log;
	const struct dcv_log collecting = {.emit = keep_line,
		.ctx = &pool,
		.terse = log != NULL && log->terse};

	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct job){.zone = zones[i],
			.sessions_max = dcv_backend_sessions_max(&run->host, zones[i]->at)};
	(void)pthread_mutex_init(&pool.mutex, NULL);
	(void)pthread_mutex_init(&pool.said_mutex, NULL);
	(void)pthread_cond_init(&pool.ended, NULL);
	dcv_buf_init(&pool.said, 1u << 20);
	run->host.log = &collecting;
	work_all(&pool);
	run->host.log = log;
	say_lines(run, &pool);
	(void)pthread_cond_destroy(&pool.ended);
	(void)pthread_mutex_destroy(&pool.said_mutex);
	(void)pthread_mutex_destroy(&pool.mutex);
}
