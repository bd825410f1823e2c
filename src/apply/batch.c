/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how zones are carried out under their locks: one by one, or, in a run over many,
 * some at a time, so that what is waited for (the disk, name servers) is waited for together. */
#include <string.h>

#include "apply/internal.h"

#define CONFLICTS_MAX 3 /* times that a zone may move under us in one run */
#define READ_MS_MAX 5000 /* what was read before that, without the lock, is read again */

/* A saved plan is what a person agreed to. */
static enum dcv_err refuse_moved(const struct dcv_zone_run *zone, struct dcv_error *err)
{
	dcv_fail(err, DCV_E_REFUSED, "%s: moved since the plan was saved: not touched",
		zone->view.place);
	return dcv_help(err,
		"run: dcvctl plan --save FILE ORDER   (then look at it, and apply --plan FILE)");
}

/* The first error of a step, as the zone's. */
static enum dcv_err fail_first(const struct dcv_diags *diags, enum dcv_err rc,
	struct dcv_error *err)
{
	for (size_t i = 0; i < diags->n; i++) {
		if (diags->items[i].severity != DCV_SEV_ERROR)
			continue;
		dcv_fail(err, rc, "%s", diags->items[i].text);
		if (diags->items[i].help[0] != '\0')
			dcv_help(err, "%s", diags->items[i].help);
		break;
	}
	if (err->code == DCV_OK)
		dcv_fail(err, rc, "%s", dcv_err_text(rc));
	return rc;
}

/* Under the lock. The zone need not be read again where that was done a moment ago and the backend
 * compares; and where the ledger has not moved since either, what was planned then still holds.
 * Else what it knows is read again, since what another run did meanwhile counts. */
static enum dcv_err look_up(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_diags diags = {0};
	enum dcv_err rc;

	if (dcv_mono_ms(run->clock) >= run->deadline_ms) {
		dcv_fail(&zone->error, DCV_E_FAILED,
			"%s: nothing changed: the deadline is over", zone->view.place);
		return dcv_help(&zone->error,
			"help: give it more time with --deadline 30m");
	}
	carry->etag = zone->view.etag;
	carry->n_add = zone->plan.n_add;
	carry->n_remove = zone->plan.n_remove;
	carry->n_ttl = zone->plan.n_ttl;
	carry->early = zone->keeps_read &&
		dcv_mono_ms(run->clock) - zone->read_ms <= READ_MS_MAX;
	carry->same = carry->early && zone->sound && dcv_ledger_is_as_marked(run->ledger);
	zone->keeps_read = false;
	if (carry->same)
		return DCV_OK;
	rc = dcv_gather_again(run, zone, &diags);
	if (rc != DCV_OK)
		(void)fail_first(&diags, rc, &zone->error);
	dcv_diags_clear(&diags);
	return rc;
}

/* Touches nothing but the zone. */
static void fetch(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;

	carry->rc = DCV_OK;
	if (carry->early)
		return;
	dcv_arena_clear(&zone->memory);
	carry->rc = dcv_zone_fetch(run, zone, &zone->memory, &zone->view, &zone->error);
}

/* What was decided on CAA may be in the plan of any zone. */
static enum dcv_err plan_caa_again(struct dcv_run *run, struct dcv_diags *diags)
{
	for (size_t i = 0; i < run->n_zones; i++)
		run->zones[i].sound = false;
	return dcv_plan_caa_of(run, diags);
}

static enum dcv_err plan_again(struct dcv_run *run, struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	struct dcv_diags diags = {0};
	bool moved = false;
	enum dcv_err rc = dcv_caa_note_view(run, zone, &moved);

	if (rc == DCV_OK && moved)
		rc = plan_caa_again(run, &diags);
	if (rc == DCV_OK)
		rc = dcv_plan_zone(run, zone, &diags);
	if (rc != DCV_OK)
		(void)fail_first(&diags, rc, err);
	dcv_diags_clear(&diags);
	return rc;
}

