/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a zone is made of: servers by the parent's word and by its own, their
 * addresses, and how each of them answers for it. It does not know how a zone is found. */
#include <stddef.h>
#include <string.h>

#include "check/survey_parts.h"
#include "dns/special.h"

#define HOSTS_MAX 4u /* whose addresses are looked up at once to get on */

/* ---- servers and addresses ---- */

static struct dcv_ns_server *server_at(const struct dcv_zone *zone, size_t i)
{
	return (struct dcv_ns_server *)zone->seen.servers[i];
}

/* The server of a name, made if it is new. NULL when there are too many, or memory is out. */
static struct dcv_ns_server *get_server(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_name *name)
{
	struct dcv_zone_server **grown = NULL;
	struct dcv_ns_server *server = NULL;

	for (size_t i = 0; i < zone->seen.n_servers; i++) {
		if (dcv_name_equal(zone->seen.servers[i]->name, name)) {
			return server_at(zone, i);
		}
	}
	if (zone->seen.n_servers == DCV_ZONE_SERVERS_MAX) {
		return NULL;
	}
	server = dcv_survey_alloc(survey, 1, sizeof *server);
	grown = dcv_arena_grow(&survey->arena, zone->seen.servers, zone->seen.n_servers,
		sizeof(struct dcv_zone_server *));
	if (server == NULL || grown == NULL) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	server->seen.name = dcv_survey_name(survey, name);
	if (server->seen.name == NULL) {
		return NULL;
	}
	zone->seen.servers = grown;
	grown[zone->seen.n_servers++] = &server->seen;
	return server;
}

static struct dcv_machine *machine_of(struct dcv_survey *survey, size_t target)
{
	while (survey->n_machines <= target) {
		struct dcv_machine **grown = dcv_arena_grow(&survey->arena,
			survey->machines, survey->n_machines,
			sizeof(struct dcv_machine *));

		if (grown == NULL) {
			dcv_survey_fail(survey, DCV_E_NOMEM);
			return NULL;
		}
		survey->machines = grown;
		grown[survey->n_machines] = dcv_survey_alloc(survey, 1,
			sizeof(struct dcv_machine));
		if (grown[survey->n_machines] == NULL) {
			return NULL;
		}
		survey->n_machines++;
	}
	return survey->machines[target];
}

/* Whether it is asked at all. */
static void judge_address(const struct dcv_survey *survey, struct dcv_zone_address *seen)
{
	bool is_ipv6 = seen->addr.u.sa.sa_family == AF_INET6;

	seen->unwanted = is_ipv6 ? survey->options.no_ipv6 : survey->options.no_ipv4;
	seen->why = survey->options.special_addresses ? NULL
						      : dcv_addr_special(&seen->addr);
	if (seen->why != NULL) {
		seen->state = DCV_ADDRESS_SPECIAL;
	}
}

/* The address of a server, made if it is new. NULL as above. */
static struct dcv_zone_address *get_address(struct dcv_survey *survey,
	struct dcv_ns_server *server, const struct dcv_addr *addr)
{
	struct dcv_zone_server *seen = &server->seen;
	struct dcv_zone_address **grown = NULL;
	struct dcv_spot_address *address = NULL;

	for (size_t i = 0; i < seen->n_addresses; i++) {
		if (dcv_addr_equal(&seen->addresses[i]->addr, addr)) {
			return seen->addresses[i];
		}
	}
	if (seen->n_addresses == DCV_SERVER_ADDRESSES_MAX) {
		return NULL;
	}
	address = dcv_survey_alloc(survey, 1, sizeof *address);
	grown = dcv_arena_grow(&survey->arena, seen->addresses, seen->n_addresses,
		sizeof(struct dcv_zone_address *));
	if (address == NULL || grown == NULL ||
		dcv_pool_target(survey->pool, addr, &address->target, &survey->error) !=
			DCV_OK) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	address->seen.addr = *addr;
	address->machine = machine_of(survey, address->target);
	if (address->machine == NULL) {
		return NULL;
	}
	judge_address(survey, &address->seen);
	seen->addresses = grown;
	grown[seen->n_addresses++] = &address->seen;
	return &address->seen;
}

