/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the keys of an order but its records. It does not know documents. */
#include <string.h>

#include "order/read.h"

#define ID_MAX 128u
#define PREVIOUS_MAX 1000u
#define TTL_MAX_S 86400u

static bool is_host_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
}

/* The issuer domain name of CAA (RFC 8659 4.2): at least two labels of letters, digits and
 * inner hyphens. Lower-cases into out[DCV_NAME_MAX]; a final dot is left out. */
static bool issuer_name(const char *text, size_t len, char *out)
{
	size_t start = 0, dots = 0, i;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len >= DCV_NAME_MAX)
		return false;
	for (i = 0; i < len; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20)
							  : text[i];
	out[len] = '\0';
	for (i = 0; i <= len; i++) {
		if (i < len && out[i] != '.') {
			if (!is_host_character(out[i]))
				return false;
			continue;
		}
		if (i == start || i - start > DCV_LABEL_MAX || out[start] == '-' ||
			out[i - 1] == '-')
			return false;
		dots += i < len;
		start = i + 1;
	}
	return dots > 0;
}

static bool unknown_ca(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len)
{
	const char *meant = dcv_did_you_mean(text, dcv_ca_words()), *help;
	char shown[DCV_SHOWN_MAX];

	help = dcv_arena_printf(rd->arena,
		"%s%s%sgive the domain of its CAA records, for example ca: letsencrypt.org",
		meant != NULL ? "did you mean " : "", meant != NULL ? meant : "",
		meant != NULL ? "? Else " : "");
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"ca: \"%s\": unknown CA", dcv_read_shown(text, len, shown));
	return false;
}

/* A CA that no table holds, by its CAA name. */
static bool other_ca(const struct dcv_read *rd, const char *name, struct dcv_order *order)
{
	struct dcv_ca *ca = dcv_arena_alloc(rd->arena, sizeof *ca);
	const char *key = dcv_arena_strdup(rd->arena, name);

	if (ca == NULL || key == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	ca->key = ca->title = ca->caa = key;
	ca->token_life_d = DCV_TOKEN_LIFE_UNKNOWN_D;
	order->ca = ca;
	order->ca_title = key;
	return true;
}

bool dcv_read_ca(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order)
{
	char name[DCV_NAME_MAX];
	const char *brand, *title;
	const struct dcv_ca *ca = dcv_ca_find(text);

	if (ca == NULL && issuer_name(text, len, name)) {
		ca = dcv_ca_find(name);
		if (ca == NULL)
			return other_ca(rd, name, order);
	}
	if (ca == NULL)
		return unknown_ca(rd, place, text, len);
	brand = dcv_ca_brand(text);
	title = brand != NULL ? dcv_arena_printf(rd->arena, "%s (%s)", brand, ca->title)
			      : ca->title;
	if (title == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	order->ca = ca;
	order->ca_title = title;
	return true;
}

bool dcv_read_service(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_order *order)
{
	const struct dcv_service *service = dcv_service_find(text);
	const char *meant, *help = "leave it out if the CA itself took the order";
	char shown[DCV_SHOWN_MAX];

	if (service != NULL) {
		order->service = service;
		return true;
	}
	if (dcv_ca_find(text) != NULL) /* the CA itself, which is the default */
		return true;
	meant = dcv_did_you_mean(text, dcv_service_words());
	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean %s?", meant);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"service: \"%s\": unknown service", dcv_read_shown(text, len, shown));
	return false;
}

static bool is_id_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		(c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

bool dcv_read_id(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_order *order)
{
	bool good = len > 0 && len <= ID_MAX;
	char shown[DCV_SHOWN_MAX];

	for (size_t i = 0; i < len; i++)
		good = good && is_id_character(text[i]);
	if (!good) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"write order: \"…\" with the number that the CA gave it",
			"%s: \"%s\" is no order number: 1 to 128 letters, digits, `.`, `_`, `-`",
			what, dcv_read_shown(text, len, shown));
		return false;
	}
	order->id = dcv_arena_strndup(rd->arena, text, len);
	if (order->id == NULL)
		dcv_read_nomem(rd);
	return order->id != NULL;
}

