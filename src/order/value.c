/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a value becomes RDATA: octets as they stand, or zone-file quotes. It
 * does not know to whom the value belongs. */
#include <string.h>

#include "order/read.h"

#define VALUE_HELP "write the value as the CA shows it"

/* Octets that nobody sees, or that a console put there, are told but kept. */
static const char *odd(const char *octets, size_t len)
{
	if (len >= 2 && octets[0] == '"' && octets[len - 1] == '"')
		return "the quotes are published as part of it";
	if (octets[0] == ' ' || octets[len - 1] == ' ')
		return "a blank at its edge is published as part of it";
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)octets[i] < ' ' || (uint8_t)octets[i] >= 0x7f)
			return "control or other non-ASCII octets are published as part of it";
	return NULL;
}

static bool refuse(const struct dcv_read *rd, const struct dcv_place *place,
	const char *help, const char *what, const char *why)
{
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help, "%s: %s", what,
		why);
	return false;
}

bool dcv_read_txt(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *octets, size_t len, struct dcv_rdata *ret)
{
	struct dcv_error err = {0};
	char shown[DCV_SHOWN_MAX];
	const char *why, *quoted = NULL, *help = NULL;

	if (len == 0)
		return refuse(rd, place, VALUE_HELP, what, "empty");
	why = odd(octets, len);
	if (why != NULL) {
		if (len > 2 && octets[0] == '"' && octets[len - 1] == '"')
			quoted = dcv_read_quoted(rd, octets + 1, len - 2);
		if (quoted != NULL)
			help = dcv_arena_printf(rd->arena,
				"write %s if the CA shows it without them", quoted);
		dcv_diag_add(rd->diags, DCV_SEV_WARNING, DCV_E_ORDER, place, help,
			"%s: %s: %s", what, why, dcv_read_shown(octets, len, shown));
		dcv_diag_cause(rd->diags, "P07");
	}
	if (dcv_txt_make(octets, len, rd->arena, ret, &err) == DCV_OK)
		return true;
	return refuse(rd, place, VALUE_HELP, what, err.text);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The octets of the one string, with or without quotes, that the text is. False if it is none,
 * or several. Needed since one string over 255 octets is several in a record. */
static bool one_string(const char *text, size_t len, char *out, size_t *ret_len)
{
	bool quoted = text[0] == '"';
	size_t i = quoted ? 1 : 0, end = quoted ? len - 1 : len, n = 0;

	if (quoted && (len < 2 || text[len - 1] != '"'))
		return false;
	while (i < end) {
		unsigned value = (uint8_t)text[i++];

		if (value == '"')
			return false;
		if (value == '\\') {
			if (i == end)
				return false;
			value = (uint8_t)text[i++];
			if (is_digit((char)value)) {
				if (end - i < 2 || !is_digit(text[i]) ||
					!is_digit(text[i + 1]))
					return false;
				value = (value - '0') * 100 +
					(unsigned)(text[i] - '0') * 10 +
					(unsigned)(text[i + 1] - '0');
				i += 2;
			}
		}
		if (value > 255)
			return false;
		out[n++] = (char)value;
	}
	*ret_len = n;
	return true;
}

/* Unquoted: what a zone file would read as syntax, or as two strings, is not guessed at. */
static bool check_unquoted(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len)
{
	const char *quoted;

	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t;()\"", text[i]) == NULL)
			continue;
		quoted = dcv_read_quoted(rd, text, len);
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			quoted == NULL
				? NULL
				: dcv_arena_printf(rd->arena, "write TXT %s", quoted),
			"value: a value that holds `%c` must stand in quotes",
			text[i] == '\t' ? ' ' : text[i]);
		return false;
	}
	return true;
}

/* Quoted: behind the quotes stands nothing but further quoted strings. */
static bool check_quoted(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len)
{
	bool inside = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			inside = !inside;
		else if (inside && text[i] == '\\')
			i++;
		else if (!inside && text[i] != ' ' && text[i] != '\t')
			return refuse(rd, place,
				"leave it out, or move it into the quotes", "value",
				"text behind the quotes");
	}
	return true;
}

bool dcv_read_zone_txt(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_rdata *ret)
{
	struct dcv_error err = {0};
	char *octets;
	size_t n = 0;

	if (len == 0 || (len == 2 && memcmp(text, "\"\"", 2) == 0))
		return refuse(rd, place, VALUE_HELP, "value", "empty");
	if (!(text[0] == '"' ? check_quoted : check_unquoted)(rd, place, text, len))
		return false;
	octets = dcv_arena_alloc(rd->arena, len);
	if (octets == NULL) {
		dcv_read_nomem(rd);
		return false;
	}
	if (one_string(text, len, octets, &n))
		return dcv_read_txt(rd, place, "value", octets, n, ret);
	if (dcv_rdata_parse(DCV_TYPE_TXT, text, len, NULL, rd->arena, ret, &err) == DCV_OK)
		return true;
	return refuse(rd, place, VALUE_HELP, "value", err.text);
}

bool dcv_read_target(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_rdata *ret)
{
	struct dcv_error err = {0};
	struct dcv_name name;
	char shown[DCV_SHOWN_MAX];

	if (len == 0)
		return refuse(rd, place, VALUE_HELP, "value", "empty");
	if (!dcv_read_absolute(rd, place, "value", text, len, &name))
		return false;
	if (dcv_name_labels(&name) < 2) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"write the whole name: the value of a CNAME is always absolute",
			"value: \"%s\" is one label", dcv_read_shown(text, len, shown));
		dcv_diag_cause(rd->diags, "P09");
		return false;
	}
	if (dcv_rdata_from_name(&name, rd->arena, ret, &err) == DCV_OK)
		return true;
	return refuse(rd, place, VALUE_HELP, "value", err.text);
}

/* A value as YAML gave it may be less than what stands in the file. */
static bool check_form(const struct dcv_read *rd, const struct dcv_yaml_node *node)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);
	const char *why = NULL, *quoted, *help = "write it on one line, in quotes";
	size_t len = node->len;

	if (node->commented)
		why = "a comment follows on its line, or a part of it that begins with `#`";
	else if (node->folded)
		why = "written over several lines, which YAML joins with blanks";
	else if (node->block && node->text[len - 1] == '\n')
		why = "ends in a line end";
	if (why == NULL)
		return true;
	while (node->block && len > 0 && node->text[len - 1] == '\n')
		len--;
	/* Whether the lines are to be joined with a blank or without one is not guessed at. */
	quoted = node->folded ? NULL : dcv_read_quoted(rd, node->text, len);
	if (quoted != NULL)
		help = dcv_arena_printf(rd->arena, "quote it: value: %s", quoted);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help, "value: %s",
		why);
	dcv_diag_cause(rd->diags, "P07");
	return false;
}

bool dcv_read_value(const struct dcv_read *rd, const struct dcv_yaml_node *node,
	uint16_t type, struct dcv_rdata *ret)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);

	if (!dcv_read_text(rd, "value", node) || !check_form(rd, node))
		return false;
	if (type == DCV_TYPE_CNAME)
		return dcv_read_target(rd, &place, node->text, node->len, ret);
	return dcv_read_txt(rd, &place, "value", node->text, node->len, ret);
}
