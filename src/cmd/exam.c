/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what of a run is examined, and what is said of it. How it is asked and what the
 * answers mean is known in check/. */
#include "cmd/exam_parts.h"

#include <string.h>

#include "cmd/interrupt.h"

#define EYE_MS 20000 /* for all that is asked through the CA's eye at once */

/* --- survey and eye --- */

static bool is_stopped(void *ctx)
{
	(void)ctx;
	return dcv_interrupted(NULL);
}

/* Servers that say nothing must not use up all the time that there is. */
static int64_t within(const struct dcv_session *session, int64_t deadline_ms)
{
	int64_t now_ms = dcv_mono_ms(session->clock);
	int64_t most_ms = now_ms + (session->deadline_ms - now_ms) * 3 / 4;

	return deadline_ms < most_ms ? deadline_ms : most_ms;
}

enum dcv_err dcv_exam_survey(const struct dcv_session *session, struct dcv_arena *arena,
	int64_t deadline_ms, struct dcv_hints *hints, struct dcv_survey **ret,
	struct dcv_error *err)
{
	const struct dcv_config *config = &session->config;
	const struct dcv_survey_options options = {.hints = hints,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
		.special_names = config->root_hints != NULL,
		.tcp = true,
		.deadline_ms = within(session, deadline_ms),
		.clock = session->clock,
		.stopped = is_stopped};
	enum dcv_err rc = dcv_hints_read(config->root_hints, arena, hints, err);

	return rc == DCV_OK ? dcv_survey_new(&options, ret, err) : rc;
}

static enum dcv_err open_stub(struct dcv_session *session, struct dcv_exam *exam,
	int64_t deadline_ms, struct dcv_error *err)
{
	const struct dcv_config *config = &session->config;
	const struct dcv_stub_options options = {.via = config->via,
		.n_resolvers = config->n_resolvers,
		.resolvers = config->resolvers,
		.tls_bundle = config->tls_bundle,
		.deadline_ms = deadline_ms,
		.clock = session->clock,
		.stopped = is_stopped};

	return dcv_stub_new(&options, &exam->stub, err);
}

static void set_deadline(struct dcv_exam *exam, int64_t deadline_ms)
{
	if (exam->stub != NULL)
		dcv_stub_deadline(exam->stub, deadline_ms);
	else
		dcv_survey_deadline(exam->survey, deadline_ms);
}

struct dcv_exam *dcv_exam_of(struct dcv_session *session, int64_t deadline_ms)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam = session->exam;
	enum dcv_err rc;

	deadline_ms = within(session, deadline_ms);
	if (exam != NULL) {
		set_deadline(exam, deadline_ms);
		return exam;
	}
	exam = dcv_arena_alloc(&session->arena, sizeof(*exam));
	if (exam == NULL) {
		(void)dcv_nomem(&err);
		(void)dcv_session_fail(session, &err);
		return NULL;
	}
	exam->arena = &session->arena;
	rc = session->config.via == DCV_VIA_DIRECT
		? dcv_exam_survey(session, exam->arena, deadline_ms, &exam->hints,
			  &exam->survey, &err)
		: open_stub(session, exam, deadline_ms, &err);
	if (rc != DCV_OK) {
		(void)dcv_session_fail(session, &err);
		return NULL;
	}
	session->exam = exam;
	return exam;
}

/* No eye is no error: its gates are not checked then. */
static enum dcv_err open_eye(struct dcv_session *session, struct dcv_exam *exam,
	struct dcv_error *err)
{
	const struct dcv_config *config = &session->config;
	struct dcv_eye_settings settings = {.root_hints = config->root_hints,
		.trust_anchor = config->trust_anchor,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
		.stub = exam->stub,
		.clock = session->clock,
		.stopped = is_stopped};
	struct dcv_error why = {0};
	enum dcv_err rc = DCV_OK;

	if (exam->eye != NULL || exam->blind != NULL)
		return DCV_OK;
	if (exam->stub == NULL)
		rc = dcv_hints_special(&exam->hints, &settings.special, &why);
	if (rc == DCV_OK)
		rc = dcv_eye_open(&settings, &exam->eye, &why);
	if (rc != DCV_OK && rc != DCV_E_UNVERIFIED) {
		*err = why;
		return rc;
	}
	if (rc == DCV_OK)
		return DCV_OK;
	exam->blind = dcv_arena_strdup(exam->arena, why.text);
	return exam->blind != NULL ? DCV_OK : dcv_nomem(err);
}

void dcv_exam_close(struct dcv_session *session)
{
	struct dcv_exam *exam = session->exam;

	if (exam == NULL)
		return;
	dcv_eye_close(exam->eye);
	dcv_survey_free(exam->survey);
	dcv_stub_free(exam->stub);
	session->exam = NULL;
}

/* --- the platform guard --- */

