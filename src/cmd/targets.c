/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which addresses are asked and for what. Name servers are those of the
 * configuration, else those that the world is led to from the root down; where that cannot be
 * seen the NS set of the zone's data with the addresses that stand there, else their addresses
 * by a look-up. */
#include <string.h>

#include "cmd/exam.h"
#include "cmd/targets.h"
#include "cmd/through.h"
#include "dns/names.h"

#define LOOKUP_MS 5000 /* for the addresses of one name server */

static const char *dup_name(struct dcv_session *session, const struct dcv_name *name)
{
	return dcv_arena_strdup(&session->arena, dcv_show_name(name));
}

static enum dcv_err add_server(struct dcv_session *session, struct dcv_server **servers,
	size_t *n, const char *name, const struct dcv_addr *addr)
{
	struct dcv_server *grown = dcv_arena_grow(&session->arena, *servers, *n,
		sizeof(**servers));
	char text[DCV_ADDR_TEXT_MAX];

	if (grown == NULL)
		return DCV_E_NOMEM;
	if (name == NULL)
		name = dcv_arena_strdup(&session->arena, dcv_addr_text(addr, text));
	*servers = grown;
	grown[(*n)++] = (struct dcv_server){name, *addr};
	return name == NULL ? DCV_E_NOMEM : DCV_OK;
}

static enum dcv_err add_configured(struct dcv_session *session,
	struct dcv_server **servers, size_t *n)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < session->config.n_nameservers; i++)
		rc = add_server(session, servers, n, NULL,
			&session->config.nameservers[i]);
	return rc;
}

static enum dcv_err add_looked_up(struct dcv_session *session,
	const struct dcv_name *host, struct dcv_server **servers, size_t *n)
{
	struct dcv_error err = {0};
	struct dcv_addr *addrs = NULL;
	size_t n_addrs = 0;
	int64_t deadline_ms = dcv_mono_ms(session->clock) + LOOKUP_MS;
	enum dcv_err rc;

	if (deadline_ms > session->deadline_ms)
		deadline_ms = session->deadline_ms;
	rc = dcv_ask_addresses(host, deadline_ms, session->clock, &session->arena, &addrs,
		&n_addrs, &err);
	if (rc == DCV_OK && n_addrs == 0)
		dcv_fail(&err, DCV_E_UNVERIFIED, "it has no address");
	if (rc != DCV_OK || n_addrs == 0) {
		dcv_diag_add(&session->diags, DCV_SEV_WARNING, DCV_OK, NULL,
			"name the servers to ask: " DCV_HELP_ASK,
			"%s: a name server of the zone cannot be asked: %s",
			dcv_show_name(host), err.text);
		return DCV_OK;
	}
	for (size_t i = 0; rc == DCV_OK && i < n_addrs; i++)
		rc = add_server(session, servers, n, dup_name(session, host), &addrs[i]);
	return rc;
}

static enum dcv_err add_ns(struct dcv_session *session, const struct dcv_ns *ns,
	struct dcv_server **servers, size_t *n)
{
	struct dcv_error err = {0};
	struct dcv_addr addr;
	size_t before = *n;
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < ns->n; i++) {
		for (size_t k = 0; rc == DCV_OK && k < ns->addresses[i].n; k++) {
			rc = dcv_addr_from_rdata(&ns->addresses[i].rdata[k], 53, &addr,
				&err);
			if (rc == DCV_OK)
				rc = add_server(session, servers, n,
					dup_name(session, &ns->name), &addr);
		}
	}
	if (rc == DCV_OK && *n == before)
		rc = add_looked_up(session, &ns->name, servers, n);
	return rc;
}

