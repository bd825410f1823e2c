/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as a file of orders. What is accepted must read back the same from the document
 * that the ledger keeps, and every value must survive its presentation form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order/life.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(int good, const char *what)
{
	if (!good) {
		(void)fprintf(stderr, "fuzz_order: %s\n", what);
		abort();
	}
}

static void try_value(const struct dcv_claim *claim, struct dcv_arena *arena)
{
	char *text = dcv_rdata_dup_text(claim->type, &claim->rdata, arena);
	struct dcv_rdata again;

	insist(text != NULL &&
			dcv_rdata_parse(claim->type, text, strlen(text), NULL, arena,
				&again, NULL) == DCV_OK,
		"a value that cannot be read back");
	insist(dcv_rdata_equal(&again, &claim->rdata), "a value that changes");
	insist(claim->domain.len > 1, "a claim without domain");
}

static void try_order(const struct dcv_order *order, struct dcv_arena *arena)
{
	struct dcv_diags diags = {0};
	struct dcv_orders again = {0};

	dcv_orders_parse("again", order->document, strlen(order->document), order->id,
		arena, &again, &diags);
	insist(again.n == 1, "a document that cannot be read back");
	insist(again.items[0]->n_claims == order->n_claims &&
			again.items[0]->n_names == order->n_names &&
			strcmp(again.items[0]->id, order->id) == 0,
		"a document that changes");
	(void)dcv_order_expires(order, 0);
	for (size_t i = 0; i < order->n_claims; i++)
		try_value(&order->claims[i], arena);
	dcv_diags_clear(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dcv_arena arena = {0};
	struct dcv_diags diags = {0};
	struct dcv_orders orders = {0};

	dcv_orders_parse("fuzz", data, size, "1", &arena, &orders, &diags);
	for (size_t i = 0; i < orders.n; i++)
		try_order(orders.items[i], &arena);
	insist((diags.n_errors == 0) == (diags.code == DCV_OK), "errors without a code");
	insist(diags.n_errors > 0 || orders.n > 0, "neither an order nor an error");
	dcv_diags_clear(&diags);
	dcv_arena_clear(&arena);
	return 0;
}
