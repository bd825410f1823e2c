/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what an order may want at one owner. It does not know how it was written. */
#include <stdlib.h>
#include <string.h>

#include "order/read.h"

static bool too_many(const struct dcv_read *rd, const struct dcv_place *place)
{
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, "split the order",
		"records: more than 10000 in one order");
	return false;
}

bool dcv_claims_expect(const struct dcv_read *rd, struct dcv_claim_list *list, size_t n)
{
	size_t room = 1;

	while (room < n)
		room *= 2;
	list->items = dcv_arena_array(rd->arena, room, sizeof list->items[0]);
	list->names = dcv_arena_array(rd->arena, room, sizeof list->names[0]);
	list->room = room;
	list->full = list->items == NULL || list->names == NULL;
	if (list->full)
		dcv_read_nomem(rd);
	return !list->full;
}

bool dcv_claims_add(const struct dcv_read *rd, struct dcv_claim_list *list,
	const struct dcv_claim *claim, const struct dcv_name *identifier)
{
	struct dcv_claim *items;
	struct dcv_name *names;

	if (list->full)
		return false;
	if (list->n == DCV_ORDER_MAX_RECORDS || list->n_names == DCV_ORDER_MAX_RECORDS) {
		list->full = true;
		return too_many(rd, &claim->place);
	}
	items = list->n < list->room
		? list->items
		: dcv_arena_grow(rd->arena, list->items, list->n, sizeof *items);
	if (items != NULL)
		list->items = items;
	names = list->n_names < list->room
		? list->names
		: dcv_arena_grow(rd->arena, list->names, list->n_names, sizeof *names);
	if (names != NULL)
		list->names = names;
	if (items == NULL || names == NULL) {
		list->full = true;
		dcv_read_nomem(rd);
		return false;
	}
	items[list->n++] = *claim;
	names[list->n_names++] = *identifier;
	return true;
}

static int compare_names(const struct dcv_name *a, const struct dcv_name *b)
{
	return a->len != b->len ? (int)a->len - (int)b->len
				: memcmp(a->wire, b->wire, a->len);
}

static int compare_rdata(const struct dcv_rdata *a, const struct dcv_rdata *b)
{
	return a->len != b->len ? (int)a->len - (int)b->len
				: memcmp(a->wire, b->wire, a->len);
}

/* For qsort of pointers into one array: equal ones stay in the order of the file. */
static int compare_claims(const void *p, const void *q)
{
	const struct dcv_claim *a = *(struct dcv_claim *const *)p;
	const struct dcv_claim *b = *(struct dcv_claim *const *)q;
	int order = compare_names(&a->owner, &b->owner);

	if (order == 0)
		order = (int)a->type - (int)b->type;
	if (order == 0)
		order = compare_rdata(&a->rdata, &b->rdata);
	return order != 0 ? order : (a > b) - (a < b);
}

static int compare_identifiers(const void *p, const void *q)
{
	const struct dcv_name *a = *(struct dcv_name *const *)p;
	const struct dcv_name *b = *(struct dcv_name *const *)q;
	int order = compare_names(a, b);

	return order != 0 ? order : (a > b) - (a < b);
}

static void refuse_beside(const struct dcv_read *rd, const struct dcv_claim *a,
	const struct dcv_claim *b)
{
	const struct dcv_claim *first = a < b ? a : b, *second = a < b ? b : a;
	const char *where = first->place.file;
	char owner[DCV_NAME_TEXT_MAX];

	/* The command line has no lines. */
	if (first->place.line > 0)
		where = dcv_arena_printf(rd->arena, "%s:%u", where, first->place.line);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &second->place,
		"keep the one that the CA shows now",
		"owner %.255s: %s: the other one is at %.255s",
		dcv_name_text(&second->owner, owner),
		a->type == b->type ? "two CNAMEs exclude each other"
				   : "CNAME and TXT exclude each other",
		where != NULL ? where : "another place");
	dcv_diag_cause(rd->diags, "P08");
}

/* RFC 1034 3.6.2: where a CNAME is, no other data are. CNAME (5) sorts before TXT (16), so a
 * CNAME that is there stands first. One error an owner. */
static bool check_owner(const struct dcv_read *rd, struct dcv_claim *const *claims,
	size_t n)
{
	if (n < 2 || claims[0]->type != DCV_TYPE_CNAME)
		return true;
	for (size_t i = 1; i < n; i++)
		if (claims[i]->type != DCV_TYPE_CNAME ||
			!dcv_rdata_equal(&claims[i]->rdata, &claims[0]->rdata)) {
			refuse_beside(rd, claims[0], claims[i]);
			return false;
		}
	return true;
}

/* Marks what is wanted twice with type 0. */
static bool check_sorted(const struct dcv_read *rd, struct dcv_claim **sorted, size_t n)
{
	bool good = true;
	size_t from = 0;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && dcv_name_equal(&sorted[i]->owner, &sorted[from]->owner))
			continue;
		good = check_owner(rd, sorted + from, i - from) && good;
		from = i;
	}
	for (size_t i = n; i-- > 1;)
		if (dcv_name_equal(&sorted[i]->owner, &sorted[i - 1]->owner) &&
			sorted[i]->type == sorted[i - 1]->type &&
			dcv_rdata_equal(&sorted[i]->rdata, &sorted[i - 1]->rdata))
			sorted[i]->type = 0;
	return good;
}

static bool settle_claims(const struct dcv_read *rd, struct dcv_claim_list *list)
{
	struct dcv_claim **sorted = dcv_arena_array(rd->arena, list->n,
		sizeof(struct dcv_claim *));
	size_t kept = 0;
	bool good;

	if (sorted == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	for (size_t i = 0; i < list->n; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->n, sizeof(struct dcv_claim *), compare_claims);
	good = check_sorted(rd, sorted, list->n);
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].type != 0)
			list->items[kept++] = list->items[i];
	list->n = kept;
	return good;
}

static bool settle_names(const struct dcv_read *rd, struct dcv_claim_list *list)
{
	struct dcv_name **sorted = dcv_arena_array(rd->arena, list->n_names,
		sizeof(struct dcv_name *));
	size_t kept = 0;

	if (sorted == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	for (size_t i = 0; i < list->n_names; i++)
		sorted[i] = &list->names[i];
	qsort(sorted, list->n_names, sizeof(struct dcv_name *), compare_identifiers);
	for (size_t i = list->n_names; i-- > 1;)
		if (dcv_name_equal(sorted[i], sorted[i - 1]))
			sorted[i]->len = 0;
	for (size_t i = 0; i < list->n_names; i++)
		if (list->names[i].len != 0)
			list->names[kept++] = list->names[i];
	list->n_names = kept;
	return true;
}

bool dcv_claims_settle(const struct dcv_read *rd, struct dcv_claim_list *list)
{
	bool good = list->n == 0 || settle_claims(rd, list);

	return (list->n_names == 0 || settle_names(rd, list)) && good;
}
