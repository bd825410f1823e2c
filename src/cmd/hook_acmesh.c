/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the API of acme.sh for DNS: one value a call, at a name that may have U-labels. */
#include <string.h>

#include "cmd/hook.h"

static enum dcv_err run(struct dcv_session *session, size_t n, const char *const *args)
{
	struct dcv_hook hook = {.client = "acme.sh"};
	bool comes = n == 3 && strcmp(args[0], "add") == 0;
	enum dcv_err rc;

	if (!comes && (n != 3 || strcmp(args[0], "rm") != 0))
		return DCV_E_USAGE;
	rc = dcv_hook_add(session, &hook, "", args[1], args[2]);
	if (rc != DCV_OK)
		return rc;
	return comes ? dcv_hook_present(session, &hook) : dcv_hook_clean(session, &hook);
}

const struct dcv_hook_dialect dcv_hook_acmesh = {
	.name = "acme.sh",
	.usage = "add|rm FULLDOMAIN TXTVALUE",
	.run = run,
};
