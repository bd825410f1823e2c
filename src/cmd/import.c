/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how an order of a service is come by: from an account that asks it, or from a file
 * with its answer. What the answer says, order/statement.h knows. */
#include "cmd/import.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/yaml.h"

#define NUMBER_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

#define HELP_ANSWER                                                                   \
	"give the whole answer of the service's API about this order, or look at it " \
	"in the service's console"

static enum dcv_err refuse(struct dcv_session *session, enum dcv_err code,
	const char *help, const char *what, const char *why)
{
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, code, NULL, help, "%s: %s", what,
		why);
	return code;
}

/* "one of: huaweicloud-scm, alibaba, …" */
static const char *words_help(struct dcv_session *session)
{
	const char *text = "one of:";

	for (const char *const *word = dcv_statement_words();
		text != NULL && *word != NULL; word++)
		text = dcv_arena_printf(&session->arena, "%s%s %s", text,
			word == dcv_statement_words() ? "" : ",", *word);
	return text;
}

static const struct dcv_statement_form *find_form(struct dcv_session *session)
{
	const char *word = session->options.from, *near;
	const struct dcv_statement_form *form = dcv_statement_form(word);

	if (form != NULL)
		return form;
	near = dcv_did_you_mean(word, dcv_statement_words());
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		words_help(session),
		"--from: \"%.80s\": no service whose answers are known%s%s%s", word,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return NULL;
}

/* What becomes a part of a URL and a number of an order; of an ARN the end. */
static const char *number_of(struct dcv_session *session, const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *number = strncmp(word, "arn:", 4) == 0 && slash != NULL ? slash + 1
									    : word;
	char shown[128];

	if (number[0] != '\0' && number[0] != '.' &&
		number[strspn(number, NUMBER_CHARACTERS)] == '\0')
		return number;
	dcv_shown(shown, sizeof(shown), word, strlen(word));
	(void)refuse(session, DCV_E_USAGE, "give it as the service's console shows it",
		shown, "not the number of a certificate");
	return NULL;
}

static struct dcv_import *add(struct dcv_session *session)
{
	struct dcv_import *grown = dcv_arena_grow(&session->arena, session->imports,
		session->n_imports, sizeof(*grown));

	if (grown == NULL) {
		dcv_new_nomem(session);
		return NULL;
	}
	session->imports = grown;
	grown[session->n_imports] = (struct dcv_import){
		.said_s = dcv_now_s(session->clock)};
	return &grown[session->n_imports++];
}

/* The number that was asked for is the order's, whatever the answer calls it; but an answer about
 * another one was taken from the wrong place. */
static enum dcv_err take(struct dcv_session *session, struct dcv_import *import,
	const struct dcv_statement_form *form, const void *octets, size_t n)
{
	struct dcv_error err = {0};
	const char *said;

	if (dcv_statement_read(form, import->place, octets, n, &session->arena,
		    &import->statement, &err) != DCV_OK) {
		if (import->asked && err.code == DCV_E_ORDER)
			err.code = DCV_E_FAILED; /* nobody here has written it */
		if (err.code != DCV_E_NOMEM)
			(void)dcv_help(&err, "help: " HELP_ANSWER);
		return dcv_session_fail(session, &err);
	}
	said = import->statement.number;
	if (import->number == NULL)
		import->number = said;
	if (import->number == NULL) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"give it: --from SERVICE NUMBER --file FILE",
			"%s: the answer does not say the order's number", import->place);
		return DCV_E_USAGE;
	}
	if (said != NULL && strcasecmp(said, import->number) != 0) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER, NULL,
			HELP_ANSWER, "%s: the answer is about %.128s, not about %.128s",
			import->place, said, import->number);
		return DCV_E_ORDER;
	}
	/* However it was typed, the ledger has it as the service writes it. */
	if (said != NULL)
		import->number = said;
	return DCV_OK;
}

/* --- from a file --- */

static enum dcv_err read_file(struct dcv_session *session,
	const struct dcv_statement_form *form)
{
	const struct dcv_options *o = &session->options;
	struct dcv_import *import;
	struct dcv_error err = {0};
	struct dcv_buf buf;
	struct stat st;
	enum dcv_err rc;

	if (o->args.n > 1)
		return refuse(session, DCV_E_USAGE, "give one number, or none", "--file",
			"holds one order");
	import = add(session);
	if (import == NULL)
		return DCV_E_NOMEM;
	import->place = o->file;
	if (o->args.n == 1) {
		import->number = number_of(session, o->args.items[0]);
		if (import->number == NULL)
			return DCV_E_USAGE;
	}
	if (strcmp(o->file, "-") != 0 && stat(o->file, &st) == 0)
		import->said_s = st.st_mtime;
	dcv_buf_init(&buf, DCV_STATEMENT_MAX);
	rc = dcv_file_read(o->file, &buf, &err);
	if (rc == DCV_OK) {
		rc = take(session, import, form, dcv_buf_text(&buf), buf.len);
	} else {
		/* What is wrong with a file that was given is wrong with the order. */
		if (rc == DCV_E_FAILED)
			err.code = DCV_E_ORDER;
		dcv_help(&err, "help: " HELP_ANSWER);
		rc = dcv_session_fail(session, &err);
	}
	dcv_buf_clear(&buf);
	return rc;
}

