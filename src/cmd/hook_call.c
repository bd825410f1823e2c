/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how the values of a client become orders, and how these come and go. It does
 * not know any client. */
#include <string.h>

#include "base/crypto.h"
#include "cmd/clean.h"
#include "cmd/hook.h"
#include "cmd/interrupt.h"
#include "dns/idn.h"
#include "order/draft.h"

#define DEFAULT_CA "letsencrypt.org"
#define TOKEN_LIFE_D 7u /* a client that has not come back by then will not */
#define TAKE_BACK_MS INT64_C(60000)
#define KEY_DIGITS 16
#define VALUE_MAX 255u /* one string of a TXT record */

static enum dcv_err refuse(struct dcv_session *session, const char *what,
	const char *text, const char *why)
{
	char shown[256];

	dcv_shown(shown, sizeof(shown), text, strlen(text));
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl hook --help", "hook: %s \"%s\": %s", what, shown, why);
	return DCV_E_USAGE;
}

const char *dcv_hook_key(struct dcv_session *session, const char *client, const char *text)
{
	char digest[DCV_SHA256_TEXT_MAX];
	struct dcv_error err = {0};
	const char *key;

	dcv_sha256_text(text, strlen(text), digest);
	key = dcv_arena_printf(&session->arena, "%s-%.*s", client, KEY_DIGITS, digest);
	if (key == NULL)
		(void)dcv_session_fail(session, (dcv_nomem(&err), &err));
	return key;
}

/* The owner in its one spelling: so that the same value has the same order. */
static enum dcv_err make_owner(struct dcv_session *session, const char *prefix,
	const char *name, const char **ret)
{
	const char *bare = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
	char text[DCV_NAME_TEXT_MAX], *ascii = NULL;
	struct dcv_error err = {0};
	struct dcv_name owner;

	if (bare[0] == '\0' || strpbrk(bare, " \t\n\"\\;()@") != NULL)
		return refuse(session, "name", name, "this is no domain name");
	bare = dcv_arena_printf(&session->arena, "%s%s", prefix, bare);
	if (bare == NULL)
		return DCV_E_NOMEM;
	if (dcv_idn_to_ascii(bare, strlen(bare), &session->arena, &ascii, &err) != DCV_OK ||
		dcv_name_from(ascii, &owner, &err) != DCV_OK)
		return err.code == DCV_E_NOMEM ? err.code
					       : refuse(session, "name", name, err.text);
	*ret = dcv_arena_strdup(&session->arena, dcv_name_text(&owner, text));
	return *ret != NULL ? DCV_OK : DCV_E_NOMEM;
}

/* What ACME has clients write is base64url; that is not asked for, but one plain word is. */
static bool is_value(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		if (value[i] <= ' ' || value[i] > '~' ||
			strchr("\"\\;()", value[i]) != NULL)
			return false;
	}
	return len > 0 && len <= VALUE_MAX;
}

enum dcv_err dcv_hook_add(struct dcv_session *session, struct dcv_hook *hook,
	const char *prefix, const char *name, const char *value)
{
	struct dcv_hook_value item = {.value = value}, *grown;
	const char *both;
	enum dcv_err rc;

	if (!is_value(value))
		return refuse(session, "value", value,
			"this is no value of a dns-01 challenge");
	rc = make_owner(session, prefix, name, &item.owner);
	if (rc != DCV_OK)
		return rc;
	both = dcv_arena_printf(&session->arena, "%s %s", item.owner, value);
	grown = dcv_arena_grow(&session->arena, hook->values, hook->n,
		sizeof(hook->values[0]));
	if (both == NULL || grown == NULL)
		return DCV_E_NOMEM;
	hook->values = grown;
	item.id = dcv_hook_key(session, hook->client, both);
	if (item.id == NULL)
		return session->diags.code;
	for (size_t i = 0; i < hook->n; i++) {
		if (strcmp(hook->values[i].id, item.id) == 0)
			return DCV_OK;
	}
	hook->values[hook->n++] = item;
	return DCV_OK;
}

