/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows why a record is at no server: the first explanation that fits is told, so that
 * one mistake is one finding. */
#include <string.h>

#include "check/diagnose_parts.h"

/* "a -> b -> c", with what the last one would lead to if it is an alias too. */
static const char *chain(const struct dcv_looking *of)
{
	const struct dcv_look *look = of->item->look;
	const struct dcv_hop *last = &look->hops[look->n_hops - 1];
	const char *ret = dcv_diagnosing_name(of->making, look->hops[0].owner);

	for (size_t i = 1; i < look->n_hops; i++)
		ret = dcv_diagnosing_printf(of->making, "%s -> %s", ret,
			dcv_diagnosing_name(of->making, look->hops[i].owner));
	for (size_t i = 0; last->is_alias && i < last->n_answers; i++) {
		struct dcv_name target;

		if (last->answers[i].seen != DCV_SEEN_OLD || last->answers[i].n == 0 ||
			!dcv_name_from_wire(last->answers[i].rdata[0].wire,
				last->answers[i].rdata[0].len, &target))
			continue;
		return dcv_diagnosing_printf(of->making, "%s -> %s", ret,
			dcv_diagnosing_name(of->making, &target));
	}
	return ret;
}

/* Each of these returns true if it has told why. */

static bool is_disjoint(const struct dcv_symptom *item)
{
	return item->guard != NULL && item->guard->platform == DCV_PLATFORM_DISJOINT;
}

/* Where the alias at the owner leads. */
static bool target_of(const struct dcv_symptom *item, struct dcv_name *ret)
{
	if (item->look->n_hops > 1) {
		*ret = *item->look->hops[1].owner;
		return true;
	}
	for (size_t i = 0; i < item->n_probes; i++) {
		const struct dcv_look *look = &item->probed[i];

		if (item->probes[i].kind == DCV_PROBE_TYPE &&
			look->type == DCV_TYPE_CNAME && look->n > 0 &&
			dcv_name_from_wire(look->rdata[0].wire, look->rdata[0].len, ret))
			return true;
	}
	return false;
}

/* The token, as a CNAME in place of a TXT; with the zone behind it where the dot was missing. */
static bool is_token(const struct dcv_looking *of, const struct dcv_name *target)
{
	size_t len = 0;
	const struct dcv_rdata *missing = dcv_looking_missing(of);
	const char *text = missing == NULL
		? NULL
		: dcv_near_octets(of->item->type, missing, of->making->arena, &len);
	const char *name = dcv_diagnosing_name(of->making, target);

	return text != NULL && len > 0 && strncasecmp(name, text, len) == 0 &&
		(name[len] == '\0' || strcmp(name + len + 1, of->zone) == 0);
}

/* Where what is wanted can be written: at the end of the aliases, unless that is one itself, or no
 * zone of anybody's holds it. */
static const struct dcv_name *writable_end(const struct dcv_looking *of)
{
	const struct dcv_hop *end = of->end;

	return end != NULL && !end->is_alias && end->zone != NULL &&
			dcv_name_labels(&end->zone->apex) > 1
		? end->owner
		: NULL;
}

/* The alias is somebody's wish, and its end has no such record. */
static void tell_end(const struct dcv_looking *of, const char *name)
{
	const struct dcv_look *look = of->item->look;
	const struct dcv_name *end = writable_end(of);
	const struct dcv_rdata *missing = dcv_looking_missing(of);

	dcv_looking_tell(of,
		(struct dcv_saying){.id = "P11",
			.text = dcv_diagnosing_printf(of->making, "%s: %s%s%s", chain(of),
				look->end == DCV_LOOK_SET
					? "the wanted value is not at the end"
					: look->end == DCV_LOOK_LOOP ? "a loop"
					: look->end == DCV_LOOK_NODATA
					? "no such record at the end"
					: look->end == DCV_LOOK_NXDOMAIN
					? "the end does not exist"
					: look->end == DCV_LOOK_TOO_LONG
					? "more than 11 hops"
					: "the end cannot be looked up",
				look->why != NULL ? ": " : "",
				look->why != NULL ? look->why : ""),
			.wanted = end != NULL && missing != NULL
				? dcv_looking_line(of, end, 300, of->item->type, missing)
				: "",
			.remedy = end != NULL
				? NULL
				: dcv_diagnosing_printf(of->making,
					  "help: remove the alias %s, or let it lead "
					  "to a name that can hold the record",
					  of->owner),
			.blanks = {.target = end != NULL
					? dcv_diagnosing_name(of->making, end)
					: name}});
}

