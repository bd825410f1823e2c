/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Groups 10 to 13: what must not move, many owners, what fails, and when a change is seen. */
#include <stdio.h>
#include <string.h>

#include "provider/trial_parts.h"

#define TXT DCV_TYPE_TXT
#define TTL DCV_TRIAL_TTL

#define EDIT(name, want, ...) \
	dcv_trial_edit(t, name, want, (struct dcv_trial_edit){__VA_ARGS__})

static enum dcv_err read_twice(struct dcv_trial *t, struct dcv_error *err)
{
	const struct dcv_rrset_edit at = {.owner = t->result->owner};
	struct dcv_zone_view one, two;
	enum dcv_err rc = dcv_trial_read(t, t->backend, &at, 1, &one, err);

	if (rc == DCV_OK)
		rc = dcv_trial_read(t, t->backend, &at, 1, &two, err);
	if (rc != DCV_OK)
		return rc;
	if ((one.etag == NULL) != (two.etag == NULL) ||
		(one.etag != NULL && strcmp(one.etag, two.etag) != 0))
		return dcv_fail(err, DCV_E_FAILED,
			"the etag differs though nothing changed");
	if (one.serial != two.serial && !one.is_signed)
		return dcv_fail(err, DCV_E_FAILED, "reading moves the serial");
	return DCV_OK;
}

/* All sets of the trial once more. */
static enum dcv_err verify_all(struct dcv_trial *t, struct dcv_error *err)
{
	struct dcv_rrset_edit *at = dcv_arena_array(t->arena, t->n_model, sizeof(at[0]));

	if (at == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < t->n_model; i++)
		at[i] = (struct dcv_rrset_edit){.owner = t->model[i].set.owner,
			.type = t->model[i].set.type};
	return dcv_trial_verify(t, at, t->n_model, err);
}

