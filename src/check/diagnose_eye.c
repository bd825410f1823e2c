/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is wrong as a validating resolver sees it. */
#include <string.h>

#include "check/diagnose_parts.h"

static void tell(struct dcv_diagnosing *making, size_t item,
	const struct dcv_eye_gate *gate, bool note, const char *text)
{
	const struct dcv_symptom *of = &making->symptoms->items[item];
	const struct dcv_name *zone = gate->zone.len > 0       ? &gate->zone
		: of->place != NULL && of->place->zone != NULL ? &of->place->zone->apex
							       : &of->owner;
	char type[DCV_TYPE_TEXT_MAX];

	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = gate->cause,
			.note = note,
			.item = item + 1,
			.where = gate->at.len > 0 ? &gate->at : &of->owner,
			.text = text,
			.blanks = {.owner = dcv_diagnosing_name(making, &of->owner),
				.zone = dcv_diagnosing_name(making, zone),
				.type = dcv_type_text(of->type, type),
				.target = gate->at.len > 0
					? dcv_diagnosing_name(making, &gate->at)
					: NULL}});
}

/* The reason is known by its cause. */
static void tell_gate(struct dcv_diagnosing *making, size_t item,
	const struct dcv_eye_gate *gate)
{
	const char *anchor = making->symptoms->trust_anchor;
	const char *zone = gate->zone.len > 0 ? dcv_diagnosing_name(making, &gate->zone)
					      : "";

	if (strcmp(gate->cause, "D45") == 0)
		tell(making, item, gate, true,
			dcv_diagnosing_printf(making,
				"DNSSEC was not checked, the anchor is %s: %s",
				anchor != NULL ? anchor : "the system's", gate->why));
	else
		tell(making, item, gate, gate->gate != DCV_GATE_FAILED,
			dcv_diagnosing_printf(making, "%s%s%s", zone,
				zone[0] != '\0' ? ": " : "", gate->why));
}

/* What is in the way is told already; a server's fault that others get by is in the way now. */
static bool is_explained(struct dcv_diagnosing *making)
{
	bool ret = false;

	for (size_t i = 0; i < making->n; i++)
		ret = ret || !making->findings[i].note;
	for (size_t i = 0; !ret && i < making->n; i++) {
		if (making->findings[i].cause->concern == DCV_CONCERN_SERVER) {
			making->findings[i].note = false;
			ret = true;
		}
	}
	return ret;
}

/* The addresses of which some will not have answered. */
static const char *addresses_of(struct dcv_diagnosing *making,
	const struct dcv_symptom *of)
{
	const struct dcv_hop *end = dcv_symptom_end(of);
	const char *list = NULL;

	for (size_t i = 0; end != NULL && i < end->n_answers; i++)
		list = dcv_diagnosing_join(making, list,
			dcv_diagnosing_address(making, end->answers[i].server,
				end->answers[i].address));
	return list != NULL ? list : "none";
}

/* All authoritative servers have it: then what the eye does not see, others do not either. */
static void tell_view(struct dcv_diagnosing *making, size_t item)
{
	const struct dcv_symptom *of = &making->symptoms->items[item];
	const struct dcv_eye_answer *eye = of->eye;
	size_t answered, has = dcv_symptom_has(of, &answered);
	char type[DCV_TYPE_TEXT_MAX];
	bool seen = eye->state == DCV_EYE_SECURE || eye->state == DCV_EYE_INSECURE;
	bool missing = false;

	if (has == 0 || has < answered)
		return;
	for (size_t i = 0; seen && i < of->n_wanted; i++)
		missing = missing ||
			!dcv_symptom_has_value(of->type, eye->rdata, eye->n,
				&of->wanted[i]);
	if ((!missing && eye->state != DCV_EYE_SERVFAIL && eye->state != DCV_EYE_TIMEOUT) ||
		is_explained(making))
		return;
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = missing ? "T23" : "A36",
			.item = item + 1,
			.where = &of->owner,
			.text = missing
				? "the name servers show it, a resolver as the CA's does not get it"
				: dcv_diagnosing_printf(making,
					  "the name servers (%s) show it, a resolver as the CA's "
					  "ends with %s%s%s",
					  addresses_of(making, of),
					  dcv_eye_text(eye->state),
					  eye->why[0] != '\0' ? ": " : "", eye->why),
			.blanks = {.owner = dcv_diagnosing_name(making, &of->owner),
				.type = dcv_type_text(of->type, type),
				.zone = of->place != NULL && of->place->zone != NULL
					? dcv_diagnosing_name(making, &of->place->zone->apex)
					: NULL}});
}

void dcv_diagnose_eye(struct dcv_diagnosing *making, size_t item)
{
	const struct dcv_symptom *of = &making->symptoms->items[item];

	if (of->gate != NULL && of->gate->cause[0] != '\0')
		tell_gate(making, item, of->gate);
	if (of->eye != NULL)
		tell_view(making, item);
}
