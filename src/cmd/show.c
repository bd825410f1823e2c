/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how plans, messages and remedies look on a terminal. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/events.h"
#include "cmd/format.h"
#include "cmd/summary.h"

bool dcv_is_document(const struct dcv_session *session)
{
	return session->options.json || session->format != DCV_FORMAT_TEXT;
}

void dcv_say(const struct dcv_session *session, const char *fmt, ...)
{
	va_list args;

	if (dcv_is_document(session) || session->options.quiet)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

int dcv_flush(void)
{
	static int why;

	errno = 0;
	if (fflush(stdout) != 0 && why == 0)
		why = errno;
	return why != 0 || ferror(stdout) == 0 ? why : EIO;
}

void dcv_tell(const char *fmt, ...)
{
	va_list args;

	(void)dcv_flush();
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

bool dcv_show_within(const struct dcv_session *session, size_t *n)
{
	++*n;
	return session->options.limit == 0 || *n <= session->options.limit;
}

void dcv_show_rest(const struct dcv_session *session, size_t n)
{
	size_t limit = session->options.limit;

	if (limit != 0 && n > limit)
		dcv_say(session, "… and %zu more (--limit %zu)", n - limit, limit);
}

void dcv_show_diag(const struct dcv_diag *diag)
{
	char place[320] = "";
	int n = 0;

	if (diag->where[0] != '\0' && diag->line != 0 && diag->column == 0)
		n = snprintf(place, sizeof(place), "%s:%u: ", diag->where, diag->line);
	else if (diag->where[0] != '\0' && diag->line != 0)
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

	if (dcv_summary_is_wanted(session)) {
		dcv_summary_diags(session);
	} else {
		for (size_t i = 0; i < diags->n; i++) {
			if (diags->items[i].severity == DCV_SEV_ERROR ||
				!session->options.quiet)
				dcv_show_diag(&diags->items[i]);
		}
	}
	if (diags->n == 0 && diags->dropped > 0) /* there was no memory for any */
		dcv_tell("%s", dcv_err_text(diags->code));
	else if (diags->dropped > 0)
		dcv_tell("… and %zu more", diags->dropped);
	if (diags->code == DCV_E_ORDER || diags->code == DCV_E_CONFIG)
		dcv_tell("%zu error%s.%s", diags->n_errors,
			diags->n_errors == 1 ? "" : "s",
			session->changed ? "" : " Nothing was written.");
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

bool dcv_show_concerns(const struct dcv_edit *edit)
{
	bool all_foreign = true;

	for (size_t i = 0; i < edit->n_values; i++)
		all_foreign = all_foreign && edit->values[i].kind == DCV_VALUE_FOREIGN;
	return edit->changes || !all_foreign;
}

static void show_edit(const struct dcv_session *session, const struct dcv_edit *edit)
{
	char type[DCV_TYPE_TEXT_MAX];
	const char *name = dcv_show_name(&edit->edit.owner);
	const char *why = edit->ttl_reason;

	dcv_type_text(edit->edit.type, type);
	if (edit->existed && edit->ttl_before_s != edit->edit.ttl_s)
		dcv_say(session, "  %s %s   TTL %u -> %u%s%s%s", name, type,
			edit->ttl_before_s, edit->edit.ttl_s, why != NULL ? " (" : "",
			why != NULL ? why : "", why != NULL ? ")" : "");
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

/* What became of it. What is dead cannot be opened again. */
static void show_closed(const struct dcv_session *session,
	const struct dcv_subject *subject)
{
	const struct dcv_order_row *row = subject->row;

	if (subject->judgement != DCV_JUDGED_CLOSED || row == NULL)
		return;
	if (dcv_state_is_open(row->state) || row->reason == DCV_REASON_EXPIRED)
		dcv_say(session,
			"  its tokens are past their life: ask the CA for new ones");
	else if (dcv_now_s(session->clock) <= row->expires)
		dcv_say(session, "  --reopen opens it again");
}

static const char *judgement_note(const struct dcv_subject *subject)
{
	static const char *const closed_notes[] = {
		[DCV_REASON_NONE] = " · closed: nothing is written",
		[DCV_REASON_ISSUED] = " · closed (issued): nothing is written",
		[DCV_REASON_CANCELLED] = " · closed (cancelled): nothing is written",
		[DCV_REASON_SUPERSEDED] = " · closed (superseded): nothing is written",
		[DCV_REASON_EXPIRED] = " · closed (expired): nothing is written"};

	switch (subject->judgement) {
	case DCV_JUDGED_NEW:
		return "";
	case DCV_JUDGED_SAME:
		return " · known";
	case DCV_JUDGED_REVISED:
		return " · re-issue: other records than before";
	case DCV_JUDGED_CLOSED:
		return dcv_state_is_open(subject->row->state)
			? " · its tokens are past their life: nothing is written"
			: closed_notes[subject->row->reason];
	case DCV_JUDGED_SUPERSEDED:
		return " · superseded by another order of this run: nothing is written";
	case DCV_JUDGED_REOPENED:
		return " · opened again";
	case DCV_JUDGED_DEAD:
		return " · every token is past its life: nothing is written";
	case DCV_JUDGED_REFUSED:
		return " · refused: nothing is written";
	}
	return "";
}

static void show_order(const struct dcv_session *session,
	const struct dcv_subject *subject)
{
	const struct dcv_order *order = subject->order;

	if (order == NULL)
		return;
	dcv_say(session, "%s%s · %s%s%s · %zu name%s%s",
		order->id[0] != '\0' ? "order " : "pre-flight", order->id,
		order->ca_title, order->service != NULL ? " through " : "",
		order->service != NULL ? order->service->title : "", order->n_names,
		order->n_names == 1 ? "" : "s", judgement_note(subject));
	show_closed(session, subject);
}

static void show_zone(const struct dcv_session *session, const struct dcv_zone_run *zone)
{
	dcv_say(session, "%s (%s)", dcv_show_name(&zone->binding->zone), zone->view.place);
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		if (dcv_show_concerns(&zone->plan.edits[i]))
			show_edit(session, &zone->plan.edits[i]);
	}
	if (zone->plan.changes && zone->at->file != NULL &&
		zone->at->reload == DCV_RELOAD_NONE)
		dcv_say(session, "  reload: none, so you tell the name server yourself");
	if (zone->plan.changes && zone->view.serial_next != 0 &&
		zone->view.serial_next != zone->view.serial)
		dcv_say(session, "  SOA serial %u -> %u", zone->view.serial,
			zone->view.serial_next);
}

const char *dcv_value_word(enum dcv_value_kind kind)
{
	static const char *const words[] = {[DCV_VALUE_ADD] = "add",
		[DCV_VALUE_KEEP] = "keep",
		[DCV_VALUE_FOUND] = "found",
		[DCV_VALUE_OTHER] = "other-order",
		[DCV_VALUE_REMOVE] = "remove",
		[DCV_VALUE_LEFTOVER] = "leftover",
		[DCV_VALUE_FOREIGN] = "foreign"};

	return words[kind];
}

static void show_plan(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	size_t n = 0;

	for (size_t i = 0; i < run->n_subjects; i++) {
		if (dcv_show_within(session, &n))
			show_order(session, &run->subjects[i]);
	}
	dcv_show_rest(session, n);
	n = 0;
	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].planned && dcv_show_within(session, &n))
			show_zone(session, &run->zones[i]);
	}
	dcv_show_rest(session, n);
}

void dcv_show_plan(struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;

	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].planned)
			dcv_event_zone(session, "planned", &run->zones[i]);
	}
	if (session->format != DCV_FORMAT_TEXT)
		dcv_format_plan(session, stdout);
	else if (dcv_summary_is_wanted(session))
		dcv_summary_plan(session);
	else
		show_plan(session);
	/* What comes next may take long. */
	(void)dcv_flush();
}
