/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how edits become changes of single records, one by one or as a batch, which is
 * carried out wholly or not at all. */
#include <stdio.h>
#include <string.h>

#include "providers/cloudflare/cloudflare.h"

/* What a batch may have in every plan. */
#define BATCH_MAX 200u

/* In the order of a batch. */
enum kind { DELETE = 0, PATCH, POST };
#define N_KINDS 3u

/* One record. */
struct step {
	enum kind kind;
	int first; /* a deletion that makes room for what is added */
	size_t edit; /* whose it is */
	const struct dcv_cf_record *record; /* NULL: POST */
	const char *value; /* NULL: DELETE, or PATCH of the TTL alone */
	const char *note;
	int done;
};

struct plan {
	struct dcv_cf_call call;
	const struct dcvp_change *change;
	struct dcv_cf_zone zone;
	struct dcv_cf_listing listing;
	struct dcv_kit_merged *merged; /* one per edit */
	struct step *steps;
	size_t n;
};

/* --- what is to be done --- */

static enum dcvp_class compare(struct plan *plan, struct dcvp_error *err)
{
	const struct dcvp_change *change = plan->change;
	char type[DCV_KIT_TYPE_MAX];

	for (size_t i = 0; i < change->n_edits; i++) {
		const struct dcvp_edit *edit = &change->edits[i];

		dcv_kit_merge(&plan->call.kit, edit,
			dcv_kit_find(&plan->call.kit, &plan->listing.index, edit->owner,
				edit->type),
			&plan->merged[i]);
		if (plan->call.kit.nomem)
			return dcv_kit_nomem(err);
		if (plan->merged[i].moved ||
			(!edit->has_before && change->etag != NULL &&
				strcmp(change->etag, plan->listing.etag) != 0))
			return dcv_kit_fail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
				"%s: %s %s was changed meanwhile", change->zone,
				edit->owner, dcv_kit_type_text(edit->type, type));
	}
	return DCVP_OK;
}

/* How many values of a set there are after the change. */
static size_t left_of(const struct plan *plan, const struct dcvp_rrset *set)
{
	for (size_t i = 0; i < plan->change->n_edits; i++) {
		const struct dcvp_edit *edit = &plan->change->edits[i];

		if (edit->type == set->type && strcmp(edit->owner, set->owner) == 0)
			return plan->merged[i].n;
	}
	return set->n;
}

/* A CNAME stands alone (RFC 1034 3.6.2). */
static enum dcvp_class check_alone(const struct plan *plan, size_t nth,
	struct dcvp_error *err)
{
	const struct dcvp_edit *edit = &plan->change->edits[nth];
	int is_cname = edit->type == DCV_KIT_CNAME;
	char type[DCV_KIT_TYPE_MAX], other[DCV_KIT_TYPE_MAX];

	if (edit->n_add == 0)
		return DCVP_OK;
	if (is_cname && plan->merged[nth].n > 1)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER,
			"%s: %s CNAME: another CNAME stands there", plan->change->zone,
			edit->owner);
	for (size_t i = 0; i < plan->listing.n_sets; i++) {
		const struct dcvp_rrset *set = &plan->listing.sets[i];

		if (strcmp(set->owner, edit->owner) != 0 ||
			(set->type == DCV_KIT_CNAME) == is_cname ||
			left_of(plan, set) == 0)
			continue;
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER,
			"%s: %s %s: %s stands there", plan->change->zone, edit->owner,
			dcv_kit_type_text(edit->type, type),
			dcv_kit_type_text(set->type, other));
	}
	return DCVP_OK;
}

static int has(struct dcv_kit *kit, uint16_t type, const char *const *values, size_t n,
	const char *canonical)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = dcv_kit_canonical(kit, type, values[i]);

		if (value != NULL && strcmp(value, canonical) == 0)
			return 1;
	}
	return 0;
}

/* Another edit of the change puts a CNAME there, or this one takes it away. */
static int makes_room(const struct plan *plan, const struct dcvp_edit *edit)
{
	for (size_t i = 0; i < plan->change->n_edits; i++) {
		const struct dcvp_edit *other = &plan->change->edits[i];

		if (other->type == DCV_KIT_CNAME && other->n_add > 0 &&
			strcmp(other->owner, edit->owner) == 0)
			return 1;
	}
	return edit->type == DCV_KIT_CNAME;
}

static struct step *add_step(struct plan *plan, size_t nth, enum kind kind,
	const struct dcv_cf_record *record)
{
	struct step *step = &plan->steps[plan->n++];

	*step = (struct step){.kind = kind, .edit = nth, .record = record};
	return step;
}

