/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `zones:`: which zone, where it is, what orders may write there. How a zone
 * file is edited stands in backend.c. */
#include <stdlib.h>
#include <string.h>

#include "config/read.h"

static const char *const zone_keys[] = {"zone", "file", "from", "reload", "server",
	"checker", "signer", "journal", "into", "serial", "account", "backends", "allow",
	"follow", "shadow", "comment", NULL};

/* Exactly one of them says where a zone is. */
static const char *const place_keys[] = {"file", "from", "account", "backends"};

static void read_from(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_config_entry *entry)
{
	static const char help[] = "write bind, nsd, knot, or {nsd: FILE}";
	static const char *const words[] = {[DCV_SERVER_BIND] = "bind",
		[DCV_SERVER_NSD] = "nsd",
		[DCV_SERVER_KNOT] = "knot",
		NULL};
	bool mapping = node->kind == DCV_YAML_MAPPING && node->n == 1;
	const struct dcv_yaml_node *name = mapping ? node->keys[0] : node;
	int word;

	if (dcv_config_is(name, "pdns")) {
		dcv_config_later(rd, name, "from", "name each zone with its file");
		return;
	}
	word = dcv_config_word(rd, name, "from", words, help);
	if (word < 0)
		return;
	entry->has_from = true;
	entry->from = (enum dcv_server_kind)word;
	if (mapping)
		entry->from_config = dcv_config_path_of(rd, node->children[0], "from");
}

static bool name_accounts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *const *nodes, const char *const *names, size_t n,
	struct dcv_config_entry *entry)
{
	struct dcv_place *places = dcv_arena_array(rd->arena, n, sizeof *places);

	entry->backends = dcv_arena_array(rd->arena, n, sizeof *entry->backends);
	if (places == NULL || entry->backends == NULL || names == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		places[i] = dcv_yaml_place(rd->file, nodes[i]);
	entry->accounts = names;
	entry->account_places = places;
	entry->n_accounts = n;
	entry->binding.n_backends = n;
	return true;
}

static void read_accounts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_config_entry *entry)
{
	static const char help[] = "write backends: [ACCOUNT, ACCOUNT]";
	const struct dcv_yaml_node *account = dcv_yaml_get(map, "account");
	const struct dcv_yaml_node *list = dcv_yaml_get(map, "backends");
	const char *const *names = NULL;
	const char *name;

	if (account != NULL) {
		name = dcv_config_text(rd, account, "account");
		if (name != NULL &&
			!name_accounts(rd, &account,
				dcv_arena_memdup(rd->arena, &name, sizeof name), 1, entry))
			dcv_config_nomem(rd);
	} else if (list != NULL) {
		names = dcv_config_texts(rd, list, "backends", 1, help);
		if (names != NULL &&
			!name_accounts(rd,
				(const struct dcv_yaml_node *const *)list->children,
				names, list->n, entry))
			dcv_config_nomem(rd);
	}
}

/* What an account's file is edited with, its account says. */
static void refuse_file_keys(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map)
{
	for (size_t i = 0; i < map->n; i++)
		for (size_t k = 0; dcv_backend_keys[k] != NULL; k++)
			if (dcv_config_is(map->keys[i], dcv_backend_keys[k]) &&
				!dcv_config_is(map->keys[i], "file"))
				dcv_config_error(rd, map->keys[i],
					"write it into the account",
					"%s: belongs to a zone file, not to a zone of an account",
					dcv_backend_keys[k]);
}

/* The key that says where the zone is: its node in *ret. False if there is none, or several. */
static bool find_place(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, const char **ret)
{
	const char *found = NULL;

	for (size_t i = 0; i < map->n; i++)
		for (size_t k = 0; k < sizeof place_keys / sizeof place_keys[0]; k++) {
			if (!dcv_config_is(map->keys[i], place_keys[k]))
				continue;
			if (found != NULL) {
				dcv_config_error(rd, map->keys[i],
					"keep one of them; several backends: backends: [ACCOUNT, ACCOUNT]",
					"%s: %s: says already where the zone is",
					place_keys[k], found);
				return false;
			}
			found = place_keys[k];
		}
	if (found == NULL)
		dcv_config_error(rd, map, "add file: with the path of its zone file",
			"file: missing");
	*ret = found;
	return found != NULL;
}

