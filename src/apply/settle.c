/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how what is read back is judged: all that was to come is there, all that was to
 * go is gone, and nothing else went; and what is told of each value where that is not so. What
 * somebody else added meanwhile is nobody's fault. */
#include <string.h>

#include "apply/internal.h"

/* A backend that answers later than it writes is read some times; in all that takes 1.5 s. */
#define READS_MAX 5
#define PAUSE_MS 100

/* --- what is not as it was to be --- */

static const struct dcv_rrset *find(const struct dcv_zone_view *view,
	const struct dcv_name *owner, uint16_t type, size_t *at)
{
	const struct dcv_node *node = dcv_view_node(view, owner, at);

	return node != NULL ? dcv_node_set(node, type) : NULL;
}

static bool stands(const struct dcv_rrset *set, const struct dcv_rdata *rdata)
{
	return set != NULL && dcv_rrset_has(set, rdata);
}

/* What is wrong with a value; NULL: it is as the plan has it. Of a set that we did not write only
 * what our orders need counts. */
static const char *fault_of(const struct dcv_rrset *set, const struct dcv_edit *edit,
	const struct dcv_value *value)
{
	const bool there = stands(set, &value->rdata);

	switch (value->kind) {
	case DCV_VALUE_REMOVE:
		return there ? "it still stands there" : NULL;
	case DCV_VALUE_ADD:
	case DCV_VALUE_KEEP:
	case DCV_VALUE_FOUND:
		return there ? NULL : "it does not stand there";
	case DCV_VALUE_OTHER:
	case DCV_VALUE_LEFTOVER:
	case DCV_VALUE_FOREIGN:
		break;
	}
	return there || !edit->changes ? NULL : "it stood there before, and is gone";
}

static bool stays(const struct dcv_edit *edit)
{
	for (size_t i = 0; i < edit->n_values; i++) {
		if (edit->values[i].kind != DCV_VALUE_REMOVE)
			return true;
	}
	return false;
}

static bool has_ttl(const struct dcv_rrset *set, const struct dcv_edit *edit)
{
	return !edit->changes || !stays(edit) ||
		(set != NULL && set->ttl_s == edit->edit.ttl_s);
}

/* What the backend said of the edit; NULL: nothing. *at moves on: the edits of a change come in the
 * order of the plan. */
static const struct dcvp_result *result_of(const struct dcv_carry *carry,
	const struct dcv_edit *edit, size_t *at)
{
	const struct dcv_backend_change *change = &carry->change;

	if (*at >= change->n || change->edits[*at].type != edit->edit.type ||
		!dcv_name_equal(&change->edits[*at].owner, &edit->edit.owner))
		return NULL;
	return &carry->results[(*at)++];
}

/* value NULL: the TTL. */
struct fault {
	const struct dcv_edit *edit;
	const struct dcv_value *value;
	const char *what; /* NULL: there is none */
	uint32_t ttl_s;
};

/* The first fault. `awaited`: of what may come yet, since the backend does not say that it failed. */
static struct fault find_fault(const struct dcv_carry *carry,
	const struct dcv_zone_view *view, bool awaited)
{
	const struct dcv_plan *plan = &carry->zone->plan;
	size_t at = 0, node = 0;

	for (size_t i = 0; i < plan->n_edits; i++) {
		const struct dcv_edit *edit = &plan->edits[i];
		const struct dcv_rrset *set = find(view, &edit->edit.owner,
			edit->edit.type, &node);
		const struct dcvp_result *result = result_of(carry, edit, &at);

		if (awaited && result != NULL && result->outcome == DCVP_EDIT_FAILED)
			continue;
		for (size_t k = 0; k < edit->n_values; k++) {
			const char *what = fault_of(set, edit, &edit->values[k]);

			if (what != NULL)
				return (struct fault){edit, &edit->values[k], what, 0};
		}
		if (!has_ttl(set, edit))
			return (struct fault){edit, NULL, "its TTL is another one",
				set != NULL ? set->ttl_s : 0};
	}
	return (struct fault){NULL, NULL, NULL, 0};
}

/* --- how it is told --- */

