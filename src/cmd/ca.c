/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `ca`: the table of certificate authorities and services, as text and JSON. */
#include <string.h>

#include "base/yaml.h"
#include "cmd/internal.h"

#define TEXT_MAX 4096u
#define FORM_MAX 256u

static const char *mark_text(enum dcv_grade mark, char *out)
{
	out[0] = mark != DCV_GRADE_NONE ? (char)mark : '?';
	out[1] = '\0';
	return out;
}

static const char *parent_text(enum dcv_parent parent)
{
	switch (parent) {
	case DCV_PARENT_YES:
		return "yes";
	case DCV_PARENT_NO:
		return "no";
	case DCV_PARENT_UNTOLD:
		break;
	}
	return "not known";
}

static const char *keep_text(enum dcv_keep keep)
{
	return keep == DCV_KEEP_ISSUED ? "until-issued" : dcv_keep_text(keep);
}

static const char *level_text(bool uncached)
{
	return dcv_level_text(uncached ? DCV_LEVEL_READY : DCV_LEVEL_SETTLED);
}

/* Its tokens do not die: only the certificate ends. */
static bool is_endless(const struct dcv_ca *ca)
{
	return ca->keep == DCV_KEEP_DEAUTHORISED;
}

/* --- as text --- */

static void add_list(struct dcv_buf *text, const char *const *words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		dcv_buf_addf(text, "%s%s", i > 0 ? ", " : "", words[i]);
}

/* "  label     text [A]" */
static void say_fact(const struct dcv_session *session, const char *label,
	const char *text, enum dcv_grade mark)
{
	char letter[2];

	dcv_say(session, "  %-10s %s [%s]", label, text, mark_text(mark, letter));
}

static void say_list(const struct dcv_session *session, const char *label,
	const char *const *words, enum dcv_grade mark)
{
	struct dcv_buf text;

	if (words == NULL || words[0] == NULL)
		return;
	dcv_buf_init(&text, TEXT_MAX);
	add_list(&text, words);
	if (mark != DCV_GRADE_NONE)
		say_fact(session, label, dcv_buf_text(&text), mark);
	else
		dcv_say(session, "  %-10s %s", label, dcv_buf_text(&text));
	dcv_buf_clear(&text);
}

static void say_forms(const struct dcv_session *session, const struct dcv_ca *ca)
{
	char shown[FORM_MAX];

	if (ca->forms == NULL)
		dcv_say(session, "  %-10s as the order shows it [M]", "record");
	for (const struct dcv_form *form = ca->forms; form != NULL && form->owner != NULL;
		form++) {
		dcv_form_shown(form, shown, sizeof(shown));
		say_fact(session, form->doubt != NULL ? "mistake" : "record", shown,
			form->mark);
		if (form->doubt != NULL)
			dcv_say(session, "  %-10s %s", "", form->doubt);
	}
}

static void say_ca(const struct dcv_session *session, const struct dcv_ca *ca)
{
	char life[48] = "endless";

	if (!is_endless(ca))
		(void)snprintf(life, sizeof(life), "%u days", ca->token_life_d);
	dcv_say(session, "%s (ca: %s)", ca->title, dcv_ca_word(ca));
	say_list(session, "sold as", ca->brands, DCV_GRADE_NONE);
	say_list(session, "CAA", ca->issuers, ca->marks.caa);
	say_forms(session, ca);
	if (ca->token_shown != NULL)
		dcv_say(session, "  %-10s %s", "token", ca->token_shown);
	say_fact(session, "life", life, ca->marks.life);
	say_fact(session, "at parent", parent_text(ca->parent), ca->marks.parent);
	say_fact(session, "coexist", ca->coexist ? "yes" : "no", ca->marks.coexist);
	say_fact(session, "submit at", level_text(ca->uncached), ca->marks.level);
	say_fact(session, "retain", keep_text(ca->keep), ca->marks.keep);
	if (ca->note != NULL)
		dcv_say(session, "  %-10s %s", "note", ca->note);
}

static void say_service(const struct dcv_session *session,
	const struct dcv_service *service)
{
	dcv_say(session, "%s (service: %s)", service->title, service->key);
	say_list(session, "also", service->words, DCV_GRADE_NONE);
	say_list(session, "sells", service->cas, service->marks.cas);
	say_fact(session, "coexist", service->coexist ? "yes" : "no",
		service->marks.coexist);
	say_fact(session, "submit at", level_text(service->uncached),
		service->marks.level);
	if (service->note != NULL)
		dcv_say(session, "  %-10s %s", "note", service->note);
}

