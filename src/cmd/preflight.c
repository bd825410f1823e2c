/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how it is said what stands in an order's way before it is submitted. What CAA
 * means is decided in plan/. */
#include "cmd/preflight.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/exam.h"
#include "cmd/summary.h"

#define NOTES_SHOWN 20u /* of many, those that are not in order; more with --all */

/* --- CAA of each name, once --- */

static bool moves(const struct dcv_caa_note *note)
{
	return strcmp(note->before_text, note->after_text) != 0;
}

static int compare_notes(const void *p, const void *q)
{
	const struct dcv_caa_note *a = *(const struct dcv_caa_note *const *)p;
	const struct dcv_caa_note *b = *(const struct dcv_caa_note *const *)q;
	int order = dcv_name_compare(&a->name, &b->name);

	if (order == 0)
		order = (a->after > b->after) - (a->after < b->after);
	if (order == 0)
		order = strcmp(a->before_text, b->before_text);
	return order != 0 ? order : strcmp(a->after_text, b->after_text);
}

/* In canonical order; several orders may have one name. NULL: memory is out. */
static const struct dcv_caa_note **sort_notes(const struct dcv_run *run, size_t *ret_n)
{
	const struct dcv_caa_note **notes = dcv_arena_array(run->arena,
		run->caa.n_notes + 1, sizeof(const struct dcv_caa_note *));
	size_t n = 0;

	*ret_n = 0;
	if (notes == NULL)
		return NULL;
	for (size_t i = 0; i < run->caa.n_notes; i++)
		notes[i] = &run->caa.notes[i];
	qsort(notes, run->caa.n_notes, sizeof(const struct dcv_caa_note *), compare_notes);
	for (size_t i = 0; i < run->caa.n_notes; i++) {
		if (n == 0 || compare_notes(&notes[n - 1], &notes[i]) != 0)
			notes[n++] = notes[i];
	}
	*ret_n = n;
	return notes;
}

static const char *verdict_word(enum dcv_caa_verdict verdict)
{
	static const char *const words[] = {[DCV_CAA_PERMITS] = "ok  ",
		[DCV_CAA_DENIES] = "NO  ",
		[DCV_CAA_ERROR] = "?   ",
		[DCV_CAA_VARIES] = "?   "};

	return words[verdict];
}

static void show_note(const struct dcv_session *session, const struct dcv_caa_note *note)
{
	dcv_say(session, "  %s CAA          %s: %s%s%s%s%s", verdict_word(note->after),
		dcv_show_name(&note->name), moves(note) ? note->before_text : "",
		moves(note) ? " -> " : "", note->after_text,
		note->found_at.len != 0 ? " at " : "",
		note->found_at.len != 0 ? dcv_show_name(&note->found_at) : "");
}

/* Those that are as they should be, and stay so, take one line. */
static void show_good(const struct dcv_session *session, size_t permitted, size_t none)
{
	size_t n = permitted + none;

	if (none == 0 && permitted > 0)
		dcv_say(session, "  ok   CAA          %zu name%s: permitted", n,
			n == 1 ? "" : "s");
	else if (permitted == 0 && none > 0)
		dcv_say(session, "  ok   CAA          %zu name%s: no CAA", n,
			n == 1 ? "" : "s");
	else if (n > 0)
		dcv_say(session,
			"  ok   CAA          %zu names: %zu permitted, %zu no CAA", n,
			permitted, none);
}

static void show_caa(const struct dcv_session *session)
{
	bool short_form = dcv_summary_is_wanted(session);
	size_t n_notes, n = 0, permitted = 0, none = 0;
	const struct dcv_caa_note **notes = sort_notes(&session->run, &n_notes);

	for (size_t i = 0; i < n_notes; i++) {
		const struct dcv_caa_note *note = notes[i];

		if (short_form && note->after == DCV_CAA_PERMITS && !moves(note)) {
			permitted += note->found_at.len != 0;
			none += note->found_at.len == 0;
		} else if (dcv_show_within(session, &n) &&
			(!short_form || n <= NOTES_SHOWN)) {
			show_note(session, note);
		}
	}
	dcv_show_rest(session, n);
	if (short_form && session->options.limit == 0 && n > NOTES_SHOWN)
		dcv_say(session, "  … and %zu more (--all shows each)", n - NOTES_SHOWN);
	show_good(session, permitted, none);
}

/* --- all that is said --- */

/* The longest time for which caches may hold what stands there now. */
static uint32_t longest_cached(const struct dcv_session *session)
{
	uint32_t longest_s = 0;

	for (size_t z = 0; z < session->run.n_zones; z++) {
		const struct dcv_plan *plan = &session->run.zones[z].plan;

		for (size_t i = 0; i < plan->n_edits; i++) {
			if (plan->edits[i].changes && plan->edits[i].cached_s > longest_s)
				longest_s = plan->edits[i].cached_s;
		}
	}
	return longest_s;
}

