/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a change is carried out as the host does it, and what the outcomes that a
 * backend tells must agree with. */
#include <stdio.h>
#include <string.h>

#include "provider/trial_parts.h"

#define TRIES 3u /* at a zone that moves */
#define AGAIN 3u /* looks at a serial that moved without need */
#define AGAIN_MS 100 /* before the first of them; doubled */

static enum dcv_err sync_change(struct dcv_backend *backend,
	const struct dcv_backend_change *change, struct dcvp_receipt *receipt,
	struct dcv_error *err)
{
	if (backend->provider->sync == NULL)
		return DCV_OK;
	return dcv_backend_sync(backend, change, receipt, err);
}

static enum dcv_err check_outcomes(const struct dcvp_result *results, size_t n,
	struct dcv_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (results[i].outcome != DCVP_EDIT_DONE &&
			results[i].outcome != DCVP_EDIT_ALREADY)
			return dcv_fail(err, DCV_E_INTERNAL,
				"the change is told to be a success, and its edit %zu is "
				"not",
				i + 1);
	}
	return DCV_OK;
}

/* The edits with the sets that they rest on. */
static struct dcv_rrset_edit *with_before(struct dcv_trial *t,
	const struct dcv_zone_view *view, const struct dcv_rrset_edit *edits, size_t n)
{
	struct dcv_rrset_edit *ret = dcv_arena_array(t->arena, n, sizeof(ret[0]));

	for (size_t i = 0; ret != NULL && i < n; i++) {
		ret[i] = edits[i];
		ret[i].has_before = true;
		ret[i].before = dcv_node_set(&view->nodes[i], edits[i].type);
	}
	return ret;
}

enum dcv_err dcv_trial_apply(struct dcv_trial *t, struct dcv_backend *backend,
	const struct dcv_zone_view *view, const struct dcv_rrset_edit *edits, size_t n,
	struct dcvp_receipt *receipt, bool *ret_conflict, struct dcv_error *err)
{
	char id[32];
	struct dcv_backend_change change = {.id = id,
		.etag = view->etag,
		.n = n,
		.edits = with_before(t, view, edits, n)};
	struct dcvp_result *results = dcv_arena_array(t->arena, n, sizeof(results[0]));
	enum dcv_err rc;

	*ret_conflict = false;
	*receipt = (struct dcvp_receipt){0};
	if (results == NULL || change.edits == NULL)
		return dcv_nomem(err);
	(void)snprintf(id, sizeof(id), "%08x%x", (unsigned)t->salt,
		(unsigned)++t->n_changes);
	rc = dcv_backend_apply(backend, &change, results, receipt, ret_conflict, err);
	if (rc == DCV_OK)
		rc = check_outcomes(results, n, err);
	return rc == DCV_OK ? sync_change(backend, &change, receipt, err) : rc;
}

enum dcv_err dcv_trial_carry(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err)
{
	struct dcvp_receipt receipt;
	bool conflict = true;
	enum dcv_err rc = DCV_E_FAILED;

	for (unsigned i = 0; conflict && i < TRIES; i++) {
		struct dcv_zone_view view;

		*err = (struct dcv_error){0};
		rc = dcv_trial_read(t, t->backend, edits, n, &view, err);
		if (rc != DCV_OK)
			return rc;
		rc = dcv_trial_apply(t, t->backend, &view, edits, n, &receipt, &conflict,
			err);
	}
	return rc;
}

/* The first of them in a text; 0: none. */
static uint8_t first_octet(const struct dcv_rdata *rdata, const char *octets)
{
	for (uint16_t i = 0; i < rdata->len; i += (uint16_t)(rdata->wire[i] + 1)) {
		for (uint8_t k = 0; k < rdata->wire[i]; k++) {
			uint8_t octet = rdata->wire[i + 1 + k];

			if (octet != 0 && strchr(octets, octet) != NULL)
				return octet;
		}
	}
	return 0;
}

static size_t text_len(const struct dcv_rdata *rdata)
{
	size_t n = 0;

	for (uint16_t i = 0; i < rdata->len; i += (uint16_t)(rdata->wire[i] + 1))
		n += rdata->wire[i];
	return n;
}

