/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows certbot's manual hooks: one value a call, in variables; every auth hook is run
 * before any name is validated, and what the last one is, certbot says. Its exit status is only
 * a warning to certbot; what auth says on standard output comes back to cleanup. */
#include <string.h>

#include "base/start.h"
#include "cmd/hook.h"

#define CLIENT "certbot"

static const char *variable(const char *name, const char *former)
{
	const char *text = dcv_environment(name);

	return text == NULL && former != NULL ? dcv_environment(former) : text;
}

static enum dcv_err refuse(struct dcv_session *session, const char *why, const char *help)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL, help,
		"hook certbot: %s", why);
	return DCV_E_USAGE;
}

/* The challenge that this call is about; *ret_last: no more will come. */
static enum dcv_err read_challenge(struct dcv_session *session, struct dcv_hook *hook,
	bool *ret_last)
{
	const char *name = variable("CERTBOT_IDENTIFIER", "CERTBOT_DOMAIN");
	const char *value = variable("CERTBOT_VALIDATION", NULL);
	const char *left = variable("CERTBOT_REMAINING_CHALLENGES", NULL);

	if (name == NULL || value == NULL)
		return refuse(session, "CERTBOT_DOMAIN or CERTBOT_VALIDATION is not set",
			"give it to certbot: --manual-auth-hook 'dcvctl hook certbot-auth'");
	if (variable("CERTBOT_TOKEN", NULL) != NULL)
		return refuse(session, "this is a challenge of http-01",
			"give certbot --preferred-challenges dns");
	*ret_last = left == NULL || strcmp(left, "0") == 0;
	return dcv_hook_add(session, hook, DCV_HOOK_PREFIX, name, value);
}

/* What waits is kept by the names of the certificate: two certbots with other names do not meet. */
static enum dcv_err open_stage(struct dcv_session *session, struct dcv_hook_stage *ret)
{
	const char *names = variable("CERTBOT_ALL_IDENTIFIERS", "CERTBOT_ALL_DOMAINS");
	const char *key = dcv_hook_key(session, CLIENT, names != NULL ? names : "");

	*ret = (struct dcv_hook_stage){.lock = {-1}};
	return key != NULL ? dcv_hook_stage_open(session, key, ret) : session->diags.code;
}

/* Whoever calls has set the variable for us; its own environment has it not. */
static enum dcv_err stage_write(struct dcv_session *session,
	const struct dcv_hook_stage *stage, const struct dcv_hook *hook)
{
	const char *caller = dcv_hook_caller(session, "CERTBOT_VALIDATION");

	return caller != NULL ? dcv_hook_stage_write(session, stage, hook, caller)
			      : DCV_E_NOMEM;
}

static enum dcv_err auth(struct dcv_session *session, size_t n, const char *const *args)
{
	struct dcv_hook hook = {.client = CLIENT, .goes_on = true};
	const struct dcv_hook none = {.client = CLIENT};
	struct dcv_hook_stage stage;
	bool last = false;
	enum dcv_err rc;

	(void)args;
	if (n > 0)
		return DCV_E_USAGE;
	rc = read_challenge(session, &hook, &last);
	if (rc != DCV_OK)
		return rc;
	rc = open_stage(session, &stage);
	if (rc == DCV_OK) {
		printf("%s\n", hook.values[0].id);
		rc = dcv_hook_stage_read(session, &stage, &hook);
	}
	if (rc == DCV_OK && !last)
		rc = stage_write(session, &stage, &hook);
	else if (rc == DCV_OK) {
		enum dcv_err ended;

		rc = dcv_hook_present(session, &hook);
		ended = stage_write(session, &stage, &none);
		rc = rc == DCV_OK ? ended : rc;
	}
	dcv_hook_stage_close(&stage);
	return rc;
}

/* What still waits is not to come. */
static enum dcv_err unstage(struct dcv_session *session, const struct dcv_hook *gone)
{
	struct dcv_hook all = {.client = CLIENT};
	struct dcv_hook_stage stage;
	enum dcv_err rc = open_stage(session, &stage);
	size_t n = 0;

	if (rc == DCV_OK)
		rc = dcv_hook_stage_read(session, &stage, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(all.values[i].id, gone->values[0].id) != 0)
			all.values[n++] = all.values[i];
	}
	if (rc == DCV_OK && n < all.n) {
		all.n = n;
		rc = stage_write(session, &stage, &all);
	}
	dcv_hook_stage_close(&stage);
	return rc;
}

/* Certbot cleans up when all is validated, or nothing will be: value by value their orders are
 * closed, and the last call takes all that is closed out of the zones, in one change. If it never
 * comes, the next one does it, or `cleanup`. */
static enum dcv_err cleanup(struct dcv_session *session, size_t n, const char *const *args)
{
	struct dcv_hook hook = {.client = CLIENT};
	bool last = false;
	enum dcv_err rc;

	(void)args;
	if (n > 0)
		return DCV_E_USAGE;
	rc = read_challenge(session, &hook, &last);
	if (rc == DCV_OK)
		rc = unstage(session, &hook);
	if (rc == DCV_OK)
		rc = dcv_hook_close(session, &hook);
	return rc == DCV_OK && last ? dcv_hook_sweep(session, &hook, false) : rc;
}

const struct dcv_hook_dialect dcv_hook_certbot_auth = {
	.name = "certbot-auth",
	.usage = "without arguments, in certbot's variables",
	.run = auth,
};

const struct dcv_hook_dialect dcv_hook_certbot_cleanup = {
	.name = "certbot-cleanup",
	.usage = "without arguments, in certbot's variables",
	.run = cleanup,
};
