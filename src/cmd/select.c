/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which orders --zone, --ca and --state leave of those that were named. */
#include "cmd/select.h"

#include <string.h>
#include <strings.h>

#include "base/yaml.h"

struct selection {
	struct dcv_name zone; /* len 0: any */
	const char *ca, *state; /* NULL: any */
};

const char *dcv_select_state(const struct dcv_order_row *row, int64_t now_s)
{
	if (row == NULL)
		return "new";
	if (dcv_state_is_open(row->state) && !dcv_order_is_alive(row, now_s))
		return "expired";
	return dcv_state_text(row->state);
}

static enum dcv_err refuse(struct dcv_session *session, const char *option,
	const char *text, const char *why, const char *help)
{
	char shown[128];

	dcv_shown(shown, sizeof(shown), text, strlen(text));
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL, help, "%s %s: %s",
		option, shown, why);
	return DCV_E_USAGE;
}

static enum dcv_err parse_state(struct dcv_session *session, struct selection *ret)
{
	static const char *const words[] = {
#define X(name, text) text,
		DCV_STATE_MAP(X)
#undef X
			"open",
		"expired", "new", NULL};
	const char *state = session->options.state;
	const char *near;
	char why[64];

	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], state) == 0) {
			ret->state = words[i];
			return DCV_OK;
		}
	}
	near = dcv_did_you_mean(state, words);
	(void)snprintf(why, sizeof(why), "no such state%s%s%s",
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return refuse(session, "--state", state, why,
		"one of: new, pending, published, effective, open, expired, closed, cleaned");
}

static enum dcv_err parse(struct dcv_session *session, bool by_ca, struct selection *ret)
{
	const struct dcv_options *o = &session->options;
	struct dcv_error err = {0};

	if (o->zone != NULL && dcv_name_from(o->zone, &ret->zone, &err) != DCV_OK)
		return refuse(session, "--zone", o->zone, err.text,
			"write the name of a zone: --zone example.com");
	if (by_ca && o->ca != NULL)
		ret->ca = dcv_ca_find(o->ca) != NULL ? dcv_ca_find(o->ca)->key : o->ca;
	return o->state != NULL ? parse_state(session, ret) : DCV_OK;
}

static bool selects(const struct selection *selection)
{
	return selection->zone.len != 0 || selection->ca != NULL ||
		selection->state != NULL;
}

static bool fits(const struct selection *selection, const char *ca,
	const struct dcv_order_row *row, int64_t now_s)
{
	const char *state = dcv_select_state(row, now_s);
	const char *wanted = selection->state;

	if (selection->ca != NULL && strcasecmp(selection->ca, ca) != 0)
		return false;
	if (wanted == NULL || strcmp(wanted, state) == 0)
		return true;
	return strcmp(wanted, "open") == 0 && row != NULL &&
		dcv_order_is_alive(row, now_s);
}

static bool order_is_in(const struct dcv_order *order, const struct dcv_name *zone)
{
	for (size_t i = 0; i < order->n_claims; i++) {
		if (dcv_name_is_within(&order->claims[i].owner, zone))
			return true;
	}
	for (size_t i = 0; order->n_claims == 0 && i < order->n_names; i++) {
		if (dcv_name_is_within(&order->names[i], zone))
			return true;
	}
	return zone->len == 0;
}

/* How many were left, so that a slip of the pen is not taken for "nothing to do". */
static void tell(struct dcv_session *session, size_t n, size_t of)
{
	if (n == 0 && of > 0)
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL,
			"look at --zone, --ca and --state: `dcvctl status` shows the orders",
			"%zu order%s, none of them selected", of, of == 1 ? "" : "s");
	else if (n < of)
		dcv_say(session, "%zu of %zu orders selected", n, of);
}

enum dcv_err dcv_select_orders(struct dcv_session *session)
{
	struct selection selection = {.state = NULL};
	struct dcv_orders *orders = &session->orders;
	struct dcv_error err = {0};
	size_t n = 0, of = orders->n;
	enum dcv_err rc = parse(session, session->options.records.n == 0, &selection);

	if (rc != DCV_OK || !selects(&selection))
		return rc;
	for (size_t i = 0; i < of; i++) {
		struct dcv_order *order = orders->items[i];
		struct dcv_order_row *row = NULL;

		if (selection.state != NULL &&
			dcv_ledger_order(session->ledger, order->ca->key, order->id,
				&session->arena, &row, &err) != DCV_OK)
			return dcv_session_fail(session, &err);
		if (fits(&selection, order->ca->key, row, dcv_now_s(session->clock)) &&
			order_is_in(order, &selection.zone))
			orders->items[n++] = order;
	}
	orders->n = n;
	tell(session, n, of);
	return DCV_OK;
}

static enum dcv_err row_is_in(struct dcv_session *session,
	const struct dcv_order_row *row, const struct dcv_name *zone, bool *ret)
{
	struct dcv_error err = {0};
	struct dcv_claim_row *claims = NULL;
	size_t n = 0;

	*ret = zone->len == 0;
	if (*ret)
		return DCV_OK;
	if (dcv_ledger_claims_of(session->ledger, row->ca, row->id, &session->arena,
		    &claims, &n, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n && !*ret; i++)
		*ret = claims[i].revision == row->revision &&
			dcv_name_is_within(&claims[i].owner, zone);
	return DCV_OK;
}

enum dcv_err dcv_select_rows(struct dcv_session *session)
{
	struct selection selection = {.state = NULL};
	size_t n = 0, of = session->n_rows;
	bool in = false;
	enum dcv_err rc = parse(session, true, &selection);

	if (rc != DCV_OK || !selects(&selection))
		return rc;
	for (size_t i = 0; rc == DCV_OK && i < of; i++) {
		const struct dcv_order_row *row = &session->rows[i];

		if (!fits(&selection, row->ca, row, dcv_now_s(session->clock)))
			continue;
		rc = row_is_in(session, row, &selection.zone, &in);
		if (rc == DCV_OK && in)
			session->rows[n++] = *row;
	}
	if (rc != DCV_OK)
		return rc;
	session->n_rows = n;
	tell(session, n, of);
	return DCV_OK;
}
