/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a value that may be removed is named. It does not remove. */
#include <string.h>

#include "order/read.h"

/* The value as a CNAME would hold it; none if it is no name. Nobody is told: most are TXT. */
static bool read_as_target(const char *text, size_t len, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err)
{
	struct dcv_name name;

	if (dcv_name_parse(text, len, NULL, &name, NULL) != DCV_OK ||
		dcv_name_labels(&name) < 2)
		return true;
	return dcv_rdata_from_name(&name, arena, ret, err) == DCV_OK;
}

static bool read_value(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_named *named)
{
	struct dcv_error err = {0};

	if (!dcv_read_txt(rd, place, "previous", text, len, &named->txt))
		return false;
	if (read_as_target(text, len, rd->arena, &named->cname, &err))
		return true;
	dcv_diag_add_error(rd->diags, place, &err);
	return false;
}

static bool read_line(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_named *named)
{
	struct dcv_line line = {.type = 0};

	if (!dcv_read_line(rd, place, text, len, &line))
		return false;
	named->owner = line.owner;
	if (line.type == DCV_TYPE_CNAME)
		named->cname = line.rdata;
	else
		named->txt = line.rdata;
	return true;
}

bool dcv_named_parse(const char *text, size_t len, const struct dcv_place *place,
	struct dcv_arena *arena, struct dcv_named *ret, struct dcv_diags *diags)
{
	const struct dcv_read rd = {.file = place != NULL ? place->file : NULL,
		.arena = arena,
		.diags = diags};
	struct dcv_named named = {.place = {NULL, 0, 0}};
	char *copy = dcv_arena_alloc(arena, len + 1);
	bool good;

	if (copy == NULL) {
		dcv_read_nomem(&rd);
		return false;
	}
	if (len > 0)
		memcpy(copy, text, len);
	named.text = copy;
	if (place != NULL)
		named.place = *place;
	good = dcv_line_is(copy, len) ? read_line(&rd, &named.place, copy, len, &named)
				      : read_value(&rd, &named.place, copy, len, &named);
	if (good)
		*ret = named;
	return good;
}

bool dcv_named_is(const struct dcv_named *named, bool within_order,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata)
{
	const struct dcv_rdata *wanted = type == DCV_TYPE_TXT ? &named->txt
		: type == DCV_TYPE_CNAME                      ? &named->cname
							      : NULL;

	if (named->owner.len == 0 ? !within_order : !dcv_name_equal(&named->owner, owner))
		return false;
	return wanted != NULL && wanted->len > 0 && dcv_rdata_equal(wanted, rdata);
}