/* --- through an account --- */

static enum dcv_err ask(struct dcv_session *session,
	const struct dcv_backend_config *account, const char *service, const char *number,
	const char **ret)
{
	static const struct dcv_name root = {.len = 1};
	struct dcv_backend *backend = NULL;
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_backend_open(&session->host, &root, account, &backend, &err);

	if (rc == DCV_OK)
		rc = dcv_backend_order(backend, service, number, &session->arena, ret,
			&err);
	dcv_backend_close(backend);
	if (rc == DCV_OK)
		return DCV_OK;
	/* Nothing was to be changed. */
	if (rc == DCV_E_PARTIAL)
		err.code = DCV_E_FAILED;
	dcv_holder_name(account->name, &err);
	return dcv_session_fail(session, &err);
}

static enum dcv_err refuse_accounts(struct dcv_session *session, size_t n_asked,
	const struct dcv_statement_form *form, const char *number)
{
	if (n_asked == 0) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_CONFIG, NULL,
			"add an account that may ask it, or give its answer: --file ANSWER",
			"--from %s: no account of the configuration can ask %s",
			form->word, form->title);
		return DCV_E_CONFIG;
	}
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_FAILED, NULL,
		"look at the number, and at the account's region",
		"%s: %s knows no order of this number", number, form->title);
	return DCV_E_FAILED;
}

/* A look that failed says nothing of whether there is such an order. */
static enum dcv_err ask_all(struct dcv_session *session,
	const struct dcv_statement_form *form, const char *number)
{
	const struct dcv_backend_config *account;
	struct dcv_import *import = add(session);
	const char *answer = NULL;
	size_t n = 0;

	if (import == NULL)
		return DCV_E_NOMEM;
	import->number = number;
	import->asked = true;
	import->place = dcv_arena_printf(&session->arena, "%s:%s", form->word, number);
	if (import->place == NULL) {
		dcv_new_nomem(session);
		return DCV_E_NOMEM;
	}
	for (size_t i = 0; answer == NULL && form->service != NULL &&
		(account = dcv_config_account(&session->config, i)) != NULL;
		i++) {
		enum dcv_err rc;

		if (!dcv_backend_asks(&session->host, account, form->service))
			continue;
		n++;
		rc = ask(session, account, form->service, number, &answer);
		if (rc != DCV_OK)
			return rc;
	}
	return answer != NULL ? take(session, import, form, answer, strlen(answer))
			      : refuse_accounts(session, n, form, number);
}

enum dcv_err dcv_import_read(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	const struct dcv_statement_form *form = find_form(session);
	enum dcv_err rc = DCV_OK;

	if (form == NULL)
		return DCV_E_USAGE;
	if (session->options.file != NULL)
		return read_file(session, form);
	if (args->n == 0)
		return refuse(session, DCV_E_USAGE,
			"give the number of the certificate, or its answer: --file ANSWER",
			"--from", "no order given");
	if (session->host.providers == NULL)
		rc = dcv_session_config(session);
	for (size_t i = 0; rc == DCV_OK && i < args->n; i++) {
		const char *number = number_of(session, args->items[i]);

		rc = number != NULL ? ask_all(session, form, number) : DCV_E_USAGE;
	}
	return rc;
}

/* --- as orders --- */

static enum dcv_err find_ca(struct dcv_session *session, const struct dcv_import *import,
	const char **ret)
{
	const char *brand = import->statement.brand;
	const char *ca = session->options.ca != NULL ? session->options.ca
						     : import->statement.ca;

	*ret = ca;
	if (ca != NULL)
		return DCV_OK;
	if (brand != NULL)
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER, NULL,
			"say which CA issues it: --ca CA (`dcvctl ca list` has them)",
			"%s: the brand \"%.80s\" is of no CA that is known here",
			import->place, brand);
	else
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER, NULL,
			"say which CA issues it: --ca CA (`dcvctl ca list` has them)",
			"%s: the answer does not say the CA", import->place);
	return DCV_E_ORDER;
}

