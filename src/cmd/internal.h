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
#include "provider/holder.h"
#include "provider/options.h"

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
	struct dcv_words tokens, key_authorizations; /* new: one for each of names */
	const char *ca, *service, *order;
	const char *shadow; /* refuse | copy | accept; NULL: as the configuration says */
	const char *plan, *save, *format, *events; /* files, - and words */
	const char *zone,
		*state; /* selection; so is `ca`, where orders are not made from it */
	const char *result; /* status: a document of --json */
	const char *certificate; /* close: the issued one */
	const char *csv, *out, *csr, *from, *file; /* new */
	const char *unique_value, *account_key, *account_url, *thumbprint; /* new */
	const char *public_suffixes; /* lint */
	size_t limit; /* 0: no limit */
	int64_t deadline_s, lock_timeout_s;
	uint32_t ttl_s; /* --ttl; 0: not given */
	int verbose;
	enum dcv_level_reached until;
	enum dcv_reason reason; /* close */
	struct dcv_policy policy; /* --reopen, --coexist, --remove-leftovers, --retained, --caa */
	bool no_wait, dry_run, json, quiet, help;
	bool keep_going; /* bad files do not stop the good ones */
	bool all; /* every record and step, not only the summary */
	bool cancel; /* cleanup of an open order */
	bool attention, log, kept; /* status */
	bool list, report; /* explain */
	bool force; /* init, new: overwrite */
	bool apex, yes; /* provider test */
};

/* What stands on standard output: text for people, or one document. */
#define DCV_FORMAT_MAP(X)           \
	X(TEXT, "text")             \
	X(JSON, "json")             \
	X(MARKDOWN, "markdown")     \
	X(ZONE, "zone")             \
	X(NSUPDATE, "nsupdate")     \
	X(CSV, "csv")               \
	X(PROMETHEUS, "prometheus") \
	X(HTML, "html")
enum dcv_format {
#define X(name, text) DCV_FORMAT_##name,
	DCV_FORMAT_MAP(X)
#undef X
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
	const char *formats; /* words of --format, blank-separated; NULL: it has none */
	/* Behind its first argument, and options behind that, all words are somebody else's,
	 * whatever they look like. Its other options may be variables, DCVCTL_NAME. */
	bool verbatim;
	const char *words; /* for completion: "orders", "files orders", or words to choose
	                    * from after `=`: "=bash zsh fish"; NULL: nothing */
};

extern const struct dcv_command dcv_cmd_init, dcv_cmd_new, dcv_cmd_plan, dcv_cmd_apply,
	dcv_cmd_wait, dcv_cmd_check, dcv_cmd_explain, dcv_cmd_cleanup, dcv_cmd_status,
	dcv_cmd_close, dcv_cmd_adopt, dcv_cmd_undo, dcv_cmd_lint, dcv_cmd_config,
	dcv_cmd_schema, dcv_cmd_completion, dcv_cmd_provider, dcv_cmd_ca, dcv_cmd_hook,
	dcv_cmd_zones;

/* All commands in the order of an order's life, ended by NULL. */
extern const struct dcv_command *const dcv_commands[];

/* What is known of an item beside what is asked. */
struct dcv_target {
	struct dcv_name owner; /* as the order has it; that of the item is where its aliases end */
	bool was_absent; /* before our change there was no such set */
	bool noted; /* the ledger says since when it is there */
};

/* What check, wait and apply ask of the world. */
struct dcv_verify {
	bool wait;
	size_t n_zones, n_items;
	struct dcv_check_zone *zones;
	struct dcv_check_item *items;
	const struct dcv_subject **subjects; /* [n_items]: whose item it is */
	struct dcv_target *targets; /* [n_items] */
	struct dcv_check_result result;
	bool asked;
};

/* Where a person is needed. */
struct dcv_attention {
	const char *ca, *order; /* "" where no order is concerned */
	const char *cause; /* "pending", "lost", "unsettled", "expiring", "expired", "unclosed", "retained",
	                    * "unseen", "unbound" */
	const char *text; /* in words */
	const char *run; /* what to type */
};

