/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which bound zone holds a name: it looks whether a pattern's file exists and
 * what a name server's configuration says, and remembers it. It does not know how either is
 * written. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config/read.h"

#define SLOTS_FIRST 64u

/* `err` of an item of the configuration: the text begins with its place. */
static enum dcv_err fail_at(const struct dcv_config_entry *entry, struct dcv_error *err)
{
	const struct dcv_place *place = &entry->binding.place;

	if (err == NULL)
		return DCV_E_CONFIG;
	if (place->line > 0)
		(void)dcv_error_wrap(err, "%.200s:%u:%u", place->file, place->line,
			place->column);
	else
		(void)dcv_error_wrap(err, "%.200s", place->file);
	return err->code;
}

/* FNV-1a. */
static size_t hash(const uint8_t *wire, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ wire[i]) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

/* The slot of a name, or the free one where it belongs. */
static struct dcv_config_slot *slot_at(struct dcv_config_slot *slots, size_t n,
	const uint8_t *wire, size_t len)
{
	size_t i = hash(wire, len) & (n - 1);

	while (slots[i].wire != NULL &&
		(slots[i].len != len || memcmp(slots[i].wire, wire, len) != 0))
		i = (i + 1) & (n - 1);
	return &slots[i];
}

/* Half of the slots stay free. */
static bool make_room(struct dcv_config_zones *zones)
{
	size_t n = zones->n_slots == 0 ? SLOTS_FIRST : zones->n_slots * 2;
	struct dcv_config_slot *slots;

	if (zones->n_used * 2 < zones->n_slots)
		return true;
	slots = dcv_arena_array(zones->arena, n, sizeof *slots);
	if (slots == NULL)
		return false;
	for (size_t i = 0; i < zones->n_slots; i++)
		if (zones->slots[i].wire != NULL)
			*slot_at(slots, n, zones->slots[i].wire,
				zones->slots[i].len) = zones->slots[i];
	zones->slots = slots;
	zones->n_slots = n;
	return true;
}

/* The slot of a name, made if need be; NULL when memory is out. */
static struct dcv_config_slot *slot_for(struct dcv_config_zones *zones,
	const uint8_t *wire, uint8_t len)
{
	struct dcv_config_slot *slot;

	if (!make_room(zones))
		return NULL;
	slot = slot_at(zones->slots, zones->n_slots, wire, len);
	if (slot->wire == NULL) {
		slot->wire = dcv_arena_memdup(zones->arena, wire, len);
		if (slot->wire == NULL)
			return NULL;
		slot->len = len;
		zones->n_used++;
	}
	return slot;
}

/* Before the first look-up: the zones that are named. */
static bool enter_exact(struct dcv_config_zones *zones)
{
	if (zones->n_slots > 0)
		return true;
	if (!make_room(zones))
		return false;
	for (size_t i = 0; i < zones->n_entries; i++) {
		const struct dcv_name *zone = &zones->entries[i].binding.zone;
		struct dcv_config_slot *slot;

		if (zone->len == 0)
			continue;
		slot = slot_for(zones, zone->wire, zone->len);
		if (slot == NULL)
			return false;
		slot->exact = &zones->entries[i];
	}
	return true;
}

static bool has_patterns(const struct dcv_config_zones *zones)
{
	for (size_t i = 0; i < zones->n_entries; i++)
		if (zones->entries[i].binding.zone.len == 0)
			return true;
	return false;
}

static enum dcv_err read_server(struct dcv_config_zones *zones,
	const struct dcv_config_entry *entry, const struct dcv_local_server **ret,
	struct dcv_error *err)
{
	struct dcv_config_server *server = NULL, *grown;

	for (size_t i = 0; i < zones->n_servers && server == NULL; i++) {
		grown = &zones->servers[i];
		if (grown->kind == entry->from &&
			(grown->config == NULL) == (entry->from_config == NULL) &&
			(grown->config == NULL ||
				strcmp(grown->config, entry->from_config) == 0))
			server = grown;
	}
	if (server == NULL) {
		grown = dcv_arena_grow(zones->arena, zones->servers, zones->n_servers,
			sizeof *grown);
		if (grown == NULL)
			return dcv_nomem(err);
		zones->servers = grown;
		server = &grown[zones->n_servers++];
		*server = (struct dcv_config_server){.kind = entry->from,
			.config = entry->from_config};
		server->err.code = dcv_server_read(entry->from, entry->from_config,
			zones->arena, &server->server, &server->err);
	}
	*ret = &server->server;
	if (server->err.code == DCV_OK)
		return DCV_OK;
	if (err != NULL && err->code == DCV_OK)
		*err = server->err;
	return fail_at(entry, err);
}