static void add_glue(struct dcv_survey *survey, struct dcv_ns_server *server,
	const struct dcv_rdata *rdata)
{
	struct dcv_addr addr;
	struct dcv_zone_address *address = NULL;

	if (dcv_addr_from_rdata(rdata, survey->options.port, &addr, NULL) == DCV_OK) {
		address = get_address(survey, server, &addr);
	}
	if (address != NULL) {
		address->glue = true;
		server->seen.has_glue = true;
	}
}

/* ---- zones ---- */

struct dcv_zone *dcv_zone_get(struct dcv_survey *survey, const struct dcv_name *apex)
{
	return dcv_names_get(&survey->zones, apex, 0);
}

struct dcv_zone *dcv_zone_above(struct dcv_survey *survey, const struct dcv_name *name)
{
	unsigned labels = dcv_name_labels(name);

	for (unsigned i = 0; i < labels; i++) {
		struct dcv_name apex = dcv_name_parent(name, i);
		struct dcv_zone *zone = dcv_zone_get(survey, &apex);

		if (zone != NULL) {
			return zone;
		}
	}
	return survey->root;
}

bool dcv_zone_is_top(const struct dcv_zone *zone)
{
	return dcv_name_labels(&zone->seen.apex) <= 1;
}

static void step_survey(struct dcv_survey *survey, struct dcv_task *task);

struct dcv_zone *dcv_zone_new(struct dcv_survey *survey, const struct dcv_name *apex,
	struct dcv_zone *parent)
{
	struct dcv_zone *zone = dcv_survey_alloc(survey, 1, sizeof *zone);

	if (zone == NULL) {
		return NULL;
	}
	zone->seen.apex = *apex;
	zone->seen.state = DCV_ZONE_MUTE;
	zone->seen.parent = parent == NULL ? NULL : &parent->seen;
	zone->parent = parent;
	zone->task.step = step_survey;
	if (!dcv_names_put(&survey->zones, &zone->seen.apex, 0, zone, &survey->arena)) {
		dcv_survey_fail(survey, DCV_E_NOMEM);
		return NULL;
	}
	return zone;
}

void dcv_zone_referral(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_answer *answer)
{
	zone->seen.has_parent_set = true;
	for (size_t i = 0; i < answer->n_ns; i++) {
		struct dcv_ns_server *server = get_server(survey, zone, &answer->ns[i]);

		if (server != NULL) {
			server->seen.in_parent = true;
		}
	}
	for (size_t i = 0; i < answer->n_glue; i++) {
		const struct dcv_rrset *set = &answer->glue[i];
		struct dcv_ns_server *server = NULL;

		/* The parent may speak of what lies below its own apex, no more. */
		if (zone->parent == NULL ||
			!dcv_name_is_within(&set->owner, &zone->parent->seen.apex)) {
			continue;
		}
		server = get_server(survey, zone, &set->owner);
		for (size_t k = 0; server != NULL && k < set->n; k++) {
			add_glue(survey, server, &set->rdata[k]);
		}
	}
}

void dcv_zone_hint(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_hint *hint)
{
	struct dcv_ns_server *server = get_server(survey, zone, &hint->name);

	if (server != NULL) {
		server->seen.in_parent = true;
		add_glue(survey, server, &hint->rdata);
	}
}

/* ---- addresses by the servers' own word ---- */

/* An address that only the glue has, or only the server's own records. */
static bool has_one_sided(const struct dcv_zone_server *server)
{
	for (size_t i = 0; i < server->n_addresses; i++) {
		const struct dcv_zone_address *seen = server->addresses[i];

		if (seen != NULL && seen->glue != seen->own) {
			return true;
		}
	}
	return false;
}

static void merge_host(struct dcv_survey *survey, struct dcv_ns_server *server)
{
	const struct dcv_host *host = server->host;

	server->merged = true;
	server->seen.is_alias = host->is_alias;
	for (size_t i = 0; i < host->n; i++) {
		struct dcv_zone_address *address = get_address(survey, server,
			&host->addrs[i]);

		if (address != NULL) {
			address->own = true;
		}
	}
	/* Half of its own records is nothing to compare the glue with. */
	server->seen.glue_differs = host->quests[0].answered && host->quests[1].answered &&
		host->n > 0 && server->seen.has_glue && has_one_sided(&server->seen);
	server->seen.why = server->seen.n_addresses > 0 ? NULL : host->why;
}

