/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what check, wait and apply ask the name servers, and how the verdict is
 * said and noted. What is looked for is made in targets.c. */
#include <string.h>

#include "cmd/events.h"
#include "cmd/exam.h"
#include "cmd/interrupt.h"
#include "cmd/matrix.h"
#include "cmd/summary.h"
#include "cmd/targets.h"
#include "cmd/through.h"

static size_t count_good(const struct dcv_verify *verify, size_t *ret_all)
{
	size_t good = 0, all = 0;

	for (size_t i = 0; i < verify->n_items; i++) {
		const struct dcv_check_zone *zone = &verify->zones[verify->items[i].zone];

		for (size_t s = 0; s < zone->n_servers; s++, all++)
			good += dcv_check_at(&verify->result, i, s)->seen == DCV_SEEN_HAS;
	}
	*ret_all = all;
	return good;
}

/* Told after each round: what is shown and reported of it. */
struct progress {
	struct dcv_session *session;
	struct dcv_verify *verify;
	size_t last; /* good answers when a line was last said */
	enum dcv_seen *seen; /* [item * n_servers_max + server] as last reported */
};

static void report_seen(struct progress *progress, size_t item, size_t server)
{
	const struct dcv_verify *verify = progress->verify;
	const struct dcv_check_item *at = &verify->items[item];
	const struct dcv_server *from = &verify->zones[at->zone].servers[server];
	const struct dcv_observation *seen = dcv_check_at(&verify->result, item, server);
	struct dcv_json *event = dcv_event_begin(progress->session, "seen");
	char text[DCV_NAME_TEXT_MAX], addr[DCV_ADDR_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	dcv_json_set_text(event, "order", verify->subjects[item]->id);
	dcv_json_set_text(event, "owner", dcv_name_text(&at->owner, text));
	dcv_json_set_text(event, "type", dcv_type_text(at->type, type));
	dcv_json_set_text(event, "name", from->name);
	dcv_json_set_text(event, "address", dcv_addr_text(&from->addr, addr));
	dcv_json_set_text(event, "state", dcv_seen_text(seen->seen));
	if (seen->seen == DCV_SEEN_RCODE)
		dcv_json_set_text(event, "rcode", dcv_rcode_text(seen->rcode));
	if (seen->has_serial)
		dcv_json_set_int(event, "serial", seen->serial);
	dcv_event_end(progress->session, event);
}

/* An event for each address that says something else than before. */
static void report_changes(struct progress *progress)
{
	const struct dcv_verify *verify = progress->verify;

	if (progress->session->events == NULL || progress->seen == NULL)
		return;
	for (size_t i = 0; i < verify->n_items; i++) {
		const struct dcv_check_zone *zone = &verify->zones[verify->items[i].zone];

		for (size_t s = 0; s < zone->n_servers; s++) {
			enum dcv_seen *last =
				&progress->seen[i * verify->result.n_servers_max + s];
			enum dcv_seen now = dcv_check_at(&verify->result, i, s)->seen;

			if (*last == now)
				continue;
			*last = now;
			report_seen(progress, i, s);
		}
	}
}

static void report_count(struct dcv_session *session, const char *name, size_t good,
	size_t all)
{
	struct dcv_json *event = dcv_event_begin(session, name);

	dcv_json_set_int(event, "good", (int64_t)good);
	dcv_json_set_int(event, "answers", (int64_t)all);
	dcv_event_end(session, event);
}

static void show_round(void *ctx, const struct dcv_check_result *result)
{
	struct progress *progress = ctx;
	struct dcv_session *session = progress->session;
	char cached[DCV_CACHED_TEXT_MAX];
	size_t all, good;

	progress->verify->result = *result;
	report_changes(progress);
	dcv_matrix_tick(session);
	good = count_good(progress->verify, &all);
	if (!progress->verify->wait || good == progress->last || good == all)
		return;
	progress->last = good;
	report_count(session, "waiting", good, all);
	if (session->options.quiet || session->matrix != NULL)
		return;
	dcv_tell("waiting    %zu of %zu answers are as wanted (%.1f s)%s", good, all,
		(double)(dcv_mono_ms(session->clock) - session->started_ms) / 1000.0,
		dcv_cached_longest(session, progress->verify, cached));
}

/* Asked ten times a second while answers are awaited, so the view is kept up here too. */
static bool is_stopped(void *ctx, const struct dcv_check_result *so_far)
{
	struct progress *progress = ctx;

	progress->verify->result = *so_far;
	report_changes(progress);
	dcv_matrix_tick(progress->session);
	return dcv_interrupted(NULL);
}

static void show_server(const struct dcv_session *session,
	const struct dcv_server *server, const struct dcv_observation *seen)
{
	char addr[DCV_ADDR_TEXT_MAX], serial[32] = "", cached[DCV_CACHED_TEXT_MAX];
	int n = seen->has_serial
		? snprintf(serial, sizeof(serial), ", serial %u", seen->serial)
		: 0;

	dcv_addr_text(&server->addr, addr);
	dcv_say(session, "  %-10s %s%s%s%s%s%s%s%s%s%s%s", dcv_seen_text(seen->seen),
		server->name, strcmp(server->name, addr) == 0 ? "" : " ",
		strcmp(server->name, addr) == 0 ? "" : addr,
		seen->seen == DCV_SEEN_RCODE ? ": " : "",
		seen->seen == DCV_SEEN_RCODE ? dcv_rcode_text(seen->rcode) : "",
		seen->extra != NULL ? ": still has " : "",
		seen->extra != NULL ? seen->extra : "", seen->why != NULL ? ": " : "",
		seen->why != NULL ? seen->why : "",
		dcv_cached_text(session, seen, cached), n > 0 ? serial : "");
}

static void show_item(const struct dcv_session *session, const struct dcv_verify *verify,
	size_t i)
{
	const struct dcv_check_item *item = &verify->items[i];
	const struct dcv_check_zone *zone = &verify->zones[item->zone];
	char type[DCV_TYPE_TEXT_MAX];
	size_t good = 0;

	for (size_t s = 0; s < zone->n_servers; s++)
		good += dcv_check_at(&verify->result, i, s)->seen == DCV_SEEN_HAS;
	dcv_say(session, "%s %s   ok %s %zu of %zu %s%s",
		dcv_show_name(&verify->targets[i].owner), dcv_type_text(item->type, type),
		dcv_is_through(session) ? "through" : "at", good, zone->n_servers,
		dcv_is_through(session) ? "resolvers, " : "addresses",
		dcv_is_through(session) ? dcv_through_text(session) : "");
	for (size_t s = 0; s < zone->n_servers; s++) {
		const struct dcv_observation *seen = dcv_check_at(&verify->result, i, s);

		if (seen->seen != DCV_SEEN_HAS || session->options.verbose > 0)
			show_server(session, &zone->servers[s], seen);
	}
}

/* The level that is asked for: of `wait`, unless it is given, what the CA needs. */
static enum dcv_level_reached level_of(const struct dcv_session *session)
{
	const struct dcv_run *run = &session->run;

	if (session->options.until != DCV_LEVEL_NONE)
		return session->options.until;
	for (size_t i = 0; i < run->n_subjects; i++) {
		if (dcv_subject_is_wanted(&run->subjects[i]) &&
			dcv_order_must_settle(run->subjects[i].order))
			return DCV_LEVEL_SETTLED;
	}
	return DCV_LEVEL_READY;
}

static void show_effective(const struct dcv_session *session,
	const struct dcv_verify *verify)
{
	char until[DCV_TIME_TEXT_MAX];
	int64_t settled_s = dcv_verify_settled(verify, session->changed);
	size_t all, good = count_good(verify, &all);

	dcv_say(session, "EFFECTIVE: %zu of %zu answers are as wanted, after %.1f s",
		good, all, (double)verify->result.asked_ms / 1000.0);
	if (dcv_is_through(session))
		dcv_say(session,
			"seen through resolvers only (%s): a name server that lags may be "
			"hidden from them",
			dcv_through_text(session));
	if (level_of(session) <= DCV_LEVEL_EFFECTIVE)
		dcv_say(session,
			"CAA above the bound zones and DNSSEC were not looked at: --until ready does");
	if (settled_s > dcv_now_s(session->clock))
		dcv_say(session,
			"caches: a resolver that asked earlier may show the old answer "
			"until %s (estimate from the zone's data)",
			dcv_time_local(settled_s, until));
}

/* Every address has every item of the subject. */
bool dcv_verify_has(const struct dcv_verify *verify, const struct dcv_subject *subject)
{
	bool any = false;

	for (size_t i = 0; i < verify->n_items; i++) {
		const struct dcv_check_zone *zone = &verify->zones[verify->items[i].zone];

		if (verify->subjects[i] != subject)
			continue;
		any = true;
		for (size_t s = 0; s < zone->n_servers && !verify->result.effective; s++) {
			if (dcv_check_at(&verify->result, i, s)->seen != DCV_SEEN_HAS)
				return false;
		}
	}
	return any;
}

/* An order whose state in the ledger is not what the answers show. */
struct moved {
	const struct dcv_subject *subject;
	enum dcv_state state;
};

static enum dcv_err find_moved(struct dcv_session *session,
	const struct dcv_verify *verify, struct moved *ret, size_t *ret_n)
{
	struct dcv_error err = {0};

	*ret_n = 0;
	for (size_t i = 0; i < session->run.n_subjects; i++) {
		const struct dcv_subject *subject = &session->run.subjects[i];
		enum dcv_state state = dcv_verify_has(verify, subject)
			? DCV_STATE_EFFECTIVE
			: DCV_STATE_PUBLISHED;
		struct dcv_order_row *row = NULL;

		if (!dcv_subject_is_wanted(subject))
			continue;
		if (dcv_ledger_order(session->ledger, subject->ca, subject->id,
			    &session->arena, &row, &err) != DCV_OK)
			return dcv_session_fail(session, &err);
		if (row != NULL && dcv_state_is_open(row->state) && row->state != state &&
			row->state != DCV_STATE_PENDING &&
			row->revision == subject->revision)
			ret[(*ret_n)++] = (struct moved){subject, state};
	}
	return DCV_OK;
}

/* States of the orders that the ledger knows, where the answers show another one: one commit,
 * however many they are. */
static enum dcv_err note_states(struct dcv_session *session,
	const struct dcv_verify *verify)
{
	struct moved *moved = dcv_arena_array(&session->arena, session->run.n_subjects,
		sizeof(*moved));
	enum dcv_err rc = DCV_E_NOMEM;
	struct dcv_error err = {0};
	size_t n = 0;

	if (moved != NULL)
		rc = find_moved(session, verify, moved, &n);
	if (rc != DCV_OK || n == 0)
		return rc;
	rc = dcv_session_ledger(session, DCV_LEDGER_WRITE);
	if (rc != DCV_OK)
		return rc;
	if (dcv_ledger_begin(session->ledger, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; rc == DCV_OK && i < n; i++)
		rc = dcv_run_note_state(&session->run, moved[i].subject->ca,
			moved[i].subject->id, moved[i].state, DCV_REASON_NONE, &err);
	if (dcv_ledger_end(session->ledger, rc, &err) != DCV_OK)
		return dcv_session_fail(session, &err);
	for (size_t i = 0; i < n; i++)
		dcv_event(session, "state", "ca", moved[i].subject->ca, "order",
			moved[i].subject->id, "state", dcv_state_text(moved[i].state),
			NULL);
	return DCV_OK;
}

/* What is to be said and returned where it is not so (yet). */
static enum dcv_err judge_late(struct dcv_session *session,
	const struct dcv_verify *verify, size_t good, size_t all)
{
	const char *when = dcv_interrupted(NULL) ? " when it was stopped"
		: verify->wait                   ? " at the deadline"
						 : "";

	if (verify->result.unverified && !dcv_interrupted(NULL)) {
		/* Of servers that were given, the examination says nothing. */
		dcv_tell_unverified(session,
			session->config.n_nameservers == 0 && session->exam != NULL &&
				dcv_exam_is_blocked(session));
		return DCV_E_UNVERIFIED;
	}
	dcv_tell("not effective: %zu of %zu answers are as wanted%s", good, all, when);
	dcv_next(session,
		dcv_run_has_work(&session->run) && dcv_session_binds(session) ? "apply"
									      : "wait",
		NULL);
	return verify->wait ? DCV_E_DEADLINE : DCV_E_PENDING;
}

/* --- the levels above --- */

#define GATE_PAUSE_MS 5000 /* between two looks at gates that are closed */

static bool is_over(const struct dcv_session *session)
{
	return dcv_interrupted(NULL) ||
		dcv_mono_ms(session->clock) + GATE_PAUSE_MS > session->deadline_ms;
}

static void pause_before_gates(const struct dcv_session *session)
{
	int64_t end_ms = dcv_mono_ms(session->clock) + GATE_PAUSE_MS;

	while (!dcv_interrupted(NULL) && dcv_mono_ms(session->clock) < end_ms)
		dcv_sleep_ms(session->clock, 100);
}

/* What time cannot cure ends at once. */
static enum dcv_err end_hopeless(struct dcv_session *session)
{
	dcv_tell("not ready: waiting does not cure this (see below)");
	dcv_next(session, "explain", NULL);
	return DCV_E_REFUSED;
}

/* The gates, asked again while time may open them. */
static enum dcv_err pass_gates(struct dcv_session *session,
	const struct dcv_verify *verify)
{
	for (;;) {
		enum dcv_err rc = dcv_exam_run(session, verify);
		enum dcv_gate gate = rc == DCV_OK ? dcv_exam_gate(session->exam)
						  : DCV_GATE_NOT_CHECKED;

		if (rc != DCV_OK ||
			(gate == DCV_GATE_PASSED && !dcv_exam_is_blocked(session)))
			return rc;
		if (dcv_exam_is_hopeless(session->exam))
			return end_hopeless(session);
		if (gate == DCV_GATE_NOT_CHECKED) {
			dcv_exam_tell_unchecked(session);
			dcv_tell("help: --until effective leaves CAA and DNSSEC to you");
			return DCV_E_UNVERIFIED;
		}
		if (!verify->wait || is_over(session)) {
			dcv_tell("effective, but not ready: see below");
			dcv_next(session, "explain", NULL);
			return verify->wait ? DCV_E_DEADLINE : DCV_E_PENDING;
		}
		pause_before_gates(session);
	}
}

static void show_ready(const struct dcv_session *session, int64_t settled_s)
{
	const struct dcv_exam *exam = session->exam;
	bool is_secure = false, caches = false;
	size_t n_names = 0;

	if (exam == NULL)
		return;
	for (size_t i = 0; i < exam->n_cases; i++) {
		const struct dcv_symptoms *symptoms = &exam->cases[i].symptoms;

		n_names += symptoms->n_caa;
		caches = caches || symptoms->must_settle;
		for (size_t k = 0; k < symptoms->n_items; k++)
			is_secure = is_secure ||
				symptoms->items[k].gate->state == DCV_EYE_SECURE;
	}
	dcv_say(session, "READY: CAA permits the CA for %zu name%s, DNSSEC %s", n_names,
		n_names == 1 ? "" : "s", is_secure ? "secure" : "insecure (no DS)");
	if (level_of(session) < DCV_LEVEL_SETTLED &&
		(!caches || settled_s <= dcv_now_s(session->clock)))
		dcv_say(session, "Submit the order%s now.", exam->n_cases == 1 ? "" : "s");
}

static enum dcv_err settle(struct dcv_session *session, const struct dcv_verify *verify,
	int64_t settled_s)
{
	char when[DCV_TIME_TEXT_MAX];
	enum dcv_err rc = DCV_OK;

	if (verify->wait && settled_s > dcv_now_s(session->clock))
		rc = dcv_verify_settle(session, verify, settled_s);
	else if (settled_s > dcv_now_s(session->clock)) {
		dcv_tell("settled only at %s", dcv_time_local(settled_s, when));
		return DCV_E_PENDING;
	}
	if (rc == DCV_OK)
		dcv_say(session, "SETTLED: %s. Submit now.",
			dcv_verify_is_known(verify)
				? "no cache can hold an older answer"
				: "no cache is known to hold an older answer; when "
				  "this was written is not known here");
	return rc;
}

/* From *effective* up. */
static enum dcv_err climb(struct dcv_session *session, const struct dcv_verify *verify)
{
	enum dcv_level_reached level = level_of(session);
	int64_t settled_s = dcv_verify_settled(verify, session->changed);
	enum dcv_err rc;

	if (level <= DCV_LEVEL_EFFECTIVE)
		return DCV_OK;
	rc = pass_gates(session, verify);
	if (session->exam != NULL && session->exam->n_cases > 0)
		dcv_exam_tell(session);
	if (rc != DCV_OK)
		return rc;
	show_ready(session, settled_s);
	return level < DCV_LEVEL_SETTLED ? DCV_OK : settle(session, verify, settled_s);
}

/* What CAA denies is known before any waiting; `apply` has looked before it wrote. */
static enum dcv_err look_ahead(struct dcv_session *session)
{
	enum dcv_err rc = dcv_exam_run(session, NULL);

	if (rc != DCV_OK || !dcv_exam_is_hopeless(session->exam))
		return rc;
	dcv_exam_tell(session);
	return end_hopeless(session);
}

/* Why it is not so yet, where that can be seen. */
static enum dcv_err find_causes(struct dcv_session *session,
	const struct dcv_verify *verify, size_t good, size_t all)
{
	bool asked = !dcv_interrupted(NULL) && dcv_exam_run(session, verify) == DCV_OK;
	enum dcv_err rc = judge_late(session, verify, good, all);

	if (!asked)
		return rc;
	dcv_exam_tell(session);
	return dcv_exam_is_hopeless(session->exam) ? end_hopeless(session) : rc;
}

static enum dcv_err judge(struct dcv_session *session, const struct dcv_verify *verify)
{
	size_t all, good = count_good(verify, &all);

	if (verify->result.effective)
		return climb(session, verify);
	return find_causes(session, verify, good, all);
}

static void show_items(struct dcv_session *session, const struct dcv_verify *verify)
{
	size_t n = 0;

	if (dcv_summary_is_wanted(session)) {
		dcv_summary_check(session, verify);
		return;
	}
	for (size_t i = 0; i < verify->n_items; i++) {
		if (dcv_show_within(session, &n))
			show_item(session, verify, i);
	}
	dcv_show_rest(session, n);
}

/* Memory for what was last reported of each answer; without it no `seen` is reported. */
static enum dcv_seen *make_seen(struct dcv_session *session,
	const struct dcv_verify *verify)
{
	size_t most = 0;

	for (size_t z = 0; z < verify->n_zones; z++) {
		if (verify->zones[z].n_servers > most)
			most = verify->zones[z].n_servers;
	}
	return dcv_arena_array(&session->arena, verify->n_items,
		most * sizeof(enum dcv_seen));
}

#define WHY_MS 3000

/* Of what time there is, some is kept for finding out why it did not do. */
static int64_t asking_ends_ms(const struct dcv_session *session,
	const struct dcv_verify *verify)
{
	int64_t left_ms = session->deadline_ms - dcv_mono_ms(session->clock);
	int64_t kept_ms = left_ms / 4 < WHY_MS ? left_ms / 4 : WHY_MS;

	return session->deadline_ms - (verify->wait && kept_ms > 0 ? kept_ms : 0);
}

static enum dcv_err ask(struct dcv_session *session, struct dcv_verify *verify)
{
	struct dcv_error err = {0};
	struct progress progress = {session, verify, SIZE_MAX,
		session->events != NULL ? make_seen(session, verify) : NULL};
	struct dcv_check_options options = {.wait = verify->wait,
		.confirm_tcp = verify->wait,
		.deadline_ms = asking_ends_ms(session, verify),
		.clock = session->clock,
		.log = &session->log,
		.stopped = is_stopped,
		.round = show_round,
		.ctx = &progress};
	enum dcv_err rc;

	(void)dcv_flush(); /* what was written, before the waiting */
	if (verify->wait)
		dcv_matrix_begin(session, verify);
	rc = dcv_is_through(session)
		? dcv_stub_check(session->exam->stub, &options, verify->items,
			  verify->n_items, &session->arena, &verify->result, &err)
		: dcv_check_run(&options, verify->zones, verify->n_zones, verify->items,
			  verify->n_items, &session->arena, &verify->result, &err);
	dcv_matrix_end(session);
	if (rc != DCV_OK)
		return dcv_session_fail(session, &err);
	dcv_verify_learn(verify);
	return DCV_OK;
}

enum dcv_err dcv_verify_run(struct dcv_session *session, struct dcv_verify *verify)
{
	enum dcv_err rc = dcv_targets_make(session, verify);
	size_t good, all;

	if (rc != DCV_OK || verify->n_items == 0)
		return rc;
	if (verify->wait && session->command == &dcv_cmd_wait &&
		level_of(session) > DCV_LEVEL_EFFECTIVE)
		rc = look_ahead(session);
	if (rc == DCV_OK)
		rc = ask(session, verify);
	if (rc != DCV_OK)
		return rc;
	verify->asked = true;
	show_items(session, verify);
	if (verify->result.effective)
		show_effective(session, verify);
	good = count_good(verify, &all);
	if (verify->result.effective)
		report_count(session, "effective", good, all);
	/* What a signal cut short says nothing of an order. */
	if (session->command != &dcv_cmd_check && !verify->result.unverified &&
		(verify->result.effective || !dcv_interrupted(NULL)))
		rc = note_states(session, verify);
	return rc != DCV_OK ? rc : judge(session, verify);
}

#define SETTLE_TICK_MS 100

enum dcv_err dcv_verify_settle(struct dcv_session *session,
	const struct dcv_verify *verify, int64_t settled_s)
{
	char when[DCV_TIME_TEXT_MAX];
	int64_t left_s = settled_s - dcv_now_s(session->clock);

	if (dcv_mono_ms(session->clock) + left_s * 1000 > session->deadline_ms) {
		dcv_tell("settled only at %s, which is past the deadline",
			dcv_time_local(settled_s, when));
		return DCV_E_DEADLINE;
	}
	dcv_matrix_begin(session, verify);
	dcv_matrix_settle(session, settled_s);
	while (dcv_now_s(session->clock) < settled_s && !dcv_interrupted(NULL)) {
		dcv_matrix_tick(session);
		dcv_sleep_ms(session->clock, SETTLE_TICK_MS);
	}
	dcv_matrix_end(session);
	return dcv_interrupted(NULL) ? DCV_E_DEADLINE : DCV_OK;
}
