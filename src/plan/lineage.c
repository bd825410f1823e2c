/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which order takes the place of which: `supersedes`, in chains too, and the
 * orders of one certificate. It does not know zones. */
#include <stdlib.h>
#include <string.h>

#include "plan/internal.h"

/* An order of the run and what it has to do with the others. */
struct link {
	struct dcv_subject *subject;
	size_t at; /* in the run */
	size_t n_above; /* orders that supersede it and were not looked at yet */
	bool named,
		live_above; /* something above it has records; is published by this run */
	bool done;
	struct link *above; /* one that supersedes it, in a circle */
	size_t n_below;
	struct link **below; /* those of the run that it supersedes */
	unsigned visit;
};

struct links {
	struct dcv_judging *judging;
	size_t n;
	struct link *items; /* sorted by CA and number */
	struct link **queue;
};

int dcv_compare_numbers(const char *ca, const char *id, const char *of_ca,
	const char *of_id)
{
	int order = strcmp(ca, of_ca);

	return order != 0 ? order : strcmp(id, of_id);
}

static int compare_links(const void *p, const void *q)
{
	const struct dcv_subject *a = ((const struct link *)p)->subject;
	const struct dcv_subject *b = ((const struct link *)q)->subject;

	return dcv_compare_numbers(a->ca, a->id, b->ca, b->id);
}

static struct link *find(const struct links *links, const struct dcv_order_id *id)
{
	struct dcv_subject subject = {.ca = id->ca, .id = id->id};
	const struct link key = {.subject = &subject};

	if (links->n == 0)
		return NULL;
	return bsearch(&key, links->items, links->n, sizeof(key), compare_links);
}

/* "NUMBER" of the same CA, or "CA/NUMBER". False when memory is out. */
static bool read_id(const struct dcv_subject *subject, const char *text,
	struct dcv_arena *arena, struct dcv_order_id *ret)
{
	const char *slash = strchr(text, '/');

	*ret = (struct dcv_order_id){subject->ca, text};
	if (slash != NULL)
		*ret = (struct dcv_order_id){
			dcv_arena_strndup(arena, text, (size_t)(slash - text)), slash + 1};
	return ret->ca != NULL;
}

static bool names(const struct dcv_subject *subject, const char *text, const char *ca,
	const char *id)
{
	size_t len = strlen(ca);

	if (strcmp(text, id) == 0 && strcmp(subject->ca, ca) == 0)
		return true;
	return strncmp(text, ca, len) == 0 && text[len] == '/' &&
		strcmp(text + len + 1, id) == 0;
}

bool dcv_plan_supersedes(const struct dcv_subject *subject, const char *ca, const char *id)
{
	for (size_t i = 0; subject->order != NULL && i < subject->order->n_supersedes;
		i++) {
		if (names(subject, subject->order->supersedes[i], ca, id))
			return true;
	}
	for (size_t i = 0; i < subject->n_replaced; i++) {
		if (dcv_compare_numbers(subject->replaced[i].ca, subject->replaced[i].id,
			    ca, id) == 0)
			return true;
	}
	return false;
}

/* A pre-flight is no order yet: it takes nobody's place. */
static size_t n_superseded(const struct link *link)
{
	const struct dcv_order *order = link->subject->order;

	return order != NULL && order->n_claims > 0 ? order->n_supersedes : 0;
}

static bool connect_one(struct links *links, struct link *link)
{
	struct dcv_arena *arena = links->judging->arena;
	size_t n = n_superseded(link);

	link->below = dcv_arena_array(arena, n, sizeof(struct link *));
	if (link->below == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct dcv_order_id id;
		struct link *other;

		if (!read_id(link->subject, link->subject->order->supersedes[i], arena,
			    &id))
			return false;
		other = find(links, &id);
		if (other == NULL || other == link)
			continue;
		link->below[link->n_below++] = other;
		other->n_above++;
		other->named = true;
	}
	return true;
}

