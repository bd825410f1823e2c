/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the documents of a text as orders. It does not know where the text lies. */
#include "order/read.h"

#include <string.h>

#include "base/buf.h"

static const char *const order_keys[] = {"order", "certificate", "ca", "service", "names",
	"records", "previous", "supersedes", "caa", "ttl", "shared_ttl", "retain",
	"issued_when", NULL};

/* The text of a key if it is there; NULL with an error where it must not be missing. */
static const struct dcv_yaml_node *text_of(const struct dcv_read *rd,
	const struct dcv_yaml_node *map, const char *key)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);

	return node != NULL && dcv_read_text(rd, key, node) ? node : NULL;
}

/* `misspelt`: there is an unknown key, which may be the one that is missing. */
static void read_who(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	bool misspelt, struct dcv_order *order)
{
	const struct dcv_place at_map = dcv_yaml_place(rd->file, map);
	const struct dcv_yaml_node *node;
	struct dcv_place place;

	if (dcv_yaml_get(map, "ca") == NULL && !misspelt)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &at_map,
			"add the issuing CA, for example ca: digicert", "ca: missing");
	node = text_of(rd, map, "ca");
	if (node != NULL) {
		place = dcv_yaml_place(rd->file, node);
		(void)dcv_read_ca(rd, &place, node->text, node->len, order);
	}
	node = text_of(rd, map, "service");
	if (node != NULL) {
		place = dcv_yaml_place(rd->file, node);
		(void)dcv_read_service(rd, &place, node->text, node->len, order);
	}
	node = text_of(rd, map, "certificate");
	if (node != NULL) {
		place = dcv_yaml_place(rd->file, node);
		(void)dcv_read_certificate(rd, &place, node->text, node->len, order);
	}
}

/* Behind the number and the CA, which some of these keys are about. */
static void read_how(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_order *order)
{
	const struct dcv_yaml_node *node = text_of(rd, map, "ttl");
	struct dcv_place place;

	if (node != NULL) {
		place = dcv_yaml_place(rd->file, node);
		(void)dcv_read_ttl(rd, &place, node->text, node->len, &order->ttl_s);
	}
	node = dcv_yaml_get(map, "shared_ttl");
	if (node != NULL)
		(void)dcv_read_shared_ttl(rd, node, order);
	node = dcv_yaml_get(map, "caa");
	if (node != NULL)
		(void)dcv_read_caa(rd, node, order);
	node = dcv_yaml_get(map, "supersedes");
	if (node != NULL)
		(void)dcv_read_supersedes(rd, node, order);
	node = dcv_yaml_get(map, "issued_when");
	if (node != NULL)
		(void)dcv_read_evidence(rd, node, order);
}

/* `id`: the number for a document that names none. */
static void read_number(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	const char *id, struct dcv_order *order)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "order");
	const struct dcv_place place = dcv_yaml_place(rd->file, node != NULL ? node : map);

	if (node != NULL) {
		if (dcv_read_text(rd, "order", node))
			(void)dcv_read_id(rd, &place, "order", node->text, node->len,
				&order->id);
	} else if (id != NULL) {
		(void)dcv_read_id(rd, &place, "order", id, strlen(id), &order->id);
	} else {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			rd->several
				? "add order: \"…\" with its number"
				: "add order: \"…\" with its number, or say --order NUMBER",
			"order: missing: this document has no number");
	}
}

static void read_records(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_claim_list *list)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "records");
	struct dcv_place place;

	/* `records:` with nothing behind it is an empty list. */
	if (node == NULL || (node->kind == DCV_YAML_SCALAR && node->len == 0))
		return;
	place = dcv_yaml_place(rd->file, node);
	if (node->kind != DCV_YAML_SEQUENCE) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"begin each record with `- ` on a line of its own",
			"records: must be a list");
		return;
	}
	if (node->n > DCV_ORDER_MAX_RECORDS) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"split the order", "records: more than 10000 in one order");
		return;
	}
	if (!dcv_claims_expect(rd, list, node->n))
		return;
	for (size_t i = 0; i < node->n && !list->full; i++)
		dcv_read_record(rd, node->children[i], list);
}

static void read_body(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	bool misspelt, struct dcv_order *order)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, map);
	const struct dcv_yaml_node *names = dcv_yaml_get(map, "names");
	const struct dcv_yaml_node *previous = dcv_yaml_get(map, "previous");
	struct dcv_claim_list list = {.n = 0};
	size_t errors = rd->diags->n_errors;

	read_records(rd, map, &list);
	if (names != NULL)
		(void)dcv_read_names(rd, names, &list);
	if (previous != NULL)
		(void)dcv_read_previous(rd, previous, order);
	(void)dcv_claims_settle(rd, &list);
	(void)dcv_read_retain(rd, dcv_yaml_get(map, "retain"), order->ca, &list);
	if (rd->diags->n_errors == errors && list.n_names == 0 && !misspelt)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"add `records:` as the CA shows them, or `names:` for a pre-flight",
			"records: missing");
	order->n_claims = list.n;
	order->claims = list.items;
	order->n_names = list.n_names;
	order->names = list.names;
}

