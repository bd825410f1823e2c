/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the steps of a validation are told. */
#include "cmd/walk.h"

#include <string.h>

#include "cmd/internal.h"

#define MARGIN "                                       " /* under the text of a step */

static const char *product_text(enum dcv_product product)
{
	return product == DCV_PRODUCT_DV    ? " DV"
		: product == DCV_PRODUCT_OV ? " OV/EV"
					    : "";
}

static void add_head(const struct dcv_symptoms *symptoms, struct dcv_buf *buf)
{
	dcv_buf_addf(buf, "%s%s%s%s%s",
		symptoms->order[0] != '\0' ? "order " : "pre-flight", symptoms->order,
		" · ", symptoms->ca_title != NULL ? symptoms->ca_title : "unknown CA",
		product_text(symptoms->product));
	for (size_t i = 0; i < symptoms->n_names && i < 3; i++)
		dcv_buf_addf(buf, "%s%s", i == 0 ? " · " : ", ",
			dcv_show_name(&symptoms->names[i]));
	if (symptoms->n_names > 3)
		dcv_buf_addf(buf, " and %zu more", symptoms->n_names - 3);
	dcv_buf_addc(buf, '\n');
	if (symptoms->said != NULL)
		dcv_buf_addf(buf, "%s\n", symptoms->said);
}

/* --- one step --- */

static const char *state_text(enum dcv_step_state state)
{
	switch (state) {
	case DCV_STEP_YES:
		return "yes";
	case DCV_STEP_NO:
		return "NO";
	case DCV_STEP_UNCHECKED:
		return "?";
	case DCV_STEP_OUTSIDE:
		break;
	}
	return "-";
}

static void add_finding(const struct dcv_finding *finding, bool first, struct dcv_buf *buf)
{
	if (!first)
		dcv_buf_adds(buf, MARGIN);
	dcv_buf_addf(buf, "%s[%s] %s\n", finding->note ? "note " : "", finding->cause->id,
		finding->text);
	if (finding->note)
		return;
	if (finding->seen[0] != '\0')
		dcv_buf_addf(buf, MARGIN "seen:   %s\n", finding->seen);
	if (finding->wanted[0] != '\0')
		dcv_buf_addf(buf, MARGIN "wanted: %s\n", finding->wanted);
}

static const char *unknown(const struct dcv_diagnosis *diagnosis, enum dcv_step step)
{
	if (diagnosis->steps[step] == DCV_STEP_UNCHECKED)
		return step == DCV_STEP_TTL && diagnosis->first_open < DCV_STEP_TTL
			? "open until the record is there"
			: "could not be looked at";
	return step == DCV_STEP_ORGANISATION
		? "DNS cannot tell; OV and EV: answer the CA's mail and telephone"
		: "DNS cannot tell";
}

static void add_step(const struct dcv_diagnosis *diagnosis, enum dcv_step step,
	struct dcv_buf *buf)
{
	enum dcv_step_state state = diagnosis->steps[step];
	const char *evidence = diagnosis->evidence[step];
	bool first = true;

	dcv_buf_addf(buf, "%2d %-30s %-5s ", (int)step + 1, dcv_step_text(step),
		state_text(state));
	if (state != DCV_STEP_NO) {
		dcv_buf_addf(buf, "%s\n",
			state == DCV_STEP_YES ? evidence : unknown(diagnosis, step));
		first = false;
	}
	for (size_t i = 0; i < diagnosis->n; i++) {
		if (diagnosis->findings[i].cause->step != step)
			continue;
		add_finding(&diagnosis->findings[i], first, buf);
		first = false;
	}
}