bool dcv_zone_merge(struct dcv_survey *survey, struct dcv_zone *zone)
{
	bool pending = false;

	for (size_t i = 0; i < zone->seen.n_servers; i++) {
		struct dcv_ns_server *server = server_at(zone, i);

		if (server->host == NULL || server->merged) {
			continue;
		}
		if (server->host->task.done) {
			merge_host(survey, server);
		} else {
			pending = true;
		}
	}
	return pending;
}

void dcv_zone_hosts(struct dcv_survey *survey, struct dcv_zone *zone, bool every,
	struct dcv_task *waiter)
{
	unsigned n = 0;

	for (size_t i = 0; i < zone->seen.n_servers; i++) {
		struct dcv_ns_server *server = server_at(zone, i);

		/* A hostile referral may name many that lead to many. */
		n += server->host != NULL && !server->merged;
		if (server->host == NULL &&
			(every || (server->seen.n_addresses == 0 && n++ < HOSTS_MAX))) {
			server->host = dcv_host_get(survey, server->seen.name,
				zone->depth + 1, zone->budget);
		}
		if (server->host != NULL && !server->merged) {
			(void)dcv_task_wait(survey, waiter, &server->host->task);
		}
	}
}

/* ---- the survey of a zone ---- */

static bool serial_is_above(uint32_t a, uint32_t b)
{
	return a != b && (uint32_t)(a - b) < UINT32_C(0x80000000); /* RFC 1982 3.2 */
}

static void note_soa(struct dcv_zone *zone, struct dcv_zone_address *seen,
	const struct dcv_answer *answer)
{
	struct dcv_zone_seen *of = &zone->seen;

	seen->has_serial = true;
	seen->serial = answer->soa_serial;
	of->serials_differ = of->serials_differ ||
		(of->has_soa && of->serial != answer->soa_serial);
	if (!of->has_soa || serial_is_above(answer->soa_serial, of->serial)) {
		of->has_soa = true;
		of->serial = answer->soa_serial;
		of->soa_ttl_s = answer->soa_ttl_s;
		of->soa_minimum_s = answer->soa_minimum_s;
	}
}

static enum dcv_address_state state_of(const struct dcv_reply *reply)
{
	switch (reply->fate) {
	case DCV_FATE_CASE:
	case DCV_FATE_MALFORMED:
		return DCV_ADDRESS_BROKEN;
	case DCV_FATE_TIMEOUT:
		return DCV_ADDRESS_SILENT;
	case DCV_FATE_REFUSED:
		return DCV_ADDRESS_CLOSED;
	case DCV_FATE_NO_ROUTE:
		return DCV_ADDRESS_NO_ROUTE;
	case DCV_FATE_ANSWER:
		return DCV_ADDRESS_LAME;
	case DCV_FATE_CUT:
	case DCV_FATE_UNSENT:
		break;
	}
	return DCV_ADDRESS_NOT_ASKED;
}

static void ask(struct dcv_survey *survey, struct dcv_spot_address *address,
	const struct dcv_question *question, dcv_asked_fn answered)
{
	struct dcv_question copy = *question;

	copy.name = &address->zone->seen.apex;
	copy.limit_ms = DCV_SURVEY_MS;
	address->zone->n_open++;
	dcv_survey_ask(survey, address, &copy, answered, address, 0);
}

static void on_plain(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply)
{
	struct dcv_spot_address *address = ctx;

	(void)index;
	address->zone->n_open--;
	dcv_task_wake(survey, &address->zone->task);
	if (reply->fate == DCV_FATE_ANSWER && reply->answer->aa &&
		reply->answer->rcode == DCV_RCODE_NOERROR) {
		address->seen.state = DCV_ADDRESS_BROKEN;
		address->seen.folds_case = true;
	}
}

