/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* The time of day of a dcvctl under test: $DCVCTL_TEST_NOW (seconds since 1970) where it is set.
 * The program is linked with --wrap=clock_gettime, so it is dcvctl as it is but for its clock. */
#include <stdlib.h>
#include <time.h>

int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

static time_t test_now;

/* The process forgets most of its environment when it starts. */
__attribute__((constructor)) static void remember(void)
{
	const char *text = getenv("DCVCTL_TEST_NOW");

	if (text != NULL)
		test_now = (time_t)strtoll(text, NULL, 10);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int rc = __real_clock_gettime(clock, ret);

	if (rc == 0 && clock == CLOCK_REALTIME && test_now != 0)
		ret->tv_sec = test_now;
	return rc;
}
