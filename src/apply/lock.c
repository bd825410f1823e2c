/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the lock of a zone: where it lies, and what its holder writes into it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/internal.h"

#define SLICE_MS 200

char *dcv_state_dir(const struct dcv_config *config, struct dcv_arena *arena)
{
	char *real = realpath(config->ledger, NULL);
	const char *path = real != NULL ? real : config->ledger;
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? dcv_arena_strdup(arena, ".")
				  : dcv_arena_strndup(arena, path, (size_t)(slash - path));

	free(real);
	return dir;
}

/* DIR/locks/ZONE.lock; a slash in a name is written as in presentation form. */
static char *lock_path(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_error *err)
{
	char name[DCV_NAME_TEXT_MAX];
	char *dir = dcv_state_dir(run->config, run->arena), *ret;
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

/* In short waits, so that a run that is to stop does not wait for another one first. */
static enum dcv_err take(struct dcv_run *run, const char *path, const char *holder,
	int64_t wait_ms, struct dcv_lock *ret, struct dcv_error *err)
{
	int64_t end_ms = dcv_mono_ms(run->clock) + wait_ms, left_ms = wait_ms;
	enum dcv_err rc;

	do {
		*err = (struct dcv_error){0};
		rc = dcv_lock_take(path, holder, left_ms < SLICE_MS ? left_ms : SLICE_MS,
			run->clock, ret, err);
		left_ms = end_ms - dcv_mono_ms(run->clock);
	} while (rc == DCV_E_LOCKED && left_ms > 0 &&
		(run->stopped == NULL || !run->stopped(run->stopped_ctx)));
	return rc;
}

enum dcv_err dcv_zone_lock(struct dcv_run *run, const struct dcv_zone_run *zone,
	int64_t wait_ms, struct dcv_lock *ret, struct dcv_error *err)
{
	char holder[128], since[DCV_TIME_TEXT_MAX], name[DCV_NAME_TEXT_MAX];
	char *path = lock_path(run, zone, err);
	int64_t left_ms = run->deadline_ms - dcv_mono_ms(run->clock);
	enum dcv_err rc;
	int n = snprintf(holder, sizeof(holder), "PID %ld (dcvctl %s, since %s)",
		(long)getpid(), run->command,
		dcv_time_local(dcv_now_s(run->clock), since));

	if (path == NULL)
		return err->code != DCV_OK ? err->code : dcv_nomem(err);
	if (wait_ms > left_ms)
		wait_ms = left_ms;
	rc = take(run, path, n > 0 ? holder : "", wait_ms > 0 ? wait_ms : 0, ret, err);
	if (rc == DCV_E_LOCKED) {
		dcv_error_wrap(err, "zone %s", dcv_name_text(&zone->binding->zone, name));
		dcv_help(err,
			"help: wait for it, or give it more time with --lock-timeout 10m");
	}
	return rc;
}
