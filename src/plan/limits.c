/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a backend says that it cannot hold, and refuses before anything is
 * written what it would refuse afterwards. */
#include <string.h>

#include "plan/internal.h"

static const char elsewhere[] =
	"bind the zone to another backend as well, or make the change there by hand";

static void refuse(const struct dcv_making *making, const struct dcv_edit *edit,
	const char *why, const char *help)
{
	char owner[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED,
		dcv_making_place(making, &edit->edit.owner), help,
		"%s %s: %s cannot hold it: %s", dcv_name_text(&edit->edit.owner, owner),
		dcv_type_text(edit->edit.type, type), making->world->view->place,
		why != NULL ? why : "a bound of the provider");
}

static bool guard_type(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const struct dcv_limits *limits = &making->world->view->limits;

	if (edit->edit.type == DCV_TYPE_CNAME && limits->no_cname)
		refuse(making, edit, "the provider takes no CNAME records",
			"use the TXT form of the validation, or bind the zone to another backend");
	else if (edit->edit.type == DCV_TYPE_CAA && limits->no_caa)
		refuse(making, edit, "the provider takes no CAA records",
			"make the change there by hand, and say `caa: check` in the order");
	else
		return true;
	return false;
}

static void guard_text(const struct dcv_making *making, const struct dcv_edit *edit,
	const struct dcv_rdata *value)
{
	const struct dcv_limits *limits = &making->world->view->limits;
	size_t len = 0;
	const char *text = dcv_txt_join(value, making->scratch, &len);

	if (text == NULL)
		return;
	if (limits->txt_max != 0 && len > limits->txt_max)
		refuse(making, edit,
			dcv_arena_printf(making->scratch,
				"a text of %zu octets, and the provider takes at most %u",
				len, (unsigned)limits->txt_max),
			elsewhere);
	if (limits->no_empty_txt && len == 0)
		refuse(making, edit, "the provider takes no empty text", elsewhere);
	for (const char *c = limits->txt_forbidden; c != NULL && *c != '\0'; c++) {
		if (memchr(text, *c, len) == NULL)
			continue;
		refuse(making, edit,
			dcv_arena_printf(making->scratch,
				*c > ' ' && *c <= '~'
					? "the provider takes no text with a %c in it"
					: "the provider takes no text with the octet %d in it",
				(unsigned char)*c),
			elsewhere);
		return;
	}
}

static void guard_count(const struct dcv_making *making, const struct dcv_edit *edit)
{
	const uint32_t max = making->world->view->limits.values_max;
	const size_t n = edit->n_values - edit->edit.n_remove;

	if (max == 0 || n <= max)
		return;
	refuse(making, edit,
		dcv_arena_printf(making->scratch,
			"the set would have %zu values, and the provider takes at most %u",
			n, (unsigned)max),
		"remove there what nobody needs: --previous VALUE, or --remove-leftovers");
}

void dcv_guard_limits(const struct dcv_making *making, const struct dcv_edit *edit)
{
	if (edit->edit.n_add == 0 || !guard_type(making, edit))
		return;
	for (size_t i = 0; edit->edit.type == DCV_TYPE_TXT && i < edit->edit.n_add; i++)
		guard_text(making, edit, &edit->edit.add[i]);
	guard_count(making, edit);
}