static void read_place(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_config_entry *entry)
{
	const char *place = NULL;

	if (!find_place(rd, map, &place))
		return;
	if (strcmp(place, "account") == 0 || strcmp(place, "backends") == 0) {
		refuse_file_keys(rd, map);
		read_accounts(rd, map, entry);
		return;
	}
	entry->backends = dcv_arena_alloc(rd->arena, sizeof *entry->backends);
	if (entry->backends == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	entry->binding.n_backends = 1;
	entry->backends->place = entry->binding.place;
	dcv_config_read_backend(rd, map, entry->backends, &entry->has_reload);
	if (strcmp(place, "from") == 0)
		read_from(rd, dcv_yaml_get(map, "from"), entry);
}

/* A first label, or an absolute name with final dot. */
static bool is_allowable(const char *text)
{
	size_t len = strlen(text);
	struct dcv_name name;

	if (dcv_name_parse(text, len, NULL, &name, NULL) != DCV_OK || name.len == 1 ||
		strpbrk(text, "*\\") != NULL)
		return false;
	return text[len - 1] == '.' || dcv_name_labels(&name) == 1;
}

static void read_allow(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node, struct dcv_binding *binding)
{
	static const char help[] =
		"write first labels (_dnsauth) or whole names with a final "
		"dot (www.example.com.)";
	const char *const *texts = dcv_config_texts(rd, node, "allow", 0, help);
	const char **allow;

	if (texts == NULL)
		return;
	allow = dcv_arena_array(rd->arena, node->n, sizeof(const char *));
	if (allow == NULL) {
		dcv_config_nomem(rd);
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		if (!is_allowable(texts[i]))
			dcv_config_error(rd, node->children[i], help,
				"allow: \"%.80s\" is neither a label nor a name with a final dot",
				texts[i]);
		allow[i] = dcv_config_lower(rd->arena, texts[i]);
		if (allow[i] == NULL)
			dcv_config_nomem(rd);
	}
	binding->has_allow = true;
	binding->allow = allow;
	binding->n_allow = node->n;
}

static void read_rules(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_binding *binding)
{
	static const char *const shadows[] = {[DCV_SHADOW_REFUSE] = "refuse",
		[DCV_SHADOW_COPY] = "copy",
		[DCV_SHADOW_ACCEPT] = "accept",
		NULL};
	const struct dcv_yaml_node *node;
	int word;

	if ((node = dcv_yaml_get(map, "allow")) != NULL)
		read_allow(rd, node, binding);
	if ((node = dcv_yaml_get(map, "follow")) != NULL)
		binding->follow = dcv_config_yes(rd, node, "follow");
	if ((node = dcv_yaml_get(map, "shadow")) != NULL) {
		word = dcv_config_word(rd, node, "shadow", shadows,
			"write refuse, copy or accept");
		if (word >= 0)
			binding->shadow = (enum dcv_shadow)word;
	}
}

/* False if the entry has no usable name; zone.len 0 stands for "*". */
static bool read_name(const struct dcv_config_reader *rd, const struct dcv_yaml_node *map,
	struct dcv_binding *binding)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "zone");
	struct dcv_error err = {0};

	if (node == NULL && dcv_yaml_get(map, "from") != NULL)
		return true;
	if (node == NULL) {
		dcv_config_error(rd, map, "add zone: with its name", "zone: missing");
		return false;
	}
	if (dcv_config_text(rd, node, "zone") == NULL)
		return false;
	binding->place = dcv_yaml_place(rd->file, node);
	if (dcv_config_is(node, "*"))
		return true;
	if (dcv_config_zone(rd->arena, node->text, node->len, &binding->zone, &err))
		return true;
	err.code = DCV_E_CONFIG;
	dcv_diag_add_error(rd->diags, &binding->place, &err);
	return false;
}

