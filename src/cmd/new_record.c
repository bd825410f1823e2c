/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how records that people gave become the smallest order that says the same.
 * What a record means is asked of the reader of orders, so that there is one truth. */
#include <string.h>

#include "cmd/new.h"
#include "order/draft.h"
#include "order/lint.h"

/* What a token is made of, and what needs no quotes in a line. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+/=-"

/* What a message is about stands before its colon. */
static bool is_about(const struct dcv_diag *diag, const char *word)
{
	size_t n = strlen(word);

	return strncmp(diag->text, word, n) == 0 && diag->text[n] == ':';
}

static void tell(struct dcv_session *session, const struct dcv_diag *diag,
	const struct dcv_place *place)
{
	dcv_diag_add(&session->diags, diag->severity, diag->code, place,
		diag->help[0] != '\0' ? diag->help : NULL, "%s", diag->text);
	if (diag->id[0] != '\0')
		dcv_diag_cause(&session->diags, diag->id);
}

static const struct dcv_place *record_place(const struct dcv_new_record *record,
	const struct dcv_diag *diag)
{
	static const char *const words[] = {[DCV_NEW_DOMAIN] = "domain",
		[DCV_NEW_HOST] = "host",
		[DCV_NEW_TYPE] = "type",
		[DCV_NEW_VALUE] = "value"};

	for (size_t i = 0; i < DCV_NEW_FIELDS; i++)
		if (is_about(diag, words[i]) && record->at[i].file != NULL)
			return &record->at[i];
	return &record->at[DCV_NEW_HOST];
}

static bool has_inner_dot(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && dot[1] != '\0';
}

/* Fields as the mapping of an order; a host of several labels without a domain is the owner. */
static bool draft_fields(struct dcv_session *session, const struct dcv_new_record *record,
	struct dcv_draft_record *ret)
{
	static const char *const words[] =
		{[DCV_NEW_HOST] = "host", [DCV_NEW_TYPE] = "type", [DCV_NEW_VALUE] = "value"};
	const char *host = record->text[DCV_NEW_HOST];
	bool good = true;

	for (size_t i = DCV_NEW_HOST; i < DCV_NEW_FIELDS; i++) {
		const struct dcv_place *place = &record->at[0];

		if (record->text[i] != NULL)
			continue;
		while (place->file == NULL && place < &record->at[DCV_NEW_FIELDS - 1])
			place++;
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"give host, type and value of each record", "%s: missing",
			words[i]);
		good = false;
	}
	if (!good)
		return false;
	*ret = (struct dcv_draft_record){.domain = record->text[DCV_NEW_DOMAIN],
		.host = host,
		.type = record->text[DCV_NEW_TYPE],
		.value = record->text[DCV_NEW_VALUE]};
	if (ret->domain != NULL || host[0] == '\0' || host[strlen(host) - 1] == '.')
		return true;
	if (has_inner_dot(host)) {
		ret->host = dcv_arena_printf(&session->arena, "%s.", host);
		return ret->host != NULL;
	}
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
		&record->at[DCV_NEW_HOST],
		"give the domain: --name example.com, or a domain beside the host",
		"host: \"%s\" is relative, and the record has no domain", host);
	return false;
}

/* Reads one record by itself, in an order that is sound but for it. */
static void read_record(struct dcv_session *session, struct dcv_new_record *record)
{
	struct dcv_draft_record item = {.line = record->line};
	struct dcv_draft draft = {.id = "1",
		.ca = "digicert",
		.n_records = 1,
		.records = &item};
	struct dcv_orders orders = {.n = 0};
	struct dcv_diags diags = {.n = 0};
	char *text;

	if (record->line == NULL && !draft_fields(session, record, &item))
		return;
	text = dcv_draft_text(&draft, &session->arena);
	if (text == NULL)
		return;
	dcv_orders_parse("new", text, strlen(text), NULL, &session->arena, &orders,
		&diags);
	for (size_t i = 0; i < diags.n; i++)
		tell(session, &diags.items[i], record_place(record, &diags.items[i]));
	dcv_diags_clear(&diags);
	if (orders.n == 1 && orders.items[0]->n_claims == 1)
		record->read = orders.items[0];
}

