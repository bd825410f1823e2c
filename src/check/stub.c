/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the resolvers' answers say of a name: its zone, what stands there, CAA on
 * the way up, in the form in which the survey tells it. It does not know how they are asked. */
#include <stdlib.h>
#include <string.h>

#include "check/stub_parts.h"

#define LOOKUP_MS 5000 /* for the addresses of one resolver */

/* --- the stub --- */

static enum dcv_err find_addr(struct dcv_stub *stub, const struct dcv_resolver *resolver,
	struct dcv_server *ret, struct dcv_error *err)
{
	const struct dcv_clock *clock = stub->options.clock;
	int64_t deadline_ms = dcv_mono_ms(clock) + LOOKUP_MS;
	struct dcv_error why = {0};
	struct dcv_addr *addrs = NULL;
	struct dcv_name host;
	size_t n = 0;
	enum dcv_err rc = dcv_name_from(resolver->name, &host, &why);

	if (rc == DCV_OK)
		rc = dcv_ask_addresses(&host,
			deadline_ms < stub->options.deadline_ms
				? deadline_ms
				: stub->options.deadline_ms,
			clock, &stub->arena, &addrs, &n, &why);
	if (rc == DCV_E_NOMEM)
		return dcv_nomem(err);
	/* Whoever is not found is shown as not reached. */
	if (rc == DCV_OK && n > 0)
		dcv_addr_set_port(&addrs[0], resolver->port);
	if (rc == DCV_OK && n > 0)
		ret->addr = addrs[0];
	return DCV_OK;
}

static enum dcv_err find_servers(struct dcv_stub *stub, struct dcv_error *err)
{
	size_t n = stub->options.n_resolvers;
	struct dcv_name *names = dcv_arena_array(&stub->arena, n, sizeof(*names));
	enum dcv_err rc = DCV_OK;

	stub->servers = dcv_arena_array(&stub->arena, n, sizeof(*stub->servers));
	stub->seen_servers = dcv_arena_array(&stub->arena, n, sizeof(*stub->seen_servers));
	stub->seen_addresses = dcv_arena_array(&stub->arena, n,
		sizeof(*stub->seen_addresses));
	if (names == NULL || stub->servers == NULL || stub->seen_servers == NULL ||
		stub->seen_addresses == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		const struct dcv_resolver *resolver = &stub->options.resolvers[i];

		stub->servers[i] = (struct dcv_server){resolver->name, resolver->addr};
		if (!resolver->has_addr)
			rc = find_addr(stub, resolver, &stub->servers[i], err);
		stub->seen_addresses[i].addr = stub->servers[i].addr;
		if (dcv_name_from(resolver->name, &names[i], NULL) != DCV_OK)
			return dcv_nomem(err);
		stub->seen_servers[i].name = &names[i];
	}
	return rc;
}

enum dcv_err dcv_stub_new(const struct dcv_stub_options *options, struct dcv_stub **ret,
	struct dcv_error *err)
{
	struct dcv_stub *stub = calloc(1, sizeof(*stub));
	enum dcv_err rc;

	if (stub == NULL)
		return dcv_nomem(err);
	stub->options = *options;
	rc = dcv_module_open("tls", sizeof(struct dcv_tls_module), DCV_TLS_ABI,
		&stub->module, err);
	if (rc == DCV_OK) {
		stub->tls = (const struct dcv_tls_module *)(const void *)stub->module.entry;
		rc = find_servers(stub, err);
	}
	if (rc == DCV_OK && !dcv_stub_links_new(stub))
		rc = dcv_nomem(err);
	if (rc != DCV_OK) {
		dcv_stub_free(stub);
		return rc;
	}
	*ret = stub;
	return DCV_OK;
}

void dcv_stub_free(struct dcv_stub *stub)
{
	if (stub == NULL)
		return;
	dcv_stub_links_free(stub);
	dcv_module_close(&stub->module);
	dcv_arena_clear(&stub->arena);
	free(stub);
}

void dcv_stub_deadline(struct dcv_stub *stub, int64_t deadline_ms)
{
	stub->options.deadline_ms = deadline_ms;
}

struct dcv_check_zone dcv_stub_zone(const struct dcv_stub *stub)
{
	return (struct dcv_check_zone){.apex = {.len = 1},
		.n_servers = stub->options.n_resolvers,
		.servers = stub->servers};
}

/* --- answers --- */

static bool is_answer(const struct dcv_stub_question *question)
{
	return question->seen == DCV_SEEN_HAS &&
		(question->answer.rcode == DCV_RCODE_NOERROR ||
			question->answer.rcode == DCV_RCODE_NXDOMAIN);
}

