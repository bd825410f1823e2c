/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the states of an order by name, and when its tokens are dead. It does not
 * know how a state is reached. */
#include "order/life.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

const char *dcv_state_text(enum dcv_state state)
{
	switch (state) {
#define X(name, text)          \
	case DCV_STATE_##name: \
		return text;
		DCV_STATE_MAP(X)
#undef X
	}
	return "";
}

const char *dcv_reason_text(enum dcv_reason reason)
{
	switch (reason) {
#define X(name, text)           \
	case DCV_REASON_##name: \
		return text;
		DCV_REASON_MAP(X)
#undef X
	}
	return "";
}

const char *dcv_change_text(enum dcv_change_state state)
{
	switch (state) {
#define X(name, text)           \
	case DCV_CHANGE_##name: \
		return text;
		DCV_CHANGE_MAP(X)
#undef X
	}
	return "";
}

const char *dcv_keep_text(enum dcv_keep keep)
{
	switch (keep) {
#define X(name, text)         \
	case DCV_KEEP_##name: \
		return text;
		DCV_KEEP_MAP(X)
#undef X
	}
	return "";
}

bool dcv_keep_parse(const char *text, enum dcv_keep *ret, int64_t *ret_until_s)
{
	size_t len = strcspn(text, " ");
	char *end;

	*ret_until_s = 0;
#define X(name, word)                                             \
	if (strlen(word) == len && strncmp(text, word, len) == 0) \
		*ret = DCV_KEEP_##name;                           \
	else
	DCV_KEEP_MAP(X)
#undef X
	return false;
	if (text[len] == '\0')
		return *ret != DCV_KEEP_DATE;
	*ret_until_s = strtoll(text + len + 1, &end, 10);
	return *ret == DCV_KEEP_DATE && end != text + len + 1 && *end == '\0';
}

bool dcv_keep_retains(enum dcv_keep keep, int64_t until_s, int64_t now_s)
{
	switch (keep) {
	case DCV_KEEP_ISSUED:
	case DCV_KEEP_COPY:
		return false;
	case DCV_KEEP_DATE:
		return now_s <= until_s;
	case DCV_KEEP_DEAUTHORISED:
	case DCV_KEEP_CAA:
		return true;
	}
	return true;
}

bool dcv_state_parse(const char *text, enum dcv_state *ret)
{
#define X(name, word)                    \
	if (strcmp(text, word) == 0) {   \
		*ret = DCV_STATE_##name; \
		return true;             \
	}
	DCV_STATE_MAP(X)
#undef X
	return false;
}

bool dcv_reason_parse(const char *text, enum dcv_reason *ret)
{
#define X(name, word)                     \
	if (strcmp(text, word) == 0) {    \
		*ret = DCV_REASON_##name; \
		return true;              \
	}
	DCV_REASON_MAP(X)
#undef X
	return false;
}

bool dcv_state_is_open(enum dcv_state state)
{
	switch (state) {
	case DCV_STATE_PENDING:
	case DCV_STATE_PUBLISHED:
	case DCV_STATE_EFFECTIVE:
		return true;
	case DCV_STATE_CLOSED:
	case DCV_STATE_CLEANED:
		return false;
	}
	return false;
}

bool dcv_claim_date(const struct dcv_ca *ca, const struct dcv_claim *claim, int64_t *ret_s)
{
	const struct dcv_rdata *rdata = &claim->rdata;
	size_t len;

	if (rdata->len == 0)
		return false;
	len = rdata->wire[0];
	if (claim->type == DCV_TYPE_TXT ? len + 1 != rdata->len : len + 1 >= rdata->len)
		return false;
	return dcv_token_date(ca, rdata->wire + 1, len, ret_s);
}

int64_t dcv_order_expires(const struct dcv_order *order, int64_t from_s)
{
	int64_t date, latest = order->n_claims > 0 ? INT64_MIN : from_s;

	for (size_t i = 0; i < order->n_claims; i++) {
		if (!dcv_claim_date(order->ca, &order->claims[i], &date))
			date = from_s;
		if (date > latest)
			latest = date;
	}
	return latest +
		(int64_t)(order->token_life_d != 0 ? order->token_life_d
						   : order->ca->token_life_d) *
		DAY_S;
}

bool dcv_order_is_alive(const struct dcv_order_row *row, int64_t now_s)
{
	return dcv_state_is_open(row->state) &&
		(row->expires == 0 || now_s <= row->expires);
}