/* The octets of a value that looks like a token; 0 for others. */
static size_t token_len(struct dcv_session *session, const struct dcv_new_record *record)
{
	const char *text;
	size_t len = 0;

	if (record->read == NULL || record->read->claims[0].type != DCV_TYPE_TXT)
		return 0;
	text = dcv_txt_join(&record->read->claims[0].rdata, &session->arena, &len);
	return text != NULL && strspn(text, PLAIN) == len ? len : 0;
}

/* Tokens of one order are equally long: one that is shorter than most was cut. */
static void refuse_cut(struct dcv_session *session, struct dcv_new_order *order)
{
	size_t longest = 0, n_longest = 0, n = 0, len;

	for (size_t i = 0; i < order->n; i++) {
		len = token_len(session, &order->records[i]);
		n += len > 0;
		n_longest = len > longest ? 1 : n_longest + (len > 0 && len == longest);
		longest = len > longest ? len : longest;
	}
	if (n_longest == n || (n > 2 && n_longest * 2 <= n))
		return;
	for (size_t i = 0; i < order->n; i++) {
		struct dcv_new_record *record = &order->records[i];

		len = token_len(session, record);
		if (len == 0 || len == longest)
			continue;
		record->read = NULL;
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_ORDER,
			&record->at[record->line == NULL ? DCV_NEW_VALUE : DCV_NEW_HOST],
			"copy it again; if the CA does show it so, write this record into "
			"the order file by hand",
			"value: %zu octets, the other value%s of this order ha%s %zu: cut off "
			"when pasted?",
			len, n > 2 ? "s" : "", n > 2 ? "ve" : "s", longest);
		dcv_diag_cause(&session->diags, "P07");
	}
}

size_t dcv_new_check(struct dcv_session *session, struct dcv_new_order *order)
{
	size_t n_refused = 0;

	for (size_t i = 0; i < order->n; i++)
		read_record(session, &order->records[i]);
	if (!order->exact)
		refuse_cut(session, order);
	for (size_t i = 0; i < order->n; i++)
		n_refused += order->records[i].read == NULL;
	return n_refused;
}

/* Without final dot, as people write it. */
static char *name_text(struct dcv_session *session, const struct dcv_name *name)
{
	return dcv_arena_strdup(&session->arena, dcv_show_name(name));
}

/* A value that means itself in a line; what else there is stands in zone-file quotes. */
static const char *value_text(struct dcv_session *session, const struct dcv_claim *claim)
{
	struct dcv_rdata natural = {0};
	size_t len = 0;
	char *text;

	if (claim->type != DCV_TYPE_TXT)
		return dcv_rdata_dup_text(claim->type, &claim->rdata, &session->arena);
	text = dcv_txt_join(&claim->rdata, &session->arena, &len);
	if (text != NULL && len > 0 && strspn(text, PLAIN) == len &&
		dcv_txt_make(text, len, &session->arena, &natural, NULL) == DCV_OK &&
		dcv_rdata_equal(&natural, &claim->rdata))
		return text;
	return dcv_rdata_dup_text(claim->type, &claim->rdata, &session->arena);
}

/* The domain that a line would give this owner. */
static bool is_domain_of_line(const struct dcv_claim *claim)
{
	struct dcv_name domain = claim->owner;

	while (dcv_name_is_underscored(&domain))
		domain = dcv_name_parent(&domain, 1);
	return dcv_name_equal(&domain, &claim->domain) &&
		dcv_name_labels(&claim->owner) > 1;
}

static bool write_record(struct dcv_session *session, const struct dcv_claim *claim,
	struct dcv_draft_record *ret)
{
	char type[DCV_TYPE_TEXT_MAX], owner[DCV_NAME_TEXT_MAX];
	const char *value = value_text(session, claim);
	size_t len;

	dcv_type_text(claim->type, type);
	if (value != NULL && is_domain_of_line(claim)) {
		ret->line = dcv_arena_printf(&session->arena, "%s %s %s",
			dcv_show_name(&claim->owner), type, value);
		return ret->line != NULL;
	}
	ret->domain = name_text(session, &claim->domain);
	ret->host = dcv_arena_strdup(&session->arena, dcv_name_text(&claim->owner, owner));
	ret->type = dcv_arena_strdup(&session->arena, type);
	ret->value = claim->type == DCV_TYPE_TXT
		? dcv_txt_join(&claim->rdata, &session->arena, &len)
		: value;
	return ret->domain != NULL && ret->host != NULL && ret->type != NULL &&
		ret->value != NULL;
}

