/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* For tests: a small Internet on loopback addresses. Each name server is a responder that serves
 * the zones that are given as lines of records, as RFC 1034 4.3.2 has it. */
#ifndef TESTS_UNIT_CHECK_INTERNET_H
#define TESTS_UNIT_CHECK_INTERNET_H

#include <stdio.h>

#include "check/survey.h"
#include "dns/special.h"
#include "responder.h"

#define RECORDS_MAX 300u
#define NAME_SERVERS_MAX 12u

struct net_record {
	struct dcv_name zone, owner;
	uint16_t type;
	struct dcv_rdata rdata;
};

/* How a server misbehaves. */
enum net_habit {
	NET_GOOD,
	NET_SILENT,
	NET_REFUSES,
	NET_UPWARD, /* refers to the root */
	NET_NO_AA,
	NET_NO_SOA, /* in negative answers */
	NET_FOLDS_CASE,
	NET_FORMERR_EDNS,
	NET_DROPS_EDNS,
	NET_NO_CAA, /* SERVFAIL on type 257 */
};

struct net_server {
	struct responder responder; /* first */
	enum net_habit habit;
	const char *serves; /* apexes with final dot, blanks between */
	bool any; /* serves every other zone of two labels, which are empty */
	bool dname; /* DNAME records of the zone are used */
	uint32_t serial;
	atomic_uint n_questions;
};

static struct net_server net_servers[NAME_SERVERS_MAX];
static size_t net_n_servers;
static struct net_record net_records[RECORDS_MAX];
static size_t net_n_records;
static struct dcv_arena net_arena;

static inline struct dcv_name net_name(const char *text)
{
	struct dcv_name name = {.len = 0};

	assert_int_equal(dcv_name_from(text, &name, NULL), DCV_OK);
	return name;
}

/* A record of a zone: "OWNER TYPE RDATA". */
static inline void net_add(const char *zone, const char *line)
{
	struct net_record *record = &net_records[net_n_records++];
	char owner[256], type[16];
	int at = 0;

	assert_true(net_n_records <= RECORDS_MAX);
	assert_int_equal(sscanf(line, "%255s %15s %n", owner, type, &at), 2);
	record->zone = net_name(zone);
	record->owner = net_name(owner);
	record->type = dcv_type_parse(type, strlen(type));
	assert_int_equal(dcv_rdata_parse(record->type, line + at, strlen(line + at), NULL,
				 &net_arena, &record->rdata, NULL),
		DCV_OK);
}

static inline bool net_serves(const struct net_server *server, const struct dcv_name *apex)
{
	char text[DCV_NAME_TEXT_MAX], padded[DCV_NAME_TEXT_MAX + 2], all[512];

	(void)snprintf(padded, sizeof padded, " %s ", dcv_name_text(apex, text));
	(void)snprintf(all, sizeof all, " %s ", server->serves);
	return strstr(all, padded) != NULL || (server->any && dcv_name_labels(apex) == 2);
}

/* The zone of this server that answers for the name; false if there is none. */
static inline bool net_zone(const struct net_server *server, const struct dcv_name *name,
	uint16_t type, struct dcv_name *ret)
{
	unsigned labels = dcv_name_labels(name);
	/* RFC 4035 3.1.4.1: for a DS it is the zone above, if that is here. */
	unsigned first = type == DCV_TYPE_DS && labels > 0 ? 1 : 0;

	for (unsigned i = first; i <= labels; i++) {
		*ret = dcv_name_parent(name, i);
		if (net_serves(server, ret)) {
			return true;
		}
	}
	*ret = *name;
	return first > 0 && net_serves(server, ret);
}

static inline void net_put(struct message *m, enum section section,
	const struct dcv_name *owner, uint16_t type, const struct dcv_rdata *rdata)
{
	put_octets(m, owner->wire, owner->len);

	size_t at = begin_rr(m, section, type, 1, 300);

	put_octets(m, rdata->wire, rdata->len);
	end_rr(m, at);
}

/* Puts all that a zone has at an owner; returns how many. type 0: only counts. */
static inline unsigned net_put_all(struct message *m, enum section section,
	const struct dcv_name *zone, const struct dcv_name *owner, uint16_t type,
	const struct dcv_name *as)
{
	unsigned n = 0;

	for (size_t i = 0; i < net_n_records; i++) {
		const struct net_record *r = &net_records[i];

		if (dcv_name_equal(&r->zone, zone) && dcv_name_equal(&r->owner, owner) &&
			(type == 0 || r->type == type)) {
			n++;
			if (type != 0) {
				net_put(m, section, as, type, &r->rdata);
			}
		}
	}
	return n;
}

static inline void net_put_soa(const struct net_server *server, struct message *m,
	enum section section, const struct dcv_name *apex)
{
	put_octets(m, apex->wire, apex->len);

	size_t at = begin_rr(m, section, DCV_TYPE_SOA, 1, 600);

	put_name(m, "ns.");
	put_name(m, "hostmaster.");
	put_u32(m, server->serial);
	put_u32(m, 7200);
	put_u32(m, 900);
	put_u32(m, 1209600);
	put_u32(m, 300);
	end_rr(m, at);
}

static inline bool net_exists(const struct dcv_name *zone, const struct dcv_name *name)
{
	for (size_t i = 0; i < net_n_records; i++) {
		if (dcv_name_equal(&net_records[i].zone, zone) &&
			dcv_name_is_within(&net_records[i].owner, name)) {
			return true;
		}
	}
	return false;
}

