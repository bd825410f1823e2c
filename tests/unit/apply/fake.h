/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Backends in memory for the tests of apply: three accounts, a, b and c, each a provider of its
 * own that does as a test says. What they hold is shared with a child, so that one can be killed. */
#ifndef DCV_TEST_FAKE_H
#define DCV_TEST_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "dns/rr.h"
#include "provider/provider.h"

#define FAKES 3u
#define RECORDS_MAX 32u

/* What becomes of the calls of apply, in turn; behind the last all goes well. */
enum fault {
	WELL = 0,
	REFUSED_BEFORE, /* DCVP_FAILED, nothing was done */
	LOST_BEFORE, /* DCVP_UNKNOWN, nothing was done */
	LOST_AFTER, /* DCVP_UNKNOWN, all was done */
	LOST_LATE, /* DCVP_UNKNOWN, all is done when it is read the second time */
	FIRST_ONLY, /* the first edit is done, the others are refused */
	CONFLICTS,
	CLAIMS, /* says that it was done, does nothing */
	TRAMPLES, /* does it, and takes the other values of the set with it */
	MISHEARS_TTL, /* does it, with another TTL */
	DIES_BEFORE, /* the process is killed */
	DIES_AFTER
};

struct fake_record {
	char owner[64], zone[64], rdata[600];
	uint16_t type;
	uint32_t ttl_s;
};

struct fake {
	struct dcvp_capabilities can;
	uint32_t ttl_min_s;
	enum fault faults[4];
	unsigned n_faults, reads_fail, sync_unknown,
		conflicts_from; /* from the nth apply on */
	bool closest_untold;
	unsigned late; /* reads until what was lost is done */
	size_t n;
	struct fake_record records[RECORDS_MAX];
	/* seen */
	unsigned applies, reads, syncs, open, open_most, busy, busy_most;
	unsigned meet; /* so many are to be in apply at the same time, at all accounts */
	size_t n_edits_most;
	bool had_before, before_right, had_etag;
};

/* Of all accounts, in memory that a child shares. */
struct world {
	pthread_mutex_t mutex;
	pthread_cond_t arrived;
	unsigned in_apply, met;
	struct fake fakes[FAKES];
};

static struct world *world;

struct fake_session {
	const struct dcvp_host *host;
	struct fake *fake;
};

static inline void make_world(void)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	if (world == NULL)
		world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(world != MAP_FAILED);
	memset(world, 0, sizeof(*world));
	assert_int_equal(pthread_mutexattr_init(&mutex), 0);
	assert_int_equal(pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED), 0);
	assert_int_equal(pthread_mutex_init(&world->mutex, &mutex), 0);
	assert_int_equal(pthread_condattr_init(&cond), 0);
	assert_int_equal(pthread_condattr_setclock(&cond, CLOCK_MONOTONIC), 0);
	assert_int_equal(pthread_cond_init(&world->arrived, &cond), 0);
}

static inline struct fake_record *fake_find(struct fake *fake, const char *owner,
	uint16_t type, const char *rdata)
{
	for (size_t i = 0; i < fake->n; i++) {
		struct fake_record *record = &fake->records[i];

		if (strcmp(record->owner, owner) == 0 && record->type == type &&
			(rdata == NULL || strcmp(record->rdata, rdata) == 0))
			return record;
	}
	return NULL;
}

static inline void fake_add(struct fake *fake, const char *owner, uint16_t type,
	uint32_t ttl_s, const char *rdata)
{
	struct fake_record *record = fake_find(fake, owner, type, rdata);

	if (record == NULL) {
		assert_true(fake->n < RECORDS_MAX);
		record = &fake->records[fake->n++];
	}
	record->type = type;
	(void)snprintf(record->owner, sizeof(record->owner), "%s", owner);
	(void)snprintf(record->rdata, sizeof(record->rdata), "%s", rdata);
	record->ttl_s = ttl_s;
}

