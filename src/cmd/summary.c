/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how many records are said in few lines. What each of them means is decided
 * elsewhere. */
#include "cmd/summary.h"

#include <string.h>

#define RECORDS_SHOWN 20u /* more than these, or zones, are summed up */
#define ORDERS_SHOWN 5u /* of one cause */
#define CAUSES_MAX 12u /* of one address: as many as there are things to be seen */

static size_t count_records(const struct dcv_session *session)
{
	size_t n = 0;

	for (size_t i = 0; i < session->orders.n; i++)
		n += session->orders.items[i]->n_claims;
	for (size_t i = 0; session->orders.n == 0 && i < session->run.n_zones; i++)
		n += session->run.zones[i].plan.n_remove;
	return n;
}

bool dcv_summary_is_wanted(const struct dcv_session *session)
{
	return !session->options.all &&
		(count_records(session) > RECORDS_SHOWN ||
			session->run.n_zones > RECORDS_SHOWN);
}

/* --- orders of one cause, each once --- */

struct names {
	const char *items[ORDERS_SHOWN];
	size_t n, more;
};

static void add_name(struct names *names, const char *name)
{
	if (name == NULL)
		return;
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->items[i], name) == 0)
			return;
	}
	if (names->n < ORDERS_SHOWN)
		names->items[names->n++] = name;
	else
		names->more++;
}

/* "123, 124, 125 and more" */
static void put_names(const struct names *names, struct dcv_buf *out)
{
	for (size_t i = 0; i < names->n; i++) {
		dcv_buf_adds(out, i == 0 ? "" : ", ");
		dcv_buf_add_shown(out, names->items[i], strlen(names->items[i]));
	}
	if (names->more > 0)
		dcv_buf_adds(out, " and more");
}

/* --- the plan --- */

static void say_count(const struct dcv_session *session, const char *word, size_t n,
	const char *note)
{
	if (n > 0)
		dcv_say(session, "  %-10s %6zu%s%s", word, n, note[0] != '\0' ? "  " : "",
			note);
}

static void say_judgements(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	size_t blocked = 0, done = 0;

	for (size_t i = 0; i < run->n_subjects; i++) {
		const struct dcv_subject *subject = &run->subjects[i];

		if (subject->judgement == DCV_JUDGED_REFUSED)
			blocked++;
		else if (subject->order != NULL && subject->order->n_claims > 0 &&
			!dcv_subject_is_wanted(subject))
			done++;
	}
	say_count(session, "blocked", blocked,
		blocked == 1 ? "order refused: nothing is written for it"
			     : "orders refused: nothing is written for them");
	say_count(session, "done", done,
		done == 1
			? "order closed, superseded or dead: nothing is written for it"
			: "orders closed, superseded or dead: nothing is written for them");
}

/* Leftovers are no errors where they may stand beside ours, so they are said here. */
static void say_leftovers(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	struct names owners = {0};
	struct dcv_buf text;
	size_t n = 0;

	for (size_t z = 0; z < run->n_zones; z++)
		n += run->zones[z].plan.n_leftover;
	if (n == 0)
		return;
	for (size_t z = 0; z < run->n_zones; z++) {
		if (run->zones[z].plan.n_leftover > 0)
			add_name(&owners,
				dcv_arena_strdup(run->arena,
					dcv_show_name(&run->zones[z].binding->zone)));
	}
	dcv_buf_init(&text, 4096);
	put_names(&owners, &text);
	dcv_say(session,
		"  %-10s %6zu  [P03] not written by dcvctl, they stay: in %s   (--all shows them)",
		"leftover", n, dcv_buf_text(&text));
	dcv_buf_clear(&text);
}

static void say_zone(const struct dcv_session *session, const struct dcv_zone_run *zone)
{
	dcv_say(session, "  %s (%s)  +%zu -%zu", dcv_show_name(&zone->binding->zone),
		zone->view.place, zone->plan.n_add, zone->plan.n_remove);
}

