/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the fuzz targets share: how they say that a property does not hold, and files that live
 * in memory and are used again, since making one costs more than most inputs do. */
#ifndef DCV_FUZZ_H
#define DCV_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void insist(bool good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "fuzz: %s\n", what);
		abort();
	}
}

/* Gives a file of the memory these octets; *fd < 0: there is no file yet. What it held is written
 * over, so that its pages stay. Where its descriptor stands is not touched. */
static inline void fuzz_put(int *fd, const void *octets, size_t n)
{
	if (*fd < 0)
		*fd = memfd_create("fuzz", MFD_CLOEXEC);
	insist(*fd >= 0, "memfd");
	insist(n == 0 || pwrite(*fd, octets, n, 0) == (ssize_t)n, "write");
	insist(ftruncate(*fd, (off_t)n) == 0, "truncate");
}

#endif
