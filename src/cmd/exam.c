/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what of a run is examined, and what is said of it. How it is asked and what the
 * answers mean is known in check/. */
#include "cmd/exam.h"

#include <string.h>

#include "cmd/interrupt.h"
#include "dns/special.h"

#define EYE_MS 20000 /* for all that is asked through the CA's eye at once */

/* --- survey and eye --- */

static bool is_stopped(void *ctx)
{
	(void)ctx;
	return dcv_interrupted(NULL);
}

static enum dcv_err open_survey(struct dcv_session *session, struct dcv_exam *exam,
	int64_t deadline_ms, struct dcv_error *err)
{
	const struct dcv_config *config = &session->config;
	const struct dcv_survey_options options = {.hints = &exam->hints,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
		.special_names = config->root_hints != NULL,
		.tcp = true,
		.deadline_ms = deadline_ms,
		.clock = session->clock,
		.stopped = is_stopped};
	enum dcv_err rc = dcv_hints_read(config->root_hints, exam->arena, &exam->hints,
		err);

	return rc == DCV_OK ? dcv_survey_new(&options, &exam->survey, err) : rc;
}

/* Servers that say nothing must not use up all the time that there is. */
static int64_t within(const struct dcv_session *session, int64_t deadline_ms)
{
	int64_t now_ms = dcv_mono_ms(session->clock);
	int64_t most_ms = now_ms + (session->deadline_ms - now_ms) * 3 / 4;

	return deadline_ms < most_ms ? deadline_ms : most_ms;
}

struct dcv_exam *dcv_exam_of(struct dcv_session *session, int64_t deadline_ms)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam = session->exam;
	enum dcv_err rc;

	deadline_ms = within(session, deadline_ms);
	if (exam != NULL) {
		dcv_survey_deadline(exam->survey, deadline_ms);
		return exam;
	}
	exam = dcv_arena_alloc(&session->arena, sizeof(*exam));
	rc = exam != NULL ? DCV_OK : dcv_nomem(&err);
	if (rc == DCV_OK) {
		exam->arena = &session->arena;
		rc = open_survey(session, exam, deadline_ms, &err);
	}
	if (rc != DCV_OK) {
		(void)dcv_session_fail(session, &err);
		return NULL;
	}
	session->exam = exam;
	return exam;
}

/* Hints in special-purpose ranges: a world of its own lies there. */
static bool are_special(const struct dcv_hints *hints)
{
	struct dcv_addr addr;

	for (size_t i = 0; i < hints->n; i++) {
		if (hints->items[i].type != DCV_TYPE_NS &&
			dcv_addr_from_rdata(&hints->items[i].rdata, 53, &addr, NULL) ==
				DCV_OK &&
			dcv_addr_special(&addr) != NULL)
			return true;
	}
	return false;
}

/* No eye is no error: its gates are not checked then. */
static enum dcv_err open_eye(struct dcv_session *session, struct dcv_exam *exam,
	struct dcv_error *err)
{
	const struct dcv_config *config = &session->config;
	const struct dcv_eye_settings settings = {.root_hints = config->root_hints,
		.trust_anchor = config->trust_anchor,
		.no_ipv4 = config->no_ipv4,
		.no_ipv6 = config->no_ipv6,
		.special = are_special(&exam->hints),
		.clock = session->clock,
		.stopped = is_stopped};
	struct dcv_error why = {0};
	enum dcv_err rc;

	if (exam->eye != NULL || exam->blind != NULL)
		return DCV_OK;
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
	session->exam = NULL;
}

/* --- the platform guard --- */

static struct dcv_name *ns_names(struct dcv_session *session,
	const struct dcv_zone_view *view)
{
	struct dcv_name *names = dcv_arena_array(&session->arena, view->n_ns + 1,
		sizeof(names[0]));

	for (size_t i = 0; names != NULL && i < view->n_ns; i++)
		names[i] = view->ns[i].name;
	return names;
}