static inline void fake_remove(struct fake *fake, const struct fake_record *record)
{
	size_t i = (size_t)(record - fake->records);

	fake->records[i] = fake->records[--fake->n];
}

/* --- the provider --- */

static inline void *fake_alloc(const struct fake_session *session, size_t n)
{
	void *ret = session->host->alloc(session->host->ctx, n == 0 ? 1 : n);

	assert_non_null(ret);
	return ret;
}

static inline const char *fake_text(const struct fake_session *session, const char *text)
{
	char *ret = fake_alloc(session, strlen(text) + 1);

	memcpy(ret, text, strlen(text) + 1);
	return ret;
}

static inline enum dcvp_class fake_open(struct fake *fake, const struct dcvp_host *host,
	void **ret)
{
	struct fake_session *session = malloc(sizeof(*session));

	if (session == NULL)
		return DCVP_NOMEM;
	*session = (struct fake_session){host, fake};
	(void)pthread_mutex_lock(&world->mutex);
	if (++fake->open > fake->open_most)
		fake->open_most = fake->open;
	(void)pthread_mutex_unlock(&world->mutex);
	*ret = session;
	return DCVP_OK;
}

static inline void fake_close(void *ctx)
{
	struct fake_session *session = ctx;

	(void)pthread_mutex_lock(&world->mutex);
	session->fake->open--;
	(void)pthread_mutex_unlock(&world->mutex);
	free(session);
}

static inline enum dcvp_class fake_find_zone(void *ctx, const char *zone,
	struct dcvp_error *err)
{
	(void)ctx;
	(void)zone;
	(void)err;
	return DCVP_OK;
}

static inline void fake_read_set(const struct fake_session *session, const char *owner,
	uint16_t type, struct dcvp_rrset *ret)
{
	const struct fake *fake = session->fake;
	const char **rdata = fake_alloc(session, fake->n * sizeof(rdata[0]));

	*ret = (struct dcvp_rrset){.owner = owner, .type = type, .rdata = rdata};
	for (size_t i = 0; i < fake->n; i++) {
		if (strcmp(fake->records[i].owner, owner) != 0 ||
			fake->records[i].type != type)
			continue;
		rdata[ret->n++] = fake_text(session, fake->records[i].rdata);
		ret->ttl_s = fake->records[i].ttl_s;
	}
}

static inline void fake_read_node(const struct fake_session *session, const char *owner,
	struct dcvp_node *ret)
{
	static const uint16_t types[] = {DCV_TYPE_TXT, DCV_TYPE_CNAME, DCV_TYPE_CAA};
	struct dcvp_rrset *sets = fake_alloc(session, 3 * sizeof(sets[0]));

	*ret = (struct dcvp_node){.owner = owner, .sets = sets};
	if (!session->fake->closest_untold)
		ret->closest = owner;
	for (size_t i = 0; i < 3; i++) {
		fake_read_set(session, owner, types[i], &sets[ret->n_sets]);
		ret->n_sets += sets[ret->n_sets].n > 0;
	}
}

static inline void fake_do(struct fake *fake, const struct dcvp_edit *edit)
{
	for (size_t i = 0; i < edit->n_remove; i++) {
		const struct fake_record *record = fake_find(fake, edit->owner,
			edit->type, edit->remove[i]);

		if (record != NULL)
			fake_remove(fake, record);
	}
	for (size_t i = 0; i < edit->n_add; i++)
		fake_add(fake, edit->owner, edit->type, edit->ttl_s, edit->add[i]);
	for (size_t i = 0; i < fake->n; i++) {
		if (strcmp(fake->records[i].owner, edit->owner) == 0 &&
			fake->records[i].type == edit->type)
			fake->records[i].ttl_s = edit->ttl_s;
	}
}

/* What was lost on its way, and comes after all. */
static struct {
	struct dcvp_edit edit;
	char owner[64], add[600];
	const char *adds[1];
} fake_late;