/* The order of a value, as if it had been read from a file. */
static enum dcv_err make_order(struct dcv_session *session,
	const struct dcv_hook_value *value)
{
	const struct dcv_options *o = &session->options;
	const struct dcv_draft_record record = {
		.line = dcv_arena_printf(&session->arena, "%s TXT \"%s\"", value->owner,
			value->value)};
	const struct dcv_draft draft = {.id = value->id,
		.ca = o->ca != NULL ? o->ca : DEFAULT_CA,
		.ttl_s = o->ttl_s,
		.n_records = 1,
		.records = &record};
	const char *text = record.line != NULL ? dcv_draft_text(&draft, &session->arena)
					       : NULL;
	size_t n = session->orders.n;
	struct dcv_order *order;

	if (text == NULL)
		return DCV_E_NOMEM;
	dcv_orders_parse("hook", text, strlen(text), NULL, &session->arena,
		&session->orders, &session->diags);
	if (session->orders.n == n)
		return session->diags.code;
	order = session->orders.items[n];
	order->token_life_d = TOKEN_LIFE_D;
	/* Which CA it is nobody said: there is nothing to judge CAA by. */
	if (o->ca == NULL)
		order->caa = DCV_CAA_OFF;
	/* There is no file with lines. */
	order->claims[0].place = (struct dcv_place){"hook", 0, 0};
	return DCV_OK;
}

/* Why the values are not seen, where the wait has ended without an error of its own. */
static void tell_unseen(struct dcv_session *session, const struct dcv_hook *hook,
	enum dcv_err rc)
{
	if (session->diags.n_errors > 0 ||
		(rc != DCV_E_DEADLINE && rc != DCV_E_UNVERIFIED))
		return;
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, rc, NULL,
		rc == DCV_E_DEADLINE
			? "give it more time with --deadline or DCVCTL_DEADLINE; dcvctl "
			  "check shows which address lags"
			: "say with --nameserver or DCVCTL_NAMESERVER which addresses to ask",
		rc == DCV_E_DEADLINE
			? "hook: %s%s: written, but not seen at every address of the name servers "
			  "in time"
			: "hook: %s%s: written, but no name server could be asked",
		hook->values[0].owner, hook->n > 1 ? " and others" : "");
}

static enum dcv_err present(struct dcv_session *session, const struct dcv_hook *hook)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_SOON);

	for (size_t i = 0; rc == DCV_OK && i < hook->n; i++)
		rc = make_order(session, &hook->values[i]);
	/* A challenge that is tried again has the same value. */
	session->options.policy.reopen = true;
	if (rc == DCV_OK)
		rc = dcv_session_run(session, DCV_PLAN_APPLY);
	if (rc == DCV_OK)
		rc = dcv_plan_shadow(session);
	if (rc == DCV_OK)
		rc = dcv_apply_run(session);
	tell_unseen(session, hook, rc);
	return rc;
}

/* Notes that an order is to be cleaned, if there is anything of it left. */
static enum dcv_err take_row(struct dcv_session *session, const struct dcv_order_row *row,
	enum dcv_reason reason)
{
	bool alive = dcv_order_is_alive(row, dcv_now_s(session->clock));
	struct dcv_clean *grown;

	if (row->state == DCV_STATE_CLEANED)
		return DCV_OK;
	grown = dcv_arena_grow(&session->arena, session->cleans, session->n_cleans,
		sizeof(session->cleans[0]));
	if (grown == NULL)
		return DCV_E_NOMEM;
	session->cleans = grown;
	session->cleans[session->n_cleans++] = (struct dcv_clean){.row = row,
		.close = alive ? reason : DCV_REASON_NONE,
		.why = dcv_reason_text(reason),
		.evidence = ""};
	return DCV_OK;
}

/* The orders of the values, whichever CA they were said to be of. */
static enum dcv_err choose(struct dcv_session *session, const struct dcv_hook *hook,
	enum dcv_reason reason)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	struct dcv_error err = {0};

	session->cleans = NULL;
	session->n_cleans = 0;
	for (size_t i = 0; rc == DCV_OK && i < hook->n; i++) {
		struct dcv_order_row *rows = NULL;
		size_t n = 0;

		if (dcv_ledger_orders(session->ledger, hook->values[i].id,
			    &session->arena, &rows, &n, &err) != DCV_OK)
			return dcv_session_fail(session, &err);
		for (size_t k = 0; rc == DCV_OK && k < n; k++)
			rc = take_row(session, &rows[k], reason);
	}
	return rc;
}

static enum dcv_err clean_chosen(struct dcv_session *session)
{
	enum dcv_err rc;

