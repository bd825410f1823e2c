/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the certificate service (SCM) is asked for one certificate. What its answer
 * means, the host knows. */
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

const char *const dcv_hw_services[] = {"huaweicloud-scm", NULL};

/* The service itself says it; its gateway has other codes where there is no such service. */
static int is_unknown(const struct dcv_hw_call *call)
{
	return call->status == 404 && strncmp(call->code, "SCM.", 4) == 0;
}

enum dcvp_class dcv_hw_order(void *session, const char *service, const char *number,
	const char **ret, struct dcvp_error *err)
{
	struct dcv_hw scm = *(const struct dcv_hw *)session;
	struct dcvp_error said = {.help = ""};
	struct dcv_hw_call call;
	enum dcvp_class class;
	const char *path;

	(void)service;
	scm.endpoint = scm.scm;
	dcv_hw_begin(&call, &scm, NULL);
	path = dcv_kit_format(&call.kit, "v3/scm/certificates/%s",
		dcv_kit_escape(&call.kit, number, ""));
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	class = dcv_hw_ask(&call, "GET", path, NULL, &said);
	*ret = NULL;
	if (class != DCVP_OK && is_unknown(&call))
		return DCVP_OK;
	if (class != DCVP_OK) {
		/* In place of what would help with the DNS service; who could not log in was not
		 * there at all. */
		if (said.cause != DCVP_CAUSE_AUTH &&
			(call.status == 404 || call.status == 0)) {
			said.help[0] = '\0';
			dcv_kit_help(&said,
				"help: scm_endpoint must name a certificate service: it is not "
				"in every region");
		}
		*err = said;
		return class;
	}
	if (call.json == NULL)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is empty", call.subject);
	*ret = scm.host->json_write(scm.host->ctx, call.json);
	return *ret != NULL ? DCVP_OK : dcv_kit_nomem(err);
}