static void show_unchecked(const struct dcv_session *session)
{
	dcv_say(session,
		"  --   not checked: " DCV_NOT_CHECKED
		" (apply looks before it writes; check NAME --ca CA at any time)");
}

void dcv_preflight_show(const struct dcv_session *session)
{
	char text[DCV_TIME_TEXT_MAX];
	uint32_t cached_s = longest_cached(session);

	if (session->run.n_zones == 0)
		return;
	dcv_say(session, "before you submit");
	show_caa(session);
	if (cached_s > 0)
		dcv_say(session,
			"  note caches       may hold the old answer until %s after the change",
			dcv_duration_text(cached_s, text));
	show_unchecked(session);
}

/* --- orders without records --- */

bool dcv_preflight_is(const struct dcv_session *session)
{
	for (size_t i = 0; i < session->orders.n; i++) {
		if (session->orders.items[i]->n_claims > 0)
			return false;
	}
	return true;
}

static enum dcv_err look(struct dcv_session *session)
{
	enum dcv_err rc;

	session->run.keep_going = session->options.keep_going;
	rc = dcv_run_plan(&session->run, &session->diags);
	dcv_show_plan(session);
	return rc == DCV_OK && session->run.n_refused > 0 ? DCV_E_REFUSED : rc;
}

static enum dcv_err end_pending(struct dcv_session *session)
{
	dcv_say(session, "no records in the order yet: nothing to write");
	dcv_tell(
		"help: put the records that the CA shows under `records:`, then run this again");
	snprintf(session->msg, sizeof(session->msg), "no records in the order yet");
	return DCV_E_PENDING;
}

enum dcv_err dcv_preflight_plan(struct dcv_session *session)
{
	enum dcv_err rc;

	if (session->orders.n == 0) {
		snprintf(session->msg, sizeof(session->msg), "no orders");
		return DCV_OK;
	}
	rc = look(session);
	dcv_preflight_show(session);
	if (rc != DCV_OK)
		return rc;
	return end_pending(session);
}

static const char *gate_word(enum dcv_gate gate)
{
	static const char *const words[] = {[DCV_GATE_NOT_CHECKED] = "--  ",
		[DCV_GATE_PASSED] = "ok  ",
		[DCV_GATE_FAILED] = "NO  "};

	return words[gate];
}