static enum dcv_err make_guards(struct dcv_session *session, struct dcv_exam *exam,
	struct dcv_error *err)
{
	const struct dcv_run *run = &session->run;

	exam->n_guards = 0;
	exam->guards = dcv_arena_array(exam->arena, run->n_zones + 1,
		sizeof(exam->guards[0]));
	for (size_t i = 0; exam->guards != NULL && i < run->n_zones; i++) {
		struct dcv_guard *guard = &exam->guards[exam->n_guards];

		if (!run->zones[i].planned || run->zones[i].view.n_ns == 0)
			continue;
		guard->apex = run->zones[i].binding->zone;
		guard->n_ours = run->zones[i].view.n_ns;
		guard->ours = ns_names(session, &run->zones[i].view);
		if (guard->ours == NULL)
			return dcv_nomem(err);
		exam->n_guards++;
	}
	return exam->guards != NULL ? DCV_OK : dcv_nomem(err);
}

static const char *list_names(struct dcv_session *session, const struct dcv_name *names,
	size_t n)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < n; i++)
		text = dcv_arena_printf(&session->arena, "%s%s%s", text,
			i > 0 ? ", " : "", dcv_show_name(&names[i]));
	return text != NULL ? text : "";
}

static void tell_guard(struct dcv_session *session, const struct dcv_guard *guard)
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
		list_names(session, guard->ours, guard->n_ours),
		list_names(session, guard->parents, guard->n_parents));
	dcv_diag_cause(&session->diags, disjoint ? "P02" : "A31");
}

/* Addresses in the configuration turn it off. */
static enum dcv_err ask_guards(struct dcv_session *session)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam;
	enum dcv_err rc;

	if (session->config.n_nameservers > 0)
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

	for (size_t i = 0; rc == DCV_OK && exam != NULL && i < exam->n_guards; i++)
		tell_guard(session, &exam->guards[i]);
	for (size_t i = 0; exam != NULL && i < exam->n_guards; i++) {
		if (rc == DCV_OK && exam->guards[i].platform == DCV_PLATFORM_DISJOINT)
			rc = DCV_E_REFUSED;
	}
	return rc;
}

/* --- cases --- */

static const struct dcv_zone_run *zone_run(const struct dcv_session *session,
	const struct dcv_name *owner)
{
	const struct dcv_zone_run *found = NULL;

	for (size_t i = 0; i < session->run.n_zones; i++) {
		const struct dcv_zone_run *zone = &session->run.zones[i];

		if (dcv_name_is_within(owner, &zone->binding->zone) &&
			(found == NULL ||
				zone->binding->zone.len > found->binding->zone.len))
			found = zone;
	}
	return found;
}

/* The plan has nothing to bring there. */
static bool is_written(const struct dcv_zone_run *zone, const struct dcv_symptom *item)
{
	if (zone->done)
		return true;
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_rrset_edit *edit = &zone->plan.edits[i].edit;

		if (edit->type == item->type && dcv_name_equal(&edit->owner, &item->owner))
			return edit->n_add == 0;
	}
	return zone->planned;
}

static void set_zone(struct dcv_session *session, struct dcv_symptom *ret)
{
	const struct dcv_exam *exam = session->exam;
	const struct dcv_zone_run *zone = zone_run(session, &ret->owner);

	if (zone == NULL)
		return;
	ret->bound = zone->binding->zone;
	ret->written = is_written(zone, ret);
	ret->by_provider = strcmp(zone->at->provider, "zonefile") != 0;
	ret->has_written_serial = zone->planned && !ret->by_provider &&
		!zone->view.is_signed;
	ret->written_serial = zone->changed ? zone->receipt.serial_after
					    : zone->view.serial;
	for (size_t i = 0; i < exam->n_guards; i++) {
		if (dcv_name_equal(&exam->guards[i].apex, &ret->bound))
			ret->guard = &exam->guards[i];
	}
}

