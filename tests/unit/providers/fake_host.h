/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A host for a provider under test: memory from an arena, a log that is kept, and HTTP answers
 * that the test wrote down beforehand, each for the request that it expects. */
#ifndef DCV_TEST_FAKE_HOST_H
#define DCV_TEST_FAKE_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/arena.h"
#include <dcvctl/provider.h>

#define EXCHANGES_MAX 8u

struct exchange {
	const char *method, *url; /* what is expected */
	const char *body; /* in the request; NULL: none */
	int status; /* of the answer; 0: none comes */
	const char *answer;
};

struct fake {
	struct dcv_arena arena;
	const struct exchange *exchanges; /* ends with method NULL */
	size_t asked;
	char log[4096];
	char last_body[4096];
	int wrong; /* a request that nobody expected */
	struct dcvp_header header; /* of each answer; name NULL: none */
	int64_t wall_s;
	char headers[1024]; /* of the last request: "name: value" a line, and the key's id */
	int64_t waited_ms; /* without waiting */
	int64_t kept_s; /* the lifetime of what was cached last */
	struct {
		const char *key, *value;
	} cache[8];
};

static void *fake_alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(&((struct fake *)ctx)->arena, n);
}

static void fake_log(void *ctx, enum dcvp_level level, const char *line)
{
	struct fake *fake = ctx;
	size_t len = strlen(fake->log);

	(void)level;
	(void)snprintf(fake->log + len, sizeof fake->log - len, "%s\n", line);
}