/* The record of the CAA set that decides, "" if no set governs. */
static const char *caa_text(struct dcv_session *session,
	const struct dcv_caa_result *result, const struct dcv_caa_step *step)
{
	struct dcv_buf buf;
	const char *text = "";

	if (result->record == SIZE_MAX || result->record >= step->n)
		return text;
	dcv_buf_init(&buf, 4096);
	dcv_rdata_text(DCV_TYPE_CAA, &step->rdata[result->record], &buf);
	if (!buf.failed)
		text = dcv_arena_strdup(&session->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return text != NULL ? text : "";
}

/* The name servers show a set, or none, that is good; the CA does not get as far. */
static bool is_hidden(const struct dcv_symptom_caa *caa)
{
	return caa->result->verdict == DCV_CAA_PERMITS && caa->eye_result != NULL &&
		caa->eye_result->verdict == DCV_CAA_ERROR;
}

/* The verdict on a name as the authoritative servers have it. */
static void show_name(struct dcv_session *session, const struct dcv_case *of,
	const struct dcv_symptom_caa *caa)
{
	const struct dcv_caa_result *result = caa->result;
	bool none = caa->place != NULL && caa->place->found == DCV_FOUND_NO_DELEGATION;
	bool seen = !none && result != NULL && caa->climb->n > 0;
	const struct dcv_caa_step *step = seen && result->step < caa->climb->n
		? &caa->climb->steps[result->step]
		: NULL;

	dcv_say(session, "  %s CAA          %s%s: %s%s%s%s",
		none            ? "NO  "
			: !seen ? "--  "
				: gate_word(dcv_caa_gate(caa)),
		caa->wildcard ? "*." : "", dcv_show_name(&caa->name),
		none                     ? "its domain does not exist"
			: !seen          ? "not looked at"
			: is_hidden(caa) ? "a CA cannot look it up"
			: step == NULL   ? "no CAA, so every CA may issue"
			: result->verdict == DCV_CAA_PERMITS
			? caa_text(session, result, step)
			: result->why,
		step != NULL ? " at " : "", step != NULL ? dcv_show_name(step->at) : "",
		seen && result->verdict == DCV_CAA_PERMITS && step != NULL &&
				!is_hidden(caa)
			? dcv_arena_printf(&session->arena, " permits %s",
				  of->symptoms.ca_title)
			: "");
}

/* Delegation and CAA of each name, as the world sees them. */
static enum dcv_err look_at_world(struct dcv_session *session)
{
	enum dcv_err rc = dcv_exam_run(session, NULL);

	for (size_t i = 0; rc == DCV_OK && i < session->exam->n_cases; i++) {
		const struct dcv_case *of = &session->exam->cases[i];

		for (size_t k = 0; k < of->symptoms.n_caa; k++)
			show_name(session, of, &of->symptoms.caa[k]);
	}
	if (rc == DCV_OK)
		dcv_exam_tell(session);
	return rc;
}

static const struct dcv_caa_note *note_of(const struct dcv_run *run,
	const struct dcv_subject *subject, const struct dcv_name *name)
{
	for (size_t i = 0; i < run->caa.n_notes; i++) {
		if (run->caa.notes[i].subject == subject &&
			dcv_name_equal(&run->caa.notes[i].name, name))
			return &run->caa.notes[i];
	}
	return NULL;
}

/* A name that no bound zone holds, or whose zone could not be found. */
static void tell_unbound(struct dcv_session *session, const struct dcv_name *name)
{
	const struct dcv_binding *binding = NULL;
	struct dcv_error err = {0};

	if (dcv_config_find(&session->config, name, &binding, &err) != DCV_OK)
		dcv_diag_add_error(&session->diags, NULL, &err);
	else if (binding == NULL)
		dcv_say(session,
			"  --   CAA          %s: not looked at: no zone is bound that holds it",
			dcv_show_name(name));
}

/* How many names are not known here. */
static size_t tell_unknown(struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	size_t n = 0;

	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct dcv_order *order = run->subjects[i].order;

		for (size_t k = 0; order->caa != DCV_CAA_OFF && k < order->n_names; k++) {
			const struct dcv_caa_note *note = note_of(run, &run->subjects[i],
				&order->names[k]);

			if (note == NULL)
				tell_unbound(session, &order->names[k]);
			n += note == NULL || note->verdict == DCV_CAA_ERROR;
		}
	}
	return n;
}

/* Not only names of the command line. */
static bool has_file(const struct dcv_session *session)
{
	return session->orders.items[0]->id[0] != '\0';
}

/* What the gates say of an order that has no records yet. */
static enum dcv_err judge_world(struct dcv_session *session)
{
	if (dcv_exam_is_hopeless(session->exam))
		return DCV_E_REFUSED;
	if (dcv_exam_gate(session->exam) == DCV_GATE_NOT_CHECKED) {
		dcv_exam_tell_unchecked(session);
		dcv_tell("help: look yourself (dig NAME CAA), or ask from a host that can");
		return DCV_E_UNVERIFIED;
	}
	return dcv_exam_is_blocked(session) ? DCV_E_PENDING : DCV_OK;
}

/* Where the world is not to be asked: what the bound zones say. */
static enum dcv_err judge_bound(struct dcv_session *session)
{
	size_t n_unknown = tell_unknown(session);

	show_unchecked(session);
	if (session->diags.code != DCV_OK || n_unknown == 0)
		return session->diags.code;
	dcv_tell("unverified: CAA of %zu name%s is not known here", n_unknown,
		n_unknown == 1 ? "" : "s");
	dcv_tell("help: look yourself (dig NAME CAA), leave out --until effective, or bind the "
		 "zone: dcvctl init, or --zone-file ZONE=FILE --reload none");
	return DCV_E_UNVERIFIED;
}

static enum dcv_err ask_world(struct dcv_session *session)
{
	enum dcv_err rc = look_at_world(session);

	return rc == DCV_OK ? judge_world(session) : rc;
}

enum dcv_err dcv_preflight_check(struct dcv_session *session)
{
	enum dcv_err rc;

	if (session->orders.n == 0)
		return dcv_preflight_plan(session);
	rc = look(session);
	dcv_say(session, "before you order");
	if (session->run.caa.n_notes > 0)
		show_caa(session);
	if (rc != DCV_OK)
		return rc;
	rc = session->options.until == DCV_LEVEL_EFFECTIVE ? judge_bound(session)
							   : ask_world(session);
	if (rc != DCV_OK) {
		snprintf(session->msg, sizeof(session->msg), "%s", dcv_err_text(rc));
		return rc;
	}
	snprintf(session->msg, sizeof(session->msg), "nothing in the way was found");
	dcv_say(session, "%s. Nothing was written.", session->msg);
	return has_file(session) ? end_pending(session) : DCV_OK;
}
