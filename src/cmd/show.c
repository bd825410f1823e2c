/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how plans, messages and remedies look on a terminal. */
#include <stdarg.h>
#include <string.h>

#include "cmd/internal.h"

void dcv_say(const struct dcv_session *session, const char *fmt, ...)
{
	va_list args;

	if (session->options.json || session->options.quiet)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

void dcv_tell(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

const char *dcv_show_name(const struct dcv_name *name)
{
	static char texts[4][DCV_NAME_TEXT_MAX];
	static unsigned next;
	char *text = dcv_name_text(name, texts[next++ % 4]);
	size_t len = strlen(text);

	if (len > 1)
		text[len - 1] = '\0';
	return text;
}

static void show_diag(const struct dcv_diag *diag)
{
	char place[320] = "";
	int n = 0;

	if (diag->where[0] != '\0' && diag->line != 0)
		n = snprintf(place, sizeof(place), "%s:%u:%u: ", diag->where, diag->line,
			diag->column);
	else if (diag->where[0] != '\0')
		n = snprintf(place, sizeof(place), "%s: ", diag->where);
	dcv_tell("%s%s%s%s%s%s", n > 0 ? place : "",
		diag->severity == DCV_SEV_WARNING ? "warning: " : "", diag->text,
		diag->id[0] != '\0' ? " [" : "", diag->id, diag->id[0] != '\0' ? "]" : "");
	if (diag->help[0] == '\0' || strncmp(diag->help, "again: ", 7) == 0)
		return;
	if (strncmp(diag->help, "run: ", 5) == 0 || strncmp(diag->help, "help: ", 6) == 0)
		dcv_tell("  %s", diag->help);
	else
		dcv_tell("  help: %s", diag->help);
}

void dcv_show_diags(const struct dcv_session *session)
{
	const struct dcv_diags *diags = &session->diags;

	for (size_t i = 0; i < diags->n; i++) {
		if (diags->items[i].severity == DCV_SEV_ERROR || !session->options.quiet)
			show_diag(&diags->items[i]);
	}
	if (diags->dropped > 0)
		dcv_tell("… and %zu more", diags->dropped);
	if (diags->code == DCV_E_ORDER || diags->code == DCV_E_CONFIG)
		dcv_tell("%zu error%s. Nothing was written.", diags->n_errors,
			diags->n_errors == 1 ? "" : "s");
	else if (diags->code == DCV_E_REFUSED && !session->changed)
		dcv_tell("Refused. Nothing was written.");
}

static char mark(const struct dcv_value *value)
{
	switch (value->kind) {
	case DCV_VALUE_ADD:
		return '+';
	case DCV_VALUE_REMOVE:
		return '-';
	case DCV_VALUE_LEFTOVER:
		return '?';
	case DCV_VALUE_KEEP:
	case DCV_VALUE_FOUND:
		return '=';
	case DCV_VALUE_OTHER:
	case DCV_VALUE_FOREIGN:
		break;
	}
	return ' ';
}

static void show_edit(const struct dcv_session *session, const struct dcv_edit *edit)
{
	char type[DCV_TYPE_TEXT_MAX];
	const char *name = dcv_show_name(&edit->edit.owner);
	const char *why = edit->ttl_reason;

	dcv_type_text(edit->edit.type, type);
	if (edit->existed && edit->ttl_before_s != edit->edit.ttl_s)
		dcv_say(session, "  %s %s   TTL %u -> %u", name, type, edit->ttl_before_s,
			edit->edit.ttl_s);
	else
		dcv_say(session, "  %s %s   TTL %u%s%s%s", name, type, edit->edit.ttl_s,
			why != NULL ? " (" : "", why != NULL ? why : "",
			why != NULL ? ")" : "");
	for (size_t i = 0; i < edit->n_values; i++) {
		const struct dcv_value *value = &edit->values[i];
		struct dcv_buf text;

		dcv_buf_init(&text, 1u << 19);
		dcv_rdata_text(edit->edit.type, &value->rdata, &text);
		dcv_say(session, "    %c %s   %s%s", mark(value), dcv_buf_text(&text),
			value->kind == DCV_VALUE_LEFTOVER ? "leftover [P03]: " : "",
			value->reason);
		dcv_buf_clear(&text);
	}
}

static const char *judgement_note(const struct dcv_subject *subject)
{
	switch (subject->judgement) {
	case DCV_JUDGED_NEW:
		return "";
	case DCV_JUDGED_SAME:
		return " · known";
	case DCV_JUDGED_REVISED:
		return " · re-issue: other records than before";
	case DCV_JUDGED_CLOSED:
		return " · closed, or its tokens are dead: nothing is written";
	case DCV_JUDGED_SUPERSEDED:
		return " · superseded by another order of this run: nothing is written";
	case DCV_JUDGED_REOPENED:
		return " · opened again";
	case DCV_JUDGED_DEAD:
		return " · every token is past its life: nothing is written";
	}
	return "";
}

static void show_order(const struct dcv_session *session,
	const struct dcv_subject *subject)
{
	const struct dcv_order *order = subject->order;

	if (order == NULL)
		return;
	dcv_say(session, "order %s · %s%s%s · %zu name%s%s", order->id, order->ca_title,
		order->service != NULL ? " through " : "",
		order->service != NULL ? order->service->title : "", order->n_names,
		order->n_names == 1 ? "" : "s", judgement_note(subject));
}

static void show_zone(const struct dcv_session *session, const struct dcv_zone_run *zone)
{
	if (!zone->planned)
		return;
	dcv_say(session, "%s (%s)", dcv_show_name(&zone->binding->zone), zone->view.place);
	for (size_t i = 0; i < zone->plan.n_edits; i++)
		show_edit(session, &zone->plan.edits[i]);
	if (zone->plan.changes && zone->at->reload == DCV_RELOAD_NONE)
		dcv_say(session, "  reload: none, so you tell the name server yourself");
	if (zone->plan.changes && zone->view.serial_next != 0)
		dcv_say(session, "  SOA serial %u -> %u", zone->view.serial,
			zone->view.serial_next);
}

void dcv_show_plan(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;

	for (size_t i = 0; i < run->n_subjects; i++)
		show_order(session, &run->subjects[i]);
	for (size_t i = 0; i < run->n_zones; i++)
		show_zone(session, &run->zones[i]);
}
