/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the commands, the help, and how a run ends. */
#include <string.h>

#include "base/yaml.h"
#include "cmd/events.h"
#include "cmd/exam.h"
#include "cmd/interrupt.h"
#include "cmd/matrix.h"

const struct dcv_command *const dcv_commands[] = {&dcv_cmd_init, &dcv_cmd_new,
	&dcv_cmd_plan, &dcv_cmd_apply, &dcv_cmd_wait, &dcv_cmd_check, &dcv_cmd_explain,
	&dcv_cmd_cleanup, &dcv_cmd_status, &dcv_cmd_close, &dcv_cmd_adopt, &dcv_cmd_undo,
	&dcv_cmd_hook, &dcv_cmd_zones, &dcv_cmd_provider, &dcv_cmd_ca, &dcv_cmd_lint,
	&dcv_cmd_config, &dcv_cmd_schema, &dcv_cmd_completion, NULL};
#define N_COMMANDS (sizeof(dcv_commands) / sizeof(dcv_commands[0]) - 1)

/* The commands up to this one are an order's life; those behind it are for what else comes up. */
#define LAST_OF_LIFE (&dcv_cmd_status)

static void show_help(FILE *out)
{
	fputs("example: dcvctl plan 1234567890.yaml\n"
	      "\n"
	      "dcvctl manages the DNS records by which CAs validate domains: writes them into\n"
	      "zone files, removes what the certificate before left, checks the name servers\n"
	      "until the validation takes effect, and cleans up after issuance.\n"
	      "\n"
	      "usage: dcvctl COMMAND [OPTION…] ORDER…\n"
	      "\n"
	      "the life of an order:\n",
		out);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		fprintf(out, "  %-10s  %s\n", dcv_commands[i]->name,
			dcv_commands[i]->summary);
		if (dcv_commands[i] == LAST_OF_LIFE)
			fputs("\nwhat else there is:\n", out);
	}
	fputs("\n"
	      "dcvctl COMMAND --help shows a command's options; dcvctl --version the version,\n"
	      "and with -v those of libraries, interfaces and schemas.\n"
	      "Manual pages: dcvctl(1), dcvctl.yaml(5), dcvctl-order(5).\n",
		out);
}

const struct dcv_command *dcv_command_find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(dcv_commands[i]->name, name) == 0)
			return dcv_commands[i];
	}
	return NULL;
}

