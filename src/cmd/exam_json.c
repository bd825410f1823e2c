/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the examination in the result document: every observation. */
#include "cmd/exam.h"
#include "cmd/result.h"
#include "cmd/walk.h"

static const char *gate_text(enum dcv_gate gate)
{
	static const char *const texts[] = {[DCV_GATE_NOT_CHECKED] = "not checked",
		[DCV_GATE_PASSED] = "passed",
		[DCV_GATE_FAILED] = "failed"};

	return texts[gate];
}

static struct dcv_json *values_json(struct dcv_session *session, uint16_t type,
	const struct dcv_rdata *rdata, size_t n)
{
	struct dcv_json *values = dcv_json_array();

	for (size_t i = 0; i < n; i++)
		dcv_json_append_text(values, dcv_result_value(session, type, &rdata[i]));
	return values;
}

static struct dcv_json *answer_json(struct dcv_session *session, uint16_t type,
	const struct dcv_address_answer *answer)
{
	struct dcv_json *json = dcv_json_object();
	char addr[DCV_ADDR_TEXT_MAX];

	dcv_result_name(json, "name", answer->server->name);
	dcv_json_set_text(json, "address", dcv_addr_text(&answer->address->addr, addr));
	dcv_json_set_text(json, "state", dcv_seen_text(answer->seen));
	dcv_json_set_text(json, "rcode", dcv_rcode_text(answer->rcode));
	dcv_json_set_int(json, "ttl", answer->ttl_s);
	dcv_json_set(json, "values",
		values_json(session,
			answer->seen == DCV_SEEN_OLD ? (uint16_t)DCV_TYPE_CNAME : type,
			answer->rdata, answer->n));
	return json;
}

/* A look-up hop by hop. */
static struct dcv_json *look_json(struct dcv_session *session, const struct dcv_look *look)
{
	struct dcv_json *hops = dcv_json_array();

	for (size_t i = 0; look != NULL && i < look->n_hops; i++) {
		const struct dcv_hop *hop = &look->hops[i];
		struct dcv_json *json = dcv_json_object();
		struct dcv_json *servers = dcv_json_array();

		dcv_result_name(json, "owner", hop->owner);
		if (hop->zone != NULL)
			dcv_result_name(json, "zone", &hop->zone->apex);
		dcv_json_set_bool(json, "alias", hop->is_alias);
		dcv_json_set_bool(json, "wildcard", hop->wildcard);
		for (size_t k = 0; k < hop->n_answers; k++)
			dcv_json_append(servers,
				answer_json(session, look->type, &hop->answers[k]));
		dcv_json_set(json, "servers", servers);
		dcv_json_append(hops, json);
	}
	return hops;
}

static void set_time(struct dcv_json *json, const char *key, int64_t time_s)
{
	char text[DCV_TIME_TEXT_MAX];

	dcv_json_set_text(json, key, time_s != 0 ? dcv_time_utc(time_s, text) : NULL);
}

/* DNSSEC through the CA's eye: why it is so, and for which time the signatures are good. */
static void set_gate(struct dcv_json *json, const struct dcv_eye_gate *gate)
{
	if (gate == NULL)
		return;
	dcv_json_set_text(json, "dnssec", dcv_eye_text(gate->state));
	dcv_json_set_text(json, "dnssec_why", gate->why);
	set_time(json, "dnssec_from", gate->inception_s);
	set_time(json, "dnssec_until", gate->expiration_s);
}

static struct dcv_json *item_json(struct dcv_session *session,
	const struct dcv_symptom *item)
{
	struct dcv_json *json = dcv_json_object();

	dcv_result_name(json, "owner", &item->owner);
	dcv_result_type(json, item->type);
	dcv_json_set(json, "hops", look_json(session, item->look));
	set_gate(json, item->gate);
	return json;
}

/* The climb, from the name up: what every address said at each step. */
static struct dcv_json *climb_json(struct dcv_session *session,
	const struct dcv_survey_climb *climb)
{
	struct dcv_json *steps = dcv_json_array();

	for (size_t i = 0; climb != NULL && i < climb->n; i++) {
		struct dcv_json *json = dcv_json_object();

		dcv_result_name(json, "at", climb->steps[i].at);
		dcv_json_set_text(json, "end", dcv_look_end_text(climb->looks[i]->end));
		dcv_json_set_text(json, "why", climb->looks[i]->why);
		dcv_json_set(json, "hops", look_json(session, climb->looks[i]));
		dcv_json_append(steps, json);
	}
	return steps;
}

/* The same climb by a resolver as the CA's. */
static struct dcv_json *eye_json(struct dcv_session *session,
	const struct dcv_eye_climb *climb)
{
	struct dcv_json *steps = dcv_json_array();

	for (size_t i = 0; climb != NULL && i < climb->n; i++) {
		const struct dcv_eye_answer *answer = climb->answers[i];
		struct dcv_json *json = dcv_json_object();

		dcv_result_name(json, "at", climb->steps[i].at);
		dcv_json_set_text(json, "state", dcv_eye_text(answer->state));
		if (answer->state == DCV_EYE_SECURE || answer->state == DCV_EYE_INSECURE)
			dcv_json_set_text(json, "rcode", dcv_rcode_text(answer->rcode));
		dcv_result_name(json, "canonical", answer->canonical);
		dcv_json_set(json, "values",
			values_json(session, DCV_TYPE_CAA, answer->rdata, answer->n));
		dcv_json_set_text(json, "why", answer->why);
		dcv_json_append(steps, json);
	}
	return steps;
}

