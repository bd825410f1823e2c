/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how what the server told crosses the interface. It does not know how it is
 * asked. */
#include <stdio.h>
#include <string.h>

#include "providers/rfc2136/calls.h"
#include "providers/rfc2136/fail.h"
#include "providers/rfc2136/look.h"

/* FNV-1a, of 64 bits. */
#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static void *host_array(const struct dcv_rsession *session, size_t n, size_t size)
{
	/* One octet for an empty array, so that NULL always means that memory is out. */
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return session->host->alloc(session->host->ctx, n * size > 0 ? n * size : 1);
}

static const char *host_text(const struct dcv_rsession *session, const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = host_array(session, n, 1);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}

static const char *host_name(const struct dcv_rsession *session,
	const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];

	return host_text(session, dcv_name_text(name, text));
}

static bool give_set(struct dcv_rsession *session, const struct dcv_rrset *from,
	struct dcvp_rrset *ret)
{
	const char **rdata = host_array(session, from->n, sizeof *rdata);

	*ret = (struct dcvp_rrset){.owner = host_name(session, &from->owner),
		.type = from->type,
		.ttl_s = from->ttl_s,
		.n = from->n,
		.rdata = rdata};
	if (rdata == NULL || ret->owner == NULL)
		return false;
	for (size_t i = 0; i < from->n; i++) {
		char *text = dcv_rdata_dup_text(from->type, &from->rdata[i],
			&session->call);

		rdata[i] = text == NULL ? NULL : host_text(session, text);
		if (rdata[i] == NULL)
			return false;
	}
	return true;
}

static bool give_sets(struct dcv_rsession *session, const struct dcv_rrset *from,
	size_t n, const struct dcvp_rrset **ret)
{
	struct dcvp_rrset *sets = host_array(session, n, sizeof *sets);
	bool good = sets != NULL;

	for (size_t i = 0; good && i < n; i++)
		good = give_set(session, &from[i], &sets[i]);
	*ret = sets;
	return good;
}

static bool give_node(struct dcv_rsession *session, const struct dcv_node *from,
	struct dcvp_node *ret)
{
	*ret = (struct dcvp_node){.owner = host_name(session, &from->owner),
		.closest = host_name(session, &from->closest),
		.wildcard = from->wildcard,
		.n_sets = from->n_sets};
	if (from->cut.len > 0)
		ret->cut = host_name(session, &from->cut);
	return ret->owner != NULL && ret->closest != NULL &&
		(from->cut.len == 0 || ret->cut != NULL) &&
		give_sets(session, from->sets, from->n_sets, &ret->sets);
}

static uint64_t hash(uint64_t state, const void *octets, size_t n)
{
	const uint8_t *at = octets;

	for (size_t i = 0; i < n; i++)
		state = (state ^ at[i]) * FNV_PRIME;
	return state;
}

/* Of what was read, in whatever order the server told it: others may change the rest of the
 * zone meanwhile. */
static uint64_t tag_of(const struct dcv_zone_view *view)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < view->n_nodes; i++) {
		const struct dcv_node *node = &view->nodes[i];

		for (size_t k = 0; k < node->n_sets; k++) {
			const struct dcv_rrset *set = &node->sets[k];
			uint64_t head = hash(FNV_BASIS, node->owner.wire, node->owner.len);

			head = hash(head, &set->type, sizeof set->type);
			head = hash(head, &set->ttl_s, sizeof set->ttl_s);
			for (size_t v = 0; v < set->n; v++)
				sum += hash(head, set->rdata[v].wire, set->rdata[v].len);
		}
	}
	return sum;
}

static bool give_servers(struct dcv_rsession *session, const struct dcv_zone_view *view,
	struct dcvp_zone *ret)
{
	struct dcvp_ns *ns = host_array(session, view->n_ns, sizeof *ns);
	bool good = ns != NULL;

	for (size_t i = 0; good && i < view->n_ns; i++) {
		ns[i] = (struct dcvp_ns){.name = host_name(session, &view->ns[i].name),
			.n_sets = view->ns[i].n};
		good = ns[i].name != NULL &&
			give_sets(session, view->ns[i].addresses, view->ns[i].n,
				&ns[i].sets);
	}
	ret->ns = ns;
	ret->n_ns = view->n_ns;
	return good;
}

