/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to read the result document of an earlier run. JSON is YAML, so our bounded
 * reader does; of orders that were not in the run it knows nothing. */
#include "cmd/last.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/yaml.h"

/* The text under a key; "" where there is none, or null. */
static const char *text_of(const struct dcv_yaml_node *map, const char *key)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);

	if (node == NULL || node->kind != DCV_YAML_SCALAR ||
		(node->plain && strcmp(node->text, "null") == 0))
		return "";
	return node->text;
}

/* The list under a key, or NULL. */
static const struct dcv_yaml_node *list_of(const struct dcv_yaml_node *map,
	const char *key)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);

	return node != NULL && node->kind == DCV_YAML_SEQUENCE ? node : NULL;
}

static const struct dcv_yaml_node *item(const struct dcv_yaml_node *list, size_t i)
{
	const struct dcv_yaml_node *node = list->children[i];

	return node != NULL && node->kind == DCV_YAML_MAPPING ? node : NULL;
}

static int64_t time_of(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) : 0;
}

static enum dcv_level_reached level_of(const char *word)
{
	for (int level = DCV_LEVEL_SETTLED; level > DCV_LEVEL_NONE; level--) {
		if (strcmp(word, dcv_level_text((enum dcv_level_reached)level)) == 0)
			return (enum dcv_level_reached)level;
	}
	return DCV_LEVEL_NONE;
}

static int compare(const char *ca, const char *id, const struct dcv_last_order *order)
{
	int by_ca = strcmp(ca, order->ca);

	return by_ca != 0 ? by_ca : strcmp(id, order->id);
}

static int compare_orders(const void *a, const void *b)
{
	const struct dcv_last_order *order = a;

	return compare(order->ca, order->id, b);
}

static size_t count_leftovers(const struct dcv_yaml_node *changes)
{
	size_t n = 0;

	for (size_t i = 0; changes != NULL && i < changes->n; i++)
		n += item(changes, i) != NULL &&
			strcmp(text_of(item(changes, i), "op"), "leftover") == 0;
	return n;
}

static bool take_orders(const struct dcv_yaml_node *orders, struct dcv_arena *arena,
	struct dcv_last *last)
{
	size_t n = orders != NULL ? orders->n : 0;

	last->orders = dcv_arena_array(arena, n, sizeof(*last->orders));
	if (last->orders == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct dcv_yaml_node *map = item(orders, i);

		if (map == NULL)
			continue;
		last->orders[last->n_orders++] = (struct dcv_last_order){
			.ca = text_of(map, "ca"),
			.id = text_of(map, "order"),
			.verdict = level_of(text_of(map, "verdict")),
			.settled_s = time_of(text_of(map, "settled_at")),
			.records = list_of(map, "records"),
		};
	}
	qsort(last->orders, last->n_orders, sizeof(*last->orders), compare_orders);
	return true;
}

static enum dcv_err refuse(struct dcv_session *session, const char *path)
{
	char shown[256];

	dcv_shown(shown, sizeof(shown), path, strlen(path));
	dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_USAGE, NULL,
		"give what `dcvctl apply --json`, `wait --json` or `check --json` wrote, "
		"of at most 1 MiB",
		"--result %s: no result document of schema 1", shown);
	return DCV_E_USAGE;
}

static enum dcv_err take(struct dcv_session *session, const char *path,
	const struct dcv_yaml_docs *docs, struct dcv_last *last)
{
	const struct dcv_yaml_node *root = docs->n == 1 ? docs->roots[0] : NULL;

	if (root == NULL || root->kind != DCV_YAML_MAPPING ||
		strcmp(text_of(root, "schema"), "1") != 0)
		return refuse(session, path);
	last->command = text_of(root, "command");
	last->run = text_of(root, "run");
	last->exit = strtoll(text_of(root, "exit"), NULL, 10);
	last->n_leftovers = count_leftovers(list_of(root, "changes"));
	return take_orders(list_of(root, "orders"), &session->arena, last) ? DCV_OK
									   : DCV_E_NOMEM;
}

enum dcv_err dcv_last_read(struct dcv_session *session, const char *path,
	struct dcv_last **ret)
{
	struct dcv_last *last = dcv_arena_alloc(&session->arena, sizeof(*last));
	struct dcv_yaml_docs docs = {0};
	struct dcv_error err = {0};
	struct dcv_buf data;
	struct stat st;
	enum dcv_err rc;

	if (last == NULL)
		return DCV_E_NOMEM;
	dcv_buf_init(&data, DCV_YAML_MAX_FILE);
	rc = dcv_file_read(path, &data, &err);
	if (rc != DCV_OK)
		rc = dcv_session_fail(session, &err);
	if (rc == DCV_OK)
		rc = dcv_yaml_parse(path, data.data, data.len, DCV_E_USAGE,
			&session->arena, &docs, &session->diags);
	if (rc == DCV_OK)
		rc = take(session, path, &docs, last);
	dcv_buf_clear(&data);
	last->at_s = stat(path, &st) == 0 ? (int64_t)st.st_mtime : 0;
	*ret = last;
	return rc;
}

const struct dcv_last_order *dcv_last_find(const struct dcv_last *last, const char *ca,
	const char *id)
{
	size_t from = 0, to = last != NULL ? last->n_orders : 0;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int side = compare(ca, id, &last->orders[middle]);

		if (side == 0)
			return &last->orders[middle];
		if (side < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* The list of what was answered about the record, or NULL. */
static const struct dcv_yaml_node *servers_of(const struct dcv_last_order *order,
	const struct dcv_name *owner, uint16_t type)
{
	char name[DCV_NAME_TEXT_MAX], word[DCV_TYPE_TEXT_MAX];

	dcv_name_text(owner, name);
	dcv_type_text(type, word);
	for (size_t i = 0; order->records != NULL && i < order->records->n; i++) {
		const struct dcv_yaml_node *record = item(order->records, i);

		if (record != NULL && strcmp(text_of(record, "owner"), name) == 0 &&
			strcmp(text_of(record, "type"), word) == 0)
			return list_of(record, "servers");
	}
	return NULL;
}

bool dcv_last_next(const struct dcv_last_order *order, const struct dcv_name *owner,
	uint16_t type, size_t *at, struct dcv_last_seen *ret)
{
	const struct dcv_yaml_node *servers = order != NULL
		? servers_of(order, owner, type)
		: NULL;

	while (servers != NULL && *at < servers->n) {
		const struct dcv_yaml_node *map = item(servers, (*at)++);

		if (map == NULL)
			continue;
		ret->name = text_of(map, "name");
		ret->address = text_of(map, "address");
		ret->state = text_of(map, "state");
		return true;
	}
	return false;
}
