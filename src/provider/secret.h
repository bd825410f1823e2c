/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Secrets: read when they are used, hidden in all that is said, overwritten when they go. */
#ifndef DCV_PROVIDER_SECRET_H
#define DCV_PROVIDER_SECRET_H

#include "base/arena.h"
#include "base/clock.h"
#include "config/config.h"

#define DCV_SECRET_MAX ((size_t)64 * 1024)
#define DCV_HIDDEN "[hidden]"

/* The secrets of a session. Zero it before use; dcv_secrets_clear overwrites and frees. */
struct dcv_secrets {
	struct dcv_arena arena;
	size_t n;
	const char **items; /* texts that must not be seen: each value, and its long words */
};

/* Reads what a setting names: {file: PATH} (regular, ours or root's, no group or other bits,
 * at most 64 KiB; a relative name lies in $CREDENTIALS_DIRECTORY if that is set, else in
 * `directory`), {env: NAME}, {command: ARGV} (its standard output, until the deadline). One
 * newline at the end is cut. *ret lives in `to`. Fails: DCV_E_CONFIG: missing, empty, too long,
 * a NUL in it, rights, the command's end; DCV_E_NOMEM. The error never shows the secret. */
enum dcv_err dcv_secret_read(const struct dcv_setting *from, const char *directory,
	const struct dcv_clock *clock, int64_t deadline_ms, struct dcv_secrets *to,
	const char **ret, struct dcv_error *err) DCV_NODISCARD;

/* Adds a secret that was found otherwise (a variable of --provider): copied. False when memory
 * is out. */
bool dcv_secrets_add(struct dcv_secrets *to, const char *value, const char **ret);

/* Replaces every secret in text[cap] by "[hidden]", in place; what no longer fits is cut. */
void dcv_secrets_hide(const struct dcv_secrets *secrets, char *text, size_t cap);

void dcv_secrets_clear(struct dcv_secrets *secrets);

#endif
