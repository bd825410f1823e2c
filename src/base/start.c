/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a process inherits. It does not know what the program does. */
#include "base/start.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#define FDS_MAX 65536u

/* Names that stay; a final * stands for all that begin so. FAKETIME* is read again and
 * again by the shim that tests preload; without the shim nobody reads it. */
static const char *const kept_names[] = {"PATH", "HOME", "USER", "LOGNAME", "TERM", "TZ",
	"LANG", "LC_*", "COLUMNS", "NO_COLOR", "XDG_*", "DCVCTL_*",
	"CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "TMPDIR", "ASAN_OPTIONS",
	"UBSAN_OPTIONS", "LSAN_OPTIONS", "FAKETIME*"};

static enum dcv_err fail_call(const char *call, struct dcv_error *err)
{
	return dcv_fail(err, DCV_E_INTERNAL, "process start: %s: %s", call,
		strerror(errno));
}

static enum dcv_err open_standard(struct dcv_error *err)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		/* The lowest free number is this one: those below are open. */
		got = open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_RDWR);
		if (got != fd)
			return fail_call("open /dev/null", err);
	}
	return DCV_OK;
}

static void close_on_exec(void)
{
	struct rlimit limit = {.rlim_cur = FDS_MAX};
	rlim_t fd;

	if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	/* A kernel before 5.11. */
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (fd = STDERR_FILENO + 1; fd < limit.rlim_cur && fd < FDS_MAX; fd++)
		(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

static enum dcv_err keep_secrets(struct dcv_error *err)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return fail_call("setrlimit", err);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail_call("prctl", err);
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
		/* The leak checker traces its own process: that must stay dumpable. */
#else
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail_call("prctl", err);
#endif
	return DCV_OK;
}

static enum dcv_err set_signals(struct dcv_error *err)
{
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
		signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return fail_call("signal", err);
	return DCV_OK;
}

static bool is_kept(const char *variable)
{
	const char *name;
	size_t i, n;

	for (i = 0; i < sizeof kept_names / sizeof kept_names[0]; i++) {
		name = kept_names[i];
		n = strlen(name);
		if (name[n - 1] == '*' && strncmp(variable, name, n - 1) == 0)
			return true;
		if (strncmp(variable, name, n) == 0 && variable[n] == '=')
			return true;
	}
	return false;
}

/* What was taken out of `environ`, which is as global: an account may name such a variable. NULL:
 * nothing was. */
static char **withheld;

static enum dcv_err clear_environment(struct dcv_error *err)
{
	char **from, **to;
	size_t n = 0;

	if (environ == NULL)
		return DCV_OK;
	while (environ[n] != NULL)
		n++;
	withheld = calloc(n + 1, sizeof *withheld);
	if (withheld == NULL)
		return dcv_nomem(err);
	n = 0;
	for (from = to = environ; *from != NULL; from++)
		if (is_kept(*from))
			*to++ = *from;
		else
			withheld[n++] = *from;
	*to = NULL;
	return DCV_OK;
}

const char *dcv_environment(const char *name)
{
	const char *value = getenv(name);
	size_t len = strlen(name);

	for (char **at = withheld; value == NULL && at != NULL && *at != NULL; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			value = *at + len + 1;
	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* One heap for all threads, and large pieces given back: a run over thousands of zones is to stay
 * small, and its threads wait for disks, not for memory. */
static void bound_heap(void)
{
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

enum dcv_err dcv_process_start(struct dcv_error *err)
{
	enum dcv_err rc;

	if (getauxval(AT_SECURE) != 0)
		return dcv_fail(err, DCV_E_FAILED,
			"process start: refused: the program file is set-user-ID, "
			"set-group-ID or has capabilities");
	rc = open_standard(err);
	if (rc != DCV_OK)
		return rc;
	close_on_exec();
	(void)umask(077);
	bound_heap();
	rc = keep_secrets(err);
	if (rc == DCV_OK)
		rc = set_signals(err);
	if (rc == DCV_OK)
		rc = clear_environment(err);
	return rc;
}