static struct dcv_json *caa_json(struct dcv_session *session,
	const struct dcv_symptom_caa *caa)
{
	const struct dcv_caa_result *result = caa->result;
	struct dcv_json *json = dcv_json_object();

	dcv_result_name(json, "name", &caa->name);
	dcv_json_set_bool(json, "wildcard", caa->wildcard);
	dcv_json_set_text(json, "gate", gate_text(dcv_caa_gate(caa)));
	if (result != NULL && caa->climb != NULL && result->step < caa->climb->n) {
		const struct dcv_caa_step *step = &caa->climb->steps[result->step];

		dcv_result_name(json, "at", step->at);
		dcv_json_set(json, "values",
			values_json(session, DCV_TYPE_CAA, step->rdata, step->n));
		dcv_json_set_text(json, "why", result->why);
	}
	dcv_json_set(json, "climb", climb_json(session, caa->climb));
	dcv_json_set(json, "eye", eye_json(session, caa->eye_climb));
	set_gate(json, caa->gate);
	return json;
}

/* --- delegations --- */

static struct dcv_json *server_json(const struct dcv_zone_server *server)
{
	struct dcv_json *json = dcv_json_object(), *addresses = dcv_json_array();
	char text[DCV_ADDR_TEXT_MAX];

	dcv_result_name(json, "name", server->name);
	dcv_json_set_bool(json, "parent", server->in_parent);
	dcv_json_set_bool(json, "child", server->in_child);
	dcv_json_set_text(json, "why", server->why);
	for (size_t i = 0; i < server->n_addresses; i++) {
		const struct dcv_zone_address *seen = server->addresses[i];
		struct dcv_json *address = dcv_json_object();

		dcv_json_set_text(address, "address", dcv_addr_text(&seen->addr, text));
		dcv_json_set_text(address, "state", dcv_address_state_text(seen->state));
		dcv_json_set_text(address, "rcode", dcv_rcode_text(seen->rcode));
		dcv_json_set_bool(address, "glue", seen->glue);
		dcv_json_set_bool(address, "own", seen->own);
		dcv_json_set_bool(address, "edns", !seen->no_edns);
		dcv_json_set_bool(address, "case", !seen->folds_case);
		dcv_json_set_bool(address, "tcp", !seen->no_tcp);
		if (seen->has_serial)
			dcv_json_set_int(address, "serial", seen->serial);
		dcv_json_append(addresses, address);
	}
	dcv_json_set(json, "addresses", addresses);
	return json;
}

static struct dcv_json *zone_json(const struct dcv_zone_seen *zone)
{
	struct dcv_json *json = dcv_json_object(), *servers = dcv_json_array();

	dcv_result_name(json, "zone", &zone->apex);
	if (zone->parent != NULL)
		dcv_result_name(json, "parent", &zone->parent->apex);
	if (zone->ds_known)
		dcv_json_set_bool(json, "ds", zone->has_ds);
	for (size_t i = 0; i < zone->n_servers; i++)
		dcv_json_append(servers, server_json(zone->servers[i]));
	dcv_json_set(json, "servers", servers);
	return json;
}

static const struct dcv_zone_seen *zone_at(const struct dcv_symptoms *of, size_t i)
{
	const struct dcv_place_of_name *place = i < of->n_items
		? of->items[i].place
		: of->caa[i - of->n_items].place;

	return place != NULL ? place->zone : NULL;
}

/* Each zone of the names once. */
static struct dcv_json *zones_json(const struct dcv_symptoms *of)
{
	struct dcv_json *zones = dcv_json_array();

	for (size_t i = 0; i < of->n_items + of->n_caa; i++) {
		const struct dcv_zone_seen *zone = zone_at(of, i);
		size_t k = 0;

		while (k < i && zone_at(of, k) != zone)
			k++;
		if (zone != NULL && k == i)
			dcv_json_append(zones, zone_json(zone));
	}
	return zones;
}

static struct dcv_json *case_json(struct dcv_session *session, const struct dcv_case *of)
{
	struct dcv_json *json = dcv_json_object();
	struct dcv_json *records = dcv_json_array(), *names = dcv_json_array();

	for (size_t i = 0; i < of->symptoms.n_items; i++)
		dcv_json_append(records, item_json(session, &of->symptoms.items[i]));
	for (size_t i = 0; i < of->symptoms.n_caa; i++)
		dcv_json_append(names, caa_json(session, &of->symptoms.caa[i]));
	dcv_json_set_text(json, "order", of->symptoms.order);
	dcv_json_set_text(json, "caa", gate_text(of->caa));
	dcv_json_set_text(json, "dnssec", gate_text(of->dnssec));
	dcv_json_set(json, "records", records);
	dcv_json_set(json, "names", names);
	dcv_json_set(json, "zones", zones_json(&of->symptoms));
	dcv_json_set(json, "diagnosis", dcv_walk_json(&of->diagnosis));
	return json;
}

void dcv_exam_json(struct dcv_session *session)
{
	struct dcv_json *cases;

	if (!session->options.json || session->exam == NULL || session->detail != NULL)
		return;
	cases = dcv_json_array();
	for (size_t i = 0; i < session->exam->n_cases; i++)
		dcv_json_append(cases, case_json(session, &session->exam->cases[i]));
	session->detail = cases;
}