/* Where the world has been asked, the diagnosis says why there is no server to ask. */
static enum dcv_err find_servers(struct dcv_session *session,
	const struct dcv_zone_run *zone, bool seen, struct dcv_check_zone *ret)
{
	struct dcv_server *servers = NULL;
	size_t n = 0;
	enum dcv_err rc = add_configured(session, &servers, &n);

	for (size_t i = 0; rc == DCV_OK && session->config.n_nameservers == 0 &&
		zone != NULL && i < zone->view.n_ns;
		i++)
		rc = add_ns(session, &zone->view.ns[i], &servers, &n);
	ret->servers = servers;
	ret->n_servers = n;
	if (rc == DCV_OK && n == 0 && !seen) {
		dcv_diag_add(&session->diags, DCV_SEV_ERROR, DCV_E_UNVERIFIED, NULL,
			"name the servers to ask: " DCV_HELP_ASK,
			"%s: no name server is known that could be asked",
			dcv_show_name(&ret->apex));
		return DCV_E_UNVERIFIED;
	}
	return rc;
}

/* What the world sees of a claim. */
struct sight {
	bool seen; /* the world has been asked, be it that nobody holds the name */
	struct dcv_name owner; /* where its aliases end, or where it is written */
	const struct dcv_zone_seen *zone; /* that is delegated and holds it; NULL: not seen */
};

/* What is being made, and where in it a zone or item is. */
struct making {
	struct dcv_session *session;
	struct dcv_verify *verify;
	struct dcv_names zones; /* by apex */
	struct dcv_arena scratch; /* while one order is looked at */
	struct dcv_names items; /* of that order, by owner as written and type */
};

/* All items are asked at the same resolvers. */
static enum dcv_err through(struct dcv_session *session, struct dcv_verify *verify,
	size_t *ret)
{
	*ret = 0;
	if (verify->n_zones > 0)
		return DCV_OK;
	verify->zones = dcv_arena_array(&session->arena, 1, sizeof(*verify->zones));
	if (verify->zones == NULL)
		return DCV_E_NOMEM;
	verify->zones[0] = dcv_stub_zone(session->exam->stub);
	verify->n_zones = 1;
	return DCV_OK;
}

/* The zone of an owner: the one that is seen, else a bound one, else (with servers configured)
 * the domain itself. */
static enum dcv_err zone_of(struct making *making, const struct dcv_claim *claim,
	const struct sight *sight, size_t *ret)
{
	struct dcv_session *session = making->session;
	struct dcv_verify *verify = making->verify;
	const struct dcv_binding *binding = dcv_config_binding(&session->config,
		dcv_claim_place(claim));
	const struct dcv_zone_run *zone = NULL;
	struct dcv_check_zone made = {.apex = sight->zone != NULL ? sight->zone->apex
			: binding != NULL                         ? binding->zone
								  : claim->domain};
	struct dcv_server *servers = NULL;
	struct dcv_check_zone *kept = dcv_names_get(&making->zones, &made.apex, 0);
	enum dcv_err rc;

	if (kept != NULL) {
		*ret = (size_t)(kept - verify->zones);
		return DCV_OK;
	}
	for (size_t i = 0; i < session->run.n_zones; i++) {
		if (session->run.zones[i].binding == binding)
			zone = &session->run.zones[i];
	}
	if (session->config.via != DCV_VIA_DIRECT)
		return through(session, verify, ret);
	rc = sight->zone != NULL ? dcv_survey_servers(sight->zone, &session->arena,
					   &servers, &made.n_servers, NULL)
				 : DCV_OK;
	made.servers = servers;
	if (rc == DCV_OK && made.n_servers == 0)
		rc = find_servers(session, zone, sight->seen, &made);
	if (rc != DCV_OK)
		return rc;
	kept = &verify->zones[verify->n_zones];
	*kept = made;
	*ret = verify->n_zones++;
	return dcv_names_put(&making->zones, &kept->apex, 0, kept, &session->arena)
		? DCV_OK
		: DCV_E_NOMEM;
}

