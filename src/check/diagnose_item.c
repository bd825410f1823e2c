/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is wrong with one record that an order needs: its token, values in its way,
 * servers that lag, caches. Why it is nowhere, stands in diagnose_absent.c. */
#include <string.h>

#include "base/shell.h"
#include "check/diagnose_parts.h"
#include "check/judge.h"

#define DAY_S 86400

/* --- values --- */

bool dcv_symptom_has_value(uint16_t type, const struct dcv_rdata *list, size_t n,
	const struct dcv_rdata *value)
{
	for (size_t i = 0; i < n; i++) {
		if (dcv_judge_equal(type, &list[i], value))
			return true;
	}
	return false;
}

/* Of an alias the answer has its target: no value of the type. */
static bool has_records(const struct dcv_address_answer *answer)
{
	return answer->seen == DCV_SEEN_HAS && answer->n > 0;
}

static bool has_all(const struct dcv_symptom *item,
	const struct dcv_address_answer *answer)
{
	for (size_t i = 0; i < item->n_wanted; i++) {
		if (!dcv_symptom_has_value(item->type, answer->rdata, answer->n,
			    &item->wanted[i]))
			return false;
	}
	return item->n_wanted > 0 && has_records(answer);
}

/* Who knows names in lower case only says of any other that it does not exist. */
static bool is_answer(const struct dcv_address_answer *answer)
{
	return answer->seen == DCV_SEEN_HAS || answer->seen == DCV_SEEN_OLD ||
		(answer->seen == DCV_SEEN_ABSENT && !answer->address->folds_case);
}

const struct dcv_hop *dcv_symptom_end(const struct dcv_symptom *item)
{
	return item->look != NULL && item->look->n_hops > 0
		? &item->look->hops[item->look->n_hops - 1]
		: NULL;
}

size_t dcv_symptom_has(const struct dcv_symptom *item, size_t *ret_answered)
{
	const struct dcv_hop *end = dcv_symptom_end(item);
	size_t has = 0;

	*ret_answered = 0;
	for (size_t i = 0; end != NULL && i < end->n_answers; i++) {
		*ret_answered += is_answer(&end->answers[i]);
		has += is_answer(&end->answers[i]) && has_all(item, &end->answers[i]);
	}
	return has;
}

/* The first wanted value that no address has. */
const struct dcv_rdata *dcv_looking_missing(const struct dcv_looking *of)
{
	const struct dcv_symptom *item = of->item;

	for (size_t i = 0; i < item->n_wanted; i++) {
		bool there = false;

		for (size_t k = 0; of->end != NULL && k < of->end->n_answers; k++)
			there = there ||
				(has_records(&of->end->answers[k]) &&
					dcv_symptom_has_value(item->type,
						of->end->answers[k].rdata,
						of->end->answers[k].n, &item->wanted[i]));
		if (!there)
			return &item->wanted[i];
	}
	return item->n_wanted > 0 ? &item->wanted[0] : NULL;
}

/* The answer of an address that has records at the owner, else NULL. */
const struct dcv_address_answer *dcv_looking_filled(const struct dcv_hop *hop)
{
	for (size_t i = 0; hop != NULL && i < hop->n_answers; i++) {
		if (has_records(&hop->answers[i]))
			return &hop->answers[i];
	}
	return NULL;
}

/* --- saying --- */

const char *dcv_looking_line(const struct dcv_looking *of, const struct dcv_name *owner,
	uint32_t ttl_s, uint16_t type, const struct dcv_rdata *rdata)
{
	char text[DCV_TYPE_TEXT_MAX];

	return dcv_diagnosing_printf(of->making, "%s. %u %s %s",
		dcv_diagnosing_name(of->making, owner), ttl_s, dcv_type_text(type, text),
		dcv_diagnosing_rdata(of->making, type, rdata));
}

/* A value as an argument of a command line. */
static const char *argument(const struct dcv_looking *of, uint16_t type,
	const struct dcv_rdata *rdata)
{
	size_t len = 0;
	const char *text = dcv_near_octets(type, rdata, of->making->arena, &len);
	char shown[1024];

	if (text == NULL)
		return NULL;
	dcv_shown(shown, sizeof(shown), text, len);
	return dcv_shell_word(of->making->arena, shown);
}