static inline void fake_keep_late(const struct dcvp_edit *edit)
{
	fake_late.edit = *edit;
	(void)snprintf(fake_late.owner, sizeof(fake_late.owner), "%s", edit->owner);
	(void)snprintf(fake_late.add, sizeof(fake_late.add), "%s", edit->add[0]);
	fake_late.adds[0] = fake_late.add;
	fake_late.edit.owner = fake_late.owner;
	fake_late.edit.add = fake_late.adds;
}

static inline enum dcvp_class fake_read(void *ctx, const char *zone,
	const char *const *owners, size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct fake_session *session = ctx;
	struct fake *fake = session->fake;
	struct dcvp_node *nodes;

	(void)zone;
	(void)pthread_mutex_lock(&world->mutex);
	fake->reads++;
	if (fake->applies > 0 && fake->reads_fail > 0) {
		fake->reads_fail--;
		(void)pthread_mutex_unlock(&world->mutex);
		(void)snprintf(err->text, sizeof(err->text), "fake: no answer");
		return DCVP_FAILED;
	}
	if (fake->late > 0 && --fake->late == 0)
		fake_do(fake, &fake_late.edit);
	nodes = fake_alloc(session, n * sizeof(nodes[0]));
	for (size_t i = 0; i < n; i++)
		fake_read_node(session, fake_text(session, owners[i]), &nodes[i]);
	*ret = (struct dcvp_zone){.place = "fake",
		.etag = "e",
		.soa_ttl_s = 3600,
		.soa_minimum_s = 300,
		.n_nodes = n,
		.nodes = nodes,
		.ttl_min_s = fake->ttl_min_s};
	(void)pthread_mutex_unlock(&world->mutex);
	return DCVP_OK;
}

/* `before` is what stands there. */
static inline bool is_before_right(struct fake *fake, const struct dcvp_edit *edit)
{
	const struct fake_record *any = fake_find(fake, edit->owner, edit->type, NULL);

	if (edit->before == NULL)
		return any == NULL;
	for (size_t i = 0; i < edit->before->n; i++) {
		if (fake_find(fake, edit->owner, edit->type, edit->before->rdata[i]) ==
			NULL)
			return false;
	}
	return any != NULL && edit->before->ttl_s == any->ttl_s;
}

static inline void fake_look(struct fake *fake, const struct dcvp_change *change)
{
	fake->had_etag = change->etag != NULL;
	fake->had_before = fake->before_right = true;
	if (change->n_edits > fake->n_edits_most)
		fake->n_edits_most = change->n_edits;
	for (size_t i = 0; i < change->n_edits; i++) {
		fake->had_before = fake->had_before && change->edits[i].has_before;
		fake->before_right = fake->before_right &&
			is_before_right(fake, &change->edits[i]);
	}
}

static inline void fake_trample(struct fake *fake, const struct dcvp_edit *edit)
{
	size_t i = 0;

	while (i < fake->n) {
		const struct fake_record *record = &fake->records[i];

		if (strcmp(record->owner, edit->owner) == 0 && record->type == edit->type &&
			strcmp(record->rdata, edit->add[0]) != 0)
			fake_remove(fake, record);
		else
			i++;
	}
}

