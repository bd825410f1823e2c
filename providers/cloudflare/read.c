/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the listing of a zone says. It does not know edits.
 *
 * The whole zone is listed: only so it is seen which names exist, and what a wildcard answers. The
 * SOA record and the NS records of the apex are Cloudflare's own, and not listed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "providers/cloudflare/cloudflare.h"

#define RECORDS_A_PAGE 1000u
#define MARK "dcvctl: "
/* No plan gives a comment less room. */
#define COMMENT_MAX 100u
#define NS_TTL_S 86400u

const char *dcv_cf_comment(struct dcv_kit *kit, const char *note)
{
	if (strlen(MARK) + strlen(note) > COMMENT_MAX)
		return NULL;
	return dcv_kit_format(kit, MARK "%s", note);
}

const char *dcv_cf_note(const char *comment)
{
	if (comment == NULL || strncmp(comment, MARK, strlen(MARK)) != 0)
		return NULL;
	return comment + strlen(MARK);
}

/* --- a record --- */

/* Content may stand there as somebody once gave it, without quotes: then it is one text. */
static const char *txt_of(struct dcv_kit *kit, const char *content)
{
	struct dcv_kit_text text = {.kit = kit};

	if (content[0] == '"')
		return dcv_kit_canonical(kit, DCV_KIT_TXT, content);
	for (size_t at = 0, n; content[at] != '\0' || at == 0; at += n) {
		n = strnlen(content + at, 255);
		dcv_kit_text_add(&text, at > 0 ? " \"" : "\"", at > 0 ? 2 : 1);
		for (size_t i = at; i < at + n; i++) {
			if (content[i] == '"' || content[i] == '\\')
				dcv_kit_text_add(&text, "\\", 1);
			dcv_kit_text_add(&text, content + i, 1);
		}
		dcv_kit_text_add(&text, "\"", 1);
		if (n == 0)
			break;
	}
	content = dcv_kit_text_end(&text);
	return content == NULL ? NULL : dcv_kit_canonical(kit, DCV_KIT_TXT, content);
}

/* The fields of a record, where the API gives them; value as it is. */
static const char *caa_of(struct dcv_kit *kit, const struct dcvp_tree *json,
	const char *content)
{
	const struct dcvp_tree *data = dcv_kit_get(json, "data");
	const char *tag = dcv_kit_get_text(data, "tag");
	const char *value = dcv_kit_get_text(data, "value");
	int64_t flags = dcv_kit_get_number(data, "flags", UINT8_MAX);
	struct dcv_kit_text text = {.kit = kit};

	if (tag == NULL || value == NULL || flags < 0)
		return dcv_kit_canonical(kit, DCV_KIT_CAA, content);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			dcv_kit_text_add(&text, "\\", 1);
		dcv_kit_text_add(&text, value, 1);
	}
	value = dcv_kit_text_end(&text);
	if (value == NULL)
		return NULL;
	content = dcv_kit_format(kit, "%d %s \"%s\"", (int)flags, tag, value);
	return content == NULL ? NULL : dcv_kit_canonical(kit, DCV_KIT_CAA, content);
}

static const char *rdata_of(struct dcv_kit *kit, const struct dcvp_tree *json,
	uint16_t type, const char *content)
{
	int64_t priority = dcv_kit_get_number(json, "priority", UINT16_MAX);

	switch (type) {
	case DCV_KIT_TXT:
	case DCV_KIT_SPF:
		return txt_of(kit, content);
	case DCV_KIT_CAA:
		return caa_of(kit, json, content);
	case DCV_KIT_CNAME:
	case DCV_KIT_NS:
	case DCV_KIT_DNAME:
	case DCV_KIT_PTR:
		return dcv_kit_name(kit, content);
	case DCV_KIT_MX:
		return priority < 0 ? content
				    : dcv_kit_format(kit, "%d %s", (int)priority,
					      dcv_kit_name(kit, content));
	default:
		return content;
	}
}

static uint32_t ttl_of(int64_t ttl_s)
{
	return ttl_s == DCV_CF_TTL_AUTO ? DCV_CF_TTL_AUTO_S : (uint32_t)ttl_s;
}

/* 0: it cannot be read. */
static int take_record(struct dcv_kit *kit, const char *apex,
	const struct dcvp_tree *json, struct dcv_cf_record *ret)
{
	const char *name = dcv_kit_get_text(json, "name");
	const char *type = dcv_kit_get_text(json, "type");
	const char *content = dcv_kit_get_text(json, "content");
	int64_t ttl_s = dcv_kit_get_number(json, "ttl", UINT32_MAX);

	ret->id = dcv_kit_get_text(json, "id");
	if (name == NULL || type == NULL || content == NULL || ret->id == NULL ||
		ttl_s < 0 || ret->id[0] == '\0' ||
		strspn(ret->id, "0123456789abcdefABCDEF") != strlen(ret->id))
		return 0;
	ret->owner = dcv_kit_name(kit, name);
	ret->type = dcv_kit_type_from(type);
	ret->ttl_s = ttl_of(ttl_s);
	ret->rdata = rdata_of(kit, json, ret->type, content);
	ret->mark = dcv_cf_note(dcv_kit_get_text(json, "comment"));
	if (ret->type == DCV_KIT_CNAME && ret->owner != NULL &&
		(dcv_kit_get_true(json, "proxied") || strcmp(ret->owner, apex) == 0))
		ret->type = DCV_CF_FLATTENED;
	return kit->nomem || dcv_kit_is_below(ret->owner, apex);
}

/* --- the zone --- */

static int compare(const void *a, const void *b)
{
	const struct dcv_cf_record *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);

	if (order == 0)
		order = (x->type > y->type) - (x->type < y->type);
	return order != 0 ? order : strcmp(x->rdata, y->rdata);
}

