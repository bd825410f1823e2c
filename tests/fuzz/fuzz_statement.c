/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as the answer of a certificate service; the first octet chooses whose. What is read is
 * whole and within its limits, what is none is told in one line with its place. */
#include "fuzz.h"

#include <strings.h>

#include "order/statement.h"

static void look(const struct dcv_statement *got)
{
	insist(got->n_names <= DCV_STATEMENT_ITEMS_MAX, "too many names");
	insist(got->n_records <= DCV_STATEMENT_ITEMS_MAX, "too many records");
	insist(got->n_names > 0 || got->n_records > 0 || got->status != NULL,
		"an answer that says nothing");
	for (size_t i = 0; i < got->n_names; i++)
		insist(got->names[i][0] != '\0', "an empty name");
	for (size_t i = 0; i < got->n_records; i++) {
		const struct dcv_statement_record *record = &got->records[i];

		insist(record->host[0] != '\0' && record->value[0] != '\0' &&
				record->at[0] != '\0',
			"half a record");
		insist(strcasecmp(record->type, "TXT") == 0 ||
				strcasecmp(record->type, "CNAME") == 0,
			"a record of another type");
		insist(strstr(record->value, "**") == NULL, "a masked value");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const *words = dcv_statement_words();
	struct dcv_statement got = {.number = "untouched"};
	struct dcv_arena arena = {0};
	struct dcv_error err = {0};
	enum dcv_err rc;
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	if (size == 0)
		return 0;
	rc = dcv_statement_read(dcv_statement_form(words[data[0] % n]), "answer",
		data + 1, size - 1, &arena, &got, &err);
	insist(rc == err.code, "a code that is not the error's");
	if (rc == DCV_OK) {
		look(&got);
	} else {
		insist(rc == DCV_E_ORDER, "an error of another kind");
		insist(strncmp(err.text, "answer:", 7) == 0, "an error without its place");
		insist(strcmp(got.number, "untouched") == 0, "an output that was touched");
	}
	dcv_arena_clear(&arena);
	return 0;
}
