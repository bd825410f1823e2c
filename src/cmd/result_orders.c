/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the orders of the result document: their records, where each stands and who
 * serves it, and how many orders are how far. */
#include <stdlib.h>
#include <string.h>

#include "cmd/exam.h"
#include "cmd/result.h"
#include "cmd/summary.h"

static struct dcv_json *make_server(const struct dcv_session *session,
	const struct dcv_server *server, const struct dcv_observation *seen)
{
	struct dcv_json *object = dcv_json_object();
	char addr[DCV_ADDR_TEXT_MAX];

	dcv_json_set_text(object, "name", server->name);
	dcv_json_set_text(object, "address", dcv_addr_text(&server->addr, addr));
	dcv_json_set_text(object, "state", dcv_seen_text(seen->seen));
	if (seen->seen == DCV_SEEN_RCODE)
		dcv_json_set_text(object, "rcode", dcv_rcode_text(seen->rcode));
	dcv_json_set_int(object, "ttl", seen->ttl_s);
	dcv_json_set_int(object, "serial", seen->serial);
	if (session->config.via != DCV_VIA_DIRECT)
		dcv_json_set_text(object, "through", dcv_via_text(session->config.via));
	if (seen->why != NULL)
		dcv_json_set_text(object, "why", seen->why);
	return object;
}

static struct dcv_json *make_servers(struct dcv_session *session,
	const struct dcv_subject *subject, const struct dcv_claim *claim)
{
	const struct dcv_verify *verify = &session->verify;
	struct dcv_json *servers = dcv_json_array();

	for (size_t i = 0; verify->asked && i < verify->n_items; i++) {
		const struct dcv_check_item *item = &verify->items[i];
		const struct dcv_check_zone *zone = &verify->zones[item->zone];

		if (verify->subjects[i] != subject || item->type != claim->type ||
			!dcv_name_equal(&verify->targets[i].owner, dcv_claim_place(claim)))
			continue;
		for (size_t s = 0; s < zone->n_servers; s++)
			dcv_json_append(servers,
				make_server(session, &zone->servers[s],
					dcv_check_at(&verify->result, i, s)));
	}
	return servers;
}

static struct dcv_json *make_record(struct dcv_session *session,
	const struct dcv_subject *subject, const struct dcv_claim *claim)
{
	struct dcv_json *record = dcv_json_object();

	dcv_result_name(record, "owner", &claim->owner);
	dcv_result_type(record, claim->type);
	dcv_json_set_text(record, "value",
		dcv_result_value(session, claim->type, &claim->rdata));
	dcv_json_set_int(record, "ttl", subject->order->ttl_s);
	return record;
}

/* Finds the place of a claim's RRset in a plan: edits are in canonical order, then by type. */
static int compare_edits(const void *key, const void *item)
{
	const struct dcv_claim *claim = key;
	const struct dcv_edit *edit = item;
	int by_owner = dcv_name_compare(&claim->owner, &edit->edit.owner);

	return by_owner != 0 ? by_owner : (int)claim->type - (int)edit->edit.type;
}

static const struct dcv_value *find_value(const struct dcv_zone_run *zone,
	const struct dcv_claim *claim, const struct dcv_edit **ret_edit)
{
	const struct dcv_edit *edit = NULL;

	if (zone->planned && zone->plan.n_edits > 0 &&
		dcv_name_is_within(&claim->owner, &zone->binding->zone))
		edit = bsearch(claim, zone->plan.edits, zone->plan.n_edits, sizeof(*edit),
			compare_edits);
	for (size_t i = 0; edit != NULL && i < edit->n_values; i++) {
		if (dcv_rdata_equal(&edit->values[i].rdata, &claim->rdata)) {
			*ret_edit = edit;
			return &edit->values[i];
		}
	}
	return NULL;
}

