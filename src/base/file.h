/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Small files read whole, directories listed, the lock, random octets. */
#ifndef DCV_BASE_FILE_H
#define DCV_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

/* Reads a regular file (or standard input for "-") of at most max octets into *ret, which
 * the caller has initialised. Fails: DCV_E_FAILED with path and errno text; a directory,
 * FIFO or device is refused without blocking. */
enum dcv_err dcv_file_read(const char *path, struct dcv_buf *ret, struct dcv_error *err)
	DCV_NODISCARD;

/* Writes a file of n octets, durable and whole or not at all (a temporary beside it takes its
 * place). Fails: DCV_E_REFUSED if it exists and may not be replaced (the caller gives the
 * remedy); DCV_E_FAILED with path and errno text; DCV_E_NOMEM. */
enum dcv_err dcv_file_write(const char *path, const void *data, size_t n, unsigned mode,
	bool replace, struct dcv_error *err) DCV_NODISCARD;

/* The names in a directory that end in `suffix` and do not begin with a dot, sorted, as
 * full paths, in the arena. */
enum dcv_err dcv_dir_list(const char *path, const char *suffix, struct dcv_arena *arena,
	char ***ret_paths, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;

/* Creates a directory and its missing parents, mode 0700, durably. An existing one is
 * left as it is. */
enum dcv_err dcv_dir_make(const char *path, struct dcv_error *err) DCV_NODISCARD;

/* An open-file-description lock (fcntl F_OFD_SETLK): freed by the kernel when its holder
 * dies. fd is -1 while it is not held. */
struct dcv_lock {
	int fd;
};

/* Takes the lock on `path`, created mode 0600 if need be, and writes `holder` into it. Waits
 * at most wait_ms. Fails: DCV_E_LOCKED with "locked by HOLDER", as the file names it (the
 * caller prepends what is locked); DCV_E_FAILED with the path. */
enum dcv_err dcv_lock_take(const char *path, const char *holder, int64_t wait_ms,
	const struct dcv_clock *clock, struct dcv_lock *ret, struct dcv_error *err)
	DCV_NODISCARD;
void dcv_lock_drop(struct dcv_lock *lock);

/* n octets from the kernel's generator. Fails: DCV_E_INTERNAL. */
enum dcv_err dcv_random(void *out, size_t n, struct dcv_error *err) DCV_NODISCARD;

#endif