/* " 4 old record set deleted · 5 TTL · 6 CAA   not looked at …" */
static void add_rest(enum dcv_step open, struct dcv_buf *buf)
{
	if (open >= DCV_STEP_CAA)
		return;
	for (int i = (int)open + 1; i <= (int)DCV_STEP_CAA; i++)
		dcv_buf_addf(buf, "%s%d %s", i == (int)open + 1 ? " " : " · ", i + 1,
			dcv_step_text((enum dcv_step)i));
	dcv_buf_addf(buf, "   not looked at: fix step %d first (--all looks anyway)\n",
		(int)open + 1);
}

/* --- the end --- */

static void add_fix(const struct dcv_finding *finding, struct dcv_buf *buf)
{
	const char *remedy = finding->remedy;

	if (strncmp(remedy, "run: ", 5) == 0)
		remedy += 5;
	else if (strncmp(remedy, "help: ", 6) == 0)
		remedy += 6;
	dcv_buf_addf(buf, "fix:  %s\n      (dcvctl explain %s says more)\n", remedy,
		finding->cause->id);
}

/* The last that is in the way: before DNS is done, after it the CA's own. */
static const struct dcv_finding *obstacle(const struct dcv_diagnosis *diagnosis,
	enum dcv_step step)
{
	const struct dcv_finding *finding = step < DCV_STEPS
		? dcv_diagnosis_first(diagnosis, step)
		: NULL;

	return finding != NULL && !finding->note ? finding : NULL;
}

static void add_then(const struct dcv_symptoms *symptoms,
	const struct dcv_finding *finding, struct dcv_buf *buf)
{
	bool ov = symptoms->product == DCV_PRODUCT_OV;

	if (finding->cause->cure == DCV_CURE_TIME)
		dcv_buf_adds(buf, "then: nothing else: time cures it\n");
	else
		dcv_buf_addf(buf,
			"then: nothing to click; the CA asks again by itself. 5 min TTL + review, "
			"usually %s working days\n",
			ov ? "3-7" : "2-3");
}

/* "Tue 2026-11-24" */
static void add_day(int64_t time_s, struct dcv_buf *buf)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat"};
	char text[DCV_TIME_TEXT_MAX];

	dcv_buf_addf(buf, "%s %.10s", days[(time_s / 86400 + 4) % 7],
		dcv_time_utc(time_s, text));
}

static void add_turn(const struct dcv_symptoms *symptoms,
	const struct dcv_diagnosis *diagnosis, const char *again, struct dcv_buf *buf)
{
	char since[DCV_TIME_TEXT_MAX];
	bool over = diagnosis->turn_until_s < symptoms->now_s;

	dcv_buf_addf(buf,
		"DNS IS DONE since %s. It is the CA's turn: usually %u-%u working days%s, until ",
		dcv_time_local(diagnosis->done_s, since), diagnosis->turn_least_d,
		diagnosis->turn_most_d,
		symptoms->product == DCV_PRODUCT_UNKNOWN ? " (OV and EV 3-7)" : "");
	add_day(diagnosis->turn_until_s, buf);
	dcv_buf_addf(buf, "%s\n%s send this to its support: dcvctl explain%s --report\n",
		over ? ", which is over."
			: obstacle(diagnosis, diagnosis->first_open) != NULL
			? ". Nothing to do in DNS."
			: ". Nothing to do here.",
		over ? "Now" : "After that,", again);
}

enum dcv_step dcv_walk_stop(const struct dcv_diagnosis *diagnosis)
{
	enum dcv_step open = diagnosis->first_open;

	if (open >= DCV_STEPS || diagnosis->steps[open] != DCV_STEP_UNCHECKED)
		return open;
	for (int i = (int)open + 1; i < DCV_STEPS; i++) {
		if (diagnosis->steps[i] == DCV_STEP_NO)
			return (enum dcv_step)i;
	}
	return open;
}

void dcv_walk_text(const struct dcv_symptoms *symptoms,
	const struct dcv_diagnosis *diagnosis, bool all, const char *again,
	struct dcv_buf *buf)
{
	enum dcv_step open = dcv_walk_stop(diagnosis);
	const struct dcv_finding *finding = obstacle(diagnosis, open);