static void add_set(struct dcv_kit *kit, struct dcv_cf_listing *listing,
	const struct dcv_cf_record *first, size_t n)
{
	struct dcvp_rrset *set = &listing->sets[listing->n_sets++];
	const char **rdata = dcv_kit_array(kit, n, sizeof *rdata);
	const char **marks = dcv_kit_array(kit, n, sizeof *marks);

	*set = (struct dcvp_rrset){.owner = first->owner,
		.type = first->type,
		.ttl_s = first->ttl_s,
		.rdata = rdata,
		.marks = marks};
	if (first->type == DCV_KIT_OTHER)
		set->fixed = DCV_KIT_OTHER_FIXED;
	if (first->type == DCV_CF_FLATTENED)
		set->fixed =
			"it is a CNAME that Cloudflare answers with addresses of its own";
	for (size_t i = 0; i < n && !kit->nomem; i++) {
		if (first[i].ttl_s < set->ttl_s)
			set->ttl_s = first[i].ttl_s;
		/* Records of equal values may be there: one in quotes, one without. */
		if (i > 0 && strcmp(first[i].rdata, first[i - 1].rdata) == 0)
			continue;
		marks[set->n] = first[i].mark;
		rdata[set->n++] = first[i].rdata;
	}
}

static void add_servers(struct dcv_kit *kit, const char *apex,
	const struct dcv_cf_zone *zone, struct dcv_cf_listing *listing)
{
	const struct dcvp_tree *servers = dcv_kit_get(zone->json, "name_servers");
	const char **rdata = dcv_kit_array(kit, dcv_kit_count(servers), sizeof *rdata);
	struct dcvp_rrset *set = &listing->sets[listing->n_sets++];

	*set = (struct dcvp_rrset){.owner = apex,
		.type = DCV_KIT_NS,
		.ttl_s = NS_TTL_S,
		.fixed = "Cloudflare gives the zone its name servers",
		.rdata = rdata};
	for (servers = servers != NULL ? servers->first : NULL;
		servers != NULL && !kit->nomem; servers = servers->next) {
		if (servers->kind == DCVP_TEXT)
			rdata[set->n++] = dcv_kit_name(kit, servers->text);
	}
}

static void group(struct dcv_kit *kit, const char *apex, const struct dcv_cf_zone *zone,
	struct dcv_cf_listing *listing)
{
	const struct dcv_cf_record *records = listing->records;
	size_t n;

	listing->sets = dcv_kit_array(kit, listing->n + 1, sizeof *listing->sets);
	if (kit->nomem)
		return;
	qsort(listing->records, listing->n, sizeof *listing->records, compare);
	for (size_t i = 0; i < listing->n && !kit->nomem; i += n) {
		for (n = 1; i + n < listing->n && records[i + n].type == records[i].type &&
			strcmp(records[i + n].owner, records[i].owner) == 0;)
			n++;
		/* Those of the apex come from the zone itself. */
		if (records[i].type != DCV_KIT_NS || strcmp(records[i].owner, apex) != 0)
			add_set(kit, listing, &records[i], n);
	}
	add_servers(kit, apex, zone, listing);
	listing->etag = dcv_kit_etag(kit, listing->sets, listing->n_sets);
	dcv_kit_index(kit, apex, listing->sets, listing->n_sets, NULL, 0, &listing->index);
}

enum dcvp_class dcv_cf_records(struct dcv_cf_call *call, const char *name,
	const struct dcv_cf_zone *zone, struct dcv_cf_listing *ret, struct dcvp_error *err)
{
	const char *path = dcv_kit_format(&call->kit, "/zones/%s/dns_records?order=type",
		zone->id);
	const struct dcvp_tree **items;
	enum dcvp_class class;
	size_t n;

	*ret = (struct dcv_cf_listing){0};
	if (path == NULL)
		return dcv_kit_nomem(err);
	class = dcv_cf_list(call, path, RECORDS_A_PAGE, &items, &n, err);
	if (class != DCVP_OK)
		return class;
	ret->records = dcv_kit_array(&call->kit, n, sizeof *ret->records);
	for (; ret->n < n && !call->kit.nomem; ret->n++) {
		if (!take_record(&call->kit, name, items[ret->n], &ret->records[ret->n]))
			return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
				"%s: %s: a record of the listing cannot be read",
				call->session->url, name);
	}
	if (!call->kit.nomem)
		group(&call->kit, name, zone, ret);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

static uint32_t ttl_min_of(const struct dcv_cf_zone *zone)
{
	const char *plan = dcv_kit_get_text(dcv_kit_get(zone->json, "plan"), "legacy_id");

	return plan != NULL && strcmp(plan, "enterprise") == 0
		? DCV_CF_TTL_MIN_ENTERPRISE_S
		: DCV_CF_TTL_MIN_S;
}

enum dcvp_class dcv_cf_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_cf_call call = {.session = session};
	struct dcv_cf_listing listing;
	struct dcv_cf_zone found;
	struct dcvp_zone view = {0};
	enum dcvp_class class = dcv_cf_zone(&call, zone, &found, err);

	if (class == DCVP_OK)
		class = dcv_cf_records(&call, zone, &found, &listing, err);
	if (class != DCVP_OK)
		return class;
	view = (struct dcvp_zone){
		.place = dcv_kit_format(&call.kit, "%s at Cloudflare", zone),
		.etag = listing.etag,
		.fixed = found.fixed,
		.ttl_min_s = ttl_min_of(&found)};
	(void)dcv_kit_view(&call.kit, &listing.index, owners, n, &view);
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	*ret = view;
	return DCVP_OK;
}
