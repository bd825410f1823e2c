/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Preloaded into dcvctl: the N-th allocation fails, or all from the N-th on; the N-th read or
 * write moves half of what was asked for, as a disk or a signal may make it. FAULT says which:
 * "once N", "from N", "short N", or "count FILE", which writes both counts at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

static char mode;
static unsigned long at, n_allocated, n_moved;
static char count_file[512];

__attribute__((constructor)) static void begin(void)
{
	const char *fault = getenv("FAULT");

	if (fault == NULL)
		return;
	if (strncmp(fault, "count ", 6) == 0)
		(void)snprintf(count_file, sizeof count_file, "%s", fault + 6);
	else
		at = strtoul(fault + strcspn(fault, " "), NULL, 10);
	n_allocated = n_moved = 0;
	mode = fault[0];
}

__attribute__((destructor)) static void end(void)
{
	FILE *file = mode == 'c' ? fopen(count_file, "w") : NULL;

	if (file == NULL)
		return;
	(void)fprintf(file, "%lu %lu\n", n_allocated, n_moved);
	(void)fclose(file);
}

static int fails(void)
{
	unsigned long n = ++n_allocated;

	if ((mode != 'o' || n != at) && (mode != 'f' || n < at))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
void *memalign(size_t a, size_t n)
{
	return fails() ? NULL : __libc_memalign(a, n);
}
void *aligned_alloc(size_t a, size_t n)
{
	return memalign(a, n);
}

static size_t part(size_t n)
{
	return ++n_moved == at && mode == 's' && n > 1 ? n / 2 : n;
}

#define NEXT(name) __typeof__(&name) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t read(int fd, void *to, size_t n)
{
	NEXT(read);
	return next(fd, to, part(n));
}

ssize_t write(int fd, const void *from, size_t n)
{
	NEXT(write);
	return next(fd, from, part(n));
}

ssize_t pread64(int fd, void *to, size_t n, off64_t offset)
{
	NEXT(pread64);
	return next(fd, to, part(n), offset);
}

ssize_t pread(int fd, void *to, size_t n, off_t offset)
{
	return pread64(fd, to, n, offset);
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t offset)
{
	NEXT(pwrite64);
	return next(fd, from, part(n), offset);
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t offset)
{
	return pwrite64(fd, from, n, offset);
}

ssize_t copy_file_range(int in, off64_t *at_in, int out, off64_t *at_out, size_t n,
	unsigned flags)
{
	NEXT(copy_file_range);
	return next(in, at_in, out, at_out, part(n), flags);
}
