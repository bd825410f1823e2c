/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows from which options records are computed, and for which names. How, order/derive.h
 * knows. */
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "cmd/new.h"
#include "order/derive.h"

#define FILE_MAX (256u * 1024u) /* of a certificate request, of an account key */
#define CHALLENGE "_acme-challenge"

/* What is wrong with a file that was given is wrong with the order. */
static enum dcv_err fail(struct dcv_session *session, struct dcv_error *err)
{
	if (err->code == DCV_E_FAILED)
		err->code = DCV_E_ORDER;
	return dcv_session_fail(session, err);
}

static const char *without_wildcard(const char *name)
{
	return strncmp(name, "*.", 2) == 0 ? name + 2 : name;
}

/* `place` is the option that the name stands in. */
static enum dcv_err add_line(struct dcv_session *session, struct dcv_new_order *order,
	const char *line, const char *place)
{
	struct dcv_new_record *record = dcv_new_add(session, order);

	if (record == NULL)
		return DCV_E_NOMEM;
	if (line == NULL) {
		dcv_new_nomem(session);
		return DCV_E_NOMEM;
	}
	record->line = line;
	record->at[DCV_NEW_HOST] = (struct dcv_place){place, 0, 0};
	return DCV_OK;
}

/* --- from a certificate request --- */

static enum dcv_err read_csr(struct dcv_session *session, struct dcv_csr *ret)
{
	const char *path = session->options.csr;
	struct dcv_error err = {0};
	struct dcv_buf buf;
	enum dcv_err rc;

	dcv_buf_init(&buf, FILE_MAX);
	rc = dcv_file_read(path, &buf, &err);
	if (rc == DCV_OK)
		rc = dcv_csr_read(path, dcv_buf_text(&buf), buf.len, &session->arena, ret,
			&err);
	dcv_buf_clear(&buf);
	return rc == DCV_OK ? DCV_OK : fail(session, &err);
}

/* A wildcard is proved where its domain is. */
static bool is_proved(const struct dcv_words *names, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcasecmp(without_wildcard(names->items[i]),
			    without_wildcard(names->items[at])) == 0)
			return true;
	return false;
}

static enum dcv_err add_cnames(struct dcv_session *session, struct dcv_new_order *order,
	const struct dcv_csr *csr, const char *suffix)
{
	const struct dcv_options *o = &session->options;
	struct dcv_derived_cname cname;
	struct dcv_error err = {0};
	enum dcv_err rc = dcv_derive_request_cname(csr, o->unique_value, suffix,
		&session->arena, &cname, &err);

	if (rc != DCV_OK)
		return fail(session, &err);
	for (size_t i = 0; rc == DCV_OK && i < order->names.n; i++) {
		if (is_proved(&order->names, i))
			continue;
		rc = add_line(session, order,
			dcv_arena_printf(&session->arena, "%s.%s CNAME %s", cname.host,
				without_wildcard(order->names.items[i]), cname.target),
			o->csr);
	}
	return rc;
}

static enum dcv_err from_csr(struct dcv_session *session, struct dcv_new_order *order)
{
	const struct dcv_options *o = &session->options;
	const char *suffix = dcv_derive_suffix(o->ca, o->unique_value != NULL);
	struct dcv_csr csr = {.n_names = 0};
	enum dcv_err rc = read_csr(session, &csr);

	if (rc != DCV_OK)
		return rc;
	for (size_t i = 0; i < csr.n_names; i++) {
		if (!dcv_word_add(session, &order->names, csr.names[i])) {
			dcv_new_nomem(session);
			return DCV_E_NOMEM;
		}
	}
	if (order->n == 0 && suffix != NULL)
		return add_cnames(session, order, &csr, suffix);
	if (o->unique_value != NULL)
		return dcv_new_usage(session, "--unique-value",
			order->n > 0 ? "the records are given already"
				     : "this CA is not known to validate by a CNAME of the "
				       "certificate request");
	return DCV_OK;
}

/* --- from challenges of ACME --- */

static enum dcv_err read_thumbprint(struct dcv_session *session, char ret[DCV_DNS01_TEXT])
{
	const char *path = session->options.account_key;
	struct dcv_error err = {0};
	struct dcv_buf buf;
	enum dcv_err rc;

	dcv_buf_init(&buf, FILE_MAX);
	rc = dcv_file_read(path, &buf, &err);
	if (rc == DCV_OK) {
		rc = dcv_derive_thumbprint(path, dcv_buf_text(&buf), buf.len, ret, &err);
		if (rc != DCV_OK)
			dcv_help(&err,
				"help: give the account's key as a JWK, which certbot "
				"keeps as private_key.json, or its --thumbprint");
	}
	/* The file of an account key mostly holds the private one too. */
	if (buf.data != NULL)
		explicit_bzero(buf.data, buf.cap);
	dcv_buf_clear(&buf);
	return rc == DCV_OK ? DCV_OK : fail(session, &err);
}

