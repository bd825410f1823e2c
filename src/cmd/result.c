/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the result document of --json (schema 1), but for its orders. */
#include "cmd/result.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/summary.h"

const char *dcv_result_value(struct dcv_session *session, uint16_t type,
	const struct dcv_rdata *rdata)
{
	return dcv_rdata_dup_text(type, rdata, &session->arena);
}

void dcv_result_name(struct dcv_json *object, const char *key, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];

	dcv_json_set_text(object, key, dcv_name_text(name, text));
}

void dcv_result_type(struct dcv_json *object, uint16_t type)
{
	char text[DCV_TYPE_TEXT_MAX];

	dcv_json_set_text(object, "type", dcv_type_text(type, text));
}

void dcv_result_time(struct dcv_json *object, const char *key, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	dcv_json_set_text(object, key, time_s != 0 ? dcv_time_utc(time_s, text) : NULL);
}

const char *dcv_result_outcome(const struct dcv_zone_run *zone,
	const struct dcv_value *value)
{
	static const char *const ends[] =
		{[DCV_END_DONE] = "done", [DCV_END_FAILED] = "failed", [DCV_END_UNKNOWN] = "unknown"};

	if (value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_REMOVE)
		return "already";
	if (value->end != DCV_END_UNTOLD)
		return ends[value->end];
	if (zone->done)
		return "done";
	if (zone->error.code == DCV_OK)
		return "planned";
	/* The first of two steps: what comes stands, what goes is not gone. */
	if (value->kind == DCV_VALUE_ADD && zone->unfinished && zone->changed &&
		zone->error.code != DCV_E_PARTIAL)
		return "done";
	return zone->error.code == DCV_E_PARTIAL ? "unknown" : "failed";
}

static struct dcv_json *make_change(struct dcv_session *session,
	const struct dcv_zone_run *zone, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	struct dcv_json *change = dcv_json_object();

	dcv_json_set_text(change, "op", dcv_value_word(value->kind));
	dcv_result_name(change, "zone", &zone->binding->zone);
	dcv_json_set_text(change, "backend", zone->at->name);
	dcv_result_name(change, "owner", &edit->edit.owner);
	dcv_result_type(change, edit->edit.type);
	dcv_json_set_text(change, "value",
		dcv_result_value(session, edit->edit.type, &value->rdata));
	dcv_json_set_int(change, "ttl", edit->edit.ttl_s);
	dcv_json_set_text(change, "ca", value->ca);
	dcv_json_set_text(change, "order", value->id);
	dcv_json_set_text(change, "reason", value->reason);
	dcv_json_set_text(change, "outcome", dcv_result_outcome(zone, value));
	if (value->why != NULL)
		dcv_json_set_text(change, "detail", value->why);
	if (edit->ttl_reason != NULL)
		dcv_json_set_text(change, "ttl_reason", edit->ttl_reason);
	return change;
}

/* A row of the journal (`status --log`) in the form of a change. */
static struct dcv_json *make_logged(struct dcv_session *session,
	const struct dcv_change_row *row)
{
	struct dcv_json *change = dcv_json_object();

	dcv_json_set_text(change, "op", row->op);
	dcv_result_name(change, "zone", &row->zone);
	dcv_json_set_text(change, "backend", row->backend);
	if (row->owner.len != 0) {
		dcv_result_name(change, "owner", &row->owner);
		dcv_result_type(change, row->type);
		dcv_json_set_text(change, "value",
			row->rdata.len != 0
				? dcv_result_value(session, row->type, &row->rdata)
				: NULL);
		dcv_json_set_int(change, "ttl", row->ttl_s);
	}
	dcv_json_set_text(change, "ca", row->ca);
	dcv_json_set_text(change, "order", row->order_id);
	dcv_json_set_text(change, "outcome", dcv_change_text(row->state));
	dcv_json_set_text(change, "run", row->run);
	dcv_result_time(change, "at", row->at);
	dcv_result_time(change, "ended", row->ended);
	dcv_json_set_text(change, "detail", row->detail);
	return change;
}

static int compare_cleans(const void *key, const void *item)
{
	const struct dcv_value *value = key;
	const struct dcv_order_row *row = ((const struct dcv_clean *)item)->row;
	int by_ca = strcmp(value->ca, row->ca);

	return by_ca != 0 ? by_ca : strcmp(value->id, row->id);
}

/* A value that went, with why: of a clean-up also what proved that it could. */
static struct dcv_json *make_removed(struct dcv_session *session,
	const struct dcv_zone_run *zone, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	struct dcv_json *removed = make_change(session, zone, edit, value);
	const struct dcv_clean *clean = NULL;

	if (session->n_cleans > 0 && value->ca != NULL && value->id != NULL)
		clean = bsearch(value, session->cleans, session->n_cleans, sizeof(*clean),
			compare_cleans);
	dcv_json_set_text(removed, "why", clean != NULL ? clean->why : value->reason);
	dcv_json_set_text(removed, "evidence",
		clean != NULL && clean->evidence[0] != '\0' ? clean->evidence : NULL);
	return removed;
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
						make_removed(session, zone, edit, value));
			}
		}
	}
	for (size_t i = 0; i < session->n_changes; i++)
		dcv_json_append(changes, make_logged(session, &session->changes[i]));
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

		dcv_result_name(zone, "zone", &from->binding->zone);
		dcv_json_set_text(zone, "backend", from->at->name);
		dcv_json_set_bool(zone, "changed", changes);
		dcv_json_set_int(zone, "serial_before",
			from->changed ? from->receipt.serial_before : from->view.serial);
		dcv_json_set_int(zone, "serial_after", serial_after(from, changes));
		dcv_json_append(zones, zone);
	}
	dcv_json_set(document, "zones", zones);
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