static enum dcv_err append(struct dcv_session *session, const struct dcv_rdata **list,
	size_t *n, const struct dcv_rdata *rdata)
{
	struct dcv_rdata *grown;

	for (size_t i = 0; i < *n; i++) {
		if (dcv_rdata_equal(&(*list)[i], rdata))
			return DCV_OK;
	}
	grown = dcv_arena_grow(&session->arena, (void *)(uintptr_t)*list, *n,
		sizeof(*grown));
	if (grown == NULL)
		return DCV_E_NOMEM;
	grown[(*n)++] = *rdata;
	*list = grown;
	return DCV_OK;
}

static bool claims_value(const struct dcv_session *session, const struct dcv_name *owner,
	uint16_t type, const struct dcv_rdata *rdata)
{
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_order *order = session->run.subjects[i].order;

		for (size_t k = 0; order != NULL && k < order->n_claims; k++) {
			if (order->claims[k].type == type &&
				dcv_name_equal(dcv_claim_place(&order->claims[k]), owner) &&
				dcv_rdata_equal(&order->claims[k].rdata, rdata))
				return true;
		}
	}
	return false;
}

/* Values that `previous:` of the order names. */
static enum dcv_err add_named(struct dcv_session *session, const struct dcv_order *order,
	const struct dcv_name *owner, struct dcv_check_item *item)
{
	enum dcv_err rc = DCV_OK;

	for (size_t i = 0; rc == DCV_OK && i < order->n_named; i++) {
		const struct dcv_named *named = &order->named[i];
		const struct dcv_rdata *value = item->type == DCV_TYPE_TXT ? &named->txt
									   : &named->cname;

		if (value->len > 0 && !claims_value(session, owner, item->type, value) &&
			(named->owner.len == 0 || dcv_name_equal(&named->owner, owner)))
			rc = append(session, &item->unwanted, &item->n_unwanted, value);
	}
	return rc;
}

/* Previous values: what was removed from this owner, unless an order needs it again. */
static enum dcv_err add_unwanted(struct dcv_session *session,
	const struct dcv_name *owner, struct dcv_check_item *item, struct dcv_error *err)
{
	struct dcv_claim_row *rows = NULL;
	struct dcv_rdata *gone = NULL;
	size_t n = 0, n_gone = 0;
	enum dcv_err rc = dcv_ledger_removed_at(session->ledger, owner, item->type,
		&session->arena, &gone, &n_gone, err);

	if (rc == DCV_OK)
		rc = dcv_ledger_claims_at(session->ledger, owner, &session->arena, &rows,
			&n, err);
	for (size_t i = 0; rc == DCV_OK && i < n_gone; i++) {
		bool needed = claims_value(session, owner, item->type, &gone[i]);

		for (size_t k = 0; k < n && !needed; k++)
			needed = rows[k].type == item->type &&
				dcv_rdata_equal(&rows[k].rdata, &gone[i]) &&
				dcv_claim_protects(&rows[k], dcv_now_s(session->clock));
		if (!needed)
			rc = append(session, &item->unwanted, &item->n_unwanted, &gone[i]);
	}
	return rc;
}

/* How long caches may hold what was there before: of the ledger, for bound zones. */
static enum dcv_err add_cached(struct dcv_session *session, struct dcv_check_item *item,
	struct dcv_target *target, struct dcv_error *err)
{
	const struct dcv_binding *binding = dcv_config_binding(&session->config,
		&target->owner);
	struct dcv_rrset_row *rows = NULL;
	size_t n = 0;
	enum dcv_err rc = DCV_OK;

	for (size_t b = 0; rc == DCV_OK && binding != NULL && b < binding->n_backends;
		b++) {
		rc = dcv_ledger_rrsets_at(session->ledger, &binding->zone,
			binding->backends[b].name, &target->owner, &session->arena, &rows,
			&n, err);
		for (size_t i = 0; rc == DCV_OK && i < n; i++) {
			if (rows[i].type != item->type)
				continue;
			target->noted = true;
			if (rows[i].cached_s <= item->cached_s)
				continue;
			item->cached_s = rows[i].cached_s;
			target->was_absent = rows[i].former_ttl_s == 0;
		}
	}
	return rc;
}

