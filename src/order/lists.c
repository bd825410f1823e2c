/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the keys of an order that hold lists, but its records. */
#include <string.h>

#include "order/read.h"

#define PREVIOUS_MAX 1000u
#define SUPERSEDES_MAX 100u

bool dcv_read_list(const struct dcv_read *rd, const struct dcv_yaml_node *node,
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

	if (!dcv_read_list(rd, node, "names", DCV_ORDER_MAX_RECORDS,
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

	if (!dcv_read_list(rd, node, "previous", PREVIOUS_MAX,
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

/* NUMBER, or CA/NUMBER with the CA as the ledger calls it. */
static const char *read_superseded(const struct dcv_read *rd,
	const struct dcv_yaml_node *item)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, item);
	const char *slash, *number = NULL;
	struct dcv_order other = {.id = NULL};
	const char *ca;

	if (!dcv_read_text(rd, "supersedes", item))
		return NULL;
	slash = memchr(item->text, '/', item->len);
	if (slash == NULL)
		return dcv_read_id(rd, &place, "supersedes", item->text, item->len,
			       &number)
			? number
			: NULL;
	ca = dcv_arena_strndup(rd->arena, item->text, (size_t)(slash - item->text));
	if (ca == NULL)
		dcv_read_nomem(rd);
	if (ca == NULL || !dcv_read_ca(rd, &place, ca, strlen(ca), &other) ||
		!dcv_read_id(rd, &place, "supersedes", slash + 1,
			item->len - (size_t)(slash + 1 - item->text), &number))
		return NULL;
	number = dcv_arena_printf(rd->arena, "%s/%s", other.ca->key, number);
	if (number == NULL)
		dcv_read_nomem(rd);
	return number;
}

static bool is_itself(const struct dcv_order *order, const char *word)
{
	const char *slash = strchr(word, '/');
	size_t len = slash != NULL ? (size_t)(slash - word) : 0;

	if (order->id == NULL || order->ca == NULL)
		return false;
	if (slash != NULL &&
		(strlen(order->ca->key) != len || memcmp(word, order->ca->key, len) != 0))
		return false;
	return strcmp(slash != NULL ? slash + 1 : word, order->id) == 0;
}

bool dcv_read_supersedes(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	struct dcv_order *order)
{
	const char **words;
	bool good = true;

	if (!dcv_read_list(rd, node, "supersedes", SUPERSEDES_MAX,
		    "write supersedes: [\"1234567001\"]"))
		return false;
	words = dcv_arena_array(rd->arena, node->n, sizeof *words);
	if (words == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	order->supersedes = words;
	for (size_t i = 0; i < node->n; i++) {
		const struct dcv_place place = dcv_yaml_place(rd->file, node->children[i]);
		const char *word = read_superseded(rd, node->children[i]);

		if (word != NULL && !is_itself(order, word)) {
			words[order->n_supersedes++] = word;
			continue;
		}
		if (word != NULL)
			dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
				"name the other order, which this one replaces; a re-issue "
				"under the same number needs no `supersedes:`",
				"supersedes: %s is this order itself", word);
		good = false;
	}
	return good;
}
