/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which hosts a new owner takes away from a wildcard, and what has to be copied
 * so that they answer as before. */
#include "plan/internal.h"

/* A wildcard answers for a name only while the closest encloser of that name is the wildcard's
 * parent (RFC 4592 3.3.1). A new owner brings every name between itself and that encloser into
 * existence, empty: such a name is answered with no data from then on, and it is the closest
 * encloser of all that lies below it, which the wildcard therefore answers no more either. So
 * each of these names needs the wildcard's records itself, and a wildcard of its own. */

static unsigned names_between(const struct dcv_node *node)
{
	return dcv_name_labels(&node->owner) - dcv_name_labels(&node->closest);
}

static bool takes_away(const struct dcv_node *node)
{
	return node->wildcard && names_between(node) >= 2;
}

/* The node of `*.NAME`, or NULL. */
static const struct dcv_node *wildcard_of(const struct dcv_making *making,
	const struct dcv_name *name)
{
	struct dcv_name wildcard;

	if (!dcv_name_prepend("*", 1, name, &wildcard))
		return NULL;
	return dcv_making_node(making, &wildcard);
}

/* Why a set of the wildcard cannot be copied; NULL: it can. */
static const char *uncopiable(const struct dcv_making *making,
	const struct dcv_node *from, size_t i)
{
	const struct dcv_rrset *set = &from->sets[i];
	const char *why = from->fixed != NULL ? from->fixed[i] : NULL, *text;
	char type[DCV_TYPE_TEXT_MAX];

	if (why == NULL && set->n == 0)
		why = "its data cannot be read";
	if (why == NULL && (set->type == DCV_TYPE_NS || set->type == DCV_TYPE_DNAME))
		why = "a delegation or a DNAME is not copied";
	if (why == NULL)
		return NULL;
	text = dcv_arena_printf(making->scratch, "its %s records: %s",
		dcv_type_text(set->type, type), why);
	return text != NULL ? text : why;
}

/* Why the wildcard cannot be copied for a new owner; NULL: it can. */
static const char *not_copied(const struct dcv_making *making, const struct dcv_node *node)
{
	const struct dcv_node *from = wildcard_of(making, &node->closest);
	const char *why = NULL;

	if (!dcv_making_wants_owner(making, &node->owner))
		return "it is done for validation records only";
	if (from == NULL || from->n_sets == 0)
		return "the wildcard was not read";
	for (unsigned i = 1; i < names_between(node); i++) {
		const struct dcv_name host = dcv_name_parent(&node->owner, i);

		if (dcv_making_node(making, &host) == NULL ||
			wildcard_of(making, &host) == NULL)
			return "the names in between were not read";
	}
	for (size_t i = 0; i < from->n_sets && why == NULL; i++)
		why = uncopiable(making, from, i);
	return why;
}

/* --- what is copied --- */

/* All values of the wildcard, to one owner. */
static bool copy_to(struct dcv_making *making, const struct dcv_node *from,
	const struct dcv_node *to, const struct dcv_subject *subject)
{
	for (size_t i = 0; i < from->n_sets; i++) {
		const struct dcv_rrset *set = &from->sets[i];

		for (size_t k = 0; k < set->n; k++) {
			const struct dcv_fact fact = {.owner = &to->owner,
				.type = set->type,
				.rdata = &set->rdata[k],
				.subject = subject,
				.of.set = set};

			if (!dcv_facts_add(making, &making->copied, &fact))
				return false;
		}
	}
	return true;
}

static bool copy_for(struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_subject *subject)
{
	const struct dcv_node *from = wildcard_of(making, &node->closest);

	for (unsigned i = 1; i < names_between(node); i++) {
		const struct dcv_name host = dcv_name_parent(&node->owner, i);

		if (!copy_to(making, from, dcv_making_node(making, &host), subject) ||
			!copy_to(making, from, wildcard_of(making, &host), subject))
			return false;
	}
	return true;
}

/* A copy that stands stays as long as some order has an owner below, so that order has a part
 * in it. One that somebody took away is not put back: there may be data of its own. */
static bool adopt_at(struct dcv_making *making, const struct dcv_node *at,
	const struct dcv_subject *subject)
{
	struct dcv_facts held = {0, NULL};

	if (at != NULL)
		held = dcv_facts_find(&making->held, &at->owner, 0, NULL);
	for (size_t i = 0; i < held.n; i++) {
		const struct dcv_claim_row *row = held.items[i].of.row;
		const struct dcv_rrset *set = dcv_node_set(at, row->type);
		const struct dcv_fact fact = {.owner = &at->owner,
			.type = row->type,
			.rdata = &row->rdata,
			.subject = subject};

		if (row->keep == DCV_KEEP_COPY && set != NULL &&
			dcv_rrset_has(set, &row->rdata) &&
			!dcv_facts_add(making, &making->copied, &fact))
			return false;
	}
	return true;
}

