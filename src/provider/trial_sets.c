/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Groups 3 to 6: values within RRsets, several writers, what others have there, TTLs. */
#include <stdio.h>

#include "provider/trial_parts.h"

#define TXT DCV_TYPE_TXT
#define TTL DCV_TRIAL_TTL
#define FOREIGN_TTL 3600u
#define SESSIONS 16u
#define TRIES 40u /* each of the sessions may be in the way of each other, and more */

#define EDIT(name, want, ...) \
	dcv_trial_edit(t, name, want, (struct dcv_trial_edit){__VA_ARGS__})

void dcv_trial_present(struct dcv_trial *t)
{
	EDIT("the first value", DCV_TRIAL_DONE, "p", TXT, TTL, DCV_VALUES("one"), NULL);
	EDIT("the same again", DCV_TRIAL_ALREADY, "p", TXT, TTL, DCV_VALUES("one"), NULL);
	EDIT("a second value keeps the first", DCV_TRIAL_DONE, "p", TXT, TTL,
		DCV_VALUES("two"), NULL);
	EDIT("both again", DCV_TRIAL_ALREADY, "p", TXT, TTL, DCV_VALUES("two", "one"),
		NULL);
	EDIT("a value is replaced beside another", DCV_TRIAL_DONE, "p", TXT, TTL,
		DCV_VALUES("three"), DCV_VALUES("two"));
	EDIT("the first goes, the other stays", DCV_TRIAL_DONE, "p", TXT, TTL, NULL,
		DCV_VALUES("one"));
	EDIT("what is gone goes again", DCV_TRIAL_ALREADY, "p", TXT, TTL, NULL,
		DCV_VALUES("one"));
	EDIT("the last goes, and the set with it", DCV_TRIAL_DONE, "p", TXT, TTL, NULL,
		DCV_VALUES("three"));
	EDIT("what is gone with its set goes again", DCV_TRIAL_ALREADY, "p", TXT, TTL,
		NULL, DCV_VALUES("three"));
	EDIT("one comes and one that is not there goes", DCV_TRIAL_DONE, "p", TXT, TTL,
		DCV_VALUES("four"), DCV_VALUES("never"));
	EDIT("a value at the trial's own owner", DCV_TRIAL_DONE, "", TXT, TTL,
		DCV_VALUES("own"), NULL);
	EDIT("at a wildcard", DCV_TRIAL_DONE, "*.wild", TXT, TTL, DCV_VALUES("any"), NULL);
	EDIT("below a name that is not there", DCV_TRIAL_DONE, "a.b.c.deep", TXT, TTL,
		DCV_VALUES("deep"), NULL);
}

/* A session of its own that read the set when nothing stood there. */
struct writer {
	struct dcv_backend *backend;
	struct dcv_zone_view view;
	struct dcv_rrset_edit *edit;
	bool done;
};

static enum dcv_err open_writer(struct dcv_trial *t, struct writer *writer, size_t i,
	struct dcv_error *err)
{
	char value[32];
	enum dcv_err rc;

	(void)snprintf(value, sizeof(value), "writer-%zu", i);
	rc = dcv_trial_edits(t,
		&(struct dcv_trial_edit){"writers", TXT, TTL, DCV_VALUES(value), NULL}, 1,
		&writer->edit, err);
	if (rc == DCV_OK)
		rc = dcv_backend_open(t->setup->host, &t->setup->zone, t->setup->from,
			&writer->backend, err);
	return rc == DCV_OK
		? dcv_trial_read(t, writer->backend, writer->edit, 1, &writer->view, err)
		: rc;
}

/* Writes on what was read at the beginning; only where the backend says that the zone has moved
 * it reads again. Whatever the backend says, no value may be lost. */
static enum dcv_err write_one(struct dcv_trial *t, struct writer *writer,
	struct dcv_error *err)
{
	struct dcvp_receipt receipt;
	bool conflict = true;
	enum dcv_err rc = DCV_E_FAILED;

	for (unsigned i = 0; conflict && i < TRIES; i++) {
		*err = (struct dcv_error){0};
		rc = dcv_trial_apply(t, writer->backend, &writer->view, writer->edit, 1,
			&receipt, &conflict, err);
		if (conflict &&
			dcv_trial_read(t, writer->backend, writer->edit, 1, &writer->view,
				err) != DCV_OK)
			return err->code;
	}
	return rc == DCV_OK ? dcv_trial_note(t, writer->edit, 1, err) : rc;
}

