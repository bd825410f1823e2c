/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how edits are carried out. A set is created, replaced or deleted as a whole, each
 * by a request of its own, so what stands in it is looked at again at the last moment. */
#include <stdio.h>
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

#define MARK "dcvctl:"
#define DESCRIPTION_MAX 255u
#define CREATE_MAX 6u
#define PAUSE_MS INT64_C(250)
#define PAUSE_MAX_MS INT64_C(2000)

/* An edit on its way. */
struct plan {
	const struct dcvp_edit *edit;
	struct dcv_kit_merged merged;
	const struct dcv_hw_set *set; /* the one that is replaced or deleted, or NULL */
	struct dcvp_result *result;
};

struct writing {
	struct dcv_hw_call *call;
	const char *zone_id;
	size_t n;
	struct plan *plans;
	int written; /* something holds already */
	int unknown; /* of something it is not known */
};

static int is_deletion(const struct plan *plan)
{
	return plan->merged.n == 0;
}

/* False: there is no time left. */
static int wait_more(const struct dcv_hw_call *call, unsigned waited)
{
	const struct dcvp_host *host = call->session->host;
	int64_t pause = PAUSE_MS << (waited < 8 ? waited : 8),
		left = host->deadline_ms(host->ctx) - host->mono_ms(host->ctx);

	pause = pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
	if (pause >= left)
		return 0;
	host->wait_ms(host->ctx, pause);
	return 1;
}

static const char *path_of(struct dcv_hw_call *call, const char *zone_id,
	const struct dcv_hw_set *set)
{
	return dcv_kit_format(&call->kit, "%s/zones/%s/recordsets%s%s",
		call->session->version, zone_id, set != NULL ? "/" : "",
		set != NULL ? set->id : "");
}

/* --- what is sent */

/* Who needs the set, for people who look at it in the console. What somebody else wrote there
 * stays. NULL: nothing to say. */
static const char *describe(struct dcv_kit *kit, const struct plan *plan)
{
	const char *old = plan->set != NULL ? plan->set->description : MARK;
	const struct dcvp_edit *edit = plan->edit;
	struct dcv_kit_text text = {.kit = kit};

	if (strncmp(old, MARK, strlen(MARK)) != 0)
		return NULL;
	dcv_kit_text_add(&text, old, strlen(old));
	for (size_t i = 0; i < edit->n_add && edit->notes != NULL && !kit->nomem; i++) {
		const char *note = edit->notes[i];

		if (note == NULL || strstr(text.data, note) != NULL ||
			text.len + 1 + strlen(note) > DESCRIPTION_MAX)
			continue;
		dcv_kit_text_add(&text, " ", 1);
		dcv_kit_text_add(&text, note, strlen(note));
	}
	return dcv_kit_text_end(&text);
}

static const struct dcvp_tree *make_body(struct dcv_hw_call *call, const struct plan *plan)
{
	struct dcv_kit *kit = &call->kit;
	struct dcvp_tree *body = dcv_kit_add(kit, NULL, NULL, DCVP_OBJECT, NULL), *records;
	const char *description = describe(kit, plan), *line = call->session->line;
	char type[DCV_KIT_TYPE_MAX];

	if (body == NULL)
		return NULL;
	(void)dcv_kit_add(kit, body, "name", DCVP_TEXT, plan->edit->owner);
	(void)dcv_kit_add(kit, body, "type", DCVP_TEXT,
		dcv_kit_type_text(plan->edit->type, type));
	(void)dcv_kit_add_number(kit, body, "ttl", plan->merged.ttl_s);
	records = dcv_kit_add(kit, body, "records", DCVP_ARRAY, NULL);
	for (size_t i = 0; records != NULL && i < plan->merged.n; i++)
		(void)dcv_kit_add(kit, records, NULL, DCVP_TEXT, plan->merged.rdata[i]);
	if (description != NULL)
		(void)dcv_kit_add(kit, body, "description", DCVP_TEXT, description);
	if (plan->set == NULL && strcmp(line, DCV_HW_LINE) != 0)
		(void)dcv_kit_add(kit, body, "line", DCVP_TEXT, line);
	return body;
}

/* --- one set */

static enum dcvp_class moved(struct dcv_hw_call *call, const struct plan *plan,
	struct dcvp_error *err)
{
	char type[DCV_KIT_TYPE_MAX];

	return dcv_kit_fail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
		"%s: %s %s was changed meanwhile", call->subject, plan->edit->owner,
		dcv_kit_type_text(plan->edit->type, type));
}

