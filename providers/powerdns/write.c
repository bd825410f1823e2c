/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how edits become one PATCH, which the server carries out wholly or not at
 * all. Sets are replaced as a whole, so what stands in them is read at the last moment. */
#include <stdio.h>
#include <string.h>

#include "providers/powerdns/powerdns.h"

/* What became of an edit before anything is sent. */
struct plan {
	struct dcv_kit_merged merged;
	const struct dcvp_tree *listed; /* the set as the server has it, or NULL */
};

static void add_record(struct dcv_kit *kit, struct dcvp_tree *records,
	const char *content, int disabled)
{
	struct dcvp_tree *record = dcv_kit_add(kit, records, NULL, DCVP_OBJECT, NULL);

	if (record == NULL)
		return;
	(void)dcv_kit_add(kit, record, "content", DCVP_TEXT, content);
	(void)dcv_kit_add(kit, record, "disabled", disabled ? DCVP_TRUE : DCVP_FALSE,
		NULL);
}

static int has_disabled(const struct dcvp_tree *listed)
{
	const struct dcvp_tree *records = dcv_kit_get(listed, "records");

	for (const struct dcvp_tree *at = records != NULL ? records->first : NULL;
		at != NULL; at = at->next) {
		if (dcv_kit_get_true(at, "disabled"))
			return 1;
	}
	return 0;
}

static int is_deletion(const struct plan *plan)
{
	return plan->merged.n == 0 && !has_disabled(plan->listed);
}

/* A disabled record that is now wanted would be there twice, which the server refuses: it is
 * left out, since the value comes enabled. */
static int is_added(struct dcv_kit *kit, const struct dcvp_edit *edit, const char *content)
{
	for (size_t i = 0; i < edit->n_add; i++) {
		if (dcv_kit_is_same(kit, edit->type, edit->add[i], content))
			return 1;
	}
	return 0;
}

static void add_records(struct dcv_kit *kit, struct dcvp_tree *rrset,
	const struct dcvp_edit *edit, const struct plan *plan)
{
	struct dcvp_tree *to = dcv_kit_add(kit, rrset, "records", DCVP_ARRAY, NULL);
	const struct dcvp_tree *from = dcv_kit_get(plan->listed, "records");

	if (to == NULL)
		return;
	for (size_t i = 0; i < plan->merged.n; i++)
		add_record(kit, to, plan->merged.rdata[i], 0);
	for (from = from != NULL ? from->first : NULL; from != NULL; from = from->next) {
		const char *content = dcv_kit_get_text(from, "content");

		if (dcv_kit_get_true(from, "disabled") && !is_added(kit, edit, content))
			add_record(kit, to, content, 1);
	}
}

/* Comments are not named, and stay as they are. */
static void add_rrset(struct dcv_kit *kit, struct dcvp_tree *rrsets,
	const struct dcvp_edit *edit, const struct plan *plan)
{
	char type[DCV_KIT_TYPE_MAX];
	struct dcvp_tree *rrset = dcv_kit_add(kit, rrsets, NULL, DCVP_OBJECT, NULL);

	if (rrset == NULL)
		return;
	(void)dcv_kit_add(kit, rrset, "name", DCVP_TEXT, edit->owner);
	(void)dcv_kit_add(kit, rrset, "type", DCVP_TEXT,
		dcv_kit_type_text(edit->type, type));
	(void)dcv_kit_add(kit, rrset, "changetype", DCVP_TEXT,
		is_deletion(plan) ? "DELETE" : "REPLACE");
	if (is_deletion(plan))
		return;
	(void)dcv_kit_add_number(kit, rrset, "ttl", plan->merged.ttl_s);
	add_records(kit, rrset, edit, plan);
}

/* The server judges set by set, in the order of the PATCH: a CNAME comes only where nothing is
 * left, so deletions go first. */
static const struct dcvp_tree *make_patch(struct dcv_kit *kit,
	const struct dcvp_change *change, const struct plan *plans)
{
	struct dcvp_tree *patch = dcv_kit_add(kit, NULL, NULL, DCVP_OBJECT, NULL);
	struct dcvp_tree *rrsets = patch != NULL
		? dcv_kit_add(kit, patch, "rrsets", DCVP_ARRAY, NULL)
		: NULL;

	for (int deletions = 1; rrsets != NULL && deletions >= 0; deletions--) {
		for (size_t i = 0; i < change->n_edits; i++) {
			if (plans[i].merged.changed && is_deletion(&plans[i]) == deletions)
				add_rrset(kit, rrsets, &change->edits[i], &plans[i]);
		}
	}
	return patch;
}

/* Fails: DCVP_CONFLICT if a set is not the one that its edit rests on. */
static enum dcvp_class make_plans(struct dcv_pdns_call *call,
	const struct dcvp_change *change, const struct dcv_pdns_zone *zone,
	struct plan *plans, struct dcvp_error *err)
{
	char type[DCV_KIT_TYPE_MAX];

