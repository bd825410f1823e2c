/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows that a CA gives a number once. It does not know how orders are read. */
#include <stdlib.h>
#include <string.h>

#include "order/read.h"

/* An order and where it stands among those that were read. */
struct seat {
	struct dcv_order *order;
	size_t at;
};

static int compare(const struct dcv_order *a, const struct dcv_order *b)
{
	int order = strcmp(a->id, b->id);

	return order != 0 ? order : strcmp(a->ca->key, b->ca->key);
}

static int compare_seats(const void *p, const void *q)
{
	const struct seat *a = p, *b = q;
	int order = compare(a->order, b->order);

	return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static int compare_key(const void *key, const void *item)
{
	return compare(key, ((const struct seat *)item)->order);
}

static void refuse(struct dcv_order *again, const struct dcv_order *first,
	struct dcv_diags *diags)
{
	const struct dcv_place place = {again->file, again->line, 1};

	dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
		"keep one of them, or give each its own number with `order:`",
		"order: %s of %s is given twice: the other one is at %s:%u", again->id,
		again->ca->title, first->file, first->line);
}

static struct seat *sort_new(const struct dcv_orders *orders, size_t from,
	struct dcv_arena *arena)
{
	size_t n = orders->n - from;
	struct seat *seats = dcv_arena_array(arena, n, sizeof *seats);

	if (seats == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		seats[i] = (struct seat){orders->items[from + i], from + i};
	qsort(seats, n, sizeof *seats, compare_seats);
	return seats;
}

/* Only the new ones are sorted, so that many calls with few orders stay cheap. */
void dcv_orders_unique(struct dcv_orders *orders, size_t n_before,
	struct dcv_arena *arena, struct dcv_diags *diags)
{
	size_t n = orders->n - n_before, kept = n_before;
	struct seat *seats;

	if (n == 0 || orders->n < 2)
		return;
	seats = sort_new(orders, n_before, arena);
	if (seats == NULL) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
		return;
	}
	for (size_t i = 0, first = 0; i < n; i++) {
		if (compare(seats[i].order, seats[first].order) != 0)
			first = i;
		if (i == first)
			continue;
		refuse(seats[i].order, seats[first].order, diags);
		orders->items[seats[i].at] = NULL;
	}
	for (size_t i = 0; i < n_before; i++) {
		const struct seat *seat = bsearch(orders->items[i], seats, n,
			sizeof *seats, compare_key);

		/* Of several equal ones any may be found; all but one are gone already. */
		while (seat != NULL && seat > seats &&
			compare(seat[-1].order, orders->items[i]) == 0)
			seat--;
		if (seat == NULL)
			continue;
		refuse(seat->order, orders->items[i], diags);
		orders->items[seat->at] = NULL;
	}
	for (size_t i = n_before; i < orders->n; i++)
		if (orders->items[i] != NULL)
			orders->items[kept++] = orders->items[i];
	orders->n = kept;
}