static void say_row(const struct dcv_session *session, const struct dcv_ca *ca)
{
	char life[16] = "endless", mark[2];

	if (!is_endless(ca))
		(void)snprintf(life, sizeof(life), "%u d", ca->token_life_d);
	dcv_say(session, "%-12s %-22s %-8s %-9s %-18s %s [%s]", dcv_ca_word(ca),
		ca->title, life, level_text(ca->uncached), keep_text(ca->keep), ca->caa,
		mark_text(ca->marks.caa, mark));
}

static void say_table(const struct dcv_session *session)
{
	dcv_say(session, "%-12s %-22s %-8s %-9s %-18s %s", "ca:", "", "life", "submit at",
		"retain", "CAA");
	for (size_t i = 0; dcv_ca_at(i) != NULL; i++)
		say_row(session, dcv_ca_at(i));
	dcv_say(session, "%s", "");
	dcv_say(session, "service:");
	for (size_t i = 0; dcv_service_at(i) != NULL; i++)
		dcv_say(session, "%-16s %s", dcv_service_at(i)->key,
			dcv_service_at(i)->title);
	dcv_say(session, "%s", "");
	dcv_say(session,
		"[A] read in a primary source, [B] in a secondary one, [M] from memory: "
		"warns, never refuses");
}

/* --- as JSON --- */

static struct dcv_json *list_json(const char *const *words)
{
	struct dcv_json *list = dcv_json_array();

	for (; words != NULL && *words != NULL; words++)
		dcv_json_append_text(list, *words);
	return list;
}

static void set_mark(struct dcv_json *marks, const char *key, enum dcv_grade mark)
{
	char letter[2];

	dcv_json_set_text(marks, key,
		mark != DCV_GRADE_NONE ? mark_text(mark, letter) : NULL);
}

static struct dcv_json *forms_json(const struct dcv_ca *ca)
{
	struct dcv_json *list = dcv_json_array();

	for (const struct dcv_form *form = ca->forms; form != NULL && form->owner != NULL;
		form++) {
		struct dcv_json *item = dcv_json_object();
		char type[DCV_TYPE_TEXT_MAX];

		dcv_json_set_text(item, "owner", form->owner);
		dcv_json_set_text(item, "type", dcv_type_text(form->type, type));
		dcv_json_set_text(item, "value", form->value);
		set_mark(item, "evidence", form->mark);
		dcv_json_set_text(item, "mistake", form->doubt);
		dcv_json_append(list, item);
	}
	return list;
}

static struct dcv_json *ca_json(const struct dcv_ca *ca)
{
	struct dcv_json *json = dcv_json_object(), *marks = dcv_json_object();

	dcv_json_set_text(json, "ca", dcv_ca_word(ca));
	dcv_json_set_text(json, "key", ca->key);
	dcv_json_set_text(json, "title", ca->title);
	dcv_json_set(json, "brands", list_json(ca->brands));
	dcv_json_set(json, "caa", list_json(ca->issuers));
	dcv_json_set(json, "records", forms_json(ca));
	dcv_json_set_text(json, "token", ca->token_shown);
	if (!is_endless(ca))
		dcv_json_set_int(json, "token_life_days", ca->token_life_d);
	else
		dcv_json_set_text(json, "token_life_days", NULL);
	dcv_json_set_text(json, "at_parent", parent_text(ca->parent));
	dcv_json_set_bool(json, "coexist", ca->coexist);
	dcv_json_set_text(json, "submit_at", level_text(ca->uncached));
	dcv_json_set_text(json, "retain", keep_text(ca->keep));
	set_mark(marks, "caa", ca->marks.caa);
	set_mark(marks, "token_life_days", ca->marks.life);
	set_mark(marks, "at_parent", ca->marks.parent);
	set_mark(marks, "coexist", ca->marks.coexist);
	set_mark(marks, "submit_at", ca->marks.level);
	set_mark(marks, "retain", ca->marks.keep);
	dcv_json_set(json, "evidence", marks);
	dcv_json_set_text(json, "note", ca->note);
	return json;
}

