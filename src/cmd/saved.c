/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the form of a saved plan: lines of text, first how to make the plan again
 * (options, the documents of the orders), then the facts that it rests on and what it does,
 * last a checksum. A plan is compared by making its facts again. */
#include "cmd/saved.h"

#include <string.h>

#include "base/crypto.h"
#include "base/file.h"

#define SAVED_MAX (256u * 1024u * 1024u)
#define FIRST_LINE "dcvctl plan 1\n"
#define FACTS_LINE "facts\n"
#define END_WORD "end "
#define SHOWN_MAX 160u /* of a fact in a message */

/* The options that shape a plan. */
static const char *const shaping[] = {"previous", "reopen", "coexist", "remove-leftovers",
	"shadow", NULL};

static bool is_shaping(const char *name)
{
	for (const char *const *word = shaping; *word != NULL; word++) {
		if (strcmp(*word, name) == 0)
			return true;
	}
	return false;
}

static void add_options(const struct dcv_session *session, struct dcv_buf *out)
{
	const struct dcv_options *o = &session->options;

	for (size_t i = 0; i < o->given.n; i++) {
		const char *value = o->given_values.items[i];

		if (is_shaping(o->given.items[i]))
			dcv_buf_addf(out, "option %s%s%s\n", o->given.items[i],
				value != NULL ? " " : "", value != NULL ? value : "");
	}
}

/* The document of an order, each line behind a bar. */
static void add_order(const struct dcv_order *order, struct dcv_buf *out)
{
	const char *at = order->document;

	dcv_buf_addf(out, "order %s %s\n", order->id, order->file);
	while (*at != '\0') {
		size_t len = strcspn(at, "\n");

		dcv_buf_adds(out, "| ");
		dcv_buf_add(out, at, len);
		dcv_buf_addc(out, '\n');
		at += len + (at[len] == '\n');
	}
}

static void add_subject(const struct dcv_subject *subject, struct dcv_buf *out)
{
	dcv_buf_addf(out,
		"order %s/%s: judgement %d, revision %lld, ledger generation %lld\n",
		subject->ca, subject->id, (int)subject->judgement,
		(long long)subject->revision,
		(long long)(subject->row != NULL ? subject->row->generation : 0));
	for (size_t i = 0; i < subject->n_others; i++)
		dcv_buf_addf(out, "order %s/%s: ledger generation %lld\n",
			subject->others[i].ca, subject->others[i].id,
			(long long)subject->others[i].generation);
}

static void add_value(const struct dcv_edit *edit, const struct dcv_value *value,
	struct dcv_buf *out)
{
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	dcv_buf_addf(out, "%s %s: %s %u ", dcv_name_text(&edit->edit.owner, owner),
		dcv_type_text(edit->edit.type, type), dcv_value_word(value->kind),
		edit->edit.ttl_s);
	dcv_rdata_text(edit->edit.type, &value->rdata, out);
	dcv_buf_addc(out, '\n');
}

static void add_zone(const struct dcv_zone_run *zone, struct dcv_buf *out)
{
	char name[DCV_NAME_TEXT_MAX];

	dcv_buf_addf(out, "zone %s at %s: state %s\n",
		dcv_name_text(&zone->binding->zone, name), zone->at->name,
		zone->view.etag != NULL ? zone->view.etag : "-");
	for (size_t i = 0; i < zone->plan.n_edits; i++) {
		for (size_t k = 0; k < zone->plan.edits[i].n_values; k++)
			add_value(&zone->plan.edits[i], &zone->plan.edits[i].values[k],
				out);
	}
}

static void add_facts(const struct dcv_session *session, struct dcv_buf *out)
{
	for (size_t i = 0; i < session->run.n_subjects; i++)
		add_subject(&session->run.subjects[i], out);
	for (size_t i = 0; i < session->run.n_zones; i++)
		add_zone(&session->run.zones[i], out);
}

enum dcv_err dcv_saved_write(struct dcv_session *session)
{
	char sum[DCV_SHA256_TEXT_MAX];
	struct dcv_error err = {0};
	struct dcv_buf out;
	enum dcv_err rc;

	dcv_buf_init(&out, SAVED_MAX);
	dcv_buf_adds(&out, FIRST_LINE);
	add_options(session, &out);
	for (size_t i = 0; i < session->orders.n; i++)
		add_order(session->orders.items[i], &out);
	dcv_buf_adds(&out, FACTS_LINE);
	add_facts(session, &out);
	dcv_sha256_text(dcv_buf_text(&out), out.len, sum);
	dcv_buf_addf(&out, END_WORD "%s\n", sum);
	rc = out.failed ? dcv_nomem(&err)
			: dcv_file_write(session->options.save, dcv_buf_text(&out),
				  out.len, 0600, true, &err);
	dcv_buf_clear(&out);
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

static enum dcv_err refuse(struct dcv_session *session, const char *why)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_REFUSED, NULL,
		"run: dcvctl plan --save FILE ORDER   (then look at it, and apply --plan FILE)",
		"%s: %s", session->options.plan, why);
	return DCV_E_REFUSED;
}

