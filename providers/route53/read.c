/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a hosted zone is found and listed, and what the listing says. It does not
 * know edits.
 *
 * The whole zone is listed, 300 sets a request: which names exist, and what a wildcard or a
 * delegation hides, takes more requests for a single name than most zones have pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/route53/route53.h"

#define PREFIX "/hostedzone/"
#define ID_LIFE_S 86400 /* one choice for the whole of a run */
#define ALIAS_TTL_S 60
#define FIRST_SETS 64u
#define PAGES_MAX 2000u /* 600,000 sets: a listing that goes on is going round */

static enum dcvp_class unreadable(const struct dcv_r53_call *call, const char *what,
	struct dcvp_error *err)
{
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
		"%s: the answer cannot be read: %s", call->session->endpoint, what);
}

/* --- which hosted zone */

/* Ids become a part of a path. NULL: it is none. */
static const char *id_of(const char *text)
{
	if (strncmp(text, PREFIX, strlen(PREFIX)) == 0)
		text += strlen(PREFIX);
	return text[0] != '\0' &&
			text[strspn(text,
				"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789")] == '\0'
		? text
		: NULL;
}

#define PUBLIC_MAX 16u

struct found {
	const char *ids[PUBLIC_MAX];
	unsigned public, private;
	const char *next; /* where the listing goes on with this name, or NULL */
};

static const char *name_of(struct dcv_kit *kit, const struct dcvp_tree *tree)
{
	const char *name = dcv_kit_get_text(tree, "Name");

	if (name != NULL)
		name = dcv_r53_from_octal(kit, name);
	return name != NULL ? dcv_kit_name(kit, name) : NULL;
}

static int is_private(const struct dcvp_tree *zone)
{
	const char *text = dcv_kit_get_text(dcv_kit_get(zone, "Config"), "PrivateZone");

	return text != NULL && strcmp(text, "true") == 0;
}

/* Notes a hosted zone if it has the name. 0: it cannot be read. */
static int take_zone(struct dcv_r53_call *call, const struct dcvp_tree *json,
	const char *zone, struct found *found)
{
	const char *id = dcv_kit_get_text(json, "Id");
	const char *name = name_of(&call->kit, json);

	if (id != NULL)
		id = id_of(id);
	if (id == NULL || name == NULL)
		return 0;
	if (strcmp(name, zone) != 0)
		return 1;
	if (is_private(json)) {
		found->private ++;
		return 1;
	}
	if (found->public < PUBLIC_MAX)
		found->ids[found->public] = id;
	found->public ++;
	return 1;
}

/* GetHostedZone. */
static enum dcvp_class show(struct dcv_r53_call *call, const char *id,
	struct dcvp_error *err)
{
	const char *path = dcv_kit_format(&call->kit, PREFIX "%s", id);
	enum dcvp_class class;

	if (path == NULL)
		return dcv_kit_nomem(err);
	class = dcv_r53_ask(call, "GET", path, NULL, err);
	if (class == DCVP_OK && call->status != 200)
		class = dcv_r53_refused(call, id, err);
	return class;
}

static enum dcvp_class ask_by_id(struct dcv_r53_call *call, const char *id,
	const char *zone, struct found *found, struct dcvp_error *err)
{
	enum dcvp_class class = show(call, id, err);

	if (class != DCVP_OK)
		return class;
	return take_zone(call, dcv_kit_get(call->xml, "HostedZone"), zone, found)
		? DCVP_OK
		: unreadable(call, "no hosted zone", err);
}

/* Behind the last zone of a page that has the name others may have it too. */
static void note_next(struct dcv_r53_call *call, const char *zone, struct found *found)
{
	const char *name = dcv_kit_get_text(call->xml, "NextDNSName");
	const char *id = dcv_kit_get_text(call->xml, "NextHostedZoneId");

	found->next = NULL;
	if (name == NULL || id == NULL)
		return;
	name = dcv_r53_from_octal(&call->kit, name);
	if (name != NULL)
		name = dcv_kit_name(&call->kit, name);
	if (name != NULL && strcmp(name, zone) == 0)
		found->next = dcv_kit_escape(&call->kit, id, "");
}