/* One for each backend that holds, or is to hold, the claim's value; at least one. */
static void add_records(struct dcv_session *session, const struct dcv_subject *subject,
	const struct dcv_claim *claim, struct dcv_json *records)
{
	struct dcv_json *record;
	bool any = false;

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_zone_run *zone = &session->run.zones[z];
		const struct dcv_edit *edit = NULL;
		const struct dcv_value *value = find_value(zone, claim, &edit);

		if (value == NULL)
			continue;
		any = true;
		record = make_record(session, subject, claim);
		dcv_json_set_int(record, "ttl", edit->edit.ttl_s);
		dcv_result_name(record, "zone", &zone->binding->zone);
		dcv_json_set_text(record, "backend", zone->at->name);
		dcv_json_set_text(record, "outcome", dcv_result_outcome(zone, value));
		dcv_json_set_text(record, "reason", value->reason);
		dcv_json_set(record, "servers", make_servers(session, subject, claim));
		dcv_json_append(records, record);
	}
	if (any)
		return;
	record = make_record(session, subject, claim);
	dcv_json_set_text(record, "zone", NULL);
	dcv_json_set_text(record, "backend", NULL);
	dcv_json_set_text(record, "outcome", NULL);
	dcv_json_set_text(record, "reason", NULL);
	dcv_json_set(record, "servers", make_servers(session, subject, claim));
	dcv_json_append(records, record);
}

static struct dcv_json *make_records(struct dcv_session *session,
	const struct dcv_subject *subject)
{
	struct dcv_json *records = dcv_json_array();

	for (size_t i = 0; subject->order != NULL && i < subject->order->n_claims; i++)
		add_records(session, subject, &subject->order->claims[i], records);
	return records;
}

/* Above *effective*: the gates of the order are passed, and nothing else stands in its way. */
static const char *verdict_above(struct dcv_session *session,
	const struct dcv_subject *subject)
{
	const struct dcv_case *of = dcv_exam_case(session->exam, subject);

	if (of == NULL || dcv_case_gate(of) != DCV_GATE_PASSED ||
		dcv_exam_is_blocked(session))
		return "effective";
	return dcv_verify_settled(&session->verify, session->changed) <=
			dcv_now_s(session->clock)
		? "settled"
		: "ready";
}

/* The rung of the ladder that the answers and the ledger show; NULL: none yet. */
static const char *verdict(struct dcv_session *session, const struct dcv_subject *subject,
	const char *state)
{
	if (session->verify.asked && session->verify.result.unverified)
		return "unverified";
	if (session->verify.asked && dcv_verify_has(&session->verify, subject))
		return verdict_above(session, subject);
	if (state != NULL &&
		(strcmp(state, "published") == 0 || strcmp(state, "effective") == 0))
		return "published";
	return NULL;
}

/* The order's state now, as the ledger has it. */
static const char *state_text(struct dcv_session *session,
	const struct dcv_subject *subject)
{
	struct dcv_order_row *row = NULL;

	if (session->ledger == NULL ||
		dcv_ledger_order(session->ledger, subject->ca, subject->id,
			&session->arena, &row, NULL) != DCV_OK ||
		row == NULL)
		return NULL;
	return dcv_state_text(row->state);
}

/* The records of an order as the ledger has them. */
static struct dcv_json *make_rows(struct dcv_session *session,
	const struct dcv_order_row *row)
{
	struct dcv_json *records = dcv_json_array();
	struct dcv_claim_row *claims = NULL;
	size_t n = 0;

	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, NULL) != DCV_OK)
		return records;
	for (size_t i = 0; i < n; i++) {
		struct dcv_json *record;

		if (claims[i].revision != row->revision)
			continue;
		record = dcv_json_object();
		dcv_result_name(record, "owner", &claims[i].owner);
		dcv_result_type(record, claims[i].type);
		dcv_json_set_text(record, "value",
			dcv_result_value(session, claims[i].type, &claims[i].rdata));
		dcv_json_append(records, record);
	}
	return records;
}