/* What stands is done, whoever did it. What does not has failed, unless the backend says that it is
 * done: then it may come yet, and the next run looks first. */
static enum dcv_end end_of(bool holds, const struct dcvp_result *result)
{
	if (holds)
		return DCV_END_DONE;
	return result != NULL &&
			(result->outcome == DCVP_EDIT_DONE ||
				result->outcome == DCVP_EDIT_ALREADY)
		? DCV_END_UNKNOWN
		: DCV_END_FAILED;
}

struct count {
	size_t n, open;
	bool unknown;
};

static void add_end(struct count *count, enum dcv_end end)
{
	count->n++;
	count->open += end != DCV_END_DONE;
	count->unknown = count->unknown || end == DCV_END_UNKNOWN;
}

static void tell_edit(const struct dcvp_result *result, const struct dcv_rrset *set,
	struct dcv_edit *edit, struct count *count)
{
	if (edit->edit.n_add + edit->edit.n_remove == 0) {
		edit->ttl_end = end_of(has_ttl(set, edit), result);
		add_end(count, edit->ttl_end);
	}
	for (size_t i = 0; i < edit->n_values; i++) {
		struct dcv_value *value = &edit->values[i];
		const char *what = fault_of(set, edit, value);

		if (value->kind != DCV_VALUE_ADD && value->kind != DCV_VALUE_REMOVE)
			continue;
		value->end = end_of(what == NULL, result);
		if (what != NULL)
			value->why = result != NULL && result->text != NULL ? result->text
									    : what;
		add_end(count, value->end);
	}
}

/* Gives each value of the plan its end. */
static void tell_ends(struct dcv_carry *carry, const struct dcv_zone_view *view,
	struct count *count)
{
	struct dcv_plan *plan = &carry->zone->plan;
	size_t at = 0, node = 0;

	for (size_t i = 0; i < plan->n_edits; i++) {
		struct dcv_edit *edit = &plan->edits[i];

		if (edit->changes)
			tell_edit(result_of(carry, edit, &at),
				find(view, &edit->edit.owner, edit->edit.type, &node),
				edit, count);
	}
	carry->told = true;
}

static const char *fault_text(const struct fault *fault, struct dcv_arena *arena)
{
	const struct dcv_value *value = fault->value;
	const char *text = NULL, *ret;

	if (value != NULL)
		text = dcv_rdata_dup_text(fault->edit->edit.type, &value->rdata, arena);
	ret = value == NULL
		? dcv_arena_printf(arena, "its TTL is %u, not %u", (unsigned)fault->ttl_s,
			  (unsigned)fault->edit->edit.ttl_s)
		: dcv_arena_printf(arena, "%.60s: %s", text != NULL ? text : "a value",
			  value->why != NULL ? value->why : fault->what);
	return ret != NULL ? ret : fault->what;
}

/* Says what is open, with the backend's words where it had any. */
static enum dcv_err tell(struct dcv_carry *carry, const struct fault *fault,
	const struct count *count, struct dcv_error *err)
{
	struct dcv_zone_run *zone = carry->zone;
	const struct dcv_error lost = *err;
	const bool nothing = count->n > 0 && count->open == count->n && !count->unknown;
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	*err = (struct dcv_error){0};
	dcv_fail(err, nothing ? DCV_E_FAILED : DCV_E_PARTIAL,
		"%s: %zu of %zu changes %s: %s %s: %s%s%s", zone->view.place,
		count->open > 0 ? count->open : count->n, count->n,
		count->open > 0 ? "not done" : "done, but",
		dcv_name_text(&fault->edit->edit.owner, owner),
		dcv_type_text(fault->edit->edit.type, type),
		fault_text(fault, &zone->memory), lost.text[0] != '\0' ? "; " : "",
		lost.text);
	return dcv_help(err, "%s",
		lost.help[0] != '\0'
			? lost.help
			: "help: run the same command again: it does only what is open");
}

/* The whole file was written by us alone: what is not as it was put there, somebody else put. */
static enum dcv_err tell_moved(const struct fault *fault, const char *place,
	struct dcv_error *err)
{
	char owner[DCV_NAME_TEXT_MAX];

