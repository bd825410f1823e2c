/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a command comes by its configuration, its ledger and its orders. */
#include <string.h>
#include <sys/stat.h>

#include "base/shell.h"
#include "cmd/events.h"
#include "cmd/import.h"
#include "cmd/interrupt.h"

enum dcv_err dcv_session_fail(struct dcv_session *session, const struct dcv_error *err)
{
	dcv_diag_add_error(&session->diags, NULL, err);
	return err->code;
}

/* Before anything is done: every account is what its provider takes. */
static enum dcv_err check_accounts(struct dcv_session *session)
{
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_accounts_check(session->providers, &session->config,
		&session->arena, &session->diags);

	if (rc != DCV_OK)
		return rc;
	session->host = (struct dcv_backend_host){session->providers, session->clock,
		&session->log, session->deadline_ms};
	if (session->holder == NULL &&
		dcv_holder_make(&session->host, &session->holder, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	session->config.holder = dcv_session_holder(session);
	dcv_session_electorate(session);
	return DCV_OK;
}

enum dcv_err dcv_session_config(struct dcv_session *session)
{
	enum dcv_err rc = dcv_config_make(&session->options.config, &session->arena,
		&session->config, &session->diags);
	int64_t deadline_s = session->options.deadline_s;

	if (deadline_s == 0)
		deadline_s = session->config.deadline_s;
	session->deadline_ms = session->started_ms + deadline_s * 1000;
	if (rc == DCV_OK)
		session->options.lock_timeout_s = session->config.lock_timeout_s;
	return rc == DCV_OK ? check_accounts(session) : rc;
}

bool dcv_session_binds(const struct dcv_session *session)
{
	const char *from;

	return dcv_config_item(&session->config, 0, &from) != NULL;
}

#define BUSY_MS 10000 /* another process' commit: milliseconds in practice */

enum dcv_err dcv_session_ledger(struct dcv_session *session, enum dcv_ledger_mode mode)
{
	struct dcv_error err = {0};

	if (mode == DCV_LEDGER_WRITE && session->ledger != NULL &&
		dcv_ledger_is_writable(session->ledger))
		return DCV_OK;
	dcv_ledger_close(session->ledger);
	session->ledger = NULL;
	if (dcv_ledger_open(session->config.ledger, mode, BUSY_MS, &session->ledger,
		    &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	session->run.ledger = session->ledger;
	return DCV_OK;
}

/* "digicert/1234" or "1234": the CA's part into *ret_ca (NULL: any), the number returned. */
static const char *split_number(struct dcv_session *session, const char *word,
	const char **ret_ca)
{
	const char *slash = strchr(word, '/');

	*ret_ca = NULL;
	if (slash == NULL)
		return word;
	*ret_ca = dcv_arena_strndup(&session->arena, word, (size_t)(slash - word));
	if (*ret_ca != NULL && dcv_ca_find(*ret_ca) != NULL)
		*ret_ca = dcv_ca_find(*ret_ca)->key; /* a brand */
	return slash + 1;
}

/* CA/NUMBER of an order that the ledger holds. */
static bool is_known(struct dcv_session *session, const char *word)
{
	struct dcv_order_row *row = NULL;
	struct dcv_error err = {0};
	const char *ca, *number = split_number(session, word, &ca);

	return ca != NULL &&
		dcv_ledger_order(session->ledger, ca, number, &session->arena, &row,
			&err) == DCV_OK &&
		row != NULL;
}

static bool is_path(struct dcv_session *session, const char *word)
{
	size_t len = strlen(word);
	struct stat st;

	if (strcmp(word, "-") == 0 || stat(word, &st) == 0)
		return true;
	if (len > 5 && strcmp(word + len - 5, ".yaml") == 0)
		return true;
	return strchr(word, '/') != NULL && !is_known(session, word);
}

static void help_unknown(struct dcv_session *session, const char *word,
	struct dcv_error *err)
{
	const char *typed = dcv_shell_word(&session->arena, word);

	if (session->command == &dcv_cmd_check && strchr(word, '.') != NULL)
		dcv_help(err, "help: a name without an order: dcvctl check --ca CA %.255s",
			typed != NULL ? typed : "NAME");
	else
		dcv_help(err,
			"run: dcvctl status   (shows the orders that the ledger knows)");
}

enum dcv_err dcv_session_find(struct dcv_session *session, const char *word,
	struct dcv_order_row **ret)
{
	struct dcv_error err = {0};
	struct dcv_order_row *rows = NULL, *found = NULL;
	const char *ca, *number = split_number(session, word, &ca);
	size_t n = 0, hits = 0;

	if (dcv_ledger_orders(session->ledger, number, &session->arena, &rows, &n,
		    &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n; i++) {
		if (ca != NULL && strcmp(rows[i].ca, ca) != 0)
			continue;
		found = &rows[i];
		hits++;
	}
	if (hits == 1) {
		*ret = found;
		return DCV_OK;
	}
	if (hits == 0) {
		dcv_fail(&err, DCV_E_ORDER,
			"%s: no such order in the ledger %s, and no such file", word,
			session->config.ledger);
		help_unknown(session, word, &err);
	} else {
		dcv_fail(&err, DCV_E_ORDER, "%s: %zu CAs have an order with this number",
			word, hits);
		dcv_help(&err, "help: write it as CA/NUMBER: %s/%s", rows[0].ca, number);
	}
	return dcv_session_fail(session, &err);
}

/* The rows of the orders in a file: what its number is in the ledger counts, not its records. */
static enum dcv_err find_in_file(struct dcv_session *session, const char *path,
	struct dcv_words *words)
{
	struct dcv_orders orders = {0};

	dcv_orders_load(path, session->options.order, &session->arena, &orders,
		&session->diags);
	for (size_t i = 0; i < orders.n && session->diags.code == DCV_OK; i++) {
		const char *word = dcv_arena_printf(&session->arena, "%s/%s",
			orders.items[i]->ca->key, orders.items[i]->id);

		if (word == NULL || !dcv_word_add(session, words, word))
			return DCV_E_NOMEM;
	}
	return session->diags.code;
}

enum dcv_err dcv_session_rows(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	struct dcv_words words = {0};
	struct dcv_order_row *rows, *row = NULL;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < args->n; i++) {
		if (is_path(session, args->items[i]))
			rc = find_in_file(session, args->items[i], &words);
		else if (!dcv_word_add(session, &words, args->items[i]))
			rc = DCV_E_NOMEM;
	}
	rows = dcv_arena_array(&session->arena, words.n, sizeof(rows[0]));
	if (rows == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; rc == DCV_OK && i < words.n; i++) {
		rc = dcv_session_find(session, words.items[i], &row);
		if (rc == DCV_OK)
			rows[i] = *row;
	}
	if (rc == DCV_OK) {
		session->rows = rows;
		session->n_rows = words.n;
	}
	return rc;
}

static void load_number(struct dcv_session *session, const char *word)
{
	struct dcv_order_row *row = NULL;
	char *place;

	if (dcv_session_find(session, word, &row) != DCV_OK || row == NULL)
		return;
	place = dcv_arena_printf(&session->arena, "ledger:%s/%s", row->ca, row->id);
	if (place != NULL)
		dcv_orders_parse(place, row->document, strlen(row->document), row->id,
			&session->arena, &session->orders, &session->diags);
}

static void load_records(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;

	if (o->records.n == 0)
		return;
	dcv_order_from_records(o->ca, o->service, o->order, o->records.items, o->records.n,
		DCV_TTL_S, &session->arena, &session->orders, &session->diags);
}

/* `check NAME… --ca CA`: a name of at least two labels that is no order of the ledger. */
static bool is_domain(struct dcv_session *session, const char *word)
{
	struct dcv_order_row *rows = NULL;
	struct dcv_error err = {0};
	size_t n = 0;

	return session->command == &dcv_cmd_check && session->options.ca != NULL &&
		strchr(word, '.') != NULL && !is_path(session, word) &&
		dcv_ledger_orders(session->ledger, word, &session->arena, &rows, &n,
			&err) == DCV_OK &&
		n == 0;
}

static void refuse_mixture(struct dcv_session *session, const char *name)
{
	char shown[128];

	dcv_shown(shown, sizeof(shown), name, strlen(name));
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"check names and orders in two runs",
		"check: %s is a name, and other arguments are orders", shown);
}

/* All arguments together are one order of names. */
static void load_names(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;

	for (size_t i = 0; i < o->args.n; i++) {
		if (!is_domain(session, o->args.items[i]) || o->records.n > 0) {
			refuse_mixture(session, o->args.items[0]);
			return;
		}
	}
	dcv_order_from_names(o->ca, o->args.items, o->args.n, &session->arena,
		&session->orders, &session->diags);
}

static enum dcv_err misused(struct dcv_session *session, const char *help, const char *why)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL, help, "%s: %s",
		session->command->name, why);
	return DCV_E_USAGE;
}

static void load_arguments(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;

	for (size_t i = 0; i < o->args.n; i++) {
		if (is_path(session, o->args.items[i]))
			dcv_orders_load(o->args.items[i], o->order, &session->arena,
				&session->orders, &session->diags);
		else
			load_number(session, o->args.items[i]);
	}
	load_records(session);
}

enum dcv_err dcv_session_orders(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	enum dcv_err rc = DCV_OK;

	if (o->from != NULL ? o->records.n > 0 || o->order != NULL
			    : o->file != NULL || o->names.n > 0)
		return misused(session,
			"--from SERVICE NUMBER goes with --file and --name, and without "
			"--record and --order",
			"options that do not go together");
	if (o->from == NULL && o->args.n == 0 && o->records.n == 0)
		return misused(session,
			"give an order file, a directory of them, an order number, or --record",
			"no order given");
	if (o->from == NULL && o->args.n > 0 && is_domain(session, o->args.items[0])) {
		load_names(session);
		return session->diags.code;
	}
	if (o->from == NULL)
		load_arguments(session);
	else
		rc = dcv_import_orders(session);
	if (rc != DCV_OK && rc != DCV_E_ORDER)
		return rc;
	if (o->keep_going && session->diags.code == DCV_E_ORDER) {
		session->bad = session->diags;
		session->diags = (struct dcv_diags){0};
	}
	return session->diags.code;
}

enum dcv_err dcv_session_end(struct dcv_session *session, enum dcv_err rc)
{
	if (session->bad.n_errors == 0)
		return rc;
	for (size_t i = 0; i < session->bad.n; i++)
		dcv_diag_copy(&session->diags, &session->bad.items[i]);
	dcv_diags_clear(&session->bad);
	/* What a plan would change has not changed. */
	return session->changed && session->run.id != NULL
		? DCV_E_PARTIAL
		: dcv_run_worse(rc, DCV_E_FAILED);
}

enum dcv_err dcv_session_named(struct dcv_session *session, const struct dcv_words *words,
	const char *option, struct dcv_named *named)
{
	for (size_t i = 0; i < words->n; i++) {
		const struct dcv_place place = {option, 0, 0};

		if (!dcv_named_parse(words->items[i], strlen(words->items[i]), &place,
			    &session->arena, &named[i], &session->diags))
			return session->diags.code;
	}
	return DCV_OK;
}

enum dcv_err dcv_session_run(struct dcv_session *session, enum dcv_plan_mode mode)
{
	struct dcv_run *run = &session->run;
	struct dcv_named *named = dcv_arena_array(&session->arena,
		session->options.previous.n, sizeof(named[0]));

	*run = (struct dcv_run){.mode = mode,
		.command = session->command->name,
		.clock = session->clock,
		.log = &session->log,
		.config = &session->config,
		.providers = session->providers,
		.ledger = session->ledger,
		.arena = &session->arena,
		.deadline_ms = session->deadline_ms,
		.lock_wait_ms = session->options.lock_timeout_s * 1000,
		.policy = session->options.policy,
		.stopped = session->takes_back ? NULL : dcv_interrupted,
		.event = dcv_event_zone,
		.event_ctx = session,
		.n_subjects = session->orders.n,
		.n_named = session->options.previous.n,
		.named = named};
	run->subjects = dcv_arena_array(&session->arena, run->n_subjects + 1,
		sizeof(run->subjects[0]));
	if (run->subjects == NULL || named == NULL)
		return DCV_E_NOMEM;
	for (size_t i = 0; i < session->orders.n; i++) {
		const struct dcv_order *order = session->orders.items[i];

		run->subjects[i] = (struct dcv_subject){.order = order,
			.ca = order->ca->key,
			.id = order->id};
	}
	return dcv_session_named(session, &session->options.previous, "--previous", named);
}