static void set_item(struct dcv_session *session, const struct dcv_verify *verify,
	size_t i, struct dcv_symptom *ret)
{
	const struct dcv_check_item *item = &verify->items[i];
	const struct dcv_order_row *row = verify->subjects[i]->row;
	const struct dcv_check_zone *zone = &verify->zones[item->zone];

	*ret = (struct dcv_symptom){.owner = verify->targets[i].owner,
		.type = item->type,
		.n_wanted = item->n_wanted,
		.wanted = item->wanted,
		.n_former = item->n_unwanted,
		.former = item->unwanted,
		.cached_s = item->cached_s,
		.was_absent = verify->targets[i].was_absent};
	if (verify->asked && verify->result.observations != NULL) {
		ret->n_servers = zone->n_servers;
		ret->servers = zone->servers;
		ret->observed = dcv_check_at(&verify->result, i, 0);
	}
	ret->was_effective = row != NULL && row->state == DCV_STATE_EFFECTIVE &&
		row->revision == verify->subjects[i]->revision;
	if (verify->asked && verify->result.effective)
		ret->settled_s = dcv_verify_settled(verify, session->changed);
	else if (!verify->asked && item->cached_s > 0)
		ret->settled_s = item->cached_s +
			(ret->was_effective ? row->effective_at
					    : dcv_now_s(session->clock));
	set_zone(session, ret);
}

/* When we changed CAA at an owner, by the ledger. */
static void note_change(struct dcv_session *session, const struct dcv_binding *binding,
	const struct dcv_name *owner, struct dcv_symptom_caa *ret)
{
	struct dcv_rrset_row *rows = NULL;
	size_t n = 0;

	for (size_t b = 0; b < binding->n_backends; b++) {
		if (dcv_ledger_rrsets_at(session->ledger, &binding->zone,
			    binding->backends[b].name, owner, &session->arena, &rows, &n,
			    NULL) != DCV_OK)
			return;
		for (size_t i = 0; i < n; i++) {
			if (rows[i].type != DCV_TYPE_CAA || rows[i].cached_s == 0 ||
				rows[i].changed_s <= ret->changed_s)
				continue;
			ret->changed_s = rows[i].changed_s;
			ret->cached_s = rows[i].cached_s;
		}
	}
}

static void set_name(struct dcv_session *session, const struct dcv_name *name,
	struct dcv_symptom_caa *ret)
{
	const struct dcv_binding *binding;

	ret->wildcard = dcv_name_is_wildcard(name);
	ret->name = ret->wildcard ? dcv_name_parent(name, 1) : *name;
	binding = dcv_config_binding(&session->config, &ret->name);
	for (unsigned i = 0; session->ledger != NULL && binding != NULL &&
		i < dcv_name_labels(&ret->name);
		i++) {
		const struct dcv_name at = dcv_name_parent(&ret->name, i);

		if (dcv_name_is_within(&at, &binding->zone))
			note_change(session, binding, &at, ret);
	}
}

static void set_case(const struct dcv_session *session, const struct dcv_subject *subject,
	struct dcv_case *ret)
{
	const struct dcv_order *order = subject->order;
	const struct dcv_order_row *row = subject->row;

	ret->subject = subject;
	ret->symptoms = (struct dcv_symptoms){.order = subject->id,
		.ca = order->ca,
		.ca_title = order->ca_title,
		.coexist = order->service == NULL || order->service->coexist,
		.must_settle = dcv_ca_caches(order->ca),
		.now_s = dcv_now_s(session->clock),
		.first_applied_s = row != NULL ? row->first_applied : 0,
		.done_s = row != NULL && row->state == DCV_STATE_EFFECTIVE &&
				row->revision == subject->revision
			? row->effective_at
			: 0,
		.servers_given = session->config.n_nameservers > 0,
		.trust_anchor = session->config.trust_anchor,
		.review = session->command == &dcv_cmd_explain,
		.n_names = order->n_names,
		.names = order->names};
}

