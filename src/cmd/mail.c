/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the form of a mail from cron. It does not know what is in it. */
#include "cmd/mail.h"

#include <string.h>
#include <unistd.h>

#include "cmd/evidence.h"

#define COLUMNS 77u
#define INDENT 9u
#define HOST_SHOWN 24

/* ASCII for whatever reads it; what is not becomes `?`. */
static char *plain(char *text)
{
	for (char *c = text; *c != '\0'; c++)
		*c = *c >= ' ' && *c <= '~' ? *c : '?';
	return text;
}

/* The text, folded at blanks; then `tail` (or ""), which is to be typed and is never folded. */
static void say_folded(const struct dcv_session *session, char *text, const char *tail)
{
	struct dcv_buf out;
	size_t column = 0;

	if (text == NULL)
		return;
	dcv_buf_init(&out, 65536);
	for (const char *at = plain(text); *at != '\0';) {
		size_t blanks = strspn(at, " "), len = strcspn(at + blanks, " ");

		if (column + blanks + len > COLUMNS && column > INDENT) {
			dcv_buf_addf(&out, "\n%*s", (int)INDENT, "");
			column = INDENT;
			at += blanks;
			blanks = 0;
		}
		dcv_buf_add(&out, at, blanks + len);
		column += blanks + len;
		at += blanks + len;
	}
	if (tail[0] != '\0' && column + strlen(tail) + 1 > COLUMNS)
		dcv_buf_addf(&out, "\n%*s%s", (int)INDENT, "", tail);
	else if (tail[0] != '\0')
		dcv_buf_addf(&out, " %s", tail);
	dcv_say(session, "%s", dcv_buf_text(&out));
	dcv_buf_clear(&out);
}

/* What a person knows the order by beside its number: the certificate, or its first name. */
static const char *label(struct dcv_session *session, const struct dcv_order_row *row)
{
	static const char none[] = "-";
	struct dcv_diags diags = {0};
	const struct dcv_order *order;

	if (row->certificate != NULL && row->certificate[0] != '\0')
		return row->certificate;
	order = dcv_evidence_order(session, row, &diags);
	dcv_diags_clear(&diags);
	return order != NULL && order->n_names > 0 ? dcv_show_name(&order->names[0])
						   : none;
}

static void say_clean(struct dcv_session *session, const struct dcv_clean *clean)
{
	const char *verb = clean->done ? "removed" : "FAILED";
	char *tail = NULL;

	if (session->options.dry_run)
		verb = "remove";
	if (clean->evidence[0] != '\0')
		tail = dcv_arena_printf(&session->arena, "(%s)", clean->evidence);
	say_folded(session,
		dcv_arena_printf(&session->arena, "%-8s %-10s %-14s %2zu value%s %s",
			verb, clean->row->id, label(session, clean->row), clean->n_values,
			clean->n_values == 1 ? " " : "s", clean->why),
		tail != NULL ? plain(tail) : "");
}

static void say_attention(struct dcv_session *session, const struct dcv_attention *at)
{
	say_folded(session,
		dcv_arena_printf(&session->arena, "%-8s %s%s%s:", "YOU", at->order,
			at->order[0] != '\0' ? "  " : "", at->text),
		at->run);
}

/* Values that outlive their orders: nobody need do anything, but nobody should forget them. */
static void say_retained(struct dcv_session *session)
{
	struct dcv_claim_row *rows = NULL;
	size_t n = 0, kept = 0;

	if (dcv_ledger_claims_kept(session->ledger, &session->arena, &rows, &n, NULL) !=
		DCV_OK)
		return;
	for (size_t i = 0; i < n; i++)
		kept += !dcv_state_is_open(rows[i].state) &&
			dcv_keep_retains(rows[i].keep, rows[i].keep_until_s,
				dcv_now_s(session->clock));
	if (kept > 0)
		say_folded(session,
			dcv_arena_printf(&session->arena,
				"%-8s %zu record%s of orders that are over:", "kept",
				kept, kept == 1 ? "" : "s"),
			"dcvctl status --kept");
}

/* "3 orders cleaned, 1 failed, 1 needs you, 33 kept" */
static void sum_up(struct dcv_session *session, size_t n_left)
{
	size_t n = session->n_cleans, done = 0, failed, called = session->n_attention;
	char more[64] = "", you[64] = "", kept[64] = "";

	for (size_t i = 0; i < n; i++)
		done += session->cleans[i].done || session->options.dry_run;
	failed = n - done;
	if (failed > 0)
		(void)snprintf(more, sizeof(more), ", %zu failed", failed);
	if (called > 0)
		(void)snprintf(you, sizeof(you), ", %zu need%s you", called,
			called == 1 ? "s" : "");
	if (n_left > n + called)
		(void)snprintf(kept, sizeof(kept), ", %zu kept", n_left - n - called);
	(void)snprintf(session->msg, sizeof(session->msg), "%zu order%s %s%s%s%s", done,
		done == 1 ? "" : "s", session->options.dry_run ? "to clean" : "cleaned",
		more, you, kept);
}

void dcv_mail(struct dcv_session *session, size_t n_left)
{
	char host[256] = "";

	sum_up(session, n_left);
	if (session->n_cleans == 0 && session->n_attention == 0 &&
		!session->options.dry_run)
		return;
	(void)gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	dcv_say(session, "dcvctl cleanup on %.*s: %s", HOST_SHOWN, plain(host),
		session->msg);
	for (size_t i = 0; i < session->n_cleans; i++)
		say_clean(session, &session->cleans[i]);
	for (size_t i = 0; i < session->n_attention; i++)
		say_attention(session, &session->attention[i]);
	say_retained(session);
	if (session->options.dry_run)
		dcv_say(session, "Nothing was written.");
}
