/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how findings are gathered, and what they make of the steps of a validation. */
#include "check/diagnose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/diagnose_parts.h"

#define DAY_S INT64_C(86400)
#define SHOWN_MAX 300 /* characters of a value */
#define JOIN_MAX 8u

/* --- gathering --- */

const char *dcv_diagnosing_printf(struct dcv_diagnosing *making, const char *fmt, ...)
{
	char text[2048];
	const char *ret;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ret = dcv_arena_strdup(making->arena, text);
	making->failed = making->failed || ret == NULL;
	return ret != NULL ? ret : "?";
}

const char *dcv_diagnosing_name(struct dcv_diagnosing *making, const struct dcv_name *name)
{
	char text[DCV_NAME_TEXT_MAX];
	size_t len = strlen(dcv_name_text(name, text));

	return dcv_diagnosing_printf(making, "%.*s", (int)(len > 1 ? len - 1 : len), text);
}

const char *dcv_diagnosing_rdata(struct dcv_diagnosing *making, uint16_t type,
	const struct dcv_rdata *rdata)
{
	const char *text = dcv_rdata_dup_text(type, rdata, making->arena);

	making->failed = making->failed || text == NULL;
	if (text == NULL || strlen(text) <= SHOWN_MAX)
		return text != NULL ? text : "?";
	return dcv_diagnosing_printf(making, "%.*s…", SHOWN_MAX, text);
}

const char *dcv_diagnosing_address(struct dcv_diagnosing *making,
	const struct dcv_zone_server *server, const struct dcv_zone_address *address)
{
	char text[DCV_ADDR_TEXT_MAX];

	return dcv_diagnosing_printf(making, "%s %s",
		dcv_diagnosing_name(making, server->name),
		dcv_addr_text(&address->addr, text));
}

const char *dcv_diagnosing_join(struct dcv_diagnosing *making, const char *list,
	const char *item)
{
	size_t n = 1;

	if (list == NULL || list[0] == '\0')
		return item;
	for (const char *c = strstr(list, ", "); c != NULL; c = strstr(c + 2, ", "))
		n++;
	if (n > JOIN_MAX)
		return list;
	return n == JOIN_MAX ? dcv_diagnosing_printf(making, "%s, …", list)
			     : dcv_diagnosing_printf(making, "%s, %s", list, item);
}

bool dcv_diagnosing_has(const struct dcv_diagnosing *making, const char *id,
	const struct dcv_name *where)
{
	for (size_t i = 0; i < making->n; i++) {
		if (strcmp(making->findings[i].cause->id, id) == 0 &&
			(where == NULL ||
				dcv_name_equal(&making->findings[i].where, where)))
			return true;
	}
	return false;
}

static const char *fill(struct dcv_diagnosing *making, const char *text,
	const struct dcv_blanks *blanks)
{
	struct dcv_buf buf;
	const char *ret;

	dcv_buf_init(&buf, 65536);
	dcv_cause_fill(text, blanks, &buf);
	ret = buf.failed ? NULL : dcv_arena_strdup(making->arena, dcv_buf_text(&buf));
	making->failed = making->failed || ret == NULL;
	dcv_buf_clear(&buf);
	return ret != NULL ? ret : "";
}

static bool is_told(const struct dcv_diagnosing *making, const struct dcv_saying *saying)
{
	for (size_t i = 0; i < making->n; i++) {
		if (strcmp(making->findings[i].cause->id, saying->id) == 0 &&
			strcmp(making->findings[i].text, saying->text) == 0 &&
			(saying->where == NULL ||
				dcv_name_equal(&making->findings[i].where, saying->where)))
			return true;
	}
	return false;
}

void dcv_diagnosing_add(struct dcv_diagnosing *making, const struct dcv_saying *saying)
{
	const struct dcv_cause *cause = dcv_cause_find(saying->id);
	struct dcv_blanks blanks = saying->blanks;
	struct dcv_finding *grown;

	if (cause == NULL || is_told(making, saying))
		return;
	grown = dcv_arena_grow(making->arena, making->findings, making->n, sizeof(*grown));
	if (grown == NULL) {
		making->failed = true;
		return;
	}
	if (blanks.order == NULL && making->symptoms->order != NULL)
		blanks.order = making->symptoms->order;
	if (blanks.order != NULL && blanks.order[0] == '\0')
		blanks.order = NULL;
	making->findings = grown;
	grown[making->n++] = (struct dcv_finding){.cause = cause,
		.note = saying->note,
		.where = saying->where != NULL ? *saying->where
					       : (struct dcv_name){.len = 0},
		.text = saying->text,
		.seen = saying->seen != NULL ? saying->seen : "",
		.wanted = saying->wanted != NULL ? saying->wanted : "",
		.remedy = saying->remedy != NULL ? saying->remedy
						 : fill(making, cause->remedy, &blanks),
		.item = saying->item > 0 ? saying->item - 1 : SIZE_MAX};
}

