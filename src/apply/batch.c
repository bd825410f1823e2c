/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how zones are carried out under their locks: one by one, or, in a run over many,
 * some at a time, so that what is waited for (the disk, name servers) is waited for together. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "apply/internal.h"

#define CONFLICTS_MAX 3 /* times that a zone may move under us in one run */
#define BATCH_MAX 48u
#define THREADS_MAX 16u

/* A saved plan is what a person agreed to. */
static enum dcv_err refuse_moved(const struct dcv_zone_run *zone, struct dcv_error *err)
{
	dcv_fail(err, DCV_E_REFUSED, "%s: moved since the plan was saved: not touched",
		zone->view.place);
	return dcv_help(err,
		"run: dcvctl plan --save FILE ORDER   (then look at it, and apply --plan FILE)");
}

static enum dcv_err read_again(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	const char *etag = zone->view.etag;
	bool moved = false;
	enum dcv_err rc;

	dcv_arena_clear(&zone->memory);
	rc = dcv_zone_read(run, zone, &zone->memory, &zone->view, &err);
	if (rc == DCV_OK && run->exact && !zone->changed && etag != NULL &&
		zone->view.etag != NULL && strcmp(etag, zone->view.etag) != 0)
		rc = refuse_moved(zone, &err);
	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	if (dcv_caa_note_view(run, zone, &moved) != DCV_OK)
		return DCV_E_NOMEM;
	return moved ? dcv_plan_caa_of(run, diags) : DCV_OK;
}

/* The facts are read again under the lock: what another run did meanwhile counts. */
static enum dcv_err plan_again(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct dcv_diags diags = {0};
	enum dcv_err rc = dcv_gather_again(run, zone, &diags);

	if (rc == DCV_OK)
		rc = read_again(run, zone, &diags);
	if (rc == DCV_OK)
		rc = dcv_plan_zone(run, zone, &diags);
	for (size_t i = 0; rc != DCV_OK && i < diags.n; i++) {
		if (diags.items[i].severity != DCV_SEV_ERROR)
			continue;
		dcv_fail(err, rc, "%s", diags.items[i].text);
		if (diags.items[i].help[0] != '\0')
			dcv_help(err, "%s", diags.items[i].help);
		break;
	}
	if (rc != DCV_OK && err->code == DCV_OK)
		dcv_fail(err, rc, "%s", dcv_err_text(rc));
	dcv_diags_clear(&diags);
	return rc;
}

/* Under the lock: settles what an earlier run left, and plans again. */
static enum dcv_err prepare(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_error *err = &zone->error;
	const size_t n_add = zone->plan.n_add, n_remove = zone->plan.n_remove,
		     n_ttl = zone->plan.n_ttl;
	enum dcv_err rc;

	if (dcv_mono_ms(run->clock) >= run->deadline_ms) {
		dcv_fail(err, DCV_E_FAILED, "%s: nothing changed: the deadline is over",
			zone->view.place);
		return dcv_help(err, "help: give it more time with --deadline 30m");
	}
	rc = plan_again(run, zone, err);
	if (rc != DCV_OK)
		return rc;
	if (run->exact && !zone->changed &&
		(n_add != zone->plan.n_add || n_remove != zone->plan.n_remove ||
			n_ttl != zone->plan.n_ttl))
		return refuse_moved(zone, err);
	return dcv_carry_prepare(run, carry);
}

static enum dcv_err take_lock(struct dcv_run *run, struct dcv_carry *carry,
	int64_t wait_ms)
{
	struct dcv_zone_run *zone = carry->zone;
	enum dcv_err rc = dcv_zone_lock(run, zone, wait_ms, &carry->lock, &zone->error);

	if (rc == DCV_OK) {
		dcv_run_tell(run, "locked", zone);
		rc = dcv_recover(run, zone, &zone->error);
	}
	return rc;
}

