/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is known of the DNS from the root down, for one run: which zone holds a name, who serves it
 * by the parent's word and by its own, at which addresses, and what they answer. Nothing is looked
 * up twice. Only authoritative servers are asked, RD off. One libuv loop on the calling thread. */
#ifndef DCV_CHECK_SURVEY_H
#define DCV_CHECK_SURVEY_H

#include "base/clock.h"
#include "check/check.h"
#include "check/hints.h"
#include "dns/caa.h"

struct dcv_survey_options {
	const struct dcv_hints *hints; /* where to begin; NULL: those built in */
	bool no_ipv4, no_ipv6; /* addresses of a family that are listed, but not asked */
	/* Special-use names are asked for like others: to be set where the hints are the user's own,
	 * for the world below these is too. */
	bool special_names;
	/* Special-purpose addresses are asked like others. Hints that lie in such ranges imply it. */
	bool special_addresses;
	bool tcp; /* a survey of servers asks each address over TCP too */
	uint16_t port; /* of all servers; 0: 53. For tests. */
	unsigned rate; /* questions a second to one public address; 0: DCV_CHECK_RATE */
	int64_t deadline_ms; /* monotonic */
	const struct dcv_clock *clock;
	bool (*stopped)(
		void *ctx); /* asked ten times a second, or NULL; true: all ends at once */
	void *ctx;
};

#define DCV_SURVEY_HOPS 11u /* aliases that are followed (unbound's max-query-restarts) */

/* ---- what is found of a zone ---- */

enum dcv_address_state {
	DCV_ADDRESS_NOT_ASKED, /* family not wanted, or the time was over */
	DCV_ADDRESS_AUTHORITATIVE,
	DCV_ADDRESS_LAME, /* answers, but not for this zone: see rcode and `upward` [A30] */
	DCV_ADDRESS_SILENT, /* no answer in time [A30] */
	DCV_ADDRESS_CLOSED, /* nothing listens there [A30] */
	DCV_ADDRESS_NO_ROUTE, /* no route of this family from here: says nothing of the server */
	DCV_ADDRESS_SPECIAL, /* of a special-purpose range, not asked: see why [A38] */
	DCV_ADDRESS_BROKEN, /* malformed, or in another case [A33]: see folds_case */
};
/* "authoritative", … : the word for JSON and for people. */
const char *dcv_address_state_text(enum dcv_address_state state);

struct dcv_zone_address {
	struct dcv_addr addr;
	enum dcv_address_state state;
	uint8_t rcode; /* of what it answered */
	bool upward; /* lame: it refers to the zone itself or to one above */
	const char *why; /* special: "private-use", …; else NULL */
	bool unwanted; /* of a family that the options leave out */
	bool glue; /* stood in the parent's referral */
	bool own; /* the server's own A or AAAA record says so */
	bool no_edns; /* answers only what comes without EDNS [A34] */
	bool folds_case; /* answers in another case, or knows lower case only [A33] */
	bool no_tcp; /* it was asked over TCP, and did not answer there [A35] */
	bool has_serial;
	uint32_t serial;
	int64_t rtt_ms;
};

struct dcv_zone_server {
	const struct dcv_name *name;
	bool in_parent, in_child; /* in which NS set it stands */
	bool has_glue;
	bool glue_differs; /* from its own A and AAAA; false if these could not be looked up */
	bool is_alias; /* the name is a CNAME, which RFC 2181 10.3 forbids */
	const char *why; /* why no address is known, NULL if one is */
	size_t n_addresses;
	struct dcv_zone_address **addresses;
};

enum dcv_zone_state {
	DCV_ZONE_FOUND, /* delegated, and a server of it answered with authority */
	DCV_ZONE_MUTE, /* delegated, but no server of it gave an authoritative answer: unverified */
};

