/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows `accounts:` and how zones name them. It does not know what a zone says
 * besides. */
#include <string.h>

#include "config/read.h"

#define MANUAL "manual"

/* A name goes into the ledger and onto the command line; "file:PATH" is taken by zone files. */
static bool is_account_name(const char *name)
{
	return name[strspn(name,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		       "0123456789._-")] == '\0' &&
		name[0] != '-' && name[0] != '.' && name[0] != '\0' && strlen(name) <= 64;
}

bool dcv_config_is_provider(const char *name)
{
	return name[0] != '\0' && name[0] != '-' && strlen(name) <= 32 &&
		name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static struct dcv_config_account *find(const struct dcv_config_zones *zones,
	const char *name)
{
	for (size_t i = 0; i < zones->n_accounts; i++)
		if (strcmp(zones->accounts[i].at.name, name) == 0)
			return &zones->accounts[i];
	return NULL;
}

bool dcv_config_add_account(struct dcv_config_zones *zones,
	const struct dcv_backend_config *at)
{
	struct dcv_config_account *grown = dcv_arena_grow(zones->arena, zones->accounts,
		zones->n_accounts, sizeof *grown);

	if (grown == NULL)
		return false;
	zones->accounts = grown;
	grown[zones->n_accounts++].at = *at;
	return true;
}

/* The word of `provider:`; NULL with an error. Which providers there are is not known here. */
static const char *read_provider(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map)
{
	static const char help[] =
		"write a provider's name, as dcvctl provider list shows them";
	const struct dcv_yaml_node *node = dcv_yaml_get(map, "provider");
	const char *text;

	if (node == NULL) {
		dcv_config_error(rd, map, help, "provider: missing");
		return NULL;
	}
	text = dcv_config_text(rd, node, "provider");
	if (text == NULL || dcv_config_is_provider(text))
		return text;
	dcv_config_error(rd, node, help, "provider: \"%.80s\": not a provider's name",
		text);
	return NULL;
}

static void read_zone_file(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *map, struct dcv_backend_config *at)
{
	/* `provider` and those of a zone file. */
	const char *keys[16] = {"provider"};
	size_t n = 1;

	while (n < 15 && dcv_backend_keys[n - 1] != NULL) {
		keys[n] = dcv_backend_keys[n - 1];
		n++;
	}
	dcv_config_keys(rd, map, keys);
	dcv_config_read_backend(rd, map, at, NULL);
	if (dcv_yaml_get(map, "file") == NULL)
		dcv_config_error(rd, map,
			"add file: with the path, in which {zone} stands for the zone's name",
			"file: missing");
}

static void read_account(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *key, const struct dcv_yaml_node *map)
{
	static const char *const manual_keys[] = {"provider", NULL};
	struct dcv_config_zones *zones = rd->config->zones;
	struct dcv_backend_config at = {.name = key->text,
		.account = key->text,
		.directory = rd->directory,
		.place = dcv_yaml_place(rd->file, key)};
	const struct dcv_config_account *other = find(zones, key->text);
	const char *provider = NULL;

	if (!is_account_name(key->text) || strlen(key->text) != key->len)
		dcv_config_error(rd, key, "write letters, digits, `.`, `_` and `-`",
			"accounts: \"%.80s\": not a name for an account", key->text);
	else if (other != NULL)
		dcv_config_error(rd, key, "give each account a name of its own",
			"accounts: %.80s: there is one already: %.200s:%u", key->text,
			other->at.place.file, other->at.place.line);
	if (map->kind != DCV_YAML_MAPPING)
		dcv_config_error(rd, map, "write NAME: {provider: zonefile, file: PATH}",
			"accounts: an account must be a mapping");
	else
		provider = read_provider(rd, map);
	if (provider != NULL && strcmp(provider, MANUAL) == 0)
		dcv_config_keys(rd, map, manual_keys);
	else if (provider != NULL && strcmp(provider, "zonefile") == 0)
		read_zone_file(rd, map, &at);
	else if (provider != NULL) {
		at.provider_place = dcv_yaml_place(rd->file,
			dcv_yaml_get(map, "provider"));
		dcv_config_read_settings(rd, map, &at);
	}
	if (provider != NULL && strcmp(key->text, MANUAL) == 0 &&
		strcmp(provider, MANUAL) != 0)
		dcv_config_error(rd, key, "give it another name",
			"accounts: manual: the name stands for provider: manual");
	at.provider = provider;
	if (other == NULL && !dcv_config_add_account(zones, &at))
		dcv_config_nomem(rd);
}

void dcv_config_read_accounts(const struct dcv_config_reader *rd,
	const struct dcv_yaml_node *node)
{
	if (node->kind == DCV_YAML_SCALAR && node->len == 0)
		return;
	if (node->kind != DCV_YAML_MAPPING) {
		dcv_config_error(rd, node,
			"write accounts: {NAME: {provider: zonefile, …}}",
			"accounts: must be a mapping");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		read_account(rd, node->keys[i], node->children[i]);
}

static void unknown(const struct dcv_config_zones *zones, const char *name,
	const struct dcv_place *place, struct dcv_diags *diags)
{
	const char **names = dcv_arena_array(zones->arena, zones->n_accounts + 1,
		sizeof(const char *));
	const char *meant = NULL,
		   *help = "add it under accounts:, or write account: manual";

	for (size_t i = 0; names != NULL && i < zones->n_accounts; i++)
		names[i] = zones->accounts[i].at.name;
	if (names != NULL)
		meant = dcv_did_you_mean(name, names);
	if (meant != NULL)
		help = dcv_arena_printf(zones->arena, "did you mean `%s`?", meant);
	dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, place, help,
		"account: %.80s: there is no such account", name);
}

/* `*` asks each backend whether it has the zone; a person cannot be asked, and one file cannot
 * be that of every zone. */
static void check_pattern(const struct dcv_backend_config *at,
	const struct dcv_place *place, struct dcv_diags *diags)
{
	if (strcmp(at->provider, MANUAL) == 0)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, place, "name each zone",
			"account: %.80s: zone: \"*\" is every zone that exists, and a manual "
			"account cannot say which do",
			at->name);
	else if (at->file != NULL && strstr(at->file, DCV_ZONE_MARK) == NULL)
		dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, place,
			"write {zone} into the account's file:, or name the zone",
			"account: %.80s: its file is the same for every zone", at->name);
}