/* The referral, if a cut lies between the apex and the name. */
static inline bool net_refer(struct message *m, const struct dcv_name *zone,
	const struct dcv_name *name, uint16_t type)
{
	unsigned below = dcv_name_labels(name) - dcv_name_labels(zone);

	for (unsigned i = below; i > 0; i--) {
		struct dcv_name cut = dcv_name_parent(name, i - 1);

		if (net_put_all(m, ANSWER, zone, &cut, 0, &cut) == 0 ||
			(type == DCV_TYPE_DS && dcv_name_equal(&cut, name))) {
			continue;
		}
		if (net_put_all(m, AUTHORITY, zone, &cut, DCV_TYPE_NS, &cut) == 0) {
			continue;
		}
		set_u16(m, 2, 0x8000);
		for (size_t r = 0; r < net_n_records; r++) {
			const struct net_record *ns = &net_records[r];
			struct dcv_name host;

			if (ns->type != DCV_TYPE_NS || !dcv_name_equal(&ns->zone, zone) ||
				!dcv_name_equal(&ns->owner, &cut) ||
				!dcv_name_from_wire(ns->rdata.wire, ns->rdata.len, &host)) {
				continue;
			}
			(void)net_put_all(m, ADDITIONAL, zone, &host, DCV_TYPE_A, &host);
			(void)net_put_all(m, ADDITIONAL, zone, &host, DCV_TYPE_AAAA,
				&host);
		}
		return true;
	}
	return false;
}

/* The DNAME above the name, without the CNAME that could be made from it. */
static inline bool net_put_dname(struct message *m, const struct dcv_name *zone,
	const struct dcv_name *name)
{
	for (unsigned i = 1; i < dcv_name_labels(name); i++) {
		struct dcv_name above = dcv_name_parent(name, i);

		if (net_put_all(m, ANSWER, zone, &above, DCV_TYPE_DNAME, &above) > 0) {
			return true;
		}
	}
	return false;
}

static inline void net_answer(const struct net_server *server, const struct dcv_query *q,
	struct message *m)
{
	struct dcv_name zone, at = q->name;

	if (!net_zone(server, &q->name, q->type, &zone)) {
		set_u16(m, 2, 0x8005);
		return;
	}
	if (net_refer(m, &zone, &q->name, q->type)) {
		return;
	}
	if (q->type == DCV_TYPE_SOA && dcv_name_equal(&zone, &q->name)) {
		net_put_soa(server, m, ANSWER, &zone);
		return;
	}
	if (server->dname && net_put_dname(m, &zone, &q->name)) {
		return;
	}
	if (server->any && net_put_all(m, ANSWER, &zone, &zone, 0, &zone) == 0) {
		set_u16(m, 2, 0x8403);
		net_put_soa(server, m, AUTHORITY, &zone);
		return;
	}
	if (!net_exists(&zone, &at)) {
		at = dcv_name_parent(&at, 1);
		while (dcv_name_labels(&at) > 0 && !net_exists(&zone, &at)) {
			at = dcv_name_parent(&at, 1);
		}
		(void)dcv_name_prepend("*", 1, &at, &at);
		if (!net_exists(&zone, &at)) {
			set_u16(m, 2, 0x8403);
		}
	}
	if (net_put_all(m, ANSWER, &zone, &at, q->type, &q->name) == 0 &&
		net_put_all(m, ANSWER, &zone, &at, DCV_TYPE_CNAME, &q->name) == 0 &&
		server->habit != NET_NO_SOA) {
		net_put_soa(server, m, AUTHORITY, &zone);
	}
}

static inline void net_script(struct request *r, struct message *m)
{
	struct net_server *server = (struct net_server *)r->responder;

	atomic_fetch_add(&server->n_questions, 1);
	if (server->habit == NET_SILENT ||
		(server->habit == NET_DROPS_EDNS && r->query.edns)) {
		return;
	}
	if (server->habit == NET_FOLDS_CASE) {
		memcpy(r->query.qname, r->query.name.wire, r->query.name.len);
	}
	begin_answer(m, &r->query, FLAGS_AA);
	if (server->habit == NET_REFUSES) {
		set_u16(m, 2, 0x8005);
	} else if (server->habit == NET_FORMERR_EDNS && r->query.edns) {
		set_u16(m, 2, 0x8001);
	} else if (server->habit == NET_NO_CAA && r->query.type == DCV_TYPE_CAA) {
		set_u16(m, 2, 0x8402);
	} else if (server->habit == NET_UPWARD) {
		set_u16(m, 2, 0x8000);
		put_octets(m, "", 1);

		size_t at = begin_rr(m, AUTHORITY, DCV_TYPE_NS, 1, 300);

		put_name(m, "a.root.");
		end_rr(m, at);
	} else {
		net_answer(server, &r->query, m);
	}
	if (server->habit == NET_NO_AA) {
		m->data[2] &= (uint8_t)~0x04;
	}
	if (r->query.edns && server->habit != NET_DROPS_EDNS) {
		put_octets(m, "", 1);
		end_rr(m, begin_rr(m, ADDITIONAL, 41, 1232, 0));
	}
	respond(r, m);
}

/* A server at an address; all are on one port, which the first one chooses. */
static inline struct net_server *net_start(const char *host, const char *serves)
{
	struct net_server *server = &net_servers[net_n_servers];
	const struct sockaddr_in *first = &net_servers[0].responder.addr.u.in;

	assert_true(net_n_servers < NAME_SERVERS_MAX);
	memset(server, 0, sizeof *server);
	server->serves = serves;
	server->serial = 1;
	assert_true(responder_start_at(&server->responder, host,
		net_n_servers == 0 ? 0 : first->sin_port, net_script));
	net_n_servers++;
	return server;
}

static inline void net_stop(void)
{
	for (size_t i = 0; i < net_n_servers; i++) {
		responder_stop(&net_servers[i].responder);
	}
	net_n_servers = 0;
	net_n_records = 0;
	dcv_arena_clear(&net_arena);
}

#endif
