/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `explain`: the pages of the catalogue of causes, and what is said of an order. */
#include <ctype.h>
#include <string.h>

#include "base/yaml.h"
#include "check/cause.h"
#include "cmd/exam.h"
#include "cmd/import.h"
#include "cmd/lost.h"
#include "cmd/targets.h"
#include "cmd/walk.h"

#define TEXT_MAX 1048576u /* of all that is said of an order */
#define HELP_BLIND                                                                             \
	"help: the steps are walked from the root servers down, so run it where these can be " \
	"asked; of one server: dcvctl check --until effective --nameserver ADDRESS"
#define HELP_GIVEN                                                                               \
	"note: this is of the servers that the delegation names, not of those that were given; " \
	"of these: dcvctl check --until effective --nameserver ADDRESS"

/* A letter and two digits name a cause, be there one or not. */
static bool is_id(const char *word)
{
	return strlen(word) == 3 && isalpha((unsigned char)word[0]) &&
		isdigit((unsigned char)word[1]) && isdigit((unsigned char)word[2]);
}

static struct dcv_json *cause_json(const struct dcv_cause *cause)
{
	struct dcv_json *json = dcv_json_object();

	dcv_json_set_text(json, "id", cause->id);
	dcv_json_set_text(json, "title", cause->title);
	dcv_json_set_text(json, "step", dcv_step_word(cause->step));
	dcv_json_set_text(json, "concerns", dcv_concern_text(cause->concern));
	dcv_json_set_text(json, "cure", dcv_cure_text(cause->cure));
	dcv_json_set_text(json, "remedy", cause->remedy);
	dcv_json_set_text(json, "source", cause->source);
	return json;
}

static void show_list(struct dcv_session *session)
{
	struct dcv_json *list = session->options.json ? dcv_json_array() : NULL;

	for (size_t i = 0; dcv_cause_at(i) != NULL; i++) {
		const struct dcv_cause *cause = dcv_cause_at(i);

		if (session->options.json)
			dcv_json_append(list, cause_json(cause));
		else
			dcv_say(session, "%s  %s", cause->id, cause->title);
	}
	session->detail = list;
}

static enum dcv_err refuse_id(struct dcv_session *session, const char *id)
{
	const char *near = dcv_did_you_mean(id, dcv_cause_ids());

	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl explain --list", "%s: no such cause%s%s%s", id,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return DCV_E_USAGE;
}

static enum dcv_err show_page(struct dcv_session *session, const char *id)
{
	const struct dcv_cause *cause = dcv_cause_find(id);
	struct dcv_buf page;

	if (cause == NULL)
		return refuse_id(session, id);
	dcv_buf_init(&page, 65536);
	dcv_cause_page(cause, &page);
	if (session->options.json)
		session->detail = cause_json(cause);
	else
		(void)fputs(dcv_buf_text(&page), stdout);
	dcv_buf_clear(&page);
	return DCV_OK;
}

/* --- an order --- */

static void add_case(struct dcv_session *session, const struct dcv_symptoms *symptoms,
	const struct dcv_diagnosis *diagnosis)
{
	struct dcv_json *json = dcv_walk_json(diagnosis);

	dcv_json_set_text(json, "order", symptoms->order);
	dcv_json_set_text(json, "ca", symptoms->ca != NULL ? symptoms->ca->key : NULL);
	dcv_json_set_text(json, "service_says", symptoms->said);
	if (session->detail == NULL)
		session->detail = dcv_json_array();
	dcv_json_append(session->detail, json);
}

static void set_msg(struct dcv_session *session, const struct dcv_diagnosis *diagnosis)
{
	enum dcv_step stop = dcv_walk_stop(diagnosis);
	const struct dcv_finding *finding = stop < DCV_STEPS
		? dcv_diagnosis_first(diagnosis, stop)
		: NULL;
	char since[DCV_TIME_TEXT_MAX];

	if (finding != NULL)
		(void)snprintf(session->msg, sizeof(session->msg), "[%s] %.200s",
			finding->cause->id, finding->text);
	else if (diagnosis->dns_done)
		(void)snprintf(session->msg, sizeof(session->msg),
			"DNS is done since %s; it is the CA's turn",
			dcv_time_local(diagnosis->done_s, since));
	else
		(void)snprintf(session->msg, sizeof(session->msg),
			"not everything could be looked at");
}

enum dcv_err dcv_explain_case(struct dcv_session *session,
	const struct dcv_symptoms *symptoms, const struct dcv_diagnosis *diagnosis)
{
	enum dcv_err rc = dcv_walk_code(diagnosis);
	struct dcv_buf text;

	set_msg(session, diagnosis);
	if (session->options.json) {
		add_case(session, symptoms, diagnosis);
		return rc;
	}
	dcv_buf_init(&text, TEXT_MAX);
	if (session->options.report)
		dcv_walk_report(symptoms, diagnosis, &text);
	else
		dcv_walk_text(symptoms, diagnosis, session->options.all,
			dcv_next_words(session, symptoms->order), &text);
	if (text.failed)
		rc = DCV_E_NOMEM;
	else if (!session->options.quiet)
		(void)fputs(dcv_buf_text(&text), stdout);
	dcv_buf_clear(&text);
	return rc;
}