/* Records that stand there: they go, or their TTL is another. */
static void plan_records(struct plan *plan, size_t nth)
{
	const struct dcvp_edit *edit = &plan->change->edits[nth];
	struct dcv_kit *kit = &plan->call.kit;
	const struct dcvp_rrset *now = dcv_kit_find(kit, &plan->listing.index,
		edit->owner, edit->type);

	for (size_t i = 0; i < plan->listing.n; i++) {
		const struct dcv_cf_record *record = &plan->listing.records[i];

		if (record->type != edit->type || strcmp(record->owner, edit->owner) != 0)
			continue;
		if (has(kit, edit->type, edit->remove, edit->n_remove, record->rdata) &&
			!has(kit, edit->type, edit->add, edit->n_add, record->rdata))
			add_step(plan, nth, DELETE, record)->first = makes_room(plan,
				edit);
		else if (now != NULL && now->ttl_s != edit->ttl_s &&
			record->ttl_s != edit->ttl_s)
			(void)add_step(plan, nth, PATCH, record);
	}
}

/* Values that come. The target of a CNAME is changed in place: there is always one. */
static void plan_values(struct plan *plan, size_t nth, size_t from)
{
	const struct dcvp_edit *edit = &plan->change->edits[nth];
	struct dcv_kit *kit = &plan->call.kit;
	const struct dcvp_rrset *now = dcv_kit_find(kit, &plan->listing.index,
		edit->owner, edit->type);

	for (size_t i = 0; i < edit->n_add && !kit->nomem; i++) {
		const char *value = dcv_kit_canonical(kit, edit->type, edit->add[i]);
		struct step *step;

		if (value == NULL || has(kit, edit->type, edit->add, i, value) ||
			(now != NULL && has(kit, edit->type, now->rdata, now->n, value)))
			continue;
		if (edit->type == DCV_KIT_CNAME && plan->n > from &&
			plan->steps[from].kind == DELETE) {
			step = &plan->steps[from];
			step->kind = PATCH;
		} else {
			step = add_step(plan, nth, POST, NULL);
		}
		step->value = value;
		step->note = edit->notes != NULL ? edit->notes[i] : NULL;
	}
}

/* How many steps there can be at most. */
static size_t most_of(const struct plan *plan)
{
	size_t most = 0;

	for (size_t i = 0; i < plan->change->n_edits; i++) {
		const struct dcvp_edit *edit = &plan->change->edits[i];

		most += edit->n_add;
		for (size_t k = 0; k < plan->listing.n; k++)
			most += plan->listing.records[k].type == edit->type &&
				strcmp(plan->listing.records[k].owner, edit->owner) == 0;
	}
	return most;
}

static enum dcvp_class make(struct plan *plan, struct dcvp_error *err)
{
	const struct dcvp_change *change = plan->change;
	enum dcvp_class class;

	plan->merged = dcv_kit_array(&plan->call.kit, change->n_edits,
		sizeof *plan->merged);
	plan->steps = dcv_kit_array(&plan->call.kit, most_of(plan), sizeof *plan->steps);
	if (plan->call.kit.nomem)
		return dcv_kit_nomem(err);
	class = compare(plan, err);
	for (size_t i = 0; class == DCVP_OK && i < change->n_edits; i++)
		class = check_alone(plan, i, err);
	for (size_t i = 0; class == DCVP_OK && i < change->n_edits; i++) {
		size_t from = plan->n;

		plan_records(plan, i);
		plan_values(plan, i, from);
	}
	return plan->call.kit.nomem ? dcv_kit_nomem(err) : class;
}

/* --- how it is said --- */

/* 0 issue "ca.example", as its canonical spelling has it. */
static void add_caa(struct dcv_kit *kit, struct dcvp_tree *record, const char *rdata)
{
	struct dcvp_tree *data = dcv_kit_add(kit, record, "data", DCVP_OBJECT, NULL);
	const char *tag = strchr(rdata, ' ');
	const char *value = tag != NULL ? strchr(tag + 1, ' ') : NULL;
	char *plain;
	size_t n = 0;

	if (data == NULL || value == NULL)
		return;
	plain = dcv_kit_array(kit, strlen(value), 1);
	if (plain == NULL)
		return;
	/* Behind the blank and the quote; the one at the end is left. */
	for (const char *at = value + 2; at[0] != '\0' && at[1] != '\0'; at++) {
		at += at[0] == '\\';
		plain[n++] = *at;
	}
	(void)dcv_kit_add(kit, data, "flags", DCVP_NUMBER,
		dcv_kit_format(kit, "%.*s", (int)(tag - rdata), rdata));
	(void)dcv_kit_add(kit, data, "tag", DCVP_TEXT,
		dcv_kit_format(kit, "%.*s", (int)(value - tag - 1), tag + 1));
	(void)dcv_kit_add(kit, data, "value", DCVP_TEXT, plain);
}