static void tell_steps(struct dcv_run *run, const struct dcv_carry *carry)
{
	if (carry->written)
		dcv_run_tell(run, "written", carry->zone);
	if (carry->reloaded)
		dcv_run_tell(run, "reloaded", carry->zone);
}

/* A backend may hold something of the server until it is closed (a frozen zone): it is closed
 * while the lock is still ours. */
static void release(const struct dcv_run *run, struct dcv_carry *carry)
{
	dcv_plan_forget(run, carry->zone);
	dcv_zone_close(carry->zone);
	dcv_lock_drop(&carry->lock);
}

/* One zone whose lock is held, until it no longer moves. */
static enum dcv_err carry_alone(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_error *err = &carry->zone->error;

	for (int tries = 0; tries < CONFLICTS_MAX; tries++) {
		enum dcv_err rc;

		*err = (struct dcv_error){0};
		rc = prepare(run, carry);
		if (rc == DCV_OK)
			rc = dcv_carry_begin(run, carry, 1, err);
		if (rc != DCV_OK)
			return rc;
		dcv_carry_effect(run, carry);
		tell_steps(run, carry);
		dcv_carry_end(run, carry, 1);
		if (!carry->again)
			return carry->rc;
	}
	*err = (struct dcv_error){0};
	return dcv_fail(err, DCV_E_FAILED,
		"%s: somebody else writes it all the time: given up after %d tries",
		carry->zone->view.place, CONFLICTS_MAX);
}

static enum dcv_err run_alone(struct dcv_run *run, struct dcv_zone_run *zone)
{
	struct dcv_carry carry = {.zone = zone, .lock = {-1}};
	enum dcv_err rc;

	zone->error = (struct dcv_error){0};
	rc = take_lock(run, &carry, run->lock_wait_ms);
	if (rc == DCV_OK)
		rc = carry_alone(run, &carry);
	if (rc == DCV_OK && zone->done)
		dcv_carry_tell_both(zone);
	release(run, &carry);
	return rc;
}

/* Zones under way together. */
struct batch {
	struct dcv_run *run;
	size_t n;
	struct dcv_carry carries[BATCH_MAX];
	atomic_size_t next;
	/* What backends say is said when all are through: threads do not print. */
	pthread_mutex_t mutex;
	struct dcv_buf said;
};

static void keep_line(void *ctx, enum dcv_level level, const char *line)
{
	struct batch *batch = ctx;

	(void)pthread_mutex_lock(&batch->mutex);
	dcv_buf_addc(&batch->said, (char)('0' + (int)level));
	dcv_buf_adds(&batch->said, line);
	dcv_buf_addc(&batch->said, '\0');
	(void)pthread_mutex_unlock(&batch->mutex);
}

static void say_lines(struct batch *batch)
{
	const char *at = dcv_buf_text(&batch->said), *end = at + batch->said.len;

	for (; at < end; at += strlen(at) + 1)
		dcv_log(batch->run->log, (enum dcv_level)(at[0] - '0'), "%s", at + 1);
}

static void *work(void *ctx)
{
	struct batch *batch = ctx;
	size_t i;

	while ((i = atomic_fetch_add(&batch->next, 1)) < batch->n)
		dcv_carry_effect(batch->run, &batch->carries[i]);
	return NULL;
}

/* All effects; what no thread can be had for is done here. */
static void bring_about(struct batch *batch)
{
	const struct dcv_log collecting = {keep_line, batch};
	const struct dcv_log *log = batch->run->host.log;
	pthread_t threads[THREADS_MAX];
	size_t n = 0;

	atomic_store(&batch->next, 0);
	dcv_buf_init(&batch->said, 1u << 20);
	batch->run->host.log = &collecting;
	while (n < THREADS_MAX && n < batch->n &&
		pthread_create(&threads[n], NULL, work, batch) == 0)
		n++;
	(void)work(batch);
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	batch->run->host.log = log;
	say_lines(batch);
	dcv_buf_clear(&batch->said);
}