/* A saved plan is carried out as it was, or not at all. */
static bool is_moved(const struct dcv_run *run, const struct dcv_carry *carry)
{
	const char *etag = carry->zone->view.etag;

	return run->exact && !carry->zone->changed && carry->etag != NULL &&
		etag != NULL && strcmp(carry->etag, etag) != 0;
}

static bool is_replanned(const struct dcv_run *run, const struct dcv_carry *carry)
{
	const struct dcv_zone_run *zone = carry->zone;

	return run->exact && !zone->changed &&
		(carry->n_add != zone->plan.n_add ||
			carry->n_remove != zone->plan.n_remove ||
			carry->n_ttl != zone->plan.n_ttl);
}

/* What was read without the lock is compared, and read back, only where something is written. */
static enum dcv_err plan_surely(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_error *err = &carry->zone->error;
	struct dcv_zone_run *zone = carry->zone;
	enum dcv_err rc = DCV_OK;

	if (!carry->same || !zone->sound) {
		if (carry->early)
			zone->view = zone->read;
		rc = plan_again(run, zone, err);
	}
	if (rc != DCV_OK || !carry->early || zone->plan.changes)
		return rc;
	carry->early = false;
	fetch(run, carry);
	return carry->rc == DCV_OK ? plan_again(run, zone, err) : carry->rc;
}

/* From what was fetched to what is to be done. */
static enum dcv_err prepare(struct dcv_run *run, struct dcv_carry *carry)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_error *err = &zone->error;
	enum dcv_err rc = carry->rc;

	if (rc == DCV_OK && zone->manual)
		rc = dcv_zone_read(run, zone, &zone->memory, &zone->view, err);
	if (rc == DCV_OK && is_moved(run, carry))
		rc = refuse_moved(zone, err);
	if (rc == DCV_OK)
		rc = plan_surely(run, carry);
	if (rc == DCV_OK && is_replanned(run, carry))
		rc = refuse_moved(zone, err);
	return rc == DCV_OK ? dcv_carry_prepare(run, carry) : rc;
}

/* Settles what an earlier run left, under the lock. */
static enum dcv_err recover(struct dcv_run *run, struct dcv_carry *carry)
{
	dcv_run_tell(run, "locked", carry->zone);
	return dcv_recover(run, carry->zone, &carry->zone->error);
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
		rc = look_up(run, carry);
		if (rc == DCV_OK) {
			fetch(run, carry);
			rc = prepare(run, carry);
		}
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
	rc = dcv_zone_lock(run, zone, run->lock_wait_ms, &carry.lock, &zone->error);
	if (rc == DCV_OK)
		rc = recover(run, &carry);
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
	struct dcv_carry carries[DCV_TOGETHER_MAX];
	/* The backends of a zone share its lock. */
	size_t n_locks;
	struct {
		const struct dcv_binding *binding;
		struct dcv_lock lock;
	} locks[DCV_TOGETHER_MAX];
	struct dcv_carry *some[DCV_TOGETHER_MAX]; /* those that a step is for */
	void (*step)(struct dcv_run *run, struct dcv_carry *carry);
};

static void step_one(void *ctx, size_t i)
{
	struct batch *batch = ctx;

	batch->step(batch->run, batch->some[i]);
	dcv_zone_let_go(batch->run, batch->some[i]->zone);
}

/* A step of some of the carries, at the same time. */
static void step_some(struct batch *batch, bool remote_only,
	void (*step)(struct dcv_run *run, struct dcv_carry *carry))
{
	struct dcv_zone_run *zones[DCV_TOGETHER_MAX];
	size_t n = 0;

	batch->step = step;
	for (size_t i = 0; i < batch->n; i++) {
		if (remote_only && !dcv_zone_is_remote(batch->carries[i].zone)) {
			step(batch->run, &batch->carries[i]);
			continue;
		}
		zones[n] = batch->carries[i].zone;
		batch->some[n++] = &batch->carries[i];
	}
	if (n > 0)
		dcv_sessions_run(batch->run, zones, n, step_one, batch);
}

static enum dcv_err lock_shared(struct batch *batch, struct dcv_zone_run *zone)
{
	enum dcv_err rc;