static enum dcv_reload reload_of(enum dcv_server_kind kind)
{
	static const enum dcv_reload reloads[] = {[DCV_SERVER_BIND] = DCV_RELOAD_BIND,
		[DCV_SERVER_NSD] = DCV_RELOAD_NSD,
		[DCV_SERVER_KNOT] = DCV_RELOAD_KNOT};

	return reloads[kind];
}

/* What the server's configuration says, where the item says nothing else. */
static void take_from_server(const struct dcv_config_entry *entry,
	const struct dcv_local_server *server, const struct dcv_server_zone *zone,
	struct dcv_backend_config *backend)
{
	backend->file = zone->file;
	if (!entry->has_reload) {
		backend->reload = reload_of(server->kind);
		backend->reload_config = server->control;
	}
	if (backend->server == NULL)
		backend->server = server->address;
	backend->freeze = backend->freeze && zone->kind == DCV_ZONE_DYNAMIC;
}

/* A binding of the entry for this zone, {zone} filled in. */
static enum dcv_err make_binding(struct dcv_config_zones *zones,
	const struct dcv_config_entry *entry, const struct dcv_name *name,
	const struct dcv_local_server *server, const struct dcv_server_zone *zone,
	const struct dcv_binding **ret, struct dcv_error *err)
{
	size_t n = entry->binding.n_backends;
	struct dcv_binding *binding = dcv_arena_memdup(zones->arena, &entry->binding,
		sizeof *binding);
	struct dcv_backend_config *backends = dcv_arena_array(zones->arena, n,
		sizeof *backends);

	if (binding == NULL || backends == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct dcv_backend_config from = entry->backends[i];

		if (server != NULL)
			take_from_server(entry, server, zone, &from);
		if (!dcv_config_fill(zones->arena, &from, name, &backends[i]))
			return dcv_nomem(err);
	}
	binding->zone = *name;
	binding->backends = backends;
	*ret = binding;
	return DCV_OK;
}

static enum dcv_err fail_zone(const struct dcv_config_entry *entry,
	const struct dcv_local_server *server, const struct dcv_name *name,
	const char *why, const char *help, struct dcv_error *err)
{
	char text[DCV_NAME_TEXT_MAX];

	(void)dcv_fail(err, DCV_E_CONFIG, "zone %.255s: %s: %s",
		dcv_name_text(name, text), dcv_server_name(server->kind), why);
	(void)dcv_help(err, "help: %s", help);
	return fail_at(entry, err);
}

/* What the server has under this name that can be edited, in *ret; NULL: nothing. A name that
 * it has in a way that leaves open what to edit is an error: the zone must not be taken for
 * one that is not there. */
static enum dcv_err look_into_server(const struct dcv_config_entry *entry,
	const struct dcv_local_server *server, const struct dcv_name *name,
	const struct dcv_server_zone **ret, struct dcv_error *err)
{
	size_t n = 0;
	const struct dcv_server_zone *zone = dcv_server_find(server, name, &n);

	*ret = NULL;
	if (n > 1)
		return fail_zone(entry, server, name, "it is in several views",
			"bind it by name: an account with provider: zonefile for the file of "
			"each view, and backends: [ACCOUNT, ACCOUNT]",
			err);
	if (zone == NULL || zone->kind == DCV_ZONE_SECONDARY ||
		zone->kind == DCV_ZONE_OTHER)
		return DCV_OK;
	if (zone->file == NULL)
		return fail_zone(entry, server, name,
			zone->why != NULL ? zone->why : "it has no file",
			"bind it by name, with its file", err);
	if (zone->kind == DCV_ZONE_DYNAMIC && !entry->backends[0].freeze)
		return fail_zone(entry, server, name,
			"it is dynamic: the server writes its file",
			"add `journal: freeze`, or bind it by name to `account: manual`",
			err);
	*ret = zone;
	return DCV_OK;
}

static enum dcv_err bind_from(struct dcv_config_zones *zones,
	const struct dcv_config_entry *entry, const struct dcv_name *name,
	const struct dcv_binding **ret, struct dcv_error *err)
{
	const struct dcv_local_server *server = NULL;
	const struct dcv_server_zone *zone = NULL;
	enum dcv_err rc = read_server(zones, entry, &server, err);

	if (rc == DCV_OK)
		rc = look_into_server(entry, server, name, &zone, err);
	if (rc != DCV_OK)
		return rc;
	if (zone != NULL)
		return make_binding(zones, entry, name, server, zone, ret, err);
	if (entry->binding.zone.len == 0)
		return DCV_OK;
	return fail_zone(entry, server, name,
		"it has no such zone that it is the primary of",
		"correct zone: or from:", err);
}