/* Where the items and names of all cases lie, one case behind the other. */
struct rows {
	struct dcv_symptom *items;
	struct dcv_symptom_caa *caa;
	struct dcv_caa_question *questions;
	size_t n_items, n_caa;
};

static enum dcv_err add_case(struct dcv_session *session, const struct dcv_verify *verify,
	const struct dcv_subject *subject, struct rows *rows, struct dcv_error *err)
{
	struct dcv_case *made = &session->exam->cases[session->exam->n_cases++];
	const struct dcv_order *order = subject->order;
	struct dcv_caa_question question;
	enum dcv_err rc = dcv_caa_question_of(order, dcv_now_s(session->clock),
		&session->arena, &question, err);

	set_case(session, subject, made);
	made->symptoms.items = &rows->items[rows->n_items];
	made->symptoms.caa = &rows->caa[rows->n_caa];
	for (size_t i = 0; verify != NULL && i < verify->n_items; i++) {
		if (verify->subjects[i] == subject)
			set_item(session, verify, i, &rows->items[rows->n_items++]);
	}
	for (size_t i = 0; order->caa != DCV_CAA_OFF && i < order->n_names; i++) {
		rows->questions[rows->n_caa] = question;
		set_name(session, &order->names[i], &rows->caa[rows->n_caa++]);
	}
	made->symptoms.n_items = (size_t)(&rows->items[rows->n_items] -
		made->symptoms.items);
	made->symptoms.n_caa = (size_t)(&rows->caa[rows->n_caa] - made->symptoms.caa);
	return rc;
}

static enum dcv_err make_cases(struct dcv_session *session,
	const struct dcv_verify *verify, struct rows *rows, struct dcv_error *err)
{
	struct dcv_exam *exam = session->exam;
	const struct dcv_run *run = &session->run;
	size_t n_names = 0, n_items = verify != NULL ? verify->n_items : 0;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; i < run->n_subjects; i++)
		n_names += run->subjects[i].order != NULL ? run->subjects[i].order->n_names
							  : 0;
	exam->n_cases = 0;
	exam->cases = dcv_arena_array(exam->arena, run->n_subjects + 1,
		sizeof(exam->cases[0]));
	rows->items = dcv_arena_array(exam->arena, n_items + 1, sizeof(rows->items[0]));
	rows->caa = dcv_arena_array(exam->arena, n_names + 1, sizeof(rows->caa[0]));
	rows->questions = dcv_arena_array(exam->arena, n_names + 1,
		sizeof(rows->questions[0]));
	if (exam->cases == NULL || rows->items == NULL || rows->caa == NULL ||
		rows->questions == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++) {
		if (run->subjects[i].order != NULL &&
			(verify == NULL || dcv_subject_is_wanted(&run->subjects[i])))
			rc = add_case(session, verify, &run->subjects[i], rows, err);
	}
	return rc;
}

/* --- gates --- */

static enum dcv_gate worse(enum dcv_gate a, enum dcv_gate b)
{
	if (a == DCV_GATE_FAILED || b == DCV_GATE_FAILED)
		return DCV_GATE_FAILED;
	return a == DCV_GATE_NOT_CHECKED ? a : b;
}

/* Where CAs read a set differently it is the diagnosis that warns. */
static enum dcv_gate gate_of(const struct dcv_caa_result *result)
{
	if (result == NULL)
		return DCV_GATE_NOT_CHECKED;
	return result->verdict == DCV_CAA_PERMITS || result->verdict == DCV_CAA_VARIES
		? DCV_GATE_PASSED
		: DCV_GATE_FAILED;
}

static bool was_seen(const struct dcv_place_of_name *place)
{
	return place != NULL &&
		(place->found == DCV_FOUND_ZONE ||
			place->found == DCV_FOUND_NO_DELEGATION);
}

