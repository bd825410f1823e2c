/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how it is found out which accounts hold a zone, and which of several is the one
 * that the world sees. */
#include "cmd/exam.h"

static enum dcv_err holds(void *ctx, const struct dcv_backend_config *account,
	const struct dcv_name *zone, bool *ret, struct dcv_error *err)
{
	struct dcv_session *session = ctx;

	return dcv_holder_ask(session->holder, account, zone, ret, err);
}

/* The name servers that the account's zone names. */
static enum dcv_err read_servers(struct dcv_session *session, const struct dcv_name *zone,
	const struct dcv_backend_config *account, struct dcv_guard *ret,
	struct dcv_error *err)
{
	struct dcv_zone_view view;
	struct dcv_name *names;
	enum dcv_err rc = dcv_holder_view(session->holder, account, zone, &session->arena,
		&view, err);

	if (rc != DCV_OK)
		return rc;
	names = dcv_arena_array(&session->arena, view.n_ns + 1, sizeof(names[0]));
	if (names == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < view.n_ns; i++)
		names[i] = view.ns[i].name;
	*ret = (struct dcv_guard){.apex = *zone, .n_ours = view.n_ns, .ours = names};
	return DCV_OK;
}

/* The only one that names the parent's servers; n if there is none, or a second. */
static size_t only(const struct dcv_guard *guards, size_t n)
{
	size_t found = n;

	for (size_t i = 0; i < n; i++) {
		if (guards[i].platform != DCV_PLATFORM_SAME)
			continue;
		if (found < n)
			return n;
		found = i;
	}
	return found;
}

/* Accounts of one vendor often name the same servers: then the delegation does not tell. */
static enum dcv_err elect(void *ctx, const struct dcv_name *zone,
	const struct dcv_backend_config *const *accounts, size_t n, size_t *ret,
	struct dcv_error *err)
{
	struct dcv_session *session = ctx;
	struct dcv_guard *guards;
	struct dcv_exam *exam;
	enum dcv_err rc = DCV_OK;

	if (session->config.via != DCV_VIA_DIRECT)
		return DCV_OK;
	exam = dcv_exam_of(session, dcv_mono_ms(session->clock) + DCV_GUARD_MS);
	guards = dcv_arena_array(&session->arena, n, sizeof(guards[0]));
	if (exam == NULL)
		return dcv_fail(err, session->diags.code,
			"zone %s: its delegation cannot be looked at",
			dcv_show_name(zone));
	if (guards == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = read_servers(session, zone, accounts[i], &guards[i], err);
	if (rc == DCV_OK)
		rc = dcv_guard_run(exam->survey, guards, n, err);
	if (rc == DCV_OK)
		*ret = only(guards, n);
	return rc;
}

struct dcv_config_holder dcv_session_holder(struct dcv_session *session)
{
	return (struct dcv_config_holder){holds, elect, session};
}
