/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what `status` tells of an order beside its row: where its records stand, and
 * how far it is by the ledger and by the result of a run. */
#include <string.h>
#include <sys/stat.h>

#include "cmd/select.h"
#include "cmd/status.h"

static int64_t octets_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* The end of the last change that ended. */
static enum dcv_err read_last_change(struct dcv_session *session, int64_t *ret)
{
	struct dcv_error err = {0};
	struct dcv_change_row *rows = NULL;
	size_t n = 0;

	if (dcv_ledger_changes(session->ledger, NULL, 100, &session->arena, &rows, &n,
		    &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].ended > *ret)
			*ret = rows[i].ended;
	}
	return DCV_OK;
}

enum dcv_err dcv_status_read(struct dcv_session *session, struct dcv_status *ret)
{
	struct dcv_error err = {0};
	struct dcv_last *last = NULL;
	enum dcv_err rc = DCV_OK;

	*ret = (struct dcv_status){
		.session = session,
		.now_s = dcv_now_s(session->clock),
		.ledger_octets = octets_of(session->config.ledger),
	};
	if (dcv_ledger_seats(session->ledger, &session->arena, &ret->seats, &ret->n_seats,
		    &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	rc = read_last_change(session, &ret->last_change_s);
	if (rc == DCV_OK && session->options.result != NULL)
		rc = dcv_last_read(session, session->options.result, &last);
	ret->last = last;
	return rc;
}

/* --- one order --- */

static int compare(const struct dcv_order_row *row, const struct dcv_seat *seat)
{
	int by_ca = strcmp(row->ca, seat->ca);

	return by_ca != 0 ? by_ca : strcmp(row->id, seat->id);
}

static void find_seats(const struct dcv_status *status, struct dcv_status_order *of)
{
	size_t from = 0, to = status->n_seats;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(of->row, &status->seats[middle]) > 0)
			from = middle + 1;
		else
			to = middle;
	}
	of->seats = status->seats + from;
	while (from + of->n_seats < status->n_seats &&
		compare(of->row, &of->seats[of->n_seats]) == 0)
		of->n_seats++;
}

bool dcv_seat_is_same(const struct dcv_seat *a, const struct dcv_seat *b)
{
	return a->type == b->type && dcv_name_equal(&a->owner, &b->owner) &&
		dcv_rdata_equal(&a->rdata, &b->rdata);
}

/* A cache may have asked just before the last server had it. */
static int64_t settled_of(const struct dcv_status_order *of)
{
	int64_t settled_s = 0;

	if (of->row->state != DCV_STATE_EFFECTIVE || of->row->effective_at == 0)
		return 0;
	for (size_t i = 0; i < of->n_seats; i++) {
		int64_t at_s = of->row->effective_at + of->seats[i].cached_s;

		if (at_s > settled_s)
			settled_s = at_s;
	}
	return settled_s;
}

/* The ledger is the younger of the two where it knows less. */
static enum dcv_level_reached reached_of(const struct dcv_status *status,
	const struct dcv_status_order *of)
{
	enum dcv_level_reached verdict = of->last != NULL ? of->last->verdict
							  : DCV_LEVEL_NONE;

	if (of->row->state == DCV_STATE_PUBLISHED)
		return DCV_LEVEL_PUBLISHED;
	if (of->row->state != DCV_STATE_EFFECTIVE)
		return DCV_LEVEL_NONE;
	if (verdict < DCV_LEVEL_READY || status->last->at_s < of->row->effective_at)
		return DCV_LEVEL_EFFECTIVE;
	return of->settled_s != 0 && of->settled_s <= status->now_s ? DCV_LEVEL_SETTLED
								    : verdict;
}

struct dcv_status_order dcv_status_of(const struct dcv_status *status,
	const struct dcv_order_row *row)
{
	struct dcv_status_order of = {
		.row = row,
		.state = dcv_select_state(row, status->now_s),
		.last = dcv_last_find(status->last, row->ca, row->id),
	};

	find_seats(status, &of);
	for (size_t i = 0; i < of.n_seats; i++)
		of.n_records += i == 0 ||
			!dcv_seat_is_same(&of.seats[i - 1], &of.seats[i]);
	of.settled_s = settled_of(&of);
	if (of.settled_s == 0 && of.last != NULL && row->state == DCV_STATE_EFFECTIVE)
		of.settled_s = of.last->settled_s;
	of.reached = reached_of(status, &of);
	return of;
}
