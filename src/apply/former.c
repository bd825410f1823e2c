/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the backends that a zone had and has no more: what dcvctl wrote there is named,
 * since a clean-up cannot reach it. */
#include <string.h>
#include <unistd.h>

#include "apply/internal.h"

#define FILE_PREFIX "file:"

/* A zone file that was moved took its values along: they are ours where they stand now. */
static bool is_gone(const char *backend)
{
	size_t len = strlen(FILE_PREFIX);

	return strncmp(backend, FILE_PREFIX, len) == 0 && access(backend + len, F_OK) != 0;
}

bool dcv_is_bound(const struct dcv_binding *binding, const char *backend)
{
	for (size_t i = 0; i < binding->n_backends; i++) {
		if (strcmp(binding->backends[i].name, backend) == 0)
			return true;
	}
	return false;
}

/* The order of the run that the value was written for; NULL: none. */
static const struct dcv_subject *subject_of(const struct dcv_run *run,
	const struct dcv_zone_run *zone, const struct dcv_placement *row)
{
	for (size_t i = 0; i < zone->n_concerned; i++) {
		const struct dcv_subject *subject = &run->subjects[zone->concerned[i]];

		for (size_t k = 0; k < subject->n_rows; k++) {
			if (subject->rows[k].type == row->type &&
				dcv_name_equal(dcv_claim_row_place(&subject->rows[k]),
					&row->owner) &&
				dcv_rdata_equal(&subject->rows[k].rdata, &row->rdata))
				return subject;
		}
	}
	return NULL;
}

static void tell(const struct dcv_run *run, const struct dcv_zone_run *zone,
	const struct dcv_placement *row, struct dcv_diags *diags)
{
	const struct dcv_subject *subject = subject_of(run, zone, row);
	char owner[DCV_NAME_TEXT_MAX];

	if (subject == NULL || !row->ours || dcv_is_bound(zone->binding, row->backend) ||
		is_gone(row->backend))
		return;
	dcv_diag_add(diags, DCV_SEV_WARNING, DCV_OK, NULL,
		"remove it there by hand, or bind that backend again and clean up then",
		"%s: order %s also had its value at %s, which is not bound to the zone any more: it "
		"is left there",
		dcv_name_text(&row->owner, owner), subject->id, row->backend);
}

enum dcv_err dcv_tell_former(struct dcv_run *run, const struct dcv_zone_run *zone,
	struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	enum dcv_err rc = DCV_OK;

	if (run->mode != DCV_PLAN_CLEANUP || zone->at != &zone->binding->backends[0])
		return DCV_OK;
	for (size_t i = 0; rc == DCV_OK && i < zone->n_owners; i++) {
		struct dcv_placement *rows = NULL;
		size_t n = 0;

		rc = dcv_ledger_placements_at(run->ledger, &zone->binding->zone,
			&zone->owners[i], run->arena, &rows, &n, &err);
		for (size_t k = 0; rc == DCV_OK && k < n; k++)
			tell(run, zone, &rows[k], diags);
	}
	if (rc != DCV_OK)
		dcv_diag_add_error(diags, NULL, &err);
	return rc;
}