static void append(const struct dcv_read *rd, struct dcv_order ***items, size_t *n,
	struct dcv_order *order)
{
	struct dcv_order **grown = dcv_arena_grow(rd->arena, *items, *n,
		sizeof(struct dcv_order *));

	if (grown == NULL) {
		dcv_read_nomem(rd);
		return;
	}
	*items = grown;
	grown[(*n)++] = order;
}

void dcv_orders_append(const struct dcv_read *rd, struct dcv_orders *orders,
	struct dcv_order *order)
{
	append(rd, &orders->items, &orders->n, order);
}

static void read_document(const struct dcv_read *rd, const struct dcv_yaml_node *root,
	const struct dcv_yaml_slice *slice, const char *id, struct dcv_orders *orders)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, root);
	struct dcv_order *order = dcv_arena_alloc(rd->arena, sizeof *order);
	size_t errors = rd->diags->n_errors;
	bool misspelt;

	if (root->kind != DCV_YAML_MAPPING) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"an order has at least the keys `ca:` and `records:`",
			"not an order: must be a mapping");
		return;
	}
	if (order == NULL) {
		dcv_read_nomem(rd);
		return;
	}
	order->file = rd->file;
	order->line = root->line;
	order->ttl_s = DCV_TTL_S;
	misspelt = !dcv_read_keys(rd, root, order_keys);
	read_number(rd, root, id, order);
	read_who(rd, root, misspelt, order);
	read_how(rd, root, order);
	read_body(rd, root, misspelt, order);
	order->document = dcv_read_document(order, slice, rd->arena);
	if (order->document == NULL)
		dcv_read_nomem(rd);
	order->faulty = rd->diags->n_errors != errors;
	if (!order->faulty)
		dcv_orders_append(rd, orders, order);
	else if (order->ca != NULL)
		append(rd, &orders->faulty, &orders->n_faulty, order);
}

/* A person mends a file from its top: what was found there from items[from] on is sorted by its
 * place. Few items, stable. */
static void sort_by_place(struct dcv_diags *diags, size_t from)
{
	for (size_t i = from + 1; i < diags->n; i++) {
		struct dcv_diag item = diags->items[i];
		size_t at = i;

		while (at > from &&
			(diags->items[at - 1].line > item.line ||
				(diags->items[at - 1].line == item.line &&
					diags->items[at - 1].column > item.column)))
			at--;
		memmove(&diags->items[at + 1], &diags->items[at], (i - at) * sizeof item);
		diags->items[at] = item;
	}
}

void dcv_read_documents(const char *file, const void *text, size_t len, const char *id,
	struct dcv_arena *arena, struct dcv_orders *orders, struct dcv_diags *diags)
{
	struct dcv_read rd = {.file = dcv_arena_strdup(arena, file),
		.arena = arena,
		.diags = diags,
		.read_in = dcv_read_in(text, len, arena)};
	const struct dcv_place place = {file, 0, 0};
	struct dcv_yaml_docs docs = {.n = 0};
	struct dcv_arena tree = {NULL}; /* orders keep nothing of it */
	size_t n_before = orders->n, n_faulty = orders->n_faulty;
	size_t n_diags = diags->n, n_full = 0;
	enum dcv_err rc;

	if (rd.file == NULL) {
		dcv_read_nomem(&rd);
		return;
	}
	rc = dcv_yaml_parse(rd.file, text, len, DCV_E_ORDER, &tree, &docs, diags);
	for (size_t i = 0; i < docs.n; i++)
		n_full += docs.roots[i] != NULL;
	rd.several = n_full > 1;
	if (rc == DCV_OK && n_full == 0)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"an order has at least the keys `ca:` and `records:`",
			"no order in it");
	for (size_t i = 0; i < docs.n; i++)
		if (docs.roots[i] != NULL)
			read_document(&rd, docs.roots[i], &docs.slices[i],
				rd.several ? NULL : id, orders);
	/* Of a file that is not sound YAML, the errors are told but no order is taken. */
	if (rc != DCV_OK) {
		orders->n = n_before;
		orders->n_faulty = n_faulty;
	}
	dcv_arena_clear(&tree);
	sort_by_place(diags, n_diags);
}

void dcv_orders_parse(const char *file, const void *text, size_t len, const char *id,
	struct dcv_arena *arena, struct dcv_orders *orders, struct dcv_diags *diags)
{
	size_t n_before = orders->n;

	dcv_read_documents(file, text, len, id, arena, orders, diags);
	dcv_orders_unique(orders, n_before, arena, diags);
}
