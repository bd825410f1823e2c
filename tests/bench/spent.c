/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* spent FD COMMAND…: runs a command and writes to FD what it took, "SECONDS CPU_SECONDS
 * KIB". Until exec a
 * child counts its parent's peak of memory as its own, so the parent must be small: this one,
 * not an interpreter. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	int fd = argc > 2 ? atoi(argv[1]) : -1, status = 0, error;
	struct rusage usage;
	double begun;
	pid_t pid;

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
		(void)fprintf(stderr, "usage: spent FD COMMAND...\n");
		return 64;
	}
	begun = now_s();
	error = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (error != 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[2], strerror(error));
		return 127;
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return 71;
	(void)dprintf(fd, "%.6f %.6f %ld\n", now_s() - begun,
		seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}
