/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `check:`: how name servers are asked. */
#include <string.h>

#include "config/read.h"

#define DEADLINE_MAX_S (7 * 86400)

#define RESOLVERS_MAX 16u

static const char *const check_keys[] = {"nameservers", "via", "resolvers", "tls_bundle",
	"require", "families", "root_hints", "trust_anchor", "deadline", NULL};

static bool note(const struct dcv_config_reader *rd, const struct dcv_yaml_node *node,
	const char *key, const char *value)
{
	const char *origin = dcv_config_origin(rd, node);

	if (value != NULL && origin != NULL &&
		dcv_config_note(rd->config, key, value, origin))
		return true;
	dcv_config_nomem(rd);
	return false;
}

static void read_nameservers(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	static const char help[] =
		"write addresses: nameservers: [192.0.2.1, \"[2001:db8::1]:5353\"], or "
		"delegation";
	const char *const *texts;
	struct dcv_error err;
	struct dcv_addr *addrs;

	if (dcv_config_is(node, "delegation")) {
		(void)note(rd, node, "check.nameservers", "delegation");
		return;
	}
	texts = dcv_config_texts(rd, node, "nameservers", 1, help);
	if (texts == NULL)
		return;
	addrs = dcv_arena_array(rd->arena, node->n, sizeof *addrs);
	if (addrs == NULL ||
		!note(rd, node, "check.nameservers",
			dcv_config_join(rd->arena, texts, node->n)))
		return;
	for (size_t i = 0; i < node->n; i++) {
		err = (struct dcv_error){0};
		if (dcv_addr_parse(texts[i], &addrs[i], &err) != DCV_OK)
			dcv_config_error(rd, node->children[i], help, "nameservers: %s",
				err.text);
	}
	rd->config->nameservers = addrs;
	rd->config->n_nameservers = node->n;
}

/* --- through resolvers --- */

static void read_resolvers(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	static const char help[] = "write resolvers: [192.0.2.53#dns.example] with via: dot, "
				   "[https://dns.example/dns-query] with via: doh";
	const char *const *texts = dcv_config_texts(rd, node, "resolvers", 1, help);
	struct dcv_resolver *resolvers;

	if (texts == NULL)
		return;
	if (node->n > RESOLVERS_MAX) {
		dcv_config_error(rd, node, "leave some out", "resolvers: more than %u",
			RESOLVERS_MAX);
		return;
	}
	resolvers = dcv_arena_array(rd->arena, node->n, sizeof *resolvers);
	if (resolvers == NULL ||
		!note(rd, node, "check.resolvers",
			dcv_config_join(rd->arena, texts, node->n)))
		return;
	for (size_t i = 0; i < node->n; i++) {
		struct dcv_error err = {0};

		if (dcv_resolver_parse(rd->config->via, texts[i], rd->arena,
			    &resolvers[i], &err) != DCV_OK)
			dcv_config_error(rd, node->children[i],
				err.help[0] != '\0' ? err.help : NULL, "resolvers: %s",
				err.text);
	}
	rd->config->resolvers = resolvers;
	rd->config->n_resolvers = node->n;
}

/* Whom to ask is said by the user: to ask somebody else's resolver tells them of every order. */
static void read_via(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map)
{
	static const char *const words[] = {"direct", "dot", "doh", NULL};
	static const char help[] =
		"write via: direct (the default), or dot or doh with resolvers: to ask";
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "via");
	const struct dcv_yaml_node *resolvers = dcv_yaml_get(map, "resolvers");
	const struct dcv_yaml_node *servers = dcv_yaml_get(map, "nameservers");
	int word = node != NULL ? dcv_config_word(rd, node, "via", words, help) : 0;

	if (word < 0)
		return;
	rd->config->via = (enum dcv_via)word;
	if (node != NULL)
		(void)note(rd, node, "check.via", words[word]);
	if (word == DCV_VIA_DIRECT) {
		if (resolvers != NULL)
			dcv_config_error(rd, resolvers, "write via: dot or via: doh too",
				"resolvers: nobody is asked through them");
		return;
	}
	if (resolvers == NULL)
		dcv_config_error(rd, node,
			word == DCV_VIA_DOT ? "write resolvers: [192.0.2.53#dns.example]"
					    : "write resolvers: "
					      "[https://dns.example/dns-query]",
			"via: %s: resolvers: is missing: whom to ask", words[word]);
	else
		read_resolvers(rd, resolvers);
	if (servers != NULL && !dcv_config_is(servers, "delegation"))
		dcv_config_error(rd, servers, "leave one of the two out",
			"nameservers: nobody is asked there with via: %s", words[word]);
}

