/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a process has after its start, whatever it inherited. Each case runs in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/start.h"

/* The child's verdict is its exit status: 0, or the number of the check that failed. */
static void run_child(int (*check)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int check_descriptors(void)
{
	int fd = dup(0);

	(void)close(0);
	(void)close(2);
	if (dcv_process_start(NULL) != DCV_OK)
		return 1;
	if (fcntl(0, F_GETFD) != 0 || fcntl(1, F_GETFD) != 0 || fcntl(2, F_GETFD) != 0)
		return 2;
	if ((fcntl(0, F_GETFL) & O_ACCMODE) != O_RDONLY)
		return 3;
	if ((fcntl(2, F_GETFL) & O_ACCMODE) != O_RDWR)
		return 4;
	return fcntl(fd, F_GETFD) == FD_CLOEXEC ? 0 : 5;
}

static int check_limits(void)
{
	struct rlimit limit = {1, 1};

	(void)umask(0);
	if (dcv_process_start(NULL) != DCV_OK)
		return 1;
	if (umask(0) != 077)
		return 2;
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 ||
		limit.rlim_max != 0)
		return 3;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
}

static int check_signals(void)
{
	if (signal(SIGCHLD, SIG_IGN) == SIG_ERR || dcv_process_start(NULL) != DCV_OK)
		return 1;
	if (signal(SIGPIPE, SIG_IGN) != SIG_IGN || signal(SIGXFSZ, SIG_IGN) != SIG_IGN)
		return 2;
	return signal(SIGCHLD, SIG_DFL) == SIG_DFL ? 0 : 3;
}

static int check_environment(void)
{
	static const char *const gone[] = {"https_proxy", "SSL_CERT_FILE", "RES_OPTIONS",
		"LD_LIBRARY_PATH", "CURL_CA_BUNDLE", "PATHS", "XDG"};
	static const char *const kept[] = {"DCVCTL_X", "LC_ALL", "TZ", "XDG_STATE_HOME",
		"CREDENTIALS_DIRECTORY", "FAKETIME_X"};
	size_t i;

	for (i = 0; i < sizeof gone / sizeof gone[0]; i++)
		if (setenv(gone[i], "x", 1) != 0)
			return 1;
	for (i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (setenv(kept[i], "x", 1) != 0)
			return 1;
	if (dcv_process_start(NULL) != DCV_OK)
		return 2;
	for (i = 0; i < sizeof gone / sizeof gone[0]; i++)
		if (getenv(gone[i]) != NULL)
			return 3;
	for (i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (getenv(kept[i]) == NULL)
			return 4;
	return getenv("PATH") != NULL ? 0 : 5;
}

static void test_descriptors(void **state)
{
	(void)state;
	run_child(check_descriptors);
}

static void test_limits(void **state)
{
	(void)state;
	run_child(check_limits);
}

static void test_signals(void **state)
{
	(void)state;
	run_child(check_signals);
}

static void test_environment(void **state)
{
	(void)state;
	run_child(check_environment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
