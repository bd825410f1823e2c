/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the tokens of an entry and their order. It does not know names, values, or
 * what came before the entry. */
#include "zones/entry.h"

#include <string.h>
#include <strings.h>

#include "dns/rr.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool ends_token(char c)
{
	return is_blank(c) || c == '"' || c == '(' || c == ')' || c == ';';
}

static void skip_comment(struct dcv_ztokens *tokens)
{
	while (tokens->pos < tokens->len && tokens->text[tokens->pos] != '\n')
		tokens->pos++;
}

static void skip_blanks(struct dcv_ztokens *tokens)
{
	while (tokens->pos < tokens->len) {
		char c = tokens->text[tokens->pos];

		if (c == ';')
			skip_comment(tokens);
		else if (is_blank(c) || c == '(' || c == ')')
			tokens->pos++;
		else
			return;
	}
}

/* pos is behind the opening quote; afterwards behind the closing one. */
static void take_quoted(struct dcv_ztokens *tokens, struct dcv_ztoken *ret)
{
	*ret = (struct dcv_ztoken){.at = tokens->pos, .quoted = true};
	while (tokens->pos < tokens->len && tokens->text[tokens->pos] != '"')
		tokens->pos += tokens->text[tokens->pos] == '\\' ? 2 : 1;
	if (tokens->pos > tokens->len)
		tokens->pos = tokens->len;
	ret->len = tokens->pos - ret->at;
	if (tokens->pos < tokens->len)
		tokens->pos++;
}

bool dcv_ztokens_next(struct dcv_ztokens *tokens, struct dcv_ztoken *ret)
{
	skip_blanks(tokens);
	if (tokens->pos >= tokens->len)
		return false;
	if (tokens->text[tokens->pos] == '"') {
		tokens->pos++;
		take_quoted(tokens, ret);
		return true;
	}
	*ret = (struct dcv_ztoken){.at = tokens->pos};
	while (tokens->pos < tokens->len && !ends_token(tokens->text[tokens->pos]))
		tokens->pos += tokens->text[tokens->pos] == '\\' ? 2 : 1;
	if (tokens->pos > tokens->len)
		tokens->pos = tokens->len;
	ret->len = tokens->pos - ret->at;
	return true;
}

static bool is_word(const char *text, const struct dcv_ztoken *token, const char *word)
{
	return !token->quoted && token->len == strlen(word) &&
		strncasecmp(text + token->at, word, token->len) == 0;
}