/* --- the CA's part --- */

/* A word of a name that CAs look at with care: a part between hyphens, "bank" and "pay" also at
 * its beginning or end. */
static const char *special_word(const char *part, size_t n)
{
	static const char *const words[] = {"bank", "pay", "live", NULL};

	for (const char *const *word = words; *word != NULL; word++) {
		size_t len = strlen(*word);
		bool whole = n == len && strncmp(part, *word, n) == 0;

		if (whole)
			return *word;
		if (n > len && strcmp(*word, "live") != 0 &&
			(strncmp(part, *word, len) == 0 ||
				strncmp(part + n - len, *word, len) == 0))
			return *word;
	}
	return NULL;
}

static void tell_words(struct dcv_diagnosing *making, const struct dcv_name *name)
{
	const char *text = dcv_diagnosing_name(making, name);

	for (const char *at = text; *at != '\0';) {
		size_t n = strcspn(at, ".-");
		const char *word = special_word(at, n);

		if (word != NULL) {
			dcv_diagnosing_add(making,
				&(struct dcv_saying){.id = "M64",
					.note = true,
					.where = name,
					.text = dcv_diagnosing_printf(making,
						"%s has the word `%s`", text, word),
					.blanks = {.owner = text}});
			return;
		}
		at += n + (at[n] != '\0');
	}
}

/* The days of the new moon festival by year, in UTC days since 1970. */
static const char *holiday(int64_t now_s)
{
	static const int64_t spring[] = {20501, 20855, 21209, 21593, 21948, 22302, 22686};
	char text[DCV_TIME_TEXT_MAX];
	int64_t day = now_s / DAY_S;

	dcv_time_utc(now_s, text); /* 2026-12-24T… */
	if ((strncmp(text + 5, "12-", 3) == 0 && strncmp(text + 8, "24", 2) >= 0) ||
		strncmp(text + 5, "01-01", 5) == 0)
		return "it is Christmas time";
	for (size_t i = 0; i < sizeof(spring) / sizeof(spring[0]); i++) {
		if (day >= spring[i] - 1 && day <= spring[i] + 7)
			return "it is the Spring Festival";
	}
	return NULL;
}

static void tell_review(struct dcv_diagnosing *making)
{
	const struct dcv_symptoms *of = making->symptoms;
	const char *why = holiday(of->now_s);

	if (of->rejected)
		dcv_diagnosing_add(making,
			&(struct dcv_saying){.id = "M61",
				.text = "the service has refused the application"});
	if (of->organisation_open)
		dcv_diagnosing_add(making,
			&(struct dcv_saying){.id = "M62",
				.text = "the service says that the organisation is open"});
	for (size_t i = 0; of->review && i < of->n_names; i++)
		tell_words(making, &of->names[i]);
	if (of->review && why != NULL)
		dcv_diagnosing_add(making,
			&(struct dcv_saying){.id = "M65", .note = true, .text = why});
}

int64_t dcv_working_days(int64_t from_s, unsigned n)
{
	while (n > 0) {
		from_s += DAY_S;
		/* 1970-01-01 was a Thursday: 4, Sunday being 0. */
		if ((from_s / DAY_S + 4) % 7 != 0 && (from_s / DAY_S + 4) % 7 != 6)
			n--;
	}
	return from_s;
}

/* --- steps --- */

struct count {
	size_t items, looked, there, everywhere, zones, unchecked;
};

static struct count count_items(const struct dcv_symptoms *of)
{
	struct count ret = {.items = of->n_items};

