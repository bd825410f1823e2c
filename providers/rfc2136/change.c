/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which records have to be sent so that a set becomes what an edit wants. It does
 * not know the form of a message, nor who answers. */
#include "providers/rfc2136/change.h"

#include <stdlib.h>
#include <string.h>

#include "providers/rfc2136/fail.h"
#include "providers/rfc2136/look.h"

struct maker {
	struct dcv_rsession *session;
	const struct dcvp_change *change;
	struct dcv_name apex;
	struct dcvp_error *err;
};

static enum dcvp_class read_values(struct maker *m, uint16_t type,
	const char *const *texts, size_t n, struct dcv_rdata **ret)
{
	struct dcv_arena *arena = &m->session->call;
	struct dcv_rdata *values = dcv_arena_array(arena, n, sizeof *values);

	if (values == NULL)
		return dcv_rnomem(m->err);
	for (size_t i = 0; i < n; i++) {
		struct dcv_error why = {.code = DCV_OK};

		if (dcv_rdata_parse(type, texts[i], strlen(texts[i]), &m->apex, arena,
			    &values[i], &why) != DCV_OK)
			return dcv_rfrom(m->err, DCVP_INVALID, &why);
	}
	*ret = values;
	return DCVP_OK;
}

static enum dcvp_class read_edit(struct maker *m, const struct dcvp_edit *edit,
	struct dcv_rchange *ret)
{
	enum dcvp_class end = dcv_rname(edit->owner, &ret->owner, m->err);

	ret->type = edit->type;
	ret->ttl_s = edit->ttl_s;
	ret->n_add = edit->n_add;
	ret->n_remove = edit->n_remove;
	if (end == DCVP_OK && !dcv_name_is_within(&ret->owner, &m->apex))
		end = dcv_rfail(m->err, DCVP_INVALID, DCVP_CAUSE_VALUE,
			"rfc2136: %.300s does not lie in %.100s", edit->owner,
			m->change->zone);
	if (end == DCVP_OK)
		end = read_values(m, edit->type, edit->add, edit->n_add, &ret->add);
	if (end == DCVP_OK)
		end = read_values(m, edit->type, edit->remove, edit->n_remove,
			&ret->remove);
	if (end != DCVP_OK || edit->before == NULL)
		return end;
	ret->before.ttl_s = edit->before->ttl_s;
	ret->before.n = edit->before->n;
	return read_values(m, edit->type, edit->before->rdata, edit->before->n,
		&ret->before.rdata);
}

/* Reads what the host does not know of, as after a crash. */
static enum dcvp_class read_unknown(struct maker *m, struct dcv_rchange *changes)
{
	const struct dcvp_change *change = m->change;
	struct dcv_name *owners = dcv_arena_array(&m->session->call, change->n_edits,
		sizeof *owners);
	struct dcv_zone_view view;
	enum dcvp_class end;
	size_t n = 0;

	if (owners == NULL)
		return dcv_rnomem(m->err);
	for (size_t i = 0; i < change->n_edits; i++) {
		if (!change->edits[i].has_before)
			owners[n++] = changes[i].owner;
	}
	if (n == 0)
		return DCVP_OK;
	end = dcv_rlook(m->session, change->zone, &m->apex, owners, n, &view, m->err);
	for (size_t i = 0, at = 0; end == DCVP_OK && i < change->n_edits; i++) {
		const struct dcv_rrset *set;

		if (change->edits[i].has_before)
			continue;
		set = dcv_node_set(&view.nodes[at++], changes[i].type);
		if (set != NULL)
			changes[i].before = *set;
	}
	return end;
}

/* Of the values those that are in the set, or those that are not. */
static size_t filter(struct dcv_rdata *values, size_t n, const struct dcv_rrset *set,
	bool in)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (dcv_rrset_has(set, &values[i]) == in)
			values[kept++] = values[i];
	}
	return kept;
}

/* What the server need not be told is left out. A set has one TTL: where it changes, the values
 * that stay are added again with the new one, as servers differ in what they do with the rest. */
static bool reduce(struct maker *m, struct dcv_rchange *change)
{
	struct dcv_rrset *before = &change->before, kept = {.n = 0};
	struct dcv_rdata *add = dcv_arena_array(&m->session->call,
		change->n_add + before->n, sizeof *add);
	struct dcv_rrset removed;

	kept.rdata = dcv_arena_array(&m->session->call, before->n, sizeof *kept.rdata);
	if (add == NULL || kept.rdata == NULL)
		return false;
	change->n_remove = filter(change->remove, change->n_remove, before, true);
	removed = (struct dcv_rrset){.n = change->n_remove, .rdata = change->remove};
	for (size_t i = 0; i < before->n; i++) {
		if (!dcv_rrset_has(&removed, &before->rdata[i]))
			kept.rdata[kept.n++] = before->rdata[i];
	}
	change->n_add = filter(change->add, change->n_add, &kept, false);
	if (change->n_add > 0)
		memcpy(add, change->add, change->n_add * sizeof *add);
	if (kept.n > 0 && before->ttl_s != change->ttl_s) {
		memcpy(add + change->n_add, kept.rdata, kept.n * sizeof *add);
		change->n_add += kept.n;
	}
	change->add = add;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct dcv_rchange *x = a, *y = b;
	int owners = dcv_name_compare(&x->owner, &y->owner);

	return owners != 0 ? owners : (x->edit > y->edit) - (x->edit < y->edit);
}

enum dcvp_class dcv_rchanges_make(struct dcv_rsession *session,
	const struct dcvp_change *change, const struct dcv_name *apex,
	struct dcv_rchange **ret, size_t *ret_n, struct dcvp_error *err)
{
	struct maker m = {session, change, *apex, err};
	struct dcv_rchange *changes = dcv_arena_array(&session->call, change->n_edits,
		sizeof *changes);
	enum dcvp_class end = changes == NULL ? dcv_rnomem(err) : DCVP_OK;
	size_t n = 0;

	for (size_t i = 0; end == DCVP_OK && i < change->n_edits; i++)
		end = read_edit(&m, &change->edits[i], &changes[i]);
	if (end == DCVP_OK)
		end = read_unknown(&m, changes);
	for (size_t i = 0; end == DCVP_OK && i < change->n_edits; i++) {
		changes[i].edit = i;
		if (!reduce(&m, &changes[i]))
			return dcv_rnomem(err);
		if (changes[i].n_add + changes[i].n_remove > 0)
			changes[n++] = changes[i];
	}
	if (end != DCVP_OK)
		return end;
	if (n > 0)
		qsort(changes, n, sizeof *changes, compare);
	*ret = changes;
	*ret_n = n;
	return DCVP_OK;
}

size_t dcv_rchanges_fit(const struct dcv_rchange *changes, size_t n, size_t room)
{
	size_t fit = 0, octets = 0;

	for (size_t i = 0; i < n; i++) {
		octets += dcv_rupdate_size(&changes[i]);
		if (octets > room)
			return fit;
		if (i + 1 == n ||
			!dcv_name_equal(&changes[i].owner, &changes[i + 1].owner))
			fit = i + 1;
	}
	return fit;
}
