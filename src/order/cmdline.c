/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows an order that the command line gives. It does not know files. */
#include <string.h>

#include "base/buf.h"
#include "order/draft.h"
#include "order/read.h"

/* The document that says the same, so that the ledger can keep it. */
static char *document_of(const struct dcv_draft *head, const char *const *records,
	size_t n, struct dcv_arena *arena)
{
	struct dcv_draft_record *items = dcv_arena_array(arena, n, sizeof *items);
	struct dcv_draft draft = *head;

	if (items == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		items[i].line = records[i];
	draft.n_records = n;
	draft.records = items;
	return dcv_draft_text(&draft, arena);
}

static bool is_utf8(const char *text)
{
	size_t len = strlen(text), n;

	for (size_t at = 0; at < len; at += n) {
		n = dcv_utf8_len((const uint8_t *)text + at, len - at);
		if (n == 0)
			return false;
	}
	return true;
}

static void read_records(struct dcv_read *rd, const char *const *records, size_t n,
	struct dcv_claim_list *list)
{
	for (size_t i = 0; i < n && !list->full; i++) {
		struct dcv_place place = {
			dcv_arena_printf(rd->arena, "--record %zu", i + 1), 0, 0};

		if (is_utf8(records[i]))
			dcv_read_record_line(rd, &place, records[i], strlen(records[i]),
				list);
		else
			dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
				"write other octets as \\DDD", "not UTF-8");
	}
}

static void read_issuing_ca(const struct dcv_read *rd, const char *ca,
	struct dcv_order *order)
{
	const struct dcv_place place = {NULL, 0, 0};

	if (ca != NULL)
		(void)dcv_read_ca(rd, &place, ca, strlen(ca), order);
	else
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"say --ca with the issuing CA, for example --ca digicert",
			"ca: missing");
}

static void read_head(const struct dcv_read *rd, const char *ca, const char *service,
	const char *id, struct dcv_order *order)
{
	const struct dcv_place place = {NULL, 0, 0};

	read_issuing_ca(rd, ca, order);
	if (service != NULL)
		(void)dcv_read_service(rd, &place, service, strlen(service), order);
	if (id != NULL)
		(void)dcv_read_id(rd, &place, "order", id, strlen(id), &order->id);
	else
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"say --order with its number", "order: missing");
}

void dcv_order_from_records(const char *ca, const char *service, const char *id,
	const char *const *records, size_t n, uint32_t ttl_s, struct dcv_arena *arena,
	struct dcv_orders *orders, struct dcv_diags *diags)
{
	struct dcv_read rd = {.file = "--record", .arena = arena, .diags = diags};
	struct dcv_order *order = dcv_arena_alloc(arena, sizeof *order);
	struct dcv_claim_list list = {.n = 0};
	size_t errors = diags->n_errors, n_before = orders->n;

	if (order == NULL) {
		dcv_read_nomem(&rd);
		return;
	}
	*order = (struct dcv_order){.file = rd.file,
		.line = 1,
		.unwritten = true,
		.ttl_s = ttl_s};
	read_head(&rd, ca, service, id, order);
	read_records(&rd, records, n, &list);
	(void)dcv_claims_settle(&rd, &list);
	(void)dcv_read_retain(&rd, NULL, order->ca, &list);
	if (n == 0)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_ORDER, NULL,
			"say --record 'OWNER TYPE VALUE'", "records: missing");
	order->n_claims = list.n;
	order->claims = list.items;
	order->n_names = list.n_names;
	order->names = list.names;
	if (diags->n_errors != errors)
		return;
	order->document = document_of(
		&(struct dcv_draft){.id = id, .ca = ca, .service = service, .ttl_s = ttl_s},
		records, n, arena);
	if (order->document == NULL) {
		dcv_read_nomem(&rd);
		return;
	}
	dcv_orders_append(&rd, orders, order);
	dcv_orders_unique(orders, n_before, arena, diags);
}

void dcv_order_from_names(const char *ca, const char *const *names, size_t n,
	struct dcv_arena *arena, struct dcv_orders *orders, struct dcv_diags *diags)
{
	const struct dcv_place place = {NULL, 0, 0};
	struct dcv_read rd = {.file = "", .arena = arena, .diags = diags};
	struct dcv_order *order = dcv_arena_alloc(arena, sizeof *order);
	size_t errors = diags->n_errors;

	if (order == NULL) {
		dcv_read_nomem(&rd);
		return;
	}
	*order = (struct dcv_order){.file = rd.file,
		.id = "",
		.document = "",
		.ttl_s = DCV_TTL_S,
		.names = dcv_arena_array(arena, n, sizeof order->names[0])};
	if (order->names == NULL) {
		dcv_read_nomem(&rd);
		return;
	}
	read_issuing_ca(&rd, ca, order);
	for (size_t i = 0; i < n; i++) {
		if (dcv_read_identifier(&rd, &place, "name", names[i], strlen(names[i]),
			    &order->names[order->n_names]))
			order->n_names++;
	}
	if (diags->n_errors == errors)
		dcv_orders_append(&rd, orders, order);
}