	for (size_t i = 0; i < change->n_edits; i++) {
		const struct dcvp_edit *edit = &change->edits[i];

		const struct dcvp_rrset *now = dcv_kit_find(&call->kit, &zone->index,
			edit->owner, edit->type);

		dcv_kit_merge(&call->kit, edit, now, &plans[i].merged);
		plans[i].listed = dcv_pdns_listed(zone, now, edit->owner, edit->type);
		if (call->kit.nomem)
			return dcv_kit_nomem(err);
		if (plans[i].merged.moved ||
			(!edit->has_before && change->etag != NULL &&
				strcmp(change->etag, zone->etag) != 0))
			return dcv_kit_fail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
				"%s: %s %s was changed meanwhile", change->zone,
				edit->owner, dcv_kit_type_text(edit->type, type));
	}
	return DCVP_OK;
}

static size_t fill_results(const struct plan *plans, size_t n, enum dcvp_outcome sent,
	const struct dcvp_error *err, struct dcvp_result *results)
{
	size_t changed = 0;

	for (size_t i = 0; i < n; i++) {
		results[i] = dcv_kit_result(&plans[i].merged, sent, err);
		changed += plans[i].merged.changed != 0;
	}
	return changed;
}

/* PUT zones/ID/what: 200, the status of a refusal, or 0: there was no answer. */
static int put(struct dcv_pdns_call *call, const struct dcv_pdns_zone *zone,
	const char *what)
{
	struct dcvp_error err = {0};
	const char *path = dcv_kit_format(&call->kit, "/zones/%s/%s", zone->id, what);

	if (path == NULL || dcv_pdns_ask(call, "PUT", path, NULL, &err) != DCVP_OK)
		return 0;
	return call->status;
}

/* The server would look by itself, once a minute, for serials that grew. */
static void tell_secondaries(struct dcv_pdns_call *call, const char *name,
	const struct dcv_pdns_zone *zone, char *note, size_t size)
{
	int status;

	if (zone->keeps_serial) {
		(void)snprintf(note, size,
			"the serial did not grow, so no secondary takes the change; run: "
			"pdnsutil set-meta %.100s SOA-EDIT-API DEFAULT, and increase-serial",
			name);
		return;
	}
	status = put(call, zone, "notify");
	if (status != 200 && note[0] == '\0')
		(void)snprintf(note, size,
			"the secondaries could not be notified (status %d): they look for "
			"changes by themselves, which may take a while",
			status);
}

/* What follows a change that holds. None of it can undo that, so it is only told. */
static void finish(struct dcv_pdns_call *call, const char *name,
	const struct dcv_pdns_zone *zone, struct dcvp_receipt *receipt)
{
	int status = zone->rectify ? put(call, zone, "rectify") : 200;

	if (status != 200)
		(void)snprintf(receipt->note, sizeof receipt->note,
			"the signed zone could not be rectified (status %d); run: pdnsutil "
			"rectify-zone",
			status);
	if (zone->has_secondaries)
		tell_secondaries(call, name, zone, receipt->note, sizeof receipt->note);
	receipt->serial_before = zone->serial;
}

static enum dcvp_class send(struct dcv_pdns_call *call, const struct dcvp_change *change,
	const struct dcv_pdns_zone *zone, const struct plan *plans, struct dcvp_error *err)
{
	const struct dcvp_tree *patch = make_patch(&call->kit, change, plans);
	const char *path = dcv_kit_format(&call->kit, "/zones/%s", zone->id);
	enum dcvp_class class;

	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	class = dcv_pdns_ask(call, "PATCH", path, patch, err);
	if (class != DCVP_OK)
		return class;
	if (call->status == 204 || call->status == 200)
		return DCVP_OK;
	return dcv_pdns_refused(call, change->zone, err);
}

enum dcvp_class dcv_pdns_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_pdns_call call = {.session = session};
	struct dcv_pdns_zone zone;
	struct plan *plans;
	enum dcvp_class class = dcv_pdns_list(&call, change->zone, &zone, err);

	if (class == DCVP_OK && zone.fixed != NULL)
		class = dcv_kit_fail(err, DCVP_REFUSED, DCVP_CAUSE_NOT_READY, "%s: %s",
			change->zone, zone.fixed);
	if (class != DCVP_OK)
		return class;
	plans = dcv_kit_array(&call.kit, change->n_edits, sizeof *plans);
	if (plans == NULL)
		return dcv_kit_nomem(err);
	class = make_plans(&call, change, &zone, plans, err);
	if (class != DCVP_OK)
		return class;
	if (fill_results(plans, change->n_edits, DCVP_EDIT_DONE, err, results) == 0)
		return DCVP_OK;
	class = send(&call, change, &zone, plans, err);
	if (class == DCVP_OK) {
		finish(&call, change->zone, &zone, receipt);
		return DCVP_OK;
	}
	(void)fill_results(plans, change->n_edits,
		class == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN : DCVP_EDIT_FAILED, err,
		results);
	return class;
}