/* Looks at the set once more. *ret_gone: it is not there any more. */
static enum dcvp_class look_again(struct writing *writing, const struct plan *plan,
	int *ret_gone, struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;
	struct dcvp_edit unmoved = *plan->edit;
	struct dcv_kit_merged merged;
	struct dcv_hw_set now;
	enum dcvp_class class = dcv_hw_ask(call, "GET",
		path_of(call, writing->zone_id, plan->set), NULL, err);

	*ret_gone = class == DCVP_FAILED && call->status == 404;
	if (*ret_gone)
		*err = (struct dcvp_error){0};
	if (class != DCVP_OK)
		return *ret_gone ? DCVP_OK : class;
	if (!dcv_hw_take_set(call, call->json, &now))
		return call->kit.nomem
			? dcv_kit_nomem(err)
			: dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
				  "%s: a record set that cannot be read", call->subject);
	*ret_gone = now.going;
	unmoved.before = &plan->set->rrset;
	unmoved.has_before = 1;
	dcv_kit_merge(&call->kit, &unmoved, now.going ? NULL : &now.rrset, &merged);
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	return merged.moved && !now.going ? moved(call, plan, err) : DCVP_OK;
}

static enum dcvp_class replace(struct writing *writing, const struct plan *plan,
	struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;
	int gone = 0;
	enum dcvp_class class = look_again(writing, plan, &gone, err);

	if (class == DCVP_OK && gone)
		class = moved(call, plan, err);
	if (class != DCVP_OK)
		return class;
	return dcv_hw_ask(call, "PUT", path_of(call, writing->zone_id, plan->set),
		make_body(call, plan), err);
}

/* Another set can take the place of one that is deleted only when it is gone. */
static enum dcvp_class await_gone(struct writing *writing, const struct plan *plan,
	struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;
	struct dcvp_error why = {0};
	const char *path = path_of(call, writing->zone_id, plan->set);
	enum dcvp_class class = DCVP_OK;

	for (unsigned waited = 0; class == DCVP_OK; waited++) {
		class = dcv_hw_ask(call, "GET", path, NULL, &why);
		if (class == DCVP_FAILED && call->status == 404)
			return DCVP_OK;
		if (class == DCVP_OK && !wait_more(call, waited))
			class = dcv_kit_fail(&why, DCVP_UNKNOWN, DCVP_CAUSE_BUSY,
				"%s: %s is still being deleted", call->subject,
				plan->edit->owner);
	}
	*err = why;
	/* The deletion was taken: it is not nothing that happened. */
	return class == DCVP_NOMEM ? class : DCVP_UNKNOWN;
}

static int is_followed(const struct writing *writing, const struct plan *plan)
{
	for (size_t i = 0; i < writing->n; i++) {
		const struct plan *other = &writing->plans[i];

		if (other->merged.changed && !is_deletion(other) &&
			strcmp(other->edit->owner, plan->edit->owner) == 0)
			return 1;
	}
	return 0;
}

static enum dcvp_class remove_set(struct writing *writing, const struct plan *plan,
	struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;
	int gone = 0;
	enum dcvp_class class = look_again(writing, plan, &gone, err);

	if (class != DCVP_OK)
		return class;
	if (!gone)
		class = dcv_hw_ask(call, "DELETE",
			path_of(call, writing->zone_id, plan->set), NULL, err);
	if (class == DCVP_FAILED && call->status == 404) {
		*err = (struct dcvp_error){0};
		class = DCVP_OK;
	}
	return class == DCVP_OK && is_followed(writing, plan)
		? await_gone(writing, plan, err)
		: class;
}

/* What stands in the way of a new set. DCVP_OK: something that is going. */
static enum dcvp_class look_at_rival(struct writing *writing, const struct plan *plan,
	struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;
	struct dcvp_error refusal = *err;
	struct dcv_hw_sets sets;
	enum dcvp_class class;

	*err = (struct dcvp_error){0};
	class = dcv_hw_list(call, writing->zone_id, plan->edit->owner, &sets, err);
	if (class != DCVP_OK)
		return class;
	for (size_t i = 0; i < sets.n; i++) {
		if (sets.items[i].going)
			return DCVP_OK;
	}
	if (dcv_hw_find(&sets, plan->edit->owner, plan->edit->type) != NULL)
		return moved(call, plan, err);
	*err = refusal;
	for (size_t i = 0; i < sets.n; i++) {
		const struct dcv_hw_set *set = &sets.items[i];

		if (set->rrset.type == plan->edit->type && set->aside != NULL)
			(void)snprintf(err->help, sizeof err->help,
				"help: there is a set %s; change it in the console",
				set->aside);
	}
	return DCVP_FAILED;
}