enum dcv_err dcv_guard_of(struct dcv_arena *arena, const struct dcv_name *zone,
	const struct dcv_zone_view *view, struct dcv_guard *ret, struct dcv_error *err)
{
	struct dcv_name *names = dcv_arena_array(arena, view->n_ns + 1, sizeof(names[0]));

	if (names == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < view->n_ns; i++)
		names[i] = view->ns[i].name;
	*ret = (struct dcv_guard){.apex = *zone, .n_ours = view->n_ns, .ours = names};
	return DCV_OK;
}

static enum dcv_err make_guards(struct dcv_session *session, struct dcv_exam *exam,
	struct dcv_error *err)
{
	const struct dcv_run *run = &session->run;
	enum dcv_err rc = DCV_OK;

	exam->n_guards = 0;
	exam->guards = dcv_arena_array(exam->arena, run->n_zones + 1,
		sizeof(exam->guards[0]));
	if (exam->guards == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < run->n_zones; i++) {
		const struct dcv_zone_view *view = &run->zones[i].view;

		if (!run->zones[i].planned || view->n_ns == 0)
			continue;
		rc = dcv_guard_of(&session->arena, &run->zones[i].binding->zone, view,
			&exam->guards[exam->n_guards], err);
		exam->n_guards += rc == DCV_OK;
	}
	return rc;
}

const char *dcv_names_text(struct dcv_session *session, const struct dcv_name *names,
	size_t n)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < n; i++)
		text = dcv_arena_printf(&session->arena, "%s%s%s", text,
			i > 0 ? ", " : "", dcv_show_name(&names[i]));
	return text != NULL ? text : "";
}

void dcv_guard_tell(struct dcv_session *session, const struct dcv_guard *guard)
{
	bool disjoint = guard->platform == DCV_PLATFORM_DISJOINT;

	if (!disjoint && guard->platform != DCV_PLATFORM_OVERLAP)
		return;
	dcv_diag_add(&session->diags, disjoint ? DCV_SEV_ERROR : DCV_SEV_WARNING,
		disjoint ? DCV_E_REFUSED : DCV_OK, NULL,
		disjoint ? "write the record where the zone is delegated to, or correct the "
			   "delegation at the registrar; with `check: {nameservers: [ADDR]}` "
			   "this is not looked at"
			 : "align the NS records of the zone with the delegation",
		"%s: %s: the zone here names %s, the parent delegates it to %s",
		dcv_show_name(&guard->apex),
		disjoint ? "another DNS platform answers for it"
			 : "other name servers answer for it too",
		dcv_names_text(session, guard->ours, guard->n_ours),
		dcv_names_text(session, guard->parents, guard->n_parents));
	dcv_diag_cause(&session->diags, disjoint ? "P02" : "A31");
}

/* Addresses in the configuration turn it off; resolvers do not tell what the parent says. */
static enum dcv_err ask_guards(struct dcv_session *session)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam;
	enum dcv_err rc;

	if (session->config.n_nameservers > 0 || session->config.via != DCV_VIA_DIRECT)
		return DCV_OK;
	exam = dcv_exam_of(session, dcv_mono_ms(session->clock) + DCV_GUARD_MS);
	if (exam == NULL)
		return session->diags.code;
	rc = make_guards(session, exam, &err);
	if (rc == DCV_OK && exam->n_guards > 0)
		rc = dcv_guard_run(exam->survey, exam->guards, exam->n_guards, &err);
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

enum dcv_err dcv_exam_guard(struct dcv_session *session)
{
	enum dcv_err rc = ask_guards(session);
	const struct dcv_exam *exam = session->exam;

	if (rc != DCV_OK || exam == NULL)
		return rc;
	for (size_t i = 0; i < exam->n_guards; i++) {
		dcv_guard_tell(session, &exam->guards[i]);
		if (exam->guards[i].platform == DCV_PLATFORM_DISJOINT)
			rc = DCV_E_REFUSED;
	}
	return rc;
}

/* --- the examination --- */

/* The world knows one of the names; else the eye would look for what nobody has. */
static bool is_visible(const struct dcv_exam_rows *rows)
{
	for (size_t i = 0; i < rows->n_items; i++) {
		if (dcv_exam_was_seen(rows->items[i].place))
			return true;
	}
	for (size_t i = 0; i < rows->n_caa; i++) {
		if (dcv_exam_was_seen(rows->caa[i].place))
			return true;
	}
	return false;
}

static enum dcv_err look(struct dcv_session *session, const struct dcv_verify *verify,
	struct dcv_error *err)
{
	struct dcv_exam *exam = session->exam;
	struct dcv_exam_rows rows = {0};
	struct dcv_diagnose_looking looking = {.survey = exam->survey, .stub = exam->stub};
	enum dcv_err rc = dcv_exam_make(session, verify, &rows, err);

