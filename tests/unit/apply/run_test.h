/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the tests of this room share: a run over fake backends, from its orders to its end, and the
 * ledger as text. */
#ifndef DCV_TEST_RUN_H
#define DCV_TEST_RUN_H

#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "apply/run.h"
#include "fake.h"

#define NOW_S 1795338000

struct fixture {
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_config config;
	struct dcv_ledger *ledger;
	struct dcv_providers *providers;
	struct dcv_run run;
	struct dcv_buf text;
	enum dcv_err planned, rc;
};

static char root[64];
static int64_t mono_ms;
static pthread_mutex_t clock_mutex = PTHREAD_MUTEX_INITIALIZER;

static int64_t clock_wall_s(void *ctx)
{
	(void)ctx;
	return NOW_S;
}

static int64_t clock_mono_ms(void *ctx)
{
	int64_t ret;

	(void)ctx;
	(void)pthread_mutex_lock(&clock_mutex);
	ret = mono_ms;
	(void)pthread_mutex_unlock(&clock_mutex);
	return ret;
}

static void clock_sleep_ms(void *ctx, int64_t ms)
{
	(void)ctx;
	(void)pthread_mutex_lock(&clock_mutex);
	mono_ms += ms;
	(void)pthread_mutex_unlock(&clock_mutex);
}

static const struct dcv_clock test_clock = {clock_wall_s, clock_mono_ms, clock_sleep_ms,
	NULL};

static void hear(void *ctx, enum dcv_level level, const char *line)
{
	(void)level;
	dcv_buf_addf(ctx, "%s\n", line);
}

