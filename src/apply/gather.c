/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the ledger says of the orders of a run, and of those that they concern.
 * It decides nothing. */
#include <stdlib.h>
#include <string.h>

#include "apply/internal.h"

static int compare_numbers(const struct dcv_subject *subject, const char *ca,
	const char *id)
{
	int order = strcmp(subject->ca, ca);

	return order != 0 ? order : strcmp(subject->id, id);
}

static int compare_subjects(const void *p, const void *q, void *ctx)
{
	const struct dcv_subject *subjects = ctx;
	const struct dcv_subject *b = &subjects[*(const size_t *)q];

	return compare_numbers(&subjects[*(const size_t *)p], b->ca, b->id);
}

static enum dcv_err index_subjects(struct dcv_run *run)
{
	run->by_number = dcv_arena_array(run->arena, run->n_subjects, sizeof(size_t));
	if (run->by_number == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; i < run->n_subjects; i++)
		run->by_number[i] = i;
	if (run->n_subjects > 0)
		qsort_r(run->by_number, run->n_subjects, sizeof(size_t), compare_subjects,
			run->subjects);
	return DCV_OK;
}

size_t dcv_run_subject(const struct dcv_run *run, const char *ca, const char *id)
{
	size_t from = 0, to = run->n_subjects;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare_numbers(&run->subjects[run->by_number[middle]], ca,
			id);

		if (order == 0)
			return run->by_number[middle];
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return SIZE_MAX;
}

/* The claims of one more order behind those of the others. */
static enum dcv_err add_kin(struct dcv_run *run, const struct dcv_order_row *row,
	struct dcv_subject *subject, struct dcv_error *err)
{
	struct dcv_claim_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_ledger_claims_of(run->ledger, row->ca, row->id, run->arena,
		&rows, &n, err);

	if (rc != DCV_OK || n == 0)
		return rc;
	subject->kin = dcv_append(run->arena, subject->kin, &subject->n_kin, rows, n,
		sizeof(rows[0]));
	return subject->kin != NULL ? DCV_OK : dcv_nomem(err);
}

static bool has_other(const struct dcv_subject *subject, const struct dcv_order_row *row)
{
	if (strcmp(row->ca, subject->ca) == 0 && strcmp(row->id, subject->id) == 0)
		return true;
	for (size_t i = 0; i < subject->n_others; i++) {
		if (strcmp(subject->others[i].ca, row->ca) == 0 &&
			strcmp(subject->others[i].id, row->id) == 0)
			return true;
	}
	return false;
}

static enum dcv_err add_other(struct dcv_run *run, const struct dcv_order_row *row,
	struct dcv_subject *subject, struct dcv_error *err)
{
	if (has_other(subject, row))
		return DCV_OK;
	subject->others = dcv_append(run->arena, subject->others, &subject->n_others, row,
		1, sizeof(*row));
	if (subject->others == NULL)
		return dcv_nomem(err);
	return add_kin(run, row, subject, err);
}

/* "NUMBER" or "CA/NUMBER". */
static enum dcv_err add_superseded(struct dcv_run *run, const char *name,
	struct dcv_subject *subject, struct dcv_error *err)
{
	const char *slash = strchr(name, '/');
	const char *ca = slash == NULL
		? subject->ca
		: dcv_arena_strndup(run->arena, name, (size_t)(slash - name));
	struct dcv_order_row *row = NULL;
	enum dcv_err rc;

	if (ca == NULL)
		return dcv_nomem(err);
	rc = dcv_ledger_order(run->ledger, ca, slash == NULL ? name : slash + 1,
		run->arena, &row, err);
	return rc == DCV_OK && row != NULL ? add_other(run, row, subject, err) : rc;
}

/* Orders of the same certificate, and those that `supersedes` names. */
static enum dcv_err gather_others(struct dcv_run *run, struct dcv_subject *subject,
	struct dcv_error *err)
{
	const struct dcv_order *order = subject->order;
	struct dcv_order_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = DCV_OK;

