/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows expat: elements into a tree, within limits. It is a part of the module
 * dcv-http. */
#include <limits.h>
#include <string.h>

#include <expat.h>

#include "base/buf.h"
#include "provider/http_module.h"

/* An element whose end is still to come. */
struct open {
	struct dcvp_tree *node;
	struct dcvp_tree **tail; /* of its children */
	struct dcv_buf text;
};

struct reader {
	struct dcv_tree_maker *maker;
	XML_Parser parser;
	struct dcvp_tree *root, **tail;
	struct open stack[DCV_TREE_DEPTH_MAX];
	unsigned depth;
};

static void fail(struct reader *reader, const char *why)
{
	if (reader->maker->why == NULL && !reader->maker->nomem)
		reader->maker->why = why;
	(void)XML_StopParser(reader->parser, XML_FALSE);
}

/* expat may call for what it has read already after it was told to stop. */
static bool has_failed(const struct reader *reader)
{
	return reader->maker->why != NULL || reader->maker->nomem;
}

/* A copy; NULL with nomem set. */
static const char *copy(struct reader *reader, const char *text, size_t n)
{
	char *out = reader->maker->alloc(reader->maker->ctx, n + 1);

	if (out == NULL) {
		reader->maker->nomem = true;
		(void)XML_StopParser(reader->parser, XML_FALSE);
		return NULL;
	}
	memcpy(out, text, n);
	return out;
}

static const char *local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static struct dcvp_tree *add(struct reader *reader, struct dcvp_tree ***tail,
	enum dcvp_kind kind, const char *name)
{
	const char *key = NULL;
	struct dcvp_tree *node = NULL;

	if (name != NULL)
		key = copy(reader, local_name(name), strlen(local_name(name)));
	if (name == NULL || key != NULL)
		node = dcv_tree_add(reader->maker, tail, kind, key);
	if (node == NULL)
		(void)XML_StopParser(reader->parser, XML_FALSE);
	return node;
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
	struct reader *reader = ctx;
	struct dcvp_tree ***tail = reader->depth > 0
		? &reader->stack[reader->depth - 1].tail
		: &reader->tail;
	struct dcvp_tree *node, *attribute;
	struct open *open = &reader->stack[reader->depth];

	if (reader->depth == DCV_TREE_DEPTH_MAX)
		fail(reader, "deeper than 32");
	if (has_failed(reader))
		return;
	node = add(reader, tail, DCVP_TEXT, name);
	if (node == NULL)
		return;
	*open = (struct open){.node = node, .tail = &node->first};
	dcv_buf_init(&open->text, SIZE_MAX);
	reader->depth++;
	for (; attributes[0] != NULL; attributes += 2) {
		if (strncmp(attributes[0], "xmlns", 5) == 0)
			continue;
		attribute = add(reader, &open->tail, DCVP_ATTRIBUTE, attributes[0]);
		if (attribute == NULL)
			return;
		attribute->text = copy(reader, attributes[1], strlen(attributes[1]));
	}
}

static void XMLCALL on_text(void *ctx, const char *text, int n)
{
	struct reader *reader = ctx;
	struct dcv_buf *to;

	if (has_failed(reader))
		return;
	to = &reader->stack[reader->depth - 1].text;
	dcv_buf_add(to, text, (size_t)n);
	if (to->failed) {
		reader->maker->nomem = true;
		(void)XML_StopParser(reader->parser, XML_FALSE);
	}
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void XMLCALL on_end(void *ctx, const char *name)
{
	struct reader *reader = ctx;
	struct open *open;
	struct dcvp_tree *holder;
	const char *text;

	(void)name;
	if (has_failed(reader))
		return;
	open = &reader->stack[--reader->depth];
	holder = open->node;
	text = dcv_buf_text(&open->text);
	if (holder->first != NULL) {
		holder->kind = DCVP_OBJECT;
		holder = is_blank(text) ? NULL : add(reader, &open->tail, DCVP_TEXT, NULL);
	}
	if (holder != NULL)
		holder->text = copy(reader, text, strlen(text));
	dcv_buf_clear(&open->text);
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system,
	const char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	fail(ctx, "a document type declaration");
}

static bool parse(struct reader *reader, const char *text, size_t n)
{
	XML_SetUserData(reader->parser, reader);
	XML_SetElementHandler(reader->parser, on_start, on_end);
	XML_SetCharacterDataHandler(reader->parser, on_text);
	XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
	if (XML_Parse(reader->parser, text, (int)n, XML_TRUE) == XML_STATUS_OK)
		return true;
	if (XML_GetErrorCode(reader->parser) == XML_ERROR_NO_MEMORY)
		reader->maker->nomem = true;
	if (reader->maker->why == NULL)
		reader->maker->why = XML_ErrorString(XML_GetErrorCode(reader->parser));
	return false;
}

struct dcvp_tree *dcv_xml_read(struct dcv_tree_maker *maker, const char *text, size_t n)
{
	struct reader reader = {.maker = maker};
	bool ok = false;

	reader.tail = &reader.root;
	if (n > INT_MAX) {
		maker->why = "too large";
		return NULL;
	}
	reader.parser = XML_ParserCreate("UTF-8");
	if (reader.parser == NULL) {
		maker->nomem = true;
		return NULL;
	}
	ok = parse(&reader, text, n);
	maker->at = (size_t)XML_GetCurrentByteIndex(reader.parser);
	while (reader.depth > 0)
		dcv_buf_clear(&reader.stack[--reader.depth].text);
	XML_ParserFree(reader.parser);
	return ok && !has_failed(&reader) ? reader.root : NULL;
}

const char *dcv_xml_library(void)
{
	return XML_ExpatVersion() + strlen("expat_");
}