static int refuse_command(const char *name)
{
	const char *names[N_COMMANDS + 1] = {NULL};
	const char *near;

	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = dcv_commands[i]->name;
	if (name[0] == '-') {
		fprintf(stderr,
			"%s: an option stands behind the command\n"
			"run: dcvctl --help\n",
			name);
		return dcv_err_status(DCV_E_USAGE);
	}
	near = dcv_did_you_mean(name, names);
	fprintf(stderr, "%s: no such command%s%s%s\nrun: dcvctl --help\n", name,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return dcv_err_status(DCV_E_USAGE);
}

static void emit(void *ctx, enum dcv_level level, const char *line)
{
	struct dcv_session *session = ctx;
	int least = level == DCV_LOG_NOTE ? 0 : level == DCV_LOG_INFO ? 1 : 2;

	if (session->options.verbose >= least && !session->options.quiet) {
		dcv_matrix_hide(session);
		dcv_tell("%s", line);
	}
	if (level == DCV_LOG_NOTE)
		dcv_event(session, "note", "text", line, NULL);
}

/* "changed" of a plan tells what would be. */
static bool has_written(const struct dcv_session *session)
{
	return session->changed && !session->options.dry_run &&
		session->command != &dcv_cmd_plan;
}

static bool is_look(const struct dcv_session *session)
{
	return session->command == &dcv_cmd_check || session->command == &dcv_cmd_wait;
}

/* A run that a signal stopped: what was done, and how to go on. */
static void tell_signal(struct dcv_session *session, enum dcv_err code)
{
	const char *name = dcv_interrupt_name();

	if (name == NULL)
		return;
	dcv_tell("stopped by %s: %s", name,
		has_written(session) ? "what was written stays, and the ledger knows it"
			: is_look(session)
			? "the last answers are above; nothing was changed"
			: "nothing was changed");
	dcv_event(session, "signal", "signal", name, NULL);
	if (code != DCV_OK && session->next_verb == NULL)
		dcv_next(session, session->command->name, NULL);
}

static void end_events(struct dcv_session *session, enum dcv_err code)
{
	struct dcv_json *event = dcv_event_begin(session, "end");

	dcv_json_set_int(event, "exit", dcv_err_status(code));
	dcv_json_set_bool(event, "changed", session->changed);
	dcv_json_set_bool(event, "failed", code != DCV_OK && code != DCV_E_PENDING);
	dcv_json_set_text(event, "msg",
		session->msg[0] != '\0' ? session->msg : dcv_err_text(code));
	dcv_event_end(session, event);
}

/* What could not be said does not undo what was done. */
static enum dcv_err unsaid(const struct dcv_session *session, enum dcv_err code)
{
	if (code != DCV_OK && code != DCV_E_PENDING)
		return code;
	return has_written(session) ? DCV_E_PARTIAL : DCV_E_FAILED;
}

/* A failure behind a change is not "nothing changed". */
static enum dcv_err weigh(const struct dcv_session *session, enum dcv_err code)
{
	bool failed = code == DCV_E_FAILED || code == DCV_E_NOMEM;
	bool changed = has_written(session) || session->run.recovered;

	for (size_t i = 0; i < session->run.n_zones; i++)
		changed = changed || session->run.zones[i].changed;
	return failed && changed ? DCV_E_PARTIAL : code;
}

static enum dcv_err start(struct dcv_session *session)
{
	if (session->diags.code == DCV_OK)
		dcv_events_open(session);
	if (session->diags.code != DCV_OK)
		return session->diags.code;
	dcv_interrupt_watch();
	return session->command->run(session);
}

static int run(struct dcv_session *session)
{
	enum dcv_err rc;
	int unwritten;

	dcv_options_parse(session);
	if (session->options.help) {
		fputs(session->command->help, stdout);
		return 0;
	}
	session->log.terse = session->options.verbose == 0 || session->options.quiet;
	rc = start(session);
	if (rc == DCV_E_NOMEM && session->diags.n_errors == 0)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, rc, NULL, NULL, "%s",
			dcv_err_text(rc));
	rc = weigh(session, rc);
	dcv_matrix_end(session);
	dcv_show_diags(session);
	tell_signal(session, rc);
	dcv_next_show(session, rc);
	dcv_exam_json(session);
	if (session->options.json)
		dcv_result_write(session, rc);
	end_events(session, rc);
	if (dcv_events_close(session) != DCV_OK)
		rc = unsaid(session, rc);
	unwritten = dcv_flush();
	if (unwritten != 0) {
		dcv_tell("standard output: cannot be written: %s", strerror(unwritten));
		rc = unsaid(session, rc);
	}
	return dcv_err_status(rc);
}

int dcv_cmd_main(int argc, char **argv, const struct dcvp_provider *const *builtins)
{
	struct dcv_session session = {.clock = &dcv_clock_system};
	struct dcv_error err = {0};
	int status;

	if (argc < 2) {
		show_help(stderr);
		return dcv_err_status(DCV_E_USAGE);
	}
	if (strcmp(argv[1], "--version") == 0) {
		return dcv_cmd_version(argc, argv, builtins);
	}
	if (strcmp(argv[1], "help") == 0 && argc > 2) {
		session.command = dcv_command_find(argv[2]);
		if (session.command == NULL)
			return refuse_command(argv[2]);
		fputs(session.command->help, stdout);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0) {
		show_help(stdout);
		return 0;
	}
	session.command = dcv_command_find(argv[1]);
	if (session.command == NULL)
		return refuse_command(argv[1]);
	if (dcv_providers_make(builtins, &session.providers, &err) != DCV_OK) {
		fprintf(stderr, "dcvctl: %s\n", err.text);
		return dcv_err_status(err.code);
	}
	session.argc = argc - 1;
	session.argv = argv + 1;
	session.log = (struct dcv_log){.emit = emit, .ctx = &session};
	session.started_ms = dcv_mono_ms(session.clock);
	status = run(&session);
	dcv_exam_close(&session);
	dcv_run_close(&session.run);
	dcv_holder_close(session.holder);
	dcv_providers_close(session.providers);
	dcv_ledger_close(session.ledger);
	dcv_diags_clear(&session.diags);
	dcv_arena_clear(&session.arena);
	dcv_interrupt_die();
	return status;
}