	if (rc != DCV_OK || exam->n_cases == 0)
		return rc;
	looking.n_items = rows.n_items;
	looking.n_caa = rows.n_caa;
	looking.items = rows.items;
	looking.caa = rows.caa;
	looking.questions = rows.questions;
	if (exam->survey != NULL)
		dcv_survey_forget(exam->survey);
	rc = dcv_diagnose_find(&looking, exam->arena, err);
	if (rc == DCV_OK && is_visible(&rows)) {
		rc = open_eye(session, exam, err);
		looking.eye = exam->eye;
	}
	if (rc != DCV_OK)
		return rc;
	looking.eye_deadline_ms = within(session, dcv_mono_ms(session->clock) + EYE_MS);
	return dcv_diagnose_look(&looking, exam->arena, err);
}

/* Of special-use names nothing was asked, so nothing failed; where no resolver answers, or no root
 * server, it is they that failed. */
static bool is_unasked(const struct dcv_exam *exam, const struct dcv_place_of_name *place)
{
	bool nobody = place != NULL && place->found == DCV_FOUND_NO_VIEW &&
		(exam->stub != NULL || place->zone == NULL || place->zone->parent == NULL);

	return nobody || (place != NULL && place->found == DCV_FOUND_SPECIAL);
}

static bool is_undecided(const struct dcv_caa_result *result, size_t n)
{
	return result != NULL && result->verdict == DCV_CAA_ERROR && result->step < n;
}

/* A climb that the deadline cut short has not failed either. */
static void leave_unasked(const struct dcv_exam *exam, struct dcv_case *of)
{
	for (size_t i = 0; i < of->symptoms.n_caa; i++) {
		struct dcv_symptom_caa *caa = &of->symptoms.caa[i];
		bool unasked = is_unasked(exam, caa->place);

		if (unasked ||
			(caa->climb != NULL && is_undecided(caa->result, caa->climb->n) &&
				caa->climb->looks[caa->result->step]->cut)) {
			caa->climb = NULL;
			caa->result = NULL;
		}
		if (unasked ||
			(caa->eye_climb != NULL &&
				is_undecided(caa->eye_result, caa->eye_climb->n) &&
				caa->eye_climb->answers[caa->eye_result->step]->state ==
					DCV_EYE_NOT_ASKED)) {
			caa->eye_climb = NULL;
			caa->eye_result = NULL;
		}
	}
}

enum dcv_err dcv_exam_run(struct dcv_session *session, const struct dcv_verify *verify)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam = dcv_exam_of(session,
		dcv_mono_ms(session->clock) + DCV_EXAM_MS);
	enum dcv_err rc;

	if (exam == NULL)
		return session->diags.code;
	if (exam->guards == NULL && ask_guards(session) != DCV_OK)
		return session->diags.code;
	(void)dcv_exam_of(session, dcv_mono_ms(session->clock) + DCV_EXAM_MS);
	rc = look(session, verify, &err);
	for (size_t i = 0; rc == DCV_OK && i < exam->n_cases; i++) {
		leave_unasked(exam, &exam->cases[i]);
		dcv_exam_set_gates(&exam->cases[i]);
		rc = dcv_diagnose(&exam->cases[i].symptoms, exam->arena,
			&exam->cases[i].diagnosis, &err);
	}
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

/* --- before a write --- */

/* `permit` and `exact` change sets of bound zones only; what the world sees above them stays. */
static bool is_ours_to_change(const struct dcv_session *session,
	const struct dcv_case *of, const struct dcv_name *at)
{
	enum dcv_caa_policy policy = of->subject->order->caa;

	return (policy == DCV_CAA_PERMIT || policy == DCV_CAA_EXACT) &&
		dcv_config_binding(&session->config, at) != NULL;
}

/* A set denies the CA that this run does not change. */
static bool is_denied(const struct dcv_session *session, const struct dcv_case *of)
{
	for (size_t i = 0; i < of->symptoms.n_caa; i++) {
		const struct dcv_symptom_caa *caa = &of->symptoms.caa[i];

		if (caa->result != NULL && caa->result->verdict == DCV_CAA_DENIES &&
			caa->result->step < caa->climb->n &&
			!is_ours_to_change(session, of,
				caa->climb->steps[caa->result->step].at))
			return true;
	}
	return false;
}

enum dcv_err dcv_exam_before(struct dcv_session *session)
{
	enum dcv_err rc = dcv_exam_guard(session);
	bool denied = false;

	if (rc != DCV_OK || session->options.no_wait ||
		session->options.until <= DCV_LEVEL_EFFECTIVE)
		return rc;
	rc = dcv_exam_run(session, NULL);
	for (size_t i = 0; rc == DCV_OK && i < session->exam->n_cases; i++)
		denied = denied || is_denied(session, &session->exam->cases[i]);
	if (!denied)
		return rc;
	dcv_exam_tell(session);
	dcv_tell("refused: nothing was written: waiting does not cure this (see below)");
	return DCV_E_REFUSED;
}