/* A finding of this item: what is the same in all is filled in here. */
void dcv_looking_tell(const struct dcv_looking *of, struct dcv_saying saying)
{
	const struct dcv_rdata *missing = dcv_looking_missing(of);

	saying.item = of->index + 1;
	if (saying.where == NULL)
		saying.where = &of->item->owner;
	saying.blanks.owner = of->owner;
	saying.blanks.zone = of->zone;
	saying.blanks.type = of->type;
	if (saying.wanted == NULL && missing != NULL)
		saying.wanted = dcv_looking_line(of, &of->item->owner, 300,
			of->item->type, missing);
	if (missing != NULL)
		saying.blanks.value = dcv_diagnosing_rdata(of->making, of->item->type,
			missing);
	dcv_diagnosing_add(of->making, &saying);
}

/* --- what stands in the way --- */

/* Not wanted, and one of ours or of the CA's tokens; *ret_date: its date, 0 for none. */
static bool is_leftover(const struct dcv_looking *of, const struct dcv_rdata *rdata)
{
	const struct dcv_symptoms *order = of->making->symptoms;
	const struct dcv_symptom *item = of->item;
	size_t len = 0;
	const char *text;

	if (dcv_symptom_has_value(item->type, item->wanted, item->n_wanted, rdata))
		return false;
	if (dcv_symptom_has_value(item->type, item->former, item->n_former, rdata))
		return true;
	if (item->type == DCV_TYPE_CNAME)
		return true; /* a CNAME is alone, so it is in the way */
	if (order->ca == NULL || (order->coexist && of->has > 0))
		return false;
	text = dcv_near_octets(item->type, rdata, of->making->arena, &len);
	return text != NULL && dcv_token_fits(order->ca, text, len);
}

static bool date_of(const struct dcv_looking *of, const struct dcv_rdata *rdata,
	int64_t *ret_s)
{
	size_t len = 0;
	const char *text = dcv_near_octets(of->item->type, rdata, of->making->arena, &len);

	return text != NULL && of->making->symptoms->ca != NULL &&
		dcv_token_date(of->making->symptoms->ca, text, len, ret_s);
}

/* The day, in UTC. */
static const char *day(const struct dcv_looking *of, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	return dcv_diagnosing_printf(of->making, "%.10s", dcv_time_utc(time_s, text));
}

/* A newer token of the CA stands there: ours was replaced. */
static bool is_newer(const struct dcv_looking *of, const struct dcv_rdata *found)
{
	int64_t theirs_s, ours_s;

	return of->item->n_wanted > 0 && date_of(of, found, &theirs_s) &&
		date_of(of, &of->item->wanted[0], &ours_s) && theirs_s > ours_s;
}

static void tell_one_leftover(const struct dcv_looking *of,
	const struct dcv_address_answer *answer, const struct dcv_rdata *rdata)
{
	bool newer = of->has == 0 && is_newer(of, rdata);
	const char *seen = dcv_looking_line(of, &of->item->owner, answer->ttl_s,
		of->item->type, rdata);
	/* Where no zone is bound it is a person who deletes it. */
	const char *remedy = newer || of->item->bound.len > 0
		? NULL
		: dcv_diagnosing_printf(of->making, "help: delete the record %s", seen);

	dcv_looking_tell(of,
		(struct dcv_saying){.id = newer ? "P13" : "P03",
			.remedy = remedy,
			.text = newer ? "a newer token of the CA is served"
				: of->has > 0
				? "an earlier value stands beside the wanted one"
				: "an earlier value stands there instead",
			.seen = seen,
			.blanks = {.former = argument(of, of->item->type, rdata)}});
}

/* Values in the way at every address that answered; what only some have is their lag. */
bool dcv_looking_leftovers(const struct dcv_looking *of)
{
	const struct dcv_address_answer *first = dcv_looking_filled(of->end);
	bool told = false;

	for (size_t i = 0; first != NULL && i < first->n; i++) {
		bool everywhere = is_leftover(of, &first->rdata[i]);

		for (size_t k = 0; everywhere && k < of->end->n_answers; k++) {
			const struct dcv_address_answer *answer = &of->end->answers[k];

			everywhere = !is_answer(answer) ||
				dcv_symptom_has_value(of->item->type, answer->rdata,
					answer->n, &first->rdata[i]);
		}
		if (everywhere) {
			tell_one_leftover(of, first, &first->rdata[i]);
			told = true;
		}
	}
	return told;
}

/* --- the record is at some servers only --- */

