/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a zone is found and listed, and what the listing says. It does not know
 * edits.
 *
 * The whole zone is asked for: only the listing shows disabled records in every version (those
 * before 5.0 leave them out where a name is asked for), which a replaced set would lose, and
 * only it shows which names exist empty. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "providers/powerdns/powerdns.h"

/* The zone's id, or DCVP_NO_ZONE: only a listing without it says that the zone is not there. An
 * account that cannot be asked is an error, never "not found". */
static enum dcvp_class find_id(struct dcv_pdns_call *call, const char *zone,
	const char **ret_id, struct dcvp_error *err)
{
	const char *path;
	enum dcvp_class class;

	call->kit.host = call->session->host;
	path = dcv_kit_format(&call->kit, "/zones?zone=%s&dnssec=false", zone);
	if (path == NULL)
		return dcv_kit_nomem(err);
	class = dcv_pdns_ask(call, "GET", path, NULL, err);
	if (class != DCVP_OK)
		return class;
	if (call->status != 200)
		return dcv_pdns_refused(call, call->session->url, err);
	if (call->json == NULL || call->json->kind != DCVP_ARRAY)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is not a list of zones", call->session->url);
	/* Servers that do not know the parameter list all zones. */
	for (const struct dcvp_tree *at = call->json->first; at != NULL; at = at->next) {
		const char *name = dcv_kit_get_text(at, "name");
		const char *id = dcv_kit_get_text(at, "id");

		if (name == NULL || id == NULL || strcasecmp(name, zone) != 0)
			continue;
		*ret_id = dcv_kit_escape(&call->kit, id, "=");
		return *ret_id == NULL ? dcv_kit_nomem(err) : DCVP_OK;
	}
	return dcv_kit_fail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE,
		"%s: the server does not have %s", call->session->url, zone);
}

enum dcvp_class dcv_pdns_find_zone(void *session, const char *zone, struct dcvp_error *err)
{
	struct dcv_pdns_call call = {.session = session};
	const char *id;

	return find_id(&call, zone, &id, err);
}

/* A listed set without what is not served. 0: it cannot be read. */
static int take_set(struct dcv_kit *kit, const struct dcvp_tree *json,
	struct dcvp_rrset *ret)
{
	const char *name = dcv_kit_get_text(json, "name");
	const char *type = dcv_kit_get_text(json, "type");
	const struct dcvp_tree *records = dcv_kit_get(json, "records");
	int64_t ttl_s = dcv_kit_get_number(json, "ttl", UINT32_MAX);
	const char **rdata;

	if (name == NULL || type == NULL || ttl_s < 0 || records == NULL ||
		records->kind != DCVP_ARRAY)
		return 0;
	rdata = dcv_kit_array(kit, dcv_kit_count(records), sizeof *rdata);
	*ret = (struct dcvp_rrset){.owner = dcv_kit_name(kit, name),
		.type = dcv_kit_type_from(type),
		.ttl_s = (uint32_t)ttl_s,
		.rdata = rdata};
	if (ret->type == DCV_KIT_OTHER)
		ret->fixed = DCV_KIT_OTHER_FIXED;
	for (const struct dcvp_tree *at = records->first; at != NULL && !kit->nomem;
		at = at->next) {
		const char *content = dcv_kit_get_text(at, "content");

		if (content == NULL)
			return 0;
		if (!dcv_kit_get_true(at, "disabled"))
			rdata[ret->n++] = content;
	}
	return 1;
}

/* Whether the zone is of one of these kinds. Version 4.5 and later take newer names, too. */
static int is_kind(const struct dcvp_tree *json, const char *const *kinds)
{
	const char *kind = dcv_kit_get_text(json, "kind");

	for (; kind != NULL && *kinds != NULL; kinds++) {
		if (strcasecmp(kind, *kinds) == 0)
			return 1;
	}
	return 0;
}

static const char *fixed_of(const struct dcvp_tree *json, const struct dcv_pdns_zone *zone)
{
	static const char *const secondary[] = {"Slave", "Secondary", "Consumer", NULL};

	if (is_kind(json, secondary))
		return "this server has the zone as a secondary: edit it at its primary";
	/* Signatures of the server's own are not in its listing. */
	for (size_t i = 0; i < zone->n_sets; i++) {
		if (zone->sets[i].type == DCV_KIT_RRSIG && zone->sets[i].n > 0)
			return "the zone is presigned: edit it where it is signed";
	}
	return NULL;
}

static void take_secondaries(const struct dcvp_tree *json, struct dcv_pdns_zone *ret)
{
	static const char *const primary[] = {"Master", "Primary", "Producer", NULL};
	const char *soa_edit_api = dcv_kit_get_text(json, "soa_edit_api");

	ret->has_secondaries = is_kind(json, primary);
	ret->keeps_serial = soa_edit_api != NULL && soa_edit_api[0] == '\0';
}

static enum dcvp_class take_zone(struct dcv_pdns_call *call, const char *zone,
	struct dcv_pdns_zone *ret, struct dcvp_error *err)
{
	const struct dcvp_tree *rrsets = dcv_kit_get(call->json, "rrsets"), *at;
	int64_t serial = dcv_kit_get_number(call->json, "edited_serial", UINT32_MAX);