bool dcv_read_ttl(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, uint32_t *ret_s)
{
	bool good = len > 0 && len <= 5;
	char shown[DCV_SHOWN_MAX];
	uint32_t value = 0;

	for (size_t i = 0; good && i < len; i++) {
		good = text[i] >= '0' && text[i] <= '9';
		value = value * 10 + (uint32_t)(text[i] - '0');
	}
	if (good && value >= 1 && value <= TTL_MAX_S) {
		*ret_s = value;
		return true;
	}
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
		"write seconds, for example ttl: 300, or leave it out",
		"ttl: \"%s\" is not a number from 1 to 86400",
		dcv_read_shown(text, len, shown));
	return false;
}

static bool is_word(const struct dcv_yaml_node *node, const char *word)
{
	return node->len == strlen(word) && memcmp(node->text, word, node->len) == 0;
}

bool dcv_read_caa(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	enum dcv_caa_policy *ret)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	char shown[DCV_SHOWN_MAX];

	if (node->kind != DCV_YAML_SCALAR || is_word(node, "permit") ||
		is_word(node, "exact")) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"leave it out: this version writes no CAA",
			"caa: %s: not supported by this version",
			node->kind == DCV_YAML_SCALAR ? node->text : "records of its own");
		return false;
	}
	if (!is_word(node, "check") && !is_word(node, "off")) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"write caa: check or caa: off", "caa: \"%s\": unknown policy",
			dcv_read_shown(node->text, node->len, shown));
		return false;
	}
	*ret = is_word(node, "off") ? DCV_CAA_OFF : DCV_CAA_CHECK;
	return true;
}

static bool is_list(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	const char *what, size_t max, const char *help)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);

	if (node->kind != DCV_YAML_SEQUENCE)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help,
			"%s: must be a list", what);
	else if (node->n > max)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"split the order", "%s: more than %zu", what, max);
	else
		return true;
	return false;
}

bool dcv_read_names(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_claim_list *list)
{
	struct dcv_name *names;
	const struct dcv_place at_list = dcv_yaml_place(rd->file, node);
	bool good = true;

	if (!is_list(rd, node, "names", DCV_ORDER_MAX_RECORDS,
		    "write names: [example.com, \"*.example.org\"]"))
		return false;
	if (node->n == 0) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &at_list,
			"leave it out: its default are the domains of the records",
			"names: empty");
		return false;
	}
	names = dcv_arena_array(rd->arena, node->n, sizeof *names);
	if (names == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	list->n_names = 0;
	list->names = names;
	for (size_t i = 0; i < node->n; i++) {
		const struct dcv_yaml_node *item = node->children[i];
		const struct dcv_place place = dcv_yaml_place(rd->file, item);

		if (!dcv_read_text(rd, "names", item) ||
			!dcv_read_identifier(rd, &place, "names", item->text, item->len,
				&names[list->n_names]))
			good = false;
		else
			list->n_names++;
	}
	return good;
}

bool dcv_read_previous(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order)
{
	bool good = true;

	if (!is_list(rd, node, "previous", PREVIOUS_MAX,
		    "write previous: [\"2026050200…\"]"))
		return false;
	order->named = dcv_arena_array(rd->arena, node->n, sizeof *order->named);
	if (order->named == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	for (size_t i = 0; i < node->n; i++) {
		const struct dcv_yaml_node *item = node->children[i];
		const struct dcv_place place = dcv_yaml_place(rd->file, item);

		if (!dcv_read_text(rd, "previous", item) ||
			!dcv_named_parse(item->text, item->len, &place, rd->arena,
				&order->named[order->n_named], rd->diags))
			good = false;
		else
			order->n_named++;
	}
	return good;
}
