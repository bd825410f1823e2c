/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows where values wait until their client has said that no more will come. Nothing
 * of them is in a zone yet, nor in the ledger. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/hook.h"

#define STALE_S 3600 /* their client was cut off between two calls */
#define STAGE_MAX (1u << 20)

static enum dcv_err make_paths(struct dcv_session *session, const char *key,
	const char **ret_file, const char **ret_lock, struct dcv_error *err)
{
	struct dcv_arena *arena = &session->arena;
	const char *state = dcv_state_dir(&session->config, arena);
	const char *dir = dcv_arena_printf(arena, "%s/hooks", state != NULL ? state : "");
	const char *locks = dcv_arena_printf(arena, "%s/locks",
		state != NULL ? state : "");

	if (state == NULL || dir == NULL || locks == NULL)
		return dcv_nomem(err);
	if (dcv_dir_make(dir, err) != DCV_OK || dcv_dir_make(locks, err) != DCV_OK)
		return err->code;
	*ret_file = dcv_arena_printf(arena, "%s/%s", dir, key);
	*ret_lock = dcv_arena_printf(arena, "%s/%s", locks, key);
	return *ret_file != NULL && *ret_lock != NULL ? DCV_OK : dcv_nomem(err);
}

enum dcv_err dcv_hook_stage_open(struct dcv_session *session, const char *key,
	struct dcv_hook_stage *ret)
{
	int64_t left_ms = session->deadline_ms - dcv_mono_ms(session->clock);
	const char *path = NULL, *lock = NULL;
	struct dcv_error err = {0};
	char holder[64];

	*ret = (struct dcv_hook_stage){.lock = {-1}};
	(void)snprintf(holder, sizeof(holder), "PID %ld (dcvctl hook)", (long)getpid());
	if (make_paths(session, key, &path, &lock, &err) != DCV_OK ||
		dcv_lock_take(lock, holder, left_ms > 0 ? left_ms : 0, session->clock,
			&ret->lock, &err) != DCV_OK) {
		dcv_error_wrap(&err, "hook: %s", key);
		return dcv_session_fail(session, &err);
	}
	ret->path = path;
	return DCV_OK;
}

void dcv_hook_stage_close(struct dcv_hook_stage *stage)
{
	if (stage->path != NULL)
		dcv_lock_drop(&stage->lock);
	stage->path = NULL;
}

/* A line: SECONDS CALLER OWNER VALUE. */
static enum dcv_err read_line(struct dcv_session *session, char *line,
	struct dcv_hook *hook)
{
	char *save = NULL;
	const char *at = strtok_r(line, " ", &save), *caller = strtok_r(NULL, " ", &save);
	const char *owner = strtok_r(NULL, " ", &save),
		   *value = strtok_r(NULL, " ", &save);
	size_t n = hook->n;
	enum dcv_err rc;

	if (value == NULL || dcv_hook_caller_is_gone(caller) ||
		dcv_now_s(session->clock) - strtoll(at, NULL, 10) > STALE_S)
		return DCV_OK;
	rc = dcv_hook_add(session, hook, "", owner, value);
	if (rc != DCV_OK || hook->n == n)
		return rc;
	hook->values[n].since = dcv_arena_printf(&session->arena, "%s %s", at, caller);
	return hook->values[n].since != NULL ? DCV_OK : DCV_E_NOMEM;
}

enum dcv_err dcv_hook_stage_read(struct dcv_session *session,
	const struct dcv_hook_stage *stage, struct dcv_hook *hook)
{
	enum dcv_err rc = DCV_OK;
	struct dcv_error err = {0};
	struct dcv_buf buf;
	char *text, *end;

	if (access(stage->path, F_OK) != 0 && errno == ENOENT)
		return DCV_OK;
	dcv_buf_init(&buf, STAGE_MAX);
	rc = dcv_file_read(stage->path, &buf, &err);
	text = dcv_arena_strdup(&session->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	if (rc != DCV_OK)
		return dcv_session_fail(session, &err);
	if (text == NULL)
		return DCV_E_NOMEM;
	for (; rc == DCV_OK && (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		rc = read_line(session, text, hook);
	}
	return rc;
}

enum dcv_err dcv_hook_stage_write(struct dcv_session *session,
	const struct dcv_hook_stage *stage, const struct dcv_hook *hook,
	const char *caller)
{
	struct dcv_error err = {0};
	struct dcv_buf buf;
	enum dcv_err rc;

	if (hook->n == 0) {
		if (unlink(stage->path) == 0 || errno == ENOENT)
			return DCV_OK;
		dcv_fail(&err, DCV_E_FAILED, "%s: %s", stage->path, strerror(errno));
		return dcv_session_fail(session, &err);
	}
	dcv_buf_init(&buf, STAGE_MAX);
	for (size_t i = 0; i < hook->n; i++) {
		const struct dcv_hook_value *value = &hook->values[i];

		if (value->since != NULL)
			dcv_buf_adds(&buf, value->since);
		else
			dcv_buf_addf(&buf, "%" PRId64 " %s", dcv_now_s(session->clock),
				caller);
		dcv_buf_addf(&buf, " %s %s\n", value->owner, value->value);
	}
	rc = buf.failed ? dcv_nomem(&err)
			: dcv_file_write(stage->path, buf.data, buf.len, 0600, true, &err);
	dcv_buf_clear(&buf);
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}