static bool connect(struct links *links)
{
	struct dcv_judging *judging = links->judging;

	links->items = dcv_arena_array(judging->arena, judging->n, sizeof(struct link));
	links->queue = dcv_arena_array(judging->arena, judging->n, sizeof(struct link *));
	if (links->items == NULL || links->queue == NULL)
		return false;
	links->n = judging->n;
	for (size_t i = 0; i < links->n; i++)
		links->items[i] = (struct link){.subject = &judging->subjects[i], .at = i};
	qsort(links->items, links->n, sizeof(struct link), compare_links);
	for (size_t i = 0; i < links->n; i++) {
		if (!connect_one(links, &links->items[i]))
			return false;
	}
	return true;
}

/* An open order gives way only to one that this run publishes: nothing is closed for the sake
 * of an order that is not written. */
static void judge_link(struct link *link)
{
	struct dcv_subject *subject = link->subject;
	bool fresh = subject->row == NULL || subject->judgement == DCV_JUDGED_REOPENED;
	bool gives_way = fresh ? link->named : link->live_above;

	if (gives_way && dcv_subject_is_wanted(subject)) {
		subject->judgement = DCV_JUDGED_SUPERSEDED;
		if (subject->row != NULL)
			subject->revision = subject->row->revision;
	}
}

/* Those above first. */
static void judge_links(struct links *links)
{
	size_t n = 0;

	for (size_t i = 0; i < links->n; i++) {
		if (links->items[i].n_above == 0)
			links->queue[n++] = &links->items[i];
	}
	for (size_t i = 0; i < n; i++) {
		struct link *link = links->queue[i];
		bool live;

		judge_link(link);
		link->done = true;
		live = link->live_above || dcv_subject_is_wanted(link->subject);
		for (size_t k = 0; k < link->n_below; k++) {
			struct link *below = link->below[k];

			below->live_above = below->live_above || live;
			if (--below->n_above == 0)
				links->queue[n++] = below;
		}
	}
}

static struct dcv_place place_of(const struct dcv_subject *subject)
{
	return (struct dcv_place){subject->order->file, subject->order->line, 1};
}

/* What was not reached stands in a circle, or below one. */
static void refuse_circle(const struct links *links)
{
	struct link *at = NULL;
	struct dcv_place place, other;

	for (size_t i = 0; i < links->n; i++) {
		struct link *link = &links->items[i];

		for (size_t k = 0; !link->done && k < link->n_below; k++) {
			link->below[k]->above = link;
			at = link;
		}
	}
	if (at == NULL)
		return;
	for (size_t i = 0; i < links->n; i++)
		at = at->above;
	place = place_of(at->subject);
	other = place_of(at->above->subject);
	dcv_diag_add(links->judging->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
		"let only the newer order name the older one under `supersedes:`",
		"supersedes: order %s/%s and order %s/%s (%s) supersede each other, directly or "
		"through others: none of them would be written",
		at->subject->ca, at->subject->id, at->above->subject->ca,
		at->above->subject->id, dcv_place_text(links->judging->arena, &other));
}

static bool add_replaced(struct links *links, struct dcv_subject *subject,
	struct dcv_order_id **items, const struct link *from)
{
	struct dcv_arena *arena = links->judging->arena;

	for (size_t i = 0; i < n_superseded(from); i++) {
		void *grown = dcv_arena_grow(arena, *items, subject->n_replaced,
			sizeof(**items));

		if (grown == NULL)
			return false;
		*items = grown;
		if (!read_id(from->subject, from->subject->order->supersedes[i], arena,
			    &(*items)[subject->n_replaced++]))
			return false;
	}
	return true;
}

/* All that an order leads to, each once. */
static bool follow(struct links *links, struct link *start, unsigned visit)
{
	struct dcv_order_id *items = NULL;
	size_t n = 0;

	start->visit = visit;
	links->queue[n++] = start;
	for (size_t i = 0; i < n; i++) {
		struct link *link = links->queue[i];

		if (!add_replaced(links, start->subject, &items, link))
			return false;
		for (size_t k = 0; k < link->n_below; k++) {
			if (link->below[k]->visit != visit)
				links->queue[n++] = link->below[k];
			link->below[k]->visit = visit;
		}
	}
	start->subject->replaced = items;
	return true;
}

