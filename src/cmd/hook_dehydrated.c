/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows dehydrated's hook: triples of DOMAIN TOKEN VALUE, with HOOK_CHAIN all of a
 * certificate in one call, and a dozen other events that are none of our business. */
#include <string.h>

#include "base/start.h"
#include "cmd/hook.h"

static bool is_event(const char *event, const char *word)
{
	return strcmp(event, word) == 0;
}

static bool concerns(const char *event)
{
	return is_event(event, "deploy_challenge") ||
		is_event(event, "clean_challenge") || is_event(event, "exit_hook");
}

/* The orders of one dehydrated have a common beginning: after an error it does not clean up, and
 * says only that it ends. Its lock keeps a second one away from the same directory. */
static const char *client_of(struct dcv_session *session)
{
	const char *base = dcv_environment("BASEDIR"), *config = dcv_environment("CONFIG");
	const char *both = dcv_arena_printf(&session->arena, "%s %s",
		base != NULL ? base : "", config != NULL ? config : "");

	return both != NULL ? dcv_hook_key(session, "dehydrated", both) : NULL;
}

static enum dcv_err add_triples(struct dcv_session *session, struct dcv_hook *hook,
	size_t n, const char *const *args)
{
	const char *type = dcv_environment("CHALLENGETYPE");
	enum dcv_err rc = DCV_OK;

	if (type != NULL && strcmp(type, "dns-01") != 0) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"write CHALLENGETYPE=\"dns-01\" into dehydrated's configuration",
			"hook dehydrated: this is a challenge of %.40s", type);
		return DCV_E_USAGE;
	}
	for (size_t i = 0; rc == DCV_OK && i < n; i += 3)
		rc = dcv_hook_add(session, hook, DCV_HOOK_PREFIX, args[i], args[i + 2]);
	return rc;
}

static enum dcv_err run(struct dcv_session *session, size_t n, const char *const *args)
{
	struct dcv_hook hook = {.client = client_of(session)};
	enum dcv_err rc;

	if (hook.client == NULL)
		return session->diags.code != DCV_OK ? session->diags.code : DCV_E_NOMEM;
	if (is_event(args[0], "exit_hook"))
		return n > 1 && args[1][0] != '\0' ? dcv_hook_sweep(session, &hook, true)
						   : DCV_OK;
	if (n < 4 || n % 3 != 1)
		return DCV_E_USAGE;
	rc = add_triples(session, &hook, n - 1, args + 1);
	if (rc != DCV_OK)
		return rc;
	return is_event(args[0], "deploy_challenge") ? dcv_hook_present(session, &hook)
						     : dcv_hook_clean(session, &hook);
}

const struct dcv_hook_dialect dcv_hook_dehydrated = {
	.name = "dehydrated",
	.usage = "deploy_challenge|clean_challenge DOMAIN TOKEN VALUE [DOMAIN TOKEN VALUE]...",
	.run = run,
	.concerns = concerns,
};
