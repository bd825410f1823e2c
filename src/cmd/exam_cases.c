/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what of a run's orders is examined, and which gates are open. */
#include <string.h>

#include "cmd/exam_parts.h"
#include "cmd/import.h"

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
	bool is_effective;

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
	is_effective = row != NULL && row->state == DCV_STATE_EFFECTIVE &&
		row->revision == verify->subjects[i]->revision;
	/* A wait that missed it has set the state back, and left the time. */
	ret->was_effective = row != NULL && dcv_state_is_open(row->state) &&
		row->effective_at != 0 && row->revision == verify->subjects[i]->revision;
	if (verify->asked && verify->result.effective)
		ret->settled_s = dcv_verify_settled(verify, session->changed);
	else if (!verify->asked && item->cached_s > 0)
		ret->settled_s = item->cached_s +
			(is_effective ? row->effective_at : dcv_now_s(session->clock));
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

/* What the service says of the order, where it was asked. */
static void set_said(struct dcv_session *session, const struct dcv_order *order,
	struct dcv_symptoms *ret)
{
	static const enum dcv_product products[] = {
		[DCV_VALIDATION_UNTOLD] = DCV_PRODUCT_UNKNOWN,
		[DCV_VALIDATION_DV] = DCV_PRODUCT_DV,
		[DCV_VALIDATION_OV] = DCV_PRODUCT_OV};
	const struct dcv_import *import = dcv_import_of(session, order);
	char time[DCV_TIME_TEXT_MAX];

	if (import == NULL)
		return;
	ret->said = dcv_import_text(session, import, dcv_time_local(import->said_s, time));
	ret->product = products[import->statement.validation];
	ret->rejected = import->statement.stage == DCV_STAGE_REFUSED;
	ret->organisation_open = import->statement.stage == DCV_STAGE_ORGANISATION;
}

static void set_case(struct dcv_session *session, const struct dcv_subject *subject,
	struct dcv_case *ret)
{
	const struct dcv_order *order = subject->order;
	const struct dcv_order_row *row = subject->row;

	ret->subject = subject;
	ret->symptoms = (struct dcv_symptoms){.order = subject->id,
		.ca = order->ca,
		.ca_title = order->ca_title,
		.coexist = !dcv_service_is_lonely(order->service),
		.must_settle = dcv_order_must_settle(order),
		.now_s = dcv_now_s(session->clock),
		.first_applied_s = row != NULL ? row->first_applied : 0,
		.done_s = row != NULL && row->state == DCV_STATE_EFFECTIVE &&
				row->revision == subject->revision
			? row->effective_at
			: 0,
		.servers_given = session->config.n_nameservers > 0 ||
			session->config.via != DCV_VIA_DIRECT,
		.through = session->config.via != DCV_VIA_DIRECT,
		.trust_anchor = session->config.trust_anchor,
		.review = session->command == &dcv_cmd_explain,
		.n_names = order->n_names,
		.names = order->names};
	if (ret->symptoms.review)
		set_said(session, order, &ret->symptoms);
}

static enum dcv_err add_case(struct dcv_session *session, const struct dcv_verify *verify,
	const struct dcv_subject *subject, struct dcv_exam_rows *rows,
	struct dcv_error *err)
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

enum dcv_err dcv_exam_make(struct dcv_session *session, const struct dcv_verify *verify,
	struct dcv_exam_rows *rows, struct dcv_error *err)
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

bool dcv_exam_was_seen(const struct dcv_place_of_name *place)
{
	return place != NULL &&
		(place->found == DCV_FOUND_ZONE ||
			place->found == DCV_FOUND_NO_DELEGATION);
}

enum dcv_gate dcv_caa_gate(const struct dcv_symptom_caa *caa)
{
	return dcv_exam_was_seen(caa->place)
		? worse(gate_of(caa->result), gate_of(caa->eye_result))
		: DCV_GATE_NOT_CHECKED;
}

void dcv_exam_set_gates(struct dcv_case *of)
{
	of->caa = DCV_GATE_PASSED;
	of->dnssec = DCV_GATE_PASSED;
	for (size_t i = 0; i < of->symptoms.n_caa; i++)
		of->caa = worse(of->caa, dcv_caa_gate(&of->symptoms.caa[i]));
	for (size_t i = 0; i < of->symptoms.n_items; i++) {
		const struct dcv_symptom *item = &of->symptoms.items[i];

		of->dnssec = worse(of->dnssec,
			item->gate != NULL && dcv_exam_was_seen(item->place)
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