/* An order whose records `cleanup` removes. */
struct dcv_clean {
	const struct dcv_order_row *row;
	enum dcv_reason close; /* how it is closed first; NONE: it is over already */
	const char *why; /* "issued 2026-11-23" */
	const char *evidence; /* "tls example.com:443"; "" for none */
	size_t n_values; /* that went, or would */
	bool done; /* nothing of it is left */
};

struct dcv_matrix; /* the live view, matrix.h */
struct dcv_import; /* an order of a service, import.h */
struct dcv_exam; /* what was found out from the root down, exam.h */

/* Everything a command works with. */
struct dcv_session {
	const struct dcv_command *command;
	struct dcv_providers *providers;
	struct dcv_holder *holder; /* which accounts hold which zones; NULL: nobody asked */
	struct dcv_backend_host host; /* of what is asked outside a run */
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
	struct dcv_exam *exam; /* NULL: nothing was examined */
	struct dcv_order_row *rows; /* close, cleanup, status: the orders named */
	size_t n_rows;
	/* What `status` shows beside the rows. */
	struct dcv_attention *attention;
	struct dcv_change_row *changes, *lost; /* the journal; of it what was missed */
	struct dcv_claim_row *kept;
	size_t n_attention, n_changes, n_lost, n_kept;
	struct dcv_clean *cleans; /* of `cleanup`, by CA and number */
	size_t n_cleans;
	enum dcv_format format;
	FILE *events; /* --events; NULL: none */
	bool events_failed;
	struct dcv_matrix *matrix; /* on the screen now, or NULL */
	const char *saved_facts; /* apply --plan */
	struct dcv_import *imports; /* --from */
	size_t n_imports;
	struct dcv_diags bad; /* of order files that --keep-going left out */
	enum dcv_plan_shadow shadow; /* --shadow */
	bool next_is_plan; /* apply --plan: the plan holds the orders */
	const char *next_verb, *next_extra; /* what to type next; NULL: nothing */
	struct dcv_json *detail; /* the command's own part of the result document, which stands
	                          * under its name; NULL: none */
	bool changed;
	bool takes_back; /* what was begun is taken back: a signal does not stop that */
	char msg[256]; /* one sentence: the JSON's msg, and of the text form the last line */
};

/* What `plan` does not look at. */
#define DCV_NOT_CHECKED "CAA above the bound zones, DNSSEC, delegation"

/* Options of commands that plan orders, for struct dcv_command. */
#define DCV_ORDER_OPTIONS                                                                            \
	"config ledger zone-file reload provider nameserver record ca service order previous "       \
	"from file name deadline lock-timeout zone state limit all reopen coexist remove-leftovers " \
	"shadow keep-going json quiet verbose help "

/* --- plan.c --- */
/* Configuration, ledger, orders and the run, for a command that plans orders. */
enum dcv_err dcv_plan_prepare(struct dcv_session *session, enum dcv_ledger_mode mode);
/* Plans and shows; *ret_cut_off: an earlier run is to be settled. */
enum dcv_err dcv_plan_step(struct dcv_session *session, bool *ret_cut_off);
/* `plan` from its beginning to its end, also for apply --dry-run. */
enum dcv_err dcv_plan_run(struct dcv_session *session);
/* `lint` of the session's orders, into diags; suffixes NULL: these are not looked at. */
struct dcv_suffixes;
void dcv_lint_orders(struct dcv_session *session, const struct dcv_suffixes *suffixes);
/* --shadow for session->run, if it was given. */
enum dcv_err dcv_plan_shadow(struct dcv_session *session);
/* The plan of the run changes a zone: "changed" of a dry run. */
bool dcv_cmd_would_change(const struct dcv_session *session);

/* --- config.c --- */
/* Adds how a backend is edited, in words. `from`: the server that tells the file; NULL: none. */
void dcv_backend_words(struct dcv_buf *text, const struct dcv_backend_config *at,
	const char *from);
