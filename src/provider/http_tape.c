/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how exchanges are written to files without secrets, and played again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "provider/http.h"

#define FILES_MAX 9999u
#define FILE_MAX ((size_t)64 * 1024 * 1024)

static const char *path_of(const char *directory, unsigned number, struct dcv_arena *arena)
{
	return dcv_arena_printf(arena, "%s/%04u.json", directory, number);
}

/* --- recording --- */

/* What is not known to be harmless is hidden, whatever its value is. */
static struct dcv_json *headers_json(const struct dcv_lent *lent,
	const struct dcvp_header *headers, size_t n, struct dcv_arena *arena)
{
	struct dcv_json *list = dcv_json_array();

	for (size_t i = 0; i < n; i++) {
		const char *name = dcv_http_hide(lent, headers[i].name, arena);
		const char *value = dcv_http_is_plain(headers[i].name)
			? dcv_http_hide_body(lent, headers[i].value, arena)
			: DCV_HIDDEN;
		struct dcv_json *pair = name != NULL && value != NULL ? dcv_json_array()
								      : NULL;

		dcv_json_append_text(pair, name);
		dcv_json_append_text(pair, value);
		dcv_json_append(list, pair);
	}
	return list;
}

/* A body as it is compared and written: what is no text up to its first NUL. */
static const char *body_of(const struct dcv_lent *lent, const void *body, size_t n,
	struct dcv_arena *arena)
{
	const char *text = n > 0 ? dcv_arena_strndup(arena, body, n) : "";

	return text != NULL ? dcv_http_hide_body(lent, text, arena) : NULL;
}

static const char *url_of(const struct dcv_lent *lent, const char *url,
	struct dcv_arena *arena)
{
	return dcv_http_hide_body(lent, url, arena);
}

static struct dcv_json *request_json(const struct dcv_lent *lent,
	const struct dcvp_http_request *request, struct dcv_arena *arena)
{
	const char *url = url_of(lent, request->url, arena);
	const char *body = body_of(lent, request->body, request->body_len, arena);
	struct dcv_json *json = url != NULL && body != NULL ? dcv_json_object() : NULL;

	dcv_json_set_text(json, "method", request->method);
	dcv_json_set_text(json, "url", url);
	dcv_json_set(json, "headers",
		headers_json(lent, request->headers, request->n_headers, arena));
	dcv_json_set_text(json, "body", body);
	return json;
}

static struct dcv_json *answer_json(const struct dcv_lent *lent,
	const struct dcv_http_exchange *exchange, struct dcv_arena *arena)
{
	const char *body = dcv_http_hide_answer(lent, exchange, arena);
	struct dcv_json *json = body != NULL ? dcv_json_object() : NULL;

	dcv_json_set_int(json, "status", exchange->status);
	dcv_json_set(json, "headers",
		headers_json(lent, exchange->headers, exchange->n_headers, arena));
	dcv_json_set_text(json, "body", body);
	return json;
}

static struct dcv_json *exchange_json(const struct dcv_lent *lent,
	const struct dcv_http_exchange *exchange, struct dcv_arena *arena)
{
	struct dcv_json *json = dcv_json_object();

	dcv_json_set(json, "request", request_json(lent, exchange->request, arena));
	if (exchange->answered) {
		dcv_json_set(json, "answer", answer_json(lent, exchange, arena));
		return json;
	}
	dcv_json_set_text(json, "failure", exchange->why);
	dcv_json_set_bool(json, "sent", exchange->sent);
	return json;
}