/* A page of the listing, which begins at the name, and goes on behind it. */
static enum dcvp_class ask_by_name(struct dcv_r53_call *call, const char *path,
	const char *zone, struct found *found, struct dcvp_error *err)
{
	enum dcvp_class class = dcv_r53_ask(call, "GET", path, NULL, err);
	const struct dcvp_tree *zones;

	if (class != DCVP_OK)
		return class;
	if (call->status != 200)
		return dcv_r53_refused(call, zone, err);
	zones = dcv_kit_get(call->xml, "HostedZones");
	if (zones == NULL)
		return unreadable(call, "no list of hosted zones", err);
	for (const struct dcvp_tree *at = zones->first; at != NULL; at = at->next) {
		if (!take_zone(call, at, zone, found))
			return unreadable(call, "a hosted zone", err);
	}
	note_next(call, zone, found);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

static enum dcvp_class search(struct dcv_r53_call *call, const char *zone,
	struct found *found, struct dcvp_error *err)
{
	const char *name = dcv_r53_to_octal(&call->kit, zone), *path = NULL;
	enum dcvp_class class = DCVP_OK;
	unsigned pages = 0;

	if (name != NULL)
		name = dcv_kit_escape(&call->kit, name, "");
	if (name != NULL)
		path = dcv_kit_format(&call->kit,
			"/hostedzonesbyname?dnsname=%s&maxitems=100", name);
	do {
		if (path == NULL)
			return dcv_kit_nomem(err);
		if (pages++ == PAGES_MAX)
			return unreadable(call, "a listing without an end", err);
		class = ask_by_name(call, path, zone, found, err);
		if (found->next != NULL)
			path = dcv_kit_format(&call->kit,
				"/hostedzonesbyname?dnsname=%s&hostedzoneid=%s&maxitems=100",
				name, found->next);
	} while (class == DCVP_OK && found->next != NULL);
	return class;
}

/* --- which of several */

/* The servers of its delegation set. */
static enum dcvp_class take_servers(struct dcv_r53_call *call, const char *id,
	struct dcvp_rival *ret, struct dcvp_error *err)
{
	enum dcvp_class class = show(call, id, err);
	const struct dcvp_tree *names;
	const char **servers;

	if (class != DCVP_OK)
		return class;
	names = dcv_kit_get(dcv_kit_get(call->xml, "DelegationSet"), "NameServers");
	servers = dcv_kit_array(&call->kit, dcv_kit_count(names), sizeof *servers);
	*ret = (struct dcvp_rival){.id = id, .servers = servers};
	for (const struct dcvp_tree *at = names != NULL ? names->first : NULL;
		at != NULL && !call->kit.nomem; at = at->next) {
		if (at->text == NULL)
			return unreadable(call, "a name server", err);
		servers[ret->n_servers++] = dcv_kit_name(&call->kit, at->text);
	}
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* Several public ones: the world sees what the parent zone delegates to. */
static enum dcvp_class elect(struct dcv_r53_call *call, const char *zone,
	const struct found *found, const char **ret_id, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	struct dcvp_rival rivals[PUBLIC_MAX];
	enum dcvp_class class = DCVP_OK;
	size_t chosen = 0;

	if (found->public > PUBLIC_MAX)
		class = dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_LIMIT,
			"%s: %u public hosted zones have this name", zone, found->public);
	for (unsigned i = 0; class == DCVP_OK && i < found->public; i++)
		class = take_servers(call, found->ids[i], &rivals[i], err);
	if (class == DCVP_OK)
		class = host->elect(host->ctx, zone, rivals, found->public, &chosen, err);
	if (class == DCVP_OK)
		*ret_id = found->ids[chosen];
	else
		dcv_kit_help(err,
			"help: set hosted_zone_id to the one whose name servers the parent "
			"zone has, or delete the others");
	return class;
}

static enum dcvp_class choose(struct dcv_r53_call *call, const char *zone,
	const struct found *found, const char **ret_id, struct dcvp_error *err)
{
	if (found->public > 1)
		return elect(call, zone, found, ret_id, err);
	if (found->public == 1) {
		*ret_id = found->ids[0];
		return DCVP_OK;
	}
	return dcv_kit_fail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE,
		"%s: the account does not have %s%s", call->session->endpoint, zone,
		found->private > 0 ? ", but as a private hosted zone, which no CA sees"
				   : "");
}

/* The id of the hosted zone, or DCVP_NO_ZONE. */
static enum dcvp_class find_id(struct dcv_r53_call *call, const char *zone,
	const char **ret_id, struct dcvp_error *err)
{
	const struct dcvp_host *host = call->session->host;
	const char *key = dcv_kit_format(&call->kit, "zone %s", zone);
	struct found found = {.public = 0};
	enum dcvp_class class = DCVP_OK;

	if (key == NULL)
		return dcv_kit_nomem(err);
	*ret_id = host->cache_get(host->ctx, key);
	if (*ret_id != NULL)
		return DCVP_OK;
	for (size_t i = 0; class == DCVP_OK && i < call->session->n_ids; i++)
		class = ask_by_id(call, call->session->ids[i], zone, &found, err);
	if (call->session->n_ids == 0)
		class = search(call, zone, &found, err);
	if (class == DCVP_OK)
		class = choose(call, zone, &found, ret_id, err);
	if (class == DCVP_OK)
		host->cache_put(host->ctx, key, *ret_id, ID_LIFE_S);
	return class;
}

