/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a record is written in the style of the lines around it. It does not
 * know which records are. */
#include <string.h>

#include "zones/edit.h"

/* A value of 64 KiB with every octet escaped. */
#define LINE_MAX_OCTETS (512u * 1024u)

static const struct dcv_zstyle *style_of(const struct dcv_zplace *place)
{
	return place->beside != NULL ? &place->beside->style : &place->end->style;
}

static const struct dcv_name *origin_of(const struct dcv_zplace *place)
{
	return place->beside != NULL ? place->beside->origin : place->end->origin;
}

const char *dcv_znewline(const struct dcv_zplace *place)
{
	return style_of(place)->crlf ? "\r\n" : "\n";
}

/* The owner as the neighbour writes it, if it means the same name here. */
static bool neighbour_fits(const struct dcv_zplace *place, const struct dcv_name *name)
{
	const struct dcv_zrecord *beside = place->beside;
	struct dcv_error why = {0};
	struct dcv_name read;

	return beside != NULL && beside->owner_text != NULL &&
		dcv_name_parse(beside->owner_text, strlen(beside->owner_text),
			beside->origin, &read, &why) == DCV_OK &&
		dcv_name_equal(&read, name);
}

/* The part before the origin; at the beginning of a line `$` would be a directive. */
static char *relative(const struct dcv_name *name, const struct dcv_name *origin,
	struct dcv_arena *arena)
{
	char text[DCV_NAME_TEXT_MAX];
	struct dcv_name rest = *name;

	if (name->len == origin->len)
		return dcv_arena_strdup(arena, "@");
	rest.len = (uint8_t)(name->len - origin->len + 1);
	rest.wire[rest.len - 1] = 0;
	(void)dcv_name_text(&rest, text);
	text[strlen(text) - 1] = '\0';
	return dcv_arena_printf(arena, "%s%s",
		text[0] == '$' || strcmp(text, "@") == 0 ? "\\" : "", text);
}

static char *absolute(const struct dcv_name *name, struct dcv_arena *arena)
{
	char text[DCV_NAME_TEXT_MAX];

	(void)dcv_name_text(name, text);
	return dcv_arena_printf(arena, "%s%s", text[0] == '$' ? "\\" : "", text);
}

char *dcv_zname_text(const struct dcv_name *name, const struct dcv_name *origin,
	struct dcv_arena *arena)
{
	return dcv_name_is_within(name, origin) ? relative(name, origin, arena)
						: absolute(name, arena);
}

char *dcv_zowner_text(const struct dcv_zplace *place, size_t node, struct dcv_arena *arena)
{
	const struct dcv_name *name = &place->found->nodes.items[node].name;

	if (neighbour_fits(place, name))
		return dcv_arena_strdup(arena, place->beside->owner_text);
	return style_of(place)->absolute ? absolute(name, arena)
					 : dcv_zname_text(name, origin_of(place), arena);
}

/* One string of octets that mean nothing to any reader of zone files. */
static bool is_plain_text(const struct dcv_zaddition *addition)
{
	const struct dcv_rdata *wire = &addition->wire;

	if (addition->type != DCV_TYPE_TXT || wire->len < 2 ||
		wire->wire[0] != wire->len - 1)
		return false;
	for (size_t i = 1; i < wire->len; i++) {
		uint8_t c = wire->wire[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') ||
			    (c != '\0' && strchr("-._=+/:", c) != NULL)))
			return false;
	}
	return true;
}

/* What comes behind the owner begins in the neighbour's column, if the owner leaves room for it. */
static void add_owner(const struct dcv_zstyle *style, const char *owner,
	struct dcv_buf *buf)
{
	size_t column = strlen(owner);

	dcv_buf_add(buf, owner, column);
	do {
		dcv_buf_addc(buf, style->separator);
		column = style->separator == '\t' ? (column | 7) + 1 : column + 1;
	} while (column < style->column);
}

/* TTL and class in the order of the neighbour; the TTL is left out where nobody writes it and the
 * one in force is the same. */
static void add_fields(const struct dcv_zstyle *style, uint32_t ttl_s, struct dcv_buf *buf)
{
	bool ttl = style->ttl_written || !style->has_default || style->default_s != ttl_s;

	if (style->class_written && style->class_first)
		dcv_buf_addf(buf, "IN%c", style->separator);
	if (ttl)
		dcv_buf_addf(buf, "%lu%c", (unsigned long)ttl_s, style->separator);
	if (style->class_written && !style->class_first)
		dcv_buf_addf(buf, "IN%c", style->separator);
}

char *dcv_zline(const struct dcv_zplace *place, const struct dcv_zaddition *addition,
	struct dcv_arena *arena)
{
	const struct dcv_zstyle *style = style_of(place);
	const char *owner = dcv_zowner_text(place, addition->node, arena);
	char type[DCV_TYPE_TEXT_MAX], sep = style->separator, *line = NULL;
	struct dcv_buf buf;

	if (owner == NULL)
		return NULL;
	dcv_buf_init(&buf, LINE_MAX_OCTETS);
	add_owner(style, owner, &buf);
	add_fields(style, addition->ttl_s, &buf);
	dcv_buf_addf(&buf, "%s%c", dcv_type_text(addition->type, type), sep);
	if (style->plain_text && is_plain_text(addition))
		dcv_buf_add(&buf, (const char *)addition->wire.wire + 1,
			addition->wire.len - 1u);
	else
		dcv_rdata_text(addition->type, &addition->wire, &buf);
	if (addition->note != NULL)
		dcv_buf_addf(&buf, "%c; dcvctl %s", sep, addition->note);
	if (!buf.failed)
		line = dcv_arena_strndup(arena, dcv_buf_text(&buf), buf.len);
	dcv_buf_clear(&buf);
	return line;
}
