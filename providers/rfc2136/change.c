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

static void append(struct dcv_rdata *values, size_t *n, const struct dcv_rdata *more,
	size_t n_more)
{
	if (n_more > 0)
		memcpy(values + *n, more, n_more * sizeof *values);
	*n += n_more;
}

/* What the server need not be told is left out. A set has one TTL: where it changes, the values
 * that stay leave and come back in the same message, for Knot takes no other TTL for a value that
 * is there. */
static bool reduce(struct maker *m, struct dcv_rchange *change)
{
	struct dcv_arena *arena = &m->session->call;
	struct dcv_rrset *before = &change->before, kept = {.n = 0};
	struct dcv_rdata *add = dcv_arena_array(arena, change->n_add + before->n,
		sizeof *add);
	struct dcv_rdata *remove = dcv_arena_array(arena, change->n_remove + before->n,
		sizeof *remove);
	size_t n_add = 0, n_remove = 0;
	struct dcv_rrset removed;

	kept.rdata = dcv_arena_array(arena, before->n, sizeof *kept.rdata);
	if (add == NULL || remove == NULL || kept.rdata == NULL)
		return false;
	removed = (struct dcv_rrset){.rdata = change->remove,
		.n = filter(change->remove, change->n_remove, before, true)};
	append(kept.rdata, &kept.n, before->rdata, before->n);
	kept.n = filter(kept.rdata, kept.n, &removed, false);
	append(remove, &n_remove, removed.rdata, removed.n);
	append(add, &n_add, change->add, filter(change->add, change->n_add, &kept, false));
	if (before->ttl_s != change->ttl_s) {
		append(remove, &n_remove, kept.rdata, kept.n);
		append(add, &n_add, kept.rdata, kept.n);
	}
	change->add = add;
	change->n_add = n_add;
	change->remove = remove;
	change->n_remove = n_remove;
	change->n_kept = kept.n;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct dcv_rchange *x = a, *y = b;
	int owners = dcv_name_compare(&x->owner, &y->owner);

	return owners != 0 ? owners : (x->edit > y->edit) - (x->edit < y->edit);
}

static enum dcvp_class refuse(struct maker *m, const struct dcv_rchange *change,
	const char *why)
{
	char name[DCV_NAME_TEXT_MAX];

	return dcv_rfail(m->err, DCVP_REFUSED, DCVP_CAUSE_EXISTS_OTHER, "%s: %.300s: %s",
		m->change->zone, dcv_name_text(&change->owner, name), why);
}

/* The changes of one owner, of which a CNAME excludes all others. */
static enum dcvp_class guard_owner(struct maker *m, struct dcv_rchange *changes, size_t n)
{
	struct dcv_rchange *cname = NULL, *other = NULL;
	bool stays = false;

	for (size_t i = 0; i < n; i++) {
		if (changes[i].type == DCV_TYPE_CNAME)
			cname = &changes[i];
		else if (other == NULL || changes[i].n_add > 0)
			other = &changes[i];
		stays = stays ||
			(changes[i].type != DCV_TYPE_CNAME &&
				changes[i].n_add + changes[i].n_kept > 0);
	}
	if (cname != NULL &&
		cname->n_add + (cname->n_kept > 0 && cname->before.ttl_s == cname->ttl_s) >
			1)
		return refuse(m, cname, "a CNAME stands there, and there is one at most");
	if (cname != NULL && cname->n_add > 0 && stays)
		return refuse(m, cname, "a CNAME cannot stand beside other records");
	if (cname != NULL)
		cname->unused = other == NULL && cname->before.n == 0;
	else if (stays)
		other->no_cname = other->n_add > 0;
	return DCVP_OK;
}

static enum dcvp_class guard(struct maker *m, struct dcv_rchange *changes, size_t n)
{
	enum dcvp_class end = DCVP_OK;
	size_t k;

	for (size_t i = 0; end == DCVP_OK && i < n; i = k) {
		for (k = i + 1;
			k < n && dcv_name_equal(&changes[i].owner, &changes[k].owner);)
			k++;
		end = guard_owner(m, changes + i, k - i);
	}
	return end;
}

bool dcv_rchanges_same(const struct dcv_rchange *changes, size_t n,
	const struct dcv_zone_view *view)
{
	bool same = true;

	for (size_t i = 0; same && i < n; i++) {
		const struct dcv_node *node = &view->nodes[i];
		const struct dcv_rrset *set = dcv_node_set(node, changes[i].type);
		const struct dcv_rrset *before = &changes[i].before;

		same = (set == NULL ? 0 : set->n) == before->n;
		for (size_t k = 0; same && k < before->n; k++)
			same = dcv_rrset_has(set, &before->rdata[k]);
	}
	return same;
}

enum dcvp_class dcv_rchanges_make(struct dcv_rsession *session,
	const struct dcvp_change *change, const struct dcv_name *apex,
	struct dcv_rchange **ret, size_t *ret_n, struct dcvp_error *err)
{
	struct maker m = {session, change, *apex, err};
	struct dcv_rchange *changes = dcv_arena_array(&session->call, change->n_edits,
		sizeof *changes);
	enum dcvp_class end = DCVP_OK;
	size_t n = 0;

	if (changes == NULL)
		return dcv_rnomem(err);
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
	return guard(&m, changes, n);
}

size_t dcv_rchanges_fit(const struct dcv_name *apex, const struct dcv_rchange *changes,
	size_t n, size_t room)
{
	size_t fit = 0, octets = 0;

	for (size_t i = 0; i < n; i++) {
		octets += dcv_rupdate_size(apex, &changes[i]);
		if (octets > room)
			return fit;
		if (i + 1 == n ||
			!dcv_name_equal(&changes[i].owner, &changes[i + 1].owner))
			fit = i + 1;
	}
	return fit;
}