	add_head(symptoms, buf);
	for (int i = 0; i < DCV_STEPS && (all || i <= (int)open); i++)
		add_step(diagnosis, (enum dcv_step)i, buf);
	if (!all)
		add_rest(open, buf);
	if (finding != NULL)
		add_fix(finding, buf);
	if (finding != NULL && finding->cause->step <= DCV_STEP_CAA)
		add_then(symptoms, finding, buf);
	/* An application that was refused is nobody's turn. */
	if (diagnosis->dns_done && !diagnosis->hopeless)
		add_turn(symptoms, diagnosis, again, buf);
}

enum dcv_err dcv_walk_code(const struct dcv_diagnosis *diagnosis)
{
	if (diagnosis->dns_done)
		return diagnosis->hopeless ? DCV_E_PENDING : DCV_OK;
	/* Where no server gave an answer, what is wrong may be here. */
	if (diagnosis->steps[DCV_STEP_RECORD] == DCV_STEP_UNCHECKED && !diagnosis->hopeless)
		return DCV_E_UNVERIFIED;
	for (int i = 0; i < DCV_STEPS; i++) {
		if (diagnosis->steps[i] == DCV_STEP_NO)
			return DCV_E_PENDING;
	}
	return DCV_E_UNVERIFIED;
}

/* --- JSON --- */

struct dcv_json *dcv_walk_finding_json(const struct dcv_finding *finding)
{
	struct dcv_json *json = dcv_json_object();
	char where[DCV_NAME_TEXT_MAX];

	dcv_json_set_text(json, "id", finding->cause->id);
	dcv_json_set_bool(json, "note", finding->note);
	dcv_json_set_text(json, "step", dcv_step_word(finding->cause->step));
	dcv_json_set_text(json, "where",
		finding->where.len > 0 ? dcv_name_text(&finding->where, where) : NULL);
	dcv_json_set_text(json, "text", finding->text);
	dcv_json_set_text(json, "seen", finding->seen[0] != '\0' ? finding->seen : NULL);
	dcv_json_set_text(json, "wanted",
		finding->wanted[0] != '\0' ? finding->wanted : NULL);
	dcv_json_set_text(json, "help", finding->remedy);
	return json;
}

static const char *state_word(enum dcv_step_state state)
{
	static const char *const words[] = {[DCV_STEP_YES] = "yes",
		[DCV_STEP_NO] = "no",
		[DCV_STEP_UNCHECKED] = "unchecked",
		[DCV_STEP_OUTSIDE] = "outside"};

	return words[state];
}

static void set_time(struct dcv_json *json, const char *key, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	dcv_json_set_text(json, key, time_s != 0 ? dcv_time_utc(time_s, text) : NULL);
}

struct dcv_json *dcv_walk_json(const struct dcv_diagnosis *diagnosis)
{
	struct dcv_json *json = dcv_json_object(), *steps = dcv_json_array(),
			*findings = dcv_json_array();

	dcv_json_set_bool(json, "dns_done", diagnosis->dns_done);
	set_time(json, "since", diagnosis->done_s);
	set_time(json, "until", diagnosis->turn_until_s);
	for (int i = 0; i < DCV_STEPS; i++) {
		struct dcv_json *step = dcv_json_object();
		bool good = diagnosis->steps[i] == DCV_STEP_YES;

		dcv_json_set_text(step, "step", dcv_step_word((enum dcv_step)i));
		dcv_json_set_text(step, "state", state_word(diagnosis->steps[i]));
		dcv_json_set_text(step, "evidence", good ? diagnosis->evidence[i] : NULL);
		dcv_json_append(steps, step);
	}
	for (size_t i = 0; i < diagnosis->n; i++)
		dcv_json_append(findings, dcv_walk_finding_json(&diagnosis->findings[i]));
	dcv_json_set(json, "steps", steps);
	dcv_json_set(json, "findings", findings);
	return json;
}
