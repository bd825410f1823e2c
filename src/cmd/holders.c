/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how it is found out which accounts hold a zone, and which of several, or of
 * several zones of one account, is the one that the world sees. */
#include <stdio.h>

#include "cmd/exam.h"
#include "provider/services.h"

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
	enum dcv_err rc = dcv_holder_view(session->holder, account, zone, &session->arena,
		&view, err);

	return rc == DCV_OK ? dcv_guard_of(&session->arena, zone, &view, ret, err) : rc;
}

/* The only one of this state; n if there is none, or a second. */
static size_t only(const struct dcv_guard *guards, size_t n, enum dcv_platform platform)
{
	size_t found = n;

	for (size_t i = 0; i < n; i++) {
		if (guards[i].platform != platform)
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
		*ret = only(guards, n, DCV_PLATFORM_SAME);
	return rc;
}

/* --- several zones of one account */

static bool has(const struct dcv_guard *guards, size_t n, enum dcv_platform platform)
{
	for (size_t i = 0; i < n; i++) {
		if (guards[i].platform == platform)
			return true;
	}
	return false;
}

/* Beside other servers of the zone it is the one whose servers are asked at all. */
static size_t seen(const struct dcv_guard *guards, size_t n)
{
	return has(guards, n, DCV_PLATFORM_SAME) ? only(guards, n, DCV_PLATFORM_SAME)
						 : only(guards, n, DCV_PLATFORM_OVERLAP);
}

static const char *why_none(const struct dcv_guard *guards, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (guards[i].platform == DCV_PLATFORM_NO_VIEW)
			return guards[i].why;
	}
	return has(guards, n, DCV_PLATFORM_SAME) || has(guards, n, DCV_PLATFORM_OVERLAP)
		? "the parent names servers of more than one"
		: "the parent names no server of any";
}

static enum dcv_err compare(struct dcv_survey *survey, struct dcv_guard *guards, size_t n,
	size_t *ret, char ret_why[DCV_RIVAL_WHY_MAX], struct dcv_error *err)
{
	enum dcv_err rc = dcv_guard_run(survey, guards, n, err);

	if (rc != DCV_OK)
		return rc;
	*ret = seen(guards, n);
	if (*ret == n)
		(void)snprintf(ret_why, DCV_RIVAL_WHY_MAX, "%s", why_none(guards, n));
	return DCV_OK;
}

/* In a provider's thread: a survey of its own, and nothing of the session is changed. */
static enum dcv_err elect_rival(void *ctx, const struct dcv_name *zone,
	const struct dcv_rival *rivals, size_t n, size_t *ret,
	char ret_why[DCV_RIVAL_WHY_MAX], struct dcv_error *err)
{
	const struct dcv_session *session = ctx;
	struct dcv_arena arena = {NULL};
	struct dcv_hints hints = {0};
	struct dcv_survey *survey = NULL;
	struct dcv_guard *guards;
	enum dcv_err rc;

	if (session->config.via != DCV_VIA_DIRECT) {
		(void)snprintf(ret_why, DCV_RIVAL_WHY_MAX,
			"resolvers (check.via) do not tell what the parent says");
		return DCV_OK;
	}
	guards = dcv_arena_array(&arena, n, sizeof(guards[0]));
	if (guards == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++)
		guards[i] = (struct dcv_guard){.apex = *zone,
			.n_ours = rivals[i].n_servers,
			.ours = rivals[i].servers};
	rc = dcv_exam_survey(session, &arena, dcv_mono_ms(session->clock) + DCV_GUARD_MS,
		&hints, &survey, err);
	if (rc == DCV_OK)
		rc = compare(survey, guards, n, ret, ret_why, err);
	dcv_survey_free(survey);
	dcv_arena_clear(&arena);
	return rc;
}

void dcv_session_electorate(struct dcv_session *session)
{
	const struct dcv_electorate electorate = {elect_rival, session};

	dcv_services_elect_by(dcv_providers_services(session->providers), &electorate);
}

struct dcv_config_holder dcv_session_holder(struct dcv_session *session)
{
	return (struct dcv_config_holder){holds, elect, session};
}
