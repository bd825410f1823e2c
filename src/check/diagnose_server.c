/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is wrong with delegations and name servers, whatever record is meant. */
#include <string.h>

#include "check/diagnose_parts.h"
#include "dns/names.h"

/* What one address did to the questions of all looks. */
struct tally {
	const struct dcv_zone_seen *zone;
	const struct dcv_zone_server *server;
	const struct dcv_zone_address *address;
	unsigned n_caa,
		n_caa_failed; /* questions for CAA, and of them without an answer */
	enum dcv_seen caa_seen, other_seen; /* the last failure; NOT_ASKED: none */
	uint8_t caa_rcode, other_rcode;
	bool folds_case, no_edns, no_soa, no_tcp;
	bool is_mute; /* a check got no answer */
	const struct dcv_name *truncated; /* what was asked when UDP did not do */
};

/* A zone of the order, and its addresses. */
struct tallied {
	const struct dcv_zone_seen *zone;
	size_t n;
	struct tally *items;
};

struct tallies {
	struct dcv_diagnosing *making;
	size_t n;
	struct tallied **items; /* in the order in which they were met */
	struct dcv_names by_apex;
};

/* --- which zones --- */

static struct tallied *tallied_of(const struct tallies *all,
	const struct dcv_zone_seen *zone)
{
	return zone == NULL ? NULL : dcv_names_get(&all->by_apex, &zone->apex, 0);
}

static void add_zone(struct tallies *all, const struct dcv_place_of_name *place)
{
	const struct dcv_zone_seen *zone = place != NULL ? place->zone : NULL;
	struct dcv_arena *arena = all->making->arena;
	struct tallied **grown, *made;

	/* Of a zone that nobody answers for, the servers say why. */
	if (zone == NULL || tallied_of(all, zone) != NULL ||
		(place->found != DCV_FOUND_ZONE &&
			(place->found != DCV_FOUND_NO_VIEW || !zone->surveyed)))
		return;
	made = dcv_arena_alloc(arena, sizeof(*made));
	grown = dcv_arena_grow(arena, all->items, all->n, sizeof(struct tallied *));
	if (made == NULL || grown == NULL ||
		!dcv_names_put(&all->by_apex, &zone->apex, 0, made, arena)) {
		all->making->failed = true;
		return;
	}
	made->zone = zone;
	all->items = grown;
	grown[all->n++] = made;
}

/* --- what the looks say of addresses --- */

static struct tally *tally_of(const struct tallied *of,
	const struct dcv_zone_address *address)
{
	for (size_t i = 0; i < of->n; i++) {
		if (of->items[i].address == address)
			return &of->items[i];
	}
	return NULL;
}

static bool is_failure(enum dcv_seen seen)
{
	return seen == DCV_SEEN_TIMEOUT || seen == DCV_SEEN_RCODE ||
		seen == DCV_SEEN_MALFORMED || seen == DCV_SEEN_REFUSED_CONN;
}

static void count_answer(struct tally *tally, const struct dcv_address_answer *answer,
	const struct dcv_look *look)
{
	bool caa = look->type == DCV_TYPE_CAA;
	bool failed = is_failure(answer->seen);

	tally->folds_case |= answer->seen == DCV_SEEN_CASE;
	if (answer->seen == DCV_SEEN_NO_TCP)
		tally->truncated = &look->name;
	tally->no_edns |= answer->no_edns && !failed;
	tally->no_soa |= answer->no_soa;
	if (caa) {
		tally->n_caa += answer->seen != DCV_SEEN_NOT_ASKED;
		tally->n_caa_failed += failed;
	}
	if (!failed)
		return;
	*(caa ? &tally->caa_seen : &tally->other_seen) = answer->seen;
	*(caa ? &tally->caa_rcode : &tally->other_rcode) = answer->rcode;
}

static void count_look(struct tallies *all, const struct dcv_look *look)
{
	for (size_t h = 0; look != NULL && h < look->n_hops; h++) {
		const struct dcv_hop *hop = &look->hops[h];

		const struct tallied *of = tallied_of(all, hop->zone);

		for (size_t i = 0; of != NULL && i < hop->n_answers; i++) {
			const struct dcv_address_answer *answer = &hop->answers[i];
			struct tally *tally = tally_of(of, answer->address);

			if (tally != NULL)
				count_answer(tally, answer, look);
		}
	}
}

