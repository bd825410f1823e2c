/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows memory of the host, errors, and trees. It does not know DNS. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/kit/kit.h"

#define TEXT_FIRST 256u

void *dcv_kit_array(struct dcv_kit *kit, size_t n, size_t size)
{
	void *got = NULL;

	if (size == 0 || n <= SIZE_MAX / size)
		got = kit->host->alloc(kit->host->ctx, n * size > 0 ? n * size : 1);
	if (got == NULL)
		kit->nomem = 1;
	return got;
}

char *dcv_kit_dup(struct dcv_kit *kit, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = dcv_kit_array(kit, size, 1);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

char *dcv_kit_format(struct dcv_kit *kit, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len >= 0)
		text = dcv_kit_array(kit, (size_t)len + 1, 1);
	if (text == NULL)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

void dcv_kit_text_add(struct dcv_kit_text *text, const char *data, size_t n)
{
	size_t cap = text->cap > 0 ? text->cap : TEXT_FIRST;
	char *more;

	if (text->kit->nomem)
		return;
	if (n > SIZE_MAX / 4 - text->len) {
		text->kit->nomem = 1;
		return;
	}
	while (cap <= text->len + n)
		cap *= 2;
	if (cap > text->cap) {
		more = dcv_kit_array(text->kit, cap, 1);
		if (more == NULL)
			return;
		if (text->len > 0)
			memcpy(more, text->data, text->len);
		text->data = more;
		text->cap = cap;
	}
	memcpy(text->data + text->len, data, n);
	text->len += n;
	text->data[text->len] = '\0';
}

const char *dcv_kit_text_end(struct dcv_kit_text *text)
{
	if (text->kit->nomem)
		return NULL;
	return text->data != NULL ? text->data : "";
}

const char *dcv_kit_escape(struct dcv_kit *kit, const char *text, const char *keep)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	struct dcv_kit_text to = {.kit = kit};

	for (const char *at = text; *at != '\0'; at++) {
		char octet[4] = {*at};

		if (strchr(unreserved, *at) == NULL && strchr(keep, *at) == NULL)
			(void)snprintf(octet, sizeof octet, "%%%02X", (unsigned char)*at);
		dcv_kit_text_add(&to, octet, strlen(octet));
	}
	return dcv_kit_text_end(&to);
}

enum dcvp_class dcv_kit_fail(struct dcvp_error *err, enum dcvp_class class,
	enum dcvp_cause cause, const char *fmt, ...)
{
	va_list args;

	if (err->text[0] != '\0')
		return class;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	err->cause = cause;
	return class;
}

enum dcvp_class dcv_kit_nomem(struct dcvp_error *err)
{
	return dcv_kit_fail(err, DCVP_NOMEM, DCVP_CAUSE_INTERNAL, "memory is out");
}

void dcv_kit_help(struct dcvp_error *err, const char *help)
{
	if (err->help[0] == '\0')
		(void)snprintf(err->help, sizeof err->help, "%s", help);
}

struct dcvp_tree *dcv_kit_add(struct dcv_kit *kit, struct dcvp_tree *parent,
	const char *key, enum dcvp_kind kind, const char *text)
{
	struct dcvp_tree *tree = dcv_kit_array(kit, 1, sizeof *tree), **end;

	if (tree == NULL)
		return NULL;
	tree->kind = kind;
	tree->key = key;
	if (text != NULL)
		tree->text = dcv_kit_dup(kit, text);
	if (parent == NULL)
		return tree;
	for (end = &parent->first; *end != NULL;)
		end = &(*end)->next;
	*end = tree;
	return tree;
}

struct dcvp_tree *dcv_kit_add_number(struct dcv_kit *kit, struct dcvp_tree *parent,
	const char *key, int64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%lld", (long long)number);
	return dcv_kit_add(kit, parent, key, DCVP_NUMBER, text);
}

const struct dcvp_tree *dcv_kit_get(const struct dcvp_tree *tree, const char *key)
{
	if (tree == NULL || tree->kind != DCVP_OBJECT)
		return NULL;
	for (const struct dcvp_tree *child = tree->first; child != NULL;
		child = child->next) {
		if (child->key != NULL && strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

const char *dcv_kit_get_text(const struct dcvp_tree *tree, const char *key)
{
	const struct dcvp_tree *got = dcv_kit_get(tree, key);

	return got != NULL && got->kind == DCVP_TEXT ? got->text : NULL;
}

int64_t dcv_kit_get_number(const struct dcvp_tree *tree, const char *key, int64_t max)
{
	const struct dcvp_tree *got = dcv_kit_get(tree, key);
	int64_t number = 0;

	if (got == NULL || got->kind != DCVP_NUMBER || got->text[0] == '\0')
		return -1;
	for (const char *at = got->text; *at != '\0'; at++) {
		if (*at < '0' || *at > '9' || number > (INT64_MAX - 9) / 10)
			return -1;
		number = number * 10 + (*at - '0');
	}
	return number <= max ? number : -1;
}

int dcv_kit_get_true(const struct dcvp_tree *tree, const char *key)
{
	const struct dcvp_tree *got = dcv_kit_get(tree, key);

	return got != NULL && got->kind == DCVP_TRUE;
}

size_t dcv_kit_count(const struct dcvp_tree *tree)
{
	size_t n = 0;

	for (tree = tree != NULL ? tree->first : NULL; tree != NULL; tree = tree->next)
		n++;
	return n;
}