	if (rrsets == NULL || rrsets->kind != DCVP_ARRAY)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: the answer is not a zone", call->session->url);
	ret->sets = dcv_kit_array(&call->kit, dcv_kit_count(rrsets), sizeof *ret->sets);
	ret->listed = dcv_kit_array(&call->kit, dcv_kit_count(rrsets),
		sizeof *ret->listed);
	for (at = rrsets->first; at != NULL && !call->kit.nomem; at = at->next) {
		ret->listed[ret->n_sets] = at;
		if (!take_set(&call->kit, at, &ret->sets[ret->n_sets++]))
			return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
				"%s: %s: a record set of the listing cannot be read",
				call->session->url, zone);
		ret->n_unserved += ret->sets[ret->n_sets - 1].n == 0;
	}
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	ret->is_signed = dcv_kit_get_true(call->json, "dnssec");
	ret->rectify = ret->is_signed && !dcv_kit_get_true(call->json, "api_rectify");
	ret->serial = serial > 0 ? (uint32_t)serial : 0;
	take_secondaries(call->json, ret);
	ret->fixed = fixed_of(call->json, ret);
	ret->etag = dcv_kit_etag(&call->kit, ret->sets, ret->n_sets);
	dcv_kit_index(&call->kit, zone, ret->sets, ret->n_sets, NULL, 0, &ret->index);
	return call->kit.nomem ? dcv_kit_nomem(err) : DCVP_OK;
}

/* The zone's id as it was found by the last call, or now. */
static enum dcvp_class know_id(struct dcv_pdns_call *call, const char *zone,
	const char **ret_id, struct dcvp_error *err)
{
	struct dcv_pdns *session = call->session;
	enum dcvp_class class = DCVP_OK;

	*ret_id = session->id;
	if (session->id[0] != '\0' && strcmp(session->zone, zone) == 0)
		return DCVP_OK;
	class = find_id(call, zone, ret_id, err);
	session->id[0] = '\0';
	if (class != DCVP_OK || *ret_id == NULL || strlen(zone) >= sizeof session->zone ||
		strlen(*ret_id) >= sizeof session->id)
		return class;
	memcpy(session->zone, zone, strlen(zone) + 1);
	memcpy(session->id, *ret_id, strlen(*ret_id) + 1);
	return DCVP_OK;
}

static enum dcvp_class ask_zone(struct dcv_pdns_call *call, const char *zone,
	struct dcv_pdns_zone *ret, struct dcvp_error *err)
{
	enum dcvp_class class;
	const char *path;

	call->kit.host = call->session->host;
	class = know_id(call, zone, &ret->id, err);
	if (class != DCVP_OK)
		return class;
	path = dcv_kit_format(&call->kit, "/zones/%s", ret->id);
	if (path == NULL)
		return dcv_kit_nomem(err);
	return dcv_pdns_ask(call, "GET", path, NULL, err);
}

enum dcvp_class dcv_pdns_list(struct dcv_pdns_call *call, const char *zone,
	struct dcv_pdns_zone *ret, struct dcvp_error *err)
{
	const int known = call->session->id[0] != '\0';
	enum dcvp_class class;

	*ret = (struct dcv_pdns_zone){0};
	class = ask_zone(call, zone, ret, err);
	/* The zone may have been made anew since its id was found, or be gone. */
	if (class == DCVP_OK && known && (call->status == 404 || call->status == 422)) {
		call->session->id[0] = '\0';
		class = ask_zone(call, zone, ret, err);
	}
	if (class != DCVP_OK)
		return class;
	if (call->status != 200)
		return dcv_pdns_refused(call, zone, err);
	return take_zone(call, zone, ret, err);
}

const struct dcvp_tree *dcv_pdns_listed(const struct dcv_pdns_zone *zone,
	const struct dcvp_rrset *served, const char *owner, uint16_t type)
{
	if (served != NULL)
		return zone->listed[served - zone->sets];
	for (size_t i = 0; zone->n_unserved > 0 && i < zone->n_sets; i++) {
		if (zone->sets[i].type == type && strcmp(zone->sets[i].owner, owner) == 0)
			return zone->listed[i];
	}
	return NULL;
}

enum dcvp_class dcv_pdns_read(void *session, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_pdns_call call = {.session = session};
	struct dcv_pdns_zone found;
	struct dcvp_zone view = {0};
	enum dcvp_class class = dcv_pdns_list(&call, zone, &found, err);

	if (class != DCVP_OK)
		return class;
	view = (struct dcvp_zone){
		.place = dcv_kit_format(&call.kit, "%s at %s", zone, call.session->url),
		.etag = found.etag,
		.fixed = found.fixed,
		.is_signed = found.is_signed};
	if (!dcv_kit_view(&call.kit, &found.index, owners, n, &view) && !call.kit.nomem)
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_NOT_READY,
			"%s: the zone has no SOA record that is served", view.place);
	if (call.kit.nomem)
		return dcv_kit_nomem(err);
	if (found.serial != 0)
		view.serial = found.serial;
	*ret = view;
	return DCVP_OK;
}