static enum dcvp_class create(struct writing *writing, const struct plan *plan,
	struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;

	for (unsigned tried = 0;; tried++) {
		enum dcvp_class class = dcv_hw_ask(call, "POST",
			path_of(call, writing->zone_id, NULL), make_body(call, plan), err);

		if (class != DCVP_FAILED || strcmp(err->code, "DNS.0312") != 0)
			return class;
		class = look_at_rival(writing, plan, err);
		if (class != DCVP_OK)
			return class;
		if (tried + 1 == CREATE_MAX || !wait_more(call, tried))
			return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_BUSY,
				"%s: the former set of %s is still being deleted",
				call->subject, plan->edit->owner);
	}
}

/* --- all of a change */

/* Whether the other edits of the zone may fare better. */
static int is_of_one(enum dcvp_cause cause)
{
	return cause == DCVP_CAUSE_VALUE || cause == DCVP_CAUSE_EXISTS_OTHER ||
		cause == DCVP_CAUSE_LIMIT || cause == DCVP_CAUSE_BUSY;
}

static void note(struct writing *writing, struct plan *plan, enum dcvp_class class,
	const struct dcvp_error *err)
{
	struct dcvp_result *result = plan->result;

	if (class == DCVP_OK) {
		result->outcome = DCVP_EDIT_DONE;
		writing->written = 1;
		return;
	}
	if (class == DCVP_UNKNOWN) {
		result->outcome = DCVP_EDIT_UNKNOWN;
		writing->unknown = 1;
	}
	result->cause = err->cause;
	result->retry_after_ms = err->retry_after_ms;
	result->text = dcv_kit_dup(&writing->call->kit, err->text);
}

static enum dcvp_class carry_out(struct writing *writing, const struct plan *plan,
	struct dcvp_error *err)
{
	if (is_deletion(plan))
		return remove_set(writing, plan, err);
	return plan->set != NULL ? replace(writing, plan, err)
				 : create(writing, plan, err);
}

/* Deletions first: a CNAME comes only where nothing is left. The first error is told. */
static enum dcvp_class write_all(struct writing *writing, struct dcvp_error *err)
{
	enum dcvp_class first = DCVP_OK, class = DCVP_OK;

	for (int deletions = 1; deletions >= 0; deletions--) {
		for (size_t i = 0; i < writing->n; i++) {
			struct plan *plan = &writing->plans[i];
			struct dcvp_error why = {0};

			if (!plan->merged.changed || is_deletion(plan) != deletions)
				continue;
			class = carry_out(writing, plan, &why);
			note(writing, plan, class, &why);
			if (class == DCVP_OK)
				continue;
			if (first == DCVP_OK) {
				first = class;
				*err = why;
			}
			if (class != DCVP_FAILED || !is_of_one(why.cause))
				return first;
		}
	}
	return first;
}

/* A set that the service could not carry out was not told as one; it is written once more, with
 * what it is to hold. */
static void merge(struct dcv_hw_call *call, struct plan *plan)
{
	struct dcvp_edit edit = *plan->edit;
	int failed = plan->set != NULL && dcv_hw_has_failed(plan->set);

	edit.has_before = edit.has_before && !failed;
	dcv_kit_merge(&call->kit, &edit, plan->set != NULL ? &plan->set->rrset : NULL,
		&plan->merged);
	plan->merged.changed = plan->merged.changed || (failed && edit.n_add > 0);
}

/* Fails: DCVP_CONFLICT if a set is not the one that its edit rests on. */
static enum dcvp_class make_plans(struct writing *writing,
	const struct dcvp_change *change, const struct dcv_hw_sets *sets,
	struct dcvp_result *results, struct dcvp_error *err)
{
	struct dcv_hw_call *call = writing->call;

	for (size_t i = 0; i < change->n_edits; i++) {
		struct plan *plan = &writing->plans[i];

		plan->edit = &change->edits[i];
		plan->result = &results[i];
		plan->set = dcv_hw_find(sets, plan->edit->owner, plan->edit->type);
		merge(call, plan);
		if (call->kit.nomem)
			return dcv_kit_nomem(err);
		if (plan->merged.moved)
			return moved(call, plan, err);
		if (plan->merged.changed && plan->set != NULL &&
			plan->set->rrset.fixed != NULL)
			return dcv_kit_fail(err, DCVP_REFUSED, DCVP_CAUSE_NONE,
				"%s: %s: %s", call->subject, plan->edit->owner,
				plan->set->rrset.fixed);
		*plan->result = (struct dcvp_result){.outcome = plan->merged.changed
				? DCVP_EDIT_FAILED
				: DCVP_EDIT_ALREADY};
	}
	return DCVP_OK;
}