	session->orders.n = 0;
	if (session->n_cleans == 0)
		return DCV_OK;
	rc = dcv_clean_plan(session);
	return rc == DCV_OK ? dcv_clean_apply(session) : rc;
}

enum dcv_err dcv_hook_clean(struct dcv_session *session, const struct dcv_hook *hook)
{
	enum dcv_err rc = choose(session, hook, DCV_REASON_ISSUED);

	return rc == DCV_OK ? clean_chosen(session) : rc;
}

enum dcv_err dcv_hook_close(struct dcv_session *session, const struct dcv_hook *hook)
{
	enum dcv_err rc = choose(session, hook, DCV_REASON_ISSUED);
	struct dcv_error err = {0};

	if (rc != DCV_OK || session->n_cleans == 0)
		return rc;
	session->orders.n = 0;
	rc = dcv_session_run(session, DCV_PLAN_CLEANUP);
	if (rc == DCV_OK)
		rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	for (size_t i = 0; rc == DCV_OK && i < session->n_cleans; i++) {
		const struct dcv_clean *clean = &session->cleans[i];

		if (clean->close != DCV_REASON_NONE &&
			dcv_run_end_order(&session->run, clean->row, clean->close,
				&err) != DCV_OK)
			rc = dcv_session_fail(session, &err);
	}
	return rc;
}

static bool begins(const char *id, const char *client)
{
	size_t len = strlen(client);

	return strncmp(id, client, len) == 0 && id[len] == '-';
}

enum dcv_err dcv_hook_sweep(struct dcv_session *session, const struct dcv_hook *hook,
	bool open)
{
	enum dcv_err rc = dcv_session_ledger(session, DCV_LEDGER_READ);
	struct dcv_order_row *rows = NULL;
	struct dcv_error err = {0};
	size_t n = 0;

	session->cleans = NULL;
	session->n_cleans = 0;
	if (rc == DCV_OK &&
		dcv_ledger_orders(session->ledger, NULL, &session->arena, &rows, &n,
			&err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (begins(rows[i].id, hook->client) &&
			(open || rows[i].state == DCV_STATE_CLOSED))
			rc = take_row(session, &rows[i], DCV_REASON_CANCELLED);
	}
	return rc == DCV_OK ? clean_chosen(session) : rc;
}

static enum dcv_err clean_again(struct dcv_session *session, const struct dcv_hook *hook)
{
	enum dcv_err rc = choose(session, hook, DCV_REASON_CANCELLED);

	if (rc == DCV_OK)
		rc = clean_chosen(session);
	for (size_t i = 0; rc == DCV_OK && i < session->n_cleans; i++)
		rc = session->cleans[i].done ? DCV_OK : DCV_E_PARTIAL;
	return rc;
}

/* A client that was told of a failure may not come again: nothing of it is to be left. Neither the
 * deadline that has passed nor a signal ends that. */
static void take_back(struct dcv_session *session, const struct dcv_hook *hook)
{
	struct dcv_diags why = session->diags;
	bool changed = session->changed;
	enum dcv_err rc;

	session->diags = (struct dcv_diags){0};
	session->takes_back = true;
	session->deadline_ms = dcv_mono_ms(session->clock) + TAKE_BACK_MS;
	session->host.deadline_ms = session->deadline_ms;
	dcv_run_close(&session->run);
	rc = clean_again(session, hook);
	for (size_t i = 0; i < session->diags.n; i++)
		dcv_diag_copy(&why, &session->diags.items[i]);
	dcv_diags_clear(&session->diags);
	session->diags = why;
	session->changed = changed;
	if (rc != DCV_OK && hook->n > 0)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, rc, NULL,
			dcv_arena_printf(&session->arena,
				"run: dcvctl cleanup --cancel %s   (cron's cleanup does it in time)",
				hook->values[0].id),
			"hook: what was written could not be taken back");
}

enum dcv_err dcv_hook_present(struct dcv_session *session, const struct dcv_hook *hook)
{
	enum dcv_err rc = present(session, hook);
	bool unseen = (rc == DCV_E_DEADLINE || rc == DCV_E_UNVERIFIED) &&
		!dcv_interrupted(NULL);

	if (rc != DCV_OK && !(unseen && hook->goes_on))
		take_back(session, hook);
	return rc;
}