static void on_soa(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply)
{
	struct dcv_spot_address *address = ctx;
	struct dcv_zone_address *seen = &address->seen;
	struct dcv_zone *zone = address->zone;
	const struct dcv_answer *answer = reply->answer;

	(void)index;
	zone->n_open--;
	dcv_task_wake(survey, &zone->task);
	seen->state = state_of(reply);
	seen->folds_case = reply->fate == DCV_FATE_CASE;
	seen->rtt_ms = reply->rtt_ms;
	if (answer == NULL) {
		return;
	}
	seen->rcode = answer->rcode;
	seen->no_edns = seen->no_edns || reply->no_edns;
	seen->upward = answer->n_ns > 0 &&
		dcv_name_is_within(&zone->seen.apex, &answer->ns_owner);
	if (answer->aa && answer->rcode == DCV_RCODE_NOERROR &&
		dcv_answer_set(answer, &zone->seen.apex, DCV_TYPE_SOA) != NULL) {
		seen->state = DCV_ADDRESS_AUTHORITATIVE;
		zone->seen.state = DCV_ZONE_FOUND;
		note_soa(zone, seen, answer);
	} else if (answer->aa && answer->rcode == DCV_RCODE_NXDOMAIN) {
		/* Of the apex itself that is nonsense: perhaps it knows lower case only. */
		ask(survey, address,
			&(struct dcv_question){.type = DCV_TYPE_SOA, .plain = true},
			on_plain);
	}
}

static void on_tcp(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply)
{
	struct dcv_spot_address *address = ctx;

	(void)index;
	address->zone->n_open--;
	dcv_task_wake(survey, &address->zone->task);
	address->seen.no_tcp = reply->fate == DCV_FATE_TIMEOUT ||
		reply->fate == DCV_FATE_REFUSED || reply->fate == DCV_FATE_MALFORMED;
}

void dcv_zone_own_ns(struct dcv_survey *survey, struct dcv_zone *zone,
	const struct dcv_rrset *set)
{
	size_t known = 0, n = 0;
	bool first = !zone->seen.has_child_set;

	for (size_t i = 0; i < zone->seen.n_servers; i++) {
		n += zone->seen.servers[i]->in_child;
	}
	for (size_t i = 0; i < set->n; i++) {
		struct dcv_name name;
		struct dcv_ns_server *server = NULL;

		if (dcv_name_from_wire(set->rdata[i].wire, set->rdata[i].len, &name)) {
			server = get_server(survey, zone, &name);
		}
		if (server != NULL) {
			known += server->seen.in_child;
			server->seen.in_child = true;
		}
	}
	zone->seen.has_child_set = true;
	if (!first && (known != n || known != set->n)) {
		zone->seen.child_sets_differ = true;
	}
}

static void on_ns(struct dcv_survey *survey, void *ctx, size_t index,
	const struct dcv_reply *reply)
{
	struct dcv_spot_address *address = ctx;
	struct dcv_zone *zone = address->zone;
	const struct dcv_rrset *set = NULL;

	(void)index;
	zone->n_open--;
	dcv_task_wake(survey, &zone->task);
	if (reply->fate == DCV_FATE_ANSWER && reply->answer->aa &&
		reply->answer->rcode == DCV_RCODE_NOERROR) {
		set = dcv_answer_set(reply->answer, &zone->seen.apex, DCV_TYPE_NS);
		address->seen.no_edns = address->seen.no_edns || reply->no_edns;
	}
	if (set != NULL) {
		dcv_zone_own_ns(survey, zone, set);
	}
}

static void ask_address(struct dcv_survey *survey, struct dcv_spot_address *address)
{
	ask(survey, address, &(struct dcv_question){.type = DCV_TYPE_SOA}, on_soa);
	ask(survey, address, &(struct dcv_question){.type = DCV_TYPE_NS}, on_ns);
	if (survey->options.tcp) {
		ask(survey, address,
			&(struct dcv_question){.type = DCV_TYPE_SOA, .tcp = true}, on_tcp);
	}
}