static inline enum dcvp_class fake_end(struct fake *fake, enum fault fault,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_error *err)
{
	static const enum dcvp_class classes[] = {[REFUSED_BEFORE] = DCVP_FAILED,
		[CONFLICTS] = DCVP_CONFLICT,
		[LOST_BEFORE] = DCVP_UNKNOWN,
		[LOST_AFTER] = DCVP_UNKNOWN,
		[LOST_LATE] = DCVP_UNKNOWN,
		[FIRST_ONLY] = DCVP_UNKNOWN,
		[DIES_AFTER] = DCVP_OK};
	const bool does = fault == WELL || fault == LOST_AFTER || fault == TRAMPLES ||
		fault == MISHEARS_TTL || fault == DIES_AFTER || fault == FIRST_ONLY;

	if (fault == DIES_BEFORE)
		_exit(9);
	for (size_t i = 0; i < change->n_edits; i++) {
		const bool done = does && (fault != FIRST_ONLY || i == 0);

		if (done)
			fake_do(fake, &change->edits[i]);
		if (fault == TRAMPLES)
			fake_trample(fake, &change->edits[i]);
		results[i].outcome = done || fault == CLAIMS ? DCVP_EDIT_DONE
							     : DCVP_EDIT_FAILED;
		if (fault == LOST_BEFORE || fault == LOST_AFTER || fault == LOST_LATE)
			results[i].outcome = DCVP_EDIT_UNKNOWN;
		if (fault == FIRST_ONLY && i > 0)
			results[i].text = "quota of the account is used up";
	}
	if (fault == MISHEARS_TTL)
		for (size_t i = 0; i < fake->n; i++)
			fake->records[i].ttl_s = 77;
	if (fault == DIES_AFTER)
		_exit(9);
	if (fault == LOST_LATE) {
		fake_keep_late(&change->edits[0]);
		fake->late = 2;
	}
	if (classes[fault] != DCVP_OK)
		(void)snprintf(err->text, sizeof(err->text), "fake: fault %d", (int)fault);
	if (fault == REFUSED_BEFORE)
		err->retry_after_ms = 29500;
	return classes[fault];
}

/* Until so many are in apply at the same time. The mutex is held. */
static inline void fake_meet(const struct fake *fake)
{
	struct timespec until;

	world->in_apply++;
	if (world->in_apply > world->met)
		world->met = world->in_apply;
	(void)pthread_cond_broadcast(&world->arrived);
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 20;
	while (world->met < fake->meet &&
		pthread_cond_timedwait(&world->arrived, &world->mutex, &until) == 0)
		;
	world->in_apply--;
}

static inline enum dcvp_class fake_apply(void *ctx, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct fake_session *session = ctx;
	struct fake *fake = session->fake;
	enum fault fault;
	enum dcvp_class class;

	(void)receipt;
	(void)pthread_mutex_lock(&world->mutex);
	if (++fake->busy > fake->busy_most)
		fake->busy_most = fake->busy;
	fake_meet(fake);
	fake_look(fake, change);
	fault = fake->applies < fake->n_faults ? fake->faults[fake->applies] : WELL;
	fake->applies++;
	class = fake_end(fake, fault, change, results, err);
	fake->busy--;
	(void)pthread_mutex_unlock(&world->mutex);
	return class;
}

static inline enum dcvp_class fake_sync(void *ctx, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct fake_session *session = ctx;

	(void)change;
	(void)receipt;
	session->fake->syncs++;
	if (!session->fake->sync_unknown)
		return DCVP_OK;
	(void)snprintf(err->text, sizeof(err->text), "fake: still pending");
	return DCVP_UNKNOWN;
}

/* A provider has no globals, but a fake is one. */
#define FAKE(i, name_)                                                            \
	static inline enum dcvp_class fake_open_##i(const struct dcvp_host *host, \
		const struct dcvp_setting *settings, size_t n, void **ret,        \
		struct dcvp_error *err)                                           \
	{                                                                         \
		(void)settings;                                                   \
		(void)n;                                                          \
		(void)err;                                                        \
		return fake_open(&world->fakes[i], host, ret);                    \
	}                                                                         \
	static struct dcvp_provider fake_provider_##i = {                         \
		.struct_size = sizeof(fake_provider_##i),                         \
		.abi = DCVP_ABI,                                                  \
		.name = name_,                                                    \
		.title = name_,                                                   \
		.open = fake_open_##i,                                            \
		.close = fake_close,                                              \
		.find_zone = fake_find_zone,                                      \
		.read = fake_read,                                                \
		.apply = fake_apply,                                              \
		.sync = fake_sync}

FAKE(0, "fake-a");
FAKE(1, "fake-b");
FAKE(2, "fake-c");

static const struct dcvp_provider *const fake_providers[] = {&fake_provider_0,
	&fake_provider_1, &fake_provider_2, NULL};

#endif
