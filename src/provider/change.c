/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a change is handed to a provider: whole or in parts, and what its answer is
 * taken for. */
#include <stdio.h>
#include <string.h>

#include "provider/internal.h"

/* Texts of a change, in the memory of the call. */
static enum dcv_err open_call(struct dcv_backend *backend,
	const struct dcv_backend_change *from, struct dcvp_change *ret,
	struct dcv_error *err)
{
	dcv_arena_clear(&backend->call);
	*ret = (struct dcvp_change){.zone = backend->zone,
		.id = from->id,
		.etag = from->etag,
		.n_edits = from->n};
	ret->edits = dcv_convert_edits(from->edits, from->n, &backend->call);
	return ret->edits == NULL ? dcv_nomem(err) : DCV_OK;
}

static void set_outcomes(struct dcvp_result *results, size_t n, enum dcvp_outcome outcome)
{
	for (size_t i = 0; i < n; i++)
		results[i] = (struct dcvp_result){.outcome = outcome};
}

/* A provider may say that all is done while a result says otherwise. */
static bool all_hold(const struct dcvp_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (results[i].outcome != DCVP_EDIT_DONE &&
			results[i].outcome != DCVP_EDIT_ALREADY)
			return false;
	}
	return true;
}

/* What a provider says of a record is told to people too. */
static void hide_secrets(struct dcv_backend *backend, struct dcvp_result *results,
	size_t n, struct dcvp_receipt *receipt)
{
	for (size_t i = 0; i < n; i++) {
		const size_t size = results[i].text != NULL ? strlen(results[i].text) + 1
							    : 0;
		char *text = size > 0
			? dcv_arena_memdup(&backend->call, results[i].text, size)
			: NULL;

		if (text != NULL)
			dcv_secrets_hide(&backend->secrets, text, size);
		results[i].text = text;
	}
	dcv_secrets_hide(&backend->secrets, receipt->note, sizeof(receipt->note));
}

/* One call of the provider: as many edits as it takes. */
static enum dcvp_class apply_part(struct dcv_backend *backend,
	const struct dcvp_change *part, struct dcvp_result *results,
	struct dcvp_receipt *receipt, struct dcvp_error *said)
{
	enum dcvp_class class;

	set_outcomes(results, part->n_edits, DCVP_EDIT_UNKNOWN);
	class = backend->provider->apply(backend->session, part, results, receipt, said);
	if (class == DCVP_OK && !all_hold(results, part->n_edits)) {
		(void)snprintf(said->text, sizeof(said->text),
			"%.255s: the backend says that all is done, and does not say so of each record",
			backend->zone);
		class = DCVP_UNKNOWN;
	}
	if (class != DCVP_OK && class != DCVP_UNKNOWN)
		set_outcomes(results, part->n_edits, DCVP_EDIT_FAILED);
	return class;
}

/* All parts, until one does not go well. The zone moves with the first, so the others rest on
 * their sets alone. */
static enum dcvp_class apply_parts(struct dcv_backend *backend,
	const struct dcvp_change *change, struct dcvp_result *results,
	struct dcvp_receipt *receipt, size_t *ret_tried, struct dcvp_error *said)
{
	const size_t max = dcv_backend_capabilities(backend)->edits_max;
	enum dcvp_class class = DCVP_OK;
	size_t from = 0;

	do {
		struct dcvp_change part = *change;
		const uint32_t serial = receipt->serial_before;

		part.edits += from;
		part.n_edits -= from;
		if (max != 0 && part.n_edits > max)
			part.n_edits = max;
		if (from > 0)
			part.etag = NULL;
		class = apply_part(backend, &part, &results[from], receipt, said);
		if (from > 0)
			receipt->serial_before = serial;
		*ret_tried = from;
		from += part.n_edits;
	} while (class == DCVP_OK && from < change->n_edits);
	set_outcomes(&results[from], change->n_edits - from, DCVP_EDIT_FAILED);
	return class;
}

enum dcv_err dcv_backend_apply(struct dcv_backend *backend,
	const struct dcv_backend_change *change, struct dcvp_result *results,
	struct dcvp_receipt *receipt, bool *ret_conflict, struct dcv_error *err)
{
	struct dcvp_error said = {0};
	struct dcvp_change call;
	enum dcvp_class class;
	enum dcv_err rc = open_call(backend, change, &call, err);
	size_t tried = 0;

	*ret_conflict = false;
	if (rc != DCV_OK) {
		set_outcomes(results, change->n, DCVP_EDIT_FAILED);
		return rc;
	}
	class = apply_parts(backend, &call, results, receipt, &tried, &said);
	hide_secrets(backend, results, change->n, receipt);
	*ret_conflict = class == DCVP_CONFLICT;
	rc = dcv_backend_fail(backend, class, &said, err);
	/* What came before the part that failed stands. */
	if (rc != DCV_OK && tried > 0)
		rc = err->code = DCV_E_PARTIAL;
	return rc;
}

enum dcv_err dcv_backend_sync(struct dcv_backend *backend,
	const struct dcv_backend_change *change, struct dcvp_receipt *receipt,
	struct dcv_error *err)
{
	struct dcvp_error said = {0};
	struct dcvp_change call;
	enum dcv_err rc;

	if (backend->provider->sync == NULL)
		return DCV_OK;
	rc = open_call(backend, change, &call, err);
	if (rc != DCV_OK)
		return rc;
	return dcv_backend_fail(backend,
		backend->provider->sync(backend->session, &call, receipt, &said), &said,
		err);
}

bool dcv_backend_recovers(const struct dcv_backend *backend)
{
	return backend->provider->recover != NULL;
}

enum dcv_err dcv_backend_recover(struct dcv_backend *backend,
	const struct dcv_backend_change *change, struct dcvp_result *results,
	struct dcv_error *err)
{
	struct dcvp_error said = {0};
	struct dcvp_change call;
	enum dcv_err rc = open_call(backend, change, &call, err);

	if (rc != DCV_OK)
		return rc;
	return dcv_backend_fail(backend,
		backend->provider->recover(backend->session, &call, results, &said),
		&said, err);
}