/* Asks what was not asked yet. */
static void ask_addresses(struct dcv_survey *survey, struct dcv_zone *zone)
{
	for (size_t s = 0; s < zone->seen.n_servers; s++) {
		for (size_t a = 0; a < zone->seen.servers[s]->n_addresses; a++) {
			struct dcv_zone_address *seen = zone->seen.servers[s]->addresses[a];
			struct dcv_spot_address *address = (struct dcv_spot_address *)seen;

			if (address->asked || seen->unwanted ||
				seen->state == DCV_ADDRESS_SPECIAL) {
				continue;
			}
			address->asked = true;
			address->zone = zone;
			ask_address(survey, address);
		}
	}
}

/* Whether the parent has a DS: the parent's side of the cut answers. */
static bool accept_ds(struct dcv_survey *survey, struct dcv_quest *quest,
	struct dcv_spot_address *address, const struct dcv_reply *reply)
{
	struct dcv_zone *zone = quest->ctx;
	const struct dcv_answer *answer = reply->answer;

	(void)survey;
	(void)address;
	if (!answer->aa || answer->rcode != DCV_RCODE_NOERROR) {
		return false;
	}
	zone->seen.ds_known = true;
	zone->seen.has_ds = dcv_answer_set(answer, &zone->seen.apex, DCV_TYPE_DS) != NULL;
	return true;
}

static void ask_ds(struct dcv_survey *survey, struct dcv_zone *zone)
{
	zone->ds = (struct dcv_quest){.zone = zone->parent,
		.name = &zone->seen.apex,
		.type = DCV_TYPE_DS,
		.accept = accept_ds,
		.ctx = zone};
	dcv_quest_start(survey, &zone->ds);
}

static void compare_sets(struct dcv_zone *zone)
{
	struct dcv_zone_seen *seen = &zone->seen;

	seen->sets_differ = false;
	for (size_t i = 0; i < seen->n_servers; i++) {
		if (seen->servers[i]->in_parent != seen->servers[i]->in_child) {
			seen->sets_differ = seen->has_parent_set && seen->has_child_set;
		}
	}
}

/* What answers nothing at all does not lack TCP. */
static void forgive_tcp(struct dcv_zone *zone)
{
	for (size_t s = 0; s < zone->seen.n_servers; s++) {
		for (size_t a = 0; a < zone->seen.servers[s]->n_addresses; a++) {
			struct dcv_zone_address *seen = zone->seen.servers[s]->addresses[a];

			seen->no_tcp = seen->no_tcp &&
				(seen->state == DCV_ADDRESS_AUTHORITATIVE ||
					seen->state == DCV_ADDRESS_LAME ||
					seen->state == DCV_ADDRESS_BROKEN);
		}
	}
}

static void step_survey(struct dcv_survey *survey, struct dcv_task *task)
{
	struct dcv_zone *zone = (struct dcv_zone *)((char *)task -
		offsetof(struct dcv_zone, task));
	bool pending = false;

	dcv_zone_hosts(survey, zone, true, task);
	pending = dcv_zone_merge(survey, zone);
	ask_addresses(survey, zone);
	if (!pending && zone->n_open == 0 && !dcv_task_wait(survey, task, &zone->ds.task)) {
		compare_sets(zone);
		forgive_tcp(zone);
		zone->seen.surveyed = true;
		dcv_task_finish(survey, task);
	}
}

/* Another call has time for what was cut short. */
static void begin_again(struct dcv_zone *zone)
{
	zone->task.done = false;
	zone->started = false;
	for (size_t s = 0; s < zone->seen.n_servers; s++) {
		struct dcv_ns_server *server = server_at(zone, s);

		if (server->seen.n_addresses == 0) {
			server->host = NULL;
			server->merged = false;
		}
		for (size_t a = 0; a < server->seen.n_addresses; a++) {
			struct dcv_spot_address *address =
				(struct dcv_spot_address *)server->seen.addresses[a];

			address->asked = address->seen.state != DCV_ADDRESS_NOT_ASKED;
		}
	}
}

void dcv_zone_survey(struct dcv_survey *survey, struct dcv_zone *zone)
{
	if (dcv_zone_is_top(zone)) {
		return;
	}
	if (dcv_task_is_stale(survey, &zone->task)) {
		begin_again(zone);
	}
	if (!zone->started) {
		zone->started = true;
		ask_ds(survey, zone);
		dcv_task_wake(survey, &zone->task);
	}
}