/* A name without the dot at its end. */
static const char *undotted(struct dcv_kit *kit, const char *name)
{
	size_t len = strlen(name);

	return dcv_kit_format(kit, "%.*s", (int)(len > 1 ? len - 1 : len), name);
}

static void add_value(struct dcv_kit *kit, struct dcvp_tree *record,
	const struct dcvp_edit *edit, const struct step *step)
{
	const char *comment = step->note != NULL ? dcv_cf_comment(kit, step->note) : NULL;

	if (edit->type == DCV_KIT_CAA)
		add_caa(kit, record, step->value);
	else
		(void)dcv_kit_add(kit, record, "content", DCVP_TEXT,
			edit->type == DCV_KIT_CNAME ? undotted(kit, step->value)
						    : step->value);
	if (edit->type == DCV_KIT_CNAME)
		(void)dcv_kit_add(kit, record, "proxied", DCVP_FALSE, NULL);
	if (comment != NULL)
		(void)dcv_kit_add(kit, record, "comment", DCVP_TEXT, comment);
}

/* A record as it is to be; in an array (parent), with its id. */
static const struct dcvp_tree *say(struct plan *plan, const struct step *step,
	struct dcvp_tree *parent)
{
	const struct dcvp_edit *edit = &plan->change->edits[step->edit];
	struct dcv_kit *kit = &plan->call.kit;
	struct dcvp_tree *record = dcv_kit_add(kit, parent, NULL, DCVP_OBJECT, NULL);
	char type[DCV_KIT_TYPE_MAX];

	if (record == NULL)
		return NULL;
	if (parent != NULL && step->record != NULL)
		(void)dcv_kit_add(kit, record, "id", DCVP_TEXT, step->record->id);
	if (step->kind == DELETE)
		return record;
	(void)dcv_kit_add(kit, record, "type", DCVP_TEXT,
		dcv_kit_type_text(edit->type, type));
	(void)dcv_kit_add(kit, record, "name", DCVP_TEXT, undotted(kit, edit->owner));
	(void)dcv_kit_add_number(kit, record, "ttl", edit->ttl_s);
	if (step->value != NULL)
		add_value(kit, record, edit, step);
	return record;
}

/* --- one by one --- */

/* What was to be is so. */
static int is_so(const struct dcv_cf_call *call, enum kind kind)
{
	if (dcv_cf_is_done(call))
		return 1;
	if (kind == DELETE)
		return dcv_cf_has_code(call, 81044) ||
			(call->status == 404 && call->json != NULL);
	return dcv_cf_has_code(call, 81057) || dcv_cf_has_code(call, 81058);
}

static enum dcvp_class send_step(struct plan *plan, struct step *step,
	struct dcvp_error *err)
{
	static const char *const methods[N_KINDS] = {"DELETE", "PATCH", "POST"};
	struct dcv_cf_call *call = &plan->call;
	const struct dcvp_tree *body = step->kind != DELETE ? say(plan, step, NULL) : NULL;
	const char *path = dcv_kit_format(&call->kit, "/zones/%s/dns_records%s%s",
		plan->zone.id, step->record != NULL ? "/" : "",
		step->record != NULL ? step->record->id : "");
	enum dcvp_class class;

	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	class = dcv_cf_ask(call, methods[step->kind], path, body, err);
	if (class != DCVP_OK)
		return class;
	if (!is_so(call, step->kind))
		return dcv_cf_refused(call, plan->change->edits[step->edit].owner, err);
	step->done = 1;
	return DCVP_OK;
}

/* Removals come last but for those that make room: after a failure nothing more is done, above all
 * no removal. */
static unsigned turn_of(const struct step *step)
{
	if (step->kind == DELETE)
		return step->first ? 0 : 3;
	return step->kind == PATCH ? 1 : 2;
}

/* *ret_failed: the step that was not done, or NULL. */
static enum dcvp_class send_steps(struct plan *plan, const struct step **ret_failed,
	struct dcvp_error *err)
{
	for (unsigned turn = 0; turn < 4; turn++) {
		for (size_t i = 0; i < plan->n; i++) {
			enum dcvp_class class;

			if (turn_of(&plan->steps[i]) != turn)
				continue;
			*ret_failed = &plan->steps[i];
			class = send_step(plan, &plan->steps[i], err);
			if (class != DCVP_OK)
				return class;
		}
	}
	*ret_failed = NULL;
	return DCVP_OK;
}

/* --- as batches --- */

