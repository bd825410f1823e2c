/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the lock of a zone: where it lies, and what its holder writes into it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/internal.h"

/* The directory of the ledger itself: one ledger, one lock, by whatever link it is called. */
static char *state_dir(struct dcv_run *run)
{
	char *real = realpath(run->config->ledger, NULL);
	const char *path = real != NULL ? real : run->config->ledger;
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL
		? dcv_arena_strdup(run->arena, ".")
		: dcv_arena_strndup(run->arena, path, (size_t)(slash - path));

	free(real);
	return dir;
}

/* DIR/locks/ZONE.lock; a slash in a name is written as in presentation form. */
static char *lock_path(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	char name[DCV_NAME_TEXT_MAX];
	char *dir = state_dir(run), *ret;
	char *locks = dir == NULL ? NULL : dcv_arena_printf(run->arena, "%s/locks", dir);
	struct dcv_buf path;

	if (locks == NULL || dcv_dir_make(locks, err) != DCV_OK)
		return NULL;
	dcv_buf_init(&path, 2 * DCV_NAME_TEXT_MAX + 4096);
	dcv_buf_addf(&path, "%s/", locks);
	dcv_name_text(&zone->binding->zone, name);
	for (const char *c = name; *c != '\0'; c++) {
		if (*c == '/')
			dcv_buf_adds(&path, "\\047");
		else
			dcv_buf_addc(&path, *c);
	}
	dcv_buf_adds(&path, "lock"); /* the name's final dot stands before it */
	ret = path.failed ? NULL : dcv_arena_strdup(run->arena, dcv_buf_text(&path));
	dcv_buf_clear(&path);
	return ret;
}

enum dcv_err dcv_zone_lock(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_lock *ret, struct dcv_error *err)
{
	char holder[128], since[DCV_TIME_TEXT_MAX], name[DCV_NAME_TEXT_MAX];
	char *path = lock_path(run, zone, err);
	int64_t wait_ms = run->deadline_ms - dcv_mono_ms(run->clock);
	enum dcv_err rc;
	int n = snprintf(holder, sizeof(holder), "PID %ld (dcvctl %s, since %s)",
		(long)getpid(), run->command,
		dcv_time_local(dcv_now_s(run->clock), since));

	if (path == NULL)
		return err->code != DCV_OK ? err->code : dcv_nomem(err);
	if (wait_ms > run->lock_wait_ms)
		wait_ms = run->lock_wait_ms;
	rc = dcv_lock_take(path, n > 0 ? holder : "", wait_ms > 0 ? wait_ms : 0,
		run->clock, ret, err);
	if (rc == DCV_E_LOCKED) {
		dcv_error_wrap(err, "zone %s", dcv_name_text(&zone->binding->zone, name));
		dcv_help(err,
			"help: wait for it, or give it more time with --lock-timeout 10m");
	}
	return rc;
}
