/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as the answers of Huawei Cloud DNS, one behind the other, each begun by an octet that
 * chooses its status and ended by a NUL. They are read as a zone, as the answers to a change, and as
 * its progress: what is not understood is an error that says so, what is said to be done was
 * answered, and it ends. */
#include "fuzz.h"

#include "base/arena.h"
#include "provider/tree.h"
#include <dcvctl/provider.h>

#define TXT 16
#define DEADLINE_MS 20000

const struct dcvp_provider *dcvp_provider_1(void);

struct world {
	struct dcv_arena arena;
	const uint8_t *at, *end;
	int64_t now_ms;
	size_t asked, taken; /* requests; those that change something and were taken */
};

static void *lend(void *ctx, size_t n)
{
	return dcv_arena_alloc(&((struct world *)ctx)->arena, n);
}

static void hear(void *ctx, enum dcvp_level level, const char *line)
{
	(void)ctx;
	(void)level;
	insist(line != NULL && strchr(line, '\n') == NULL, "a log that is no line");
}

static int64_t now(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

static void pass(void *ctx, int64_t ms)
{
	insist(ms > 0, "a wait for nothing");
	((struct world *)ctx)->now_ms += ms;
}

static int64_t deadline(void *ctx)
{
	(void)ctx;
	return DEADLINE_MS;
}

/* Behind the last answer there is none. */
static enum dcvp_class answer(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err)
{
	static const int statuses[] = {200, 202, 400, 401, 403, 404, 409, 429, 500};
	struct world *world = ctx;
	const uint8_t *from = world->at + 1, *to;

	insist(request->url != NULL && strpbrk(request->url, " \r\n\"\\") == NULL,
		"a URL that is none");
	world->asked++;
	world->now_ms++;
	if (world->at == world->end) {
		(void)snprintf(err->text, sizeof err->text, "no answer");
		err->cause = DCVP_CAUSE_UNAVAILABLE;
		return request->repeatable ? DCVP_FAILED : DCVP_UNKNOWN;
	}
	to = memchr(from, '\0', (size_t)(world->end - from));
	to = to != NULL ? to : world->end;
	*ret = (struct dcvp_http_answer){
		.status = statuses[*world->at % (sizeof statuses / sizeof statuses[0])],
		.sent = 1,
		.body = dcv_arena_strndup(&world->arena, (const char *)from,
			(size_t)(to - from)),
		.body_len = (size_t)(to - from)};
	world->taken += !request->repeatable && ret->status < 300;
	world->at = to < world->end ? to + 1 : to;
	return DCVP_OK;
}

static struct dcvp_tree *read_json(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	struct dcv_tree_maker maker = {.alloc = lend, .ctx = ctx};
	struct dcvp_tree *tree = dcv_tree_json(&maker, text, n);

	if (tree == NULL)
		(void)snprintf(err->text, sizeof err->text, "JSON: %s", maker.why);
	return tree;
}

static const char *write_json(void *ctx, const struct dcvp_tree *tree)
{
	return dcv_tree_json_text(tree, lend, ctx);
}

static const char *recall(void *ctx, const char *key)
{
	(void)ctx;
	(void)key;
	return NULL;
}

static void keep(void *ctx, const char *key, const char *value, int64_t lifetime_s)
{
	(void)ctx;
	insist(key != NULL && value != NULL && lifetime_s > 0, "nothing to keep");
}

static void *open_session(const struct dcvp_host *host)
{
	static const char *const texts[] = {"https://dns.example", NULL, "AK", NULL, "SK",
		NULL};
	static const struct dcvp_setting settings[] = {{"endpoint", 1, &texts[0]},
		{"access_key", 1, &texts[2]}, {"secret_key", 1, &texts[4]}};
	struct dcvp_error err = {0};
	void *ret = NULL;

	insist(dcvp_provider_1()->open(host, settings, 3, &ret, &err) == DCVP_OK, "open");
	return ret;
}

static void try_read(void *session)
{
	static const char *const owners[] = {"_x.example.com.", "example.com."};
	struct dcvp_error err = {0};
	struct dcvp_zone zone = {0};
	enum dcvp_class class = dcvp_provider_1()->read(session, "example.com.", owners,
		2, &zone, &err);

	insist(class != DCVP_UNKNOWN && class != DCVP_NOMEM, "a class of reading");
	insist((err.text[0] == '\0') == (class == DCVP_OK), "an error without a reason");
	if (class != DCVP_OK)
		return;
	insist(zone.n_nodes == 2 && zone.etag != NULL, "nodes");
	for (size_t i = 0; i < 2; i++) {
		const struct dcvp_node *node = &zone.nodes[i];

		insist(strcmp(node->owner, owners[i]) == 0, "another owner");
		for (size_t k = 0; k < node->n_sets; k++) {
			insist(strcmp(node->sets[k].owner, owners[i]) == 0, "a stray set");
			insist(node->sets[k].n > 0, "a set without values");
			insist(k == 0 || node->sets[k].type > node->sets[k - 1].type ||
					node->sets[k].fixed != NULL,
				"a set twice");
		}
	}
}

static void try_change(struct world *world, void *session)
{
	static const char *const token[] = {"\"token\""}, *const old[] = {"\"old\""};
	static const struct dcvp_edit edits[] = {{.owner = "_x.example.com.",
							 .type = TXT,
							 .ttl_s = 300,
							 .n_add = 1,
							 .add = token,
							 .n_remove = 1,
							 .remove = old},
		{.owner = "example.com.",
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = old}};
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = 2,
		.edits = edits};
	struct dcvp_result results[2] = {{.outcome = DCVP_EDIT_UNKNOWN},
		{.outcome = DCVP_EDIT_UNKNOWN}};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};
	enum dcvp_class class = dcvp_provider_1()->apply(session, &change, results,
		&receipt, &err);

	insist((err.text[0] == '\0') == (class == DCVP_OK), "an error without a reason");
	for (size_t i = 0; class == DCVP_OK && i < 2; i++)
		insist(results[i].outcome == DCVP_EDIT_DONE ||
				results[i].outcome == DCVP_EDIT_ALREADY,
			"done, and not so");
	insist(class == DCVP_OK || class == DCVP_UNKNOWN || world->taken == 0,
		"something was taken, and nothing is said to have changed");
	(void)dcvp_provider_1()->sync(session, &change, &receipt, &(struct dcvp_error){0});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = {.at = data, .end = data + size};
	const struct dcvp_host host = {.struct_size = sizeof host,
		.ctx = &world,
		.alloc = lend,
		.log = hear,
		.wall_s = now,
		.mono_ms = now,
		.wait_ms = pass,
		.deadline_ms = deadline,
		.http = answer,
		.json_read = read_json,
		.json_write = write_json,
		.cache_get = recall,
		.cache_put = keep};
	void *session = open_session(&host);

	try_read(session);
	world.at = data;
	try_change(&world, session);
	insist(world.asked < 100 + size, "it asks without end");
	dcv_arena_clear(&world.arena);
	return 0;
}