/* The last line holds the checksum of all before it. Cuts it off. */
static enum dcv_err cut_sum(struct dcv_session *session, char *text)
{
	static const char why[] = "not a saved plan, or it was changed or cut off";
	char sum[DCV_SHA256_TEXT_MAX];
	size_t len = strlen(text);
	size_t line = strlen(END_WORD) +
		DCV_SHA256_TEXT_MAX; /* its NUL stands for the newline */

	if (len < line || strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return refuse(session, why);
	dcv_sha256_text(text, len - line, sum);
	if (strncmp(text + len - line, END_WORD, strlen(END_WORD)) != 0 ||
		strncmp(text + len - line + strlen(END_WORD), sum, strlen(sum)) != 0)
		return refuse(session, why);
	text[len - line] = '\0';
	return DCV_OK;
}

/* An option of the plan, as if it had been given. */
static bool take_option(struct dcv_session *session, char *line)
{
	char *value = strchr(line, ' ');

	if (value != NULL)
		*value++ = '\0';
	if (!is_shaping(line))
		return false;
	return dcv_option_set(session, line, value);
}

/* The lines `| …` of an order's document, taken out of their bars in place. Returns what stands
 * behind them. */
static char *take_document(struct dcv_session *session, char *head, char *text)
{
	char *id = head, *file = strchr(head, ' '), *to = text, *from = text;

	if (file != NULL)
		*file++ = '\0';
	while (strncmp(from, "| ", 2) == 0) {
		size_t len = strcspn(from + 2, "\n");

		memmove(to, from + 2, len);
		to += len;
		*to++ = '\n';
		from += 2 + len + (from[2 + len] == '\n');
	}
	dcv_orders_parse(file != NULL ? file : "plan", text, (size_t)(to - text), id,
		&session->arena, &session->orders, &session->diags);
	return from;
}

static enum dcv_err take_lines(struct dcv_session *session, char *text)
{
	char *at = text + strlen(FIRST_LINE);

	while (strncmp(at, FACTS_LINE, strlen(FACTS_LINE)) != 0) {
		size_t len = strcspn(at, "\n");
		char *line = at;

		if (line[len] == '\0')
			return refuse(session, "not a saved plan: it has no facts");
		line[len] = '\0';
		at += len + 1;
		if (strncmp(line, "option ", 7) == 0) {
			if (!take_option(session, line + 7))
				return refuse(session, "it has an option that is unknown");
		} else if (strncmp(line, "order ", 6) == 0) {
			at = take_document(session, line + 6, at);
		} else {
			return refuse(session, "not a saved plan of this version");
		}
	}
	session->saved_facts = at + strlen(FACTS_LINE);
	return session->diags.code;
}

static enum dcv_err read_text(struct dcv_session *session, char **ret)
{
	struct dcv_error err = {0};
	struct dcv_buf text;
	enum dcv_err rc;

	dcv_buf_init(&text, SAVED_MAX);
	rc = dcv_file_read(session->options.plan, &text, &err);
	*ret = rc == DCV_OK
		? dcv_arena_strndup(&session->arena, dcv_buf_text(&text), text.len)
		: NULL;
	dcv_buf_clear(&text);
	if (rc == DCV_OK && *ret == NULL)
		rc = dcv_nomem(&err);
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

enum dcv_err dcv_saved_read(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	char *text = NULL;
	enum dcv_err rc;

	if (o->args.n > 0 || o->records.n > 0) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"run: dcvctl apply --plan FILE",
			"--plan: the plan holds its orders; give none beside it");
		return DCV_E_USAGE;
	}
	rc = read_text(session, &text);
	if (rc != DCV_OK || text == NULL)
		return rc;
	rc = cut_sum(session, text);
	return rc == DCV_OK ? take_lines(session, text) : rc;
}

enum dcv_err dcv_saved_compare(struct dcv_session *session)
{
	const char *was = session->saved_facts, *is;
	struct dcv_buf now;
	char why[400];
	enum dcv_err rc = DCV_OK;

	dcv_buf_init(&now, SAVED_MAX);
	add_facts(session, &now);
	is = dcv_buf_text(&now);
	while (*was != '\0' || *is != '\0') {
		size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");

		if (a != b || memcmp(was, is, a) != 0) {
			(void)snprintf(why, sizeof(why),
				"moved since the plan was saved: it was `%.*s`, it is `%.*s`",
				(int)(a < SHOWN_MAX ? a : SHOWN_MAX), was,
				(int)(b < SHOWN_MAX ? b : SHOWN_MAX), is);
			rc = refuse(session, why);
			break;
		}
		was += a + (was[a] == '\n');
		is += b + (is[b] == '\n');
	}
	dcv_buf_clear(&now);
	return rc;
}