static const char *declared_of_txt(struct dcv_trial *t, const struct dcv_rrset_edit *edit)
{
	uint8_t octet;

	for (size_t i = 0; i < edit->n_add; i++) {
		if (t->can->txt_max != 0 && text_len(&edit->add[i]) > t->can->txt_max)
			return dcv_arena_printf(t->arena, "TXT over %u octets",
				(unsigned)t->can->txt_max);
		if (t->can->no_empty_txt && text_len(&edit->add[i]) == 0)
			return "an empty TXT value";
		octet = t->can->txt_forbidden != NULL
			? first_octet(&edit->add[i], t->can->txt_forbidden)
			: 0;
		if (octet != 0)
			return dcv_arena_printf(t->arena,
				octet > ' ' && octet <= '~'
					? "TXT with a %c in it"
					: "TXT with the octet %d in it",
				octet);
	}
	return NULL;
}

/* Another TTL for a set that is there, and that does not go with the edit. */
static bool changes_ttl(struct dcv_trial *t, const struct dcv_rrset_edit *edit)
{
	const struct dcv_trial_set *now = dcv_trial_set(t, &edit->owner, edit->type);

	return now != NULL && now->set.n > 0 && now->set.ttl_s != edit->ttl_s &&
		(edit->n_add > 0 || edit->n_remove < now->set.n);
}

/* What the capabilities say against a set of values: NULL if nothing. In the arena. */
static const char *declared_of(struct dcv_trial *t, const struct dcv_rrset_edit *edit)
{
	if (t->can->ttl_stays && changes_ttl(t, edit))
		return "another TTL for a set that is there";
	if (edit->type == DCV_TYPE_CAA && t->can->no_caa)
		return "CAA";
	if (edit->type == DCV_TYPE_CNAME && t->can->no_cname)
		return "CNAME";
	if (t->can->values_max != 0 && edit->n_add > t->can->values_max)
		return dcv_arena_printf(t->arena, "more than %u values",
			(unsigned)t->can->values_max);
	return edit->type == DCV_TYPE_TXT ? declared_of_txt(t, edit) : NULL;
}

/* A no must be a clean one: told as failed or refused, and nothing of it done. */
static enum dcv_err judge_refusal(struct dcv_trial *t, enum dcv_err rc,
	const struct dcv_rrset_edit *edits, size_t n, struct dcv_error *err)
{
	struct dcv_error said = *err;

	*err = (struct dcv_error){0};
	if (rc == DCV_OK)
		return dcv_fail(err, DCV_E_FAILED, "is told to be done");
	if (rc == DCV_E_PARTIAL || rc == DCV_E_INTERNAL || rc == DCV_E_NOMEM)
		return dcv_fail(err, DCV_E_FAILED, "is no clean refusal: %s", said.text);
	if (said.text[0] == '\0')
		return dcv_fail(err, DCV_E_FAILED, "is refused without a reason");
	return dcv_trial_verify(t, edits, n, err);
}

/* What not every backend can hold is either held or refused as cleanly. */
static enum dcv_err judge_either(struct dcv_trial *t, enum dcv_err rc,
	const struct dcv_rrset_edit *edits, size_t n, struct dcv_error *err)
{
	struct dcv_error said = *err;

	rc = judge_refusal(t, rc, edits, n, err);
	return rc == DCV_OK ? dcv_fail(err, DCV_E_PENDING, "%s", said.text) : rc;
}

/* The change, and what the model knows of it when it is done. */
static enum dcv_err carry_noted(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err)
{
	enum dcv_err rc = dcv_trial_carry(t, edits, n, err);

	return rc == DCV_OK ? dcv_trial_note(t, edits, n, err) : rc;
}

static enum dcv_err already_once(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, uint32_t *ret_before, uint32_t *ret_after, struct dcv_error *err)
{
	enum dcv_err rc = dcv_trial_serial(t, 0, ret_before, err);

	if (rc == DCV_OK)
		rc = carry_noted(t, edits, n, err);
	if (rc == DCV_OK)
		rc = dcv_trial_verify(t, edits, n, err);
	return rc == DCV_OK ? dcv_trial_serial(t, 0, ret_after, err) : rc;
}

/* A server that reloads gives answers of the zone before for a moment longer, so a serial that
 * moved is looked at again: who writes without need moves it each time. */
static enum dcv_err judge_already(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n, struct dcv_error *err)
{
	uint32_t before = 0, after = 0;
	enum dcv_err rc = already_once(t, edits, n, &before, &after, err);

