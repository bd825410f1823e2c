/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is said of an examination. */
#include <string.h>

#include "cmd/exam_parts.h"

/* Orders of one zone share its troubles. */
static bool was_told(const struct dcv_session *session, const struct dcv_finding *finding,
	const char *text)
{
	for (size_t i = 0; i < session->diags.n; i++) {
		const struct dcv_diag *diag = &session->diags.items[i];

		if (strcmp(diag->id, finding->cause->id) == 0 &&
			strcmp(diag->text, text) == 0)
			return true;
	}
	return false;
}

/* With addresses in the configuration, other servers are nobody's concern. */
static bool concerns(const struct dcv_session *session, const struct dcv_finding *finding)
{
	return (session->config.n_nameservers == 0 &&
		       session->config.via == DCV_VIA_DIRECT) ||
		finding->cause->id[0] != 'A';
}

static void tell_finding(struct dcv_session *session, const struct dcv_finding *finding)
{
	const char *where = dcv_show_name(&finding->where);
	bool named = strncmp(finding->text, where, strlen(where)) == 0;
	const char *text = dcv_arena_printf(&session->arena, "%s%s%s%s%s%s%s",
		named ? "" : where, named ? "" : ": ", finding->text,
		finding->seen[0] != '\0' ? "; seen: " : "", finding->seen,
		finding->wanted[0] != '\0' ? "; wanted: " : "", finding->wanted);
	const char *help = finding->remedy;

	if (text == NULL || was_told(session, finding, text))
		return;
	if (strncmp(help, "help: ", 6) == 0)
		help += 6;
	dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL, help, "%s", text);
	dcv_diag_cause(&session->diags, finding->cause->id);
}

void dcv_exam_tell(struct dcv_session *session)
{
	const struct dcv_exam *exam = session->exam;

	for (size_t i = 0; i < exam->n_cases; i++) {
		const struct dcv_diagnosis *diagnosis = &exam->cases[i].diagnosis;

		for (size_t k = 0; k < diagnosis->n; k++) {
			if (concerns(session, &diagnosis->findings[k]))
				tell_finding(session, &diagnosis->findings[k]);
		}
	}
}

static const char *why_unseen(const struct dcv_place_of_name *place)
{
	if (place == NULL)
		return "it was not looked up";
	if (place->found == DCV_FOUND_SPECIAL)
		return "a special-use name (RFC 6761), which no public CA can validate";
	return place->why;
}

/* `said`: by the gate itself; NULL or "": nothing. */
static void tell_gate(struct dcv_session *session, const char *gate,
	const struct dcv_name *name, const struct dcv_place_of_name *place,
	const char *said)
{
	const char *blind = session->exam->blind;
	const char *why = !dcv_exam_was_seen(place) ? why_unseen(place)
		: blind != NULL                     ? blind
		: said != NULL && said[0] != '\0'
		? said
		: "the time was over before there was an answer";

	dcv_tell("not checked: %s of %s%s%s", gate, dcv_show_name(name),
		why != NULL ? ": " : "", why != NULL ? why : "");
}

void dcv_exam_tell_unchecked(struct dcv_session *session)
{
	for (size_t i = 0; i < session->exam->n_cases; i++) {
		const struct dcv_case *of = &session->exam->cases[i];
		const struct dcv_symptoms *symptoms = &of->symptoms;

		if (of->caa == DCV_GATE_NOT_CHECKED && symptoms->n_caa > 0)
			tell_gate(session, "CAA", &symptoms->caa[0].name,
				symptoms->caa[0].place, NULL);
		if (of->dnssec == DCV_GATE_NOT_CHECKED && symptoms->n_items > 0)
			tell_gate(session, "DNSSEC", &symptoms->items[0].owner,
				symptoms->items[0].place,
				symptoms->items[0].gate != NULL
					? symptoms->items[0].gate->why
					: NULL);
	}
}

bool dcv_exam_is_blocked(const struct dcv_session *session)
{
	const struct dcv_exam *exam = session->exam;

	for (size_t i = 0; i < exam->n_cases; i++) {
		const struct dcv_diagnosis *diagnosis = &exam->cases[i].diagnosis;

		for (size_t k = 0; k < diagnosis->n; k++) {
			const struct dcv_finding *finding = &diagnosis->findings[k];

			if (!finding->note && finding->cause->step != DCV_STEP_TTL &&
				concerns(session, finding))
				return true;
		}
	}
	return false;
}
