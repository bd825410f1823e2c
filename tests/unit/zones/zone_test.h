/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the tests of the zone-file backend share: a directory of their own, a host whose clock
 * they set, and edits in one line. */
#ifndef DCV_TEST_ZONE_TEST_H
#define DCV_TEST_ZONE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "dns/rr.h"
#include "zones/zones.h"

#define ZT_NOW 1795219200 /* 2026-11-21 00:00:00 UTC */
#define ZT_ZONE "example.test."
#define ZT_KEPT 4096

struct zt {
	char dir[64], file[96];
	struct dcvp_host host;
	void *session;
	struct dcvp_zone zone;
	struct dcvp_error err;
	struct dcvp_receipt receipt;
	struct dcvp_result results[16];
	int64_t now_s, mono_ms, deadline_ms;
	char logged[256];
	void *user; /* the test's own */
	void *kept[ZT_KEPT];
	size_t n_kept;
};

static void *zt_alloc(void *ctx, size_t n)
{
	struct zt *t = ctx;

	assert_true(t->n_kept < ZT_KEPT);
	t->kept[t->n_kept] = calloc(1, n);
	return t->kept[t->n_kept++];
}

static void zt_log(void *ctx, enum dcvp_level level, const char *line)
{
	struct zt *t = ctx;

	(void)level;
	(void)snprintf(t->logged, sizeof t->logged, "%s", line);
}

static int64_t zt_wall(void *ctx)
{
	return ((struct zt *)ctx)->now_s;
}

/* Goes on by itself, and jumps where the room waits: no test sleeps. */
static int64_t zt_mono(void *ctx)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000 + ((struct zt *)ctx)->mono_ms;
}

static void zt_wait(void *ctx, int64_t ms)
{
	((struct zt *)ctx)->mono_ms += ms;
}

static int64_t zt_deadline(void *ctx)
{
	struct zt *t = ctx;

	return t->deadline_ms != 0 ? t->deadline_ms : zt_mono(ctx) + 60000;
}

/* Opens a session with settings besides file and zone. */
static inline void zt_open(struct zt *t, const struct dcvp_setting *more, size_t n)
{
	const char *file = t->file, *zone = ZT_ZONE;
	struct dcvp_setting settings[8] = {{"file", 1, &file}, {"zone", 1, &zone}};

	for (size_t i = 0; i < n; i++)
		settings[2 + i] = more[i];
	assert_int_equal(
		dcv_zones_provider.open(&t->host, settings, 2 + n, &t->session, &t->err),
		DCVP_OK);
}

static inline void zt_close(struct zt *t)
{
	if (t->session != NULL)
		dcv_zones_provider.close(t->session);
	t->session = NULL;
}

static inline int zt_setup(void **state)
{
	struct zt *t = calloc(1, sizeof *t);

	assert_non_null(t);
	strcpy(t->dir, "/tmp/dcvctl-zones-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	(void)snprintf(t->file, sizeof t->file, "%s/z.zone", t->dir);
	t->now_s = ZT_NOW;
	t->host = (struct dcvp_host){.struct_size = sizeof t->host,
		.ctx = t,
		.alloc = zt_alloc,
		.log = zt_log,
		.wall_s = zt_wall,
		.mono_ms = zt_mono,
		.wait_ms = zt_wait,
		.deadline_ms = zt_deadline};
	zt_open(t, NULL, 0);
	*state = t;
	return 0;
}

static inline void zt_path(const struct zt *t, const char *name, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s/%s", t->dir, name);
}

static inline size_t zt_count_files(const struct zt *t)
{
	DIR *dir = opendir(t->dir);
	size_t n = 0;

	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	(void)closedir(dir);
	return n;
}

static inline int zt_teardown(void **state)
{
	struct zt *t = *state;
	DIR *dir = opendir(t->dir);
	char path[512];

	zt_close(t);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		(void)snprintf(path, sizeof path, "%s/%s", t->dir, e->d_name);
		if (unlink(path) != 0)
			(void)rmdir(path);
	}
	(void)closedir(dir);
	(void)rmdir(t->dir);
	for (size_t i = 0; i < t->n_kept; i++)
		free(t->kept[i]);
	free(t);
	return 0;
}