/* Resolvers show a DNAME with the CNAME that comes of it (RFC 6672 3.2). */
static bool next_of(const struct dcv_answer *answer, const struct dcv_name *name,
	struct dcv_name *ret)
{
	const struct dcv_rrset *alias = dcv_answer_set(answer, name, DCV_TYPE_CNAME);

	return alias != NULL && alias->n > 0 &&
		dcv_name_from_wire(alias->rdata[0].wire, alias->rdata[0].len, ret);
}

struct dcv_name dcv_stub_follow(const struct dcv_answer *answer,
	const struct dcv_name *name, size_t hops)
{
	struct dcv_name at = *name, next;

	while (hops-- > 0 && next_of(answer, &at, &next))
		at = next;
	return at;
}

uint32_t dcv_stub_ttl(const struct dcv_answer *answer, const struct dcv_name *name,
	uint16_t type)
{
	const struct dcv_rrset *set = dcv_answer_set(answer, name, type);

	if (set != NULL)
		return set->ttl_s;
	/* RFC 2308 5 */
	return !answer->has_soa                             ? 0
		: answer->soa_ttl_s < answer->soa_minimum_s ? answer->soa_ttl_s
							    : answer->soa_minimum_s;
}

/* What one resolver says of one owner on the way. */
static void read_at(const struct dcv_stub_question *question,
	const struct dcv_name *owner, struct dcv_address_answer *ret)
{
	const struct dcv_answer *answer = &question->answer;
	const struct dcv_rrset *set, *alias;

	ret->seen = question->seen;
	if (question->seen != DCV_SEEN_HAS)
		return;
	ret->rcode = answer->rcode;
	if (!is_answer(question)) {
		ret->seen = DCV_SEEN_RCODE;
		return;
	}
	set = dcv_answer_set(answer, owner, question->type);
	alias = set == NULL ? dcv_answer_set(answer, owner, DCV_TYPE_CNAME) : set;
	ret->ttl_s = dcv_stub_ttl(answer, owner,
		set == NULL && alias != NULL ? (uint16_t)DCV_TYPE_CNAME : question->type);
	ret->seen = set != NULL ? DCV_SEEN_HAS
		: alias != NULL ? DCV_SEEN_OLD
				: DCV_SEEN_ABSENT;
	ret->nxdomain = alias == NULL && answer->rcode == DCV_RCODE_NXDOMAIN;
	if (alias != NULL) {
		ret->n = alias->n;
		ret->rdata = alias->rdata;
	}
}

/* --- questions of one kind --- */

/* Every name at every resolver: the question of resolver r for name i is [i * n_resolvers + r]. */
static enum dcv_err ask_names(struct dcv_stub *stub, const struct dcv_name *const *names,
	const uint16_t *types, size_t n, struct dcv_stub_question **ret,
	struct dcv_error *err)
{
	size_t n_resolvers = stub->options.n_resolvers;
	struct dcv_stub_question *questions = dcv_arena_array(&stub->arena, n,
		n_resolvers * sizeof(*questions));

	if (questions == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n * n_resolvers; i++) {
		questions[i].resolver = i % n_resolvers;
		questions[i].name = names[i / n_resolvers];
		questions[i].type = types[i / n_resolvers];
	}
	*ret = questions;
	return dcv_stub_ask(stub, questions, n * n_resolvers, &stub->arena, err);
}

/* Why no resolver has an answer. */
static const char *why_none(struct dcv_stub *stub,
	const struct dcv_stub_question *questions)
{
	const char *why = "no resolver was asked";

	for (size_t r = 0; r < stub->options.n_resolvers; r++) {
		const struct dcv_stub_question *question = &questions[r];

		if (question->seen == DCV_SEEN_NOT_ASKED)
			continue;
		why = dcv_arena_printf(&stub->arena, "%s: %s", stub->servers[r].name,
			question->seen == DCV_SEEN_HAS
				? dcv_rcode_text(question->answer.rcode)
				: question->why != NULL ? question->why
							: dcv_seen_text(question->seen));
		break;
	}
	return why != NULL ? why : "out of memory";
}

/* --- zones --- */

static struct dcv_zone_seen *zone_of(struct dcv_stub *stub, const struct dcv_name *apex)
{
	struct dcv_zone_seen *zone = dcv_names_get(&stub->zones, apex, 0);

	if (zone != NULL)
		return zone;
	zone = dcv_arena_alloc(&stub->arena, sizeof(*zone));
	if (zone == NULL)
		return NULL;
	zone->apex = *apex;
	return dcv_names_put(&stub->zones, &zone->apex, 0, zone, &stub->arena) ? zone
									       : NULL;
}