/* What an edit without `before` rests on is the zone as it was read. */
static int has_moved(const struct dcvp_change *change, const char *etag)
{
	if (change->etag == NULL || strcmp(change->etag, etag) == 0)
		return 0;
	for (size_t i = 0; i < change->n_edits; i++) {
		if (!change->edits[i].has_before)
			return 1;
	}
	return 0;
}

enum dcvp_class dcv_hw_apply(void *session, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_hw_call call;
	struct dcv_hw_listed listed;
	struct writing writing = {.call = &call, .n = change->n_edits};
	enum dcvp_class class;

	(void)receipt;
	dcv_hw_begin(&call, session, change->zone);
	class = dcv_hw_list_zone(&call, change->zone, &listed, err);
	if (class == DCVP_OK && listed.zone.fixed != NULL)
		class = dcv_kit_fail(err, DCVP_REFUSED, DCVP_CAUSE_NOT_READY, "%s: %s",
			change->zone, listed.zone.fixed);
	if (class == DCVP_OK && has_moved(change, listed.etag))
		class = dcv_kit_fail(err, DCVP_CONFLICT, DCVP_CAUSE_NONE,
			"%s was changed meanwhile", change->zone);
	if (class != DCVP_OK)
		return class;
	writing.zone_id = listed.zone.id;
	writing.plans = dcv_kit_array(&call.kit, change->n_edits, sizeof *writing.plans);
	if (writing.plans == NULL)
		return dcv_kit_nomem(err);
	class = make_plans(&writing, change, &listed.sets, results, err);
	if (class == DCVP_OK)
		class = write_all(&writing, err);
	if (class != DCVP_OK && (writing.written || writing.unknown))
		return DCVP_UNKNOWN;
	return class;
}

/* --- until the service has carried it out */

static int is_of_change(const struct dcvp_change *change, const struct dcv_hw_set *set)
{
	for (size_t i = 0; i < change->n_edits; i++) {
		if (change->edits[i].type == set->rrset.type &&
			strcmp(change->edits[i].owner, set->rrset.owner) == 0)
			return 1;
	}
	return 0;
}

/* The first set of the change that is in such a state, or NULL. */
static const struct dcv_hw_set *first_of(const struct dcvp_change *change,
	const struct dcv_hw_sets *sets, int (*is)(const struct dcv_hw_set *set))
{
	for (size_t i = 0; i < sets->n; i++) {
		const struct dcv_hw_set *set = &sets->items[i];

		if (set->aside == NULL && is(set) && is_of_change(change, set))
			return set;
	}
	return NULL;
}

static enum dcvp_class fail_state(const struct dcv_hw_call *call,
	const struct dcv_hw_set *set, enum dcvp_cause cause, struct dcvp_error *err)
{
	char type[DCV_KIT_TYPE_MAX];

	dcv_kit_help(err, "help: look at the record set in the console of the service");
	return dcv_kit_fail(err, DCVP_UNKNOWN, cause,
		"%s: %s %s: the service has not carried it out (status %.32s)",
		call->subject, set->rrset.owner, dcv_kit_type_text(set->rrset.type, type),
		set->status);
}

/* Sets of few owners are asked for by name, since a zone may have many pages. */
static enum dcvp_class list_changed(struct dcv_hw_call *call, const char *zone_id,
	const struct dcvp_change *change, struct dcv_hw_sets *ret, struct dcvp_error *err)
{
	return dcv_hw_list(call, zone_id,
		change->n_edits == 1 ? change->edits[0].owner : NULL, ret, err);
}

enum dcvp_class dcv_hw_sync(void *session, const struct dcvp_change *change,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct dcv_hw_call call;
	struct dcv_hw_zone zone;
	enum dcvp_class class;

	(void)receipt;
	dcv_hw_begin(&call, session, change->zone);
	class = dcv_hw_zone(&call, change->zone, &zone, err);
	for (unsigned waited = 0; class == DCVP_OK; waited++) {
		const struct dcv_hw_set *set;
		struct dcv_hw_sets sets;

		class = list_changed(&call, zone.id, change, &sets, err);
		if (class != DCVP_OK)
			break;
		set = first_of(change, &sets, dcv_hw_has_failed);
		if (set != NULL)
			return fail_state(&call, set, DCVP_CAUSE_INTERNAL, err);
		set = first_of(change, &sets, dcv_hw_is_pending);
		if (set == NULL)
			return DCVP_OK;
		if (!wait_more(&call, waited))
			return fail_state(&call, set, DCVP_CAUSE_BUSY, err);
	}
	/* What was written stands, whether we can look or not. */
	return class == DCVP_NOMEM ? class : DCVP_UNKNOWN;
}
