/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A program is run without a shell, bounded in time and output, and never outlived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"

struct result {
	enum dcv_err rc;
	struct dcv_proc_end end;
	struct dcv_error err;
	struct dcv_buf output;
};

static struct result run(const char *const *argv, int64_t time_ms, size_t max)
{
	struct result result = {.end = {.status = -1}};

	dcv_buf_init(&result.output, max);
	result.rc = dcv_proc_run(argv, time_ms, &dcv_clock_system, &result.output,
		&result.end, &result.err);
	return result;
}

/* The shell stands here for a program that a person configured. */
static struct result run_sh(const char *script, int64_t time_ms, size_t max)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};

	return run(argv, time_ms, max);
}

static void test_output_and_status(void **state)
{
	struct result result = run_sh("echo out; echo err >&2; exit 3", 10000, 1000);

	(void)state;
	assert_int_equal(result.rc, DCV_OK);
	assert_int_equal(result.end.status, 3);
	assert_false(result.end.timed_out);
	assert_string_equal(dcv_buf_text(&result.output), "out\nerr\n");
	dcv_buf_clear(&result.output);
	result = run_sh("kill -TERM $$", 10000, 1000);
	assert_int_equal(result.end.status, 128 + SIGTERM);
	dcv_buf_clear(&result.output);
}

static void test_argv_is_not_a_command_line(void **state)
{
	const char *const argv[] = {"printf", "%s", "; exit 9 $(id) *", NULL};
	struct result result = run(argv, 10000, 1000);

	(void)state;
	assert_int_equal(result.rc, DCV_OK);
	assert_int_equal(result.end.status, 0);
	assert_string_equal(dcv_buf_text(&result.output), "; exit 9 $(id) *");
	dcv_buf_clear(&result.output);
}

static void test_cannot_be_started(void **state)
{
	const char *const argv[] = {"dcv-no-such-program", NULL};
	const char *const dir[] = {"/tmp", NULL};
	struct result result = run(argv, 10000, 1000);

	(void)state;
	assert_int_equal(result.rc, DCV_E_FAILED);
	assert_string_equal(result.err.text,
		"dcv-no-such-program: cannot be started: No such file or directory");
	assert_int_equal(result.end.status, -1);
	dcv_buf_clear(&result.output);
	result = run(dir, 10000, 1000);
	assert_int_equal(result.rc, DCV_E_FAILED);
	assert_string_equal(result.err.text, "/tmp: cannot be started: Permission denied");
	dcv_buf_clear(&result.output);
	/* A program that ends with 127 was started. */
	result = run_sh("exit 127", 10000, 1000);
	assert_int_equal(result.rc, DCV_OK);
	assert_int_equal(result.end.status, 127);
	dcv_buf_clear(&result.output);
}

/* The whole group dies: the grandchild that holds the pipe too. */
static void test_time_is_over(void **state)
{
	int64_t start = dcv_mono_ms(&dcv_clock_system);
	struct result result = run_sh("echo begun; sleep 60 & sleep 60", 300, 1000);

	(void)state;
	assert_int_equal(result.rc, DCV_OK);
	assert_true(result.end.timed_out);
	assert_int_equal(result.end.status, 128 + SIGKILL);
	assert_string_equal(dcv_buf_text(&result.output), "begun\n");
	assert_true(dcv_mono_ms(&dcv_clock_system) - start < 5000);
	dcv_buf_clear(&result.output);
}

static void test_descendant_holds_the_pipe(void **state)
{
	int64_t start = dcv_mono_ms(&dcv_clock_system);
	struct result result = run_sh("sleep 60 & echo $!", 30000, 1000);
	char *end = NULL;
	long pid = strtol(dcv_buf_text(&result.output), &end, 10);

	(void)state;
	assert_int_equal(result.rc, DCV_OK);
	assert_int_equal(result.end.status, 0);
	assert_false(result.end.timed_out);
	assert_true(dcv_mono_ms(&dcv_clock_system) - start < 10000);
	assert_true(pid > 1);
	assert_int_equal(kill((pid_t)pid, SIGKILL),
		0); /* it lives: it is not ours to end */
	dcv_buf_clear(&result.output);
}

static void test_output_is_bounded(void **state)
{
	struct result result = run_sh("head -c 3000000 /dev/zero | tr '\\0' x; exit 4",
		20000, 100);

	(void)state;
	assert_int_equal(result.rc, DCV_OK);
	assert_int_equal(result.end.status, 4); /* not ended by a full pipe */
	assert_int_equal(result.output.len, 100);
	assert_false(result.output.failed);
	dcv_buf_clear(&result.output);
}

static void test_endless_output_is_bounded_in_time(void **state)
{
	struct result result = run_sh("yes", 300, 100);

	(void)state;
	assert_true(result.end.timed_out);
	assert_int_equal(result.output.len, 100);
	dcv_buf_clear(&result.output);
}

/* What whoever started this test left open for its children. */
static int count_inheritable(void)
{
	int fd, flags, n = 0;

	for (fd = 3; fd < 1024; fd++) {
		flags = fcntl(fd, F_GETFD);
		n += flags >= 0 && (flags & FD_CLOEXEC) == 0;
	}
	return n;
}

static void test_what_a_child_inherits(void **state)
{
	/* 0, 1, 2 and the directory that ls reads; nothing blocked; SIGPIPE not ignored. */
	struct result result;
	sigset_t blocked, former;
	char expect[64];

	(void)state;
	(void)snprintf(expect, sizeof expect, "%d\nSigBlk:\t0000000000000000\n0\n",
		4 + count_inheritable());
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &former), 0);
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	result = run_sh(
		"cat; ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status;"
		" i=$(sed -n 's/SigIgn:.//p' /proc/$$/status); echo $((0x$i & 0x1000))",
		10000, 1000);
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	assert_int_equal(sigprocmask(SIG_SETMASK, &former, NULL), 0);
	assert_string_equal(dcv_buf_text(&result.output), expect);
	dcv_buf_clear(&result.output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_and_status),
		cmocka_unit_test(test_argv_is_not_a_command_line),
		cmocka_unit_test(test_cannot_be_started),
		cmocka_unit_test(test_time_is_over),
		cmocka_unit_test(test_descendant_holds_the_pipe),
		cmocka_unit_test(test_output_is_bounded),
		cmocka_unit_test(test_endless_output_is_bounded_in_time),
		cmocka_unit_test(test_what_a_child_inherits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
