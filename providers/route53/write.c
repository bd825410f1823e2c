/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how edits become change batches, each of which is carried out wholly or not at all,
 * and how they are waited for. A set is deleted exactly as it was listed, and created anew: if
 * somebody else has changed it meanwhile, the batch is refused. */
#include <stdio.h>
#include <string.h>

#include "providers/route53/route53.h"

#define NAMESPACE "https://route53.amazonaws.com/doc/2013-04-01/"
#define RECORDS_MAX 1000u /* of a batch, deleted and created */
#define CHARS_MAX 32000u /* of their values */
#define LOOK_FIRST_MS INT64_C(250)
#define LOOK_LAST_MS INT64_C(8000)

struct plan {
	struct dcv_kit_merged merged; /* rdata: as it is spelt there, once there is a size */
	const struct dcvp_tree *listed; /* the set as it stands there, or NULL */
	unsigned batch; /* from 1; 0: nothing is written */
};

struct size {
	size_t records, chars;
};

static void add(struct dcv_kit_text *batch, const char *text)
{
	dcv_kit_text_add(batch, text, strlen(text));
}

static void add_element(struct dcv_kit_text *batch, const char *name, const char *text)
{
	add(batch, "<");
	add(batch, name);
	add(batch, ">");
	dcv_r53_add_xml(batch, text);
	add(batch, "</");
	add(batch, name);
	add(batch, ">");
}

static void add_value(struct dcv_kit_text *batch, const char *value)
{
	add(batch, "<ResourceRecord>");
	add_element(batch, "Value", value);
	add(batch, "</ResourceRecord>");
}