/* Whose zone it is, by the SOA that one of the resolvers shows. */
static bool read_place(struct dcv_stub *stub, const struct dcv_name *name,
	const struct dcv_stub_question *questions, struct dcv_place_of_name *ret)
{
	for (size_t r = 0; r < stub->options.n_resolvers; r++) {
		const struct dcv_answer *answer = &questions[r].answer;

		/* That of an alias's target is of no use. */
		if (!is_answer(&questions[r]) || !answer->has_soa ||
			!dcv_name_is_within(name, &answer->soa_owner))
			continue;
		ret->nxdomain = answer->rcode == DCV_RCODE_NXDOMAIN;
		ret->found = ret->nxdomain && dcv_name_labels(&answer->soa_owner) < 2
			? DCV_FOUND_NO_DELEGATION
			: DCV_FOUND_ZONE;
		ret->zone = zone_of(stub, &answer->soa_owner);
		return true;
	}
	return false;
}

enum dcv_err dcv_stub_find(struct dcv_stub *stub, const struct dcv_name *names, size_t n,
	struct dcv_place_of_name *places, struct dcv_error *err)
{
	static const struct dcv_name root = {.len = 1};
	size_t n_resolvers = stub->options.n_resolvers;
	struct dcv_name *above = dcv_arena_array(&stub->arena, n, sizeof(*above));
	const struct dcv_name **asked = dcv_arena_array(&stub->arena, n,
		2 * sizeof(*asked));
	uint16_t *types = dcv_arena_array(&stub->arena, n, 2 * sizeof(*types));
	struct dcv_stub_question *questions = NULL;
	enum dcv_err rc;

	if (above == NULL || asked == NULL || types == NULL)
		return dcv_nomem(err);
	/* Where an alias stands, the name above it tells. */
	for (size_t i = 0; i < n; i++) {
		above[i] = dcv_name_parent(&names[i], dcv_name_labels(&names[i]) > 1);
		asked[2 * i] = &names[i];
		asked[2 * i + 1] = &above[i];
		types[2 * i] = types[2 * i + 1] = DCV_TYPE_SOA;
	}
	rc = ask_names(stub, asked, types, 2 * n, &questions, err);
	for (size_t i = 0; rc == DCV_OK && questions != NULL && i < n; i++) {
		const struct dcv_stub_question *own = &questions[2 * i * n_resolvers];

		places[i] = (struct dcv_place_of_name){.found = DCV_FOUND_NO_VIEW};
		if (!read_place(stub, &names[i], own, &places[i]) &&
			!read_place(stub, &names[i], own + n_resolvers, &places[i])) {
			places[i].zone = zone_of(stub, &root);
			places[i].why = why_none(stub, own);
		}
		if (places[i].zone == NULL)
			rc = dcv_nomem(err);
	}
	return rc;
}

/* --- looks --- */

/* A hop, and its best answer: records before an alias, an alias before nothing; NULL: none. */
static const struct dcv_address_answer *make_hop(struct dcv_stub *stub,
	const struct dcv_stub_question *questions, const struct dcv_name *owner,
	struct dcv_hop *ret)
{
	size_t n = stub->options.n_resolvers;
	struct dcv_address_answer *answers = dcv_arena_array(&stub->arena, n,
		sizeof(*answers));
	const struct dcv_name *at = dcv_arena_memdup(&stub->arena, owner, sizeof(*owner));
	const struct dcv_address_answer *best = NULL;

	if (at == NULL || answers == NULL)
		return NULL;
	*ret = (struct dcv_hop){.owner = at, .n_answers = n, .answers = answers};
	for (size_t r = 0; r < n; r++) {
		answers[r].server = &stub->seen_servers[r];
		answers[r].address = &stub->seen_addresses[r];
		read_at(&questions[r], owner, &answers[r]);
		if (answers[r].seen != DCV_SEEN_HAS && answers[r].seen != DCV_SEEN_OLD &&
			answers[r].seen != DCV_SEEN_ABSENT)
			continue;
		if (answers[r].ttl_s > ret->ttl_s)
			ret->ttl_s = answers[r].ttl_s;
		/* HAS, OLD, ABSENT: in this order in the enum. */
		if (best == NULL || answers[r].seen < best->seen)
			best = &answers[r];
	}
	ret->is_alias = best != NULL && best->seen == DCV_SEEN_OLD;
	return best;
}

static bool was_at(const struct dcv_hop *hops, size_t n, const struct dcv_name *name)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_name_equal(hops[i].owner, name))
			return true;
	}
	return false;
}

static void end_look(struct dcv_stub *stub, struct dcv_look *look,
	const struct dcv_address_answer *best, const struct dcv_stub_question *questions)
{
	if (best == NULL) {
		look->end = DCV_LOOK_FAILED;
		look->why = why_none(stub, questions);
		return;
	}
	look->ttl_s = best->ttl_s;
	look->end = best->nxdomain ? DCV_LOOK_NXDOMAIN : DCV_LOOK_NODATA;
	if (best->seen == DCV_SEEN_HAS) {
		look->end = DCV_LOOK_SET;
		look->n = best->n;
		look->rdata = best->rdata;
	}
}

