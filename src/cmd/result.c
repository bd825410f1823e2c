/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the result document of --json (schema 1). */
#include <string.h>

#include "cmd/internal.h"

static char *value_text(struct dcv_session *session, uint16_t type,
	const struct dcv_rdata *rdata)
{
	return dcv_rdata_dup_text(type, rdata, &session->arena);
}

static void set_name(struct dcv_json *object, const char *key, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];

	dcv_json_set_text(object, key, dcv_name_text(name, text));
}

static void set_type(struct dcv_json *object, uint16_t type)
{
	char text[DCV_TYPE_TEXT_MAX];

	dcv_json_set_text(object, "type", dcv_type_text(type, text));
}

static void set_time(struct dcv_json *object, const char *key, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	dcv_json_set_text(object, key, time_s != 0 ? dcv_time_utc(time_s, text) : NULL);
}

static const char *kind_text(enum dcv_value_kind kind)
{
	static const char *const words[] = {[DCV_VALUE_ADD] = "add",
		[DCV_VALUE_KEEP] = "keep",
		[DCV_VALUE_FOUND] = "found",
		[DCV_VALUE_OTHER] = "other-order",
		[DCV_VALUE_REMOVE] = "remove",
		[DCV_VALUE_LEFTOVER] = "leftover",
		[DCV_VALUE_FOREIGN] = "foreign"};

	return words[kind];
}

/* What became of a planned value. */
static const char *outcome_text(const struct dcv_zone_run *zone,
	const struct dcv_value *value)
{
	if (value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_REMOVE)
		return "already";
	if (zone->done)
		return "done";
	if (zone->error.code == DCV_OK)
		return "planned";
	return zone->error.code == DCV_E_PARTIAL ? "unknown" : "failed";
}

static struct dcv_json *make_change(struct dcv_session *session,
	const struct dcv_zone_run *zone, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	struct dcv_json *change = dcv_json_object();

	dcv_json_set_text(change, "op", kind_text(value->kind));
	set_name(change, "zone", &zone->binding->zone);
	dcv_json_set_text(change, "backend", zone->at->name);
	set_name(change, "owner", &edit->edit.owner);
	set_type(change, edit->edit.type);
	dcv_json_set_text(change, "value",
		value_text(session, edit->edit.type, &value->rdata));
	dcv_json_set_int(change, "ttl", edit->edit.ttl_s);
	dcv_json_set_text(change, "ca", value->ca);
	dcv_json_set_text(change, "order", value->id);
	dcv_json_set_text(change, "reason", value->reason);
	dcv_json_set_text(change, "outcome", outcome_text(zone, value));
	return change;
}

/* changes: every value in question; removed: those that went; diff: both as text. */
static void add_changes(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *changes = dcv_json_array(), *removed = dcv_json_array();

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_zone_run *zone = &session->run.zones[z];

		for (size_t i = 0; i < zone->plan.n_edits; i++) {
			const struct dcv_edit *edit = &zone->plan.edits[i];

			for (size_t k = 0; k < edit->n_values; k++) {
				const struct dcv_value *value = &edit->values[k];

				dcv_json_append(changes,
					make_change(session, zone, edit, value));
				if (value->kind == DCV_VALUE_REMOVE && zone->done)
					dcv_json_append(removed,
						make_change(session, zone, edit, value));
			}
		}
	}
	dcv_json_set(document, "removed", removed);
	dcv_json_set(document, "changes", changes);
}

static void add_side(const struct dcv_zone_run *zone, bool after, struct dcv_buf *text)
{
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		const struct dcv_edit *edit = &zone->plan.edits[i];
		char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

		dcv_name_text(&edit->edit.owner, owner);
		for (size_t k = 0; k < edit->n_values; k++) {
			enum dcv_value_kind kind = edit->values[k].kind;

			if (kind == (after ? DCV_VALUE_REMOVE : DCV_VALUE_ADD))
				continue;
			dcv_buf_addf(text, "%s %u IN %s ", owner,
				after ? edit->edit.ttl_s : edit->ttl_before_s,
				dcv_type_text(edit->edit.type, type));
			dcv_rdata_text(edit->edit.type, &edit->values[k].rdata, text);
			dcv_buf_addc(text, '\n');
		}
	}
}