static enum dcv_err add_item(struct making *making, const struct dcv_subject *subject,
	const struct dcv_claim *claim, const struct sight *sight)
{
	struct dcv_session *session = making->session;
	struct dcv_verify *verify = making->verify;
	struct dcv_error err = {0};
	struct dcv_check_item item = {.owner = sight->owner, .type = claim->type};
	struct dcv_target target = {.owner = *dcv_claim_place(claim)};
	enum dcv_err rc = zone_of(making, claim, sight, &item.zone);
	size_t at;

	if (rc != DCV_OK)
		return rc;
	rc = add_unwanted(session, &target.owner, &item, &err);
	if (rc == DCV_OK)
		rc = add_named(session, subject->order, &target.owner, &item);
	if (rc == DCV_OK)
		rc = add_cached(session, &item, &target, &err);
	if (rc != DCV_OK)
		return dcv_session_fail(session, &err);
	at = verify->n_items++;
	verify->targets[at] = target;
	verify->items[at] = item;
	verify->subjects[at] = subject;
	return dcv_names_put(&making->items, &verify->targets[at].owner, claim->type,
		       &verify->items[at], &making->scratch)
		? DCV_OK
		: DCV_E_NOMEM;
}

/* The item of a subject's RRset, made when its first claim comes. */
static enum dcv_err add_claim(struct making *making, const struct dcv_subject *subject,
	const struct dcv_claim *claim, const struct sight *sight)
{
	struct dcv_check_item *item = dcv_names_get(&making->items,
		dcv_claim_place(claim), claim->type);
	enum dcv_err rc = DCV_OK;

	if (item == NULL) {
		item = &making->verify->items[making->verify->n_items];
		rc = add_item(making, subject, claim, sight);
	}
	return rc != DCV_OK
		? rc
		: append(making->session, &item->wanted, &item->n_wanted, &claim->rdata);
}

/* All that one order needs; sights[0] is of its first claim. */
static enum dcv_err add_subject(struct making *making, const struct dcv_subject *subject,
	const struct sight *sights)
{
	enum dcv_err rc = DCV_OK;

	making->items = (struct dcv_names){.n = 0};
	for (size_t i = 0; rc == DCV_OK && i < subject->order->n_claims; i++)
		rc = add_claim(making, subject, &subject->order->claims[i], &sights[i]);
	dcv_arena_clear(&making->scratch);
	return rc;
}

/* There are at most as many of each as there are claims. */
static enum dcv_err make_room(struct dcv_session *session, struct dcv_verify *verify,
	size_t n)
{
	struct dcv_arena *arena = &session->arena;

	verify->zones = dcv_arena_array(arena, n, sizeof(verify->zones[0]));
	verify->items = dcv_arena_array(arena, n, sizeof(verify->items[0]));
	verify->targets = dcv_arena_array(arena, n, sizeof(verify->targets[0]));
	verify->subjects = dcv_arena_array(arena, n, sizeof(struct dcv_subject *));
	return verify->zones != NULL && verify->items != NULL &&
			verify->targets != NULL && verify->subjects != NULL
		? DCV_OK
		: DCV_E_NOMEM;
}

static size_t count_claims(const struct dcv_session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];

		n += dcv_subject_is_wanted(subject) ? subject->order->n_claims : 0;
	}
	return n;
}

/* A look for each claim, in the order of the loops of dcv_targets_make. */
static struct dcv_look *make_looks(struct dcv_session *session, size_t n,
	struct dcv_arena *arena)
{
	struct dcv_look *looks = dcv_arena_array(arena, n + 1, sizeof(looks[0]));
	size_t at = 0;

	for (size_t i = 0; looks != NULL && i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];

