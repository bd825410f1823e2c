/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a program is started, bounded and ended. It does not know which. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK 4096u
#define TICK_MS 20 /* how often we look where the kernel has no pidfd */
#define REAP_MS 5000 /* how long a killed child may take to die */
#define DRAIN_MAX ((size_t)1024 * 1024) /* the largest capacity of a pipe */

struct child {
	const char *name;
	pid_t pid;
	bool mute; /* its standard error is dropped */
	int out_fd, pidfd; /* -1: closed; not to be had */
	int wait_status;
	bool reaped, lost;
};

/* 0 or an errno. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, defaults;
	int error;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)sigaddset(&defaults, SIGXFSZ);
	error = posix_spawnattr_setflags(attr,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (error == 0)
		error = posix_spawnattr_setpgroup(attr, 0);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attr, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attr, &defaults);
	return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, int out_fd, bool mute)
{
	int error;

	error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
		O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(actions, out_fd, STDOUT_FILENO);
	if (error == 0 && mute)
		error = posix_spawn_file_actions_addopen(actions, STDERR_FILENO,
			"/dev/null", O_WRONLY, 0);
	else if (error == 0)
		error = posix_spawn_file_actions_adddup2(actions, out_fd, STDERR_FILENO);
	return error;
}

static int spawn(const char *const *argv, int out_fd, bool mute, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char *const *args;
	int error;

	error = posix_spawnattr_init(&attr);
	if (error != 0)
		return error;
	error = posix_spawn_file_actions_init(&actions);
	if (error != 0) {
		(void)posix_spawnattr_destroy(&attr);
		return error;
	}
	error = set_attributes(&attr);
	if (error == 0)
		error = set_actions(&actions, out_fd, mute);
	/* POSIX promises not to change the strings; its type cannot say so. */
	memcpy(&args, &argv, sizeof args);
	if (error == 0)
		error = posix_spawnp(ret_pid, argv[0], &actions, &attr, args, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return error;
}

static enum dcv_err start(const char *const *argv, struct child *child,
	struct dcv_error *err)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return dcv_fail(err, DCV_E_FAILED, "%s: cannot be started: %s", argv[0],
			strerror(errno));
	error = spawn(argv, ends[1], child->mute, &child->pid);
	(void)close(ends[1]);
	/* Only our end must not block: each end has its own flag. */
	if (error == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
		error = errno;
		(void)kill(-child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, 0);
	}
	if (error != 0) {
		(void)close(ends[0]);
		return dcv_fail(err, DCV_E_FAILED, "%s: cannot be started: %s", argv[0],
			strerror(error));
	}
	child->name = argv[0];
	child->out_fd = ends[0];
	child->pidfd = pidfd_open(child->pid, 0);
	return DCV_OK;
}

/* What is over the maximum is read and dropped, so that the child never blocks. */
static void keep(struct dcv_buf *output, const char *data, size_t n)
{
	size_t room = output->max - output->len;

	dcv_buf_add(output, data, n < room ? n : room);
}

/* Reads what is there, at most `most` octets. */
static void drain(struct child *child, struct dcv_buf *output, size_t most)
{
	char data[CHUNK];
	ssize_t n;

	while (child->out_fd >= 0 && most > 0) {
		n = read(child->out_fd, data, sizeof data);
		if (n > 0) {
			keep(output, data, (size_t)n);
			most -= (size_t)n < most ? (size_t)n : most;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else {
			(void)close(child->out_fd);
			child->out_fd = -1;
		}
	}
}

static void reap(struct child *child)
{
	pid_t pid;

	do
		pid = waitpid(child->pid, &child->wait_status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	child->reaped = pid == child->pid;
	/* SIGCHLD is ignored, so the kernel reaped it: it is gone all the same. */
	child->lost = pid < 0;
}

/* Until the child is gone or the time is over. Its descendants may hold the pipe longer
 * than it lives; they are not waited for. */
static void watch(struct child *child, int64_t end_ms, const struct dcv_clock *clock,
	struct dcv_buf *output)
{
	struct pollfd fds[2];
	int64_t left_ms;

	for (reap(child); !child->reaped && !child->lost; reap(child)) {
		left_ms = end_ms - dcv_mono_ms(clock);
		if (left_ms <= 0)
			return;
		if (child->pidfd < 0 && left_ms > TICK_MS)
			left_ms = TICK_MS;
		if (left_ms > 1000)
			left_ms = 1000; /* the clock may be another than poll's */
		fds[0] = (struct pollfd){.fd = child->out_fd, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = child->pidfd, .events = POLLIN};
		if (poll(fds, 2, (int)left_ms) > 0 && fds[0].revents != 0)
			drain(child, output, CHUNK);
	}
}

static void kill_group(struct child *child, const struct dcv_clock *clock,
	struct dcv_buf *output)
{
	(void)kill(-child->pid, SIGKILL);
	(void)kill(child->pid, SIGKILL);
	/* Not even a child that hangs in the kernel holds us for ever. */
	watch(child, dcv_mono_ms(clock) + REAP_MS, clock, output);
}

static int status_of(const struct child *child)
{
	if (!child->reaped)
		return 128 + SIGKILL;
	return WIFEXITED(child->wait_status) ? WEXITSTATUS(child->wait_status)
					     : 128 + WTERMSIG(child->wait_status);
}

static enum dcv_err run(const char *const *argv, bool mute, int64_t time_ms,
	const struct dcv_clock *clock, struct dcv_buf *output, struct dcv_proc_end *ret,
	struct dcv_error *err)
{
	struct child child = {.mute = mute, .out_fd = -1, .pidfd = -1};
	bool timed_out = false;
	enum dcv_err rc;

	rc = start(argv, &child, err);
	if (rc != DCV_OK)
		return rc;
	watch(&child, dcv_mono_ms(clock) + time_ms, clock, output);
	if (!child.reaped && !child.lost) {
		timed_out = true;
		kill_group(&child, clock, output);
	}
	drain(&child, output, DRAIN_MAX);
	if (child.out_fd >= 0)
		(void)close(child.out_fd);
	if (child.pidfd >= 0)
		(void)close(child.pidfd);
	if (output->failed)
		return dcv_nomem(err);
	if (child.lost && !timed_out)
		return dcv_fail(err, DCV_E_FAILED, "%s: its exit status is lost",
			child.name);
	*ret = (struct dcv_proc_end){.status = status_of(&child), .timed_out = timed_out};
	return DCV_OK;
}

enum dcv_err dcv_proc_run(const char *const *argv, int64_t time_ms,
	const struct dcv_clock *clock, struct dcv_buf *output, struct dcv_proc_end *ret,
	struct dcv_error *err)
{
	return run(argv, false, time_ms, clock, output, ret, err);
}

enum dcv_err dcv_proc_ask(const char *const *argv, int64_t time_ms,
	const struct dcv_clock *clock, struct dcv_buf *output, struct dcv_proc_end *ret,
	struct dcv_error *err)
{
	return run(argv, true, time_ms, clock, output, ret, err);
}
