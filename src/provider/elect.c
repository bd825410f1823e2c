/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a provider is told which of several zones of one name the world sees, and how
 * people are told of the others. It does not know how that is found out. */
#include <stdio.h>
#include <string.h>

#include "provider/http.h"

/* A provider's word is input. */
static enum dcvp_class parse(struct dcv_lent *lent, const char *text,
	struct dcv_name *ret, struct dcvp_error *err)
{
	if (dcv_name_parse(text, strlen(text), NULL, ret, NULL) == DCV_OK)
		return DCVP_OK;
	return dcv_lent_fail(lent, err, DCVP_INVALID, DCVP_CAUSE_INTERNAL,
		"the provider gave a name that is none: %.255s", text);
}

static enum dcvp_class convert(struct dcv_lent *lent, const struct dcvp_rival *from,
	struct dcv_rival *ret, struct dcvp_error *err)
{
	struct dcv_name *names = dcv_arena_array(lent->current, from->n_servers,
		sizeof(names[0]));
	enum dcvp_class class = names != NULL ? DCVP_OK : DCVP_NOMEM;

	for (size_t i = 0; class == DCVP_OK && i < from->n_servers; i++)
		class = parse(lent, from->servers[i], &names[i], err);
	*ret = (struct dcv_rival){.n_servers = from->n_servers, .servers = names};
	return class;
}

/* "Z1, Z2", but for the one at `without`. */
static const char *list(struct dcv_lent *lent, const struct dcvp_rival *rivals, size_t n,
	size_t without)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < n; i++) {
		if (i != without)
			text = dcv_arena_printf(lent->current, "%s%s%.64s", text,
				text[0] != '\0' ? ", " : "", rivals[i].id);
	}
	return text != NULL ? text : "";
}

/* "Z1 (ns-1.example. …), Z2 (…)": by their first server people tell them apart. */
static const char *list_servers(struct dcv_lent *lent, const struct dcvp_rival *rivals,
	size_t n)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < n; i++)
		text = dcv_arena_printf(lent->current, "%s%s%.64s (%.64s%s)", text,
			i > 0 ? ", " : "", rivals[i].id,
			rivals[i].n_servers > 0 ? rivals[i].servers[0] : "no server",
			rivals[i].n_servers > 1 ? " …" : "");
	return text != NULL ? text : "";
}

static void tell(struct dcv_lent *lent, const char *zone, const struct dcvp_rival *rivals,
	size_t n, size_t chosen)
{
	const char *line = dcv_arena_printf(lent->current,
		"warning: %s: account %s has %zu zones of this name: %s is the one that the "
		"parent delegates to; nobody sees what stands in %s",
		zone, lent->account, n, rivals[chosen].id, list(lent, rivals, n, chosen));

	if (line != NULL)
		dcv_lent_log(lent, DCVP_LOG_NOTE, line);
}

enum dcvp_class dcv_lent_elect(void *ctx, const char *zone,
	const struct dcvp_rival *rivals, size_t n, size_t *ret, struct dcvp_error *err)
{
	struct dcv_lent *lent = ctx;
	const struct dcv_electorate *by = &lent->services->electorate;
	struct dcv_rival *ours = dcv_arena_array(lent->current, n, sizeof(ours[0]));
	char why[DCV_RIVAL_WHY_MAX] = "it was not looked at";
	struct dcv_error failed = {0};
	struct dcv_name apex;
	enum dcvp_class class = ours != NULL ? parse(lent, zone, &apex, err) : DCVP_NOMEM;

	for (size_t i = 0; class == DCVP_OK && i < n; i++)
		class = convert(lent, &rivals[i], &ours[i], err);
	if (class != DCVP_OK)
		return class;
	*ret = n;
	if (by->elect != NULL &&
		by->elect(by->ctx, &apex, ours, n, ret, why, &failed) != DCV_OK)
		return dcv_lent_fail_of(lent, err, &failed);
	if (*ret == n)
		return dcv_lent_fail(lent, err, DCVP_INVALID, DCVP_CAUSE_NONE,
			"%s: several zones have this name, and its delegation does not say "
			"which one answers for it: %s: %.200s",
			zone, why, list_servers(lent, rivals, n));
	tell(lent, zone, rivals, n, *ret);
	return DCVP_OK;
}
