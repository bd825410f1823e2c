/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how octets and attributes get from one file to another. It does not know
 * what they mean. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "zones/commit.h"

#define CHUNK (64u * 1024u)
#define COPY_MAX ((size_t)8 << 20) /* then the disk begins to write it */

static int write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno;
		if (done == 0)
			return EIO;
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Where the kernel cannot copy. */
static int copy_plain(int in_fd, uint64_t at, uint64_t n, int out_fd)
{
	char *chunk = malloc(CHUNK);
	int error = chunk == NULL ? ENOMEM : 0;

	while (n > 0 && error == 0) {
		ssize_t got = pread(in_fd, chunk, n < CHUNK ? (size_t)n : CHUNK,
			(off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			/* Shorter than it was: somebody writes to it. */
			error = got < 0 ? errno : ESTALE;
			break;
		}
		error = write_all(out_fd, chunk, (size_t)got);
		at += (uint64_t)got;
		n -= (uint64_t)got;
	}
	free(chunk);
	return error;
}

static bool is_not_possible(int error)
{
	return error == ENOSYS || error == EXDEV || error == EINVAL ||
		error == EOPNOTSUPP || error == EPERM;
}

static int copy_range(int in_fd, uint64_t at, uint64_t n, int out_fd)
{
	while (n > 0) {
		loff_t from = (loff_t)at;
		ssize_t done = copy_file_range(in_fd, &from, out_fd, NULL,
			n < COPY_MAX ? (size_t)n : COPY_MAX, 0);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && !is_not_possible(errno))
			return errno;
		if (done <= 0)
			return copy_plain(in_fd, at, n, out_fd);
		/* Only a hint; whether it was written is for fsync to say. */
		if ((size_t)done == COPY_MAX)
			(void)sync_file_range(out_fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		at += (uint64_t)done;
		n -= (uint64_t)done;
	}
	return 0;
}

/* The whole size of a copy at once: a disk that is too full says so before anything is written,
 * and the blocks need not be found page by page. Not every file system can. */
static int reserve(int fd, uint64_t size)
{
	int rc;

	do
		rc = size > 0 ? fallocate(fd, 0, 0, (off_t)size) : 0;
	while (rc != 0 && errno == EINTR);
	return rc == 0 || is_not_possible(errno) ? 0 : errno;
}

int dcv_zcopy(int in_fd, uint64_t size, const struct dcv_zpatch *patches, size_t n,
	int out_fd)
{
	uint64_t at = 0, after = size;
	int error;

	for (size_t i = 0; i < n; i++)
		after += patches[i].len - patches[i].drop;
	error = reserve(out_fd, after);
	for (size_t i = 0; i < n && error == 0; i++) {
		const struct dcv_zpatch *patch = &patches[i];

		if (patch->at < at || patch->at + patch->drop > size)
			return EINVAL;
		error = copy_range(in_fd, at, patch->at - at, out_fd);
		if (error == 0)
			error = write_all(out_fd, patch->text, patch->len);
		at = patch->at + patch->drop;
	}
	return error != 0 ? error : copy_range(in_fd, at, size - at, out_fd);
}

/* The value of an attribute; NULL: *ret_error, 0 if it has gone. */
static char *read_attribute(int fd, const char *name, size_t *ret_n, int *ret_error)
{
	ssize_t n = fgetxattr(fd, name, NULL, 0), got = -1;
	char *value = n < 0 ? NULL : malloc((size_t)n + 1);

	*ret_error = n < 0 ? errno : ENOMEM;
	if (value != NULL) {
		got = fgetxattr(fd, name, value, (size_t)n);
		*ret_error = got < 0 ? errno : 0;
	}
	if (value != NULL && got < 0) {
		free(value);
		value = NULL;
	}
	if (*ret_error == ENODATA)
		*ret_error = 0;
	*ret_n = got < 0 ? 0 : (size_t)got;
	return value;
}

static int copy_attribute(int in_fd, const char *name, int out_fd)
{
	size_t n, n_there;
	int error, ignored;
	char *value = read_attribute(in_fd, name, &n, &error), *there;

	if (value == NULL)
		return error;
	/* A label that the new file has by itself need not be set, which may take rights. */
	there = read_attribute(out_fd, name, &n_there, &ignored);
	if ((there == NULL || n != n_there || memcmp(value, there, n) != 0) &&
		fsetxattr(out_fd, name, value, n, 0) != 0)
		error = errno;
	free(there);
	free(value);
	return error;
}

/* Hashes of the octets are the kernel's to make. */
static bool is_of_content(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0;
}

static int copy_attributes(int in_fd, int out_fd)
{
	ssize_t n = flistxattr(in_fd, NULL, 0);
	char *names;
	int error = 0;

	if (n < 0)
		return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : errno;
	names = malloc((size_t)n + 1);
	if (names == NULL)
		return ENOMEM;
	n = flistxattr(in_fd, names, (size_t)n);
	if (n < 0)
		error = errno;
	for (char *name = names; n > 0 && error == 0 && name < names + n;
		name += strlen(name) + 1)
		if (!is_of_content(name))
			error = copy_attribute(in_fd, name, out_fd);
	free(names);
	return error;
}

int dcv_zcopy_owner(const struct stat *st, int out_fd)
{
	struct stat now;

	if (fstat(out_fd, &now) != 0)
		return errno;
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
		fchown(out_fd, st->st_uid, st->st_gid) != 0)
		return errno;
	return 0;
}

int dcv_zcopy_meta(int in_fd, const struct stat *st, int out_fd, const char **ret_what)
{
	int error;

	*ret_what = "its ACL, label or other extended attributes cannot be kept";
	error = copy_attributes(in_fd, out_fd);
	if (error != 0)
		return error;
	*ret_what = "its mode cannot be kept";
	return fchmod(out_fd, st->st_mode & 07777) != 0 ? errno : 0;
}

bool dcv_zlater(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

int dcv_zcopy_stamp(const struct stat *st, int out_fd)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
		{.tv_sec = st->st_mtim.tv_sec + 1}};
	struct stat now;

	if (fstat(out_fd, &now) != 0)
		return errno;
	if (dcv_zlater(now.st_mtim, st->st_mtim))
		return 0;
	return futimens(out_fd, times) != 0 ? errno : 0;
}
