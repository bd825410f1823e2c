/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which questions tell what stands at an owner and above it: first all owners;
 * then, where nothing is, the names above, and where something is, the wildcards that may have
 * made it; and only under such a wildcard, which names are in use. It does not know messages. */
#include "providers/rfc2136/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "providers/rfc2136/fail.h"
#include "providers/rfc2136/questions.h"

#define PROBE_LEN 16u /* of a label that nobody has */
enum { TYPE_HINFO = 13 };

struct look {
	struct dcv_rsession *session;
	const char *zone;
	struct dcv_name apex;
	const struct dcv_name *owners;
	size_t n;
	bool no_wildcard; /* nothing that stands at an owner was made by a wildcard */
	bool any_is_all; /* ANY tells every type (BIND, PowerDNS), not one of them (Knot) */
	struct dcv_rquestions first, types, above, use;
	char probe[PROBE_LEN];
	struct dcvp_error *err;
};

static struct dcv_rquestions questions_of(const struct look *look)
{
	return (struct dcv_rquestions){.session = look->session,
		.apex = look->apex,
		.zone = look->zone};
}

static enum dcvp_class not_here(const struct look *look, const char *why)
{
	char addr[DCV_ADDR_TEXT_MAX];

	return dcv_rfail(look->err, DCVP_NO_ZONE, DCVP_CAUSE_NONE,
		"%s: does not hold the zone %s: %s",
		dcv_rlink_text(&look->session->link, addr), look->zone, why);
}

static bool holds(const struct dcv_answer *answer, const struct dcv_name *owner,
	uint16_t type)
{
	return dcv_answer_set(answer, owner, type) != NULL;
}

static bool has_sets(const struct dcv_answer *answer, const struct dcv_name *owner)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		if (dcv_name_equal(&answer->sets[i].owner, owner))
			return true;
	}
	return false;
}

/* The name exists, or a wildcard stands in for it. */
static bool is_there(const struct dcv_answer *answer, const struct dcv_name *owner)
{
	return answer->rcode == DCV_RCODE_NOERROR || has_sets(answer, owner);
}

static enum dcvp_class judge_soa(const struct look *look)
{
	const struct dcv_answer *answer = dcv_rquestion_answer(&look->first, &look->apex,
		DCV_TYPE_SOA);

	if (!answer->aa)
		return not_here(look, "it is not authoritative");
	return holds(answer, &look->apex, DCV_TYPE_SOA)
		? DCVP_OK
		: not_here(look, "there is no SOA record of this name");
}

/* How many labels the name has below the apex. */
static unsigned depth(const struct look *look, const struct dcv_name *name)
{
	return dcv_name_labels(name) - dcv_name_labels(&look->apex);
}

/* --- the first round --- */

static bool add(struct dcv_rquestions *questions, const struct dcv_name *name,
	const uint16_t *types)
{
	bool good = true;

	for (; good && *types != 0; types++)
		good = dcv_rquestion_add(questions, name, *types);
	return good;
}

/* The wildcard below a name, or the name of nobody there. False: it would be too long, so there
 * can be none. */
static bool wildcard_of(const struct dcv_name *name, struct dcv_name *ret)
{
	return dcv_name_prepend("*", 1, name, ret);
}

static int compare_names(const void *a, const void *b)
{
	return dcv_name_compare(a, b);
}

/* Each once. */
static size_t sort_names(struct dcv_name *names, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || !dcv_name_equal(&names[kept - 1], &names[i]))
			names[kept++] = names[i];
	}
	return kept;
}

static const uint16_t addresses[] = {DCV_TYPE_A, DCV_TYPE_AAAA, 0};

/* The name servers that the look before this one found. */
static bool add_known(struct look *look)
{
	bool good = true;

	for (size_t i = 0; good && i < look->session->n_ns; i++) {
		if (dcv_rsession_knows(look->session, &look->apex, &look->session->ns[i]))
			good = add(&look->first, &look->session->ns[i], addresses);
	}
	return good;
}

/* Whether there is any of the wildcards above the owners: mostly there is none, and few questions
 * say so. */