/* A path of every zone must differ for each; a path of one zone must be one. */
static void check_path(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, const struct dcv_binding *zone, const char *key)
{
	const struct dcv_yaml_node *node = dcv_yaml_get(map, key);
	bool marked;

	if (node == NULL || node->kind != DCV_YAML_SCALAR || node->len == 0)
		return;
	marked = strstr(node->text, DCV_ZONE_MARK) != NULL;
	if (zone->zone.len == 0 && !marked &&
		(strcmp(key, "file") == 0 || node->text[0] == '/'))
		dcv_config_error(rd, node,
			"write {zone} where the zone's name stands in the path",
			"%s: the same for every zone", key);
	if (zone->zone.len > 0 && marked && !dcv_config_is_pathable(&zone->zone))
		dcv_config_error(rd, node, "write the path out",
			"%s: {zone}: the zone's name holds a slash", key);
}

static void read_entry(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	struct dcv_config_entry entry = {.has_reload = false};
	bool named;

	if (node->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, node, "write - {zone: NAME, file: PATH, reload: nsd}",
			"zones: an item must be a mapping");
		return;
	}
	entry.binding.place = dcv_yaml_place(rd->file, node);
	dcv_config_keys(rd, node, zone_keys);
	named = read_name(rd, node, &entry.binding);
	read_place(rd, node, &entry);
	read_rules(rd, node, &entry.binding);
	if (!named)
		return;
	check_path(rd, node, &entry.binding, "file");
	check_path(rd, node, &entry.binding, "into");
	if (!dcv_config_enter(rd->config, &entry))
		dcv_config_nomem(rd);
}

void dcv_config_read_zones(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	if (node->kind == DCV_YAML_SCALAR && node->len == 0)
		return;
	if (node->kind != DCV_YAML_SEQUENCE) {
		dcv_config_error(rd, node,
			"begin each zone with `- ` on a line of its own",
			"zones: must be a list");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		read_entry(rd, node->children[i]);
}

static int compare(const void *p, const void *q)
{
	const struct dcv_config_entry *a = *(const struct dcv_config_entry *const *)p;
	const struct dcv_config_entry *b = *(const struct dcv_config_entry *const *)q;
	int order = dcv_name_compare(&a->binding.zone, &b->binding.zone);

	return order != 0 ? order : (a > b) - (a < b);
}

static void refuse_twice(const struct dcv_binding *first,
	const struct dcv_binding *second, struct dcv_diags *diags)
{
	bool same = strcmp(first->place.file, second->place.file) == 0;
	char name[DCV_NAME_TEXT_MAX];

	dcv_name_text(&second->zone, name);
	if (same)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &second->place,
			"keep one of them",
			"zone: %.255s is bound twice: on line %u and on line %u", name,
			first->place.line, second->place.line);
	else
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, &second->place,
			"keep one of them",
			"zone: %.255s is bound twice: also in %.200s:%u", name,
			first->place.file, first->place.line);
}

void dcv_config_unique(const struct dcv_config *config, struct dcv_diags *diags)
{
	struct dcv_config_zones *zones = config->zones;
	const struct dcv_config_entry **sorted = dcv_arena_array(zones->arena,
		zones->n_entries, sizeof(const struct dcv_config_entry *));
	size_t n = 0;

	if (sorted == NULL) {
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_NOMEM, NULL, NULL,
			"out of memory");
		return;
	}
	for (size_t i = 0; i < zones->n_entries; i++)
		if (zones->entries[i].binding.zone.len > 0)
			sorted[n++] = &zones->entries[i];
	if (n > 1)
		qsort(sorted, n, sizeof(const struct dcv_config_entry *), compare);
	for (size_t i = 1; i < n; i++)
		if (dcv_name_equal(&sorted[i]->binding.zone, &sorted[i - 1]->binding.zone))
			refuse_twice(&sorted[i - 1]->binding, &sorted[i]->binding, diags);
}
