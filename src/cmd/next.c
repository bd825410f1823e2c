/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the last line of a run that is not yet at its end: what to type next, as a
 * command that works when it is typed. */
#include <string.h>

#include "base/shell.h"
#include "cmd/summary.h"

void dcv_next(struct dcv_session *session, const char *verb, const char *extra)
{
	session->next_verb = verb;
	session->next_extra = extra;
}

void dcv_next_plan(struct dcv_session *session)
{
	const char *saved = dcv_shell_word(&session->arena, session->options.save);

	session->next_verb = "apply";
	session->next_extra = dcv_arena_printf(&session->arena, "--plan %s",
		saved != NULL ? saved : "FILE");
	session->next_is_plan = true;
}

static bool is_one_of(const char *name, const char *const *words)
{
	for (const char *const *word = words; *word != NULL; word++) {
		if (strcmp(*word, name) == 0)
			return true;
	}
	return false;
}

/* Which orders, and what shapes their plan: a saved plan holds it. */
static bool is_of_orders(const char *name)
{
	static const char *const words[] = {"record", "ca", "service", "order", "from",
		"file", "name", "previous", "zone", "state", "reopen", "coexist",
		"remove-leftovers", "shadow", "save", "keep-going", NULL};

	return is_one_of(name, words);
}

static void add_argument(struct dcv_buf *line, const char *word)
{
	dcv_buf_addc(line, ' ');
	dcv_shell_add(line, word);
}

/* It is taken, and worth repeating in a command that follows. */
static bool is_kept(const struct dcv_command *command, const char *name)
{
	static const char *const once[] = {"dry-run", "check", "issued", "cancelled",
		"help", "json", "format", "events", "save", "all", "limit", "attention",
		"log", "kept", "list", "report", NULL};

	return !is_one_of(name, once) && dcv_option_is_taken(command, name);
}

/* The options as they were given, as far as the next command takes them; with `bare` without those
 * that are about orders. */
static void add_options(const struct dcv_session *session,
	const struct dcv_command *command, bool bare, struct dcv_buf *line)
{
	const struct dcv_options *o = &session->options;

	for (size_t i = 0; i < o->given.n; i++) {
		const char *name = o->given.items[i];
		const char *value = o->given_values.items[i];

		if (!is_kept(command, name) || (bare && is_of_orders(name)))
			continue;
		dcv_buf_addf(line, " --%s", name);
		if (value != NULL)
			add_argument(line, value);
	}
}

void dcv_next_say(const struct dcv_session *session, const char *label, const char *verb,
	const char *argument, const char *note)
{
	struct dcv_buf line;

	dcv_buf_init(&line, 65536);
	add_options(session, dcv_command_find(verb), true, &line);
	add_argument(&line, argument);
	dcv_say(session, "%s dcvctl %s%s%s", label, verb, dcv_buf_text(&line), note);
	dcv_buf_clear(&line);
}

const char *dcv_next_words(struct dcv_session *session, const char *order)
{
	const struct dcv_words *args = &session->options.args;
	const char *text;
	struct dcv_buf line;

	dcv_buf_init(&line, 65536);
	add_options(session, session->command, false, &line);
	if (args->n > 0)
		add_argument(&line, args->n == 1 ? args->items[0] : order);
	text = dcv_arena_strdup(&session->arena, dcv_buf_text(&line));
	dcv_buf_clear(&line);
	return text != NULL ? text : "";
}

static void show_command(const struct dcv_session *session, const char *verb,
	const char *extra)
{
	const struct dcv_words *args = &session->options.args;
	struct dcv_buf line;

	dcv_buf_init(&line, 65536);
	dcv_buf_addf(&line, "run: dcvctl %s", verb);
	if (extra != NULL && extra[0] != '\0')
		dcv_buf_addf(&line, " %s", extra);
	add_options(session, dcv_command_find(verb), session->next_is_plan, &line);
	for (size_t i = 0; !session->next_is_plan && i < args->n; i++)
		add_argument(&line, args->items[i]);
	dcv_tell("%s", dcv_buf_text(&line));
	dcv_buf_clear(&line);
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

/* The options that all refused leftovers together need, in one command; nothing (false) if
 * something else is in the way too. */
static bool show_again(const struct dcv_session *session)
{
	struct dcv_buf extra;
	bool any = false, other = false;

	dcv_buf_init(&extra, 65536);
	for (size_t i = 0; i < session->diags.n; i++) {
		const struct dcv_diag *diag = &session->diags.items[i];

		if (diag->severity != DCV_SEV_ERROR)
			continue;
		if (strncmp(diag->help, "again: ", 7) != 0)
			other = true;
		else if (!is_said_before(&session->diags, i))
			dcv_buf_addf(&extra, "%s%s", any ? " " : "", diag->help + 7);
		any = true;
	}
	if (any && !other && session->command->verbatim)
		dcv_tell("help: with %s (or a variable) it would go on",
			dcv_buf_text(&extra));
	else if (any && !other)
		show_command(session, "apply", dcv_buf_text(&extra));
	dcv_buf_clear(&extra);
	return any && !other;
}

/* Some orders went on without those that are blocked or failed: how far all of them are, and what
 * brings the rest there. */
static void show_rest(const struct dcv_session *session, const char *counts)
{
	dcv_tell("%zu orders: %s", session->run.n_subjects, counts);
	if (session->diags.code == DCV_E_REFUSED && show_again(session))
		return;
	dcv_tell("help: do what is said above, then");
	show_command(session, session->command->name, NULL);
}

void dcv_next_show(struct dcv_session *session, enum dcv_err code)
{
	/* A client makes the next step, nobody types it. */
	bool typed = !session->command->verbatim;
	const char *counts = code != DCV_OK && typed ? dcv_summary_end(session) : NULL;

	if (counts != NULL)
		show_rest(session, counts);
	else if (session->diags.code == DCV_E_REFUSED)
		(void)show_again(session);
	else if (typed && session->next_verb != NULL &&
		(!session->options.quiet || (code != DCV_OK && code != DCV_E_PENDING)))
		show_command(session, session->next_verb, session->next_extra);
}