static bool wants_any(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		if (dcv_subject_is_wanted(&session->run.subjects[i]))
			return true;
	}
	return false;
}

static void tell_said(struct dcv_session *session, const struct dcv_import *import)
{
	char time[DCV_TIME_TEXT_MAX];
	const char *text = dcv_import_text(session, import,
		dcv_time_local(import->said_s, time));

	if (text != NULL)
		dcv_say(session, "order %s: %s", import->number, text);
}

/* What the service has issued needs no records any more. */
static bool is_issued(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->n_imports; i++) {
		if (session->imports[i].statement.stage != DCV_STAGE_ISSUED)
			return false;
	}
	return session->n_imports > 0;
}

/* A guard refuses the order, its token is dead, or it is over: there are no steps to walk. */
static enum dcv_err explain_nothing(struct dcv_session *session, enum dcv_err rc)
{
	if (rc == DCV_OK)
		rc = dcv_look_nothing(session);
	if (rc == DCV_E_PENDING && is_issued(session))
		rc = DCV_OK;
	for (size_t i = 0; i < session->n_imports; i++)
		tell_said(session, &session->imports[i]);
	for (size_t i = 0; i < session->diags.n; i++) {
		/* What has no cause is said with all diagnostics. */
		if (session->diags.items[i].id[0] == '\0')
			continue;
		dcv_say(session, "not begun: [%s] %s", session->diags.items[i].id,
			session->diags.items[i].text);
	}
	return rc;
}

/* There is no step to mend: the first one could not be looked at, and nothing in DNS says why. */
static bool is_blind(const struct dcv_diagnosis *diagnosis)
{
	enum dcv_step open = diagnosis->first_open, stop = dcv_walk_stop(diagnosis);

	return open < DCV_STEPS && diagnosis->steps[open] == DCV_STEP_UNCHECKED &&
		(stop == open || stop > DCV_STEP_CAA);
}

static enum dcv_err explain_orders(struct dcv_session *session)
{
	struct dcv_verify verify = {.wait = false};
	enum dcv_err rc = dcv_look_prepare(session), worst = DCV_OK;
	bool blind = false;

	if (rc != DCV_OK)
		return rc;
	rc = dcv_look_zones(session);
	if (!wants_any(session))
		return explain_nothing(session, rc);
	/* What a guard says here, the steps say too. */
	dcv_diags_clear(&session->diags);
	session->diags = (struct dcv_diags){0};
	rc = dcv_lost_tell(session);
	if (rc == DCV_OK)
		rc = dcv_targets_make(session, &verify);
	if (rc == DCV_OK)
		rc = dcv_exam_run(session, &verify);
	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < session->exam->n_cases; i++) {
		struct dcv_case *of = &session->exam->cases[i];

		rc = dcv_explain_case(session, &of->symptoms, &of->diagnosis);
		blind = blind || is_blind(&of->diagnosis);
		worst = dcv_run_worse(worst, rc);
	}
	if (blind)
		dcv_tell("%s", HELP_BLIND);
	else if (session->config.n_nameservers > 0)
		dcv_tell("%s", HELP_GIVEN);
	return worst;
}

static enum dcv_err run_explain(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;

	if (session->options.list && args->n == 0) {
		show_list(session);
		return DCV_OK;
	}
	if (args->n == 1 && is_id(args->items[0]) && session->options.from == NULL &&
		!session->options.list)
		return show_page(session, args->items[0]);
	if (!session->options.list &&
		(args->n > 0 || session->options.records.n > 0 ||
			session->options.from != NULL))
		return explain_orders(session);
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl explain --list",
		"explain: give an order, or the id of a cause");
	return DCV_E_USAGE;
}

const struct dcv_command dcv_cmd_explain = {
	.name = "explain",
	.summary = "say where an order stands and what to do, or what a cause means",
	.help = "example: dcvctl explain 1234567890\n"
		"\n"
		"dcvctl explain [OPTION…] ORDER…\n"
		"dcvctl explain ID | --list\n"
		"Walks the steps of the services' support pages (record, platform, value, old\n"
		"record, TTL, CAA, organisation, review), stops at the first that is open, and\n"
		"says what was seen, what to write and what comes then. When DNS is done: since\n"
		"when, and until when it is usually the CA's turn. With an ID, the page of that\n"
		"cause: what it means, how to see it with dig, how to cure it.\n"
		"\n"
		"  --all                 go on behind the first open step\n"
		"  --report              one page of evidence for the CA's support\n"
		"  --from SERVICE NUMBER  an order of a service, with what it says of it\n"
		"  --list                all causes, id and title (see also dcvctl-causes(7))\n"
		"  --record, --ca, --order, --nameserver, --zone, --state   as check\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0 DNS is done, 2 a step is open or the service refused, 6 a guard refuses\n"
		"      the order, 7 nothing could be looked at, 64 usage\n",
	.options =
		"config ledger zone-file reload provider nameserver record ca service order "
		"from file name deadline zone state all report list json quiet verbose help",
	.words = "causes orders files",
	.run = run_explain,
};
