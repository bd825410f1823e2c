/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows small files, directories, locks and random octets. It does not know
 * what is in them. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 * 1024)
#define HOLDER_MAX 256u
#define BACKOFF_FIRST_MS 10
#define BACKOFF_LAST_MS 250

/* Opens what is certainly a regular file: nothing opened here can block or act. */
static enum dcv_err open_regular(const char *path, int flags, int *ret_fd,
	struct dcv_error *err)
{
	struct stat st;
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0)
		return dcv_fail(err, DCV_E_FAILED, "%s: cannot be opened: %s", path,
			strerror(errno));
	if (fstat(fd, &st) != 0) {
		(void)dcv_fail(err, DCV_E_FAILED, "%s: cannot be examined: %s", path,
			strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		(void)dcv_fail(err, DCV_E_FAILED, "%s: cannot be used: %s", path,
			S_ISDIR(st.st_mode) ? "is a directory" : "is not a regular file");
	} else {
		*ret_fd = fd;
		return DCV_OK;
	}
	(void)close(fd);
	return DCV_E_FAILED;
}

/* One more octet than there is room for tells "full" from "too large". */
static ssize_t read_chunk(int fd, struct dcv_buf *buf)
{
	size_t room = buf->max - buf->len, want = room < CHUNK ? room : CHUNK;
	char probe;
	ssize_t n;

	if (want > 0 && !dcv_buf_reserve(buf, want))
		return -1;
	do
		n = want > 0 ? read(fd, buf->data + buf->len, want) : read(fd, &probe, 1);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n;
	if (want == 0) {
		errno = EFBIG;
		return -1;
	}
	buf->len += (size_t)n;
	buf->data[buf->len] = '\0';
	return n;
}

static enum dcv_err read_all(int fd, const char *path, struct dcv_buf *buf,
	struct dcv_error *err)
{
	size_t start = buf->len;
	enum dcv_err rc;
	ssize_t n;

	do
		n = read_chunk(fd, buf);
	while (n > 0);
	if (n == 0)
		return DCV_OK;
	if (buf->failed)
		rc = dcv_nomem(err);
	else if (errno == EFBIG)
		rc = dcv_fail(err, DCV_E_FAILED,
			"%s: too large: over the limit of %zu octets", path, buf->max);
	else
		rc = dcv_fail(err, DCV_E_FAILED, "%s: cannot be read: %s", path,
			strerror(errno));
	buf->len = start;
	if (buf->data != NULL)
		buf->data[start] = '\0';
	return rc;
}

enum dcv_err dcv_file_read(const char *path, struct dcv_buf *ret, struct dcv_error *err)
{
	enum dcv_err rc;
	int fd = -1;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", ret, err);
	rc = open_regular(path, O_RDONLY, &fd, err);
	if (rc != DCV_OK)
		return rc;
	rc = read_all(fd, path, ret, err);
	(void)close(fd);
	return rc;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n >= m && strcmp(name + n - m, suffix) == 0;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listing {
	char **paths;
	size_t n;
};

static enum dcv_err list_add(struct listing *list, const char *dir, const char *name,
	struct dcv_arena *arena, struct dcv_error *err)
{
	char **paths = dcv_arena_grow(arena, list->paths, list->n, sizeof *paths);

	if (paths == NULL)
		return dcv_nomem(err);
	list->paths = paths;
	paths[list->n] = dcv_arena_printf(arena, "%s%s%s", dir,
		has_suffix(dir, "/") ? "" : "/", name);
	if (paths[list->n] == NULL)
		return dcv_nomem(err);
	list->n++;
	return DCV_OK;
}

static enum dcv_err list_all(DIR *dir, const char *path, const char *suffix,
	struct dcv_arena *arena, struct listing *list, struct dcv_error *err)
{
	const struct dirent *entry;
	enum dcv_err rc = DCV_OK;

	while (rc == DCV_OK) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL && errno != 0)
			return dcv_fail(err, DCV_E_FAILED, "%s: cannot be listed: %s",
				path, strerror(errno));
		if (entry == NULL)
			return DCV_OK;
		if (entry->d_name[0] != '.' && has_suffix(entry->d_name, suffix))
			rc = list_add(list, path, entry->d_name, arena, err);
	}
	return rc;
}

enum dcv_err dcv_dir_list(const char *path, const char *suffix, struct dcv_arena *arena,
	char ***ret_paths, size_t *ret_n, struct dcv_error *err)
{
	struct listing list = {0};
	enum dcv_err rc;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return dcv_fail(err, DCV_E_FAILED, "%s: cannot be listed: %s", path,
			strerror(errno));
	rc = list_all(dir, path, suffix, arena, &list, err);
	(void)closedir(dir);
	if (rc != DCV_OK)
		return rc;
	if (list.n > 1)
		qsort(list.paths, list.n, sizeof list.paths[0], compare_paths);
	*ret_paths = list.paths;
	*ret_n = list.n;
	return DCV_OK;
}

/* A directory whose entry is lost with the power takes with it all that was made durable
 * in it. Best effort: some file systems cannot sync a directory. */