static void add_diff(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *diffs = dcv_json_array();

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_zone_run *zone = &session->run.zones[z];
		struct dcv_json *diff;
		struct dcv_buf before, after;

		if (!zone->plan.changes)
			continue;
		diff = dcv_json_object();
		dcv_buf_init(&before, 1u << 26);
		dcv_buf_init(&after, 1u << 26);
		add_side(zone, false, &before);
		add_side(zone, true, &after);
		dcv_json_set_text(diff, "before_header", zone->view.place);
		dcv_json_set_text(diff, "after_header", zone->view.place);
		dcv_json_set_text(diff, "before", dcv_buf_text(&before));
		dcv_json_set_text(diff, "after", dcv_buf_text(&after));
		dcv_json_append(diffs, diff);
		dcv_buf_clear(&before);
		dcv_buf_clear(&after);
	}
	dcv_json_set(document, "diff", diffs);
}

/* Of a dry run: what the serial would become. */
static int64_t serial_after(const struct dcv_zone_run *zone, bool changes)
{
	if (zone->changed)
		return zone->receipt.serial_after;
	return changes ? zone->view.serial_next : zone->view.serial;
}

static void add_zones(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *zones = dcv_json_array();
	bool dry = session->options.dry_run || session->command == &dcv_cmd_plan;

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_zone_run *from = &session->run.zones[z];
		struct dcv_json *zone = dcv_json_object();
		bool changes = from->changed || (dry && from->plan.changes);

		set_name(zone, "zone", &from->binding->zone);
		dcv_json_set_text(zone, "backend", from->at->name);
		dcv_json_set_bool(zone, "changed", changes);
		dcv_json_set_int(zone, "serial_before",
			from->changed ? from->receipt.serial_before : from->view.serial);
		dcv_json_set_int(zone, "serial_after", serial_after(from, changes));
		dcv_json_append(zones, zone);
	}
	dcv_json_set(document, "zones", zones);
}

static struct dcv_json *make_server(const struct dcv_server *server,
	const struct dcv_observation *seen)
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
			!dcv_name_equal(&item->owner, &claim->owner))
			continue;
		for (size_t s = 0; s < zone->n_servers; s++)
			dcv_json_append(servers,
				make_server(&zone->servers[s],
					dcv_check_at(&verify->result, i, s)));
	}
	return servers;
}

static struct dcv_json *make_records(struct dcv_session *session,
	const struct dcv_subject *subject)
{
	struct dcv_json *records = dcv_json_array();
	const struct dcv_order *order = subject->order;

	for (size_t i = 0; order != NULL && i < order->n_claims; i++) {
		const struct dcv_claim *claim = &order->claims[i];
		struct dcv_json *record = dcv_json_object();

		set_name(record, "owner", &claim->owner);
		set_type(record, claim->type);
		dcv_json_set_text(record, "value",
			value_text(session, claim->type, &claim->rdata));
		dcv_json_set_int(record, "ttl", order->ttl_s);
		dcv_json_set(record, "servers", make_servers(session, subject, claim));
		dcv_json_append(records, record);
	}
	return records;
}

/* The rung of the ladder that the answers and the ledger show; NULL: none yet. */
static const char *verdict(struct dcv_session *session, const struct dcv_subject *subject,
	const char *state)
{
	if (session->verify.asked && session->verify.result.unverified)
		return "unverified";
	if (session->verify.asked && dcv_verify_has(&session->verify, subject))
		return "effective";
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
		set_name(record, "owner", &claims[i].owner);
		set_type(record, claims[i].type);
		dcv_json_set_text(record, "value",
			value_text(session, claims[i].type, &claims[i].rdata));
		dcv_json_append(records, record);
	}
	return records;
}