void dcv_trial_quiet(struct dcv_trial *t)
{
	struct dcv_error err = {0};

	dcv_trial_tell(t, "two reads of what did not move", read_twice(t, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "all that was written before stands yet", verify_all(t, &err),
		&err);
	EDIT("a set that is there, as it is", DCV_TRIAL_ALREADY, "p", TXT, TTL,
		DCV_VALUES("four"), NULL);
	EDIT("a set that is not there, to be gone", DCV_TRIAL_ALREADY, "nothing", TXT,
		TTL, NULL, DCV_VALUES("nobody"));
}

/* Values at n owners in one change, which the host splits where the backend takes fewer edits at
 * a time; `add`: or all of them away. */
static enum dcv_err many(struct dcv_trial *t, size_t n, bool add, struct dcv_error *err)
{
	static const char *const value[] = {"many", NULL};
	struct dcv_trial_edit *edits = dcv_arena_array(t->arena, n, sizeof(edits[0]));
	struct dcv_rrset_edit *wire;
	enum dcv_err rc = DCV_OK;

	if (edits == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		edits[i] = (struct dcv_trial_edit){
			dcv_arena_printf(t->arena, "n%04zu.many", i), TXT, TTL,
			add ? value : NULL, add ? NULL : value};
		if (edits[i].label == NULL)
			rc = dcv_nomem(err);
	}
	if (rc == DCV_OK)
		rc = dcv_trial_edits(t, edits, n, &wire, err);
	if (rc == DCV_OK)
		rc = dcv_trial_carry(t, wire, n, err);
	if (rc == DCV_OK)
		rc = dcv_trial_note(t, wire, n, err);
	return rc == DCV_OK ? dcv_trial_verify(t, wire, n, err) : rc;
}

void dcv_trial_many(struct dcv_trial *t)
{
	struct dcv_error err = {0};
	size_t n = t->setup->all ? 1001 : 101;
	const char *coming = t->setup->all ? "1,001 owners come" : "101 owners come";
	enum dcv_err rc;

	if (t->stopped)
		return;
	rc = many(t, n, true, &err);
	dcv_trial_tell(t, coming, rc, &err);
	EDIT("the last of them alone", DCV_TRIAL_DONE,
		t->setup->all ? "n1000.many" : "n0100.many", TXT, TTL, DCV_VALUES("more"),
		DCV_VALUES("many"));
	EDIT("and back", DCV_TRIAL_DONE, t->setup->all ? "n1000.many" : "n0100.many", TXT,
		TTL, DCV_VALUES("many"), DCV_VALUES("more"));
	err = (struct dcv_error){0};
	if (rc == DCV_OK && !t->stopped)
		dcv_trial_tell(t, "and all of them go", many(t, n, false, &err), &err);
}

/* With no time left the backend must say so, soon, and what it says must be true. */
static enum dcv_err without_time(struct dcv_trial *t, struct dcv_error *err)
{
	const struct dcv_clock *clock = t->setup->host->clock;
	struct dcv_backend_host host = *t->setup->host;
	struct dcv_rrset_edit *edit;
	struct dcv_backend *backend = NULL;
	struct dcv_zone_view view;
	struct dcvp_receipt receipt;
	bool conflict;
	int64_t begun_ms = dcv_mono_ms(clock);
	enum dcv_err rc = dcv_trial_edits(t,
		&(struct dcv_trial_edit){"late", TXT, TTL, DCV_VALUES("late"), NULL}, 1,
		&edit, err);

	if (rc == DCV_OK)
		rc = dcv_trial_read(t, t->backend, edit, 1, &view, err);
	if (rc != DCV_OK)
		return rc;
	host.deadline_ms = begun_ms - 1;
	rc = dcv_backend_open(&host, &t->setup->zone, t->setup->from, &backend, err);
	if (rc == DCV_OK)
		rc = dcv_trial_apply(t, backend, &view, edit, 1, &receipt, &conflict, err);
	dcv_backend_close(backend);
	if (dcv_mono_ms(clock) - begun_ms > 5000)
		return dcv_fail(err, DCV_E_FAILED, "took over 5 s");
	if (rc == DCV_E_PARTIAL) { /* in doubt: what is there decides */
		dcv_trial_resync(t, edit, 1);
		rc = DCV_OK;
	} else if (rc == DCV_OK) {
		rc = dcv_trial_note(t, edit, 1, err);
	} else {
		rc = DCV_OK;
	}
	*err = (struct dcv_error){0};
	return rc == DCV_OK ? dcv_trial_verify(t, edit, 1, err) : rc;
}

/* One edit of two cannot be. Which of them holds then, the results say. */
static enum dcv_err half(struct dcv_trial *t, struct dcv_error *err)
{
	const struct dcv_trial_edit words[] = {
		{"half-1", TXT, TTL, DCV_VALUES("good"), NULL},
		{"_c", TXT, TTL, DCV_VALUES("beside-a-cname"), NULL}};
	struct dcv_rrset_edit *edits;
	struct dcvp_result results[2] = {{.outcome = DCVP_EDIT_FAILED}};
	struct dcvp_receipt receipt = {0};
	struct dcv_zone_view view;
	struct dcv_error said = {0};
	bool conflict = false;
	enum dcv_err rc = dcv_trial_edits(t, words, 2, &edits, err);

	if (rc == DCV_OK)
		rc = dcv_trial_read(t, t->backend, edits, 2, &view, err);
	if (rc != DCV_OK)
		return rc;
	rc = dcv_backend_apply(t->backend,
		&(struct dcv_backend_change){.id = "half0",
			.etag = view.etag,
			.n = 2,
			.edits = edits},
		results, &receipt, &conflict, &said);
	if (rc == DCV_OK)
		return dcv_fail(err, DCV_E_FAILED,
			"TXT beside a CNAME is told to be done");
	if (rc == DCV_E_PARTIAL)
		(void)!dcv_backend_sync(t->backend,
			&(struct dcv_backend_change){.id = "half0", .n = 1, .edits = edits},
			&receipt, &(struct dcv_error){0});
	if (rc == DCV_E_PARTIAL && results[0].outcome == DCVP_EDIT_DONE)
		rc = dcv_trial_note(t, edits, 1, err);
	else if (rc == DCV_E_PARTIAL && results[0].outcome == DCVP_EDIT_UNKNOWN)
		dcv_trial_resync(t, edits, 1);
	if (rc == DCV_E_NOMEM)
		return rc;
	return dcv_trial_verify(t, edits, 2, err);
}

void dcv_trial_faults(struct dcv_trial *t)
{
	struct dcv_error err = {0};

	if (t->stopped)
		return;
	dcv_trial_tell(t, "with no time left, soon and truly", without_time(t, &err),
		&err);
	err = (struct dcv_error){0};
	if (t->can->no_cname)
		dcv_trial_tell(t, "of two edits one cannot be",
			dcv_fail(&err, DCV_E_PENDING, "CNAME"), &err);
	else
		dcv_trial_tell(t, "of two edits one cannot be", half(t, &err), &err);
	EDIT("and the session goes on", DCV_TRIAL_DONE, "after", TXT, TTL,
		DCV_VALUES("after"), NULL);
}

/* Applied, and looked at before anything else: by a session of its own. */
static enum dcv_err read_own_write(struct dcv_trial *t, const char *value,
	struct dcvp_receipt *receipt, struct dcv_error *err)
{
	struct dcv_backend *other = NULL;
	struct dcv_rrset_edit *edit;
	struct dcv_zone_view view;
	bool conflict;
	enum dcv_err rc = dcv_trial_edits(t,
		&(struct dcv_trial_edit){"seen", TXT, TTL, DCV_VALUES(value), NULL}, 1,
		&edit, err);

	if (rc == DCV_OK)
		rc = dcv_trial_read(t, t->backend, edit, 1, &view, err);
	if (rc == DCV_OK)
		rc = dcv_trial_apply(t, t->backend, &view, edit, 1, receipt, &conflict,
			err);
	if (rc == DCV_OK)
		rc = dcv_trial_note(t, edit, 1, err);
	if (rc == DCV_OK && t->can->sessions_max != 1)
		rc = dcv_backend_open(t->setup->host, &t->setup->zone, t->setup->from,
			&other, err);
	if (rc == DCV_OK && other != NULL)
		rc = dcv_trial_read(t, other, edit, 1, &view, err);
	if (rc == DCV_OK && other != NULL &&
		!dcv_trial_same(&dcv_trial_set(t, &edit->owner, TXT)->set,
			dcv_node_set(&view.nodes[0], TXT), false))
		rc = dcv_fail(err, DCV_E_FAILED, "another session does not read it");
	dcv_backend_close(other);
	return rc == DCV_OK ? dcv_trial_verify(t, edit, 1, err) : rc;
}

/* A serial in the receipt is one that the server has reached; where it tells only the one before,
 * the server has passed that. */
static enum dcv_err check_receipt(struct dcv_trial *t, const struct dcvp_receipt *receipt,
	struct dcv_error *err)
{
	uint32_t serial, after = receipt->serial_after;
	enum dcv_err rc = dcv_trial_serial(t, 0, &serial, err);

	if (rc != DCV_OK)
		return rc;
	if (after == 0 && receipt->serial_before == 0)
		return dcv_fail(err, DCV_E_PENDING, "it tells no serial");
	if (after == 0)
		after = serial;
	if ((int32_t)(serial - after) < 0)
		return dcv_fail(err, DCV_E_FAILED, "receipt %u, the server has %u",
			(unsigned)after, (unsigned)serial);
	if (receipt->serial_before != 0 && (int32_t)(after - receipt->serial_before) <= 0)
		return dcv_fail(err, DCV_E_FAILED, "serial %u -> %u",
			(unsigned)receipt->serial_before, (unsigned)after);
	return DCV_OK;
}

void dcv_trial_visible(struct dcv_trial *t)
{
	struct dcvp_receipt receipt = {0};
	struct dcv_error err = {0};
	enum dcv_err rc;

	if (t->stopped)
		return;
	rc = read_own_write(t, "first", &receipt, &err);
	dcv_trial_tell(t, "read at once by another session, served in time", rc, &err);
	err = (struct dcv_error){0};
	if (rc == DCV_OK)
		dcv_trial_tell(t, "the receipt's serial is served",
			check_receipt(t, &receipt, &err), &err);
	err = (struct dcv_error){0};
	dcv_trial_tell(t, "a second change likewise",
		read_own_write(t, "second", &receipt, &err), &err);
}