static void begin_change(struct dcv_kit_text *batch, const char *action, const char *name,
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

static void end_change(struct dcv_kit_text *batch)
{
	add(batch, "</ResourceRecords></ResourceRecordSet></Change>");
}

/* In the words of the listing, which are compared. */
static void add_deletion(struct dcv_kit_text *batch, const struct dcvp_tree *listed)
{
	const struct dcvp_tree *records = dcv_kit_get(listed, "ResourceRecords");

	begin_change(batch, "DELETE", dcv_kit_get_text(listed, "Name"),
		dcv_kit_get_text(listed, "Type"), dcv_kit_get_text(listed, "TTL"));
	for (const struct dcvp_tree *at = records->first; at != NULL; at = at->next)
		add_value(batch, dcv_kit_get_text(at, "Value"));
	end_change(batch);
}

static void add_creation(struct dcv_kit_text *batch, const struct dcvp_edit *edit,
	const struct dcv_kit_merged *merged)
{
	struct dcv_kit *kit = batch->kit;
	char type[DCV_KIT_TYPE_MAX], ttl[16];
	const char *name = dcv_r53_to_octal(kit, edit->owner);

	if (name == NULL)
		return;
	(void)snprintf(ttl, sizeof ttl, "%lu", (unsigned long)merged->ttl_s);
	begin_change(batch, "CREATE", name, dcv_kit_type_text(edit->type, type), ttl);
	for (size_t i = 0; i < merged->n; i++)
		add_value(batch, merged->rdata[i]);
	end_change(batch);
}

/* Deletions first: a CNAME comes only where nothing is left. */
static const char *make_batch(struct dcv_kit_text *batch,
	const struct dcvp_change *change, const struct plan *plans, unsigned nth)
{
	add(batch,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		"<ChangeResourceRecordSetsRequest xmlns=\"" NAMESPACE "\"><ChangeBatch>");
	add_element(batch, "Comment", "dcvctl");
	add(batch, "<Changes>");
	for (size_t i = 0; i < change->n_edits; i++) {
		if (plans[i].batch == nth && plans[i].listed != NULL)
			add_deletion(batch, plans[i].listed);
	}
	for (size_t i = 0; i < change->n_edits; i++) {
		if (plans[i].batch == nth && plans[i].merged.n > 0)
			add_creation(batch, &change->edits[i], &plans[i].merged);
	}
	add(batch, "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
	return dcv_kit_text_end(batch);
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

/* --- how much goes into one batch */

/* Of what is deleted and created; the values that come are spelt for it. */
static void measure(struct dcv_kit *kit, struct plan *plan, struct size *ret)
{
	const struct dcvp_tree *records = dcv_kit_get(plan->listed, "ResourceRecords");

	for (const struct dcvp_tree *at = records != NULL ? records->first : NULL;
		at != NULL; at = at->next, ret->records++)
		ret->chars += strlen(dcv_kit_get_text(at, "Value"));
	for (size_t i = 0; i < plan->merged.n; i++, ret->records++) {
		const char *value = dcv_r53_to_octal(kit, plan->merged.rdata[i]);

		if (value == NULL)
			return;
		plan->merged.rdata[i] = value;
		ret->chars += strlen(value);
	}
}

static int is_over(const struct size *size)
{
	return size->records > RECORDS_MAX || size->chars > CHARS_MAX;
}

static int is_of(const struct dcvp_change *change, const struct plan *plans, size_t i,
	const char *owner)
{
	return plans[i].merged.changed && strcmp(change->edits[i].owner, owner) == 0;
}

static enum dcvp_class too_much(const struct dcvp_change *change, const char *owner,
	const struct size *size, struct dcvp_error *err)
{
	dcv_kit_help(err, "help: give some of the values names of their own");
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_LIMIT,
		"%s: %s: its %zu values, old and new, have %zu characters: Route 53 takes "
		"%u values of %u characters in one change",
		change->zone, owner, size->records, size->chars, RECORDS_MAX, CHARS_MAX);
}

static int gains(const struct dcvp_change *change, const struct plan *plans, size_t from)
{
	const char *owner = change->edits[from].owner;

	for (size_t i = from; i < change->n_edits; i++) {
		if (is_of(change, plans, i, owner) && change->edits[i].n_add > 0)
			return 1;
	}
	return 0;
}

struct batches {
	unsigned n;
	struct size last; /* what the last one holds */
};

/* The owner of this edit, into the last batch or one behind it. None of an owner's edits goes without
 * the others, since of its types one may exclude another. */
static enum dcvp_class add_owner(struct dcv_kit *kit, const struct dcvp_change *change,
	struct plan *plans, size_t from, struct batches *batches, struct dcvp_error *err)
{
	const char *owner = change->edits[from].owner;
	struct size own = {0};

	for (size_t i = from; i < change->n_edits; i++) {
		if (is_of(change, plans, i, owner))
			measure(kit, &plans[i], &own);
	}
	if (is_over(&own))
		return too_much(change, owner, &own, err);
	batches->last.records += own.records;
	batches->last.chars += own.chars;
	if (batches->n == 0 || is_over(&batches->last)) {
		batches->last = own;
		batches->n++;
	}
	for (size_t i = from; i < change->n_edits; i++) {
		if (is_of(change, plans, i, owner))
			plans[i].batch = batches->n;
	}
	return DCVP_OK;
}

/* As many owners in each as it holds: first those that get something, so that nothing has gone where
 * what comes is refused. *ret_n: how many batches; 0: nothing is to be written. */
static enum dcvp_class make_batches(struct dcv_kit *kit, const struct dcvp_change *change,
	struct plan *plans, unsigned *ret_n, struct dcvp_error *err)
{
	struct batches batches = {0};
	enum dcvp_class class;

	for (int gaining = 1; gaining >= 0; gaining--) {
		for (size_t i = 0; i < change->n_edits; i++) {
			if (!plans[i].merged.changed || plans[i].batch != 0 ||
				gains(change, plans, i) != gaining)
				continue;
			class = add_owner(kit, change, plans, i, &batches, err);
			if (class != DCVP_OK)
				return class;
		}
	}
	*ret_n = batches.n;
	return kit->nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* --- until all servers have it */

static int is_insync(const struct dcv_r53_call *call)
{
	const char *status = dcv_kit_get_text(dcv_kit_get(call->xml, "ChangeInfo"),
		"Status");

	return status != NULL && strcmp(status, "INSYNC") == 0;
}

static enum dcvp_class await(struct dcv_r53_call *call, const char *zone, const char *id,
	struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const char *path = dcv_kit_format(&call->kit, "/change/%s", id);

	for (int64_t ms = LOOK_FIRST_MS; path != NULL;
		ms = ms < LOOK_LAST_MS ? ms * 2 : ms) {
		enum dcvp_class class = dcv_r53_ask(call, "GET", path, NULL, err);

		if (class == DCVP_OK && call->status != 200)
			class = dcv_r53_refused(call, zone, err);
		/* The change stands, whatever becomes of the question. */
		if (class != DCVP_OK)
			return class == DCVP_NOMEM ? class : DCVP_UNKNOWN;
		if (is_insync(call))
			return DCVP_OK;
		if (host->mono_ms(host->ctx) + ms >= host->deadline_ms(host->ctx))
			return dcv_kit_fail(err, DCVP_UNKNOWN, DCVP_CAUSE_NOT_READY,
				"%s: change %s is still on its way to the servers", zone,
				id);
		host->wait_ms(host->ctx, ms);
	}
	return dcv_kit_nomem(err);
}

/* Waits for the first change of the receipt, and strikes it out. */
static enum dcvp_class await_first(struct dcv_r53_call *call, const char *zone,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	char *ids = receipt->change_id;
	size_t len = strcspn(ids, " ");
	const char *id = dcv_kit_format(&call->kit, "%.*s", (int)len, ids);
	enum dcvp_class class = id != NULL ? await(call, zone, id, err)
					   : dcv_kit_nomem(err);

	len += strspn(ids + len, " ");
	if (class == DCVP_OK)
		memmove(ids, ids + len, strlen(ids + len) + 1);
	return class;
}

/* /change/C123; NULL: it has none that could be asked for. */
static const char *change_of(const struct dcv_r53_call *call)
{
	const char *id = dcv_kit_get_text(dcv_kit_get(call->xml, "ChangeInfo"), "Id");
	const char *slash = id != NULL ? strrchr(id, '/') : NULL;

	if (slash != NULL)
		id = slash + 1;
	return id != NULL && id[0] != '\0' &&
			strspn(id,
				"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789") == strlen(id)
		? id
		: NULL;
}

/* Into the receipt, which has room for some: of many batches the first are waited for here. */
static enum dcvp_class note_change(struct dcv_r53_call *call, const char *zone,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	const char *id = change_of(call);
	char *ids = receipt->change_id;
	enum dcvp_class class = DCVP_OK;

	if (!call->session->waits || id == NULL)
		return DCVP_OK;
	if (strlen(id) >= sizeof receipt->change_id)
		return await(call, zone, id, err);
	while (class == DCVP_OK && ids[0] != '\0' &&
		strlen(ids) + 1 + strlen(id) >= sizeof receipt->change_id)
		class = await_first(call, zone, receipt, err);
	if (class == DCVP_OK)
		(void)snprintf(ids + strlen(ids), sizeof receipt->change_id - strlen(ids),
			"%s%s", ids[0] != '\0' ? " " : "", id);
	return class;
}

enum dcvp_class dcv_r53_sync(void *session, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	enum dcvp_class class = DCVP_OK;

	dcv_r53_begin(&call, session);
	while (class == DCVP_OK && receipt->change_id[0] != '\0')
		class = await_first(&call, change->zone, receipt, err);
	return class;
}

/* --- apply */

/* What is said of the edits once the batches before `nth` are done, and this one came to `sent`. */
static void fill_results(const struct plan *plans, size_t n, unsigned nth,
	enum dcvp_outcome sent, const struct dcvp_error *err, struct dcvp_result *results)
{
	for (size_t i = 0; i < n; i++)
		results[i] = dcv_kit_result(&plans[i].merged,
			plans[i].batch < nth            ? DCVP_EDIT_DONE
				: plans[i].batch == nth ? sent
							: DCVP_EDIT_FAILED,
			err);
}

static enum dcvp_class send_batch(struct dcv_r53_call *call,
	const struct dcvp_change *change, const struct dcv_r53_zone *zone,
	const struct plan *plans, unsigned nth, struct dcvp_error *err)
{
	struct dcv_kit_text batch = {.kit = &call->kit};
	const char *body = make_batch(&batch, change, plans, nth);
	const char *path = dcv_kit_format(&call->kit, "/hostedzone/%s/rrset/", zone->id);
	enum dcvp_class class;

	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	class = dcv_r53_ask(call, "POST", path, body, err);
	if (class != DCVP_OK)
		return class;
	return call->status == 200 ? DCVP_OK : dcv_r53_refused(call, change->zone, err);
}

static enum dcvp_class send_batches(struct dcv_r53_call *call,
	const struct dcvp_change *change, const struct dcv_r53_zone *zone,
	const struct plan *plans, unsigned n, struct dcvp_result *results,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	fill_results(plans, change->n_edits, n + 1, DCVP_EDIT_DONE, err, results);
	for (unsigned nth = 1; nth <= n; nth++) {
		enum dcvp_class class = send_batch(call, change, zone, plans, nth, err);
		int is_sent = class == DCVP_OK;

		if (is_sent)
			class = note_change(call, change->zone, receipt, err);
		if (class == DCVP_OK)
			continue;
		fill_results(plans, change->n_edits, nth,
			is_sent                         ? DCVP_EDIT_DONE
				: class == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN
							: DCVP_EDIT_FAILED,
			err, results);
		return nth > 1 || is_sent ? DCVP_UNKNOWN : class;
	}
	return DCVP_OK;
}

enum dcvp_class dcv_r53_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	struct dcv_r53_zone zone;
	struct plan *plans;
	unsigned n = 0;
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
	if (class == DCVP_OK)
		class = make_batches(&call.kit, change, plans, &n, err);
	return class == DCVP_OK
		? send_batches(&call, change, &zone, plans, n, results, receipt, err)
		: class;
}
