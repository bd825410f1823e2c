/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a zone is read from its name servers, for backends that cannot say what
 * they hold. What dcvctl writes there is TXT, so CNAME, TXT and CAA are asked for.
 *
 * A wildcard answers for names that do not exist. Where one may, the owner is taken not to exist
 * unless it has records of its own, and the wildcard to be the topmost that answers: the guard
 * against hosts that go dark then refuses too much rather than too little. */
#include <string.h>

#include "base/file.h"
#include "dns/ask.h"
#include "provider/internal.h"

#define SERVER_MS 5000 /* the longest wait for one of several servers */
#define PROBE_LEN 16u

struct look {
	struct dcv_backend *backend;
	struct dcv_arena *arena;
	struct dcv_error *err;
	struct dcv_zone_view *view;
	char probe[PROBE_LEN]; /* a label that nobody has */
};

/* The first server that answers with authority. */
static enum dcv_err ask(const struct look *look, const struct dcv_name *name,
	uint16_t type, struct dcv_answer *ret)
{
	const struct dcvp_setting *servers = &look->backend->servers;
	const struct dcv_backend_host *host = look->backend->host;
	enum dcv_err rc = DCV_E_UNVERIFIED;

	for (size_t i = 0; i < servers->n; i++) {
		int64_t end_ms = dcv_mono_ms(host->clock) + SERVER_MS;
		struct dcv_addr addr;

		if (end_ms > look->backend->lent.deadline_ms)
			end_ms = look->backend->lent.deadline_ms;
		rc = dcv_addr_parse(servers->values[i], &addr, look->err);
		if (rc == DCV_OK)
			rc = dcv_ask(&addr, name, type, false, end_ms, host->clock,
				look->arena, ret, look->err);
		if (rc == DCV_OK && (ret->aa || ret->n_ns > 0) &&
			(ret->rcode == DCV_RCODE_NOERROR ||
				ret->rcode == DCV_RCODE_NXDOMAIN)) {
			*look->err = (struct dcv_error){0};
			return DCV_OK;
		}
	}
	return rc != DCV_OK
		? rc
		: dcv_fail(look->err, DCV_E_FAILED,
			  "account %s: no server of `server:` answers for %s with "
			  "authority",
			  look->backend->lent.account, look->backend->zone);
}

static bool is_same(const struct dcv_rrset *a, const struct dcv_rrset *b)
{
	if (a == NULL || b == NULL || a->n != b->n)
		return a == b;
	for (size_t i = 0; i < a->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < b->n; k++)
			found = dcv_rdata_equal(&a->rdata[i], &b->rdata[k]);
		if (!found)
			return false;
	}
	return true;
}

/* What a wildcard at `above` answers for a name that nobody has; *ret_there: there is one. */
static enum dcv_err probe(const struct look *look, const struct dcv_name *above,
	uint16_t type, bool *ret_there, const struct dcv_rrset **ret_set)
{
	struct dcv_answer answer = {0};
	struct dcv_name name;
	enum dcv_err rc;

	*ret_there = false;
	*ret_set = NULL;
	if (!dcv_name_prepend(look->probe, PROBE_LEN, above, &name))
		return DCV_OK;
	rc = ask(look, &name, type, &answer);
	if (rc != DCV_OK || !answer.aa || answer.rcode != DCV_RCODE_NOERROR)
		return rc;
	*ret_there = true;
	*ret_set = dcv_answer_set(&answer, &name, DCV_TYPE_CNAME);
	if (*ret_set == NULL)
		*ret_set = dcv_answer_set(&answer, &name, type);
	return DCV_OK;
}

/* The topmost name above the owner at which a wildcard answers: as many labels are cut off as
 * *ret says; 0: none. */