static uint32_t unit_s(char c)
{
	switch (c | 0x20) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

bool dcv_zttl_read(const char *text, size_t len, uint32_t *ret_s)
{
	uint64_t total = 0, number = 0;
	bool digits = false;

	for (size_t i = 0; i < len; i++) {
		if (is_digit(text[i])) {
			number = number * 10 + (uint64_t)(text[i] - '0');
			digits = true;
		} else {
			if (!digits || unit_s(text[i]) == 0)
				return false;
			total += number * unit_s(text[i]);
			number = 0;
			digits = false;
		}
		if (number > UINT32_MAX || total > UINT32_MAX)
			return false;
	}
	total += number;
	if (len == 0 || total > UINT32_MAX)
		return false;
	*ret_s = (uint32_t)total;
	return true;
}

/* True if the token is a class; *ret_other: not IN. */
static bool is_class(const char *text, const struct dcv_ztoken *token, bool *ret_other)
{
	static const char *const others[] = {"CH", "HS", "CS", "CHAOS", "HESIOD"};

	*ret_other = false;
	if (is_word(text, token, "IN") || is_word(text, token, "CLASS1"))
		return true;
	*ret_other = true;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (is_word(text, token, others[i]))
			return true;
	return !token->quoted && token->len > 5 &&
		strncasecmp(text + token->at, "CLASS", 5) == 0 &&
		is_digit(text[token->at + 5]);
}

/* TTL and class, in either order, and the type. */
static const char *read_fields(const char *text, struct dcv_ztokens *tokens,
	struct dcv_zentry *ret)
{
	struct dcv_ztoken token;
	bool other;

	for (bool first = true; dcv_ztokens_next(tokens, &token); first = false) {
		if (first)
			ret->fields_at = token.at;
		if (ret->ttl.len == 0 && !token.quoted && token.len > 0 &&
			is_digit(text[token.at])) {
			if (!dcv_zttl_read(text + token.at, token.len, &ret->ttl_s))
				return "a bad TTL or an unknown record type";
			ret->ttl = token;
		} else if (ret->class.len == 0 && is_class(text, &token, &other)) {
			ret->class = token;
			ret->other_class = other;
		} else {
			ret->type = token;
			ret->rdata_at = tokens->pos;
			if (!token.quoted)
				ret->rrtype = dcv_type_parse(text + token.at, token.len);
			return ret->rrtype == 0 ? "an unknown record type" : NULL;
		}
	}
	return "a record without a type";
}

/* TTL and class of what a $GENERATE makes, in either order. */
static void read_generated(const char *text, struct dcv_zentry *ret)
{
	bool other, class = false;

	if (ret->n_args > 2)
		ret->fields_at = ret->args[2].at;
	for (size_t i = 2; i < ret->n_args; i++) {
		const struct dcv_ztoken *token = &ret->args[i];

		if (ret->ttl.len == 0 &&
			dcv_zttl_read(text + token->at, token->len, &ret->ttl_s))
			ret->ttl = *token;
		else if (!class && is_class(text, token, &other))
			class = true;
		else
			return;
	}
}

static const char *read_directive(const char *text, struct dcv_ztokens *tokens,
	struct dcv_zentry *ret)
{
	static const struct {
		const char *word;
		enum dcv_zkind kind;
	} words[] = {{"$ORIGIN", DCV_ZKIND_ORIGIN}, {"$TTL", DCV_ZKIND_TTL},
		{"$INCLUDE", DCV_ZKIND_INCLUDE}, {"$GENERATE", DCV_ZKIND_GENERATE}};
	struct dcv_ztoken token;

	if (!dcv_ztokens_next(tokens, &token))
		return "an unknown directive";
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (is_word(text, &token, words[i].word))
			ret->kind = words[i].kind;
	if (ret->kind == DCV_ZKIND_EMPTY)
		return "an unknown directive";
	while (ret->n_args < DCV_ZARGS_MAX && dcv_ztokens_next(tokens, &token))
		ret->args[ret->n_args++] = token;
	if (ret->kind == DCV_ZKIND_GENERATE)
		read_generated(text, ret);
	return ret->n_args == 0 ? "a directive without a value" : NULL;
}

const char *dcv_zentry_read(const struct dcv_zraw *raw, struct dcv_zentry *ret)
{
	struct dcv_ztokens tokens = {.text = raw->text, .len = raw->len}, ahead = tokens;
	struct dcv_ztoken token;

	*ret = (struct dcv_zentry){.kind = DCV_ZKIND_EMPTY};
	if (!dcv_ztokens_next(&ahead, &token))
		return NULL;
	if (raw->text[0] == '$')
		return read_directive(raw->text, &tokens, ret);
	ret->kind = DCV_ZKIND_RECORD;
	/* As BIND reads it: what stands before a blank at the line's beginning is the owner,
	 * a parenthesis or not. */
	ret->blank_owner = raw->text[0] == ' ' || raw->text[0] == '\t';
	if (!ret->blank_owner && dcv_ztokens_next(&tokens, &ret->owner) &&
		ret->owner.len == 0)
		return "an empty owner";
	return read_fields(raw->text, &tokens, ret);
}

/* An escaped one loses its backslash, which the three digits bring. */
void dcv_ztoken_text(const struct dcv_zraw *raw, const struct dcv_ztoken *token,
	struct dcv_buf *buf)
{
	const char *text = raw->text + token->at;

	for (size_t i = 0; i < token->len; i++) {
		bool escaped = text[i] == '\\' && i + 1 < token->len;
		unsigned char c = (unsigned char)(escaped ? text[i + 1] : text[i]);

		if (c < ' ' || c == 0x7f)
			dcv_buf_addf(buf, "\\%03u", (unsigned)c);
		else
			dcv_buf_add(buf, text + i, escaped ? 2 : 1);
		i += escaped;
	}
}

void dcv_zentry_rdata(const struct dcv_zraw *raw, size_t rdata_at, struct dcv_buf *buf)
{
	struct dcv_ztokens tokens = {.text = raw->text, .len = raw->len, .pos = rdata_at};
	struct dcv_ztoken token;

	for (bool first = true; dcv_ztokens_next(&tokens, &token); first = false) {
		if (!first)
			dcv_buf_addc(buf, ' ');
		if (token.quoted)
			dcv_buf_addc(buf, '"');
		dcv_ztoken_text(raw, &token, buf);
		if (token.quoted)
			dcv_buf_addc(buf, '"');
	}
}

/* The word behind "dcvctl" in a comment without its semicolon, if it can be an order: letters,
 * digits and the like around one slash. */
static size_t read_mark(const char *text, size_t len, size_t *ret_at)
{
	static const char word[] = "dcvctl ";
	size_t at = 0, n = 0, slashes = 0;

	while (at < len && is_blank(text[at]))
		at++;
	if (len - at < sizeof word || memcmp(text + at, word, sizeof word - 1) != 0)
		return 0;
	at += sizeof word - 1;
	while (at + n < len && !is_blank(text[at + n])) {
		if (text[at + n] <= ' ' || text[at + n] > '~')
			return 0;
		slashes += text[at + n++] == '/';
	}
	*ret_at = at;
	return slashes == 1 && text[at] != '/' && text[at + n - 1] != '/' ? n : 0;
}

const char *dcv_zmark_read(const struct dcv_zraw *raw, size_t rdata_at, size_t *ret_len)
{
	struct dcv_ztokens tokens = {.text = raw->text, .len = raw->len, .pos = rdata_at};
	struct dcv_ztoken token;
	const char *mark = NULL;

	while (dcv_ztokens_next(&tokens, &token))
		rdata_at = tokens.pos;
	for (tokens.pos = rdata_at; tokens.pos < tokens.len; tokens.pos++) {
		size_t begin = tokens.pos + 1, at = 0, len;

		if (tokens.text[tokens.pos] != ';')
			continue;
		skip_comment(&tokens);
		len = read_mark(tokens.text + begin, tokens.pos - begin, &at);
		if (len == 0)
			continue;
		mark = tokens.text + begin + at;
		*ret_len = len;
	}
	return mark;
}
