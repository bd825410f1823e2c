/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a small file comes about: whole and durable, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, data, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		data += put;
		n -= (size_t)put;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* The directory of a path, made durable. 0 or an errno. */
static int sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL
		? strdup(".")
		: strndup(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd >= 0 && fsync(fd) == 0 ? 0 : errno;

	if (fd >= 0)
		(void)close(fd);
	free(dir);
	return rc;
}

/* The temporary beside the path. *ret_fd is open. 0 or an errno. */
static int make_temporary(char *temp, unsigned mode, const void *data, size_t n)
{
	int fd = mkostemp(temp, O_CLOEXEC), rc;

	if (fd < 0)
		return errno;
	rc = fchmod(fd, (mode_t)mode) == 0 ? write_all(fd, data, n) : errno;
	if (close(fd) != 0 && rc == 0)
		rc = errno;
	if (rc != 0)
		(void)unlink(temp);
	return rc;
}

/* A file that is there is taken away only if that is asked for: link() replaces nothing. */
static int put(const char *temp, const char *path, bool replace)
{
	int rc;

	if (replace)
		return rename(temp, path) == 0 ? 0 : errno;
	rc = link(temp, path) == 0 ? 0 : errno;
	(void)unlink(temp);
	return rc;
}

enum dcv_err dcv_file_write(const char *path, const void *data, size_t n, unsigned mode,
	bool replace, struct dcv_error *err)
{
	size_t size = strlen(path) + sizeof(".XXXXXX");
	char *temp = malloc(size);
	int rc;

	if (temp == NULL)
		return dcv_nomem(err);
	(void)snprintf(temp, size, "%s.XXXXXX", path);
	rc = make_temporary(temp, mode, data, n);
	if (rc == 0) {
		rc = put(temp, path, replace);
		if (rc != 0 && replace)
			(void)unlink(temp);
	}
	free(temp);
	if (rc == EEXIST)
		return dcv_fail(err, DCV_E_REFUSED, "%s: not overwritten: it exists",
			path);
	if (rc == 0)
		rc = sync_directory(path);
	return rc == 0 ? DCV_OK
		       : dcv_fail(err, DCV_E_FAILED, "%s: cannot be written: %s", path,
				 strerror(rc));
}