/* From the name along the aliases that the answers have. */
static bool read_look(struct dcv_stub *stub, struct dcv_look *look,
	const struct dcv_stub_question *questions)
{
	struct dcv_hop *hops = dcv_arena_array(&stub->arena, DCV_SURVEY_HOPS + 1,
		sizeof(*hops));
	const struct dcv_address_answer *best;
	struct dcv_name at = look->name;
	size_t n = 0;

	if (hops == NULL)
		return false;
	for (;;) {
		best = make_hop(stub, questions, &at, &hops[n]);
		if (hops[n].answers == NULL)
			return false;
		if (hops[n].ttl_s > look->ttl_max_s)
			look->ttl_max_s = hops[n].ttl_s;
		if (!hops[n++].is_alias || look->no_follow ||
			!dcv_name_from_wire(best->rdata[0].wire, best->rdata[0].len, &at) ||
			was_at(hops, n, &at) || n > DCV_SURVEY_HOPS)
			break;
	}
	look->n_hops = n;
	look->hops = hops;
	end_look(stub, look, best, questions);
	if (hops[n - 1].is_alias && !look->no_follow) {
		look->end = n > DCV_SURVEY_HOPS ? DCV_LOOK_TOO_LONG : DCV_LOOK_LOOP;
		look->why = "the aliases lead nowhere";
	}
	return true;
}

enum dcv_err dcv_stub_look(struct dcv_stub *stub, struct dcv_look *looks, size_t n,
	struct dcv_error *err)
{
	const struct dcv_name **names = dcv_arena_array(&stub->arena, n, sizeof(*names));
	uint16_t *types = dcv_arena_array(&stub->arena, n, sizeof(*types));
	struct dcv_stub_question *questions = NULL;
	enum dcv_err rc;

	if (names == NULL || types == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++) {
		names[i] = &looks[i].name;
		types[i] = looks[i].type;
	}
	rc = ask_names(stub, names, types, n, &questions, err);
	for (size_t i = 0; rc == DCV_OK && questions != NULL && i < n; i++) {
		if (!read_look(stub, &looks[i], questions + i * stub->options.n_resolvers))
			rc = dcv_nomem(err);
	}
	return rc;
}

/* --- CAA --- */

/* The looks of all climbs, every name once. */
struct climbing {
	struct dcv_names seen; /* index + 1 */
	size_t n;
	struct dcv_look *looks;
};

static struct dcv_name base_of(const struct dcv_name *name)
{
	return dcv_name_parent(name, dcv_name_is_wildcard(name) ? 1 : 0);
}

static bool add_look(struct dcv_stub *stub, struct climbing *all,
	const struct dcv_name *name, const struct dcv_look **ret)
{
	struct dcv_look *look = dcv_names_get(&all->seen, name, DCV_TYPE_CAA);

	if (look == NULL) {
		look = &all->looks[all->n++];
		*look = (struct dcv_look){.name = *name, .type = DCV_TYPE_CAA};
		if (!dcv_names_put(&all->seen, &look->name, DCV_TYPE_CAA, look,
			    &stub->arena))
			return false;
	}
	*ret = look;
	return true;
}

static bool plan_climb(struct dcv_stub *stub, struct climbing *all,
	const struct dcv_name *name, struct dcv_survey_climb *ret)
{
	const struct dcv_name base = base_of(name);
	size_t n = dcv_name_labels(&base);
	const struct dcv_look **looks = dcv_arena_array(&stub->arena, n, sizeof(*looks));

	*ret = (struct dcv_survey_climb){.n = n,
		.steps = dcv_arena_array(&stub->arena, n, sizeof(*ret->steps)),
		.looks = looks};
	if (looks == NULL || ret->steps == NULL)
		return false;
	for (unsigned i = 0; i < n; i++) {
		const struct dcv_name at = dcv_name_parent(&base, i);

		if (!add_look(stub, all, &at, &looks[i]))
			return false;
	}
	return true;
}

enum dcv_err dcv_stub_caa(struct dcv_stub *stub, const struct dcv_name *names, size_t n,
	struct dcv_survey_climb *climbs, struct dcv_error *err)
{
	struct climbing all = {.n = 0};
	size_t most = 0;
	enum dcv_err rc;

	for (size_t i = 0; i < n; i++)
		most += dcv_name_labels(&names[i]);
	all.looks = dcv_arena_array(&stub->arena, most, sizeof(*all.looks));
	if (all.looks == NULL)
		return dcv_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (!plan_climb(stub, &all, &names[i], &climbs[i]))
			return dcv_nomem(err);
	}
	rc = dcv_stub_look(stub, all.looks, all.n, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		dcv_survey_climb_read(&climbs[i]);
	return rc;
}
