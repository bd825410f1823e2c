/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when a certificate proves that an order was issued. It does not know where
 * the certificate was seen. */
#include "plan/proof.h"

#include <string.h>

#include "base/clock.h"

#define DAY_S 86400
#define MISSING_SHOWN 3u /* names that are told one by one */

/* What is missing, collected. */
struct wants {
	struct dcv_arena *arena;
	const char *text; /* NULL: nothing yet */
	bool nomem;
};

static void add_want(struct wants *wants, const char *text)
{
	if (text != NULL && wants->text != NULL)
		text = dcv_arena_printf(wants->arena, "%s; %s", wants->text, text);
	if (text == NULL)
		wants->nomem = true;
	else
		wants->text = text;
}

/* --- the names --- */

/* An identifier is held only by itself: `*.example.com` is not www.example.com. */
static bool holds(const struct dcv_name *held, size_t n, const struct dcv_name *name)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_name_equal(&held[i], name))
			return true;
	}
	return false;
}

static const char *list_missing(struct dcv_arena *arena, const struct dcv_name *held,
	size_t n_held, const struct dcv_order *order)
{
	const char *list = "";
	size_t missing = 0;

	for (size_t i = 0; list != NULL && i < order->n_names; i++) {
		char name[DCV_NAME_TEXT_MAX];

		if (holds(held, n_held, &order->names[i]))
			continue;
		if (++missing > MISSING_SHOWN)
			continue;
		dcv_name_text(&order->names[i], name);
		name[strlen(name) - 1] = '\0';
		list = dcv_arena_printf(arena, "%s%s%s", list, missing > 1 ? ", " : "",
			name);
	}
	if (list != NULL && missing > MISSING_SHOWN)
		list = dcv_arena_printf(arena, "%s and %zu more", list,
			missing - MISSING_SHOWN);
	return list;
}

static void judge_names(const struct dcv_cert *cert, const struct dcv_order *order,
	struct wants *wants)
{
	struct dcv_name *held = dcv_arena_array(wants->arena, cert->n_names,
		sizeof(held[0]));
	const char *list;
	size_t n = 0;

	for (size_t i = 0; held != NULL && i < cert->n_names; i++) {
		if (dcv_name_from(cert->names[i], &held[n], NULL) == DCV_OK)
			n++;
	}
	list = held != NULL ? list_missing(wants->arena, held, n, order) : NULL;
	if (list == NULL)
		wants->nomem = true;
	else if (order->n_names == 0)
		add_want(wants, "the order names no host");
	else if (list[0] != '\0')
		add_want(wants,
			dcv_arena_printf(wants->arena, "it does not name %s", list));
}

/* --- the issuer --- */

/* The label of a CAA name that is most likely the CA's own: the longest but the last. */
static const char *own_label(const char *caa, struct dcv_arena *arena)
{
	const char *best = caa, *from = caa, *dot;
	size_t len = 0;

	for (; (dot = strchr(from, '.')) != NULL; from = dot + 1) {
		if ((size_t)(dot - from) > len) {
			best = from;
			len = (size_t)(dot - from);
		}
	}
	return dcv_arena_strndup(arena, best, len != 0 ? len : strlen(caa));
}

static bool is_signer(const struct dcv_cert *cert, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcasestr(cert->issuer, *words) != NULL)
			return true;
	}
	return false;
}

static void judge_issuer(const struct dcv_cert *cert, const struct dcv_ca *ca,
	struct wants *wants)
{
	const char *const *words = dcv_ca_signers(ca);
	const char *label = words == NULL ? own_label(ca->caa, wants->arena) : NULL;
	bool fits;

	if (words == NULL && label == NULL) {
		wants->nomem = true;
		return;
	}
	fits = words != NULL ? is_signer(cert, words)
			     : label[0] != '\0' && strcasestr(cert->issuer, label) != NULL;
	if (!fits)
		add_want(wants,
			dcv_arena_printf(wants->arena, "its issuer is %s, not %s",
				cert->issuer[0] != '\0' ? cert->issuer : "not named",
				ca->title));
}

/* --- the time --- */

static void judge_time(const struct dcv_cert *cert, const struct dcv_order_row *row,
	struct wants *wants)
{
	/* A CA may date a certificate back, so a bare notBefore gets a day. */
	int64_t at_s = cert->sct_s != 0 ? cert->sct_s : cert->not_before_s + DAY_S;
	char issued[DCV_TIME_TEXT_MAX], applied[DCV_TIME_TEXT_MAX];

	if (row->first_applied == 0) {
		add_want(wants, "the order was never applied");
		return;
	}
	if (at_s > row->first_applied)
		return;
	dcv_time_local(cert->sct_s != 0 ? cert->sct_s : cert->not_before_s, issued);
	dcv_time_local(row->first_applied, applied);
	add_want(wants,
		dcv_arena_printf(wants->arena,
			"it was issued %s, before the first apply of the order (%s)",
			issued, applied));
}

bool dcv_plan_proves(const struct dcv_cert *cert, const struct dcv_order *order,
	const struct dcv_order_row *row, struct dcv_arena *arena, const char **ret_why)
{
	struct wants wants = {arena, NULL, false};

	judge_names(cert, order, &wants);
	judge_issuer(cert, order->ca, &wants);
	if (row->cert_before != NULL && row->cert_before[0] != '\0' &&
		strcmp(cert->sha256, row->cert_before) == 0)
		add_want(&wants, "it is the one that stood there at the first apply");
	judge_time(cert, row, &wants);
	*ret_why = wants.text;
	return !wants.nomem;
}
