/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a person is told what to enter into a zone that dcvctl cannot write. */
#include "cmd/manual.h"

static void show_value(const struct dcv_session *session, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	char type[DCV_TYPE_TEXT_MAX];
	struct dcv_buf text;

	if (value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_REMOVE)
		return;
	dcv_buf_init(&text, 1u << 19);
	dcv_rdata_text(edit->edit.type, &value->rdata, &text);
	dcv_say(session, "  %s  %s. %u IN %s %s",
		value->kind == DCV_VALUE_ADD ? "add   " : "remove",
		dcv_show_name(&edit->edit.owner), edit->edit.ttl_s,
		dcv_type_text(edit->edit.type, type), dcv_buf_text(&text));
	dcv_buf_clear(&text);
}

/* Of an order that nobody has seen at the name servers: a person may have entered it. */
static void remind(const struct dcv_session *session, const struct dcv_zone_run *zone)
{
	for (size_t i = 0; i < zone->n_owners; i++)
		dcv_say(session,
			"by hand    %s (account %s): if something was entered at %s, remove it "
			"there",
			dcv_show_name(&zone->binding->zone), zone->at->name,
			dcv_show_name(&zone->owners[i]));
}

bool dcv_manual_show(const struct dcv_session *session)
{
	bool any = false;

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_zone_run *zone = &session->run.zones[z];

		bool cleaned = session->run.mode == DCV_PLAN_CLEANUP && zone->manual;

		if (!cleaned && (!zone->awaited || zone->done))
			continue;
		any = any || !cleaned;
		if (cleaned && !zone->plan.changes) {
			remind(session, zone);
			continue;
		}
		dcv_say(session, "by hand    %s (account %s): make these changes there",
			dcv_show_name(&zone->binding->zone), zone->at->name);
		for (size_t i = 0; i < zone->plan.n_edits; i++) {
			const struct dcv_edit *edit = &zone->plan.edits[i];

			for (size_t k = 0; edit->changes && k < edit->n_values; k++)
				show_value(session, edit, &edit->values[k]);
		}
	}
	if (any)
		dcv_tell("help: when they are made, the same command with --until effective sees "
			 "them at the name servers and notes them");
	return any;
}

enum dcv_err dcv_manual_note(struct dcv_session *session)
{
	struct dcv_error err = {0};

	for (size_t z = 0; z < session->run.n_zones; z++) {
		struct dcv_zone_run *zone = &session->run.zones[z];

		if (!zone->awaited || zone->done)
			continue;
		if (dcv_run_note_manual(&session->run, zone, &err) != DCV_OK)
			return dcv_session_fail(session, &err);
		session->changed = true;
	}
	return DCV_OK;
}