static bool add_wildcards(struct look *look)
{
	struct dcv_name *names;
	size_t n = 0;

	for (size_t i = 0; i < look->n; i++)
		n += depth(look, &look->owners[i]);
	names = dcv_arena_array(&look->session->call, n, sizeof *names);
	n = 0;
	for (size_t i = 0; names != NULL && i < look->n; i++) {
		unsigned labels = depth(look, &look->owners[i]);

		for (unsigned k = 1; k <= labels; k++) {
			struct dcv_name name = dcv_name_parent(&look->owners[i], k);

			n += wildcard_of(&name, &names[n]);
		}
	}
	return names != NULL &&
		dcv_rquestion_add_unused(&look->first, names, sort_names(names, n));
}

static enum dcvp_class ask_first(struct look *look)
{
	static const uint16_t of_apex[] = {DCV_TYPE_SOA, DCV_TYPE_NS, DCV_TYPE_DNSKEY,
		DCV_TYPE_ANY, 0};
	enum dcvp_class end;
	bool good = add(&look->first, &look->apex, of_apex);

	for (size_t i = 0; good && i < look->n; i++)
		good = dcv_rquestion_add(&look->first, &look->owners[i], DCV_TYPE_ANY);
	good = good && add_known(look) && add_wildcards(look);
	end = good ? dcv_rquestions_ask(&look->first, look->err) : dcv_rnomem(look->err);
	if (end != DCVP_OK)
		return end;

	const struct dcv_answer *any = dcv_rquestion_answer(&look->first, &look->apex,
		DCV_TYPE_ANY);

	look->any_is_all = holds(any, &look->apex, DCV_TYPE_SOA) &&
		holds(any, &look->apex, DCV_TYPE_NS);
	look->no_wildcard = dcv_rquestions_unused(&look->first);
	return judge_soa(look);
}

static const struct dcv_answer *first_of(const struct look *look,
	const struct dcv_name *owner)
{
	return dcv_rquestion_answer(&look->first, owner, DCV_TYPE_ANY);
}

static const struct dcv_name *dname_above(const struct dcv_answer *answer,
	const struct dcv_name *owner)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		const struct dcv_rrset *set = &answer->sets[i];

		if (set->type == DCV_TYPE_DNAME && !dcv_name_equal(&set->owner, owner) &&
			dcv_name_is_within(owner, &set->owner))
			return &set->owner;
	}
	return NULL;
}

/* The delegation or DNAME that hides an owner, or NULL. */
static const struct dcv_name *cut_of(const struct dcv_answer *answer,
	const struct dcv_name *owner)
{
	if (!answer->aa && answer->n_ns > 0)
		return &answer->ns_owner;
	return dname_above(answer, owner);
}

/* Every owner is answered with authority, or referred to below the apex. */
static enum dcvp_class judge_owners(const struct look *look)
{
	for (size_t i = 0; i < look->n; i++) {
		const struct dcv_name *owner = &look->owners[i], *cut;
		const struct dcv_answer *answer = first_of(look, owner);
		char name[DCV_NAME_TEXT_MAX], addr[DCV_ADDR_TEXT_MAX];

		cut = cut_of(answer, owner);
		if (answer->aa ||
			(cut != NULL && !dcv_name_equal(cut, &look->apex) &&
				dcv_name_is_within(cut, &look->apex)))
			continue;
		return dcv_rfail(look->err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: answers about %.300s without authority",
			dcv_rlink_text(&look->session->link, addr),
			dcv_name_text(owner, name));
	}
	return DCVP_OK;
}

/* Where ANY tells of one type only; a CNAME answers each of them. */
static enum dcvp_class ask_types(struct look *look)
{
	static const uint16_t ours[] = {DCV_TYPE_TXT, DCV_TYPE_CAA, 0};
	bool good = true;

	for (size_t i = 0; good && !look->any_is_all && i < look->n; i++) {
		const struct dcv_answer *answer = first_of(look, &look->owners[i]);

		if (answer->aa && is_there(answer, &look->owners[i]))
			good = add(&look->types, &look->owners[i], ours);
	}
	return good ? dcv_rquestions_ask(&look->types, look->err) : dcv_rnomem(look->err);
}

/* --- what stands above --- */

/* What stands there is the owner's own. A wildcard that is not in use may yet exist, and make names
 * that exist without any records. */