enum dcvp_class dcv_r53_find_zone(void *session, const char *zone, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	const char *id;

	dcv_r53_begin(&call, session);
	return find_id(&call, zone, &id, err);
}

/* --- its sets */

/* Room for one more set. */
static struct dcvp_rrset *grow(struct dcv_kit *kit, struct dcv_r53_zone *zone)
{
	size_t cap = zone->cap > 0 ? zone->cap * 2 : FIRST_SETS;
	struct dcvp_rrset *sets;
	const struct dcvp_tree **listed;

	if (zone->n_sets < zone->cap)
		return &zone->sets[zone->n_sets];
	sets = dcv_kit_array(kit, cap, sizeof *sets);
	listed = dcv_kit_array(kit, cap, sizeof *listed);
	if (kit->nomem)
		return NULL;
	if (zone->n_sets > 0) {
		memcpy(sets, zone->sets, zone->n_sets * sizeof *sets);
		memcpy(listed, zone->listed, zone->n_sets * sizeof *listed);
	}
	zone->sets = sets;
	zone->listed = listed;
	zone->cap = cap;
	return &sets[zone->n_sets];
}

static const char *value_of(struct dcv_kit *kit, uint16_t type, const char *text)
{
	const char *value = dcv_r53_from_octal(kit, text);

	/* The final dot of a name is optional there. */
	if (value != NULL && (type == DCV_KIT_CNAME || type == DCV_KIT_NS))
		return dcv_kit_name(kit, value);
	return value;
}

/* An alias has no values: what it leads to stands for them, so that the set is seen. Of CAA it is
 * a property that no CA knows and that is critical: nobody may take it for a permission. */
static const char *alias_value(struct dcv_kit *kit, uint16_t type, const char *target)
{
	target = dcv_r53_from_octal(kit, target);
	if (target != NULL && type == DCV_KIT_CNAME)
		return dcv_kit_name(kit, target);
	if (target == NULL)
		return NULL;
	return dcv_kit_format(kit,
		type == DCV_KIT_TXT           ? "\"alias of %s\""
			: type == DCV_KIT_CAA ? "128 alias \"%s\""
					      : "alias of %s",
		target);
}

static int take_alias(struct dcv_kit *kit, const struct dcvp_tree *alias,
	struct dcvp_rrset *ret)
{
	const char *target = dcv_kit_get_text(alias, "DNSName");
	const char **rdata = dcv_kit_array(kit, 1, sizeof *rdata);

	if (target == NULL || rdata == NULL)
		return 0;
	rdata[0] = alias_value(kit, ret->type, target);
	ret->rdata = rdata;
	ret->n = 1;
	ret->ttl_s = ALIAS_TTL_S;
	ret->fixed = "an alias of Route 53: dcvctl does not edit it";
	return 1;
}

static int take_values(struct dcv_kit *kit, const struct dcvp_tree *xml,
	struct dcvp_rrset *ret)
{
	const struct dcvp_tree *records = dcv_kit_get(xml, "ResourceRecords");
	const char *ttl = dcv_kit_get_text(xml, "TTL");
	const char **rdata = dcv_kit_array(kit, dcv_kit_count(records), sizeof *rdata);
	char *end = NULL;

	if (records == NULL || ttl == NULL || ttl[0] < '0' || ttl[0] > '9')
		return 0;
	ret->ttl_s = (uint32_t)strtoul(ttl, &end, 10);
	if (*end != '\0')
		return 0;
	ret->rdata = rdata;
	for (const struct dcvp_tree *at = records->first; at != NULL && !kit->nomem;
		at = at->next) {
		const char *value = dcv_kit_get_text(at, "Value");

		if (value == NULL)
			return 0;
		rdata[ret->n++] = value_of(kit, ret->type, value);
	}
	return 1;
}

static int has(const struct dcvp_rrset *set, const char *value)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->rdata[i], value) == 0)
			return 1;
	}
	return 0;
}

/* Several sets of one owner and type, of which DNS answers one: their values together. They follow
 * each other in a listing. 0: the set is the first of its owner and type. */
static int join(struct dcv_kit *kit, struct dcv_r53_zone *zone,
	const struct dcvp_rrset *set)
{
	struct dcvp_rrset *last = zone->n_sets > 0 ? &zone->sets[zone->n_sets - 1] : NULL;
	const char **rdata;

	if (last == NULL || last->type != set->type || last->type == DCV_KIT_OTHER ||
		strcmp(last->owner, set->owner) != 0)
		return 0;
	rdata = dcv_kit_array(kit, last->n + set->n, sizeof *rdata);
	if (rdata == NULL)
		return 1;
	if (last->n > 0)
		memcpy(rdata, last->rdata, last->n * sizeof *rdata);
	last->rdata = rdata;
	for (size_t i = 0; i < set->n; i++) {
		if (!has(last, set->rdata[i]))
			rdata[last->n++] = set->rdata[i];
	}
	return 1;
}