static uint32_t newest_of(const struct dcv_looking *of)
{
	uint32_t ret = 0;
	bool any = false;

	for (size_t i = 0; i < of->end->n_answers; i++) {
		const struct dcv_address_answer *answer = &of->end->answers[i];

		if (!is_answer(answer) || !has_all(of->item, answer) ||
			!answer->address->has_serial)
			continue;
		/* RFC 1982: later, not larger. */
		if (!any || (int32_t)(answer->address->serial - ret) > 0)
			ret = answer->address->serial;
		any = true;
	}
	return ret;
}

static const char *lag_line(const struct dcv_looking *of,
	const struct dcv_address_answer *answer)
{
	const char *at = dcv_diagnosing_address(of->making, answer->server,
		answer->address);
	const char *what = answer->seen == DCV_SEEN_OLD ? "an alias"
		: answer->n > 0                         ? "another value"
							: "no such record";

	return answer->address->has_serial
		? dcv_diagnosing_printf(of->making, "%s: %s, serial %u", at, what,
			  answer->address->serial)
		: dcv_diagnosing_printf(of->making, "%s: %s", at, what);
}

/* After a move the former servers often stay in the delegation, each with its own NS set. */
static const char *former_remedy(const struct dcv_looking *of, const char *server)
{
	const struct dcv_zone_seen *zone = of->item->place->zone;

	return !zone->child_sets_differ
		? NULL
		: dcv_diagnosing_printf(of->making,
			  "help: if %s was left behind by a move of %s, take it out of the NS set at "
			  "the registrar; if it is a secondary, make it fetch the zone",
			  server, of->zone);
}

static void tell_lagging(const struct dcv_looking *of)
{
	uint32_t newest = newest_of(of);
	const char *list = NULL, *server = NULL;
	bool behind = false;

	for (size_t i = 0; i < of->end->n_answers; i++) {
		const struct dcv_address_answer *answer = &of->end->answers[i];

		if (!is_answer(answer) || has_all(of->item, answer))
			continue;
		behind = behind || !answer->address->has_serial || newest == 0 ||
			answer->address->serial != newest;
		server = dcv_diagnosing_address(of->making, answer->server,
			answer->address);
		list = dcv_diagnosing_join(of->making, list, lag_line(of, answer));
	}
	dcv_looking_tell(of,
		(struct dcv_saying){.id = behind ? "T22" : "T23",
			.wanted = "",
			.remedy = former_remedy(of, server),
			.text = dcv_diagnosing_printf(of->making,
				newest != 0 ? "%s; %zu of %zu addresses have it, serial %u"
					    : "%s; %zu of %zu addresses have it",
				list != NULL ? list : "", of->has, of->answered, newest),
			.blanks = {.server = server}});
}

/* --- resolvers that may show what they saw before --- */

/* The longest time that one of them keeps it; *ret_absent: that there is nothing. */
static uint32_t older_s(const struct dcv_looking *of, const char **ret_list,
	bool *ret_absent)
{
	uint32_t most_s = 0;

	*ret_list = NULL;
	for (size_t i = 0; i < of->end->n_answers; i++) {
		const struct dcv_address_answer *answer = &of->end->answers[i];

		if (!is_answer(answer) || has_all(of->item, answer) || answer->ttl_s == 0)
			continue;
		*ret_absent = answer->seen == DCV_SEEN_ABSENT;
		*ret_list = dcv_diagnosing_join(of->making, *ret_list,
			dcv_diagnosing_address(of->making, answer->server,
				answer->address));
		most_s = answer->ttl_s > most_s ? answer->ttl_s : most_s;
	}
	return most_s;
}

/* Who shows something else than what was written, or than another resolver, has it from before. */
static void tell_older(const struct dcv_looking *of)
{
	const struct dcv_symptoms *order = of->making->symptoms;
	const char *list;
	char when[DCV_TIME_TEXT_MAX], left[DCV_TIME_TEXT_MAX];
	bool absent = false;
	uint32_t left_s = older_s(of, &list, &absent);

	if (left_s == 0)
		return;
	dcv_time_local(order->now_s + left_s, when);
	dcv_looking_tell(of,
		(struct dcv_saying){.id = absent ? "T21" : "T20",
			.note = of->has == 0 && !of->item->written,
			.wanted = "",
			.text = dcv_diagnosing_printf(of->making,
				"%s may show %s from the cache until %s (%s)", list,
				absent ? "that there is nothing" : "an older answer",
				when, dcv_duration_text(left_s, left)),
			.blanks = {.until = when}});
}

