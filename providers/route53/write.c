/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how edits become one change batch, which is carried out wholly or not at all, and
 * how it is waited for. A set is deleted exactly as it was listed, and created anew: if somebody
 * else has changed it meanwhile, the batch is refused. */
#include <stdio.h>
#include <string.h>

#include "providers/route53/route53.h"

#define NAMESPACE "https://route53.amazonaws.com/doc/2013-04-01/"
#define RECORDS_MAX 1000u /* of a batch, deleted and created */
#define CHARS_MAX 32000u /* of their values */
#define LOOK_FIRST_MS INT64_C(250)
#define LOOK_LAST_MS INT64_C(8000)

struct plan {
	struct dcv_kit_merged merged;
	const struct dcvp_tree *listed; /* the set as it stands there, or NULL */
};

struct batch {
	struct dcv_kit_text text;
	size_t records, chars;
};

static void add(struct batch *batch, const char *text)
{
	dcv_kit_text_add(&batch->text, text, strlen(text));
}

static void add_element(struct batch *batch, const char *name, const char *text)
{
	add(batch, "<");
	add(batch, name);
	add(batch, ">");
	dcv_r53_add_xml(&batch->text, text);
	add(batch, "</");
	add(batch, name);
	add(batch, ">");
}

static void add_value(struct batch *batch, const char *value)
{
	add(batch, "<ResourceRecord>");
	add_element(batch, "Value", value);
	add(batch, "</ResourceRecord>");
	batch->records++;
	batch->chars += strlen(value);
}

static void begin_change(struct batch *batch, const char *action, const char *name,
	const char *type, const char *ttl)
{
	add(batch, "<Change>");
	add_element(batch, "Action", action);
	add(batch, "<ResourceRecordSet>");
	add_element(batch, "Name", name);
	add_element(batch, "Type", type);
	add_element(batch, "TTL", ttl);
	add(batch, "<ResourceRecords>");
}

static void end_change(struct batch *batch)
{
	add(batch, "</ResourceRecords></ResourceRecordSet></Change>");
}

/* In the words of the listing, which are compared. */
static void add_deletion(struct batch *batch, const struct dcvp_tree *listed)
{
	const struct dcvp_tree *records = dcv_kit_get(listed, "ResourceRecords");

	begin_change(batch, "DELETE", dcv_kit_get_text(listed, "Name"),
		dcv_kit_get_text(listed, "Type"), dcv_kit_get_text(listed, "TTL"));
	for (const struct dcvp_tree *at = records->first; at != NULL; at = at->next)
		add_value(batch, dcv_kit_get_text(at, "Value"));
	end_change(batch);
}

static void add_creation(struct batch *batch, const struct dcvp_edit *edit,
	const struct dcv_kit_merged *merged)
{
	struct dcv_kit *kit = batch->text.kit;
	char type[DCV_KIT_TYPE_MAX], ttl[16];
	const char *name = dcv_r53_to_octal(kit, edit->owner);

	if (name == NULL)
		return;
	(void)snprintf(ttl, sizeof ttl, "%lu", (unsigned long)merged->ttl_s);
	begin_change(batch, "CREATE", name, dcv_kit_type_text(edit->type, type), ttl);
	for (size_t i = 0; i < merged->n; i++) {
		const char *value = dcv_r53_to_octal(kit, merged->rdata[i]);

		if (value == NULL)
			return;
		add_value(batch, value);
	}
	end_change(batch);
}

/* Deletions first: a CNAME comes only where nothing is left. */
static const char *make_batch(struct batch *batch, const struct dcvp_change *change,
	const struct plan *plans)
{
	add(batch,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		"<ChangeResourceRecordSetsRequest xmlns=\"" NAMESPACE "\"><ChangeBatch>");
	add_element(batch, "Comment", "dcvctl");
	add(batch, "<Changes>");
	for (size_t i = 0; i < change->n_edits; i++) {
		if (plans[i].merged.changed && plans[i].listed != NULL)
			add_deletion(batch, plans[i].listed);
	}
	for (size_t i = 0; i < change->n_edits; i++) {
		if (plans[i].merged.changed && plans[i].merged.n > 0)
			add_creation(batch, &change->edits[i], &plans[i].merged);
	}
	add(batch, "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
	return dcv_kit_text_end(&batch->text);
}

/* --- what is to be done */

/* Fails: DCVP_CONFLICT if the set is not the one that the edit rests on, DCVP_REFUSED if it may
 * not be edited. */
static enum dcvp_class make_plan(struct dcv_r53_call *call,
	const struct dcv_r53_zone *zone, const struct dcvp_change *change,
	const struct dcvp_edit *edit, struct plan *ret, struct dcvp_error *err)
{
	const struct dcvp_rrset *now = dcv_kit_find(&call->kit, &zone->index, edit->owner,
		edit->type);
	char type[DCV_KIT_TYPE_MAX];

	dcv_kit_merge(&call->kit, edit, now, &ret->merged);
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	if (now != NULL)
		ret->listed = zone->listed[now - zone->sets];
	(void)dcv_kit_type_text(edit->type, type);
	if (now != NULL && now->fixed != NULL && ret->merged.changed)
		return dcv_kit_fail(err, DCVP_REFUSED, DCVP_CAUSE_NOT_READY,
			"%s: %s %s: %s", change->zone, edit->owner,
			dcv_kit_type_text(edit->type, type), now->fixed);
	if (ret->merged.moved ||
		(!edit->has_before && change->etag != NULL &&
			strcmp(change->etag, zone->etag) != 0))
		return dcv_kit_fail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
			"%s: %s %s was changed meanwhile", change->zone, edit->owner,
			dcv_kit_type_text(edit->type, type));
	return DCVP_OK;
}