static int take_set(struct dcv_kit *kit, const struct dcvp_tree *xml,
	struct dcv_r53_zone *zone)
{
	const char *owner = name_of(kit, xml), *type = dcv_kit_get_text(xml, "Type");
	const struct dcvp_tree *alias = dcv_kit_get(xml, "AliasTarget");
	struct dcvp_rrset set = {.owner = owner}, *room;

	if (owner == NULL || type == NULL)
		return 0;
	set.type = dcv_kit_type_from(type);
	if (!(alias != NULL ? take_alias(kit, alias, &set) : take_values(kit, xml, &set)))
		return 0;
	if (set.type == DCV_KIT_OTHER)
		set.fixed = DCV_KIT_OTHER_FIXED;
	if (dcv_kit_get(xml, "SetIdentifier") != NULL)
		set.fixed = "one of several sets with a routing policy of Route 53: dcvctl "
			    "does not edit them";
	if (kit->nomem || join(kit, zone, &set))
		return 1;
	room = grow(kit, zone);
	if (room == NULL)
		return 1;
	*room = set;
	zone->listed[zone->n_sets++] = xml;
	return 1;
}

/* Where the next page begins; NULL with kit.nomem 0: there is none. */
static const char *next_page(struct dcv_r53_call *call, const char *id)
{
	static const char *const keys[][2] = {{"NextRecordName", "name"},
		{"NextRecordType", "type"}, {"NextRecordIdentifier", "identifier"}};
	const char *truncated = dcv_kit_get_text(call->xml, "IsTruncated");
	const char *path;

	if (truncated == NULL || strcmp(truncated, "true") != 0)
		return NULL;
	path = dcv_kit_format(&call->kit, PREFIX "%s/rrset?maxitems=300", id);
	for (size_t i = 0; i < 3 && path != NULL; i++) {
		const char *text = dcv_kit_get_text(call->xml, keys[i][0]);

		if (text == NULL)
			continue;
		text = dcv_kit_escape(&call->kit, text, "");
		path = text == NULL
			? NULL
			: dcv_kit_format(&call->kit, "%s&%s=%s", path, keys[i][1], text);
	}
	return path;
}

static enum dcvp_class list_page(struct dcv_r53_call *call, const char *path,
	const char *name, struct dcv_r53_zone *ret, struct dcvp_error *err)
{
	enum dcvp_class class = dcv_r53_ask(call, "GET", path, NULL, err);
	const struct dcvp_tree *sets;

	if (class != DCVP_OK)
		return class;
	if (call->status != 200)
		return dcv_r53_refused(call, name, err);
	sets = dcv_kit_get(call->xml, "ResourceRecordSets");
	if (sets == NULL)
		return unreadable(call, "no list of record sets", err);
	for (const struct dcvp_tree *at = sets->first; at != NULL && !call->kit.nomem;
		at = at->next) {
		if (!take_set(&call->kit, at, ret) && !call->kit.nomem)
			return unreadable(call, "a record set", err);
	}
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

enum dcvp_class dcv_r53_list(struct dcv_r53_call *call, const char *zone,
	struct dcv_r53_zone *ret, struct dcvp_error *err)
{
	enum dcvp_class class;
	const char *path;

	*ret = (struct dcv_r53_zone){0};
	class = find_id(call, zone, &ret->id, err);
	if (class != DCVP_OK)
		return class;
	path = dcv_kit_format(&call->kit, PREFIX "%s/rrset?maxitems=300", ret->id);
	for (unsigned page = 0; class == DCVP_OK && path != NULL; page++) {
		if (page == PAGES_MAX)
			return unreadable(call, "a listing without an end", err);
		class = list_page(call, path, zone, ret, err);
		if (class == DCVP_OK)
			path = next_page(call, ret->id);
	}
	if (class != DCVP_OK)
		return class;
	ret->etag = dcv_kit_etag(&call->kit, ret->sets, ret->n_sets);
	dcv_kit_index(&call->kit, zone, ret->sets, ret->n_sets, NULL, 0, &ret->index);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

enum dcvp_class dcv_r53_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_r53_call call;
	struct dcv_r53_zone found;
	struct dcvp_zone view = {0};
	enum dcvp_class class;

	dcv_r53_begin(&call, session);
	class = dcv_r53_list(&call, zone, &found, err);
	if (class != DCVP_OK)
		return class;
	view.place = dcv_kit_format(&call.kit, "%s (hosted zone %s)", zone, found.id);
	view.etag = found.etag;
	if (!dcv_kit_view(&call.kit, &found.index, owners, n, &view) && !call.kit.nomem)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the listing has no SOA record", view.place);
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	/* It does not count changes, unless somebody edits it. */
	view.serial = 0;
	*ret = view;
	return DCVP_OK;
}