/* An error names a place in the order's text. */
static bool is_blamed(const struct dcv_session *session, const struct dcv_order *order)
{
	for (size_t i = 0; order != NULL && i < session->diags.n; i++) {
		const struct dcv_diag *diag = &session->diags.items[i];

		if (diag->severity == DCV_SEV_ERROR && diag->code == DCV_E_REFUSED &&
			dcv_summary_order_at(session, diag) == order)
			return true;
	}
	return false;
}

static void count_order(const struct dcv_session *session,
	const struct dcv_subject *subject, const char *reached,
	struct dcv_result_totals *totals)
{
	size_t i = (size_t)(subject - session->run.subjects);
	const struct dcv_mark *mark = session->run.marks != NULL ? &session->run.marks[i]
								 : NULL;
	bool wanted = dcv_subject_is_wanted(subject);

	totals->records += subject->order != NULL ? subject->order->n_claims : 0;
	if (subject->judgement == DCV_JUDGED_REFUSED || (mark != NULL && mark->refused) ||
		is_blamed(session, subject->order))
		totals->blocked++;
	else if (mark != NULL && mark->failed)
		totals->failed++;
	else if (!wanted && subject->order != NULL && subject->order->n_claims > 0)
		totals->done++;
	else if (reached != NULL &&
		(strcmp(reached, "ready") == 0 || strcmp(reached, "settled") == 0))
		totals->ready++;
	else if (reached != NULL && strcmp(reached, "effective") == 0)
		totals->effective++;
	else if (session->verify.asked && session->verify.wait && wanted)
		totals->late++;
}

void dcv_result_count(struct dcv_session *session, struct dcv_result_totals *ret)
{
	*ret = (struct dcv_result_totals){0};
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];

		count_order(session, subject, verdict(session, subject, NULL), ret);
	}
}

static struct dcv_json *make_order(struct dcv_session *session,
	const struct dcv_subject *subject)
{
	const char *state = state_text(session, subject);
	const char *reached = verdict(session, subject, state);
	const char *certificate = subject->order != NULL ? subject->order->certificate
		: subject->row != NULL                   ? subject->row->certificate
							 : NULL;
	struct dcv_json *order = dcv_json_object();

	dcv_json_set_text(order, "order", subject->id);
	dcv_json_set_text(order, "ca", subject->ca);
	dcv_json_set_text(order, "certificate", certificate);
	dcv_json_set_int(order, "revision", subject->revision);
	dcv_json_set_text(order, "state", state);
	dcv_json_set_text(order, "verdict", reached);
	dcv_result_time(order, "settled_at",
		session->verify.asked && session->verify.result.effective
			? dcv_verify_settled(&session->verify, session->changed)
			: 0);
	dcv_json_set(order, "records", make_records(session, subject));
	return order;
}

static struct dcv_json *make_row(struct dcv_session *session,
	const struct dcv_order_row *row)
{
	struct dcv_json *order = dcv_json_object();

	dcv_json_set_text(order, "order", row->id);
	dcv_json_set_text(order, "ca", row->ca);
	dcv_json_set_text(order, "service", row->service);
	dcv_json_set_text(order, "certificate", row->certificate);
	dcv_json_set_int(order, "revision", row->revision);
	dcv_json_set_text(order, "state", dcv_state_text(row->state));
	dcv_json_set_text(order, "reason", dcv_reason_text(row->reason));
	dcv_result_time(order, "first_applied", row->first_applied);
	dcv_result_time(order, "effective_at", row->effective_at);
	dcv_result_time(order, "closed", row->closed);
	dcv_result_time(order, "expires", row->expires);
	dcv_json_set(order, "records", make_rows(session, row));
	return order;
}

struct dcv_json *dcv_result_orders(struct dcv_session *session)
{
	struct dcv_json *orders = dcv_json_array();

	for (size_t i = 0; i < session->run.n_subjects; i++)
		dcv_json_append(orders, make_order(session, &session->run.subjects[i]));
	for (size_t i = 0; i < session->n_rows; i++)
		dcv_json_append(orders, make_row(session, &session->rows[i]));
	return orders;
}
