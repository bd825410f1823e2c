/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how accounts are asked for zones, one after the other. It does not know why. */
#include "provider/holder.h"

#include <stdlib.h>
#include <string.h>

struct asked {
	struct asked *next;
	const char *account;
	struct dcv_backend *backend; /* NULL: one for each zone, or it failed */
	struct dcv_error failed; /* code DCV_OK: it did not */
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

static struct asked *find(struct dcv_holder *holder, const char *account)
{
	struct asked *asked = holder->first;

	while (asked != NULL && strcmp(asked->account, account) != 0)
		asked = asked->next;
	if (asked != NULL)
		return asked;
	asked = calloc(1, sizeof(*asked));
	if (asked == NULL)
		return NULL;
	*asked = (struct asked){.next = holder->first, .account = account};
	holder->first = asked;
	return asked;
}

static enum dcv_err ask(const struct dcv_holder *holder, struct asked *asked,
	const struct dcv_backend_config *account, const struct dcv_name *zone, bool *ret,
	struct dcv_error *err)
{
	struct dcv_backend *backend = NULL;
	enum dcv_err rc;

	if (asked->backend != NULL)
		return dcv_backend_holds(asked->backend, zone, ret, err);
	rc = dcv_backend_open(holder->host, zone, account, &backend, err);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_backend_has_zone(backend, ret, err);
	if (dcv_backend_capabilities(backend)->needs_zone)
		dcv_backend_close(backend);
	else
		asked->backend = backend;
	return rc;
}

void dcv_holder_name(const char *account, struct dcv_error *err)
{
	size_t n = strlen(account);

	if (strncmp(err->text, account, n) != 0 || err->text[n] != ':')
		(void)dcv_error_wrap(err, "account %.80s", account);
}

/* An account that failed is not asked again in this run: a wrong key may lock it, and each name
 * would wait for a server that does not answer. What is wrong with one zone says nothing of the
 * others. */
enum dcv_err dcv_holder_ask(struct dcv_holder *holder,
	const struct dcv_backend_config *account, const struct dcv_name *zone, bool *ret,
	struct dcv_error *err)
{
	struct asked *asked = find(holder, account->name);
	enum dcv_err rc;

	if (asked == NULL)
		return dcv_nomem(err);
	if (asked->failed.code == DCV_OK) {
		rc = ask(holder, asked, account, zone, ret, &asked->failed);
		if (rc == DCV_OK)
			return DCV_OK;
		/* Nothing was to be changed; and a server that is down is no error of the
		 * configuration. */
		if (rc != DCV_E_NOMEM && rc != DCV_E_CONFIG)
			asked->failed.code = DCV_E_FAILED;
		dcv_holder_name(asked->account, &asked->failed);
	}
	if (err != NULL && err->code == DCV_OK)
		*err = asked->failed;
	rc = asked->failed.code;
	if (rc == DCV_E_CONFIG && asked->backend != NULL)
		asked->failed = (struct dcv_error){.code = DCV_OK};
	return rc;
}

enum dcv_err dcv_holder_view(struct dcv_holder *holder,
	const struct dcv_backend_config *account, const struct dcv_name *zone,
	struct dcv_arena *arena, struct dcv_zone_view *ret, struct dcv_error *err)
{
	struct dcv_backend *backend = NULL;
	enum dcv_err rc = dcv_backend_open(holder->host, zone, account, &backend, err);

	if (rc == DCV_OK)
		rc = dcv_backend_read(backend, zone, 1, arena, ret, err);
	dcv_backend_close(backend);
	return rc;
}