static int64_t fake_mono_ms(void *ctx)
{
	struct timespec now;

	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t fake_deadline_ms(void *ctx)
{
	return fake_mono_ms(ctx) + 20000;
}

static int64_t fake_wall_s(void *ctx)
{
	return ((struct fake *)ctx)->wall_s;
}

static void fake_wait_ms(void *ctx, int64_t ms)
{
	((struct fake *)ctx)->waited_ms += ms;
}

static const char *fake_cache_get(void *ctx, const char *key)
{
	struct fake *fake = ctx;

	for (size_t i = 0; i < 8; i++) {
		if (fake->cache[i].key != NULL && strcmp(fake->cache[i].key, key) == 0)
			return fake->cache[i].value;
	}
	return NULL;
}

static void fake_cache_put(void *ctx, const char *key, const char *value,
	int64_t lifetime_s)
{
	struct fake *fake = ctx;
	size_t i = 0;

	fake->kept_s = lifetime_s;
	while (i < 7 && fake->cache[i].key != NULL)
		i++;
	fake->cache[i].key = dcv_arena_strdup(&fake->arena, key);
	fake->cache[i].value = dcv_arena_strdup(&fake->arena, value);
}

static void fake_note_headers(struct fake *fake, const struct dcvp_http_request *request)
{
	size_t len = 0;

	fake->headers[0] = '\0';
	for (size_t i = 0; i < request->n_headers && len < sizeof fake->headers; i++)
		len += (size_t)snprintf(fake->headers + len, sizeof fake->headers - len,
			"%s: %s\n", request->headers[i].name, request->headers[i].value);
	if (request->sign != NULL && len < sizeof fake->headers)
		(void)snprintf(fake->headers + len, sizeof fake->headers - len,
			"signed: %s %s %s\n", request->sign->key_id, request->sign->secret,
			request->sign->token != NULL ? request->sign->token : "-");
}

static enum dcvp_class fake_http(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err)
{
	struct fake *fake = ctx;
	const struct exchange *at = &fake->exchanges[fake->asked];

	if (at->method == NULL || strcmp(at->method, request->method) != 0 ||
		strcmp(at->url, request->url) != 0 ||
		(at->body == NULL) != (request->body == NULL) ||
		(at->body != NULL && strcmp(at->body, request->body) != 0)) {
		(void)fprintf(stderr, "# not expected: %s %s %s\n", request->method,
			request->url,
			request->body != NULL ? (const char *)request->body : "-");
		fake->wrong = 1;
		return DCVP_FAILED;
	}
	fake->asked++;
	fake_note_headers(fake, request);
	if (at->status == 0) {
		(void)snprintf(err->text, sizeof err->text, "no answer");
		err->cause = DCVP_CAUSE_UNAVAILABLE;
		return DCVP_UNKNOWN;
	}
	*ret = (struct dcvp_http_answer){.status = at->status,
		.sent = 1,
		.n_headers = fake->header.name != NULL,
		.headers = &fake->header,
		.body = at->answer,
		.body_len = strlen(at->answer)};
	return DCVP_OK;
}

static struct dcvp_tree *fake_tree(struct fake *fake, const char *key, json_t *json)
{
	struct dcvp_tree *tree = fake_alloc(fake, sizeof *tree), **end = &tree->first;
	const char *name;
	json_t *child;
	size_t i;

	tree->key = key == NULL ? NULL : dcv_arena_strdup(&fake->arena, key);
	if (json_is_string(json)) {
		tree->kind = DCVP_TEXT;
		tree->text = dcv_arena_strdup(&fake->arena, json_string_value(json));
	} else if (json_is_integer(json)) {
		tree->kind = DCVP_NUMBER;
		tree->text = dcv_arena_printf(&fake->arena, "%lld",
			(long long)json_integer_value(json));
	} else if (json_is_boolean(json)) {
		tree->kind = json_is_true(json) ? DCVP_TRUE : DCVP_FALSE;
	} else if (json_is_array(json)) {
		tree->kind = DCVP_ARRAY;
		json_array_foreach(json, i, child)
		{
			*end = fake_tree(fake, NULL, child);
			end = &(*end)->next;
		}
	} else if (json_is_object(json)) {
		tree->kind = DCVP_OBJECT;
		json_object_foreach(json, name, child)
		{
			*end = fake_tree(fake, name, child);
			end = &(*end)->next;
		}
	}
	return tree;
}

static struct dcvp_tree *fake_json_read(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	json_t *json = json_loadb(text, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	struct dcvp_tree *tree;

	if (json == NULL) {
		(void)snprintf(err->text, sizeof err->text, "JSON: malformed");
		return NULL;
	}
	tree = fake_tree(ctx, NULL, json);
	json_decref(json);
	return tree;
}

static json_t *fake_json(const struct dcvp_tree *tree)
{
	json_t *json = tree->kind == DCVP_ARRAY ? json_array() : json_object();

	if (tree->kind == DCVP_ARRAY || tree->kind == DCVP_OBJECT) {
		for (const struct dcvp_tree *at = tree->first; at != NULL; at = at->next) {
			if (tree->kind == DCVP_ARRAY)
				(void)json_array_append_new(json, fake_json(at));
			else
				(void)json_object_set_new(json, at->key, fake_json(at));
		}
		return json;
	}
	json_decref(json);
	if (tree->kind == DCVP_TEXT)
		return json_string(tree->text);
	if (tree->kind == DCVP_NUMBER)
		return json_integer(strtoll(tree->text, NULL, 10));
	return tree->kind == DCVP_NULL ? json_null()
				       : json_boolean(tree->kind == DCVP_TRUE);
}

static const char *fake_json_write(void *ctx, const struct dcvp_tree *tree)
{
	json_t *json = fake_json(tree);
	char *text = json_dumps(json, JSON_COMPACT);
	const char *copy = dcv_arena_strdup(&((struct fake *)ctx)->arena, text);

	free(text);
	json_decref(json);
	return copy;
}

/* Pairs of name and value; ends with NULL. */
static const char *const *fake_variables, *const *fake_files;

static const char *fake_look_up(const char *const *pairs, const char *name)
{
	for (; pairs != NULL && *pairs != NULL; pairs += 2) {
		if (strcmp(pairs[0], name) == 0)
			return pairs[1];
	}
	return NULL;
}

static const char *fake_variable(void *ctx, const char *name)
{
	(void)ctx;
	return fake_look_up(fake_variables, name);
}

static enum dcvp_class fake_file(void *ctx, const char *path, const char **ret,
	struct dcvp_error *err)
{
	(void)ctx;
	(void)err;
	*ret = fake_look_up(fake_files, path);
	return DCVP_OK;
}

static struct dcvp_host fake_host(struct fake *fake)
{
	return (struct dcvp_host){.struct_size = sizeof(struct dcvp_host),
		.ctx = fake,
		.alloc = fake_alloc,
		.log = fake_log,
		.wall_s = fake_wall_s,
		.mono_ms = fake_mono_ms,
		.wait_ms = fake_wait_ms,
		.deadline_ms = fake_deadline_ms,
		.http = fake_http,
		.json_read = fake_json_read,
		.json_write = fake_json_write,
		.cache_get = fake_cache_get,
		.cache_put = fake_cache_put,
		.variable = fake_variable,
		.file = fake_file};
}

#endif