static bool tell_alias(const struct dcv_looking *of)
{
	const struct dcv_look *look = of->item->look;
	struct dcv_name target;
	const char *name;
	bool alias = look->n_hops > 0 && look->hops[0].is_alias;

	if (!alias || of->item->type != DCV_TYPE_TXT || !target_of(of->item, &target))
		return false;
	name = dcv_diagnosing_name(of->making, &target);
	if (is_token(of, &target)) {
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P06",
				.text = dcv_diagnosing_printf(of->making,
					"%s has it as CNAME, not as TXT", of->owner),
				.seen = dcv_diagnosing_printf(of->making,
					"%s. %u CNAME %s.", of->owner,
					look->hops[0].ttl_s, name)});
		return true;
	}
	if (look->hops[0].wildcard) {
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P10",
				.text = dcv_diagnosing_printf(of->making,
					"a wildcard makes %s an alias of %s", of->owner,
					name),
				.seen = dcv_diagnosing_printf(of->making,
					"%s. %u CNAME %s.", of->owner,
					look->hops[0].ttl_s, name)});
		return true;
	}
	tell_end(of, name);
	return true;
}

/* Both are served: by one server, or the alias by some and what stands beside it by others. */
bool dcv_looking_clash(const struct dcv_looking *of)
{
	const struct dcv_hop *hop = &of->item->look->hops[0];
	bool mine = dcv_looking_filled(hop) != NULL, other = false;

	for (size_t i = 0; i < hop->n_answers; i++)
		other = other || (hop->answers[i].seen == DCV_SEEN_OLD && hop->is_alias);
	for (size_t i = 0; i < of->item->n_probes; i++)
		other = other ||
			(of->item->probes[i].kind == DCV_PROBE_TYPE &&
				of->item->probed[i].n > 0);
	if (!mine || !other)
		return false;
	dcv_looking_tell(of,
		(struct dcv_saying){.id = "P08",
			.text = dcv_diagnosing_printf(of->making,
				"a CNAME and other data are served at %s", of->owner)});
	return true;
}

static bool tell_cut(const struct dcv_looking *of)
{
	const struct dcv_zone_seen *zone = of->item->place->zone;
	const char *apex;

	if (of->item->bound.len == 0 || zone == NULL ||
		dcv_name_equal(&zone->apex, &of->item->bound) ||
		!dcv_name_is_within(&zone->apex, &of->item->bound))
		return false;
	apex = dcv_diagnosing_name(of->making, &zone->apex);
	dcv_looking_tell(of,
		(struct dcv_saying){.id = "P12",
			.wanted = "",
			.text = dcv_diagnosing_printf(of->making,
				"%s is a zone of its own, what %s holds below it is not asked "
				"for",
				apex, dcv_diagnosing_name(of->making, &of->item->bound)),
			.blanks = {.place = apex}});
	return true;
}

/* CNAME to WANTED.ZONE. */
static bool is_appended(const struct dcv_looking *of, const struct dcv_rdata *found)
{
	const struct dcv_name *apex = &of->item->place->zone->apex;
	const struct dcv_rdata *missing = dcv_looking_missing(of);
	struct dcv_name wanted, target, rest;

	if (of->item->type != DCV_TYPE_CNAME || missing == NULL ||
		!dcv_name_from_wire(missing->wire, missing->len, &wanted) ||
		!dcv_name_from_wire(found->wire, found->len, &target) ||
		target.len <= wanted.len ||
		memcmp(target.wire, wanted.wire, wanted.len - 1u) != 0)
		return false;
	rest = dcv_name_parent(&target, dcv_name_labels(&wanted));
	return dcv_name_is_within(&rest, apex);
}