/* Zones of a run, counted. */
struct zones {
	size_t n, rest, add, remove;
};

static void count_zone(struct zones *zones, const struct dcv_zone_run *zone, bool changes)
{
	zones->n += changes;
	zones->rest += !changes;
	zones->add += changes ? zone->plan.n_add : 0;
	zones->remove += changes ? zone->plan.n_remove : 0;
}

static void say_zones(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	struct zones zones = {0};
	size_t n = 0;

	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].planned)
			count_zone(&zones, &run->zones[i], run->zones[i].plan.changes);
	}
	if (zones.n > RECORDS_SHOWN && session->options.limit == 0)
		dcv_say(session, "  %zu zones change  +%zu -%zu", zones.n, zones.add,
			zones.remove);
	for (size_t i = 0; i < run->n_zones; i++) {
		if (zones.n > RECORDS_SHOWN && session->options.limit == 0)
			break;
		if (run->zones[i].planned && run->zones[i].plan.changes &&
			dcv_show_within(session, &n))
			say_zone(session, &run->zones[i]);
	}
	dcv_show_rest(session, n);
	if (zones.rest > 0)
		dcv_say(session, "  %zu zone%s need%s no change", zones.rest,
			zones.rest == 1 ? "" : "s", zones.rest == 1 ? "s" : "");
}

void dcv_summary_plan(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	size_t kinds[DCV_VALUE_FOREIGN + 1] = {0};

	for (size_t z = 0; z < run->n_zones; z++) {
		const struct dcv_plan *plan = &run->zones[z].plan;

		for (size_t i = 0; i < plan->n_edits; i++) {
			for (size_t k = 0; k < plan->edits[i].n_values; k++)
				kinds[plan->edits[i].values[k].kind]++;
		}
	}
	dcv_say(session, "%zu order%s  %zu records  %zu zone%s   (--all shows each)",
		run->n_subjects, run->n_subjects == 1 ? "" : "s", count_records(session),
		run->n_zones, run->n_zones == 1 ? "" : "s");
	say_count(session, "to add", kinds[DCV_VALUE_ADD], "");
	say_count(session, "to remove", kinds[DCV_VALUE_REMOVE], "");
	say_count(session, "in place", kinds[DCV_VALUE_KEEP] + kinds[DCV_VALUE_FOUND], "");
	say_leftovers(session);
	say_judgements(session);
	say_zones(session);
}

/* --- what was written --- */

/* What a server said of its zone, each text once. */
static void say_notes(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	struct names notes = {0};

	for (size_t i = 0; i < run->n_zones; i++) {
		if (run->zones[i].receipt.note[0] != '\0')
			add_name(&notes, run->zones[i].receipt.note);
	}
	for (size_t i = 0; i < notes.n; i++)
		dcv_say(session, "           %s", notes.items[i]);
	if (notes.more > 0)
		dcv_say(session, "           … and more   (--all shows each)");
}

void dcv_summary_written(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;
	struct zones zones = {0};
	bool bytes = true;

	for (size_t i = 0; i < run->n_zones; i++) {
		const struct dcv_zone_run *zone = &run->zones[i];

		if (!zone->changed && !zone->done)
			continue;
		count_zone(&zones, zone, zone->changed);
		bytes = bytes &&
			(!zone->changed ||
				(zone->at->file != NULL &&
					zone->receipt.serial_before !=
						zone->receipt.serial_after));
	}
	if (zones.n > 0)
		dcv_say(session, "written    %zu zone%s  +%zu -%zu%s   (--all shows each)",
			zones.n, zones.n == 1 ? "" : "s", zones.add, zones.remove,
			bytes ? ", every other byte unchanged" : "");
	else if (zones.rest > 0)
		dcv_say(session, "written    nothing: %zu zone%s as they should be",
			zones.rest, zones.rest == 1 ? " is" : "s are");
	say_notes(session);
}

/* --- what was answered --- */

/* Records of which one address says the same. */
struct group {
	const struct dcv_server *server;
	const struct dcv_observation *seen; /* of the first */
	size_t n;
	struct names orders;
};