/* Where it is bound: "FILE:LINE" or "--zone-file". In the arena, or static. */
const char *dcv_binding_origin(struct dcv_session *session,
	const struct dcv_binding *zone);

/* --- apply.c --- */
/* Plans the orders of session->run, which dcv_session_run has prepared, carries the plan out, and
 * waits for the level of --until. */
enum dcv_err dcv_apply_run(struct dcv_session *session);
/* What was written, zone by zone; failures of zones go into diags. */
void dcv_show_written(struct dcv_session *session);

/* --- options.c --- */
/* Parses what follows the command's name. Adds DCV_E_USAGE errors to diags. */
void dcv_options_parse(struct dcv_session *session);
/* The i-th option there is: its name and whether it takes a value; false behind the last. */
bool dcv_option_at(size_t i, const char **ret_name, bool *ret_value);
/* "text", "json", … */
const char *dcv_format_text(enum dcv_format format);

/* Sets an option as if it had been given; false if there is none of this name. */
bool dcv_option_set(struct dcv_session *session, const char *name, const char *value);
/* Appends a word; false when memory is out. */
bool dcv_word_add(struct dcv_session *session, struct dcv_words *words, const char *word);
/* The command takes this long option ("config"). */
bool dcv_option_is_taken(const struct dcv_command *command, const char *name);

/* --- table.c --- */
/* The command of a name, or NULL. */
const struct dcv_command *dcv_command_find(const char *name);
/* `--version`, with -v behind it all parts; the exit status. */
int dcv_cmd_version(int argc, char **argv, const struct dcvp_provider *const *builtins);

/* --- next.c --- */
/* Sets what to type next: `verb` with the options given that it takes, `extra` (may be NULL)
 * before them. Shown last. */
void dcv_next(struct dcv_session *session, const char *verb, const char *extra);
/* The same for a plan that was saved: apply --plan FILE. */
void dcv_next_plan(struct dcv_session *session);
void dcv_next_show(struct dcv_session *session, enum dcv_err code);
/* What is typed behind `dcvctl COMMAND` for the same again, from the blank on; where several orders
 * were given for `order` alone. In the arena; "" when memory is out. */
const char *dcv_next_words(struct dcv_session *session, const char *order);
/* Says at once, as a result line, what may be typed later: "LABEL dcvctl VERB … ARGUMENTNOTE",
 * with the options given that it takes, but for those that are about orders. */
void dcv_next_say(const struct dcv_session *session, const char *label, const char *verb,
	const char *argument, const char *note);

/* --- session.c --- */
/* The configuration, then the orders that the arguments name. Errors are in diags. */
enum dcv_err dcv_session_config(struct dcv_session *session);
/* Any zone at all is bound: there is something that could be written. */
bool dcv_session_binds(const struct dcv_session *session);
/* Orders from files, directories, "-", --record, or numbers of the ledger (which must be
 * open). */
enum dcv_err dcv_session_orders(struct dcv_session *session);
/* The end of a command that took orders: what --keep-going left out counts as failed. */
enum dcv_err dcv_session_end(struct dcv_session *session, enum dcv_err rc);
enum dcv_err dcv_session_ledger(struct dcv_session *session, enum dcv_ledger_mode mode);
/* Reads the values of an option (--previous, adopt --value) into named[words->n]. */
enum dcv_err dcv_session_named(struct dcv_session *session, const struct dcv_words *words,
	const char *option, struct dcv_named *named);
/* Prepares session->run with a subject for each order read. */
enum dcv_err dcv_session_run(struct dcv_session *session, enum dcv_plan_mode mode);
/* The row of the one order that a number names ("1234" or "digicert/1234"). */
enum dcv_err dcv_session_find(struct dcv_session *session, const char *number,
	struct dcv_order_row **ret);
/* The ledger's rows of the orders that the arguments name, by number or by file, into
 * session->rows. */