static bool is_own(const struct look *look, const struct dcv_name *owner)
{
	return look->no_wildcard && has_sets(first_of(look, owner), owner);
}

static bool add_above(struct look *look, const struct dcv_name *owner)
{
	bool there = is_there(first_of(look, owner), owner), good = true;
	unsigned n = is_own(look, owner) ? 0 : depth(look, owner);

	for (unsigned i = 1; good && i <= n; i++) {
		struct dcv_name name = dcv_name_parent(owner, i), wildcard;

		if (there && wildcard_of(&name, &wildcard))
			good = dcv_rquestion_add(&look->above, &wildcard, DCV_TYPE_TXT);
		else if (!there && i < n)
			good = dcv_rquestion_add(&look->above, &name, DCV_TYPE_TXT);
	}
	return good;
}

/* The name servers that the zone's own data can have addresses of. */
static bool add_servers(struct look *look, const struct dcv_zone_view *view)
{
	bool good = true;

	for (size_t i = 0; good && i < view->n_ns; i++) {
		if (dcv_name_is_within(&view->ns[i].name, &look->apex) &&
			!dcv_rsession_knows(look->session, &look->apex, &view->ns[i].name))
			good = add(&look->above, &view->ns[i].name, addresses);
	}
	return good;
}

static enum dcvp_class ask_above(struct look *look, const struct dcv_zone_view *view)
{
	bool good = add_servers(look, view);

	for (size_t i = 0; good && i < look->n; i++) {
		const struct dcv_name *owner = &look->owners[i];

		if (cut_of(first_of(look, owner), owner) == NULL)
			good = add_above(look, owner);
	}
	return good ? dcv_rquestions_ask(&look->above, look->err) : dcv_rnomem(look->err);
}

/* A wildcard above may have made the answer: something answers for one of them. */
static bool is_doubtful(const struct look *look, const struct dcv_name *owner)
{
	const struct dcv_answer *answer = first_of(look, owner);
	unsigned n = depth(look, owner);

	if (cut_of(answer, owner) != NULL || !is_there(answer, owner) ||
		is_own(look, owner))
		return false;
	for (unsigned i = 1; i <= n; i++) {
		struct dcv_name name = dcv_name_parent(owner, i), wildcard;

		if (wildcard_of(&name, &wildcard) &&
			is_there(dcv_rquestion_answer(&look->above, &wildcard,
					 DCV_TYPE_TXT),
				&wildcard))
			return true;
	}
	return false;
}

/* --- names under a wildcard --- */

static bool probe_of(const struct look *look, const struct dcv_name *name,
	struct dcv_name *ret)
{
	return dcv_name_prepend(look->probe, sizeof look->probe, name, ret);
}

static bool add_use(struct look *look, const struct dcv_name *owner)
{
	unsigned n = depth(look, owner);
	bool good = true;

	for (unsigned i = 0; good && i <= n; i++) {
		struct dcv_name name = dcv_name_parent(owner, i), below;

		good = dcv_rquestion_add(&look->use, &name, DCV_RIN_USE);
		if (good && wildcard_of(&name, &below))
			good = dcv_rquestion_add(&look->use, &below, DCV_RIN_USE);
		if (good && probe_of(look, &name, &below))
			good = dcv_rquestion_add(&look->use, &below, DCV_TYPE_TXT);
	}
	return good;
}

static enum dcvp_class ask_use(struct look *look)
{
	struct dcv_error why = {.code = DCV_OK};
	uint8_t random[PROBE_LEN];
	bool good = true;

	if (dcv_random(random, sizeof random, &why) != DCV_OK)
		return dcv_rfrom(look->err, DCVP_FAILED, &why);
	for (size_t i = 0; i < PROBE_LEN; i++)
		look->probe[i] = (char)('a' + random[i] % 26);
	for (size_t i = 0; good && i < look->n; i++) {
		if (is_doubtful(look, &look->owners[i]))
			good = add_use(look, &look->owners[i]);
	}
	return good ? dcv_rquestions_ask(&look->use, look->err) : dcv_rnomem(look->err);
}

