/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows when a zone that we write to is the one that the world asks. */
#include "check/guard.h"

#include <stdlib.h>
#include <string.h>

#include "check/survey_parts.h"
#include "dns/special.h"

static bool has(const struct dcv_name *names, size_t n, const struct dcv_name *name)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_name_equal(&names[i], name)) {
			return true;
		}
	}
	return false;
}

static enum dcv_platform platform_of(size_t n_same, size_t n_all)
{
	return n_same == n_all ? DCV_PLATFORM_SAME
		: n_same > 0   ? DCV_PLATFORM_OVERLAP
			       : DCV_PLATFORM_DISJOINT;
}

enum dcv_platform dcv_guard_compare(const struct dcv_name *ours, size_t n_ours,
	const struct dcv_name *parents, size_t n_parents)
{
	size_t same = 0, all = n_parents;

	if (n_ours == 0 || n_parents == 0) {
		return DCV_PLATFORM_NO_VIEW;
	}
	for (size_t i = 0; i < n_parents; i++) {
		same += has(ours, n_ours, &parents[i]);
	}
	for (size_t i = 0; i < n_ours; i++) {
		all += !has(parents, n_parents, &ours[i]);
	}
	return platform_of(same, all);
}

static bool is_asked(const struct dcv_survey *survey, const struct dcv_guard *guard)
{
	return survey->options.special_names ||
		dcv_name_special(&guard->apex) == DCV_NAME_ORDINARY;
}

/* The NS names that the world sees: the parent's, or the apex's where both are one server. */
static void take_parents(struct dcv_survey *survey, const struct dcv_zone_seen *zone,
	struct dcv_guard *guard)
{
	struct dcv_name *parents = dcv_survey_alloc(survey, zone->n_servers,
		sizeof *parents);

	guard->n_parents = 0;
	for (size_t i = 0; parents != NULL && i < zone->n_servers; i++) {
		if (zone->servers[i]->in_parent || !zone->has_parent_set) {
			parents[guard->n_parents++] = *zone->servers[i]->name;
		}
	}
	guard->parents = parents;
}

static void judge(struct dcv_survey *survey, const struct dcv_place_of_name *place,
	struct dcv_guard *guard)
{
	const struct dcv_zone_seen *zone = place->zone;

	guard->platform = DCV_PLATFORM_NO_VIEW;
	if (place->found == DCV_FOUND_SPECIAL || zone == NULL) {
		guard->why = "a special-use name, which is not asked for";
	} else if (dcv_name_equal(&zone->apex, &guard->apex)) {
		take_parents(survey, zone, guard);
		guard->platform = dcv_guard_compare(guard->ours, guard->n_ours,
			guard->parents, guard->n_parents);
		guard->why = guard->platform == DCV_PLATFORM_NO_VIEW
			? "the zone or its delegation names no name server"
			: NULL;
	} else if (place->found == DCV_FOUND_NO_VIEW) {
		guard->why = place->why;
	} else {
		guard->undelegated = true;
		guard->why = "the zone above does not delegate it";
	}
}

/* ---- by address, where the names are all different ---- */

static bool serves(const struct dcv_survey *survey, const struct dcv_zone_seen *zone,
	const struct dcv_name *ours)
{
	const struct dcv_host *host = dcv_names_get(&survey->hosts, ours, 0);

	for (size_t i = 0; host != NULL && i < host->n; i++) {
		for (size_t s = 0; s < zone->n_servers; s++) {
			for (size_t a = 0; a < zone->servers[s]->n_addresses; a++) {
				if (dcv_addr_equal(&host->addrs[i],
					    &zone->servers[s]->addresses[a]->addr)) {
					return true;
				}
			}
		}
	}
	return false;
}

static void judge_addresses(struct dcv_survey *survey, struct dcv_guard *guard)
{
	const struct dcv_zone *zone = dcv_zone_get(survey, &guard->apex);
	size_t same = 0;

	for (size_t i = 0; i < guard->n_ours; i++) {
		same += serves(survey, &zone->seen, &guard->ours[i]);
	}
	if (same > 0) {
		guard->by_address = true;
		guard->platform = platform_of(same, guard->n_ours);
	} else if (survey->late) {
		guard->platform = DCV_PLATFORM_NO_VIEW;
		guard->why = "the names differ, and there was no time to compare addresses";
	}
}

static void step_nothing(struct dcv_survey *survey, struct dcv_task *task)
{
	(void)survey;
	(void)task;
}

/* The addresses of our names and of the parent's. */
static void ask_addresses(struct dcv_survey *survey, const struct dcv_guard *guard,
	struct dcv_task *waiter)
{
	struct dcv_zone *zone = dcv_zone_get(survey, &guard->apex);

	for (size_t i = 0; i < guard->n_ours; i++) {
		(void)dcv_host_get(survey, &guard->ours[i], 0, NULL);
	}
	if (zone != NULL) {
		dcv_zone_hosts(survey, zone, true, waiter);
	}
}

static enum dcv_err compare_addresses(struct dcv_survey *survey, struct dcv_guard *guards,
	size_t n, struct dcv_error *err)
{
	struct dcv_task *waiter = dcv_survey_alloc(survey, 1, sizeof *waiter);
	enum dcv_err rc = DCV_OK;

	dcv_survey_next(survey);
	survey->eager = false;
	if (waiter != NULL) {
		waiter->step = step_nothing;
	}
	for (size_t i = 0; waiter != NULL && i < n; i++) {
		if (guards[i].platform == DCV_PLATFORM_DISJOINT) {
			ask_addresses(survey, &guards[i], waiter);
		}
	}
	rc = dcv_survey_run(survey, err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		if (guards[i].platform == DCV_PLATFORM_DISJOINT) {
			(void)dcv_zone_merge(survey,
				dcv_zone_get(survey, &guards[i].apex));
			judge_addresses(survey, &guards[i]);
		}
	}
	return rc;
}

enum dcv_err dcv_guard_run(struct dcv_survey *survey, struct dcv_guard *guards, size_t n,
	struct dcv_error *err)
{
	struct dcv_name *names = calloc(n > 0 ? n : 1, sizeof *names);
	struct dcv_place_of_name *places = calloc(n > 0 ? n : 1, sizeof *places);
	size_t n_asked = 0;
	enum dcv_err rc = DCV_OK;

	if (names == NULL || places == NULL) {
		free(names);
		free(places);
		return dcv_nomem(err);
	}
	for (size_t i = 0; i < n; i++) {
		if (is_asked(survey, &guards[i])) {
			names[n_asked++] = guards[i].apex;
		}
	}
	rc = dcv_survey_find(survey, names, n_asked, DCV_SURVEY_DELEGATION, places, err);
	for (size_t i = 0, k = 0; rc == DCV_OK && i < n; i++) {
		static const struct dcv_place_of_name special = {
			.found = DCV_FOUND_SPECIAL};

		judge(survey, is_asked(survey, &guards[i]) ? &places[k++] : &special,
			&guards[i]);
	}
	free(names);
	free(places);
	return rc == DCV_OK ? compare_addresses(survey, guards, n, err) : rc;
}