/* Locks and plans as many of the zones as are free; the others are left for later. */
static void fill(struct batch *batch, struct dcv_zone_run *const *zones, size_t n,
	bool *taken)
{
	batch->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct dcv_carry *carry = &batch->carries[batch->n];

		*carry = (struct dcv_carry){.zone = zones[i], .lock = {-1}};
		/* The backends of a zone share its lock. */
		taken[i] = zones[i]->binding->n_backends == 1 &&
			take_lock(batch->run, carry, 0) == DCV_OK &&
			prepare(batch->run, carry) == DCV_OK;
		if (taken[i])
			batch->n++;
		else
			release(batch->run, carry);
	}
}

/* Carries out what was taken. False: the ledger took no intents, nothing was done. */
static bool carry_batch(struct batch *batch)
{
	struct dcv_error err = {0};

	if (batch->n == 0 ||
		dcv_carry_begin(batch->run, batch->carries, batch->n, &err) != DCV_OK)
		return batch->n == 0;
	bring_about(batch);
	dcv_carry_end(batch->run, batch->carries, batch->n);
	for (size_t i = 0; i < batch->n; i++)
		tell_steps(batch->run, &batch->carries[i]);
	return true;
}

static bool is_stopped(struct dcv_run *run)
{
	if (!run->was_stopped && run->stopped != NULL)
		run->was_stopped = run->stopped(run->stopped_ctx);
	return run->was_stopped;
}

/* What was not begun is said of each zone. */
static enum dcv_err not_begun(struct dcv_zone_run *zone)
{
	zone->error = (struct dcv_error){0};
	return dcv_fail(&zone->error, DCV_E_FAILED, "%s: not begun: stopped by a signal",
		zone->view.place);
}

/* What was not free, moved, or failed before anything was done is done alone: there it fails with
 * its own words. */
static void run_batch(struct batch *batch, struct dcv_zone_run *const *zones, size_t n,
	void (*told)(void *ctx, struct dcv_zone_run *zone, enum dcv_err rc), void *ctx)
{
	bool taken[BATCH_MAX], done;
	size_t k = 0;

	fill(batch, zones, n, taken);
	done = carry_batch(batch);
	for (size_t i = 0; i < batch->n; i++)
		release(batch->run, &batch->carries[i]);
	for (size_t i = 0; i < n; i++) {
		const struct dcv_carry *carry = taken[i] ? &batch->carries[k++] : NULL;

		if (carry != NULL && done && !carry->again)
			told(ctx, zones[i], carry->rc);
		else if (is_stopped(batch->run))
			told(ctx, zones[i], not_begun(zones[i]));
		else
			told(ctx, zones[i], run_alone(batch->run, zones[i]));
	}
}

void dcv_batch_run(struct dcv_run *run, struct dcv_zone_run *const *zones, size_t n,
	void (*told)(void *ctx, struct dcv_zone_run *zone, enum dcv_err rc), void *ctx)
{
	struct batch *batch = n > DCV_MANY_ZONES
		? dcv_arena_alloc(run->arena, sizeof(*batch))
		: NULL;
	size_t size = batch != NULL ? BATCH_MAX : 1;

	if (batch != NULL) {
		batch->run = run;
		(void)pthread_mutex_init(&batch->mutex, NULL);
	}
	for (size_t i = 0; i < n; i += size) {
		size_t some = n - i < size ? n - i : size;

		for (size_t k = 0; is_stopped(run) && k < some; k++)
			told(ctx, zones[i + k], not_begun(zones[i + k]));
		if (run->was_stopped)
			continue;
		if (batch != NULL)
			run_batch(batch, &zones[i], some, told, ctx);
		else
			told(ctx, zones[i], run_alone(run, zones[i]));
	}
	if (batch != NULL)
		(void)pthread_mutex_destroy(&batch->mutex);
}