static void note_observed(const struct tallied *of, const struct dcv_addr *addr,
	enum dcv_seen seen)
{
	for (size_t i = 0; of != NULL && i < of->n; i++) {
		struct tally *tally = &of->items[i];

		if (!dcv_addr_equal(&tally->address->addr, addr))
			continue;
		tally->no_tcp |= seen == DCV_SEEN_NO_TCP;
		tally->is_mute |= seen == DCV_SEEN_TIMEOUT ||
			seen == DCV_SEEN_REFUSED_CONN;
		tally->folds_case |= seen == DCV_SEEN_CASE;
	}
}

/* What only a check finds, which asks over TCP too; it asks the zone where the aliases end. */
static void count_observed(struct tallies *all, const struct dcv_symptom *item)
{
	const struct dcv_hop *end = dcv_symptom_end(item);
	const struct tallied *of = tallied_of(all,
		end != NULL                   ? end->zone
			: item->place != NULL ? item->place->zone
					      : NULL);

	for (size_t i = 0; item->observed != NULL && i < item->n_servers; i++)
		note_observed(of, &item->servers[i].addr, item->observed[i].seen);
}

static void count_zone(struct tallies *all, struct tallied *of)
{
	const struct dcv_zone_seen *zone = of->zone;
	size_t n = 0;

	for (size_t s = 0; s < zone->n_servers; s++)
		n += zone->servers[s]->n_addresses;
	of->items = dcv_arena_array(all->making->arena, n, sizeof(of->items[0]));
	all->making->failed = all->making->failed || of->items == NULL;
	for (size_t s = 0; of->items != NULL && s < zone->n_servers; s++) {
		for (size_t a = 0; a < zone->servers[s]->n_addresses; a++) {
			const struct dcv_zone_address *address =
				zone->servers[s]->addresses[a];

			of->items[of->n++] = (struct tally){.zone = zone,
				.server = zone->servers[s],
				.address = address,
				.folds_case = address->folds_case,
				.no_edns = address->no_edns,
				.no_tcp = address->no_tcp};
		}
	}
}

static void count_all(struct tallies *all)
{
	const struct dcv_symptoms *of = all->making->symptoms;

	for (size_t i = 0; i < of->n_items; i++)
		add_zone(all, of->items[i].place);
	for (size_t i = 0; i < of->n_caa; i++)
		add_zone(all, of->caa[i].place);
	for (size_t i = 0; i < all->n; i++)
		count_zone(all, all->items[i]);
	for (size_t i = 0; i < of->n_items; i++) {
		count_look(all, of->items[i].look);
		for (size_t k = 0; k < of->items[i].n_probes; k++)
			count_look(all, &of->items[i].probed[k]);
		count_observed(all, &of->items[i]);
	}
	for (size_t i = 0; i < of->n_caa; i++) {
		for (size_t k = 0; of->caa[i].climb != NULL && k < of->caa[i].climb->n;
			k++)
			count_look(all, of->caa[i].climb->looks[k]);
	}
}

/* --- what is wrong with an address: a line, or NULL --- */

/* What a deadline cut short says nothing of a server. */
static bool is_authoritative(const struct tally *tally)
{
	return tally->zone->surveyed && tally->address->state == DCV_ADDRESS_AUTHORITATIVE;
}

static const char *failure(enum dcv_seen seen, uint8_t rcode)
{
	return seen == DCV_SEEN_RCODE           ? dcv_rcode_text(rcode)
		: seen == DCV_SEEN_TIMEOUT      ? "no answer"
		: seen == DCV_SEEN_REFUSED_CONN ? "nothing listens there"
						: "malformed answers";
}

static bool has_other_way(const struct dcv_zone_server *server)
{
	for (size_t i = 0; i < server->n_addresses; i++) {
		enum dcv_address_state state = server->addresses[i]->state;

		if (state != DCV_ADDRESS_NO_ROUTE && state != DCV_ADDRESS_NOT_ASKED)
			return true;
	}
	return false;
}