static void add_totals(struct dcv_session *session, struct dcv_json *document,
	const struct dcv_result_totals *orders)
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
	dcv_json_set_int(totals, "records", (int64_t)orders->records);
	dcv_json_set_int(totals, "zones", (int64_t)session->run.n_zones);
	dcv_json_set_int(totals, "effective", (int64_t)orders->effective);
	dcv_json_set_int(totals, "ready", (int64_t)orders->ready);
	dcv_json_set_int(totals, "done", (int64_t)orders->done);
	dcv_json_set_int(totals, "blocked", (int64_t)orders->blocked);
	dcv_json_set_int(totals, "late", (int64_t)orders->late);
	dcv_json_set_int(totals, "failed", (int64_t)orders->failed);
	dcv_json_set_int(totals, "attention", (int64_t)session->n_attention);
	dcv_json_set_int(totals, "add", (int64_t)add);
	dcv_json_set_int(totals, "remove", (int64_t)remove);
	dcv_json_set_int(totals, "leftover", (int64_t)leftover);
	dcv_json_set(document, "totals", totals);
}

static void add_attention(const struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *list = dcv_json_array();

	for (size_t i = 0; i < session->n_attention; i++) {
		const struct dcv_attention *from = &session->attention[i];
		struct dcv_json *object = dcv_json_object();

		dcv_json_set_text(object, "order", from->order);
		dcv_json_set_text(object, "ca", from->ca);
		dcv_json_set_text(object, "cause", from->cause);
		dcv_json_set_text(object, "text", from->text);
		dcv_json_set_text(object, "do", from->run);
		dcv_json_append(list, object);
	}
	dcv_json_set(document, "attention", list);
}

/* status --kept */
static void add_kept(struct dcv_session *session, struct dcv_json *document)
{
	struct dcv_json *list = dcv_json_array();

	for (size_t i = 0; i < session->n_kept; i++) {
		const struct dcv_claim_row *from = &session->kept[i];
		struct dcv_json *object = dcv_json_object();

		dcv_json_set_text(object, "order", from->id);
		dcv_json_set_text(object, "ca", from->ca);
		dcv_json_set_text(object, "state", dcv_state_text(from->state));
		dcv_result_name(object, "owner", &from->owner);
		dcv_result_type(object, from->type);
		dcv_json_set_text(object, "value",
			dcv_result_value(session, from->type, &from->rdata));
		dcv_json_set_text(object, "retain", dcv_keep_text(from->keep));
		dcv_result_time(object, "until",
			from->keep == DCV_KEEP_DATE ? from->keep_until_s : 0);
		dcv_json_append(list, object);
	}
	dcv_json_set(document, "kept", list);
}

void dcv_result_write(struct dcv_session *session, enum dcv_err code)
{
	struct dcv_json *document = dcv_json_object(), *orders;
	struct dcv_result_totals totals = {0};
	struct dcv_error err = {0};
	const char *msg = session->msg, *counts = dcv_summary_end(session);

	if (counts != NULL) {
		msg = counts;
	} else if (code != DCV_OK && session->diags.n_errors > 0) {
		for (size_t i = session->diags.n; i-- > 0;) {
			if (session->diags.items[i].severity == DCV_SEV_ERROR)
				msg = session->diags.items[i].text;
		}
	}
	dcv_json_set_int(document, "schema", DCV_RESULT_SCHEMA);
	dcv_json_set_text(document, "command", session->command->name);
	dcv_json_set_text(document, "run", session->run.id);
	dcv_json_set_int(document, "exit", dcv_err_status(code));
	dcv_json_set_bool(document, "changed", session->changed);
	dcv_json_set_bool(document, "failed", code != DCV_OK && code != DCV_E_PENDING);
	dcv_json_set_text(document, "msg", msg[0] != '\0' ? msg : dcv_err_text(code));
	orders = dcv_result_orders(session);
	dcv_result_count(session, &totals);
	add_totals(session, document, &totals);
	add_diff(session, document);
	dcv_json_set(document, "orders", orders);
	add_changes(session, document);
	add_zones(session, document);
	add_attention(session, document);
	if (session->options.kept)
		add_kept(session, document);
	add_errors(session, document);
	if (session->detail != NULL)
		dcv_json_set(document, session->command->name, session->detail);
	session->detail = NULL;
	if (dcv_json_write(document, stdout, &err) != DCV_OK)
		dcv_tell("--json: %s", err.text);
	dcv_json_free(document);
}