/* Names that the records do not say by themselves: those given, else all if one is a
 * wildcard. */
static bool write_names(struct dcv_session *session, const struct dcv_new_order *order,
	struct dcv_words *names)
{
	bool needed = false;

	*names = order->names;
	if (names->n > 0)
		return true;
	for (size_t i = 0; i < order->n; i++)
		needed = needed ||
			(order->records[i].read != NULL &&
				dcv_name_is_wildcard(&order->records[i].read->names[0]));
	for (size_t i = 0; needed && i < order->n; i++) {
		const char *name;

		if (order->records[i].read == NULL)
			continue;
		name = name_text(session, &order->records[i].read->names[0]);
		if (name == NULL || !dcv_word_add(session, names, name))
			return false;
	}
	return true;
}

static const char *write(struct dcv_session *session, const struct dcv_new_order *order)
{
	struct dcv_draft draft = {.note = order->note,
		.id = order->key[DCV_NEW_ID],
		.ca = order->key[DCV_NEW_CA],
		.certificate = order->key[DCV_NEW_CERTIFICATE],
		.service = order->key[DCV_NEW_SERVICE]};
	struct dcv_draft_record *records = dcv_arena_array(&session->arena, order->n,
		sizeof(*records));
	struct dcv_words names = {0};

	if (records == NULL || !write_names(session, order, &names))
		return NULL;
	draft.records = records;
	draft.names = names.items;
	draft.n_names = names.n;
	for (size_t i = 0; i < order->n; i++) {
		if (order->records[i].read == NULL)
			continue;
		if (!write_record(session, &order->records[i].read->claims[0],
			    &records[draft.n_records++]))
			return NULL;
	}
	return dcv_draft_text(&draft, &session->arena);
}

static const struct dcv_place *order_place(const struct dcv_new_order *order,
	const struct dcv_diag *diag)
{
	static const char *const words[] = {[DCV_NEW_ID] = "order",
		[DCV_NEW_CA] = "ca",
		[DCV_NEW_CERTIFICATE] = "certificate",
		[DCV_NEW_SERVICE] = "service"};

	for (size_t i = 0; i < DCV_NEW_KEYS; i++)
		if (is_about(diag, words[i]))
			return &order->at[i];
	return &order->at[DCV_NEW_ID];
}

/* What a service answers may lack the record of a name: nobody has looked at it yet. */
static void warn_names(struct dcv_session *session, const struct dcv_new_order *order,
	const struct dcv_order *read)
{
	struct dcv_diags diags = {.n = 0};

	dcv_order_lint_names(read,
		"run this again when the service shows one for it, unless it was validated "
		"before",
		&diags);
	for (size_t i = 0; i < diags.n; i++)
		tell(session, &diags.items[i], &order->at[DCV_NEW_ID]);
	dcv_diags_clear(&diags);
}

/* Warnings were told record by record. */
static bool read_back(struct dcv_session *session, struct dcv_new_order *order,
	const char *text)
{
	struct dcv_orders orders = {.n = 0};
	struct dcv_diags diags = {.n = 0};

	dcv_orders_parse("new", text, strlen(text), NULL, &session->arena, &orders,
		&diags);
	for (size_t i = 0; i < diags.n; i++)
		if (diags.items[i].severity == DCV_SEV_ERROR || order->n == 0)
			tell(session, &diags.items[i],
				order_place(order, &diags.items[i]));
	dcv_diags_clear(&diags);
	if (orders.n != 1)
		return false;
	order->ca = orders.items[0]->ca->key;
	if (order->exact)
		warn_names(session, order, orders.items[0]);
	return true;
}

const char *dcv_new_document(struct dcv_session *session, struct dcv_new_order *order)
{
	const char *text = write(session, order);
	struct dcv_error err = {0};

	if (text == NULL) {
		dcv_fail(&err, DCV_E_NOMEM, "order %s: too large, or out of memory",
			order->key[DCV_NEW_ID] != NULL ? order->key[DCV_NEW_ID] : "");
		(void)dcv_session_fail(session, &err);
		return NULL;
	}
	return read_back(session, order, text) ? text : NULL;
}
