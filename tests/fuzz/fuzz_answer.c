/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as an API's answer. The first octet chooses: even, JSON; odd, XML. What is read must be
 * within the limits and written again as JSON that is read as the same tree; and JSON is what jansson
 * takes for JSON, but for numbers that are too large for it, and NULs. */
#include "fuzz.h"

#include <jansson.h>

#include "base/arena.h"
#include "provider/http_module.h"

static void *alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(ctx, n);
}

static const struct dcv_http_module *xml_module(void)
{
	static struct dcv_module module;

	if (module.entry == NULL)
		insist(dcv_module_open("http", sizeof(struct dcv_http_module),
			       DCV_HTTP_ABI, &module, NULL) == DCV_OK,
			"the module");
	return (const void *)module.entry;
}

/* Nodes of a tree, each as its kind demands. */
static size_t insist_tree(const struct dcvp_tree *tree, bool keyed, unsigned depth)
{
	size_t n = 0;

	insist(depth <= DCV_TREE_DEPTH_MAX, "deeper than the limit");
	for (; tree != NULL; tree = tree->next, n++) {
		bool has_text = tree->kind == DCVP_TEXT || tree->kind == DCVP_NUMBER ||
			tree->kind == DCVP_ATTRIBUTE;

		insist((tree->text != NULL) == has_text, "a text where none belongs");
		insist(!keyed || tree->key != NULL || tree->kind == DCVP_TEXT,
			"a member without key");
		insist(tree->first == NULL || tree->kind == DCVP_OBJECT ||
				tree->kind == DCVP_ARRAY,
			"children of a leaf");
		n += insist_tree(tree->first, tree->kind == DCVP_OBJECT, depth + 1);
	}
	return n;
}

static bool is_same(const struct dcvp_tree *a, const struct dcvp_tree *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		if (a->kind != b->kind || (a->key == NULL) != (b->key == NULL) ||
			(a->key != NULL && strcmp(a->key, b->key) != 0) ||
			(a->text != NULL && strcmp(a->text, b->text) != 0) ||
			!is_same(a->first, b->first))
			return false;
	}
	return a == b;
}

/* What jansson says of it; *ret_unsure: it only has no room for a number. It skips a NUL between
 * values, which RFC 8259 does not allow. */
static bool is_json(const uint8_t *data, size_t size, bool *ret_unsure)
{
	json_error_t error;
	json_t *judged = json_loadb((const char *)data, size,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	bool good = judged != NULL && memchr(data, '\0', size) == NULL;

	*ret_unsure = judged == NULL &&
		json_error_code(&error) == json_error_numeric_overflow;
	json_decref(judged);
	return good;
}

static void try_json(const uint8_t *data, size_t size, struct dcv_arena *arena)
{
	struct dcv_tree_maker maker = {.alloc = alloc, .ctx = arena}, again = maker;
	struct dcvp_tree *tree = dcv_tree_json(&maker, (const char *)data, size), *other;
	bool unsure, good = is_json(data, size, &unsure);
	const char *text;

	insist(!maker.nomem, "memory");
	insist((tree == NULL) == (maker.why != NULL), "an error without a reason");
	insist(maker.at <= size, "a place behind the end");
	if (tree == NULL) {
		insist(!good || strcmp(maker.why, "deeper than 32") == 0, maker.why);
		return;
	}
	insist(good || unsure, "jansson does not take it");
	insist(insist_tree(tree, false, 0) == maker.n_nodes, "nodes that are not counted");
	text = dcv_tree_json_text(tree, alloc, arena);
	insist(text != NULL, "it cannot be written");
	other = dcv_tree_json(&again, text, strlen(text));
	insist(other != NULL && is_same(tree, other), "written, it is another");
}

static void try_xml(const uint8_t *data, size_t size, struct dcv_arena *arena)
{
	struct dcv_tree_maker maker = {.alloc = alloc, .ctx = arena};
	struct dcvp_tree *tree = xml_module()->xml(&maker, (const char *)data, size);

	insist(!maker.nomem, "memory");
	insist(maker.at <= size, "a place behind the end");
	insist((tree == NULL) == (maker.why != NULL), "an error without a reason");
	if (tree == NULL)
		return;
	insist(memmem(data, size, "<!DOCTYPE", 9) == NULL ||
			memmem(data, size, "<!--", 4) != NULL ||
			memmem(data, size, "<![CDATA[", 9) != NULL ||
			memmem(data, size, "<?", 2) != NULL,
		"a document type declaration");
	insist(insist_tree(tree, true, 0) == maker.n_nodes, "nodes that are not counted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dcv_arena arena = {NULL};

	if (size == 0)
		return 0;
	if ((data[0] & 1) == 0)
		try_json(data + 1, size - 1, &arena);
	else
		try_xml(data + 1, size - 1, &arena);
	dcv_arena_clear(&arena);
	return 0;
}