static void resolve(struct dcv_config_zones *zones, struct dcv_config_entry *entry,
	size_t i, struct dcv_diags *diags)
{
	static const struct dcv_backend_config manual = {.name = MANUAL,
		.provider = MANUAL,
		.account = MANUAL};
	const struct dcv_place *place = &entry->account_places[i];
	const struct dcv_config_account *account = find(zones, entry->accounts[i]);

	if (account == NULL && strcmp(entry->accounts[i], MANUAL) != 0) {
		unknown(zones, entry->accounts[i], place, diags);
		return;
	}
	entry->backends[i] = account != NULL ? account->at : manual;
	for (size_t k = 0; k < i; k++)
		if (strcmp(entry->accounts[k], entry->accounts[i]) == 0)
			dcv_diag_add(diags, DCV_SEV_ERROR, DCV_E_CONFIG, place,
				"keep one of them", "backends: %.80s is there twice",
				entry->accounts[i]);
	if (entry->binding.zone.len == 0 && entry->backends[i].provider != NULL)
		check_pattern(&entry->backends[i], place, diags);
}

void dcv_config_resolve(struct dcv_config *config, struct dcv_diags *diags)
{
	struct dcv_config_zones *zones = config->zones;

	for (size_t i = 0; i < zones->n_entries; i++) {
		struct dcv_config_entry *entry = &zones->entries[i];

		for (size_t k = 0; k < entry->n_accounts; k++)
			resolve(zones, entry, k, diags);
	}
}

const struct dcv_backend_config *dcv_config_account(const struct dcv_config *config,
	size_t i)
{
	return i < config->zones->n_accounts ? &config->zones->accounts[i].at : NULL;
}

const struct dcv_backend_config *dcv_config_account_named(const struct dcv_config *config,
	const char *name)
{
	const struct dcv_config_account *account = find(config->zones, name);

	return account != NULL ? &account->at : NULL;
}
