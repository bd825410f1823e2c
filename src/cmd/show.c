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

/* Words of a command line, quoted where a shell would split or change them. */
static void add_argument(struct dcv_buf *line, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.-+=:/@%,";
	dcv_buf_addc(line, ' ');
	if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
		dcv_buf_adds(line, word);
		return;
	}
	dcv_buf_addc(line, '\'');
	for (const char *c = word; *c != '\0'; c++) {
		if (*c == '\'')
			dcv_buf_adds(line, "'\\''");
		else
			dcv_buf_add_shown(line, c, 1);
	}
	dcv_buf_addc(line, '\'');
}

void dcv_show_run(const struct dcv_session *session, const char *verb, const char *extra)
{
	struct dcv_buf line;

	dcv_buf_init(&line, 65536);
	dcv_buf_addf(&line, "run: dcvctl %s", verb);
	if (extra != NULL)
		dcv_buf_addf(&line, " %s", extra);
	for (int i = 1; i < session->argc; i++) {
		if (strcmp(session->argv[i], "-n") != 0 &&
			strcmp(session->argv[i], "--dry-run") != 0 &&
			strcmp(session->argv[i], "--check") != 0)
			add_argument(&line, session->argv[i]);
	}
	dcv_tell("%s", dcv_buf_text(&line));
	dcv_buf_clear(&line);
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

/* One value may stand at two owners: one argument names both. */
static bool is_said_before(const struct dcv_diags *diags, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (strcmp(diags->items[i].help, diags->items[at].help) == 0)
			return true;
	}
	return false;
}

/* The options that all refused leftovers together need, in one command. */
static void show_again(const struct dcv_session *session)
{
	struct dcv_buf extra;
	bool any = false;

	dcv_buf_init(&extra, 65536);
	for (size_t i = 0; i < session->diags.n; i++) {
		const struct dcv_diag *diag = &session->diags.items[i];

		if (diag->severity != DCV_SEV_ERROR)
			continue;
		if (strncmp(diag->help, "again: ", 7) != 0) {
			dcv_buf_clear(&extra); /* something else is in the way too */
			return;
		}
		if (!is_said_before(&session->diags, i))
			dcv_buf_addf(&extra, "%s%s", any ? " " : "", diag->help + 7);
		any = true;
	}
	if (any)
		dcv_show_run(session, "apply", dcv_buf_text(&extra));
	dcv_buf_clear(&extra);
}

void dcv_show_diags(const struct dcv_session *session)
{
	const struct dcv_diags *diags = &session->diags;

	for (size_t i = 0; i < diags->n; i++)
		show_diag(&diags->items[i]);
	if (diags->dropped > 0)
		dcv_tell("… and %zu more", diags->dropped);
	if (diags->code == DCV_E_ORDER || diags->code == DCV_E_CONFIG)
		dcv_tell("%zu error%s. Nothing was written.", diags->n_errors,
			diags->n_errors == 1 ? "" : "s");
	else if (diags->code == DCV_E_REFUSED && !session->changed)
		dcv_tell("Refused. Nothing was written.");
	if (diags->code == DCV_E_REFUSED)
		show_again(session);
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