	for (size_t i = 0; i < of->n_items; i++) {
		const struct dcv_symptom *item = &of->items[i];
		size_t answered, has = dcv_symptom_has(item, &answered);

		ret.looked += answered > 0 ||
			(item->look != NULL && item->look->n_hops > 0 &&
				item->look->hops[0].is_alias);
		ret.there += has > 0;
		ret.everywhere += has > 0 && has == answered;
		ret.zones += item->place != NULL && item->place->found == DCV_FOUND_ZONE;
		ret.unchecked += item->gate == NULL ||
			item->gate->gate == DCV_GATE_NOT_CHECKED;
	}
	return ret;
}

static bool has_failed(const struct dcv_caa_result *result)
{
	return result != NULL && result->verdict == DCV_CAA_ERROR;
}

/* That a look-up failed may be told of a server, in an earlier step. */
static bool caa_is_known(const struct dcv_symptoms *of)
{
	for (size_t i = 0; i < of->n_caa; i++) {
		const struct dcv_symptom_caa *caa = &of->caa[i];

		if ((caa->result == NULL && caa->eye_result == NULL) ||
			has_failed(caa->result) || has_failed(caa->eye_result))
			return false;
	}
	return of->n_caa > 0;
}

static const char *say_platform(struct dcv_diagnosing *making, const struct count *count)
{
	const struct dcv_symptoms *of = making->symptoms;
	const struct dcv_zone_seen *zone = of->n_items > 0 && of->items[0].place != NULL
		? of->items[0].place->zone
		: NULL;
	const char *list = NULL;
	const struct dcv_eye_gate *gate = of->n_items > 0 ? of->items[0].gate : NULL;

	if (of->through)
		list = "seen through resolvers only, not at each name server";
	for (size_t i = 0; zone != NULL && i < zone->n_servers; i++)
		list = dcv_diagnosing_join(making, list,
			dcv_diagnosing_name(making, zone->servers[i]->name));
	return dcv_diagnosing_printf(making, "%s; DNSSEC %s", list != NULL ? list : "",
		count->unchecked > 0 || gate == NULL    ? "was not checked"
			: gate->state == DCV_EYE_SECURE ? "secure"
							: "insecure (no DS)");
}

static const char *say_caa(struct dcv_diagnosing *making)
{
	const struct dcv_symptoms *of = making->symptoms;

	for (size_t i = 0; i < of->n_caa; i++) {
		const struct dcv_caa_result *result = of->caa[i].result;
		const struct dcv_survey_climb *climb = of->caa[i].climb;

		if (result == NULL || climb == NULL || result->step >= climb->n ||
			climb->steps[result->step].n == 0)
			continue;
		return dcv_diagnosing_printf(making, "%s CAA %s permits %s",
			dcv_diagnosing_name(making, climb->steps[result->step].at),
			dcv_diagnosing_rdata(making, DCV_TYPE_CAA,
				&climb->steps[result->step].rdata[result->record <
							climb->steps[result->step].n
						? result->record
						: 0]),
			of->ca_title != NULL ? of->ca_title : "the CA");
	}
	return "no CAA record governs: every CA may issue";
}

/* What the steps are where no finding says NO, and one line on each. */
static void set_states(struct dcv_diagnosing *making, struct dcv_diagnosis *ret)
{
	const struct dcv_symptoms *of = making->symptoms;
	struct count count = count_items(of);
	bool looked = count.items > 0 && count.looked == count.items;
	enum dcv_step_state by_items = looked ? DCV_STEP_YES : DCV_STEP_UNCHECKED;

	ret->steps[DCV_STEP_RECORD] = by_items;
	ret->steps[DCV_STEP_PLATFORM] = count.items > 0 && count.zones == count.items &&
			count.unchecked == 0
		? DCV_STEP_YES
		: DCV_STEP_UNCHECKED;
	ret->steps[DCV_STEP_VALUE] = ret->steps[DCV_STEP_PREVIOUS] = by_items;
	ret->steps[DCV_STEP_TTL] = looked && count.everywhere == count.items
		? DCV_STEP_YES
		: DCV_STEP_UNCHECKED;
	ret->steps[DCV_STEP_CAA] = caa_is_known(of) ? DCV_STEP_YES : DCV_STEP_UNCHECKED;
	ret->steps[DCV_STEP_ORGANISATION] = of->product == DCV_PRODUCT_DV
		? DCV_STEP_YES
		: DCV_STEP_OUTSIDE;
	ret->steps[DCV_STEP_REVIEW] = DCV_STEP_OUTSIDE;
	for (int i = 0; i < DCV_STEPS; i++)
		ret->evidence[i] = "";
	ret->evidence[DCV_STEP_RECORD] = count.there == count.items
		? dcv_diagnosing_printf(making, "%zu record set%s", count.items,
			  count.items == 1 ? "" : "s")
		: "found, though not as wanted: see below";
	ret->evidence[DCV_STEP_PLATFORM] = say_platform(making, &count);
	ret->evidence[DCV_STEP_VALUE] = count.everywhere == count.items
		? of->through ? "as the order has it, through every resolver"
			      : "as the order has it, at every name server"
		: "as the order has it, where it is served";
	ret->evidence[DCV_STEP_PREVIOUS] = "no earlier value is served";
	if (ret->steps[DCV_STEP_TTL] == DCV_STEP_YES)
		ret->evidence[DCV_STEP_TTL] = "no cache is known to hold an earlier answer";
	if (ret->steps[DCV_STEP_CAA] == DCV_STEP_YES)
		ret->evidence[DCV_STEP_CAA] = say_caa(making);
	if (of->product == DCV_PRODUCT_DV)
		ret->evidence[DCV_STEP_ORGANISATION] = "not needed for DV";
}