static struct dcv_json *service_json(const struct dcv_service *service)
{
	struct dcv_json *json = dcv_json_object(), *marks = dcv_json_object();

	dcv_json_set_text(json, "service", service->key);
	dcv_json_set_text(json, "title", service->title);
	dcv_json_set(json, "words", list_json(service->words));
	dcv_json_set(json, "cas", list_json(service->cas));
	dcv_json_set_bool(json, "coexist", service->coexist);
	dcv_json_set_text(json, "submit_at", level_text(service->uncached));
	set_mark(marks, "cas", service->marks.cas);
	set_mark(marks, "coexist", service->marks.coexist);
	set_mark(marks, "submit_at", service->marks.level);
	dcv_json_set(json, "evidence", marks);
	dcv_json_set_text(json, "note", service->note);
	return json;
}

/* --- the command --- */

static enum dcv_err run_list(struct dcv_session *session)
{
	if (!session->options.json) {
		say_table(session);
		return DCV_OK;
	}
	session->detail = dcv_json_array();
	for (size_t i = 0; dcv_ca_at(i) != NULL; i++)
		dcv_json_append(session->detail, ca_json(dcv_ca_at(i)));
	for (size_t i = 0; dcv_service_at(i) != NULL; i++)
		dcv_json_append(session->detail, service_json(dcv_service_at(i)));
	return DCV_OK;
}

static enum dcv_err unknown(struct dcv_session *session, const char *word)
{
	const char *words[2 * DCV_CA_WORDS_MAX], *near;
	size_t n = 0;

	(void)dcv_ca_words(words);
	while (words[n] != NULL)
		n++;
	near = dcv_did_you_mean(word, dcv_service_words(words + n) - n);
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl ca list", "ca show %s: in no table%s%s%s", word,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return DCV_E_USAGE;
}

static enum dcv_err show_one(struct dcv_session *session, const char *word)
{
	const struct dcv_service *service = dcv_service_find(word);
	const struct dcv_ca *ca = dcv_ca_find(word);

	if (ca == NULL)
		ca = dcv_ca_by_issuer(word);
	if (ca == NULL && service == NULL)
		return unknown(session, word);
	if (session->options.json)
		dcv_json_append(session->detail,
			ca != NULL ? ca_json(ca) : service_json(service));
	else if (ca != NULL)
		say_ca(session, ca);
	else
		say_service(session, service);
	return DCV_OK;
}

static enum dcv_err run_show(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	enum dcv_err worst = DCV_OK, rc;

	if (args->n < 2) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
			"run: dcvctl ca list", "ca show: name a CA, a brand or a service");
		return DCV_E_USAGE;
	}
	if (session->options.json)
		session->detail = dcv_json_array();
	for (size_t i = 1; i < args->n; i++) {
		rc = show_one(session, args->items[i]);
		worst = rc != DCV_OK ? rc : worst;
	}
	return worst;
}

static enum dcv_err run_ca(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;
	const char *word = args->n > 0 ? args->items[0] : "";

	if (strcmp(word, "list") == 0 && args->n == 1)
		return run_list(session);
	if (strcmp(word, "show") == 0)
		return run_show(session);
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl ca --help", "ca: say list, or show and names");
	return DCV_E_USAGE;
}

const struct dcv_command dcv_cmd_ca = {
	.name = "ca",
	.summary = "show what is known of certificate authorities and services",
	.help = "example: dcvctl ca show digicert\n"
		"\n"
		"dcvctl ca list\n"
		"dcvctl ca show NAME…\n"
		"Shows the table by which orders are read and judged: the records that a CA\n"
		"asks for, how long a token lives, whether a parent proves a name, what stays\n"
		"after the issue, and the names by which CAA permits it. NAME is a CA, a brand\n"
		"(GeoTrust), one of its CAA names, or a service (huaweicloud-scm).\n"
		"\n"
		"[A] read in a primary source, [B] in a secondary one, [M] from memory: that\n"
		"warns and never refuses. In a record, <hex:32> stands for 32 of these digits.\n"
		"\n"
		"  --json                the result as one JSON document\n"
		"\n"
		"exit: 0, 64 usage or an unknown name. See also dcvctl-ca(7).\n",
	.options = "json quiet verbose help",
	.run = run_ca,
	.words = "=list show",
};