enum dcv_gate dcv_caa_gate(const struct dcv_symptom_caa *caa)
{
	return was_seen(caa->place) ? worse(gate_of(caa->result), gate_of(caa->eye_result))
				    : DCV_GATE_NOT_CHECKED;
}

static void set_gates(struct dcv_case *of)
{
	of->caa = DCV_GATE_PASSED;
	of->dnssec = DCV_GATE_PASSED;
	for (size_t i = 0; i < of->symptoms.n_caa; i++)
		of->caa = worse(of->caa, dcv_caa_gate(&of->symptoms.caa[i]));
	for (size_t i = 0; i < of->symptoms.n_items; i++) {
		const struct dcv_symptom *item = &of->symptoms.items[i];

		of->dnssec = worse(of->dnssec,
			item->gate != NULL && was_seen(item->place)
				? item->gate->gate
				: DCV_GATE_NOT_CHECKED);
	}
}

enum dcv_gate dcv_case_gate(const struct dcv_case *of)
{
	return worse(of->caa, of->dnssec);
}

enum dcv_gate dcv_exam_gate(const struct dcv_exam *exam)
{
	enum dcv_gate gate = DCV_GATE_PASSED;

	for (size_t i = 0; i < exam->n_cases; i++)
		gate = worse(gate, dcv_case_gate(&exam->cases[i]));
	return gate;
}

bool dcv_exam_is_hopeless(const struct dcv_exam *exam)
{
	for (size_t i = 0; i < exam->n_cases; i++) {
		if (exam->cases[i].diagnosis.hopeless)
			return true;
	}
	return false;
}

const struct dcv_case *dcv_exam_case(const struct dcv_exam *exam,
	const struct dcv_subject *subject)
{
	for (size_t i = 0; exam != NULL && i < exam->n_cases; i++) {
		if (exam->cases[i].subject == subject)
			return &exam->cases[i];
	}
	return NULL;
}

/* --- the examination --- */

static enum dcv_err look(struct dcv_session *session, const struct dcv_verify *verify,
	struct dcv_error *err)
{
	struct dcv_exam *exam = session->exam;
	struct rows rows = {0};
	enum dcv_err rc = open_eye(session, exam, err);

	if (rc == DCV_OK)
		rc = make_cases(session, verify, &rows, err);
	if (rc != DCV_OK || exam->n_cases == 0)
		return rc;
	dcv_survey_forget(exam->survey);
	return dcv_diagnose_look(&(struct dcv_diagnose_looking){.survey = exam->survey,
					 .eye = exam->eye,
					 .eye_deadline_ms = within(session,
						 dcv_mono_ms(session->clock) + EYE_MS),
					 .n_items = rows.n_items,
					 .n_caa = rows.n_caa,
					 .items = rows.items,
					 .caa = rows.caa,
					 .questions = rows.questions},
		exam->arena, err);
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
		set_gates(&exam->cases[i]);
		rc = dcv_diagnose(&exam->cases[i].symptoms, exam->arena,
			&exam->cases[i].diagnosis, &err);
	}
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

/* --- what is said of it --- */

/* Orders of one zone share its troubles. */
static bool was_told(const struct dcv_session *session, const struct dcv_finding *finding,
	const char *text)
{
	for (size_t i = 0; i < session->diags.n; i++) {
		const struct dcv_diag *diag = &session->diags.items[i];

		if (strcmp(diag->id, finding->cause->id) == 0 &&
			strcmp(diag->text, text) == 0)
			return true;
	}
	return false;
}

/* With addresses in the configuration, other servers are nobody's concern. */
static bool concerns(const struct dcv_session *session, const struct dcv_finding *finding)
{
	return session->config.n_nameservers == 0 || finding->cause->id[0] != 'A';
}