bool dcv_config_read_deadline(const char *text, int64_t *ret_s, struct dcv_error *err)
{
	int64_t seconds = 0;

	if (dcv_duration_parse("deadline", text, &seconds, err) != DCV_OK)
		return false;
	if (seconds < 1 || seconds > DEADLINE_MAX_S) {
		(void)dcv_fail(err, DCV_E_CONFIG, "deadline: must be from 1 s to 7 d");
		(void)dcv_help(err, "help: write a time such as 15m");
		return false;
	}
	*ret_s = seconds;
	return true;
}

static void read_deadline(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	const char *text = dcv_config_text(rd, node, "deadline");
	struct dcv_error err = {0};

	if (text == NULL)
		return;
	if (!dcv_config_read_deadline(text, &rd->config->deadline_s, &err))
		dcv_config_error(rd, node, err.help, "%s", err.text);
	else
		(void)note(rd, node, "check.deadline",
			dcv_config_duration(rd->arena, rd->config->deadline_s));
}

/* A key of which this version has one value: what else may stand there would have no effect. */
static void read_only(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	const char *key, const char *value)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);
	const char *name, *help;

	if (node == NULL)
		return;
	name = dcv_arena_printf(rd->arena, "check.%s", key);
	help = dcv_arena_printf(rd->arena, "write %s: %s, or leave the key out", key,
		value);
	if (name == NULL || help == NULL)
		dcv_config_nomem(rd);
	else if (dcv_config_is(node, value))
		(void)note(rd, node, name, value);
	else
		dcv_config_later(rd, node, key, help);
}

static void read_families(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	static const char help[] =
		"write families: [4], [6] or [4, 6], or leave the key out: a family without a "
		"route is not counted against a server that answers in the other";
	bool has4 = false, has6 = false;

	if (node->kind == DCV_YAML_SEQUENCE && node->n <= 2)
		for (size_t i = 0; i < node->n; i++) {
			has4 = has4 || dcv_config_is(node->children[i], "4");
			has6 = has6 || dcv_config_is(node->children[i], "6");
		}
	if ((has4 ? 1u : 0u) + (has6 ? 1u : 0u) != (unsigned)node->n || node->n == 0) {
		dcv_config_error(rd, node, help, "families: not understood");
		return;
	}
	rd->config->no_ipv4 = !has4;
	rd->config->no_ipv6 = !has6;
	(void)note(rd, node, "check.families", !has6 ? "4" : !has4 ? "6" : "4 6");
}

/* `system`, or a file that is named by the user; NULL for the former. */
static const char *read_file_key(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, const char *key)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);
	const char *name, *path;

	if (node == NULL)
		return NULL;
	name = dcv_arena_printf(rd->arena, "check.%s", key);
	if (name == NULL) {
		dcv_config_nomem(rd);
		return NULL;
	}
	if (dcv_config_is(node, "system")) {
		(void)note(rd, node, name, "system");
		return NULL;
	}
	path = dcv_config_path_of(rd, node, key);
	return path != NULL && note(rd, node, name, path) ? path : NULL;
}

void dcv_config_read_check(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	const struct dcv_yaml_node *child;

	if (node->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, node, "write check: {deadline: 15m}",
			"check: must be a mapping");
		return;
	}
	dcv_config_keys(rd, node, check_keys);
	if ((child = dcv_yaml_get(node, "nameservers")) != NULL)
		read_nameservers(rd, child);
	read_via(rd, node);
	rd->config->tls_bundle = read_file_key(rd, node, "tls_bundle");
	read_only(rd, node, "require", "all");
	if ((child = dcv_yaml_get(node, "families")) != NULL)
		read_families(rd, child);
	rd->config->root_hints = read_file_key(rd, node, "root_hints");
	rd->config->trust_anchor = read_file_key(rd, node, "trust_anchor");
	if ((child = dcv_yaml_get(node, "deadline")) != NULL)
		read_deadline(rd, child);
}