	for (size_t i = 0; i < batch->n_locks; i++) {
		if (batch->locks[i].binding == zone->binding)
			return DCV_OK;
	}
	rc = dcv_zone_lock(batch->run, zone, 0, &batch->locks[batch->n_locks].lock,
		&zone->error);
	if (rc == DCV_OK)
		batch->locks[batch->n_locks++].binding = zone->binding;
	return rc;
}

static void drop_locks(struct batch *batch)
{
	while (batch->n_locks > 0)
		dcv_lock_drop(&batch->locks[--batch->n_locks].lock);
}

/* Keeps of the carries those that a step went well for; the others are closed. */
static void sift(struct batch *batch,
	enum dcv_err (*step)(struct dcv_run *run, struct dcv_carry *carry))
{
	size_t n = 0;

	for (size_t i = 0; i < batch->n; i++) {
		if (step(batch->run, &batch->carries[i]) != DCV_OK) {
			release(batch->run, &batch->carries[i]);
			continue;
		}
		dcv_zone_let_go(batch->run, batch->carries[i].zone);
		batch->carries[n++] = batch->carries[i];
	}
	batch->n = n;
}

/* Locks and plans as many of the zones as are free; the others are left for later. */
static void fill(struct batch *batch, struct dcv_zone_run *const *zones, size_t n)
{
	batch->n = batch->n_locks = 0;
	for (size_t i = 0; i < n; i++) {
		zones[i]->error = (struct dcv_error){0};
		if (lock_shared(batch, zones[i]) == DCV_OK)
			batch->carries[batch->n++] = (struct dcv_carry){.zone = zones[i],
				.lock = {-1}};
	}
	sift(batch, recover);
	sift(batch, look_up);
	step_some(batch, true, fetch);
	sift(batch, prepare);
}

/* Carries out what was taken. False: the ledger took no intents, nothing was done. */
static bool carry_batch(struct batch *batch)
{
	struct dcv_error err = {0};

	if (batch->n == 0 ||
		dcv_carry_begin(batch->run, batch->carries, batch->n, &err) != DCV_OK)
		return batch->n == 0;
	step_some(batch, false, dcv_carry_effect);
	dcv_carry_end(batch->run, batch->carries, batch->n);
	for (size_t i = 0; i < batch->n; i++) {
		tell_steps(batch->run, &batch->carries[i]);
		if (batch->carries[i].rc == DCV_OK && batch->carries[i].zone->done)
			dcv_carry_tell_both(batch->carries[i].zone);
	}
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
	bool done;
	size_t k = 0;

	fill(batch, zones, n);
	done = carry_batch(batch);
	for (size_t i = 0; i < batch->n; i++)
		release(batch->run, &batch->carries[i]);
	drop_locks(batch);
	for (size_t i = 0; i < n; i++) {
		const struct dcv_carry *carry = k < batch->n &&
				batch->carries[k].zone == zones[i]
			? &batch->carries[k++]
			: NULL;

		if (carry != NULL && done && !carry->again)
			told(ctx, zones[i], carry->rc);
		else if (is_stopped(batch->run))
			told(ctx, zones[i], not_begun(zones[i]));
		else
			told(ctx, zones[i], run_alone(batch->run, zones[i]));
	}
}

/* What is waited for is waited for together: in a run over many zones the disk, else what several
 * accounts or sessions answer. */
static bool is_batch(struct dcv_zone_run *const *zones, size_t n)
{
	size_t remote = 0;

	for (size_t i = 0; i < n; i++)
		remote += dcv_zone_is_remote(zones[i]);
	return n > DCV_MANY_ZONES || remote > 1;
}

void dcv_batch_run(struct dcv_run *run, struct dcv_zone_run *const *zones, size_t n,
	void (*told)(void *ctx, struct dcv_zone_run *zone, enum dcv_err rc), void *ctx)
{
	struct batch *batch = is_batch(zones, n)
		? dcv_arena_alloc(run->arena, sizeof(*batch))
		: NULL;
	size_t size = batch != NULL ? DCV_TOGETHER_MAX : 1;

	if (batch != NULL)
		batch->run = run;
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
}