static const char *say_lame(const struct tally *tally)
{
	if (tally->address->upward)
		return "refers upwards";
	return tally->address->rcode != DCV_RCODE_NOERROR
		? dcv_rcode_text(tally->address->rcode)
		: "answers without authority";
}

static const char *say_a30(const struct tally *tally)
{
	switch (tally->address->state) {
	case DCV_ADDRESS_LAME:
		return say_lame(tally);
	case DCV_ADDRESS_SILENT:
		return "no answer";
	case DCV_ADDRESS_CLOSED:
		return "nothing listens there";
	case DCV_ADDRESS_BROKEN:
		return tally->folds_case ? NULL : "malformed answers";
	case DCV_ADDRESS_NO_ROUTE:
		return has_other_way(tally->server) ? NULL : "no route to it from here";
	case DCV_ADDRESS_AUTHORITATIVE:
		return tally->other_seen == DCV_SEEN_RCODE ||
				tally->other_seen == DCV_SEEN_MALFORMED
			? failure(tally->other_seen, tally->other_rcode)
			: NULL;
	case DCV_ADDRESS_NOT_ASKED:
		return tally->is_mute ? "no answer" : NULL;
	case DCV_ADDRESS_SPECIAL:
		break;
	}
	return NULL;
}

/* All questions for CAA failed, others did not. */
static const char *say_a32(const struct tally *tally)
{
	return is_authoritative(tally) && tally->n_caa > 0 &&
			tally->n_caa_failed == tally->n_caa &&
			tally->other_seen == DCV_SEEN_NOT_ASKED
		? failure(tally->caa_seen, tally->caa_rcode)
		: NULL;
}

static const char *say_a33(const struct tally *tally)
{
	return tally->folds_case ? "the case of the question is lost" : NULL;
}

static const char *say_a34(const struct tally *tally)
{
	return tally->no_edns && say_a32(tally) == NULL ? "answers only without EDNS"
							: NULL;
}

static const char *say_a35(const struct tally *tally)
{
	/* One that drops EDNS drops it there too. */
	return tally->no_tcp && !tally->no_edns ? "no answer over TCP" : NULL;
}

/* Some questions are answered, some are not. */
static const char *say_a36(const struct tally *tally)
{
	bool caa = tally->caa_seen == DCV_SEEN_TIMEOUT &&
		tally->n_caa_failed < tally->n_caa;

	return is_authoritative(tally) && (tally->other_seen == DCV_SEEN_TIMEOUT || caa)
		? "answers some questions and not others"
		: NULL;
}

static const char *say_a37(const struct tally *tally)
{
	return tally->no_soa && !tally->folds_case ? "a negative answer without SOA"
						   : NULL;
}

static const char *say_a38(const struct tally *tally)
{
	return tally->address->state != DCV_ADDRESS_SPECIAL ? NULL
		: tally->address->why != NULL               ? tally->address->why
							    : "special-purpose";
}

static const char *say_p15(const struct tally *tally)
{
	return tally->truncated != NULL ? "the answer is truncated, and TCP does not work"
					: NULL;
}

static const struct server_cause {
	const char *id;
	bool note; /* a resolver gets by */
	const char *(*say)(const struct tally *tally);
} server_causes[] = {{"A30", false, say_a30}, {"A32", false, say_a32},
	{"A33", false, say_a33}, {"A34", true, say_a34}, {"A35", false, say_a35},
	{"A36", false, say_a36}, {"A37", true, say_a37}, {"A38", false, say_a38},
	{"P15", false, say_p15}};

/* --- findings --- */

/* Whom a remedy is about: the first with a fault of its own; *ret_here: none has, they are out of
 * reach of this host. */
static const char *whom(const char *first, const struct tally *tally, const char *at,
	bool *ret_here)
{
	bool here = tally->address->state == DCV_ADDRESS_NO_ROUTE;

	if (first != NULL && (here || !*ret_here))
		return first;
	*ret_here = here;
	return at;
}