static enum dcv_err find_wildcard(const struct look *look, const struct dcv_name *owner,
	unsigned depth, unsigned *ret)
{
	const struct dcv_rrset *set;
	bool there = false;
	enum dcv_err rc = DCV_OK;

	*ret = 0;
	for (unsigned cut = depth; rc == DCV_OK && !there && cut > 0; cut--) {
		struct dcv_name above = dcv_name_parent(owner, cut);

		rc = probe(look, &above, DCV_TYPE_TXT, &there, &set);
		if (there)
			*ret = cut;
	}
	return rc;
}

/* Adds a set of the owner's own, if it has one of this type. */
static enum dcv_err take_set(const struct look *look, struct dcv_node *node,
	uint16_t type, unsigned wildcard)
{
	struct dcv_answer answer = {0};
	const struct dcv_rrset *set, *made = NULL;
	bool there;
	enum dcv_err rc = ask(look, &node->owner, type, &answer);

	set = rc == DCV_OK ? dcv_answer_set(&answer, &node->owner, type) : NULL;
	if (set != NULL && wildcard > 0) {
		struct dcv_name above = dcv_name_parent(&node->owner, wildcard);

		rc = probe(look, &above, type, &there, &made);
	}
	if (rc == DCV_OK && set != NULL && (made == NULL || !is_same(set, made)))
		node->sets[node->n_sets++] = *set;
	return rc;
}

static enum dcv_err take_sets(const struct look *look, struct dcv_node *node,
	unsigned wildcard)
{
	static const uint16_t types[] = {DCV_TYPE_CNAME, DCV_TYPE_TXT, DCV_TYPE_CAA};
	enum dcv_err rc = DCV_OK;

	node->sets = dcv_arena_array(look->arena, 3, sizeof(node->sets[0]));
	node->fixed = dcv_arena_array(look->arena, 3, sizeof(node->fixed[0]));
	if (node->sets == NULL || node->fixed == NULL)
		return dcv_nomem(look->err);
	/* Beside a CNAME there is nothing else. */
	for (size_t i = 0; rc == DCV_OK && i < 3 &&
		(node->n_sets == 0 || node->sets[0].type != DCV_TYPE_CNAME);
		i++)
		rc = take_set(look, node, types[i], wildcard);
	return rc;
}

static enum dcv_err find_closest(const struct look *look, struct dcv_node *node,
	unsigned depth)
{
	struct dcv_answer answer = {0};
	enum dcv_err rc = DCV_OK;

	for (unsigned cut = 0; rc == DCV_OK && cut < depth; cut++) {
		node->closest = dcv_name_parent(&node->owner, cut);
		rc = ask(look, &node->closest, DCV_TYPE_TXT, &answer);
		if (rc == DCV_OK && answer.rcode == DCV_RCODE_NOERROR)
			return DCV_OK;
	}
	node->closest = look->view->apex;
	return rc;
}

static enum dcv_err look_at(const struct look *look, const struct dcv_name *owner,
	struct dcv_node *ret)
{
	unsigned depth = dcv_name_labels(owner) - dcv_name_labels(&look->view->apex);
	struct dcv_answer answer = {0};
	unsigned wildcard = 0;
	enum dcv_err rc;

	*ret = (struct dcv_node){.owner = *owner, .closest = *owner};
	rc = ask(look, owner, DCV_TYPE_TXT, &answer);
	if (rc == DCV_OK && !answer.aa) {
		ret->cut = ret->closest = answer.ns_owner;
		return DCV_OK;
	}
	if (rc == DCV_OK)
		rc = find_wildcard(look, owner, depth, &wildcard);
	if (rc == DCV_OK)
		rc = take_sets(look, ret, wildcard);
	if (rc != DCV_OK || ret->n_sets > 0)
		return rc;
	if (wildcard == 0)
		return find_closest(look, ret, depth);
	ret->wildcard = true;
	ret->closest = dcv_name_parent(owner, wildcard);
	return DCV_OK;
}