/* TOKEN.THUMBPRINT, as it is said to the CA. */
static enum dcv_err split(struct dcv_session *session, const char *key_authorization,
	const char **ret_token, const char **ret_thumbprint, struct dcv_error *err)
{
	const char *dot = strchr(key_authorization, '.');

	if (dot == NULL)
		return dcv_fail(err, DCV_E_ORDER,
			"key authorization: \"%s\" is not TOKEN.THUMBPRINT",
			key_authorization);
	*ret_token = dcv_arena_strndup(&session->arena, key_authorization,
		(size_t)(dot - key_authorization));
	*ret_thumbprint = dot + 1;
	return *ret_token != NULL ? DCV_OK : dcv_nomem(err);
}

/* The value for the name at this place among --name. */
static enum dcv_err value_at(struct dcv_session *session, size_t at,
	const char *thumbprint, char ret[DCV_DNS01_TEXT], struct dcv_error *err)
{
	const struct dcv_options *o = &session->options;
	const char *token = o->tokens.n > 0 ? o->tokens.items[at] : NULL, *said = NULL;
	enum dcv_err rc = DCV_OK;

	if (token == NULL)
		rc = split(session, o->key_authorizations.items[at], &token, &thumbprint,
			err);
	if (rc == DCV_OK)
		rc = dcv_derive_key_authorization(token, thumbprint, &session->arena,
			&said, err);
	if (rc == DCV_OK)
		dcv_derive_dns01(said, ret);
	return rc;
}

static enum dcv_err add_challenges(struct dcv_session *session,
	struct dcv_new_order *order, const char *label, const char *thumbprint)
{
	const struct dcv_words *names = &session->options.names;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < names->n; i++) {
		const char *place = dcv_arena_printf(&session->arena, "--name %zu", i + 1);
		char value[DCV_DNS01_TEXT];
		struct dcv_error err = {0};

		rc = value_at(session, i, thumbprint, value, &err);
		if (rc != DCV_OK)
			return fail(session, &err);
		rc = add_line(session, order,
			dcv_arena_printf(&session->arena, "%s%s" CHALLENGE ".%s TXT %s",
				label, label[0] != '\0' ? "." : "",
				without_wildcard(names->items[i]), value),
			place);
	}
	return rc;
}

/* A challenge belongs to one name, so each needs its own. */
static enum dcv_err check_challenges(struct dcv_session *session)
{
	const struct dcv_options *o = &session->options;
	bool has_thumbprint = o->thumbprint != NULL || o->account_key != NULL;

	if (o->tokens.n > 0 && o->key_authorizations.n > 0)
		return dcv_new_usage(session, "--token",
			"goes without --key-authorization, which holds it");
	if (o->tokens.n == 0 && o->key_authorizations.n == 0)
		return dcv_new_usage(session,
			has_thumbprint ? "--account-key, --thumbprint" : "--account-url",
			"needs --token for each --name");
	if (o->tokens.n + o->key_authorizations.n != o->names.n)
		return dcv_new_usage(session,
			o->tokens.n > 0 ? "--token" : "--key-authorization",
			"give one for each --name, in the same order");
	if ((o->tokens.n > 0) != has_thumbprint ||
		(o->thumbprint != NULL && o->account_key != NULL))
		return dcv_new_usage(session,
			o->tokens.n > 0 ? "--token" : "--key-authorization",
			o->tokens.n > 0 ? "needs one of --account-key and --thumbprint"
					: "holds the thumbprint already");
	return DCV_OK;
}

static enum dcv_err from_challenges(struct dcv_session *session,
	struct dcv_new_order *order)
{
	const struct dcv_options *o = &session->options;
	char label[DCV_ACCOUNT_LABEL_TEXT] = "", read[DCV_DNS01_TEXT];
	const char *thumbprint = o->thumbprint;
	struct dcv_error err = {0};
	enum dcv_err rc = check_challenges(session);

	if (rc == DCV_OK && o->account_url != NULL &&
		dcv_derive_account_label(o->account_url, label, &err) != DCV_OK)
		return fail(session, &err);
	if (rc == DCV_OK && o->account_key != NULL) {
		rc = read_thumbprint(session, read);
		thumbprint = read;
	}
	return rc == DCV_OK ? add_challenges(session, order, label, thumbprint) : rc;
}

static bool is_acme(const struct dcv_options *o)
{
	return o->tokens.n > 0 || o->key_authorizations.n > 0 || o->thumbprint != NULL ||
		o->account_key != NULL || o->account_url != NULL;
}

bool dcv_new_is_derived(const struct dcv_options *options)
{
	return is_acme(options) || options->unique_value != NULL;
}

enum dcv_err dcv_new_derive(struct dcv_session *session, struct dcv_new_order *order)
{
	const struct dcv_options *o = &session->options;
	enum dcv_err rc = DCV_OK;

	if (is_acme(o))
		rc = from_challenges(session, order);
	if (rc == DCV_OK && o->csr != NULL)
		return from_csr(session, order);
	if (rc == DCV_OK && o->unique_value != NULL)
		return dcv_new_usage(session, "--unique-value", "needs --csr");
	return rc;
}