static inline int remove_one(const char *path, const struct stat *st, int type,
	struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int set_up(void **state)
{
	char dir[64] = "/tmp/dcvctl-unit.XXXXXX";

	(void)state;
	make_world();
	mono_ms = 0;
	if (mkdtemp(dir) == NULL || chdir(dir) != 0 ||
		getcwd(root, sizeof(root)) == NULL || setenv("HOME", root, 1) != 0)
		return -1;
	for (size_t i = 0; i < FAKES; i++)
		world->fakes[i].can.struct_size = sizeof(world->fakes[i].can);
	fake_provider_0.capabilities = &world->fakes[0].can;
	fake_provider_1.capabilities = &world->fakes[1].can;
	fake_provider_2.capabilities = &world->fakes[2].can;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	return chdir("/") == 0 ? nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

/* Zones whose names begin with the accounts' letters: ab.example has the backends a and b. What
 * config/ made of the accounts is turned into the fakes. */
static inline void bind_zones(struct fixture *f, const char *const *zones)
{
	struct dcv_config_flags flags = {.config = "c.yaml"};
	FILE *file = fopen("c.yaml", "w");

	assert_non_null(file);
	(void)fprintf(file, "accounts:\n");
	for (char name = 'a'; name <= 'c'; name++)
		(void)fprintf(file,
			"  %c: {provider: zonefile, file: '/nowhere/{zone}', reload: none}\n",
			name);
	(void)fprintf(file, "ledger: sqlite:%s/ledger.db\nzones:\n", root);
	for (size_t i = 0; zones[i] != NULL; i++) {
		(void)fprintf(file, "  - {zone: %s, backends: [", zones[i]);
		for (const char *c = zones[i]; *c >= 'a' && *c <= 'c'; c++)
			(void)fprintf(file, "%s%c", c > zones[i] ? ", " : "", *c);
		(void)fprintf(file, "]}\n");
	}
	assert_int_equal(fclose(file), 0);
	if (dcv_config_make(&flags, &f->arena, &f->config, &f->diags) != DCV_OK)
		fail_msg("%s", f->diags.n > 0 ? f->diags.items[0].text : "?");
	for (size_t i = 0; zones[i] != NULL; i++) {
		const struct dcv_binding *binding = NULL;
		struct dcv_name zone;

		assert_int_equal(dcv_name_from(zones[i], &zone, NULL), DCV_OK);
		assert_int_equal(dcv_config_find(&f->config, &zone, &binding, NULL),
			DCV_OK);
		assert_non_null(binding);
		for (size_t k = 0; k < binding->n_backends; k++) {
			struct dcv_backend_config *at = (struct dcv_backend_config
					*)(uintptr_t)&binding->backends[k];

			at->provider = fake_providers[at->name[0] - 'a']->name;
		}
	}
}

/* Reads the order file text and plans. */
static inline void plan(struct fixture *f, const char *const *zones, const char *order)
{
	struct dcv_error err = {0};
	struct dcv_orders orders = {0};
	struct dcv_run *run = &f->run;
	static struct dcv_log log;

	*f = (struct fixture){.planned = DCV_OK};
	dcv_buf_init(&f->text, 1u << 20);
	log = (struct dcv_log){.emit = hear, .ctx = &f->text};
	bind_zones(f, zones);
	dcv_orders_parse("o.yaml", order, strlen(order), "1", &f->arena, &orders,
		&f->diags);
	assert_int_equal(f->diags.n_errors, 0);
	if (dcv_ledger_open(f->config.ledger, DCV_LEDGER_WRITE, 1000, &f->ledger, &err) !=
		DCV_OK)
		fail_msg("%s", err.text);
	assert_int_equal(dcv_providers_make(fake_providers, &f->providers, NULL), DCV_OK);
	*run = (struct dcv_run){.mode = DCV_PLAN_APPLY,
		.command = "apply",
		.clock = &test_clock,
		.log = &log,
		.config = &f->config,
		.providers = f->providers,
		.ledger = f->ledger,
		.arena = &f->arena,
		.deadline_ms = 900000,
		.lock_wait_ms = 1000,
		.n_subjects = orders.n,
		.subjects = dcv_arena_array(&f->arena, orders.n, sizeof(run->subjects[0]))};
	for (size_t i = 0; i < orders.n; i++)
		run->subjects[i] = (struct dcv_subject){.order = orders.items[i],
			.ca = orders.items[i]->ca->key,
			.id = orders.items[i]->id};
	f->planned = dcv_run_plan(run, &f->diags);
}

static inline void end(struct fixture *f)
{
	dcv_run_close(&f->run);
	dcv_providers_close(f->providers);
	dcv_ledger_close(f->ledger);
	dcv_buf_clear(&f->text);
	dcv_diags_clear(&f->diags);
	dcv_arena_clear(&f->arena);
	for (size_t i = 0; i < FAKES; i++)
		assert_int_equal(world->fakes[i].open, 0);
}

static inline void apply(struct fixture *f, const char *const *zones, const char *order)
{
	plan(f, zones, order);
	assert_int_equal(f->planned, DCV_OK);
	f->rc = dcv_run_apply(&f->run, &f->diags);
}

/* The journal, `BACKEND OP OWNER STATE` a line, without reloads. */
static inline const char *journal(struct fixture *f)
{
	struct dcv_change_row *rows = NULL;
	char owner[DCV_NAME_TEXT_MAX];
	size_t n = 0;

	f->text.len = 0;
	dcv_buf_adds(&f->text, "");
	assert_int_equal(
		dcv_ledger_changes(f->ledger, NULL, 100, &f->arena, &rows, &n, NULL),
		DCV_OK);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].owner.len == 0)
			continue;
		dcv_buf_addf(&f->text, "%s %s %s %s\n", rows[i].backend, rows[i].op,
			dcv_name_text(&rows[i].owner, owner),
			dcv_change_text(rows[i].state));
	}
	return dcv_buf_text(&f->text);
}

static inline size_t count_placements(struct fixture *f, const char *zone,
	const char *owner)
{
	struct dcv_placement *rows = NULL;
	struct dcv_name zone_name, owner_name;
	size_t n = 0;

	assert_int_equal(dcv_name_from(zone, &zone_name, NULL), DCV_OK);
	assert_int_equal(dcv_name_from(owner, &owner_name, NULL), DCV_OK);
	assert_int_equal(dcv_ledger_placements_at(f->ledger, &zone_name, &owner_name,
				 &f->arena, &rows, &n, NULL),
		DCV_OK);
	return n;
}

static inline const char *order_state(struct fixture *f, const char *id)
{
	struct dcv_order_row *row = NULL;

	assert_int_equal(dcv_ledger_order(f->ledger, "digicert", id, &f->arena, &row, NULL),
		DCV_OK);
	return row != NULL ? dcv_state_text(row->state) : "unknown";
}

#endif