enum dcv_err dcv_session_rows(struct dcv_session *session);
/* Who answers for accounts where the configuration does not say which zones they hold; borrows the
 * session. */
struct dcv_config_holder dcv_session_holder(struct dcv_session *session);
/* Lets the providers know which of several zones of a name the world sees; borrows the session. */
void dcv_session_electorate(struct dcv_session *session);
/* Shows a failure that has no place in a file. Returns its code. */
enum dcv_err dcv_session_fail(struct dcv_session *session, const struct dcv_error *err);

/* --- show.c --- */
/* The plan on standard output: as text, in short if it is long, or in the --format asked. */
void dcv_show_plan(struct dcv_session *session);
/* "add", "keep", … as JSON and CSV have it. */
const char *dcv_value_word(enum dcv_value_kind kind);
/* An RRset of a plan is worth a line: it changes, or not all of it is somebody else's. */
bool dcv_show_concerns(const struct dcv_edit *edit);
/* One diagnostic on standard error. */
void dcv_show_diag(const struct dcv_diag *diag);
/* Counts one more thing shown; false if --limit says that it is one too many. */
bool dcv_show_within(const struct dcv_session *session, size_t *n);
/* "… and N more", if more things were counted than --limit lets through. */
void dcv_show_rest(const struct dcv_session *session, size_t n);
/* "example.com. TXT" without the final dot, as people write it. Static memory of 4 calls. */
const char *dcv_show_name(const struct dcv_name *name);
/* All diagnostics, with places and remedies, on standard error. */
void dcv_show_diags(const struct dcv_session *session);
/* A result line; not printed with --json or --quiet. */
void dcv_say(const struct dcv_session *session, const char *fmt, ...) DCV_PRINTF(2, 3);
/* Standard output carries a document (--json, --format), no text for people. */
bool dcv_is_document(const struct dcv_session *session);
/* A message on standard error, behind what standard output has so far. */
void dcv_tell(const char *fmt, ...) DCV_PRINTF(1, 2);
/* Sends what was said so far. 0, or the errno of the first time that it failed. */
int dcv_flush(void);

/* --- wait.c --- */
/* Configuration, ledger, orders and the run, for a command that only looks. */
enum dcv_err dcv_look_prepare(struct dcv_session *session);
/* Reads the zones for their name servers and CAA. What CAA denies is an error in diags, other
 * guards that would stop a write are none. */
enum dcv_err dcv_look_zones(struct dcv_session *session);
/* No record is looked for: every token is dead (DCV_E_REFUSED, P13 in diags), or the order is
 * over. */
enum dcv_err dcv_look_nothing(struct dcv_session *session);

/* --- verify.c --- */
/* Finds servers and items for the run's subjects, asks, shows, and notes the state. Returns DCV_OK
 * when the level of --until is reached, or DCV_E_PENDING (check), DCV_E_DEADLINE, DCV_E_UNVERIFIED. */
enum dcv_err dcv_verify_run(struct dcv_session *session, struct dcv_verify *verify);
/* Waits until no cache can hold the old answer (seconds since 1970), with the countdown on a
 * terminal. DCV_E_DEADLINE at once where that lies past the deadline, or when a signal came. */
enum dcv_err dcv_verify_settle(struct dcv_session *session,
	const struct dcv_verify *verify, int64_t settled_s);
/* Every address has every item of the subject. */
bool dcv_verify_has(const struct dcv_verify *verify, const struct dcv_subject *subject);
/* When no cache can hold the old answer any more: settled.c. changed: this run has written. */
int64_t dcv_verify_settled(const struct dcv_verify *verify, bool changed);
/* Of what is not in the ledger: how long caches may hold what was seen to be answered before it. */
void dcv_verify_learn(struct dcv_verify *verify);
/* When each item came stands in the ledger, or was seen: settled.c. */
bool dcv_verify_is_known(const struct dcv_verify *verify);

/* --- result.c --- */
/* Fills and writes the JSON document. */
void dcv_result_write(struct dcv_session *session, enum dcv_err code);

#endif
