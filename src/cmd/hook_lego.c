/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows lego's provider `exec`: one value a call, in one of two forms. In the default one
 * lego has followed CNAMEs and made the value; with EXEC_MODE=RAW both are left to us. */
#include <string.h>

#include "cmd/hook.h"
#include "order/derive.h"

static enum dcv_err add_raw(struct dcv_session *session, struct dcv_hook *hook,
	const char *domain, const char *key_authorization)
{
	char value[DCV_DNS01_TEXT], *kept;

	dcv_derive_dns01(key_authorization, value);
	kept = dcv_arena_strdup(&session->arena, value);
	return kept != NULL ? dcv_hook_add(session, hook, DCV_HOOK_PREFIX, domain, kept)
			    : DCV_E_NOMEM;
}

/* present|cleanup FQDN VALUE, or present|cleanup -- DOMAIN TOKEN KEYAUTH. */
static enum dcv_err run(struct dcv_session *session, size_t n, const char *const *args)
{
	struct dcv_hook hook = {.client = "lego"};
	bool comes = n > 0 && strcmp(args[0], "present") == 0;
	enum dcv_err rc;

	if (!comes && (n == 0 || strcmp(args[0], "cleanup") != 0))
		return DCV_E_USAGE;
	if (n == 5 && strcmp(args[1], "--") == 0)
		rc = add_raw(session, &hook, args[2], args[4]);
	else if (n == 3 && strcmp(args[1], "--") != 0)
		rc = dcv_hook_add(session, &hook, "", args[1], args[2]);
	else
		return DCV_E_USAGE;
	if (rc != DCV_OK)
		return rc;
	return comes ? dcv_hook_present(session, &hook) : dcv_hook_clean(session, &hook);
}

const struct dcv_hook_dialect dcv_hook_lego = {
	.name = "lego",
	.usage = "present|cleanup FQDN VALUE, or present|cleanup -- DOMAIN TOKEN KEYAUTH",
	.run = run,
};
