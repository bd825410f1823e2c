/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what it means that a value is lost: by the journal it was written, and not
 * removed, and yet it is not there. */
#include <string.h>

#include "apply/internal.h"

enum dcv_err dcv_run_lost(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_lost *ret,
	struct dcv_error *err)
{
	struct dcv_change_row of = {.zone = zone->binding->zone,
		.backend = zone->at->name,
		.owner = edit->edit.owner,
		.type = edit->edit.type,
		.rdata = value->rdata};
	struct dcv_change_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = DCV_OK;

	*ret = (struct dcv_lost){0};
	if (value->kind == DCV_VALUE_ADD && value->known)
		rc = dcv_ledger_changes_of(run->ledger, &of, run->arena, &rows, &n, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (strcmp(rows[i].op, "lost") == 0) {
			ret->missed = &rows[i];
			ret->times++;
			continue;
		}
		ret->written = strcmp(rows[i].op, "add") == 0 ? &rows[i] : NULL;
		ret->missed = NULL;
	}
	return rc;
}

enum dcv_err dcv_note_lost(struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_edit *edit, const struct dcv_value *value, struct dcv_error *err)
{
	struct dcv_lost lost;
	struct dcv_change_row row;
	enum dcv_err rc = dcv_run_lost(run, zone, edit, value, &lost, err);

	if (rc != DCV_OK || lost.written == NULL || lost.missed != NULL)
		return rc;
	rc = dcv_note_name(run, err);
	row = *lost.written;
	row.run = run->id;
	row.op = "lost";
	row.at = dcv_now_s(run->clock);
	row.detail = "";
	if (rc == DCV_OK)
		rc = dcv_ledger_intend(run->ledger, &row, err);
	return rc == DCV_OK ? dcv_ledger_end_change(run->ledger, row.id, DCV_CHANGE_DONE,
				      row.at, NULL, err)
			    : rc;
}

/* Of every zone as it was planned. */
enum dcv_err dcv_run_note_lost(struct dcv_run *run, struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t z = 0; z < run->n_zones; z++) {
		const struct dcv_plan *plan = &run->zones[z].plan;

		for (size_t i = 0; i < plan->n_edits; i++) {
			const struct dcv_edit *edit = &plan->edits[i];

			for (size_t k = 0; rc == DCV_OK && k < edit->n_values; k++)
				rc = dcv_note_lost(run, &run->zones[z], edit,
					&edit->values[k], err);
		}
	}
	return rc;
}
