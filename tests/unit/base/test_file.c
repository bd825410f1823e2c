/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Files are read whole or not at all; a lock has one holder and dies with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

struct world {
	char dir[64], path[160];
	struct dcv_error err;
	struct dcv_arena arena;
	struct dcv_buf buf;
	int64_t now_ms, slept;
	pid_t holder;
};

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	if (world == NULL)
		return -1;
	(void)snprintf(world->dir, sizeof world->dir, "/tmp/dcv-file-XXXXXX");
	*state = world;
	dcv_buf_init(&world->buf, 100);
	return mkdtemp(world->dir) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *world = *state;
	int rc = nftw(world->dir, drop, 8, FTW_DEPTH | FTW_PHYS);

	dcv_arena_clear(&world->arena);
	dcv_buf_clear(&world->buf);
	free(world);
	return rc;
}

static const char *in(struct world *world, const char *name)
{
	(void)snprintf(world->path, sizeof world->path, "%s/%s", world->dir, name);
	return world->path;
}

static void put(struct world *world, const char *name, const char *data, size_t n)
{
	FILE *file = fopen(in(world, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void assert_text(const struct world *world, const char *words)
{
	if (strstr(world->err.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", world->err.text, words);
}

static void test_read(void **state)
{
	struct world *world = *state;
	char full[101];

	put(world, "f", "a\0b\n", 4);
	assert_int_equal(dcv_file_read(world->path, &world->buf, &world->err), DCV_OK);
	assert_int_equal(world->buf.len, 4);
	assert_memory_equal(world->buf.data, "a\0b\n", 5);
	dcv_buf_clear(&world->buf);
	put(world, "empty", "", 0);
	assert_int_equal(dcv_file_read(world->path, &world->buf, &world->err), DCV_OK);
	assert_int_equal(world->buf.len, 0);
	memset(full, 'x', sizeof full);
	put(world, "full", full, 100);
	assert_int_equal(dcv_file_read(world->path, &world->buf, &world->err), DCV_OK);
	assert_int_equal(world->buf.len, 100);
	dcv_buf_clear(&world->buf);
	put(world, "over", full, 101);
	assert_int_equal(dcv_file_read(world->path, &world->buf, &world->err),
		DCV_E_FAILED);
	assert_int_equal(world->buf.len, 0);
	assert_text(world, "over: too large: over the limit of 100 octets");
}

static void test_read_refuses(void **state)
{
	struct world *world = *state;

	assert_int_equal(dcv_file_read(in(world, "none"), &world->buf, &world->err),
		DCV_E_FAILED);
	assert_text(world, "/none: cannot be opened: No such file or directory");
	world->err = (struct dcv_error){0};
	assert_int_equal(dcv_file_read(world->dir, &world->buf, &world->err),
		DCV_E_FAILED);
	assert_text(world, "is a directory");
	world->err = (struct dcv_error){0};
	assert_int_equal(mkfifo(in(world, "fifo"), 0600), 0);
	assert_int_equal(dcv_file_read(world->path, &world->buf, &world->err),
		DCV_E_FAILED);
	assert_text(world, "is not a regular file");
	world->err = (struct dcv_error){0};
	assert_int_equal(dcv_file_read("/dev/zero", &world->buf, &world->err),
		DCV_E_FAILED);
	assert_text(world, "is not a regular file");
}

static void test_dir_list(void **state)
{
	struct world *world = *state;
	char **paths = NULL;
	size_t n = 0;

	put(world, "b.yaml", "", 0);
	put(world, "a.yaml", "", 0);
	put(world, ".hidden.yaml", "", 0);
	put(world, "c.yaml~", "", 0);
	put(world, "l", "", 0);
	assert_int_equal(
		dcv_dir_list(world->dir, ".yaml", &world->arena, &paths, &n, &world->err),
		DCV_OK);
	assert_int_equal(n, 2);
	assert_string_equal(paths[0], in(world, "a.yaml"));
	assert_string_equal(paths[1], in(world, "b.yaml"));
	assert_int_equal(dcv_dir_list(in(world, "none"), "", &world->arena, &paths, &n,
				 &world->err),
		DCV_E_FAILED);
	assert_int_equal(n, 2);
}

static void test_dir_make(void **state)
{
	struct world *world = *state;
	mode_t former = umask(0);
	struct stat st;

	assert_int_equal(dcv_dir_make(in(world, "a/b//c/"), &world->err), DCV_OK);
	(void)umask(former);
	assert_int_equal(stat(in(world, "a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(in(world, "a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(chmod(in(world, "a"), 0755), 0);
	assert_int_equal(dcv_dir_make(in(world, "a"), &world->err), DCV_OK);
	assert_int_equal(stat(in(world, "a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	put(world, "f", "", 0);
	assert_int_equal(dcv_dir_make(in(world, "f"), &world->err), DCV_E_FAILED);
	assert_text(world, "/f: directory cannot be made: Not a directory");
	assert_int_equal(dcv_dir_make(in(world, "f/g"), &world->err), DCV_E_FAILED);
}

/* A clock that only sleeping moves. */
static int64_t fake_mono(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

static void fake_sleep(void *ctx, int64_t ms)
{
	struct world *world = ctx;

	world->now_ms += ms;
	world->slept++;
	if (world->holder > 0 && world->now_ms >= 3000) {
		(void)kill(world->holder, SIGKILL);
		(void)waitpid(world->holder, NULL, 0);
		world->holder = 0;
	}
}

static struct dcv_clock fake_clock(struct world *world)
{
	return (struct dcv_clock){.mono_ms = fake_mono,
		.sleep_ms = fake_sleep,
		.ctx = world};
}

/* Starts another process that takes the lock and waits to be killed. */
static void start_holder(struct world *world, const char *path)
{
	struct dcv_lock lock = {.fd = -1};
	int ready[2];
	char c = 0;

	assert_int_equal(pipe(ready), 0);
	world->holder = fork();
	assert_true(world->holder >= 0);
	if (world->holder == 0) {
		if (dcv_lock_take(path, "PID 7 (dcvctl apply\x1b)", 0, &dcv_clock_system,
			    &lock, NULL) != DCV_OK)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
}

static void test_lock_names_holder(void **state)
{
	struct world *world = *state;
	struct dcv_clock clock = fake_clock(world);
	struct dcv_lock lock = {.fd = -1};

	start_holder(world, in(world, "zone.lock"));
	assert_int_equal(dcv_lock_take(world->path, "me", 2000, &clock, &lock, &world->err),
		DCV_E_LOCKED);
	assert_int_equal(lock.fd, -1);
	assert_int_equal(world->now_ms, 2000);
	/* 10, 20, 40, 80, 160, then 250 each: not a busy loop. */
	assert_int_equal(world->slept, 12);
	assert_string_equal(world->err.text, "locked by PID 7 (dcvctl apply\\x1B)");
	assert_int_equal(kill(world->holder, SIGKILL), 0);
	assert_int_equal(waitpid(world->holder, NULL, 0), world->holder);
}

static void test_lock_comes_free_when_holder_is_killed(void **state)
{
	struct world *world = *state;
	struct dcv_clock clock = fake_clock(world);
	struct dcv_lock lock = {.fd = -1}, second = {.fd = -1};
	struct stat st;

	start_holder(world, in(world, "zone.lock"));
	assert_int_equal(
		dcv_lock_take(world->path, "me", 30000, &clock, &lock, &world->err),
		DCV_OK);
	assert_true(lock.fd >= 0);
	assert_in_range(world->now_ms, 3000, 3250);
	assert_int_equal(fcntl(lock.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(stat(world->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* Another holder in one process is another holder. */
	assert_int_equal(dcv_lock_take(world->path, "me", 0, &clock, &second, &world->err),
		DCV_E_LOCKED);
	assert_string_equal(world->err.text, "locked by me");
	dcv_lock_drop(&lock);
	assert_int_equal(lock.fd, -1);
	dcv_lock_drop(&lock);
	assert_int_equal(stat(world->path, &st), 0); /* never unlinked */
	assert_int_equal(dcv_lock_take(world->path, "x", 0, &clock, &second, NULL),
		DCV_OK);
	dcv_lock_drop(&second);
}

static void test_lock_refuses_links(void **state)
{
	struct world *world = *state;
	struct dcv_lock lock = {.fd = -1};
	char victim[160];

	put(world, "victim", "precious", 8);
	(void)snprintf(victim, sizeof victim, "%s", world->path);
	assert_int_equal(symlink(victim, in(world, "zone.lock")), 0);
	assert_int_equal(
		dcv_lock_take(world->path, "x", 0, &dcv_clock_system, &lock, &world->err),
		DCV_E_FAILED);
	assert_int_equal(dcv_file_read(victim, &world->buf, NULL), DCV_OK);
	assert_string_equal(dcv_buf_text(&world->buf), "precious");
}

static void test_random(void **state)
{
	unsigned char a[300] = {0}, b[300] = {0};

	(void)state;
	assert_int_equal(dcv_random(a, sizeof a, NULL), DCV_OK);
	assert_int_equal(dcv_random(b, sizeof b, NULL), DCV_OK);
	assert_memory_not_equal(a, b, sizeof a);
	assert_int_equal(dcv_random(a, 0, NULL), DCV_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_read),
		T(test_read_refuses),
		T(test_dir_list),
		T(test_dir_make),
		T(test_lock_names_holder),
		T(test_lock_comes_free_when_holder_is_killed),
		T(test_lock_refuses_links),
		T(test_random),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