/* A zone. Lives as long as the survey; a pointer is the zone's identity. */
struct dcv_zone_seen {
	struct dcv_name apex;
	const struct dcv_zone_seen *parent; /* NULL: the root */
	enum dcv_zone_state state;
	bool surveyed; /* every address was asked: what follows is whole */
	/* The parent's NS set is known. False where one server holds both zones and answers for the
	 * child: then the NS set of the apex stands for both. */
	bool has_parent_set;
	bool has_child_set; /* the NS set of the apex is known */
	bool sets_differ; /* the two name other servers [A31] */
	bool child_sets_differ; /* its own servers give different NS sets */
	bool ds_known, has_ds; /* whether the parent has a DS for it */
	bool serials_differ; /* [T22] */
	bool has_soa;
	uint32_t serial, soa_ttl_s, soa_minimum_s; /* the highest serial (RFC 1982) */
	size_t n_servers;
	struct dcv_zone_server **servers;
};

/* ---- which zone holds a name ---- */

enum dcv_found {
	DCV_FOUND_ZONE, /* `zone` holds it */
	DCV_FOUND_NO_DELEGATION, /* `zone`, the root or a top-level domain, says NXDOMAIN [A39] */
	DCV_FOUND_NO_VIEW, /* nobody could be asked: unverified; see why */
	DCV_FOUND_SPECIAL, /* a special-use name: not asked */
};

struct dcv_place_of_name {
	enum dcv_found found;
	const struct dcv_zone_seen *zone; /* the last zone on the way; NULL with SPECIAL */
	bool nxdomain; /* the name does not exist (the zone may hold it all the same) */
	bool no_soa; /* the negative answer had no SOA [A37]: the zone is that of the delegation */
	const char *why; /* of NO_VIEW, one line; else NULL */
};

struct dcv_survey;

/* The options are copied, but for what they point to. Fails: DCV_E_NOMEM, DCV_E_CONFIG (hints),
 * DCV_E_INTERNAL. */
enum dcv_err dcv_survey_new(const struct dcv_survey_options *options,
	struct dcv_survey **ret, struct dcv_error *err) DCV_NODISCARD;
/* Frees all that was found. NULL is let be. */
void dcv_survey_free(struct dcv_survey *survey);
/* A new deadline for what is asked from now on (monotonic). */
void dcv_survey_deadline(struct dcv_survey *survey, int64_t deadline_ms);

/* How much is wanted of the zones that hold the names. */
enum dcv_survey_depth {
	DCV_SURVEY_DELEGATION, /* the zone and the parent's word about it */
	DCV_SURVEY_SERVERS, /* also every address of every server: SOA and NS; DS; own addresses */
};

/* Finds the zones of n names, all at once: each question once in a run. places[i] is for names[i].
 * The root and top-level domains are never surveyed with their servers. What could not be found
 * is no error. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_survey_find(struct dcv_survey *survey, const struct dcv_name *names,
	size_t n, enum dcv_survey_depth depth, struct dcv_place_of_name *places,
	struct dcv_error *err) DCV_NODISCARD;

/* The zone's addresses that are to be asked whether they have a record, in the arena: all of every
 * server that the parent or the zone itself names, but those of special-purpose ranges and of
 * families that are not wanted. None: *ret_n = 0. Fails: DCV_E_NOMEM. */
enum dcv_err dcv_survey_servers(const struct dcv_zone_seen *zone, struct dcv_arena *arena,
	struct dcv_server **ret, size_t *ret_n, struct dcv_error *err) DCV_NODISCARD;

/* ---- what stands at a name ---- */

/* What one address said of one name. */
struct dcv_address_answer {
	const struct dcv_zone_server *server;
	const struct dcv_zone_address *address;
	/* HAS: there are records; ABSENT; OLD: an alias; else why it says nothing. */
	enum dcv_seen seen;
	uint8_t rcode;
	bool nxdomain;
	bool no_soa; /* negative without SOA [A37] */
	bool no_edns; /* came only without EDNS [A34] */
	bool differs; /* from that of the first address that answered */
	uint32_t ttl_s;
	size_t n; /* values of the type asked for; OLD: 1, the alias's target */
	const struct dcv_rdata *rdata;
};