static const char *remedy(enum dcv_seen seen)
{
	switch (seen) {
	case DCV_SEEN_OLD:
	case DCV_SEEN_ABSENT:
		return "this server lags: does it get NOTIFY and transfers? compare its serial";
	case DCV_SEEN_TIMEOUT:
	case DCV_SEEN_REFUSED_CONN:
		return "is this server up, and port 53 open to it?";
	case DCV_SEEN_NO_ROUTE:
		return "this host has no route to it; look from a host that has";
	case DCV_SEEN_RCODE:
	case DCV_SEEN_NOT_AA:
		return "does this server carry the zone? correct it, or the NS set";
	case DCV_SEEN_CASE:
	case DCV_SEEN_MALFORMED:
		return "CAs may not understand this server either: update it";
	case DCV_SEEN_NO_TCP:
		return "open port 53 for TCP too";
	case DCV_SEEN_TLS:
		return "does the name in `resolvers:` stand in its certificate?";
	case DCV_SEEN_NOT_ASKED:
	case DCV_SEEN_HAS:
		break;
	}
	return "ask again: dcvctl wait";
}

static const char *cause(enum dcv_seen seen)
{
	if (seen == DCV_SEEN_OLD || seen == DCV_SEEN_ABSENT)
		return " [T22]";
	if (seen == DCV_SEEN_CASE)
		return " [A33]";
	return seen == DCV_SEEN_NO_TCP ? " [A35]" : "";
}

static struct group *group_of(struct group *groups, size_t *n,
	const struct dcv_server *server, const struct dcv_observation *seen)
{
	for (size_t i = 0; i < *n; i++) {
		if (groups[i].seen->seen == seen->seen &&
			groups[i].seen->rcode == seen->rcode &&
			groups[i].server->addr.len == server->addr.len &&
			memcmp(&groups[i].server->addr.u, &server->addr.u,
				server->addr.len) == 0)
			return &groups[i];
	}
	groups[*n] = (struct group){.server = server, .seen = seen};
	return &groups[(*n)++];
}

static void say_group(const struct dcv_session *session, const struct group *group)
{
	char addr[DCV_ADDR_TEXT_MAX], serial[32] = "";
	struct dcv_buf text;

	dcv_addr_text(&group->server->addr, addr);
	if (group->seen->has_serial)
		(void)snprintf(serial, sizeof(serial), ", serial %u", group->seen->serial);
	dcv_buf_init(&text, 4096);
	put_names(&group->orders, &text);
	dcv_say(session, "  %-10s %6zu  %s%s%s%s%s%s%s: %s",
		dcv_seen_text(group->seen->seen), group->n, group->server->name,
		strcmp(group->server->name, addr) == 0 ? "" : " ",
		strcmp(group->server->name, addr) == 0 ? "" : addr,
		group->seen->seen == DCV_SEEN_RCODE ? ": " : "",
		group->seen->seen == DCV_SEEN_RCODE ? dcv_rcode_text(group->seen->rcode)
						    : "",
		serial, cause(group->seen->seen), dcv_buf_text(&text));
	dcv_say(session, "                     help: %s", remedy(group->seen->seen));
	dcv_buf_clear(&text);
}

/* Memory for groups is out only when all memory is. */
static struct group *make_groups(const struct dcv_session *session,
	const struct dcv_verify *verify, size_t *ret_n, size_t *ret_good)
{
	size_t most = 0;
	struct group *groups;

	for (size_t z = 0; z < verify->n_zones; z++)
		most += verify->zones[z].n_servers;
	groups = dcv_arena_array(session->run.arena, most, CAUSES_MAX * sizeof(groups[0]));
	for (size_t i = 0; groups != NULL && i < verify->n_items; i++) {
		const struct dcv_check_zone *zone = &verify->zones[verify->items[i].zone];
		size_t has = 0;

		for (size_t s = 0; s < zone->n_servers; s++) {
			const struct dcv_observation *seen = dcv_check_at(&verify->result,
				i, s);
			struct group *group;

			has += seen->seen == DCV_SEEN_HAS;
			if (seen->seen == DCV_SEEN_HAS || *ret_n == most * CAUSES_MAX)
				continue;
			group = group_of(groups, ret_n, &zone->servers[s], seen);
			group->n++;
			add_name(&group->orders, verify->subjects[i]->id);
		}
		*ret_good += has == zone->n_servers;
	}
	return groups;
}