/* The steps that come next, at most BATCH_MAX; sent: their places. */
static size_t fill_batch(struct plan *plan, struct dcvp_tree *body, size_t *sent)
{
	static const char *const keys[N_KINDS] = {"deletes", "patches", "posts"};
	struct dcv_kit *kit = &plan->call.kit;
	size_t n = 0;

	for (unsigned kind = 0; kind < N_KINDS; kind++) {
		struct dcvp_tree *list = NULL;

		for (size_t i = 0; i < plan->n && n < BATCH_MAX; i++) {
			const struct step *step = &plan->steps[i];

			if (step->done || step->kind != kind)
				continue;
			if (list == NULL)
				list = dcv_kit_add(kit, body, keys[kind], DCVP_ARRAY,
					NULL);
			if (list == NULL || say(plan, step, list) == NULL)
				return 0;
			sent[n++] = i;
		}
	}
	return n;
}

/* Somebody else added or deleted what is in the batch, all of which is refused then. */
static int was_overtaken(const struct dcv_cf_call *call)
{
	return dcv_cf_has_code(call, 81044) || dcv_cf_has_code(call, 81057) ||
		dcv_cf_has_code(call, 81058);
}

static enum dcvp_class send_batch(struct plan *plan, const size_t *sent, size_t n,
	const struct dcvp_tree *body, struct dcvp_error *err)
{
	struct dcv_cf_call *call = &plan->call;
	const char *path = dcv_kit_format(&call->kit, "/zones/%s/dns_records/batch",
		plan->zone.id);
	enum dcvp_class class;

	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	class = dcv_cf_ask(call, "POST", path, body, err);
	if (class != DCVP_OK)
		return class;
	if (!dcv_cf_is_done(call)) {
		class = dcv_cf_refused(call, plan->change->zone, err);
		return class == DCVP_FAILED && was_overtaken(call) ? DCVP_CONFLICT : class;
	}
	for (size_t i = 0; i < n; i++)
		plan->steps[sent[i]].done = 1;
	return DCVP_OK;
}

static enum dcvp_class send_batches(struct plan *plan, const struct step **ret_failed,
	struct dcvp_error *err)
{
	for (;;) {
		struct dcvp_tree *body = dcv_kit_add(&plan->call.kit, NULL, NULL,
			DCVP_OBJECT, NULL);
		size_t sent[BATCH_MAX];
		size_t n = body != NULL ? fill_batch(plan, body, sent) : 0;
		enum dcvp_class class;

		*ret_failed = NULL;
		if (plan->call.kit.nomem)
			return dcv_kit_nomem(err);
		if (n == 0)
			return DCVP_OK;
		*ret_failed = &plan->steps[sent[0]];
		class = send_batch(plan, sent, n, body, err);
		if (class != DCVP_OK)
			return class;
	}
}

/* --- the change --- */

/* Returns how many steps are done. */
static size_t tell(const struct plan *plan, enum dcvp_class class,
	const struct step *failed, const struct dcvp_error *err,
	struct dcvp_result *results)
{
	size_t all = 0;

	for (size_t i = 0; i < plan->change->n_edits; i++) {
		size_t n = 0, done = 0;
		int unsure = 0;

		for (size_t k = 0; k < plan->n; k++) {
			const struct step *step = &plan->steps[k];

			if (step->edit != i)
				continue;
			n++;
			done += step->done != 0;
			unsure |= class == DCVP_UNKNOWN && !step->done &&
				(step == failed || plan->call.session->batch);
		}
		all += done;
		results[i] = (struct dcvp_result){.outcome = n == 0 ? DCVP_EDIT_ALREADY
				: done == n                         ? DCVP_EDIT_DONE
				: done > 0 || unsure                ? DCVP_EDIT_UNKNOWN
								    : DCVP_EDIT_FAILED};
		if (done < n) {
			results[i].cause = err->cause;
			results[i].retry_after_ms = err->retry_after_ms;
		}
	}
	return all;
}

enum dcvp_class dcv_cf_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct plan plan = {.call = {.session = session}, .change = change};
	const struct step *failed = NULL;
	enum dcvp_class class = dcv_cf_zone(&plan.call, change->zone, &plan.zone, err);

	(void)receipt;
	if (class == DCVP_OK && plan.zone.fixed != NULL)
		class = dcv_kit_fail(err, DCVP_REFUSED, DCVP_CAUSE_NOT_READY, "%s: %s",
			change->zone, plan.zone.fixed);
	if (class == DCVP_OK)
		class = dcv_cf_records(&plan.call, change->zone, &plan.zone,
			&plan.listing, err);
	if (class == DCVP_OK)
		class = make(&plan, err);
	if (class != DCVP_OK)
		return class;
	class = plan.call.session->batch ? send_batches(&plan, &failed, err)
					 : send_steps(&plan, &failed, err);
	if (tell(&plan, class, failed, err, results) > 0 && class != DCVP_OK)
		class = DCVP_UNKNOWN;
	return class;
}
