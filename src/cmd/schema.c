/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `schema`. */
#include "cmd/schema.h"

#include <string.h>

#include "cmd/internal.h"

static enum dcv_err run_schema(struct dcv_session *session)
{
	const struct dcv_words *args = &session->options.args;

	for (const struct dcv_schema *schema = dcv_schemas; schema->name != NULL;
		schema++) {
		if (args->n != 1 || strcmp(args->items[0], schema->name) != 0)
			continue;
		(void)fwrite(schema->text, 1, schema->len, stdout);
		return DCV_OK;
	}
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"run: dcvctl schema order",
		"schema: %s: give one of order, config, result",
		args->n > 0 ? args->items[args->n - 1] : "which one");
	return DCV_E_USAGE;
}

const struct dcv_command dcv_cmd_schema = {
	.name = "schema",
	.summary = "print the JSON Schema of orders, configuration or results",
	.help = "example: dcvctl schema order > order.schema.json\n"
		"\n"
		"dcvctl schema order|config|result\n"
		"Prints a JSON Schema (draft 2020-12): of an order file, of the configuration,\n"
		"or of the document that --json prints. Editors use it to complete keys and to\n"
		"mark what is wrong while you type; `dcvctl lint` knows more than a schema can\n"
		"say.\n"
		"\n"
		"exit: 0 printed, 64 usage. See also dcvctl-order(5), dcvctl.yaml(5).\n",
	.options = "help",
	.run = run_schema,
	.words = "=order config result",
};
