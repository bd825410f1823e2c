/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the model: what must stand at each owner after the changes so far, and how
 * what the backend and the servers say is compared with it. */
#include <string.h>

#include "provider/trial_parts.h"

/* The absolute name of a label. */
static enum dcv_err owner_of(const struct dcv_trial *t, const char *label,
	struct dcv_name *ret, struct dcv_error *err)
{
	const struct dcv_name *owner = &t->result->owner;

	if (strcmp(label, "@") == 0)
		owner = &t->setup->zone;
	if (label[0] == '\0' || label[0] == '@') {
		*ret = *owner;
		return DCV_OK;
	}
	return dcv_name_parse(label, strlen(label), owner, ret, err);
}

struct dcv_trial_set *dcv_trial_set(struct dcv_trial *t, const struct dcv_name *owner,
	uint16_t type)
{
	struct dcv_trial_set *grown;

	for (size_t i = 0; i < t->n_model; i++) {
		if (t->model[i].set.type == type &&
			dcv_name_equal(&t->model[i].set.owner, owner))
			return &t->model[i];
	}
	grown = dcv_arena_grow(t->arena, t->model, t->n_model, sizeof(t->model[0]));
	if (grown == NULL)
		return NULL;
	t->model = grown;
	grown[t->n_model] = (struct dcv_trial_set){.set = {.owner = *owner, .type = type},
		.apex = dcv_name_equal(owner, &t->setup->zone)};
	return &grown[t->n_model++];
}

static enum dcv_err parse_values(const struct dcv_trial *t, uint16_t type,
	const char *const *from, struct dcv_rdata **ret, size_t *ret_n,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	*ret_n = 0;
	while (from != NULL && from[*ret_n] != NULL)
		++*ret_n;
	*ret = dcv_arena_array(t->arena, *ret_n, sizeof(**ret));
	if (*ret == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < *ret_n; i++)
		rc = dcv_rdata_parse(type, from[i], strlen(from[i]), &t->setup->zone,
			t->arena, &(*ret)[i], err);
	return rc;
}

enum dcv_err dcv_trial_edits(struct dcv_trial *t, const struct dcv_trial_edit *from,
	size_t n, struct dcv_rrset_edit **ret, struct dcv_error *err)
{
	struct dcv_rrset_edit *edits = dcv_arena_array(t->arena, n, sizeof(edits[0]));
	enum dcv_err rc = DCV_OK;

	*ret = edits;
	if (edits == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		struct dcv_rrset_edit *edit = &edits[i];

		edit->type = from[i].type;
		edit->ttl_s = from[i].ttl_s;
		rc = owner_of(t, from[i].label, &edit->owner, err);
		if (rc == DCV_OK)
			rc = parse_values(t, edit->type, from[i].add, &edit->add,
				&edit->n_add, err);
		if (rc == DCV_OK)
			rc = parse_values(t, edit->type, from[i].remove, &edit->remove,
				&edit->n_remove, err);
	}
	return rc;
}

enum dcv_err dcv_trial_read(struct dcv_trial *t, struct dcv_backend *backend,
	const struct dcv_rrset_edit *edits, size_t n, struct dcv_zone_view *ret,
	struct dcv_error *err)
{
	struct dcv_name *owners = dcv_arena_array(t->arena, n, sizeof(owners[0]));

	if (owners == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++)
		owners[i] = edits[i].owner;
	return dcv_backend_read(backend, owners, n, t->arena, ret, err);
}

/* The TTL that the backend makes of one that is asked for. */
static uint32_t bounded(const struct dcv_trial *t, uint32_t ttl_s)
{
	if (t->can->ttl_min_s != 0 && ttl_s < t->can->ttl_min_s)
		return t->can->ttl_min_s;
	if (t->can->ttl_max_s != 0 && ttl_s > t->can->ttl_max_s)
		return t->can->ttl_max_s;
	return ttl_s;
}

static bool is_among(const struct dcv_rdata *values, size_t n,
	const struct dcv_rdata *value)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_rdata_equal(&values[i], value))
			return true;
	}
	return false;
}