/* "ns1 192.0.2.1: REFUSED, ns2 192.0.2.2: no answer": one finding for a zone and cause. */
static void tell_cause(struct dcv_diagnosing *making, const struct tallied *at_zone,
	const struct server_cause *of)
{
	const struct dcv_zone_seen *zone = at_zone->zone;
	const struct dcv_name *owner = &zone->apex;
	const char *list = NULL, *first = NULL, *remedy = NULL;
	bool here = false;

	for (size_t i = 0; i < at_zone->n; i++) {
		const struct tally *tally = &at_zone->items[i];
		const char *said = of->say(tally);
		const char *at;

		if (said == NULL)
			continue;
		if (of->say == say_p15)
			owner = tally->truncated;
		at = dcv_diagnosing_address(making, tally->server, tally->address);
		first = whom(first, tally, at, &here);
		list = dcv_diagnosing_join(making, list,
			dcv_diagnosing_printf(making, "%s: %s", at, said));
	}
	for (size_t s = 0; strcmp(of->id, "A30") == 0 && s < zone->n_servers; s++) {
		const struct dcv_zone_server *server = zone->servers[s];
		const char *name = dcv_diagnosing_name(making, server->name);

		if (server->n_addresses > 0)
			continue;
		first = first != NULL && !here ? first : name;
		here = false;
		list = dcv_diagnosing_join(making, list,
			dcv_diagnosing_printf(making, "%s: %s", name,
				server->why != NULL ? server->why : "it has no address"));
	}
	if (list == NULL)
		return;
	if (here)
		remedy = dcv_diagnosing_printf(making,
			"help: look from a host that has a route to %s, or through a resolver: "
			"`check: {via: dot, resolvers: [ADDR#NAME]}`",
			first);
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = of->id,
			.note = of->note,
			.where = owner,
			.text = list,
			.remedy = remedy,
			.blanks = {.zone = dcv_diagnosing_name(making, &zone->apex),
				.owner = dcv_diagnosing_name(making, owner),
				.server = first}});
}

/* The glue that the server's own records do not confirm. */
static const char *glue_of(struct dcv_diagnosing *making,
	const struct dcv_zone_server *server)
{
	const char *list = NULL;
	char text[DCV_ADDR_TEXT_MAX];

	for (size_t i = 0; i < server->n_addresses; i++) {
		if (server->addresses[i]->glue && !server->addresses[i]->own)
			list = dcv_diagnosing_join(making, list,
				dcv_diagnosing_printf(making, "%s",
					dcv_addr_text(&server->addresses[i]->addr, text)));
	}
	return list != NULL ? list : "other addresses";
}

static void tell_a31(struct dcv_diagnosing *making, const struct dcv_zone_seen *zone)
{
	const char *list = NULL, *zone_name = dcv_diagnosing_name(making, &zone->apex);
	const char *server_name = NULL;

	for (size_t i = 0; zone->surveyed && i < zone->n_servers; i++) {
		const struct dcv_zone_server *server = zone->servers[i];
		const char *name = dcv_diagnosing_name(making, server->name);
		const char *said = zone->sets_differ && server->in_parent &&
				!server->in_child
			? dcv_diagnosing_printf(making, "%s only at the parent", name)
			: zone->sets_differ && server->in_child && !server->in_parent
			? dcv_diagnosing_printf(making, "%s only in the zone", name)
			: server->glue_differs
			? dcv_diagnosing_printf(making, "%s has as glue %s", name,
				  glue_of(making, server))
			: NULL;

		if (said == NULL)
			continue;
		server_name = name;
		list = dcv_diagnosing_join(making, list, said);
	}
	if (zone->child_sets_differ)
		list = dcv_diagnosing_join(making, list,
			"its own servers give different NS sets");
	if (list == NULL)
		return;
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = "A31",
			.note = true,
			.where = &zone->apex,
			.text = list,
			.blanks = {.zone = zone_name, .server = server_name}});
}

/* The name that somebody has, or had, from the zone above it. */
static struct dcv_name registered(const struct dcv_name *name,
	const struct dcv_zone_seen *above)
{
	unsigned labels = dcv_name_labels(name),
		 kept = above != NULL ? dcv_name_labels(&above->apex) + 1 : labels;

	return dcv_name_parent(name, labels > kept ? labels - kept : 0);
}