static void sync_parent(char *path, size_t len)
{
	int fd;

	while (len > 0 && path[len - 1] != '/')
		len--;
	if (len == 0) {
		fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		char kept = path[len];

		path[len] = '\0';
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		path[len] = kept;
	}
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/* Makes the directory path[0..len). */
static int make_one(char *path, size_t len)
{
	char kept = path[len];
	int error = 0;

	path[len] = '\0';
	if (mkdir(path, 0700) != 0)
		error = errno == EEXIST ? 0 : errno;
	else
		sync_parent(path, len);
	path[len] = kept;
	return error;
}

static enum dcv_err fail_make(const char *path, int error, struct dcv_error *err)
{
	return dcv_fail(err, DCV_E_FAILED, "%s: directory cannot be made: %s", path,
		strerror(error));
}

enum dcv_err dcv_dir_make(const char *path, struct dcv_error *err)
{
	char *copy;
	size_t i, len = strlen(path);
	struct stat st;
	int error = 0;

	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? DCV_OK : fail_make(path, ENOTDIR, err);
	if (errno != ENOENT)
		return fail_make(path, errno, err);
	copy = strdup(path);
	if (copy == NULL)
		return dcv_nomem(err);
	for (i = 1; i <= len && error == 0; i++)
		if ((copy[i] == '/' || copy[i] == '\0') && copy[i - 1] != '/')
			error = make_one(copy, i);
	free(copy);
	/* EEXIST says only that the name is taken. */
	if (error == 0 && stat(path, &st) != 0)
		error = errno;
	else if (error == 0 && !S_ISDIR(st.st_mode))
		error = ENOTDIR;
	return error == 0 ? DCV_OK : fail_make(path, error, err);
}

static enum dcv_err fail_locked(int fd, struct dcv_error *err)
{
	char holder[HOLDER_MAX], shown[4 * HOLDER_MAX];
	ssize_t n = pread(fd, holder, sizeof holder, 0);
	const char *end;

	/* It is empty between the taking of the lock and the writing of the holder. */
	if (n <= 0)
		return dcv_fail(err, DCV_E_LOCKED, "locked by another run");
	end = memchr(holder, '\n', (size_t)n);
	(void)dcv_shown(shown, sizeof shown, holder,
		end != NULL ? (size_t)(end - holder) : (size_t)n);
	return dcv_fail(err, DCV_E_LOCKED, "locked by %s", shown);
}

static enum dcv_err wait_lock(int fd, const char *path, int64_t wait_ms,
	const struct dcv_clock *clock, struct dcv_error *err)
{
	int64_t end_ms = dcv_mono_ms(clock) + wait_ms, pause_ms = BACKOFF_FIRST_MS,
		left_ms;
	struct flock want = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	while (fcntl(fd, F_OFD_SETLK, &want) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EACCES)
			return dcv_fail(err, DCV_E_FAILED, "%s: cannot be locked: %s",
				path, strerror(errno));
		left_ms = end_ms - dcv_mono_ms(clock);
		if (left_ms <= 0)
			return fail_locked(fd, err);
		dcv_sleep_ms(clock, pause_ms < left_ms ? pause_ms : left_ms);
		pause_ms *= 2;
		if (pause_ms > BACKOFF_LAST_MS)
			pause_ms = BACKOFF_LAST_MS;
	}
	return DCV_OK;
}

/* The text only helps a person; the lock holds without it: a full disk is no matter. */
static void write_holder(int fd, const char *holder)
{
	size_t len = strnlen(holder, HOLDER_MAX);

	if (ftruncate(fd, 0) != 0)
		return;
	if (pwrite(fd, holder, len, 0) == (ssize_t)len)
		(void)!pwrite(fd, "\n", 1, (off_t)len);
}

enum dcv_err dcv_lock_take(const char *path, const char *holder, int64_t wait_ms,
	const struct dcv_clock *clock, struct dcv_lock *ret, struct dcv_error *err)
{
	enum dcv_err rc;
	int fd = -1;

	/* Never unlinked: who waits and who comes next must meet at one inode. */
	rc = open_regular(path, O_RDWR | O_CREAT | O_NOFOLLOW, &fd, err);
	if (rc != DCV_OK)
		return rc;
	rc = wait_lock(fd, path, wait_ms, clock, err);
	if (rc != DCV_OK) {
		(void)close(fd);
		return rc;
	}
	write_holder(fd, holder);
	ret->fd = fd;
	return DCV_OK;
}

void dcv_lock_drop(struct dcv_lock *lock)
{
	if (lock->fd >= 0)
		(void)close(lock->fd);
	lock->fd = -1;
}

enum dcv_err dcv_random(void *out, size_t n, struct dcv_error *err)
{
	uint8_t *at = out;
	ssize_t got;

	while (n > 0) {
		got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return dcv_fail(err, DCV_E_INTERNAL, "random octets: %s",
				strerror(errno));
		at += got;
		n -= (size_t)got;
	}
	return DCV_OK;
}