static enum dcv_err write_all(struct dcv_trial *t, struct writer *writers, size_t n,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = open_writer(t, &writers[i], i, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = write_one(t, &writers[i], err);
	return rc == DCV_OK ? dcv_trial_verify(t, writers[0].edit, 1, err) : rc;
}

static void several_sessions(struct dcv_trial *t)
{
	struct writer writers[SESSIONS] = {{0}};
	struct dcv_error err = {0};
	uint32_t max = t->can->sessions_max;
	size_t n = max != 0 && max <= SESSIONS ? max - 1 : SESSIONS; /* one is open */
	enum dcv_err rc;

	if (t->can->values_max != 0 && n > t->can->values_max)
		n = t->can->values_max;
	if (t->stopped)
		return;
	if (n < 2)
		rc = dcv_fail(&err, DCV_E_PENDING, "one session at a time");
	else
		rc = write_all(t, writers, n, &err);
	dcv_trial_tell(t, "sessions that all rest on the same read", rc, &err);
	for (size_t i = 0; i < SESSIONS; i++)
		dcv_backend_close(writers[i].backend);
}

void dcv_trial_together(struct dcv_trial *t)
{
	static const char *const eight[] = {"v1", "v2", "v3", "v4", "v5", "v6", "v7",
		"v8", NULL};
	const struct dcv_trial_edit two[] = {
		{"x", TXT, TTL, DCV_VALUES("left", "both"), NULL},
		{"y", TXT, TTL, DCV_VALUES("right", "both"), NULL}};
	const struct dcv_trial_edit swap[] = {{"x", TXT, TTL, NULL, DCV_VALUES("both")},
		{"y", TXT, TTL, DCV_VALUES("more"), DCV_VALUES("right")},
		{"z", TXT, TTL, DCV_VALUES("new"), NULL}};

	EDIT("eight values at once", DCV_TRIAL_DONE, "e", TXT, TTL, eight, NULL);
	EDIT("two of eight go", DCV_TRIAL_DONE, "e", TXT, TTL, NULL,
		DCV_VALUES("v3", "v8"));
	dcv_trial_change(t, "two owners in one change", DCV_TRIAL_DONE, two, 2);
	dcv_trial_change(t, "coming and going at three owners", DCV_TRIAL_DONE, swap, 3);
	dcv_trial_change(t, "the same again", DCV_TRIAL_ALREADY, swap, 3);
	several_sessions(t);
}

/* Beside what stands at the apex, whose TTL stays. */
static void at_apex(struct dcv_trial *t)
{
	const struct dcv_rrset_edit at = {.owner = t->setup->zone};
	struct dcv_zone_view view;
	struct dcv_error err = {0};
	const struct dcv_rrset *set;
	enum dcv_err rc = dcv_trial_read(t, t->backend, &at, 1, &view, &err);
	uint32_t ttl_s;

	if (rc != DCV_OK) {
		dcv_trial_tell(t, "the apex is read", rc, &err);
		return;
	}
	set = dcv_node_set(&view.nodes[0], TXT);
	ttl_s = set != NULL ? set->ttl_s : TTL;
	EDIT("comes at the apex", DCV_TRIAL_DONE, "@", TXT, ttl_s,
		DCV_VALUES("dcvctl-test-at-the-apex"), NULL);
	EDIT("and goes from there", DCV_TRIAL_DONE, "@", TXT, ttl_s, NULL,
		DCV_VALUES("dcvctl-test-at-the-apex"));
}

void dcv_trial_foreign(struct dcv_trial *t)
{
	EDIT("somebody's value with a long TTL", DCV_TRIAL_DONE, "f", TXT, FOREIGN_TTL,
		DCV_VALUES("\"v=spf1 mx -all\""), NULL);
	EDIT("ours comes, the TTL stays", DCV_TRIAL_DONE, "f", TXT, FOREIGN_TTL,
		DCV_VALUES("ours"), NULL);
	EDIT("ours is replaced", DCV_TRIAL_DONE, "f", TXT, FOREIGN_TTL,
		DCV_VALUES("ours-2"), DCV_VALUES("ours"));
	EDIT("ours goes, theirs stays as it was", DCV_TRIAL_DONE, "f", TXT, FOREIGN_TTL,
		NULL, DCV_VALUES("ours-2"));
	EDIT("another type at the owner", DCV_TRIAL_DONE, "f", DCV_TYPE_CAA, FOREIGN_TTL,
		DCV_VALUES("0 issue \"theirs.example\""), NULL);
	EDIT("ours beside both", DCV_TRIAL_DONE, "f", TXT, FOREIGN_TTL,
		DCV_VALUES("ours"), NULL);
	EDIT("theirs of the other type stays", DCV_TRIAL_ALREADY, "f", DCV_TYPE_CAA,
		FOREIGN_TTL, DCV_VALUES("0 issue \"theirs.example\""), NULL);
	if (t->setup->apex)
		at_apex(t);
}

void dcv_trial_ttl(struct dcv_trial *t)
{
	EDIT("300 s", DCV_TRIAL_DONE, "t", TXT, 300, DCV_VALUES("a"), NULL);
	EDIT("another TTL, the same value", DCV_TRIAL_DONE, "t", TXT, 900, NULL, NULL);
	EDIT("and back", DCV_TRIAL_DONE, "t", TXT, 300, NULL, NULL);
	EDIT("the TTL that it has", DCV_TRIAL_ALREADY, "t", TXT, 300, NULL, NULL);
	EDIT("a value comes and the TTL of the others changes", DCV_TRIAL_DONE, "t", TXT,
		600, DCV_VALUES("b"), NULL);
	EDIT("a value goes and the TTL of the rest changes", DCV_TRIAL_DONE, "t", TXT,
		300, NULL, DCV_VALUES("a"));
	EDIT("one comes, one goes, and the TTL changes", DCV_TRIAL_DONE, "t", TXT, 1200,
		DCV_VALUES("c"), DCV_VALUES("b"));
	EDIT("a day", DCV_TRIAL_DONE, "day", TXT, 86400, DCV_VALUES("a"), NULL);
	EDIT("a minute", DCV_TRIAL_DONE, "minute", TXT, 60, DCV_VALUES("a"), NULL);
}