static enum dcv_err look_at_server(const struct look *look, const struct dcv_rdata *rdata,
	struct dcv_ns *ret)
{
	static const uint16_t types[] = {DCV_TYPE_A, DCV_TYPE_AAAA};
	enum dcv_err rc = DCV_OK;

	if (!dcv_name_from_wire(rdata->wire, rdata->len, &ret->name))
		return dcv_fail(look->err, DCV_E_FAILED,
			"%s: an NS record cannot be read", look->backend->zone);
	for (size_t i = 0; rc == DCV_OK && i < 2; i++) {
		struct dcv_answer answer = {0};
		const struct dcv_rrset *set;

		if (!dcv_name_is_within(&ret->name, &look->view->apex))
			continue;
		rc = ask(look, &ret->name, types[i], &answer);
		set = rc == DCV_OK ? dcv_answer_set(&answer, &ret->name, types[i]) : NULL;
		if (set != NULL)
			ret->addresses[ret->n++] = *set;
	}
	return rc;
}

static enum dcv_err look_at_apex(const struct look *look)
{
	struct dcv_zone_view *view = look->view;
	struct dcv_answer soa = {0}, ns = {0}, keys = {0};
	const struct dcv_rrset *set = NULL;
	enum dcv_err rc = ask(look, &view->apex, DCV_TYPE_SOA, &soa);

	if (rc == DCV_OK && dcv_answer_set(&soa, &view->apex, DCV_TYPE_SOA) == NULL)
		rc = dcv_fail(look->err, DCV_E_FAILED,
			"account %s: %s is no zone at `server:`",
			look->backend->lent.account, look->backend->zone);
	if (rc == DCV_OK)
		rc = ask(look, &view->apex, DCV_TYPE_NS, &ns);
	if (rc == DCV_OK)
		rc = ask(look, &view->apex, DCV_TYPE_DNSKEY, &keys);
	if (rc != DCV_OK)
		return rc;
	view->serial = soa.soa_serial;
	view->soa_ttl_s = soa.soa_ttl_s;
	view->soa_minimum_s = soa.soa_minimum_s;
	view->is_signed = dcv_answer_set(&keys, &view->apex, DCV_TYPE_DNSKEY) != NULL;
	set = dcv_answer_set(&ns, &view->apex, DCV_TYPE_NS);
	view->ns = dcv_arena_array(look->arena, set != NULL ? set->n : 0,
		sizeof(view->ns[0]));
	if (view->ns == NULL)
		return dcv_nomem(look->err);
	for (; rc == DCV_OK && set != NULL && view->n_ns < set->n; view->n_ns++)
		rc = look_at_server(look, &set->rdata[view->n_ns], &view->ns[view->n_ns]);
	return rc;
}

enum dcv_err dcv_backend_look(struct dcv_backend *backend, const struct dcv_name *owners,
	size_t n, struct dcv_arena *arena, struct dcv_zone_view *ret,
	struct dcv_error *err)
{
	struct dcv_zone_view view = {.apex = backend->apex,
		.place = dcv_arena_strdup(arena, backend->lent.account),
		.nodes = dcv_arena_array(arena, n, sizeof(view.nodes[0])),
		.n_nodes = n};
	struct dcv_error why = {0};
	struct look look = {.backend = backend, .arena = arena, .err = &why, .view = &view};
	uint8_t random[PROBE_LEN];
	enum dcv_err rc = dcv_random(random, sizeof random, &why);

	for (size_t i = 0; i < PROBE_LEN; i++)
		look.probe[i] = (char)('a' + random[i] % 26);
	if (rc == DCV_OK && (view.place == NULL || view.nodes == NULL))
		rc = dcv_nomem(&why);
	if (rc == DCV_OK)
		rc = look_at_apex(&look);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = look_at(&look, &owners[i], &view.nodes[i]);
	if (rc != DCV_OK)
		return dcv_fail(err, rc, "%s", why.text);
	*ret = view;
	return DCV_OK;
}
