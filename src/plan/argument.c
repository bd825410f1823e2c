/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what to type so that --previous names a value: the value, or where that
 * would be read as something else, the line `OWNER TYPE VALUE`. */
#include <string.h>

#include "base/shell.h"
#include "plan/internal.h"

/* Read back, the text names exactly this value. */
static bool names(const struct dcv_making *making, const char *text,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata)
{
	struct dcv_diags diags = {0};
	struct dcv_named named;
	bool good = dcv_named_parse(text, strlen(text), NULL, making->scratch, &named,
		&diags);

	dcv_diags_clear(&diags);
	return good && dcv_named_is(&named, true, owner, type, rdata);
}

/* Printed as it is, the text stays one line of a terminal. */
static bool is_printable(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

const char *dcv_making_argument(const struct dcv_making *making,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata)
{
	char owner_text[DCV_NAME_TEXT_MAX], type_text[DCV_TYPE_TEXT_MAX];
	const char *text = dcv_rdata_dup_text(type, rdata, making->scratch), *bare = text;
	const char *line;

	if (type == DCV_TYPE_TXT)
		bare = dcv_txt_join(rdata, making->scratch, NULL);
	if (text == NULL || bare == NULL)
		return NULL;
	if (is_printable(bare) && names(making, bare, owner, type, rdata))
		return dcv_shell_word(making->scratch, bare);
	line = dcv_arena_printf(making->scratch, "%s %s %s",
		dcv_name_text(owner, owner_text), dcv_type_text(type, type_text), text);
	if (line != NULL && names(making, line, owner, type, rdata))
		return dcv_shell_word(making->scratch, line);
	return NULL;
}
