/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how long a claim protects its value: the key `retain:`, and what the form of
 * a record says by itself. */
#include <string.h>
#include <strings.h>

#include "order/read.h"

#define ACM_TARGET "acm-validations.aws."
#define PERSIST_LABEL "_validation-persist" /* Baseline Requirements 3.2.2.4.22 */
#define PERSIST_PARAMETER "persistUntil="

static bool digits(const char *text, size_t len, int64_t *ret)
{
	int64_t value = 0;

	if (len == 0 || len > 18)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*ret = value;
	return true;
}

/* Seconds since 1970 of `issuer; accounturi=…; persistUntil=SECONDS`. */
static bool persist_until(const char *text, int64_t *ret)
{
	size_t n = strlen(PERSIST_PARAMETER);

	while ((text = strchr(text, ';')) != NULL) {
		size_t len;

		text++;
		text += strspn(text, " \t");
		len = strcspn(text, "; \t");
		if (len > n && strncasecmp(text, PERSIST_PARAMETER, n) == 0)
			return digits(text + n, len - n, ret);
	}
	return false;
}

static bool claim_until(const struct dcv_read *rd, const struct dcv_claim *claim,
	int64_t *ret)
{
	size_t len = 0;
	char *text;

	if (claim->type != DCV_TYPE_TXT)
		return false;
	text = dcv_txt_join(&claim->rdata, rd->arena, &len);
	if (text == NULL)
		dcv_read_nomem(rd);
	return text != NULL && persist_until(text, ret);
}

/* ACM renews only as long as its CNAME stays; the target is its own, whoever orders. */
static bool is_acm(const struct dcv_claim *claim)
{
	struct dcv_name target, acm;

	return claim->type == DCV_TYPE_CNAME &&
		dcv_name_from_wire(claim->rdata.wire, claim->rdata.len, &target) &&
		dcv_name_from(ACM_TARGET, &acm, NULL) == DCV_OK &&
		dcv_name_is_within(&target, &acm) && !dcv_name_equal(&target, &acm);
}

/* Names of ACME that a CNAME leads elsewhere: the challenges of all orders to come stand there. */
static bool is_delegation(const struct dcv_claim *claim)
{
	return claim->type == DCV_TYPE_CNAME &&
		dcv_name_label_is(&claim->owner, 0, "_acme-challenge");
}

/* What the CA's records are kept for; a record of a type that it never asks for is not its own. */
static enum dcv_keep keep_by_ca(const struct dcv_ca *ca, const struct dcv_claim *claim)
{
	const struct dcv_form *form = ca != NULL ? ca->forms : NULL;

	for (; form != NULL && form->owner != NULL; form++)
		if (form->type == claim->type)
			return ca->keep;
	return DCV_KEEP_ISSUED;
}

static void keep_by_form(const struct dcv_read *rd, const struct dcv_ca *ca,
	struct dcv_claim *claim)
{
	claim->keep = keep_by_ca(ca, claim);
	if (is_acm(claim) || is_delegation(claim)) {
		claim->keep = DCV_KEEP_DEAUTHORISED;
	} else if (claim->type == DCV_TYPE_TXT &&
		dcv_name_label_is(&claim->owner, 0, PERSIST_LABEL)) {
		claim->keep = claim_until(rd, claim, &claim->keep_until_s)
			? DCV_KEEP_DATE
			: DCV_KEEP_DEAUTHORISED;
	}
}

static bool keep_until_date(const struct dcv_read *rd, const struct dcv_place *place,
	struct dcv_claim *claim)
{
	char owner[DCV_NAME_TEXT_MAX];

	claim->keep = DCV_KEEP_DATE;
	if (claim_until(rd, claim, &claim->keep_until_s))
		return true;
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
		"write retain: until-deauthorised to keep it without a date",
		"retain: until-date: the value at %.255s has no persistUntil=SECONDS",
		dcv_name_text(&claim->owner, owner));
	return false;
}

bool dcv_read_retain(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const struct dcv_ca *ca, struct dcv_claim_list *list)
{
	static const char *const words[] = {"until-issued", "until-date",
		"until-deauthorised", NULL};
	static const enum dcv_keep keeps[] = {DCV_KEEP_ISSUED, DCV_KEEP_DATE,
		DCV_KEEP_DEAUTHORISED};
	struct dcv_place place = {rd->file, 0, 0};
	size_t word = 0;

	if (node != NULL && !dcv_read_choice(rd, "retain", node, words, &word))
		return false;
	if (node != NULL)
		place = dcv_yaml_place(rd->file, node);
	for (size_t i = 0; i < list->n; i++) {
		if (node == NULL)
			keep_by_form(rd, ca, &list->items[i]);
		else if (keeps[word] != DCV_KEEP_DATE)
			list->items[i].keep = keeps[word];
		else if (!keep_until_date(rd, &place, &list->items[i]))
			return false;
	}
	return true;
}