/* A file under the next free number. Its name in *ret. */
static FILE *open_next(const char *directory, struct dcv_arena *arena, const char **ret)
{
	int fd = -1;

	errno = EEXIST;
	for (unsigned i = 1; fd < 0 && errno == EEXIST && i <= FILES_MAX; i++) {
		*ret = path_of(directory, i, arena);
		if (*ret == NULL)
			return NULL;
		fd = open(*ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	return fd >= 0 ? fdopen(fd, "w") : NULL;
}

enum dcv_err dcv_tape_record(struct dcv_lent *lent,
	const struct dcv_http_exchange *exchange, struct dcv_error *err)
{
	struct dcv_arena arena = {NULL};
	const char *path = NULL;
	FILE *out = open_next(lent->found.record, &arena, &path);
	struct dcv_json *json;
	enum dcv_err rc;

	if (out == NULL) {
		rc = dcv_fail(err, DCV_E_CONFIG, "http_record: %s: %s",
			path != NULL ? path : lent->found.record, strerror(errno));
		dcv_arena_clear(&arena);
		return rc;
	}
	json = exchange_json(lent, exchange, &arena);
	rc = dcv_json_write(json, out, err);
	dcv_json_free(json);
	if (fclose(out) != 0 && rc == DCV_OK)
		rc = dcv_fail(err, DCV_E_FAILED, "%s: %s", path, strerror(errno));
	dcv_arena_clear(&arena);
	return rc;
}

/* --- playing --- */

static void *arena_alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(ctx, n);
}

static const struct dcvp_tree *member(const struct dcvp_tree *tree, const char *key)
{
	const struct dcvp_tree *node = tree != NULL ? tree->first : NULL;

	while (node != NULL && (node->key == NULL || strcmp(node->key, key) != 0))
		node = node->next;
	return node;
}

static const char *text_of(const struct dcvp_tree *tree, const char *key)
{
	const struct dcvp_tree *node = member(tree, key);

	return node != NULL && node->text != NULL ? node->text : "";
}

static bool is_same(const struct dcv_lent *lent, const struct dcvp_tree *recorded,
	const struct dcvp_http_request *request, struct dcv_arena *arena)
{
	const char *url = url_of(lent, request->url, arena);
	const char *body = body_of(lent, request->body, request->body_len, arena);

	return url != NULL && body != NULL &&
		strcmp(text_of(recorded, "method"), request->method) == 0 &&
		strcmp(text_of(recorded, "url"), url) == 0 &&
		strcmp(text_of(recorded, "body"), body) == 0;
}

static bool take_headers(const struct dcvp_tree *list, struct dcv_http_exchange *to)
{
	const struct dcvp_tree *pair = list != NULL ? list->first : NULL;

	for (; pair != NULL; pair = pair->next) {
		struct dcvp_header *grown = dcv_arena_grow(to->arena, to->headers,
			to->n_headers, sizeof(*grown));
		const struct dcvp_tree *name = pair->first;

		if (grown == NULL)
			return false;
		to->headers = grown;
		if (name == NULL || name->text == NULL || name->next == NULL ||
			name->next->text == NULL)
			continue;
		grown[to->n_headers++] = (struct dcvp_header){name->text,
			name->next->text};
	}
	return true;
}

static enum dcv_err play(const struct dcvp_tree *recorded, struct dcv_http_exchange *to,
	struct dcv_error *err)
{
	const struct dcvp_tree *answer = member(recorded, "answer");
	const struct dcvp_tree *sent = member(recorded, "sent");

	to->answered = answer != NULL;
	if (!to->answered) {
		const char *why = text_of(recorded, "failure");

		to->sent = sent != NULL && sent->kind == DCVP_TRUE;
		to->passing = true;
		to->cause = DCVP_CAUSE_UNAVAILABLE;
		(void)dcv_shown(to->why, sizeof(to->why), why, strlen(why));
		return DCV_OK;
	}
	to->sent = true;
	to->status = (int)strtol(text_of(answer, "status"), NULL, 10);
	to->body = text_of(answer, "body");
	to->body_len = strlen(to->body);
	return take_headers(member(answer, "headers"), to) ? DCV_OK : dcv_nomem(err);
}

/* *ret: NULL if there is no file of this number. */
static enum dcv_err read_tape(const char *path, struct dcv_arena *arena,
	const struct dcvp_tree **ret, struct dcv_error *err)
{
	struct dcv_tree_maker maker = {.alloc = arena_alloc, .ctx = arena};
	struct dcv_buf text;
	enum dcv_err rc;

	*ret = NULL;
	if (path == NULL)
		return dcv_nomem(err);
	dcv_buf_init(&text, FILE_MAX);
	rc = dcv_file_read(path, &text, err);
	if (rc == DCV_OK)
		*ret = dcv_tree_json(&maker, dcv_buf_text(&text), text.len);
	dcv_buf_clear(&text);
	if (rc == DCV_OK && *ret == NULL)
		rc = dcv_fail(err, DCV_E_CONFIG, "%s: octet %zu: %s", path, maker.at,
			maker.why != NULL ? maker.why : "out of memory");
	return rc;
}

/* The first that was not played yet. The account's mutex is held. */
static enum dcv_err find_tape(struct dcv_lent *lent, char *const *paths, size_t n,
	struct dcv_http_exchange *to, struct dcv_error *err)
{
	struct dcv_services_account *account = lent->shared;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcvp_tree *tape = NULL;

		if (account->used[i])
			continue;
		rc = read_tape(paths[i], to->arena, &tape, err);
		if (rc == DCV_OK &&
			is_same(lent, member(tape, "request"), to->request, to->arena)) {
			account->used[i] = true;
			return play(tape, to, err);
		}
	}
	if (rc != DCV_OK)
		return rc;
	return dcv_fail(err, DCV_E_FAILED, "%s: no recorded exchange for this %s %s",
		lent->found.replay, to->request->method,
		dcv_http_hide_url(lent, to->request->url, to->arena));
}

enum dcv_err dcv_tape_replay(struct dcv_lent *lent, struct dcv_http_exchange *exchange,
	struct dcv_error *err)
{
	struct dcv_services_account *account = lent->shared;
	char **paths = NULL;
	size_t n = 0;
	enum dcv_err rc = dcv_dir_list(lent->found.replay, ".json", exchange->arena,
		&paths, &n, err);

	if (rc != DCV_OK)
		return rc;
	(void)pthread_mutex_lock(&account->mutex);
	if (account->n_used < n) {
		bool *grown = realloc(account->used, n * sizeof(*grown));

		if (grown != NULL) {
			memset(grown + account->n_used, 0, n - account->n_used);
			account->used = grown;
			account->n_used = n;
		}
	}
	rc = account->n_used < n ? dcv_nomem(err)
				 : find_tape(lent, paths, n, exchange, err);
	(void)pthread_mutex_unlock(&account->mutex);
	return rc;
}
