/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows libyaml, and nothing else does. It does not know what the keys mean.
 *
 * Only libyaml's events are used: its document loader is quadratic in the nesting, resolves
 * aliases, and takes duplicate keys in silence. The limits are checked while events come, so
 * that hostile input costs no more than what was read of it. */
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"

#define SHOWN_MAX 80u

/* A collection that is still open. */
struct frame {
	struct dcv_yaml_node *node;
	struct dcv_yaml_node *key; /* of a mapping: its value is due */
};

struct reader {
	const char *file, *text;
	size_t len;
	enum dcv_err code;
	struct dcv_arena *arena;
	struct dcv_diags *diags;
	yaml_parser_t parser;
	struct frame frames[DCV_YAML_MAX_DEPTH];
	unsigned depth;
	size_t n_nodes;
	/* libyaml's marks count characters; this pair turns them into octets. */
	size_t at_char, at_octet;
	struct dcv_yaml_docs docs;
	struct dcv_yaml_node *root; /* of the document that is being read */
	size_t doc_from, doc_min; /* where its text begins, and may begin */
	bool bad; /* something was wrong after which reading could go on */
};

static struct dcv_place place_at(const struct reader *r, const yaml_mark_t *mark)
{
	return (struct dcv_place){r->file, (unsigned)mark->line + 1,
		(unsigned)mark->column + 1};
}

static enum dcv_err no_memory(struct reader *r)
{
	const struct dcv_place place = {r->file, 0, 0};

	dcv_diag_add(r->diags, DCV_SEV_ERROR, DCV_E_NOMEM, &place, NULL, "out of memory");
	return DCV_E_NOMEM;
}

static enum dcv_err refuse(struct reader *r, const struct dcv_place *place,
	const char *help, const char *text)
{
	dcv_diag_add(r->diags, DCV_SEV_ERROR, r->code, place, help, "%s", text);
	r->bad = true;
	return r->code;
}

/* The offset of the character that libyaml's mark names. */
static size_t octet_of(struct reader *r, const yaml_mark_t *mark)
{
	if (mark->index < r->at_char)
		r->at_char = r->at_octet = 0;
	while (r->at_char < mark->index && r->at_octet < r->len) {
		r->at_octet++;
		while (r->at_octet < r->len &&
			((uint8_t)r->text[r->at_octet] & 0xc0) == 0x80)
			r->at_octet++;
		r->at_char++;
	}
	return r->at_octet;
}

/* libyaml's work for %TAG lines is quadratic, so directives are refused before it sees them. */
static bool is_directive(const char *text, size_t at)
{
	return text[at] == '%' && (at == 0 || text[at - 1] == '\n');
}

/* Why the character at text[at] cannot stand in our files, or NULL. *ret_len: its octets.
 * YAML 1.1 takes NEL, LS and PS as line ends, which editors do not show as such. */
static const char *bad_character(const char *text, size_t len, size_t at, size_t *ret_len)
{
	const uint8_t *c = (const uint8_t *)text + at;
	size_t n = dcv_utf8_len(c, len - at);

	*ret_len = n;
	if (n == 0)
		return "not UTF-8";
	if (n == 1 && c[0] == '\r')
		return at + 1 < len && c[1] == '\n'
			? NULL
			: "a carriage return without a line feed";
	if (n == 1 && (c[0] < ' ' || c[0] == 0x7f) && c[0] != '\t' && c[0] != '\n')
		return c[0] == 0 ? "a NUL octet" : "a control character";
	if (n == 2 && c[0] == 0xc2 && c[1] < 0xa0)
		return "a control character";
	if (n == 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9))
		return "a line separator that editors do not show";
	if (n == 3 && c[0] == 0xef &&
		((c[1] == 0xbb && c[2] == 0xbf) || /* U+FEFF */
			(c[1] == 0xbf && c[2] >= 0xbe)))
		return "a character that is not allowed in YAML";
	return NULL;
}

static enum dcv_err check_text(struct reader *r)
{
	struct dcv_place place = {r->file, 1, 1};
	const char *why;
	size_t at, n;