/* --- certificates --- */

static int compare_certificates(const void *p, const void *q)
{
	const struct link *a = *(const struct link *const *)p;
	const struct link *b = *(const struct link *const *)q;
	int order = strcmp(a->subject->order->certificate, b->subject->order->certificate);

	return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static void refuse_second(const struct links *links, const struct dcv_subject *first,
	const struct dcv_subject *second)
{
	const struct dcv_place place = place_of(second), other = place_of(first);

	dcv_diag_add(links->judging->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
		second->order->unwritten
			? "give the newer one alone"
			: "let the newer one name the older one: `supersedes: [\"NUMBER\"]` (of "
			  "another CA: \"CA/NUMBER\")",
		"certificate %s: order %s/%s and order %s/%s (%s) both come with this run, and neither "
		"says which one stands",
		second->order->certificate, second->ca, second->id, first->ca, first->id,
		dcv_place_text(links->judging->arena, &other));
}

/* Orders that come with this run: of two of one certificate, none says which is the newer. */
static void judge_certificates(struct links *links)
{
	size_t n = 0, first = 0;

	for (size_t i = 0; i < links->n; i++) {
		const struct dcv_subject *subject = links->items[i].subject;

		if (dcv_subject_is_incoming(subject, links->judging->now_s) &&
			subject->order->certificate != NULL)
			links->queue[n++] = &links->items[i];
	}
	if (n > 0)
		qsort(links->queue, n, sizeof(links->queue[0]), compare_certificates);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(links->queue[i]->subject->order->certificate,
			    links->queue[first]->subject->order->certificate) == 0)
			refuse_second(links, links->queue[first]->subject,
				links->queue[i]->subject);
		else
			first = i;
	}
}

static void refuse_in_flight(const struct links *links, const struct dcv_subject *subject,
	const struct dcv_order_row *other)
{
	const struct dcv_place place = place_of(subject);
	struct dcv_judging *judging = links->judging;
	char dead[DCV_TIME_TEXT_MAX];

	dcv_time_utc(other->expires, dead);
	dcv_diag_add(judging->diags, DCV_SEV_ERROR, DCV_E_REFUSED, &place,
		dcv_ways_out(judging->arena, subject, other->ca, other->id, false),
		"certificate %s: order %s/%s of it is in flight (%s; its tokens live until %.10s)",
		subject->order->certificate, other->ca, other->id,
		dcv_state_text(other->state), dead);
}

/* Orders of the ledger that are in flight for the same certificate. An order that stands there
 * already as it is has nothing to ask. */
static void judge_others(const struct links *links, const struct dcv_subject *subject)
{
	if (!dcv_subject_is_wanted(subject) || subject->judgement == DCV_JUDGED_SAME ||
		subject->order->certificate == NULL)
		return;
	for (size_t i = 0; i < subject->n_others; i++) {
		const struct dcv_order_row *other = &subject->others[i];
		const struct link *link = find(links,
			&(struct dcv_order_id){other->ca, other->id});

		if (strcmp(other->certificate, subject->order->certificate) != 0 ||
			!dcv_order_is_alive(other, links->judging->now_s) ||
			(link != NULL &&
				(link->subject == subject ||
					link->subject->judgement == DCV_JUDGED_SUPERSEDED)) ||
			dcv_plan_supersedes(subject, other->ca, other->id))
			continue;
		refuse_in_flight(links, subject, other);
	}
}

bool dcv_judge_lineage(struct dcv_judging *judging)
{
	struct links links = {.judging = judging};

	if (!connect(&links))
		return false;
	judge_links(&links);
	refuse_circle(&links);
	for (size_t i = 0; i < links.n; i++) {
		struct link *link = &links.items[i];

		if (dcv_subject_is_wanted(link->subject) &&
			!follow(&links, link, (unsigned)i + 1))
			return false;
	}
	judge_certificates(&links);
	for (size_t i = 0; i < judging->n; i++)
		judge_others(&links, &judging->subjects[i]);
	return true;
}
