/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how texts and names of an order are read and shown. It does not know what
 * they are for. */
#include <string.h>

#include "base/buf.h"
#include "dns/idn.h"
#include "order/read.h"

#define NAME_HELP "write the name as the CA shows it"

void dcv_read_nomem(const struct dcv_read *rd)
{
	const struct dcv_place place = {rd->file, 0, 0};

	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_NOMEM, &place, NULL, "out of memory");
}

char *dcv_read_shown(const char *text, size_t len, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < len && n + 4 < DCV_SHOWN_MAX; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c >= ' ' && c < 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return out;
}

char *dcv_read_quoted(const struct dcv_read *rd, const char *text, size_t len)
{
	char shown[DCV_SHOWN_MAX], *quoted = NULL;
	struct dcv_buf buf;

	dcv_buf_init(&buf, 4 * DCV_SHOWN_MAX);
	dcv_buf_addc(&buf, '"');
	(void)dcv_shown(shown, sizeof shown, text, len);
	for (size_t i = 0; shown[i] != '\0'; i++) {
		if (shown[i] == '"' || (shown[i] == '\\' && shown[i + 1] != 'x'))
			dcv_buf_addc(&buf, '\\');
		dcv_buf_addc(&buf, shown[i]);
	}
	dcv_buf_adds(&buf, len >= sizeof shown ? "…\"" : "\"");
	if (!buf.failed)
		quoted = dcv_arena_strdup(rd->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return quoted;
}

bool dcv_read_text(const struct dcv_read *rd, const char *what,
	const struct dcv_yaml_node *node)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, node);

	if (node->kind != DCV_YAML_SCALAR) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"write one text, in quotes if need be",
			"%s: must be a text, not a %s", what,
			node->kind == DCV_YAML_SEQUENCE ? "list" : "mapping");
		return false;
	}
	if (node->len == 0) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"write what the CA shows, or leave the key out", "%s: empty",
			what);
		return false;
	}
	return true;
}

static bool is_key(const struct dcv_yaml_node *node, const char *key)
{
	return strlen(key) == node->len && memcmp(key, node->text, node->len) == 0;
}

static void unknown_key(const struct dcv_read *rd, const struct dcv_yaml_node *key,
	const char *const *keys)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, key);
	const char *meant = dcv_did_you_mean(key->text, keys), *help = NULL;
	char shown[DCV_SHOWN_MAX];

	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean `%s`?", meant);
	for (size_t i = 0; meant == NULL && keys[i] != NULL; i++)
		help = help == NULL
			? dcv_arena_printf(rd->arena, "the keys here are %s", keys[i])
			: dcv_arena_printf(rd->arena, "%s, %s", help, keys[i]);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help,
		"%s: unknown key", dcv_read_shown(key->text, key->len, shown));
}

bool dcv_read_keys(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	const char *const *keys)
{
	bool good = true;

	for (size_t i = 0; i < map->n; i++) {
		size_t k = 0;

		while (keys[k] != NULL && !is_key(map->keys[i], keys[k]))
			k++;
		if (keys[k] != NULL)
			continue;
		unknown_key(rd, map->keys[i], keys);
		good = false;
	}
	return good;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		(c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
}

static bool bad_name(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, char c)
{
	const char *help = NAME_HELP;
	char shown[DCV_SHOWN_MAX];

	dcv_read_shown(text, len, shown);
	if (c == '*')
		help = "leave out `*.`: control of *.example.com is proved at example.com";
	if (c == '"' || c == '\'')
		help = "leave out the quotes";
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		c == '*' ? "%s: \"%s\" is a wildcard"
			 : "%s: \"%s\": only letters, digits, `-`, `_` and dots make a name",
		what, shown);
	return false;
}

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

size_t dcv_read_blank(const char *text, size_t len)
{
	if (len > 0 && is_blank(text[0]))
		return 1;
	return begins(text, len, "\xc2\xa0")        ? 2
		: begins(text, len, "\xe3\x80\x80") ? 3
						    : 0;
}

/* These, and what nobody sees at all: zero-width; byte order mark. */
static size_t any_blank(const char *text, size_t len)
{
	size_t n = dcv_read_blank(text, len);
	bool unseen = begins(text, len, "\xe2\x80\x8b") ||
		begins(text, len, "\xef\xbb\xbf");

	return unseen ? 3 : n;
}