static bool adopt_for(struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_subject *subject)
{
	unsigned apex = dcv_name_labels(&making->world->view->apex);
	unsigned labels = dcv_name_labels(&node->owner);

	for (unsigned i = 1; labels > apex && i < labels - apex; i++) {
		const struct dcv_name host = dcv_name_parent(&node->owner, i);

		if (!adopt_at(making, dcv_making_node(making, &host), subject) ||
			!adopt_at(making, wildcard_of(making, &host), subject))
			return false;
	}
	return true;
}

bool dcv_shadow_prepare(struct dcv_making *making)
{
	const struct dcv_zone_view *view = making->world->view;
	bool copies = making->world->shadow == DCV_PLAN_SHADOW_COPY;

	for (size_t i = 0; i < view->n_nodes; i++) {
		const struct dcv_node *node = &view->nodes[i];
		const struct dcv_facts wanted = dcv_facts_find(&making->wanted,
			&node->owner, 0, NULL);

		if (wanted.n == 0)
			continue;
		if (copies && takes_away(node) && not_copied(making, node) == NULL &&
			!copy_for(making, node, wanted.items[0].subject))
			return false;
		if (making->staying != NULL &&
			!adopt_for(making, node, wanted.items[0].subject))
			return false;
	}
	dcv_facts_sort(&making->copied);
	return true;
}

/* --- what is refused --- */

static const char *way_out(bool accepts, bool copy_fails)
{
	if (accepts)
		return "--shadow copy gives these hosts the records of the wildcard";
	if (copy_fails)
		return "validate at the parent, or add the records of that host to the zone first; "
		       "or this again with --shadow accept (these hosts go dark)";
	return "validate at the parent, or add the records of that host to the zone first; or this "
	       "again with --shadow copy (the wildcard's records are copied to these hosts) or "
	       "--shadow accept (they go dark)";
}

static void tell(const struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_place *place, const char *why)
{
	unsigned between = names_between(node);
	bool accepts = making->world->shadow == DCV_PLAN_SHADOW_ACCEPT;
	char owner[DCV_NAME_TEXT_MAX], host[DCV_NAME_TEXT_MAX], top[DCV_NAME_TEXT_MAX],
		closest[DCV_NAME_TEXT_MAX];
	const struct dcv_name dark = dcv_name_parent(&node->owner, 1);
	const struct dcv_name highest = dcv_name_parent(&node->owner, between - 1);

	dcv_name_text(&node->owner, owner);
	dcv_name_text(&dark, host);
	dcv_name_text(&highest, top);
	dcv_name_text(&node->closest, closest);
	dcv_diag_add(making->diags, accepts ? DCV_SEV_WARNING : DCV_SEV_ERROR,
		accepts ? DCV_OK : DCV_E_REFUSED, place, way_out(accepts, why != NULL),
		"%s: %s take %s out of the wildcard *.%s: that host answers through the wildcard "
		"today and %s go dark, and so %s %s%s (RFC 4592)%s%s",
		owner, accepts ? "will" : "would", host, closest,
		accepts ? "will" : "would", accepts ? "will" : "would",
		between > 2 ? top : "",
		between > 2 ? " and every name below it" : "every name below it",
		why != NULL ? "; --shadow copy cannot help: " : "",
		why != NULL ? why : "");
	dcv_diag_cause(making->diags, "P17");
}

/* An undone run had taken the records of these hosts too. */
static bool hosts_return(const struct dcv_making *making, const struct dcv_node *node)
{
	for (unsigned i = 1; i < names_between(node); i++) {
		const struct dcv_name host = dcv_name_parent(&node->owner, i);

		if (dcv_facts_find(&making->returning, &host, 0, NULL).n == 0)
			return false;
	}
	return true;
}

/* Something comes to a new owner far enough below the apex to take hosts from a wildcard, and the
 * backend does not tell whether there is one. */
static bool is_untold(const struct dcv_making *making, const struct dcv_node *node)
{
	return node->closest.len == 0 && node->n_sets == 0 &&
		dcv_making_wants_owner(making, &node->owner) &&
		dcv_name_labels(&node->owner) >
		dcv_name_labels(&making->world->view->apex) + 1;
}

void dcv_guard_untold(const struct dcv_making *making)
{
	const struct dcv_zone_view *view = making->world->view;
	char owner[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < view->n_nodes; i++) {
		if (!is_untold(making, &view->nodes[i]))
			continue;
		dcv_diag_add(making->diags, DCV_SEV_WARNING, DCV_OK,
			dcv_making_place(making, &view->nodes[i].owner),
			"see that no host between it and the apex lives by a wildcard: it would go dark",
			"%s: %s does not tell which names exist: whether this takes a host out of "
			"a wildcard was not looked at (RFC 4592)",
			dcv_name_text(&view->nodes[i].owner, owner), view->place);
		return;
	}
}

void dcv_guard_shadow(const struct dcv_making *making, const struct dcv_node *node,
	const struct dcv_place *place)
{
	const char *why = NULL;

	if (!takes_away(node) || hosts_return(making, node))
		return;
	if (making->world->shadow == DCV_PLAN_SHADOW_COPY) {
		why = not_copied(making, node);
		if (why == NULL)
			return;
	}
	tell(making, node, place, why);
}