static enum dcv_err draft_names(struct dcv_session *session,
	const struct dcv_import *import, struct dcv_new_order *order)
{
	const struct dcv_statement *answer = &import->statement;

	order->names = session->options.names;
	for (size_t i = 0; session->options.names.n == 0 && i < answer->n_names; i++) {
		if (!dcv_word_add(session, &order->names, answer->names[i])) {
			dcv_new_nomem(session);
			return DCV_E_NOMEM;
		}
	}
	if (order->names.n > 0 || answer->form->says_domain)
		return DCV_OK;
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"give the names of the certificate, first the domain that its console "
		"shows: --name example.com",
		"%s: %s does not say which domain its record is for", import->place,
		answer->form->title);
	return DCV_E_USAGE;
}

static enum dcv_err draft_record(struct dcv_session *session,
	const struct dcv_import *import, const struct dcv_statement_record *from,
	struct dcv_new_order *order)
{
	struct dcv_new_record *record = dcv_new_add(session, order);
	const char *at = dcv_arena_printf(&session->arena, "%s: %s", import->place,
		from->at);

	if (record == NULL)
		return DCV_E_NOMEM;
	if (at == NULL) {
		dcv_new_nomem(session);
		return DCV_E_NOMEM;
	}
	record->text[DCV_NEW_DOMAIN] = from->domain;
	if (!import->statement.form->says_domain)
		record->text[DCV_NEW_DOMAIN] = order->names.items[0];
	record->text[DCV_NEW_HOST] = from->host;
	record->text[DCV_NEW_TYPE] = from->type;
	record->text[DCV_NEW_VALUE] = from->value;
	for (size_t i = 0; i < DCV_NEW_FIELDS; i++)
		record->at[i] = (struct dcv_place){at, 0, 0};
	return DCV_OK;
}

/* What the service said goes into a file's first line, which is no part of the order. */
static const char *note_of(struct dcv_session *session, const struct dcv_import *import)
{
	char time[DCV_TIME_TEXT_MAX];

	return dcv_import_text(session, import, dcv_time_utc(import->said_s, time));
}

enum dcv_err dcv_import_draft(struct dcv_session *session,
	const struct dcv_import *import, struct dcv_new_order *ret)
{
	const struct dcv_statement *answer = &import->statement;
	struct dcv_new_order order = {.exact = true};
	enum dcv_err rc = find_ca(session, import, &order.key[DCV_NEW_CA]);

	order.key[DCV_NEW_ID] = import->number;
	order.key[DCV_NEW_SERVICE] = session->options.service != NULL
		? session->options.service
		: answer->form->service;
	order.key[DCV_NEW_CERTIFICATE] = session->options.certificate != NULL
		? session->options.certificate
		: answer->certificate;
	for (size_t i = 0; i < DCV_NEW_KEYS; i++)
		order.at[i] = (struct dcv_place){import->place, 0, 0};
	order.note = note_of(session, import);
	if (rc == DCV_OK)
		rc = draft_names(session, import, &order);
	for (size_t i = 0; rc == DCV_OK && i < answer->n_records; i++)
		rc = draft_record(session, import, &answer->records[i], &order);
	if (rc == DCV_OK && answer->n_records == 0)
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_E_ORDER, NULL,
			"ask again when the service shows one", "%s: no record in it%s%s",
			import->place, answer->status != NULL ? ": the status is " : "",
			answer->status != NULL ? answer->status : "");
	if (rc == DCV_OK)
		*ret = order;
	return rc;
}

static void load(struct dcv_session *session, struct dcv_import *import)
{
	struct dcv_new_order order;
	size_t n = session->orders.n;
	const char *text = NULL;

	if (dcv_import_draft(session, import, &order) != DCV_OK)
		return;
	order.note = NULL; /* the ledger keeps the order, and not when it was asked for */
	if (dcv_new_check(session, &order) == 0)
		text = dcv_new_document(session, &order);
	if (text != NULL)
		dcv_orders_parse(import->place, text, strlen(text), NULL, &session->arena,
			&session->orders, &session->diags);
	if (session->orders.n == n)
		return;
	import->order = session->orders.items[n];
	session->orders.items[n]->unwritten = true;
}

enum dcv_err dcv_import_orders(struct dcv_session *session)
{
	enum dcv_err rc = dcv_import_read(session);

	for (size_t i = 0; rc == DCV_OK && i < session->n_imports; i++)
		load(session, &session->imports[i]);
	return rc != DCV_OK ? rc : session->diags.code;
}

const char *dcv_import_text(struct dcv_session *session, const struct dcv_import *import,
	const char *time)
{
	const struct dcv_statement *answer = &import->statement;

	return dcv_arena_printf(&session->arena, "%s says %s (%s %s)", answer->form->title,
		answer->status != NULL ? answer->status : "nothing of its status",
		import->asked ? "asked" : "file of", time);
}

const struct dcv_import *dcv_import_of(const struct dcv_session *session,
	const struct dcv_order *order)
{
	for (size_t i = 0; i < session->n_imports; i++) {
		if (session->imports[i].order == order)
			return &session->imports[i];
	}
	return NULL;
}