static bool in_use(const struct look *look, const struct dcv_name *name)
{
	return dcv_rquestion_answer(&look->use, name, DCV_RIN_USE)->rcode ==
		DCV_RCODE_NOERROR;
}

/* RFC 4592 2.2: a name with nothing of its own exists if something lies below it; then no
 * wildcard above answers for the names below. */
static bool exists_under_wildcard(const struct look *look, const struct dcv_name *name)
{
	struct dcv_name below;

	if (in_use(look, name) || (wildcard_of(name, &below) && in_use(look, &below)))
		return true;
	return probe_of(look, name, &below) &&
		!is_there(dcv_rquestion_answer(&look->use, &below, DCV_TYPE_TXT), &below);
}

/* --- what was found --- */

/* The closest encloser of an owner that nothing hides. */
static struct dcv_name closest_of(const struct look *look, const struct dcv_name *owner,
	bool doubtful)
{
	unsigned n = depth(look, owner);

	if (!doubtful && is_there(first_of(look, owner), owner))
		return *owner;
	for (unsigned i = 0; i < n; i++) {
		struct dcv_name name = dcv_name_parent(owner, i);

		if (doubtful ? exists_under_wildcard(look, &name)
			     : i > 0 &&
					is_there(dcv_rquestion_answer(&look->above, &name,
							 DCV_TYPE_TXT),
						&name))
			return name;
	}
	return look->apex;
}

/* RFC 8482 4.2: some servers say this instead of what they hold. */
static bool is_evasion(const struct dcv_rrset *set)
{
	static const char said[] = "\007RFC8482";

	return set->type == TYPE_HINFO && set->n == 1 &&
		set->rdata[0].len >= sizeof said - 1 &&
		memcmp(set->rdata[0].wire, said, sizeof said - 1) == 0;
}

static bool is_shown(const struct dcv_rrset *set)
{
	return set->type != DCV_TYPE_RRSIG && set->type != DCV_TYPE_NSEC &&
		set->type != DCV_TYPE_NSEC3 && !is_evasion(set);
}

/* The sets of the owner that are not there yet. */
static bool keep_sets(struct look *look, const struct dcv_answer *answer,
	struct dcv_node *node)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		struct dcv_rrset *sets, *set = &answer->sets[i];

		if (!dcv_name_equal(&set->owner, &node->owner) || !is_shown(set) ||
			dcv_node_set(node, set->type) != NULL)
			continue;
		sets = dcv_arena_grow(&look->session->call, node->sets, node->n_sets,
			sizeof *sets);
		if (sets == NULL)
			return false;
		node->sets = sets;
		sets[node->n_sets++] = *set;
	}
	return true;
}

static bool fill_sets(struct look *look, struct dcv_node *node)
{
	bool good = keep_sets(look, first_of(look, &node->owner), node);

	if (look->any_is_all)
		return good;
	return good &&
		keep_sets(look,
			dcv_rquestion_answer(&look->types, &node->owner, DCV_TYPE_TXT),
			node) &&
		keep_sets(look,
			dcv_rquestion_answer(&look->types, &node->owner, DCV_TYPE_CAA),
			node);
}

static bool fill_node(struct look *look, const struct dcv_name *owner,
	struct dcv_node *node)
{
	const struct dcv_name *cut = cut_of(first_of(look, owner), owner);
	bool doubtful = cut == NULL && is_doubtful(look, owner);
	struct dcv_name wildcard;

	*node = (struct dcv_node){.owner = *owner, .closest = *owner};
	if (cut != NULL) {
		node->cut = *cut;
		node->closest = *cut;
		return true;
	}
	node->closest = closest_of(look, owner, doubtful);
	if (dcv_name_equal(&node->closest, owner))
		return !is_there(first_of(look, owner), owner) || fill_sets(look, node);
	node->wildcard = doubtful && wildcard_of(&node->closest, &wildcard) &&
		in_use(look, &wildcard);
	return true;
}

static bool fill_servers(struct look *look, struct dcv_zone_view *view)
{
	const struct dcv_rrset *set = dcv_answer_set(
		dcv_rquestion_answer(&look->first, &look->apex, DCV_TYPE_NS), &look->apex,
		DCV_TYPE_NS);
	size_t n = set == NULL ? 0 : set->n;

	view->ns = dcv_arena_array(&look->session->call, n, sizeof *view->ns);
	if (view->ns == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (dcv_name_from_wire(set->rdata[i].wire, set->rdata[i].len,
			    &view->ns[view->n_ns].name))
			view->n_ns++;
	}
	return true;
}

