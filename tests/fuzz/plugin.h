/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A host for a plugin whose answers are any octets: one after the other, each ends with a NUL; its
 * first octet chooses the status, the others are the body. After the last nobody answers. */
#ifndef DCV_FUZZ_PLUGIN_H
#define DCV_FUZZ_PLUGIN_H

#include "fuzz.h"

#include "base/arena.h"
#include "provider/tree.h"
#include <dcvctl/provider.h>

struct plugin {
	struct dcv_arena arena;
	const uint8_t *at, *end;
	const char *base; /* how each URL begins */
};

static void *plugin_alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(&((struct plugin *)ctx)->arena, n);
}

static void plugin_log(void *ctx, enum dcvp_level level, const char *line)
{
	(void)ctx, (void)level, (void)line;
}

static int64_t plugin_clock(void *ctx)
{
	(void)ctx;
	return 1795000000;
}

static void plugin_wait_ms(void *ctx, int64_t ms)
{
	(void)ctx, (void)ms;
}

/* What comes from an answer may not lead elsewhere, or break out of its place. */
static void plugin_insist_url(const struct plugin *plugin, const char *url)
{
	insist(strncmp(url, plugin->base, strlen(plugin->base)) == 0, "a URL elsewhere");
	insist(strstr(url, "/..") == NULL, "a URL that climbs");
	for (; *url != '\0'; url++)
		insist(*url > ' ' && *url <= '~' && strchr("\"<>\\^`{|}#", *url) == NULL,
			"an octet in a URL");
}

static enum dcvp_class plugin_http(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err)
{
	static const int statuses[] = {200, 200, 200, 201, 202, 204, 301, 400, 400, 401,
		403, 404, 409, 429, 500, 503};
	struct plugin *plugin = ctx;
	const uint8_t *end;

	plugin_insist_url(plugin, request->url);
	insist((request->body == NULL) == (request->body_len == 0), "a body of no length");
	(void)snprintf(err->text, sizeof err->text, "no answer");
	if (plugin->at == plugin->end)
		return DCVP_UNKNOWN;
	err->text[0] = '\0';
	end = memchr(plugin->at, '\0', (size_t)(plugin->end - plugin->at));
	if (end == NULL)
		end = plugin->end;
	*ret = (struct dcvp_http_answer){.status = statuses[*plugin->at % 16],
		.sent = 1,
		.body_len = end > plugin->at ? (size_t)(end - plugin->at) - 1 : 0};
	ret->body = dcv_arena_strndup(&plugin->arena, (const char *)plugin->at + 1,
		ret->body_len);
	plugin->at = end < plugin->end ? end + 1 : end;
	return DCVP_OK;
}

static struct dcvp_tree *plugin_json_read(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	struct dcv_tree_maker maker = {.alloc = plugin_alloc, .ctx = ctx};
	struct dcvp_tree *tree = dcv_tree_json(&maker, text, n);

	if (tree == NULL)
		(void)snprintf(err->text, sizeof err->text, "%s", maker.why);
	return tree;
}

static const char *plugin_json_write(void *ctx, const struct dcvp_tree *tree)
{
	const char *text = dcv_tree_json_text(tree, plugin_alloc, ctx);

	insist(text != NULL, "a tree that cannot be written");
	return text;
}

static struct dcvp_host plugin_host(struct plugin *plugin)
{
	return (struct dcvp_host){.struct_size = sizeof(struct dcvp_host),
		.ctx = plugin,
		.alloc = plugin_alloc,
		.log = plugin_log,
		.wall_s = plugin_clock,
		.mono_ms = plugin_clock,
		.wait_ms = plugin_wait_ms,
		.deadline_ms = plugin_clock,
		.http = plugin_http,
		.json_read = plugin_json_read,
		.json_write = plugin_json_write};
}

/* A read that went well says something of each owner. */
static void plugin_insist_zone(const struct dcvp_zone *zone, size_t n)
{
	insist(zone->place != NULL && zone->n_nodes == n, "nodes that were asked for");
	for (size_t i = 0; i < n; i++) {
		const struct dcvp_node *node = &zone->nodes[i];

		insist(node->owner != NULL, "a node without owner");
		for (size_t k = 0; k < node->n_sets; k++) {
			const struct dcvp_rrset *set = &node->sets[k];

			insist(strcmp(set->owner, node->owner) == 0, "a set elsewhere");
			insist(set->n > 0, "a set without values");
			for (size_t v = 0; v < set->n; v++)
				insist(set->rdata[v] != NULL, "no value");
		}
	}
}

/* What a change came to, and what is said of its edits, are one. */
static void plugin_insist_results(enum dcvp_class class,
	const struct dcvp_result *results, size_t n, const struct dcvp_error *err)
{
	insist(class == DCVP_OK || err->text[0] != '\0', "a failure without a reason");
	for (size_t i = 0; i < n; i++) {
		insist(class != DCVP_OK || results[i].outcome == DCVP_EDIT_DONE ||
				results[i].outcome == DCVP_EDIT_ALREADY,
			"all is done, and an edit is not");
		insist(class != DCVP_FAILED || results[i].outcome != DCVP_EDIT_DONE,
			"nothing changed, and an edit is done");
	}
}

#endif
