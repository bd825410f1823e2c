/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a tree is written as JSON (RFC 8259). */
#include <string.h>

#include "base/buf.h"
#include "provider/tree.h"

size_t dcv_json_plain(const char *text, size_t n)
{
	size_t len = 0;

	while (len < n && text[len] >= ' ' && text[len] < 0x7f && text[len] != '"' &&
		text[len] != '\\')
		len++;
	return len;
}

static void put_octet(struct dcv_buf *buf, char c)
{
	if (c == '"' || c == '\\')
		dcv_buf_addf(buf, "\\%c", c);
	else if ((unsigned char)c < ' ' || c == 0x7f)
		dcv_buf_addf(buf, "\\u%04x", (unsigned)c);
	else
		dcv_buf_addc(buf, c);
}

static void put_text(struct dcv_buf *buf, const char *text)
{
	const char *at = text != NULL ? text : "";
	size_t left = strlen(at), len;

	dcv_buf_addc(buf, '"');
	for (; left > 0; at += len, left -= len) {
		len = dcv_json_plain(at, left);
		if (len == 0)
			len = dcv_utf8_len((const uint8_t *)at, left);
		if (len > 1)
			dcv_buf_add(buf, at, len);
		else if (len == 1)
			put_octet(buf, *at);
		else
			dcv_buf_adds(buf, "\xef\xbf\xbd");
		len = len > 0 ? len : 1;
	}
	dcv_buf_addc(buf, '"');
}

static void put_value(struct dcv_buf *buf, const struct dcvp_tree *node, unsigned depth);

static void put_members(struct dcv_buf *buf, const struct dcvp_tree *node, unsigned depth)
{
	bool is_object = node->kind == DCVP_OBJECT;

	if (depth > DCV_TREE_DEPTH_MAX) {
		buf->failed = true;
		return;
	}
	dcv_buf_addc(buf, is_object ? '{' : '[');
	for (const struct dcvp_tree *child = node->first; child != NULL;
		child = child->next) {
		if (child != node->first)
			dcv_buf_addc(buf, ',');
		if (is_object) {
			put_text(buf, child->key);
			dcv_buf_addc(buf, ':');
		}
		put_value(buf, child, depth);
	}
	dcv_buf_addc(buf, is_object ? '}' : ']');
}

static void put_value(struct dcv_buf *buf, const struct dcvp_tree *node, unsigned depth)
{
	switch (node->kind) {
	case DCVP_OBJECT:
	case DCVP_ARRAY:
		put_members(buf, node, depth + 1);
		break;
	case DCVP_TEXT:
	case DCVP_ATTRIBUTE:
		put_text(buf, node->text);
		break;
	case DCVP_NUMBER:
		dcv_buf_adds(buf, node->text);
		break;
	case DCVP_TRUE:
		dcv_buf_adds(buf, "true");
		break;
	case DCVP_FALSE:
		dcv_buf_adds(buf, "false");
		break;
	case DCVP_NULL:
		dcv_buf_adds(buf, "null");
		break;
	}
}

const char *dcv_tree_json_text(const struct dcvp_tree *tree,
	void *(*alloc)(void *ctx, size_t n), void *ctx)
{
	struct dcv_buf buf;
	char *text = NULL;

	dcv_buf_init(&buf, SIZE_MAX);
	put_value(&buf, tree, 0);
	if (!buf.failed)
		text = alloc(ctx, buf.len + 1);
	if (text != NULL)
		memcpy(text, dcv_buf_text(&buf), buf.len);
	dcv_buf_clear(&buf);
	return text;
}