static inline void zt_write_n(const struct zt *t, const char *name, const char *text,
	size_t n)
{
	char path[512];
	FILE *out;

	zt_path(t, name, path, sizeof path);
	out = fopen(path, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static inline void zt_write(const struct zt *t, const char *name, const char *text)
{
	zt_write_n(t, name, text, strlen(text));
}

/* A file as text; the caller frees it. */
static inline char *zt_text_of(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = calloc(1, 1u << 20);
	size_t n;

	assert_non_null(in);
	assert_non_null(text);
	n = fread(text, 1, (1u << 20) - 1, in);
	(void)n;
	(void)fclose(in);
	return text;
}

/* The zone file as text; the caller frees it. */
static inline char *zt_text(const struct zt *t)
{
	return zt_text_of(t->file);
}

static inline void zt_expect_file(const struct zt *t, const char *name, const char *want)
{
	char path[512];
	char *text;

	zt_path(t, name, path, sizeof path);
	text = zt_text_of(path);
	assert_string_equal(text, want);
	free(text);
}

static inline void zt_expect(const struct zt *t, const char *want)
{
	char *text = zt_text(t);

	assert_string_equal(text, want);
	free(text);
}

static inline enum dcvp_class zt_read(struct zt *t, const char *owner)
{
	t->err = (struct dcvp_error){0};
	return dcv_zones_provider.read(t->session, ZT_ZONE, &owner, 1, &t->zone, &t->err);
}

/* The RDATA of a set at the owner last read, joined with ", "; "" if there is none. */
static inline const char *zt_set(const struct zt *t, uint16_t type, char *out, size_t cap)
{
	const struct dcvp_node *node = &t->zone.nodes[0];

	out[0] = '\0';
	for (size_t i = 0; i < node->n_sets; i++)
		for (size_t j = 0; node->sets[i].type == type && j < node->sets[i].n; j++)
			(void)snprintf(out + strlen(out), cap - strlen(out), "%s%s",
				j > 0 ? ", " : "", node->sets[i].rdata[j]);
	return out;
}

static inline const struct dcvp_rrset *zt_find(const struct zt *t, uint16_t type)
{
	const struct dcvp_node *node = &t->zone.nodes[0];

	for (size_t i = 0; i < node->n_sets; i++)
		if (node->sets[i].type == type)
			return &node->sets[i];
	return NULL;
}

/* An edit of at most two values each way; NULL: none. */
struct zt_edit {
	const char *owner;
	uint16_t type;
	uint32_t ttl_s;
	const char *add[3], *remove[3];
};

static inline void zt_edit_make(const struct zt_edit *edit, struct dcvp_edit *ret)
{
	*ret = (struct dcvp_edit){.owner = edit->owner,
		.type = edit->type,
		.ttl_s = edit->ttl_s,
		.add = edit->add,
		.remove = edit->remove};
	while (ret->n_add < 3 && edit->add[ret->n_add] != NULL)
		ret->n_add++;
	while (ret->n_remove < 3 && edit->remove[ret->n_remove] != NULL)
		ret->n_remove++;
}

static inline enum dcvp_class zt_apply_n(struct zt *t, const struct zt_edit *edits,
	size_t n, const char *etag)
{
	struct dcvp_edit made[8];
	struct dcvp_change change = {.zone = ZT_ZONE,
		.id = "t1",
		.etag = etag,
		.n_edits = n,
		.edits = made};

	assert_true(n <= 8);
	for (size_t i = 0; i < n; i++)
		zt_edit_make(&edits[i], &made[i]);
	t->err = (struct dcvp_error){0};
	t->receipt = (struct dcvp_receipt){0};
	return dcv_zones_provider.apply(t->session, &change, t->results, &t->receipt,
		&t->err);
}

static inline enum dcvp_class zt_sync_n(struct zt *t, const struct zt_edit *edits,
	size_t n)
{
	struct dcvp_edit made[8];
	struct dcvp_change change = {.zone = ZT_ZONE,
		.id = "t1",
		.n_edits = n,
		.edits = made};

	for (size_t i = 0; i < n; i++)
		zt_edit_make(&edits[i], &made[i]);
	t->err = (struct dcvp_error){0};
	return dcv_zones_provider.sync(t->session, &change, &t->receipt, &t->err);
}

static inline enum dcvp_class zt_recover_n(struct zt *t, const struct zt_edit *edits,
	size_t n)
{
	struct dcvp_edit made[8];
	struct dcvp_change change = {.zone = ZT_ZONE,
		.id = "t1",
		.n_edits = n,
		.edits = made};

	for (size_t i = 0; i < n; i++)
		zt_edit_make(&edits[i], &made[i]);
	t->err = (struct dcvp_error){0};
	return dcv_zones_provider.recover(t->session, &change, t->results, &t->err);
}

/* apply and sync of one edit, both of which must do. */
static inline void zt_do(struct zt *t, struct zt_edit edit)
{
	enum dcvp_class end = zt_apply_n(t, &edit, 1, NULL);

	if (end != DCVP_OK)
		print_error("%s\n", t->err.text);
	assert_int_equal(end, DCVP_OK);
	assert_int_equal(zt_sync_n(t, &edit, 1), DCVP_OK);
}

#endif