enum dcv_err dcv_trial_note(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct dcv_rrset_edit *edit = &edits[i];
		struct dcv_trial_set *to = dcv_trial_set(t, &edit->owner, edit->type);
		struct dcv_rrset *set = to != NULL ? &to->set : NULL;
		struct dcv_rdata *values = set == NULL
			? NULL
			: dcv_arena_array(t->arena, set->n + edit->n_add,
				  sizeof(values[0]));
		size_t kept = 0;

		if (values == NULL)
			return dcv_nomem(err);
		for (size_t k = 0; k < set->n; k++) {
			if (!is_among(edit->remove, edit->n_remove, &set->rdata[k]))
				values[kept++] = set->rdata[k];
		}
		for (size_t k = 0; k < edit->n_add; k++) {
			if (!is_among(values, kept, &edit->add[k]))
				values[kept++] = edit->add[k];
		}
		set->rdata = values;
		set->n = kept;
		set->ttl_s = bounded(t, edit->ttl_s);
	}
	return DCV_OK;
}

static void tell_set(const struct dcv_rrset *set, struct dcv_buf *buf)
{
	if (set == NULL || set->n == 0) {
		dcv_buf_adds(buf, "nothing");
		return;
	}
	dcv_buf_addf(buf, "TTL %u,", (unsigned)set->ttl_s);
	for (size_t i = 0; i < set->n && buf->len < 200; i++) {
		dcv_buf_addc(buf, ' ');
		dcv_rdata_text(set->type, &set->rdata[i], buf);
	}
	if (buf->len > 200)
		dcv_buf_adds(buf, " ...");
}

enum dcv_err dcv_trial_differs(const char *who, const struct dcv_rrset *want,
	const struct dcv_rrset *got, struct dcv_error *err)
{
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];
	struct dcv_buf a, b;

	dcv_buf_init(&a, (size_t)1 << 20);
	dcv_buf_init(&b, (size_t)1 << 20);
	tell_set(want, &a);
	tell_set(got, &b);
	dcv_fail(err, DCV_E_FAILED, "%s: %.80s %s: has %.200s; wanted %.200s", who,
		dcv_name_text(&want->owner, name), dcv_type_text(want->type, type),
		dcv_buf_text(&b), dcv_buf_text(&a));
	dcv_buf_clear(&a);
	dcv_buf_clear(&b);
	return DCV_E_FAILED;
}

bool dcv_trial_same(const struct dcv_rrset *want, const struct dcv_rrset *got, bool some)
{
	size_t n = got != NULL ? got->n : 0;

	for (size_t i = 0; i < want->n; i++) {
		if (got == NULL || !dcv_rrset_has(got, &want->rdata[i]))
			return false;
	}
	return some || (n == want->n && (n == 0 || got->ttl_s == want->ttl_s));
}

enum dcv_err dcv_trial_verify(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err)
{
	struct dcv_zone_view view = {.place = NULL};
	enum dcv_err rc = dcv_trial_read(t, t->backend, edits, n, &view, err);

	if (rc != DCV_OK)
		return dcv_error_wrap(err, "read back");
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_trial_set *want = dcv_trial_set(t, &edits[i].owner,
			edits[i].type);
		const struct dcv_rrset *got = dcv_node_set(&view.nodes[i], edits[i].type);

		if (want == NULL)
			return dcv_nomem(err);
		if (!dcv_trial_same(&want->set, got, want->apex))
			return dcv_trial_differs("the backend", &want->set, got, err);
		rc = dcv_trial_served(t, want, err);
	}
	return rc;
}

void dcv_trial_resync(struct dcv_trial *t, const struct dcv_rrset_edit *edits, size_t n)
{
	struct dcv_zone_view view = {.place = NULL};
	struct dcv_error err = {0};

	if (dcv_trial_read(t, t->backend, edits, n, &view, &err) != DCV_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct dcv_rrset *got = dcv_node_set(&view.nodes[i], edits[i].type);
		struct dcv_trial_set *to = dcv_trial_set(t, &edits[i].owner,
			edits[i].type);

		if (to == NULL || to->apex)
			continue;
		to->set.n = got != NULL ? got->n : 0;
		to->set.rdata = got != NULL ? got->rdata : NULL;
		to->set.ttl_s = got != NULL ? got->ttl_s : 0;
	}
}