/* A name on the way along the aliases; the last is the end, or where it broke off. */
struct dcv_hop {
	const struct dcv_name *owner;
	const struct dcv_zone_seen *zone; /* NULL: not found */
	bool is_alias,
		by_dname; /* what stands at owner leads on: a CNAME; made from a DNAME */
	bool wildcard; /* a random sibling is answered alike: it comes from a wildcard [P10] */
	uint32_t ttl_s;
	size_t n_answers;
	const struct dcv_address_answer *answers;
};

enum dcv_look_end {
	DCV_LOOK_SET, /* records of the type */
	DCV_LOOK_NODATA,
	DCV_LOOK_NXDOMAIN,
	DCV_LOOK_LOOP, /* the aliases lead back [P11] */
	DCV_LOOK_TOO_LONG, /* more than DCV_SURVEY_HOPS aliases [P11] */
	DCV_LOOK_FAILED, /* no authoritative answer at the last hop: see why */
	DCV_LOOK_SPECIAL, /* a special-use name: not asked */
};
const char *dcv_look_end_text(enum dcv_look_end end);

/* A look-up from the root down. The caller sets the first part and zeroes the rest. */
struct dcv_look {
	struct dcv_name name;
	uint16_t type;
	bool every; /* ask every address of the zones; else one that answers with authority. The
	             * root and top-level domains are always asked as if it were false. */
	bool no_follow; /* aliases end it (NODATA), e.g. when asked what stands there itself */
	bool wildcard; /* find out whether the answer comes from a wildcard */
	/* found: */
	enum dcv_look_end end;
	const char *why; /* of FAILED, LOOP, TOO_LONG: one line; else NULL */
	bool cut; /* FAILED for want of time: says nothing of the servers */
	size_t n_hops; /* at least one, unless SPECIAL */
	const struct dcv_hop *hops;
	bool differ; /* the addresses of some hop do not say the same */
	uint32_t ttl_s; /* of the set; the negative TTL (RFC 2308 5) if there is none */
	uint32_t ttl_max_s; /* the largest along the aliases and of the end */
	size_t n; /* values: of the first address that had some */
	const struct dcv_rdata *rdata;
};

/* Forgets what stands at names, but not the zones: for another look after some time. */
void dcv_survey_forget(struct dcv_survey *survey);

/* Looks all up at once. What was found lives in the survey. Fails: DCV_E_NOMEM, DCV_E_INTERNAL. */
enum dcv_err dcv_survey_look(struct dcv_survey *survey, struct dcv_look *looks, size_t n,
	struct dcv_error *err) DCV_NODISCARD;

/* ---- CAA ---- */

/* The climb of one name, from the name without `*.` to its top-level domain. */
struct dcv_survey_climb {
	size_t n;
	struct dcv_caa_step *steps; /* for dcv_caa_judge */
	const struct dcv_look *const *looks; /* [n]: where each was found, TTL, and why it failed */
};

/* The steps of a climb whose looks have ended, as they are told. */
void dcv_survey_climb_read(struct dcv_survey_climb *climb);

/* Looks CAA up for the names at the authoritative servers, every label of every name once, aliases
 * chased. FAILED: no address gave an authoritative answer, loops, truncated without TCP, and
 * NXDOMAIN of a top-level domain. Where addresses disagree, a set counts before none.
 * climbs[i] is for names[i], in the survey. Source: RFC 8659 3, BR 3.2.2.8. */
enum dcv_err dcv_survey_caa(struct dcv_survey *survey, const struct dcv_name *names,
	size_t n, struct dcv_survey_climb *climbs, struct dcv_error *err) DCV_NODISCARD;

#endif