static enum dcvp_class give(struct dcv_rsession *session,
	const struct dcv_zone_view *view, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcvp_node *nodes = host_array(session, view->n_nodes, sizeof *nodes);
	char addr[DCV_ADDR_TEXT_MAX], tag[17];
	struct dcvp_zone zone = {.is_signed = view->is_signed,
		.serial = view->serial,
		.soa_ttl_s = view->soa_ttl_s,
		.soa_minimum_s = view->soa_minimum_s,
		.n_nodes = view->n_nodes,
		.nodes = nodes};
	bool good = nodes != NULL;

	(void)snprintf(tag, sizeof tag, "%016llx", (unsigned long long)tag_of(view));
	zone.etag = host_text(session, tag);
	zone.place = host_text(session, dcv_rlink_text(&session->link, addr));
	good = good && zone.etag != NULL && zone.place != NULL &&
		give_servers(session, view, &zone);
	for (size_t i = 0; good && i < view->n_nodes; i++)
		good = give_node(session, &view->nodes[i], &nodes[i]);
	if (!good)
		return dcv_rnomem(err);
	*ret = zone;
	return DCVP_OK;
}

enum dcvp_class dcv_rread(void *ctx, const char *zone, const char *const *owners,
	size_t n, struct dcvp_zone *ret, struct dcvp_error *err)
{
	struct dcv_rsession *session = ctx;
	struct dcv_zone_view view;
	struct dcv_name apex, *names;
	enum dcvp_class end = dcv_rsession_call(session, zone, &apex, err);

	names = dcv_arena_array(&session->call, n, sizeof *names);
	if (end == DCVP_OK && names == NULL)
		return dcv_rnomem(err);
	for (size_t i = 0; end == DCVP_OK && i < n; i++) {
		end = dcv_rname(owners[i], &names[i], err);
		if (end == DCVP_OK && !dcv_name_is_within(&names[i], &apex))
			end = dcv_rfail(err, DCVP_INVALID, DCVP_CAUSE_VALUE,
				"rfc2136: %.300s does not lie in %.100s", owners[i], zone);
	}
	if (end == DCVP_OK)
		end = dcv_rlook(session, zone, &apex, names, n, &view, err);
	return end == DCVP_OK ? give(session, &view, ret, err) : end;
}

enum dcvp_class dcv_rfind_zone(void *ctx, const char *zone, struct dcvp_error *err)
{
	struct dcv_rsession *session = ctx;
	struct dcv_name apex;
	enum dcvp_class end = dcv_rsession_call(session, zone, &apex, err);

	return end == DCVP_OK ? dcv_rlook_zone(session, zone, &apex, err) : end;
}

/* Without a zone of its own the account is asked for the root's SOA: the answer is of no matter,
 * the signature is. */
enum dcvp_class dcv_rprobe(void *ctx, const char **ret, struct dcvp_error *err)
{
	struct dcv_rsession *session = ctx;
	char zone[DCV_NAME_TEXT_MAX] = ".", addr[DCV_ADDR_TEXT_MAX],
	     line[DCV_ADDR_TEXT_MAX + DCV_NAME_TEXT_MAX + 64], key[DCV_NAME_TEXT_MAX];
	struct dcv_name apex;
	enum dcvp_class end;

	if (session->zone.len > 0)
		(void)dcv_name_text(&session->zone, zone);
	end = dcv_rsession_call(session, zone, &apex, err);
	if (end == DCVP_OK)
		end = dcv_rlook_zone(session, zone, &apex, err);
	if (end == DCVP_NO_ZONE && session->zone.len == 0) {
		*err = (struct dcvp_error){.text = ""};
		end = DCVP_OK;
	}
	if (end != DCVP_OK)
		return end;
	(void)snprintf(line, sizeof line, "%s answers%s %s (%s)",
		dcv_rlink_text(&session->link, addr),
		session->believed ? " and takes the key"
				  : "; only about a zone of its own does it check the key",
		dcv_name_text(&session->key.name, key), dcv_tsig_algorithm(&session->key));
	*ret = host_text(session, line);
	return *ret == NULL ? dcv_rnomem(err) : DCVP_OK;
}