static size_t fill_results(const struct plan *plans, size_t n, enum dcvp_outcome sent,
	const struct dcvp_error *err, struct dcvp_result *results)
{
	size_t changed = 0;

	for (size_t i = 0; i < n; i++) {
		results[i] = (struct dcvp_result){.outcome = DCVP_EDIT_ALREADY};
		if (!plans[i].merged.changed)
			continue;
		results[i].outcome = sent;
		changed++;
		if (sent == DCVP_EDIT_DONE)
			continue;
		results[i].cause = err->cause;
		results[i].retry_after_ms = err->retry_after_ms;
	}
	return changed;
}

/* /change/C123 */
static void note_id(const struct dcv_r53_call *call, struct dcvp_receipt *receipt)
{
	const char *id = dcv_kit_get_text(dcv_kit_get(call->xml, "ChangeInfo"), "Id");
	const char *slash = id != NULL ? strrchr(id, '/') : NULL;

	if (slash != NULL)
		id = slash + 1;
	if (id != NULL &&
		strspn(id,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789") == strlen(id))
		(void)snprintf(receipt->change_id, sizeof receipt->change_id, "%s", id);
}

static enum dcvp_class send_batch(struct dcv_r53_call *call,
	const struct dcvp_change *change, const struct dcv_r53_zone *zone,
	const struct plan *plans, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct batch batch = {.text = {.kit = &call->kit}};
	const char *body = make_batch(&batch, change, plans);
	const char *path = dcv_kit_format(&call->kit, "/hostedzone/%s/rrset/", zone->id);
	enum dcvp_class class;

	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	if (batch.records > RECORDS_MAX || batch.chars > CHARS_MAX) {
		dcv_kit_help(err, "help: apply fewer orders in one run");
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_LIMIT,
			"%s: %zu values of %zu characters: Route 53 takes %u of %u in one "
			"change",
			change->zone, batch.records, batch.chars, RECORDS_MAX, CHARS_MAX);
	}
	class = dcv_r53_ask(call, "POST", path, body, err);
	if (class != DCVP_OK)
		return class;
	if (call->status != 200)
		return dcv_r53_refused(call, change->zone, err);
	note_id(call, receipt);
	return DCVP_OK;
}

enum dcvp_class dcv_r53_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	struct dcv_r53_zone zone;
	struct plan *plans;
	enum dcvp_class class;

	dcv_r53_begin(&call, session);
	class = dcv_r53_list(&call, change->zone, &zone, err);
	if (class != DCVP_OK)
		return class;
	plans = dcv_kit_array(&call.kit, change->n_edits, sizeof *plans);
	if (plans == NULL)
		return dcv_kit_nomem(err);
	for (size_t i = 0; class == DCVP_OK && i < change->n_edits; i++)
		class = make_plan(&call, &zone, change, &change->edits[i], &plans[i], err);
	if (class != DCVP_OK ||
		fill_results(plans, change->n_edits, DCVP_EDIT_DONE, err, results) == 0)
		return class;
	class = send_batch(&call, change, &zone, plans, receipt, err);
	if (class != DCVP_OK)
		(void)fill_results(plans, change->n_edits,
			class == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN : DCVP_EDIT_FAILED, err,
			results);
	return class;
}

/* --- until all servers have it */

static int is_insync(const struct dcv_r53_call *call)
{
	const char *status = dcv_kit_get_text(dcv_kit_get(call->xml, "ChangeInfo"),
		"Status");

	return status != NULL && strcmp(status, "INSYNC") == 0;
}

enum dcvp_class dcv_r53_sync(void *session, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	const struct dcvp_host *host;
	const char *path;

	dcv_r53_begin(&call, session);
	host = call.session->host;
	if (!call.session->waits || receipt->change_id[0] == '\0')
		return DCVP_OK;
	path = dcv_kit_format(&call.kit, "/change/%s", receipt->change_id);
	for (int64_t ms = LOOK_FIRST_MS; path != NULL;
		ms = ms < LOOK_LAST_MS ? ms * 2 : ms) {
		enum dcvp_class class = dcv_r53_ask(&call, "GET", path, NULL, err);

		if (class == DCVP_OK && call.status != 200)
			class = dcv_r53_refused(&call, change->zone, err);
		/* The change stands, whatever becomes of the question. */
		if (class != DCVP_OK)
			return class == DCVP_NOMEM ? class : DCVP_UNKNOWN;
		if (is_insync(&call))
			return DCVP_OK;
		if (host->mono_ms(host->ctx) + ms >= host->deadline_ms(host->ctx))
			return dcv_kit_fail(err, DCVP_UNKNOWN, DCVP_CAUSE_NOT_READY,
				"%s: change %s is still on its way to the servers",
				change->zone, receipt->change_id);
		host->wait_ms(host->ctx, ms);
	}
	return dcv_kit_nomem(err);
}