	subject->n_others = subject->n_kin = 0;
	subject->others = NULL;
	subject->kin = NULL;
	if (order == NULL || run->mode != DCV_PLAN_APPLY)
		return DCV_OK;
	if (order->certificate != NULL)
		rc = dcv_ledger_orders_of_certificate(run->ledger, order->certificate,
			run->arena, &rows, &n, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = add_other(run, &rows[i], subject, err);
	for (size_t i = 0; rc == DCV_OK && i < order->n_supersedes; i++)
		rc = add_superseded(run, order->supersedes[i], subject, err);
	return rc;
}

static enum dcv_err gather_subject(struct dcv_run *run, struct dcv_subject *subject,
	struct dcv_error *err)
{
	struct dcv_order_row *row = NULL;
	struct dcv_claim_row *rows = NULL;
	enum dcv_err rc = dcv_ledger_order(run->ledger, subject->ca, subject->id,
		run->arena, &row, err);

	if (rc == DCV_OK)
		rc = dcv_ledger_claims_of(run->ledger, subject->ca, subject->id,
			run->arena, &rows, &subject->n_rows, err);
	if (rc != DCV_OK)
		return rc;
	subject->row = row;
	subject->rows = rows;
	run->marks[subject - run->subjects].generation = row != NULL ? row->generation : 0;
	if (subject->order == NULL)
		subject->revision = row != NULL ? row->revision : 0;
	return gather_others(run, subject, err);
}

static enum dcv_err judge(struct dcv_run *run, struct dcv_diags *diags)
{
	enum dcv_err rc;

	if (run->mode != DCV_PLAN_APPLY)
		return DCV_OK;
	rc = dcv_plan_judge(run->subjects, run->n_subjects, &run->policy,
		dcv_now_s(run->clock), run->arena, diags);
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (run->marks[i].refused)
			run->subjects[i].judgement = DCV_JUDGED_REFUSED;
	}
	return rc;
}

enum dcv_err dcv_gather_again(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;
	bool moved = false;

	for (size_t i = 0; rc == DCV_OK && i < zone->n_concerned; i++) {
		struct dcv_subject *subject = &run->subjects[zone->concerned[i]];
		struct dcv_mark *mark = &run->marks[zone->concerned[i]];
		int64_t before = mark->generation;

		if (mark->entered)
			continue;
		rc = gather_subject(run, subject, &err);
		moved = moved || mark->generation != before;
	}
	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	if (moved && (run->exact || run->mode == DCV_PLAN_UNDO)) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_REFUSED, NULL,
			"run the same command again: it shows what is to be done now",
			"%s: another run changed an order of it meanwhile: not touched",
			zone->view.place);
		return DCV_E_REFUSED;
	}
	/* What this run noted itself is no news, and judging it again would take it for what it
	 * was before. */
	return moved ? judge(run, diags) : DCV_OK;
}

enum dcv_err dcv_gather_concern(struct dcv_run *run, struct dcv_zone_run *zone, size_t i)
{
	size_t *grown;

	for (size_t k = zone->n_concerned; k-- > 0 && zone->concerned[k] >= i;) {
		if (zone->concerned[k] == i)
			return DCV_OK;
	}
	grown = dcv_arena_grow(run->arena, zone->concerned, zone->n_concerned,
		sizeof(grown[0]));
	if (grown == NULL)
		return DCV_E_NOMEM;
	zone->concerned = grown;
	grown[zone->n_concerned] = i;
	for (size_t k = zone->n_concerned++; k > 0 && grown[k - 1] > i; k--) {
		grown[k] = grown[k - 1];
		grown[k - 1] = i;
	}
	run->marks[i].open++;
	return DCV_OK;
}

enum dcv_err dcv_gather(struct dcv_run *run, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	enum dcv_err rc = index_subjects(run), judged = DCV_OK;
	size_t errors = diags->n_errors;

	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++)
		rc = gather_subject(run, &run->subjects[i], &err);
	if (rc == DCV_OK)
		judged = judge(run, diags);
	if (judged != DCV_OK && judged != DCV_E_REFUSED)
		return judged;
	for (size_t i = 0; rc == DCV_OK && i < run->n_subjects; i++)
		rc = dcv_gather_owners(run, i, diags);
	if (rc == DCV_OK && run->n_zones > 0)
		rc = dcv_gather_named(run, run->named, run->n_named, diags);
	if (rc == DCV_OK)
		rc = dcv_gather_undo(run, diags);
	if (rc == DCV_OK)
		rc = dcv_gather_sort(run);
	if (rc != DCV_OK) {
		if (err.code == DCV_OK)
			dcv_nomem(&err);
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	if (judged == DCV_OK && diags->n_errors > errors)
		return diags->code != DCV_OK ? diags->code : DCV_E_CONFIG;
	return judged;
}