/* The text without blanks, in the arena. */
static char *squeeze(const struct dcv_read *rd, const char *text, size_t len, bool *blanks)
{
	char *out = dcv_arena_alloc(rd->arena, len + 1);
	size_t n = 0, skip;

	for (size_t i = 0; out != NULL && i < len; i += skip) {
		skip = any_blank(text + i, len - i);
		*blanks = *blanks || skip > 0;
		if (skip == 0) {
			out[n++] = text[i];
			skip = 1;
		}
	}
	if (out == NULL)
		dcv_read_nomem(rd);
	return out;
}

/* A name with octets that are not ASCII, converted; both forms are told. */
static const char *to_ascii(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, bool *blanks)
{
	const char *plain = squeeze(rd, text, len, blanks);
	struct dcv_error err = {0};
	char *ascii = NULL;

	if (plain == NULL)
		return NULL;
	if (dcv_idn_to_ascii(plain, strlen(plain), rd->arena, &ascii, &err) != DCV_OK) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			err.help[0] != '\0' ? err.help : NAME_HELP, "%s: %s", what,
			err.text);
		dcv_diag_cause(rd->diags, "P16");
		return NULL;
	}
	if (strcmp(plain, ascii) != 0)
		dcv_diag_add(rd->diags, DCV_SEV_WARNING, DCV_E_ORDER, place, NULL,
			"%s: %s = %s", what, plain, ascii);
	return ascii;
}

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] >= 0x80)
			return false;
	return true;
}

bool dcv_read_clean(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_clean *ret)
{
	char shown[DCV_SHOWN_MAX];
	bool blanks = false;

	ret->len = 0;
	if (!is_ascii(text, len)) {
		text = to_ascii(rd, place, what, text, len, &blanks);
		if (text == NULL)
			return false;
		len = strlen(text);
	}
	for (size_t i = 0; i < len; i++) {
		if (is_blank(text[i])) {
			blanks = true;
			continue;
		}
		if (!is_name_character(text[i]))
			return bad_name(rd, place, what, text, len, text[i]);
		if (ret->len + 1 == sizeof ret->text) {
			dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
				NAME_HELP, "%s: \"%s…\": a name has at most 255 octets",
				what, dcv_read_shown(text, len, shown));
			return false;
		}
		ret->text[ret->len++] = text[i];
	}
	ret->text[ret->len] = '\0';
	if (blanks)
		dcv_diag_add(rd->diags, DCV_SEV_WARNING, DCV_E_ORDER, place, NULL,
			"%s: blanks removed: \"%s\"", what,
			dcv_read_shown(ret->text, ret->len, shown));
	return true;
}

bool dcv_read_absolute(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_name *ret)
{
	struct dcv_clean clean;
	struct dcv_error err = {0};

	if (!dcv_read_clean(rd, place, what, text, len, &clean))
		return false;
	if (dcv_name_parse(clean.text, clean.len, NULL, ret, &err) != DCV_OK) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, NAME_HELP,
			"%s: %s", what, err.text);
		return false;
	}
	if (ret->len > 1)
		return true;
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, NAME_HELP,
		"%s: the root is no name of a certificate", what);
	return false;
}

bool dcv_read_identifier(const struct dcv_read *rd, const struct dcv_place *place,
	const char *what, const char *text, size_t len, struct dcv_name *ret)
{
	struct dcv_name base = {.len = 0};
	bool wildcard;

	while (len > 0 && is_blank(*text)) {
		text++;
		len--;
	}
	wildcard = len > 2 && memcmp(text, "*.", 2) == 0;
	if (!dcv_read_absolute(rd, place, what, wildcard ? text + 2 : text,
		    wildcard ? len - 2 : len, &base))
		return false;
	if (!wildcard) {
		*ret = base;
		return true;
	}
	if (dcv_name_prepend("*", 1, &base, ret))
		return true;
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, NAME_HELP,
		"%s: a name has at most 255 octets", what);
	return false;
}

struct dcv_name dcv_read_domain_of(const struct dcv_name *owner)
{
	struct dcv_name domain = *owner;

	while (dcv_name_is_underscored(&domain))
		domain = dcv_name_parent(&domain, 1);
	return domain;
}