		for (size_t k = 0;
			dcv_subject_is_wanted(subject) && k < subject->order->n_claims;
			k++)
			looks[at++] = (struct dcv_look){
				.name = *dcv_claim_place(&subject->order->claims[k]),
				.type = subject->order->claims[k].type,
				.no_follow = subject->order->claims[k].type ==
					DCV_TYPE_CNAME};
	}
	return looks;
}

/* A zone that is delegated to servers that all say nothing. */
static bool is_mute(const struct dcv_place_of_name *place)
{
	return place->found == DCV_FOUND_NO_VIEW && place->zone != NULL &&
		dcv_name_labels(&place->zone->apex) > 1 && place->zone->n_servers > 0;
}

static void set_sight(const struct dcv_look *look, const struct dcv_place_of_name *place,
	struct sight *ret)
{
	const struct dcv_hop *end = look->n_hops > 0 ? &look->hops[look->n_hops - 1]
						     : NULL;
	bool ended = look->end == DCV_LOOK_SET || look->end == DCV_LOOK_NODATA ||
		look->end == DCV_LOOK_NXDOMAIN;

	ret->owner = look->name;
	ret->seen = place->found == DCV_FOUND_ZONE ||
		place->found == DCV_FOUND_NO_DELEGATION || is_mute(place);
	if (place->found == DCV_FOUND_ZONE || is_mute(place))
		ret->zone = place->zone;
	if (ret->zone != NULL && look->n_hops > 1 && ended && end->zone != NULL) {
		ret->owner = *end->owner;
		ret->zone = end->zone;
	}
}

/* From the root down, all claims at once. With addresses in the configuration nothing is asked, nor
 * where resolvers are: they follow aliases themselves. */
static enum dcv_err see_world(struct dcv_session *session, size_t n, struct sight *sights,
	struct dcv_arena *arena)
{
	struct dcv_error err = {0};
	struct dcv_exam *exam = NULL;
	struct dcv_look *looks = make_looks(session, n, arena);
	struct dcv_name *names = dcv_arena_array(arena, n + 1, sizeof(names[0]));
	struct dcv_place_of_name *places = dcv_arena_array(arena, n + 1,
		sizeof(places[0]));
	enum dcv_err rc;

	if (looks == NULL || names == NULL || places == NULL)
		return dcv_nomem(&err);
	for (size_t i = 0; i < n; i++)
		names[i] = sights[i].owner = looks[i].name;
	if (session->config.n_nameservers > 0)
		return DCV_OK;
	exam = dcv_exam_of(session, dcv_mono_ms(session->clock) + DCV_EXAM_MS);
	if (exam == NULL)
		return session->diags.code;
	if (exam->stub != NULL)
		return DCV_OK;
	rc = dcv_survey_find(exam->survey, names, n, DCV_SURVEY_SERVERS, places, &err);
	if (rc == DCV_OK)
		rc = dcv_survey_look(exam->survey, looks, n, &err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		set_sight(&looks[i], &places[i], &sights[i]);
	return rc == DCV_OK ? DCV_OK : dcv_session_fail(session, &err);
}

enum dcv_err dcv_targets_make(struct dcv_session *session, struct dcv_verify *verify)
{
	struct making making = {.session = session, .verify = verify};
	size_t n = count_claims(session), at = 0;
	struct dcv_arena world = {0};
	struct sight *sights = dcv_arena_array(&world, n + 1, sizeof(sights[0]));
	enum dcv_err rc = sights != NULL ? see_world(session, n, sights, &world)
					 : DCV_E_NOMEM;

	if (rc == DCV_OK)
		rc = make_room(session, verify, n);
	for (size_t i = 0; rc == DCV_OK && i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];

		if (!dcv_subject_is_wanted(subject))
			continue;
		rc = add_subject(&making, subject, &sights[at]);
		at += subject->order->n_claims;
	}
	dcv_arena_clear(&world);
	if (rc == DCV_E_NOMEM) {
		struct dcv_error err = {0};

		dcv_nomem(&err);
		return dcv_session_fail(session, &err);
	}
	return rc;
}