	dcv_fail(err, DCV_E_PARTIAL,
		"%s: read back after the change and not as written: somebody else may "
		"have written at the same time",
		dcv_name_text(&fault->edit->edit.owner, owner));
	return dcv_help(err, "help: look at %s, then run the same command again", place);
}

/* --- reading --- */

/* Reads until all is as it was to be, or the time for that is over. */
static enum dcv_err read_until(struct dcv_run *run, const struct dcv_carry *carry,
	struct dcv_zone_view *view, struct fault *fault, struct dcv_error *err)
{
	struct dcv_zone_run *zone = carry->zone;
	const int reads = dcv_backend_recovers(zone->backend) ? 1 : READS_MAX;
	enum dcv_err rc = DCV_OK;

	for (int i = 0; i < reads; i++) {
		const int64_t pause_ms = PAUSE_MS << (i > 0 ? i - 1 : 0);

		if (i > 0 && dcv_mono_ms(run->clock) + pause_ms >= run->deadline_ms)
			break;
		if (i > 0)
			dcv_sleep_ms(run->clock, pause_ms);
		*err = (struct dcv_error){0};
		dcv_arena_clear(&zone->memory);
		rc = dcv_zone_fetch(run, zone, &zone->memory, view, err);
		if (rc != DCV_OK)
			continue;
		*fault = find_fault(carry, view, false);
		if (find_fault(carry, view, true).what == NULL)
			break;
	}
	return rc;
}

/* What stands there is read from name servers, which may be late: its word is taken, and the check
 * looks at all of them. */
static enum dcv_err believe(const struct dcv_carry *carry)
{
	for (size_t i = 0; i < carry->change.n; i++) {
		if (carry->results[i].outcome != DCVP_EDIT_DONE &&
			carry->results[i].outcome != DCVP_EDIT_ALREADY)
			return DCV_E_PARTIAL;
	}
	return DCV_OK;
}

static enum dcv_err cannot_read(const struct dcv_zone_run *zone, struct dcv_error *err,
	const struct dcv_error *why)
{
	if (err->text[0] == '\0')
		*err = *why;
	else
		dcv_error_wrap(err,
			"%s: it cannot be read what stands there (%s), and before that",
			zone->view.place, why->text);
	err->code = DCV_E_PARTIAL;
	return DCV_E_PARTIAL;
}

enum dcv_err dcv_settle(struct dcv_run *run, struct dcv_carry *carry,
	struct dcv_error *err)
{
	struct dcv_zone_run *zone = carry->zone;
	struct dcv_zone_view view = {.place = NULL};
	struct dcv_error why = {0};
	struct fault fault = {.what = NULL};
	struct count count = {0};

	if (dcv_backend_capabilities(zone->backend)->no_read && believe(carry) == DCV_OK)
		return DCV_OK;
	if (read_until(run, carry, &view, &fault, &why) != DCV_OK)
		return cannot_read(zone, err, &why);
	if (zone->receipt.serial_before != 0 && zone->receipt.serial_after == 0)
		zone->receipt.serial_after = view.serial;
	if (fault.what == NULL)
		return DCV_OK;
	if (dcv_backend_recovers(zone->backend))
		return tell_moved(&fault, view.place, err);
	tell_ends(carry, &view, &count);
	return tell(carry, &fault, &count, err);
}

enum dcvp_outcome dcv_settle_edit(const struct dcv_zone_view *view,
	const struct dcv_rrset_edit *edit)
{
	size_t node = 0;
	const struct dcv_rrset *set = find(view, &edit->owner, edit->type, &node);
	bool holds = true;

	for (size_t i = 0; i < edit->n_add; i++)
		holds = holds && stands(set, &edit->add[i]);
	for (size_t i = 0; i < edit->n_remove; i++)
		holds = holds && !stands(set, &edit->remove[i]);
	if (edit->n_add + edit->n_remove == 0)
		holds = set != NULL && set->ttl_s == edit->ttl_s;
	return holds ? DCVP_EDIT_DONE : DCVP_EDIT_FAILED;
}
