/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows a line `OWNER TYPE VALUE`. It does not know whether the value is wanted or
 * to be removed. */
#include <string.h>

#include "order/read.h"

struct word {
	const char *text;
	size_t len;
};

/* Where what is no blank begins, at or behind text[at]. */
static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	size_t n;

	while ((n = dcv_read_blank(text + at, len - at)) > 0)
		at += n;
	return at;
}

/* The word that begins at or behind text[*at]; *at stops behind it. */
static struct word next_word(const char *text, size_t len, size_t *at)
{
	struct word word;

	*at = skip_blanks(text, len, *at);
	word.text = text + *at;
	word.len = *at;
	while (*at < len && dcv_read_blank(text + *at, len - *at) == 0)
		++*at;
	word.len = *at - word.len;
	return word;
}

/* What stands between owner and type in a zone file (RFC 1035 5.1). */
static bool is_ttl_or_class(const struct word *word)
{
	if (word->len == 2 && (word->text[0] | 0x20) == 'i' &&
		(word->text[1] | 0x20) == 'n')
		return true;
	for (size_t i = 0; i < word->len; i++)
		if (word->text[i] < '0' || word->text[i] > '9')
			return false;
	return word->len > 0;
}

/* Consoles show `_dnsauth. example.com`: a blank beside a dot does not end the owner. */
static bool goes_on(const struct word *word, const struct word *next)
{
	return next->len > 0 && dcv_type_parse(next->text, next->len) == 0 &&
		!is_ttl_or_class(next) &&
		(word->text[word->len - 1] == '.' || next->text[0] == '.');
}

/* The owner with the blanks inside it; *at stops behind it. */
static struct word owner_of(const char *text, size_t len, size_t *at)
{
	struct word owner = next_word(text, len, at), last = owner, next;
	size_t behind = *at;

	if (owner.len == 0)
		return owner;
	for (;;) {
		next = next_word(text, len, &behind);
		if (!goes_on(&last, &next))
			return owner;
		owner.len = (size_t)(next.text + next.len - owner.text);
		last = next;
		*at = behind;
	}
}

/* The word behind the owner that is neither TTL nor class; *ret_skipped: there was one. */
static struct word type_of(const char *text, size_t len, size_t *at, bool *ret_skipped)
{
	struct word word = next_word(text, len, at);

	*ret_skipped = is_ttl_or_class(&word);
	while (is_ttl_or_class(&word))
		word = next_word(text, len, at);
	return word;
}

bool dcv_line_is(const char *text, size_t len)
{
	size_t at = 0;
	bool skipped;
	struct word owner = owner_of(text, len, &at);
	struct word type = type_of(text, len, &at, &skipped);

	return owner.len > 0 && dcv_type_parse(type.text, type.len) != 0;
}

uint16_t dcv_read_type(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len)
{
	static const char *const words[] = {"TXT", "CNAME", NULL};
	const char *meant = NULL, *help = NULL;
	char shown[DCV_SHOWN_MAX];
	size_t behind = 0;
	struct word word = next_word(text, len, &behind);
	uint16_t type;

	/* Blanks around it, as a console's cell has, are no part of it. */
	if (skip_blanks(text, len, behind) == len) {
		text = word.text;
		len = word.len;
	}
	type = dcv_type_parse(text, len);
	if (type == DCV_TYPE_TXT || type == DCV_TYPE_CNAME)
		return type;
	dcv_read_shown(text, len, shown);
	if (type == DCV_TYPE_CAA)
		help = "leave it out, and write caa: permit, or caa: {policy: exact, records: […]}";
	else if (type == 0)
		meant = dcv_did_you_mean(shown, words);
	if (meant != NULL)
		help = dcv_arena_printf(rd->arena, "did you mean %s?", meant);
	else if (help == NULL)
		help = "look at the CA's page again: validation by DNS shows one of these two";
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"type: \"%s\": a record is TXT or CNAME", shown);
	return 0;
}

/* The line without what makes it one of a zone file. `rest` begins at the type. */
static bool has_ttl(const struct dcv_read *rd, const struct dcv_place *place,
	const struct word *owner, const char *rest)
{
	const char *help = dcv_arena_printf(rd->arena, "write %.*s %.255s",
		owner->len < DCV_NAME_MAX ? (int)owner->len : (int)DCV_NAME_MAX,
		owner->text, rest);

	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"record: TTL and class have no place in OWNER TYPE VALUE");
	return false;
}

static bool bad_type(const struct dcv_read *rd, const struct dcv_place *place,
	const struct word *type)
{
	if (type->len == 0)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"a line is OWNER TYPE VALUE: _dnsauth.example.com TXT 2026…",
			"record: no type and no value");
	else
		(void)dcv_read_type(rd, place, type->text, type->len);
	return false;
}

/* An owner in a line is absolute; one that has no domain cannot be. */
static bool read_owner(const struct dcv_read *rd, const struct dcv_place *place,
	const struct word *owner, struct dcv_name *ret)
{
	bool dotted = owner->len > 0 && owner->text[owner->len - 1] == '.';
	char shown[DCV_SHOWN_MAX];
	struct dcv_name domain;

	if (owner->len == 1 && owner->text[0] == '@') {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"write the whole name", "owner: \"@\" is relative");
		return false;
	}
	if (!dcv_read_absolute(rd, place, "owner", owner->text, owner->len, ret))
		return false;
	domain = dcv_read_domain_of(ret);
	if (domain.len > 1 && (dotted || dcv_name_labels(ret) > 1))
		return true;
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
		"write the whole name, or use {domain: …, host: …, type: …, value: …}",
		"owner: \"%s\" is relative",
		dcv_read_shown(owner->text, owner->len, shown));
	return false;
}

bool dcv_read_line(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_line *ret)
{
	size_t at = 0;
	struct word owner, type;
	bool good, skipped;

	while (len > 0 && dcv_read_blank(text + len - 1, 1) > 0)
		len--;
	owner = owner_of(text, len, &at);
	type = type_of(text, len, &at, &skipped);
	if (type.len == 0 || dcv_type_parse(type.text, type.len) == 0)
		return bad_type(rd, place, &type);
	if (skipped)
		return has_ttl(rd, place, &owner, type.text);
	good = read_owner(rd, place, &owner, &ret->owner);
	ret->type = dcv_read_type(rd, place, type.text, type.len);
	if (ret->type == 0)
		return false;
	at = skip_blanks(text, len, at);
	if (ret->type == DCV_TYPE_CNAME)
		return dcv_read_target(rd, place, text + at, len - at, &ret->rdata) &&
			good;
	return dcv_read_zone_txt(rd, place, text + at, len - at, &ret->rdata) && good;
}