/* --- token, shadow, caches --- */

static void tell_token(const struct dcv_looking *of)
{
	const struct dcv_symptoms *order = of->making->symptoms;
	int64_t from_s = order->first_applied_s;
	bool dated = of->item->n_wanted > 0 && date_of(of, &of->item->wanted[0], &from_s);
	int64_t end_s = order->ca == NULL
		? 0
		: from_s + (int64_t)order->ca->token_life_d * DAY_S;

	if (from_s == 0 || order->ca == NULL || order->now_s < end_s)
		return;
	dcv_looking_tell(of,
		(struct dcv_saying){.id = "P13",
			.wanted = "",
			.text = dcv_diagnosing_printf(of->making,
				"the token %sis of %s, unusable since %s",
				dated ? dcv_diagnosing_printf(of->making, "%s ",
						dcv_diagnosing_rdata(of->making,
							of->item->type,
							&of->item->wanted[0]))
				      : "",
				day(of, from_s), day(of, end_s))});
}

static void tell_shadow(const struct dcv_looking *of)
{
	for (size_t i = 0; i < of->item->n_probes; i++) {
		const struct dcv_look *look = &of->item->probed[i];
		const char *place;

		if (of->item->probes[i].kind != DCV_PROBE_BETWEEN || look->n_hops == 0 ||
			!look->hops[0].wildcard)
			continue;
		place = dcv_diagnosing_name(of->making, &of->item->probes[i].owner);
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P17",
				.remedy = of->item->bound.len > 0
					? NULL
					: dcv_diagnosing_printf(of->making,
						  "help: give %s of its own what the wildcard "
						  "answers for it, or validate at a name above it",
						  place),
				.wanted = "",
				.text = dcv_diagnosing_printf(of->making,
					"%s is answered by a wildcard, and would not be any "
					"more",
					place),
				.blanks = {.place = place}});
	}
}

static void tell_caches(const struct dcv_looking *of)
{
	const struct dcv_symptoms *order = of->making->symptoms;
	char when[DCV_TIME_TEXT_MAX], ttl[DCV_TIME_TEXT_MAX];

	if (of->item->settled_s <= order->now_s)
		return;
	dcv_time_local(of->item->settled_s, when);
	dcv_looking_tell(of,
		(struct dcv_saying){.id = of->item->was_absent ? "T21" : "T20",
			.note = !order->must_settle,
			.text = dcv_diagnosing_printf(of->making,
				"a cache that asked before may hold %s until %s (%s)",
				of->item->was_absent ? "that there was nothing"
						     : "the former answer",
				when, dcv_duration_text(of->item->cached_s, ttl)),
			.wanted = "",
			.blanks = {.until = when}});
}

static void tell_alabels(const struct dcv_looking *of)
{
	const struct dcv_name *owner = &of->item->owner;

	for (size_t i = 0; i < owner->len; i++) {
		if (owner->wire[i] < 0x80)
			continue;
		dcv_looking_tell(of,
			(struct dcv_saying){.id = "P16",
				.text = "it has octets beyond ASCII"});
		return;
	}
}

void dcv_diagnose_item(struct dcv_diagnosing *making, size_t index)
{
	const struct dcv_symptom *item = &making->symptoms->items[index];
	struct dcv_looking of = {.making = making, .index = index, .item = item};

	if (item->place == NULL || item->place->found != DCV_FOUND_ZONE ||
		item->look == NULL || item->look->n_hops == 0)
		return;
	of.end = dcv_symptom_end(item);
	of.has = dcv_symptom_has(item, &of.answered);
	of.owner = dcv_diagnosing_name(making, &item->owner);
	of.zone = dcv_diagnosing_name(making, &item->place->zone->apex);
	dcv_type_text(item->type, of.type);
	tell_token(&of);
	tell_alabels(&of);
	tell_shadow(&of);
	if (making->symptoms->through)
		tell_older(&of);
	if (of.has == 0 && (of.answered > 0 || item->look->hops[0].is_alias))
		dcv_looking_absent(&of);
	else if (of.has > 0 && of.has < of.answered && !making->symptoms->through)
		tell_lagging(&of);
	if (of.has > 0)
		(void)dcv_looking_leftovers(&of);
	if (of.has > 0 && of.has == of.answered)
		tell_caches(&of);
}