static void add_orders(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *orders = dcv_json_array();

	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];
		const char *state = state_text(session, subject);
		struct dcv_json *order = dcv_json_object();

		dcv_json_set_text(order, "order", subject->id);
		dcv_json_set_text(order, "ca", subject->ca);
		dcv_json_set_int(order, "revision", subject->revision);
		dcv_json_set_text(order, "state", state);
		dcv_json_set_text(order, "verdict", verdict(session, subject, state));
		set_time(order, "settled_at",
			session->verify.asked && session->verify.result.effective
				? dcv_verify_settled(&session->verify, session->changed)
				: 0);
		dcv_json_set(order, "records", make_records(session, subject));
		dcv_json_append(orders, order);
	}
	for (size_t i = 0; i < session->n_rows; i++) {
		const struct dcv_order_row *row = &session->rows[i];
		struct dcv_json *order = dcv_json_object();

		dcv_json_set_text(order, "order", row->id);
		dcv_json_set_text(order, "ca", row->ca);
		dcv_json_set_text(order, "service", row->service);
		dcv_json_set_int(order, "revision", row->revision);
		dcv_json_set_text(order, "state", dcv_state_text(row->state));
		dcv_json_set_text(order, "reason", dcv_reason_text(row->reason));
		set_time(order, "first_applied", row->first_applied);
		set_time(order, "effective_at", row->effective_at);
		set_time(order, "closed", row->closed);
		set_time(order, "expires", row->expires);
		dcv_json_set(order, "records", make_rows(session, row));
		dcv_json_append(orders, order);
	}
	dcv_json_set(document, "orders", orders);
}

static void add_errors(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *errors = dcv_json_array();

	for (size_t i = 0; i < session->diags.n; i++) {
		const struct dcv_diag *diag = &session->diags.items[i];
		struct dcv_json *error = dcv_json_object();

		dcv_json_set_text(error, "id", diag->id);
		dcv_json_set_text(error, "severity",
			diag->severity == DCV_SEV_WARNING ? "warning" : "error");
		dcv_json_set_text(error, "where", diag->where);
		dcv_json_set_int(error, "line", diag->line);
		dcv_json_set_int(error, "column", diag->column);
		dcv_json_set_text(error, "text", diag->text);
		dcv_json_set_text(error, "help", diag->help);
		dcv_json_append(errors, error);
	}
	dcv_json_set(document, "errors", errors);
}

static void add_totals(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *totals = dcv_json_object();
	size_t add = 0, remove = 0, leftover = 0;

	for (size_t i = 0; i < session->run.n_zones; i++) {
		add += session->run.zones[i].plan.n_add;
		remove += session->run.zones[i].plan.n_remove;
		leftover += session->run.zones[i].plan.n_leftover;
	}
	dcv_json_set_int(totals, "orders",
		(int64_t)(session->run.n_subjects + session->n_rows));
	dcv_json_set_int(totals, "zones", (int64_t)session->run.n_zones);
	dcv_json_set_int(totals, "add", (int64_t)add);
	dcv_json_set_int(totals, "remove", (int64_t)remove);
	dcv_json_set_int(totals, "leftover", (int64_t)leftover);
	dcv_json_set(document, "totals", totals);
}

void dcv_result_write(struct dcv_session *session, enum dcv_err code)
{
	struct dcv_json *document = dcv_json_object();
	struct dcv_error err = {0};
	const char *msg = session->msg;

	if (code != DCV_OK && session->diags.n_errors > 0) {
		for (size_t i = session->diags.n; i-- > 0;) {
			if (session->diags.items[i].severity == DCV_SEV_ERROR)
				msg = session->diags.items[i].text;
		}
	}
	dcv_json_set_int(document, "schema", 1);
	dcv_json_set_text(document, "command", session->command->name);
	dcv_json_set_text(document, "run", session->run.id);
	dcv_json_set_int(document, "exit", dcv_err_status(code));
	dcv_json_set_bool(document, "changed", session->changed);
	dcv_json_set_bool(document, "failed", code != DCV_OK && code != DCV_E_PENDING);
	dcv_json_set_text(document, "msg", msg[0] != '\0' ? msg : dcv_err_text(code));
	add_totals(session, document);
	add_diff(session, document);
	add_orders(session, document);
	add_changes(session, document);
	add_zones(session, document);
	dcv_json_set(document, "attention", dcv_json_array());
	add_errors(session, document);
	if (dcv_json_write(document, stdout, &err) != DCV_OK)
		dcv_tell("--json: %s", err.text);
	dcv_json_free(document);
}