void dcv_summary_check(const struct dcv_session *session, const struct dcv_verify *verify)
{
	size_t n = 0, good = 0, shown = 0, asked = 0, of = session->run.n_subjects;
	char all[32] = "";
	const struct group *groups = make_groups(session, verify, &n, &good);

	for (size_t i = 0; i < of; i++)
		asked += dcv_subject_is_wanted(&session->run.subjects[i]);
	if (asked < of)
		(void)snprintf(all, sizeof(all), " of %zu", of);
	dcv_say(session, "%zu%s order%s  effective %zu/%zu records   (--all shows each)",
		asked, all, of == 1 ? "" : "s", good, verify->n_items);
	for (size_t i = 0; groups != NULL && i < n; i++) {
		if (dcv_show_within(session, &shown))
			say_group(session, &groups[i]);
	}
	dcv_show_rest(session, shown);
}

/* --- diagnostics --- */

/* What a file says wrong is told with each place; so is what has no cause of its own. */
static bool is_grouped(const struct dcv_diag *diag)
{
	return diag->id[0] != '\0' && diag->code != DCV_E_ORDER &&
		diag->code != DCV_E_CONFIG && diag->code != DCV_E_USAGE;
}

static bool is_same(const struct dcv_diag *a, const struct dcv_diag *b)
{
	return is_grouped(b) && a->severity == b->severity && strcmp(a->id, b->id) == 0;
}

const struct dcv_order *dcv_summary_order_at(const struct dcv_session *session,
	const struct dcv_diag *diag)
{
	const struct dcv_order *found = NULL;

	for (size_t i = 0; i < session->orders.n; i++) {
		const struct dcv_order *order = session->orders.items[i];

		if (strcmp(order->file, diag->where) == 0 && order->line <= diag->line &&
			(found == NULL || order->line > found->line))
			found = order;
	}
	return found;
}

static const char *blamed(const struct dcv_session *session, const struct dcv_diag *diag)
{
	const struct dcv_order *order = dcv_summary_order_at(session, diag);

	return order != NULL ? order->id : diag->where[0] != '\0' ? diag->where : NULL;
}

static bool is_first(const struct dcv_diags *diags, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (is_same(&diags->items[i], &diags->items[at]))
			return false;
	}
	return true;
}

static void tell_group(const struct dcv_session *session, size_t at)
{
	const struct dcv_diags *diags = &session->diags;
	struct names orders = {0};
	struct dcv_buf text;
	size_t n = 0;

	for (size_t i = at; i < diags->n; i++) {
		if (!is_same(&diags->items[at], &diags->items[i]))
			continue;
		n++;
		add_name(&orders, blamed(session, &diags->items[i]));
	}
	if (n > 1) {
		dcv_buf_init(&text, 4096);
		put_names(&orders, &text);
		dcv_tell("[%s] %zu times%s%s. The first:", diags->items[at].id, n,
			orders.n > 0 ? ": " : "", dcv_buf_text(&text));
		dcv_buf_clear(&text);
	}
	dcv_show_diag(&diags->items[at]);
}

void dcv_summary_diags(const struct dcv_session *session)
{
	const struct dcv_diags *diags = &session->diags;

	for (size_t i = 0; i < diags->n; i++) {
		const struct dcv_diag *diag = &diags->items[i];

		if (diag->severity == DCV_SEV_WARNING && session->options.quiet)
			continue;
		if (!is_grouped(diag))
			dcv_show_diag(diag);
		else if (is_first(diags, i))
			tell_group(session, i);
	}
}