	if (r->len > DCV_YAML_MAX_FILE) {
		place.line = place.column = 0;
		return refuse(r, &place, "split it: a file holds at most 1 MiB",
			"too large");
	}
	for (at = 0; at < r->len; at += n) {
		why = bad_character(r->text, r->len, at, &n);
		if (why != NULL)
			return refuse(r, &place, "save the file as UTF-8 text", why);
		if (is_directive(r->text, at))
			return refuse(r, &place, "leave out the lines that begin with `%`",
				"directives are not allowed");
		place.column++;
		if (r->text[at] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return DCV_OK;
}

/* The rest of an item, for a message that shows it in quotes. */
static void show_item(const char *text, size_t len, char *out)
{
	size_t n = 0;

	while (n < len && strchr(",]}\r\n", text[n]) == NULL &&
		!(text[n] == ' ' && n + 1 < len && text[n + 1] == '#'))
		n++;
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	(void)dcv_shown(out, SHOWN_MAX, text, n);
}

/* A text that begins with a character that YAML keeps for itself: `host: @`. */
static enum dcv_err unquoted(struct reader *r, const yaml_mark_t *mark)
{
	const struct dcv_place place = place_at(r, mark);
	size_t at = octet_of(r, mark);
	char item[SHOWN_MAX], help[SHOWN_MAX + 32] = "quote it: \"";

	show_item(r->text + at, r->len - at, item);
	memcpy(help + strlen(help), item, strlen(item) + 1);
	memcpy(help + strlen(help), "\"", 2);
	dcv_diag_add(r->diags, DCV_SEV_ERROR, r->code, &place, help,
		"\"%s\": a text that begins with `%c` must be quoted", item, r->text[at]);
	r->bad = true;
	return r->code;
}

static bool says(const char *problem, const char *words)
{
	return problem != NULL && strstr(problem, words) != NULL;
}

static enum dcv_err not_yaml(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const yaml_mark_t *mark = &p->problem_mark;
	const struct dcv_place place = place_at(r, mark);
	const char *help =
		"look here and on the line before: brackets, quotes, indentation";
	size_t at = octet_of(r, mark);

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(r);
	if (p->context != NULL && strcmp(p->context, "while scanning an alias") == 0)
		return unquoted(r, &p->context_mark);
	if (says(p->problem, "cannot start any token") && at < r->len)
		return r->text[at] == '\t' ? refuse(r, &place, "indent with blanks",
						     "a tab where YAML wants blanks")
					   : unquoted(r, mark);
	if (says(p->problem, "mapping values are not allowed"))
		help = "a blank stands behind the `:` of a key, on the line before too; a text "
		       "that holds `: ` must be quoted; keys of one mapping begin in one column";
	dcv_diag_add(r->diags, DCV_SEV_ERROR, r->code, &place, help, "not YAML: %s%s%s",
		p->context != NULL ? p->context : "", p->context != NULL ? ": " : "",
		p->problem != NULL ? p->problem : "cannot be read");
	return r->code;
}

static struct dcv_yaml_node *node_new(struct reader *r, const yaml_event_t *event,
	enum dcv_yaml_kind kind)
{
	struct dcv_yaml_node *node = dcv_arena_alloc(r->arena, sizeof *node);

	if (node == NULL)
		return NULL;
	node->kind = kind;
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	return node;
}

static bool push_child(struct reader *r, struct dcv_yaml_node *parent,
	struct dcv_yaml_node *key, struct dcv_yaml_node *child)
{
	struct dcv_yaml_node **children, **keys = NULL;

	children = dcv_arena_grow(r->arena, parent->children, parent->n, sizeof *children);
	if (children == NULL)
		return false;
	parent->children = children;
	if (key != NULL) {
		keys = dcv_arena_grow(r->arena, parent->keys, parent->n, sizeof *keys);
		if (keys == NULL)
			return false;
		parent->keys = keys;
		keys[parent->n] = key;
	}
	children[parent->n++] = child;
	return true;
}

/* Puts a node where it belongs: the root, an item, a key or the value of one. */
static enum dcv_err attach(struct reader *r, struct dcv_yaml_node *node)
{
	const struct dcv_place place = dcv_yaml_place(r->file, node);
	struct frame *top;

	if (++r->n_nodes > DCV_YAML_MAX_NODES)
		return refuse(r, &place, "split the file", "too many items in one file");
	if (r->depth == 0) {
		r->root = node;
		return DCV_OK;
	}
	top = &r->frames[r->depth - 1];
	if (top->node->n == DCV_YAML_MAX_ITEMS)
		return refuse(r, &place, "split it", "more than 20000 items in one place");
	if (top->node->kind == DCV_YAML_MAPPING && top->key == NULL) {
		if (node->kind != DCV_YAML_SCALAR)
			return refuse(r, &place, "a key is one word",
				"a list or mapping as a key");
		top->key = node;
		return DCV_OK;
	}
	if (!push_child(r, top->node, top->key, node))
		return no_memory(r);
	top->key = NULL;
	return DCV_OK;
}

/* A tag or an anchor leaves the text what it is, so reading goes on. */
static void refuse_properties(struct reader *r, const yaml_event_t *event,
	const yaml_char_t *anchor, const yaml_char_t *tag)
{
	const struct dcv_place place = place_at(r, &event->start_mark);

	if (anchor != NULL)
		(void)refuse(r, &place, "quote a text that begins with `&`",
			"anchors are not allowed");
	if (tag != NULL)
		(void)refuse(r, &place, "quote a text that begins with `!`",
			"tags are not allowed");
}

static enum dcv_err open_collection(struct reader *r, const yaml_event_t *event,
	enum dcv_yaml_kind kind)
{
	const struct dcv_place place = place_at(r, &event->start_mark);
	struct dcv_yaml_node *node;
	enum dcv_err rc;

	if (r->depth == DCV_YAML_MAX_DEPTH)
		return refuse(r, &place, "write it with fewer lists in lists",
			"nested deeper than 16 levels");
	node = node_new(r, event, kind);
	if (node == NULL)
		return no_memory(r);
	rc = attach(r, node);
	if (rc != DCV_OK)
		return rc;
	r->frames[r->depth++] = (struct frame){.node = node};
	return DCV_OK;
}

/* For qsort: equal keys stand together, the first one written first. */
static int compare_keys(const void *a, const void *b)
{
	const struct dcv_yaml_node *x = *(struct dcv_yaml_node *const *)a;
	const struct dcv_yaml_node *y = *(struct dcv_yaml_node *const *)b;
	int order;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	order = x->len == 0 ? 0 : memcmp(x->text, y->text, x->len);
	if (order != 0)
		return order;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

static void refuse_twice(struct reader *r, const struct dcv_yaml_node *first,
	const struct dcv_yaml_node *again)
{
	const struct dcv_place place = dcv_yaml_place(r->file, again);
	char key[SHOWN_MAX];

	(void)dcv_shown(key, sizeof key, again->text, again->len);
	dcv_diag_add(r->diags, DCV_SEV_ERROR, r->code, &place, "keep one of them",
		"%s: the key is given twice: on line %u and on line %u", key, first->line,
		again->line);
	r->bad = true;
}

/* YAML allows a key once in a mapping; libyaml does not look. */
static enum dcv_err check_keys(struct reader *r, const struct dcv_yaml_node *map)
{
	struct dcv_yaml_node **sorted, *first;
	size_t i;

	if (map->n < 2)
		return DCV_OK;
	sorted = dcv_arena_memdup(r->arena, map->keys,
		map->n * sizeof(struct dcv_yaml_node *));
	if (sorted == NULL)
		return no_memory(r);
	qsort(sorted, map->n, sizeof *sorted, compare_keys);
	first = sorted[0];
	for (i = 1; i < map->n; i++) {
		if (first->len == sorted[i]->len &&
			memcmp(first->text, sorted[i]->text, first->len) == 0)
			refuse_twice(r, first, sorted[i]);
		else
			first = sorted[i];
	}
	return DCV_OK;
}

static enum dcv_err close_collection(struct reader *r)
{
	const struct dcv_yaml_node *node = r->frames[--r->depth].node;

	return node->kind == DCV_YAML_MAPPING ? check_keys(r, node) : DCV_OK;
}

/* The rest of the scalar's line is blanks and a comment. */
static bool comment_follows(struct reader *r, const yaml_mark_t *end)
{
	size_t from = octet_of(r, end), at = from;

	while (at < r->len && (r->text[at] == ' ' || r->text[at] == '\t'))
		at++;
	return at > from && at < r->len && r->text[at] == '#';
}

static enum dcv_err check_scalar(struct reader *r, const struct dcv_yaml_node *node,
	const struct frame *top)
{
	const struct dcv_place place = dcv_yaml_place(r->file, node);

	if (node->len > DCV_YAML_MAX_SCALAR)
		return refuse(r, &place, "shorten it", "a text over 64 KiB");
	if (node->len > 0 && memchr(node->text, '\0', node->len) != NULL)
		return refuse(r, &place, "leave it out", "a NUL octet in a text");
	if (top != NULL && top->node->kind == DCV_YAML_MAPPING && top->key == NULL &&
		node->plain && node->len == 2 && memcmp(node->text, "<<", 2) == 0)
		return refuse(r, &place, "write the keys out",
			"merge keys are not allowed");
	return DCV_OK;
}

static enum dcv_err take_scalar(struct reader *r, const yaml_event_t *event)
{
	yaml_scalar_style_t style = event->data.scalar.style;
	struct dcv_yaml_node *node = node_new(r, event, DCV_YAML_SCALAR);
	char *text = dcv_arena_alloc(r->arena, event->data.scalar.length + 1);
	enum dcv_err rc;

	if (node == NULL || text == NULL)
		return no_memory(r);
	memcpy(text, event->data.scalar.value, event->data.scalar.length);
	node->text = text;
	node->len = event->data.scalar.length;
	node->plain = style == YAML_PLAIN_SCALAR_STYLE;
	node->block = style == YAML_LITERAL_SCALAR_STYLE ||
		style == YAML_FOLDED_SCALAR_STYLE;
	node->folded = !node->block && event->start_mark.line != event->end_mark.line;
	node->commented = node->plain && comment_follows(r, &event->end_mark);
	refuse_properties(r, event, event->data.scalar.anchor, event->data.scalar.tag);
	rc = check_scalar(r, node, r->depth > 0 ? &r->frames[r->depth - 1] : NULL);
	return rc == DCV_OK ? attach(r, node) : rc;
}

static enum dcv_err take_alias(struct reader *r, const yaml_event_t *event)
{
	const struct dcv_place place = place_at(r, &event->start_mark);
	const char *name = (const char *)event->data.alias.anchor;
	char item[SHOWN_MAX], help[2 * SHOWN_MAX];
	struct dcv_buf buf;

	(void)dcv_shown(item, sizeof item, name, strlen(name));
	dcv_buf_init(&buf, sizeof help);
	dcv_buf_addf(&buf,
		"write the value out; if it begins with `*`, quote it: \"*%s\"", item);
	dcv_diag_add(r->diags, DCV_SEV_ERROR, r->code, &place, dcv_buf_text(&buf),
		"*%s: aliases are not allowed", item);
	dcv_buf_clear(&buf);
	r->bad = true;
	return r->code;
}

static void begin_document(struct reader *r, const yaml_event_t *event)
{
	size_t at = octet_of(r, &event->end_mark);

	/* The indentation of a first line belongs to its document. */
	while (event->data.document_start.implicit && at > r->doc_min &&
		r->text[at - 1] != '\n')
		at--;
	r->doc_from = at;
	r->root = NULL;
}

static enum dcv_err end_document(struct reader *r, const yaml_event_t *event)
{
	struct dcv_yaml_docs *docs = &r->docs;
	struct dcv_yaml_node **roots, *root = r->root;
	struct dcv_yaml_slice *slices;
	size_t to = octet_of(r, &event->start_mark);

	if (docs->n == DCV_YAML_MAX_ITEMS) {
		const struct dcv_place place = place_at(r, &event->start_mark);

		return refuse(r, &place, "split the file", "more than 20000 documents");
	}
	/* libyaml makes an empty text of a document without content. */
	if (root != NULL && root->kind == DCV_YAML_SCALAR && root->plain && root->len == 0)
		root = NULL;
	roots = dcv_arena_grow(r->arena, docs->roots, docs->n,
		sizeof(struct dcv_yaml_node *));
	if (roots == NULL)
		return no_memory(r);
	docs->roots = roots;
	slices = dcv_arena_grow(r->arena, docs->slices, docs->n, sizeof *slices);
	if (slices == NULL)
		return no_memory(r);
	docs->slices = slices;
	roots[docs->n] = root;
	slices[docs->n] = (struct dcv_yaml_slice){r->text + r->doc_from, to - r->doc_from};
	docs->n++;
	r->doc_min = octet_of(r, &event->end_mark);
	return DCV_OK;
}

static enum dcv_err take_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
		return DCV_OK;
	case YAML_DOCUMENT_START_EVENT:
		begin_document(r, event);
		return DCV_OK;
	case YAML_DOCUMENT_END_EVENT:
		return end_document(r, event);
	case YAML_ALIAS_EVENT:
		return take_alias(r, event);
	case YAML_SCALAR_EVENT:
		return take_scalar(r, event);
	case YAML_SEQUENCE_START_EVENT:
		refuse_properties(r, event, event->data.sequence_start.anchor,
			event->data.sequence_start.tag);
		return open_collection(r, event, DCV_YAML_SEQUENCE);
	case YAML_MAPPING_START_EVENT:
		refuse_properties(r, event, event->data.mapping_start.anchor,
			event->data.mapping_start.tag);
		return open_collection(r, event, DCV_YAML_MAPPING);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_collection(r);
	}
	return DCV_OK;
}

static enum dcv_err read_events(struct reader *r)
{
	yaml_event_t event;
	enum dcv_err rc = DCV_OK;
	bool end = false;