/* A file of this path exists. A directory is none: of zone files in directories by domain, one
 * may be named like a zone. */
static enum dcv_err exists(const struct dcv_config_entry *entry, const char *path,
	bool *ret, struct dcv_error *err)
{
	struct stat st;

	*ret = stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
	if (*ret || errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
		return DCV_OK;
	(void)dcv_fail(err, DCV_E_CONFIG, "%.400s: cannot be looked at: %s", path,
		strerror(errno));
	(void)dcv_help(err, "help: give this user access to its directory");
	return fail_at(entry, err);
}

static enum dcv_err file_holds(const struct dcv_config *config,
	const struct dcv_config_entry *entry, const char *file,
	const struct dcv_name *name, bool *ret, struct dcv_error *err)
{
	const char *path;

	if (!dcv_config_is_pathable(name))
		return DCV_OK;
	path = dcv_config_expand(config->zones->arena, file, name);
	return path == NULL ? dcv_nomem(err) : exists(entry, path, ret, err);
}

static enum dcv_err account_holds(const struct dcv_config *config,
	const struct dcv_config_entry *entry, const struct dcv_backend_config *at,
	const struct dcv_name *name, bool *ret, struct dcv_error *err)
{
	enum dcv_err rc;

	if (config->holder.holds == NULL)
		rc = dcv_fail(err, DCV_E_CONFIG, "account %.80s: cannot be asked here",
			at->name);
	else
		rc = config->holder.holds(config->holder.ctx, at, name, ret, err);
	return rc == DCV_OK || rc == DCV_E_NOMEM ? rc : fail_at(entry, err);
}

/* A pattern holds the zone if the file of one of its backends exists, or the account does; that
 * of another may then not be missing. */
static enum dcv_err pattern_holds(const struct dcv_config *config,
	const struct dcv_config_entry *entry, const struct dcv_name *name, bool *ret,
	struct dcv_error *err)
{
	enum dcv_err rc = DCV_OK;

	*ret = false;
	for (size_t i = 0; rc == DCV_OK && i < entry->binding.n_backends && !*ret; i++) {
		const struct dcv_backend_config *at = &entry->backends[i];

		rc = at->file != NULL ? file_holds(config, entry, at->file, name, ret, err)
				      : account_holds(config, entry, at, name, ret, err);
	}
	return rc;
}

static bool is_of_account(const struct dcv_config_entry *entry)
{
	return entry->binding.zone.len == 0 && !entry->has_from &&
		entry->backends[0].file == NULL;
}

/* All entries from `first`, which does, on whose account holds the zone. In the arena. */
static enum dcv_err find_rivals(const struct dcv_config *config,
	const struct dcv_config_entry *first, const struct dcv_name *name,
	const struct dcv_config_entry ***ret, size_t *ret_n, struct dcv_error *err)
{
	const struct dcv_config_zones *zones = config->zones;
	const struct dcv_config_entry *end = zones->entries + zones->n_entries;
	const struct dcv_config_entry **rivals = dcv_arena_array(zones->arena,
		zones->n_entries, sizeof rivals[0]);
	enum dcv_err rc = DCV_OK;
	size_t n = 0;

	if (rivals == NULL)
		return dcv_nomem(err);
	for (const struct dcv_config_entry *e = first; rc == DCV_OK && e < end; e++) {
		bool holds = e == first;

		if (!holds && is_of_account(e))
			rc = pattern_holds(config, e, name, &holds, err);
		if (rc == DCV_OK && holds)
			rivals[n++] = e;
	}
	*ret = rivals;
	*ret_n = n;
	return rc;
}

/* Which of them the world sees is for a person to say. */
static enum dcv_err refuse_rivals(const struct dcv_config_entry *const *rivals, size_t n,
	const struct dcv_name *name, struct dcv_error *err)
{
	char zone[DCV_NAME_TEXT_MAX], list[256] = "";
	size_t used = 0;

	(void)dcv_name_text(name, zone);
	for (size_t i = 0; i < n && used < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%.80s",
			i > 0 ? ", " : "", rivals[i]->backends[0].name);
	(void)dcv_fail(err, DCV_E_CONFIG,
		"zone %.255s: held by several accounts, and its delegation does not say "
		"which one answers for it: %s",
		zone, list);
	(void)dcv_help(err,
		"help: bind it by name: {zone: %.255s, account: %.80s}, or all of them: "
		"backends: [%s]",
		zone, rivals[0]->backends[0].name, list);
	return fail_at(rivals[1], err);
}

/* Of several accounts that hold the zone, the one that its parent delegates it to. */
static enum dcv_err elect(const struct dcv_config *config, const struct dcv_name *name,
	const struct dcv_config_entry **entry, struct dcv_error *err)
{
	const struct dcv_config_holder *holder = &config->holder;
	const struct dcv_config_entry **rivals = NULL;
	const struct dcv_backend_config **accounts;
	size_t n = 0, chosen;
	enum dcv_err rc = find_rivals(config, *entry, name, &rivals, &n, err);

	if (rc != DCV_OK || n < 2)
		return rc;
	chosen = n;
	accounts = dcv_arena_array(config->zones->arena, n, sizeof accounts[0]);
	if (accounts == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++)
		accounts[i] = &rivals[i]->backends[0];
	if (holder->elect != NULL)
		rc = holder->elect(holder->ctx, name, accounts, n, &chosen, err);
	if (rc == DCV_OK && chosen == n)
		rc = refuse_rivals(rivals, n, name, err);
	if (rc == DCV_OK)
		*entry = rivals[chosen];
	return rc;
}

static enum dcv_err bind_pattern(const struct dcv_config *config,
	const struct dcv_config_entry *entry, const struct dcv_name *name,
	const struct dcv_binding **ret, struct dcv_error *err)
{
	bool holds = false;
	enum dcv_err rc = pattern_holds(config, entry, name, &holds, err);

	if (rc == DCV_OK && holds && is_of_account(entry))
		rc = elect(config, name, &entry, err);
	return rc == DCV_OK && holds
		? make_binding(config->zones, entry, name, NULL, NULL, ret, err)
		: rc;
}

static enum dcv_err ask(const struct dcv_config *config,
	const struct dcv_config_entry *exact, const struct dcv_name *name,
	const struct dcv_binding **ret, struct dcv_error *err)
{
	struct dcv_config_zones *zones = config->zones;
	enum dcv_err rc = DCV_OK;

	if (exact != NULL)
		return exact->has_from
			? bind_from(zones, exact, name, ret, err)
			: make_binding(zones, exact, name, NULL, NULL, ret, err);
	for (size_t i = 0; rc == DCV_OK && *ret == NULL && i < zones->n_entries; i++) {
		const struct dcv_config_entry *entry = &zones->entries[i];

		if (entry->binding.zone.len > 0)
			continue;
		rc = entry->has_from ? bind_from(zones, entry, name, ret, err)
				     : bind_pattern(config, entry, name, ret, err);
	}
	return rc;
}

/* The zone of exactly this name. */
static enum dcv_err find_zone(const struct dcv_config *config, const struct dcv_name *name,
	bool patterns, const struct dcv_binding **ret, struct dcv_error *err)
{
	struct dcv_config_zones *zones = config->zones;
	struct dcv_config_slot *slot = slot_at(zones->slots, zones->n_slots, name->wire,
		name->len);
	enum dcv_err rc;

	if (slot->wire == NULL && !patterns)
		return DCV_OK;
	slot = slot_for(zones, name->wire, name->len);
	if (slot == NULL)
		return dcv_nomem(err);
	if (!slot->asked) {
		rc = ask(config, slot->exact, name, &slot->binding, err);
		if (rc != DCV_OK)
			return rc;
		slot->asked = true;
	}
	*ret = slot->binding;
	return DCV_OK;
}

enum dcv_err dcv_config_find(const struct dcv_config *config, const struct dcv_name *name,
	const struct dcv_binding **ret, struct dcv_error *err)
{
	struct dcv_config_zones *zones = config->zones;
	bool patterns = has_patterns(zones);
	struct dcv_name at = *name;
	enum dcv_err rc = DCV_OK;

	*ret = NULL;
	if (!enter_exact(zones))
		return dcv_nomem(err);
	while (rc == DCV_OK && *ret == NULL && at.len > 1) {
		rc = find_zone(config, &at, patterns, ret, err);
		at = dcv_name_parent(&at, 1);
	}
	return rc;
}

const struct dcv_binding *dcv_config_binding(const struct dcv_config *config,
	const struct dcv_name *name)
{
	const struct dcv_binding *binding = NULL;

	return dcv_config_find(config, name, &binding, NULL) == DCV_OK ? binding : NULL;
}
