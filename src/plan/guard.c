/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what must not be written: owners outside what an order may write, owners
 * that the zone hides. */
#include <stdio.h>
#include <string.h>

#include "plan/internal.h"

/* Owners with an underscore that carry mail policy or service data, not validation. */
static const char *const policy_labels[] = {"_dmarc", "_domainkey", "_mta-sts", "_smtp",
	"_tlsrpt", NULL};
static const char *const transport_labels[] = {"_tcp", "_udp", "_tls", "_sctp", "_dccp",
	NULL};

static bool label_in(const struct dcv_name *name, unsigned i, const char *const *labels)
{
	for (; *labels != NULL; labels++) {
		if (dcv_name_label_is(name, i, *labels))
			return true;
	}
	return false;
}

static bool is_allowed(const struct dcv_world *world, const struct dcv_name *owner)
{
	for (size_t i = 0; i < world->n_allow; i++) {
		const char *item = world->allow[i];
		size_t len = strlen(item);
		struct dcv_name name;

		if (len > 0 && item[len - 1] == '.') {
			if (dcv_name_from(item, &name, NULL) == DCV_OK &&
				dcv_name_equal(&name, owner))
				return true;
		} else if (dcv_name_label_is(owner, 0, item)) {
			return true;
		}
	}
	return false;
}

const char *dcv_guard_owner(const struct dcv_world *world, const struct dcv_name *owner)
{
	if (world->has_allow)
		return is_allowed(world, owner) ? NULL
						: "`allow` of the zone does not name it";
	if (!dcv_name_is_underscored(owner))
		return NULL;
	if (label_in(owner, 0, policy_labels))
		return "its first label belongs to mail policy";
	if (dcv_name_labels(owner) > 1 && label_in(owner, 1, transport_labels))
		return "it belongs to service records (RFC 2782, RFC 6698)";
	return NULL;
}

const char *dcv_plan_guard(const struct dcv_world *world, const struct dcv_order *order,
	const struct dcv_claim *claim)
{
	/* Of an alias: what the order may name. `allow` of the zone where it ends is about that end. */
	const struct dcv_name *owner = world->has_allow ? dcv_claim_place(claim)
							: &claim->owner;
	const char *why = dcv_guard_owner(world, owner);

	if (why != NULL || world->has_allow || dcv_name_is_underscored(owner))
		return why;
	if (claim->type != DCV_TYPE_TXT)
		return "a name without leading underscore is shared with other data";
	if (claim->rdata.len >= 1 && claim->rdata.len == claim->rdata.wire[0] + 1u &&
		dcv_token_fits(order->ca, claim->rdata.wire + 1, claim->rdata.wire[0]))
		return NULL;
	return order->ca->has_token_form
		? "a shared name takes a TXT only in the form of the CA's tokens"
		: "the form of this CA's tokens is not known, so a shared name needs `allow`";
}

/* Nobody looks at a token before the CA does: one that was cut or folded when it was pasted is
 * told here. */
static void look_at_token(const struct dcv_making *making, const struct dcv_order *order,
	const struct dcv_claim *claim)
{
	size_t len = 0;
	const char *octets;

	/* A form with a prefix is that at shared names only. */
	if (!order->ca->has_token_form || order->ca->token_prefixes != NULL ||
		claim->type != DCV_TYPE_TXT)
		return;
	octets = dcv_txt_join(&claim->rdata, making->scratch, &len);
	if (octets == NULL || dcv_token_fits(order->ca, octets, len))
		return;
	dcv_diag_add(making->diags, DCV_SEV_WARNING, DCV_E_ORDER, &claim->place,
		"compare it with what the CA shows: cut, or folded?",
		"value: not in the form of a %s token: %s", order->ca->title,
		order->ca->token_shown);
	dcv_diag_cause(making->diags, "P07");
}

static void guard_claim(const struct dcv_making *making, const struct dcv_fact *fact)
{
	const struct dcv_claim *claim = fact->of.claim;
	const char *why = dcv_plan_guard(making->world, fact->subject->order, claim);
	char owner[DCV_NAME_TEXT_MAX];

	if (why == NULL) {
		look_at_token(making, fact->subject->order, claim);
		return;
	}
	dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, &claim->place,
		"name the owner in `allow` of the zone in the configuration, by its first label or "
		"its absolute name; the list replaces the usual rules, so name _dnsauth there too",
		"%s: an order may not write there: %s",
		dcv_name_text(&claim->owner, owner), why);
}

void dcv_guard_claims(const struct dcv_making *making)
{
	const struct dcv_zone_view *view = making->world->view;

	for (size_t i = 0; i < view->n_nodes; i++) {
		const struct dcv_facts wanted = dcv_facts_find(&making->wanted,
			&view->nodes[i].owner, 0, NULL);

		for (size_t k = 0; k < wanted.n; k++)
			guard_claim(making, &wanted.items[k]);
	}
}

/* Something comes into a node that no order wants: CAA, or what an undone run took. */
static bool gains(const struct dcv_making *making, const struct dcv_name *owner)
{
	return dcv_facts_find(&making->permitted, owner, 0, NULL).n > 0 ||
		dcv_facts_find(&making->returning, owner, 0, NULL).n > 0;
}

static void guard_node(const struct dcv_making *making, const struct dcv_node *node)
{
	const struct dcv_place *place = dcv_making_place(making, &node->owner);
	char owner[DCV_NAME_TEXT_MAX], cut[DCV_NAME_TEXT_MAX];
	char help[DCV_NAME_TEXT_MAX + 80];

	if (place == NULL && !gains(making, &node->owner))
		return;
	dcv_name_text(&node->owner, owner);
	if (node->cut.len != 0) {
		(void)snprintf(help, sizeof(help),
			"write it in the zone that the delegation or the DNAME at %s leads to",
			dcv_name_text(&node->cut, cut));
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, place, help,
			"%s: cannot be seen in this zone: it lies at or below %s, which is a "
			"delegation or a DNAME",
			owner, cut);
		dcv_diag_cause(making->diags, "P12");
	}
	if (node->generated != NULL)
		dcv_diag_add(making->diags, DCV_SEV_ERROR, DCV_E_REFUSED, place,
			"write those records out, or move the range of the $GENERATE",
			"%s: %s", owner, node->generated);
	dcv_guard_shadow(making, node, place);
}

void dcv_guard_nodes(const struct dcv_making *making)
{
	const struct dcv_zone_view *view = making->world->view;

	for (size_t i = 0; i < view->n_nodes; i++)
		guard_node(making, &view->nodes[i]);
	dcv_guard_untold(making);
}
