/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what an edit makes of an RRset. It does not know how it is written. */
#include <string.h>

#include "providers/kit/kit.h"

/* Values in their canonical spelling. */
struct values {
	size_t n;
	const char **texts;
};

static struct values canonical(struct dcv_kit *kit, uint16_t type,
	const char *const *rdata, size_t n)
{
	struct values ret = {.texts = dcv_kit_array(kit, n, sizeof *ret.texts)};

	for (size_t i = 0; ret.texts != NULL && !kit->nomem && i < n; i++)
		ret.texts[ret.n++] = dcv_kit_canonical(kit, type, rdata[i]);
	if (kit->nomem)
		ret.n = 0;
	return ret;
}

static int has(const struct values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++) {
		if (strcmp(values->texts[i], text) == 0)
			return 1;
	}
	return 0;
}

static int is_same_set(struct dcv_kit *kit, const struct dcvp_rrset *a,
	const struct dcvp_rrset *b, const struct values *of_b)
{
	struct values of_a;

	if (a == NULL || b == NULL || a->n != b->n)
		return (a == NULL || a->n == 0) && (b == NULL || b->n == 0);
	if (a->ttl_s != b->ttl_s && a->n > 0)
		return 0;
	of_a = canonical(kit, a->type, a->rdata, a->n);
	for (size_t i = 0; i < of_a.n; i++) {
		if (!has(of_b, of_a.texts[i]))
			return 0;
	}
	return 1;
}

void dcv_kit_merge(struct dcv_kit *kit, const struct dcvp_edit *edit,
	const struct dcvp_rrset *now, struct dcv_kit_merged *ret)
{
	size_t n_now = now != NULL ? now->n : 0;
	struct values there = canonical(kit, edit->type, n_now > 0 ? now->rdata : NULL,
		n_now);
	struct values add = canonical(kit, edit->type, edit->add, edit->n_add);
	struct values leave = canonical(kit, edit->type, edit->remove, edit->n_remove);
	const char **rdata = dcv_kit_array(kit, n_now + edit->n_add, sizeof *rdata);
	struct values written = {.texts = add.texts};

	*ret = (struct dcv_kit_merged){.ttl_s = edit->ttl_s, .rdata = rdata};
	if (kit->nomem)
		return;
	ret->moved = edit->has_before && !is_same_set(kit, edit->before, now, &there);
	for (size_t i = 0; i < there.n; i++) {
		if (!has(&leave, there.texts[i]) || has(&add, there.texts[i]))
			rdata[ret->n++] = now->rdata[i];
		else
			ret->changed = 1;
	}
	for (size_t i = 0; i < add.n; i++) {
		/* `written` grows with i: a value that is asked for twice comes once. */
		if (!has(&there, add.texts[i]) && !has(&written, add.texts[i])) {
			rdata[ret->n++] = edit->add[i];
			ret->changed = 1;
		}
		written.n = i + 1;
	}
	if (ret->n > 0 && n_now > 0 && now->ttl_s != edit->ttl_s)
		ret->changed = 1;
}

struct dcvp_result dcv_kit_result(const struct dcv_kit_merged *merged,
	enum dcvp_outcome sent, const struct dcvp_error *err)
{
	if (!merged->changed)
		return (struct dcvp_result){.outcome = DCVP_EDIT_ALREADY};
	if (sent == DCVP_EDIT_DONE)
		return (struct dcvp_result){.outcome = sent};
	return (struct dcvp_result){.outcome = sent,
		.cause = err->cause,
		.retry_after_ms = err->retry_after_ms};
}