/* Of what is served, without the values that are wanted as they are. */
static const char *near_of(const struct dcv_looking *of, const struct dcv_rdata *missing,
	const struct dcv_address_answer *answer)
{
	struct dcv_rdata *others = dcv_arena_array(of->making->arena, answer->n,
		sizeof(*others));
	size_t n = 0;

	for (size_t i = 0; others != NULL && i < answer->n; i++) {
		if (!dcv_symptom_has_value(of->item->type, of->item->wanted,
			    of->item->n_wanted, &answer->rdata[i]))
			others[n++] = answer->rdata[i];
	}
	of->making->failed = of->making->failed || others == NULL;
	return dcv_near_miss(of->item->type, missing, others, n, of->making->arena);
}

static bool tell_near(const struct dcv_looking *of)
{
	const struct dcv_address_answer *answer = dcv_looking_filled(of->end);
	const struct dcv_rdata *missing = dcv_looking_missing(of);
	const char *how;

	if (answer == NULL || missing == NULL)
		return false;
	if (is_appended(of, &answer->rdata[0])) {
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P09",
				.text = "the target ends in the name of the zone",
				.seen = dcv_looking_line(of, &of->item->owner,
					answer->ttl_s, of->item->type, &answer->rdata[0])});
		return true;
	}
	how = near_of(of, missing, answer);
	if (how == NULL)
		return false;
	dcv_looking_tell(of,
		(struct dcv_saying){.id = "P07",
			.text = how,
			.seen = dcv_looking_line(of, &of->item->owner, answer->ttl_s,
				of->item->type, &answer->rdata[0])});
	return true;
}

/* The other type has the same value. */
static bool tell_type(const struct dcv_looking *of, const struct dcv_look *look)
{
	const struct dcv_rdata *missing = dcv_looking_missing(of);
	size_t n_wanted = 0, n = 0;
	const char *wanted = missing == NULL
		? NULL
		: dcv_near_octets(of->item->type, missing, of->making->arena, &n_wanted);
	char type[DCV_TYPE_TEXT_MAX];

	for (size_t i = 0; wanted != NULL && i < look->n; i++) {
		const char *found = dcv_near_octets(look->type, &look->rdata[i],
			of->making->arena, &n);

		n -= found != NULL && n > n_wanted && found[n - 1] == '.';
		if (found == NULL || n != n_wanted || strncasecmp(found, wanted, n) != 0)
			continue;
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P06",
				.text = dcv_diagnosing_printf(of->making,
					"%s has it as %s, not as %s", of->owner,
					dcv_type_text(look->type, type), of->type),
				.seen = dcv_looking_line(of, &of->item->owner,
					look->ttl_s, look->type, &look->rdata[i])});
		return true;
	}
	return false;
}

static bool tell_elsewhere(const struct dcv_looking *of, const struct dcv_probe *probe,
	const struct dcv_look *look)
{
	const struct dcv_rdata *missing = dcv_looking_missing(of);
	bool doubled = probe->kind == DCV_PROBE_DOUBLED;
	const char *place = dcv_diagnosing_name(of->making, &probe->owner);

	if (missing == NULL ||
		!dcv_symptom_has_value(of->item->type, look->rdata, look->n, missing) ||
		(look->n_hops > 0 && look->hops[0].wildcard))
		return false;
	dcv_looking_tell(of,
		(struct dcv_saying){.id = doubled ? "P04" : "P05",
			.text = dcv_diagnosing_printf(of->making, "published as %s", place),
			.seen = dcv_looking_line(of, &probe->owner, look->ttl_s,
				of->item->type, missing),
			.blanks = {.place = place}});
	return true;
}

