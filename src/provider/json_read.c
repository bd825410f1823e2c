/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how JSON is read (RFC 8259). It is not left to jansson, which rounds numbers that
 * are larger than its own, and looks at limits only when all is in memory. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "provider/tree.h"

struct reader {
	struct dcv_tree_maker *maker;
	const char *start, *at, *end;
	unsigned depth;
};

static bool fail(struct reader *reader, const char *why)
{
	if (reader->maker->why == NULL && !reader->maker->nomem)
		reader->maker->why = why;
	return false;
}

static void *take(struct reader *reader, size_t n)
{
	void *memory = reader->maker->alloc(reader->maker->ctx, n);

	if (memory == NULL)
		reader->maker->nomem = true;
	return memory;
}

/* The octet at hand; NUL behind the end, where one in the text is an error as well. */
static char peek(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL &&
		*reader->at != '\0')
		reader->at++;
}

static bool skip(struct reader *reader, char c)
{
	if (peek(reader) != c)
		return false;
	reader->at++;
	return true;
}

/* --- texts --- */

static bool hex4(struct reader *reader, unsigned *ret)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		char c = peek(reader);
		const char *digit = c != '\0' ? strchr(digits, c) : NULL;

		if (digit == NULL)
			return fail(reader, "a \\u without four hexadecimal digits");
		value = value << 4 | ((unsigned)(digit - digits) & 15u);
		reader->at++;
	}
	*ret = value;
	return true;
}

/* The character of \uXXXX, or of a pair of them. */
static bool read_u(struct reader *reader, unsigned *ret)
{
	unsigned high, low = 0;

	if (!hex4(reader, &high))
		return false;
	*ret = high;
	if (high == 0)
		return fail(reader, "a NUL in a text");
	if (high < 0xd800 || high > 0xdfff)
		return true;
	if (high > 0xdbff || !skip(reader, '\\') || !skip(reader, 'u') ||
		!hex4(reader, &low) || low < 0xdc00 || low > 0xdfff)
		return fail(reader, "half a surrogate pair");
	*ret = 0x10000u + ((high - 0xd800u) << 10) + (low - 0xdc00u);
	return true;
}

static char *put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0u | c >> 6);
		*out++ = (char)(0x80u | (c & 0x3fu));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0u | c >> 12);
		*out++ = (char)(0x80u | (c >> 6 & 0x3fu));
		*out++ = (char)(0x80u | (c & 0x3fu));
	} else {
		*out++ = (char)(0xf0u | c >> 18);
		*out++ = (char)(0x80u | (c >> 12 & 0x3fu));
		*out++ = (char)(0x80u | (c >> 6 & 0x3fu));
		*out++ = (char)(0x80u | (c & 0x3fu));
	}
	return out;
}

static bool read_escape(struct reader *reader, char **out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = peek(reader);
	const char *name = c != '\0' ? strchr(names, c) : NULL;
	unsigned code;

	if (name == NULL && c != 'u')
		return fail(reader, "an escape that JSON does not have");
	reader->at++;
	if (name != NULL) {
		*(*out)++ = values[name - names];
		return true;
	}
	if (!read_u(reader, &code))
		return false;
	*out = put_utf8(*out, code);
	return true;
}

/* Length of the text up to its closing quote, escapes and all: never shorter than what it
 * means. */
static size_t raw_len(const struct reader *reader)
{
	const char *at = reader->at;

	while (at < reader->end && *at != '"')
		at += *at == '\\' && reader->end - at > 1 ? 2 : 1;
	return (size_t)(at - reader->at);
}

static bool read_text(struct reader *reader, const char **ret)
{
	char *text, *out;

	if (!skip(reader, '"'))
		return fail(reader, "a text in quotes is missing");
	text = out = take(reader, raw_len(reader) + 1);
	while (text != NULL && !skip(reader, '"')) {
		size_t left = (size_t)(reader->end - reader->at);
		size_t len = dcv_json_plain(reader->at, left);

		memcpy(out, reader->at, len);
		out += len;
		reader->at += len;
		if (len > 0)
			continue;
		if (left == 0)
			return fail(reader, "a text without end");
		if (skip(reader, '\\')) {
			if (!read_escape(reader, &out))
				return false;
			continue;
		}
		len = dcv_utf8_len((const uint8_t *)reader->at, left);
		if ((unsigned char)*reader->at < ' ')
			return fail(reader, "a control character in a text");
		if (len == 0)
			return fail(reader, "not UTF-8");
		memcpy(out, reader->at, len);
		out += len;
		reader->at += len;
	}
	*ret = text;
	return text != NULL;
}

/* --- numbers --- */

static bool skip_digits(struct reader *reader)
{
	const char *from = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->at++;
	return reader->at > from;
}