/* By step, what is in the way first; otherwise as they came. */
static void sort(struct dcv_finding *findings, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct dcv_finding moved = findings[i];
		size_t k = i;

		while (k > 0 &&
			(findings[k - 1].cause->step > moved.cause->step ||
				(findings[k - 1].cause->step == moved.cause->step &&
					findings[k - 1].note && !moved.note))) {
			findings[k] = findings[k - 1];
			k--;
		}
		findings[k] = moved;
	}
}

static void set_turn(const struct dcv_symptoms *of, struct dcv_diagnosis *ret)
{
	ret->done_s = of->done_s != 0 ? of->done_s : of->now_s;
	ret->turn_least_d = of->product == DCV_PRODUCT_OV ? 3 : 2;
	ret->turn_most_d = of->product == DCV_PRODUCT_OV ? 7 : 3;
	ret->turn_until_s = dcv_working_days(ret->done_s, ret->turn_most_d);
}

static void conclude(struct dcv_diagnosing *making, struct dcv_diagnosis *ret)
{
	int i = 0;

	set_states(making, ret);
	if (making->n > 1)
		sort(making->findings, making->n);
	ret->findings = making->findings;
	ret->n = making->n;
	for (size_t k = 0; k < ret->n; k++) {
		const struct dcv_finding *finding = &ret->findings[k];

		if (finding->note)
			continue;
		ret->steps[finding->cause->step] = DCV_STEP_NO;
		ret->hopeless = ret->hopeless || finding->cause->cure == DCV_CURE_NEVER;
	}
	while (i < DCV_STEPS && ret->steps[i] != DCV_STEP_NO &&
		ret->steps[i] != DCV_STEP_UNCHECKED)
		i++;
	ret->first_open = (enum dcv_step)i;
	ret->dns_done = i > (int)DCV_STEP_CAA;
	if (ret->dns_done)
		set_turn(making->symptoms, ret);
}

enum dcv_err dcv_diagnose(const struct dcv_symptoms *symptoms, struct dcv_arena *arena,
	struct dcv_diagnosis *ret, struct dcv_error *err)
{
	struct dcv_diagnosing making = {.symptoms = symptoms, .arena = arena};
	struct dcv_diagnosis made = {.n = 0};

	if (!symptoms->servers_given)
		dcv_diagnose_servers(&making);
	for (size_t i = 0; i < symptoms->n_items; i++)
		dcv_diagnose_item(&making, i);
	for (size_t i = 0; i < symptoms->n_items; i++)
		dcv_diagnose_eye(&making, i);
	dcv_diagnose_caa(&making);
	tell_review(&making);
	conclude(&making, &made);
	if (making.failed)
		return dcv_nomem(err);
	*ret = made;
	return DCV_OK;
}

const struct dcv_finding *dcv_diagnosis_first(const struct dcv_diagnosis *diagnosis,
	enum dcv_step step)
{
	for (size_t i = 0; i < diagnosis->n; i++) {
		if (diagnosis->findings[i].cause->step == step)
			return &diagnosis->findings[i];
	}
	return NULL;
}