static void tell_finding(struct dcv_session *session, const struct dcv_finding *finding)
{
	const char *text = dcv_arena_printf(&session->arena, "%s: %s%s%s%s%s",
		dcv_show_name(&finding->where), finding->text,
		finding->seen[0] != '\0' ? "; seen: " : "", finding->seen,
		finding->wanted[0] != '\0' ? "; wanted: " : "", finding->wanted);
	const char *help = finding->remedy;

	if (text == NULL || was_told(session, finding, text))
		return;
	if (strncmp(help, "help: ", 6) == 0)
		help += 6;
	dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL, help, "%s", text);
	dcv_diag_cause(&session->diags, finding->cause->id);
}

void dcv_exam_tell(struct dcv_session *session)
{
	const struct dcv_exam *exam = session->exam;

	for (size_t i = 0; i < exam->n_cases; i++) {
		const struct dcv_diagnosis *diagnosis = &exam->cases[i].diagnosis;

		for (size_t k = 0; k < diagnosis->n; k++) {
			if (concerns(session, &diagnosis->findings[k]))
				tell_finding(session, &diagnosis->findings[k]);
		}
	}
}

static const char *why_unseen(const struct dcv_place_of_name *place)
{
	if (place == NULL)
		return "it was not looked up";
	if (place->found == DCV_FOUND_SPECIAL)
		return "a special-use name (RFC 6761), which no public CA can validate";
	return place->why;
}

static void tell_gate(struct dcv_session *session, const char *gate,
	const struct dcv_name *name, const struct dcv_place_of_name *place)
{
	const char *why = was_seen(place) ? session->exam->blind : why_unseen(place);

	dcv_tell("not checked: %s of %s%s%s", gate, dcv_show_name(name),
		why != NULL ? ": " : "", why != NULL ? why : "");
}

void dcv_exam_tell_unchecked(struct dcv_session *session)
{
	for (size_t i = 0; i < session->exam->n_cases; i++) {
		const struct dcv_case *of = &session->exam->cases[i];
		const struct dcv_symptoms *symptoms = &of->symptoms;

		if (of->caa == DCV_GATE_NOT_CHECKED && symptoms->n_caa > 0)
			tell_gate(session, "CAA", &symptoms->caa[0].name,
				symptoms->caa[0].place);
		if (of->dnssec == DCV_GATE_NOT_CHECKED && symptoms->n_items > 0)
			tell_gate(session, "DNSSEC", &symptoms->items[0].owner,
				symptoms->items[0].place);
	}
}

bool dcv_exam_is_blocked(const struct dcv_session *session)
{
	const struct dcv_exam *exam = session->exam;

	for (size_t i = 0; i < exam->n_cases; i++) {
		const struct dcv_diagnosis *diagnosis = &exam->cases[i].diagnosis;

		for (size_t k = 0; k < diagnosis->n; k++) {
			const struct dcv_finding *finding = &diagnosis->findings[k];

			if (!finding->note && finding->cause->step != DCV_STEP_TTL &&
				concerns(session, finding))
				return true;
		}
	}
	return false;
}

/* --- before a write --- */

/* Orders that change CAA are judged by what they make of it. */
static bool changes_caa(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_order *order = session->run.subjects[i].order;

		if (order != NULL &&
			(order->caa == DCV_CAA_PERMIT || order->caa == DCV_CAA_EXACT))
			return true;
	}
	return false;
}

enum dcv_err dcv_exam_before(struct dcv_session *session)
{
	enum dcv_err rc = dcv_exam_guard(session);

	if (rc != DCV_OK || session->options.no_wait || changes_caa(session) ||
		session->options.until <= DCV_LEVEL_EFFECTIVE)
		return rc;
	rc = dcv_exam_run(session, NULL);
	if (rc != DCV_OK || !dcv_exam_is_hopeless(session->exam))
		return rc;
	dcv_exam_tell(session);
	dcv_tell("refused: nothing was written: waiting does not cure this (see above)");
	return DCV_E_REFUSED;
}