static bool read_number(struct reader *reader, const char **ret)
{
	static const char why[] = "not a number as JSON has them";
	const char *from = reader->at;
	char *text;

	(void)skip(reader, '-');
	if (!skip(reader, '0') && !skip_digits(reader))
		return fail(reader, why);
	if (skip(reader, '.') && !skip_digits(reader))
		return fail(reader, why);
	if (skip(reader, 'e') || skip(reader, 'E')) {
		if (!skip(reader, '+'))
			(void)skip(reader, '-');
		if (!skip_digits(reader))
			return fail(reader, why);
	}
	text = take(reader, (size_t)(reader->at - from) + 1);
	if (text != NULL)
		memcpy(text, from, (size_t)(reader->at - from));
	*ret = text;
	return text != NULL;
}

/* --- values --- */

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool keys_differ(struct reader *reader, const struct dcvp_tree *object, size_t n)
{
	const char **keys = n > 1 ? take(reader, n * sizeof(keys[0])) : NULL;
	size_t i = 0;

	if (n < 2)
		return true;
	if (keys == NULL)
		return false;
	for (const struct dcvp_tree *node = object->first; node != NULL; node = node->next)
		keys[i++] = node->key;
	qsort(keys, n, sizeof(keys[0]), compare_keys);
	for (i = 1; i < n; i++) {
		if (strcmp(keys[i - 1], keys[i]) == 0)
			return fail(reader, "a key twice in one object");
	}
	return true;
}

static bool read_value(struct reader *reader, struct dcvp_tree ***tail, const char *key);

static bool read_member(struct reader *reader, bool is_object, struct dcvp_tree ***tail)
{
	const char *key = NULL;

	skip_blanks(reader);
	if (is_object) {
		if (!read_text(reader, &key))
			return false;
		skip_blanks(reader);
		if (!skip(reader, ':'))
			return fail(reader, "a colon is missing behind a key");
	}
	if (!read_value(reader, tail, key))
		return false;
	skip_blanks(reader);
	return true;
}

/* Behind the opening bracket. */
static bool read_members(struct reader *reader, struct dcvp_tree *node, char close)
{
	bool is_object = close == '}';
	struct dcvp_tree **tail = &node->first;
	size_t n = 0;

	if (++reader->depth > DCV_TREE_DEPTH_MAX)
		return fail(reader, "deeper than 32");
	skip_blanks(reader);
	if (!skip(reader, close)) {
		do {
			if (!read_member(reader, is_object, &tail))
				return false;
			n++;
		} while (skip(reader, ','));
		if (!skip(reader, close))
			return fail(reader, "a comma or a closing bracket is missing");
	}
	reader->depth--;
	return !is_object || keys_differ(reader, node, n);
}

static bool skip_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return fail(reader, "a value is missing");
	reader->at += len;
	return true;
}

static enum dcvp_kind kind_at(const struct reader *reader)
{
	switch (peek(reader)) {
	case '{':
		return DCVP_OBJECT;
	case '[':
		return DCVP_ARRAY;
	case '"':
		return DCVP_TEXT;
	case 't':
		return DCVP_TRUE;
	case 'f':
		return DCVP_FALSE;
	case '-':
		return DCVP_NUMBER;
	default:
		return peek(reader) >= '0' && peek(reader) <= '9' ? DCVP_NUMBER
								  : DCVP_NULL;
	}
}

static bool read_value(struct reader *reader, struct dcvp_tree ***tail, const char *key)
{
	struct dcvp_tree *node;

	skip_blanks(reader);
	node = dcv_tree_add(reader->maker, tail, kind_at(reader), key);
	if (node == NULL)
		return false;
	switch (node->kind) {
	case DCVP_OBJECT:
		return skip(reader, '{') && read_members(reader, node, '}');
	case DCVP_ARRAY:
		return skip(reader, '[') && read_members(reader, node, ']');
	case DCVP_TEXT:
		return read_text(reader, &node->text);
	case DCVP_NUMBER:
		return read_number(reader, &node->text);
	case DCVP_TRUE:
		return skip_word(reader, "true");
	case DCVP_FALSE:
		return skip_word(reader, "false");
	case DCVP_NULL:
	case DCVP_ATTRIBUTE:
		break;
	}
	return skip_word(reader, "null");
}

struct dcvp_tree *dcv_tree_json(struct dcv_tree_maker *maker, const char *text, size_t n)
{
	struct reader reader = {maker, text, text, text + n, 0};
	struct dcvp_tree *root = NULL, **tail = &root;
	bool ok;

	maker->n_octets = n;
	ok = read_value(&reader, &tail, NULL);
	if (ok)
		skip_blanks(&reader);
	if (ok && reader.at < reader.end)
		ok = fail(&reader, "more behind the value");
	maker->at = (size_t)(reader.at - reader.start);
	return ok ? root : NULL;
}