static bool tell_probes(const struct dcv_looking *of)
{
	for (int kind = DCV_PROBE_DOUBLED; kind <= DCV_PROBE_TYPE; kind++) {
		for (size_t i = 0; i < of->item->n_probes; i++) {
			const struct dcv_probe *probe = &of->item->probes[i];

			if ((int)probe->kind != kind)
				continue;
			if (kind == DCV_PROBE_TYPE
					? tell_type(of, &of->item->probed[i])
					: tell_elsewhere(of, probe, &of->item->probed[i]))
				return true;
		}
	}
	return false;
}

static bool tell_written(const struct dcv_looking *of)
{
	const struct dcv_symptom *item = of->item;
	const struct dcv_zone_seen *zone = item->place->zone;
	const char *serials = "";

	if (!item->written)
		return false;
	/* Where a resolver was asked, its cache is told of already. */
	if (of->making->symptoms->through)
		return true;
	if (item->has_written_serial && zone != NULL && zone->has_soa)
		serials = dcv_diagnosing_printf(of->making,
			": serial %u is written, %u is served%s", item->written_serial,
			zone->serial,
			item->written_serial == zone->serial
				? ", so it was not raised or not reloaded"
				: "");
	dcv_looking_tell(of,
		(struct dcv_saying){.id = item->by_provider ? "T25" : "T24",
			.text = dcv_diagnosing_printf(of->making,
				"it is in the zone's data, and no name server has it%s",
				serials)});
	return true;
}

static bool another_is_there(const struct dcv_looking *of)
{
	const struct dcv_symptoms *order = of->making->symptoms;
	size_t answered;

	for (size_t i = 0; i < order->n_items; i++) {
		if (i != of->index && dcv_symptom_has(&order->items[i], &answered) > 0)
			return true;
	}
	return false;
}

static void tell_absent(const struct dcv_looking *of)
{
	const struct dcv_look *look = of->item->look;
	const struct dcv_address_answer *answer = dcv_looking_filled(of->end);
	bool through = of->making->symptoms->through, partly = false;
	const char *any = through ? "through any resolver" : "at any name server";

	for (size_t i = 0; answer != NULL && i < of->item->n_wanted; i++)
		partly = partly ||
			dcv_symptom_has_value(of->item->type, answer->rdata, answer->n,
				&of->item->wanted[i]);
	dcv_looking_tell(of,
		(struct dcv_saying){.id = of->item->was_effective ? "M67"
				: partly || another_is_there(of)  ? "P14"
								  : "P01",
			.text = of->item->was_effective
				? "every name server had it before, none has it now"
				: partly ? "one of the values wanted is not there"
				: look->end == DCV_LOOK_NXDOMAIN
				? dcv_diagnosing_printf(of->making,
					  "no such name %s (NXDOMAIN)", any)
				: look->end == DCV_LOOK_SET
				? through ? "other values only, through all resolvers"
					  : "other values only, at all name servers"
				: dcv_diagnosing_printf(of->making,
					  "no such record %s (NODATA)", any)});
}

void dcv_looking_absent(const struct dcv_looking *of)
{
	const struct dcv_hop *first = &of->item->look->hops[0];

	if (tell_cut(of) || is_disjoint(of->item))
		return;
	if (dcv_looking_clash(of) || tell_alias(of) || tell_written(of))
		return;
	if (first->wildcard && dcv_looking_filled(of->end) != NULL) {
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P10",
				.text = dcv_diagnosing_printf(of->making,
					"a wildcard answers for %s", of->owner),
				.seen = dcv_looking_line(of, &of->item->owner,
					dcv_looking_filled(of->end)->ttl_s, of->item->type,
					&dcv_looking_filled(of->end)->rdata[0])});
		return;
	}
	if (!tell_near(of) && !tell_probes(of) && !dcv_looking_leftovers(of))
		tell_absent(of);
}