	for (unsigned again = 0; rc == DCV_OK && after != before && again < AGAIN;
		again++) {
		dcv_sleep_ms(t->setup->host->clock, (int64_t)AGAIN_MS << again);
		rc = already_once(t, edits, n, &before, &after, err);
	}
	if (rc == DCV_OK && after != before)
		rc = dcv_fail(err, DCV_E_FAILED,
			"nothing was to be changed, and the serial went from %u to %u",
			(unsigned)before, (unsigned)after);
	return rc;
}

static enum dcv_err judge(struct dcv_trial *t, enum dcv_trial_want want,
	const struct dcv_rrset_edit *edits, size_t n, struct dcv_error *err)
{
	enum dcv_err rc;

	if (want == DCV_TRIAL_ALREADY)
		return judge_already(t, edits, n, err);
	rc = carry_noted(t, edits, n, err);
	if (want == DCV_TRIAL_REFUSED)
		return judge_refusal(t, rc, edits, n, err);
	if (want == DCV_TRIAL_EITHER && rc != DCV_OK)
		return judge_either(t, rc, edits, n, err);
	return rc == DCV_OK ? dcv_trial_verify(t, edits, n, err) : rc;
}

static const char *find_declared(struct dcv_trial *t, const struct dcv_rrset_edit *edits,
	size_t n)
{
	const char *why = NULL;

	for (size_t i = 0; why == NULL && i < n; i++)
		why = declared_of(t, &edits[i]);
	return why;
}

void dcv_trial_change(struct dcv_trial *t, const char *name, enum dcv_trial_want want,
	const struct dcv_trial_edit *from, size_t n)
{
	struct dcv_error err = {0};
	struct dcv_rrset_edit *edits;
	const char *declared;
	enum dcv_err rc;

	if (t->stopped)
		return;
	rc = dcv_trial_edits(t, from, n, &edits, &err);
	declared = rc == DCV_OK ? find_declared(t, edits, n) : NULL;
	if (rc == DCV_OK)
		rc = judge(t, declared != NULL ? DCV_TRIAL_REFUSED : want, edits, n, &err);
	if (rc == DCV_OK && declared != NULL)
		rc = dcv_fail(&err, DCV_E_PENDING, "%s", declared);
	if (rc != DCV_OK && rc != DCV_E_PENDING && edits != NULL)
		dcv_trial_resync(t, edits, n);
	dcv_trial_tell(t, name, rc, &err);
}

void dcv_trial_edit(struct dcv_trial *t, const char *name, enum dcv_trial_want want,
	struct dcv_trial_edit edit)
{
	dcv_trial_change(t, name, want, &edit, 1);
}

/* An edit for each set that the backend has at owners of the model, and that was written here. */
static enum dcv_err gather_rest(struct dcv_trial *t, struct dcv_rrset_edit *edits,
	size_t *ret_n, struct dcv_error *err)
{
	struct dcv_zone_view view;
	size_t n = 0;
	enum dcv_err rc;

	for (size_t i = 0; i < t->n_model; i++)
		edits[i] = (struct dcv_rrset_edit){.owner = t->model[i].set.owner};
	rc = dcv_trial_read(t, t->backend, edits, t->n_model, &view, err);
	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < t->n_model; i++) {
		const struct dcv_rrset *model = &t->model[i].set;
		const struct dcv_rrset *got = dcv_node_set(&view.nodes[i], model->type);

		const struct dcv_rrset *ours = t->model[i].apex ? model : got;

		if (got == NULL || ours->n == 0)
			continue;
		edits[n++] = (struct dcv_rrset_edit){.owner = model->owner,
			.type = model->type,
			.ttl_s = got->ttl_s,
			.remove = ours->rdata,
			.n_remove = ours->n};
	}
	*ret_n = n;
	return DCV_OK;
}

enum dcv_err dcv_trial_clean(struct dcv_trial *t, struct dcv_error *err)
{
	struct dcv_rrset_edit *edits = dcv_arena_array(t->arena, t->n_model,
		sizeof(edits[0]));
	size_t n = 0;
	enum dcv_err rc = DCV_OK;

	if (edits == NULL)
		return dcv_nomem(err);
	if (t->n_model > 0)
		rc = gather_rest(t, edits, &n, err);
	if (rc == DCV_OK && n > 0)
		rc = dcv_trial_carry(t, edits, n, err);
	if (rc == DCV_OK)
		rc = dcv_trial_note(t, edits, n, err);
	return rc == DCV_OK && n > 0 ? dcv_trial_verify(t, edits, n, err) : rc;
}