	while (!end && rc == DCV_OK) {
		if (!yaml_parser_parse(&r->parser, &event))
			return not_yaml(r);
		end = event.type == YAML_STREAM_END_EVENT;
		rc = take_event(r, &event);
		yaml_event_delete(&event);
	}
	return rc;
}

enum dcv_err dcv_yaml_parse(const char *file, const void *data, size_t len,
	enum dcv_err code, struct dcv_arena *arena, struct dcv_yaml_docs *ret,
	struct dcv_diags *diags)
{
	struct reader r = {.file = file,
		.text = data,
		.len = len,
		.code = code,
		.arena = arena,
		.diags = diags};
	enum dcv_err rc;

	*ret = (struct dcv_yaml_docs){0};
	if (len == 0)
		return DCV_OK;
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		r.text += 3;
		r.len -= 3;
	}
	rc = check_text(&r);
	if (rc != DCV_OK)
		return rc;
	if (!yaml_parser_initialize(&r.parser))
		return no_memory(&r);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text, r.len);
	rc = read_events(&r);
	yaml_parser_delete(&r.parser);
	*ret = r.docs;
	return rc == DCV_OK && r.bad ? code : rc;
}

const struct dcv_yaml_node *dcv_yaml_get(const struct dcv_yaml_node *map, const char *key)
{
	size_t len = strlen(key), i;

	if (map == NULL || map->kind != DCV_YAML_MAPPING)
		return NULL;
	for (i = 0; i < map->n; i++)
		if (map->keys[i]->len == len && memcmp(map->keys[i]->text, key, len) == 0)
			return map->children[i];
	return NULL;
}

struct dcv_place dcv_yaml_place(const char *file, const struct dcv_yaml_node *node)
{
	return (struct dcv_place){file, node->line, node->column};
}

const char *dcv_yaml_library(void)
{
	return yaml_get_version_string();
}