static void tell_place(struct dcv_diagnosing *making, const struct dcv_name *name,
	const struct dcv_place_of_name *place)
{
	struct dcv_name domain;
	const char *text;
	bool by_root;

	if (place == NULL || place->found != DCV_FOUND_NO_DELEGATION)
		return;
	by_root = place->zone != NULL && place->zone->parent == NULL;
	domain = registered(name, place->zone);
	text = dcv_diagnosing_name(making, &domain);
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = "A39",
			.where = &domain,
			.text = dcv_diagnosing_printf(making,
				"%s says that the domain %s does not exist",
				by_root ? "the root"
					: place->zone == NULL
					? "the parent"
					: dcv_diagnosing_name(making, &place->zone->apex),
				text),
			/* There is no registrar of such names. */
			.remedy = by_root ? "help: correct the name: there is no such "
					    "top-level domain"
					  : NULL,
			.blanks = {.zone = text}});
}

/* Nobody could be asked, and no server of the zone is known to be the reason. */
static void tell_no_view(struct dcv_diagnosing *making, const struct dcv_name *name,
	const struct dcv_place_of_name *place)
{
	static const char *const causes[] = {"A30", "A33", "A38"};
	const char *owner = dcv_diagnosing_name(making, name);
	const char *from_here = NULL;

	if (place == NULL || place->found != DCV_FOUND_NO_VIEW)
		return;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (place->zone != NULL &&
			dcv_diagnosing_has(making, causes[i], &place->zone->apex))
			return;
	}
	/* Whom not even the root servers answer has the filter before his own door. */
	if (place->zone == NULL || place->zone->parent == NULL)
		from_here = "help: open port 53 (UDP and TCP) from this host to the world, or "
			    "look through a resolver: "
			    "`check: {via: dot, resolvers: [ADDR#NAME]}`";
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = "A36",
			.where = name,
			.remedy = from_here,
			.text = dcv_diagnosing_printf(making,
				"%s: nobody could be asked: %s", owner,
				place->why != NULL ? place->why : "no answer"),
			.blanks = {.zone = owner}});
}

static void tell_platform(struct dcv_diagnosing *making, const struct dcv_guard *guard)
{
	const char *ours = NULL, *theirs = NULL, *zone;

	if (guard == NULL ||
		(guard->platform != DCV_PLATFORM_DISJOINT &&
			guard->platform != DCV_PLATFORM_OVERLAP))
		return;
	zone = dcv_diagnosing_name(making, &guard->apex);
	for (size_t i = 0; i < guard->n_ours; i++)
		ours = dcv_diagnosing_join(making, ours,
			dcv_diagnosing_name(making, &guard->ours[i]));
	for (size_t i = 0; i < guard->n_parents; i++)
		theirs = dcv_diagnosing_join(making, theirs,
			dcv_diagnosing_name(making, &guard->parents[i]));
	dcv_diagnosing_add(making,
		&(struct dcv_saying){.id = "P02",
			.note = guard->platform == DCV_PLATFORM_OVERLAP,
			.where = &guard->apex,
			.text = dcv_diagnosing_printf(making,
				"the zone that is written names %s, the parent of %s names %s",
				ours, zone, theirs),
			.blanks = {.zone = zone, .server = theirs}});
}

void dcv_diagnose_servers(struct dcv_diagnosing *making)
{
	const struct dcv_symptoms *of = making->symptoms;
	struct tallies all = {.making = making};

	for (size_t i = 0; i < of->n_items; i++) {
		tell_place(making, &of->items[i].owner, of->items[i].place);
		tell_platform(making, of->items[i].guard);
	}
	for (size_t i = 0; i < of->n_caa; i++)
		tell_place(making, &of->caa[i].name, of->caa[i].place);
	count_all(&all);
	for (size_t z = 0; z < all.n; z++) {
		for (size_t i = 0; i < sizeof(server_causes) / sizeof(server_causes[0]);
			i++)
			tell_cause(making, all.items[z], &server_causes[i]);
		tell_a31(making, all.items[z]->zone);
	}
	for (size_t i = 0; i < of->n_items; i++)
		tell_no_view(making, &of->items[i].owner, of->items[i].place);
	for (size_t i = 0; i < of->n_caa; i++)
		tell_no_view(making, &of->caa[i].name, of->caa[i].place);
}
