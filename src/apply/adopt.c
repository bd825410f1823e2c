/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a value that a person made becomes an order's: it is noted as ours and as
 * claimed before the order's first revision, so it goes with the next change of the order. */
#include <string.h>

#include "apply/internal.h"

/* A value in question, and where it stands. */
struct found {
	const struct dcv_zone_run *zone;
	const struct dcv_edit *edit;
	const struct dcv_value *value;
};

static bool find(const struct dcv_run *run, const struct dcv_named *named, size_t *from,
	struct found *ret)
{
	size_t at = 0;

	for (size_t z = 0; z < run->n_zones; z++) {
		const struct dcv_plan *plan = &run->zones[z].plan;

		for (size_t e = 0; e < plan->n_edits; e++) {
			const struct dcv_edit *edit = &plan->edits[e];

			for (size_t v = 0; v < edit->n_values; v++, at++) {
				if (at < *from ||
					!dcv_named_is(named, true, &edit->edit.owner,
						edit->edit.type, &edit->values[v].rdata))
					continue;
				*from = at + 1;
				*ret = (struct found){&run->zones[z], edit,
					&edit->values[v]};
				return true;
			}
		}
	}
	return false;
}

/* At a shared name stand the data of others: only what has the form of a token may be taken. */
static bool may_be_taken(const struct dcv_run *run, const struct found *found)
{
	const struct dcv_ca *ca = dcv_ca_find(run->subjects[0].ca);
	const char *octets;
	size_t len = 0;

	if (dcv_name_is_underscored(&found->edit->edit.owner))
		return true;
	if (ca == NULL || found->edit->edit.type != DCV_TYPE_TXT)
		return false;
	octets = dcv_txt_join(&found->value->rdata, run->arena, &len);
	return octets != NULL && dcv_token_fits(ca, octets, len);
}

/* Why a value cannot be taken; NULL: it can. */
static const char *objection(const struct dcv_run *run, const struct found *found)
{
	if (found->value->kind == DCV_VALUE_OTHER)
		return "an open order needs it";
	if (found->value->ours)
		return "it is in the ledger already";
	if (!may_be_taken(run, found))
		return "at a name without leading underscore only a TXT in the form of the CA's "
		       "tokens may be taken";
	return NULL;
}

static enum dcv_err take(struct dcv_run *run, const struct found *found,
	struct dcv_error *err)
{
	int64_t now_s = dcv_now_s(run->clock);
	const struct dcv_placement placement = {.zone = found->zone->binding->zone,
		.backend = found->zone->at->name,
		.owner = found->edit->edit.owner,
		.type = found->edit->edit.type,
		.rdata = found->value->rdata,
		.ours = true,
		.since = now_s,
		.first_seen = now_s};
	const struct dcv_claim_row claim = {.ca = run->subjects[0].ca,
		.id = run->subjects[0].id,
		.owner = placement.owner,
		.type = placement.type,
		.rdata = placement.rdata};
	enum dcv_err rc = dcv_ledger_put_placement(run->ledger, &placement, err);

	return rc == DCV_OK ? dcv_ledger_put_claim(run->ledger, &claim, err) : rc;
}

static enum dcv_err adopt_one(struct dcv_run *run, const struct dcv_named *named,
	size_t *ret_n, struct dcv_diags *diags, struct dcv_error *err)
{
	char owner[DCV_NAME_TEXT_MAX];
	struct found found;
	size_t from = 0, met = 0;
	enum dcv_err rc = DCV_OK;

	for (; rc == DCV_OK && find(run, named, &from, &found); met++) {
		const char *why = objection(run, &found);

		if (why == NULL) {
			rc = take(run, &found, err);
			++*ret_n;
			continue;
		}
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_REFUSED, &named->place,
			"leave it out; dcvctl plan ORDER shows what stands there and whose it is",
			"%s: %s: not taken: %s",
			dcv_name_text(&found.edit->edit.owner, owner), named->text, why);
	}
	if (rc == DCV_OK && met == 0)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_REFUSED, &named->place,
			"run: dcvctl plan ORDER   (shows what stands at its owners)",
			"%s: no such value stands at an owner of the order", named->text);
	return rc;
}

enum dcv_err dcv_run_adopt(struct dcv_run *run, const struct dcv_named *values, size_t n,
	size_t *ret_n, struct dcv_diags *diags)
{
	struct dcv_error err = {0};
	size_t errors = diags->n_errors;
	enum dcv_err rc = dcv_ledger_begin(run->ledger, &err);

	*ret_n = 0;
	if (rc != DCV_OK) {
		dcv_diag_add_error(diags, NULL, &err);
		return rc;
	}
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = adopt_one(run, &values[i], ret_n, diags, &err);
	if (rc == DCV_OK && diags->n_errors > errors) {
		dcv_ledger_rollback(run->ledger);
		*ret_n = 0;
		return DCV_E_REFUSED;
	}
	rc = dcv_ledger_end(run->ledger, rc, &err);
	if (rc != DCV_OK)
		dcv_diag_add_error(diags, NULL, &err);
	return rc;
}
