/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how accounts are asked for zones, one after the other. It does not know why. */
#include "provider/holder.h"

#include <stdlib.h>
#include <string.h>

struct asked {
	struct asked *next;
	const struct dcv_backend_config *account;
	struct dcv_backend *backend;
};

struct dcv_holder {
	const struct dcv_backend_host *host;
	struct asked *first;
};

enum dcv_err dcv_holder_make(const struct dcv_backend_host *host, struct dcv_holder **ret,
	struct dcv_error *err)
{
	struct dcv_holder *holder = calloc(1, sizeof(*holder));

	if (holder == NULL)
		return dcv_nomem(err);
	holder->host = host;
	*ret = holder;
	return DCV_OK;
}

void dcv_holder_close(struct dcv_holder *holder)
{
	struct asked *next;

	if (holder == NULL)
		return;
	for (struct asked *asked = holder->first; asked != NULL; asked = next) {
		next = asked->next;
		dcv_backend_close(asked->backend);
		free(asked);
	}
	free(holder);
}

/* A session of a provider that knows all zones of the account is kept. */
static enum dcv_err keep(struct dcv_holder *holder,
	const struct dcv_backend_config *account, struct dcv_backend *backend,
	struct dcv_error *err)
{
	struct asked *asked = calloc(1, sizeof(*asked));

	if (asked == NULL) {
		dcv_backend_close(backend);
		return dcv_nomem(err);
	}
	*asked = (struct asked){holder->first, account, backend};
	holder->first = asked;
	return DCV_OK;
}

static struct dcv_backend *kept(const struct dcv_holder *holder,
	const struct dcv_backend_config *account)
{
	for (const struct asked *asked = holder->first; asked != NULL; asked = asked->next)
		if (strcmp(asked->account->name, account->name) == 0)
			return asked->backend;
	return NULL;
}

static enum dcv_err ask(struct dcv_holder *holder,
	const struct dcv_backend_config *account, const struct dcv_name *zone, bool *ret,
	struct dcv_error *err)
{
	struct dcv_backend *backend = kept(holder, account);
	enum dcv_err rc;

	if (backend != NULL)
		return dcv_backend_holds(backend, zone, ret, err);
	rc = dcv_backend_open(holder->host, zone, account, &backend, err);
	if (rc != DCV_OK)
		return rc;
	if (dcv_backend_capabilities(backend)->needs_zone) {
		rc = dcv_backend_has_zone(backend, ret, err);
		dcv_backend_close(backend);
		return rc;
	}
	rc = keep(holder, account, backend, err);
	return rc == DCV_OK ? dcv_backend_holds(backend, zone, ret, err) : rc;
}

enum dcv_err dcv_holder_ask(void *ctx, const struct dcv_backend_config *account,
	const struct dcv_name *zone, bool *ret, struct dcv_error *err)
{
	struct dcv_error why = {0};
	enum dcv_err rc = ask(ctx, account, zone, ret, &why);

	if (rc == DCV_OK)
		return DCV_OK;
	if (rc != DCV_E_NOMEM)
		why.code = rc = DCV_E_CONFIG;
	(void)dcv_error_wrap(&why, "account %.80s", account->name);
	if (err != NULL && err->code == DCV_OK)
		*err = why;
	return rc;
}
