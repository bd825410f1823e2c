/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What the commands share: the command line, a session (configuration, ledger, orders), and
 * how things are said. */
#ifndef DCV_CMD_INTERNAL_H
#define DCV_CMD_INTERNAL_H

#include <stdio.h>

#include "apply/run.h"
#include "base/json.h"
#include "check/check.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "order/life.h"

/* A list of arguments that grows with the command line. */
struct dcv_words {
	const char **items;
	size_t n;
};

struct dcv_options {
	struct dcv_config_flags config;
	struct dcv_words zone_files, nameservers, records, previous, args;
	struct dcv_words given,
		given_values; /* every option as given: name, value or NULL */
	struct dcv_words values, names; /* adopt --value; new, check: --name */
	const char *ca, *service, *order;
	enum dcv_level_reached until;
	bool no_wait, dry_run, json, quiet, help;
	struct dcv_policy policy; /* --reopen, --coexist, --remove-leftovers, --retained, --caa */
	const char *shadow; /* refuse | copy | accept; NULL: as the configuration says */
	bool keep_going; /* bad files do not stop the good ones */
	const char *plan, *save, *format, *events; /* files, - and words */
	size_t limit; /* 0: no limit */
	const char *zone,
		*state; /* selection; so is `ca`, where orders are not made from it */
	bool all; /* every record and step, not only the summary */
	bool cancel; /* cleanup of an open order */
	bool attention, log, kept; /* status */
	const char *certificate; /* close: the issued one */
	const char *csv, *out, *csr, *from, *file; /* new */
	bool force; /* init, new: overwrite */
	int verbose;
	int64_t deadline_s, lock_timeout_s;
	enum dcv_reason reason; /* close */
};

/* The levels of --until by word. */
const char *dcv_level_text(enum dcv_level_reached level);

struct dcv_session;

struct dcv_command {
	const char *name;
	const char *summary; /* one line of the first help page */
	const char *help; /* its own page, at most 24 lines, begins with an example */
	const char *options; /* the long options that it takes, blank-separated */
	enum dcv_err (*run)(struct dcv_session *session);
};

extern const struct dcv_command dcv_cmd_init, dcv_cmd_new, dcv_cmd_plan, dcv_cmd_apply,
	dcv_cmd_wait, dcv_cmd_check, dcv_cmd_cleanup, dcv_cmd_status, dcv_cmd_close,
	dcv_cmd_adopt, dcv_cmd_undo, dcv_cmd_lint, dcv_cmd_config, dcv_cmd_schema,
	dcv_cmd_completion;

/* All commands in the order of an order's life, ended by NULL. */
extern const struct dcv_command *const dcv_commands[];

/* What check, wait and apply ask of the world. */
struct dcv_verify {
	bool wait;
	size_t n_zones, n_items;
	struct dcv_check_zone *zones;
	struct dcv_check_item *items;
	const struct dcv_subject **subjects; /* [n_items]: whose item it is */
	struct dcv_check_result result;
	bool asked;
};

/* Everything a command works with. */
struct dcv_session {
	const struct dcv_command *command;
	const struct dcvp_provider *const *builtins;
	int argc;
	char **argv; /* as typed, to say what to type next */
	struct dcv_options options;
	struct dcv_arena arena;
	struct dcv_diags diags;
	struct dcv_config config;
	struct dcv_ledger *ledger;
	struct dcv_orders orders;
	struct dcv_run run;
	struct dcv_log log;
	const struct dcv_clock *clock;
	int64_t started_ms, deadline_ms;
	struct dcv_verify verify; /* what was asked, for the result document */
	struct dcv_order_row *rows; /* close, cleanup, status: the orders named */
	size_t n_rows;
	const char *next_verb, *next_extra; /* what to type next; NULL: nothing */
	bool changed;
	char msg[256]; /* one sentence: the JSON's msg, and of the text form the last line */
};

/* --- plan.c --- */
/* The plan of the run changes a zone: "changed" of a dry run. */
bool dcv_cmd_would_change(const struct dcv_session *session);

/* --- options.c --- */
/* Parses what follows the command's name. Adds DCV_E_USAGE errors to diags. */
void dcv_options_parse(struct dcv_session *session);

/* Appends a word; false when memory is out. */
bool dcv_word_add(struct dcv_session *session, struct dcv_words *words, const char *word);
/* The command takes this long option ("config"). */
bool dcv_option_is_taken(const struct dcv_command *command, const char *name);
/* It is taken, and worth repeating in a command that follows. */
bool dcv_option_is_kept(const struct dcv_command *command, const char *name);

/* --- table.c --- */
/* The command of a name, or NULL. */
const struct dcv_command *dcv_command_find(const char *name);

/* --- next.c --- */
/* Sets what to type next: `verb` with the options given that it takes, `extra` (may be NULL)
 * before them. Shown last. */
void dcv_next(struct dcv_session *session, const char *verb, const char *extra);
void dcv_next_show(const struct dcv_session *session, enum dcv_err code);

/* --- session.c --- */
/* The configuration, then the orders that the arguments name. Errors are in diags. */
enum dcv_err dcv_session_config(struct dcv_session *session);
/* Orders from files, directories, "-", --record, or numbers of the ledger (which must be
 * open). */
enum dcv_err dcv_session_orders(struct dcv_session *session);
enum dcv_err dcv_session_ledger(struct dcv_session *session, enum dcv_ledger_mode mode);
/* Prepares session->run with a subject for each order read. */
enum dcv_err dcv_session_run(struct dcv_session *session, enum dcv_plan_mode mode);
/* The row of the one order that a number names ("1234" or "digicert/1234"). */
enum dcv_err dcv_session_find(struct dcv_session *session, const char *number,
	struct dcv_order_row **ret);
/* The ledger's rows of the orders that the arguments name, by number or by file, into
 * session->rows. */
enum dcv_err dcv_session_rows(struct dcv_session *session);
/* Shows a failure that has no place in a file. Returns its code. */
enum dcv_err dcv_session_fail(struct dcv_session *session, const struct dcv_error *err);

/* --- show.c --- */
/* The plan as text on standard output. */
void dcv_show_plan(const struct dcv_session *session);
/* "example.com. TXT" without the final dot, as people write it. Static memory of 4 calls. */
const char *dcv_show_name(const struct dcv_name *name);
/* All diagnostics, with places and remedies, on standard error. */
void dcv_show_diags(const struct dcv_session *session);
/* A result line; not printed with --json or --quiet. */
void dcv_say(const struct dcv_session *session, const char *fmt, ...) DCV_PRINTF(2, 3);
/* A message on standard error, behind what standard output has so far. */
void dcv_tell(const char *fmt, ...) DCV_PRINTF(1, 2);

/* --- verify.c --- */
/* Finds servers and items for the run's subjects, asks, shows, and notes the state. Returns DCV_OK
 * when the level of --until is reached, or DCV_E_PENDING (check), DCV_E_DEADLINE, DCV_E_UNVERIFIED. */
enum dcv_err dcv_verify_run(struct dcv_session *session, struct dcv_verify *verify);
/* Every address has every item of the subject. */
bool dcv_verify_has(const struct dcv_verify *verify, const struct dcv_subject *subject);
/* When no cache can hold the old answer any more. changed: this run has written. */
int64_t dcv_verify_settled(const struct dcv_verify *verify, bool changed);

/* --- result.c --- */
/* Fills and writes the JSON document. */
void dcv_result_write(struct dcv_session *session, enum dcv_err code);

#endif