static void fill_addresses(const struct look *look, struct dcv_ns *ns)
{
	const struct dcv_rquestions *asked = dcv_rsession_knows(look->session,
						     &look->apex, &ns->name)
		? &look->first
		: &look->above;

	for (size_t i = 0; i < 2 && dcv_name_is_within(&ns->name, &look->apex); i++) {
		const struct dcv_answer *answer = dcv_rquestion_answer(asked, &ns->name,
			addresses[i]);
		const struct dcv_rrset *set = dcv_answer_set(answer, &ns->name,
			addresses[i]);

		if (answer->aa && set != NULL)
			ns->addresses[ns->n++] = *set;
	}
}

static void fill_soa(const struct look *look, struct dcv_zone_view *view)
{
	const struct dcv_answer *soa = dcv_rquestion_answer(&look->first, &look->apex,
		DCV_TYPE_SOA);

	view->apex = look->apex;
	view->serial = soa->soa_serial;
	view->soa_ttl_s = soa->soa_ttl_s;
	view->soa_minimum_s = soa->soa_minimum_s;
	view->is_signed = holds(
		dcv_rquestion_answer(&look->first, &look->apex, DCV_TYPE_DNSKEY),
		&look->apex, DCV_TYPE_DNSKEY);
}

static enum dcvp_class fill(struct look *look, struct dcv_zone_view *view)
{
	bool good = true;

	view->nodes = dcv_arena_array(&look->session->call, look->n, sizeof *view->nodes);
	if (view->nodes == NULL)
		return dcv_rnomem(look->err);
	view->n_nodes = look->n;
	for (size_t i = 0; good && i < look->n; i++)
		good = fill_node(look, &look->owners[i], &view->nodes[i]);
	for (size_t i = 0; i < view->n_ns; i++)
		fill_addresses(look, &view->ns[i]);
	return good ? DCVP_OK : dcv_rnomem(look->err);
}

enum dcvp_class dcv_rlook(struct dcv_rsession *session, const char *zone,
	const struct dcv_name *apex, const struct dcv_name *owners, size_t n,
	struct dcv_zone_view *ret, struct dcvp_error *err)
{
	struct look look = {.session = session,
		.zone = zone,
		.apex = *apex,
		.owners = owners,
		.n = n,
		.err = err};
	struct dcv_zone_view view = {.n_ns = 0};
	enum dcvp_class end;

	look.first = look.types = look.above = look.use = questions_of(&look);
	end = ask_first(&look);
	if (end == DCVP_OK)
		end = judge_owners(&look);
	if (end == DCVP_OK)
		end = ask_types(&look);
	if (end == DCVP_OK && !fill_servers(&look, &view))
		end = dcv_rnomem(err);
	if (end == DCVP_OK)
		end = ask_above(&look, &view);
	if (end == DCVP_OK)
		end = ask_use(&look);
	if (end == DCVP_OK) {
		end = fill(&look, &view);
		fill_soa(&look, &view);
		dcv_rsession_note(session, &view);
	}
	if (end == DCVP_OK)
		*ret = view;
	return end;
}

static enum dcvp_class ask_soa(struct look *look)
{
	look->first = questions_of(look);
	if (!dcv_rquestion_add(&look->first, &look->apex, DCV_TYPE_SOA))
		return dcv_rnomem(look->err);
	return dcv_rquestions_ask(&look->first, look->err);
}

enum dcvp_class dcv_rlook_zone(struct dcv_rsession *session, const char *zone,
	const struct dcv_name *apex, struct dcvp_error *err)
{
	struct look look = {.session = session, .zone = zone, .apex = *apex, .err = err};
	enum dcvp_class end = ask_soa(&look);

	/* What a server says about a zone that it does not have. */
	if (end == DCVP_FAILED && strcmp(err->code, "REFUSED") == 0)
		return DCVP_NO_ZONE;
	return end == DCVP_OK ? judge_soa(&look) : end;
}
