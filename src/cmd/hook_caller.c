/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which process calls a hook, through shells and wrappers, and whether it still
 * runs (proc(5)). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/hook.h"

#define ANCESTORS_MAX 32
#define PROC_MAX (1u << 20)
#define START_FIELD 22 /* of /proc/PID/stat */
#define PPID_FIELD 4

/* A file of a process; false where it cannot be seen. The caller clears the buffer. */
static bool read_proc(long pid, const char *name, struct dcv_buf *ret)
{
	struct dcv_error err = {0};
	char path[64];

	dcv_buf_init(ret, PROC_MAX);
	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	return dcv_file_read(path, ret, &err) == DCV_OK;
}

struct process {
	long pid, parent;
	uint64_t start; /* with the number, no other process has it */
	bool dead; /* and not yet waited for */
};

static bool look(long pid, struct process *ret)
{
	struct dcv_buf buf;
	const char *at = NULL;

	*ret = (struct process){.pid = pid};
	/* A name may hold anything: the fields behind it begin at the last parenthesis. */
	if (read_proc(pid, "stat", &buf))
		at = strrchr(dcv_buf_text(&buf), ')');
	for (int field = 2; at != NULL && field <= START_FIELD; field++) {
		if (field == PPID_FIELD - 1)
			ret->dead = at[0] == 'Z' || at[0] == 'X';
		if (field == PPID_FIELD)
			ret->parent = strtol(at, NULL, 10);
		if (field == START_FIELD)
			ret->start = strtoull(at, NULL, 10);
		at = strchr(at, ' ');
		at = at != NULL ? at + 1 : NULL;
	}
	dcv_buf_clear(&buf);
	return ret->start != 0;
}

/* *ret: the process was started with the variable. False where that cannot be seen. */
static bool was_given(long pid, const char *variable, bool *ret)
{
	size_t len = strlen(variable), n;
	struct dcv_buf buf;
	bool seen = read_proc(pid, "environ", &buf);

	*ret = false;
	for (size_t i = 0; seen && i < buf.len; i += n + 1) {
		const char *item = (const char *)buf.data + i;

		n = strlen(item);
		*ret = *ret ||
			(n > len && strncmp(item, variable, len) == 0 && item[len] == '=');
	}
	dcv_buf_clear(&buf);
	return seen;
}

const char *dcv_hook_caller(struct dcv_session *session, const char *variable)
{
	struct process process = {.parent = (long)getppid()};
	bool given = true;

	for (int i = 0; given && i < ANCESTORS_MAX; i++) {
		if (process.parent <= 1 || !look(process.parent, &process) ||
			!was_given(process.pid, variable, &given))
			return DCV_HOOK_CALLER_UNKNOWN;
	}
	return given ? DCV_HOOK_CALLER_UNKNOWN
		     : dcv_arena_printf(&session->arena, "%ld:%" PRIu64, process.pid,
			       process.start);
}

bool dcv_hook_caller_is_gone(const char *caller)
{
	struct process process;
	char *colon;
	long pid = strtol(caller, &colon, 10);

	if (*colon != ':')
		return false;
	return !look(pid, &process) || process.dead ||
		process.start != strtoull(colon + 1, NULL, 10);
}
